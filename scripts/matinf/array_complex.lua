-- Complex numbers, the elements of c128 arrays: values with fields re and im, and arithmetic.
local function parts(z)
  if type(z) == "number" then return z, 0 end
  return z.re, z.im
end

return function(M)
  local new = M.complex
  local C = getmetatable(new(0, 0))

  -- An array beside a complex number: the array's operator takes over.
  local function binary(name, compute)
    return function(x, y)
      if type(x) == "userdata" or type(y) == "userdata" then return M[name](x, y) end
      local a, b = parts(x)
      return new(compute(a, b, parts(y)))
    end
  end

  local function divide(a, b, c, d)
    if math.abs(c) >= math.abs(d) then
      local r = d / c
      local t = c + d * r
      return (a + b * r) / t, (b - a * r) / t
    end
    local r = c / d
    local t = c * r + d
    return (a * r + b) / t, (b * r - a) / t
  end

  C.__name = "matinf.complex"
  C.__add = binary("add", function(a, b, c, d) return a + c, b + d end)
  C.__sub = binary("subtract", function(a, b, c, d) return a - c, b - d end)
  C.__mul = binary("multiply", function(a, b, c, d) return a * c - b * d, a * d + b * c end)
  C.__div = binary("divide", divide)
  C.__pow = function(x, y) return M.pow(x, y) end
  C.__unm = function(z) return new(-z.re, -z.im) end
  C.__eq = function(x, y) return x.re == y.re and x.im == y.im end
  C.__tostring = function(z)
    return ("%.14g%s%.14gi"):format(z.re, (z.im < 0 or 1 / z.im < 0) and "-" or "+", math.abs(z.im))
  end
  C.__index = {
    abs = function(z) return M.abs(z) end,
    arg = function(z) return M.angle(z) end,
    conj = function(z) return new(z.re, -z.im) end,
  }
end
