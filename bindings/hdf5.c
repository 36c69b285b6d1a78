/* Lua module matinf.c.hdf5: the file handle, its groups and names; reading is in hdf5_read.c,
 * writing in hdf5_write.c, the types of both in hdf5_type.c, the sum of a file in hdf5_seal.c.
 *
 * Files are written within the version bounds 1.8 (never "latest": a file left open by a crash
 * could then not be opened again), without object times, with links in order of creation and names
 * in UTF-8: equal contents make equal bytes. The order of attributes is not tracked: HDF5 1.10
 * cannot replace one among more than eight of them then. */
#include "bindings/hdf5.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- ids and errors ------------------------------------------------------------------------- */

static void close_down_to(h5_file *f, int count) {
  if (f->strings) (void)H5Dvlen_reclaim(f->strings_type, f->strings_space, H5P_DEFAULT, f->strings);
  f->strings = NULL;
  while (f->count > count) (void)H5Idec_ref(f->owned[--f->count]);
}

static void release(h5_file *f) { close_down_to(f, 0); }

void h5_close_since(h5 *c, int count) { close_down_to(c->file, count); }

/* Keeps the innermost description: the outer ones only say which call failed. */
static herr_t keep_reason(unsigned n, const H5E_error2_t *error, void *context) {
  char *reason = context;
  if (n == 0 && error->desc) (void)snprintf(reason, 256, "%s", error->desc);
  return 0;
}

/* "truncated file: eof = 636, sblock->base_addr = 0, stored_eof = 12708" in plain words. */
static void reword_truncated(char reason[256]) {
  static const char begin[] = "truncated file: eof = ", middle[] = "stored_eof = ";
  const char *stored = strstr(reason, middle);
  if (strncmp(reason, begin, sizeof begin - 1) != 0 || !stored) return;
  unsigned long long size = strtoull(reason + sizeof begin - 1, NULL, 10);
  unsigned long long whole = strtoull(stored + sizeof middle - 1, NULL, 10);
  (void)snprintf(reason, 256, "the file is truncated: %llu of %llu bytes", size, whole);
}

/* The library's error stack as one reason. */
static void library_reason(char reason[256]) {
  (void)snprintf(reason, 256, "unknown reason");
  (void)H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_reason, reason);
  (void)H5Eclear2(H5E_DEFAULT);
  reword_truncated(reason);
}

int h5_refuse(h5 *c, const char *what, const char *format, ...) {
  char reason[384];
  va_list arguments;
  va_start(arguments, format);
  (void)vsnprintf(reason, sizeof reason, format, arguments);
  va_end(arguments);
  release(c->file);
  mi_raise(c->L, "io", "cannot %s '%s': %s%s%s", what, c->file->path, c->object ? c->object : "",
           c->object ? ": " : "", reason);
}

int h5_fail(h5 *c, const char *what) {
  char reason[256];
  library_reason(reason);
  h5_refuse(c, what, "%s", reason);
}

void h5_check(h5 *c, herr_t status, const char *what) {
  if (status < 0) h5_fail(c, what);
}

hid_t h5_own(h5 *c, hid_t id, const char *what) {
  h5_file *f = c->file;
  if (id < 0) h5_fail(c, what);
  if (f->count == (int)(sizeof f->owned / sizeof f->owned[0])) {
    (void)H5Idec_ref(id);
    mi_raise(c->L, "internal", "%s: too many open HDF5 objects", c->call.name);
  }
  return f->owned[f->count++] = id;
}

/* ---- methods -------------------------------------------------------------------------------- */

void h5_begin(h5 *c, lua_State *L, const char *name, bool writes) {
  mi_begin(&c->call, L, name);
  c->L = L;
  c->object = NULL;
  c->file = luaL_testudata(L, 1, H5_FILE_TYPE);
  if (!c->file) mi_argument_error(&c->call, 1, "self", "hdf5.File");
  if (!c->file->id) mi_raise(L, "argument", "%s: the file '%s' is closed", name, c->file->path);
  if (writes && !c->file->writable) h5_refuse(c, "write", "it was opened for reading");
  release(c->file);
  (void)H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
}

int h5_end(h5 *c, int results) {
  release(c->file);
  return results;
}

const char *h5_name(h5 *c, int index) {
  size_t length;
  const char *name = mi_arg_string(&c->call, index, "name", &length);
  if (strlen(name) != length) mi_argument_error(&c->call, index, "name", "name without zero bytes");
  while (length > 0 && name[length - 1] == '/') length--;
  lua_pushlstring(c->L, name, length);
  c->object = lua_pushfstring(c->L, "%s%s", *name == '/' && length > 0 ? "" : "/",
                              lua_tostring(c->L, -1));
  lua_replace(c->L, index);
  lua_pop(c->L, 1);
  return c->object;
}

/* Whether a link exists: the library asks only about the last part of a path, so each is tried. */
static bool link_exists(h5 *c, const char *path) {
  bool found = true;
  for (const char *end = path + 1; found && end[-1]; end++) {
    end += strcspn(end, "/");
    const char *part = lua_pushlstring(c->L, path, (size_t)(end - path));
    htri_t there = H5Lexists(c->file->id, part, H5P_DEFAULT);
    found = there > 0 && H5Oexists_by_name(c->file->id, part, H5P_DEFAULT) > 0;
    lua_pop(c->L, 1);
    if (!*end) break;
  }
  (void)H5Eclear2(H5E_DEFAULT);
  return found;
}

H5O_type_t h5_kind(h5 *c, const char *path) {
  H5O_info_t info;
  if (strcmp(path, "/") == 0) return H5O_TYPE_GROUP;
  if (!link_exists(c, path)) return H5O_TYPE_UNKNOWN;
  h5_check(c, H5Oget_info_by_name(c->file->id, path, &info, H5P_DEFAULT), "read");
  return info.type;
}

hid_t h5_open(h5 *c, const char *path, H5O_type_t kind, const char *what) {
  H5O_type_t found = h5_kind(c, path);
  if (found == H5O_TYPE_UNKNOWN) h5_refuse(c, what, "there is no such object");
  if (kind != H5O_TYPE_UNKNOWN && found != kind)
    h5_refuse(c, what, kind == H5O_TYPE_GROUP ? "it is no group" : "it is no dataset");
  return h5_own(c, H5Oopen(c->file->id, path, H5P_DEFAULT), what);
}

hid_t h5_creation(h5 *c, hid_t class_id) {
  hid_t list = h5_own(c, H5Pcreate(class_id), "write");
  h5_check(c, H5Pset_obj_track_times(list, false), "write");
  if (class_id != H5P_DATASET_CREATE)
    h5_check(c, H5Pset_link_creation_order(list, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED),
             "write");
  return list;
}

hid_t h5_link_creation(h5 *c) {
  hid_t list = h5_own(c, H5Pcreate(H5P_LINK_CREATE), "write");
  h5_check(c, H5Pset_char_encoding(list, H5T_CSET_UTF8), "write");
  return list;
}

hid_t h5_transfer(h5 *c, hsize_t count, hid_t file_type, hid_t memory_type) {
  const hsize_t usual = (hsize_t)1 << 20;
  const size_t file = H5Tget_size(file_type), memory = H5Tget_size(memory_type);
  hsize_t size = 16; /* a text's length and place in the file: its type tells the pointer's size */
  if (file > size) size = file;
  if (memory > size) size = memory;
  hid_t list = h5_own(c, H5Pcreate(H5P_DATASET_XFER), "transfer");
  if (count > 0 && count < usual / size)
    h5_check(c, H5Pset_buffer(list, (size_t)(count * size), NULL, NULL), "transfer");
  return list;
}

static void make_group(h5 *c, const char *path, hid_t links, hid_t creation) {
  H5O_type_t kind = h5_kind(c, path);
  if (kind == H5O_TYPE_GROUP) return;
  if (kind != H5O_TYPE_UNKNOWN) h5_refuse(c, "write", "'%s' is no group", path);
  hid_t group = H5Gcreate2(c->file->id, path, links, creation, H5P_DEFAULT);
  h5_check(c, group < 0 ? -1 : 0, "write");
  h5_check(c, H5Gclose(group), "write");
}

void h5_make_groups(h5 *c, const char *path, bool whole) {
  hid_t links = h5_link_creation(c), creation = h5_creation(c, H5P_GROUP_CREATE);
  for (const char *end = path + 1; *end; end++) {
    end += strcspn(end, "/");
    if (!*end && !whole) break;
    make_group(c, lua_pushlstring(c->L, path, (size_t)(end - path)), links, creation);
    lua_pop(c->L, 1);
    if (!*end) break;
  }
}

/* file:group(name): makes a group and its parents; content if it is there already */
static int file_group(lua_State *L) {
  h5 c;
  h5_begin(&c, L, "hdf5.File:group", true);
  h5_make_groups(&c, h5_name(&c, 2), true);
  return h5_end(&c, 0);
}

/* file:exists(name) -> "group", "dataset", "type" or nil */
static int file_exists(lua_State *L) {
  h5 c;
  h5_begin(&c, L, "hdf5.File:exists", false);
  switch (h5_kind(&c, h5_name(&c, 2))) {
    case H5O_TYPE_GROUP: lua_pushliteral(L, "group"); break;
    case H5O_TYPE_DATASET: lua_pushliteral(L, "dataset"); break;
    case H5O_TYPE_NAMED_DATATYPE: lua_pushliteral(L, "type"); break;
    default: lua_pushnil(L);
  }
  return h5_end(&c, 1);
}

/* file:list([group]) -> names in it, in order of creation where the file knows it, else by name */
static int file_list(lua_State *L) {
  h5 c;
  H5G_info_t info;
  unsigned order = 0;
  h5_begin(&c, L, "hdf5.File:list", false);
  lua_settop(L, 2);
  if (lua_isnil(L, 2)) lua_pushliteral(L, "/"), lua_replace(L, 2);
  hid_t group = h5_open(&c, h5_name(&c, 2), H5O_TYPE_GROUP, "list");
  h5_check(&c, H5Gget_info(group, &info), "list");
  hid_t creation = h5_own(&c, H5Gget_create_plist(group), "list");
  h5_check(&c, H5Pget_link_creation_order(creation, &order), "list");
  H5_index_t by = order & H5P_CRT_ORDER_TRACKED ? H5_INDEX_CRT_ORDER : H5_INDEX_NAME;
  lua_newtable(L);
  for (hsize_t i = 0; i < info.nlinks; i++) {
    ssize_t length = H5Lget_name_by_idx(group, ".", by, H5_ITER_INC, i, NULL, 0, H5P_DEFAULT);
    if (length < 0) h5_fail(&c, "list");
    char *name = lua_newuserdatauv(L, (size_t)length + 1, 0);
    (void)H5Lget_name_by_idx(group, ".", by, H5_ITER_INC, i, name, (size_t)length + 1, H5P_DEFAULT);
    lua_pushlstring(L, name, (size_t)length);
    lua_rawseti(L, -3, (lua_Integer)i + 1);
    lua_pop(L, 1);
  }
  return h5_end(&c, 1);
}

/* file:remove(name): unlinks a dataset or a group with all in it */
static int file_remove(lua_State *L) {
  h5 c;
  h5_begin(&c, L, "hdf5.File:remove", true);
  const char *path = h5_name(&c, 2);
  if (h5_kind(&c, path) == H5O_TYPE_UNKNOWN) h5_refuse(&c, "remove", "there is no such object");
  h5_check(&c, H5Ldelete(c.file->id, path, H5P_DEFAULT), "remove");
  return h5_end(&c, 0);
}

/* file:link(target, name): a second name for an object */
static int file_link(lua_State *L) {
  h5 c;
  h5_begin(&c, L, "hdf5.File:link", true);
  const char *target = h5_name(&c, 2);
  if (h5_kind(&c, target) == H5O_TYPE_UNKNOWN) h5_refuse(&c, "link", "there is no such object");
  const char *name = h5_name(&c, 3);
  h5_make_groups(&c, name, false);
  h5_check(&c, H5Lcreate_hard(c.file->id, target, c.file->id, name, h5_link_creation(&c),
                              H5P_DEFAULT), "link");
  return h5_end(&c, 0);
}

/* ---- opening and closing -------------------------------------------------------------------- */

/* Closes the file and seals it; false when that fails, with an errno if the system told it. */
static bool close_file(h5_file *f, const mi_control *control) {
  hid_t id = f->id;
  f->id = 0;
  release(f);
  errno = 0;
  if (!id) return true;
  if (H5Fclose(id) < 0) {
    errno = 0;
    return false;
  }
  errno = f->seals ? h5_set_seal(f->path, control) : 0;
  return errno == 0;
}

/* file:close(): content if it is closed already */
static int file_close(lua_State *L) {
  h5 c = {.L = L, .file = luaL_testudata(L, 1, H5_FILE_TYPE)};
  mi_begin(&c.call, L, "hdf5.File:close");
  if (!c.file) mi_argument_error(&c.call, 1, "self", "hdf5.File");
  if (close_file(c.file, &c.call.control)) return 0;
  if (errno == ECANCELED) mi_check(&c.call, MI_ECANCEL);
  if (errno != 0) h5_refuse(&c, "close", "%s", strerror(errno));
  h5_fail(&c, "close");
}

static int file_gc(lua_State *L) {
  (void)close_file(luaL_checkudata(L, 1, H5_FILE_TYPE), NULL);
  return 0;
}

static int file_tostring(lua_State *L) {
  const h5_file *f = luaL_checkudata(L, 1, H5_FILE_TYPE);
  lua_pushfstring(L, "hdf5.File '%s' (%s)", f->path,
                  !f->id ? "closed" : f->writable ? "writing" : "reading");
  return 1;
}

/* Bounds 1.8; ids still open do not keep the file open; no quarrel where locks do not work. */
static hid_t access_list(h5 *c) {
  hid_t list = h5_own(c, H5Pcreate(H5P_FILE_ACCESS), "open");
  h5_check(c, H5Pset_libver_bounds(list, H5F_LIBVER_V18, H5F_LIBVER_V18), "open");
  h5_check(c, H5Pset_fclose_degree(list, H5F_CLOSE_STRONG), "open");
  h5_check(c, H5Pset_file_locking(list, true, true), "open");
  return list;
}

/* The reasons that the system or the first bytes know better than the library. */
static void check_readable(h5 *c) {
  unsigned char signature[8];
  int fd = open(c->file->path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) h5_refuse(c, "open", "%s", strerror(errno));
  ssize_t size = read(fd, signature, sizeof signature);
  int reason = errno;
  close(fd);
  if (size < 0) h5_refuse(c, "open", "%s", strerror(reason));
  if (size == 0) h5_refuse(c, "open", "the file is empty");
  if (H5Fis_hdf5(c->file->path) <= 0) h5_refuse(c, "open", "it is no HDF5 file");
}

static void check_creatable(h5 *c) {
  int fd = open(c->file->path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
  if (fd < 0) h5_refuse(c, "create", "%s", strerror(errno));
  close(fd);
}

static hid_t create(h5 *c) {
  check_creatable(c);
  c->file->seals = true;
  hid_t access = access_list(c), creation = h5_creation(c, H5P_FILE_CREATE);
  return H5Fcreate(c->file->path, H5F_ACC_TRUNC, creation, access);
}

static hid_t open_existing(h5 *c, unsigned flags) {
  check_readable(c);
  c->file->seals = c->file->writable && h5_cut_seal(c->file->path);
  return H5Fopen(c->file->path, flags, access_list(c));
}

/* Pushes a handle that is not open yet on the path at index. */
static h5_file *push_handle(lua_State *L, int index) {
  h5_file *f = lua_newuserdatauv(L, sizeof *f, 2);
  memset(f, 0, sizeof *f);
  f->path = lua_tostring(L, index);
  lua_pushvalue(L, index);
  lua_setiuservalue(L, -2, H5_PATH);
  luaL_setmetatable(L, H5_FILE_TYPE);
  return f;
}

/* The end of a block. What an error has left lacks what was to come: it is not sealed, and summing it
 * would hold Ctrl-C up. */
static int file_leave(lua_State *L) {
  if (lua_isnoneornil(L, 2)) return file_close(L);
  h5_file *f = luaL_checkudata(L, 1, H5_FILE_TYPE);
  f->seals = false;
  (void)close_file(f, NULL);
  return 0;
}

/* open(path[, mode]) -> File; "r" reads, "w" makes a new file, "a" changes one or makes it. What
 * the library may do to this process when the bytes are damaged is the caller's business. */
static int module_open(lua_State *L) {
  static const char *const modes[] = {"r", "w", "a", NULL};
  h5 c = {.L = L};
  mi_begin(&c.call, L, "hdf5.open");
  const char *path = mi_arg_path(&c.call, 1, "path");
  int mode = lua_isnoneornil(L, 2) ? 0 : mi_arg_choice(&c.call, 2, "mode", modes);
  c.file = push_handle(L, 1);
  c.file->writable = mode != 0;
  (void)H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
  bool makes = mode == 1 || (mode == 2 && access(path, F_OK) != 0);
  hid_t id = makes ? create(&c) : open_existing(&c, mode == 0 ? H5F_ACC_RDONLY : H5F_ACC_RDWR);
  if (id < 0) h5_fail(&c, makes ? "create" : "open");
  c.file->id = id;
  release(c.file);
  return 1;
}

/* ---- putting a finished file in its place --------------------------------------------------- */

static bool sync_path(const char *path, int flags) {
  int fd = open(path, flags | O_CLOEXEC);
  if (fd < 0) return false;
  bool fine = fsync(fd) == 0;
  int reason = errno;
  close(fd);
  errno = reason;
  return fine;
}

/* commit(temporary, path): the closed file `temporary` becomes `path`, whole or not at all: its
 * bytes reach the disk, it is renamed, the folder reaches the disk (sys.durable(false): later) */
static int module_commit(lua_State *L) {
  mi_call call;
  mi_begin(&call, L, "hdf5.commit");
  const char *from = mi_arg_string(&call, 1, "temporary", NULL);
  size_t length;
  const char *to = mi_arg_string(&call, 2, "path", &length);
  char *folder = memcpy(lua_newuserdatauv(L, length + 1, 0), to, length + 1); /* dirname cuts it */
  bool durable = mi_get_settings(L)->durable;
  if ((durable && !sync_path(from, O_RDONLY)) || rename(from, to) != 0 ||
      (durable && !sync_path(dirname(folder), O_RDONLY | O_DIRECTORY)))
    mi_raise(L, "io", "cannot write '%s': %s", to, strerror(errno));
  return 0;
}

/* rank(value) -> number of dimensions of an array, nil for any other value */
static int module_rank(lua_State *L) {
  const mi_array *array = mi_to_array(L, 1);
  if (array) lua_pushinteger(L, array->ndim);
  else lua_pushnil(L);
  return 1;
}

MI_EXPORT int luaopen_matinf_c_hdf5(lua_State *L);
int luaopen_matinf_c_hdf5(lua_State *L) {
  static const luaL_Reg functions[] = {{"open", module_open},
                                       {"commit", module_commit},
                                       {"rank", module_rank},
                                       {"seal", h5_seal},
                                       {NULL, NULL}};
  static const luaL_Reg methods[] = {
      {"read", h5_file_read},   {"write", h5_file_write},
      {"attribute", h5_file_attribute},
      {"info", h5_file_info},   {"attributes", h5_file_attributes}, {"group", file_group},
      {"exists", file_exists},  {"list", file_list},                {"remove", file_remove},
      {"close", file_close},    {"link", file_link},                {NULL, NULL}};
  static const luaL_Reg meta[] = {
      {"__gc", file_gc}, {"__close", file_leave}, {"__tostring", file_tostring}, {NULL, NULL}};
  /* Every file is closed by its finalizer. What a full disk has left of one that could not be
   * closed would crash the library's own end. */
  (void)H5dont_atexit();
  luaL_newlib(L, functions);
  luaL_newmetatable(L, H5_FILE_TYPE);
  luaL_setfuncs(L, meta, 0);
  luaL_newlib(L, methods);
  lua_setfield(L, -2, "__index");
  lua_pop(L, 1);
  return 1;
}
