/* Finite mixtures of peaks fitted to a spectrum: EM for Gaussians, ECM for other shapes.
 *
 * The data are intensities y_i >= 0 at x_i. With weights w_i (y_i, or y_i times the width of the
 * cell of x_i) the log-likelihood is
 *
 *     LL = sum_i w_i log sum_k pi_k f_k(x_i),      W = sum_i w_i.
 *
 *     Gaussian       f_k(x) = exp(-(x - mu)^2 / (2 sigma^2)) / (sigma sqrt(2 pi))
 *     pseudo-Voigt   f_k(x_i) = s_k(x_i) / sum_j c_j s_k(x_j),   s = eta L + (1 - eta) G
 *     Lorentzian     the same with eta = 1
 *     Doniach        the same with the curve D of Doniach and Sunjic in place of L,
 *                    D = Gamma(p) cos(pi skew / 2 + p atan(t / h)) / (t^2 + h^2)^(p / 2),
 *                    t = x - mu, p = 1 - skew, h the half width of L
 *
 * where c_j = w_j / y_j, G is that Gaussian and L the Lorentzian of the same full width at half
 * maximum: its half width is sqrt(2 ln 2) sigma. (These are the conventions of Matsumura et al.,
 * Sci. Technol. Adv. Mater. 20, 733 (2019) and STAM-Methods 1, 45 (2021). D has no unit area: its
 * slow tail, at low x, has none, so eta is no share there and depends on the unit of x.)
 *
 * With a Dirichlet prior of alpha < 1 on the shares, pi_k = max(0, N_k + alpha - 1) over their sum
 * after each step (N_k: the weight of component k; those of the background too): weak components
 * vanish. The Gaussian is a density and the others are probabilities of grid points: their
 * log-likelihoods differ by about W log(dx), so never compare them with each other. */
#ifndef MI_GMM_H
#define MI_GMM_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/control.h"

enum { MI_GMM_MOST = 32 }; /* components */

typedef enum mi_gmm_shape {
  MI_GMM_GAUSS,
  MI_GMM_PSEUDO_VOIGT,
  MI_GMM_LORENTZ,
  MI_GMM_DONIACH
} mi_gmm_shape;

/* Components that are no peaks: their shapes are fixed, only their pi are fitted. */
typedef enum mi_gmm_background {
  MI_GMM_NO_BACKGROUND,
  MI_GMM_CONSTANT, /* one uniform component */
  MI_GMM_LINEAR    /* three: uniform, rising from 0 at the least x, falling to 0 at the greatest */
} mi_gmm_background;

enum { MI_GMM_BASES = 3 };

/* What one data point weighs. */
typedef enum mi_gmm_weight {
  MI_GMM_CELL,     /* y_i dx_i / mean(dx), dx_i from mid to mid of neighbours: right on any grid */
  MI_GMM_INTENSITY /* y_i: as EMPeaks and EMpeaksR do; on a uniform grid it is the same */
} mi_gmm_weight;

typedef struct mi_gmm_component {
  double pi, mu, sigma, eta; /* eta: Lorentzian part, 0 for Gaussians */
  double skew;               /* of Doniach's curve, 0 .. MI_GMM_MOST_SKEW; else 0 */
} mi_gmm_component;

#define MI_GMM_MOST_SKEW 0.999999

enum { MI_GMM_VALUES = 5 }; /* a component is so many numbers */

typedef struct mi_gmm_options {
  mi_gmm_shape shape;
  mi_gmm_weight weight;
  mi_gmm_background background;
  int k;                    /* peaks; with the background's components 1..MI_GMM_MOST */
  double sigma_min;         /* 0: the mean spacing of x, against the unbounded likelihood */
  double sigma_max;         /* 0: the range of x */
  double tolerance;         /* stop when LL rises by less than tolerance * W, or ... */
  double tolerance_nats;    /* ... when |change of LL| is less than this (0: not used) */
  int max_iterations;
  int steps;                /* > 0: exactly so many M-steps, without acceleration or stopping */
  bool accelerate;          /* SQUAREM with a guard on LL */
  int starts;               /* random starts that race with the one read from the data */
  uint64_t seed;
  double alpha;             /* of a Dirichlet prior on pi, in counts; 1: none */
  double noise;             /* variance of an intensity over its mean: 1 for counts */
  bool errors;              /* standard errors are wanted (else they are NaN) */
} mi_gmm_options;

typedef enum mi_gmm_reason {
  MI_GMM_TOLERANCE,  /* LL no longer rises */
  MI_GMM_ITERATIONS, /* max_iterations reached */
  MI_GMM_STEPS,      /* the steps asked for are done */
  MI_GMM_UNUSABLE    /* of a map: negative or not finite somewhere, or zero everywhere */
} mi_gmm_reason;

typedef struct mi_gmm_result {
  int k;
  mi_gmm_component component[MI_GMM_MOST]; /* in the order of the start */
  mi_gmm_component error[MI_GMM_MOST];     /* standard errors; NaN where the data fix nothing */
  double scale[MI_GMM_MOST];               /* intensity = scale * shape, see mi_gmm_shape_at */
  double base[2];                          /* the background's intensity at the least, greatest x */
  double log_likelihood;
  double weight;            /* W */
  double misfit;            /* chi^2 per degree of freedom, given options.noise */
  int iterations;           /* M-steps behind the components, tries of other starts not counted */
  mi_gmm_reason reason;
} mi_gmm_result;

mi_gmm_options mi_gmm_options_default(void);

/* The components of a background: 0, 1 or 3. */
int mi_gmm_bases(mi_gmm_background background);

/* Fits from the components in start (k peaks, then the background's, of which only pi counts), or
 * from starts of its own when start is NULL. Results have them in the same order. trace, if not
 * NULL, gets LL before the first M-step, after the first, ...: max_iterations + 1 values, of which
 * result->iterations + 1 are set (with acceleration: the iterates that were kept). */
mi_status mi_gmm_fit(const mi_gmm_options *options, const double *x, const double *y, size_t n,
                     const mi_gmm_component *start, double *trace, mi_gmm_result *result,
                     mi_control *control);

/* The fits of many spectra. Arrays of the caller: [count x k], or [count]. */
typedef struct mi_gmm_map {
  mi_gmm_component *component, *error; /* error: may be NULL */
  double *scale;
  double *log_likelihood, *weight, *misfit;
  int64_t *iterations;
  uint8_t *reason; /* mi_gmm_reason; all else of an unusable spectrum is NaN */
} mi_gmm_map;

/* Fits count spectra y [count x n] on one axis, on all threads: each from start, or from a search
 * when start is NULL; warm: from the fit of the spectrum before it (but for the first of every
 * 64). Components of a search rise in mu, others keep the order of the start. */
mi_status mi_gmm_fit_map(const mi_gmm_options *options, const double *x, size_t n, const double *y,
                         size_t count, const mi_gmm_component *start, bool warm, mi_gmm_map *map,
                         mi_control *control);

/* The components of spectra in rows of `columns`, matched with those of the spectrum before (the
 * first of a row: with the first of the row above): order[i * k + j] is which component of spectrum
 * i, from 0, continues the j-th. */
void mi_gmm_align(const mi_gmm_component *component, size_t count, int k, size_t columns,
                  int *order);

/* G, or s of the other shapes, at x; d (4 values, may be NULL) gets its derivatives by mu, sigma,
 * eta and skew. */
double mi_gmm_shape_at(mi_gmm_shape shape, const mi_gmm_component *c, double x, double *d);

#endif
