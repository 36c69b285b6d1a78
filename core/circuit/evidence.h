/* The evidence of a circuit: the probability of the data, over its prior.
 *
 * Prior: uniform in theta (logarithms of parameters, plain exponents) within the bounds of the
 * problem. Data: the 2 n weighted residuals are normal with standard deviation s. Either s is
 * known, or freedom * scale^2 / s^2 is chi-square distributed beforehand, and s is integrated out;
 * so the likelihood is a function of SSR alone (N = 2 n, W = sum of ln weights):
 *
 *     known    W - N/2 ln(2 pi s^2) - SSR / (2 s^2)
 *     nu, s0   W + ln Gamma((nu + N)/2) / Gamma(nu/2) - N/2 ln(pi nu s0^2)
 *                - (nu + N)/2 ln(1 + SSR / (nu s0^2))
 *
 * Two estimates of ln evidence, of independent numbers (a third, exchange Monte Carlo, is in
 * sampling.h):
 *
 *     Laplace     ln L + k/2 ln 2 pi + 1/2 ln det covariance - sum ln widths + ln symmetries, at
 *                 the best optimum; only where it is the one mode, determined, and off the bounds
 *     importance  draws from a mixture of Student's t around all modes, in the coordinates y with
 *                 theta = lower + (upper - lower) / (1 + exp(-y)), adapted to weighted draws
 *                 (population Monte Carlo; Cappe et al., Stat. Comput. 18, 447 (2008)); every draw
 *                 counts for all exchanges of equal branches; bridged to draws of the posterior
 *                 where Laplace's approximation does not hold */
#ifndef MI_CIRCUIT_EVIDENCE_H
#define MI_CIRCUIT_EVIDENCE_H

#include "core/base/rng.h"
#include "core/circuit/fit.h"
#include "core/circuit/symmetry.h"

/* ---- likelihood ------------------------------------------------------------------------------ */

typedef struct mi_circuit_noise {
  double scale;   /* of the weighted residuals */
  double freedom; /* infinite: known */
} mi_circuit_noise;

double mi_circuit_log_likelihood(const mi_circuit_data *data, const mi_circuit_noise *noise,
                                 double ssr);

/* The s^2 at which a likelihood of known s falls off with SSR as this one does at `ssr`. */
double mi_circuit_variance(const mi_circuit_data *data, const mi_circuit_noise *noise, double ssr);

/* ---- modes ----------------------------------------------------------------------------------- */

enum { MI_CIRCUIT_MODES = 6 };

/* The distinct optima that a search finds, symmetric ones once, by rising SSR. */
typedef struct mi_circuit_modes {
  int count;
  mi_circuit_fit fit[MI_CIRCUIT_MODES];
} mi_circuit_modes;

void mi_circuit_find_modes(const mi_circuit_problem *problem, const mi_circuit_symmetry *symmetry,
                           const mi_circuit_search_options *options, const double *start,
                           mi_circuit_engine *engine, mi_circuit_modes *modes,
                           const mi_control *control);

/* ---- Laplace --------------------------------------------------------------------------------- */

typedef enum mi_circuit_fault {
  MI_CIRCUIT_SOUND,
  MI_CIRCUIT_UNDETERMINED, /* the data leave a combination of parameters open */
  MI_CIRCUIT_AT_BOUND,     /* within three standard deviations of a bound */
  MI_CIRCUIT_NOT_NORMAL,   /* at three standard deviations SSR has not risen as it should */
  MI_CIRCUIT_MULTIMODAL    /* other modes hold more than a twentieth */
} mi_circuit_fault;

/* Minus infinity where a parameter is not determined or rests on a bound. */
double mi_circuit_laplace(const mi_circuit_problem *problem, const mi_circuit_symmetry *symmetry,
                          const mi_circuit_noise *noise, const mi_circuit_modes *modes,
                          mi_circuit_engine *engine, mi_circuit_fault *fault);

/* ---- importance ------------------------------------------------------------------------------ */

typedef struct mi_circuit_importance {
  double log_evidence, error; /* standard error */
  double effective;           /* draws that count: (sum w)^2 / sum w^2 */
} mi_circuit_importance;

/* Draws of the posterior, more or less: a mixture that starts from modes alone misses what hangs
 * together with them by narrow ways, such as all places where a superfluous branch may be. */
typedef struct mi_circuit_samples {
  int learn, judge;    /* rows for the mixture, then rows for the bridge; 0 for none */
  const double *theta; /* [learn + judge][variables] */
} mi_circuit_samples;

/* From `draws` draws after the adaptation, up to four times as many where they leave the error
 * large. */
mi_status mi_circuit_importance_sample(const mi_circuit_problem *problem,
                                       const mi_circuit_symmetry *symmetry,
                                       const mi_circuit_noise *noise,
                                       const mi_circuit_modes *modes,
                                       const mi_circuit_samples *samples, int draws, mi_rng rng,
                                       mi_circuit_engine *engine, mi_circuit_importance *result,
                                       mi_control *control);

#endif
