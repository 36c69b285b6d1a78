/* EM sweeps over the points of one spectrum: see sweep.h for what they compute.
 *
 * The number of components is a compile-time constant for 1..8, so that their parameters and sums
 * stay in registers; one more copy serves any number. */
#include "core/gmm/sweep.h"

#include <math.h>

#include "core/gmm/gauss_inline.h"
#include "core/gmm/slope_inline.h"

#define INLINE static inline __attribute__((always_inline))
#define LOG_SQRT_2PI 0.91893853320467274178

#define LEAST 0x1p-1000 /* densities between these have no trouble with their range */
#define MOST 0x1p1000

/* ---- Gaussian -------------------------------------------------------------------------------- */

static void prepare(const mi_gmm_data *data, const mi_gmm_component *c, int k, mi_gauss *g) {
  for (int j = 0; j < k; j++) {
    const double constant = c[j].pi > 0 ? log(c[j].pi / c[j].sigma) - LOG_SQRT_2PI : -HUGE_VAL;
    g[j] = mi_gauss_of(c[j].mu, 0.5 / (c[j].sigma * c[j].sigma), constant, data->step);
  }
}

/* mi_gmm_moments and LL, lane by lane */
typedef struct sums {
  mi_v weight, first, second;
} sums;

/* Adds a vector of points, e[j] the terms of the mixture at them over exp(shift), total their
 * sum. */
INLINE void take(mi_v x, mi_v w, const mi_gauss *g, int k, const mi_v *e, mi_v total, mi_v shift,
                 sums *restrict s, mi_v *restrict ll) {
  *ll += w * (shift + mi_v_log_normal(total));
  const mi_v scale = w / total;
  for (int j = 0; j < k; j++) {
    const mi_v t = x - g[j].mu, r = scale * e[j], rt = r * t;
    s[j].weight += r;
    s[j].first += rt;
    s[j].second += rt * t;
  }
}

/* Points so far from every component that their density underflows: scaled by the largest term. */
static __attribute__((noinline, cold)) void take_far(mi_v x, mi_v w, const mi_gauss *g, int k,
                                                     sums *s, mi_v *ll) {
  mi_v e[MI_GMM_MOST], most = mi_v_set(-HUGE_VAL), total = {0};
  for (int j = 0; j < k; j++) {
    const mi_v t = x - g[j].mu;
    e[j] = g[j].constant - t * t * g[j].factor;
    most = mi_v_max(most, e[j]);
  }
  for (int j = 0; j < k; j++) {
    e[j] = mi_v_exp(e[j] - most);
    total += e[j];
  }
  take(x, w, g, k, e, total, most, s, ll);
}

INLINE void take_near(mi_v x, mi_v w, const mi_gauss *g, int k, const mi_v *e, sums *restrict s,
                      mi_v *restrict ll) {
  mi_v total = {0};
  for (int j = 0; j < k; j++) total += e[j];
  if (__builtin_expect(mi_v_all((mi_vi)(total > LEAST) & (mi_vi)(total < MOST)), 1)) {
    take(x, w, g, k, e, total, (mi_v){0}, s, ll);
  } else {
    take_far(x, w, g, k, s, ll);
  }
}

static bool is_tame(const mi_gmm_data *data, const mi_gauss *g, int k, size_t block) {
  for (int j = 0; j < k; j++)
    if (!mi_gauss_is_tame(g + j, data->x[block], data->step)) return false;
  return true;
}

INLINE double gauss_pass(const mi_gmm_data *data, const mi_gauss *g, int k, mi_gmm_moments *moments,
                         mi_v *restrict e, mi_v *restrict ratio, sums *restrict s) {
  mi_v ll = {0};
  for (int j = 0; j < k; j++) s[j] = (sums){{0}, {0}, {0}};
  for (size_t block = 0; block < data->padded; block += MI_GAUSS_BLOCK) {
    const size_t rest = data->padded - block;
    const size_t end = block + (rest < MI_GAUSS_BLOCK ? rest : MI_GAUSS_BLOCK);
    const bool tame = data->uniform && is_tame(data, g, k, block);
    for (int j = 0; tame && j < k; j++) {
      e[j] = mi_gauss_at(g + j, mi_v_load(data->x + block));
      ratio[j] = mi_gauss_ratio(g + j, mi_v_load(data->x + block), data->step);
    }
    for (size_t i = block; tame && i < end; i += MI_V) {
      take_near(mi_v_load(data->x + i), mi_v_load(data->w + i), g, k, e, s, &ll);
      for (int j = 0; j < k; j++) {
        e[j] *= ratio[j];
        ratio[j] *= g[j].bend;
      }
    }
    for (size_t i = block; !tame && i < end; i += MI_V) {
      const mi_v x = mi_v_load(data->x + i);
      for (int j = 0; j < k; j++) e[j] = mi_gauss_at(g + j, x);
      take_near(x, mi_v_load(data->w + i), g, k, e, s, &ll);
    }
  }
  for (int j = 0; j < k; j++)
    moments[j] = (mi_gmm_moments){mi_v_sum(s[j].weight), mi_v_sum(s[j].first),
                                  mi_v_sum(s[j].second)};
  return mi_v_sum(ll);
}

#define FIXED(K)                                           \
  case (K): {                                              \
    mi_v e[(K)], ratio[(K)];                               \
    sums s[(K)];                                           \
    return gauss_pass(data, g, (K), moments, e, ratio, s); \
  }

double MI_ISA(mi_gmm_gauss_sweep)(const mi_gmm_data *data, const mi_gmm_component *c, int k,
                                  mi_gmm_moments *moments) {
  mi_gauss g[MI_GMM_MOST];
  prepare(data, c, k, g);
  switch (k) {
    FIXED(1)
    FIXED(2)
    FIXED(3)
    FIXED(4)
    FIXED(5)
    FIXED(6)
    FIXED(7)
    FIXED(8)
    default: {
      mi_v e[MI_GMM_MOST], ratio[MI_GMM_MOST];
      sums s[MI_GMM_MOST];
      return gauss_pass(data, g, k, moments, e, ratio, s);
    }
  }
}

/* ---- pseudo-Voigt ---------------------------------------------------------------------------- */

#define SQRT_2LN2 1.17741002251547469101
#define PI 3.14159265358979323846

/* s(x) = gauss exp(-t^2 factor) + lorentz / (1 + t^2 inverse) */
typedef struct voigt {
  double mu, factor, gauss, inverse, lorentz;
} voigt;

static voigt voigt_of(const mi_gmm_component *c, double eta, double scale) {
  const double half = SQRT_2LN2 * c->sigma;
  return (voigt){c->mu, 0.5 / (c->sigma * c->sigma),
                 scale * (1 - eta) * exp(-LOG_SQRT_2PI) / c->sigma, 1 / (half * half),
                 scale * eta / (PI * half)};
}

INLINE mi_v voigt_at(voigt v, mi_v x) {
  const mi_v t = x - v.mu, square = t * t;
  return mi_v_exp(-square * v.factor) * v.gauss + v.lorentz / (square * v.inverse + 1.0);
}

static double grid_sum(const mi_gmm_data *data, voigt v) {
  mi_v sum = {0};
  for (size_t i = 0; i < data->padded; i += MI_V)
    sum += voigt_at(v, mi_v_load(data->x + i)) * mi_v_load(data->cells + i);
  return mi_v_sum(sum);
}

/* What the components are to be multiplied by, in place of a value at their points: a Gaussian is a
 * density, the others are probabilities of the points. Shapes that are no voigt leave their values
 * in weights. */
static void prepare_shapes(const mi_gmm_data *data, mi_gmm_shape shape, const mi_gmm_component *c,
                           int k, voigt *v, double *scale, double *weights) {
  for (int j = 0; j < k; j++) {
    const double norm =
        shape == MI_GMM_DONIACH
            ? MI_ISA(mi_gmm_doniach)(data, c + j, weights + (size_t)j * data->padded) + MI_GMM_TINY
        : shape == MI_GMM_GAUSS ? 1
                                : grid_sum(data, voigt_of(c + j, c[j].eta, 1)) + MI_GMM_TINY;
    scale[j] = c[j].pi / norm;
    v[j] = voigt_of(c + j, c[j].eta, scale[j]);
  }
}

double MI_ISA(mi_gmm_expect)(const mi_gmm_data *data, mi_gmm_shape shape,
                             const mi_gmm_component *c, int k, double *weights) {
  const size_t padded = data->padded;
  const int all = k + data->bases, voigts = shape == MI_GMM_DONIACH ? 0 : k;
  voigt v[MI_GMM_MOST];
  double scales[MI_GMM_MOST];
  prepare_shapes(data, shape, c, k, v, scales, weights);
  for (int j = k; j < all; j++) scales[j] = c[j].pi;
  mi_v ll = {0};
  for (size_t i = 0; i < padded; i += MI_V) {
    const mi_v x = mi_v_load(data->x + i), w = mi_v_load(data->w + i);
    mi_v total = mi_v_set(MI_GMM_TINY);
    for (int j = 0; j < all; j++) {
      const double *from = j < k ? weights + (size_t)j * padded
                                 : data->base + (size_t)(j - k) * padded;
      const mi_v f = j < voigts ? voigt_at(v[j], x) : mi_v_load(from + i) * scales[j];
      mi_v_store(weights + (size_t)j * padded + i, f);
      total += f;
    }
    ll += w * mi_v_log_normal(total);
    const mi_v scale = w / total;
    for (int j = 0; j < all; j++) {
      double *at = weights + (size_t)j * padded + i;
      mi_v_store(at, mi_v_load(at) * scale);
    }
  }
  return mi_v_sum(ll);
}

double MI_ISA(mi_gmm_voigt_q)(const mi_gmm_data *data, const double *weights,
                              const mi_gmm_component *c) {
  const voigt v = voigt_of(c, c->eta, 1);
  mi_v q = {0}, total = {0};
  for (size_t i = 0; i < data->padded; i += MI_V) {
    const mi_v w = mi_v_load(weights + i);
    q += w * mi_v_log_normal(voigt_at(v, mi_v_load(data->x + i)) + MI_GMM_TINY);
    total += w;
  }
  return mi_v_sum(q) - mi_v_sum(total) * log(grid_sum(data, v) + MI_GMM_TINY);
}

/* s and its two derivatives, times what makes them free of units. With tau = t / sigma,
 * u = t / half and D = 1 / (1 + u^2):
 *
 *     by mu      g tau, g (tau^2 - 1)                     l 2 u D / c, l (6 D - 8 D^2) / c^2
 *     by sigma   g (tau^2 - 1), g ((tau^2 - 1)^2 - 3 tau^2 + 1)     l (1 - 2 D), l (8 D^2 - 6 D)
 *     by eta     l - g, 0                                                    c = sqrt(2 ln 2) */
INLINE mi_gmm_jet voigt_jet(voigt v, double inverse_sigma, mi_v x, mi_gmm_parameter by) {
  const mi_v tau = (x - v.mu) * inverse_sigma, square = tau * tau;
  const mi_v g = mi_v_exp(square * -0.5) * v.gauss;
  const mi_v d = 1.0 / (square * (1 / (SQRT_2LN2 * SQRT_2LN2)) + 1.0), l = d * v.lorentz;
  const mi_v bend = l * d * (6.0 - d * 8.0), rise = square - 1.0;
  if (by == MI_GMM_MU) {
    const double c2 = SQRT_2LN2 * SQRT_2LN2;
    return (mi_gmm_jet){g + l, tau * (g + l * d * (2 / c2)), g * rise + bend * (1 / c2)};
  }
  return (mi_gmm_jet){g + l, g * rise + l * (1.0 - d * 2.0),
               g * (rise * rise - square * 3.0 + 1.0) - bend};
}

/* voigt of eta = 1/2 has g / 2 and l / 2. */
INLINE mi_gmm_jet eta_jet(voigt half, double eta, double inverse_sigma, mi_v x) {
  const mi_v tau = (x - half.mu) * inverse_sigma, square = tau * tau;
  const mi_v g = mi_v_exp(square * -0.5) * (2 * half.gauss);
  const mi_v l = 2 * half.lorentz / (square * (1 / (SQRT_2LN2 * SQRT_2LN2)) + 1.0);
  return (mi_gmm_jet){g + (l - g) * eta, l - g, {0}};
}

INLINE mi_gmm_slope slope_pass(const mi_gmm_data *data, const double *weights,
                               const mi_gmm_component *c, mi_gmm_parameter by) {
  const double inverse = 1 / c->sigma, eta = c->eta;
  const voigt v = voigt_of(c, by == MI_GMM_ETA ? 0.5 : eta, 1);
  mi_gmm_slope_sums at = {.total = {0}};
  for (size_t i = 0; i < data->padded; i += MI_V) {
    const mi_v x = mi_v_load(data->x + i);
    mi_gmm_slope_add(&at, mi_v_load(weights + i), mi_v_load(data->cells + i),
                     by == MI_GMM_ETA ? eta_jet(v, eta, inverse, x)
                                      : voigt_jet(v, inverse, x, by));
  }
  return mi_gmm_slope_of(&at);
}

mi_gmm_slope MI_ISA(mi_gmm_voigt_slope)(const mi_gmm_data *data, const double *v,
                                        const mi_gmm_component *c, mi_gmm_parameter by) {
  switch (by) {
    case MI_GMM_MU: return slope_pass(data, v, c, MI_GMM_MU);
    case MI_GMM_SIGMA: return slope_pass(data, v, c, MI_GMM_SIGMA);
    default: return slope_pass(data, v, c, MI_GMM_ETA);
  }
}

void MI_ISA(mi_gmm_model)(const mi_gmm_data *data, mi_gmm_shape shape, const mi_gmm_component *c,
                          const double *scale, int k, double *model, double *scratch) {
  memset(model, 0, data->padded * sizeof *model);
  for (int j = 0; j < k; j++) {
    const voigt v = voigt_of(c + j, shape == MI_GMM_GAUSS ? 0 : c[j].eta, scale[j]);
    if (shape == MI_GMM_DONIACH) MI_ISA(mi_gmm_doniach)(data, c + j, scratch);
    for (size_t i = 0; i < data->padded; i += MI_V) {
      const mi_v f = shape == MI_GMM_DONIACH ? mi_v_load(scratch + i) * scale[j]
                                             : voigt_at(v, mi_v_load(data->x + i));
      mi_v_store(model + i, mi_v_load(model + i) + f);
    }
  }
}
