/* Peaks on an active background, fitted to the counts of a spectrum.
 *
 *     m(x) = b + background(x) + sum_k A_k f((x - mu_k) / w_k) / w_k
 *
 * with f a shape of unit area and full width at half maximum 1, so that A is an area and w a FWHM.
 * The background is part of the fit:
 *
 *     constant  0                    linear  s (x - middle)
 *     Shirley   s sum_k A_k (share of peak k on the low-loss side of x)
 *
 * Shirley's is "active": it grows with the fitted peaks, not with the data, by the loss s per area.
 *
 * The fit maximises the likelihood of counts: Levenberg-Marquardt on the deviance residuals
 * r = sign(y - m) sqrt(2 (m - y + y log(y / m)) / noise), whose sum of squares is the deviance;
 * `noise` is the variance of an intensity over its mean (1 for counts). The Jacobian is
 * analytic. */
#ifndef MI_SPECTRA_PEAKS_H
#define MI_SPECTRA_PEAKS_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/control.h"
#include "core/base/optimise_lm.h"

enum { MI_PEAKS_MOST = 24, MI_PEAK_PARAMETERS = 4 };

/* A shape: a row of the table in peak_shape.c. All functions are of t = (x - mu) / w. */
typedef struct mi_peak_shape {
  const char *name;
  bool mixed; /* has the parameter `mix` */
  /* *f density, *df its derivative, *area the integral up to t; *f_mix and *area_mix their
   * derivatives by mix. */
  void (*at)(double t, double mix, double *f, double *df, double *area, double *f_mix,
             double *area_mix);
} mi_peak_shape;

/* NULL when there is none of this name; names in a NULL-terminated list. */
const mi_peak_shape *mi_peak_shape_find(const char *name);
extern const char *const mi_peak_shape_names[];

typedef enum mi_background { MI_NO_BACKGROUND, MI_CONSTANT, MI_LINEAR, MI_SHIRLEY } mi_background;

typedef struct mi_peak {
  double area, position, width, mix;
} mi_peak;

typedef struct mi_peaks_options {
  const mi_peak_shape *shape;
  mi_background background;
  bool rising;     /* Shirley: losses are at greater x (x is a binding energy) */
  double noise;    /* > 0 */
  int iterations;
} mi_peaks_options;

typedef struct mi_peaks_result {
  int k, parameters; /* parameters: the free ones, not those held at a bound */
  mi_peak peak[MI_PEAKS_MOST], error[MI_PEAKS_MOST];
  double share[MI_PEAKS_MOST], share_error[MI_PEAKS_MOST]; /* of the sum of areas */
  double base, base_error, slope, slope_error; /* b and s */
  double deviance, chi2;                       /* chi2: Pearson's */
  int iterations;
  mi_lm_reason reason;
} mi_peaks_result;

/* Fits from the k peaks of start, each within [low, high]; low == high fixes a value. Errors are
 * those of the noise stated; INFINITY where the data determine nothing, 0 for what is at a
 * bound. */
mi_status mi_peaks_fit(const mi_peaks_options *options, const double *x, const double *y, size_t n,
                       const mi_peak *start, const mi_peak *low, const mi_peak *high, int k,
                       mi_peaks_result *result, mi_control *control);

/* The model at n points: parts[(k + 1) * i ...] = the background, then each peak. The losses are
 * counted from x_low, the end of the data with the least losses; middle is that of the linear
 * background. */
void mi_peaks_evaluate(const mi_peaks_options *options, const mi_peaks_result *fit, double x_low,
                       double middle, const double *x, size_t n, double *parts);

/* Splits counts into two independent halves of the same peak form: the first has `share` of them.
 * Integers with noise 1 are split exactly (binomial); other intensities by adding normal noise of
 * variance noise * y share (1 - share) to one part and taking it from the other. */
void mi_thin(const double *y, size_t n, double share, double noise, uint64_t seed, double *first,
             double *second);

#endif
