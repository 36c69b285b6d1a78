/* Lua module matinf.c.hdf5, shared by its parts: the file handle, ids, errors.
 *
 * Every id of the library that a method opens is registered in the handle (h5_own) and closed when
 * the method ends (h5_end), when the next one begins, or with the file: a Lua error may leave a
 * method anywhere. What the library allocates for strings is registered alike (h5_own_strings). */
#ifndef MI_BINDINGS_HDF5_H
#define MI_BINDINGS_HDF5_H

#include <hdf5.h>

#include "bindings/binding.h"

#define H5_FILE_TYPE "matinf.hdf5.File"
enum { H5_PATH = 1, H5_STRINGS = 2 }; /* user values of the handle */

typedef struct h5_file {
  hid_t id;         /* 0 when closed */
  const char *path; /* kept alive by a user value */
  bool writable;
  bool seals;       /* it is ours: closing it seals it */
  int count;        /* ids of the running method */
  hid_t owned[32];
  hid_t strings_type, strings_space; /* and the strings the library allocated */
  void *strings;
} h5_file;

/* A running method. */
typedef struct h5 {
  mi_call call;
  lua_State *L;
  h5_file *file;
  const char *object; /* "/entry/data/y": for messages */
} h5;

/* What a dataset becomes when it is read. */
typedef enum h5_form { H5_VALUE, H5_ARRAY, H5_LIST, H5_BYTES } h5_form;

/* What can be written: types, extent and the bytes of a Lua value. */
typedef struct h5_value {
  hid_t file_type, memory_type, space;
  const void *data;
  int ndim;
  hsize_t shape[MI_MAX_NDIM];
  size_t size; /* bytes of one element */
} h5_value;

/* ---- hdf5.c: methods, ids, names ------------------------------------------------------------ */

/* Begins a method: argument 1 is an open file (which must be writable if so asked). */
void h5_begin(h5 *c, lua_State *L, const char *name, bool writes);

/* Ends a method with the number of its results. */
int h5_end(h5 *c, int results);

/* Registers id, or raises "cannot WHAT ..." if the library failed to make it. */
hid_t h5_own(h5 *c, hid_t id, const char *what);

/* Closes the ids registered since there were count of them: for loops. */
void h5_close_since(h5 *c, int count);

/* Raises "cannot WHAT ..." if the library returned a failure. */
void h5_check(h5 *c, herr_t status, const char *what);

/* Raises { kind = "io", message = "cannot WHAT 'file': object: the library's reason" }. */
int h5_fail(h5 *c, const char *what) __attribute__((noreturn));

/* The same with our own reason. */
int h5_refuse(h5 *c, const char *what, const char *format, ...)
    __attribute__((format(printf, 3, 4), noreturn));

/* The absolute path of the object named by argument index, which becomes c->object; it stays on
 * the stack in place of the argument. */
const char *h5_name(h5 *c, int index);

/* H5O_TYPE_GROUP, _DATASET, _NAMED_DATATYPE, or H5O_TYPE_UNKNOWN if there is none. */
H5O_type_t h5_kind(h5 *c, const char *path);

/* Opens the object, which must exist; kind H5O_TYPE_UNKNOWN accepts any. */
hid_t h5_open(h5 *c, const char *path, H5O_type_t kind, const char *what);

/* Makes the groups of the path, without its last part unless the whole is asked for. */
void h5_make_groups(h5 *c, const char *path, bool whole);

/* Property list for creating objects: no times, so that equal contents are equal bytes. */
hid_t h5_creation(h5 *c, hid_t class_id);

/* Property list for moving count elements. Where they are converted, the library clears a buffer of
 * 1 MiB each time, however few they are: this one is no larger than they need. */
hid_t h5_transfer(h5 *c, hsize_t count, hid_t file_type, hid_t memory_type);

/* Property list for creating links: names are UTF-8. */
hid_t h5_link_creation(h5 *c);

/* ---- hdf5_type.c: Lua values and HDF5 types ------------------------------------------------- */

/* UTF-8 string of variable length; enum {FALSE, TRUE} as h5py makes it; compound {r, i}. */
hid_t h5_string_type(h5 *c);
hid_t h5_boolean_type(h5 *c);

/* Describes the value at index, an argument called name; leaves scratch values on the stack. */
void h5_describe(h5 *c, int index, const char *name, h5_value *value);

/* Describes the string at index as a u8 array, which may hold any bytes. */
void h5_describe_bytes(h5 *c, int index, const char *name, h5_value *value);

/* The part of an array of this shape that is moved at once, so that Ctrl-C is noticed in between: a
 * range of its first dimension. `bytes` is the size of an element; the parts hold about `most`
 * bytes and whole multiples of `rows` rows. */
typedef struct h5_slabs {
  int ndim;
  hsize_t start[MI_MAX_NDIM], count[MI_MAX_NDIM], rows, total;
} h5_slabs;

h5_slabs h5_slabs_begin(int ndim, const hsize_t *shape, size_t bytes, hsize_t most, hsize_t rows);

/* Selects the next part in both spaces; false after the last one, or when cancelled. */
bool h5_slabs_next(h5 *c, h5_slabs *s, hid_t file_space, hid_t memory_space);

/* Pushes what a dataset or attribute holds. A scalar is a number, string or boolean, or an array
 * without dimensions if so asked or if its type is not f64 or i64; strings of more dimensions are
 * nested lists; booleans of more dimensions are a u8 array. A list has one dimension; bytes (of a
 * u8 array) become a string. space is the selected part. */
void h5_push_dataset(h5 *c, hid_t dataset, hid_t space, int ndim, const hsize_t *shape,
                     h5_form form);
void h5_push_attribute(h5 *c, hid_t attribute);

/* Short name of a type: "f64", ..., "string", "boolean", or NULL where we cannot read it. */
const char *h5_type_name(h5 *c, hid_t type);

/* ---- hdf5_seal.c: the sum at the end of the files that we have written ----------------------- */

/* Seals the closed file; an errno, ECANCELED after Ctrl-C (control may be NULL). */
int h5_set_seal(const char *path, const mi_control *control);

/* Cuts the seal off before the file is changed; false when it has none. */
bool h5_cut_seal(const char *path);

int h5_seal(lua_State *L); /* a function of the module */

/* ---- methods of hdf5.File in the other parts ------------------------------------------------ */

int h5_file_write(lua_State *L);     /* hdf5_write.c */
int h5_file_attribute(lua_State *L); /* hdf5_write.c */
int h5_file_read(lua_State *L);      /* hdf5_read.c */
int h5_file_attributes(lua_State *L);
int h5_file_info(lua_State *L);

#endif
