/* to = start + sum_j v_j row_j, for rows of a whole number of vectors: a layer of a network. Included
 * in .isa.c files only. */
#ifndef MI_SUM_OF_ROWS_H
#define MI_SUM_OF_ROWS_H

#include "core/base/vmath_inline.h"

enum { MI_ROW_BLOCK = 4 }; /* vectors of a row at a time, so that their sums are independent */

/* The vectors [at, at + vectors) of the rows. */
static inline __attribute__((always_inline)) void mi_sum_of_rows_at(
    const double *v, int n, const double *rows, size_t row, size_t at, int vectors,
    const double *start, double *to) {
  mi_v even[MI_ROW_BLOCK], odd[MI_ROW_BLOCK];
  int j = 0;
  for (int i = 0; i < vectors; i++) {
    even[i] = start ? mi_v_load(start + at + (size_t)i * MI_V) : (mi_v){0};
    odd[i] = (mi_v){0};
  }
  for (rows += at; j + 2 <= n; j += 2, rows += 2 * row)
    for (int i = 0; i < vectors; i++) {
      even[i] += v[j] * mi_v_load(rows + i * MI_V);
      odd[i] += v[j + 1] * mi_v_load(rows + row + i * MI_V);
    }
  for (int i = 0; i < vectors; i++) {
    if (j < n) even[i] += v[j] * mi_v_load(rows + i * MI_V);
    mi_v_store(to + at + (size_t)i * MI_V, even[i] + odd[i]);
  }
}

/* start may be NULL: zero. */
static inline void mi_sum_of_rows(const double *v, int n, const double *rows, size_t row,
                                  const double *start, double *to) {
  size_t at = 0;
  for (; at + MI_ROW_BLOCK * MI_V <= row; at += MI_ROW_BLOCK * MI_V)
    mi_sum_of_rows_at(v, n, rows, row, at, MI_ROW_BLOCK, start, to);
  for (; at < row; at += MI_V) mi_sum_of_rows_at(v, n, rows, row, at, 1, start, to);
}

#endif
