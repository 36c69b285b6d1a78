/* Feed-forward networks that give the energy of one atom from its scaled symmetry functions.
 *
 *     v_0 = inputs,   v_l = f_l(x_l),   x_l = W_l v_(l-1) + b_l,   energy = v_L (one number).
 *
 * With `fan_in` (normalize_nodes of n2p2) x_l is divided by the width of layer l - 1. Parameters
 * stand as in n2p2's files of weights: for each layer, for each node j of the layer before it, for
 * each of its nodes k the weight j -> k; then its biases.
 *
 * For evaluation they are packed: rows of a layer's nodes, and for the slopes rows of the nodes
 * below it, each as long as vectors want it, so that a layer is a sum of rows. */
#ifndef MI_NETWORK_H
#define MI_NETWORK_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/control.h"
#include "core/base/isa.h"

enum { MI_NETWORK_LAYERS = 8, MI_NETWORK_WIDTH = 4096 };

/* In n2p2's files: l t s p r g c S e h. */
typedef enum mi_activation {
  MI_IDENTITY,    /* x */
  MI_TANH,        /* tanh x */
  MI_LOGISTIC,    /* 1 / (1 + exp(-x)) */
  MI_SOFTPLUS,    /* log(1 + exp x) */
  MI_RELU,        /* max(0, x) */
  MI_GAUSSIAN,    /* exp(-x^2/2) */
  MI_COSINE,      /* cos x */
  MI_REVLOGISTIC, /* 1 - 1 / (1 + exp(-x)) */
  MI_EXPONENTIAL, /* exp(-x) */
  MI_HARMONIC     /* x^2 */
} mi_activation;

typedef struct mi_network {
  int layers;                       /* of weights, 1..MI_NETWORK_LAYERS */
  int width[MI_NETWORK_LAYERS + 1]; /* width[0] inputs; the last is 1 */
  mi_activation activation[MI_NETWORK_LAYERS];
  bool fan_in;
  const double *parameter;          /* borrowed */
} mi_network;

/* MI_EINVAL unless widths and activations are possible; parameters are not looked at. */
mi_status mi_network_check(const mi_network *network, mi_control *control);

size_t mi_network_parameters(const mi_network *network);

/* Where the weights of layer l = 0, 1, ... start; its biases follow them. */
size_t mi_network_layer(const mi_network *network, int l);

/* A row of n numbers, filled up to whole vectors. */
static inline size_t mi_network_row(int n) { return ((size_t)n + 7) / 8 * 8; }

/* The parameters packed, in memory aligned to MI_ALIGNMENT: for each layer the rows
 * [nodes below][its nodes] of weights, its biases, and the rows [its nodes][nodes below]; zeros
 * where rows are filled up. */
size_t mi_network_packed(const mi_network *network);
void mi_network_pack(const mi_network *network, double *packed);

/* Doubles of work that an evaluation needs: v and f' of every node, and the slopes of a layer. */
size_t mi_network_work(const mi_network *network);

/* The energy of one atom, and slope[mi_network_row(width[0])] = d energy / d input. All memory is
 * aligned to MI_ALIGNMENT. */
MI_DECLARE(double, mi_network_evaluate,
           (const mi_network *network, const double *packed, const double *input, double *work,
            double *slope));

#endif
