/* Climbing the likelihood: plain EM, and EM with squared extrapolation (SQUAREM).
 *
 * Two EM steps from a give b and c. With r = b - a and v = (c - b) - r the extrapolated point is
 *
 *     a - 2 s r + s^2 v,      s = -|r| / |v|      (Varadhan and Roland, Scand. J. Stat. 35, 335)
 *
 * in the coordinates (log pi, mu / range, log sigma, eta, skew). It is kept only if its LL is not
 * below that of b; else the climb goes on from c, so LL never falls. A cycle costs two steps,
 * because the step that gives LL of a point gives the first EM step from it as well. */
#include <math.h>
#include <string.h>

#include "core/gmm/fit.h"

enum { COORDINATES = 5 };

static bool flat(const mi_gmm_work *work, double rise) {
  const mi_gmm_options *o = &work->options;
  if (o->steps > 0) return false;
  return rise < o->tolerance * work->data.total || fabs(rise) < o->tolerance_nats;
}

static size_t bytes_of(const mi_gmm_work *work) {
  return (size_t)work->all * sizeof(mi_gmm_component);
}

static void to_coordinates(const mi_gmm_work *work, const mi_gmm_component *c, double *z) {
  z[0] = log(c->pi);
  z[1] = c->mu / (work->data.high - work->data.low);
  z[2] = log(c->sigma);
  z[3] = c->eta;
  z[4] = c->skew;
}

static double clamp(double value, double low, double high) {
  return value < low ? low : value > high ? high : value;
}

static void from_coordinates(const mi_gmm_work *work, const double *z, mi_gmm_component *c) {
  const mi_gmm_data *d = &work->data;
  c->pi = exp(z[0]);
  c->mu = clamp(z[1] * (d->high - d->low), d->low, d->high);
  c->sigma = clamp(exp(z[2]), work->options.sigma_min, work->options.sigma_max);
  c->eta = clamp(z[3], 0, 1);
  c->skew = clamp(z[4], 0, MI_GMM_MOST_SKEW);
}

/* Writes the extrapolated mixture; false when there is nothing to extrapolate. */
static bool extrapolate(const mi_gmm_work *work, const mi_gmm_component *a,
                        const mi_gmm_component *b, const mi_gmm_component *c,
                        mi_gmm_component *to) {
  double origin[MI_GMM_MOST][COORDINATES], r[MI_GMM_MOST][COORDINATES];
  double v[MI_GMM_MOST][COORDINATES], rr = 0, vv = 0, total = 0;
  const int k = work->all;
  for (int j = 0; j < k; j++) {
    if (!(a[j].pi > 0 && b[j].pi > 0 && c[j].pi > 0)) return false;
    double zb[COORDINATES], zc[COORDINATES];
    to_coordinates(work, a + j, origin[j]);
    to_coordinates(work, b + j, zb);
    to_coordinates(work, c + j, zc);
    for (int i = 0; i < COORDINATES; i++) {
      r[j][i] = zb[i] - origin[j][i];
      v[j][i] = (zc[i] - zb[i]) - r[j][i];
      rr += r[j][i] * r[j][i];
      vv += v[j][i] * v[j][i];
    }
  }
  const double s = -sqrt(rr / vv);
  if (!isfinite(s) || s > -1) return false;
  for (int j = 0; j < k; j++) {
    for (int i = 0; i < COORDINATES; i++) origin[j][i] += s * (s * v[j][i] - 2 * r[j][i]);
    from_coordinates(work, origin[j], to + j);
    total += to[j].pi;
  }
  for (int j = 0; j < k; j++) to[j].pi /= total;
  return isfinite(total);
}

/* Goes on from a mixture whose LL is known to the next one, and keeps the record. */
static void accept(const mi_gmm_work *work, mi_gmm_climb *climb, const mi_gmm_component *c,
                   double ll, double *trace) {
  memcpy(climb->c, c, bytes_of(work));
  climb->ll = ll;
  if (trace) trace[climb->iterations + 1] = ll;
  climb->iterations++;
}

mi_status mi_gmm_ascend(const mi_gmm_work *work, mi_gmm_climb *climb, int most, double *trace,
                        mi_control *control) {
  const mi_gmm_options *o = &work->options;
  const bool squared = o->accelerate && o->steps == 0 && o->alpha == 1;
  const int last = climb->iterations + most;
  mi_gmm_component before[MI_GMM_MOST], next[MI_GMM_MOST], after[MI_GMM_MOST];
  mi_gmm_component far[MI_GMM_MOST];
  climb->ll = mi_gmm_step(work, climb->c, next);
  if (trace) trace[climb->iterations] = climb->ll;
  climb->reason = work->options.steps > 0 ? MI_GMM_STEPS : MI_GMM_ITERATIONS;
  while (climb->iterations < last) {
    if (mi_cancelled(control)) return MI_ECANCEL;
    const double old = climb->ll, ll = mi_gmm_step(work, next, after);
    memcpy(before, climb->c, bytes_of(work));
    accept(work, climb, next, ll, trace);
    if (flat(work, ll - old)) {
      climb->reason = MI_GMM_TOLERANCE;
      return MI_OK;
    }
    memcpy(next, after, bytes_of(work));
    if (!squared || climb->iterations == last) continue;
    if (!extrapolate(work, before, climb->c, after, far)) continue;
    const double reached = mi_gmm_step(work, far, after);
    if (!(reached >= ll)) continue;
    accept(work, climb, far, reached, trace);
    memcpy(next, after, bytes_of(work));
  }
  return MI_OK;
}
