-- Atoms: extended XYZ of 40,000 atoms with forces, and neighbour lists of silicon. Baselines, one
-- core of a Zen 4: ASE 3.22 reads 33 MB/s and writes 25; matscipy lists 28 neighbours within 5 Å in
-- 5.3 us an atom (ASE 117).
local m = require "matinf"

local folder = m.sys.tempdir()
m.sys.durable(false) -- the peers do not wait for the disk either

local function best(f)
  local least = math.huge
  for _ = 1, 7 do
    collectgarbage()
    local start = m.sys.time()
    f()
    least = math.min(least, m.sys.time() - start)
  end
  return least
end

local function line(name, value, unit, baseline, what)
  print(("%-36s %9.3f %-8s %6.1f MB  %5.2f x %s"):format(name, value, unit,
    m.sys.memory_peak() / 1e6, unit == "MB/s" and value / baseline or baseline / value, what))
end

local g = m.random.generator { seed = 1 }
local n = 40000
local s = m.atoms.new { symbols = "Si" .. n, cell = 100, positions = g:uniform { n, 3 } * 100,
  forces = g:normal { n, 3 }, energy = -5 * n }

for _, decimals in ipairs { 8, false } do
  local file = folder .. "/" .. tostring(decimals) .. ".xyz"
  local options = { decimals = decimals or nil }
  local write = best(function() m.atoms.write(file, s, options) end)
  local size = m.sys.stat(file).size / 1e6
  local digits = decimals and decimals .. " decimals" or "17 digits"
  line("atoms.write " .. digits, size / write, "MB/s", 25, "ASE")
  line("atoms.read " .. digits, size / best(function() m.atoms.read(file) end), "MB/s", 33, "ASE")
end

local frames = {}
for i = 1, 4000 do
  frames[i] = m.atoms.new { symbols = "Si8", cell = 5.43, positions = g:uniform { 8, 3 } * 5.43,
    forces = g:normal { 8, 3 }, energy = -43 }
end
m.atoms.write(folder .. "/small.xyz", frames, { decimals = 8 })
local small = best(function() m.atoms.read(folder .. "/small.xyz") end)
line("atoms.read frame of 8 atoms", small / #frames * 1e6, "us", 101, "ASE")

-- Diamond of 8 k^3 atoms, slightly shaken.
local function silicon(k)
  local cell = { { 0, 0, 0 }, { 0, 2, 2 }, { 2, 0, 2 }, { 2, 2, 0 }, { 1, 1, 1 }, { 1, 3, 3 },
    { 3, 1, 3 }, { 3, 3, 1 } }
  local x = {}
  for i = 0, k - 1 do
    for j = 0, k - 1 do
      for l = 0, k - 1 do
        for _, p in ipairs(cell) do
          x[#x + 1] = { p[1] / 4 + i, p[2] / 4 + j, p[3] / 4 + l }
        end
      end
    end
  end
  return m.atoms.new { symbols = "Si" .. #x, cell = 5.43 * k,
    positions = m.array(x) * 5.43 + g:normal { #x, 3 } * 0.05 }
end

m.sys.threads(1)
for _, k in ipairs { 4, 10 } do
  local si = silicon(k)
  local time = best(function() si:neighbours { cutoff = 5 } end)
  line(("neighbours of %d atoms"):format(#si), time / #si * 1e6, "us/atom", 5.3, "matscipy")
end
m.sys.remove_tree(folder)
