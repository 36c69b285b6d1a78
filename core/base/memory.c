#include "core/base/memory.h"

#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

void *mi_alloc(size_t count, size_t size) {
  size_t bytes;
  if (__builtin_mul_overflow(count, size, &bytes)) return NULL;
  if (__builtin_add_overflow(bytes, (size_t)MI_ALIGNMENT, &bytes)) return NULL;
  bytes = bytes / MI_ALIGNMENT * MI_ALIGNMENT;
  return aligned_alloc(MI_ALIGNMENT, bytes ? bytes : MI_ALIGNMENT);
}

void *mi_alloc_zero(size_t count, size_t size) {
  void *block = mi_alloc(count, size);
  if (block) memset(block, 0, count * size);
  return block;
}

void mi_will_fill(void *block, size_t bytes) {
#ifdef MADV_HUGEPAGE
  const uintptr_t huge = (uintptr_t)2 << 20, start = (uintptr_t)block;
  const uintptr_t from = (start + huge - 1) / huge * huge, to = (start + bytes) / huge * huge;
  /* Advice: whether it is taken does not matter. */
  if (block && from < to) (void)madvise((void *)from, to - from, MADV_HUGEPAGE);
#else
  (void)block;
  (void)bytes;
#endif
}
