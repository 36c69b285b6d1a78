/* Non-negative least squares by coordinate descent on the normal equations: a start needs no more,
 * and there are a few branches only. */
#include "core/circuit/amplitude.h"

#include <math.h>

#include "core/circuit/small.h"

#define LEAST 1e-3 /* factor that stands for none: the branch may still be wanted elsewhere */
enum { SWEEPS = 40 };

static bool plain(const mi_circuit_problem *p) {
  for (int k = 0; k < p->circuit.parameters; k++)
    if (p->map[k] != k || p->offset[k] != 0) return false;
  return true;
}

/* How theta[k] moves when ln of the element's impedance rises by one. */
static double power_of(mi_circuit_kind kind, int k, const double *theta) {
  switch (kind) {
    case MI_CIRCUIT_C:
    case MI_CIRCUIT_CPE: return k == 0 ? -1 : 0;
    case MI_CIRCUIT_LA: return k == 0 ? 1 / theta[1] : 0;
    case MI_CIRCUIT_TLMQ: return k == 0 ? 1 : k == 1 ? -1 : 0;
    case MI_CIRCUIT_T: return k < 2 ? 1 : 0;
    default: return k == 0 ? 1 : 0;
  }
}

static void multiply(const mi_circuit *c, int top, double log_factor, double *theta) {
  for (int i = 0; i <= top; i++) {
    if (c->node[i].kind >= MI_CIRCUIT_SERIES) continue;
    int above = i;
    while (above >= 0 && above != top) above = c->node[above].parent;
    if (above != top) continue;
    double *of = theta + c->node[i].first, move[MI_CIRCUIT_MOST_PER_ELEMENT];
    const int count = mi_circuit_element_of(c->node[i].kind)->parameters;
    for (int k = 0; k < count; k++) move[k] = power_of(c->node[i].kind, k, of);
    for (int k = 0; k < count; k++) of[k] += move[k] * log_factor;
  }
}

/* x >= LEAST minimises x' a x - 2 b' x. */
static void solve(const double *a, const double *b, int n, double *x) {
  for (int i = 0; i < n; i++) x[i] = 1;
  for (int sweep = 0; sweep < SWEEPS; sweep++)
    for (int i = 0; i < n; i++) {
      const double rest = b[i] - mi_small_product(a + i * n, x, (size_t)n) + a[i * n + i] * x[i];
      x[i] = a[i * n + i] > 0 ? fmax(rest / a[i * n + i], LEAST) : 1;
    }
}

void mi_circuit_amplitudes(const mi_circuit_problem *problem, mi_circuit_engine *e, double *theta) {
  const mi_circuit *c = &problem->circuit;
  const mi_circuit_data *d = e->data;
  const int root = c->nodes - 1;
  const size_t rows = 2 * d->grid.padded;
  int branch[MI_CIRCUIT_PARAMETERS], n = 0;
  if (c->node[root].kind != MI_CIRCUIT_SERIES || d->admittance || !plain(problem)) return;
  if (!isfinite(mi_circuit_cost(problem, theta, e))) return;
  for (int i = 0; i < root && n < MI_CIRCUIT_PARAMETERS; i++)
    if (c->node[i].parent == root) branch[n++] = i;
  double a[MI_CIRCUIT_PARAMETERS * MI_CIRCUIT_PARAMETERS], b[MI_CIRCUIT_PARAMETERS];
  double factor[MI_CIRCUIT_PARAMETERS];
  for (int i = 0; i < n; i++) {
    const double *x = e->work.x + rows * (size_t)branch[i];
    double *column = e->column[i];
    for (size_t r = 0; r < rows; r++) column[r] = d->weight[r] * x[r];
  }
  for (int i = 0; i < n; i++) {
    b[i] = 0;
    for (size_t r = 0; r < rows; r++) b[i] += e->column[i][r] * d->weight[r] * d->value[r];
    for (int j = 0; j <= i; j++)
      a[i * n + j] = a[j * n + i] = mi_small_product(e->column[i], e->column[j], rows);
  }
  solve(a, b, n, factor);
  for (int i = 0; i < n; i++) multiply(c, branch[i], log(factor[i]), theta);
}
