/* Exchange Monte Carlo (replica exchange, parallel tempering) and the Bayes free energy.
 *
 * Replica l = 1..L samples  p_l(q) ~ prior(q) exp(-b_l E(q)),  E = -log likelihood, at the inverse
 * temperatures 0 = b_1 < b_2 < ... < b_L = 1, at first geometric from b_2 on, then moved in the
 * burn-in until exchanges are refused equally often between all neighbours. A sweep moves every
 * parameter once (Metropolis, a normal step in the coordinate of its prior), the replica at b = 0
 * by drawing it anew; then neighbours exchange with probability
 * min(1, exp((b_l - b_m)(E_l - E_m))), even and odd pairs in turn. Step sizes are adapted in the
 * burn-in only (Robbins-Monro).
 *
 * Where parameters are correlated such steps are short. With `lines` a sweep also moves every
 * replica along differences of two others near its temperature, which lie the way its distribution
 * does: even replicas by the odd ones as they stand, then odd ones by the even. With `swaps` it
 * tries one of them too: parameters change places, which may lead from mode to mode at once.
 * References: Hukushima and Nemoto, J. Phys. Soc. Jpn. 65, 1604 (1996); Nagata, Sugita and Okada,
 * Neural Netw. 28, 82 (2012); ter Braak, Stat. Comput. 16, 239 (2006).
 *
 *     mi_exchange run;                                  // plain data; zero is a valid empty one
 *     status = mi_exchange_begin(&run, &model, &options, control);
 *     if (status == MI_OK) status = mi_exchange_advance(&run, INT64_MAX, control);
 *     if (status == MI_OK) mi_exchange_evidence(&run, &evidence);
 *     mi_exchange_end(&run);                            // also after a failure
 *
 * Every temperature draws from its own stream: the same seed gives the same bits on any number of
 * threads, and a saved run goes on as if it had not stopped. */
#ifndef MI_EXCHANGE_H
#define MI_EXCHANGE_H

#include <stddef.h>
#include <stdint.h>

#include "core/inference/prior.h"

/* What is sampled: priors and an energy. The callbacks run in several threads at once, each with
 * the state of its replica; state is state_size zeroed bytes, NULL when that is 0.
 *
 * energy: E = -log likelihood (nats, complete with its constants when free energies of different
 *   models are to be compared) at the parameters. They differ from those last accepted with this
 *   state in parameter `moved` alone (from 0), or arbitrarily when moved < 0, which without lines
 *   is always accepted: so a model that keeps partial sums in its state may update them. A value
 *   that is not finite, or MI_ENUMERIC, means "impossible": the step is refused. Any other status
 *   ends the run and is returned.
 * accept (may be NULL): the parameters of the last call of energy with this state are now those of
 *   the replica. */
typedef struct mi_exchange_model {
  int parameters;
  const mi_prior *prior; /* [parameters] */
  mi_status (*energy)(void *context, void *state, const double *parameters, int moved,
                      double *energy);
  void (*accept)(void *context, void *state);
  void *context;
  size_t state_size;
  bool lines;          /* moves along lines too; energy must then bear a refused moved < 0 */
  int swaps;           /* moves that swap parameters; the same holds */
  const int8_t *swap;  /* [swaps x parameters]: each its own inverse, among priors of one kind */
  /* arrange (may be NULL): parameters that are interchangeable are put in order; false when they were.
   *   log_orders is the log of the number of orders they can be in. */
  bool (*arrange)(void *context, double *parameters);
  double log_orders;
  const double *start; /* parameters where the colder half of the replicas begin; NULL: as the rest,
                          at draws from the prior */
} mi_exchange_model;

typedef struct mi_exchange_options {
  int replicas;       /* L >= 3 */
  double ratio;       /* of neighbouring b > 0; 0: a ladder that adapts itself */
  int64_t burn_in;    /* sweeps that adapt the steps and are forgotten; a multiple of the block */
  int64_t sweeps;     /* sweeps that count; a multiple of the block */
  int64_t thin;       /* the parameters at b = 1 are kept every so many sweeps */
  double acceptance;  /* that the steps aim at */
  uint64_t seed;
} mi_exchange_options;

/* Sweeps between two exact evaluations of every energy: a run stops at multiples of it only. */
enum { MI_EXCHANGE_BLOCK = 100 };

/* A parameter vector on its way through the temperatures. */
typedef struct mi_replica {
  double *q, *z; /* [parameters] parameters and their coordinates */
  double energy;
  void *state;
} mi_replica;

typedef struct mi_exchange {
  mi_exchange_model model;
  mi_exchange_options options;
  double *beta;        /* [L] */
  mi_replica *replica; /* [L] by temperature */
  double *step;        /* [L x parameters] standard deviations of the moves */
  double *reach;       /* [L] of the moves along lines, in lengths of the difference */
  mi_rng *rng;         /* [L + 1] one a temperature, one for the exchanges */
  double *energies;    /* [sweeps x L] */
  double *samples;     /* [sweeps / thin x parameters] at b = 1 */
  int threads;         /* that share a sweep; 0 until the first block has told what one costs */
  int64_t done;        /* sweeps done, of burn_in + sweeps */
  int64_t kept;        /* rows of samples that are set */
  double *acceptance;  /* [L] share of accepted moves after the burn-in */
  double *exchange;    /* [L] share of accepted exchanges of l with l + 1 after the burn-in */
  void *numbers, *states; /* what beta, step, replica, ... point into */
} mi_exchange;

/* 30 replicas, automatic ratio, 5,000 sweeps of burn-in, 15,000 that count, every 10th kept,
 * acceptance 0.5, seed 1. */
mi_exchange_options mi_exchange_default(void);

/* Draws the replicas from the prior. The model and what it points to must outlive the run. */
mi_status mi_exchange_begin(mi_exchange *run, const mi_exchange_model *model,
                            const mi_exchange_options *options, mi_control *control);

/* Goes on for at most `most` sweeps (rounded up to blocks), or to the end. */
mi_status mi_exchange_advance(mi_exchange *run, int64_t most, mi_control *control);

void mi_exchange_end(mi_exchange *run);

/* A checkpoint: mi_exchange_size bytes. To continue: begin with the same model and options, then
 * restore, which refuses what does not fit. */
size_t mi_exchange_size(const mi_exchange *run);
void mi_exchange_save(const mi_exchange *run, void *bytes);
mi_status mi_exchange_restore(mi_exchange *run, const void *bytes, size_t size,
                              mi_control *control);

/* Log evidence (minus the Bayes free energy), twice from the same sweeps, with standard errors by
 * the jackknife over 20 blocks of sweeps and the correlations between blocks:
 *
 *     bridge        the sum of Bennett's estimates between neighbours (exchange_evidence.c)
 *     integration   the first bridge, then -int <E> db over log b by the trapezoid rule corrected
 *                   with Var E = -d<E>/db; the error includes that of the rule */
typedef struct mi_evidence {
  double bridge, bridge_error;
  double integration, integration_error;
  double energy, energy_error; /* <E> at b = 1 */
} mi_evidence;

void mi_exchange_evidence(const mi_exchange *run, mi_evidence *evidence);

/* The log evidence from the samples at b = 1 alone: a bridge as above, between the posterior and the
 * normal distribution (of the coordinates, in order) that the first half of them suggests; the other
 * half and as many draws are compared. `overlap` of the two distributions, from 0 to 1: little where
 * the posterior is far from normal, and then the value says nothing, NaN where there is none. It needs
 * no other temperature: what they mix too slowly does not touch it. (X.-L. Meng and W. H. Wong, Stat.
 * Sinica 6, 831 (1996).) */
typedef struct mi_normal_bridge {
  double value, error, overlap;
} mi_normal_bridge;

mi_status mi_exchange_normal(const mi_exchange *run, mi_normal_bridge *bridge,
                             mi_control *control);

/* The mean of both bridges, weighted by their errors; that of the temperatures alone where the other
 * overlaps by less than a fifth, so that its error cannot be believed. */
void mi_evidence_pool(const mi_evidence *evidence, const mi_normal_bridge *normal, double *value,
                      double *error);

/* WBIC (Watanabe 2013): <E> at b = 1 / log n, reweighted from the replica below it. n > e. */
double mi_exchange_wbic(const mi_exchange *run, double n);

#endif
