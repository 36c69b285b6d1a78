-- m.linalg: results against numpy, properties, errors that name what is wrong.
local lu = require "luaunit"
local m = require "matinf"
local fails = require "tests.support".fails
local linalg = m.linalg

TestLinalg = {}

local function near(actual, expected, tolerance)
  local a, b = m.array.from(actual), m.array.from(expected)
  lu.assertEquals(a.shape, b.shape)
  a, b = a:reshape { a.size }, b:reshape { b.size }
  for i = 1, a.size do
    if not (math.abs(a[i] - b[i]) <= (tolerance or 1e-12)) then
      lu.fail(("element %d: %.15g expected, got %.15g"):format(i, b[i], a[i]))
    end
  end
end

local a = m.array { { 4, 1, 2 }, { 1, 3, 0 }, { 2, 0, 5 } }

function TestLinalg.test_solve_and_inverse()
  local x, rcond = linalg.solve(a, { 1, 2, 3 })
  near(linalg.matmul(a, x), { 1, 2, 3 })
  lu.assertTrue(rcond > 0.1 and rcond < 1)
  near(linalg.matmul(a, linalg.inverse(a)), m.array.eye(3))
  near(linalg.solve({ { 1, 2 }, { 3, 4 } }, { { 5, 6 }, { 7, 8 } }), { { -3, -4 }, { 4, 5 } })
end

function TestLinalg.test_views_are_read_through_their_strides()
  local big = m.array { { 1, 9, 2 }, { 9, 9, 9 }, { 3, 9, 4 } }
  near(linalg.solve(big[{ { 1, 3, 2 }, { 1, 3, 2 } }]:transpose(), { 5, 6 }), { -1, 2 })
end

function TestLinalg.test_arguments_are_not_changed()
  local before = a:copy()
  local names = { "inverse", "determinant", "cholesky", "eigh", "eigen", "svd", "qr", "pinv" }
  for _, name in ipairs(names) do
    linalg[name](a)
    near(a, before, 0)
  end
end

function TestLinalg.test_cholesky()
  local l = linalg.cholesky(a)
  near(linalg.matmul(l, l:transpose()), a)
  near(linalg.cholesky_solve(l, { 1, 2, 3 }), linalg.solve(a, { 1, 2, 3 }))
  near(linalg.triangular_solve(l, linalg.matmul(l, { 1, 2, 3 })), { 1, 2, 3 })
  local u = l:transpose()
  near(linalg.triangular_solve(u, linalg.matmul(u, { 1, 2, 3 }), { lower = false }), { 1, 2, 3 })
  near(linalg.triangular_solve(l, linalg.matmul(u, { 1, 2, 3 }), { transpose = true }), { 1, 2, 3 })
end

function TestLinalg.test_determinant()
  local d, log, sign = linalg.determinant(a)
  near(d, 43)
  near(log, math.log(43))
  lu.assertEquals(sign, 1)
  lu.assertEquals({ linalg.determinant { { 1, 2 }, { 2, 4 } } }, { 0, -math.huge, 0 })
end

-- numpy.linalg.eigvalsh and numpy.linalg.eigvals
function TestLinalg.test_eigenvalues()
  local values, vectors = linalg.eigh(a)
  near(values, { 1.8548973087995775, 3.4760236029181333, 6.669079088282288 })
  near(linalg.matmul(vectors:transpose(), linalg.matmul(a, vectors)),
    { { values[1], 0, 0 }, { 0, values[2], 0 }, { 0, 0, values[3] } })
  local w = linalg.eigen { { 0, -2 }, { 2, 0 } }
  near(w:real(), { 0, 0 })
  near(w:imag(), { -2, 2 })
end

function TestLinalg.test_rectangles()
  local b = m.array { { 1, 2 }, { 3, 4 }, { 5, 6 } }
  local u, s, vt = linalg.svd(b)
  near(s, { 9.525518091565104, 0.5143005806586446 })
  near(linalg.matmul(u * s, vt), b)
  local q, r = linalg.qr(b)
  near(linalg.matmul(q, r), b)
  near(linalg.matmul(q:transpose(), q), m.array.eye(2))
  near(linalg.matmul(linalg.pinv(b), b), m.array.eye(2))
  lu.assertEquals(linalg.rank(b), 2)
  lu.assertEquals(linalg.rank(b, { tolerance = 0.1 }), 1)
  near(linalg.condition(b), 9.525518091565104 / 0.5143005806586446, 1e-10)
  lu.assertEquals(linalg.condition { { 1, 1 }, { 0, 0 } }, math.huge)
end

function TestLinalg.test_least_squares()
  local x, rank = linalg.lstsq({ { 1, 1 }, { 1, 1 } }, { 2, 4 })
  near(x, { 1.5, 1.5 })
  lu.assertEquals(rank, 1)
  x = linalg.lstsq({ { 1, 1 } }, { { 2, 4 } })
  near(x, { { 1, 2 }, { 1, 2 } })
end

function TestLinalg.test_matmul_of_vectors()
  lu.assertEquals(linalg.matmul({ 1, 2 }, { 3, 4 }), 11)
  near(linalg.matmul({ 1, 2 }, { { 1, 2 }, { 3, 4 } }), { 7, 10 })
  near(linalg.matmul({ { 1, 2 }, { 3, 4 } }, { 1, 2 }), { 5, 11 })
end

function TestLinalg.test_norms()
  local b = { { 1, -2, 3 }, { -4, 5, -6 } }
  near(linalg.norm(b), math.sqrt(91))
  near(linalg.norm(b, { kind = "one" }), 9)
  near(linalg.norm(b, { kind = "infinity" }), 15)
  near(linalg.norm(b, { kind = "two" }), 9.508032000695724)
end

-- Larger than a panel, with and without a remainder: small residuals, and one or two threads the same.
function TestLinalg.test_panels_and_strips()
  local generator = m.random.generator { seed = 3 }
  local function small(x) lu.assertTrue(m.array.max(m.array.abs(x)) < 1e-10) end
  for _, shape in ipairs { { 129, 129 }, { 300, 300 }, { 400, 260 }, { 260, 400 } } do
    local b, first, before = generator:normal(shape), nil, m.sys.threads()
    for threads = 1, 2 do
      m.sys.threads(threads)
      local q, r = linalg.qr(b)
      local x = shape[1] == shape[2] and linalg.solve(b, b) or r
      m.sys.threads(before)
      small(linalg.matmul(q, r) - b)
      small(linalg.matmul(q:transpose(), q) - m.array.eye(q.shape[2]))
      if x ~= r then small(x - m.array.eye(shape[1])) end
      first = first or { q, r, x }
      for i, value in ipairs { q, r, x } do lu.assertTrue(m.array.equal(first[i], value)) end
    end
  end
end

function TestLinalg.test_errors_name_what_is_wrong()
  fails("numeric", "linalg.solve: the matrix is singular: pivot 2",
    linalg.solve, { { 1, 2 }, { 2, 4 } }, { 1, 2 })
  fails("numeric", "a is not positive definite: pivot 2 of 2 is -3",
    linalg.cholesky, { { 1, 2 }, { 2, 1 } })
  fails("argument", "a[1][2]: finite number expected, got nan", linalg.svd, { { 1, 0 / 0 } })
  fails("argument", "b[2][1]: finite number expected, got inf",
    linalg.solve, { { 1, 0 }, { 0, 1 } }, { 1, math.huge })
  fails("argument", "bad argument 'a' to 'linalg.inverse': square matrix expected",
    linalg.inverse, { { 1, 2 } })
  fails("argument", "'b' to 'linalg.solve': vector or matrix with 3 rows expected",
    linalg.solve, a, { 1, 2 })
  fails("argument", "symmetric matrix expected", linalg.eigh, { { 1, 2 }, { 3, 4 } })
  fails("argument", "'b' to 'linalg.matmul': array with 2 rows expected",
    linalg.matmul, { 1, 2 }, { 1, 2, 3 })
  fails("argument", "did you mean 'kind'", linalg.norm, { 1 }, { knd = "one" })
  fails("argument", "'tolerance' to 'linalg.rank'", linalg.rank, { { 1 } }, { tolerance = -2 })
end

os.exit(lu.LuaUnit.run())
