#include "core/potentials/pair.h"

#include <math.h>
#include <stdlib.h>

#include "core/base/memory.h"
#include "core/potentials/ewald.h"

/* The class of each potential holds its name. */
typedef struct pair_self {
  mi_pair pair;
  mi_potential_class class;
} pair_self;

static double pair_cutoff(const void *self) { return ((const mi_pair *)self)->cutoff; }

static bool pair_knows(const void *self, int number) {
  return mi_species_knows(&((const mi_pair *)self)->species, number);
}

static mi_status pair_evaluate(const void *self, const mi_structure *s, const mi_neighbours *list,
                               mi_evaluation *result, mi_control *control) {
  const mi_pair *pair = self;
  const mi_local local = {&pair->species, MI_DISPATCH(mi_level(control), mi_pair_atom), pair, 0,
                          true};
  mi_status status = mi_local_evaluate(&local, s, list, result, control);
  const mi_ewald ewald = {&pair->species, pair->charge, pair->alpha, pair->most_k};
  if (!status && pair->charged) status = mi_ewald_reciprocal(&ewald, s, result, control);
  return status;
}

/* ---- walls ----------------------------------------------------------------------------------- */

/* phi with all of its Coulomb energy, and two derivatives */
static double bare(const mi_radial *k, double r, double *slope, double *curvature) {
  const double e = k->A * exp(-r * k->inverse_rho), c = k->C / pow(r, 6), d = k->D / pow(r, 12);
  const double q = k->charge / r;
  *slope = -e * k->inverse_rho + (6 * c - 12 * d - q) / r;
  *curvature = e * k->inverse_rho * k->inverse_rho + (-42 * c + 156 * d + 2 * q) / (r * r);
  return e - c + d + q;
}

/* Going outwards phi rises from minus infinity to a maximum; the wall is at the point of inflection
 * behind it. */
static void build_wall(mi_radial *k, double cutoff) {
  const double step = 1e-3;
  double r = 0.05, slope, curvature;
  bare(k, r, &slope, &curvature);
  if (k->C <= 0 || slope <= 0) return;
  while (r < cutoff && slope > 0) bare(k, r += step, &slope, &curvature);
  while (r < cutoff && curvature < 0) bare(k, r += step, &slope, &curvature);
  if (r >= cutoff) return;
  k->wall = r;
  k->wall_value = bare(k, r, &k->wall_slope, &curvature);
}

/* ---- making ---------------------------------------------------------------------------------- */

static mi_status check(int count, const mi_pair_entry *entry, const mi_pair_options *o,
                       mi_control *control) {
  if (!(o->cutoff > 0 && isfinite(o->cutoff)))
    return mi_fail(control, MI_EINVAL, "positive cutoff expected, got %g", o->cutoff);
  if (!(o->width > 0 && o->width < o->cutoff))
    return mi_fail(control, MI_EINVAL, "width from 0 to the cutoff expected, got %g", o->width);
  if (!(o->accuracy >= 1e-14 && o->accuracy <= 0.1))
    return mi_fail(control, MI_EINVAL, "accuracy from 1e-14 to 0.1 expected, got %g", o->accuracy);
  for (int t = 0; t < count * count; t++) {
    const mi_pair_entry *e = entry + t, *mirror = entry + t % count * count + t / count;
    if (!(isfinite(e->A) && isfinite(e->C) && isfinite(e->D)) || (e->A != 0 && !(e->rho > 0)))
      return mi_fail(control, MI_EINVAL, "finite parameters and rho > 0 expected");
    if (e->A != mirror->A || e->C != mirror->C || e->D != mirror->D || e->rho != mirror->rho)
      return mi_fail(control, MI_EINVAL, "the parameters of a pair depend on its order");
  }
  return MI_OK;
}

static mi_radial radial_of(const mi_pair_entry *e, double charge, const mi_pair_options *o) {
  mi_radial k = {.A = e->A, .inverse_rho = e->A != 0 ? 1 / e->rho : 0, .C = e->C, .D = e->D};
  double slope, curvature;
  if (o->truncation == MI_SHIFT) k.shift = bare(&k, o->cutoff, &slope, &curvature);
  k.charge = charge;
  build_wall(&k, o->cutoff);
  return k;
}

static void fill(mi_pair *p, const mi_pair_entry *entry, const double *charge,
                 const mi_pair_options *o) {
  const int n = p->species.count;
  const double digits = sqrt(-log(o->accuracy));
  p->cutoff = o->cutoff;
  p->inner = o->truncation == MI_SMOOTH ? o->cutoff - o->width : o->cutoff;
  for (int i = 0; charge && i < n; i++) {
    p->charge[i] = charge[i];
    p->charged = p->charged || charge[i] != 0;
  }
  if (p->charged) p->alpha = digits / o->cutoff;
  p->most_k = 2 * p->alpha * digits;
  for (int i = 0; i < n; i++)
    for (int j = 0; j < n; j++)
      p->radial[i][j] =
          radial_of(entry + i * n + j, MI_COULOMB * p->charge[i] * p->charge[j], o);
}

mi_status mi_pair_make(const char *name, const int32_t *number, int count,
                       const mi_pair_entry *entry, const double *charge,
                       const mi_pair_options *options, mi_potential *potential,
                       mi_control *control) {
  const mi_status status = check(count, entry, options, control);
  if (status) return status;
  pair_self *self = MI_NEW_ZERO(pair_self, 1);
  if (!self) return mi_fail(control, MI_ENOMEM, "no memory for a potential");
  if (!mi_species_set(&self->pair.species, number, count)) {
    free(self);
    return mi_fail(control, MI_EINVAL, "1 to %d different elements expected", MI_SPECIES_MOST);
  }
  fill(&self->pair, entry, charge, options);
  self->class = (mi_potential_class){name, pair_cutoff, pair_knows, pair_evaluate, free};
  *potential = (mi_potential){&self->class, self};
  return MI_OK;
}
