/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-arm-profile.h"

#include <math.h>
#include <string.h>

#include "lw-json-fields.h"

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
build_joint (JsonBuilder *builder, const LwProfileJoint *joint)
{
  const struct {
    const char *name;
    double      value;
  } numbers[] = {
    { "sign", joint->sign }, { "zero", joint->zero }, { "lower", joint->lower }, { "upper", joint->upper },
    { "velocity", joint->v_max }, { "acceleration", joint->a_max },
  };

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "name");
  json_builder_add_string_value (builder, joint->name);
  json_builder_set_member_name (builder, "id");
  json_builder_add_int_value (builder, joint->id);
  if (joint->shadow != 0)
    {
      json_builder_set_member_name (builder, "shadow");
      json_builder_add_int_value (builder, joint->shadow);
    }
  if (joint->n_models > 0)
    {
      json_builder_set_member_name (builder, "models");
      json_builder_begin_array (builder);
      for (size_t i = 0; i < joint->n_models; i++)
        json_builder_add_int_value (builder, joint->models[i]);
      json_builder_end_array (builder);
    }
  for (size_t i = 0; i < G_N_ELEMENTS (numbers); i++)
    {
      json_builder_set_member_name (builder, numbers[i].name);
      json_builder_add_double_value (builder, numbers[i].value);
    }
  if (joint->full_turn)
    {
      json_builder_set_member_name (builder, "full_turn");
      json_builder_add_boolean_value (builder, TRUE);
    }
  json_builder_end_object (builder);
}

JsonNode *
lw_arm_profile_to_json (const LwArmProfile *self, const char *folder)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autofree char        *model_folder = g_path_get_dirname (self->model);
  g_autofree char        *base = folder != NULL && strcmp (folder, model_folder) == 0 ? g_path_get_basename (self->model) : NULL;

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "title");
  json_builder_add_string_value (builder, self->title);
  json_builder_set_member_name (builder, "protocol");
  json_builder_add_string_value (builder, lw_protocol_name (self->protocol));
  json_builder_set_member_name (builder, "baud");
  json_builder_add_int_value (builder, self->baud);
  json_builder_set_member_name (builder, "model");
  json_builder_add_string_value (builder, base != NULL ? base : self->model);
  if (self->simulated_only)
    {
      json_builder_set_member_name (builder, "simulated_only");
      json_builder_add_boolean_value (builder, TRUE);
    }
  if (isfinite (self->floor_z))
    {
      json_builder_set_member_name (builder, "floor");
      json_builder_add_double_value (builder, self->floor_z);
    }
  if (isfinite (self->box_min[0]))
    {
      json_builder_set_member_name (builder, "box");
      json_builder_begin_array (builder);
      for (int i = 0; i < 6; i++)
        json_builder_add_double_value (builder, i < 3 ? self->box_min[i] : self->box_max[i - 3]);
      json_builder_end_array (builder);
    }
  json_builder_set_member_name (builder, "joints");
  json_builder_begin_array (builder);
  for (size_t j = 0; j < self->n_joints; j++)
    build_joint (builder, &self->joints[j]);
  json_builder_end_array (builder);
  json_builder_end_object (builder);
  return json_builder_get_root (builder);
}

gboolean
lw_arm_profile_save (const LwArmProfile *self, const char *path, GError **error)
{
  g_autofree char     *whole = g_canonicalize_filename (path, NULL);
  g_autofree char     *folder = g_path_get_dirname (whole);
  g_autoptr (JsonNode) root = lw_arm_profile_to_json (self, folder);

  return lw_json_fields_save (root, path, error);
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
