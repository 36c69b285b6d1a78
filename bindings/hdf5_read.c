/* Reading of module matinf.c.hdf5: datasets, whole or in part, their attributes, what they are. */
#include "bindings/hdf5.h"

#include <string.h>

/* ---- slices --------------------------------------------------------------------------------- */

/* The part of a dataset that is read: every dimension has a start, a step and a count; a dimension
 * given by one index is not in the result. */
typedef struct part {
  int ndim, kept;
  hsize_t start[MI_MAX_NDIM], step[MI_MAX_NDIM], count[MI_MAX_NDIM], shape[MI_MAX_NDIM];
} part;

/* A 1-based position, negative ones from the end, as 0-based. */
static hsize_t position(h5 *c, int64_t length, int d) {
  lua_State *L = c->L;
  int64_t i = mi_arg_integer(&c->call, -1, "slice", INT64_MIN, INT64_MAX);
  if (i == 0 || i > length || i < -length)
    mi_raise(L, "argument", "bad slice to '%s': dimension %d of %s has length %lld, got index %lld",
             c->call.name, d + 1, c->object, (long long)length, (long long)i);
  lua_pop(L, 1);
  return (hsize_t)(i < 0 ? length + i : i - 1);
}

/* { first, last[, step] }: inclusive; {} is all. */
static void take_range(h5 *c, part *p, int d, int index) {
  lua_State *L = c->L;
  int64_t length = (int64_t)p->shape[d];
  if (lua_rawlen(L, index) == 0) return;
  if (lua_rawlen(L, index) < 2 || lua_rawlen(L, index) > 3)
    mi_argument_error(&c->call, index, "slice", "index, {first, last[, step]} or {}");
  lua_rawgeti(L, index, 1);
  hsize_t first = position(c, length, d);
  lua_rawgeti(L, index, 2);
  hsize_t last = position(c, length, d);
  if (lua_rawgeti(L, index, 3) != LUA_TNIL)
    p->step[d] = (hsize_t)mi_arg_integer(&c->call, -1, "slice", 1, INT64_MAX);
  lua_pop(L, 1);
  p->start[d] = first;
  p->count[d] = last < first ? 0 : (last - first) / p->step[d] + 1;
}

/* The table at index: one entry for each dimension; those not given are read whole. */
static void take_slice(h5 *c, part *p, int index) {
  lua_State *L = c->L;
  if (!lua_istable(L, index) || lua_rawlen(L, index) > (size_t)p->ndim)
    mi_argument_error(&c->call, index, "slice", "list with at most one entry for each dimension");
  int given = (int)lua_rawlen(L, index);
  p->kept = 0;
  for (int d = 0; d < p->ndim; d++) {
    bool keep = d >= given;
    if (!keep) {
      lua_rawgeti(L, index, d + 1);
      keep = lua_istable(L, -1);
      if (keep) {
        take_range(c, p, d, lua_gettop(L));
        lua_pop(L, 1);
      } else {
        p->start[d] = position(c, (int64_t)p->shape[d], d);
        p->count[d] = 1;
      }
    }
    if (keep) p->shape[p->kept++] = p->count[d];
  }
}

static void whole(h5 *c, hid_t space, part *p) {
  hsize_t shape[H5S_MAX_RANK];
  p->ndim = p->kept = H5Sget_simple_extent_ndims(space);
  if (H5Sget_simple_extent_type(space) == H5S_NULL) h5_refuse(c, "read", "it holds no values");
  if (p->ndim < 0 || p->ndim > MI_MAX_NDIM)
    h5_refuse(c, "read", "it has %d dimensions, 8 can be read", p->ndim);
  h5_check(c, H5Sget_simple_extent_dims(space, shape, NULL), "read");
  for (int d = 0; d < p->ndim; d++) {
    p->start[d] = 0;
    p->step[d] = 1;
    p->count[d] = p->shape[d] = shape[d];
  }
}

/* ---- methods -------------------------------------------------------------------------------- */

/* file:read(name[, slice[, { as = "value" }]]) -> value; as "array" a scalar is an array too, as
 * "list" a dataset of one dimension is a Lua list, as "bytes" one of u8 is a string */
int h5_file_read(lua_State *L) {
  static const char *const forms[] = {"value", "array", "list", "bytes", NULL};
  h5 c;
  part p;
  h5_begin(&c, L, "hdf5.File:read", false);
  lua_settop(L, 4);
  mi_options_begin(&c.call, 4);
  h5_form form = (h5_form)mi_option_choice(&c.call, "as", H5_VALUE, forms);
  mi_options_end(&c.call);
  hid_t dataset = h5_open(&c, h5_name(&c, 2), H5O_TYPE_DATASET, "read");
  hid_t space = h5_own(&c, H5Dget_space(dataset), "read");
  whole(&c, space, &p);
  if (!lua_isnil(L, 3)) {
    take_slice(&c, &p, 3);
    bool nothing = false;
    for (int d = 0; d < p.ndim; d++) nothing |= p.count[d] == 0;
    if (p.ndim > 0 && !nothing)
      h5_check(&c, H5Sselect_hyperslab(space, H5S_SELECT_SET, p.start, p.step, p.count, NULL),
               "read");
  }
  h5_push_dataset(&c, dataset, space, p.kept, p.shape, form);
  return h5_end(&c, 1);
}

/* Pushes the list of names of the attributes of the object. */
static hsize_t push_attribute_names(h5 *c, hid_t object) {
  H5O_info_t info;
  h5_check(c, H5Oget_info(object, &info), "read");
  lua_createtable(c->L, (int)info.num_attrs, 0);
  for (hsize_t i = 0; i < info.num_attrs; i++) {
    ssize_t length = H5Aget_name_by_idx(object, ".", H5_INDEX_NAME, H5_ITER_INC, i, NULL, 0,
                                        H5P_DEFAULT);
    if (length < 0) h5_fail(c, "read");
    char *name = lua_newuserdatauv(c->L, (size_t)length + 1, 0);
    (void)H5Aget_name_by_idx(object, ".", H5_INDEX_NAME, H5_ITER_INC, i, name, (size_t)length + 1,
                             H5P_DEFAULT);
    lua_pushlstring(c->L, name, (size_t)length);
    lua_rawseti(c->L, -3, (lua_Integer)i + 1);
    lua_pop(c->L, 1);
  }
  return info.num_attrs;
}

static bool readable_attribute(h5 *c, hid_t attribute) {
  hid_t type = h5_own(c, H5Aget_type(attribute), "read");
  hid_t space = h5_own(c, H5Aget_space(attribute), "read");
  int ndim = H5Sget_simple_extent_ndims(space);
  return h5_type_name(c, type) && H5Sget_simple_extent_type(space) != H5S_NULL && ndim >= 0 &&
         ndim <= MI_MAX_NDIM;
}

/* file:attributes(name) -> { key = value, ... } without those of types that cannot be read (the
 * references of dimension scales) */
int h5_file_attributes(lua_State *L) {
  h5 c;
  h5_begin(&c, L, "hdf5.File:attributes", false);
  lua_settop(L, 2);
  hid_t object = h5_open(&c, h5_name(&c, 2), H5O_TYPE_UNKNOWN, "read");
  hsize_t n = push_attribute_names(&c, object);
  int names = lua_gettop(L);
  lua_createtable(L, 0, (int)n);
  int result = lua_gettop(L), count = c.file->count;
  for (hsize_t i = 0; i < n; i++) {
    lua_rawgeti(L, names, (lua_Integer)i + 1);
    hid_t attribute = H5Aopen(object, lua_tostring(L, -1), H5P_DEFAULT);
    if (readable_attribute(&c, h5_own(&c, attribute, "read"))) {
      h5_push_attribute(&c, attribute);
      lua_setfield(L, result, lua_tostring(L, result + 1));
    }
    lua_settop(L, result);
    h5_close_since(&c, count);
  }
  return h5_end(&c, 1);
}

static void set_storage(h5 *c, hid_t dataset) {
  hsize_t chunk[H5S_MAX_RANK];
  hid_t creation = h5_own(c, H5Dget_create_plist(dataset), "read");
  if (H5Pget_layout(creation) != H5D_CHUNKED) return;
  int ndim = H5Pget_chunk(creation, H5S_MAX_RANK, chunk);
  lua_createtable(c->L, ndim, 0);
  for (int d = 0; d < ndim; d++) {
    lua_pushinteger(c->L, (lua_Integer)chunk[d]);
    lua_rawseti(c->L, -2, d + 1);
  }
  lua_setfield(c->L, -2, "chunks");
  mi_set_boolean(c->L, "compressed", H5Pget_nfilters(creation) > 0);
}

/* file:info(name) -> { shape, dtype, chunks, compressed } of a dataset, without reading it; dtype
 * is nil where the values cannot be read */
int h5_file_info(lua_State *L) {
  h5 c;
  part p;
  h5_begin(&c, L, "hdf5.File:info", false);
  hid_t dataset = h5_open(&c, h5_name(&c, 2), H5O_TYPE_DATASET, "read");
  whole(&c, h5_own(&c, H5Dget_space(dataset), "read"), &p);
  const char *dtype = h5_type_name(&c, h5_own(&c, H5Dget_type(dataset), "read"));
  lua_newtable(L);
  if (dtype) mi_set_string(L, "dtype", dtype);
  lua_createtable(L, p.ndim, 0);
  for (int d = 0; d < p.ndim; d++) {
    lua_pushinteger(L, (lua_Integer)p.shape[d]);
    lua_rawseti(L, -2, d + 1);
  }
  lua_setfield(L, -2, "shape");
  set_storage(&c, dataset);
  return h5_end(&c, 1);
}
