/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "lw-assert-close.h"
#include "lw-npy-golden.h"
#include "lw-test-task.h"

static void
test_contexts_avoid_the_obstacle (void)
{
  LwTask *task = make_task ("reacher-obstacle");
  double sum = 0;

  for (uint32_t i = 0; i < 5000; i++)
    {
      double c[2];
      LwRng rng;

      lw_rng_init (&rng, 2, LW_RNG_CONTEXT, 0, i);
      task->klass->draw_context (task, &rng, c);
      g_assert_false (c[0] >= 0.5 && c[0] <= 0.75 && c[1] >= 0.5 && c[1] <= 0.75);
      g_assert_cmpfloat (hypot (c[0], c[1]), <=, 1.8);
      sum += hypot (c[0], c[1]);
    }
  lw_assert_close (sum / 5000, 0.9, 0, 0.03); /* uniform in radius */
  lw_task_free (task);
}

static void
test_score (void)
{
  static const struct { double q[2], goal[2], reward; gboolean success; } cases[] = {
    { { 0, G_PI_2 }, { 1, 0.8 }, -0.02, TRUE },    /* tip (1, 1), clear of the square */
    { { 0, G_PI_2 }, { 1, 0.6 }, -0.08, TRUE },    /* 0.4 m away just counts */
    { { 0, G_PI_2 }, { 1, 0.59 }, -0.08405, FALSE },
    { { G_PI / 4, 0 }, { 1.4, 1.4 }, -1, FALSE },  /* link 1 lies across it */
    { { 0, 2.2 }, { 0, 0 }, -1, FALSE },           /* link 2 does */
  };
  LwTask *task = make_task ("reacher-obstacle");

  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      LwRollout rollout = { .measured = one_posture (cases[i].q, 2) };
      double reward = NAN;
      gboolean success = 77;

      g_assert_true (task->klass->score (task, cases[i].goal, &rollout, &reward, &success, NULL));
      lw_assert_close (reward, cases[i].reward, 1e-9, 0);
      g_assert_cmpint (success, ==, cases[i].success);
      lw_rollout_clear (&rollout);
    }
  lw_task_free (task);
}

/* A collision anywhere on the way counts. */
static void
test_collision_on_the_way (void)
{
  LwTask *task = make_task ("reacher-obstacle");
  LwRollout rollout = { .measured = lw_trajectory_new (3, 2) };
  const double goal[2] = { 0, 2 };
  double reward = NAN;
  gboolean success = 77;

  lw_mat_set (&rollout.measured->q, 1, 0, G_PI / 4);
  lw_mat_set (&rollout.measured->q, 2, 0, G_PI_2);
  g_assert_true (task->klass->score (task, goal, &rollout, &reward, &success, NULL));
  g_assert_cmpfloat (reward, ==, -1);
  g_assert_false (success);
  lw_mat_set (&rollout.measured->q, 1, 0, 0);
  g_assert_true (task->klass->score (task, goal, &rollout, &reward, &success, NULL));
  lw_assert_close (reward, 0, 0, 1e-12);
  g_assert_true (success);
  lw_rollout_clear (&rollout);
  lw_task_free (task);
}

/* Published demonstrations, replayed: 0.877 of the whole set succeed; 5000 of its rows are at hand. */
static void
test_published_demonstrations (void)
{
  g_auto (LwGolden) data = { 0 };
  LwTask *task;
  LwBasis basis;
  size_t succeeded = 0;

  if (!lw_golden_load (&data, "data/reacher2d_obstacle.npy"))
    return;
  task = make_task ("reacher-obstacle");
  g_assert_cmpint (lw_basis_init_stroke (&basis, 20), ==, LW_OK);
  for (size_t i = 0; i < data.dims[0]; i++)
    {
      double reward;
      gboolean success;

      replay_row (task, &basis, data.data + i * data.dims[1], 40, NULL, &reward, &success);
      succeeded += success;
    }
  g_test_message ("%.4f of %zu succeed", (double) succeeded / (double) data.dims[0], data.dims[0]);
  lw_assert_close ((double) succeeded / (double) data.dims[0], 0.877, 0, 0.0093); /* two standard deviations of 5000 draws */
  lw_task_free (task);
}

static void
test_own_demonstrations (void)
{
  LwTask *task = make_task ("reacher-obstacle");
  const size_t n = lw_test_is_long () ? 300 : 60;
  gint64 start = g_get_monotonic_time ();
  LwBasis basis;
  LwMat rows;
  double longest = 0;

  g_assert_cmpint (lw_basis_init_stroke (&basis, 20), ==, LW_OK);
  g_assert_true (task->klass->demonstrate (task, n, &basis, 4, &rows, NULL));
  g_test_message ("%.1f ms a demonstration", (double) (g_get_monotonic_time () - start) / 1e3 / (double) n);
  for (size_t i = 0; i < n; i++)
    {
      double reward = NAN;
      gboolean success = FALSE;

      replay_row (task, &basis, lw_mat_row (&rows, i), 40, NULL, &reward, &success);
      g_assert_true (success);
      g_assert_cmpfloat (reward, >, -0.01);
      longest = fmax (longest, lw_mat_get (&rows, i, 2));
    }
  g_assert_cmpfloat (longest, <, 5);
  lw_mat_clear (&rows);
  lw_task_free (task);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/reacher-obstacle/contexts-avoid-the-obstacle", test_contexts_avoid_the_obstacle);
  g_test_add_func ("/reacher-obstacle/score", test_score);
  g_test_add_func ("/reacher-obstacle/collision-on-the-way", test_collision_on_the_way);
  g_test_add_func ("/reacher-obstacle/published-demonstrations", test_published_demonstrations);
  g_test_add_func ("/reacher-obstacle/own-demonstrations", test_own_demonstrations);
  return g_test_run ();
}
