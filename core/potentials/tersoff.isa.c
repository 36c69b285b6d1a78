/* Energy and gradient of one atom in Tersoff's potential: see the header for the formulae.
 *
 * A vector holds several neighbours j; the third atoms k are gone through one by one, twice: for
 * zeta_ij, and, when z_j = dE/dzeta_ij is known, for the gradients of zeta_ij by d_j and d_k. */
#include "core/base/vmath_inline.h"
#include "core/potentials/tersoff.h"

#define INLINE static inline __attribute__((always_inline))
#define HALF_PI 1.57079632679489661923
#define MOST_POWER 600.0 /* of e: keeps the terms of atoms out of reach finite, until z = 0 */

/* ---- the cutoff function --------------------------------------------------------------------- */

/* sin and cos of |x| <= pi/2 from their series: within 3e-16 */
INLINE mi_v sine(mi_v x) {
  const mi_v s = x * x;
  mi_v p = s * (-1 / 121645100408832000.0) + 1 / 355687428096000.0;
  p = p * s - 1 / 1307674368000.0;
  p = p * s + 1 / 6227020800.0;
  p = p * s - 1 / 39916800.0;
  p = p * s + 1 / 362880.0;
  p = p * s - 1 / 5040.0;
  p = p * s + 1 / 120.0;
  p = p * s - 1 / 6.0;
  return x + x * (p * s);
}

INLINE mi_v cosine(mi_v x) {
  const mi_v s = x * x;
  mi_v p = s * (1 / 2432902008176640000.0) - 1 / 6402373705728000.0;
  p = p * s + 1 / 20922789888000.0;
  p = p * s - 1 / 87178291200.0;
  p = p * s + 1 / 479001600.0;
  p = p * s - 1 / 3628800.0;
  p = p * s + 1 / 40320.0;
  p = p * s - 1 / 720.0;
  p = p * s + 1 / 24.0;
  p = p * s - 0.5;
  return p * s + 1.0;
}

/* fc and its derivative */
INLINE mi_v cut(const mi_tersoff_entry *e, mi_v r, mi_v *slope) {
  const mi_v u = (r - e->R) * (1 / e->D), one = mi_v_set(1), zero = {0};
  const mi_vi between = (mi_vi)(u > -1.0) & (mi_vi)(u < 1.0);
  const mi_v ends = mi_v_select(u < 0.0, one, zero);
  *slope = zero;
  if (mi_v_all(~between)) return ends;
  const mi_v x = HALF_PI * mi_v_min(one, mi_v_max(-one, u));
  *slope = mi_v_select(between, cosine(x) * (-0.5 * HALF_PI / e->D), zero);
  return mi_v_select(between, 0.5 - 0.5 * sine(x), ends);
}

/* ---- what is prepared of all neighbours ------------------------------------------------------ */

/* Rows of the shell's work. fc and slope are those of third atoms, for a type of the second. */
typedef struct rows {
  double *x, *y, *z, *inverse, *fc, *slope;
} rows;

static void unit_vectors(const mi_shell *h, rows w) {
  for (size_t i = 0; i < h->n; i += MI_V) {
    const mi_v inverse = 1.0 / mi_v_load(h->r + i), zero = {0};
    mi_v_store(w.inverse + i, inverse);
    mi_v_store(w.x + i, mi_v_load(h->x + i) * inverse);
    mi_v_store(w.y + i, mi_v_load(h->y + i) * inverse);
    mi_v_store(w.z + i, mi_v_load(h->z + i) * inverse);
    mi_v_store(h->gx + i, zero);
    mi_v_store(h->gy + i, zero);
    mi_v_store(h->gz + i, zero);
  }
}

static void cut_thirds(const mi_tersoff_entry *entries, const mi_shell *h, rows w) {
  for (int b = 0; b < h->blocks; b++)
    for (size_t i = h->block[b].begin; i < h->block[b].end; i += MI_V) {
      mi_v slope;
      mi_v_store(w.fc + i, cut(entries + h->block[b].type, mi_v_load(h->r + i), &slope));
      mi_v_store(w.slope + i, slope);
    }
}

/* ---- triplets -------------------------------------------------------------------------------- */

/* The second atoms j of a vector. */
typedef struct seconds {
  mi_v r, inverse, x, y, z;
  mi_vi place; /* in the shell: j itself is no third atom */
} seconds;

/* g(theta) exp(...) of the triplets (i, j, k), 0 for k = j, and its logarithmic derivatives by
 * cos theta and by r_j (minus that by r_k). */
typedef struct angular {
  mi_v cosine, value, by_cosine, by_radius;
} angular;

INLINE angular triplet(const mi_tersoff_entry *e, const seconds *j, const mi_shell *h, rows w,
                       size_t k) {
  const mi_v zero = {0};
  const mi_v c = j->x * w.x[k] + j->y * w.y[k] + j->z * w.z[k];
  const mi_v apart = c - e->h, d2 = mi_v_set(e->d * e->d);
  const mi_v fraction = e->c * e->c / (d2 + apart * apart);
  const mi_v g = e->gamma * (1.0 + e->c * e->c / d2 - fraction);
  const mi_v ahead = e->lambda3 * (j->r - h->r[k]);
  const bool cubic = e->m == 3;
  const mi_v power = cubic ? ahead * ahead * ahead : ahead;
  const mi_v growth = mi_v_exp(mi_v_min(mi_v_set(MOST_POWER), power));
  const mi_v other = mi_v_select((mi_vi)(j->place == (int64_t)k), zero, growth);
  return (angular){c, g * other,
                   2.0 * e->gamma * apart * fraction / (d2 + apart * apart) * other,
                   (cubic ? 3.0 * e->lambda3 * ahead * ahead : mi_v_set(e->lambda3)) * g * other};
}

INLINE mi_v zeta_of(const mi_tersoff_entry *entries, const seconds *j, const mi_shell *h, rows w) {
  mi_v zeta = {0};
  for (int b = 0; b < h->blocks; b++)
    for (size_t k = h->block[b].begin; k < h->block[b].end; k++)
      if (w.fc[k] > 0) zeta += w.fc[k] * triplet(entries + h->block[b].type, j, h, w, k).value;
  return zeta;
}

/* Adds z times the gradient of zeta by d_k to g of k, and returns that by d_j in *jx, *jy, *jz. */
INLINE void bend(const mi_tersoff_entry *e, const seconds *j, mi_shell *h, rows w, size_t k, mi_v z,
                 mi_v *jx, mi_v *jy, mi_v *jz) {
  const angular t = triplet(e, j, h, w, k);
  const mi_v turn = z * w.fc[k] * t.by_cosine, reach = z * w.fc[k] * t.by_radius;
  const mi_v own = reach - turn * t.cosine * j->inverse, across = turn * j->inverse;
  *jx += own * j->x + across * w.x[k];
  *jy += own * j->y + across * w.y[k];
  *jz += own * j->z + across * w.z[k];
  const double inverse = w.inverse[k];
  const double radial = mi_v_sum(z * w.slope[k] * t.value - reach - turn * t.cosine * inverse);
  h->gx[k] += radial * w.x[k] + inverse * mi_v_sum(turn * j->x);
  h->gy[k] += radial * w.y[k] + inverse * mi_v_sum(turn * j->y);
  h->gz[k] += radial * w.z[k] + inverse * mi_v_sum(turn * j->z);
}

/* ---- bonds ----------------------------------------------------------------------------------- */

/* b and db/dzeta */
INLINE mi_v bond_order(const mi_tersoff_entry *e, mi_v zeta, mi_v *slope) {
  const mi_v some = mi_v_max(mi_v_set(1e-300), zeta); /* at 0: b = 1, slope 0 */
  const mi_v power = e->n * mi_v_log(some * e->beta);
  const mi_v t = mi_v_exp(mi_v_min(mi_v_set(40), power));
  const mi_vi large = power > 37.0; /* 1 + t = t to the last bit */
  const mi_v log1 = mi_v_select(large, power, mi_v_log_normal(1.0 + t));
  const mi_v b = mi_v_exp(log1 * (-0.5 / e->n));
  *slope = -0.5 * b * mi_v_select(large, mi_v_set(1), t / (1.0 + t)) / some;
  return b;
}

/* Energy of the bonds of a vector, added to *energy; returns z, and the slope by r_j. */
INLINE mi_v bonds(const mi_tersoff_entry *e, const seconds *j, mi_v zeta, mi_v *slope,
                  mi_v *energy) {
  mi_v cut_slope, order_slope;
  const mi_v fc = cut(e, j->r, &cut_slope), b = bond_order(e, zeta, &order_slope);
  const mi_v repulsion = e->A * mi_v_exp(-e->lambda1 * j->r);
  const mi_v attraction = -e->B * mi_v_exp(-e->lambda2 * j->r);
  const mi_v sum = repulsion + b * attraction;
  *energy += 0.5 * fc * sum;
  *slope = 0.5 * (cut_slope * sum -
                  fc * (e->lambda1 * repulsion + e->lambda2 * b * attraction));
  return 0.5 * fc * attraction * order_slope;
}

INLINE void add_at(double *at, mi_v v) { mi_v_store(at, mi_v_load(at) + v); }

static void one_vector(const mi_tersoff_entry *entries, int type, mi_shell *h, rows w, size_t i,
                       mi_vi lanes, mi_v *energy) {
  const seconds j = {mi_v_load(h->r + i), mi_v_load(w.inverse + i), mi_v_load(w.x + i),
                     mi_v_load(w.y + i), mi_v_load(w.z + i), lanes + (int64_t)i};
  const mi_tersoff_entry *pair = entries + type;
  if (mi_v_all(j.r >= pair->R + pair->D)) return;
  mi_v slope;
  const mi_v z = bonds(pair, &j, zeta_of(entries, &j, h, w), &slope, energy);
  mi_v jx = slope * j.x, jy = slope * j.y, jz = slope * j.z;
  for (int b = 0; b < h->blocks; b++)
    for (size_t k = h->block[b].begin; k < h->block[b].end; k++)
      if (w.fc[k] > 0) bend(entries + h->block[b].type, &j, h, w, k, z, &jx, &jy, &jz);
  add_at(h->gx + i, jx);
  add_at(h->gy + i, jy);
  add_at(h->gz + i, jz);
}

double MI_ISA(mi_tersoff_atom)(const void *self, int type, mi_shell *h) {
  const mi_tersoff *tersoff = self;
  double *row = h->work;
  const rows w = {row, row + h->room, row + 2 * h->room, row + 3 * h->room, row + 4 * h->room,
                  row + 5 * h->room};
  mi_vi lanes = {0};
  for (int l = 0; l < MI_V; l++) lanes[l] = l;
  mi_v energy = {0};
  unit_vectors(h, w);
  for (int b = 0; b < h->blocks; b++) {
    const int second = h->block[b].type;
    const mi_tersoff_entry *entries = tersoff->entry[type][second];
    cut_thirds(entries, h, w);
    for (size_t i = h->block[b].begin; i < h->block[b].end; i += MI_V)
      one_vector(entries, second, h, w, i, lanes, &energy);
  }
  return mi_v_sum(energy);
}
