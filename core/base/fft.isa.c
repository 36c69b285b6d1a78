/* The passes of a mixed-radix transform at one level. */
#include <string.h>

#include "core/base/fft_pass.h"
#include "core/base/vmath_inline.h"

#if MI_V > 2
#define VECTOR mi_v
#define LANES (MI_V / 2)
#define NAME(f) f##_wide
#include "core/base/fft_butterfly.h"
#endif

typedef double single __attribute__((vector_size(16)));
#define VECTOR single
#define LANES 1
#define NAME(f) f##_single
#include "core/base/fft_butterfly.h"

/* All rows with a radix known to the compiler. */
static inline __attribute__((always_inline)) void rows(int p, const mi_fft_pass *pass,
                                                       const mi_complex *x, mi_complex *y) {
  for (int64_t q = 0; q < pass->m; q++) {
    int64_t k = 0;
#if MI_V > 2
    k = row_wide(p, pass, q, k, x, y);
#endif
    row_single(p, pass, q, k, x, y);
  }
}

void MI_ISA(mi_fft_run_pass)(const mi_fft_pass *pass, const mi_complex *x, mi_complex *y) {
  switch (pass->radix) {
    case 2: rows(2, pass, x, y); break;
    case 3: rows(3, pass, x, y); break;
    case 4: rows(4, pass, x, y); break;
    case 5: rows(5, pass, x, y); break;
    case 7: rows(7, pass, x, y); break;
    default: rows(pass->radix, pass, x, y); break;
  }
}
