/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-dynamics.h"

#include <glib/gstdio.h>
#include <math.h>

#include "lw-assert-close.h"
#include "lw-kinematics.h"
#include "lw-scene-view.h"
#include "lw-test-arm.h"

static const char *const arms[] = { "planar-2", "planar-7", "desk-6", "arm-7" };

static void
balance_all (LwDynamics *dyn, const LwArmModel *model, bool on)
{
  for (size_t i = 0; i < lw_arm_model_n_joints (model); i++)
    lw_dynamics_balance (dyn, i, on);
}

static void
run (LwDynamics *dyn, double seconds)
{
  const int steps = (int) lround (seconds / lw_dynamics_dt (dyn));

  for (int i = 0; i < steps; i++)
    g_assert_cmpint (lw_dynamics_step (dyn), ==, LW_OK);
}

static double
tip_distance (LwKinematics *kin, const double *q, const double point[3])
{
  double tip[3], sum = 0;

  lw_kinematics_set (kin, q);
  lw_kinematics_tip (kin, tip, NULL);
  for (int r = 0; r < 3; r++)
    sum += (tip[r] - point[r]) * (tip[r] - point[r]);
  return sqrt (sum);
}

/* A point mass on a massless rod, unlike our arms without friction: small swings take 2 pi sqrt(l / g). */
static void
test_pendulum (void)
{
  static const char xml[] =
    "<mujoco><compiler angle=\"radian\" autolimits=\"true\"/><custom><numeric name=\"velocity_limit\" data=\"9\"/><numeric name=\"home\" data=\"0\"/>"
    "<numeric name=\"acceleration_limit\" data=\"9\"/><numeric name=\"torque_limit\" data=\"2\"/></custom><worldbody>"
    "<body><joint name=\"j\" axis=\"0 1 0\" range=\"-9 9\"/><inertial pos=\"0 0 -0.5\" mass=\"2\" diaginertia=\"1e-9 1e-9 1e-9\"/>"
    "<site name=\"tip\" pos=\"0 0 -0.5\"/></body></worldbody><actuator><motor joint=\"j\"/></actuator></mujoco>";
  g_autofree char *dir = g_dir_make_tmp ("lw-dyn-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (dir, "pendulum.xml", NULL);
  const double period = 2 * G_PI * sqrt (0.5 / 9.81), start = 0.01;
  LwArmModel *model;
  LwDynamics *dyn;
  double q, dq, tau;

  g_assert_true (g_file_set_contents (path, xml, -1, NULL));
  model = lw_arm_model_load (path, NULL, NULL);
  g_assert_nonnull (model);
  dyn = lw_dynamics_new (model, 1e-4);
  lw_dynamics_set (dyn, &start, NULL);
  run (dyn, period / 2);
  lw_dynamics_get (dyn, &q, &dq);
  lw_assert_close (q, -start, 1e-3, 0);

  /* 5 N m are clipped to the motor's 2: with gravity balanced, 2 N m turn 2 kg (0.5 m)^2 at 4 rad/s^2. */
  tau = 5;
  lw_dynamics_balance (dyn, 0, true);
  lw_dynamics_torque (dyn, &tau);
  lw_dynamics_set (dyn, &start, NULL);
  run (dyn, 0.1);
  lw_dynamics_get (dyn, NULL, &dq);
  lw_assert_close (dq, 0.4, 1e-6, 0);

  lw_dynamics_free (dyn);
  lw_arm_model_unref (model);
  g_remove (path);
  g_rmdir (dir);
}

static void
test_balance_holds (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (1);

  for (size_t a = 0; a < G_N_ELEMENTS (arms); a++)
    {
      LwArmModel *model = load_arm (arms[a], NULL);
      LwDynamics *dyn = lw_dynamics_new (model, 1e-3);
      const LwJointInfo *joints = lw_arm_model_joints (model);

      balance_all (dyn, model, true);
      for (int trial = 0; trial < 5; trial++)
        {
          double q[LW_MAX_JOINTS], after[LW_MAX_JOINTS];

          /* Near home: elsewhere an arm may stand in the table. */
          for (size_t i = 0; i < lw_arm_model_n_joints (model); i++)
            q[i] = joints[i].home + g_rand_double_range (rand, -0.1, 0.1);
          lw_dynamics_set (dyn, q, NULL);
          run (dyn, 1);
          lw_dynamics_get (dyn, after, NULL);
          lw_assert_close_array (after, q, lw_arm_model_n_joints (model), 0, 1e-9);
        }
      lw_dynamics_free (dyn);
      lw_arm_model_unref (model);
    }
}

static void
test_without_balance_falls (void)
{
  LwArmModel *model = load_arm ("arm-7", NULL);
  LwKinematics *kin = lw_kinematics_new (model);
  LwDynamics *dyn = lw_dynamics_new (model, 1e-3);
  double q[7], tip[3];

  lw_dynamics_get (dyn, q, NULL);
  lw_kinematics_set (kin, q);
  lw_kinematics_tip (kin, tip, NULL);
  run (dyn, 1);
  lw_dynamics_get (dyn, q, NULL);
  g_assert_cmpfloat (tip_distance (kin, q, tip), >, 0.1);
  lw_dynamics_free (dyn);
  lw_kinematics_free (kin);
  lw_arm_model_unref (model);
}

/* A hand takes the tip, leads it once round a circle in the arm's plane, holds for half a second and lets go. */
static void
test_drag (void)
{
  static const struct { double radius, stiffness, damping, lag; int u, v; } cases[] = {
    { 0.30, 400, 20, 0.12, 0, 1 }, { 0.08, 300, 5, 0.05, 0, 2 }, { 0.05, 300, 5, 0.05, 1, 2 }, { 0.08, 900, 30, 0.08, 1, 2 },
  };

  for (size_t a = 0; a < G_N_ELEMENTS (arms); a++)
    {
      LwArmModel *model = load_arm (arms[a], NULL);
      LwKinematics *kin = lw_kinematics_new (model);
      LwDynamics *dyn = lw_dynamics_new (model, 1e-3);
      LwSceneView *view = lw_scene_view_new (model);
      double q[LW_MAX_JOINTS], start[3], target[3], world[3], local[3], released[3], x, y, worst = 0, drift, span;
      int body;

      balance_all (dyn, model, true);
      lw_dynamics_get (dyn, q, NULL);
      if (a == 0)
        {
          q[0] = 0.4; /* stretched out it cannot give way */
          q[1] = 1.2;
        }
      lw_dynamics_set (dyn, q, NULL);
      lw_scene_view_pose (view, q);
      lw_kinematics_set (kin, q);
      lw_kinematics_tip (kin, start, NULL);
      g_assert_true (lw_scene_view_project (view, 1.5, start, &x, &y));
      body = lw_scene_view_pick (view, 1.5, x, y, world, local);
      g_assert_cmpint (body, >, 0);
      /* Led by the picked point; the tip is next to it. */
      for (int r = 0; r < 3; r++)
        target[r] = world[r];
      for (int i = 0; i <= 2500; i++)
        {
          const double angle = 2 * G_PI * fmin (i, 2000) / 2000.0;
          double tip[3], miss = 0;

          target[cases[a].u] = world[cases[a].u] + cases[a].radius * (cos (angle) - 1);
          target[cases[a].v] = world[cases[a].v] + cases[a].radius * sin (angle);
          lw_dynamics_hand (dyn, body, local, target, cases[a].stiffness, cases[a].damping);
          g_assert_cmpint (lw_dynamics_step (dyn), ==, LW_OK);
          lw_dynamics_get (dyn, q, NULL);
          lw_kinematics_set (kin, q);
          lw_kinematics_tip (kin, tip, NULL);
          for (int r = 0; r < 3; r++)
            miss += pow (tip[r] - start[r] - target[r] + world[r], 2);
          worst = fmax (worst, sqrt (miss));
        }
      lw_kinematics_tip (kin, released, NULL);
      lw_dynamics_hand (dyn, -1, NULL, NULL, 0, 0);
      run (dyn, 3.5);
      lw_dynamics_get (dyn, q, NULL);
      drift = tip_distance (kin, q, released);
      span = tip_distance (kin, q, start);
      g_test_message ("%s: lag at most %.1f mm, back at the start within %.1f mm, drift after release %.2f mm", arms[a], 1e3 * worst, 1e3 * span, 1e3 * drift);
      g_assert_cmpfloat (worst, <, cases[a].lag);
      g_assert_cmpfloat (drift, <, 0.01);
      lw_scene_view_free (view);
      lw_dynamics_free (dyn);
      lw_kinematics_free (kin);
      lw_arm_model_unref (model);
    }
}

/* Thrown, not led: whoever lets go in mid-movement finds the arm where it was let go. */
static void
test_release_in_motion (void)
{
  for (size_t a = 0; a < G_N_ELEMENTS (arms); a++)
    {
      LwArmModel *model = load_arm (arms[a], NULL);
      LwKinematics *kin = lw_kinematics_new (model);
      LwDynamics *dyn = lw_dynamics_new (model, 1e-3);
      double q[LW_MAX_JOINTS], dq[LW_MAX_JOINTS], tip[3], drift;

      balance_all (dyn, model, true);
      lw_dynamics_get (dyn, q, NULL);
      for (size_t i = 0; i < lw_arm_model_n_joints (model); i++)
        dq[i] = i == 1 ? 0.1 : 0; /* rad/s */
      lw_kinematics_set (kin, q);
      lw_kinematics_tip (kin, tip, NULL);
      lw_dynamics_set (dyn, q, dq);
      run (dyn, 2);
      lw_dynamics_get (dyn, q, dq);
      drift = tip_distance (kin, q, tip);
      g_test_message ("%s: coasts %.2f mm", arms[a], 1e3 * drift);
      g_assert_cmpfloat (drift, <, 0.01);
      lw_dynamics_free (dyn);
      lw_kinematics_free (kin);
      lw_arm_model_unref (model);
    }
}

static void
test_friction (void)
{
  LwArmModel *model = load_arm ("desk-6", NULL);
  LwDynamics *dyn = lw_dynamics_new (model, 1e-3);
  double q[6], before[6];

  /* Limp, this arm sinks; with gears as stiff as the heaviest torque it stands. */
  lw_dynamics_get (dyn, before, NULL);
  run (dyn, 0.5);
  lw_dynamics_get (dyn, q, NULL);
  g_assert_cmpfloat (fabs (q[1] - before[1]), >, 0.05);
  for (size_t i = 0; i < 6; i++)
    lw_dynamics_friction (dyn, i, 2);
  lw_dynamics_set (dyn, before, NULL);
  run (dyn, 0.5);
  lw_dynamics_get (dyn, q, NULL);
  lw_assert_close_array (q, before, 6, 0, 0.02); /* MuJoCo's dry friction creeps */
  lw_dynamics_free (dyn);
  lw_arm_model_unref (model);
}

static void
test_bad_state (void)
{
  LwArmModel *model = load_arm ("arm-7", NULL);
  LwDynamics *dyn = lw_dynamics_new (model, 1e-3);
  double q[7], dq[7], after[7], tau[7] = { 0 };

  balance_all (dyn, model, true);
  run (dyn, 0.01);
  lw_dynamics_get (dyn, q, NULL);
  tau[3] = NAN;
  lw_dynamics_torque (dyn, tau);
  g_assert_cmpint (lw_dynamics_step (dyn), ==, LW_ERR_NOT_FINITE);
  /* Latched, and the last good state is still there. */
  tau[3] = 0;
  lw_dynamics_torque (dyn, tau);
  g_assert_cmpint (lw_dynamics_step (dyn), ==, LW_ERR_NOT_FINITE);
  lw_dynamics_get (dyn, after, NULL);
  lw_assert_close_array (after, q, 7, 0, 1e-12);

  lw_dynamics_set (dyn, q, NULL);
  g_assert_cmpint (lw_dynamics_step (dyn), ==, LW_OK);

  for (int i = 0; i < 7; i++)
    dq[i] = i == 2 ? 1e200 : 0;
  lw_dynamics_set (dyn, q, dq);
  g_assert_cmpint (lw_dynamics_step (dyn), ==, LW_ERR_NOT_FINITE);
  q[0] = NAN;
  lw_dynamics_set (dyn, q, NULL);
  g_assert_cmpint (lw_dynamics_step (dyn), ==, LW_ERR_NOT_FINITE);
  lw_dynamics_free (dyn);
  g_assert_null (lw_dynamics_new (model, 0));
  g_assert_null (lw_dynamics_new (model, NAN));
  lw_arm_model_unref (model);
}

static void
test_own_time_step (void)
{
  LwArmModel *model = load_arm ("planar-2", NULL);
  LwDynamics *fast = lw_dynamics_new (model, 5e-4), *slow = lw_dynamics_new (model, 4e-3);

  g_assert_cmpfloat (lw_dynamics_dt (fast), ==, 5e-4);
  g_assert_cmpfloat (lw_dynamics_dt (slow), ==, 4e-3);
  lw_dynamics_free (fast);
  lw_dynamics_free (slow);
  lw_arm_model_unref (model);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/dynamics/pendulum", test_pendulum);
  g_test_add_func ("/dynamics/balance-holds", test_balance_holds);
  g_test_add_func ("/dynamics/without-balance-falls", test_without_balance_falls);
  g_test_add_func ("/dynamics/drag", test_drag);
  g_test_add_func ("/dynamics/release-in-motion", test_release_in_motion);
  g_test_add_func ("/dynamics/friction", test_friction);
  g_test_add_func ("/dynamics/bad-state", test_bad_state);
  g_test_add_func ("/dynamics/own-time-step", test_own_time_step);
  return g_test_run ();
}
