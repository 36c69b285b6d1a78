/* Sweeps over a circuit's tree: forward for its immittance, backward for all derivatives; compiled
 * per instruction set.
 *
 * Every node's immittance x is kept in the form its parent adds up: impedance under a series node,
 * admittance under a parallel one. So a child's derivative is that of its parent, times -x^2 where
 * the parent inverts its sum; no division is needed on the way back. `admittance` asks the root for
 * that form.
 *
 * Arrays over frequency are [padded], padded a multiple of MI_CIRCUIT_PAD; the padding repeats the
 * last frequency. Derivatives are by theta: a parameter's logarithm, or the exponent itself. */
#ifndef MI_CIRCUIT_SWEEP_H
#define MI_CIRCUIT_SWEEP_H

#include "core/base/isa.h"
#include "core/circuit/circuit.h"

enum { MI_CIRCUIT_PAD = 8 };

/* Frequencies and what power laws need of them; one block of memory. */
typedef struct mi_circuit_grid {
  size_t n, padded;
  double *w, *log, *inverse, *root, *inverse_root;
} mi_circuit_grid;

mi_status mi_circuit_grid_make(const double *frequency, size_t n, mi_circuit_grid *grid,
                               mi_control *control);
void mi_circuit_grid_free(mi_circuit_grid *grid);

/* d ln x / d theta = constant + log * ln w + j imaginary, of an element that is a power law. */
typedef struct mi_circuit_slope {
  double constant, log, imaginary;
} mi_circuit_slope;

/* Memory of a sweep, for circuits of at most MI_CIRCUIT_NODES on one grid. */
typedef struct mi_circuit_work {
  double *x;       /* [nodes][2][padded]: real, imaginary */
  double *dx;      /* [parameters][2][padded], of elements that are no power laws */
  double *adjoint; /* [nodes][2][padded] */
  mi_circuit_slope slope[MI_CIRCUIT_PARAMETERS];
} mi_circuit_work;

mi_status mi_circuit_work_make(const mi_circuit_grid *grid, mi_circuit_work *work,
                               mi_control *control);
void mi_circuit_work_free(mi_circuit_work *work);

static inline bool mi_circuit_is_law(mi_circuit_kind kind) {
  return kind <= MI_CIRCUIT_W || kind == MI_CIRCUIT_LA;
}

/* x of every node, p: natural parameters. Returns the place of the root's x in work. With
 * derivatives, dx and slope are filled as well. */
MI_DECLARE(const double *, mi_circuit_forward,
           (const mi_circuit *circuit, bool admittance, const mi_circuit_grid *grid,
            const double *p, bool derivatives, mi_circuit_work *work));

/* x of an element and of the nodes above it, at p; those of all others are read from base (as
 * work->x of a forward sweep). */
MI_DECLARE(const double *, mi_circuit_forward_from,
           (const mi_circuit *circuit, bool admittance, const mi_circuit_grid *grid,
            const double *p, int node, const double *base, mi_circuit_work *work));

/* After a forward sweep with derivatives: column[k] [2][padded] = weight * dx_root / dtheta_k;
 * weight [2][padded], NULL for 1. Columns that are NULL are left out. */
MI_DECLARE(void, mi_circuit_backward,
           (const mi_circuit *circuit, bool admittance, const mi_circuit_grid *grid,
            const double *weight, double *const *column, mi_circuit_work *work));

/* residual [2][padded] = weight * (data - x); returns its square sum. */
MI_DECLARE(double, mi_circuit_residual,
           (const double *data, const double *weight, const double *x, size_t length,
            double *residual));

/* Modified Gram-Schmidt of the n columns [rows] (rows a multiple of MI_CIRCUIT_PAD), the last of
 * which is a right-hand side: r [n x n] holds R above, and Q'b in its last column. A column that
 * vanishes gives a zero pivot. Columns are overwritten. */
MI_DECLARE(void, mi_circuit_qr, (double *const *column, int n, size_t rows, double *r));

#endif
