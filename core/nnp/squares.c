/* The sum of squares of a training set, its gradient and Gauss-Newton matrix, see training.h. */
#include <cblas.h>
#include <math.h>
#include <string.h>

#include "core/base/linalg.h"
#include "core/base/memory.h"
#include "core/base/rng.h"
#include "core/nnp/products.h"
#include "core/nnp/wave.h"

typedef struct collector {
  const mi_squares *factor;
  size_t n;                 /* parameters */
  double *matrix, *gradient;
  double sum;
  float *panel;             /* rows that wait for their products [panels x MI_BATCH x MI_PANEL] */
  size_t panels, waiting;
  struct part {             /* of each structure of the wave */
    double *rows;           /* Jacobian [count x n] */
    size_t room, count;
    double *gradient, *row; /* [n] */
    double *pull;           /* weighted missing forces [atoms x 3] */
    size_t atoms;
    double sum;
  } part[MI_WAVE];
  int threads;
  mi_isa isa;
} collector;

/* ---- one structure --------------------------------------------------------------------------- */

static bool part_room(collector *c, struct part *part, size_t atoms) {
  if (!part->gradient && c->gradient) {
    part->gradient = MI_NEW(double, c->n);
    part->row = MI_NEW(double, c->n);
    if (!part->gradient || !part->row) return false;
  }
  if (atoms <= part->atoms) return true;
  free(part->pull);
  part->pull = MI_NEW(double, 3 * atoms);
  part->atoms = part->pull ? atoms : 0;
  return part->pull != NULL;
}

static bool rows_room(const collector *c, struct part *part, size_t rows) {
  if (rows <= part->room) return true;
  free(part->rows);
  part->rows = MI_NEW(double, rows * c->n);
  part->room = part->rows ? rows : 0;
  return part->rows != NULL;
}

static void part_free(struct part *part) {
  free(part->rows);
  free(part->gradient);
  free(part->row);
  free(part->pull);
}

/* Off-diagonal components of a virial stand for two elements of the symmetric matrix. */
static double times_there(int c) { return c < 3 ? 1 : 2; }

typedef struct residual {
  double weight[3];  /* squared factors of energy, force and virial; 0: no such label */
  double energy;     /* times its weight, like the next */
  double virial[6];
} residual;

static residual weights_of(const mi_squares *f, const mi_sample *s) {
  const double n = (double)s->s.n;
  return (residual){.weight = {s->has_energy ? s->weight * f->energy * f->energy / (n * n) : 0,
                               s->forces ? s->weight * f->force * f->force : 0,
                               s->has_virial ? s->weight * f->virial * f->virial / (n * n) : 0}};
}

/* What is missing, into r and part->pull; and the sum of squares. */
static void find_missing(const mi_sample *s, mi_pass *pass, struct part *part, residual *r) {
  double missing = s->energy - mi_pass_energy(pass), virial[6];
  r->energy = r->weight[0] * missing;
  part->sum = r->energy * missing;
  for (size_t a = 0; r->weight[1] > 0 && a < s->s.n; a++) {
    double force[3];
    mi_pass_force(pass, a, force);
    for (size_t x = 0; x < 3; x++) {
      missing = s->forces[3 * a + x] - force[x];
      part->pull[3 * a + x] = r->weight[1] * missing;
      part->sum += r->weight[1] * missing * missing;
    }
  }
  if (r->weight[2] > 0) mi_pass_virial(pass, virial);
  for (int x = 0; r->weight[2] > 0 && x < 6; x++) {
    missing = s->virial[x] - virial[x];
    r->virial[x] = r->weight[2] * times_there(x) * missing;
    part->sum += r->virial[x] * missing;
  }
}

static mi_status find_gradient(const collector *c, mi_pass *pass, struct part *part,
                               const residual *r) {
  const mi_status status =
      mi_pass_sum_gradient(pass, r->weight[1] > 0 ? part->pull : NULL,
                           r->weight[2] > 0 ? r->virial : NULL, part->gradient);
  mi_pass_energy_gradient(pass, part->row);
  cblas_daxpy((int)c->n, r->energy, part->row, 1, part->gradient, 1);
  return status;
}

static double *next_rows(const collector *c, const struct part *part) {
  return part->rows + part->count * c->n;
}

static void keep_rows(const collector *c, struct part *part, double factor, size_t count) {
  cblas_dscal((int)(count * c->n), factor, next_rows(c, part), 1);
  part->count += count;
}

static mi_status find_rows(const collector *c, size_t i, const mi_sample *s, mi_pass *pass,
                           struct part *part, const residual *r) {
  const double share = c->factor->share;
  mi_rng rng = mi_rng_stream(c->factor->draw, mi_rng_stage("nnp.squares"), i);
  mi_status status = MI_OK;
  if (!rows_room(c, part, 3 * s->s.n + 7)) return MI_ENOMEM;
  if (r->weight[0] > 0) {
    mi_pass_energy_gradient(pass, next_rows(c, part));
    keep_rows(c, part, sqrt(r->weight[0]), 1);
  }
  for (size_t a = 0; r->weight[1] > 0 && a < s->s.n && status == MI_OK; a++) {
    if (share < 1 && mi_rng_uniform(&rng) >= share) continue;
    status = mi_pass_force_gradient(pass, a, next_rows(c, part));
    keep_rows(c, part, sqrt(r->weight[1] / share), 3);
  }
  if (r->weight[2] == 0 || status != MI_OK) return status;
  status = mi_pass_virial_gradient(pass, next_rows(c, part));
  keep_rows(c, part, sqrt(r->weight[2]), 3);
  keep_rows(c, part, sqrt(2 * r->weight[2]), 3);
  return status;
}

static mi_status add_rows(void *context, size_t i, const mi_sample *s, mi_pass *pass,
                          const mi_described *d) {
  collector *c = context;
  struct part *part = c->part + i % MI_WAVE;
  residual r = weights_of(c->factor, s);
  (void)d;
  part->count = 0;
  if (!part_room(c, part, s->s.n)) return MI_ENOMEM;
  find_missing(s, pass, part, &r);
  mi_status status = c->gradient ? find_gradient(c, pass, part, &r) : MI_OK;
  if (status == MI_OK && c->matrix) status = find_rows(c, i, s, pass, part, &r);
  return status;
}

/* ---- their sum ------------------------------------------------------------------------------- */

/* matrix += the products of the rows that wait, its lower triangle in blocks of panels. */
static void add_products(collector *c) {
  const size_t panels = c->panels, n = c->n, count = c->waiting;
#pragma omp parallel for num_threads(c->threads) schedule(dynamic, 1)
  for (size_t i = 0; i < panels; i++) {
    for (size_t j = 0; j <= i; j++) {
      const size_t row = i * MI_PANEL, column = j * MI_PANEL;
      MI_DISPATCH(c->isa, mi_panel_products)
      (count, c->panel + row * MI_BATCH, c->panel + column * MI_BATCH,
       n - row < MI_PANEL ? n - row : MI_PANEL, n - column < MI_PANEL ? n - column : MI_PANEL,
       c->matrix + row * n + column, n);
    }
  }
  c->waiting = 0;
}

static void add_rows_of(collector *c, const struct part *part) {
  for (size_t k = 0; k < part->count; k++) {
    const double *row = part->rows + k * c->n;
    for (size_t i = 0; i < c->n; i++)
      c->panel[(i / MI_PANEL * MI_BATCH + c->waiting) * MI_PANEL + i % MI_PANEL] = (float)row[i];
    if (++c->waiting == MI_BATCH) add_products(c);
  }
}

static mi_status collect(void *context, size_t i, const mi_sample *s, mi_pass *pass,
                         const mi_described *d) {
  collector *c = context;
  const struct part *part = c->part + i % MI_WAVE;
  (void)s;
  (void)pass;
  (void)d;
  c->sum += part->sum;
  if (c->gradient) cblas_daxpy((int)c->n, 1, part->gradient, 1, c->gradient, 1);
  if (c->matrix) add_rows_of(c, part);
  return MI_OK;
}

mi_status mi_training_squares(mi_training *t, const mi_subset *subset, const mi_squares *factors,
                              double *matrix, double *gradient, double *sum, mi_control *control) {
  collector c = {.factor = factors, .n = mi_training_parameters(t), .matrix = matrix,
                 .gradient = gradient, .threads = mi_threads(control), .isa = mi_level(control)};
  c.panels = (c.n + MI_PANEL - 1) / MI_PANEL;
  if (matrix && !(c.panel = MI_NEW_ZERO(float, c.panels * MI_PANEL * MI_BATCH)))
    return mi_fail(control, MI_ENOMEM, "out of memory");
  if (matrix) memset(matrix, 0, c.n * c.n * sizeof *matrix);
  if (gradient) memset(gradient, 0, c.n * sizeof *gradient);
  mi_status status = mi_waves(t, subset, add_rows, collect, &c, "training", control);
  if (matrix && status == MI_OK) add_products(&c);
  for (int k = 0; k < MI_WAVE; k++) part_free(c.part + k);
  free(c.panel);
  *sum = c.sum;
  if (status == MI_OK && !isfinite(c.sum))
    status = mi_fail(control, MI_ENUMERIC, "the sum of squares is not finite");
  return status;
}

mi_status mi_training_step(size_t n, const double *matrix, const double *gradient, double lambda,
                           double prior, double *work, double *step, mi_control *control) {
  for (size_t i = 0; i < n; i++) {
    memcpy(work + i * n, matrix + i * n, (i + 1) * sizeof *work);
    work[i * n + i] += lambda * matrix[i * n + i] + prior;
  }
  memcpy(step, gradient, n * sizeof *step);
  const mi_status status = mi_cholesky(work, (int64_t)n, control);
  return status == MI_OK ? mi_cholesky_solve(work, (int64_t)n, step, 1, control) : status;
}
