/* From text to columns: the layout is found, the columns' types are, then every row is read. */
#include <math.h>

#include "core/base/memory.h"
#include "core/base/text.h"
#include "core/table/detect.h"

#define TYPED_ROWS 100 /* rows that decide the type of a column */
#define EXCERPT 40
#define MOST_COLUMNS 65536

typedef struct parser {
  scanner s;
  layout layout;
  const mi_table_options *options;
  mi_table_data *data;
  mi_control *control;
} parser;

void mi_table_options_default(mi_table_options *options) {
  static const char *const missing[] = {"NA", "N/A", "n/a", "--", NULL}, *const none[] = {NULL};
  *options = (mi_table_options){.header = -1, .comments = "#%;", .missing = missing,
                                .text_columns = none};
}

void mi_table_free(mi_table_data *data) {
  for (int64_t c = 0; data->column && c < data->columns; c++) {
    free(data->column[c].numbers);
    free(data->column[c].text);
  }
  free(data->column);
  free(data->names);
  free(data->notes);
  memset(data, 0, sizeof *data);
}

static scanner scanner_at(const parser *p, const char *start, int64_t line) {
  return (scanner){.p = start, .end = p->s.end, .line_start = start, .line = line,
                   .delimiter = p->layout.delimiter, .comments = p->layout.comments};
}

static mi_status fail_quote(parser *p, int64_t line) {
  return mi_table_fail(p->data, line, 0, p->control,
                       "a quote is not closed, or text follows a closing quote");
}

static mi_status fail_ragged(parser *p, int64_t line, int64_t found) {
  return mi_table_fail(p->data, line, 0, p->control,
                       "%lld columns expected, as in the other rows, found %lld",
                       (long long)p->layout.columns, (long long)found);
}

/* ---- notes and names ------------------------------------------------------------------------ */

static void count_note(void *context, mi_span line) {
  mi_table_data *data = context;
  if (data->notes) data->notes[data->note_count] = line;
  data->note_count++;
}

/* Comment lines and preamble above the rows, but not the names. */
static void scan_notes(parser *p) {
  scanner s = p->s;
  s.delimiter = p->layout.delimiter;
  s.comments = p->layout.comments;
  p->data->note_count = 0;
  while (scan_next_line(&s, count_note, p->data) && s.p < p->layout.rows) {
    const char *start = s.p;
    s.p = find_line_end(s.p, s.end);
    if (start != p->layout.names)
      count_note(p->data, (mi_span){start, (size_t)(s.p - start), false});
    scan_leave_line(&s);
  }
}

static mi_status take_notes(parser *p) {
  scan_notes(p);
  p->data->notes = MI_NEW(mi_span, (size_t)p->data->note_count);
  if (!p->data->notes) return MI_ENOMEM;
  scan_notes(p);
  return MI_OK;
}

static mi_status take_names(parser *p) {
  if (!p->layout.names) return MI_OK;
  scanner s = scanner_at(p, p->layout.names, p->layout.names_line);
  p->data->names = MI_NEW_ZERO(mi_span, (size_t)p->layout.columns);
  if (!p->data->names) return MI_ENOMEM;
  scan_status status = SCAN_MORE;
  int64_t cells = 0;
  while (status == SCAN_MORE) {
    mi_span cell;
    status = scan_cell(&s, &cell);
    if (status == SCAN_BAD_QUOTE) return fail_quote(p, s.line);
    if (cells < p->layout.columns) p->data->names[cells] = cell;
    cells++;
  }
  if (cells != p->layout.columns) return fail_ragged(p, p->layout.names_line, cells);
  return MI_OK;
}

/* ---- columns -------------------------------------------------------------------------------- */

static bool listed(const mi_span *name, const char *const *list) {
  return name && name->length > 0 && mi_table_missing(name, list);
}

/* A column is text as soon as one of its first cells is neither number nor missing. */
static void find_types(parser *p) {
  scanner s = scanner_at(p, p->layout.rows, p->layout.rows_line);
  mi_table_data *data = p->data;
  for (int64_t c = 0; c < data->columns; c++)
    data->column[c].is_text = data->names && listed(&data->names[c], p->options->text_columns);
  for (int row = 0; row < TYPED_ROWS && scan_next_line(&s, NULL, NULL); row++) {
    scan_status status = SCAN_MORE;
    for (int64_t c = 0; status == SCAN_MORE; c++) {
      mi_span cell;
      double value;
      status = scan_cell(&s, &cell);
      if (status == SCAN_BAD_QUOTE || c >= data->columns) return;
      data->column[c].is_text |= !mi_table_missing(&cell, p->options->missing) &&
                                 !mi_table_number(&cell, p->layout.decimal, &value);
    }
    scan_leave_line(&s);
  }
}

/* An upper bound on the number of rows from the number of line ends. */
static size_t row_bound(const parser *p) {
  size_t ends = 1;
  for (const char *q = p->layout.rows; q < p->s.end; q++) ends += is_line_end(*q);
  return ends;
}

static mi_status make_columns(parser *p) {
  mi_table_data *data = p->data;
  if (p->layout.columns > MOST_COLUMNS)
    return mi_table_fail(data, p->layout.rows_line, 0, p->control,
                         "at most %d columns expected, found %lld", MOST_COLUMNS,
                         (long long)p->layout.columns);
  size_t capacity = row_bound(p);
  data->columns = p->layout.columns;
  data->column = MI_NEW_ZERO(mi_table_column, (size_t)data->columns);
  if (!data->column) return MI_ENOMEM;
  find_types(p);
  for (int64_t c = 0; c < data->columns; c++) {
    mi_table_column *column = &data->column[c];
    if (column->is_text) column->text = MI_NEW(mi_span, capacity);
    else column->numbers = MI_NEW(double, capacity);
    if (!column->text && !column->numbers) return MI_ENOMEM;
  }
  return MI_OK;
}

/* ---- rows ----------------------------------------------------------------------------------- */

/* The usual cell: a bare number up to the delimiter or the end of the line. */
static inline bool take_number(scanner *s, char decimal, double *value, scan_status *status) {
  const char *start = s->p;
  skip_blanks(s);
  const char *stop = mi_text_parse(s->p, s->end, decimal, value);
  if (!stop || isinf(*value)) {
    s->p = start;
    return false;
  }
  s->p = stop;
  skip_blanks(s);
  *status = at_line_end(s) ? SCAN_END : SCAN_MORE;
  if (*status == SCAN_END) return true;
  if (*s->p == s->delimiter) s->p++;
  else if (s->delimiter != ' ' || s->p == stop) s->p = start;
  return s->p != start;
}

static mi_status fail_number(parser *p, const mi_span *cell, int64_t c) {
  const mi_span *name = p->data->names ? &p->data->names[c] : NULL;
  int length = cell->length > EXCERPT ? EXCERPT : (int)cell->length;
  return mi_table_fail(p->data, p->s.line, cell->start - p->s.line_start + 1, p->control,
                       "number expected in column %lld%s%.*s%s, got \"%.*s\"", (long long)c + 1,
                       name ? " (" : "", name ? (int)name->length : 0, name ? name->start : "",
                       name ? ")" : "", length, cell->start);
}

/* "inf", "-Infinity", in contrast to 1e400. */
static bool spells_infinity(const mi_span *cell) {
  char first = cell->start[*cell->start == '-' || *cell->start == '+'];
  return first == 'i' || first == 'I';
}

/* Every other cell of a column of numbers: empty, missing, quoted, infinite, or wrong. */
static mi_status take_odd_number(parser *p, int64_t c, double *value, scan_status *status) {
  mi_span cell;
  *status = scan_cell(&p->s, &cell);
  if (*status == SCAN_BAD_QUOTE) return MI_OK;
  if (mi_table_missing(&cell, p->options->missing)) {
    *value = NAN;
    p->data->column[c].empty++;
    return MI_OK;
  }
  if (!mi_table_number(&cell, p->layout.decimal, value)) return fail_number(p, &cell, c);
  return isinf(*value) && !spells_infinity(&cell) ? fail_number(p, &cell, c) : MI_OK;
}

static mi_status take_cell(parser *p, int64_t row, int64_t c, scan_status *status) {
  mi_table_column *column = &p->data->column[c];
  if (column->is_text) {
    mi_span *cell = &column->text[row];
    *status = scan_cell(&p->s, cell);
    if (*status != SCAN_BAD_QUOTE) column->empty += cell->length == 0;
    return MI_OK;
  }
  double *value = &column->numbers[row];
  if (take_number(&p->s, p->layout.decimal, value, status)) return MI_OK;
  return take_odd_number(p, c, value, status);
}

/* The number of cells of a row that has too many: those read, and the rest. */
static int64_t count_rest(scanner *s, int64_t cells) {
  scan_status status = SCAN_MORE;
  mi_span cell;
  for (; status == SCAN_MORE; cells++) status = scan_cell(s, &cell);
  return cells;
}

static mi_status take_row(parser *p, int64_t row) {
  int64_t line = p->s.line, columns = p->layout.columns;
  scan_status status = SCAN_MORE;
  int64_t c = 0;
  for (; c < columns && status == SCAN_MORE; c++) {
    mi_status failed = take_cell(p, row, c, &status);
    if (failed != MI_OK) return failed;
  }
  if (status == SCAN_BAD_QUOTE) return fail_quote(p, line);
  if (c < columns) return fail_ragged(p, line, c);
  if (status == SCAN_MORE) return fail_ragged(p, line, count_rest(&p->s, c));
  return MI_OK;
}

static mi_status take_rows(parser *p) {
  p->s = scanner_at(p, p->layout.rows, p->layout.rows_line);
  int64_t row = 0;
  for (; scan_next_line(&p->s, NULL, NULL); row++) {
    if (row % 4096 == 0 && mi_cancelled(p->control)) return MI_ECANCEL;
    mi_status status = take_row(p, row);
    if (status != MI_OK) return status;
    scan_leave_line(&p->s);
  }
  p->data->rows = row;
  return MI_OK;
}

/* ---- the whole ------------------------------------------------------------------------------ */

/* What is no text at all. */
static mi_status refuse_binary(parser *p, const char *text, size_t length) {
  if (length >= 2 && (memcmp(text, "\xFF\xFE", 2) == 0 || memcmp(text, "\xFE\xFF", 2) == 0))
    return mi_table_fail(p->data, 0, 0, p->control, "this is UTF-16 text: save it as UTF-8");
  const char *zero = memchr(text, '\0', length);
  if (!zero) return MI_OK;
  int64_t line = 1;
  for (const char *q = text; q < zero; q++) line += *q == '\n';
  return mi_table_fail(p->data, line, 0, p->control, "a zero byte: this is no text file");
}

static mi_status parse(parser *p) {
  mi_status status = mi_table_detect(p->s, p->options, &p->layout, p->data, p->control);
  if (status != MI_OK) return status;
  p->data->delimiter = p->layout.delimiter;
  p->data->decimal = p->layout.decimal;
  status = take_notes(p);
  if (status == MI_OK) status = take_names(p);
  if (status == MI_OK) status = make_columns(p);
  if (status == MI_OK) status = take_rows(p);
  return status;
}

static parser begin(const char *text, size_t length, const mi_table_options *options,
                    mi_table_data *data, mi_control *control) {
  parser p = {.options = options, .data = data, .control = control};
  memset(data, 0, sizeof *data);
  const char *start = text;
  if (length >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) start += 3; /* byte order mark */
  p.s = (scanner){.p = start, .end = text + length, .line_start = start, .line = 1,
                  .delimiter = ' ', .comments = options->comments};
  return p;
}

mi_status mi_table_parse(const char *text, size_t length, const mi_table_options *options,
                         mi_table_data *data, mi_control *control) {
  parser p = begin(text, length, options, data, control);
  mi_status status = refuse_binary(&p, text, length);
  if (status == MI_OK) status = parse(&p);
  if (status != MI_OK) {
    int64_t line = data->error_line, column = data->error_column;
    mi_table_free(data);
    data->error_line = line;
    data->error_column = column;
  }
  return status;
}

int64_t mi_table_row_line(const char *text, size_t length, const mi_table_options *options,
                          int64_t row) {
  mi_table_data data;
  parser p = begin(text, length, options, &data, NULL);
  if (mi_table_detect(p.s, options, &p.layout, &data, NULL) != MI_OK) return 0;
  scanner s = scanner_at(&p, p.layout.rows, p.layout.rows_line);
  for (int64_t i = 1; scan_next_line(&s, NULL, NULL); i++) {
    if (i == row) return s.line;
    (void)count_rest(&s, 0);
    scan_leave_line(&s);
  }
  return 0;
}
