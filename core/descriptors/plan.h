/* How the functions of one centre's element are evaluated: what they share is computed once.
 *
 * Every function is a sum over neighbours of a pair function P, or over triplets of
 *
 *     P(r_ij) P(r_ik) [P(r_jk)] Q(cos theta)        (the bracket: "narrow" types)
 *
 * so P is tabulated for each distinct pair function and neighbour, and only P(r_jk) and Q remain
 * for each triplet. Functions of the same elements, narrowness and cutoff make a group, whose
 * triplets are looked at once; its legs are its distinct pair functions, each with the terms (a
 * function and its Q) that use it. Weights Z belong to the tables. */
#ifndef MI_SYMFUN_PLAN_H
#define MI_SYMFUN_PLAN_H

#include "core/base/isa.h"
#include "core/descriptors/symfun.h"

enum { MI_SYMFUN_ALL = -1 }; /* in place of an element: all of them */

/* exp(-eta (r - rs)^2) fc(r), or C(r); times Z if weighted. */
typedef struct mi_pair_function {
  bool compact, asymmetric, weighted;
  int shape;            /* cutoff type 0..8; of a core: 4..8 */
  double eta, rs;
  double rl, rc;        /* zero outside; rl is -infinity where there is none */
  double inner;         /* fc is 1 below */
  double scale;         /* x = (r - inner) scale; compact: |r - inner| scale */
  uint32_t wanted;      /* bit e: for neighbours of element e */
} mi_pair_function;

/* (1 + lambda cos)^zeta, or C(theta). */
typedef struct mi_angle_function {
  bool compact;
  int shape;
  int power;            /* zeta where that is a small integer, else 0 */
  double lambda, zeta;
  double center, scale; /* radians */
} mi_angle_function;

typedef struct mi_radial_term {
  int function, pair, element;
} mi_radial_term;

typedef struct mi_angular_term {
  int function, angle; /* angle: counted from the group's first */
  double norm;         /* 2^(1 - zeta), 1 */
} mi_angular_term;

typedef struct mi_leg {
  int pair, first, terms;
} mi_leg;

typedef struct mi_group {
  int e1, e2;           /* elements, both MI_SYMFUN_ALL or neither */
  bool narrow, compact;
  double rc;            /* the largest of its functions */
  int leg, legs;
  int angle, angles;
} mi_group;

typedef struct mi_symfun_plan {
  size_t functions;
  int pairs, radials, groups;
  int most_legs, most_angles, most_terms; /* of a group, rounded up to multiples of 8 */
  mi_pair_function *pair;
  mi_radial_term *radial;
  mi_group *group;
  mi_leg *leg;
  mi_angle_function *angle;
  mi_angular_term *term;
  uint32_t *felt;       /* [elements + 1][functions]: who feels each element, then all functions */
  size_t felt_count[MI_SYMFUN_ELEMENTS + 1];
} mi_symfun_plan;

/* The plan for n functions of one centre in their order; NULL without memory. */
mi_symfun_plan *mi_symfun_plan_make(const mi_symfun_set *set, const mi_symfun *function, size_t n);
void mi_symfun_plan_free(mi_symfun_plan *plan);

/* ---- the neighbours of one atom, as the kernels want them ------------------------------------ */

/* Element by element in runs that start at multiples of 8; places that are left over hold
 * neighbours far beyond every cutoff. */
typedef struct mi_symfun_work {
  size_t room;                            /* places, a multiple of 8 */
  size_t begin[MI_SYMFUN_ELEMENTS + 1];   /* run of each element; the last is the end */
  uint32_t *index;                        /* atom in each place, UINT32_MAX in those left over */
  double *x, *y, *z, *r, *inverse, *weight; /* d_ij, r_ij, 1/r_ij, Z_j */
  double *gx, *gy, *gz;                   /* dE_i/dx_j, from backward */
  double *table;                          /* [pairs][P, P'/r][room] */
  double *scratch;                        /* the kernel's own */
} mi_symfun_work;

/* Doubles of scratch that a plan needs with so many places. */
size_t mi_symfun_scratch(const mi_symfun_plan *plan, size_t room);

/* Room for atoms of any element of the set in the list. The scratch is that of another work, which
 * lives longer and is not used at the same time, or its own for NULL. */
mi_status mi_symfun_work_alloc(mi_symfun_work *work, const mi_symfun_set *set,
                               const mi_neighbours *list, const mi_symfun_work *other);
void mi_symfun_work_free(mi_symfun_work *work);

/* Sorts the neighbours of an atom, which are in h, into the work. */
void mi_symfun_gather(mi_symfun_work *work, const mi_symfun_set *set, const mi_structure *s,
                      const mi_neighbourhood *h);

/* G of the atom in work; leaves the tables for backward. */
MI_DECLARE(void, mi_symfun_forward,
           (const mi_symfun_plan *plan, mi_symfun_work *work, double *value));

/* gx, gy, gz = sum_f weight_f dG_f/dx_j for every neighbour j. Functions of weight 0 cost nothing:
 * the derivatives of a single function are those for the weights of a unit vector. */
MI_DECLARE(void, mi_symfun_backward,
           (const mi_symfun_plan *plan, mi_symfun_work *work, const double *weight));

#endif
