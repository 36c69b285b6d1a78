/* Lua module matinf.c.hash: BLAKE2b sums of 32 bytes, as 64 hexadecimal digits.
 *
 * A tree is summed in a canonical form in which every value begins with a letter for its type and
 * has a known length, so that different trees never give the same bytes:
 *
 *   n             yaml.null                    t f           true, false
 *   i int64       a number that is an integer  d float64     another number, one NaN for all
 *   s n bytes     text of n bytes              a dtype ndim shape... elements    array
 *   { n ...       a table of n pairs key, value: integer keys ascending, then text by bytes
 *
 * All integers are 8 bytes, little endian. Numbers that are equal in Lua have equal sums (1 and
 * 1.0, 0 and -0.0); the elements of arrays count by their bytes. */
#include "bindings/binding.h"

#include <blake2.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#define SUM_BYTES 32
#define PIECE ((size_t)64 << 10) /* small enough for the stack: most files are a few kB */
#define MOST_DEPTH 200
#define NULL_TYPE "matinf.yaml.null"

static void push_hex(lua_State *L, blake2b_state *state) {
  static const char digits[] = "0123456789abcdef";
  unsigned char sum[SUM_BYTES];
  char text[2 * SUM_BYTES];
  blake2b_final(state, sum, sizeof sum);
  for (size_t i = 0; i < sizeof sum; i++) {
    text[2 * i] = digits[sum[i] >> 4];
    text[2 * i + 1] = digits[sum[i] & 15];
  }
  lua_pushlstring(L, text, sizeof text);
}

/* Adds bytes in pieces, between which Ctrl-C is noticed. */
static void add_bytes(mi_call *call, blake2b_state *state, const void *bytes, size_t length) {
  const uint8_t *from = bytes;
  for (; length > PIECE; from += PIECE, length -= PIECE) {
    mi_poll(call, 0);
    blake2b_update(state, from, PIECE);
  }
  blake2b_update(state, from, length);
}

/* blake2b(text) -> its sum */
static int sum_text(lua_State *L) {
  mi_call call;
  blake2b_state state;
  size_t length;
  mi_begin(&call, L, "hash.blake2b");
  const char *text = mi_arg_string(&call, 1, "text", &length);
  blake2b_init(&state, SUM_BYTES);
  add_bytes(&call, &state, text, length);
  push_hex(L, &state);
  return 1;
}

/* Feeds the rest of the file to the sum; an errno, ECANCELED after Ctrl-C. */
static int sum_descriptor(mi_call *call, int fd, blake2b_state *state) {
  uint8_t piece[PIECE];
  for (;;) {
    if (mi_cancelled(&call->control)) return ECANCELED;
    ssize_t got = read(fd, piece, PIECE);
    if (got == 0) return 0;
    if (got < 0 && errno != EINTR) return errno;
    if (got > 0) blake2b_update(state, piece, (size_t)got);
  }
}

/* file(path) -> sum of its bytes */
static int sum_file(lua_State *L) {
  mi_call call;
  blake2b_state state;
  mi_begin(&call, L, "hash.file");
  const char *path = mi_arg_path(&call, 1, "path");
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) mi_raise(L, "io", "cannot read '%s': %s", path, strerror(errno));
  blake2b_init(&state, SUM_BYTES);
  int reason = sum_descriptor(&call, fd, &state);
  close(fd);
  if (reason == ECANCELED) mi_check(&call, MI_ECANCEL);
  if (reason != 0) mi_raise(L, "io", "cannot read '%s': %s", path, strerror(reason));
  push_hex(L, &state);
  return 1;
}

/* ---- trees ---------------------------------------------------------------------------------- */

typedef struct tree {
  mi_call *call;
  blake2b_state state;
  int depth;
} tree;

static void add(tree *t, const void *bytes, size_t length) {
  add_bytes(t->call, &t->state, bytes, length);
}

static void add_tagged(tree *t, char tag, int64_t value) {
  char bytes[1 + sizeof value];
  bytes[0] = tag;
  memcpy(bytes + 1, &value, sizeof value);
  add(t, bytes, sizeof bytes);
}

static void add_number(tree *t, int index) {
  int is_integer;
  lua_Integer integer = lua_tointegerx(t->call->L, index, &is_integer);
  if (is_integer) {
    add_tagged(t, 'i', integer);
  } else {
    double x = lua_tonumber(t->call->L, index);
    int64_t bits = 0x7ff8000000000000;
    if (!isnan(x)) memcpy(&bits, &x, sizeof bits);
    add_tagged(t, 'd', bits);
  }
}

static void add_text(tree *t, int index) {
  size_t length;
  const char *text = lua_tolstring(t->call->L, index, &length);
  add_tagged(t, 's', (int64_t)length);
  add(t, text, length);
}

static void add_array(tree *t, const mi_array *array) {
  lua_State *L = t->call->L;
  add_tagged(t, 'a', array->dtype);
  add_tagged(t, 'a', array->ndim);
  add(t, array->shape, (size_t)array->ndim * sizeof array->shape[0]);
  const mi_array *dense = array;
  if (!mi_is_contiguous(array)) {
    mi_array *copy = mi_push_array(L, array->dtype, array->ndim, array->shape);
    mi_check(t->call, mi_array_copy(copy, array, &t->call->control));
    dense = copy;
  }
  add(t, dense->data, (size_t)mi_count(dense) * mi_dtype_size(dense->dtype));
  if (dense != array) lua_pop(L, 1);
}

typedef struct table_key {
  const char *text; /* NULL for an integer */
  size_t length;
  lua_Integer integer;
} table_key;

static int compare_keys(const void *left, const void *right) {
  const table_key *a = left, *b = right;
  if (!a->text || !b->text) {
    if (a->text || b->text) return a->text ? 1 : -1;
    return (a->integer > b->integer) - (a->integer < b->integer);
  }
  int order = memcmp(a->text, b->text, a->length < b->length ? a->length : b->length);
  return order ? order : (a->length > b->length) - (a->length < b->length);
}

static size_t count_pairs(lua_State *L, int index) {
  size_t count = 0;
  for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) count++;
  return count;
}

/* The keys of the table at index, sorted; pushed as scratch. Their texts live in the table. */
static const table_key *sorted_keys(tree *t, int index, size_t count) {
  lua_State *L = t->call->L;
  table_key *keys = mi_scratch(L, count, sizeof *keys), *key = keys;
  for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1), key++) {
    *key = (table_key){NULL, 0, 0};
    if (lua_type(L, -2) == LUA_TSTRING) key->text = lua_tolstring(L, -2, &key->length);
    else if (lua_isinteger(L, -2)) key->integer = lua_tointeger(L, -2);
    else mi_raise(L, "argument", "hash.tree: text or an integer expected as a key, got a %s",
                  luaL_typename(L, -2));
  }
  if (count > 0) qsort(keys, count, sizeof *keys, compare_keys);
  return keys;
}

static void add_value(tree *t);

/* The table on top of the stack. */
static void add_table(tree *t) {
  lua_State *L = t->call->L;
  int index = lua_gettop(L);
  if (++t->depth > MOST_DEPTH)
    mi_raise(L, "argument", "hash.tree: at most %d levels expected (a cycle?)", MOST_DEPTH);
  luaL_checkstack(L, 8, "tree");
  size_t count = count_pairs(L, index);
  const table_key *keys = sorted_keys(t, index, count);
  add_tagged(t, '{', (int64_t)count);
  for (size_t i = 0; i < count; i++) {
    if (keys[i].text) lua_pushlstring(L, keys[i].text, keys[i].length);
    else lua_pushinteger(L, keys[i].integer);
    if (keys[i].text) add_text(t, -1);
    else add_number(t, -1);
    lua_rawget(L, index);
    add_value(t);
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
  t->depth--;
}

/* The value on top of the stack. */
static void add_value(tree *t) {
  lua_State *L = t->call->L;
  const mi_array *array = mi_to_array(L, -1);
  if (mi_cancelled(&t->call->control)) mi_check(t->call, MI_ECANCEL);
  if (array) {
    add_array(t, array);
  } else if (luaL_testudata(L, -1, NULL_TYPE)) {
    add(t, "n", 1);
  } else if (lua_isboolean(L, -1)) {
    add(t, lua_toboolean(L, -1) ? "t" : "f", 1);
  } else if (lua_type(L, -1) == LUA_TNUMBER) {
    add_number(t, -1);
  } else if (lua_type(L, -1) == LUA_TSTRING) {
    add_text(t, -1);
  } else if (lua_istable(L, -1)) {
    add_table(t);
  } else {
    mi_argument_error(t->call, lua_gettop(L), "value",
                      "tree of tables, arrays, text, numbers and booleans");
  }
}

/* tree(value) -> sum of its canonical form */
static int sum_tree(lua_State *L) {
  mi_call call;
  tree t = {.call = &call};
  mi_begin(&call, L, "hash.tree");
  lua_settop(L, 1);
  blake2b_init(&t.state, SUM_BYTES);
  add_value(&t);
  push_hex(L, &t.state);
  return 1;
}

MI_EXPORT int luaopen_matinf_c_hash(lua_State *L);
int luaopen_matinf_c_hash(lua_State *L) {
  static const luaL_Reg functions[] = {
      {"blake2b", sum_text}, {"file", sum_file}, {"tree", sum_tree}, {NULL, NULL}};
  luaL_newlib(L, functions);
  return 1;
}
