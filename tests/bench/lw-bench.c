/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-bench.h"

#include <cblas.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lw-blas.h"

/* A batch lasts this long at least: a hundred times what reading the clock costs. */
#define BATCH_SECONDS 5e-6
#define MAX_SAMPLES 100000
#define MIN_SAMPLES 20

static double
now (void)
{
  struct timespec ts;
  clock_gettime (CLOCK_MONOTONIC, &ts);
  return (double) ts.tv_sec + 1e-9 * (double) ts.tv_nsec;
}

static int
compare (const void *a, const void *b)
{
  double x = *(const double *) a, y = *(const double *) b;
  return (x > y) - (x < y);
}

static char *
cpu_name (void)
{
  g_autofree char *text = NULL;
  if (g_file_get_contents ("/proc/cpuinfo", &text, NULL, NULL)) {
    const char *at = strstr (text, "model name");
    if (at != NULL && (at = strchr (at, ':')) != NULL) {
      g_auto (GStrv) lines = g_strsplit (at + 1, "\n", 2);
      return g_strescape (g_strstrip (lines[0]), NULL);
    }
  }
  return g_strdup ("unknown");
}

static double
seconds_wanted (void)
{
  const char *text = g_getenv ("LW_BENCH_SECONDS");
  return text != NULL ? g_ascii_strtod (text, NULL) : 0.5;
}

static double
time_batch (LwBenchBody restore, LwBenchBody body, gpointer data, size_t n_calls)
{
  if (restore != NULL)
    restore (data);
  double start = now ();
  for (size_t i = 0; i < n_calls; i++)
    body (data);
  return (now () - start) / (double) n_calls;
}

typedef struct {
  double median, p99; /* us */
  size_t n;
} Times;

static Times
measure (LwBenchBody restore, LwBenchBody body, gpointer data)
{
  double wanted = seconds_wanted ();
  size_t n_calls = 1, n = 0;
  g_autofree double *samples = g_new (double, MAX_SAMPLES);

  lw_blas_set_threads (1);
  double warm_until = now () + 0.1 * wanted;
  do {
    double one = time_batch (restore, body, data, n_calls);
    if (restore == NULL && one * (double) n_calls < BATCH_SECONDS)
      n_calls *= 2;
  } while (now () < warm_until);

  double until = now () + wanted;
  while (n < MAX_SAMPLES && (n < MIN_SAMPLES || now () < until))
    samples[n++] = 1e6 * time_batch (restore, body, data, n_calls);
  qsort (samples, n, sizeof *samples, compare);
  return (Times){ samples[n / 2], samples[n - 1 - n / 100], n };
}

/* ---- floors ---- */

typedef struct {
  size_t  n; /* a square dgemm of this size, or bytes / 2 */
  double *a, *b, *c;
} Floor;

static void
dgemm_body (gpointer data)
{
  const Floor *f = data;
  int n = (int) f->n;
  cblas_dgemm (CblasRowMajor, CblasNoTrans, CblasNoTrans, n, n, n, 1, f->a, n, f->b, n, 0, f->c, n);
}

static void
memcpy_body (gpointer data)
{
  const Floor *f = data;
  memcpy (f->c, f->a, f->n);
}

/* Above the largest size the rate no longer changes: time is in proportion then. */
static double
floor_median (LwBenchFloor floor)
{
  bool copies = floor.kind == LW_BENCH_MEMCPY;
  size_t n = copies ? (size_t) CLAMP (floor.amount, 64, 1 << 26) : (size_t) CLAMP (lround (cbrt (floor.amount / 2)), 2, 768);
  size_t bytes = copies ? n : n * n * sizeof (double);
  Floor f = { n, g_malloc0 (bytes), copies ? NULL : g_malloc0 (bytes), g_malloc0 (bytes) };
  double done = copies ? (double) n : 2 * pow ((double) n, 3);
  double median = measure (NULL, copies ? memcpy_body : dgemm_body, &f).median * floor.amount / done;

  g_free (f.a);
  g_free (f.b);
  g_free (f.c);
  return median;
}

static void
print_line (const char *name, const char *sizes, const Times *times, const char *extra)
{
  g_autofree char *cpu = cpu_name ();

  printf ("{\"name\": \"%s\", \"sizes\": \"%s\", \"median\": %.4g, \"p99\": %.4g, \"unit\": \"us\", %s\"samples\": %zu, \"build\": \"%s\", "
          "\"cpu\": \"%s\"}\n",
          name, sizes, times->median, times->p99, extra, times->n, LW_BUILD_TYPE, cpu);
  fflush (stdout);
}

void
lw_bench_run (const char *name, const char *sizes, LwBenchBody restore, LwBenchBody body, gpointer data)
{
  Times times = measure (restore, body, data);
  print_line (name, sizes, &times, "");
}

void
lw_bench_run_floor (const char *name, const char *sizes, LwBenchFloor floor, LwBenchBody restore, LwBenchBody body, gpointer data)
{
  Times times = measure (restore, body, data);
  double least = floor_median (floor);
  g_autofree char *extra = g_strdup_printf ("\"floor\": \"%s\", \"floor_median\": %.4g, \"ratio\": %.4g, ",
                                            floor.kind == LW_BENCH_DGEMM ? "dgemm" : "memcpy", least, times.median / least);
  print_line (name, sizes, &times, extra);
}
