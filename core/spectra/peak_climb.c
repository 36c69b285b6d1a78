/* Fisher scoring with Levenberg's damping and an active set of bounds.
 *
 * With J the derivatives of the model over the root of its variance and r the residuals over it,
 * the log-likelihood has the gradient g = J'r and the expected curvature -F, F = J'J; priors add
 * their own. A step solves (F + mu D) s = g by Cholesky, D the largest diagonal of F so far
 * (Marquardt), and is taken when the likelihood rises. mu follows Nielsen (1999),
 * IMM-REP-1999-05. A parameter at a bound that the gradient pushes outward is held; one that the
 * step would carry over its bound is put on it and the others are solved again.
 *
 * The climb has converged when a step with little damping promises less than the tolerance. F^-1 is
 * the covariance. */
#include "core/spectra/peak_climb.h"

#include <math.h>
#include <string.h>

#include "core/base/memory.h"

#define LITTLE_DAMPING 1e-2
#define MOST_DAMPING 1e12
#define SINGULAR 1e-11  /* pivot of the scaled F */
#define ROUNDING 1e-14  /* of a log-likelihood, relative to the counts */

typedef struct climber {
  mi_peak_climb *o;
  int count;
  double *weight, *residual;             /* [padded] */
  double *normal, *factor;               /* [count x count] F (both triangles); Cholesky */
  double *gradient, *largest, *step, *trial, *right; /* [count] */
  int *free, frees;
  bool *held;
  double cost, mu, growth, little;
} climber;

/* ---- evaluation ------------------------------------------------------------------------------ */

static double prior_cost(const climber *c, const double *q) {
  double sum = 0;
  for (int a = 0; a < c->count; a++) {
    const double off = c->o->sd[a] > 0 ? (q[a] - c->o->prior[a]) / c->o->sd[a] : 0;
    sum += 0.5 * off * off;
  }
  return sum;
}

/* Half the deviance and the priors at q; leaves the columns of q in the model. */
static double evaluate(climber *c, const double *q) {
  mi_peak_model *model = c->o->model;
  mi_peak_model_at(model, q);
  c->o->half_deviance = MI_DISPATCH(model->isa, mi_peak_deviance)(
      c->o->y, model->m, model->grid.n, model->grid.padded, model->options->noise, c->weight,
      c->residual);
  return c->o->half_deviance + prior_cost(c, q);
}

/* F and g where the columns are. */
static void linearise(climber *c) {
  mi_peak_model *model = c->o->model;
  const int n = c->count;
  MI_DISPATCH(model->isa, mi_peak_normal)(model->column, n, n, model->grid.padded, c->weight,
                                          c->residual, c->normal, c->gradient);
  for (int a = 0; a < n; a++) {
    for (int b = 0; b < a; b++) c->normal[b * n + a] = c->normal[a * n + b];
    if (c->o->sd[a] > 0) {
      const double precision = 1 / (c->o->sd[a] * c->o->sd[a]);
      c->normal[a * n + a] += precision;
      c->gradient[a] -= precision * (c->o->q[a] - c->o->prior[a]);
    }
    c->largest[a] = fmax(c->largest[a], c->normal[a * n + a]);
  }
}

/* ---- the step -------------------------------------------------------------------------------- */

static void hold_at_bounds(climber *c) {
  for (int a = 0; a < c->count; a++) {
    const double q = c->o->q[a];
    c->held[a] = (q <= c->o->lower[a] && c->gradient[a] <= 0) ||
                 (q >= c->o->upper[a] && c->gradient[a] >= 0);
  }
}

static void list_free(climber *c) {
  c->frees = 0;
  for (int a = 0; a < c->count; a++)
    if (!c->held[a]) c->free[c->frees++] = a;
}

/* Lower Cholesky factor of the free part of F + mu D; false when it is not positive. */
static bool factorise(climber *c) {
  const int n = c->frees, all = c->count;
  for (int i = 0; i < n; i++) {
    double *row = c->factor + (ptrdiff_t)i * all;
    for (int j = 0; j <= i; j++) {
      const double *other = c->factor + (ptrdiff_t)j * all;
      double sum = c->normal[c->free[i] * all + c->free[j]];
      for (int k = 0; k < j; k++) sum -= row[k] * other[k];
      if (i > j) {
        row[j] = sum / other[j];
        continue;
      }
      const double d = c->largest[c->free[i]];
      sum += c->mu * (d > 0 ? d : 1);
      if (!(sum > 0)) return false;
      row[i] = sqrt(sum);
    }
  }
  return true;
}

static bool solve_free(climber *c) {
  const int n = c->frees, all = c->count;
  if (!factorise(c)) return false;
  for (int i = 0; i < n; i++) {
    double sum = c->gradient[c->free[i]];
    for (int a = 0; a < all; a++)
      if (c->held[a]) sum -= c->normal[c->free[i] * all + a] * c->step[a];
    for (int k = 0; k < i; k++) sum -= c->factor[i * all + k] * c->right[k];
    c->right[i] = sum / c->factor[i * all + i];
  }
  for (int i = n; i-- > 0;) {
    double sum = c->right[i];
    for (int k = i + 1; k < n; k++) sum -= c->factor[k * all + i] * c->right[k];
    c->right[i] = sum / c->factor[i * all + i];
    c->step[c->free[i]] = c->right[i];
  }
  return true;
}

static double clip(const climber *c, int a, double value) {
  return fmin(fmax(value, c->o->lower[a]), c->o->upper[a]);
}

static bool hold_beyond(climber *c) {
  bool any = false;
  for (int a = 0; a < c->count; a++) {
    const double to = c->o->q[a] + c->step[a], inside = clip(c, a, to);
    if (c->held[a] || to == inside) continue;
    c->held[a] = any = true;
    c->step[a] = inside - c->o->q[a];
  }
  return any;
}

/* False where F + mu D cannot be solved. */
static bool make_step(climber *c) {
  memset(c->step, 0, (size_t)c->count * sizeof *c->step);
  hold_at_bounds(c);
  do {
    list_free(c);
    if (c->frees > 0 && !solve_free(c)) return false;
  } while (c->frees > 0 && hold_beyond(c));
  for (int a = 0; a < c->count; a++) c->trial[a] = clip(c, a, c->o->q[a] + c->step[a]);
  return true;
}

/* How much the step raises the log-likelihood if F is right. */
static double promised(const climber *c) {
  const int n = c->count;
  double gain = 0;
  for (int a = 0; a < n; a++) {
    double curve = 0;
    for (int b = 0; b < n; b++) curve += c->normal[a * n + b] * c->step[b];
    gain += c->step[a] * (c->gradient[a] - 0.5 * curve);
  }
  return gain;
}

/* ---- the climb ------------------------------------------------------------------------------- */

/* More damping; true when there is no more to give. */
static bool reject(climber *c) {
  c->mu *= c->growth;
  c->growth *= 2;
  if (c->mu <= MOST_DAMPING) return false;
  c->o->reason = MI_PEAKS_STALLED;
  return true;
}

static void accept(climber *c, double cost, double ratio) {
  memcpy(c->o->q, c->trial, (size_t)c->count * sizeof *c->trial);
  c->cost = cost;
  c->mu = fmax(1e-12, c->mu * fmax(1.0 / 10, 1 - pow(2 * fmin(ratio, 1) - 1, 3)));
  c->growth = 2;
  linearise(c);
}

/* One step; true when the climb is over. A step that promises a loss was cut at a bound far away:
 * it says nothing of convergence, a shorter one is wanted. */
static bool advance(climber *c) {
  if (!make_step(c)) return reject(c);
  const double gain = promised(c), kept = c->o->half_deviance;
  if (fabs(gain) <= c->little && (c->mu <= LITTLE_DAMPING || c->mu > MOST_DAMPING)) {
    c->o->reason = MI_PEAKS_TOLERANCE;
    return true;
  }
  if (gain < -c->little) return reject(c);
  const double cost = evaluate(c, c->trial), rise = c->cost - cost;
  if (isfinite(cost) && rise > 0) {
    accept(c, cost, rise / gain);
    return false;
  }
  c->o->half_deviance = kept;
  return reject(c);
}

static mi_status climb(climber *c, mi_control *control) {
  c->cost = evaluate(c, c->o->q);
  if (!isfinite(c->cost))
    return mi_fail(control, MI_ENUMERIC, "the likelihood is not finite at the start");
  linearise(c);
  c->o->reason = MI_PEAKS_ITERATIONS;
  for (c->o->iterations = 0; c->o->iterations < c->o->model->options->iterations;
       c->o->iterations++) {
    if (mi_cancelled(control)) return MI_ECANCEL;
    if (advance(c)) break;
  }
  return MI_OK;
}

/* ---- covariance ------------------------------------------------------------------------------ */

/* The scaled free part of F, factored with pivots in place of c->factor; returns its rank and puts
 * the order into c->free. */
static int factor_pivoted(climber *c) {
  const int n = c->frees, all = c->count;
  double *f = c->factor;
  for (int i = 0; i < n; i++)
    for (int j = 0; j < n; j++) {
      const int a = c->free[i], b = c->free[j];
      const double scale = sqrt(c->normal[a * all + a] * c->normal[b * all + b]);
      f[i * all + j] = scale > 0 ? c->normal[a * all + b] / scale : 0;
    }
  for (int k = 0; k < n; k++) {
    int best = k;
    for (int i = k; i < n; i++)
      if (f[i * all + i] > f[best * all + best]) best = i;
    if (!(f[best * all + best] > SINGULAR)) return k;
    const int swap = c->free[k];
    c->free[k] = c->free[best], c->free[best] = swap;
    for (int i = 0; i < n; i++) {
      const double t = f[i * all + k];
      f[i * all + k] = f[i * all + best], f[i * all + best] = t;
    }
    for (int j = 0; j < n; j++) {
      const double t = f[k * all + j];
      f[k * all + j] = f[best * all + j], f[best * all + j] = t;
    }
    const double root = sqrt(f[k * all + k]);
    f[k * all + k] = root;
    for (int i = k + 1; i < n; i++) f[i * all + k] /= root;
    for (int i = k + 1; i < n; i++)
      for (int j = k + 1; j < n; j++) f[i * all + j] -= f[i * all + k] * f[j * all + k];
    for (int j = k + 1; j < n; j++) f[k * all + j] = f[j * all + k]; /* the upper triangle */
  }
  return n;
}

static void mark_undetermined(climber *c, int a) {
  double *cov = c->o->covariance;
  for (int b = 0; b < c->count; b++) cov[a * c->count + b] = cov[b * c->count + a] = 0;
  cov[a * c->count + a] = INFINITY;
}

/* x := U^-1 x, U the leading triangle of the factor (its upper one) */
static void back_substitute(const climber *c, int rank, double *x) {
  for (int i = rank; i-- > 0;) {
    for (int j = i + 1; j < rank; j++) x[i] -= c->factor[i * c->count + j] * x[j];
    x[i] /= c->factor[i * c->count + i];
  }
}

/* F^-1 = U^-1 U^-T over what the data determine; a parameter beyond the rank is a null direction,
 * and whatever it moves is not determined. */
static void find_covariance(climber *c) {
  const int n = c->count;
  double *cov = c->o->covariance, *x = c->right;
  hold_at_bounds(c);
  list_free(c);
  memset(cov, 0, (size_t)n * (size_t)n * sizeof *cov);
  const int rank = factor_pivoted(c);
  c->o->free = c->frees;
  for (int k = 0; k < rank; k++) {
    memset(x, 0, (size_t)n * sizeof *x);
    x[k] = 1;
    back_substitute(c, rank, x);
    for (int i = 0; i <= k; i++)
      for (int j = 0; j <= k; j++) {
        const int a = c->free[i], b = c->free[j];
        cov[a * n + b] += x[i] * x[j] / sqrt(c->normal[a * n + a] * c->normal[b * n + b]);
      }
  }
  for (int k = rank; k < c->frees; k++) {
    for (int i = 0; i < rank; i++) x[i] = c->factor[i * n + k];
    back_substitute(c, rank, x);
    for (int i = 0; i < rank; i++)
      if (fabs(x[i]) > sqrt(SINGULAR)) mark_undetermined(c, c->free[i]);
    mark_undetermined(c, c->free[k]);
  }
}

/* ---- entry ----------------------------------------------------------------------------------- */

static bool allocate(climber *c, double **vectors, double **matrices) {
  const size_t n = (size_t)c->count, padded = c->o->model->grid.padded;
  *vectors = MI_NEW_ZERO(double, 2 * padded + 5 * n);
  *matrices = MI_NEW_ZERO(double, 2 * n * n + 1);
  c->o->covariance = MI_NEW_ZERO(double, n * n + 1);
  c->free = MI_NEW_ZERO(int, n + 1);
  c->held = MI_NEW_ZERO(bool, n + 1);
  if (!*vectors || !*matrices || !c->o->covariance || !c->free || !c->held) return false;
  c->weight = *vectors;
  c->residual = c->weight + padded;
  double **const small[] = {&c->gradient, &c->largest, &c->step, &c->trial, &c->right};
  for (size_t i = 0; i < 5; i++) *small[i] = c->residual + padded + i * n;
  c->normal = *matrices;
  c->factor = c->normal + n * n;
  return true;
}

static double counts_of(const mi_peak_climb *o) {
  double sum = 0;
  for (size_t i = 0; i < o->model->grid.n; i++) sum += o->y[i];
  return sum / o->model->options->noise;
}

mi_status mi_peak_climb_run(mi_peak_climb *o, mi_control *control) {
  climber c = {.o = o, .count = o->model->count, .mu = 1e-3, .growth = 2};
  double *vectors = NULL, *matrices = NULL;
  mi_status status = MI_OK;
  c.little = fmax(o->model->options->tolerance, ROUNDING * counts_of(o));
  if (!allocate(&c, &vectors, &matrices)) status = mi_fail(control, MI_ENOMEM, "out of memory");
  if (status == MI_OK) status = climb(&c, control);
  if (status == MI_OK) find_covariance(&c);
  free(vectors);
  free(matrices);
  free(c.free);
  free(c.held);
  return status;
}
