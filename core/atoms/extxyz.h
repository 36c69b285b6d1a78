/* Extended XYZ: reading. A frame is
 *
 *     number of atoms
 *     key=value key="several words" key=[1, 2, 3] key={1 2 3} flag ...
 *     one line an atom: the columns that Properties=name:type:width:... declares
 *
 * with the types S (text), R (real), I (integer), L (logical). Without Properties a line is the
 * species and the position, and what follows is not read. The grammar is that of the libAtoms
 * specification, read tolerantly: values in double quotes that hold several numbers are vectors.
 *
 * The text belongs to the caller and outlives everything here. */
#ifndef MI_ATOMS_EXTXYZ_H
#define MI_ATOMS_EXTXYZ_H

#include <stdint.h>

#include "core/base/control.h"
#include "core/base/text.h"

enum { MI_EXTXYZ_ENTRIES = 256, MI_EXTXYZ_COLUMNS = 64 };

typedef enum mi_value_kind { MI_LOGICAL, MI_INTEGER, MI_REAL, MI_STRING } mi_value_kind;

/* key=value. Elements lie in the values (or strings) of the header from index first on. */
typedef struct mi_extxyz_entry {
  mi_slice key;
  mi_value_kind kind;
  int ndim;         /* 0, 1, 2 */
  int64_t shape[2];
  size_t first;
} mi_extxyz_entry;

typedef struct mi_extxyz_column {
  mi_slice name;
  char type;        /* S R I L */
  int width;
  void *target;     /* [n x width], set by the caller: mi_slice, double, int64_t or uint8_t */
} mi_extxyz_column;

typedef struct mi_extxyz_header {
  int64_t n;        /* atoms; -1 at the end of the text */
  int64_t line;     /* of the number of atoms, from 1 */
  mi_slice comment; /* the whole second line */
  int entries, columns;
  mi_extxyz_entry entry[MI_EXTXYZ_ENTRIES];   /* without Properties */
  mi_extxyz_column column[MI_EXTXYZ_COLUMNS];
  bool declared;    /* by Properties */
  double *value;    /* elements of entries that are not text; a logical is 0 or 1 */
  mi_slice *string; /* still with their backslashes */
  size_t values, value_room, strings, string_room;
} mi_extxyz_header;

/* Where the next frame begins. */
typedef struct mi_extxyz {
  const char *at, *end;
  int64_t line; /* the line at `at`, from 1 */
  int column;   /* of an error in that line, 0 when unknown */
} mi_extxyz;

/* A reader at the start of a text. */
mi_extxyz mi_extxyz_begin(const char *text, size_t length);

/* Reads the first two lines of a frame into a header that was zeroed before its first use. On
 * MI_EINVAL reader->line says where. */
mi_status mi_extxyz_read_header(mi_extxyz *reader, mi_extxyz_header *h, mi_control *control);
void mi_extxyz_header_free(mi_extxyz_header *h);

/* Reads the lines of the atoms into the targets (a NULL target skips its column). */
mi_status mi_extxyz_read_atoms(mi_extxyz *reader, const mi_extxyz_header *h, mi_control *control);

/* Passes over the lines of the atoms. */
mi_status mi_extxyz_skip_atoms(mi_extxyz *reader, const mi_extxyz_header *h, mi_control *control);

/* Makes atomic numbers of n symbols; false when one of them is no element's (its number is 0). */
bool mi_numbers_of_symbols(const mi_slice *symbol, int64_t n, int32_t *number);

#endif
