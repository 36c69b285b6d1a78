/* Bins: atoms sorted by where they are, so that those near a point are found without looking at
 * all. The cell is cut along its vectors into bins; along vectors that are not periodic the bins
 * cover the extent of the atoms. */
#ifndef MI_ATOMS_BINS_H
#define MI_ATOMS_BINS_H

#include "core/atoms/structure.h"

/* Images of a pair are counted in cells, 10 bits a vector, biased by 512. */
#define MI_IMAGE_ZERO ((int64_t)512 << 20 | 512 << 10 | 512)

static inline int64_t mi_image_code(const int t[3]) {
  return ((int64_t)t[0] * 1024 + t[1]) * 1024 + t[2];
}

enum {
  MI_BINS_SPARE = 8, /* numbers behind x, y, z that may be read, though not used */
  MI_FEW_ATOMS = 256 /* waiting threads cost more than work on fewer */
};

typedef struct mi_bins {
  int count[3];      /* bins along each vector */
  int reach[3];      /* how many bins away atoms within the limit can be */
  size_t bins, runs; /* products of count, and of 2 reach + 1 */
  double box[9], inverse[9];
  bool periodic[3];
  double origin[3], scale[3]; /* bin = (fractional - origin) * scale */
  size_t *start;              /* [bins + 1] */
  uint32_t *atom;             /* [n] atoms bin by bin, in each by number, then index */
  double *x, *y, *z;          /* [n + SPARE] where their images in the cell are, in that order */
  int64_t *image;             /* [n] code of the cell they were moved from, in that order */
} mi_bins;

/* Atoms of one bin as seen from another: their positions are to be shifted. */
typedef struct mi_bin_run {
  size_t start, end;
  double shift[3];
  int64_t image;
} mi_bin_run;

/* Sorts the atoms of a structure that has passed mi_structure_check. */
mi_status mi_bins_make(mi_bins *bins, const mi_structure *s, double limit, mi_control *control);
void mi_bins_free(mi_bins *bins);

/* The runs (room for bins->runs) that hold all atoms within the limit of those in a bin; returns
 * how many there are. */
size_t mi_bins_around(const mi_bins *bins, size_t bin, mi_bin_run *run);

#endif
