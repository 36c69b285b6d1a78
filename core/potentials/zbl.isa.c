/* Energy and gradient of one atom: see the header. */
#include "core/base/vmath_inline.h"
#include "core/potentials/zbl.h"

double MI_ISA(mi_zbl_atom)(const void *self, int type, mi_shell *h) {
  const mi_zbl *z = self;
  const mi_v zero = {0};
  mi_v energy = {0};
  for (int b = 0; b < h->blocks; b++) {
    const mi_zbl_pair p = z->pair[type][h->block[b].type];
    for (size_t i = h->block[b].begin; i < h->block[b].end; i += MI_V) {
      const mi_v r = mi_v_load(h->r + i), inverse = 1.0 / r;
      const mi_v t = mi_v_max(zero, r - z->inner);
      const mi_vi inside = r < z->outer;
      mi_v f = {0}, slope = {0};
      for (int m = 0; m < MI_ZBL_TERMS; m++) {
        const mi_v e = z->share[m] * mi_v_exp(-p.decay[m] * r);
        f += e;
        slope -= p.decay[m] * e;
      }
      const mi_v value = p.charge * inverse * f + t * t * t * (p.A / 3 + p.B / 4 * t) + p.C;
      slope = p.charge * inverse * (slope - f * inverse) + t * t * (p.A + p.B * t);
      energy += mi_v_select(inside, value, zero);
      const mi_v g = mi_v_select(inside, 0.5 * slope * inverse, zero);
      mi_v_store(h->gx + i, g * mi_v_load(h->x + i));
      mi_v_store(h->gy + i, g * mi_v_load(h->y + i));
      mi_v_store(h->gz + i, g * mi_v_load(h->z + i));
    }
  }
  return 0.5 * mi_v_sum(energy);
}
