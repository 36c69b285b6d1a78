/* Energy and gradient of one atom in a sum over pairs: see the header. */
#include "core/base/vmath_inline.h"
#include "core/potentials/pair.h"

#define INLINE static inline __attribute__((always_inline))
#define TWO_OVER_ROOT_PI 1.12837916709551257390

/* (1 + 2x) exp(x^2) erfc(x) for x >= 0 is a smooth function of t = (x - 3) / (x + 3): its
 * Chebyshev series of 24 terms, written in powers of t. With exp, erfc is within 1e-15 of itself
 * for x up to 3, and 4e-15 to 8 (where it is 1e-29). */
static const double series[] = {
    0x1.40c522d7e4987p+0,   -0x1.15c084bb9e8f2p-3,  -0x1.85a15c58a94bcp-5,  0x1.098366a5b4640p-3,
    -0x1.e88b803a62b26p-4,  0x1.17ca2877f2e0ap-4,   -0x1.8574c4045d6ebp-6,  0x1.4b884e411d2b0p-9,
    0x1.ef1bd8cef0b97p-10,  -0x1.98db50c1995dap-11, -0x1.b910e0f81ce36p-14, 0x1.065a32b51fa50p-13,
    0x1.4bcb68d053f5cp-18,  -0x1.513b2bf2e7a13p-16, -0x1.81e585efa41ebp-21, 0x1.d20dc1d6f2168p-19,
    0x1.6986d0f52cd96p-22,  -0x1.4b09042715313p-21, -0x1.02dc5918c6bf9p-23, 0x1.b56217b9146ccp-24,
    0x1.de5aaf52ade6fp-26,  -0x1.c96dae03284b5p-27, -0x1.b53df2ab9d8b7p-29, 0x1.0f1968e597de2p-30};
enum { TERMS = sizeof series / sizeof *series };

/* erfc(x) / exp(-x^2), in two half series that the processor can overlap */
INLINE mi_v erfcx(mi_v x) {
  const mi_v t = (x - 3.0) / (x + 3.0), s = t * t;
  mi_v even = mi_v_set(series[TERMS - 2]), odd = mi_v_set(series[TERMS - 1]);
  for (int k = TERMS - 4; k >= 0; k -= 2) {
    even = even * s + series[k];
    odd = odd * s + series[k + 1];
  }
  return (even + t * odd) / (1.0 + 2.0 * x);
}

/* A term of phi with its slope. */
typedef struct term {
  mi_v value, slope;
} term;

INLINE term short_range(const mi_radial *k, mi_v r, mi_v inverse) {
  const mi_v i2 = inverse * inverse, i6 = i2 * i2 * i2;
  const mi_v c = k->C * i6, d = k->D * i6 * i6;
  term t = {d - c - k->shift, (6.0 * c - 12.0 * d) * inverse};
  if (k->A == 0) return t;
  const mi_v e = k->A * mi_v_exp(-k->inverse_rho * r);
  return (term){t.value + e, t.slope - k->inverse_rho * e};
}

/* k erfc(alpha r) / r */
INLINE term coulomb(double charge, double alpha, mi_v r, mi_v inverse) {
  const mi_v x = alpha * r, e = mi_v_exp(-x * x);
  const mi_v value = charge * e * erfcx(x) * inverse;
  return (term){value, -(value + charge * alpha * TWO_OVER_ROOT_PI * e) * inverse};
}

/* The short-range part that makes phi a parabola below the wall. */
INLINE term walled(const mi_radial *k, mi_v r, mi_v inverse, term t) {
  const mi_vi inside = r < k->wall;
  const mi_v deep = r - k->wall, q = k->charge * inverse;
  const mi_v value = k->wall_value + deep * (k->wall_slope + 0.5 * MI_PAIR_STIFFNESS * deep) - q;
  const mi_v slope = k->wall_slope + MI_PAIR_STIFFNESS * deep + q * inverse;
  return (term){mi_v_select(inside, value - k->shift, t.value),
                mi_v_select(inside, slope, t.slope)};
}

/* t S, S going from 1 to 0 between inner and cutoff */
INLINE term switched(const mi_pair *p, mi_v r, term t) {
  const double scale = 1 / (p->cutoff - p->inner);
  const mi_v zero = {0}, u = mi_v_max(zero, (r - p->inner) * scale);
  const mi_v v = u * u * u, w = 1.0 - u;
  const mi_v S = 1.0 - v * (10.0 + u * (6.0 * u - 15.0));
  return (term){t.value * S, t.slope * S - t.value * (30.0 * scale) * u * u * w * w};
}

INLINE term phi(const mi_pair *p, const mi_radial *k, mi_v r, mi_v inverse) {
  term t = short_range(k, r, inverse);
  if (k->wall > 0 && !mi_v_all(r >= k->wall)) t = walled(k, r, inverse, t);
  if (p->inner < p->cutoff) t = switched(p, r, t);
  if (k->charge == 0) return t;
  const term q = coulomb(k->charge, p->alpha, r, inverse);
  return (term){t.value + q.value, t.slope + q.slope};
}

double MI_ISA(mi_pair_atom)(const void *self, int type, mi_shell *h) {
  const mi_pair *p = self;
  mi_v energy = {0};
  const mi_v zero = {0};
  for (int b = 0; b < h->blocks; b++) {
    const mi_radial *k = &p->radial[type][h->block[b].type];
    for (size_t i = h->block[b].begin; i < h->block[b].end; i += MI_V) {
      const mi_v r = mi_v_load(h->r + i), inverse = 1.0 / r;
      const mi_vi inside = r < p->cutoff;
      const term t = phi(p, k, r, inverse);
      energy += mi_v_select(inside, t.value, zero);
      const mi_v g = mi_v_select(inside, 0.5 * t.slope * inverse, zero);
      mi_v_store(h->gx + i, g * mi_v_load(h->x + i));
      mi_v_store(h->gy + i, g * mi_v_load(h->y + i));
      mi_v_store(h->gz + i, g * mi_v_load(h->z + i));
    }
  }
  return 0.5 * mi_v_sum(energy);
}
