/* Lua module matinf.c.elements: the table of the elements. */
#include "bindings/binding.h"
#include "core/base/elements.h"

/* Numbers that are not known are left out. */
static void set_known(lua_State *L, const char *name, double value) {
  if (value != 0) mi_set_number(L, name, value);
}

static void push_element(lua_State *L, const mi_element *element) {
  lua_createtable(L, 0, 9);
  mi_set_string(L, "symbol", element->symbol);
  mi_set_string(L, "name", element->name);
  mi_set_integer(L, "number", element->number);
  if (element->group) mi_set_integer(L, "group", element->group);
  mi_set_integer(L, "period", element->period);
  set_known(L, "mass", element->mass);
  set_known(L, "covalent_radius", element->covalent_radius);
  set_known(L, "vdw_radius", element->vdw_radius);
  set_known(L, "electronegativity", element->electronegativity);
}

/* all() -> list of the 118 elements in the order of their numbers */
static int all(lua_State *L) {
  lua_createtable(L, MI_ELEMENT_COUNT, 0);
  for (int number = 1; number <= MI_ELEMENT_COUNT; number++) {
    push_element(L, mi_element_of_number(number));
    lua_rawseti(L, -2, number);
  }
  return 1;
}

MI_EXPORT int luaopen_matinf_c_elements(lua_State *L);
int luaopen_matinf_c_elements(lua_State *L) {
  static const luaL_Reg functions[] = {{"all", all}, {NULL, NULL}};
  luaL_newlib(L, functions);
  return 1;
}
