/* Elementwise functions and operators of arrays. */
#include "bindings/array.h"
#include "core/base/array_math.h"
#include "core/base/array_view.h"

typedef struct binary_entry {
  const char *name; /* "array.add" */
  mi_binary op;
  bool swapped;
} binary_entry;

typedef struct unary_entry {
  const char *name;
  mi_unary op;
} unary_entry;

static const binary_entry binaries[] = {
    {"array.add", MI_ADD, false},
    {"array.subtract", MI_SUBTRACT, false},
    {"array.multiply", MI_MULTIPLY, false},
    {"array.divide", MI_DIVIDE, false},
    {"array.floor_divide", MI_FLOOR_DIVIDE, false},
    {"array.mod", MI_MODULO, false},
    {"array.pow", MI_POWER, false},
    {"array.minimum", MI_MINIMUM, false},
    {"array.maximum", MI_MAXIMUM, false},
    {"array.atan2", MI_ATAN2, false},
    {"array.hypot", MI_HYPOT, false},
    {"array.lt", MI_LESS, false},
    {"array.le", MI_LESS_EQUAL, false},
    {"array.gt", MI_LESS, true},
    {"array.ge", MI_LESS_EQUAL, true},
    {"array.eq", MI_EQUAL, false},
    {"array.ne", MI_NOT_EQUAL, false},
    {"array.logical_and", MI_AND, false},
    {"array.logical_or", MI_OR, false},
    {"array.logical_xor", MI_XOR, false},
};

static const unary_entry unaries[] = {
    {"array.negate", MI_NEGATE},     {"array.abs", MI_ABS},
    {"array.square", MI_SQUARE},     {"array.sqrt", MI_SQRT},
    {"array.floor", MI_FLOOR},       {"array.ceil", MI_CEIL},
    {"array.rint", MI_ROUND},        {"array.trunc", MI_TRUNC},
    {"array.sign", MI_SIGN},         {"array.exp", MI_EXP},
    {"array.expm1", MI_EXPM1},       {"array.log", MI_LOG},
    {"array.log1p", MI_LOG1P},       {"array.log2", MI_LOG2},
    {"array.log10", MI_LOG10},       {"array.cbrt", MI_CBRT},
    {"array.sin", MI_SIN},           {"array.cos", MI_COS},
    {"array.tan", MI_TAN},           {"array.asin", MI_ASIN},
    {"array.acos", MI_ACOS},         {"array.atan", MI_ATAN},
    {"array.sinh", MI_SINH},         {"array.cosh", MI_COSH},
    {"array.tanh", MI_TANH},         {"array.erf", MI_ERF},
    {"array.erfc", MI_ERFC},         {"array.gamma", MI_GAMMA},
    {"array.lgamma", MI_LGAMMA},     {"array.conj", MI_CONJ},
    {"array.angle", MI_ANGLE},       {"array.logical_not", MI_NOT},
    {"array.isnan", MI_ISNAN},       {"array.isfinite", MI_ISFINITE},
    {"array.isinf", MI_ISINF},
};

static int binary(lua_State *L) {
  const binary_entry *entry = lua_touserdata(L, lua_upvalueindex(1));
  mi_call call;
  mi_operand operand[2];
  mi_array view[2];
  mi_dtype compute, result;
  int ndim;
  int64_t shape[MI_MAX_NDIM];
  mi_begin(&call, L, entry->name);
  mi_arg_operand(&call, 1, "a", &operand[entry->swapped]);
  mi_arg_operand(&call, 2, "b", &operand[!entry->swapped]);
  mi_operands_meet(&operand[0], &operand[1]);
  const mi_array *a = &operand[0].array, *b = &operand[1].array;
  mi_check(&call, mi_binary_types(entry->op, a->dtype, b->dtype, &compute, &result, &call.control));
  mi_check(&call, mi_broadcast_shape(a, b, &ndim, shape, &call.control));
  mi_check(&call, mi_broadcast(a, ndim, shape, &view[0], &call.control));
  mi_check(&call, mi_broadcast(b, ndim, shape, &view[1], &call.control));
  mi_array *out = mi_push_array(L, result, ndim, shape);
  mi_check(&call, mi_binary_apply(entry->op, compute, &view[0], &view[1], out, &call.control));
  if (ndim == 0) mi_push_element(L, out->data, out->dtype);
  return 1;
}

static int unary(lua_State *L) {
  const unary_entry *entry = lua_touserdata(L, lua_upvalueindex(1));
  mi_call call;
  mi_operand a;
  mi_dtype compute, result;
  mi_begin(&call, L, entry->name);
  mi_arg_operand(&call, 1, "a", &a);
  mi_check(&call, mi_unary_types(entry->op, a.array.dtype, &compute, &result, &call.control));
  mi_array *out = mi_push_array(L, result, a.array.ndim, a.array.shape);
  mi_check(&call, mi_unary_apply(entry->op, compute, &a.array, out, &call.control));
  if (a.array.ndim == 0) mi_push_element(L, out->data, out->dtype);
  return 1;
}

/* where(mask, a, b) -> a where the mask is not zero, b elsewhere */
static int where(lua_State *L) {
  mi_call call;
  mi_operand mask, a, b;
  int ndim;
  int64_t shape[MI_MAX_NDIM];
  mi_array view[3], joint;
  mi_begin(&call, L, "array.where");
  mi_arg_operand(&call, 1, "mask", &mask);
  mi_arg_operand(&call, 2, "a", &a);
  mi_arg_operand(&call, 3, "b", &b);
  mi_operands_meet(&a, &b);
  mi_dtype ta = a.array.dtype, tb = b.array.dtype;
  mi_dtype dtype = ta == MI_U8 && tb == MI_U8 ? MI_U8 : mi_promote(ta, tb);
  mi_check(&call, mi_broadcast_shape(&a.array, &b.array, &ndim, shape, &call.control));
  mi_array_init(&joint, NULL, dtype, ndim, shape);
  mi_check(&call, mi_broadcast_shape(&mask.array, &joint, &ndim, shape, &call.control));
  mi_check(&call, mi_broadcast(&mask.array, ndim, shape, &view[0], &call.control));
  mi_check(&call, mi_broadcast(&a.array, ndim, shape, &view[1], &call.control));
  mi_check(&call, mi_broadcast(&b.array, ndim, shape, &view[2], &call.control));
  mi_array *out = mi_push_array(L, dtype, ndim, shape);
  mi_check(&call, mi_where(&view[0], &view[1], &view[2], out, &call.control));
  if (ndim == 0) mi_push_element(L, out->data, dtype);
  return 1;
}

void mi_array_open_math(lua_State *L) {
  const size_t prefix = sizeof "array." - 1;
  for (size_t i = 0; i < sizeof binaries / sizeof binaries[0]; i++) {
    lua_pushlightuserdata(L, (void *)&binaries[i]);
    lua_pushcclosure(L, binary, 1);
    lua_setfield(L, -2, binaries[i].name + prefix);
  }
  for (size_t i = 0; i < sizeof unaries / sizeof unaries[0]; i++) {
    lua_pushlightuserdata(L, (void *)&unaries[i]);
    lua_pushcclosure(L, unary, 1);
    lua_setfield(L, -2, unaries[i].name + prefix);
  }
  lua_pushcfunction(L, where);
  lua_setfield(L, -2, "where");
}
