/* Memory of core: sizes are checked for overflow, blocks are aligned for vectors.
 *
 * Every block of core is freed with free(). Results own their blocks until their _free function. */
#ifndef MI_MEMORY_H
#define MI_MEMORY_H

#include <stddef.h>
#include <stdlib.h>

#define MI_ALIGNMENT 64

/* count * size bytes aligned to MI_ALIGNMENT, not initialised; NULL when memory or the product
 * overflows. A zero count gives a valid block. */
void *mi_alloc(size_t count, size_t size);

/* The same, zeroed. */
void *mi_alloc_zero(size_t count, size_t size);

/* Says that all of a block will be written soon: a large one then gets pages of 2 MB, of which the
 * first touch costs a small part of what it costs in pages of 4 kB. */
void mi_will_fill(void *block, size_t bytes);

#define MI_NEW(type, count) ((type *)mi_alloc((count), sizeof(type)))
#define MI_NEW_ZERO(type, count) ((type *)mi_alloc_zero((count), sizeof(type)))

#endif
