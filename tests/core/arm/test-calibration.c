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

/* A joint that is moved on and on is measured without a step where its encoder jumps, wherever in the travel that is. */
static void
test_continuous (void)
{
  for (double zero = -7; zero < 7; zero += 0.31)
    for (int turned = 0; turned < 2; turned++)
      {
        const LwCalibration calibration = { .sign = { turned ? -1 : 1 }, .zero = { zero }, .middle = { 0.4 } };
        double before = NAN;

        for (double q = 0.4 - 3.0; q <= 0.4 + 3.0; q += 0.01)
          {
            /* A one-turn encoder shows the shaft's angle between -pi and pi. */
            double measured = lw_calibration_joint (&calibration, 0, remainder (lw_calibration_servo (&calibration, 0, q), 2 * G_PI));

            lw_assert_close (measured, q, 0, 1e-12);
            if (isfinite (before))
              lw_assert_close (measured - before, 0.01, 0, 1e-12);
            before = measured;
          }
      }
}

/* Without a middle the angle is taken as it comes: any number of turns. */
static void
test_many_turns (void)
{
  const LwCalibration calibration = { .sign = { 1 }, .zero = { 0.5 }, .middle = { NAN } };

  lw_assert_close (lw_calibration_joint (&calibration, 0, 20 * G_PI + 0.5), 20 * G_PI, 1e-15, 0);
}

static void
test_jumps (void)
{
  LwCalibration calibration;
  const double  tick = 2 * G_PI / 4096;

  lw_calibration_identity (&calibration);
  g_assert_false (lw_calibration_jumps (&calibration, 0, -1, 1));
  /* The turn begins at -pi and ends one tick before pi, which is where it begins again. */
  g_assert_false (lw_calibration_jumps (&calibration, 0, -G_PI, G_PI - tick));
  g_assert_true (lw_calibration_jumps (&calibration, 0, -G_PI, G_PI));
  g_assert_true (lw_calibration_jumps (&calibration, 0, -G_PI - tick, 0));
  g_assert_true (lw_calibration_jumps (&calibration, 0, 3, 3.2));
  /* In the next turn the numbers are others, the jump is where it was. */
  g_assert_false (lw_calibration_jumps (&calibration, 0, G_PI, 3 * G_PI - tick));
  g_assert_true (lw_calibration_jumps (&calibration, 0, 9, 9.5));

  calibration.zero[0] = 2.5;
  g_assert_true (lw_calibration_jumps (&calibration, 0, -1, 1));
  g_assert_false (lw_calibration_jumps (&calibration, 0, -1, 0.6));
  calibration.sign[0] = -1; /* 2.5 - q */
  g_assert_true (lw_calibration_jumps (&calibration, 0, -1, 1));
  g_assert_false (lw_calibration_jumps (&calibration, 0, -0.6, 1));
}

static void
test_within_turn (void)
{
  const double tick = 2 * G_PI / 4096;

  for (int turned = 0; turned < 2; turned++)
    for (double zero = -3; zero <= 3; zero += 0.5)
      {
        const LwCalibration calibration = { .sign = { turned ? -1 : 1 }, .zero = { zero }, .middle = { 0 } };
        double lower = -3.1, upper = 3.1, low = -0.1, high = 0.1;

        lw_calibration_within_turn (&calibration, 0, &lower, &upper);
        g_assert_cmpfloat (lower, >=, -3.1);
        g_assert_cmpfloat (upper, <=, 3.1);
        lw_assert_close (upper - lower, fmin (6.2, 3.1 + G_PI - fabs (zero)), 0, 2 * tick);
        g_assert_false (lw_calibration_jumps (&calibration, 0, lower + 1e-9, upper - 1e-9));
        lw_calibration_within_turn (&calibration, 0, &low, &high);
        g_assert_true (low == -0.1 && high == 0.1); /* what lies within is left alone */
      }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/calibration/there-and-back", test_there_and_back);
  g_test_add_func ("/calibration/centre", test_centre);
  g_test_add_func ("/calibration/continuous", test_continuous);
  g_test_add_func ("/calibration/many-turns", test_many_turns);
  g_test_add_func ("/calibration/jumps", test_jumps);
  g_test_add_func ("/calibration/within-turn", test_within_turn);
  return g_test_run ();
}
