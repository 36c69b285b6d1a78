/* The gradient checker: compares what a kernel calls its derivatives with central differences. */
#ifndef GRADIENT_H
#define GRADIENT_H

#include <math.h>

typedef double gradient_function(void *context, const double *x);

/* The greatest |analytic - difference| / (|difference| + scale) over the n parameters; x is moved
 * and put back. Differences are of fourth order with steps of 1e-3 (|x| + 1). */
static inline double gradient_error(gradient_function *f, void *context, double *x, int n,
                                    const double *analytic, double scale) {
  double worst = 0;
  for (int j = 0; j < n; j++) {
    const double here = x[j], h = 1e-3 * (fabs(here) + 1);
    double value[4];
    for (int k = 0; k < 4; k++) {
      x[j] = here + h * (k < 2 ? k - 2 : k - 1); /* -2 -1 1 2 */
      value[k] = f(context, x);
    }
    x[j] = here;
    const double slope = (8 * (value[2] - value[1]) - (value[3] - value[0])) / (12 * h);
    worst = fmax(worst, fabs(analytic[j] - slope) / (fabs(slope) + scale));
  }
  return worst;
}

#endif
