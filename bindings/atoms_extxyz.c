/* matinf.c.atoms: extended XYZ as Lua tables. Their meaning is the business of
 * scripts/matinf/atoms/extxyz.lua. */
#include <stdlib.h>
#include <string.h>

#include "bindings/atoms.h"
#include "bindings/binding.h"
#include "core/atoms/extxyz.h"
#include "core/base/file.h"

#define LIMIT ((size_t)1 << 40)

typedef struct guard {
  char *text;
  size_t length;
  mi_extxyz_header header;
  mi_slice *word; /* of text columns */
  size_t words;
} guard;

static void release(void *p) {
  guard *g = p;
  mi_extxyz_header_free(&g->header);
  free(g->text);
  free(g->word);
  memset(g, 0, sizeof *g);
}

/* Room for n words in the guard. */
static mi_slice *words(mi_call *call, guard *g, size_t n) {
  if (g->words < n) {
    free(g->word);
    g->words = 0;
    g->word = MI_NEW(mi_slice, n);
    if (!g->word) mi_check(call, MI_ENOMEM);
    g->words = n;
  }
  return g->word;
}

/* ---- entries --------------------------------------------------------------------------------- */

/* Pushes a text without its backslashes: \n is a new line, other characters are themselves. */
static void push_text(lua_State *L, mi_slice s) {
  luaL_Buffer b;
  if (!memchr(s.text, '\\', s.length)) {
    lua_pushlstring(L, s.text, s.length);
    return;
  }
  luaL_buffinit(L, &b);
  for (size_t i = 0; i < s.length; i++) {
    const bool escaped = s.text[i] == '\\' && i + 1 < s.length;
    if (escaped) i++;
    luaL_addchar(&b, escaped && s.text[i] == 'n' ? '\n' : s.text[i]);
  }
  luaL_pushresult(&b);
}

static void push_scalar(lua_State *L, const mi_extxyz_header *h, mi_value_kind kind, size_t i) {
  switch (kind) {
    case MI_LOGICAL: lua_pushboolean(L, h->value[i] != 0); break;
    case MI_INTEGER: lua_pushinteger(L, (lua_Integer)h->value[i]); break;
    case MI_REAL: lua_pushnumber(L, h->value[i]); break;
    default: push_text(L, h->string[i]);
  }
}

/* A list of n elements from i on. */
static void push_list(lua_State *L, const mi_extxyz_header *h, mi_value_kind kind, size_t i,
                      int64_t n) {
  lua_createtable(L, (int)n, 0);
  for (int64_t k = 0; k < n; k++) {
    push_scalar(L, h, kind, i + (size_t)k);
    lua_rawseti(L, -2, k + 1);
  }
}

static void push_numbers(lua_State *L, const mi_extxyz_header *h, const mi_extxyz_entry *e) {
  const bool real = e->kind == MI_REAL;
  mi_array *a = mi_push_array(L, real ? MI_F64 : MI_I64, e->ndim, e->shape);
  const int64_t n = mi_count(a);
  for (int64_t k = 0; k < n; k++) {
    const double v = h->value[e->first + (size_t)k];
    if (real) ((double *)(void *)a->data)[k] = v;
    else ((int64_t *)(void *)a->data)[k] = (int64_t)v;
  }
}

/* A scalar; numbers as an array; logicals and texts as a list (of rows). */
static void push_entry(lua_State *L, const mi_extxyz_header *h, const mi_extxyz_entry *e) {
  if (e->ndim == 0) {
    push_scalar(L, h, e->kind, e->first);
  } else if (e->kind == MI_INTEGER || e->kind == MI_REAL) {
    push_numbers(L, h, e);
  } else if (e->ndim == 1) {
    push_list(L, h, e->kind, e->first, e->shape[0]);
  } else {
    lua_createtable(L, (int)e->shape[0], 0);
    for (int64_t i = 0; i < e->shape[0]; i++) {
      push_list(L, h, e->kind, e->first + (size_t)(i * e->shape[1]), e->shape[1]);
      lua_rawseti(L, -2, i + 1);
    }
  }
}

static void set_info(lua_State *L, const mi_extxyz_header *h) {
  lua_createtable(L, 0, h->entries);
  for (int i = 0; i < h->entries; i++) {
    push_text(L, h->entry[i].key);
    push_entry(L, h, h->entry + i);
    lua_rawset(L, -3);
  }
  lua_setfield(L, -2, "info");
}

/* ---- columns --------------------------------------------------------------------------------- */

static bool is_species(const mi_extxyz_column *c) {
  return c->type == 'S' && c->width == 1 && c->name.length == 7 &&
         memcmp(c->name.text, "species", 7) == 0;
}

/* Pushes an array for each column of numbers, and gives every column its target. */
static void push_targets(mi_call *call, guard *g) {
  mi_extxyz_header *h = &g->header;
  size_t texts = 0;
  luaL_checkstack(call->L, h->columns + 8, "columns");
  for (int c = 0; c < h->columns; c++)
    if (h->column[c].type == 'S') texts += (size_t)h->column[c].width;
  mi_slice *word = words(call, g, texts * (size_t)h->n);
  for (int c = 0; c < h->columns; c++) {
    mi_extxyz_column *column = h->column + c;
    const mi_dtype dtype = column->type == 'R' ? MI_F64 : column->type == 'I' ? MI_I64 : MI_U8;
    const int64_t shape[] = {h->n, column->width};
    if (column->type == 'S') {
      column->target = word;
      word += h->n * column->width;
      lua_pushboolean(call->L, false);
    } else {
      column->target = mi_push_array(call->L, dtype, column->width > 1 ? 2 : 1, shape)->data;
    }
  }
}

static void push_words(mi_call *call, const mi_extxyz_column *c, int64_t n) {
  lua_State *L = call->L;
  const mi_slice *word = c->target;
  lua_createtable(L, n < INT32_MAX ? (int)n : 0, 0);
  for (int64_t i = 0; i < n; i++) {
    mi_poll(call, i);
    for (int k = 0; k < c->width; k++) {
      const mi_slice w = word[i * c->width + k];
      if (c->width > 1 && k == 0) lua_createtable(L, c->width, 0);
      lua_pushlstring(L, w.text, w.length);
      if (c->width > 1) lua_rawseti(L, -2, k + 1);
    }
    lua_rawseti(L, -2, i + 1);
  }
}

/* numbers, and arrays.species where a species is no element. */
static void set_species(mi_call *call, const mi_extxyz_column *c, int64_t n) {
  lua_State *L = call->L;
  mi_array *numbers = mi_push_array(L, MI_I32, 1, &n);
  const bool all = mi_numbers_of_symbols(c->target, n, (int32_t *)(void *)numbers->data);
  lua_setfield(L, -3, "numbers");
  if (all) return;
  push_words(call, c, n);
  lua_setfield(L, -2, "species");
}

/* The columns, whose arrays begin at stack index `first`, as the map arrays of the table below. */
static void set_arrays(mi_call *call, const mi_extxyz_header *h, int first) {
  lua_State *L = call->L;
  lua_createtable(L, 0, h->columns);
  for (int c = 0; c < h->columns; c++) {
    const mi_extxyz_column *column = h->column + c;
    if (is_species(column)) {
      set_species(call, column, h->n);
      continue;
    }
    lua_pushlstring(L, column->name.text, column->name.length);
    if (column->type == 'S') push_words(call, column, h->n);
    else lua_pushvalue(L, first + c);
    lua_rawset(L, -3);
  }
  lua_setfield(L, -2, "arrays");
}

/* ---- frames ---------------------------------------------------------------------------------- */

static void check_at(mi_call *call, const char *path, const mi_extxyz *r, mi_status status,
                     int64_t frame) {
  if (status == MI_EINVAL)
    mi_raise_at(call->L, path, r->line, r->column, "frame %lld: %s", (long long)frame,
                call->control.error);
  mi_check(call, status);
}

/* Pushes the frame whose header has been read: { n, line, frame, declared, comment, info, arrays,
 * numbers }. */
static void push_frame(mi_call *call, const char *path, guard *g, mi_extxyz *r, int64_t frame) {
  lua_State *L = call->L;
  const mi_extxyz_header *h = &g->header;
  lua_createtable(L, 0, 12);
  const int first = lua_gettop(L) + 1;
  push_targets(call, g);
  check_at(call, path, r, mi_extxyz_read_atoms(r, h, &call->control), frame);
  lua_pushvalue(L, first - 1);
  mi_set_integer(L, "n", h->n);
  mi_set_integer(L, "line", h->line);
  mi_set_integer(L, "frame", frame);
  mi_set_boolean(L, "declared", h->declared);
  if (h->entries == 0 && !h->declared) {
    lua_pushlstring(L, h->comment.text, h->comment.length);
    lua_setfield(L, -2, "comment");
  }
  set_info(L, h);
  set_arrays(call, h, first);
  lua_settop(L, first - 1);
}

/* read_extxyz(path, first, last, step) -> list of frames first, first + step, ... */
int mi_atoms_read_extxyz(lua_State *L) {
  mi_call call;
  mi_begin(&call, L, "atoms.read");
  const char *path = mi_arg_path(&call, 1, "path");
  const int64_t first = mi_arg_integer(&call, 2, "first", 1, INT64_MAX);
  const int64_t last = mi_arg_integer(&call, 3, "last", 1, INT64_MAX);
  const int64_t step = mi_arg_integer(&call, 4, "step", 1, INT64_MAX);
  guard *g = mi_push_owned(L, sizeof *g, release);
  mi_check(&call, mi_file_read(path, LIMIT, &g->text, &g->length, &call.control));
  mi_extxyz r = mi_extxyz_begin(g->text, g->length);
  lua_newtable(L);
  for (int64_t frame = 1, count = 0; frame <= last; frame++) {
    check_at(&call, path, &r, mi_extxyz_read_header(&r, &g->header, &call.control), frame);
    if (g->header.n < 0) break;
    if (frame >= first && (frame - first) % step == 0) {
      push_frame(&call, path, g, &r, frame);
      lua_rawseti(L, -2, ++count);
    } else {
      check_at(&call, path, &r, mi_extxyz_skip_atoms(&r, &g->header, &call.control), frame);
    }
  }
  release(g);
  return 1;
}
