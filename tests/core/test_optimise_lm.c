/* core/base/optimise_lm: the NIST StRD problems, bounds, rank, callbacks that fail. */
#include <signal.h>

#include "core/base/optimise_lm.h"
#include "tests/core/cmocka_all.h"
#include "tests/core/gradient.h"
#include "tests/core/nist.h"

/* ---- NIST StRD ------------------------------------------------------------------------------- */

static mi_status nist_residual(void *context, const double *b, double *residual) {
  const nist_problem *problem = context;
  double complex z[10];
  for (int j = 0; j < problem->parameters; j++) z[j] = b[j];
  for (int i = 0; i < problem->count; i++)
    residual[i] = problem->y[i] - creal(problem->model(problem->x[i], z));
  return MI_OK;
}

static mi_status nist_jacobian(void *context, const double *b, double *jacobian) {
  const nist_problem *problem = context;
  const int n = problem->parameters;
  double complex z[10];
  for (int j = 0; j < n; j++) z[j] = b[j];
  for (int j = 0; j < n; j++) {
    z[j] = b[j] + 1e-30 * I;
    for (int i = 0; i < problem->count; i++)
      jacobian[i * n + j] = -cimag(problem->model(problem->x[i], z)) / 1e-30;
    z[j] = b[j];
  }
  return MI_OK;
}

static mi_lm_problem nist_fit_problem(nist_problem *nist, bool analytic) {
  return (mi_lm_problem){.residuals = nist->count, .parameters = nist->parameters,
                         .residual = nist_residual, .jacobian = analytic ? nist_jacobian : NULL,
                         .context = nist};
}

/* The greatest relative errors of the parameters and of their standard deviations. */
static void nist_errors(const nist_problem *nist, const mi_lm_result *fit, double *parameter,
                        double *deviation) {
  *parameter = *deviation = 0;
  for (int j = 0; j < nist->parameters; j++) {
    const double sd = sqrt(fit->covariance[j * (nist->parameters + 1)]);
    *parameter = fmax(*parameter, fabs(fit->p[j] / nist->certified[j] - 1));
    *deviation = fmax(*deviation, fabs(sd / nist->deviation[j] - 1));
  }
}

/* From these starts the method walks into another valley, as it is known to do: BoxBOD to the
 * plateau b2 = infinity, MGH10 along a bent valley for more steps than it is given. */
static bool nist_is_out_of_reach(const char *name, int start) {
  return start == 0 && (strcmp(name, "BoxBOD") == 0 || strcmp(name, "MGH10") == 0);
}

static void nist_fit(const struct nist_entry *entry, int start, bool analytic, double tolerance) {
  nist_problem nist;
  mi_lm_result fit;
  mi_lm_options options = mi_lm_default();
  double parameter, deviation;
  assert_true(nist_read(entry, &nist));
  options.iterations = 1000;
  const mi_lm_problem problem = nist_fit_problem(&nist, analytic);
  assert_int_equal(mi_lm_fit(&problem, &options, nist.start[start], &fit, NULL), MI_OK);
  nist_errors(&nist, &fit, &parameter, &deviation);
  if (!mi_lm_converged(fit.reason) || parameter > tolerance || deviation > 10 * tolerance ||
      fabs(2 * fit.cost / nist.squares - 1) > 1e-9)
    fail_msg("%s, start %d: parameters off by %.1e, deviations by %.1e, %s", entry->name, start + 1,
             parameter, deviation, mi_lm_reason_name(fit.reason));
  assert_int_equal(fit.rank, nist.parameters);
  mi_lm_free(&fit);
}

static void nist_certified_to_eight_digits(void **state) {
  (void)state;
  for (size_t k = 0; k < NIST_PROBLEMS; k++) {
    for (int start = 0; start < 2; start++) {
      if (!nist_is_out_of_reach(nist_entries[k].name, start))
        nist_fit(&nist_entries[k], start, true, 2e-9);
    }
  }
}

static void nist_by_differences(void **state) {
  (void)state;
  for (size_t k = 0; k < NIST_PROBLEMS; k++) {
    for (int start = 0; start < 2; start++) {
      if (!nist_is_out_of_reach(nist_entries[k].name, start))
        nist_fit(&nist_entries[k], start, false, 1e-7);
    }
  }
}

static void boxbod_within_bounds_from_its_far_start(void **state) {
  (void)state;
  nist_problem nist;
  mi_lm_result fit;
  double parameter, deviation;
  assert_true(nist_read(&nist_entries[14], &nist));
  mi_lm_problem problem = nist_fit_problem(&nist, true);
  problem.lower = (double[]){0, 0};
  problem.upper = (double[]){1000, 1};
  assert_int_equal(mi_lm_fit(&problem, NULL, nist.start[0], &fit, NULL), MI_OK);
  nist_errors(&nist, &fit, &parameter, &deviation);
  assert_true(parameter < 1e-8 && deviation < 1e-7);
  mi_lm_free(&fit);
}

/* ---- bounds ---------------------------------------------------------------------------------- */

/* r = (10 (p2 - p1^2), 1 - p1) */
static mi_status rosenbrock(void *context, const double *p, double *r) {
  (void)context;
  r[0] = 10 * (p[1] - p[0] * p[0]);
  r[1] = 1 - p[0];
  return MI_OK;
}

static mi_status rosenbrock_jacobian(void *context, const double *p, double *j) {
  (void)context;
  j[0] = -20 * p[0], j[1] = 10, j[2] = -1, j[3] = 0;
  return MI_OK;
}

static mi_lm_problem rosenbrock_problem(const double *lower, const double *upper) {
  return (mi_lm_problem){.residuals = 2, .parameters = 2, .residual = rosenbrock,
                         .jacobian = rosenbrock_jacobian, .lower = lower, .upper = upper};
}

static void fits_rosenbrock(void **state) {
  (void)state;
  mi_lm_result fit;
  const mi_lm_problem problem = rosenbrock_problem(NULL, NULL);
  assert_int_equal(mi_lm_fit(&problem, NULL, (double[]){-1.2, 1}, &fit, NULL), MI_OK);
  assert_true(fabs(fit.p[0] - 1) < 1e-12 && fabs(fit.p[1] - 1) < 1e-12);
  assert_true(mi_lm_converged(fit.reason));
  mi_lm_free(&fit);
}

/* With p1 <= 0.5 the minimum is (0.5, 0.25); with p2 <= 0.25 as well, the same corner; with
 * p2 >= 1.5 it is the root of the cubic on that edge. */
static void active_bounds_hold(void **state) {
  (void)state;
  const struct {
    double lower[2], upper[2], start[2], p[2];
    int free;
  } cases[] = {{{-2, -2}, {0.5, 2}, {-1.2, 1}, {0.5, 0.25}, 1},
               {{-2, -2}, {0.5, 0.1}, {-1.2, 0}, {0.33176908118958, 0.1}, 1},
               {{-2, 1.5}, {2, 3}, {2, 3}, {1.22437074873635, 1.5}, 1},
               {{0.75, -2}, {0.75, 2}, {0.75, 0}, {0.75, 0.5625}, 1},
               {{1.5, -1}, {3, 2}, {2, -1}, {1.5, 2}, 0}};
  for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
    mi_lm_result fit;
    const mi_lm_problem problem = rosenbrock_problem(cases[k].lower, cases[k].upper);
    assert_int_equal(mi_lm_fit(&problem, NULL, cases[k].start, &fit, NULL), MI_OK);
    for (int j = 0; j < 2; j++) {
      if (!(fabs(fit.p[j] - cases[k].p[j]) < 1e-9))
        fail_msg("case %zu: parameter %d is %.12g (%s)", k, j + 1, fit.p[j],
                 mi_lm_reason_name(fit.reason));
      assert_true(fit.p[j] >= cases[k].lower[j] && fit.p[j] <= cases[k].upper[j]);
    }
    assert_true(mi_lm_converged(fit.reason));
    assert_int_equal(fit.free, cases[k].free);
    mi_lm_free(&fit);
  }
}

typedef struct fence {
  double lower, upper;
  int calls;
} fence;

/* sqrt exists only inside the bounds; the minimum of (sqrt(p) - 0.1)^2 + (p - 1)^2 is inside. */
static mi_status fenced(void *context, const double *p, double *r) {
  fence *f = context;
  f->calls++;
  assert_true(p[0] >= f->lower && p[0] <= f->upper);
  r[0] = sqrt(p[0]) - 0.1;
  r[1] = p[0] - 1;
  return MI_OK;
}

static void differences_stay_within_bounds(void **state) {
  (void)state;
  const double starts[] = {0, 1e-9, 0.5, 1};
  for (int k = 0; k < 4; k++) {
    fence f = {0, 1, 0};
    mi_lm_result fit;
    const mi_lm_problem problem = {.residuals = 2, .parameters = 1, .residual = fenced,
                                   .context = &f, .lower = &f.lower, .upper = &f.upper};
    assert_int_equal(mi_lm_fit(&problem, NULL, &starts[k], &fit, NULL), MI_OK);
    assert_true(k == 0 || fabs(fit.p[0] - 0.5664347145756685) < 1e-9);
    assert_int_equal(fit.evaluations, f.calls);
    mi_lm_free(&fit);
  }
}

/* ---- covariance ------------------------------------------------------------------------------ */

/* p1 and p2 only as their sum, p3 alone, p4 not at all. */
static mi_status degenerate(void *context, const double *p, double *r) {
  (void)context;
  r[0] = p[0] + p[1] - 3, r[1] = 2 * (p[2] - 5), r[2] = p[0] + p[1] - 4, r[3] = p[2] - 5;
  return MI_OK;
}

static void undetermined_parameters_have_infinite_variance(void **state) {
  (void)state;
  mi_lm_result fit;
  mi_lm_options options = mi_lm_default();
  options.scale_covariance = false;
  const mi_lm_problem problem = {.residuals = 4, .parameters = 4, .residual = degenerate};
  assert_int_equal(mi_lm_fit(&problem, &options, (double[]){0, 0, 0, 7}, &fit, NULL), MI_OK);
  assert_true(fabs(fit.p[0] + fit.p[1] - 3.5) < 1e-9 && fabs(fit.p[2] - 5) < 1e-9);
  assert_true(fit.p[3] == 7);
  assert_int_equal(fit.rank, 2);
  for (int j = 0; j < 4; j++) assert_true(isinf(fit.covariance[5 * j]) == (j != 2));
  assert_true(fabs(fit.covariance[10] - 0.2) < 1e-9);
  mi_lm_free(&fit);
}

static void as_many_parameters_as_residuals(void **state) {
  (void)state;
  mi_lm_result fit;
  const mi_lm_problem problem = rosenbrock_problem(NULL, NULL);
  assert_int_equal(mi_lm_fit(&problem, NULL, (double[]){0, 0}, &fit, NULL), MI_OK);
  assert_true(isinf(fit.covariance[0]) && isinf(fit.covariance[3]) && fit.covariance[1] == 0);
  mi_lm_free(&fit);
}

/* ---- failures -------------------------------------------------------------------------------- */

typedef struct trouble {
  mi_status status;
  double below; /* trouble starts where p1 < below */
} trouble;

/* r = (log p1 + 1, p2 - 2), with trouble */
static mi_status troubled(void *context, const double *p, double *r) {
  const trouble *t = context;
  if (t->status != MI_OK && p[0] < t->below) return t->status;
  r[0] = log(p[0]) + 1;
  r[1] = p[1] - 2;
  return MI_OK;
}

static mi_status fit_troubled(trouble *t, double start, mi_lm_result *fit, mi_control *control) {
  const mi_lm_problem problem = {.residuals = 2, .parameters = 2, .residual = troubled,
                                 .context = t};
  mi_control_init(control);
  return mi_lm_fit(&problem, NULL, (double[]){start, 0}, fit, control);
}

static void steps_to_nowhere_are_rejected(void **state) {
  (void)state;
  mi_lm_result fit;
  mi_control control;
  trouble nan = {MI_OK, 0}, none = {MI_ENUMERIC, 0};
  assert_int_equal(fit_troubled(&nan, 20, &fit, &control), MI_OK); /* Newton goes below zero */
  assert_true(fabs(fit.p[0] - exp(-1)) < 1e-9);
  mi_lm_free(&fit);
  assert_int_equal(fit_troubled(&none, 20, &fit, &control), MI_OK);
  assert_true(fabs(fit.p[0] - exp(-1)) < 1e-9);
  mi_lm_free(&fit);
}

static void a_bad_start_is_named(void **state) {
  (void)state;
  mi_lm_result fit;
  mi_control control;
  trouble nan = {MI_OK, 0};
  assert_int_equal(fit_troubled(&nan, -1, &fit, &control), MI_ENUMERIC);
  assert_non_null(strstr(control.error, "residual 1 is"));
  assert_non_null(strstr(control.error, "1: -1, 2: 0"));
  assert_int_equal(fit_troubled(&nan, NAN, &fit, &control), MI_EINVAL);
  assert_null(fit.p);
}

static void callback_failures_pass_through(void **state) {
  (void)state;
  mi_lm_result fit;
  mi_control control;
  trouble failing = {MI_ECALLBACK, 1};
  assert_int_equal(fit_troubled(&failing, 20, &fit, &control), MI_ECALLBACK);
  assert_null(fit.p);
  assert_int_equal(fit_troubled(&failing, 0.5, &fit, &control), MI_ECALLBACK);
}

static void cancel_stops_the_fit(void **state) {
  (void)state;
  const volatile sig_atomic_t stop = 1;
  mi_lm_result fit;
  mi_control control;
  const mi_lm_problem problem = rosenbrock_problem(NULL, NULL);
  mi_control_init(&control);
  control.cancel = &stop;
  assert_int_equal(mi_lm_fit(&problem, NULL, (double[]){0, 0}, &fit, &control), MI_ECANCEL);
}

static void bad_input_is_refused(void **state) {
  (void)state;
  const struct {
    double lower[2], upper[2];
    const char *text;
  } cases[] = {{{0, 2}, {1, 1}, "parameter 2: lower 2 exceeds upper 1"},
               {{NAN, 0}, {1, 1}, "parameter 1: lower"},
               {{0.6, 0}, {1, 1}, "parameter 1: 0.5 lies outside"}};
  for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
    mi_lm_result fit;
    mi_control control;
    const mi_lm_problem problem = rosenbrock_problem(cases[k].lower, cases[k].upper);
    mi_control_init(&control);
    assert_int_equal(mi_lm_fit(&problem, NULL, (double[]){0.5, 0.5}, &fit, &control), MI_EINVAL);
    assert_non_null(strstr(control.error, cases[k].text));
  }
}

/* A Jacobian of the wrong sign: no step can lower the cost, and the fit must not claim success. */
static mi_status wrong_jacobian(void *context, const double *p, double *j) {
  mi_status status = rosenbrock_jacobian(context, p, j);
  for (int k = 0; k < 4; k++) j[k] = -j[k];
  return status;
}

static void a_wrong_jacobian_stalls(void **state) {
  (void)state;
  mi_lm_result fit;
  mi_lm_problem problem = rosenbrock_problem(NULL, NULL);
  problem.jacobian = wrong_jacobian;
  assert_int_equal(mi_lm_fit(&problem, NULL, (double[]){-1.2, 1}, &fit, NULL), MI_OK);
  assert_int_equal(fit.reason, MI_LM_STALLED);
  assert_false(mi_lm_converged(fit.reason));
  mi_lm_free(&fit);
}

/* The checker itself: the gradient J'r of the cost. */
static double rosenbrock_cost(void *context, const double *p) {
  double r[2];
  assert_int_equal(rosenbrock(context, p, r), MI_OK);
  return (r[0] * r[0] + r[1] * r[1]) / 2;
}

static void gradient_checker_tells_right_from_wrong(void **state) {
  (void)state;
  double p[2] = {0.3, -0.7}, r[2], j[4], gradient[2];
  assert_int_equal(rosenbrock(NULL, p, r), MI_OK);
  assert_int_equal(rosenbrock_jacobian(NULL, p, j), MI_OK);
  for (int k = 0; k < 2; k++) gradient[k] = j[k] * r[0] + j[2 + k] * r[1];
  assert_true(gradient_error(rosenbrock_cost, NULL, p, 2, gradient, 1) < 1e-9);
  gradient[1] *= 1.001;
  assert_true(gradient_error(rosenbrock_cost, NULL, p, 2, gradient, 1) > 1e-4);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(nist_certified_to_eight_digits),
      cmocka_unit_test(nist_by_differences),
      cmocka_unit_test(boxbod_within_bounds_from_its_far_start),
      cmocka_unit_test(fits_rosenbrock),
      cmocka_unit_test(active_bounds_hold),
      cmocka_unit_test(differences_stay_within_bounds),
      cmocka_unit_test(undetermined_parameters_have_infinite_variance),
      cmocka_unit_test(as_many_parameters_as_residuals),
      cmocka_unit_test(steps_to_nowhere_are_rejected),
      cmocka_unit_test(a_bad_start_is_named),
      cmocka_unit_test(callback_failures_pass_through),
      cmocka_unit_test(cancel_stops_the_fit),
      cmocka_unit_test(bad_input_is_refused),
      cmocka_unit_test(a_wrong_jacobian_stalls),
      cmocka_unit_test(gradient_checker_tells_right_from_wrong),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
