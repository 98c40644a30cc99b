/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-scene-view.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "lw-assert-close.h"
#include "lw-kinematics.h"
#include "lw-test-arm.h"

static const char *const arms[] = { "planar-2", "planar-7", "desk-6", "arm-7" };

static void
assert_drawable (const LwSceneGeom *geoms, size_t n)
{
  gboolean translucent = FALSE;

  for (size_t i = 0; i < n; i++)
    {
      const float *r = geoms[i].rot;
      const float det = r[0] * (r[4] * r[8] - r[5] * r[7]) - r[1] * (r[3] * r[8] - r[5] * r[6]) + r[2] * (r[3] * r[7] - r[4] * r[6]);

      g_assert_cmpint (geoms[i].shape, >=, LW_SOLID_PLANE);
      g_assert_cmpint (geoms[i].shape, <=, LW_SOLID_BOX);
      g_assert_cmpfloat (fabsf (det - 1), <, 1e-5f);
      for (int k = 0; k < 3; k++)
        {
          g_assert_true (isfinite (geoms[i].pos[k]));
          g_assert_true (geoms[i].size[k] > 0 || (geoms[i].shape == LW_SOLID_PLANE && k == 2));
        }
      if (geoms[i].rgba[3] < 1)
        translucent = TRUE;
      else
        g_assert_false (translucent); /* opaque first */
    }
}

static void
test_geoms (void)
{
  for (size_t a = 0; a < G_N_ELEMENTS (arms); a++)
    {
      LwArmModel *model = load_arm (arms[a], NULL);
      LwSceneView *view = lw_scene_view_new (model);
      size_t n = 0, moving = 0;
      const LwSceneGeom *geoms = lw_scene_view_geoms (view, &n);

      assert_drawable (geoms, n);
      for (size_t i = 0; i < n; i++)
        moving += geoms[i].body > 0;
      g_assert_cmpuint (moving, >=, lw_arm_model_n_joints (model));
      g_assert_true (geoms == lw_scene_view_geoms (view, &n)); /* nothing changed, nothing made anew */
      lw_scene_view_free (view);
      lw_arm_model_unref (model);
    }
}

/* The tip's ball stands where the kinematics say, with the sizes of the file. */
static void
test_pose (void)
{
  LwArmModel *model = load_arm ("planar-2", NULL);
  LwSceneView *view = lw_scene_view_new (model);
  const double q[2] = { 0.5, 0.7 };
  gboolean ball = FALSE, link = FALSE;
  size_t n;
  const LwSceneGeom *geoms;

  lw_scene_view_pose (view, q);
  geoms = lw_scene_view_geoms (view, &n);
  for (size_t i = 0; i < n; i++)
    if (geoms[i].shape == LW_SOLID_SPHERE)
      {
        ball = TRUE;
        lw_assert_close ((double) geoms[i].pos[0], cos (0.5) + cos (1.2), 0, 1e-6);
        lw_assert_close ((double) geoms[i].pos[1], sin (0.5) + sin (1.2), 0, 1e-6);
        for (int k = 0; k < 3; k++)
          lw_assert_close ((double) geoms[i].size[k], 0.055, 0, 1e-7);
      }
    else if (geoms[i].shape == LW_SOLID_CAPSULE && fabsf (geoms[i].size[0] - 0.055f) < 1e-6f)
      {
        link = TRUE;
        lw_assert_close ((double) geoms[i].size[1], 0.055, 0, 1e-7);
        lw_assert_close ((double) geoms[i].size[2], 0.5, 0, 1e-7); /* half the length, third */
        lw_assert_close ((double) geoms[i].pos[0], cos (0.5) / 2, 0, 1e-6);
        /* Its own z, the third column, runs along the link. */
        lw_assert_close (fabs ((double) geoms[i].rot[2]), cos (0.5), 0, 1e-6);
        lw_assert_close (fabs ((double) geoms[i].rot[5]), sin (0.5), 0, 1e-6);
      }
  g_assert_true (ball);
  g_assert_true (link);
  lw_scene_view_free (view);
  lw_arm_model_unref (model);
}

static void
test_ghost (void)
{
  LwArmModel *model = load_arm ("planar-2", NULL);
  LwSceneView *view = lw_scene_view_new (model);
  const double q[2] = { 0.5, 0.7 };
  size_t n_before, n, ghosts = 0;
  const LwSceneGeom *geoms;

  lw_scene_view_geoms (view, &n_before);
  lw_scene_view_ghost (view, q);
  geoms = lw_scene_view_geoms (view, &n);
  assert_drawable (geoms, n);
  for (size_t i = 0; i < n; i++)
    if (geoms[i].ghost)
      {
        ghosts++;
        g_assert_cmpint (geoms[i].body, ==, -1);
        g_assert_true (geoms[i].rgba[3] < 0.5f);
        if (geoms[i].shape == LW_SOLID_SPHERE)
          lw_assert_close ((double) geoms[i].pos[1], sin (0.5) + sin (1.2), 0, 1e-6);
      }
  g_assert_cmpuint (ghosts, ==, 5); /* two links, two drums, one ball; no base, no floor */
  g_assert_cmpuint (n, ==, n_before + ghosts);
  lw_scene_view_ghost (view, NULL);
  lw_scene_view_geoms (view, &n);
  g_assert_cmpuint (n, ==, n_before);
  lw_scene_view_free (view);
  lw_arm_model_unref (model);
}

static void
test_markers_and_path (void)
{
  LwArmModel *model = load_arm ("arm-7", NULL);
  LwSceneView *view = lw_scene_view_new (model);
  const LwMarker markers[2] = {
    { LW_SOLID_SPHERE, { 0.1, 0.2, 0.9 }, { 0.05, 0.05, 0.05 }, { 1, 0, 0, 0.5f }, "target" },
    { LW_SOLID_BOX, { 0.3, 0.2, 0.9 }, { 0.01, 0.02, 0.03 }, { 0, 1, 0, 1 }, "" },
  };
  const float blue[4] = { 0, 0, 1, 1 };
  double data[1000 * 3];
  LwMat path = lw_mat_view (data, 1000, 3);
  size_t n_before, n, pieces = 0;
  double length = 0;
  const LwSceneGeom *geoms;

  for (size_t i = 0; i < 1000; i++)
    for (size_t r = 0; r < 3; r++)
      data[3 * i + r] = r == 0 ? (double) i / 999 : 1;
  lw_scene_view_geoms (view, &n_before);
  lw_scene_view_markers (view, markers, 2);
  lw_scene_view_path (view, &path, blue);
  geoms = lw_scene_view_geoms (view, &n);
  assert_drawable (geoms, n);
  for (size_t i = 0; i < n; i++)
    if (memcmp (geoms[i].rgba, blue, sizeof blue) == 0)
      {
        pieces++;
        length += 2 * (double) geoms[i].size[2];
      }
  g_assert_cmpuint (pieces, ==, 200);
  lw_assert_close (length, 1, 1e-5, 0);
  g_assert_cmpuint (n, ==, n_before + 200 + 2);

  /* A pause in the path is no piece, and one point no path. */
  path.rows = 2;
  data[3] = data[0];
  lw_scene_view_path (view, &path, blue);
  lw_scene_view_geoms (view, &n);
  g_assert_cmpuint (n, ==, n_before + 2);
  path.rows = 1;
  lw_scene_view_path (view, &path, blue);
  lw_scene_view_markers (view, NULL, 0);
  lw_scene_view_geoms (view, &n);
  g_assert_cmpuint (n, ==, n_before);
  lw_scene_view_free (view);
  lw_arm_model_unref (model);
}

/* Clip coordinates by the matrices an OpenGL renderer gets. */
static void
through_matrices (LwSceneView *view, double aspect, const double world[3], double ndc[3])
{
  float v[16], p[16], eye[3];
  double seen[4], clip[4];

  lw_scene_view_camera (view, aspect, v, p, eye);
  for (int r = 0; r < 4; r++)
    {
      seen[r] = (double) v[12 + r];
      for (int c = 0; c < 3; c++)
        seen[r] += (double) v[4 * c + r] * world[c];
    }
  for (int r = 0; r < 4; r++)
    {
      clip[r] = 0;
      for (int c = 0; c < 4; c++)
        clip[r] += (double) p[4 * c + r] * seen[c];
    }
  for (int r = 0; r < 3; r++)
    ndc[r] = clip[r] / clip[3];
}

static void
test_camera_agrees_with_project (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (1);

  for (size_t a = 0; a < G_N_ELEMENTS (arms); a++)
    {
      LwArmModel *model = load_arm (arms[a], NULL);
      LwSceneView *view = lw_scene_view_new (model);

      for (int trial = 0; trial < 30; trial++)
        {
          const double aspect = g_rand_double_range (rand, 0.5, 2);
          const double world[3] = { g_rand_double_range (rand, -0.3, 0.3), g_rand_double_range (rand, -0.3, 0.3), g_rand_double_range (rand, 0.1, 1) };
          double ndc[3], x, y;

          lw_scene_view_orbit (view, g_rand_double_range (rand, -0.3, 0.3), g_rand_double_range (rand, -0.1, 0.1));
          if (!lw_scene_view_project (view, aspect, world, &x, &y))
            continue;
          through_matrices (view, aspect, world, ndc);
          lw_assert_close (ndc[0], 2 * x - 1, 1e-4, 1e-4);
          lw_assert_close (ndc[1], 1 - 2 * y, 1e-4, 1e-4);
          g_assert_cmpfloat (ndc[2], >, -1);
          g_assert_cmpfloat (ndc[2], <, 1);
        }
      lw_scene_view_free (view);
      lw_arm_model_unref (model);
    }
}

static void
test_unproject_round_trip (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (2);
  LwArmModel *model = load_arm ("arm-7", NULL);
  LwSceneView *view = lw_scene_view_new (model);

  for (int trial = 0; trial < 100; trial++)
    {
      const double aspect = g_rand_double_range (rand, 0.5, 2);
      const double anchor[3] = { g_rand_double_range (rand, -0.2, 0.4), g_rand_double_range (rand, -0.3, 0.3), g_rand_double_range (rand, 0.7, 1.3) };
      double world[3], x, y, x_back, y_back;

      g_assert_true (lw_scene_view_project (view, aspect, anchor, &x, &y));
      lw_scene_view_unproject (view, aspect, x, y, anchor, world);
      lw_assert_close_array (world, anchor, 3, 0, 1e-12);
      lw_scene_view_unproject (view, aspect, x + 0.1, y - 0.2, anchor, world);
      g_assert_true (lw_scene_view_project (view, aspect, world, &x_back, &y_back));
      lw_assert_close (x_back, x + 0.1, 0, 1e-12);
      lw_assert_close (y_back, y - 0.2, 0, 1e-12);
      lw_scene_view_orbit (view, 0.07, 0.01);
    }
  lw_scene_view_free (view);
  lw_arm_model_unref (model);
}

static void
test_behind_the_camera (void)
{
  LwArmModel *model = load_arm ("arm-7", NULL);
  LwSceneView *view = lw_scene_view_new (model);
  float v[16], p[16], eye[3];
  double behind[3], x = NAN, y = NAN;

  lw_scene_view_camera (view, 1, v, p, eye);
  for (int r = 0; r < 3; r++)
    behind[r] = (double) eye[r] + (double) v[4 * r + 2]; /* against the line of sight */
  g_assert_false (lw_scene_view_project (view, 1, behind, &x, &y));
  g_assert_true (isnan (x));
  lw_scene_view_free (view);
  lw_arm_model_unref (model);
}

static void
test_pick (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (3);

  for (size_t a = 0; a < G_N_ELEMENTS (arms); a++)
    {
      LwArmModel *model = load_arm (arms[a], NULL);
      LwSceneView *view = lw_scene_view_new (model);
      const size_t n_joints = lw_arm_model_n_joints (model);
      double q[LW_MAX_JOINTS];
      int seen_last = 0;

      for (int trial = 0; trial < 20; trial++)
        {
          size_t n;
          const LwSceneGeom *geoms;
          LwSceneGeom copy[256];

          for (size_t i = 0; i < n_joints; i++)
            q[i] = lw_arm_model_joints (model)[i].home + g_rand_double_range (rand, -0.06, 0.06);
          lw_scene_view_pose (view, q);
          geoms = lw_scene_view_geoms (view, &n);
          g_assert_cmpuint (n, <=, G_N_ELEMENTS (copy));
          memcpy (copy, geoms, n * sizeof *geoms);
          for (size_t i = 0; i < n; i++)
            if (copy[i].body > 0)
              {
                const double centre[3] = { (double) copy[i].pos[0], (double) copy[i].pos[1], (double) copy[i].pos[2] };
                double x, y, world[3], local[3], x_hit, y_hit;
                int body;

                g_assert_true (lw_scene_view_project (view, 1.4, centre, &x, &y));
                body = lw_scene_view_pick (view, 1.4, x, y, world, local);
                if (body < 0) /* the base's own shapes are no part of what moves */
                  continue;
                seen_last = MAX (seen_last, body);
                /* What was hit lies on the line of sight. */
                g_assert_true (lw_scene_view_project (view, 1.4, world, &x_hit, &y_hit));
                lw_assert_close (x_hit, x, 0, 1e-9);
                lw_assert_close (y_hit, y, 0, 1e-9);
              }
        }
      g_assert_cmpint (seen_last, >=, (int) n_joints);
      g_assert_cmpint (lw_scene_view_pick (view, 1.4, 0.001, 0.001, q, q + 3), ==, -1); /* the corner is empty */
      lw_scene_view_free (view);
      lw_arm_model_unref (model);
    }
}

/* The same body and the same point of it, from wherever one looks: the tip's ball is free on all sides. */
static void
test_pick_local_point (void)
{
  LwArmModel *model = load_arm ("planar-2", NULL);
  LwSceneView *view = lw_scene_view_new (model);
  const double q[2] = { 0.4, 0.8 };
  const double tip[3] = { cos (0.4) + cos (1.2), sin (0.4) + sin (1.2), 0 };

  lw_scene_view_pose (view, q);
  for (int turn = 0; turn < 8; turn++)
    {
      double x, y, world[3], local[3], distance = 0;

      lw_scene_view_orbit (view, 0.25, 0);
      g_assert_true (lw_scene_view_project (view, 1, tip, &x, &y));
      g_assert_cmpint (lw_scene_view_pick (view, 1, x, y, world, local), ==, 2);
      for (int r = 0; r < 3; r++)
        distance += (world[r] - tip[r]) * (world[r] - tip[r]);
      lw_assert_close (sqrt (distance), 0.055, 1e-6, 0);
      /* The ball's centre is at (1, 0, 0) of link 2. */
      lw_assert_close (hypot (hypot (local[0] - 1, local[1]), local[2]), 0.055, 1e-6, 0);
    }
  lw_scene_view_free (view);
  lw_arm_model_unref (model);
}

static void
test_camera_moves (void)
{
  LwArmModel *model = load_arm ("arm-7", NULL);
  LwSceneView *view = lw_scene_view_new (model);
  const double centre[3] = { 0.06, 0, 1.05 }; /* the point looked at */
  float v[16], p[16], eye[3], first[16], first_eye[3], nearer[3];
  double x, y, distance = 0, distance_nearer = 0;

  lw_scene_view_camera (view, 1.5, first, p, first_eye);
  g_assert_true (lw_scene_view_project (view, 1.5, centre, &x, &y));
  lw_assert_close (x, 0.5, 0, 1e-6);
  lw_assert_close (y, 0.5, 0, 1e-6);

  /* What lies in the plane looked at follows the pointer. */
  lw_scene_view_pan (view, 0.1, 0.2);
  g_assert_true (lw_scene_view_project (view, 1.5, centre, &x, &y));
  lw_assert_close (x, 0.5 + 0.1 / 1.5, 0, 1e-6);
  lw_assert_close (y, 0.7, 0, 1e-6);
  lw_scene_view_reset (view);

  lw_scene_view_zoom (view, 0.5);
  lw_scene_view_camera (view, 1.5, v, p, nearer);
  for (int r = 0; r < 3; r++)
    {
      distance += pow ((double) first_eye[r] - centre[r], 2);
      distance_nearer += pow ((double) nearer[r] - centre[r], 2);
    }
  lw_assert_close (sqrt (distance_nearer / distance), exp (-0.5), 1e-4, 0);
  lw_scene_view_zoom (view, -0.5);
  lw_scene_view_camera (view, 1.5, v, p, eye);
  for (int i = 0; i < 16; i++)
    lw_assert_close ((double) v[i], (double) first[i], 1e-5, 1e-6);

  /* A point before the centre goes where the pointer goes when orbiting. */
  {
    double front[3], x_after, y_after;

    for (int r = 0; r < 3; r++)
      front[r] = centre[r] + 0.3 * ((double) first_eye[r] - centre[r]);
    lw_scene_view_orbit (view, 0.05, 0);
    g_assert_true (lw_scene_view_project (view, 1.5, front, &x_after, &y_after));
    g_assert_cmpfloat (x_after, >, 0.5 + 0.005);
    lw_scene_view_reset (view);
    lw_scene_view_orbit (view, 0, 0.05);
    g_assert_true (lw_scene_view_project (view, 1.5, front, &x_after, &y_after));
    g_assert_cmpfloat (y_after, >, 0.5 + 0.005);
  }

  /* However far one turns, the picture stays upright and finite. */
  for (int i = 0; i < 50; i++)
    {
      lw_scene_view_orbit (view, 0.3, 0.3);
      lw_scene_view_zoom (view, 1);
      lw_scene_view_camera (view, 1.5, v, p, eye);
      for (int k = 0; k < 16; k++)
        g_assert_true (isfinite (v[k]) && isfinite (p[k]));
    }
  lw_scene_view_free (view);
  lw_arm_model_unref (model);
}

/* The triangles of a mesh, turned and placed as its geom says, are where the file puts them; scaled as it says. */
static void
test_mesh (void)
{
  static const char text[] =
    "<mujoco><compiler angle=\"radian\" autolimits=\"true\"/><custom><numeric name=\"velocity_limit\" data=\"1\"/><numeric name=\"acceleration_limit\" data=\"1\"/>"
    "<numeric name=\"torque_limit\" data=\"1\"/><numeric name=\"home\" data=\"0\"/></custom>"
    "<asset><mesh name=\"m\" scale=\"2 1 1\" vertex=\"0 0 0  0.5 0 0  0 1 0  0 0 1\"/></asset>"
    "<worldbody><body pos=\"0 0 1\"><joint name=\"j\" axis=\"0 0 1\" range=\"-2 2\"/><geom type=\"mesh\" mesh=\"m\" pos=\"0.1 0 0\"/><site name=\"tip\"/></body></worldbody>"
    "<actuator><motor joint=\"j\"/></actuator></mujoco>";
  g_autofree char *path = NULL;
  g_autoptr (GError) error = NULL;
  LwSimError problem = { "" };
  LwSceneView *view, *other;
  LwArmModel *model;
  const LwSceneGeom *geoms;
  float corners[4 * 9];
  bool found[4] = { false };
  size_t n;
  int fd = g_file_open_tmp ("lw-mesh-XXXXXX.xml", &path, &error);

  g_assert_no_error (error);
  close (fd);
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  model = lw_arm_model_load (path, NULL, &problem);
  g_unlink (path);
  g_assert_cmpstr (problem.text, ==, "");
  view = lw_scene_view_new (model);
  other = lw_scene_view_new (model);
  g_assert_cmpuint (lw_scene_view_number (view), !=, lw_scene_view_number (other));
  lw_scene_view_pose (view, (double[]){ G_PI / 2 });
  geoms = lw_scene_view_geoms (view, &n);
  g_assert_cmpuint (n, ==, 1);
  g_assert_cmpint (geoms[0].shape, ==, LW_SOLID_MESH);
  g_assert_cmpint (geoms[0].mesh, ==, 0);
  g_assert_cmpuint (lw_scene_view_n_meshes (view), ==, 1);
  g_assert_cmpuint (lw_scene_view_triangles (view, 0, NULL), ==, 4);
  g_assert_cmpuint (lw_scene_view_triangles (view, 0, corners), ==, 4);
  for (int c = 0; c < 12; c++)
    {
      /* A quarter turn about z: (x, y) -> (-y, x); the mesh's corners are 1 m along the axes from (0.1, 0, 0). */
      static const double wanted[4][3] = { { 0, 0.1, 1 }, { 0, 1.1, 1 }, { -1, 0.1, 1 }, { 0, 0.1, 2 } };
      double world[3];
      bool known = false;

      for (int r = 0; r < 3; r++)
        {
          world[r] = (double) geoms[0].pos[r];
          for (int k = 0; k < 3; k++)
            world[r] += (double) (geoms[0].rot[3 * r + k] * geoms[0].size[k] * corners[3 * c + k]);
        }
      for (int i = 0; i < 4; i++)
        if (fabs (world[0] - wanted[i][0]) + fabs (world[1] - wanted[i][1]) + fabs (world[2] - wanted[i][2]) < 1e-5)
          known = found[i] = true;
      g_assert_true (known);
    }
  for (int i = 0; i < 4; i++)
    g_assert_true (found[i]);
  lw_scene_view_free (other);
  lw_scene_view_free (view);
  lw_arm_model_unref (model);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/scene-view/geoms", test_geoms);
  g_test_add_func ("/scene-view/pose", test_pose);
  g_test_add_func ("/scene-view/ghost", test_ghost);
  g_test_add_func ("/scene-view/markers-and-path", test_markers_and_path);
  g_test_add_func ("/scene-view/camera-agrees-with-project", test_camera_agrees_with_project);
  g_test_add_func ("/scene-view/unproject-round-trip", test_unproject_round_trip);
  g_test_add_func ("/scene-view/behind-the-camera", test_behind_the_camera);
  g_test_add_func ("/scene-view/pick", test_pick);
  g_test_add_func ("/scene-view/pick-local-point", test_pick_local_point);
  g_test_add_func ("/scene-view/camera-moves", test_camera_moves);
  g_test_add_func ("/scene-view/mesh", test_mesh);
  return g_test_run ();
}
