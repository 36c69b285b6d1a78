/* Equivalent circuits: a tree of elements in series and parallel, and its impedance.
 *
 * The tree is an array of nodes in post-order: children stand before their parent, the root is the
 * last. Parameters are numbered from left to right, as in the circuit's string. Series and parallel
 * alternate from level to level (mi_circuit_build merges what does not), so that every inner node
 * but a series root is one over the sum of its children.
 *
 * With w = 2 pi f, (j w)^a by its principal value, and a parameter's natural value p:
 *   R      R                                          W    A (1 - j) / sqrt w
 *   C      1 / (j w C)                                Wo   Z0 coth(q) / q,  q = sqrt(j w tau)
 *   L      j w L                                      Ws   Z0 tanh(q) / q
 *   CPE    1 / (Q (j w)^a)                            Woa, Wsa  the same with q = (j w tau)^a
 *   La     (j w L)^a                                  TLMQ R coth(q) / q,  q = sqrt(R Qs (j w)^g)
 *   K      R / (1 + j w tau)                          G    R / sqrt(1 + j w tau)
 *   Zarc   R / (1 + (j w tau)^g)                      Ga   R / (1 + j w tau)^n
 *   H      R / (1 + (j w tau)^a)^b                 Gs   R phi coth(q)/q, q = phi sqrt(1 + j w tau)
 *   T      A coth(b) / b + B / (b sinh b),  b = sqrt(a + j w b0) */
#ifndef MI_CIRCUIT_H
#define MI_CIRCUIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/control.h"

enum { MI_CIRCUIT_NODES = 64, MI_CIRCUIT_PARAMETERS = 48, MI_CIRCUIT_MOST_PER_ELEMENT = 4 };

typedef enum mi_circuit_kind {
  MI_CIRCUIT_R, MI_CIRCUIT_C, MI_CIRCUIT_L, MI_CIRCUIT_CPE, MI_CIRCUIT_W, MI_CIRCUIT_WO,
  MI_CIRCUIT_WS, MI_CIRCUIT_LA, MI_CIRCUIT_G, MI_CIRCUIT_GS, MI_CIRCUIT_K, MI_CIRCUIT_ZARC,
  MI_CIRCUIT_TLMQ, MI_CIRCUIT_T, MI_CIRCUIT_WOA, MI_CIRCUIT_WSA, MI_CIRCUIT_GA, MI_CIRCUIT_HN,
  MI_CIRCUIT_ELEMENTS, /* their number */
  MI_CIRCUIT_SERIES = MI_CIRCUIT_ELEMENTS, MI_CIRCUIT_PARALLEL
} mi_circuit_kind;

/* A parameter of an element. Exponents are fitted as they are, all others by their logarithm. */
typedef struct mi_circuit_parameter {
  const char *name, *unit, *what;
  bool exponent;
  double lower, upper; /* default bounds */
} mi_circuit_parameter;

typedef struct mi_circuit_element {
  const char *symbol, *what;
  int parameters;
  mi_circuit_parameter parameter[MI_CIRCUIT_MOST_PER_ELEMENT];
} mi_circuit_element;

const mi_circuit_element *mi_circuit_element_of(mi_circuit_kind kind);

typedef struct mi_circuit_node {
  mi_circuit_kind kind;
  int parent; /* -1 for the root */
  int first;  /* number of its first parameter, for elements */
} mi_circuit_node;

typedef struct mi_circuit {
  int nodes, parameters;
  mi_circuit_node node[MI_CIRCUIT_NODES];
} mi_circuit;

/* From a postfix code: an element's kind, or -2 m / -(2 m + 1) for the m >= 2 last operands in
 * series / in parallel. */
mi_status mi_circuit_build(const int32_t *code, size_t length, mi_circuit *circuit,
                           mi_control *control);

/* The parameter numbered k. */
const mi_circuit_parameter *mi_circuit_parameter_of(const mi_circuit *circuit, int k);

/* Impedance (ohm) at n frequencies (Hz, > 0), and, unless NULL, its derivatives by the natural
 * parameters: jacobian [2][parameters][n], real parts first. */
mi_status mi_circuit_evaluate(const mi_circuit *circuit, const double *p, const double *frequency,
                              size_t n, double *re, double *im, double *jacobian,
                              mi_control *control);

#endif
