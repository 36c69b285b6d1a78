#include "core/atoms/structure.h"

#include <math.h>
#include <string.h>

#include "core/base/elements.h"

static const char axis[] = "abc";

/* Vectors this much flatter than a cube of their lengths are taken to be dependent. */
static const double flattest = 1e-8;

static void cross(const double u[3], const double v[3], double w[3]) {
  w[0] = u[1] * v[2] - u[2] * v[1];
  w[1] = u[2] * v[0] - u[0] * v[2];
  w[2] = u[0] * v[1] - u[1] * v[0];
}

static double length(const double u[3]) { return sqrt(u[0] * u[0] + u[1] * u[1] + u[2] * u[2]); }

static void unit_cross(const double u[3], const double v[3], double w[3]) {
  cross(u, v, w);
  const double l = length(w);
  for (int k = 0; k < 3; k++) w[k] /= l;
}

/* ---- cells ----------------------------------------------------------------------------------- */

void mi_cell_given(const double *cell, bool given[3]) {
  for (int k = 0; k < 3; k++) given[k] = length(cell + 3 * k) > 0;
}

/* Rows v and w perpendicular to row u. */
static void complete_one(const double *u, double *v, double *w) {
  double e[3] = {0, 0, 0};
  int least = 0;
  for (int i = 1; i < 3; i++)
    if (fabs(u[i]) < fabs(u[least])) least = i;
  e[least] = 1;
  unit_cross(u, e, v);
  unit_cross(u, v, w);
}

void mi_cell_complete(const double *cell, const bool keep[3], double *box) {
  static const double identity[9] = {1, 0, 0, 0, 1, 0, 0, 0, 1};
  const int kept = keep[0] + keep[1] + keep[2];
  memcpy(box, kept == 0 ? identity : cell, sizeof identity);
  for (int k = 0; k < 3; k++) {
    double *u = box + 3 * k, *v = box + 3 * ((k + 1) % 3), *w = box + 3 * ((k + 2) % 3);
    if (kept == 1 && keep[k]) complete_one(u, v, w);
    if (kept == 2 && !keep[k]) unit_cross(v, w, u);
  }
}

double mi_cell_determinant(const double *cell) {
  double bc[3];
  cross(cell + 3, cell + 6, bc);
  return cell[0] * bc[0] + cell[1] * bc[1] + cell[2] * bc[2];
}

void mi_cell_inverse(const double *cell, double *inverse) {
  const double d = mi_cell_determinant(cell);
  for (int k = 0; k < 3; k++) {
    double column[3];
    cross(cell + 3 * ((k + 1) % 3), cell + 3 * ((k + 2) % 3), column);
    for (int i = 0; i < 3; i++) inverse[3 * i + k] = column[i] / d;
  }
}

void mi_cell_heights(const double *cell, double height[3]) {
  const double volume = fabs(mi_cell_determinant(cell));
  for (int k = 0; k < 3; k++) {
    double face[3];
    cross(cell + 3 * ((k + 1) % 3), cell + 3 * ((k + 2) % 3), face);
    height[k] = volume / length(face);
  }
}

/* ---- structures ------------------------------------------------------------------------------ */

static mi_status check_cell(const mi_structure *s, mi_control *control) {
  double box[3][3], sizes = 1;
  for (int k = 0; k < 3; k++) {
    const double l = length(s->cell[k]);
    if (!isfinite(l)) return mi_fail(control, MI_EINVAL, "cell vector %c is not finite", axis[k]);
    if (s->periodic[k] && l == 0)
      return mi_fail(control, MI_EINVAL, "periodic along %c, but that cell vector is zero",
                     axis[k]);
  }
  mi_cell_complete(*s->cell, s->periodic, *box);
  for (int k = 0; k < 3; k++) sizes *= length(box[k]);
  const double volume = fabs(mi_cell_determinant(*box));
  if (!(volume > flattest * sizes))
    return mi_fail(control, MI_EINVAL, "the cell is flat: its volume is %.3g", volume);
  return MI_OK;
}

mi_status mi_structure_check(const mi_structure *s, mi_control *control) {
  if (s->n == 0) return mi_fail(control, MI_EINVAL, "the structure has no atoms");
  for (size_t i = 0; i < s->n; i++) {
    const double *x = s->position + 3 * i;
    if (!isfinite(x[0]) || !isfinite(x[1]) || !isfinite(x[2]))
      return mi_fail(control, MI_EINVAL, "atom %zu: finite position expected, got (%g, %g, %g)",
                     i + 1, x[0], x[1], x[2]);
    if (s->number[i] < 0 || s->number[i] > MI_ELEMENT_COUNT)
      return mi_fail(control, MI_EINVAL, "atom %zu: atomic number 0 to %d expected, got %d", i + 1,
                     MI_ELEMENT_COUNT, (int)s->number[i]);
  }
  return check_cell(s, control);
}

static void given_box(const mi_structure *s, double box[9]) {
  bool given[3];
  mi_cell_given(*s->cell, given);
  mi_cell_complete(*s->cell, given, box);
}

void mi_structure_fractional(const mi_structure *s, double *fractional) {
  double box[9], inverse[9];
  given_box(s, box);
  mi_cell_inverse(box, inverse);
  for (size_t i = 0; i < s->n; i++) mi_row_times(s->position + 3 * i, inverse, fractional + 3 * i);
}

void mi_structure_wrap(const mi_structure *s, double *position) {
  double box[9], inverse[9];
  given_box(s, box);
  mi_cell_inverse(box, inverse);
  for (size_t i = 0; i < s->n; i++) {
    double f[3], shift[3], moved[3];
    mi_row_times(s->position + 3 * i, inverse, f);
    for (int k = 0; k < 3; k++) shift[k] = s->periodic[k] ? floor(f[k]) : 0;
    mi_row_times(shift, box, moved);
    for (size_t k = 0; k < 3; k++) position[3 * i + k] = s->position[3 * i + k] - moved[k];
  }
}
