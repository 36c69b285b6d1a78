#include "core/atoms/bins.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/elements.h"
#include "core/base/memory.h"

enum { MOST_CELLS = 511, MOST_RUNS = 1 << 20, SPARE = MI_BINS_SPARE };

/* Rounding must not put atoms at the limit one bin too far. */
static const double margin = 1 + 1e-9;

/* Extent of the atoms in units of each vector; along periodic ones, of the cells they are in. */
static void extent(const mi_structure *s, const double *fractional, double least[3],
                   double most[3]) {
  for (int k = 0; k < 3; k++) {
    least[k] = INFINITY;
    most[k] = -INFINITY;
    for (size_t i = 0; i < s->n; i++) {
      const double f = fractional[3 * i + (size_t)k], v = s->periodic[k] ? floor(f) : f;
      least[k] = fmin(least[k], v);
      most[k] = fmax(most[k], v);
    }
  }
}

/* Bins no thinner than the limit, and not many more than atoms. */
static void choose_counts(mi_bins *b, size_t n, const double size[3], double limit) {
  double count[3];
  for (int k = 0; k < 3; k++) count[k] = fmax(1, fmin(1e6, floor(size[k] / (limit * margin))));
  while (count[0] * count[1] * count[2] > 4 * (double)n + 64) {
    int largest = 0;
    for (int k = 1; k < 3; k++)
      if (count[k] > count[largest]) largest = k;
    count[largest] = ceil(count[largest] / 2);
  }
  for (int k = 0; k < 3; k++) b->count[k] = (int)count[k];
}

static mi_status choose_reach(mi_bins *b, const double size[3], const double spread[3],
                              double limit, mi_control *control) {
  b->bins = b->runs = 1;
  for (int k = 0; k < 3; k++) {
    const double reach = ceil(limit * margin / (size[k] / b->count[k]));
    if (b->periodic[k] && spread[k] + reach > MOST_CELLS)
      return mi_fail(control, MI_EINVAL,
                     "along cell vector %c the atoms and the cutoff span %.0f cells, at most %d "
                     "expected: %s", "abc"[k], spread[k] + reach, MOST_CELLS,
                     reach > spread[k] ? "a shorter cutoff or a larger cell is needed"
                                       : "wrap the positions into the cell");
    b->reach[k] = b->periodic[k] ? (int)reach : 1;
    b->bins *= (size_t)b->count[k];
    b->runs *= 2 * (size_t)b->reach[k] + 1;
    if (b->runs > MOST_RUNS)
      return mi_fail(control, MI_EINVAL, "the cell is too small for a cutoff of %g", limit);
  }
  return MI_OK;
}

static mi_status plan(mi_bins *b, const mi_structure *s, const double *fractional, double limit,
                      double first_cell[3], mi_control *control) {
  double least[3], most[3], height[3], size[3], spread[3];
  extent(s, fractional, least, most);
  mi_cell_heights(b->box, height);
  for (int k = 0; k < 3; k++) {
    spread[k] = most[k] - least[k];
    size[k] = s->periodic[k] ? height[k] : spread[k];
    first_cell[k] = s->periodic[k] ? least[k] : 0;
    b->origin[k] = s->periodic[k] ? 0 : least[k];
  }
  choose_counts(b, s->n, size, limit);
  for (int k = 0; k < 3; k++) {
    const double whole = s->periodic[k] ? 1 : spread[k];
    b->scale[k] = whole > 0 ? b->count[k] / whole : 0;
  }
  return choose_reach(b, size, spread, limit, control);
}

/* The cell and the bin of fractional coordinates. */
static size_t place(const mi_bins *b, const double f[3], double cell[3]) {
  size_t bin = 0;
  for (int k = 0; k < 3; k++) {
    cell[k] = b->periodic[k] ? floor(f[k]) : 0;
    int i = (int)((f[k] - cell[k] - b->origin[k]) * b->scale[k]);
    i = i < 0 ? 0 : i >= b->count[k] ? b->count[k] - 1 : i;
    bin = bin * (size_t)b->count[k] + (size_t)i;
  }
  return bin;
}

/* Fills slot a with what is known of its atom. */
static void settle(mi_bins *b, const mi_structure *s, const double *fractional, size_t a,
                   const double first_cell[3]) {
  const size_t i = b->atom[a];
  double cell[3], moved[3];
  int t[3];
  place(b, fractional + 3 * i, cell);
  mi_row_times(cell, b->box, moved);
  for (int k = 0; k < 3; k++) t[k] = (int)(cell[k] - first_cell[k]);
  b->x[a] = s->position[3 * i] - moved[0];
  b->y[a] = s->position[3 * i + 1] - moved[1];
  b->z[a] = s->position[3 * i + 2] - moved[2];
  b->image[a] = mi_image_code(t);
}

/* Atoms in the order of their numbers, equal ones by index. */
static void order_by_number(const mi_structure *s, uint32_t *order) {
  size_t start[MI_ELEMENT_COUNT + 2] = {0};
  for (size_t i = 0; i < s->n; i++) start[s->number[i] + 1]++;
  for (int z = 0; z <= MI_ELEMENT_COUNT; z++) start[z + 1] += start[z];
  for (size_t i = 0; i < s->n; i++) order[start[s->number[i]]++] = (uint32_t)i;
}

/* Counting sort by bin; order, bin and fractional are scratch. What threads cannot share is short:
 * two passes over integers. */
static void sort(mi_bins *b, const mi_structure *s, const double *fractional,
                 const uint32_t *order, uint32_t *bin, const double first_cell[3], int threads) {
#pragma omp parallel for num_threads(threads) schedule(static)
  for (size_t i = 0; i < s->n; i++) {
    double cell[3];
    bin[i] = (uint32_t)place(b, fractional + 3 * i, cell);
  }
  for (size_t i = 0; i < s->n; i++) b->start[bin[i] + 1]++;
  for (size_t k = 0; k < b->bins; k++) b->start[k + 1] += b->start[k];
  for (size_t o = 0; o < s->n; o++) b->atom[b->start[bin[order[o]]]++] = order[o];
  memmove(b->start + 1, b->start, b->bins * sizeof *b->start);
  b->start[0] = 0;
#pragma omp parallel for num_threads(threads) schedule(static)
  for (size_t a = 0; a < s->n; a++) settle(b, s, fractional, a, first_cell);
}

static bool allocate(mi_bins *b, size_t n) {
  b->start = MI_NEW_ZERO(size_t, b->bins + 1);
  b->atom = MI_NEW(uint32_t, n);
  b->x = MI_NEW(double, n + SPARE);
  b->y = MI_NEW(double, n + SPARE);
  b->z = MI_NEW(double, n + SPARE);
  b->image = MI_NEW(int64_t, n);
  return b->start && b->atom && b->x && b->y && b->z && b->image;
}

void mi_bins_free(mi_bins *b) {
  free(b->start);
  free(b->atom);
  free(b->x);
  free(b->y);
  free(b->z);
  free(b->image);
  memset(b, 0, sizeof *b);
}

mi_status mi_bins_make(mi_bins *b, const mi_structure *s, double limit, mi_control *control) {
  double *fractional = MI_NEW(double, 3 * s->n), first_cell[3];
  uint32_t *order = MI_NEW(uint32_t, s->n), *bin = MI_NEW(uint32_t, s->n);
  mi_status status = fractional && order && bin ? MI_OK : MI_ENOMEM;
  const int threads = s->n < MI_FEW_ATOMS ? 1 : mi_threads(control);
  memset(b, 0, sizeof *b);
  memcpy(b->periodic, s->periodic, sizeof b->periodic);
  mi_cell_complete(*s->cell, s->periodic, b->box);
  mi_cell_inverse(b->box, b->inverse);
  if (status == MI_OK) {
#pragma omp parallel for num_threads(threads) schedule(static)
    for (size_t i = 0; i < s->n; i++)
      mi_row_times(s->position + 3 * i, b->inverse, fractional + 3 * i);
    status = plan(b, s, fractional, limit, first_cell, control);
  }
  if (status == MI_OK && !allocate(b, s->n)) status = MI_ENOMEM;
  if (status == MI_OK) {
    order_by_number(s, order);
    sort(b, s, fractional, order, bin, first_cell, threads);
  } else {
    mi_bins_free(b);
  }
  free(fractional);
  free(order);
  free(bin);
  return status;
}

/* Bin index along one vector moved into the cell; *cells is how many cells that is away. False
 * where there is nothing. */
static bool fold(const mi_bins *b, int k, int i, int *folded, int *cells) {
  const int n = b->count[k];
  *cells = i >= 0 ? i / n : -((n - 1 - i) / n);
  *folded = i - *cells * n;
  return *cells == 0 || b->periodic[k];
}

size_t mi_bins_around(const mi_bins *b, size_t bin, mi_bin_run *run) {
  const int n1 = b->count[1], n2 = b->count[2];
  const int at[3] = {(int)(bin / (size_t)n2 / (size_t)n1), (int)(bin / (size_t)n2 % (size_t)n1),
                     (int)(bin % (size_t)n2)};
  size_t runs = 0;
  int i[3], t[3];
  for (int u = -b->reach[0]; u <= b->reach[0]; u++) {
    if (!fold(b, 0, at[0] + u, i, t)) continue;
    for (int v = -b->reach[1]; v <= b->reach[1]; v++) {
      if (!fold(b, 1, at[1] + v, i + 1, t + 1)) continue;
      for (int w = -b->reach[2]; w <= b->reach[2]; w++) {
        if (!fold(b, 2, at[2] + w, i + 2, t + 2)) continue;
        const size_t other = ((size_t)i[0] * (size_t)n1 + (size_t)i[1]) * (size_t)n2 + (size_t)i[2];
        if (b->start[other] == b->start[other + 1]) continue;
        mi_bin_run *r = run + runs++;
        r->start = b->start[other];
        r->end = b->start[other + 1];
        r->image = mi_image_code(t);
        mi_row_times((const double[]){t[0], t[1], t[2]}, b->box, r->shift);
      }
    }
  }
  return runs;
}
