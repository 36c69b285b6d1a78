/* The bonds of a structure as a graph, see graph.h. */
#include "core/analysis/graph.h"

#include <math.h>

#include "core/atoms/neighbours.h"
#include "core/base/memory.h"

void mi_graph_free(mi_graph *graph) {
  free(graph->first);
  free(graph->to);
  free(graph->shift);
  free(graph->vector);
  *graph = (mi_graph){0};
}

mi_status mi_kinds_check(const mi_kinds *kinds, size_t n, mi_control *control) {
  for (size_t i = 0; i < n; i++)
    if (kinds->of[i] < 0 || kinds->of[i] >= kinds->count)
      return mi_fail(control, MI_EINVAL, "atom %zu: kind from 1 to %d expected, got %d", i + 1,
                     kinds->count, kinds->of[i] + 1);
  return MI_OK;
}

static mi_status longest_cutoff(const mi_kinds *kinds, const double *cutoff, double *longest,
                                mi_control *control) {
  *longest = 0;
  for (int a = 0; a < kinds->count; a++) {
    for (int b = 0; b < kinds->count; b++) {
      const double c = cutoff[a * kinds->count + b];
      if (!isfinite(c) || c < 0 || c != cutoff[b * kinds->count + a])
        return mi_fail(control, MI_EINVAL, "cutoff: symmetric lengths >= 0 expected, got %g", c);
      *longest = fmax(*longest, c);
    }
  }
  if (*longest > 0) return MI_OK;
  return mi_fail(control, MI_EINVAL, "cutoff: one that is positive expected");
}

typedef struct builder {
  const mi_structure *s;
  const mi_kinds *kinds;
  const double *cutoff;
  const mi_neighbours *list;
  mi_neighbourhood near;
} builder;

static bool bonded(const builder *b, size_t i, size_t k) {
  const int32_t *kind = b->kinds->of;
  return b->near.r[k] < b->cutoff[kind[i] * b->kinds->count + kind[b->near.index[k]]];
}

static void count_bonds(builder *b, mi_graph *graph, const mi_control *control) {
  graph->first[0] = 0;
  for (size_t i = 0; i < graph->n && (i % 1024 || !mi_cancelled(control)); i++) {
    mi_neighbours_of(b->list, b->s, i, &b->near);
    size_t count = graph->first[i];
    for (size_t k = 0; k < b->near.n; k++) count += bonded(b, i, k);
    graph->first[i + 1] = count;
  }
}

static void write_bonds(builder *b, mi_graph *graph, const mi_control *control) {
  for (size_t i = 0; i < graph->n && (i % 1024 || !mi_cancelled(control)); i++) {
    const mi_neighbourhood *h = &b->near;
    mi_neighbours_of(b->list, b->s, i, &b->near);
    for (size_t k = 0, at = graph->first[i]; k < h->n; k++) {
      if (!bonded(b, i, k)) continue;
      const uint32_t image = h->image[k];
      graph->to[at] = (int32_t)h->index[k];
      graph->shift[at] = mi_graph_pack(mi_image(image, 0), mi_image(image, 1), mi_image(image, 2));
      graph->vector[at][0] = h->x[k];
      graph->vector[at][1] = h->y[k];
      graph->vector[at++][2] = h->z[k];
    }
  }
}

static mi_status build(builder *b, mi_graph *graph, mi_control *control) {
  const size_t n = b->s->n;
  *graph = (mi_graph){.n = n, .first = MI_NEW(size_t, n + 1)};
  if (!graph->first) return mi_fail(control, MI_ENOMEM, "out of memory");
  count_bonds(b, graph, control);
  if (mi_cancelled(control)) return mi_fail(control, MI_ECANCEL, "interrupted");
  graph->to = MI_NEW(int32_t, graph->first[n]);
  graph->shift = MI_NEW(int32_t, graph->first[n]);
  graph->vector = mi_alloc(graph->first[n], sizeof *graph->vector);
  if (!graph->to || !graph->shift || !graph->vector)
    return mi_fail(control, MI_ENOMEM, "out of memory");
  write_bonds(b, graph, control);
  return mi_cancelled(control) ? mi_fail(control, MI_ECANCEL, "interrupted") : MI_OK;
}

mi_status mi_graph_build(mi_graph *graph, const mi_structure *s, const mi_kinds *kinds,
                         const double *cutoff, mi_control *control) {
  mi_neighbours list = {0};
  builder b = {s, kinds, cutoff, &list, {0}};
  *graph = (mi_graph){0};
  mi_status status = mi_kinds_check(kinds, s->n, control);
  if (status == MI_OK) status = longest_cutoff(kinds, cutoff, &list.cutoff, control);
  if (status == MI_OK) status = mi_neighbours_update(&list, s, NULL, control);
  if (status == MI_OK && (status = mi_neighbourhood_alloc(&b.near, &list)) != MI_OK)
    mi_fail(control, status, "out of memory");
  if (status == MI_OK) status = build(&b, graph, control);
  if (status != MI_OK) mi_graph_free(graph);
  mi_neighbourhood_free(&b.near);
  mi_neighbours_free(&list);
  return status;
}

/* The angle by both its sine and its cosine: exact near 0 and 180 degrees as well. */
static double angle_between(const double p[3], const double q[3]) {
  const double x = p[1] * q[2] - p[2] * q[1], y = p[2] * q[0] - p[0] * q[2];
  const double z = p[0] * q[1] - p[1] * q[0];
  const double cosine = p[0] * q[0] + p[1] * q[1] + p[2] * q[2];
  return atan2(sqrt(x * x + y * y + z * z), cosine) * (180 / M_PI);
}

size_t mi_bond_angles(const mi_graph *graph, const mi_kinds *kinds, int a, int b, int c,
                      double *angle, const mi_control *control) {
  size_t count = 0;
  for (size_t i = 0; i < graph->n && !mi_cancelled(control); i++) {
    if (kinds->of[i] != b) continue;
    for (size_t p = graph->first[i]; p < graph->first[i + 1]; p++) {
      const int left = kinds->of[graph->to[p]];
      for (size_t q = p + 1; q < graph->first[i + 1]; q++) {
        const int right = kinds->of[graph->to[q]];
        if ((left != a || right != c) && (left != c || right != a)) continue;
        if (angle) angle[count] = angle_between(graph->vector[p], graph->vector[q]);
        count++;
      }
    }
  }
  return count;
}
