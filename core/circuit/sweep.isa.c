/* Sweeps over a tree and the small QR of a fit; see sweep.h. */
#include "core/circuit/sweep.h"

#include "core/circuit/element_inline.h"

static inline size_t place(size_t index, size_t padded) { return 2 * index * padded; }

/* Whether the parent of node i (the caller, for the root) wants its admittance. */
static inline bool wants_admittance(const mi_circuit *c, int i, bool admittance) {
  const int parent = c->node[i].parent;
  return parent < 0 ? admittance : c->node[parent].kind == MI_CIRCUIT_PARALLEL;
}

static inline bool inverts(const mi_circuit *c, int i, bool admittance) {
  return (c->node[i].kind == MI_CIRCUIT_PARALLEL) != wants_admittance(c, i, admittance);
}

/* ---- forward --------------------------------------------------------------------------------- */

static void forward_law(const mi_circuit_node *node, bool admittance, const mi_circuit_grid *g,
                        const double *p, double *x, mi_circuit_slope *slope) {
  power_law law = law_of(node->kind, p + node->first, slope + node->first);
  if (admittance) {
    law = (power_law){1 / law.m, -law.b};
    for (int k = 0; k < mi_circuit_element_of(node->kind)->parameters; k++) {
      mi_circuit_slope *s = &slope[node->first + k];
      *s = (mi_circuit_slope){-s->constant, -s->log, -s->imaginary};
    }
  }
  fill_law(g, law, x);
}

/* Y = 1 / Z, dY = -Y^2 dZ */
static void invert(double *x, double *dx, int parameters, size_t padded) {
  for (size_t i = 0; i < padded; i += MI_V) {
    const mi_vc y = c_inverse(c_load(x, padded, i)), square = c_mul(y, y);
    c_store(x, padded, i, y);
    for (int k = 0; dx && k < parameters; k++) {
      double *d = dx + place((size_t)k, padded);
      c_store(d, padded, i, c_scale(-1, c_mul(square, c_load(d, padded, i))));
    }
  }
}

static void accumulate(double *sum, const double *x, size_t length) {
  for (size_t i = 0; i < length; i += MI_V)
    mi_v_store(sum + i, mi_v_load(sum + i) + mi_v_load(x + i));
}

static void forward_element(const mi_circuit_node *node, bool admittance,
                            const mi_circuit_grid *g, const double *p, bool derivatives, double *x,
                            mi_circuit_work *work) {
  if (mi_circuit_is_law(node->kind)) {
    forward_law(node, admittance, g, p, x, work->slope);
    return;
  }
  double *dx = derivatives ? work->dx + place((size_t)node->first, g->padded) : NULL;
  fill_element(node->kind, g, p + node->first, x, dx);
  if (admittance) invert(x, dx, mi_circuit_element_of(node->kind)->parameters, g->padded);
}

const double *MI_ISA(mi_circuit_forward)(const mi_circuit *c, bool admittance,
                                         const mi_circuit_grid *g, const double *p,
                                         bool derivatives, mi_circuit_work *work) {
  const size_t padded = g->padded;
  for (int i = 0; i < c->nodes; i++)
    if (c->node[i].kind >= MI_CIRCUIT_SERIES)
      memset(work->x + place((size_t)i, padded), 0, 2 * padded * sizeof(double));
  for (int i = 0; i < c->nodes; i++) {
    const mi_circuit_node *node = &c->node[i];
    double *x = work->x + place((size_t)i, padded);
    if (node->kind < MI_CIRCUIT_SERIES)
      forward_element(node, wants_admittance(c, i, admittance), g, p, derivatives, x, work);
    else if (inverts(c, i, admittance))
      invert(x, NULL, 0, padded);
    if (node->parent >= 0)
      accumulate(work->x + place((size_t)node->parent, padded), x, 2 * padded);
  }
  return work->x + place((size_t)c->nodes - 1, padded);
}

/* The immittance of an inner node from those of its children, on_path[j] telling which are new. */
static void forward_inner(const mi_circuit *c, int i, bool admittance, size_t padded,
                          const bool *on_path, const double *base, double *x) {
  double *sum = x + place((size_t)i, padded);
  memset(sum, 0, 2 * padded * sizeof *sum);
  for (int j = 0; j < i; j++)
    if (c->node[j].parent == i)
      accumulate(sum, (on_path[j] ? x : base) + place((size_t)j, padded), 2 * padded);
  if (inverts(c, i, admittance)) invert(sum, NULL, 0, padded);
}

const double *MI_ISA(mi_circuit_forward_from)(const mi_circuit *c, bool admittance,
                                              const mi_circuit_grid *g, const double *p, int node,
                                              const double *base, mi_circuit_work *work) {
  bool on_path[MI_CIRCUIT_NODES] = {false};
  forward_element(&c->node[node], wants_admittance(c, node, admittance), g, p, false,
                  work->x + place((size_t)node, g->padded), work);
  on_path[node] = true;
  for (int i = c->node[node].parent; i >= 0; i = c->node[i].parent) {
    forward_inner(c, i, admittance, g->padded, on_path, base, work->x);
    on_path[i] = true;
  }
  return work->x + place((size_t)c->nodes - 1, g->padded);
}

/* ---- backward -------------------------------------------------------------------------------- */

/* The adjoint of an inner node's children: its own, times -x^2 where it inverts. NULL stands for
 * an adjoint of one. */
static const double *adjoint_below(const mi_circuit *c, int i, bool admittance, size_t padded,
                                   const double *own, mi_circuit_work *work) {
  if (!inverts(c, i, admittance)) return own;
  double *below = work->adjoint + place((size_t)i, padded);
  const double *x = work->x + place((size_t)i, padded);
  for (size_t k = 0; k < padded; k += MI_V) {
    const mi_vc value = c_load(x, padded, k);
    mi_vc d = c_scale(-1, c_mul(value, value));
    if (own) d = c_mul(d, c_load(own, padded, k));
    c_store(below, padded, k, d);
  }
  return below;
}

/* weight * adjoint * dx */
static inline void write_column(double *column, const double *weight, const double *adjoint,
                                mi_vc d, size_t padded, size_t i) {
  if (adjoint) d = c_mul(d, c_load(adjoint, padded, i));
  if (weight) {
    d.re *= mi_v_load(weight + i);
    d.im *= mi_v_load(weight + padded + i);
  }
  c_store(column, padded, i, d);
}

static void law_column(const mi_circuit_grid *g, const double *x, mi_circuit_slope slope,
                       const double *weight, const double *adjoint, double *column) {
  const size_t padded = g->padded;
  const bool plain = slope.log == 0 && slope.imaginary == 0;
  for (size_t i = 0; i < padded; i += MI_V) {
    mi_vc d = c_load(x, padded, i);
    if (plain) d = c_scale(slope.constant, d);
    else
      d = c_mul(d, (mi_vc){slope.constant + slope.log * mi_v_load(g->log + i),
                           mi_v_set(slope.imaginary)});
    write_column(column, weight, adjoint, d, padded, i);
  }
}

static void element_columns(const mi_circuit *c, int i, const mi_circuit_grid *g,
                            const double *weight, const double *adjoint, double *const *column,
                            const mi_circuit_work *work) {
  const mi_circuit_node *node = &c->node[i];
  const size_t padded = g->padded;
  for (int k = node->first; k < node->first + mi_circuit_element_of(node->kind)->parameters; k++) {
    if (!column[k]) continue;
    if (mi_circuit_is_law(node->kind)) {
      law_column(g, work->x + place((size_t)i, padded), work->slope[k], weight, adjoint, column[k]);
      continue;
    }
    const double *dx = work->dx + place((size_t)k, padded);
    for (size_t j = 0; j < padded; j += MI_V)
      write_column(column[k], weight, adjoint, c_load(dx, padded, j), padded, j);
  }
}

void MI_ISA(mi_circuit_backward)(const mi_circuit *c, bool admittance, const mi_circuit_grid *g,
                                 const double *weight, double *const *column,
                                 mi_circuit_work *work) {
  const double *below[MI_CIRCUIT_NODES];
  for (int i = c->nodes - 1; i >= 0; i--) {
    const int parent = c->node[i].parent;
    const double *own = parent < 0 ? NULL : below[parent];
    if (c->node[i].kind < MI_CIRCUIT_SERIES)
      element_columns(c, i, g, weight, own, column, work);
    else
      below[i] = adjoint_below(c, i, admittance, g->padded, own, work);
  }
}

/* ---- residual and QR ------------------------------------------------------------------------- */

double MI_ISA(mi_circuit_residual)(const double *data, const double *weight, const double *x,
                                   size_t length, double *residual) {
  mi_v sum = {0};
  for (size_t i = 0; i < length; i += MI_V) {
    const mi_v r = mi_v_load(weight + i) * (mi_v_load(data + i) - mi_v_load(x + i));
    mi_v_store(residual + i, r);
    sum += r * r;
  }
  return mi_v_sum(sum);
}

/* Four sums hide the latency of the multiply-add. */
static double dot(const double *a, const double *b, size_t rows) {
  mi_v s[4] = {{0}, {0}, {0}, {0}};
  size_t i = 0;
  for (; i + 4 * MI_V <= rows; i += 4 * MI_V)
    for (size_t k = 0; k < 4; k++)
      s[k] += mi_v_load(a + i + k * MI_V) * mi_v_load(b + i + k * MI_V);
  for (; i < rows; i += MI_V) s[0] += mi_v_load(a + i) * mi_v_load(b + i);
  return mi_v_sum((s[0] + s[2]) + (s[1] + s[3]));
}

static void subtract(double *from, double factor, const double *a, size_t rows) {
  for (size_t i = 0; i < rows; i += MI_V)
    mi_v_store(from + i, mi_v_load(from + i) - factor * mi_v_load(a + i));
}

void MI_ISA(mi_circuit_qr)(double *const *column, int n, size_t rows, double *r) {
  memset(r, 0, (size_t)(n * n) * sizeof *r);
  for (int k = 0; k < n; k++) {
    const double norm = sqrt(dot(column[k], column[k], rows));
    r[k * n + k] = norm;
    if (norm == 0 || k == n - 1) continue;
    const double inverse = 1 / norm;
    for (size_t i = 0; i < rows; i += MI_V)
      mi_v_store(column[k] + i, inverse * mi_v_load(column[k] + i));
    for (int j = k + 1; j < n; j++) {
      const double product = dot(column[k], column[j], rows);
      r[k * n + j] = product;
      subtract(column[j], product, column[k], rows);
    }
  }
}
