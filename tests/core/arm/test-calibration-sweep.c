/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib.h>
#include <math.h>
#include <string.h>

#include "lw-assert-close.h"
#include "lw-calibration-sweep.h"

#define TICK (2.0 * G_PI / 4096.0)

/* Three joints: ±1 rad; -0.5..2.5 rad turned round; a full turn. */
static LwArmProfile
three_joints (void)
{
  return (LwArmProfile){
    .id = (char *) "three",
    .n_joints = 3,
    .joints = {
      { .name = "a", .id = 1, .sign = 1, .lower = -1, .upper = 1, .v_max = 1, .a_max = 1 },
      { .name = "b", .id = 2, .sign = -1, .zero = 0.3, .lower = -0.5, .upper = 2.5, .v_max = 1, .a_max = 1 },
      { .name = "c", .id = 3, .sign = 1, .lower = -3.1, .upper = 3.1, .v_max = 1, .a_max = 1, .full_turn = true },
    },
  };
}

/* What the encoder of a one-turn servo says when its shaft is at @angle: whole ticks from half a turn below the centre. */
static double
encoder (double angle)
{
  double ticks = fmod (round (angle / TICK) + 2048.0, 4096.0);

  return ((ticks < 0 ? ticks + 4096.0 : ticks) - 2048.0) * TICK;
}

/* Joint j of an arm whose shaft stands at sign q + zero. */
static void
sweep_there_and_back (LwCalibrationSweep *sweep, const LwArmProfile *profile, const double *sign, const double *zero, double share)
{
  for (int i = 0; i <= 400; i++)
    {
      double angles[3];

      for (size_t j = 0; j < 3; j++)
        {
          const LwProfileJoint *joint = &profile->joints[j];
          double middle = 0.5 * (joint->lower + joint->upper), half = 0.5 * (joint->upper - joint->lower) * share;

          angles[j] = encoder (sign[j] * (middle + half * sin (2 * G_PI * i / 400.0)) + zero[j]);
        }
      lw_calibration_sweep_add (sweep, angles);
    }
}

static void
test_sweep (void)
{
  const LwArmProfile profile = three_joints ();
  GRand             *rand = g_rand_new_with_seed (19);
  int                crossed = 0;

  for (int round_ = 0; round_ < 200; round_++)
    {
      const bool    flip[3] = { g_rand_boolean (rand), g_rand_boolean (rand), g_rand_boolean (rand) };
      double        sign[3], zero[3], pose[3], lower[3], upper[3];
      LwCalibrationSweep sweep;
      LwCalibration calibration;

      for (size_t j = 0; j < 3; j++)
        {
          sign[j] = profile.joints[j].sign * (flip[j] ? -1 : 1);
          zero[j] = g_rand_double_range (rand, -G_PI, G_PI); /* the jump lies anywhere in the travel, or outside */
          pose[j] = encoder (zero[j]);
        }
      lw_calibration_sweep_init (&sweep, &profile);
      g_assert_false (lw_calibration_sweep_done (&sweep));
      sweep_there_and_back (&sweep, &profile, sign, zero, 1.0);
      g_assert_true (lw_calibration_sweep_done (&sweep));
      g_assert_cmpint (lw_calibration_sweep_finish (&sweep, &profile, flip, pose, &calibration, lower, upper, NULL), ==, LW_OK);
      for (size_t j = 0; j < 2; j++)
        {
          const LwProfileJoint *joint = &profile.joints[j];
          double a = sign[j] * joint->lower + zero[j], b = sign[j] * joint->upper + zero[j];
          bool   jump = floor ((a + G_PI) / (2 * G_PI)) != floor ((b + G_PI) / (2 * G_PI));

          crossed += jump;
          /* The middle is in the encoder's own turn. */
          g_assert_cmpfloat (fabs (calibration.zero[j] + calibration.sign[j] * 0.5 * (joint->lower + joint->upper)), <=, G_PI + 1e-9);
          if (fabs (remainder (a + G_PI, 2 * G_PI)) > 2 * TICK && fabs (remainder (b + G_PI, 2 * G_PI)) > 2 * TICK)
            {
              g_assert_true (sweep.joints[j].jumped == jump);
              g_assert_true (lw_calibration_jumps (&calibration, j, joint->lower, joint->upper) == jump);
            }
          lw_assert_close (lower[j], joint->lower, 0, 2 * TICK);
          lw_assert_close (upper[j], joint->upper, 0, 2 * TICK);
        }
      /* Wherever the encoder jumps, what is measured is the joint's angle. */
      for (int i = 0; i < 100; i++)
        for (size_t j = 0; j < 3; j++)
          {
            double q = g_rand_double_range (rand, profile.joints[j].lower, profile.joints[j].upper);

            lw_assert_close (lw_calibration_joint (&calibration, j, encoder (sign[j] * q + zero[j])), q, 0, 2 * TICK);
          }
    }
  g_assert_cmpint (crossed, >, 100); /* of 400: the travels take 5 of 12.6 rad */
  g_rand_free (rand);
}

/* Begun beyond the encoder's jump, the travel was measured on another turn than the one its middle is in. */
static void
test_begun_beyond_the_jump (void)
{
  const LwArmProfile profile = three_joints ();
  const double       pose[3] = { 0 };
  double             lower[3], upper[3];
  LwCalibrationSweep sweep;
  LwCalibration      calibration;

  lw_calibration_sweep_init (&sweep, &profile);
  for (int i = 0; i <= 100; i++)
    {
      double part = i / 100.0, angles[3] = { encoder (4 - 2 * part), encoder (-2.5 + 3 * part), 0 };

      lw_calibration_sweep_add (&sweep, angles);
    }
  g_assert_cmpint (lw_calibration_sweep_finish (&sweep, &profile, NULL, pose, &calibration, lower, upper, NULL), ==, LW_OK);
  g_assert_true (sweep.joints[0].jumped);
  lw_assert_close (calibration.zero[0], 3, 0, 2 * TICK);
}

static void
test_too_short (void)
{
  const LwArmProfile profile = three_joints ();
  const double       sign[3] = { 1, -1, 1 }, zero[3] = { 0 }, pose[3] = { 0 };
  static const struct {
    double share;
    bool   enough;
  } cases[] = { { 0, false }, { 0.5, false }, { 0.975, false }, { 0.985, true }, { 1.0, true } };

  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      LwCalibration      calibration, before;
      LwCalibrationSweep sweep;
      double             lower[3] = { NAN, NAN, NAN }, upper[3] = { NAN, NAN, NAN };
      size_t             short_joint = 99;

      memset (&calibration, 0x5a, sizeof calibration);
      before = calibration;
      lw_calibration_sweep_init (&sweep, &profile);
      sweep_there_and_back (&sweep, &profile, sign, zero, cases[i].share);
      g_assert_true (lw_calibration_sweep_done (&sweep) == cases[i].enough);
      lw_assert_close (sweep.joints[0].fraction, cases[i].share, 0, 2 * TICK);
      g_assert_cmpint (lw_calibration_sweep_finish (&sweep, &profile, NULL, pose, &calibration, lower, upper, &short_joint), ==,
                       cases[i].enough ? LW_OK : LW_ERR_TOO_FEW);
      if (!cases[i].enough)
        {
          g_assert_cmpuint (short_joint, ==, 0);
          g_assert_cmpmem (&calibration, sizeof calibration, &before, sizeof before);
          g_assert_true (isnan (lower[0]) && isnan (upper[2]));
        }
    }
}

/* The second of two joints not swept; a full turn joint without its pose; a joint with stops that went round. */
static void
test_refused (void)
{
  LwArmProfile       profile = three_joints ();
  LwCalibration      calibration;
  LwCalibrationSweep sweep;
  double             lower[3], upper[3], pose[3] = { 0, 0, NAN };
  size_t             short_joint = 99;

  lw_calibration_sweep_init (&sweep, &profile);
  for (int i = -100; i <= 100; i++)
    lw_calibration_sweep_add (&sweep, (double[]){ i * 0.01, 0.5, 0 });
  g_assert_cmpint (lw_calibration_sweep_finish (&sweep, &profile, NULL, pose, &calibration, lower, upper, &short_joint), ==, LW_ERR_TOO_FEW);
  g_assert_cmpuint (short_joint, ==, 1);
  for (int i = -160; i <= 160; i++)
    lw_calibration_sweep_add (&sweep, (double[]){ NAN, i * 0.01, NAN });
  g_assert_cmpint (lw_calibration_sweep_finish (&sweep, &profile, NULL, pose, &calibration, lower, upper, &short_joint), ==, LW_ERR_TOO_FEW);
  g_assert_cmpuint (short_joint, ==, 2);
  g_assert_cmpint (lw_calibration_sweep_finish (&sweep, &profile, NULL, NULL, &calibration, lower, upper, &short_joint), ==, LW_ERR_TOO_FEW);
  pose[2] = 0.25;
  g_assert_cmpint (lw_calibration_sweep_finish (&sweep, &profile, NULL, pose, &calibration, lower, upper, NULL), ==, LW_OK);
  lw_assert_close (calibration.zero[2], 0.25, 0, 0);
  /* A full turn joint's range stays within one turn of its encoder, which ends at half a turn. */
  lw_assert_close (upper[2], G_PI - TICK - 0.25, 0, 1e-12);
  lw_assert_close (lower[2], -3.1, 0, 0);
  g_assert_false (lw_calibration_jumps (&calibration, 2, lower[2], upper[2]));

  for (int i = 0; i < 300; i++)
    lw_calibration_sweep_add (&sweep, (double[]){ remainder (0.05 * i, 2 * G_PI), NAN, NAN });
  g_assert_cmpint (lw_calibration_sweep_finish (&sweep, &profile, NULL, pose, &calibration, lower, upper, &short_joint), ==, LW_ERR_RANGE);
  g_assert_cmpuint (short_joint, ==, 0);

  profile.n_joints = 2;
  g_assert_cmpint (lw_calibration_sweep_finish (&sweep, &profile, NULL, pose, &calibration, lower, upper, &short_joint), ==, LW_ERR_SHAPE);
}

/* Answers that do not come leave no mark, also while the encoder jumps. */
static void
test_missing_answers (void)
{
  const LwArmProfile profile = three_joints ();
  LwCalibrationSweep sweep;

  lw_calibration_sweep_init (&sweep, &profile);
  lw_calibration_sweep_add (&sweep, (double[]){ NAN, NAN, INFINITY });
  g_assert_false (sweep.joints[0].any);
  for (int i = 0; i <= 200; i++)
    {
      double angle = encoder (2.5 + 0.01 * i); /* past half a turn on the way */

      lw_calibration_sweep_add (&sweep, (double[]){ i % 7 == 3 || (i > 60 && i < 70) ? NAN : angle, NAN, NAN });
    }
  g_assert_true (sweep.joints[0].jumped);
  g_assert_false (sweep.joints[1].any || sweep.joints[1].jumped);
  lw_assert_close (sweep.joints[0].lower, 2.5, 0, TICK);
  lw_assert_close (sweep.joints[0].upper, 4.5, 0, TICK);
  lw_assert_close (sweep.joints[0].last, 4.5, 0, TICK);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/calibration-sweep/across-the-jump", test_sweep);
  g_test_add_func ("/calibration-sweep/begun-beyond-the-jump", test_begun_beyond_the_jump);
  g_test_add_func ("/calibration-sweep/too-short", test_too_short);
  g_test_add_func ("/calibration-sweep/refused", test_refused);
  g_test_add_func ("/calibration-sweep/missing-answers", test_missing_answers);
  return g_test_run ();
}
