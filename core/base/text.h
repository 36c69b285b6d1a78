/* Text to double and back, exact and without the locale.
 *
 * A number is [+-] digits [. digits] [e|E|d|D [+-] digits], with at least one digit before the
 * exponent, or (in any case) inf, infinity, nan. The decimal sign is the caller's: '.' or ','.
 * Values are correctly rounded; beyond the largest double they are infinite, as with strtod. */
#ifndef MI_TEXT_H
#define MI_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* Bytes of zero, which strchr finds in every text, are none of the characters. */
static inline bool mi_is_one_of(char c, const char *characters) {
  return c != '\0' && strchr(characters, c) != NULL;
}

/* A piece of somebody's text. */
typedef struct mi_slice {
  const char *text;
  size_t length;
} mi_slice;

/* Reads the number at text, not beyond end. Returns where it stops, or NULL when there is none.
 * No blanks are skipped. */
const char *mi_text_parse(const char *text, const char *end, char decimal, double *value);

/* True when the whole text, but for blanks (space, tab) around it, is one number. */
bool mi_text_number(const char *text, size_t length, char decimal, double *value);

/* Size of the longest output of mi_text_format, with its '\0'. */
#define MI_TEXT_SIZE 32

/* Writes the shortest text that reads back as the same double ("0.1", "1e+300", "-0", "nan");
 * returns its length. An integral value has no decimal point. */
size_t mi_text_format(double value, char text[MI_TEXT_SIZE]);

/* Writes the value correctly rounded (halves to even) to 0 to 17 decimals, as printf's %.*f does;
 * a value of 2^63 / 10^decimals or more, or one that is not finite, as mi_text_format does. */
size_t mi_text_fixed(double value, int decimals, char text[MI_TEXT_SIZE]);

#endif
