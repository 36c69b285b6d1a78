/* Neighbour lists: for every atom i all atoms j and their periodic images with r < cutoff.
 *
 * Any cell will do: triclinic, periodic along some vectors only, smaller than the cutoff (an atom
 * is then a neighbour of its own images). The work is O(n): atoms are sorted into bins no thinner
 * than the cutoff.
 *
 * The list holds candidates closer than cutoff + skin as 64-bit codes; displacements are computed
 * from the positions of the moment, one atom at a time, into a small block:
 *
 *     mi_neighbours list = {.cutoff = 5, .skin = 0.5};
 *     mi_neighbourhood h;
 *     mi_neighbours_update(&list, &s, NULL, control);      // again before every evaluation
 *     mi_neighbourhood_alloc(&h, &list);                   // one a thread
 *     for (size_t i = 0; i < s.n; i++) {
 *       mi_neighbours_of(&list, &s, i, &h);
 *       for (size_t k = 0; k < h.n; k++) ... h.index[k], h.x[k], h.y[k], h.z[k], h.r[k] ...
 *     }
 *
 * Update does nothing while no atom has moved so far that a pair could have come within the cutoff
 * unnoticed; a cell that changes (strain) is taken into account. The neighbours of an atom come in
 * the order of their atomic number, then their index, then their image, and x_j - x_i is computed
 * the same way always: sums over them have the same bits whenever the list was built, on any
 * number of threads. The displacement of j from i is exactly minus that of i from j. */
#ifndef MI_ATOMS_NEIGHBOURS_H
#define MI_ATOMS_NEIGHBOURS_H

#include "core/atoms/structure.h"

/* Closer atoms are refused as overlapping. */
#define MI_CLOSEST 1e-3

typedef struct mi_neighbours {
  double cutoff, skin; /* set by the caller before the first update; the rest starts as zero */
  bool overlap;        /* set by the caller: atoms may be closer than MI_CLOSEST */
  size_t n;            /* atoms */
  size_t *first;       /* [n + 1] where the candidates of each atom begin in pair */
  uint64_t *pair;      /* number of j (8 bits), index of j (26), image (30) */
  size_t most;         /* the most candidates of any atom */
  /* What it was built from. */
  double *position;
  int32_t *number;
  double box[9];
  bool periodic[3];
} mi_neighbours;

/* The neighbours of one atom. */
typedef struct mi_neighbourhood {
  size_t n;
  uint32_t *index;       /* j, from 0 */
  uint32_t *image;       /* see mi_image */
  double *x, *y, *z, *r; /* from i to j; room for a multiple of 8, aligned to MI_ALIGNMENT */
  double cell[9];        /* for which shift [7 x 7 x 7 x 3] holds where images are: from -3 to 3 */
  double *shift;
} mi_neighbourhood;

/* Builds the list when there is none or it no longer holds; *rebuilt (may be NULL) says so.
 * MI_EINVAL: the structure does not pass mi_structure_check, atoms overlap, the cutoff spans too
 * many cells. */
mi_status mi_neighbours_update(mi_neighbours *list, const mi_structure *s, bool *rebuilt,
                               mi_control *control);
void mi_neighbours_free(mi_neighbours *list);

/* Room for the neighbours of any atom of the list as it is. */
mi_status mi_neighbourhood_alloc(mi_neighbourhood *h, const mi_neighbours *list);
void mi_neighbourhood_free(mi_neighbourhood *h);

/* The neighbours of atom i at the positions of s, for which the list was updated. */
void mi_neighbours_of(const mi_neighbours *list, const mi_structure *s, size_t i,
                      mi_neighbourhood *h);

/* How many cells along vector k (0, 1, 2) the image of j is from the j of the structure. */
static inline int mi_image(uint32_t image, int k) {
  return (int)(image >> (20 - 10 * k) & 1023) - 512;
}

#endif
