/* Importance sampling of the evidence from a mixture of Student's t; see evidence.h.
 *
 * In y the prior is logistic, so that its density is smooth everywhere: a parameter at a bound or
 * one that the data leave open has a single-humped density too. Components start at the modes of
 * the density of y, with the curvature there, and follow weighted draws for some rounds; weights of
 * a round are flattened (w^power) as far as leaves enough draws that count. Only the last round,
 * drawn from the finished mixture, makes the estimate: it has no bias. But a mixture may miss part
 * of the posterior, and then the weights that are seen look well; so where draws of the posterior
 * are given, one part of them teaches the mixture, and the other bridges to its draws. */
#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/base/special.h"
#include "core/circuit/evidence.h"
#include "core/circuit/small.h"

#define FREEDOM 5.0      /* of Student's t */
#define NEGLIGIBLE 20.0  /* ln of what a mode must be below another to be left out */
#define SLIGHT 7.0       /* the same of a plain */
#define OUT 3.0          /* y of a coordinate on a plain */
#define STEADY 0.3       /* curvature of the logistic density in the middle, over which steps go */
#define ENOUGH 0.6       /* share of draws that count, with which adaptation ends */
#define PRECISE 0.03     /* standard error up to which more draws are made, */
enum { LEAST_ROUNDS = 4, ROUNDS = 12, ASCENT = 30, MORE = 4 /* times as many at most */,
       BLOCKS = 10 };

/* A mode gets three components, in the middle and to both sides along its longest axis, so that
 * the mixture may bend and lean with it; and one on each plain beside the best mode, where a
 * parameter may vanish or grow without the data minding much. Where draws of the posterior are
 * given, more are put where these are and the mixture is not. */
enum { PER_MODE = 3, PLAINS = 8, GAPS = 8, COMPONENTS = PER_MODE * MI_CIRCUIT_MODES + PLAINS + GAPS,
       PASSES = 5 /* over such draws */ };
#define ASIDE 1.5 /* standard deviations */
#define WIDER 1.5

typedef struct component {
  double log_share;      /* ln of its weight in the mixture */
  double log_norm;       /* ln density at its middle */
  double *mean, *factor; /* [k], lower Cholesky factor of the scale matrix [k x k] */
} component;

typedef struct sampler {
  const mi_circuit_problem *problem;
  const mi_circuit_symmetry *symmetry;
  const mi_circuit_noise *noise;
  mi_circuit_engine *engine;
  mi_rng rng;
  int k, count;
  component mixture[COMPONENTS];
  double *y;      /* [draws x k], brought to the copy that the mixture is about */
  double *share;  /* [draws x COMPONENTS] of the component in the mixture's density at y */
  double *spread; /* [draws x COMPONENTS] squared distance from the component */
  double *log_w;  /* [draws] */
  double *ssr;    /* [draws] */
} sampler;

/* ---- coordinates ----------------------------------------------------------------------------- */

/* theta of y; returns the log density of the prior at y. */
static double theta_of(const mi_circuit_problem *p, const double *y, double *theta) {
  double log_prior = 0;
  for (int v = 0; v < p->variables; v++) {
    const double e = exp(-fabs(y[v])), small = e / (1 + e);
    const double width = p->upper[v] - p->lower[v];
    theta[v] = y[v] < 0 ? p->lower[v] + width * small : p->upper[v] - width * small;
    log_prior += log(small / (1 + e));
  }
  return log_prior;
}

static double y_of(const mi_circuit_problem *p, const double *theta, int v) {
  const double u = (theta[v] - p->lower[v]) / (p->upper[v] - p->lower[v]);
  const double inside = fmin(fmax(u, 1e-3), 1 - 1e-3);
  return log(inside / (1 - inside));
}

static double log_target(const sampler *s, const double *y, double *ssr) {
  double theta[MI_CIRCUIT_PARAMETERS];
  const double log_prior = theta_of(s->problem, y, theta);
  *ssr = mi_circuit_cost(s->problem, theta, s->engine);
  return log_prior + mi_circuit_log_likelihood(s->engine->data, s->noise, *ssr);
}

/* ---- the first mixture ----------------------------------------------------------------------- */

/* The curvature of -log target at y, made positive definite, and the slope of log target. */
static void curvature(const sampler *s, const double *y, double *h, double *slope) {
  const int k = s->k;
  double theta[MI_CIRCUIT_PARAMETERS], by_y[MI_CIRCUIT_PARAMETERS];
  theta_of(s->problem, y, theta);
  const double ssr = mi_circuit_normal(s->problem, theta, s->engine, h, slope);
  const double s2 = mi_circuit_variance(s->engine->data, s->noise, ssr);
  for (int v = 0; v < k; v++) {
    const double u = 1 / (1 + exp(-y[v]));
    by_y[v] = (s->problem->upper[v] - s->problem->lower[v]) * u * (1 - u);
    slope[v] = by_y[v] * slope[v] / s2 + 1 - 2 * u;
  }
  for (int i = 0; i < k; i++) {
    for (int j = 0; j < k; j++) h[i * k + j] *= by_y[i] * by_y[j] / s2;
    h[i * (k + 1)] += STEADY;
  }
}

/* Climbs from y to the mode of the density there, or to that of all coordinates but `held` (-1: of
 * all); leaves the factor of the curvature in h. */
static double climb(const sampler *s, int held, double *y, double *h) {
  double slope[MI_CIRCUIT_PARAMETERS], to[MI_CIRCUIT_PARAMETERS], ssr;
  double height = log_target(s, y, &ssr);
  for (int i = 0; i < ASCENT; i++) {
    curvature(s, y, h, slope);
    if (!mi_small_cholesky(h, s->k, 0)) return -HUGE_VAL;
    const double before = height;
    mi_small_solve(h, s->k, slope);
    if (held >= 0) slope[held] = 0;
    for (double factor = 1; factor > 1e-3; factor /= 2) {
      for (int v = 0; v < s->k; v++) to[v] = y[v] + factor * fmin(fmax(slope[v], -1), 1);
      const double trial = log_target(s, to, &ssr);
      if (!(trial > height)) continue;
      memcpy(y, to, (size_t)s->k * sizeof *y);
      height = trial;
      break;
    }
    if (height - before < 1e-2) break;
  }
  curvature(s, y, h, slope);
  return mi_small_cholesky(h, s->k, 0) ? height : -HUGE_VAL;
}

/* Lower factor of the inverse of L L'. */
static bool invert_factor(const double *l, int k, double *to) {
  for (int j = 0; j < k; j++) {
    double x[MI_CIRCUIT_PARAMETERS] = {0};
    x[j] = 1;
    mi_small_solve(l, k, x);
    for (int i = 0; i < k; i++) to[i * k + j] = x[i];
  }
  return mi_small_cholesky(to, k, 0);
}

static void set_norm(component *c, int k) {
  c->log_norm = mi_lgamma(0.5 * (FREEDOM + k)) - mi_lgamma(0.5 * FREEDOM) -
                0.5 * k * log(M_PI * FREEDOM);
  for (int v = 0; v < k; v++) c->log_norm -= log(c->factor[v * (k + 1)]);
}

static void set_shares(sampler *s, const double *log_mass) {
  double most = -HUGE_VAL, sum = 0;
  for (int c = 0; c < s->count; c++) most = fmax(most, log_mass[c]);
  for (int c = 0; c < s->count; c++) sum += exp(log_mass[c] - most);
  for (int c = 0; c < s->count; c++) s->mixture[c].log_share = log_mass[c] - most - log(sum);
}

/* The longest axis of L L', its length one standard deviation; a few steps of power iteration. */
static void longest_axis(const double *l, int k, double *axis) {
  double t[MI_CIRCUIT_PARAMETERS], size = 0;
  for (int v = 0; v < k; v++) axis[v] = 1;
  for (int i = 0; i < 20; i++) {
    for (int a = 0; a < k; a++) {
      t[a] = 0;
      for (int b = a; b < k; b++) t[a] += l[b * k + a] * axis[b];
    }
    size = sqrt(mi_small_product(t, t, (size_t)k)); /* |L' axis|: the deviation along it */
    for (int a = 0; a < k; a++) axis[a] = mi_small_product(l + a * k, t, (size_t)a + 1);
    const double norm = sqrt(mi_small_product(axis, axis, (size_t)k));
    for (int a = 0; a < k; a++) axis[a] /= norm;
  }
  for (int a = 0; a < k; a++) axis[a] *= size;
}

/* The component behind the last becomes three. */
static void spread_out(sampler *s, double log_mass, double *mass) {
  double axis[MI_CIRCUIT_PARAMETERS];
  const component *middle = &s->mixture[s->count];
  longest_axis(middle->factor, s->k, axis);
  mass[s->count++] = log_mass;
  for (int side = -1; side <= 1; side += 2) {
    component *c = &s->mixture[s->count];
    for (int v = 0; v < s->k; v++) c->mean[v] = middle->mean[v] + side * ASIDE * axis[v];
    for (int v = 0; v < s->k * s->k; v++) c->factor[v] = WIDER * middle->factor[v];
    set_norm(c, s->k);
    mass[s->count++] = log_mass - 1;
  }
}

/* Components where one coordinate is far out and the others make the best of it. */
static void add_plains(sampler *s, double *mass) {
  double h[MI_CIRCUIT_PARAMETERS * MI_CIRCUIT_PARAMETERS];
  int best = 0;
  for (int c = 1; c < s->count; c++)
    if (mass[c] > mass[best]) best = c;
  const int last = s->count + PLAINS;
  for (int v = 0; v < s->k; v++)
    for (int side = -1; side <= 1 && s->count < last; side += 2) {
      component *c = &s->mixture[s->count];
      memcpy(c->mean, s->mixture[best].mean, (size_t)s->k * sizeof *c->mean);
      c->mean[v] = side * OUT;
      const double height = climb(s, v, c->mean, h);
      if (!(height > -HUGE_VAL) || !invert_factor(h, s->k, c->factor)) continue;
      set_norm(c, s->k);
      if (height - c->log_norm > mass[best] - SLIGHT) mass[s->count++] = height - c->log_norm;
    }
}

static mi_status first_mixture(sampler *s, const mi_circuit_modes *modes, mi_control *control) {
  double h[MI_CIRCUIT_PARAMETERS * MI_CIRCUIT_PARAMETERS], mass[COMPONENTS];
  double most = -HUGE_VAL;
  s->count = 0;
  for (int i = 0; i < modes->count; i++) {
    component *c = &s->mixture[s->count];
    for (int v = 0; v < s->k; v++) c->mean[v] = y_of(s->problem, modes->fit[i].theta, v);
    const double height = climb(s, -1, c->mean, h);
    if (!(height > most - NEGLIGIBLE) || !invert_factor(h, s->k, c->factor)) continue;
    most = fmax(most, height);
    set_norm(c, s->k);
    spread_out(s, height - c->log_norm, mass);
  }
  if (s->count == 0)
    return mi_fail(control, MI_ENUMERIC, "the likelihood has no mode to sample around");
  add_plains(s, mass);
  set_shares(s, mass);
  return MI_OK;
}

/* ---- drawing --------------------------------------------------------------------------------- */

static void draw(sampler *s, double *y) {
  double z[MI_CIRCUIT_PARAMETERS], pick = mi_rng_uniform(&s->rng);
  int c = 0;
  while (c + 1 < s->count && (pick -= exp(s->mixture[c].log_share)) >= 0) c++;
  const component *from = &s->mixture[c];
  const double stretch = sqrt(0.5 * FREEDOM / mi_rng_gamma(&s->rng, 0.5 * FREEDOM));
  for (int v = 0; v < s->k; v++) {
    z[v] = mi_rng_normal(&s->rng);
    y[v] = from->mean[v] + stretch * mi_small_product(from->factor + v * s->k, z, (size_t)v + 1);
  }
}

/* ln density of the mixture at y, by component in part, and the squared distances. */
static double log_mixture(const sampler *s, const double *y, double *part, double *distance) {
  double most = -HUGE_VAL, sum = 0;
  for (int c = 0; c < s->count; c++) {
    double d[MI_CIRCUIT_PARAMETERS];
    for (int v = 0; v < s->k; v++) d[v] = y[v] - s->mixture[c].mean[v];
    mi_small_forward(s->mixture[c].factor, s->k, d);
    distance[c] = mi_small_product(d, d, (size_t)s->k);
    part[c] = s->mixture[c].log_share + s->mixture[c].log_norm -
              0.5 * (FREEDOM + s->k) * log1p(distance[c] / FREEDOM);
    most = fmax(most, part[c]);
  }
  for (int c = 0; c < s->count; c++) sum += exp(part[c] - most);
  return most + log(sum);
}

/* ln density at y of the mixture of all copies; y becomes the copy at which it is greatest. */
static double log_proposal(const sampler *s, double *y, double *part, double *distance) {
  const int k = s->k, copies = s->symmetry->count;
  double best = -HUGE_VAL, sum = 0, at[MI_CIRCUIT_PARAMETERS], of[MI_CIRCUIT_PARAMETERS];
  double p[COMPONENTS], d[COMPONENTS];
  memcpy(of, y, (size_t)k * sizeof *of);
  for (int i = 0; i < copies; i++) {
    for (int v = 0; v < k; v++) at[v] = of[s->symmetry->order[i][v]];
    const double density = log_mixture(s, at, p, d);
    if (density > best) {
      sum = sum * exp(best - density) + 1;
      best = density;
      memcpy(y, at, (size_t)k * sizeof *y);
      for (int c = 0; c < s->count; c++) part[c] = p[c], distance[c] = d[c];
    } else
      sum += exp(density - best);
  }
  for (int c = 0; c < s->count; c++) part[c] = exp(part[c] - best);
  return best + log(sum / copies);
}

/* Draws number from .. to. */
static mi_status draw_all(sampler *s, int from, int to, mi_control *control) {
  for (int i = from; i < to; i++) {
    if (i % 64 == 0 && mi_cancelled(control)) return MI_ECANCEL;
    double *y = s->y + i * s->k;
    draw(s, y);
    const double target = log_target(s, y, &s->ssr[i]);
    const double proposal = log_proposal(s, y, s->share + i * COMPONENTS,
                                         s->spread + i * COMPONENTS);
    s->log_w[i] = target - proposal;
  }
  return MI_OK;
}

/* ---- adaptation ------------------------------------------------------------------------------ */

/* exp(power (log_w - greatest)); returns the draws that count. */
static double weigh(const double *log_w, int draws, double power, double *w) {
  double most = -HUGE_VAL, sum = 0, squares = 0;
  for (int i = 0; i < draws; i++) most = fmax(most, log_w[i]);
  for (int i = 0; i < draws; i++) {
    w[i] = most > -HUGE_VAL ? exp(power * (log_w[i] - most)) : 0;
    sum += w[i];
    squares += w[i] * w[i];
  }
  return squares > 0 ? sum * sum / squares : 0;
}

/* The greatest power <= 1 that leaves `wanted` draws that count. */
static void flatten(const double *log_w, int draws, double wanted, double *w) {
  double low = 0, high = 1;
  if (weigh(log_w, draws, 1, w) >= wanted) return;
  for (int i = 0; i < 20; i++) {
    const double middle = 0.5 * (low + high);
    if (weigh(log_w, draws, middle, w) >= wanted) low = middle;
    else
      high = middle;
  }
  weigh(log_w, draws, low, w);
}

/* Sums over draws of w share, and of that times what makes Student's t robust. */
static double gain(const sampler *s, const double *w, int i, int c, double *robust) {
  const double part = w[i] * s->share[i * COMPONENTS + c];
  *robust = part * (FREEDOM + s->k) / (FREEDOM + s->spread[i * COMPONENTS + c]);
  return part;
}

/* Left alone where too few draws speak for it. */
static void move_component(sampler *s, const double *w, int draws, int c, double mass) {
  const int k = s->k;
  component *m = &s->mixture[c];
  double mean[MI_CIRCUIT_PARAMETERS] = {0}, total = 0, squares = 0, robust;
  double scale[MI_CIRCUIT_PARAMETERS * MI_CIRCUIT_PARAMETERS];
  for (int i = 0; i < draws; i++) {
    const double part = gain(s, w, i, c, &robust);
    total += robust;
    squares += part * part;
    for (int v = 0; v < k; v++) mean[v] += robust * s->y[i * k + v];
  }
  if (!(mass * mass > 3 * k * squares)) return;
  for (int v = 0; v < k; v++) mean[v] /= total;
  memset(scale, 0, (size_t)(k * k) * sizeof *scale);
  for (int i = 0; i < draws; i++) {
    gain(s, w, i, c, &robust);
    for (int a = 0; a < k; a++)
      for (int b = 0; b <= a; b++)
        scale[a * k + b] += robust * (s->y[i * k + a] - mean[a]) * (s->y[i * k + b] - mean[b]);
  }
  for (int a = 0; a < k; a++)
    for (int b = 0; b <= a; b++) scale[a * k + b] /= mass;
  if (!mi_small_cholesky(scale, k, 0)) return;
  memcpy(m->mean, mean, (size_t)k * sizeof *mean);
  memcpy(m->factor, scale, (size_t)(k * k) * sizeof *scale);
  set_norm(m, k);
}

/* Moves all components to draws of weights w. */
static void move_all(sampler *s, const double *w, int draws) {
  double mass[COMPONENTS] = {0}, log_mass[COMPONENTS], sum = 0, robust;
  for (int c = 0; c < s->count; c++) {
    for (int i = 0; i < draws; i++) mass[c] += gain(s, w, i, c, &robust);
    sum += mass[c];
  }
  if (!(sum > 0)) return;
  for (int c = 0; c < s->count; c++) {
    move_component(s, w, draws, c, mass[c]);
    log_mass[c] = log(fmax(mass[c], 0.01 * sum));
  }
  set_shares(s, log_mass);
}

static void adapt(sampler *s, int draws, double *w) {
  flatten(s->log_w, draws, 6.0 * s->k + 20, w);
  move_all(s, w, draws);
}

/* ---- draws of the posterior ------------------------------------------------------------------ */

/* Shares of the components in y of draw i; returns the density of the mixture there. */
static double place(sampler *s, int i) {
  return log_proposal(s, s->y + i * s->k, s->share + i * COMPONENTS, s->spread + i * COMPONENTS);
}

/* A component at the draw where the mixture is thinnest, as wide as a third of all draws. */
static void fill_gap(sampler *s, int draws, const double *wide) {
  component *c = &s->mixture[s->count];
  double least = HUGE_VAL, log_mass[COMPONENTS];
  int at = 0;
  for (int i = 0; i < draws; i++) {
    const double density = place(s, i);
    if (density < least) least = density, at = i;
  }
  memset(c->factor, 0, (size_t)(s->k * s->k) * sizeof *c->factor);
  for (int v = 0; v < s->k; v++) {
    c->mean[v] = s->y[at * s->k + v];
    c->factor[v * (s->k + 1)] = wide[v] / 3;
  }
  set_norm(c, s->k);
  for (int i = 0; i < s->count; i++) log_mass[i] = s->mixture[i].log_share;
  log_mass[s->count] = -log(s->count + 1);
  s->count++;
  set_shares(s, log_mass);
}

/* Standard deviations of the draws. */
static void widths(const sampler *s, int draws, double *wide) {
  for (int v = 0; v < s->k; v++) {
    double mean = 0, square = 0;
    for (int i = 0; i < draws; i++) mean += s->y[i * s->k + v] / draws;
    for (int i = 0; i < draws; i++)
      square += (s->y[i * s->k + v] - mean) * (s->y[i * s->k + v] - mean);
    wide[v] = fmax(sqrt(square / draws), 1e-3);
  }
}

/* The mixture goes where the posterior is, by expectation and maximisation. */
static void learn(sampler *s, const double *samples, int draws, double *w) {
  double wide[MI_CIRCUIT_PARAMETERS];
  for (int i = 0; i < draws; i++) {
    for (int v = 0; v < s->k; v++) s->y[i * s->k + v] = y_of(s->problem, samples + i * s->k, v);
    w[i] = 1;
    place(s, i);
  }
  widths(s, draws, wide);
  for (int gap = 0; gap < GAPS; gap++) fill_gap(s, draws, wide);
  for (int pass = 0; pass < PASSES; pass++) {
    for (int i = 0; i < draws; i++) place(s, i);
    move_all(s, w, draws);
  }
}

/* ---- results --------------------------------------------------------------------------------- */

static void evidence_of(const double *log_w, int draws, mi_circuit_importance *r, double *w) {
  double most = -HUGE_VAL, sum = 0, squares = 0;
  r->effective = weigh(log_w, draws, 1, w);
  for (int i = 0; i < draws; i++) most = fmax(most, log_w[i]);
  for (int i = 0; i < draws; i++) sum += w[i], squares += w[i] * w[i];
  const double mean = sum / draws, variance = squares / draws - mean * mean;
  r->log_evidence = most + log(mean);
  r->error = sqrt(variance / draws) / mean;
}

/* ---- bridge ---------------------------------------------------------------------------------- */

/* ln evidence - from, from ln weights of draws of the mixture (q) and of the posterior (p), a block
 * of either left out (-1: none); X. L. Meng, W. H. Wong, Stat. Sinica 6, 831 (1996). Draws of the
 * posterior follow each other, so that a quarter of them counts. */
static double bridge(const double *q, int nq, const double *p, int np, double from, int block) {
  const double share = 0.25 * np / (0.25 * np + nq);
  double r = 1;
  for (int pass = 0; pass < 40; pass++) {
    double above = 0, below = 0;
    int all_q = 0, all_p = 0;
    for (int i = 0; i < nq; i++) {
      if ((int64_t)i * BLOCKS / nq == block) continue;
      const double w = exp(fmin(q[i] - from, 300));
      above += w / (share * w + (1 - share) * r);
      all_q++;
    }
    for (int i = 0; i < np; i++) {
      if ((int64_t)i * BLOCKS / np == block) continue;
      below += 1 / (share * exp(fmin(p[i] - from, 300)) + (1 - share) * r);
      all_p++;
    }
    r = above / all_q / (below / all_p);
  }
  return log(r);
}

/* Where the mixture misses a part of the posterior, the mean of the weights does not know of it;
 * the draws of the posterior do. */
static mi_status correct(sampler *s, const double *theta, int np, int nq,
                         mi_circuit_importance *r, mi_control *control) {
  double *p = MI_NEW(double, (size_t)np), mean = 0, square = 0, left[BLOCKS];
  if (!p) return mi_fail(control, MI_ENOMEM, "out of memory");
  for (int i = 0; i < np; i++) {
    double ssr;
    for (int v = 0; v < s->k; v++) s->y[i * s->k + v] = y_of(s->problem, theta + i * s->k, v);
    p[i] = log_target(s, s->y + i * s->k, &ssr);
    p[i] -= place(s, i);
  }
  const double from = r->log_evidence, all = bridge(s->log_w, nq, p, np, from, -1);
  for (int b = 0; b < BLOCKS; b++) {
    left[b] = bridge(s->log_w, nq, p, np, from, b);
    mean += left[b] / BLOCKS;
  }
  for (int b = 0; b < BLOCKS; b++) square += (left[b] - mean) * (left[b] - mean);
  free(p);
  r->log_evidence = from + all;
  r->error = sqrt(square * (BLOCKS - 1) / BLOCKS);
  return MI_OK;
}

/* ---- the whole ------------------------------------------------------------------------------- */

static size_t padded(size_t n) { return (n + 7) / 8 * 8; }

static void *take_memory(sampler *s, int draws) {
  const size_t n = padded((size_t)draws), k = (size_t)s->k;
  double *block = MI_NEW(double, COMPONENTS * (k + k * k) + n * (k + 2 * COMPONENTS + 3));
  if (!block) return NULL;
  double *at = block;
  for (int c = 0; c < COMPONENTS; c++) {
    s->mixture[c].mean = at;
    s->mixture[c].factor = at + k;
    at += k + k * k;
  }
  s->y = at;
  s->share = s->y + n * k;
  s->spread = s->share + n * COMPONENTS;
  s->log_w = s->spread + n * COMPONENTS;
  s->ssr = s->log_w + n;
  return block;
}

mi_status mi_circuit_importance_sample(const mi_circuit_problem *problem,
                                       const mi_circuit_symmetry *symmetry,
                                       const mi_circuit_noise *noise,
                                       const mi_circuit_modes *modes,
                                       const mi_circuit_samples *samples, int draws, mi_rng rng,
                                       mi_circuit_engine *engine, mi_circuit_importance *result,
                                       mi_control *control) {
  sampler s = {.problem = problem, .symmetry = symmetry, .noise = noise, .engine = engine,
               .rng = rng, .k = problem->variables};
  const int few = 200 + 50 * s.k < draws ? 200 + 50 * s.k : draws;
  const int most = samples->learn > 0 ? draws : MORE * draws;
  const int room = most > samples->learn + samples->judge ? most : samples->learn + samples->judge;
  void *block = take_memory(&s, room);
  if (!block) return mi_fail(control, MI_ENOMEM, "out of memory");
  double *w = s.ssr + padded((size_t)room);
  mi_status status = first_mixture(&s, modes, control);
  if (status == MI_OK && samples->learn > 0) learn(&s, samples->theta, samples->learn, w);
  for (int round = 0; round < ROUNDS && status == MI_OK; round++) {
    status = draw_all(&s, 0, few, control);
    if (status != MI_OK) break;
    if (round >= LEAST_ROUNDS && weigh(s.log_w, few, 1, w) > ENOUGH * few) break;
    adapt(&s, few, w);
  }
  for (int done = 0; status == MI_OK && done < most; done += draws) {
    status = draw_all(&s, done, done + draws, control);
    evidence_of(s.log_w, done + draws, result, w);
    if (result->error < PRECISE) break;
  }
  if (status == MI_OK && samples->judge > 0 && isfinite(result->log_evidence))
    status = correct(&s, samples->theta + samples->learn * s.k, samples->judge, most, result,
                     control);
  free(block);
  return status;
}
