/* core/base/rng: the published vectors of Philox, and the distributions by moments, chi-square and
 * Kolmogorov-Smirnov with fixed seeds. A test statistic is refused beyond a chance of 1e-6. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/rng.h"
#include "core/base/special.h"
#include "tests/core/cmocka_all.h"

enum { N = 200000 };
static double sample[N];

/* Known answers distributed with Random123 (D. E. Shaw Research). */
static void philox_gives_the_published_vectors(void **state) {
  (void)state;
  static const struct {
    uint64_t counter[4], key[2], out[4];
  } known[] = {
      {{0, 0, 0, 0},
       {0, 0},
       {0x16554d9eca36314c, 0xdb20fe9d672d0fdc, 0xd7e772cee186176b, 0x7e68b68aec7ba23b}},
      {{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX},
       {UINT64_MAX, UINT64_MAX},
       {0x87b092c3013fe90b, 0x438c3c67be8d0224, 0x9cc7d7c69cd777b6, 0xa09caebf594f0ba0}},
      {{0x243f6a8885a308d3, 0x13198a2e03707344, 0xa4093822299f31d0, 0x082efa98ec4e6c89},
       {0x452821e638d01377, 0xbe5466cf34e90c6c},
       {0xa528f45403e61d95, 0x38c72dbd566e9788, 0xa5a1610e72fd18b5, 0x57bd43b5e52b7fe6}},
  };
  for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
    uint64_t out[4];
    mi_philox(known[i].counter, known[i].key, out);
    assert_memory_equal(out, known[i].out, sizeof out);
  }
}

static void streams_are_named_and_repeat(void **state) {
  (void)state;
  mi_rng a = mi_rng_stream(1, 2, 3), b = a, other = mi_rng_stream(1, 2, 4);
  int equal = 0;
  for (int i = 0; i < 100; i++) {
    uint64_t bits = mi_rng_bits(&a);
    assert_true(bits == mi_rng_bits(&b));
    equal += bits == mi_rng_bits(&other);
  }
  assert_int_equal(equal, 0);
  assert_true(mi_rng_stage("sample") != mi_rng_stage("model"));
}

/* ---- statistics ------------------------------------------------------------------------------ */

static int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* Largest distance of the sample's distribution from cdf; 2.7 / sqrt(n) has a chance of 1e-6. */
static void check_distribution(const char *what, double (*cdf)(double)) {
  double worst = 0;
  qsort(sample, N, sizeof *sample, ascending);
  for (int i = 0; i < N; i++) {
    double c = cdf(sample[i]);
    worst = fmax(worst, fmax(fabs(c - (double)i / N), fabs(c - (double)(i + 1) / N)));
  }
  if (!(worst < 2.7 / sqrt(N))) fail_msg("%s: distance %g", what, worst);
}

static double uniform_cdf(double x) { return x; }
static double exponential_cdf(double x) { return 1 - exp(-x); }
static double shape; /* of the gamma distribution under test */
static double gamma_cdf(double x) { return mi_gamma_p(shape, x); }

static void continuous_distributions(void **state) {
  (void)state;
  mi_rng rng = mi_rng_stream(20, 0, 0);
  for (int i = 0; i < N; i++) sample[i] = mi_rng_uniform(&rng);
  check_distribution("uniform", uniform_cdf);
  for (int i = 0; i < N; i++) sample[i] = mi_rng_normal(&rng);
  check_distribution("normal", mi_normal_cdf);
  for (int i = 0; i < N; i++) sample[i] = mi_rng_exponential(&rng);
  check_distribution("exponential", exponential_cdf);
  const double shapes[] = {0.05, 0.5, 1, 3.7, 1000};
  for (int s = 0; s < 5; s++) {
    shape = shapes[s];
    for (int i = 0; i < N; i++) sample[i] = mi_rng_gamma(&rng, shape);
    check_distribution("gamma", gamma_cdf);
  }
}

static void tails_of_the_normal(void **state) {
  (void)state;
  mi_rng rng = mi_rng_stream(21, 0, 0);
  const double edges[] = {3, 3.6541528853610088, 4};
  double beyond[3] = {0};
  const int n = 4000000;
  for (int i = 0; i < n; i++) {
    double x = fabs(mi_rng_normal(&rng));
    for (int e = 0; e < 3; e++) beyond[e] += x > edges[e];
  }
  for (int e = 0; e < 3; e++) {
    double mean = n * erfc(edges[e] * M_SQRT1_2);
    assert_true(fabs(beyond[e] - mean) < 5 * sqrt(mean));
  }
}

/* Chi-square of counts against expectations of at least 10, cells beyond the last pooled. */
static void check_counts(const char *what, const double *count, const double *expected, int cells) {
  double chi2 = 0;
  int freedom = -1;
  for (int i = 0; i < cells; i++) {
    if (expected[i] < 10) continue;
    chi2 += (count[i] - expected[i]) * (count[i] - expected[i]) / expected[i];
    freedom++;
  }
  if (mi_chi2_sf(chi2, freedom) < 1e-6) fail_msg("%s: chi2 %g of %d", what, chi2, freedom);
}

static void integers_are_even(void **state) {
  (void)state;
  mi_rng rng = mi_rng_stream(22, 0, 0);
  const uint64_t limits[] = {1, 2, 3, 6, 37};
  for (int l = 0; l < 5; l++) {
    double count[37] = {0}, expected[37];
    for (int i = 0; i < N; i++) {
      uint64_t k = mi_rng_below(&rng, limits[l]);
      assert_true(k < limits[l]);
      count[k]++;
    }
    for (uint64_t i = 0; i < limits[l]; i++) expected[i] = (double)N / (double)limits[l];
    if (limits[l] > 1) check_counts("below", count, expected, (int)limits[l]);
  }
  /* 3 * 2^62: a modulo would make the lower third twice as likely */
  double low = 0;
  for (int i = 0; i < N; i++) low += mi_rng_below(&rng, UINT64_C(3) << 62) < UINT64_C(1) << 62;
  assert_true(fabs(low - N / 3.0) < 5 * sqrt(N * 2.0 / 9));
}

static void poisson_numbers(void **state) {
  (void)state;
  const double means[] = {0, 0.3, 9.9, 10, 55.5, 700};
  enum { CELLS = 1200 };
  for (size_t l = 0; l < sizeof means / sizeof means[0]; l++) {
    double mean = means[l], count[CELLS] = {0}, expected[CELLS];
    mi_rng rng = mi_rng_stream(23, 0, l);
    for (int i = 0; i < N; i++) {
      int64_t k = mi_rng_poisson(&rng, mean);
      assert_true(k >= 0 && k < CELLS);
      count[k]++;
    }
    for (int k = 0; k < CELLS; k++)
      expected[k] = mean > 0 ? N * exp(k * log(mean) - mean - mi_lgamma(k + 1)) : N * (k == 0);
    if (mean > 0) check_counts("poisson", count, expected, CELLS);
    else assert_true(count[0] == N);
  }
}

static void binomial_numbers(void **state) {
  (void)state;
  static const struct {
    int64_t n;
    double p;
  } cases[] = {{1, 0.3}, {10, 0.5}, {40, 0.02}, {40, 0.9}, {100, 0.2}, {1000, 0.5}, {800, 0.97}};
  enum { CELLS = 1001 };
  for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
    double n = (double)cases[c].n, p = cases[c].p, count[CELLS] = {0}, expected[CELLS] = {0};
    mi_rng rng = mi_rng_stream(24, 0, c);
    for (int i = 0; i < N; i++) {
      int64_t k = mi_rng_binomial(&rng, cases[c].n, p);
      assert_true(k >= 0 && k <= cases[c].n);
      count[k]++;
    }
    for (int k = 0; k <= cases[c].n; k++)
      expected[k] = N * exp(mi_lgamma(n + 1) - mi_lgamma(k + 1) - mi_lgamma(n - k + 1) +
                            k * log(p) + (n - k) * log1p(-p));
    check_counts("binomial", count, expected, CELLS);
  }
}

static double scaled_mean, scaled_sigma; /* of a discrete law so wide that it looks normal */
static double scaled_cdf(double x) { return mi_normal_cdf((x - scaled_mean) / scaled_sigma); }

static void huge_means_stay_exact(void **state) {
  (void)state;
  const double means[] = {1e8, 1e12, 1e15};
  for (size_t l = 0; l < 3; l++) {
    mi_rng rng = mi_rng_stream(25, 0, l);
    scaled_mean = means[l];
    scaled_sigma = sqrt(means[l]);
    for (int i = 0; i < N; i++) sample[i] = (double)mi_rng_poisson(&rng, means[l]);
    check_distribution("poisson of a large mean", scaled_cdf);
    scaled_sigma = sqrt(means[l] * 0.5);
    for (int i = 0; i < N; i++)
      sample[i] = 2 * (double)mi_rng_binomial(&rng, (int64_t)means[l], 0.5) - means[l];
    scaled_mean = 0;
    scaled_sigma = sqrt(means[l]);
    check_distribution("binomial of many trials", scaled_cdf);
  }
}

/* ---- order and choice ------------------------------------------------------------------------ */

static void every_order_is_as_likely(void **state) {
  (void)state;
  double count[24] = {0}, expected[24];
  mi_rng rng = mi_rng_stream(26, 0, 0);
  for (int i = 0; i < N; i++) {
    int64_t index[4] = {0, 1, 2, 3};
    assert_int_equal(mi_rng_shuffle(&rng, index, 4, NULL), MI_OK);
    int rank = 0;
    for (int a = 0; a < 4; a++) {
      int smaller = 0;
      for (int b = a + 1; b < 4; b++) smaller += index[b] < index[a];
      rank = rank * (4 - a) + smaller;
    }
    count[rank]++;
  }
  for (int k = 0; k < 24; k++) expected[k] = N / 24.0;
  check_counts("shuffle", count, expected, 24);
}

static void choices(void **state) {
  (void)state;
  const double weight[4] = {1, 0, 3, 6};
  double with[4] = {0}, pairs[16] = {0}, subset[10] = {0}, expected[16] = {0};
  mi_rng rng = mi_rng_stream(27, 0, 0);
  int64_t chosen[4], work[5];
  for (int i = 0; i < N; i++) {
    assert_int_equal(mi_rng_choose_weighted(&rng, weight, 4, 1, true, chosen, NULL), MI_OK);
    with[chosen[0]]++;
    assert_int_equal(mi_rng_choose_weighted(&rng, weight, 4, 2, false, chosen, NULL), MI_OK);
    pairs[4 * chosen[0] + chosen[1]]++;
    assert_int_equal(mi_rng_choose(&rng, 5, 2, chosen, work, NULL), MI_OK);
    assert_true(chosen[0] != chosen[1]);
    subset[chosen[0]]++;
    subset[5 + chosen[1]]++;
  }
  assert_true(with[1] == 0);
  check_counts("weights", with, (const double[]){0.1 * N, 0, 0.3 * N, 0.6 * N}, 4);
  for (int a = 0; a < 4; a++) { /* the second in proportion to what is left */
    for (int b = 0; b < 4; b++)
      if (a != b) expected[4 * a + b] = N * weight[a] / 10 * weight[b] / (10 - weight[a]);
  }
  check_counts("weights without replacement", pairs, expected, 16);
  for (int k = 0; k < 10; k++) expected[k] = N / 5.0;
  check_counts("choose first", subset, expected, 5);
  check_counts("choose second", subset + 5, expected, 5);
}

static void bad_weights_are_refused(void **state) {
  (void)state;
  const double bad[][3] = {{1, -1, 1}, {1, NAN, 1}, {1, INFINITY, 1}, {0, 0, 0}, {1, 0, 0}};
  mi_control control;
  mi_control_init(&control);
  mi_rng rng = mi_rng_stream(28, 0, 0);
  int64_t chosen[2];
  for (size_t i = 0; i < 5; i++) {
    assert_int_equal(mi_rng_choose_weighted(&rng, bad[i], 3, 2, false, chosen, &control),
                     MI_EINVAL);
    assert_non_null(strstr(control.error, "weights"));
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(philox_gives_the_published_vectors),
      cmocka_unit_test(streams_are_named_and_repeat),
      cmocka_unit_test(continuous_distributions),
      cmocka_unit_test(tails_of_the_normal),
      cmocka_unit_test(integers_are_even),
      cmocka_unit_test(poisson_numbers),
      cmocka_unit_test(binomial_numbers),
      cmocka_unit_test(huge_means_stay_exact),
      cmocka_unit_test(every_order_is_as_likely),
      cmocka_unit_test(choices),
      cmocka_unit_test(bad_weights_are_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
