/* Groups of exponential functions: triplets in segments, a row of numbers for each thing that is
 * known of them. Included in .isa.c files only.
 *
 * The j, k that count are packed side by side, whatever j they belong to. With T the product of all
 * e and fc of a leg, Q = (1 + lambda cos)^zeta,
 *
 *     G_f += norm T Q
 *
 * and backward, with V = sum_f w_f Q_f and H = sum_f w_f Q_f' of a leg,
 *
 *     A = sum T V     B = sum 2 eta T V     C = sum 2 eta rs T V     h = sum T H     (over legs)
 *     u(r) = A fc'/(fc r) - B + C/r,     the derivative by r over r, for r_ij, r_ik and r_jk
 *     m = h/(r_ij r_ik) - u(r_jk)
 *     dE/dx_j += (u(r_ij) + u(r_jk) - h cos / r_ij^2) d_ij + m d_ik,     and likewise for k.
 *
 * Coefficients of a neighbour's own d are collected in one array, `own`. Backward takes the
 * triplets that forward has kept and makes the others again.
 *
 * The floor, in operations on whole vectors for both passes: some 75 for a pair of neighbours that
 * is looked at (find and spread, a third of them loads, stores and packing), and for a triplet that
 * counts 40 for fc, 24 an exponential (2 a product), 12 an angle function, 3 a term, 10 a leg and
 * 20 more. Water of n2p2's example, 3312 pairs and 1560 triplets an atom with 4 legs, 4 angle
 * functions and 7 terms: 420 x 75 + 200 x 200, that is 36,000 cycles of two operations or 9 us at
 * 4 GHz, of the 18 us that are measured with the list of neighbours, tables and networks. */
#ifndef MI_SYMFUN_TRIPLETS_H
#define MI_SYMFUN_TRIPLETS_H

#include "core/descriptors/tables.h"

enum { PAIR = 2 * MI_V, TILE = MI_SYMFUN_TILE }; /* PAIR: triplets that loops go on by */

/* The parts of scratch. */
typedef struct bench {
  double *factor, *square;                  /* product of the fc; sum of the r^2 */
  double *ij, *ik;                          /* distances, where some rs is not zero */
  double *u, *rest, *turn, *mutual, *shift; /* A; u(r_jk) - B; h cos; m; C */
  double *spare;                            /* for a segment that is not kept */
  double *e, *q, *dq;                       /* of a tile: [exponentials], [angles] */
  weights w;
} bench;

static bench bench_of(const mi_symfun_plan *plan, const mi_symfun_work *w) {
  const size_t row = MI_SYMFUN_SEGMENT + w->room + 16;
  bench b;
  double *at = w->scratch + w->room; /* after own */
  double **rows[] = {&b.factor, &b.square, &b.ij, &b.ik, &b.u, &b.rest, &b.turn, &b.mutual,
                     &b.shift, &b.spare};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) *rows[i] = at + i * row;
  at = b.spare + (MI_SYMFUN_KEPT_ROWS + (size_t)plan->most_legs) * row + MI_SYMFUN_LANES + w->room;
  b.e = at;
  b.q = b.e + (size_t)plan->most_exponentials * TILE;
  b.dq = b.q + (size_t)plan->most_angles * TILE;
  b.w = weights_at(plan, b.dq + (size_t)plan->most_angles * TILE);
  return b;
}

/* ---- where segments are ---------------------------------------------------------------------- */

static void begin_keeping(const mi_symfun_plan *plan, mi_symfun_work *w, bool keep) {
  w->segments = 0;
  w->rest_group = keep ? plan->groups : 0;
  w->rest_first = 0;
}

/* The first place that no kept segment has. */
static double *after_kept(const mi_symfun_plan *plan, const mi_symfun_work *w) {
  if (w->segments == 0) return w->kept;
  const mi_triplets *t = w->segment + w->segments - 1;
  const size_t legs = (size_t)plan->group[t->group].legs;
  return t->leg + legs * t->room + MI_SYMFUN_LANES / 8 + w->room;
}

/* A segment that starts at neighbour j of a group: kept if it may and can be, else in spare. */
static mi_triplets *begin_segment(const mi_symfun_plan *plan, int group, mi_symfun_work *w,
                                  size_t j, double *spare, mi_triplets *own) {
  const mi_group *g = plan->group + group;
  size_t begin, end, k, last;
  run_of(w, g->e1, &begin, &end);
  run_of(w, g->e2, &k, &last);
  const size_t all = (end - j) * (last - k), most = MI_SYMFUN_SEGMENT + w->room;
  const size_t room = (all < most ? all : most) + 16;
  const size_t length = (MI_SYMFUN_KEPT_ROWS + (size_t)g->legs) * room;
  double *row = after_kept(plan, w);
  mi_triplets *t = w->segment + w->segments;
  if (w->rest_group == plan->groups && w->segments < MI_SYMFUN_SEGMENTS &&
      row + length + MI_SYMFUN_LANES / 8 + w->room <= w->kept + MI_SYMFUN_KEEP) {
    w->segments++;
  } else {
    if (w->rest_group == plan->groups) {
      w->rest_group = group;
      w->rest_first = j;
    }
    row = spare;
    t = own;
  }
  *t = (mi_triplets){.group = group, .first = j, .end = j, .room = room, .cosine = row,
                     .product = row + room, .across = row + 2 * room, .jk = row + 3 * room,
                     .leg = row + MI_SYMFUN_KEPT_ROWS * room};
  t->lanes = (unsigned char *)(t->leg + (size_t)g->legs * room);
  return t;
}

/* ---- finding them ---------------------------------------------------------------------------- */

/* Two vectors of triplets that count nothing, though all is finite. */
static void fill_up(const mi_group *g, const bench *b, mi_triplets *t, size_t n) {
  double *zero[] = {t->cosine, t->product, b->factor}, *one[] = {b->square, t->across};
  for (size_t i = n; i < n + PAIR; i += MI_V) {
    for (int a = 0; a < 3; a++) mi_v_store(zero[a] + i, (mi_v){0});
    for (int a = 0; a < 2; a++) mi_v_store(one[a] + i, mi_v_set(1));
    if (!g->narrow)
      for (int l = 0; l < g->legs; l++) mi_v_store(t->leg + (size_t)l * t->room + i, (mi_v){0});
    if (g->shifted) {
      mi_v_store(b->ij + i, (mi_v){0});
      mi_v_store(b->ik + i, (mi_v){0});
    }
  }
  t->n = (n + PAIR - 1) / PAIR * PAIR;
}

/* The vectors of places of the k that belong to j; true when both are of one element, and of j, k
 * and k, j only the first counts. */
INLINE bool places_of(const mi_group *g, const mi_symfun_work *w, size_t j, size_t *k,
                      size_t *end) {
  run_of(w, g->e2, k, end);
  if (g->e1 != g->e2) return false;
  *k = j / MI_V * MI_V;
  return true;
}

/* Appends those of one j. What is read in the loop is in local variables, since stores could change
 * it otherwise. */
INLINE void find_of(const mi_symfun_plan *plan, const mi_group *g, const mi_symfun_work *w,
                    size_t j, bool narrow, bool keep, const bench *b, const mi_triplets *t,
                    size_t *count, size_t *vectors) {
  const double x = w->x[j], y = w->y[j], z = w->z[j], inverse = w->inverse[j], r = w->r[j];
  const double *X = w->x, *Y = w->y, *Z = w->z, *R = w->r, *I = w->inverse;
  const double *fc = cutoff_row(w, g->cutoff), rc = g->rc, rc2 = rc * rc, own = fc[j];
  double *cosine = t->cosine, *products = t->product, *factors = b->factor, *square = b->square;
  double *acrosses = t->across, *ij = b->ij, *ik = b->ik, *legs = t->leg;
  unsigned char *set = t->lanes;
  const int leg_count = g->legs;
  const bool shifted = g->shifted;
  const mi_leg *leg = plan->leg + g->leg;
  size_t n = *count, vector = *vectors, k, end;
  const bool once = places_of(g, w, j, &k, &end);
  for (; k < end; k += MI_V) {
    const mi_v xk = mi_v_load(X + k), yk = mi_v_load(Y + k), zk = mi_v_load(Z + k);
    const mi_v rk = mi_v_load(R + k);
    mi_vi counts = (mi_vi)(rk < rc);
    if (once && k <= j) counts &= after(k, j);
    mi_v across = {0};
    if (narrow) {
      const mi_v ax = xk - x, ay = yk - y, az = zk - z;
      across = ax * ax + ay * ay + az * az;
      counts &= (mi_vi)(across < rc2);
    }
    const unsigned lanes = mi_v_bits(counts);
    set[vector++] = (unsigned char)lanes;
    if (!lanes) continue;
    const mi_v product = mi_v_load(I + k) * inverse, factor = mi_v_load(fc + k) * own;
    mi_v_pack(cosine + n, (xk * x + yk * y + zk * z) * product, lanes);
    if (keep) mi_v_pack(products + n, product, lanes);
    if (narrow) {
      mi_v_pack(factors + n, factor, lanes);
      mi_v_pack(acrosses + n, across, lanes);
      mi_v_pack(square + n, across + (rk * rk + r * r), lanes);
      if (shifted) {
        mi_v_pack(ik + n, rk, lanes);
        mi_v_store(ij + n, mi_v_set(r));
      }
    } else {
      for (int l = 0; l < leg_count; l++) {
        const double *e = exponential_row(plan, w, leg[l].factor);
        mi_v_pack(legs + (size_t)l * t->room + n, factor * (e[j] * mi_v_load(e + k)), lanes);
      }
    }
    n += (size_t)__builtin_popcount(lanes);
  }
  *count = n;
  *vectors = vector;
}

/* The triplets of the j from t->first on, until there are enough of them. */
INLINE void find(const mi_symfun_plan *plan, const mi_group *g, const mi_symfun_work *w,
                 size_t end, bool keep, const bench *b, mi_triplets *t) {
  size_t n = 0, vectors = 0, j = t->first;
  for (; j < end && n < MI_SYMFUN_SEGMENT && vectors < MI_SYMFUN_LANES; j++) {
    if (!(w->r[j] < g->rc)) continue;
    if (g->narrow) find_of(plan, g, w, j, true, keep, b, t, &n, &vectors);
    else find_of(plan, g, w, j, false, keep, b, t, &n, &vectors);
  }
  t->end = j;
  fill_up(g, b, t, n);
}

/* ---- what legs are made of: one tile, triplets from i to end --------------------------------- */

/* fc of r_jk. */
static void cut_across(const mi_symfun_plan *plan, const mi_group *g, size_t i, size_t end,
                       const bench *b, const mi_triplets *t) {
  const mi_cutoff_function f = plan->cutoff[g->cutoff];
  double *factor = b->factor, *across = t->across, *jk = g->shifted ? t->jk : NULL;
  for (; i < end; i += MI_V) {
    const mi_v r = mi_v_sqrt(mi_v_load(across + i));
    mi_v ratio;
    const mi_v fc = cutoff_at(&f, r, &ratio);
    mi_v_store(factor + i, mi_v_load(factor + i) * fc);
    mi_v_store(across + i, ratio);
    if (jk) mi_v_store(jk + i, r);
  }
}

static void exponential_of(double eta, const double *square, size_t n, double *e) {
  for (size_t i = 0; i < n; i += MI_V)
    mi_v_store(e + i, mi_v_exp(-eta * mi_v_load(square + i)));
}

static void shifted_exponential_of(const mi_exponential *f, const double *ij, const double *ik,
                                   const double *jk, size_t n, double *e) {
  const double eta = f->eta, rs = f->rs;
  for (size_t i = 0; i < n; i += MI_V) {
    const mi_v a = mi_v_load(ij + i) - rs, b = mi_v_load(ik + i) - rs, c = mi_v_load(jk + i) - rs;
    mi_v_store(e + i, mi_v_exp(-eta * (a * a + b * b + c * c)));
  }
}

static void multiply(const double *a, const double *b, size_t n, double *product) {
  for (size_t i = 0; i < n; i += MI_V)
    mi_v_store(product + i, mi_v_load(a + i) * mi_v_load(b + i));
}

/* The T of a narrow group. */
static void fill_legs(const mi_symfun_plan *plan, const mi_group *g, size_t i, size_t end,
                      const bench *b, const mi_triplets *t) {
  const size_t n = end - i;
  cut_across(plan, g, i, end, b, t);
  for (int k = 0; k < g->e.count; k++) {
    const mi_exponential *f = plan->exponential + g->e.first + k;
    double *e = b->e + (size_t)k * TILE;
    if (f->a >= 0) multiply(b->e + (size_t)f->a * TILE, b->e + (size_t)f->b * TILE, n, e);
    else if (g->shifted) shifted_exponential_of(f, b->ij + i, b->ik + i, t->jk + i, n, e);
    else exponential_of(f->eta, b->square + i, n, e);
  }
  for (int l = 0; l < g->legs; l++)
    multiply(b->e + (size_t)plan->leg[g->leg + l].factor * TILE, b->factor + i, n,
             t->leg + (size_t)l * t->room + i);
}

/* ---- powers of a tile ------------------------------------------------------------------------ */

INLINE void power_rows(const mi_angle_function *f, int power, const double *cosine, size_t n,
                       double *q, double *dq) {
  mi_angle_function own = *f;
  own.power = power;
  for (size_t i = 0; i < n; i += MI_V) {
    mi_v slope;
    mi_v_store(q + i, behler_at(&own, mi_v_load(cosine + i), &slope));
    if (dq) mi_v_store(dq + i, slope);
  }
}

/* The usual powers apart, so that the compiler knows them. */
INLINE void fill_angle(const mi_angle_function *f, const double *cosine, size_t n, double *q,
                       double *dq) {
  switch (f->power) {
    case 1: power_rows(f, 1, cosine, n, q, dq); break;
    case 2: power_rows(f, 2, cosine, n, q, dq); break;
    case 4: power_rows(f, 4, cosine, n, q, dq); break;
    case 16: power_rows(f, 16, cosine, n, q, dq); break;
    default: power_rows(f, f->power, cosine, n, q, dq);
  }
}

static void fill_values(const mi_angle_function *f, const double *cosine, size_t n, double *q) {
  fill_angle(f, cosine, n, q, NULL);
}

static void fill_slopes(const mi_angle_function *f, const double *cosine, size_t n, double *q,
                        double *dq) {
  fill_angle(f, cosine, n, q, dq);
}

/* ---- forward --------------------------------------------------------------------------------- */

/* The next segment of a group from neighbour j on, with its legs. */
INLINE mi_triplets *next_segment(const mi_symfun_plan *plan, int group, mi_symfun_work *w,
                                 size_t j, bool keep, const bench *b, mi_triplets *own) {
  const mi_group *g = plan->group + group;
  mi_triplets *t = begin_segment(plan, group, w, j, b->spare, own);
  size_t begin, end;
  run_of(w, g->e1, &begin, &end);
  find(plan, g, w, end, keep, b, t);
  if (g->narrow)
    for (size_t i = 0; i < t->n; i += TILE)
      fill_legs(plan, g, i, i + TILE < t->n ? i + TILE : t->n, b, t);
  return t;
}

static double sum_of_products(const double *a, const double *b, size_t n) {
  mi_v even = {0}, odd = {0};
  for (size_t i = 0; i < n; i += PAIR) {
    even += mi_v_load(a + i) * mi_v_load(b + i);
    odd += mi_v_load(a + i + MI_V) * mi_v_load(b + i + MI_V);
  }
  return mi_v_sum(even + odd);
}

static void add_tile(const mi_symfun_plan *plan, const mi_group *g, const mi_triplets *t, size_t i,
                     const bench *b, double *value) {
  const size_t n = t->n - i < TILE ? t->n - i : TILE;
  for (int k = 0; k < g->angles; k++)
    fill_values(plan->angle + g->angle + k, t->cosine + i, n, b->q + (size_t)k * TILE);
  for (int l = 0; l < g->legs; l++) {
    const mi_leg *leg = plan->leg + g->leg + l;
    for (int k = leg->first; k < leg->first + leg->terms; k++) {
      const mi_angular_term *term = plan->term + k;
      value[term->function] +=
          term->norm * sum_of_products(t->leg + (size_t)l * t->room + i,
                                       b->q + (size_t)term->angle * TILE, n);
    }
  }
}

INLINE void group_forward(const mi_symfun_plan *plan, int group, mi_symfun_work *w, bool keep,
                          double *value) {
  const mi_group *g = plan->group + group;
  const bench b = bench_of(plan, w);
  mi_triplets own;
  size_t j, end;
  run_of(w, g->e1, &j, &end);
  while (j < end) {
    const mi_triplets *t = next_segment(plan, group, w, j, keep, &b, &own);
    for (size_t i = 0; i < t->n; i += TILE) add_tile(plan, g, t, i, &b, value);
    j = t->end;
  }
}

/* ---- backward -------------------------------------------------------------------------------- */

/* Rows u, rest, turn, mutual and shift of a tile from triplet i on. */
INLINE void differentiate(const mi_symfun_plan *plan, const mi_group *g, const mi_triplets *t,
                          size_t i, const bench *b, bool narrow, bool shifted) {
  const int first = plan->leg[g->leg].first;
  const mi_exponential *exponential = plan->exponential + g->e.first;
  const mi_leg *legs = plan->leg + g->leg;
  const mi_angular_term *terms = plan->term;
  const weights w = b->w;
  const double *q = b->q - i, *dq = b->dq - i, *cosine = t->cosine, *product = t->product;
  const double *across = t->across, *jk = t->jk, *T = t->leg;
  double *u = b->u, *rest = b->rest, *turn = b->turn, *mutual = b->mutual, *shift = b->shift;
  const size_t end = t->n - i < TILE ? t->n : i + TILE, room = t->room;
  for (; i < end; i += PAIR) {
    mi_v A[2] = {0}, B[2] = {0}, C[2] = {0}, h[2] = {0};
    for (int n = 0; n < w.legs; n++) {
      const mi_leg *leg = legs + w.leg[n];
      const double eta2 = 2 * exponential[leg->factor].eta, rs = exponential[leg->factor].rs;
      const double *row = T + (size_t)w.leg[n] * room + i;
      mi_v v[2] = {0}, s[2] = {0};
      for (int k = leg->first; k < leg->first + leg->terms; k++) {
        const size_t at = (size_t)terms[k].angle * TILE + i;
        const double weight = w.term[k - first];
        for (int a = 0; a < 2; a++) {
          v[a] += weight * mi_v_load(q + at + a * MI_V);
          s[a] += weight * mi_v_load(dq + at + a * MI_V);
        }
      }
      for (int a = 0; a < 2; a++) {
        const mi_v own = mi_v_load(row + a * MI_V), tv = own * v[a];
        A[a] += tv;
        B[a] += eta2 * tv;
        h[a] += own * s[a];
        if (shifted) C[a] += (eta2 * rs) * tv;
      }
    }
    for (int a = 0; a < 2; a++) {
      const size_t at = i + (size_t)a * MI_V;
      mi_v side = {0};
      if (narrow) side = A[a] * mi_v_load(across + at) - B[a];
      if (narrow && shifted) side += C[a] / mi_v_load(jk + at);
      mi_v_store(u + at, A[a]);
      mi_v_store(rest + at, side - B[a]);
      mi_v_store(turn + at, h[a] * mi_v_load(cosine + at));
      mi_v_store(mutual + at, h[a] * mi_v_load(product + at) - side);
      if (shifted) mi_v_store(shift + at, C[a]);
    }
  }
}

static void differentiate_tile(const mi_symfun_plan *plan, const mi_group *g,
                               const mi_triplets *t, size_t i, const bench *b) {
  const size_t n = t->n - i < TILE ? t->n - i : TILE;
  for (int k = 0; k < b->w.angles; k++) {
    const size_t row = (size_t)b->w.angle[k] * TILE;
    fill_slopes(plan->angle + g->angle + b->w.angle[k], t->cosine + i, n, b->q + row, b->dq + row);
  }
  if (g->shifted) differentiate(plan, g, t, i, b, g->narrow, true);
  else if (g->narrow) differentiate(plan, g, t, i, b, true, false);
  else differentiate(plan, g, t, i, b, false, false);
}

/* Adds what was packed of one j to the neighbours it came from. */
INLINE void spread_of(const mi_group *g, const unsigned char *set, const bench *b,
                      mi_symfun_work *w, size_t j, bool shifted, double *own, size_t *count,
                      size_t *vectors) {
  const double x = w->x[j], y = w->y[j], z = w->z[j], inverse = w->inverse[j];
  const double *ratio = cutoff_row(w, g->cutoff) + w->room, *I = w->inverse;
  const double *X = w->x, *Y = w->y, *Z = w->z;
  const double *us = b->u, *rests = b->rest, *turns = b->turn, *mutual = b->mutual,
               *shifts = b->shift;
  double *GX = w->gx, *GY = w->gy, *GZ = w->gz;
  mi_v gx = {0}, gy = {0}, gz = {0}, A = {0}, B = {0}, C = {0}, h = {0};
  size_t n = *count, vector = *vectors, k, end;
  places_of(g, w, j, &k, &end);
  for (; k < end; k += MI_V) {
    const unsigned lanes = set[vector++];
    if (!lanes) continue;
    const mi_v u = mi_v_unpack(us + n, lanes), rest = mi_v_unpack(rests + n, lanes);
    const mi_v turn = mi_v_unpack(turns + n, lanes), m = mi_v_unpack(mutual + n, lanes);
    const mi_v ik = mi_v_load(I + k);
    mi_v sum = u * mi_v_load(ratio + k) + rest - turn * (ik * ik);
    if (shifted) {
      const mi_v shift = mi_v_unpack(shifts + n, lanes);
      sum += shift * ik;
      C += shift;
    }
    add_to(own + k, sum);
    add_to(GX + k, m * x);
    add_to(GY + k, m * y);
    add_to(GZ + k, m * z);
    gx += m * mi_v_load(X + k);
    gy += m * mi_v_load(Y + k);
    gz += m * mi_v_load(Z + k);
    A += u;
    B += rest;
    h += turn;
    n += (size_t)__builtin_popcount(lanes);
  }
  own[j] += mi_v_sum(A * ratio[j] + B - h * (inverse * inverse) + C * inverse);
  GX[j] += mi_v_sum(gx);
  GY[j] += mi_v_sum(gy);
  GZ[j] += mi_v_sum(gz);
  *count = n;
  *vectors = vector;
}

static void spread(const mi_group *g, const mi_triplets *t, const bench *b, mi_symfun_work *w,
                   double *own) {
  size_t n = 0, vectors = 0;
  for (size_t j = t->first; j < t->end; j++) {
    if (!(w->r[j] < g->rc)) continue;
    if (g->shifted) spread_of(g, t->lanes, b, w, j, true, own, &n, &vectors);
    else spread_of(g, t->lanes, b, w, j, false, own, &n, &vectors);
  }
}

static void segment_backward(const mi_symfun_plan *plan, const mi_triplets *t, const bench *b,
                             mi_symfun_work *w, double *own) {
  const mi_group *g = plan->group + t->group;
  for (size_t i = 0; i < t->n; i += TILE) differentiate_tile(plan, g, t, i, b);
  spread(g, t, b, w, own);
}

static void group_backward(const mi_symfun_plan *plan, int group, mi_symfun_work *w,
                           const double *weight, double *own) {
  const mi_group *g = plan->group + group;
  bench b = bench_of(plan, w);
  mi_triplets again;
  size_t j, end;
  if (!weigh(plan, g, weight, &b.w)) return;
  for (int s = 0; s < w->segments; s++)
    if (w->segment[s].group == group) segment_backward(plan, w->segment + s, &b, w, own);
  if (group < w->rest_group) return;
  run_of(w, g->e1, &j, &end);
  if (group == w->rest_group) j = w->rest_first;
  while (j < end) {
    const mi_triplets *t = next_segment(plan, group, w, j, true, &b, &again);
    segment_backward(plan, t, &b, w, own);
    j = t->end;
  }
}

#endif
