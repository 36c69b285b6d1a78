#include "core/atoms/extxyz_header.h"

#include <stdlib.h>
#include <string.h>

typedef struct parser {
  mi_extxyz_header *h;
  const char *at, *end;
  mi_control *control;
} parser;

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

static void skip_blanks(parser *p) {
  while (p->at < p->end && is_blank(*p->at)) p->at++;
}

static bool is(mi_slice s, const char *text) {
  return s.length == strlen(text) && memcmp(s.text, text, s.length) == 0;
}

bool mi_extxyz_logical(mi_slice word, uint8_t *value) {
  static const char *const names[] = {"F",  "False", "false", "FALSE",
                                      "T",  "True",  "true",  "TRUE"};
  for (int i = 0; i < 8; i++)
    if (is(word, names[i])) {
      *value = i >= 4;
      return true;
    }
  return false;
}

/* ---- room for elements ----------------------------------------------------------------------- */

static bool grow(void **block, size_t *room, size_t used, size_t size) {
  if (used < *room) return true;
  const size_t more = *room ? 2 * *room : 64;
  void *larger = realloc(*block, more * size);
  if (!larger) return false;
  *block = larger;
  *room = more;
  return true;
}

static bool add_string(mi_extxyz_header *h, mi_slice s) {
  void *block = h->string;
  if (!grow(&block, &h->string_room, h->strings, sizeof s)) return false;
  h->string = block;
  h->string[h->strings++] = s;
  return true;
}

static bool add_value(mi_extxyz_header *h, double v) {
  void *block = h->value;
  if (!grow(&block, &h->value_room, h->values, sizeof v)) return false;
  h->value = block;
  h->value[h->values++] = v;
  return true;
}

void mi_extxyz_header_free(mi_extxyz_header *h) {
  free(h->value);
  free(h->string);
  memset(h, 0, sizeof *h);
}

/* ---- words ----------------------------------------------------------------------------------- */

/* Where a word ends: at a blank, or at one of the other characters. */
static mi_slice take_bare(parser *p, const char *others) {
  const char *start = p->at;
  while (p->at < p->end && !is_blank(*p->at) && !mi_is_one_of(*p->at, others)) p->at++;
  return (mi_slice){start, (size_t)(p->at - start)};
}

/* The text between double quotes, backslashes and all. */
static mi_status take_quoted(parser *p, mi_slice *s) {
  const char *start = ++p->at;
  while (p->at < p->end && *p->at != '"') p->at += *p->at == '\\' ? 2 : 1;
  if (p->at >= p->end) {
    p->at = start - 1;
    return mi_fail(p->control, MI_EINVAL, "the quotes are not closed");
  }
  *s = (mi_slice){start, (size_t)(p->at - start)};
  p->at++;
  return MI_OK;
}

/* Integers of more digits are reals. */
static bool is_integer(mi_slice w) {
  size_t i = w.length > 0 && (w.text[0] == '-' || w.text[0] == '+');
  const size_t digits = w.length - i;
  for (; i < w.length; i++)
    if (w.text[i] < '0' || w.text[i] > '9') return false;
  return digits > 0 && digits <= 15;
}

/* The first of integer, real, logical, text that a word can be, no earlier than `least`. A word
 * that only looks like a number, such as nan or inf in a list of names, remains what it is. */
static mi_value_kind kind_of(mi_slice w, double *value) {
  uint8_t truth;
  if (mi_extxyz_logical(w, &truth)) {
    *value = truth;
    return MI_LOGICAL;
  }
  if (w.length == 0 || !mi_text_number(w.text, w.length, '.', value)) return MI_STRING;
  return is_integer(w) ? MI_INTEGER : MI_REAL;
}

/* ---- values ---------------------------------------------------------------------------------- */

/* Makes values of the entry's strings from `first` on when all of them are of a kind. */
static mi_status settle_kind(mi_extxyz_header *h, mi_extxyz_entry *e) {
  const size_t first = e->first;
  mi_value_kind kind = MI_LOGICAL;
  bool any = false, mixed = false;
  for (size_t i = first; i < h->strings; i++) {
    double value;
    const mi_value_kind k = kind_of(h->string[i], &value);
    const bool numbers = any && k != MI_STRING && k != MI_LOGICAL && kind != MI_LOGICAL;
    mixed = mixed || (any && k != kind && !(numbers && kind != MI_STRING));
    kind = any && numbers && kind > k ? kind : k;
    any = true;
  }
  e->kind = mixed || !any ? MI_STRING : kind;
  if (e->kind == MI_STRING) return MI_OK;
  e->first = h->values;
  for (size_t i = first; i < h->strings; i++) {
    double value;
    (void)kind_of(h->string[i], &value);
    if (!add_value(h, value)) return MI_ENOMEM;
  }
  h->strings = first;
  return MI_OK;
}

/* Elements up to the closing bracket, separated by blanks or commas. */
static mi_status take_elements(parser *p, char close, int64_t *count) {
  for (*count = 0;; ++*count) {
    mi_slice word;
    while (p->at < p->end && (is_blank(*p->at) || *p->at == ',')) p->at++;
    if (p->at == p->end) return mi_fail(p->control, MI_EINVAL, "'%c' expected", close);
    if (*p->at == close) break;
    if (*p->at == '"') {
      const mi_status status = take_quoted(p, &word);
      if (status != MI_OK) return status;
    } else {
      word = take_bare(p, ",[]{}");
      if (word.length == 0)
        return mi_fail(p->control, MI_EINVAL, "an element of the list or '%c' expected", close);
    }
    if (!add_string(p->h, word)) return MI_ENOMEM;
  }
  p->at++;
  return MI_OK;
}

/* [[1, 2], [3, 4]] after its first bracket. */
static mi_status take_rows(parser *p, mi_extxyz_entry *e) {
  e->ndim = 2;
  for (e->shape[0] = 0;; e->shape[0]++) {
    int64_t count;
    while (p->at < p->end && (is_blank(*p->at) || *p->at == ',')) p->at++;
    if (p->at == p->end || (*p->at != '[' && *p->at != ']'))
      return mi_fail(p->control, MI_EINVAL, "'[' or ']' expected");
    if (*p->at++ == ']') return MI_OK;
    const mi_status status = take_elements(p, ']', &count);
    if (status != MI_OK) return status;
    if (e->shape[0] > 0 && count != e->shape[1])
      return mi_fail(p->control, MI_EINVAL, "rows of one length expected");
    e->shape[1] = count;
  }
}

static mi_status take_list(parser *p, mi_extxyz_entry *e) {
  const char close = *p->at++ == '[' ? ']' : '}';
  skip_blanks(p);
  if (close == ']' && p->at < p->end && *p->at == '[') return take_rows(p, e);
  e->ndim = 1;
  return take_elements(p, close, &e->shape[0]);
}

/* Text in quotes: a vector when it is several numbers or logicals. */
static mi_status take_text(parser *p, mi_extxyz_entry *e) {
  mi_slice text;
  mi_status status = take_quoted(p, &text);
  if (status != MI_OK) return status;
  parser inside = {p->h, text.text, text.text + text.length, p->control};
  for (skip_blanks(&inside); inside.at < inside.end; skip_blanks(&inside)) {
    if (!add_string(p->h, take_bare(&inside, ""))) return MI_ENOMEM;
    e->shape[0]++;
  }
  status = settle_kind(p->h, e);
  if (status != MI_OK || e->kind != MI_STRING) {
    e->ndim = e->shape[0] > 1;
    return status;
  }
  p->h->strings = e->first;
  return add_string(p->h, text) ? MI_OK : MI_ENOMEM;
}

static mi_status take_value(parser *p, mi_extxyz_entry *e) {
  mi_status status = MI_OK;
  e->ndim = 0;
  e->shape[0] = e->shape[1] = 0;
  e->first = p->h->strings;
  if (p->at < p->end && *p->at == '"') return take_text(p, e);
  if (p->at < p->end && (*p->at == '[' || *p->at == '{')) status = take_list(p, e);
  else if (!add_string(p->h, take_bare(p, ""))) status = MI_ENOMEM;
  return status == MI_OK ? settle_kind(p->h, e) : status;
}

/* ---- Properties ------------------------------------------------------------------------------ */

static bool take_part(const char **at, const char *end, mi_slice *part) {
  const char *start = *at, *colon = memchr(start, ':', (size_t)(end - start));
  const char *stop = colon ? colon : end;
  *part = (mi_slice){start, (size_t)(stop - start)};
  *at = colon ? colon + 1 : end;
  return part->length > 0;
}

static mi_status parse_properties(mi_extxyz_header *h, mi_slice text, mi_control *control) {
  const char *at = text.text, *end = at + text.length;
  h->columns = 0;
  h->declared = true;
  while (at < end) {
    mi_slice name, type, width;
    double w = 0;
    if (!take_part(&at, end, &name) || !take_part(&at, end, &type) ||
        !take_part(&at, end, &width) || type.length != 1 || !mi_is_one_of(type.text[0], "SRIL") ||
        !is_integer(width) || !mi_text_number(width.text, width.length, '.', &w) || w < 1 ||
        w > 10000)
      return mi_fail(control, MI_EINVAL,
                     "Properties: name:type:width with type S, R, I or L expected, got '%.*s'",
                     text.length < 80 ? (int)text.length : 80, text.text);
    if (h->columns == MI_EXTXYZ_COLUMNS)
      return mi_fail(control, MI_EINVAL, "Properties: at most %d columns expected",
                     MI_EXTXYZ_COLUMNS);
    h->column[h->columns++] = (mi_extxyz_column){name, type.text[0], (int)w, NULL};
  }
  return MI_OK;
}

/* ---- the line -------------------------------------------------------------------------------- */

static mi_status take_entry(parser *p, mi_extxyz_entry *e) {
  mi_status status = MI_OK;
  if (*p->at == '"') status = take_quoted(p, &e->key);
  else e->key = take_bare(p, "=");
  if (status != MI_OK) return status;
  skip_blanks(p);
  if (p->at == p->end || *p->at != '=') { /* a flag */
    *e = (mi_extxyz_entry){.key = e->key, .kind = MI_LOGICAL, .first = p->h->values};
    return add_value(p->h, 1) ? MI_OK : MI_ENOMEM;
  }
  if (e->key.length == 0) return mi_fail(p->control, MI_EINVAL, "a name before '=' expected");
  p->at++;
  skip_blanks(p);
  status = take_value(p, e);
  if (status == MI_OK && p->at < p->end && !is_blank(*p->at))
    return mi_fail(p->control, MI_EINVAL, "a blank after the value of '%.*s' expected",
                   e->key.length < 40 ? (int)e->key.length : 40, e->key.text);
  return status;
}

/* Takes Properties out of the entries. */
static mi_status add_entry(parser *p) {
  mi_extxyz_header *h = p->h;
  if (h->entries == MI_EXTXYZ_ENTRIES)
    return mi_fail(p->control, MI_EINVAL, "at most %d entries expected", MI_EXTXYZ_ENTRIES);
  mi_extxyz_entry *e = h->entry + h->entries;
  mi_status status = take_entry(p, e);
  if (status != MI_OK) return status;
  if (e->kind == MI_STRING && e->ndim == 0 && is(e->key, "Properties"))
    return parse_properties(h, h->string[e->first], p->control);
  h->entries++;
  return MI_OK;
}

mi_status mi_extxyz_parse_comment(mi_extxyz_header *h, int *column, mi_control *control) {
  static const mi_slice species = {"species", 7}, pos = {"pos", 3};
  parser p = {h, h->comment.text, h->comment.text + h->comment.length, control};
  h->entries = 0;
  h->values = h->strings = 0;
  h->declared = false;
  h->columns = 2;
  h->column[0] = (mi_extxyz_column){species, 'S', 1, NULL};
  h->column[1] = (mi_extxyz_column){pos, 'R', 3, NULL};
  if (!memchr(h->comment.text, '=', h->comment.length)) return MI_OK; /* plain words */
  for (skip_blanks(&p); p.at < p.end; skip_blanks(&p)) {
    const mi_status status = add_entry(&p);
    if (status != MI_OK) {
      *column = (int)(p.at - h->comment.text) + 1;
      return status;
    }
  }
  return MI_OK;
}
