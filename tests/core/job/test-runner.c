/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-test-job.h"

static void
test_kinematic (void)
{
  g_autofree char *arms = lw_test_data_path ("arms"), *file = g_build_filename (arms, "arm-7.xml", NULL);
  LwTask *task = lw_task_new ("reach-target", arms, NULL);
  LwSimError sim_error;
  LwArmModel *model = lw_arm_model_load (file, NULL, &sim_error);
  LwKinematics *kinematics = lw_kinematics_new (model);
  LwTrajectory *movement = lw_trajectory_new (5, 7);
  GError *error = NULL;
  LwRunner *runner = lw_runner_kinematic_new (task, arms, &error);
  LwRollout rollout;
  atomic_bool stop = true; /* there is nothing to stop */

  g_assert_no_error (error);
  for (size_t i = 0; i < 5; i++)
    {
      movement->t[i] = 0.25 * (double) i;
      for (size_t j = 0; j < 7; j++)
        lw_mat_set (&movement->q, i, j, 0.1 * (double) (i * j) - (j == 3 ? 1.5 : 0.0));
    }
  g_assert_true (lw_runner_run (runner, movement, (double[]){ 0.2, 0.0, 1.0 }, &stop, &rollout, &error));
  g_assert_no_error (error);
  g_assert_true (rollout.planned == movement && rollout.measured == movement);
  g_assert_false (rollout.aborted);
  g_assert_cmpfloat (rollout.planned_duration, ==, 1.0);
  g_assert_cmpuint (rollout.tip.rows, ==, 5);
  g_assert_cmpint (runner->recording, ==, 0);
  for (size_t i = 0; i < 5; i++)
    {
      double tip[3];

      lw_kinematics_set (kinematics, lw_mat_row (&movement->q, i));
      lw_kinematics_tip (kinematics, tip, NULL);
      lw_assert_close_array (lw_mat_row (&rollout.tip, i), tip, 3, 0, 1e-14);
    }
  lw_rollout_clear (&rollout);
  lw_trajectory_unref (movement);
  lw_runner_free (runner);
  lw_kinematics_free (kinematics);
  lw_arm_model_unref (model);
  lw_task_free (task);
}

static void
test_too_few_joints (void)
{
  g_autofree char *arms = lw_test_data_path ("arms");
  LwTask *task = lw_task_new ("reach-target", arms, NULL);
  LwRunner *runner = lw_runner_kinematic_new (task, arms, NULL);
  LwTrajectory *movement = lw_trajectory_new (3, 2);
  g_autoptr (GError) error = NULL;
  LwRollout rollout;

  g_assert_false (lw_runner_run (runner, movement, NULL, NULL, &rollout, &error));
  g_assert_error (error, LW_JOB_ERROR, LW_JOB_ERROR_NUMERICS);
  g_assert_null (rollout.measured);
  g_assert_cmpint (movement->ref_count, ==, 1);
  lw_trajectory_unref (movement);
  lw_runner_free (runner);
  lw_task_free (task);
}

static void
test_no_such_arm (void)
{
  g_autofree char *arms = lw_test_data_path ("arms");
  LwTask *task = lw_task_new ("reacher-1", arms, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_null (lw_runner_kinematic_new (task, "/no/such/folder", &error));
  g_assert_error (error, LW_JOB_ERROR, LW_JOB_ERROR_ARM);
  g_assert_nonnull (strstr (error->message, "planar-2"));
  lw_runner_free (NULL);
  lw_task_free (task);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/runner/kinematic", test_kinematic);
  g_test_add_func ("/runner/too-few-joints", test_too_few_joints);
  g_test_add_func ("/runner/no-such-arm", test_no_such_arm);
  return g_test_run ();
}
