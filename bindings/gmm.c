/* Lua module matinf.c.gmm: mixtures of peaks; scripts/matinf/gmm.lua gives the tables a class. */
#include "core/gmm/gmm.h"

#include <string.h>

#include "bindings/binding.h"
#include "bindings/gmm.h"

static const char *const shapes[] = {"gauss", "pseudo-voigt", "lorentz", "doniach", NULL};
static const char *const weights[] = {"cell", "intensity", NULL};
static const char *const backgrounds[] = {"none", "constant", "linear", NULL};

static void read_options(mi_call *call, mi_gmm_options *o) {
  o->shape = (mi_gmm_shape)mi_option_choice(call, "shape", (int)o->shape, shapes);
  o->weight = (mi_gmm_weight)mi_option_choice(call, "weight", (int)o->weight, weights);
  o->background =
      (mi_gmm_background)mi_option_choice(call, "background", (int)o->background, backgrounds);
  o->k = (int)mi_option_integer(call, "k", o->k, 1, MI_GMM_MOST);
  o->sigma_min = mi_option_number(call, "sigma_min", o->sigma_min);
  o->sigma_max = mi_option_number(call, "sigma_max", o->sigma_max);
  o->tolerance = mi_option_number(call, "tolerance", o->tolerance);
  o->tolerance_nats = mi_option_number(call, "tolerance_nats", o->tolerance_nats);
  o->max_iterations =
      (int)mi_option_integer(call, "max_iterations", o->max_iterations, 1, 10000000);
  o->steps = (int)mi_option_integer(call, "steps", 0, 0, 10000000);
  o->accelerate = mi_option_boolean(call, "accelerate", o->accelerate);
  o->starts = (int)mi_option_integer(call, "starts", o->starts, 0, 100000);
  o->seed = (uint64_t)mi_option_integer(call, "seed", 1, 0, INT64_MAX);
  o->alpha = mi_option_number(call, "alpha", o->alpha);
  o->noise = mi_option_number(call, "noise", o->noise);
  o->errors = mi_option_boolean(call, "errors", o->errors);
}

/* The rows (pi, mu, sigma, eta, skew) of the peaks and the background at index, or NULL for nil. */
static const mi_gmm_component *read_start(mi_call *call, int index, mi_gmm_options *o) {
  if (lua_isnoneornil(call->L, index)) return NULL;
  const mi_array *rows = mi_arg_matrix(call, index, "start");
  if (rows->shape[1] != MI_GMM_VALUES || rows->shape[0] < 1 || rows->shape[0] > MI_GMM_MOST)
    mi_argument_error(call, index, "start", "1 to 32 components");
  o->k = (int)rows->shape[0] - mi_gmm_bases(o->background);
  if (o->k < 1) mi_argument_error(call, index, "start", "at least one peak");
  return (const mi_gmm_component *)(const void *)rows->data;
}

static const char *const members[MI_GMM_VALUES] = {"pi", "mu", "sigma", "eta", "skew"};

/* table[name] = one member of count components, as an array of the shape given. */
static void set_member(lua_State *L, const mi_gmm_component *c, int64_t count, int member,
                       int ndim, const int64_t *shape) {
  double *to = (double *)mi_push_array(L, MI_F64, ndim, shape)->data;
  for (int64_t j = 0; j < count; j++) {
    const double values[] = {c[j].pi, c[j].mu, c[j].sigma, c[j].eta, c[j].skew};
    to[j] = values[member];
  }
  lua_setfield(L, -2, members[member]);
}

/* A table of arrays [k], or [rows x k] for a map (rows > 0). */
static void push_components(lua_State *L, const mi_gmm_component *c, int64_t rows, int k) {
  const int64_t vector[] = {k}, matrix[] = {rows, k};
  lua_createtable(L, 0, 24);
  for (int member = 0; member < MI_GMM_VALUES; member++) {
    if (rows > 0) {
      set_member(L, c, rows * k, member, 2, matrix);
    } else {
      set_member(L, c, k, member, 1, vector);
    }
  }
}

static void push_result(lua_State *L, const mi_gmm_options *o, const mi_gmm_result *r) {
  static const char *const reasons[] = {"tolerance", "iterations", "steps"};
  push_components(L, r->component, 0, r->k);
  push_components(L, r->error, 0, r->k);
  lua_setfield(L, -2, "errors");
  mi_push_vector(L, r->scale, r->k);
  lua_setfield(L, -2, "scale");
  const int bases = mi_gmm_bases(o->background);
  double *shares = (double *)mi_push_vector(L, NULL, bases)->data;
  for (int j = 0; j < bases; j++) shares[j] = r->component[r->k + j].pi;
  lua_setfield(L, -2, "background_pi");
  mi_push_vector(L, r->base, 2);
  lua_setfield(L, -2, "base");
  mi_set_string(L, "background", backgrounds[o->background]);
  mi_set_string(L, "shape", shapes[o->shape]);
  mi_set_integer(L, "k", r->k);
  mi_set_number(L, "log_likelihood", r->log_likelihood);
  mi_set_number(L, "weight", r->weight);
  mi_set_number(L, "misfit", r->misfit);
  mi_set_integer(L, "iterations", r->iterations);
  mi_set_boolean(L, "converged", r->reason == MI_GMM_TOLERANCE);
  mi_set_string(L, "reason", reasons[r->reason]);
}

/* fit(x, y, options, start or nil, want_trace) -> table of fields */
static int fit(lua_State *L) {
  mi_call call;
  mi_gmm_options o = mi_gmm_options_default();
  mi_gmm_result result;
  mi_begin(&call, L, "gmm.fit");
  lua_settop(L, 5);
  const mi_array *x = mi_arg_vector(&call, 1, "x"), *y = mi_arg_vector(&call, 2, "y");
  if (x->shape[0] != y->shape[0]) mi_argument_error(&call, 2, "y", "array as long as x");
  mi_options_begin(&call, 3);
  read_options(&call, &o);
  mi_options_end(&call);
  const mi_gmm_component *start = read_start(&call, 4, &o);
  double *trace = NULL;
  const int most = o.steps > 0 ? o.steps : o.max_iterations;
  if (lua_toboolean(L, 5)) trace = mi_scratch(L, (size_t)most + 1, sizeof *trace);
  mi_check(&call, mi_gmm_fit(&o, (const double *)x->data, (const double *)y->data,
                             (size_t)x->shape[0], start, trace, &result, &call.control));
  push_result(L, &o, &result);
  if (trace) {
    mi_push_vector(L, trace, result.iterations + 1);
    lua_setfield(L, -2, "trace");
  }
  return 1;
}

/* map(x, y [m x n], options, start or nil, warm) -> table of fields */
static int map(lua_State *L) {
  mi_call call;
  mi_gmm_options o = mi_gmm_options_default();
  mi_begin(&call, L, "gmm.map");
  lua_settop(L, 5);
  o.errors = false;
  const mi_array *x = mi_arg_vector(&call, 1, "x"), *y = mi_arg_matrix(&call, 2, "y");
  if (x->shape[0] != y->shape[1])
    mi_argument_error(&call, 2, "y", "array [m x n], spectra as long as x");
  mi_options_begin(&call, 3);
  read_options(&call, &o);
  mi_options_end(&call);
  const mi_gmm_component *start = read_start(&call, 4, &o);
  const bool warm = lua_toboolean(L, 5);
  const int64_t m = y->shape[0], flat[] = {m}, matrix[] = {m, o.k};
  const size_t all = (size_t)m * (size_t)o.k;
  mi_gmm_map r = {.component = mi_scratch(L, all, sizeof *r.component)};
  if (o.errors) r.error = mi_scratch(L, all, sizeof *r.error);
  lua_createtable(L, 0, 8);
  r.scale = (double *)mi_push_array(L, MI_F64, 2, matrix)->data;
  lua_setfield(L, -2, "scale");
  r.log_likelihood = (double *)mi_push_array(L, MI_F64, 1, flat)->data;
  lua_setfield(L, -2, "log_likelihood");
  r.weight = (double *)mi_push_array(L, MI_F64, 1, flat)->data;
  lua_setfield(L, -2, "weight");
  r.misfit = (double *)mi_push_array(L, MI_F64, 1, flat)->data;
  lua_setfield(L, -2, "misfit");
  r.iterations = (int64_t *)mi_push_array(L, MI_I64, 1, flat)->data;
  lua_setfield(L, -2, "iterations");
  r.reason = (uint8_t *)mi_push_array(L, MI_U8, 1, flat)->data;
  lua_setfield(L, -2, "reason");
  mi_check(&call, mi_gmm_fit_map(&o, (const double *)x->data, (size_t)x->shape[0],
                                 (const double *)y->data, (size_t)m, start, warm, &r,
                                 &call.control));
  push_components(L, r.component, m, o.k);
  lua_setfield(L, -2, "components");
  if (o.errors) push_components(L, r.error, m, o.k);
  if (o.errors) lua_setfield(L, -2, "errors");
  mi_set_string(L, "shape", shapes[o.shape]);
  mi_set_integer(L, "k", o.k);
  return 1;
}

/* align(mu [m x k], sigma [m x k], columns) -> order [m x k], from 1 */
static int align(lua_State *L) {
  mi_call call;
  mi_begin(&call, L, "gmm.Map:aligned");
  const mi_array *mu = mi_arg_matrix(&call, 1, "mu"), *sigma = mi_arg_matrix(&call, 2, "sigma");
  const int64_t m = mu->shape[0], k = mu->shape[1];
  const int64_t columns = mi_arg_integer(&call, 3, "columns", 1, INT64_MAX);
  if (sigma->shape[0] != m || sigma->shape[1] != k || k < 1 || k > MI_GMM_MOST)
    mi_argument_error(&call, 2, "sigma", "array of the shape of mu, at most 32 columns");
  const size_t all = (size_t)m * (size_t)k;
  mi_gmm_component *c = mi_scratch(L, all, sizeof *c);
  int *order = mi_scratch(L, all, sizeof *order);
  for (size_t i = 0; i < all; i++)
    c[i] = (mi_gmm_component){.mu = ((const double *)mu->data)[i],
                              .sigma = ((const double *)sigma->data)[i]};
  mi_gmm_align(c, (size_t)m, (int)k, (size_t)columns, order);
  int64_t *to = (int64_t *)mi_push_array(L, MI_I64, 2, mu->shape)->data;
  for (size_t i = 0; i < all; i++) to[i] = order[i] + 1;
  return 1;
}

/* evaluate(shape, rows [k x 5] of (scale, mu, sigma, eta, skew), x) -> intensities [n x k] */
static int evaluate(lua_State *L) {
  mi_call call;
  mi_begin(&call, L, "gmm.Fit:evaluate");
  const mi_gmm_shape shape = (mi_gmm_shape)mi_arg_choice(&call, 1, "shape", shapes);
  const mi_array *rows = mi_arg_matrix(&call, 2, "components"), *x = mi_arg_vector(&call, 3, "x");
  if (rows->shape[1] != MI_GMM_VALUES)
    mi_argument_error(&call, 2, "components", "array [k x 5]");
  const mi_gmm_component *c = (const mi_gmm_component *)(const void *)rows->data;
  const int64_t n = x->shape[0], k = rows->shape[0], size[] = {n, k};
  double *to = (double *)mi_push_array(L, MI_F64, 2, size)->data;
  for (int64_t i = 0; i < n; i++)
    for (int64_t j = 0; j < k; j++)
      to[i * k + j] = c[j].pi * mi_gmm_shape_at(shape, c + j, ((const double *)x->data)[i], NULL);
  return 1;
}

MI_EXPORT int luaopen_matinf_c_gmm(lua_State *L);
int luaopen_matinf_c_gmm(lua_State *L) {
  static const luaL_Reg functions[] = {
      {"fit", fit}, {"map", map}, {"align", align},
      {"evaluate", evaluate}, {"sample", mi_gmm_sample_call}, {NULL, NULL}};
  luaL_newlib(L, functions);
  return 1;
}
