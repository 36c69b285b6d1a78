/* Networks: their shape. */
#include "core/nnp/network.h"

#include <string.h>

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

size_t mi_network_packed(const mi_network *n) {
  size_t sum = 0;
  for (int l = 0; l < n->layers; l++) {
    const size_t below = (size_t)n->width[l], own = (size_t)n->width[l + 1];
    sum += (below + 1) * mi_network_row(n->width[l + 1]) + own * mi_network_row(n->width[l]);
  }
  return sum;
}

void mi_network_pack(const mi_network *n, double *to) {
  memset(to, 0, mi_network_packed(n) * sizeof *to);
  for (int l = 0; l < n->layers; l++) {
    const double *from = n->parameter + mi_network_layer(n, l);
    const size_t below = (size_t)n->width[l], own = (size_t)n->width[l + 1];
    const size_t row = mi_network_row(n->width[l + 1]), column = mi_network_row(n->width[l]);
    double *turned = to + (below + 1) * row;
    for (size_t j = 0; j <= below; j++) /* the last row holds the biases */
      memcpy(to + j * row, from + j * own, own * sizeof *to);
    for (size_t k = 0; k < own; k++)
      for (size_t j = 0; j < below; j++) turned[k * column + j] = from[j * own + k];
    to = turned + own * column;
  }
}

size_t mi_network_work(const mi_network *n) {
  size_t nodes = 0, most = 0;
  for (int l = 1; l <= n->layers; l++) {
    const size_t row = mi_network_row(n->width[l]);
    nodes += row;
    if (row > most) most = row;
  }
  return 2 * nodes + most;
}
