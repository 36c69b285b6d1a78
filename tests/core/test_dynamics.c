/* core/md, dynamics: what is conserved, exact continuation, ensembles, and how runs that make no
 * sense are stopped. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/special.h"
#include "core/md/dynamics.h"
#include "core/potentials/stillinger_weber.h"
#include "tests/core/cmocka_all.h"

enum { MOST = 64 };

static double position[3 * MOST];
static int32_t number[MOST];

static mi_structure silicon(int cells, double a) {
  static const double basis[8][3] = {{0, 0, 0},       {0, .5, .5},     {.5, 0, .5},
                                     {.5, .5, 0},     {.25, .25, .25}, {.25, .75, .75},
                                     {.75, .25, .75}, {.75, .75, .25}};
  mi_structure s = {.position = position, .number = number, .periodic = {true, true, true}};
  for (int t = 0; t < cells * cells * cells; t++)
    for (int b = 0; b < 8; b++, s.n++) {
      const int at[] = {t % cells, t / cells % cells, t / cells / cells};
      number[s.n] = 14;
      for (size_t k = 0; k < 3; k++) position[3 * s.n + k] = a * (at[k] + basis[b][k]);
    }
  for (int k = 0; k < 3; k++) s.cell[k][k] = a * cells;
  return s;
}

static mi_potential potential;

static int set_up(void **state) {
  (void)state;
  static const mi_sw_entry si = {2.1683, 2.0951, 1.80, 21.0, 1.20, -0.333333333333,
                                 7.049556277, 0.6022245584, 4, 0};
  return mi_sw_make((int32_t[]){14}, 1, &si, &potential, NULL);
}

static int tear_down(void **state) {
  (void)state;
  mi_potential_free(&potential);
  return 0;
}

static mi_control control;

static void begin(mi_md *md, const mi_md_options *o, const mi_structure *s, double temperature) {
  mi_control_init(&control);
  if (mi_md_begin(md, o, &potential, s, NULL, &control)) fail_msg("%s", control.error);
  mi_md_draw_velocities(md, temperature, 3);
  if (mi_md_prepare(md, &control)) fail_msg("%s", control.error);
}

static void advance(mi_md *md, int64_t steps) {
  if (mi_md_advance(md, steps, &control)) fail_msg("%s", control.error);
}

/* The greatest excursion of the conserved quantity, in eV/atom. */
static double excursion(const mi_md_options *o, int steps) {
  mi_md md;
  const mi_structure s = silicon(2, 5.431);
  begin(&md, o, &s, 600);
  const double start = mi_md_observe(&md).conserved;
  double worst = 0;
  for (int k = 0; k < steps; k++) {
    advance(&md, 10);
    worst = fmax(worst, fabs(mi_md_observe(&md).conserved - start));
  }
  assert_int_equal(md.stop, MI_MD_RUNNING);
  mi_md_end(&md);
  return worst / 64;
}

/* Halving the step divides the error of the total energy by four. */
static void test_energy_is_conserved_to_second_order(void **state) {
  (void)state;
  mi_md_options o = mi_md_options_default();
  o.timestep = 2;
  const double two = excursion(&o, 50);
  o.timestep = 1;
  const double one = excursion(&o, 100);
  assert_true(one < 1e-4 && two / one > 3 && two / one < 6);
}

static void test_baths_conserve_what_they_should(void **state) {
  (void)state;
  mi_md_options o = mi_md_options_default();
  for (o.bath = MI_BATH_NOSE_HOOVER; o.bath <= MI_BATH_CSVR; o.bath++)
    if (excursion(&o, 100) > 1e-4) fail_msg("bath %d", o.bath);
}

static void test_mtk_conserves_what_it_should(void **state) {
  (void)state;
  mi_md_options o = mi_md_options_default();
  o.bath = MI_BATH_NOSE_HOOVER;
  o.piston = MI_PISTON_MTK;
  o.piston_time = 300;
  o.pressure.value[0] = 0.02;
  for (o.shape = MI_ISOTROPIC; o.shape <= MI_TRICLINIC; o.shape++)
    if (excursion(&o, 100) > 1e-4) fail_msg("shape %d: %g", o.shape, excursion(&o, 100));
}

/* A copy of the state, in a run of its own with other threads, goes on with the same bits. */
static void test_exact_continuation(void **state) {
  (void)state;
  const mi_structure s = silicon(2, 5.431);
  mi_md_options o = mi_md_options_default();
  for (int k = 0; k < 4; k++) {
    mi_md one, two;
    o.bath = k == 3 ? MI_BATH_NOSE_HOOVER : (mi_bath)(k + 1);
    o.piston = k == 3 ? MI_PISTON_MTK : k == 2 ? MI_PISTON_SCR : MI_PISTON_NONE;
    o.shape = MI_TRICLINIC;
    begin(&one, &o, &s, 900);
    advance(&one, 123);
    begin(&two, &o, &s, 0);
    double *x = two.state.position, *v = two.state.velocity;
    two.state = one.state;
    two.state.position = memcpy(x, one.state.position, 3 * s.n * sizeof *x);
    two.state.velocity = memcpy(v, one.state.velocity, 3 * s.n * sizeof *v);
    assert_int_equal(mi_md_prepare(&two, &control), MI_OK);
    advance(&one, 77);
    control.threads = 2;
    advance(&two, 77);
    assert_memory_equal(one.state.position, x, 3 * s.n * sizeof *x);
    assert_memory_equal(one.state.velocity, v, 3 * s.n * sizeof *v);
    assert_memory_equal(one.state.cell, two.state.cell, sizeof two.state.cell);
    mi_md_end(&one);
    mi_md_end(&two);
  }
}

/* Kinetic energies of independent samples fall equally into bins of equal chance. */
static void test_kinetic_energy_is_maxwells(void **state) {
  (void)state;
  enum { BINS = 20, SAMPLES = 1000 };
  const mi_structure s = silicon(1, 5.431);
  mi_md_options o = mi_md_options_default();
  o.bath_time = 20;
  o.temperature.value[0] = 500;
  for (o.bath = MI_BATH_NOSE_HOOVER; o.bath <= MI_BATH_CSVR; o.bath++) {
    int count[BINS] = {0};
    double chi2 = 0;
    mi_md md;
    begin(&md, &o, &s, 500);
    advance(&md, 1000);
    for (int k = 0; k < SAMPLES; k++) {
      advance(&md, 50);
      const double chance = mi_chi2_cdf(2 * mi_md_kinetic(&md) / (MI_BOLTZMANN * 500), 21);
      count[(int)fmin(BINS * chance, BINS - 1)]++;
    }
    for (int b = 0; b < BINS; b++)
      chi2 += pow(count[b] - SAMPLES / BINS, 2) / (SAMPLES / BINS);
    if (mi_chi2_sf(chi2, BINS - 1) < 1e-3) fail_msg("bath %d: chi2 %g", o.bath, chi2);
    mi_md_end(&md);
  }
}

static void test_schedule(void **state) {
  (void)state;
  const mi_schedule s = {3, {0, 100, 200}, {300, 300, 100}};
  assert_true(mi_schedule_at(&s, -5) == 300 && mi_schedule_at(&s, 50) == 300);
  assert_true(mi_schedule_at(&s, 150) == 200 && mi_schedule_at(&s, 1e9) == 100);
}

/* ---- runs that make no sense ----------------------------------------------------------------- */

static void check_stop(const mi_md_options *o, double shift, const char *words) {
  mi_md md;
  const mi_structure s = silicon(1, 5.431);
  position[0] += shift;
  position[1] += shift;
  position[2] += shift > 0 ? 0.1 : 0;
  begin(&md, o, &s, 300);
  advance(&md, 2000);
  assert_int_equal(md.stop, MI_MD_EXPLODED);
  if (!strstr(md.why, words)) fail_msg("%s", md.why);
  for (size_t i = 0; i < 3 * md.n; i++) assert_true(isfinite(md.state.position[i]));
  const int64_t last = md.state.step;
  advance(&md, 5);
  assert_true(md.state.step == last);
  mi_md_end(&md);
}

static void test_absurd_runs_stop_with_finite_positions(void **state) {
  (void)state;
  mi_md_options o = mi_md_options_default();
  o.timestep = 500;
  check_stop(&o, 0, "would move");
  o = mi_md_options_default();
  check_stop(&o, 2.715, "would move"); /* 0.1 Å from its second neighbour */
  o.bath = MI_BATH_CSVR;
  o.piston = MI_PISTON_SCR;
  o.piston_time = 1;
  o.pressure.value[0] = 1e4;
  check_stop(&o, 0, "the cell would change");
}

static void test_bad_options(void **state) {
  (void)state;
  const mi_structure s = silicon(1, 5.431);
  mi_md md;
  mi_md_options o = mi_md_options_default();
  mi_control_init(&control);
  o.timestep = -1;
  assert_int_equal(mi_md_begin(&md, &o, &potential, &s, NULL, &control), MI_EINVAL);
  assert_string_equal(control.error, "timestep: positive number expected, got -1");
  o = mi_md_options_default();
  o.piston = MI_PISTON_MTK;
  assert_int_equal(mi_md_begin(&md, &o, &potential, &s, NULL, &control), MI_EINVAL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_energy_is_conserved_to_second_order),
      cmocka_unit_test(test_baths_conserve_what_they_should),
      cmocka_unit_test(test_mtk_conserves_what_it_should),
      cmocka_unit_test(test_exact_continuation),
      cmocka_unit_test(test_kinetic_energy_is_maxwells),
      cmocka_unit_test(test_schedule),
      cmocka_unit_test(test_absurd_runs_stop_with_finite_positions),
      cmocka_unit_test(test_bad_options),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
