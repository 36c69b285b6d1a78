/* How the functions of one centre's element are evaluated: what they share is computed once.
 *
 * The exponential types are sums over neighbours or triplets of
 *
 *     e(r) fc(r)                                                e = exp(-eta (r - rs)^2)
 *     e(r_ij) e(r_ik) [e(r_jk)]  fc(r_ij) fc(r_ik) [fc(r_jk)]  (1 + lambda cos)^zeta
 *
 * (the bracket: "narrow" types). fc and fc'/(fc r) are tabulated for each distinct cutoff function
 * and neighbour, times Z for weighted types; so is e for radial and wide types. Of a narrow
 * triplet the product of all e is one exponential of the sum of squares. Exponentials whose eta
 * are small multiples of the least one of the same rs are products of others.
 *
 * Functions of the same elements, narrowness and cutoff function make a group, whose triplets are
 * looked at once; its legs are its distinct e, each with the terms (a function and its power of
 * 1 + lambda cos) that use it. Functions of compact support make groups as well; their legs are
 * distinct functions C(r), tabulated with C'/r. */
#ifndef MI_SYMFUN_PLAN_H
#define MI_SYMFUN_PLAN_H

#include "core/base/isa.h"
#include "core/descriptors/symfun.h"

enum { MI_SYMFUN_ALL = -1 }; /* in place of an element: all of them */

/* fc(r); times Z if weighted. */
typedef struct mi_cutoff_function {
  bool weighted;
  int shape;          /* cutoff type 0..8 */
  double rc, inner;   /* zero from rc on, one below inner */
  double scale;       /* x = (r - inner) scale */
  uint32_t wanted;    /* bit e: for neighbours of element e */
} mi_cutoff_function;

/* exp(-eta (r - rs)^2), or the product of numbers a and b of the same list. */
typedef struct mi_exponential {
  double eta, rs;
  int a, b;           /* a < 0: no product */
  uint32_t wanted;
} mi_exponential;

/* The exponentials [first, first + count) of a plan; a and b count from first. */
typedef struct mi_exponentials {
  int first, count;
} mi_exponentials;

/* C(r; rl, rc); times Z if weighted. */
typedef struct mi_compact_function {
  bool asymmetric, weighted;
  int shape;          /* of the core: 4..8 */
  double rl, rc;
  double inner;       /* the centre */
  double scale;       /* |r - inner| scale */
  uint32_t wanted;
} mi_compact_function;

/* (1 + lambda cos)^zeta, or C(theta). */
typedef struct mi_angle_function {
  bool compact;
  int shape;
  int power;            /* zeta where that is a small integer, else 0 */
  double lambda, zeta;
  double center, scale; /* radians */
} mi_angle_function;

typedef struct mi_radial_term {
  int function, element;
  bool compact;
  int factor;           /* exponential, or compact function */
  int cutoff;
} mi_radial_term;

typedef struct mi_angular_term {
  int function, angle;  /* angle: counted from the group's first */
  double norm;          /* 2^(1 - zeta), 1 */
} mi_angular_term;

typedef struct mi_leg {
  int factor;           /* exponential of the group's list, or compact function */
  int first, terms;
} mi_leg;

typedef struct mi_group {
  int e1, e2;           /* elements, both MI_SYMFUN_ALL or neither */
  bool narrow, compact, shifted; /* shifted: some rs is not zero */
  double rc;            /* the largest of its functions */
  int cutoff;
  mi_exponentials e;
  int leg, legs, terms;
  int angle, angles;
} mi_group;

typedef struct mi_symfun_plan {
  size_t functions;
  int cutoffs, compacts, radials, groups;
  mi_exponentials table;     /* those of neighbours */
  int most_legs, most_angles, most_terms, most_exponentials; /* of a group */
  mi_cutoff_function *cutoff;
  mi_exponential *exponential;
  mi_compact_function *compact;
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

/* Triplets of one group, those of the neighbours j in [first, end): rows that backward needs. */
typedef struct mi_triplets {
  int group;
  size_t first, end;
  size_t n;              /* a multiple of 2 vectors; the last count nothing */
  size_t room;           /* of a row */
  double *cosine;        /* cos theta */
  double *product;       /* 1/(r_ij r_ik) */
  double *across;        /* narrow: r_jk^2, then fc'/(fc r) of it */
  double *jk;            /* narrow and shifted: r_jk */
  double *leg;           /* [legs] e and fc of all three distances */
  unsigned char *lanes;  /* of each vector of places, which of them count */
} mi_triplets;

enum {
  MI_SYMFUN_SEGMENT = 1024, /* triplets, and up to a row more */
  MI_SYMFUN_LANES = 4096,   /* vectors of places they come from, and up to a row more */
  MI_SYMFUN_TILE = 128,     /* triplets that are in the fastest cache together */
  MI_SYMFUN_KEPT_ROWS = 4,  /* beside those of legs */
  MI_SYMFUN_SEGMENTS = 64,  /* that are kept at most */
  MI_SYMFUN_KEEP = 1 << 18  /* doubles they may take */
};

/* Element by element in runs that start at multiples of 8; places that are left over hold
 * neighbours far beyond every cutoff. */
typedef struct mi_symfun_work {
  size_t room;                            /* places, a multiple of 8 */
  size_t begin[MI_SYMFUN_ELEMENTS + 1];   /* run of each element; the last is the end */
  uint32_t *index;                        /* atom in each place, UINT32_MAX in those left over */
  double *x, *y, *z, *r, *inverse, *weight; /* d_ij, r_ij, 1/r_ij, Z_j */
  double *gx, *gy, *gz;                   /* dE_i/dx_j, from backward */
  double *table;                          /* rows of `room`, see mi_symfun_rows */
  double *scratch;                        /* the kernel's own */
  /* Triplets that forward has kept: all before neighbour rest_first of group rest_group. */
  double *kept;                           /* [MI_SYMFUN_KEEP] */
  int segments;
  mi_triplets segment[MI_SYMFUN_SEGMENTS];
  int rest_group;
  size_t rest_first;
} mi_symfun_work;

/* Rows of the table: fc and fc'/(fc r) of each cutoff function, each exponential of neighbours,
 * C and C'/r of each compact function. */
static inline size_t mi_symfun_rows(const mi_symfun_plan *plan) {
  return (size_t)(2 * plan->cutoffs + plan->table.count + 2 * plan->compacts);
}

/* Room for atoms of any element of the set in the list. */
mi_status mi_symfun_work_alloc(mi_symfun_work *work, const mi_symfun_set *set,
                               const mi_neighbours *list);
void mi_symfun_work_free(mi_symfun_work *work);

/* Sorts the neighbours of an atom, which are in h, into the work. */
void mi_symfun_gather(mi_symfun_work *work, const mi_symfun_set *set, const mi_structure *s,
                      const mi_neighbourhood *h);

/* G of the atom in work. With `keep` it leaves what backward needs: the tables, and as many
 * triplets as there is room for. */
MI_DECLARE(void, mi_symfun_forward,
           (const mi_symfun_plan *plan, mi_symfun_work *work, bool keep, double *value));

/* gx, gy, gz = sum_f weight_f dG_f/dx_j for every neighbour j, after forward with `keep`; any
 * number of times. Functions of weight 0 cost nothing: the derivatives of a single function are
 * those for the weights of a unit vector. */
MI_DECLARE(void, mi_symfun_backward,
           (const mi_symfun_plan *plan, mi_symfun_work *work, const double *weight));

#endif
