/* The Faddeeva function w(z) = exp(-z^2) erfc(-i z) by modified trapezoidal rules.
 *
 * w(z) = (i z / pi) * integral of exp(-t^2) / (z^2 - t^2) dt. The trapezoidal rule of step
 * h = sqrt(pi / 12) converges with exp(-pi^2 / h^2); where the pole t = z is near the real axis,
 * its residue corrects the rule. Nodes are t = k h or (k + 1/2) h, whichever are farther from z
 * (M. Al Azah and S. N. Chandler-Wilde, SIAM J. Numer. Anal. 59 (2021) 2346). With z = x + i y,
 *   i z / (z^2 - t^2) = [y (|z|^2 + t^2) + i x (|z|^2 - t^2)] / |z^2 - t^2|^2,
 * where nothing cancels in the real part: it keeps its digits down to y = 0. */
#include <math.h>
#include <stdbool.h>

#include "core/base/special.h"

enum { NODES = 14 }; /* two beyond the paper's: digits of the real part at x = 6 */
#define STEP 0x1.05f8bd37c0e62p-1 /* h = sqrt(pi / 12) */

/* exp(-t^2) at t = k h, half of it at 0, and at t = (k + 1/2) h. */
static const double weights[2][NODES] = {
    {0x1.0000000000000p-1, 0x1.8a1195bf0aa84p-1, 0x1.6757859d664c8p-2, 0x1.843844e012c47p-4,
     0x1.f0ea0d2fef994p-7, 0x1.78c7fa70532d5p-10, 0x1.527a727b2a691p-14, 0x1.6840851c9c3b6p-19,
     0x1.c645a1d814488p-25, 0x1.5355ead05bd3cp-31, 0x1.2c509c01fe451p-38, 0x1.3ae3b7284fc47p-46,
     0x1.872d59d9a5cfbp-55, 0x1.1fde17733833ep-64},
    {0x1.df90113a4786ep-1, 0x1.1c15f15a52bbcp-1, 0x1.8ec3e530c115fp-3, 0x1.4b94a0aaedabbp-5,
     0x1.46a8be57e7a68p-8, 0x1.7d458b47fb6f7p-12, 0x1.079eb0245734dp-16, 0x1.afe709cf13b29p-22,
     0x1.a32d4137e44bcp-28, 0x1.e1fec0fee65d7p-35, 0x1.4850e49975109p-42, 0x1.08f4fbff0bbbcp-50,
     0x1.faaabee5e2a87p-60, 0x1.1ef98dcdb5ad8p-69}};

/* The trapezoidal rule with the nodes k h or, with half, (k + 1/2) h. */
static double complex rule(double x, double y, bool half) {
  double size = x * x + y * y, real = 0, imaginary = 0;
  for (int k = 0; k < NODES; k++) {
    double t = (k + (half ? 0.5 : 0.0)) * STEP, t2 = t * t;
    double below = (x - t) * (x - t) + y * y, above = (x + t) * (x + t) + y * y;
    double weight = weights[half ? 1 : 0][k] / (below * above);
    real += weight * (size + t2);
    imaginary += weight * (size - t2);
  }
  const double norm = 2 * STEP / M_PI;
  return CMPLX(norm * y * real, norm * x * imaginary);
}

/* exp(-z^2), with the rounding error of x^2 put back. */
static double complex gauss(double x, double y) {
  double square = x * x, lost = fma(x, x, -square), angle = -2 * x * y;
  double size = exp(y * y - square) * (1 - lost);
  return CMPLX(size * cos(angle), size * sin(angle));
}

/* The residue at t = z: 2 exp(-z^2) e / (e + sign), e = exp(2 pi i z / h); sign is -1 for the nodes
 * k h, 1 for the others. */
static double complex residue(double x, double y, bool half) {
  double sign = half ? 1 : -1, turns = x / STEP;
  double size = exp(-2 * M_PI / STEP * y), angle = 2 * M_PI * (turns - floor(turns));
  double a = size * cos(angle), b = size * sin(angle);
  double norm = 2 / ((a + sign) * (a + sign) + b * b);
  double complex g = gauss(x, y);
  double real = norm * (size * size + sign * a), imaginary = norm * sign * b;
  return CMPLX(creal(g) * real - cimag(g) * imaginary, creal(g) * imaginary + cimag(g) * real);
}

/* w in the first quadrant. */
static double complex quadrant(double x, double y) {
  if (x > 1e8 || y > 1e8) {
    const double complex top = CMPLX(0.0, 0.5 * M_2_SQRTPI), z = CMPLX(x, y);
    return top / z;
  }
  if (y >= fmax(x, M_PI / STEP)) return rule(x, y, true);
  double place = x / STEP - floor(x / STEP);
  bool half = !(y < x && place >= 0.25 && place <= 0.75);
  return rule(x, y, half) + residue(x, y, half);
}

double complex mi_faddeeva(double complex z) {
  double x = creal(z), y = cimag(z);
  if (y < 0) return 2 * gauss(x, y) - mi_faddeeva(-z);
  double complex w = quadrant(fabs(x), y);
  return x < 0 ? conj(w) : w;
}

double mi_voigt(double x, double y) { return creal(quadrant(fabs(x), y)); }
