/* Energies, forces and their derivatives by the parameters, see gradient.h. */
#include "core/nnp/gradient.h"

#include <cblas.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/nnp/rows.h"

/* One layer of one element: a row an atom. Layer 0 are the inputs: only y. */
typedef struct layer {
  double *y, *first, *second; /* f(z), f', f'' by the sums z of the nodes */
  double *down;               /* dE/dz */
  double *up;                 /* dE/dy */
} layer;

/* The atoms of one element. */
typedef struct group {
  size_t rows, room;
  layer layer[MI_NETWORK_LAYERS + 1];
} group;

/* Matrices of the directional pass: for each layer the rows [y; y'] and [B; A]. */
typedef struct direction {
  size_t room;                /* rows they have room for */
  double *along;              /* y' of all parts [parts x rows x width] */
  double *sum[MI_NETWORK_LAYERS + 1]; /* z' [parts x rows x width] */
  double *left, *right;       /* [2 rows x width] */
  double *back;               /* B [rows x width] */
  size_t *row;                /* which row of the group */
} direction;

struct mi_pass {
  const mi_model *model;
  const mi_sample *sample;
  const mi_described *d;
  mi_isa isa;
  group *group;               /* [elements] */
  size_t *row, atoms;         /* [atoms] row of each atom in its group */
  direction way;
  size_t widest;
};

/* ---- memory ---------------------------------------------------------------------------------- */

static void layer_free(layer *l) {
  free(l->y);
  free(l->first);
  free(l->second);
  free(l->down);
  free(l->up);
  *l = (layer){0};
}

static bool layer_room(layer *l, size_t count) {
  layer_free(l);
  const size_t n = (count + 7) / 8 * 8;
  l->y = MI_NEW_ZERO(double, n);
  l->first = MI_NEW(double, n);
  l->second = MI_NEW(double, n);
  l->down = MI_NEW_ZERO(double, n);
  l->up = MI_NEW(double, n);
  return l->y && l->first && l->second && l->down && l->up;
}

static bool group_room(group *g, const mi_network *network, size_t rows) {
  if (rows <= g->room) return true;
  g->room = 0;
  for (int l = 0; l <= network->layers; l++)
    if (!layer_room(g->layer + l, rows * (size_t)network->width[l])) return false;
  g->room = rows;
  return true;
}

static void direction_free(direction *w) {
  free(w->along);
  for (int l = 0; l <= MI_NETWORK_LAYERS; l++) free(w->sum[l]);
  free(w->left);
  free(w->right);
  free(w->back);
  free(w->row);
  *w = (direction){0};
}

/* Room for 6 directions of `rows` centres. */
static bool direction_room(direction *w, size_t rows, size_t widest) {
  if (rows <= w->room) return true;
  direction_free(w);
  bool fine = true;
  w->along = MI_NEW(double, 6 * rows * widest);
  for (int l = 0; l <= MI_NETWORK_LAYERS; l++)
    fine &= (w->sum[l] = MI_NEW(double, 6 * rows * widest)) != NULL;
  w->left = MI_NEW(double, 2 * rows * widest);
  w->right = MI_NEW(double, 2 * rows * widest);
  w->back = MI_NEW(double, rows * widest);
  w->row = MI_NEW(size_t, rows);
  if (!fine || !w->along || !w->left || !w->right || !w->back || !w->row) return false;
  w->room = rows;
  return true;
}

mi_status mi_pass_new(mi_pass **pass, const mi_model *model, mi_control *control) {
  mi_pass *p = *pass = MI_NEW_ZERO(mi_pass, 1);
  if (!p) return mi_fail(control, MI_ENOMEM, "out of memory");
  p->model = model;
  p->isa = mi_level(control);
  p->group = MI_NEW_ZERO(group, (size_t)model->set.elements);
  for (int e = 0; e < model->set.elements; e++)
    for (int l = 0; l <= model->network[e].layers; l++)
      if ((size_t)model->network[e].width[l] > p->widest)
        p->widest = (size_t)model->network[e].width[l];
  if (p->group) return MI_OK;
  mi_pass_free(p);
  *pass = NULL;
  return mi_fail(control, MI_ENOMEM, "out of memory");
}

void mi_pass_free(mi_pass *p) {
  if (!p) return;
  for (int e = 0; p->group && e < p->model->set.elements; e++)
    for (int l = 0; l <= MI_NETWORK_LAYERS; l++) layer_free(p->group[e].layer + l);
  free(p->group);
  free(p->row);
  direction_free(&p->way);
  free(p);
}

/* ---- the networks of all atoms --------------------------------------------------------------- */

static const double *weights_of(const mi_network *n, int l) {
  return n->parameter + mi_network_layer(n, l - 1);
}

static double factor_of(const mi_network *n, int l) {
  return n->fan_in ? 1.0 / n->width[l - 1] : 1;
}

/* c = a b, or a b^T; all row by row and dense. */
static void multiply(size_t rows, int inner, int columns, const double *a, const double *b,
                     bool transposed, double *c) {
  if (rows == 0) return;
  cblas_dgemm(CblasRowMajor, CblasNoTrans, transposed ? CblasTrans : CblasNoTrans, (int)rows,
              columns, inner, 1, a, inner, b, transposed ? inner : columns, 0, c, columns);
}

static void forward(mi_pass *p, int e) {
  const mi_network *n = p->model->network + e;
  group *g = p->group + e;
  for (int l = 1; l <= n->layers; l++) {
    const int width = n->width[l];
    layer *now = g->layer + l;
    double *z = now->down; /* not needed yet */
    const double *w = weights_of(n, l), *bias = w + (size_t)n->width[l - 1] * (size_t)width;
    multiply(g->rows, n->width[l - 1], width, g->layer[l - 1].y, w, false, z);
    for (size_t i = 0; i < g->rows; i++)
      for (int k = 0; k < width; k++) z[i * (size_t)width + (size_t)k] += bias[k];
    MI_DISPATCH(p->isa, mi_activate_rows)
    (n->activation[l - 1], factor_of(n, l), (g->rows * (size_t)width + 7) / 8 * 8, z, now->y,
     now->first, now->second);
  }
}

static void backward(mi_pass *p, int e) {
  const mi_network *n = p->model->network + e;
  group *g = p->group + e;
  for (size_t i = 0; i < g->rows; i++) g->layer[n->layers].up[i] = 1;
  for (int l = n->layers; l >= 1; l--) {
    const layer *now = g->layer + l;
    for (size_t i = 0; i < g->rows * (size_t)n->width[l]; i++)
      now->down[i] = now->up[i] * now->first[i];
    multiply(g->rows, n->width[l], n->width[l - 1], now->down, weights_of(n, l), true,
             g->layer[l - 1].up);
  }
}

/* The scaled functions of every atom, sorted by element. */
static mi_status gather(mi_pass *p) {
  const mi_model *m = p->model;
  const size_t n = p->sample->s.n;
  if (n > p->atoms) {
    free(p->row);
    p->row = MI_NEW(size_t, n);
    p->atoms = p->row ? n : 0;
    if (!p->row) return MI_ENOMEM;
  }
  for (int e = 0; e < m->set.elements; e++) p->group[e].rows = 0;
  for (size_t i = 0; i < n; i++) p->row[i] = p->group[p->sample->element[i]].rows++;
  for (int e = 0; e < m->set.elements; e++)
    if (!group_room(p->group + e, m->network + e, p->group[e].rows)) return MI_ENOMEM;
  for (size_t i = 0; i < n; i++) {
    const int e = p->sample->element[i];
    const size_t first = m->set.first[e], count = mi_symfun_count(&m->set, e);
    const double *value = p->d->value + i * p->d->most;
    double *x = p->group[e].layer[0].y + p->row[i] * count;
    for (size_t f = 0; f < count; f++)
      x[f] = (value[f] - m->shift[first + f]) * m->factor[first + f] + m->base[first + f];
  }
  return MI_OK;
}

mi_status mi_pass_run(mi_pass *p, const mi_sample *sample, const mi_described *d,
                      const mi_control *control) {
  if (mi_cancelled(control)) return MI_ECANCEL;
  p->sample = sample;
  p->d = d;
  const mi_status status = gather(p);
  for (int e = 0; e < p->model->set.elements && status == MI_OK; e++) {
    forward(p, e);
    backward(p, e);
  }
  return status;
}

double mi_pass_energy(const mi_pass *p) {
  double sum = 0;
  for (size_t i = 0; i < p->sample->s.n; i++) {
    const int e = p->sample->element[i];
    sum += p->group[e].layer[p->model->network[e].layers].y[p->row[i]];
  }
  return sum / p->model->conversion;
}

/* dE/dg of atom i. */
static const double *slopes(const mi_pass *p, size_t i, int e) {
  return p->group[e].layer[0].up + p->row[i] * mi_symfun_count(&p->model->set, e);
}

/* Three sums in registers: in an array, each addition would wait for the store before it. */
void mi_pass_force(const mi_pass *p, size_t atom, double force[3]) {
  const mi_symfun_set *set = &p->model->set;
  const mi_symfun_derivatives *d = &p->d->d;
  double x = 0, y = 0, z = 0;
  for (size_t at = p->d->first[atom]; at < p->d->first[atom + 1]; at++) {
    const size_t i = p->d->centre[at], b = p->d->block[at];
    const int e = p->sample->element[i];
    const double *q = slopes(p, i, e), *factor = p->model->factor + set->first[e];
    const float *value = p->d->slope + d->offset[b];
    const mi_symfun_felt felt = mi_symfun_felt_by(set, e, d->column[b]);
    for (size_t k = 0; k < felt.n; k++, value += 3) {
      const double w = q[felt.function[k]] * factor[felt.function[k]];
      x += w * (double)value[0];
      y += w * (double)value[1];
      z += w * (double)value[2];
    }
  }
  force[0] = -x / p->model->conversion;
  force[1] = -y / p->model->conversion;
  force[2] = -z / p->model->conversion;
}

void mi_pass_virial(const mi_pass *p, double virial[6]) {
  const mi_symfun_set *set = &p->model->set;
  double sum[6] = {0};
  for (size_t i = 0; i < p->sample->s.n; i++) {
    const int e = p->sample->element[i];
    const double *q = slopes(p, i, e), *factor = p->model->factor + set->first[e];
    const float *strain = p->d->strain + i * set->most * 6;
    for (size_t f = 0; f < mi_symfun_count(set, e); f++)
      for (int c = 0; c < 6; c++) sum[c] += q[f] * factor[f] * strain[6 * f + (size_t)c];
  }
  for (int c = 0; c < 6; c++) virial[c] = -sum[c] / p->model->conversion;
}

/* ---- derivatives by the parameters ----------------------------------------------------------- */

void mi_pass_energy_gradient(mi_pass *p, double *row) {
  const double scale = 1 / p->model->conversion;
  for (int e = 0; e < p->model->set.elements; e++) {
    const mi_network *n = p->model->network + e;
    const group *g = p->group + e;
    double *out = row + p->model->start[e];
    for (int l = 1; l <= n->layers; l++) {
      const int below = n->width[l - 1], width = n->width[l];
      double *bias = out + (size_t)below * (size_t)width;
      memset(out, 0, ((size_t)below + 1) * (size_t)width * sizeof *out);
      /* x = c (W v + b): c is in f' and so in dE/dz already. */
      if (g->rows > 0)
        cblas_dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, below, width, (int)g->rows, scale,
                    g->layer[l - 1].y, below, g->layer[l].down, width, 0, out, width);
      for (size_t i = 0; i < g->rows; i++)
        for (int k = 0; k < width; k++)
          bias[k] += scale * g->layer[l].down[i * (size_t)width + (size_t)k];
      out = bias + width;
    }
  }
}

/* y' and z' of all layers, for all parts at once. Layer 0's y' stand in way.sum[0]. */
static void forward_along(mi_pass *p, int e, size_t rows, int parts) {
  const mi_network *n = p->model->network + e;
  const group *g = p->group + e;
  direction *w = &p->way;
  const double *along = w->sum[0];
  for (int l = 1; l <= n->layers; l++) {
    const size_t width = (size_t)n->width[l];
    multiply(rows * (size_t)parts, n->width[l - 1], n->width[l], along, weights_of(n, l), false,
             w->sum[l]);
    if (l == n->layers) break;
    for (int c = 0; c < parts; c++) {
      for (size_t i = 0; i < rows; i++) {
        const double *first = g->layer[l].first + w->row[i] * width;
        const double *z = w->sum[l] + ((size_t)c * rows + i) * width;
        double *y = w->along + ((size_t)c * rows + i) * width;
        for (size_t k = 0; k < width; k++) y[k] = first[k] * z[k];
      }
    }
    along = w->along;
  }
}

/* B of layer l: f'' z' dE/dy, plus f' times what comes from above (way.back), into the upper half
 * of way.right; A into the lower half. */
static void set_right(mi_pass *p, int e, int l, size_t rows, int part) {
  const mi_network *n = p->model->network + e;
  const layer *now = p->group[e].layer + l;
  direction *w = &p->way;
  const size_t width = (size_t)n->width[l];
  for (size_t i = 0; i < rows; i++) {
    const size_t from = w->row[i] * width;
    const double *z = w->sum[l] + ((size_t)part * rows + i) * width;
    double *b = w->right + i * width, *a = w->right + (rows + i) * width;
    for (size_t k = 0; k < width; k++) {
      b[k] = now->second[from + k] * z[k] * now->up[from + k];
      if (l < n->layers) b[k] += now->first[from + k] * w->back[i * width + k];
      a[k] = now->down[from + k];
    }
  }
}

/* [y; y'] of layer l. */
static void set_left(mi_pass *p, int e, int l, size_t rows, int part) {
  const layer *now = p->group[e].layer + l;
  direction *w = &p->way;
  const size_t width = (size_t)p->model->network[e].width[l];
  for (size_t i = 0; i < rows; i++) {
    const size_t from = w->row[i] * width;
    const double *z = w->sum[l] + ((size_t)part * rows + i) * width;
    double *y = w->left + i * width, *along = w->left + (rows + i) * width;
    memcpy(y, now->y + from, width * sizeof *y);
    for (size_t k = 0; k < width; k++) along[k] = l == 0 ? z[k] : now->first[from + k] * z[k];
  }
}

/* Writes the derivatives of sum over rows of s for one part to out, times scale. */
static void backward_along(mi_pass *p, int e, size_t rows, int part, double scale, double *out) {
  const mi_network *n = p->model->network + e;
  direction *w = &p->way;
  for (int l = n->layers; l >= 1; l--) {
    const int below = n->width[l - 1], width = n->width[l];
    double *weight = out + mi_network_layer(n, l - 1);
    double *bias = weight + (size_t)below * (size_t)width;
    set_right(p, e, l, rows, part);
    set_left(p, e, l - 1, rows, part);
    cblas_dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, below, width, (int)(2 * rows), scale,
                w->left, below, w->right, width, 0, weight, width);
    for (int k = 0; k < width; k++) bias[k] = 0;
    for (size_t i = 0; i < rows; i++)
      for (int k = 0; k < width; k++) bias[k] += scale * w->right[i * (size_t)width + (size_t)k];
    if (l > 1) multiply(rows, width, below, w->right, weights_of(n, l), true, w->back);
  }
}

/* The derivatives for the centres of element e whose directions stand in way.sum[0]. */
static void add_directions(mi_pass *p, int e, size_t rows, int parts, double *out) {
  const size_t all = p->model->start[p->model->set.elements];
  forward_along(p, e, rows, parts);
  for (int c = 0; c < parts; c++)
    backward_along(p, e, rows, c, -1 / p->model->conversion,
                   out + (size_t)c * all + p->model->start[e]);
}

static void clear(const mi_pass *p, int e, int parts, double *rows) {
  const size_t *start = p->model->start, all = start[p->model->set.elements];
  for (int c = 0; c < parts; c++)
    memset(rows + (size_t)c * all + start[e], 0, (start[e + 1] - start[e]) * sizeof *rows);
}

/* The directions d g_i / d x of the centres of element e that feel the atom; returns how many. */
static size_t directions_of_atom(mi_pass *p, int e, size_t atom) {
  const mi_symfun_set *set = &p->model->set;
  const mi_symfun_derivatives *d = &p->d->d;
  const size_t count = mi_symfun_count(set, e);
  const double *factor = p->model->factor + set->first[e];
  size_t rows = 0;
  for (size_t at = p->d->first[atom]; at < p->d->first[atom + 1]; at++)
    if (p->sample->element[p->d->centre[at]] == e) p->way.row[rows++] = p->row[p->d->centre[at]];
  memset(p->way.sum[0], 0, 3 * rows * count * sizeof(double));
  size_t i = 0;
  for (size_t at = p->d->first[atom]; at < p->d->first[atom + 1]; at++) {
    if (p->sample->element[p->d->centre[at]] != e) continue;
    const size_t b = p->d->block[at];
    const float *value = p->d->slope + d->offset[b];
    const mi_symfun_felt felt = mi_symfun_felt_by(set, e, d->column[b]);
    for (int c = 0; c < 3; c++) {
      double *v = p->way.sum[0] + ((size_t)c * rows + i) * count;
      for (size_t k = 0; k < felt.n; k++)
        v[felt.function[k]] = factor[felt.function[k]] * value[3 * k + (size_t)c];
    }
    i++;
  }
  return rows;
}

mi_status mi_pass_force_gradient(mi_pass *p, size_t atom, double *out) {
  const size_t near = p->d->first[atom + 1] - p->d->first[atom];
  if (!direction_room(&p->way, near, p->widest)) return MI_ENOMEM;
  for (int e = 0; e < p->model->set.elements; e++) {
    const size_t rows = directions_of_atom(p, e, atom);
    if (rows > 0) add_directions(p, e, rows, 3, out);
    else clear(p, e, 3, out);
  }
  return MI_OK;
}

/* The directions d g_i / d strain of all centres of element e. */
static size_t directions_of_strain(mi_pass *p, int e) {
  const mi_symfun_set *set = &p->model->set;
  const size_t count = mi_symfun_count(set, e), rows = p->group[e].rows;
  const double *factor = p->model->factor + set->first[e];
  for (size_t i = 0; i < p->sample->s.n; i++) {
    if (p->sample->element[i] != e) continue;
    const float *strain = p->d->strain + i * set->most * 6;
    p->way.row[p->row[i]] = p->row[i];
    for (int c = 0; c < 6; c++) {
      double *v = p->way.sum[0] + ((size_t)c * rows + p->row[i]) * count;
      for (size_t f = 0; f < count; f++) v[f] = factor[f] * strain[6 * f + (size_t)c];
    }
  }
  return rows;
}

mi_status mi_pass_virial_gradient(mi_pass *p, double *out) {
  if (!direction_room(&p->way, p->sample->s.n, p->widest)) return MI_ENOMEM;
  for (int e = 0; e < p->model->set.elements; e++) {
    const size_t rows = directions_of_strain(p, e);
    if (rows > 0) add_directions(p, e, rows, 6, out);
    else clear(p, e, 6, out);
  }
  return MI_OK;
}

/* d g_i / d x times `forces` plus d g_i / d strain times `virial` (NULL: none) for one centre. */
static void direction_of_sum(const mi_pass *p, int e, size_t i, const double *forces,
                             const double *virial, double *v) {
  const mi_symfun_set *set = &p->model->set;
  const mi_symfun_derivatives *d = &p->d->d;
  const float *strain = p->d->strain + i * set->most * 6;
  const size_t count = mi_symfun_count(set, e);
  for (size_t f = 0; f < count; f++) {
    v[f] = 0;
    for (int c = 0; virial && c < 6; c++) v[f] += virial[c] * strain[6 * f + (size_t)c];
  }
  for (size_t b = d->first[i]; forces && b < d->first[i + 1]; b++) {
    const float *value = p->d->slope + d->offset[b];
    const double *pull = forces + 3 * d->atom[b];
    const mi_symfun_felt felt = mi_symfun_felt_by(set, e, d->column[b]);
    for (size_t k = 0; k < felt.n; k++)
      v[felt.function[k]] += pull[0] * value[3 * k] + pull[1] * value[3 * k + 1] +
                             pull[2] * value[3 * k + 2];
  }
  for (size_t f = 0; f < count; f++) v[f] *= p->model->factor[set->first[e] + f];
}

mi_status mi_pass_sum_gradient(mi_pass *p, const double *forces, const double *virial,
                               double *row) {
  if (!direction_room(&p->way, p->sample->s.n, p->widest)) return MI_ENOMEM;
  for (int e = 0; e < p->model->set.elements; e++) {
    const size_t rows = p->group[e].rows, count = mi_symfun_count(&p->model->set, e);
    for (size_t i = 0; i < p->sample->s.n; i++) {
      if (p->sample->element[i] != e) continue;
      p->way.row[p->row[i]] = p->row[i];
      direction_of_sum(p, e, i, forces, virial, p->way.sum[0] + p->row[i] * count);
    }
    if (rows > 0) add_directions(p, e, rows, 1, row);
    else clear(p, e, 1, row);
  }
  return MI_OK;
}
