/* matinf.c.atoms: pieces of text formats: files as strings, blocks of numbers, columns as lines. */
#include <stdlib.h>
#include <string.h>

#include "bindings/atoms.h"
#include "bindings/binding.h"
#include "core/base/file.h"
#include "core/base/text.h"

#define LIMIT ((size_t)1 << 40)

typedef struct block {
  char *text;
} block;

static void release(void *p) { free(((block *)p)->text); }

/* read_text(path) -> string, uncompressed when it is gzip */
int mi_atoms_read_text(lua_State *L) {
  mi_call call;
  size_t length;
  mi_begin(&call, L, "atoms.read");
  const char *path = mi_arg_path(&call, 1, "path");
  block *b = mi_push_owned(L, sizeof *b, release);
  mi_check(&call, mi_file_read(path, LIMIT, &b->text, &length, &call.control));
  lua_pushlstring(L, b->text, length);
  free(b->text);
  b->text = NULL;
  return 1;
}

/* gzip(text) -> compressed text */
int mi_atoms_gzip(lua_State *L) {
  mi_call call;
  size_t length, packed;
  mi_begin(&call, L, "atoms.write");
  const char *text = mi_arg_string(&call, 1, "text", &length);
  block *b = mi_push_owned(L, sizeof *b, release);
  mi_check(&call, mi_gzip(text, length, &b->text, &packed, &call.control));
  lua_pushlstring(L, b->text, packed);
  free(b->text);
  b->text = NULL;
  return 1;
}

/* line(text, position[, from, known]) -> number of the line that the position is in, from 1; that
 * of place `from` is known */
int mi_atoms_line(lua_State *L) {
  size_t length;
  const char *text = luaL_checklstring(L, 1, &length);
  const int64_t position = luaL_checkinteger(L, 2), from = luaL_optinteger(L, 3, 1);
  const char *end = text + (position - 1 < (int64_t)length ? position - 1 : (int64_t)length);
  int64_t line = luaL_optinteger(L, 4, 1);
  luaL_argcheck(L, from >= 1 && from <= position, 3, "a place before the position expected");
  for (const char *p = text + from - 1; p < end && (p = memchr(p, '\n', (size_t)(end - p))); p++) line++;
  lua_pushinteger(L, line);
  return 1;
}

/* ---- blocks of numbers ----------------------------------------------------------------------- */

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

static const char *skip_words(const char *p, const char *end, int64_t words) {
  for (;; words--) {
    while (p < end && is_blank(*p)) p++;
    if (words == 0) return p;
    while (p < end && !is_blank(*p) && *p != '\n') p++;
  }
}

/* Reads the numbers of a line into the row; NULL when they are not there. */
static const char *read_row(const char *p, const char *end, int64_t skip, int64_t columns,
                            double *row) {
  p = skip_words(p, end, skip);
  for (int64_t k = 0; k < columns; k++) {
    while (p < end && is_blank(*p)) p++;
    p = mi_text_parse(p, end, '.', row + k);
    /* Fortran leaves no blank before a minus sign when a number fills its field. */
    if (!p || (p < end && !is_blank(*p) && *p != '\n' && *p != '-' && *p != ',')) return NULL;
  }
  const char *stop = memchr(p, '\n', (size_t)(end - p));
  return stop ? stop + 1 : end;
}

/* numbers(text, position, rows, columns, skip) -> array [rows x columns] of the numbers that
 * follow the first `skip` words of each line from the position on, position of the line after;
 * or nil, position of the line that is not so */
int mi_atoms_numbers(lua_State *L) {
  mi_call call;
  size_t length;
  mi_begin(&call, L, "atoms.read");
  const char *text = mi_arg_string(&call, 1, "text", &length), *end = text + length;
  const int64_t position = mi_arg_integer(&call, 2, "position", 1, (int64_t)length + 1);
  const int64_t shape[] = {mi_arg_integer(&call, 3, "rows", 0, INT64_MAX),
                           mi_arg_integer(&call, 4, "columns", 1, 1000)};
  const int64_t skip = mi_arg_integer(&call, 5, "skip", 0, 1000);
  const char *p = text + position - 1;
  if (shape[0] > end - p) { /* fewer characters than lines: spares the memory of a mad count */
    lua_pushnil(L);
    lua_pushinteger(L, (lua_Integer)length + 1);
    return 2;
  }
  double *row = (double *)(void *)mi_push_array(L, MI_F64, 2, shape)->data;
  for (int64_t i = 0; i < shape[0]; i++, row += shape[1]) {
    mi_poll(&call, i);
    const char *next = read_row(p, end, skip, shape[1], row);
    if (!next) {
      lua_pushnil(L);
      lua_replace(L, -2);
      break;
    }
    p = next;
  }
  lua_pushinteger(L, p - text + 1);
  return 2;
}

/* ---- columns as lines ------------------------------------------------------------------------ */

/* A column: an array [n] or [n x k] of f64, i32, i64 or u8 (T and F), or a list of texts. */
typedef struct column {
  const mi_array *values;
  int list;
  int64_t width;
} column;

static char *put(char *p, const char *text, size_t length) {
  memcpy(p, text, length);
  return p + length;
}

static char *put_integer(char *p, int64_t value) {
  char digits[24], *end = digits + sizeof digits, *q = end;
  uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
  do *--q = (char)('0' + rest % 10);
  while ((rest /= 10) > 0);
  if (value < 0) *--q = '-';
  return put(p, q, (size_t)(end - q));
}

static char *put_element(char *p, const mi_array *a, int64_t i, int decimals) {
  const void *data = a->data;
  switch (a->dtype) {
    case MI_I64: return put_integer(p, ((const int64_t *)data)[i]);
    case MI_I32: return put_integer(p, ((const int32_t *)data)[i]);
    case MI_U8: return put(p, ((const uint8_t *)data)[i] ? "T" : "F", 1);
    default: break;
  }
  const double v = ((const double *)data)[i];
  char text[MI_TEXT_SIZE];
  return put(p, text, decimals < 0 ? mi_text_format(v, text) : mi_text_fixed(v, decimals, text));
}

static column read_column(mi_call *call, int index, int64_t n) {
  const mi_array *a = mi_to_array(call->L, index);
  if (!a) return (column){NULL, index, 1};
  if (!mi_is_contiguous(a) || a->ndim < 1 || a->ndim > 2 || a->shape[0] != n ||
      a->dtype == MI_F32 || a->dtype == MI_C128)
    mi_argument_error(call, index, "column", "contiguous array of f64, i64, i32 or u8, n rows");
  return (column){a, index, a->ndim == 2 ? a->shape[1] : 1};
}

/* The text of a list at row i; the list keeps it alive. */
static const char *list_text(lua_State *L, const column *c, int64_t i, size_t *length) {
  lua_rawgeti(L, c->list, i + 1);
  const char *text = luaL_checklstring(L, -1, length);
  lua_pop(L, 1);
  return text;
}

/* Room that row i needs at most. */
static size_t room_of(lua_State *L, const column *columns, int count, int64_t i) {
  size_t room = 1;
  for (int c = 0; c < count; c++) {
    size_t length = (size_t)columns[c].width * MI_TEXT_SIZE;
    if (!columns[c].values) (void)list_text(L, columns + c, i, &length);
    room += length + (size_t)columns[c].width;
  }
  return room;
}

/* Puts the line of row i. */
static char *put_row(lua_State *L, char *p, const column *columns, int count, int64_t i,
                     int decimals) {
  for (int c = 0; c < count; c++) {
    if (c > 0) *p++ = ' ';
    if (!columns[c].values) {
      size_t length;
      const char *text = list_text(L, columns + c, i, &length);
      p = put(p, text, length);
      continue;
    }
    for (int64_t k = 0; k < columns[c].width; k++) {
      if (k > 0) *p++ = ' ';
      p = put_element(p, columns[c].values, i * columns[c].width + k, decimals);
    }
  }
  *p++ = '\n';
  return p;
}

/* The text of a head at index, put into an empty block. */
static size_t put_head(mi_call *call, int index, block *b) {
  size_t length;
  const char *head = lua_tolstring(call->L, index, &length);
  b->text = malloc(length + 1);
  if (!b->text) mi_check(call, MI_ENOMEM);
  memcpy(b->text, head, length);
  return length;
}

/* format(n, decimals, [head,] column, ...) -> the head (a string) and n lines; decimals -1: all
 * digits that matter. The text grows in a block of its own: fresh memory costs more than the
 * digits, so the head is there from the start. */
int mi_atoms_format(lua_State *L) {
  mi_call call;
  mi_begin(&call, L, "atoms.write");
  const int64_t n = mi_arg_integer(&call, 1, "n", 0, INT64_MAX);
  const int decimals = (int)mi_arg_integer(&call, 2, "decimals", -1, 17), top = lua_gettop(L);
  const int first = lua_type(L, 3) == LUA_TSTRING ? 4 : 3, count = top - first + 1;
  luaL_checkstack(L, 16, "columns");
  column *columns = mi_scratch(L, (size_t)top, sizeof *columns);
  for (int c = 0; c < count; c++) columns[c] = read_column(&call, first + c, n);
  block *b = mi_push_owned(L, sizeof *b, release);
  size_t used = first == 4 ? put_head(&call, 3, b) : 0, size = used;
  const size_t head = used;
  for (int64_t i = 0; i < n; i++) {
    mi_poll(&call, i);
    const size_t room = room_of(L, columns, count, i);
    if (used + room > size) {
      const size_t lines = used - head; /* those left are about as long */
      size = used + room + (i > 0 ? lines / (size_t)i * (size_t)(n - i) + lines / 16 : 4096);
      char *larger = realloc(b->text, size);
      if (!larger) mi_check(&call, MI_ENOMEM);
      b->text = larger;
    }
    used = (size_t)(put_row(L, b->text + used, columns, count, i, decimals) - b->text);
  }
  lua_pushlstring(L, b->text ? b->text : "", used);
  free(b->text);
  b->text = NULL;
  return 1;
}
