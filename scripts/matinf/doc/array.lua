-- Documentation of the array module; the families of elementwise functions and reductions are rows.
local functions = {}

local function add(entry) functions[#functions + 1] = entry end

local a_array = { "a", "array", "array, nested table of numbers, or number" }
local axis = { "axis", "integer", "1 is the first, -1 the last; all elements when absent" }
local last_axis = { "axis", "integer", "1 is the first, -1 the last (default)" }
local first_axis = { "axis", "integer", "1 is the first (default), -1 the last" }
local dtype = { "dtype", "string", '"f64", "f32", "i64", "i32", "u8" or "c128"', default = '"f64"' }

-- ---- making -------------------------------------------------------------------------------------

add { name = "array.array", summary = "Makes an array; array{...} is the same.",
  arguments = { { "value", "table, array or number", "rows of one length; arrays are copied" } },
  options = { dtype }, returns = { { "array", "c128 where the first number is complex" } },
  errors = "when rows differ in length, or a value does not fit the dtype",
  example = [[local a = m.array{{1, 2}, {3, 4}}; assert(a:get(2, 1) == 3)]] }
add { name = "array.from", summary = "Makes an array of a value unless it is one already.",
  arguments = { { "value", "table, array or number", "what to convert" } }, options = { dtype },
  returns = { { "array", "the same array when it has the dtype, else a new one" } },
  example = [[local a = m.array{1, 2}; assert(rawequal(m.array.from(a), a))]] }
local shape = { "shape", "integers or table", "the lengths: (2, 3) or ({2, 3})" }
add { name = "array.zeros", summary = "Makes an array of zeros.",
  arguments = { shape }, options = { dtype }, returns = { { "array", "all 0" } },
  example = [[assert(m.array.zeros(2, 3):sum() == 0)]] }
add { name = "array.ones", summary = "Makes an array of ones.",
  arguments = { shape }, options = { dtype }, returns = { { "array", "all 1" } },
  example = [[assert(m.array.ones({2, 3}, {dtype = "i32"}):sum() == 6)]] }
add { name = "array.full", summary = "Makes an array of one value.",
  arguments = { { "shape", "integer or table", "the lengths" },
    { "value", "number", "the value" } },
  options = { dtype }, returns = { { "array", "all value" } },
  example = [[assert(m.array.full(3, 2.5):sum() == 7.5)]] }
add { name = "array.zeros_like", summary = "Makes zeros of the shape and dtype of another array.",
  arguments = { a_array }, returns = { { "array", "all 0" } },
  example = [[assert(m.array.zeros_like(m.array{1, 2}).shape[1] == 2)]] }
add { name = "array.ones_like", summary = "Makes ones of the shape and dtype of another array.",
  arguments = { a_array }, returns = { { "array", "all 1" } },
  example = [[assert(m.array.ones_like(m.array{1, 2}):sum() == 2)]] }
add { name = "array.arange",
  summary = "Counts from first to last, both included, as Lua's for does; arange(n) is 1..n.",
  arguments = { { "first", "number", "the first value (default 1)" },
    { "last", "number", "never passed; kept when rounding alone would miss it" },
    { "step", "number", "default 1" } },
  options = { dtype }, returns = { { "array [n]", "first, first + step, ..." } },
  example = [[assert(#m.array.arange(0, 1, 0.1) == 11); assert(m.array.arange(4):sum() == 10)]] }
add { name = "array.linspace", summary = "Spaces numbers equally; both ends are exact.",
  arguments = { { "first", "number", "the first" }, { "last", "number", "the last" },
    { "n", "integer", "how many (default 50)" } },
  returns = { { "array [n]", "the numbers" } },
  example = [[assert(m.array.linspace(0, 1, 5)[2] == 0.25)]] }
add { name = "array.logspace", summary = "Spaces numbers equally in their logarithm.",
  arguments = { { "first", "number", "exponent of ten of the first" },
    { "last", "number", "exponent of ten of the last" },
    { "n", "integer", "how many (default 50)" } },
  returns = { { "array [n]", "10^first ... 10^last" } },
  example = [[assert(math.abs(m.array.logspace(0, 2, 3)[2] - 10) < 1e-12)]] }
add { name = "array.eye", summary = "Makes the unit matrix.",
  arguments = { { "n", "integer", "rows" }, { "m", "integer", "columns (default n)" } },
  returns = { { "array [n, m]", "1 on the diagonal" } },
  example = [[assert(m.array.eye(3):sum() == 3)]] }
add { name = "array.diag", summary = "Makes a matrix with a vector on its diagonal.",
  arguments = { { "v", "array [n]", "the diagonal" } }, returns = { { "array [n, n]", "else 0" } },
  example = [[assert(m.array.diag{1, 2}:get(2, 2) == 2)]] }
add { name = "array.meshgrid", summary = "Spreads two axes over a grid.",
  arguments = { { "x", "array [n]", "along the columns" }, { "y", "array [k]", "along the rows" } },
  returns = { { "array [k, n]", "X[i][j] = x[j]" }, { "array [k, n]", "Y[i][j] = y[i]" } },
  example = [[local X, Y = m.array.meshgrid({1, 2, 3}, {4, 5})
assert(X[2][3] == 3 and Y[2][3] == 5)]] }
add { name = "array.complex",
  summary = "Makes a complex number: fields re and im, + - * / ^, methods abs, arg, conj.",
  arguments = { { "re", "number", "real part" }, { "im", "number", "imaginary part (default 0)" } },
  returns = { { "matinf.complex", "what elements of c128 arrays are" } },
  example = [[local i = m.array.complex(0, 1); assert((i * i).re == -1)
assert(m.array{i, 2}.dtype == "c128")]] }

-- ---- elements, views, copies --------------------------------------------------------------------

add { name = "array.get", summary = "Reads one element.",
  arguments = { a_array, { "i, j, ...", "integers", "one index a dimension; -1 is the last" } },
  returns = { { "number", "integer for integer dtypes, matinf.complex for c128" } },
  errors = "when an index is out of range",
  example = [[assert(m.array{{1, 2}, {3, 4}}:get(-1, 1) == 3)]] }
add { name = "array.set", summary = "Writes one element.",
  arguments = { a_array, { "i, j, ...", "integers", "one index a dimension" },
    { "x", "number", "the value" } },
  returns = {}, example = [[local a = m.array.zeros(2, 2); a:set(1, 2, 7); assert(a[1][2] == 7)]] }
add { name = "array.view", summary = "Makes another array on the same memory.",
  arguments = { a_array }, returns = { { "array", "a view" } },
  example = [[local a = m.array{1, 2}; a:view()[1] = 5; assert(a[1] == 5)]] }
add { name = "array.copy", summary = "Copies an array to memory of its own.",
  arguments = { a_array }, options = { dtype }, returns = { { "array", "contiguous" } },
  example = [[local a = m.array{1, 2}; a:copy()[1] = 5; assert(a[1] == 1)]] }
add { name = "array.astype", summary = "Converts to another dtype; nothing is rounded silently.",
  arguments = { a_array, { "dtype", "string", "the new dtype" } },
  returns = { { "array", "a copy" } },
  errors = "when a value does not fit: 1.5 or NaN as integer, 300 as u8, complex as real",
  example = [[assert(m.array{1, 2}:astype("i64")[2] == 2)
assert(not m.try(m.array.astype, {1.5}, "i64"))]] }
add { name = "array.reshape", summary = "Sees the elements, row by row, in another shape.",
  arguments = { a_array, { "shape", "integers or table", "the lengths; one may be -1" } },
  returns = { { "array", "a view where strides allow it, else a copy" } },
  example = [[assert(m.array.arange(6):reshape(2, -1)[2][1] == 4)]] }
add { name = "array.flatten", summary = "Sees all elements, row by row, in one dimension.",
  arguments = { a_array },
  returns = { { "array [n]", "a view where strides allow it, else a copy" } },
  example = [[assert(#m.array.zeros(2, 3):flatten() == 6)]] }
for _, name in ipairs { "transpose", "T" } do
  add { name = "array." .. name, summary = "Exchanges the axes without copying.",
    arguments = { a_array, { "axes", "integers", "their new order; reversed when absent" } },
    returns = { { "array", "a view" } },
    example = ("assert(m.array.%s(m.array.zeros(2, 3)).shape[1] == 3)"):format(name) }
end
add { name = "array.diagonal", summary = "Sees the diagonal of a matrix.",
  arguments = { { "a", "array [n, m]", "the matrix" } }, returns = { { "array", "a view" } },
  example = [[local a = m.array.zeros(2, 2); a:diagonal()[1] = 3; assert(a[1][1] == 3)]] }
add { name = "array.broadcast", summary = "Sees an array repeated to a larger shape.",
  arguments = { a_array, shape }, returns = { { "array", "a view; elements share memory" } },
  example = [[assert(m.array.broadcast({1, 2}, 3, 2):sum() == 9)]] }
add { name = "array.flip", summary = "Sees an array in reverse order along an axis.",
  arguments = { a_array, first_axis }, returns = { { "array", "a view" } },
  example = [[assert(m.array{1, 2, 3}:flip()[1] == 3)]] }
add { name = "array.real", summary = "Sees the real parts.", arguments = { a_array },
  returns = { { "array", "a view" } },
  example = [[assert(m.array{m.array.complex(1, 2)}:real()[1] == 1)]] }
add { name = "array.imag", summary = "Sees the imaginary parts; zeros for a real array.",
  arguments = { a_array }, returns = { { "array", "a view" } },
  example = [[assert(m.array{m.array.complex(1, 2)}:imag()[1] == 2)]] }
add { name = "array.totable",
  summary = "Makes nested tables of the elements.", arguments = { a_array },
  returns = { { "table", "rows of numbers" } },
  example = [[assert(m.array{{1, 2}}:totable()[1][2] == 2)]] }
add { name = "array.tostring", summary = "Writes shape, dtype and elements as text.",
  arguments = { a_array },
  options = { { "precision", "integer", "most decimals", default = "6" },
    { "columns", "integer", "width of a line", default = "80" },
    { "threshold", "integer", "arrays of more elements are summarised", default = "1000" } },
  returns = { { "string", "the first line is the shape and dtype" } },
  example = [[assert(tostring(m.array{1, 2.5}) == "array [2] f64\n[1.0 2.5]")]] }
add { name = "array.select",
  summary = "Takes the elements that a mask or a list of indices chooses; a[which] is the same.",
  arguments = { a_array,
    { "which", "array",
    "u8: a mask of the shape of a, or of the length of the axis; else indices" },
    first_axis },
  returns = { { "array", "a copy" } }, errors = "when an index is out of range",
  example = [[local a = m.array{3, 1, 2}
assert(a[a:gt(1)]:sum() == 5); assert(a:select{3, 1}[1] == 2)]] }
add { name = "array.put", summary = "Sets what select would take; a[which] = value is the same.",
  arguments = { a_array, { "which", "array", "mask or indices" },
    { "value", "number or array", "broadcast to the selection" }, first_axis },
  returns = {}, example = [[local a = m.array{3, 1, 2}; a[a:gt(1)] = 0; assert(a:sum() == 1)]] }
add { name = "array.nonzero",
  summary = "Finds the elements that are not zero.", arguments = { a_array },
  returns = { { "array [n] i64", "their places, counted row by row" } },
  example = [[assert(m.array{0, 5, 0, 6}:nonzero()[2] == 4)]] }

-- ---- joining and rearranging --------------------------------------------------------------------

local list = { "arrays", "table of arrays", "the parts" }
add { name = "array.concatenate", summary = "Joins arrays along an axis they have.",
  arguments = { list, first_axis }, returns = { { "array", "a copy" } },
  example = [[assert(m.array.concatenate{{1, 2}, {3}}:sum() == 6)]] }
add { name = "array.stack", summary = "Joins arrays of one shape along a new axis.",
  arguments = { list, first_axis }, returns = { { "array", "a copy" } },
  example = [[assert(m.array.stack({{1, 2}, {3, 4}}, 2)[1][2] == 3)]] }
add { name = "array.split", summary = "Cuts an array into equal parts.",
  arguments = { a_array, { "n", "integer", "number of parts" }, first_axis },
  returns = { { "table of arrays", "views" } },
  example = [[assert(m.array.split({1, 2, 3, 4}, 2)[2][1] == 3)]] }
add { name = "array.roll", summary = "Shifts cyclically: element i goes to i + shift.",
  arguments = { a_array, { "shift", "integer", "may be negative" }, first_axis },
  returns = { { "array", "a copy" } }, example = [[assert(m.array.roll({1, 2, 3}, 1)[1] == 3)]] }
add { name = "array.repeat_each", summary = "Repeats each element, or row along the axis, n times.",
  arguments = { a_array, { "n", "integer", "how often" }, first_axis },
  returns = { { "array", "1, 1, 2, 2, ..." } },
  example = [[assert(m.array.repeat_each({1, 2}, 2)[2] == 1)]] }
add { name = "array.tile", summary = "Puts copies of an array behind each other.",
  arguments = { a_array, { "n", "integer", "how often" }, first_axis },
  returns = { { "array", "1, 2, 1, 2, ..." } },
  example = [[assert(m.array.tile({1, 2}, 2)[3] == 1)]] }

-- ---- elementwise --------------------------------------------------------------------------------

-- name, what it computes, arguments, result
local binaries = {
  { "add", "a + b", 7, 2, 9 }, { "subtract", "a - b", 7, 2, 5 }, { "multiply", "a * b", 7, 2, 14 },
  { "divide", "a / b (floating point also for integers)", 7, 2, 3.5 },
  { "floor_divide", "a // b, rounded down", -7, 2, -4 },
  { "mod", "a % b, with the sign of b", -7, 3, 2 },
  { "pow", "a ^ b (floating point also for integers)", 2, 3, 8 },
  { "minimum", "the lesser; NaN when one is NaN", 7, 2, 2 },
  { "maximum", "the greater; NaN when one is NaN", 7, 2, 7 },
  { "atan2", "the angle of the point (b, a)", 0, 1, 0 }, { "hypot", "sqrt(a^2 + b^2)", 3, 4, 5 },
  { "lt", "a < b, as u8", 1, 2, 1 }, { "le", "a <= b, as u8", 2, 2, 1 },
  { "gt", "a > b, as u8", 1, 2, 0 }, { "ge", "a >= b, as u8", 1, 2, 0 },
  { "eq", "a == b, as u8", 2, 2, 1 }, { "ne", "a ~= b, as u8", 2, 2, 0 },
  { "logical_and", "a and b, as u8: true is not 0", 1, 0, 0 },
  { "logical_or", "a or b, as u8: true is not 0", 1, 0, 1 },
  { "logical_xor", "either a or b, as u8: true is not 0", 1, 1, 0 },
}
for _, row in ipairs(binaries) do
  add { name = "array." .. row[1], summary = ("Computes %s."):format(row[2]),
    arguments = { a_array, { "b", "array", "array, table or number; shapes broadcast" } },
    returns = { { "array", "a number when both are numbers" } },
    example = ("assert(m.array.%s({%g}, %g)[1] == %g)"):format(row[1], row[3], row[4], row[5]) }
end

-- name, what it computes, argument, result
local unaries = {
  { "negate", "-a", 2, -2 }, { "abs", "|a|", -2, 2 }, { "square", "a^2", 3, 9 },
  { "sqrt", "the square root", 9, 3 }, { "cbrt", "the cube root", 8, 2 },
  { "floor", "the integer not above", 1.5, 1 }, { "ceil", "the integer not below", 1.5, 2 },
  { "rint", "the nearest integer, halves to even", 2.5, 2 },
  { "trunc", "the integer towards zero", -1.5, -1 }, { "sign", "-1, 0 or 1", -5, -1 },
  { "exp", "the exponential", 0, 1 }, { "expm1", "exp(a) - 1, accurate near 0", 0, 0 },
  { "log", "the natural logarithm", 1, 0 }, { "log1p", "log(1 + a), accurate near 0", 0, 0 },
  { "log2", "the logarithm to base 2", 8, 3 }, { "log10", "the logarithm to base 10", 1000, 3 },
  { "sin", "the sine", 0, 0 }, { "cos", "the cosine", 0, 1 }, { "tan", "the tangent", 0, 0 },
  { "asin", "the inverse sine", 0, 0 }, { "acos", "the inverse cosine", 1, 0 },
  { "atan", "the inverse tangent", 0, 0 }, { "sinh", "the hyperbolic sine", 0, 0 },
  { "cosh", "the hyperbolic cosine", 0, 1 }, { "tanh", "the hyperbolic tangent", 0, 0 },
  { "erf", "the error function", 0, 0 }, { "erfc", "1 - erf(a)", 0, 1 },
  { "gamma", "the gamma function", 5, 24 }, { "lgamma", "log |gamma(a)|", 1, 0 },
  { "conj", "the complex conjugate", 2, 2 }, { "angle", "the argument of a complex number", 1, 0 },
  { "logical_not", "1 where a is 0, else 0, as u8", 0, 1 },
  { "isnan", "whether a is not a number, as u8", 1, 0 },
  { "isfinite", "whether a is neither NaN nor infinite, as u8", 1, 1 },
  { "isinf", "whether a is infinite, as u8", 1, 0 },
}
for _, row in ipairs(unaries) do
  local value = row[1] == "conj" and ":real()[1]" or "[1]"
  add { name = "array." .. row[1], summary = ("Computes %s."):format(row[2]),
    arguments = { a_array }, returns = { { "array", "a number for a number" } },
    example = ("assert(m.array.%s({%g})%s == %g)"):format(row[1], row[3], value, row[4]) }
end

add { name = "array.where", summary = "Takes elements of a where the mask is not 0, else of b.",
  arguments = { { "mask", "array", "broadcast with a and b" }, a_array, { "b", "array", "as a" } },
  returns = { { "array", "of the dtype in which a and b meet" } },
  example = [[assert(m.array.where(m.array.gt({1, 5}, 2), 1, -1):sum() == 0)]] }
add { name = "array.clip", summary = "Limits values to a range.",
  arguments = { a_array, { "low", "number or array", "nil for no limit" },
    { "high", "number or array", "nil for no limit" } },
  returns = { { "array", "NaN stays NaN" } },
  example = [[assert(m.array.clip({1, 5}, 2, 4):sum() == 6)]] }
add { name = "array.round", summary = "Rounds to a number of decimals, halves to even.",
  arguments = { a_array, { "places", "integer", "decimals (default 0); negative for tens" } },
  returns = { { "array", "floating point" } },
  example = [[assert(m.array.round({1.26}, 1)[1] == 1.3); assert(m.array.round(127, -1) == 130)]] }
add { name = "array.fill_nan", summary = "Replaces NaN by a number.",
  arguments = { a_array, { "value", "number or array", "what to put there" } },
  returns = { { "array", "a copy" } },
  example = [[assert(m.array.fill_nan({0/0, 1}, 0):sum() == 1)]] }

-- ---- reductions ---------------------------------------------------------------------------------

local reductions = {
  { "sum", "Adds the elements; exact in i64 for integers, pairwise otherwise.", "6" },
  { "mean", "Computes the mean.", "2" }, { "prod", "Multiplies the elements.", "6" },
  { "min", "Finds the least element; NaN when there is a NaN.", "1" },
  { "max", "Finds the greatest element; NaN when there is a NaN.", "3" },
  { "argmin", "Finds the place of the (first) least element, or of the first NaN.", "1" },
  { "argmax", "Finds the place of the (first) greatest element, or of the first NaN.", "3" },
  { "any", "Tells whether an element is not 0.", "true" },
  { "all", "Tells whether every element is not 0.", "true" },
  { "count", "Counts the elements that are not 0.", "3" },
  { "var", "Computes the variance, the mean square deviation from the mean.", "2/3" },
  { "std", "Computes the standard deviation, the root of the variance.", "math.sqrt(2/3)" },
}
for _, row in ipairs(reductions) do
  local options = { { "skip_nan", "boolean", "leave NaN out", default = "false" },
    { "keep", "boolean", "keep the axis, with length 1", default = "false" } }
  if row[1] == "var" or row[1] == "std" then
    options[3] = { "ddof", "integer", "divide by n - ddof", default = "0" }
  end
  add { name = "array." .. row[1],
  summary = row[2], arguments = { a_array, axis }, options = options,
    returns = { { "number or array", "a number without axis, else an array without that axis" } },
    errors = "when an empty array has no such value, or the array is complex and the order counts",
    example = ("assert(m.array{1, 2, 3}:%s() == %s)"):format(row[1], row[3]) }
end
local skip = { { "skip_nan", "boolean", "leave NaN out", default = "false" } }
add { name = "array.median", summary = "Finds the median; NaN when there is a NaN.",
  arguments = { a_array, axis }, options = skip, returns = { { "number or array", "the median" } },
  example = [[assert(m.array{3, 1, 2}:median() == 2)]] }
add { name = "array.quantile", summary = "Finds quantiles, linear between neighbours.",
  arguments = { a_array, { "q", "number or array [k]", "from 0 to 1" }, axis }, options = skip,
  returns = { { "number or array", "for several q their axis comes first" } },
  example = [[assert(m.array{1, 2, 3, 4}:quantile(0.5) == 2.5)]] }
add { name = "array.percentile", summary = "Finds percentiles, linear between neighbours.",
  arguments = { a_array, { "p", "number or array [k]", "from 0 to 100" }, axis }, options = skip,
  returns = { { "number or array", "for several p their axis comes first" } },
  example = [[assert(m.array{1, 2, 3, 4}:percentile(50) == 2.5)]] }
add { name = "array.dot", summary = "Adds the products of two vectors; complex ones as they are.",
  arguments = { { "a", "array [n]", "a vector" }, { "b", "array [n]", "another" } },
  returns = { { "number", "sum of a[i] b[i]" } },
  example = [[assert(m.array.dot({1, 2}, {3, 4}) == 11)]] }
add { name = "array.outer", summary = "Makes the matrix of the products of two vectors.",
  arguments = { { "a", "array [n]", "a vector" }, { "b", "array [m]", "another" } },
  returns = { { "array [n, m]", "a[i] b[j]" } },
  example = [[assert(m.array.outer({1, 2}, {3, 4})[2][2] == 8)]] }
add { name = "array.equal", summary = "Tells whether shapes and all elements are equal.",
  arguments = { a_array, { "b", "array", "another" } },
  returns = { { "boolean", "NaN equals nothing" } },
  example = [[assert(m.array.equal({1, 2}, {1, 2}))]] }
add { name = "array.allclose",
  summary = "Tells whether |a - b| <= absolute + relative |b| everywhere.",
  arguments = { a_array, { "b", "array", "another" } },
  options = { { "relative", "number", "share of |b|", default = "1e-9" },
    { "absolute", "number", "for values near 0", default = "0" } },
  returns = { { "boolean", "NaN is close to nothing" } },
  example = [[assert(m.array.allclose({1, 2}, {1, 2 + 1e-12}))]] }
add { name = "array.covariance", summary = "Computes the covariances of columns.",
  arguments = { { "a", "array [n, k]", "n >= 2 observations of k quantities" } },
  returns = { { "array [k, k]", "divided by n - 1" } },
  example = [[assert(m.array.covariance{{1, 2}, {3, 6}}[1][2] == 4)]] }
add { name = "array.correlation", summary = "Computes Pearson's correlation.",
  arguments = { { "a", "array", "vector, or [n, k] without b" },
    { "b", "array [n]", "a second vector" } },
  returns = { { "number or array [k, k]", "from -1 to 1" } },
  example = [[assert(math.abs(m.array.correlation({1, 2, 3}, {2, 4, 6}) - 1) < 1e-12)]] }

-- ---- order and counting -------------------------------------------------------------------------

add { name = "array.sort", summary = "Sorts in ascending order; NaN comes last.",
  arguments = { a_array, last_axis }, returns = { { "array", "a sorted copy" } },
  example = [[assert(m.array{3, 1, 2}:sort()[1] == 1)]] }
add { name = "array.argsort",
  summary = "Finds the places of the sorted elements; equal ones keep order.",
  arguments = { a_array, last_axis },
  returns = { { "array i64", "a:select(a:argsort()) is sorted" } },
  example = [[assert(m.array{3, 1, 2}:argsort()[1] == 2)]] }
add { name = "array.unique", summary = "Finds the different values; all NaN count as one.",
  arguments = { a_array },
  returns = { { "array [n]", "ascending" }, { "array [n] i64", "how often each occurs" } },
  example = [[local v, n = m.array{2, 1, 2}:unique(); assert(v[2] == 2 and n[2] == 2)]] }
add { name = "array.searchsorted", summary = "Finds where values belong in an ascending vector.",
  arguments = { { "a", "array [n]", "ascending" }, { "v", "number or array", "the values" } },
  options = { { "side", "string", '"left": before equal ones; "right": after them',
    default = '"left"' } },
  returns = { { "integer or array", "from 1 to n + 1" } },
  example = [[assert(m.array.searchsorted({1, 2, 3}, 2.5) == 3)]] }
add { name = "array.histogram",
  summary = "Counts values in bins; the last bin has its upper edge too.",
  arguments = { { "x", "array", "the values" },
    { "bins", "integer or array", "their number (default 10), or ascending edges" } },
  options = { { "range", "table", "{low, high} of equal bins; values outside are left out",
      default = "least and greatest value" },
    { "weights", "array", "what each value counts", default = "1" } },
  returns = { { "array [bins]", "i64, or f64 with weights" }, { "array [bins + 1]", "the edges" } },
  errors = "when a value is NaN",
  example = [[local n, edges = m.array.histogram({1, 2, 3, 4}, 2)
assert(n[1] == 2 and edges[2] == 2.5)]] }
add { name = "array.bincount", summary = "Counts how often each of 1, 2, ... occurs.",
  arguments = { { "x", "array", "integers >= 1" },
    { "length", "integer", "default: the greatest" } },
  returns = { { "array [length] i64", "the counts" } },
  example = [[assert(m.array.bincount{1, 3, 3}[3] == 2)]] }

-- ---- curves -------------------------------------------------------------------------------------

local x_points = { "x", "array [n] or number", "the points, or their equal distance (default 1)" }
add { name = "array.cumsum", summary = "Adds up along an axis.",
  arguments = { a_array, { "axis", "integer", "needed for more than one dimension" } },
  returns = { { "array", "f64, i64 or c128" } },
  example = [[assert(m.array{1, 2, 3}:cumsum()[3] == 6)]] }
add { name = "array.cumprod", summary = "Multiplies up along an axis.",
  arguments = { a_array, { "axis", "integer", "needed for more than one dimension" } },
  returns = { { "array", "f64, i64 or c128" } },
  example = [[assert(m.array{1, 2, 3}:cumprod()[3] == 6)]] }
add { name = "array.diff", summary = "Subtracts each element from the next.",
  arguments = { a_array, last_axis, { "order", "integer", "how often (default 1)" } },
  returns = { { "array", "one shorter each time" } },
  example = [[assert(m.array{1, 4, 9}:diff()[2] == 5)]] }
add { name = "array.gradient",
  summary = "Differentiates a curve: second order inside, first order at both ends.",
  arguments = { { "y", "array", "at least 2 points" }, x_points, last_axis },
  returns = { { "array", "dy/dx at the points" } },
  example = [[assert(m.array{1, 4, 9}:gradient()[2] == 4)]] }
add { name = "array.integrate", summary = "Integrates a curve; negative where x falls and y > 0.",
  arguments = { { "y", "array", "the values" }, x_points, last_axis },
  options = { { "rule", "string", '"trapezoid" or "simpson"', default = '"trapezoid"' } },
  returns = { { "number or array", "without that axis" } },
  reference = "K. Cartwright, J. Math. Sci. Math. Educ. 11 (2016), for Simpson's odd last interval",
  example = [[assert(m.array{0, 1, 2}:integrate() == 2)]] }
add { name = "array.cumulative_integrate",
  summary = "Integrates from the first point to each point.",
  arguments = { { "y", "array", "the values" }, x_points, last_axis },
  returns = { { "array", "by trapezoids; the first is 0" } },
  example = [[assert(m.array{0, 1, 2}:cumulative_integrate()[3] == 2)]] }
add { name = "array.interp", summary = "Interpolates a curve given by points.",
  arguments = { { "v", "number or array", "where" },
    { "x", "array [n]", "strictly rising or falling" }, { "y", "array [n]", "the values there" } },
  options = { { "kind", "string", '"linear", "pchip" (monotone cubic) or "cubic" (spline)',
      default = '"linear"' },
    { "outside", "string", 'beyond x: "clamp" (the end value), "nan", "extrapolate", "error"',
      default = '"clamp"' } },
  returns = { { "number or array", "the shape of v" } },
  reference = "F. N. Fritsch, J. Butland, SIAM J. Sci. Stat. Comput. 5 (1984) 300, for pchip",
  example = [[assert(m.array.interp(1.5, {1, 2}, {10, 20}) == 15)]] }
add { name = "array.smooth", summary = "Smooths a curve of equally spaced points.",
  arguments = { { "y", "array", "the values" } },
  options = { { "method", "string", '"average" or "savitzky-golay"', default = '"average"' },
    { "window", "integer", "points averaged or fitted, odd", default = "5" },
    { "order", "integer", "of the polynomial", default = "2" },
    { "derivative", "integer", "which derivative to give", default = "0" },
    { "step", "number", "distance of the points", default = "1" },
    { "axis", "integer", "which axis", default = "last" } },
  returns = { { "array", "as long as y; at the ends from the first or last full window" } },
  reference = "A. Savitzky, M. J. E. Golay, Anal. Chem. 36 (1964) 1627",
  example = [[local y = m.array{1, 4, 9, 16, 25, 36}
assert(m.array.allclose(y:smooth{method = "savitzky-golay"}, y))]] }
add { name = "array.polyfit", summary = "Fits a polynomial by least squares.",
  arguments = { { "x", "array [n]", "the points" }, { "y", "array [n]", "the values" },
    { "degree", "integer", "the highest power" } },
  options = { { "sigma", "array [n]", "standard errors of y", default = "equal and unknown" } },
  returns = { { "array [degree + 1]", "coefficients, highest power first" },
    { "array [degree + 1, degree + 1]", "their covariance; NaN without sigma and spare points" } },
  errors = "when there are fewer different x than coefficients",
  example = [[local c = m.array.polyfit({1, 2, 3}, {1, 4, 9}, 2)
assert(math.abs(c[1] - 1) < 1e-12)]] }
add { name = "array.polyval", summary = "Evaluates a polynomial.",
  arguments = { { "coefficients", "array [k]", "highest power first" },
    { "x", "number or array", "where" } },
  returns = { { "number or array", "the shape of x" } },
  example = [[assert(m.array.polyval({1, 0, 1}, 3) == 10)]] }

return {
  name = "array",
  summary = "Arrays of numbers: views, elementwise functions, reductions, curves.",
  description = [[
m.array{...} makes an array; every function below is a method too: a:sum() is array.sum(a).

Fields: a.shape (a table), a.ndim, a.size, a.dtype; #a is the first length. pairs(a) goes through
the elements or rows (ipairs does not: reading past the end is an error).

Elements: a[i] is a number of a vector (an integer for integer dtypes, a complex number with fields
re and im for c128), or a view of row i. Indices are 1-based; -1 is the last.
Slices: a[{ 2, {1, 3}, {}, {-1, 1, -2} }] takes for each axis an index, {first, last, step}, or {}
for all of it. It is a view: nothing is copied. a[mask] and a[indices] copy (see array.select).
Assignment broadcasts: a[i] = 0, a[{ {}, 1 }] = b, a[mask] = 0.

Operators + - * / // % ^ and unary - work element by element and broadcast; comparisons are the
functions lt le gt ge eq ne. Integers stay integers but for / and ^, and wrap around on overflow;
f32 with f64 gives f64; c128 dominates; u8, made for masks, takes the dtype of its partner, and two
u8 give i64. A plain number takes the dtype of the array where that can hold it: f32 stays f32.

NaN is never dropped silently: it goes through min, max, median and all others (skip_nan = true
leaves it out), sorts last, and histogram refuses it.]],
  functions = functions,
}
