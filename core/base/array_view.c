#include "core/base/array_view.h"

#include <inttypes.h>
#include <string.h>

mi_status mi_broadcast_shape(const mi_array *a, const mi_array *b, int *ndim, int64_t *shape,
                             mi_control *control) {
  int n = a->ndim > b->ndim ? a->ndim : b->ndim;
  for (int d = 0; d < n; d++) {
    int da = d - (n - a->ndim), db = d - (n - b->ndim);
    int64_t la = da >= 0 ? a->shape[da] : 1, lb = db >= 0 ? b->shape[db] : 1;
    if (la != lb && la != 1 && lb != 1)
      return mi_fail(control, MI_EINVAL,
                     "shapes do not broadcast: lengths %" PRId64 " and %" PRId64
                     " in dimension %d from the end",
                     la, lb, n - d);
    shape[d] = la == 1 ? lb : la;
  }
  *ndim = n;
  return MI_OK;
}

mi_status mi_broadcast(const mi_array *a, int ndim, const int64_t *shape, mi_array *out,
                       mi_control *control) {
  mi_array view = *a;
  view.ndim = ndim;
  if (a->ndim > ndim)
    return mi_fail(control, MI_EINVAL, "an array of %d dimensions does not fit into %d", a->ndim,
                   ndim);
  for (int d = 0; d < ndim; d++) {
    int from = d - (ndim - a->ndim);
    int64_t length = from >= 0 ? a->shape[from] : 1;
    if (length != shape[d] && length != 1)
      return mi_fail(control, MI_EINVAL,
                     "length %" PRId64 " does not broadcast to length %" PRId64
                     " of dimension %d",
                     length, shape[d], d + 1);
    view.shape[d] = shape[d];
    view.stride[d] = length == 1 ? 0 : a->stride[from];
  }
  *out = view;
  return MI_OK;
}

void mi_view_slice(mi_array *a, int d, int64_t first, int64_t step, int64_t count) {
  if (count > 0) a->data += first * a->stride[d]; /* an empty slice points nowhere new */
  a->shape[d] = count;
  a->stride[d] *= step;
}

void mi_view_at(mi_array *a, int d, int64_t index) {
  a->data += index * a->stride[d];
  a->ndim--;
  for (int k = d; k < a->ndim; k++) {
    a->shape[k] = a->shape[k + 1];
    a->stride[k] = a->stride[k + 1];
  }
}

void mi_view_transpose(const mi_array *a, const int *axes, mi_array *out) {
  mi_array view = *a;
  for (int k = 0; k < a->ndim; k++) {
    view.shape[k] = a->shape[axes[k]];
    view.stride[k] = a->stride[axes[k]];
  }
  *out = view;
}

void mi_view_move(mi_array *a, int from, int to) {
  int64_t length = a->shape[from], stride = a->stride[from];
  int step = to > from ? 1 : -1;
  for (int k = from; k != to; k += step) {
    a->shape[k] = a->shape[k + step];
    a->stride[k] = a->stride[k + step];
  }
  a->shape[to] = length;
  a->stride[to] = stride;
}

/* Groups of old dimensions that lie one behind the other are split into new ones. */
bool mi_view_reshape(const mi_array *a, int ndim, const int64_t *shape, mi_array *out) {
  mi_array view;
  mi_array_init(&view, a->data, a->dtype, ndim, shape);
  if (mi_count(a) == 0 || mi_is_contiguous(a)) {
    *out = view;
    return true;
  }
  mi_array old = *a;
  old.ndim = 0; /* without dimensions of length 1 */
  for (int d = 0; d < a->ndim; d++) {
    if (a->shape[d] == 1) continue;
    old.shape[old.ndim] = a->shape[d];
    old.stride[old.ndim++] = a->stride[d];
  }
  int o = old.ndim, n = ndim;
  while (o > 0) { /* from the end: the smallest groups with equal numbers of elements */
    int o_end = o, n_end = n;
    int64_t old_count = old.shape[--o], new_count = n > 0 ? shape[--n] : 1;
    while (old_count != new_count) {
      if (new_count < old_count) {
        new_count *= shape[--n];
      } else {
        old_count *= old.shape[--o];
      }
    }
    for (int d = o; d + 1 < o_end; d++) {
      if (old.stride[d] != old.stride[d + 1] * old.shape[d + 1]) return false;
    }
    int64_t stride = old.stride[o_end - 1];
    for (int d = n_end - 1; d >= n; d--) {
      view.stride[d] = stride;
      stride *= shape[d];
    }
  }
  *out = view;
  return true;
}

/* The addresses [low, high) that an array reaches. */
static void extent(const mi_array *a, uintptr_t *low, uintptr_t *high) {
  *low = *high = (uintptr_t)a->data;
  for (int d = 0; d < a->ndim; d++) {
    int64_t reach = (a->shape[d] - 1) * a->stride[d];
    if (reach < 0) *low -= (uintptr_t)-reach;
    else *high += (uintptr_t)reach;
  }
  *high += mi_dtype_size(a->dtype);
}

bool mi_overlap(const mi_array *a, const mi_array *b) {
  uintptr_t a_low, a_high, b_low, b_high;
  if (mi_count(a) == 0 || mi_count(b) == 0) return false;
  extent(a, &a_low, &a_high);
  extent(b, &b_low, &b_high);
  return a_low < b_high && b_low < a_high;
}
