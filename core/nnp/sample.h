/* Training structures: positions, labels, and their symmetry functions with derivatives.
 *
 * Descriptors are the dear part: with derivatives some 30 kB an atom. A sample either keeps them or
 * has them computed anew for every use. Derivatives are rounded to single precision, which halves
 * them; forces move by some 1e-7 of their size, less than any training resolves. */
#ifndef MI_NNP_SAMPLE_H
#define MI_NNP_SAMPLE_H

#include "core/descriptors/symfun.h"

typedef struct mi_described {
  size_t n, most;
  double *value;          /* G [n x most] */
  mi_symfun_derivatives d; /* but for its value and strain, which are rounded: */
  float *slope, *strain;
  size_t *first;          /* [n + 1] the blocks that belong to atom a, */
  size_t *block;          /*   their numbers in d, */
  uint32_t *centre;       /*   and their centres */
} mi_described;

/* What is not known is NULL or false. */
typedef struct mi_sample {
  mi_structure s;         /* its arrays belong to the sample */
  int8_t *element;        /* [n] place in the set */
  double energy;          /* eV, without the offsets of the elements */
  bool has_energy, has_virial;
  double *forces;         /* [n x 3], eV/Å */
  double virial[6];       /* -dE/d strain: xx yy zz yz xz xy, eV */
  double weight;          /* of its squared errors */
  mi_described *kept;     /* NULL: described when needed */
} mi_sample;

/* Copies structure and forces (NULL: none). MI_EINVAL: unknown element, labels not finite. */
mi_status mi_sample_make(mi_sample *sample, const mi_symfun_set *set, const mi_structure *s,
                         const double *forces, mi_control *control);
void mi_sample_free(mi_sample *sample);

/* *d is zero before and freed also after a failure. */
mi_status mi_describe(mi_described *d, const mi_sample *sample, const mi_symfun_set *set,
                      mi_control *control);
void mi_described_free(mi_described *d);

/* Bytes a description takes. */
size_t mi_described_bytes(const mi_described *d);

#endif
