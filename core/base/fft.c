/* Plans of Fourier transforms, and their execution on one line; arrays are in fft_array.c. */
#include "core/base/fft.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/fft_pass.h"
#include "core/base/memory.h"

enum { MOST_PASSES = 64 };

struct mi_fft_plan {
  int64_t n;
  int passes;                    /* 0 for n = 1 and for Bluestein */
  mi_fft_pass pass[MOST_PASSES];
  mi_complex *twiddle;           /* of all passes */
  mi_complex *twist;             /* see mi_fft_twist */
  /* Bluestein: x[j] c[j] convolved with conj(c), c[j] = exp(-pi i j^2 / n) */
  mi_fft_plan *padded;           /* NULL if the length needs none */
  mi_complex *chirp, *kernel;    /* [n]; transform of the padded conj(c), over the padded length */
};

/* ---- roots of unity -------------------------------------------------------------------------- */

typedef struct wide {
  long double re, im;
} wide;

/* exp(-2 pi i k / n) is the product of two tables of about sqrt(n) numbers in long double: rounded
 * to double it is good to the last bit. */
typedef struct roots {
  int64_t n, block;
  wide *low, *high; /* exponents 0 .. block - 1; 0, block, 2 block ... */
} roots;

static wide exact_root(int64_t k, int64_t n) {
  const long double turn = -6.283185307179586476925286766559L;
  long double angle = turn * (long double)k / (long double)n;
  return (wide){cosl(angle), sinl(angle)};
}

static bool roots_new(roots *r, int64_t n) {
  r->n = n;
  r->block = (int64_t)ceil(sqrt((double)n));
  int64_t blocks = n / r->block + 1;
  r->low = MI_NEW(wide, (size_t)r->block);
  r->high = MI_NEW(wide, (size_t)blocks);
  if (!r->low || !r->high) return false;
  for (int64_t k = 0; k < r->block; k++) r->low[k] = exact_root(k, n);
  for (int64_t k = 0; k < blocks; k++) r->high[k] = exact_root(k * r->block, n);
  return true;
}

static void roots_free(roots *r) {
  free(r->low);
  free(r->high);
}

static mi_complex root(const roots *r, int64_t k) { /* 0 <= k < n */
  wide a = r->low[k % r->block], b = r->high[k / r->block];
  return (mi_complex){(double)(a.re * b.re - a.im * b.im), (double)(a.re * b.im + a.im * b.re)};
}

/* ---- mixed radix plans ----------------------------------------------------------------------- */

/* Factors of n, fours first so that strides become multiples of the vector width; 0 if a prime
 * factor is too large. */
static int factorise(int64_t n, int *factor) {
  int count = 0;
  while (n % 4 == 0) factor[count++] = 4, n /= 4;
  for (int p = 2; p <= MI_FFT_PRIME; p++) {
    while (n % p == 0) factor[count++] = p, n /= p;
  }
  return n == 1 ? count : 0;
}

/* exp(-2 pi i q t / length) for every q and t of the pass. */
static mi_complex *fill_twiddles(const mi_fft_pass *pass, const roots *r, mi_complex *to,
                                 const mi_control *control) {
  int64_t step = r->n / (pass->m * pass->radix);
  for (int64_t q = 0; q < pass->m; q++) {
    if ((q & 0xfff) == 0 && mi_cancelled(control)) break; /* the plan will not be used */
    for (int64_t t = 1; t < pass->radix; t++) *to++ = root(r, q * t * step);
  }
  return to;
}

static void fill_passes(mi_fft_plan *plan, const int *factor, const roots *r,
                        const mi_control *control) {
  int64_t length = plan->n, stride = 1;
  mi_complex *twiddle = plan->twiddle;
  for (int i = 0; i < plan->passes; i++) {
    mi_fft_pass *pass = &plan->pass[i];
    pass->radix = factor[i];
    pass->m = length / factor[i];
    pass->s = stride;
    pass->twiddle = twiddle;
    twiddle = fill_twiddles(pass, r, twiddle, control);
    for (int j = 0; j < factor[i]; j++) {
      wide w = exact_root(j, factor[i]);
      pass->cosine[j] = (double)w.re;
      pass->sine[j] = (double)-w.im;
    }
    length = pass->m;
    stride *= factor[i];
  }
}

static mi_status plan_mixed(mi_fft_plan *plan, const int *factor, const mi_control *control) {
  roots r = {0};
  /* passes of length n, n/2, n/4 ... at most hold n - 1 + n/2 - 1 ... < 2 n numbers */
  plan->twiddle = MI_NEW(mi_complex, 2 * (size_t)plan->n);
  mi_status status = plan->twiddle && roots_new(&r, plan->n) ? MI_OK : MI_ENOMEM;
  if (status == MI_OK) fill_passes(plan, factor, &r, control);
  roots_free(&r);
  return status == MI_OK && mi_cancelled(control) ? MI_ECANCEL : status;
}

/* ---- Bluestein plans ------------------------------------------------------------------------- */

/* The least number >= n of the form 2^a 3^b 5^c. */
static int64_t smooth_length(int64_t n) {
  int64_t best = INT64_MAX;
  for (int64_t five = 1; five < 5 * n; five *= 5) {
    for (int64_t three = five; three < 3 * n; three *= 3) {
      int64_t length = three;
      while (length < n) length *= 2;
      if (length < best) best = length;
    }
  }
  return best;
}

/* c[j], j^2 taken modulo 2 n by adding 2 j + 1 each time. */
static void fill_chirp(mi_complex *chirp, int64_t n, const roots *r, const mi_control *control) {
  int64_t square = 0;
  for (int64_t j = 0; j < n; j++) {
    if ((j & 0xffff) == 0 && mi_cancelled(control)) return; /* the plan will not be used */
    chirp[j] = root(r, square);
    square += 2 * j + 1;
    if (square >= 2 * n) square -= 2 * n;
  }
}

/* The transform of conj(c), laid around the ends of the padded length and divided by it. */
static void fill_kernel(mi_fft_plan *plan, mi_complex *work, const mi_control *control) {
  const mi_fft_plan *padded = plan->padded;
  int64_t length = padded->n;
  double scale = 1 / (double)length;
  memset(plan->kernel, 0, (size_t)length * sizeof *plan->kernel);
  for (int64_t j = 0; j < plan->n; j++) {
    mi_complex c = {plan->chirp[j].re * scale, -plan->chirp[j].im * scale};
    plan->kernel[j] = c;
    if (j > 0) plan->kernel[length - j] = c;
  }
  mi_fft_execute(padded, MI_ISA_BASELINE, plan->kernel, work, control);
}

static mi_status plan_bluestein(mi_fft_plan *plan, mi_control *control) {
  roots r = {0};
  mi_status status = mi_fft_plan_new(smooth_length(2 * plan->n - 1), &plan->padded, control);
  if (status != MI_OK || !plan->padded) return status;
  plan->chirp = MI_NEW(mi_complex, (size_t)plan->n);
  plan->kernel = MI_NEW(mi_complex, (size_t)plan->padded->n);
  mi_complex *work = MI_NEW(mi_complex, (size_t)mi_fft_work(plan->padded));
  if (plan->chirp && plan->kernel && work && roots_new(&r, 2 * plan->n)) {
    fill_chirp(plan->chirp, plan->n, &r, control);
    fill_kernel(plan, work, control);
    if (mi_cancelled(control)) status = MI_ECANCEL;
  } else {
    status = MI_ENOMEM;
  }
  roots_free(&r);
  free(work);
  return status;
}

mi_status mi_fft_plan_new(int64_t n, mi_fft_plan **out, mi_control *control) {
  int factor[MOST_PASSES] = {0};
  *out = NULL;
  if (n < 1 || n > INT64_C(1) << 40)
    return mi_fail(control, MI_EINVAL, "length of a transform: 1 to 2^40 expected, got %lld",
                   (long long)n);
  mi_fft_plan *plan = MI_NEW_ZERO(mi_fft_plan, 1);
  if (!plan) return MI_ENOMEM;
  plan->n = n;
  plan->passes = factorise(n, factor);
  mi_status status = MI_OK;
  if (plan->passes) status = plan_mixed(plan, factor, control);
  else if (n > 1) status = plan_bluestein(plan, control);
  if (status == MI_OK) *out = plan;
  else mi_fft_plan_free(plan);
  return status;
}

void mi_fft_plan_free(mi_fft_plan *plan) {
  if (!plan) return;
  mi_fft_plan_free(plan->padded);
  free(plan->twiddle);
  free(plan->twist);
  free(plan->chirp);
  free(plan->kernel);
  free(plan);
}

/* ---- plans for real data --------------------------------------------------------------------- */

static mi_status fill_twist(mi_fft_plan *plan, int64_t n, const mi_control *control) {
  plan->twist = MI_NEW(mi_complex, (size_t)(n / 4 + 1));
  if (!plan->twist) return MI_ENOMEM;
  for (int64_t k = 0; k <= n / 4; k++) {
    if ((k & 0xfff) == 0 && mi_cancelled(control)) return MI_ECANCEL;
    wide w = exact_root(k, n);
    plan->twist[k] = (mi_complex){(double)w.re, (double)w.im};
  }
  return MI_OK;
}

mi_status mi_fft_plan_new_real(int64_t n, mi_fft_plan **out, mi_control *control) {
  bool even = n % 2 == 0;
  mi_status status = mi_fft_plan_new(even ? n / 2 : n, out, control);
  if (!*out || !even) return status;
  status = fill_twist(*out, n, control);
  if (status == MI_OK) return status;
  mi_fft_plan_free(*out);
  *out = NULL;
  return status;
}

int64_t mi_fft_length(const mi_fft_plan *plan) { return plan->n; }

const mi_complex *mi_fft_twist(const mi_fft_plan *plan) { return plan->twist; }

/* ---- execution ------------------------------------------------------------------------------- */

int64_t mi_fft_work(const mi_fft_plan *plan) {
  return plan->padded ? plan->padded->n + mi_fft_work(plan->padded) : plan->n;
}

static mi_complex multiply(mi_complex a, mi_complex b) {
  return (mi_complex){a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
}

/* X[k] = c[k] sum_j (x[j] c[j]) conj(c[k - j]); the inverse transform is the forward one of the
 * conjugate, conjugated. */
static void execute_bluestein(const mi_fft_plan *plan, mi_isa level, mi_complex *x,
                              mi_complex *work, const mi_control *control) {
  int64_t n = plan->n, length = plan->padded->n;
  mi_complex *padded = work, *rest = work + length;
  for (int64_t j = 0; j < n; j++) padded[j] = multiply(x[j], plan->chirp[j]);
  memset(padded + n, 0, (size_t)(length - n) * sizeof *padded);
  mi_fft_execute(plan->padded, level, padded, rest, control);
  for (int64_t j = 0; j < length; j++) {
    padded[j] = multiply(padded[j], plan->kernel[j]);
    padded[j].im = -padded[j].im;
  }
  mi_fft_execute(plan->padded, level, padded, rest, control);
  for (int64_t k = 0; k < n; k++) {
    padded[k].im = -padded[k].im;
    x[k] = multiply(padded[k], plan->chirp[k]);
  }
}

void mi_fft_execute(const mi_fft_plan *plan, mi_isa level, mi_complex *x, mi_complex *work,
                    const mi_control *control) {
  if (plan->padded) {
    execute_bluestein(plan, level, x, work, control);
    return;
  }
  mi_complex *from = x, *to = work;
  for (int i = 0; i < plan->passes && !mi_cancelled(control); i++) {
    MI_DISPATCH(level, mi_fft_run_pass)(&plan->pass[i], from, to);
    mi_complex *t = from;
    from = to;
    to = t;
  }
  if (from != x) memcpy(x, from, (size_t)plan->n * sizeof *x);
}
