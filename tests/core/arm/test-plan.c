/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib.h>
#include <math.h>
#include <string.h>

#include "lw-assert-close.h"
#include "lw-plan.h"
#include "lw-rng.h"
#include "lw-test-paths.h"

#define RATE 100.0

static LwArmModel *
load (const char *file)
{
  g_autofree char *path = lw_test_data_path (file);
  LwSimError       error = { "" };
  LwArmModel      *model = lw_arm_model_load (path, NULL, &error);

  g_assert_cmpstr (error.text, ==, "");
  return model;
}

static LwLimits
two_joints (void)
{
  LwLimits limits = { .n_joints = 2, .q_min = { -2, -2 }, .q_max = { 2, 2 }, .v_max = { 2, 3 }, .a_max = { 10, 20 },
                      .box_min = { -INFINITY, -INFINITY, -INFINITY }, .box_max = { INFINITY, INFINITY, INFINITY }, .floor_z = -INFINITY, .stop_time = 0.08 };

  return limits;
}

/* A minimum-jerk stroke of joint 0 from a to b, joint 1 half of it, over @duration. */
static LwTrajectory *
stroke (double a, double b, double duration, size_t n)
{
  LwTrajectory *movement = lw_trajectory_new (n, 2);

  for (size_t i = 0; i < n; i++)
    {
      double x = (double) i / (double) (n - 1), s = x * x * x * (10 - 15 * x + 6 * x * x);

      movement->t[i] = duration * x;
      lw_mat_set (&movement->q, i, 0, a + (b - a) * s);
      lw_mat_set (&movement->q, i, 1, 0.5 * (a + (b - a) * s));
    }
  return movement;
}

/* No goal of a plan breaks a limit; differences start from rest at @start. */
static void
assert_within (const LwPlan *plan, const LwLimits *limits, const double *start)
{
  double peak = 0, fraction = 0, closest = INFINITY;

  for (size_t i = 0; i < plan->goals->n_samples; i++)
    for (size_t j = 0; j < limits->n_joints; j++)
      {
        double q = lw_mat_get (&plan->goals->q, i, j);
        double before = i >= 1 ? lw_mat_get (&plan->goals->q, i - 1, j) : start[j];
        double two_before = i >= 2 ? lw_mat_get (&plan->goals->q, i - 2, j) : start[j];
        double v = (q - before) * plan->rate_hz, a = (q - 2 * before + two_before) * plan->rate_hz * plan->rate_hz;

        g_assert_cmpfloat (q, >=, limits->q_min[j]);
        g_assert_cmpfloat (q, <=, limits->q_max[j]);
        g_assert_cmpfloat (fabs (v), <=, limits->v_max[j]);
        g_assert_cmpfloat (fabs (a), <=, limits->a_max[j]);
        peak = fmax (peak, fabs (v));
        fraction = fmax (fraction, fabs (v) / limits->v_max[j]);
        closest = fmin (closest, fmin (q - limits->q_min[j], limits->q_max[j] - q));
      }
  /* What is announced is what is emitted. */
  lw_assert_close (plan->peak_speed, peak, 1e-9, 0);
  lw_assert_close (plan->peak_fraction, fraction, 1e-9, 0);
  lw_assert_close (plan->closest_limit, closest, 1e-12, 0);
  lw_assert_close (plan->duration, (double) (plan->goals->n_samples - 1) / plan->rate_hz, 1e-12, 0);
  lw_assert_close (plan->goals->t[1] - plan->goals->t[0], 1 / plan->rate_hz, 1e-12, 0);
}

/* Slow enough already and starting at the arm: every goal is the movement's own sample. */
static void
test_passes_unchanged (void)
{
  LwLimits      limits = two_joints ();
  LwTrajectory *movement = stroke (0.2, 1.0, 2.0, 201);
  const double  start[] = { 0.2, 0.1 };
  LwPlan       *plan = NULL;

  g_assert_cmpint (lw_plan_new (&limits, NULL, RATE, start, movement, 1, &plan), ==, LW_OK);
  g_assert_cmpuint (plan->n_ramp, ==, 0);
  g_assert_cmpuint (plan->goals->n_samples, >=, 201);
  lw_assert_close_array (plan->goals->q.data, movement->q.data, 402, 0, 1e-9);
  lw_assert_close (plan->retimed_by, 1, 1e-9, 0);
  g_assert_cmpuint (plan->limited, ==, 0);
  g_assert_cmpfloat (plan->deviation, <, 1e-9);
  lw_assert_close (plan->far, 0, 0, 1e-15);
  lw_assert_close (plan->closest_limit, 1.0, 1e-9, 0);
  g_assert_cmpuint (plan->closest_joint, ==, 0);
  /* 15/8 of 0.8 rad in 2 s. */
  lw_assert_close (plan->peak_speed, 1.875 * 0.8 / 2, 1e-3, 0);
  assert_within (plan, &limits, start);
  lw_plan_unref (plan);
  lw_trajectory_unref (movement);
}

/* Ten times too fast: slowed uniformly by what v_max and a_max ask for, the same path. */
static void
test_retimes (void)
{
  LwLimits      limits = two_joints ();
  LwTrajectory *movement = stroke (0, 1, 0.2, 201);
  const double  start[] = { 0, 0 };
  LwPlan       *plan = NULL;

  g_assert_cmpint (lw_plan_new (&limits, NULL, RATE, start, movement, 1, &plan), ==, LW_OK);
  /* Velocity asks for 15/8 / 2 s, acceleration for sqrt (10/sqrt(3) / 10) s. */
  lw_assert_close (plan->retimed_by * 0.2, fmax (0.9375, sqrt (5.7735 / 10)), 0.02, 0);
  g_assert_cmpfloat (plan->peak_fraction, >, 0.95);
  g_assert_cmpuint (plan->limited, ==, 0);
  assert_within (plan, &limits, start);
  for (size_t i = 0; i < plan->goals->n_samples; i++) /* joint 1 = joint 0 / 2 all along */
    lw_assert_close (lw_mat_get (&plan->goals->q, i, 1), 0.5 * lw_mat_get (&plan->goals->q, i, 0), 0, 1e-4);
  lw_plan_unref (plan);
  lw_trajectory_unref (movement);
}

/* Half the speed: twice the duration, the same path. */
static void
test_speed (void)
{
  LwLimits      limits = two_joints ();
  LwTrajectory *movement = stroke (0, 1, 0.2, 201);
  const double  start[] = { 0, 0 };
  LwPlan       *fast = NULL, *slow = NULL;

  g_assert_cmpint (lw_plan_new (&limits, NULL, RATE, start, movement, 1, &fast), ==, LW_OK);
  g_assert_cmpint (lw_plan_new (&limits, NULL, RATE, start, movement, 0.5, &slow), ==, LW_OK);
  lw_assert_close (slow->duration, 2 * fast->duration, 0, 2.5 / RATE);
  lw_assert_close (slow->peak_speed, 0.5 * fast->peak_speed, 0.02, 0);
  lw_assert_close (slow->speed, 0.5, 0, 0);
  for (size_t i = 0; i < fast->goals->n_samples; i++)
    {
      double q[2];

      lw_trajectory_at (slow->goals, fast->goals->t[i] * slow->duration / fast->duration, q);
      lw_assert_close (q[1], 0.5 * q[0], 0, 1e-4);
      lw_assert_close (q[0], lw_mat_get (&fast->goals->q, i, 0), 0, 0.02);
    }
  lw_plan_unref (fast);
  lw_plan_unref (slow);
  lw_trajectory_unref (movement);
}

/* From elsewhere: a ramp from rest at the measured pose to the movement's start, then the movement. */
static void
test_ramps (void)
{
  LwLimits      limits = two_joints ();
  LwTrajectory *movement = stroke (0.2, 1.0, 2.0, 201);
  const double  start[] = { -1.3, 0.4 };
  LwPlan       *plan = NULL;

  g_assert_cmpint (lw_plan_new (&limits, NULL, RATE, start, movement, 0.5, &plan), ==, LW_OK);
  lw_assert_close (plan->far, 1.5, 1e-12, 0);
  g_assert_cmpuint (plan->n_ramp, >, 50);
  lw_assert_close_array (lw_mat_row (&plan->goals->q, 0), start, 2, 0, 1e-12);
  lw_assert_close_array (lw_mat_row (&plan->goals->q, plan->n_ramp), movement->q.data, 2, 0, 1e-9);
  for (size_t i = 1; i <= plan->n_ramp; i++)
    {
      double v = (lw_mat_get (&plan->goals->q, i, 0) - lw_mat_get (&plan->goals->q, i - 1, 0)) * RATE;

      g_assert_cmpfloat (v, >=, -1e-9);
      g_assert_cmpfloat (v, <=, 0.5 * limits.v_max[0]);
    }
  lw_assert_close (lw_mat_get (&plan->goals->q, plan->goals->n_samples - 1, 0), 1.0, 0, 1e-9);
  g_assert_cmpuint (plan->limited, ==, 0);
  assert_within (plan, &limits, start);
  lw_plan_unref (plan);
  lw_trajectory_unref (movement);
}

/* A movement that is in motion from its first sample to its last (as a ProMP gives it) is eased in and out on its own path. */
static void
test_eases (void)
{
  LwLimits      limits = two_joints ();
  LwTrajectory *movement = lw_trajectory_new (101, 2);
  double        start[2];
  LwPlan       *plan = NULL;

  for (size_t i = 0; i < 101; i++)
    {
      double t = 0.01 * (double) i;

      movement->t[i] = t;
      lw_mat_set (&movement->q, i, 0, sin (1.5 * t));
      lw_mat_set (&movement->q, i, 1, cos (1.5 * t));
    }
  memcpy (start, lw_mat_row (&movement->q, 0), sizeof start);
  g_assert_cmpint (lw_plan_new (&limits, NULL, RATE, start, movement, 1, &plan), ==, LW_OK);
  g_assert_cmpuint (plan->limited, ==, 0);
  g_assert_cmpfloat (plan->deviation, <=, LW_PLAN_TOLERANCE);
  assert_within (plan, &limits, start);
  for (size_t i = 0; i < plan->goals->n_samples; i++)
    lw_assert_close (hypot (lw_mat_get (&plan->goals->q, i, 0), lw_mat_get (&plan->goals->q, i, 1)), 1, 0, 1e-3);
  lw_assert_close_array (lw_mat_row (&plan->goals->q, plan->goals->n_samples - 1), lw_mat_row (&movement->q, 100), 2, 0, 1e-6);
  lw_plan_unref (plan);
  lw_trajectory_unref (movement);
}

static void
test_cut_by_range (void)
{
  LwLimits      limits = two_joints ();
  LwTrajectory *movement = stroke (0, 2.5, 4.0, 401);
  const double  start[] = { 0, 0 };
  LwPlan       *plan = NULL;

  g_assert_cmpint (lw_plan_new (&limits, NULL, RATE, start, movement, 1, &plan), ==, LW_OK);
  g_assert_cmpuint (plan->limited & LW_LIMITED_POSITION, !=, 0);
  lw_assert_close (plan->deviation, 0.5, 1e-6, 0);
  lw_assert_close (plan->retimed_by, 1, 0.01, 0); /* going slower would not help */
  g_assert_cmpfloat (plan->closest_limit, >=, 0);
  g_assert_cmpfloat (plan->closest_limit, <, 1e-6);
  assert_within (plan, &limits, start);
  lw_plan_unref (plan);
  lw_trajectory_unref (movement);
}

static void
test_cut_by_floor (void)
{
  LwArmModel        *model = load ("arms/arm-7.xml");
  const LwJointInfo *joints = lw_arm_model_joints (model);
  LwKinematics      *kinematics = lw_kinematics_new (model);
  LwTrajectory      *movement = lw_trajectory_new (101, 7);
  LwLimits           limits;
  double             home[LW_MAX_JOINTS];
  LwPlan            *plan = NULL;

  lw_limits_from_model (model, &limits);
  for (size_t j = 0; j < 7; j++)
    home[j] = joints[j].home;
  lw_kinematics_set (kinematics, home);
  limits.floor_z = lw_kinematics_lowest (kinematics) - 0.05;
  for (size_t i = 0; i < 101; i++)
    {
      double x = (double) i / 100, s = x * x * x * (10 - 15 * x + 6 * x * x);

      movement->t[i] = 0.05 * (double) i;
      memcpy (lw_mat_row (&movement->q, i), home, 7 * sizeof (double));
      lw_mat_row (&movement->q, i)[1] += 1.5 * s; /* shoulder forward and down */
    }
  g_assert_cmpint (lw_plan_new (&limits, NULL, RATE, home, movement, 1, &plan), ==, LW_ERR_RANGE);
  g_assert_cmpint (lw_plan_new (&limits, model, RATE, home, movement, 1, &plan), ==, LW_OK);
  g_assert_cmpuint (plan->limited & LW_LIMITED_WORKSPACE, !=, 0);
  g_assert_cmpfloat (plan->deviation, >, 0.01);
  for (size_t i = 0; i < plan->goals->n_samples; i++)
    {
      lw_kinematics_set (kinematics, lw_mat_row (&plan->goals->q, i));
      g_assert_cmpfloat (lw_kinematics_lowest (kinematics), >=, limits.floor_z);
    }
  assert_within (plan, &limits, home);
  lw_plan_unref (plan);
  lw_trajectory_unref (movement);
  lw_kinematics_free (kinematics);
  lw_arm_model_unref (model);
}

/* Random movements as a learner might draw them: within the limits, at rest at the end, bit for bit the same when asked for again, and its
 * goals pass another limiter unchanged: execution emits what was shown. */
static void
test_random_movements (void)
{
  LwLimits limits = two_joints ();
  LwRng    rng;

  lw_rng_init (&rng, 5, LW_RNG_TEST, 0, 0);
  for (int trial = 0; trial < 60; trial++)
    {
      size_t        n = 2 + lw_rng_below (&rng, 80);
      LwTrajectory *movement = lw_trajectory_new (n, 2);
      double        start[2], goal[2], t = 0, roughness = 0.5 * lw_rng_uniform (&rng), speed = 0.2 + 0.8 * lw_rng_uniform (&rng);
      LwPlan       *plan = NULL, *again = NULL;
      LwLimiter    *limiter = lw_limiter_new (&limits, NULL, 1 / RATE);

      for (size_t j = 0; j < 2; j++)
        start[j] = 4 * lw_rng_uniform (&rng) - 2;
      for (size_t i = 0; i < n; i++)
        {
          t += 0.005 + 0.05 * lw_rng_uniform (&rng);
          movement->t[i] = t;
          for (size_t j = 0; j < 2; j++)
            lw_mat_set (&movement->q, i, j, (i > 0 ? lw_mat_get (&movement->q, i - 1, j) : 0) + roughness * lw_rng_normal (&rng));
        }
      g_assert_cmpint (lw_plan_new (&limits, NULL, RATE, start, movement, speed, &plan), ==, LW_OK);
      g_assert_cmpint (lw_plan_new (&limits, NULL, RATE, start, movement, speed, &again), ==, LW_OK);
      assert_within (plan, &limits, start);
      g_assert_cmpfloat (plan->peak_fraction, <=, speed);
      g_assert_cmpuint (again->goals->n_samples, ==, plan->goals->n_samples);
      lw_limiter_reset (limiter, start);
      lw_limiter_set_speed (limiter, speed);
      for (size_t i = 0; i < plan->goals->n_samples; i++)
        {
          lw_limiter_step (limiter, lw_mat_row (&plan->goals->q, i), goal);
          for (size_t j = 0; j < 2; j++)
            {
              g_assert_cmpfloat (goal[j], ==, lw_mat_get (&plan->goals->q, i, j));
              g_assert_cmpfloat (goal[j], ==, lw_mat_get (&again->goals->q, i, j));
            }
        }
      g_assert_true (lw_limiter_at_rest (limiter));
      lw_limiter_free (limiter);
      lw_plan_unref (again);
      lw_plan_unref (plan);
      lw_trajectory_unref (movement);
    }
}

static void
test_bad_input (void)
{
  LwLimits      limits = two_joints (), three = two_joints ();
  LwTrajectory *movement = stroke (0, 1, 1, 11), *single = stroke (0, 1, 1, 2);
  const double  start[] = { 0, 0 }, nowhere[] = { 0, NAN };
  LwPlan       *plan = NULL;

  three.n_joints = 3;
  three.q_min[2] = -1;
  three.q_max[2] = three.v_max[2] = three.a_max[2] = 1;
  single->n_samples = single->q.rows = 1;
  g_assert_cmpint (lw_plan_new (&three, NULL, RATE, start, movement, 1, &plan), ==, LW_ERR_SHAPE);
  g_assert_cmpint (lw_plan_new (&limits, NULL, RATE, start, single, 1, &plan), ==, LW_ERR_TOO_FEW);
  g_assert_cmpint (lw_plan_new (&limits, NULL, RATE, nowhere, movement, 1, &plan), ==, LW_ERR_NOT_FINITE);
  g_assert_cmpint (lw_plan_new (&limits, NULL, 0, start, movement, 1, &plan), ==, LW_ERR_RANGE);
  g_assert_cmpint (lw_plan_new (&limits, NULL, RATE, start, movement, 0, &plan), ==, LW_ERR_RANGE);
  g_assert_cmpint (lw_plan_new (&limits, NULL, RATE, start, movement, 1.01, &plan), ==, LW_ERR_RANGE);
  g_assert_cmpint (lw_plan_new (&limits, NULL, RATE, start, movement, NAN, &plan), ==, LW_ERR_RANGE);
  movement->t[5] = movement->t[4];
  g_assert_cmpint (lw_plan_new (&limits, NULL, RATE, start, movement, 1, &plan), ==, LW_ERR_RANGE);
  movement->t[5] = 0.5;
  lw_mat_set (&movement->q, 3, 1, NAN);
  g_assert_cmpint (lw_plan_new (&limits, NULL, RATE, start, movement, 1, &plan), ==, LW_ERR_NOT_FINITE);
  limits.a_max[0] = 0;
  g_assert_cmpint (lw_plan_new (&limits, NULL, RATE, start, movement, 1, &plan), ==, LW_ERR_RANGE);
  g_assert_null (plan);
  lw_trajectory_unref (movement);
  lw_trajectory_unref (single);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/plan/passes-unchanged", test_passes_unchanged);
  g_test_add_func ("/plan/retimes", test_retimes);
  g_test_add_func ("/plan/speed", test_speed);
  g_test_add_func ("/plan/ramps", test_ramps);
  g_test_add_func ("/plan/eases", test_eases);
  g_test_add_func ("/plan/cut-by-range", test_cut_by_range);
  g_test_add_func ("/plan/cut-by-floor", test_cut_by_floor);
  g_test_add_func ("/plan/random-movements", test_random_movements);
  g_test_add_func ("/plan/bad-input", test_bad_input);
  return g_test_run ();
}
