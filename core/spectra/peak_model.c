/* The model of a spectrum from free parameters: see peak_model.h. */
#include "core/spectra/peak_model.h"

#include <math.h>
#include <string.h>

#include "core/base/memory.h"

enum { AREA, POSITION, WIDTH, MIX, SKEW };

/* ---- the grid -------------------------------------------------------------------------------- */

/* Losses are at greater x of the grid: kinetic energies change their sign, falling ones their
 * order. */
static double grid_x(const mi_peaks_options *o, double x) { return o->rising ? x : -x; }

static bool is_reversed(const mi_peaks_options *o, const double *x, size_t n) {
  return grid_x(o, x[0]) > grid_x(o, x[n - 1]);
}

size_t mi_peak_place(const mi_peak_model *model, const double *x, size_t n, size_t i) {
  return is_reversed(model->options, x, n) ? n - 1 - i : i;
}

static void fill_grid(mi_peak_model *model, const double *x, size_t n) {
  mi_peak_grid *g = &model->grid;
  for (size_t i = 0; i < n; i++)
    g->x[mi_peak_place(model, x, n, i)] = grid_x(model->options, x[i]);
  for (size_t i = 0; i < g->padded; i++) {
    if (i >= n) g->x[i] = g->x[n - 1];
    const double before = i > 0 && i < n ? g->x[i] - g->x[i - 1] : 0;
    const double after = i + 1 < n ? g->x[i + 1] - g->x[i] : 0;
    g->cell[i] = 0.5 * (before + after);
  }
  g->middle = 0.5 * (g->x[0] + g->x[n - 1]);
}

mi_status mi_peak_model_begin(mi_peak_model *model, const mi_peaks_options *options,
                              const double *x, size_t n, const mi_peak_shape *shape, int k,
                              int columns, mi_control *control) {
  const size_t padded = (n + MI_PEAK_PAD - 1) / MI_PEAK_PAD * MI_PEAK_PAD;
  const size_t vectors = 5 + MI_PEAK_VALUES + (size_t)columns + 1;
  size_t total;
  memset(model, 0, sizeof *model);
  model->options = options;
  model->shape = shape;
  model->isa = mi_level(control);
  model->k = k;
  model->values = MI_PEAK_VALUES * k + MI_TERMS;
  if (!__builtin_mul_overflow(vectors, padded, &total)) model->memory = MI_NEW_ZERO(double, total);
  if (!model->memory)
    return mi_fail(control, MI_ENOMEM, "out of memory: %zu points, %d peaks", n, k);
  double *at = model->memory;
  double **const named[] = {&model->grid.x, &model->grid.cell, &model->m, &model->total,
                            &model->loss};
  for (size_t i = 0; i < sizeof named / sizeof *named; i++, at += padded) *named[i] = at;
  for (int c = 0; c < MI_PEAK_VALUES; c++, at += padded) model->scratch[c] = at;
  for (int c = 0; c < columns; c++, at += padded) model->column[c] = at;
  for (int c = columns; c < MI_COLUMNS_MOST; c++) model->column[c] = at; /* zeros */
  model->grid.n = n;
  model->grid.padded = padded;
  fill_grid(model, x, n);
  return MI_OK;
}

void mi_peak_model_end(mi_peak_model *model) { free(model->memory); }

/* ---- values and columns ---------------------------------------------------------------------- */

void mi_peak_values(const mi_peak_model *model, const double *q, double *values) {
  for (int v = 0; v < model->values; v++) {
    const int from = model->parameter[v];
    values[v] = model->offset[v] + (from >= 0 ? model->factor[v] * q[from] : 0);
  }
}

static bool is_active(int background) { return background & (MI_SHIRLEY | MI_TOUGAARD); }

static void add_losses(mi_peak_model *model, double factor, double *const *columns, int count) {
  const bool tougaard = model->options->background & MI_TOUGAARD;
  MI_DISPATCH(model->isa, mi_peak_losses)(&model->grid,
                                          tougaard ? &model->options->kernel : NULL, factor,
                                          columns, count);
}

static void add(double *to, const double *from, double factor, size_t padded) {
  for (size_t i = 0; i < padded; i++) to[i] += factor * from[i];
}

/* One peak: to the total, and its derivatives (with those of its losses) to their columns. */
static void add_peak(mi_peak_model *model, int j, const double *values, double strength) {
  static const int all[] = {AREA, POSITION, WIDTH, MIX, SKEW};
  const mi_peak_shape *shape = model->shape + j;
  const double *v = values + (ptrdiff_t)MI_PEAK_VALUES * j;
  const size_t padded = model->grid.padded;
  MI_DISPATCH(model->isa, mi_peak_columns)(&model->grid, shape, v, model->scratch);
  add(model->total, model->scratch[AREA], v[AREA], padded);
  double *used[MI_PEAK_VALUES];
  int value[MI_PEAK_VALUES], count = 0;
  for (int a = 0; a < MI_PEAK_VALUES; a++) {
    if (model->parameter[MI_PEAK_VALUES * j + all[a]] < 0) continue;
    used[count] = model->scratch[a];
    value[count++] = MI_PEAK_VALUES * j + a;
  }
  if (count > 0 && strength != 0) add_losses(model, strength, used, count);
  for (int c = 0; c < count; c++)
    add(model->column[model->parameter[value[c]]], used[c], model->factor[value[c]], padded);
}

double mi_peak_term(const mi_peak_grid *g, int term, size_t i) {
  if (term == MI_BASE) return 1;
  if (term == MI_SLOPE) return g->x[i] - g->middle;
  const double range = g->x[g->n - 1] - g->x[0];
  const double u = (g->x[i] - g->x[0]) / range * MI_RAMPS - (term - MI_RAMP);
  return fmin(1, fmax(0, u));
}

/* The strength with which the losses bridge the ends. Those of a column q are L_q, at the end of
 * most loss L_q(n), those of the peaks L: strength L has the derivative
 * strength (L_q - L L_q(n) / L(n)). */
static double bridge(mi_peak_model *model) {
  const size_t last = model->grid.n - 1;
  const double reach = model->loss[last];
  if (!(reach > 0)) return 0;
  const double strength = model->rise / reach;
  for (int c = 0; c < model->count; c++) {
    double *column = model->column[c];
    const double before = column[last];
    add_losses(model, strength, &column, 1);
    add(column, model->loss, (before - column[last]) / reach, model->grid.padded);
  }
  return strength;
}

static void add_term(mi_peak_model *model, int term, double value) {
  const mi_peak_grid *g = &model->grid;
  const int parameter = model->parameter[MI_PEAK_VALUES * model->k + term];
  const bool is_loss = term == MI_STEP || term == MI_TAIL;
  if (value == 0 && parameter < 0) return;
  for (size_t i = 0; i < g->padded; i++) {
    const double one = is_loss ? model->loss[i] : mi_peak_term(g, term, i);
    model->m[i] += value * one;
    if (parameter >= 0) model->column[parameter][i] += one;
  }
}

void mi_peak_model_at(mi_peak_model *model, const double *q) {
  double values[MI_COLUMNS_MOST];
  const size_t padded = model->grid.padded;
  mi_peak_values(model, q, values);
  double *term = values + (ptrdiff_t)MI_PEAK_VALUES * model->k;
  memset(model->total, 0, padded * sizeof *model->total);
  for (int c = 0; c < model->count; c++)
    memset(model->column[c], 0, padded * sizeof *model->column[c]);
  const int background = model->options->background;
  double *strength = term + (background & MI_TOUGAARD ? MI_TAIL : MI_STEP);
  for (int j = 0; j < model->k; j++) add_peak(model, j, values, model->held ? 0 : *strength);
  if (is_active(background)) {
    memcpy(model->loss, model->total, padded * sizeof *model->loss);
    add_losses(model, 1, &model->loss, 1);
    add(model->loss, model->total, -1, padded);
  }
  if (model->held) *strength = bridge(model);
  model->strength = *strength;
  memcpy(model->m, model->total, padded * sizeof *model->m);
  for (int t = 0; t < MI_TERMS; t++) add_term(model, t, term[t]);
}
