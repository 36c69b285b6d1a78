/* Going through training structures in waves, see wave.h. */
#include "core/nnp/wave.h"

#include "core/base/memory.h"

/* What a place in a wave needs; places, not threads, own it, so that results stay in place. */
typedef struct place {
  mi_pass *pass;
  mi_described made;           /* of a sample that keeps none */
  const mi_described *d;
  mi_control control;
  mi_status status;
} place;

static void place_free(place *p) {
  mi_pass_free(p->pass);
  mi_described_free(&p->made);
}

static mi_status describe(place *p, const mi_sample *sample, const mi_symfun_set *set) {
  mi_described_free(&p->made);
  if (sample->kept) {
    p->d = sample->kept;
    return MI_OK;
  }
  p->d = &p->made;
  return mi_describe(&p->made, sample, set, &p->control);
}

/* Moves a description that fits into the budget to its sample. */
static mi_status keep(mi_training *t, mi_sample *sample, place *p) {
  if (sample->kept || p->d != &p->made) return MI_OK;
  const size_t bytes = mi_described_bytes(&p->made);
  if (t->kept + bytes > t->budget) return MI_OK;
  sample->kept = MI_NEW(mi_described, 1);
  if (!sample->kept) return mi_fail(&p->control, MI_ENOMEM, "out of memory");
  *sample->kept = p->made;
  p->made = (mi_described){0};
  p->d = sample->kept;
  t->kept += bytes;
  return MI_OK;
}

static void run(mi_training *t, const mi_subset *subset, size_t i, mi_wave_function *parallel,
                void *context, place *p) {
  const mi_sample *sample = t->sample + subset->sample[i];
  p->status = describe(p, sample, &t->model.set);
  if (p->status != MI_OK || !parallel) return;
  p->status = mi_pass_run(p->pass, sample, p->d, &p->control);
  if (p->status == MI_OK) p->status = parallel(context, i, sample, p->pass, p->d);
  if (p->status != MI_OK) mi_fail(&p->control, p->status, "%s", mi_status_name(p->status));
}

static mi_status finish(mi_training *t, const mi_subset *subset, size_t i,
                        mi_wave_function *ordered, void *context, place *p, mi_control *control) {
  mi_sample *sample = t->sample + subset->sample[i];
  if (p->status == MI_OK && ordered) p->status = ordered(context, i, sample, p->pass, p->d);
  if (p->status == MI_OK) p->status = keep(t, sample, p);
  if (p->status == MI_EINVAL)
    return mi_fail(control, MI_EINVAL, "structure %lld: %s", (long long)subset->sample[i] + 1,
                   p->control.error);
  return p->status == MI_OK ? MI_OK
                            : mi_fail(control, p->status, "%s", mi_status_name(p->status));
}

static mi_status go(mi_training *t, const mi_subset *subset, mi_wave_function *parallel,
                    mi_wave_function *ordered, void *context, const char *what, place *places,
                    mi_control *control) {
  const int threads = mi_threads(control);
  for (size_t begin = 0; begin < subset->count; begin += MI_WAVE) {
    const int here = (int)(subset->count - begin < MI_WAVE ? subset->count - begin : MI_WAVE);
#pragma omp parallel for num_threads(threads) schedule(dynamic, 1)
    for (int k = 0; k < here; k++)
      run(t, subset, begin + (size_t)k, parallel, context, places + k);
    for (int k = 0; k < here; k++) {
      const mi_status status =
          finish(t, subset, begin + (size_t)k, ordered, context, places + k, control);
      if (status != MI_OK) return status;
    }
    if (mi_cancelled(control)) return mi_fail(control, MI_ECANCEL, "interrupted");
    mi_progress(control, (double)(begin + (size_t)here) / (double)subset->count, what);
  }
  return MI_OK;
}

mi_status mi_waves(mi_training *t, const mi_subset *subset, mi_wave_function *parallel,
                   mi_wave_function *ordered, void *context, const char *what,
                   mi_control *control) {
  place places[MI_WAVE] = {0};
  mi_status status = MI_OK;
  for (size_t i = 0; i < subset->count && status == MI_OK; i++)
    if (subset->sample[i] < 0 || (size_t)subset->sample[i] >= t->count)
      status = mi_fail(control, MI_EINVAL, "subset: structures from 1 to %zu expected, got %lld",
                       t->count, (long long)subset->sample[i] + 1);
  for (int k = 0; k < MI_WAVE && status == MI_OK; k++) {
    mi_control_init(&places[k].control);
    places[k].control.threads = 1;
    places[k].control.isa = mi_level(control);
    places[k].control.cancel = control ? control->cancel : NULL;
    status = mi_pass_new(&places[k].pass, &t->model, control);
  }
  if (status == MI_OK)
    status = go(t, subset, parallel, ordered, context, what, places, control);
  for (int k = 0; k < MI_WAVE; k++) place_free(places + k);
  return status;
}
