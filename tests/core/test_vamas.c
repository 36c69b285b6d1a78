/* core/spectra/vamas.c fed with damaged files: what it says may be an error, what it does may not.
 *
 * Every mutation of a real file must give MI_OK with blocks that hold what they promise, or an
 * error with a line of the file and a text. MATINF_MUTATIONS=1000000 makes that many (20,000
 * without it); built by `make sanitize`, a read or write out of bounds ends the program. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/rng.h"
#include "core/spectra/vamas.h"
#include "tests/core/cmocka_all.h"

enum { MOST = 1 << 20, EDITS = 3, ROOM = 200 * EDITS };

static const char *const files[] = {
    "tests/fuzz/corpus/vamas/regular.vms", "tests/fuzz/corpus/vamas/irregular.vms",
    "tests/data/spectra/specs_survey_irregular.vms", "recipes/xps_peaks/data/kratos_niw_5regions.vms"};
enum { FILES = sizeof files / sizeof *files };

static size_t read_file(const char *path, char *to) {
  FILE *file = fopen(path, "rb");
  assert_non_null(file);
  const size_t length = fread(to, 1, MOST, file);
  (void)fclose(file);
  return length;
}

static size_t below(mi_rng *rng, size_t n) { return (size_t)mi_rng_below(rng, n); }

/* What damages a file: bytes, numbers, lines, its end. Adds less than 200 bytes. */
static size_t edit(mi_rng *rng, char *text, size_t n) {
  static const char *const numbers[] = {"0",  "-1",   "1E+37", "99999999999", "nan",
                                        "41", "1e308", "",     "-40",         "2147483648"};
  const size_t at = below(rng, n);
  char *line = memchr(text + at, '\n', n - at), *next;
  switch (below(rng, 12)) {
    case 0: text[at] = (char)below(rng, 256); return n;
    case 1: return at + 1; /* cut off */
    case 2: memmove(text + at, text + at + 1, n - at - 1); return n - 1;
    case 3: /* a line is gone */
      if (!line || !(next = memchr(line + 1, '\n', n - (size_t)(line + 1 - text)))) return n;
      memmove(line, next, n - (size_t)(next - text));
      return n - (size_t)(next - line);
    case 4: { /* a line becomes a number */
      if (!line || !(next = memchr(line + 1, '\n', n - (size_t)(line + 1 - text)))) return n;
      const char *number = numbers[below(rng, sizeof numbers / sizeof *numbers)];
      const size_t length = strlen(number), rest = n - (size_t)(next - text);
      memmove(line + 1 + length, next, rest);
      memcpy(line + 1, number, length);
      return (size_t)(line + 1 - text) + length + rest;
    }
    case 5: { /* a part comes twice */
      const size_t length = below(rng, n - at < 200 ? n - at : 200);
      memmove(text + at + length, text + at, n - at);
      return n + length;
    }
    default: /* a digit is another */
      if (isdigit((unsigned char)text[at])) text[at] = (char)('0' + below(rng, 10));
      return n;
  }
}

/* Everything that a result points to is there. */
static double touch(const mi_vamas *v, const char *text, size_t n) {
  double sum = 0;
  for (int64_t e = 0; e < v->count; e++)
    for (int64_t b = 0; b < v->experiments[e].count; b++) {
      const mi_vamas_block *block = v->experiments[e].blocks + b;
      assert_true(block->id.length == 0 ||
                  (block->id.text >= text && block->id.text + block->id.length <= text + n));
      for (int64_t i = 0; i < block->points * block->columns.count; i++) sum += block->values[i];
      for (int64_t i = 0; i < block->comments.count; i++)
        if (block->comments.lines[i].length > 0) sum += block->comments.lines[i].text[0];
    }
  return sum;
}

static void damaged_files(void **state) {
  (void)state;
  const char *wish = getenv("MATINF_MUTATIONS");
  const long count = wish ? strtol(wish, NULL, 10) : 20000;
  static char whole[FILES][MOST];
  size_t length[FILES];
  volatile double sum = 0; /* what is read must be read */
  long read = 0;
  for (int f = 0; f < FILES; f++) length[f] = read_file(files[f], whole[f]);
  for (long i = 0; i < count; i++) {
    mi_rng rng = mi_rng_stream(1, mi_rng_stage("vamas"), (uint64_t)i);
    /* the small files most often: what is worth breaking stands in their headers */
    const size_t pick = below(&rng, 64), f = pick < 2 ? 2 + pick : pick % 2;
    char *text = malloc(length[f] + ROOM);
    size_t n = length[f];
    assert_non_null(text);
    memcpy(text, whole[f], n);
    for (size_t edits = 1 + below(&rng, EDITS); edits > 0 && n > 0; edits--)
      n = edit(&rng, text, n);
    char *exact = malloc(n + (n == 0)); /* its end is guarded */
    assert_non_null(exact);
    memcpy(exact, text, n);
    mi_vamas v;
    mi_control control;
    mi_control_init(&control);
    int64_t line = 0;
    const mi_status status = mi_vamas_read(exact, n, &v, &line, &control);
    if (status == MI_OK) {
      sum += touch(&v, exact, n);
      mi_vamas_free(&v);
      read++;
    } else {
      assert_true(status == MI_EINVAL || status == MI_ENOMEM);
      assert_true(line >= (n > 0) && control.error[0] != '\0');
    }
    free(exact);
    free(text);
  }
  assert_true(read > 0 && read < count);
  print_message("%ld files, %ld of them still readable\n", count, read);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(damaged_files)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
