/* Levenberg-Marquardt with an active set, see fit.h.
 *
 * With J = -d residual / d theta of the free variables and QR [J r] = [Q 0] [R c; 0 .], a step
 * minimises |R d - c|^2 + mu |D d|^2, D the column norms of J. |c|^2 is what an undamped step
 * promises to take from SSR = |r|^2. mu follows Nielsen's rule (gain ratio). Last come steps with
 * the whole Hessian, by differences of the analytic gradient. */
#include "core/circuit/fit.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/circuit/small.h"

/* Longest steps: longer ones overshoot into plateaus (a diffusion time beyond the window). */
#define LONGEST_LOG 1.0
#define LONGEST_EXPONENT 0.3
#define DETERMINED 1e-9      /* least pivot of R over its column's norm */
#define FOLLOWS 1e-6         /* what a variable moves when another moves by 1, to depend on it */

/* Part of the data's square sum below which valleys of SSR are narrow against their bend. */
#define NARROW 1e-6

/* ---- memory ---------------------------------------------------------------------------------- */

static size_t small_rows(int parameters) {
  return ((size_t)(2 * parameters) + MI_CIRCUIT_PAD - 1) / MI_CIRCUIT_PAD * MI_CIRCUIT_PAD;
}

mi_status mi_circuit_engine_make(const mi_circuit_data *data, int parameters,
                                 mi_circuit_engine *engine, mi_control *control) {
  const size_t count = (size_t)parameters + 1, rows = 2 * data->grid.padded;
  const size_t few = small_rows(parameters), square = (count * count + 7) / 8 * 8;
  engine->data = data;
  engine->isa = mi_level(control);
  mi_status status = mi_circuit_work_make(&data->grid, &engine->work, control);
  if (status) return status;
  double *memory = mi_alloc(count * (rows + few) + 2 * square, sizeof *memory);
  if (!memory) {
    mi_circuit_work_free(&engine->work);
    return mi_fail(control, MI_ENOMEM, "out of memory");
  }
  for (size_t k = 0; k < count; k++) {
    engine->column[k] = memory + k * rows;
    engine->small[k] = memory + count * rows + k * few;
  }
  engine->memory = memory;
  engine->r = memory + count * (rows + few);
  engine->damped = engine->r + square;
  return MI_OK;
}

void mi_circuit_engine_free(mi_circuit_engine *engine) {
  mi_circuit_work_free(&engine->work);
  free(engine->memory);
  engine->memory = NULL;
}

/* ---- the model ------------------------------------------------------------------------------- */

void mi_circuit_natural(const mi_circuit_problem *problem, const double *theta, double *p) {
  const mi_circuit *c = &problem->circuit;
  for (int i = 0; i < c->nodes; i++) {
    if (c->node[i].kind >= MI_CIRCUIT_SERIES) continue;
    const mi_circuit_element *element = mi_circuit_element_of(c->node[i].kind);
    for (int k = 0; k < element->parameters; k++) {
      const int at = c->node[i].first + k, variable = problem->map[at];
      const double value = problem->offset[at] + (variable < 0 ? 0 : theta[variable]);
      p[at] = element->parameter[k].exponent ? value : exp(value);
    }
  }
}

/* Leaves the residual in the column behind the variables'. */
double mi_circuit_cost(const mi_circuit_problem *problem, const double *theta,
                       mi_circuit_engine *e) {
  const mi_circuit_data *d = e->data;
  double p[MI_CIRCUIT_PARAMETERS];
  mi_circuit_natural(problem, theta, p);
  const double *x = MI_DISPATCH(e->isa, mi_circuit_forward)(
      &problem->circuit, d->admittance, &d->grid, p, true, &e->work);
  const double cost = MI_DISPATCH(e->isa, mi_circuit_residual)(
      d->value, d->weight, x, 2 * d->grid.padded, e->column[problem->circuit.parameters]);
  return isfinite(cost) ? cost : HUGE_VAL;
}

/* ---- one linear problem ---------------------------------------------------------------------- */

/* The free variables, R, c and D at the point of the last mi_circuit_cost. */
typedef struct linear {
  int free, variable[MI_CIRCUIT_PARAMETERS];
  double norm[MI_CIRCUIT_PARAMETERS]; /* D */
  double *column[MI_CIRCUIT_PARAMETERS + 1];
  double promise; /* |c|^2 */
} linear;

/* Columns of the variables: those of the parameters, added up where some are tied. */
static void variable_columns(const mi_circuit_problem *problem, mi_circuit_engine *e,
                             double **column) {
  const size_t rows = 2 * e->data->grid.padded;
  for (int v = 0; v < problem->variables; v++) column[v] = NULL;
  for (int k = 0; k < problem->circuit.parameters; k++) {
    const int v = problem->map[k];
    if (v < 0) continue;
    if (column[v]) {
      for (size_t i = 0; i < rows; i++) column[v][i] += e->column[k][i];
    } else
      column[v] = e->column[k];
  }
}

/* Whether a variable rests on a bound and r draws it outwards. */
static bool held(const mi_circuit_problem *problem, const double *theta, int v,
                 const double *column, const double *residual, size_t rows) {
  const bool low = theta[v] <= problem->lower[v], high = theta[v] >= problem->upper[v];
  if (!low && !high) return false;
  const double slope = mi_small_product(column, residual, rows);
  return (low && slope <= 0) || (high && slope >= 0);
}

/* Columns of J at the point of the last mi_circuit_cost. */
static void differentiate(const mi_circuit_problem *problem, mi_circuit_engine *e,
                          double **column) {
  const mi_circuit_data *d = e->data;
  double *wanted[MI_CIRCUIT_PARAMETERS];
  for (int k = 0; k < problem->circuit.parameters; k++)
    wanted[k] = problem->map[k] < 0 ? NULL : e->column[k];
  MI_DISPATCH(e->isa, mi_circuit_backward)
  (&problem->circuit, d->admittance, &d->grid, d->weight, wanted, &e->work);
  variable_columns(problem, e, column);
}

/* Without the variables left_out (NULL: none). */
static void linearise(const mi_circuit_problem *problem, const double *theta, mi_circuit_engine *e,
                      const bool *left_out, linear *l) {
  const size_t rows = 2 * e->data->grid.padded;
  double *residual = e->column[problem->circuit.parameters];
  double *column[MI_CIRCUIT_PARAMETERS];
  differentiate(problem, e, column);
  l->free = 0;
  for (int v = 0; v < problem->variables; v++) {
    if (left_out && left_out[v]) continue;
    if (held(problem, theta, v, column[v], residual, rows)) continue;
    l->variable[l->free] = v;
    l->column[l->free++] = column[v];
  }
  l->column[l->free] = residual;
  MI_DISPATCH(e->isa, mi_circuit_qr)(l->column, l->free + 1, rows, e->r);
  const int n = l->free + 1;
  l->promise = 0;
  double most = 0;
  for (int k = 0; k < l->free; k++) {
    double square = 0;
    for (int i = 0; i <= k; i++) square += e->r[i * n + k] * e->r[i * n + k];
    l->norm[k] = sqrt(square);
    most = fmax(most, l->norm[k]);
    l->promise += e->r[k * n + l->free] * e->r[k * n + l->free];
  }
  for (int k = 0; k < l->free; k++) l->norm[k] = fmax(l->norm[k], 1e-10 * most);
}

/* d from the upper triangle of r, whose last column is the right-hand side. */
static void back_substitute(const double *r, int count, double *d) {
  const int n = count + 1;
  for (int i = count - 1; i >= 0; i--) {
    double sum = r[i * n + count];
    for (int j = i + 1; j < count; j++) sum -= r[i * n + j] * d[j];
    d[i] = r[i * n + i] == 0 ? 0 : sum / r[i * n + i];
  }
}

static void solve(const linear *l, double mu, mi_circuit_engine *e, double *d) {
  const int n = l->free + 1;
  if (mu == 0) {
    back_substitute(e->r, l->free, d);
    return;
  }
  const size_t rows = small_rows(l->free);
  for (int j = 0; j < n; j++) {
    memset(e->small[j], 0, rows * sizeof(double));
    for (int i = 0; i < l->free && i <= j; i++) e->small[j][i] = e->r[i * n + j];
    if (j < l->free) e->small[j][l->free + j] = sqrt(mu) * l->norm[j];
  }
  MI_DISPATCH(e->isa, mi_circuit_qr)(e->small, n, rows, e->damped);
  back_substitute(e->damped, l->free, d);
}

/* |c|^2 - |c - R d|^2 */
static double predicted(const linear *l, const double *r, const double *d) {
  const int n = l->free + 1;
  double sum = 0;
  for (int i = 0; i < l->free; i++) {
    double rest = r[i * n + l->free];
    for (int j = i; j < l->free; j++) rest -= r[i * n + j] * d[j];
    sum += r[i * n + l->free] * r[i * n + l->free] - rest * rest;
  }
  return sum;
}

/* ---- steps ----------------------------------------------------------------------------------- */

static double longest(const mi_circuit_problem *problem, int v) {
  return problem->upper[v] - problem->lower[v] <= 1.5 ? LONGEST_EXPONENT : LONGEST_LOG;
}

/* to = theta + d, shortened as a whole to the longest steps, then clipped; d becomes what was
 * done. */
static void move(const mi_circuit_problem *problem, const linear *l, const double *theta, double *d,
                 double *to) {
  double factor = 1;
  for (int k = 0; k < l->free; k++) {
    const double most = longest(problem, l->variable[k]), size = fabs(d[k]);
    if (size * factor > most) factor = most / size;
  }
  memcpy(to, theta, (size_t)problem->variables * sizeof *to);
  for (int k = 0; k < l->free; k++) {
    const int v = l->variable[k];
    to[v] = fmin(fmax(theta[v] + factor * d[k], problem->lower[v]), problem->upper[v]);
    d[k] = to[v] - theta[v];
  }
}

/* Q' r_dd / 2, r_dd the second derivative of the residual along d, by a difference. */
static void curvature(const mi_circuit_problem *problem, const linear *l, const double *theta,
                      const double *d, mi_circuit_engine *e, double *half) {
  const double h = 0.1;
  const int n = l->free + 1;
  const size_t rows = 2 * e->data->grid.padded;
  double at[MI_CIRCUIT_PARAMETERS];
  memcpy(at, theta, (size_t)problem->variables * sizeof *at);
  for (int k = 0; k < l->free; k++) at[l->variable[k]] += h * d[k];
  mi_circuit_cost(problem, at, e);
  for (int i = 0; i < l->free; i++) {
    double line = 0;
    for (int j = i; j < l->free; j++) line += e->r[i * n + j] * d[j];
    const double there = mi_small_product(l->column[i], l->column[l->free], rows);
    half[i] = ((there - e->r[i * n + l->free]) / h + line) / h;
  }
}

/* Adds to d what follows the bend of the valley to second order (geodesic acceleration: Transtrum
 * and Sethna, arXiv:1201.5885), where that is a correction. */
static void bend(const mi_circuit_problem *problem, const linear *l, const double *theta,
                 double mu, mi_circuit_engine *e, double *d) {
  const int n = l->free + 1;
  double half[MI_CIRCUIT_PARAMETERS], kept[MI_CIRCUIT_PARAMETERS], a[MI_CIRCUIT_PARAMETERS];
  curvature(problem, l, theta, d, e, half);
  for (int i = 0; i < l->free; i++) {
    kept[i] = e->r[i * n + l->free];
    e->r[i * n + l->free] = half[i];
  }
  solve(l, mu, e, a);
  for (int i = 0; i < l->free; i++) e->r[i * n + l->free] = kept[i];
  double size = 0, correction = 0;
  for (int k = 0; k < l->free; k++) size += d[k] * d[k], correction += a[k] * a[k];
  if (!(correction < 0.14 * size)) return;
  for (int k = 0; k < l->free; k++) d[k] += a[k];
}

/* One accepted step; false when none, however short, lowers the cost. */
static bool step(const mi_circuit_problem *problem, const linear *l, bool bent,
                 mi_circuit_engine *e, mi_circuit_fit *fit, double *mu) {
  double d[MI_CIRCUIT_PARAMETERS], to[MI_CIRCUIT_PARAMETERS], growth = 2;
  for (int tries = 0; tries < 30; tries++, *mu *= growth, growth *= 2) {
    solve(l, *mu, e, d);
    const double straight = predicted(l, e->r, d);
    if (bent) bend(problem, l, fit->theta, *mu, e, d);
    move(problem, l, fit->theta, d, to);
    const double cost = mi_circuit_cost(problem, to, e);
    const double gain = (fit->cost - cost) / (bent ? straight : predicted(l, e->r, d));
    if (!(cost < fit->cost && gain > 1e-4)) continue;
    memcpy(fit->theta, to, sizeof to);
    fit->cost = cost;
    *mu *= fmax(1.0 / 3, 1 - pow(2 * gain - 1, 3));
    *mu = fmax(*mu, 1e-12);
    return true;
  }
  return false;
}

/* The first column that is a combination of those before it, or -1. */
static int dependent(const linear *l, const double *r) {
  for (int k = 0; k < l->free; k++)
    if (fabs(r[k * (l->free + 1) + k]) < DETERMINED * l->norm[k]) return k;
  return -1;
}

/* ---- Newton's last steps --------------------------------------------------------------------- */

/* -1/2 the gradient of SSR by the variables of l, J' r, at theta. */
static void slopes(const mi_circuit_problem *problem, const linear *l, const double *theta,
                   mi_circuit_engine *e, double *slope) {
  double *column[MI_CIRCUIT_PARAMETERS];
  const double *residual = e->column[problem->circuit.parameters];
  const size_t rows = 2 * e->data->grid.padded;
  mi_circuit_cost(problem, theta, e);
  differentiate(problem, e, column);
  for (int k = 0; k < l->free; k++)
    slope[k] = mi_small_product(column[l->variable[k]], residual, rows);
}

/* h [free^2] = half the Hessian of SSR over D D', by central differences of the gradient. */
static void hessian(const mi_circuit_problem *problem, const linear *l, const double *theta,
                    mi_circuit_engine *e, double *h) {
  const double step = 1e-4;
  const int n = l->free;
  double at[MI_CIRCUIT_PARAMETERS], up[MI_CIRCUIT_PARAMETERS], down[MI_CIRCUIT_PARAMETERS];
  memcpy(at, theta, (size_t)problem->variables * sizeof *at);
  for (int k = 0; k < n; k++) {
    const int v = l->variable[k];
    at[v] = theta[v] + step;
    slopes(problem, l, at, e, up);
    at[v] = theta[v] - step;
    slopes(problem, l, at, e, down);
    at[v] = theta[v];
    for (int i = 0; i < n; i++)
      h[k * n + i] = (down[i] - up[i]) / (2 * step * l->norm[k] * l->norm[i]);
  }
  for (int i = 0; i < n; i++)
    for (int k = 0; k < i; k++) h[i * n + k] = 0.5 * (h[i * n + k] + h[k * n + i]);
}

/* theta + H^-1 J' r; the size of the step, infinite where it leaves the bounds. */
static double newton_step(const mi_circuit_problem *problem, const linear *l, const double *h,
                          mi_circuit_engine *e, double *theta) {
  double d[MI_CIRCUIT_PARAMETERS], size = 0;
  slopes(problem, l, theta, e, d);
  for (int k = 0; k < l->free; k++) d[k] /= l->norm[k];
  mi_small_solve(h, l->free, d);
  for (int k = 0; k < l->free; k++) {
    const int v = l->variable[k];
    theta[v] += d[k] / l->norm[k];
    size = fmax(size, fabs(d[k] / l->norm[k]));
    if (!(theta[v] >= problem->lower[v] && theta[v] <= problem->upper[v])) return HUGE_VAL;
  }
  return size;
}

/* Where residuals are large and the valley is bent, steps that know J alone converge slowly: here
 * the whole Hessian, kept for all steps, takes theta to rounding. */
static void polish(const mi_circuit_problem *problem, mi_circuit_engine *e, mi_circuit_fit *fit) {
  linear l;
  double h[MI_CIRCUIT_PARAMETERS * MI_CIRCUIT_PARAMETERS], theta[MI_CIRCUIT_PARAMETERS];
  double before = 0.3;
  mi_circuit_cost(problem, fit->theta, e);
  linearise(problem, fit->theta, e, NULL, &l);
  if (l.free == 0 || dependent(&l, e->r) >= 0) return;
  hessian(problem, &l, fit->theta, e, h);
  if (!mi_small_cholesky(h, l.free, 1e-14)) return;
  memcpy(theta, fit->theta, sizeof theta);
  for (int i = 0; i < 8; i++) {
    const double size = newton_step(problem, &l, h, e, theta);
    if (!(size < before)) return;
    const double cost = mi_circuit_cost(problem, theta, e);
    if (!(cost <= fit->cost * (1 + 1e-13))) return;
    memcpy(fit->theta, theta, sizeof theta);
    fit->cost = cost;
    fit->iterations++;
    if (size < 1e-12) return;
    before = 0.5 * size;
  }
}

static mi_circuit_reason descend(const mi_circuit_problem *problem, const mi_circuit_stop *stop,
                                 mi_circuit_engine *e, mi_circuit_fit *fit,
                                 const mi_control *control) {
  const double rounding = 1e-28 * e->data->scale, narrow = NARROW * e->data->scale;
  double mu = fit->cost < narrow ? 1e-9 : 1e-3;
  for (fit->iterations = 0; fit->iterations < stop->iterations; fit->iterations++) {
    linear l;
    if (fit->cost <= rounding) return MI_CIRCUIT_EXACT;
    if (mi_cancelled(control)) return MI_CIRCUIT_CANCELLED;
    linearise(problem, fit->theta, e, NULL, &l);
    if (l.promise <= stop->decrease * fit->cost) return MI_CIRCUIT_CONVERGED;
    if (!step(problem, &l, fit->cost < narrow, e, fit, &mu)) return MI_CIRCUIT_STALLED;
  }
  return MI_CIRCUIT_ITERATIONS;
}

void mi_circuit_improve(const mi_circuit_problem *problem, const mi_circuit_stop *stop,
                        mi_circuit_engine *e, mi_circuit_fit *fit, const mi_control *control) {
  fit->iterations = 0;
  for (int v = 0; v < problem->variables; v++)
    fit->theta[v] = fmin(fmax(fit->theta[v], problem->lower[v]), problem->upper[v]);
  fit->cost = mi_circuit_cost(problem, fit->theta, e);
  fit->reason = problem->variables == 0  ? MI_CIRCUIT_CONVERGED
                : isfinite(fit->cost) ? descend(problem, stop, e, fit, control)
                                      : MI_CIRCUIT_STALLED;
  if (stop->polish && problem->variables > 0 && fit->reason != MI_CIRCUIT_CANCELLED)
    polish(problem, e, fit);
}

double mi_circuit_normal(const mi_circuit_problem *problem, const double *theta,
                         mi_circuit_engine *e, double *normal, double *slope) {
  const int n = problem->variables;
  const size_t rows = 2 * e->data->grid.padded;
  const double *residual = e->column[problem->circuit.parameters];
  double *column[MI_CIRCUIT_PARAMETERS];
  const double cost = mi_circuit_cost(problem, theta, e);
  differentiate(problem, e, column);
  for (int i = 0; i < n; i++) {
    slope[i] = mi_small_product(column[i], residual, rows);
    for (int j = 0; j <= i; j++)
      normal[i * n + j] = normal[j * n + i] = mi_small_product(column[i], column[j], rows);
  }
  return cost;
}

/* ---- covariance ------------------------------------------------------------------------------ */

/* Column k of R^-1 */
static void inverse_column(const double *r, int count, int k, double *x) {
  const int n = count + 1;
  for (int i = k; i >= 0; i--) {
    double sum = i == k ? 1 : 0;
    for (int j = i + 1; j <= k; j++) sum -= r[i * n + j] * x[j];
    x[i] = sum / r[i * n + i];
  }
}

/* Column k is a combination of those before it, R x: nothing determines its variable, nor those
 * that move along with it. */
static void mark_open(const linear *l, const double *r, int k, bool *open) {
  const int n = l->free + 1;
  double x[MI_CIRCUIT_PARAMETERS];
  open[l->variable[k]] = true;
  for (int i = k - 1; i >= 0; i--) {
    double sum = r[i * n + k];
    for (int j = i + 1; j < k; j++) sum -= r[i * n + j] * x[j];
    x[i] = sum / r[i * n + i];
    if (fabs(x[i]) > FOLLOWS) open[l->variable[i]] = true;
  }
}

/* The linear problem of as many variables as the data determine; marks all that they leave open. */
static void linearise_determined(const mi_circuit_problem *problem, const double *theta,
                                 mi_circuit_engine *e, linear *l, bool *open) {
  bool left_out[MI_CIRCUIT_PARAMETERS] = {false};
  for (;;) {
    mi_circuit_cost(problem, theta, e);
    linearise(problem, theta, e, left_out, l);
    const int k = dependent(l, e->r);
    if (k < 0) return;
    mark_open(l, e->r, k, open);
    left_out[l->variable[k]] = true;
  }
}

int mi_circuit_covariance(const mi_circuit_problem *problem, const double *theta,
                          mi_circuit_engine *e, double *covariance) {
  const int n = problem->variables;
  linear l;
  bool open[MI_CIRCUIT_PARAMETERS] = {false};
  double x[MI_CIRCUIT_PARAMETERS];
  linearise_determined(problem, theta, e, &l, open);
  memset(covariance, 0, (size_t)(n * n) * sizeof *covariance);
  for (int k = 0; k < l.free; k++) {
    inverse_column(e->r, l.free, k, x);
    for (int i = 0; i <= k; i++)
      for (int j = 0; j <= k; j++) covariance[l.variable[i] * n + l.variable[j]] += x[i] * x[j];
  }
  for (int v = 0; v < n; v++) {
    for (int w = 0; open[v] && w < n; w++) covariance[v * n + w] = covariance[w * n + v] = 0;
    if (open[v]) covariance[v * (n + 1)] = HUGE_VAL;
  }
  return l.free;
}
