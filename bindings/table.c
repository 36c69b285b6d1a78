/* Lua module matinf.c.table: text tables read and written; scripts/matinf/table.lua makes them
 * table.Table. */
#include "bindings/binding.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/file.h"
#include "core/base/text.h"
#include "core/table/table.h"

#define GUARD_TYPE "matinf.table.Guard"
#define MOST_WORDS 64
#define LIMIT ((size_t)1 << 30) /* bytes of text; documented in scripts/matinf/doc/table.lua */

/* Owns the text and what core made of it, whatever is raised. */
typedef struct guard {
  char *text;
  size_t length;
  mi_table_data data;
} guard;

static int guard_gc(lua_State *L) {
  guard *g = lua_touserdata(L, 1);
  mi_table_free(&g->data);
  free(g->text);
  g->text = NULL;
  return 0;
}

static guard *push_guard(lua_State *L) {
  guard *g = lua_newuserdatauv(L, sizeof *g, 0);
  memset(g, 0, sizeof *g);
  luaL_setmetatable(L, GUARD_TYPE);
  return g;
}

/* ---- options -------------------------------------------------------------------------------- */

/* A list of at most 63 words as a NULL-terminated one; false when the option is absent. The
 * options table keeps the words alive. */
static bool option_words(mi_call *call, const char *name, const char **words) {
  lua_State *L = call->L;
  if (!mi_option(call, name)) return false;
  int n = lua_istable(L, -1) ? (int)lua_rawlen(L, -1) : -1;
  if (n < 0 || n >= MOST_WORDS) mi_argument_error(call, -1, name, "list of at most 63 words");
  for (int i = 0; i < n; i++) {
    lua_rawgeti(L, -1, i + 1);
    words[i] = mi_arg_string(call, -1, name, NULL);
    lua_pop(L, 1);
  }
  words[n] = NULL;
  lua_pop(L, 1);
  return true;
}

static char option_delimiter(mi_call *call) {
  static const char *const names[] = {"auto", "comma", "semicolon", "tab", "blank", NULL};
  return "\0,;\t "[mi_option_choice(call, "delimiter", 0, names)];
}

static char option_decimal(mi_call *call) {
  static const char *const names[] = {"auto", ".", ",", NULL};
  return "\0.,"[mi_option_choice(call, "decimal", 0, names)];
}

typedef struct words {
  const char *missing[MOST_WORDS], *text[MOST_WORDS];
  char comments[8];
} words;

static void read_options(mi_call *call, mi_table_options *options, words *w) {
  mi_table_options_default(options);
  options->delimiter = option_delimiter(call);
  options->decimal = option_decimal(call);
  options->header = (int)mi_option_integer(call, "header", -1, 0, 150);
  if (mi_option(call, "comments")) {
    size_t length;
    const char *comments = mi_arg_string(call, -1, "comments", &length);
    if (length >= sizeof w->comments)
      mi_argument_error(call, -1, "comments", "at most 7 characters");
    options->comments = memcpy(w->comments, comments, length + 1);
    lua_pop(call->L, 1);
  }
  if (option_words(call, "missing", w->missing)) options->missing = w->missing;
  if (option_words(call, "text", w->text)) options->text_columns = w->text;
  mi_options_end(call);
}

/* ---- results -------------------------------------------------------------------------------- */

/* Pushes the text of a cell; doubled quotes of a quoted one become single. */
static void push_span(lua_State *L, const mi_span *span) {
  if (!span->quoted || !memchr(span->start, '"', span->length)) {
    lua_pushlstring(L, span->start, span->length);
    return;
  }
  luaL_Buffer b;
  luaL_buffinit(L, &b);
  for (size_t i = 0; i < span->length; i++) {
    luaL_addchar(&b, span->start[i]);
    if (span->start[i] == '"') i++;
  }
  luaL_pushresult(&b);
}

/* table[name] = list of the spans, for the table on top of the stack. */
static void set_spans(lua_State *L, const char *name, const mi_span *spans, int64_t n) {
  lua_createtable(L, (int)n, 0);
  for (int64_t i = 0; i < n; i++) {
    push_span(L, &spans[i]);
    lua_rawseti(L, -2, i + 1);
  }
  lua_setfield(L, -2, name);
}

static void push_column(lua_State *L, const mi_table_column *column, int64_t rows) {
  lua_createtable(L, 0, 2);
  mi_set_integer(L, "empty", column->empty);
  if (column->is_text) {
    set_spans(L, "values", column->text, rows);
  } else {
    (void)mi_push_vector(L, column->numbers, rows);
    lua_setfield(L, -2, "values");
  }
}

static void push_data(lua_State *L, const mi_table_data *data) {
  lua_createtable(L, 0, 6);
  mi_set_integer(L, "rows", data->rows);
  lua_pushlstring(L, &data->delimiter, 1);
  lua_setfield(L, -2, "delimiter");
  lua_pushlstring(L, &data->decimal, 1);
  lua_setfield(L, -2, "decimal");
  if (data->names) set_spans(L, "names", data->names, data->columns);
  set_spans(L, "notes", data->notes, data->note_count);
  lua_createtable(L, (int)data->columns, 0);
  for (int64_t c = 0; c < data->columns; c++) {
    push_column(L, &data->column[c], data->rows);
    lua_rawseti(L, -2, c + 1);
  }
  lua_setfield(L, -2, "columns");
}

/* read(path[, options]) -> { rows, columns = {{ values, empty }, ...}, names, notes, delimiter,
 * decimal } */
static int read_table(lua_State *L) {
  mi_call call;
  mi_table_options options;
  words w;
  mi_begin(&call, L, "table.read");
  const char *path = mi_arg_path(&call, 1, "path");
  mi_options_begin(&call, 2);
  read_options(&call, &options, &w);
  guard *g = push_guard(L);
  mi_check(&call, mi_file_read(path, LIMIT, &g->text, &g->length, &call.control));
  if (g->length == 0) mi_raise_at(L, path, 0, 0, "the file is empty");
  mi_status status = mi_table_parse(g->text, g->length, &options, &g->data, &call.control);
  if (status == MI_EINVAL)
    mi_raise_at(L, path, g->data.error_line, g->data.error_column, "%s", call.control.error);
  mi_check(&call, status);
  push_data(L, &g->data);
  return 1;
}

/* row_line(path, row[, options]) -> the line on which a row of the file stands: found again, since
 * only an error asks for it */
static int row_line(lua_State *L) {
  mi_call call;
  mi_table_options options;
  words w;
  mi_begin(&call, L, "table.row_line");
  const char *path = mi_arg_path(&call, 1, "path");
  int64_t row = mi_arg_integer(&call, 2, "row", 1, INT64_MAX);
  mi_options_begin(&call, 3);
  read_options(&call, &options, &w);
  guard *g = push_guard(L);
  mi_check(&call, mi_file_read(path, LIMIT, &g->text, &g->length, &call.control));
  lua_pushinteger(L, mi_table_row_line(g->text, g->length, &options, row));
  return 1;
}

/* ---- writing -------------------------------------------------------------------------------- */

/* A column to be written: an array of numbers or a list of texts, at a stack index. */
typedef struct source {
  const mi_array *numbers;
  int list;
} source;

/* Adds a text as RFC 4180 has it: quoted where it must be. */
static void add_text(luaL_Buffer *b, const char *text, size_t length) {
  bool plain = length > 0 && text[0] != ' ' && text[0] != '#' && text[length - 1] != ' ';
  for (size_t i = 0; plain && i < length; i++) plain = !mi_is_one_of(text[i], "\",\r\n;\t");
  if (plain) {
    luaL_addlstring(b, text, length);
    return;
  }
  luaL_addchar(b, '"');
  for (size_t i = 0; i < length; i++) {
    if (text[i] == '"') luaL_addchar(b, '"');
    luaL_addchar(b, text[i]);
  }
  luaL_addchar(b, '"');
}

static void add_number(luaL_Buffer *b, const mi_array *a, int64_t i) {
  const char *p = a->data + i * a->stride[0];
  char text[MI_TEXT_SIZE];
  if (a->dtype == MI_I64) {
    lua_pushinteger(b->L, *(const int64_t *)p);
    luaL_addvalue(b);
    return;
  }
  double value = *(const double *)p;
  if (isnan(value)) return; /* an empty cell, as it is read */
  luaL_addlstring(b, text, mi_text_format(value, text));
}

/* format(columns, rows) -> the rows as csv; columns is a list of arrays of f64 or i64 and lists of
 * texts, each of that length */
static int format_rows(lua_State *L) {
  mi_call call;
  mi_begin(&call, L, "table.Table:write");
  luaL_checktype(L, 1, LUA_TTABLE);
  int64_t rows = luaL_checkinteger(L, 2);
  lua_settop(L, 2);
  int columns = (int)lua_rawlen(L, 1);
  luaL_checkstack(L, columns + 10, "too many columns");
  source *sources = mi_scratch(L, (size_t)columns, sizeof *sources);
  for (int c = 0; c < columns; c++) {
    lua_rawgeti(L, 1, c + 1);
    sources[c] = (source){mi_to_array(L, -1), lua_gettop(L)};
  }
  luaL_Buffer b;
  luaL_buffinit(L, &b);
  for (int64_t i = 0; i < rows; i++) {
    if (mi_cancelled(&call.control)) mi_check(&call, MI_ECANCEL);
    for (int c = 0; c < columns; c++) {
      if (c > 0) luaL_addchar(&b, ',');
      if (sources[c].numbers) {
        add_number(&b, sources[c].numbers, i);
      } else {
        size_t length;
        lua_rawgeti(L, sources[c].list, i + 1);
        const char *text = lua_tolstring(L, -1, &length);
        lua_pop(L, 1); /* the list keeps it alive */
        add_text(&b, text, length);
      }
    }
    luaL_addlstring(&b, "\r\n", 2);
  }
  luaL_pushresult(&b);
  return 1;
}

/* number(value) -> its shortest text that reads back */
static int number_text(lua_State *L) {
  char text[MI_TEXT_SIZE];
  lua_pushlstring(L, text, mi_text_format(luaL_checknumber(L, 1), text));
  return 1;
}

MI_EXPORT int luaopen_matinf_c_table(lua_State *L);
int luaopen_matinf_c_table(lua_State *L) {
  static const luaL_Reg functions[] = {
      {"read", read_table},     {"row_line", row_line}, {"format", format_rows},
      {"number", number_text}, {NULL, NULL}};
  luaL_newmetatable(L, GUARD_TYPE);
  lua_pushcfunction(L, guard_gc);
  lua_setfield(L, -2, "__gc");
  lua_pop(L, 1);
  luaL_newlib(L, functions);
  return 1;
}
