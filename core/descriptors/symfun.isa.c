/* The two passes over the neighbours of one atom: see plan.h for what they compute.
 *
 * forward      tables P, P'/r of every pair function; then for each group and j, all k at once:
 *              the k that count are packed together, and G += P(r_ij) P(r_ik) [P(r_jk)] Q.
 * backward     the same triplets again. With V = sum_f w_f Q_f and H = sum_f w_f Q_f' of a leg,
 *                alpha = sum P'/r(ij) P(ik) P(jk) V     beta, gamma: the derivative of P(ik), P(jk)
 *                h     = sum P(ij) P(ik) P(jk) H        m = h / (r_ij r_ik) - gamma
 *                dE/dx_j += (alpha - h cos / r_ij^2 + gamma) d_ij + m d_ik,   and likewise for k.
 *              Coefficients of a neighbour's own d are collected in one array, `own`. */
#include <string.h>

#include "core/descriptors/functions.h"

/* ---- packing lanes --------------------------------------------------------------------------- */

INLINE unsigned lanes_of(mi_vi mask) {
#if defined(__AVX512DQ__)
  return (unsigned)_mm512_movepi64_mask((__m512i)mask);
#elif defined(__AVX2__)
  return (unsigned)_mm256_movemask_pd((__m256d)mask);
#else
  return (unsigned)(mask[0] & 1) | (unsigned)(mask[1] & 2);
#endif
}

/* Writes the lanes of v in the set side by side; what follows them is overwritten. */
INLINE void pack(double *to, mi_v v, unsigned lanes) {
#if defined(__AVX512F__)
  mi_v_store(to, (mi_v)_mm512_maskz_compress_pd((__mmask8)lanes, (__m512d)v));
#else
  for (int i = 0; i < MI_V; i++) {
    *to = v[i];
    to += lanes >> i & 1;
  }
#endif
}

/* The reverse: lanes not in the set are zero. */
INLINE mi_v unpack(const double *from, unsigned lanes) {
#if defined(__AVX512F__)
  return (mi_v)_mm512_maskz_expand_pd((__mmask8)lanes, (__m512d)mi_v_load(from));
#else
  mi_v v = {0};
  for (int i = 0; i < MI_V; i++) {
    if (lanes >> i & 1) v[i] = *from++;
  }
  return v;
#endif
}

/* ---- tables ---------------------------------------------------------------------------------- */

static double *table_of(const mi_symfun_work *work, int pair) {
  return work->table + 2 * (size_t)pair * work->room;
}

static void tabulate_run(const mi_pair_function *f, const mi_symfun_work *work, size_t begin,
                         size_t end, double *p) {
  double *d = p + work->room;
  for (size_t k = begin; k < end; k += MI_V) {
    mi_v slope, value = pair_at(f, mi_v_load(work->r + k), mi_v_load(work->inverse + k), &slope);
    if (f->weighted) {
      const mi_v z = mi_v_load(work->weight + k);
      value *= z;
      slope *= z;
    }
    mi_v_store(p + k, value);
    mi_v_store(d + k, slope);
  }
}

static void tabulate(const mi_symfun_plan *plan, const mi_symfun_work *work) {
  for (int i = 0; i < plan->pairs; i++)
    for (int e = 0; e < MI_SYMFUN_ELEMENTS; e++)
      if (plan->pair[i].wanted >> e & 1)
        tabulate_run(plan->pair + i, work, work->begin[e], work->begin[e + 1], table_of(work, i));
}

/* The places of an element, or of all. */
INLINE void run_of(const mi_symfun_work *work, int element, size_t *begin, size_t *end) {
  *begin = element == MI_SYMFUN_ALL ? 0 : work->begin[element];
  *end = work->begin[element == MI_SYMFUN_ALL ? MI_SYMFUN_ELEMENTS : element + 1];
}

/* ---- radial functions ------------------------------------------------------------------------ */

static void radial_forward(const mi_symfun_plan *plan, const mi_symfun_work *work, double *value) {
  for (int i = 0; i < plan->radials; i++) {
    const mi_radial_term *t = plan->radial + i;
    const double *p = table_of(work, t->pair);
    mi_v sum = {0};
    size_t begin, end;
    run_of(work, t->element, &begin, &end);
    for (size_t k = begin; k < end; k += MI_V) sum += mi_v_load(p + k);
    value[t->function] = mi_v_sum(sum);
  }
}

static void radial_backward(const mi_symfun_plan *plan, const mi_symfun_work *work,
                            const double *weight, double *own) {
  for (int i = 0; i < plan->radials; i++) {
    const mi_radial_term *t = plan->radial + i;
    const double w = weight[t->function], *d = table_of(work, t->pair) + work->room;
    size_t begin, end;
    if (w == 0) continue;
    run_of(work, t->element, &begin, &end);
    for (size_t k = begin; k < end; k += MI_V)
      mi_v_store(own + k, mi_v_load(own + k) + w * mi_v_load(d + k));
  }
}

/* ---- triplets of one group and one j --------------------------------------------------------- */

/* The k that make a triplet with j, side by side, filled up to whole vectors with triplets that
 * count nothing. Rows of scratch, see mi_symfun_scratch. */
typedef struct triplets {
  size_t n;                       /* a multiple of MI_V */
  size_t start, end;              /* places looked at */
  double *cosine, *across;        /* cos theta; r_jk^2 */
  double *inverse;                /* 1/r_ik */
  double *p, *d;                  /* [legs][room] P and P'/r of r_ik */
  double *own, *mutual;           /* results: the coefficient of d_ik, and m */
  unsigned char *lanes;           /* of each vector of places, which of them count */
  size_t room;
} triplets;

/* *rest is what follows the rows. */
static triplets triplets_in(const mi_symfun_work *work, int legs, double **rest) {
  const size_t l = (size_t)legs, room = work->room + 8; /* packing writes whole vectors */
  double *row = work->scratch;
  triplets t = {.room = room};
  t.cosine = row;
  t.across = row += room;
  t.inverse = row += room;
  t.own = row += room;
  t.mutual = row += room;
  t.lanes = (unsigned char *)(row += room);
  t.p = row += room;
  t.d = row += l * room;
  *rest = row + l * room;
  return t;
}

INLINE void fill_up(triplets *t, int legs, size_t n, bool slope) {
  mi_v_store(t->cosine + n, (mi_v){0});
  mi_v_store(t->across + n, mi_v_set(1));
  for (int l = 0; l < legs; l++) mi_v_store(t->p + (size_t)l * t->room + n, (mi_v){0});
  if (slope) {
    mi_v_store(t->inverse + n, (mi_v){0});
    for (int l = 0; l < legs; l++) mi_v_store(t->d + (size_t)l * t->room + n, (mi_v){0});
  }
  t->n = (n + MI_V - 1) / MI_V * MI_V;
}

/* Lane numbers 0, 1, ... */
INLINE mi_vi lane_number(void) {
#if MI_V == 8
  return (mi_vi){0, 1, 2, 3, 4, 5, 6, 7};
#elif MI_V == 4
  return (mi_vi){0, 1, 2, 3};
#else
  return (mi_vi){0, 1};
#endif
}

INLINE void find_triplets(const mi_symfun_plan *plan, const mi_group *g, const mi_symfun_work *w,
                          size_t j, bool slope, triplets *t) {
  const double x = w->x[j], y = w->y[j], z = w->z[j], inverse = w->inverse[j];
  size_t n = 0, vector = 0;
  run_of(w, g->e2, &t->start, &t->end);
  const bool once = g->e1 == g->e2; /* of j, k and k, j only the first */
  if (once) t->start = j / MI_V * MI_V;
  for (size_t k = t->start; k < t->end; k += MI_V) {
    const mi_v xk = mi_v_load(w->x + k), yk = mi_v_load(w->y + k), zk = mi_v_load(w->z + k);
    const mi_v ik = mi_v_load(w->inverse + k);
    mi_vi counts = (mi_vi)(mi_v_load(w->r + k) < g->rc);
    if (once && k <= j) counts &= lane_number() > (int64_t)(j - k);
    mi_v across = {0};
    if (g->narrow) {
      const mi_v ax = xk - x, ay = yk - y, az = zk - z;
      across = ax * ax + ay * ay + az * az;
      counts &= (mi_vi)(across < g->rc * g->rc);
    }
    const unsigned lanes = lanes_of(counts);
    t->lanes[vector++] = (unsigned char)lanes;
    if (!lanes) continue;
    pack(t->cosine + n, (xk * x + yk * y + zk * z) * (ik * inverse), lanes);
    if (g->narrow) pack(t->across + n, across, lanes);
    if (slope) pack(t->inverse + n, ik, lanes);
    for (int l = 0; l < g->legs; l++) {
      const double *p = table_of(w, plan->leg[g->leg + l].pair) + k;
      pack(t->p + (size_t)l * t->room + n, mi_v_load(p), lanes);
      if (slope) pack(t->d + (size_t)l * t->room + n, mi_v_load(p + w->room), lanes);
    }
    n += (size_t)__builtin_popcount(lanes);
  }
  fill_up(t, g->legs, n, slope);
}

/* What a vector of triplets needs of r_jk: fc of the exponential types is the same for all legs. */
typedef struct across {
  mi_v r, inverse, fc, slope;
} across;

INLINE across across_at(const mi_symfun_plan *plan, const mi_group *g, mi_v square) {
  across a = {.r = mi_v_sqrt(square)};
  a.inverse = 1.0 / a.r;
  if (!g->compact) a.fc = cutoff_at(plan->pair + plan->leg[g->leg].pair, a.r, &a.slope);
  return a;
}

INLINE mi_v across_leg(const mi_pair_function *f, const across *a, mi_v *slope) {
  if (f->compact) return compact_at(f, a->r, a->inverse, slope);
  return gauss_at(f, a->r, a->inverse, a->fc, a->slope, slope);
}

/* ---- forward --------------------------------------------------------------------------------- */

INLINE void add_triplets(const mi_symfun_plan *plan, const mi_group *g, const triplets *t,
                         const double *pj, mi_v *q, mi_v *sum) {
  for (size_t i = 0; i < t->n; i += MI_V) {
    const mi_v cosine = mi_v_load(t->cosine + i);
    mi_v slope;
    across a = {0};
    if (g->narrow) a = across_at(plan, g, mi_v_load(t->across + i));
    for (int k = 0; k < g->angles; k++) q[k] = angle_at(plan->angle + g->angle + k, cosine, &slope);
    for (int l = 0; l < g->legs; l++) {
      const mi_leg *leg = plan->leg + g->leg + l;
      mi_v p = pj[l] * mi_v_load(t->p + (size_t)l * t->room + i);
      if (g->narrow) p *= across_leg(plan->pair + leg->pair, &a, &slope);
      for (int k = leg->first; k < leg->first + leg->terms; k++)
        sum[k] += p * q[plan->term[k].angle];
    }
  }
}

static void group_forward(const mi_symfun_plan *plan, const mi_group *g,
                          const mi_symfun_work *work, double *value) {
  const mi_leg *leg = plan->leg + g->leg, *last = leg + g->legs - 1;
  double *pj;
  triplets t = triplets_in(work, g->legs, &pj);
  mi_v *q = (mi_v *)(void *)(pj + plan->most_legs), *sum = q + plan->most_angles - leg->first;
  size_t begin, end;
  run_of(work, g->e1, &begin, &end);
  for (int k = leg->first; k < last->first + last->terms; k++) sum[k] = (mi_v){0};
  for (size_t j = begin; j < end; j++) {
    if (!(work->r[j] < g->rc)) continue;
    find_triplets(plan, g, work, j, false, &t);
    for (int l = 0; l < g->legs; l++) pj[l] = table_of(work, leg[l].pair)[j];
    add_triplets(plan, g, &t, pj, q, sum);
  }
  for (int k = leg->first; k < last->first + last->terms; k++)
    value[plan->term[k].function] = plan->term[k].norm * mi_v_sum(sum[k]);
}

void MI_ISA(mi_symfun_forward)(const mi_symfun_plan *plan, mi_symfun_work *work, double *value) {
  tabulate(plan, work);
  radial_forward(plan, work, value);
  for (int i = 0; i < plan->groups; i++) group_forward(plan, plan->group + i, work, value);
}

/* ---- backward -------------------------------------------------------------------------------- */

/* The legs of a group that have a weight, and all weights times norms. */
typedef struct weights {
  double *term;          /* [most_terms], from the group's first term */
  int legs, *leg;
} weights;

/* dE/dx of the triplets of one j: t->own and t->mutual, and the sum that belongs to j's own d. */
INLINE mi_v differentiate(const mi_symfun_plan *plan, const mi_group *g, const triplets *t,
                          const weights *w, double inverse, const double *pj, const double *dj,
                          mi_v *q, mi_v *dq) {
  const int first = plan->leg[g->leg].first;
  mi_v total = {0};
  for (size_t i = 0; i < t->n; i += MI_V) {
    const mi_v cosine = mi_v_load(t->cosine + i), ik = mi_v_load(t->inverse + i);
    mi_v alpha = {0}, beta = {0}, gamma = {0}, h = {0};
    across a = {0};
    if (g->narrow) a = across_at(plan, g, mi_v_load(t->across + i));
    for (int k = 0; k < g->angles; k++)
      q[k] = angle_at(plan->angle + g->angle + k, cosine, dq + k);
    for (int n = 0; n < w->legs; n++) {
      const int l = w->leg[n];
      const mi_leg *leg = plan->leg + g->leg + l;
      mi_v v = {0}, s = {0}, jk = mi_v_set(1), djk = {0};
      for (int k = leg->first; k < leg->first + leg->terms; k++) {
        v += w->term[k - first] * q[plan->term[k].angle];
        s += w->term[k - first] * dq[plan->term[k].angle];
      }
      if (g->narrow) jk = across_leg(plan->pair + leg->pair, &a, &djk);
      const mi_v p = mi_v_load(t->p + (size_t)l * t->room + i);
      const mi_v d = mi_v_load(t->d + (size_t)l * t->room + i);
      const mi_v vjk = v * jk;
      alpha += dj[l] * (p * vjk);
      beta += pj[l] * (d * vjk);
      gamma += pj[l] * (p * (djk * v));
      h += pj[l] * (p * (jk * s));
    }
    const mi_v turn = h * cosine;
    total += alpha - turn * (inverse * inverse) + gamma;
    mi_v_store(t->own + i, beta - turn * (ik * ik) + gamma);
    mi_v_store(t->mutual + i, h * (inverse * ik) - gamma);
  }
  return total;
}

/* Adds what find_triplets has packed to the neighbours it came from. */
INLINE void spread(const triplets *t, mi_symfun_work *w, size_t j, double *own) {
  const double x = w->x[j], y = w->y[j], z = w->z[j];
  mi_v gx = {0}, gy = {0}, gz = {0};
  size_t n = 0, vector = 0;
  for (size_t k = t->start; k < t->end; k += MI_V) {
    const unsigned lanes = t->lanes[vector++];
    if (!lanes) continue;
    const mi_v m = unpack(t->mutual + n, lanes);
    mi_v_store(own + k, mi_v_load(own + k) + unpack(t->own + n, lanes));
    mi_v_store(w->gx + k, mi_v_load(w->gx + k) + m * x);
    mi_v_store(w->gy + k, mi_v_load(w->gy + k) + m * y);
    mi_v_store(w->gz + k, mi_v_load(w->gz + k) + m * z);
    gx += m * mi_v_load(w->x + k);
    gy += m * mi_v_load(w->y + k);
    gz += m * mi_v_load(w->z + k);
    n += (size_t)__builtin_popcount(lanes);
  }
  w->gx[j] += mi_v_sum(gx);
  w->gy[j] += mi_v_sum(gy);
  w->gz[j] += mi_v_sum(gz);
}

/* False when no function of the group has a weight. */
static bool weigh(const mi_symfun_plan *plan, const mi_group *g, const double *weight,
                  weights *w) {
  const int first = plan->leg[g->leg].first;
  w->legs = 0;
  for (int l = 0; l < g->legs; l++) {
    const mi_leg *leg = plan->leg + g->leg + l;
    bool any = false;
    for (int k = leg->first; k < leg->first + leg->terms; k++) {
      const mi_angular_term *t = plan->term + k;
      w->term[k - first] = t->norm * weight[t->function];
      any = any || w->term[k - first] != 0;
    }
    if (any) w->leg[w->legs++] = l;
  }
  return w->legs > 0;
}

static void group_backward(const mi_symfun_plan *plan, const mi_group *g, mi_symfun_work *work,
                           const double *weight, double *own) {
  const mi_leg *leg = plan->leg + g->leg;
  double *pj;
  triplets t = triplets_in(work, g->legs, &pj);
  double *dj = pj + plan->most_legs;
  mi_v *q = (mi_v *)(void *)(dj + plan->most_legs), *dq = q + plan->most_angles;
  weights w = {.term = (double *)(dq + plan->most_angles)};
  w.leg = (int *)(void *)(w.term + plan->most_terms);
  size_t begin, end;
  if (!weigh(plan, g, weight, &w)) return;
  run_of(work, g->e1, &begin, &end);
  for (size_t j = begin; j < end; j++) {
    if (!(work->r[j] < g->rc)) continue;
    find_triplets(plan, g, work, j, true, &t);
    for (int l = 0; l < g->legs; l++) {
      pj[l] = table_of(work, leg[l].pair)[j];
      dj[l] = table_of(work, leg[l].pair)[work->room + j];
    }
    own[j] += mi_v_sum(differentiate(plan, g, &t, &w, work->inverse[j], pj, dj, q, dq));
    spread(&t, work, j, own);
  }
}

void MI_ISA(mi_symfun_backward)(const mi_symfun_plan *plan, mi_symfun_work *work,
                                const double *weight) {
  const size_t n = work->begin[MI_SYMFUN_ELEMENTS];
  double *own = work->scratch;
  mi_symfun_work rest = *work; /* scratch without own */
  rest.scratch += work->room;
  memset(own, 0, n * sizeof *own);
  memset(work->gx, 0, n * sizeof *own);
  memset(work->gy, 0, n * sizeof *own);
  memset(work->gz, 0, n * sizeof *own);
  radial_backward(plan, work, weight, own);
  for (int i = 0; i < plan->groups; i++) group_backward(plan, plan->group + i, &rest, weight, own);
  for (size_t k = 0; k < n; k += MI_V) {
    const mi_v a = mi_v_load(own + k);
    mi_v_store(work->gx + k, mi_v_load(work->gx + k) + a * mi_v_load(work->x + k));
    mi_v_store(work->gy + k, mi_v_load(work->gy + k) + a * mi_v_load(work->y + k));
    mi_v_store(work->gz + k, mi_v_load(work->gz + k) + a * mi_v_load(work->z + k));
  }
}
