/* The image-dependent pair potential that makes a start for elastic bands: see neb.h.
 *
 *     S_k = sum_{i<j} w(d_ij) (d_ij - wanted_ij)^2,  w(d) = 1 / d^4,
 *     wanted = d(first) + k / (m + 1) (d(last) - d(first))
 *
 * over the pairs that are within RADIUS at the first end, and their images. */
#include <math.h>
#include <stdlib.h>

#include "core/base/memory.h"
#include "core/md/neb.h"

#define RADIUS 5.0

typedef struct pair {
  size_t i, j;
  double shift[3]; /* of the image of j */
  double first, last;
} pair;

typedef struct pairs {
  pair *pair;
  size_t count, images, n3;
} pairs;

static double vector_of(const pair *p, const double *x, double d[3]) {
  for (size_t k = 0; k < 3; k++) d[k] = x[3 * p->j + k] - x[3 * p->i + k] + p->shift[k];
  return sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]);
}

static mi_status field(void *context, size_t k, const double *x, double *energy, double *force,
                       mi_control *control) {
  const pairs *all = context;
  const double share = (double)k / (double)(all->images - 1);
  *energy = 0;
  for (size_t i = 0; i < all->n3; i++) force[i] = 0;
  for (const pair *p = all->pair; p < all->pair + all->count; p++) {
    double v[3];
    const double d = vector_of(p, x, v), wanted = p->first + share * (p->last - p->first);
    const double off = d - wanted, d4 = d * d * d * d;
    if (!(d > 0)) return mi_fail(control, MI_ENUMERIC, "two atoms meet on the straight path");
    *energy += off * off / d4;
    const double slope = (2 * off - 4 * off * off / d) / d4;
    for (size_t a = 0; a < 3; a++) {
      force[3 * p->i + a] += slope * v[a] / d;
      force[3 * p->j + a] -= slope * v[a] / d;
    }
  }
  return MI_OK;
}

/* Each pair once: j after i, or an image of i itself counted from one side. */
static void collect(const mi_structure *s, const mi_neighbours *list, mi_neighbourhood *h,
                    const double *last, pairs *all) {
  for (size_t i = 0; i < s->n; i++) {
    mi_neighbours_of(list, s, i, h);
    for (size_t k = 0; k < h->n; k++) {
      const size_t j = h->index[k];
      if (j <= i) continue;
      pair *p = all->pair + all->count++;
      *p = (pair){.i = i, .j = j, .first = h->r[k]};
      const double d[] = {h->x[k], h->y[k], h->z[k]};
      for (size_t a = 0; a < 3; a++)
        p->shift[a] = d[a] - (s->position[3 * j + a] - s->position[3 * i + a]);
      double unused[3];
      p->last = vector_of(p, last, unused);
    }
  }
}

static mi_status list_pairs(const mi_structure *s, const double *last, pairs *all,
                            mi_control *control) {
  mi_neighbours list = {.cutoff = RADIUS};
  mi_neighbourhood h = {0};
  mi_status status = mi_neighbours_update(&list, s, NULL, control);
  if (!status) status = mi_neighbourhood_alloc(&h, &list);
  if (!status) all->pair = MI_NEW(pair, list.first[s->n]);
  if (!status && !all->pair) status = MI_ENOMEM;
  if (!status) collect(s, &list, &h, last, all);
  mi_neighbourhood_free(&h);
  mi_neighbours_free(&list);
  return status;
}

mi_status mi_idpp(mi_band *band, const mi_structure *a, mi_control *control) {
  pairs all = {.images = band->count, .n3 = band->n3};
  mi_neb_options options = *band->options;
  options.climb = false;
  mi_band idpp = *band;
  idpp.options = &options;
  idpp.field = field;
  idpp.context = &all;
  mi_status status = list_pairs(a, band->position + (band->count - 1) * band->n3, &all, control);
  band->energy[0] = band->energy[band->count - 1] = 0;
  if (!status) status = mi_band_relax(&idpp, 0.01, 300, control);
  free(all.pair);
  return status;
}
