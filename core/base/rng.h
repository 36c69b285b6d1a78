/* Random numbers: Philox4x64-10, a counter-based generator (Salmon et al., SC11 (2011)).
 *
 * A stream is named by (seed, stage, item): streams of different names are independent, and block
 * number b of a stream is a pure function of the name and b. So work that draws from the stream of
 * its item gives the same numbers whatever the order or the number of threads. Numbers are the same
 * at every instruction set level.
 *
 * mi_rng is a plain value: a copy continues the stream from the same place. */
#ifndef MI_RNG_H
#define MI_RNG_H

#include <stdint.h>

#include "core/base/control.h"

typedef struct mi_rng {
  uint64_t key[2];     /* seed, stage */
  uint64_t counter[4]; /* block number, item, 0, 0 */
  uint64_t block[4];   /* the numbers of the last block */
  int used;            /* how many of them were given out */
} mi_rng;

mi_rng mi_rng_stream(uint64_t seed, uint64_t stage, uint64_t item);

/* The number that stands for a stage given by name (FNV-1a). */
uint64_t mi_rng_stage(const char *name);

/* Philox4x64-10 itself: encrypts the counter with the key. */
void mi_philox(const uint64_t counter[4], const uint64_t key[2], uint64_t out[4]);

/* 64 random bits. */
uint64_t mi_rng_bits(mi_rng *rng);

/* Multiples of 2^-53 in [0, 1). */
double mi_rng_uniform(mi_rng *rng);

/* Odd multiples of 2^-53 in (0, 1): never 0, never 1. */
double mi_rng_uniform_open(mi_rng *rng);

/* An integer from 0 to n - 1, every one equally likely; n > 0. */
uint64_t mi_rng_below(mi_rng *rng, uint64_t n);

double mi_rng_normal(mi_rng *rng);      /* mean 0, standard deviation 1 */
double mi_rng_exponential(mi_rng *rng); /* mean 1 */

/* Density x^(shape - 1) exp(-x) / Gamma(shape); shape > 0. */
double mi_rng_gamma(mi_rng *rng, double shape);

/* Exact for every mean from 0 to MI_POISSON_LIMIT. */
#define MI_POISSON_LIMIT 1e15
int64_t mi_rng_poisson(mi_rng *rng, double mean);

/* Exact for 0 <= n <= 1e15 trials with probability 0 <= p <= 1. */
int64_t mi_rng_binomial(mi_rng *rng, int64_t n, double p);

/* Puts the n integers in random order. */
mi_status mi_rng_shuffle(mi_rng *rng, int64_t *index, int64_t n, mi_control *control);

/* k different integers out of 0 .. n - 1 in random order; work holds n integers. k <= n. */
mi_status mi_rng_choose(mi_rng *rng, int64_t n, int64_t k, int64_t *chosen, int64_t *work,
                        mi_control *control);

/* k integers out of 0 .. n - 1 with the given chances, which need not sum to 1: with replacement,
 * or each at most once (one after the other in proportion to the weights that are left). Weights
 * are finite and >= 0, at least one (without replacement: k) of them > 0. */
mi_status mi_rng_choose_weighted(mi_rng *rng, const double *weight, int64_t n, int64_t k,
                                 bool replace, int64_t *chosen, mi_control *control);

#endif
