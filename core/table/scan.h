/* Lines and cells of a text table. A scanner stands inside a line; next_line moves it to the next
 * one that is neither blank nor a comment. */
#ifndef MI_TABLE_SCAN_H
#define MI_TABLE_SCAN_H

#include <string.h>

#include "core/table/table.h"

typedef struct scanner {
  const char *p, *end;
  const char *line_start;
  int64_t line;
  char delimiter; /* ' ': blanks */
  const char *comments;
} scanner;

static inline bool is_line_end(char c) { return c == '\n' || c == '\r'; }

/* Blanks around cells; a tab is none where it is the delimiter. */
static inline bool is_blank(const scanner *s, char c) {
  return c == ' ' || (c == '\t' && s->delimiter != '\t');
}

static inline void skip_blanks(scanner *s) {
  while (s->p < s->end && is_blank(s, *s->p)) s->p++;
}

/* Past the line end at p: LF, CR LF or CR. */
static inline const char *past_line_end(const char *p, const char *end) {
  if (p < end && *p == '\r') p++, p += p < end && *p == '\n';
  else if (p < end) p++;
  return p;
}

static inline const char *find_line_end(const char *p, const char *end) {
  while (p < end && !is_line_end(*p)) p++;
  return p;
}

/* True at the end of the line. */
static inline bool at_line_end(const scanner *s) { return s->p == s->end || is_line_end(*s->p); }

typedef enum scan_status { SCAN_MORE, SCAN_END, SCAN_BAD_QUOTE } scan_status;

/* Leaves the line it stands at the end of. */
void scan_leave_line(scanner *s);

/* Moves to the start of the next line with cells; comments are passed to note(context, line). */
bool scan_next_line(scanner *s, void (*note)(void *context, mi_span line), void *context);

/* Takes the next cell of the line: SCAN_MORE if another follows, SCAN_END if it was the last. */
scan_status scan_cell(scanner *s, mi_span *cell);

#endif
