/* Symmetry functions: what the types have, their order, sets. */
#include "core/descriptors/symfun.h"

#include <math.h>
#include <string.h>

#include "core/base/elements.h"
#include "core/base/memory.h"
#include "core/descriptors/plan.h"

/* ---- types ----------------------------------------------------------------------------------- */

bool mi_symfun_angular(int type) {
  return type == 3 || type == 9 || type == 13 || type == 21 || type == 22 || type == 24 ||
         type == 25;
}

bool mi_symfun_weighted(int type) {
  return type == 12 || type == 13 || type == 23 || type == 24 || type == 25;
}

bool mi_symfun_compact(int type) { return type >= 20; }

static bool known(int type) {
  return type == 2 || type == 3 || type == 9 || type == 12 || type == 13 ||
         (type >= 20 && type <= 25);
}

/* ---- rows ------------------------------------------------------------------------------------ */

/* A number that is to be a small integer; what is none becomes -1, which no check lets pass. */
static int whole(double x) { return x >= 0 && x <= 1e6 && x == floor(x) ? (int)x : -1; }

mi_symfun mi_symfun_of_row(const double *r) {
  return (mi_symfun){.type = whole(r[0]), .center = whole(r[1]), .e1 = whole(r[2]),
                     .e2 = whole(r[3]), .eta = r[4], .rs = r[5], .lambda = r[6], .zeta = r[7],
                     .rl = r[8], .left = r[9], .right = r[10], .rc = r[11],
                     .cutoff = whole(r[12]), .alpha = r[13],
                     .core = (mi_symfun_core)whole(r[14])};
}

void mi_symfun_to_row(const mi_symfun *f, double *r) {
  const double row[MI_SYMFUN_COLUMNS] = {f->type, f->center, f->e1, f->e2, f->eta, f->rs,
                                         f->lambda, f->zeta, f->rl, f->left, f->right, f->rc,
                                         f->cutoff, f->alpha, (double)f->core};
  memcpy(r, row, sizeof row);
}

/* ---- order ----------------------------------------------------------------------------------- */

static int sign(double d) { return d < 0 ? -1 : d > 0; }

/* The first of the differences that is not zero. */
static int first_of(const double *difference, int n) {
  for (int i = 0; i < n; i++)
    if (difference[i] != 0) return sign(difference[i]);
  return 0;
}

int mi_symfun_compare(const mi_symfun *a, const mi_symfun *b) {
  if (a->type != b->type) return a->type < b->type ? -1 : 1;
  const double core = (double)a->core - (double)b->core, e1 = a->e1 - b->e1, e2 = a->e2 - b->e2;
  const double rl = a->rl - b->rl, rc = a->rc - b->rc;
  if (mi_symfun_compact(a->type)) {
    const double left = a->left - b->left, right = a->right - b->right;
    if (a->type == 20) return first_of((double[]){core, e1, rc, rl}, 4);
    if (a->type == 21 || a->type == 22)
      return first_of((double[]){core, e1, e2, rc, rl, left, right}, 7);
    return first_of((double[]){core, rc, rl, left, right}, 5);
  }
  const double zeta = a->zeta - b->zeta, lambda = a->lambda - b->lambda;
  return first_of((double[]){a->cutoff - b->cutoff, a->alpha - b->alpha, rc, a->eta - b->eta,
                             a->rs - b->rs, zeta, lambda, e1, e2}, 9);
}

/* ---- checks ---------------------------------------------------------------------------------- */

/* What is wrong with a parameter of f, or NULL. */
static const char *fault_of_exponential(const mi_symfun *f) {
  if (!isfinite(f->eta) || f->eta < 0) return "eta: number >= 0 expected";
  if (!isfinite(f->rs)) return "rs: finite number expected";
  if (f->cutoff < 0 || f->cutoff > 8) return "cutoff type: 0 to 8 expected";
  if (!(f->alpha >= 0 && f->alpha < 1)) return "alpha of the cutoff: 0 <= alpha < 1 expected";
  if (!mi_symfun_angular(f->type)) return NULL;
  if (!isfinite(f->lambda)) return "lambda: finite number expected";
  if (!(f->zeta > 0 && f->zeta <= 1e4)) return "zeta: 0 < zeta <= 10000 expected";
  return NULL;
}

static const char *fault_of_compact(const mi_symfun *f) {
  if (!isfinite(f->rl) || f->rl >= f->rc) return "rl: finite number less than rc expected";
  if ((int)f->core < 0 || f->core > MI_CORE_P4A) return "subtype: e, p1 to p4a expected";
  if (!mi_symfun_angular(f->type)) return NULL;
  if (!(f->left < f->right) || !(f->right - f->left <= 360))
    return "angles: left < right, at most 360 degrees apart, expected";
  if (f->left < 0 && f->left + f->right != 0) return "left angle below 0: a centre at 0 expected";
  if (f->right > 180 && f->left + f->right != 360)
    return "right angle above 180: a centre at 180 expected";
  return NULL;
}

static const char *fault_of(const mi_symfun_set *set, const mi_symfun *f) {
  if (!known(f->type)) return "type: 2, 3, 9, 12, 13 or 20 to 25 expected";
  const bool weighted = mi_symfun_weighted(f->type), angular = mi_symfun_angular(f->type);
  const int number[] = {f->center, f->e1, f->e2};
  const bool wanted[] = {true, !weighted, angular && !weighted};
  for (int i = 0; i < 3; i++) {
    if (!wanted[i] && number[i] != 0) return "it has more elements than its type";
    if (wanted[i] && (number[i] < 1 || number[i] > 118 || set->slot[number[i]] < 0))
      return "its elements: elements of the set expected";
  }
  if (!(f->rc > 0 && f->rc <= 1e3)) return "rc: 0 < rc <= 1000 expected";
  return mi_symfun_compact(f->type) ? fault_of_compact(f) : fault_of_exponential(f);
}

/* ---- sets ------------------------------------------------------------------------------------ */

static mi_status set_elements(mi_symfun_set *set, const int *number, size_t n,
                              mi_control *control) {
  memset(set->slot, -1, sizeof set->slot);
  if (n < 1 || n > MI_SYMFUN_ELEMENTS)
    return mi_fail(control, MI_EINVAL, "elements: 1 to %d expected, got %zu", MI_SYMFUN_ELEMENTS,
                   n);
  set->elements = (int)n;
  for (size_t i = 0; i < n; i++) {
    if (number[i] < 1 || number[i] > 118 || set->slot[number[i]] >= 0)
      return mi_fail(control, MI_EINVAL, "elements: different elements expected");
    set->slot[number[i]] = 0;
  }
  for (int z = 1, e = 0; z <= 118; z++) {
    if (set->slot[z] < 0) continue;
    set->number[e] = z;
    set->slot[z] = (int8_t)e++;
  }
  return MI_OK;
}

/* Sorts by element, then as mi_symfun_compare says; equal functions stay in their order. Pairs of
 * elements are in rising order. */
static void sort(mi_symfun_set *set, const mi_symfun *function, size_t n) {
  for (size_t i = 0; i < n; i++) {
    mi_symfun f = function[i];
    if (f.e2 != 0 && f.e2 < f.e1) {
      f.e1 = function[i].e2;
      f.e2 = function[i].e1;
    }
    size_t k = i;
    for (; k > 0; k--) {
      const mi_symfun *before = set->function + k - 1;
      if (before->center < f.center) break;
      if (before->center == f.center && mi_symfun_compare(before, &f) <= 0) break;
      set->function[k] = *before;
      set->order[k] = set->order[k - 1];
    }
    set->function[k] = f;
    set->order[k] = i;
  }
}

static mi_status make_plans(mi_symfun_set *set, size_t n, mi_control *control) {
  size_t at = 0;
  for (int e = 0; e < set->elements; e++) {
    set->first[e] = at;
    while (at < n && set->function[at].center == set->number[e]) at++;
    const size_t count = at - set->first[e];
    if (count > MI_SYMFUN_MOST)
      return mi_fail(control, MI_EINVAL, "functions: at most %d an element expected, got %zu",
                     MI_SYMFUN_MOST, count);
    if (count > set->most) set->most = count;
    set->plan[e] = mi_symfun_plan_make(set, set->function + set->first[e], count);
    if (!set->plan[e]) return MI_ENOMEM;
  }
  set->first[set->elements] = at;
  return MI_OK;
}

static mi_status make(mi_symfun_set *set, const int *number, size_t elements,
                      const mi_symfun *function, size_t n, mi_control *control) {
  const mi_status status = set_elements(set, number, elements, control);
  if (status) return status;
  if (n < 1) return mi_fail(control, MI_EINVAL, "functions: at least one expected");
  if (n > MI_SYMFUN_MOST * MI_SYMFUN_ELEMENTS)
    return mi_fail(control, MI_EINVAL, "functions: too many, %zu", n);
  for (size_t i = 0; i < n; i++) {
    const char *fault = fault_of(set, function + i);
    if (fault) return mi_fail(control, MI_EINVAL, "symmetry function %zu: %s", i + 1, fault);
    set->cutoff = fmax(set->cutoff, function[i].rc);
  }
  set->function = MI_NEW(mi_symfun, n);
  set->order = MI_NEW(size_t, n);
  if (!set->function || !set->order) return MI_ENOMEM;
  sort(set, function, n);
  return make_plans(set, n, control);
}

mi_status mi_symfun_set_make(mi_symfun_set *set, const int *number, size_t elements,
                             const mi_symfun *function, size_t n, mi_control *control) {
  *set = (mi_symfun_set){0};
  const mi_status status = make(set, number, elements, function, n, control);
  if (status) mi_symfun_set_free(set);
  return status;
}

void mi_symfun_set_free(mi_symfun_set *set) {
  free(set->function);
  free(set->order);
  for (int e = 0; e < MI_SYMFUN_ELEMENTS; e++) mi_symfun_plan_free(set->plan[e]);
  *set = (mi_symfun_set){0};
}

mi_status mi_symfun_knows(const mi_symfun_set *set, const mi_structure *s, mi_control *control) {
  for (size_t i = 0; i < s->n; i++) {
    if (s->number[i] > 0 && set->slot[s->number[i]] >= 0) continue;
    const mi_element *element = mi_element_of_number(s->number[i]);
    return mi_fail(control, MI_EINVAL, "atom %zu: there are no symmetry functions for %s", i + 1,
                   element ? element->symbol : "an atom of no element");
  }
  return MI_OK;
}
