/* Fourier transforms along an axis of an array, transforms of real data, convolution.
 *
 * Real data of even length n are taken as n/2 complex numbers z[k] = x[2k] + i x[2k+1], whose
 * transform Z holds the spectra of the even and the odd elements:
 *   X[k] = (Z[k] + conj Z[n/2-k]) / 2 - i w^k (Z[k] - conj Z[n/2-k]) / 2,  w = exp(-2 pi i / n).
 * Real data of odd length are transformed as complex ones. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/fft.h"
#include "core/base/memory.h"

typedef struct line_job line_job;

/* Transforms one line: its data are at from and to, their strides in the job. buffer has room for
 * the plan's length and one more. */
typedef void line_function(const line_job *job, const char *from, char *to, mi_complex *buffer,
                           mi_complex *work);

struct line_job {
  const mi_array *x;
  mi_array *y;
  int axis;
  bool inverse;
  mi_isa level;
  int64_t n;              /* length of the transform */
  bool real;
  const mi_fft_plan *plan;
  line_function *line;
  const mi_control *control; /* for its cancel flag alone */
};

/* ---- lines ----------------------------------------------------------------------------------- */

static mi_complex *at_complex(const char *base, int64_t stride, int64_t k) {
  return (mi_complex *)(uintptr_t)(base + k * stride);
}

static double *at_real(const char *base, int64_t stride, int64_t k) {
  return (double *)(uintptr_t)(base + k * stride);
}

/* Scales and, after an inverse transform, conjugates. */
static mi_complex finish(mi_complex z, double scale, double sign) {
  return (mi_complex){z.re * scale, z.im * scale * sign};
}

static void line_complex(const line_job *job, const char *from, char *to, mi_complex *buffer,
                         mi_complex *work) {
  int64_t sx = job->x->stride[job->axis], sy = job->y->stride[job->axis];
  double sign = job->inverse ? -1 : 1, scale = job->inverse ? 1 / (double)job->n : 1;
  for (int64_t k = 0; k < job->n; k++) buffer[k] = finish(*at_complex(from, sx, k), 1, sign);
  mi_fft_execute(job->plan, job->level, buffer, work, job->control);
  for (int64_t k = 0; k < job->n; k++) *at_complex(to, sy, k) = finish(buffer[k], scale, sign);
}

/* The pair X[k], X[n/2 - k] from Z[k], Z[n/2 - k], both ways but for the sign of w: forward
 * (sign 1) and inverse (sign -1, without the factor 1/2). */
static void split_pair(mi_complex w, double sign, mi_complex *a, mi_complex *b) {
  double even_re = a->re + b->re, even_im = a->im - b->im;
  double odd_re = a->im + b->im, odd_im = b->re - a->re; /* -i (a - conj b) */
  double re = w.re * odd_re - sign * w.im * odd_im, im = w.re * odd_im + sign * w.im * odd_re;
  *a = (mi_complex){even_re + sign * re, even_im + sign * im};
  *b = (mi_complex){even_re - sign * re, sign * im - even_im};
}

static void line_real_even(const line_job *job, const char *from, char *to, mi_complex *buffer,
                           mi_complex *work) {
  int64_t sx = job->x->stride[job->axis], sy = job->y->stride[job->axis];
  int64_t m = mi_fft_length(job->plan);
  for (int64_t k = 0; k < m; k++)
    buffer[k] = (mi_complex){*at_real(from, sx, 2 * k), *at_real(from, sx, 2 * k + 1)};
  mi_fft_execute(job->plan, job->level, buffer, work, job->control);
  buffer[m] = buffer[0];
  for (int64_t k = 0; 2 * k <= m; k++) {
    mi_complex a = buffer[k], b = buffer[m - k];
    split_pair(mi_fft_twist(job->plan)[k], 1, &a, &b);
    *at_complex(to, sy, k) = finish(a, 0.5, 1);
    *at_complex(to, sy, m - k) = finish(b, 0.5, 1);
  }
}

static void line_real_odd(const line_job *job, const char *from, char *to, mi_complex *buffer,
                          mi_complex *work) {
  int64_t sx = job->x->stride[job->axis], sy = job->y->stride[job->axis];
  for (int64_t k = 0; k < job->n; k++) buffer[k] = (mi_complex){*at_real(from, sx, k), 0};
  mi_fft_execute(job->plan, job->level, buffer, work, job->control);
  buffer[0].im = 0;
  for (int64_t k = 0; k <= job->n / 2; k++) *at_complex(to, sy, k) = buffer[k];
}

static void line_inverse_even(const line_job *job, const char *from, char *to, mi_complex *buffer,
                              mi_complex *work) {
  int64_t sx = job->x->stride[job->axis], sy = job->y->stride[job->axis];
  int64_t m = mi_fft_length(job->plan);
  for (int64_t k = 0; k <= m; k++) buffer[k] = *at_complex(from, sx, k);
  buffer[0].im = buffer[m].im = 0;
  for (int64_t k = 0; 2 * k <= m; k++) {
    mi_complex a = buffer[k], b = buffer[m - k];
    split_pair(mi_fft_twist(job->plan)[k], -1, &a, &b);
    buffer[m - k] = finish(b, 1, -1); /* conjugated: the forward transform then is the inverse */
    buffer[k] = finish(a, 1, -1);
  }
  mi_fft_execute(job->plan, job->level, buffer, work, job->control);
  double scale = 1 / (double)job->n;
  for (int64_t k = 0; k < m; k++) {
    *at_real(to, sy, 2 * k) = buffer[k].re * scale;
    *at_real(to, sy, 2 * k + 1) = -buffer[k].im * scale;
  }
}

static void line_inverse_odd(const line_job *job, const char *from, char *to, mi_complex *buffer,
                             mi_complex *work) {
  int64_t sx = job->x->stride[job->axis], sy = job->y->stride[job->axis], n = job->n;
  double scale = 1 / (double)n;
  for (int64_t k = 0; k <= n / 2; k++) {
    mi_complex z = *at_complex(from, sx, k);
    buffer[k] = finish(z, 1, -1);
    buffer[(n - k) % n] = z;
  }
  buffer[0].im = 0;
  mi_fft_execute(job->plan, job->level, buffer, work, job->control);
  for (int64_t k = 0; k < n; k++) *at_real(to, sy, k) = buffer[k].re * scale;
}

/* ---- all lines ------------------------------------------------------------------------------- */

/* Byte offset of the line's first element. */
static int64_t line_offset(const mi_array *a, int axis, int64_t line) {
  int64_t offset = 0;
  for (int d = a->ndim - 1; d >= 0; d--) {
    if (d == axis) continue;
    offset += line % a->shape[d] * a->stride[d];
    line /= a->shape[d];
  }
  return offset;
}

static mi_status do_lines(const line_job *job, int64_t lines, mi_control *control) {
  int64_t room = mi_fft_length(job->plan) + 1, work = mi_fft_work(job->plan);
  /* NOLINTNEXTLINE(clang-analyzer-deadcode.DeadStores): only the pragma reads it */
  int threads = lines < mi_threads(control) ? (int)lines : mi_threads(control);
  bool no_memory = false;
#pragma omp parallel num_threads(threads) reduction(|| : no_memory)
  {
    mi_complex *buffer = MI_NEW(mi_complex, (size_t)(room + work));
    no_memory = !buffer;
#pragma omp for schedule(static)
    for (int64_t i = 0; i < lines; i++) {
      if (!buffer || mi_cancelled(control)) continue;
      job->line(job, job->x->data + line_offset(job->x, job->axis, i),
                job->y->data + line_offset(job->y, job->axis, i), buffer, buffer + room);
    }
    free(buffer);
  }
  if (no_memory) return MI_ENOMEM;
  return mi_cancelled(control) ? MI_ECANCEL : MI_OK;
}

static mi_status check_plan(const line_job *job, mi_control *control) {
  bool halved = job->real && job->n % 2 == 0;
  if (mi_fft_length(job->plan) == (halved ? job->n / 2 : job->n) &&
      (mi_fft_twist(job->plan) != NULL) == halved)
    return MI_OK;
  return mi_fail(control, MI_EINVAL, "plan: one for %lld %s numbers expected", (long long)job->n,
                 job->real ? "real" : "complex");
}

static mi_status run(line_job *job, mi_control *control) {
  int64_t lines = 1;
  for (int d = 0; d < job->x->ndim; d++) lines *= d == job->axis ? 1 : job->x->shape[d];
  job->level = mi_level(control);
  job->control = control;
  if (lines == 0) return MI_OK;
  mi_fft_plan *own = NULL;
  mi_status status = MI_OK;
  if (job->plan) status = check_plan(job, control);
  else status = (job->real ? mi_fft_plan_new_real : mi_fft_plan_new)(job->n, &own, control);
  if (own) job->plan = own;
  if (status == MI_OK) status = do_lines(job, lines, control);
  mi_fft_plan_free(own);
  return status;
}

mi_status mi_fft(const mi_fft_plan *plan, const mi_array *x, mi_array *y, int axis, bool inverse,
                 mi_control *control) {
  line_job job = {.x = x, .y = y, .axis = axis, .inverse = inverse, .n = x->shape[axis],
                  .plan = plan, .line = line_complex};
  return run(&job, control);
}

mi_status mi_fft_real(const mi_fft_plan *plan, const mi_array *x, mi_array *y, int axis,
                      mi_control *control) {
  int64_t n = x->shape[axis];
  line_job job = {.x = x, .y = y, .axis = axis, .n = n, .real = true, .plan = plan,
                  .line = n % 2 == 0 ? line_real_even : line_real_odd};
  return run(&job, control);
}

mi_status mi_fft_inverse_real(const mi_fft_plan *plan, const mi_array *x, mi_array *y, int axis,
                              mi_control *control) {
  int64_t n = y->shape[axis];
  if (n < 1 || x->shape[axis] != n / 2 + 1)
    return mi_fail(control, MI_EINVAL, "a spectrum of %lld numbers has 2 (k - 1) or 2 k - 1 real "
                   "ones, not %lld", (long long)x->shape[axis], (long long)n);
  line_job job = {.x = x, .y = y, .axis = axis, .n = n, .real = true, .plan = plan,
                  .line = n % 2 == 0 ? line_inverse_even : line_inverse_odd};
  return run(&job, control);
}

/* ---- convolution ----------------------------------------------------------------------------- */

static void convolve_directly(const double *a, int64_t na, const double *b, int64_t nb,
                              double *out) {
  memset(out, 0, (size_t)(na + nb - 1) * sizeof *out);
  for (int64_t j = 0; j < nb; j++) {
    for (int64_t i = 0; i < na; i++) out[i + j] += a[i] * b[j];
  }
}

/* One complex transform holds both signals, z = a + i b: Im(Z^2) / 2 is the spectrum's product's
 * transform, so that conv(a, b) = Im(inverse(Z^2)) / 2. */
static mi_status convolve_by_transform(const double *a, int64_t na, const double *b, int64_t nb,
                                       double *out, mi_control *control) {
  int64_t n = na + nb - 1, length = 1;
  while (length < n) length *= 2;
  mi_fft_plan *plan;
  mi_status status = mi_fft_plan_new(length, &plan, control);
  if (status != MI_OK) return status;
  mi_complex *z = MI_NEW_ZERO(mi_complex, (size_t)length);
  mi_complex *work = MI_NEW(mi_complex, (size_t)mi_fft_work(plan));
  if (z && work) {
    for (int64_t i = 0; i < na; i++) z[i].re = a[i];
    for (int64_t i = 0; i < nb; i++) z[i].im = b[i];
    mi_fft_execute(plan, mi_level(control), z, work, control);
    for (int64_t i = 0; i < length; i++)
      z[i] = (mi_complex){z[i].re * z[i].re - z[i].im * z[i].im, -2 * z[i].re * z[i].im};
    mi_fft_execute(plan, mi_level(control), z, work, control);
    for (int64_t i = 0; i < n; i++) out[i] = -0.5 * z[i].im / (double)length;
  } else {
    status = MI_ENOMEM;
  }
  free(z);
  free(work);
  mi_fft_plan_free(plan);
  return status == MI_OK && mi_cancelled(control) ? MI_ECANCEL : status;
}

mi_status mi_convolve(const double *a, int64_t na, const double *b, int64_t nb, double *out,
                      mi_control *control) {
  if (na < 1 || nb < 1) return mi_fail(control, MI_EINVAL, "convolution of an empty array");
  if ((na < nb ? na : nb) > 64) return convolve_by_transform(a, na, b, nb, out, control);
  convolve_directly(a, na, b, nb, out);
  return MI_OK;
}
