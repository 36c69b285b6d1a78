/* A kernel model at one level: the lanes of a vector are reference points. Costs two
 * multiplications and additions a point and input, and an exponential or root a point; the points
 * come from the second or third cache, once for each atom. */
#include "core/nnp/kernel.h"

#include "core/base/isa.h"
#include "core/base/vmath_inline.h"

#include <string.h>

#define INLINE static inline __attribute__((always_inline))

enum { VECTORS = 4, BLOCK = VECTORS * MI_V }; /* points at a time; a tile is whole blocks */

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

INLINE profile profile_at(const mi_kernel *n, mi_v t, double q, mi_v square) {
  return n->kind == MI_KERNEL_GAUSSIAN ? gaussian(n->length, t, q, square)
                                       : polynomial(n->length, n->power, t, q, square);
}

/* t = g.s of the points of a block. */
INLINE void products(const double *point, int inputs, const double *input, mi_v *t) {
  mi_v odd[VECTORS];
  int f = 0;
  for (int i = 0; i < VECTORS; i++) t[i] = odd[i] = (mi_v){0};
  for (; f + 2 <= inputs; f += 2, point += 2 * MI_KERNEL_TILE)
    for (int i = 0; i < VECTORS; i++) {
      t[i] += input[f] * mi_v_load(point + i * MI_V);
      odd[i] += input[f + 1] * mi_v_load(point + MI_KERNEL_TILE + i * MI_V);
    }
  for (int i = 0; i < VECTORS; i++) {
    if (f < inputs) t[i] += input[f] * mi_v_load(point + i * MI_V);
    t[i] += odd[i];
  }
}

/* The packed points from the first one of a block on. */
INLINE const double *block_at(const mi_kernel *n, const double *packed, size_t first) {
  const size_t tile = ((size_t)n->inputs + 2) * MI_KERNEL_TILE;
  return packed + first / MI_KERNEL_TILE * tile + first % MI_KERNEL_TILE;
}

INLINE double square_of(const double *input, int inputs) {
  double q = 0;
  for (int f = 0; f < inputs; f++) q += input[f] * input[f];
  return q;
}

void MI_ISA(mi_kernel_values)(const mi_kernel *n, const double *packed, const double *input,
                              double *work) {
  const size_t row = mi_kernel_row(n->points);
  const double q = square_of(input, n->inputs);
  for (size_t m = 0; m < row; m += BLOCK) {
    const double *point = block_at(n, packed, m);
    const double *square = point + (size_t)n->inputs * MI_KERNEL_TILE;
    mi_v t[VECTORS];
    products(point, n->inputs, input, t);
    for (int i = 0; i < VECTORS; i++) {
      const profile p = profile_at(n, t[i], q, mi_v_load(square + i * MI_V));
      mi_v_store(work + m + i * MI_V, p.k);
      mi_v_store(work + row + m + i * MI_V, p.along);
      mi_v_store(work + 2 * row + m + i * MI_V, p.back);
    }
  }
}

/* The points of a block in the slopes, lane by lane: sum_m alpha_m along_m s_m. */
INLINE void add_slopes(const double *point, int inputs, const mi_v *weight, double *slopes) {
  for (int f = 0; f < inputs; f++, point += MI_KERNEL_TILE, slopes += MI_V) {
    mi_v sum = mi_v_load(slopes);
    for (int i = 0; i < VECTORS; i++) sum += weight[i] * mi_v_load(point + i * MI_V);
    mi_v_store(slopes, sum);
  }
}

double MI_ISA(mi_kernel_evaluate)(const mi_kernel *n, const double *packed, const double *input,
                                  double *work, double *slope) {
  const size_t row = mi_kernel_row(n->points), inputs = (size_t)n->inputs;
  const double q = square_of(input, n->inputs);
  mi_v energy = {0}, back = {0};
  memset(work, 0, inputs * MI_V * sizeof *work);
  for (size_t m = 0; m < row; m += BLOCK) {
    const double *point = block_at(n, packed, m), *square = point + inputs * MI_KERNEL_TILE;
    mi_v t[VECTORS];
    products(point, n->inputs, input, t);
    for (int i = 0; i < VECTORS; i++) {
      const profile p = profile_at(n, t[i], q, mi_v_load(square + i * MI_V));
      const mi_v alpha = mi_v_load(square + MI_KERNEL_TILE + i * MI_V);
      energy += alpha * p.k;
      back += alpha * p.back;
      t[i] = alpha * p.along;
    }
    add_slopes(point, n->inputs, t, work);
  }
  const double own = mi_v_sum(back);
  for (size_t f = 0; f < inputs; f++)
    slope[f] = mi_v_sum(mi_v_load(work + f * MI_V)) + own * input[f];
  return mi_v_sum(energy);
}
