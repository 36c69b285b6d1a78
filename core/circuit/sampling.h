/* Exchange Monte Carlo of a circuit (core/inference/exchange.h), under the prior and the likelihood
 * of evidence.h.
 *
 * It samples at a known standard deviation s of the weighted residuals, chosen so that the
 * likelihood is nearly that of evidence.h around the best fit; weights take the last step from one
 * to the other where s is not known. A step of one parameter evaluates its element and the
 * connections above it only. Likelihoods of circuits have modes that differ in which branch is the
 * slow one; swaps of branches lead from one to another.
 *
 * The way from the prior to the posterior is long, and has transitions where a branch finds its
 * place. So a short run from the prior explores, and the run proper goes from a reference, a normal
 * distribution q of every variable around the draws of the first, through q^(1-b) (prior x
 * likelihood)^b. Its evidence is exact whatever q is; what q does not cover it may miss, as any
 * finite run. */
#ifndef MI_CIRCUIT_SAMPLING_H
#define MI_CIRCUIT_SAMPLING_H

#include "core/circuit/evidence.h"
#include "core/inference/exchange.h"

typedef struct mi_circuit_posterior {
  double log_evidence, error;          /* by bridges */
  double integrated, integrated_error; /* thermodynamic integration */
  double waic; /* -2 (log predictive density - its effective number of parameters), Watanabe 2010 */
  double wbic; /* mean of -log likelihood at the inverse temperature 1 / ln 2n, Watanabe 2013 */
  int replicas;
  int64_t sweeps;  /* that count */
  int64_t kept;    /* samples */
  double *samples; /* [kept][variables] theta; from the caller, may be NULL */
} mi_circuit_posterior;

enum { MI_CIRCUIT_LEAST_SWEEPS = 2000, MI_CIRCUIT_MOST_SWEEPS = 6000 };

/* 800 sweeps of burn-in, every 10th sweep kept; sweeps 0: as many as a second or so gives, but at
 * least 2,000 and at most 6,000; replicas 0: as many as neighbouring temperatures in the ratio 2.5
 * need. */
mi_exchange_options mi_circuit_exchange_default(void);

/* Around `best`, the optimum. Every variable has a prior, its bounds. */
mi_status mi_circuit_exchange(const mi_circuit_problem *problem,
                              const mi_circuit_symmetry *symmetry, const mi_circuit_noise *noise,
                              const mi_circuit_fit *best, const mi_exchange_options *options,
                              mi_circuit_engine *engine, mi_circuit_posterior *posterior,
                              mi_control *control);

enum { MI_CIRCUIT_LEARN = 400, MI_CIRCUIT_JUDGE = 800 };

/* A short run on few temperatures: theta [LEARN + JUDGE][variables], one row a sweep. */
mi_status mi_circuit_explore(const mi_circuit_problem *problem, const mi_circuit_noise *noise,
                             const mi_circuit_fit *best, uint64_t seed, mi_circuit_engine *engine,
                             double *theta, mi_control *control);

#endif
