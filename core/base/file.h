/* Whole files in memory, uncompressed when they are gzip; compressing. */
#ifndef MI_FILE_H
#define MI_FILE_H

#include <stddef.h>

#include "core/base/control.h"

/* Reads the file, at most limit bytes after decompression, into a new block (free it) that ends
 * with a '\0' not counted in *length. Fails with MI_EIO (the reason is in the control: missing, a
 * folder, damaged or cut gzip, longer than the limit), MI_ENOMEM, MI_ECANCEL. */
mi_status mi_file_read(const char *path, size_t limit, char **text, size_t *length,
                       mi_control *control);

/* Compresses a text into a new block in the format gzip. */
mi_status mi_gzip(const char *text, size_t length, char **packed, size_t *packed_length,
                  mi_control *control);

#endif
