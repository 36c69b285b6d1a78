#include "core/md/dimer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/md/relax.h"

mi_dimer_options mi_dimer_options_default(void) {
  return (mi_dimer_options){.separation = 0.01, .rotations = 4, .angle = 0.02, .force = 1e-3,
                            .iterations = 1000};
}

/* All vectors are [3 n]. */
typedef struct dimer {
  const mi_dimer_options *options;
  mi_evaluator at;
  size_t n;
  double *x, *mode;   /* of the result */
  double *middle;     /* forces at x */
  double *end;        /* x + d mode, then the forces there */
  double *turn;       /* unit vector to which the mode turns */
  double *trial;      /* a turned mode; the force that moves x */
  double curvature;
  mi_control *control;
} dimer;

static double dot(const double *a, const double *b, size_t n) {
  double sum = 0;
  for (size_t i = 0; i < n; i++) sum += a[i] * b[i];
  return sum;
}

/* Without translation, of length one; false when nothing is left. */
static bool normalise(double *v, size_t n) {
  double mean[3] = {0};
  for (size_t i = 0; i < n; i++) mean[i % 3] += 3 * v[i] / (double)n;
  for (size_t i = 0; i < n; i++) v[i] -= mean[i % 3];
  const double length = sqrt(dot(v, v, n));
  if (!(length > 0)) return false;
  for (size_t i = 0; i < n; i++) v[i] /= length;
  return true;
}

/* C along a mode; leaves the forces at its end. */
static mi_status curvature_along(dimer *q, const double *mode, double *curvature) {
  const double d = q->options->separation;
  for (size_t i = 0; i < q->n; i++) q->end[i] = q->x[i] + d * mode[i];
  const mi_status status = mi_evaluator_at(&q->at, q->end, q->control);
  if (status) return status;
  memcpy(q->end, q->at.e.forces, q->n * sizeof(double));
  *curvature = (dot(q->middle, mode, q->n) - dot(q->end, mode, q->n)) / d;
  return MI_OK;
}

static void turn_by(const dimer *q, double angle, double *mode) {
  for (size_t i = 0; i < q->n; i++)
    mode[i] = cos(angle) * q->mode[i] + sin(angle) * q->turn[i];
}

/* One rotation, with the forces at the end known; *angle is how far. C(angle) is taken as a0 / 2 +
 * a1 cos 2 angle + b1 sin 2 angle. */
static mi_status rotate(dimer *q, double *angle) {
  const double d = q->options->separation, before = q->curvature;
  double trial_curvature;
  *angle = 0;
  for (size_t i = 0; i < q->n; i++) q->turn[i] = q->end[i] - q->middle[i];
  const double along = dot(q->turn, q->mode, q->n);
  for (size_t i = 0; i < q->n; i++) q->turn[i] -= along * q->mode[i];
  if (!normalise(q->turn, q->n)) return MI_OK;
  const double b1 = (dot(q->middle, q->turn, q->n) - dot(q->end, q->turn, q->n)) / d;
  const double first = -0.5 * atan(b1 / fabs(before));
  if (fabs(first) < q->options->angle) return MI_OK;
  turn_by(q, first, q->trial);
  mi_status status = curvature_along(q, q->trial, &trial_curvature);
  if (status) return status;
  const double a1 = (before - trial_curvature + b1 * sin(2 * first)) / (1 - cos(2 * first));
  *angle = 0.5 * atan(b1 / a1);
  const double there = before - a1 + a1 * cos(2 * *angle) + b1 * sin(2 * *angle);
  if (there > before) *angle += 1.57079632679489661923;
  turn_by(q, *angle, q->trial);
  memcpy(q->mode, q->trial, q->n * sizeof(double));
  (void)normalise(q->mode, q->n);
  return curvature_along(q, q->mode, &q->curvature);
}

/* Forces at x, and the mode turned towards least curvature. */
static mi_status look(dimer *q) {
  mi_status status = mi_evaluator_at(&q->at, q->x, q->control);
  if (status) return status;
  memcpy(q->middle, q->at.e.forces, q->n * sizeof(double));
  status = curvature_along(q, q->mode, &q->curvature);
  for (int k = 0; k < q->options->rotations && !status; k++) {
    double angle;
    status = rotate(q, &angle);
    if (fabs(angle) < q->options->angle) break;
  }
  return status;
}

static mi_status climb(dimer *q, mi_dimer_result *r) {
  mi_fire fire;
  mi_status status = mi_fire_begin(&fire, q->n);
  for (; !status; r->iterations++) {
    status = look(q);
    r->force = mi_greatest_row(q->middle, q->n / 3);
    r->converged = q->curvature < 0 && r->force <= q->options->force;
    if (status || r->converged || r->iterations == q->options->iterations) break;
    const double along = dot(q->middle, q->mode, q->n), keep = q->curvature < 0;
    for (size_t i = 0; i < q->n; i++)
      q->trial[i] = keep * q->middle[i] - (1 + keep) * along * q->mode[i];
    mi_fire_step(&fire, q->trial, q->x);
    mi_progress(q->control, -1, "dimer");
  }
  mi_fire_end(&fire);
  return status;
}

static mi_status allocate(dimer *q, const mi_structure *s, const double *mode,
                          mi_dimer_result *r) {
  r->position = q->x = MI_NEW(double, q->n);
  r->mode = q->mode = MI_NEW(double, q->n);
  q->middle = MI_NEW(double, 4 * q->n);
  if (!q->x || !q->mode || !q->middle)
    return mi_fail(q->control, MI_ENOMEM, "no memory for a dimer");
  q->end = q->middle + q->n;
  q->turn = q->end + q->n;
  q->trial = q->turn + q->n;
  memcpy(q->x, s->position, q->n * sizeof(double));
  memcpy(q->mode, mode, q->n * sizeof(double));
  if (normalise(q->mode, q->n)) return MI_OK;
  return mi_fail(q->control, MI_EINVAL, "mode: a direction other than a translation expected");
}

static mi_status finish(dimer *q, mi_dimer_result *r) {
  const mi_status status = mi_evaluator_at(&q->at, q->x, q->control);
  r->energy = q->at.e.energy;
  r->curvature = q->curvature;
  r->evaluations = q->at.count;
  return status;
}

mi_status mi_dimer(const mi_dimer_options *options, const mi_potential *potential,
                   const mi_structure *s, const double *mode, mi_dimer_result *result,
                   mi_control *control) {
  dimer q = {.options = options, .n = 3 * s->n, .control = control};
  *result = (mi_dimer_result){0};
  if (!(options->separation > 0 && options->force > 0))
    return mi_fail(control, MI_EINVAL, "positive separation and force expected");
  mi_status status = mi_evaluator_begin(&q.at, potential, s, control);
  if (status) return status;
  status = allocate(&q, s, mode, result);
  if (!status) status = climb(&q, result);
  if (!status) status = finish(&q, result);
  free(q.middle);
  mi_evaluator_end(&q.at);
  if (status) mi_dimer_free(result);
  return status;
}

void mi_dimer_free(mi_dimer_result *result) {
  free(result->position);
  free(result->mode);
  *result = (mi_dimer_result){0};
}
