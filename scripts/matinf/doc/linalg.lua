local matrix, square = { "a", "array [m, n]", "the matrix" }, { "a", "array [n, n]", "the matrix" }
local tolerance = { "tolerance", "number",
  "singular values up to this times the greatest count as zero", default = "max(m, n) * 2^-52" }
local singular = "a is singular, by its pivot; an entry is NaN or infinite, by its place"

return {
  name = "linalg",
  summary = "Dense linear algebra: systems, factorisations, eigenvalues, singular values.",
  description = [[
Matrices are arrays of two dimensions; tables of tables of numbers will do. Entries that are NaN or
infinite, singular and indefinite matrices are errors that name the element or the pivot: no
function returns NaN. Matrices have at most 20000 rows and columns.

cholesky, the functions that solve with its factor, and matmul use all threads and stop on Ctrl-C.
The others are LAPACK's, on one thread, and cannot be interrupted before they end (a second Ctrl-C
ends the program): eigh, eigen, svd, lstsq, pinv, rank and condition warn with an estimate when that
takes longer than a second. Results are the
same on any number of threads; between processors, last digits may differ.]],
  functions = {
    { name = "linalg.solve", summary = "Solves a x = b by LU factorisation with scaled rows.",
      arguments = { square, { "b", "array [n] or [n, k]", "the right sides" } },
      returns = { { "array like b", "x" },
        { "number", "reciprocal condition number of a (1-norm, after scaling)" } },
      errors = singular,
      example = [[
local x = m.linalg.solve({ { 2, 1 }, { 1, 3 } }, { 4, 7 })
assert(math.abs(x[1] - 1) < 1e-12 and math.abs(x[2] - 2) < 1e-12)]] },
    { name = "linalg.inverse", summary = "The inverse of a square matrix.",
      arguments = { square }, returns = { { "array [n, n]", "its inverse" } },
      errors = singular,
      example = [[
local b = m.linalg.inverse { { 2, 0 }, { 0, 4 } }
assert(b:get(1, 1) == 0.5 and b:get(2, 2) == 0.25)]] },
    { name = "linalg.determinant", summary = "The determinant, and its logarithm and sign.",
      arguments = { square },
      returns = { { "number", "the determinant; it may overflow to infinity" },
        { "number", "log of its absolute value" }, { "integer", "its sign: -1, 0 or 1" } },
      example = [[
local d, log, sign = m.linalg.determinant { { 0, 1 }, { 1, 0 } }
assert(d == -1 and log == 0 and sign == -1)]] },
    { name = "linalg.cholesky", summary = "The lower triangle l with l l' = a.",
      arguments = { { "a", "array [n, n]", "a symmetric positive definite matrix" } },
      returns = { { "array [n, n]", "l, zero above its diagonal" } },
      errors = "a is not symmetric (to 1e-10) or not positive definite, by the pivot",
      example = [[
local l = m.linalg.cholesky { { 4, 2 }, { 2, 5 } }
assert(l:get(1, 1) == 2 and l:get(2, 1) == 1 and l:get(2, 2) == 2 and l:get(1, 2) == 0)]] },
    { name = "linalg.cholesky_solve", summary = "Solves l l' x = b, l from linalg.cholesky.",
      arguments = { { "l", "array [n, n]", "the lower triangle" },
        { "b", "array [n] or [n, k]", "the right sides" } },
      returns = { { "array like b", "x" } },
      example = [[
local l = m.linalg.cholesky { { 4, 2 }, { 2, 5 } }
local x = m.linalg.cholesky_solve(l, { 6, 7 })
assert(x[1] == 1 and x[2] == 1)]] },
    { name = "linalg.triangular_solve", summary = "Solves t x = b for a triangle t.",
      arguments = { { "t", "array [n, n]", "the triangle; its other half is not read" },
        { "b", "array [n] or [n, k]", "the right sides" } },
      options = { { "lower", "boolean", "whether t is the lower triangle", default = true },
        { "transpose", "boolean", "solve t' x = b instead", default = false } },
      returns = { { "array like b", "x" } },
      errors = "a diagonal entry is zero",
      example = [[
local x = m.linalg.triangular_solve({ { 1, 2 }, { 0, 4 } }, { 5, 8 }, { lower = false })
assert(x[1] == 1 and x[2] == 2)]] },
    { name = "linalg.eigh", summary = "Eigenvalues and vectors of a symmetric matrix.",
      arguments = { { "a", "array [n, n]", "a symmetric matrix" } },
      returns = { { "array [n]", "eigenvalues, ascending" },
        { "array [n, n]", "orthonormal eigenvectors, in columns" } },
      errors = "a is not symmetric (to 1e-10 of its greatest entry)",
      example = [[
local values, vectors = m.linalg.eigh { { 2, 1 }, { 1, 2 } }
assert(math.abs(values[1] - 1) < 1e-12 and math.abs(values[2] - 3) < 1e-12)
assert(math.abs(vectors:get(1, 2) - vectors:get(2, 2)) < 1e-12)]] },
    { name = "linalg.eigen", summary = "Eigenvalues and right eigenvectors of any square matrix.",
      arguments = { square },
      returns = { { "array [n] c128", "eigenvalues by real, then imaginary part" },
        { "array [n, n] c128", "eigenvectors of norm one, in columns" } },
      example = [[
local values = m.linalg.eigen { { 0, -1 }, { 1, 0 } }
assert(values.dtype == "c128" and #values == 2) -- -i and i]] },
    { name = "linalg.svd", summary = "Singular value decomposition a = u diag(s) vt.",
      arguments = { matrix },
      returns = { { "array [m, k]", "u, orthonormal columns; k = min(m, n)" },
        { "array [k]", "s, descending" }, { "array [k, n]", "vt, orthonormal rows" } },
      example = [[
local u, s, vt = m.linalg.svd { { 3, 0 }, { 0, -5 }, { 0, 0 } }
assert(math.abs(s[1] - 5) < 1e-12 and math.abs(s[2] - 3) < 1e-12 and u.shape[1] == 3)]] },
    { name = "linalg.qr", summary = "a = q r with orthonormal q and upper triangular r.",
      arguments = { matrix },
      returns = { { "array [m, k]", "q; k = min(m, n)" },
        { "array [k, n]", "r, its diagonal not negative" } },
      example = [[
local q, r = m.linalg.qr { { 0, 2 }, { 1, 1 } }
assert(math.abs(r:get(1, 1) - 1) < 1e-12 and math.abs(r:get(2, 2) - 2) < 1e-12)]] },
    { name = "linalg.lstsq", summary = "The x of least norm that minimises |a x - b|.",
      arguments = { matrix, { "b", "array [m] or [m, k]", "the right sides" } },
      options = { tolerance },
      returns = { { "array [n] or [n, k]", "x" }, { "integer", "the rank of a" } },
      example = [[
local x, rank = m.linalg.lstsq({ { 1, 0 }, { 1, 1 }, { 1, 2 } }, { 1, 3, 5 })
assert(rank == 2 and math.abs(x[1] - 1) < 1e-12 and math.abs(x[2] - 2) < 1e-12)]] },
    { name = "linalg.pinv", summary = "The Moore-Penrose inverse.",
      arguments = { matrix }, options = { tolerance },
      returns = { { "array [n, m]", "the inverse" } },
      example = [[
local p = m.linalg.pinv { { 2, 0 }, { 0, 0 } }
assert(math.abs(p:get(1, 1) - 0.5) < 1e-15 and p:get(2, 2) == 0)]] },
    { name = "linalg.rank", summary = "The number of singular values that are not zero.",
      arguments = { matrix }, options = { tolerance }, returns = { { "integer", "the rank" } },
      example = [[assert(m.linalg.rank { { 1, 2 }, { 2, 4 }, { 3, 6 } } == 1)]] },
    { name = "linalg.condition", summary = "The greatest over the smallest singular value.",
      arguments = { matrix },
      returns = { { "number", "at least 1; infinite for a singular matrix" } },
      example = [[assert(math.abs(m.linalg.condition { { 4, 0 }, { 0, 2 } } - 2) < 1e-12)]] },
    { name = "linalg.matmul", summary = "The matrix product.",
      arguments = { { "a", "array [m, k] or [k]", "left; a vector is a row" },
        { "b", "array [k, n] or [k]", "right; a vector is a column" } },
      returns = { { "array or number", "the product, without the dimensions of the vectors" } },
      example = [[
local c = m.linalg.matmul({ { 1, 2 }, { 3, 4 } }, { 1, 1 })
assert(c[1] == 3 and c[2] == 7)]] },
    { name = "linalg.norm", summary = "The norm of a vector or matrix.",
      arguments = { { "a", "array [n] or [m, n]", "the vector or matrix" } },
      options = { { "kind", [["frobenius", "one", "infinity" or "two"]],
        "root of the sum of squares, greatest column or row sum, greatest singular value",
        default = '"frobenius"' } },
      returns = { { "number", "the norm" } },
      example = [[assert(m.linalg.norm { 3, 4 } == 5)]] },
    { name = "linalg.blas_core", summary = "Names the kernels OpenBLAS chose for this processor.",
      description = "Results may differ in their last bits between processors that choose others.",
      arguments = {}, returns = { { "string", "such as Haswell or SkylakeX" } },
      example = [[assert(#m.linalg.blas_core() > 0)]] },
  },
}
