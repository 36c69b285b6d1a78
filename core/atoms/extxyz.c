/* Frames of extended XYZ: their lines. The second line is read in extxyz_header.c. */
#include "core/atoms/extxyz.h"

#include <stdio.h>
#include <string.h>

#include "core/atoms/extxyz_header.h"
#include "core/base/elements.h"

mi_extxyz mi_extxyz_begin(const char *text, size_t length) {
  return (mi_extxyz){text, text + length, 1, 0};
}

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

static const char *skip_blanks(const char *p, const char *end) {
  while (p < end && is_blank(*p)) p++;
  return p;
}

static const char *end_of_line(const char *p, const char *end) {
  const char *stop = memchr(p, '\n', (size_t)(end - p));
  return stop ? stop : end;
}

/* Takes the line at r->at. */
static mi_slice take_line(mi_extxyz *r) {
  const char *stop = end_of_line(r->at, r->end);
  mi_slice line = {r->at, (size_t)(stop - r->at)};
  r->at = stop < r->end ? stop + 1 : stop;
  r->line++;
  return line;
}

static bool is_empty(mi_slice line) {
  return skip_blanks(line.text, line.text + line.length) == line.text + line.length;
}

/* ---- the first line -------------------------------------------------------------------------- */

static mi_status read_count(mi_extxyz *r, mi_slice line, int64_t *n, mi_control *control) {
  const char *end = line.text + line.length, *p = skip_blanks(line.text, end), *start = p;
  *n = 0;
  while (p < end && *p >= '0' && *p <= '9' && *n < INT64_C(1) << 50) *n = 10 * *n + (*p++ - '0');
  if (p == start || skip_blanks(p, end) != end || *n == 0) {
    r->line--;
    return mi_fail(control, MI_EINVAL, "number of atoms expected, got '%.*s'",
                   line.length < 40 ? (int)line.length : 40, line.text);
  }
  return MI_OK;
}

mi_status mi_extxyz_read_header(mi_extxyz *r, mi_extxyz_header *h, mi_control *control) {
  mi_slice line = {r->at, 0};
  r->column = 0;
  while (r->at < r->end && is_empty(line = take_line(r))) continue;
  if (is_empty(line)) {
    h->n = -1;
    return MI_OK;
  }
  h->line = r->line - 1;
  mi_status status = read_count(r, line, &h->n, control);
  if (status != MI_OK) return status;
  if (r->at == r->end)
    return mi_fail(control, MI_EINVAL, "the file ends after the number of atoms");
  h->comment = take_line(r);
  status = mi_extxyz_parse_comment(h, &r->column, control);
  if (status == MI_EINVAL) r->line--;
  if (status == MI_OK && h->n > r->end - r->at) /* before anybody makes room for them */
    return mi_fail(control, MI_EINVAL, "the file ends before its %lld atoms", (long long)h->n);
  return status;
}

/* ---- the atoms ------------------------------------------------------------------------------- */

static const char *read_word(const char *p, const char *end, mi_slice *word) {
  const char *start = p;
  while (p < end && !is_blank(*p) && *p != '\n') p++;
  *word = (mi_slice){start, (size_t)(p - start)};
  return p > start ? p : NULL;
}

static const char *read_logical(const char *p, const char *end, uint8_t *value) {
  mi_slice word;
  const char *stop = read_word(p, end, &word);
  return stop && mi_extxyz_logical(word, value) ? stop : NULL;
}

static const char *read_integer(const char *p, const char *end, int64_t *value) {
  const bool negative = p < end && *p == '-';
  if (p < end && (*p == '-' || *p == '+')) p++;
  const char *start = p;
  int64_t v = 0;
  while (p < end && *p >= '0' && *p <= '9' && p - start < 18) v = 10 * v + (*p++ - '0');
  *value = negative ? -v : v;
  return p > start ? p : NULL;
}

/* The element k of a column for an atom; NULL when it is not of the type. */
static const char *read_element(const char *p, const char *end, const mi_extxyz_column *c,
                                int64_t k) {
  mi_slice word;
  if (!c->target) return read_word(p, end, &word);
  switch (c->type) {
    case 'R': return mi_text_parse(p, end, '.', (double *)c->target + k);
    case 'I': return read_integer(p, end, (int64_t *)c->target + k);
    case 'L': return read_logical(p, end, (uint8_t *)c->target + k);
    default: return read_word(p, end, (mi_slice *)c->target + k);
  }
}

static mi_status fail_element(mi_extxyz *r, const mi_extxyz_column *c, int64_t atom,
                              const char *line, const char *p, const char *end,
                              mi_control *control) {
  const char *kind = c->type == 'R'   ? "number"
                     : c->type == 'I' ? "integer"
                     : c->type == 'L' ? "T or F"
                                      : "text";
  mi_slice got;
  (void)read_word(p, end, &got);
  r->column = (int)(p - line) + 1;
  if (got.length == 0)
    return mi_fail(control, MI_EINVAL, "atom %lld: the line ends before column '%.*s'",
                   (long long)atom, (int)c->name.length, c->name.text);
  return mi_fail(control, MI_EINVAL, "atom %lld, column '%.*s': %s expected, got '%.*s'",
                 (long long)atom, (int)c->name.length, c->name.text, kind,
                 got.length < 40 ? (int)got.length : 40, got.text);
}

/* Reads the line of atom i (from 0) at r->at. */
static mi_status read_atom(mi_extxyz *r, const mi_extxyz_header *h, int64_t i,
                           mi_control *control) {
  const char *p = r->at, *const end = r->end;
  for (int c = 0; c < h->columns; c++) {
    const mi_extxyz_column *column = h->column + c;
    for (int64_t k = i * column->width; k < (i + 1) * column->width; k++) {
      p = skip_blanks(p, end);
      const char *stop = read_element(p, end, column, k);
      if (!stop || (stop < end && !is_blank(*stop) && *stop != '\n'))
        return fail_element(r, column, i + 1, r->at, p, end, control);
      p = stop;
    }
  }
  p = skip_blanks(p, end);
  if (p < end && *p != '\n') {
    if (h->declared) {
      r->column = (int)(p - r->at) + 1;
      return mi_fail(control, MI_EINVAL, "atom %lld: more columns than Properties declares",
                     (long long)i + 1);
    }
    p = end_of_line(p, end);
  }
  r->at = p < end ? p + 1 : p;
  r->line++;
  return MI_OK;
}

static mi_status fail_end(const mi_extxyz_header *h, int64_t i, mi_control *control) {
  return mi_fail(control, MI_EINVAL, "the file ends after %lld of %lld atoms", (long long)i,
                 (long long)h->n);
}

mi_status mi_extxyz_read_atoms(mi_extxyz *r, const mi_extxyz_header *h, mi_control *control) {
  for (int64_t i = 0; i < h->n; i++) {
    if (i % 65536 == 0 && mi_cancelled(control)) return MI_ECANCEL;
    if (r->at == r->end) return fail_end(h, i, control);
    const mi_status status = read_atom(r, h, i, control);
    if (status != MI_OK) return status;
  }
  return MI_OK;
}

mi_status mi_extxyz_skip_atoms(mi_extxyz *r, const mi_extxyz_header *h, mi_control *control) {
  for (int64_t i = 0; i < h->n; i++) {
    if (i % 65536 == 0 && mi_cancelled(control)) return MI_ECANCEL;
    if (r->at == r->end) return fail_end(h, i, control);
    (void)take_line(r);
  }
  return MI_OK;
}

/* ---- symbols --------------------------------------------------------------------------------- */

/* The place of a symbol in a table of one or two letters; -1 when it is neither. */
static int place_of(const char *s, size_t length) {
  if (length < 1 || length > 2 || s[0] < 'A' || s[0] > 'Z') return -1;
  if (length == 1) return (s[0] - 'A') * 27;
  return s[1] >= 'a' && s[1] <= 'z' ? (s[0] - 'A') * 27 + s[1] - 'a' + 1 : -1;
}

bool mi_numbers_of_symbols(const mi_slice *symbol, int64_t n, int32_t *number) {
  uint8_t table[26 * 27] = {0};
  bool all = true;
  for (int z = 1; z <= MI_ELEMENT_COUNT; z++) {
    const char *s = mi_element_of_number(z)->symbol;
    table[place_of(s, strlen(s))] = (uint8_t)z;
  }
  table[place_of("D", 1)] = 1; /* hydrogen, as n2p2's and most codes' files mean it */
  for (int64_t i = 0; i < n; i++) {
    const int place = place_of(symbol[i].text, symbol[i].length);
    number[i] = place < 0 ? 0 : table[place];
    all = all && number[i] != 0;
  }
  return all;
}
