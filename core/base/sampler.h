/* Points that fill a box: grid, Latin hypercube, Sobol sequence.
 *
 * out is row-major, n points of d coordinates in the unit cube; mi_sampler_stretch moves them into
 * a box. All are pure functions of their arguments, seed included. */
#ifndef MI_SAMPLER_H
#define MI_SAMPLER_H

#include <stdint.h>

#include "core/base/control.h"

/* Every combination of counts[j] evenly spaced values from 0 to 1 in dimension j (0.5 where the
 * count is 1), the last dimension varying fastest: as many points as the product of the counts. */
void mi_grid(const int64_t *counts, int64_t d, double *out);

/* One point in each of the n slices of every dimension; in the middle of the slice when centred,
 * else anywhere in it. Of `tries` designs the one whose closest two points are farthest apart. */
mi_status mi_latin_hypercube(uint64_t seed, int64_t n, int64_t d, bool centred, int64_t tries,
                             double *out, mi_control *control);

typedef enum mi_scramble { MI_SCRAMBLE_OWEN, MI_SCRAMBLE_SHIFT, MI_SCRAMBLE_NONE } mi_scramble;

#define MI_SOBOL_DIMENSIONS 256

/* Points first, first + 1, ... (from 0) of the sequence of Sobol with the direction numbers of Joe
 * and Kuo, in 52 bits. Scrambled by seed: Owen's nested permutation of the digits, or one digital
 * shift. d <= MI_SOBOL_DIMENSIONS; first + n <= 2^52. */
mi_status mi_sobol(uint64_t seed, mi_scramble scramble, int64_t first, int64_t n, int64_t d,
                   double *out, mi_control *control);

/* x = low + (high - low) x in each dimension. */
void mi_sampler_stretch(const double *low, const double *high, int64_t n, int64_t d, double *x);

#endif
