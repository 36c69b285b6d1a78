/* The nudged elastic band: a path of least energy between two minima, and the saddle on it.
 *
 * Images R_1 .. R_m stand between R_0 and R_m+1, which stay. With the unit tangent t of an image,
 *
 *     F = f - (f.t) t + spring (|R_i+1 - R_i| - |R_i - R_i-1|) t
 *
 * Tangent: "improved" (Henkelman and Jonsson, J. Chem. Phys. 113, 9978 (2000)): towards the higher
 * neighbour, at extrema the mean of both sides weighted by their differences of energy. "bisection"
 * is the sum of the two unit vectors, which kinks where the path bends under large forces.
 * Climbing: when the band is nearly relaxed, the highest image feels f - 2 (f.t) t and no spring,
 * and ends on the saddle.
 *
 * Start: straight lines, or the path that IDPP makes of them (Smidstrup et al., J. Chem. Phys. 140,
 * 214106 (2014)): the band in the field sum_pairs (d - d_wanted)^2 / d^4; d_wanted goes evenly from
 * one end to the other, which keeps atoms from meeting.
 *
 * All images are evaluated together, one a thread. */
#ifndef MI_NEB_H
#define MI_NEB_H

#include "core/md/evaluator.h"

typedef enum mi_tangent { MI_TANGENT_IMPROVED, MI_TANGENT_BISECTION } mi_tangent;

typedef struct mi_neb_options {
  int images;      /* between the ends, 1 to 200 */
  double spring;   /* eV/Å^2 */
  mi_tangent tangent;
  bool climb, idpp;
  double climb_at; /* eV/Å: the greatest force at which climbing begins */
  double force;    /* eV/Å: converged when F of no atom is longer */
  int iterations;
} mi_neb_options;

typedef struct mi_neb_result {
  size_t n, images;  /* images: with both ends */
  double *position;  /* [images x n x 3], the last end moved next to the first; owned */
  double *energy;    /* [images] eV; owned */
  double *distance;  /* [images] Å along the path; owned */
  double *slope;     /* [images] eV/Å along the path; owned */
  double *tangent;   /* [n x 3] of the highest image; owned */
  size_t highest;
  double force;
  int iterations;
  int64_t evaluations;
  bool converged;
} mi_neb_result;

/* 7 images, 1 eV/Å^2, improved tangent, climbing from 0.5 eV/Å on, IDPP, 0.01 eV/Å, 1000. */
mi_neb_options mi_neb_options_default(void);

/* From a to b: the same atoms in the same cell. start: [images x n x 3] of the images between, or
 * NULL. On failure there is nothing to free. */
mi_status mi_neb(const mi_neb_options *options, const mi_potential *potential,
                 const mi_structure *a, const mi_structure *b, const double *start,
                 mi_neb_result *result, mi_control *control);
void mi_neb_free(mi_neb_result *result);

/* ---- for neb.c and idpp.c -------------------------------------------------------------------- */

/* Energy and forces of image k (0 .. images + 1) at its positions. */
typedef mi_status mi_band_field(void *context, size_t k, const double *position, double *energy,
                                double *force, mi_control *control);

typedef struct mi_band {
  const mi_neb_options *options;
  size_t n3, count;  /* 3 n; images with ends */
  double *position, *force, *effective, *energy; /* [count x n3]; [count] */
  mi_band_field *field;
  void *context;
  bool climbing;
  double greatest; /* F of an atom */
  int iterations;
} mi_band;

/* Relaxes the images between until F is below `force` or the iterations are used up. */
mi_status mi_band_relax(mi_band *band, double force, int iterations, mi_control *control);

/* Moves the images of a straight path onto that of IDPP. */
mi_status mi_idpp(mi_band *band, const mi_structure *a, mi_control *control);

#endif
