#include <math.h>
#include <stdlib.h>

#include "core/base/memory.h"
#include "core/md/relax.h"

#define START 0.1
#define MOST_DT 1.0
#define MOST_STEP 0.2
#define ALPHA 0.1
enum { PATIENCE = 5 };

mi_status mi_fire_begin(mi_fire *fire, size_t n) {
  *fire = (mi_fire){.n = n, .velocity = MI_NEW_ZERO(double, n), .dt = START, .alpha = ALPHA};
  return fire->velocity ? MI_OK : MI_ENOMEM;
}

void mi_fire_end(mi_fire *fire) {
  free(fire->velocity);
  *fire = (mi_fire){0};
}

static double dot(const double *a, const double *b, size_t n) {
  double sum = 0;
  for (size_t i = 0; i < n; i++) sum += a[i] * b[i];
  return sum;
}

/* Downhill: velocity turns towards the force and steps grow after a while. Uphill: stop. */
static void steer(mi_fire *f, const double *force) {
  if (dot(f->velocity, force, f->n) <= 0) {
    for (size_t i = 0; i < f->n; i++) f->velocity[i] = 0;
    f->alpha = ALPHA;
    f->dt *= 0.5;
    f->downhill = 0;
    return;
  }
  const double length = sqrt(dot(f->velocity, f->velocity, f->n) / dot(force, force, f->n));
  for (size_t i = 0; i < f->n; i++)
    f->velocity[i] = (1 - f->alpha) * f->velocity[i] + f->alpha * length * force[i];
  if (++f->downhill <= PATIENCE) return;
  f->dt = fmin(1.1 * f->dt, MOST_DT);
  f->alpha *= 0.99;
}

void mi_fire_step(mi_fire *f, const double *force, double *x) {
  steer(f, force);
  for (size_t i = 0; i < f->n; i++) f->velocity[i] += f->dt * force[i];
  const double length = f->dt * sqrt(dot(f->velocity, f->velocity, f->n));
  const double scale = length > MOST_STEP ? MOST_STEP / length : 1;
  for (size_t i = 0; i < f->n; i++) x[i] += scale * f->dt * f->velocity[i];
}
