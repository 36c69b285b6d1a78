#include "core/inference/jackknife.h"

#include <math.h>

static double product(const double *without, int blocks, double mean, int lag) {
  double sum = 0;
  for (int b = 0; b + lag < blocks; b++) sum += (without[b] - mean) * (without[b + lag] - mean);
  return sum;
}

double mi_jackknife(const double *without, int blocks) {
  double mean = 0;
  for (int b = 0; b < blocks; b++) mean += without[b] / blocks;
  const double square = product(without, blocks, mean, 0);
  double sum = square;
  for (int lag = 1; lag < blocks / 4; lag++) {
    const double along = product(without, blocks, mean, lag);
    if (!(along > 0)) break;
    sum += 2 * along;
  }
  return sqrt(sum * (blocks - 1) / blocks);
}
