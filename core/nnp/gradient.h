/* Energies, forces and virials of training structures, and their derivatives by the parameters.
 *
 * For one atom i with scaled functions g the network gives E and, backwards, q = dE/dg. A force is
 *
 *     F = - sum_i q_i . v_i,      v_i = d g_i / d x
 *
 * and its derivative by a parameter is that of the directional derivative s = q . v of each centre:
 * forward along v (z' = W v, y' = f'(z) z', ...), then backward through both chains,
 *
 *     ds/dW_l = y_(l-1) B_l + y'_(l-1) A_l,   A_l = dE/dz_l,   B_l = ds/dz_l
 *     B_l = f''_l z'_l (dE/dy_l) + f'_l (B_(l+1) W^T),   B_L = f''_L z'_L,
 *
 * where A and dE/dy do not depend on the direction. All centres of a force go through it as the
 * rows of small matrices. A virial is the same with v = - d g / d strain. */
#ifndef MI_NNP_GRADIENT_H
#define MI_NNP_GRADIENT_H

#include "core/nnp/network.h"
#include "core/nnp/sample.h"

/* What maps symmetry functions and parameters to energies. */
typedef struct mi_model {
  mi_symfun_set set;
  mi_network *network;    /* [elements]; parameters point into `parameter` */
  size_t *start;          /* [elements + 1] where those of an element begin */
  double *parameter;      /* all of them */
  double *shift, *factor, *base; /* [functions of the set] g = (G - shift) factor + base */
  double conversion;      /* energies of networks over eV */
} mi_model;

/* One thread's results for one structure. */
typedef struct mi_pass mi_pass;

mi_status mi_pass_new(mi_pass **pass, const mi_model *model, mi_control *control);
void mi_pass_free(mi_pass *pass);

/* Runs the networks of all atoms of a described sample, which must stay as it is while the other
 * functions are used. */
mi_status mi_pass_run(mi_pass *pass, const mi_sample *sample, const mi_described *d,
                      const mi_control *control);

double mi_pass_energy(const mi_pass *pass);
void mi_pass_force(const mi_pass *pass, size_t atom, double force[3]);
void mi_pass_virial(const mi_pass *pass, double virial[6]);

/* Derivatives by the parameters: rows of the length start[elements]. That of the sum of forces .
 * F + virial . W, for given factors (NULL: none), costs little more than a single force. */
void mi_pass_energy_gradient(mi_pass *pass, double *row);
mi_status mi_pass_force_gradient(mi_pass *pass, size_t atom, double *rows);   /* 3 rows */
mi_status mi_pass_virial_gradient(mi_pass *pass, double *rows);               /* 6 rows */
mi_status mi_pass_sum_gradient(mi_pass *pass, const double *forces, const double *virial,
                               double *row);

#endif
