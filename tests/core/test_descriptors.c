/* core/descriptors: every type with every cutoff function against a plain sum over neighbours and
 * triplets written with libm, derivatives against central differences, at every level. */
#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/descriptors/symfun.h"
#include "tests/core/cmocka_all.h"

#define PI 3.14159265358979323846

enum { ATOMS = 9, MOST = 64 };

/* A triclinic cell narrower than the cutoff; three elements. */
static const int32_t number[ATOMS] = {1, 1, 1, 1, 8, 8, 8, 29, 29};
static const double cell[9] = {5.1, 0, 0, 0.7, 4.6, 0, -0.4, 0.9, 6.3};
static const double start[3 * ATOMS] = {0.1, 0.2, 0.3, 2.6, 0.4, 0.5, 0.8, 2.9, 1.2, 3.4, 2.2, 1.9,
                                        1.5, 0.9, 2.8, 4.0, 3.7, 3.3, 0.3, 1.1, 4.6, 2.2, 3.1, 5.0,
                                        3.9, 0.6, 5.4};
static const int elements[3] = {1, 8, 29};

static mi_structure structure_at(const double *position, const double *box) {
  mi_structure s = {.n = ATOMS, .position = position, .number = number,
                    .periodic = {true, true, true}};
  memcpy(s.cell, box, sizeof s.cell);
  return s;
}

/* ---- a plain implementation ------------------------------------------------------------------ */

static double plain_core(int shape, double x) {
  switch (shape) {
    case 4: return x < 1 ? exp(1 - 1 / (1 - x * x)) : 0;
    case 5: return (2 * x - 3) * x * x + 1;
    case 6: return ((15 - 6 * x) * x - 10) * pow(x, 3) + 1;
    case 7: return (x * (x * (20 * x - 70) + 84) - 35) * pow(x, 4) + 1;
    default: return (x * (x * ((315 - 70 * x) * x - 540) + 420) - 126) * pow(x, 5) + 1;
  }
}

static double plain_cutoff(const mi_symfun *f, double r) {
  const double inner = f->alpha * f->rc, x = (r - inner) / (f->rc - inner);
  if (r >= f->rc) return 0;
  if (f->cutoff == 0) return 1;
  if (f->cutoff == 2) return pow(tanh(1 - r / f->rc), 3);
  if (f->cutoff == 3) return pow(tanh(1 - r / f->rc) / tanh(1), 3);
  if (x < 0) return 1;
  return f->cutoff == 1 ? (cos(PI * x) + 1) / 2 : plain_core(f->cutoff, x);
}

static double plain_compact(const mi_symfun *f, double a, double low, double high, bool radial) {
  static const int shapes[] = {4, 5, 5, 6, 6, 7, 7, 8, 8};
  double x = fabs(a - (low + high) / 2) / ((high - low) / 2);
  if (a <= low || a >= high) return 0;
  if (radial && f->core > 0 && f->core % 2 == 0) x = (2 - x) * x;
  return plain_core(shapes[f->core], x);
}

static double plain_pair(const mi_symfun *f, double r) {
  if (f->type >= 20) return plain_compact(f, r, f->rl, f->rc, true);
  return exp(-f->eta * (r - f->rs) * (r - f->rs)) * plain_cutoff(f, r);
}

static double plain_angle(const mi_symfun *f, double cosine) {
  if (f->type >= 20)
    return plain_compact(f, acos(fmax(-1, fmin(1, cosine))), f->left * PI / 180,
                         f->right * PI / 180, false);
  return pow(2, 1 - f->zeta) * pow(fmax(0, 1 + f->lambda * cosine), f->zeta);
}

static bool matches(const mi_symfun *f, int j, int k) {
  if (f->e1 == 0) return true;
  if (k == 0) return j == f->e1;
  return (j == f->e1 && k == f->e2) || (j == f->e2 && k == f->e1);
}

static double plain_value(const mi_symfun *f, const mi_structure *s, const mi_neighbourhood *h) {
  const bool narrow = f->type == 3 || f->type == 13 || f->type == 21 || f->type == 24;
  double sum = 0;
  for (size_t j = 0; j < h->n; j++) {
    const int zj = s->number[h->index[j]];
    const double wj = f->e1 == 0 ? zj : 1;
    if (!mi_symfun_angular(f->type)) {
      if (matches(f, zj, 0)) sum += wj * plain_pair(f, h->r[j]);
      continue;
    }
    for (size_t k = j + 1; k < h->n; k++) {
      const int zk = s->number[h->index[k]];
      if (!matches(f, zj, zk)) continue;
      const double dot = h->x[j] * h->x[k] + h->y[j] * h->y[k] + h->z[j] * h->z[k];
      const double across = sqrt(pow(h->x[j] - h->x[k], 2) + pow(h->y[j] - h->y[k], 2) +
                                 pow(h->z[j] - h->z[k], 2));
      double term = plain_pair(f, h->r[j]) * plain_pair(f, h->r[k]);
      if (narrow) term *= plain_pair(f, across);
      sum += term * (f->e1 == 0 ? wj * zk : 1) * plain_angle(f, dot / (h->r[j] * h->r[k]));
    }
  }
  return sum;
}

/* ---- sets ------------------------------------------------------------------------------------ */

static size_t add(mi_symfun *f, size_t n, mi_symfun one) {
  f[n] = one;
  return n + 1;
}

/* Every exponential type for a cutoff function. */
static size_t exponential(mi_symfun *f, int cutoff, double alpha) {
  size_t n = 0;
  const mi_symfun base = {.center = 8, .cutoff = cutoff, .alpha = alpha, .rc = 4.1};
  for (int i = 0; i < 3; i++) {
    mi_symfun a = base;
    a.type = 2;
    a.e1 = elements[i];
    a.eta = 0.1 + 0.2 * i;
    a.rs = 1.5 * i;
    n = add(f, n, a);
    a.type = 12;
    a.e1 = 0;
    n = add(f, n, a);
  }
  const double zeta[] = {1, 2, 7, 2.5, 0.75}, lambda[] = {-1, 1, -1, 1, 0.6};
  for (int i = 0; i < 5; i++) {
    mi_symfun a = base;
    a.eta = 0.02 * (1 + i / 2);
    a.zeta = zeta[i];
    a.lambda = lambda[i];
    a.rs = i == 3 ? 0.8 : 0;
    for (int t = 0; t < 2; t++) {
      a.type = t == 0 ? 3 : 9;
      a.e1 = elements[i % 3];
      a.e2 = elements[(i + t) % 3];
      n = add(f, n, a);
    }
    a.type = 13;
    a.e1 = a.e2 = 0;
    n = add(f, n, a);
  }
  return n;
}

static size_t compact(mi_symfun *f, mi_symfun_core core) {
  static const double range[][2] = {{-4.1, 4.1}, {0.5, 3.9}, {1.2, 4.2}};
  static const double angle[][2] = {{-60, 60}, {40, 130}, {100, 260}};
  size_t n = 0;
  for (int type = 20; type <= 25; type++)
    for (int i = 0; i < 3; i++) {
      mi_symfun a = {.type = type, .center = 8, .core = core, .rl = range[i][0],
                     .rc = range[i][1], .left = angle[i][0], .right = angle[i][1]};
      if (type <= 22) a.e1 = elements[i];
      if (type == 21 || type == 22) a.e2 = elements[(i + type) % 3];
      n = add(f, n, a);
    }
  return n;
}

/* ---- the comparison -------------------------------------------------------------------------- */

typedef struct trial {
  mi_symfun_set set;
  mi_control control;
} trial;

static void values_of(trial *t, const double *position, const double *box, double *values,
                      mi_symfun_derivatives *d) {
  const mi_structure s = structure_at(position, box);
  mi_neighbours list = {.cutoff = t->set.cutoff};
  assert_int_equal(mi_neighbours_update(&list, &s, NULL, &t->control), MI_OK);
  if (d)
    assert_int_equal(mi_symfun_differentiate(&t->set, &s, &list, values, d, &t->control), MI_OK);
  else
    assert_int_equal(mi_symfun_values(&t->set, &s, &list, values, &t->control), MI_OK);
  mi_neighbours_free(&list);
}

static void compare_with_plain(trial *t, const double *values) {
  const mi_structure s = structure_at(start, cell);
  mi_neighbours list = {.cutoff = t->set.cutoff};
  mi_neighbourhood h;
  assert_int_equal(mi_neighbours_update(&list, &s, NULL, NULL), MI_OK);
  assert_int_equal(mi_neighbourhood_alloc(&h, &list), MI_OK);
  for (size_t i = 4; i < 7; i++) {
    mi_neighbours_of(&list, &s, i, &h);
    assert_true(h.n > 10);
    for (size_t f = 0; f < t->set.most; f++) {
      const mi_symfun *function = t->set.function + t->set.first[1] + f;
      const double plain = plain_value(function, &s, &h), value = values[i * t->set.most + f];
      const double scale = function->e1 == 0 ? 100 : 1; /* the weights Z */
      assert_true(fabs(value - plain) <= 1e-12 * (scale + fabs(plain)));
    }
  }
  mi_neighbourhood_free(&h);
  mi_neighbours_free(&list);
}

/* d G_f(i) / d x_a, from the blocks. */
static double derivative(const trial *t, const mi_symfun_derivatives *d, size_t i, size_t f,
                         size_t a, int axis) {
  for (size_t b = d->first[i]; b < d->first[i + 1]; b++) {
    const mi_symfun_felt felt = mi_symfun_felt_by(&t->set, 1, d->column[b]);
    for (size_t k = 0; k < felt.n; k++)
      if (d->atom[b] == a && felt.function[k] == f)
        return d->value[d->offset[b] + 3 * k + (size_t)axis];
  }
  return 0;
}

/* G of all atoms when one coordinate, or one component of the strain, has moved by so much. */
typedef void mover(int what, double by, double *position, double *box);

static void move_atom(int what, double by, double *position, double *box) {
  (void)box;
  position[what] += by;
}

static void strain(int what, double by, double *position, double *box) {
  static const int row[] = {0, 1, 2, 1, 0, 0}, column[] = {0, 1, 2, 2, 2, 1};
  const int r = row[what], c = column[what];
  for (int i = 0; i < ATOMS; i++) position[3 * i + c] += by * start[3 * i + r];
  for (int i = 0; i < 3; i++) box[3 * i + c] += by * cell[3 * i + r];
}

/* slope[i * most + f], by differences of fourth order. (No pair comes within the step of a cutoff,
 * where some functions have a kink.) */
static void differences(trial *t, mover *move, int what, double *slope) {
  static const double weight[] = {1, -8, 8, -1}, place[] = {-2, -1, 1, 2};
  const double step = 1e-4;
  const size_t n = ATOMS * t->set.most;
  double *values = MI_NEW(double, n);
  memset(slope, 0, n * sizeof *slope);
  for (int k = 0; k < 4; k++) {
    double position[3 * ATOMS], box[9];
    memcpy(position, start, sizeof position);
    memcpy(box, cell, sizeof box);
    move(what, place[k] * step, position, box);
    values_of(t, position, box, values, NULL);
    for (size_t i = 0; i < n; i++) slope[i] += weight[k] * values[i] / (12 * step);
  }
  free(values);
}

static void compare_with_differences(trial *t, const mi_symfun_derivatives *d) {
  const size_t most = t->set.most;
  double *slope = MI_NEW(double, ATOMS * most);
  for (int what = 0; what < 3 * ATOMS; what += 4) {
    differences(t, move_atom, what, slope);
    for (size_t i = 4; i < 7; i++)
      for (size_t f = 0; f < most; f++) {
        const double exact = derivative(t, d, i, f, (size_t)what / 3, what % 3);
        assert_true(fabs(slope[i * most + f] - exact) <= 1e-7 * (1 + fabs(exact)));
      }
  }
  for (int what = 0; what < 6; what++) {
    differences(t, strain, what, slope);
    for (size_t i = 4; i < 7; i++)
      for (size_t f = 0; f < most; f++) {
        const double exact = d->strain[(i * most + f) * 6 + (size_t)what];
        assert_true(fabs(slope[i * most + f] - exact) <= 1e-7 * (1 + fabs(exact)));
      }
  }
  free(slope);
}

static void compare(const mi_symfun *f, size_t n) {
  for (int level = 0; level <= (int)mi_isa_best(); level++) {
    trial t;
    mi_control_init(&t.control);
    t.control.isa = (mi_isa)level;
    t.control.threads = 1;
    assert_int_equal(mi_symfun_set_make(&t.set, elements, 3, f, n, &t.control), MI_OK);
    const size_t size = ATOMS * t.set.most * sizeof(double);
    double *values = mi_alloc(size, 1), *again = mi_alloc(size, 1);
    mi_symfun_derivatives d, twice;
    values_of(&t, start, cell, values, &d);
    compare_with_plain(&t, values);
    compare_with_differences(&t, &d);
    t.control.threads = 2;
    values_of(&t, start, cell, again, &twice);
    assert_memory_equal(values, again, size);
    assert_memory_equal(d.value, twice.value, d.offset[d.first[ATOMS]] * sizeof *d.value);
    mi_symfun_derivatives_free(&d);
    mi_symfun_derivatives_free(&twice);
    mi_symfun_set_free(&t.set);
    free(values);
    free(again);
  }
}

static void exponential_types_with_every_cutoff(void **state) {
  (void)state;
  mi_symfun f[MOST];
  for (int cutoff = 0; cutoff <= 8; cutoff++)
    for (int shifted = 0; shifted < 2; shifted++)
      compare(f, exponential(f, cutoff, shifted ? 0.4 : 0));
}

static void compact_types_with_every_core(void **state) {
  (void)state;
  mi_symfun f[MOST];
  for (int core = 0; core <= MI_CORE_P4A; core++) compare(f, compact(f, (mi_symfun_core)core));
}

/* ---- order and refusals ---------------------------------------------------------------------- */

static void functions_are_sorted_as_n2p2_does(void **state) {
  (void)state;
  const mi_symfun f[] = {
      {.type = 3, .center = 8, .e1 = 8, .e2 = 1, .eta = 1, .zeta = 4, .lambda = 1, .rc = 5},
      {.type = 3, .center = 8, .e1 = 1, .e2 = 8, .eta = 1, .zeta = 1, .lambda = 1, .rc = 5},
      {.type = 2, .center = 8, .e1 = 8, .eta = 1, .rc = 5},
      {.type = 2, .center = 8, .e1 = 1, .eta = 1, .rc = 5},
      {.type = 2, .center = 8, .e1 = 8, .eta = 0.5, .rs = 3, .rc = 5},
      {.type = 2, .center = 8, .e1 = 8, .eta = 3, .rc = 4},
      {.type = 2, .center = 1, .e1 = 8, .eta = 3, .rc = 4}};
  const size_t order[] = {6, 5, 4, 3, 2, 1, 0};
  mi_symfun_set set;
  assert_int_equal(mi_symfun_set_make(&set, (int[]){8, 1}, 2, f, 7, NULL), MI_OK);
  for (int i = 0; i < 7; i++) assert_int_equal(set.order[i], order[i]);
  assert_int_equal(set.function[5].e1, 1);
  assert_int_equal(set.function[6].e1, 1);
  assert_int_equal(set.first[1], 1);
  assert_int_equal(set.first[2], 7);
  mi_symfun_set_free(&set);
}

static void wrong_functions_are_refused(void **state) {
  (void)state;
  const mi_symfun good = {.type = 2, .center = 8, .e1 = 1, .eta = 1, .rc = 5};
  mi_symfun bad[8];
  for (int i = 0; i < 8; i++) bad[i] = good;
  bad[0].type = 4;
  bad[1].e1 = 6;
  bad[2].eta = NAN;
  bad[3].rc = 0;
  bad[4].alpha = 1;
  bad[5].cutoff = 9;
  bad[6].e2 = 1;
  bad[7] = (mi_symfun){.type = 20, .center = 8, .e1 = 1, .rl = 5, .rc = 5};
  for (int i = 0; i < 8; i++) {
    mi_symfun_set set;
    mi_control control;
    mi_control_init(&control);
    assert_int_equal(mi_symfun_set_make(&set, (int[]){8, 1}, 2, bad + i, 1, &control), MI_EINVAL);
    assert_non_null(strstr(control.error, "symmetry function 1"));
  }
}

/* Atoms in a row: angles of exactly 0 and 180 degrees give finite derivatives. */
static void straight_triplets_are_finite(void **state) {
  (void)state;
  const double row[] = {0, 0, 0, 1, 0, 0, 2, 0, 0, 3, 0, 0};
  const int32_t hydrogen[] = {1, 1, 1, 1};
  const mi_structure s = {.n = 4, .position = row, .number = hydrogen};
  mi_symfun f[] = {{.type = 22, .center = 1, .e1 = 1, .e2 = 1, .rl = -3, .rc = 3, .left = 100,
                    .right = 260, .core = MI_CORE_P2},
                   {.type = 9, .center = 1, .e1 = 1, .e2 = 1, .zeta = 0.5, .lambda = 1, .rc = 3}};
  mi_symfun_set set;
  mi_symfun_derivatives d;
  double values[8];
  mi_neighbours list = {.cutoff = 3};
  assert_int_equal(mi_symfun_set_make(&set, (int[]){1}, 1, f, 2, NULL), MI_OK);
  assert_int_equal(mi_neighbours_update(&list, &s, NULL, NULL), MI_OK);
  assert_int_equal(mi_symfun_differentiate(&set, &s, &list, values, &d, NULL), MI_OK);
  for (int i = 0; i < 8; i++) assert_true(isfinite(values[i]));
  for (size_t i = 0; i < d.offset[d.first[4]]; i++) assert_true(isfinite(d.value[i]));
  assert_true(values[3] > 0.3); /* the second atom sees its neighbours at 180 degrees */
  mi_symfun_derivatives_free(&d);
  mi_symfun_set_free(&set);
  mi_neighbours_free(&list);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(exponential_types_with_every_cutoff),
      cmocka_unit_test(compact_types_with_every_core),
      cmocka_unit_test(functions_are_sorted_as_n2p2_does),
      cmocka_unit_test(wrong_functions_are_refused),
      cmocka_unit_test(straight_triplets_are_finite),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
