/* Atom-centred symmetry functions G of Behler and Parrinello, in the definitions of n2p2.
 *
 * Sums over the neighbours j, k of a centre i of element `center`, r = r_ij, theta = angle jik;
 * a pair j, k counts once; neighbours are those with r < rc. fc is the cutoff function, C a compact
 * function (below), Z atomic numbers.
 *
 *   type  2  sum_j     exp(-eta (r - rs)^2) fc(r)                               j of element e1
 *         3  2^(1-zeta) sum_jk (1 + lambda cos theta)^zeta
 *              exp(-eta ((r_ij - rs)^2 + (r_ik - rs)^2 + (r_jk - rs)^2))
 *              fc(r_ij) fc(r_ik) fc(r_jk)                                  j, k of elements e1, e2
 *         9  the same without the factors of r_jk
 *     12 13  as 2 and 3 over all elements, weighted with Z_j and Z_j Z_k
 *        20  sum_j     C(r; rl, rc)                                              j of element e1
 *        21  sum_jk    C(r_ij) C(r_ik) C(r_jk) C(theta; left, right)       j, k of elements e1, e2
 *        22  the same without C(r_jk)
 *  23 24 25  as 20, 21 and 22 over all elements, weighted with Z_j and Z_j Z_k
 *
 * Cutoff functions, x = (r - alpha rc) / (rc - alpha rc), 1 for x < 0:
 *   0: 1   1: (cos(pi x) + 1)/2   2: tanh^3(1 - r/rc)   3: tanh^3(1 - r/rc) / tanh^3(1)
 *   4: exp(1 - 1/(1 - x^2))   5: (2x - 3) x^2 + 1   6: ((15 - 6x) x - 10) x^3 + 1
 *   7: (x (x (20x - 70) + 84) - 35) x^4 + 1   8: (x (x ((315 - 70x) x - 540) + 420) - 126) x^5 + 1
 * C(a; lo, hi) = core(|a - centre| / half width) with the core "e" (4 above) or "p1".."p4" (5..8);
 * "p1a".."p4a" take the core of (2 - x) x instead of x in the radial parts.
 *
 * A set holds the functions of all its elements, element by element by rising atomic number, and
 * those of an element in the order that n2p2 sorts them into: files of weights and scaling rely on
 * it. Lengths have no unit of their own. */
#ifndef MI_SYMFUN_H
#define MI_SYMFUN_H

#include "core/atoms/neighbours.h"
#include "core/atoms/structure.h"

enum {
  MI_SYMFUN_ELEMENTS = 32, /* the most a set may have */
  MI_SYMFUN_MOST = 4096    /* functions of an element */
};

/* In the order of their names. */
typedef enum mi_symfun_core {
  MI_CORE_E, MI_CORE_P1, MI_CORE_P1A, MI_CORE_P2, MI_CORE_P2A,
  MI_CORE_P3, MI_CORE_P3A, MI_CORE_P4, MI_CORE_P4A
} mi_symfun_core;

typedef struct mi_symfun {
  int type;
  int center, e1, e2;           /* atomic numbers; e1 and e2 are 0 where the type has none */
  double eta, rs, lambda, zeta; /* types 2 to 13 */
  double rl, left, right;       /* types 20 to 25; degrees */
  double rc;
  int cutoff;                   /* types 2 to 13: 0..8 */
  double alpha;                 /* [0, 1) */
  mi_symfun_core core;          /* types 20 to 25 */
} mi_symfun;

/* A function as a row of numbers, in the order of mi_symfun's members. */
enum { MI_SYMFUN_COLUMNS = 15 };
mi_symfun mi_symfun_of_row(const double *row);
void mi_symfun_to_row(const mi_symfun *f, double *row);

struct mi_symfun_plan;

typedef struct mi_symfun_set {
  int elements;
  int number[MI_SYMFUN_ELEMENTS];                  /* atomic numbers, rising */
  int8_t slot[120];                                /* element of an atomic number, or -1 */
  size_t first[MI_SYMFUN_ELEMENTS + 1];            /* functions of element e start here */
  size_t most;                                     /* the most functions of an element */
  double cutoff;                                   /* the largest rc */
  mi_symfun *function;                             /* [n], sorted */
  size_t *order;                                   /* [n] place in the list the set was made of */
  struct mi_symfun_plan *plan[MI_SYMFUN_ELEMENTS]; /* how to evaluate them, see plan.h */
} mi_symfun_set;

/* Whether the type sums over triplets; whether it has parameters e1 (and e2). */
bool mi_symfun_angular(int type);
bool mi_symfun_weighted(int type);
bool mi_symfun_compact(int type);

/* Negative, zero or positive: the order of n2p2 for functions of one centre. */
int mi_symfun_compare(const mi_symfun *a, const mi_symfun *b);

/* MI_EINVAL names the first function that is wrong, counted from 1. */
mi_status mi_symfun_set_make(mi_symfun_set *set, const int *number, size_t elements,
                             const mi_symfun *function, size_t n, mi_control *control);
void mi_symfun_set_free(mi_symfun_set *set);

static inline size_t mi_symfun_count(const mi_symfun_set *set, int element) {
  return set->first[element + 1] - set->first[element];
}

/* MI_EINVAL naming the first atom whose element the set does not have. */
mi_status mi_symfun_knows(const mi_symfun_set *set, const mi_structure *s, mi_control *control);

/* values[i * set->most + f] = G_f of atom i, 0 where its element has no function f. The list is up
 * to date and reaches at least to set->cutoff. */
mi_status mi_symfun_values(const mi_symfun_set *set, const mi_structure *s,
                           const mi_neighbours *list, double *values, mi_control *control);

/* dG/dx in blocks: block b belongs to one centre i and one atom a (all images of a neighbour count
 * for its atom), and holds d G_f / d x_a for the functions f of the centre's element that feel a:
 *
 *   for (b = first[i]; b < first[i + 1]; b++) {
 *     const mi_symfun_felt felt = mi_symfun_felt_by(set, element of i, column[b]);
 *     for (k = 0; k < felt.n; k++)
 *       value[offset[b] + 3 k + axis] = d G_(felt.function[k]) / d x_atom[b],axis
 *   }
 *
 * The atoms of a centre rise; the centre itself is among them and feels all functions. strain holds
 * d G_f / d strain for x -> x (1 + strain), which is symmetric: xx yy zz yz xz xy. */
typedef struct mi_symfun_derivatives {
  size_t n;        /* centres */
  size_t *first;   /* [n + 1] */
  uint32_t *atom;  /* [first[n]] */
  uint8_t *column; /* [first[n]] element of the atom; set->elements for the centre itself */
  size_t *offset;  /* [first[n] + 1] */
  double *value;   /* [offset[first[n]]] */
  double *strain;  /* [n x set->most x 6] */
} mi_symfun_derivatives;

/* Functions of an element, numbered from 0, that feel atoms of a column's element. */
typedef struct mi_symfun_felt {
  size_t n;
  const uint32_t *function; /* rising */
} mi_symfun_felt;

mi_symfun_felt mi_symfun_felt_by(const mi_symfun_set *set, int element, int column);

/* Values (as above) and derivatives; d is zero before, and to be freed also after a failure. */
mi_status mi_symfun_differentiate(const mi_symfun_set *set, const mi_structure *s,
                                  const mi_neighbours *list, double *values,
                                  mi_symfun_derivatives *d, mi_control *control);
void mi_symfun_derivatives_free(mi_symfun_derivatives *d);

#endif
