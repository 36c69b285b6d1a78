/* The seal on the files that we have written: behind the end that HDF5 knows of, 16 bytes of name
 * and the BLAKE2b sum (32 bytes) of all that is before it.
 *
 * HDF5 does not look there. A program that opens the file for writing cuts the seal off: closing
 * truncates the file to the end that HDF5 knows. So a seal that does not fit means damaged bytes,
 * and a file without one was written or changed by somebody else. The sum guards against damage,
 * not against intent: anybody can make one. */
#include "bindings/hdf5.h"

#include <blake2.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAME = 16, SUM = 32, SEAL = NAME + SUM, PIECE = 1 << 16 };

static const uint8_t seal_name[NAME] = {'\n', 'm', 'a', 't', 'i', 'n', 'f', ' ',
                                        'B',  'L', 'A', 'K', 'E', '2', 'b', '\n'};

/* Sums the bytes of the file up to `end`; an errno, ECANCELED after Ctrl-C. */
static int sum_up_to(int fd, int64_t end, const mi_control *control, uint8_t sum[SUM]) {
  uint8_t piece[PIECE];
  blake2b_state state;
  blake2b_init(&state, SUM);
  for (int64_t at = 0; at < end;) {
    if (control && mi_cancelled(control)) return ECANCELED;
    size_t most = end - at < PIECE ? (size_t)(end - at) : PIECE;
    ssize_t got = pread(fd, piece, most, at);
    if (got == 0) return EIO; /* it shrinks while we read */
    if (got < 0 && errno != EINTR) return errno;
    if (got > 0) blake2b_update(&state, piece, (size_t)got), at += got;
  }
  blake2b_final(&state, sum, SUM);
  return 0;
}

/* The size of the file without its seal, which is copied to `seal`; -1 when there is none. */
static int64_t find_seal(int fd, uint8_t seal[SEAL]) {
  struct stat s;
  if (fstat(fd, &s) != 0 || s.st_size < SEAL) return -1;
  if (pread(fd, seal, SEAL, s.st_size - SEAL) != SEAL) return -1;
  return memcmp(seal, seal_name, NAME) == 0 ? s.st_size - SEAL : -1;
}

static int append_seal(int fd, const mi_control *control) {
  struct stat s;
  uint8_t seal[SEAL];
  memcpy(seal, seal_name, NAME);
  if (fstat(fd, &s) != 0) return errno;
  int reason = sum_up_to(fd, s.st_size, control, seal + NAME);
  if (reason != 0) return reason;
  ssize_t put = pwrite(fd, seal, SEAL, s.st_size);
  return put == SEAL ? 0 : put < 0 ? errno : ENOSPC;
}

int h5_set_seal(const char *path, const mi_control *control) {
  int fd = open(path, O_RDWR | O_CLOEXEC);
  if (fd < 0) return errno;
  int reason = append_seal(fd, control);
  if (close(fd) != 0 && reason == 0) reason = errno;
  return reason;
}

bool h5_cut_seal(const char *path) {
  uint8_t seal[SEAL];
  int fd = open(path, O_RDWR | O_CLOEXEC);
  if (fd < 0) return false;
  int64_t size = find_seal(fd, seal);
  bool cut = size >= 0 && ftruncate(fd, size) == 0;
  close(fd);
  return cut;
}

/* HDF5 begins at byte 0, or 512, 1024, 2048, ... behind a block of the user's. */
static bool is_hdf5(int fd) {
  static const uint8_t signature[8] = {0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n'};
  uint8_t found[sizeof signature];
  for (off_t at = 0; pread(fd, found, sizeof found, at) == sizeof found; at = at ? 2 * at : 512) {
    if (memcmp(found, signature, sizeof found) == 0) return true;
  }
  return false;
}

/* "whole", "broken" or "none"; NULL when there is no HDF5, or with errno when reading fails. */
static const char *state_of(int fd, const mi_control *control) {
  uint8_t seal[SEAL], sum[SUM];
  errno = 0;
  if (!is_hdf5(fd)) return NULL;
  int64_t size = find_seal(fd, seal);
  if (size < 0) return "none";
  errno = sum_up_to(fd, size, control, sum);
  if (errno != 0) return NULL;
  return memcmp(sum, seal + NAME, SUM) == 0 ? "whole" : "broken";
}

/* seal(path) -> "whole", "broken" or "none"; nil when no HDF5 file can be read there */
int h5_seal(lua_State *L) {
  mi_call call;
  mi_begin(&call, L, "hdf5.open");
  const char *path = mi_arg_path(&call, 1, "path");
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  const char *state = fd >= 0 ? state_of(fd, &call.control) : NULL;
  bool cancelled = fd >= 0 && !state && errno == ECANCELED;
  if (fd >= 0) close(fd);
  if (cancelled) mi_check(&call, MI_ECANCEL);
  lua_pushstring(L, state); /* NULL pushes nil */
  return 1;
}
