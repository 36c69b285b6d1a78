#include "core/atoms/neighbours.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include "core/atoms/candidates.h"
#include "core/base/memory.h"

enum { MOST_ATOMS = 1 << 26, SPARE = MI_BINS_SPARE };

/* What is listed beyond cutoff + skin, for the rounding of wrapped positions. */
static const double margin = 1 + 1e-9;

/* ---- codes of pairs -------------------------------------------------------------------------- */

/* Number, index and image of j, relative to the cell that j was moved from; adding the codes of
 * the run and of the cell that i was moved from makes it the code of the pair. */
static uint64_t pair_base(const mi_structure *s, const mi_bins *b, size_t slot) {
  const uint64_t j = b->atom[slot];
  return (uint64_t)s->number[j] << 56 | j << 30 | (uint64_t)(MI_IMAGE_ZERO - b->image[slot]);
}

static uint32_t pair_index(uint64_t pair) { return (uint32_t)(pair >> 30) & (MOST_ATOMS - 1); }
static uint32_t pair_image(uint64_t pair) { return (uint32_t)pair & ((1u << 30) - 1); }

/* ---- the search ------------------------------------------------------------------------------ */

typedef struct search {
  const mi_structure *s;
  mi_bins bins;
  const uint64_t *base;      /* of each slot */
  double limit2;
  size_t *first;
  uint64_t *pair;
  mi_bin_run *run;           /* bins.runs a thread */
  uint64_t *key;             /* 2 (most + SPARE) a thread */
  size_t most;
  mi_isa level;
  int threads;
  size_t overlap;            /* the first atom found too close to another, n if none */
  const mi_control *control;
} search;

static void count_bin(search *q, size_t bin, const mi_bin_run *run, size_t runs) {
  const mi_bins *b = &q->bins;
  for (size_t a = b->start[bin]; a < b->start[bin + 1] && !mi_cancelled(q->control); a++)
    q->first[b->atom[a] + 1] = MI_DISPATCH(q->level, mi_candidates)(b, a, run, runs, q->limit2,
                                                                    q->base, NULL, NULL);
}

static void list_bin(search *q, size_t bin, const mi_bin_run *run, size_t runs, uint64_t *key) {
  const mi_bins *b = &q->bins;
  uint64_t *sorted = key + q->most + SPARE;
  for (size_t a = b->start[bin]; a < b->start[bin + 1] && !mi_cancelled(q->control); a++) {
    const size_t i = b->atom[a];
    double closest;
    const size_t n = MI_DISPATCH(q->level, mi_candidates)(b, a, run, runs, q->limit2, q->base,
                                                          key, &closest);
    MI_DISPATCH(q->level, mi_sort_keys)(key, n, sorted);
    memcpy(q->pair + q->first[i], sorted, n * sizeof *sorted);
    if (closest < MI_CLOSEST * MI_CLOSEST) {
#pragma omp critical(mi_neighbours_overlap)
      if (i < q->overlap) q->overlap = i;
    }
  }
}

/* Both passes over all bins; each atom's result is its own, so threads do not matter. */
static void search_all(search *q, bool list) {
#pragma omp parallel num_threads(q->threads)
  {
    const size_t thread = (size_t)omp_get_thread_num();
    mi_bin_run *run = q->run + thread * q->bins.runs;
    uint64_t *key = list ? q->key + thread * 2 * (q->most + SPARE) : NULL;
#pragma omp for schedule(dynamic, 16)
    for (size_t bin = 0; bin < q->bins.bins; bin++) {
      if (q->bins.start[bin] == q->bins.start[bin + 1] || mi_cancelled(q->control)) continue;
      const size_t runs = mi_bins_around(&q->bins, bin, run);
      if (list) list_bin(q, bin, run, runs, key);
      else count_bin(q, bin, run, runs);
    }
  }
}

/* ---- building -------------------------------------------------------------------------------- */

static mi_status fail_overlap(const mi_neighbours *list, const mi_structure *s, size_t i,
                              mi_control *control) {
  mi_neighbourhood h;
  size_t nearest = 0;
  if (mi_neighbourhood_alloc(&h, list) != MI_OK) return MI_ENOMEM;
  mi_neighbours_of(list, s, i, &h);
  for (size_t k = 1; k < h.n; k++)
    if (h.r[k] < h.r[nearest]) nearest = k;
  const size_t j = h.index[nearest];
  const double r = h.r[nearest];
  mi_neighbourhood_free(&h);
  if (j == i)
    return mi_fail(control, MI_EINVAL, "atom %zu and its own image overlap: they are %.3g apart",
                   i + 1, r);
  return mi_fail(control, MI_EINVAL, "atoms %zu and %zu overlap: they are %.3g apart", i + 1, j + 1,
                 r);
}

/* Keeps what the list is built from. */
static mi_status remember(mi_neighbours *list, const mi_structure *s, int threads) {
  list->n = s->n;
  list->position = MI_NEW(double, 3 * s->n);
  list->number = MI_NEW(int32_t, s->n);
  list->first = MI_NEW(size_t, s->n + 1);
  if (!list->position || !list->number || !list->first) return MI_ENOMEM;
  list->first[0] = 0;
#pragma omp parallel for num_threads(threads) schedule(static)
  for (size_t i = 0; i < s->n; i++) { /* the first touch of so much memory is work, too */
    memcpy(list->position + 3 * i, s->position + 3 * i, 3 * sizeof(double));
    list->number[i] = s->number[i];
  }
  memcpy(list->periodic, s->periodic, sizeof s->periodic);
  mi_cell_complete(*s->cell, s->periodic, list->box);
  return MI_OK;
}

/* Makes room for the pairs that were counted. */
static mi_status make_room(mi_neighbours *list, search *q) {
  for (size_t i = 0; i < list->n; i++) {
    if (list->first[i + 1] > list->most) list->most = list->first[i + 1];
    list->first[i + 1] += list->first[i];
  }
  list->pair = MI_NEW(uint64_t, list->first[list->n]);
  mi_will_fill(list->pair, list->first[list->n] * sizeof *list->pair);
  q->pair = list->pair;
  q->most = list->most;
  q->key = MI_NEW(uint64_t, (size_t)mi_threads(q->control) * 2 * (q->most + SPARE));
  return list->pair && q->key ? MI_OK : MI_ENOMEM;
}

static mi_status run_search(mi_neighbours *list, search *q, mi_control *control) {
  uint64_t *base = MI_NEW(uint64_t, list->n + SPARE);
  q->run = MI_NEW(mi_bin_run, (size_t)mi_threads(control) * q->bins.runs);
  if (!base || !q->run) {
    free(base);
    return MI_ENOMEM;
  }
#pragma omp parallel for num_threads(q->threads) schedule(static)
  for (size_t a = 0; a < list->n; a++) base[a] = pair_base(q->s, &q->bins, a);
  q->base = base;
  search_all(q, false);
  mi_status status = mi_cancelled(control) ? MI_ECANCEL : make_room(list, q);
  if (status == MI_OK) search_all(q, true);
  if (status == MI_OK && mi_cancelled(control)) status = MI_ECANCEL;
  if (status == MI_OK && q->overlap < list->n && !list->overlap)
    status = fail_overlap(list, q->s, q->overlap, control);
  free(base);
  return status;
}

static mi_status build(mi_neighbours *list, const mi_structure *s, mi_control *control) {
  const double limit = (list->cutoff + list->skin) * margin;
  search q = {.s = s, .limit2 = limit * limit, .overlap = s->n, .control = control,
              .level = mi_level(control),
              .threads = s->n < MI_FEW_ATOMS ? 1 : mi_threads(control)};
  mi_neighbours_free(list);
  mi_status status = remember(list, s, q.threads);
  if (status == MI_OK) status = mi_bins_make(&q.bins, s, limit, control);
  q.first = list->first;
  if (status == MI_OK) status = run_search(list, &q, control);
  mi_bins_free(&q.bins);
  free(q.run);
  free(q.key);
  if (status != MI_OK) mi_neighbours_free(list);
  return status;
}

/* ---- updating -------------------------------------------------------------------------------- */

/* How far an atom may be from where the deformation of the box takes it. A vector d of the list's
 * time is d F now, F = box_then^-1 box_now, and |d F| >= (1 - |F - 1|) |d|: pairs then beyond
 * cutoff + skin are now beyond the cutoff if twice the distance moved is not more than
 * (1 - |F - 1|) (cutoff + skin) - cutoff. */
static double freedom(const mi_neighbours *list, const double *box, double *deformation) {
  double inverse[9], strain = 0;
  mi_cell_inverse(list->box, inverse);
  const bool same = memcmp(list->box, box, sizeof list->box) == 0;
  for (int i = 0; i < 3; i++) mi_row_times(inverse + 3 * i, box, deformation + 3 * i);
  for (int i = 0; i < 9; i++) {
    if (same) deformation[i] = i % 4 == 0;
    strain += pow(deformation[i] - (i % 4 == 0), 2);
  }
  return ((1 - sqrt(strain)) * (list->cutoff + list->skin) - list->cutoff) / 2;
}

static bool still_holds(const mi_neighbours *list, const mi_structure *s) {
  double box[9], deformation[9];
  if (!list->pair || list->n != s->n ||
      memcmp(list->periodic, s->periodic, sizeof s->periodic) != 0 ||
      memcmp(list->number, s->number, s->n * sizeof *s->number) != 0)
    return false;
  mi_cell_complete(*s->cell, s->periodic, box);
  const double most = freedom(list, box, deformation);
  if (most < 0) return false;
  for (size_t i = 0; i < s->n; i++) {
    double there[3], moved2 = 0;
    mi_row_times(list->position + 3 * i, deformation, there);
    for (int k = 0; k < 3; k++) {
      const double moved = s->position[3 * i + (size_t)k] - there[k];
      moved2 += moved * moved;
    }
    if (!(moved2 <= most * most)) return false;
  }
  return true;
}

mi_status mi_neighbours_update(mi_neighbours *list, const mi_structure *s, bool *rebuilt,
                               mi_control *control) {
  if (!(list->cutoff > 0 && isfinite(list->cutoff)))
    return mi_fail(control, MI_EINVAL, "positive cutoff expected, got %g", list->cutoff);
  if (!(list->skin >= 0 && isfinite(list->skin)))
    return mi_fail(control, MI_EINVAL, "skin of 0 or more expected, got %g", list->skin);
  if (s->n >= MOST_ATOMS)
    return mi_fail(control, MI_EINVAL, "fewer than %d atoms expected, got %zu", MOST_ATOMS, s->n);
  mi_status status = mi_structure_check(s, control);
  if (status != MI_OK) return status;
  const bool holds = still_holds(list, s);
  if (rebuilt) *rebuilt = !holds;
  return holds ? MI_OK : build(list, s, control);
}

void mi_neighbours_free(mi_neighbours *list) {
  free(list->first);
  free(list->pair);
  free(list->position);
  free(list->number);
  *list = (mi_neighbours){
      .cutoff = list->cutoff, .skin = list->skin, .overlap = list->overlap};
}

/* ---- one atom -------------------------------------------------------------------------------- */

/* The number of an image in the table of a neighbourhood; TABLE and more for those not in it. */
enum { REACH = 3, SIDE = 2 * REACH + 1, TABLE = SIDE * SIDE * SIDE };

mi_status mi_neighbourhood_alloc(mi_neighbourhood *h, const mi_neighbours *list) {
  const size_t room = (list->most + 8) / 8 * 8;
  *h = (mi_neighbourhood){.index = MI_NEW(uint32_t, room),
                          .image = MI_NEW(uint32_t, room),
                          .x = MI_NEW(double, 4 * room),
                          .cell = {NAN}, /* equals no cell: the table is to be filled */
                          .shift = MI_NEW(double, 3 * TABLE)};
  if (!h->index || !h->image || !h->x || !h->shift) {
    mi_neighbourhood_free(h);
    return MI_ENOMEM;
  }
  h->y = h->x + room;
  h->z = h->y + room;
  h->r = h->z + room;
  return MI_OK;
}

void mi_neighbourhood_free(mi_neighbourhood *h) {
  free(h->index);
  free(h->image);
  free(h->x);
  free(h->shift);
  *h = (mi_neighbourhood){0};
}

/* Where the image of an atom is, from the atom. */
static void shift_of(const mi_structure *s, uint32_t image, double shift[3]) {
  const double t[3] = {mi_image(image, 0), mi_image(image, 1), mi_image(image, 2)};
  mi_row_times(t, *s->cell, shift);
}

static uint32_t place_of(uint32_t image) {
  const uint32_t corner = MI_IMAGE_ZERO - (REACH << 20 | REACH << 10 | REACH);
  const uint32_t t = image - corner, a = t >> 20, b = t >> 10 & 1023, c = t & 1023;
  return a < SIDE && b < SIDE && c < SIDE ? (a * SIDE + b) * SIDE + c : TABLE;
}

static void fill_table(mi_neighbourhood *h, const mi_structure *s) {
  memcpy(h->cell, s->cell, sizeof h->cell);
  for (uint32_t k = 0; k < TABLE; k++) {
    const uint32_t a = k / SIDE / SIDE, b = k / SIDE % SIDE, c = k % SIDE;
    const uint32_t corner = MI_IMAGE_ZERO - (REACH << 20 | REACH << 10 | REACH);
    shift_of(s, corner + (a << 20 | b << 10 | c), h->shift + 3 * k);
  }
}

/* d = (x_j - x_i) + image cell: the same bits, but for the sign, from either end. */
void mi_neighbours_of(const mi_neighbours *list, const mi_structure *s, size_t i,
                      mi_neighbourhood *h) {
  const double *from = s->position + 3 * i;
  const double cutoff = list->cutoff;
  size_t n = 0;
  if (memcmp(h->cell, s->cell, sizeof h->cell) != 0) fill_table(h, s);
  for (size_t p = list->first[i]; p < list->first[i + 1]; p++) {
    const uint64_t pair = list->pair[p];
    const uint32_t image = pair_image(pair), place = place_of(image);
    const double *to = s->position + 3 * (size_t)pair_index(pair), *shift = h->shift + 3 * place;
    double far[3];
    if (place == TABLE) {
      shift_of(s, image, far);
      shift = far;
    }
    const double x = (to[0] - from[0]) + shift[0], y = (to[1] - from[1]) + shift[1];
    const double z = (to[2] - from[2]) + shift[2], r = sqrt(x * x + y * y + z * z);
    h->index[n] = pair_index(pair);
    h->image[n] = image;
    h->x[n] = x;
    h->y[n] = y;
    h->z[n] = z;
    h->r[n] = r;
    n += r < cutoff;
  }
  h->n = n;
}
