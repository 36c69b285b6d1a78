#include "core/base/array_sort.h"

#include <math.h>
#include <string.h>

#include "core/base/memory.h"

enum { PIECE = 1 << 20, FEW = 48 };

/* ---- keys: unsigned integers in the order of the values -------------------------------------- */

static const uint64_t sign_bit = UINT64_C(1) << 63;

/* Negative numbers are reversed, NaN goes to the end, -0 becomes 0 (only for the comparison). */
static uint64_t key_of_real(double x) {
  uint64_t bits;
  if (isnan(x)) return UINT64_MAX;
  x += 0.0;
  memcpy(&bits, &x, sizeof bits);
  return bits & sign_bit ? ~bits : bits | sign_bit;
}

static double real_of_key(uint64_t key) {
  double x;
  uint64_t bits = key & sign_bit ? key ^ sign_bit : ~key;
  if (key == UINT64_MAX) return NAN;
  memcpy(&x, &bits, sizeof x);
  return x;
}

static uint64_t key_at(mi_dtype dtype, const void *x, int64_t i) {
  switch (dtype) {
    case MI_F64: return key_of_real(((const double *)x)[i]);
    case MI_F32: return key_of_real((double)((const float *)x)[i]);
    case MI_I64: return (uint64_t)((const int64_t *)x)[i] ^ sign_bit;
    case MI_I32: return (uint64_t)((const int32_t *)x)[i] ^ sign_bit;
    default: return ((const uint8_t *)x)[i];
  }
}

static void set_from_key(mi_dtype dtype, void *x, int64_t i, uint64_t key) {
  switch (dtype) {
    case MI_F64: ((double *)x)[i] = real_of_key(key); break;
    case MI_F32: ((float *)x)[i] = (float)real_of_key(key); break;
    case MI_I64: ((int64_t *)x)[i] = (int64_t)(key ^ sign_bit); break;
    case MI_I32: ((int32_t *)x)[i] = (int32_t)(key ^ sign_bit); break;
    default: ((uint8_t *)x)[i] = (uint8_t)key;
  }
}

/* ---- sorting of keys alone and of keys with their places ------------------------------------- */

typedef struct placed_key {
  uint64_t key;
  int64_t place;
} placed_key;

typedef size_t histogram[8][256];

/* First places of the digits of one pass; false when all keys have the same digit. */
static bool start_places(size_t *count, int64_t n) {
  size_t at = 0;
  for (int v = 0; v < 256; v++) {
    size_t c = count[v];
    if (c == (size_t)n) return false;
    count[v] = at;
    at += c;
  }
  return true;
}

/* Least significant byte first. On return the sorted keys are at `from`; `to` is as large. */
/* NOLINTBEGIN(bugprone-macro-parentheses): types cannot stand in parentheses */
#define RADIX_SORT(name, type, KEY)                                                              \
  static void name##_few(type *x, int64_t n) {                                                   \
    for (int64_t i = 1; i < n; i++) {                                                            \
      type v = x[i];                                                                             \
      int64_t k = i;                                                                             \
      for (; k > 0 && (x[k - 1])KEY > v KEY; k--) x[k] = x[k - 1];                               \
      x[k] = v;                                                                                  \
    }                                                                                            \
  }                                                                                              \
  static mi_status name(type **from, type **to, int64_t n, const mi_control *control) {          \
    histogram count = {{0}};                                                                     \
    if (n <= FEW) {                                                                              \
      name##_few(*from, n);                                                                      \
      return MI_OK;                                                                              \
    }                                                                                            \
    for (int64_t i = 0; i < n; i++) {                                                            \
      if (i % PIECE == 0 && mi_cancelled(control)) return MI_ECANCEL;                            \
      uint64_t key = (*from)[i] KEY;                                                             \
      for (int b = 0; b < 8; b++) count[b][key >> (8 * b) & 255]++;                              \
    }                                                                                            \
    for (int b = 0; b < 8; b++) {                                                                \
      if (!start_places(count[b], n)) continue;                                                  \
      for (int64_t i = 0; i < n; i++) {                                                          \
        if (i % PIECE == 0 && mi_cancelled(control)) return MI_ECANCEL;                          \
        (*to)[count[b][(*from)[i] KEY >> (8 * b) & 255]++] = (*from)[i];                         \
      }                                                                                          \
      type *swap = *from;                                                                        \
      *from = *to;                                                                               \
      *to = swap;                                                                                \
    }                                                                                            \
    return MI_OK;                                                                                \
  }
/* NOLINTEND(bugprone-macro-parentheses) */

RADIX_SORT(sort_keys, uint64_t, )
RADIX_SORT(sort_placed, placed_key, .key)

/* Asks about cancel at the first of PIECE elements. */
static mi_status poll(int64_t i, const mi_control *control) {
  return i % PIECE == 0 && mi_cancelled(control) ? MI_ECANCEL : MI_OK;
}

static mi_status refuse_complex(mi_control *control) {
  return mi_fail(control, MI_EINVAL, "complex numbers have no order: sort abs, real or imag");
}

mi_status mi_sort(mi_dtype dtype, void *x, int64_t n, mi_control *control) {
  if (dtype == MI_C128) return refuse_complex(control);
  uint64_t *from = MI_NEW(uint64_t, (size_t)n), *to = MI_NEW(uint64_t, (size_t)n);
  mi_status status = from && to ? MI_OK : MI_ENOMEM;
  for (int64_t i = 0; i < n && status == MI_OK; i++) {
    from[i] = key_at(dtype, x, i);
    status = poll(i, control);
  }
  if (status == MI_OK) status = sort_keys(&from, &to, n, control);
  for (int64_t i = 0; i < n && status == MI_OK; i++) {
    set_from_key(dtype, x, i, from[i]);
    status = poll(i, control);
  }
  free(from);
  free(to);
  return status;
}

mi_status mi_argsort(mi_dtype dtype, const void *x, int64_t n, int64_t *order,
                     mi_control *control) {
  if (dtype == MI_C128) return refuse_complex(control);
  placed_key *from = MI_NEW(placed_key, (size_t)n), *to = MI_NEW(placed_key, (size_t)n);
  mi_status status = from && to ? MI_OK : MI_ENOMEM;
  for (int64_t i = 0; i < n && status == MI_OK; i++) {
    from[i] = (placed_key){key_at(dtype, x, i), i};
    status = poll(i, control);
  }
  if (status == MI_OK) status = sort_placed(&from, &to, n, control);
  for (int64_t i = 0; i < n && status == MI_OK; i++) {
    order[i] = from[i].place;
    status = poll(i, control);
  }
  free(from);
  free(to);
  return status;
}

/* ---- sorted values --------------------------------------------------------------------------- */

int64_t mi_unique_sorted(mi_dtype dtype, void *x, int64_t n, int64_t *counts) {
  int64_t kept = 0;
  uint64_t last = 0;
  for (int64_t i = 0; i < n; i++) {
    uint64_t key = key_at(dtype, x, i);
    if (kept > 0 && key == last) {
      counts[kept - 1]++;
    } else {
      last = key;
      counts[kept] = 1;
      set_from_key(dtype, x, kept++, key);
    }
  }
  return kept;
}

double mi_quantile_sorted(const double *x, int64_t n, double q) {
  if (isnan(x[n - 1])) return NAN;
  double place = q * (double)(n - 1);
  int64_t low = (int64_t)floor(place);
  if (low >= n - 1) return x[n - 1];
  double part = place - (double)low;
  /* a part of 0 takes no share of an infinite neighbour */
  return part == 0 || x[low] == x[low + 1] ? x[low] : x[low] + part * (x[low + 1] - x[low]);
}

int64_t mi_search_sorted(const double *x, int64_t n, double v, bool after) {
  int64_t low = 0, high = n;
  while (low < high) {
    int64_t middle = low + (high - low) / 2;
    if (x[middle] < v || (after && x[middle] == v)) low = middle + 1;
    else high = middle;
  }
  return low;
}
