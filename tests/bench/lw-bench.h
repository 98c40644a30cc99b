/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/* Timing for bench-*.c, run by "meson test --benchmark": never part of the plain tests, no assertion on time. A bench asserts
 * that the result on its own input is right, then times it. */

typedef void (*LwBenchBody) (gpointer data);

/* Warms up, then times @body on @data for about half a second (LW_BENCH_SECONDS overrides) and prints one JSON line: name,
 * sizes, median and p99 of a call in microseconds, samples, build type, CPU. @restore (nullable) puts @data back before every
 * call and is not timed; without it calls too short for the clock are timed in batches. */
void lw_bench_run (const char *name, const char *sizes, LwBenchBody restore, LwBenchBody body, gpointer data);
