/* Instruction set levels: a hot kernel is one source, NAME.isa.c, compiled once per level.
 *
 * Inside NAME.isa.c every exported name is wrapped, `mi_status MI_ISA(mi_vexp)(...)`, which makes
 * mi_vexp_baseline, mi_vexp_v3 and mi_vexp_v4. NAME.c chooses with MI_DISPATCH:
 *
 *   MI_DECLARE(void, mi_vexp, (const double *x, double *y, size_t n));      // the three prototypes
 *   ... MI_DISPATCH(mi_level(control), mi_vexp)(x, y, n);
 *
 * Bits are promised per level, not across levels. */
#ifndef MI_ISA_H
#define MI_ISA_H

#include <stdbool.h>

typedef enum mi_isa { MI_ISA_BASELINE, MI_ISA_V3, MI_ISA_V4 } mi_isa;

/* The best level this processor runs. */
mi_isa mi_isa_best(void);

/* "baseline", "x86-64-v3", "x86-64-v4". */
const char *mi_isa_name(mi_isa isa);

/* Parses a level's name; false if there is no such level. */
bool mi_isa_parse(const char *name, mi_isa *isa);

#define MI_PASTE_(a, b) a##_##b
#define MI_PASTE(a, b) MI_PASTE_(a, b)
#define MI_ISA(name) MI_PASTE(name, MI_LEVEL)

#if defined(__x86_64__)
#define MI_DECLARE(type, name, arguments) \
  type name##_baseline arguments;         \
  type name##_v3 arguments;               \
  type name##_v4 arguments
#define MI_DISPATCH(level, name) \
  ((level) == MI_ISA_V4 ? name##_v4 : (level) == MI_ISA_V3 ? name##_v3 : name##_baseline)
#else
#define MI_DECLARE(type, name, arguments) type name##_baseline arguments
#define MI_DISPATCH(level, name) ((void)(level), name##_baseline)
#endif

#endif
