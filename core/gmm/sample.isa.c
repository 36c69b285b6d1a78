/* One proposal of the sampler: a column of the model anew, and the likelihood.
 *
 * The logarithm takes most of the time. A Metropolis step needs its absolute error only, 1e-14 say:
 * with AVX-512 it is taken as log x = k ln 2 + log c + log(1 + r), where c is the middle of the
 * sixteenth of [1, 2) in which the mantissa lies and r = mantissa / c - 1, |r| < 1/32: a table in
 * registers and no division. */
#include "core/gmm/sample.h"

#include <math.h>

#include "core/base/vmath_inline.h"

#define INLINE static inline __attribute__((always_inline))
#define LN2 0.69314718055994530942

#define TAME 10 /* standard deviations a vector may span for the recurrence of a Gaussian */

enum { ANCHOR = 32 }; /* vectors after which the recurrence starts anew, before rounding grows */

/* What a pass reads and writes; a copy stays in registers, whatever is stored. */
typedef struct pass {
  const double *x, *y, *unit;
  mi_gmm_move move;
  mi_gmm_curve c;
  double least;
  bool lorentz, counts;
} pass;

#if defined(__AVX512DQ__)

/* 1 / c rounded, and -log of that. */
static const double inverse[16] = {
    0x1.f07c1f07c1f08p-1, 0x1.d41d41d41d41dp-1, 0x1.bacf914c1bad0p-1, 0x1.a41a41a41a41ap-1,
    0x1.8f9c18f9c18fap-1, 0x1.7d05f417d05f4p-1, 0x1.6c16c16c16c17p-1, 0x1.5c9882b931057p-1,
    0x1.4e5e0a72f0539p-1, 0x1.4141414141414p-1, 0x1.3521cfb2b78c1p-1, 0x1.29e4129e4129ep-1,
    0x1.1f7047dc11f70p-1, 0x1.15b1e5f75270dp-1, 0x1.0c9714fbcda3bp-1, 0x1.0410410410410p-1};
static const double log_c[16] = {
    0x1.f829b0e7832f8p-6, 0x1.6f0d28ae56b4ep-4, 0x1.29552f81ff521p-3, 0x1.9525a9cf456b6p-3,
    0x1.fb9186d5e3e29p-3, 0x1.2e8e2bae11d31p-2, 0x1.5d1bdbf5809cap-2, 0x1.89a3386c1425bp-2,
    0x1.b44f77bcc8f64p-2, 0x1.dd46a04c1c4a1p-2, 0x1.02552a5a5d0ffp-1, 0x1.154c3d2f4d5eap-1,
    0x1.2795e1289b11bp-1, 0x1.393e0d3562a1ap-1, 0x1.4a4f85db03ebbp-1, 0x1.5ad404c359f2dp-1};

INLINE __m512d look_up(const double *table, __m512i index) {
  return _mm512_permutex2var_pd(_mm512_loadu_pd(table), index, _mm512_loadu_pd(table + 8));
}

INLINE mi_v log_of(mi_v x) {
  const __m512d v = (__m512d)x, k = _mm512_getexp_pd(v);
  const __m512i index = _mm512_srli_epi64((__m512i)v, 48); /* of which four bits count */
  const __m512d mantissa = _mm512_getmant_pd(v, _MM_MANT_NORM_1_2, _MM_MANT_SIGN_src);
  const __m512d r = _mm512_fmsub_pd(mantissa, look_up(inverse, index), _mm512_set1_pd(1));
  const __m512d whole = _mm512_fmadd_pd(k, _mm512_set1_pd(LN2), look_up(log_c, index));
  __m512d p = _mm512_set1_pd(-1.0 / 8);
  for (int j = 7; j >= 1; j--)
    p = _mm512_fmadd_pd(p, r, _mm512_set1_pd(j % 2 ? 1.0 / j : -1.0 / j));
  return (mi_v)_mm512_fmadd_pd(p, r, whole);
}

#else
#define log_of mi_v_log_normal
#endif

/* Completes the column, whose Gaussian part is f, at vector i; returns what its part of the sum
 * rises by. */
INLINE mi_v finish(const pass *p, size_t i, mi_v f) {
  const mi_gmm_move *v = &p->move;
  const mi_v y = mi_v_load(p->y + i), unit = mi_v_load(p->unit + i);
  f += p->c.constant;
  if (p->lorentz) {
    const mi_v t = mi_v_load(p->x + i) - p->c.mu;
    f += p->c.lorentz / (t * t * p->c.inverse + 1.0);
  }
  const mi_v m = mi_v_load(v->model + i) - mi_v_load(v->old + i) + f, off = y - m;
  const mi_v held = mi_v_max(mi_v_set(p->least), m);
  const mi_v term = p->counts ? unit * held - y * log_of(held) : unit * off * off;
  mi_v_store(v->column + i, f);
  mi_v_store(v->next + i, m);
  mi_v_store(v->next_term + i, term);
  return term - mi_v_load(v->term + i);
}

INLINE mi_v without_gauss(const pass *p, size_t from, size_t to) {
  mi_v total = {0};
  for (size_t i = from; i < to; i += MI_V) total += finish(p, i, (mi_v){0});
  return total;
}

INLINE mi_v gauss_at(const pass *p, size_t i) {
  const mi_v t = mi_v_load(p->x + i) - p->c.mu;
  return mi_v_exp(t * t * -p->c.factor) * p->c.gauss;
}

INLINE mi_v point_by_point(const pass *p, size_t from, size_t to) {
  mi_v total = {0};
  for (size_t i = from; i < to; i += MI_V) total += finish(p, i, gauss_at(p, i));
  return total;
}

/* The value at a vector of points is that at the vector before times a ratio, and the ratio of
 * successive ratios is the constant `bend`: two multiplications instead of an exp. */
INLINE mi_v by_recurrence(const pass *p, size_t from, size_t to, double step) {
  const double h = MI_V * step, bend = exp(-2 * p->c.factor * h * h);
  mi_v total = {0};
  for (size_t i = from; i < to;) {
    const size_t end = to - i < ANCHOR * MI_V ? to : i + ANCHOR * MI_V;
    const mi_v t = mi_v_load(p->x + i) - p->c.mu;
    mi_v e = gauss_at(p, i), ratio = mi_v_exp((t * -2.0 - h) * (h * p->c.factor));
    for (; i < end; i += MI_V) {
      total += finish(p, i, e);
      e *= ratio;
      ratio *= bend;
    }
  }
  return total;
}

INLINE double run(const mi_gmm_sample *s, const pass p) {
  const mi_gmm_range all = p.move.range, own = p.move.support;
  const double span = MI_V * s->step;
  const bool tame = s->uniform && 2 * p.c.factor * span * span < TAME * TAME;
  if (own.from >= own.to) return mi_v_sum(without_gauss(&p, all.from, all.to));
  mi_v total = without_gauss(&p, all.from, own.from);
  if (tame) total += by_recurrence(&p, own.from, own.to, s->step);
  else total += point_by_point(&p, own.from, own.to);
  return mi_v_sum(total + without_gauss(&p, own.to, all.to));
}

double MI_ISA(mi_gmm_propose)(const mi_gmm_sample *s, const mi_gmm_curve *c, double least,
                              const mi_gmm_move *move) {
  pass p = {s->x, s->y, s->unit, *move, *c, least, false, false};
  const bool counts = s->options.likelihood == MI_GMM_POISSON;
  if (c->lorentz > 0) {
    p.lorentz = true;
    p.counts = counts;
    return run(s, p);
  }
  p.lorentz = false;
  if (counts) {
    p.counts = true;
    return run(s, p);
  }
  p.counts = false;
  return run(s, p);
}
