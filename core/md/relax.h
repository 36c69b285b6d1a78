/* Relaxation: a local minimum of the enthalpy H = E + P V over positions and, if wanted, the cell.
 *
 * The cell is cell_0 F with a symmetric F, positions are x F. Variables are x and scale (F - 1);
 *
 *     dH/dx = -f F'        dH/dF = F^-T (P V - W)
 *
 * and the scale 2 sqrt n makes both about equally stiff. Isotropic and orthorhombic cells keep
 * only that part of dH/dF. */
#ifndef MI_RELAX_H
#define MI_RELAX_H

#include "core/md/evaluator.h"

typedef enum mi_relax_method { MI_RELAX_LBFGS, MI_RELAX_FIRE } mi_relax_method;
typedef enum mi_relax_cell {
  MI_CELL_FIXED,
  MI_CELL_ISOTROPIC,
  MI_CELL_ORTHORHOMBIC,
  MI_CELL_TRICLINIC
} mi_relax_cell;

typedef struct mi_relax_options {
  mi_relax_method method;
  mi_relax_cell cell;
  double pressure;  /* eV/Å^3 */
  double force;     /* eV/Å: converged when no force is longer, ... */
  double stress;    /* eV/Å^3: ... and no stress that may relax is farther from the pressure */
  int iterations;   /* the most allowed */
  const bool *fixed; /* [n] atoms that stay where they are (in a changing cell: x), or NULL */
} mi_relax_options;

typedef struct mi_relax_result {
  double *position; /* [n x 3]; owned */
  double cell[3][3];
  double energy, enthalpy; /* eV */
  double force, stress;    /* the greatest left, as above */
  int iterations;
  int64_t evaluations;
  bool converged;
} mi_relax_result;

/* L-BFGS, 1e-4 eV/Å, 1e-6 eV/Å^3, 2000 iterations, fixed cell. */
mi_relax_options mi_relax_options_default(void);

mi_status mi_relax(const mi_relax_options *options, const mi_potential *potential,
                   const mi_structure *s, mi_relax_result *result, mi_control *control);
void mi_relax_free(mi_relax_result *result);

/* ---- FIRE, for relax.c, neb.c and dimer.c ---------------------------------------------------- */

/* FIRE: dynamics that forgets its velocity when it goes uphill (Bitzek et al., Phys. Rev. Lett. 97,
 * 170201 (2006)), with steps of at most 0.2 Å for all variables together. */
typedef struct mi_fire {
  size_t n;
  double *velocity; /* [n]; owned */
  double dt, alpha;
  int downhill;
} mi_fire;

mi_status mi_fire_begin(mi_fire *fire, size_t n);
void mi_fire_end(mi_fire *fire);

/* Moves x by a step along the forces. */
void mi_fire_step(mi_fire *fire, const double *force, double *x);

#endif
