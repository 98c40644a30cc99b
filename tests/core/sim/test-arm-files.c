/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The arms people own, as models: data/arms/ *.xml. */
#include <glib.h>
#include <math.h>
#include <string.h>

#include "lw-assert-close.h"
#include "lw-dynamics.h"
#include "lw-kinematics.h"
#include "lw-scene-view.h"
#include "lw-test-arm.h"

typedef struct {
  const char *id;
  size_t      n_joints;
  double      reach;   /* m, tip from the base's middle at most: 380 and 650 mm say the makers of OpenMANIPULATOR-X and WidowX, from their first axis */
  double      gravity; /* N m, the most any joint carries */
} Arm;

static const Arm arms[] = {
  { "so-101", 6, 0.476, 0.86 }, { "so-100", 6, 0.484, 0.96 }, { "koch-v1.1", 6, 0.325, 0.31 },
  { "openmanipulator-x", 5, 0.392, 0.92 }, { "widowx-250", 6, 0.665, 3.2 }, { "widowx-250s", 7, 0.665, 3.8 }, { "omx", 6, 0.415, 0.6 },
};

/* A frame: rotation (row-major) and place. */
typedef struct {
  double rot[9], pos[3];
} Frame;

static Frame
then (Frame a, Frame b)
{
  Frame out;

  for (int i = 0; i < 3; i++)
    {
      out.pos[i] = a.pos[i];
      for (int k = 0; k < 3; k++)
        out.pos[i] += a.rot[3 * i + k] * b.pos[k];
      for (int j = 0; j < 3; j++)
        {
          out.rot[3 * i + j] = 0;
          for (int k = 0; k < 3; k++)
            out.rot[3 * i + j] += a.rot[3 * i + k] * b.rot[3 * k + j];
        }
    }
  return out;
}

/* URDF's <origin>: R = Rz(yaw) Ry(pitch) Rx(roll). */
static Frame
origin (double x, double y, double z, double roll, double pitch, double yaw)
{
  double cr = cos (roll), sr = sin (roll), cp = cos (pitch), sp = sin (pitch), cy = cos (yaw), sy = sin (yaw);

  return (Frame){ { cy * cp, cy * sp * sr - sy * cr, cy * sp * cr + sy * sr, sy * cp, sy * sp * sr + cy * cr, sy * sp * cr - cy * sr, -sp, cp * sr, cp * cr },
                  { x, y, z } };
}

/* The SO-101's published chain: every joint turns about its own z. */
static Frame
so101_tip (const double *q)
{
  const Frame origins[] = {
    origin (0.0388353, -8.97657e-09, 0.0624, 3.14159, 0, -3.14159),
    origin (-0.0303992, -0.0182778, -0.0542, -1.5708, -1.5708, 0),
    origin (-0.11257, -0.028, 0, 0, 0, 1.5708),
    origin (-0.1349, 0.0052, 0, 0, 0, -1.5708),
    origin (0, -0.0611, 0.0181, 1.5708, 0.0486795, 3.14159),
  };
  Frame at = origin (0, 0, 0, 0, 0, 0);

  for (int j = 0; j < 5; j++)
    at = then (then (at, origins[j]), origin (0, 0, 0, 0, 0, q[j]));
  return then (at, origin (-0.0079, -0.000218121, -0.0981274, 0, 3.14159, 0));
}

static void
test_so101_chain (void)
{
  LwArmModel   *model = load_arm ("so-101", NULL);
  LwKinematics *kinematics = lw_kinematics_new (model);
  GRand        *rand = g_rand_new_with_seed (101);
  double        worst = 0, worst_turn = 0;

  for (int i = 0; i < 2000; i++)
    {
      double q[LW_MAX_JOINTS], pos[3], rot[9], trace = 0, away = 0;
      Frame  tip;

      draw_posture (model, rand, q);
      lw_kinematics_set (kinematics, q);
      lw_kinematics_tip (kinematics, pos, rot);
      tip = so101_tip (q);
      for (int k = 0; k < 3; k++)
        away += (pos[k] - tip.pos[k]) * (pos[k] - tip.pos[k]);
      for (int k = 0; k < 9; k++)
        trace += rot[k] * tip.rot[k];
      worst = fmax (worst, sqrt (away));
      worst_turn = fmax (worst_turn, sqrt (fmax (0, 3 - trace))); /* |R - R'|_F / sqrt 2, small angles */
    }
  g_test_message ("tip off by %.2g m and %.2g rad at most", worst, worst_turn);
  g_assert_cmpfloat (worst, <=, 1e-5);
  g_assert_cmpfloat (worst_turn, <=, 5e-5);

  {
    const double zero[LW_MAX_JOINTS] = { 0 };
    double       pos[3];

    lw_kinematics_set (kinematics, zero);
    lw_kinematics_tip (kinematics, pos, NULL);
    lw_assert_close (pos[0], 0.3914, 0, 1e-4);
    lw_assert_close (pos[1], 0, 0, 1e-4);
    lw_assert_close (pos[2], 0.2265, 0, 1e-4);
  }
  g_rand_free (rand);
  lw_kinematics_free (kinematics);
  lw_arm_model_unref (model);
}

/* Lengths from the makers' drawings, at the posture all angles zero. */
static void
test_zero_postures (void)
{
  static const struct {
    const char *id;
    double      tip[3];
  } stretched[] = {
    /* 12 + 24 + 124 + 126 mm forward; 59.5 + 128 mm up */
    { "openmanipulator-x", { 0.286, 0, 0.1875 } },
    /* 49.75 + 175 + 75 + 65 + 93.575 mm; 72 + 38.65 + 250 mm */
    { "widowx-250s", { 0.458325, 0, 0.36065 } },
    { "widowx-250", { 0.458325, 0, 0.36065 } },
    /* 14.951 + 100.502 + 44.779 + 65 mm; 38.579 + 15.368 + 108.424 + 2.641 mm */
    { "koch-v1.1", { 0.225232, -0.008, 0.165012 } },
    /* -11.25 + 41.5 + 162 + 28.7 + 91.93 mm; 34 + 63.5 + 113.15 mm */
    { "omx", { 0.31288, -0.0016, 0.21065 } },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (stretched); i++)
    {
      const double  zero[LW_MAX_JOINTS] = { 0 };
      LwArmModel   *model = load_arm (stretched[i].id, NULL);
      LwKinematics *kinematics = lw_kinematics_new (model);
      double        pos[3];

      lw_kinematics_set (kinematics, zero);
      lw_kinematics_tip (kinematics, pos, NULL);
      for (int k = 0; k < 3; k++)
        lw_assert_close (pos[k], stretched[i].tip[k], 0, 1e-6);
      lw_kinematics_free (kinematics);
      lw_arm_model_unref (model);
    }
}

static void
test_plausible (void)
{
  for (size_t i = 0; i < G_N_ELEMENTS (arms); i++)
    {
      LwArmModel        *model = load_arm (arms[i].id, NULL);
      LwKinematics      *kinematics = lw_kinematics_new (model);
      const LwJointInfo *joints = lw_arm_model_joints (model);
      GRand             *rand = g_rand_new_with_seed (7);
      double             home[LW_MAX_JOINTS], reach = 0, gravity = 0;

      g_assert_cmpuint (lw_arm_model_n_joints (model), ==, arms[i].n_joints);
      g_assert_cmpstr (lw_arm_model_id (model), ==, arms[i].id);
      g_assert_cmpstr (lw_arm_model_title (model), !=, arms[i].id);
      g_assert_cmpstr (joints[arms[i].n_joints - 1].name, ==, "gripper");
      for (int n = 0; n < 3000; n++)
        {
          double q[LW_MAX_JOINTS], tau[LW_MAX_JOINTS], pos[3];

          draw_posture (model, rand, q);
          lw_kinematics_set (kinematics, q);
          lw_kinematics_tip (kinematics, pos, NULL);
          reach = fmax (reach, sqrt (pos[0] * pos[0] + pos[1] * pos[1]));
          lw_kinematics_gravity (kinematics, tau);
          for (size_t j = 0; j < arms[i].n_joints; j++)
            {
              gravity = fmax (gravity, fabs (tau[j]));
              /* An arm that its own servos cannot hold up is not that arm. */
              g_assert_cmpfloat (fabs (tau[j]), <, 0.75 * joints[j].tau_max);
            }
        }
      g_test_message ("%s: reach %.3f m, gravity %.2f N m", arms[i].id, reach, gravity);
      g_assert_cmpfloat (reach, <, arms[i].reach);
      g_assert_cmpfloat (reach, >, 0.9 * arms[i].reach);
      g_assert_cmpfloat (gravity, <=, 1.02 * arms[i].gravity);
      g_assert_cmpfloat (gravity, >, 0.9 * arms[i].gravity);

      for (size_t j = 0; j < arms[i].n_joints; j++)
        home[j] = joints[j].home;
      lw_kinematics_set (kinematics, home);
      g_assert_cmpfloat (lw_kinematics_lowest (kinematics), >, 0);
      g_rand_free (rand);
      lw_kinematics_free (kinematics);
      lw_arm_model_unref (model);
    }
}

/* Held by its motors at home, every arm stays there: inertias and couplings are sound. */
static void
test_stands (void)
{
  for (size_t i = 0; i < G_N_ELEMENTS (arms); i++)
    {
      LwArmModel        *model = load_arm (arms[i].id, NULL);
      LwDynamics        *dynamics = lw_dynamics_new (model, 1e-3);
      const LwJointInfo *joints = lw_arm_model_joints (model);
      double             q[LW_MAX_JOINTS], dq[LW_MAX_JOINTS], tau[LW_MAX_JOINTS];

      for (size_t j = 0; j < arms[i].n_joints; j++)
        lw_dynamics_balance (dynamics, j, true);
      for (int step = 0; step < 1000; step++)
        {
          lw_dynamics_get (dynamics, q, dq);
          for (size_t j = 0; j < arms[i].n_joints; j++)
            tau[j] = 20 * joints[j].tau_max * (joints[j].home - q[j]) - 0.2 * joints[j].tau_max * dq[j];
          lw_dynamics_torque (dynamics, tau);
          g_assert_cmpint (lw_dynamics_step (dynamics), ==, LW_OK);
        }
      lw_dynamics_get (dynamics, q, dq);
      for (size_t j = 0; j < arms[i].n_joints; j++)
        lw_assert_close (q[j], joints[j].home, 0, 0.02);
      lw_dynamics_free (dynamics);
      lw_arm_model_unref (model);
    }
}

/* Which picture geoms moved when only the gripper did: both fingers, as far as the crank says. */
static void
test_fingers_follow (void)
{
  LwArmModel        *model = load_arm ("openmanipulator-x", NULL);
  LwSceneView       *view = lw_scene_view_new (model);
  double             q[LW_MAX_JOINTS] = { 0 };
  float              before[2] = { NAN, NAN };
  const LwSceneGeom *geoms;
  size_t             n;

  for (int pass = 0; pass < 2; pass++)
    {
      int found = 0;

      q[4] = pass; /* rad */
      lw_scene_view_pose (view, q);
      geoms = lw_scene_view_geoms (view, &n);
      for (size_t i = 0; i < n; i++)
        if (geoms[i].shape == LW_SOLID_BOX && fabsf (geoms[i].size[0] - 0.022f) < 1e-6f && fabsf (geoms[i].size[1] - 0.003f) < 1e-6f)
          {
            float side = geoms[i].pos[1] > 0 ? 1.0f : -1.0f;

            g_assert_cmpint (found, <, 2);
            if (pass == 0)
              before[found] = geoms[i].pos[1];
            else /* 15 mm a radian */
              lw_assert_close (geoms[i].pos[1] - before[found], side * 0.015, 0, 1e-6);
            found++;
          }
      g_assert_cmpint (found, ==, 2);
    }
  lw_scene_view_free (view);
  lw_arm_model_unref (model);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/arm-files/so-101-chain", test_so101_chain);
  g_test_add_func ("/arm-files/zero-postures", test_zero_postures);
  g_test_add_func ("/arm-files/plausible", test_plausible);
  g_test_add_func ("/arm-files/stands", test_stands);
  g_test_add_func ("/arm-files/fingers-follow", test_fingers_follow);
  return g_test_run ();
}
