/* What the files of module circuit share. A part adds its functions to the table on top of the
 * stack, from luaopen_matinf_c_circuit. */
#ifndef MI_BINDING_CIRCUIT_H
#define MI_BINDING_CIRCUIT_H

#include <complex.h>

#include "bindings/binding.h"
#include "core/circuit/fit.h"

/* The circuit whose postfix code is at index. */
void mi_arg_circuit(mi_call *call, int index, mi_circuit *circuit);

/* Frequencies at index and as many impedances at index + 1; their number is n. */
void mi_arg_points(mi_call *call, int index, const double **f, const double complex **z,
                   int64_t *n);

/* The spectrum (frequency, complex impedance) at index and index + 1, with weights; sigma [2 n] for
 * MI_CIRCUIT_SIGMA. Free it before anything that can raise. */
void mi_arg_spectrum(mi_call *call, int index, mi_circuit_weight weight, const mi_array *sigma,
                     mi_circuit_data *data, bool admittance);

/* The option weight. */
mi_circuit_weight mi_option_weight(mi_call *call);

/* The circuits of codes [n x width] and lengths [n] at index and index + 1, in scratch memory. */
mi_circuit *mi_arg_circuits(mi_call *call, int index, size_t *count);
int64_t mi_most_parameters(const mi_circuit *circuits, size_t count);

/* Functions of the module, each in the file of its name (enumeration: circuit_enumerate.c). */
int mi_circuit_fit_binding(lua_State *L);
int mi_circuit_enumerate_binding(lua_State *L);
int mi_circuit_screen_binding(lua_State *L);
int mi_circuit_rank_binding(lua_State *L);
int mi_circuit_evidence_binding(lua_State *L);
int mi_circuit_kk(lua_State *L);
int mi_circuit_drt(lua_State *L);

#endif
