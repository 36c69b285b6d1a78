/* The Sobol sequence: coordinate j of point i is the XOR of the direction numbers v[j][b] of the
 * bits b that are set in the Gray code of i. The first 2^k points, and every later block of 2^k,
 * put one point in each of the 2^k slices of every dimension; so do they after scrambling. */
#include <string.h>

#include "core/base/rng.h"
#include "core/base/sampler.h"
#include "core/base/sobol_table.h"

enum { BITS = 52 };

/* v[b] = m[b] / 2^(b + 1) as a fraction of BITS bits; the recurrence of the polynomial
 * x^s + a1 x^(s-1) + ... + 1 gives m[b] = 2 a1 m[b-1] ^ 4 a2 m[b-2] ^ ... ^ 2^s m[b-s] ^ m[b-s]. */
static void extend_directions(unsigned polynomial, int degree, const uint16_t *m, uint64_t *v) {
  for (int b = 0; b < BITS; b++) {
    if (b < degree) {
      v[b] = (uint64_t)m[b] << (BITS - 1 - b);
      continue;
    }
    v[b] = v[b - degree] ^ (v[b - degree] >> degree);
    for (int k = 1; k < degree; k++) {
      if (polynomial >> (degree - k) & 1) v[b] ^= v[b - k];
    }
  }
}

/* Direction numbers of the dimensions 0 .. d - 1 in turn: *row is the place in the table. */
static void directions(int64_t dimension, const uint16_t **row, uint64_t *v) {
  if (dimension == 0) { /* van der Corput */
    for (int b = 0; b < BITS; b++) v[b] = UINT64_C(1) << (BITS - 1 - b);
    return;
  }
  unsigned polynomial = **row;
  int degree = 31 - __builtin_clz(polynomial);
  extend_directions(polynomial, degree, *row + 1, v);
  *row += degree + 1;
}

/* A bijection of 64-bit words whose top bit looks random (Stafford's mix 13 of MurmurHash3). */
static uint64_t mix(uint64_t x) {
  x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
  return x ^ (x >> 31);
}

/* Owen's scrambling: each digit is flipped or not, by chance, as all the digits above it say. */
static uint64_t owen(uint64_t x, const uint64_t key[2]) {
  uint64_t flips = 0;
  for (int b = BITS - 1; b >= 0; b--) {
    uint64_t above = (x >> b >> 1) | UINT64_C(1) << (BITS - 1 - b); /* marked by their number */
    flips |= (mix(mix(above ^ key[0]) + key[1]) >> 63) << b;
  }
  return x ^ flips;
}

static void fill_column(const uint64_t *v, const uint64_t key[2], mi_scramble scramble,
                        int64_t first, int64_t n, int64_t d, double *column,
                        const mi_control *control) {
  uint64_t gray = (uint64_t)first ^ (uint64_t)first >> 1, x = 0;
  for (int b = 0; b < BITS; b++) {
    if (gray >> b & 1) x ^= v[b];
  }
  for (int64_t i = 0; i < n; i++) {
    uint64_t y = x;
    if (scramble == MI_SCRAMBLE_OWEN) y = owen(x, key);
    if (scramble == MI_SCRAMBLE_SHIFT) y = x ^ key[0] >> (64 - BITS);
    if ((i & 0xffff) == 0 && mi_cancelled(control)) return; /* so does the caller's loop */
    column[i * d] = (double)y * 0x1p-52;
    x ^= v[__builtin_ctzll((uint64_t)(first + i + 1))]; /* the bit of the Gray code that changes */
  }
}

mi_status mi_sobol(uint64_t seed, mi_scramble scramble, int64_t first, int64_t n, int64_t d,
                   double *out, mi_control *control) {
  if (d < 1 || d > MI_SOBOL_DIMENSIONS)
    return mi_fail(control, MI_EINVAL, "dimensions: 1 to %d expected, got %lld",
                   MI_SOBOL_DIMENSIONS, (long long)d);
  if (first < 0 || n < 0 || first > (INT64_C(1) << BITS) - n)
    return mi_fail(control, MI_EINVAL, "the sequence has 2^%d points", BITS);
  const uint16_t *row = sobol_table;
  for (int64_t j = 0; j < d; j++) {
    if (mi_cancelled(control)) return MI_ECANCEL;
    uint64_t v[BITS + 1] = {0}; /* one more: the bit that changes after the last point */
    mi_rng rng = mi_rng_stream(seed, mi_rng_stage("sobol"), (uint64_t)j);
    const uint64_t key[2] = {mi_rng_bits(&rng), mi_rng_bits(&rng)};
    directions(j, &row, v);
    fill_column(v, key, scramble, first, n, d, out + j, control);
  }
  return mi_cancelled(control) ? MI_ECANCEL : MI_OK;
}
