/* A network at one level: forward, then backward for the slopes. Nodes are taken four at a time, so
 * that their sums are independent of each other; the lanes of a vector are atoms. */
#include "core/nnp/activation.h"
#include "core/base/isa.h"

#define INLINE static inline __attribute__((always_inline))

enum { BATCH = MI_NETWORK_BATCH };

/* x_k of `nodes` nodes from k on, for the atoms of one vector: at is the offset of that vector. */
INLINE void sums(const double *weight, const double *bias, int inputs, int width, int k,
                 int nodes, const double *input, int at, mi_v *x) {
  for (int i = 0; i < nodes; i++) x[i] = mi_v_set(bias[k + i]);
  for (int j = 0; j < inputs; j++) {
    const mi_v v = mi_v_load(input + (size_t)j * BATCH + at);
    const double *row = weight + (size_t)j * (size_t)width + k;
    for (int i = 0; i < nodes; i++) x[i] += row[i] * v;
  }
}

INLINE void activate(const mi_network *n, int layer, int nodes, const mi_v *x, double *value,
                     double *slope) {
  const double factor = n->fan_in ? 1.0 / n->width[layer] : 1;
  for (int i = 0; i < nodes; i++) {
    mi_v f1, f2;
    mi_v_store(value + i * BATCH, activation_at(n->activation[layer], factor * x[i], &f1, &f2));
    mi_v_store(slope + i * BATCH, factor * f1);
  }
}

/* Layer l from `input`: values and df/d(sum of the node). */
static void forward(const mi_network *n, int layer, const double *input, double *value,
                    double *slope) {
  const int inputs = n->width[layer], width = n->width[layer + 1];
  const double *weight = n->parameter + mi_network_layer(n, layer);
  const double *bias = weight + (size_t)inputs * (size_t)width;
  for (int at = 0; at < BATCH; at += MI_V) {
    mi_v x[4];
    int k = 0;
    for (; k + 4 <= width; k += 4) {
      sums(weight, bias, inputs, width, k, 4, input, at, x);
      activate(n, layer, 4, x, value + k * BATCH + at, slope + k * BATCH + at);
    }
    for (; k < width; k++) {
      sums(weight, bias, inputs, width, k, 1, input, at, x);
      activate(n, layer, 1, x, value + k * BATCH + at, slope + k * BATCH + at);
    }
  }
}

/* back[j] = sum_k W_jk above[k]: d energy / d value of the nodes below layer l, given
 * d energy / d(sum) of its own. */
static void backward(const mi_network *n, int layer, const double *above, double *back) {
  const int inputs = n->width[layer], width = n->width[layer + 1];
  const double *weight = n->parameter + mi_network_layer(n, layer);
  for (int at = 0; at < BATCH; at += MI_V)
    for (int j = 0; j < inputs; j++) {
      const double *row = weight + (size_t)j * (size_t)width;
      mi_v even = {0}, odd = {0};
      int k = 0;
      for (; k + 2 <= width; k += 2) {
        even += row[k] * mi_v_load(above + k * BATCH + at);
        odd += row[k + 1] * mi_v_load(above + (k + 1) * BATCH + at);
      }
      if (k < width) even += row[k] * mi_v_load(above + k * BATCH + at);
      mi_v_store(back + j * BATCH + at, even + odd);
    }
}

static void multiply(double *x, const double *y, int rows) {
  for (int i = 0; i < rows * BATCH; i += MI_V)
    mi_v_store(x + i, mi_v_load(x + i) * mi_v_load(y + i));
}

void MI_ISA(mi_network_evaluate)(const mi_network *n, const double *input, double *work,
                                 double *energy, double *slope) {
  double *value[MI_NETWORK_LAYERS + 1], *df[MI_NETWORK_LAYERS + 1];
  const double *below = input;
  for (int l = 1; l <= n->layers; l++) {
    value[l] = work;
    df[l] = work + (size_t)n->width[l] * BATCH;
    work = df[l] + (size_t)n->width[l] * BATCH;
    forward(n, l - 1, below, value[l], df[l]);
    below = value[l];
  }
  for (int i = 0; i < BATCH; i++) energy[i] = value[n->layers][i];
  for (int l = n->layers; l >= 1; l--) { /* df[l] becomes d energy / d(sum) of layer l */
    if (l < n->layers) multiply(df[l], work, n->width[l]);
    backward(n, l - 1, df[l], l > 1 ? work : slope);
  }
}
