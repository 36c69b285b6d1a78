/* Lua module matinf.c.descriptors: symmetry functions; scripts/matinf/descriptors.lua gives them
 * their class. */
#include <string.h>

#include "bindings/binding.h"
#include "bindings/binding_structure.h"
#include "bindings/symfun.h"

static void release_derivatives(void *d) { mi_symfun_derivatives_free(d); }

/* sort(elements, rows) -> elements (i32), rows in their order, first function of each element */
static int sort(lua_State *L) {
  mi_call call;
  mi_begin(&call, L, "descriptors.symmetry_functions");
  const mi_symfun_set *set = mi_push_set(&call, 1);
  const int64_t elements = set->elements, n = (int64_t)set->first[set->elements];
  int32_t *number = (void *)mi_push_array(L, MI_I32, 1, &elements)->data;
  memcpy(number, set->number, (size_t)elements * sizeof *number);
  double *rows = (void *)mi_push_array(L, MI_F64, 2, (int64_t[]){n, MI_SYMFUN_COLUMNS})->data;
  for (int64_t i = 0; i < n; i++) mi_symfun_to_row(set->function + i, rows + i * MI_SYMFUN_COLUMNS);
  lua_createtable(L, set->elements + 1, 0);
  for (int e = 0; e <= set->elements; e++) {
    lua_pushinteger(L, (lua_Integer)set->first[e] + 1);
    lua_rawseti(L, -2, e + 1);
  }
  return 3;
}

/* Values, and derivatives if d is not NULL, with a list of its own. */
static mi_status evaluate(const mi_symfun_set *set, const mi_structure *s, double *values,
                          mi_symfun_derivatives *d, mi_control *control) {
  mi_neighbours list = {.cutoff = set->cutoff};
  mi_status status = mi_neighbours_update(&list, s, NULL, control);
  if (status == MI_OK)
    status = d ? mi_symfun_differentiate(set, s, &list, values, d, control)
               : mi_symfun_values(set, s, &list, values, control);
  mi_neighbours_free(&list);
  return status;
}

/* compute(elements, rows, structure) -> array [n x most] */
static int compute(lua_State *L) {
  mi_call call;
  mi_structure s;
  mi_begin(&call, L, "descriptors.SymmetryFunctions:compute");
  mi_arg_structure(&call, 3, "structure", &s);
  const mi_symfun_set *set = mi_push_set(&call, 1);
  const int64_t shape[] = {(int64_t)s.n, (int64_t)set->most};
  double *values = (void *)mi_push_array(L, MI_F64, 2, shape)->data;
  mi_check_structure(&call, 3, evaluate(set, &s, values, NULL, &call.control));
  return 1;
}

/* Where the derivatives of mi_symfun_derivatives go, one row each. */
typedef struct rows {
  int64_t *center, *atom, *function;
  double *gradient;
} rows;

static void fill_rows(mi_call *call, const mi_symfun_set *set, const mi_structure *s,
                      const mi_symfun_derivatives *d, rows r) {
  for (size_t i = 0; i < d->n; i++) {
    const int element = set->slot[s->number[i]];
    const size_t from = d->offset[d->first[i]], to = d->offset[d->first[i + 1]];
    if (mi_cancelled(&call->control)) mi_check(call, MI_ECANCEL);
    memcpy(r.gradient + from, d->value + from, (to - from) * sizeof *r.gradient);
    for (size_t b = d->first[i]; b < d->first[i + 1]; b++) {
      const mi_symfun_felt felt = mi_symfun_felt_by(set, element, d->column[b]);
      for (size_t k = 0; k < felt.n; k++) {
        const size_t at = d->offset[b] / 3 + k;
        r.center[at] = (int64_t)i + 1;
        r.atom[at] = (int64_t)d->atom[b] + 1;
        r.function[at] = (int64_t)felt.function[k] + 1;
      }
    }
  }
}

/* differentiate(elements, rows, structure) -> table of arrays */
static int differentiate(lua_State *L) {
  mi_call call;
  mi_structure s;
  mi_begin(&call, L, "descriptors.SymmetryFunctions:differentiate");
  mi_arg_structure(&call, 3, "structure", &s);
  const mi_symfun_set *set = mi_push_set(&call, 1);
  mi_symfun_derivatives *d = mi_push_owned(L, sizeof *d, release_derivatives);
  const int64_t n = (int64_t)s.n, most = (int64_t)set->most;
  lua_createtable(L, 0, 6);
  double *values = mi_set_array(L, "values", MI_F64, 2, (int64_t[]){n, most});
  mi_check_structure(&call, 3, evaluate(set, &s, values, d, &call.control));
  const int64_t count = (int64_t)d->offset[d->first[d->n]] / 3;
  rows r;
  r.center = mi_set_array(L, "centers", MI_I64, 1, &count);
  r.atom = mi_set_array(L, "atoms", MI_I64, 1, &count);
  r.function = mi_set_array(L, "functions", MI_I64, 1, &count);
  r.gradient = mi_set_array(L, "gradients", MI_F64, 2, (int64_t[]){count, 3});
  fill_rows(&call, set, &s, d, r);
  double *strain = mi_set_array(L, "strain", MI_F64, 3, (int64_t[]){n, most, 6});
  memcpy(strain, d->strain, (size_t)(n * most * 6) * sizeof *strain);
  return 1;
}

MI_EXPORT int luaopen_matinf_c_descriptors(lua_State *L);
int luaopen_matinf_c_descriptors(lua_State *L) {
  static const luaL_Reg functions[] = {
      {"sort", sort}, {"compute", compute}, {"differentiate", differentiate}, {NULL, NULL}};
  luaL_newlib(L, functions);
  return 1;
}
