/* The conditional maximisations of the pseudo-Voigt M-step.
 *
 * Q(mu, sigma, eta) of one component is maximised over mu, then sigma, then eta, each with the
 * values just found, by Brent's method. */
#include "core/base/optimise_brent.h"
#include "core/gmm/fit.h"

#define TOLERANCE 1e-10 /* of the parameter */
enum { EVALUATIONS = 200 };

typedef struct target {
  const mi_gmm_work *work;
  const double *v;
  mi_gmm_component c;
  double *free; /* the member of c that is searched */
} target;

/* -Q with the free parameter at x */
static mi_status cost(void *context, double x, double *value) {
  target *t = context;
  *t->free = x;
  *value = -MI_DISPATCH(t->work->isa, mi_gmm_voigt_q)(&t->work->data, t->v, t->c.mu, t->c.sigma,
                                                      t->c.eta);
  return MI_OK;
}

/* Sets the free parameter to where Q is greatest, if that is better than where it was. */
static void improve(target *t, double *free, double low, double high) {
  const double old = *free;
  double before;
  mi_brent_result best;
  t->free = free;
  (void)cost(t, old, &before);
  const mi_status status =
      mi_brent_minimum(cost, t, low, high, TOLERANCE, EVALUATIONS, &best, NULL);
  *free = status == MI_OK && best.value <= before ? best.x : old;
}

void mi_gmm_voigt_maximise(const mi_gmm_work *work, const double *v, mi_gmm_component *c) {
  target t = {work, v, *c, NULL};
  improve(&t, &t.c.mu, work->data.low, work->data.high);
  improve(&t, &t.c.sigma, work->options.sigma_min, work->options.sigma_max);
  improve(&t, &t.c.eta, 0, 1);
  *c = t.c;
}
