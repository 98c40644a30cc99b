/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

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

void
lw_bench_run (const char *name, const char *sizes, LwBenchBody restore, LwBenchBody body, gpointer data)
{
  double wanted = seconds_wanted ();
  size_t n_calls = 1, n = 0;
  g_autofree double *samples = g_new (double, MAX_SAMPLES);
  g_autofree char *cpu = cpu_name ();

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
  printf ("{\"name\": \"%s\", \"sizes\": \"%s\", \"median\": %.4g, \"p99\": %.4g, \"unit\": \"us\", \"samples\": %zu, \"build\": \"%s\", "
          "\"cpu\": \"%s\"}\n",
          name, sizes, samples[n / 2], samples[n - 1 - n / 100], n, LW_BUILD_TYPE, cpu);
  fflush (stdout);
}
