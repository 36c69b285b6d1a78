/* The table of peak shapes: unit area, full width at half maximum 1. */
#include <math.h>
#include <string.h>

#include "core/spectra/peaks.h"

#define PI 3.14159265358979323846
#define LN2 0.69314718055994530942

static void gauss(double t, double mix, double *f, double *df, double *area, double *f_mix,
                  double *area_mix) {
  (void)mix;
  *f = sqrt(4 * LN2 / PI) * exp(-4 * LN2 * t * t);
  *df = -8 * LN2 * t * *f;
  *area = 0.5 * erfc(-sqrt(4 * LN2) * t);
  *f_mix = *area_mix = 0;
}

static void lorentz(double t, double mix, double *f, double *df, double *area, double *f_mix,
                    double *area_mix) {
  (void)mix;
  const double q = 1 / (1 + 4 * t * t);
  *f = 2 / PI * q;
  *df = -8 * t * q * *f;
  *area = 0.5 + atan(2 * t) / PI;
  *f_mix = *area_mix = 0;
}

/* mix: the Lorentzian part of the area */
static void pseudo_voigt(double t, double mix, double *f, double *df, double *area, double *f_mix,
                         double *area_mix) {
  double g, dg, ag, l, dl, al, none;
  gauss(t, 0, &g, &dg, &ag, &none, &none);
  lorentz(t, 0, &l, &dl, &al, &none, &none);
  *f = g + mix * (l - g);
  *df = dg + mix * (dl - dg);
  *area = ag + mix * (al - ag);
  *f_mix = l - g;
  *area_mix = al - ag;
}

static const mi_peak_shape shapes[] = {
    {"pseudo-voigt", true, pseudo_voigt},
    {"gauss", false, gauss},
    {"lorentz", false, lorentz},
};

const char *const mi_peak_shape_names[] = {"pseudo-voigt", "gauss", "lorentz", NULL};

const mi_peak_shape *mi_peak_shape_find(const char *name) {
  for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
    if (strcmp(shapes[i].name, name) == 0) return shapes + i;
  return NULL;
}
