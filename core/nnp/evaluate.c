/* Evaluation of neural-network potentials: see nnp.h. */
#include <float.h>
#include <math.h>
#include <omp.h>
#include <stdatomic.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/descriptors/plan.h"
#include "core/nnp/nnp.h"

enum { CHUNK = 32, PARCELS = 4 }; /* atoms a thread takes at a time; results it may be ahead */

/* ---- what threads need ----------------------------------------------------------------------- */

/* The results of a chunk, on their way to the result: threads put them down and go on, and one of
 * them adds those that are next in order. */
typedef struct parcel {
  atomic_bool full;
  double energy[MI_NNP_MEMBERS], virial[9];
  size_t count;
  uint32_t *atom; /* [count] atoms that have forces */
  double *force;  /* [count][channels][3] */
} parcel;

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
  size_t parcels;       /* chunk c uses parcel c % parcels */
  parcel *parcel;
  atomic_size_t next;   /* chunk that is to be added next; for who holds the lock to change */
  omp_lock_t lock;
} job;

typedef struct place {
  mi_symfun_work work;
  mi_neighbourhood h;
  double *values;         /* [most] G */
  double *input;          /* [row] scaled G of an atom; row: most, as long as vectors want it */
  double *slope;          /* [row] */
  double *model;          /* work of networks and kernels */
  double *weight;         /* [channels][most] dE/dG */
  uint32_t *row;          /* [n] where an atom is in the parcel at hand, plus one; 0: nowhere */
} place;

static size_t model_work(const mi_nnp *nnp) {
  size_t most = 0;
  for (int i = 0; i < nnp->members * nnp->set.elements; i++) {
    const mi_nnp_part *part = nnp->part + i;
    const size_t own = part->kernel.points ? mi_kernel_work(&part->kernel)
                                           : mi_network_work(&part->network);
    if (own > most) most = own;
  }
  return most;
}

static mi_status place_alloc(place *p, const job *j) {
  const size_t most = j->most, n = j->s->n, channels = (size_t)j->channels;
  const size_t row = mi_network_row((int)most);
  p->values = MI_NEW(double, most);
  p->input = MI_NEW(double, row);
  p->slope = MI_NEW(double, row);
  p->model = MI_NEW(double, model_work(j->nnp));
  p->weight = MI_NEW(double, channels * most);
  p->row = MI_NEW_ZERO(uint32_t, j->result->forces ? n : 0);
  if (!p->values || !p->input || !p->slope || !p->model || !p->weight || !p->row)
    return MI_ENOMEM;
  const mi_status status = mi_symfun_work_alloc(&p->work, &j->nnp->set, j->list);
  return status ? status : mi_neighbourhood_alloc(&p->h, j->list);
}

static void place_free(place *p) {
  mi_symfun_work_free(&p->work);
  mi_neighbourhood_free(&p->h);
  free(p->values);
  free(p->input);
  free(p->slope);
  free(p->model);
  free(p->weight);
  free(p->row);
}

static mi_status parcels_alloc(job *j, const mi_control *control) {
  const size_t around = CHUNK * (j->list->most + 1), n = j->s->n;
  const size_t most = !j->result->forces ? 0 : around < n ? around : n;
  j->parcels = PARCELS * (size_t)mi_threads(control);
  j->parcel = MI_NEW_ZERO(parcel, j->parcels);
  for (size_t i = 0; j->parcel && i < j->parcels; i++) {
    parcel *p = j->parcel + i;
    p->atom = MI_NEW(uint32_t, most);
    p->force = MI_NEW(double, most * 3 * (size_t)j->channels);
    if (!p->atom || !p->force) return MI_ENOMEM;
  }
  return j->parcel ? MI_OK : MI_ENOMEM;
}

static void parcels_free(job *j) {
  for (size_t i = 0; j->parcel && i < j->parcels; i++) {
    free(j->parcel[i].atom);
    free(j->parcel[i].force);
  }
  free(j->parcel);
}

/* ---- one atom -------------------------------------------------------------------------------- */

/* Its energy by one member, added to those of the atom and the chunk; dE/dG is added to the weights
 * of the member's channel. */
static void think(const job *j, place *p, parcel *q, size_t atom, int element, int member) {
  const mi_nnp *nnp = j->nnp;
  const mi_nnp_part *part = nnp->part + member * nnp->set.elements + element;
  const size_t n = mi_symfun_count(&nnp->set, element);
  const double share = 1.0 / (nnp->members * part->conversion);
  const double weight = j->channels == 1 ? share : 1 / part->conversion;
  mi_nnp_scale(part, n, p->values, p->input);
  const double energy =
      part->kernel.points
          ? MI_DISPATCH(j->level, mi_kernel_evaluate)(&part->kernel, part->packed, p->input,
                                                      p->model, p->slope)
          : MI_DISPATCH(j->level, mi_network_evaluate)(&part->network, part->packed, p->input,
                                                       p->model, p->slope);
  const double own = energy / part->conversion + part->offset;
  q->energy[member] += own;
  if (j->result->energies) j->result->energies[atom] += own / nnp->members;
  double *to = p->weight + (j->channels == 1 ? 0 : (size_t)member) * j->most;
  for (size_t f = 0; f < n; f++) to[f] += weight * part->factor[f] * p->slope[f];
}

/* The force on an atom in the parcel, from the first channel on. */
static double *force_on(const job *j, place *p, parcel *q, size_t atom) {
  const size_t length = 3 * (size_t)j->channels;
  if (p->row[atom] == 0) {
    q->atom[q->count++] = (uint32_t)atom;
    p->row[atom] = (uint32_t)q->count;
    memset(q->force + (q->count - 1) * length, 0, length * sizeof *q->force);
  }
  return q->force + (p->row[atom] - 1) * length;
}

/* Forces of dE_i/dx_j, in work, on all atoms, into one channel; the virial with the given share. */
static void push(const job *j, place *p, parcel *q, size_t atom, int channel, double share) {
  const mi_symfun_work *w = &p->work;
  double own[3] = {0}, v[9] = {0};
  for (size_t k = 0; k < w->begin[MI_SYMFUN_ELEMENTS]; k++) {
    if (w->index[k] == UINT32_MAX) continue;
    double *to = force_on(j, p, q, w->index[k]) + 3 * channel;
    const double g[] = {w->gx[k], w->gy[k], w->gz[k]}, d[] = {w->x[k], w->y[k], w->z[k]};
    for (int a = 0; a < 3; a++) {
      to[a] -= g[a];
      own[a] += g[a];
      for (int c = 0; c < 3; c++) v[3 * a + c] -= d[a] * g[c];
    }
  }
  double *to = force_on(j, p, q, atom) + 3 * channel;
  for (int a = 0; a < 3; a++) to[a] += own[a];
  for (int a = 0; a < 9; a++) q->virial[a] += share * v[a];
}

/* Notes that G of function f, a value of the atom, is outside its range by `excess` widths. The
 * record does not depend on the order of the atoms. */
static void note(mi_nnp_extrapolation *x, double value, size_t atom, double excess) {
  if (x->count == 0 || excess > x->excess || (excess == x->excess && atom < x->atom)) {
    x->excess = excess;
    x->atom = atom;
  }
  x->low = x->count == 0 ? value : fmin(x->low, value);
  x->high = x->count == 0 ? value : fmax(x->high, value);
  x->count++;
}

static void look_for_extrapolation(const job *j, const double *values, size_t atom, int element) {
  const mi_nnp *nnp = j->nnp;
  const size_t first = nnp->set.first[element], n = mi_symfun_count(&nnp->set, element);
  const double slack = 1000 * DBL_EPSILON; /* of n2p2 */
  uint32_t count = 0;
  for (size_t f = 0; f < n; f++) {
    const double low = nnp->low[first + f], high = nnp->high[first + f], value = values[f];
    if (value + slack >= low && value - slack <= high) continue;
    const double excess = fmax(low - value, value - high) / fmax(high - low, DBL_MIN);
    count++;
    if (!j->result->extrapolation) continue;
#pragma omp critical(mi_nnp_extrapolation)
    note(j->result->extrapolation + first + f, value, atom, excess);
  }
  if (j->result->outside) j->result->outside[atom] = count;
}

static void work_out(const job *j, place *p, parcel *q, size_t atom) {
  const mi_symfun_set *set = &j->nnp->set;
  const int element = set->slot[j->s->number[atom]];
  const mi_symfun_plan *plan = set->plan[element];
  const bool forces = j->result->forces != NULL;
  mi_neighbours_of(j->list, j->s, atom, &p->h);
  mi_symfun_gather(&p->work, set, j->s, &p->h);
  MI_DISPATCH(j->level, mi_symfun_forward)(plan, &p->work, forces, p->values);
  if (j->nnp->low) look_for_extrapolation(j, p->values, atom, element);
  memset(p->weight, 0, (size_t)j->channels * j->most * sizeof *p->weight);
  for (int m = 0; m < j->nnp->members; m++) think(j, p, q, atom, element, m);
  for (int c = 0; forces && c < j->channels; c++) {
    MI_DISPATCH(j->level, mi_symfun_backward)(plan, &p->work, p->weight + (size_t)c * j->most);
    push(j, p, q, atom, c, 1.0 / j->channels);
  }
}

/* ---- chunks ---------------------------------------------------------------------------------- */

static void work_on_chunk(const job *j, place *p, parcel *q, size_t chunk) {
  const size_t first = chunk * CHUNK, n = j->s->n, end = first + CHUNK < n ? first + CHUNK : n;
  for (size_t i = first; i < end; i++) work_out(j, p, q, i);
  for (size_t k = 0; k < q->count; k++) p->row[q->atom[k]] = 0;
}

static void add(job *j, const parcel *q) {
  const size_t channels = (size_t)j->channels;
  for (int m = 0; m < j->nnp->members; m++) j->member_energy[m] += q->energy[m];
  for (int a = 0; a < 9; a++) j->result->virial[a] += q->virial[a];
  for (size_t k = 0; k < q->count; k++)
    for (size_t c = 0; c < channels; c++) {
      double *to = j->member_force + (c * j->s->n + q->atom[k]) * 3;
      for (size_t a = 0; a < 3; a++) to[a] += q->force[(k * channels + c) * 3 + a];
    }
}

/* Adds the parcels that are next, unless another thread is doing so. */
static void deliver(job *j) {
  if (!omp_test_lock(&j->lock)) return;
  for (parcel *q; q = j->parcel + j->next % j->parcels, q->full; j->next++) {
    add(j, q);
    q->full = false;
  }
  omp_unset_lock(&j->lock);
}

/* The empty parcel of a chunk, when the one before it there has been added: some other thread is
 * at work on what is next. */
static parcel *parcel_for(job *j, size_t chunk) {
  while (chunk >= j->next + j->parcels) deliver(j);
  parcel *q = j->parcel + chunk % j->parcels;
  memset(q->energy, 0, sizeof q->energy);
  memset(q->virial, 0, sizeof q->virial);
  q->count = 0;
  return q;
}

static mi_status run(job *j, mi_control *control) {
  const size_t chunks = (j->s->n + CHUNK - 1) / CHUNK;
  mi_status result = parcels_alloc(j, control);
  if (result) return result;
  omp_init_lock(&j->lock);
#pragma omp parallel num_threads(mi_threads(control))
  {
    place p = {0};
    const mi_status status = place_alloc(&p, j);
    if (status) {
#pragma omp atomic write
      result = status;
    }
#pragma omp for schedule(monotonic : dynamic)
    for (size_t c = 0; c < chunks; c++) { /* after a failure the parcels are empty */
      parcel *q = parcel_for(j, c);
      if (status == MI_OK && !mi_cancelled(control)) work_on_chunk(j, &p, q, c);
      q->full = true;
      deliver(j);
    }
    place_free(&p);
  }
  deliver(j);
  omp_destroy_lock(&j->lock);
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

static void clear(const job *j, int threads) {
  mi_nnp_result *r = j->result;
  const size_t n = j->s->n, functions = j->nnp->set.first[j->nnp->set.elements];
  memset(r->virial, 0, sizeof r->virial);
  if (r->extrapolation) memset(r->extrapolation, 0, functions * sizeof *r->extrapolation);
#pragma omp parallel for num_threads(threads) schedule(static)
  for (size_t i = 0; i < n; i++) { /* the first touch of so much memory is work, too */
    if (r->energies) r->energies[i] = 0;
    if (r->outside) r->outside[i] = 0;
    for (size_t c = 0; j->member_force && c < (size_t)j->channels; c++)
      memset(j->member_force + (c * n + i) * 3, 0, 3 * sizeof(double));
  }
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
  clear(&j, mi_threads(control));
  status = run(&j, control);
  parcels_free(&j);
  if (status == MI_OK) finish(&j);
  if (j.member_force != result->forces) free(j.member_force);
  if (status == MI_OK && !isfinite(result->energy))
    return mi_fail(control, MI_ENUMERIC, "the energy is not finite");
  return status;
}
