/* Work on many items: threads take chunks of fixed length in any order. What a chunk computes must
 * depend on its items alone; then the results do not depend on the number of threads. */
#ifndef MI_CHUNKS_H
#define MI_CHUNKS_H

#include <stddef.h>

#include "core/base/control.h"

/* Works on the items from `first` to before `last`, with a control of its own. */
typedef mi_status mi_chunk_function(const void *job, size_t first, size_t last,
                                    mi_control *control);

/* Calls work for each chunk of `length` of the `count` items. After a failure the other chunks are
 * still worked on, after a cancel they are not; one of the failures is returned. `what` names the
 * items in the progress. */
mi_status mi_for_chunks(size_t count, size_t length, const char *what, mi_chunk_function *work,
                        const void *job, mi_control *control);

#endif
