/* Spectra with weights, and problems. */
#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/circuit/fit.h"

static mi_status check_point(size_t i, double re, double im, mi_control *control) {
  if (!isfinite(re) || !isfinite(im))
    return mi_fail(control, MI_EINVAL, "impedance[%zu]: finite number expected, got %g%+gj", i + 1,
                   re, im);
  if (re == 0 && im == 0)
    return mi_fail(control, MI_EINVAL, "impedance[%zu] is zero; a fit needs it to be another value",
                   i + 1);
  return MI_OK;
}

static mi_status weights_of(const mi_circuit_data *d, size_t i, mi_circuit_weight weight,
                            const double *sigma, double modulus, double *w, mi_control *control) {
  const size_t n = d->grid.n;
  const double re = d->value[i], im = d->value[d->grid.padded + i];
  w[0] = w[1] = 1;
  if (weight == MI_CIRCUIT_MODULUS) w[0] = w[1] = 1 / hypot(re, im);
  if (weight == MI_CIRCUIT_PROPORTIONAL) {
    w[0] = 1 / fabs(re);
    w[1] = 1 / fabs(im);
  }
  if (weight == MI_CIRCUIT_SIGMA) {
    const double scale = d->admittance ? modulus * modulus : 1;
    w[0] = scale / sigma[i];
    w[1] = scale / sigma[n + i];
  }
  if (isfinite(w[0]) && isfinite(w[1]) && w[0] > 0 && w[1] > 0) return MI_OK;
  return mi_fail(control, MI_EINVAL, "weight of point %zu: %s", i + 1,
                 weight == MI_CIRCUIT_SIGMA ? "sigma must be positive"
                                            : "a part of the data is zero; choose another weight");
}

static mi_status fill_point(mi_circuit_data *d, size_t i, double re, double im,
                            mi_circuit_weight weight, const double *sigma, mi_control *control) {
  const size_t padded = d->grid.padded;
  double w[2];
  mi_status status = check_point(i, re, im, control);
  if (status) return status;
  const double modulus = hypot(re, im), square = modulus * modulus;
  d->value[i] = d->admittance ? re / square : re;
  d->value[padded + i] = d->admittance ? -im / square : im;
  status = weights_of(d, i, weight, sigma, modulus, w, control);
  if (status) return status;
  for (size_t k = 0; k < 2; k++) {
    const double value = d->value[k * padded + i];
    d->weight[k * padded + i] = w[k];
    d->log_weights += log(w[k]);
    d->scale += w[k] * w[k] * value * value;
  }
  d->high = fmax(d->high, modulus);
  d->low = fmin(d->low, fmax(fmin(fabs(re), fabs(im)), 1e-3 * modulus));
  return MI_OK;
}

mi_status mi_circuit_data_make(const double *frequency, const double *re, const double *im,
                               size_t n, mi_circuit_weight weight, const double *sigma,
                               bool admittance, mi_circuit_data *data, mi_control *control) {
  *data = (mi_circuit_data){.admittance = admittance, .low = HUGE_VAL};
  mi_status status = mi_circuit_grid_make(frequency, n, &data->grid, control);
  if (status) return status;
  const size_t padded = data->grid.padded;
  data->value = mi_alloc_zero(4 * padded, sizeof *data->value);
  if (!data->value) status = mi_fail(control, MI_ENOMEM, "out of memory");
  else
    data->weight = data->value + 2 * padded;
  for (size_t i = 0; i < n && !status; i++)
    status = fill_point(data, i, re[i], im[i], weight, sigma, control);
  if (status) mi_circuit_data_free(data);
  return status;
}

void mi_circuit_data_free(mi_circuit_data *data) {
  mi_circuit_grid_free(&data->grid);
  free(data->value);
  data->value = NULL;
}

void mi_circuit_problem_make(const mi_circuit *circuit, mi_circuit_problem *problem) {
  problem->circuit = *circuit;
  problem->variables = circuit->parameters;
  for (int k = 0; k < circuit->parameters; k++) {
    const mi_circuit_parameter *p = mi_circuit_parameter_of(circuit, k);
    problem->map[k] = k;
    problem->offset[k] = 0;
    problem->lower[k] = p->exponent ? p->lower : log(p->lower);
    problem->upper[k] = p->exponent ? p->upper : log(p->upper);
  }
}
