#include "core/base/chunks.h"

#include <omp.h>

mi_status mi_for_chunks(size_t count, size_t length, const char *what, mi_chunk_function *work,
                        const void *job, mi_control *control) {
  const size_t chunks = (count + length - 1) / length;
  const int threads = mi_threads(control);
  mi_status worst = MI_OK;
  size_t done = 0;
#pragma omp parallel for num_threads(threads) schedule(dynamic, 1) if (threads > 1)
  for (size_t c = 0; c < chunks; c++) {
    mi_control own; /* text and progress of a control are for one thread */
    mi_control_init(&own);
    own.isa = mi_level(control);
    own.cancel = control ? control->cancel : NULL;
    const size_t first = c * length, last = count - first < length ? count : first + length;
    const mi_status status = mi_cancelled(&own) ? MI_ECANCEL : work(job, first, last, &own);
    size_t so_far;
#pragma omp atomic capture
    so_far = ++done;
    if (omp_get_thread_num() == 0) mi_progress(control, (double)so_far / (double)chunks, what);
    if (status == MI_OK) continue;
#pragma omp critical(mi_chunks_failure)
    if (worst == MI_OK) worst = status;
  }
  return worst == MI_ENOMEM ? mi_fail(control, worst, "out of memory") : worst;
}
