/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-sample-project.h"
#include "lw-test-job.h"

/* The demonstrations themselves, fitted and executed, reach the target they are labelled with. */
static void
test_samples_reach_their_targets (void)
{
  g_autofree char *arms = lw_test_data_path ("arms"), *path = lw_test_data_path ("samples/reach-target.csv");
  LwTask *task = lw_task_new ("reach-target", arms, NULL);
  LwRunner *runner = lw_runner_kinematic_new (task, arms, NULL);
  GError *error = NULL;
  g_autoptr (LwDemonstrations) set = lw_csv_read (path, 0.0, &error);
  LwBasis basis;

  g_assert_no_error (error);
  g_assert_cmpuint (set->n, ==, 24);
  g_assert_cmpuint (set->n_joints, ==, 7);
  g_assert_cmpint (lw_basis_init_stroke (&basis, 20), ==, LW_OK);
  for (size_t i = 0; i < set->n; i++)
    {
      double movement[141], reward, seconds = lw_trajectory_duration (set->trajectories[i]);
      const double *target = lw_mat_row (&set->contexts, i);
      gboolean success;
      LwTrajectory *fitted;
      LwRollout rollout;

      g_assert_cmpfloat (seconds, >=, 2.0);
      g_assert_cmpfloat (seconds, <=, 4.0);
      movement[0] = seconds;
      g_assert_cmpint (lw_promp_fit_weights (&basis, set->trajectories[i], 1e-6, movement + 1, NULL), ==, LW_OK);
      g_assert_cmpint (lw_task_movement (task, &basis, movement, 140, &fitted), ==, LW_OK);
      g_assert_true (lw_runner_run (runner, fitted, target, NULL, &rollout, NULL));
      g_assert_true (task->klass->score (task, target, &rollout, &reward, &success, NULL));
      g_assert_true (success);
      for (int j = 0; j < 3; j++)
        {
          lw_assert_close (lw_mat_get (&rollout.tip, rollout.tip.rows - 1, (size_t) j), target[j], 0, 0.005);
          g_assert_cmpfloat (target[j], >=, task->info.contexts[j].lower - 1e-6);
          g_assert_cmpfloat (target[j], <=, task->info.contexts[j].upper + 1e-6);
        }
      lw_rollout_clear (&rollout);
      lw_trajectory_unref (fitted);
    }
  lw_runner_free (runner);
  lw_task_free (task);
}

static void
test_create (void)
{
  TestProject place;
  g_autofree char *samples = lw_test_data_path ("samples"), *file = g_build_filename (samples, "reach-target.csv", NULL), *path = NULL;
  g_autoptr (LwDemonstrations) from = lw_csv_read (file, 0.0, NULL), set = NULL;
  g_autoptr (GPtrArray) infos = NULL;
  GError *error = NULL;

  test_project_init (&place);
  test_project_close (&place);
  g_remove (place.path);
  g_assert_true (lw_sample_project_create (place.path, samples, &error));
  g_assert_no_error (error);
  path = g_strconcat (place.path, ".part", NULL);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));

  test_project_open (&place);
  infos = lw_project_list_demonstrations (place.project, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (infos->len, ==, 24);
  for (guint i = 0; i < infos->len; i++)
    {
      const LwDemonstrationInfo *info = g_ptr_array_index (infos, i);

      g_assert_cmpstr (info->arm, ==, "arm-7");
      g_assert_true (info->used && info->complete && !info->recovered && !info->measured);
      g_assert_cmpuint (info->contexts->len, ==, 3);
      for (guint j = 0; j < 3; j++)
        {
          const LwContextValue *c = &g_array_index (info->contexts, LwContextValue, j);

          g_assert_cmpstr (c->name, ==, ((const char *[]){ "x", "y", "z" })[j]);
          g_assert_cmpstr (c->unit, ==, "m");
          g_assert_true (c->value == lw_mat_get (&from->contexts, i, j));
        }
    }
  g_assert_null (lw_project_dup_undo_label (place.project)); /* nothing to undo in a new project */
  set = lw_project_load_set (place.project, &error);
  g_assert_no_error (error);
  for (size_t i = 0; i < set->n; i++)
    {
      g_assert_cmpuint (set->trajectories[i]->n_samples, ==, from->trajectories[i]->n_samples);
      g_assert_cmpmem (set->trajectories[i]->q.data, set->trajectories[i]->n_samples * 7 * sizeof (double), from->trajectories[i]->q.data,
                       from->trajectories[i]->n_samples * 7 * sizeof (double));
    }
  test_project_clear (&place);
}

static void
note_return (LwLearnRun *run, const LwIteration *it, gpointer data)
{
  ((double *) data)[it->iteration] = it->mean_return;
}

/* What the program starts with can be fitted with the program's own settings, and five iterations improve it well beyond the last digit. */
static void
test_improves (void)
{
  static const LwLearnObserver observer = { .iteration = note_return };
  g_autofree char *arms = lw_test_data_path ("arms"), *file = lw_test_data_path ("samples/reach-target.csv");
  LwTask *task = lw_task_new ("reach-target", arms, NULL);
  LwRunner *runner = lw_runner_kinematic_new (task, arms, NULL);
  g_autoptr (LwDemonstrations) set = lw_csv_read (file, 0.0, NULL);
  g_autoptr (LwSkill) skill = NULL;
  LwFitSettings fit;
  LwLearnSettings settings;

  lw_fit_settings_init (&fit);
  skill = lw_skill_fit (set, &fit, NULL, NULL, NULL, NULL);
  g_assert_cmpuint (skill->K, ==, 4); /* 24 / (3 + 2) */
  g_assert_true (skill->lowered);
  lw_learn_settings_init (&settings, task);
  settings.iterations = 5;
  for (settings.seed = 1; settings.seed <= 2; settings.seed++)
    {
      double returns[6];
      LwLearnRun *run = lw_learn_run_new (task, skill, runner, arms, &settings, NULL, 0, &observer, returns, NULL);

      lw_fill_nan (returns, 6);
      g_assert_true (lw_learn_run_here (run, NULL));
      lw_learn_run_free (run);
      g_test_message ("seed %d: %.3f -> %.3f", (int) settings.seed, returns[0], returns[5]);
      g_assert_cmpfloat (returns[5], >, returns[0] + 0.03);
    }
  lw_learn_settings_clear (&settings);
  lw_runner_free (runner);
  lw_task_free (task);
}

static void
test_no_samples (void)
{
  TestProject place;
  g_autoptr (GError) error = NULL;
  g_autofree char *path = NULL, *part = NULL;

  test_project_init (&place);
  path = g_build_filename (place.folder, "other.lampwork", NULL);
  part = g_strconcat (path, ".part", NULL);
  g_assert_false (lw_sample_project_create (path, "/no/such/folder", &error));
  g_assert_nonnull (error);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  g_assert_false (g_file_test (part, G_FILE_TEST_EXISTS));
  test_project_clear (&place);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sample-project/samples-reach-their-targets", test_samples_reach_their_targets);
  g_test_add_func ("/sample-project/create", test_create);
  g_test_add_func ("/sample-project/improves", test_improves);
  g_test_add_func ("/sample-project/no-samples", test_no_samples);
  return g_test_run ();
}
