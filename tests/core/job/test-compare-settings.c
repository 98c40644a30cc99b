/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-compare-settings.h"
#include "lw-test-paths.h"

static void
add_algorithm (LwCompareSettings *settings, const char *text)
{
  GError *error = NULL;

  g_assert_true (lw_compare_settings_add_algorithm (settings, text, &error));
  g_assert_no_error (error);
}

static void
test_algorithms (void)
{
  static const char *const wrong[] = { "",       "magic",     "lampo:", "lampo:Published", "lampo:published:x",
                                       "=lampo", "a,b=lampo", "lampo",  "x/y=lampo" };
  static const char *const wrong_settings[] = { "kl_bound=1", "ct:kl_bound", "other:kl_bound=1", "lampo:kl_bound=x",
                                                ":kl_bound=1" };
  LwCompareSettings settings;
  const LwCompareAlgorithm *algorithm;

  lw_compare_settings_init (&settings);
  add_algorithm (&settings, "lampo");
  add_algorithm (&settings, "old=lampo:published");
  algorithm = g_ptr_array_index (settings.algorithms, 1);
  g_assert_cmpstr (algorithm->label, ==, "old");
  g_assert_cmpstr (algorithm->name, ==, "lampo");
  g_assert_true (algorithm->published);
  for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (lw_compare_settings_add_algorithm (&settings, wrong[i], &error));
      g_assert_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (wrong_settings); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (lw_compare_settings_set (&settings, wrong_settings[i], &error));
      g_assert_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT);
    }
  for (const char *const *name = lw_learner_names (); *name != NULL; name++)
    {
      g_autofree char *text = g_strdup_printf ("p=%s:published", *name);
      gboolean ok = lw_compare_settings_add_algorithm (&settings, text, NULL);

      g_assert_true (ok == g_str_equal (*name, "lampo"));
    }
  g_assert_cmpuint (settings.algorithms->len, ==, 3);
  lw_compare_settings_clear (&settings);
}

/* What is said of the model holds for the shared one; the published experiments keep theirs. */
static void
test_fit (void)
{
  g_autofree char *arms = lw_test_data_path ("arms");
  LwTask *task = lw_task_new ("reacher-1", arms, NULL);
  LwCompareSettings settings;
  LwFitSettings usual, told, published, published_told;

  lw_compare_settings_init (&settings);
  lw_compare_settings_add_task (&settings, "reacher-1", NULL, NULL);
  g_assert_true (lw_compare_settings_fit (&settings, task, 0, FALSE, 7, &usual, NULL));
  g_assert_true (lw_compare_settings_fit (&settings, task, 0, TRUE, 7, &published, NULL));
  g_assert_cmpuint (usual.seed, ==, 7);
  settings.K = usual.K + 2;
  settings.d = usual.d + 1;
  settings.n_basis = usual.n_basis + 3;
  settings.context_noise = usual.context_noise + 0.25;
  g_assert_true (lw_compare_settings_fit (&settings, task, 0, FALSE, 7, &told, NULL));
  g_assert_true (lw_compare_settings_fit (&settings, task, 0, TRUE, 7, &published_told, NULL));
  g_assert_cmpuint (told.K, ==, usual.K + 2);
  g_assert_cmpuint (told.d, ==, usual.d + 1);
  g_assert_cmpuint (told.n_basis, ==, usual.n_basis + 3);
  g_assert_cmpfloat (told.context_noise, ==, usual.context_noise + 0.25);
  g_assert_cmpuint (published_told.K, ==, published.K);
  g_assert_cmpuint (published_told.d, ==, published.d);
  g_assert_cmpfloat (published_told.context_noise, ==, published.context_noise);
  lw_compare_settings_clear (&settings);
  lw_task_free (task);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/compare/settings/algorithms", test_algorithms);
  g_test_add_func ("/compare/settings/fit", test_fit);
  return g_test_run ();
}
