/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-arm-profile.h"

#include <math.h>
#include <string.h>

#include "lw-json-fields.h"
#include "lw-json-text.h"

#define MAX_BAUD 12000000
#define MAX_ID   252

G_DEFINE_QUARK (lw-profile-error-quark, lw_profile_error)

static gboolean
read_models (const LwJsonFields *fields, LwProfileJoint *joint, GError **error)
{
  JsonArray *models;

  if (!lw_json_fields_has (fields, "models"))
    return TRUE;
  if (!lw_json_fields_array (fields, "models", &models, error))
    return FALSE;
  if (json_array_get_length (models) > LW_PROFILE_MAX_MODELS)
    return lw_json_fields_refuse (fields, "models", error, "has more than %d entries", LW_PROFILE_MAX_MODELS);
  for (guint i = 0; i < json_array_get_length (models); i++)
    {
      JsonNode *node = json_array_get_element (models, i);

      if (!JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_INT64 || json_node_get_int (node) < 1
          || json_node_get_int (node) > G_MAXUINT16)
        return lw_json_fields_refuse (fields, "models", error, "must hold model numbers from 1 to %d", G_MAXUINT16);
      joint->models[joint->n_models++] = (uint16_t) json_node_get_int (node);
    }
  return TRUE;
}

static gboolean
read_limits (const LwJsonFields *fields, LwProfileJoint *joint, GError **error)
{
  if (!lw_json_fields_number (fields, "lower", &joint->lower, error) || !lw_json_fields_number (fields, "upper", &joint->upper, error)
      || !lw_json_fields_number (fields, "velocity", &joint->v_max, error) || !lw_json_fields_number (fields, "acceleration", &joint->a_max, error))
    return FALSE;
  if (!(joint->upper > joint->lower))
    return lw_json_fields_refuse (fields, "upper", error, "must be greater than “lower”");
  if (!(joint->v_max > 0))
    return lw_json_fields_refuse (fields, "velocity", error, "must be greater than zero");
  if (!(joint->a_max > 0))
    return lw_json_fields_refuse (fields, "acceleration", error, "must be greater than zero");
  return TRUE;
}

static gboolean
read_joint (const LwJsonFields *outer, JsonNode *node, guint number, LwProfileJoint *joint, GError **error)
{
  static const char *const names[] = { "name", "id", "shadow", "models", "sign", "zero", "lower", "upper", "velocity", "acceleration", "full_turn", NULL };
  char         label[16];
  LwJsonFields fields = { NULL, outer->file, label };
  const char  *name;
  gint64       id, shadow = 0;
  gboolean     full_turn = FALSE;

  g_snprintf (label, sizeof label, "%u", number + 1);
  if (!JSON_NODE_HOLDS_OBJECT (node))
    return lw_json_fields_refuse (outer, "joints", error, "must hold one object a joint");
  fields.object = json_node_get_object (node);
  if (!lw_json_fields_text (&fields, "name", &name, error))
    return FALSE;
  if (strlen (name) >= sizeof joint->name)
    return lw_json_fields_refuse (&fields, "name", error, "is longer than %zu bytes", sizeof joint->name - 1);
  g_strlcpy (joint->name, name, sizeof joint->name);
  fields.joint = joint->name;

  joint->sign = 1;
  if (!lw_json_fields_known (&fields, names, error) || !lw_json_fields_integer (&fields, "id", 0, MAX_ID, &id, error)
      || (lw_json_fields_has (&fields, "shadow") && !lw_json_fields_integer (&fields, "shadow", 0, MAX_ID, &shadow, error))
      || (lw_json_fields_has (&fields, "sign") && !lw_json_fields_number (&fields, "sign", &joint->sign, error))
      || (lw_json_fields_has (&fields, "zero") && !lw_json_fields_number (&fields, "zero", &joint->zero, error))
      || (lw_json_fields_has (&fields, "full_turn") && !lw_json_fields_flag (&fields, "full_turn", &full_turn, error))
      || !read_models (&fields, joint, error) || !read_limits (&fields, joint, error))
    return FALSE;
  if (fabs (joint->sign) != 1)
    return lw_json_fields_refuse (&fields, "sign", error, "must be 1 or -1");
  joint->id = (uint8_t) id;
  joint->shadow = (uint8_t) shadow;
  joint->full_turn = full_turn;
  return TRUE;
}

/* No name twice, no servo on two joints. */
static gboolean
check_unique (const LwJsonFields *outer, const LwArmProfile *self, GError **error)
{
  for (size_t j = 0; j < self->n_joints; j++)
    {
      const LwProfileJoint *joint = &self->joints[j];
      const LwJsonFields    fields = { NULL, outer->file, joint->name };

      if (joint->shadow != 0 && joint->shadow == joint->id)
        return lw_json_fields_refuse (&fields, "shadow", error, "must not be the joint's own id");
      for (size_t i = 0; i < j; i++)
        {
          const LwProfileJoint *other = &self->joints[i];

          if (strcmp (joint->name, other->name) == 0)
            return lw_json_fields_refuse (&fields, "name", error, "stands there twice");
          if (joint->id == other->id || joint->id == other->shadow)
            return lw_json_fields_refuse (&fields, "id", error, "%u also belongs to joint “%s”", joint->id, other->name);
          if (joint->shadow != 0 && (joint->shadow == other->id || joint->shadow == other->shadow))
            return lw_json_fields_refuse (&fields, "shadow", error, "%u also belongs to joint “%s”", joint->shadow, other->name);
        }
    }
  return TRUE;
}

/* "box": [x, y, z, x, y, z], least and greatest, and "floor", both in m; not there: no limit. */
static gboolean
read_workspace (LwArmProfile *self, const LwJsonFields *fields, GError **error)
{
  JsonArray *box;

  if (lw_json_fields_has (fields, "floor") && !lw_json_fields_number (fields, "floor", &self->floor_z, error))
    return FALSE;
  if (!lw_json_fields_has (fields, "box"))
    return TRUE;
  if (!lw_json_fields_array (fields, "box", &box, error))
    return FALSE;
  if (json_array_get_length (box) != 6)
    return lw_json_fields_refuse (fields, "box", error, "must hold six numbers: least x, y, z, then greatest x, y, z, in m");
  for (guint i = 0; i < 6; i++)
    {
      JsonNode *node = json_array_get_element (box, i);
      double    value = JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) != G_TYPE_STRING ? json_node_get_double (node) : NAN;

      if (!isfinite (value))
        return lw_json_fields_refuse (fields, "box", error, "must hold six numbers: least x, y, z, then greatest x, y, z, in m");
      *(i < 3 ? &self->box_min[i] : &self->box_max[i - 3]) = value;
    }
  for (guint i = 0; i < 3; i++)
    if (!(self->box_max[i] > self->box_min[i]))
      return lw_json_fields_refuse (fields, "box", error, "must be greater at its end than at its beginning");
  return TRUE;
}

LwArmProfile *
lw_arm_profile_new (void)
{
  LwArmProfile *self = g_new0 (LwArmProfile, 1);

  for (int i = 0; i < 3; i++)
    {
      self->box_min[i] = -INFINITY;
      self->box_max[i] = INFINITY;
    }
  self->floor_z = -INFINITY;
  return self;
}

static gboolean
read_profile (LwArmProfile *self, const char *path, const LwJsonFields *fields, GError **error)
{
  static const char *const names[] = { "title", "protocol", "baud", "model", "simulated_only", "box", "floor", "joints", NULL };
  const char *title, *protocol, *model;
  JsonArray  *joints;
  gint64      baud;

  if (!lw_json_fields_known (fields, names, error) || !lw_json_fields_text (fields, "title", &title, error)
      || !lw_json_fields_text (fields, "protocol", &protocol, error) || !lw_json_fields_integer (fields, "baud", 1, MAX_BAUD, &baud, error)
      || !lw_json_fields_text (fields, "model", &model, error) || !lw_json_fields_array (fields, "joints", &joints, error)
      || (lw_json_fields_has (fields, "simulated_only") && !lw_json_fields_flag (fields, "simulated_only", &self->simulated_only, error)))
    return FALSE;
  if (!read_workspace (self, fields, error))
    return FALSE;
  if (!lw_protocol_from_name (protocol, &self->protocol))
    return lw_json_fields_refuse (fields, "protocol", error, "must be “dynamixel”, “feetech” or “lines”");
  if (json_array_get_length (joints) < 1 || json_array_get_length (joints) > LW_MAX_JOINTS)
    return lw_json_fields_refuse (fields, "joints", error, "must hold 1 to %d joints", LW_MAX_JOINTS);

  self->title = g_strdup (title);
  self->baud = (unsigned) baud;
  if (g_path_is_absolute (model))
    self->model = g_strdup (model);
  else
    {
      g_autofree char *folder = g_path_get_dirname (path);
      g_autofree char *joined = g_build_filename (folder, model, NULL);

      self->model = g_canonicalize_filename (joined, NULL);
    }
  self->n_joints = json_array_get_length (joints);
  for (guint j = 0; j < self->n_joints; j++)
    if (!read_joint (fields, json_array_get_element (joints, j), j, &self->joints[j], error))
      return FALSE;
  return check_unique (fields, self, error);
}

LwArmProfile *
lw_arm_profile_load (const char *path, GError **error)
{
  g_autofree char       *file = NULL;
  LwJsonFields           fields;
  g_autoptr (JsonParser) parser = lw_json_fields_open (path, &fields, &file, error);
  LwArmProfile          *self;
  char                  *dot;

  if (parser == NULL)
    return NULL;
  self = lw_arm_profile_new ();
  self->id = g_strdup (file);
  dot = strrchr (self->id, '.');
  if (dot != NULL && dot > self->id)
    *dot = '\0';
  if (read_profile (self, path, &fields, error))
    return self;
  lw_arm_profile_free (self);
  return NULL;
}

static void
put_joint (LwJsonText *json, const LwProfileJoint *joint)
{
  lw_json_text_object_begin (json);
  lw_json_text_string (json, "name", joint->name);
  lw_json_text_integer (json, "id", joint->id);
  if (joint->shadow != 0)
    lw_json_text_integer (json, "shadow", joint->shadow);
  if (joint->n_models > 0)
    lw_json_text_integers (json, "models", joint->models, joint->n_models);
  lw_json_text_number (json, "sign", joint->sign);
  lw_json_text_number (json, "zero", joint->zero);
  lw_json_text_number (json, "lower", joint->lower);
  lw_json_text_number (json, "upper", joint->upper);
  lw_json_text_number (json, "velocity", joint->v_max);
  lw_json_text_number (json, "acceleration", joint->a_max);
  if (joint->full_turn)
    lw_json_text_flag (json, "full_turn", TRUE);
  lw_json_text_object_end (json);
}

char *
lw_arm_profile_to_text (const LwArmProfile *self, const char *folder)
{
  g_autofree char *model_folder = g_path_get_dirname (self->model);
  g_autofree char *base = folder != NULL && strcmp (folder, model_folder) == 0 ? g_path_get_basename (self->model) : NULL;
  LwJsonText       json;

  lw_json_text_begin (&json);
  lw_json_text_string (&json, "title", self->title);
  lw_json_text_string (&json, "protocol", lw_protocol_name (self->protocol));
  lw_json_text_integer (&json, "baud", self->baud);
  lw_json_text_string (&json, "model", base != NULL ? base : self->model);
  if (self->simulated_only)
    lw_json_text_flag (&json, "simulated_only", TRUE);
  if (isfinite (self->floor_z))
    lw_json_text_number (&json, "floor", self->floor_z);
  if (isfinite (self->box_min[0]))
    lw_json_text_numbers (&json, "box",
                          (double[]){ self->box_min[0], self->box_min[1], self->box_min[2], self->box_max[0], self->box_max[1], self->box_max[2] }, 6);
  lw_json_text_list_begin (&json, "joints");
  for (size_t j = 0; j < self->n_joints; j++)
    put_joint (&json, &self->joints[j]);
  lw_json_text_list_end (&json);
  return lw_json_text_end (&json);
}

gboolean
lw_arm_profile_save (const LwArmProfile *self, const char *path, GError **error)
{
  g_autofree char *whole = g_canonicalize_filename (path, NULL);
  g_autofree char *folder = g_path_get_dirname (whole);
  g_autofree char *text = lw_arm_profile_to_text (self, folder);

  return lw_json_text_save (text, path, error);
}

LwArmProfile *
lw_arm_profile_copy (const LwArmProfile *self)
{
  LwArmProfile *copy = g_memdup2 (self, sizeof *self);

  copy->id = g_strdup (self->id);
  copy->title = g_strdup (self->title);
  copy->model = g_strdup (self->model);
  return copy;
}

void
lw_arm_profile_free (LwArmProfile *self)
{
  if (self == NULL)
    return;
  g_free (self->id);
  g_free (self->title);
  g_free (self->model);
  g_free (self);
}
