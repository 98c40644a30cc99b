/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/* Timing for bench-*.c, run by "meson test --benchmark": never part of the plain tests, no assertion on time. A bench asserts
 * that the result on its own input is right, then times it. Linear algebra runs on one core. */

typedef void (*LwBenchBody) (gpointer data);

/* Warms up, then times @body on @data for about half a second (LW_BENCH_SECONDS overrides) and prints one JSON line: name,
 * sizes, median and p99 of a call in microseconds, samples, build type, CPU. @restore (nullable) puts @data back before every
 * call and is not timed; without it calls too short for the clock are timed in batches. */
void lw_bench_run (const char *name, const char *sizes, LwBenchBody restore, LwBenchBody body, gpointer data);

/* What the same amount of work costs at best, measured in the same run: a dgemm of as many floating-point operations, or a memcpy of as many bytes. */
typedef enum { LW_BENCH_DGEMM, LW_BENCH_MEMCPY } LwBenchFloorKind;
typedef struct {
  LwBenchFloorKind kind;
  double           amount; /* operations, or bytes */
} LwBenchFloor;

/* As lw_bench_run(); the line also has the floor's name, its median and the ratio to it. */
void lw_bench_run_floor (const char *name, const char *sizes, LwBenchFloor floor, LwBenchBody restore, LwBenchBody body, gpointer data);
