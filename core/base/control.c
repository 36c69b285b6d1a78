#include "core/base/control.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *mi_status_name(mi_status status) {
  switch (status) {
    case MI_OK: return "ok";
    case MI_EINVAL: return "invalid argument";
    case MI_ENOMEM: return "out of memory";
    case MI_ECANCEL: return "interrupted";
    case MI_ENUMERIC: return "numerical failure";
    case MI_EIO: return "input or output error";
    case MI_ECALLBACK: return "callback failed";
  }
  return "unknown status";
}

void mi_control_init(mi_control *control) {
  memset(control, 0, sizeof *control);
  control->threads = 1;
  control->isa = mi_isa_best();
}

/* The sign that printf gives to NaN says nothing. */
static void unsign_nan(char *text) {
  for (char *p = strstr(text, "-nan"); p; p = strstr(p, "-nan")) memmove(p, p + 1, strlen(p));
}

mi_status mi_fail(mi_control *control, mi_status status, const char *format, ...) {
  if (control) {
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(control->error, sizeof control->error, format, arguments);
    va_end(arguments);
    unsign_nan(control->error);
  }
  return status;
}

void mi_progress(mi_control *control, double fraction, const char *what) {
  if (control && control->progress) control->progress(control->progress_context, fraction, what);
}

void mi_warn(mi_control *control, const char *format, ...) {
  char text[256];
  va_list arguments;
  if (!control || !control->warn) return;
  va_start(arguments, format);
  (void)vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  control->warn(control->warn_context, text);
}

int mi_threads(const mi_control *control) {
  return control && control->threads > 1 ? control->threads : 1;
}

mi_isa mi_level(const mi_control *control) { return control ? control->isa : mi_isa_best(); }
