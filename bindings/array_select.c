/* Elements chosen by a mask (u8) or by a list of indices: reading and writing. */
#include "bindings/array.h"

#include <inttypes.h>
#include <string.h>

#include "core/base/array_math.h"
#include "core/base/array_view.h"

/* nonzero(a) -> i64 indices, in the flattened array, of the elements that are not zero */
static mi_array *push_nonzero(mi_call *call, const mi_array *a) {
  lua_State *L = call->L;
  int64_t total = mi_count(a), count = 0;
  mi_array *flags = mi_push_array(L, MI_U8, 1, &total);
  mi_array shaped;
  mi_array_init(&shaped, flags->data, MI_U8, a->ndim, a->shape);
  mi_check(call, mi_truth(a, &shaped, &call->control));
  const uint8_t *flag = (const uint8_t *)flags->data;
  for (int64_t i = 0; i < total; i++) {
    mi_poll(call, i);
    count += flag[i];
  }
  mi_array *out = mi_push_array(L, MI_I64, 1, &count);
  int64_t *index = (int64_t *)out->data;
  for (int64_t i = 0; i < total; i++) {
    mi_poll(call, i);
    if (flag[i]) *index++ = i + 1;
  }
  lua_remove(L, -2);
  return out;
}

static int nonzero(lua_State *L) {
  mi_call call;
  mi_begin(&call, L, "array.nonzero");
  push_nonzero(&call, mi_arg_array(&call, 1, "a"));
  return 1;
}

/* A selection: the rows of an array seen as [rows x rest], and the zero-based rows wanted. */
typedef struct selection {
  mi_array rows; /* the chosen axis first */
  const int64_t *index;
  int64_t count;
} selection;

/* A mask chooses from the flattened array when it has its shape, else along the axis. */
static void mask_selection(mi_call *call, const mi_array *a, const mi_array *mask, int axis,
                           selection *s) {
  mi_array flat;
  if (a->ndim > 1 && mi_same_shape(a, mask)) {
    if (!mi_view_reshape(a, 1, (int64_t[]){mi_count(a)}, &flat))
      mi_raise(call->L, "argument", "%s: a mask of this view needs a contiguous copy of it",
               call->name);
    s->rows = flat;
  } else if (mask->ndim != 1 || mask->shape[0] != s->rows.shape[0]) {
    mi_raise(call->L, "argument", "%s: a mask of the array's shape or of length %" PRId64
             " of axis %d expected", call->name, s->rows.shape[0], axis + 1);
  }
  const mi_array *index = push_nonzero(call, mask);
  s->index = (const int64_t *)index->data;
  s->count = index->shape[0];
}

static void check_indices(mi_call *call, const selection *s) {
  int64_t n = s->rows.shape[0];
  for (int64_t k = 0; k < s->count; k++) {
    mi_poll(call, k);
    int64_t i = s->index[k];
    if (i == 0 || i > n || i < -n)
      mi_raise(call->L, "argument", "%s: index %" PRId64 " is outside 1..%" PRId64, call->name, i,
               n);
  }
}

/* Reads (a, which, ..., axis): leaves what it makes on the stack. */
/* Indices that are elements of the array itself: put would change those it has not used yet, after
 * they were found to be in range. */
static const int64_t *copy_index(lua_State *L, const mi_array *which) {
  size_t count = (size_t)mi_count(which);
  return memcpy(mi_scratch(L, count, sizeof(int64_t)), which->data, count * sizeof(int64_t));
}

static void read_selection(mi_call *call, const mi_array *a, int axis_at, selection *s) {
  int axis = mi_arg_axis(call, axis_at, a);
  if (a->ndim == 0) mi_argument_error(call, 1, "a", "array");
  if (axis < 0) axis = 0;
  s->rows = *a;
  mi_view_move(&s->rows, axis, 0);
  const mi_array *which = mi_arg_array(call, 2, "which");
  if (which->dtype == MI_U8) {
    mask_selection(call, a, which, axis, s);
    return;
  }
  which = mi_arg_contiguous(call, 2, "which", MI_I64, -1);
  s->count = mi_count(which);
  s->index = mi_overlap(a, which) ? copy_index(call->L, which) : (const int64_t *)which->data;
  check_indices(call, s);
}

static int64_t row_of(const selection *s, int64_t k) {
  int64_t i = s->index[k];
  return i < 0 ? i + s->rows.shape[0] : i - 1;
}

/* select(a, which, axis) -> the elements or rows a mask or a list of indices chooses */
static int choose(lua_State *L) {
  mi_call call;
  selection s;
  mi_begin(&call, L, "array.select");
  lua_settop(L, 3);
  mi_array a = *mi_arg_array(&call, 1, "a");
  int axis = mi_arg_axis(&call, 3, &a);
  if (mi_to_array(L, 2) && mi_to_array(L, 2)->dtype == MI_U8 && !mi_is_contiguous(&a) &&
      mi_same_shape(&a, mi_to_array(L, 2)) && a.ndim > 1)
    a = *mi_arg_contiguous(&call, 1, "a", a.dtype, -1);
  read_selection(&call, &a, 3, &s);
  mi_array out = s.rows;
  out.shape[0] = s.count;
  if (s.rows.ndim == a.ndim && axis > 0) mi_view_move(&out, 0, axis);
  mi_array *result = mi_push_array(L, a.dtype, out.ndim, out.shape);
  mi_array to = *result;
  if (s.rows.ndim == a.ndim && axis > 0) mi_view_move(&to, axis, 0);
  size_t size = mi_dtype_size(a.dtype);
  for (int64_t k = 0; k < s.count; k++) {
    mi_poll(&call, k);
    if (to.ndim == 1) {
      memcpy(to.data + k * to.stride[0], s.rows.data + row_of(&s, k) * s.rows.stride[0], size);
      continue;
    }
    mi_array target = to, source = s.rows;
    mi_view_at(&target, 0, k);
    mi_view_at(&source, 0, row_of(&s, k));
    mi_check(&call, mi_array_copy(&target, &source, &call.control));
  }
  return 1;
}

/* put(a, which, value, axis): sets what select would give; value is broadcast to it */
static int put(lua_State *L) {
  mi_call call;
  selection s;
  mi_operand value;
  mi_begin(&call, L, "array.put");
  lua_settop(L, 4);
  const mi_array *a = mi_to_array(L, 1);
  if (!a) mi_argument_error(&call, 1, "a", "array");
  read_selection(&call, a, 4, &s);
  mi_arg_operand(&call, 3, "value", &value);
  mi_array wanted = s.rows, source;
  wanted.shape[0] = s.count;
  mi_check(&call, mi_broadcast(&value.array, wanted.ndim, wanted.shape, &source, &call.control));
  if (mi_overlap(a, &value.array)) {
    mi_array *safe = mi_push_array(L, source.dtype, source.ndim, source.shape);
    mi_check(&call, mi_array_copy(safe, &source, &call.control));
    source = *safe;
  }
  for (int64_t k = 0; k < s.count; k++) {
    mi_array target = s.rows, row = source;
    mi_view_at(&target, 0, row_of(&s, k));
    mi_view_at(&row, 0, k);
    mi_check(&call, mi_array_copy(&target, &row, &call.control));
  }
  return 0;
}

void mi_array_open_select(lua_State *L) {
  static const luaL_Reg functions[] = {
      {"select", choose}, {"put", put}, {"nonzero", nonzero}, {NULL, NULL}};
  luaL_setfuncs(L, functions, 0);
}
