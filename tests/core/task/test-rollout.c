/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-rollout.h"

#include <math.h>
#include <stdlib.h>

#include "lw-assert-close.h"
#include "lw-test-paths.h"

static LwKinematics *
planar_kinematics (void)
{
  g_autofree char *path = lw_test_data_path ("arms/planar-2.xml");
  LwArmModel *model = lw_arm_model_load (path, NULL, NULL);
  LwKinematics *kinematics = lw_kinematics_new (model);

  lw_arm_model_unref (model);
  return kinematics;
}

static void
test_fill_tip (void)
{
  LwKinematics *kinematics = planar_kinematics ();
  LwRollout rollout = { .measured = lw_trajectory_new (5, 3) };

  /* A third column, as of a gripper the arm does not have, changes nothing. */
  for (size_t i = 0; i < 5; i++)
    for (size_t j = 0; j < 3; j++)
      lw_mat_set (&rollout.measured->q, i, j, 0.1 * (double) i + 0.3 * (double) j);
  for (int again = 0; again < 2; again++)
    {
      g_assert_cmpint (lw_rollout_fill_tip (&rollout, kinematics), ==, LW_OK);
      g_assert_cmpuint (rollout.tip.rows, ==, 5);
      g_assert_cmpuint (rollout.tip.cols, ==, 3);
    }
  for (size_t i = 0; i < 5; i++)
    {
      const double a = 0.1 * (double) i, b = a + a + 0.3;

      lw_assert_close_array (lw_mat_row (&rollout.tip, i), ((double[]){ cos (a) + cos (b), sin (a) + sin (b), 0 }), 3, 0, 1e-12);
    }
  lw_rollout_clear (&rollout);
  lw_kinematics_free (kinematics);
}

static void
test_fill_tip_shape (void)
{
  LwKinematics *kinematics = planar_kinematics ();
  LwRollout rollout = { 0 };

  g_assert_cmpint (lw_rollout_fill_tip (&rollout, kinematics), ==, LW_ERR_SHAPE);
  rollout.measured = lw_trajectory_new (5, 1);
  g_assert_cmpint (lw_rollout_fill_tip (&rollout, kinematics), ==, LW_ERR_SHAPE);
  g_assert_null (rollout.tip.data);
  lw_rollout_clear (&rollout);
  lw_kinematics_free (kinematics);
}

static void
test_clear (void)
{
  LwRollout rollout = { .planned = lw_trajectory_new (2, 2), .scene = calloc (3, sizeof (double)), .n_scene = 3, .aborted = true };

  rollout.measured = lw_trajectory_ref (rollout.planned);
  lw_rollout_clear (&rollout);
  lw_rollout_clear (&rollout);
  g_assert_null (rollout.planned);
  g_assert_null (rollout.measured);
  g_assert_null (rollout.scene);
  g_assert_cmpuint (rollout.n_scene, ==, 0);
  g_assert_false (rollout.aborted);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/rollout/fill-tip", test_fill_tip);
  g_test_add_func ("/rollout/fill-tip-shape", test_fill_tip_shape);
  g_test_add_func ("/rollout/clear", test_clear);
  return g_test_run ();
}
