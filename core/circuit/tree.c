/* Building trees from postfix codes. */
#include <string.h>

#include "core/circuit/circuit.h"

/* The operands that wait for their parent: indices of their nodes. */
typedef struct stack {
  int top, node[MI_CIRCUIT_NODES];
} stack;

static int add(mi_circuit *c, mi_circuit_kind kind) {
  if (c->nodes == MI_CIRCUIT_NODES) return -1;
  c->node[c->nodes] = (mi_circuit_node){kind, -1, -1};
  return c->nodes++;
}

static mi_status push_element(mi_circuit *c, stack *s, int kind, mi_control *control) {
  if (kind >= MI_CIRCUIT_ELEMENTS)
    return mi_fail(control, MI_EINVAL, "code: there is no element %d", kind);
  const int count = mi_circuit_element_of((mi_circuit_kind)kind)->parameters;
  const int at = add(c, (mi_circuit_kind)kind);
  if (at < 0 || c->parameters + count > MI_CIRCUIT_PARAMETERS)
    return mi_fail(control, MI_EINVAL, "circuit: at most %d nodes and %d parameters are possible",
                   MI_CIRCUIT_NODES, MI_CIRCUIT_PARAMETERS);
  c->node[at].first = c->parameters;
  c->parameters += count;
  s->node[s->top++] = at;
  return MI_OK;
}

/* A child of the parent's own kind hands its children over and stays behind as a node without
 * any; drop_hollow removes it. */
static void adopt(mi_circuit *c, int parent, int child) {
  if (c->node[child].kind != c->node[parent].kind) {
    c->node[child].parent = parent;
    return;
  }
  for (int i = 0; i < child; i++)
    if (c->node[i].parent == child) c->node[i].parent = parent;
  c->node[child].first = 0; /* marks it hollow */
}

static mi_status join(mi_circuit *c, stack *s, int code, mi_control *control) {
  const int count = -code / 2;
  if (count < 2 || count > s->top)
    return mi_fail(control, MI_EINVAL, "code: a connection of 2 to %d parts expected, got %d",
                   s->top, count);
  const int at = add(c, code % 2 == 0 ? MI_CIRCUIT_SERIES : MI_CIRCUIT_PARALLEL);
  if (at < 0)
    return mi_fail(control, MI_EINVAL, "circuit: at most %d nodes are possible", MI_CIRCUIT_NODES);
  for (int i = s->top - count; i < s->top; i++) adopt(c, at, s->node[i]);
  s->top -= count;
  s->node[s->top++] = at;
  return MI_OK;
}

static void drop_hollow(mi_circuit *c) {
  int place[MI_CIRCUIT_NODES], kept = 0;
  for (int i = 0; i < c->nodes; i++) {
    const bool hollow = c->node[i].kind >= MI_CIRCUIT_SERIES && c->node[i].first == 0;
    place[i] = hollow ? -1 : kept++;
  }
  for (int i = 0; i < c->nodes; i++) {
    if (place[i] < 0) continue;
    c->node[place[i]] = c->node[i];
    if (c->node[i].parent >= 0) c->node[place[i]].parent = place[c->node[i].parent];
  }
  c->nodes = kept;
}

mi_status mi_circuit_build(const int32_t *code, size_t length, mi_circuit *circuit,
                           mi_control *control) {
  stack s = {0};
  circuit->nodes = circuit->parameters = 0;
  for (size_t i = 0; i < length; i++) {
    mi_status status = code[i] >= 0 ? push_element(circuit, &s, code[i], control)
                                    : join(circuit, &s, code[i], control);
    if (status) return status;
  }
  if (s.top != 1)
    return mi_fail(control, MI_EINVAL, "code: one circuit expected, got %d parts", s.top);
  drop_hollow(circuit);
  return MI_OK;
}

const mi_circuit_parameter *mi_circuit_parameter_of(const mi_circuit *circuit, int k) {
  int i = 0;
  for (;; i++) {
    const mi_circuit_node *node = &circuit->node[i];
    if (node->kind >= MI_CIRCUIT_SERIES) continue;
    const mi_circuit_element *element = mi_circuit_element_of(node->kind);
    if (k < node->first + element->parameters) return &element->parameter[k - node->first];
  }
}
