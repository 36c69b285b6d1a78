/* Levenberg-Marquardt with bounds: see optimise_lm.h for the method.
 *
 * One QR of J an iteration gives R and q = Q'r; every damped system, with whatever parameters
 * free, is then solved from [R; sqrt(mu) D], which has at most 2n rows whatever m is. */
#include "core/base/optimise_lm.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/base/memory.h"

typedef struct fit {
  const mi_lm_problem *problem;
  mi_lm_options options;
  mi_control *control;
  int64_t m;
  int n;
  mi_lm_result *result;    /* its p, residual, jacobian and cost are the current point's */
  const double *start;
  double *trial;           /* [n] */
  double *trial_residual;  /* [m] */
  double *other_residual;  /* [m] for differences */
  double *columns;         /* [m x n] column-major: J, then its Householder vectors */
  double *rotated;         /* [m] */
  double *r;               /* [n x n] column-major, upper triangle */
  double *q;               /* [n] first entries of Q'r */
  double *system;          /* [2n x n] column-major */
  double *right;           /* [2n] */
  double *gradient, *step, *work; /* [n] */
  double *length, *largest; /* [n] norms of J's columns here, and the greatest so far */
  int *free;               /* [n] the parameters solved for */
  bool *held;              /* [n] at a bound the gradient or the step pushes against */
  double mu, growth;
  double first_step, first_promise; /* length and predicted decrease of a point's first step */
  double flat_promise;              /* of the last step taken where the cost is flat */
} fit;

mi_lm_options mi_lm_default(void) {
  return (mi_lm_options){.iterations = 500,
                         .cost_tolerance = 1e-11,
                         .step_tolerance = 1e-12,
                         .gradient_tolerance = 1e-13,
                         .damping = 1e-3,
                         .scale_covariance = true};
}

const char *mi_lm_reason_name(mi_lm_reason reason) {
  static const char *const names[] = {"gradient", "cost", "step", "iterations", "stalled"};
  return names[reason];
}

bool mi_lm_converged(mi_lm_reason reason) { return reason <= MI_LM_STEP; }

void mi_lm_free(mi_lm_result *result) {
  free(result->p);
  free(result->residual);
  free(result->jacobian);
  free(result->covariance);
  memset(result, 0, sizeof *result);
}

static double norm(const double *x, int n) {
  double sum = 0;
  for (int j = 0; j < n; j++) sum += x[j] * x[j];
  return sqrt(sum);
}

static double lower(const fit *s, int j) {
  return s->problem->lower ? s->problem->lower[j] : -INFINITY;
}

static double upper(const fit *s, int j) {
  return s->problem->upper ? s->problem->upper[j] : INFINITY;
}

/* D; of a column that has been zero so far, any value serves. */
static double scale(const fit *s, int j) { return s->largest[j] > 0 ? s->largest[j] : 1; }

static double clip(const fit *s, int j, double value) {
  return fmin(fmax(value, lower(s, j)), upper(s, j));
}

/* ---- evaluation ------------------------------------------------------------------------------ */

/* The residual at p; *cost is INFINITY where the point does not exist. */
static mi_status evaluate(fit *s, const double *p, double *residual, double *cost) {
  if (mi_cancelled(s->control)) return MI_ECANCEL;
  s->result->evaluations++;
  mi_status status = s->problem->residual(s->problem->context, p, residual);
  if (status == MI_ENUMERIC) *cost = INFINITY;
  if (status != MI_OK) return status == MI_ENUMERIC ? MI_OK : status;
  double sum = 0;
  for (int64_t i = 0; i < s->m; i++) sum += residual[i] * residual[i];
  *cost = isfinite(sum) ? sum / 2 : INFINITY;
  return MI_OK;
}

/* "1: 0.5, 2: 3, ..." as far as the text goes. */
static void describe(const double *p, int n, char *text, size_t size) {
  size_t used = 0;
  text[0] = '\0';
  for (int j = 0; j < n && used + 40 < size; j++) {
    int written = snprintf(text + used, size - used, "%s%d: %.6g", j ? ", " : "", j + 1, p[j]);
    used += (size_t)written;
  }
}

static mi_status bad_start(const fit *s) {
  const mi_lm_result *result = s->result;
  char text[256];
  describe(result->p, s->n, text, sizeof text);
  for (int64_t i = 0; i < s->m; i++) {
    if (!isfinite(result->residual[i]))
      return mi_fail(s->control, MI_ENUMERIC, "residual %lld is %g at the start (parameters %s)",
                     (long long)i + 1, result->residual[i], text);
  }
  return mi_fail(s->control, MI_ENUMERIC,
                 "the sum of squares is not finite at the start (parameters %s)", text);
}

static mi_status evaluate_start(fit *s) {
  mi_lm_result *result = s->result;
  for (int64_t i = 0; i < s->m; i++) result->residual[i] = 0;
  mi_status status = evaluate(s, result->p, result->residual, &result->cost);
  if (status == MI_OK && !isfinite(result->cost)) return bad_start(s);
  return status;
}

/* Differences of second order: (here r(p) + a r(p + at_a h) + b r(p + at_b h)) / h. */
typedef struct stencil { double at_a, at_b, here, a, b; } stencil;

static const stencil stencils[] = {
    {1, -1, 0, 0.5, -0.5}, {1, 2, -1.5, 2, -0.5}, {-1, -2, 1.5, -2, 0.5}};

/* cbrt(epsilon) balances rounding and truncation for a parameter of the size it has or started
 * with; a quarter of the bounds' distance leaves room for one of the stencils. */
static double difference_step(const fit *s, int j) {
  double p = s->result->p[j], size = s->start[j] != 0 ? fabs(s->start[j]) : 1;
  double h = cbrt(DBL_EPSILON) * fmax(fabs(p), 1e-3 * size);
  h = fmin(h, (upper(s, j) - lower(s, j)) / 4);
  volatile double moved = p + h; /* h := a step that p + h represents exactly */
  return moved - p;
}

/* One stencil for column j; *good is false where it leaves the bounds or what exists. */
static mi_status difference(fit *s, int j, double h, const stencil *way, bool *good) {
  double *p = s->trial, *a = s->trial_residual, *b = s->other_residual, cost_a, cost_b;
  const double here = s->result->p[j];
  const double at_a = here + way->at_a * h, at_b = here + way->at_b * h;
  *good = false;
  if (at_a != clip(s, j, at_a) || at_b != clip(s, j, at_b)) return MI_OK;
  memcpy(p, s->result->p, (size_t)s->n * sizeof *p);
  p[j] = at_a;
  mi_status status = evaluate(s, p, a, &cost_a);
  if (status != MI_OK || !isfinite(cost_a)) return status;
  p[j] = at_b;
  status = evaluate(s, p, b, &cost_b);
  if (status != MI_OK || !isfinite(cost_b)) return status;
  const double *r = s->result->residual;
  double *derivative = s->result->jacobian + j;
  for (int64_t i = 0; i < s->m; i++)
    derivative[i * s->n] = (way->here * r[i] + way->a * a[i] + way->b * b[i]) / h;
  *good = true;
  return MI_OK;
}

static mi_status difference_column(fit *s, int j) {
  const double h = difference_step(s, j);
  for (size_t k = 0; k < sizeof stencils / sizeof *stencils; k++) {
    bool good;
    mi_status status = difference(s, j, h, &stencils[k], &good);
    if (status != MI_OK || good) return status;
  }
  return mi_fail(s->control, MI_ENUMERIC, "no derivative by parameter %d at %.6g: the residual is "
                 "not finite on either side", j + 1, s->result->p[j]);
}

static mi_status check_jacobian(const fit *s) {
  const double *jacobian = s->result->jacobian;
  for (int64_t i = 0; i < s->m; i++) {
    for (int j = 0; j < s->n; j++) {
      if (!isfinite(jacobian[i * s->n + j]))
        return mi_fail(s->control, MI_ENUMERIC,
                       "the derivative of residual %lld by parameter %d is %g at %.6g",
                       (long long)i + 1, j + 1, jacobian[i * s->n + j], s->result->p[j]);
    }
  }
  return MI_OK;
}

static mi_status evaluate_jacobian(fit *s) {
  const mi_lm_problem *problem = s->problem;
  mi_status status = MI_OK;
  if (problem->jacobian)
    status = problem->jacobian(problem->context, s->result->p, s->result->jacobian);
  for (int j = 0; j < s->n && status == MI_OK; j++) {
    if (lower(s, j) == upper(s, j)) {
      for (int64_t i = 0; i < s->m; i++) s->result->jacobian[i * s->n + j] = 0;
    } else if (!problem->jacobian) {
      status = difference_column(s, j);
    }
  }
  return status == MI_OK ? check_jacobian(s) : status;
}

/* ---- small dense algebra (column-major) ------------------------------------------------------ */

static double *column(double *a, int64_t rows, int64_t k) { return a + k * rows; }

/* b -= 2 v (v'b) / (v'v), with v'v / 2 = half */
static void reflect(const double *v, double half, double *b, int64_t rows) {
  double dot = 0;
  for (int64_t i = 0; i < rows; i++) dot += v[i] * b[i];
  const double factor = dot / half;
  for (int64_t i = 0; i < rows; i++) b[i] -= factor * v[i];
}

/* Turns x into the Householder vector that maps it to (*head, 0, ...); returns half its square,
 * zero when x is zero and there is nothing to reflect. */
static double householder(double *x, int64_t rows, double *head) {
  double largest = 0, sum = 0;
  for (int64_t i = 0; i < rows; i++) largest = fmax(largest, fabs(x[i]));
  *head = 0;
  if (largest == 0) return 0;
  for (int64_t i = 0; i < rows; i++) { /* the direction of v is all that matters: no overflow */
    x[i] /= largest;
    sum += x[i] * x[i];
  }
  const double length = x[0] > 0 ? -sqrt(sum) : sqrt(sum);
  const double half = sum - length * x[0];
  *head = length * largest;
  x[0] -= length;
  return half;
}

/* a [rows x n] = Q R: R's columns go to r [n x n] (upper triangle, zeros below); b := Q'b. */
static void factor(double *a, int64_t rows, int n, double *r, double *b) {
  memset(r, 0, (size_t)n * (size_t)n * sizeof *r);
  for (int k = 0; k < n; k++) {
    const int above = k < rows ? k : (int)rows;
    memcpy(column(r, n, k), column(a, rows, k), (size_t)above * sizeof *r);
    if (k >= rows) continue;
    double *v = column(a, rows, k) + k, head;
    const double half = householder(v, rows - k, &head);
    column(r, n, k)[k] = head;
    if (half == 0) continue;
    for (int j = k + 1; j < n; j++) reflect(v, half, column(a, rows, j) + k, rows - k);
    reflect(v, half, b + k, rows - k);
  }
}

/* Least squares by reflections: a [rows x n] and b are overwritten, x solves. a has full rank. */
static void least_squares(double *a, int rows, int n, double *b, double *x) {
  for (int k = 0; k < n; k++) {
    double *v = column(a, rows, k) + k, head;
    const double half = householder(v, rows - k, &head);
    for (int j = k + 1; j < n; j++)
      reflect(v, half, column(a, rows, j) + k, rows - k);
    reflect(v, half, b + k, rows - k);
    x[k] = head; /* the diagonal, until it is used below */
  }
  for (int k = n - 1; k >= 0; k--) {
    double sum = b[k];
    for (int j = k + 1; j < n; j++) sum -= column(a, rows, j)[k] * x[j];
    x[k] = sum / x[k];
  }
}

/* ---- the step -------------------------------------------------------------------------------- */

/* R, q, gradient and column norms at the current point. */
static void linearise(fit *s) {
  const double *jacobian = s->result->jacobian, *residual = s->result->residual;
  for (int j = 0; j < s->n; j++) {
    double *values = column(s->columns, s->m, j), dot = 0;
    for (int64_t i = 0; i < s->m; i++) {
      values[i] = jacobian[i * s->n + j];
      dot += values[i] * residual[i];
    }
    s->gradient[j] = dot;
  }
  memcpy(s->rotated, residual, (size_t)s->m * sizeof *residual);
  factor(s->columns, s->m, s->n, s->r, s->rotated);
  for (int j = 0; j < s->n; j++) {
    s->q[j] = j < s->m ? s->rotated[j] : 0;
    s->length[j] = norm(column(s->r, s->n, j), j + 1);
    s->largest[j] = fmax(s->largest[j], s->length[j]);
    if (s->length[j] == 0) s->length[j] = 1; /* divides a zero column */
  }
}

/* Holds what the gradient pushes against a bound. */
static void hold_at_bounds(fit *s) {
  for (int j = 0; j < s->n; j++) {
    const double p = s->result->p[j];
    s->held[j] = lower(s, j) == upper(s, j) || (p <= lower(s, j) && s->gradient[j] >= 0) ||
                 (p >= upper(s, j) && s->gradient[j] <= 0);
  }
}

static int list_free(fit *s) {
  int count = 0;
  for (int j = 0; j < s->n; j++) {
    if (!s->held[j]) s->free[count++] = j;
  }
  return count;
}

/* The damped step of the free parameters; those held keep the step they have. */
static void solve_free(fit *s, int count) {
  const int n = s->n, rows = n + count;
  memset(s->system, 0, (size_t)rows * (size_t)count * sizeof *s->system);
  memset(s->right, 0, (size_t)rows * sizeof *s->right);
  for (int i = 0; i < n; i++) s->right[i] = -s->q[i];
  for (int j = 0; j < n; j++) {
    if (!s->held[j] || s->step[j] == 0) continue;
    for (int i = 0; i <= j; i++) s->right[i] -= column(s->r, n, j)[i] * s->step[j];
  }
  for (int k = 0; k < count; k++) {
    const int j = s->free[k];
    double *damped = column(s->system, rows, k);
    memcpy(damped, column(s->r, n, j), (size_t)(j + 1) * sizeof *damped);
    damped[n + k] = sqrt(s->mu) * scale(s, j);
  }
  least_squares(s->system, rows, count, s->right, s->work);
  for (int k = 0; k < count; k++) s->step[s->free[k]] = s->work[k];
}

/* Puts on its bound every free parameter that the step carries beyond; true if there was one. */
static bool hold_beyond(fit *s) {
  bool any = false;
  for (int j = 0; j < s->n; j++) {
    const double p = s->result->p[j], to = p + s->step[j], inside = clip(s, j, to);
    if (s->held[j] || to == inside) continue;
    s->held[j] = any = true;
    s->step[j] = inside - p;
  }
  return any;
}

static void make_step(fit *s) {
  memset(s->step, 0, (size_t)s->n * sizeof *s->step);
  hold_at_bounds(s);
  int count;
  do {
    count = list_free(s);
    if (count > 0) solve_free(s, count);
  } while (count > 0 && hold_beyond(s));
  for (int j = 0; j < s->n; j++) s->trial[j] = clip(s, j, s->result->p[j] + s->step[j]);
}

/* The decrease of the cost that the linear model promises. */
static double predicted_decrease(const fit *s) {
  double decrease = 0;
  for (int j = 0; j < s->n; j++) decrease -= s->gradient[j] * s->step[j];
  for (int i = 0; i < s->n; i++) {
    double change = 0;
    for (int j = i; j < s->n; j++) change += column(s->r, s->n, j)[i] * s->step[j];
    decrease -= change * change / 2;
  }
  return decrease;
}

/* Of the costs' difference, without its cancellation. */
static double actual_decrease(const fit *s) {
  const double *r = s->result->residual, *t = s->trial_residual;
  double sum = 0;
  for (int64_t i = 0; i < s->m; i++) sum += (r[i] - t[i]) * (r[i] + t[i]);
  return sum / 2;
}

/* |D step| / |D p| */
static double relative_step(const fit *s) {
  double step = 0, size = 0;
  for (int j = 0; j < s->n; j++) {
    const double d = scale(s, j) * s->step[j], p = scale(s, j) * s->result->p[j];
    step += d * d;
    size += p * p;
  }
  return step == 0 ? 0 : sqrt(step / size);
}

/* ---- the iteration --------------------------------------------------------------------------- */

/* The greatest cosine between the residual and a column of J that may still move. */
static double steepness(fit *s) {
  const double length = sqrt(2 * s->result->cost);
  double greatest = 0;
  hold_at_bounds(s);
  for (int j = 0; j < s->n && length > 0; j++) {
    if (!s->held[j])
      greatest = fmax(greatest, fabs(s->gradient[j]) / (s->length[j] * length));
  }
  return greatest;
}

/* Moves to the trial point. */
static void accept(fit *s, double cost, double gain) {
  mi_lm_result *result = s->result;
  memcpy(result->p, s->trial, (size_t)s->n * sizeof *result->p);
  memcpy(result->residual, s->trial_residual, (size_t)s->m * sizeof *result->residual);
  result->cost = cost;
  s->mu *= fmax(1.0 / 3, 1 - pow(2 * gain - 1, 3));
  s->mu = fmax(s->mu, DBL_MIN);
  s->growth = 2;
}

static void reject(fit *s) {
  s->mu *= s->growth;
  s->growth *= 2;
}

/* Near the minimum the cost is flat: its change drowns in rounding while the step, which comes from
 * the gradient, is still good to many digits. Such steps are taken on trust while what they promise
 * shrinks. */
static void step_on_flat(fit *s, double cost, double predicted, bool *moved, bool *done) {
  *moved = predicted < s->flat_promise / 2;
  s->flat_promise = predicted;
  s->result->reason = MI_LM_COST;
  if (*moved) accept(s, cost, 1);
  else *done = true;
}

/* Whether the first step from this point was long and promised much. If every shorter one failed as
 * well, that is no convergence. */
static bool promised_much(const fit *s) {
  return s->first_step > sqrt(s->options.step_tolerance) &&
         s->first_promise > sqrt(s->options.cost_tolerance) * s->result->cost;
}

/* Tries one step from the current point. *moved: it was accepted; *done: the fit has ended. */
static mi_status attempt(fit *s, bool *moved, bool *done) {
  double cost;
  make_step(s);
  const double predicted = predicted_decrease(s), length = relative_step(s);
  if (s->first_step < 0) s->first_step = length, s->first_promise = predicted;
  mi_status status = evaluate(s, s->trial, s->trial_residual, &cost);
  if (status != MI_OK) return status;
  const double actual = isfinite(cost) ? actual_decrease(s) : -INFINITY;
  const double little = s->options.cost_tolerance * s->result->cost;
  const bool negligible = length <= s->options.step_tolerance || !isfinite(s->mu);
  if (predicted <= little && fabs(actual) <= little && !promised_much(s)) {
    step_on_flat(s, cost, predicted, moved, done);
  } else {
    *moved = actual > 0 && predicted > 0;
    if (*moved) accept(s, cost, actual / predicted);
    else reject(s);
  }
  if (negligible && !*done) {
    s->result->reason = !*moved && promised_much(s) ? MI_LM_STALLED : MI_LM_STEP;
    *done = true;
  }
  return MI_OK;
}

/* Steps from one point until one is accepted or the fit ends. */
static mi_status leave_point(fit *s, bool *moved, bool *done) {
  s->first_step = -1;
  *moved = false;
  while (!*moved && !*done) {
    if (s->result->iterations >= s->options.iterations) {
      s->result->reason = MI_LM_ITERATIONS;
      *done = true;
      return MI_OK;
    }
    s->result->iterations++;
    mi_status status = attempt(s, moved, done);
    if (status != MI_OK) return status;
  }
  return MI_OK;
}

static mi_status iterate(fit *s) {
  mi_status status = evaluate_start(s);
  if (status == MI_OK) status = evaluate_jacobian(s);
  if (status != MI_OK) return status;
  bool done = false, moved;
  linearise(s);
  s->result->reason = MI_LM_GRADIENT;
  while (steepness(s) > s->options.gradient_tolerance) {
    status = leave_point(s, &moved, &done);
    if (status == MI_OK && moved) status = evaluate_jacobian(s);
    if (status != MI_OK) return status;
    if (moved) linearise(s);
    if (done) return MI_OK;
    s->result->reason = MI_LM_GRADIENT;
  }
  return MI_OK;
}

/* ---- covariance ------------------------------------------------------------------------------ */

/* Exchanges columns a and b of the system and the parameters they stand for. */
static void exchange(fit *s, int a, int b) {
  const int n = s->n, parameter = s->free[a];
  s->free[a] = s->free[b];
  s->free[b] = parameter;
  for (int i = 0; i < n; i++) {
    const double value = column(s->system, n, a)[i];
    column(s->system, n, a)[i] = column(s->system, n, b)[i];
    column(s->system, n, b)[i] = value;
  }
}

/* QR with column pivoting of the free columns of R D^-1, R in place; returns the rank. */
static int factor_pivoted(fit *s, int count, double tolerance) {
  const int n = s->n;
  double first = 0;
  for (int k = 0; k < count; k++) {
    int longest = k;
    double best = -1, head;
    for (int j = k; j < count; j++) {
      const double length = norm(column(s->system, n, j) + k, n - k);
      if (length > best) best = length, longest = j;
    }
    if (k == 0) first = best;
    if (best <= tolerance * first) return k;
    exchange(s, k, longest);
    double *v = column(s->system, n, k) + k;
    const double half = householder(v, n - k, &head);
    for (int j = k + 1; j < count; j++) reflect(v, half, column(s->system, n, j) + k, n - k);
    memset(v, 0, (size_t)(n - k) * sizeof *v);
    v[0] = head;
  }
  return count;
}

/* x := R11^-1 x, the leading triangle of the system */
static void back_substitute(const fit *s, int rank, double *x) {
  for (int k = rank - 1; k >= 0; k--) {
    for (int j = k + 1; j < rank; j++) x[k] -= column(s->system, s->n, j)[k] * x[j];
    x[k] /= column(s->system, s->n, k)[k];
  }
}

/* Row and column of an undetermined parameter. */
static void mark_undetermined(fit *s, int parameter) {
  double *c = s->result->covariance;
  for (int j = 0; j < s->n; j++) column(c, s->n, parameter)[j] = column(c, s->n, j)[parameter] = 0;
  column(c, s->n, parameter)[parameter] = INFINITY;
}

/* covariance += variance * x x' over the leading parameters, x in units of 1 / length */
static void add_outer(fit *s, int rank, double variance, const double *x) {
  double *c = s->result->covariance;
  for (int a = 0; a < rank; a++) {
    for (int b = 0; b < rank; b++) {
      const int i = s->free[a], j = s->free[b];
      column(c, s->n, j)[i] += variance * (x[a] / s->length[i]) * (x[b] / s->length[j]);
    }
  }
}

/* The variance that J'J is measured in. */
static double unit_variance(const fit *s, int count) {
  if (!s->options.scale_covariance) return 1;
  return s->m > count ? 2 * s->result->cost / (double)(s->m - count) : INFINITY;
}

/* (J'J)^-1 = sum_k (R^-1 e_k)(R^-1 e_k)' over the determined parameters; a column beyond the rank
 * is a null direction, and whatever it moves is undetermined. */
static void find_covariance(fit *s) {
  const int n = s->n;
  hold_at_bounds(s);
  const int count = list_free(s);
  for (int k = 0; k < count; k++) {
    const int j = s->free[k];
    for (int i = 0; i < n; i++) column(s->system, n, k)[i] = column(s->r, n, j)[i] / s->length[j];
  }
  const double tolerance = s->problem->jacobian ? 1e-12 : 1e-10; /* differences are noisier */
  const int rank = factor_pivoted(s, count, tolerance);
  const double variance = unit_variance(s, count);
  s->result->free = count;
  s->result->rank = rank;
  for (int k = 0; k < rank && isfinite(variance); k++) {
    memset(s->work, 0, (size_t)n * sizeof *s->work);
    s->work[k] = 1;
    back_substitute(s, rank, s->work);
    add_outer(s, rank, variance, s->work);
  }
  for (int k = 0; k < rank && !isfinite(variance); k++) mark_undetermined(s, s->free[k]);
  for (int k = rank; k < count; k++) {
    memcpy(s->work, column(s->system, n, k), (size_t)rank * sizeof *s->work);
    back_substitute(s, rank, s->work);
    for (int j = 0; j < rank; j++) {
      if (fabs(s->work[j]) > sqrt(tolerance)) mark_undetermined(s, s->free[j]);
    }
    mark_undetermined(s, s->free[k]);
  }
}

/* ---- entry ----------------------------------------------------------------------------------- */

static mi_status check_parameter(const fit *s, int j) {
  const double p = s->start[j], low = lower(s, j), high = upper(s, j);
  if (!isfinite(p))
    return mi_fail(s->control, MI_EINVAL, "start: parameter %d: finite number expected, got %g",
                   j + 1, p);
  if (!(low <= high))
    return mi_fail(s->control, MI_EINVAL, "bounds: parameter %d: lower %g exceeds upper %g", j + 1,
                   low, high);
  if (p < low || p > high)
    return mi_fail(s->control, MI_EINVAL,
                   "start: parameter %d: %g lies outside its bounds %g and %g", j + 1, p, low,
                   high);
  return MI_OK;
}

static mi_status check(const fit *s) {
  const mi_lm_options *o = &s->options;
  if (s->m < 1 || s->n < 1)
    return mi_fail(s->control, MI_EINVAL, "at least one residual and one parameter expected");
  if (o->iterations < 0 || !(o->damping > 0) || !(o->cost_tolerance >= 0) ||
      !(o->step_tolerance >= 0) || !(o->gradient_tolerance >= 0))
    return mi_fail(s->control, MI_EINVAL,
                   "options: positive damping, tolerances and iterations >= 0 expected");
  for (int j = 0; j < s->n; j++) {
    mi_status status = check_parameter(s, j);
    if (status != MI_OK) return status;
  }
  return MI_OK;
}

static bool allocate_result(fit *s) {
  const size_t m = (size_t)s->m, n = (size_t)s->n;
  mi_lm_result *result = s->result;
  size_t entries;
  if (__builtin_mul_overflow(m, n, &entries)) return false;
  result->p = MI_NEW(double, n);
  result->residual = MI_NEW(double, m);
  result->jacobian = MI_NEW(double, entries);
  result->covariance = MI_NEW_ZERO(double, n * n);
  return result->p && result->residual && result->jacobian && result->covariance;
}

static bool allocate_work(fit *s) {
  const size_t m = (size_t)s->m, n = (size_t)s->n;
  s->columns = MI_NEW(double, m * n);
  s->trial_residual = MI_NEW(double, 3 * m);
  s->r = MI_NEW(double, 3 * n * n); /* r and the system */
  s->right = MI_NEW(double, 9 * n); /* right [2n] and seven vectors */
  s->free = MI_NEW(int, n);
  s->held = MI_NEW_ZERO(bool, n);
  if (!s->columns || !s->trial_residual || !s->r || !s->right || !s->free || !s->held) return false;
  s->other_residual = s->trial_residual + m;
  s->rotated = s->other_residual + m;
  s->system = s->r + n * n;
  memset(s->right, 0, 9 * n * sizeof *s->right);
  double **vectors[] = {&s->trial, &s->q, &s->gradient, &s->length,
                        &s->largest, &s->step, &s->work};
  for (size_t k = 0; k < 7; k++) *vectors[k] = s->right + (2 + k) * n;
  return true;
}

static void free_work(fit *s) {
  free(s->columns);
  free(s->trial_residual);
  free(s->r);
  free(s->right);
  free(s->free);
  free(s->held);
}

mi_status mi_lm_fit(const mi_lm_problem *problem, const mi_lm_options *options,
                    const double *start, mi_lm_result *result, mi_control *control) {
  memset(result, 0, sizeof *result);
  fit s = {.problem = problem, .control = control, .m = problem->residuals,
           .n = problem->parameters, .result = result, .start = start, .growth = 2,
           .options = options ? *options : mi_lm_default()};
  mi_status status = check(&s);
  if (status != MI_OK) return status;
  result->residuals = s.m;
  result->parameters = s.n;
  s.mu = s.options.damping;
  s.flat_promise = INFINITY;
  if (allocate_result(&s) && allocate_work(&s)) {
    memcpy(result->p, start, (size_t)s.n * sizeof *start);
    status = iterate(&s);
    if (status == MI_OK) find_covariance(&s);
  } else {
    status = mi_fail(control, MI_ENOMEM, "out of memory: %lld residuals, %d parameters",
                     (long long)s.m, s.n);
  }
  free_work(&s);
  if (status != MI_OK) mi_lm_free(result);
  return status;
}
