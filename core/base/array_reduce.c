/* Reductions. A fold takes blocks of elements, gathered to f64, i64 or c128, in row-major order. */
#include "core/base/array_reduce.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "core/base/array_kernel.h"
#include "core/base/array_loop.h"
#include "core/base/memory.h"

enum { BLOCK = 2048, LEVELS = 56 };

/* Partial sums of 2^k blocks: adding a block carries like a binary counter, so each block meets
 * log2(blocks) additions. */
typedef struct tree_sum {
  double partial[LEVELS];
  uint64_t blocks;
} tree_sum;

static void tree_add(tree_sum *t, double sum) {
  int k = 0;
  for (uint64_t b = t->blocks++; b & 1; b >>= 1) sum += t->partial[k++];
  t->partial[k] = sum;
}

static double tree_total(const tree_sum *t) {
  double sum = 0;
  int k = 0;
  for (uint64_t b = t->blocks; b; b >>= 1, k++) {
    if (b & 1) sum += t->partial[k];
  }
  return sum;
}

typedef struct fold {
  mi_reduction op;
  mi_dtype dtype, compute; /* of the array; of the blocks */
  bool skip_nan;
  mi_isa isa;
  int64_t seen, count;   /* elements met; elements that took part */
  tree_sum re, im;
  double shift;          /* the mean, for the second pass of the variance */
  double product[2];
  double low, high;
  int64_t integer_low, integer_high, integer_sum, integer_product;
  int64_t place;         /* of the least or greatest */
  bool placed_nan, any, all;
  int64_t nonzero;
} fold;

/* ---- blocks ---------------------------------------------------------------------------------- */

static void fold_product(fold *f, const double *x, int64_t n) {
  for (int64_t i = 0; i < n; i++) f->product[0] *= x[i];
}

/* The place of the extreme: the first one, or the first NaN. */
static void fold_place(fold *f, const double *x, int64_t n, int64_t at) {
  double sign = f->op == MI_ARGMIN ? 1 : -1;
  for (int64_t i = 0; i < n && !f->placed_nan; i++) {
    double v = sign * x[i];
    if (isnan(v) && f->skip_nan) continue;
    if (isnan(v) || f->place < 0 || v < f->low) {
      f->low = v;
      f->place = at + i;
      f->placed_nan = isnan(v);
    }
  }
}

static void fold_range(fold *f, const double *x, int64_t n) {
  double low = 0, high = 0;
  MI_DISPATCH(f->isa, mi_block_range)((size_t)n, x, &low, &high);
  f->low = low < f->low || isnan(low) ? low : f->low;
  f->high = high > f->high || isnan(high) ? high : f->high;
}

static void fold_real(fold *f, const double *x, int64_t n, int64_t at) {
  size_t length = (size_t)n;
  f->count += n;
  switch (f->op) {
    case MI_SUM:
    case MI_MEAN: tree_add(&f->re, MI_DISPATCH(f->isa, mi_block_sum)(length, x)); break;
    case MI_VARIANCE:
    case MI_DEVIATION:
      tree_add(&f->re, MI_DISPATCH(f->isa, mi_block_square_sum)(length, x, f->shift));
      break;
    case MI_PRODUCT: fold_product(f, x, n); break;
    case MI_MIN:
    case MI_MAX: fold_range(f, x, n); break;
    default: fold_place(f, x, n, at);
  }
}

static void fold_integer(fold *f, const int64_t *x, int64_t n, int64_t at) {
  f->count += n;
  for (int64_t i = 0; i < n; i++) {
    f->integer_sum = (int64_t)((uint64_t)f->integer_sum + (uint64_t)x[i]);
    if (f->op == MI_PRODUCT)
      f->integer_product = (int64_t)((uint64_t)f->integer_product * (uint64_t)x[i]);
    if (x[i] < f->integer_low) {
      f->integer_low = x[i];
      if (f->op == MI_ARGMIN) f->place = at + i;
    }
    if (x[i] > f->integer_high) {
      f->integer_high = x[i];
      if (f->op == MI_ARGMAX) f->place = at + i;
    }
  }
}

static void fold_complex(fold *f, const double *z, int64_t n) {
  double part[BLOCK];
  f->count += n;
  if (f->op == MI_PRODUCT) {
    for (int64_t i = 0; i < n; i++) {
      double re = f->product[0] * z[2 * i] - f->product[1] * z[2 * i + 1];
      f->product[1] = f->product[0] * z[2 * i + 1] + f->product[1] * z[2 * i];
      f->product[0] = re;
    }
    return;
  }
  for (int64_t i = 0; i < n; i++) part[i] = z[2 * i];
  tree_add(&f->re, MI_DISPATCH(f->isa, mi_block_sum)((size_t)n, part));
  for (int64_t i = 0; i < n; i++) part[i] = z[2 * i + 1];
  tree_add(&f->im, MI_DISPATCH(f->isa, mi_block_sum)((size_t)n, part));
}

static void fold_truth(fold *f, const uint8_t *x, int64_t n) {
  int64_t sum = 0;
  for (int64_t i = 0; i < n; i++) sum += x[i];
  f->count += n;
  f->nonzero += sum;
}

/* Removes NaN from a block; returns what is left. */
static int64_t drop_nan(double *x, int64_t n) {
  int64_t kept = 0;
  for (int64_t i = 0; i < n; i++) {
    if (!isnan(x[i])) x[kept++] = x[i];
  }
  return kept;
}

static bool wants_place(mi_reduction op) { return op == MI_ARGMIN || op == MI_ARGMAX; }

static void fold_block(fold *f, const char *data, int64_t stride, int64_t n) {
  _Alignas(MI_ALIGNMENT) double block[2 * BLOCK];
  const double *x = block;
  bool dense = f->dtype == f->compute && stride == (int64_t)mi_dtype_size(f->dtype);
  bool drop = f->compute == MI_F64 && f->skip_nan && !wants_place(f->op);
  if (dense && !drop) x = (const double *)data;
  else mi_gather(block, f->compute, data, f->dtype, stride, n);
  int64_t at = f->seen;
  f->seen += n;
  if (drop) n = drop_nan(block, n);
  switch (f->compute) {
    case MI_F64: fold_real(f, x, n, at); break;
    case MI_I64: fold_integer(f, (const int64_t *)x, n, at); break;
    case MI_C128: fold_complex(f, x, n); break;
    default: fold_truth(f, (const uint8_t *)x, n);
  }
}

static mi_status fold_row(void *context, int64_t n, char *const *data, const int64_t *stride,
                          mi_control *control) {
  (void)control;
  for (int64_t at = 0; at < n; at += BLOCK)
    fold_block(context, data[0] + at * stride[0], stride[0], n - at < BLOCK ? n - at : BLOCK);
  return MI_OK;
}

/* ---- the result ------------------------------------------------------------------------------ */

static bool is_integer(mi_dtype t) { return t == MI_I64 || t == MI_I32 || t == MI_U8; }

static mi_dtype compute_type(mi_reduction op, mi_dtype t) {
  if (op == MI_ANY || op == MI_ALL || op == MI_COUNT) return MI_U8;
  if (t == MI_C128) return MI_C128;
  if (op == MI_MEAN || op == MI_VARIANCE || op == MI_DEVIATION) return MI_F64;
  return is_integer(t) ? MI_I64 : MI_F64;
}

mi_status mi_reduce_type(mi_reduction op, mi_dtype t, mi_dtype *result, mi_control *control) {
  bool additive = op == MI_SUM || op == MI_MEAN || op == MI_PRODUCT;
  mi_dtype compute = compute_type(op, t);
  if (compute == MI_C128 && !additive)
    return mi_fail(control, MI_EINVAL, "not defined for complex arrays");
  *result = wants_place(op) || op == MI_COUNT ? MI_I64 : compute;
  return MI_OK;
}

static void fold_begin(fold *f, mi_reduction op, const mi_array *a,
                       const mi_reduce_options *options, const mi_control *control) {
  memset(f, 0, sizeof *f);
  f->op = op;
  f->dtype = a->dtype;
  f->compute = compute_type(op, a->dtype);
  f->skip_nan = options->skip_nan;
  f->isa = mi_level(control);
  f->product[0] = 1;
  f->low = INFINITY;
  f->high = -INFINITY;
  f->integer_low = INT64_MAX;
  f->integer_high = INT64_MIN;
  f->integer_product = 1;
  f->place = -1;
}

static void finish_real(const fold *f, int64_t ddof, double *out) {
  double n = (double)f->count;
  switch (f->op) {
    case MI_SUM: *out = tree_total(&f->re); break;
    case MI_MEAN: *out = tree_total(&f->re) / n; break;
    case MI_PRODUCT: *out = f->product[0]; break;
    case MI_VARIANCE: *out = tree_total(&f->re) / (n - (double)ddof); break;
    case MI_DEVIATION: *out = sqrt(tree_total(&f->re) / (n - (double)ddof)); break;
    case MI_MIN: *out = f->low; break;
    default: *out = f->high;
  }
}

static void finish(const fold *f, int64_t ddof, void *out) {
  double *real = out;
  int64_t *integer = out;
  if (wants_place(f->op)) {
    /* an extreme equal to the start of the comparison was never "less": it is the first element */
    *integer = f->place < 0 ? 0 : f->place;
  } else if (f->compute == MI_F64) {
    finish_real(f, ddof, real);
  } else if (f->compute == MI_I64) {
    *integer = f->op == MI_SUM       ? f->integer_sum
               : f->op == MI_PRODUCT ? f->integer_product
               : f->op == MI_MIN     ? f->integer_low
                                     : f->integer_high;
  } else if (f->compute == MI_C128) {
    double n = f->op == MI_MEAN ? (double)f->count : 1;
    real[0] = f->op == MI_PRODUCT ? f->product[0] : tree_total(&f->re) / n;
    real[1] = f->op == MI_PRODUCT ? f->product[1] : tree_total(&f->im) / n;
  } else if (f->op == MI_COUNT) {
    *integer = f->nonzero;
  } else {
    *(uint8_t *)out = f->op == MI_ANY ? f->nonzero > 0 : f->nonzero == f->count;
  }
}

static bool needs_elements(mi_reduction op) {
  return op != MI_SUM && op != MI_PRODUCT && op < MI_ANY;
}

mi_status mi_reduce(mi_reduction op, const mi_array *a, const mi_reduce_options *options, void *out,
                    mi_control *control) {
  fold f;
  const mi_array *list[] = {a};
  double mean = 0;
  if (op == MI_VARIANCE || op == MI_DEVIATION) {
    mi_status status = mi_reduce(MI_MEAN, a, options, &mean, control);
    if (status != MI_OK) return status;
  }
  fold_begin(&f, op, a, options, control);
  f.shift = mean;
  mi_status status = mi_loop(1, list, fold_row, &f, control);
  if (status != MI_OK) return status;
  bool none = f.compute == MI_F64 && wants_place(op) ? f.place < 0 : f.count == 0;
  if (none && needs_elements(op))
    return mi_fail(control, MI_EINVAL, "an array without elements%s has no such value",
                   options->skip_nan ? " but NaN" : "");
  if ((op == MI_VARIANCE || op == MI_DEVIATION) && f.count <= options->ddof)
    return mi_fail(control, MI_EINVAL,
                   "more than ddof = %" PRId64 " elements expected, got %" PRId64, options->ddof,
                   f.count);
  finish(&f, options->ddof, out);
  return MI_OK;
}

mi_status mi_reduce_axis(mi_reduction op, const mi_array *a, int axis,
                         const mi_reduce_options *options, mi_array *out, mi_control *control) {
  mi_array lane = *a;
  lane.ndim = 1;
  lane.shape[0] = a->shape[axis];
  lane.stride[0] = a->stride[axis];
  int64_t index[MI_MAX_NDIM] = {0}, count = mi_count(out);
  size_t size = mi_dtype_size(out->dtype);
  for (int64_t k = 0; k < count; k++) {
    if (k % 64 == 0 && mi_cancelled(control)) return MI_ECANCEL;
    mi_status status = mi_reduce(op, &lane, options, out->data + (size_t)k * size, control);
    if (status != MI_OK) return status;
    for (int d = a->ndim - 1; d >= 0; d--) { /* odometer over the other axes */
      if (d == axis) continue;
      lane.data += a->stride[d];
      if (++index[d] < a->shape[d]) break;
      lane.data -= a->stride[d] * a->shape[d];
      index[d] = 0;
    }
  }
  return MI_OK;
}
