/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "lw-assert-close.h"
#include "lw-pour-cup.h"
#include "lw-test-task.h"

/* The closed form against the flow's own equation in small steps. */
static void
test_cup_flow (void)
{
  for (double angle = 0.3; angle < 2.2; angle += 0.1)
    {
      double closed = LW_CUP_CONTENT, small = LW_CUP_CONTENT;

      for (int i = 0; i < 100; i++)
        {
          closed = lw_cup_tilt (closed, angle, 0.01);
          for (int k = 0; k < 200; k++)
            {
              const double head = angle - lw_cup_rim_angle (small);

              small = fmax (0.0, small - (head > 0 && small > 0 ? LW_CUP_FLOW * pow (head, 1.5) : 0.0) * 0.01 / 200);
            }
          lw_assert_close (closed, small, 0, 0.05);
        }
      /* One long step is as good as many. */
      lw_assert_close (lw_cup_tilt (LW_CUP_CONTENT, angle, 1.0), closed, 0, 1e-9);
      g_assert_cmpfloat (closed, >=, lw_cup_rest (LW_CUP_CONTENT, angle) - 1e-9);
      lw_assert_close (lw_cup_tilt (LW_CUP_CONTENT, angle, 1e4), lw_cup_rest (LW_CUP_CONTENT, angle), 0, 1e-3);
    }
  lw_assert_close (lw_cup_rim_angle (LW_CUP_CONTENT), LW_CUP_FULL_ANGLE, 0, 1e-12);
  lw_assert_close (lw_cup_rim_angle (0), LW_CUP_EMPTY_ANGLE, 0, 1e-12);
  g_assert_cmpfloat (lw_cup_tilt (LW_CUP_CONTENT, LW_CUP_FULL_ANGLE - 1e-6, 10), ==, LW_CUP_CONTENT);
  g_assert_cmpfloat (lw_cup_tilt (0, 3, 10), ==, 0);
}

static void
score_mass (LwTask *task, double wanted, double mass, double *reward, gboolean *success)
{
  LwRollout rollout = { .measured = lw_trajectory_new (3, 6) };
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (lw_rollout_set_measures (&rollout, &mass, 1), ==, LW_OK);
  task->klass->score (task, &wanted, &rollout, reward, success, &error);
  g_assert_no_error (error);
  lw_rollout_clear (&rollout);
}

static void
test_score (void)
{
  LwTask *task = make_task ("pour");
  double reward = NAN;
  gboolean success = 77;

  g_assert_cmpuint (task->info.n_measures, ==, 1);
  g_assert_cmpstr (task->info.measures[0].unit, ==, "g");
  score_mass (task, 100, 100, &reward, &success);
  g_assert_true (reward == 0 && success == TRUE);
  score_mass (task, 100, 104, &reward, &success);
  g_assert_true (reward == -4 && success == TRUE);
  score_mass (task, 100, 95.99, &reward, &success);
  lw_assert_close (reward, -4.01, 0, 1e-12);
  g_assert_cmpint (success, ==, FALSE);
  score_mass (task, 100, 0, &reward, NULL);
  g_assert_cmpfloat (reward, ==, -100);
  lw_task_free (task);
}

/* Without a measured number, or with one that could not be measured, there is no score. */
static void
test_no_measure (void)
{
  LwTask *task = make_task ("pour");
  const double wanted = 50, none = NAN;
  LwRollout rollout = { .measured = lw_trajectory_new (3, 6) };
  g_autoptr (GError) error = NULL;
  double reward = 77;

  g_assert_false (task->klass->score (task, &wanted, &rollout, &reward, NULL, &error));
  g_assert_error (error, LW_TASK_ERROR, LW_TASK_ERROR_SHAPE);
  g_clear_error (&error);
  g_assert_cmpint (lw_rollout_set_measures (&rollout, &none, 1), ==, LW_OK);
  g_assert_false (task->klass->score (task, &wanted, &rollout, &reward, NULL, &error));
  g_assert_error (error, LW_TASK_ERROR, LW_TASK_ERROR_FAILED);
  g_assert_nonnull (strstr (error->message, "poured mass"));
  g_assert_cmpfloat (reward, ==, 77);
  lw_rollout_clear (&rollout);
  lw_task_free (task);
}

/* Joint @roll held for a second at the posture in which demonstrations end. */
static double
pour_at (LwTask *task, const double *posture, double roll, double back)
{
  LwRollout rollout = { .measured = lw_trajectory_new (200, 6) };
  const double wanted = 50;
  g_autoptr (GError) error = NULL;
  LwTrajectory *seen = NULL;
  double mass;

  for (size_t i = 0; i < 200; i++)
    {
      rollout.measured->t[i] = 0.01 * (double) i;
      for (size_t j = 0; j < 6; j++)
        lw_mat_set (&rollout.measured->q, i, j, posture[j] + (j == 4 ? (i < 150 ? roll : back) : 0));
    }
  g_assert_true (task->klass->simulate (task, &wanted, &rollout, &seen, &error));
  g_assert_cmpint (lw_trajectory_check (seen), ==, LW_OK);
  /* What is on the scale only grows, nothing arrives before it has fallen, and in the end nothing falls any more. */
  for (size_t i = 1; i < seen->n_samples; i++)
    g_assert_cmpfloat (lw_mat_get (&seen->q, i, 0), >=, lw_mat_get (&seen->q, i - 1, 0));
  g_assert_cmpfloat (lw_mat_get (&seen->q, (size_t) (100 * LW_CUP_FALL) - 1, 0), ==, 0);
  mass = lw_mat_get (&seen->q, seen->n_samples - 1, 0);
  g_assert_true (lw_task_simulate_measures (task, &wanted, &rollout, &error));
  g_assert_cmpfloat (rollout.measures[0], ==, mass);
  lw_trajectory_unref (seen);
  lw_rollout_clear (&rollout);
  return mass;
}

static void
test_simulated_pour (void)
{
  LwTask *task = make_task ("pour");
  static const double posture[6] = { 0.35, -0.2, 0.35, -0.15, 0, 0.3 };
  double aside[6] = { -1.2, -0.2, 0.35, -0.15, 0, 0.3 }, cup;

  g_assert_cmpfloat (pour_at (task, posture, 0.5, 0), ==, 0); /* below the rim */
  /* All that the tilt lets out, to what the time was too short for. */
  cup = lw_cup_tilt (LW_CUP_CONTENT, 1.2, 1.5);
  lw_assert_close (pour_at (task, posture, 1.2, 0), LW_CUP_CONTENT - cup, 0, 0.1);
  /* Left tilted at the end it goes on running. */
  g_assert_cmpfloat (pour_at (task, posture, 1.2, 1.2), >, pour_at (task, posture, 1.2, 0) + 0.5);
  g_assert_cmpfloat (pour_at (task, aside, 1.2, 0), ==, 0); /* beside the pan */
  g_assert_cmpfloat (pour_at (task, posture, 1.3, 0), >, pour_at (task, posture, 1.2, 0) + 10);
  lw_task_free (task);
}

/* A demonstration pours too much by eye, as it says; executed from its weights it pours what its path did. */
static void
test_demonstrations (void)
{
  enum { N = 60 };
  LwTask *task = make_task ("pour");
  LwTrajectory *paths[N];
  LwBasis basis;
  LwMat contexts, rows;
  double ratio = 0, worst = 0;

  g_assert_cmpint (lw_mat_alloc (&contexts, N, 1), ==, LW_OK);
  g_assert_cmpint (lw_basis_init_stroke (&basis, task->info.n_basis), ==, LW_OK);
  g_assert_true (lw_task_demonstrate_trajectories (task, N, 3, &contexts, paths, NULL));
  g_assert_true (task->klass->demonstrate (task, N, &basis, 3, &rows, NULL));
  for (size_t i = 0; i < N; i++)
    {
      LwRollout shown = { .measured = paths[i] }, made = { 0 };
      const double wanted = lw_mat_get (&contexts, i, 0);

      g_assert_true (wanted >= task->info.contexts[0].lower && wanted <= task->info.contexts[0].upper);
      g_assert_cmpint (lw_trajectory_check (paths[i]), ==, LW_OK);
      g_assert_cmpfloat (lw_trajectory_duration (paths[i]), <, task->info.max_duration);
      g_assert_true (lw_task_simulate_measures (task, &wanted, &shown, NULL));
      ratio += shown.measures[0] / wanted / N;
      g_assert_cmpint (lw_task_movement (task, &basis, lw_mat_row (&rows, i) + 1, rows.cols - 2, &made.measured), ==, LW_OK);
      g_assert_true (lw_task_simulate_measures (task, &wanted, &made, NULL));
      worst = fmax (worst, fabs (made.measures[0] - shown.measures[0]));
      lw_rollout_clear (&shown);
      lw_rollout_clear (&made);
    }
  g_test_message ("poured %.3f of what was wanted; the basis changes it by %.2f g at most", ratio, worst);
  g_assert_true (ratio > 1.1 && ratio < 1.2);
  g_assert_cmpfloat (worst, <, 2.0);
  lw_mat_clear (&contexts);
  lw_mat_clear (&rows);
  lw_task_free (task);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/pour/cup-flow", test_cup_flow);
  g_test_add_func ("/pour/score", test_score);
  g_test_add_func ("/pour/no-measure", test_no_measure);
  g_test_add_func ("/pour/simulated", test_simulated_pour);
  g_test_add_func ("/pour/demonstrations", test_demonstrations);
  return g_test_run ();
}
