/* Shapes, losses and sums over the points of one spectrum, compiled per instruction set.
 *
 * A shape f(t), t = (x - mu) / w, gives the peak A f / w and its derivatives
 *
 *     by A: f / w      by mu: -A f' / w^2      by w: -A (f + t f') / w^2      by mix: A f_mix / w */
#include <math.h>

#include "core/base/vmath_inline.h"
#include "core/spectra/peak_model.h"

#define INLINE static inline __attribute__((always_inline))
#define PI 3.14159265358979323846
#define LN2 0.69314718055994530942
#define FOUR_LN2 (4 * LN2)
#define GAUSS_TOP 0.93943727869965133 /* sqrt(4 ln 2 / pi) */
#define LOG_SPAN 2.3548200450309493   /* FWHM of a Gaussian over its standard deviation */

enum { AREA, POSITION, WIDTH, MIX, SKEW };

/* f and its derivatives by t, mix and skew */
typedef struct shape {
  mi_v f, slope, mix, skew;
} shape;

INLINE void put(double *const *columns, size_t i, double area, double width, mi_v t, shape s) {
  const double once = 1 / width, twice = area / (width * width);
  mi_v_store(columns[AREA] + i, s.f * once);
  mi_v_store(columns[POSITION] + i, s.slope * -twice);
  mi_v_store(columns[WIDTH] + i, (s.f + t * s.slope) * -twice);
}

/* ---- shapes of known area -------------------------------------------------------------------- */

INLINE shape gauss_at(mi_v t) {
  const mi_v f = mi_v_exp(t * t * -FOUR_LN2) * GAUSS_TOP;
  return (shape){.f = f, .slope = f * t * (-2 * FOUR_LN2)};
}

INLINE shape lorentz_at(mi_v t) {
  const mi_v q = 1.0 / (t * t * 4.0 + 1.0), f = q * (2 / PI);
  return (shape){.f = f, .slope = f * q * t * -8.0};
}

INLINE shape mixed_at(mi_v t, double mix) {
  const shape g = gauss_at(t), l = lorentz_at(t);
  return (shape){.f = g.f + (l.f - g.f) * mix, .slope = g.slope + (l.slope - g.slope) * mix,
                 .mix = l.f - g.f};
}

static void gauss(const mi_peak_grid *g, const double *v, double *const *columns) {
  for (size_t i = 0; i < g->padded; i += MI_V) {
    const mi_v t = (mi_v_load(g->x + i) - v[POSITION]) * (1 / v[WIDTH]);
    put(columns, i, v[AREA], v[WIDTH], t, gauss_at(t));
  }
}

static void lorentz(const mi_peak_grid *g, const double *v, double *const *columns) {
  for (size_t i = 0; i < g->padded; i += MI_V) {
    const mi_v t = (mi_v_load(g->x + i) - v[POSITION]) * (1 / v[WIDTH]);
    put(columns, i, v[AREA], v[WIDTH], t, lorentz_at(t));
  }
}

static void pseudo_voigt(const mi_peak_grid *g, const double *v, double *const *columns) {
  for (size_t i = 0; i < g->padded; i += MI_V) {
    const mi_v t = (mi_v_load(g->x + i) - v[POSITION]) * (1 / v[WIDTH]);
    const shape s = mixed_at(t, v[MIX]);
    put(columns, i, v[AREA], v[WIDTH], t, s);
    mi_v_store(columns[MIX] + i, s.mix * (v[AREA] / v[WIDTH]));
  }
}

/* Faddeeva's w(z) for Im z >= 0 to 4e-14, by a polynomial of 32 terms in (L + i z) / (L - i z)
 * (J. A. C. Weideman, SIAM J. Numer. Anal. 31, 1497 (1994)). */
static const double weideman[] = {
    0x1.493f998475b46p+1,   0x1.21bb971a2c848p+1,   0x1.d35f15b8926abp+0,   0x1.5875952a2f949p+0,
    0x1.cdc92d8080502p-1,   0x1.178f24b258e95p-1,   0x1.2e89017d37515p-2,   0x1.1ff6a5dc3a456p-3,
    0x1.d5700b627a5d8p-5,   0x1.37659861309e3p-6,   0x1.2831513d8b0d2p-8,   0x1.9ba970e0e0775p-12,
    -0x1.013f37ab57362p-12, -0x1.1236489e07cfap-13, -0x1.67319d422d34ep-16, 0x1.c9c06fbe5a3b9p-18,
    0x1.2761bd4656957p-18,  0x1.c8f77353fb4c3p-22,  -0x1.c14303f86452ap-22, -0x1.3e1bc33815757p-23,
    0x1.89f12316638f0p-26,  0x1.98d6c2f9cd0f6p-26,  0x1.beaba9443034dp-31,  -0x1.b8e801e28282fp-29,
    -0x1.1f940bab05778p-31, 0x1.c8b591bec0840p-32,  0x1.005e2be9ed570p-33,  -0x1.e7acbae87ea5ep-35,
    -0x1.7afef02dbc5fap-36, 0x1.1a8bb5ca497bcp-37,  0x1.073ad8c29f984p-38,  -0x1.6ee63fc63346ap-40};
#define WEIDEMAN_L 4.756828460010884
#define ONE_OVER_ROOT_PI 0.56418958354775628695

typedef struct complex_v {
  mi_v re, im;
} complex_v;

INLINE complex_v times(complex_v a, complex_v b) {
  return (complex_v){a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
}

INLINE complex_v faddeeva(mi_v x, double y) {
  /* L - i z = (L + y) - i x */
  const mi_v below = mi_v_set(WEIDEMAN_L + y), square = 1.0 / (below * below + x * x);
  const complex_v inverse = {below * square, x * square};
  const complex_v z = times((complex_v){mi_v_set(WEIDEMAN_L - y), x}, inverse);
  complex_v p = {mi_v_set(weideman[31]), {0}};
  for (int j = 30; j >= 0; j--) {
    p = times(p, z);
    p.re += weideman[j];
  }
  p = times(p, inverse);
  p.re = p.re * 2.0 + ONE_OVER_ROOT_PI;
  p.im = p.im * 2.0;
  return times(p, inverse);
}

/* Widths of the parts for a whole width of 1, after Olivero and Longbothum (J. Quant. Spectrosc.
 * Radiat. Transf. 17, 233 (1977)): the half width is right to 0.02 %. */
#define OLIVERO 0.5346
#define OLIVERO_SQUARE 0.21659716 /* (1 - 0.5346)^2 */

static void voigt(const mi_peak_grid *g, const double *v, double *const *columns) {
  const double mix = v[MIX], rest = 1 - OLIVERO * mix;
  const double span = sqrt(fmax(rest * rest - OLIVERO_SQUARE * mix * mix, 1e-8));
  const double sd = span / LOG_SPAN;
  const double sd_slope = (-OLIVERO * rest - OLIVERO_SQUARE * mix) / span / LOG_SPAN;
  const double unit = 1 / (sd * sqrt(2)), top = unit * ONE_OVER_ROOT_PI, y = 0.5 * mix * unit;
  const double relative = sd_slope / sd;
  for (size_t i = 0; i < g->padded; i += MI_V) {
    const mi_v t = (mi_v_load(g->x + i) - v[POSITION]) * (1 / v[WIDTH]), x = t * unit;
    const complex_v w = faddeeva(x, y);
    /* w' = 2 i / sqrt(pi) - 2 z w */
    const mi_v re = (x * w.re - w.im * y) * -2.0;
    const mi_v im = (x * w.im + w.re * y) * -2.0 + 2 * ONE_OVER_ROOT_PI;
    const shape s = {.f = w.re * top, .slope = re * (unit * top),
                     .mix = (im * (-0.5 * unit) - (re * x - im * y) * relative) * top -
                            w.re * (top * relative)};
    put(columns, i, v[AREA], v[WIDTH], t, s);
    mi_v_store(columns[MIX] + i, s.mix * (v[AREA] / v[WIDTH]));
  }
}

/* ---- shapes of an area that is known on the grid only ---------------------------------------- */

INLINE double integral(const mi_peak_grid *g, const double *column) {
  mi_v sum = {0};
  for (size_t i = 0; i < g->padded; i += MI_V)
    sum += mi_v_load(column + i) * mi_v_load(g->cell + i);
  return mi_v_sum(sum);
}

/* Column 0 becomes of area 1, the others (derivatives for area 1 before) those of A times it. */
static void normalise(const mi_peak_grid *g, double area, double *const *columns, int count) {
  const double z = integral(g, columns[AREA]), inverse = z > 0 ? 1 / z : 0;
  for (size_t i = 0; i < g->padded; i += MI_V)
    mi_v_store(columns[AREA] + i, mi_v_load(columns[AREA] + i) * inverse);
  for (int c = 1; c < count; c++) {
    const double change = integral(g, columns[c]);
    for (size_t i = 0; i < g->padded; i += MI_V) {
      const mi_v d = mi_v_load(columns[c] + i) - mi_v_load(columns[AREA] + i) * change;
      mi_v_store(columns[c] + i, d * (area * inverse));
    }
  }
}

/* m of CasaXPS is the mix: a Gaussian of 1 - m times a Lorentzian of m, both of width 1 */
static void product(const mi_peak_grid *g, const double *v, double *const *columns) {
  for (size_t i = 0; i < g->padded; i += MI_V) {
    const mi_v t = (mi_v_load(g->x + i) - v[POSITION]) * (1 / v[WIDTH]), square = t * t;
    const mi_v q = 1.0 / (square * (4 * v[MIX]) + 1.0);
    const mi_v f = mi_v_exp(square * (-FOUR_LN2 * (1 - v[MIX]))) * q;
    const mi_v slope = f * t * (q * (-8 * v[MIX]) - 2 * FOUR_LN2 * (1 - v[MIX]));
    put(columns, i, 1, v[WIDTH], t, (shape){.f = f, .slope = slope});
    mi_v_store(columns[MIX] + i, f * square * (FOUR_LN2 - q * 4.0) * (1 / v[WIDTH]));
  }
  normalise(g, v[AREA], columns, MIX + 1);
}

/* S. Doniach and M. Sunjic, J. Phys. C 3, 285 (1970), with its slow tail on the loss side; w is
 * twice the half width of the Lorentzian that it is for alpha = 0. The mix is of areas. */
static void doniach(const mi_peak_grid *g, const double *v, double *const *columns) {
  const double alpha = v[SKEW], power = 1 - alpha, w = v[WIDTH];
  for (size_t i = 0; i < g->padded; i++) {
    const double t = 2 * (g->x[i] - v[POSITION]) / w, square = 1 + t * t, angle = atan(t);
    const double phase = PI * alpha / 2 - power * angle, size = pow(square, -0.5 * power);
    const double f = cos(phase) * size, sine = sin(phase) * size;
    const double slope = power * (sine - f * t) / square;
    columns[AREA][i] = f;
    columns[POSITION][i] = -2 * slope / w;
    columns[WIDTH][i] = -slope * t / w;
    columns[SKEW][i] = -sine * (PI / 2 + angle) + 0.5 * f * log(square);
  }
  double *const shaped[] = {columns[AREA], columns[POSITION], columns[WIDTH], columns[SKEW]};
  normalise(g, v[AREA], shaped, 4);
  const double mix = v[MIX], area = v[AREA];
  for (size_t i = 0; i < g->padded; i += MI_V) {
    const mi_v t = (mi_v_load(g->x + i) - v[POSITION]) * (1 / w);
    const shape s = gauss_at(t);
    const mi_v f = mi_v_load(columns[AREA] + i), top = s.f * (1 / w);
    const double slope = -(1 - mix) * area / (w * w);
    mi_v_store(columns[AREA] + i, f * mix + top * (1 - mix));
    mi_v_store(columns[POSITION] + i, mi_v_load(columns[POSITION] + i) * mix + s.slope * slope);
    mi_v_store(columns[WIDTH] + i,
               mi_v_load(columns[WIDTH] + i) * mix + (s.f + t * s.slope) * slope);
    mi_v_store(columns[SKEW] + i, mi_v_load(columns[SKEW] + i) * mix);
    mi_v_store(columns[MIX] + i, (f - top) * area);
  }
}

/* A pseudo-Voigt whose width grows towards the losses, w(t) = 2 w / (1 + exp(-a t)) with a the skew:
 * M. Schmid et al., Surf. Interface Anal. 46, 505 (2014). With s = w / w(t) it is s F(t s), F the
 * pseudo-Voigt. */
static void skewed(const mi_peak_grid *g, const double *v, double *const *columns) {
  const double a = v[SKEW];
  for (size_t i = 0; i < g->padded; i += MI_V) {
    const mi_v t = (mi_v_load(g->x + i) - v[POSITION]) * (1 / v[WIDTH]);
    const mi_v e = mi_v_exp(mi_v_min(mi_v_set(30), mi_v_max(mi_v_set(-30), t * -a))) * 0.5;
    const mi_v s = e + 0.5, by_t = e * -a, by_a = -t * e;
    const shape f = mixed_at(t * s, v[MIX]);
    put(columns, i, 1, v[WIDTH], t,
        (shape){.f = s * f.f, .slope = by_t * f.f + s * f.slope * (s + t * by_t)});
    mi_v_store(columns[MIX] + i, s * f.mix * (1 / v[WIDTH]));
    mi_v_store(columns[SKEW] + i, by_a * (f.f + s * t * f.slope) * (1 / v[WIDTH]));
  }
  normalise(g, v[AREA], columns, SKEW + 1);
}

/* A Lorentzian to a power of its own on either side of its centre. */
INLINE shape powers_at(mi_v t, double loss, double other) {
  const mi_v power = mi_v_select((mi_vi)(t > 0.0), mi_v_set(loss), mi_v_set(other));
  const mi_v square = t * t * 4.0 + 1.0, f = mi_v_exp(-power * mi_v_log_normal(square));
  return (shape){.f = f, .slope = f * power * t * -8.0 / square};
}

enum { NODES = 48 }; /* of the Gaussian that a shape is convolved with, over 3.5 sd to each side */

static void asymmetric(const mi_peak_grid *g, const mi_peak_shape *s, const double *v,
                       double *const *columns) {
  const double step = fabs(g->x[g->n - 1] - g->x[0]) / (double)(g->n - 1);
  const double reach = 3.5 * s->constant[2] * step / LOG_SPAN / v[WIDTH];
  const int nodes = s->constant[2] > 0 ? NODES : 0;
  double weight[NODES + 1];
  for (int q = 0; q <= nodes; q++) {
    const double u = nodes > 0 ? 3.5 * (2.0 * q / nodes - 1) : 0;
    weight[q] = exp(-0.5 * u * u);
  }
  for (size_t i = 0; i < g->padded; i += MI_V) {
    const mi_v t = (mi_v_load(g->x + i) - v[POSITION]) * (1 / v[WIDTH]);
    mi_v f = {0}, slope = {0}, stretch = {0};
    for (int q = 0; q <= nodes; q++) {
      const mi_v at = t - (nodes > 0 ? reach * (2.0 * q / nodes - 1) : 0);
      const shape one = powers_at(at, s->constant[0], s->constant[1]);
      f += one.f * weight[q];
      slope += one.slope * weight[q];
      stretch += one.slope * at * weight[q]; /* the Gaussian's width does not grow with w */
    }
    mi_v_store(columns[AREA] + i, f);
    mi_v_store(columns[POSITION] + i, slope * (-1 / v[WIDTH]));
    mi_v_store(columns[WIDTH] + i, stretch * (-1 / v[WIDTH]));
  }
  normalise(g, v[AREA], columns, WIDTH + 1);
}

/* Linear between the points of the curve, 0 beyond them. */
static void curve(const mi_peak_grid *g, const mi_peak_shape *s, const double *v,
                  double *const *columns) {
  size_t at = 0;
  for (size_t i = 0; i < g->padded; i++) {
    const double u = g->x[i] - v[POSITION];
    const bool inside = u >= s->curve_x[0] && u <= s->curve_x[s->curve_n - 1];
    if (u < s->curve_x[at]) at = 0; /* the padding repeats the last point */
    while (inside && at + 2 < s->curve_n && s->curve_x[at + 1] < u) at++;
    const double slope =
        (s->curve_y[at + 1] - s->curve_y[at]) / (s->curve_x[at + 1] - s->curve_x[at]);
    columns[AREA][i] = inside ? s->curve_y[at] + slope * (u - s->curve_x[at]) : 0;
    columns[POSITION][i] = inside ? -slope : 0;
    columns[WIDTH][i] = 0;
  }
  normalise(g, v[AREA], columns, POSITION + 1);
}

void MI_ISA(mi_peak_columns)(const mi_peak_grid *grid, const mi_peak_shape *s, const double *v,
                             double *const *columns) {
  switch (s->kind) {
    case MI_PSEUDO_VOIGT: pseudo_voigt(grid, v, columns); break;
    case MI_GAUSS: gauss(grid, v, columns); break;
    case MI_LORENTZ: lorentz(grid, v, columns); break;
    case MI_VOIGT: voigt(grid, v, columns); break;
    case MI_DONIACH: doniach(grid, v, columns); break;
    case MI_SKEWED: skewed(grid, v, columns); break;
    case MI_GL: product(grid, v, columns); break;
    case MI_LA: asymmetric(grid, s, v, columns); break;
    case MI_CURVE: curve(grid, s, v, columns); break;
  }
}

/* ---- losses ---------------------------------------------------------------------------------- */

INLINE void running_integrals(const mi_peak_grid *g, double factor, double *const *columns,
                              const int count) {
  double sum[MI_PEAK_VALUES] = {0}, before[MI_PEAK_VALUES];
  for (int c = 0; c < count; c++) before[c] = columns[c][0];
  for (size_t i = 1; i < g->n; i++) {
    const double half = 0.5 * (g->x[i] - g->x[i - 1]) * factor;
    for (int c = 0; c < count; c++) {
      const double value = columns[c][i];
      sum[c] += half * (before[c] + value);
      before[c] = value;
      columns[c][i] = value + sum[c];
    }
  }
}

/* K(t) of peaks.h */
INLINE mi_v loss_probability(const mi_loss_kernel *k, mi_v t) {
  const mi_v square = t * t, a = k->c - square;
  const mi_v value = t / (a * a + square * k->d);
  return mi_v_select((mi_vi)(t > k->t0), value, mi_v_set(0));
}

/* From the last point to the first: what lies before is not changed yet. The lanes at and after
 * point i have t <= 0 and so no weight. */
static void spread(const mi_peak_grid *g, const mi_loss_kernel *kernel, double factor,
                   double *const *columns, int count) {
  for (size_t i = g->n; i-- > 0;) {
    mi_v sum[MI_PEAK_VALUES] = {{0}};
    for (size_t j = 0; j <= i; j += MI_V) {
      const mi_v t = g->x[i] - mi_v_load(g->x + j);
      const mi_v weight = loss_probability(kernel, t) * mi_v_load(g->cell + j);
      for (int c = 0; c < count; c++) sum[c] += weight * mi_v_load(columns[c] + j);
    }
    for (int c = 0; c < count; c++) columns[c][i] += factor * mi_v_sum(sum[c]);
  }
}

void MI_ISA(mi_peak_losses)(const mi_peak_grid *grid, const mi_loss_kernel *kernel, double factor,
                            double *const *columns, int count) {
  if (kernel) {
    spread(grid, kernel, factor, columns, count);
    return;
  }
  switch (count) {
    case 1: running_integrals(grid, factor, columns, 1); break;
    case 3: running_integrals(grid, factor, columns, 3); break;
    case 4: running_integrals(grid, factor, columns, 4); break;
    default: running_integrals(grid, factor, columns, count); break;
  }
}

/* ---- deviance and sums ----------------------------------------------------------------------- */

#define FLOOR 1e-6 /* of a model intensity, in units of noise */

/* u + (1 - u) log(1 - u) = u^2 / 2 + u^3 / 6 + ... + u^j / (j (j - 1)), to 1e-16 for |u| < 0.03 */
INLINE mi_v near_zero(mi_v u) {
  mi_v p = mi_v_set(1.0 / 110);
  for (int j = 10; j >= 2; j--) p = p * u + 1.0 / (j * (j - 1));
  return p * u * u;
}

INLINE mi_v half_deviance(mi_v y, mi_v m) {
  const mi_v u = (m - y) / m, rest = y / m;
  const mi_v log_rest = mi_v_log_normal(mi_v_max(mi_v_set(DBL_MIN), rest));
  const mi_v far = u + rest * log_rest;
  return m * mi_v_select((mi_vi)(mi_v_abs(u) < 0.03), near_zero(u), far);
}

double MI_ISA(mi_peak_deviance)(const double *y, const double *m, size_t n, size_t padded,
                                double noise, double *weight, double *residual) {
  const mi_v floor = mi_v_set(FLOOR * noise);
  mi_v sum = {0};
  for (size_t i = 0; i < padded; i += MI_V) {
    const mi_v mi = mi_v_load(m + i), yi = mi_v_load(y + i), held = mi_v_max(floor, mi);
    mi_vi live = (mi_vi)(mi >= floor);
    mi_v d = half_deviance(yi, held);
    for (size_t lane = n > i ? n - i : 0; lane < MI_V; lane++) {
      live[lane] = 0;
      d[lane] = 0;
    }
    sum += d;
    mi_v w = held * noise;
    for (int lane = 0; lane < MI_V; lane++) w[lane] = sqrt(w[lane]);
    w = mi_v_select(live, 1.0 / w, mi_v_set(0));
    mi_v_store(weight + i, w);
    mi_v_store(residual + i, (yi - held) * w);
  }
  return mi_v_sum(sum) / noise;
}

/* 4 x 4 columns at once: 16 sums stay in registers. */
INLINE void block(double *const *columns, int a, int b, int count, int most, size_t padded,
                  double *normal) {
  mi_v sum[4][4] = {{{0}}};
  for (size_t i = 0; i < padded; i += MI_V) {
    mi_v right[4];
    for (int q = 0; q < 4; q++) right[q] = mi_v_load(columns[b + q] + i);
    for (int p = 0; p < 4; p++) {
      const mi_v left = mi_v_load(columns[a + p] + i);
      for (int q = 0; q < 4; q++) sum[p][q] += left * right[q];
    }
  }
  for (int p = 0; p < 4 && a + p < count; p++)
    for (int q = 0; q < 4 && b + q <= a + p; q++)
      normal[(a + p) * most + b + q] = mi_v_sum(sum[p][q]);
}

INLINE double dot(const double *a, const double *b, size_t padded) {
  mi_v sum = {0};
  for (size_t i = 0; i < padded; i += MI_V) sum += mi_v_load(a + i) * mi_v_load(b + i);
  return mi_v_sum(sum);
}

void MI_ISA(mi_peak_normal)(double *const *columns, int count, int most, size_t padded,
                            const double *weight, const double *residual, double *normal,
                            double *gradient) {
  for (int c = 0; c < count; c++) {
    for (size_t i = 0; i < padded; i += MI_V)
      mi_v_store(columns[c] + i, mi_v_load(columns[c] + i) * mi_v_load(weight + i));
    gradient[c] = dot(columns[c], residual, padded);
  }
  for (int a = 0; a < count; a += 4)
    for (int b = 0; b <= a; b += 4) block(columns, a, b, count, most, padded, normal);
}
