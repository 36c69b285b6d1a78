#include "core/potentials/ewald.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/base/vmath.h"
#include "core/potentials/local.h"
#include "core/potentials/pair.h"

enum { MOST_CHUNKS = 16, BLOCK = MI_EWALD_BLOCK };

#define PI 3.14159265358979323846

typedef struct plan {
  const mi_ewald *ewald;
  const mi_structure *s;
  mi_evaluation *result;
  const mi_control *control;
  double inverse[9];    /* fractional coordinates f = x inverse; k = 2 pi inverse n */
  double volume;
  int most[3];          /* the greatest n1, |n2|, |n3| */
  mi_ewald_row *row;
  size_t rows, slots;
  size_t blocks, chunks;
  double (*sums)[4];    /* [chunks x slots] */
  double (*weight)[4];  /* [slots] */
} plan;

/* ---- wave vectors ---------------------------------------------------------------------------- */

static void wave_vector(const plan *q, const double n[3], double k[3]) {
  const double *b = q->inverse;
  for (int a = 0; a < 3; a++)
    k[a] = 2 * PI * (b[3 * a] * n[0] + b[3 * a + 1] * n[1] + b[3 * a + 2] * n[2]);
}

static double square(const double k[3]) { return k[0] * k[0] + k[1] * k[1] + k[2] * k[2]; }

/* a_k, 0 for k beyond the sphere, for k = 0, and for -k of a pair that is counted. */
static double weight_of(const plan *q, int n1, int n2, int n3, double k[3]) {
  const double n[] = {n1, n2, n3}, alpha = q->ewald->alpha, most = q->ewald->most_k;
  const bool counted = n1 > 0 || n2 > 0 || n3 > 0;
  wave_vector(q, n, k);
  const double k2 = square(k);
  if (!counted || k2 > most * most) return 0;
  return 4 * PI * MI_COULOMB / q->volume * exp(-k2 / (4 * alpha * alpha)) / k2;
}

/* The greatest |n3| of the row, -1 for none. */
static int reach(const plan *q, int n1, int n2) {
  double k[3];
  for (int n3 = q->most[2]; n3 >= 0; n3--)
    if (weight_of(q, n1, n2, n3, k) > 0 || weight_of(q, n1, n2, -n3, k) > 0) return n3;
  return -1;
}

static mi_status list_rows(plan *q) {
  const size_t most = (size_t)(q->most[0] + 1) * (size_t)(2 * q->most[1] + 1);
  q->row = MI_NEW(mi_ewald_row, most);
  if (!q->row) return MI_ENOMEM;
  for (int n1 = 0; n1 <= q->most[0]; n1++)
    for (int n2 = n1 > 0 ? -q->most[1] : 0; n2 <= q->most[1]; n2++) {
      const int n3 = reach(q, n1, n2);
      if (n3 < 0) continue;
      q->row[q->rows++] = (mi_ewald_row){n1, n2, n3, q->slots};
      q->slots += (size_t)n3 + 1;
    }
  return MI_OK;
}

/* ---- phases of a block ----------------------------------------------------------------------- */

/* A thread's own memory. */
typedef struct work {
  mi_ewald_phases phases;
  mi_ewald_field field;
} work;

static work *work_new(const plan *q) {
  size_t rows = 0;
  for (int d = 0; d < 3; d++) rows += (size_t)(q->most[d] > 0 ? q->most[d] : 1) + 1;
  work *w = mi_alloc(1, sizeof *w);
  double *at = MI_NEW(double, 2 * BLOCK * rows);
  if (!w || !at) {
    free(w);
    free(at);
    return NULL;
  }
  for (int d = 0; d < 3; d++) {
    const size_t length = BLOCK * ((size_t)(q->most[d] > 0 ? q->most[d] : 1) + 1);
    w->phases.most[d] = q->most[d];
    w->phases.re[d] = at;
    w->phases.im[d] = at + length;
    at += 2 * length;
  }
  return w;
}

static void work_free(work *w) {
  if (w) free(w->phases.re[0]);
  free(w);
}

static size_t block_atoms(const plan *q, size_t block) {
  const size_t rest = q->s->n - block * BLOCK;
  return rest < BLOCK ? rest : BLOCK;
}

static void prepare(const plan *q, size_t block, work *w) {
  const size_t n = block_atoms(q, block);
  double angle[3][BLOCK] = {{0}};
  memset(w->phases.charge, 0, sizeof w->phases.charge);
  for (size_t i = 0; i < n; i++) {
    double f[3];
    mi_row_times(q->s->position + 3 * (block * BLOCK + i), q->inverse, f);
    for (int d = 0; d < 3; d++) angle[d][i] = 2 * PI * (f[d] - floor(f[d]));
    const int type = q->ewald->species->type[q->s->number[block * BLOCK + i]];
    w->phases.charge[i] = q->ewald->charge[type];
  }
  for (int d = 0; d < 3; d++)
    mi_vsincos(mi_level(q->control), angle[d], w->phases.im[d] + BLOCK, w->phases.re[d] + BLOCK,
               BLOCK);
  MI_DISPATCH(mi_level(q->control), mi_ewald_powers)(&w->phases);
}

/* ---- the two passes over atoms --------------------------------------------------------------- */

static void sum_block(const plan *q, size_t chunk, size_t block, work *w) {
  (void)block;
  MI_DISPATCH(mi_level(q->control), mi_ewald_sums)
  (q->row, q->rows, &w->phases, q->sums + chunk * q->slots);
}

/* Forces along the reciprocal vectors become Cartesian. */
static void field_block(const plan *q, size_t chunk, size_t block, work *w) {
  (void)chunk;
  mi_evaluation *e = q->result;
  memset(&w->field, 0, sizeof w->field);
  MI_DISPATCH(mi_level(q->control), mi_ewald_fields)
  (q->row, q->rows, &w->phases, (const double(*)[4])q->weight, &w->field);
  for (size_t i = 0; i < block_atoms(q, block); i++) {
    const size_t atom = block * BLOCK + i;
    const double charge = w->phases.charge[i];
    const double n[] = {w->field.force[0][i], w->field.force[1][i], w->field.force[2][i]};
    double f[3];
    wave_vector(q, n, f);
    if (e->energies) e->energies[atom] += charge * w->field.energy[i];
    for (int a = 0; e->forces && a < 3; a++) e->forces[3 * atom + (size_t)a] += 2 * charge * f[a];
  }
}

typedef void block_function(const plan *q, size_t chunk, size_t block, work *w);

static mi_status all_blocks(const plan *q, block_function *f) {
  mi_status status = MI_OK;
#pragma omp parallel num_threads(mi_threads_for(q->control, q->chunks))
  {
    work *w = work_new(q);
    mi_status mine = w ? MI_OK : MI_ENOMEM;
#pragma omp for schedule(dynamic, 1)
    for (size_t chunk = 0; chunk < q->chunks; chunk++)
      for (size_t block = q->blocks * chunk / q->chunks;
           block < q->blocks * (chunk + 1) / q->chunks; block++) {
        if (mi_cancelled(q->control)) mine = MI_ECANCEL;
        if (mine) continue;
        prepare(q, block, w);
        f(q, chunk, block, w);
      }
    work_free(w);
    if (mine) {
#pragma omp critical(mi_ewald_status)
      status = mine;
    }
  }
  return status;
}

/* ---- between them ---------------------------------------------------------------------------- */

/* Adds a_k |S|^2 and its virial. */
static void add_wave(const plan *q, double weight, double s2, const double k[3]) {
  const double alpha = q->ewald->alpha, e = weight * s2;
  const double factor = 2 * (1 / square(k) + 1 / (4 * alpha * alpha));
  q->result->energy += e;
  for (int a = 0; a < 3; a++)
    for (int b = 0; b < 3; b++)
      q->result->virial[a][b] += e * ((a == b) - factor * k[a] * k[b]);
}

/* Turns the four sums of a slot into its weights. */
static void weigh_slot(const plan *q, const mi_ewald_row *row, int n3) {
  const size_t slot = row->first + (size_t)n3;
  double s[4] = {0}, plus[3], minus[3];
  for (size_t chunk = 0; chunk < q->chunks; chunk++)
    for (int m = 0; m < 4; m++) s[m] += q->sums[chunk * q->slots + slot][m];
  const double p = weight_of(q, row->n1, row->n2, n3, plus);
  const double m = n3 > 0 ? weight_of(q, row->n1, row->n2, -n3, minus) : 0;
  const double a = s[0] - s[1], b = s[2] + s[3], c = s[0] + s[1], d = s[3] - s[2];
  if (p > 0) add_wave(q, p, a * a + b * b, plus);
  if (m > 0) add_wave(q, m, c * c + d * d, minus);
  double *w = q->weight[slot];
  w[0] = p * a + m * c;
  w[1] = p * b - m * d;
  w[2] = p * a - m * c;
  w[3] = p * b + m * d;
}

/* Each charge with itself, and the background of a charged cell. */
static void add_constants(const plan *q) {
  const double alpha = q->ewald->alpha;
  double total = 0;
  for (size_t i = 0; i < q->s->n; i++)
    total += q->ewald->charge[q->ewald->species->type[q->s->number[i]]];
  const double background = -MI_COULOMB * PI * total / (2 * q->volume * alpha * alpha);
  for (size_t i = 0; i < q->s->n; i++) {
    const double charge = q->ewald->charge[q->ewald->species->type[q->s->number[i]]];
    const double e = charge * (background - MI_COULOMB * alpha / sqrt(PI) * charge);
    q->result->energy += e;
    if (q->result->energies) q->result->energies[i] += e;
  }
  for (int a = 0; a < 3; a++) q->result->virial[a][a] += background * total;
}

static mi_status run(plan *q) {
  mi_status status = list_rows(q);
  if (status) return status;
  const size_t bytes = sizeof *q->sums;
  q->sums = mi_evaluation_scratch(q->result, (q->chunks + 1) * q->slots * bytes);
  if (!q->sums) return MI_ENOMEM;
  memset(q->sums, 0, q->chunks * q->slots * bytes);
  q->weight = q->sums + q->chunks * q->slots;
  status = all_blocks(q, sum_block);
  if (status) return status;
  for (size_t k = 0; k < q->rows; k++)
    for (int n3 = 0; n3 <= q->row[k].most; n3++) weigh_slot(q, q->row + k, n3);
  add_constants(q);
  return q->result->forces || q->result->energies ? all_blocks(q, field_block) : MI_OK;
}

mi_status mi_ewald_reciprocal(const mi_ewald *ewald, const mi_structure *s, mi_evaluation *result,
                              mi_control *control) {
  plan q = {.ewald = ewald, .s = s, .result = result, .control = control};
  if (!(s->periodic[0] && s->periodic[1] && s->periodic[2]))
    return mi_fail(control, MI_EINVAL, "charges need a cell that is periodic in all directions");
  mi_cell_inverse(*s->cell, q.inverse);
  q.volume = fabs(mi_cell_determinant(*s->cell));
  q.blocks = (s->n + BLOCK - 1) / BLOCK;
  q.chunks = q.blocks < MOST_CHUNKS ? q.blocks : MOST_CHUNKS;
  for (int d = 0; d < 3; d++) /* |n_d| <= |k| |cell vector| / (2 pi) */
    q.most[d] = (int)(ewald->most_k * sqrt(square(s->cell[d])) / (2 * PI));
  const mi_status status = run(&q);
  free(q.row);
  return status == MI_ENOMEM ? mi_fail(control, status, "no memory for Ewald's sum") : status;
}
