/* Channels of the Lua module matinf.c.sys: two ends, in two processes, that pass bytes both ways.
 *
 * An end is a socket that never blocks; waiting means to poll it, at most 50 ms at a time to see
 * Ctrl-C. The bytes of an array go from memory to memory without becoming text. */
/* NOLINTNEXTLINE(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */
#define _GNU_SOURCE
#include "bindings/binding.h"
#include "bindings/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CHANNEL_TYPE "matinf.sys.Channel"
#define POLL_MS 50

typedef struct channel {
  int fd; /* -1 when closed */
} channel;

/* ---- making and closing --------------------------------------------------------------------- */

static channel *push_channel(lua_State *L, int fd) {
  channel *c = lua_newuserdatauv(L, sizeof *c, 0);
  c->fd = fd;
  luaL_setmetatable(L, CHANNEL_TYPE);
  return c;
}

/* channel:close(): content if it is closed already */
static int channel_close(lua_State *L) {
  mi_call call;
  mi_begin(&call, L, "sys.Channel:close");
  channel *c = luaL_testudata(L, 1, CHANNEL_TYPE);
  if (!c) mi_argument_error(&call, 1, "self", "sys.Channel");
  if (c->fd >= 0) close(c->fd);
  c->fd = -1;
  return 0;
}

int mi_channel_descriptor(lua_State *L, int index) {
  const channel *c = luaL_testudata(L, index, CHANNEL_TYPE);
  return c ? c->fd : -1;
}

/* channel() -> two ends of a new one; channel("stdin") -> the end that sys.start has passed on */
static int open_channel(lua_State *L) {
  mi_call call;
  int fd[2];
  static const char *const places[] = {"stdin", NULL};
  mi_begin(&call, L, "sys.channel");
  if (!lua_isnoneornil(L, 1)) {
    (void)mi_arg_choice(&call, 1, "place", places);
    channel *own = push_channel(L, -1);
    own->fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    return 1;
  }
  channel *a = push_channel(L, -1), *b = push_channel(L, -1);
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd) != 0)
    mi_raise(L, "io", "sys.channel: %s", strerror(errno));
  a->fd = fd[0];
  b->fd = fd[1];
  return 2;
}

/* ---- waiting -------------------------------------------------------------------------------- */

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* Moves some bytes without waiting; the result of send or recv. */
typedef ssize_t move(int fd, char *bytes, size_t length);

static ssize_t put(int fd, char *bytes, size_t length) {
  return send(fd, bytes, length, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static ssize_t get(int fd, char *bytes, size_t length) {
  ssize_t got = recv(fd, bytes, length, MSG_DONTWAIT);
  if (got == 0) errno = EPIPE; /* the other end is closed */
  return got == 0 ? -1 : got;
}

/* Moves all bytes; the reason why it could not, or NULL. */
static const char *move_all(mi_call *call, move *step, short event, char *bytes, size_t length,
                            double deadline) {
  int fd = ((channel *)lua_touserdata(call->L, 1))->fd;
  while (length > 0) {
    if (mi_cancelled(&call->control)) mi_check(call, MI_ECANCEL);
    ssize_t moved = step(fd, bytes, length);
    if (moved < 0 && errno != EAGAIN && errno != EINTR) return "closed";
    if (moved < 0) {
      double left = (deadline - now()) * 1e3;
      if (left <= 0) return "time-out";
      struct pollfd wait = {.fd = fd, .events = event};
      (void)poll(&wait, 1, left < POLL_MS ? (int)ceil(left) : POLL_MS);
      continue;
    }
    bytes += moved;
    length -= (size_t)moved;
  }
  return NULL;
}

/* ---- methods -------------------------------------------------------------------------------- */

/* Begins a method: argument 1 is an open channel, argument 3 the seconds to wait. */
static double begin(mi_call *call, lua_State *L, const char *name) {
  mi_begin(call, L, name);
  const channel *c = luaL_testudata(L, 1, CHANNEL_TYPE);
  if (!c) mi_argument_error(call, 1, "self", "sys.Channel");
  if (c->fd < 0) mi_raise(L, "argument", "%s: the channel is closed", name);
  return now() + (lua_isnoneornil(L, 3) ? INFINITY : mi_arg_number(call, 3, "seconds"));
}

/* Pushes true (or nil and the reason). */
static int finish(lua_State *L, const char *reason) {
  if (!reason) lua_pushboolean(L, true);
  else lua_pushnil(L), lua_pushstring(L, reason);
  return reason ? 2 : 1;
}

/* channel:send(text or array[, seconds]) -> true, or nil and "closed" or "time-out" */
static int channel_send(lua_State *L) {
  mi_call call;
  size_t length;
  double deadline = begin(&call, L, "sys.Channel:send");
  const mi_array *array = mi_to_array(L, 2);
  const char *bytes;
  if (array) {
    lua_settop(L, 2);
    array = mi_arg_contiguous(&call, 2, "value", array->dtype, -1);
    bytes = array->data;
    length = (size_t)mi_count(array) * mi_dtype_size(array->dtype);
  } else {
    bytes = mi_arg_string(&call, 2, "value", &length);
  }
  char *from = (char *)(uintptr_t)bytes; /* put only reads them */
  return finish(L, move_all(&call, put, POLLOUT, from, length, deadline));
}

/* channel:receive(bytes or array[, seconds]) -> text of so many bytes, or true when the array has
 * been filled; or nil and "closed" or "time-out" */
static int channel_receive(lua_State *L) {
  mi_call call;
  double deadline = begin(&call, L, "sys.Channel:receive");
  const mi_array *array = mi_to_array(L, 2);
  if (array) {
    if (!mi_is_contiguous(array)) mi_argument_error(&call, 2, "array", "contiguous array");
    size_t length = (size_t)mi_count(array) * mi_dtype_size(array->dtype);
    return finish(L, move_all(&call, get, POLLIN, array->data, length, deadline));
  }
  size_t length = (size_t)mi_arg_integer(&call, 2, "bytes", 0, (int64_t)1 << 40);
  char *text = mi_scratch(L, length, 1);
  const char *reason = move_all(&call, get, POLLIN, text, length, deadline);
  if (reason) return finish(L, reason);
  lua_pushlstring(L, text, length);
  return 1;
}

void mi_sys_add_channel(lua_State *L) {
  static const luaL_Reg functions[] = {{"channel", open_channel}, {NULL, NULL}};
  static const luaL_Reg methods[] = {{"send", channel_send},
                                     {"receive", channel_receive},
                                     {"close", channel_close},
                                     {NULL, NULL}};
  static const luaL_Reg closing[] = {
      {"__gc", channel_close}, {"__close", channel_close}, {NULL, NULL}};
  luaL_newmetatable(L, CHANNEL_TYPE);
  luaL_setfuncs(L, closing, 0);
  luaL_newlib(L, methods);
  lua_setfield(L, -2, "__index");
  lua_pop(L, 1);
  luaL_setfuncs(L, functions, 0);
}
