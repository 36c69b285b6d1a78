/* Which peak is which: the components of neighbouring spectra matched by assignment.
 *
 * The cost of calling two components the same is (mu - mu')^2 / (sigma^2 + sigma'^2) +
 * log(sigma / sigma')^2; the matching of least total cost is found by successive shortest paths
 * (the Hungarian method with potentials), O(k^3). */
#include <math.h>
#include <string.h>

#include "core/gmm/gmm.h"

typedef double costs[MI_GMM_MOST][MI_GMM_MOST];

/* to[column] = row, both from 0. Columns and rows count from 1 inside; 0 is the root. */
static void assign(costs cost, int k, int *to) {
  double u[MI_GMM_MOST + 1] = {0}, v[MI_GMM_MOST + 1] = {0};
  int match[MI_GMM_MOST + 1] = {0};
  for (int row = 1; row <= k; row++) {
    double least[MI_GMM_MOST + 1];
    int from[MI_GMM_MOST + 1] = {0}, at = 0;
    bool used[MI_GMM_MOST + 1] = {false};
    for (int j = 0; j <= k; j++) least[j] = HUGE_VAL;
    match[0] = row;
    do {
      const int i = match[at];
      int next = 0;
      double delta = HUGE_VAL;
      used[at] = true;
      for (int j = 1; j <= k; j++) {
        if (used[j]) continue;
        const double slack = cost[i - 1][j - 1] - u[i] - v[j];
        if (slack < least[j]) least[j] = slack, from[j] = at;
        if (least[j] < delta) delta = least[j], next = j;
      }
      for (int j = 0; j <= k; j++) {
        if (used[j]) {
          u[match[j]] += delta;
          v[j] -= delta;
        } else {
          least[j] -= delta;
        }
      }
      at = next;
    } while (match[at] != 0);
    for (; at != 0; at = from[at]) match[at] = match[from[at]];
  }
  for (int j = 1; j <= k; j++) to[j - 1] = match[j] - 1;
}

static double difference(const mi_gmm_component *a, const mi_gmm_component *b) {
  const double d = a->mu - b->mu, w = log(a->sigma / b->sigma);
  return d * d / (a->sigma * a->sigma + b->sigma * b->sigma) + w * w;
}

static bool is_finite(const mi_gmm_component *c, int k) {
  for (int j = 0; j < k; j++)
    if (!isfinite(c[j].mu) || !(c[j].sigma > 0 && isfinite(c[j].sigma))) return false;
  return true;
}

static void match_one(const mi_gmm_component *reference, const mi_gmm_component *c, int k,
                      int *order) {
  costs cost;
  for (int i = 0; i < k; i++)
    for (int j = 0; j < k; j++) cost[i][j] = difference(c + i, reference + j);
  assign(cost, k, order);
}

void mi_gmm_align(const mi_gmm_component *c, size_t count, int k, size_t columns, int *order) {
  mi_gmm_component last[MI_GMM_MOST], row[MI_GMM_MOST]; /* of this row; the first of it */
  bool known = false;
  for (size_t i = 0; i < count; i++) {
    const mi_gmm_component *here = c + i * (size_t)k;
    int *to = order + i * (size_t)k;
    for (int j = 0; j < k; j++) to[j] = j;
    const bool first = i % columns == 0;
    if (first && known) memcpy(last, row, sizeof last);
    if (!is_finite(here, k)) continue;
    if (known) match_one(last, here, k, to);
    for (int j = 0; j < k; j++) last[j] = here[to[j]];
    if (first || !known) memcpy(row, last, sizeof row);
    known = true;
  }
}
