/* core/gmm against the traces of EMpeaksR and the PET unit test, at every instruction set level. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/gmm/fit.h"
#include "core/spectra/spectra.h"
#include "tests/core/cmocka_all.h"

enum { GRID = 201 };

static bool close_to(double a, double b, double relative) {
  return fabs(a - b) <= relative * fmax(fabs(a), fabs(b));
}

#define assert_close(a, b, relative) assert_true(close_to(a, b, relative))

static const mi_gmm_component start[3] = {
    {.2, 20, 2, .5, 0}, {.4, 40, 5, .5, 0}, {.4, 70, 4, .5, 0}};

/* x = 0, 0.5, ..., 100; three Gaussian peaks of area 1e4/3, sigma 3, at 35, 50, 65. */
static void gauss_data(double *x, double *y) {
  for (int i = 0; i < GRID; i++) {
    x[i] = 0.5 * i;
    y[i] = 0;
    for (int k = 0; k < 3; k++) {
      const mi_gmm_component c = {1, 35 + 15 * k, 3, 0, 0};
      y[i] += 1e4 / 3 * mi_gmm_shape_at(MI_GMM_GAUSS, &c, x[i], NULL);
    }
  }
}

/* The same with pseudo-Voigts, eta .3, .8, .5, each normalised over the grid. */
static void voigt_data(double *x, double *y) {
  const double eta[] = {.3, .8, .5};
  gauss_data(x, y);
  memset(y, 0, GRID * sizeof *y);
  for (int k = 0; k < 3; k++) {
    const mi_gmm_component c = {1, 35 + 15 * k, 3, eta[k], 0};
    double s[GRID], sum = 0;
    for (int i = 0; i < GRID; i++) {
      s[i] = mi_gmm_shape_at(MI_GMM_PSEUDO_VOIGT, &c, x[i], NULL);
      sum += s[i];
    }
    for (int i = 0; i < GRID; i++) y[i] += 1e4 / 3 * s[i] / sum;
  }
}

/* EMpeaksR: weights y, |LL - LL before| < 1e-8, no floor. */
static mi_gmm_options conventions(mi_gmm_shape shape) {
  mi_gmm_options o = mi_gmm_options_default();
  o.shape = shape;
  o.weight = MI_GMM_INTENSITY;
  o.k = 3;
  o.sigma_min = 1e-3;
  o.sigma_max = 100;
  o.tolerance = 0;
  o.tolerance_nats = 1e-8;
  o.accelerate = false;
  return o;
}

static int levels(void) { return (int)mi_isa_best() + 1; }

static mi_control at_level(int level) {
  mi_control control;
  mi_control_init(&control);
  control.isa = (mi_isa)level;
  return control;
}

static void gauss_trace_of_EMpeaksR(void **state) {
  (void)state;
  const double ll[] = {-93224.216662017992, -75889.870379066240, -75708.941342973674,
                       -75659.952951719592};
  const mi_gmm_component end[3] = {{0.333333300028, 34.999999268241, 2.999999217443, 0, 0},
                                   {0.333333399944, 49.999999999995, 3.000001741282, 0, 0},
                                   {0.333333300028, 65.000000731754, 2.999999217449, 0, 0}};
  double x[GRID], y[GRID], trace[20001];
  gauss_data(x, y);
  for (int level = 0; level < levels(); level++) {
    mi_gmm_result r;
    mi_control control = at_level(level);
    mi_gmm_options o = conventions(MI_GMM_GAUSS);
    assert_int_equal(mi_gmm_fit(&o, x, y, GRID, start, trace, &r, &control), MI_OK);
    assert_int_equal(r.iterations, 73);
    assert_int_equal(r.reason, MI_GMM_TOLERANCE);
    for (int i = 0; i < 4; i++) assert_close(trace[i], ll[i], 1e-12);
    for (int i = 1; i <= 73; i++) assert_true(trace[i] >= trace[i - 1] - 1e-9);
    assert_close(r.log_likelihood, -71864.472792621775, 1e-12);
    for (int k = 0; k < 3; k++) {
      assert_close(r.component[k].mu, end[k].mu, 1e-12);
      assert_close(r.component[k].sigma, end[k].sigma, 1e-12);
      assert_close(r.component[k].pi, end[k].pi, 3e-12);
    }
  }
}

static void gauss_first_step_of_EMpeaksR(void **state) {
  (void)state;
  const mi_gmm_component first[3] = {{0.000535645282, 25.699306576912, 1.174615101712, 0, 0},
                                     {0.660416230356, 42.392486040018, 7.994423402180, 0, 0},
                                     {0.339048124362, 64.856717621156, 3.175414839011, 0, 0}};
  double x[GRID], y[GRID];
  gauss_data(x, y);
  for (int level = 0; level < levels(); level++) {
    mi_gmm_result r;
    mi_control control = at_level(level);
    mi_gmm_options o = conventions(MI_GMM_GAUSS);
    o.steps = 1;
    assert_int_equal(mi_gmm_fit(&o, x, y, GRID, start, NULL, &r, &control), MI_OK);
    assert_int_equal(r.iterations, 1);
    for (int k = 0; k < 3; k++) {
      /* the published values have 12 decimals */
      assert_close(r.component[k].mu, first[k].mu, 1e-12);
      assert_close(r.component[k].sigma, first[k].sigma, 1e-12);
      assert_true(fabs(r.component[k].pi - first[k].pi) < 1e-12);
    }
  }
}

/* What each conditional maximisation of component k reaches is at least what R's value reaches in
 * its place. */
static void assert_q_not_below(const mi_gmm_work *work, int k, const mi_gmm_component *ours,
                               const mi_gmm_component *r) {
  const mi_gmm_component *old = start + k;
  const double *v = work->weights + (size_t)k * work->data.padded;
  const double steps[3][2][3] = {
      {{ours->mu, old->sigma, old->eta}, {r->mu, old->sigma, old->eta}},
      {{ours->mu, ours->sigma, old->eta}, {ours->mu, r->sigma, old->eta}},
      {{ours->mu, ours->sigma, ours->eta}, {ours->mu, ours->sigma, r->eta}}};
  for (int i = 0; i < 3; i++) {
    double q[2];
    for (int who = 0; who < 2; who++) {
      const double *at = steps[i][who];
      const mi_gmm_component c = {1, at[0], at[1], at[2], 0};
      q[who] = MI_DISPATCH(work->isa, mi_gmm_voigt_q)(&work->data, v, &c);
    }
    assert_true(q[0] >= q[1] - 1e-14 * fabs(q[1])); /* to rounding */
  }
}

/* The M-step of PVMM: exact to what 32-digit arithmetic gives, so that Q is nowhere below that of
 * R, whose searches stop up to 2e-7 short. */
static void voigt_step_of_EMpeaksR(void **state) {
  (void)state;
  const mi_gmm_component exact[3] = {
      {.0321199047345896, 28.3250816015215941, 11.0780095916262151, .659084145659432617, 0},
      {.5891270659610698, 40.5640615189385047, 7.76070484158223516, .100874192432912262, 0},
      {.3787530293043406, 64.6333845675544327, 3.85064335714834232, .671081165247550158, 0}};
  const mi_gmm_component printed[3] = {
      {.032119904735, 28.325081579617, 11.078010444535, .659084024205, 0},
      {.589127065961, 40.564061552378, 7.760704945720, .100874170186, 0},
      {.378753029304, 64.633384561473, 3.850643336617, .671081092472, 0}};
  double x[GRID], y[GRID], trace[2];
  voigt_data(x, y);
  for (int level = 0; level < levels(); level++) {
    mi_gmm_result r;
    mi_gmm_work work;
    mi_control control = at_level(level);
    mi_gmm_options o = conventions(MI_GMM_PSEUDO_VOIGT);
    o.steps = 1;
    assert_int_equal(mi_gmm_fit(&o, x, y, GRID, start, trace, &r, &control), MI_OK);
    assert_close(trace[0], -51944.200656241715, 1e-12);
    assert_int_equal(mi_gmm_begin(&work, &o, x, y, GRID, &control), MI_OK);
    (void)MI_DISPATCH(work.isa, mi_gmm_expect)(&work.data, o.shape, start, 3, work.weights);
    for (int k = 0; k < 3; k++) {
      assert_close(r.component[k].pi, exact[k].pi, 1e-12);
      assert_close(r.component[k].mu, exact[k].mu, 1e-10);
      assert_close(r.component[k].sigma, exact[k].sigma, 1e-10);
      assert_close(r.component[k].eta, exact[k].eta, 1e-10);
      assert_q_not_below(&work, k, r.component + k, printed + k);
    }
    mi_gmm_end(&work);
  }
}

static void voigt_run_of_EMpeaksR(void **state) {
  (void)state;
  const double eta[] = {.299981448426, .800069606491, .499984613249};
  double x[GRID], y[GRID], trace[2001];
  voigt_data(x, y);
  mi_gmm_result r;
  mi_control control = at_level(0);
  mi_gmm_options o = conventions(MI_GMM_PSEUDO_VOIGT);
  o.max_iterations = 2000;
  assert_int_equal(mi_gmm_fit(&o, x, y, GRID, start, trace, &r, &control), MI_OK);
  assert_close(r.log_likelihood, -45590.845038607695, 1e-13);
  assert_int_equal(r.iterations, 330);
  for (int i = 1; i <= r.iterations; i++) assert_true(trace[i] >= trace[i - 1] - 1e-9);
  for (int k = 0; k < 3; k++) assert_close(r.component[k].eta, eta[k], 1e-6);
}

/* ---- DSGMM of EMpeaksR --------------------------------------------------------------------- */

static const mi_gmm_component doniach_start[3] = {
    {.2, 20, 4, .5, .3}, {.4, 40, 3, .4, .2}, {.4, 70, 2, .3, .4}};

/* The example of its manual: three peaks of area 1e4 / 3. */
static void doniach_data(double *x, double *y) {
  const mi_gmm_component c[3] = {{1, 20, 3, .4, .1}, {1, 50, 3, .6, .3}, {1, 80, 3, .1, .1}};
  gauss_data(x, y);
  memset(y, 0, GRID * sizeof *y);
  for (int k = 0; k < 3; k++) {
    double s[GRID], sum = 0;
    for (int i = 0; i < GRID; i++)
      sum += s[i] = mi_gmm_shape_at(MI_GMM_DONIACH, c + k, x[i], NULL);
    for (int i = 0; i < GRID; i++) y[i] += 1e4 / 3 * s[i] / sum;
  }
}

static double doniach_q(const mi_gmm_work *work, int k, const double *at) {
  const mi_gmm_component c = {1, at[0], at[1], at[3], at[2]};
  const double *v = work->weights + (size_t)k * work->data.padded;
  return MI_DISPATCH(work->isa, mi_gmm_doniach_q)(&work->data, v, &c);
}

/* One ECM step against 30-digit arithmetic: exact, so that each conditional maximisation reaches at
 * least what R's printed value (its searches stop up to 2e-6 short) reaches in its place. */
static void doniach_step_of_EMpeaksR(void **state) {
  (void)state;
  const double pi[] = {.252793662628332839, .293446719812235604, .453759617559431557};
  /* mu, sigma, skew, eta */
  const double exact[3][4] = {
      {20.5051331415446747, 2.76190900645965445, .185407339548646741, .567527723988728912},
      {44.7191543932654438, 19.0525334074315611, .293059741742090429, 1},
      {81.0365089505639572, 1.91487646252205211, .358193607826072456, .260148680036631668}};
  const double printed[3][4] = {{20.505133145749, 2.761909006476, .185407250938, .567528115321},
                                {44.719154386604, 19.052534371872, .293059754029, .999998581826},
                                {81.036508939145, 1.914876487570, .358193563310, .260148776784}};
  double x[GRID], y[GRID], trace[2];
  doniach_data(x, y);
  for (int level = 0; level < levels(); level++) {
    mi_gmm_result r;
    mi_gmm_work work;
    mi_control control = at_level(level);
    mi_gmm_options o = conventions(MI_GMM_DONIACH);
    o.sigma_min = 0.1;
    o.steps = 1;
    assert_int_equal(mi_gmm_fit(&o, x, y, GRID, doniach_start, trace, &r, &control), MI_OK);
    assert_close(trace[0], -57420.803342225190, 1e-14);
    assert_int_equal(mi_gmm_begin(&work, &o, x, y, GRID, &control), MI_OK);
    (void)MI_DISPATCH(work.isa, mi_gmm_expect)(&work.data, o.shape, doniach_start, 3,
                                               work.weights);
    for (int k = 0; k < 3; k++) {
      const mi_gmm_component *c = r.component + k, *from = doniach_start + k;
      const double ours[] = {c->mu, c->sigma, c->skew, c->eta};
      double at[] = {from->mu, from->sigma, from->skew, from->eta};
      assert_close(c->pi, pi[k], 1e-12);
      for (int i = 0; i < 4; i++) {
        assert_close(ours[i], exact[k][i], 1e-9);
        at[i] = printed[k][i];
        const double theirs = doniach_q(&work, k, at);
        at[i] = ours[i];
        assert_true(doniach_q(&work, k, at) >= theirs - 1e-14 * fabs(theirs)); /* to rounding */
      }
    }
    mi_gmm_end(&work);
  }
}

static void doniach_run_of_EMpeaksR(void **state) {
  (void)state;
  const double ll[] = {-50070.471767439536, -49761.360230100901, -49520.222557802706,
                       -49331.074812200502, -49234.170779083026}; /* after 1 .. 5 of R's steps */
  double x[GRID], y[GRID], trace[20001];
  mi_gmm_result r;
  mi_control control = at_level((int)mi_isa_best());
  mi_gmm_options o = conventions(MI_GMM_DONIACH);
  o.sigma_min = 0.1;
  o.tolerance_nats = 1e-2;
  doniach_data(x, y);
  assert_int_equal(mi_gmm_fit(&o, x, y, GRID, doniach_start, trace, &r, &control), MI_OK);
  for (int i = 0; i < 5; i++) assert_close(trace[i + 1], ll[i], 1e-7);
  for (int i = 1; i <= r.iterations; i++) assert_true(trace[i] >= trace[i - 1] - 1e-9);
  assert_int_equal(r.iterations, 36);
  /* R's steps, each a little short, have come 2e-5 nats further when it stops */
  assert_close(r.log_likelihood, -49142.154291541337, 1e-9);
  o.accelerate = true; /* to the end: the truth */
  o.tolerance_nats = 1e-9;
  assert_int_equal(mi_gmm_fit(&o, x, y, GRID, doniach_start, NULL, &r, &control), MI_OK);
  assert_true(r.log_likelihood >= -49142.154291541337);
  const double skew[] = {.1, .3, .1}, eta[] = {.4, .6, .1};
  for (int k = 0; k < 3; k++) {
    assert_close(r.component[k].mu, 20 + 30 * k, 1e-3);
    assert_close(r.component[k].sigma, 3, 1e-3);
    assert_close(r.component[k].skew, skew[k], 2e-2);
    assert_close(r.component[k].eta, eta[k], 2e-2);
  }
  assert_true(r.misfit < 1e-6);
}

/* LMM of EMpeaksR, whose M-step stops 1e-8 short of the exact one (40-digit arithmetic). */
static void lorentz_run_of_EMpeaksR(void **state) {
  (void)state;
  const double half = sqrt(2 * log(2)); /* gam = half * sigma */
  const double mu[] = {25.75270744385787, 40.80157951733147, 64.72892353693269};
  const double gam[] = {8.302634456952474, 7.93708693628303, 4.147116315186829};
  const double pi[] = {.056110415400, .560473679578, .383415905022};
  mi_gmm_component from[3];
  double x[GRID], y[GRID] = {0}, trace[20001];
  gauss_data(x, y);
  memset(y, 0, sizeof y);
  for (int k = 0; k < 3; k++) {
    const mi_gmm_component c = {1, 35 + 15 * k, 3 / half, 1, 0};
    double s[GRID], sum = 0;
    for (int i = 0; i < GRID; i++) sum += s[i] = mi_gmm_shape_at(MI_GMM_LORENTZ, &c, x[i], NULL);
    for (int i = 0; i < GRID; i++) y[i] += 1e4 / 3 * s[i] / sum;
    from[k] = start[k];
    from[k].sigma /= half;
  }
  for (int level = 0; level < levels(); level++) {
    mi_gmm_result r;
    mi_control control = at_level(level);
    mi_gmm_options o = conventions(MI_GMM_LORENTZ);
    o.steps = 1;
    assert_int_equal(mi_gmm_fit(&o, x, y, GRID, from, trace, &r, &control), MI_OK);
    assert_close(trace[0], -52043.391114522834, 1e-12);
    for (int k = 0; k < 3; k++) {
      assert_close(r.component[k].mu, mu[k], 1e-10);
      assert_close(r.component[k].sigma * half, gam[k], 1e-10);
      assert_true(fabs(r.component[k].pi - pi[k]) < 1e-11);
      assert_true(r.component[k].eta == 1);
    }
    o.steps = 0;
    assert_int_equal(mi_gmm_fit(&o, x, y, GRID, from, trace, &r, &control), MI_OK);
    assert_int_equal(r.iterations, 79);
    assert_close(r.log_likelihood, -46856.554546400170, 1e-12);
    /* what is left of R's inexact steps when it stops, 4e-6 from the true 35 */
    assert_true(fabs(r.component[0].mu - 34.999995760360) < 1e-6);
  }
}

/* PVMM_lback of EMpeaksR: half of the intensity in the peaks, half in 500 x + 15000. */
static void linear_background_of_EMpeaksR(void **state) {
  (void)state;
  const double eta[] = {.4, .6, .1};
  mi_gmm_component from[6];
  double x[GRID], y[GRID], line = 0, trace[20001];
  gauss_data(x, y);
  for (int i = 0; i < GRID; i++) line += 500 * x[i] + 15000;
  for (int i = 0; i < GRID; i++) y[i] = 0.5 * 1e4 * (500 * x[i] + 15000) / line;
  for (int k = 0; k < 3; k++) {
    const mi_gmm_component c = {1, 35 + 15 * k, 3, eta[k], 0};
    double s[GRID], sum = 0;
    for (int i = 0; i < GRID; i++)
      sum += s[i] = mi_gmm_shape_at(MI_GMM_PSEUDO_VOIGT, &c, x[i], NULL);
    for (int i = 0; i < GRID; i++) y[i] += 0.5 * 1e4 / 3 * s[i] / sum;
    from[k] = (mi_gmm_component){1 / 6.0, (double[]){30, 40, 60}[k], 4, 1, 0};
    from[k + 3] = (mi_gmm_component){1 / 6.0, 0, 1, 0, 0};
  }
  for (int level = 0; level < levels(); level++) {
    mi_gmm_result r;
    mi_control control = at_level(level);
    mi_gmm_options o = conventions(MI_GMM_PSEUDO_VOIGT);
    o.background = MI_GMM_LINEAR;
    o.tolerance_nats = 1e-2;
    assert_int_equal(mi_gmm_fit(&o, x, y, GRID, from, trace, &r, &control), MI_OK);
    assert_close(trace[0], -52470.930216397566, 1e-12);
    assert_true(r.log_likelihood >= -50823.478431233627);
    for (int i = 1; i <= r.iterations; i++) assert_true(trace[i] >= trace[i - 1] - 1e-9);
    o = conventions(MI_GMM_PSEUDO_VOIGT);
    o.background = MI_GMM_LINEAR;
    o.accelerate = true;
    o.tolerance_nats = 1e-10;
    assert_int_equal(mi_gmm_fit(&o, x, y, GRID, from, NULL, &r, &control), MI_OK);
    for (int k = 0; k < 3; k++) {
      assert_close(r.component[k].mu, 35 + 15 * k, 1e-4);
      assert_close(r.component[k].eta, eta[k], 1e-2);
    }
    assert_close(r.base[1] / r.base[0], (500 * 100 + 15000) / 15000.0, 1e-3);
    assert_true(r.misfit < 1e-6);
  }
}

static double *member(mi_gmm_component *c, mi_gmm_parameter by) {
  double *const values[] = {&c->mu, &c->sigma, &c->eta, &c->skew};
  return values[by];
}

/* Newton's derivatives against differences of Q. */
static void check_slopes(const mi_gmm_work *work, const double *v, mi_gmm_shape shape) {
  const bool doniach = shape == MI_GMM_DONIACH;
  const mi_gmm_parameter last = doniach ? MI_GMM_SKEW : MI_GMM_ETA;
  for (mi_gmm_parameter by = MI_GMM_MU; by <= last; by++) {
    mi_gmm_component c = {1, 41, 5, .35, doniach ? .2 : 0};
    const double h = 1e-4, unit = by == MI_GMM_MU || by == MI_GMM_SIGMA ? c.sigma : 1;
    double *at = member(&c, by), q[3];
    const mi_gmm_slope s =
        doniach ? MI_DISPATCH(work->isa, mi_gmm_doniach_slope)(&work->data, v, &c, by)
                : MI_DISPATCH(work->isa, mi_gmm_voigt_slope)(&work->data, v, &c, by);
    const double old = *at;
    for (int i = 0; i < 3; i++) {
      *at = old + (i - 1) * h * unit;
      q[i] = doniach ? MI_DISPATCH(work->isa, mi_gmm_doniach_q)(&work->data, v, &c)
                     : MI_DISPATCH(work->isa, mi_gmm_voigt_q)(&work->data, v, &c);
    }
    assert_close(s.first, (q[2] - q[0]) / (2 * h), 1e-6);
    assert_close(s.second, (q[2] - 2 * q[1] + q[0]) / (h * h), 1e-4);
  }
}

static void slopes_of_q(void **state) {
  (void)state;
  double x[GRID], y[GRID], v[208] = {0};
  mi_gmm_work work;
  voigt_data(x, y);
  for (int i = 0; i < GRID; i++) v[i] = y[i] * (x[i] < 55);
  for (int level = 0; level < levels(); level++) {
    mi_control control = at_level(level);
    const mi_gmm_options o = conventions(MI_GMM_PSEUDO_VOIGT);
    assert_int_equal(mi_gmm_begin(&work, &o, x, y, GRID, &control), MI_OK);
    check_slopes(&work, v, MI_GMM_PSEUDO_VOIGT);
    check_slopes(&work, v, MI_GMM_DONIACH);
    mi_gmm_end(&work);
  }
}

/* PET C 1s from 281 to 294 eV, net of its Shirley background, clipped at 0. */
static size_t pet(double *x, double *y) {
  FILE *file = fopen("recipes/xps_peaks/data/PET_C1s.csv", "r");
  char line[128];
  double b[512], sum = 0;
  size_t n = 0;
  int iterations;
  assert_non_null(file);
  while (fgets(line, sizeof line, file))
    if (sscanf(line, "%lf,%lf", x + n, y + n) == 2 && x[n] >= 281 && x[n] <= 294) n++;
  (void)fclose(file);
  assert_int_equal(n, 260);
  const mi_shirley_options o = mi_shirley_default();
  assert_int_equal(mi_shirley(&o, x, y, n, b, &iterations, NULL), MI_OK);
  for (size_t i = 0; i < n; i++) sum += y[i] = fmax(0, y[i] - b[i]);
  assert_close(sum, 137001.458365026, 1e-13);
  return n;
}

static void pet_check(const mi_gmm_result *r, double ll, const mi_gmm_component *c, double limit) {
  assert_close(r->log_likelihood, ll, limit);
  for (int k = 0; k < 3; k++) {
    assert_close(r->component[k].mu, c[k].mu, limit);
    assert_close(r->component[k].sigma, c[k].sigma, limit);
    assert_close(r->component[k].pi, c[k].pi, limit);
  }
}

static void pet_unit_test(void **state) {
  (void)state;
  const double third = 1 / 3.0;
  const mi_gmm_component from[3] = {
      {third, 284, .8, 0, 0}, {third, 286, .8, 0, 0}, {third, 288.5, .8, 0, 0}};
  const mi_gmm_component at120[3] = {{.3617403325, 284.5431330377, .3368215313, 0, 0},
                                     {.4101659618, 285.2632071399, .9488222540, 0, 0},
                                     {.2280937057, 288.6613625927, 1.2821666149, 0, 0}};
  const mi_gmm_component fixed[3] = {{.3617402537, 284.5431330195, .3368214872, 0, 0},
                                     {.4101660394, 285.2632070056, .9488222116, 0, 0},
                                     {.2280937069, 288.6613625962, 1.2821666027, 0, 0}};
  double x[512], y[512];
  const size_t n = pet(x, y);
  for (int level = 0; level < levels(); level++) {
    mi_gmm_result r;
    mi_control control = at_level(level);
    mi_gmm_options o = conventions(MI_GMM_GAUSS);
    o.steps = 120;
    assert_int_equal(mi_gmm_fit(&o, x, y, n, from, NULL, &r, &control), MI_OK);
    assert_int_equal(r.iterations, 120);
    pet_check(&r, -233041.0521883950, at120, 1e-9);
    o.steps = 2000;
    assert_int_equal(mi_gmm_fit(&o, x, y, n, from, NULL, &r, &control), MI_OK);
    pet_check(&r, -233041.0521883945, fixed, 1e-8);
    o = conventions(MI_GMM_GAUSS);
    o.accelerate = true;
    o.tolerance_nats = 1e-11;
    assert_int_equal(mi_gmm_fit(&o, x, y, n, from, NULL, &r, &control), MI_OK);
    pet_check(&r, -233041.0521883945, fixed, 1e-7);
  }
}

static void shirley_reference(void **state) {
  (void)state;
  FILE *file = fopen("recipes/xps_peaks/data/C1s_sample.csv", "r");
  char line[128];
  double x[256], y[256], b[256], area = 0;
  size_t n = 0;
  int iterations;
  assert_non_null(file);
  while (fgets(line, sizeof line, file))
    if (sscanf(line, "%lf,%lf", x + n, y + n) == 2 && x[n] > 282 - 1e-9 && x[n] < 292 + 1e-9) n++;
  (void)fclose(file);
  assert_int_equal(n, 101);
  const mi_shirley_options o = mi_shirley_default();
  assert_int_equal(mi_shirley(&o, x, y, n, b, &iterations, NULL), MI_OK);
  assert_int_equal(iterations, 10);
  assert_close(b[10], 1768.369860500502, 1e-14);
  assert_close(b[50], 1738.591404790167, 1e-14);
  for (size_t i = 1; i < n; i++)
    area += 0.5 * (y[i] - b[i] + y[i - 1] - b[i - 1]) * fabs(x[i] - x[i - 1]);
  assert_close(area, 19983.21532546779, 1e-13);
}

static void shape_derivatives(void **state) {
  (void)state;
  const double h = 1e-6;
  for (int kind = 0; kind < 4; kind++) {
    for (double x = -3; x < 4; x += 0.37) {
      const mi_gmm_component c = {1, .2, 1.3, .4, .15};
      double d[4];
      (void)mi_gmm_shape_at((mi_gmm_shape)kind, &c, x, d);
      for (mi_gmm_parameter i = MI_GMM_MU; i <= MI_GMM_SKEW; i++) {
        if (i > MI_GMM_SIGMA && (kind == MI_GMM_GAUSS || kind == MI_GMM_LORENTZ)) continue;
        mi_gmm_component up = c, down = c;
        *member(&up, i) += h;
        *member(&down, i) -= h;
        const double slope = (mi_gmm_shape_at((mi_gmm_shape)kind, &up, x, NULL) -
                              mi_gmm_shape_at((mi_gmm_shape)kind, &down, x, NULL)) / (2 * h);
        assert_true(fabs(slope - d[i]) < 1e-9);
      }
    }
  }
}

/* One Gaussian of N counts: sigma / sqrt(N) for mu, sigma / sqrt(2 N) for sigma, 0 for pi. */
static void errors_of_one_gaussian(void **state) {
  (void)state;
  double x[GRID], y[GRID];
  const mi_gmm_component c = {1, 50, 6, 0, 0};
  for (int i = 0; i < GRID; i++) {
    x[i] = 0.5 * i;
    y[i] = 5000 * mi_gmm_shape_at(MI_GMM_GAUSS, &c, x[i], NULL); /* 10,000 counts on a grid of .5 */
  }
  mi_gmm_options o = mi_gmm_options_default();
  mi_gmm_result r;
  assert_int_equal(mi_gmm_fit(&o, x, y, GRID, &c, NULL, &r, NULL), MI_OK);
  assert_close(r.error[0].mu, 6 / 100.0, 1e-6);
  assert_close(r.error[0].sigma, 6 / sqrt(2) / 100, 1e-6);
  assert_true(r.error[0].pi < 1e-9);
  o.noise = 4;
  assert_int_equal(mi_gmm_fit(&o, x, y, GRID, &c, NULL, &r, NULL), MI_OK);
  assert_close(r.error[0].mu, 2 * 6 / 100.0, 1e-6);
}

static void irregular_grid_is_weighed_by_its_cells(void **state) {
  (void)state;
  double x[GRID], y[GRID];
  const mi_gmm_component c = {1, 50, 6, 0, 0}, from = {1, 40, 9, 0, 0};
  for (int i = 0; i < GRID; i++) {
    const double u = i / (GRID - 1.0);
    x[i] = 100 * u * (0.6 + 0.4 * u);
    y[i] = 5000 * mi_gmm_shape_at(MI_GMM_GAUSS, &c, x[i], NULL);
  }
  mi_gmm_options o = mi_gmm_options_default();
  mi_gmm_result r;
  assert_int_equal(mi_gmm_fit(&o, x, y, GRID, &from, NULL, &r, NULL), MI_OK);
  assert_close(r.component[0].mu, 50, 1e-6);
  assert_close(r.component[0].sigma, 6, 1e-4);
  o.weight = MI_GMM_INTENSITY;
  assert_int_equal(mi_gmm_fit(&o, x, y, GRID, &from, NULL, &r, NULL), MI_OK);
  assert_true(fabs(r.component[0].mu - 50) > 0.05); /* what the cells correct */
}

/* An empty component, one far away, zeros: finite results. */
static void stays_finite(void **state) {
  (void)state;
  double x[GRID], y[GRID] = {0};
  gauss_data(x, y);
  memset(y, 0, sizeof y);
  y[100] = 7; /* a single point: the floor on sigma holds */
  const mi_gmm_component from[3] = {{0, 0, 1e-2, 0, 0}, {.5, 50, 3, 0, 0}, {.5, 100, 1e-2, 0, 0}};
  for (int kind = 0; kind < 2; kind++) {
    mi_gmm_options o = mi_gmm_options_default();
    mi_gmm_result r;
    o.k = 3;
    o.shape = (mi_gmm_shape)kind;
    assert_int_equal(mi_gmm_fit(&o, x, y, GRID, from, NULL, &r, NULL), MI_OK);
    assert_true(isfinite(r.log_likelihood) && isfinite(r.misfit));
    for (int k = 0; k < 3; k++)
      assert_true(isfinite(r.component[k].mu) && r.component[k].sigma >= 0.01 - 1e-12);
    assert_true(r.component[1].sigma >= 0.5 - 1e-12);
    assert_close(r.component[1].mu, 50, 1e-9);
  }
}

static void refuse(const double *x, const double *y, size_t n, const char *word) {
  mi_gmm_options o = mi_gmm_options_default();
  mi_gmm_result r;
  mi_control control;
  mi_control_init(&control);
  assert_int_equal(mi_gmm_fit(&o, x, y, n, start, NULL, &r, &control), MI_EINVAL);
  assert_non_null(strstr(control.error, word));
}

static void bad_data_are_named(void **state) {
  (void)state;
  const double x[] = {1, 2, 3}, y[] = {1, 2, 1}, zero[] = {0, 0, 0}, same[] = {2, 2, 2};
  refuse(x, y, 1, "at least 2 points");
  refuse((double[]){1, NAN, 3}, y, 3, "point 2");
  refuse(x, (double[]){1, 2, -1}, 3, "point 3");
  refuse(x, (double[]){1, INFINITY, 1}, 3, "point 2");
  refuse(x, zero, 3, "zero");
  refuse(same, y, 3, "all points are at 2");
  refuse((double[]){1, 3, 2}, y, 3, "must rise");
  refuse(x, (double[]){1e308, 1e308, 1e308}, 3, "overflows");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(gauss_trace_of_EMpeaksR),
      cmocka_unit_test(gauss_first_step_of_EMpeaksR),
      cmocka_unit_test(voigt_step_of_EMpeaksR),
      cmocka_unit_test(voigt_run_of_EMpeaksR),
      cmocka_unit_test(doniach_step_of_EMpeaksR),
      cmocka_unit_test(doniach_run_of_EMpeaksR),
      cmocka_unit_test(lorentz_run_of_EMpeaksR),
      cmocka_unit_test(linear_background_of_EMpeaksR),
      cmocka_unit_test(slopes_of_q),
      cmocka_unit_test(pet_unit_test),
      cmocka_unit_test(shirley_reference),
      cmocka_unit_test(shape_derivatives),
      cmocka_unit_test(errors_of_one_gaussian),
      cmocka_unit_test(irregular_grid_is_weighed_by_its_cells),
      cmocka_unit_test(stays_finite),
      cmocka_unit_test(bad_data_are_named),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
