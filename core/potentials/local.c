#include "core/potentials/local.h"

#include <string.h>

#include "core/base/memory.h"

enum { LANES = 8, ROWS = 7, CHUNK = 64, FORCE_CHUNK = 128, MOST_CHUNKS = 16, FORCE_BLOCK = 64 };

/* ---- shells ---------------------------------------------------------------------------------- */

/* Room for `most` neighbours of up to MI_SPECIES_MOST types. */
static mi_status shell_alloc(mi_shell *h, size_t most, size_t rows) {
  const size_t room = (most + LANES - 1 + MI_SPECIES_MOST * (LANES - 1)) / LANES * LANES;
  *h = (mi_shell){.room = room, .index = MI_NEW(uint32_t, room)};
  h->x = MI_NEW(double, (ROWS + rows) * room);
  if (!h->index || !h->x) return MI_ENOMEM;
  double **row[] = {&h->y, &h->z, &h->r, &h->gx, &h->gy, &h->gz, &h->work};
  for (size_t k = 0; k < ROWS; k++) *row[k] = h->x + (k + 1) * room;
  return MI_OK;
}

static void shell_free(mi_shell *h) {
  free(h->index);
  free(h->x);
}

static void copy_part(mi_shell *h, const mi_neighbourhood *from, size_t begin, size_t n) {
  const size_t at = h->n, end = (at + n + LANES - 1) / LANES * LANES;
  memcpy(h->index + at, from->index + begin, n * sizeof *h->index);
  memcpy(h->x + at, from->x + begin, n * sizeof *h->x);
  memcpy(h->y + at, from->y + begin, n * sizeof *h->y);
  memcpy(h->z + at, from->z + begin, n * sizeof *h->z);
  memcpy(h->r + at, from->r + begin, n * sizeof *h->r);
  for (size_t k = at + n; k < end; k++) {
    h->index[k] = from->index[begin];
    h->x[k] = h->r[k] = MI_FAR;
    h->y[k] = h->z[k] = 0;
  }
  h->n = end;
}

/* Neighbours come sorted by atomic number: each run of one number is a block. */
static void shell_fill(mi_shell *h, const mi_neighbourhood *from, const mi_species *species,
                       const int32_t *number) {
  h->n = 0;
  h->blocks = 0;
  for (size_t begin = 0, end; begin < from->n; begin = end) {
    const int32_t z = number[from->index[begin]];
    for (end = begin + 1; end < from->n && number[from->index[end]] == z; end++) continue;
    mi_block *block = h->block + h->blocks++;
    *block = (mi_block){.type = species->type[z], .begin = h->n};
    copy_part(h, from, begin, end - begin);
    block->end = h->n;
  }
}

/* ---- one chunk ------------------------------------------------------------------------------- */

/* What a chunk of atoms sums up. */
typedef struct part {
  double energy, virial[3][3];
} part;

typedef struct loop {
  const mi_local *local;
  const mi_structure *s;
  const mi_neighbours *list;
  mi_evaluation *result;
  const mi_control *control;
  size_t chunks;
  part *part;     /* [chunks] */
  double *forces; /* [chunks x n x 3]; NULL for sums over pairs */
  size_t blocks;  /* of FORCE_BLOCK atoms */
  bool *touched;  /* [chunks x blocks]: the forces that a chunk has set; the others count as 0 */
} loop;

static void add_virial(const mi_shell *h, double virial[3][3]) {
  const double *d[] = {h->x, h->y, h->z}, *g[] = {h->gx, h->gy, h->gz};
  for (int a = 0; a < 3; a++)
    for (int b = 0; b < 3; b++) {
      double sum[LANES] = {0};
      for (size_t k = 0; k < h->n; k += LANES)
        for (size_t l = 0; l < LANES; l++) sum[l] += d[a][k + l] * g[b][k + l];
      for (size_t l = 0; l < LANES; l++) virial[a][b] -= sum[l];
    }
}

/* The sum of g, which acts on the atom itself. */
static void add_own(const mi_shell *h, double factor, double *force) {
  const double *g[] = {h->gx, h->gy, h->gz};
  for (int a = 0; a < 3; a++) {
    double sum[LANES] = {0};
    for (size_t k = 0; k < h->n; k += LANES)
      for (size_t l = 0; l < LANES; l++) sum[l] += g[a][k + l];
    for (size_t l = 0; l < LANES; l++) force[a] += factor * sum[l];
  }
}

/* The force of a chunk on atom j; its block is cleared when it is met first. */
static double *force_on(const loop *q, size_t chunk, size_t j) {
  double *forces = q->forces + 3 * q->s->n * chunk;
  const size_t block = j / FORCE_BLOCK, first = block * FORCE_BLOCK;
  bool *touched = q->touched + chunk * q->blocks + block;
  if (!*touched) {
    const size_t rest = q->s->n - first, atoms = rest < FORCE_BLOCK ? rest : FORCE_BLOCK;
    memset(forces + 3 * first, 0, 3 * atoms * sizeof *forces);
    *touched = true;
  }
  return forces + 3 * j;
}

static void add_to_neighbours(const loop *q, size_t chunk, const mi_shell *h) {
  for (size_t k = 0; k < h->n; k++) {
    double *force = force_on(q, chunk, h->index[k]);
    force[0] -= h->gx[k];
    force[1] -= h->gy[k];
    force[2] -= h->gz[k];
  }
}

static void one_atom(const loop *q, size_t chunk, size_t i, const mi_neighbourhood *near,
                     mi_shell *h) {
  const mi_local *local = q->local;
  shell_fill(h, near, local->species, q->s->number);
  const double energy = local->kernel(local->self, local->species->type[q->s->number[i]], h);
  q->part[chunk].energy += energy;
  if (q->result->energies) q->result->energies[i] += energy;
  if (!q->result->forces) return;
  add_virial(h, q->part[chunk].virial);
  if (local->pairwise) {
    add_own(h, 2, q->result->forces + 3 * i);
    return;
  }
  add_own(h, 1, force_on(q, chunk, i));
  add_to_neighbours(q, chunk, h);
}

static void one_chunk(const loop *q, size_t chunk, mi_neighbourhood *near, mi_shell *h) {
  const size_t n = q->s->n;
  q->part[chunk] = (part){0};
  if (q->forces) memset(q->touched + chunk * q->blocks, 0, q->blocks * sizeof(bool));
  for (size_t i = n * chunk / q->chunks; i < n * (chunk + 1) / q->chunks; i++) {
    mi_neighbours_of(q->list, q->s, i, near);
    one_atom(q, chunk, i, near, h);
  }
}

/* ---- all chunks ------------------------------------------------------------------------------ */

/* Each thread has the same chunks in every evaluation: their atoms stay in its cache. */
static mi_status all_chunks(const loop *q) {
  mi_status status = MI_OK;
#pragma omp parallel num_threads(mi_threads_for(q->control, q->chunks))
  {
    mi_neighbourhood near = {0};
    mi_shell h = {0};
    mi_status mine = mi_neighbourhood_alloc(&near, q->list);
    if (!mine) mine = shell_alloc(&h, q->list->most, q->local->rows);
#pragma omp for schedule(static)
    for (size_t chunk = 0; chunk < q->chunks; chunk++) {
      if (mi_cancelled(q->control)) mine = MI_ECANCEL;
      if (!mine) one_chunk(q, chunk, &near, &h);
    }
    mi_neighbourhood_free(&near);
    shell_free(&h);
    if (mine) {
#pragma omp critical(mi_local_status)
      status = mine;
    }
  }
  return status;
}

static void add_forces(const loop *q) {
  const size_t n = 3 * q->s->n, size = 3 * FORCE_BLOCK;
  double *to = q->result->forces;
#pragma omp parallel for num_threads(mi_threads_for(q->control, q->chunks))
  for (size_t block = 0; block < q->blocks; block++) {
    const size_t begin = block * size, end = begin + size < n ? begin + size : n;
    for (size_t chunk = 0; chunk < q->chunks; chunk++)
      if (q->touched[chunk * q->blocks + block])
        for (size_t i = begin; i < end; i++) to[i] += q->forces[n * chunk + i];
  }
}

static void add_parts(const loop *q) {
  for (size_t chunk = 0; chunk < q->chunks; chunk++) {
    q->result->energy += q->part[chunk].energy;
    for (int a = 0; a < 3; a++)
      for (int b = 0; b < 3; b++) q->result->virial[a][b] += q->part[chunk].virial[a][b];
  }
}

static size_t chunks_of(const mi_local *local, size_t n) {
  if (local->pairwise) return (n + CHUNK - 1) / CHUNK;
  const size_t chunks = (n + FORCE_CHUNK - 1) / FORCE_CHUNK;
  return chunks < MOST_CHUNKS ? chunks : MOST_CHUNKS;
}

mi_status mi_local_evaluate(const mi_local *local, const mi_structure *s,
                            const mi_neighbours *list, mi_evaluation *result,
                            mi_control *control) {
  loop q = {local, s, list, result, control, .chunks = chunks_of(local, s->n)};
  const bool collect = result->forces && !local->pairwise;
  const size_t parts = q.chunks * sizeof(part);
  const size_t forces = collect ? q.chunks * 3 * s->n * sizeof(double) : 0;
  q.blocks = (s->n + FORCE_BLOCK - 1) / FORCE_BLOCK;
  q.part = mi_evaluation_scratch(result, parts + forces + q.chunks * q.blocks * sizeof(bool));
  if (!q.part) return mi_fail(control, MI_ENOMEM, "no memory for the forces of %zu atoms", s->n);
  if (collect) q.forces = (double *)(void *)(q.part + q.chunks);
  q.touched = (bool *)(void *)((char *)q.part + parts + forces);
  const mi_status status = all_chunks(&q);
  if (status) return mi_fail(control, status, "%s", mi_status_name(status));
  if (collect) add_forces(&q);
  add_parts(&q);
  return MI_OK;
}
