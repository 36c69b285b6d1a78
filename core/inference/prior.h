/* Priors of one parameter, by name and two numbers, in the coordinate in which a sampler moves.
 *
 *     uniform      a <= q <= b                           coordinate z = q
 *     normal       mean a, standard deviation b          z = q
 *     gamma        shape a, scale b, q > 0               z = log q
 *     log-uniform  0 < a <= q <= b                       z = log q
 *     log-normal   median a, b the spread of log q       z = log q
 *
 * All are normalised: a free energy needs that. */
#ifndef MI_PRIOR_H
#define MI_PRIOR_H

#include "core/base/control.h"
#include "core/base/rng.h"

typedef enum mi_prior_kind {
  MI_PRIOR_UNIFORM,
  MI_PRIOR_NORMAL,
  MI_PRIOR_GAMMA,
  MI_PRIOR_LOG_UNIFORM,
  MI_PRIOR_LOG_NORMAL
} mi_prior_kind;

typedef struct mi_prior {
  mi_prior_kind kind;
  double a, b;
} mi_prior;

/* MI_EINVAL names the parameter (its number, from 1) whose prior is none. */
mi_status mi_prior_check(const mi_prior *prior, int parameter, mi_control *control);

/* The parameter at a coordinate, and back. */
double mi_prior_parameter(const mi_prior *prior, double z);
double mi_prior_coordinate(const mi_prior *prior, double q);

/* Log of the density of the coordinate; -infinity outside the support. */
double mi_prior_log(const mi_prior *prior, double z);

/* By how much it rises from one coordinate to another, -infinity outside the support: cheaper than
 * two of them. The parameters there (`q...`) are those of mi_prior_parameter; from is inside. */
double mi_prior_rise(const mi_prior *prior, double from, double q_from, double to, double q_to);

/* A coordinate drawn from the prior. */
double mi_prior_draw(const mi_prior *prior, mi_rng *rng);

/* About the standard deviation of the coordinate. */
double mi_prior_spread(const mi_prior *prior);

#endif
