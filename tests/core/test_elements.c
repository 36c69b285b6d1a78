/* The table of the elements: order, lookups, and that nothing in it is absurd. */
#include "tests/core/cmocka_all.h"

#include "core/base/elements.h"

static void numbers_and_symbols_find_the_same(void **state) {
  (void)state;
  for (int z = 1; z <= MI_ELEMENT_COUNT; z++) {
    const mi_element *element = mi_element_of_number(z);
    assert_non_null(element);
    assert_int_equal(element->number, z);
    assert_ptr_equal(mi_element_of_symbol(element->symbol), element);
    assert_true(element->group >= 0 && element->group <= 18);
    assert_true(element->period >= 1 && element->period <= 7);
  }
}

static void others_are_not_found(void **state) {
  (void)state;
  assert_null(mi_element_of_number(0));
  assert_null(mi_element_of_number(119));
  assert_null(mi_element_of_symbol(""));
  assert_null(mi_element_of_symbol("fe"));
}

static void values_are_plausible(void **state) {
  (void)state;
  for (int z = 1; z <= MI_ELEMENT_COUNT; z++) {
    const mi_element *element = mi_element_of_number(z);
    assert_true(element->mass == 0 || (element->mass > 0.99 * z && element->mass < 2.7 * z));
    assert_true(element->covalent_radius >= 0 && element->covalent_radius < 2.7);
    assert_true(element->vdw_radius == 0 || element->vdw_radius > element->covalent_radius);
    assert_true(element->electronegativity >= 0 && element->electronegativity <= 3.98);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(numbers_and_symbols_find_the_same),
      cmocka_unit_test(others_are_not_found),
      cmocka_unit_test(values_are_plausible),
  };
  return cmocka_run_group_tests_name("elements", tests, NULL, NULL);
}
