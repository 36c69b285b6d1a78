/* The YAML 1.2 core schema resolver (https://yaml.org/spec/1.2.2/#103-core-schema):
 *
 *   null     ~ null Null NULL, or nothing
 *   boolean  true True TRUE false False FALSE
 *   integer  [-+]?[0-9]+   0o[0-7]+   0x[0-9a-fA-F]+
 *   float    [-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?   [-+]?\.(inf|Inf|INF)
 *            \.(nan|NaN|NAN) */
#include "bindings/yaml.h"

#include <math.h>
#include <string.h>

#include "core/base/text.h"

static bool is(const char *text, size_t length, const char *word) {
  return strlen(word) == length && memcmp(text, word, length) == 0;
}

static bool is_any(const char *text, size_t length, const char *const words[3]) {
  return is(text, length, words[0]) || is(text, length, words[1]) || is(text, length, words[2]);
}

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

/* The word values: null, booleans, infinities, not-a-number. */
static bool resolve_word(const char *text, size_t length, mi_yaml_scalar *result) {
  static const char *const nulls[] = {"null", "Null", "NULL"};
  static const char *const trues[] = {"true", "True", "TRUE"};
  static const char *const falses[] = {"false", "False", "FALSE"};
  static const char *const infs[] = {".inf", ".Inf", ".INF"};
  static const char *const nans[] = {".nan", ".NaN", ".NAN"};
  bool sign = length > 0 && (*text == '-' || *text == '+');
  if (length == 0 || is(text, length, "~") || is_any(text, length, nulls)) {
    result->kind = MI_YAML_NULL;
  } else if (is_any(text, length, trues) || is_any(text, length, falses)) {
    result->kind = MI_YAML_BOOLEAN;
    result->boolean = *text == 't' || *text == 'T';
  } else if (is_any(text + sign, length - sign, infs)) {
    result->kind = MI_YAML_FLOAT;
    result->number = *text == '-' ? -(double)INFINITY : (double)INFINITY;
  } else if (is_any(text, length, nans)) {
    result->kind = MI_YAML_FLOAT;
    result->number = (double)NAN;
  } else {
    return false;
  }
  return true;
}

/* The value of c as a digit, 99 if it is none. */
static unsigned digit_value(char c) {
  if (is_digit(c)) return (unsigned)(c - '0');
  if (c >= 'a' && c <= 'f') return (unsigned)(c - 'a') + 10;
  if (c >= 'A' && c <= 'F') return (unsigned)(c - 'A') + 10;
  return 99;
}

/* Digits to the end in a base; false when there is anything else. */
static bool resolve_digits(const char *text, const char *end, unsigned base, bool negative,
                           mi_yaml_scalar *result) {
  const uint64_t most = (uint64_t)INT64_MAX + negative;
  uint64_t value = 0;
  if (text == end) return false;
  result->kind = MI_YAML_INTEGER;
  for (; text < end; text++) {
    unsigned digit = digit_value(*text);
    if (digit >= base) return false;
    if (result->kind == MI_YAML_BIG_INTEGER) continue;
    if (value > (most - digit) / base) result->kind = MI_YAML_BIG_INTEGER;
    value = value * base + digit;
  }
  result->integer = negative ? (int64_t)(0 - value) : (int64_t)value;
  return true;
}

static bool resolve_integer(const char *text, size_t length, mi_yaml_scalar *result) {
  const char *end = text + length;
  if (length > 2 && text[0] == '0' && text[1] == 'o')
    return resolve_digits(text + 2, end, 8, false, result);
  if (length > 2 && text[0] == '0' && text[1] == 'x')
    return resolve_digits(text + 2, end, 16, false, result);
  bool sign = *text == '-' || *text == '+';
  return resolve_digits(text + sign, end, 10, *text == '-', result);
}

/* mi_text_parse also takes words and Fortran's exponents; YAML does not. */
static bool resolve_float(const char *text, size_t length, mi_yaml_scalar *result) {
  for (size_t i = 0; i < length; i++) {
    if (!is_digit(text[i]) && !mi_is_one_of(text[i], "+-.eE")) return false;
  }
  if (mi_text_parse(text, text + length, '.', &result->number) != text + length) return false;
  result->kind = isinf(result->number) ? MI_YAML_BIG_FLOAT : MI_YAML_FLOAT;
  return true;
}

mi_yaml_scalar mi_yaml_resolve(const char *text, size_t length) {
  mi_yaml_scalar result = {.kind = MI_YAML_TEXT};
  /* Nearly all text is told by its first letter. */
  if (length > 0 && !mi_is_one_of(*text, "~nNtTfF.+-0123456789")) return result;
  if (resolve_word(text, length, &result) || resolve_integer(text, length, &result) ||
      resolve_float(text, length, &result))
    return result;
  result.kind = MI_YAML_TEXT;
  return result;
}
