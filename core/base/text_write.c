/* Double to text. A double is v = m 2^e with m < 2^53; what reads back as v are the numbers
 * between (m - 1/2) 2^e and (m + 1/2) 2^e (ends included when m is even; the lower end is twice as
 * near when m is a power of two).
 *
 * Shortest: scaled by 10^s = 5^s 2^s such that v has 17 or 18 digits before the point, the ends are
 * integers of at most 118 bits over a power of two, so they are exact. Digits are dropped while a
 * multiple of 10^(j+1) remains between the ends; of those left the one nearest to v is written.
 * Fixed: v 10^decimals in the same way, rounded once. */
#define _GNU_SOURCE /* uselocale */
#include "core/base/text.h"

#include <locale.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

__extension__ typedef unsigned __int128 wide;

static const uint64_t fives[] = {
    UINT64_C(1),                UINT64_C(5),               UINT64_C(25),
    UINT64_C(125),              UINT64_C(625),             UINT64_C(3125),
    UINT64_C(15625),            UINT64_C(78125),           UINT64_C(390625),
    UINT64_C(1953125),          UINT64_C(9765625),         UINT64_C(48828125),
    UINT64_C(244140625),        UINT64_C(1220703125),      UINT64_C(6103515625),
    UINT64_C(30517578125),      UINT64_C(152587890625),    UINT64_C(762939453125),
    UINT64_C(3814697265625),    UINT64_C(19073486328125),  UINT64_C(95367431640625),
    UINT64_C(476837158203125),  UINT64_C(2384185791015625)};

/* m 2^e with the full 53 bits of a normal number. */
static uint64_t split(double size, int *e) {
  uint64_t bits;
  memcpy(&bits, &size, sizeof bits);
  *e = (int)(bits >> 52) - 1075;
  return (bits & ((UINT64_C(1) << 52) - 1)) | UINT64_C(1) << 52;
}

static char *put_two(char *p, unsigned digits) {
  *--p = (char)('0' + digits % 10);
  *--p = (char)('0' + digits / 10);
  return p;
}

/* Writes m / 10^decimals from the right; returns the length. */
static size_t put_decimal(uint64_t m, int decimals, bool negative, char *text) {
  char room[2 * MI_TEXT_SIZE], *const end = room + sizeof room, *p = end;
  int i = decimals;
  for (; i >= 2; i -= 2, m /= 100) p = put_two(p, (unsigned)(m % 100));
  if (i == 1) {
    *--p = (char)('0' + m % 10);
    m /= 10;
  }
  if (decimals > 0) *--p = '.';
  for (; m >= 100; m /= 100) p = put_two(p, (unsigned)(m % 100));
  if (m >= 10) p = put_two(p, (unsigned)m);
  else *--p = (char)('0' + m);
  if (negative) *--p = '-';
  const size_t n = (size_t)(end - p);
  memcpy(text, p, n);
  text[n] = '\0';
  return n;
}

/* ---- shortest -------------------------------------------------------------------------------- */

/* n / 10^j to the nearest integer, halves to even; more: n stands for a little more than n. */
static uint64_t drop_digits(uint64_t n, int j, bool more) {
  const uint64_t ten = fives[j] << j, rest = n % ten, half = ten / 2;
  uint64_t q = n / ten;
  if (rest > half || (rest == half && (more || q % 2 == 1))) q++;
  return q;
}

/* Numbers of plain size. */
static size_t format_plain(double value, char *text) {
  const double size = fabs(value);
  int e, j = 0;
  if (size == 0) return put_decimal(0, 0, signbit(value), text);
  if (!(size >= 1e-5 && size < 1e15)) return 0;
  const uint64_t m = split(size, &e);
  const int b = e + 52, s = 16 - (b * 1233 - (b < 0) * 4095) / 4096; /* log10(2) = 1233 / 4096 */
  const int q = 2 - e - s;
  const wide power = fives[s], unit = (wide)1 << q;
  const wide low_end = (4 * (wide)m - (m == UINT64_C(1) << 52 ? 1 : 2)) * power;
  const wide high_end = (4 * (wide)m + 2) * power, middle = 4 * (wide)m * power;
  const unsigned exclusive = m % 2; /* odd: the ends themselves read as the neighbours */
  uint64_t low = (uint64_t)((low_end + unit - 1 + exclusive) >> q);
  uint64_t high = (uint64_t)((high_end - exclusive) >> q);
  for (; high / 10 >= (low + 9) / 10; j++) {
    low = (low + 9) / 10;
    high /= 10;
  }
  const bool more = (middle & (unit - 1)) != 0, up = j == 0 && (middle & (unit - 1)) > unit / 2;
  uint64_t digits = drop_digits((uint64_t)(middle >> q), j, more) + up;
  digits = digits < low ? low : digits > high ? high : digits;
  for (; j > s; j--) digits *= 10;
  return put_decimal(digits, s - j, signbit(value), text);
}

/* The shortest of %.1g ... %.17g that reads back. */
static size_t format_general(double value, char *text) {
  locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0), old = uselocale(c);
  int n = 0;
  for (int precision = fabs(value) < 0x1p-1022 ? 1 : 15; precision <= 17; precision++) {
    double back;
    n = snprintf(text, MI_TEXT_SIZE, "%.*g", precision, value);
    if (mi_text_parse(text, text + n, '.', &back) == text + n && back == value) break;
  }
  uselocale(old);
  freelocale(c);
  return (size_t)n;
}

size_t mi_text_format(double value, char text[MI_TEXT_SIZE]) {
  if (isfinite(value)) {
    size_t length = format_plain(value, text);
    return length ? length : format_general(value, text);
  }
  const char *word = isnan(value) ? "nan" : value < 0 ? "-inf" : "inf";
  memcpy(text, word, strlen(word) + 1);
  return strlen(word);
}

/* ---- fixed ----------------------------------------------------------------------------------- */

size_t mi_text_fixed(double value, int decimals, char text[MI_TEXT_SIZE]) {
  const double size = fabs(value);
  int e;
  if (!(size < 0x1p63 / (double)(fives[decimals] << decimals))) return mi_text_format(value, text);
  const uint64_t m = split(size, &e);
  const int q = -(e + decimals);
  const wide scaled = (wide)m * fives[decimals];
  uint64_t digits = 0;
  if (q <= 0) {
    digits = (uint64_t)(scaled << -q);
  } else if (q < 126) {
    const wide rest = scaled & (((wide)1 << q) - 1), half = (wide)1 << (q - 1);
    digits = (uint64_t)(scaled >> q);
    digits += rest > half || (rest == half && digits % 2 == 1);
  }
  return put_decimal(digits, decimals, signbit(value), text);
}
