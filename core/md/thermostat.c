/* Heat baths. */
#include <math.h>

#include "core/base/rng.h"
#include "core/md/dynamics.h"

/* ---- Nosé-Hoover chains ---------------------------------------------------------------------- */

/* Mass of link k in eV fs^2. */
static double link_mass(int k, double freedom, double kT, double tau) {
  return (k == 0 ? freedom : 1) * kT * tau * tau;
}

static double link_force(const mi_chain *c, int k, double twice, double freedom, double kT,
                         double tau) {
  if (k == 0) return (twice - freedom * kT) / link_mass(0, freedom, kT, tau);
  const double v = c->velocity[k - 1];
  return (link_mass(k - 1, freedom, kT, tau) * v * v - kT) / link_mass(k, freedom, kT, tau);
}

/* One of the small steps, of length h: links from the last to the first, velocities of the
 * variables, links back. */
static double chain_step(mi_chain *c, int length, double *twice, double freedom, double kT,
                         double tau, double h) {
  for (int k = length - 1; k >= 0; k--) {
    const double drag = k + 1 < length ? exp(-h / 8 * c->velocity[k + 1]) : 1;
    const double force = link_force(c, k, *twice, freedom, kT, tau);
    c->velocity[k] = (c->velocity[k] * drag + h / 4 * force) * drag;
  }
  const double factor = exp(-h / 2 * c->velocity[0]);
  *twice *= factor * factor;
  for (int k = 0; k < length; k++) c->position[k] += h / 2 * c->velocity[k];
  for (int k = 0; k < length; k++) {
    const double drag = k + 1 < length ? exp(-h / 8 * c->velocity[k + 1]) : 1;
    const double force = link_force(c, k, *twice, freedom, kT, tau);
    c->velocity[k] = (c->velocity[k] * drag + h / 4 * force) * drag;
  }
  return factor;
}

/* Suzuki and Yoshida's three steps, of fourth order. */
double mi_chain_half(mi_chain *chain, int length, double twice, double freedom, double kT,
                     double tau, double half_step) {
  const double outer = 1 / (2 - cbrt(2)), weight[] = {outer, 1 - 2 * outer, outer};
  double factor = 1;
  for (int k = 0; k < 3; k++)
    factor *= chain_step(chain, length, &twice, freedom, kT, tau, 2 * half_step * weight[k]);
  return factor;
}

double mi_chain_energy(const mi_chain *chain, int length, double freedom, double kT, double tau) {
  double energy = 0;
  for (int k = 0; k < length; k++)
    energy += 0.5 * link_mass(k, freedom, kT, tau) * chain->velocity[k] * chain->velocity[k] +
              (k == 0 ? freedom : 1) * kT * chain->position[k];
  return energy;
}

/* ---- baths with random numbers --------------------------------------------------------------- */

void mi_md_scale_velocities(mi_md *md, double factor) {
  for (size_t i = 0; i < 3 * md->n; i++) md->state.velocity[i] *= factor;
}

static mi_rng stream_of(const mi_md *md, const char *name) {
  return mi_rng_stream(md->options.seed, mi_rng_stage(name), (uint64_t)md->state.step);
}

/* v = c v + sqrt((1 - c^2) kT / m) noise, the exact solution for the friction 1 / tau. */
void mi_md_langevin(mi_md *md, double dt) {
  mi_rng rng = stream_of(md, "md.langevin");
  const double before = mi_md_kinetic(md), c = exp(-dt / md->options.bath_time);
  const double kT = MI_BOLTZMANN * md->temperature;
  for (size_t i = 0; i < md->n; i++) {
    const double noise = sqrt((1 - c * c) * kT * MI_ACCELERATION / md->mass[i]);
    double *v = md->state.velocity + 3 * i;
    for (int k = 0; k < 3; k++) v[k] = c * v[k] + noise * mi_rng_normal(&rng);
  }
  mi_md_rest(md);
  md->state.heat += mi_md_kinetic(md) - before;
}

/* The kinetic energy after dt of the stochastic equation dK = (K' - K) dt/tau + 2 sqrt(K K' / f)
 * dW / sqrt(tau), K' = f kT / 2, drawn from its exact distribution. */
void mi_md_csvr(mi_md *md, double dt) {
  mi_rng rng = stream_of(md, "md.csvr");
  const double f = mi_md_freedom(md), kinetic = mi_md_kinetic(md);
  if (kinetic <= 0) return;
  const double c = exp(-dt / md->options.bath_time);
  const double ratio = (1 - c) * MI_BOLTZMANN * md->temperature / (2 * kinetic);
  const double first = mi_rng_normal(&rng);
  const double others = f > 1 ? 2 * mi_rng_gamma(&rng, (f - 1) / 2) : 0;
  const double root = sqrt(c) + first * sqrt(ratio);
  mi_md_scale_velocities(md, copysign(sqrt(root * root + ratio * others), root));
  md->state.heat += mi_md_kinetic(md) - kinetic;
}
