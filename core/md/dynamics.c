#include "core/md/dynamics.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/elements.h"
#include "core/base/memory.h"
#include "core/base/rng.h"

#define LOOK_EVERY 50  /* steps, for what takes long to go wrong */
#define MOST_GROWTH 10 /* of the cell's volume since the start */
#define LOST 100       /* Å that an atom may move away from the others where nothing is periodic */

/* ---- options --------------------------------------------------------------------------------- */

mi_md_options mi_md_options_default(void) {
  return (mi_md_options){.timestep = 1,
                         .temperature = {1, {0}, {300}},
                         .pressure = {1, {0}, {0}},
                         .bath_time = 100,
                         .piston_time = 1000,
                         .compressibility = 1.6,
                         .chain = 3,
                         .seed = 1,
                         .skin = 1,
                         .most_move = 1,
                         .most_strain = 0.1,
                         .most_deviation = HUGE_VAL,
                         .most_extrapolations = HUGE_VAL};
}

double mi_schedule_at(const mi_schedule *s, double time) {
  int k = 0;
  while (k + 1 < s->count && time >= s->time[k + 1]) k++;
  if (k + 1 == s->count || time <= s->time[0]) return s->value[k];
  const double share = (time - s->time[k]) / (s->time[k + 1] - s->time[k]);
  return s->value[k] + share * (s->value[k + 1] - s->value[k]);
}

static mi_status check_schedule(const mi_schedule *s, const char *name, double least,
                                mi_control *control) {
  for (int k = 0; k < s->count; k++) {
    if (!(s->value[k] >= least && isfinite(s->value[k])))
      return mi_fail(control, MI_EINVAL, "%s: finite numbers%s expected, got %g", name,
                     least == 0 ? " of 0 or more" : "", s->value[k]);
    if (k > 0 && !(s->time[k] > s->time[k - 1]))
      return mi_fail(control, MI_EINVAL, "%s: rising times expected", name);
  }
  return MI_OK;
}

static mi_status check_positive(double value, const char *name, mi_control *control) {
  if (value > 0 && isfinite(value)) return MI_OK;
  return mi_fail(control, MI_EINVAL, "%s: positive number expected, got %g", name, value);
}

static mi_status check_options(const mi_md_options *o, mi_control *control) {
  mi_status status = check_positive(o->timestep, "timestep", control);
  if (!status) status = check_positive(o->bath_time, "thermostat_time", control);
  if (!status) status = check_positive(o->piston_time, "barostat_time", control);
  if (!status) status = check_positive(o->compressibility, "compressibility", control);
  if (!status) status = check_schedule(&o->temperature, "temperature", 0, control);
  if (!status) status = check_schedule(&o->pressure, "pressure", -HUGE_VAL, control);
  if (status) return status;
  if (o->piston == MI_PISTON_MTK && o->bath != MI_BATH_NOSE_HOOVER)
    return mi_fail(control, MI_EINVAL, "the MTK barostat goes with a Nose-Hoover thermostat");
  if (o->piston == MI_PISTON_SCR && o->bath == MI_BATH_NONE)
    return mi_fail(control, MI_EINVAL, "the SCR barostat needs a thermostat");
  for (int k = 0; k < o->temperature.count; k++)
    if (o->bath == MI_BATH_NOSE_HOOVER && o->temperature.value[k] == 0)
      return mi_fail(control, MI_EINVAL, "temperature: a Nose-Hoover chain needs more than 0 K");
  return MI_OK;
}

/* Along each axis the distance from the centre of the atoms to the outermost one. */
static void find_reach(const mi_md *md, double reach[3]) {
  double centre[3] = {0};
  for (size_t i = 0; i < 3 * md->n; i++) centre[i % 3] += md->state.position[i] / (double)md->n;
  memset(reach, 0, 3 * sizeof *reach);
  for (size_t i = 0; i < 3 * md->n; i++)
    reach[i % 3] = fmax(reach[i % 3], fabs(md->state.position[i] - centre[i % 3]));
}

/* ---- begin and end --------------------------------------------------------------------------- */

static mi_status set_masses(mi_md *md, const double *mass, mi_control *control) {
  for (size_t i = 0; i < md->n; i++) {
    const mi_element *element = mi_element_of_number(md->number[i]);
    md->mass[i] = mass ? mass[i] : element ? element->mass : 0;
    if (!(md->mass[i] > 0 && isfinite(md->mass[i])))
      return mi_fail(control, MI_EINVAL, "atom %zu: positive mass expected, got %g", i + 1,
                     md->mass[i]);
  }
  return MI_OK;
}

static mi_status allocate(mi_md *md, const mi_structure *s, mi_control *control) {
  md->number = MI_NEW(int32_t, s->n);
  md->mass = MI_NEW(double, s->n);
  md->state.position = MI_NEW(double, 3 * s->n);
  md->state.velocity = MI_NEW_ZERO(double, 3 * s->n);
  if (!md->number || !md->mass || !md->state.position || !md->state.velocity ||
      mi_evaluation_begin(&md->evaluation, s->n))
    return mi_fail(control, MI_ENOMEM, "no memory for the dynamics of %zu atoms", s->n);
  memcpy(md->number, s->number, s->n * sizeof *md->number);
  memcpy(md->state.position, s->position, 3 * s->n * sizeof(double));
  memcpy(md->state.cell, s->cell, sizeof s->cell);
  memcpy(md->periodic, s->periodic, sizeof s->periodic);
  md->start_volume = fabs(mi_cell_determinant(*md->state.cell));
  find_reach(md, md->start_reach);
  return MI_OK;
}

mi_status mi_md_begin(mi_md *md, const mi_md_options *options, const mi_potential *potential,
                      const mi_structure *s, const double *mass, mi_control *control) {
  *md = (mi_md){.options = *options, .potential = potential, .n = s->n};
  md->list.cutoff = potential->class->cutoff(potential->self);
  md->list.skin = options->skin;
  mi_status status = check_options(options, control);
  if (!status && options->piston != MI_PISTON_NONE &&
      !(s->periodic[0] && s->periodic[1] && s->periodic[2]))
    status = mi_fail(control, MI_EINVAL, "a barostat needs a cell that is periodic in all "
                                         "directions");
  if (!status) status = mi_potential_check(potential, s, control);
  if (!status) status = allocate(md, s, control);
  if (!status) status = set_masses(md, mass, control);
  if (status) mi_md_end(md);
  return status;
}

void mi_md_end(mi_md *md) {
  free(md->number);
  free(md->mass);
  free(md->state.position);
  free(md->state.velocity);
  mi_neighbours_free(&md->list);
  mi_evaluation_end(&md->evaluation);
  *md = (mi_md){0};
}

/* ---- velocities ------------------------------------------------------------------------------ */

double mi_md_freedom(const mi_md *md) { return md->n > 1 ? 3.0 * (double)md->n - 3 : 1; }

double mi_md_kinetic(const mi_md *md) {
  double sum = 0;
  for (size_t i = 0; i < md->n; i++) {
    const double *v = md->state.velocity + 3 * i;
    sum += md->mass[i] * (v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
  }
  return 0.5 * sum / MI_ACCELERATION;
}

void mi_md_kinetic_tensor(const mi_md *md, double tensor[9]) {
  memset(tensor, 0, 9 * sizeof *tensor);
  for (size_t i = 0; i < md->n; i++) {
    const double *v = md->state.velocity + 3 * i;
    for (int k = 0; k < 9; k++) tensor[k] += md->mass[i] * v[k / 3] * v[k % 3];
  }
  for (int k = 0; k < 9; k++) tensor[k] /= MI_ACCELERATION;
}

void mi_md_rest(mi_md *md) {
  double total = 0, momentum[3] = {0};
  if (md->n < 2) return;
  for (size_t i = 0; i < md->n; i++) {
    total += md->mass[i];
    for (size_t k = 0; k < 3; k++) momentum[k] += md->mass[i] * md->state.velocity[3 * i + k];
  }
  for (size_t i = 0; i < 3 * md->n; i++) md->state.velocity[i] -= momentum[i % 3] / total;
}

void mi_md_draw_velocities(mi_md *md, double temperature, uint64_t seed) {
  mi_rng rng = mi_rng_stream(seed, mi_rng_stage("md.velocities"), 0);
  for (size_t i = 0; i < 3 * md->n; i++)
    md->state.velocity[i] = mi_rng_normal(&rng) / sqrt(md->mass[i / 3]);
  mi_md_rest(md);
  const double wanted = 0.5 * mi_md_freedom(md) * MI_BOLTZMANN * temperature;
  const double kinetic = mi_md_kinetic(md);
  mi_md_scale_velocities(md, kinetic > 0 ? sqrt(wanted / kinetic) : 0);
}

/* ---- stopping -------------------------------------------------------------------------------- */

mi_structure mi_md_structure(const mi_md *md) {
  mi_structure s = {.n = md->n, .position = md->state.position, .number = md->number};
  memcpy(s.cell, md->state.cell, sizeof s.cell);
  memcpy(s.periodic, md->periodic, sizeof s.periodic);
  return s;
}

/* The control of a stop only carries its text. */
static mi_md_stop stop(mi_md *md, mi_md_stop reason, mi_control *words) {
  md->stop = reason;
  memcpy(md->why, words->error, sizeof md->why);
  return reason;
}

/* Before the drift: an atom that would move farther than an atom can. */
static mi_md_stop check_moves(mi_md *md, double dt) {
  const double most = md->options.most_move / dt;
  mi_control words;
  for (size_t i = 0; i < md->n; i++) {
    const double *v = md->state.velocity + 3 * i;
    const double square = v[0] * v[0] + v[1] * v[1] + v[2] * v[2];
    if (square <= most * most) continue;
    mi_fail(&words, MI_ENUMERIC,
            "atom %zu would move %.3g Å in a step of %g fs: the time step is too long, or atoms "
            "are too close to each other",
            i + 1, sqrt(square) * dt, dt);
    return stop(md, MI_MD_EXPLODED, &words);
  }
  return MI_MD_RUNNING;
}

static mi_md_stop check_strain(mi_md *md, double strain) {
  mi_control words;
  if (strain <= md->options.most_strain) return MI_MD_RUNNING;
  mi_fail(&words, MI_ENUMERIC,
          "the cell would change by %.3g of itself in a step: the barostat is too fast for this "
          "pressure",
          strain);
  return stop(md, MI_MD_EXPLODED, &words);
}

static mi_md_stop check_rules(mi_md *md) {
  mi_control words;
  const mi_evaluation *e = &md->evaluation;
  if (e->force_deviation > md->options.most_deviation) {
    mi_fail(&words, MI_OK, "the committee's forces deviate by %.3g eV/Å, more than %g",
            e->force_deviation, md->options.most_deviation);
    return stop(md, MI_MD_DEVIATION, &words);
  }
  if ((double)e->extrapolations > md->options.most_extrapolations) {
    mi_fail(&words, MI_OK, "the potential extrapolates in %zu descriptors, more than %g",
            e->extrapolations, md->options.most_extrapolations);
    return stop(md, MI_MD_EXTRAPOLATION, &words);
  }
  return MI_MD_RUNNING;
}

static mi_md_stop check_growth(mi_md *md) {
  mi_control words;
  const double growth = fabs(mi_cell_determinant(*md->state.cell)) / md->start_volume;
  if (md->options.piston == MI_PISTON_NONE || growth <= MOST_GROWTH) return MI_MD_RUNNING;
  mi_fail(&words, MI_ENUMERIC,
          "the cell has grown to %.3g times its volume: nothing holds the atoms together at this "
          "pressure and temperature",
          growth);
  return stop(md, MI_MD_EXPLODED, &words);
}

/* Without a cell around them, atoms may leave for good. */
static mi_md_stop check_lost(mi_md *md) {
  mi_control words;
  double reach[3];
  find_reach(md, reach);
  for (int k = 0; k < 3; k++) {
    if (md->periodic[k] || reach[k] <= md->start_reach[k] + LOST) continue;
    mi_fail(&words, MI_ENUMERIC,
            "an atom is lost: it has left the others by %.3g Å along %c, where nothing is periodic",
            reach[k], "xyz"[k]);
    return stop(md, MI_MD_EXPLODED, &words);
  }
  return MI_MD_RUNNING;
}

/* ---- steps ----------------------------------------------------------------------------------- */

/* Memory and Ctrl-C are errors; positions that the potential refuses stop the run. */
static mi_status evaluate(mi_md *md, mi_control *control) {
  const mi_structure s = mi_md_structure(md);
  mi_control words = control ? *control : (mi_control){.threads = 1, .isa = mi_isa_best()};
  mi_status status = mi_neighbours_update(&md->list, &s, NULL, &words);
  if (!status)
    status = mi_potential_evaluate(md->potential, &s, &md->list, &md->evaluation, &words);
  if (status == MI_EINVAL || status == MI_ENUMERIC) {
    stop(md, MI_MD_EXPLODED, &words);
    return MI_OK;
  }
  return status ? mi_fail(control, status, "%s", words.error) : MI_OK;
}

static void aim(mi_md *md, double time) {
  md->temperature = mi_schedule_at(&md->options.temperature, time);
  md->pressure = mi_schedule_at(&md->options.pressure, time);
}

mi_status mi_md_prepare(mi_md *md, mi_control *control) {
  aim(md, (double)md->state.step * md->options.timestep);
  const mi_status status = evaluate(md, control);
  if (status || md->stop == MI_MD_RUNNING) return status;
  return mi_fail(control, MI_EINVAL, "%s", md->why);
}

static void kick(mi_md *md, double half_step) {
  const double *f = md->evaluation.forces;
  for (size_t i = 0; i < md->n; i++) {
    const double factor = half_step * MI_ACCELERATION / md->mass[i];
    double *v = md->state.velocity + 3 * i;
    for (size_t k = 0; k < 3; k++) v[k] += factor * f[3 * i + k];
  }
}

static void drift(mi_md *md, double dt) {
  for (size_t i = 0; i < 3 * md->n; i++) md->state.position[i] += dt * md->state.velocity[i];
}

static void bath_half(mi_md *md, double half_step) {
  if (md->options.bath != MI_BATH_NOSE_HOOVER) return;
  mi_md_scale_velocities(
      md, mi_chain_half(&md->state.bath, md->options.chain, 2 * mi_md_kinetic(md),
                        mi_md_freedom(md), MI_BOLTZMANN * md->temperature, md->options.bath_time,
                        half_step));
}

/* Everything up to the drift; returns the strain of the cell. */
static double before_forces(mi_md *md, double dt) {
  const bool mtk = md->options.piston == MI_PISTON_MTK;
  if (mtk) mi_md_mtk_chain(md, dt / 2);
  bath_half(md, dt / 2);
  if (mtk) mi_md_mtk_half(md, dt / 2, true);
  kick(md, dt / 2);
  return md->options.piston == MI_PISTON_SCR ? mi_md_scr(md, dt) : 0;
}

/* The drift; returns the strain of the cell. */
static double move(mi_md *md, double dt) {
  if (md->options.piston == MI_PISTON_MTK) return mi_md_mtk_drift(md, dt);
  if (md->options.bath == MI_BATH_LANGEVIN) {
    drift(md, dt / 2);
    mi_md_langevin(md, dt);
    drift(md, dt / 2);
  } else {
    drift(md, dt);
  }
  return 0;
}

static void after_forces(mi_md *md, double dt) {
  const bool mtk = md->options.piston == MI_PISTON_MTK;
  kick(md, dt / 2);
  if (mtk) mi_md_mtk_half(md, dt / 2, false);
  bath_half(md, dt / 2);
  if (mtk) mi_md_mtk_chain(md, dt / 2);
  if (md->options.bath == MI_BATH_CSVR) mi_md_csvr(md, dt);
}

static mi_status step(mi_md *md, mi_control *control) {
  const double dt = md->options.timestep;
  aim(md, (double)(md->state.step + 1) * dt);
  if (check_strain(md, before_forces(md, dt)) || check_moves(md, dt)) return MI_OK;
  if (check_strain(md, move(md, dt))) return MI_OK;
  md->state.step++;
  const mi_status status = evaluate(md, control);
  if (status || md->stop) return status;
  after_forces(md, dt);
  if (!check_rules(md) && md->state.step % LOOK_EVERY == 0 && !check_growth(md)) check_lost(md);
  return MI_OK;
}

mi_status mi_md_advance(mi_md *md, int64_t steps, mi_control *control) {
  mi_status status = MI_OK;
  for (int64_t k = 0; k < steps && !status && md->stop == MI_MD_RUNNING; k++)
    status = mi_cancelled(control) ? MI_ECANCEL : step(md, control);
  return status;
}

/* ---- observing ------------------------------------------------------------------------------- */

static double conserved(const mi_md *md, double energy) {
  if (md->options.piston == MI_PISTON_SCR) return NAN;
  if (md->options.piston == MI_PISTON_MTK) energy += mi_md_mtk_energy(md);
  if (md->options.bath == MI_BATH_NOSE_HOOVER)
    energy += mi_chain_energy(&md->state.bath, md->options.chain, mi_md_freedom(md),
                              MI_BOLTZMANN * md->temperature, md->options.bath_time);
  return energy - md->state.heat;
}

mi_md_observables mi_md_observe(const mi_md *md) {
  const bool cell = md->periodic[0] && md->periodic[1] && md->periodic[2];
  mi_md_observables o = {.time = (double)md->state.step * md->options.timestep,
                         .kinetic = mi_md_kinetic(md),
                         .potential = md->evaluation.energy};
  o.conserved = conserved(md, o.kinetic + o.potential);
  o.temperature = 2 * o.kinetic / (mi_md_freedom(md) * MI_BOLTZMANN);
  o.volume = cell ? fabs(mi_cell_determinant(*md->state.cell)) : NAN;
  mi_md_kinetic_tensor(md, o.stress);
  for (int k = 0; k < 9; k++)
    o.stress[k] = -(o.stress[k] + md->evaluation.virial[k / 3][k % 3]) / o.volume;
  o.pressure = -(o.stress[0] + o.stress[4] + o.stress[8]) / 3;
  return o;
}
