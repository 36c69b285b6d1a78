/* Lua module matinf.c.edit: one line of input from a person, with libedit.
 *
 * edit.open { history = path, complete = function(text_before_cursor) -> replacement start, list }
 * gives an editor; editor:read(prompt) returns the line, nil at end of input (Ctrl-D), false when
 * Ctrl-C was pressed. Only the REPL uses it, in a terminal. */
#include "bindings/binding.h"

#include <errno.h>
#include <histedit.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>

#define EDITOR_TYPE "matinf.edit.Editor"
#define HISTORY_LENGTH 1000

typedef struct editor {
  EditLine *line;
  History *history;
  lua_State *L; /* of the read that is under way, for completion */
  const char *prompt;
  const volatile sig_atomic_t *cancel;
} editor;

static char *prompt(EditLine *line) {
  editor *e;
  el_get(line, EL_CLIENTDATA, &e);
  return (char *)(uintptr_t)e->prompt;
}

/* Reads one character; gives up when Ctrl-C interrupted the wait. */
static int get_character(EditLine *line, wchar_t *character) {
  editor *e;
  char bytes[8];
  size_t count = 0;
  el_get(line, EL_CLIENTDATA, &e);
  for (;;) {
    if (e->cancel && *e->cancel) return -1;
    ssize_t got = read(STDIN_FILENO, bytes + count, 1);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return (int)got;
    if (count == 0 && bytes[0] == '\0') continue; /* what becomes of a Ctrl-D typed too early */
    mbstate_t state = {0};
    size_t used = mbrtowc(character, bytes, ++count, &state);
    if (used == (size_t)-2 && count < sizeof bytes) continue; /* a UTF-8 sequence goes on */
    if (used == (size_t)-1 || used == (size_t)-2) *character = L'?';
    return 1;
  }
}

/* The longest common beginning of the n strings of the list on top of the stack. */
static size_t common_length(lua_State *L, lua_Integer n) {
  lua_geti(L, -1, 1);
  const char *first = lua_tostring(L, -1);
  size_t length = first ? strlen(first) : 0;
  lua_pop(L, 1);
  for (lua_Integer i = 2; i <= n; i++) {
    lua_geti(L, -1, i);
    const char *other = lua_tostring(L, -1);
    size_t k = 0;
    while (other && k < length && first[k] == other[k]) k++;
    length = k;
    lua_pop(L, 1);
  }
  return length;
}

static void print_candidates(lua_State *L, lua_Integer n) {
  enum { MOST = 60, WIDTH = 78 };
  int column = 0;
  (void)putchar('\n');
  for (lua_Integer i = 1; i <= n && i <= MOST; i++) {
    lua_geti(L, -1, i);
    const char *text = lua_tostring(L, -1);
    int length = text ? (int)strlen(text) + 2 : 0;
    if (column + length > WIDTH) {
      (void)putchar('\n');
      column = 0;
    }
    (void)printf("%s  ", text ? text : "");
    column += length;
    lua_pop(L, 1);
  }
  (void)puts(n > MOST ? "..." : "");
}

/* Under pcall, complete(editor): asks the Lua function, inserts what all candidates share, lists
 * them if that is nothing; returns what libedit shall do. */
static int complete_protected(lua_State *L) {
  const editor *e = lua_touserdata(L, 1);
  const LineInfo *info = el_line(e->line);
  lua_getiuservalue(L, 1, 1);
  lua_pushlstring(L, info->buffer, (size_t)(info->cursor - info->buffer));
  lua_call(L, 1, 2);
  luaL_checktype(L, -1, LUA_TTABLE);
  lua_Integer n = luaL_len(L, -1);
  int typed = (int)(info->cursor - info->buffer) - (int)lua_tointeger(L, -2) + 1;
  size_t common = n > 0 ? common_length(L, n) : 0;
  int action = CC_ERROR;
  if (n > 0 && (int)common > typed) {
    lua_geti(L, -1, 1);
    lua_pushlstring(L, lua_tostring(L, -1) + typed, common - (size_t)typed);
    el_insertstr(e->line, lua_tostring(L, -1));
    action = CC_REFRESH;
  } else if (n > 1) {
    print_candidates(L, n);
    action = CC_REDISPLAY;
  }
  lua_pushinteger(L, action);
  return 1;
}

/* TAB. No error may leap over libedit, whose caller is editor_read: the editor is at index 1. */
static unsigned char complete(EditLine *line, int key) {
  (void)key;
  editor *e;
  el_get(line, EL_CLIENTDATA, &e);
  lua_State *L = e->L;
  int top = lua_gettop(L);
  lua_pushcfunction(L, complete_protected);
  lua_pushvalue(L, 1);
  unsigned char action = CC_ERROR;
  if (lua_pcall(L, 1, 1, 0) == LUA_OK) action = (unsigned char)lua_tointeger(L, -1);
  lua_settop(L, top);
  return action;
}

static int open_editor(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  editor *e = lua_newuserdatauv(L, sizeof *e, 2);
  memset(e, 0, sizeof *e);
  luaL_setmetatable(L, EDITOR_TYPE);
  lua_getfield(L, 1, "complete");
  lua_setiuservalue(L, -2, 1);
  lua_getfield(L, 1, "history"); /* kept alive as user value 2 */
  const char *path = lua_tostring(L, -1);
  lua_setiuservalue(L, -2, 2);

  (void)setlocale(LC_CTYPE, ""); /* wide characters at the prompt */
  e->cancel = mi_get_settings(L)->cancel;
  e->line = el_init("matinf", stdin, stdout, stderr);
  e->history = history_init();
  if (!e->line || !e->history) mi_raise(L, "memory", "edit.open: out of memory");
  HistEvent event;
  history(e->history, &event, H_SETSIZE, HISTORY_LENGTH);
  history(e->history, &event, H_SETUNIQUE, 1);
  if (path) history(e->history, &event, H_LOAD, path);
  el_set(e->line, EL_CLIENTDATA, e);
  el_set(e->line, EL_SIGNAL, 0);
  el_set(e->line, EL_PROMPT, prompt);
  el_set(e->line, EL_GETCFN, get_character);
  el_set(e->line, EL_EDITOR, "emacs");
  el_set(e->line, EL_HIST, history, e->history);
  /* el_set would copy both texts and never free them */
  el_wset(e->line, EL_ADDFN, L"complete", L"complete a name", complete);
  el_set(e->line, EL_BIND, "\t", "complete", NULL);
  el_set(e->line, EL_BIND, "^R", "em-inc-search-prev", NULL);
  el_source(e->line, NULL); /* ~/.editrc */
  return 1;
}

static editor *check_editor(lua_State *L) {
  editor *e = luaL_checkudata(L, 1, EDITOR_TYPE);
  if (!e->line) mi_raise(L, "argument", "the editor is closed");
  return e;
}

static int editor_read(lua_State *L) {
  editor *e = check_editor(L);
  int count = 0;
  e->prompt = luaL_checkstring(L, 2);
  e->L = L;
  const char *text = el_gets(e->line, &count);
  if (e->cancel && *e->cancel) {
    mi_forget_interrupt(L);
    (void)puts("^C");
    lua_pushboolean(L, false);
  } else if (!text || count <= 0) {
    lua_pushnil(L);
  } else {
    lua_pushlstring(L, text, (size_t)(text[count - 1] == '\n' ? count - 1 : count));
  }
  return 1;
}

/* add(line): into the history, and the history to its file (so that a killed session keeps it) */
static int editor_add(lua_State *L) {
  const editor *e = check_editor(L);
  HistEvent event;
  history(e->history, &event, H_ENTER, luaL_checkstring(L, 2));
  lua_getiuservalue(L, 1, 2);
  if (lua_isstring(L, -1)) history(e->history, &event, H_SAVE, lua_tostring(L, -1));
  return 0;
}

static int editor_close(lua_State *L) {
  editor *e = luaL_checkudata(L, 1, EDITOR_TYPE);
  if (e->history) history_end(e->history);
  if (e->line) el_end(e->line);
  e->history = NULL;
  e->line = NULL;
  return 0;
}

MI_EXPORT int luaopen_matinf_c_edit(lua_State *L);
int luaopen_matinf_c_edit(lua_State *L) {
  static const luaL_Reg methods[] = {{"read", editor_read}, {"add", editor_add},
                                     {"close", editor_close}, {NULL, NULL}};
  static const luaL_Reg functions[] = {{"open", open_editor}, {NULL, NULL}};
  luaL_newmetatable(L, EDITOR_TYPE);
  lua_pushcfunction(L, editor_close);
  lua_setfield(L, -2, "__gc");
  luaL_newlib(L, methods);
  lua_setfield(L, -2, "__index");
  lua_pop(L, 1);
  luaL_newlib(L, functions);
  return 1;
}
