/* A network at one level: forward, then backward for the slopes. Both are sums of rows of weights;
 * the lanes of a vector are nodes. Costs two multiplications and additions a weight. */
#include "core/base/isa.h"
#include "core/nnp/activation.h"
#include "core/nnp/sum_of_rows.h"

#define INLINE static inline __attribute__((always_inline))

/* x becomes f(x), and slope f'(x), of a layer. */
INLINE void activate_as(mi_activation kind, double factor, size_t row, double *x, double *slope) {
  for (size_t i = 0; i < row; i += MI_V) {
    mi_v f1, f2;
    mi_v_store(x + i, activation_at(kind, factor * mi_v_load(x + i), &f1, &f2));
    mi_v_store(slope + i, factor * f1);
  }
}

static void activate(const mi_network *n, int layer, double *x, double *slope) {
  const double factor = n->fan_in ? 1.0 / n->width[layer - 1] : 1;
  const size_t row = mi_network_row(n->width[layer]);
  switch (n->activation[layer - 1]) { /* the usual ones apart, so that the compiler knows them */
    case MI_IDENTITY: activate_as(MI_IDENTITY, factor, row, x, slope); break;
    case MI_TANH: activate_as(MI_TANH, factor, row, x, slope); break;
    case MI_SOFTPLUS: activate_as(MI_SOFTPLUS, factor, row, x, slope); break;
    default: activate_as(n->activation[layer - 1], factor, row, x, slope);
  }
}

static void multiply(double *x, const double *y, size_t n) {
  for (size_t i = 0; i < n; i += MI_V) mi_v_store(x + i, mi_v_load(x + i) * mi_v_load(y + i));
}

double MI_ISA(mi_network_evaluate)(const mi_network *n, const double *packed, const double *input,
                                   double *work, double *slope) {
  double *df[MI_NETWORK_LAYERS + 1];
  const double *below = input, *turned[MI_NETWORK_LAYERS + 1];
  for (int l = 1; l <= n->layers; l++) {
    const size_t row = mi_network_row(n->width[l]);
    turned[l] = packed + ((size_t)n->width[l - 1] + 1) * row;
    mi_sum_of_rows(below, n->width[l - 1], packed, row, turned[l] - row, work);
    df[l] = work + row;
    activate(n, l, work, df[l]);
    below = work;
    work = df[l] + row;
    packed = turned[l] + (size_t)n->width[l] * mi_network_row(n->width[l - 1]);
  }
  for (int l = n->layers; l >= 1; l--) { /* df[l] becomes d energy / d(sum) of layer l */
    const size_t row = mi_network_row(n->width[l - 1]);
    if (l < n->layers) multiply(df[l], work, mi_network_row(n->width[l]));
    mi_sum_of_rows(df[l], n->width[l], turned[l], row, NULL, l > 1 ? work : slope);
  }
  return below[0];
}
