/* Reading: up to 19 significant digits make a 64-bit integer m, the number is m 10^e.
 *   m < 2^53 and |e| <= 22: m and 10^|e| are exact doubles, one operation rounds once (Clinger).
 *   |e| <= 27: 5^|e| < 2^63, so m 5^e fits 128 bits, and m / 5^|e| is divided to more than 64 bits
 *              with a sticky last bit; one conversion rounds, the power of two is exact.
 *   else:      strtod in the C locale. Writing is in text_write.c. */
#define _GNU_SOURCE /* strtod_l */
#include "core/base/text.h"

#include <locale.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const double tens[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                              1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                              1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

__extension__ typedef unsigned __int128 wide;

/* What the digits of a number say: significand * 10^exponent. */
typedef struct digits {
  uint64_t significand; /* of the first 19 significant digits */
  int64_t exponent;
  int count;            /* digits in significand, leading zeros not counted */
  bool any, more;       /* a digit was seen; non-zero digits beyond the 19th were dropped */
} digits;

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

/* Takes a run of digits; each one after the decimal sign lowers the exponent by one. */
static const char *take_digits(const char *p, const char *end, digits *d, int after_point) {
  const char *start = p;
  for (; p < end && is_digit(*p); p++) {
    unsigned digit = (unsigned)(*p - '0');
    if (d->count < 19) {
      d->significand = d->significand * 10 + digit;
      d->count += d->significand != 0;
      d->exponent -= after_point;
    } else {
      d->more |= digit != 0;
      d->exponent += !after_point;
    }
  }
  d->any |= p > start;
  return p;
}

/* Takes e+12 if a digit follows; otherwise the number ends before the e. */
static const char *take_exponent(const char *p, const char *end, digits *d) {
  if (p == end || (*p != 'e' && *p != 'E' && *p != 'd' && *p != 'D')) return p;
  const char *q = p + 1;
  bool negative = q < end && *q == '-';
  if (q < end && (*q == '-' || *q == '+')) q++;
  if (q == end || !is_digit(*q)) return p;
  int64_t exponent = 0;
  for (; q < end && is_digit(*q); q++) {
    if (exponent < INT64_C(1000000000000)) exponent = exponent * 10 + (*q - '0');
  }
  d->exponent += negative ? -exponent : exponent;
  return q;
}

/* m / 5^k to at least 64 bits, the last one sticky, then scaled by 2^-k. */
static double divide(uint64_t m, uint64_t power, int k) {
  int shift = __builtin_clzll(m);
  wide n = (wide)(m << shift) << 63;
  wide q = n / power;
  q = q << 1 | (q * power != n);
  return ldexp((double)q, -shift - 64 - k);
}

static double with_strtod(const char *number) {
  locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
  double value = strtod_l(number, NULL, c);
  freelocale(c);
  return value;
}

/* The general case, from the digits in the text themselves: 800 of them decide any rounding when
 * a non-zero rest is kept as one more digit. */
static double slow_value(const char *p, const char *end, int64_t exponent_field) {
  enum { MOST = 800 };
  char number[MOST + 32];
  int count = 0;
  bool point = false, rest = false;
  int64_t exponent = exponent_field;
  for (; p < end && (is_digit(*p) || *p == '.' || *p == ','); p++) {
    if (!is_digit(*p)) {
      point = true;
    } else if (count == 0 && *p == '0') {
      exponent -= point;
    } else if (count < MOST) {
      number[count++] = *p;
      exponent -= point;
    } else {
      rest |= *p != '0';
      exponent += !point;
    }
  }
  if (rest) {
    number[count++] = '1';
    exponent--;
  }
  (void)snprintf(number + count, sizeof number - (size_t)count, "e%lld", (long long)exponent);
  return with_strtod(number);
}

/* The value of significand 10^exponent where plain arithmetic gives it exactly rounded. */
static bool fast_value(const digits *d, double *value) {
  uint64_t m = d->significand;
  int64_t e = d->exponent;
  if (m == 0) {
    *value = 0;
    return true;
  }
  if (d->more || e < -27 || e > 27) return false;
  if (m <= UINT64_C(1) << 53 && e >= -22 && e <= 22) {
    *value = e < 0 ? (double)m / tens[-e] : (double)m * tens[e];
    return true;
  }
  uint64_t power = 1;
  for (int64_t i = e < 0 ? -e : e; i > 0; i--) power *= 5;
  if (e < 0) *value = divide(m, power, (int)-e);
  else *value = ldexp((double)((wide)m * power), (int)e);
  return true;
}

/* inf, infinity, nan in any case. */
static const char *parse_word(const char *p, const char *end, double *value) {
  static const struct {
    const char *word;
    size_t length;
    double value;
  } words[] = {{"infinity", 8, INFINITY}, {"inf", 3, INFINITY}, {"nan", 3, NAN}};
  for (size_t i = 0; i < 3; i++) {
    size_t length = words[i].length;
    if ((size_t)(end - p) >= length && strncasecmp(p, words[i].word, length) == 0) {
      *value = words[i].value;
      return p + length;
    }
  }
  return NULL;
}

const char *mi_text_parse(const char *text, const char *end, char decimal, double *value) {
  const char *p = text;
  bool negative = p < end && *p == '-';
  if (p < end && (*p == '-' || *p == '+')) p++;
  const char *start = p, *stop;
  digits d = {0, 0, 0, false, false};
  p = take_digits(p, end, &d, 0);
  if (p < end && *p == decimal) p = take_digits(p + 1, end, &d, 1);
  if (d.any) {
    int64_t before = d.exponent;
    stop = take_exponent(p, end, &d);
    if (!fast_value(&d, value)) *value = slow_value(start, p, d.exponent - before);
  } else {
    stop = parse_word(start, end, value);
  }
  if (stop && negative) *value = -*value;
  return stop;
}

static bool is_blank(char c) { return c == ' ' || c == '\t'; }

bool mi_text_number(const char *text, size_t length, char decimal, double *value) {
  const char *end = text + length;
  while (text < end && is_blank(*text)) text++;
  while (end > text && is_blank(end[-1])) end--;
  return mi_text_parse(text, end, decimal, value) == end;
}
