/* Neural-network potentials: making them. */
#include "core/nnp/nnp.h"

#include <math.h>
#include <string.h>

#include "core/base/elements.h"
#include "core/base/memory.h"

static mi_status check(const mi_symfun_set *set, int e, const mi_nnp_part *part,
                       mi_control *control) {
  const size_t n = mi_symfun_count(set, e);
  const mi_status status = mi_network_check(&part->network, control);
  if (status) return status;
  if ((size_t)part->network.width[0] != n)
    return mi_fail(control, MI_EINVAL,
                   "network of %s: %zu inputs, one a symmetry function, expected, got %d",
                   mi_element_of_number(set->number[e])->symbol, n, part->network.width[0]);
  if (!(part->conversion > 0) || !isfinite(part->conversion) || !isfinite(part->offset))
    return mi_fail(control, MI_EINVAL, "energies: finite units and offsets expected");
  return MI_OK;
}

/* Copies n numbers to *to, which moves on; MI_EINVAL when one is not finite. */
static mi_status copy(const double **from, size_t n, double **to, const char *what,
                      mi_control *control) {
  for (size_t i = 0; i < n; i++) {
    if (!isfinite((*from)[i]))
      return mi_fail(control, MI_EINVAL, "%s: finite numbers expected, got %g", what, (*from)[i]);
    (*to)[i] = (*from)[i];
  }
  *from = *to;
  *to += n;
  return MI_OK;
}

/* Packed networks stand before all else: they are whole vectors and stay aligned. */
static mi_status copy_part(mi_nnp_part *part, size_t n, double **packed, double **to,
                           mi_control *control) {
  mi_status status = copy(&part->network.parameter, mi_network_parameters(&part->network), to,
                          "weights", control);
  if (!status) mi_network_pack(&part->network, *packed);
  part->packed = *packed;
  *packed += mi_network_packed(&part->network);
  if (!status) status = copy(&part->shift, n, to, "scaling", control);
  if (!status) status = copy(&part->factor, n, to, "scaling", control);
  if (!status) status = copy(&part->base, n, to, "scaling", control);
  return status;
}

static mi_status make(mi_nnp *nnp, const mi_nnp_part *part, const double *low,
                      const double *high, mi_control *control) {
  const mi_symfun_set *set = &nnp->set;
  const size_t functions = set->first[set->elements];
  const size_t parts = (size_t)(nnp->members * set->elements);
  size_t numbers = 2 * functions, packed = 0;
  for (size_t i = 0; i < parts; i++) {
    const int e = (int)i % set->elements;
    const mi_status status = check(set, e, part + i, control);
    if (status) return status;
    numbers += mi_network_parameters(&part[i].network) + 3 * mi_symfun_count(set, e);
    packed += mi_network_packed(&part[i].network);
  }
  nnp->part = MI_NEW(mi_nnp_part, parts);
  nnp->numbers = MI_NEW(double, packed + numbers);
  if (!nnp->part || !nnp->numbers) return MI_ENOMEM;
  double *pack = nnp->numbers, *to = pack + packed;
  for (size_t i = 0; i < parts; i++) {
    nnp->part[i] = part[i];
    const size_t n = mi_symfun_count(set, (int)i % set->elements);
    const mi_status status = copy_part(nnp->part + i, n, &pack, &to, control);
    if (status) return status;
  }
  if (!low || !high) return MI_OK;
  nnp->low = to;
  nnp->high = to + functions;
  memcpy(nnp->low, low, functions * sizeof *low);
  memcpy(nnp->high, high, functions * sizeof *high);
  return MI_OK;
}

mi_status mi_nnp_make(mi_nnp *nnp, mi_symfun_set *set, const mi_nnp_part *part, int members,
                      const double *low, const double *high, mi_control *control) {
  *nnp = (mi_nnp){.set = *set, .members = members};
  *set = (mi_symfun_set){0};
  const mi_status status =
      members < 1 || members > MI_NNP_MEMBERS
          ? mi_fail(control, MI_EINVAL, "members: 1 to %d expected, got %d", MI_NNP_MEMBERS,
                    members)
          : make(nnp, part, low, high, control);
  if (status) mi_nnp_free(nnp);
  return status;
}

void mi_nnp_free(mi_nnp *nnp) {
  mi_symfun_set_free(&nnp->set);
  free(nnp->part);
  free(nnp->numbers);
  *nnp = (mi_nnp){0};
}
