/* Lua module matinf.c.yaml: YAML documents as Lua values, built straight from libyaml's events.
 *
 * A mapping becomes a table with the metatable Map, a sequence one with the metatable List, null
 * the sentinel yaml.null; an alias is the very table its anchor names. The order of the keys of a
 * map is in a weak table (map -> list of keys). Whatever is ambiguous, lossy or dangerous is
 * refused, with its place: duplicate keys, keys that are not text, `<<`, tags outside the core
 * schema, integers beyond 64 bits, cycles, nesting, documents that are or expand too large.
 *
 * Everything owned outside of Lua is in the loader, a userdata whose __gc frees it: any function
 * here may raise. The scripts/matinf/yaml.lua half reads files and writes documents. */
#include "bindings/binding.h"
#include "bindings/yaml.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "core/base/text.h"

#define MOST_BYTES ((size_t)16 << 20)
#define MOST_DEPTH 64
#define MOST_NODES 1000000
#define LOADER_TYPE "matinf.yaml.Loader"
#define NULL_TYPE "matinf.yaml.null"
#define CORE_TAG "tag:yaml.org,2002:"

/* Where load keeps what it needs, below the values it builds. */
enum { AT_NULL = 3, AT_MAP, AT_LIST, AT_ORDER, AT_ANCHORS, AT_PLACES, AT_LOADER };

typedef struct mark {
  int64_t line, column; /* from 1 */
} mark;

typedef struct loader {
  lua_State *L;
  mi_call *call;
  const char *file; /* shown in errors; may be NULL */
  const char *text;
  size_t length;
  bool places;    /* remember where every value stands */
  bool any_tag;   /* take foreign tags for none */
  bool has_parser, has_event;
  yaml_parser_t parser;
  yaml_event_t event; /* the current one */
  int depth;
  int64_t nodes; /* so far, with aliases expanded */
  mark *keys;    /* places of the keys of all open maps, a stack */
  size_t key_count, key_room;
} loader;

/* An anchor; user value 1 is what it names, 2 its plain text if any. */
typedef struct anchor {
  mark at;
  int64_t nodes; /* in what it names */
  bool open;     /* what it names is not complete: an alias now would make a cycle */
} anchor;

static void node(loader *l);

/* ---- errors --------------------------------------------------------------------------------- */

static int fail(loader *l, mark at, const char *format, ...)
    __attribute__((format(printf, 3, 4), noreturn));
static int fail(loader *l, mark at, const char *format, ...) {
  lua_State *L = l->L;
  char text[512];
  va_list arguments;
  va_start(arguments, format);
  (void)vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  lua_createtable(L, 0, 5);
  mi_set_string(L, "message", text);
  mi_set_string(L, "kind", "configuration");
  if (l->file) mi_set_string(L, "file", l->file);
  mi_set_integer(L, "line", at.line);
  mi_set_integer(L, "column", at.column);
  mi_make_error(L);
  lua_error(L);
  abort(); /* lua_error does not return */
}

static mark mark_of(yaml_mark_t m) {
  return (mark){(int64_t)m.line + 1, (int64_t)m.column + 1};
}

static mark here(const loader *l) { return mark_of(l->event.start_mark); }

/* False for the second and later bytes of a character in UTF-8. */
static bool begins_character(char c) { return ((unsigned char)c & 0xC0) != 0x80; }

/* libyaml counts bytes where it cannot read characters. */
static mark mark_of_offset(const loader *l, size_t offset) {
  mark at = {1, 1};
  for (size_t i = 0; i < offset && i < l->length; i++) {
    if (begins_character(l->text[i])) at.column++;
    if (l->text[i] == '\n') at = (mark){at.line + 1, 1};
  }
  return at;
}

/* The character (or its first byte) at a place in the text, 0 when there is none. */
static char character_at(const loader *l, mark at) {
  mark now = {1, 1};
  for (size_t i = 0; i < l->length && now.line <= at.line; i++) {
    if (now.line == at.line && now.column == at.column) return l->text[i];
    if (l->text[i] == '\n') now = (mark){now.line + 1, 1};
    else if (i + 1 < l->length && begins_character(l->text[i + 1])) now.column++;
  }
  return 0;
}

/* What a user most likely did where the scanner found no token. */
static void explain_character(loader *l, mark at) {
  char c = character_at(l, at);
  if (c == '\t') fail(l, at, "spaces expected as indentation, got a tab");
  if (c == '@' || c == '`' || c == '%')
    fail(l, at, "a value expected; text that begins with '%c' is written in quotes", c);
}

static void fail_parse(loader *l) {
  const yaml_parser_t *p = &l->parser;
  const char *problem = p->problem ? p->problem : "not YAML";
  if (p->error == YAML_MEMORY_ERROR) mi_raise(l->L, "memory", "yaml.load: out of memory");
  if (p->error == YAML_READER_ERROR)
    fail(l, mark_of_offset(l, p->problem_offset), "UTF-8 text expected: %s", problem);
  mark at = mark_of(p->problem_mark), from = mark_of(p->context_mark);
  if (strstr(problem, "cannot start any token")) explain_character(l, at);
  if (p->context)
    fail(l, at, "%s, %s that begins at line %" PRId64 ", column %" PRId64, problem, p->context,
         from.line, from.column);
  fail(l, at, "%s", problem);
}

/* ---- the loader ----------------------------------------------------------------------------- */

static void loader_free(loader *l) {
  if (l->has_event) yaml_event_delete(&l->event);
  if (l->has_parser) yaml_parser_delete(&l->parser);
  l->has_event = l->has_parser = false;
  free(l->keys);
  l->keys = NULL;
}

static int loader_gc(lua_State *L) {
  loader_free(lua_touserdata(L, 1));
  return 0;
}

static loader *push_loader(mi_call *call) {
  loader *l = lua_newuserdatauv(call->L, sizeof *l, 0);
  *l = (loader){.L = call->L, .call = call};
  luaL_setmetatable(call->L, LOADER_TYPE);
  return l;
}

/* Goes to the next event. */
static void next(loader *l) {
  if (l->has_event) yaml_event_delete(&l->event);
  l->has_event = false;
  if (!yaml_parser_parse(&l->parser, &l->event)) fail_parse(l);
  l->has_event = true;
}

/* Counts nodes; every thousandth looks at Ctrl-C. */
static void count(loader *l) {
  if (++l->nodes > MOST_NODES) fail(l, here(l), "at most %d values expected", MOST_NODES);
  if (l->nodes % 1000 == 0 && mi_cancelled(&l->call->control)) mi_check(l->call, MI_ECANCEL);
}

/* ---- places --------------------------------------------------------------------------------- */

static anchor *push_anchor_named(loader *l, const yaml_char_t *name) {
  if (lua_getfield(l->L, AT_ANCHORS, (const char *)name) != LUA_TUSERDATA) return NULL;
  return lua_touserdata(l->L, -1);
}

static bool is_plain(const yaml_event_t *e) {
  return e->type == YAML_SCALAR_EVENT && e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
}

/* Pushes the plain text of the current node, looking through an alias; nil when it has none. */
static void push_plain_text(loader *l) {
  lua_State *L = l->L;
  const yaml_event_t *e = &l->event;
  if (is_plain(e)) {
    lua_pushlstring(L, (const char *)e->data.scalar.value, e->data.scalar.length);
  } else if (e->type == YAML_ALIAS_EVENT && push_anchor_named(l, e->data.alias.anchor)) {
    lua_getiuservalue(L, -1, 2);
    lua_remove(L, -2);
  } else {
    if (e->type == YAML_ALIAS_EVENT) lua_pop(L, 1);
    lua_pushnil(L);
  }
}

/* Pushes the place of the current node (nothing when places are not asked for). */
static void push_place(loader *l) {
  if (!l->places) return;
  lua_createtable(l->L, 0, 5);
  mi_set_integer(l->L, "line", here(l).line);
  mi_set_integer(l->L, "column", here(l).column);
  push_plain_text(l);
  lua_setfield(l->L, -2, "text");
}

/* container[key] = value and places[container][key] = place, for the key, place and value on top
 * of the stack (no place when they are not asked for); pops them. */
static void set(loader *l, int container) {
  lua_State *L = l->L;
  if (l->places) {
    lua_pushvalue(L, container);
    lua_rawget(L, AT_PLACES);
    lua_pushvalue(L, -4); /* key */
    lua_pushvalue(L, -4); /* place */
    lua_rawset(L, -3);
    lua_pop(L, 1);
    lua_remove(L, -2);
  }
  lua_rawset(L, container);
}

/* Pushes a new table for the current collection, with its metatable. */
static void push_container(loader *l, int metatable) {
  lua_State *L = l->L;
  luaL_checkstack(L, 16, "nested too deep");
  lua_newtable(L);
  lua_pushvalue(L, metatable);
  lua_setmetatable(L, -2);
  if (!l->places) return;
  lua_pushvalue(L, -1);
  lua_newtable(L);
  lua_rawset(L, AT_PLACES);
}

/* ---- anchors -------------------------------------------------------------------------------- */

/* Registers the anchor of the current node, if any, as open; pushes it, or nil. */
static anchor *open_anchor(loader *l, const yaml_char_t *name) {
  lua_State *L = l->L;
  if (!name) {
    lua_pushnil(L);
    return NULL;
  }
  anchor *a = lua_newuserdatauv(L, sizeof *a, 2);
  *a = (anchor){.at = here(l), .nodes = l->nodes, .open = true};
  push_plain_text(l);
  lua_setiuservalue(L, -2, 2);
  lua_pushvalue(L, -1);
  lua_setfield(L, AT_ANCHORS, (const char *)name);
  return a;
}

/* The anchor is below the complete value on top of the stack; it is removed from there. */
static void close_anchor(loader *l, anchor *a) {
  lua_State *L = l->L;
  if (a) {
    a->open = false;
    a->nodes = l->nodes - a->nodes + 1;
    lua_pushvalue(L, -1);
    lua_setiuservalue(L, -3, 1);
  }
  lua_remove(L, -2);
}

static void alias(loader *l) {
  lua_State *L = l->L;
  const char *name = (const char *)l->event.data.alias.anchor;
  const anchor *a = push_anchor_named(l, l->event.data.alias.anchor);
  if (!a) fail(l, here(l), "no anchor &%.80s stands before this alias *%.80s", name, name);
  if (a->open)
    fail(l, here(l), "alias *%.80s makes a cycle: it stands inside of what &%.80s names at line "
         "%" PRId64 ", column %" PRId64, name, name, a->at.line, a->at.column);
  l->nodes += a->nodes - 1;
  if (l->nodes > MOST_NODES)
    fail(l, here(l), "at most %d values expected, aliases expanded: *%.80s stands for the %" PRId64
         " values of &%.80s at line %" PRId64 ", column %" PRId64, MOST_NODES, name, a->nodes, name,
         a->at.line, a->at.column);
  lua_getiuservalue(L, -1, 1);
  lua_remove(L, -2);
}

/* ---- scalars -------------------------------------------------------------------------------- */

/* Pushes what plain text means. */
static void push_resolved(loader *l, const char *text, size_t length) {
  lua_State *L = l->L;
  mi_yaml_scalar s = mi_yaml_resolve(text, length);
  switch (s.kind) {
    case MI_YAML_TEXT: lua_pushlstring(L, text, length); break;
    case MI_YAML_NULL: lua_pushvalue(L, AT_NULL); break;
    case MI_YAML_BOOLEAN: lua_pushboolean(L, s.boolean); break;
    case MI_YAML_INTEGER: lua_pushinteger(L, s.integer); break;
    case MI_YAML_FLOAT: lua_pushnumber(L, s.number); break;
    case MI_YAML_BIG_INTEGER:
      fail(l, here(l), "an integer of at most 64 bits expected, got %.80s (a number is written "
           "with a decimal point, text in quotes)", text);
    case MI_YAML_BIG_FLOAT:
      fail(l, here(l), "a number up to 1.8e308 expected, got %.80s (infinity is written .inf)",
           text);
  }
}

/* Turns the resolved value on top of the stack into the type the tag asks for, or refuses. */
static void apply_core_tag(loader *l, const char *type, const char *text) {
  lua_State *L = l->L;
  bool fits = false;
  if (strcmp(type, "int") == 0) fits = lua_isinteger(L, -1);
  if (strcmp(type, "float") == 0 && lua_type(L, -1) == LUA_TNUMBER) {
    fits = true;
    lua_pushnumber(L, lua_tonumber(L, -1));
    lua_replace(L, -2);
  }
  if (strcmp(type, "bool") == 0) fits = lua_isboolean(L, -1);
  if (strcmp(type, "null") == 0) fits = lua_rawequal(L, -1, AT_NULL);
  if (!fits) fail(l, here(l), "!!%s expected, got \"%.80s\"", type, text);
}

/* The type that a tag of the core schema names ("int"), NULL when there is no tag or it is to be
 * ignored; raises for any other. "!" is the first of the types. */
static const char *core_tag(loader *l, const yaml_char_t *tag, const char *const *types) {
  const char *text = (const char *)tag;
  if (!text) return NULL;
  if (strcmp(text, "!") == 0) return types[0];
  bool core = strncmp(text, CORE_TAG, strlen(CORE_TAG)) == 0;
  if (core) text += strlen(CORE_TAG);
  for (; core && *types; types++) {
    if (strcmp(text, *types) == 0) return *types;
  }
  if (l->any_tag) return NULL;
  fail(l, here(l), "no tag expected, got %s%.100s (known are those of the core schema, where they "
       "fit)", core ? "!!" : "", text);
}

static void scalar(loader *l) {
  static const char *const types[] = {"str", "int", "float", "bool", "null", NULL};
  const yaml_event_t *e = &l->event;
  const char *text = (const char *)e->data.scalar.value;
  size_t length = e->data.scalar.length;
  const char *type = core_tag(l, e->data.scalar.tag, types);
  anchor *a = open_anchor(l, e->data.scalar.anchor);
  if (type ? strcmp(type, "str") == 0 : e->data.scalar.style != YAML_PLAIN_SCALAR_STYLE) {
    lua_pushlstring(l->L, text, length);
  } else {
    push_resolved(l, text, length);
    if (type) apply_core_tag(l, type, text);
  }
  close_anchor(l, a);
}

/* ---- collections ---------------------------------------------------------------------------- */

static void enter(loader *l) {
  if (++l->depth > MOST_DEPTH)
    fail(l, here(l), "at most %d levels of nesting expected", MOST_DEPTH);
}

static void sequence(loader *l) {
  static const char *const types[] = {"seq", NULL};
  enter(l);
  core_tag(l, l->event.data.sequence_start.tag, types);
  anchor *a = open_anchor(l, l->event.data.sequence_start.anchor);
  push_container(l, AT_LIST);
  int list = lua_gettop(l->L);
  lua_Integer index = 0;
  for (next(l); l->event.type != YAML_SEQUENCE_END_EVENT; next(l)) {
    if (l->places) lua_pushinteger(l->L, ++index);
    push_place(l);
    node(l);
    if (l->places) set(l, list);
    else lua_rawseti(l->L, list, ++index);
  }
  close_anchor(l, a);
  l->depth--;
}

/* Pushes the key that the current event is: text. */
static void key(loader *l) {
  lua_State *L = l->L;
  const yaml_event_t *e = &l->event;
  mark at = here(l);
  if (e->type != YAML_SCALAR_EVENT && e->type != YAML_ALIAS_EVENT)
    fail(l, at, "text expected as a key, got a %s",
         e->type == YAML_SEQUENCE_START_EVENT ? "list" : "map");
  if (is_plain(e) && e->data.scalar.length == 2 && memcmp(e->data.scalar.value, "<<", 2) == 0)
    fail(l, at, "the merge key << is not part of YAML 1.2: write the keys out, or \"<<\" in quotes "
         "for the text");
  node(l);
  if (lua_type(L, -1) == LUA_TSTRING) return;
  push_plain_text(l);
  const char *text = lua_tostring(L, -1);
  if (!text || !*text) fail(l, at, "text expected as a key, got %s", text ? "nothing" : "a value");
  fail(l, at, "text expected as a key, got %.80s: write \"%.80s\" in quotes", text, text);
}

/* Remembers the place of the key on top of the stack, the number-th of its map. */
static void remember_key(loader *l, mark at, int order, lua_Integer number) {
  if (l->key_count == l->key_room) {
    size_t room = l->key_room ? 2 * l->key_room : 64;
    mark *keys = realloc(l->keys, room * sizeof *keys);
    if (!keys) mi_raise(l->L, "memory", "yaml.load: out of memory");
    l->keys = keys;
    l->key_room = room;
  }
  l->keys[l->key_count++] = at;
  lua_pushvalue(l->L, -1);
  lua_rawseti(l->L, order, number);
}

/* Refuses the key on top of the stack if the map has it; its keys began at first. */
static void refuse_duplicate(loader *l, mark at, int map, int order, size_t first) {
  lua_State *L = l->L;
  lua_pushvalue(L, -1);
  bool known = lua_rawget(L, map) != LUA_TNIL;
  lua_pop(L, 1);
  if (!known) return;
  mark before = l->keys[first];
  for (lua_Integer i = 1; lua_rawgeti(L, order, i), !lua_rawequal(L, -1, -2); i++) {
    before = l->keys[first + (size_t)i];
    lua_pop(L, 1);
  }
  fail(l, at, "key \"%.80s\" stands twice in this map, first at line %" PRId64 ", column %" PRId64,
       lua_tostring(L, -1), before.line, before.column);
}

static void mapping(loader *l) {
  static const char *const types[] = {"map", NULL};
  lua_State *L = l->L;
  enter(l);
  core_tag(l, l->event.data.mapping_start.tag, types);
  anchor *a = open_anchor(l, l->event.data.mapping_start.anchor);
  push_container(l, AT_MAP);
  lua_newtable(L);
  int order = lua_gettop(L), map = order - 1;
  size_t first = l->key_count;
  lua_Integer number = 0;
  for (next(l); l->event.type != YAML_MAPPING_END_EVENT; next(l)) {
    mark at = here(l);
    key(l);
    refuse_duplicate(l, at, map, order, first);
    remember_key(l, at, order, ++number);
    next(l);
    push_place(l);
    if (l->places) {
      mi_set_integer(L, "key_line", at.line);
      mi_set_integer(L, "key_column", at.column);
    }
    node(l);
    set(l, map);
  }
  l->key_count = first;
  lua_pushvalue(L, map);
  lua_insert(L, -2);
  lua_rawset(L, AT_ORDER);
  close_anchor(l, a);
  l->depth--;
}

/* Pushes the value that the current event begins, and goes to its last event. */
static void node(loader *l) {
  count(l);
  switch (l->event.type) {
    case YAML_SCALAR_EVENT: scalar(l); break;
    case YAML_ALIAS_EVENT: alias(l); break;
    case YAML_SEQUENCE_START_EVENT: sequence(l); break;
    default: mapping(l); break; /* the parser sends nothing else here */
  }
}

/* ---- documents ------------------------------------------------------------------------------ */

/* Pushes the place (if asked for) and the value of the document that the current event begins. */
static void document(loader *l) {
  lua_newtable(l->L);
  lua_replace(l->L, AT_ANCHORS); /* they do not reach into another document */
  next(l);
  push_place(l);
  node(l);
  next(l);
}

/* Reads arguments 1 text and 2 options, lays out the stack (see AT_NULL), begins the stream. */
static loader *begin(mi_call *call) {
  lua_State *L = call->L;
  size_t length;
  lua_settop(L, 2);
  const char *text = mi_arg_string(call, 1, "text", &length);
  for (int i = 1; i <= 4; i++) lua_pushvalue(L, lua_upvalueindex(i));
  lua_newtable(L); /* anchors */
  lua_newtable(L); /* places */
  loader *l = push_loader(call);
  l->text = text;
  l->length = length;
  static const char *const tags[] = {"reject", "ignore", NULL};
  mi_options_begin(call, 2);
  if (mi_option(call, "file")) {
    l->file = mi_arg_string(call, -1, "file", NULL); /* the options keep it alive */
    lua_pop(L, 1);
  }
  l->places = mi_option_boolean(call, "places", false);
  l->any_tag = mi_option_choice(call, "tags", 0, tags) == 1;
  mi_options_end(call);
  if (length > MOST_BYTES)
    fail(l, (mark){1, 1}, "at most %zu bytes expected, got %zu", MOST_BYTES, length);
  if (!yaml_parser_initialize(&l->parser)) mi_raise(L, "memory", "yaml.load: out of memory");
  l->has_parser = true;
  yaml_parser_set_input_string(&l->parser, (const unsigned char *)text, length);
  next(l); /* the begin of the stream */
  next(l);
  return l;
}

/* load(text[, {file=, places=, tags=}]) -> value[, places] */
static int load(lua_State *L) {
  mi_call call;
  mi_begin(&call, L, "yaml.load");
  loader *l = begin(&call);
  if (l->event.type == YAML_STREAM_END_EVENT) {
    push_place(l);
    lua_pushvalue(L, AT_NULL);
  } else {
    document(l);
    next(l);
    if (l->event.type != YAML_STREAM_END_EVENT)
      fail(l, here(l), "one document expected, a second begins here (yaml.load_all takes all)");
  }
  loader_free(l);
  if (!l->places) return 1;
  lua_pushvalue(L, -2);
  lua_setfield(L, AT_PLACES, "root");
  lua_pushvalue(L, AT_PLACES);
  return 2;
}

/* load_all(text[, {file=, places=, tags=}]) -> list of values[, places] */
static int load_all(lua_State *L) {
  mi_call call;
  mi_begin(&call, L, "yaml.load_all");
  loader *l = begin(&call);
  push_container(l, AT_LIST);
  int list = lua_gettop(L);
  for (lua_Integer i = 1; l->event.type != YAML_STREAM_END_EVENT; i++) {
    lua_pushinteger(L, i);
    document(l);
    set(l, list);
    next(l);
  }
  loader_free(l);
  if (!l->places) return 1;
  lua_pushvalue(L, AT_PLACES);
  return 2;
}

/* ---- for the Lua half ----------------------------------------------------------------------- */

/* means_text(text) -> true when plain text reads as text, not as a number, null or boolean */
static int means_text(lua_State *L) {
  size_t length;
  const char *text = luaL_checklstring(L, 1, &length);
  lua_pushboolean(L, mi_yaml_resolve(text, length).kind == MI_YAML_TEXT);
  return 1;
}

/* float(x) -> the shortest text that reads as the same float */
static int float_text(lua_State *L) {
  char text[MI_TEXT_SIZE];
  double x = luaL_checknumber(L, 1);
  size_t length = mi_text_format(x, text);
  if (isnan(x)) {
    lua_pushliteral(L, ".nan");
  } else if (isinf(x)) {
    lua_pushstring(L, x > 0 ? ".inf" : "-.inf");
  } else {
    lua_pushlstring(L, text, length);
    if (mi_yaml_resolve(text, length).kind == MI_YAML_INTEGER) {
      lua_pushliteral(L, ".0");
      lua_concat(L, 2);
    }
  }
  return 1;
}

static int null_tostring(lua_State *L) {
  lua_pushliteral(L, "null");
  return 1;
}

/* Pushes a new metatable of the name. */
static void push_type(lua_State *L, const char *name, const char *event, lua_CFunction f) {
  luaL_newmetatable(L, name);
  if (!f) return;
  lua_pushcfunction(L, f);
  lua_setfield(L, -2, event);
}

/* Pushes the weak table map -> list of its keys in order. */
static void push_order(lua_State *L) {
  lua_newtable(L);
  lua_createtable(L, 0, 1);
  mi_set_string(L, "__mode", "k");
  lua_setmetatable(L, -2);
}

MI_EXPORT int luaopen_matinf_c_yaml(lua_State *L);
int luaopen_matinf_c_yaml(lua_State *L) {
  static const luaL_Reg functions[] = {{"load", load}, {"load_all", load_all}, {NULL, NULL}};
  static const luaL_Reg helpers[] = {
      {"means_text", means_text}, {"float", float_text}, {NULL, NULL}};
  static const char *const fields[] = {"null", "Map", "List", "order"};
  push_type(L, LOADER_TYPE, "__gc", loader_gc);
  luaL_newlib(L, helpers);
  int module = lua_gettop(L);
  lua_newuserdatauv(L, 0, 0);
  push_type(L, NULL_TYPE, "__tostring", null_tostring);
  lua_setmetatable(L, -2);
  push_type(L, "matinf.yaml.Map", NULL, NULL);
  push_type(L, "matinf.yaml.List", NULL, NULL);
  push_order(L);
  for (int i = 0; i < 4; i++) {
    lua_pushvalue(L, module + 1 + i);
    lua_setfield(L, module, fields[i]);
  }
  lua_pushvalue(L, module);
  lua_insert(L, -5);
  luaL_setfuncs(L, functions, 4);
  return 1;
}
