#include "core/table/detect.h"

#include <stdarg.h>
#include <stdio.h>

#include "core/base/text.h"

#define SAMPLE 200        /* lines looked at */
#define NO_DELIMITER '\n' /* a line is one cell, blanks and all */

typedef struct sample_line {
  const char *start;
  int64_t line, cells, numbers;
} sample_line;

typedef struct sample {
  sample_line lines[SAMPLE];
  int count;
} sample;

mi_status mi_table_fail(mi_table_data *data, int64_t line, int64_t column, mi_control *control,
                        const char *format, ...) {
  char text[400];
  va_list arguments;
  va_start(arguments, format);
  (void)vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  data->error_line = line;
  data->error_column = column;
  return mi_fail(control, MI_EINVAL, "%s", text);
}

bool mi_table_number(const mi_span *cell, char decimal, double *value) {
  return mi_text_number(cell->start, cell->length, decimal, value);
}

bool mi_table_missing(const mi_span *cell, const char *const *words) {
  if (cell->length == 0) return true;
  for (; *words; words++) {
    if (strlen(*words) == cell->length && memcmp(*words, cell->start, cell->length) == 0)
      return true;
  }
  return false;
}

/* ---- delimiter and decimal sign ------------------------------------------------------------- */

static bool may_part(char c) { return c == ',' || c == ';' || c == '\t' || c == ' '; }

/* Behind the quoted cell that begins at p, or NULL if the quote at p begins none. */
static const char *past_quoted(const char *p, const char *end) {
  for (p++; p < end; p++) {
    if (*p != '"') continue;
    if (p + 1 == end || is_line_end(p[1]) || may_part(p[1])) return p + 1;
    if (p[1] == '"') p++;
    else return NULL;
  }
  return NULL;
}

/* Moves to the end of the line; ends within quoted cells are none. The delimiter is not known
 * yet, so that a quote counts where any delimiter stands before it. */
static void find_row_end(scanner *s) {
  const char *start = s->p;
  while (!at_line_end(s)) {
    const char *past = NULL;
    if (*s->p == '"' && (s->p == start || may_part(s->p[-1]))) past = past_quoted(s->p, s->end);
    for (const char *q = s->p; q < past; q++)
      s->line += *q == '\n' || (*q == '\r' && q[1] != '\n');
    s->p = past ? past : s->p + 1;
  }
}

/* The lines of the sample, not yet parted into cells. */
static void take_lines(scanner s, sample *lines) {
  lines->count = 0;
  while (lines->count < SAMPLE && scan_next_line(&s, NULL, NULL)) {
    lines->lines[lines->count++] = (sample_line){s.p, s.line, 0, 0};
    find_row_end(&s);
    scan_leave_line(&s);
  }
}

/* Whether the line uses c outside of quotes, between other characters. */
static bool uses(const char *p, const char *end, char c) {
  bool quoted = false;
  for (; p < end && !is_line_end(*p); p++) {
    if (*p == '"') quoted = !quoted;
    if (*p == c && !quoted) return true;
  }
  return false;
}

/* Votes of the later lines, where the rows are, for the test: those that pass less those that fail
 * it. */
static int vote(const sample *lines, const char *end, char c,
                bool (*test)(const char *p, const char *end, char c)) {
  int votes = 0;
  for (int i = lines->count / 2; i < lines->count; i++)
    votes += test(lines->lines[i].start, end, c) ? 1 : -1;
  return votes;
}

/* Whether blanks part the line into two or more numbers written with the decimal sign. */
static bool blank_parted(const char *p, const char *end, char decimal) {
  scanner s = {.p = p, .end = end, .delimiter = ' ', .comments = ""};
  int64_t cells = 0;
  scan_status status = SCAN_MORE;
  while (status == SCAN_MORE) {
    mi_span cell;
    double value;
    status = scan_cell(&s, &cell);
    if (status == SCAN_BAD_QUOTE || !mi_table_number(&cell, decimal, &value)) return false;
    if (cell.start[cell.length - 1] == decimal) return false; /* "3, 4" */
    cells++;
  }
  return cells > 1;
}

static char find_delimiter(const sample *lines, const char *end, char decimal) {
  if (vote(lines, end, '\t', uses) > 0) return '\t';
  if (vote(lines, end, ';', uses) > 0) return ';';
  if (decimal == ',' || vote(lines, end, ',', uses) < 0) return ' ';
  return vote(lines, end, ',', blank_parted) > 0 ? ' ' : ',';
}

/* Parts every line of the sample into cells and counts its numbers; returns their sum. */
static int64_t count_cells(scanner s, sample *lines, char delimiter, char decimal) {
  int64_t numbers = 0;
  s.delimiter = delimiter;
  for (int i = 0; i < lines->count; i++) {
    sample_line *line = &lines->lines[i];
    scan_status status = SCAN_MORE;
    line->cells = line->numbers = 0;
    for (s.p = line->start; status == SCAN_MORE; line->cells++) {
      mi_span cell;
      double value;
      status = scan_cell(&s, &cell);
      if (status != SCAN_BAD_QUOTE) line->numbers += mi_table_number(&cell, decimal, &value);
    }
    numbers += line->numbers;
  }
  return numbers;
}

static char find_decimal(scanner s, sample *lines, char delimiter) {
  if (delimiter == ',') return '.';
  int64_t points = count_cells(s, lines, delimiter, '.');
  return count_cells(s, lines, delimiter, ',') > points ? ',' : '.';
}

/* ---- names and the first row ---------------------------------------------------------------- */

/* The number of cells that most lines have. */
static int64_t usual_cells(const sample *lines) {
  int64_t usual = 0;
  int best = 0;
  for (int i = lines->count - 1; i >= 0; i--) {
    int same = 0;
    for (int j = 0; j < lines->count; j++) same += lines->lines[j].cells == lines->lines[i].cells;
    if (same > best) best = same, usual = lines->lines[i].cells;
  }
  return usual;
}

/* Index of the first row of data in the sample. */
static int first_row(const sample *lines, int64_t columns) {
  for (int i = 0; i < lines->count; i++) {
    if (lines->lines[i].cells == columns && lines->lines[i].numbers > 0) return i;
  }
  return lines->count > 1 ? 1 : 0; /* all is text: the first line names the columns */
}

/* Names in the last comment line above the rows, as "# x  y". */
static void names_in_comment(void *context, mi_span line) {
  layout *found = context;
  if (line.start < found->rows) found->names = line.start;
}

static void find_names_in_comment(scanner s, layout *found) {
  if (found->columns < 2) return;
  s.delimiter = found->delimiter;
  s.comments = found->comments;
  (void)scan_next_line(&s, names_in_comment, found);
  if (!found->names) return;
  sample line = {.count = 1};
  line.lines[0].start = found->names + 1 + strspn(found->names + 1, "#%; \t");
  (void)count_cells(s, &line, found->delimiter, found->decimal);
  found->names_in_comment = line.lines[0].cells == found->columns && line.lines[0].numbers == 0;
  found->names = found->names_in_comment ? line.lines[0].start : NULL;
}

static void find_names(scanner start, const sample *lines, int row, bool given, layout *found) {
  const sample_line *above = row > 0 ? &lines->lines[row - 1] : NULL;
  if (above && (given || above->cells == found->columns)) {
    found->names = above->start;
    found->names_line = above->line;
  } else if (!given) {
    find_names_in_comment(start, found);
  }
}

/* A decimal comma in a file parted by commas doubles the cells of its rows: more cells than names,
 * and no point in any of them. Nothing tells which commas are which, so that it is refused. */
static bool comma_is_both(const sample *lines, int row, const char *end, const layout *found) {
  const sample_line *above = row > 0 ? &lines->lines[row - 1] : NULL;
  if (found->delimiter != ',' || !above || above->numbers > 0) return false;
  if (above->cells < 2 || above->cells >= found->columns || found->columns > 2 * above->cells)
    return false;
  for (int i = row; i < lines->count; i++) {
    const char *start = lines->lines[i].start, *stop = find_line_end(start, end);
    if (memchr(start, '.', (size_t)(stop - start))) return false;
  }
  return true;
}

/* The comment characters without the delimiter. */
static void set_comments(const char *comments, layout *found) {
  size_t n = 0;
  for (; *comments && n + 1 < sizeof found->comments; comments++) {
    if (*comments != found->delimiter) found->comments[n++] = *comments;
  }
  found->comments[n] = '\0';
}

mi_status mi_table_detect(scanner start, const mi_table_options *options, layout *found,
                          mi_table_data *data, mi_control *control) {
  sample lines;
  memset(found, 0, sizeof *found);
  take_lines(start, &lines);
  if (lines.count == 0) return mi_table_fail(data, 0, 0, control, "no rows");
  found->delimiter = options->delimiter;
  if (!found->delimiter) found->delimiter = find_delimiter(&lines, start.end, options->decimal);
  set_comments(options->comments, found);
  start.comments = found->comments;
  take_lines(start, &lines);
  found->decimal = options->decimal;
  if (!found->decimal) found->decimal = find_decimal(start, &lines, found->delimiter);
  int64_t numbers = count_cells(start, &lines, found->delimiter, found->decimal);
  found->columns = usual_cells(&lines);
  if (!options->delimiter && found->delimiter == ' ' && found->columns == 1) {
    if (numbers == 0)
      return mi_table_fail(data, 0, 0, control, "no numbers and no delimiter: this is no table");
    found->delimiter = NO_DELIMITER;
    (void)count_cells(start, &lines, found->delimiter, found->decimal);
  }
  int row = options->header < 0 ? first_row(&lines, found->columns) : options->header;
  if (row >= lines.count)
    return mi_table_fail(data, 0, 0, control, "no rows after %d header lines", row);
  if (options->header >= 0) found->columns = lines.lines[row].cells;
  if (!options->delimiter && options->header < 0 && comma_is_both(&lines, row, start.end, found))
    return mi_table_fail(data, lines.lines[row].line, 0, control,
                         "%lld cells, but the line above names %lld columns: is the comma both "
                         "decimal sign and delimiter? Part the columns by ; or tabs",
                         (long long)found->columns, (long long)lines.lines[row - 1].cells);
  found->rows = lines.lines[row].start;
  found->rows_line = lines.lines[row].line;
  find_names(start, &lines, row, options->header >= 0, found);
  return MI_OK;
}
