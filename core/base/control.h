/* The control: what a caller tells a running kernel, and what the kernel tells back.
 *
 * Ownership: the caller owns the control and everything it points to; core never keeps a pointer
 * to it. A NULL control is allowed everywhere: one thread, best instruction set, no cancel.
 * One control serves one call at a time; in a parallel region only mi_cancelled() is allowed. */
#ifndef MI_CONTROL_H
#define MI_CONTROL_H

#include <signal.h>
#include <stdbool.h>

#include "core/base/isa.h"
#include "core/base/status.h"

/* Called from the thread that called the kernel, about every 50 ms of work.
 * fraction is in [0, 1], or negative when the length of the work is unknown. */
typedef void mi_progress_function(void *context, double fraction, const char *what);

/* Called like that one, with what the user should know while the kernel runs. */
typedef void mi_warn_function(void *context, const char *text);

typedef struct mi_control {
  int threads;                          /* >= 1 */
  mi_isa isa;                           /* level of the kernels compiled per instruction set */
  const volatile sig_atomic_t *cancel;  /* non-zero asks the kernel to stop; may be NULL */
  mi_progress_function *progress;       /* may be NULL */
  void *progress_context;
  mi_warn_function *warn;               /* may be NULL */
  void *warn_context;
  char error[512];                      /* text of the last failure, "" if none */
} mi_control;

void mi_control_init(mi_control *control);

/* Records the text of a failure and returns status, so that one can write
 *   return mi_fail(control, MI_EINVAL, "sigma: positive number expected, got %g", sigma); */
mi_status mi_fail(mi_control *control, mi_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Poll at least every 50 ms of work. Safe in any thread. */
static inline bool mi_cancelled(const mi_control *control) {
  return control && control->cancel && *control->cancel;
}

void mi_progress(mi_control *control, double fraction, const char *what);

/* Formats a text and passes it to control.warn. */
void mi_warn(mi_control *control, const char *format, ...) __attribute__((format(printf, 2, 3)));

int mi_threads(const mi_control *control);
mi_isa mi_level(const mi_control *control);

#endif
