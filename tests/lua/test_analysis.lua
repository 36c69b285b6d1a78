-- analysis: bonds, rings, pair distances and motion against known structures and closed forms.
local lu = require "luaunit"
local m = require "matinf"
local store = require "matinf.store"
local message = require "tests.support".message

-- ---- structures ---------------------------------------------------------------------------------

-- Melt-quenched cells of sova-cui: element and x y z a line after "CUB L".
local function cubic(path)
  local lines, symbols, positions = m.sys.read(path):gmatch "[^\r\n]+", {}, {}
  local n, length = tonumber(lines()), tonumber(lines():match "CUB%s+(%S+)")
  for i = 1, n do
    local symbol, x, y, z = lines():match "(%S+)%s+(%S+)%s+(%S+)%s+(%S+)"
    symbols[i], positions[i] = symbol, { tonumber(x), tonumber(y), tonumber(z) }
  end
  return m.atoms.new { symbols = symbols, positions = positions, cell = length }
end

local face_centred = { { 0, 0, 0 }, { 0, 0.5, 0.5 }, { 0.5, 0, 0.5 }, { 0.5, 0.5, 0 } }

local function diamond()
  local fractional = {}
  for _, p in ipairs(face_centred) do
    for _, shift in ipairs { 0, 0.25 } do
      fractional[#fractional + 1] = { p[1] + shift, p[2] + shift, p[3] + shift }
    end
  end
  return m.atoms.new { symbols = "Si8", fractional = fractional, cell = 5.431 }
end

-- Two atoms only: every neighbour is an image.
local function diamond_primitive()
  return m.atoms.new { symbols = "Si2", fractional = { { 0, 0, 0 }, { 0.25, 0.25, 0.25 } },
    cell = { { 0, 2.7155, 2.7155 }, { 2.7155, 0, 2.7155 }, { 2.7155, 2.7155, 0 } } }
end

-- Ideal C9: silicon on the diamond sites, oxygen half way between.
local function cristobalite()
  local silicon, oxygen, symbols = {}, {}, {}
  for _, p in ipairs(face_centred) do
    silicon[#silicon + 1] = p
    silicon[#silicon + 1] = { p[1] + 0.25, p[2] + 0.25, p[3] + 0.25 }
    for _, s in ipairs { { 1, 1, 1 }, { 1, -1, -1 }, { -1, 1, -1 }, { -1, -1, 1 } } do
      oxygen[#oxygen + 1] = { p[1] + s[1] / 8, p[2] + s[2] / 8, p[3] + s[3] / 8 }
    end
  end
  local fractional = table.move(oxygen, 1, 16, 9, table.move(silicon, 1, 8, 1, {}))
  for i = 1, 24 do symbols[i] = i <= 8 and "Si" or "O" end
  return m.atoms.new { symbols = symbols, fractional = fractional, cell = 7.16 }
end

-- P3_1 2 1, a = 4.9137, c = 5.4047, Si u = 0.4697, O (0.4135, 0.2669, 1/3 - 0.1191).
local function quartz()
  return m.atoms.new { symbols = "Si3O6", cell = { 4.9137, 4.9137, 5.4047, 90, 90, 120 },
    positions = {
      { 2.30796489, 0.00000000, 1.80156667 }, { -1.15398245, 1.99875623, 3.60313333 },
      { 1.30286756, 2.25663280, 0.00000000 }, { 1.37608169, 1.13576333, 1.15786690 },
      { 3.24205926, 0.62384003, 2.95943356 }, { 2.75240906, 2.49578566, 4.76100023 },
      { 0.29555906, 1.75960336, 4.24683310 }, { -1.08076832, 3.11962570, 2.44526644 },
      { 0.78520926, 3.63154900, 0.64369977 } } }
end

-- The rings by size as "6:16 8:2".
local function rings_text(rings)
  local parts = {}
  for size, count in pairs(rings:counts()) do
    if count > 0 then parts[#parts + 1] = size .. ":" .. count end
  end
  return table.concat(parts, " ")
end

local function all_rings(structure, cutoff, count, largest)
  local bonds, texts = m.analysis.bonds(structure, { cutoff = cutoff }), {}
  for i, criterion in ipairs { "king", "guttman", "primitive" } do
    texts[i] = rings_text(bonds:rings { criterion = criterion, count = count, largest = largest })
  end
  return texts
end

-- ---- rings --------------------------------------------------------------------------------------

TestRings = {}

function TestRings.test_diamond_has_two_rings_of_six_an_atom()
  lu.assertEquals(all_rings(diamond(), 2.6), { "6:16", "6:16", "6:16" })
  lu.assertEquals(all_rings(diamond_primitive(), 2.6), { "6:4", "6:4", "6:4" })
end

function TestRings.test_cristobalite()
  lu.assertEquals(all_rings(cristobalite(), { ["Si-O"] = 2 }, "Si"), { "6:16", "6:16", "6:16" })
end

function TestRings.test_quartz()
  lu.assertEquals(all_rings(quartz(), { ["Si-O"] = 2 }, "Si"), { "6:3 8:21", "6:3", "6:3 8:15" })
end

-- The table of the melt-quenched glass, made with an independent program.
function TestRings.test_amorphous_silica()
  local glass = cubic "recipes/sio2_quench/data/a_SiO2_speed1e11K.xyz"
  lu.assertEquals(all_rings(glass, { ["Si-O"] = 2.2 }, "Si", 16), {
    "3:2 4:47 5:109 6:185 7:223 8:247 9:85", "3:2 4:47 5:108 6:145 7:26 8:4",
    "3:2 4:47 5:108 6:154 7:121 8:100 9:67 10:26 11:7 12:1" })
end

-- A criterion includes the stricter one, and a rigid motion changes nothing.
function TestRings.test_amorphous_silicon_moved_and_renumbered()
  local glass = cubic "recipes/si_amorphous/data/a_Si_speed1e11K.xyz"
  local before = all_rings(glass, 2.85)
  local n, order, positions = #glass, m.random.generator { seed = 3 }:permutation(#glass), {}
  for i = 1, n do
    local p = glass.positions[order[i]]
    positions[i] = { p[1] + 11.3, p[2] - 40.1, p[3] + 5.7 }
  end
  local moved = m.atoms.new { symbols = "Si" .. n, positions = positions, cell = glass.cell }
  lu.assertEquals(all_rings(moved, 2.85), before)
end

function TestRings.test_every_ring_closes_on_bonds()
  local glass = cubic "recipes/si_amorphous/data/a_Si_speed1e11K.xyz"
  local bonds = m.analysis.bonds(glass, { cutoff = 2.85 })
  local rings, bonded = bonds:rings { criterion = "primitive" }, {}
  for i = 1, #glass do
    for b = bonds.first[i], bonds.first[i + 1] - 1 do bonded[i .. "-" .. bonds.index[b]] = true end
  end
  for r = 1, #rings.sizes do
    local from, to = rings.first[r], rings.first[r + 1] - 1
    for at = from, to do
      local next_ = at == to and from or at + 1
      lu.assertTrue(bonded[rings.atoms[at] .. "-" .. rings.atoms[next_]], r)
    end
    lu.assertEquals(to - from + 1, rings.sizes[r])
  end
end

function TestRings.test_threads_do_not_matter()
  local code = [[
    local m = require "matinf"
    local structure = m.atoms.new { symbols = "Si512", cell = 21.724,
      positions = m.random.generator { seed = 5 }:uniform({ 512, 3 }, { high = 21.724 }) }
    local rings = m.analysis.bonds(structure, { cutoff = 2.9 }):rings()
    print(m.hash.blake2b(tostring(rings.atoms) .. tostring(rings.sizes)), #rings.sizes)]]
  local host, shell = os.getenv "MATINF" or "./matinf", require "tests.support".shell
  local folder = m.sys.tempdir()
  local file <close> = assert(io.open(folder .. "/rings.lua", "w"))
  file:write(code)
  file:flush()
  local one = shell(("MATINF_THREADS=1 %s %s/rings.lua"):format(host, folder))
  local two = shell(("MATINF_THREADS=2 %s %s/rings.lua"):format(host, folder))
  lu.assertStrMatches(one, "%x+%s+%d+\n")
  lu.assertEquals(one, two)
end

function TestRings.test_refusals()
  local bonds = m.analysis.bonds(diamond(), { cutoff = 2.6 })
  lu.assertStrContains(message(bonds.rings, bonds, { criterion = "kong" }), "king")
  lu.assertStrContains(message(bonds.rings, bonds, { largest = 2 }), "largest")
  lu.assertStrContains(message(bonds.rings, bonds, { count = "O" }), "Si")
end

-- ---- bonds --------------------------------------------------------------------------------------

TestBonds = {}

function TestBonds.test_amorphous_silica()
  local glass = cubic "recipes/sio2_quench/data/a_SiO2_speed1e11K.xyz"
  local bonds = m.analysis.bonds(glass, { cutoff = { ["Si-O"] = 2.2 } })
  lu.assertEquals(bonds:coordination():column "bonds":totable(), { 1, 2, 3, 4 })
  lu.assertEquals(bonds:coordination():column "O":totable(), { 20, 646, 0, 0 })
  lu.assertEquals(bonds:coordination():column "Si":totable(), { 0, 0, 20, 313 })
  lu.assertAlmostEquals(bonds:lengths "Si-O":mean(), 1.620879, 5e-7)
  local siosi, osio = bonds:angles "Si-O-Si", bonds:angles "O-Si-O"
  lu.assertAlmostEquals(siosi:mean(), 146.5991, 5e-5)
  lu.assertAlmostEquals(siosi:std(), 8.07839, 5e-6)
  lu.assertAlmostEquals(osio:mean(), 109.61914, 6e-6)
  lu.assertAlmostEquals(osio:std(), 6.05264, 5e-6)
end

function TestBonds.test_images_of_the_atom_itself_count()
  local chain = m.atoms.new { symbols = "C", positions = { { 0, 0, 0 } }, cell = { 1.3, 20, 20 } }
  local bonds = m.analysis.bonds(chain, { cutoff = 1.5 })
  lu.assertEquals(bonds:count():totable(), { 2 })
  lu.assertEquals(#bonds:lengths "C-C", 1)
  lu.assertAlmostEquals(bonds:angles "C-C-C"[1], 180, 1e-12)
end

function TestBonds.test_refusals()
  local si = diamond()
  lu.assertStrContains(message(m.analysis.bonds, si, { cutoff = -1 }), "cutoff")
  lu.assertStrContains(message(m.analysis.bonds, si, { cutoff = { ["Si-Xx"] = 2 } }), "Si-Si")
  lu.assertStrContains(message(m.analysis.bonds, si, { cutof = 2 }), "did you mean 'cutoff'")
  lu.assertStrContains(message(m.analysis.bonds, {}, {}), "atoms.Structure")
end

-- ---- pair distances -----------------------------------------------------------------------------

TestRdf = {}

-- Independent points: g = 1 within counting error, whatever the cell.
function TestRdf.test_an_ideal_gas_has_none()
  local n, cell = 4000, { { 30, 0, 0 }, { 8, 28, 0 }, { -5, 4, 33 } }
  local gas = m.atoms.new { symbols = "Ar" .. n, cell = cell,
    fractional = m.random.generator { seed = 1 }:uniform { n, 3 } }
  local g = m.analysis.rdf(gas, { r_max = 20, bins = 10 })
  for k = 3, 10 do lu.assertAlmostEquals(g.total[k], 1, 0.02) end
end

function TestRdf.test_shells_of_diamond()
  local g = m.analysis.rdf(diamond(), { r_max = 6, bins = 600 })
  local shells = { [250] = 4, [400] = 16, [460] = 28, [560] = 46 - 12 } -- 4 + 12 + 12 + 6 ...
  for bin, count in pairs(shells) do
    lu.assertAlmostEquals(g.coordination["Si-Si"][bin], count, 1e-9, bin)
  end
end

function TestRdf.test_structure_factor_of_a_known_g()
  -- g - 1 = -exp(-r^2 / 2): its transform is -(2 pi)^(3/2) exp(-q^2 / 2).
  local c = require "matinf.c.analysis"
  local bins, r_max = 4000, 12
  local r = (m.array.arange(1, bins) - 0.5) * (r_max / bins)
  local g, q = (r:square() * -0.5):exp() * -1 + 1, m.array.linspace(0.01, 6, 50)
  local s = c.structure_factor(g, r_max, 0.05, q, false)
  local exact = (q:square() * -0.5):exp() * (-0.05 * (2 * math.pi) ^ 1.5) + 1
  lu.assertTrue((s - exact):abs():max() < 1e-6)
end

function TestRdf.test_needs_a_cell()
  local cluster = m.atoms.new { symbols = "Si2", positions = { { 0, 0, 0 }, { 2, 0, 0 } } }
  lu.assertStrContains(message(m.analysis.rdf, cluster), "periodic")
end

-- ---- motion -------------------------------------------------------------------------------------

TestMotion = {}

-- A random walk of n atoms through a periodic cell with step variance s^2 along each axis.
local function walk(frames, n, s, seed)
  local rng, list = m.random.generator { seed = seed }, {}
  local x = rng:uniform({ n, 3 }, { high = 10 })
  for t = 1, frames do
    list[t] = m.atoms.new { symbols = "Ar" .. n, positions = x, cell = 10 }:wrap()
    x = x + rng:normal({ n, 3 }) * s
  end
  return list
end

-- The sums over start times done one by one.
function TestRdf.test_refusals()
  local si = diamond()
  local rdf = m.analysis.rdf(si, { r_max = 5 })
  lu.assertStrContains(message(rdf.structure_factor, rdf, { points = "x" }), "'points'")
  lu.assertStrContains(message(rdf.structure_factor, rdf, { weights = { Si = 0 } }), "not 0")
  local moving = diamond()
  moving.velocities = moving.positions * 0
  lu.assertStrContains(message(m.analysis.profile, { moving, si }, {}), "frame 2")
  lu.assertStrContains(message(m.analysis.profile, si, { bins = 0.5 }), "'bins'")
  si.positions[{ 1, 1 }] = 0 / 0
  lu.assertStrContains(message(m.analysis.profile, si, {}), "frame 1")
end

function TestMotion.test_msd_equals_the_double_sum()
  local list = walk(24, 3, 0.3, 7)
  local msd = m.analysis.msd(list, { dt = 2, drift = true })
  local x = require "matinf.analysis.frames".unwrapped(list)
  for lag = 0, 23 do
    local moved = x[{ { 1 + lag, 24 } }] - x[{ { 1, 24 - lag } }]
    lu.assertAlmostEquals(msd.total[lag + 1], moved:square():sum() / (24 - lag) / 3, 1e-12)
  end
  lu.assertEquals(msd.time[24], 46)
end

function TestMotion.test_diffusion_of_a_random_walk()
  local msd = m.analysis.msd(walk(600, 60, 0.2, 2), { dt = 1, drift = true })
  local d, err = msd:diffusion { element = "Ar", from = 5, to = 60 }
  local exact = 0.2 ^ 2 / 2 * 0.1 -- s^2 / (2 dt) in cm^2/s
  lu.assertTrue(math.abs(d - exact) < 4 * err, ("%g, %g, %g"):format(d, err, exact))
  lu.assertTrue(err < 0.1 * exact)
end

-- Atoms on springs: lines where the frequencies are, and 3 N states in all.
function TestMotion.test_density_of_states()
  local list, dt = {}, 4
  local p = m.atoms.new { symbols = { "C", "C", "Si", "Si" }, cell = 20,
    positions = { { 1, 1, 1 }, { 4, 4, 4 }, { 7, 7, 7 }, { 10, 10, 10 } } }
  for t = 1, 1024 do
    local frame, v = p:copy(), m.array.zeros(4, 3)
    for axis = 1, 3 do
      local slow = math.cos(2 * math.pi * 8e-3 * dt * t + axis)
      local fast = math.cos(2 * math.pi * 25e-3 * dt * t + axis)
      v[{ 1, axis }], v[{ 2, axis }] = fast / 12.011, -fast / 12.011
      v[{ 3, axis }], v[{ 4, axis }] = slow / 28.085, -slow / 28.085
    end
    frame.velocities = v
    list[t] = frame
  end
  local dos = m.analysis.vacf(list, { dt = dt }):dos()
  local step = dos.frequency[2]
  lu.assertAlmostEquals(dos.frequency[dos.partial.Si:argmax()], 8, step)
  lu.assertAlmostEquals(dos.frequency[dos.partial.C:argmax()], 25, step)
  lu.assertAlmostEquals(dos.total:sum() * step, 12, 1e-9)
end

function TestMotion.test_refusals()
  local list = walk(8, 2, 0.1, 1)
  lu.assertStrContains(message(m.analysis.msd, list), "dt")
  lu.assertStrContains(message(m.analysis.msd, { list[1] }, { dt = 1 }), "2 frames")
  lu.assertStrContains(message(m.analysis.vacf, list, { dt = 1 }), "frame 1")
  lu.assertStrContains(message(m.analysis.msd, list, { dt = 1 / 0 }), "'dt'")
  lu.assertStrContains(message(m.analysis.msd, list, { dt = 1, blocks = 0 }), "'blocks'")
  local msd = m.analysis.msd(list, { dt = 1 })
  lu.assertStrContains(message(msd.diffusion, msd, { from = "x" }), "'from'")
  local other = list[2]:copy()
  other.numbers = other.numbers + 1
  lu.assertStrContains(message(m.analysis.msd, { list[1], other }, { dt = 1 }), "frame 2")
  list[3].positions[{ 1, 2 }] = 0 / 0
  lu.assertStrContains(message(m.analysis.msd, list, { dt = 1 }), "finite")
end

function TestMotion.test_arrhenius_refusals()
  local function of(...) return message(m.analysis.arrhenius, ...) end
  lu.assertStrContains(of({ 300, 300 }, { 1, 2 }), "at least two that differ")
  lu.assertStrContains(of({ 300, 0 / 0 }, { 1, 2 }), "'temperatures'")
  lu.assertStrContains(of({ 300, 400 }, { 1, 0 / 0 }), "'values'")
  lu.assertStrContains(of({ 300, 400 }, { 1, 2 }, { 1, 0 }), "'errors'")
  lu.assertStrContains(of({ 300, 400 }, { 1, 2 }, { 1 }), "one for each value")
end

-- ---- all results --------------------------------------------------------------------------------

TestStore = {}

function TestStore.test_results_are_stored_and_read_back()
  local list, path = walk(16, 4, 0.1, 9), m.sys.tempdir() .. "/results.h5"
  for _, frame in ipairs(list) do
    frame.velocities = m.random.generator { seed = 1 }:normal { 4, 3 }
  end
  local bonds = m.analysis.bonds(diamond())
  local vacf = m.analysis.vacf(list, { dt = 1 })
  local results = { bonds = bonds, rings = bonds:rings(), rdf = m.analysis.rdf(diamond()),
    msd = m.analysis.msd(list, { dt = 1 }), vacf = vacf, dos = vacf:dos() }
  store.write(path, results)
  local back = store.read(path)
  for name, value in pairs(results) do
    lu.assertIs(getmetatable(back[name]), getmetatable(value), name)
    if name ~= "vacf" then lu.assertEquals(tostring(back[name]), tostring(value)) end
  end
  lu.assertTrue(back.vacf.total:equal(vacf.total))
  lu.assertEquals(back.bonds:rings():counts():totable(), bonds:rings():counts():totable())
end

os.exit(lu.LuaUnit.run())
