/* Grids, memory of sweeps, and the evaluation of a circuit. */
#include "core/circuit/sweep.h"

#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/base/vmath.h"

static size_t padded_length(size_t n) {
  return (n + MI_CIRCUIT_PAD - 1) / MI_CIRCUIT_PAD * MI_CIRCUIT_PAD;
}

mi_status mi_circuit_grid_make(const double *frequency, size_t n, mi_circuit_grid *grid,
                               mi_control *control) {
  if (n == 0) return mi_fail(control, MI_EINVAL, "frequency: at least one point expected");
  for (size_t i = 0; i < n; i++)
    if (!(frequency[i] > 0 && frequency[i] < 1e100))
      return mi_fail(control, MI_EINVAL, "frequency[%zu]: positive number (Hz) expected, got %g",
                     i + 1, frequency[i]);
  const size_t padded = padded_length(n);
  double *block = mi_alloc(5 * padded, sizeof *block);
  if (!block) return mi_fail(control, MI_ENOMEM, "out of memory");
  *grid = (mi_circuit_grid){n, padded, block, block + padded, block + 2 * padded,
                            block + 3 * padded, block + 4 * padded};
  for (size_t i = 0; i < padded; i++) {
    grid->w[i] = 6.283185307179586476925 * frequency[i < n ? i : n - 1];
    grid->inverse[i] = 1 / grid->w[i];
    grid->root[i] = sqrt(grid->w[i]);
    grid->inverse_root[i] = 1 / grid->root[i];
  }
  mi_vlog(mi_level(control), grid->w, grid->log, padded);
  return MI_OK;
}

void mi_circuit_grid_free(mi_circuit_grid *grid) {
  free(grid->w);
  grid->w = NULL;
}

mi_status mi_circuit_work_make(const mi_circuit_grid *grid, mi_circuit_work *work,
                               mi_control *control) {
  const size_t one = 2 * grid->padded;
  work->x = mi_alloc((2 * MI_CIRCUIT_NODES + MI_CIRCUIT_PARAMETERS) * one, sizeof *work->x);
  if (!work->x) return mi_fail(control, MI_ENOMEM, "out of memory");
  work->adjoint = work->x + MI_CIRCUIT_NODES * one;
  work->dx = work->adjoint + MI_CIRCUIT_NODES * one;
  return MI_OK;
}

void mi_circuit_work_free(mi_circuit_work *work) {
  free(work->x);
  work->x = NULL;
}

/* Derivatives by theta become those by the natural parameters. */
static mi_status derivatives(const mi_circuit *circuit, const double *p,
                             const mi_circuit_grid *grid, mi_circuit_work *work, double *jacobian,
                             mi_control *control) {
  const size_t n = grid->n, count = (size_t)circuit->parameters;
  double *memory = mi_alloc(2 * grid->padded * count, sizeof *memory);
  if (!memory) return mi_fail(control, MI_ENOMEM, "out of memory");
  double *column[MI_CIRCUIT_PARAMETERS];
  for (size_t k = 0; k < count; k++) column[k] = memory + 2 * grid->padded * k;
  MI_DISPATCH(mi_level(control), mi_circuit_backward)
  (circuit, false, grid, NULL, column, work);
  for (size_t k = 0; k < count; k++) {
    const double scale = mi_circuit_parameter_of(circuit, (int)k)->exponent ? 1 : 1 / p[k];
    for (size_t i = 0; i < n; i++) {
      jacobian[k * n + i] = scale * column[k][i];
      jacobian[(count + k) * n + i] = scale * column[k][grid->padded + i];
    }
  }
  free(memory);
  return MI_OK;
}

mi_status mi_circuit_evaluate(const mi_circuit *circuit, const double *p, const double *frequency,
                              size_t n, double *re, double *im, double *jacobian,
                              mi_control *control) {
  mi_circuit_grid grid = {0};
  mi_circuit_work work = {0};
  mi_status status = mi_circuit_grid_make(frequency, n, &grid, control);
  if (!status) status = mi_circuit_work_make(&grid, &work, control);
  if (!status) {
    const double *x = MI_DISPATCH(mi_level(control), mi_circuit_forward)(
        circuit, false, &grid, p, jacobian != NULL, &work);
    memcpy(re, x, n * sizeof *re);
    memcpy(im, x + grid.padded, n * sizeof *im);
    if (jacobian) status = derivatives(circuit, p, &grid, &work, jacobian, control);
  }
  mi_circuit_work_free(&work);
  mi_circuit_grid_free(&grid);
  return status;
}
