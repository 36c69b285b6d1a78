/* matinf.c.spectra: a VAMAS text as Lua tables. Missing numbers are absent fields. */
#include <math.h>
#include <string.h>

#include "bindings/binding.h"
#include "bindings/spectra.h"
#include "core/spectra/vamas.h"

/* Old files are in Latin-1: what is not UTF-8 is read as that. */
static void push_text(lua_State *L, mi_slice s) {
  luaL_Buffer b;
  bool ascii = true;
  for (size_t i = 0; i < s.length && ascii; i++) ascii = (unsigned char)s.text[i] < 0x80;
  if (ascii) {
    lua_pushlstring(L, s.text, s.length);
    return;
  }
  luaL_buffinit(L, &b);
  for (size_t i = 0; i < s.length; i++) {
    const unsigned char c = (unsigned char)s.text[i];
    if (c < 0x80) {
      luaL_addchar(&b, (char)c);
    } else {
      luaL_addchar(&b, (char)(0xc0 | (c >> 6)));
      luaL_addchar(&b, (char)(0x80 | (c & 0x3f)));
    }
  }
  luaL_pushresult(&b);
}

static void set_text(lua_State *L, const char *name, mi_slice s) {
  push_text(L, s);
  lua_setfield(L, -2, name);
}

static void set_known(lua_State *L, const char *name, double value) {
  if (!isnan(value)) mi_set_number(L, name, value);
}

static void set_lines(lua_State *L, const char *name, const mi_vamas_list *list) {
  lua_newtable(L);
  for (int64_t i = 0; i < list->count; i++) {
    push_text(L, list->lines[i]);
    lua_rawseti(L, -2, i + 1);
  }
  lua_setfield(L, -2, name);
}

static void set_items(lua_State *L, const char *name, const mi_vamas_items *items) {
  lua_newtable(L);
  for (int64_t i = 0; i < items->count; i++) {
    lua_createtable(L, 0, 3);
    set_text(L, "label", items->item[i].label);
    set_text(L, "unit", items->item[i].unit);
    set_known(L, "value", items->item[i].value);
    lua_rawseti(L, -2, i + 1);
  }
  lua_setfield(L, -2, name);
}

/* columns = { {label =, unit =, values = array}, ... } */
static void set_columns(lua_State *L, const mi_vamas_block *b) {
  lua_newtable(L);
  for (int64_t i = 0; i < b->columns.count; i++) {
    lua_createtable(L, 0, 3);
    set_text(L, "label", b->columns.item[i].label);
    set_text(L, "unit", b->columns.item[i].unit);
    mi_push_vector(L, b->values + i * b->points, b->points);
    lua_setfield(L, -2, "values");
    lua_rawseti(L, -2, i + 1);
  }
  lua_setfield(L, -2, "columns");
}

static void set_date(lua_State *L, const double *date) {
  char text[64];
  for (int i = 0; i < 6; i++)
    if (!(fabs(date[i]) < 1e4)) return;
  (void)snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d", (int)date[0], (int)date[1],
                 (int)date[2], (int)date[3], (int)date[4], (int)date[5]);
  mi_set_string(L, "date", text);
}

static void set_texts(lua_State *L, const mi_vamas_experiment *e, const mi_vamas_block *b) {
  set_text(L, "institution", e->institution);
  set_text(L, "instrument", e->instrument);
  set_text(L, "operator", e->operator_name);
  set_text(L, "experiment", e->name);
  set_text(L, "mode", e->mode);
  set_text(L, "id", b->id);
  set_text(L, "sample", b->sample);
  set_text(L, "technique", b->technique);
  set_text(L, "source", b->source);
  set_text(L, "analyser_mode", b->analyser_mode);
  set_text(L, "species", b->species);
  set_text(L, "transition", b->transition);
  set_text(L, "signal_mode", b->signal_mode);
  set_text(L, "abscissa", b->abscissa);
  set_text(L, "abscissa_unit", b->abscissa_unit);
}

/* A list of numbers; a missing one is NaN there. */
static void set_numbers(lua_State *L, const char *name, const double *values, int count) {
  lua_createtable(L, count, 0);
  for (int i = 0; i < count; i++) {
    lua_pushnumber(L, values[i]);
    lua_rawseti(L, -2, i + 1);
  }
  lua_setfield(L, -2, name);
}

/* What only a writer asks for: parts that are many numbers. */
static void set_vectors(lua_State *L, const mi_vamas_experiment *e, const mi_vamas_block *b) {
  set_numbers(L, "when", b->date, 7);
  set_numbers(L, "map", e->map, 3);
  set_numbers(L, "map_position", b->position, 2);
  set_numbers(L, "sputter_ion", b->sputter_ion, 3);
  set_numbers(L, "beam_width", b->beam_width, 2);
  set_numbers(L, "field_of_view", b->field_of_view, 2);
  set_numbers(L, "linescan", b->linescan, 6);
  set_numbers(L, "source_angles", b->source_angles, 2);
  set_numbers(L, "analysis_width", b->analysis_width, 2);
  set_numbers(L, "take_off_angles", b->take_off, 2);
  set_numbers(L, "sputter_source", b->sputter_source, 7);
  set_numbers(L, "tilt", b->tilt, 2);
}

static void push_block(lua_State *L, const mi_vamas_experiment *e, const mi_vamas_block *b) {
  static const char *const scans[] = {"REGULAR", "IRREGULAR", "MAPPING"};
  lua_createtable(L, 0, 56);
  set_texts(L, e, b);
  set_vectors(L, e, b);
  set_lines(L, "manual", &e->manual);
  mi_set_number(L, "regions", e->regions);
  set_known(L, "differential_width", b->differential_width);
  set_known(L, "time_correction", b->time_correction);
  mi_set_string(L, "scan", scans[e->scan]);
  mi_set_integer(L, "line", b->line);
  set_date(L, b->date);
  set_lines(L, "comments", &b->comments);
  set_lines(L, "experiment_comments", &e->comments);
  set_items(L, "variables", &b->variables);
  set_items(L, "extra", &b->extra);
  set_columns(L, b);
  set_known(L, "energy", b->energy);
  set_known(L, "strength", b->strength);
  set_known(L, "pass_energy", b->pass_energy);
  set_known(L, "magnification", b->magnification);
  set_known(L, "work_function", b->work_function);
  set_known(L, "target_bias", b->target_bias);
  set_known(L, "charge", b->charge);
  set_known(L, "start", b->start);
  set_known(L, "step", b->step);
  set_known(L, "dwell", b->dwell);
  set_known(L, "scans", b->scans);
  set_known(L, "take_off", b->take_off[0]);
  set_known(L, "rotation", b->rotation);
}

/* is_vamas(text) -> boolean */
int mi_spectra_is_vamas(lua_State *L) {
  mi_call call;
  size_t length;
  mi_begin(&call, L, "spectra.read");
  const char *text = mi_arg_string(&call, 1, "text", &length);
  lua_pushboolean(L, mi_vamas_detect(text, length));
  return 1;
}

static int free_vamas(lua_State *L) {
  mi_vamas_free(lua_touserdata(L, 1));
  return 0;
}

/* A result that is freed however the function is left. */
static mi_vamas *guarded(lua_State *L) {
  mi_vamas *v = lua_newuserdatauv(L, sizeof *v, 0);
  memset(v, 0, sizeof *v);
  if (luaL_newmetatable(L, "matinf.spectra.vamas")) {
    lua_pushcfunction(L, free_vamas);
    lua_setfield(L, -2, "__gc");
  }
  lua_setmetatable(L, -2);
  return v;
}

/* read_vamas(text, file) -> list of blocks */
int mi_spectra_read_vamas(lua_State *L) {
  mi_call call;
  size_t length;
  int64_t line = 0, count = 0;
  mi_begin(&call, L, "spectra.read");
  const char *text = mi_arg_string(&call, 1, "text", &length);
  const char *file = mi_arg_string(&call, 2, "file", NULL);
  mi_vamas *v = guarded(L);
  const mi_status status = mi_vamas_read(text, length, v, &line, &call.control);
  if (status == MI_EINVAL) mi_raise_at(L, file, line, 0, "%s", call.control.error);
  mi_check(&call, status);
  lua_newtable(L);
  for (int64_t i = 0; i < v->count; i++)
    for (int64_t j = 0; j < v->experiments[i].count; j++) {
      push_block(L, v->experiments + i, v->experiments[i].blocks + j);
      lua_rawseti(L, -2, ++count);
    }
  mi_vamas_free(v);
  return 1;
}
