/* The processor time of this thread: what work costs, however busy the machine is. */
#ifndef MI_CLOCK_H
#define MI_CLOCK_H

#include <time.h>

static inline double mi_thread_seconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

#endif
