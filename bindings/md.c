/* Lua module matinf.c.md: a run of dynamics as a handle; scripts/matinf/md/run.lua drives it. */
#include <string.h>

#include "bindings/binding.h"
#include "bindings/binding_potential.h"
#include "bindings/binding_structure.h"
#include "bindings/md.h"
#include "core/md/dynamics.h"

/* ---- the handle ------------------------------------------------------------------------------ */

#define DYNAMICS_TYPE "matinf.md.dynamics"

static int collect(lua_State *L) {
  mi_md_end(luaL_checkudata(L, 1, DYNAMICS_TYPE));
  return 0;
}

/* The potential at index is kept alive. */
static mi_md *push_dynamics(lua_State *L, int potential) {
  mi_md *md = lua_newuserdatauv(L, sizeof *md, 1);
  *md = (mi_md){0};
  if (luaL_newmetatable(L, DYNAMICS_TYPE)) {
    lua_pushcfunction(L, collect);
    lua_setfield(L, -2, "__gc");
  }
  lua_setmetatable(L, -2);
  lua_pushvalue(L, potential);
  lua_setiuservalue(L, -2, 1);
  return md;
}

static mi_md *arg_dynamics(lua_State *L) { return luaL_checkudata(L, 1, DYNAMICS_TYPE); }

/* ---- options --------------------------------------------------------------------------------- */

/* The option: pairs (time, value), an array [k x 2]. */
static void read_schedule(mi_call *call, const char *name, mi_schedule *schedule) {
  if (!mi_option(call, name)) return;
  const mi_array *a = mi_arg_matrix(call, lua_gettop(call->L), name);
  if (a->shape[1] != 2 || a->shape[0] < 1 || a->shape[0] > MI_SCHEDULE_MOST)
    mi_argument_error(call, lua_gettop(call->L), name, "1 to 64 pairs of time and value");
  const double *pair = (const double *)(const void *)a->data;
  schedule->count = (int)a->shape[0];
  for (int k = 0; k < schedule->count; k++) {
    schedule->time[k] = pair[2 * k];
    schedule->value[k] = pair[2 * k + 1];
  }
  lua_pop(call->L, 1);
}

static void read_options(mi_call *call, mi_md_options *o) {
  static const char *const baths[] = {"none", "nose-hoover", "langevin", "csvr", NULL};
  static const char *const pistons[] = {"none", "scr", "mtk", NULL};
  static const char *const shapes[] = {"isotropic", "orthorhombic", "triclinic", NULL};
  o->timestep = mi_option_number(call, "timestep", o->timestep);
  o->bath = (mi_bath)mi_option_choice(call, "thermostat", (int)o->bath, baths);
  o->piston = (mi_piston)mi_option_choice(call, "barostat", (int)o->piston, pistons);
  o->shape = (mi_piston_shape)mi_option_choice(call, "shape", (int)o->shape, shapes);
  read_schedule(call, "temperature", &o->temperature);
  read_schedule(call, "pressure", &o->pressure);
  o->bath_time = mi_option_number(call, "thermostat_time", o->bath_time);
  o->piston_time = mi_option_number(call, "barostat_time", o->piston_time);
  o->compressibility = mi_option_number(call, "compressibility", o->compressibility);
  o->chain = (int)mi_option_integer(call, "chain", o->chain, 1, MI_CHAIN_MOST);
  o->seed = (uint64_t)mi_option_integer(call, "seed", 1, 0, INT64_MAX);
  o->skin = mi_option_number(call, "skin", o->skin);
  o->most_move = mi_option_number(call, "most_move", o->most_move);
  o->most_deviation = mi_option_number(call, "most_deviation", o->most_deviation);
  o->most_extrapolations = mi_option_number(call, "most_extrapolations", o->most_extrapolations);
}

/* ---- states ---------------------------------------------------------------------------------- */

/* What a state holds beside positions and velocities: one row of numbers. */
enum { STATE_NUMBERS = 1 + 9 + 9 + 4 * MI_CHAIN_MOST + 1 };

static void move_state(mi_md_state *state, double *numbers, bool save) {
  double step = (double)state->step;
  struct {
    double *at;
    size_t count;
  } parts[] = {{&step, 1},
               {&state->cell[0][0], 9},
               {state->rate, 9},
               {state->bath.position, MI_CHAIN_MOST},
               {state->bath.velocity, MI_CHAIN_MOST},
               {state->piston.position, MI_CHAIN_MOST},
               {state->piston.velocity, MI_CHAIN_MOST},
               {&state->heat, 1}};
  for (size_t k = 0; k < sizeof parts / sizeof *parts; k++) {
    const size_t bytes = parts[k].count * sizeof(double);
    memcpy(save ? numbers : parts[k].at, save ? parts[k].at : numbers, bytes);
    numbers += parts[k].count;
  }
  state->step = (int64_t)step;
}

void mi_set_rows(lua_State *L, const char *name, const double *rows, size_t n) {
  const int64_t shape[] = {(int64_t)n, 3};
  memcpy(mi_push_array(L, MI_F64, 2, shape)->data, rows, 3 * n * sizeof(double));
  lua_setfield(L, -2, name);
}

/* state(handle) -> { positions, velocities, numbers }: all that continuing needs */
static int state(lua_State *L) {
  mi_md *md = arg_dynamics(L);
  lua_newtable(L);
  mi_set_rows(L, "positions", md->state.position, md->n);
  mi_set_rows(L, "velocities", md->state.velocity, md->n);
  const mi_array *numbers = mi_push_vector(L, NULL, STATE_NUMBERS);
  move_state(&md->state, (double *)(void *)numbers->data, true);
  lua_setfield(L, -2, "numbers");
  return 1;
}

/* Takes a field of the state at index 4. */
static const double *state_field(mi_call *call, const char *name, int ndim, int64_t length) {
  lua_getfield(call->L, 4, name);
  const mi_array *a = mi_arg_contiguous(call, lua_gettop(call->L), name, MI_F64, ndim);
  if (a->shape[0] != length)
    mi_argument_error(call, lua_gettop(call->L), name, "as many rows as there are atoms");
  return (const double *)(const void *)a->data;
}

static void restore(mi_call *call, mi_md *md) {
  double numbers[STATE_NUMBERS];
  const int64_t n = (int64_t)md->n;
  memcpy(md->state.position, state_field(call, "positions", 2, n), 3 * md->n * sizeof(double));
  memcpy(md->state.velocity, state_field(call, "velocities", 2, n), 3 * md->n * sizeof(double));
  memcpy(numbers, state_field(call, "numbers", 1, STATE_NUMBERS), sizeof numbers);
  move_state(&md->state, numbers, false);
  lua_pop(call->L, 3);
}

/* ---- functions ------------------------------------------------------------------------------- */

/* The velocities of the structure, or drawn for the temperature at the start. */
static void start(mi_call *call, mi_md *md, bool draw) {
  const int64_t shape[] = {(int64_t)md->n, 3}, *rows = shape;
  const double *velocity = mi_structure_field(call, 1, "structure", "velocities", 2, rows);
  if (draw || !velocity) {
    mi_md_draw_velocities(md, mi_schedule_at(&md->options.temperature, 0), md->options.seed);
  } else {
    memcpy(md->state.velocity, velocity, 3 * md->n * sizeof(double));
    mi_md_rest(md);
  }
}

/* begin(structure, potential, options, state or nil) -> handle */
static int begin(lua_State *L) {
  mi_call call;
  mi_structure s;
  mi_begin(&call, L, "md.run");
  lua_settop(L, 4);
  mi_arg_structure(&call, 1, "structure", &s);
  const mi_potential *potential = mi_arg_potential(&call, 2, "potential");
  mi_md_options o = mi_md_options_default();
  mi_options_begin(&call, 3);
  read_options(&call, &o);
  const bool draw = mi_option_boolean(&call, "draw", false);
  mi_options_end(&call);
  const int64_t n = (int64_t)s.n;
  const double *mass = mi_structure_field(&call, 1, "structure", "masses", 1, &n);
  mi_md *md = push_dynamics(L, 2);
  mi_check_structure(&call, 1, mi_md_begin(md, &o, potential, &s, mass, &call.control));
  if (lua_isnil(L, 4)) start(&call, md, draw);
  else restore(&call, md);
  mi_check_structure(&call, 1, mi_md_prepare(md, &call.control));
  return 1;
}

/* advance(handle, steps) -> "deviation", "extrapolation" or "exploded" and why, or nothing */
static int advance(lua_State *L) {
  static const char *const stops[] = {NULL, "deviation", "extrapolation", "exploded"};
  mi_call call;
  mi_begin(&call, L, "md.run");
  mi_md *md = arg_dynamics(L);
  const int64_t steps = mi_arg_integer(&call, 2, "steps", 0, INT64_MAX);
  mi_check(&call, mi_md_advance(md, steps, &call.control));
  lua_pushstring(L, stops[md->stop]);
  lua_pushstring(L, md->why);
  return md->stop ? 2 : 0;
}

/* observe(handle) -> numbers by name, and the stress [3 x 3] */
static int observe(lua_State *L) {
  const mi_md *md = arg_dynamics(L);
  const mi_md_observables o = mi_md_observe(md);
  lua_createtable(L, 0, 12);
  mi_set_integer(L, "step", md->state.step);
  mi_set_number(L, "time", o.time);
  mi_set_number(L, "kinetic", o.kinetic);
  mi_set_number(L, "potential", o.potential);
  mi_set_number(L, "conserved", o.conserved);
  mi_set_number(L, "temperature", o.temperature);
  mi_set_number(L, "pressure", o.pressure);
  mi_set_number(L, "volume", o.volume);
  mi_set_number(L, "deviation", md->evaluation.force_deviation);
  mi_set_integer(L, "extrapolations", (int64_t)md->evaluation.extrapolations);
  mi_set_rows(L, "stress", o.stress, 3);
  return 1;
}

/* frame(handle) -> { positions, velocities, forces, cell, energy } */
static int frame(lua_State *L) {
  const mi_md *md = arg_dynamics(L);
  lua_createtable(L, 0, 5);
  mi_set_rows(L, "positions", md->state.position, md->n);
  mi_set_rows(L, "velocities", md->state.velocity, md->n);
  mi_set_rows(L, "forces", md->evaluation.forces, md->n);
  mi_set_rows(L, "cell", &md->state.cell[0][0], 3);
  mi_set_number(L, "energy", md->evaluation.energy);
  return 1;
}

MI_EXPORT int luaopen_matinf_c_md(lua_State *L);
int luaopen_matinf_c_md(lua_State *L) {
  static const luaL_Reg functions[] = {{"begin", begin},     {"advance", advance},
                                       {"observe", observe}, {"frame", frame},
                                       {"state", state},     {NULL, NULL}};
  luaL_newlib(L, functions);
  mi_md_open_relax(L);
  mi_md_open_saddle(L);
  mi_md_open_phonons(L);
  return 1;
}
