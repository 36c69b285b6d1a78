/* The elements a potential knows, numbered from 0 in the order of its parameters: their types. */
#ifndef MI_POTENTIALS_SPECIES_H
#define MI_POTENTIALS_SPECIES_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/elements.h"

enum { MI_SPECIES_MOST = 8 };

typedef struct mi_species {
  int count;
  int8_t type[MI_ELEMENT_COUNT + 1]; /* of an atomic number; -1: unknown */
} mi_species;

/* False when there are too many, or one is no element, or stands twice. */
static inline bool mi_species_set(mi_species *species, const int32_t *number, int count) {
  if (count < 1 || count > MI_SPECIES_MOST) return false;
  species->count = count;
  for (int z = 0; z <= MI_ELEMENT_COUNT; z++) species->type[z] = -1;
  for (int t = 0; t < count; t++) {
    if (number[t] < 1 || number[t] > MI_ELEMENT_COUNT || species->type[number[t]] >= 0)
      return false;
    species->type[number[t]] = (int8_t)t;
  }
  return true;
}

static inline bool mi_species_knows(const mi_species *species, int number) {
  return number >= 0 && number <= MI_ELEMENT_COUNT && species->type[number] >= 0;
}

#endif
