/* Networks: their shape. */
#include "core/nnp/network.h"

mi_status mi_network_check(const mi_network *n, mi_control *control) {
  if (n->layers < 1 || n->layers > MI_NETWORK_LAYERS)
    return mi_fail(control, MI_EINVAL, "network: 1 to %d layers expected, got %d",
                   MI_NETWORK_LAYERS, n->layers);
  for (int l = 0; l <= n->layers; l++)
    if (n->width[l] < 1 || n->width[l] > MI_NETWORK_WIDTH)
      return mi_fail(control, MI_EINVAL, "network: 1 to %d nodes in layer %d expected, got %d",
                     MI_NETWORK_WIDTH, l, n->width[l]);
  if (n->width[n->layers] != 1)
    return mi_fail(control, MI_EINVAL, "network: one output expected, got %d",
                   n->width[n->layers]);
  for (int l = 0; l < n->layers; l++)
    if ((int)n->activation[l] < MI_IDENTITY || n->activation[l] > MI_HARMONIC)
      return mi_fail(control, MI_EINVAL, "network: unknown activation function %d",
                     (int)n->activation[l]);
  return MI_OK;
}

size_t mi_network_layer(const mi_network *n, int layer) {
  size_t sum = 0;
  for (int l = 0; l < layer; l++) sum += ((size_t)n->width[l] + 1) * (size_t)n->width[l + 1];
  return sum;
}

size_t mi_network_parameters(const mi_network *n) { return mi_network_layer(n, n->layers); }

size_t mi_network_work(const mi_network *n) {
  size_t nodes = 0, most = 0;
  for (int l = 1; l <= n->layers; l++) {
    nodes += (size_t)n->width[l];
    if ((size_t)n->width[l] > most) most = (size_t)n->width[l];
  }
  return MI_NETWORK_BATCH * (2 * nodes + most);
}
