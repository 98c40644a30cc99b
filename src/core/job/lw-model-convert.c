/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-model-convert-private.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "lw-skill.h" /* LW_JOB_ERROR */

/* For what a file does not say: slow and weak rather than fast and strong. */
#define DEFAULT_VELOCITY 2.0  /* rad/s */
#define DEFAULT_TORQUE   10.0 /* N m: the simulator's motors only */
#define RISE_TIME        0.2  /* s to full speed */
#define LARGEST_TORQUE   999.0 /* more is written where nobody knew */

void
lw_model_note (GPtrArray *notes, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_ptr_array_add (notes, g_strdup_vprintf (format, args));
  va_end (args);
}

gboolean
lw_model_refuse (const LwXmlNode *node, const char *path, GError **error, const char *format, ...)
{
  g_autofree char *file = g_path_get_basename (path);
  g_autofree char *text = NULL;
  const char      *name = lw_xml_get (node, "name");
  va_list          args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  if (name != NULL)
    g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, "%s, line %d: <%s> “%s”: %s", file, node->line, node->name, name, text);
  else
    g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, "%s, line %d: <%s>: %s", file, node->line, node->name, text);
  return FALSE;
}

void
lw_model_joint_name (const char *wanted, gsize number, GPtrArray *notes, char out[32])
{
  if (*wanted != '\0' && strlen (wanted) < 32)
    {
      g_strlcpy (out, wanted, 32);
      return;
    }
  g_snprintf (out, 32, "joint%" G_GSIZE_FORMAT, number);
  if (*wanted != '\0')
    lw_model_note (notes, "joint “%s” has a long name: it is called “%s” here", wanted, out);
}

int
lw_model_sounds_like_tip (const char *name)
{
  static const char *const words[] = { "tcp", "tip", "tool", "gripper_frame", "grasp", "end_effector", "ee_gripper", "ee_link", "attachment", "flange" };
  g_autofree char *low = g_ascii_strdown (name, -1);

  if (lw_model_sounds_like_finger (name))
    return 0;
  for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
    if (strstr (low, words[i]) != NULL)
      return (int) (G_N_ELEMENTS (words) - i);
  return 0;
}

gboolean
lw_model_sounds_like_finger (const char *name)
{
  g_autofree char *low = g_ascii_strdown (name, -1);

  return strstr (low, "finger") != NULL || strstr (low, "jaw") != NULL || strstr (low, "thumb") != NULL;
}

/* The names of the joints for which @missing is set, for a sentence. */
static char *
name_joints (const LwForeignArm *arm, const gboolean *missing)
{
  GString *text = g_string_new (NULL);

  for (gsize j = 0; j < arm->n_joints; j++)
    if (missing[j])
      g_string_append_printf (text, "%s“%s”", text->len > 0 ? ", " : "", arm->joints[j].name);
  return g_string_free (text, FALSE);
}

static void
supply_limits (LwForeignArm *arm, GPtrArray *notes)
{
  gboolean slow[LW_MAX_JOINTS] = { FALSE }, weak[LW_MAX_JOINTS] = { FALSE };
  gsize    n_slow = 0, n_weak = 0;

  for (gsize j = 0; j < arm->n_joints; j++)
    {
      LwForeignJoint *joint = &arm->joints[j];

      slow[j] = !(joint->velocity > 0);
      weak[j] = !(joint->torque > 0 && joint->torque < LARGEST_TORQUE);
      if (slow[j])
        joint->velocity = DEFAULT_VELOCITY;
      if (weak[j])
        joint->torque = DEFAULT_TORQUE;
      if (!(joint->acceleration > 0))
        joint->acceleration = joint->velocity / RISE_TIME;
      if (!isfinite (joint->home))
        joint->home = 0;
      if (joint->home < joint->lower || joint->home > joint->upper)
        joint->home = 0.5 * (joint->lower + joint->upper);
      n_slow += slow[j];
      n_weak += weak[j];
    }
  if (n_slow > 0)
    {
      g_autofree char *names = name_joints (arm, slow);

      lw_model_note (notes, "the file has no speed limit for %s: 2 rad/s is assumed", names);
    }
  if (n_weak > 0)
    {
      g_autofree char *names = name_joints (arm, weak);

      lw_model_note (notes, "the file has no torque limit for %s: 10 N m is assumed, for the simulated arm only", names);
    }
}

static void
add_numeric (LwXmlNode *custom, const char *name, const LwForeignArm *arm, gsize offset)
{
  LwXmlNode *node = lw_xml_add (custom, "numeric");
  double     values[LW_MAX_JOINTS];

  for (gsize j = 0; j < arm->n_joints; j++)
    values[j] = G_STRUCT_MEMBER (double, &arm->joints[j], offset);
  lw_xml_set (node, "name", name);
  lw_xml_set_numbers (node, "data", values, arm->n_joints);
}

static void
add_conventions (LwForeignArm *arm)
{
  LwXmlNode *custom = lw_xml_child (arm->mujoco, "custom"), *actuator;

  if (custom == NULL)
    custom = lw_xml_add (arm->mujoco, "custom");
  if (arm->title != NULL)
    {
      LwXmlNode *text = lw_xml_add (custom, "text");

      lw_xml_set (text, "name", "title");
      lw_xml_set (text, "data", arm->title);
    }
  add_numeric (custom, "velocity_limit", arm, G_STRUCT_OFFSET (LwForeignJoint, velocity));
  add_numeric (custom, "acceleration_limit", arm, G_STRUCT_OFFSET (LwForeignJoint, acceleration));
  add_numeric (custom, "torque_limit", arm, G_STRUCT_OFFSET (LwForeignJoint, torque));
  add_numeric (custom, "home", arm, G_STRUCT_OFFSET (LwForeignJoint, home));
  actuator = lw_xml_add (arm->mujoco, "actuator");
  for (gsize j = 0; j < arm->n_joints; j++)
    {
      LwXmlNode *motor = lw_xml_add (actuator, "motor");

      lw_xml_set (motor, "name", arm->joints[j].name);
      lw_xml_set (motor, "joint", arm->joints[j].name);
    }
}

/* MuJoCo names lines of the file written here, which nobody has seen. */
static char *
without_lines (const char *text)
{
  g_autoptr (GRegex) lines = g_regex_new (",? *line( =)? -?[0-9]+(, column( =)? -?[0-9]+)?", 0, 0, NULL);

  return g_regex_replace_literal (lines, text, -1, 0, "", 0, NULL);
}

static gboolean
write_and_check (const LwForeignArm *arm, const char *path, const char *out_path, GError **error)
{
  g_autofree char   *text = lw_xml_write (arm->mujoco);
  g_autofree char   *file = g_path_get_basename (path);
  g_autoptr (GError) cause = NULL;
  LwSimError         problem = { "" };
  LwArmModel        *model;
  g_autofree char   *said = NULL;

  if (!g_file_set_contents (out_path, text, -1, &cause))
    {
      g_set_error_literal (error, LW_JOB_ERROR, LW_JOB_ERROR_STORE, cause->message);
      return FALSE;
    }
  model = lw_arm_model_load (out_path, NULL, &problem);
  if (model != NULL)
    {
      lw_arm_model_unref (model);
      return TRUE;
    }
  g_unlink (out_path);
  said = without_lines (g_str_has_prefix (problem.text, out_path) ? problem.text + strlen (out_path) + 2 : problem.text);
  g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, "%s: %s", file, said);
  return FALSE;
}

gboolean
lw_model_convert (const char *path, const char *out_path, GPtrArray *notes, GError **error)
{
  g_autofree char      *file = g_path_get_basename (path);
  g_autoptr (LwXmlNode) root = lw_xml_read (path, error);
  LwForeignArm          arm = { 0 };
  gboolean              ok = FALSE;

  if (root == NULL)
    return FALSE;
  if (strcmp (root->name, "robot") == 0)
    ok = lw_urdf_convert (root, path, &arm, notes, error);
  else if (strcmp (root->name, "mujoco") == 0)
    {
      g_autofree char *scratch = g_strconcat (out_path, ".whole.xml", NULL);

      ok = lw_mjcf_adapt (path, scratch, &arm, notes, error);
      g_unlink (scratch);
    }
  else
    g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, "%s, line %d: <%s>: neither a URDF (<robot>) nor an MJCF (<mujoco>) file", file, root->line, root->name);
  if (ok)
    {
      supply_limits (&arm, notes);
      add_conventions (&arm);
      ok = write_and_check (&arm, path, out_path, error);
    }
  lw_xml_free (arm.mujoco);
  g_free (arm.title);
  return ok;
}
