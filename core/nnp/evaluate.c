/* Evaluation of neural-network potentials: see nnp.h. */
#include <float.h>
#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/descriptors/plan.h"
#include "core/nnp/nnp.h"

enum { CHUNK = 32 };

/* ---- what threads need ----------------------------------------------------------------------- */

typedef struct job {
  const mi_nnp *nnp;
  const mi_structure *s;
  const mi_neighbours *list;
  mi_nnp_result *result;
  mi_isa level;
  size_t most;          /* functions of an element */
  int channels;         /* of forces: 1 (the mean) or one a member */
  double *member_force; /* [channels][n x 3] the sums; channel 0 is result->forces if it is one */
  double member_energy[MI_NNP_MEMBERS];
} job;

typedef struct place {
  mi_symfun_work work;
  mi_neighbourhood h;
  double *values;         /* [CHUNK][most] G */
  double *input;          /* [row] scaled G of an atom; row: most, as long as vectors want it */
  double *slope;          /* [row] */
  double *network;        /* work of networks */
  double *weight;         /* [channels][most] dE/dG */
  double *force;          /* [channels][n x 3] of the chunk at hand, zero elsewhere */
  uint32_t *touched;      /* [n] atoms with a force in the chunk */
  bool *touches;          /* [n] */
  size_t touched_count;
  double energy[MI_NNP_MEMBERS], virial[9]; /* of the chunk */
} place;

static size_t network_work(const mi_nnp *nnp) {
  size_t most = 0;
  for (int i = 0; i < nnp->members * nnp->set.elements; i++) {
    const size_t own = mi_network_work(&nnp->part[i].network);
    if (own > most) most = own;
  }
  return most;
}

static mi_status place_alloc(place *p, const job *j) {
  const size_t most = j->most, n = j->s->n, channels = (size_t)j->channels;
  const size_t row = mi_network_row((int)most);
  p->values = MI_NEW(double, CHUNK * most);
  p->input = MI_NEW(double, row);
  p->slope = MI_NEW(double, row);
  p->network = MI_NEW(double, network_work(j->nnp));
  p->weight = MI_NEW(double, channels * most);
  if (!p->values || !p->input || !p->slope || !p->network || !p->weight) return MI_ENOMEM;
  if (j->result->forces) {
    p->force = MI_NEW_ZERO(double, channels * 3 * n);
    p->touched = MI_NEW(uint32_t, n);
    p->touches = MI_NEW_ZERO(bool, n);
    if (!p->force || !p->touched || !p->touches) return MI_ENOMEM;
  }
  const mi_status status = mi_symfun_work_alloc(&p->work, &j->nnp->set, j->list);
  return status ? status : mi_neighbourhood_alloc(&p->h, j->list);
}

static void place_free(place *p) {
  mi_symfun_work_free(&p->work);
  mi_neighbourhood_free(&p->h);
  free(p->values);
  free(p->input);
  free(p->slope);
  free(p->network);
  free(p->weight);
  free(p->force);
  free(p->touched);
  free(p->touches);
}

/* ---- one atom -------------------------------------------------------------------------------- */

/* Its energy by one member, added to those of the atom and the chunk; dE/dG is added to the weights
 * of the member's channel. */
static void think(const job *j, place *p, size_t atom, int element, const double *values,
                  int member) {
  const mi_nnp *nnp = j->nnp;
  const mi_nnp_part *part = nnp->part + member * nnp->set.elements + element;
  const size_t n = mi_symfun_count(&nnp->set, element);
  const double share = 1.0 / (nnp->members * part->conversion);
  const double weight = j->channels == 1 ? share : 1 / part->conversion;
  for (size_t f = 0; f < n; f++)
    p->input[f] = (values[f] - part->shift[f]) * part->factor[f] + part->base[f];
  const double energy = MI_DISPATCH(j->level, mi_network_evaluate)(
      &part->network, part->packed, p->input, p->network, p->slope);
  const double own = energy / part->conversion + part->offset;
  p->energy[member] += own;
  if (j->result->energies) j->result->energies[atom] += own / nnp->members;
  double *to = p->weight + (j->channels == 1 ? 0 : (size_t)member) * j->most;
  for (size_t f = 0; f < n; f++) to[f] += weight * part->factor[f] * p->slope[f];
}

static void touch(place *p, size_t atom) {
  if (p->touches[atom]) return;
  p->touches[atom] = true;
  p->touched[p->touched_count++] = (uint32_t)atom;
}

/* Forces of dE_i/dx_j, in work, on all atoms, into one channel; the virial with the given share. */
static void push(const job *j, place *p, const mi_symfun_work *w, size_t atom, int channel,
                 double share) {
  double *force = p->force + (size_t)channel * 3 * j->s->n, own[3] = {0}, v[9] = {0};
  touch(p, atom);
  for (size_t k = 0; k < w->begin[MI_SYMFUN_ELEMENTS]; k++) {
    if (w->index[k] == UINT32_MAX) continue;
    double *to = force + 3 * (size_t)w->index[k];
    const double g[] = {w->gx[k], w->gy[k], w->gz[k]}, d[] = {w->x[k], w->y[k], w->z[k]};
    touch(p, w->index[k]);
    for (int a = 0; a < 3; a++) {
      to[a] -= g[a];
      own[a] += g[a];
      for (int c = 0; c < 3; c++) v[3 * a + c] -= d[a] * g[c];
    }
  }
  for (int a = 0; a < 3; a++) force[3 * atom + (size_t)a] += own[a];
  for (int a = 0; a < 9; a++) p->virial[a] += share * v[a];
}

static void work_out(const job *j, place *p, size_t atom, double *values) {
  const mi_symfun_set *set = &j->nnp->set;
  const int element = set->slot[j->s->number[atom]];
  const mi_symfun_plan *plan = set->plan[element];
  const bool forces = j->result->forces != NULL;
  mi_neighbours_of(j->list, j->s, atom, &p->h);
  mi_symfun_gather(&p->work, set, j->s, &p->h);
  MI_DISPATCH(j->level, mi_symfun_forward)(plan, &p->work, forces, values);
  memset(p->weight, 0, (size_t)j->channels * j->most * sizeof *p->weight);
  for (int m = 0; m < j->nnp->members; m++) think(j, p, atom, element, values, m);
  for (int c = 0; forces && c < j->channels; c++) {
    MI_DISPATCH(j->level, mi_symfun_backward)(plan, &p->work, p->weight + (size_t)c * j->most);
    push(j, p, &p->work, atom, c, 1.0 / j->channels);
  }
}

/* ---- chunks ---------------------------------------------------------------------------------- */

static void work_on_chunk(const job *j, place *p, size_t first, size_t end) {
  memset(p->energy, 0, sizeof p->energy);
  memset(p->virial, 0, sizeof p->virial);
  for (size_t i = first; i < end; i++) work_out(j, p, i, p->values + (i - first) * j->most);
}

/* Notes how G of function f, a value of the atom, is out of its range. */
static bool leaves(const mi_nnp *nnp, size_t f, double value, size_t atom,
                   mi_nnp_extrapolation *x) {
  const double low = nnp->low[f], high = nnp->high[f], slack = 1000 * DBL_EPSILON;
  if (value + slack >= low && value - slack <= high) return false;
  const double excess = fmax(low - value, value - high) / fmax(high - low, DBL_MIN);
  if (!x) return true;
  x += f;
  if (x->count == 0 || excess > x->excess) {
    x->excess = excess;
    x->atom = atom;
  }
  x->low = x->count == 0 ? value : fmin(x->low, value);
  x->high = x->count == 0 ? value : fmax(x->high, value);
  x->count++;
  return true;
}

static void look_for_extrapolation(const job *j, const place *p, size_t first, size_t end) {
  const mi_nnp *nnp = j->nnp;
  const mi_symfun_set *set = &nnp->set;
  if (!nnp->low || (!j->result->extrapolation && !j->result->outside)) return;
  for (size_t i = first; i < end; i++) {
    const int e = set->slot[j->s->number[i]];
    const double *value = p->values + (i - first) * j->most;
    uint32_t count = 0;
    for (size_t f = 0; f < mi_symfun_count(set, e); f++)
      count += leaves(nnp, set->first[e] + f, value[f], i, j->result->extrapolation);
    if (j->result->outside) j->result->outside[i] = count;
  }
}

/* Adds the chunk to the results; called in the order of the chunks. */
static void deliver(job *j, place *p, size_t first, size_t end) {
  for (int m = 0; m < j->nnp->members; m++) j->member_energy[m] += p->energy[m];
  for (int a = 0; a < 9; a++) j->result->virial[a] += p->virial[a];
  for (size_t t = 0; t < p->touched_count; t++) {
    const size_t atom = p->touched[t];
    for (int c = 0; c < j->channels; c++) {
      const size_t at = ((size_t)c * j->s->n + atom) * 3;
      for (size_t a = at; a < at + 3; a++) {
        j->member_force[a] += p->force[a];
        p->force[a] = 0;
      }
    }
    p->touches[atom] = false;
  }
  p->touched_count = 0;
  look_for_extrapolation(j, p, first, end);
}

static mi_status run(job *j, mi_control *control) {
  const size_t n = j->s->n, chunks = (n + CHUNK - 1) / CHUNK;
  mi_status result = MI_OK;
#pragma omp parallel num_threads(mi_threads(control))
  {
    place p = {0};
    const mi_status status = place_alloc(&p, j);
    if (status) {
#pragma omp atomic write
      result = status;
    }
#pragma omp for schedule(dynamic) ordered
    for (size_t c = 0; c < chunks; c++) {
      const size_t first = c * CHUNK, end = first + CHUNK < n ? first + CHUNK : n;
      const bool go = status == MI_OK && !mi_cancelled(control);
      if (go) work_on_chunk(j, &p, first, end);
#pragma omp ordered
      if (go) deliver(j, &p, first, end);
    }
    place_free(&p);
  }
  return result ? result : mi_cancelled(control) ? MI_ECANCEL : MI_OK;
}

/* ---- results --------------------------------------------------------------------------------- */

static double mean(const double *x, int n, size_t stride) {
  double sum = 0;
  for (int i = 0; i < n; i++) sum += x[(size_t)i * stride];
  return sum / n;
}

/* The root mean square about the mean. */
static double deviation(const double *x, int n, size_t stride) {
  const double middle = mean(x, n, stride);
  double sum = 0;
  for (int i = 0; i < n; i++) {
    const double d = x[(size_t)i * stride] - middle;
    sum += d * d;
  }
  return sqrt(sum / n);
}

static void finish(const job *j) {
  mi_nnp_result *r = j->result;
  const size_t n = 3 * j->s->n;
  r->energy = mean(j->member_energy, j->nnp->members, 1);
  r->energy_deviation = deviation(j->member_energy, j->nnp->members, 1);
  if (!r->forces || !r->force_deviation) return;
  for (size_t i = 0; i < n; i++) {
    r->forces[i] = mean(j->member_force + i, j->channels, n);
    r->force_deviation[i] = deviation(j->member_force + i, j->channels, n);
  }
}

static void clear(const job *j) {
  mi_nnp_result *r = j->result;
  const size_t n = j->s->n, functions = j->nnp->set.first[j->nnp->set.elements];
  memset(r->virial, 0, sizeof r->virial);
  if (r->energies) memset(r->energies, 0, n * sizeof *r->energies);
  if (r->outside) memset(r->outside, 0, n * sizeof *r->outside);
  if (r->extrapolation) memset(r->extrapolation, 0, functions * sizeof *r->extrapolation);
  if (j->member_force) memset(j->member_force, 0, (size_t)j->channels * 3 * n * sizeof(double));
}

mi_status mi_nnp_evaluate(const mi_nnp *nnp, const mi_structure *s, const mi_neighbours *list,
                          mi_nnp_result *result, mi_control *control) {
  job j = {.nnp = nnp, .s = s, .list = list, .result = result, .level = mi_level(control),
           .most = nnp->set.most, .channels = 1, .member_force = result->forces};
  mi_status status = mi_symfun_knows(&nnp->set, s, control);
  if (status) return status;
  if (result->forces && result->force_deviation) {
    j.channels = nnp->members;
    j.member_force = MI_NEW(double, (size_t)nnp->members * 3 * s->n);
    if (!j.member_force) return MI_ENOMEM;
  }
  clear(&j);
  status = run(&j, control);
  if (status == MI_OK) finish(&j);
  if (j.member_force != result->forces) free(j.member_force);
  if (status == MI_OK && !isfinite(result->energy))
    return mi_fail(control, MI_ENUMERIC, "the energy is not finite");
  return status;
}
