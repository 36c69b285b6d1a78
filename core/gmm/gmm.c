/* Fitting a mixture: from a start or a search to the result with its errors. */
#include "core/gmm/gmm.h"

#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/gmm/fit.h"

mi_gmm_options mi_gmm_options_default(void) {
  return (mi_gmm_options){.shape = MI_GMM_GAUSS,
                          .weight = MI_GMM_CELL,
                          .k = 1,
                          .tolerance = 1e-12,
                          .max_iterations = 20000,
                          .accelerate = true,
                          .starts = 30,
                          .seed = 1,
                          .alpha = 1, .noise = 1,
                          .errors = true};
}

mi_status mi_gmm_check_start(const mi_gmm_component *c, int k, int bases, mi_control *control) {
  double total = 0;
  for (int j = 0; j < k + bases; j++) {
    if (!(c[j].pi >= 0 && c[j].pi <= 1))
      return mi_fail(control, MI_EINVAL, "start: pi from 0 to 1 expected, got %g", c[j].pi);
    total += c[j].pi;
    if (j >= k) continue;
    if (!isfinite(c[j].mu))
      return mi_fail(control, MI_EINVAL, "start: finite mu expected, got %g", c[j].mu);
    if (!(c[j].sigma > 0 && isfinite(c[j].sigma)))
      return mi_fail(control, MI_EINVAL, "start: sigma > 0 expected, got %g", c[j].sigma);
    if (!(c[j].eta >= 0 && c[j].eta <= 1))
      return mi_fail(control, MI_EINVAL, "start: eta from 0 to 1 expected, got %g", c[j].eta);
    if (!(c[j].skew >= 0 && c[j].skew <= MI_GMM_MOST_SKEW))
      return mi_fail(control, MI_EINVAL, "start: skew from 0 to below 1 expected, got %g",
                     c[j].skew);
  }
  if (!(fabs(total - 1) < 1e-6))
    return mi_fail(control, MI_EINVAL, "start: pi must sum to 1, got %g", total);
  return MI_OK;
}

/* Of the background's components pi alone counts. */
static void set_bases(const mi_gmm_work *work, mi_gmm_component *c) {
  const mi_gmm_data *d = &work->data;
  for (int j = work->options.k; j < work->all; j++)
    c[j] = (mi_gmm_component){c[j].pi, 0.5 * (d->low + d->high), d->high - d->low, 0, 0};
}

static mi_status iterate(const mi_gmm_work *work, const mi_gmm_component *start, double *trace,
                         mi_gmm_climb *climb, mi_control *control) {
  const mi_gmm_options *o = &work->options;
  mi_status status = MI_OK;
  if (start) {
    status = mi_gmm_check_start(start, o->k, work->data.bases, control);
    memcpy(climb->c, start, (size_t)work->all * sizeof *start);
    if (o->shape == MI_GMM_LORENTZ)
      for (int j = 0; j < o->k; j++) climb->c[j].eta = 1;
    set_bases(work, climb->c);
  } else {
    status = mi_gmm_search(work, climb, control);
  }
  climb->iterations = 0;
  if (status != MI_OK) return status;
  return mi_gmm_ascend(work, climb, o->steps > 0 ? o->steps : o->max_iterations, trace, control);
}

mi_status mi_gmm_fit(const mi_gmm_options *options, const double *x, const double *y, size_t n,
                     const mi_gmm_component *start, double *trace, mi_gmm_result *result,
                     mi_control *control) {
  mi_gmm_work work;
  mi_gmm_climb climb = {.iterations = 0};
  mi_status status = mi_gmm_begin(&work, options, x, y, n, control);
  if (status != MI_OK) return status;
  status = iterate(&work, start, trace, &climb, control);
  if (status == MI_OK) {
    memset(result, 0, sizeof *result);
    result->k = options->k;
    result->log_likelihood = climb.ll;
    result->weight = work.data.total;
    result->iterations = climb.iterations;
    result->reason = climb.reason;
    memcpy(result->component, climb.c, sizeof climb.c);
    status = mi_gmm_errors(&work, climb.c, result, control);
  }
  mi_gmm_end(&work);
  return status;
}
