/* Ring statistics, see rings.h: the loop over atoms and what the criteria share. */
#include "core/analysis/rings.h"

#include <omp.h>

#include "core/analysis/ring_finder.h"
#include "core/base/memory.h"

/* Ways tried for one atom: beyond it the network is no network (a cutoff far too long). */
static const int64_t MOST_WORK = 20000000;

mi_ring_options mi_ring_options_default(void) {
  return (mi_ring_options){.kind = MI_RINGS_KING, .largest = 12};
}

static bool counted(const mi_ring_options *options, mi_place p) {
  return !options->counts || options->counts[mi_place_atom(p)];
}

int mi_ring_size(const mi_ring_set *rings, size_t i, const mi_ring_options *options) {
  int size = 0;
  for (size_t j = rings->first[i]; j < rings->first[i + 1]; j++)
    size += counted(options, rings->place[j]);
  return size;
}

/* ---- what the criteria share ----------------------------------------------------------------- */

bool mi_ring_step(mi_ring_finder *f) {
  if (++f->work % 4096 == 0 && mi_cancelled(f->control)) f->status = MI_ECANCEL;
  if (f->work > MOST_WORK) f->status = MI_ENUMERIC;
  return f->status == MI_OK;
}

bool mi_ring_keep(mi_ring_finder *f) {
  int size = 0;
  for (int i = 0; i < f->length; i++) size += counted(f->options, f->ring[i]);
  if (size == 0 || size > f->options->largest) return mi_ring_step(f);
  if (!mi_ring_set_add(&f->found, f->ring, f->length)) f->status = MI_ENOMEM;
  return mi_ring_step(f);
}

/* Does a place of the near ball's outermost layer lie in the far ball? */
static bool touching(const mi_ball *near, const mi_ball *far) {
  for (int i = near->layer; i < near->count; i++)
    if (mi_ball_find(far, near->place[i]) >= 0) return true;
  return false;
}

int mi_ring_distance(mi_ring_finder *f, mi_place a, mi_place b, const mi_barrier *barrier,
                     int limit) {
  mi_ball *near = f->ball + MI_NEAR, *far = f->ball + MI_FAR;
  mi_ball_begin(near, a, barrier);
  mi_ball_begin(far, b, barrier);
  while (near->radius + far->radius < limit) {
    mi_ball *ball = near->count - near->layer <= far->count - far->layer ? near : far;
    if (!mi_ball_grow(ball)) return -2;
    if (ball->layer == ball->count) return -1;
    if (ball == near ? touching(near, far) : touching(far, near))
      return near->radius + far->radius;
  }
  return -1;
}

/* ---- the loop over atoms --------------------------------------------------------------------- */

typedef bool rings_of_atom(mi_ring_finder *f, int32_t atom);

static rings_of_atom *criterion(mi_ring_kind kind) {
  return kind == MI_RINGS_KING      ? mi_rings_of_king
         : kind == MI_RINGS_GUTTMAN ? mi_rings_of_guttman
                                    : mi_rings_of_primitive;
}

static mi_status finder_init(mi_ring_finder *f, const mi_graph *graph,
                             const mi_ring_options *options, const mi_control *control) {
  *f = (mi_ring_finder){.graph = graph, .options = options, .control = control};
  f->longest = options->counts ? 2 * options->largest : options->largest;
  for (int i = 0; i < 3 && f->status == MI_OK; i++) f->status = mi_ball_init(f->ball + i, graph);
  if (f->status == MI_OK) f->status = mi_ring_set_init(&f->found);
  return f->status;
}

static void finder_free(mi_ring_finder *f) {
  for (int i = 0; i < 3; i++) mi_ball_free(f->ball + i);
  mi_ring_set_free(&f->found);
}

static void search(mi_ring_finder *f, int32_t atom) {
  f->work = 0;
  if (f->status == MI_OK && !criterion(f->options->kind)(f, atom)) f->atom = atom;
}

static mi_status check(const mi_graph *graph, const mi_ring_options *o, mi_control *control) {
  if (o->largest < 3 || o->largest > MI_RING_MOST / 2)
    return mi_fail(control, MI_EINVAL, "largest: integer from 3 to %d expected, got %d",
                   MI_RING_MOST / 2, o->largest);
  for (size_t b = 0; b < graph->first[graph->n]; b++)
    if (graph->to[b] < 0 || (size_t)graph->to[b] >= graph->n)
      return mi_fail(control, MI_EINVAL, "bond %zu leads to atom %d, which there is not", b + 1,
                     graph->to[b] + 1);
  return MI_OK;
}

/* Rings by length, then by their atoms. */
static int by_sequence(const mi_place *a, size_t na, const mi_place *b, size_t nb) {
  if (na != nb) return na < nb ? -1 : 1;
  for (size_t i = 0; i < na; i++)
    if (a[i] != b[i]) return a[i] < b[i] ? -1 : 1;
  return 0;
}

typedef struct ring_view {
  const mi_place *place;
  size_t length;
} ring_view;

static int by_view(const void *p, const void *q) {
  const ring_view *a = p, *b = q;
  return by_sequence(a->place, a->length, b->place, b->length);
}

/* The order must not depend on threads: which of them found a ring first is chance. */
static mi_status sorted(const mi_ring_set *found, mi_ring_set *rings) {
  ring_view *view = MI_NEW(ring_view, found->count);
  if (!view || mi_ring_set_init(rings) != MI_OK) {
    free(view);
    return MI_ENOMEM;
  }
  for (size_t i = 0; i < found->count; i++)
    view[i] = (ring_view){found->place + found->first[i], found->first[i + 1] - found->first[i]};
  qsort(view, found->count, sizeof *view, by_view);
  bool fine = true;
  for (size_t i = 0; i < found->count && fine; i++)
    fine = mi_ring_set_add(rings, view[i].place, (int)view[i].length);
  free(view);
  if (!fine) mi_ring_set_free(rings);
  return fine ? MI_OK : MI_ENOMEM;
}

static mi_status failure(const mi_ring_finder *f, mi_control *control) {
  if (f->status == MI_ENUMERIC)
    return mi_fail(control, MI_ENUMERIC,
                   "atom %d: more than %lld ways round; is the cutoff of the bonds too long, or "
                   "largest too large?",
                   f->atom + 1, (long long)MOST_WORK);
  return mi_fail(control, f->status, "%s", mi_status_name(f->status));
}

static mi_status collect(mi_ring_finder *f, int threads, mi_ring_set *rings, mi_control *control) {
  for (int t = 0; t < threads; t++)
    if (f[t].status != MI_OK) return failure(f + t, control);
  for (int t = 1; t < threads; t++)
    if (!mi_ring_set_merge(&f->found, &f[t].found))
      return mi_fail(control, MI_ENOMEM, "out of memory");
  const mi_status status = sorted(&f->found, rings);
  return status == MI_OK ? MI_OK : mi_fail(control, status, "out of memory");
}

/* Which thread takes which atom is left to chance: the rings are sorted in the end. Between blocks
 * the caller's thread reports progress. */
static void search_all(mi_ring_finder *f, int threads, mi_control *control) {
  const int32_t n = (int32_t)f->graph->n, block = 4096;
  for (int32_t begin = 0; begin < n; begin += block) {
    const int32_t end = n - begin < block ? n : begin + block;
#pragma omp parallel for num_threads(threads) schedule(dynamic, 16)
    for (int32_t i = begin; i < end; i++) {
      mi_ring_finder *mine = f + omp_get_thread_num();
      if (mi_cancelled(control)) mine->status = MI_ECANCEL;
      search(mine, i);
    }
    mi_progress(control, (double)end / n, "rings");
  }
}

mi_status mi_rings_find(const mi_graph *graph, const mi_ring_options *options, mi_ring_set *rings,
                        mi_control *control) {
  const mi_status status = check(graph, options, control);
  if (status != MI_OK) return status;
  const int threads = mi_threads(control);
  mi_ring_finder *f = MI_NEW_ZERO(mi_ring_finder, (size_t)threads);
  if (!f) return mi_fail(control, MI_ENOMEM, "out of memory");
  bool ready = true;
  for (int t = 0; t < threads; t++) ready &= finder_init(f + t, graph, options, control) == MI_OK;
  if (ready) search_all(f, threads, control);
  const mi_status end = collect(f, threads, rings, control);
  for (int t = 0; t < threads; t++) finder_free(f + t);
  free(f);
  return end;
}
