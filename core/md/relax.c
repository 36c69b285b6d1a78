#include "core/md/relax.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/base/optimise_lbfgs.h"

mi_relax_options mi_relax_options_default(void) {
  return (mi_relax_options){.force = 1e-4, .stress = 1e-6, .iterations = 2000};
}

/* What the methods minimise. */
typedef struct problem {
  const mi_relax_options *options;
  mi_evaluator at;
  const mi_structure *start;
  size_t n, variables;
  double scale;
  double *position;  /* [n x 3], x F */
  double enthalpy, force, stress;
  mi_control *control;
} problem;

/* ---- variables ------------------------------------------------------------------------------- */

static void deformation(const problem *p, const double *x, double f[9]) {
  for (int k = 0; k < 9; k++) {
    f[k] = k % 4 == 0;
    if (p->options->cell != MI_CELL_FIXED) f[k] += x[3 * p->n + (size_t)k] / p->scale;
  }
}

static void place(problem *p, const double *x) {
  double f[9];
  deformation(p, x, f);
  for (size_t i = 0; i < p->n; i++) mi_row_times(x + 3 * i, f, p->position + 3 * i);
  for (int k = 0; k < 3; k++) mi_row_times(p->start->cell[k], f, p->at.s.cell[k]);
}

/* Keeps of a gradient by the cell what the cell may do. */
static void restrict_to(mi_relax_cell cell, double g[9]) {
  const double mean = (g[0] + g[4] + g[8]) / 3;
  double r[9];
  for (int k = 0; k < 9; k++) {
    r[k] = cell == MI_CELL_TRICLINIC ? 0.5 * (g[k] + g[k % 3 * 3 + k / 3]) : k % 4 == 0 ? g[k] : 0;
    if (cell == MI_CELL_ISOTROPIC && k % 4 == 0) r[k] = mean;
  }
  memcpy(g, r, sizeof r);
}

static void cell_gradient(problem *p, const double f[9], double volume, double *gradient) {
  double inverse[9], excess[9], g[9];
  mi_cell_inverse(f, inverse);
  for (int k = 0; k < 9; k++)
    excess[k] = (k % 4 == 0 ? p->options->pressure * volume : 0) - p->at.e.virial[k / 3][k % 3];
  for (int k = 0; k < 9; k++) {
    g[k] = 0;
    for (int c = 0; c < 3; c++) g[k] += inverse[3 * c + k / 3] * excess[3 * c + k % 3];
  }
  restrict_to(p->options->cell, g);
  restrict_to(p->options->cell, excess);
  p->stress = 0;
  for (int k = 0; k < 9; k++) {
    gradient[k] = g[k] / p->scale;
    p->stress = fmax(p->stress, fabs(excess[k]) / volume);
  }
}

/* H and its gradient; the greatest force and stress on the way. */
static mi_status evaluate(void *context, const double *x, double *value, double *gradient) {
  problem *p = context;
  double f[9], back[9];
  place(p, x);
  const mi_status status = mi_evaluator_at(&p->at, p->position, p->control);
  if (status) return status == MI_EINVAL && p->at.count > 1 ? MI_ENUMERIC : status;
  deformation(p, x, f);
  double *force = p->at.e.forces;
  for (size_t i = 0; p->options->fixed && i < 3 * p->n; i++)
    if (p->options->fixed[i / 3]) force[i] = 0;
  for (int k = 0; k < 9; k++) back[k] = -f[k % 3 * 3 + k / 3];
  for (size_t i = 0; i < p->n; i++) mi_row_times(force + 3 * i, back, gradient + 3 * i);
  p->force = mi_greatest_row(force, p->n);
  p->enthalpy = p->at.e.energy;
  if (p->options->cell != MI_CELL_FIXED) {
    const double volume = fabs(mi_cell_determinant(*p->at.s.cell));
    p->enthalpy += p->options->pressure * volume;
    cell_gradient(p, f, volume, gradient + 3 * p->n);
  }
  *value = p->enthalpy;
  return MI_OK;
}

static bool converged(const problem *p) {
  return p->force <= p->options->force &&
         (p->options->cell == MI_CELL_FIXED || p->stress <= p->options->stress);
}

/* ---- methods --------------------------------------------------------------------------------- */

/* The greatest entry of the gradient at which both tolerances hold. */
static double entry_tolerance(const problem *p) {
  const double force = p->options->force / sqrt(3);
  if (p->options->cell == MI_CELL_FIXED) return force;
  const double volume = fabs(mi_cell_determinant(*p->start->cell));
  return fmin(force, 0.5 * p->options->stress * volume / p->scale);
}

static mi_status by_lbfgs(problem *p, double *x, int *iterations) {
  const mi_lbfgs_problem lbfgs = {.n = (int64_t)p->variables, .function = evaluate, .context = p};
  mi_lbfgs_options o = mi_lbfgs_default();
  mi_lbfgs_result r;
  o.memory = 20;
  o.iterations = p->options->iterations;
  o.gradient_tolerance = entry_tolerance(p);
  o.value_tolerance = 0;
  mi_status status = mi_lbfgs_minimise(&lbfgs, &o, x, &r, p->control);
  if (status) return status;
  memcpy(x, r.x, p->variables * sizeof *x);
  *iterations = r.iterations;
  status = evaluate(p, x, &p->enthalpy, r.gradient); /* the last one tried may be another */
  mi_lbfgs_free(&r);
  return status;
}

static mi_status by_fire(problem *p, double *x, int *iterations) {
  double value, *gradient = MI_NEW(double, p->variables);
  mi_fire fire;
  mi_status status = mi_fire_begin(&fire, p->variables);
  if (!gradient) status = MI_ENOMEM;
  if (!status) status = evaluate(p, x, &value, gradient);
  for (*iterations = 0; !status && !converged(p) && *iterations < p->options->iterations;
       ++*iterations) {
    for (size_t i = 0; i < p->variables; i++) gradient[i] = -gradient[i];
    mi_fire_step(&fire, gradient, x);
    status = evaluate(p, x, &value, gradient);
  }
  mi_fire_end(&fire);
  free(gradient);
  return status;
}

/* ---- the whole ------------------------------------------------------------------------------- */

static mi_status check(const mi_relax_options *o, const mi_structure *s, mi_control *control) {
  if (!(o->force > 0 && o->stress > 0))
    return mi_fail(control, MI_EINVAL, "positive tolerances of force and stress expected");
  if (!isfinite(o->pressure)) return mi_fail(control, MI_EINVAL, "finite pressure expected");
  if (o->cell != MI_CELL_FIXED && !(s->periodic[0] && s->periodic[1] && s->periodic[2]))
    return mi_fail(control, MI_EINVAL, "a cell that relaxes must be periodic in all directions");
  return MI_OK;
}

static mi_status search(problem *p, double *x, mi_relax_result *result) {
  memcpy(x, p->start->position, 3 * p->n * sizeof *x);
  const mi_status status = p->options->method == MI_RELAX_FIRE
                               ? by_fire(p, x, &result->iterations)
                               : by_lbfgs(p, x, &result->iterations);
  if (status) return status;
  memcpy(result->position, p->position, 3 * p->n * sizeof(double));
  memcpy(result->cell, p->at.s.cell, sizeof result->cell);
  result->energy = p->at.e.energy;
  result->enthalpy = p->enthalpy;
  result->force = p->force;
  result->stress = p->stress;
  result->evaluations = p->at.count;
  result->converged = converged(p);
  return MI_OK;
}

mi_status mi_relax(const mi_relax_options *options, const mi_potential *potential,
                   const mi_structure *s, mi_relax_result *result, mi_control *control) {
  problem p = {.options = options, .start = s, .n = s->n, .control = control};
  *result = (mi_relax_result){0};
  p.variables = 3 * s->n + (options->cell != MI_CELL_FIXED ? 9 : 0);
  p.scale = 2 * sqrt((double)s->n);
  mi_status status = check(options, s, control);
  if (!status) status = mi_evaluator_begin(&p.at, potential, s, control);
  if (status) return status;
  double *x = MI_NEW_ZERO(double, p.variables);
  p.position = MI_NEW(double, 3 * s->n);
  result->position = MI_NEW(double, 3 * s->n);
  if (!x || !p.position || !result->position)
    status = mi_fail(control, MI_ENOMEM, "no memory for a relaxation of %zu atoms", s->n);
  if (!status) status = search(&p, x, result);
  free(x);
  free(p.position);
  mi_evaluator_end(&p.at);
  if (status) mi_relax_free(result);
  return status;
}

void mi_relax_free(mi_relax_result *result) {
  free(result->position);
  *result = (mi_relax_result){0};
}
