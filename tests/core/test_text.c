/* core/base/text: every value is compared, bit by bit, with glibc's strtod and printf. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "tests/core/cmocka_all.h"

static uint64_t bits(double value) {
  uint64_t b;
  memcpy(&b, &value, sizeof b);
  return b;
}

static uint64_t next_random(uint64_t *state) { /* splitmix64 */
  uint64_t z = (*state += UINT64_C(0x9E3779B97F4A7C15));
  z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
  return z ^ (z >> 31);
}

static void assert_reads_like_strtod(const char *text) {
  double value = -1, expected = strtod(text, NULL);
  assert_true(mi_text_number(text, strlen(text), '.', &value));
  if (bits(value) != bits(expected)) fail_msg("%s: %a, strtod says %a", text, value, expected);
}

static void reads_hard_cases_like_strtod(void **state) {
  (void)state;
  static const char *const cases[] = {
      "0", "-0", "1", "+1", "1.", ".5", "0.1", "284.8", "1e22", "1e23", "9007199254740993",
      "9007199254740992.5", "9007199254740993.00000000000000000000000000000000000000001",
      "1.7976931348623157e308", "1.7976931348623159e308", "1e309", "-1e400",
      "4.9406564584124654e-324", "2.4703282292062327e-324", "2.4703282292062328e-324",
      "2.2250738585072011e-308", "1e-400",
      "2.2250738585072014e-308", "8.988465674311581e307", "0.000000000000000000000000000000001",
      "123456789012345678901234567890", "1e99999999999999999999", "1e-99999999999999999999",
      "0e99999999999999999999", "6.02214076e23", "1.602176634e-19", "6.62607015e-34",
      "18446744073709551615", "18446744073709551616", "99999999999999999999e-27",
      "1234567890123456789e27", "1234567890123456789e-27", "00000000000000000000000000000001.5"};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) assert_reads_like_strtod(cases[i]);
}

static void reads_random_numbers_like_strtod(void **state) {
  (void)state;
  uint64_t seed = 1;
  for (int i = 0; i < 200000; i++) {
    char text[64];
    uint64_t m = next_random(&seed) >> (next_random(&seed) % 64);
    int e = (int)(next_random(&seed) % 70) - 35;
    (void)snprintf(text, sizeof text, "%" PRIu64 "e%d", m, e);
    assert_reads_like_strtod(text);
    double any;
    uint64_t b = next_random(&seed);
    memcpy(&any, &b, sizeof any);
    if (!isfinite(any)) continue;
    (void)snprintf(text, sizeof text, "%.*g", 1 + (int)(b % 25), any);
    assert_reads_like_strtod(text);
  }
}

static void halfway_points_round_to_even(void **state) {
  (void)state;
  uint64_t seed = 2;
  for (int i = 0; i < 2000; i++) { /* %.800g of the exact middle, and one digit beyond it */
    double low = ldexp((double)(next_random(&seed) >> 11 | UINT64_C(1) << 52),
                       (int)(next_random(&seed) % 120) - 112);
    long double middle = ((long double)low + (long double)nextafter(low, INFINITY)) / 2;
    char text[1200];
    int n = snprintf(text, sizeof text - 2, "%.900Lf", middle);
    assert_reads_like_strtod(text);
    text[n] = '1', text[n + 1] = '\0';
    assert_reads_like_strtod(text);
  }
}

static void special_words_and_fortran_exponents(void **state) {
  (void)state;
  double v;
  assert_true(mi_text_number("-Infinity", 9, '.', &v) && v == -INFINITY);
  assert_true(mi_text_number("INF", 3, '.', &v) && v == INFINITY);
  assert_true(mi_text_number("NaN", 3, '.', &v) && isnan(v));
  assert_true(mi_text_number("1.5D-03", 7, '.', &v) && v == 1.5e-3);
  assert_true(mi_text_number(" \t284,80 ", 9, ',', &v) && v == 284.8);
}

static void refuses_what_is_no_number(void **state) {
  (void)state;
  static const char *const bad[] = {"",    " ",   "-",   ".",  "e5",   "1e",
                                    "1e+", "1.2.3", "1 2", "0x1", "1,5", "--1",
                                    "1f",  "nano",  "in",  "+-1", "1_0", "1e5e"};
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    double v;
    if (mi_text_number(bad[i], strlen(bad[i]), '.', &v)) fail_msg("'%s' was accepted", bad[i]);
  }
  double v;
  const char *text = "1e+x";
  assert_ptr_equal(mi_text_parse(text, text + 4, '.', &v), text + 1);
  assert_null(mi_text_parse(text, text, '.', &v));
}

static void never_reads_beyond_the_end(void **state) {
  (void)state;
  static const char full[] = "-123.456e-78";
  for (size_t n = 0; n <= sizeof full - 1; n++) {
    char *exact = malloc(n + 1); /* the sanitizer watches the block's end */
    assert_non_null(exact);
    memcpy(exact + 1, full, n);
    double v;
    const char *stop = mi_text_parse(exact + 1, exact + 1 + n, '.', &v);
    assert_true(stop == NULL || stop <= exact + 1 + n);
    free(exact);
  }
}

static size_t digits_of(const char *text) {
  size_t n = 0, zeros = 0;
  bool seen = false;
  for (; *text && *text != 'e'; text++) {
    if (*text < '0' || *text > '9') continue;
    seen |= *text != '0';
    n += seen;
    zeros = *text == '0' ? zeros + 1 : 0;
  }
  return n > zeros ? n - zeros : 1;
}

/* The fewest digits with which printf makes a text that reads back. */
static size_t fewest_digits(double value) {
  for (int precision = 1;; precision++) {
    char text[64];
    (void)snprintf(text, sizeof text, "%.*g", precision, value);
    if (strtod(text, NULL) == value) return digits_of(text);
  }
}

static void assert_writes_shortest(double value) {
  char text[MI_TEXT_SIZE];
  size_t n = mi_text_format(value, text);
  assert_int_equal(n, strlen(text));
  if (bits(strtod(text, NULL)) != bits(value)) fail_msg("%s is not %.17g", text, value);
  if (digits_of(text) != fewest_digits(value)) fail_msg("%s is not the shortest", text);
}

static void writes_the_shortest_text_that_reads_back(void **state) {
  (void)state;
  uint64_t seed = 3;
  for (int i = 0; i < 50000; i++) {
    double any;
    uint64_t b = next_random(&seed);
    memcpy(&any, &b, sizeof any);
    if (isfinite(any)) assert_writes_shortest(any);
    assert_writes_shortest((double)(int64_t)(b % 20000000) / 1e4);
    assert_writes_shortest((double)(b >> 11) * 0x1p-53);
  }
  for (int e = -1074; e <= 1023; e++) assert_writes_shortest(ldexp(1, e));
  assert_writes_shortest(nextafter(0x1p-1022, 0));
}

static void writes_the_usual_forms(void **state) {
  (void)state;
  static const struct {
    double value;
    const char *text;
  } cases[] = {{0, "0"},          {-0.0, "-0"},       {3, "3"},           {-284.8, "-284.8"},
               {0.1, "0.1"},      {1e5, "100000"},    {1e300, "1e+300"},  {5e-324, "5e-324"},
               {1e-5, "0.00001"}, {NAN, "nan"},       {INFINITY, "inf"},  {-INFINITY, "-inf"},
               {1.0 / 3, "0.3333333333333333"}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    char text[MI_TEXT_SIZE];
    mi_text_format(cases[i].value, text);
    assert_string_equal(text, cases[i].text);
  }
}

static void writes_fixed_decimals_like_printf(void **state) {
  (void)state;
  uint64_t seed = 5;
  for (int i = 0; i < 200000; i++) {
    const uint64_t b = next_random(&seed);
    const int decimals = (int)(b % 18);
    double value = ldexp((double)(int64_t)next_random(&seed), (int)(b >> 8 & 63) - 80);
    if (i % 3 == 0) value = (double)(int64_t)(b % 2000) / 8 - 100; /* halves */
    if (i % 1000 == 0) value = ldexp(value, -1040);
    char text[MI_TEXT_SIZE], expected[400];
    if (fabs(value) * pow(10, decimals) >= 0x1p63) continue;
    (void)snprintf(expected, sizeof expected, "%.*f", decimals, value);
    assert_int_equal(mi_text_fixed(value, decimals, text), strlen(expected));
    assert_string_equal(text, expected);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(reads_hard_cases_like_strtod),
      cmocka_unit_test(reads_random_numbers_like_strtod),
      cmocka_unit_test(halfway_points_round_to_even),
      cmocka_unit_test(special_words_and_fortran_exponents),
      cmocka_unit_test(refuses_what_is_no_number),
      cmocka_unit_test(never_reads_beyond_the_end),
      cmocka_unit_test(writes_the_shortest_text_that_reads_back),
      cmocka_unit_test(writes_the_usual_forms),
      cmocka_unit_test(writes_fixed_decimals_like_printf),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
