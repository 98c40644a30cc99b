/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-test-watch.h"

static void
stop_run (LwLearnRun *run, TestWatch *watch)
{
  lw_learn_run_stop (run);
}

static void
ask_for_less (LwLearnRun *run, TestWatch *watch)
{
  g_assert_true (lw_learn_run_set (run, "kl_bound", 0.01));
}

/* Closes and opens the project, reads the model back and goes on with run 1: another start of the program. */
static void
go_on (TestRun *run, TestProject *place, size_t iterations, TestWatch *watch)
{
  LwLearnRun *learning;
  LwArrays arrays;
  g_autofree char *settings = NULL;
  g_autoptr (LwSkill) skill = NULL;
  GError *error = NULL;

  test_project_close (place);
  test_project_open (place);
  settings = lw_project_load_model (place->project, 0, NULL, &arrays, &error);
  g_assert_no_error (error);
  skill = lw_skill_from_store (settings, &arrays, &error);
  g_assert_no_error (error);
  lw_arrays_clear (&arrays);
  learning = lw_learn_run_resume (run->task, skill, run->runner, run->arms, place->project, 1, iterations, &test_watcher, watch, &error);
  g_assert_no_error (error);
  lw_learn_run_here (learning, watch->act == stop_run ? NULL : &error);
  g_assert_no_error (error);
  g_assert_cmpint (lw_learn_run_get_id (learning), ==, 1);
  lw_learn_run_free (learning);
}

/* Everything a project knows of its run that does not tell the time. */
static char *
record_of (LwProject *project)
{
  g_autoptr (GPtrArray) reports = lw_project_load_reports (project, 1, NULL), episodes = lw_project_load_episodes (project, 1, NULL);
  g_autoptr (GArray) changes = lw_project_load_setting_changes (project, 1, NULL);
  GString *out = g_string_new (NULL);
  LwArrays state;

  for (guint i = 0; i < reports->len; i++)
    g_string_append_printf (out, "%.*s\n", (int) (strstr (g_ptr_array_index (reports, i), "\"seconds\"") - (char *) g_ptr_array_index (reports, i)),
                            (const char *) g_ptr_array_index (reports, i));
  for (guint i = 0; i < episodes->len; i++)
    {
      const LwEpisode *e = g_ptr_array_index (episodes, i);

      g_string_append_printf (out, "%u %u %d %a", e->iteration, e->episode, e->aborted, e->reward);
      for (size_t j = 0; j < e->n_latent; j++)
        g_string_append_printf (out, " %a", e->latent[j]);
      for (size_t j = 0; j < e->n_movement; j++)
        g_string_append_printf (out, " %a", e->movement[j]);
      g_string_append_c (out, '\n');
    }
  for (guint i = 0; i < changes->len; i++)
    g_string_append_printf (out, "%u %s %a\n", g_array_index (changes, LwSettingChange, i).iteration, g_array_index (changes, LwSettingChange, i).name,
                            g_array_index (changes, LwSettingChange, i).value);
  g_assert_true (lw_project_load_state (project, 1, G_MAXUINT, &state, NULL));
  for (size_t a = 0; a < state.n_items; a++)
    {
      g_string_append (out, state.items[a].name);
      for (size_t i = 0; i < state.items[a].mat.rows; i++)
        for (size_t j = 0; j < state.items[a].mat.cols; j++)
          g_string_append_printf (out, " %a", lw_mat_get (&state.items[a].mat, i, j));
      g_string_append_c (out, '\n');
    }
  lw_arrays_clear (&state);
  return g_string_free (out, FALSE);
}

/* @phase, @iteration, @episode: where the first program stops; then a second one finishes. A slider is moved in iteration 1. */
static void
assert_same_as_uninterrupted (LwLearnPhase phase, guint iteration, guint episode)
{
  TestRun run;
  TestProject whole_place, place;
  TestWatch whole, before, after;
  g_autofree char *expected = NULL, *found = NULL;
  LwLearnRun *first;
  LwRunInfo *info;

  test_run_init (&run, "reacher-2");
  test_project_init (&whole_place);
  test_project_init (&place);
  test_watch_init (&whole);
  test_watch_init (&before);
  test_watch_init (&after);
  run.settings.iterations = 6;
  whole.phase = LW_LEARN_SAMPLING;
  whole.iteration = 1;
  whole.act = ask_for_less;
  g_assert_true (test_learn_here (&run, whole_place.project, lw_skill_save (run.skill, whole_place.project, NULL), &whole));
  expected = record_of (whole_place.project);

  before.phase = phase;
  before.iteration = iteration;
  before.episode = episode;
  before.act = stop_run;
  first = test_learn_new (&run, place.project, lw_skill_save (run.skill, place.project, NULL), &before);
  /* Asked for before it starts, it would act at iteration 1 already. */
  lw_learn_run_pause (first, TRUE);
  lw_learn_run_start (first);
  while (!atomic_load (&before.paused))
    g_usleep (500);
  g_assert_true (lw_learn_run_set (first, "kl_bound", 0.01));
  lw_learn_run_pause (first, FALSE);
  lw_learn_run_free (first);
  g_assert_true (before.stopped);

  go_on (&run, &place, 6, &after);
  g_assert_cmpuint (before.lines->len + after.lines->len, ==, 7);
  for (guint i = 0; i < after.lines->len; i++)
    g_assert_cmpstr (g_ptr_array_index (after.lines, i), ==, g_ptr_array_index (whole.lines, before.lines->len + i));
  found = record_of (place.project);
  g_assert_cmpstr (found, ==, expected);
  info = test_only_run (place.project);
  g_assert_cmpstr (info->ended, ==, "complete");
  lw_run_info_free (info);
  test_watch_clear (&whole);
  test_watch_clear (&before);
  test_watch_clear (&after);
  test_project_clear (&whole_place);
  test_project_clear (&place);
  test_run_clear (&run);
}

static void
test_between_iterations (void)
{
  assert_same_as_uninterrupted (LW_LEARN_SAMPLING, 4, 0);
}

static void
test_among_episodes (void)
{
  assert_same_as_uninterrupted (LW_LEARN_SAMPLING, 4, 5);
}

/* The change is a row already, but the state of the iteration it acts on is not: it must act again. */
static void
test_after_a_change (void)
{
  assert_same_as_uninterrupted (LW_LEARN_SAMPLING, 2, 3);
}

static void
test_inside_the_optimiser (void)
{
  assert_same_as_uninterrupted (LW_LEARN_IMPROVING, 3, 0);
}

static void
test_while_evaluating (void)
{
  assert_same_as_uninterrupted (LW_LEARN_EVALUATING, 3, 0);
}

/* Cut off before imitation was evaluated: there is a run, and nothing in it. */
static void
test_from_nothing (void)
{
  TestRun run;
  TestProject place;
  TestWatch whole, after;
  LwLearner *learner;
  g_autofree char *settings = NULL;

  test_run_init (&run, "reacher-1");
  test_project_init (&place);
  test_watch_init (&whole);
  test_watch_init (&after);
  g_assert_true (test_learn_here (&run, NULL, 0, &whole));
  learner = lw_learn_settings_make_learner (&run.settings, run.skill, NULL);
  settings = lw_learn_settings_to_json (&run.settings, learner, "kinematic");
  lw_learner_free (learner);
  g_assert_cmpint (lw_project_begin_run (place.project, lw_skill_save (run.skill, place.project, NULL), settings, NULL), ==, 1);
  go_on (&run, &place, run.settings.iterations, &after);
  test_watch_assert_same (&whole, &after);
  test_watch_clear (&whole);
  test_watch_clear (&after);
  test_project_clear (&place);
  test_run_clear (&run);
}

/* A run that is done goes on when more iterations are asked for, and not otherwise. */
static void
test_more (void)
{
  TestRun run;
  TestProject place;
  TestWatch whole, first, none, more;

  test_run_init (&run, "reacher-1");
  test_project_init (&place);
  test_watch_init (&whole);
  test_watch_init (&first);
  test_watch_init (&none);
  test_watch_init (&more);
  run.settings.iterations = 10;
  g_assert_true (test_learn_here (&run, NULL, 0, &whole));
  run.settings.iterations = 4;
  g_assert_true (test_learn_here (&run, place.project, lw_skill_save (run.skill, place.project, NULL), &first));
  go_on (&run, &place, 4, &none);
  g_assert_cmpuint (none.lines->len, ==, 0);
  go_on (&run, &place, 10, &more);
  g_assert_cmpuint (more.lines->len, ==, 6);
  for (guint i = 0; i < 6; i++)
    g_assert_cmpstr (g_ptr_array_index (more.lines, i), ==, g_ptr_array_index (whole.lines, 5 + i));
  test_watch_clear (&whole);
  test_watch_clear (&first);
  test_watch_clear (&none);
  test_watch_clear (&more);
  test_project_clear (&place);
  test_run_clear (&run);
}

static void
assert_refused (TestRun *run, LwTask *task, LwSkill *skill, LwProject *project, gint64 id)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (lw_learn_run_resume (task, skill, run->runner, run->arms, project, id, 9, NULL, NULL, &error));
  g_assert_nonnull (error);
  g_assert_true (error->domain == LW_JOB_ERROR);
}

static void
test_refusals (void)
{
  TestRun run, other;
  TestProject place;
  TestWatch watch;

  test_run_init (&run, "reacher-1");
  test_run_init (&other, "reacher-2");
  test_project_init (&place);
  test_watch_init (&watch);
  g_assert_true (test_learn_here (&run, place.project, 0, &watch));
  assert_refused (&run, run.task, run.skill, place.project, 2);            /* no such run */
  assert_refused (&run, other.task, other.skill, place.project, 1);        /* another task's */
  assert_refused (&run, run.task, other.skill, place.project, 1);          /* another model */
  test_watch_clear (&watch);
  test_project_clear (&place);
  test_run_clear (&other);
  test_run_clear (&run);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/learn-resume/between-iterations", test_between_iterations);
  g_test_add_func ("/learn-resume/among-episodes", test_among_episodes);
  g_test_add_func ("/learn-resume/after-a-change", test_after_a_change);
  g_test_add_func ("/learn-resume/inside-the-optimiser", test_inside_the_optimiser);
  g_test_add_func ("/learn-resume/while-evaluating", test_while_evaluating);
  g_test_add_func ("/learn-resume/from-nothing", test_from_nothing);
  g_test_add_func ("/learn-resume/more", test_more);
  g_test_add_func ("/learn-resume/refusals", test_refusals);
  return g_test_run ();
}
