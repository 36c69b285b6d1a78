/* Reductions of arrays: (a, axis, {skip_nan, keep, ddof}). */
#include "bindings/array.h"
#include "core/base/array_reduce.h"

typedef struct reduce_entry {
  const char *name;
  mi_reduction op;
} reduce_entry;

static const reduce_entry entries[] = {
    {"array.sum", MI_SUM},       {"array.mean", MI_MEAN},     {"array.prod", MI_PRODUCT},
    {"array.var", MI_VARIANCE},  {"array.std", MI_DEVIATION}, {"array.min", MI_MIN},
    {"array.max", MI_MAX},       {"array.argmin", MI_ARGMIN}, {"array.argmax", MI_ARGMAX},
    {"array.any", MI_ANY},       {"array.all", MI_ALL},       {"array.count", MI_COUNT},
};

static bool is_place(mi_reduction op) { return op == MI_ARGMIN || op == MI_ARGMAX; }

static void reduce_all(mi_call *call, mi_reduction op, const mi_array *a, mi_dtype result,
                       const mi_reduce_options *options) {
  union {
    double real[2];
    int64_t integer;
    uint8_t truth;
  } value;
  mi_check(call, mi_reduce(op, a, options, &value, &call->control));
  if (op == MI_ANY || op == MI_ALL) lua_pushboolean(call->L, value.truth);
  else if (is_place(op)) lua_pushinteger(call->L, value.integer + 1);
  else mi_push_element(call->L, (const char *)&value, result);
}

static void reduce_axis(mi_call *call, mi_reduction op, const mi_array *a, int axis, bool keep,
                        mi_dtype result, const mi_reduce_options *options) {
  mi_array shape = *a;
  shape.shape[axis] = 1;
  mi_array *out = mi_push_array(call->L, result, a->ndim, shape.shape);
  mi_check(call, mi_reduce_axis(op, a, axis, options, out, &call->control));
  for (int64_t i = 0, n = is_place(op) ? mi_count(out) : 0; i < n; i++) ((int64_t *)out->data)[i]++;
  if (keep) return;
  for (int d = axis; d + 1 < a->ndim; d++) shape.shape[d] = shape.shape[d + 1];
  mi_array_init(out, out->data, result, a->ndim - 1, shape.shape);
}

static int reduce(lua_State *L) {
  const reduce_entry *entry = lua_touserdata(L, lua_upvalueindex(1));
  mi_call call;
  mi_dtype result;
  mi_reduce_options options = {.skip_nan = false};
  mi_begin(&call, L, entry->name);
  const mi_array *a = mi_arg_array(&call, 1, "a");
  int options_at = lua_istable(L, 2) && lua_isnoneornil(L, 3) ? 2 : 3;
  int axis = options_at == 3 ? mi_arg_axis(&call, 2, a) : -1;
  mi_options_begin(&call, options_at);
  options.skip_nan = mi_option_boolean(&call, "skip_nan", false);
  bool keep = mi_option_boolean(&call, "keep", false);
  if (entry->op == MI_VARIANCE || entry->op == MI_DEVIATION)
    options.ddof = mi_option_integer(&call, "ddof", 0, 0, INT64_MAX);
  mi_options_end(&call);
  mi_check(&call, mi_reduce_type(entry->op, a->dtype, &result, &call.control));
  if (axis < 0 || (a->ndim == 1 && !keep)) reduce_all(&call, entry->op, a, result, &options);
  else reduce_axis(&call, entry->op, a, axis, keep, result, &options);
  return 1;
}

void mi_array_open_reduce(lua_State *L) {
  const size_t prefix = sizeof "array." - 1;
  for (size_t i = 0; i < sizeof entries / sizeof entries[0]; i++) {
    lua_pushlightuserdata(L, (void *)&entries[i]);
    lua_pushcclosure(L, reduce, 1);
    lua_setfield(L, -2, entries[i].name + prefix);
  }
}
