/* Exchanges of two equal siblings generate the group; its elements are found by multiplying with
 * them until nothing new comes. */
#include "core/circuit/symmetry.h"

#include <math.h>
#include <string.h>

#include "core/base/memory.h"

enum { GENERATORS = 256 };

typedef int8_t order_of[MI_CIRCUIT_PARAMETERS];

typedef struct exchange {
  int branch; /* the left one of the two, a node */
  order_of order;
} exchange;

static int children(const mi_circuit *c, int parent, int *list) {
  int count = 0;
  for (int i = 0; i < parent; i++)
    if (c->node[i].parent == parent) list[count++] = i;
  return count;
}

static bool within(const mi_circuit *c, int node, int branch) {
  while (node >= 0 && node != branch) node = c->node[node].parent;
  return node == branch;
}

static void swap_elements(const mi_circuit *c, int a, int b, int8_t *order) {
  for (int k = 0; k < mi_circuit_element_of(c->node[a].kind)->parameters; k++) {
    const int p = c->node[a].first + k, q = c->node[b].first + k;
    order[p] = (int8_t)q;
    order[q] = (int8_t)p;
  }
}

/* Whether the subtrees of a and b are equal up to the order of branches; if so, order exchanges
 * their parameters. Equality is transitive, so the first partner of a branch is as good as any. */
static bool match(const mi_circuit *c, int a, int b, int8_t *order) {
  if (c->node[a].kind != c->node[b].kind) return false;
  if (c->node[a].kind < MI_CIRCUIT_SERIES) {
    swap_elements(c, a, b, order);
    return true;
  }
  int of_a[MI_CIRCUIT_NODES], of_b[MI_CIRCUIT_NODES];
  order_of before;
  const int n = children(c, a, of_a);
  if (children(c, b, of_b) != n) return false;
  memcpy(before, order, sizeof before);
  for (int i = 0; i < n; i++) {
    int j = i;
    while (j < n && !match(c, of_a[i], of_b[j], order)) j++;
    if (j == n) {
      memcpy(order, before, sizeof before);
      return false;
    }
    const int partner = of_b[j];
    of_b[j] = of_b[i];
    of_b[i] = partner;
  }
  return true;
}

/* From parameters to variables; false where bounds, fixed values or ties stand against it. */
static bool of_variables(const mi_circuit_problem *p, const int8_t *parameters, int8_t *variables) {
  memset(variables, -1, sizeof(order_of));
  for (int k = 0; k < p->circuit.parameters; k++) {
    const int to = parameters[k], v = p->map[k], w = p->map[to];
    if ((v < 0) != (w < 0) || p->offset[k] != p->offset[to]) return false;
    if (v < 0) continue;
    if (p->lower[v] != p->lower[w] || p->upper[v] != p->upper[w]) return false;
    if (variables[v] >= 0 && variables[v] != w) return false;
    variables[v] = (int8_t)w;
  }
  return true;
}

/* Those inside a branch stand before those of the branch. */
static int generators(const mi_circuit_problem *p, exchange *list) {
  int count = 0, sibling[MI_CIRCUIT_NODES];
  for (int node = 0; node < p->circuit.nodes; node++) {
    const int n = children(&p->circuit, node, sibling);
    for (int i = 0; i < n; i++)
      for (int j = i + 1; j < n && count < GENERATORS; j++) {
        order_of order;
        for (int k = 0; k < MI_CIRCUIT_PARAMETERS; k++) order[k] = (int8_t)k;
        if (match(&p->circuit, sibling[i], sibling[j], order) &&
            of_variables(p, order, list[count].order))
          list[count++].branch = sibling[i];
      }
  }
  return count;
}

static bool known(const mi_circuit_symmetry *s, const int8_t *order, int variables) {
  for (int i = 0; i < s->count; i++)
    if (memcmp(s->order[i], order, (size_t)variables) == 0) return true;
  return false;
}

mi_status mi_circuit_symmetry_make(const mi_circuit_problem *problem, mi_circuit_symmetry *s,
                                   mi_control *control) {
  exchange step[GENERATORS];
  order_of next;
  const int count = generators(problem, step), n = problem->variables;
  s->count = 1;
  s->order = mi_alloc(MI_CIRCUIT_SYMMETRIES, sizeof *s->order);
  if (!s->order) return mi_fail(control, MI_ENOMEM, "out of memory");
  for (int v = 0; v < n; v++) s->order[0][v] = (int8_t)v;
  for (int i = 0; i < s->count; i++)
    for (int g = 0; g < count; g++) {
      for (int v = 0; v < n; v++) next[v] = step[g].order[s->order[i][v]];
      if (known(s, next, n)) continue;
      if (s->count == MI_CIRCUIT_SYMMETRIES) {
        mi_circuit_symmetry_free(s);
        return mi_fail(control, MI_ENUMERIC, "the circuit has more than %d symmetries",
                       MI_CIRCUIT_SYMMETRIES);
      }
      memcpy(s->order[s->count++], next, (size_t)n);
    }
  return MI_OK;
}

void mi_circuit_symmetry_free(mi_circuit_symmetry *s) {
  free(s->order);
  s->order = NULL;
}

/* ---- order ----------------------------------------------------------------------------------- */

/* ln of an element's own time constant, NaN for none. */
static double log_own_time(mi_circuit_kind kind, const double *p) {
  switch (kind) {
    case MI_CIRCUIT_R:
    case MI_CIRCUIT_C:
    case MI_CIRCUIT_L:
    case MI_CIRCUIT_CPE:
    case MI_CIRCUIT_W:
    case MI_CIRCUIT_LA: return NAN;
    case MI_CIRCUIT_TLMQ: return log(p[0] * p[1]) / p[2];
    case MI_CIRCUIT_T: return log(p[3]);
    default: return log(p[1]);
  }
}

/* ln |Z| = size - slope ln w of an element without a time constant of its own. */
static void power_law(mi_circuit_kind kind, const double *p, double *size, double *slope) {
  *slope = kind == MI_CIRCUIT_C ? 1 : kind == MI_CIRCUIT_L ? -1 : kind == MI_CIRCUIT_W ? 0.5 : 0;
  *size = kind == MI_CIRCUIT_C ? -log(p[0]) : log(p[0]);
  if (kind == MI_CIRCUIT_CPE) *slope = p[1], *size = -log(p[0]);
  if (kind == MI_CIRCUIT_LA) *slope = -p[1], *size = p[1] * log(p[0]);
  if (kind == MI_CIRCUIT_W) *size += 0.5 * log(2);
}

/* ln of the time constant of a branch, infinite where it has none. */
static double log_time(const mi_circuit *c, int branch, const double *p) {
  double size = NAN, slope = NAN;
  for (int i = 0; i <= branch; i++) {
    const mi_circuit_kind kind = c->node[i].kind;
    if (kind >= MI_CIRCUIT_SERIES || !within(c, i, branch)) continue;
    const double own = log_own_time(kind, p + c->node[i].first);
    if (!isnan(own)) return own;
    double its_size, its_slope;
    power_law(kind, p + c->node[i].first, &its_size, &its_slope);
    if (!isnan(slope) && its_slope != slope) return (its_size - size) / (slope - its_slope);
    size = its_size, slope = its_slope;
  }
  return HUGE_VAL;
}

/* Whether the branch should have the values it has at `other` rather than those at theta. */
static bool earlier(const mi_circuit_problem *problem, int branch, const double *other,
                    const double *theta) {
  const mi_circuit *c = &problem->circuit;
  double p[MI_CIRCUIT_PARAMETERS], q[MI_CIRCUIT_PARAMETERS];
  mi_circuit_natural(problem, other, p);
  mi_circuit_natural(problem, theta, q);
  const double its = log_time(c, branch, p), now = log_time(c, branch, q);
  if (its != now) return its < now;
  int first = 0;
  while (c->node[first].kind >= MI_CIRCUIT_SERIES || !within(c, first, branch)) first++;
  return p[c->node[first].first] < q[c->node[first].first];
}

static double distance(const double *a, const double *b, int n) {
  double sum = 0;
  for (int v = 0; v < n; v++) sum += (a[v] - b[v]) * (a[v] - b[v]);
  return sum;
}

/* Once through all pairs from left to right sorts by time; the way to the start is as far as pairs
 * lead, each nearer than before. */
void mi_circuit_order(const mi_circuit_problem *problem, const double *start, double *theta) {
  exchange step[GENERATORS];
  double other[MI_CIRCUIT_PARAMETERS];
  const int count = generators(problem, step), n = problem->variables;
  bool again;
  do {
    again = false;
    for (int g = 0; g < count; g++) {
      for (int v = 0; v < n; v++) other[v] = theta[step[g].order[v]];
      const bool better = start ? distance(other, start, n) < distance(theta, start, n)
                                : earlier(problem, step[g].branch, other, theta);
      if (!better) continue;
      memcpy(theta, other, (size_t)n * sizeof *theta);
      again = start != NULL;
    }
  } while (again);
}

/* ---- swaps ----------------------------------------------------------------------------------- */

/* The next element of the branch from node number `from` on, -1 for none. */
static int next_element(const mi_circuit *c, int branch, int from, mi_circuit_kind kind) {
  for (int i = from; i <= branch; i++)
    if (c->node[i].kind == kind && within(c, i, branch)) return i;
  return -1;
}

static void swap_branches(const mi_circuit *c, int a, int b, int8_t *order) {
  for (int k = 0; k < MI_CIRCUIT_PARAMETERS; k++) order[k] = (int8_t)k;
  for (mi_circuit_kind kind = 0; kind < MI_CIRCUIT_ELEMENTS; kind++) {
    int i = next_element(c, a, 0, kind), j = next_element(c, b, 0, kind);
    while (i >= 0 && j >= 0) {
      swap_elements(c, i, j, order);
      i = next_element(c, a, i + 1, kind);
      j = next_element(c, b, j + 1, kind);
    }
  }
}

static bool listed(const int8_t *swap, int count, const int8_t *order, int n) {
  for (int i = 0; i < count; i++)
    if (memcmp(swap + i * n, order, (size_t)n) == 0) return true;
  return false;
}

int mi_circuit_swaps(const mi_circuit_problem *problem, int8_t *swap) {
  const mi_circuit *c = &problem->circuit;
  const int n = problem->variables;
  order_of parameters, variables, same;
  int count = 0;
  for (int v = 0; v < n; v++) same[v] = (int8_t)v;
  for (int b = 0; b < c->nodes; b++)
    for (int a = 0; a < b && count < MI_CIRCUIT_SWAPS; a++) {
      if (within(c, a, b)) continue;
      swap_branches(c, a, b, parameters);
      if (!of_variables(problem, parameters, variables)) continue;
      if (memcmp(variables, same, (size_t)n) == 0 || listed(swap, count, variables, n)) continue;
      memcpy(swap + count++ * n, variables, (size_t)n);
    }
  return count;
}
