/* Lua module matinf.c.analysis: time correlations. */
#include "bindings/analysis.h"
#include "bindings/binding.h"
#include "core/analysis/correlation.h"

typedef mi_status correlation(const mi_series *series, double *sum, mi_control *control);

/* (x [frames x series], groups [series] from 0, count, weights [series]) -> [count x frames] */
static int correlate(lua_State *L, const char *name, correlation *kernel) {
  mi_call call;
  mi_begin(&call, L, name);
  const mi_array *x = mi_arg_matrix(&call, 1, "series");
  const mi_array *group = mi_arg_contiguous(&call, 2, "groups", MI_I32, 1);
  const int groups = (int)mi_arg_integer(&call, 3, "count", 1, 1000000);
  const mi_array *weight = mi_arg_vector(&call, 4, "weights");
  if (group->shape[0] != x->shape[1]) mi_argument_error(&call, 2, "groups", "one a series");
  if (weight->shape[0] != x->shape[1]) mi_argument_error(&call, 4, "weights", "one a series");
  if (x->shape[0] < 1) mi_argument_error(&call, 1, "series", "one frame or more");
  const int32_t *of = (const int32_t *)(const void *)group->data;
  for (int64_t j = 0; j < group->shape[0]; j++)
    if (of[j] >= groups) mi_argument_error(&call, 2, "groups", "numbers below count");
  const mi_series series = {(const double *)(const void *)x->data, x->shape[0], x->shape[1],
                            (const double *)(const void *)weight->data, of, groups};
  const int64_t shape[] = {groups, x->shape[0]};
  mi_array *sum = mi_push_array(L, MI_F64, 2, shape);
  mi_check(&call, kernel(&series, (double *)(void *)sum->data, &call.control));
  return 1;
}

int mi_analysis_autocorrelation(lua_State *L) {
  return correlate(L, "analysis.autocorrelation", mi_autocorrelate);
}

int mi_analysis_squared_displacements(lua_State *L) {
  return correlate(L, "analysis.msd", mi_squared_displacements);
}
