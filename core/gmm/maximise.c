/* The conditional maximisations of the M-step of shapes that are no Gaussians.
 *
 * Q of one component is maximised over mu, then sigma, then skew and eta where the shape has them,
 * each with the values just found: near a maximum by Newton's method on the analytic derivatives,
 * which takes two or three passes over the points; else by Brent's method on the whole range, then
 * Newton. */
#include "core/base/optimise_brent.h"
#include "core/gmm/fit.h"

#include <math.h>

#define TOLERANCE 1e-10 /* of the parameter, in Brent's method */
#define NEAR 0.1        /* longest first step of Newton's method: sigmas, or of eta or skew */
#define DONE 1e-8       /* a step that leaves an error of its square */
enum { EVALUATIONS = 200, NEWTON = 8 };

typedef struct target {
  const mi_gmm_work *work;
  const double *v;
  mi_gmm_component c;
  mi_gmm_parameter by; /* which parameter is free */
  double *free;        /* it, in c */
  double low, high;    /* its bounds */
} target;

static double q_of(const target *t) {
  const mi_gmm_work *w = t->work;
  if (w->options.shape == MI_GMM_DONIACH)
    return MI_DISPATCH(w->isa, mi_gmm_doniach_q)(&w->data, t->v, &t->c);
  return MI_DISPATCH(w->isa, mi_gmm_voigt_q)(&w->data, t->v, &t->c);
}

static mi_gmm_slope slope_of(const target *t) {
  const mi_gmm_work *w = t->work;
  if (w->options.shape == MI_GMM_DONIACH)
    return MI_DISPATCH(w->isa, mi_gmm_doniach_slope)(&w->data, t->v, &t->c, t->by);
  return MI_DISPATCH(w->isa, mi_gmm_voigt_slope)(&w->data, t->v, &t->c, t->by);
}

static mi_status cost(void *context, double x, double *value) {
  target *t = context;
  *t->free = x;
  *value = -q_of(t);
  return MI_OK;
}

static double clamp(double value, double low, double high) {
  return value < low ? low : value > high ? high : value;
}

/* Steps that at least halve and a curvature that stays negative lead to the maximum at hand; false,
 * with the parameter as it was, when that fails. */
static bool newton(target *t) {
  const double start = *t->free;
  double last = 2 * NEAR;
  for (int i = 0; i < NEWTON; i++) {
    const mi_gmm_slope s = slope_of(t);
    const double unit = t->by == MI_GMM_MU || t->by == MI_GMM_SIGMA ? t->c.sigma : 1;
    const double step = -s.first / s.second;
    if (*t->free == t->low && s.first < 0) return true; /* a maximum at a bound */
    if (*t->free == t->high && s.first > 0) return true;
    if (!(s.second < 0 && fabs(step) <= 0.5 * last)) break;
    *t->free = clamp(*t->free + step * unit, t->low, t->high);
    if (fabs(step) < DONE) return true;
    last = fabs(step);
  }
  *t->free = start;
  return false;
}

/* Sets the free parameter to where Q is greatest, if that is better than where it was. */
static void search(target *t) {
  const double old = *t->free, before = -q_of(t);
  mi_brent_result best;
  const mi_status status =
      mi_brent_minimum(cost, t, t->low, t->high, TOLERANCE, EVALUATIONS, &best, NULL);
  *t->free = status == MI_OK && best.value <= before ? best.x : old;
  (void)newton(t);
}

static void improve(target *t, mi_gmm_parameter by, double *free, double low, double high) {
  t->by = by;
  t->free = free;
  t->low = low, t->high = high;
  if (!newton(t)) search(t);
}

void mi_gmm_maximise(const mi_gmm_work *work, const double *v, mi_gmm_component *c) {
  target t = {.work = work, .v = v, .c = *c};
  improve(&t, MI_GMM_MU, &t.c.mu, work->data.low, work->data.high);
  improve(&t, MI_GMM_SIGMA, &t.c.sigma, work->options.sigma_min, work->options.sigma_max);
  if (work->options.shape == MI_GMM_DONIACH)
    improve(&t, MI_GMM_SKEW, &t.c.skew, 0, MI_GMM_MOST_SKEW);
  if (work->options.shape != MI_GMM_LORENTZ) improve(&t, MI_GMM_ETA, &t.c.eta, 0, 1);
  *c = t.c;
}
