/* Peaks as a model for exchange Monte Carlo (core/inference/exchange.h): the posterior of all their
 * parameters, and the evidence for their number.
 *
 *     m(x) = b + sum_k A_k f(x; mu_k, sigma_k, eta_k),   f of unit area (shape_at of gmm.h)
 *
 * Poisson: y / noise are counts of mean m / noise. Normal: y has mean m and standard deviation s,
 * given or a parameter of its own. E is the complete -log likelihood, so that evidences of models
 * of one spectrum can be compared. Counts: m is at least 1e-6 of the noise. A Gaussian on a uniform
 * grid ends where it is 2^-53 of its height.
 *
 * Parameters: (A, mu, sigma) or, pseudo-Voigt, (A, mu, sigma, eta) of each peak, then b if there is
 * a background, then s if it is not given. Peaks are interchangeable: the posterior has k! equal
 * parts, of which the evidence counts all.
 *
 * Were s to follow its prior p(s) where it is hot, every peak found there would lower s and so raise
 * the gain of the next: a transition of first order, which exchanges hardly pass. So s has another
 * prior r(s) in the ladder, a narrow one about the residuals of a fit, and E is the complete
 * -log likelihood plus log r(s) - log p(s): at b = 1 the posterior is that under p, and the evidence
 * too, since r is normalised. (Y. Fan et al., Mol. Biol. Evol. 28, 523 (2011).) */
#ifndef MI_GMM_SAMPLE_H
#define MI_GMM_SAMPLE_H

#include "core/gmm/gmm.h"
#include "core/inference/exchange.h"

typedef enum mi_gmm_likelihood { MI_GMM_POISSON, MI_GMM_NORMAL } mi_gmm_likelihood;

/* Which prior is which. */
enum { MI_PRIOR_AREA, MI_PRIOR_MU, MI_PRIOR_SIGMA, MI_PRIOR_ETA, MI_PRIOR_BASE, MI_PRIOR_NOISE,
       MI_GMM_PRIORS };

typedef struct mi_gmm_sample_options {
  mi_gmm_shape shape;
  int k;
  bool background;
  mi_gmm_likelihood likelihood;
  double noise;                  /* Poisson: variance over mean; normal: s, 0: a parameter */
  mi_prior prior[MI_GMM_PRIORS]; /* a = b = 0: the default */
} mi_gmm_sample_options;

/* One Gaussian, no background, counts; default priors, which are read from the data:
 *   A    exponential (gamma of shape 1) of mean the integral of y     mu   uniform over x
 *   sigma log-uniform from the spacing of x to a quarter of its range  eta  uniform from 0 to 1
 *   b    exponential of mean the mean of y
 *   s    log-uniform from 1e-4 to 1 of the range of y */
mi_gmm_sample_options mi_gmm_sample_default(void);

/* The model with what it points to; plain data, zero is a valid empty one. */
typedef struct mi_gmm_sample {
  mi_gmm_sample_options options;
  mi_exchange_model model;
  mi_prior *prior;      /* [parameters] of the ladder: that of s is r */
  double *x, *y, *unit; /* [padded] unit: 1, 0 in the padding */
  size_t n, padded;
  bool uniform;         /* x in equal steps */
  double step;
  double constant;      /* of E */
  mi_isa isa;
} mi_gmm_sample;

/* sample must not move afterwards: its model points to it. */
mi_status mi_gmm_sample_begin(mi_gmm_sample *sample, const mi_gmm_sample_options *options,
                              const double *x, const double *y, size_t n, mi_control *control);
void mi_gmm_sample_end(mi_gmm_sample *sample);

/* Parameters of a peak: 3 or 4. */
int mi_gmm_sample_stride(const mi_gmm_sample *sample);

/* What E has beside the -log likelihood at parameters q: log r(s) - log p(s), 0 where s is given. */
double mi_gmm_sample_tilt(const mi_gmm_sample *sample, const double *q);

/* A column of the model: gauss exp(-t^2 factor) + lorentz / (1 + t^2 inverse) + constant. */
typedef struct mi_gmm_curve {
  double mu, factor, gauss, inverse, lorentz, constant;
} mi_gmm_curve;

/* Points from <= i < to: multiples of 8 (or the padded end). */
typedef struct mi_gmm_range {
  size_t from, to;
} mi_gmm_range;

/* A column of the model before (old) and after (column) a move, with the model and the terms of the
 * likelihood before and after. Only `range` changes, and is written; `support` is the part of it
 * where the Gaussian part of the new column is not 0, empty when there is none. */
typedef struct mi_gmm_move {
  mi_gmm_range range, support;
  const double *old, *model, *term;
  double *column, *next, *next_term;
} mi_gmm_move;

/* Evaluates the curve to move->column, next = model - old + column, and the terms of the
 * likelihood: m - y log m of m = next or least, whichever is greater, or (y - next)^2 for the
 * normal one. Returns by how much their sum rises. */
MI_DECLARE(double, mi_gmm_propose, (const mi_gmm_sample *sample, const mi_gmm_curve *curve,
                                    double least, const mi_gmm_move *move));

#endif
