/* A structure: atoms at Cartesian positions in a cell that may repeat along each of its vectors.
 *
 * A mi_structure is a view: it owns nothing. Cell vectors are the rows a, b, c, so that a position
 * is x = f cell with the fractional coordinates f (row vectors). A vector that is not periodic may
 * be zero. Lengths are in Å for whatever knows of elements; geometry itself has no unit. */
#ifndef MI_ATOMS_STRUCTURE_H
#define MI_ATOMS_STRUCTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/control.h"

typedef struct mi_structure {
  size_t n;
  const double *position; /* [n x 3] */
  const int32_t *number;  /* [n] atomic numbers, 0 for what is no element */
  double cell[3][3];      /* rows a, b, c */
  bool periodic[3];
} mi_structure;

/* MI_EINVAL unless there are atoms, all positions are finite, all numbers in 0..118, the vectors
 * given are finite, and the periodic ones span a volume, area or length. */
mi_status mi_structure_check(const mi_structure *s, mi_control *control);

/* The fractional coordinates [n x 3] in the cell, whose vectors of length zero are replaced as
 * mi_cell_complete does. */
void mi_structure_fractional(const mi_structure *s, double *fractional);

/* The positions [n x 3] with fractional coordinates in [0, 1) along periodic vectors. May be done
 * in place. */
void mi_structure_wrap(const mi_structure *s, double *position);

/* ---- cells: 9 numbers, row by row (pass *s->cell) -------------------------------------------- */

/* The vectors to keep, and unit vectors perpendicular to them and to each other for the rest. */
void mi_cell_complete(const double *cell, const bool keep[3], double *box);

/* Which vectors are not zero. */
void mi_cell_given(const double *cell, bool given[3]);

/* a . (b x c): negative for left-handed cells. */
double mi_cell_determinant(const double *cell);

/* f = x inverse; the cell must have a volume. */
void mi_cell_inverse(const double *cell, double *inverse);

/* Distances between opposite faces. */
void mi_cell_heights(const double *cell, double height[3]);

/* y = x matrix, for one row vector: Cartesian from fractional with a cell, the other way with its
 * inverse. x and y may be the same. */
static inline void mi_row_times(const double x[3], const double *matrix, double y[3]) {
  const double x0 = x[0], x1 = x[1], x2 = x[2], *m = matrix;
  for (int k = 0; k < 3; k++, m++) y[k] = x0 * m[0] + x1 * m[3] + x2 * m[6];
}

#endif
