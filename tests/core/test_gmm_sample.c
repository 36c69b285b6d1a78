/* core/gmm/sample: the energy against a plain sum, moves against a fresh evaluation at every level,
 * an evidence against quadrature, and the number of peaks that it finds. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/special.h"
#include "core/gmm/sample.h"
#include "tests/core/cmocka_all.h"

enum { N = 123 };

/* Two peaks on a background of 3, rounded to counts; on a grid that is uniform or not. */
static void data(double *x, double *y, bool uniform) {
  for (int i = 0; i < N; i++) {
    const double u = i / (N - 1.0);
    x[i] = 20 * (uniform ? u : u * (0.6 + 0.4 * u));
    const double a = (x[i] - 7) / 0.9, b = (x[i] - 12) / 1.5;
    y[i] = floor(3 + 200 * exp(-0.5 * a * a) + 90 * exp(-0.5 * b * b));
  }
}

static double model_at(const mi_gmm_sample_options *o, const double *q, double x) {
  const int stride = o->shape == MI_GMM_GAUSS ? 3 : 4;
  double m = o->background ? q[stride * o->k] : 0;
  for (int j = 0; j < o->k; j++) {
    const double *p = q + (ptrdiff_t)stride * j;
    const mi_gmm_component c = {1, p[1], p[2], stride == 4 ? p[3] : 0, 0};
    m += p[0] * mi_gmm_shape_at(o->shape, &c, x, NULL);
  }
  return m;
}

static double plain_energy(const mi_gmm_sample_options *o, const double *x, const double *y,
                           const double *q, double s) {
  double e = 0;
  for (int i = 0; i < N; i++) {
    const bool counts = o->likelihood == MI_GMM_POISSON;
    const double m = fmax(model_at(o, q, x[i]), counts ? 1e-6 * s : 0), off = (y[i] - m) / s;
    e += counts
             ? m / s - y[i] / s * log(m / s) + mi_lgamma(y[i] / s + 1)
             : 0.5 * off * off + log(s * sqrt(2 * M_PI));
  }
  return e;
}

static void check_moves(const mi_gmm_sample_options *o, bool uniform, int level) {
  double x[N], y[N], q[16] = {400, 7.2, 1, 0.3, 300, 11.5, 1.4, 0.6, 2.5, 4}, e;
  if (o->shape == MI_GMM_GAUSS) {
    const double gauss[] = {400, 7.2, 1, 300, 11.5, 1.4, 2.5, 4};
    memcpy(q, gauss, sizeof gauss);
  }
  mi_gmm_sample s;
  mi_control control;
  mi_control_init(&control);
  control.isa = (mi_isa)level;
  data(x, y, uniform);
  assert_int_equal(mi_gmm_sample_begin(&s, o, x, y, N, &control), MI_OK);
  void *state = aligned_alloc(64, (s.model.state_size + 63) / 64 * 64);
  memset(state, 0, s.model.state_size);
  assert_int_equal(s.model.energy(&s, state, q, -1, &e), MI_OK);
  s.model.accept(&s, state);
  mi_rng rng = mi_rng_stream(1, 1, 1);
  for (int i = 0; i < 60; i++) {
    const int j = i % s.model.parameters;
    const double old = q[j];
    q[j] *= 0.8 + 0.4 * mi_rng_uniform(&rng);
    assert_int_equal(s.model.energy(&s, state, q, j, &e), MI_OK);
    const double noise = o->noise > 0 ? o->noise : q[s.model.parameters - 1];
    const double plain = plain_energy(o, x, y, q, noise);
    const double tilt = mi_gmm_sample_tilt(&s, q);
    assert_true(fabs(e - tilt - plain) < 1e-11 * fabs(plain) + 1e-9);
    if (i % 3 == 0) {
      q[j] = old;
    } else {
      s.model.accept(&s, state);
    }
  }
  free(state);
  mi_gmm_sample_end(&s);
}

static void moves_agree_with_a_plain_sum(void **state) {
  (void)state;
  for (int level = 0; level <= (int)mi_isa_best(); level++)
    for (int kind = 0; kind < 8; kind++) {
      mi_gmm_sample_options o = mi_gmm_sample_default();
      o.k = 2;
      o.background = true;
      o.shape = kind & 1 ? MI_GMM_PSEUDO_VOIGT : MI_GMM_GAUSS;
      o.likelihood = kind & 2 ? MI_GMM_NORMAL : MI_GMM_POISSON;
      o.noise = kind & 2 ? 0 : 1.5;
      check_moves(&o, kind & 4, level);
    }
}

/* The bridge to a normal distribution is judged where there is one; it and the temperatures agree. */
static void check_normal(const mi_exchange *run, const mi_evidence *e) {
  mi_normal_bridge normal;
  assert_int_equal(mi_exchange_normal(run, &normal, NULL), MI_OK);
  if (normal.overlap < 0.2) return;
  assert_true(normal.error < 0.2);
  assert_true(fabs(normal.value - e->bridge) < 4 * hypot(normal.error, e->bridge_error));
}

static mi_evidence evidence_of(const mi_gmm_sample_options *o, const double *x, const double *y,
                               int64_t sweeps) {
  mi_gmm_sample s;
  mi_exchange run;
  mi_evidence e;
  mi_exchange_options options = mi_exchange_default();
  options.replicas = 20;
  options.burn_in = sweeps / 4;
  options.sweeps = sweeps - sweeps / 4;
  assert_int_equal(mi_gmm_sample_begin(&s, o, x, y, N, NULL), MI_OK);
  assert_int_equal(mi_exchange_begin(&run, &s.model, &options, NULL), MI_OK);
  assert_int_equal(mi_exchange_advance(&run, INT64_MAX, NULL), MI_OK);
  mi_exchange_evidence(&run, &e);
  check_normal(&run, &e);
  mi_exchange_end(&run);
  mi_gmm_sample_end(&s);
  return e;
}

/* Position and width known, an area with a gamma prior: an integral of one dimension. */
static void evidence_of_an_area(void **state) {
  (void)state;
  double x[N], y[N];
  data(x, y, true);
  mi_gmm_sample_options o = mi_gmm_sample_default();
  o.background = true;
  o.prior[MI_PRIOR_AREA] = (mi_prior){MI_PRIOR_GAMMA, 2, 300};
  o.prior[MI_PRIOR_MU] = (mi_prior){MI_PRIOR_UNIFORM, 7, 7 + 1e-9};
  o.prior[MI_PRIOR_SIGMA] = (mi_prior){MI_PRIOR_LOG_UNIFORM, 0.9, 0.9 + 1e-9};
  o.prior[MI_PRIOR_BASE] = (mi_prior){MI_PRIOR_LOG_UNIFORM, 3, 3 + 1e-9};
  double least = HUGE_VAL, sum = 0;
  for (int pass = 0; pass < 2; pass++)
    for (int i = 1; i < 4000; i++) {
      const double q[] = {0.5 * i, 7, 0.9, 3}, z = log(q[0]);
      const double e = plain_energy(&o, x, y, q, 1) - mi_prior_log(o.prior, z) + z;
      if (pass == 0) least = fmin(least, e);
      if (pass == 1) sum += 0.5 * exp(-(e - least));
    }
  const double exact = log(sum) - least;
  const mi_evidence e = evidence_of(&o, x, y, 4000);
  assert_true(e.bridge_error < 0.3);
  assert_true(fabs(e.bridge - exact) < 4 * e.bridge_error);
  assert_true(fabs(e.integration - exact) < 4 * e.integration_error);
}

/* The same with normal noise of unknown deviation: an integral of two dimensions. Whatever prior the
 * noise has, the ladder's own prior of it leaves no trace. */
static void evidence_of_an_area_and_noise(void **state) {
  (void)state;
  const mi_prior priors[] = {{MI_PRIOR_LOG_UNIFORM, 0.5, 200}, {MI_PRIOR_UNIFORM, 1, 60},
                             {MI_PRIOR_GAMMA, 2, 30}, {MI_PRIOR_LOG_UNIFORM, 30, 31}};
  double x[N], y[N];
  data(x, y, true);
  mi_gmm_sample_options o = mi_gmm_sample_default();
  o.likelihood = MI_GMM_NORMAL;
  o.noise = 0;
  o.prior[MI_PRIOR_AREA] = (mi_prior){MI_PRIOR_GAMMA, 2, 300};
  o.prior[MI_PRIOR_MU] = (mi_prior){MI_PRIOR_UNIFORM, 7, 7 + 1e-9};
  o.prior[MI_PRIOR_SIGMA] = (mi_prior){MI_PRIOR_LOG_UNIFORM, 0.9, 0.9 + 1e-9};
  for (size_t p = 0; p < sizeof priors / sizeof *priors; p++) {
    o.prior[MI_PRIOR_NOISE] = priors[p];
    const bool flat = priors[p].kind == MI_PRIOR_UNIFORM;
    const bool open = priors[p].kind == MI_PRIOR_GAMMA;
    const double low = log(open ? 1 : priors[p].a), high = log(open ? 400 : priors[p].b);
    double sum = 0, least = HUGE_VAL;
    for (int pass = 0; pass < 2; pass++)
      for (double u = low + (high - low) / 400; u < high; u += (high - low) / 200)
        for (double a = 350; a < 700; a += 4) {
          const double q[] = {a, 7, 0.9}, s = exp(u);
          const double prior = mi_prior_log(o.prior, log(a)) - log(a) +
                               mi_prior_log(priors + p, flat ? s : u) + (flat ? u : 0);
          const double e = plain_energy(&o, x, y, q, s) - prior;
          if (pass == 0) least = fmin(least, e);
          if (pass == 1) sum += (high - low) / 200 * 4 * exp(least - e);
        }
    const double exact = log(sum) - least;
    const mi_evidence e = evidence_of(&o, x, y, 4000);
    assert_true(e.bridge_error < 0.3);
    assert_true(fabs(e.bridge - exact) < 4 * hypot(e.bridge_error, 0.02));
    assert_true(fabs(e.integration - exact) < 4 * e.integration_error);
  }
}

/* The noise is sampled with the peaks: at a middle temperature it falls from that of the data to
 * that of the fit, and the peaks with it. */
static void evidence_with_unknown_noise(void **state) {
  (void)state;
  double x[N], y[N];
  mi_rng rng = mi_rng_stream(5, 1, 1);
  data(x, y, true);
  for (int i = 0; i < N; i++) y[i] += 4 * mi_rng_normal(&rng);
  mi_gmm_sample_options o = mi_gmm_sample_default();
  o.k = 2;
  o.background = true;
  o.likelihood = MI_GMM_NORMAL;
  o.noise = 0;
  const mi_evidence e = evidence_of(&o, x, y, 6000), longer = evidence_of(&o, x, y, 20000);
  assert_true(e.bridge_error < 1 && e.integration_error < 1.5);
  assert_true(fabs(e.bridge - e.integration) < 3 * hypot(e.bridge_error, e.integration_error));
  assert_true(fabs(e.bridge - longer.bridge) <
              4 * hypot(e.bridge_error, longer.bridge_error));
  o.noise = 4; /* 1e-4 to 1 of the range of y: about what a parameter of its own costs */
  const mi_evidence known = evidence_of(&o, x, y, 6000);
  assert_true(known.bridge > e.bridge && known.bridge < e.bridge + 8);
}

static void evidence_prefers_the_true_number(void **state) {
  (void)state;
  double x[N], y[N], evidence[4];
  data(x, y, true);
  for (int k = 1; k <= 3; k++) {
    mi_gmm_sample_options o = mi_gmm_sample_default();
    o.k = k;
    o.background = true;
    evidence[k] = evidence_of(&o, x, y, 4000).bridge;
  }
  assert_true(evidence[2] > evidence[1] + 20 && evidence[2] > evidence[3] + 1);
}

static void refusals(void **state) {
  (void)state;
  double x[N], y[N];
  mi_gmm_sample s;
  mi_control control;
  mi_control_init(&control);
  mi_gmm_sample_options o = mi_gmm_sample_default();
  data(x, y, true);
  y[4] = -1;
  assert_int_equal(mi_gmm_sample_begin(&s, &o, x, y, N, &control), MI_EINVAL);
  assert_non_null(strstr(control.error, "point 5"));
  memset(y, 0, sizeof y);
  assert_int_equal(mi_gmm_sample_begin(&s, &o, x, y, N, &control), MI_EINVAL);
  data(x, y, true);
  assert_int_equal(mi_gmm_sample_begin(&s, &o, x, y, 1, &control), MI_EINVAL);
  x[3] = x[2];
  assert_int_equal(mi_gmm_sample_begin(&s, &o, x, y, N, &control), MI_EINVAL);
  o.noise = 0;
  assert_int_equal(mi_gmm_sample_begin(&s, &o, x, y, N, &control), MI_EINVAL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(moves_agree_with_a_plain_sum),
      cmocka_unit_test(evidence_of_an_area),
      cmocka_unit_test(evidence_of_an_area_and_noise),
      cmocka_unit_test(evidence_with_unknown_noise),
      cmocka_unit_test(evidence_prefers_the_true_number),
      cmocka_unit_test(refusals),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
