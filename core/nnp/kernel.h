/* Kernel models of the energy of one atom: sums over reference environments s of its element,
 *
 *     energy = sum_m alpha_m k(g, s_m)
 *
 *   gaussian    k = exp(-|g - s|^2 / (2 length^2))
 *   polynomial  k = ((length^2 + g.s) / sqrt((length^2 + g.g) (length^2 + s.s)))^power
 *
 * of scaled symmetry functions g; k(g, g) = 1. Both depend on t = g.s and on g.g, so that
 * dk/dg = along s + back g with two numbers for each s. They take the place of a network in a
 * potential (nnp.h): the same descriptors, another model. */
#ifndef MI_KERNEL_H
#define MI_KERNEL_H

#include <stdint.h>

#include "core/base/control.h"
#include "core/base/isa.h"
#include "core/nnp/network.h"

enum { MI_KERNEL_POINTS = 32768, MI_KERNEL_POWER = 64 };

typedef enum mi_kernel_kind { MI_KERNEL_GAUSSIAN, MI_KERNEL_POLYNOMIAL } mi_kernel_kind;

typedef struct mi_kernel {
  mi_kernel_kind kind;
  double length;
  int power;           /* of the polynomial: 1..MI_KERNEL_POWER */
  int inputs, points;  /* no points: no kernel model */
  const double *point; /* [points x inputs], borrowed */
  const double *alpha; /* [points], borrowed */
} mi_kernel;

/* MI_EINVAL unless all but the arrays is possible. */
mi_status mi_kernel_check(const mi_kernel *kernel, mi_control *control);

/* Points filled up to whole tiles, which evaluation goes through one after the other: a tile stays
 * in the nearest cache while it is used twice. */
enum { MI_KERNEL_TILE = 32 };
static inline size_t mi_kernel_row(int points) {
  return ((size_t)points + MI_KERNEL_TILE - 1) / MI_KERNEL_TILE * MI_KERNEL_TILE;
}

/* Doubles of the arrays packed for evaluation: of each tile the points [inputs][MI_KERNEL_TILE],
 * s.s, alpha. */
size_t mi_kernel_packed(const mi_kernel *kernel);
void mi_kernel_pack(const mi_kernel *kernel, double *packed);

/* Doubles of work for both functions below. */
size_t mi_kernel_work(const mi_kernel *kernel);

/* k, along and back of all points at an input, in the first three rows [mi_kernel_row(points)] of
 * work. All memory here and below is aligned to MI_ALIGNMENT. */
MI_DECLARE(void, mi_kernel_values,
           (const mi_kernel *kernel, const double *packed, const double *input, double *work));

/* The energy, and slope[mi_network_row(inputs)] = d energy / d input. */
MI_DECLARE(double, mi_kernel_evaluate,
           (const mi_kernel *kernel, const double *packed, const double *input, double *work,
            double *slope));

/* Farthest-point sampling: k of the n rows of x, numbered from 0; the first is the farthest from
 * zero, each of the others the farthest from those before it. distance [n] is work. */
mi_status mi_farthest(const double *x, size_t n, size_t columns, size_t k, int64_t *chosen,
                      double *distance, mi_control *control);

#endif
