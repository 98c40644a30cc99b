/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-kinematics.h"

#include <glib/gstdio.h>
#include <math.h>

#include "lw-assert-close.h"
#include "lw-npy-golden.h"
#include "lw-test-arm.h"

/* A frame: rotation (row-major) and position; the naive transcriptions below multiply these. */
typedef struct {
  double r[9];
  double p[3];
} Frame;

static const Frame identity = { { 1, 0, 0, 0, 1, 0, 0, 0, 1 }, { 0, 0, 0 } };

static Frame
compose (Frame a, Frame b)
{
  Frame c;

  for (int i = 0; i < 3; i++)
    {
      c.p[i] = a.p[i];
      for (int j = 0; j < 3; j++)
        {
          c.p[i] += a.r[3 * i + j] * b.p[j];
          c.r[3 * i + j] = 0;
          for (int k = 0; k < 3; k++)
            c.r[3 * i + j] += a.r[3 * i + k] * b.r[3 * k + j];
        }
    }
  return c;
}

static Frame
turn (int axis, double angle)
{
  Frame f = identity;
  const int u = (axis + 1) % 3, v = (axis + 2) % 3;

  f.r[3 * u + u] = f.r[3 * v + v] = cos (angle);
  f.r[3 * v + u] = sin (angle);
  f.r[3 * u + v] = -sin (angle);
  return f;
}

static Frame
shift (double x, double y, double z)
{
  Frame f = identity;

  f.p[0] = x;
  f.p[1] = y;
  f.p[2] = z;
  return f;
}

/* The Panda's chain in Craig's convention (a, d, alpha of the link before), from the base to @beyond m past joint 7's frame along z. */
static Frame
panda_chain (const double *q, double beyond)
{
  static const double dh[7][3] = {
    { 0, 0.333, 0 }, { 0, 0, -G_PI_2 }, { 0, 0.316, G_PI_2 }, { 0.0825, 0, G_PI_2 }, { -0.0825, 0.384, -G_PI_2 }, { 0, 0, G_PI_2 }, { 0.088, 0, G_PI_2 },
  };
  Frame f = identity;

  for (int i = 0; i < 7; i++)
    {
      f = compose (f, turn (0, dh[i][2]));
      f = compose (f, shift (dh[i][0], 0, 0));
      f = compose (f, turn (2, q[i]));
      f = compose (f, shift (0, 0, dh[i][1]));
    }
  return compose (f, shift (0, 0, beyond));
}

/* The SO-101's URDF chain: xyz and fixed-axis roll, pitch, yaw, then a turn about z. */
static Frame
so101_chain (const double *q)
{
  static const double links[6][6] = {
    { 0.0388353, -8.97657e-09, 0.0624, 3.14159, 0, -3.14159 },
    { -0.0303992, -0.0182778, -0.0542, -1.5708, -1.5708, 0 },
    { -0.11257, -0.028, 0, 0, 0, 1.5708 },
    { -0.1349, 0.0052, 0, 0, 0, -1.5708 },
    { 0, -0.0611, 0.0181, 1.5708, 0.0486795, 3.14159 },
    { -0.0079, -0.000218121, -0.0981274, 0, 3.14159, 0 },
  };
  Frame f = identity;

  for (int i = 0; i < 6; i++)
    {
      f = compose (f, shift (links[i][0], links[i][1], links[i][2]));
      f = compose (f, turn (2, links[i][5]));
      f = compose (f, turn (1, links[i][4]));
      f = compose (f, turn (0, links[i][3]));
      if (i < 5)
        f = compose (f, turn (2, q[i]));
    }
  return f;
}

static void
test_planar_closed_form (void)
{
  static const struct { const char *id; size_t n; double length, base; } arms[] = { { "planar-2", 2, 1, 0 }, { "planar-7", 7, 0.12, 0.5 } };
  g_autoptr (GRand) rand = g_rand_new_with_seed (1);

  for (size_t a = 0; a < G_N_ELEMENTS (arms); a++)
    {
      LwArmModel *model = load_arm (arms[a].id, NULL);
      LwKinematics *kin = lw_kinematics_new (model);

      for (int trial = 0; trial < 200; trial++)
        {
          double q[7], tip[3], expected[3] = { 0, 0, 0 }, angle = 0, up = arms[a].base;

          lw_fill_nan (tip, 3);
          draw_posture (model, rand, q);
          lw_kinematics_set (kin, q);
          lw_kinematics_tip (kin, tip, NULL);
          for (size_t i = 0; i < arms[a].n; i++)
            {
              angle += q[i];
              expected[0] += arms[a].length * cos (angle);
              up += arms[a].length * sin (angle);
            }
          expected[a == 0 ? 1 : 2] = up; /* the first turns about z, the second lifts */
          lw_assert_close_array (tip, expected, 3, 0, 1e-12);
        }
      lw_kinematics_free (kin);
      lw_arm_model_unref (model);
    }
}

static void
test_arm_7_chain (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (2);
  LwArmModel *model = load_arm ("arm-7", NULL);
  LwKinematics *kin = lw_kinematics_new (model);

  for (int trial = 0; trial < 500; trial++)
    {
      double q[7], tip[3], rot[9];
      Frame expected;

      draw_posture (model, rand, q);
      lw_fill_nan (tip, 3);
      lw_fill_nan (rot, 9);
      lw_kinematics_set (kin, q);
      lw_kinematics_tip (kin, tip, rot);
      expected = compose (shift (-0.248, -0.0075, 0.687), panda_chain (q, 0.1217));
      lw_assert_close_array (tip, expected.p, 3, 0, 1e-12);
      lw_assert_close_array (rot, expected.r, 9, 0, 1e-12);
    }
  lw_kinematics_free (kin);
  lw_arm_model_unref (model);
}

static void
test_arm_7_golden (void)
{
  g_auto (LwGolden) q = { 0 }, point = { 0 }, turned = { 0 };
  LwArmModel *model;
  LwKinematics *kin;

  if (!lw_golden_load (&q, "golden/lampo/panda_q.npy") || !lw_golden_load (&point, "golden/lampo/panda_flange_hand_0.2104.npy")
      || !lw_golden_load (&turned, "golden/lampo/panda_R.npy"))
    return;
  model = load_arm ("arm-7", NULL);
  kin = lw_kinematics_new (model);
  g_assert_cmpuint (q.dims[0], ==, 20);
  for (size_t i = 0; i < q.dims[0]; i++)
    {
      const double base[3] = { -0.248, -0.0075, 0.687 };
      double tip[3], rot[9], moved[3];

      lw_kinematics_set (kin, q.data + 7 * i);
      lw_kinematics_tip (kin, tip, rot);
      /* The reference stands at the origin and looks at a point 0.2104 m beyond joint 7, the tip is 0.1217 m beyond. */
      for (int r = 0; r < 3; r++)
        moved[r] = tip[r] - base[r] + (0.2104 - 0.1217) * rot[3 * r + 2];
      lw_assert_close_array (moved, point.data + 3 * i, 3, 0, 1e-9);
      lw_assert_close_array (rot, turned.data + 9 * i, 9, 0, 1e-9);
    }
  lw_kinematics_free (kin);
  lw_arm_model_unref (model);
}

static void
test_desk_6_chain (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (3);
  LwArmModel *model = load_arm ("desk-6", NULL);
  LwKinematics *kin = lw_kinematics_new (model);

  for (int trial = 0; trial < 2000; trial++)
    {
      double q[6], tip[3], rot[9];
      Frame expected;

      draw_posture (model, rand, q);
      lw_kinematics_set (kin, q);
      lw_kinematics_tip (kin, tip, rot);
      expected = so101_chain (q);
      lw_assert_close_array (tip, expected.p, 3, 0, 5e-6); /* the URDF's angles are rounded to six digits */
      lw_assert_close_array (rot, expected.r, 9, 0, 2e-5);
    }
  lw_kinematics_free (kin);
  lw_arm_model_unref (model);
}

static void
test_jacobian (void)
{
  static const char *const ids[] = { "planar-2", "planar-7", "desk-6", "arm-7" };
  g_autoptr (GRand) rand = g_rand_new_with_seed (4);

  for (size_t a = 0; a < G_N_ELEMENTS (ids); a++)
    {
      LwArmModel *model = load_arm (ids[a], "<body><freejoint/><geom size=\"0.05\" pos=\"9 9 9\"/></body>");
      LwKinematics *kin = lw_kinematics_new (model);
      const size_t n = lw_arm_model_n_joints (model);

      for (int trial = 0; trial < 20; trial++)
        {
          const double step = 1e-6;
          double q[LW_MAX_JOINTS], data[3 * LW_MAX_JOINTS], plus[3], minus[3];
          LwMat jac = lw_mat_view (data, 3, n);

          draw_posture (model, rand, q);
          lw_fill_nan (data, 3 * n);
          lw_kinematics_set (kin, q);
          lw_kinematics_jacobian (kin, &jac);
          for (size_t i = 0; i < n; i++)
            {
              const double at = q[i];

              q[i] = at + step;
              lw_kinematics_set (kin, q);
              lw_kinematics_tip (kin, plus, NULL);
              q[i] = at - step;
              lw_kinematics_set (kin, q);
              lw_kinematics_tip (kin, minus, NULL);
              q[i] = at;
              for (size_t r = 0; r < 3; r++)
                lw_assert_close (lw_mat_get (&jac, r, i), (plus[r] - minus[r]) / (2 * step), 0, 2e-9);
            }
        }
      lw_kinematics_free (kin);
      lw_arm_model_unref (model);
    }
}

static void
test_gravity_closed_form (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (5);
  LwArmModel *model = load_arm ("planar-7", NULL);
  LwKinematics *kin = lw_kinematics_new (model);

  for (int trial = 0; trial < 50; trial++)
    {
      double q[7], tau[7], x[7], middle[7], angle = 0, along = 0;

      draw_posture (model, rand, q);
      lw_fill_nan (tau, 7);
      lw_kinematics_set (kin, q);
      lw_kinematics_gravity (kin, tau);
      for (int i = 0; i < 7; i++)
        {
          angle += q[i];
          x[i] = along;
          middle[i] = along + 0.06 * cos (angle);
          along += 0.12 * cos (angle);
        }
      for (int i = 0; i < 7; i++)
        {
          double expected = 0;

          for (int j = i; j < 7; j++)
            expected += 0.15 * 9.81 * (middle[j] - x[i]);
          lw_assert_close (tau[i], expected, 1e-10, 1e-12);
        }
    }
  lw_kinematics_free (kin);
  lw_arm_model_unref (model);
}

static void
test_lowest (void)
{
  LwArmModel *model = load_arm ("planar-7", NULL);
  LwKinematics *kin = lw_kinematics_new (model);
  const double level[7] = { 0 }, bent[7] = { 0, 0, 0, 0, 0, 0, -G_PI_2 };

  /* Level: the joints' drums, radius 0.021; last link hanging: its tip ball, radius 0.016. */
  lw_kinematics_set (kin, level);
  lw_assert_close (lw_kinematics_lowest (kin), 0.5 - 0.021, 0, 1e-12);
  lw_kinematics_set (kin, bent);
  lw_assert_close (lw_kinematics_lowest (kin), 0.5 - 0.12 - 0.016, 0, 1e-12);
  lw_kinematics_free (kin);
  lw_arm_model_unref (model);
}

/* A point on the surface of a shape with half sizes @size (MuJoCo's: radius, half length). */
static void
surface_point (const char *shape, const double size[3], GRand *rand, double out[3])
{
  double v[3], norm = 0;

  for (int r = 0; r < 3; r++)
    {
      v[r] = g_rand_double_range (rand, -1, 1);
      norm += v[r] * v[r];
    }
  norm = sqrt (norm);
  for (int r = 0; r < 3; r++)
    if (g_str_equal (shape, "box"))
      out[r] = (v[r] > 0 ? 1 : -1) * size[r];
    else if (g_str_equal (shape, "ellipsoid"))
      out[r] = v[r] / norm * size[r];
    else if (g_str_equal (shape, "capsule"))
      out[r] = v[r] / norm * size[0] + (r == 2 ? (v[2] > 0 ? 1 : -1) * size[1] : 0);
    else /* cylinder: its rims */
      out[r] = r == 2 ? (v[2] > 0 ? 1 : -1) * size[1] : v[r] / hypot (v[0], v[1]) * size[0];
}

/* Each shape, turned any way, against a cloud of points on its surface. */
static void
test_lowest_shapes (void)
{
  static const char *const shapes[] = { "box", "ellipsoid", "capsule", "cylinder" };
  static const double size[3] = { 0.1, 0.25, 0.4 };
  g_autoptr (GRand) rand = g_rand_new_with_seed (6);
  g_autofree char *dir = g_dir_make_tmp ("lw-kin-XXXXXX", NULL);

  for (size_t s = 0; s < G_N_ELEMENTS (shapes); s++)
    {
      g_autofree char *path = g_build_filename (dir, shapes[s], NULL);
      g_autofree char *xml = g_strdup_printf (
        "<mujoco><compiler autolimits=\"true\"/><custom><numeric name=\"velocity_limit\" data=\"1\"/><numeric name=\"acceleration_limit\" data=\"1\"/>"
        "<numeric name=\"torque_limit\" data=\"1\"/><numeric name=\"home\" data=\"0\"/></custom><worldbody><geom type=\"plane\" size=\"1 1 1\" pos=\"0 0 -9\"/>"
        "<body euler=\"40 20 10\" pos=\"0 0 2\"><joint name=\"j\" axis=\"1 2 -1\" range=\"-180 180\"/><geom type=\"%s\" size=\"0.1 0.25 0.4\"/>"
        "<site name=\"tip\"/></body></worldbody><actuator><motor joint=\"j\"/></actuator></mujoco>", shapes[s]);
      LwArmModel *model;
      LwKinematics *kin;

      g_assert_true (g_file_set_contents (path, xml, -1, NULL));
      model = lw_arm_model_load (path, NULL, NULL);
      g_assert_nonnull (model);
      kin = lw_kinematics_new (model);
      for (int trial = 0; trial < 10; trial++)
        {
          const double q = g_rand_double_range (rand, -3, 3);
          double pos[3], rot[9], point[3], lowest = INFINITY;

          lw_kinematics_set (kin, &q);
          lw_kinematics_tip (kin, pos, rot);
          for (int i = 0; i < 20000; i++)
            {
              surface_point (shapes[s], size, rand, point);
              lowest = fmin (lowest, pos[2] + rot[6] * point[0] + rot[7] * point[1] + rot[8] * point[2]);
            }
          g_assert_cmpfloat (lw_kinematics_lowest (kin), <=, lowest + 1e-12);
          lw_assert_close (lw_kinematics_lowest (kin), lowest, 0, 2e-3);
        }
      lw_kinematics_free (kin);
      lw_arm_model_unref (model);
      g_remove (path);
    }
  g_rmdir (dir);
}

static void
test_reach (void)
{
  static const char *const ids[] = { "planar-2", "planar-7", "desk-6", "arm-7" };
  g_autoptr (GRand) rand = g_rand_new_with_seed (7);

  for (size_t a = 0; a < G_N_ELEMENTS (ids); a++)
    {
      LwArmModel *model = load_arm (ids[a], NULL);
      LwKinematics *kin = lw_kinematics_new (model);
      const LwJointInfo *joints = lw_arm_model_joints (model);
      const size_t n = lw_arm_model_n_joints (model);

      for (int trial = 0; trial < 100; trial++)
        {
          double q[LW_MAX_JOINTS], target[3], tip[3];

          draw_posture (model, rand, q);
          lw_kinematics_set (kin, q);
          lw_kinematics_tip (kin, target, NULL);
          for (size_t i = 0; i < n; i++)
            q[i] = joints[i].home;
          g_assert_cmpint (lw_kinematics_reach (kin, target, 1e-6, q), ==, LW_OK);
          for (size_t i = 0; i < n; i++)
            {
              g_assert_cmpfloat (q[i], >=, joints[i].lower);
              g_assert_cmpfloat (q[i], <=, joints[i].upper);
            }
          lw_kinematics_set (kin, q);
          lw_kinematics_tip (kin, tip, NULL);
          lw_assert_close_array (tip, target, 3, 0, 1e-6);
        }
      lw_kinematics_free (kin);
      lw_arm_model_unref (model);
    }
}

static void
test_reach_too_far (void)
{
  LwArmModel *model = load_arm ("planar-2", NULL);
  LwKinematics *kin = lw_kinematics_new (model);
  const double far[3] = { 0, 5, 0 }, nowhere[3] = { 0, NAN, 0 };
  double q[2] = { 0.3, 0.4 }, tip[3];

  g_assert_cmpint (lw_kinematics_reach (kin, nowhere, 1e-6, q), ==, LW_ERR_NOT_FINITE);
  g_assert_cmpint (lw_kinematics_reach (kin, far, 0, q), ==, LW_ERR_RANGE);
  g_assert_cmpfloat (q[0], ==, 0.3);
  g_assert_cmpfloat (q[1], ==, 0.4);
  /* Nearest is stretched out towards it. */
  g_assert_cmpint (lw_kinematics_reach (kin, far, 1e-6, q), ==, LW_ERR_SOLVER);
  lw_kinematics_set (kin, q);
  lw_kinematics_tip (kin, tip, NULL);
  lw_assert_close_array (tip, ((double[]){ 0, 2, 0 }), 3, 0, 1e-3);
  lw_kinematics_free (kin);
  lw_arm_model_unref (model);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/kinematics/planar-closed-form", test_planar_closed_form);
  g_test_add_func ("/kinematics/arm-7-chain", test_arm_7_chain);
  g_test_add_func ("/kinematics/arm-7-golden", test_arm_7_golden);
  g_test_add_func ("/kinematics/desk-6-chain", test_desk_6_chain);
  g_test_add_func ("/kinematics/jacobian", test_jacobian);
  g_test_add_func ("/kinematics/gravity-closed-form", test_gravity_closed_form);
  g_test_add_func ("/kinematics/lowest", test_lowest);
  g_test_add_func ("/kinematics/lowest-shapes", test_lowest_shapes);
  g_test_add_func ("/kinematics/reach", test_reach);
  g_test_add_func ("/kinematics/reach-too-far", test_reach_too_far);
  return g_test_run ();
}
