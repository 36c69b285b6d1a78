/* Immittances of the elements and their derivatives, as vectors; for sweep.isa.c only.
 *
 * Power laws m (j w)^b need only their magnitude m and exponent b, since their derivatives are
 * multiples of themselves. All other elements fill Z and dZ / dtheta.
 *
 * tanh q and coth q come from e = exp(-2 q), q in the first quadrant:
 *   tanh q = (1 - e) / (1 + e),  1 - e = (2 sin^2 y - m + m cos 2y) + j (1 - m) sin 2y,
 * m = -expm1(-2 x): nothing overflows for large q, nothing cancels for small q. */
#ifndef MI_CIRCUIT_ELEMENT_INLINE_H
#define MI_CIRCUIT_ELEMENT_INLINE_H

#include <complex.h>

#include "core/base/vmath_inline.h"
#include "core/circuit/sweep.h"

#define HALF_PI 1.57079632679489661923
#define ROOT_HALF 0.70710678118654752440

typedef struct mi_vc {
  mi_v re, im;
} mi_vc;

static inline mi_vc c_load(const double *re, size_t padded, size_t i) {
  return (mi_vc){mi_v_load(re + i), mi_v_load(re + padded + i)};
}

static inline void c_store(double *re, size_t padded, size_t i, mi_vc z) {
  mi_v_store(re + i, z.re);
  mi_v_store(re + padded + i, z.im);
}

static inline mi_vc c_mul(mi_vc a, mi_vc b) {
  return (mi_vc){a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
}

static inline mi_vc c_scale(double s, mi_vc a) { return (mi_vc){s * a.re, s * a.im}; }
static inline mi_vc c_add(mi_vc a, mi_vc b) { return (mi_vc){a.re + b.re, a.im + b.im}; }

static inline mi_vc c_inverse(mi_vc a) {
  const mi_v s = 1.0 / (a.re * a.re + a.im * a.im);
  return (mi_vc){a.re * s, -a.im * s};
}

/* ---- power laws ------------------------------------------------------------------------------ */

typedef struct power_law {
  double m, b;
} power_law;

/* m |jw|^b, before its constant phase. */
static inline mi_v law_size(const mi_circuit_grid *g, power_law law, size_t i) {
  const double *table = law.b == 1      ? g->w
                        : law.b == -1   ? g->inverse
                        : law.b == 0.5  ? g->root
                        : law.b == -0.5 ? g->inverse_root
                                        : NULL;
  if (table) return law.m * mi_v_load(table + i);
  return law.m * mi_v_exp(law.b * mi_v_load(g->log + i));
}

/* The cosine and sine of b pi/2, exact where the law is a resistor's, capacitor's or Warburg's. */
static void law_phase(double b, double *c, double *s) {
  const double size = fabs(b);
  *c = size == 0 ? 1 : size == 1 ? 0 : size == 0.5 ? ROOT_HALF : cos(HALF_PI * b);
  *s = size == 0 ? 0 : size == 1 ? b : size == 0.5 ? copysign(ROOT_HALF, b) : sin(HALF_PI * b);
}

static void fill_law(const mi_circuit_grid *g, power_law law, double *x) {
  double c, s;
  law_phase(law.b, &c, &s);
  for (size_t i = 0; i < g->padded; i += MI_V) {
    const mi_v size = law.b == 0 ? mi_v_set(law.m) : law_size(g, law, i);
    c_store(x, g->padded, i, (mi_vc){c * size, s * size});
  }
}

/* The impedance's law and d ln Z / d theta. */
static power_law law_of(mi_circuit_kind kind, const double *p, mi_circuit_slope *slope) {
  slope[0] = (mi_circuit_slope){1, 0, 0};
  switch (kind) {
    case MI_CIRCUIT_R: return (power_law){p[0], 0};
    case MI_CIRCUIT_L: return (power_law){p[0], 1};
    case MI_CIRCUIT_W: return (power_law){p[0] / ROOT_HALF, -0.5};
    case MI_CIRCUIT_C:
      slope[0].constant = -1;
      return (power_law){1 / p[0], -1};
    case MI_CIRCUIT_LA:
      slope[0].constant = p[1];
      slope[1] = (mi_circuit_slope){log(p[0]), 1, HALF_PI};
      return (power_law){pow(p[0], p[1]), p[1]};
    default: /* CPE */
      slope[0].constant = -1;
      slope[1] = (mi_circuit_slope){0, -1, -HALF_PI};
      return (power_law){1 / p[0], -p[1]};
  }
}

/* ---- finite diffusion ------------------------------------------------------------------------ */

/* F = coth(q) / q or tanh(q) / q, and q F'. */
static inline void diffusion(mi_vc q, bool reflecting, mi_vc *f, mi_vc *qf) {
  mi_v s, c;
  const mi_v x = mi_v_min(mi_v_set(300), q.re), m = -mi_v_expm1_usual(-2.0 * x), big = 1.0 - m;
  mi_v_sincos(q.im, &s, &c);
  const mi_v cosine = 1.0 - 2.0 * s * s, sine = 2.0 * s * c;
  const mi_vc e = {big * cosine, -big * sine};
  const mi_vc minus = {m + 2.0 * big * s * s, big * sine}, plus = {1.0 + e.re, e.im};
  const mi_vc top = reflecting ? plus : minus, low = c_inverse(reflecting ? minus : plus);
  *f = c_mul(c_mul(top, low), c_inverse(q));
  const mi_vc square = c_mul(e, c_mul(low, low)); /* sech^2 / 4, or csch^2 / 4 */
  const double sign = reflecting ? -4 : 4;
  *qf = (mi_vc){sign * square.re - f->re, sign * square.im - f->im};
}

/* Z = r F(q), q = m (j w)^a; by ln r, ln m and a (whose own ln is log_scale). */
typedef struct line {
  double r, m, a;
  bool reflecting;
} line;

static inline void line_at(const mi_circuit_grid *g, line l, double c, double s, size_t i, mi_vc *z,
                           mi_vc *by_q) {
  const mi_v size = law_size(g, (power_law){l.m, l.a}, i);
  mi_vc f, qf;
  diffusion((mi_vc){c * size, s * size}, l.reflecting, &f, &qf);
  *z = c_scale(l.r, f);
  *by_q = c_scale(l.r, qf);
}

/* d / da of q = exp(a (ln w + t) + j a pi/2) is q times this */
static inline mi_vc by_exponent(const mi_circuit_grid *g, double t, size_t i) {
  return (mi_vc){mi_v_load(g->log + i) + t, mi_v_set(HALF_PI)};
}

/* Wo, Ws, Woa, Wsa */
static void fill_finite(const mi_circuit_grid *g, const double *p, bool anomalous, bool reflecting,
                        double *z, double *dz) {
  const double a = anomalous ? p[2] : 0.5, t = log(p[1]);
  const line l = {p[0], anomalous ? pow(p[1], a) : sqrt(p[1]), a, reflecting};
  double c, s;
  law_phase(a, &c, &s);
  for (size_t i = 0; i < g->padded; i += MI_V) {
    mi_vc value, by_q;
    line_at(g, l, c, s, i, &value, &by_q);
    c_store(z, g->padded, i, value);
    if (!dz) continue;
    c_store(dz, g->padded, i, value);
    c_store(dz + 2 * g->padded, g->padded, i, c_scale(a, by_q));
    if (anomalous)
      c_store(dz + 4 * g->padded, g->padded, i, c_mul(by_q, by_exponent(g, t, i)));
  }
}

/* R coth(q) / q, q = sqrt(R Qs (j w)^g) */
static void fill_tlmq(const mi_circuit_grid *g, const double *p, double *z, double *dz) {
  const line l = {p[0], sqrt(p[0] * p[1]), 0.5 * p[2], true};
  double c, s;
  law_phase(l.a, &c, &s);
  for (size_t i = 0; i < g->padded; i += MI_V) {
    mi_vc value, by_q;
    line_at(g, l, c, s, i, &value, &by_q);
    c_store(z, g->padded, i, value);
    if (!dz) continue;
    const mi_vc half = c_scale(0.5, by_q);
    c_store(dz, g->padded, i, c_add(value, half));
    c_store(dz + 2 * g->padded, g->padded, i, half);
    c_store(dz + 4 * g->padded, g->padded, i, c_mul(half, by_exponent(g, 0, i)));
  }
}

/* ---- relaxations ----------------------------------------------------------------------------- */

/* R / (1 + u), u = (j w tau)^a; K (a = 1) and Zarc */
static void fill_zarc(const mi_circuit_grid *g, const double *p, bool cole, double *z, double *dz) {
  const double a = cole ? p[2] : 1, t = log(p[1]);
  const power_law law = {cole ? pow(p[1], a) : p[1], a};
  double c, s;
  law_phase(a, &c, &s);
  for (size_t i = 0; i < g->padded; i += MI_V) {
    const mi_v size = law_size(g, law, i);
    const mi_vc u = {c * size, s * size}, low = c_inverse((mi_vc){1.0 + u.re, u.im});
    const mi_vc value = c_scale(p[0], low);
    c_store(z, g->padded, i, value);
    if (!dz) continue;
    const mi_vc by_u = c_mul(c_scale(-1, value), c_mul(u, low)); /* u dZ/du */
    c_store(dz, g->padded, i, value);
    c_store(dz + 2 * g->padded, g->padded, i, c_scale(a, by_u));
    if (cole) c_store(dz + 4 * g->padded, g->padded, i, c_mul(by_u, by_exponent(g, t, i)));
  }
}

/* sqrt(1 + j y) */
static inline mi_vc root_of(mi_v y) {
  const mi_v re = mi_v_sqrt(0.5 * (1.0 + mi_v_sqrt(1.0 + y * y)));
  return (mi_vc){re, 0.5 * y / re};
}

/* j y / (1 + j y) */
static inline mi_vc saturation(mi_v y) {
  const mi_v low = y / (1.0 + y * y);
  return (mi_vc){y * low, low};
}

/* R / sqrt(1 + j w tau) */
static void fill_gerischer(const mi_circuit_grid *g, const double *p, double *z, double *dz) {
  for (size_t i = 0; i < g->padded; i += MI_V) {
    const mi_v y = p[1] * mi_v_load(g->w + i);
    const mi_vc value = c_scale(p[0], c_inverse(root_of(y)));
    c_store(z, g->padded, i, value);
    if (!dz) continue;
    c_store(dz, g->padded, i, value);
    c_store(dz + 2 * g->padded, g->padded, i, c_scale(-0.5, c_mul(value, saturation(y))));
  }
}

/* R phi coth(q) / q, q = phi sqrt(1 + j w tau) */
static void fill_finite_gerischer(const mi_circuit_grid *g, const double *p, double *z,
                                  double *dz) {
  for (size_t i = 0; i < g->padded; i += MI_V) {
    const mi_v y = p[1] * mi_v_load(g->w + i);
    mi_vc f, qf;
    diffusion(c_scale(p[2], root_of(y)), true, &f, &qf);
    const mi_vc value = c_scale(p[0] * p[2], f), by_q = c_scale(p[0] * p[2], qf);
    c_store(z, g->padded, i, value);
    if (!dz) continue;
    c_store(dz, g->padded, i, value);
    c_store(dz + 2 * g->padded, g->padded, i, c_scale(0.5, c_mul(by_q, saturation(y))));
    c_store(dz + 4 * g->padded, g->padded, i, c_add(value, by_q));
  }
}

/* ---- rare elements, one frequency at a time -------------------------------------------------- */

static inline void put(double *to, size_t padded, size_t i, double complex z) {
  to[i] = creal(z);
  to[padded + i] = cimag(z);
}

/* R / (1 + u)^b, u = (j w tau)^a; Ga has a = 1 */
static void fill_negami(const mi_circuit_grid *g, const double *p, bool inner, double *z,
                        double *dz) {
  const size_t n = g->padded;
  const double a = inner ? p[2] : 1, b = inner ? p[3] : p[2], t = log(p[1]);
  double *by_b = dz ? dz + (inner ? 6 : 4) * n : NULL;
  for (size_t i = 0; i < n; i++) {
    const double complex log_u = CMPLX(g->log[i] + t, HALF_PI), u = cexp(a * log_u);
    const double complex log_sum = clog(1 + u), value = p[0] * cexp(-b * log_sum);
    put(z, n, i, value);
    if (!dz) continue;
    const double complex by_u = -b * value * u / (1 + u);
    put(dz, n, i, value);
    put(dz + 2 * n, n, i, a * by_u);
    if (inner) put(dz + 4 * n, n, i, by_u * log_u);
    put(by_b, n, i, -value * log_sum);
  }
}

/* A coth(b) / b + B / (b sinh b), b = sqrt(a + j w b0); e = exp(-2 b) */
static void fill_porous(const mi_circuit_grid *g, const double *p, double *z, double *dz) {
  const size_t n = g->padded;
  for (size_t i = 0; i < n; i++) {
    const double complex square = CMPLX(p[2], g->w[i] * p[3]), b = csqrt(square);
    const double complex half = cexp(-b), e = half * half, low = 1 / (1 - e);
    const double complex coth = (1 + e) * low, csch = 2 * half * low;
    const double complex first = p[0] * coth / b, second = p[1] * csch / b;
    put(z, n, i, first + second);
    if (!dz) continue;
    const double complex by_b = -p[0] * csch * csch - p[1] * csch * coth - first - second;
    put(dz, n, i, first);
    put(dz + 2 * n, n, i, second);
    put(dz + 4 * n, n, i, by_b * p[2] / (2 * square));
    put(dz + 6 * n, n, i, by_b * CMPLX(0.0, g->w[i] * p[3]) / (2 * square));
  }
}

/* Z and, unless dz is NULL, its derivatives, of an element that is no power law. */
static void fill_element(mi_circuit_kind kind, const mi_circuit_grid *g, const double *p, double *z,
                         double *dz) {
  switch (kind) {
    case MI_CIRCUIT_WO: fill_finite(g, p, false, true, z, dz); break;
    case MI_CIRCUIT_WS: fill_finite(g, p, false, false, z, dz); break;
    case MI_CIRCUIT_WOA: fill_finite(g, p, true, true, z, dz); break;
    case MI_CIRCUIT_WSA: fill_finite(g, p, true, false, z, dz); break;
    case MI_CIRCUIT_TLMQ: fill_tlmq(g, p, z, dz); break;
    case MI_CIRCUIT_K: fill_zarc(g, p, false, z, dz); break;
    case MI_CIRCUIT_ZARC: fill_zarc(g, p, true, z, dz); break;
    case MI_CIRCUIT_G: fill_gerischer(g, p, z, dz); break;
    case MI_CIRCUIT_GS: fill_finite_gerischer(g, p, z, dz); break;
    case MI_CIRCUIT_GA: fill_negami(g, p, false, z, dz); break;
    case MI_CIRCUIT_HN: fill_negami(g, p, true, z, dz); break;
    default: fill_porous(g, p, z, dz); break;
  }
}

#endif
