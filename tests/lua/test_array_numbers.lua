-- Array functions against numbers of numpy 1.24, and against closed forms.
local lu = require "luaunit"
local m = require "matinf"
local A = m.array

local i = A.arange(0, 11)
local y = A.sin(i * 1.3) * 10
local x = (A.cos(i) * 0.3 + 1):cumsum()
local a = y:reshape(3, 4)

local function near(got, expected, tolerance)
  got, expected = A.from(got):flatten(), A.from(expected):flatten()
  lu.assertEquals(got.shape, expected.shape)
  for k = 1, #expected do
    lu.assertAlmostEquals(got[k], expected[k], (tolerance or 1e-12) * math.max(1, math.abs(expected[k])))
  end
end

TestStatistics = {}

function TestStatistics.test_of_all_elements()
  near({ y:sum(), y:mean(), y:var(), y:std(nil, { ddof = 1 }), y:min(), y:max(), y:median(),
      y:quantile(0.3) },
    { 12.577293862428711, 1.0481078218690592, 48.977007823590192, 7.309546024226143,
      -8.8345465572015307, 9.985433453746051, 2.6710917521858386, -4.8143631142878203 })
  near(y:percentile { 10, 90 }, { -8.2124218056899156, 9.8445058638887133 })
end

function TestStatistics.test_along_axes()
  near(a:sum(1), { -17.112811248058065, 4.166945895859766, 19.3421175402271, 6.1810416743999133 })
  near(a:mean(2), { 1.9782334951367075, 1.6232676002290494, -0.45717762975857879 })
  near(a:median(1), { -8.2782646908565365, 2.1511998808781554, 5.1550137182146401,
    3.1909836234935218 })
  near(a:quantile({ 0.25, 0.75 }, 2), { -1.7194153979599354, -0.59523672864176635,
    -7.7844430521068757, 6.2751557522039629, 4.8895960810566539, 5.6181826868863407 })
end

function TestStatistics.test_covariance()
  near(a:covariance()[2], { 33.921764337567048, 74.873092056236331, 6.1351645035212012,
    -71.590793420014222 })
  near(A.correlation(a[1], a[2]), 0.22560783414236116)
end

function TestStatistics.test_sum_is_pairwise()
  local n = 10000000
  lu.assertAlmostEquals(A.full(n, 0.1):sum(), n * 0.1, 1e-8) -- one after the other: off by 1.6e-4
end

function TestStatistics.test_integers_are_exact()
  local big = A.array({ 1 << 60, 1 << 60, 3 }, { dtype = "i64" })
  lu.assertEquals(big:sum(), (1 << 61) + 3)
  lu.assertEquals({ big:max(), big:argmax(), big:argmin() }, { 1 << 60, 1, 3 })
end

function TestStatistics.test_no_result_of_nothing()
  for _, name in ipairs { "mean", "min", "max", "argmin", "var", "median" } do
    local value, err = m.try(A[name], A.zeros(0))
    lu.assertNil(value)
    lu.assertStrContains(err.message, "array.")
  end
  lu.assertEquals({ A.zeros(0):sum(), A.zeros(0):prod() }, { 0, 1 })
  lu.assertNil((m.try(A.max, A { 0 / 0 }, nil, { skip_nan = true })))
end

function TestStatistics.test_nan_goes_through()
  local v, clean = A { 2, 0 / 0, 1 }, A { 2, 1 }
  for _, name in ipairs { "sum", "mean", "min", "max", "median", "std", "var", "prod" } do
    lu.assertNaN(v[name](v))
    lu.assertEquals(v[name](v, nil, { skip_nan = true }), clean[name](clean))
  end
  lu.assertEquals({ v:argmin(), v:argmin(nil, { skip_nan = true }) }, { 2, 3 })
end

TestOrder = {}

function TestOrder.test_places()
  lu.assertEquals((y:argsort() - 1):totable(), { 4, 8, 9, 3, 0, 5, 7, 10, 2, 1, 11, 6 })
  lu.assertEquals(A.searchsorted(y:sort(), { -100, 0, 100 }):totable(), { 1, 5, 13 })
  lu.assertEquals({ A.searchsorted({ 1, 2, 2, 3 }, 2), A.searchsorted({ 1, 2, 2, 3 }, 2, { side = "right" }) },
    { 2, 4 })
end

function TestOrder.test_equal_elements_keep_their_order()
  local keys = A.arange(0, 999) % 7
  local order = keys:argsort()
  local sorted = keys:select(order)
  lu.assertEquals(A.all(A.ge(sorted:diff(), 0)), true)
  local same = A.eq(sorted:diff(), 0)
  lu.assertEquals(A.all(A.gt(order:diff()[same], 0)), true)
end

function TestOrder.test_sort_of_extremes()
  local inf = math.huge
  local s = A { 0 / 0, inf, -0.0, 5e-324, -inf, 0.0, -5e-324, 1.7e308 }:sort()
  lu.assertEquals(tostring(s[8]):gsub("-", ""), "nan")
  lu.assertEquals(s[{ { 1, 7 } }]:totable(), { -inf, -5e-324, 0.0, 0.0, 5e-324, 1.7e308, inf })
  local n = A.array({ math.maxinteger, math.mininteger, 0, -1 }, { dtype = "i64" }):sort()
  lu.assertEquals(n:totable(), { math.mininteger, -1, 0, math.maxinteger })
end

function TestOrder.test_histogram()
  local n, edges = y:histogram(5)
  lu.assertEquals(n:totable(), { 4, 0, 2, 3, 3 })
  near(edges, { -8.8345465572015307, -5.070550555012014, -1.3065545528224982, 2.4574414493670176,
    6.2214374515565343, 9.985433453746051 })
  lu.assertEquals((y:histogram { -10, -1, 0, 5, 9.6 }):totable(), { 4, 0, 4, 1 })
  lu.assertEquals((A { 1, 1, 2 }:histogram(2, { weights = { 0.5, 1, 2 } })):totable(), { 1.5, 2 })
  lu.assertNil((m.try(A.histogram, A { 1, 0 / 0 })))
end

TestCurves = {}

function TestCurves.test_numpy()
  near(y:integrate(x), 14.974474854029387)
  near(y:gradient(x), { 8.2915919751280924, 0.64147242384745118, -11.772245808585149,
    -10.266732464957256, 2.9102827739151875, 8.2760492841225357, 0.12748317843792734,
    -9.1657580088597168, -4.6631299058581508, 8.2430514232041823, 11.46166833577735,
    5.6585363825546482 })
  near(A.interp({ 0, 2.5, 7.7, 20 }, x, y),
    { 0, 9.4414961729382334, 7.3107297552044566, 9.8677196427461329 })
end

function TestCurves.test_polyfit()
  local c, v = A.polyfit(x, y, 3)
  near(c, { 0.04802971632372615, -0.74211277523086239, 2.6339664051067087, -0.22052339028670279 },
    1e-11)
  near(v:diagonal(), { 0.0067166088793151066, 2.6669469623264845, 93.195791620414596,
    264.72175997983743 }, 1e-9)
  c, v = A.polyfit(x, y, 2, { sigma = i * 0.1 + 1 })
  near(c, { 0.14539361456024941, -1.9300579924700729, 5.8577484026802837 }, 1e-11)
  near(v:diagonal(), { 0.0020588381185929813, 0.32212821312331574, 1.9795998854868375 }, 1e-10)
end

function TestCurves.test_polyfit_far_from_the_origin()
  local t = A.linspace(2000, 2010, 40)
  local c = A.polyfit(t, (t - 2005) ^ 3, 3)
  near(c[1], 1, 1e-12) -- numpy is off by 2e-8
  near(A.polyval(c, 2006), 1, 1e-4) -- what the cancellation of 8e9 leaves
end

function TestCurves.test_polyfit_of_too_few_points()
  local value, err = m.try(A.polyfit, { 1, 1, 1 }, { 1, 2, 3 }, 1)
  lu.assertNil(value)
  lu.assertEquals(err.kind, "numeric")
  lu.assertNil((m.try(A.polyfit, { 1, 2 }, { 1, 2 }, 2)))
  lu.assertNil((m.try(A.polyfit, { 1, 2 }, { 1, 0 / 0 }, 1)))
end

function TestCurves.test_simpson_is_exact_for_cubics()
  local function integral(t) return t ^ 4 / 4 - t ^ 2 end
  local t = A.linspace(0, 2, 9)
  near((t ^ 3 - 2 * t):integrate(t, nil, { rule = "simpson" }), integral(2))
  local u = A { 0, 0.3, 1, 1.2, 2, 2.9 } -- unequal and even: parabolas are exact for squares
  near((3 * u * u):integrate(u, nil, { rule = "simpson" }), 2.9 ^ 3)
end

function TestCurves.test_cubic_interpolation()
  local t = A { -1, 0, 0.5, 2, 3.5, 4 }
  local p = { 2, -1, 0.5, 3 }
  local v = A.linspace(-1, 4, 23)
  near(A.interp(v, t, A.polyval(p, t), { kind = "cubic" }), A.polyval(p, v), 1e-12)
  local step = A.interp(A.linspace(0, 5, 51), { 0, 1, 2, 3, 4, 5 }, { 0, 0, 0, 1, 1, 1 }, { kind = "pchip" })
  lu.assertEquals(A.all(A.ge(step:diff(), 0)), true) -- monotone: no overshoot
  near(A.interp({ 0.5, 3.3 }, t, t * t, { kind = "pchip" })[1], 0.25)
end

function TestCurves.test_interpolation_outside()
  local function at(outside) return A.interp(3, { 2, 1 }, { 20, 10 }, { outside = outside }) end
  lu.assertEquals({ at "clamp", at "extrapolate" }, { 20, 30 })
  lu.assertNaN(at "nan")
  lu.assertNil((m.try(at, "error")))
  lu.assertNil((m.try(A.interp, 1, { 1, 1 }, { 1, 2 })))
end

function TestCurves.test_savitzky_golay()
  local t = A.linspace(0, 3, 31)
  local cubic = 2 * t ^ 3 - t ^ 2 + 4
  local o = { method = "savitzky-golay", window = 7, order = 3 }
  near(cubic:smooth(o), cubic, 1e-12) -- reproduces its own polynomials, ends included
  o.derivative, o.step = 1, 0.1
  near(cubic:smooth(o), 6 * t ^ 2 - 2 * t, 1e-11)
  local weights = A { 0, 0, 0, 0, 35, 0, 0, 0, 0 }:smooth { method = "savitzky-golay", window = 5 }
  near(weights[{ { 3, 7 } }], { -3, 12, 17, 12, -3 }) -- Savitzky and Golay, table I
  near(A { 1, 2, 6, 2, 1 }:smooth { window = 3 }, { 3, 3, 10 / 3, 3, 3 })
end

TestElementwise = {}

function TestElementwise.test_complex()
  local function z(k) return A.complex(y[k], y[k + 3]) end
  local v, w = A { z(1), z(2), z(3) }, A { z(7):conj(), z(8):conj(), z(9):conj() }
  local function pairs_of(q) return A.stack({ q:real(), q:imag() }, 2):flatten() end
  near(pairs_of(v / w), { -0.33216957196750474, -0.43529246905577368, 2.4380599181569114,
    0.44167495771519871, -0.38518026248576104, 0.199274971610024 })
  near(pairs_of(v ^ w), { 19880551560889.332, -30418359623612.324, 133.1236991214071,
    -91.466016046925418, 5.560345683896574e-06, -3.1846921564772796e-05 }, 1e-11)
  near(pairs_of(v:exp()), { 0.82844193228766572, -0.56007496357851838, -12711.088556560935,
    -8515.04179688767, -95.030043520004668, 144.91912032402672 }, 1e-12)
  near(pairs_of(v:tan()), { 0, -0.99999787593120371, 1.735424229169115e-08, -0.99999996130623969,
    -0.021317214743059136, 1.0170620888390005 })
  lu.assertNil((m.try(A.lt, v, w)))
  lu.assertNil((m.try(A.sort, v)))
end

function TestElementwise.test_remainders()
  near(A.mod({ -7, 7, -7.5 }, { 3, -3, 2 }), { 2, -2, 0.5 })
  near(A.floor_divide({ -7, 7, -7.5 }, { 3, -3, 2 }), { -3, -3, -4 })
  local n = A.array({ -7, 7 }, { dtype = "i64" })
  lu.assertEquals((n % A.array({ 3, -3 }, { dtype = "i64" })):totable(), { 2, -2 })
  lu.assertNil((m.try(function() return n // 0 end)))
end

function TestElementwise.test_functions_agree_with_math()
  local v = A.linspace(-0.95, 0.95, 1001)
  for _, name in ipairs { "sin", "cos", "tan", "asin", "acos", "atan", "exp" } do
    local got = v[name](v)
    for k = 1, #v, 50 do lu.assertAlmostEquals(got[k], math[name](v[k]), 1e-15 * 8) end
  end
  near({ A.erf(0.5), A.gamma(4.5), A.lgamma(100) },
    { 0.52049987781304654, 11.631728396567448, 359.1342053695754 }, 1e-14)
end

os.exit(lu.LuaUnit.run())
