/* The conditional maximisations of the pseudo-Voigt M-step.
 *
 * Q(mu, sigma, eta) of one component is maximised over mu, then sigma, then eta, each with the
 * values just found. One-dimensional search by Brent's method (golden section with parabolic
 * steps; Brent, Algorithms for Minimization without Derivatives, 1973, chapter 5). */
#include <math.h>

#include "core/gmm/fit.h"

typedef struct target {
  const mi_gmm_work *work;
  const double *v;
  mi_gmm_component c;
  double *free; /* the member of c that is searched */
} target;

/* -Q with the free parameter at value */
static double cost(target *t, double value) {
  *t->free = value;
  return -MI_DISPATCH(t->work->isa, mi_gmm_voigt_q)(&t->work->data, t->v, t->c.mu, t->c.sigma,
                                                    t->c.eta);
}

/* Three points, x the best: the step to the vertex of their parabola, or 0 when it is no good. */
static double parabolic_step(const double *x, const double *f, double limit, double low,
                             double high, double tolerance) {
  const double r = (x[0] - x[1]) * (f[0] - f[2]), q = (x[0] - x[2]) * (f[0] - f[1]);
  double p = (x[0] - x[2]) * q - (x[0] - x[1]) * r, d = 2 * (q - r);
  if (d > 0) p = -p;
  d = fabs(d);
  if (fabs(p) >= fabs(0.5 * d * limit) || p <= d * (low - x[0]) || p >= d * (high - x[0])) return 0;
  const double step = p / d, at = x[0] + step;
  const bool near_end = at - low < 2 * tolerance || high - at < 2 * tolerance;
  return near_end ? copysign(tolerance, 0.5 * (low + high) - x[0]) : step;
}

/* The minimum of cost in [low, high]; x[0], x[1], x[2] are the best points so far, in order. */
static double minimum(target *t, double low, double high, double tolerance) {
  const double golden = 0.5 * (3 - sqrt(5)), eps = 1.5e-8;
  double x[3], f[3], step = 0, previous = 0;
  x[0] = x[1] = x[2] = low + golden * (high - low);
  f[0] = f[1] = f[2] = cost(t, x[0]);
  for (int i = 0; i < 200; i++) {
    const double middle = 0.5 * (low + high), tol = eps * fabs(x[0]) + tolerance / 3;
    if (fabs(x[0] - middle) <= 2 * tol - 0.5 * (high - low)) break;
    double next = fabs(previous) > tol ? parabolic_step(x, f, previous, low, high, tol) : 0;
    previous = step;
    if (next == 0) {
      previous = x[0] < middle ? high - x[0] : low - x[0];
      next = golden * previous;
    }
    step = next;
    const double u = x[0] + (fabs(step) >= tol ? step : copysign(tol, step)), fu = cost(t, u);
    if (fu <= f[0]) {
      *(u < x[0] ? &high : &low) = x[0];
      x[2] = x[1], f[2] = f[1], x[1] = x[0], f[1] = f[0], x[0] = u, f[0] = fu;
    } else {
      *(u < x[0] ? &low : &high) = u;
      if (fu <= f[1] || x[1] == x[0]) {
        x[2] = x[1], f[2] = f[1], x[1] = u, f[1] = fu;
      } else if (fu <= f[2] || x[2] == x[0] || x[2] == x[1]) {
        x[2] = u, f[2] = fu;
      }
    }
  }
  return x[0];
}

/* Sets the free parameter to where Q is greatest, if that is better than where it was. */
static void raise_q(target *t, double *free, double low, double high) {
  const double old = *free;
  t->free = free;
  const double before = cost(t, old);
  const double best = minimum(t, low, high, 1e-10);
  *free = cost(t, best) <= before ? best : old;
}

void mi_gmm_voigt_maximise(const mi_gmm_work *work, const double *v, mi_gmm_component *c) {
  target t = {work, v, *c, NULL};
  raise_q(&t, &t.c.mu, work->data.low, work->data.high);
  raise_q(&t, &t.c.sigma, work->options.sigma_min, work->options.sigma_max);
  raise_q(&t, &t.c.eta, 0, 1);
  *c = t.c;
}
