/* Lua module matinf.c.random: generators of random numbers; samplers are in random_sampler.c.
 *
 * A drawing method is (self, n or shape or nothing, {parameters}). Without a size it gives a
 * number, or, where a parameter is an array, an array of its shape. */
#include "bindings/random.h"

#include <math.h>
#include <string.h>

#include "bindings/binding.h"
#include "core/base/rng.h"

#define GENERATOR "matinf.random.Generator"

static mi_rng *self(mi_call *call) {
  mi_rng *rng = luaL_testudata(call->L, 1, GENERATOR);
  if (!rng) mi_argument_error(call, 1, "self", "random.Generator (called with a colon)");
  return rng;
}

/* ---- making ---------------------------------------------------------------------------------- */

/* The option stage: an integer or a name. */
static uint64_t option_stage(mi_call *call) {
  uint64_t stage = 0;
  if (!mi_option(call, "stage")) return stage;
  if (lua_type(call->L, -1) == LUA_TSTRING) stage = mi_rng_stage(lua_tostring(call->L, -1));
  else stage = (uint64_t)mi_arg_integer(call, -1, "stage", 0, INT64_MAX);
  lua_pop(call->L, 1);
  return stage;
}

static int generator(lua_State *L) {
  mi_call call;
  mi_begin(&call, L, "random.generator");
  mi_options_begin(&call, 1);
  int64_t seed = mi_option_integer(&call, "seed", 1, INT64_MIN, INT64_MAX);
  uint64_t stage = option_stage(&call);
  int64_t item = mi_option_integer(&call, "item", 0, 0, INT64_MAX);
  mi_options_end(&call);
  mi_rng *rng = lua_newuserdatauv(L, sizeof *rng, 0);
  *rng = mi_rng_stream((uint64_t)seed, stage, (uint64_t)item);
  luaL_setmetatable(L, GENERATOR);
  return 1;
}

/* ---- drawing --------------------------------------------------------------------------------- */

/* A parameter of a distribution: one number for all, or one for each element. */
typedef struct parameter {
  const double *values; /* NULL: the number holds for all */
  double number;
} parameter;

static double value_of(const parameter *p, int64_t i) {
  return p->values ? p->values[i] : p->number;
}

/* One draw with the values of up to two parameters. */
typedef struct distribution {
  double (*draw)(mi_rng *rng, double a, double b);
  bool integer;
  const char *names[2];
  double otherwise[2];              /* NAN: the parameter must be given */
  const char *expected[2];
  bool (*valid[2])(double value);
} distribution;

/* The option as a number or an array; an array stays on the stack and gives the shape. */
static parameter option_parameter(mi_call *call, const distribution *law, int which,
                                  const mi_array **shape) {
  lua_State *L = call->L;
  const char *name = law->names[which];
  parameter p = {NULL, law->otherwise[which]};
  if (!mi_option(call, name)) {
    if (isnan(p.number))
      mi_raise(L, "argument", "missing option '%s' to '%s': %s expected", name, call->name,
               law->expected[which]);
    return p;
  }
  if (lua_type(L, -1) == LUA_TNUMBER) {
    p.number = lua_tonumber(L, -1);
    if (!law->valid[which](p.number)) mi_argument_error(call, -1, name, law->expected[which]);
    lua_pop(L, 1);
    return p;
  }
  const mi_array *array = mi_arg_contiguous(call, lua_gettop(L), name, MI_F64, -1);
  p.values = (const double *)array->data;
  for (int64_t i = 0; i < mi_count(array); i++) {
    if (!law->valid[which](p.values[i]))
      mi_raise(L, "argument", "bad argument '%s' to '%s': %s expected, got %.14g (element %lld)",
               name, call->name, law->expected[which], p.values[i], (long long)i + 1);
  }
  if (*shape && !mi_same_shape(*shape, array))
    mi_raise(L, "argument", "bad argument '%s' to '%s': arrays of one shape expected", name,
             call->name);
  *shape = array;
  return p;
}

/* Argument 2: nothing (returns -1), a length, or a list of lengths. */
static int arg_shape(mi_call *call, int64_t *shape) {
  lua_State *L = call->L;
  if (lua_isnoneornil(L, 2)) return -1;
  bool is_options = lua_istable(L, 2) && luaL_len(L, 2) == 0 && lua_isnone(L, 3);
  if (is_options || lua_isuserdata(L, 2))
    mi_argument_error(call, 2, "n", "length or shape (nil where an option is an array)");
  if (!lua_istable(L, 2)) {
    shape[0] = mi_arg_integer(call, 2, "n", 0, INT64_C(1) << 48);
    return 1;
  }
  lua_Integer ndim = luaL_len(L, 2);
  if (ndim < 1 || ndim > MI_MAX_NDIM) mi_argument_error(call, 2, "n", "1 to 8 lengths");
  for (int d = 0; d < (int)ndim; d++) {
    lua_geti(L, 2, d + 1);
    shape[d] = mi_arg_integer(call, -1, "n", 0, INT64_C(1) << 48);
    lua_pop(L, 1);
  }
  return (int)ndim;
}

static void fill(mi_call *call, const distribution *law, mi_rng *rng, const parameter p[2],
                 mi_array *out) {
  int64_t n = mi_count(out);
  for (int64_t i = 0; i < n; i++) {
    double x = law->draw(rng, value_of(&p[0], i), value_of(&p[1], i));
    if (law->integer) ((int64_t *)out->data)[i] = (int64_t)x;
    else ((double *)out->data)[i] = x;
    mi_poll(call, i);
  }
}

static int draw(lua_State *L, const char *name, const distribution *law) {
  mi_call call;
  int64_t lengths[MI_MAX_NDIM];
  mi_begin(&call, L, name);
  mi_rng *rng = self(&call);
  int ndim = arg_shape(&call, lengths);
  mi_options_begin(&call, 3);
  const mi_array *shape = NULL;
  parameter p[2] = {{NULL, 0}, {NULL, 0}};
  for (int i = 0; i < 2 && law->names[i]; i++) p[i] = option_parameter(&call, law, i, &shape);
  mi_options_end(&call);
  if (shape && ndim >= 0)
    mi_raise(L, "argument", "bad argument 'n' to '%s': the array of parameters gives the shape",
             name);
  if (shape) {
    ndim = shape->ndim;
    memcpy(lengths, shape->shape, sizeof lengths);
  }
  if (ndim >= 0) {
    fill(&call, law, rng, p, mi_push_array(L, law->integer ? MI_I64 : MI_F64, ndim, lengths));
    return 1;
  }
  double x = law->draw(rng, p[0].number, p[1].number);
  if (law->integer) lua_pushinteger(L, (lua_Integer)x);
  else lua_pushnumber(L, x);
  return 1;
}

static bool is_finite(double x) { return isfinite(x); }
static bool is_positive(double x) { return x > 0 && isfinite(x); }
static bool is_not_negative(double x) { return x >= 0 && isfinite(x); }
static bool is_probability(double x) { return x >= 0 && x <= 1; }
static bool is_count(double x) { return x >= 0 && x <= MI_POISSON_LIMIT && x == floor(x); }
static bool is_poisson_mean(double x) { return x >= 0 && x <= MI_POISSON_LIMIT; }

static double draw_uniform(mi_rng *rng, double low, double high) {
  double u = mi_rng_uniform(rng), x = low + (high - low) * u;
  return x < high || high <= low ? x : nextafter(high, low); /* rounding must not reach high */
}

static double draw_normal(mi_rng *rng, double mean, double sigma) {
  return mean + sigma * mi_rng_normal(rng);
}

static double draw_exponential(mi_rng *rng, double mean, double unused) {
  (void)unused;
  return mean * mi_rng_exponential(rng);
}

static double draw_gamma(mi_rng *rng, double shape, double scale) {
  return scale * mi_rng_gamma(rng, shape);
}

static double draw_poisson(mi_rng *rng, double mean, double unused) {
  (void)unused;
  return (double)mi_rng_poisson(rng, mean);
}

static double draw_binomial(mi_rng *rng, double trials, double p) {
  return (double)mi_rng_binomial(rng, (int64_t)trials, p);
}

#define METHOD(name, ...)                            \
  static int generator_##name(lua_State *L) {        \
    static const distribution one = {__VA_ARGS__};            \
    return draw(L, "random.Generator:" #name, &one); \
  }

METHOD(uniform, draw_uniform, false, {"low", "high"}, {0, 1}, {"finite number", "finite number"},
       {is_finite, is_finite})
METHOD(normal, draw_normal, false, {"mean", "sigma"}, {0, 1},
       {"finite number", "finite number >= 0"}, {is_finite, is_not_negative})
METHOD(exponential, draw_exponential, false, {"mean", NULL}, {1, 0}, {"number > 0", NULL},
       {is_positive, NULL})
METHOD(gamma, draw_gamma, false, {"shape", "scale"}, {NAN, 1}, {"number > 0", "number > 0"},
       {is_positive, is_positive})
METHOD(poisson, draw_poisson, true, {"mean", NULL}, {NAN, 0}, {"number from 0 to 1e15", NULL},
       {is_poisson_mean, NULL})
METHOD(binomial, draw_binomial, true, {"trials", "p"}, {NAN, NAN},
       {"integer from 0 to 1e15", "number from 0 to 1"}, {is_count, is_probability})

/* low + 0 .. span - 1; span 0 is 2^64. */
static int64_t integer_from(mi_rng *rng, int64_t low, uint64_t span) {
  uint64_t k = span ? mi_rng_below(rng, span) : mi_rng_bits(rng);
  return (int64_t)((uint64_t)low + k);
}

static int generator_integer(lua_State *L) {
  mi_call call;
  int64_t lengths[MI_MAX_NDIM];
  mi_begin(&call, L, "random.Generator:integer");
  mi_rng *rng = self(&call);
  int ndim = arg_shape(&call, lengths);
  mi_options_begin(&call, 3);
  int64_t low = mi_option_integer(&call, "low", 1, INT64_MIN, INT64_MAX);
  if (!mi_option(&call, "high"))
    mi_raise(L, "argument", "missing option 'high' to '%s'", call.name);
  int64_t high = mi_arg_integer(&call, -1, "high", low, INT64_MAX);
  mi_options_end(&call);
  uint64_t span = (uint64_t)high - (uint64_t)low + 1;
  if (ndim < 0) {
    lua_pushinteger(L, integer_from(rng, low, span));
    return 1;
  }
  mi_array *out = mi_push_array(L, MI_I64, ndim, lengths);
  int64_t *to = (int64_t *)out->data, n = mi_count(out);
  for (int64_t i = 0; i < n; i++) {
    mi_poll(&call, i);
    to[i] = integer_from(rng, low, span);
  }
  return 1;
}

/* ---- order and choice ------------------------------------------------------------------------ */

static int generator_permutation(lua_State *L) {
  mi_call call;
  mi_begin(&call, L, "random.Generator:permutation");
  mi_rng *rng = self(&call);
  int64_t n = mi_arg_integer(&call, 2, "n", 0, INT64_C(1) << 48);
  int64_t *index = (int64_t *)mi_push_array(L, MI_I64, 1, &n)->data;
  for (int64_t i = 0; i < n; i++) {
    mi_poll(&call, i);
    index[i] = i + 1;
  }
  mi_check(&call, mi_rng_shuffle(rng, index, n, &call.control));
  return 1;
}

/* A list in place: swaps elements i and k, from the last down. */
static void shuffle_list(lua_State *L, mi_rng *rng) {
  for (lua_Integer i = luaL_len(L, 2); i > 1; i--) {
    lua_Integer k = (lua_Integer)mi_rng_below(rng, (uint64_t)i) + 1;
    lua_geti(L, 2, i);
    lua_geti(L, 2, k);
    lua_seti(L, 2, i);
    lua_seti(L, 2, k);
  }
}

/* Row i (zero-based) of an array, as a view. */
static mi_array row_of(const mi_array *a, int64_t i) {
  mi_array row = *a;
  row.ndim--;
  row.data += i * a->stride[0];
  memmove(row.shape, row.shape + 1, (size_t)row.ndim * sizeof *row.shape);
  memmove(row.stride, row.stride + 1, (size_t)row.ndim * sizeof *row.stride);
  return row;
}

/* The rows of an array in place, through room for one row. */
static void shuffle_rows(mi_call *call, mi_rng *rng, const mi_array *a) {
  mi_array kept = row_of(a, 0);
  size_t bytes = (size_t)mi_count(&kept) * mi_dtype_size(a->dtype);
  mi_array_init(&kept, mi_scratch(call->L, 1, bytes), a->dtype, a->ndim - 1, a->shape + 1);
  for (int64_t i = a->shape[0] - 1; i > 0; i--) {
    mi_array one = row_of(a, i), two = row_of(a, (int64_t)mi_rng_below(rng, (uint64_t)i + 1));
    mi_check(call, mi_array_copy(&kept, &one, &call->control));
    mi_check(call, mi_array_copy(&one, &two, &call->control));
    mi_check(call, mi_array_copy(&two, &kept, &call->control));
  }
}

static int generator_shuffle(lua_State *L) {
  mi_call call;
  mi_begin(&call, L, "random.Generator:shuffle");
  mi_rng *rng = self(&call);
  const mi_array *array = mi_to_array(L, 2);
  lua_settop(L, 2);
  if (array && array->ndim > 0) shuffle_rows(&call, rng, array);
  else if (lua_istable(L, 2)) shuffle_list(L, rng);
  else mi_argument_error(&call, 2, "list", "list or array of at least 1 dimension");
  lua_settop(L, 2);
  return 1;
}

static int generator_choice(lua_State *L) {
  mi_call call;
  mi_begin(&call, L, "random.Generator:choice");
  mi_rng *rng = self(&call);
  int64_t n = mi_arg_integer(&call, 2, "n", 1, INT64_C(1) << 48);
  bool single = lua_isnoneornil(L, 3);
  int64_t k = single ? 1 : mi_arg_integer(&call, 3, "k", 0, INT64_C(1) << 48);
  mi_options_begin(&call, 4);
  bool replace = mi_option_boolean(&call, "replace", false);
  const mi_array *weights = mi_option_vector(&call, "weights");
  mi_options_end(&call);
  if (!replace && k > n)
    mi_raise(L, "argument",
             "bad argument 'k' to '%s': at most n = %lld without replacement, got %lld",
             call.name, (long long)n, (long long)k);
  if (weights && weights->shape[0] != n)
    mi_raise(L, "argument", "bad argument 'weights' to '%s': %lld numbers expected, got %lld",
             call.name, (long long)n, (long long)weights->shape[0]);
  int64_t *work = weights || replace ? NULL : mi_scratch(L, (size_t)n, sizeof *work);
  int64_t *chosen = (int64_t *)mi_push_array(L, MI_I64, 1, &k)->data;
  if (weights)
    mi_check(&call, mi_rng_choose_weighted(rng, (const double *)weights->data, n, k, replace,
                                           chosen, &call.control));
  else if (replace)
    for (int64_t i = 0; i < k; i++) chosen[i] = (int64_t)mi_rng_below(rng, (uint64_t)n);
  else
    mi_check(&call, mi_rng_choose(rng, n, k, chosen, work, &call.control));
  for (int64_t i = 0; i < k; i++) chosen[i]++;
  if (single) lua_pushinteger(L, chosen[0]);
  return 1;
}

static int generator_tostring(lua_State *L) {
  const mi_rng *rng = luaL_checkudata(L, 1, GENERATOR);
  lua_pushfstring(L, "random.Generator (seed %I, item %I)", (LUAI_UACINT)rng->key[0],
                  (LUAI_UACINT)rng->counter[1]);
  return 1;
}

MI_EXPORT int luaopen_matinf_c_random(lua_State *L);
int luaopen_matinf_c_random(lua_State *L) {
#define ENTRY(name) {#name, generator_##name}
  static const luaL_Reg methods[] = {
      ENTRY(uniform), ENTRY(normal),  ENTRY(exponential), ENTRY(gamma),       ENTRY(poisson),
      ENTRY(binomial), ENTRY(integer), ENTRY(choice),     ENTRY(shuffle),     ENTRY(permutation),
      {NULL, NULL}};
  static const luaL_Reg functions[] = {{"generator", generator}, {NULL, NULL}};
  luaL_newmetatable(L, GENERATOR);
  luaL_newlib(L, methods);
  lua_setfield(L, -2, "__index");
  lua_pushcfunction(L, generator_tostring);
  lua_setfield(L, -2, "__tostring");
  lua_pop(L, 1);
  luaL_newlib(L, functions);
  mi_random_open_samplers(L);
  return 1;
}
