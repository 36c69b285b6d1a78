/* Nonlinear regression problems of the NIST StRD: models and a reader of tests/data/nist. */
#ifndef NIST_H
#define NIST_H

#include <complex.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NIST_MOST 256

/* Complex, so that a derivative is the imaginary part of a step along i: exact to rounding. */
typedef double complex nist_model(double x, const double complex *b);

typedef struct nist_problem {
  nist_model *model;
  int count, parameters;
  double x[NIST_MOST], y[NIST_MOST];
  double start[2][10], certified[10], deviation[10], squares;
} nist_problem;

static double complex misra1a(double x, const double complex *b) {
  return b[0] * (1 - cexp(-b[1] * x));
}
static double complex misra1b(double x, const double complex *b) {
  return b[0] * (1 - cpow(1 + b[1] * x / 2, -2));
}
static double complex chwirut2(double x, const double complex *b) {
  return cexp(-b[0] * x) / (b[1] + b[2] * x);
}
static double complex danwood(double x, const double complex *b) { return b[0] * cpow(x, b[1]); }
static double complex bennett5(double x, const double complex *b) {
  return b[0] * cpow(b[1] + x, -1 / b[2]);
}
static double complex mgh09(double x, const double complex *b) {
  return b[0] * (x * x + x * b[1]) / (x * x + x * b[2] + b[3]);
}
static double complex mgh10(double x, const double complex *b) {
  return b[0] * cexp(b[1] / (x + b[2]));
}
static double complex mgh17(double x, const double complex *b) {
  return b[0] + b[1] * cexp(-x * b[3]) + b[2] * cexp(-x * b[4]);
}
static double complex lanczos3(double x, const double complex *b) {
  return b[0] * cexp(-b[1] * x) + b[2] * cexp(-b[3] * x) + b[4] * cexp(-b[5] * x);
}
static double complex rat42(double x, const double complex *b) {
  return b[0] / (1 + cexp(b[1] - b[2] * x));
}
static double complex rat43(double x, const double complex *b) {
  return b[0] / cpow(1 + cexp(b[1] - b[2] * x), 1 / b[3]);
}
static double complex eckerle4(double x, const double complex *b) {
  const double complex z = (x - b[2]) / b[1];
  return b[0] / b[1] * cexp(-0.5 * z * z);
}
static double complex gauss(double x, const double complex *b) {
  const double complex u = (x - b[3]) / b[4], v = (x - b[6]) / b[7];
  return b[0] * cexp(-b[1] * x) + b[2] * cexp(-u * u) + b[5] * cexp(-v * v);
}
static double complex kirby2(double x, const double complex *b) {
  return (b[0] + x * (b[1] + x * b[2])) / (1 + x * (b[3] + x * b[4]));
}
static double complex thurber(double x, const double complex *b) {
  return (b[0] + x * (b[1] + x * (b[2] + x * b[3]))) / (1 + x * (b[4] + x * (b[5] + x * b[6])));
}
static double complex roszman1(double x, const double complex *b) {
  return b[0] - b[1] * x - catan(b[2] / (x - b[3])) / M_PI;
}
static double complex enso(double x, const double complex *b) {
  const double t = 2 * M_PI * x;
  return b[0] + b[1] * ccos(t / 12) + b[2] * csin(t / 12) + b[4] * ccos(t / b[3]) +
         b[5] * csin(t / b[3]) + b[7] * ccos(t / b[6]) + b[8] * csin(t / b[6]);
}

static const struct nist_entry {
  const char *name;
  nist_model *model;
} nist_entries[] = {
    {"Misra1a", misra1a},   {"Misra1b", misra1b},   {"Chwirut2", chwirut2}, {"DanWood", danwood},
    {"Lanczos3", lanczos3}, {"Gauss1", gauss},      {"Gauss3", gauss},      {"Kirby2", kirby2},
    {"Hahn1", thurber},     {"MGH17", mgh17},       {"Roszman1", roszman1}, {"ENSO", enso},
    {"MGH09", mgh09},       {"Thurber", thurber},   {"BoxBOD", misra1a},    {"Rat42", rat42},
    {"MGH10", mgh10},       {"Eckerle4", eckerle4}, {"Rat43", rat43},       {"Bennett5", bennett5}};
#define NIST_PROBLEMS (sizeof nist_entries / sizeof *nist_entries)

/* Lines 61 on are the data; "b1 = start1 start2 certified deviation" and the residual sum of
 * squares stand before. */
static void nist_read_line(nist_problem *problem, int line, const char *text) {
  static const char label[] = "Residual Sum of Squares:";
  int j;
  double s1, s2, certified, deviation, y, x;
  if (line > 60) {
    if (problem->count < NIST_MOST && sscanf(text, "%lf %lf", &y, &x) == 2) {
      problem->y[problem->count] = y;
      problem->x[problem->count++] = x;
    }
  } else if (strncmp(text, label, sizeof label - 1) == 0) {
    problem->squares = strtod(text + sizeof label - 1, NULL);
  } else if (sscanf(text, " b%d = %lf %lf %lf %lf", &j, &s1, &s2, &certified, &deviation) == 5) {
    problem->start[0][j - 1] = s1;
    problem->start[1][j - 1] = s2;
    problem->certified[j - 1] = certified;
    problem->deviation[j - 1] = deviation;
    problem->parameters = j;
  }
}

/* Returns whether the file of the entry could be read. */
static int nist_read(const struct nist_entry *entry, nist_problem *problem) {
  char path[128], text[256];
  (void)snprintf(path, sizeof path, "tests/data/nist/%s.dat", entry->name);
  FILE *file = fopen(path, "r");
  memset(problem, 0, sizeof *problem);
  problem->model = entry->model;
  if (!file) return 0;
  for (int line = 1; fgets(text, sizeof text, file); line++) nist_read_line(problem, line, text);
  (void)fclose(file);
  return problem->count > 0 && problem->parameters > 0;
}

#endif
