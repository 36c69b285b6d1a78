/* Pair distances: histograms for radial distribution functions, and what follows from them.
 *
 *     g_ab(r) = h_ab(r) / (N_a (4 pi / 3) (r2^3 - r1^3) N_b / V)       in shells r1 <= r < r2
 *
 * where h_ab counts the pairs (i of kind a, j of kind b, j != i, all images). Faber and Ziman's
 * partial structure factors are
 *
 *     S_ab(q) = 1 + 4 pi rho int_0^R r^2 (g_ab(r) - 1) sin(q r) / (q r) w(r) dr
 *
 * with w = 1, or Lorch's window w = sin(pi r / R) / (pi r / R), which damps the ripples of the
 * integral's end at R and broadens peaks by about pi / R (Lorch, J. Phys. C 2, 229 (1969)). */
#ifndef MI_ANALYSIS_PAIRS_H
#define MI_ANALYSIS_PAIRS_H

#include "core/analysis/graph.h"

typedef struct mi_shells {
  double longest; /* Å; shell k reaches from k longest / count to (k + 1) longest / count */
  int64_t count;
} mi_shells;

/* Adds to histogram [kinds x kinds x shells] the pairs of a structure. */
mi_status mi_pair_histogram(const mi_structure *s, const mi_kinds *kinds, const mi_shells *shells,
                            int64_t *histogram, mi_control *control);

/* factor [m] of g [shells] at q [m] (1/Å); density in atoms/Å^3. */
mi_status mi_structure_factor(const double *g, const mi_shells *shells, double density, bool lorch,
                              const double *q, int64_t m, double *factor, mi_control *control);

#endif
