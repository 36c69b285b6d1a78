/* core/inference/exchange: evidences known in closed form, a mixture with two modes, the same bits
 * on two threads and after a checkpoint, and what is refused. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/inference/exchange.h"
#include "tests/core/cmocka_all.h"

#define PI 3.14159265358979323846

/* Data y_i = a + b x_i + noise of standard deviation s, normal priors on a and b. */
enum { POINTS = 40 };
typedef struct line {
  double x[POINTS], y[POINTS], s, prior;
} line;

static line line_data(void) {
  line d = {.s = 0.5, .prior = 3};
  mi_rng rng = mi_rng_stream(3, 1, 1);
  for (int i = 0; i < POINTS; i++) {
    d.x[i] = -1 + 2.0 * i / (POINTS - 1);
    d.y[i] = 1.3 - 0.7 * d.x[i] + d.s * mi_rng_normal(&rng);
  }
  return d;
}

static mi_status line_energy(void *context, void *state, const double *q, int moved,
                             double *energy) {
  const line *d = context;
  (void)state, (void)moved;
  *energy = POINTS * log(d->s * sqrt(2 * PI));
  for (int i = 0; i < POINTS; i++) {
    const double r = (d->y[i] - q[0] - q[1] * d->x[i]) / d->s;
    *energy += 0.5 * r * r;
  }
  return MI_OK;
}

static double line_square(const line *d) {
  double xx = 0;
  for (int i = 0; i < POINTS; i++) xx += d->x[i] * d->x[i];
  return xx;
}

/* y is normal with covariance s^2 + v^2 (1 + x x'): eigenvectors 1 and x are orthogonal here. */
static double line_evidence(const line *d) {
  const double v = d->prior * d->prior, s = d->s * d->s;
  const double xx = line_square(d);
  double yy = 0, y1 = 0, yx = 0;
  for (int i = 0; i < POINTS; i++) {
    yy += d->y[i] * d->y[i];
    y1 += d->y[i];
    yx += d->y[i] * d->x[i];
  }
  const double a = s + v * POINTS, b = s + v * xx;
  const double rest = yy - y1 * y1 / POINTS - yx * yx / xx;
  return -0.5 * (POINTS * log(2 * PI) + log(a) + log(b) + (POINTS - 2) * log(s) +
                 y1 * y1 / POINTS / a + yx * yx / xx / b + rest / s);
}

/* <E> at an inverse temperature, where the posterior is normal too. */
static double line_energy_at(const line *d, double beta) {
  const double s = d->s * d->s, v = d->prior * d->prior;
  double sum[2] = {0}, energy;
  const double square[2] = {POINTS, line_square(d)};
  for (int i = 0; i < POINTS; i++) {
    sum[0] += d->y[i];
    sum[1] += d->y[i] * d->x[i];
  }
  double q[2], spread = 0;
  for (int j = 0; j < 2; j++) {
    const double precision = beta * square[j] / s + 1 / v;
    q[j] = beta * sum[j] / s / precision;
    spread += square[j] / s / precision;
  }
  (void)line_energy((void *)d, NULL, q, -1, &energy);
  return energy + 0.5 * spread;
}

static mi_exchange_options quick(void) {
  mi_exchange_options o = mi_exchange_default();
  o.replicas = 16;
  o.burn_in = 1000;
  o.sweeps = 4000;
  return o;
}

static mi_exchange run_line(const line *d, const mi_prior *prior, bool lines, int64_t sweeps,
                            int threads) {
  mi_exchange run;
  mi_control control;
  mi_control_init(&control);
  control.threads = threads;
  const mi_exchange_model model = {.parameters = 2, .prior = prior, .energy = line_energy,
                                   .context = (void *)d, .lines = lines};
  mi_exchange_options o = quick();
  o.sweeps = sweeps;
  assert_int_equal(mi_exchange_begin(&run, &model, &o, &control), MI_OK);
  assert_int_equal(mi_exchange_advance(&run, INT64_MAX, &control), MI_OK);
  return run;
}

static void check_line(bool lines) {
  const line d = line_data();
  const mi_prior prior[] = {{MI_PRIOR_NORMAL, 0, d.prior}, {MI_PRIOR_NORMAL, 0, d.prior}};
  mi_exchange run = run_line(&d, prior, lines, 4000, 1);
  mi_evidence e;
  mi_exchange_evidence(&run, &e);
  const double exact = line_evidence(&d);
  assert_true(e.bridge_error > 0 && e.bridge_error < 0.15);
  assert_true(fabs(e.bridge - exact) < 4 * e.bridge_error);
  assert_true(fabs(e.integration - exact) < 4 * e.integration_error);
  assert_true(e.integration_error < 0.2);
  /* the posterior is normal, so one of its own mean and covariance is nearly the same */
  mi_normal_bridge normal;
  double pooled, pooled_error;
  assert_int_equal(mi_exchange_normal(&run, &normal, NULL), MI_OK);
  assert_true(normal.overlap > 0.9 && normal.error > 0 && normal.error < 0.05);
  assert_true(fabs(normal.value - exact) < 4 * normal.error);
  mi_evidence_pool(&e, &normal, &pooled, &pooled_error);
  assert_true(pooled_error < normal.error && fabs(pooled - exact) < 4 * pooled_error);
  double mean = 0;
  for (int64_t i = 0; i < run.kept; i++) mean += run.samples[2 * i] / (double)run.kept;
  double y1 = 0;
  for (int i = 0; i < POINTS; i++) y1 += d.y[i];
  const double precision = POINTS / (d.s * d.s) + 1 / (d.prior * d.prior);
  assert_true(fabs(mean - y1 / (d.s * d.s) / precision) < 0.02);
  for (int l = 1; l < run.options.replicas; l++)
    assert_true(fabs(run.acceptance[l] - 0.5) < 0.1);
  assert_true(fabs(mi_exchange_wbic(&run, POINTS) - line_energy_at(&d, 1 / log(POINTS))) < 0.1);
  mi_exchange_end(&run);
}

static void evidence_of_a_line(void **state) {
  (void)state;
  check_line(false);
}

static void evidence_with_moves_along_lines(void **state) {
  (void)state;
  check_line(true);
}

/* E(q) = -log of two narrow normal peaks at -4 and 4, weights 1/4 and 3/4. */
static mi_status two_peaks(void *context, void *state, const double *q, int moved,
                           double *energy) {
  (void)context, (void)state, (void)moved;
  const double s = 0.05, a = (q[0] + 4) / s, b = (q[0] - 4) / s;
  *energy = -log(0.25 * exp(-0.5 * a * a) + 0.75 * exp(-0.5 * b * b) + 1e-300) +
            log(s * sqrt(2 * PI));
  return MI_OK;
}

static void visits_both_modes(void **state) {
  (void)state;
  const mi_prior prior = {MI_PRIOR_UNIFORM, -10, 10};
  const mi_exchange_model model = {.parameters = 1, .prior = &prior, .energy = two_peaks};
  const mi_exchange_options o = quick();
  mi_exchange run;
  mi_evidence e;
  assert_int_equal(mi_exchange_begin(&run, &model, &o, NULL), MI_OK);
  assert_int_equal(mi_exchange_advance(&run, INT64_MAX, NULL), MI_OK);
  mi_exchange_evidence(&run, &e);
  double right = 0;
  for (int64_t i = 0; i < run.kept; i++) right += (run.samples[i] > 0) / (double)run.kept;
  assert_true(fabs(right - 0.75) < 0.12);
  assert_true(fabs(e.bridge - log(1 / 20.0)) < 4 * e.bridge_error);
  assert_true(e.bridge_error < 0.25);
  /* one normal distribution over both is no guide: the temperatures alone speak */
  mi_normal_bridge normal;
  double pooled, pooled_error;
  assert_int_equal(mi_exchange_normal(&run, &normal, NULL), MI_OK);
  assert_true(normal.overlap < 0.2);
  mi_evidence_pool(&e, &normal, &pooled, &pooled_error);
  assert_true(pooled == e.bridge && pooled_error == e.bridge_error);
  mi_exchange_end(&run);
}

/* Two narrow peaks that are swaps of each other, at (-4, 4) and (4, -4), weights 1/4 and 3/4. */
static mi_status swapped_peaks(void *context, void *state, const double *q, int moved,
                               double *energy) {
  (void)context, (void)state, (void)moved;
  const double s = 0.05, a = (q[0] + 4) / s, b = (q[1] - 4) / s, c = (q[0] - 4) / s,
               d = (q[1] + 4) / s;
  *energy = -log(0.25 * exp(-0.5 * (a * a + b * b)) + 0.75 * exp(-0.5 * (c * c + d * d)) + 1e-300) +
            2 * log(s * sqrt(2 * PI));
  return MI_OK;
}

/* Each swap is accepted with 1 or 1/3, so that draws are nearly independent in it. */
static void swaps_lead_to_the_other_mode(void **state) {
  (void)state;
  const mi_prior prior[] = {{MI_PRIOR_UNIFORM, -10, 10}, {MI_PRIOR_UNIFORM, -10, 10}};
  const int8_t order[] = {1, 0};
  const mi_exchange_model model = {.parameters = 2, .prior = prior, .energy = swapped_peaks,
                                   .swaps = 1, .swap = order};
  mi_exchange run;
  mi_evidence e;
  mi_exchange_options o = quick();
  o.thin = 1;
  assert_int_equal(mi_exchange_begin(&run, &model, &o, NULL), MI_OK);
  assert_int_equal(mi_exchange_advance(&run, INT64_MAX, NULL), MI_OK);
  mi_exchange_evidence(&run, &e);
  double right = 0;
  for (int64_t i = 0; i < run.kept; i++) right += (run.samples[2 * i] > 0) / (double)run.kept;
  assert_true(fabs(right - 0.75) < 0.04);
  assert_true(fabs(e.bridge - log(1 / 400.0)) < 4 * e.bridge_error);
  mi_exchange_end(&run);
}

/* A narrow well that a plain ladder falls into between two of its temperatures: E is 100 but for a
 * fiftieth of the prior, where it is 0 to 1. */
static mi_status well(void *context, void *state, const double *q, int moved, double *energy) {
  (void)context, (void)state, (void)moved;
  *energy = q[0] < 0.02 ? 50 * q[0] : 100;
  return MI_OK;
}

static void the_ladder_crosses_a_transition(void **state) {
  (void)state;
  const mi_prior prior = {MI_PRIOR_UNIFORM, 0, 1};
  const mi_exchange_model model = {.parameters = 1, .prior = &prior, .energy = well};
  const mi_exchange_options o = quick();
  mi_exchange run;
  mi_evidence e;
  assert_int_equal(mi_exchange_begin(&run, &model, &o, NULL), MI_OK);
  assert_int_equal(mi_exchange_advance(&run, INT64_MAX, NULL), MI_OK);
  double least = 1, most = 0;
  for (int l = 0; l + 1 < o.replicas; l++) {
    assert_true(run.beta[l] < run.beta[l + 1]);
    least = fmin(least, run.exchange[l]);
    most = fmax(most, run.exchange[l]);
  }
  assert_true(run.beta[0] == 0 && run.beta[o.replicas - 1] == 1);
  assert_true(least > 0.5 && most - least < 0.45);
  mi_exchange_evidence(&run, &e);
  const double exact = log(0.02 * (1 - exp(-1)));
  assert_true(fabs(e.bridge - exact) < 4 * e.bridge_error && e.bridge_error < 0.5);
  assert_true(fabs(e.integration - exact) < 4 * e.integration_error);
  mi_exchange_end(&run);
}

static void priors_are_normalised_and_drawn(void **state) {
  (void)state;
  const mi_prior priors[] = {{MI_PRIOR_UNIFORM, -1, 3},
                             {MI_PRIOR_NORMAL, 2, 0.5},
                             {MI_PRIOR_GAMMA, 5, 0.4},
                             {MI_PRIOR_LOG_UNIFORM, 0.1, 20},
                             {MI_PRIOR_LOG_NORMAL, 2, 0.7}};
  for (int kind = 0; kind < 5; kind++) {
    const mi_prior *p = priors + kind;
    double sum = 0, mean = 0, drawn = 0;
    for (int i = 0; i < 40000; i++) {
      const double z = -20 + 1e-3 * (i + 0.5), f = exp(mi_prior_log(p, z));
      sum += 1e-3 * f;
      mean += 1e-3 * f * z;
    }
    assert_true(fabs(sum - 1) < 1e-3);
    for (double z = -3; z < 3; z += 0.37) {
      const double a = mi_prior_coordinate(p, fmax(0.5, p->a)), inside = mi_prior_log(p, z);
      const double rise = mi_prior_rise(p, a, mi_prior_parameter(p, a), z,
                                        mi_prior_parameter(p, z));
      if (isinf(inside)) assert_true(rise == inside);
      else assert_true(fabs(rise - (inside - mi_prior_log(p, a))) < 1e-12 * (1 + fabs(rise)));
    }
    mi_rng rng = mi_rng_stream(1, 2, 3);
    for (int i = 0; i < 20000; i++) drawn += mi_prior_draw(p, &rng) / 20000;
    assert_true(fabs(drawn - mean) < 5 * mi_prior_spread(p) / sqrt(20000));
    assert_true(fabs(mi_prior_coordinate(p, mi_prior_parameter(p, mean)) - mean) < 1e-12);
  }
}

static void same_bits_on_two_threads(void **state) {
  (void)state;
  const line d = line_data();
  const mi_prior prior[] = {{MI_PRIOR_NORMAL, 0, d.prior}, {MI_PRIOR_UNIFORM, -5, 5}};
  mi_exchange one = run_line(&d, prior, false, 2000, 1), two = run_line(&d, prior, false, 2000, 2);
  assert_memory_equal(one.energies, two.energies, sizeof(double) * 16 * 2000);
  assert_memory_equal(one.samples, two.samples, sizeof(double) * 2 * 200);
  mi_exchange_end(&one);
  mi_exchange_end(&two);
}

static void continues_from_a_checkpoint(void **state) {
  (void)state;
  const line d = line_data();
  const mi_prior prior[] = {{MI_PRIOR_NORMAL, 0, d.prior}, {MI_PRIOR_NORMAL, 0, d.prior}};
  const mi_exchange_model model = {.parameters = 2, .prior = prior, .energy = line_energy,
                                   .context = (void *)&d};
  const mi_exchange_options o = quick();
  mi_exchange whole = run_line(&d, prior, false, 4000, 1), first, second;
  assert_int_equal(mi_exchange_begin(&first, &model, &o, NULL), MI_OK);
  assert_int_equal(mi_exchange_advance(&first, 2250, NULL), MI_OK);
  assert_int_equal(first.done, 2300);
  const size_t size = mi_exchange_size(&first);
  char *bytes = malloc(size);
  assert_non_null(bytes);
  mi_exchange_save(&first, bytes);
  assert_int_equal(mi_exchange_begin(&second, &model, &o, NULL), MI_OK);
  assert_int_equal(mi_exchange_restore(&second, bytes, size - 1, NULL), MI_EINVAL);
  assert_int_equal(mi_exchange_restore(&second, bytes, size, NULL), MI_OK);
  assert_int_equal(mi_exchange_advance(&second, INT64_MAX, NULL), MI_OK);
  assert_memory_equal(whole.energies, second.energies, sizeof(double) * 16 * 4000);
  assert_memory_equal(whole.acceptance, second.acceptance, sizeof(double) * 16);
  second.options.seed = 2;
  assert_int_equal(mi_exchange_restore(&second, bytes, size, NULL), MI_EINVAL);
  free(bytes);
  mi_exchange_end(&whole);
  mi_exchange_end(&first);
  mi_exchange_end(&second);
}

static mi_status impossible(void *context, void *state, const double *q, int moved,
                            double *energy) {
  (void)context, (void)state, (void)q, (void)moved;
  *energy = NAN;
  return MI_OK;
}

static mi_status failing(void *context, void *state, const double *q, int moved, double *energy) {
  (void)context, (void)state, (void)q, (void)moved, (void)energy;
  return MI_ECALLBACK;
}

static void refusals(void **state) {
  (void)state;
  const mi_prior good = {MI_PRIOR_NORMAL, 0, 1}, bad = {MI_PRIOR_UNIFORM, 2, 1};
  mi_exchange_model model = {.parameters = 1, .prior = &good, .energy = impossible};
  mi_exchange_options o = quick();
  mi_exchange run;
  mi_control control;
  mi_control_init(&control);
  assert_int_equal(mi_exchange_begin(&run, &model, &o, &control), MI_ENUMERIC);
  model.energy = failing;
  assert_int_equal(mi_exchange_begin(&run, &model, &o, &control), MI_ECALLBACK);
  model.prior = &bad;
  assert_int_equal(mi_exchange_begin(&run, &model, &o, &control), MI_EINVAL);
  assert_non_null(strstr(control.error, "parameter 1"));
  model.prior = &good;
  o.sweeps = 50;
  assert_int_equal(mi_exchange_begin(&run, &model, &o, &control), MI_EINVAL);
  o = quick();
  o.ratio = 0.5;
  assert_int_equal(mi_exchange_begin(&run, &model, &o, &control), MI_EINVAL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(evidence_of_a_line),
      cmocka_unit_test(evidence_with_moves_along_lines),
      cmocka_unit_test(visits_both_modes),
      cmocka_unit_test(swaps_lead_to_the_other_mode),
      cmocka_unit_test(the_ladder_crosses_a_transition),
      cmocka_unit_test(priors_are_normalised_and_drawn),
      cmocka_unit_test(same_bits_on_two_threads),
      cmocka_unit_test(continues_from_a_checkpoint),
      cmocka_unit_test(refusals),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
