/* Writing of module matinf.c.hdf5: datasets, their storage and dimension scales, attributes. */
#include "bindings/hdf5.h"

#include <hdf5_hl.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_BYTES (1 << 20)

/* ---- attributes ----------------------------------------------------------------------------- */

/* Sets the attribute key of the open object to the value at index. */
static void set_attribute(h5 *c, hid_t object, const char *key, int index) {
  h5_value v;
  h5_describe(c, index, key, &v);
  hid_t creation = h5_own(c, H5Pcreate(H5P_ATTRIBUTE_CREATE), "write");
  h5_check(c, H5Pset_char_encoding(creation, H5T_CSET_UTF8), "write");
  if (H5Aexists(object, key) > 0) h5_check(c, H5Adelete(object, key), "write");
  hid_t attribute = H5Acreate2(object, key, v.file_type, v.space, creation, H5P_DEFAULT);
  attribute = h5_own(c, attribute, "write");
  h5_check(c, H5Awrite(attribute, v.memory_type, v.data), "write");
}

static int by_name(const void *a, const void *b) {
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Sets the attributes of the map at index in the order of their names. */
static void set_attributes(h5 *c, hid_t object, int index) {
  lua_State *L = c->L;
  size_t n = 0, i = 0;
  for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) n++;
  const char **keys = mi_scratch(L, n, sizeof *keys);
  for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
    if (lua_type(L, -2) != LUA_TSTRING)
      mi_raise(L, "argument", "bad option 'attributes' to '%s': names are strings", c->call.name);
    keys[i++] = lua_tostring(L, -2);
  }
  qsort(keys, n, sizeof *keys, by_name);
  for (i = 0; i < n; i++) {
    int top = lua_gettop(L), count = c->file->count;
    lua_getfield(L, index, keys[i]);
    set_attribute(c, object, keys[i], -1);
    h5_close_since(c, count);
    lua_settop(L, top);
  }
}

/* file:attribute(name, key) -> value or nil; file:attribute(name, key, value) sets it */
int h5_file_attribute(lua_State *L) {
  h5 c;
  bool sets = lua_gettop(L) >= 4;
  h5_begin(&c, L, "hdf5.File:attribute", sets);
  const char *path = h5_name(&c, 2), *key = mi_arg_string(&c.call, 3, "key", NULL);
  hid_t object = h5_open(&c, path, H5O_TYPE_UNKNOWN, sets ? "write" : "read");
  if (sets) {
    set_attribute(&c, object, key, 4);
  } else if (H5Aexists(object, key) > 0) {
    h5_push_attribute(&c, h5_own(&c, H5Aopen(object, key, H5P_DEFAULT), "read"));
  } else {
    lua_pushnil(L);
  }
  return h5_end(&c, sets ? 0 : 1);
}

/* ---- storage -------------------------------------------------------------------------------- */

/* Chunks of at most 1 MB: the first dimensions are halved until they fit. */
static void automatic_chunks(const h5_value *v, hsize_t *chunk) {
  hsize_t bytes = v->size;
  for (int d = 0; d < v->ndim; d++) bytes *= chunk[d] = v->shape[d];
  for (int d = 0; d < v->ndim && bytes > CHUNK_BYTES; d++) {
    while (bytes > CHUNK_BYTES && chunk[d] > 1) {
      bytes /= chunk[d];
      chunk[d] = (chunk[d] + 1) / 2;
      bytes *= chunk[d];
    }
  }
}

static void given_chunks(h5 *c, const h5_value *v, hsize_t *chunk) {
  int index = lua_gettop(c->L);
  if (!lua_istable(c->L, index) || lua_rawlen(c->L, index) != (size_t)v->ndim)
    mi_argument_error(&c->call, index, "chunks", "list with one length for each dimension");
  for (int d = 0; d < v->ndim; d++) {
    lua_rawgeti(c->L, index, d + 1);
    int64_t most = v->shape[d] < INT32_MAX ? (int64_t)v->shape[d] : INT32_MAX;
    chunk[d] = (hsize_t)mi_arg_integer(&c->call, -1, "chunks", 1, most > 0 ? most : 1);
    lua_pop(c->L, 1);
  }
}

/* Contiguous unless chunks or compression are asked for; nothing is gained below one chunk of
 * nothing, so scalars and empty arrays stay contiguous. */
static hid_t storage(h5 *c, const h5_value *v) {
  hsize_t chunk[MI_MAX_NDIM], count = v->ndim > 0;
  hid_t creation = h5_creation(c, H5P_DATASET_CREATE);
  for (int d = 0; d < v->ndim; d++) count *= v->shape[d];
  automatic_chunks(v, chunk);
  bool chunked = mi_option(&c->call, "chunks");
  if (chunked) {
    given_chunks(c, v, chunk);
    lua_pop(c->L, 1);
  }
  unsigned level = (unsigned)mi_option_integer(&c->call, "compress", 0, 0, 9);
  if (count == 0 || (!chunked && level == 0)) return creation;
  h5_check(c, H5Pset_chunk(creation, v->ndim, chunk), "write");
  if (level > 0) {
    h5_check(c, H5Pset_shuffle(creation), "write");
    h5_check(c, H5Pset_deflate(creation, level), "write");
  }
  return creation;
}

/* Compressed data move in smaller parts, of whole chunks. */
static h5_slabs slabs_of(const h5_value *v, hid_t creation) {
  hsize_t chunk[MI_MAX_NDIM] = {1};
  if (H5Pget_layout(creation) == H5D_CHUNKED) (void)H5Pget_chunk(creation, v->ndim, chunk);
  hsize_t most = H5Pget_nfilters(creation) > 0 ? CHUNK_BYTES : 16 * CHUNK_BYTES;
  return h5_slabs_begin(v->ndim, v->shape, v->size, most, chunk[0]);
}

/* Writes the values; a dataset that Ctrl-C has cut short is removed. */
static void write_values(h5 *c, hid_t dataset, const h5_value *v, hid_t creation,
                         const char *path) {
  h5_slabs slabs = slabs_of(v, creation);
  const hsize_t count = (hsize_t)H5Sget_simple_extent_npoints(v->space);
  hid_t how = h5_transfer(c, count, v->file_type, v->memory_type);
  if (slabs.ndim == 0) {
    h5_check(c, H5Dwrite(dataset, v->memory_type, H5S_ALL, H5S_ALL, how, v->data), "write");
    return;
  }
  hid_t from = h5_own(c, H5Scopy(v->space), "write"), to = h5_own(c, H5Scopy(v->space), "write");
  while (h5_slabs_next(c, &slabs, to, from))
    h5_check(c, H5Dwrite(dataset, v->memory_type, from, to, how, v->data), "write");
  if (!mi_cancelled(&c->call.control)) return;
  (void)H5Ldelete(c->file->id, path, H5P_DEFAULT);
  mi_check(&c->call, MI_ECANCEL);
}

/* ---- dimension scales ----------------------------------------------------------------------- */

/* Attaches the dataset called by the string on top of the stack as scale of dimension d. */
static void attach_scale(h5 *c, hid_t dataset, unsigned d) {
  const char *label = mi_arg_string(&c->call, -1, "scales", NULL);
  lua_pushvalue(c->L, -1);
  const char *written = c->object, *path = h5_name(c, lua_gettop(c->L));
  hid_t scale = h5_open(c, path, H5O_TYPE_DATASET, "use as scale");
  const char *last = strrchr(path, '/') + 1;
  if (H5DSis_scale(scale) <= 0) h5_check(c, H5DSset_scale(scale, last), "write scale");
  h5_check(c, H5DSattach_scale(dataset, scale, d), "write scale");
  h5_check(c, H5DSset_label(dataset, d, strrchr(label, '/') ? last : label), "write scale");
  c->object = written;
  lua_pop(c->L, 1);
}

/* Option scales: for each dimension the name of its scale, or false. */
static void attach_scales(h5 *c, hid_t dataset, int ndim) {
  if (!mi_option(&c->call, "scales")) return;
  int index = lua_gettop(c->L);
  if (!lua_istable(c->L, index) || lua_rawlen(c->L, index) > (size_t)ndim)
    mi_argument_error(&c->call, index, "scales", "list with a name (or false) for each dimension");
  for (unsigned d = 0; d < lua_rawlen(c->L, index); d++) {
    lua_rawgeti(c->L, index, d + 1);
    if (lua_toboolean(c->L, -1)) attach_scale(c, dataset, d);
    lua_pop(c->L, 1);
  }
  lua_pop(c->L, 1);
}

/* ---- datasets ------------------------------------------------------------------------------- */

static void set_optional_attributes(h5 *c, hid_t dataset) {
  if (mi_option(&c->call, "units")) {
    (void)mi_arg_string(&c->call, -1, "units", NULL);
    set_attribute(c, dataset, "units", -1);
  }
  if (mi_option(&c->call, "attributes")) {
    int index = lua_gettop(c->L);
    if (!lua_istable(c->L, index)) mi_argument_error(&c->call, index, "attributes", "table");
    set_attributes(c, dataset, index);
  }
}

/* file:write(name, value[, { units =, chunks =, compress =, attributes =, scales =,
 * bytes = false }]); with bytes a string is written as a u8 array */
int h5_file_write(lua_State *L) {
  h5 c;
  h5_value v;
  h5_begin(&c, L, "hdf5.File:write", true);
  lua_settop(L, 4);
  const char *path = h5_name(&c, 2);
  mi_options_begin(&c.call, 4);
  if (mi_option_boolean(&c.call, "bytes", false)) h5_describe_bytes(&c, 3, "value", &v);
  else h5_describe(&c, 3, "value", &v);
  hid_t creation = storage(&c, &v);
  if (h5_kind(&c, path) != H5O_TYPE_UNKNOWN) h5_refuse(&c, "write", "it is there already");
  h5_make_groups(&c, path, false);
  hid_t dataset = H5Dcreate2(c.file->id, path, v.file_type, v.space, h5_link_creation(&c),
                             creation, H5P_DEFAULT);
  dataset = h5_own(&c, dataset, "write");
  write_values(&c, dataset, &v, creation, path);
  attach_scales(&c, dataset, v.ndim);
  set_optional_attributes(&c, dataset);
  mi_options_end(&c.call);
  return h5_end(&c, 0);
}
