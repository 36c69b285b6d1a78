/* core/spectra: shapes, the model's gradient, fits, VAMAS counts, thinned spectra. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/rng.h"
#include "core/base/special.h"
#include "core/spectra/peak_model.h"
#include "core/spectra/peaks.h"
#include "core/spectra/vamas.h"
#include "tests/core/cmocka_all.h"

enum { POINTS = 201 };

static bool close_to(double a, double b, double limit) { return fabs(a - b) <= limit; }

static const char *const shape_names[] = {"pseudo-voigt", "gauss",  "lorentz",  "voigt",
                                          "doniach",      "asymmetric", "SGL(30)", "GL(30)",
                                          "LA(1.2,2.5,8)", "LA(1.5,0)", NULL};

static mi_peak_shape shape_of(const char *name) {
  mi_peak_shape shape;
  assert_true(mi_peak_shape_parse(name, &shape));
  return shape;
}

/* x falls, as binding energies in files do. */
static void fill_x(double *x) {
  for (int i = 0; i < POINTS; i++) x[i] = 292 - 0.06 * i;
}

static void evaluate(const mi_peaks_options *o, const double *x, const mi_peak_shape *shapes,
                     const mi_peak *peaks, int k, const double *term, double *parts) {
  assert_int_equal(
      mi_peaks_evaluate(o, x, POINTS, 286, shapes, peaks, k, term, parts, NULL), MI_OK);
}

static void shapes_have_their_area_width_and_name(void **state) {
  (void)state;
  static const char *const bad[] = {"box", "SGL(", "SGL(130)", "GL(x)", "LA(1)", "LA(0.1,2,3)",
                                    "LA(1,2,3,4)", "SGL(30) ", "LA(nan,2,3)", NULL};
  mi_peak_shape none;
  const mi_peaks_options o = mi_peaks_default();
  const double term[MI_TERMS] = {0};
  double x[POINTS], parts[2 * POINTS];
  fill_x(x);
  for (int i = 0; bad[i]; i++) assert_false(mi_peak_shape_parse(bad[i], &none));
  for (int i = 0; shape_names[i]; i++) {
    const mi_peak_shape shape = shape_of(shape_names[i]);
    const mi_peak peak = {100, x[100], 0.24, isnan(shape.mix) ? 0.3 : shape.mix, 0.05};
    double area = 0;
    evaluate(&o, x, &shape, &peak, 1, term, parts);
    for (int j = 0; j + 1 < POINTS; j++) area += 0.03 * (parts[2 * j + 1] + parts[2 * j + 3]);
    assert_true(close_to(area, 100, shape.kind >= MI_DONIACH ? 1e-9 : 2.5));
    if (shape.kind < MI_DONIACH) /* half the height two points from the top */
      assert_true(close_to(parts[2 * 102 + 1] / parts[2 * 100 + 1], 0.5, 2e-4));
  }
}

/* Voigt's profile against the Faddeeva function of core/base. */
static void voigt_agrees_with_faddeeva(void **state) {
  (void)state;
  const mi_peaks_options o = mi_peaks_default();
  const mi_peak_shape shape = shape_of("voigt");
  const double term[MI_TERMS] = {0};
  double x[POINTS], parts[2 * POINTS];
  fill_x(x);
  for (double mix = 0; mix < 0.95; mix += 0.1) {
    const mi_peak peak = {1, 286.13, 1.3, mix, 0};
    const double rest = 1 - 0.5346 * mix;
    const double sd = 1.3 * sqrt(rest * rest - 0.21659716 * mix * mix) / sqrt(8 * log(2));
    evaluate(&o, x, &shape, &peak, 1, term, parts);
    for (int i = 0; i < POINTS; i++) {
      const double u = 1 / (sd * sqrt(2));
      const double f = mi_voigt(fabs(x[i] - 286.13) * u, 0.65 * mix * u) * u / sqrt(M_PI);
      assert_true(close_to(parts[2 * i + 1], f, 1e-12));
    }
  }
}

static mi_peak_limits limits_of(mi_peak start) {
  return (mi_peak_limits){.start = start,
                          .low = {0, 280, 0.3, 0, 0},
                          .high = {HUGE_VAL, 292, 3, 1, 0.35}};
}

/* Two peaks; returns counts without noise. */
static void synthetic(const mi_peaks_options *o, const mi_peak_shape *shapes, double *x,
                      double *y) {
  const double term[MI_TERMS] = {150, o->background & MI_LINEAR ? -4 : 0,
                                 o->background & MI_SHIRLEY ? 0.03 : 0,
                                 o->background & MI_TOUGAARD ? 900 : 0,
                                 o->background & MI_STEPS ? 40 : 0};
  const mi_peak peaks[] = {{4000, 284.8, 1.1, shapes[0].kind == MI_PSEUDO_VOIGT ? 0.3 : 0.5, 0.1},
                           {1500, 287.1, 0.9, 0.6, 0.05}};
  double parts[3 * POINTS];
  fill_x(x);
  if (!o->rising)
    for (int i = 0; i < POINTS; i++) x[i] = 572 - x[i]; /* turned about the middle, 286 */
  mi_peak turned[2];
  for (int j = 0; j < 2; j++) {
    turned[j] = peaks[j];
    if (!o->rising) turned[j].position = 572 - peaks[j].position;
    if (!isnan(shapes[j].mix)) turned[j].mix = shapes[j].mix;
  }
  evaluate(o, x, shapes, turned, 2, term, parts);
  for (int i = 0; i < POINTS; i++) y[i] = parts[3 * i] + parts[3 * i + 1] + parts[3 * i + 2];
}

static void check_recovered(const mi_peaks_options *o, const mi_peak_shape *shapes, int level) {
  double x[POINTS], y[POINTS];
  mi_peak_limits limits[] = {limits_of((mi_peak){3000, 284.7, 1.3, 0.4, 0.05}),
                             limits_of((mi_peak){2000, 287.2, 1, 0.4, 0.05})};
  mi_peaks_result r;
  mi_control control;
  mi_control_init(&control);
  control.isa = (mi_isa)level;
  synthetic(o, shapes, x, y);
  for (int j = 0; j < 2 && !o->rising; j++)
    limits[j].start.position = 572 - limits[j].start.position;
  assert_int_equal(mi_peaks_fit(o, x, y, POINTS, shapes, limits, 2, &r, &control), MI_OK);
  const double at = o->rising ? r.peak[0].position : 572 - r.peak[0].position;
  assert_true(r.chi2 < 1e-3);
  assert_true(close_to(at, 284.8, 1e-4));
  assert_true(close_to(r.peak[0].area, 4000, 4));
  assert_true(close_to(r.share[0] + r.share[1], 1, 1e-12));
  assert_true(r.error[0].position > 0 && r.share_error[0] > 0);
  assert_true(close_to(r.area_covariance[0], r.error[0].area * r.error[0].area, 1e-6));
}

/* Without noise the fit finds the truth, whatever the shape, the background and the direction: so
 * the model, its derivatives and the bounds agree. */
static void fits_recover_the_truth(void **state) {
  (void)state;
  static const int backgrounds[] = {MI_CONSTANT, MI_CONSTANT | MI_LINEAR, MI_CONSTANT | MI_SHIRLEY,
                                    MI_CONSTANT | MI_TOUGAARD, MI_CONSTANT | MI_STEPS,
                                    MI_CONSTANT | MI_SHIRLEY | MI_LINEAR};
  mi_peaks_options o = mi_peaks_default();
  o.tolerance = 1e-12;
  const mi_peak_shape plain[] = {shape_of("pseudo-voigt"), shape_of("pseudo-voigt")};
  for (size_t b = 0; b < sizeof backgrounds / sizeof *backgrounds; b++) {
    o.background = backgrounds[b];
    for (int turn = 0; turn < 6; turn++) {
      o.rising = turn % 2;
      if (turn / 2 <= (int)mi_isa_best()) check_recovered(&o, plain, turn / 2);
    }
  }
  o.background = MI_CONSTANT | MI_SHIRLEY;
  for (int i = 0; shape_names[i]; i++) {
    const mi_peak_shape shapes[] = {shape_of(shape_names[i]), shape_of("gauss")};
    for (int rising = 0; rising < 2; rising++) {
      o.rising = rising;
      check_recovered(&o, shapes, (int)mi_isa_best());
    }
  }
}

/* One free parameter for each value of a lone peak, the base and the active term. */
static void free_all(mi_peak_model *m, const mi_peak_shape *shape, int active) {
  for (int v = 0; v < m->values; v++) m->parameter[v] = -1, m->factor[v] = 1;
  for (int v = 0; v < MI_PEAK_VALUES; v++) {
    const bool has = v < 3 || (v == 3 ? mi_peak_has_mix(shape) : mi_peak_has_skew(shape));
    if (has) m->parameter[v] = v;
    else m->offset[v] = isnan(shape->mix) ? 0 : shape->mix;
  }
  m->parameter[MI_PEAK_VALUES + MI_BASE] = 5;
  m->parameter[MI_PEAK_VALUES + active] = 6;
  m->count = 7;
}

static void check_column(mi_peak_model *m, double *q, int p) {
  double there[POINTS], worst = 0, most = 0;
  const double h = p == 1 ? 1e-5 : 1e-5 * q[p], kept = q[p];
  q[p] = kept + h;
  mi_peak_model_at(m, q);
  memcpy(there, m->m, sizeof there);
  q[p] = kept - h;
  mi_peak_model_at(m, q);
  for (int j = 0; j < POINTS; j++) there[j] = (there[j] - m->m[j]) / (2 * h);
  q[p] = kept;
  mi_peak_model_at(m, q);
  for (int j = 0; j < POINTS; j++) {
    worst = fmax(worst, fabs(m->column[p][j] - there[j]));
    most = fmax(most, fabs(m->column[p][j]));
  }
  assert_true(worst <= 1e-5 * most);
}

/* At every level the analytic derivatives are those by differences, losses included. */
static void derivatives_by_differences(void **state) {
  (void)state;
  double x[POINTS], q[] = {1000, 285.2, 1.1, 0.4, 0.12, 100, 0.02};
  fill_x(x);
  for (int level = 0; level <= (int)mi_isa_best(); level++)
    for (int tougaard = 0; tougaard < 2; tougaard++)
      for (int i = 0; shape_names[i]; i++) {
        mi_peaks_options o = mi_peaks_default();
        o.background = MI_CONSTANT | (tougaard ? MI_TOUGAARD : MI_SHIRLEY);
        q[6] = tougaard ? 500 : 0.02;
        const mi_peak_shape shape = shape_of(shape_names[i]);
        mi_peak_model m;
        assert_int_equal(mi_peak_model_begin(&m, &o, x, POINTS, &shape, 1, 7, NULL), MI_OK);
        m.isa = (mi_isa)level;
        free_all(&m, &shape, tougaard ? MI_TAIL : MI_STEP);
        for (int p = 0; p < 7; p++) check_column(&m, q, p);
        mi_peak_model_end(&m);
      }
}

/* A background held at its ends has no parameter of its own: the columns of the peaks say how its
 * strength follows them. */
static void derivatives_with_held_ends(void **state) {
  (void)state;
  double x[POINTS], q[] = {1000, 285.2, 1.1, 0.4};
  fill_x(x);
  const mi_peak_shape shape = shape_of("pseudo-voigt");
  for (int level = 0; level <= (int)mi_isa_best(); level++)
    for (int tougaard = 0; tougaard < 2; tougaard++) {
      mi_peaks_options o = mi_peaks_default();
      o.background = MI_CONSTANT | (tougaard ? MI_TOUGAARD : MI_SHIRLEY);
      mi_peak_model m;
      assert_int_equal(mi_peak_model_begin(&m, &o, x, POINTS, &shape, 1, 4, NULL), MI_OK);
      m.isa = (mi_isa)level;
      free_all(&m, &shape, MI_STEP);
      m.parameter[MI_PEAK_VALUES + MI_BASE] = m.parameter[MI_PEAK_VALUES + MI_STEP] = -1;
      m.count = 4, m.held = true, m.rise = 70;
      for (int p = 0; p < 4; p++) check_column(&m, q, p);
      assert_true(close_to(m.m[POINTS - 1] - m.total[POINTS - 1], 70, 1e-9));
      mi_peak_model_end(&m);
    }
}

/* The background goes through the means of the points at either end, in every direction, and the
 * evaluated model has the strength that the fit has found. */
static void held_ends_are_met(void **state) {
  (void)state;
  static const int backgrounds[] = {MI_CONSTANT | MI_LINEAR, MI_CONSTANT | MI_SHIRLEY,
                                    MI_CONSTANT | MI_TOUGAARD};
  enum { AVERAGE = 4 };
  double x[POINTS], y[POINTS], parts[3 * POINTS];
  const mi_peak_shape shapes[] = {shape_of("gauss"), shape_of("gauss")};
  for (int turn = 0; turn < 6; turn++) {
    mi_peaks_options o = mi_peaks_default();
    o.background = backgrounds[turn / 2], o.rising = turn % 2, o.average = AVERAGE;
    synthetic(&o, shapes, x, y);
    mi_peak_limits limits[] = {limits_of((mi_peak){3000, o.rising ? 284.7 : 287.3, 1.3, 0, 0}),
                               limits_of((mi_peak){2000, o.rising ? 287.2 : 284.8, 1, 0, 0})};
    mi_peaks_result r;
    assert_int_equal(mi_peaks_fit(&o, x, y, POINTS, shapes, limits, 2, &r, NULL), MI_OK);
    assert_int_equal(r.parameters, 2 * 3 + 2);
    assert_int_equal(mi_peaks_evaluate(&o, x, POINTS, 286, shapes, r.peak, 2, r.term, parts, NULL),
                     MI_OK);
    for (int end = 0; end < 2; end++) {
      double mean = 0;
      for (int i = 0; i < AVERAGE; i++) mean += y[end ? POINTS - 1 - i : i] / AVERAGE;
      assert_true(close_to(parts[3 * (end ? POINTS - 1 : 0)], mean, 1e-9 * mean));
    }
    assert_true(close_to(r.peak[0].area, 4000, 40));
  }
}

static void fixed_and_tied_values_stay(void **state) {
  (void)state;
  double x[POINTS], y[POINTS];
  mi_peaks_result r;
  const mi_peaks_options o = mi_peaks_default();
  const mi_peak_shape shapes[] = {shape_of("pseudo-voigt"), shape_of("pseudo-voigt")};
  mi_peak_limits limits[] = {limits_of((mi_peak){3000, 284.7, 1.2, 0.1, 0}),
                             limits_of((mi_peak){2000, 287.3, 1, 0.1, 0})};
  synthetic(&o, shapes, x, y);
  limits[0].low.position = limits[0].high.position = 284.7;
  limits[1].tie[2] = 3; /* the width of peak 1, times 0.9 */
  limits[1].factor[2] = 0.9;
  limits[1].tie[1] = 2;
  limits[1].factor[1] = 1, limits[1].offset[1] = 2.2;
  assert_int_equal(mi_peaks_fit(&o, x, y, POINTS, shapes, limits, 2, &r, NULL), MI_OK);
  assert_true(r.peak[0].position == 284.7 && r.error[0].position == 0);
  assert_true(close_to(r.peak[1].width, 0.9 * r.peak[0].width, 1e-12));
  assert_true(close_to(r.error[1].width, 0.9 * r.error[0].width, 1e-12));
  assert_true(close_to(r.peak[1].position, 286.9, 1e-12));
assert_true(r.chi2 > 1 && r.parameters <= 7);
}

/* A prior far stronger than the data decides, one far weaker does nothing. */
static void priors_weigh_what_they_say(void **state) {
  (void)state;
  double x[POINTS], y[POINTS];
  mi_peaks_result r;
  const mi_peaks_options o = mi_peaks_default();
  const mi_peak_shape shapes[] = {shape_of("pseudo-voigt"), shape_of("pseudo-voigt")};
  mi_peak_limits limits[] = {limits_of((mi_peak){3000, 284.7, 1.2, 0.1, 0}),
                             limits_of((mi_peak){2000, 287.3, 1, 0.1, 0})};
  synthetic(&o, shapes, x, y);
  limits[0].prior.position = 284.9;
  limits[0].sd.position = 1e-5;
  assert_int_equal(mi_peaks_fit(&o, x, y, POINTS, shapes, limits, 2, &r, NULL), MI_OK);
  assert_true(close_to(r.peak[0].position, 284.9, 1e-4) && r.error[0].position <= 1e-5);
  limits[0].sd.position = 100;
  assert_int_equal(mi_peaks_fit(&o, x, y, POINTS, shapes, limits, 2, &r, NULL), MI_OK);
  assert_true(close_to(r.peak[0].position, 284.8, 1e-5));
}

static void bad_input_is_named(void **state) {
  (void)state;
  double x[POINTS], y[POINTS];
  mi_peaks_result r;
  mi_control control;
  mi_control_init(&control);
  const mi_peaks_options o = mi_peaks_default();
  const mi_peak_shape shapes[] = {shape_of("gauss"), shape_of("gauss")};
  mi_peak_limits l = limits_of((mi_peak){1, 285, 1, 0, 0});
  synthetic(&o, shapes, x, y);
  assert_int_equal(mi_peaks_fit(&o, x, y, 5, shapes, &l, 1, &r, &control), MI_EINVAL);
  assert_non_null(strstr(control.error, "at least 6 points, got 5"));
  y[3] = NAN;
  assert_int_equal(mi_peaks_fit(&o, x, y, POINTS, shapes, &l, 1, &r, &control), MI_EINVAL);
  assert_non_null(strstr(control.error, "point 4"));
  memset(y, 0, sizeof y);
  assert_int_equal(mi_peaks_fit(&o, x, y, POINTS, shapes, &l, 1, &r, &control), MI_EINVAL);
  assert_non_null(strstr(control.error, "zero"));
  y[3] = 1;
  mi_peaks_options held = o;
  held.average = POINTS;
  assert_int_equal(mi_peaks_fit(&held, x, y, POINTS, shapes, &l, 1, &r, &control), MI_EINVAL);
  assert_non_null(strstr(control.error, "1 to 100 points expected, got 201"));
  held.average = 3, held.background |= MI_LINEAR;
  assert_int_equal(mi_peaks_fit(&held, x, y, POINTS, shapes, &l, 1, &r, &control), MI_EINVAL);
  assert_non_null(strstr(control.error, "it holds a background at both ends"));
  l.low.width = 9;
  assert_int_equal(mi_peaks_fit(&o, x, y, POINTS, shapes, &l, 1, &r, &control), MI_EINVAL);
  assert_non_null(strstr(control.error, "empty bounds"));
  l.tie[2] = 3;
  assert_int_equal(mi_peaks_fit(&o, x, y, POINTS, shapes, &l, 1, &r, &control), MI_EINVAL);
  assert_non_null(strstr(control.error, "not tied itself"));
}

/* Both parts add up, have the right mean and variance, and do not know of each other. */
static void thinned_parts_are_independent(void **state) {
  (void)state;
  enum { N = 20000 };
  double *y = malloc(3 * N * sizeof *y), *one = y + N, *two = one + N;
  assert_non_null(y);
  for (int exact = 0; exact < 2; exact++) {
    double mean[2] = {0}, var[2] = {0}, both = 0;
    mi_rng rng = mi_rng_stream(3, 4, 5);
    for (int i = 0; i < N; i++)
      y[i] = (double)mi_rng_poisson(&rng, 400) + (exact ? 0 : 1e-9);
    mi_thin(y, N, 0.5, 1, 7, one, two);
    for (int i = 0; i < N; i++) {
      assert_true(close_to(one[i] + two[i], y[i], 1e-12 * y[i]));
      mean[0] += one[i] / N;
      mean[1] += two[i] / N;
      var[0] += (one[i] - 200) * (one[i] - 200) / N;
      var[1] += (two[i] - 200) * (two[i] - 200) / N;
      both += (one[i] - 200) * (two[i] - 200) / N;
    }
    for (int j = 0; j < 2; j++) {
      assert_true(close_to(mean[j], 200, 0.5));
      assert_true(close_to(var[j], 200, 8));
    }
    assert_true(fabs(both) < 6);
  }
  free(y);
}

static void vamas_counts_are_checked(void **state) {
  (void)state;
  const char *magic = "VAMAS Surface Chemical Analysis Standard Data Transfer Format 1988 May 4\n";
  static const struct {
    const char *rest, *message;
    int64_t line;
  } cases[] = {
      {"i\ni\no\ne\n-1\n", "integer >= 0 expected, got -1", 6},
      {"i\ni\no\ne\n1e18\n", "more than the rest of the file can hold", 6},
      {"i\ni\no\ne\n2.5\n", "integer >= 0 expected, got 2.5", 6},
      {"i\ni\no\ne\n0\nNOMODE\n", "NORM, MAP, SDP", 7},
      {"i\ni\no\ne\n0\nNORM\nREGULAR\n1\n0\n41\n", "-40 to 40 entries expected, got 41", 11},
      {"i\ni\no\ne\n0\nNORM\nREGULAR\n1\n0\n1\n99\n", "part 1 to 40 expected, got 99", 12},
      {"i\ni\no\ne\n0\nNORM\nREGULAR\n1\n0\n0\n0\n0\n0\n0\nend\n", "\"end of experiment\" expected", 16},
      {"", "the file ends where the institution should stand", 2},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char text[512];
    mi_vamas v;
    int64_t line;
    mi_control control;
    mi_control_init(&control);
    (void)snprintf(text, sizeof text, "%s%s", magic, cases[i].rest);
    assert_int_equal(mi_vamas_read(text, strlen(text), &v, &line, &control), MI_EINVAL);
    assert_non_null(strstr(control.error, cases[i].message));
    assert_int_equal(line, cases[i].line);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(shapes_have_their_area_width_and_name),
      cmocka_unit_test(voigt_agrees_with_faddeeva),
      cmocka_unit_test(fits_recover_the_truth),
      cmocka_unit_test(derivatives_by_differences),
      cmocka_unit_test(derivatives_with_held_ends),
      cmocka_unit_test(held_ends_are_met),
      cmocka_unit_test(fixed_and_tied_values_stay),
      cmocka_unit_test(priors_weigh_what_they_say),
      cmocka_unit_test(bad_input_is_named),
      cmocka_unit_test(thinned_parts_are_independent),
      cmocka_unit_test(vamas_counts_are_checked),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
