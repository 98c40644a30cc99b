/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-test-job.h"

static double
value_of (const LwLearnSettings *settings, const char *name)
{
  for (guint i = 0; settings->settings != NULL && i < settings->settings->len; i++)
    if (g_str_equal (g_array_index (settings->settings, LwSettingValue, i).name, name))
      return g_array_index (settings->settings, LwSettingValue, i).value;
  return NAN;
}

/* Defaults are the task's: reach-target's those of the published experiments but for the direction, which is the paper's. */
static void
test_defaults (void)
{
  g_autofree char *arms = lw_test_data_path ("arms");
  LwTask *task = lw_task_new ("reach-target", arms, NULL);
  LwLearnSettings settings;

  lw_learn_settings_init (&settings, task);
  g_assert_cmpstr (settings.task, ==, "reach-target");
  g_assert_cmpuint (settings.episodes, ==, 100);
  g_assert_cmpuint (settings.evaluate, ==, 500);
  g_assert_cmpuint (settings.iterations, ==, 10);
  g_assert_true (value_of (&settings, "kl_bound") == 0.2);
  g_assert_true (value_of (&settings, "kl_direction") == 0.0);
  g_assert_true (value_of (&settings, "regularisation") == 1e-4);
  g_assert_cmpuint (task->info.K, ==, 6);
  g_assert_cmpuint (task->info.d, ==, 3);
  g_assert_true (task->info.context_noise == 0.03);
  lw_learn_settings_clear (&settings);
  lw_task_free (task);
}

static void
test_set (void)
{
  LwLearnSettings settings = { .task = "x" }, copy;

  lw_learn_settings_set (&settings, "kl_bound", 0.5);
  lw_learn_settings_set (&settings, "kl_bound", 0.25);
  lw_learn_settings_set (&settings, "guard", 0.0);
  g_assert_cmpuint (settings.settings->len, ==, 2);
  lw_learn_settings_copy (&settings, &copy);
  lw_learn_settings_set (&settings, "kl_bound", 1.0);
  g_assert_true (value_of (&copy, "kl_bound") == 0.25);
  lw_learn_settings_clear (&settings);
  lw_learn_settings_clear (&settings);
  lw_learn_settings_clear (&copy);
}

static void
test_learner (void)
{
  TestRun run;
  LwLearner *learner;
  g_autoptr (GError) error = NULL;

  test_run_init (&run, "reacher-1");
  g_assert_true (lw_learn_settings_set_published (&run.settings, &error));
  g_assert_no_error (error);
  g_assert_true (run.settings.published);
  g_assert_true (value_of (&run.settings, "kl_bound") == 0.5);
  g_assert_true (lw_learn_settings_get (&run.settings, "kl_bound") == 0.5);
  g_assert_true (isnan (lw_learn_settings_get (&run.settings, "no_such")));
  lw_learn_settings_set (&run.settings, "kl_bound", 0.123);
  learner = lw_learn_settings_make_learner (&run.settings, run.skill, &error);
  g_assert_no_error (error);
  g_assert_true (lw_learner_get (learner, "kl_bound") == 0.123);
  g_assert_true (lw_learner_get (learner, "kl_direction") == 1.0);
  g_assert_true (lw_learner_get (learner, "max_iterations") == 100.0);
  g_assert_true (lw_learner_get (learner, "guard") == 0.0);
  lw_learner_free (learner);

  lw_learn_settings_set (&run.settings, "kl_bound", -1.0);
  g_assert_null (lw_learn_settings_make_learner (&run.settings, run.skill, &error));
  g_assert_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT);
  g_assert_true (g_str_has_prefix (error->message, "kl_bound is -1; it must be"));
  g_clear_error (&error);
  lw_learn_settings_set (&run.settings, "kl_bound", 0.1);
  lw_learn_settings_set (&run.settings, "no_such", 1.0);
  g_assert_null (lw_learn_settings_make_learner (&run.settings, run.skill, &error));
  g_assert_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT);
  g_clear_error (&error);
  g_strlcpy (run.settings.algorithm, "magic", sizeof run.settings.algorithm);
  g_assert_null (lw_learn_settings_make_learner (&run.settings, run.skill, &error));
  g_assert_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT);
  test_run_clear (&run);
}

/* What a task says of LAMPO's trust region is LAMPO's alone: another algorithm starts from its own defaults, whatever their names. */
static void
test_algorithm (void)
{
  TestRun run;
  g_autoptr (GError) error = NULL;
  const char *const *names = lw_learner_names ();
  LwLearnSettings before;

  test_run_init (&run, "reacher-2");
  for (gsize i = 0; names[i] != NULL; i++)
    {
      size_t n;
      const LwLearnerSetting *table = lw_learner_settings_of (names[i], &n);
      gboolean lampo = g_str_has_prefix (names[i], "lampo");
      LwLearner *learner;

      g_assert_true (lw_learn_settings_set_algorithm (&run.settings, run.task, names[i], &error));
      g_assert_cmpstr (run.settings.algorithm, ==, names[i]);
      g_assert_true (lw_learn_settings_check (&run.settings, &error));
      g_assert_true (lw_learn_settings_set_published (&run.settings, &error) == lampo);
      g_clear_error (&error);
      g_assert_true (run.settings.published == lampo);
      g_assert_cmpstr (run.settings.algorithm, ==, lampo ? "lampo-paper" : names[i]);
      g_assert_true (lw_learn_settings_set_algorithm (&run.settings, run.task, names[i], &error)); /* and nothing published remains */
      g_assert_false (run.settings.published);
      learner = lw_learn_settings_make_learner (&run.settings, run.skill, &error);
      g_assert_no_error (error);
      for (size_t j = 0; j < n; j++)
        {
          double expected = table[j].value;

          if (lampo && g_str_equal (table[j].name, "kl_bound"))
            expected = run.task->info.kl_bound;
          if (lampo && g_str_equal (table[j].name, "kl_direction"))
            expected = run.task->info.kl_new_old ? 1.0 : 0.0;
          if (lampo && g_str_equal (table[j].name, "regularisation"))
            expected = run.task->info.regularisation;
          if (g_str_equal (names[i], "lampo") && g_str_equal (table[j].name, "mean"))
            expected = run.task->info.averages ? 2 : 0;
          g_assert_true (lw_learn_settings_get (&run.settings, table[j].name) == expected);
          g_assert_true (lw_learner_get (learner, table[j].name) == expected);
        }
      lw_learner_free (learner);
    }

  lw_learn_settings_copy (&run.settings, &before);
  g_assert_false (lw_learn_settings_set_algorithm (&run.settings, run.task, "magic", &error));
  g_assert_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT);
  g_assert_nonnull (strstr (error->message, "lampo"));
  g_assert_cmpstr (run.settings.algorithm, ==, before.algorithm);
  lw_learn_settings_clear (&before);
  test_run_clear (&run);
}

static void
test_text (void)
{
  static const char *const wrong[] = { "kl_bound", "=1", "kl_bound=", "kl_bound=x", "kl_bound=1x", "kl_bound=inf", "" };
  LwLearnSettings settings = { .task = "x" };

  g_assert_true (lw_learn_settings_set_text (&settings, "kl_bound=2.5e-1", NULL));
  g_assert_true (value_of (&settings, "kl_bound") == 0.25);
  for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (lw_learn_settings_set_text (&settings, wrong[i], &error));
      g_assert_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT);
    }
  g_assert_cmpuint (settings.settings->len, ==, 1);
  lw_learn_settings_clear (&settings);
}

/* The record names every setting, and a learner made from it is the same one. */
static void
test_round_trip (void)
{
  TestRun run;
  LwLearnSettings back;
  LwLearner *learner, *again;
  const LwLearnerSetting *table;
  size_t n;
  g_autofree char *json = NULL, *json_again = NULL;
  GError *error = NULL;

  test_run_init (&run, "reacher-2");
  run.settings.seed = G_MAXINT64;
  lw_learn_settings_set (&run.settings, "kl_bound", 0.1 + 0.2);
  learner = lw_learn_settings_make_learner (&run.settings, run.skill, NULL);
  json = lw_learn_settings_to_json (&run.settings, learner, "kinematic");
  g_assert_true (lw_learn_settings_from_json (json, &back, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (back.task, ==, "reacher-2");
  g_assert_cmpstr (back.algorithm, ==, "lampo");
  g_assert_cmpuint (back.episodes, ==, run.settings.episodes);
  g_assert_cmpuint (back.evaluate, ==, run.settings.evaluate);
  g_assert_cmpuint (back.iterations, ==, run.settings.iterations);
  g_assert_true (back.seed == G_MAXINT64);
  again = lw_learn_settings_make_learner (&back, run.skill, &error);
  g_assert_no_error (error);
  table = lw_learner_settings (learner, &n);
  g_assert_cmpuint (back.settings->len, ==, n);
  for (size_t i = 0; i < n; i++)
    g_assert_true (lw_learner_get (learner, table[i].name) == lw_learner_get (again, table[i].name));
  json_again = lw_learn_settings_to_json (&back, again, "kinematic");
  g_assert_cmpstr (json, ==, json_again);
  lw_learner_free (learner);
  lw_learner_free (again);
  lw_learn_settings_clear (&back);
  test_run_clear (&run);
}

static void
test_damaged (void)
{
  static const char *const texts[] = { "", "[]", "{}", "{\"task\":1}", "{\"task\":\"a\",\"algorithm\":\"b\",\"published\":true,\"episodes\":\"many\"}" };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      LwLearnSettings settings;
      g_autoptr (GError) error = NULL;

      g_assert_false (lw_learn_settings_from_json (texts[i], &settings, &error));
      g_assert_nonnull (error);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/learn-settings/defaults", test_defaults);
  g_test_add_func ("/learn-settings/set", test_set);
  g_test_add_func ("/learn-settings/learner", test_learner);
  g_test_add_func ("/learn-settings/algorithm", test_algorithm);
  g_test_add_func ("/learn-settings/text", test_text);
  g_test_add_func ("/learn-settings/round-trip", test_round_trip);
  g_test_add_func ("/learn-settings/damaged", test_damaged);
  return g_test_run ();
}
