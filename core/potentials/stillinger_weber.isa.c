/* Energy and gradient of one atom in the potential of Stillinger and Weber: see the header for the
 * sums S, P and Q.
 *
 * With M = sum_b lambda_ab Q_b, U = sum_b lambda_ab c_ab P_b, W = sum_b lambda_ab c_ab^2 S_b over
 * the types b of the other neighbours, a neighbour of type a feels
 *
 *     T = n'M n - 2 n.U + W - lambda_aa (1 - c_aa)^2 e        (dE/de; the energy is 1/2 sum e T)
 *     V = 2 e (M n - U)                                       (dE/dn)
 *     g = (1/2 phi' + T e') n + (V - (V.n) n) / r. */
#include "core/base/vmath_inline.h"
#include "core/potentials/stillinger_weber.h"

#define INLINE static inline __attribute__((always_inline))

/* ---- pairs ----------------------------------------------------------------------------------- */

/* x^p */
INLINE mi_v power(mi_v x, double p) {
  if (p == 0) return mi_v_set(1);
  if (p == 4) return (x * x) * (x * x);
  return mi_v_exp(p * mi_v_log_normal(x));
}

/* phi and its derivative; t = 1 / (r - cut), inside the cutoff. */
INLINE mi_v two_body(const mi_sw_pair *k, mi_v inverse_r, mi_v t, mi_v *slope) {
  const mi_v x = k->sigma * inverse_r, decay = mi_v_exp(k->sigma * t);
  const mi_v repulsion = k->B * power(x, k->p), attraction = power(x, k->q);
  const mi_v value = k->A * decay * (repulsion - attraction);
  *slope = k->A * decay * inverse_r * (k->q * attraction - k->p * repulsion) -
           k->sigma * t * t * value;
  return value;
}

/* ---- sums over the neighbours of one type ---------------------------------------------------- */

enum { SUMS = 10 }; /* S, P (x y z), Q (xx yy zz xy xz yz) */

typedef struct sums {
  double of[SUMS];
} sums;

/* What the second pass needs of a neighbour: rows of the shell's work. */
typedef struct rows {
  double *weight, *weight_slope, *half_slope;
} rows;

/* Fills the rows of a block, sums up e, e n and e n n', and returns the two-body energy. */
static double first_pass(const mi_sw_pair *k, const mi_shell *h, mi_block block, rows w, sums *s) {
  mi_v energy = {0}, sum[SUMS] = {{0}};
  for (size_t i = block.begin; i < block.end; i += MI_V) {
    const mi_v r = mi_v_load(h->r + i), inverse = 1.0 / r, zero = {0};
    const mi_vi inside = r < k->cut;
    const mi_v t = 1.0 / mi_v_select(inside, r - k->cut, mi_v_set(-1));
    mi_v slope;
    const mi_v value = two_body(k, inverse, t, &slope);
    const mi_v e = mi_v_select(inside, mi_v_exp(k->gamma * t), zero);
    energy += mi_v_select(inside, value, zero);
    mi_v_store(w.weight + i, e);
    mi_v_store(w.weight_slope + i, -k->gamma * t * t * e);
    mi_v_store(w.half_slope + i, mi_v_select(inside, 0.5 * slope, zero));
    const mi_v x = mi_v_load(h->x + i) * inverse, y = mi_v_load(h->y + i) * inverse,
               z = mi_v_load(h->z + i) * inverse;
    const mi_v ex = e * x, ey = e * y, ez = e * z;
    const mi_v term[SUMS] = {e, ex, ey, ez, ex * x, ey * y, ez * z, ex * y, ex * z, ey * z};
    for (int m = 0; m < SUMS; m++) sum[m] += term[m];
  }
  for (int m = 0; m < SUMS; m++) s->of[m] = mi_v_sum(sum[m]);
  return 0.5 * mi_v_sum(energy);
}

/* W, U, M in the places of S, P, Q: what neighbours of type a feel. */
static sums field_of(const mi_sw *sw, int type, int a, const mi_shell *h, const sums *s) {
  sums field = {{0}};
  for (int b = 0; b < h->blocks; b++) {
    const double lambda = sw->lambda[type][a][h->block[b].type];
    const double cosine = sw->cosine[type][a][h->block[b].type];
    const double scale[] = {lambda * cosine * cosine, lambda * cosine, lambda};
    for (int m = 0; m < SUMS; m++) field.of[m] += scale[(m > 0) + (m > 3)] * s[b].of[m];
  }
  return field;
}

/* Writes g of a block and returns its part of the three-body energy. own: lambda (1 - c)^2. */
static double second_pass(const sums *field, double own, mi_shell *h, mi_block block, rows w) {
  const double *f = field->of;
  mi_v energy = {0};
  for (size_t i = block.begin; i < block.end; i += MI_V) {
    const mi_v inverse = 1.0 / mi_v_load(h->r + i), e = mi_v_load(w.weight + i);
    const mi_v x = mi_v_load(h->x + i) * inverse, y = mi_v_load(h->y + i) * inverse,
               z = mi_v_load(h->z + i) * inverse;
    const mi_v mx = f[4] * x + f[7] * y + f[8] * z - f[1];
    const mi_v my = f[7] * x + f[5] * y + f[9] * z - f[2];
    const mi_v mz = f[8] * x + f[9] * y + f[6] * z - f[3];
    const mi_v along = mx * x + my * y + mz * z; /* n'M n - n.U */
    const mi_v T = along - (f[1] * x + f[2] * y + f[3] * z) + f[0] - own * e;
    const mi_v turn = 2.0 * e * inverse;
    const mi_v radial = mi_v_load(w.half_slope + i) + T * mi_v_load(w.weight_slope + i) -
                        turn * along;
    energy += e * T;
    mi_v_store(h->gx + i, radial * x + turn * mx);
    mi_v_store(h->gy + i, radial * y + turn * my);
    mi_v_store(h->gz + i, radial * z + turn * mz);
  }
  return 0.5 * mi_v_sum(energy);
}

double MI_ISA(mi_sw_atom)(const void *self, int type, mi_shell *h) {
  const mi_sw *sw = self;
  const rows w = {h->work, h->work + h->room, h->work + 2 * h->room};
  sums s[MI_SPECIES_MOST];
  double energy = 0;
  for (int b = 0; b < h->blocks; b++)
    energy += first_pass(&sw->pair[type][h->block[b].type], h, h->block[b], w, s + b);
  for (int b = 0; b < h->blocks; b++) {
    const int a = h->block[b].type;
    const sums field = field_of(sw, type, a, h, s);
    const double from_straight = 1 - sw->cosine[type][a][a];
    const double own = sw->lambda[type][a][a] * from_straight * from_straight;
    energy += second_pass(&field, own, h, h->block[b], w);
  }
  return energy;
}
