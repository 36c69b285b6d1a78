/* Text tables: csv and its relatives, with their layout found out.
 *
 * A table is comment lines, perhaps a preamble and a line of names, then rows of one number of
 * cells. Cells may be quoted ("a ""b"""), lines end with LF, CR LF or CR, blank lines do not count.
 * A column is of numbers or of text. Unless told otherwise:
 *   delimiter  tab, else ;, else comma, else blanks: the first that the rows use outside of quotes;
 *              blanks come before the comma when they part numbers with decimal commas; a line
 *              of a single column is one cell
 *   decimal    the sign (. or ,) with which more cells are numbers
 *   names      the last line before the first row with a number in it, if it has as many cells;
 *              where no line has a number, the first one
 *   number     a column whose cells, in the first 100 rows, are numbers or missing. A later cell
 *              that is none is an error, not a change of mind. */
#ifndef MI_TABLE_H
#define MI_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/control.h"

/* A piece of the text; quoted cells are between their quotes, inner quotes still doubled. */
typedef struct mi_span {
  const char *start;
  size_t length;
  bool quoted;
} mi_span;

typedef struct mi_table_options {
  char delimiter;       /* '\0': find out; ' ': any number of blanks */
  char decimal;         /* '\0': find out */
  int header;           /* lines (comments not counted) before the first row; -1: find out */
  const char *comments; /* characters that begin a comment line */
  const char *const *missing;      /* cells that count as empty; NULL-terminated */
  const char *const *text_columns; /* names of columns that are text; NULL-terminated */
} mi_table_options;

typedef struct mi_table_column {
  bool is_text;
  double *numbers; /* NaN where the cell is empty */
  mi_span *text;
  int64_t empty;   /* number of empty cells */
} mi_table_column;

typedef struct mi_table_data {
  char delimiter, decimal;
  int64_t rows, columns;
  mi_table_column *column;
  mi_span *names;       /* columns of them, or NULL */
  mi_span *notes;       /* comment and preamble lines */
  int64_t note_count;
  int64_t error_line;   /* place of a failure: 1-based, 0 unknown */
  int64_t error_column; /* in characters */
} mi_table_data;

void mi_table_options_default(mi_table_options *options);

/* Parses the text. The result points into it: keep the text as long. On failure (MI_EINVAL: what
 * is wrong with the data, and where, is in *data and the control) nothing is to be freed. */
mi_status mi_table_parse(const char *text, size_t length, const mi_table_options *options,
                         mi_table_data *data, mi_control *control);

void mi_table_free(mi_table_data *data);

/* The line on which a row (from 1) of a text that parses begins; 0 if there is no such row. */
int64_t mi_table_row_line(const char *text, size_t length, const mi_table_options *options,
                          int64_t row);

#endif
