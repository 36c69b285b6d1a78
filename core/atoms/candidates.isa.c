#include "core/atoms/candidates.h"

#include "core/base/vmath_lanes.h"

enum { RANKED = 64 }; /* keys that are sorted by counting, a multiple of MI_V */

/* ---- candidates ------------------------------------------------------------------------------ */

/* The lanes of slots o, o + 1, ... that are in the run and nearer than the limit. */
static inline mi_vi near(const mi_bins *b, const double *point, size_t o, size_t end, size_t self,
                         double limit2, mi_v *r2) {
  const mi_v x = mi_v_load(b->x + o) - point[0], y = mi_v_load(b->y + o) - point[1];
  const mi_v z = mi_v_load(b->z + o) - point[2];
  const mi_vi slot = mi_v_numbers() + (int64_t)o;
  *r2 = x * x + y * y + z * z;
  return (mi_vi)(*r2 < limit2) & (mi_vi)(slot < (int64_t)end) & (mi_vi)(slot != (int64_t)self);
}

size_t MI_ISA(mi_candidates)(const mi_bins *b, size_t a, const mi_bin_run *run, size_t runs,
                             double limit2, const uint64_t *base, uint64_t *key,
                             double *closest) {
  size_t count = 0;
  mi_v least = mi_v_set(INFINITY);
  for (size_t r = 0; r < runs; r++) {
    const mi_bin_run *at = run + r;
    const double point[3] = {b->x[a] - at->shift[0], b->y[a] - at->shift[1],
                             b->z[a] - at->shift[2]};
    const uint64_t offset = (uint64_t)(at->image + b->image[a]);
    const size_t self = at->image == 0 ? a : SIZE_MAX; /* its own images are not itself */
    for (size_t o = at->start; o < at->end; o += MI_V) {
      mi_v r2;
      const mi_vi counts = near(b, point, o, at->end, self, limit2, &r2);
      const unsigned lanes = mi_v_bits(counts);
      if (key) {
        mi_vu code;
        memcpy(&code, base + o, sizeof code);
        mi_v_pack((double *)(void *)(key + count), (mi_v)(code + offset), lanes);
        least = mi_v_min(mi_v_select(counts, r2, least), least);
      }
      count += (size_t)__builtin_popcount(lanes);
    }
  }
  for (int i = 0; key && i < MI_V; i++)
    if (i == 0 || least[i] < *closest) *closest = least[i];
  return count;
}

/* ---- sorting --------------------------------------------------------------------------------- */

/* Sorts up to RANKED keys: the place of a key is how many are less, counted for a vector of them at
 * once. */
static void rank(const uint64_t *key, size_t n, uint64_t *to) {
  for (size_t i = 0; i < n; i += MI_V) {
    mi_vi own, place = {0};
    memcpy(&own, key + i, sizeof own);
    for (size_t k = 0; k < n; k++) place -= (mi_vi)((int64_t)key[k] < own);
    for (size_t k = i; k < n && k < i + MI_V; k++) to[place[k - i]] = key[k];
  }
}

static void merge(const uint64_t *a, size_t n, const uint64_t *b, size_t m, uint64_t *to) {
  while (n > 0 && m > 0) {
    const size_t first = *a <= *b;
    *to++ = first ? *a : *b;
    a += first;
    n -= first;
    b += !first;
    m -= !first;
  }
  memcpy(to, a, n * sizeof *a);
  memcpy(to + n, b, m * sizeof *b);
}

void MI_ISA(mi_sort_keys)(uint64_t *key, size_t n, uint64_t *to) {
  uint64_t *from = to, *other = key;
  for (size_t i = 0; i < n; i += RANKED) rank(key + i, n - i < RANKED ? n - i : RANKED, to + i);
  for (size_t width = RANKED; width < n; width *= 2) {
    for (size_t i = 0; i < n; i += 2 * width) {
      const size_t a = n - i < width ? n - i : width;
      const size_t m = n - i - a < width ? n - i - a : width;
      merge(from + i, a, from + i + a, m, other + i);
    }
    uint64_t *swap = from;
    from = other;
    other = swap;
  }
  if (from != to) memcpy(to, from, n * sizeof *to);
}
