#include "core/base/linalg_forecast.h"

#include <cblas.h>
#include <math.h>

#include "core/base/clock.h"
#include "core/base/memory.h"

enum { SIDE = 320, TRIES = 3 }; /* of the product that is timed: 1.3 ms at 50 GFLOP/s */

static const double little = 1e10; /* operations: under a second on any machine, so no look at it */

static double operations(mi_lapack_call call, int64_t rows, int64_t columns) {
  static const double factor[] = {
      [MI_DSYEVD] = 11, [MI_DGEEV] = 55, [MI_DGESDD] = 22, [MI_DGESDD_VALUES] = 8.5};
  const double m = (double)rows, n = (double)columns;
  return factor[call] * fmax(m, n) * fmin(m, n) * fmin(m, n);
}

/* Operations a second of a matrix product; 0 without the memory to try. */
static double rate(void) {
  const size_t count = (size_t)SIDE * SIDE;
  double *a = mi_alloc_zero(2 * count, sizeof *a), best = INFINITY;
  if (!a) return 0;
  for (int i = 0; i < TRIES; i++) {
    const double began = mi_thread_seconds();
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, SIDE, SIDE, SIDE, 1, a, SIDE, a, SIDE, 0,
                a + count, SIDE);
    best = fmin(best, mi_thread_seconds() - began);
  }
  free(a);
  return 2.0 * SIDE * SIDE * SIDE / fmax(best, 1e-9);
}

double mi_lapack_seconds(mi_lapack_call call, int64_t rows, int64_t columns) {
  const double speed = rate();
  return speed > 0 ? operations(call, rows, columns) / speed : 0;
}

void mi_forecast(mi_lapack_call call, int64_t rows, int64_t columns, mi_control *control) {
  static const char *const what[] = {[MI_DSYEVD] = "eigenvalues",
                                     [MI_DGEEV] = "eigenvalues",
                                     [MI_DGESDD] = "singular values",
                                     [MI_DGESDD_VALUES] = "singular values"};
  if (!control || !control->warn || operations(call, rows, columns) < little) return;
  const double seconds = mi_lapack_seconds(call, rows, columns);
  if (seconds < 1) return;
  mi_warn(control,
          "the %s of a %lld x %lld matrix take about %.0f s and cannot be interrupted "
          "(a second Ctrl-C ends the program)",
          what[call], (long long)rows, (long long)columns, seconds);
}
