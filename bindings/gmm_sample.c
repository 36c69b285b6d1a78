/* Exchange Monte Carlo of peaks for Lua: options and priors in, the evidence and samples out. */
#include "core/gmm/sample.h"

#include <string.h>

#include "bindings/binding.h"
#include "bindings/gmm.h"

static const char *const shapes[] = {"gauss", "pseudo-voigt", NULL};
static const char *const likelihoods[] = {"poisson", "normal", NULL};

static void end_sample(void *sample) { mi_gmm_sample_end(sample); }
static void end_run(void *run) { mi_exchange_end(run); }

static void read_model(mi_call *call, mi_gmm_sample_options *o) {
  o->shape = (mi_gmm_shape)mi_option_choice(call, "shape", (int)o->shape, shapes);
  o->k = (int)mi_option_integer(call, "k", o->k, 1, MI_GMM_MOST);
  o->background = mi_option_boolean(call, "background", o->background);
  o->likelihood =
      (mi_gmm_likelihood)mi_option_choice(call, "likelihood", (int)o->likelihood, likelihoods);
  o->noise = mi_option_number(call, "noise", o->likelihood == MI_GMM_POISSON ? 1 : 0);
}

static void read_run(mi_call *call, mi_exchange_options *o) {
  o->replicas = (int)mi_option_integer(call, "replicas", o->replicas, 3, 10000);
  o->ratio = mi_option_number(call, "ratio", o->ratio);
  o->burn_in = mi_option_integer(call, "burn_in", o->burn_in, 0, INT32_MAX);
  o->sweeps = mi_option_integer(call, "sweeps", o->sweeps, 1, INT32_MAX);
  o->thin = mi_option_integer(call, "thin", o->thin, 1, INT32_MAX);
  o->seed = (uint64_t)mi_option_integer(call, "seed", 1, 0, INT64_MAX);
}

/* Rows (kind, a, b) in the order of MI_PRIOR_AREA ...; (0, 0, 0) is the default. */
static void read_priors(mi_call *call, int index, mi_gmm_sample_options *o) {
  const mi_array *rows = mi_arg_matrix(call, index, "priors");
  if (rows->shape[0] != MI_GMM_PRIORS || rows->shape[1] != 3)
    mi_argument_error(call, index, "priors", "array [6 x 3]");
  for (int i = 0; i < MI_GMM_PRIORS; i++) {
    const double *row = (const double *)rows->data + 3 * (ptrdiff_t)i;
    o->prior[i] = (mi_prior){(mi_prior_kind)row[0], row[1], row[2]};
  }
}

static void set_vector(lua_State *L, const char *name, const double *values, int64_t n) {
  mi_push_vector(L, values, n);
  lua_setfield(L, -2, name);
}

/* table[name] = samples of `count` parameters, `stride` apart from `first` on: [kept x count] */
static void set_samples(lua_State *L, const char *name, const mi_exchange *run, int first,
                        int stride, int count) {
  const int64_t matrix[] = {run->kept, count}, vector[] = {run->kept};
  double *to = (double *)mi_push_array(L, MI_F64, count > 0 ? 2 : 1,
                                       count > 0 ? matrix : vector)->data;
  const int width = count > 0 ? count : 1;
  for (int64_t i = 0; i < run->kept; i++)
    for (int j = 0; j < width; j++)
      to[i * width + j] = run->samples[i * run->model.parameters + first + j * stride];
  lua_setfield(L, -2, name);
}

static void push_samples(lua_State *L, const mi_gmm_sample *s, const mi_exchange *run) {
  static const char *const names[] = {"area", "mu", "sigma", "eta"};
  const int stride = mi_gmm_sample_stride(s), k = s->options.k;
  for (int i = 0; i < stride; i++) set_samples(L, names[i], run, i, stride, k);
  if (s->options.background) set_samples(L, "base", run, stride * k, 0, 0);
  if (s->options.likelihood == MI_GMM_NORMAL && s->options.noise == 0)
    set_samples(L, "noise", run, run->model.parameters - 1, 0, 0);
}

/* Mean of what the energy has beside the -log likelihood. */
static double mean_tilt(const mi_gmm_sample *s, const mi_exchange *run) {
  double sum = 0;
  for (int64_t i = 0; i < run->kept; i++)
    sum += mi_gmm_sample_tilt(s, run->samples + i * run->model.parameters);
  return run->kept > 0 ? sum / (double)run->kept : 0;
}

static void push_result(lua_State *L, const mi_gmm_sample *s, const mi_exchange *run,
                        const mi_normal_bridge *normal) {
  mi_evidence e;
  double value, error;
  mi_exchange_evidence(run, &e);
  mi_evidence_pool(&e, normal, &value, &error);
  lua_createtable(L, 0, 24);
  mi_set_number(L, "log_evidence", value);
  mi_set_number(L, "log_evidence_error", error);
  mi_set_number(L, "log_evidence_ladder", e.bridge);
  mi_set_number(L, "log_evidence_ladder_error", e.bridge_error);
  mi_set_number(L, "overlap", normal->overlap);
  mi_set_number(L, "log_evidence_integrated", e.integration);
  mi_set_number(L, "log_evidence_integrated_error", e.integration_error);
  mi_set_number(L, "energy", e.energy - mean_tilt(s, run));
  mi_set_number(L, "wbic", s->n > 2 ? mi_exchange_wbic(run, (double)s->n) : 0);
  set_vector(L, "beta", run->beta, run->options.replicas);
  set_vector(L, "acceptance", run->acceptance, run->options.replicas);
  set_vector(L, "exchange", run->exchange, run->options.replicas - 1);
  mi_set_string(L, "shape", shapes[s->options.shape]);
  mi_set_string(L, "likelihood", likelihoods[s->options.likelihood]);
  mi_set_integer(L, "k", s->options.k);
  push_samples(L, s, run);
}

int mi_gmm_sample_call(lua_State *L) {
  mi_call call;
  mi_gmm_sample_options o = mi_gmm_sample_default();
  mi_exchange_options run_options = mi_exchange_default();
  mi_begin(&call, L, "gmm.sample");
  lua_settop(L, 4);
  const mi_array *x = mi_arg_vector(&call, 1, "x"), *y = mi_arg_vector(&call, 2, "y");
  if (x->shape[0] != y->shape[0]) mi_argument_error(&call, 2, "y", "array as long as x");
  mi_options_begin(&call, 3);
  read_model(&call, &o);
  read_run(&call, &run_options);
  mi_options_end(&call);
  read_priors(&call, 4, &o);
  mi_gmm_sample *s = mi_push_owned(L, sizeof *s, end_sample);
  mi_exchange *run = mi_push_owned(L, sizeof *run, end_run);
  mi_check(&call, mi_gmm_sample_begin(s, &o, (const double *)x->data, (const double *)y->data,
                                      (size_t)x->shape[0], &call.control));
  mi_check(&call, mi_exchange_begin(run, &s->model, &run_options, &call.control));
  mi_check(&call, mi_exchange_advance(run, INT64_MAX, &call.control));
  mi_normal_bridge normal;
  mi_check(&call, mi_exchange_normal(run, &normal, &call.control));
  push_result(L, s, run, &normal);
  return 1;
}
