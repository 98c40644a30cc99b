/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-test-job.h"

#include "lw-published.h"

/* maths.md 3 and 4: tasks' defaults may change, these may not. */
static void
test_set_ups (void)
{
  static const struct { const char *task; size_t K, d; double noise; size_t episodes, evaluate; double kl_bound; } told[] = {
    { "reacher-1", 1, 2, 0.3, 20, 200, 0.5 }, { "reacher-2", 2, 2, 0.3, 20, 200, 0.5 },        { "reacher-3", 3, 2, 0.3, 20, 200, 0.5 },
    { "reacher-4", 4, 2, 0.3, 20, 200, 0.5 }, { "reacher-obstacle", 40, 5, 0, 300, 500, 0.1 }, { "reach-target", 6, 3, 0.03, 100, 500, 0.2 },
  };
  g_autofree char *arms = lw_test_data_path ("arms");

  for (gsize i = 0; i < G_N_ELEMENTS (told); i++)
    {
      LwTask *task = lw_task_new (told[i].task, arms, NULL);
      LwLearnSettings learn;
      LwFitSettings fit;
      g_autoptr (GError) error = NULL;

      lw_fit_settings_init (&fit);
      fit.context_scale = 10.0;
      g_assert_true (lw_fit_settings_set_published (&fit, told[i].task, &error));
      g_assert_no_error (error);
      g_assert_cmpuint (fit.K, ==, told[i].K);
      g_assert_cmpuint (fit.d, ==, told[i].d);
      g_assert_true (fit.context_noise == told[i].noise);
      g_assert_true (fit.context_scale == 1.0);
      g_assert_cmpuint (fit.n_basis, ==, 20);
      g_assert_cmpuint (fit.candidates, ==, 1);
      g_assert_cmpuint (fit.restarts, ==, 500);
      g_assert_true (fit.published_start);

      lw_learn_settings_init (&learn, task);
      g_assert_true (lw_learn_settings_set_published (&learn, &error));
      g_assert_no_error (error);
      g_assert_cmpuint (learn.episodes, ==, told[i].episodes);
      g_assert_cmpuint (learn.evaluate, ==, told[i].evaluate);
      g_assert_true (lw_learn_settings_get (&learn, "kl_bound") == told[i].kl_bound);
      g_assert_true (lw_learn_settings_get (&learn, "kl_direction") == 1.0);
      g_assert_true (lw_learn_settings_get (&learn, "regularisation") == 1e-4);
      g_assert_true (lw_learn_settings_get (&learn, "max_iterations") == 100.0);
      g_assert_true (lw_learn_settings_get (&learn, "normalised") == 1.0);
      g_assert_true (lw_learn_settings_get (&learn, "context_kl_bound") == (g_str_equal (told[i].task, "reacher-obstacle") ? 10.0 : 0.0));
      g_assert_true (lw_learn_settings_get (&learn, "reward_unit") == 1.0);
      for (const char *const *off = (const char *const[]){ "guard", "strata", "gate_bound", "min_ess", NULL }; *off != NULL; off++)
        g_assert_true (lw_learn_settings_get (&learn, *off) == 0.0);
      g_assert_true (lw_learn_settings_check (&learn, &error));
      lw_learn_settings_clear (&learn);
      lw_task_free (task);
    }
}

static void
test_task_defaults (void)
{
  g_autofree char *arms = lw_test_data_path ("arms");

  for (const char *const *id = lw_task_ids (); *id != NULL; id++)
    {
      LwTask *task = lw_task_new (*id, arms, NULL);
      LwFitSettings fit;

      lw_fit_settings_init (&fit);
      lw_fit_settings_set_task (&fit, task);
      g_assert_cmpuint (fit.K, ==, task->info.K);
      g_assert_cmpuint (fit.d, ==, task->info.d);
      g_assert_cmpuint (fit.n_basis, ==, task->info.n_basis);
      g_assert_false (fit.published_start);
      g_assert_true (fit.context_noise == task->info.context_noise);
      lw_task_free (task);
    }
}

static void
test_unknown (void)
{
  g_autoptr (GError) error = NULL;
  LwFitSettings fit = { .K = 77 };

  g_assert_null (lw_published_find ("knitting"));
  g_assert_false (lw_fit_settings_set_published (&fit, "knitting", &error));
  g_assert_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT);
  g_assert_nonnull (strstr (error->message, "knitting"));
  g_assert_cmpuint (fit.K, ==, 77);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/published/set-ups", test_set_ups);
  g_test_add_func ("/published/task-defaults", test_task_defaults);
  g_test_add_func ("/published/unknown", test_unknown);
  return g_test_run ();
}
