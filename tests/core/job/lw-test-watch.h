/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-test-job.h"

/* Listens to a run and acts at a chosen moment: once, when the phase, iteration and episode are reached. All on the run's thread. */
typedef struct TestWatch TestWatch;

struct TestWatch {
  GPtrArray   *lines;    /* JSON without timing, an iteration each */
  GPtrArray   *reports;  /* the same with timing */
  GArray      *returns;  /* of double: training rewards, in order */
  LwLearnPhase phase;
  guint        iteration, episode;
  void       (*act) (LwLearnRun *run, TestWatch *self);
  gint64       acted_at;
  gint64       ended_at;
  guint        n_ended;
  gboolean     stopped;
  GError      *error;
  atomic_bool  paused; /* a pause was seen */
};

static inline void
test_watch_iteration (LwLearnRun *run, const LwIteration *it, gpointer data)
{
  TestWatch *self = data;

  g_ptr_array_add (self->lines, lw_iteration_to_json (it, FALSE));
  g_ptr_array_add (self->reports, lw_iteration_to_json (it, TRUE));
  g_array_append_vals (self->returns, it->returns, (guint) it->n_returns);
}

static inline void
test_watch_progress (LwLearnRun *run, const LwLearnProgress *progress, gpointer data)
{
  TestWatch *self = data;

  if (progress->phase == LW_LEARN_PAUSED)
    atomic_store (&self->paused, true);
  if (self->act == NULL || self->acted_at != 0 || progress->phase != self->phase || progress->iteration != self->iteration
      || progress->episode < self->episode)
    return;
  self->acted_at = g_get_monotonic_time ();
  self->act (run, self);
}

static inline void
test_watch_ended (LwLearnRun *run, const GError *error, gboolean stopped, gpointer data)
{
  TestWatch *self = data;

  self->ended_at = g_get_monotonic_time ();
  self->n_ended++;
  self->stopped = stopped;
  self->error = error != NULL ? g_error_copy (error) : NULL;
}

static const LwLearnObserver test_watcher = { test_watch_iteration, test_watch_progress, test_watch_ended };

static inline void
test_watch_init (TestWatch *self)
{
  *self = (TestWatch){ .lines = g_ptr_array_new_with_free_func (g_free), .reports = g_ptr_array_new_with_free_func (g_free),
                       .returns = g_array_new (FALSE, FALSE, sizeof (double)) };
  atomic_init (&self->paused, false);
}

static inline void
test_watch_clear (TestWatch *self)
{
  g_ptr_array_unref (self->lines);
  g_ptr_array_unref (self->reports);
  g_array_unref (self->returns);
  g_clear_error (&self->error);
}

static inline void
test_watch_assert_same (const TestWatch *a, const TestWatch *b)
{
  g_assert_cmpuint (a->lines->len, ==, b->lines->len);
  for (guint i = 0; i < a->lines->len; i++)
    g_assert_cmpstr (g_ptr_array_index (a->lines, i), ==, g_ptr_array_index (b->lines, i));
}

static inline LwLearnRun *
test_learn_new (TestRun *self, LwProject *project, gint64 model, TestWatch *watch)
{
  GError *error = NULL;
  LwLearnRun *run = lw_learn_run_new (self->task, self->skill, self->runner, self->arms, &self->settings, project, model, &test_watcher, watch, &error);

  g_assert_no_error (error);
  return run;
}

/* From beginning to end on this thread; TRUE unless it failed or was stopped. */
static inline gboolean
test_learn_here (TestRun *self, LwProject *project, gint64 model, TestWatch *watch)
{
  LwLearnRun *run = test_learn_new (self, project, model, watch);
  gboolean ok = lw_learn_run_here (run, NULL);

  lw_learn_run_free (run);
  return ok;
}

/* The only run of @project. */
static inline LwRunInfo *
test_only_run (LwProject *project)
{
  GError *error = NULL;
  g_autoptr (GPtrArray) runs = lw_project_list_runs (project, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (runs->len, ==, 1);
  return g_ptr_array_steal_index (runs, 0);
}
