/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>

#include "lw-assert-close.h"
#include "lw-npy-golden.h"
#include "lw-test-task.h"

static LwArmModel *
load_arm_7 (void)
{
  g_autofree char *path = lw_test_data_path ("arms/arm-7.xml");

  return lw_arm_model_load (path, NULL, NULL);
}

static void
set_tip (LwRollout *rollout, size_t i, double x, double y, double z)
{
  memcpy (lw_mat_row (&rollout->tip, i), (double[]){ x, y, z }, 3 * sizeof (double));
}

static void
test_score (void)
{
  LwTask *task = make_task ("reach-target");
  const double target[3] = { 0.2, 0.1, 1 };
  LwRollout rollout = { .measured = lw_trajectory_new (3, 7) };
  double reward = NAN;
  gboolean success = 77;

  g_assert_cmpint (lw_mat_alloc (&rollout.tip, 3, 3), ==, LW_OK);
  /* Through the target's ball in the middle of the way: a success, wherever it ends. */
  set_tip (&rollout, 0, 0, 0, 0);
  set_tip (&rollout, 1, 0.2, 0.1, 1.0499);
  set_tip (&rollout, 2, 5, 5, 5);
  g_assert_true (task->klass->score (task, target, &rollout, &reward, &success, NULL));
  g_assert_cmpfloat (reward, ==, 1);
  g_assert_true (success);
  /* Just past it: the final distance counts, not the nearest. */
  set_tip (&rollout, 1, 0.2, 0.1, 1.0501);
  set_tip (&rollout, 2, 0.5, 0.5, 1);
  g_assert_true (task->klass->score (task, target, &rollout, &reward, &success, NULL));
  lw_assert_close (reward, -0.5, 1e-12, 0);
  g_assert_false (success);
  lw_rollout_clear (&rollout);
  lw_task_free (task);
}

/* Without a tip's path the joints say where it was. */
static void
test_score_from_joints (void)
{
  LwTask *task = make_task ("reach-target");
  LwArmModel *arm = load_arm_7 ();
  LwKinematics *kinematics = lw_kinematics_new (arm);
  LwRollout rollout = { 0 };
  double home[7], tip[3], reward = NAN;
  gboolean success = 77;

  for (int j = 0; j < 7; j++)
    home[j] = lw_arm_model_joints (arm)[j].home;
  rollout.measured = one_posture (home, 7);
  lw_kinematics_set (kinematics, home);
  lw_kinematics_tip (kinematics, tip, NULL);
  tip[0] += 0.3;
  g_assert_true (task->klass->score (task, tip, &rollout, &reward, &success, NULL));
  lw_assert_close (reward, -0.3, 1e-9, 0);
  g_assert_false (success);
  tip[0] -= 0.28;
  g_assert_true (task->klass->score (task, tip, &rollout, &reward, &success, NULL));
  g_assert_cmpfloat (reward, ==, 1);
  g_assert_true (success);
  g_assert_cmpuint (rollout.tip.rows, ==, 0);
  lw_rollout_clear (&rollout);
  lw_kinematics_free (kinematics);
  lw_arm_model_unref (arm);
  lw_task_free (task);
}

/* Published demonstrations, replayed: 0.714 of 1000 succeed; 600 of those rows are at hand. */
static void
test_published_demonstrations (void)
{
  g_auto (LwGolden) data = { 0 };
  LwTask *task;
  LwArmModel *arm;
  LwKinematics *kinematics;
  LwBasis basis;
  size_t succeeded = 0;
  gint64 start;

  if (!lw_golden_load (&data, "data/reach_target.npy"))
    return;
  task = make_task ("reach-target");
  arm = load_arm_7 ();
  kinematics = lw_kinematics_new (arm);
  g_assert_cmpint (lw_basis_init_stroke (&basis, 20), ==, LW_OK);
  start = g_get_monotonic_time ();
  for (size_t i = 0; i < data.dims[0]; i++)
    {
      double reward;
      gboolean success;

      replay_row (task, &basis, data.data + i * data.dims[1], 160, kinematics, &reward, &success);
      succeeded += success;
    }
  g_test_message ("%.4f of %zu succeed; %.0f us a replay", (double) succeeded / (double) data.dims[0], data.dims[0],
                  (double) (g_get_monotonic_time () - start) / (double) data.dims[0]);
  lw_assert_close ((double) succeeded / (double) data.dims[0], 0.714, 0, 0.04); /* two standard deviations of 600 draws */
  lw_kinematics_free (kinematics);
  lw_arm_model_unref (arm);
  lw_task_free (task);
}

/* Our own demonstrations: at 100 Hz, 2 to 4 s, within the arm's limits, off the table, and the context is where they end. */
static void
test_own_trajectories (void)
{
  enum { N = 60 };
  LwTask *task = make_task ("reach-target");
  LwArmModel *arm = load_arm_7 ();
  LwKinematics *kinematics = lw_kinematics_new (arm);
  const LwJointInfo *joints = lw_arm_model_joints (arm);
  LwTrajectory *paths[N] = { NULL };
  double data[3 * N], spread = 0;
  const LwMat contexts = lw_mat_view (data, N, 3);

  lw_fill_nan (data, 3 * N);
  g_assert_true (lw_task_demonstrate_trajectories (task, N, 11, &contexts, paths, NULL));
  for (size_t i = 0; i < N; i++)
    {
      const LwTrajectory *path = paths[i];
      double v[7], a[7], tip[3];

      g_assert_cmpuint (path->n_joints, ==, 7);
      g_assert_cmpfloat (lw_trajectory_duration (path), >=, 2);
      g_assert_cmpfloat (lw_trajectory_duration (path), <=, 4.01);
      for (size_t s = 1; s < path->n_samples; s++)
        lw_assert_close (path->t[s] - path->t[s - 1], 0.01, 0, 1e-12);
      lw_trajectory_peaks (path, v, a);
      for (size_t j = 0; j < 7; j++)
        {
          g_assert_cmpfloat (v[j], <, joints[j].v_max);
          g_assert_cmpfloat (a[j], <, joints[j].a_max);
          lw_assert_close (lw_mat_get (&path->q, 0, j), joints[j].home, 0, 0.03);
        }
      for (size_t s = 0; s < path->n_samples; s++)
        {
          lw_kinematics_set (kinematics, lw_mat_row (&path->q, s));
          g_assert_cmpfloat (lw_kinematics_lowest (kinematics), >, 0.687);
          for (size_t j = 0; j < 7; j++)
            {
              g_assert_cmpfloat (lw_mat_get (&path->q, s, j), >=, joints[j].lower);
              g_assert_cmpfloat (lw_mat_get (&path->q, s, j), <=, joints[j].upper);
            }
        }
      lw_kinematics_tip (kinematics, tip, NULL);
      lw_assert_close_array (lw_mat_row (&contexts, i), tip, 3, 0, 1e-12);
      for (size_t c = 0; c < 3; c++)
        {
          g_assert_cmpfloat (lw_mat_get (&contexts, i, c), >, task->info.contexts[c].lower - 1e-6);
          g_assert_cmpfloat (lw_mat_get (&contexts, i, c), <, task->info.contexts[c].upper + 1e-6);
        }
      spread = fmax (spread, fabs (lw_mat_get (&contexts, i, 1) - lw_mat_get (&contexts, 0, 1)));
      lw_trajectory_unref (paths[i]);
    }
  g_assert_cmpfloat (spread, >, 0.2);
  lw_kinematics_free (kinematics);
  lw_arm_model_unref (arm);
  lw_task_free (task);
}

/* Fitted and replayed, every one of them succeeds. */
static void
test_own_rows (void)
{
  enum { N = 60 };
  LwTask *task = make_task ("reach-target");
  LwArmModel *arm = load_arm_7 ();
  LwKinematics *kinematics = lw_kinematics_new (arm);
  LwBasis basis;
  LwMat rows;

  g_assert_cmpint (lw_basis_init_stroke (&basis, 20), ==, LW_OK);
  g_assert_true (task->klass->demonstrate (task, N, &basis, 12, &rows, NULL));
  g_assert_cmpuint (rows.cols, ==, 3 + 1 + 7 * 20);
  for (size_t i = 0; i < N; i++)
    {
      double reward = NAN;
      gboolean success = FALSE;

      replay_row (task, &basis, lw_mat_row (&rows, i), 140, kinematics, &reward, &success);
      g_assert_cmpfloat (reward, ==, 1);
      g_assert_true (success);
    }
  lw_mat_clear (&rows);
  lw_kinematics_free (kinematics);
  lw_arm_model_unref (arm);
  lw_task_free (task);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/reach-target/score", test_score);
  g_test_add_func ("/reach-target/score-from-joints", test_score_from_joints);
  g_test_add_func ("/reach-target/published-demonstrations", test_published_demonstrations);
  g_test_add_func ("/reach-target/own-trajectories", test_own_trajectories);
  g_test_add_func ("/reach-target/own-rows", test_own_rows);
  return g_test_run ();
}
