/* Lua module matinf.c.linalg: dense linear algebra on f64 arrays. */
#include "bindings/binding.h"

#include <cblas.h>
#include <math.h>
#include <string.h>

#include "core/base/linalg.h"

static double *values_of(const mi_array *a) { return (double *)(void *)a->data; }

static const mi_array *arg_square(mi_call *call, int index, const char *name) {
  const mi_array *a = mi_arg_matrix(call, index, name);
  if (a->shape[0] != a->shape[1]) mi_argument_error(call, index, name, "square matrix");
  return a;
}

/* Square, and symmetric to 1e-10 of its greatest entry. */
static const mi_array *arg_symmetric(mi_call *call, int index, const char *name) {
  const mi_array *a = arg_square(call, index, name);
  const double *x = values_of(a);
  const int64_t n = a->shape[0];
  double largest = 0, skew = 0;
  for (int64_t i = 0; i < n; i++) {
    mi_poll(call, 0);
    for (int64_t j = 0; j < i; j++) {
      largest = fmax(largest, fmax(fabs(x[i * n + j]), fabs(x[j * n + i])));
      skew = fmax(skew, fabs(x[i * n + j] - x[j * n + i]));
    }
    largest = fmax(largest, fabs(x[i * n + i]));
  }
  if (skew > 1e-10 * largest) mi_argument_error(call, index, name, "symmetric matrix");
  return a;
}

/* A vector or a matrix with that many rows. */
static const mi_array *arg_right_side(mi_call *call, int index, const char *name, int64_t rows) {
  const mi_array *b = mi_arg_contiguous(call, index, name, MI_F64, -1);
  char expected[64];
  (void)snprintf(expected, sizeof expected, "vector or matrix with %lld rows", (long long)rows);
  if (b->ndim < 1 || b->ndim > 2 || b->shape[0] != rows)
    mi_argument_error(call, index, name, expected);
  return b;
}

static int64_t columns_of(const mi_array *a) { return a->ndim == 1 ? 1 : a->shape[1]; }

static mi_array *push_matrix(lua_State *L, int64_t rows, int64_t columns) {
  return mi_push_array(L, MI_F64, 2, (int64_t[]){rows, columns});
}

/* Copies the numbers of a contiguous array and looks for Ctrl-C: the first touch of memory may be
 * slow. */
static void copy_numbers(mi_call *call, double *to, const mi_array *a) {
  enum { PIECE = 1 << 16 };
  const double *from = (const double *)(const void *)a->data;
  const int64_t n = mi_count(a);
  for (int64_t i = 0; i < n; i += PIECE) {
    mi_poll(call, i);
    memcpy(to + i, from + i, (size_t)(n - i < PIECE ? n - i : PIECE) * sizeof *to);
  }
}

static mi_array *push_copy(mi_call *call, const mi_array *a) {
  mi_array *copy = mi_push_array(call->L, MI_F64, a->ndim, a->shape);
  copy_numbers(call, (double *)(void *)copy->data, a);
  return copy;
}

/* A copy that core may overwrite; it stays on the stack below what is returned. */
static double *scratch_copy(mi_call *call, const mi_array *a) {
  double *copy = mi_scratch(call->L, (size_t)mi_count(a), sizeof *copy);
  copy_numbers(call, copy, a);
  return copy;
}

static double option_tolerance(mi_call *call) {
  const double tolerance = mi_option_number(call, "tolerance", -1);
  if (tolerance < 0 && tolerance != -1)
    mi_raise(call->L, "argument", "bad argument 'tolerance' to '%s': number >= 0 expected, got %g",
             call->name, tolerance);
  return tolerance;
}

/* ---- square matrices ------------------------------------------------------------------------- */

static int solve(lua_State *L) {
  mi_call call;
  mi_begin(&call, L, "linalg.solve");
  const mi_array *a = arg_square(&call, 1, "a");
  const mi_array *b = arg_right_side(&call, 2, "b", a->shape[0]);
  double *work = scratch_copy(&call, a), rcond;
  mi_array *x = push_copy(&call, b);
  mi_check(&call, mi_solve(work, a->shape[0], values_of(x), columns_of(b), &rcond, &call.control));
  lua_pushnumber(L, rcond);
  return 2;
}

static int inverse(lua_State *L) {
  mi_call call;
  mi_begin(&call, L, "linalg.inverse");
  mi_array *a = push_copy(&call, arg_square(&call, 1, "a"));
  mi_check(&call, mi_inverse(values_of(a), a->shape[0], &call.control));
  return 1;
}

static int determinant(lua_State *L) {
  mi_call call;
  double sign, logabs;
  mi_begin(&call, L, "linalg.determinant");
  const mi_array *a = arg_square(&call, 1, "a");
  double *work = scratch_copy(&call, a);
  mi_check(&call, mi_determinant(work, a->shape[0], &sign, &logabs, &call.control));
  lua_pushnumber(L, sign == 0 ? 0 : sign * exp(logabs));
  lua_pushnumber(L, logabs);
  lua_pushinteger(L, (lua_Integer)sign);
  return 3;
}

static int cholesky(lua_State *L) {
  mi_call call;
  mi_begin(&call, L, "linalg.cholesky");
  mi_array *l = push_copy(&call, arg_symmetric(&call, 1, "a"));
  mi_check(&call, mi_cholesky(values_of(l), l->shape[0], &call.control));
  return 1;
}

static int cholesky_solve(lua_State *L) {
  mi_call call;
  mi_begin(&call, L, "linalg.cholesky_solve");
  const mi_array *l = arg_square(&call, 1, "l");
  mi_array *x = push_copy(&call, arg_right_side(&call, 2, "b", l->shape[0]));
  mi_check(&call, mi_cholesky_solve(values_of(l), l->shape[0], values_of(x), columns_of(x),
                                    &call.control));
  return 1;
}

static int triangular_solve(lua_State *L) {
  mi_call call;
  mi_begin(&call, L, "linalg.triangular_solve");
  const mi_array *t = arg_square(&call, 1, "t"), *b = arg_right_side(&call, 2, "b", t->shape[0]);
  mi_options_begin(&call, 3);
  const bool lower = mi_option_boolean(&call, "lower", true);
  const bool transpose = mi_option_boolean(&call, "transpose", false);
  mi_options_end(&call);
  mi_array *x = push_copy(&call, b);
  mi_check(&call, (lower ? mi_lower_solve : mi_upper_solve)(values_of(t), t->shape[0], transpose,
                                                            values_of(x), columns_of(x),
                                                            &call.control));
  return 1;
}

static int eigh(lua_State *L) {
  mi_call call;
  mi_begin(&call, L, "linalg.eigh");
  const mi_array *a = arg_symmetric(&call, 1, "a");
  mi_array *values = mi_push_array(L, MI_F64, 1, a->shape), *vectors = push_copy(&call, a);
  mi_check(&call, mi_eigh(values_of(vectors), a->shape[0], values_of(values), &call.control));
  return 2;
}

static int eigen(lua_State *L) {
  mi_call call;
  mi_begin(&call, L, "linalg.eigen");
  const mi_array *a = arg_square(&call, 1, "a");
  double *work = scratch_copy(&call, a);
  mi_array *values = mi_push_array(L, MI_C128, 1, a->shape);
  mi_array *vectors = mi_push_array(L, MI_C128, 2, a->shape);
  mi_check(&call, mi_eigen(work, a->shape[0], values_of(values), values_of(vectors),
                           &call.control));
  return 2;
}

/* ---- rectangles ------------------------------------------------------------------------------ */

static int svd(lua_State *L) {
  mi_call call;
  mi_begin(&call, L, "linalg.svd");
  const mi_array *a = mi_arg_matrix(&call, 1, "a");
  const int64_t rows = a->shape[0], columns = a->shape[1], k = rows < columns ? rows : columns;
  double *work = scratch_copy(&call, a);
  mi_array *u = push_matrix(L, rows, k), *s = mi_push_array(L, MI_F64, 1, &k);
  mi_array *vt = push_matrix(L, k, columns);
  mi_check(&call, mi_svd(work, rows, columns, values_of(u), values_of(s), values_of(vt),
                         &call.control));
  return 3;
}

static int qr(lua_State *L) {
  mi_call call;
  mi_begin(&call, L, "linalg.qr");
  const mi_array *a = mi_arg_matrix(&call, 1, "a");
  const int64_t rows = a->shape[0], columns = a->shape[1], k = rows < columns ? rows : columns;
  mi_array *q = push_matrix(L, rows, k), *r = push_matrix(L, k, columns);
  mi_check(&call, mi_qr(values_of(a), rows, columns, values_of(q), values_of(r), &call.control));
  return 2;
}

static int lstsq(lua_State *L) {
  mi_call call;
  int64_t rank;
  mi_begin(&call, L, "linalg.lstsq");
  const mi_array *a = mi_arg_matrix(&call, 1, "a");
  const mi_array *b = arg_right_side(&call, 2, "b", a->shape[0]);
  mi_options_begin(&call, 3);
  const double tolerance = option_tolerance(&call);
  mi_options_end(&call);
  const int64_t rhs = columns_of(b);
  double *work = scratch_copy(&call, a);
  mi_array *x = mi_push_array(L, MI_F64, b->ndim, (int64_t[]){a->shape[1], rhs});
  mi_check(&call, mi_lstsq(work, a->shape[0], a->shape[1], values_of(b), rhs, tolerance,
                           values_of(x), &rank, &call.control));
  lua_pushinteger(L, rank);
  return 2;
}

static int pinv(lua_State *L) {
  mi_call call;
  int64_t rank;
  mi_begin(&call, L, "linalg.pinv");
  const mi_array *a = mi_arg_matrix(&call, 1, "a");
  mi_options_begin(&call, 2);
  const double tolerance = option_tolerance(&call);
  mi_options_end(&call);
  double *work = scratch_copy(&call, a);
  mi_array *result = push_matrix(L, a->shape[1], a->shape[0]);
  mi_check(&call, mi_pinv(work, a->shape[0], a->shape[1], tolerance, values_of(result), &rank,
                          &call.control));
  return 1;
}

/* Pushes the singular values of a; returns how many. */
static int64_t push_singular_values(mi_call *call, const mi_array *a, double **s) {
  const int64_t k = a->shape[0] < a->shape[1] ? a->shape[0] : a->shape[1];
  double *work = scratch_copy(call, a);
  *s = values_of(mi_push_array(call->L, MI_F64, 1, &k));
  mi_check(call, mi_svd(work, a->shape[0], a->shape[1], NULL, *s, NULL, &call->control));
  return k;
}

static int rank(lua_State *L) {
  mi_call call;
  double *s;
  mi_begin(&call, L, "linalg.rank");
  const mi_array *a = mi_arg_matrix(&call, 1, "a");
  mi_options_begin(&call, 2);
  double tolerance = option_tolerance(&call);
  mi_options_end(&call);
  if (tolerance < 0) tolerance = fmax((double)a->shape[0], (double)a->shape[1]) * 0x1p-52;
  const int64_t k = push_singular_values(&call, a, &s);
  lua_Integer count = 0;
  while (count < k && s[count] > tolerance * s[0]) count++;
  lua_pushinteger(L, count);
  return 1;
}

static int condition(lua_State *L) {
  mi_call call;
  double *s;
  mi_begin(&call, L, "linalg.condition");
  const mi_array *a = mi_arg_matrix(&call, 1, "a");
  const int64_t k = push_singular_values(&call, a, &s);
  if (k == 0) mi_argument_error(&call, 1, "a", "matrix that is not empty");
  lua_pushnumber(L, s[k - 1] > 0 ? s[0] / s[k - 1] : INFINITY);
  return 1;
}

/* ---- products and norms ---------------------------------------------------------------------- */

static const mi_array *arg_factor(mi_call *call, int index, const char *name) {
  const mi_array *a = mi_arg_contiguous(call, index, name, MI_F64, -1);
  if (a->ndim < 1 || a->ndim > 2) mi_argument_error(call, index, name, "vector or matrix");
  return a;
}

/* A vector on the left is a row, on the right a column; the dimension it lends is dropped. */
static int matmul(lua_State *L) {
  mi_call call;
  mi_begin(&call, L, "linalg.matmul");
  const mi_array *a = arg_factor(&call, 1, "a"), *b = arg_factor(&call, 2, "b");
  const int64_t rows = a->ndim == 1 ? 1 : a->shape[0], inner = a->shape[a->ndim - 1];
  const int64_t columns = columns_of(b), shape[] = {a->ndim == 2 ? rows : columns, columns};
  char expected[48];
  (void)snprintf(expected, sizeof expected, "array with %lld rows", (long long)inner);
  if (b->shape[0] != inner) mi_argument_error(&call, 2, "b", expected);
  mi_array *c = mi_push_array(L, MI_F64, a->ndim + b->ndim - 2, shape);
  mi_check(&call, mi_matmul(false, false, rows, columns, inner, values_of(a), values_of(b),
                            values_of(c), &call.control));
  if (c->ndim == 0) lua_pushnumber(L, *values_of(c));
  return 1;
}

static int norm(lua_State *L) {
  static const char *const kinds[] = {"frobenius", "one", "infinity", "two", NULL};
  mi_call call;
  double value;
  mi_begin(&call, L, "linalg.norm");
  const mi_array *a = arg_factor(&call, 1, "a");
  mi_options_begin(&call, 2);
  const mi_norm_kind kind = (mi_norm_kind)mi_option_choice(&call, "kind", 0, kinds);
  mi_options_end(&call);
  mi_check(&call, mi_norm(values_of(a), a->shape[0], columns_of(a), kind, &value, &call.control));
  lua_pushnumber(L, value);
  return 1;
}

/* The threads are ours (core/base/linalg.h): BLAS keeps to one, here for the whole process. */
/* blas_core() -> the kernels OpenBLAS chose for this processor: bits may differ between them */
static int blas_core(lua_State *L) {
  lua_pushstring(L, openblas_get_corename());
  return 1;
}

MI_EXPORT int luaopen_matinf_c_linalg(lua_State *L);
int luaopen_matinf_c_linalg(lua_State *L) {
  static const luaL_Reg functions[] = {
      {"blas_core", blas_core},
      {"solve", solve},   {"inverse", inverse},     {"determinant", determinant},
      {"cholesky", cholesky}, {"cholesky_solve", cholesky_solve},
      {"triangular_solve", triangular_solve},
      {"eigh", eigh},     {"eigen", eigen},         {"svd", svd},
      {"qr", qr},         {"lstsq", lstsq},         {"pinv", pinv},
      {"rank", rank},     {"condition", condition}, {"matmul", matmul},
      {"norm", norm},     {NULL, NULL}};
  openblas_set_num_threads(1);
  luaL_newlib(L, functions);
  return 1;
}
