/* Lua values and HDF5 types, in both directions.
 *
 * On disk everything is little-endian IEEE or two's complement; text is UTF-8 of variable length
 * (h5py: str); booleans are the enum {FALSE, TRUE} of h5py; complex numbers the compound {r, i}. */
#include "bindings/hdf5.h"

#include <math.h>
#include <string.h>

/* ---- types ---------------------------------------------------------------------------------- */

hid_t h5_string_type(h5 *c) {
  hid_t type = h5_own(c, H5Tcopy(H5T_C_S1), "write");
  h5_check(c, H5Tset_size(type, H5T_VARIABLE), "write");
  h5_check(c, H5Tset_cset(type, H5T_CSET_UTF8), "write");
  return type;
}

hid_t h5_boolean_type(h5 *c) {
  hid_t type = h5_own(c, H5Tenum_create(H5T_STD_I8LE), "write");
  h5_check(c, H5Tenum_insert(type, "FALSE", &(int8_t){0}), "write");
  h5_check(c, H5Tenum_insert(type, "TRUE", &(int8_t){1}), "write");
  return type;
}

static hid_t complex_type(h5 *c, hid_t part) {
  hid_t type = h5_own(c, H5Tcreate(H5T_COMPOUND, 16), "write");
  h5_check(c, H5Tinsert(type, "r", 0, part), "write");
  h5_check(c, H5Tinsert(type, "i", 8, part), "write");
  return type;
}

static hid_t file_type(h5 *c, mi_dtype dtype) {
  switch (dtype) {
    case MI_F64: return H5T_IEEE_F64LE;
    case MI_F32: return H5T_IEEE_F32LE;
    case MI_I64: return H5T_STD_I64LE;
    case MI_I32: return H5T_STD_I32LE;
    case MI_U8: return H5T_STD_U8LE;
    default: return complex_type(c, H5T_IEEE_F64LE);
  }
}

static hid_t memory_type(h5 *c, mi_dtype dtype) {
  switch (dtype) {
    case MI_F64: return H5T_NATIVE_DOUBLE;
    case MI_F32: return H5T_NATIVE_FLOAT;
    case MI_I64: return H5T_NATIVE_INT64;
    case MI_I32: return H5T_NATIVE_INT32;
    case MI_U8: return H5T_NATIVE_UINT8;
    default: return complex_type(c, H5T_NATIVE_DOUBLE);
  }
}

/* ---- from Lua ------------------------------------------------------------------------------- */

static void set_space(h5 *c, h5_value *v, int ndim, const int64_t *shape) {
  v->ndim = ndim;
  for (int d = 0; d < ndim; d++) v->shape[d] = (hsize_t)shape[d];
  hid_t space = ndim ? H5Screate_simple(ndim, v->shape, NULL) : H5Screate(H5S_SCALAR);
  v->space = h5_own(c, space, "write");
}

static void set_numbers(h5 *c, h5_value *v, mi_dtype dtype, const void *data) {
  v->file_type = file_type(c, dtype);
  v->memory_type = memory_type(c, dtype);
  v->size = mi_dtype_size(dtype);
  v->data = data;
}

/* The string at index without zero bytes: HDF5 would cut it there. */
static const char *whole_string(h5 *c, int index, const char *name) {
  size_t length;
  const char *text = lua_tolstring(c->L, index, &length);
  if (strlen(text) != length)
    mi_argument_error(&c->call, index, name, "text without zero bytes (a u8 array holds any)");
  return text;
}

static void describe_array(h5 *c, int index, const char *name, h5_value *v) {
  mi_dtype dtype = mi_to_array(c->L, index)->dtype;
  lua_pushvalue(c->L, index);
  const mi_array *a = mi_arg_contiguous(&c->call, lua_gettop(c->L), name, dtype, -1);
  set_numbers(c, v, dtype, a->data);
  set_space(c, v, a->ndim, a->shape);
}

static void describe_number(h5 *c, int index, h5_value *v) {
  union {
    double real;
    int64_t integer;
  } *cell = mi_scratch(c->L, 1, sizeof *cell);
  bool integer = lua_isinteger(c->L, index);
  if (integer) cell->integer = lua_tointeger(c->L, index);
  else cell->real = lua_tonumber(c->L, index);
  set_numbers(c, v, integer ? MI_I64 : MI_F64, cell);
  set_space(c, v, 0, NULL);
}

static void set_booleans(h5 *c, h5_value *v, const int8_t *cells) {
  v->file_type = v->memory_type = h5_boolean_type(c);
  v->data = cells;
  v->size = 1;
}

static void set_strings(h5 *c, h5_value *v, const char *const *cells) {
  v->file_type = v->memory_type = h5_string_type(c);
  v->data = cells;
  v->size = sizeof *cells;
}

/* The one Lua type of all elements of the list at index; LUA_TNIL when they differ or there is
 * none. Integers that are all integers are told by *integers. */
static int element_type(lua_State *L, int index, int64_t n, bool *integers) {
  int type = LUA_TNIL;
  *integers = true;
  for (int64_t i = 1; i <= n; i++) {
    int found = lua_rawgeti(L, index, i);
    *integers &= lua_isinteger(L, -1) != 0;
    lua_pop(L, 1);
    if (i > 1 && found != type) return LUA_TNIL;
    type = found;
  }
  return type;
}

static void describe_list(h5 *c, int index, const char *name, h5_value *v) {
  lua_State *L = c->L;
  int64_t n = (int64_t)lua_rawlen(L, index);
  bool integers;
  int type = element_type(L, index, n, &integers);
  bool strings = type == LUA_TSTRING;
  if (!strings && type != LUA_TBOOLEAN && !(type == LUA_TNUMBER && integers)) {
    lua_pushvalue(L, index);
    (void)mi_arg_array(&c->call, lua_gettop(L), name);
    describe_array(c, lua_gettop(L), name, v);
    return;
  }
  void *cells = mi_scratch(L, (size_t)n, 8);
  for (int64_t i = 0; i < n; i++) {
    lua_rawgeti(L, index, i + 1);
    if (strings) ((const char **)cells)[i] = whole_string(c, -1, name);
    else if (type == LUA_TBOOLEAN) ((int8_t *)cells)[i] = (int8_t)lua_toboolean(L, -1);
    else ((int64_t *)cells)[i] = lua_tointeger(L, -1);
    lua_pop(L, 1); /* the list keeps the string alive */
  }
  if (strings) set_strings(c, v, cells);
  else if (type == LUA_TBOOLEAN) set_booleans(c, v, cells);
  else set_numbers(c, v, MI_I64, cells);
  set_space(c, v, 1, &n);
}

void h5_describe(h5 *c, int index, const char *name, h5_value *v) {
  lua_State *L = c->L;
  index = lua_absindex(L, index);
  luaL_checkstack(L, 12, "HDF5 value");
  switch (lua_type(L, index)) {
    case LUA_TNUMBER: describe_number(c, index, v); return;
    case LUA_TTABLE: describe_list(c, index, name, v); return;
    case LUA_TBOOLEAN: {
      int8_t *cell = mi_scratch(L, 1, 1);
      *cell = (int8_t)lua_toboolean(L, index);
      set_booleans(c, v, cell);
      set_space(c, v, 0, NULL);
      return;
    }
    case LUA_TSTRING: {
      const char **cell = mi_scratch(L, 1, sizeof *cell);
      *cell = whole_string(c, index, name);
      set_strings(c, v, cell);
      set_space(c, v, 0, NULL);
      return;
    }
    default: break;
  }
  if (!mi_to_array(L, index))
    mi_argument_error(&c->call, index, name, "array, number, string, boolean or list of them");
  describe_array(c, index, name, v);
}

void h5_describe_bytes(h5 *c, int index, const char *name, h5_value *v) {
  size_t length;
  const char *bytes = mi_arg_string(&c->call, index, name, &length);
  set_numbers(c, v, MI_U8, bytes);
  set_space(c, v, 1, &(int64_t){(int64_t)length});
}

/* ---- to Lua --------------------------------------------------------------------------------- */

/* Where values come from: a dataset (all or a part of it) or an attribute. */
typedef struct source {
  hid_t id, type, selection;
  bool attribute;
  int ndim;
  int64_t shape[MI_MAX_NDIM];
} source;

static bool is_boolean(hid_t type) {
  char names[2][8] = {"", ""};
  int8_t zero = 0, one = 1;
  return H5Tget_class(type) == H5T_ENUM && H5Tget_size(type) == 1 && H5Tget_nmembers(type) == 2 &&
         H5Tenum_nameof(type, &zero, names[0], 8) >= 0 && strcmp(names[0], "FALSE") == 0 &&
         H5Tenum_nameof(type, &one, names[1], 8) >= 0 && strcmp(names[1], "TRUE") == 0;
}

static bool is_complex(hid_t type) {
  if (H5Tget_class(type) != H5T_COMPOUND || H5Tget_nmembers(type) != 2) return false;
  return H5Tget_member_class(type, 0) == H5T_FLOAT && H5Tget_member_class(type, 1) == H5T_FLOAT &&
         H5Tget_member_index(type, "r") == 0 && H5Tget_member_index(type, "i") == 1;
}

static mi_dtype integer_dtype(hid_t type) {
  size_t size = H5Tget_size(type);
  bool is_signed = H5Tget_sign(type) == H5T_SGN_2;
  if (size == 1 && !is_signed) return MI_U8;
  return size < 4 || (size == 4 && is_signed) ? MI_I32 : MI_I64;
}

/* The dtype that holds every value of the type (but for u64 beyond i64, checked when read). */
static bool number_dtype(hid_t type, mi_dtype *dtype) {
  switch (H5Tget_class(type)) {
    case H5T_FLOAT: *dtype = H5Tget_size(type) <= 4 ? MI_F32 : MI_F64; return true;
    case H5T_INTEGER: *dtype = integer_dtype(type); return true;
    case H5T_ENUM: *dtype = is_boolean(type) ? MI_U8 : MI_I64; return true;
    case H5T_COMPOUND: *dtype = MI_C128; return is_complex(type);
    default: return false;
  }
}

const char *h5_type_name(h5 *c, hid_t type) {
  mi_dtype dtype;
  (void)c;
  if (H5Tget_class(type) == H5T_STRING) return "string";
  if (is_boolean(type)) return "boolean";
  return number_dtype(type, &dtype) ? mi_dtype_name(dtype) : NULL;
}

/* ---- parts ---------------------------------------------------------------------------------- */

h5_slabs h5_slabs_begin(int ndim, const hsize_t *shape, size_t bytes, hsize_t most, hsize_t rows) {
  h5_slabs s = {.ndim = ndim};
  hsize_t row = bytes;
  for (int d = 0; d < ndim; d++) {
    s.count[d] = shape[d];
    if (d > 0) row *= shape[d];
  }
  hsize_t fit = row > 0 ? most / row / rows * rows : 0;
  s.rows = fit > rows ? fit : rows;
  s.total = ndim > 0 ? shape[0] : 0;
  s.count[0] = 0;
  if (row == 0) s.ndim = 0; /* nothing to be moved: at once */
  return s;
}

bool h5_slabs_next(h5 *c, h5_slabs *s, hid_t file_space, hid_t memory_space) {
  s->start[0] += s->count[0];
  if (s->start[0] >= s->total || mi_cancelled(&c->call.control)) return false;
  s->count[0] = s->total - s->start[0] < s->rows ? s->total - s->start[0] : s->rows;
  hid_t spaces[] = {file_space, memory_space};
  for (int i = 0; i < 2; i++) {
    h5_check(c, H5Sselect_hyperslab(spaces[i], H5S_SELECT_SET, s->start, NULL, s->count, NULL),
             "select a part of");
  }
  return true;
}

static herr_t read_slabs(h5 *c, const source *s, hid_t type, hid_t memory, hid_t how,
                         const hsize_t *shape, void *data) {
  h5_slabs slabs = h5_slabs_begin(s->ndim, shape, H5Tget_size(type), (hsize_t)1 << 24, 1);
  if (slabs.ndim == 0) return H5Dread(s->id, type, memory, H5S_ALL, how, data);
  hid_t file = h5_own(c, H5Scopy(s->selection), "read");
  herr_t status = 0;
  while (status >= 0 && h5_slabs_next(c, &slabs, file, memory))
    status = H5Dread(s->id, type, memory, file, how, data);
  if (status >= 0 && mi_cancelled(&c->call.control)) mi_check(&c->call, MI_ECANCEL);
  return status;
}

static void read_into(h5 *c, const source *s, hid_t type, void *data) {
  herr_t status;
  if (s->attribute) {
    status = H5Aread(s->id, type, data);
  } else {
    hsize_t shape[MI_MAX_NDIM];
    for (int d = 0; d < s->ndim; d++) shape[d] = (hsize_t)s->shape[d];
    hid_t memory = s->ndim ? H5Screate_simple(s->ndim, shape, NULL) : H5Screate(H5S_SCALAR);
    memory = h5_own(c, memory, "read");
    hid_t how = h5_transfer(c, (hsize_t)H5Sget_simple_extent_npoints(memory), s->type, type);
    if (H5Sget_select_type(s->selection) == H5S_SEL_ALL && !H5Tis_variable_str(type))
      status = read_slabs(c, s, type, memory, how, shape, data);
    else status = H5Dread(s->id, type, memory, s->selection, how, data);
  }
  h5_check(c, status, "read");
}

static int64_t count_of(const source *s) {
  int64_t n = 1;
  for (int d = 0; d < s->ndim; d++) n *= s->shape[d];
  return n;
}

/* The library clips what i64 cannot hold: unsigned 64-bit numbers are looked at. */
static void refuse_clipped(h5 *c, const source *s, const mi_array *a) {
  if (H5Tget_class(s->type) != H5T_INTEGER || H5Tget_sign(s->type) != H5T_SGN_NONE) return;
  const int64_t *values = (const int64_t *)a->data;
  for (int64_t i = mi_count(a) - 1; i >= 0; i--) {
    if (values[i] == INT64_MAX) h5_refuse(c, "read", "an unsigned integer is beyond i64");
  }
}

static const mi_array *push_numbers(h5 *c, const source *s, mi_dtype dtype) {
  mi_array *a = mi_push_array(c->L, dtype, s->ndim, s->shape);
  hid_t type = is_boolean(s->type) ? h5_boolean_type(c) : memory_type(c, dtype);
  if (mi_count(a) > 0) read_into(c, s, type, a->data);
  if (dtype == MI_I64) refuse_clipped(c, s, a);
  return a;
}

/* Pushes nested lists of the strings, row-major; returns the next string. */
static char *const *push_list(h5 *c, const source *s, int d, char *const *strings) {
  if (d == s->ndim) {
    lua_pushstring(c->L, *strings ? *strings : "");
    return strings + 1;
  }
  luaL_checkstack(c->L, 4, "nested list");
  lua_newtable(c->L);
  for (int64_t i = 1; i <= s->shape[d]; i++) {
    strings = push_list(c, s, d + 1, strings);
    lua_rawseti(c->L, -2, i);
  }
  return strings;
}

static void push_variable_strings(h5 *c, const source *s, int64_t n) {
  h5_file *f = c->file;
  char **strings = mi_scratch(c->L, (size_t)n, sizeof *strings);
  memset(strings, 0, (size_t)n * sizeof *strings);
  lua_setiuservalue(c->L, 1, H5_STRINGS); /* the file keeps them as long as they can be freed */
  hid_t type = h5_own(c, H5Tcopy(H5T_C_S1), "read");
  h5_check(c, H5Tset_size(type, H5T_VARIABLE), "read");
  h5_check(c, H5Tset_cset(type, H5Tget_cset(s->type)), "read");
  f->strings_type = type;
  f->strings_space = h5_own(c, H5Screate_simple(1, &(hsize_t){(hsize_t)n}, NULL), "read");
  f->strings = strings;
  if (n > 0) read_into(c, s, type, strings);
  push_list(c, s, 0, strings);
}

/* Fixed-length strings become zero-terminated ones, then pointers to them. */
static void push_fixed_strings(h5 *c, const source *s, int64_t n) {
  size_t size = H5Tget_size(s->type) + 1;
  hid_t type = h5_own(c, H5Tcopy(H5T_C_S1), "read");
  h5_check(c, H5Tset_size(type, size), "read");
  h5_check(c, H5Tset_cset(type, H5Tget_cset(s->type)), "read");
  char *text = mi_scratch(c->L, (size_t)n, size);
  char **strings = mi_scratch(c->L, (size_t)n, sizeof *strings);
  for (int64_t i = 0; i < n; i++) strings[i] = text + (size_t)i * size;
  if (n > 0) read_into(c, s, type, text);
  push_list(c, s, 0, strings);
}

/* Replaces the array without dimensions on top of the stack by its value. */
static void unwrap(lua_State *L, const mi_array *a, bool boolean) {
  if (boolean) lua_pushboolean(L, *(const uint8_t *)a->data);
  else if (a->dtype == MI_F64) lua_pushnumber(L, *(const double *)a->data);
  else if (a->dtype == MI_I64) lua_pushinteger(L, *(const int64_t *)a->data);
  else return;
  lua_remove(L, -2);
}

/* Replaces the array of one dimension on top of the stack by a list. */
static void to_list(lua_State *L, const mi_array *a, bool boolean) {
  lua_createtable(L, (int)a->shape[0], 0);
  for (int64_t i = 0; i < a->shape[0]; i++) {
    if (boolean) lua_pushboolean(L, ((const uint8_t *)a->data)[i]);
    else if (a->dtype == MI_F64) lua_pushnumber(L, ((const double *)a->data)[i]);
    else if (a->dtype == MI_I64) lua_pushinteger(L, ((const int64_t *)a->data)[i]);
    else mi_raise(L, "data", "hdf5.File:read: lists are of f64, i64, text or booleans");
    lua_rawseti(L, -2, i + 1);
  }
  lua_remove(L, -2);
}

static void push_value(h5 *c, source *s, h5_form form) {
  mi_dtype dtype;
  luaL_checkstack(c->L, 8, "HDF5 value");
  s->type = h5_own(c, s->attribute ? H5Aget_type(s->id) : H5Dget_type(s->id), "read");
  if (H5Tget_class(s->type) == H5T_STRING) {
    htri_t variable = H5Tis_variable_str(s->type);
    if (variable > 0) push_variable_strings(c, s, count_of(s));
    else push_fixed_strings(c, s, count_of(s));
  } else if (number_dtype(s->type, &dtype)) {
    const mi_array *a = push_numbers(c, s, dtype);
    if (s->ndim == 0 && form != H5_ARRAY) unwrap(c->L, a, is_boolean(s->type));
    if (s->ndim == 1 && form == H5_LIST) to_list(c->L, a, is_boolean(s->type));
    if (dtype == MI_U8 && form == H5_BYTES) {
      lua_pushlstring(c->L, a->data, (size_t)mi_count(a));
      lua_remove(c->L, -2);
    }
  } else {
    h5_refuse(c, "read", "values of this type cannot be read (numbers, text, booleans can)");
  }
}

void h5_push_dataset(h5 *c, hid_t dataset, hid_t space, int ndim, const hsize_t *shape,
                     h5_form form) {
  source s = {.id = dataset, .selection = space, .ndim = ndim};
  for (int d = 0; d < ndim; d++) s.shape[d] = (int64_t)shape[d];
  push_value(c, &s, form);
}

void h5_push_attribute(h5 *c, hid_t attribute) {
  hsize_t shape[H5S_MAX_RANK];
  hid_t space = h5_own(c, H5Aget_space(attribute), "read");
  source s = {.id = attribute, .attribute = true, .ndim = H5Sget_simple_extent_ndims(space)};
  if (s.ndim < 0 || s.ndim > MI_MAX_NDIM || H5Sget_simple_extent_type(space) == H5S_NULL)
    h5_refuse(c, "read", "an attribute without values or with more than 8 dimensions");
  h5_check(c, H5Sget_simple_extent_dims(space, shape, NULL), "read");
  for (int d = 0; d < s.ndim; d++) s.shape[d] = (int64_t)shape[d];
  push_value(c, &s, H5_VALUE);
}
