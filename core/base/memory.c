#include "core/base/memory.h"

#include <string.h>

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
