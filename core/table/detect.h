/* What the first lines of a text table say about its layout. */
#ifndef MI_TABLE_DETECT_H
#define MI_TABLE_DETECT_H

#include "core/table/scan.h"

typedef struct layout {
  char delimiter, decimal;
  char comments[8];      /* characters that begin a comment, without the delimiter */
  int64_t columns;
  const char *rows;      /* start of the first row of data */
  int64_t rows_line;
  const char *names;     /* start of the line of names, or NULL */
  int64_t names_line;
  bool names_in_comment; /* they follow a comment character */
} layout;

/* Finds the layout; MI_EINVAL with the place in *data. */
mi_status mi_table_detect(scanner start, const mi_table_options *options, layout *found,
                          mi_table_data *data, mi_control *control);

/* The cell as a number: quoted or not, with the decimal sign. */
bool mi_table_number(const mi_span *cell, char decimal, double *value);

/* Empty, or one of the words for it. */
bool mi_table_missing(const mi_span *cell, const char *const *words);

/* Records the place and returns MI_EINVAL with the words. */
mi_status mi_table_fail(mi_table_data *data, int64_t line, int64_t column, mi_control *control,
                        const char *format, ...) __attribute__((format(printf, 5, 6)));

#endif
