/* Neural-network potentials: making them. */
#include "core/nnp/nnp.h"

#include <math.h>
#include <string.h>

#include "core/base/elements.h"
#include "core/base/memory.h"

static mi_status check(const mi_symfun_set *set, int e, const mi_nnp_part *part,
                       mi_control *control) {
  const size_t n = mi_symfun_count(set, e);
  const bool kernel = part->kernel.points > 0;
  const mi_status status =
      kernel ? mi_kernel_check(&part->kernel, control) : mi_network_check(&part->network, control);
  if (status) return status;
  const int inputs = kernel ? part->kernel.inputs : part->network.width[0];
  if ((size_t)inputs != n)
    return mi_fail(control, MI_EINVAL,
                   "model of %s: %zu inputs, one a symmetry function, expected, got %d",
                   mi_element_of_number(set->number[e])->symbol, n, inputs);
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

/* Numbers of a model, and of the same packed. */
static size_t parameters_of(const mi_nnp_part *part) {
  const size_t points = (size_t)part->kernel.points;
  return points ? points * ((size_t)part->kernel.inputs + 1)
                : mi_network_parameters(&part->network);
}

static size_t packed_of(const mi_nnp_part *part) {
  return part->kernel.points ? mi_kernel_packed(&part->kernel) : mi_network_packed(&part->network);
}

static mi_status copy_kernel(mi_kernel *k, double **to, mi_control *control) {
  const size_t n = (size_t)k->points;
  const mi_status status = copy(&k->point, n * (size_t)k->inputs, to, "points", control);
  return status ? status : copy(&k->alpha, n, to, "weights", control);
}

/* Packed models stand before all else: they are whole vectors and stay aligned. */
static mi_status copy_part(mi_nnp_part *part, size_t n, double **packed, double **to,
                           mi_control *control) {
  const bool kernel = part->kernel.points > 0;
  mi_status status = kernel ? copy_kernel(&part->kernel, to, control)
                            : copy(&part->network.parameter, parameters_of(part), to, "weights",
                                   control);
  if (!status && kernel) mi_kernel_pack(&part->kernel, *packed);
  if (!status && !kernel) mi_network_pack(&part->network, *packed);
  part->packed = *packed;
  *packed += packed_of(part);
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
    numbers += parameters_of(part + i) + 3 * mi_symfun_count(set, e);
    packed += packed_of(part + i);
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
