/* What the parameters of kernel models are multiplied by in energies, forces and virials: the rows
 * of their fit by least squares, see nnp.h. With dk/dg = along s + back g and v = dg/dx,
 *
 *     dk/dx = along (s . v) + back (g . v)
 *
 * for all atoms x around a centre and the strains at once: one product of the points with the
 * matrix of all v. */
#include <cblas.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/nnp/nnp.h"

typedef struct job {
  const mi_nnp *nnp;
  const mi_structure *s;
  const mi_symfun_derivatives *d;
  const double *values;
  double *energy, *forces, *virial;
  mi_isa level;
  size_t width;           /* points of all elements */
  size_t *start;          /* [elements] where those of an element begin */
  /* of the centre at hand: */
  double *input, *work;
  double *v;              /* [3 blocks + 6][inputs] */
  double *product;        /* [3 blocks + 6][points] */
} job;

static size_t points_of(const mi_nnp *nnp, int e) { return (size_t)nnp->part[e].kernel.points; }

size_t mi_nnp_kernel_points(const mi_nnp *nnp) {
  size_t n = 0;
  for (int e = 0; e < nnp->set.elements; e++) n += points_of(nnp, e);
  return n;
}

static mi_status job_alloc(job *j) {
  const mi_symfun_set *set = &j->nnp->set;
  size_t columns = 0, points = 0, work = 0;
  for (size_t i = 0; j->d->first && i < j->s->n; i++) {
    const size_t own = 3 * (j->d->first[i + 1] - j->d->first[i]) + 6;
    if (own > columns) columns = own;
  }
  j->start = MI_NEW(size_t, (size_t)set->elements);
  for (int e = 0; j->start && e < set->elements; e++) {
    const size_t own = mi_kernel_work(&j->nnp->part[e].kernel);
    j->start[e] = j->width;
    j->width += points_of(j->nnp, e);
    if (points_of(j->nnp, e) > points) points = points_of(j->nnp, e);
    if (own > work) work = own;
  }
  j->input = MI_NEW(double, mi_network_row((int)set->most));
  j->work = MI_NEW(double, work);
  j->v = MI_NEW(double, columns * set->most);
  j->product = MI_NEW(double, columns * points);
  return j->start && j->input && j->work && j->v && j->product ? MI_OK : MI_ENOMEM;
}

static void job_free(job *j) {
  free(j->start);
  free(j->input);
  free(j->work);
  free(j->v);
  free(j->product);
}

/* The columns of v: scaled derivatives by the atoms of all blocks of a centre, then by strain. */
static void fill_v(const job *j, size_t i, int e) {
  const mi_symfun_set *set = &j->nnp->set;
  const double *factor = j->nnp->part[e].factor;
  const size_t n = mi_symfun_count(set, e), first = j->d->first[i];
  const size_t blocks = j->d->first[i + 1] - first;
  memset(j->v, 0, 3 * blocks * n * sizeof *j->v);
  for (size_t b = 0; b < blocks; b++) {
    const mi_symfun_felt felt = mi_symfun_felt_by(set, e, j->d->column[first + b]);
    const double *slope = j->d->value + j->d->offset[first + b];
    for (size_t k = 0; k < felt.n; k++)
      for (size_t a = 0; a < 3; a++)
        j->v[(3 * b + a) * n + felt.function[k]] = factor[felt.function[k]] * slope[3 * k + a];
  }
  const double *strain = j->d->strain + i * set->most * 6;
  for (size_t f = 0; f < n; f++)
    for (size_t c = 0; c < 6; c++) j->v[(3 * blocks + c) * n + f] = factor[f] * strain[6 * f + c];
}

/* to -= along (s . v) + back (g . v), for all points of the element. */
static void subtract(const job *j, size_t column, size_t inputs, size_t points, double *to) {
  const size_t row = mi_kernel_row((int)points);
  const double *along = j->work + row, *back = along + row, *p = j->product + column * points;
  double own = 0;
  for (size_t f = 0; f < inputs; f++) own += j->input[f] * j->v[column * inputs + f];
  for (size_t m = 0; m < points; m++) to[m] -= along[m] * p[m] + back[m] * own;
}

static void add_centre(const job *j, size_t i) {
  const int e = j->nnp->set.slot[j->s->number[i]];
  const mi_nnp_part *part = j->nnp->part + e;
  const size_t n = mi_symfun_count(&j->nnp->set, e), points = points_of(j->nnp, e);
  mi_nnp_scale(part, n, j->values + i * j->nnp->set.most, j->input);
  MI_DISPATCH(j->level, mi_kernel_values)(&part->kernel, part->packed, j->input, j->work);
  for (size_t m = 0; m < points; m++) j->energy[j->start[e] + m] += j->work[m];
  if (!j->forces && !j->virial) return;
  const size_t first = j->d->first[i], blocks = j->d->first[i + 1] - first;
  const size_t columns = 3 * blocks + 6;
  fill_v(j, i, e);
  cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)columns, (int)points, (int)n, 1, j->v,
              (int)n, part->kernel.point, (int)n, 0, j->product, (int)points);
  for (size_t b = 0; j->forces && b < blocks; b++)
    for (size_t a = 0; a < 3; a++)
      subtract(j, 3 * b + a, n, points,
               j->forces + (3 * j->d->atom[first + b] + a) * j->width + j->start[e]);
  for (size_t c = 0; j->virial && c < 6; c++)
    subtract(j, 3 * blocks + c, n, points, j->virial + c * j->width + j->start[e]);
}

static mi_status fill(job *j, mi_control *control) {
  const mi_status status = job_alloc(j);
  if (status) return status;
  memset(j->energy, 0, j->width * sizeof *j->energy);
  if (j->virial) memset(j->virial, 0, 6 * j->width * sizeof *j->virial);
  for (size_t row = 0; j->forces && row < 3 * j->s->n; row++) {
    if (mi_cancelled(control)) return MI_ECANCEL;
    memset(j->forces + row * j->width, 0, j->width * sizeof *j->forces);
  }
  for (size_t i = 0; i < j->s->n; i++) {
    if (mi_cancelled(control)) return MI_ECANCEL;
    add_centre(j, i);
  }
  return MI_OK;
}

mi_status mi_nnp_kernel_rows(const mi_nnp *nnp, const mi_structure *s, const mi_neighbours *list,
                             double *energy, double *forces, double *virial, mi_control *control) {
  mi_symfun_derivatives d = {0};
  double *values = MI_NEW(double, s->n * nnp->set.most);
  mi_status status = MI_ENOMEM;
  if (values && !forces && !virial) status = mi_symfun_values(&nnp->set, s, list, values, control);
  else if (values) status = mi_symfun_differentiate(&nnp->set, s, list, values, &d, control);
  if (status == MI_OK) {
    job j = {.nnp = nnp, .s = s, .d = &d, .values = values, .energy = energy, .forces = forces,
             .virial = virial, .level = mi_level(control)};
    status = fill(&j, control);
    job_free(&j);
  }
  mi_symfun_derivatives_free(&d);
  free(values);
  return status;
}
