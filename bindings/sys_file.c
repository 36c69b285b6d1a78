/* The files and folders of the Lua module matinf.c.sys.
 *
 * Every failure is an error object of kind "io" that names the path and the system's reason. An
 * open descriptor is always in a guard, a userdata that closes it whatever is raised. */
/* NOLINTNEXTLINE(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */
#define _GNU_SOURCE
#include "bindings/binding.h"
#include "bindings/sys.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define GUARD_TYPE "matinf.sys.Guard"
#define LOCK_TYPE "matinf.sys.Lock"
#define CLAIMS_TYPE "matinf.sys.Claims"
#define READ_LIMIT ((int64_t)1 << 30)
#define PIECE ((size_t)4 << 20) /* read and written between two looks at Ctrl-C */

/* "cannot read 'x.csv': No such file or directory", from errno. */
static int fail(lua_State *L, const char *what, const char *path) __attribute__((noreturn));
static int fail(lua_State *L, const char *what, const char *path) {
  mi_raise(L, "io", "cannot %s '%s': %s", what, path, strerror(errno));
}

/* ---- guards: descriptors and folders that close themselves ----------------------------------- */

typedef struct guard {
  int fd;
  DIR *folder;
} guard;

static void close_guard(guard *g) {
  if (g->folder) closedir(g->folder);
  if (g->fd >= 0) close(g->fd);
  *g = (guard){.fd = -1};
}

static int guard_gc(lua_State *L) {
  close_guard(lua_touserdata(L, 1));
  return 0;
}

/* Pushes an empty guard whose metatable is the type. */
static guard *push_guard(lua_State *L, const char *type) {
  guard *g = lua_newuserdatauv(L, sizeof *g, 0);
  *g = (guard){.fd = -1};
  luaL_setmetatable(L, type);
  return g;
}

/* Pushes a guard of the type on a freshly opened file; `what` is to be done with it. */
static guard *push_open(lua_State *L, const char *type, const char *what, const char *path,
                        int flags) {
  guard *g = push_guard(L, type);
  g->fd = open(path, flags | O_CLOEXEC, 0666);
  if (g->fd < 0) fail(L, what, path);
  return g;
}

/* ---- what is there -------------------------------------------------------------------------- */

static const char *kind_of(mode_t mode) {
  return S_ISDIR(mode) ? "folder" : S_ISREG(mode) ? "file" : "other";
}

/* exists(path) -> "file", "folder", "other" (a device, a pipe) or nil */
static int exists(lua_State *L) {
  mi_call call;
  struct stat s;
  mi_begin(&call, L, "sys.exists");
  const char *path = mi_arg_path(&call, 1, "path");
  if (stat(path, &s) == 0) lua_pushstring(L, kind_of(s.st_mode));
  else if (errno == ENOENT || errno == ENOTDIR) lua_pushnil(L);
  else fail(L, "look at", path);
  return 1;
}

/* stat(path) -> { kind, size, mtime } */
static int file_stat(lua_State *L) {
  mi_call call;
  struct stat s;
  mi_begin(&call, L, "sys.stat");
  const char *path = mi_arg_path(&call, 1, "path");
  if (stat(path, &s) != 0) fail(L, "look at", path);
  lua_createtable(L, 0, 3);
  mi_set_string(L, "kind", kind_of(s.st_mode));
  mi_set_integer(L, "size", s.st_size);
  mi_set_number(L, "mtime", (double)s.st_mtim.tv_sec + (double)s.st_mtim.tv_nsec * 1e-9);
  return 1;
}

static int real_path(lua_State *L) {
  mi_call call;
  char result[PATH_MAX];
  mi_begin(&call, L, "sys.realpath");
  const char *path = mi_arg_path(&call, 1, "path");
  if (!realpath(path, result)) fail(L, "look at", path);
  lua_pushstring(L, result);
  return 1;
}

/* list(folder) -> names in it, sorted by bytes, without . and .. */
static int list(lua_State *L) {
  mi_call call;
  mi_begin(&call, L, "sys.list");
  const char *path = mi_arg_path(&call, 1, "folder");
  guard *g = push_guard(L, GUARD_TYPE);
  g->folder = opendir(path);
  if (!g->folder) fail(L, "list", path);
  lua_newtable(L);
  lua_Integer count = 0;
  const struct dirent *entry;
  while (errno = 0, (entry = readdir(g->folder))) {
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
    lua_pushstring(L, entry->d_name);
    lua_rawseti(L, -2, ++count);
  }
  if (errno) fail(L, "list", path);
  close_guard(g);
  lua_getglobal(L, "table");
  lua_getfield(L, -1, "sort");
  lua_pushvalue(L, -3);
  lua_call(L, 1, 0);
  lua_pop(L, 1);
  return 1;
}

/* ---- folders, names ------------------------------------------------------------------------- */

/* Whether the folder is there now, and whether we have made it; errno says why it is not: EROFS and
 * EACCES, too, are told above a folder that is there. */
static bool make_one(const char *path, bool *made) {
  struct stat s;
  if (mkdir(path, 0777) == 0) return *made = true;
  const int reason = errno;
  const bool there = stat(path, &s) == 0 && S_ISDIR(s.st_mode);
  errno = reason;
  return there;
}

/* mkdir(path) -> true when it has made the folder, false when that was there: its parents, which
 * most often are there, are made as well */
static int make_folder(lua_State *L) {
  mi_call call;
  bool made = false;
  mi_begin(&call, L, "sys.mkdir");
  const char *path = mi_arg_path(&call, 1, "path");
  for (const char *end = make_one(path, &made) ? "" : path; *end;) {
    end += strspn(end, "/");
    end += strcspn(end, "/");
    const char *part = lua_pushlstring(L, path, (size_t)(end - path));
    if (!make_one(part, &made)) fail(L, "make folder", part);
    lua_pop(L, 1);
  }
  lua_pushboolean(L, made);
  return 1;
}

static int file_rename(lua_State *L) {
  mi_call call;
  mi_begin(&call, L, "sys.rename");
  const char *from = mi_arg_path(&call, 1, "from"), *to = mi_arg_path(&call, 2, "to");
  if (rename(from, to) != 0)
    mi_raise(L, "io", "cannot rename '%s' to '%s': %s", from, to, strerror(errno));
  return 0;
}

/* remove(path): a file or an empty folder */
static int file_remove(lua_State *L) {
  mi_call call;
  mi_begin(&call, L, "sys.remove");
  const char *path = mi_arg_path(&call, 1, "path");
  if (remove(path) != 0) fail(L, "remove", path);
  return 0;
}

static int remove_entry(const char *path, const struct stat *s, int type, struct FTW *place) {
  (void)s, (void)type, (void)place;
  return remove(path) == 0 ? 0 : errno;
}

/* remove_tree(path): a folder and all in it; symbolic links are removed, not followed */
static int remove_tree(lua_State *L) {
  mi_call call;
  char whole[PATH_MAX];
  mi_begin(&call, L, "sys.remove_tree");
  const char *path = mi_arg_path(&call, 1, "path");
  struct stat s;
  if (lstat(path, &s) != 0 && errno == ENOENT) return 0;
  if (realpath(path, whole) && strcmp(whole, "/") == 0)
    mi_argument_error(&call, 1, "path", "folder other than the root");
  int reason = nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
  if (reason > 0) errno = reason;
  if (reason != 0) fail(L, "remove", path);
  return 0;
}

/* tempdir() -> path of a new empty folder in $TMPDIR, else /tmp */
static int temporary_folder(lua_State *L) {
  const char *parent = getenv("TMPDIR");
  char path[PATH_MAX];
  int length = snprintf(path, sizeof path, "%s/matinf-XXXXXX", parent && *parent ? parent : "/tmp");
  if (length >= (int)sizeof path) errno = ENAMETOOLONG;
  if (length >= (int)sizeof path || !mkdtemp(path)) fail(L, "make temporary folder", path);
  lua_pushstring(L, path);
  return 1;
}

/* ---- whole files ---------------------------------------------------------------------------- */

static void stop_if_cancelled(mi_call *call) {
  if (mi_cancelled(&call->control)) mi_check(call, MI_ECANCEL);
}

/* Reads to the end into a string pushed on the stack. expected is the size if known, else 0. */
static void read_all(mi_call *call, int fd, const char *path, int64_t expected, int64_t limit) {
  lua_State *L = call->L;
  luaL_Buffer text;
  luaL_buffinit(L, &text);
  for (int64_t total = 0;;) {
    stop_if_cancelled(call);
    /* One byte more than is expected, so that the last read meets the end without growing. */
    size_t room = expected > total ? (size_t)(expected - total) + 1 : LUAL_BUFFERSIZE;
    char *to = luaL_prepbuffsize(&text, room);
    ssize_t got = read(fd, to, room < PIECE ? room : PIECE);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail(L, "read", path);
    if (got == 0) break;
    luaL_addsize(&text, (size_t)got);
    total += got;
    if (total > limit) {
      errno = EFBIG;
      fail(L, "read", path);
    }
  }
  luaL_pushresult(&text);
}

/* read(path[, limit]) -> text of the file, which may be at most limit bytes (1 GiB) */
static int read_whole(lua_State *L) {
  mi_call call;
  struct stat s;
  mi_begin(&call, L, "sys.read");
  const char *path = mi_arg_path(&call, 1, "path");
  int64_t limit = READ_LIMIT;
  if (!lua_isnoneornil(L, 2)) limit = mi_arg_integer(&call, 2, "limit", 0, INT64_MAX);
  guard *g = push_open(L, GUARD_TYPE, "read", path, O_RDONLY);
  if (fstat(g->fd, &s) != 0) fail(L, "read", path);
  int64_t expected = S_ISREG(s.st_mode) ? s.st_size : 0; /* pipes and /proc tell no size */
  if (expected > limit)
    mi_raise(L, "io", "cannot read '%s': it has %lld bytes, at most %lld are read", path,
             (long long)expected, (long long)limit);
  read_all(&call, g->fd, path, expected, limit);
  close_guard(g);
  return 1;
}

/* Writes all bytes; errno and false on failure, ECANCELED after Ctrl-C. */
static bool write_all(mi_call *call, int fd, const char *text, size_t length) {
  while (length > 0) {
    if (mi_cancelled(&call->control)) {
      errno = ECANCELED;
      return false;
    }
    ssize_t put = write(fd, text, length < PIECE ? length : PIECE);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return false;
    text += put;
    length -= (size_t)put;
  }
  return true;
}

/* Makes the renaming itself durable. File systems that cannot sync a folder say EINVAL. */
static bool sync_parent(const char *path) {
  char folder[PATH_MAX];
  const char *slash = strrchr(path, '/');
  (void)snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - path) + 1 : 1,
                 slash ? path : ".");
  int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return false;
  bool ok = fsync(fd) == 0 || errno == EINVAL;
  int reason = errno;
  close(fd);
  errno = reason;
  return ok;
}

/* Replaces path by the text in one step, through the file beside it. On failure errno tells why
 * and only the old file remains. */
static bool replace(mi_call *call, const char *path, const char *beside, const char *text,
                    size_t length) {
  struct stat old;
  bool there = stat(path, &old) == 0;
  if (there && !S_ISREG(old.st_mode)) { /* never turn a device into a file */
    errno = S_ISDIR(old.st_mode) ? EISDIR : EINVAL;
    return false;
  }
  int fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (fd < 0) return false;
  bool ok = !there || fchmod(fd, old.st_mode & 07777) == 0;
  bool durable = mi_get_settings(call->L)->durable;
  ok = ok && write_all(call, fd, text, length) && (!durable || fsync(fd) == 0);
  int reason = errno;
  if (close(fd) != 0 && ok) reason = errno, ok = false; /* NFS tells of a full disk here */
  if (ok && rename(beside, path) == 0) return !durable || sync_parent(path);
  if (ok) reason = errno;
  unlink(beside);
  errno = reason;
  return false;
}

/* write_atomic(path, text): afterwards the file holds all of the text, or is as it was before */
static int write_atomic(lua_State *L) {
  mi_call call;
  size_t length;
  uint32_t mark = 0;
  mi_begin(&call, L, "sys.write_atomic");
  const char *path = mi_arg_path(&call, 1, "path");
  const char *text = mi_arg_string(&call, 2, "text", &length);
  char beside[PATH_MAX];
  if (getrandom(&mark, sizeof mark, 0) != sizeof mark) fail(L, "write", path);
  if (snprintf(beside, sizeof beside, "%s.%08x", path, mark) >= (int)sizeof beside) {
    errno = ENAMETOOLONG;
    fail(L, "write", path);
  }
  if (!replace(&call, path, beside, text, length)) {
    if (errno == ECANCELED) mi_check(&call, MI_ECANCEL);
    fail(L, "write", path);
  }
  return 0;
}

/* sync(path): all that was written on the file system of the path reaches the disk */
static int sync_disk(lua_State *L) {
  mi_call call;
  mi_begin(&call, L, "sys.sync");
  const char *path = mi_arg_path(&call, 1, "path");
  guard *g = push_open(L, GUARD_TYPE, "open", path, O_RDONLY);
  if (syncfs(g->fd) != 0) fail(L, "write", path);
  close_guard(g);
  return 0;
}

/* ---- locks ---------------------------------------------------------------------------------- */

/* lock(path) -> Lock, or nil when another process holds it. The file is made if necessary; the
 * lock is advisory (flock) and ends with release(), the collector or the process. */
static int lock(lua_State *L) {
  mi_call call;
  mi_begin(&call, L, "sys.lock");
  const char *path = mi_arg_path(&call, 1, "path");
  const guard *g = push_open(L, LOCK_TYPE, "lock", path, O_RDWR | O_CREAT);
  if (flock(g->fd, LOCK_EX | LOCK_NB) == 0) return 1;
  if (errno != EWOULDBLOCK) fail(L, "lock", path);
  lua_pushnil(L);
  return 1;
}

static int lock_release(lua_State *L) {
  close_guard(luaL_checkudata(L, 1, LOCK_TYPE));
  return 0;
}

/* ---- claims: many locks in one file ---------------------------------------------------------- */

/* Claim number k of a file is an advisory lock on its byte k, which need not exist. The locks
 * belong to the open file, so they end with it: a process that dies gives back all it held, also
 * over NFS. */
static int claims(lua_State *L) {
  mi_call call;
  mi_begin(&call, L, "sys.claims");
  push_open(L, CLAIMS_TYPE, "lock", mi_arg_path(&call, 1, "path"), O_RDWR | O_CREAT);
  return 1;
}

/* Sets the lock of the claim that is argument 2; false when another process holds it. */
static bool set_claim(lua_State *L, const char *name, short type) {
  mi_call call;
  mi_begin(&call, L, name);
  const guard *g = luaL_testudata(L, 1, CLAIMS_TYPE);
  if (!g) mi_argument_error(&call, 1, "self", "sys.Claims");
  struct flock range = {.l_type = type, .l_whence = SEEK_SET, .l_len = 1};
  range.l_start = mi_arg_integer(&call, 2, "number", 0, INT64_MAX - 1);
  if (fcntl(g->fd, F_OFD_SETLK, &range) == 0) return true;
  if (errno != EAGAIN && errno != EACCES)
    mi_raise(L, "io", "%s: this file system gives no locks: %s", name, strerror(errno));
  return false;
}

/* claims:take(number) -> true, or false when another one holds it */
static int claims_take(lua_State *L) {
  lua_pushboolean(L, set_claim(L, "sys.Claims:take", F_WRLCK));
  return 1;
}

static int claims_release(lua_State *L) {
  set_claim(L, "sys.Claims:release", F_UNLCK);
  return 0;
}

/* A metatable whose values close themselves. */
static void new_guard_type(lua_State *L, const char *type, const luaL_Reg *methods) {
  static const luaL_Reg closing[] = {{"__gc", guard_gc}, {"__close", guard_gc}, {NULL, NULL}};
  luaL_newmetatable(L, type);
  luaL_setfuncs(L, closing, 0);
  lua_newtable(L);
  luaL_setfuncs(L, methods, 0);
  lua_setfield(L, -2, "__index");
  lua_pop(L, 1);
}

void mi_sys_add_file(lua_State *L) {
  static const luaL_Reg functions[] = {
      {"exists", exists},           {"stat", file_stat},         {"realpath", real_path},
      {"list", list},               {"mkdir", make_folder},      {"rename", file_rename},
      {"remove", file_remove},      {"remove_tree", remove_tree}, {"tempdir", temporary_folder},
      {"read", read_whole},         {"write_atomic", write_atomic}, {"lock", lock},
      {"claims", claims},           {"sync", sync_disk},          {NULL, NULL}};
  static const luaL_Reg no_methods[] = {{NULL, NULL}};
  static const luaL_Reg lock_methods[] = {{"release", lock_release}, {NULL, NULL}};
  new_guard_type(L, GUARD_TYPE, no_methods);
  static const luaL_Reg claims_methods[] = {
      {"take", claims_take}, {"release", claims_release}, {NULL, NULL}};
  new_guard_type(L, LOCK_TYPE, lock_methods);
  new_guard_type(L, CLAIMS_TYPE, claims_methods);
  luaL_setfuncs(L, functions, 0);
}
