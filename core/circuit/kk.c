/* The Lin-KK test: the columns of its linear model, one fit, the scan over M. */
#include "core/circuit/kk.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/circuit/leastsq.h"
#include "core/circuit/points.h"

mi_kk_options mi_kk_default(void) {
  return (mi_kk_options){.part = MI_KK_COMPLEX, .choice = MI_KK_MU, .capacitor = true,
                         .inductor = true, .mu = 0.85, .most = 50};
}

/* What a scan works on: the data, and memory for the greatest M. Unknowns: R0, R_1 .. R_M, and as
 * far as they are wanted 1 / C and L. */
typedef struct scan {
  const mi_kk_options *o;
  const double *f;
  const double complex *z;
  int64_t n;
  double *w, *weight;        /* [n] 2 pi f, 1 / |Z| */
  double tau_least, tau_most;
  double *tau, *x;           /* [m], [m + 3] */
  double *a, *b;             /* columns and right-hand side */
  double complex *fit;       /* [n] */
} scan;

static int extras(const mi_kk_options *o) { return o->capacitor + o->inductor; }

/* ---- the linear model ------------------------------------------------------------------------ */

static void spread(scan *s, int m) {
  const double span = log(s->tau_most / s->tau_least);
  for (int k = 0; k < m; k++) s->tau[k] = s->tau_least * exp(span * k / (m - 1));
  s->tau[m - 1] = s->tau_most;
}

/* Column of the RC element of time constant tau: the parts asked for, real above imaginary. */
static double *rc_column(const scan *s, double tau, double *to) {
  const bool real = s->o->part != MI_KK_IMAGINARY, imaginary = s->o->part != MI_KK_REAL;
  double *im = to + (real ? s->n : 0);
  for (int64_t i = 0; i < s->n; i++) {
    const double wt = s->w[i] * tau, re = s->weight[i] / (1 + wt * wt);
    if (real) to[i] = re;
    if (imaginary) im[i] = -wt * re;
  }
  return im + (imaginary ? s->n : 0);
}

/* Column that is real, or imaginary, only: weight * w^power. */
static double *plain_column(const scan *s, bool is_real, double sign, int power, double *to) {
  for (int part = MI_KK_REAL; part <= MI_KK_IMAGINARY; part++) {
    if (s->o->part != MI_KK_COMPLEX && (int)s->o->part != part) continue;
    const double factor = is_real == (part == MI_KK_REAL) ? sign : 0;
    for (int64_t i = 0; i < s->n; i++)
      to[i] = factor * s->weight[i] * (power == 0 ? 1 : power > 0 ? s->w[i] : 1 / s->w[i]);
    to += s->n;
  }
  return to;
}

static void fill_columns(const scan *s, int m) {
  double *to = plain_column(s, true, 1, 0, s->a);
  for (int k = 0; k < m; k++) to = rc_column(s, s->tau[k], to);
  if (s->o->capacitor) to = plain_column(s, false, -1, -1, to);
  if (s->o->inductor) (void)plain_column(s, false, 1, 1, to);
}

static void fill_right(const scan *s) {
  double *b = s->b;
  if (s->o->part != MI_KK_IMAGINARY)
    for (int64_t i = 0; i < s->n; i++) *b++ = creal(s->z[i]) * s->weight[i];
  if (s->o->part != MI_KK_REAL)
    for (int64_t i = 0; i < s->n; i++) *b++ = cimag(s->z[i]) * s->weight[i];
}

static double complex model_at(const scan *s, int m, double w) {
  const double *x = s->x;
  double re = x[0], im = 0;
  for (int k = 0; k < m; k++) {
    const double wt = w * s->tau[k], part = x[1 + k] / (1 + wt * wt);
    re += part;
    im -= wt * part;
  }
  if (s->o->capacitor) im -= x[1 + m] / w;
  if (s->o->inductor) im += w * x[1 + m + s->o->capacitor];
  return CMPLX(re, im);
}

static void evaluate(const scan *s, int m) {
  for (int64_t i = 0; i < s->n; i++) s->fit[i] = model_at(s, m, s->w[i]);
}

/* ---- one fit --------------------------------------------------------------------------------- */

/* After the real part: 1 / C and L from what is left of the imaginary part. */
static mi_status add_reactances(scan *s, int m, mi_control *control) {
  const mi_kk_options *o = s->o;
  const int count = extras(o);
  double *to = s->a;
  for (int k = 0; k < count; k++) s->x[1 + m + k] = 0;
  if (count == 0) return MI_OK;
  evaluate(s, m);
  for (int64_t i = 0; i < s->n; i++) s->b[i] = cimag(s->z[i] - s->fit[i]) * s->weight[i];
  for (int64_t i = 0; o->capacitor && i < s->n; i++) *to++ = -s->weight[i] / s->w[i];
  for (int64_t i = 0; o->inductor && i < s->n; i++) *to++ = s->weight[i] * s->w[i];
  return mi_leastsq(s->a, s->b, s->n, count, s->x + 1 + m, control);
}

/* After the imaginary part: R0 from what is left of the real part. */
static void add_resistance(scan *s, int m) {
  double sum = 0, weights = 0;
  s->x[0] = 0;
  evaluate(s, m);
  for (int64_t i = 0; i < s->n; i++) {
    const double weight = s->weight[i] * s->weight[i];
    sum += weight * creal(s->z[i] - s->fit[i]);
    weights += weight;
  }
  s->x[0] = sum / weights;
}

static mi_status fit(scan *s, int m, mi_control *control) {
  const int64_t rows = s->o->part == MI_KK_COMPLEX ? 2 * s->n : s->n;
  spread(s, m);
  fill_columns(s, m);
  fill_right(s);
  mi_status status = MI_OK;
  if (s->o->part == MI_KK_IMAGINARY) {
    status = mi_leastsq(s->a + rows, s->b, rows, m + extras(s->o), s->x + 1, control);
    if (status == MI_OK) add_resistance(s, m);
  } else if (s->o->part == MI_KK_REAL) {
    status = mi_leastsq(s->a, s->b, rows, 1 + m, s->x, control);
    if (status == MI_OK) status = add_reactances(s, m, control);
  } else {
    status = mi_leastsq(s->a, s->b, rows, 1 + m + extras(s->o), s->x, control);
  }
  if (status == MI_OK) evaluate(s, m);
  return status;
}

/* ---- judging it ------------------------------------------------------------------------------ */

static double mu_of(const double *r, int m) {
  double negative = 0, positive = 0;
  for (int k = 0; k < m; k++) *(r[k] < 0 ? &negative : &positive) += fabs(r[k]);
  return positive > 0 ? 1 - negative / positive : -INFINITY;
}

static double squares(const scan *s) {
  double sum = 0;
  for (int64_t i = 0; i < s->n; i++) {
    const double complex off = (s->z[i] - s->fit[i]) * s->weight[i];
    sum += creal(off) * creal(off) + cimag(off) * cimag(off);
  }
  return sum;
}

static double bic_of(const scan *s, int m) {
  const double count = 2 * (double)s->n;
  const double least = 1e-32 * count; /* exact data: what rounding leaves */
  return count * log((squares(s) + least) / count) + (1 + m + extras(s->o)) * log(count);
}

/* ---- the scan -------------------------------------------------------------------------------- */

/* The M to take; *reached says whether the criterion was met. */
static mi_status choose(scan *s, int most, int *m, bool *reached, mi_control *control) {
  double best = INFINITY;
  *m = most;
  *reached = s->o->choice == MI_KK_FIXED;
  for (int k = 1; k <= most && !*reached; k++) {
    if (mi_cancelled(control)) return MI_ECANCEL;
    const mi_status status = fit(s, k, control);
    if (status != MI_OK) return status;
    if (s->o->choice == MI_KK_BIC && bic_of(s, k) < best) {
      best = bic_of(s, k);
      *m = k;
    } else if (s->o->choice == MI_KK_MU && mu_of(s->x + 1, k) <= s->o->mu) {
      *m = k;
      *reached = true;
    }
  }
  if (s->o->choice == MI_KK_BIC) *reached = *m < most;
  return MI_OK;
}

/* So many that one row at the least is left over; for the noise, half of them. */
static int greatest(const mi_kk_options *o, int64_t n) {
  int64_t rows = o->part == MI_KK_COMPLEX ? 2 * n : n;
  if (o->choice == MI_KK_BIC) rows = o->part == MI_KK_COMPLEX ? n : n / 2;
  const int others = o->part == MI_KK_REAL ? 1 : o->part == MI_KK_IMAGINARY ? extras(o)
                                                                            : 1 + extras(o);
  const int64_t room = rows - others - 1;
  return room < o->most ? (int)room : o->most;
}

static void find_span(scan *s) {
  double least = INFINITY, most = 0;
  for (int64_t i = 0; i < s->n; i++) {
    s->w[i] = 2 * M_PI * s->f[i];
    s->weight[i] = 1 / cabs(s->z[i]);
    least = fmin(least, s->w[i]);
    most = fmax(most, s->w[i]);
  }
  s->tau_least = 1 / most;
  s->tau_most = 1 / least;
}

/* One block for everything, as large as the greatest M needs. */
static double *take_memory(scan *s, int most) {
  const size_t n = (size_t)s->n, columns = (size_t)most + 3;
  double *block = MI_NEW(double, 6 * n + 2 * columns + 2 * n * columns);
  if (!block) return NULL;
  s->fit = (double complex *)block;
  s->w = block + 2 * n;
  s->weight = s->w + n;
  s->b = s->weight + n;
  s->tau = s->b + 2 * n;
  s->x = s->tau + columns;
  s->a = s->x + columns;
  return block;
}

static mi_status fill_result(const scan *s, int m, mi_kk_result *r, mi_control *control) {
  const size_t n = (size_t)s->n;
  const mi_kk_options *o = s->o;
  r->fit = MI_NEW(double complex, 2 * n);
  r->tau = MI_NEW(double, 2 * (size_t)m);
  if (!r->fit || !r->tau) {
    mi_kk_free(r);
    return mi_fail(control, MI_ENOMEM, "out of memory");
  }
  r->residual = r->fit + n;
  r->r = r->tau + m;
  r->n = s->n;
  r->m = m;
  r->parameters = 1 + m + extras(o);
  r->mu = mu_of(s->x + 1, m);
  r->bic = bic_of(s, m);
  r->resistance = s->x[0];
  r->elastance = o->capacitor ? s->x[1 + m] : 0;
  r->inductance = o->inductor ? s->x[1 + m + o->capacitor] : 0;
  memcpy(r->tau, s->tau, (size_t)m * sizeof *r->tau);
  memcpy(r->r, s->x + 1, (size_t)m * sizeof *r->r);
  double real = 0, imaginary = 0;
  for (size_t i = 0; i < n; i++) {
    r->fit[i] = s->fit[i];
    r->residual[i] = (s->z[i] - s->fit[i]) * s->weight[i];
    real += creal(r->residual[i]) * creal(r->residual[i]);
    imaginary += cimag(r->residual[i]) * cimag(r->residual[i]);
  }
  r->rms_real = sqrt(real / (double)n);
  r->rms_imaginary = sqrt(imaginary / (double)n);
  const double freedom = (double)(2 * s->n - r->parameters);
  r->noise = freedom > 0 ? sqrt((real + imaginary) / freedom) : INFINITY;
  return MI_OK;
}

mi_status mi_kk_test(const mi_kk_options *options, const double *f, const double complex *z,
                     int64_t n, mi_kk_result *result, mi_control *control) {
  scan s = {.o = options, .f = f, .z = z, .n = n};
  memset(result, 0, sizeof *result);
  const int most = greatest(options, n);
  if (most < 1)
    return mi_fail(control, MI_EINVAL, "%" PRId64 " points are too few for a Kramers-Kronig test",
                   n);
  mi_status status = mi_circuit_check_points(f, z, n, control);
  if (status != MI_OK) return status;
  double *block = take_memory(&s, most);
  if (!block) return mi_fail(control, MI_ENOMEM, "out of memory");
  int m = 0;
  find_span(&s);
  status = choose(&s, most, &m, &result->reached, control);
  if (status == MI_OK) status = fit(&s, m, control);
  if (status == MI_OK) status = fill_result(&s, m, result, control);
  free(block);
  return status;
}

mi_status mi_kk_noise(const double *f, const double complex *z, int64_t n, double *noise,
                      mi_control *control) {
  mi_kk_options options = mi_kk_default();
  mi_kk_result result;
  options.choice = MI_KK_BIC;
  const mi_status status = mi_kk_test(&options, f, z, n, &result, control);
  if (status != MI_OK) return status;
  *noise = result.noise;
  mi_kk_free(&result);
  return MI_OK;
}

void mi_kk_free(mi_kk_result *result) {
  free(result->fit);
  free(result->tau);
  memset(result, 0, sizeof *result);
}
