/* Shapes by their names. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/base/text.h"
#include "core/spectra/peaks.h"

#define PI 3.14159265358979323846
#define LN2 0.69314718055994530942

const char mi_peak_shape_names[] =
    "\"pseudo-voigt\", \"gauss\", \"lorentz\", \"voigt\", \"doniach\", \"asymmetric\", "
    "\"SGL(m)\", \"GL(m)\", \"LA(a,b,m)\" or \"curve\"";

/* The numbers between brackets; -1 when there is anything else. */
static int numbers(const char *text, double *value, int most) {
  int count = 0;
  while (count < most) {
    while (*text == ' ') text++;
    const char *end = text + strcspn(text, ",)");
    if (!mi_text_number(text, (size_t)(end - text), '.', value + count)) return -1;
    count++;
    text = end;
    if (*text == '\0') return -1;
    if (*text++ != ',') break;
  }
  return text[-1] == ')' && *text == '\0' ? count : -1;
}

/* SGL mixes heights, a pseudo-Voigt areas. */
static double mix_of_areas(double mix_of_heights) {
  const double lorentz = mix_of_heights * PI / 2;
  const double gauss = (1 - mix_of_heights) * sqrt(PI / (4 * LN2));
  return lorentz / (lorentz + gauss);
}

static bool percent(const char *text, double *mix) {
  const bool good = numbers(text, mix, 1) == 1 && *mix >= 0 && *mix <= 100;
  *mix /= 100;
  return good;
}

static bool asymmetric(const char *text, mi_peak_shape *shape) {
  double v[3];
  const int count = numbers(text, v, 3);
  if (count == 2) v[2] = v[1], v[1] = v[0]; /* LA(a,m) */
  if (count < 2 || !(v[0] > 0.5 && v[1] > 0.5 && v[2] >= 0 && v[2] < 500)) return false;
  memcpy(shape->constant, v, sizeof v);
  return true;
}

bool mi_peak_shape_parse(const char *name, mi_peak_shape *shape) {
  static const char *const plain[] = {"pseudo-voigt", "gauss", "lorentz", "voigt",
                                      "doniach",      "asymmetric"};
  *shape = (mi_peak_shape){.mix = NAN};
  for (size_t i = 0; i < sizeof plain / sizeof *plain; i++) {
    if (strcmp(name, plain[i]) != 0) continue;
    shape->kind = (mi_peak_kind)i;
    return true;
  }
  if (strcmp(name, "curve") == 0) {
    shape->kind = MI_CURVE;
    return true;
  }
  if (strncmp(name, "GL(", 3) == 0) {
    shape->kind = MI_GL;
    return percent(name + 3, &shape->mix);
  }
  if (strncmp(name, "SGL(", 4) == 0) {
    const bool good = percent(name + 4, &shape->mix);
    shape->mix = mix_of_areas(shape->mix);
    return good;
  }
  shape->kind = MI_LA;
  return strncmp(name, "LA(", 3) == 0 && asymmetric(name + 3, shape);
}

bool mi_peak_has_mix(const mi_peak_shape *s) {
  const bool mixed = s->kind == MI_PSEUDO_VOIGT || s->kind == MI_VOIGT || s->kind == MI_DONIACH ||
                     s->kind == MI_SKEWED || s->kind == MI_GL;
  return mixed && isnan(s->mix);
}

bool mi_peak_has_skew(const mi_peak_shape *s) { 
  return s->kind == MI_DONIACH || s->kind == MI_SKEWED;
}
