/* Many spectra on one axis, each fitted as mi_gmm_fit does.
 *
 * The spectra are cut into chunks of fixed length, which threads take in any order: a warm start
 * never reaches over the edge of a chunk, so the results do not depend on the number of threads. */
#include <math.h>
#include <string.h>

#include "core/base/chunks.h"
#include "core/base/memory.h"
#include "core/gmm/fit.h"

enum { CHUNK = 64 };

typedef struct job {
  const mi_gmm_options *options;
  const double *x, *y;
  size_t n;
  const mi_gmm_component *start;
  bool warm;
  mi_gmm_map *map;
} job;

static void write_spectrum(const job *j, size_t i, const mi_gmm_result *r) {
  const size_t k = (size_t)j->options->k;
  memcpy(j->map->component + i * k, r->component, k * sizeof *r->component);
  if (j->map->error) memcpy(j->map->error + i * k, r->error, k * sizeof *r->error);
  memcpy(j->map->scale + i * k, r->scale, k * sizeof *r->scale);
  j->map->log_likelihood[i] = r->log_likelihood;
  j->map->weight[i] = r->weight;
  j->map->misfit[i] = r->misfit;
  j->map->iterations[i] = r->iterations;
  j->map->reason[i] = (uint8_t)r->reason;
}

/* What stands for a spectrum that holds no peaks: negative or not finite somewhere, or all zero. */
static mi_gmm_result unusable(int k) {
  mi_gmm_result r = {.k = k, .log_likelihood = NAN, .weight = NAN, .misfit = NAN,
                     .reason = MI_GMM_UNUSABLE};
  for (int c = 0; c < k; c++) {
    r.component[c] = r.error[c] = (mi_gmm_component){NAN, NAN, NAN, NAN, NAN};
    r.scale[c] = NAN;
  }
  return r;
}

static mi_status fit_chunk(const void *context, size_t first, size_t last, mi_control *control) {
  const job *j = context;
  mi_gmm_component before[MI_GMM_MOST];
  const mi_gmm_component *start = j->start;
  mi_gmm_result r;
  for (size_t i = first; i < last; i++) {
    const mi_status status = mi_gmm_fit(j->options, j->x, j->y + i * j->n, j->n, start, NULL, &r,
                                        control);
    if (status != MI_OK && status != MI_EINVAL) return status;
    if (status == MI_EINVAL) r = unusable(j->options->k);
    write_spectrum(j, i, &r);
    if (status != MI_OK || !j->warm) continue;
    memcpy(before, r.component, sizeof before);
    start = before;
  }
  return MI_OK;
}

/* What no spectrum could be fitted with: the axis, the options, the start. A flat line stands for
 * the spectra. */
static mi_status check(const job *j, mi_control *control) {
  mi_gmm_work work;
  double *flat = MI_NEW(double, j->n);
  if (!flat) return mi_fail(control, MI_ENOMEM, "out of memory");
  for (size_t i = 0; i < j->n; i++) flat[i] = 1;
  mi_status status = mi_gmm_begin(&work, j->options, j->x, flat, j->n, control);
  free(flat);
  if (status != MI_OK) return status;
  mi_gmm_end(&work);
  const int bases = mi_gmm_bases(j->options->background);
  return j->start ? mi_gmm_check_start(j->start, j->options->k, bases, control) : MI_OK;
}

mi_status mi_gmm_fit_map(const mi_gmm_options *options, const double *x, size_t n, const double *y,
                         size_t count, const mi_gmm_component *start, bool warm, mi_gmm_map *map,
                         mi_control *control) {
  const job j = {options, x, y, n, start, warm, map};
  const mi_status status = check(&j, control);
  if (status != MI_OK) return status;
  return mi_for_chunks(count, CHUNK, "spectra", fit_chunk, &j, control);
}
