/* Going through training structures in waves: each structure of a wave by one thread, then,
 * structure by structure in order, what must not depend on threads. */
#ifndef MI_NNP_WAVE_H
#define MI_NNP_WAVE_H

#include "core/nnp/training.h"

enum { MI_WAVE = 4 }; /* structures */

/* i counts the structures of the subset; the pass has run. */
typedef mi_status mi_wave_function(void *context, size_t i, const mi_sample *sample,
                                   mi_pass *pass, const mi_described *d);

/* parallel (may be NULL: then networks are not run) is called for all structures of a wave at once,
 * then ordered (may be NULL) for each of them. */
mi_status mi_waves(mi_training *t, const mi_subset *subset, mi_wave_function *parallel,
                   mi_wave_function *ordered, void *context, const char *what,
                   mi_control *control);

#endif
