-- Errors of what is computed from a fit: distances, shares, sums of areas, by the whole covariance.
-- That one is compared with the inverse of the information, from the model by differences; what is
-- derived, with its propagation by numerical derivatives.
local lu = require "luaunit"
local m = require "matinf"

local A = m.array
local x = A.linspace(280, 292, 121)

-- Counts of three pseudo-Voigts, two of which overlap, on Shirley's background.
local function spectrum(rising, seed)
  local c = require "matinf.c.spectra"
  local rows = { { 3000, 284.8, 1.1, 0.3, 0 }, { 2000, 285.6, 1.1, 0.3, 0 },
    { 1200, 288.6, 1.1, 0.3, 0 } }
  local parts = c.evaluate_peaks(x, { background = "shirley" }, rows,
    { 300, 0, 0.02, 0, 0, 0, 0, 0, 0 }, 286)
  local y = m.random.generator { seed = seed or 3 }:poisson(nil, { mean = parts:sum(2) })
  if rising == false then
    return m.spectra.new(x * -1 + 1486.6, y, { counts_per = 1, energy = "kinetic" })
  end
  return m.spectra.new(x, y, { counts_per = 1 })
end

local FREE = { { name = "a", position = 284.8 }, { name = "b", position = 285.6 },
  { name = "c", position = 288.6 } }

local function fitted(peaks)
  return m.spectra.fit(spectrum(), { peaks = peaks or FREE, width = { 0.5, 2 } })
end

-- ---- the covariance -----------------------------------------------------------------------------

local PEAK = { "area", "position", "width", "mix" }

-- The model with one of its parameters (peak by peak, then base and step) moved.
local function moved(fit, p, by)
  if p > 4 * fit.k then
    local name = p == 4 * fit.k + 1 and "base" or "step"
    return fit:with { [name] = fit[name] + by }
  end
  local name = PEAK[(p - 1) % 4 + 1]
  local values = fit[name]:copy()
  values[(p - 1) // 4 + 1] = values[(p - 1) // 4 + 1] + by
  return fit:with { [name] = values }
end

local function information(fit)
  local count = 4 * fit.k + 2
  local weight, columns = (fit:evaluate():sum(2) * fit.noise):sqrt(), {}
  for p = 1, count do
    local step = p > 4 * fit.k + 1 and 1e-6 or 1e-4
    local change = moved(fit, p, step):evaluate():sum(2) - moved(fit, p, -step):evaluate():sum(2)
    columns[p] = (change / (2 * step) / weight):reshape(#x, 1)
  end
  local j = A.concatenate(columns, 2)
  return m.linalg.matmul(j:transpose(), j)
end

TestCovariance = {}

function TestCovariance.test_it_is_the_inverse_of_the_information()
  local fit = fitted()
  local factor = fit.adequate and 1 or fit.misfit
  local inverse = m.linalg.inverse(information(fit)) * factor
  for v, name in ipairs { "area", "position" } do
    local given = fit[name .. "_covariance"]
    for i = 1, 3 do
      lu.assertAlmostEquals(math.sqrt(given[i][i]), fit.errors[name][i], 1e-9 * fit[name][i])
      for j = 1, 3 do
        local other, scale = inverse[4 * (i - 1) + v][4 * (j - 1) + v],
          fit.errors[name][i] * fit.errors[name][j]
        lu.assertAlmostEquals(given[i][j] / scale, other / scale, 2e-3)
      end
    end
  end
end

function TestCovariance.test_it_does_not_depend_on_the_scale_of_energies()
  local kinetic, list = spectrum(false), {}
  for i, p in ipairs(FREE) do list[i] = { name = p.name, position = 1486.6 - p.position } end
  local fit, other = fitted(), m.spectra.fit(kinetic, { peaks = list, width = { 0.5, 2 } })
  for i = 1, 3 do
    for j = 1, 3 do
      local scale = fit.errors.position[i] * fit.errors.position[j]
      lu.assertAlmostEquals(other.position_covariance[4 - i][4 - j] / scale,
        fit.position_covariance[i][j] / scale, 1e-3)
    end
  end
end

-- ---- what is derived ----------------------------------------------------------------------------

-- sqrt(g' C g) with the gradient g of f(values) by differences.
local function propagated(f, values, covariance)
  local gradient = {}
  for i = 1, #values do
    local step = 1e-5 * math.abs(values[i])
    local up, down = values:copy(), values:copy()
    up[i], down[i] = values[i] + step, values[i] - step
    gradient[i] = (f(up) - f(down)) / (2 * step)
  end
  local g = A.array(gradient)
  return math.sqrt(g:dot(m.linalg.matmul(covariance, g:reshape(#values, 1)):reshape(#values)))
end

local function agree(value, expected) lu.assertAlmostEquals(value / expected, 1, 1e-6) end

TestDerived = {}

function TestDerived.test_offsets()
  local fit = fitted()
  local errors = fit:table():column "offset error"
  lu.assertEquals(errors[1], 0) -- from itself
  for i = 2, 3 do
    agree(errors[i], propagated(function(v) return v[i] - v[1] end, fit.position,
      fit.position_covariance))
  end
  -- lines that overlap are not independent
  local apart = math.sqrt(fit.errors.position[1] ^ 2 + fit.errors.position[2] ^ 2)
  lu.assertTrue(math.abs(errors[2] / apart - 1) > 0.05)
end

function TestDerived.test_a_fixed_distance_has_no_error()
  local peaks = { { name = "a", position = 284.8 }, { name = "b", shift = { from = "a", by = 0.8 } },
    { name = "c", shift = { from = "b", by = 3 } } }
  local fit = fitted(peaks)
  local t = fit:table()
  lu.assertEquals(t:column "offset error":totable(), { 0, 0, 0 })
  lu.assertTrue(t:column "position error"[2] > 0)
  lu.assertNil(tostring(t):find("0.8000 ±", 1, true))
  lu.assertEquals(fit:referenced("a", 285).errors.position:totable(), { 0, 0, 0 })
end

function TestDerived.test_shares_and_components()
  local peaks = { { name = "a", position = 284.8 },
    { name = "b", position = 285.6, doublet = 0.4, splitting = 3 } }
  for _, fit in ipairs { fitted(), fitted(peaks) } do
    local doublet = fit.roles[3] == "line"
    local state = doublet and { 1, 2, 2 } or { 1, 2, 3 }
    local function area(v, s)
      local sum = 0
      for i = 1, 3 do sum = sum + (state[i] == s and v[i] or 0) end
      return sum
    end
    local shares, errors = fit:state_shares()
    for s = 1, state[3] do
      agree(shares[s], area(fit.area, s) / fit.area:sum())
      agree(errors[s], propagated(function(v) return area(v, s) / v:sum() end, fit.area,
        fit.area_covariance))
      agree(fit:components():column "area error"[s], propagated(function(v) return area(v, s) end,
        fit.area, fit.area_covariance))
    end
    for i = 1, 3 do
      agree(fit.errors.share[i], propagated(function(v) return v[i] / v:sum() end, fit.area,
        fit.area_covariance))
    end
  end
end

-- Positions on a scale that refers to a peak are distances from it, whatever it was referred to
-- before; offsets are what they were.
function TestDerived.test_charge_reference()
  local fit = fitted()
  local once = fit:referenced("b", 285)
  local twice = fit:referenced("c", 289):referenced("b", 285)
  local offsets = fit:table():column "offset error"
  for i, from in ipairs { 1, 3 } do
    local expected = propagated(function(v) return v[from] - v[2] end, fit.position,
      fit.position_covariance)
    agree(once.errors.position[from], expected)
    agree(twice.errors.position[from], expected)
    agree(math.sqrt(once.position_covariance[from][from]), expected)
    if i > 1 then agree(once:table():column "offset error"[from], offsets[from]) end
  end
  lu.assertEquals(once.errors.position[2], 0)
  -- the bootstrap speaks of the same distances
  local spread = once:bootstrap { samples = 60 }.errors.position
  lu.assertEquals(spread[2], 0)
  lu.assertTrue(math.abs(math.log(spread[1] / once.errors.position[1])) < 0.4)
end

-- ---- maps ---------------------------------------------------------------------------------------

TestMaps = {}

function TestMaps.test_every_spectrum_as_its_own_fit()
  local y = spectrum().y
  local stack = m.spectra.stack(x, A.concatenate({ y:reshape(1, 1, #x),
    spectrum(true, 5).y:reshape(1, 1, #x), (y * 4):reshape(1, 1, #x) }, 2), { counts_per = 1 })
  local fit = fitted()
  local map = m.spectra.map(stack, fit, { noise = 1 })
  local scaled = map:referenced("b", 285)
  for n = 1, 2 do
    local one = fit:refitted(stack:spectrum(n))
    local other = one:referenced("b", 285)
    for _, i in ipairs { 1, 3 } do
      lu.assertAlmostEquals(map.errors.position[{ n, i }] / one.errors.position[i], 1, 1e-3)
      lu.assertAlmostEquals(scaled.errors.position[{ n, i }] / other.errors.position[i], 1, 1e-3)
    end
    lu.assertTrue(scaled.errors.position[{ n, 2 }] ~= scaled.errors.position[{ n, 2 }])
  end
  lu.assertTrue(map.misfit[3] > 2) -- no counts: errors are enlarged
  for i = 1, 3 do
    agree(math.sqrt(map.position_covariance[{ 3, i, i }]), map.errors.position[{ 3, i }])
  end
  local parts = m.spectra.join_maps { m.spectra.map(stack, fit, { noise = 1, last = 1 }),
    m.spectra.map(stack, fit, { noise = 1, first = 2 }) }
  lu.assertTrue(parts.position_covariance:equal(map.position_covariance))
  -- peaks that change places take their covariances with them
  local swapped = A.array { 2, 1, 3 }
  for _, name in ipairs { "area", "position", "width", "mix", "skew", "share" } do
    map[name][2] = map[name][2]:select(swapped)
    map.errors[name][2] = map.errors[name][2]:select(swapped)
  end
  map.position_covariance[2] = map.position_covariance[2]:select(swapped, 1):select(swapped, 2)
  lu.assertTrue(map:aligned().position_covariance:equal(parts.position_covariance))
end

os.exit(lu.LuaUnit.run())
