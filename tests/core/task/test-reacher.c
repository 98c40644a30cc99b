/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "lw-assert-close.h"
#include "lw-planar-arm.h"
#include "lw-test-task.h"

static void
test_planar_arm_is_the_model (void)
{
  g_autofree char *path = lw_test_data_path ("arms/planar-2.xml");
  g_autoptr (GRand) rand = g_rand_new_with_seed (1);
  LwArmModel *model = lw_arm_model_load (path, NULL, NULL);
  LwKinematics *kinematics = lw_kinematics_new (model);

  for (int trial = 0; trial < 100; trial++)
    {
      const double q[2] = { g_rand_double_range (rand, -3, 3), g_rand_double_range (rand, -3, 3) };
      double elbow[2], closed[3] = { NAN, NAN, 0 }, tip[3];

      lw_planar_points (q, elbow, closed);
      lw_kinematics_set (kinematics, q);
      lw_kinematics_tip (kinematics, tip, NULL);
      lw_assert_close_array (closed, tip, 3, 0, 1e-12);
    }
  lw_kinematics_free (kinematics);
  lw_arm_model_unref (model);
}

/* Regions: the first is at 3/2 m, pi/8; with k = 4 all are hit about equally often, never farther than 0.2 m from a centre. */
static void
test_regions (void)
{
  static const double polar[4][2] = { { 1.5, G_PI / 8 }, { 1, 5 * G_PI / 8 }, { 2. / 3, 5 * G_PI / 4 }, { 0.5, 5 * G_PI / 3 } };
  LwTask *task = make_task ("reacher-4");
  int hits[4] = { 0 };
  double sum = 0;

  for (uint32_t i = 0; i < 4000; i++)
    {
      double context[2], nearest = INFINITY;
      int region = 0;
      LwRng rng;

      lw_rng_init (&rng, 1, LW_RNG_CONTEXT, 0, i);
      task->klass->draw_context (task, &rng, context);
      for (int k = 0; k < 4; k++)
        {
          const double away = hypot (context[0] - polar[k][0] * cos (polar[k][1]), context[1] - polar[k][0] * sin (polar[k][1]));

          if (away < nearest)
            {
              nearest = away;
              region = k;
            }
        }
      g_assert_cmpfloat (nearest, <=, 0.2);
      sum += nearest;
      hits[region]++;
    }
  for (int k = 0; k < 4; k++)
    {
      g_assert_cmpint (hits[k], >, 860); /* 1000 +- 5 standard deviations */
      g_assert_cmpint (hits[k], <, 1140);
    }
  lw_assert_close (sum / 4000, 0.1, 0, 0.005); /* uniform in radius, not in area */
  lw_task_free (task);
}

static void
test_score (void)
{
  LwTask *task = make_task ("reacher-2");
  const double q[2] = { 0, G_PI_2 }, context[2] = { 1.3, 0.6 };
  LwRollout rollout = { .measured = one_posture (q, 2) };
  double reward = NAN;
  gboolean success = TRUE;

  /* Tip at (1, 1): -1/2 (0.09 + 0.16). */
  g_assert_true (task->klass->score (task, context, &rollout, &reward, &success, NULL));
  lw_assert_close (reward, -0.125, 1e-12, 0);
  g_assert_false (success);
  /* The tip's path is believed when there is one: only its end counts. */
  g_assert_cmpint (lw_mat_alloc (&rollout.tip, 1, 3), ==, LW_OK);
  lw_mat_set (&rollout.tip, 0, 0, 1.3);
  lw_mat_set (&rollout.tip, 0, 1, 0.4);
  g_assert_true (task->klass->score (task, context, &rollout, &reward, NULL, NULL));
  lw_assert_close (reward, -0.02, 1e-12, 0);
  lw_rollout_clear (&rollout);
  lw_task_free (task);
}

/* Replayed demonstrations: between -0.0006 and -0.0002 on average (published, over sets of 1 to 4 regions). */
static void
test_demonstrations (void)
{
  for (int k = 1; k <= 4; k++)
    {
      g_autofree char *id = g_strdup_printf ("reacher-%d", k);
      LwTask *task = make_task (id);
      LwBasis basis;
      LwMat rows;
      double sum = 0, worst = 0;

      g_assert_cmpint (lw_basis_init_stroke (&basis, 20), ==, LW_OK);
      g_assert_true (task->klass->demonstrate (task, 200, &basis, 3, &rows, NULL));
      g_assert_cmpuint (rows.rows, ==, 200);
      g_assert_cmpuint (rows.cols, ==, 43);
      for (size_t i = 0; i < rows.rows; i++)
        {
          double reward = NAN;
          gboolean success;

          g_assert_cmpfloat (lw_mat_get (&rows, i, 2), ==, 3.0);
          replay_row (task, &basis, lw_mat_row (&rows, i), 40, NULL, &reward, &success);
          sum += reward;
          worst = fmin (worst, reward);
        }
      g_test_message ("%s: %.5f on average, worst %.4f", id, sum / 200, worst);
      g_assert_cmpfloat (sum / 200, <, -0.0001);
      g_assert_cmpfloat (sum / 200, >, -0.0007);
      lw_mat_clear (&rows);
      lw_task_free (task);
    }
}

/* The demonstrator's first step, by hand: from (0, 0), tip at (2, 0), goal g. d/dq mean((x - g)^2) = J' (x - g), J = [0 0; 2 1]. */
static void
test_first_step (void)
{
  LwTask *task = make_task ("reacher-1");
  double context[2];
  LwMat contexts = lw_mat_view (context, 1, 2);
  LwTrajectory *path = NULL;

  g_assert_true (lw_task_demonstrate_trajectories (task, 1, 9, &contexts, &path, NULL));
  g_assert_cmpuint (path->n_samples, ==, 201);
  lw_assert_close (lw_trajectory_duration (path), 3, 1e-12, 0);
  g_assert_cmpfloat (lw_mat_get (&path->q, 0, 0), ==, 0);
  lw_assert_close (lw_mat_get (&path->q, 1, 0), -0.1 * 2 * (0 - context[1]), 0, 1e-5);
  lw_assert_close (lw_mat_get (&path->q, 1, 1), -0.1 * 1 * (0 - context[1]), 0, 1e-5);
  lw_trajectory_unref (path);
  lw_task_free (task);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/reacher/planar-arm-is-the-model", test_planar_arm_is_the_model);
  g_test_add_func ("/reacher/regions", test_regions);
  g_test_add_func ("/reacher/score", test_score);
  g_test_add_func ("/reacher/demonstrations", test_demonstrations);
  g_test_add_func ("/reacher/first-step", test_first_step);
  return g_test_run ();
}
