/* L-BFGS with bounds: see optimise_lbfgs.h for the method. */
#include "core/base/optimise_lbfgs.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "core/base/memory.h"

/* A point on the projected path: its parameter, f, and the derivative of f along the path. */
typedef struct probe {
  double t, value, slope;
} probe;

typedef struct descent {
  const mi_lbfgs_problem *problem;
  mi_lbfgs_options options;
  mi_control *control;
  mi_lbfgs_result *result; /* its x, gradient and value are the current point's */
  int64_t n;
  double *trial, *trial_gradient, *direction; /* [n] */
  double *s, *y;      /* [memory x n] steps and changes of the gradient, a ring */
  double *weight;     /* [memory] of the two loops; NAN marks a pair left out */
  int count, newest;  /* pairs held; place of the last */
  bool *held;         /* [n] at a bound that the gradient pushes against */
  double scale;       /* inverse curvature along the last step; 0: unknown */
  int flat;           /* steps since f fell or the gradient was least */
  double least;       /* the least r->slope so far */
  double promise;     /* decrease that the last quasi-Newton step promised */
} descent;

mi_lbfgs_options mi_lbfgs_default(void) {
  return (mi_lbfgs_options){
      .memory = 10, .iterations = 10000, .gradient_tolerance = 1e-8, .value_tolerance = 1e-15};
}

const char *mi_lbfgs_reason_name(mi_lbfgs_reason reason) {
  static const char *const names[] = {"gradient", "value", "iterations", "stalled"};
  return names[reason];
}

bool mi_lbfgs_converged(mi_lbfgs_reason reason) { return reason <= MI_LBFGS_VALUE; }

void mi_lbfgs_free(mi_lbfgs_result *result) {
  free(result->x);
  free(result->gradient);
  memset(result, 0, sizeof *result);
}

static double lower(const descent *d, int64_t i) {
  return d->problem->lower ? d->problem->lower[i] : -INFINITY;
}

static double upper(const descent *d, int64_t i) {
  return d->problem->upper ? d->problem->upper[i] : INFINITY;
}

static double clip(const descent *d, int64_t i, double x) {
  return fmin(fmax(x, lower(d, i)), upper(d, i));
}

/* ---- evaluation ------------------------------------------------------------------------------ */

/* f and its gradient at x; *value is INFINITY where the point does not exist. */
static mi_status evaluate(descent *d, const double *x, double *value, double *gradient) {
  if (mi_cancelled(d->control)) return MI_ECANCEL;
  d->result->evaluations++;
  *value = NAN;
  mi_status status = d->problem->function(d->problem->context, x, value, gradient);
  bool good = status == MI_OK && isfinite(*value);
  for (int64_t i = 0; i < d->n && good; i++) good = isfinite(gradient[i]);
  if (!good) *value = INFINITY;
  return status == MI_ENUMERIC ? MI_OK : status;
}

static mi_status evaluate_start(descent *d) {
  mi_lbfgs_result *r = d->result;
  memset(r->gradient, 0, (size_t)d->n * sizeof *r->gradient);
  mi_status status = evaluate(d, r->x, &r->value, r->gradient);
  if (status != MI_OK || isfinite(r->value)) return status;
  for (int64_t i = 0; i < d->n; i++) {
    if (!isfinite(r->gradient[i]))
      return mi_fail(d->control, MI_ENUMERIC,
                     "the derivative by variable %lld is not finite at the start, where it is %g",
                     (long long)i + 1, r->x[i]);
  }
  return mi_fail(d->control, MI_ENUMERIC,
                 "the value is not finite at the start (variable 1 is %g of %lld)", r->x[0],
                 (long long)d->n);
}

/* P(x + t d), f there and its slope along the path: what has met its bound moves no more. */
static mi_status probe_path(descent *d, double t, probe *p) {
  for (int64_t i = 0; i < d->n; i++)
    d->trial[i] = clip(d, i, d->result->x[i] + t * d->direction[i]);
  *p = (probe){.t = t};
  mi_status status = evaluate(d, d->trial, &p->value, d->trial_gradient);
  for (int64_t i = 0; i < d->n && isfinite(p->value); i++) {
    const double to = d->result->x[i] + t * d->direction[i];
    if (to > lower(d, i) && to < upper(d, i)) p->slope += d->trial_gradient[i] * d->direction[i];
  }
  return status;
}

/* ---- direction ------------------------------------------------------------------------------- */

/* Holds what the gradient pushes against a bound; returns the greatest entry of the gradient of
 * the others. */
static double hold_at_bounds(descent *d) {
  double greatest = 0;
  for (int64_t i = 0; i < d->n; i++) {
    const double x = d->result->x[i], g = d->result->gradient[i];
    d->held[i] = (x <= lower(d, i) && g >= 0) || (x >= upper(d, i) && g <= 0);
    if (!d->held[i]) greatest = fmax(greatest, fabs(g));
  }
  return greatest;
}

/* Over the variables that are not held. */
static double dot(const descent *d, const double *a, const double *b) {
  double sum = 0;
  for (int64_t i = 0; i < d->n; i++) sum += d->held[i] ? 0 : a[i] * b[i];
  return sum;
}

static void add(const descent *d, double factor, const double *a, double *b) {
  for (int64_t i = 0; i < d->n; i++) b[i] += d->held[i] ? 0 : factor * a[i];
}

/* The pair that is `age` iterations old. */
static int64_t pair(const descent *d, int age) {
  const int place = (d->newest - age + d->options.memory) % d->options.memory;
  return place * d->n;
}

/* direction := -H gradient on the free variables, by the two loops. Pairs without positive
 * curvature on the free variables are left out. */
static void quasi_newton(descent *d) {
  double *q = d->direction, size = 0;
  add(d, -1, d->result->gradient, q);
  for (int k = 0; k < d->count; k++) {
    const double *s = d->s + pair(d, k), *y = d->y + pair(d, k);
    const double sy = dot(d, s, y), yy = dot(d, y, y);
    const bool good = sy > DBL_EPSILON * yy && sy > DBL_EPSILON * dot(d, s, s);
    d->weight[k] = good ? dot(d, s, q) / sy : NAN;
    if (!good) continue;
    add(d, -d->weight[k], y, q);
    if (size == 0) size = sy / yy;
  }
  if (size > 0) add(d, size - 1, q, q);
  for (int k = d->count - 1; k >= 0; k--) {
    const double *s = d->s + pair(d, k), *y = d->y + pair(d, k);
    if (!isnan(d->weight[k])) add(d, d->weight[k] - dot(d, y, q) / dot(d, s, y), s, q);
  }
}

/* What a scaled step along the gradient carries to its bound goes straight there and is held from
 * the quasi-Newton step of the others. Projecting that step instead would break the balance between
 * its entries, and crawl along the bound. */
static void send_to_bounds(descent *d, double scale) {
  for (int64_t i = 0; i < d->n; i++) {
    const double x = d->result->x[i], to = clip(d, i, x - scale * d->result->gradient[i]);
    const bool reached = to <= lower(d, i) || to >= upper(d, i);
    d->direction[i] = reached && !d->held[i] ? to - x : 0;
    d->held[i] = d->held[i] || (reached && to != x);
  }
}

/* Makes the direction; returns the slope along it, negative unless the point is stationary. What
 * would leave its bound at once stays: dropping it only makes the slope steeper. */
static double choose_direction(descent *d) {
  double slope = 0;
  hold_at_bounds(d);
  send_to_bounds(d, d->count > 0 ? d->scale : 0);
  quasi_newton(d);
  for (int64_t i = 0; i < d->n; i++) {
    const double x = d->result->x[i], step = d->direction[i];
    if ((x <= lower(d, i) && step < 0) || (x >= upper(d, i) && step > 0)) d->direction[i] = 0;
    slope += d->direction[i] * d->result->gradient[i];
  }
  return slope;
}

static void remember(descent *d) {
  const mi_lbfgs_result *r = d->result;
  d->newest = (d->newest + 1) % d->options.memory;
  if (d->count < d->options.memory) d->count++;
  double *s = d->s + pair(d, 0), *y = d->y + pair(d, 0), sy = 0, yy = 0;
  for (int64_t i = 0; i < d->n; i++) {
    s[i] = d->trial[i] - r->x[i];
    y[i] = d->trial_gradient[i] - r->gradient[i];
    sy += s[i] * y[i];
    yy += y[i] * y[i];
  }
  d->scale = sy > 0 && yy > 0 ? sy / yy : 0;
}

/* ---- line search ----------------------------------------------------------------------------- */

static const double DECREASE = 1e-4, CURVATURE = 0.9;
enum { PROBES = 40, ENOUGH = 6 };

typedef struct line {
  probe start;
  double rounding; /* f is not told apart below this */
} line;

static bool decreases(const line *l, const probe *p) {
  return p->value <= l->start.value + DECREASE * p->t * l->start.slope + l->rounding;
}

static bool is_flat(const line *l, const probe *p) {
  return fabs(p->slope) <= -CURVATURE * l->start.slope;
}

/* Between the two, by the cubic through values and slopes, not too near to either. */
static double interpolate(const probe *a, const probe *b) {
  const double width = b->t - a->t, middle = a->t + width / 2;
  if (!isfinite(b->value)) return a->t + width / 10;
  const double u = a->slope + b->slope - 3 * (a->value - b->value) / (a->t - b->t);
  const double root = sqrt(u * u - a->slope * b->slope), v = copysign(root, width);
  const double t = b->t - width * (b->slope + v - u) / (b->slope - a->slope + 2 * v);
  if (!isfinite(t)) return middle;
  return fabs(t - middle) <= 0.4 * fabs(width) ? t : middle + copysign(0.4 * width, t - middle);
}

/* Narrows [low, high]: low decreases and is the best so far, and f falls from it towards high. At a
 * kink no point is flat; a few probes that have lowered f are then enough. */
static mi_status zoom(descent *d, const line *l, probe low, probe high, probe *found) {
  const double start = l->start.value;
  for (int k = 0; k < PROBES && (k < ENOUGH || !(low.value < start)); k++) {
    mi_status status = probe_path(d, interpolate(&low, &high), found);
    if (status != MI_OK) return status;
    if (!decreases(l, found) || found->value > low.value + l->rounding) {
      high = *found;
    } else {
      if (is_flat(l, found)) return MI_OK;
      if (found->slope * (high.t - low.t) >= 0) high = low;
      low = *found;
    }
  }
  *found = l->start;
  return low.value < start ? probe_path(d, low.t, found) : MI_OK;
}

/* A point on the path that satisfies the conditions; found->t is zero when there is none. */
static mi_status search(descent *d, double slope, double t, probe *found) {
  const double value = d->result->value;
  const double terms = 4 + sqrt((double)d->n); /* f is a sum of some n terms, usually */
  const line l = {{0, value, slope}, terms * DBL_EPSILON * fabs(value)};
  probe before = l.start;
  for (int k = 0; k < PROBES; k++) {
    mi_status status = probe_path(d, t, found);
    if (status != MI_OK) return status;
    if (!decreases(&l, found) || (k > 0 && found->value > before.value + l.rounding))
      return zoom(d, &l, before, *found, found);
    if (is_flat(&l, found)) return MI_OK;
    if (found->slope >= 0) return zoom(d, &l, *found, before, found);
    before = *found;
    t *= 3;
  }
  return MI_OK; /* f still falls: it may have no minimum this way */
}

/* ---- iteration ------------------------------------------------------------------------------- */

static double first_length(const descent *d) {
  return d->count > 0 ? 1 : fmin(1, 1 / sqrt(dot(d, d->direction, d->direction)));
}

/* One step. *moved is false when the search found nothing. */
static mi_status step(descent *d, bool *moved) {
  mi_lbfgs_result *r = d->result;
  probe found = {0};
  *moved = false;
  const double slope = choose_direction(d);
  if (d->count > 0 || d->result->iterations == 1) d->promise = -slope;
  if (!(slope < 0)) return MI_OK;
  mi_status status = search(d, slope, first_length(d), &found);
  if (status != MI_OK || found.t == 0) return status;
  *moved = true;
  remember(d);
  memcpy(r->x, d->trial, (size_t)d->n * sizeof *r->x);
  memcpy(r->gradient, d->trial_gradient, (size_t)d->n * sizeof *r->gradient);
  r->value = found.value;
  return MI_OK;
}

/* Whether the search ends after a step that gained little, or where none was found. f is flat to
 * rounding before the gradient is: steps that gain little are taken on trust until as many as there
 * are pairs have brought no smaller gradient. */
static bool ends(descent *d, bool moved, double gain) {
  mi_lbfgs_result *r = d->result;
  r->slope = hold_at_bounds(d);
  if (!moved && d->count > 0) { /* the model may be at fault: once more along the gradient */
    d->count = 0;
    return false;
  }
  d->flat++;
  if (gain > d->options.value_tolerance * fabs(r->value) || r->slope < d->least) d->flat = 0;
  d->least = fmin(d->least, r->slope);
  if (moved && d->flat < d->options.memory) return false;
  const bool rounding = d->promise <= 1e-10 * fabs(r->value);
  r->reason = moved || rounding ? MI_LBFGS_VALUE : MI_LBFGS_STALLED;
  return true;
}

static mi_status iterate(descent *d) {
  mi_lbfgs_result *r = d->result;
  mi_status status = evaluate_start(d);
  if (status != MI_OK) return status;
  r->slope = d->least = hold_at_bounds(d);
  while (r->slope > d->options.gradient_tolerance) {
    r->reason = MI_LBFGS_ITERATIONS;
    if (r->iterations >= d->options.iterations) return MI_OK;
    r->iterations++;
    const double before = r->value;
    bool moved;
    status = step(d, &moved);
    if (status != MI_OK || ends(d, moved, before - r->value)) return status;
  }
  r->reason = MI_LBFGS_GRADIENT;
  return MI_OK;
}

/* ---- entry ----------------------------------------------------------------------------------- */

static mi_status check_variable(const descent *d, const double *start, int64_t i) {
  const double x = start[i], low = lower(d, i), high = upper(d, i);
  const long long number = i + 1;
  if (!isfinite(x))
    return mi_fail(d->control, MI_EINVAL, "start: variable %lld: finite number expected, got %g",
                   number, x);
  if (!(low <= high))
    return mi_fail(d->control, MI_EINVAL, "bounds: variable %lld: lower %g exceeds upper %g",
                   number, low, high);
  if (x < low || x > high)
    return mi_fail(d->control, MI_EINVAL,
                   "start: variable %lld: %g lies outside its bounds %g and %g", number, x, low,
                   high);
  return MI_OK;
}

static mi_status check(const descent *d, const double *start) {
  const mi_lbfgs_options *o = &d->options;
  if (d->n < 1) return mi_fail(d->control, MI_EINVAL, "at least one variable expected");
  if (o->memory < 1 || o->memory > 1000 || o->iterations < 0 || !(o->gradient_tolerance >= 0) ||
      !(o->value_tolerance >= 0))
    return mi_fail(d->control, MI_EINVAL,
                   "options: memory from 1 to 1000, iterations and tolerances >= 0 expected");
  for (int64_t i = 0; i < d->n; i++) {
    mi_status status = check_variable(d, start, i);
    if (status != MI_OK) return status;
  }
  return MI_OK;
}

static bool allocate(descent *d) {
  const size_t n = (size_t)d->n, memory = (size_t)d->options.memory;
  size_t pairs;
  if (__builtin_mul_overflow(n, 2 * memory + 3, &pairs)) return false;
  d->result->x = MI_NEW(double, n);
  d->result->gradient = MI_NEW(double, n);
  d->trial = MI_NEW(double, pairs);
  d->weight = MI_NEW(double, memory);
  d->held = MI_NEW_ZERO(bool, n);
  if (!d->result->x || !d->result->gradient || !d->trial || !d->weight || !d->held) return false;
  d->trial_gradient = d->trial + n;
  d->direction = d->trial_gradient + n;
  d->s = d->direction + n;
  d->y = d->s + n * memory;
  return true;
}

mi_status mi_lbfgs_minimise(const mi_lbfgs_problem *problem, const mi_lbfgs_options *options,
                            const double *start, mi_lbfgs_result *result, mi_control *control) {
  memset(result, 0, sizeof *result);
  descent d = {.problem = problem, .control = control, .n = problem->n, .result = result,
               .options = options ? *options : mi_lbfgs_default()};
  mi_status status = check(&d, start);
  if (status != MI_OK) return status;
  result->n = d.n;
  if (allocate(&d)) {
    memcpy(result->x, start, (size_t)d.n * sizeof *start);
    status = iterate(&d);
  } else {
    status = mi_fail(control, MI_ENOMEM, "out of memory: %lld variables", (long long)d.n);
  }
  free(d.trial);
  free(d.weight);
  free(d.held);
  if (status != MI_OK) mi_lbfgs_free(result);
  return status;
}
