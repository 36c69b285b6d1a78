/* A constant phase element becomes the capacitor (and back) that has its impedance at the frequency
 * where it equals the resistor beside it, or in the middle of the window. */
#include "core/circuit/relatives.h"

#include <math.h>

#define NEARLY_ONE 0.98 /* exponent of a constant phase element that was a capacitor */

static bool capacitive(mi_circuit_kind kind) {
  return kind == MI_CIRCUIT_C || kind == MI_CIRCUIT_CPE;
}

static int children(const mi_circuit *c, int parent, int *list) {
  int count = 0;
  for (int i = 0; i < parent; i++)
    if (c->node[i].parent == parent) list[count++] = i;
  return count;
}

static bool alike(const mi_circuit *a, int i, const mi_circuit *b, int j) {
  const mi_circuit_kind p = a->node[i].kind, q = b->node[j].kind;
  if (p != q && !(capacitive(p) && capacitive(q))) return false;
  if (p < MI_CIRCUIT_SERIES) return true;
  int of_a[MI_CIRCUIT_NODES], of_b[MI_CIRCUIT_NODES];
  const int n = children(a, i, of_a);
  bool same = children(b, j, of_b) == n;
  for (int k = 0; k < n && same; k++) same = alike(a, of_a[k], b, of_b[k]);
  return same;
}

/* ln of the frequency at which element j of b equals the resistor beside it. */
static double corner(const mi_circuit *b, int j, const double *theta, double middle) {
  const double *of = theta + b->node[j].first, a = b->node[j].kind == MI_CIRCUIT_C ? 1 : of[1];
  const int parent = b->node[j].parent;
  if (parent < 0 || b->node[parent].kind != MI_CIRCUIT_PARALLEL) return middle;
  for (int i = 0; i < b->nodes; i++)
    if (b->node[i].parent == parent && b->node[i].kind == MI_CIRCUIT_R)
      return -(theta[b->node[i].first] + of[0]) / a;
  return middle;
}

static void copy_element(const mi_circuit_node *to, double *theta, const mi_circuit *b, int j,
                         const double *from, double middle) {
  const mi_circuit_node *source = &b->node[j];
  const double *of = from + source->first;
  double *at = theta + to->first;
  if (to->kind == source->kind) {
    for (int k = 0; k < mi_circuit_element_of(to->kind)->parameters; k++) at[k] = of[k];
    return;
  }
  const double w = corner(b, j, from, middle);
  if (to->kind == MI_CIRCUIT_C) at[0] = of[0] + (of[1] - 1) * w;
  else {
    at[0] = of[0] + (1 - NEARLY_ONE) * w;
    at[1] = NEARLY_ONE;
  }
}

static void copy_branch(const mi_circuit *a, int i, double *theta, const mi_circuit *b, int j,
                        const double *from, double middle) {
  if (a->node[i].kind < MI_CIRCUIT_SERIES) {
    copy_element(&a->node[i], theta, b, j, from, middle);
    return;
  }
  int of_a[MI_CIRCUIT_NODES], of_b[MI_CIRCUIT_NODES];
  const int n = children(a, i, of_a);
  children(b, j, of_b);
  for (int k = 0; k < n; k++) copy_branch(a, of_a[k], theta, b, of_b[k], from, middle);
}

static int branches(const mi_circuit *c, int *list) {
  const int root = c->nodes - 1;
  if (c->node[root].kind == MI_CIRCUIT_SERIES) return children(c, root, list);
  list[0] = root;
  return 1;
}

static void shuffle(mi_rng *rng, int *list, int n) {
  for (int i = n - 1; i > 0; i--) {
    const int j = (int)mi_rng_below(rng, (uint64_t)i + 1), keep = list[i];
    list[i] = list[j];
    list[j] = keep;
  }
}

int mi_circuit_take_over(const mi_circuit *a, const mi_circuit *b, const double *from,
                         double middle, mi_rng *rng, double *theta) {
  int of_a[MI_CIRCUIT_NODES], of_b[MI_CIRCUIT_NODES], taken = 0;
  const int n = branches(a, of_a);
  int left = branches(b, of_b);
  shuffle(rng, of_a, n);
  shuffle(rng, of_b, left);
  for (int i = 0; i < n; i++)
    for (int j = 0; j < left; j++) {
      if (!alike(a, of_a[i], b, of_b[j])) continue;
      copy_branch(a, of_a[i], theta, b, of_b[j], from, middle);
      of_b[j] = of_b[--left];
      taken++;
      break;
    }
  return taken;
}
