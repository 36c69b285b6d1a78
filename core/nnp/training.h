/* Training of neural-network potentials: the sum of squares and its derivatives.
 *
 *     S(w) = sum over structures of weight [ a^2 ((E_ref - E) / n)^2 + b^2 |F_ref - F|^2
 *                                            + c^2 |W_ref - W|^2 / n^2 ]
 *
 * with the energies E (without the offsets of the elements), forces F and virials W of structures
 * of n atoms, as far as their labels are known, and factors a, b, c. The Gauss-Newton matrix J'J
 * and the gradient J'r of S, J = d prediction / d parameters, are added up in waves of structures:
 * rows are made in parallel, then tiles of J'J each by one thread, so that no bit depends on the
 * number of threads.
 *
 * Descriptions of structures (sample.h) are kept as long as they fit into `budget` bytes; the rest
 * is described anew whenever it is needed. BLAS must run on one thread. */
#ifndef MI_NNP_TRAINING_H
#define MI_NNP_TRAINING_H

#include "core/nnp/gradient.h"

typedef struct mi_training {
  mi_model model;
  size_t count, room;
  mi_sample *sample;
  size_t budget, kept;    /* bytes */
} mi_training;

/* Takes the set over (also when it fails). networks [elements]: their shapes; parameters are zero
 * at first, scaling is none. */
mi_status mi_training_make(mi_training *t, mi_symfun_set *set, const mi_network *networks,
                           double conversion, size_t budget, mi_control *control);
void mi_training_free(mi_training *t);

/* Adds a structure; its labels but the forces are then set in *sample. */
mi_status mi_training_add(mi_training *t, const mi_structure *s, const double *forces,
                          mi_sample **sample, mi_control *control);

size_t mi_training_parameters(const mi_training *t);

/* Which structures: their numbers from 0. */
typedef struct mi_subset {
  const int64_t *sample;
  size_t count;
} mi_subset;

/* low, high, mean, sigma of each function of the set over the atoms of its element. */
typedef struct mi_ranges {
  double *low, *high, *mean, *sigma; /* [functions of the set] */
} mi_ranges;

mi_status mi_training_ranges(mi_training *t, const mi_subset *subset, mi_ranges *ranges,
                             mi_control *control);

/* energy [count] (eV), forces (all atoms of the subset's structures, one after the other), virial
 * [count x 6]; forces and virial may be NULL. */
mi_status mi_training_predict(mi_training *t, const mi_subset *subset, double *energy,
                              double *forces, double *virial, mi_control *control);

typedef struct mi_squares {
  double energy, force, virial; /* a, b, c */
  double share;                 /* of the atoms whose forces enter J'J, scaled up; 1: all */
  uint64_t draw;                /* names the drawing of these */
} mi_squares;

/* matrix [n x n], whose lower triangle is set, and gradient [n], n parameters; NULL: only *sum. The
 * gradient is always that of all residuals, at little cost; J'J is what a share saves. */
mi_status mi_training_squares(mi_training *t, const mi_subset *subset, const mi_squares *factors,
                              double *matrix, double *gradient, double *sum, mi_control *control);

/* step [n] = (matrix + lambda diag(matrix) + prior)^-1 gradient, of the lower triangle of matrix;
 * work [n x n] is overwritten.
 * MI_ENUMERIC when the damped matrix is not positive definite. */
mi_status mi_training_step(size_t n, const double *matrix, const double *gradient, double lambda,
                           double prior, double *work, double *step, mi_control *control);

#endif
