/* Reading VAMAS: the header of an experiment, then its blocks, one item a line.
 *
 * Every count is checked against the bytes that are left before memory is taken for it, so a
 * broken file cannot ask for more than its own size. The first failure ends the reading; the
 * functions then return false and do nothing. */
#include "core/spectra/vamas.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <strings.h>

#include "core/base/memory.h"
#include "core/base/text.h"

#define MAGIC "VAMAS Surface Chemical Analysis Standard Data Transfer Format 1988 May 4"
#define MISSING 9.99e36 /* 1E+37 and more */

enum { PARTS = 40 };

typedef struct chunk {
  struct chunk *next;
} chunk;

typedef struct reader {
  const char *at, *end;
  int64_t line; /* of the line last read */
  mi_status status;
  chunk *memory;
  mi_control *control;
  /* of the experiment being read */
  mi_vamas_experiment *experiment;
  mi_vamas_items variables; /* experimental variables without values */
  bool in_later_blocks[PARTS + 1];
  int64_t future_block;
} reader;

/* ---- lines ----------------------------------------------------------------------------------- */

#define FAIL(r, ...) ((r)->status = mi_fail((r)->control, MI_EINVAL, __VA_ARGS__), false)

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\0'; }

static mi_slice trim(const char *from, const char *to) {
  while (from < to && is_blank(*from)) from++;
  while (to > from && is_blank(to[-1])) to--;
  return (mi_slice){from, (size_t)(to - from)};
}

/* Ends of lines are LF, CR LF or, in files of old Macintoshes, CR. */
static const char *line_end(const char *from, const char *end) {
  while (from < end && *from != '\n' && *from != '\r') from++;
  return from;
}

static void next_line(reader *r, const char *stop) {
  r->at = stop;
  if (r->at < r->end && *r->at == '\r') r->at++;
  if (r->at < r->end && *r->at == '\n') r->at++;
}

/* The next line; what says what it should hold. */
static bool text(reader *r, mi_slice *slice, const char *what) {
  if (r->status != MI_OK) return false;
  r->line++;
  if (r->at >= r->end) return FAIL(r, "the file ends where %s should stand", what);
  const char *stop = line_end(r->at, r->end);
  *slice = trim(r->at, stop);
  next_line(r, stop);
  return true;
}

static int shown(mi_slice s) { return s.length > 40 ? 40 : (int)s.length; }

static bool number(reader *r, double *value, const char *what) {
  mi_slice s;
  if (!text(r, &s, what)) return false;
  if (!mi_text_number(s.text, s.length, '.', value))
    return FAIL(r, "%s: number expected, got \"%.*s\"", what, shown(s), s.text);
  if (*value > MISSING) *value = NAN;
  return true;
}

static bool numbers(reader *r, double *values, int count, const char *what) {
  for (int i = 0; i < count; i++)
    if (!number(r, values + i, what)) return false;
  return true;
}

/* A whole number from least up to what the rest of the file can hold. */
static bool counted(reader *r, int64_t *count, int64_t least, const char *what) {
  double value;
  if (!number(r, &value, what)) return false;
  if (!(value >= (double)least && value == floor(value)))
    return FAIL(r, "%s: integer >= %" PRId64 " expected, got %.10g", what, least, value);
  if (value > (double)(r->end - r->at) + 1)
    return FAIL(r, "%s: %.10g is more than the rest of the file can hold", what, value);
  *count = (int64_t)value;
  return true;
}

static bool word_is(mi_slice s, const char *word) {
  return s.length == strlen(word) && strncasecmp(s.text, word, s.length) == 0;
}

/* In a list of words closed by NULL. */
static bool word_in(mi_slice s, const char *const *words) {
  for (; *words; words++)
    if (word_is(s, *words)) return true;
  return false;
}

/* ---- memory and lists ------------------------------------------------------------------------ */

static void *take(reader *r, int64_t count, size_t size) {
  const size_t head = MI_ALIGNMENT;
  if (r->status != MI_OK) return NULL;
  const bool fits = (uint64_t)count <= (PTRDIFF_MAX - head) / size;
  chunk *c = fits ? mi_alloc_zero(1, head + (size_t)count * size) : NULL;
  if (!c) {
    r->status = mi_fail(r->control, MI_ENOMEM, "out of memory");
    return NULL;
  }
  c->next = r->memory;
  r->memory = c;
  return (char *)c + head;
}

static void release(chunk *c) {
  while (c) {
    chunk *next = c->next;
    free(c);
    c = next;
  }
}

static bool lines(reader *r, mi_vamas_list *list, int64_t count, const char *what) {
  list->lines = take(r, count, sizeof *list->lines);
  list->count = count;
  for (int64_t i = 0; i < count; i++)
    if (!text(r, list->lines + i, what)) return false;
  return r->status == MI_OK;
}

static bool counted_lines(reader *r, mi_vamas_list *list, const char *count_of, const char *what) {
  int64_t count;
  return counted(r, &count, 0, count_of) && lines(r, list, count, what);
}

/* count times (label, unit) or (label, unit, value) */
static bool items(reader *r, mi_vamas_items *list, bool with_value, int64_t least,
                  const char *count_of, const char *what) {
  if (!counted(r, &list->count, least, count_of)) return false;
  list->item = take(r, list->count, sizeof *list->item);
  for (int64_t i = 0; r->status == MI_OK && i < list->count; i++) {
    mi_vamas_item *item = list->item + i;
    if (!text(r, &item->label, what) || !text(r, &item->unit, what)) return false;
    if (with_value && !number(r, &item->value, what)) return false;
  }
  return r->status == MI_OK;
}

/* ---- the experiment -------------------------------------------------------------------------- */

static const char *const modes[] = {"MAP",  "MAPDP", "MAPSV", "MAPSVDP", "NORM",
                                    "SDP",  "SDPSV", "SEM",   "NOEXP",   NULL};
static const char *const with_regions[] = {"MAP", "MAPDP", "NORM", "SDP", NULL};
static const char *const maps[] = {"MAP", "MAPDP", NULL};
static const char *const depth_profiles[] = {"MAPDP", "MAPSVDP", "SDP", "SDPSV", NULL};
static const char *const with_view[] = {"MAP", "MAPDP", "MAPSV", "MAPSVDP", "SEM", NULL};
static const char *const with_linescan[] = {"MAPSV", "MAPSVDP", "SEM", NULL};
static const char *const ion_techniques[] = {
    "FABMS", "FABMS energy spec", "ISS", "SIMS", "SIMS energy spec", "SNMS",
    "SNMS energy spec", NULL};
static const char *const sputtered_techniques[] = {"AES diff", "AES dir", "EDX", "ELS",
                                                   "UPS",      "XPS",     "XRF", NULL};

static bool read_modes(reader *r) {
  static const char *const scans[] = {"REGULAR", "IRREGULAR", "MAPPING"};
  mi_vamas_experiment *e = r->experiment;
  mi_slice scan;
  if (!text(r, &e->mode, "the experiment mode")) return false;
  if (!word_in(e->mode, modes))
    return FAIL(r, "experiment mode: NORM, MAP, SDP, ... expected, got \"%.*s\"", shown(e->mode),
                e->mode.text);
  if (!text(r, &scan, "the scan mode")) return false;
  for (int i = 0; i < 3; i++) {
    if (!word_is(scan, scans[i])) continue;
    e->scan = (mi_vamas_scan)i;
    return true;
  }
  return FAIL(r, "scan mode: REGULAR, IRREGULAR or MAPPING expected, got \"%.*s\"", shown(scan),
              scan.text);
}

/* Parts listed are those that later blocks have (count > 0) or lack (count < 0). */
static bool read_inclusion(reader *r) {
  double count, part;
  if (!number(r, &count, "the number of entries of the inclusion list")) return false;
  if (!(fabs(count) <= PARTS && count == floor(count)))
    return FAIL(r, "inclusion list: -40 to 40 entries expected, got %.10g", count);
  for (int i = 0; i <= PARTS; i++) r->in_later_blocks[i] = count <= 0;
  for (int i = 0; i < (int)fabs(count); i++) {
    if (!number(r, &part, "a part of the inclusion list")) return false;
    if (!(part >= 1 && part <= PARTS && part == floor(part)))
      return FAIL(r, "inclusion list: part 1 to 40 expected, got %.10g", part);
    r->in_later_blocks[(int)part] = count > 0;
  }
  return true;
}

static bool read_future(reader *r) {
  int64_t experiment;
  mi_vamas_list ignored;
  return counted(r, &experiment, 0, "the number of future experiment entries") &&
         counted(r, &r->future_block, 0, "the number of future block entries") &&
         lines(r, &ignored, experiment, "a future experiment entry");
}

static bool read_header(reader *r) {
  mi_vamas_experiment *e = r->experiment;
  if (!(text(r, &e->institution, "the institution") && text(r, &e->instrument, "the instrument") &&
        text(r, &e->operator_name, "the operator") && text(r, &e->name, "the experiment") &&
        counted_lines(r, &e->comments, "the number of comment lines", "a comment") &&
        read_modes(r)))
    return false;
  if (word_in(e->mode, with_regions) && !number(r, &e->regions, "the number of regions"))
    return false;
  if (word_in(e->mode, maps) && !numbers(r, e->map, 3, "the number of positions")) return false;
  return items(r, &r->variables, false, 0, "the number of experimental variables",
               "an experimental variable") &&
         read_inclusion(r) &&
         counted_lines(r, &e->manual, "the number of manually entered items", "an entered item") &&
         read_future(r) && counted(r, &e->count, 0, "the number of blocks");
}

/* ---- blocks ---------------------------------------------------------------------------------- */

static bool read_variables(reader *r, mi_vamas_block *b) {
  b->variables = r->variables;
  b->variables.item = take(r, r->variables.count, sizeof *b->variables.item);
  for (int64_t i = 0; r->status == MI_OK && i < r->variables.count; i++) {
    b->variables.item[i] = r->variables.item[i];
    number(r, &b->variables.item[i].value, "the value of an experimental variable");
  }
  return r->status == MI_OK;
}

static bool read_abscissa(reader *r, mi_vamas_block *b) {
  return text(r, &b->abscissa, "the abscissa label") &&
         text(r, &b->abscissa_unit, "the abscissa unit") &&
         number(r, &b->start, "the abscissa start") &&
         number(r, &b->step, "the abscissa increment");
}

/* Parts 1 to 20: when, how and where from. */
static bool read_source_part(reader *r, mi_vamas_block *b, int part) {
  const mi_slice mode = r->experiment->mode;
  static const char *const dates[] = {"year", "month", "day", "hour", "minute", "second",
                                      "hours ahead of GMT"};
  switch (part) {
    case 8: return counted_lines(r, &b->comments, "the number of comment lines", "a comment");
    case 9: return text(r, &b->technique, "the technique");
    case 10: return !word_in(mode, maps) || numbers(r, b->position, 2, "a coordinate");
    case 11: return read_variables(r, b);
    case 12: return text(r, &b->source, "the source label");
    case 13:
      return !(word_in(mode, depth_profiles) || word_in(b->technique, ion_techniques)) ||
             numbers(r, b->sputter_ion, 3, "the sputtering ion");
    case 14: return number(r, &b->energy, "the source energy");
    case 15: return number(r, &b->strength, "the source strength");
    case 16: return numbers(r, b->beam_width, 2, "the beam width");
    case 17:
      return !word_in(mode, with_view) || numbers(r, b->field_of_view, 2, "the field of view");
    case 18: return !word_in(mode, with_linescan) || numbers(r, b->linescan, 6, "the linescan");
    case 19: return number(r, b->source_angles, "the source polar angle");
    case 20: return number(r, b->source_angles + 1, "the source azimuth");
    default: return number(r, b->date + part - 1, dates[part - 1]);
  }
}

/* Parts 21 to 40: how it was analysed, and what the columns are. */
static bool read_analyser_part(reader *r, mi_vamas_block *b, int part) {
  const mi_slice mode = r->experiment->mode;
  switch (part) {
    case 21: return text(r, &b->analyser_mode, "the analyser mode");
    case 22: return number(r, &b->pass_energy, "the pass energy");
    case 23:
      return !word_is(b->technique, "AES diff") ||
             number(r, &b->differential_width, "the differential width");
    case 24: return number(r, &b->magnification, "the magnification");
    case 25: return number(r, &b->work_function, "the work function");
    case 26: return number(r, &b->target_bias, "the target bias");
    case 27: return numbers(r, b->analysis_width, 2, "the analysis width");
    case 28: return numbers(r, b->take_off, 2, "the take-off angle");
    case 29: return text(r, &b->species, "the species");
    case 30:
      return text(r, &b->transition, "the transition") && number(r, &b->charge, "the charge");
    case 31: return r->experiment->scan != MI_VAMAS_REGULAR || read_abscissa(r, b);
    case 32:
      return items(r, &b->columns, false, 1, "the number of corresponding variables",
                   "a corresponding variable");
    case 33: return text(r, &b->signal_mode, "the signal mode");
    case 34: return number(r, &b->dwell, "the dwell time");
    case 35: return number(r, &b->scans, "the number of scans");
    case 36: return number(r, &b->time_correction, "the time correction");
    case 37:
      return !(word_in(mode, depth_profiles) && word_in(b->technique, sputtered_techniques)) ||
             numbers(r, b->sputter_source, 7, "the sputtering source");
    case 38: return numbers(r, b->tilt, 2, "the sample tilt");
    case 39: return number(r, &b->rotation, "the sample rotation");
    default:
      return items(r, &b->extra, true, 0, "the number of extra parameters", "an extra parameter");
  }
}

/* The values of the columns are interleaved. */
static bool read_values(reader *r, mi_vamas_block *b) {
  int64_t total;
  double range;
  const int64_t columns = b->columns.count;
  if (!counted(r, &total, 0, "the number of ordinate values")) return false;
  if (total % columns)
    return FAIL(r, "the number of ordinate values, %" PRId64 ", is no multiple of the %" PRId64
                   " variables", total, columns);
  b->points = total / columns;
  b->values = take(r, total, sizeof *b->values);
  for (int64_t i = 0; i < 2 * columns; i++)
    if (!number(r, &range, "the least or greatest ordinate")) return false;
  for (int64_t i = 0; r->status == MI_OK && i < total; i++)
    if (!number(r, b->values + i % columns * b->points + i / columns, "an ordinate value"))
      return false;
  return r->status == MI_OK;
}

static void nothing_known(mi_vamas_block *b) {
  double *const single[] = {&b->energy,        &b->strength,    &b->pass_energy,
                            &b->magnification, &b->work_function, &b->target_bias,
                            &b->charge,        &b->start,       &b->step,
                            &b->dwell,         &b->scans,       &b->time_correction,
                            &b->rotation,      &b->differential_width};
  for (size_t i = 0; i < sizeof single / sizeof *single; i++) *single[i] = NAN;
}

static bool read_block(reader *r, int64_t index) {
  mi_vamas_block *b = r->experiment->blocks + index;
  mi_vamas_list ignored;
  if (index > 0) *b = r->experiment->blocks[0];
  else nothing_known(b);
  b->line = r->line + 1;
  if (!text(r, &b->id, "the block identifier") || !text(r, &b->sample, "the sample identifier"))
    return false;
  for (int part = 1; part <= PARTS; part++) {
    if (index > 0 && !r->in_later_blocks[part]) continue;
    if (!(part <= 20 ? read_source_part : read_analyser_part)(r, b, part)) return false;
  }
  return lines(r, &ignored, r->future_block, "a future block entry") && read_values(r, b);
}

static bool read_experiment(reader *r) {
  mi_vamas_experiment *e = r->experiment;
  mi_slice end;
  if (!read_header(r)) return false;
  e->blocks = take(r, e->count, sizeof *e->blocks);
  for (int64_t i = 0; r->status == MI_OK && i < e->count; i++) {
    if (mi_cancelled(r->control)) r->status = MI_ECANCEL;
    if (!read_block(r, i)) return false;
  }
  if (!text(r, &end, "\"end of experiment\"")) return false;
  return word_is(end, "end of experiment") ||
         FAIL(r, "\"end of experiment\" expected, got \"%.*s\"", shown(end), end.text);
}

/* ---- the file -------------------------------------------------------------------------------- */

/* To the next line that is not blank; false at the end of the file. */
static bool skip_blank_lines(reader *r) {
  while (r->at < r->end) {
    const char *stop = line_end(r->at, r->end);
    if (trim(r->at, stop).length > 0) return true;
    r->line++;
    next_line(r, stop);
  }
  return false;
}

static reader reader_of(const char *bytes, size_t length, mi_control *control) {
  return (reader){.at = bytes, .end = bytes + length, .status = MI_OK, .control = control};
}

bool mi_vamas_detect(const char *bytes, size_t length) {
  reader r = reader_of(bytes, length, NULL);
  mi_slice magic;
  return skip_blank_lines(&r) && text(&r, &magic, "") && word_is(magic, MAGIC);
}

/* Makes room for one more experiment; those before are copied. */
static bool add_experiment(reader *r, mi_vamas *v) {
  mi_vamas_experiment *grown = take(r, v->count + 1, sizeof *grown);
  if (!grown) return false;
  if (v->count > 0) memcpy(grown, v->experiments, (size_t)v->count * sizeof *grown);
  v->experiments = grown;
  r->experiment = grown + v->count++;
  return true;
}

mi_status mi_vamas_read(const char *bytes, size_t length, mi_vamas *result, int64_t *line,
                        mi_control *control) {
  reader r = reader_of(bytes, length, control);
  mi_slice magic;
  memset(result, 0, sizeof *result);
  if (!skip_blank_lines(&r)) r.status = mi_fail(control, MI_EINVAL, "the file is empty");
  while (r.status == MI_OK && skip_blank_lines(&r)) {
    if (!text(&r, &magic, "the VAMAS format identifier")) break;
    if (!word_is(magic, MAGIC)) (void)FAIL(&r, "\"" MAGIC "\" expected");
    else if (add_experiment(&r, result)) read_experiment(&r);
  }
  *line = r.line;
  result->memory = r.memory;
  if (r.status != MI_OK) mi_vamas_free(result);
  return r.status;
}

void mi_vamas_free(mi_vamas *vamas) {
  release(vamas->memory);
  memset(vamas, 0, sizeof *vamas);
}
