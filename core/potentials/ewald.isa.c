/* The loops of Ewald's sum over the atoms of a block, for each row of wave vectors: see ewald.h. */
#include "core/base/vmath_inline.h"
#include "core/potentials/ewald.h"

#define INLINE static inline __attribute__((always_inline))
enum { BLOCK = MI_EWALD_BLOCK };

void MI_ISA(mi_ewald_powers)(mi_ewald_phases *p) {
  for (int d = 0; d < 3; d++) {
    const double *re = p->re[d] + BLOCK, *im = p->im[d] + BLOCK;
    for (size_t i = 0; i < BLOCK; i += MI_V) {
      const mi_v one = mi_v_set(1), zero = {0}, cr = mi_v_load(re + i), ci = mi_v_load(im + i);
      mi_v_store(p->re[d] + i, one);
      mi_v_store(p->im[d] + i, zero);
      mi_v zr = cr, zi = ci;
      for (int n = 2; n <= p->most[d]; n++) {
        const mi_v next = zr * cr - zi * ci;
        zi = zr * ci + zi * cr;
        zr = next;
        mi_v_store(p->re[d] + n * BLOCK + i, zr);
        mi_v_store(p->im[d] + n * BLOCK + i, zi);
      }
    }
  }
}

/* exp(i (n1 b1 + n2 b2).r) of the block */
INLINE void plane(const mi_ewald_row *row, const mi_ewald_phases *p, double *u, double *v) {
  const int n2 = row->n2 < 0 ? -row->n2 : row->n2;
  const double sign = row->n2 < 0 ? -1 : 1;
  const double *xr = p->re[0] + row->n1 * BLOCK, *xi = p->im[0] + row->n1 * BLOCK;
  const double *yr = p->re[1] + n2 * BLOCK, *yi = p->im[1] + n2 * BLOCK;
  for (size_t i = 0; i < BLOCK; i += MI_V) {
    const mi_v a = mi_v_load(xr + i), b = mi_v_load(xi + i), c = mi_v_load(yr + i);
    const mi_v d = sign * mi_v_load(yi + i);
    mi_v_store(u + i, a * c - b * d);
    mi_v_store(v + i, a * d + b * c);
  }
}

void MI_ISA(mi_ewald_sums)(const mi_ewald_row *row, size_t rows, const mi_ewald_phases *p,
                           double (*sums)[4]) {
  double u[BLOCK], v[BLOCK];
  for (size_t k = 0; k < rows; k++, row++) {
    plane(row, p, u, v);
    for (size_t i = 0; i < BLOCK; i += MI_V) {
      const mi_v charge = mi_v_load(p->charge + i);
      mi_v_store(u + i, charge * mi_v_load(u + i));
      mi_v_store(v + i, charge * mi_v_load(v + i));
    }
    for (int n = 0; n <= row->most; n++) {
      const double *zr = p->re[2] + n * BLOCK, *zi = p->im[2] + n * BLOCK;
      mi_v s[4] = {{0}};
      for (size_t i = 0; i < BLOCK; i += MI_V) {
        const mi_v a = mi_v_load(u + i), b = mi_v_load(v + i);
        const mi_v c = mi_v_load(zr + i), d = mi_v_load(zi + i);
        s[0] += a * c;
        s[1] += b * d;
        s[2] += a * d;
        s[3] += b * c;
      }
      for (int m = 0; m < 4; m++) sums[row->first + (size_t)n][m] += mi_v_sum(s[m]);
    }
  }
}

/* Sums over n3 for the atoms i ... of conj(a S) z: *plain, and of n3 times that: *times. */
typedef struct complex_v {
  mi_v re, im;
} complex_v;

INLINE void along(const mi_ewald_row *row, const mi_ewald_phases *p, const double (*weight)[4],
                  size_t i, complex_v *plain, complex_v *times) {
  *plain = *times = (complex_v){{0}, {0}};
  for (int n = 0; n <= row->most; n++) {
    const mi_v zr = mi_v_load(p->re[2] + n * BLOCK + i), zi = mi_v_load(p->im[2] + n * BLOCK + i);
    const double *w = weight[row->first + (size_t)n], order = n;
    plain->re += w[0] * zr + w[1] * zi;
    plain->im += w[2] * zi - w[3] * zr;
    times->re += order * w[2] * zr + order * w[3] * zi;
    times->im += order * w[0] * zi - order * w[1] * zr;
  }
}

INLINE void add_at(double *at, mi_v v) { mi_v_store(at, mi_v_load(at) + v); }

void MI_ISA(mi_ewald_fields)(const mi_ewald_row *row, size_t rows, const mi_ewald_phases *p,
                             const double (*weight)[4], mi_ewald_field *field) {
  double u[BLOCK], v[BLOCK];
  for (size_t k = 0; k < rows; k++, row++) {
    plane(row, p, u, v);
    for (size_t i = 0; i < BLOCK; i += MI_V) {
      const mi_v a = mi_v_load(u + i), b = mi_v_load(v + i);
      complex_v plain, times;
      along(row, p, weight, i, &plain, &times);
      const mi_v sine = a * plain.im + b * plain.re;
      add_at(field->energy + i, a * plain.re - b * plain.im);
      add_at(field->force[0] + i, (double)row->n1 * sine);
      add_at(field->force[1] + i, (double)row->n2 * sine);
      add_at(field->force[2] + i, a * times.im + b * times.re);
    }
  }
}
