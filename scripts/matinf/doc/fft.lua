local axis = { "axis", "integer or \"all\"", "the axis to transform: 1 is the first, -1 the last",
  default = "last" }

return {
  name = "fft",
  summary = "Discrete Fourier transforms of any length.",
  description = [[
Forward: X[k] = sum over j of x[j] exp(-2 pi i (j-1) (k-1) / n), j, k = 1..n. The inverse has the
other sign and the factor 1/n. Lengths with small prime factors are fastest; every length costs
O(n log n), and the relative error stays at a few rounding errors.]],
  functions = {
    {
      name = "fft.forward",
      summary = "Transforms an array along an axis, or along all of them.",
      arguments = { { "x", "array", "the signal, real or complex" } },
      options = { axis },
      returns = { { "array c128", "its spectrum, of the same shape" } },
      errors = "when the axis is empty",
      example = [[
local X = m.fft.forward(m.array { 1, 0, 0, 0 })
assert(X.dtype == "c128" and #X == 4)
for k = 1, 4 do assert(m.array.real(X)[k] == 1 and m.array.imag(X)[k] == 0) end]],
    },
    {
      name = "fft.inverse",
      summary = "Takes a spectrum back to its signal; the factor 1/n is here.",
      arguments = { { "x", "array", "the spectrum" } },
      options = { axis },
      returns = { { "array c128", "the signal" } },
      errors = "when the axis is empty",
      example = [[
local x = m.array { 3, 1, 4, 1, 5 }
local y = m.fft.inverse(m.fft.forward(x))
for k = 1, 5 do assert(math.abs(m.array.real(y)[k] - x[k]) < 1e-15) end]],
    },
    {
      name = "fft.real",
      summary = "Transforms real data: the first n/2 + 1 numbers of their spectrum.",
      arguments = { { "x", "array", "the real signal" } },
      options = { { "axis", "integer", "the axis to transform", default = "last" } },
      returns = { { "array c128", "X[1] to X[n/2 + 1]; the others are their conjugates" } },
      errors = "when the axis is empty or x is complex",
      example = [[
local X = m.fft.real(m.array { 1, 2, 3, 4 })
assert(#X == 3 and m.array.real(X)[1] == 10 and m.array.real(X)[3] == -2)]],
    },
    {
      name = "fft.inverse_real",
      summary = "Takes the spectrum that fft.real gives back to the real data.",
      arguments = { { "x", "array [k] c128", "the first half of the spectrum" } },
      options = { { "axis", "integer", "the axis to transform", default = "last" },
        { "n", "integer", "length of the data, 2 (k - 1) or 2 k - 1", default = "2 (k - 1)" } },
      returns = { { "array [n]", "the data" } },
      errors = "when n does not fit",
      example = [[
local x = m.array { 1, 2, 4, 8, 16 }
local y = m.fft.inverse_real(m.fft.real(x), { n = 5 })
for k = 1, 5 do assert(math.abs(y[k] - x[k]) < 1e-14) end]],
    },
    {
      name = "fft.frequencies",
      summary = "The frequencies of the elements of a spectrum, in cycles per unit of x.",
      arguments = { { "n", "integer", "length of the data" } },
      options = { { "spacing", "number", "distance of neighbouring data points", default = 1 },
        { "real", "boolean", "for fft.real: only the n/2 + 1 first", default = false } },
      returns = { { "array", "0, 1, ..., -2, -1 over n times the spacing" } },
      example = [[
local f = m.fft.frequencies(4, { spacing = 0.5 })
assert(f[1] == 0 and f[2] == 0.5 and f[3] == -1 and f[4] == -0.5)]],
    },
    {
      name = "fft.shift",
      summary = "Puts frequency zero in the middle of a spectrum, and back with inverse = true.",
      arguments = { { "x", "array", "a spectrum or its frequencies" } },
      options = { axis, { "inverse", "boolean", "undo it", default = false } },
      returns = { { "array", "a rolled copy" } },
      example = [[
local f = m.fft.shift(m.fft.frequencies(5))
assert(f[3] == 0 and f[1] == -0.4)
assert(m.fft.shift(f, { inverse = true })[1] == 0)]],
    },
    {
      name = "fft.convolve",
      summary = "Convolution of two real signals: directly where one is short, else by transforms.",
      arguments = { { "a", "array [n]", "a signal" },
        { "b", "array [k]", "another, often a kernel" } },
      options = { { "mode", "\"full\", \"same\" or \"valid\"",
        "all n + k - 1 values, the middle n, or the n - k + 1 where b lies inside a",
          default = '"full"' } },
      returns = { { "array", "sum over j of a[j] b[i - j]" } },
      errors = "when one is empty, or b is longer than a in mode \"valid\"",
      example = [[
local y = m.fft.convolve({ 1, 2, 3 }, { 1, -1 })
assert(#y == 4 and y[1] == 1 and y[2] == 1 and y[3] == 1 and y[4] == -3)]],
    },
  },
}
