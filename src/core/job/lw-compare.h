/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-compare-settings.h"
#include "lw-compare-table.h"

/* Algorithms side by side: every algorithm of every task with every seed is one learning run (LwLearnRun), independent of all
 * others, as many at a time as there are processors. Random streams are named by seed, purpose, iteration and episode, so the
 * algorithms meet the same demonstrations, contexts and noise, and the table has the same bits whatever the number of threads.
 * The model of a task and seed is fitted once and shared. */

typedef struct {
  double fraction; /* 0 to 1 */
  guint  done, n;  /* runs */
} LwCompareProgress;

/* Checks everything that can be known before the first run: tasks, contexts and joints of their sets, algorithms, settings.
 * LW_JOB_ERROR_INPUT, LW_TASK_ERROR. */
gboolean        lw_compare_check (const LwCompareSettings *settings, const char *arms_dir, GError **error);
/* Runs it; BLAS should have one thread (lw_blas_set_threads()), for there is one run a processor already. @progress (nullable) is
 * told on any thread, one call at a time. A run that fails is a row with its error and stops no other. When @stop (nullable) is
 * raised, what goes on ends within an evaluation, and every run that is not done has a row that says LW_COMPARE_STOPPED. NULL
 * with @error only for what lw_compare_check() objects to. Slow: not on the main thread. */
LwCompareTable *lw_compare_run (const LwCompareSettings *settings, const char *arms_dir,
                                void (*progress) (const LwCompareProgress *progress, gpointer data), gpointer data,
                                const atomic_bool *stop, GError **error);
