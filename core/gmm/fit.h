/* What the files of core/gmm share: a fit in progress, and one step of it. */
#ifndef MI_GMM_FIT_H
#define MI_GMM_FIT_H

#include "core/gmm/sweep.h"

/* A fit in progress. Owns the data and the scratch memory. */
typedef struct mi_gmm_work {
  mi_gmm_options options; /* with the bounds on sigma filled in */
  mi_gmm_data data;
  int all;                /* components: k peaks and those of the background */
  double *weights;        /* [all * padded] from the E-step; NULL for Gaussians alone */
  mi_isa isa;
} mi_gmm_work;

/* Checks options and data and copies the data. On failure nothing is left to free. */
mi_status mi_gmm_begin(mi_gmm_work *work, const mi_gmm_options *options, const double *x,
                       const double *y, size_t n, mi_control *control);
void mi_gmm_end(mi_gmm_work *work);

/* One EM (ECM) step: returns LL of `from` and writes the parameters after the M-step. */
double mi_gmm_step(const mi_gmm_work *work, const mi_gmm_component *from, mi_gmm_component *to);

/* The conditional maximisations of the M-step of one component that is no Gaussian, in the order
 * mu, sigma, skew, eta. v: its weights from the E-step. */
void mi_gmm_maximise(const mi_gmm_work *work, const double *v, mi_gmm_component *c);

/* Climbing the likelihood. */
typedef struct mi_gmm_climb {
  mi_gmm_component c[MI_GMM_MOST];
  double ll;      /* of c */
  int iterations; /* M-steps behind c */
  mi_gmm_reason reason;
} mi_gmm_climb;

/* Iterates from climb->c for at most `most` M-steps. trace as in mi_gmm_fit. */
mi_status mi_gmm_ascend(const mi_gmm_work *work, mi_gmm_climb *climb, int most, double *trace,
                        mi_control *control);

/* The best of starts read from the data and options.starts random ones, by rising mu. */
mi_status mi_gmm_search(const mi_gmm_work *work, mi_gmm_climb *best, mi_control *control);

/* Refuses what is no mixture. */
mi_status mi_gmm_check_start(const mi_gmm_component *start, int k, int bases, mi_control *control);

/* Standard errors from the observed information, and the misfit. */
mi_status mi_gmm_errors(const mi_gmm_work *work, const mi_gmm_component *c, mi_gmm_result *result,
                        mi_control *control);

#endif
