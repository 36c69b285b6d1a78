#include "core/base/isa.h"

#include <string.h>

static const char *const names[] = {"baseline", "x86-64-v3", "x86-64-v4"};

mi_isa mi_isa_best(void) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512cd"))
    return MI_ISA_V4;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
      __builtin_cpu_supports("bmi2"))
    return MI_ISA_V3;
#endif
  return MI_ISA_BASELINE;
}

const char *mi_isa_name(mi_isa isa) { return names[isa]; }

bool mi_isa_parse(const char *name, mi_isa *isa) {
  for (int i = 0; i < 3; i++) {
    if (strcmp(name, names[i]) == 0) {
      *isa = (mi_isa)i;
      return true;
    }
  }
  return false;
}
