/* core/potentials: published values, gradients by differences, symmetries, Ewald's sum against a
 * direct one; at every instruction set level. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/rng.h"
#include "core/potentials/pair.h"
#include "core/potentials/stillinger_weber.h"
#include "core/potentials/tersoff.h"
#include "core/potentials/zbl.h"
#include "tests/core/cmocka_all.h"

enum { MOST = 600 };

/* ---- crystals -------------------------------------------------------------------------------- */

typedef struct crystal {
  double position[3 * MOST];
  int32_t number[MOST];
  mi_structure s;
} crystal;

static void finish(crystal *c, size_t n) {
  c->s = (mi_structure){.n = n, .position = c->position, .number = c->number,
                        .periodic = {true, true, true}};
}

/* Diamond or zincblende of the elements z1, z2: cells of 8 atoms. */
static void diamond(crystal *c, double a, int cells, int z1, int z2) {
  static const double basis[8][3] = {{0, 0, 0},       {0, .5, .5},     {.5, 0, .5},
                                     {.5, .5, 0},     {.25, .25, .25}, {.25, .75, .75},
                                     {.75, .25, .75}, {.75, .75, .25}};
  size_t n = 0;
  for (int x = 0; x < cells; x++)
    for (int y = 0; y < cells; y++)
      for (int z = 0; z < cells; z++)
        for (int b = 0; b < 8; b++, n++) {
          const double at[] = {x + basis[b][0], y + basis[b][1], z + basis[b][2]};
          for (int k = 0; k < 3; k++) c->position[3 * n + (size_t)k] = a * at[k];
          c->number[n] = b < 4 ? z1 : z2;
        }
  finish(c, n);
  for (int k = 0; k < 3; k++) c->s.cell[k][k] = a * cells;
}

static void rattle(crystal *c, double by, uint64_t seed) {
  mi_rng rng = mi_rng_stream(seed, 0, 0);
  for (size_t i = 0; i < 3 * c->s.n; i++) c->position[i] += by * mi_rng_normal(&rng);
}

/* Shears and stretches the cell and the atoms: x' = x (1 + e). */
static void strain(crystal *c, const double e[9]) {
  double f[9];
  for (int i = 0; i < 9; i++) f[i] = (i % 4 == 0) + e[i];
  for (size_t i = 0; i < c->s.n; i++)
    mi_row_times(c->position + 3 * i, f, c->position + 3 * i);
  for (int i = 0; i < 3; i++) mi_row_times(c->s.cell[i], f, c->s.cell[i]);
}

static const double sheared[9] = {.02, .03, -.01, .01, -.02, .05, 0, .02, .01};

/* ---- potentials ------------------------------------------------------------------------------ */

static const mi_sw_entry si_sw = {2.1683, 2.0951, 1.80, 21.0, 1.20, -0.333333333333,
                                  7.049556277, 0.6022245584, 4, 0};
static const mi_tersoff_entry si_tersoff = {3,       1,       1.3258, 4.8381, 2.0417, 0,      22.956,
                                            0.33675, 1.3258,  95.373, 3.0,    0.2,    3.2394, 3264.7};

static mi_potential silicon_sw(void) {
  mi_potential p;
  assert_int_equal(mi_sw_make((int32_t[]){14}, 1, &si_sw, &p, NULL), MI_OK);
  return p;
}

static mi_potential silicon_tersoff(void) {
  mi_potential p;
  assert_int_equal(mi_tersoff_make((int32_t[]){14}, 1, &si_tersoff, &p, NULL), MI_OK);
  return p;
}

/* Two elements whose parameters differ in everything that may differ. */
static mi_potential mixed_sw(void) {
  mi_sw_entry e[8];
  for (int t = 0; t < 8; t++) {
    const int ones = (t & 1) + (t >> 1 & 1);
    e[t] = si_sw;
    e[t].epsilon *= 1 + .1 * ones + .05 * (t >> 2);
    e[t].cosine += .1 * ones;
    e[t].sigma *= 1 + .03 * ones;
    e[t].gamma *= 1 - .05 * ones;
    if (t == 3) e[t].p = 4.5, e[t].q = .7;
  }
  mi_potential p;
  assert_int_equal(mi_sw_make((int32_t[]){14, 32}, 2, e, &p, NULL), MI_OK);
  return p;
}

static mi_potential mixed_tersoff(void) {
  mi_tersoff_entry e[8];
  for (int t = 0; t < 8; t++) {
    e[t] = si_tersoff;
    e[t].m = t & 1 ? 1 : 3;
    e[t].gamma = 1 + .1 * t;
    e[t].lambda3 *= 1 - .02 * t;
    e[t].c *= 1 + .05 * t;
    e[t].h = -.1 * t;
    e[t].R += .1 * t;
    e[t].D = .6;
    e[t].A *= 1 + .01 * t;
    e[t].n = t & 2 ? .78 : 22.956;
  }
  mi_potential p;
  assert_int_equal(mi_tersoff_make((int32_t[]){14, 32}, 2, e, &p, NULL), MI_OK);
  return p;
}

static const mi_pair_entry bks[4] = {{0, 0, 0, 0},
                                     {18003.7572, 1 / 4.87318, 133.5381, 0},
                                     {18003.7572, 1 / 4.87318, 133.5381, 0},
                                     {1388.7730, 1 / 2.76, 175.0, 0}};

static mi_potential ionic(double cutoff, double accuracy, mi_truncation truncation) {
  const mi_pair_options o = {cutoff, truncation, 1, accuracy};
  mi_potential p;
  assert_int_equal(mi_pair_make("BKS", (int32_t[]){14, 8}, 2, bks, (double[]){2.4, -1.2}, &o, &p,
                                NULL),
                   MI_OK);
  return p;
}

static mi_potential argon(mi_truncation truncation) {
  const mi_pair_options o = {6, truncation, 1, 1e-6};
  const double epsilon = 0.0104, s6 = pow(3.4, 6);
  const mi_pair_entry e = {0, 0, 4 * epsilon * s6, 4 * epsilon * s6 * s6};
  mi_potential p;
  assert_int_equal(mi_pair_make("Lennard-Jones", (int32_t[]){18}, 1, &e, NULL, &o, &p, NULL),
                   MI_OK);
  return p;
}

static mi_potential nuclei(void) {
  mi_potential p;
  assert_int_equal(mi_zbl_make((int32_t[]){14, 8}, 2, 1.6, 3.1, &p, NULL), MI_OK);
  return p;
}

/* ---- evaluation ------------------------------------------------------------------------------ */

static int levels(void) { return (int)mi_isa_best() + 1; }

static mi_control control_of(int level, int threads) {
  mi_control control;
  mi_control_init(&control);
  control.isa = (mi_isa)level;
  control.threads = threads;
  return control;
}

static mi_evaluation evaluate(const mi_potential *p, const mi_structure *s, int level,
                              int threads) {
  mi_control control = control_of(level, threads);
  mi_evaluation e;
  assert_int_equal(mi_evaluation_begin(&e, s->n), MI_OK);
  if (mi_potential_single(p, s, &e, &control) != MI_OK) fail_msg("%s", control.error);
  return e;
}

static double energy_of(const mi_potential *p, const mi_structure *s, int level) {
  mi_evaluation e = evaluate(p, s, level, 1);
  const double energy = e.energy;
  mi_evaluation_end(&e);
  return energy;
}

/* Differences of fourth order; the greatest error of the forces of a few atoms, in eV/Å. */
static double force_error(const mi_potential *p, crystal *c, int level) {
  const double h = 5e-4;
  mi_evaluation e = evaluate(p, &c->s, level, 1);
  double worst = 0;
  for (size_t i = 0; i < 3 * c->s.n; i += 7) {
    const double here = c->position[i];
    double value[4];
    for (int k = 0; k < 4; k++) {
      c->position[i] = here + h * (k < 2 ? k - 2 : k - 1);
      value[k] = energy_of(p, &c->s, level);
    }
    c->position[i] = here;
    const double slope = (8 * (value[2] - value[1]) - (value[3] - value[0])) / (12 * h);
    worst = fmax(worst, fabs(slope + e.forces[i]));
  }
  mi_evaluation_end(&e);
  return worst;
}

static double virial_error(const mi_potential *p, const crystal *c, int level) {
  const double h = 5e-4;
  mi_evaluation e = evaluate(p, &c->s, level, 1);
  double worst = 0;
  for (int t = 0; t < 9; t++) {
    double value[4];
    for (int k = 0; k < 4; k++) {
      crystal moved = *c;
      moved.s.position = moved.position;
      double by[9] = {0};
      by[t] = h * (k < 2 ? k - 2 : k - 1);
      strain(&moved, by);
      value[k] = energy_of(p, &moved.s, level);
    }
    const double slope = (8 * (value[2] - value[1]) - (value[3] - value[0])) / (12 * h);
    worst = fmax(worst, fabs(slope + e.virial[t / 3][t % 3]));
  }
  mi_evaluation_end(&e);
  return worst;
}

/* ---- tests ----------------------------------------------------------------------------------- */

static void test_energies_of_perfect_crystals(void **state) {
  (void)state;
  crystal *c = malloc(sizeof *c);
  mi_potential sw = silicon_sw(), tersoff = silicon_tersoff();
  for (int level = 0; level < levels(); level++) {
    diamond(c, 5.43094978, 2, 14, 14);
    assert_true(fabs(energy_of(&sw, &c->s, level) / 64 + 4.3366) < 1e-9);
    diamond(c, 5.43123075, 2, 14, 14);
    assert_true(fabs(energy_of(&tersoff, &c->s, level) / 64 + 4.63041216) < 1e-8);
  }
  mi_potential_free(&sw);
  mi_potential_free(&tersoff);
  free(c);
}

/* Forces to 1e-8 eV/Å and virials to 1e-6 eV, atoms rattled and the cell sheared. */
static void check_gradients(mi_potential p, double a, int cells, int z1, int z2) {
  crystal *c = malloc(sizeof *c);
  diamond(c, a, cells, z1, z2);
  rattle(c, 0.08, 3);
  strain(c, sheared);
  for (int level = 0; level < levels(); level++) {
    const double force = force_error(&p, c, level), virial = virial_error(&p, c, level);
    if (!(force < 1e-8 && virial < 1e-6))
      fail_msg("%s, level %d: force %g, virial %g", p.class->name, level, force, virial);
  }
  mi_potential_free(&p);
  free(c);
}

static void test_gradients(void **state) {
  (void)state;
  check_gradients(silicon_sw(), 5.2, 1, 14, 14);
  check_gradients(nuclei(), 4.4, 1, 14, 8);
  check_gradients(silicon_tersoff(), 5.2, 1, 14, 14);
  check_gradients(mixed_sw(), 5.3, 1, 14, 32);
  check_gradients(mixed_tersoff(), 5.3, 1, 14, 32);
  check_gradients(argon(MI_SMOOTH), 7.5, 1, 18, 18);
  check_gradients(ionic(6, 1e-10, MI_SMOOTH), 4.6, 1, 14, 8);
}

/* Atoms so close that the parabola of the wall acts: 1.0 Å. */
static void test_gradient_of_the_wall(void **state) {
  (void)state;
  check_gradients(ionic(5, 1e-12, MI_SMOOTH), 2.6, 1, 8, 8);
}

static bool same_bits(const mi_evaluation *a, const mi_evaluation *b) {
  return a->energy == b->energy && memcmp(a->virial, b->virial, sizeof a->virial) == 0 &&
         memcmp(a->forces, b->forces, 3 * a->n * sizeof(double)) == 0 &&
         memcmp(a->energies, b->energies, a->n * sizeof(double)) == 0;
}

static void test_threads_do_not_matter(void **state) {
  (void)state;
  crystal *c = malloc(sizeof *c);
  mi_potential p[] = {silicon_sw(), silicon_tersoff(), ionic(6, 1e-6, MI_CUT)};
  diamond(c, 5.4, 4, 14, 14);
  rattle(c, 0.1, 5);
  for (int k = 0; k < 3; k++) {
    mi_evaluation one = evaluate(p + k, &c->s, levels() - 1, 1);
    for (int threads = 2; threads <= 5; threads += 3) {
      mi_evaluation more = evaluate(p + k, &c->s, levels() - 1, threads);
      assert_true(same_bits(&one, &more));
      mi_evaluation_end(&more);
    }
    mi_evaluation_end(&one);
    mi_potential_free(p + k);
  }
  free(c);
}

/* No net force, and the energies of the atoms sum up to the energy. */
static void test_sums(void **state) {
  (void)state;
  crystal *c = malloc(sizeof *c);
  mi_potential p[] = {mixed_sw(), mixed_tersoff(), argon(MI_SHIFT)}, sum;
  const mi_potential *terms[] = {p, p + 1};
  assert_int_equal(mi_potential_sum(terms, 2, &sum, NULL), MI_OK);
  diamond(c, 5.5, 2, 14, 32);
  rattle(c, 0.1, 6);
  mi_evaluation both = evaluate(&sum, &c->s, levels() - 1, 1);
  double total = 0, force[3] = {0}, atoms = 0;
  for (int k = 0; k < 2; k++) total += energy_of(p + k, &c->s, levels() - 1);
  for (size_t i = 0; i < c->s.n; i++) {
    atoms += both.energies[i];
    for (size_t a = 0; a < 3; a++) force[a] += both.forces[3 * i + a];
  }
  assert_true(fabs(total - both.energy) < 1e-10 && fabs(atoms - both.energy) < 1e-10);
  for (int a = 0; a < 3; a++) assert_true(fabs(force[a]) < 1e-11);
  mi_evaluation_end(&both);
  mi_potential_free(&sum);
  for (int k = 0; k < 3; k++) mi_potential_free(p + k);
  free(c);
}

/* ---- Ewald ----------------------------------------------------------------------------------- */

static mi_potential charges_only(double cutoff, double accuracy) {
  const mi_pair_options o = {cutoff, MI_CUT, 1, accuracy};
  const mi_pair_entry none[4] = {{0}};
  mi_potential p;
  assert_int_equal(mi_pair_make("charges", (int32_t[]){11, 17}, 2, none, (double[]){1, -1}, &o, &p,
                                NULL),
                   MI_OK);
  return p;
}

/* Rock salt with nearest neighbours 1 Å apart. */
static void rock_salt(crystal *c) {
  for (int i = 0; i < 8; i++) {
    for (int k = 0; k < 3; k++) c->position[3 * i + k] = i >> k & 1;
    c->number[i] = ((i & 1) + (i >> 1 & 1) + (i >> 2 & 1)) % 2 ? 17 : 11;
  }
  finish(c, 8);
  for (int k = 0; k < 3; k++) c->s.cell[k][k] = 2;
}

static void test_madelung(void **state) {
  (void)state;
  crystal *c = malloc(sizeof *c);
  rock_salt(c);
  for (int level = 0; level < levels(); level++) {
    mi_potential p = charges_only(4, 1e-13);
    const double madelung = -energy_of(&p, &c->s, level) / 4 / MI_COULOMB;
    assert_true(fabs(madelung - 1.7475645946331822) < 1e-12);
    mi_potential_free(&p);
  }
  free(c);
}

/* The energy of the cell with (2m+1)^3 cells around it, which differs from tin foil by the energy
 * of its dipole in the field of the surface: 2 pi / (3 V) |p|^2 for a cube. */
static double direct_sum(const crystal *c, int m) {
  double e = 0, dipole[3] = {0};
  const size_t n = c->s.n;
  for (int t = 0; t < (2 * m + 1) * (2 * m + 1) * (2 * m + 1); t++) {
    const int cell[] = {t % (2 * m + 1) - m, t / (2 * m + 1) % (2 * m + 1) - m,
                        t / (2 * m + 1) / (2 * m + 1) - m};
    for (size_t i = 0; i < n; i++)
      for (size_t j = 0; j < n; j++) {
        double r2 = 0;
        for (size_t k = 0; k < 3; k++) {
          const double d = c->position[3 * j + k] - c->position[3 * i + k] + 2.0 * cell[k];
          r2 += d * d;
        }
        if (r2 > 0) e += (c->number[i] == c->number[j] ? 0.5 : -0.5) / sqrt(r2);
      }
  }
  for (size_t i = 0; i < 3 * n; i++)
    dipole[i % 3] += (c->number[i / 3] == 11 ? 1 : -1) * c->position[i];
  const double p2 = dipole[0] * dipole[0] + dipole[1] * dipole[1] + dipole[2] * dipole[2];
  return MI_COULOMB * (e - 2 * 3.14159265358979323846 / (3 * 8) * p2);
}

/* A distorted cell; the error of the direct sum is a series in (2m+1)^-2, taken away by
 * Richardson's extrapolation. */
static void test_ewald_against_a_direct_sum(void **state) {
  (void)state;
  crystal *c = malloc(sizeof *c);
  rock_salt(c);
  rattle(c, 0.1, 9);
  double table[4], width[4];
  for (int k = 0; k < 4; k++) {
    const int m = 4 << k;
    width[k] = 2 * m + 1;
    table[k] = direct_sum(c, m);
  }
  for (int level = 1; level < 4; level++)
    for (int k = 3; k >= level; k--) {
      const double ratio = pow(width[k] / width[k - level], 2);
      table[k] = (ratio * table[k] - table[k - 1]) / (ratio - 1);
    }
  mi_potential p = charges_only(4, 1e-13);
  const double ewald = energy_of(&p, &c->s, levels() - 1);
  if (fabs(ewald - table[3]) > 1e-8)
    fail_msg("%.12f by Ewald, %.12f directly", ewald, table[3]);
  mi_potential_free(&p);
  free(c);
}

/* The error stated is the error made. */
static void test_accuracy_of_ewald(void **state) {
  (void)state;
  crystal *c = malloc(sizeof *c);
  diamond(c, 5.0, 2, 14, 8);
  for (size_t i = 0; i < c->s.n; i += 4) c->number[i] = 8; /* three O a Si: not neutral, too */
  rattle(c, 0.1, 4);
  mi_potential exact = ionic(9, 1e-13, MI_CUT);
  mi_evaluation a = evaluate(&exact, &c->s, levels() - 1, 1);
  for (int digits = 3; digits <= 8; digits++) {
    const double accuracy = pow(10, -digits);
    mi_potential p = ionic(9, accuracy, MI_CUT);
    mi_evaluation b = evaluate(&p, &c->s, levels() - 1, 1);
    double sum = 0;
    for (size_t i = 0; i < 3 * c->s.n; i++) sum += pow(a.forces[i] - b.forces[i], 2);
    const double error = sqrt(sum / (double)c->s.n) / MI_COULOMB;
    if (error > accuracy) fail_msg("accuracy %g wanted, got %g", accuracy, error);
    mi_evaluation_end(&b);
    mi_potential_free(&p);
  }
  mi_evaluation_end(&a);
  mi_potential_free(&exact);
  free(c);
}

/* ---- bad input ------------------------------------------------------------------------------- */

static void test_unknown_element_names_the_atom(void **state) {
  (void)state;
  crystal *c = malloc(sizeof *c);
  mi_potential sw = silicon_sw();
  mi_control control = control_of(0, 1);
  mi_evaluation e;
  diamond(c, 5.43, 1, 14, 14);
  c->number[5] = 6;
  assert_int_equal(mi_evaluation_begin(&e, 8), MI_OK);
  assert_int_equal(mi_potential_single(&sw, &c->s, &e, &control), MI_EINVAL);
  assert_string_equal(control.error, "atom 6: the Stillinger-Weber potential has no parameters "
                                     "for C");
  mi_evaluation_end(&e);
  mi_potential_free(&sw);
  free(c);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_energies_of_perfect_crystals),
      cmocka_unit_test(test_gradients),
      cmocka_unit_test(test_gradient_of_the_wall),
      cmocka_unit_test(test_threads_do_not_matter),
      cmocka_unit_test(test_sums),
      cmocka_unit_test(test_madelung),
      cmocka_unit_test(test_ewald_against_a_direct_sum),
      cmocka_unit_test(test_accuracy_of_ewald),
      cmocka_unit_test(test_unknown_element_names_the_atom),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
