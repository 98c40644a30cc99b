/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib.h>
#include <math.h>

#include "lw-assert-close.h"
#include "lw-calibration.h"
#include "lw-test-paths.h"

static void
test_there_and_back (void)
{
  const LwCalibration calibration = { .sign = { 1, -1 }, .zero = { 0.3, -1.2 }, .middle = { NAN, NAN } };

  /* rad = sign (angle - zero), by hand. */
  lw_assert_close (lw_calibration_joint (&calibration, 0, 1.0), 0.7, 1e-15, 0);
  lw_assert_close (lw_calibration_joint (&calibration, 1, 1.0), -2.2, 1e-15, 0);
  for (size_t j = 0; j < 2; j++)
    for (double q = -3; q < 3; q += 0.37)
      lw_assert_close (lw_calibration_joint (&calibration, j, lw_calibration_servo (&calibration, j, q)), q, 1e-14, 1e-15);
}

static void
test_centre (void)
{
  static const char *arms[] = { "arms/planar-2.xml", "arms/planar-7.xml", "arms/desk-6.xml", "arms/arm-7.xml" };

  for (size_t i = 0; i < G_N_ELEMENTS (arms); i++)
    {
      g_autofree char *path = lw_test_data_path (arms[i]);
      LwSimError       error = { "" };
      LwArmModel      *model = lw_arm_model_load (path, NULL, &error);
      LwCalibration    calibration;

      g_assert_cmpstr (error.text, ==, "");
      lw_calibration_centre (model, &calibration);
      for (size_t j = 0; j < lw_arm_model_n_joints (model); j++)
        {
          const LwJointInfo *joint = &lw_arm_model_joints (model)[j];

          lw_assert_close (lw_calibration_servo (&calibration, j, 0.5 * (joint->lower + joint->upper)), 0, 0, 1e-12);
          /* The whole range within one turn of the servo. */
          g_assert_cmpfloat (fabs (lw_calibration_servo (&calibration, j, joint->upper)), <, G_PI);
        }
      lw_arm_model_unref (model);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/calibration/there-and-back", test_there_and_back);
  g_test_add_func ("/calibration/centre", test_centre);
  return g_test_run ();
}
