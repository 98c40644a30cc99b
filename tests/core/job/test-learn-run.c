/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-test-watch.h"

/* ---- the same bits ---- */

static void
pause_run (LwLearnRun *run, TestWatch *watch)
{
  lw_learn_run_pause (run, TRUE);
}

static void
test_same_seed_same_bits (void)
{
  TestRun run;
  TestWatch alone, beside[2], other;
  LwLearnRun *beside_runs[2];
  LwRunner *first, *second; /* a runner is one run's */

  test_run_init (&run, "reacher-2");
  first = run.runner;
  second = lw_runner_kinematic_new (run.task, run.arms, NULL);
  test_watch_init (&alone);
  g_assert_true (test_learn_here (&run, NULL, 0, &alone));
  g_assert_cmpuint (alone.lines->len, ==, run.settings.iterations + 1);
  g_assert_cmpuint (alone.n_ended, ==, 1);
  g_assert_false (alone.stopped);
  g_assert_null (alone.error);

  /* Two at once, one of them paused in the middle of its third iteration. */
  for (int i = 0; i < 2; i++)
    {
      test_watch_init (&beside[i]);
      if (i == 1)
        {
          beside[i].phase = LW_LEARN_SAMPLING;
          beside[i].iteration = 3;
          beside[i].episode = 4;
          beside[i].act = pause_run;
        }
      run.runner = i == 0 ? first : second;
      beside_runs[i] = test_learn_new (&run, NULL, 0, &beside[i]);
      lw_learn_run_start (beside_runs[i]);
    }
  while (!atomic_load (&beside[1].paused))
    g_usleep (1000);
  lw_learn_run_pause (beside_runs[1], FALSE);
  for (int i = 0; i < 2; i++)
    {
      lw_learn_run_free (beside_runs[i]);
      g_assert_cmpuint (beside[i].n_ended, ==, 1);
      test_watch_assert_same (&alone, &beside[i]);
    }

  run.runner = first;
  lw_runner_free (second);
  run.settings.seed++;
  test_watch_init (&other);
  g_assert_true (test_learn_here (&run, NULL, 0, &other));
  g_assert_cmpstr (g_ptr_array_index (alone.lines, 0), !=, g_ptr_array_index (other.lines, 0));
  test_watch_clear (&alone);
  test_watch_clear (&beside[0]);
  test_watch_clear (&beside[1]);
  test_watch_clear (&other);
  test_run_clear (&run);
}

/* Fewer test contexts are the first ones of more: iteration by iteration the policy is the same whatever is evaluated. */
static void
test_evaluation_leaves_learning_alone (void)
{
  TestRun run;
  TestWatch many, none;

  test_run_init (&run, "reacher-1");
  test_watch_init (&many);
  test_watch_init (&none);
  g_assert_true (test_learn_here (&run, NULL, 0, &many));
  run.settings.evaluate = 0;
  g_assert_true (test_learn_here (&run, NULL, 0, &none));
  g_assert_cmpuint (many.returns->len, ==, none.returns->len);
  g_assert_cmpmem (many.returns->data, many.returns->len * sizeof (double), none.returns->data, none.returns->len * sizeof (double));
  g_assert_nonnull (strstr (g_ptr_array_index (none.lines, 1), "\"return\":null"));
  test_watch_clear (&many);
  test_watch_clear (&none);
  test_run_clear (&run);
}

/* ---- settings ---- */

static void
ask_for_less (LwLearnRun *run, TestWatch *watch)
{
  g_assert_false (lw_learn_run_set (run, "kl_bound", -1.0));
  g_assert_false (lw_learn_run_set (run, "kl_direction", 0.5));
  g_assert_false (lw_learn_run_set (run, "no_such_setting", 1.0));
  g_assert_true (lw_learn_run_set (run, "kl_bound", 0.04));
  g_assert_true (lw_learn_run_set (run, "kl_bound", 0.01)); /* where the slider came to rest */
}

static void
test_setting_acts_at_the_next (void)
{
  TestRun run;
  TestWatch watch;
  TestProject place;
  g_autoptr (GArray) changes = NULL;

  test_run_init (&run, "reacher-2");
  test_project_init (&place);
  test_watch_init (&watch);
  watch.phase = LW_LEARN_SAMPLING;
  watch.iteration = 2;
  watch.episode = 3;
  watch.act = ask_for_less;
  g_assert_true (test_learn_here (&run, place.project, 0, &watch));
  for (guint i = 1; i <= 4; i++)
    g_assert_nonnull (strstr (g_ptr_array_index (watch.lines, i), i <= 2 ? "\"kl_bound\":0.20000000000000001," : "\"kl_bound\":0.01,"));
  changes = lw_project_load_setting_changes (place.project, 1, NULL);
  g_assert_cmpuint (changes->len, ==, 1);
  g_assert_cmpuint (g_array_index (changes, LwSettingChange, 0).iteration, ==, 3);
  g_assert_cmpstr (g_array_index (changes, LwSettingChange, 0).name, ==, "kl_bound");
  g_assert_true (g_array_index (changes, LwSettingChange, 0).value == 0.01);
  test_watch_clear (&watch);
  test_project_clear (&place);
  test_run_clear (&run);
}

static void
ask_for_more_components (LwLearnRun *run, TestWatch *watch)
{
  g_assert_false (lw_learn_run_set (run, "components", 3.0)); /* the episodes so far belong to two */
  g_assert_true (lw_learn_run_set (run, "kl_bound", 0.25));
}

/* An algorithm other than LAMPO: what it has no number for is null, and its size is settled once the run goes. */
static void
test_another_algorithm (void)
{
  TestRun run;
  TestWatch watch;
  TestProject place;

  test_run_init (&run, "reacher-2");
  test_project_init (&place);
  test_watch_init (&watch);
  g_assert_true (lw_learn_settings_set_algorithm (&run.settings, run.task, "ct", NULL));
  watch.phase = LW_LEARN_SAMPLING;
  watch.iteration = 1;
  watch.episode = 3;
  watch.act = ask_for_more_components;
  g_assert_true (test_learn_here (&run, place.project, 0, &watch));
  for (guint i = 1; i <= 4; i++)
    {
      const char *line = g_ptr_array_index (watch.lines, i);

      g_assert_nonnull (strstr (line, i == 1 ? "\"kl_bound\":1," : "\"kl_bound\":0.25,"));
      g_assert_nonnull (strstr (line, "\"context_kl\":null"));
      g_assert_nonnull (strstr (line, "EM settled"));
    }
  test_watch_clear (&watch);
  test_project_clear (&place);
  test_run_clear (&run);
}

/* ---- ends ---- */

static void
stop_run (LwLearnRun *run, TestWatch *watch)
{
  lw_learn_run_stop (run);
}

static void
end_run (LwLearnRun *run, TestWatch *watch)
{
  lw_learn_run_end (run);
}

static void
test_stop_inside_the_optimiser (void)
{
  TestRun run;
  TestWatch watch;
  TestProject place;
  LwRunInfo *info;

  test_run_init (&run, "reacher-4");
  test_project_init (&place);
  test_watch_init (&watch);
  watch.phase = LW_LEARN_IMPROVING;
  watch.iteration = 2;
  watch.act = stop_run;
  g_assert_false (test_learn_here (&run, place.project, 0, &watch));
  g_assert_true (watch.stopped);
  g_assert_null (watch.error);
  g_assert_cmpuint (watch.n_ended, ==, 1);
  g_assert_cmpint (watch.ended_at - watch.acted_at, <, 100000);
  info = test_only_run (place.project);
  g_assert_cmpstr (info->ended, ==, "stopped");
  g_assert_cmpuint (info->n_iterations, ==, 2);
  g_assert_cmpuint (info->n_episodes, ==, 2 * run.settings.episodes);
  g_assert_cmpuint (watch.lines->len, ==, 2);
  lw_run_info_free (info);
  test_watch_clear (&watch);
  test_project_clear (&place);
  test_run_clear (&run);
}

static void
test_stop_while_paused (void)
{
  TestRun run;
  TestWatch watch;
  LwLearnRun *learning;

  test_run_init (&run, "reacher-1");
  test_watch_init (&watch);
  learning = test_learn_new (&run, NULL, 0, &watch);
  lw_learn_run_pause (learning, TRUE);
  lw_learn_run_start (learning);
  while (!atomic_load (&watch.paused))
    g_usleep (1000);
  lw_learn_run_stop (learning);
  lw_learn_run_free (learning);
  g_assert_true (watch.stopped);
  g_assert_cmpuint (watch.lines->len, ==, 1); /* imitation was evaluated; no episode was begun */
  g_assert_cmpuint (watch.returns->len, ==, 0);
  test_watch_clear (&watch);
  test_run_clear (&run);
}

/* End finishes the episode in hand and keeps the last whole policy. */
static void
test_end (void)
{
  TestRun run;
  TestWatch watch;
  TestProject place;
  LwRunInfo *info;

  test_run_init (&run, "reacher-2");
  test_project_init (&place);
  test_watch_init (&watch);
  watch.phase = LW_LEARN_SAMPLING;
  watch.iteration = 3;
  watch.episode = 5;
  watch.act = end_run;
  g_assert_true (test_learn_here (&run, place.project, 0, &watch));
  g_assert_false (watch.stopped);
  g_assert_cmpuint (watch.lines->len, ==, 3);
  info = test_only_run (place.project);
  g_assert_cmpstr (info->ended, ==, "ended");
  g_assert_cmpuint (info->n_iterations, ==, 3);
  g_assert_cmpuint (info->n_episodes, ==, 2 * run.settings.episodes + 5);
  lw_run_info_free (info);
  test_watch_clear (&watch);
  test_project_clear (&place);
  test_run_clear (&run);
}

/* ---- what is stored ---- */

static void
test_project_equals_what_was_told (void)
{
  TestRun run;
  TestWatch watch;
  TestProject place;
  LwRunInfo *info;
  g_autoptr (GPtrArray) reports = NULL, episodes = NULL;
  gint64 model;

  test_run_init (&run, "reacher-obstacle");
  test_project_init (&place);
  test_watch_init (&watch);
  run.settings.iterations = 2;
  model = lw_skill_save (run.skill, place.project, NULL);
  g_assert_true (test_learn_here (&run, place.project, model, &watch));
  test_project_close (&place);
  test_project_open (&place);

  info = test_only_run (place.project);
  g_assert_cmpint (info->model, ==, model);
  g_assert_cmpstr (info->ended, ==, "complete");
  reports = lw_project_load_reports (place.project, info->id, NULL);
  g_assert_cmpuint (reports->len, ==, watch.reports->len);
  for (guint i = 0; i < reports->len; i++)
    g_assert_cmpstr (g_ptr_array_index (reports, i), ==, g_ptr_array_index (watch.reports, i));
  episodes = lw_project_load_episodes (place.project, info->id, NULL);
  g_assert_cmpuint (episodes->len, ==, watch.returns->len);
  for (guint i = 0; i < episodes->len; i++)
    {
      const LwEpisode *e = g_ptr_array_index (episodes, i);

      g_assert_cmpuint (e->iteration, ==, 1 + i / run.settings.episodes);
      g_assert_cmpuint (e->episode, ==, i % run.settings.episodes);
      g_assert_true (e->reward == g_array_index (watch.returns, double, i));
      g_assert_cmpint (e->success, >=, 0);
      g_assert_cmpuint (e->n_movement, ==, run.skill->params.cols);
      g_assert_cmpuint (e->n_context, ==, 2);
      g_assert_false (e->aborted);
      g_assert_cmpint (e->rollout, ==, 0);
    }
  lw_run_info_free (info);
  test_watch_clear (&watch);
  test_project_clear (&place);
  test_run_clear (&run);
}

/* A run repeats from its own record: settings and model out of the project. */
static void
test_repeats_from_its_record (void)
{
  TestRun run;
  TestWatch first, second;
  TestProject place;
  LwRunInfo *info;
  LwSkill *skill;
  LwArrays arrays;
  g_autofree char *settings = NULL;
  GError *error = NULL;

  test_run_init (&run, "reacher-2");
  test_project_init (&place);
  test_watch_init (&first);
  test_watch_init (&second);
  lw_learn_settings_set (&run.settings, "kl_bound", 0.1 + 0.02);
  g_assert_true (test_learn_here (&run, place.project, lw_skill_save (run.skill, place.project, NULL), &first));

  info = test_only_run (place.project);
  settings = lw_project_load_model (place.project, info->model, NULL, &arrays, &error);
  g_assert_no_error (error);
  skill = lw_skill_from_store (settings, &arrays, &error);
  g_assert_no_error (error);
  lw_arrays_clear (&arrays);
  lw_skill_unref (run.skill);
  run.skill = skill;
  lw_learn_settings_clear (&run.settings);
  g_assert_true (lw_learn_settings_from_json (info->settings, &run.settings, &error));
  g_assert_true (test_learn_here (&run, NULL, 0, &second));
  test_watch_assert_same (&first, &second);
  lw_run_info_free (info);
  test_watch_clear (&first);
  test_watch_clear (&second);
  test_project_clear (&place);
  test_run_clear (&run);
}

/* ---- runners that do not do as they are told ---- */

typedef struct {
  LwRunner  base;
  LwRunner *inner;
  guint     n, abort_every, fail_at;
} Unruly;

static gboolean
unruly_run (LwRunner *runner, LwTrajectory *movement, const double *context, const atomic_bool *stop, LwRollout *out, GError **error)
{
  Unruly *self = (Unruly *) runner;

  self->n++;
  if (self->n == self->fail_at)
    {
      g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_ARM, "the cable is out");
      return FALSE;
    }
  if (!lw_runner_run (self->inner, movement, context, stop, out, error))
    return FALSE;
  out->aborted = self->abort_every > 0 && self->n % self->abort_every == 0;
  return TRUE;
}

static const LwRunnerClass unruly_class = { "unruly", unruly_run, NULL };

static void
test_aborted_is_left_out (void)
{
  TestRun run;
  TestWatch watch;
  TestProject place;
  Unruly unruly = { .base.klass = &unruly_class, .abort_every = 3 };
  LwRunner *inner;
  g_autoptr (GPtrArray) episodes = NULL;
  guint n_aborted = 0, n_kept = 0;

  test_run_init (&run, "reacher-2");
  test_project_init (&place);
  test_watch_init (&watch);
  inner = run.runner;
  unruly.inner = inner;
  run.runner = &unruly.base;
  run.settings.iterations = 2;
  g_assert_true (test_learn_here (&run, place.project, 0, &watch));
  g_assert_nonnull (strstr (g_ptr_array_index (watch.lines, 1), "\"episodes\":8,"));
  g_assert_nonnull (strstr (g_ptr_array_index (watch.lines, 2), "\"episodes\":16,"));
  episodes = lw_project_load_episodes (place.project, 1, NULL);
  g_assert_cmpuint (episodes->len, ==, 24);
  for (guint i = 0; i < episodes->len; i++)
    {
      const LwEpisode *e = g_ptr_array_index (episodes, i);

      if (e->aborted)
        {
          n_aborted++;
          g_assert_true (isnan (e->reward));
          g_assert_cmpint (e->success, ==, -1);
        }
      else
        g_assert_true (e->reward == g_array_index (watch.returns, double, n_kept++));
    }
  g_assert_cmpuint (n_aborted, ==, 8);
  g_assert_cmpuint (n_kept, ==, 16);
  run.runner = inner;
  test_watch_clear (&watch);
  test_project_clear (&place);
  test_run_clear (&run);
}

static void
assert_ends_with (guint abort_every, guint fail_at, const char *pattern)
{
  TestRun run;
  TestWatch watch;
  TestProject place;
  Unruly unruly = { .base.klass = &unruly_class, .abort_every = abort_every, .fail_at = fail_at };
  LwRunner *inner;
  LwRunInfo *info;

  test_run_init (&run, "reacher-1");
  test_project_init (&place);
  test_watch_init (&watch);
  inner = run.runner;
  unruly.inner = inner;
  run.runner = &unruly.base;
  g_assert_false (test_learn_here (&run, place.project, 0, &watch));
  g_assert_false (watch.stopped);
  g_assert_nonnull (watch.error);
  g_assert_true (g_pattern_match_simple (pattern, watch.error->message));
  info = test_only_run (place.project);
  g_assert_cmpstr (info->ended, ==, watch.error->message);
  g_assert_cmpuint (info->n_iterations, ==, 1);
  lw_run_info_free (info);
  run.runner = inner;
  test_watch_clear (&watch);
  test_project_clear (&place);
  test_run_clear (&run);
}

static void
test_failures_are_told (void)
{
  assert_ends_with (0, 7, "the cable is out");
  assert_ends_with (1, 0, "All episodes of iteration 1 were aborted*");
}

static void
test_refusals (void)
{
  TestRun two;
  g_autoptr (GError) error = NULL;
  g_autofree char *arms = lw_test_data_path ("arms");
  LwTask *reach = lw_task_new ("reach-target", arms, NULL);

  test_run_init (&two, "reacher-2");
  g_assert_null (lw_learn_run_new (reach, two.skill, two.runner, arms, &two.settings, NULL, 0, NULL, NULL, &error));
  g_assert_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT);
  g_clear_error (&error);
  two.settings.episodes = 0;
  g_assert_null (lw_learn_run_new (two.task, two.skill, two.runner, arms, &two.settings, NULL, 0, NULL, NULL, &error));
  g_assert_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT);
  g_clear_error (&error);
  two.settings.episodes = 1;
  g_assert_null (lw_learn_run_new (two.task, two.skill, two.runner, "/no/such/folder", &two.settings, NULL, 0, NULL, NULL, &error));
  g_assert_error (error, LW_JOB_ERROR, LW_JOB_ERROR_ARM);
  test_run_clear (&two);
  lw_task_free (reach);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/learn-run/same-seed-same-bits", test_same_seed_same_bits);
  g_test_add_func ("/learn-run/evaluation-leaves-learning-alone", test_evaluation_leaves_learning_alone);
  g_test_add_func ("/learn-run/setting-acts-at-the-next", test_setting_acts_at_the_next);
  g_test_add_func ("/learn-run/another-algorithm", test_another_algorithm);
  g_test_add_func ("/learn-run/stop-inside-the-optimiser", test_stop_inside_the_optimiser);
  g_test_add_func ("/learn-run/stop-while-paused", test_stop_while_paused);
  g_test_add_func ("/learn-run/end", test_end);
  g_test_add_func ("/learn-run/project-equals-what-was-told", test_project_equals_what_was_told);
  g_test_add_func ("/learn-run/repeats-from-its-record", test_repeats_from_its_record);
  g_test_add_func ("/learn-run/aborted-is-left-out", test_aborted_is_left_out);
  g_test_add_func ("/learn-run/failures-are-told", test_failures_are_told);
  g_test_add_func ("/learn-run/refusals", test_refusals);
  return g_test_run ();
}
