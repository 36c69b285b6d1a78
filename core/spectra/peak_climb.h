/* Maximising the likelihood of counts over the free parameters of a model: see peak_climb.c. */
#ifndef MI_SPECTRA_PEAK_CLIMB_H
#define MI_SPECTRA_PEAK_CLIMB_H

#include "core/spectra/peak_model.h"

typedef struct mi_peak_climb {
  mi_peak_model *model;
  const double *y;               /* [padded], in the order of the grid; the padding is 1 */
  const double *lower, *upper;   /* [count] lower < upper, entries may be infinite */
  const double *prior, *sd;      /* [count] sd > 0 where there is a prior */
  /* results */
  double q[MI_COLUMNS_MOST];     /* the start, then the best */
  double half_deviance;          /* over noise, without priors */
  double *covariance;            /* [count x count] zero for what a bound holds; INFINITY on the
                                  * diagonal of what nothing determines */
  int free, iterations;
  mi_peaks_reason reason;
} mi_peak_climb;

/* covariance is allocated; the caller frees it. */
mi_status mi_peak_climb_run(mi_peak_climb *climb, mi_control *control);

#endif
