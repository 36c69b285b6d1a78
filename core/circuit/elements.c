/* The table of elements: symbols, parameters, units, default bounds. */
#include "core/circuit/circuit.h"

/* Positive parameters: wide enough for anything measured, narrow enough for doubles. */
#define LEAST 1e-24
#define MOST 1e24

#define POSITIVE(name, unit, what) {name, unit, what, false, LEAST, MOST}
#define EXPONENT(name, what) {name, "", what, true, 0, 1}

static const mi_circuit_element elements[MI_CIRCUIT_ELEMENTS] = {
  [MI_CIRCUIT_R] = {"R", "resistor", 1, {POSITIVE("R", "ohm", "resistance")}},
  [MI_CIRCUIT_C] = {"C", "capacitor", 1, {POSITIVE("C", "F", "capacitance")}},
  [MI_CIRCUIT_L] = {"L", "inductor", 1, {POSITIVE("L", "H", "inductance")}},
  [MI_CIRCUIT_CPE] = {"CPE", "constant phase element", 2,
    {POSITIVE("Q", "ohm^-1 s^a", "pseudo-capacitance"), EXPONENT("a", "exponent")}},
  [MI_CIRCUIT_W] = {"W", "semi-infinite diffusion (Warburg)", 1,
    {POSITIVE("A", "ohm s^-1/2", "Warburg coefficient")}},
  [MI_CIRCUIT_WO] = {"Wo", "finite diffusion, reflecting end", 2,
    {POSITIVE("Z0", "ohm", "diffusion resistance"), POSITIVE("tau", "s", "diffusion time")}},
  [MI_CIRCUIT_WS] = {"Ws", "finite diffusion, transmitting end", 2,
    {POSITIVE("Z0", "ohm", "diffusion resistance"), POSITIVE("tau", "s", "diffusion time")}},
  [MI_CIRCUIT_LA] = {"La", "modified inductor", 2,
    {POSITIVE("L", "H", "inductance"), EXPONENT("a", "exponent")}},
  [MI_CIRCUIT_G] = {"G", "Gerischer element", 2,
    {POSITIVE("R", "ohm", "resistance"), POSITIVE("tau", "s", "reaction time")}},
  [MI_CIRCUIT_GS] = {"Gs", "finite-length Gerischer element", 3,
    {POSITIVE("R", "ohm", "resistance"), POSITIVE("tau", "s", "reaction time"),
     POSITIVE("phi", "", "length over decay length")}},
  [MI_CIRCUIT_K] = {"K", "R and C in parallel by time constant", 2,
    {POSITIVE("R", "ohm", "resistance"), POSITIVE("tau", "s", "time constant")}},
  [MI_CIRCUIT_ZARC] = {"Zarc", "R and CPE in parallel by time constant", 3,
    {POSITIVE("R", "ohm", "resistance"), POSITIVE("tau", "s", "time constant"),
     EXPONENT("g", "exponent")}},
  [MI_CIRCUIT_TLMQ] = {"TLMQ", "transmission line of R and CPE", 3,
    {POSITIVE("Rion", "ohm", "ionic resistance"),
     POSITIVE("Qs", "ohm^-1 s^g", "surface pseudo-capacitance"), EXPONENT("g", "exponent")}},
  [MI_CIRCUIT_T] = {"T", "macrohomogeneous porous electrode", 4,
    {POSITIVE("A", "ohm", "weight of coth"), POSITIVE("B", "ohm", "weight of 1/sinh"),
     POSITIVE("a", "", "steady reaction"), POSITIVE("b", "s", "time constant")}},
  [MI_CIRCUIT_WOA] = {"Woa", "anomalous finite diffusion, reflecting end", 3,
    {POSITIVE("Z0", "ohm", "diffusion resistance"), POSITIVE("tau", "s", "diffusion time"),
     EXPONENT("a", "exponent, 1/2 for Wo")}},
  [MI_CIRCUIT_WSA] = {"Wsa", "anomalous finite diffusion, transmitting end", 3,
    {POSITIVE("Z0", "ohm", "diffusion resistance"), POSITIVE("tau", "s", "diffusion time"),
     EXPONENT("a", "exponent, 1/2 for Ws")}},
  [MI_CIRCUIT_GA] = {"Ga", "Gerischer element with exponent (Davidson-Cole)", 3,
    {POSITIVE("R", "ohm", "resistance"), POSITIVE("tau", "s", "reaction time"),
     EXPONENT("n", "exponent, 1/2 for G")}},
  [MI_CIRCUIT_HN] = {"H", "Havriliak-Negami element", 4,
    {POSITIVE("R", "ohm", "resistance"), POSITIVE("tau", "s", "time constant"),
     EXPONENT("a", "inner exponent"), EXPONENT("b", "outer exponent")}},
};

const mi_circuit_element *mi_circuit_element_of(mi_circuit_kind kind) { return &elements[kind]; }
