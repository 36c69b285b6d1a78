/* The bonds of a structure as a graph with images.
 *
 * Two atoms are bonded when they are nearer than the cutoff of their kinds (elements, say). The
 * bonds of atom i are entries first[i] .. first[i + 1] - 1: the bonded atom `to`, the vector to it,
 * and `shift`, the cell it lies in relative to that of i, packed into one integer
 * (x + 1024 y + 1024^2 z). Packed shifts add like vectors as long as every component stays within
 * +-511, so that a walk on the graph knows in which image of the cell it is: a walk that comes back
 * to its atom with another shift has wound round the cell and is no ring. Every bond stands with
 * both of its atoms. */
#ifndef MI_ANALYSIS_GRAPH_H
#define MI_ANALYSIS_GRAPH_H

#include <stddef.h>
#include <stdint.h>

#include "core/atoms/structure.h"

/* x + 1024 y + 1024^2 z. */
static inline int32_t mi_graph_pack(int x, int y, int z) { return x + 1024 * y + 1048576 * z; }

typedef struct mi_graph {
  size_t n;
  size_t *first;       /* [n + 1] */
  int32_t *to;         /* [first[n]] */
  int32_t *shift;      /* [first[n]] */
  double (*vector)[3]; /* [first[n]] from i to `to`, Å */
} mi_graph;

/* Atoms sorted into kinds 0 .. count - 1. */
typedef struct mi_kinds {
  const int32_t *of; /* [n] */
  int count;
} mi_kinds;

/* cutoff [kinds x kinds], symmetric, Å; 0: never bonded. Atoms that overlap are refused. */
mi_status mi_graph_build(mi_graph *graph, const mi_structure *s, const mi_kinds *kinds,
                         const double *cutoff, mi_control *control);
void mi_graph_free(mi_graph *graph);

/* MI_EINVAL unless every atom has one of the kinds. */
mi_status mi_kinds_check(const mi_kinds *kinds, size_t n, mi_control *control);

/* The angles a-b-c (degrees) between bonds of atoms b: written to angle (unless it is NULL) in the
 * order of atoms and bonds; returns how many there are, fewer when the control is cancelled. */
size_t mi_bond_angles(const mi_graph *graph, const mi_kinds *kinds, int a, int b, int c,
                      double *angle, const mi_control *control);

#endif
