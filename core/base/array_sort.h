/* Sorting, and what needs sorted values. NaN sorts last; the order of equal elements is kept.
 *
 * Radix sort of 64-bit keys: linear time, n more keys of memory. All functions poll for cancel. */
#ifndef MI_ARRAY_SORT_H
#define MI_ARRAY_SORT_H

#include "core/base/array.h"

/* Sorts the n elements at x, ascending, in place. Complex numbers are refused. */
mi_status mi_sort(mi_dtype dtype, void *x, int64_t n, mi_control *control);

/* order[k] = zero-based place of the k-th smallest of the n elements at x. */
mi_status mi_argsort(mi_dtype dtype, const void *x, int64_t n, int64_t *order,
                     mi_control *control);

/* Keeps one of each run of equal elements of sorted x (all NaN are equal) and counts them; returns
 * how many are left. */
int64_t mi_unique_sorted(mi_dtype dtype, void *x, int64_t n, int64_t *counts);

/* Quantile of n >= 1 sorted values, linear between them: q = 0 is the first, 1 the last. NaN when
 * there is a NaN. */
double mi_quantile_sorted(const double *x, int64_t n, double q);

/* Number of the n ascending values that are < v (or <= v when after is true). */
int64_t mi_search_sorted(const double *x, int64_t n, double v, bool after);

#endif
