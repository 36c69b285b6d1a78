#include "core/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#define PIECE ((size_t)4 << 20) /* read between two looks at cancel, at most */
#define FIRST ((size_t)64 << 10) /* most files are small: fresh memory costs more than reading */

typedef struct buffer {
  char *text;
  size_t length, capacity;
} buffer;

/* The room, beside the '\0', for the next piece; 0 without memory. */
static size_t reserve(buffer *b) {
  if (b->capacity - b->length <= FIRST) {
    const size_t capacity = b->capacity + b->capacity / 2 + 2 * FIRST;
    char *text = realloc(b->text, capacity);
    if (!text) return 0;
    b->text = text;
    b->capacity = capacity;
  }
  const size_t room = b->capacity - b->length - 1;
  return room < PIECE ? room : PIECE;
}

/* "x.csv: reason": the system's words, or zlib's about its own failures. */
static mi_status fail_reading(gzFile file, const char *path, mi_control *control) {
  int code;
  const char *reason = gzerror(file, &code);
  if (code == Z_ERRNO) reason = strerror(errno);
  else if (code == Z_BUF_ERROR) reason = "the compressed file is cut short";
  else if (code == Z_DATA_ERROR) reason = "the compressed file is damaged";
  return mi_fail(control, MI_EIO, "cannot read '%s': %s", path, reason);
}

static mi_status fail_long(const char *path, size_t limit, mi_control *control) {
  return mi_fail(control, MI_EIO, "cannot read '%s': longer than the limit of %zu MB", path,
                 limit >> 20);
}

static mi_status read_all(gzFile file, const char *path, size_t limit, buffer *b,
                          mi_control *control) {
  for (;;) {
    if (mi_cancelled(control)) return MI_ECANCEL;
    const size_t room = reserve(b);
    if (room == 0) return MI_ENOMEM;
    int n = gzread(file, b->text + b->length, (unsigned)room);
    int code = Z_OK;
    if (n <= 0) (void)gzerror(file, &code); /* a cut file reads as its end, with this code */
    if (n < 0 || code < 0) return fail_reading(file, path, control);
    b->length += (size_t)n;
    if (b->length > limit)
      return fail_long(path, limit, control);
    if (n == 0) break;
  }
  b->text[b->length] = '\0';
  return MI_OK;
}

/* An open descriptor on what is no folder; -1 with errno otherwise. */
static int open_file(const char *path, struct stat *s) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return -1;
  if (fstat(fd, s) == 0 && !S_ISDIR(s->st_mode)) return fd;
  int reason = S_ISDIR(s->st_mode) ? EISDIR : errno;
  close(fd);
  errno = reason;
  return -1;
}

mi_status mi_file_read(const char *path, size_t limit, char **text, size_t *length,
                       mi_control *control) {
  struct stat s;
  int fd = open_file(path, &s);
  if (fd < 0) return mi_fail(control, MI_EIO, "cannot read '%s': %s", path, strerror(errno));
  if (S_ISREG(s.st_mode) && (size_t)s.st_size > limit) { /* packed or not */
    close(fd);
    return fail_long(path, limit, control);
  }
  gzFile file = gzdopen(fd, "r");
  if (!file) {
    close(fd);
    return MI_ENOMEM;
  }
  (void)gzbuffer(file, (unsigned)FIRST);
  buffer b = {NULL, 0, 0};
  mi_status status = read_all(file, path, limit, &b, control);
  (void)gzclose(file);
  if (status != MI_OK) {
    free(b.text);
    return status;
  }
  *text = b.text;
  *length = b.length;
  return MI_OK;
}

/* ---- compressing ----------------------------------------------------------------------------- */

static mi_status deflate_all(z_stream *z, const char *text, size_t length, buffer *b,
                             mi_control *control) {
  for (size_t at = 0; at < length || length == 0; at += PIECE) {
    const bool last = length - at <= PIECE;
    if (mi_cancelled(control)) return MI_ECANCEL;
    z->next_in = (Bytef *)(uintptr_t)(text + at);
    z->avail_in = (uInt)(last ? length - at : PIECE);
    do {
      const size_t room = reserve(b);
      if (room == 0) return MI_ENOMEM;
      z->next_out = (Bytef *)(b->text + b->length);
      z->avail_out = (uInt)room;
      (void)deflate(z, last ? Z_FINISH : Z_NO_FLUSH);
      b->length += room - z->avail_out;
    } while (z->avail_out == 0);
    if (last) break;
  }
  return MI_OK;
}

mi_status mi_gzip(const char *text, size_t length, char **packed, size_t *packed_length,
                  mi_control *control) {
  enum { GZIP = 16 };
  z_stream z = {0};
  buffer b = {NULL, 0, 0};
  if (deflateInit2(&z, 6, Z_DEFLATED, MAX_WBITS + GZIP, 8, Z_DEFAULT_STRATEGY) != Z_OK)
    return MI_ENOMEM;
  const mi_status status = deflate_all(&z, text, length, &b, control);
  (void)deflateEnd(&z);
  if (status != MI_OK) {
    free(b.text);
    return status;
  }
  *packed = b.text;
  *packed_length = b.length;
  return MI_OK;
}
