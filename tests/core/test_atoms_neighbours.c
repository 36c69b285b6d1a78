/* core/atoms: cells and neighbour lists against sums over all images. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/atoms/neighbours.h"
#include "core/base/rng.h"
#include "tests/core/cmocka_all.h"

enum { MOST = 400 };

typedef struct sample {
  double position[3 * MOST];
  int32_t number[MOST];
  mi_structure s;
} sample;

/* n atoms of three elements, some of them outside the cell. */
static void random_sample(sample *a, uint64_t seed, size_t n, double size, bool skewed,
                          const bool periodic[3]) {
  mi_rng rng = mi_rng_stream(seed, 0, 0);
  *a = (sample){.s = {.n = n, .position = a->position, .number = a->number}};
  for (int k = 0; k < 3; k++) {
    for (int i = 0; i < 3; i++)
      a->s.cell[k][i] = k == i ? size : skewed ? size * (mi_rng_uniform(&rng) - 0.5) : 0;
    a->s.periodic[k] = periodic[k];
  }
  for (size_t i = 0; i < n; i++) {
    double f[3];
    for (int k = 0; k < 3; k++) f[k] = 3 * mi_rng_uniform(&rng) - 1;
    mi_row_times(f, *a->s.cell, a->position + 3 * i);
    a->number[i] = (int32_t)(8 + 6 * (i * 7 % 3));
  }
}

static int by_distance(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* Distances of i's neighbours from all images within reach. */
static size_t all_images(const mi_structure *s, size_t i, double cutoff, int reach, double *r) {
  size_t count = 0;
  for (int u = -reach; u <= reach; u++)
    for (int v = -reach; v <= reach; v++)
      for (int w = -reach; w <= reach; w++)
        for (size_t j = 0; j < s->n; j++) {
          const int t[3] = {u, v, w};
          double d2 = 0;
          if ((u && !s->periodic[0]) || (v && !s->periodic[1]) || (w && !s->periodic[2])) continue;
          if (i == j && !u && !v && !w) continue;
          for (size_t k = 0; k < 3; k++) {
            double d = s->position[3 * j + k] - s->position[3 * i + k];
            for (int l = 0; l < 3; l++) d += t[l] * s->cell[l][k];
            d2 += d * d;
          }
          if (sqrt(d2) < cutoff) r[count++] = sqrt(d2);
        }
  qsort(r, count, sizeof *r, by_distance);
  return count;
}

static void check_against_images(const sample *a, double cutoff, int reach) {
  mi_neighbours list = {.cutoff = cutoff};
  mi_neighbourhood h;
  mi_control control;
  static double expected[1 << 20];
  mi_control_init(&control);
  assert_int_equal(mi_neighbours_update(&list, &a->s, NULL, &control), MI_OK);
  assert_int_equal(mi_neighbourhood_alloc(&h, &list), MI_OK);
  for (size_t i = 0; i < a->s.n; i++) {
    const size_t n = all_images(&a->s, i, cutoff, reach, expected);
    mi_neighbours_of(&list, &a->s, i, &h);
    assert_int_equal(h.n, n);
    qsort(h.r, h.n, sizeof *h.r, by_distance);
    for (size_t k = 0; k < n; k++) assert_true(fabs(h.r[k] - expected[k]) < 1e-12 * cutoff);
  }
  mi_neighbourhood_free(&h);
  mi_neighbours_free(&list);
}

static void test_any_cell_and_periodicity(void **state) {
  static sample a;
  (void)state;
  for (int bits = 0; bits < 8; bits++)
    for (int skewed = 0; skewed < 2; skewed++) {
      const bool periodic[3] = {bits & 1, bits >> 1 & 1, bits >> 2 & 1};
      random_sample(&a, (uint64_t)bits, 60, 9, skewed, periodic);
      check_against_images(&a, 2.5, 5);
    }
}

static void test_cells_smaller_than_the_cutoff(void **state) {
  static sample a;
  (void)state;
  for (int skewed = 0; skewed < 2; skewed++)
    for (size_t n = 1; n < 4; n++) {
      random_sample(&a, n, n, 2, skewed, (const bool[]){true, true, true});
      check_against_images(&a, 5.3, 12);
    }
}

static void test_a_vector_that_is_not_periodic_may_be_zero(void **state) {
  static sample a;
  (void)state;
  random_sample(&a, 5, 40, 6, true, (const bool[]){true, true, false});
  memset(a.s.cell[2], 0, sizeof a.s.cell[2]);
  check_against_images(&a, 3, 6);
  memset(a.s.cell[1], 0, sizeof a.s.cell[1]);
  a.s.periodic[1] = false;
  check_against_images(&a, 3, 6);
}

/* Everything that the lists of all atoms say, as bytes; returns how many. */
static size_t dump(const mi_neighbours *list, const mi_structure *s, char *to) {
  mi_neighbourhood h;
  char *start = to;
  assert_int_equal(mi_neighbourhood_alloc(&h, list), MI_OK);
  for (size_t i = 0; i < s->n; i++) {
    mi_neighbours_of(list, s, i, &h);
    const void *parts[] = {h.index, h.image, h.x, h.y, h.z, h.r};
    const size_t size[] = {4, 4, 8, 8, 8, 8};
    for (int k = 0; k < 6; k++) {
      memcpy(to, parts[k], h.n * size[k]);
      to += h.n * size[k];
    }
  }
  mi_neighbourhood_free(&h);
  return (size_t)(to - start);
}

static void test_same_bits_however_the_list_was_made(void **state) {
  static sample a;
  static char one[1 << 22], two[1 << 22];
  mi_control control;
  mi_rng rng = mi_rng_stream(3, 0, 0);
  (void)state;
  mi_control_init(&control);
  random_sample(&a, 11, 300, 12, true, (const bool[]){true, true, true});
  mi_neighbours kept = {.cutoff = 3.5, .skin = 0.6};
  int rebuilds = 0;
  for (int step = 0; step < 30; step++) {
    mi_neighbours fresh = {.cutoff = 3.5};
    bool rebuilt;
    control.threads = 1 + step % 2;
    assert_int_equal(mi_neighbours_update(&kept, &a.s, &rebuilt, &control), MI_OK);
    rebuilds += rebuilt;
    assert_int_equal(mi_neighbours_update(&fresh, &a.s, &rebuilt, &control), MI_OK);
    assert_true(rebuilt);
    const size_t length = dump(&kept, &a.s, one);
    assert_true(length > 100000);
    assert_int_equal(dump(&fresh, &a.s, two), length);
    assert_memory_equal(one, two, length);
    mi_neighbours_free(&fresh);
    for (size_t i = 0; i < 3 * a.s.n; i++) a.position[i] += 0.05 * (mi_rng_uniform(&rng) - 0.5);
    if (step % 3 == 0)
      for (int k = 0; k < 9; k++) a.s.cell[k / 3][k % 3] *= 1 + 2e-3 * (mi_rng_uniform(&rng) - 0.5);
  }
  assert_in_range(rebuilds, 2, 20);
  mi_neighbours_free(&kept);
}

static void test_order_and_symmetry(void **state) {
  static sample a;
  mi_neighbours list = {.cutoff = 4};
  mi_neighbourhood h, g;
  mi_control control;
  (void)state;
  mi_control_init(&control);
  random_sample(&a, 2, 50, 5, true, (const bool[]){true, true, true});
  assert_int_equal(mi_neighbours_update(&list, &a.s, NULL, &control), MI_OK);
  assert_int_equal(mi_neighbourhood_alloc(&h, &list), MI_OK);
  assert_int_equal(mi_neighbourhood_alloc(&g, &list), MI_OK);
  for (size_t i = 0; i < a.s.n; i++) {
    mi_neighbours_of(&list, &a.s, i, &h);
    for (size_t k = 0; k < h.n; k++) {
      const uint32_t j = h.index[k], before = k ? h.index[k - 1] : j;
      const int32_t z = a.number[j], z_before = a.number[before];
      assert_true(z_before < z || (z_before == z && before <= j));
      mi_neighbours_of(&list, &a.s, j, &g);
      size_t found = 0;
      for (size_t l = 0; l < g.n; l++)
        found += g.index[l] == i && g.x[l] == -h.x[k] && g.y[l] == -h.y[k] && g.z[l] == -h.z[k] &&
                 g.r[l] == h.r[k] && mi_image(g.image[l], 0) == -mi_image(h.image[k], 0) &&
                 mi_image(g.image[l], 2) == -mi_image(h.image[k], 2);
      assert_int_equal(found, 1);
    }
  }
  mi_neighbourhood_free(&h);
  mi_neighbourhood_free(&g);
  mi_neighbours_free(&list);
}

/* Every other atom just inside or just outside of the limit: strict r < cutoff. */
static void test_the_cutoff_is_strict(void **state) {
  double x[6] = {0, 0, 0, 2.5, 0, 0};
  int32_t z[2] = {14, 14};
  const mi_structure s = {.n = 2, .position = x, .number = z};
  mi_neighbourhood h;
  (void)state;
  for (int inside = 0; inside < 2; inside++) {
    mi_neighbours list = {.cutoff = inside ? nextafter(2.5, 3) : 2.5};
    assert_int_equal(mi_neighbours_update(&list, &s, NULL, NULL), MI_OK);
    assert_int_equal(mi_neighbourhood_alloc(&h, &list), MI_OK);
    mi_neighbours_of(&list, &s, 0, &h);
    assert_int_equal(h.n, inside);
    mi_neighbourhood_free(&h);
    mi_neighbours_free(&list);
  }
}

static void test_wrapping(void **state) {
  static sample a;
  double f[3 * 50], x[3 * 50];
  (void)state;
  random_sample(&a, 2, 50, 5, true, (const bool[]){true, false, true});
  mi_structure_wrap(&a.s, x);
  mi_structure wrapped = a.s;
  wrapped.position = x;
  mi_structure_fractional(&wrapped, f);
  int outside = 0;
  for (int i = 0; i < 50; i++) {
    assert_true(f[3 * i] > -1e-12 && f[3 * i] < 1 + 1e-12);
    assert_true(f[3 * i + 2] > -1e-12 && f[3 * i + 2] < 1 + 1e-12);
    outside += f[3 * i + 1] < 0 || f[3 * i + 1] > 1;
  }
  assert_true(outside > 10);
}

static void fails(const mi_structure *s, double cutoff, const char *message) {
  mi_neighbours list = {.cutoff = cutoff};
  mi_control control;
  mi_control_init(&control);
  assert_int_equal(mi_neighbours_update(&list, s, NULL, &control), MI_EINVAL);
  assert_string_equal(control.error, message);
  mi_neighbours_free(&list);
}

static void test_bad_structures(void **state) {
  double x[6] = {0, 0, 0, 2.5, 0, 0};
  int32_t z[2] = {14, 14};
  mi_structure s = {.n = 2, .position = x, .number = z,
                    .cell = {{5, 0, 0}, {0, 5, 0}, {0, 0, 5}}, .periodic = {true, true, true}};
  (void)state;
  fails(&s, -1, "positive cutoff expected, got -1");
  fails(&s, NAN, "positive cutoff expected, got nan");
  x[3] = 1e-4;
  fails(&s, 3, "atoms 1 and 2 overlap: they are 0.0001 apart");
  x[3] = -5;
  fails(&s, 3, "atoms 1 and 2 overlap: they are 0 apart");
  x[4] = NAN;
  fails(&s, 3, "atom 2: finite position expected, got (-5, nan, 0)");
  x[4] = 1;
  z[1] = 119;
  fails(&s, 3, "atom 2: atomic number 0 to 118 expected, got 119");
  z[1] = 1;
  s.cell[2][2] = 0;
  fails(&s, 3, "periodic along c, but that cell vector is zero");
  s.cell[2][1] = 1;
  fails(&s, 3, "the cell is flat: its volume is 0");
  s.cell[2][2] = 0.002;
  fails(&s, 3, "along cell vector c the atoms and the cutoff span 1501 cells, at most 511 "
               "expected: a shorter cutoff or a larger cell is needed");
  s.cell[2][1] = 0;
  s.cell[2][2] = 5;
  x[0] = 1e9;
  fails(&s, 3, "along cell vector a the atoms and the cutoff span 200000002 cells, at most 511 "
               "expected: wrap the positions into the cell");
  s.n = 0;
  fails(&s, 3, "the structure has no atoms");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_any_cell_and_periodicity),
      cmocka_unit_test(test_cells_smaller_than_the_cutoff),
      cmocka_unit_test(test_a_vector_that_is_not_periodic_may_be_zero),
      cmocka_unit_test(test_same_bits_however_the_list_was_made),
      cmocka_unit_test(test_order_and_symmetry),
      cmocka_unit_test(test_the_cutoff_is_strict),
      cmocka_unit_test(test_wrapping),
      cmocka_unit_test(test_bad_structures),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
