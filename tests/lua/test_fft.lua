-- fft: what the binding adds to core (tests/core/test_fft.c): axes, shapes, dtypes, refusals.
local lu = require "luaunit"
local m = require "matinf"
local fails = require "tests.support".fails
local A, fft = m.array, m.fft

TestFft = {}

local function close(a, b, tolerance)
  lu.assertEquals(a.shape, b.shape)
  lu.assertTrue(A.max(A.abs(a - b)) <= (tolerance or 1e-14))
end

function TestFft.test_two_dimensions_are_one_after_the_other()
  local x = A.reshape(A.sin(A.arange(1, 12)), { 3, 4 })
  local both = fft.forward(x, { axis = "all" })
  close(both, fft.forward(fft.forward(x, { axis = 1 }), { axis = 2 }))
  close(A.real(fft.inverse(both, { axis = "all" })), x)
end

function TestFft.test_a_strided_view_and_integers()
  local x = A.reshape(A.arange(1, 12), { 3, 4 })
  close(fft.forward(x:T(), { axis = 1 }), fft.forward(x, { axis = 2 }):T())
  close(fft.real(A.array { 1, 2, 3 }), fft.real(A.array({ 1, 2, 3 }, { dtype = "i32" })))
end

function TestFft.test_a_cosine_has_two_lines()
  local n = 60
  local X = fft.forward(A.cos(2 * math.pi * 7 * A.arange(0, n - 1) / n))
  local size, f = A.abs(X), fft.frequencies(n)
  for k = 1, n do
    lu.assertAlmostEquals(size[k], math.abs(f[k] * n) == 7 and n / 2 or 0, 1e-12)
  end
end

function TestFft.test_more_lengths_than_plans_are_kept()
  for _ = 1, 2 do
    for n = 1, 20 do
      local x = A.sin(A.arange(1, n))
      close(A.real(fft.inverse(fft.forward(x))), x)
      close(fft.inverse_real(fft.real(x), { n = n }), x)
    end
  end
end

function TestFft.test_convolution_modes()
  local a, b = { 1, 2, 3, 4 }, { 1, 1, 1 }
  lu.assertEquals(fft.convolve(a, b):totable(), { 1, 3, 6, 9, 7, 4 })
  lu.assertEquals(fft.convolve(a, b, { mode = "same" }):totable(), { 3, 6, 9, 7 })
  lu.assertEquals(fft.convolve(a, b, { mode = "valid" }):totable(), { 6, 9 })
end

function TestFft.test_shift_of_odd_lengths_is_undone()
  for n = 1, 6 do
    local x = A.arange(1, n)
    lu.assertEquals(fft.shift(fft.shift(x), { inverse = true }):totable(), x:totable())
  end
end

function TestFft.test_refusals()
  fails("argument", "axis 1 is empty", fft.forward, A.zeros(0))
  fails("argument", "at least 1 dimension", fft.forward, 3)
  fails("argument", "'axis'", fft.forward, { 1, 2 }, { axis = 2 })
  fails("argument", "'axis'", fft.forward, { 1, 2 }, { axis = 0 })
  fails("argument", "'axis'", fft.forward, { 1, 2 }, { axis = "some" })
  fails("argument", "complex", fft.real, fft.forward { 1, 2 })
  fails("argument", "2 (k - 1)", fft.inverse_real, { 1, 2, 3 }, { n = 3 })
  fails("argument", "not empty", fft.convolve, {}, { 1 })
  fails("argument", "no longer than a", fft.convolve, { 1 }, { 1, 2 }, { mode = "valid" })
  fails("argument", "did you mean 'mode'", fft.convolve, { 1 }, { 1 }, { mod = "valid" })
end

os.exit(lu.LuaUnit.run())
