-- Array functions that are made of others.
local e = require "matinf.error"

-- The key that slices one axis and takes all of the others.
local function along(a, axis, slice)
  local key = {}
  for d = 1, a.ndim do key[d] = {} end
  key[axis] = slice
  return key
end

local function axis_of(a, axis, default, called)
  axis = axis or default
  if math.type(axis) ~= "integer" or axis == 0 or axis > a.ndim or axis < -a.ndim then
    e.argument("axis", called, ("integer from 1 to %d, or -1, -2, ..."):format(a.ndim), axis)
  end
  return axis < 0 and axis + a.ndim + 1 or axis
end

local function count_of(n, name, least, called)
  if math.type(n) ~= "integer" or n < least then
    e.argument(name, called, ("integer >= %d"):format(least), n)
  end
end

local function array_of(M, value, name, called)
  if type(value) ~= "userdata" and type(value) ~= "table" then
    e.argument(name, called, "array", value)
  end
  return M.from(value)
end

local function add_constructors(M)
  --- n numbers from 10^first to 10^last, equally spaced in their logarithm.
  function M.logspace(first, last, n) return M.pow(10, M.linspace(first, last, n)) end

  function M.zeros_like(a)
    a = array_of(M, a, "a", "array.zeros_like")
    return M.zeros(a.shape, { dtype = a.dtype })
  end

  function M.ones_like(a)
    a = array_of(M, a, "a", "array.ones_like")
    return M.ones(a.shape, { dtype = a.dtype })
  end

  --- The matrices X and Y with X[i][j] = x[j] and Y[i][j] = y[i].
  function M.meshgrid(x, y)
    x, y = M.from(x), M.from(y)
    local shape = { #y, #x }
    return M.broadcast(x, shape):copy(), M.broadcast(y:reshape(#y, 1), shape):copy()
  end

  --- A matrix with the vector on its diagonal.
  function M.diag(v)
    v = M.from(v)
    local out = M.zeros({ #v, #v }, { dtype = v.dtype })
    out:diagonal()[{ {} }] = v
    return out
  end

  --- The matrix of products a[i] * b[j].
  function M.outer(a, b)
    a, b = M.from(a), M.from(b)
    return a:reshape(a.size, 1) * b:reshape(1, b.size)
  end
end

local function add_rearrangements(M)
  --- a shifted cyclically: element i goes to i + shift.
  function M.roll(a, shift, axis)
    a = array_of(M, a, "a", "array.roll")
    axis = axis_of(a, axis, 1, "array.roll")
    if math.type(shift) ~= "integer" then e.argument("shift", "array.roll", "integer", shift) end
    local n = a.shape[axis]
    if n == 0 or shift % n == 0 then return a:copy() end
    shift = shift % n
    local tail, head = { n - shift + 1, n }, { 1, n - shift }
    return M.concatenate({ a[along(a, axis, tail)], a[along(a, axis, head)] }, axis)
  end

  --- Each element (or row along the axis) n times.
  function M.repeat_each(a, n, axis)
    a = array_of(M, a, "a", "array.repeat_each")
    axis = axis_of(a, axis, 1, "array.repeat_each")
    count_of(n, "n", 0, "array.repeat_each")
    if n == 0 then return a[along(a, axis, { 1, 0 })]:copy() end
    local copies = {}
    for k = 1, n do copies[k] = a end
    local shape = a.shape
    shape[axis] = shape[axis] * n
    return M.stack(copies, axis == a.ndim and -1 or axis + 1):reshape(shape)
  end

  --- n copies of a behind each other along an axis.
  function M.tile(a, n, axis)
    a = array_of(M, a, "a", "array.tile")
    axis = axis_of(a, axis, 1, "array.tile")
    count_of(n, "n", 1, "array.tile")
    local copies = {}
    for k = 1, n do copies[k] = a end
    return M.concatenate(copies, axis)
  end

  --- n parts of equal length along an axis, as views.
  function M.split(a, n, axis)
    a = array_of(M, a, "a", "array.split")
    axis = axis_of(a, axis, 1, "array.split")
    local length = a.shape[axis]
    if math.type(n) ~= "integer" or n < 1 or length % n ~= 0 then
      e.argument("n", "array.split", ("a divisor of %d"):format(length), n)
    end
    local parts, size = {}, length // n
    for k = 1, n do parts[k] = a[along(a, axis, { (k - 1) * size + 1, k * size })] end
    return parts
  end
end

local function add_numbers(M)
  --- Differences of neighbours along an axis; order repeats it.
  function M.diff(a, axis, order)
    a = array_of(M, a, "a", "array.diff")
    axis = axis_of(a, axis, -1, "array.diff")
    order = order or 1
    count_of(order, "order", 0, "array.diff")
    for _ = 1, order do
      local n = a.shape[axis]
      if n < 2 then return a[along(a, axis, { 1, 0 })]:copy() end
      a = a[along(a, axis, { 2, n })] - a[along(a, axis, { 1, n - 1 })]
    end
    return a
  end

  --- a limited to low..high; nil for no limit.
  function M.clip(a, low, high)
    if low then a = M.maximum(a, low) end
    if high then a = M.minimum(a, high) end
    return a
  end

  --- Rounded to a number of decimals, halves to even.
  function M.round(a, places)
    places = places or 0
    if math.type(places) ~= "integer" or places < -300 or places > 300 then
      e.argument("places", "array.round", "integer from -300 to 300", places)
    end
    if places == 0 then return M.rint(a) end
    local scale = 10.0 ^ math.abs(places)
    if places < 0 then return M.rint(M.divide(a, scale)) * scale end
    return M.rint(M.multiply(a, scale)) / scale
  end

  --- a with NaN replaced by a number.
  function M.fill_nan(a, value) return M.where(M.isnan(a), value, a) end

  --- The sum of products of two vectors (complex ones are not conjugated).
  function M.dot(a, b)
    a, b = M.from(a), M.from(b)
    if a.ndim ~= 1 or b.ndim ~= 1 or #a ~= #b then
      e.fail("argument", "array.dot: two vectors of one length expected (matrices: linalg.matmul)")
    end
    return M.sum(a * b)
  end

  --- Whether shapes and all elements are equal.
  function M.equal(a, b)
    a, b = M.from(a), M.from(b)
    if table.concat(a.shape, " ") ~= table.concat(b.shape, " ") then return false end
    return M.all(M.eq(a, b))
  end

  --- Whether |a - b| <= absolute + relative |b| everywhere; NaN is close to nothing.
  function M.allclose(a, b, options)
    options = e.options(options, "array.allclose", { "relative", "absolute" })
    local limit = M.abs(b) * (options.relative or 1e-9) + (options.absolute or 0)
    local near = M.logical_or(M.le(M.abs(M.subtract(a, b)), limit), M.eq(a, b))
    return type(near) == "number" and near ~= 0 or type(near) ~= "number" and M.all(near)
  end
end

local function add_statistics(M)
  --- The median along an axis.
  function M.median(a, axis, options) return M.quantile(a, 0.5, axis, options) end

  --- The quantile p / 100.
  function M.percentile(a, p, axis, options)
    if type(p) ~= "number" then p = array_of(M, p, "p", "array.percentile") end
    return M.quantile(a, p / 100, axis, options)
  end

  --- Covariances of the columns of a [n x k].
  function M.covariance(a)
    a = M.from(a)
    if a.ndim ~= 2 or #a < 2 then e.argument("a", "array.covariance", "array [n >= 2, k]", a) end
    local centered, k = a - a:mean(1, { keep = true }), a.shape[2]
    local out = M.zeros(k, k)
    for i = 1, k do
      for j = i, k do
        local c = M.dot(centered[{ {}, i }], centered[{ {}, j }]) / (#a - 1)
        out:set(i, j, c)
        out:set(j, i, c)
      end
    end
    return out
  end

  --- Pearson's correlation of two vectors, or the correlations of the columns of a [n x k].
  function M.correlation(a, b)
    if b then a = M.stack({ M.from(a), M.from(b) }, 2) end
    local c = M.covariance(a)
    local scale = M.sqrt(c:diagonal())
    local r = c / M.outer(scale, scale)
    if b then return r:get(1, 2) end
    return r
  end
end

return function(M)
  add_constructors(M)
  add_rearrangements(M)
  add_numbers(M)
  add_statistics(M)
end
