/* Distribution of relaxation times: the linear system, its two solutions, cross-validation.
 *
 * Unknowns: the k coefficients x_m, then R and those of L, 1 / C, A that are asked for. They are
 * scaled so that the normal matrix has a diagonal of ones. */
#include "core/circuit/drt.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "core/base/linalg.h"
#include "core/base/memory.h"
#include "core/base/optimise_brent.h"
#include "core/circuit/points.h"

#define STEP 0.2          /* of quadrature in ln tau: trapezoids converge exponentially */
#define REACH 6.0         /* exp(-36): where a basis function ends */
#define CAUTION 2.0       /* counts parameters twice: plain cross-validation smooths too little */
#define LEAST_PENALTY 1e-13 /* of the diagonal: keeps the normal matrix definite */

mi_drt_options mi_drt_default(void) {
  return (mi_drt_options){.nonnegative = true, .modulus = true, .inductor = true, .derivative = 1,
                          .width = 0.5};
}

typedef struct equations {
  const mi_drt_options *o;
  const double *f, *tau;
  const double complex *z;
  int64_t n, k, count;   /* points, grid, unknowns */
  double e;              /* shape of the basis */
  double *a, *b;         /* [2 n x count] rows, [2 n]: weighted */
  double *normal, *right, *penalty; /* [count x count], [count], [count x count] */
  double *factor, *work; /* [count x count] each */
  double *scale, *x;     /* [count] */
  double size;           /* lambda = size * (dimensionless lambda) */
  double trace;          /* of the influence matrix, of the last ridge */
} equations;

/* ---- the basis ------------------------------------------------------------------------------- */

static double shape_of(const double *tau, int64_t k, double width) {
  const double spacing = fabs(log(tau[k - 1] / tau[0])) / (double)(k - 1);
  return width * 2 * sqrt(log(2)) / spacing;
}

/* int exp(-(e t)^2) / (1 + i w tau e^t) dt */
static double complex kernel(double w_tau, double e) {
  const double h = fmin(STEP, 0.5 / e);
  const int reach = (int)ceil(REACH / (e * h));
  double re = 0, im = 0;
  for (int q = -reach; q <= reach; q++) {
    const double t = q * h, u = w_tau * exp(t), g = exp(-e * e * t * t) / (1 + u * u);
    re += g;
    im -= g * u;
  }
  return CMPLX(h * re, h * im);
}

/* int gamma_l^(d) gamma_m^(d) dy for basis functions `distance` apart. */
static double overlap(double distance, double e, int derivative) {
  const double a = e * distance, a2 = a * a, g = sqrt(M_PI / 2) * exp(-a2 / 2);
  return derivative == 1 ? e * (1 - a2) * g : e * e * e * (3 - 6 * a2 + a2 * a2) * g;
}

/* ---- the system ------------------------------------------------------------------------------ */

static void fill_row(const equations *s, int64_t i, double weight, double *re, double *im) {
  const mi_drt_options *o = s->o;
  const double w = 2 * M_PI * s->f[i];
  int64_t at = s->k;
  for (int64_t m = 0; m < s->k; m++) {
    const double complex v = weight * kernel(w * s->tau[m], s->e);
    re[m] = creal(v);
    im[m] = cimag(v);
  }
  re[at] = weight, im[at++] = 0;
  if (o->inductor) re[at] = 0, im[at++] = weight * w;
  if (o->capacitor) re[at] = 0, im[at++] = -weight / w;
  if (o->warburg) re[at] = weight / sqrt(w), im[at] = -weight / sqrt(w);
}

static void fill_rows(equations *s) {
  for (int64_t i = 0; i < s->n; i++) {
    const double weight = s->o->modulus ? 1 / cabs(s->z[i]) : 1;
    fill_row(s, i, weight, s->a + i * s->count, s->a + (s->n + i) * s->count);
    s->b[i] = weight * creal(s->z[i]);
    s->b[s->n + i] = weight * cimag(s->z[i]);
  }
}

/* Columns to norm one; the penalty with them. */
static void scale_columns(equations *s) {
  for (int64_t j = 0; j < s->count; j++) {
    double sum = 0;
    for (int64_t i = 0; i < 2 * s->n; i++) sum += s->a[i * s->count + j] * s->a[i * s->count + j];
    s->scale[j] = sum > 0 ? 1 / sqrt(sum) : 1;
    for (int64_t i = 0; i < 2 * s->n; i++) s->a[i * s->count + j] *= s->scale[j];
  }
}

static void fill_penalty(equations *s) {
  for (int64_t l = 0; l < s->count; l++)
    for (int64_t m = 0; m < s->count; m++)
      s->penalty[l * s->count + m] =
          l < s->k && m < s->k ? overlap(log(s->tau[l] / s->tau[m]), s->e, s->o->derivative) *
                                     s->scale[l] * s->scale[m]
                               : 0;
}

static mi_status fill_normal(equations *s, mi_control *control) {
  mi_status status = mi_matmul(true, false, s->count, s->count, 2 * s->n, s->a, s->a, s->normal,
                               control);
  if (status == MI_OK)
    status = mi_matmul(true, false, s->count, 1, 2 * s->n, s->a, s->b, s->right, control);
  double trace = 0;
  for (int64_t j = 0; j < s->k; j++) trace += s->penalty[j * (s->count + 1)];
  s->size = (double)s->k / trace;
  return status;
}

static double entry(const equations *s, int64_t i, int64_t j, double lambda) {
  const int64_t at = i * s->count + j;
  return s->normal[at] + lambda * s->penalty[at] + (i == j ? LEAST_PENALTY : 0);
}

/* ---- ridge ----------------------------------------------------------------------------------- */

static double squares_of(const equations *s) {
  double total = 0;
  for (int64_t i = 0; i < 2 * s->n; i++) {
    double off = s->b[i];
    for (int64_t j = 0; j < s->count; j++) off -= s->a[i * s->count + j] * s->x[j];
    total += off * off;
  }
  return total;
}

/* x and the trace of the influence matrix, tr((N + lambda P)^-1 N). */
static mi_status ridge(equations *s, double lambda, mi_control *control) {
  const int64_t c = s->count;
  for (int64_t i = 0; i < c; i++)
    for (int64_t j = 0; j < c; j++) s->factor[i * c + j] = entry(s, i, j, lambda);
  mi_status status = mi_cholesky(s->factor, c, control);
  if (status != MI_OK) return status;
  memcpy(s->x, s->right, (size_t)c * sizeof *s->x);
  status = mi_cholesky_solve(s->factor, c, s->x, 1, control);
  if (status != MI_OK) return status;
  memcpy(s->work, s->normal, (size_t)(c * c) * sizeof *s->work);
  status = mi_cholesky_solve(s->factor, c, s->work, c, control);
  s->trace = 0;
  for (int64_t i = 0; i < c; i++) s->trace += s->work[i * (c + 1)];
  return status;
}

typedef struct search {
  equations *s;
  mi_control *control;
} search;

/* Cross-validation over the logarithm of lambda. */
static mi_status validate(void *context, double log_lambda, double *value) {
  search *q = context;
  const mi_status status = ridge(q->s, exp(log_lambda), q->control);
  if (status != MI_OK) return status;
  const double count = 2 * (double)q->s->n, left = fmax(1 - CAUTION * q->s->trace / count, 1e-3);
  *value = log(squares_of(q->s) / count / (left * left));
  return MI_OK;
}

/* The best of a coarse scan of 15 decades, refined by Brent's method. */
static mi_status choose_lambda(equations *s, double *lambda, mi_control *control) {
  enum { SCAN = 31 };
  search q = {s, control};
  const double first = log(s->size * 1e-12), step = log(10) / 2;
  double best = INFINITY, value;
  int at = 0;
  for (int i = 0; i < SCAN; i++) {
    const mi_status status = validate(&q, first + i * step, &value);
    if (status != MI_OK) return status;
    if (value < best) best = value, at = i;
  }
  mi_brent_result r;
  const double middle = first + at * step;
  const mi_status status = mi_brent_minimum(validate, &q, middle - step, middle + step, 1e-4, 50,
                                            &r, control);
  if (status == MI_OK) *lambda = exp(r.x);
  return status;
}

/* ---- non-negative least squares -------------------------------------------------------------- */

/* y [m] solves the normal equations of the unknowns in the list `free`. */
static mi_status solve_free(equations *s, double lambda, const int64_t *free_, int64_t m, double *y,
                            mi_control *control) {
  for (int64_t i = 0; i < m; i++) {
    for (int64_t j = 0; j < m; j++) s->factor[i * m + j] = entry(s, free_[i], free_[j], lambda);
    y[i] = s->right[free_[i]];
  }
  const mi_status status = mi_cholesky(s->factor, m, control);
  return status == MI_OK ? mi_cholesky_solve(s->factor, m, y, 1, control) : status;
}

/* The unknown outside the list whose increase lowers the sum most; -1 when none does. */
static int64_t most_wanted(const equations *s, double lambda, const bool *is_free,
                           double tolerance) {
  double most = tolerance;
  int64_t found = -1;
  for (int64_t i = 0; i < s->count; i++) {
    if (is_free[i]) continue;
    double gain = s->right[i];
    for (int64_t j = 0; j < s->count; j++)
      if (s->x[j] > 0) gain -= entry(s, i, j, lambda) * s->x[j];
    if (gain > most) most = gain, found = i;
  }
  return found;
}

/* Goes from x towards y as far as nothing becomes negative; drops what arrives at zero. Returns
 * whether y was reached. */
static bool approach(equations *s, const double *y, int64_t *free_, int64_t *m, bool *is_free) {
  double step = 1;
  for (int64_t i = 0; i < *m; i++)
    if (y[i] <= 0) step = fmin(step, s->x[free_[i]] / (s->x[free_[i]] - y[i]));
  int64_t kept = 0;
  for (int64_t i = 0; i < *m; i++) {
    const int64_t j = free_[i];
    s->x[j] += step * (y[i] - s->x[j]);
    if (y[i] <= 0 && s->x[j] <= 1e-14 * fabs(y[i])) s->x[j] = 0;
    is_free[j] = s->x[j] > 0;
    if (is_free[j]) free_[kept++] = j;
  }
  const bool reached = kept == *m;
  *m = kept;
  return reached;
}

static mi_status nonnegative(equations *s, double lambda, double *y, int64_t *free_, bool *is_free,
                             mi_control *control) {
  double tolerance = 0;
  int64_t m = 0;
  for (int64_t i = 0; i < s->count; i++) {
    tolerance = fmax(tolerance, 1e-11 * fabs(s->right[i]));
    is_free[i] = false;
    s->x[i] = 0;
  }
  for (int64_t turn = 0; turn < 10 * s->count; turn++) {
    if (mi_cancelled(control)) return MI_ECANCEL;
    const int64_t next = most_wanted(s, lambda, is_free, tolerance);
    if (next < 0) return MI_OK;
    free_[m++] = next;
    is_free[next] = true;
    bool reached = false;
    while (!reached && m > 0) {
      const mi_status status = solve_free(s, lambda, free_, m, y, control);
      if (status != MI_OK) return status;
      reached = approach(s, y, free_, &m, is_free);
    }
  }
  return mi_fail(control, MI_ENUMERIC, "the non-negative distribution was not found");
}

static mi_status solve_nonnegative(equations *s, double lambda, mi_control *control) {
  const size_t c = (size_t)s->count;
  double *y = MI_NEW(double, c);
  int64_t *free_ = MI_NEW(int64_t, c);
  bool *is_free = MI_NEW(bool, c);
  mi_status status = y && free_ && is_free
                         ? nonnegative(s, lambda, y, free_, is_free, control)
                         : mi_fail(control, MI_ENOMEM, "out of memory");
  free(y);
  free(free_);
  free(is_free);
  return status;
}

/* ---- results --------------------------------------------------------------------------------- */

static void fill_parts(const equations *s, mi_drt_result *r) {
  const mi_drt_options *o = s->o;
  int64_t at = s->k;
  r->resistance = s->x[at] * s->scale[at], at++;
  if (o->inductor) r->inductance = s->x[at] * s->scale[at], at++;
  if (o->capacitor) r->elastance = s->x[at] * s->scale[at], at++;
  if (o->warburg) r->warburg = s->x[at] * s->scale[at];
}

static double gamma_at(const equations *s, double tau) {
  double sum = 0;
  for (int64_t m = 0; m < s->k; m++) {
    const double t = s->e * log(tau / s->tau[m]);
    sum += s->x[m] * s->scale[m] * exp(-t * t);
  }
  return sum;
}

static void fill_gamma(const equations *s, mi_drt_result *r) {
  for (int64_t l = 0; l < r->k; l++) {
    const int64_t m = l / MI_DRT_FINE;
    const double part = (double)(l % MI_DRT_FINE) / MI_DRT_FINE;
    r->tau[l] = part > 0 ? s->tau[m] * pow(s->tau[m + 1] / s->tau[m], part) : s->tau[m];
    r->gamma[l] = gamma_at(s, r->tau[l]);
  }
  for (int64_t m = 0; m < s->k; m++) r->polarisation += s->x[m] * s->scale[m] * sqrt(M_PI) / s->e;
}

static mi_status fill_result(const equations *s, double lambda, mi_drt_result *r,
                             mi_control *control) {
  r->n = s->n;
  r->k = MI_DRT_FINE * (s->k - 1) + 1;
  r->fit = MI_NEW(double complex, (size_t)s->n);
  r->tau = MI_NEW(double, 2 * (size_t)r->k);
  if (!r->fit || !r->tau) {
    mi_drt_free(r);
    return mi_fail(control, MI_ENOMEM, "out of memory");
  }
  r->gamma = r->tau + r->k;
  r->lambda = lambda;
  r->squares = squares_of(s);
  fill_parts(s, r);
  fill_gamma(s, r);
  for (int64_t i = 0; i < s->n; i++) {
    const double weight = s->o->modulus ? 1 / cabs(s->z[i]) : 1;
    double re = 0, im = 0;
    for (int64_t j = 0; j < s->count; j++) {
      re += s->a[i * s->count + j] * s->x[j];
      im += s->a[(s->n + i) * s->count + j] * s->x[j];
    }
    r->fit[i] = CMPLX(re / weight, im / weight);
  }
  return MI_OK;
}

/* ---- all ------------------------------------------------------------------------------------- */

static mi_status check(const mi_drt_options *o, const double *f, const double complex *z, int64_t n,
                       const double *tau, int64_t k, mi_control *control) {
  if (n < 4) return mi_fail(control, MI_EINVAL, "at least 4 points expected, got %" PRId64, n);
  if (k < 4)
    return mi_fail(control, MI_EINVAL, "at least 4 time constants expected, got %" PRId64, k);
  if (!(o->width > 0)) return mi_fail(control, MI_EINVAL, "width: positive number expected");
  const mi_status status = mi_circuit_check_points(f, z, n, control);
  if (status) return status;
  const bool falls = k > 1 && tau[1] < tau[0];
  for (int64_t m = 0; m < k; m++)
    if (!(tau[m] > 0) || isinf(tau[m]) || (m > 0 && !(falls ? tau[m] < tau[m - 1]
                                                            : tau[m] > tau[m - 1])))
      return mi_fail(control, MI_EINVAL,
                     "tau: positive numbers that rise or fall expected (number %" PRId64 ")",
                     m + 1);
  return MI_OK;
}

static double *take_memory(equations *s) {
  const size_t c = (size_t)s->count, rows = 2 * (size_t)s->n;
  double *block = MI_NEW(double, rows * (c + 1) + 4 * c * c + 3 * c);
  if (!block) return NULL;
  s->a = block;
  s->b = s->a + rows * c;
  s->normal = s->b + rows;
  s->penalty = s->normal + c * c;
  s->factor = s->penalty + c * c;
  s->work = s->factor + c * c;
  s->right = s->work + c * c;
  s->scale = s->right + c;
  s->x = s->scale + c;
  return block;
}

static mi_status solve(equations *s, double *lambda, mi_drt_result *result, mi_control *control) {
  search q = {s, control};
  fill_rows(s);
  scale_columns(s);
  fill_penalty(s);
  mi_status status = fill_normal(s, control);
  if (status == MI_OK && !(*lambda > 0)) status = choose_lambda(s, lambda, control);
  if (status == MI_OK) status = validate(&q, log(*lambda), &result->gcv);
  result->gcv = exp(result->gcv);
  result->freedom = s->trace;
  if (status == MI_OK && s->o->nonnegative) status = solve_nonnegative(s, *lambda, control);
  return status;
}

mi_status mi_drt_fit(const mi_drt_options *options, const double *f, const double complex *z,
                     int64_t n, const double *tau, int64_t k, mi_drt_result *result,
                     mi_control *control) {
  memset(result, 0, sizeof *result);
  mi_status status = check(options, f, z, n, tau, k, control);
  if (status != MI_OK) return status;
  equations s = {.o = options, .f = f, .z = z, .n = n, .tau = tau, .k = k,
              .count = k + 1 + options->inductor + options->capacitor + options->warburg,
              .e = shape_of(tau, k, options->width)};
  double *block = take_memory(&s), lambda = options->lambda;
  if (!block) return mi_fail(control, MI_ENOMEM, "out of memory");
  status = solve(&s, &lambda, result, control);
  if (status == MI_OK) status = fill_result(&s, lambda, result, control);
  free(block);
  return status;
}

void mi_drt_free(mi_drt_result *result) {
  free(result->fit);
  free(result->tau);
  memset(result, 0, sizeof *result);
}
