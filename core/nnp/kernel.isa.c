/* A kernel model at one level: the lanes of a vector are reference points. Costs two
 * multiplications and additions a point and input, and an exponential or root a point. */
#include "core/nnp/kernel.h"

#include "core/base/isa.h"
#include "core/base/vmath_inline.h"
#include "core/nnp/sum_of_rows.h"

#define INLINE static inline __attribute__((always_inline))

typedef struct profile {
  mi_v k, along, back;
} profile;

/* t = g.s, q = g.g, square = s.s. */
INLINE profile gaussian(double length, mi_v t, double q, mi_v square) {
  const double inverse = 1 / (length * length);
  const mi_v distance = mi_v_max((mi_v){0}, q + square - 2.0 * t);
  const mi_v k = mi_v_exp(-0.5 * inverse * distance);
  return (profile){k, inverse * k, -inverse * k};
}

INLINE profile polynomial(double length, int power, mi_v t, double q, mi_v square) {
  const double own = length * length + q;
  const mi_v norm = 1.0 / mi_v_sqrt(own * (length * length + square));
  const mi_v cosine = (length * length + t) * norm;
  mi_v less = mi_v_set(1);
  for (int i = 1; i < power; i++) less *= cosine;
  const mi_v k = less * cosine;
  return (profile){k, power * less * norm, -(power / own) * k};
}

void MI_ISA(mi_kernel_values)(const mi_kernel *n, const double *packed, const double *input,
                              double *work) {
  const size_t row = mi_network_row(n->points);
  const double *square = packed + (size_t)n->inputs * row;
  double q = 0;
  for (int f = 0; f < n->inputs; f++) q += input[f] * input[f];
  mi_sum_of_rows(input, n->inputs, packed, row, NULL, work);
  for (size_t m = 0; m < row; m += MI_V) {
    const mi_v t = mi_v_load(work + m), s = mi_v_load(square + m);
    const profile p = n->kind == MI_KERNEL_GAUSSIAN ? gaussian(n->length, t, q, s)
                                                    : polynomial(n->length, n->power, t, q, s);
    mi_v_store(work + m, p.k);
    mi_v_store(work + row + m, p.along);
    mi_v_store(work + 2 * row + m, p.back);
  }
}

double MI_ISA(mi_kernel_evaluate)(const mi_kernel *n, const double *packed, const double *input,
                                  double *work, double *slope) {
  const size_t row = mi_network_row(n->points), inputs = mi_network_row(n->inputs);
  const double *alpha = packed + ((size_t)n->inputs + 1) * row, *points = alpha + row;
  double *weight = work + 3 * row;
  mi_v energy = {0}, back = {0};
  MI_ISA(mi_kernel_values)(n, packed, input, work);
  for (size_t m = 0; m < row; m += MI_V) {
    const mi_v a = mi_v_load(alpha + m);
    energy += a * mi_v_load(work + m);
    back += a * mi_v_load(work + 2 * row + m);
    mi_v_store(weight + m, a * mi_v_load(work + row + m));
  }
  mi_sum_of_rows(weight, n->points, points, inputs, NULL, slope);
  const double own = mi_v_sum(back);
  for (size_t f = 0; f < inputs; f += MI_V)
    mi_v_store(slope + f, mi_v_load(slope + f) + own * mi_v_load(input + f));
  return mi_v_sum(energy);
}
