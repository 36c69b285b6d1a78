/* Peaks on an active background, fitted to the counts of a spectrum.
 *
 *     m(x) = background(x) + p(x),    p(x) = sum_k A_k f((x - mu_k) / w_k) / w_k
 *
 * with f a shape of unit area, so that A is an area, and w a full width at half maximum. Here x
 * rises towards the losses: it is a binding energy, or minus a kinetic energy. The background is
 * part of the fit, a sum of the terms asked for:
 *
 *     constant   b                        linear    s (x - middle)
 *     Shirley    c C(x),   C(x) = integral of p up to x (trapezoids on the grid of the data)
 *     Tougaard   B T(x),   T(x) = integral over y < x of K(x - y) p(y),
 *                          K(t) = t / ((C - t^2)^2 + D t^2) for t > t0, else 0
 *     ramps      five steps >= 0 on equal parts of the range
 *
 * Shirley's and Tougaard's are "active": they grow with the fitted peaks, not with the data.
 *
 * The levels of the background at the ends are fitted to all points, or held: with `average` it
 * goes through the means of so many points at either end, as backgrounds drawn by hand do. The
 * strength of the losses (or the slope of the line) is then what bridges the two, and follows the
 * peaks.
 *
 * The fit maximises the likelihood of counts: it lowers half the deviance,
 * sum (m - y + y log(y / m)) / noise, where `noise` is the variance of an intensity over its mean
 * (1 for counts), plus (q - prior)^2 / (2 sd^2) for every value q that has a prior. Values may be
 * fixed, bounded, or tied to another (q = factor * other + offset). See peak_climb.c for how. */
#ifndef MI_SPECTRA_PEAKS_H
#define MI_SPECTRA_PEAKS_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/control.h"

enum { MI_PEAKS_MOST = 24, MI_PEAK_VALUES = 5, MI_RAMPS = 5 };

/* ---- shapes ---------------------------------------------------------------------------------- */

typedef enum mi_peak_kind {
  MI_PSEUDO_VOIGT, /* mix: the Lorentzian part of the area */
  MI_GAUSS,
  MI_LORENTZ,
  MI_VOIGT,   /* mix: the Lorentzian's width over the whole width */
  MI_DONIACH, /* mix: the part of Doniach and Sunjic's curve, the rest a Gaussian; skew: alpha */
  MI_SKEWED,  /* a pseudo-Voigt whose width grows towards the losses by `skew` */
  MI_GL,      /* Gaussian times Lorentzian; mix: m of CasaXPS / 100 */
  MI_LA,      /* Lorentzian ^ constant[0] on the loss side, ^ constant[1] on the other, convolved
               * with a Gaussian constant[2] points wide */
  MI_CURVE    /* a measured curve, moved to the position; the width is not used */
} mi_peak_kind;

/* A shape as users write it: "pseudo-voigt", "SGL(30)", "LA(1.2,2.5,10)". A mix in the name fixes
 * it. Areas of Voigt-like shapes are over all energies; those of the others, whose tails have no
 * useful end (or no closed form), over the range of the data. */
typedef struct mi_peak_shape {
  mi_peak_kind kind;
  double constant[3];
  double mix; /* fixed by the name; NaN: free */
  const double *curve_x, *curve_y; /* MI_CURVE: x rises; its own centre is at 0 */
  size_t curve_n;
} mi_peak_shape;

/* False when there is no such shape. "curve" leaves its points to the caller. */
bool mi_peak_shape_parse(const char *name, mi_peak_shape *shape);
extern const char mi_peak_shape_names[]; /* for messages */

bool mi_peak_has_mix(const mi_peak_shape *shape);
bool mi_peak_has_skew(const mi_peak_shape *shape);

/* ---- fitting --------------------------------------------------------------------------------- */

/* Terms of a background, to be added; of SHIRLEY and TOUGAARD at most one. */
typedef enum mi_background {
  MI_NO_BACKGROUND = 0,
  MI_CONSTANT = 1,
  MI_LINEAR = 2,
  MI_SHIRLEY = 4,
  MI_TOUGAARD = 8,
  MI_STEPS = 16
} mi_background;

/* Coefficients of the terms. */
enum { MI_BASE, MI_SLOPE, MI_STEP, MI_TAIL, MI_RAMP, MI_TERMS = MI_RAMP + MI_RAMPS };

typedef struct mi_peak {
  double area, position, width, mix, skew;
} mi_peak;

/* What is known of the values of one peak. */
typedef struct mi_peak_limits {
  mi_peak start, low, high; /* low == high fixes a value */
  mi_peak prior, sd;        /* sd > 0 where there is a prior */
  /* tie[v] = 5 j + u + 1: value v is factor * (value u of peak j) + offset, and that one is not
   * tied; 0: it is its own */
  int tie[MI_PEAK_VALUES];
  double factor[MI_PEAK_VALUES], offset[MI_PEAK_VALUES];
} mi_peak_limits;

typedef struct mi_loss_kernel {
  double c, d, t0; /* eV^2, eV^2, eV; c < 0 and d = 0: the kernel of two parameters */
} mi_loss_kernel;

typedef struct mi_peaks_options {
  int background;         /* sum of mi_background */
  bool rising;            /* losses are at greater x: x is a binding energy */
  double noise;           /* > 0 */
  int iterations;
  double tolerance;       /* stop when a step promises to raise the log-likelihood by less */
  mi_loss_kernel kernel;  /* of Tougaard's background */
  int average;            /* points whose mean holds the background at either end, 0: none; with
                           * a constant and one of LINEAR, SHIRLEY, TOUGAARD */
} mi_peaks_options;

typedef enum mi_peaks_reason {
  MI_PEAKS_TOLERANCE,
  MI_PEAKS_ITERATIONS,
  MI_PEAKS_STALLED,
  MI_PEAKS_UNUSABLE /* of a map: negative or not finite somewhere, or zero everywhere */
} mi_peaks_reason;

typedef struct mi_peaks_result {
  int k, parameters; /* parameters: the free ones, not those at a bound; two for held ends */
  mi_peak peak[MI_PEAKS_MOST], error[MI_PEAKS_MOST];
  double share[MI_PEAKS_MOST], share_error[MI_PEAKS_MOST]; /* of the sum of areas */
  double area_covariance[MI_PEAKS_MOST * MI_PEAKS_MOST];   /* [k x k] */
  double position_covariance[MI_PEAKS_MOST * MI_PEAKS_MOST];
  double term[MI_TERMS], term_error[MI_TERMS];
  double deviance, chi2; /* chi2: Pearson's */
  int iterations;
  mi_peaks_reason reason;
} mi_peaks_result;

/* The universal kernel of two parameters, U2: C = -1643 eV^2 here (S. Tougaard, Surf. Interface
 * Anal. 25, 137 (1997)). 200 iterations, tolerance 1e-8, Shirley, counts. */
mi_peaks_options mi_peaks_default(void);

/* Fits k peaks. Errors are those of the noise stated; INFINITY where the data determine nothing, 0
 * for what is held at a bound. */
mi_status mi_peaks_fit(const mi_peaks_options *options, const double *x, const double *y, size_t n,
                       const mi_peak_shape *shape, const mi_peak_limits *limits, int k,
                       mi_peaks_result *result, mi_control *control);

/* The fits of many spectra on one axis. Arrays of the caller: [count x k], or [count] and
 * [count x MI_TERMS]. */
typedef struct mi_peaks_map {
  mi_peak *peak, *error;
  double *share, *share_error;
  double *position_covariance; /* [count x k x k] */
  double *term;
  double *misfit; /* chi2 per degree of freedom */
  int64_t *freedom;
  uint8_t *reason; /* mi_peaks_reason, or MI_PEAKS_UNUSABLE: all else is then NaN */
} mi_peaks_map;

/* Fits count spectra y [count x n] on all threads, each from the start of the limits with its areas
 * scaled to the intensity. neighbours: also from the fit of the spectrum before (but for the first
 * of every 64), and the better of the two stands. */
mi_status mi_peaks_fit_map(const mi_peaks_options *options, const double *x, size_t n,
                           const double *y, size_t count, const mi_peak_shape *shape,
                           const mi_peak_limits *limits, int k, bool neighbours, mi_peaks_map *map,
                           mi_control *control);

/* The model at the n points x: parts[(k + 1) * i ...] = the background, then each peak. middle is
 * that of the linear term. */
mi_status mi_peaks_evaluate(const mi_peaks_options *options, const double *x, size_t n,
                            double middle, const mi_peak_shape *shape, const mi_peak *peak, int k,
                            const double *term, double *parts, mi_control *control);

/* Splits counts into two independent halves of the same peak form: the first has `share` of them.
 * Integers with noise 1 are split exactly (binomial); other intensities by adding normal noise of
 * variance noise * y share (1 - share) to one part and taking it from the other. */
void mi_thin(const double *y, size_t n, double share, double noise, uint64_t seed, double *first,
             double *second);

#endif
