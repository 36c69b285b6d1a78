-- Dynamics, list of neighbours included, one thread, against LAMMPS 20220106 on the same machine:
-- CPU time an atom and a step of NVE at 300 K. LAMMPS on an EPYC (Zen 5): 0.572 us for
-- Stillinger-Weber and 1.147 us for Tersoff (512 atoms), 9.88 us for BKS quartz (486 atoms, cutoff
-- 10 Å, pppm 1e-5).
local m = require "matinf"

local function line(name, seconds, baseline)
  print(("%-34s %9.3f us/atom-step  %6.1f MB  %8.1f x faster than LAMMPS"):format(name,
    seconds * 1e6, m.sys.memory_peak() / 1e6, baseline / seconds))
end

local function supercell(structure, a, b, c)
  local fractional, numbers, cell = structure:fractional(), {}, {}
  local list, repeats = {}, { a, b, c }
  for x = 0, a - 1 do
    for y = 0, b - 1 do
      for z = 0, c - 1 do
        for i = 1, #structure do
          list[#list + 1] = { (fractional[{ i, 1 }] + x) / a, (fractional[{ i, 2 }] + y) / b,
            (fractional[{ i, 3 }] + z) / c }
          numbers[#numbers + 1] = structure.numbers[i]
        end
      end
    end
  end
  for k = 1, 3 do cell[k] = (structure.cell[k] * repeats[k]):totable() end
  return m.atoms.new { numbers = numbers, fractional = list, cell = cell }
end

local silicon = m.atoms.new { symbols = "Si8", cell = 5.431, fractional = { { 0, 0, 0 },
  { 0, .5, .5 }, { .5, 0, .5 }, { .5, .5, 0 }, { .25, .25, .25 }, { .25, .75, .75 },
  { .75, .25, .75 }, { .75, .75, .25 } } }

local function quartz()
  local u, x, y, z = 0.4697, 0.4135, 0.2669, -0.1191
  return m.atoms.new { symbols = "Si3O6", cell = { 4.92, 4.92, 5.44, 90, 90, 120 },
    fractional = { { u, 0, 1 / 3 }, { 0, u, 2 / 3 }, { -u, -u, 0 },
      { x, y, z + 1 / 3 }, { -y, x - y, z + 2 / 3 }, { y - x, -x, z },
      { y, x, -z + 2 / 3 }, { x - y, -y, -z + 1 / 3 }, { -x, y - x, -z } } }
end

local function time_of(structure, potential, steps)
  local least = math.huge
  for _ = 1, 3 do
    local start = m.sys.time()
    m.md.run(structure, { potential = potential, ensemble = "nve", steps = steps, every = steps })
    least = math.min(least, m.sys.time() - start)
  end
  return least / steps / #structure
end

local sw, tersoff = m.potentials.stillinger_weber(), m.potentials.tersoff()
local bks = m.potentials.buckingham { model = "BKS", cutoff = 10, accuracy = 1e-5 }
m.sys.threads(1)
line("Stillinger-Weber, Si 512", time_of(supercell(silicon, 4, 4, 4), sw, 2000), 0.572e-6)
line("Tersoff, Si 512", time_of(supercell(silicon, 4, 4, 4), tersoff, 2000), 1.147e-6)
line("BKS, quartz 486", time_of(supercell(quartz(), 3, 3, 6), bks, 50), 9.88e-6)

local large = supercell(silicon, 10, 10, 10)
for name, potential in pairs { ["Stillinger-Weber"] = sw, Tersoff = tersoff } do
  m.sys.threads(1)
  local one = time_of(large, potential, 200)
  m.sys.threads(2)
  print(("%-34s %9.3f us/atom-step, 2 threads %.2f x"):format(name .. ", Si 8000", one * 1e6,
    one / time_of(large, potential, 200)))
end
