/* Standard errors by the jackknife over blocks of successive, correlated values. */
#ifndef MI_JACKKNIFE_H
#define MI_JACKKNIFE_H

enum { MI_BLOCKS = 20 };

/* The standard error of an estimate from the estimates that leave out one block each. Where the
 * errors of successive blocks stick together, it grows by their correlations, summed up as long as
 * these are positive. */
double mi_jackknife(const double *without, int blocks);

#endif
