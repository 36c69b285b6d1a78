/* Evidences of many circuits on one spectrum, in parallel over circuits. */
#ifndef MI_CIRCUIT_WEIGH_H
#define MI_CIRCUIT_WEIGH_H

#include "core/circuit/sampling.h"

typedef struct mi_circuit_weigh_options {
  mi_circuit_search_options search; /* starts 0: the default of each circuit */
  mi_circuit_noise noise;
  int draws;     /* of importance sampling; 0: none */
  bool exchange; /* exchange Monte Carlo as well */
  mi_exchange_options run;
} mi_circuit_weigh_options;

/* 2,000 draws, no exchange Monte Carlo, noise unknown. */
mi_circuit_weigh_options mi_circuit_weigh_default(void);

/* What was not asked for, or could not be had, is NaN. */
typedef struct mi_circuit_evidence {
  mi_circuit_fit best;
  int modes, symmetries;
  double laplace;
  mi_circuit_fault fault;
  mi_circuit_importance importance;
  mi_circuit_posterior exchange;
} mi_circuit_evidence;

/* starts [count] of theta, each NULL or from an earlier fit; NULL for none. The same on any number
 * of threads. */
mi_status mi_circuit_weigh(const mi_circuit_problem *problems, const double *const *starts,
                           size_t count, const mi_circuit_data *data,
                           const mi_circuit_weigh_options *options, mi_circuit_evidence *evidence,
                           mi_control *control);

#endif
