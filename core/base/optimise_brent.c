/* Brent's minimisation and root finding: see optimise_brent.h. */
#include "core/base/optimise_brent.h"

#include <float.h>
#include <math.h>

typedef struct search {
  mi_scalar_function *f;
  void *context;
  double tolerance;
  int most;
  mi_brent_result *result;
  mi_control *control;
} search;

typedef struct point {
  double x, value;
} point;

static mi_status evaluate(search *s, point *p) {
  if (mi_cancelled(s->control)) return MI_ECANCEL;
  s->result->evaluations++;
  p->value = NAN;
  mi_status status = s->f(s->context, p->x, &p->value);
  if (status == MI_ENUMERIC || (status == MI_OK && !isfinite(p->value)))
    return mi_fail(s->control, MI_ENUMERIC, "the function is %g at %.17g", p->value, p->x);
  return status;
}

static mi_status check(const search *s, double a, double b) {
  if (!isfinite(a) || !isfinite(b) || !(a <= b) || !isfinite(b - a))
    return mi_fail(s->control, MI_EINVAL, "finite interval a <= b expected, got %g and %g", a, b);
  if (!(s->tolerance >= 0))
    return mi_fail(s->control, MI_EINVAL, "tolerance >= 0 expected, got %g", s->tolerance);
  if (s->most < 3)
    return mi_fail(s->control, MI_EINVAL, "at least 3 evaluations expected, got %d", s->most);
  return MI_OK;
}

static mi_status finish(search *s, point p, bool converged) {
  s->result->x = p.x;
  s->result->value = p.value;
  s->result->converged = converged;
  return MI_OK;
}

/* ---- minimum --------------------------------------------------------------------------------- */

/* The interval [a, b] holds a minimum; best, second and third are the lowest points so far, `last`
 * and `before` the last two steps. */
typedef struct valley {
  double a, b, last, before;
  point best, second, third;
} valley;

/* The step to the minimum of the parabola through the three points; NAN when it is no better than
 * a golden section: outside the interval, or not shrinking by half every other step. */
static double parabola_step(const valley *v) {
  const double x = v->best.x;
  const double r = (x - v->second.x) * (v->best.value - v->third.value);
  const double q = (x - v->third.x) * (v->best.value - v->second.value);
  const double above = (x - v->third.x) * q - (x - v->second.x) * r, below = 2 * (q - r);
  const double step = -above / below;
  const bool good = below != 0 && fabs(step) < fabs(v->before / 2) && x + step > v->a &&
                    x + step < v->b;
  return good ? step : NAN;
}

/* A step that is never shorter than the tolerance nor ends nearer than it to an end. */
static double choose_step(valley *v, double tolerance) {
  const double golden = 0.5 * (3 - sqrt(5)), x = v->best.x, middle = (v->a + v->b) / 2;
  double step = fabs(v->before) > tolerance ? parabola_step(v) : NAN;
  v->before = v->last;
  if (isnan(step)) {
    v->before = x < middle ? v->b - x : v->a - x;
    step = golden * v->before;
  } else if (x + step - v->a < 2 * tolerance || v->b - x - step < 2 * tolerance) {
    step = copysign(tolerance, middle - x);
  }
  v->last = step;
  return fabs(step) >= tolerance ? step : copysign(tolerance, step);
}

static void narrow(valley *v, point tried) {
  if (tried.value <= v->best.value) {
    if (tried.x < v->best.x) v->b = v->best.x;
    else v->a = v->best.x;
    v->third = v->second;
    v->second = v->best;
    v->best = tried;
    return;
  }
  if (tried.x < v->best.x) v->a = tried.x;
  else v->b = tried.x;
  if (tried.value <= v->second.value || v->second.x == v->best.x) {
    v->third = v->second;
    v->second = tried;
  } else if (tried.value <= v->third.value || v->third.x == v->best.x ||
             v->third.x == v->second.x) {
    v->third = tried;
  }
}

mi_status mi_brent_minimum(mi_scalar_function *f, void *context, double a, double b,
                           double tolerance, int evaluations, mi_brent_result *result,
                           mi_control *control) {
  *result = (mi_brent_result){0};
  search s = {f, context, tolerance, evaluations, result, control};
  mi_status status = check(&s, a, b);
  if (status != MI_OK) return status;
  valley v = {.a = a, .b = b, .best.x = a + 0.5 * (3 - sqrt(5)) * (b - a)};
  status = evaluate(&s, &v.best);
  v.second = v.third = v.best;
  while (status == MI_OK) {
    const double middle = (v.a + v.b) / 2, width = (v.b - v.a) / 2;
    const double small = DBL_EPSILON * fabs(v.best.x) + tolerance / 3;
    const bool converged = fabs(v.best.x - middle) + width <= 2 * small;
    if (converged || result->evaluations >= s.most) return finish(&s, v.best, converged);
    point tried = {.x = v.best.x + choose_step(&v, small)};
    status = evaluate(&s, &tried);
    if (status == MI_OK) narrow(&v, tried);
  }
  return status;
}

/* ---- root ------------------------------------------------------------------------------------ */

/* best has the smallest value; the root lies between best and other, whose values differ in sign;
 * previous is the best before. */
typedef struct bracket {
  point best, other, previous;
  double last, before;
} bracket;

/* The secant, or the inverse parabola when three points differ; NAN when bisection is safer. */
static double interpolated_step(const bracket *k, double half, double tolerance) {
  const double s = k->best.value / k->previous.value;
  double p, q;
  if (k->previous.x == k->other.x) {
    p = 2 * half * s;
    q = 1 - s;
  } else {
    const double t = k->previous.value / k->other.value, r = k->best.value / k->other.value;
    p = s * (2 * half * t * (t - r) - (k->best.x - k->previous.x) * (r - 1));
    q = (t - 1) * (r - 1) * (s - 1);
  }
  if (p > 0) q = -q;
  else p = -p;
  const double limit = fmin(3 * half * q - fabs(tolerance * q), fabs(k->before * q));
  return 2 * p < limit ? p / q : NAN;
}

/* Restores the invariant after best has moved. */
static void arrange(bracket *k) {
  if ((k->best.value > 0) == (k->other.value > 0)) {
    k->other = k->previous;
    k->last = k->before = k->best.x - k->previous.x;
  }
  if (fabs(k->other.value) < fabs(k->best.value)) {
    k->previous = k->best;
    k->best = k->other;
    k->other = k->previous;
  }
}

static double root_step(bracket *k, double half, double tolerance) {
  double step = NAN;
  if (fabs(k->before) >= tolerance && fabs(k->previous.value) > fabs(k->best.value))
    step = interpolated_step(k, half, tolerance);
  k->before = k->last;
  if (isnan(step)) step = k->before = half;
  k->last = step;
  return fabs(step) > tolerance ? step : copysign(tolerance, half);
}

static mi_status find_root(search *s, bracket *k) {
  for (;;) {
    arrange(k);
    const double small = 2 * DBL_EPSILON * fabs(k->best.x) + s->tolerance / 2;
    const double half = (k->other.x - k->best.x) / 2;
    const bool converged = fabs(half) <= small || k->best.value == 0;
    if (converged || s->result->evaluations >= s->most) return finish(s, k->best, converged);
    const double step = root_step(k, half, small);
    k->previous = k->best;
    k->best.x += step;
    mi_status status = evaluate(s, &k->best);
    if (status != MI_OK) return status;
  }
}

mi_status mi_brent_root(mi_scalar_function *f, void *context, double a, double b, double tolerance,
                        int evaluations, mi_brent_result *result, mi_control *control) {
  *result = (mi_brent_result){0};
  search s = {f, context, tolerance, evaluations, result, control};
  point left = {.x = a}, right = {.x = b};
  mi_status status = check(&s, a, b);
  if (status == MI_OK) status = evaluate(&s, &left);
  if (status == MI_OK) status = evaluate(&s, &right);
  if (status != MI_OK) return status;
  if (left.value == 0) return finish(&s, left, true);
  if (right.value == 0) return finish(&s, right, true);
  if ((left.value > 0) == (right.value > 0))
    return mi_fail(control, MI_EINVAL, "no change of sign: f(%g) = %g and f(%g) = %g", a,
                   left.value, b, right.value);
  bracket k = {.best = right, .other = left, .previous = left, .last = b - a, .before = b - a};
  return find_root(&s, &k);
}
