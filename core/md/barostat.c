/* Pistons. Strain rates and strains are symmetric matrices E, 9 numbers: x' = x exp(E). */
#include <math.h>
#include <string.h>

#include "core/base/rng.h"
#include "core/md/dynamics.h"

static double trace(const double a[9]) { return a[0] + a[4] + a[8]; }

static double volume_of(const mi_md *md) { return fabs(mi_cell_determinant(*md->state.cell)); }

double mi_md_piston_freedom(const mi_md *md) {
  static const double freedom[] = {1, 3, 6};
  return freedom[md->options.shape];
}

/* Keeps of a symmetric matrix what the piston may do. */
static void restrict_to(mi_piston_shape shape, double a[9]) {
  const double mean = trace(a) / 3;
  for (int i = 0; i < 9; i++)
    if (i % 4 != 0) a[i] = shape == MI_TRICLINIC ? 0.5 * (a[i] + a[i % 3 * 3 + i / 3]) : 0;
  for (int i = 0; i < 9; i += 4)
    if (shape == MI_ISOTROPIC) a[i] = mean;
  if (shape == MI_TRICLINIC)
    for (int i = 0; i < 3; i++)
      for (int k = 0; k < i; k++) a[3 * i + k] = a[3 * k + i];
}

/* V (P_int - P) in eV: sum m v v' + W - P V, restricted to the piston. */
static void force_on_piston(const mi_md *md, double force[9]) {
  const double pv = md->pressure * volume_of(md);
  mi_md_kinetic_tensor(md, force);
  for (int i = 0; i < 9; i++) force[i] += md->evaluation.virial[i / 3][i % 3];
  for (int i = 0; i < 9; i += 4) force[i] -= pv;
  restrict_to(md->options.shape, force);
}

/* ---- functions of small matrices ------------------------------------------------------------- */

static void times(const double a[9], const double b[9], double c[9]) {
  double result[9];
  for (int i = 0; i < 3; i++) mi_row_times(a + 3 * i, b, result + 3 * i);
  memcpy(c, result, sizeof result);
}

/* exp(E) and (exp(E) - 1) / E by their series; |E| is below 1. */
static void exponential(const double e[9], double exp_e[9], double mean_e[9]) {
  double term[9] = {1, 0, 0, 0, 1, 0, 0, 0, 1};
  memset(exp_e, 0, 9 * sizeof *exp_e);
  memset(mean_e, 0, 9 * sizeof *mean_e);
  for (int k = 0; k < 20; k++) {
    for (int i = 0; i < 9; i++) {
      exp_e[i] += term[i];
      mean_e[i] += term[i] / (k + 1);
    }
    times(term, e, term);
    for (int i = 0; i < 9; i++) term[i] /= k + 1;
  }
}

static void strain_cell(mi_md *md, const double factor[9]) {
  for (int i = 0; i < 3; i++) mi_row_times(md->state.cell[i], factor, md->state.cell[i]);
}

static double greatest(const double e[9]) {
  double most = 0;
  for (int i = 0; i < 9; i++)
    if (!(fabs(e[i]) <= most)) most = fabs(e[i]);
  return most;
}

static void each_row_times(double *rows, size_t n, const double factor[9]) {
  for (size_t i = 0; i < n; i++) mi_row_times(rows + 3 * i, factor, rows + 3 * i);
}

/* ---- SCR ------------------------------------------------------------------------------------- */

/* A symmetric matrix of noise, of which the piston's part of the trace has variance 3. */
static void noise_of(const mi_md *md, double noise[9]) {
  mi_rng rng = mi_rng_stream(md->options.seed, mi_rng_stage("md.scr"), (uint64_t)md->state.step);
  for (int i = 0; i < 9; i++) noise[i] = mi_rng_normal(&rng);
  restrict_to(md->options.shape, noise);
}

/* dE = b / (3 tau) (P_int - P) dt + sqrt(2 b kT dt / (3 V tau)) noise, b the compressibility. With
 * E left of the cell, and noise whose strength falls as 1/V, the terms kT / V of measure and noise
 * cancel. */
double mi_md_scr(mi_md *md, double dt) {
  const double volume = volume_of(md), kT = MI_BOLTZMANN * md->temperature;
  const double pace = md->options.compressibility * dt / (3 * md->options.piston_time * volume);
  double e[9], noise[9], factor[9], inverse[9], unused[9];
  force_on_piston(md, e);
  noise_of(md, noise);
  for (int i = 0; i < 9; i++) e[i] = pace * e[i] + sqrt(2 * pace * kT) * noise[i];
  const double strain = greatest(e);
  if (!(strain <= md->options.most_strain)) return strain;
  exponential(e, factor, unused);
  for (int i = 0; i < 9; i++) e[i] = -e[i];
  exponential(e, inverse, unused);
  strain_cell(md, factor);
  each_row_times(md->state.position, md->n, factor);
  each_row_times(md->state.velocity, md->n, inverse);
  return strain;
}

/* ---- MTK ------------------------------------------------------------------------------------- */

/* In eV fs^2: W of the volume is (f + 3) kT tau^2; a matrix shares it among three directions. */
static double piston_mass(const mi_md *md) {
  const double kT = MI_BOLTZMANN * md->temperature, tau = md->options.piston_time;
  return (mi_md_freedom(md) + 3) * kT * tau * tau / 3;
}

static double piston_twice(const mi_md *md) {
  double sum = 0;
  for (int i = 0; i < 9; i++) sum += md->state.rate[i] * md->state.rate[i];
  return piston_mass(md) * sum;
}

/* dv/dt = -(rate + trace rate / f) v */
static void drag(mi_md *md, double half_step) {
  const double share = trace(md->state.rate) / mi_md_freedom(md);
  double e[9], factor[9], unused[9];
  for (int i = 0; i < 9; i++)
    e[i] = -half_step * (md->state.rate[i] + (i % 4 == 0 ? share : 0));
  exponential(e, factor, unused);
  each_row_times(md->state.velocity, md->n, factor);
}

/* W drate/dt = V (P_int - P) + 2 K / f */
static void push(mi_md *md, double half_step) {
  double force[9];
  force_on_piston(md, force);
  const double extra = 2 * mi_md_kinetic(md) / mi_md_freedom(md), mass = piston_mass(md);
  for (int i = 0; i < 9; i++)
    md->state.rate[i] += half_step / mass * (force[i] + (i % 4 == 0 ? extra : 0));
}

void mi_md_mtk_chain(mi_md *md, double half_step) {
  const double factor = mi_chain_half(&md->state.piston, md->options.chain, piston_twice(md),
                                      mi_md_piston_freedom(md), MI_BOLTZMANN * md->temperature,
                                      md->options.piston_time, half_step);
  for (int i = 0; i < 9; i++) md->state.rate[i] *= factor;
}

void mi_md_mtk_half(mi_md *md, double half_step, bool before_kick) {
  if (before_kick) push(md, half_step);
  drag(md, half_step);
  if (!before_kick) push(md, half_step);
}

/* dx/dt = v + rate x, dcell/dt = rate cell */
double mi_md_mtk_drift(mi_md *md, double dt) {
  double e[9], factor[9], mean[9];
  for (int i = 0; i < 9; i++) e[i] = dt * md->state.rate[i];
  const double strain = greatest(e);
  if (!(strain <= md->options.most_strain)) return strain;
  exponential(e, factor, mean);
  strain_cell(md, factor);
  for (size_t i = 0; i < md->n; i++) {
    double moved[3], *x = md->state.position + 3 * i;
    mi_row_times(md->state.velocity + 3 * i, mean, moved);
    mi_row_times(x, factor, x);
    for (int k = 0; k < 3; k++) x[k] += dt * moved[k];
  }
  return strain;
}

double mi_md_mtk_energy(const mi_md *md) {
  return 0.5 * piston_twice(md) + md->pressure * volume_of(md) +
         mi_chain_energy(&md->state.piston, md->options.chain, mi_md_piston_freedom(md),
                         MI_BOLTZMANN * md->temperature, md->options.piston_time);
}
