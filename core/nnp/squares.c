/* The sum of squares of a training set, its gradient and Gauss-Newton matrix, see training.h. */
#include <cblas.h>
#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/nnp/wave.h"

enum { TILE = 192 };

typedef struct collector {
  const mi_squares *factor;
  size_t n;                 /* parameters */
  double *matrix, *gradient;
  double sum;
  double *rows[MI_WAVE];    /* Jacobian of each structure of the wave [count x n] */
  double *rest[MI_WAVE];    /* weighted residuals [count] */
  size_t room[MI_WAVE], count[MI_WAVE];
  int threads;
} collector;

static bool make_room(collector *c, size_t k, size_t rows) {
  if (rows <= c->room[k]) return true;
  free(c->rows[k]);
  free(c->rest[k]);
  c->rows[k] = c->matrix ? MI_NEW(double, rows * c->n) : NULL;
  c->rest[k] = MI_NEW(double, rows);
  c->room[k] = rows;
  return c->rest[k] && (c->rows[k] || !c->matrix);
}

/* Scales `count` rows made last by factor and stores their residuals. */
static void take(collector *c, size_t k, double factor, const double *missing, size_t count) {
  for (size_t i = 0; i < count; i++) c->rest[k][c->count[k] + i] = factor * missing[i];
  if (c->matrix)
    cblas_dscal((int)(count * c->n), factor, c->rows[k] + c->count[k] * c->n, 1);
  c->count[k] += count;
}

static double *next_rows(const collector *c, size_t k) {
  return c->matrix ? c->rows[k] + c->count[k] * c->n : NULL;
}

static void add_energy(collector *c, size_t k, const mi_sample *s, mi_pass *pass) {
  const double missing = s->energy - mi_pass_energy(pass);
  if (c->matrix) mi_pass_energy_gradient(pass, next_rows(c, k));
  take(c, k, sqrt(s->weight) * c->factor->energy / (double)s->s.n, &missing, 1);
}

static mi_status add_force(collector *c, size_t k, const mi_sample *s, mi_pass *pass, size_t atom) {
  double force[3];
  mi_pass_force(pass, atom, force);
  for (int x = 0; x < 3; x++) force[x] = s->forces[3 * atom + (size_t)x] - force[x];
  if (c->matrix) {
    const mi_status status = mi_pass_force_gradient(pass, atom, next_rows(c, k));
    if (status != MI_OK) return status;
  }
  take(c, k, sqrt(s->weight) * c->factor->force, force, 3);
  return MI_OK;
}

/* Off-diagonal components stand for two elements of the symmetric matrix. */
static mi_status add_virial(collector *c, size_t k, const mi_sample *s, mi_pass *pass) {
  double virial[6];
  mi_pass_virial(pass, virial);
  if (c->matrix) {
    const mi_status status = mi_pass_virial_gradient(pass, next_rows(c, k));
    if (status != MI_OK) return status;
  }
  const double factor = sqrt(s->weight) * c->factor->virial / (double)s->s.n;
  for (int x = 0; x < 6; x++) {
    const double missing = s->virial[x] - virial[x];
    take(c, k, x < 3 ? factor : M_SQRT2 * factor, &missing, 1);
  }
  return MI_OK;
}

static mi_status add_rows(void *context, size_t i, const mi_sample *s, mi_pass *pass,
                          const mi_described *d) {
  collector *c = context;
  const size_t k = i % MI_WAVE;
  mi_status status = MI_OK;
  (void)d;
  c->count[k] = 0;
  if (!make_room(c, k, 3 * s->s.n + 7)) return MI_ENOMEM;
  if (s->has_energy && c->factor->energy > 0) add_energy(c, k, s, pass);
  for (size_t a = 0; s->forces && c->factor->force > 0 && a < s->s.n && status == MI_OK; a++)
    status = add_force(c, k, s, pass, a);
  if (s->has_virial && c->factor->virial > 0 && status == MI_OK)
    status = add_virial(c, k, s, pass);
  return status;
}

/* matrix += rows' rows, by tiles of the lower triangle. */
static void add_products(collector *c, const double *rows, size_t count) {
  const int tiles = (int)((c->n + TILE - 1) / TILE), n = (int)c->n;
#pragma omp parallel for num_threads(c->threads) schedule(dynamic, 1)
  for (int t = 0; t < tiles * tiles; t++) {
    const int i = t / tiles * TILE, j = t % tiles * TILE;
    if (j > i) continue;
    const int high = n - i < TILE ? n - i : TILE, wide = n - j < TILE ? n - j : TILE;
    cblas_dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, high, wide, (int)count, 1, rows + i, n,
                rows + j, n, 1, c->matrix + (size_t)i * c->n + j, n);
  }
}

static mi_status collect(void *context, size_t i, const mi_sample *s, mi_pass *pass,
                         const mi_described *d) {
  collector *c = context;
  const size_t k = i % MI_WAVE;
  (void)s;
  (void)pass;
  (void)d;
  for (size_t r = 0; r < c->count[k]; r++) c->sum += c->rest[k][r] * c->rest[k][r];
  if (!c->matrix || c->count[k] == 0) return MI_OK;
  cblas_dgemv(CblasRowMajor, CblasTrans, (int)c->count[k], (int)c->n, 1, c->rows[k], (int)c->n,
              c->rest[k], 1, 1, c->gradient, 1);
  add_products(c, c->rows[k], c->count[k]);
  return MI_OK;
}

static void mirror(double *matrix, size_t n) {
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < i; j++) matrix[j * n + i] = matrix[i * n + j];
}

mi_status mi_training_squares(mi_training *t, const mi_subset *subset, const mi_squares *factors,
                              double *matrix, double *gradient, double *sum, mi_control *control) {
  collector c = {.factor = factors, .n = mi_training_parameters(t), .matrix = matrix,
                 .gradient = gradient, .threads = mi_threads(control)};
  if (matrix) {
    memset(matrix, 0, c.n * c.n * sizeof *matrix);
    memset(gradient, 0, c.n * sizeof *gradient);
  }
  mi_status status = mi_waves(t, subset, add_rows, collect, &c, "training", control);
  for (int k = 0; k < MI_WAVE; k++) {
    free(c.rows[k]);
    free(c.rest[k]);
  }
  if (matrix) mirror(matrix, c.n);
  *sum = c.sum;
  if (status == MI_OK && !isfinite(c.sum))
    status = mi_fail(control, MI_ENUMERIC, "the sum of squares is not finite");
  return status;
}
