/* Groups of functions of compact support: for each j all k at once. Included in .isa.c files only.
 *
 * backward: with V = sum_f w_f Q_f and H = sum_f w_f Q_f' of a leg, P = C C [C],
 *   alpha = sum C'/r(ij) C(ik) [C(jk)] V;   beta, gamma: the derivative of C(ik), C(jk)
 *   h = sum P H     m = h / (r_ij r_ik) - gamma
 *   dE/dx_j += (alpha - h cos / r_ij^2 + gamma) d_ij + m d_ik,   and likewise for k. */
#ifndef MI_SYMFUN_COMPACT_H
#define MI_SYMFUN_COMPACT_H

#include "core/descriptors/tables.h"

/* What is known of j, k when k are the places of a vector. */
typedef struct wedge {
  mi_v x, y, z, inverse, cosine;
  mi_v across, across_inverse; /* r_jk, where it is wanted */
  unsigned lanes;              /* which of them count */
  mi_vi counts;
} wedge;

INLINE wedge wedge_of(const mi_group *g, const mi_symfun_work *w, size_t j, size_t k) {
  wedge a = {.x = mi_v_load(w->x + k), .y = mi_v_load(w->y + k), .z = mi_v_load(w->z + k),
             .inverse = mi_v_load(w->inverse + k)};
  a.counts = (mi_vi)(mi_v_load(w->r + k) < g->rc);
  if (g->e1 == g->e2) a.counts &= after(k, j);
  a.lanes = mi_v_bits(a.counts);
  const mi_v dot = a.x * w->x[j] + a.y * w->y[j] + a.z * w->z[j];
  a.cosine = dot * (a.inverse * w->inverse[j]);
  if (g->narrow) {
    const mi_v x = a.x - w->x[j], y = a.y - w->y[j], z = a.z - w->z[j];
    a.across = mi_v_select(a.counts, mi_v_sqrt(x * x + y * y + z * z), mi_v_set(g->rc));
    a.across_inverse = 1.0 / a.across;
  }
  return a;
}

/* C(r_jk) of a leg, 1 for wide groups, and its derivative over r_jk; 0 where nothing counts. */
INLINE mi_v across_of(const mi_symfun_plan *plan, const mi_group *g, int factor, const wedge *a,
                      mi_v *slope) {
  mi_v c = mi_v_set(1);
  *slope = (mi_v){0};
  if (g->narrow)
    c = compact_at(plan->compact + factor, a->across, a->across_inverse, slope);
  return mi_v_select(a->counts, c, (mi_v){0});
}

static void compact_forward(const mi_symfun_plan *plan, const mi_group *g,
                            const mi_symfun_work *w, double *value) {
  mi_v *q = (mi_v *)(void *)(w->scratch + w->room), *sum = q + plan->most_angles;
  const int first = plan->leg[g->leg].first;
  size_t j, end, k, last;
  for (int i = 0; i < g->terms; i++) sum[i] = (mi_v){0};
  for (run_of(w, g->e1, &j, &end); j < end; j++) {
    if (!(w->r[j] < g->rc)) continue;
    for (run_of(w, g->e2, &k, &last); k < last; k += MI_V) {
      const wedge a = wedge_of(g, w, j, k);
      mi_v slope;
      if (!a.lanes) continue;
      for (int i = 0; i < g->angles; i++)
        q[i] = wedge_at(plan->angle + g->angle + i, a.cosine, &slope);
      for (int l = 0; l < g->legs; l++) {
        const mi_leg *leg = plan->leg + g->leg + l;
        const double *c = compact_row(plan, w, leg->factor);
        const mi_v p = c[j] * mi_v_load(c + k) * across_of(plan, g, leg->factor, &a, &slope);
        for (int i = leg->first; i < leg->first + leg->terms; i++)
          sum[i - first] += p * q[plan->term[i].angle];
      }
    }
  }
  for (int i = 0; i < g->terms; i++)
    value[plan->term[first + i].function] = plan->term[first + i].norm * mi_v_sum(sum[i]);
}

/* alpha, beta, gamma and h of one vector. */
typedef struct coefficients {
  mi_v alpha, beta, gamma, h;
} coefficients;

INLINE coefficients compact_coefficients(const mi_symfun_plan *plan, const mi_group *g,
                                         const mi_symfun_work *w, const weights *ws,
                                         const wedge *a, size_t j, size_t k, const mi_v *q,
                                         const mi_v *dq) {
  const int first = plan->leg[g->leg].first;
  coefficients c = {{0}, {0}, {0}, {0}};
  for (int n = 0; n < ws->legs; n++) {
    const mi_leg *leg = plan->leg + g->leg + ws->leg[n];
    const double *row = compact_row(plan, w, leg->factor), *slopes = row + w->room;
    mi_v v = {0}, s = {0}, djk;
    for (int i = leg->first; i < leg->first + leg->terms; i++) {
      v += ws->term[i - first] * q[plan->term[i].angle];
      s += ws->term[i - first] * dq[plan->term[i].angle];
    }
    const mi_v jk = across_of(plan, g, leg->factor, a, &djk), ik = mi_v_load(row + k);
    djk = mi_v_select(a->counts, djk, (mi_v){0});
    c.alpha += slopes[j] * (ik * (v * jk));
    c.beta += row[j] * (mi_v_load(slopes + k) * (v * jk));
    c.gamma += row[j] * (ik * (djk * v));
    c.h += row[j] * (ik * (jk * s));
  }
  return c;
}

static void compact_backward(const mi_symfun_plan *plan, const mi_group *g, mi_symfun_work *w,
                             const double *weight, double *own) {
  mi_v *q = (mi_v *)(void *)(w->scratch + w->room), *dq = q + plan->most_angles;
  weights ws = weights_at(plan, (double *)(dq + plan->most_angles));
  size_t j, end, k, last;
  if (!weigh(plan, g, weight, &ws)) return;
  for (run_of(w, g->e1, &j, &end); j < end; j++) {
    if (!(w->r[j] < g->rc)) continue;
    mi_v total = {0}, gx = {0}, gy = {0}, gz = {0};
    const double inverse = w->inverse[j];
    for (run_of(w, g->e2, &k, &last); k < last; k += MI_V) {
      const wedge a = wedge_of(g, w, j, k);
      if (!a.lanes) continue;
      for (int n = 0; n < ws.angles; n++) {
        const int i = ws.angle[n];
        q[i] = wedge_at(plan->angle + g->angle + i, a.cosine, dq + i);
      }
      const coefficients c = compact_coefficients(plan, g, w, &ws, &a, j, k, q, dq);
      const mi_v turn = c.h * a.cosine, m = c.h * (inverse * a.inverse) - c.gamma;
      total += c.alpha - turn * (inverse * inverse) + c.gamma;
      add_to(own + k, c.beta - turn * (a.inverse * a.inverse) + c.gamma);
      add_to(w->gx + k, m * w->x[j]);
      add_to(w->gy + k, m * w->y[j]);
      add_to(w->gz + k, m * w->z[j]);
      gx += m * a.x;
      gy += m * a.y;
      gz += m * a.z;
    }
    own[j] += mi_v_sum(total);
    w->gx[j] += mi_v_sum(gx);
    w->gy[j] += mi_v_sum(gy);
    w->gz[j] += mi_v_sum(gz);
  }
}

#endif
