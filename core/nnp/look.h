/* Looking at one training structure at a time, with the parameters of the moment: what a filter
 * needs that learns from single energies and forces. */
#ifndef MI_NNP_LOOK_H
#define MI_NNP_LOOK_H

#include "core/nnp/training.h"

typedef struct mi_look {
  mi_training *training;
  mi_pass *pass;
  mi_described made;        /* of a structure that keeps none */
  const mi_sample *sample;
  double *rows;             /* [3 x parameters] */
} mi_look;

mi_status mi_look_make(mi_look *look, mi_training *t, mi_control *control);
void mi_look_free(mi_look *look);

/* Runs the networks for a structure; what is asked next is about it and these parameters. */
mi_status mi_look_at(mi_look *look, size_t sample, mi_control *control);

/* Derivatives by the parameters of the energy, or of a component x (0, 1, 2) of a force; they stand
 * in memory of look until the next call, and the caller may change them. */
double *mi_look_energy_row(mi_look *look);
mi_status mi_look_force_row(mi_look *look, size_t atom, int x, double **row,
                            mi_control *control);

#endif
