-- spectra.pca and spectra.nmf: known factors come back, noise is told from them, bad maps are
-- refused.
local lu = require "luaunit"
local m = require "matinf"

local function curve(at)
  local x = m.array.linspace(0, 10, 80)
  return ((x - at) ^ 2 * -1):exp()
end

-- Mean intensities [m x n] of two curves with independent weights, and counts of them.
local function map(spectra, strength)
  local g = m.random.generator { seed = 4 }
  local wa, wb = g:uniform { spectra, 1 } * strength, g:uniform { spectra, 1 } * (strength / 2)
  local mean = m.linalg.matmul(wa, curve(4):reshape { 1, 80 })
    + m.linalg.matmul(wb, curve(6):reshape { 1, 80 }) + 5
  return mean, g:poisson(nil, { mean = mean })
end

TestPca = {}

function TestPca.test_components_above_the_edge_are_those_of_the_truth()
  local mean, counts = map(200, 200)
  local p = m.spectra.pca(counts, { components = 6, scale = "counts" })
  lu.assertTrue(p.variance[2] > 2 * p.edge)
  lu.assertTrue(p.variance[3] < 1.2 * p.edge)
  local noise = (counts - mean):std()
  local two = m.spectra.pca(counts, { components = 2, scale = "counts" }):reconstruct()
  lu.assertTrue((two - mean):std() < 0.4 * noise)
end

function TestPca.test_more_points_than_spectra_give_the_same()
  local mean = map(200, 200)
  local few = mean[{ { 1, 30 }, {} }]:copy()
  local p = m.spectra.pca(few, { components = 3 })
  lu.assertAlmostEquals(p.share[1] + p.share[2], 1, 1e-10)
  local product = m.linalg.matmul(p.loadings, p.loadings:T())
  lu.assertTrue((product[{ { 1, 2 }, { 1, 2 } }] - m.array.eye(2)):abs():max() < 1e-10)
  lu.assertTrue((p:reconstruct() - few):abs():max() < 1e-8)
end

TestNmf = {}

function TestNmf.test_known_factors_and_same_bits_for_a_seed()
  local _, counts = map(200, 400)
  local f, again = m.spectra.nmf(counts, { seed = 3 }), m.spectra.nmf(counts, { seed = 3 })
  lu.assertTrue(f.loadings:equal(again.loadings))
  lu.assertTrue(f.scores:min() >= 0 and f.loadings:min() >= 0)
  lu.assertAlmostEquals(f.loadings[1]:sum(), 1, 1e-12)
  local tops = { f.loadings[1]:argmax(), f.loadings[2]:argmax() }
  table.sort(tops)
  lu.assertTrue(math.abs(tops[1] - 33) <= 2 and math.abs(tops[2] - 48) <= 3)
  local stored = require "matinf.store".from_store(require "matinf.store".to_store(f))
  lu.assertTrue(stored:reconstruct():equal(f:reconstruct()))
end

function TestNmf.test_bad_maps()
  local function message(f, ...)
    local _, err = m.try(f, ...)
    return tostring(err)
  end
  lu.assertStrContains(message(m.spectra.nmf, { { 1, -1 }, { 1, 1 } }), "intensities >= 0")
  lu.assertStrContains(message(m.spectra.nmf, { { 0, 0 }, { 0, 0 } }), "not all 0")
  lu.assertStrContains(message(m.spectra.nmf, { { 1, 2 }, { 3, 4 } }, { components = 3 }),
    "integer from 1 to 2")
  lu.assertStrContains(message(m.spectra.pca, { 1, 2, 3 }), "array [m x n]")
  lu.assertStrContains(message(m.spectra.pca, { { 1, 0 / 0 }, { 1, 2 } }), "finite intensities")
  lu.assertStrContains(message(m.spectra.pca, { { 1, 1 }, { 1, 2 } }, { scale = "x" }), '"counts"')
end

os.exit(lu.LuaUnit.run())
