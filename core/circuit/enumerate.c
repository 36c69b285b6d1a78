/* A circuit of n elements is a multiset of at least two smaller ones, none of them with a root of
 * its own kind; multisets are counted once by choosing entries of the list in rising order. */
#include "core/circuit/enumerate.h"

#include <string.h>

#include "core/base/memory.h"

typedef struct choice {
  mi_circuit_list *list;
  mi_control *control;
  int kind, count;
  size_t end; /* entries before it are complete: all smaller circuits */
  size_t chosen[MI_CIRCUIT_ENUMERATED];
} choice;

static mi_status append(mi_circuit_list *list, const mi_circuit_code *code, mi_control *control) {
  if (list->count == list->room) {
    const size_t room = list->room ? 2 * list->room : 1024;
    mi_circuit_code *entry = mi_alloc(room, sizeof *entry);
    if (!entry) return mi_fail(control, MI_ENOMEM, "out of memory");
    if (list->count) memcpy(entry, list->entry, list->count * sizeof *entry);
    free(list->entry);
    list->entry = entry;
    list->room = room;
  }
  list->entry[list->count++] = *code;
  return MI_OK;
}

static mi_status append_chosen(choice *c) {
  mi_circuit_code code = {.kind = (int8_t)c->kind};
  for (int i = 0; i < c->count; i++) {
    const mi_circuit_code *part = &c->list->entry[c->chosen[i]];
    memcpy(code.code + code.length, part->code, (size_t)part->length);
    code.length = (int8_t)(code.length + part->length);
    code.size = (int8_t)(code.size + part->size);
  }
  const int join = c->kind == MI_CIRCUIT_SERIES ? -2 * c->count : -2 * c->count - 1;
  code.code[code.length++] = (int8_t)join;
  return append(c->list, &code, c->control);
}

static bool is_twin(const choice *c, size_t i) {
  const int kind = c->list->entry[i].kind;
  return kind < MI_CIRCUIT_SERIES && mi_circuit_element_of((mi_circuit_kind)kind)->parameters == 1;
}

/* Adds parts from entry `from` on until `left` elements are used up. */
static mi_status choose(choice *c, size_t from, int left) {
  if (left == 0) return c->count >= 2 ? append_chosen(c) : MI_OK;
  if (mi_cancelled(c->control)) return mi_fail(c->control, MI_ECANCEL, "interrupted");
  for (size_t i = from; i < c->end && c->list->entry[i].size <= left; i++) {
    if (c->list->entry[i].kind == c->kind) continue;
    c->chosen[c->count++] = i;
    const int rest = left - c->list->entry[i].size;
    const mi_status status = choose(c, is_twin(c, i) ? i + 1 : i, rest);
    c->count--;
    if (status) return status;
  }
  return MI_OK;
}

mi_status mi_circuit_enumerate(const int *kinds, int count, int most, mi_circuit_list *list,
                               mi_control *control) {
  *list = (mi_circuit_list){0};
  if (most < 1 || most > MI_CIRCUIT_ENUMERATED)
    return mi_fail(control, MI_EINVAL, "elements: 1 to %d expected, got %d", MI_CIRCUIT_ENUMERATED,
                   most);
  mi_status status = MI_OK;
  for (int i = 0; i < count && !status; i++) {
    const mi_circuit_code one = {(int8_t)kinds[i], 1, 1, {(int8_t)kinds[i]}};
    status = append(list, &one, control);
  }
  list->first[2] = list->count;
  for (int n = 2; n <= most && !status; n++) {
    choice c = {.list = list, .control = control, .kind = MI_CIRCUIT_SERIES, .end = list->count};
    status = choose(&c, 0, n);
    c.kind = MI_CIRCUIT_PARALLEL;
    if (!status) status = choose(&c, 0, n);
    list->first[n + 1] = list->count;
  }
  return status;
}

void mi_circuit_list_free(mi_circuit_list *list) {
  free(list->entry);
  list->entry = NULL;
}
