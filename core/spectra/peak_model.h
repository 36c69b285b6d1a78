/* The model of peaks.h on a grid of points, with its derivatives: one column a value.
 *
 * Points stand in the order of rising loss and are padded to a multiple of MI_PEAK_PAD; what the
 * padding holds is finite and weighs nothing. */
#ifndef MI_SPECTRA_PEAK_MODEL_H
#define MI_SPECTRA_PEAK_MODEL_H

#include "core/spectra/peaks.h"

enum { MI_PEAK_PAD = 8, MI_COLUMNS_MOST = MI_PEAK_VALUES * MI_PEAKS_MOST + MI_TERMS };

typedef struct mi_peak_grid {
  size_t n, padded;
  double *x;    /* binding energy, or minus kinetic energy */
  double *cell; /* half the distance to the points before and after: trapezoids; 0 in padding */
  double middle;
} mi_peak_grid;

/* A peak and its derivatives by its five values at all points; column 0 is its shape, of area 1.
 * Those by values that the shape lacks are not written. */
MI_DECLARE(void, mi_peak_columns, (const mi_peak_grid *grid, const mi_peak_shape *shape,
                                   const double *values, double *const *columns));

/* column += factor * (losses of column), for all of them at once; in place. */
MI_DECLARE(void, mi_peak_losses, (const mi_peak_grid *grid, const mi_loss_kernel *kernel,
                                  double factor, double *const *columns, int count));

/* Half the deviance of y from m. weight gets sqrt(1 / (m noise)), residual (y - m) times that: both
 * 0 where m is too small to be believed. */
MI_DECLARE(double, mi_peak_deviance, (const double *y, const double *m, size_t n, size_t padded,
                                      double noise, double *weight, double *residual));

/* The columns times weight, in place; then normal[a * most + b] = column a . column b for b <= a,
 * and gradient[a] = column a . residual. */
MI_DECLARE(void, mi_peak_normal, (double *const *columns, int count, int most, size_t padded,
                                  const double *weight, const double *residual, double *normal,
                                  double *gradient));

/* What the fit moves: values of peaks (five each, then the terms) and the free parameters. */
typedef struct mi_peak_model {
  const mi_peaks_options *options;
  const mi_peak_shape *shape;
  mi_isa isa;
  int k, values, count;           /* values = 5 k + MI_TERMS; count: free parameters */
  mi_peak_grid grid;
  int parameter[MI_COLUMNS_MOST]; /* of a value, -1: fixed */
  double factor[MI_COLUMNS_MOST], offset[MI_COLUMNS_MOST];
  bool held;       /* the losses bridge `rise` between the ends; all columns are then of peaks */
  double rise;
  double strength; /* of the losses, where the model was last evaluated */
  double *memory;
  double *m, *total, *loss, *scratch[MI_PEAK_VALUES], *column[MI_COLUMNS_MOST];
} mi_peak_model;

/* A grid of the points, with room for what the model needs; parameter, factor and offset are still
 * to be set. mi_peak_model_end frees it. */
mi_status mi_peak_model_begin(mi_peak_model *model, const mi_peaks_options *options,
                              const double *x, size_t n, const mi_peak_shape *shape, int k,
                              int columns, mi_control *control);
void mi_peak_model_end(mi_peak_model *model);

/* The place of point i of the data in the grid. */
size_t mi_peak_place(const mi_peak_model *model, const double *x, size_t n, size_t i);

/* All values from the free parameters. */
void mi_peak_values(const mi_peak_model *model, const double *q, double *values);

/* model->m and its derivatives by the free parameters in model->column. */
void mi_peak_model_at(mi_peak_model *model, const double *q);

/* Term t of the background (MI_BASE, ...) at all points, except the active ones. */
double mi_peak_term(const mi_peak_grid *grid, int term, size_t i);

#endif
