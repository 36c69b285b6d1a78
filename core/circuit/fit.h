/* Fits of a circuit to a spectrum: data with weights, a problem (which parameters vary, within
 * which bounds), Levenberg-Marquardt from a start, and a search without one.
 *
 * Minimised is SSR = sum of (weight (data - model))^2 over the 2 n real numbers, by the variables:
 * logarithms of parameters and plain exponents, called theta. A variable that rests on a bound and
 * is drawn outwards leaves the active set. Each step solves the damped linear problem by QR
 * (modified Gram-Schmidt with the residual as its last column), never by normal equations, so that
 * data good to 9 digits are fitted to 9 digits. Where the residuals are small against the data,
 * valleys of SSR are narrow against their bend, and steps follow it to second order. */
#ifndef MI_CIRCUIT_FIT_H
#define MI_CIRCUIT_FIT_H

#include "core/circuit/sweep.h"

/* ---- data ------------------------------------------------------------------------------------ */

typedef enum mi_circuit_weight {
  MI_CIRCUIT_UNIT,         /* 1 */
  MI_CIRCUIT_MODULUS,      /* 1 / |data| for both parts */
  MI_CIRCUIT_PROPORTIONAL, /* 1 / |Re|, 1 / |Im| */
  MI_CIRCUIT_SIGMA         /* 1 / sigma, as measured */
} mi_circuit_weight;

typedef struct mi_circuit_data {
  mi_circuit_grid grid;
  double *value, *weight; /* [2][padded] */
  double log_weights;     /* sum of ln weight over the 2 n numbers */
  double scale;           /* sum of (weight value)^2 */
  double low, high;       /* least and greatest |part| and |value|: the range of starts */
  bool admittance;
} mi_circuit_data;

/* Impedance re + j im (ohm) at n frequencies (Hz); sigma [2][n] of impedance, real parts first, for
 * MI_CIRCUIT_SIGMA. With `admittance`, 1 / Z is fitted (its sigma is sigma / |Z|^2). */
mi_status mi_circuit_data_make(const double *frequency, const double *re, const double *im,
                               size_t n, mi_circuit_weight weight, const double *sigma,
                               bool admittance, mi_circuit_data *data, mi_control *control);
void mi_circuit_data_free(mi_circuit_data *data);

/* ---- problem --------------------------------------------------------------------------------- */

typedef struct mi_circuit_problem {
  mi_circuit circuit;
  int variables;
  int map[MI_CIRCUIT_PARAMETERS];       /* the variable of a parameter; -1: fixed */
  double offset[MI_CIRCUIT_PARAMETERS]; /* theta = variable + offset; theta itself when fixed */
  double lower[MI_CIRCUIT_PARAMETERS], upper[MI_CIRCUIT_PARAMETERS]; /* of the variables */
} mi_circuit_problem;

/* Every parameter varies within the default bounds of its element. */
void mi_circuit_problem_make(const mi_circuit *circuit, mi_circuit_problem *problem);

/* ---- fits ------------------------------------------------------------------------------------ */

/* Memory of a fit for one thread. */
typedef struct mi_circuit_engine {
  const mi_circuit_data *data;
  mi_isa isa;
  mi_circuit_work work;
  double *column[MI_CIRCUIT_PARAMETERS + 1]; /* [2][padded]; the last: the residual */
  double *small[MI_CIRCUIT_PARAMETERS + 1];  /* [2 parameters]: the damped problem */
  double *r, *damped;                        /* [(parameters + 1)^2] */
  void *memory;
} mi_circuit_engine;

mi_status mi_circuit_engine_make(const mi_circuit_data *data, int parameters,
                                 mi_circuit_engine *engine, mi_control *control);
void mi_circuit_engine_free(mi_circuit_engine *engine);

/* SSR at theta; infinite where the model is not finite. */
double mi_circuit_cost(const mi_circuit_problem *problem, const double *theta,
                       mi_circuit_engine *engine);

/* Natural parameters of theta. */
void mi_circuit_natural(const mi_circuit_problem *problem, const double *theta, double *p);

typedef enum mi_circuit_reason {
  MI_CIRCUIT_CONVERGED, MI_CIRCUIT_EXACT, /* the model meets the data to rounding */
  MI_CIRCUIT_ITERATIONS, MI_CIRCUIT_STALLED, MI_CIRCUIT_CANCELLED
} mi_circuit_reason;

typedef struct mi_circuit_stop {
  int iterations;
  double decrease; /* converged when a step promises less than this part of SSR */
  bool polish;     /* then Newton's steps, until they are rounding */
} mi_circuit_stop;

typedef struct mi_circuit_fit {
  double theta[MI_CIRCUIT_PARAMETERS];
  double cost;
  int iterations;
  mi_circuit_reason reason;
} mi_circuit_fit;

/* Improves fit->theta. */
void mi_circuit_improve(const mi_circuit_problem *problem, const mi_circuit_stop *stop,
                        mi_circuit_engine *engine, mi_circuit_fit *fit,
                        const mi_control *control);

/* At theta: covariance [variables^2] of theta for residuals of variance 1. A variable held by a
 * bound has zeros; one that the data do not determine, or that follows such a one, has infinity on
 * the diagonal. Returns the number of determined variables. */
int mi_circuit_covariance(const mi_circuit_problem *problem, const double *theta,
                          mi_circuit_engine *engine, double *covariance);

/* J'J [variables^2] and J'r [variables] at theta, J = -d residual / d theta; returns SSR. */
double mi_circuit_normal(const mi_circuit_problem *problem, const double *theta,
                         mi_circuit_engine *engine, double *normal, double *slope);

/* ---- search ---------------------------------------------------------------------------------- */

typedef struct mi_circuit_search_options {
  int starts;    /* random starts, improved by a few steps; the best of them to convergence */
  uint64_t seed;
  double enough; /* SSR that needs no further search */
  int relatives; /* starts from each other circuit, where several are fitted together */
} mi_circuit_search_options;

/* 40 starts a variable, the more the harder the landscape. */
mi_circuit_search_options mi_circuit_search_default(const mi_circuit_problem *problem);

/* The best fit of many starts, of which `start` [variables] is one unless it is NULL. */
void mi_circuit_search(const mi_circuit_problem *problem, const mi_circuit_search_options *options,
                       const double *start, mi_circuit_engine *engine, mi_circuit_fit *fit,
                       const mi_control *control);

/* A better fit than *fit from fits of other circuits, of which number `self` is this one: as many
 * starts from each as the options say, see relatives.h. Every parameter varies. */
void mi_circuit_search_relatives(const mi_circuit_problem *problem, const mi_circuit *others,
                                 const mi_circuit_fit *fits, size_t count, size_t self,
                                 const mi_circuit_search_options *options,
                                 mi_circuit_engine *engine, mi_circuit_fit *fit,
                                 const mi_control *control);

/* Where starts lead to: at most `most` optima by rising SSR, some perhaps twice. Returns how many
 * they are. */
int mi_circuit_optima(const mi_circuit_problem *problem, const mi_circuit_search_options *options,
                      const double *start, mi_circuit_engine *engine, int most,
                      mi_circuit_fit *found, const mi_control *control);

#endif
