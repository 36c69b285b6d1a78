#include "core/table/scan.h"

#include "core/base/text.h"

void scan_leave_line(scanner *s) {
  if (s->p == s->end) return;
  s->p = past_line_end(s->p, s->end);
  s->line++;
  s->line_start = s->p;
}

bool scan_next_line(scanner *s, void (*note)(void *context, mi_span line), void *context) {
  for (; s->p < s->end; scan_leave_line(s)) {
    const char *p = s->p;
    while (p < s->end && (*p == ' ' || *p == '\t')) p++;
    if (p == s->end || is_line_end(*p)) {
      s->p = p;
    } else if (mi_is_one_of(*p, s->comments)) {
      s->p = find_line_end(p, s->end);
      if (note) note(context, (mi_span){p, (size_t)(s->p - p), false});
    } else {
      if (s->delimiter == ' ') s->p = p;
      return true;
    }
  }
  return false;
}

/* From the opening quote to behind the closing one; lines in between are counted. */
static bool quoted_cell(scanner *s, mi_span *cell) {
  const char *p = s->p + 1;
  cell->start = p;
  cell->quoted = true;
  for (;; p++) {
    if (p == s->end) return false;
    if (*p == '"' && (p + 1 == s->end || p[1] != '"')) break;
    if (*p == '"') p++;
    if (*p == '\n' || (*p == '\r' && (p + 1 == s->end || p[1] != '\n'))) s->line++;
  }
  cell->length = (size_t)(p - cell->start);
  s->p = p + 1;
  return true;
}

static void plain_cell(scanner *s, mi_span *cell) {
  const char *p = s->p;
  while (p < s->end && !is_line_end(*p) && *p != s->delimiter &&
         !(s->delimiter == ' ' && *p == '\t'))
    p++;
  cell->start = s->p;
  cell->quoted = false;
  s->p = p;
  while (p > cell->start && is_blank(s, p[-1])) p--;
  cell->length = (size_t)(p - cell->start);
}

scan_status scan_cell(scanner *s, mi_span *cell) {
  skip_blanks(s);
  if (s->p < s->end && *s->p == '"') {
    if (!quoted_cell(s, cell)) return SCAN_BAD_QUOTE;
  } else {
    plain_cell(s, cell);
  }
  skip_blanks(s);
  if (at_line_end(s)) return SCAN_END;
  if (s->delimiter == ' ') return SCAN_MORE;
  if (*s->p != s->delimiter) return SCAN_BAD_QUOTE;
  s->p++;
  return SCAN_MORE;
}
