/* Standard errors and misfit of a fitted mixture.
 *
 * With areas A_k = W pi_k the weights w_i are independent with variance noise c_i w_i (c_i the cell
 * factor), and the fit maximises L = sum w_i log m_i - sum A_k, m_i = sum A_k f_k(x_i). With
 * g_i = grad log m_i, H = -grad grad L (the observed information) and
 * J = sum noise c_i w_i g_i g_i', the covariance is H^-1 J H^-1: noise / H for the right model, and
 * still the spread that new noise would cause for a wrong one. H comes from central differences of
 * the analytic gradient. */
#include <math.h>
#include <string.h>

#include "core/base/linalg.h"
#include "core/base/memory.h"
#include "core/gmm/fit.h"

enum { MOST = MI_GMM_VALUES * MI_GMM_MOST, SLOPES = MI_GMM_VALUES - 1 };

/* The free parameters: (A, mu, sigma, eta, skew) of the components, but for those at a bound. */
typedef struct information {
  const mi_gmm_work *work;
  int peaks, k, p;      /* k: with the components of the background, which follow the peaks */
  int index[MOST];      /* position of each free parameter in value */
  double value[MOST];   /* all parameters, the areas in place of pi */
  double *f, *slope;    /* [k] densities; [k][SLOPES] their derivatives by mu, ... */
  double *sum, *dsum;   /* [k], [k][SLOPES]: normalisers on the grid, derivatives */
  double *g;            /* [p] gradient at a point */
} information;

static mi_gmm_component component(const information *in, int j) {
  const double *c = in->value + (ptrdiff_t)MI_GMM_VALUES * j;
  return (mi_gmm_component){c[0], c[1], c[2], c[3], c[4]};
}

/* A component of the background at point i, of sum 1 over the cells. */
static double base_at(const information *in, int j, size_t i) {
  const mi_gmm_data *d = &in->work->data;
  const double cell = in->work->options.shape == MI_GMM_GAUSS ? d->spacing : 1;
  return d->base[(size_t)(j - in->peaks) * d->padded + i] * cell;
}

/* A Gaussian is a density: its normaliser is the width of a cell. */
static void normalise(information *in) {
  const mi_gmm_data *d = &in->work->data;
  const mi_gmm_shape kind = in->work->options.shape;
  for (int j = 0; j < in->peaks; j++) {
    const mi_gmm_component c = component(in, j);
    double slope[SLOPES], *dsum = in->dsum + (ptrdiff_t)SLOPES * j;
    in->sum[j] = kind == MI_GMM_GAUSS ? 1 / d->spacing : 0;
    memset(dsum, 0, SLOPES * sizeof *dsum);
    for (size_t i = 0; kind != MI_GMM_GAUSS && i < d->n; i++) {
      in->sum[j] += d->cells[i] * mi_gmm_shape_at(kind, &c, d->x[i], slope);
      for (int a = 0; a < SLOPES; a++) dsum[a] += d->cells[i] * slope[a];
    }
  }
}

/* g = gradient of log m at point i by the free parameters. */
static void gradient(information *in, size_t i) {
  const mi_gmm_shape kind = in->work->options.shape;
  double m = 0x1p-1000;
  for (int j = in->peaks; j < in->k; j++) {
    in->f[j] = base_at(in, j, i);
    m += component(in, j).pi * in->f[j];
  }
  for (int j = 0; j < in->peaks; j++) {
    const mi_gmm_component c = component(in, j);
    double *slope = in->slope + (ptrdiff_t)SLOPES * j;
    const double s = mi_gmm_shape_at(kind, &c, in->work->data.x[i], slope), z = in->sum[j];
    in->f[j] = s / z;
    for (int a = 0; a < SLOPES; a++) slope[a] = (slope[a] - s * in->dsum[SLOPES * j + a] / z) / z;
    m += c.pi * in->f[j];
  }
  for (int q = 0; q < in->p; q++) {
    const int at = in->index[q], j = at / MI_GMM_VALUES, a = at % MI_GMM_VALUES;
    in->g[q] = (a == 0 ? in->f[j] : in->value[at - a] * in->slope[SLOPES * j + a - 1]) / m;
  }
}

/* grad sum w log m: the areas' own term is constant and needs no derivative. */
static void score(information *in, double *total) {
  const mi_gmm_data *d = &in->work->data;
  normalise(in);
  memset(total, 0, (size_t)in->p * sizeof *total);
  for (size_t i = 0; i < d->n; i++) {
    if (!(d->w[i] > 0)) continue;
    gradient(in, i);
    for (int q = 0; q < in->p; q++) total[q] += d->w[i] * in->g[q];
  }
}

static double step_of(const information *in, int q) {
  const int j = in->index[q] / MI_GMM_VALUES, a = in->index[q] % MI_GMM_VALUES;
  const double *c = in->value + (ptrdiff_t)MI_GMM_VALUES * j;
  const double scale[] = {c[0], c[2], c[2], 1, 1};
  return 1e-4 * scale[a];
}

/* Row-major p x p; work: 2 p values. */
static void observed(information *in, double *h, double *up, double *down) {
  for (int q = 0; q < in->p; q++) {
    const double step = step_of(in, q), at = in->value[in->index[q]];
    in->value[in->index[q]] = at + step;
    score(in, up);
    in->value[in->index[q]] = at - step;
    score(in, down);
    in->value[in->index[q]] = at;
    for (int r = 0; r < in->p; r++) h[q * in->p + r] = (down[r] - up[r]) / (2 * step);
  }
  for (int q = 0; q < in->p; q++)
    for (int r = 0; r < q; r++)
      h[q * in->p + r] = h[r * in->p + q] = 0.5 * (h[q * in->p + r] + h[r * in->p + q]);
}

/* Variances of the weights around the model: noise c_i w_i. */
static void spread(information *in, double *j) {
  const mi_gmm_data *d = &in->work->data;
  memset(j, 0, (size_t)(in->p * in->p) * sizeof *j);
  normalise(in);
  for (size_t i = 0; i < d->n; i++) {
    const double v = in->work->options.noise * d->cells[i] * d->w[i];
    gradient(in, i);
    for (int q = 0; q < in->p; q++)
      for (int r = 0; r < in->p; r++) j[q * in->p + r] += v * in->g[q] * in->g[r];
  }
}

static void transpose(double *a, int p) {
  for (int q = 0; q < p; q++)
    for (int r = 0; r < q; r++) {
      const double keep = a[q * p + r];
      a[q * p + r] = a[r * p + q];
      a[r * p + q] = keep;
    }
}

/* j := H^-1 J H^-1; h is overwritten. MI_ENUMERIC when H is not positive definite. */
static mi_status sandwich(double *h, int p, double *j, mi_control *control) {
  mi_status status = mi_cholesky(h, p, control);
  if (status == MI_OK) status = mi_cholesky_solve(h, p, j, p, control);
  if (status != MI_OK) return status;
  transpose(j, p);
  return mi_cholesky_solve(h, p, j, p, control);
}

static void choose_free(information *in, const mi_gmm_component *c) {
  const mi_gmm_options *o = &in->work->options;
  for (int j = 0; j < in->k; j++) {
    const bool peak = j < in->peaks, alive = c[j].pi > (peak ? 0 : 1e-9);
    const bool wide = c[j].sigma > o->sigma_min * 1.0001 && c[j].sigma < o->sigma_max / 1.0001;
    const bool tailed = o->shape == MI_GMM_DONIACH && c[j].eta > 1e-4;
    const bool mixed = (tailed || (o->shape == MI_GMM_PSEUDO_VOIGT && c[j].eta > 1e-4)) &&
                       c[j].eta < 1 - 1e-4;
    const bool skewed = tailed && c[j].skew > 2e-4 && c[j].skew < MI_GMM_MOST_SKEW - 2e-4;
    const double value[] = {c[j].pi * in->work->data.total, c[j].mu, c[j].sigma, c[j].eta,
                            c[j].skew};
    const bool is_free[] = {alive, peak && alive, peak && alive && wide, peak && alive && mixed,
                            peak && alive && skewed};
    memcpy(in->value + (ptrdiff_t)MI_GMM_VALUES * j, value, sizeof value);
    for (int a = 0; a < MI_GMM_VALUES; a++)
      if (is_free[a]) in->index[in->p++] = MI_GMM_VALUES * j + a;
  }
}

/* Errors of pi from those of the areas: pi_k = A_k / sum A. */
static void errors_of_shares(const information *in, const double *cov, mi_gmm_result *result) {
  const int p = in->p;
  const double total = in->work->data.total;
  for (int a = 0; a < p; a++) {
    if (in->index[a] % MI_GMM_VALUES) continue;
    const int k = in->index[a] / MI_GMM_VALUES;
    double variance = 0;
    for (int q = 0; q < p; q++)
      for (int r = 0; r < p; r++) {
        if (in->index[q] % MI_GMM_VALUES || in->index[r] % MI_GMM_VALUES) continue;
        const double share = result->component[k].pi;
        variance += ((q == a) - share) * ((r == a) - share) * cov[q * p + r];
      }
    result->error[k].pi = sqrt(fmax(variance, 0)) / total;
  }
}

static void write_errors(const information *in, const double *cov, mi_gmm_result *result) {
  for (int q = 0; q < in->p; q++) {
    mi_gmm_component *error = result->error + in->index[q] / MI_GMM_VALUES;
    double *const member[] = {&error->pi, &error->mu, &error->sigma, &error->eta,
                              &error->skew};
    *member[in->index[q] % MI_GMM_VALUES] = sqrt(fmax(cov[q * in->p + q], 0));
  }
  errors_of_shares(in, cov, result);
}

/* Pearson's chi^2 by degrees of freedom; a variance is at least that of one count. model: room for
 * twice the points. */
static double misfit(const information *in, const mi_gmm_component *c, const double *scale,
                     double *model) {
  const mi_gmm_data *d = &in->work->data;
  const double noise = in->work->options.noise;
  double chi2 = 0;
  MI_DISPATCH(in->work->isa, mi_gmm_model)(d, in->work->options.shape, c, scale, in->peaks, model,
                                           model + d->padded);
  for (size_t i = 0; i < d->n; i++) {
    for (int j = in->peaks; j < in->k; j++) model[i] += component(in, j).pi * base_at(in, j, i);
    const double off = d->w[i] / d->cells[i] - model[i];
    chi2 += off * off / (noise * fmax(model[i], noise));
  }
  return chi2 / fmax(1, (double)d->n - in->p);
}

/* Adds a component of the background at the least and the greatest x. */
static void add_base(const information *in, int j, double *base) {
  const mi_gmm_data *d = &in->work->data;
  const size_t low = d->x[0] < d->x[d->n - 1] ? 0 : d->n - 1;
  base[0] += component(in, j).pi * base_at(in, j, low);
  base[1] += component(in, j).pi * base_at(in, j, d->n - 1 - low);
}

static void invalidate(mi_gmm_result *result) {
  for (int j = 0; j < MI_GMM_MOST; j++)
    result->error[j] = (mi_gmm_component){NAN, NAN, NAN, NAN, NAN};
}

mi_status mi_gmm_errors(const mi_gmm_work *work, const mi_gmm_component *c, mi_gmm_result *result,
                        mi_control *control) {
  information in = {.work = work, .peaks = work->options.k, .k = work->all};
  choose_free(&in, c);
  const size_t k = (size_t)in.k, p = (size_t)in.p;
  double *block = MI_NEW(double, (2 + 2 * SLOPES) * k + 3 * p + 2 * p * p + 2 * work->data.padded);
  if (!block) return mi_fail(control, MI_ENOMEM, "out of memory");
  in.f = block, in.slope = in.f + k, in.sum = in.slope + SLOPES * k, in.dsum = in.sum + k;
  in.g = in.dsum + SLOPES * k;
  double *h = in.g + 3 * p, *j = h + p * p, *model = j + p * p;

  normalise(&in);
  for (int i = 0; i < in.peaks; i++) result->scale[i] = component(&in, i).pi / in.sum[i];
  for (int i = in.peaks; i < in.k; i++) add_base(&in, i, result->base);
  result->misfit = misfit(&in, c, result->scale, model);
  invalidate(result);
  mi_status status = MI_ENUMERIC;
  if (work->options.errors) {
    observed(&in, h, in.g + p, in.g + 2 * p);
    spread(&in, j);
    status = sandwich(h, in.p, j, control);
  }
  if (status == MI_OK) write_errors(&in, j, result);
  free(block);
  return status == MI_ENUMERIC ? MI_OK : status; /* what is not known stays NaN */
}
