/* Status codes that every fallible core function returns.
 *
 * The words that go with a status (which argument, which value, what was expected) are in the
 * control passed to the function, see control.h. */
#ifndef MI_STATUS_H
#define MI_STATUS_H

typedef enum mi_status {
  MI_OK = 0,
  MI_EINVAL,    /* an argument or a datum is outside what the function accepts */
  MI_ENOMEM,    /* memory could not be had */
  MI_ECANCEL,   /* the caller asked to stop; outputs are undefined */
  MI_ENUMERIC,  /* the mathematics failed: singular, indefinite, not finite */
  MI_EIO,       /* a file could not be read or written */
  MI_ECALLBACK  /* a callback of the caller failed; the caller knows why */
} mi_status;

/* A short English name: "invalid argument", "out of memory", ... */
const char *mi_status_name(mi_status status);

#endif
