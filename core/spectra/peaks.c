/* Fitting peaks on an active background: the model, its derivatives, the errors. */
#include "core/spectra/peaks.h"

#include <math.h>
#include <string.h>

#include "core/base/memory.h"

#define MOST_INTENSITY 1e100 /* squares and their sums do not overflow */
#define FLOOR 1e-6 /* of a model intensity, in units of noise */

enum { AREA, POSITION, WIDTH, MIX };

/* What the callbacks of the optimiser see. Parameters: 4 a peak, then b, then s. */
typedef struct problem {
  const mi_peaks_options *o;
  const double *x, *y;
  size_t n;
  int k;
  double x_low, middle;
} problem;

static const double *row(const double *q, int j) {
  return q + (ptrdiff_t)MI_PEAK_PARAMETERS * j;
}

/* ---- the model ------------------------------------------------------------------------------- */

/* Peak k at x: its intensity, its losses (Shirley) and their derivatives by the four parameters. */
typedef struct value {
  double peak, loss, d_peak[MI_PEAK_PARAMETERS], d_loss[MI_PEAK_PARAMETERS];
} value;

static value peak_at(const problem *p, const double *q, double x) {
  const mi_peak_shape *shape = p->o->shape;
  const double w = q[WIDTH], t = (x - q[POSITION]) / w;
  double f, df, area, fm, am;
  shape->at(t, q[MIX], &f, &df, &area, &fm, &am);
  value v = {.peak = q[AREA] * f / w};
  v.d_peak[AREA] = f / w;
  v.d_peak[POSITION] = -q[AREA] * df / (w * w);
  v.d_peak[WIDTH] = -q[AREA] * (f + t * df) / (w * w);
  v.d_peak[MIX] = q[AREA] * fm / w;
  if (p->o->background != MI_SHIRLEY) return v;

  const double sign = p->o->rising ? 1 : -1, t0 = (p->x_low - q[POSITION]) / w;
  double f0, df0, area0, fm0, am0;
  shape->at(t0, q[MIX], &f0, &df0, &area0, &fm0, &am0);
  v.d_loss[AREA] = sign * (area - area0);
  v.loss = q[AREA] * v.d_loss[AREA];
  v.d_loss[POSITION] = -sign * q[AREA] * (f - f0) / w;
  v.d_loss[WIDTH] = -sign * q[AREA] * (t * f - t0 * f0) / w;
  v.d_loss[MIX] = sign * q[AREA] * (am - am0);
  return v;
}

/* The model at x; gradient (may be NULL) by all 4 k + 2 parameters. */
static double model_at(const problem *p, const double *q, double x, double *gradient) {
  const double *background = row(q, p->k);
  const double base = background[0], s = background[1];
  double peaks = 0, loss = 0;
  for (int j = 0; j < p->k; j++) {
    const value v = peak_at(p, row(q, j), x);
    peaks += v.peak;
    loss += v.loss;
    for (int a = 0; gradient && a < MI_PEAK_PARAMETERS; a++)
      gradient[MI_PEAK_PARAMETERS * j + a] = v.d_peak[a] + s * v.d_loss[a];
  }
  if (p->o->background == MI_LINEAR) loss = x - p->middle;
  if (gradient) {
    const int at = MI_PEAK_PARAMETERS * p->k;
    gradient[at] = 1;
    gradient[at + 1] = loss;
  }
  return base + s * loss + peaks;
}

/* ---- deviance residuals ---------------------------------------------------------------------- */

/* r and its derivative by m; both continuous through y = m, where a series replaces 0/0. */
static double residual_of(double y, double m, double noise, double *slope) {
  const double floor = FLOOR * noise;
  const bool held = m < floor;
  if (held) m = floor;
  const double u = (m - y) / m; /* y = m (1 - u) */
  double r;
  if (fabs(u) < 1e-4) {
    /* 2 (m - y + y log(y/m)) = m u^2 (1 + u / 3 + u^2 / 6 + ...) */
    r = -u * sqrt(m * (1 + u / 3 + u * u / 6) / noise);
    *slope = -(1 - u / 6) / sqrt(m * noise);
  } else {
    const double log_part = y > 0 ? y * log(y / m) : 0;
    r = copysign(sqrt(2 * fmax(0, m - y + log_part) / noise), y - m);
    *slope = u / (noise * r);
  }
  if (held) *slope = 0;
  return r;
}

static mi_status residuals(void *context, const double *q, double *r) {
  const problem *p = context;
  double slope;
  for (size_t i = 0; i < p->n; i++)
    r[i] = residual_of(p->y[i], model_at(p, q, p->x[i], NULL), p->o->noise, &slope);
  return MI_OK;
}

static mi_status jacobian(void *context, const double *q, double *j) {
  const problem *p = context;
  const int columns = MI_PEAK_PARAMETERS * p->k + 2;
  double slope;
  for (size_t i = 0; i < p->n; i++, j += columns) {
    (void)residual_of(p->y[i], model_at(p, q, p->x[i], j), p->o->noise, &slope);
    for (int a = 0; a < columns; a++) j[a] *= slope;
  }
  return MI_OK;
}

/* ---- start and bounds ------------------------------------------------------------------------ */

static mi_status check_point(double x, double y, size_t i, mi_control *control) {
  if (!isfinite(x))
    return mi_fail(control, MI_EINVAL, "x: finite number expected, got %g (point %zu)", x, i + 1);
  if (!isfinite(y) || y < 0)
    return mi_fail(control, MI_EINVAL, "y: intensity >= 0 expected, got %g (point %zu)", y, i + 1);
  return MI_OK;
}

static mi_status check(const problem *p, const mi_peak *low, const mi_peak *high,
                       mi_control *control) {
  double most = 0;
  if (p->k < 1 || p->k > MI_PEAKS_MOST)
    return mi_fail(control, MI_EINVAL, "1 to %d peaks expected, got %d", MI_PEAKS_MOST, p->k);
  if (p->n < (size_t)MI_PEAK_PARAMETERS * (size_t)p->k + 2)
    return mi_fail(control, MI_EINVAL, "%d peaks need at least %d points, got %zu", p->k,
                   MI_PEAK_PARAMETERS * p->k + 2, p->n);
  if (!(p->o->noise > 0)) return mi_fail(control, MI_EINVAL, "noise: number > 0 expected");
  for (size_t i = 0; i < p->n; i++) {
    const mi_status status = check_point(p->x[i], p->y[i], i, control);
    if (status != MI_OK) return status;
    most = fmax(most, p->y[i]);
  }
  if (!(most > 0)) return mi_fail(control, MI_EINVAL, "y: all intensities are zero");
  if (most > MOST_INTENSITY)
    return mi_fail(control, MI_EINVAL, "y: intensities up to %g expected, got %g", MOST_INTENSITY,
                   most);
  for (int j = 0; j < p->k; j++)
    if (!(low[j].width > 0 && low[j].width <= high[j].width && low[j].position <= high[j].position))
      return mi_fail(control, MI_EINVAL, "peak %d: empty bounds of width or position", j + 1);
  return MI_OK;
}

static double clamp(double v, double low, double high) {
  return v < low ? low : v > high ? high : v;
}

static void fill_peaks(const problem *p, const mi_peak *start, const mi_peak *low,
                       const mi_peak *high, double *q, double *lower, double *upper) {
  for (int j = 0; j < p->k; j++) {
    const double s[] = {start[j].area, start[j].position, start[j].width, start[j].mix};
    const double l[] = {low[j].area, low[j].position, low[j].width, low[j].mix};
    const double h[] = {high[j].area, high[j].position, high[j].width, high[j].mix};
    for (int a = 0; a < MI_PEAK_PARAMETERS; a++) {
      const int at = MI_PEAK_PARAMETERS * j + a;
      lower[at] = l[a];
      upper[at] = h[a];
      q[at] = clamp(s[a], l[a], h[a]);
    }
    const int mix = MI_PEAK_PARAMETERS * j + MIX;
    if (!p->o->shape->mixed) q[mix] = lower[mix] = upper[mix] = 0;
  }
}

/* b from the lower end, s from the step between both ends; what the kind lacks is fixed at 0. */
static void fill_background(const problem *p, double *q, double *lower, double *upper) {
  const int at = MI_PEAK_PARAMETERS * p->k, m = p->n < 10 ? 1 : 5;
  const mi_background kind = p->o->background;
  double first = 0, last = 0, area = 0;
  for (int i = 0; i < m; i++) {
    first += p->y[i] / m;
    last += p->y[p->n - 1 - (size_t)i] / m;
  }
  for (int j = 0; j < p->k; j++) area += row(q, j)[AREA];
  const double range = p->x[p->n - 1] - p->x[0];
  const double at_low = p->x[0] == p->x_low ? first : last;
  const double other = p->x[0] == p->x_low ? last : first;
  lower[at] = lower[at + 1] = q[at] = q[at + 1] = upper[at] = upper[at + 1] = 0;
  if (kind == MI_NO_BACKGROUND) return;
  upper[at] = HUGE_VAL;
  q[at] = kind == MI_SHIRLEY ? at_low : fmin(first, last);
  if (kind == MI_LINEAR) {
    lower[at + 1] = -HUGE_VAL;
    upper[at + 1] = HUGE_VAL;
    q[at] = 0.5 * (first + last);
    q[at + 1] = (last - first) / range;
  } else if (kind == MI_SHIRLEY) {
    upper[at + 1] = HUGE_VAL;
    q[at + 1] = area > 0 ? fmax(0, other - at_low) / area : 0;
  }
}

static problem problem_of(const mi_peaks_options *o, const double *x, const double *y, size_t n,
                          int k) {
  const double low = n > 0 ? fmin(x[0], x[n - 1]) : 0, high = n > 0 ? fmax(x[0], x[n - 1]) : 0;
  return (problem){o, x, y, n, k, o->rising ? low : high, 0.5 * (low + high)};
}

/* ---- results --------------------------------------------------------------------------------- */

/* Errors of the shares of the sum of areas, with the covariances between the areas. */
static void fill_shares(const double *cov, int columns, mi_peaks_result *r) {
  double total = 0;
  for (int j = 0; j < r->k; j++) total += r->peak[j].area;
  for (int j = 0; j < r->k; j++) {
    double variance = 0;
    r->share[j] = total > 0 ? r->peak[j].area / total : 0;
    for (int a = 0; a < r->k; a++)
      for (int b = 0; b < r->k; b++)
        variance += ((a == j) - r->share[j]) * ((b == j) - r->share[j]) *
                    cov[(MI_PEAK_PARAMETERS * a) * columns + MI_PEAK_PARAMETERS * b];
    r->share_error[j] = total > 0 ? sqrt(fmax(variance, 0)) / total : 0;
  }
}

static mi_peak peak_of(const double *q) {
  return (mi_peak){q[AREA], q[POSITION], q[WIDTH], q[MIX]};
}

static void fill_result(const problem *p, const mi_lm_result *lm, mi_peaks_result *r) {
  const int columns = lm->parameters, at = MI_PEAK_PARAMETERS * p->k;
  double error[MI_PEAK_PARAMETERS * MI_PEAKS_MOST + 2] = {0};
  memset(r, 0, sizeof *r);
  for (int a = 0; a < columns; a++) {
    const int diagonal = a * (columns + 1);
    error[a] = sqrt(lm->covariance[diagonal]);
  }
  r->k = p->k;
  r->parameters = lm->free;
  for (int j = 0; j < p->k; j++) {
    r->peak[j] = peak_of(row(lm->p, j));
    r->error[j] = peak_of(row(error, j));
  }
  r->base = lm->p[at], r->base_error = error[at];
  r->slope = lm->p[at + 1], r->slope_error = error[at + 1];
  r->deviance = 2 * lm->cost;
  r->iterations = lm->iterations;
  r->reason = lm->reason;
  for (size_t i = 0; i < p->n; i++) {
    const double m = model_at(p, lm->p, p->x[i], NULL), off = p->y[i] - m;
    r->chi2 += off * off / (p->o->noise * fmax(m, p->o->noise));
  }
  fill_shares(lm->covariance, columns, r);
}

mi_status mi_peaks_fit(const mi_peaks_options *options, const double *x, const double *y, size_t n,
                       const mi_peak *start, const mi_peak *low, const mi_peak *high, int k,
                       mi_peaks_result *result, mi_control *control) {
  enum { MOST = MI_PEAK_PARAMETERS * MI_PEAKS_MOST + 2 };
  double q[MOST], lower[MOST], upper[MOST];
  problem p = problem_of(options, x, y, n, k);
  mi_status status = check(&p, low, high, control);
  if (status != MI_OK) return status;
  fill_peaks(&p, start, low, high, q, lower, upper);
  fill_background(&p, q, lower, upper);

  mi_lm_result lm;
  mi_lm_options o = mi_lm_default();
  o.iterations = options->iterations;
  o.scale_covariance = false;
  const mi_lm_problem lm_problem = {.residuals = (int64_t)n,
                                 .parameters = MI_PEAK_PARAMETERS * k + 2,
                                 .residual = residuals,
                                 .jacobian = jacobian,
                                 .context = &p,
                                 .lower = lower,
                                 .upper = upper};
  status = mi_lm_fit(&lm_problem, &o, q, &lm, control);
  if (status != MI_OK) return status;
  fill_result(&p, &lm, result);
  mi_lm_free(&lm);
  return MI_OK;
}

void mi_peaks_evaluate(const mi_peaks_options *options, const mi_peaks_result *fit, double x_low,
                       double middle, const double *x, size_t n, double *parts) {
  const problem p = {options, x, NULL, n, fit->k, x_low, middle};
  const int columns = fit->k + 1;
  for (size_t i = 0; i < n; i++) {
    double loss = 0;
    for (int j = 0; j < fit->k; j++) {
      const mi_peak *c = fit->peak + j;
      const value v = peak_at(&p, (double[]){c->area, c->position, c->width, c->mix}, x[i]);
      parts[columns * (int64_t)i + j + 1] = v.peak;
      loss += v.loss;
    }
    if (options->background == MI_LINEAR) loss = x[i] - middle;
    parts[columns * (int64_t)i] = fit->base + fit->slope * loss;
  }
}
