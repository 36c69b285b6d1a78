/* core/spectra: shapes, the model's gradient, fits, VAMAS counts, thinned spectra. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/rng.h"
#include "core/spectra/peaks.h"
#include "core/spectra/vamas.h"
#include "tests/core/cmocka_all.h"

enum { POINTS = 201 };

static bool close_to(double a, double b, double limit) { return fabs(a - b) <= limit; }

/* Unit area, full width 1 at half maximum, derivatives by differences. */
static void shapes(void **state) {
  (void)state;
  const double h = 1e-6, mix = 0.3;
  for (int i = 0; mi_peak_shape_names[i]; i++) {
    const mi_peak_shape *shape = mi_peak_shape_find(mi_peak_shape_names[i]);
    double f[3], df, area[3], fm, am, none, top, half;
    shape->at(0, mix, &top, &none, area, &none, &none);
    assert_true(close_to(area[0], 0.5, 1e-15));
    shape->at(0.5, mix, &half, &none, area, &none, &none);
    assert_true(close_to(half, top / 2, 1e-12));
    shape->at(1e9, mix, &half, &none, area, &none, &none);
    assert_true(close_to(area[0], 1, 1e-8));
    for (double t = -2; t < 2; t += 0.173) {
      shape->at(t, mix, f, &df, area, &fm, &am);
      shape->at(t + h, mix, f + 1, &none, area + 1, &none, &none);
      shape->at(t - h, mix, f + 2, &none, area + 2, &none, &none);
      assert_true(close_to((f[1] - f[2]) / (2 * h), df, 1e-8));
      assert_true(close_to((area[1] - area[2]) / (2 * h), f[0], 1e-8));
      shape->at(t, mix + h, f + 1, &none, area + 1, &none, &none);
      shape->at(t, mix - h, f + 2, &none, area + 2, &none, &none);
      assert_true(close_to((f[1] - f[2]) / (2 * h), fm, 1e-8));
      assert_true(close_to((area[1] - area[2]) / (2 * h), am, 1e-8));
    }
  }
  assert_null(mi_peak_shape_find("box"));
}

/* Two peaks on a background; x falls, as binding energies in files do. */
static mi_peaks_options synthetic(mi_background background, double *x, double *y) {
  mi_peaks_options o = {mi_peak_shape_find("pseudo-voigt"), background, true, 1, 500};
  mi_peaks_result truth = {.k = 2, .base = 150, .slope = background == MI_LINEAR ? -4 : 0.03};
  double parts[3 * POINTS];
  truth.peak[0] = (mi_peak){4000, 284.8, 1.1, 0.3};
  truth.peak[1] = (mi_peak){1500, 287.1, 0.9, 0.6};
  for (int i = 0; i < POINTS; i++) x[i] = 292 - 0.06 * i;
  mi_peaks_evaluate(&o, &truth, x[POINTS - 1], 0.5 * (x[0] + x[POINTS - 1]), x, POINTS, parts);
  for (int i = 0; i < POINTS; i++) {
    y[i] = parts[3 * i] + parts[3 * i + 1] + parts[3 * i + 2];
    if (background == MI_NO_BACKGROUND) y[i] -= parts[3 * i];
  }
  return o;
}

/* Without noise the fit finds the truth: so residual, Jacobian and bounds agree. */
static void fits_recover_the_truth(void **state) {
  (void)state;
  const mi_peak start[] = {{3000, 284.6, 1.3, 0.1}, {2000, 287.3, 1, 0.1}};
  const mi_peak low[] = {{0, 280, 0.3, 0}, {0, 280, 0.3, 0}};
  const mi_peak high[] = {{HUGE_VAL, 292, 3, 1}, {HUGE_VAL, 292, 3, 1}};
  for (int background = MI_NO_BACKGROUND; background <= MI_SHIRLEY; background++) {
    double x[POINTS], y[POINTS];
    mi_peaks_result r;
    const mi_peaks_options o = synthetic((mi_background)background, x, y);
    if (background == MI_CONSTANT) continue; /* its truth has a slope of none */
    assert_int_equal(mi_peaks_fit(&o, x, y, POINTS, start, low, high, 2, &r, NULL), MI_OK);
    assert_true(r.chi2 < 1e-9);
    assert_true(close_to(r.peak[0].position, 284.8, 1e-6));
    assert_true(close_to(r.peak[1].mix, 0.6, 1e-4));
    assert_true(close_to(r.peak[0].area, 4000, 0.1));
    assert_true(close_to(r.share[0] + r.share[1], 1, 1e-12));
    assert_true(r.error[0].position > 0 && r.share_error[0] > 0);
  }
}

static void fixed_values_stay(void **state) {
  (void)state;
  double x[POINTS], y[POINTS];
  mi_peaks_result r;
  const mi_peaks_options o = synthetic(MI_SHIRLEY, x, y);
  const mi_peak start[] = {{3000, 284.7, 1.2, 0.1}, {2000, 287.3, 1, 0.1}};
  const mi_peak low[] = {{0, 284.7, 1.2, 0}, {0, 280, 0.3, 0}};
  const mi_peak high[] = {{HUGE_VAL, 284.7, 1.2, 1}, {HUGE_VAL, 292, 3, 1}};
  assert_int_equal(mi_peaks_fit(&o, x, y, POINTS, start, low, high, 2, &r, NULL), MI_OK);
  assert_true(r.peak[0].position == 284.7 && r.peak[0].width == 1.2);
  assert_true(r.error[0].position == 0);
  assert_true(r.chi2 > 1);
}

static void bad_input_is_named(void **state) {
  (void)state;
  double x[POINTS], y[POINTS];
  mi_peaks_result r;
  mi_control control;
  mi_control_init(&control);
  const mi_peaks_options o = synthetic(MI_SHIRLEY, x, y);
  const mi_peak p = {1, 285, 1, 0}, low = {0, 280, 0.5, 0}, high = {HUGE_VAL, 292, 2, 1};
  assert_int_equal(mi_peaks_fit(&o, x, y, 5, &p, &low, &high, 1, &r, &control), MI_EINVAL);
  assert_non_null(strstr(control.error, "at least 6 points, got 5"));
  y[3] = NAN;
  assert_int_equal(mi_peaks_fit(&o, x, y, POINTS, &p, &low, &high, 1, &r, &control), MI_EINVAL);
  assert_non_null(strstr(control.error, "point 4"));
  memset(y, 0, sizeof y);
  assert_int_equal(mi_peaks_fit(&o, x, y, POINTS, &p, &low, &high, 1, &r, &control), MI_EINVAL);
  assert_non_null(strstr(control.error, "zero"));
  y[3] = 1;
  assert_int_equal(mi_peaks_fit(&o, x, y, POINTS, &p, &high, &low, 1, &r, &control), MI_EINVAL);
  assert_non_null(strstr(control.error, "empty bounds"));
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
      cmocka_unit_test(shapes),
      cmocka_unit_test(fits_recover_the_truth),
      cmocka_unit_test(fixed_values_stay),
      cmocka_unit_test(bad_input_is_named),
      cmocka_unit_test(thinned_parts_are_independent),
      cmocka_unit_test(vamas_counts_are_checked),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
