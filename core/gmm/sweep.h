/* The kernels of one EM sweep, for gmm.c and its friends; compiled per instruction set.
 *
 * Points are padded to a multiple of MI_GMM_PAD with weight 0 and a repeated x. */
#ifndef MI_GMM_SWEEP_H
#define MI_GMM_SWEEP_H

#include "core/gmm/gmm.h"

enum { MI_GMM_PAD = 8 };

/* The data of a fit. Arrays are [padded]. */
typedef struct mi_gmm_data {
  size_t n, padded;
  double *x, *w;
  double *cells;      /* weight of a point over its intensity; 0 in the padding */
  int bases;          /* components of the background */
  double *base;       /* [bases x padded] what they are at the points, normalised */
  double total;       /* W */
  double low, high;   /* range of x */
  double spacing;     /* mean distance of neighbours */
  bool uniform;       /* x goes in equal steps */
  double step;        /* that step, with its sign */
} mi_gmm_data;

/* True when x goes in equal steps, to 1e-10 of one. */
bool mi_gmm_is_uniform(const double *x, size_t n);

/* Sums of r_ik w_i over the points with t = x_i - mu_k. */
typedef struct mi_gmm_moments {
  double weight, first, second; /* sum w r, sum w r t, sum w r t^2 */
} mi_gmm_moments;

/* One pass over the points, without background: the moments of each component for its M-step, and
 * LL. Points far from every component keep their finite LL. */
MI_DECLARE(double, mi_gmm_gauss_sweep,
           (const mi_gmm_data *data, const mi_gmm_component *c, int k, mi_gmm_moments *moments));

/* E-step of k peaks of any shape, and of the background, whose components follow them in c:
 * weights[j * padded + i] = w_i r_ij; returns LL. */
MI_DECLARE(double, mi_gmm_expect,
           (const mi_gmm_data *data, mi_gmm_shape shape, const mi_gmm_component *c, int k,
            double *weights));

/* sum_i v_i log s(x_i) - V log sum_i c_i s(x_i), V = sum_i v_i: the part of Q that a conditional
 * maximisation step raises, for one component; v_i are its weights from the E-step. */
MI_DECLARE(double, mi_gmm_voigt_q,
           (const mi_gmm_data *data, const double *v, const mi_gmm_component *c));
MI_DECLARE(double, mi_gmm_doniach_q,
           (const mi_gmm_data *data, const double *v, const mi_gmm_component *c));

/* The derivative of that Q by one parameter, and the second one: by mu and sigma in units of sigma,
 * by eta and skew as they are. */
typedef enum mi_gmm_parameter {
  MI_GMM_MU,
  MI_GMM_SIGMA,
  MI_GMM_ETA,
  MI_GMM_SKEW /* of mi_gmm_doniach_slope only */
} mi_gmm_parameter;

typedef struct mi_gmm_slope {
  double first, second;
} mi_gmm_slope;

MI_DECLARE(mi_gmm_slope, mi_gmm_voigt_slope,
           (const mi_gmm_data *data, const double *v, const mi_gmm_component *c,
            mi_gmm_parameter by));
MI_DECLARE(mi_gmm_slope, mi_gmm_doniach_slope,
           (const mi_gmm_data *data, const double *v, const mi_gmm_component *c,
            mi_gmm_parameter by));

/* values[i] = s(x_i) of a Doniach-Sunjic-Gauss component [padded]; returns sum_i c_i s(x_i). */
MI_DECLARE(double, mi_gmm_doniach,
           (const mi_gmm_data *data, const mi_gmm_component *c, double *values));

/* model[i] = sum_j scale_j shape_j(x_i) [padded]; scratch is as long. */
MI_DECLARE(void, mi_gmm_model,
           (const mi_gmm_data *data, mi_gmm_shape shape, const mi_gmm_component *c,
            const double *scale, int k, double *model, double *scratch));

#endif
