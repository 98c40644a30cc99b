/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-arm-model.h"

#include <glib/gstdio.h>
#include <locale.h>
#include <math.h>
#include <string.h>

#include "lw-kinematics.h"
#include "lw-test-arm.h"

/* A one-joint arm around @extra (joint attributes), @custom and @rest of the world. */
static char *
small_arm (const char *joint, const char *custom, const char *world)
{
  return g_strdup_printf ("<mujoco><compiler angle=\"radian\" autolimits=\"true\"/><custom>%s</custom><worldbody>\n"
                          "<body name=\"link\"><joint name=\"turn\" %s/><geom size=\"0.1\"/><site name=\"tip\" pos=\"1 0 0\"/></body>\n%s\n"
                          "</worldbody><actuator><motor joint=\"turn\"/></actuator></mujoco>",
                          custom, joint, world);
}

#define RANGE "range=\"-1 1\""
#define NUMERIC(name, data) "<numeric name=\"" name "\" data=\"" data "\"/>"
#define LIMITS NUMERIC ("velocity_limit", "1") NUMERIC ("acceleration_limit", "2") NUMERIC ("torque_limit", "3")

static LwArmModel *
load_text (const char *xml, const char *scene_xml, LwSimError *error)
{
  g_autofree char *dir = g_dir_make_tmp ("lw-arm-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (dir, "bent & broken.xml", NULL);
  LwArmModel *model;

  g_assert_true (g_file_set_contents (path, xml, -1, NULL));
  model = lw_arm_model_load (path, scene_xml, error);
  g_remove (path);
  g_rmdir (dir);
  return model;
}

static void
assert_refused (char *xml, const char *scene_xml, const char *phrase, const char *second_phrase)
{
  LwSimError error = { "" };

  g_assert_null (load_text (xml, scene_xml, &error));
  g_test_message ("%s", error.text);
  g_assert_nonnull (strstr (error.text, "bent & broken.xml"));
  g_assert_nonnull (strstr (error.text, phrase));
  g_assert_nonnull (strstr (error.text, second_phrase));
  g_assert_null (strchr (error.text, '\n'));
  g_free (xml);
}

static void
test_own_arms (void)
{
  static const struct { const char *id; size_t n_joints; } arms[] = { { "planar-2", 2 }, { "planar-7", 7 }, { "desk-6", 6 }, { "arm-7", 7 } };

  for (size_t a = 0; a < G_N_ELEMENTS (arms); a++)
    {
      LwArmModel *model = load_arm (arms[a].id, NULL);
      const LwJointInfo *joints = lw_arm_model_joints (model);

      g_assert_cmpstr (lw_arm_model_id (model), ==, arms[a].id);
      g_assert_cmpuint (lw_arm_model_n_joints (model), ==, arms[a].n_joints);
      g_assert_cmpuint (strlen (lw_arm_model_title (model)), >, 5);
      for (size_t i = 0; i < arms[a].n_joints; i++)
        {
          g_assert_cmpuint (strlen (joints[i].name), >, 0);
          g_assert_cmpfloat (joints[i].lower, <, joints[i].home);
          g_assert_cmpfloat (joints[i].home, <, joints[i].upper);
          g_assert_cmpfloat (joints[i].v_max, >, 1);
          g_assert_cmpfloat (joints[i].a_max, >, joints[i].v_max);
          g_assert_cmpfloat (joints[i].tau_max, >, 1);
        }
      lw_arm_model_unref (model);
    }
}

static void
test_limits_are_read (void)
{
  LwArmModel *desk = load_arm ("desk-6", NULL), *arm = load_arm ("arm-7", NULL);
  const LwJointInfo *roll = &lw_arm_model_joints (desk)[4], *fourth = &lw_arm_model_joints (arm)[3];

  g_assert_cmpstr (roll->name, ==, "wrist_roll");
  g_assert_cmpfloat (roll->lower, ==, -2.74385);
  g_assert_cmpfloat (roll->upper, ==, 2.84121);
  g_assert_cmpfloat (roll->tau_max, ==, 2.94);
  g_assert_cmpfloat (fourth->lower, ==, -3.0718);
  g_assert_cmpfloat (fourth->upper, ==, -0.0698);
  g_assert_cmpfloat (fourth->v_max, ==, 2.175);
  g_assert_cmpfloat (fourth->a_max, ==, 12.5);
  g_assert_cmpfloat (fourth->tau_max, ==, 87);
  g_assert_cmpfloat (fourth->home, ==, -0.872665);
  lw_arm_model_unref (desk);
  lw_arm_model_unref (arm);
}

static void
test_scene_is_joined (void)
{
  LwArmModel *model = load_arm ("arm-7", "<body name=\"drawer\" pos=\"1 0 1\"><joint type=\"slide\"/><geom size=\"0.05\"/></body>");
  LwArmModel *alone = load_arm ("arm-7", NULL);
  LwKinematics *kin = lw_kinematics_new (model), *kin_alone = lw_kinematics_new (alone);
  const double q[7] = { 0.1, 0.2, 0.3, -1, 0.5, 0.6, 0.7 };
  double tip[3], tip_alone[3];

  /* A joint of the scene is no joint of the arm. */
  g_assert_cmpuint (lw_arm_model_n_joints (model), ==, 7);
  g_assert_cmpstr (lw_arm_model_id (model), ==, "arm-7");
  lw_kinematics_set (kin, q);
  lw_kinematics_set (kin_alone, q);
  lw_kinematics_tip (kin, tip, NULL);
  lw_kinematics_tip (kin_alone, tip_alone, NULL);
  for (int r = 0; r < 3; r++)
    g_assert_cmpfloat (tip[r], ==, tip_alone[r]);
  lw_kinematics_free (kin);
  lw_kinematics_free (kin_alone);
  lw_arm_model_unref (model);
  lw_arm_model_unref (alone);
}

static void
test_broken_files (void)
{
  LwSimError error = { "" };

  g_assert_null (lw_arm_model_load ("/nowhere/arm.xml", NULL, &error));
  g_assert_cmpstr (error.text, ==, "/nowhere/arm.xml: No such file or directory");
  g_assert_null (lw_arm_model_load ("/nowhere/arm.xml", NULL, NULL));

  assert_refused (g_strdup ("this is no XML"), NULL, "XML", "");
  assert_refused (g_strdup (""), NULL, "XML", "");
  assert_refused (g_strdup ("<mujoco><worldbody>\n<geom sizzle=\"1\"/></worldbody></mujoco>"), NULL, "sizzle", "'geom', line 2");
  assert_refused (small_arm ("range=\"1 -1\"", "", ""), NULL, "range", "turn");
  assert_refused (small_arm (RANGE, "", "<body name=\"weightless\"><joint/></body>"), NULL, "mass", "weightless");
}

static void
test_missing_conventions (void)
{
  assert_refused (small_arm ("", LIMITS NUMERIC ("home", "0"), ""), NULL, "actuator 1", "range");
  assert_refused (small_arm ("type=\"slide\" " RANGE, LIMITS NUMERIC ("home", "0"), ""), NULL, "actuator 1", "hinge");
  assert_refused (small_arm (RANGE, LIMITS, ""), NULL, "home", "one number a joint");
  assert_refused (small_arm (RANGE, LIMITS NUMERIC ("home", "0 0"), ""), NULL, "home", "2 numbers");
  assert_refused (small_arm (RANGE, LIMITS NUMERIC ("home", "1.5"), ""), NULL, "turn", "outside its range");
  assert_refused (small_arm (RANGE, NUMERIC ("velocity_limit", "0") NUMERIC ("acceleration_limit", "2") NUMERIC ("torque_limit", "3")
                             NUMERIC ("home", "0"), ""), NULL, "turn", "above zero");
  assert_refused (g_strdup ("<mujoco><worldbody/></mujoco>"), NULL, "0 actuators", "");
}

static void
test_broken_scene (void)
{
  char *good = small_arm (RANGE, LIMITS NUMERIC ("home", "0"), "");
  LwSimError error = { "" };
  LwArmModel *model = load_text (good, "<geom size=\"1\"/>", &error);

  /* The file's name needs escaping inside the joined document. */
  g_assert_cmpstr (error.text, ==, "");
  g_assert_cmpstr (lw_arm_model_id (model), ==, "bent & broken");
  g_assert_cmpstr (lw_arm_model_title (model), ==, "bent & broken");
  lw_arm_model_unref (model);

  assert_refused (g_strdup (good), "<geom type=\"teapot\" size=\"1\"/>", "scene joined to", "geom");
  assert_refused (g_strdup (good), "<body", "scene joined to", "XML");
  assert_refused (g_strdup ("<mujoco><worldbody><geom sizzle=\"1\"/></worldbody></mujoco>"), "<geom size=\"1\"/>", "sizzle", "geom");
  g_free (good);
}

static gpointer
load_and_pose (gpointer id)
{
  static const double zero[LW_MAX_JOINTS];

  for (int i = 0; i < 8; i++)
    {
      LwArmModel *model = load_arm (id, "<geom size=\"0.1\" pos=\"3 3 3\"/>");
      LwKinematics *kin = lw_kinematics_new (model);
      double tip[3];

      lw_arm_model_unref (model); /* kept alive by its kinematics */
      lw_kinematics_set (kin, zero);
      lw_kinematics_tip (kin, tip, NULL);
      g_assert_true (isfinite (tip[0]));
      lw_kinematics_free (kin);
    }
  return NULL;
}

static void
test_threads (void)
{
  static char ids[4][12] = { "planar-2", "planar-7", "desk-6", "arm-7" };
  GThread *threads[4];

  for (int i = 0; i < 4; i++)
    threads[i] = g_thread_new (ids[i], load_and_pose, ids[i]);
  for (int i = 0; i < 4; i++)
    g_thread_join (threads[i]);
}

static void
test_comma_locale (void)
{
  LwArmModel *model;

  if (!setlocale (LC_ALL, "de_DE.UTF-8"))
    {
      g_test_skip ("no de_DE.UTF-8 on this machine");
      return;
    }
  model = load_arm ("planar-2", NULL);
  g_assert_cmpfloat (lw_arm_model_joints (model)[0].upper, ==, 3.1);
  g_assert_cmpstr (localeconv ()->decimal_point, ==, ",");
  setlocale (LC_ALL, "C.UTF-8");
  lw_arm_model_unref (model);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/arm-model/own-arms", test_own_arms);
  g_test_add_func ("/arm-model/limits-are-read", test_limits_are_read);
  g_test_add_func ("/arm-model/scene-is-joined", test_scene_is_joined);
  g_test_add_func ("/arm-model/broken-files", test_broken_files);
  g_test_add_func ("/arm-model/missing-conventions", test_missing_conventions);
  g_test_add_func ("/arm-model/broken-scene", test_broken_scene);
  g_test_add_func ("/arm-model/threads", test_threads);
  g_test_add_func ("/arm-model/comma-locale", test_comma_locale);
  return g_test_run ();
}
