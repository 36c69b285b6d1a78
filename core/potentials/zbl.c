#include "core/potentials/zbl.h"

#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/potentials/pair.h"

static const double share[MI_ZBL_TERMS] = {0.02817, 0.28022, 0.50986, 0.18175};
static const double decay[MI_ZBL_TERMS] = {0.20162, 0.40290, 0.94229, 3.19980};

static double cutoff(const void *self) { return ((const mi_zbl *)self)->outer; }

static bool knows(const void *self, int number) {
  return mi_species_knows(&((const mi_zbl *)self)->species, number);
}

static mi_status evaluate(const void *self, const mi_structure *s, const mi_neighbours *list,
                          mi_evaluation *result, mi_control *control) {
  const mi_local local = {&((const mi_zbl *)self)->species,
                          MI_DISPATCH(mi_level(control), mi_zbl_atom), self, 0, true};
  return mi_local_evaluate(&local, s, list, result, control);
}

/* The bare energy at r and its first two derivatives. */
static void bare(const mi_zbl_pair *p, double r, double d[3]) {
  double f = 0, f1 = 0, f2 = 0; /* the screening and its derivatives */
  for (int m = 0; m < MI_ZBL_TERMS; m++) {
    const double e = share[m] * exp(-p->decay[m] * r);
    f += e;
    f1 -= p->decay[m] * e;
    f2 += p->decay[m] * p->decay[m] * e;
  }
  d[0] = p->charge * f / r;
  d[1] = p->charge * (f1 - f / r) / r;
  d[2] = p->charge * (f2 - 2 * (f1 - f / r) / r) / r;
}

static mi_zbl_pair pair_of(int zi, int zj, double inner, double outer) {
  const double a = 0.46850 / (pow(zi, 0.23) + pow(zj, 0.23)), w = outer - inner;
  mi_zbl_pair p = {.charge = MI_COULOMB * zi * zj};
  double d[3];
  for (int m = 0; m < MI_ZBL_TERMS; m++) p.decay[m] = decay[m] / a;
  bare(&p, outer, d);
  p.A = (w * d[2] - 3 * d[1]) / (w * w);
  p.B = (2 * d[1] - w * d[2]) / (w * w * w);
  p.C = -d[0] + w * d[1] / 2 - w * w * d[2] / 12;
  return p;
}

mi_status mi_zbl_make(const int32_t *number, int count, double inner, double outer,
                      mi_potential *potential, mi_control *control) {
  static const mi_potential_class class = {"ZBL", cutoff, knows, evaluate, free};
  if (!(inner > 0 && outer > inner && isfinite(outer)))
    return mi_fail(control, MI_EINVAL, "0 < inner < outer expected, got %g and %g", inner, outer);
  mi_zbl *self = MI_NEW_ZERO(mi_zbl, 1);
  if (!self) return mi_fail(control, MI_ENOMEM, "no memory for a potential");
  if (!mi_species_set(&self->species, number, count)) {
    free(self);
    return mi_fail(control, MI_EINVAL, "1 to %d different elements expected", MI_SPECIES_MOST);
  }
  self->inner = inner;
  self->outer = outer;
  memcpy(self->share, share, sizeof share);
  for (int i = 0; i < count; i++)
    for (int j = 0; j < count; j++)
      self->pair[i][j] = pair_of(number[i], number[j], inner, outer);
  *potential = (mi_potential){&class, self};
  return MI_OK;
}
