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

/* line(text, position) -> number of the line that the position is in, from 1 */
int mi_atoms_line(lua_State *L) {
  size_t length;
  const char *text = luaL_checklstring(L, 1, &length);
  const int64_t position = luaL_checkinteger(L, 2);
  const char *end = text + (position - 1 < (int64_t)length ? position - 1 : (int64_t)length);
  int64_t line = 1;
  for (const char *p = text; p < end && (p = memchr(p, '\n', (size_t)(end - p))); p++) line++;
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

/* Adds a line of row i. */
static void add_row(luaL_Buffer *b, const column *columns, int count, int64_t i, int decimals,
                    char *line) {
  char *p = line;
  for (int c = 0; c < count; c++) {
    if (c > 0) *p++ = ' ';
    if (columns[c].values) {
      for (int64_t k = 0; k < columns[c].width; k++) {
        if (k > 0) *p++ = ' ';
        p = put_element(p, columns[c].values, i * columns[c].width + k, decimals);
      }
      continue;
    }
    luaL_addlstring(b, line, (size_t)(p - line));
    p = line;
    lua_rawgeti(b->L, columns[c].list, i + 1);
    luaL_addvalue(b);
  }
  *p++ = '\n';
  luaL_addlstring(b, line, (size_t)(p - line));
}

/* format(n, decimals, column, ...) -> n lines; decimals -1: all digits that matter */
int mi_atoms_format(lua_State *L) {
  mi_call call;
  luaL_Buffer b;
  mi_begin(&call, L, "atoms.write");
  const int64_t n = mi_arg_integer(&call, 1, "n", 0, INT64_MAX);
  const int decimals = (int)mi_arg_integer(&call, 2, "decimals", -1, 17), top = lua_gettop(L);
  luaL_checkstack(L, 16, "columns");
  column *columns = mi_scratch(L, (size_t)top, sizeof *columns);
  int64_t most = 2;
  for (int c = 3; c <= top; c++) {
    columns[c - 3] = read_column(&call, c, n);
    most += columns[c - 3].width * (MI_TEXT_SIZE + 1) + 1;
  }
  char *line = mi_scratch(L, (size_t)most, 1);
  luaL_buffinit(L, &b);
  for (int64_t i = 0; i < n; i++) {
    if ((i & 0xffff) == 0 && mi_cancelled(&call.control)) mi_check(&call, MI_ECANCEL);
    add_row(&b, columns, top - 2, i, decimals, line);
  }
  luaL_pushresult(&b);
  return 1;
}
