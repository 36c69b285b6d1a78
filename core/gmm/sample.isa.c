/* One proposal of the sampler: a column of the model anew, and the likelihood. */
#include "core/gmm/sample.h"

#include <math.h>

#include "core/gmm/gauss_inline.h"

#define INLINE static inline __attribute__((always_inline))

/* What a pass reads and writes; a copy stays in registers, whatever is stored. */
typedef struct pass {
  const double *x, *y, *unit, *old, *model;
  double *column, *next;
  mi_gmm_curve c;
  double least;
  bool lorentz, counts;
} pass;

/* Completes the column, whose Gaussian part is f, at vector i; returns its part of the sum. */
INLINE mi_v finish(const pass *p, size_t i, mi_v f) {
  const mi_v y = mi_v_load(p->y + i), unit = mi_v_load(p->unit + i);
  f += p->c.constant;
  if (p->lorentz) {
    const mi_v t = mi_v_load(p->x + i) - p->c.mu;
    f += p->c.lorentz / (t * t * p->c.inverse + 1.0);
  }
  const mi_v m = mi_v_load(p->model + i) - mi_v_load(p->old + i) + f;
  mi_v_store(p->column + i, f);
  mi_v_store(p->next + i, m);
  const mi_v held = mi_v_max(mi_v_set(p->least), m), off = y - held;
  return p->counts ? unit * held - y * mi_v_log_normal(held) : unit * off * off;
}

INLINE double run(const mi_gmm_sample *s, const pass p) {
  const double constant = p.c.gauss > 0 ? log(p.c.gauss) : -HUGE_VAL, step = s->step;
  const mi_gauss g = mi_gauss_of(p.c.mu, p.c.factor, constant, step);
  const bool uniform = s->uniform;
  const size_t padded = s->padded;
  mi_v total = {0};
  for (size_t block = 0; block < padded; block += MI_GAUSS_BLOCK) {
    const size_t rest = padded - block;
    const size_t end = block + (rest < MI_GAUSS_BLOCK ? rest : MI_GAUSS_BLOCK);
    if (uniform && mi_gauss_is_tame(&g, p.x[block], step)) {
      mi_v e = mi_gauss_at(&g, mi_v_load(p.x + block));
      mi_v ratio = mi_gauss_ratio(&g, mi_v_load(p.x + block), step);
      for (size_t i = block; i < end; i += MI_V) {
        total += finish(&p, i, e);
        e *= ratio;
        ratio *= g.bend;
      }
    } else {
      for (size_t i = block; i < end; i += MI_V)
        total += finish(&p, i, mi_gauss_at(&g, mi_v_load(p.x + i)));
    }
  }
  return mi_v_sum(total);
}

double MI_ISA(mi_gmm_propose)(const mi_gmm_sample *s, const mi_gmm_curve *c, double least,
                              const double *old, const double *model, double *column,
                              double *next) {
  pass p = {s->x, s->y, s->unit, old, model, column, next, *c, least, false, false};
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
