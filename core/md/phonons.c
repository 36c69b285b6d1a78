#include "core/md/phonons.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/linalg.h"
#include "core/base/memory.h"
#include "core/md/dynamics.h"

#define PI 3.14159265358979323846

/* ---- the supercell --------------------------------------------------------------------------- */

typedef struct supercell {
  mi_structure s;
  double *position;
  int32_t *number;
} supercell;

static void cell_of(const int repeat[3], size_t l, int cell[3]) {
  cell[2] = (int)(l % (size_t)repeat[2]);
  cell[1] = (int)(l / (size_t)repeat[2] % (size_t)repeat[1]);
  cell[0] = (int)(l / (size_t)repeat[2] / (size_t)repeat[1]);
}

static size_t index_of(const int repeat[3], const int cell[3]) {
  size_t l = 0;
  for (int k = 0; k < 3; k++)
    l = l * (size_t)repeat[k] + (size_t)(((cell[k] % repeat[k]) + repeat[k]) % repeat[k]);
  return l;
}

static void shift_of(const mi_structure *s, const int cell[3], double shift[3]) {
  const double n[] = {cell[0], cell[1], cell[2]};
  mi_row_times(n, *s->cell, shift);
}

static mi_status build(supercell *big, const mi_structure *s, const mi_phonons *p) {
  const size_t n = s->n * p->cells;
  *big = (supercell){.s = *s, .position = MI_NEW(double, 3 * n), .number = MI_NEW(int32_t, n)};
  if (!big->position || !big->number) return MI_ENOMEM;
  for (size_t a = 0; a < n; a++) {
    int cell[3];
    double shift[3];
    cell_of(p->repeat, a / s->n, cell);
    shift_of(s, cell, shift);
    big->number[a] = s->number[a % s->n];
    for (size_t k = 0; k < 3; k++)
      big->position[3 * a + k] = s->position[3 * (a % s->n) + k] + shift[k];
  }
  big->s.n = n;
  big->s.position = big->position;
  big->s.number = big->number;
  for (int k = 0; k < 9; k++) big->s.cell[k / 3][k % 3] *= p->repeat[k / 3];
  return MI_OK;
}

/* ---- force constants ------------------------------------------------------------------------- */

static double *block_of(const mi_phonons *p, size_t from, size_t l, size_t to) {
  return p->constants + 9 * ((from * p->cells + l) * p->n + to);
}

/* Forces of the supercell with atom `from` moved, added with a factor to row a of its blocks. */
static mi_status displace(mi_phonons *p, mi_evaluator *at, supercell *big, size_t from, int a,
                          double by, double factor, mi_control *control) {
  double *x = big->position + 3 * from + a;
  const double here = *x;
  *x += by;
  const mi_status status = mi_evaluator_at(at, big->position, control);
  *x = here;
  if (status) return status;
  for (size_t b = 0; b < big->s.n; b++)
    for (size_t k = 0; k < 3; k++)
      block_of(p, from, b / p->n, b % p->n)[(size_t)(3 * a) + k] +=
          factor * at->e.forces[3 * b + k];
  return MI_OK;
}

static mi_status differences(mi_phonons *p, const mi_potential *potential, supercell *big,
                             double step, mi_control *control) {
  mi_evaluator at;
  mi_status status = mi_evaluator_begin(&at, potential, &big->s, control);
  if (status) return status;
  for (size_t t = 0; t < 3 * p->n && !status; t++) {
    status = displace(p, &at, big, t / 3, (int)(t % 3), step, -0.5 / step, control);
    if (!status) status = displace(p, &at, big, t / 3, (int)(t % 3), -step, 0.5 / step, control);
    mi_progress(control, (double)(t + 1) / (3.0 * (double)p->n), "force constants");
  }
  mi_evaluator_end(&at);
  return status;
}

/* Phi(ka, lk'b) = Phi(k'b, -lka) */
static void symmetrise(mi_phonons *p) {
  for (size_t from = 0; from < p->n; from++)
    for (size_t l = 0; l < p->cells; l++)
      for (size_t to = 0; to < p->n; to++) {
        int cell[3];
        cell_of(p->repeat, l, cell);
        for (int k = 0; k < 3; k++) cell[k] = -cell[k];
        double *one = block_of(p, from, l, to);
        double *two = block_of(p, to, index_of(p->repeat, cell), from);
        for (int k = 0; k < 9; k++) {
          double *other = two + k % 3 * 3 + k / 3;
          const double mean = 0.5 * (one[k] + *other);
          p->asymmetry = fmax(p->asymmetry, fabs(one[k] - mean));
          one[k] = *other = mean;
        }
      }
}

static void sum_rule(mi_phonons *p) {
  for (size_t from = 0; from < p->n; from++) {
    double sum[9] = {0}, *own = block_of(p, from, 0, from);
    for (size_t t = 0; t < p->cells * p->n; t++)
      for (int k = 0; k < 9; k++) sum[k] += block_of(p, from, t / p->n, t % p->n)[k];
    for (int k = 0; k < 9; k++) {
      p->asymmetry = fmax(p->asymmetry, fabs(sum[k]));
      own[k] -= sum[k];
    }
  }
}

/* ---- links ----------------------------------------------------------------------------------- */

enum { REACH = 2, IMAGES = (2 * REACH + 1) * (2 * REACH + 1) * (2 * REACH + 1) };

/* The images of `to` in cell l nearest to `from`, up to repetitions of the supercell. */
static void add_links(mi_phonons *p, const mi_structure *s, uint32_t from, size_t l, uint32_t to) {
  int home[3], cell[IMAGES][3];
  double distance[IMAGES], least = HUGE_VAL;
  cell_of(p->repeat, l, home);
  for (int t = 0; t < IMAGES; t++) {
    const int turn[] = {t % 5 - REACH, t / 5 % 5 - REACH, t / 25 - REACH};
    double shift[3], square = 0;
    for (int k = 0; k < 3; k++) cell[t][k] = home[k] + turn[k] * p->repeat[k];
    shift_of(s, cell[t], shift);
    for (size_t k = 0; k < 3; k++)
      square += pow(s->position[3 * to + k] + shift[k] - s->position[3 * from + k], 2);
    distance[t] = sqrt(square);
    least = fmin(least, distance[t]);
  }
  const size_t first = p->links;
  for (int t = 0; t < IMAGES; t++) {
    if (distance[t] > least + 1e-3) continue;
    mi_phonon_link *link = p->link + p->links++;
    *link = (mi_phonon_link){.from = from, .to = to,
                             .block = (from * p->cells + l) * p->n + to};
    memcpy(link->cell, cell[t], sizeof link->cell);
  }
  for (size_t k = first; k < p->links; k++) p->link[k].weight = 1.0 / (double)(p->links - first);
}

/* Room for what add_links may add. */
static mi_status make_room(mi_phonons *p, size_t *room) {
  if (p->links + IMAGES <= *room) return MI_OK;
  *room = 2 * *room + IMAGES;
  mi_phonon_link *larger = realloc(p->link, *room * sizeof *larger);
  if (larger) p->link = larger;
  return larger ? MI_OK : MI_ENOMEM;
}

/* Ends early when cancelled: the differences that follow see it, too. */
static mi_status link_all(mi_phonons *p, const mi_structure *s, const mi_control *control) {
  size_t room = 0;
  mi_status status = MI_OK;
  for (uint32_t from = 0; from < p->n; from++)
    for (size_t l = 0; l < p->cells && !mi_cancelled(control); l++)
      for (uint32_t to = 0; to < p->n && !status; to++) {
        status = make_room(p, &room);
        if (!status) add_links(p, s, from, l, to);
      }
  return status;
}

/* ---- begin and end --------------------------------------------------------------------------- */

static mi_status compute(mi_phonons *p, const mi_potential *potential, const mi_structure *s,
                         double step, mi_control *control) {
  supercell big = {.position = NULL};
  p->constants = MI_NEW_ZERO(double, 9 * p->n * p->cells * p->n);
  p->mass = MI_NEW(double, p->n);
  mi_status status = p->constants && p->mass ? build(&big, s, p) : MI_ENOMEM;
  if (!status) status = link_all(p, s, control);
  if (status) mi_fail(control, status, "no memory for force constants");
  if (!status) status = differences(p, potential, &big, step, control);
  free(big.position);
  free(big.number);
  if (status) return status;
  symmetrise(p);
  sum_rule(p);
  return MI_OK;
}

mi_status mi_phonons_begin(mi_phonons *phonons, const mi_potential *potential,
                           const mi_structure *s, const double *mass, const int repeat[3],
                           double step, mi_control *control) {
  *phonons = (mi_phonons){.n = s->n, .cells = 1};
  if (!(step > 0 && step < 0.5))
    return mi_fail(control, MI_EINVAL, "step from 0 to 0.5 Å expected, got %g", step);
  for (int k = 0; k < 3; k++) {
    if (repeat[k] < 1 || repeat[k] > 64 || (repeat[k] > 1 && !s->periodic[k]))
      return mi_fail(control, MI_EINVAL, "repeat: 1 to 64 expected along a periodic vector (else "
                                         "1), got %d", repeat[k]);
    phonons->repeat[k] = repeat[k];
    phonons->cells *= (size_t)repeat[k];
  }
  const mi_status status = compute(phonons, potential, s, step, control);
  if (status) {
    mi_phonons_end(phonons);
    return status;
  }
  memcpy(phonons->mass, mass, s->n * sizeof *mass);
  return MI_OK;
}

void mi_phonons_end(mi_phonons *phonons) {
  free(phonons->constants);
  free(phonons->mass);
  free(phonons->link);
  *phonons = (mi_phonons){0};
}

/* ---- frequencies ----------------------------------------------------------------------------- */

/* D = A + iB at q. As a real symmetric matrix [[A, -B], [B, A]] each eigenvalue stands twice; at
 * q = 0 (width 1) A alone is enough. */
static void dynamical_matrix(const mi_phonons *p, const double q[3], int width, double *d) {
  const size_t m = 3 * p->n, row = m * (size_t)width;
  memset(d, 0, row * row * sizeof *d);
  for (const mi_phonon_link *k = p->link; k < p->link + p->links; k++) {
    const double phase = 2 * PI * (q[0] * k->cell[0] + q[1] * k->cell[1] + q[2] * k->cell[2]);
    const double scale = k->weight / sqrt(p->mass[k->from] * p->mass[k->to]);
    for (size_t t = 0; t < 9; t++) {
      const size_t i = 3 * k->from + t / 3, j = 3 * k->to + t % 3;
      const double value = scale * p->constants[9 * k->block + t];
      d[i * row + j] += value * cos(phase);
      if (width == 1) continue;
      d[(i + m) * row + j + m] += value * cos(phase);
      d[(i + m) * row + j] += value * sin(phase);
      d[i * row + j + m] -= value * sin(phase);
    }
  }
}

/* THz of an eigenvalue in eV/(Å^2 u) */
static double frequency_of(double value) {
  return copysign(sqrt(fabs(value) * MI_ACCELERATION), value) * 1000 / (2 * PI);
}

mi_status mi_phonons_at(const mi_phonons *phonons, const double q[3], double *frequency,
                        double *vectors, mi_control *control) {
  const int width = q[0] == 0 && q[1] == 0 && q[2] == 0 ? 1 : 2;
  const size_t m = 3 * phonons->n, row = m * (size_t)width;
  double *d = MI_NEW(double, row *row), *value = MI_NEW(double, row);
  mi_status status = d && value ? MI_OK : MI_ENOMEM;
  if (status) mi_fail(control, status, "no memory for a dynamical matrix");
  if (!status) {
    dynamical_matrix(phonons, q, width, d);
    status = mi_eigh(d, (int64_t)row, value, control);
  }
  for (size_t i = 0; i < m && !status; i++) frequency[i] = frequency_of(value[i * (size_t)width]);
  if (!status && vectors && width == 1) memcpy(vectors, d, m * m * sizeof *d);
  free(d);
  free(value);
  return status;
}
