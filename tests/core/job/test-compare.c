/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-test-watch.h"

#include "lw-blas.h"
#include "lw-compare.h"
#include "lw-published.h"
#include "lw-task-set.h"

static void
add_algorithm (LwCompareSettings *settings, const char *text)
{
  GError *error = NULL;

  g_assert_true (lw_compare_settings_add_algorithm (settings, text, &error));
  g_assert_no_error (error);
}

/* Two tasks, three algorithms, small enough for a second. */
static void
small (LwCompareSettings *settings, uint64_t first, uint64_t last)
{
  lw_compare_settings_init (settings);
  lw_compare_settings_add_task (settings, "reacher-2", NULL, NULL);
  lw_compare_settings_add_task (settings, "reacher-1", NULL, NULL);
  add_algorithm (settings, "lampo");
  add_algorithm (settings, "lampo:published");
  add_algorithm (settings, "tight=lampo");
  g_assert_true (lw_compare_settings_set (settings, "tight:kl_bound=0.0005", NULL));
  settings->first_seed = first;
  settings->last_seed = last;
  settings->iterations = 2;
  settings->episodes = 10;
  settings->evaluate = 20;
  settings->demonstrations = 30;
}

static LwCompareTable *
run (const LwCompareSettings *settings)
{
  g_autofree char *arms = lw_test_data_path ("arms");
  GError *error = NULL;
  LwCompareTable *table = lw_compare_run (settings, arms, NULL, NULL, NULL, &error);

  g_assert_no_error (error);
  return table;
}

static char *
bytes_of (const LwCompareTable *table)
{
  return lw_compare_table_to_json (table, FALSE, NULL);
}

static const LwCompareRow *
row_at (const LwCompareTable *table, guint i)
{
  return &g_array_index (table->rows, LwCompareRow, i);
}

/* The row of task, algorithm, seed and iteration. */
static const LwCompareRow *
find (const LwCompareTable *table, const char *task, const char *algorithm, uint64_t seed, guint iteration)
{
  for (guint i = 0; i < table->rows->len; i++)
    {
      const LwCompareRow *row = row_at (table, i);

      if (g_str_equal (row->task, task) && g_str_equal (row->algorithm, algorithm) && row->seed == seed
          && row->iteration == iteration)
        return row;
    }
  g_assert_not_reached ();
}

/* ---- the same bits ---- */

static void
test_threads (void)
{
  LwCompareSettings settings;
  g_autofree char *alone = NULL;

  small (&settings, 1, 3);
  for (guint jobs = 1; jobs <= 5; jobs += 2)
    {
      g_autoptr (LwCompareTable) table = NULL;
      g_autofree char *bytes = NULL;

      settings.jobs = jobs;
      table = run (&settings);
      g_assert_cmpuint (table->rows->len, ==, 2 * 3 * 3 * 3);
      g_assert_true (lw_compare_table_is_complete (table));
      for (guint i = 0; i < table->rows->len; i++) /* by task, algorithm, seed, iteration, as they were given */
        {
          static const char *const tasks[] = { "reacher-2", "reacher-1" },
                                  *const algorithms[] = { "lampo", "lampo:published", "tight" };

          g_assert_cmpstr (row_at (table, i)->task, ==, tasks[i / 27]);
          g_assert_cmpstr (row_at (table, i)->algorithm, ==, algorithms[i / 9 % 3]);
          g_assert_cmpuint (row_at (table, i)->seed, ==, 1 + i / 3 % 3);
          g_assert_cmpuint (row_at (table, i)->iteration, ==, i % 3);
        }
      bytes = bytes_of (table);
      if (alone == NULL)
        alone = g_steal_pointer (&bytes);
      else
        g_assert_cmpstr (bytes, ==, alone);
    }
  lw_compare_settings_clear (&settings);
}

static void
test_split_and_merged (void)
{
  LwCompareSettings settings;
  g_autoptr (LwCompareTable) whole = NULL, low = NULL, high = NULL, merged = NULL;
  static const char *const names[] = { "high", "low" };
  g_autofree char *a = NULL, *b = NULL;

  small (&settings, 4, 7);
  whole = run (&settings);
  settings.last_seed = 5;
  low = run (&settings);
  settings.first_seed = 6;
  settings.last_seed = 7;
  settings.jobs = 1;
  high = run (&settings);
  merged = lw_compare_table_merge ((LwCompareTable *const[]){ high, low }, names, 2, NULL);
  a = bytes_of (whole);
  b = bytes_of (merged);
  g_assert_cmpstr (a, ==, b);
  lw_compare_settings_clear (&settings);
}

/* ---- side by side ---- */

/* Algorithms that start from the same model are the same policy at iteration 0, on the same contexts with the same draws. */
static void
test_same_start (void)
{
  LwCompareSettings settings;
  g_autoptr (LwCompareTable) table = NULL;

  small (&settings, 1, 2);
  table = run (&settings);
  for (uint64_t seed = 1; seed <= 2; seed++)
    g_assert_true (find (table, "reacher-2", "lampo", seed, 0)->mean_return
                   == find (table, "reacher-2", "tight", seed, 0)->mean_return);
  g_assert_true (find (table, "reacher-2", "lampo", 1, 2)->mean_return != find (table, "reacher-2", "tight", 1, 2)->mean_return);
  g_assert_true (find (table, "reacher-2", "tight", 1, 1)->kl <= 0.0005 * (1.0 + 1e-6));
  g_assert_true (find (table, "reacher-2", "lampo", 1, 0)->mean_return != find (table, "reacher-2", "lampo", 2, 0)->mean_return);
  lw_compare_settings_clear (&settings);
}

/* The contexts of all training episodes, run by run. */
static void
test_same_contexts (void)
{
  const char *const *names = lw_learner_names ();
  g_autoptr (GPtrArray) first = NULL;
  TestRun run;

  test_run_init (&run, "reacher-3");
  run.settings.iterations = 3;
  run.settings.evaluate = 2;
  for (guint i = 0; i == 0 || names[i - 1] != NULL; i++) /* all of them, and the first once more with other settings */
    {
      const char *name = names[i] != NULL ? names[i] : names[0];
      g_autoptr (GPtrArray) episodes = NULL;
      TestProject project;
      TestWatch watch;

      g_assert_true (lw_learn_settings_set_algorithm (&run.settings, run.task, name, NULL));
      if (names[i] == NULL)
        g_assert_true (lw_learn_settings_set_published (&run.settings, NULL));
      run.settings.episodes = 12;
      test_project_init (&project);
      test_watch_init (&watch);
      g_assert_true (test_learn_here (&run, project.project, lw_skill_save (run.skill, project.project, NULL), &watch));
      episodes = lw_project_load_episodes (project.project, 1, NULL);
      g_assert_cmpuint (episodes->len, ==, 3 * 12);
      for (guint e = 0; first != NULL && e < episodes->len; e++)
        {
          const LwEpisode *a = g_ptr_array_index (first, e), *b = g_ptr_array_index (episodes, e);

          g_assert_cmpmem (a->context, a->n_context * sizeof (double), b->context, b->n_context * sizeof (double));
        }
      if (first == NULL)
        first = g_steal_pointer (&episodes);
      test_watch_clear (&watch);
      test_project_clear (&project);
    }
  test_run_clear (&run);
}

/* A row is what the learning run of the same seed and model says: there is no second loop. */
static void
test_rows_are_runs (void)
{
  LwCompareSettings settings;
  g_autoptr (LwCompareTable) table = NULL;
  g_autoptr (LwDemonstrations) set = NULL;
  g_autoptr (LwSkill) skill = NULL;
  TestRun learn;
  TestWatch watch;
  LwFitSettings fit;

  small (&settings, 3, 3);
  table = run (&settings);
  test_run_init (&learn, "reacher-2");
  set = lw_task_set_make (learn.task, 30, 20, 3, NULL);
  lw_fit_settings_init (&fit);
  fit.seed = 3;
  g_assert_true (lw_fit_settings_set_published (&fit, "reacher-2", NULL));
  skill = lw_skill_fit (set, &fit, NULL, NULL, NULL, NULL);
  g_assert_true (lw_learn_settings_set_published (&learn.settings, NULL));
  learn.settings.episodes = 10;
  learn.settings.evaluate = 20;
  learn.settings.iterations = 2;
  learn.settings.seed = 3;
  lw_skill_unref (learn.skill);
  learn.skill = lw_skill_ref (skill);
  test_watch_init (&watch);
  g_assert_true (test_learn_here (&learn, NULL, 0, &watch));
  for (guint i = 0; i < 3; i++)
    {
      const LwCompareRow *row = find (table, "reacher-2", "lampo:published", 3, i);
      LwIteration it;

      g_assert_true (lw_iteration_from_json (g_ptr_array_index (watch.lines, i), &it, NULL));
      g_assert_true (row->mean_return == it.mean_return);
      g_assert_true (row->return_ci95 == it.return_ci95);
      g_assert_cmpuint (row->episodes, ==, it.episodes);
      g_assert_true (i == 0 ? isnan (row->kl) : row->kl == it.report.kl && row->J == it.report.J && row->ess == it.report.ess);
    }
  test_watch_clear (&watch);
  test_run_clear (&learn);
  lw_compare_settings_clear (&settings);
}

/* Demonstrations of a file are drawn by seed; all of them when no number is asked for. */
static void
test_file_is_drawn (void)
{
  LwCompareSettings settings;
  g_autofree char *arms = lw_test_data_path ("arms");
  LwTask *task = lw_task_new ("reacher-1", arms, NULL);
  g_autoptr (LwCompareTable) some = NULL, all = NULL;
  g_autofree char *json = NULL;

  lw_compare_settings_init (&settings);
  lw_compare_settings_add_task (&settings, "reacher-1", lw_task_set_make (task, 60, 20, 9, NULL), "nine.npy");
  add_algorithm (&settings, "lampo");
  settings.last_seed = 2;
  settings.iterations = 0;
  settings.evaluate = 20;
  settings.demonstrations = 12;
  some = run (&settings);
  settings.demonstrations = 0;
  all = run (&settings);
  g_assert_cmpuint (some->rows->len, ==, 2);
  g_assert_true (row_at (some, 0)->mean_return != row_at (all, 0)->mean_return);
  json = bytes_of (some);
  g_assert_nonnull (strstr (
    json,
    "\"reacher-1/demonstrations\":12,\"reacher-1/demonstrations_file\":\"nine.npy\",\"reacher-1/demonstrations_sha256\":\""));
  settings.demonstrations = 61;
  {
    GError *error = NULL;

    g_assert_false (lw_compare_check (&settings, arms, &error));
    g_assert_cmpstr (error->message, ==, "nine.npy: 61 demonstrations are asked for; there are 60");
    g_clear_error (&error);
  }
  lw_compare_settings_clear (&settings);
  lw_task_free (task);
}

/* ---- what goes wrong ---- */

/* One task's demonstrations have a hole: its runs are rows with the reason, the other task's are untouched. */
static void
test_failed_runs (void)
{
  LwCompareSettings settings, sound;
  g_autofree char *arms = lw_test_data_path ("arms");
  LwTask *task = lw_task_new ("reacher-2", arms, NULL);
  LwDemonstrations *set = lw_task_set_make (task, 30, 20, 9, NULL);
  g_autoptr (LwCompareTable) table = NULL, reference = NULL;
  g_autoptr (GArray) summary = NULL;

  small (&sound, 1, 2);
  reference = run (&sound);
  lw_mat_set (&set->contexts, 4, 1, NAN);
  small (&settings, 1, 2);
  ((LwCompareTask *) g_ptr_array_index (settings.tasks, 0))->set = set;
  table = run (&settings);
  g_assert_cmpuint (lw_compare_table_count_failed (table), ==, 3 * 2);
  g_assert_true (lw_compare_table_is_complete (table));
  for (guint i = 0; i < 6; i++)
    {
      g_assert_cmpstr (row_at (table, i)->error, ==, "Demonstration 5: the context “y” is missing");
      g_assert_cmpuint (row_at (table, i)->iteration, ==, 0);
      g_assert_true (isnan (row_at (table, i)->mean_return));
    }
  for (guint i = 6; i < table->rows->len; i++)
    g_assert_true (
      row_at (table, i)->mean_return
      == find (reference, "reacher-1", row_at (table, i)->algorithm, row_at (table, i)->seed, row_at (table, i)->iteration)
           ->mean_return);
  g_assert_cmpuint (table->rows->len, ==, 6 + 3 * 2 * 3);
  summary = lw_compare_table_summarise (table);
  g_assert_cmpuint (summary->len, ==, 3 * 3);
  lw_compare_settings_clear (&settings);
  lw_compare_settings_clear (&sound);
  lw_task_free (task);
}

typedef struct { atomic_bool stop; guint n_told; double last; gboolean falls; } Stopper;

static void
stop_after_some (const LwCompareProgress *p, gpointer data)
{
  Stopper *self = data;

  self->falls = self->falls || p->fraction < self->last || p->fraction > 1.0 + 1e-12 || p->n != 2 * 3 * 4;
  self->last = p->fraction;
  self->n_told++;
  if (p->done >= 4)
    atomic_store (&self->stop, true);
}

/* What was done before the stop is there to the bit; what was not says so. */
static void
test_stop (void)
{
  LwCompareSettings settings;
  g_autofree char *arms = lw_test_data_path ("arms"), *json = NULL;
  g_autoptr (LwCompareTable) whole = NULL, part = NULL;
  Stopper stopper = { .last = 0.0 };
  guint stopped = 0;

  small (&settings, 1, 4);
  whole = run (&settings);
  atomic_init (&stopper.stop, false);
  part = lw_compare_run (&settings, arms, stop_after_some, &stopper, &stopper.stop, NULL);
  g_assert_false (stopper.falls);
  g_assert_cmpuint (stopper.n_told, >, 4);
  g_assert_false (lw_compare_table_is_complete (part));
  g_assert_cmpuint (lw_compare_table_count_failed (part), ==, 0);
  for (guint i = 0; i < part->rows->len; i++)
    {
      const LwCompareRow *row = row_at (part, i);

      if (row->error != NULL)
        stopped++;
      else
        g_assert_true (row->mean_return == find (whole, row->task, row->algorithm, row->seed, row->iteration)->mean_return);
    }
  g_assert_cmpuint (stopped, >, 0);
  g_assert_cmpuint (stopped, <=, 2 * 3 * 4 - 4);
  json = bytes_of (part);
  g_assert_nonnull (strstr (json, "\"complete\":false"));
  lw_compare_settings_clear (&settings);
}

static void
assert_refused (LwCompareSettings *settings, const char *words)
{
  g_autofree char *arms = lw_test_data_path ("arms");
  g_autoptr (GError) error = NULL;

  g_assert_null (lw_compare_run (settings, arms, NULL, NULL, NULL, &error));
  g_assert_nonnull (strstr (error->message, words));
  lw_compare_settings_clear (settings);
}

static void
test_refused (void)
{
  LwCompareSettings settings;

  small (&settings, 1, 1);
  lw_compare_settings_add_task (&settings, "knitting", NULL, NULL);
  assert_refused (&settings, "knitting");
  small (&settings, 1, 1);
  lw_compare_settings_add_task (&settings, "reacher-1", NULL, NULL);
  assert_refused (&settings, "twice");
  small (&settings, 2, 1);
  assert_refused (&settings, "seeds 2 to 1");
  small (&settings, UINT64_MAX - 1, UINT64_MAX); /* counting up to the last would never end */
  assert_refused (&settings, "seeds 18446744073709551614 to 18446744073709551615");
  small (&settings, 0, 1000000);
  assert_refused (&settings, "seeds 0 to 1000000");
  small (&settings, 1, 1);
  g_assert_true (lw_compare_settings_set (&settings, "tight:no_such=1", NULL));
  assert_refused (&settings, "tight: lampo has no setting “no_such”");
  small (&settings, 1, 1);
  g_assert_true (lw_compare_settings_set (&settings, "lampo:kl_bound=-1", NULL));
  assert_refused (&settings, "lampo: kl_bound is -1");
  small (&settings, 1, 1);
  settings.K = 31;
  assert_refused (&settings, "31 components");
  small (&settings, 1, 1);
  lw_compare_settings_add_task (&settings, "reach-target", lw_demonstrations_new (40, 7, 2), "flat.csv");
  assert_refused (&settings, "flat.csv: 2 context columns; the task “reach-target” has 3");
  lw_compare_settings_init (&settings);
  assert_refused (&settings, "a task and an algorithm");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  lw_blas_set_threads (1);
  g_test_add_func ("/compare/threads", test_threads);
  g_test_add_func ("/compare/split-and-merged", test_split_and_merged);
  g_test_add_func ("/compare/same-start", test_same_start);
  g_test_add_func ("/compare/same-contexts", test_same_contexts);
  g_test_add_func ("/compare/rows-are-runs", test_rows_are_runs);
  g_test_add_func ("/compare/file-is-drawn", test_file_is_drawn);
  g_test_add_func ("/compare/failed-runs", test_failed_runs);
  g_test_add_func ("/compare/stop", test_stop);
  g_test_add_func ("/compare/refused", test_refused);
  return g_test_run ();
}
