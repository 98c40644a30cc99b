/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "lw-assert-close.h"
#include "lw-kinematics.h"
#include "lw-model-import.h"
#include "lw-scene-view.h"
#include "lw-sim-bus.h"
#include "lw-skill.h"
#include "lw-test-paths.h"

/* ---- a folder of its own for every test ---- */

typedef struct {
  char *folder; /* what people have */
  char *arms;   /* where arms of theirs are kept */
} Place;

static void
set_up (Place *place, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  place->folder = g_dir_make_tmp ("lw-import-XXXXXX", &error);
  g_assert_no_error (error);
  place->arms = g_build_filename (place->folder, "own", "arms", NULL);
}

static void
remove_tree (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char      *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *below = g_build_filename (path, name, NULL);

      if (g_file_test (below, G_FILE_TEST_IS_DIR))
        remove_tree (below);
      else
        g_unlink (below);
    }
  g_rmdir (path);
}

static void
tear_down (Place *place, gconstpointer data)
{
  remove_tree (place->folder);
  g_free (place->arms);
  g_free (place->folder);
}

static char *
write_bytes (Place *place, const char *name, const void *bytes, gssize length)
{
  char            *path = g_build_filename (place->folder, name, NULL);
  g_autofree char *folder = g_path_get_dirname (path);

  g_assert_cmpint (g_mkdir_with_parents (folder, 0755), ==, 0);
  g_assert_true (g_file_set_contents (path, bytes, length, NULL));
  return path;
}

static char *
write_text (Place *place, const char *name, const char *text)
{
  return write_bytes (place, name, text, -1);
}

static void
put_text (Place *place, const char *name, const char *text)
{
  g_free (write_text (place, name, text));
}

/* A tetrahedron with edges @size along the axes, its corner at the origin: binary STL. */
static void
write_stl (Place *place, const char *name, float size)
{
  static const int corners[4][3] = { { 0, 2, 1 }, { 0, 1, 3 }, { 0, 3, 2 }, { 1, 2, 3 } }; /* outward */
  const float      points[4][3] = { { 0, 0, 0 }, { size, 0, 0 }, { 0, size, 0 }, { 0, 0, size } };
  guint8           bytes[84 + 4 * 50] = { 0 };

  bytes[80] = 4;
  for (int f = 0; f < 4; f++)
    for (int c = 0; c < 3; c++)
      memcpy (bytes + 84 + 50 * f + 12 + 12 * c, points[corners[f][c]], 12);
  g_free (write_bytes (place, name, bytes, sizeof bytes));
}

static LwModelImport *
import_file (Place *place, const char *path, GError **error)
{
  const LwModelImportSettings settings = { .folder = place->arms, .protocol = LW_PROTOCOL_FEETECH, .first_id = 1 };

  return lw_model_import (path, &settings, error);
}

/* It fails with just that text, and leaves nothing behind. */
static void
assert_refused (Place *place, const char *name, const char *text, const char *message)
{
  g_autofree char   *path = write_text (place, name, text);
  g_autoptr (GError) error = NULL;
  g_autoptr (GDir)   dir = NULL;

  g_assert_null (import_file (place, path, &error));
  g_assert_cmpstr (error->message, ==, message);
  g_assert_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT);
  dir = g_dir_open (place->arms, 0, NULL);
  g_assert_true (dir == NULL || g_dir_read_name (dir) == NULL);
}

static gboolean
has_note (const LwModelImport *import, const char *text)
{
  for (guint i = 0; i < import->notes->len; i++)
    if (strstr (import->notes->pdata[i], text) != NULL)
      return TRUE;
  return FALSE;
}

static LwArmModel *
load_model (const LwModelImport *import)
{
  LwSimError  problem = { "" };
  LwArmModel *model = lw_arm_model_load (import->profile->model, NULL, &problem);

  g_assert_cmpstr (problem.text, ==, "");
  return model;
}

/* ---- URDF ---- */

#define LINK(name) "<link name=\"" name "\"><inertial><mass value=\"0.1\"/><inertia ixx=\"1e-4\" iyy=\"1e-4\" izz=\"1e-4\" ixy=\"0\" ixz=\"0\" iyz=\"0\"/></inertial></link>"
#define JOINT(name, type, parent, child, rest) \
  "<joint name=\"" name "\" type=\"" type "\"><parent link=\"" parent "\"/><child link=\"" child "\"/>" rest "</joint>"
#define LIMIT "<limit lower=\"-1\" upper=\"1\" velocity=\"3\" effort=\"5\"/>"
#define SO_JOINT(name, parent, child, xyz, rpy, lower, upper) \
  JOINT (name, "revolute", parent, child, \
         "<origin xyz=\"" xyz "\" rpy=\"" rpy "\"/><axis xyz=\"0 0 1\"/><limit lower=\"" lower "\" upper=\"" upper "\" velocity=\"4.5\" effort=\"1.9\"/>")

/* The published chain of the SO-101 as a person would have it: it ends where our own model of that arm does. */
static const char so101[] =
  "<?xml version=\"1.0\"?>\n<!-- from a shop -->\n<robot name=\"SO-101 of the shop\">"
  LINK ("base") LINK ("shoulder") LINK ("upper_arm") LINK ("lower_arm") LINK ("wrist") LINK ("gripper") LINK ("jaw") "<link name=\"gripper_frame\"/>"
  SO_JOINT ("shoulder_pan", "base", "shoulder", "0.0388353 -8.97657e-09 0.0624", "3.14159 0 -3.14159", "-1.91986", "1.91986")
  SO_JOINT ("shoulder_lift", "shoulder", "upper_arm", "-0.0303992 -0.0182778 -0.0542", "-1.5708 -1.5708 0", "-1.74533", "1.74533")
  SO_JOINT ("elbow_flex", "upper_arm", "lower_arm", "-0.11257 -0.028 0", "0 0 1.5708", "-1.69", "1.69")
  SO_JOINT ("wrist_flex", "lower_arm", "wrist", "-0.1349 0.0052 0", "0 0 -1.5708", "-1.65806", "1.65806")
  SO_JOINT ("wrist_roll", "wrist", "gripper", "0 -0.0611 0.0181", "1.5708 0.0486795 3.14159", "-2.74385", "2.84121")
  SO_JOINT ("gripper", "gripper", "jaw", "0.0202 0.0188 -0.0234", "1.5708 0 0", "-0.174533", "1.74533")
  JOINT ("frame", "fixed", "gripper", "gripper_frame", "<origin xyz=\"-0.0079 -0.000218121 -0.0981274\" rpy=\"0 3.14159 0\"/>")
  "</robot>";

static void
test_urdf_chain (Place *place, gconstpointer data)
{
  g_autofree char          *path = write_text (place, "my arm (2).urdf", so101), *own_path = lw_test_data_path ("arms/so-101.xml");
  g_autoptr (GError)        error = NULL;
  g_autoptr (LwModelImport) import = import_file (place, path, &error);
  LwSimError                problem = { "" };
  LwArmModel               *model, *own = lw_arm_model_load (own_path, NULL, &problem);
  LwKinematics             *kinematics, *own_kinematics = lw_kinematics_new (own);
  LwArmProfile             *again;
  GRand                    *rand = g_rand_new_with_seed (3);
  double                    worst = 0;

  g_assert_no_error (error);
  model = load_model (import);
  g_assert_cmpstr (import->profile->id, ==, "my-arm--2-");
  g_assert_cmpstr (lw_arm_model_title (model), ==, "SO-101 of the shop");
  g_assert_true (has_note (import, "the tip is link “gripper_frame”"));
  g_assert_cmpuint (import->notes->len, ==, 1); /* all else was in the file */
  g_assert_cmpuint (lw_arm_model_n_joints (model), ==, 6);
  kinematics = lw_kinematics_new (model);
  for (int i = 0; i < 500; i++)
    {
      double q[LW_MAX_JOINTS], a[3], b[3];

      for (size_t j = 0; j < 6; j++)
        q[j] = g_rand_double_range (rand, lw_arm_model_joints (own)[j].lower, lw_arm_model_joints (own)[j].upper);
      lw_kinematics_set (kinematics, q);
      lw_kinematics_set (own_kinematics, q);
      lw_kinematics_tip (kinematics, a, NULL);
      lw_kinematics_tip (own_kinematics, b, NULL);
      for (int k = 0; k < 3; k++)
        worst = fmax (worst, fabs (a[k] - b[k]));
    }
  g_assert_cmpfloat (worst, <, 1e-5);
  for (size_t j = 0; j < 6; j++)
    {
      const LwJointInfo *joint = &lw_arm_model_joints (model)[j], *ours = &lw_arm_model_joints (own)[j];

      g_assert_cmpstr (joint->name, ==, ours->name);
      lw_assert_close (joint->lower, ours->lower, 0, 1e-12);
      lw_assert_close (joint->upper, ours->upper, 0, 1e-12);
      lw_assert_close (joint->v_max, 4.5, 0, 0);
      lw_assert_close (joint->tau_max, 1.9, 0, 0);
      lw_assert_close (joint->a_max, 4.5 / 0.2, 1e-12, 0);
    }

  again = lw_arm_profile_load (import->profile_path, &error);
  g_assert_no_error (error);
  g_assert_true (lw_arm_profile_check (again, model, &error));
  g_assert_cmpuint (again->joints[5].id, ==, 6);
  g_assert_cmpint (again->protocol, ==, LW_PROTOCOL_FEETECH);
  {
    LwSimBusConfig config;
    LwSimBus      *simulated;

    lw_sim_bus_config_init (&config);
    config.model = model;
    simulated = lw_sim_bus_new (&config);
    g_assert_nonnull (simulated);
    lw_sim_bus_free (simulated);
  }
  lw_arm_profile_free (again);
  g_rand_free (rand);
  lw_kinematics_free (kinematics);
  lw_kinematics_free (own_kinematics);
  lw_arm_model_unref (own);
  lw_arm_model_unref (model);
}

#define MESH_LINK(name, file) \
  "<link name=\"" name "\"><inertial><mass value=\"0.1\"/><inertia ixx=\"1e-4\" iyy=\"1e-4\" izz=\"1e-4\"/></inertial>\n<visual><geometry><mesh filename=\"" file "\"/></geometry></visual></link>"
#define MESH_ARM(file, more) \
  "<robot name=\"m\">\n" LINK ("base") "\n" MESH_LINK ("arm", file) "\n" more JOINT ("j", "revolute", "base", "arm", LIMIT) "</robot>"

/* Every way people name meshes, and two files of one name in two folders. */
static void
test_meshes (Place *place, gconstpointer data)
{
  static const struct {
    const char *urdf, *text;
  } cases[] = {
    { "beside/arm.urdf", MESH_ARM ("part.STL", "") },
    { "beside/arm.urdf", MESH_ARM ("visual/part.stl", "") },
    { "pkg_description/urdf/arm.urdf", MESH_ARM ("package://pkg_description/meshes/part.stl", "") },
    { "pkg_description/urdf/deep/arm.urdf", MESH_ARM ("package://pkg_description/meshes/part.stl", "") },
    { "other_folder/arm.urdf", MESH_ARM ("package://was_called_so/meshes/part.stl", "") },
  };

  write_stl (place, "beside/part.STL", 0.1f);
  write_stl (place, "beside/visual/part.stl", 0.1f);
  write_stl (place, "pkg_description/meshes/part.stl", 0.1f);
  write_stl (place, "other_folder/meshes/part.stl", 0.1f);
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char          *path = write_text (place, cases[i].urdf, cases[i].text);
      const LwModelImportSettings settings = { .folder = place->arms, .replace = TRUE, .protocol = LW_PROTOCOL_LINES, .first_id = 7 };
      g_autoptr (GError)        error = NULL;
      g_autoptr (LwModelImport) import = lw_model_import (path, &settings, &error);
      LwArmModel               *model;

      g_assert_no_error (error);
      model = load_model (import);
      g_assert_cmpuint (import->profile->joints[0].id, ==, 7);
      lw_arm_model_unref (model);
    }
  {
    g_autofree char *path = write_text (place, "beside/both.urdf",
                                        MESH_ARM ("part.STL", MESH_LINK ("hand", "visual/part.stl") JOINT ("k", "fixed", "arm", "hand", "")));
    g_autoptr (GError)        error = NULL;
    g_autoptr (LwModelImport) import = import_file (place, path, &error);
    g_autofree char          *text = NULL;
    LwArmModel               *model;

    g_assert_no_error (error);
    model = load_model (import);
    g_assert_true (g_file_get_contents (import->profile->model, &text, NULL, NULL));
    g_assert_nonnull (strstr (text, "/beside/part.STL\""));
    g_assert_nonnull (strstr (text, "/beside/visual/part.stl\""));
    lw_arm_model_unref (model);
  }
}

static void
test_bad_meshes (Place *place, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  put_text (place, "part.dae", "<COLLADA/>");
  put_text (place, "text.stl", "solid part\n facet normal 0 0 1\n  outer loop\n   vertex 0 0 0\n   vertex 1 0 0\n   vertex 0 1 0\n  endloop\n endfacet\nendsolid\n");
  g_free (write_bytes (place, "cut.stl", "\0\0\0\0\0\0\0\0\0\0", 10));
  assert_refused (place, "arm.urdf", MESH_ARM ("nowhere.stl", ""), "arm.urdf, line 4: <mesh>: the mesh file “nowhere.stl” is not there");
  assert_refused (place, "arm.urdf", MESH_ARM ("package://a/b.stl", ""), "arm.urdf, line 4: <mesh>: the mesh file “package://a/b.stl” is not there");
  assert_refused (place, "arm.urdf", MESH_ARM ("part.dae", ""),
                  "arm.urdf, line 4: <mesh>: the mesh “part.dae” is in a format that cannot be read; save it as STL (binary) or OBJ, and name that in the file");
  assert_refused (place, "arm.urdf", MESH_ARM ("text.stl", ""), "arm.urdf, line 4: <mesh>: the mesh “text.stl” is an STL written as text; save it as binary STL");
  {
    g_autofree char *path = write_text (place, "arm.urdf", MESH_ARM ("cut.stl", ""));

    g_assert_null (import_file (place, path, &error));
    g_assert_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT);
    g_assert_true (g_str_has_prefix (error->message, "arm.urdf: "));
    g_assert_nonnull (strstr (error->message, "cut.stl"));
    g_assert_null (strstr (error->message, "line"));
  }
}

/* The usual pair: COLLADA to look at, STL to bump into. */
static void
test_collision_stands_in (Place *place, gconstpointer data)
{
  g_autofree char          *path = write_text (place, "arm.urdf",
                                               "<robot name=\"m\">" LINK ("base") "<link name=\"arm\"><inertial><mass value=\"0.1\"/><inertia ixx=\"1e-4\" iyy=\"1e-4\" izz=\"1e-4\"/></inertial>"
                                               "<visual><geometry><box size=\"1 1 1\"/></geometry></visual><visual><geometry><mesh filename=\"part.dae\"/></geometry></visual>"
                                               "<collision><geometry><sphere radius=\"0.0625\"/></geometry></collision></link>"
                                               JOINT ("j", "revolute", "base", "arm", LIMIT) "</robot>");
  g_autoptr (GError)        error = NULL;
  g_autoptr (LwModelImport) import = NULL;
  g_autofree char          *text = NULL;

  put_text (place, "part.dae", "<COLLADA/>");
  import = import_file (place, path, &error);

  g_assert_no_error (error);
  g_assert_true (has_note (import, "the collision shapes of link “arm” are shown instead"));
  g_assert_true (g_file_get_contents (import->profile->model, &text, NULL, NULL));
  g_assert_nonnull (strstr (text, "size=\"0.0625\""));
  g_assert_null (strstr (text, "size=\"0.5 0.5 0.5\"")); /* not half of the one and half of the other */
}

/* Fingers: one that follows a turning joint moves, one with a motor of its own stands still and is named. */
static void
test_fingers (Place *place, gconstpointer data)
{
  g_autofree char *path = write_text (place, "arm.urdf",
                                      "<robot name=\"m\">" LINK ("base") LINK ("hand") LINK ("gear")
                                      "<link name=\"left_finger\"><visual><geometry><sphere radius=\"0.0625\"/></geometry></visual></link>" LINK ("right_finger")
                                      JOINT ("j", "revolute", "base", "hand", LIMIT)
                                      JOINT ("left", "prismatic", "hand", "left_finger", "<axis xyz=\"0 1 0\"/>" LIMIT "<mimic joint=\"servo\" multiplier=\"0.02\" offset=\"0.1\"/>")
                                      JOINT ("servo", "continuous", "hand", "gear", "")
                                      JOINT ("right", "prismatic", "hand", "right_finger", LIMIT) "</robot>");
  g_autoptr (GError)        error = NULL;
  g_autoptr (LwModelImport) import = import_file (place, path, &error);
  LwArmModel               *model;
  LwSceneView              *view;
  float                     moved = NAN;

  g_assert_no_error (error);
  g_assert_true (has_note (import, "joint “right” slides: it stands still here"));
  g_assert_true (has_note (import, "no speed limit for “servo”: 2 rad/s"));
  g_assert_true (has_note (import, "link “left_finger” has no mass"));
  g_assert_cmpuint (import->profile->n_joints, ==, 2);
  g_assert_cmpstr (import->profile->joints[1].name, ==, "servo");
  g_assert_true (import->profile->joints[1].full_turn);
  model = load_model (import);
  view = lw_scene_view_new (model);
  lw_scene_view_pose (view, (double[]){ 0, 0.5 });
  {
    size_t             n;
    const LwSceneGeom *geoms = lw_scene_view_geoms (view, &n);

    for (size_t i = 0; i < n; i++)
      if (geoms[i].shape == LW_SOLID_SPHERE)
        moved = geoms[i].pos[1];
  }
  lw_assert_close (moved, 0.1 + 0.02 * 0.5, 0, 1e-6);
  lw_scene_view_free (view);
  lw_arm_model_unref (model);
}

static void
test_urdf_refused (Place *place, gconstpointer data)
{
  static const struct {
    const char *text, *message;
  } cases[] = {
    { "", "arm.urdf: Error on line 1 char 1: Document was empty or contained only whitespace" },
    { "<sdf/>", "arm.urdf, line 1: <sdf>: neither a URDF (<robot>) nor an MJCF (<mujoco>) file" },
    { "<robot name=\"m\">\n</robot>", "arm.urdf, line 1: <robot> “m”: has no links" },
    { "<robot name=\"m\">\n" LINK ("a") "</robot>", "arm.urdf, line 1: <robot> “m”: has no joint that turns" },
    { "<robot name=\"m\">\n" LINK ("a") "\n" LINK ("a") "</robot>", "arm.urdf, line 3: <link> “a”: stands there twice" },
    { "<robot name=\"m\">\n" LINK ("a") "\n" LINK ("b") "</robot>", "arm.urdf, line 3: <link> “b”: hangs from no joint, and neither does link “a”: an arm stands on one link" },
    { "<robot name=\"m\">\n" LINK ("a") "\n" JOINT ("j", "revolute", "a", "b", LIMIT) "</robot>", "arm.urdf, line 3: <joint> “j”: there is no link “b”" },
    { "<robot name=\"m\">\n" LINK ("a") "\n<joint name=\"j\" type=\"fixed\"><child link=\"a\"/></joint></robot>", "arm.urdf, line 3: <joint> “j”: has no <parent link=…>" },
    { "<robot name=\"m\">" LINK ("a") LINK ("b") "\n" JOINT ("j", "revolute", "a", "b", LIMIT) "\n" JOINT ("k", "revolute", "b", "a", LIMIT) "</robot>",
      "arm.urdf, line 1: <robot> “m”: its joints go round in a circle: no link is the first" },
    { "<robot name=\"m\">" LINK ("a") LINK ("b") LINK ("c") "\n" JOINT ("j", "revolute", "b", "c", LIMIT) "\n" JOINT ("k", "revolute", "c", "b", LIMIT) "</robot>",
      "arm.urdf, line 1: <robot> “m”: its joints go round in a circle" },
    { "<robot name=\"m\">" LINK ("a") LINK ("b") "\n" JOINT ("j", "floating", "a", "b", "") "</robot>",
      "arm.urdf, line 2: <joint> “j”: joints of type “floating” cannot be part of an arm; revolute, continuous, prismatic and fixed can" },
    { "<robot name=\"m\">" LINK ("a") LINK ("b") LINK ("c") "\n" JOINT ("lift", "prismatic", "a", "b", LIMIT) "\n" JOINT ("j", "revolute", "b", "c", LIMIT) "</robot>",
      "arm.urdf, line 2: <joint> “lift”: slides and carries joints that turn; an arm here turns in all its joints" },
    { "<robot name=\"m\">" LINK ("a") LINK ("b") "\n" JOINT ("j", "revolute", "a", "b", "<axis xyz=\"0 0 0\"/>" LIMIT) "</robot>",
      "arm.urdf, line 2: <axis>: the axis of joint “j” has no direction" },
    { "<robot name=\"m\">" LINK ("a") LINK ("b") "\n" JOINT ("j", "revolute", "a", "b", "<origin xyz=\"0 0\"/>" LIMIT) "</robot>",
      "arm.urdf, line 2: <origin>: “xyz” must be 3 numbers" },
    { "<robot name=\"m\">" LINK ("a") LINK ("b") "\n" JOINT ("j", "revolute", "a", "b", "<limit lower=\"nan\" upper=\"1\"/>") "</robot>",
      "arm.urdf, line 2: <limit>: “lower” must be a number" },
    { "<robot name=\"m\">" LINK ("a") LINK ("b") "\n" JOINT ("j", "revolute", "a", "b", LIMIT "<mimic joint=\"z\"/>") "</robot>",
      "arm.urdf, line 2: <joint> “j”: follows joint “z”, which is not there" },
    { "<robot name=\"m\">" LINK ("a") "\n<link name=\"b\"><visual><geometry><cone/></geometry></visual></link>" JOINT ("j", "revolute", "a", "b", LIMIT) "</robot>",
      "arm.urdf, line 2: <cone>: this shape is not known; box, cylinder, capsule, sphere and mesh are" },
    { "<robot name=\"m\">" LINK ("a") "\n<link name=\"b\"><visual><geometry><sphere/></geometry></visual></link>" JOINT ("j", "revolute", "a", "b", LIMIT) "</robot>",
      "arm.urdf, line 2: <sphere>: its sizes must be there and greater than zero" },
    { "<robot name=\"m\" xmlns:xacro=\"http://ros.org/wiki/xacro\">\n<xacro:include filename=\"a\"/></robot>",
      "arm.urdf, line 2: <xacro:include>: this is a xacro file; make a URDF of it first: xacro FILE > arm.urdf" },
    { "<!DOCTYPE x [ <!ENTITY a \"ha\"> <!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\"> <!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;\"> ]>\n<robot name=\"&c;\"/>",
      "arm.urdf: Error on line 2: Entity name “c” is not known" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    assert_refused (place, "arm.urdf", cases[i].text, cases[i].message);
  {
    g_autofree char   *path = write_text (place, "arm.urdf", "<robot name=\"m\">\n<link name=\"a\">\n</robot>");
    g_autoptr (GError) error = NULL;

    g_assert_null (import_file (place, path, &error));
    g_assert_true (g_str_has_prefix (error->message, "arm.urdf: Error on line 3"));
    g_assert_nonnull (strstr (error->message, "link"));
  }
}

static void
test_sizes (Place *place, gconstpointer data)
{
  g_autoptr (GString) text = g_string_new ("<robot name=\"m\"><link name=\"l0\"/>");
  g_autofree char    *huge = g_build_filename (place->folder, "huge.urdf", NULL), *deep_path = NULL;
  g_autoptr (GString) deep = g_string_new (NULL);
  g_autoptr (GError)  error = NULL;
  FILE               *file;

  for (int i = 1; i <= LW_MAX_JOINTS + 1; i++)
    g_string_append_printf (text, "\n<link name=\"l%d\"/>" JOINT ("j%d", "continuous", "l%d", "l%d", ""), i, i, i - 1, i);
  g_string_append (text, "</robot>");
  assert_refused (place, "many.urdf", text->str, "many.urdf, line 18: <joint> “j17”: is the arm's joint 17; 16 at most can be moved");

  file = g_fopen (huge, "w"); /* a hole of 40 MB */
  g_assert_nonnull (file);
  g_assert_cmpint (fseek (file, 40 << 20, SEEK_SET), ==, 0);
  g_assert_cmpint (fputc ('x', file), ==, 'x');
  fclose (file);
  g_assert_null (import_file (place, huge, &error));
  g_assert_cmpstr (error->message, ==, "huge.urdf: larger than a model of an arm can be");
  g_clear_error (&error);

  for (int i = 0; i < 100000; i++)
    g_string_append (deep, "<a>");
  deep_path = write_text (place, "deep.urdf", deep->str);
  g_assert_null (import_file (place, deep_path, &error));
  g_assert_nonnull (strstr (error->message, "more elements than a model of an arm has"));
}

/* ---- MJCF ---- */

#define HINGE(name, rest) "<body name=\"" name "_body\" pos=\"0 0 0.1\"><joint name=\"" name "\" axis=\"0 1 0\" " rest "/><geom name=\"" name "_geom\" size=\"0.02 0.05\" type=\"capsule\"/>"

/* Degrees, an include, defaults, a mesh folder, position servos, a keyframe: none of our conventions. */
static void
test_mjcf (Place *place, gconstpointer data)
{
  static const char text[] =
    "<mujoco model=\"theirs\">\n<compiler meshdir=\"assets\"/>\n<asset><mesh name=\"m\" file=\"part.stl\"/></asset>\n"
    "<default><joint damping=\"0.2\"/></default>\n<worldbody><include file=\"rest.xml\"/></worldbody>\n"
    "<actuator><position joint=\"a\" kp=\"10\" forcelimited=\"true\" forcerange=\"-3 3\"/><position joint=\"b\" kp=\"10\"/><motor joint=\"c\" gear=\"2\" ctrllimited=\"true\" ctrlrange=\"-1 1\"/>"
    "</actuator>\n<sensor><jointpos joint=\"a\"/></sensor>\n<keyframe><key name=\"home\" qpos=\"0.25 -0.5 0.75 0\"/></keyframe>\n</mujoco>";
  static const char rest[] =
    "<mujoco>" HINGE ("a", "limited=\"true\" range=\"-90 90\"") HINGE ("b", "") HINGE ("c", "limited=\"true\" range=\"0 45\"") "<geom type=\"mesh\" mesh=\"m\"/>"
    "<site name=\"attachment_site\" pos=\"0 0 0.1\"/><body pos=\"0 0 0.05\"><joint name=\"loose\" type=\"slide\" damping=\"9\"/><geom size=\"0.01\"/></body>"
    "</body></body></body></mujoco>";
  g_autofree char          *path = write_text (place, "theirs.xml", text);
  g_autoptr (GError)        error = NULL;
  g_autoptr (LwModelImport) import = NULL;
  const LwJointInfo        *joints;
  LwKinematics             *kinematics;
  LwArmModel               *model;
  double                    tip[3];

  put_text (place, "rest.xml", rest);
  write_stl (place, "assets/part.stl", 0.1f);
  import = import_file (place, path, &error);
  g_assert_no_error (error);
  model = load_model (import);
  g_assert_cmpstr (lw_arm_model_title (model), ==, "theirs");
  g_assert_cmpuint (lw_arm_model_n_joints (model), ==, 3);
  joints = lw_arm_model_joints (model);
  lw_assert_close (joints[0].lower, -G_PI / 2, 0, 1e-6);
  lw_assert_close (joints[2].upper, G_PI / 4, 0, 1e-6);
  lw_assert_close (joints[1].upper, G_PI, 0, 1e-4);
  lw_assert_close (joints[0].tau_max, 3, 0, 1e-9);
  lw_assert_close (joints[1].tau_max, 10, 0, 1e-9);
  lw_assert_close (joints[2].tau_max, 2, 0, 1e-9);
  lw_assert_close (joints[0].home, 0.25, 0, 1e-9);
  lw_assert_close (joints[1].home, -0.5, 0, 1e-9);
  lw_assert_close (joints[2].home, 0.75, 0, 1e-9);
  g_assert_true (has_note (import, "joint “b” has no range"));
  g_assert_true (has_note (import, "no speed limit for “a”, “b”, “c”"));
  g_assert_true (has_note (import, "the tip is site “attachment_site”"));
  kinematics = lw_kinematics_new (model);
  lw_kinematics_set (kinematics, (double[]){ 0, 0, 0 });
  lw_kinematics_tip (kinematics, tip, NULL);
  lw_assert_close (tip[2], 0.4, 0, 1e-6);
  lw_kinematics_free (kinematics);
  lw_arm_model_unref (model);
}

/* A file by our conventions comes through as it is. */
static void
test_our_own (Place *place, gconstpointer data)
{
  static const char *const ids[] = { "arm-7", "so-101", "widowx-250s", "planar-7" };

  for (size_t i = 0; i < G_N_ELEMENTS (ids); i++)
    {
      g_autofree char          *name = g_strdup_printf ("arms/%s.xml", ids[i]);
      g_autofree char          *path = lw_test_data_path (name);
      g_autoptr (GError)        error = NULL;
      g_autoptr (LwModelImport) import = import_file (place, path, &error);
      LwSimError                problem = { "" };
      LwArmModel               *own = lw_arm_model_load (path, NULL, &problem), *model;

      g_assert_no_error (error);
      g_assert_cmpuint (import->notes->len, ==, 0);
      model = load_model (import);
      g_assert_cmpstr (lw_arm_model_title (model), ==, lw_arm_model_title (own));
      g_assert_cmpuint (lw_arm_model_n_joints (model), ==, lw_arm_model_n_joints (own));
      for (size_t j = 0; j < lw_arm_model_n_joints (own); j++)
        {
          const LwJointInfo *a = &lw_arm_model_joints (model)[j], *b = &lw_arm_model_joints (own)[j];

          g_assert_cmpstr (a->name, ==, b->name);
          lw_assert_close (a->lower, b->lower, 1e-5, 1e-5);
          lw_assert_close (a->v_max, b->v_max, 1e-5, 0);
          lw_assert_close (a->a_max, b->a_max, 1e-5, 0);
          lw_assert_close (a->tau_max, b->tau_max, 1e-5, 0);
          lw_assert_close (a->home, b->home, 1e-5, 1e-6);
        }
      lw_arm_model_unref (model);
      lw_arm_model_unref (own);
    }
}

static void
test_mjcf_refused (Place *place, gconstpointer data)
{
  static const struct {
    const char *text, *parts[3];
  } cases[] = {
    { "<mujoco>\n<worldbody>" HINGE ("a", "kv=\"3\"") "</body></worldbody></mujoco>", { "unrecognized attribute: 'kv'", "line 2", NULL } },
    { "<mujoco>\n<asset><mesh file=\"absent.stl\"/></asset><worldbody>" HINGE ("a", "") "</body></worldbody></mujoco>", { "absent.stl", NULL } },
    { "<mujoco>\n<asset><mesh file=\"part.dae\"/></asset><worldbody>" HINGE ("a", "") "</body></worldbody></mujoco>", { "part.dae", "save the mesh as STL", NULL } },
    { "<mujoco><worldbody><body><freejoint name=\"base\"/><geom size=\"0.1\"/>" HINGE ("a", "") "</body></body></worldbody></mujoco>",
      { "joint “base”: the arm floats on it; fix its base to the world", NULL } },
    { "<mujoco><worldbody><body><joint name=\"rail\" type=\"slide\"/><geom size=\"0.1\"/>" HINGE ("a", "") "</body></body></worldbody></mujoco>",
      { "joint “rail”: carries joints that turn", NULL } },
    { "<mujoco><worldbody><geom size=\"1\"/></worldbody></mujoco>", { "it has no joint that turns", NULL } },
    { "<mujoco/>", { "it has no joint that turns", NULL } },
    { "<mujoco><worldbody><body><joint/></body></worldbody></mujoco>", { "mass and inertia of moving bodies", NULL } },
    { "<mujoco><worldbody><body></worldbody></mujoco>", { "line 1", NULL } },
  };

  put_text (place, "part.dae", "<COLLADA/>");
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char   *path = write_text (place, "arm.xml", cases[i].text);
      g_autoptr (GError) error = NULL;

      g_assert_null (import_file (place, path, &error));
      g_assert_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT);
      g_assert_true (g_str_has_prefix (error->message, "arm.xml"));
      for (int k = 0; cases[i].parts[k] != NULL; k++)
        if (strstr (error->message, cases[i].parts[k]) == NULL)
          g_error ("“%s” is not in “%s”", cases[i].parts[k], error->message);
    }
}

/* ---- names, and the program of its own ---- */

static void
test_names (Place *place, gconstpointer data)
{
  g_autofree char          *path = write_text (place, "arm.urdf", so101);
  LwModelImportSettings     settings = { .folder = place->arms, .first_id = 1 };
  g_autoptr (GError)        error = NULL;
  g_autoptr (LwModelImport) first = lw_model_import (path, &settings, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (first->profile->id, ==, "arm");
  g_assert_null (lw_model_import (path, &settings, &error));
  g_assert_nonnull (strstr (error->message, "there is an arm “arm” already"));
  g_clear_error (&error);
  settings.replace = TRUE;
  {
    g_autoptr (LwModelImport) again = lw_model_import (path, &settings, &error);

    g_assert_no_error (error);
    g_assert_cmpstr (again->profile_path, ==, first->profile_path);
  }
  settings.name = "other-1.2_x";
  {
    g_autoptr (LwModelImport) other = lw_model_import (path, &settings, &error);

    g_assert_no_error (error);
    g_assert_cmpstr (other->profile->id, ==, "other-1.2_x");
    g_assert_true (g_str_has_suffix (other->profile_path, "/other-1.2_x.json"));
  }
  for (int i = 0; i < 4; i++)
    {
      settings.name = (const char *[]){ "", ".hidden", "a/b", "a b" }[i];
      g_assert_null (lw_model_import (path, &settings, &error));
      g_assert_nonnull (strstr (error->message, "cannot be the name of an arm"));
      g_clear_error (&error);
    }
  settings.name = "late";
  settings.first_id = 248;
  g_assert_null (lw_model_import (path, &settings, &error));
  g_assert_nonnull (strstr (error->message, "servo ids from 248 on do not suffice for 6 joints"));
  g_clear_error (&error);
  g_assert_null (lw_model_import ("/nowhere/arm.urdf", &settings, &error));
  g_assert_nonnull (strstr (error->message, "/nowhere/arm.urdf: there is no such file"));
}

/* A helper that does what broken programs do: the caller says so, in time, and is none the worse. */
static void
check_helper (const char *script, unsigned timeout_ms, const char *message)
{
  Place                 place;
  g_autofree char      *helper = NULL, *path = NULL;
  LwModelImportSettings settings = { .first_id = 1, .timeout_ms = timeout_ms };
  g_autoptr (GError)    error = NULL;

  set_up (&place, NULL);
  helper = write_text (&place, "helper", script);
  path = write_text (&place, "arm.urdf", so101);
  settings.folder = place.arms;
  g_assert_cmpint (g_chmod (helper, 0700), ==, 0);
  g_assert_true (g_setenv ("LW_CHECK_MODEL", helper, TRUE));
  g_assert_null (lw_model_import (path, &settings, &error));
  g_assert_nonnull (strstr (error->message, message));
  tear_down (&place, NULL);
}

static void helper_sleeps (void) { check_helper ("#!/bin/sh\nexec sleep 60\n", 300, "arm.urdf: reading it takes too long"); }
static void helper_crashes (void) { check_helper ("#!/bin/sh\nkill -SEGV $$\n", 10000, "arm.urdf: the program that read it crashed"); }
static void helper_is_mute (void) { check_helper ("#!/bin/sh\nexit 3\n", 10000, "arm.urdf: the program that read it gave up without a word"); }
static void helper_babbles (void) { check_helper ("#!/bin/sh\nexec yes note: something\n", 10000, "arm.urdf: there is too much to say about it"); }
static void helper_lies (void) { check_helper ("#!/bin/sh\necho '<mujoco/>' > \"$2\"\n", 10000, "arm.new.xml"); }

static void
helper_absent (void)
{
  check_helper ("no program at all\n", 10000, "cannot be started");
}

static void
test_helpers (void)
{
  static const char *const names[] = { "sleeps", "crashes", "is-mute", "babbles", "lies", "absent" };

  for (size_t i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *name = g_strdup_printf ("/model-import/helper/subprocess/%s", names[i]);

      g_test_trap_subprocess (name, 30 * G_USEC_PER_SEC, 0);
      g_test_trap_assert_passed ();
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, function) g_test_add ("/model-import/" name, Place, NULL, set_up, function, tear_down)
  ADD ("urdf/chain", test_urdf_chain);
  ADD ("urdf/meshes", test_meshes);
  ADD ("urdf/bad-meshes", test_bad_meshes);
  ADD ("urdf/collision-stands-in", test_collision_stands_in);
  ADD ("urdf/fingers", test_fingers);
  ADD ("urdf/refused", test_urdf_refused);
  ADD ("urdf/sizes", test_sizes);
  ADD ("mjcf/theirs", test_mjcf);
  ADD ("mjcf/our-own", test_our_own);
  ADD ("mjcf/refused", test_mjcf_refused);
  ADD ("names", test_names);
#undef ADD
  g_test_add_func ("/model-import/helper", test_helpers);
  g_test_add_func ("/model-import/helper/subprocess/sleeps", helper_sleeps);
  g_test_add_func ("/model-import/helper/subprocess/crashes", helper_crashes);
  g_test_add_func ("/model-import/helper/subprocess/is-mute", helper_is_mute);
  g_test_add_func ("/model-import/helper/subprocess/babbles", helper_babbles);
  g_test_add_func ("/model-import/helper/subprocess/lies", helper_lies);
  g_test_add_func ("/model-import/helper/subprocess/absent", helper_absent);
  return g_test_run ();
}
