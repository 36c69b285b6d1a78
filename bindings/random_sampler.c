/* The samplers of module matinf.c.random: points in a box, [n x d] arrays. */
#include <string.h>

#include "bindings/binding.h"
#include "bindings/random.h"
#include "core/base/memory.h"
#include "core/base/sampler.h"

/* Option bounds, [d x 2] of low and high: d = 0 if absent. Stays on the stack. */
static const mi_array *option_bounds(mi_call *call) {
  if (!mi_option(call, "bounds")) return NULL;
  const mi_array *bounds = mi_arg_matrix(call, lua_gettop(call->L), "bounds");
  if (bounds->shape[1] != 2 || bounds->shape[0] < 1)
    mi_argument_error(call, -1, "bounds", "a list of {low, high}");
  const double *b = (const double *)bounds->data;
  for (int64_t j = 0; j < bounds->shape[0]; j++) {
    if (!(b[2 * j] <= b[2 * j + 1]) || b[2 * j + 1] - b[2 * j] > 1.7e308)
      mi_raise(call->L, "argument", "bad argument 'bounds' to '%s': low <= high expected, got "
               "{%.14g, %.14g} (dimension %lld)", call->name, b[2 * j], b[2 * j + 1],
               (long long)j + 1);
  }
  return bounds;
}

/* Argument 2, the number of dimensions; it may be left out when there are bounds. */
static int64_t arg_dimensions(mi_call *call, const mi_array *bounds, int64_t most) {
  if (bounds && lua_isnoneornil(call->L, 2)) {
    if (bounds->shape[0] <= most) return bounds->shape[0];
    mi_raise(call->L, "argument", "bad argument 'bounds' to '%s': at most %lld dimensions expected",
             call->name, (long long)most);
  }
  int64_t d = mi_arg_integer(call, 2, "d", 1, most);
  if (bounds && bounds->shape[0] != d)
    mi_raise(call->L, "argument", "bad argument 'bounds' to '%s': %lld pairs expected, got %lld",
             call->name, (long long)d, (long long)bounds->shape[0]);
  return d;
}

/* Moves the points of the unit cube into the bounds, if there are any. */
static void stretch(lua_State *L, const mi_array *bounds, mi_array *points) {
  if (!bounds) return;
  int64_t d = bounds->shape[0];
  double *low = mi_scratch(L, (size_t)d, 2 * sizeof *low), *high = low + d;
  for (int64_t j = 0; j < d; j++) {
    low[j] = ((const double *)bounds->data)[2 * j];
    high[j] = ((const double *)bounds->data)[2 * j + 1];
  }
  mi_sampler_stretch(low, high, points->shape[0], d, (double *)points->data);
  lua_pop(L, 1);
}

static mi_array *push_points(lua_State *L, int64_t n, int64_t d) {
  return mi_push_array(L, MI_F64, 2, (const int64_t[]){n, d});
}

static int grid(lua_State *L) {
  mi_call call;
  mi_begin(&call, L, "random.grid");
  luaL_checkstack(L, 8, "grid");
  const mi_array *counts = mi_arg_contiguous(&call, 1, "counts", MI_I64, 1);
  mi_options_begin(&call, 2);
  const mi_array *bounds = option_bounds(&call);
  mi_options_end(&call);
  int64_t d = counts->shape[0], n = 1;
  const int64_t *count = (const int64_t *)counts->data;
  if (d == 0) mi_argument_error(&call, 1, "counts", "at least one count");
  for (int64_t j = 0; j < d; j++) {
    if (count[j] < 1) mi_argument_error(&call, 1, "counts", "integers >= 1");
    if (__builtin_mul_overflow(n, count[j], &n))
      mi_raise(L, "memory", "random.grid: out of memory");
  }
  if (bounds && bounds->shape[0] != d)
    mi_raise(L, "argument", "bad argument 'bounds' to '%s': %lld pairs expected, got %lld",
             call.name, (long long)d, (long long)bounds->shape[0]);
  mi_array *points = push_points(L, n, d);
  mi_grid(count, d, (double *)points->data);
  stretch(L, bounds, points);
  return 1;
}

static int latin_hypercube(lua_State *L) {
  mi_call call;
  mi_begin(&call, L, "random.latin_hypercube");
  int64_t n = mi_arg_integer(&call, 1, "n", 1, INT64_C(1) << 40);
  lua_settop(L, 3);
  mi_options_begin(&call, 3);
  const mi_array *bounds = option_bounds(&call);
  int64_t d = arg_dimensions(&call, bounds, INT64_C(1) << 20);
  int64_t seed = mi_option_integer(&call, "seed", 1, INT64_MIN, INT64_MAX);
  bool centred = mi_option_boolean(&call, "centred", false);
  int64_t tries = mi_option_integer(&call, "maximin", 1, 1, INT64_MAX);
  mi_options_end(&call);
  mi_array *points = push_points(L, n, d);
  mi_check(&call, mi_latin_hypercube((uint64_t)seed, n, d, centred, tries,
                                     (double *)points->data, &call.control));
  stretch(L, bounds, points);
  return 1;
}

static int sobol(lua_State *L) {
  static const char *const scrambles[] = {"owen", "shift", "none", NULL};
  mi_call call;
  mi_begin(&call, L, "random.sobol");
  int64_t n = mi_arg_integer(&call, 1, "n", 1, INT64_C(1) << 40);
  lua_settop(L, 3);
  mi_options_begin(&call, 3);
  const mi_array *bounds = option_bounds(&call);
  int64_t d = arg_dimensions(&call, bounds, MI_SOBOL_DIMENSIONS);
  int64_t seed = mi_option_integer(&call, "seed", 1, INT64_MIN, INT64_MAX);
  int scramble = mi_option_choice(&call, "scramble", MI_SCRAMBLE_OWEN, scrambles);
  int64_t first = mi_option_integer(&call, "first", 1, 1, INT64_C(1) << 52);
  mi_options_end(&call);
  mi_array *points = push_points(L, n, d);
  mi_check(&call, mi_sobol((uint64_t)seed, (mi_scramble)scramble, first - 1, n, d,
                           (double *)points->data, &call.control));
  stretch(L, bounds, points);
  return 1;
}

void mi_random_open_samplers(lua_State *L) {
  static const luaL_Reg functions[] = {
      {"grid", grid}, {"latin_hypercube", latin_hypercube}, {"sobol", sobol}, {NULL, NULL}};
  luaL_setfuncs(L, functions, 0);
}
