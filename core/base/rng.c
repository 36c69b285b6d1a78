/* Philox, and the draws that need little more than its bits; gamma, Poisson and binomial numbers
 * are in rng_distributions.c. */
#include "core/base/rng.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/array_sort.h"
#include "core/base/memory.h"
#include "core/base/rng_ziggurat.h"

/* ---- the generator --------------------------------------------------------------------------- */

static uint64_t multiply(uint64_t a, uint64_t b, uint64_t *high) {
  __extension__ typedef unsigned __int128 wide;
  wide product = (wide)a * b;
  *high = (uint64_t)(product >> 64);
  return (uint64_t)product;
}

void mi_philox(const uint64_t counter[4], const uint64_t key[2], uint64_t out[4]) {
  uint64_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];
  uint64_t k0 = key[0], k1 = key[1];
  for (int round = 0; round < 10; round++) {
    uint64_t high0, high1;
    uint64_t low0 = multiply(UINT64_C(0xd2e7470ee14c6c93), c0, &high0);
    uint64_t low1 = multiply(UINT64_C(0xca5a826395121157), c2, &high1);
    c0 = high1 ^ c1 ^ k0;
    c1 = low1;
    c2 = high0 ^ c3 ^ k1;
    c3 = low0;
    k0 += UINT64_C(0x9e3779b97f4a7c15);
    k1 += UINT64_C(0xbb67ae8584caa73b);
  }
  out[0] = c0, out[1] = c1, out[2] = c2, out[3] = c3;
}

mi_rng mi_rng_stream(uint64_t seed, uint64_t stage, uint64_t item) {
  return (mi_rng){.key = {seed, stage}, .counter = {0, item, 0, 0}, .used = 4};
}

uint64_t mi_rng_stage(const char *name) {
  uint64_t hash = UINT64_C(0xcbf29ce484222325);
  for (; *name; name++) hash = (hash ^ (unsigned char)*name) * UINT64_C(0x100000001b3);
  return hash;
}

uint64_t mi_rng_bits(mi_rng *rng) {
  if (rng->used == 4) {
    mi_philox(rng->counter, rng->key, rng->block);
    rng->counter[0]++;
    rng->used = 0;
  }
  return rng->block[rng->used++];
}

/* ---- uniform numbers and integers ------------------------------------------------------------ */

double mi_rng_uniform(mi_rng *rng) { return (double)(mi_rng_bits(rng) >> 11) * 0x1p-53; }

double mi_rng_uniform_open(mi_rng *rng) {
  return ((double)(mi_rng_bits(rng) >> 12) + 0.5) * 0x1p-52;
}

/* The high word of bits * n is the integer; the low words below 2^64 mod n are one too many and are
 * drawn again (Lemire, ACM Trans. Model. Comput. Simul. 29 (2019) 3). */
uint64_t mi_rng_below(mi_rng *rng, uint64_t n) {
  uint64_t high, low = multiply(mi_rng_bits(rng), n, &high);
  if (low < n) {
    uint64_t surplus = -n % n;
    while (low < surplus) low = multiply(mi_rng_bits(rng), n, &high);
  }
  return high;
}

/* ---- normal and exponential ------------------------------------------------------------------ */

/* |x| beyond r = layer_edge[1] (Marsaglia, Technometrics 6 (1964) 101). */
static double normal_tail(mi_rng *rng) {
  const double r = layer_edge[1];
  double x, y;
  do {
    x = mi_rng_exponential(rng) / r;
    y = mi_rng_exponential(rng);
  } while (2 * y < x * x);
  return r + x;
}

/* Bits 0-7 choose the layer, bit 8 the sign, bits 11-63 the place: none is used twice. */
double mi_rng_normal(mi_rng *rng) {
  for (;;) {
    uint64_t bits = mi_rng_bits(rng);
    int layer = (int)(bits & 255);
    double sign = bits & 256 ? -1 : 1;
    double x = (double)(bits >> 11) * 0x1p-53 * layer_edge[layer];
    if (x < layer_edge[layer + 1]) return sign * x;
    if (layer == 0) return sign * normal_tail(rng);
    double low = layer_height[layer], high = layer_height[layer + 1];
    if (low + mi_rng_uniform(rng) * (high - low) < exp(-0.5 * x * x)) return sign * x;
  }
}

double mi_rng_exponential(mi_rng *rng) { return -log(mi_rng_uniform_open(rng)); }

/* ---- order and choice ------------------------------------------------------------------------ */

static void swap(int64_t *a, int64_t *b) {
  int64_t t = *a;
  *a = *b;
  *b = t;
}

/* A look at the cancel flag every 65536 draws. */
static bool is_cancelled(int64_t i, const mi_control *control) {
  return (i & 0xffff) == 0 && mi_cancelled(control);
}

mi_status mi_rng_shuffle(mi_rng *rng, int64_t *index, int64_t n, mi_control *control) {
  for (int64_t i = n - 1; i > 0; i--) {
    if (is_cancelled(i, control)) return MI_ECANCEL;
    swap(&index[i], &index[mi_rng_below(rng, (uint64_t)i + 1)]);
  }
  return MI_OK;
}

mi_status mi_rng_choose(mi_rng *rng, int64_t n, int64_t k, int64_t *chosen, int64_t *work,
                        mi_control *control) {
  for (int64_t i = 0; i < n; i++) work[i] = i;
  for (int64_t i = 0; i < k; i++) {
    if (is_cancelled(i, control)) return MI_ECANCEL;
    swap(&work[i], &work[i + (int64_t)mi_rng_below(rng, (uint64_t)(n - i))]);
    chosen[i] = work[i];
  }
  return MI_OK;
}

/* The first i with sum[i] > target, by halving; sum does not fall. */
static int64_t first_above(const double *sum, int64_t n, double target) {
  int64_t low = 0, high = n - 1;
  while (low < high) {
    int64_t middle = low + (high - low) / 2;
    if (sum[middle] > target) high = middle;
    else low = middle + 1;
  }
  return low;
}

static mi_status choose_with_replacement(mi_rng *rng, const double *weight, int64_t n, int64_t k,
                                         int64_t *chosen, mi_control *control) {
  double *sum = MI_NEW(double, (size_t)n), total = 0;
  mi_status status = sum ? MI_OK : MI_ENOMEM;
  for (int64_t i = 0; i < n && sum; i++) sum[i] = total += weight[i];
  for (int64_t i = 0; i < k && status == MI_OK; i++) {
    if (is_cancelled(i, control)) status = MI_ECANCEL;
    do { /* rounding may reach the total, and with it an item of weight zero at the end */
      chosen[i] = first_above(sum, n, mi_rng_uniform(rng) * total);
    } while (weight[chosen[i]] == 0);
  }
  free(sum);
  return status;
}

/* Items arrive at exponential times of rate weight; the first k are the sample in its order
 * (Efraimidis and Spirakis, Inf. Process. Lett. 97 (2006) 181). */
static mi_status choose_once_each(mi_rng *rng, const double *weight, int64_t n, int64_t k,
                                  int64_t *chosen, mi_control *control) {
  double *time = MI_NEW(double, (size_t)n);
  int64_t *order = MI_NEW(int64_t, (size_t)n);
  mi_status status = time && order ? MI_OK : MI_ENOMEM;
  for (int64_t i = 0; i < n && status == MI_OK; i++) {
    if (is_cancelled(i, control)) status = MI_ECANCEL;
    double arrival = mi_rng_exponential(rng);
    time[i] = weight[i] > 0 ? arrival / weight[i] : INFINITY;
  }
  if (status == MI_OK) status = mi_argsort(MI_F64, time, n, order, control);
  if (status == MI_OK) memcpy(chosen, order, (size_t)k * sizeof *order);
  free(time);
  free(order);
  return status;
}

mi_status mi_rng_choose_weighted(mi_rng *rng, const double *weight, int64_t n, int64_t k,
                                 bool replace, int64_t *chosen, mi_control *control) {
  int64_t positive = 0;
  double total = 0;
  for (int64_t i = 0; i < n; i++) {
    if (!(weight[i] >= 0))
      return mi_fail(control, MI_EINVAL, "weights: numbers >= 0 expected, got %g", weight[i]);
    positive += weight[i] > 0;
    total += weight[i];
  }
  if (!isfinite(total)) return mi_fail(control, MI_EINVAL, "weights: their sum is not finite");
  if (k > 0 && positive < (replace ? 1 : k))
    return mi_fail(control, MI_EINVAL, "weights: %lld above zero, too few to choose %lld",
                   (long long)positive, (long long)k);
  return replace ? choose_with_replacement(rng, weight, n, k, chosen, control)
                 : choose_once_each(rng, weight, n, k, chosen, control);
}
