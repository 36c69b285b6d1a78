/* The common loop of potentials whose energy of an atom depends on the vectors to its neighbours:
 *
 *     E = sum_i E_i(d_1, d_2, ...)     d_k = r_jk - r_i     g_k = dE_i/dd_k
 *     F_i += g_k     F_jk -= g_k     W -= d_k g_k'
 *
 * A potential supplies only E_i and g_k of one atom, from the shell of its neighbours. Atoms are
 * worked on in chunks whose number depends on the number of atoms alone; each chunk collects
 * forces of its own, which are added up in the order of the chunks: the bits of the result do not
 * depend on threads. In a sum over pairs of atoms, E_i = 1/2 sum_k phi(r_k), both ends of a pair
 * have the same g, so that F_i = 2 sum_k g_k and nothing need be collected. */
#ifndef MI_POTENTIALS_LOCAL_H
#define MI_POTENTIALS_LOCAL_H

#include "core/potentials/potential.h"
#include "core/potentials/species.h"

/* Neighbours of one type: a part of the arrays of a shell, as long as vectors need it. */
typedef struct mi_block {
  int type;
  size_t begin, end; /* multiples of 8 */
} mi_block;

/* The neighbours of an atom. Places that a block does not need hold neighbours at MI_FAR, beyond
 * every cutoff, so that a kernel may work on whole vectors and mask by the distance alone. */
typedef struct mi_shell {
  int blocks;
  mi_block block[MI_SPECIES_MOST];
  size_t n;              /* places in use, a multiple of 8 */
  size_t room;           /* places there are */
  uint32_t *index;       /* j */
  double *x, *y, *z, *r; /* d and |d| */
  double *gx, *gy, *gz;  /* g: the kernel fills all n places */
  double *work;          /* rows x room, the kernel's own */
} mi_shell;

#define MI_FAR 1e6

/* Returns E_i of an atom of the type and fills g. */
typedef double mi_local_kernel(const void *self, int type, mi_shell *shell);

typedef struct mi_local {
  const mi_species *species;
  mi_local_kernel *kernel;
  const void *self;
  size_t rows;   /* of work that the kernel wants */
  bool pairwise; /* a sum over pairs of atoms */
} mi_local;

/* Adds energies, forces and virial to the result. */
mi_status mi_local_evaluate(const mi_local *local, const mi_structure *s,
                            const mi_neighbours *list, mi_evaluation *result,
                            mi_control *control);

/* Threads for so many chunks: waiting threads cost more than small systems. */
static inline int mi_threads_for(const mi_control *control, size_t chunks) {
  const size_t threads = (size_t)mi_threads(control);
  return (int)(chunks < threads ? chunks > 0 ? chunks : 1 : threads);
}

#endif
