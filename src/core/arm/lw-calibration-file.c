/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-calibration-file.h"

#include <math.h>
#include <string.h>

#include "lw-json-fields.h"
#include "lw-json-text.h"

static const char *const joint_fields[] = {
  "name", "id", "model", "sign", "zero", "middle", "lower", "upper", "offset", "min", "max", "reversed", NULL,
};

LwCalibrationFile *
lw_calibration_file_new (const LwArmProfile *profile, const LwCalibration *calibration, const double *lower, const double *upper, const char *serial,
                         const LwServoIdentity *identities, const LwServoStored *stored)
{
  LwCalibrationFile    *self = g_new0 (LwCalibrationFile, 1);
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();

  self->profile = g_strdup (profile->id);
  self->serial = g_strdup (serial);
  self->date = g_date_time_format_iso8601 (now);
  self->n_joints = profile->n_joints;
  for (size_t j = 0; j < self->n_joints; j++)
    {
      LwCalibratedJoint *joint = &self->joints[j];

      g_strlcpy (joint->name, profile->joints[j].name, sizeof joint->name);
      joint->id = profile->joints[j].id;
      joint->model = identities != NULL ? identities[j].model : 0;
      joint->sign = calibration->sign[j];
      joint->zero = calibration->zero[j];
      joint->middle = calibration->middle[j];
      joint->lower = lower[j];
      joint->upper = upper[j];
      if (stored != NULL)
        {
          joint->has_stored = true;
          joint->offset = stored[j].offset;
          joint->min = stored[j].min;
          joint->max = stored[j].max;
          joint->reversed = stored[j].reversed;
        }
    }
  return self;
}

static gboolean
read_stored (const LwJsonFields *fields, LwCalibratedJoint *joint, GError **error)
{
  gboolean reversed = FALSE;

  joint->has_stored = lw_json_fields_has (fields, "offset");
  if (!joint->has_stored)
    return TRUE;
  if (!lw_json_fields_number (fields, "offset", &joint->offset, error) || !lw_json_fields_number (fields, "min", &joint->min, error)
      || !lw_json_fields_number (fields, "max", &joint->max, error)
      || (lw_json_fields_has (fields, "reversed") && !lw_json_fields_flag (fields, "reversed", &reversed, error)))
    return FALSE;
  joint->reversed = reversed;
  return TRUE;
}

static gboolean
read_joint (const LwJsonFields *outer, JsonNode *node, guint number, LwCalibratedJoint *joint, GError **error)
{
  char         label[16];
  LwJsonFields fields = { NULL, outer->file, label };
  const char  *name;
  gint64       id, model = 0;

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

  joint->middle = NAN;
  if (!lw_json_fields_known (&fields, joint_fields, error) || !lw_json_fields_integer (&fields, "id", 0, 253, &id, error)
      || (lw_json_fields_has (&fields, "model") && !lw_json_fields_integer (&fields, "model", 0, G_MAXUINT16, &model, error))
      || !lw_json_fields_number (&fields, "sign", &joint->sign, error) || !lw_json_fields_number (&fields, "zero", &joint->zero, error)
      || (lw_json_fields_has (&fields, "middle") && !lw_json_fields_number (&fields, "middle", &joint->middle, error))
      || !lw_json_fields_number (&fields, "lower", &joint->lower, error) || !lw_json_fields_number (&fields, "upper", &joint->upper, error)
      || !read_stored (&fields, joint, error))
    return FALSE;
  if (fabs (joint->sign) != 1)
    return lw_json_fields_refuse (&fields, "sign", error, "must be 1 or -1");
  if (!(joint->upper > joint->lower))
    return lw_json_fields_refuse (&fields, "upper", error, "must be greater than “lower”");
  joint->id = (uint8_t) id;
  joint->model = (uint16_t) model;
  return TRUE;
}

static gboolean
read_file (LwCalibrationFile *self, const LwJsonFields *fields, GError **error)
{
  static const char *const names[] = { "profile", "serial", "date", "joints", NULL };
  const char *profile, *date = NULL, *serial = NULL;
  JsonArray  *joints;

  if (!lw_json_fields_known (fields, names, error) || !lw_json_fields_text (fields, "profile", &profile, error)
      || (lw_json_fields_has (fields, "date") && !lw_json_fields_text (fields, "date", &date, error))
      || (lw_json_fields_has (fields, "serial") && !lw_json_fields_text (fields, "serial", &serial, error))
      || !lw_json_fields_array (fields, "joints", &joints, error))
    return FALSE;
  if (json_array_get_length (joints) < 1 || json_array_get_length (joints) > LW_MAX_JOINTS)
    return lw_json_fields_refuse (fields, "joints", error, "must hold 1 to %d joints", LW_MAX_JOINTS);
  self->profile = g_strdup (profile);
  self->date = g_strdup (date);
  self->serial = g_strdup (serial);
  self->n_joints = json_array_get_length (joints);
  for (guint j = 0; j < self->n_joints; j++)
    {
      if (!read_joint (fields, json_array_get_element (joints, j), j, &self->joints[j], error))
        return FALSE;
      for (guint i = 0; i < j; i++)
        if (strcmp (self->joints[i].name, self->joints[j].name) == 0)
          {
            const LwJsonFields twice = { NULL, fields->file, self->joints[j].name };

            return lw_json_fields_refuse (&twice, "name", error, "stands there twice");
          }
    }
  return TRUE;
}

LwCalibrationFile *
lw_calibration_file_load (const char *path, GError **error)
{
  g_autofree char       *file = NULL;
  LwJsonFields           fields;
  g_autoptr (JsonParser) parser = lw_json_fields_open (path, &fields, &file, error);
  LwCalibrationFile     *self;

  if (parser == NULL)
    return NULL;
  self = g_new0 (LwCalibrationFile, 1);
  if (read_file (self, &fields, error))
    return self;
  lw_calibration_file_free (self);
  return NULL;
}

static void
put_joint (LwJsonText *json, const LwCalibratedJoint *joint)
{
  lw_json_text_object_begin (json);
  lw_json_text_string (json, "name", joint->name);
  lw_json_text_integer (json, "id", joint->id);
  if (joint->model != 0)
    lw_json_text_integer (json, "model", joint->model);
  lw_json_text_number (json, "sign", joint->sign);
  lw_json_text_number (json, "zero", joint->zero);
  if (isfinite (joint->middle))
    lw_json_text_number (json, "middle", joint->middle);
  lw_json_text_number (json, "lower", joint->lower);
  lw_json_text_number (json, "upper", joint->upper);
  if (joint->has_stored)
    {
      lw_json_text_number (json, "offset", joint->offset);
      lw_json_text_number (json, "min", joint->min);
      lw_json_text_number (json, "max", joint->max);
      lw_json_text_flag (json, "reversed", joint->reversed);
    }
  lw_json_text_object_end (json);
}

char *
lw_calibration_file_to_text (const LwCalibrationFile *self)
{
  LwJsonText json;

  lw_json_text_begin (&json);
  lw_json_text_string (&json, "profile", self->profile);
  if (self->serial != NULL)
    lw_json_text_string (&json, "serial", self->serial);
  if (self->date != NULL)
    lw_json_text_string (&json, "date", self->date);
  lw_json_text_list_begin (&json, "joints");
  for (size_t j = 0; j < self->n_joints; j++)
    put_joint (&json, &self->joints[j]);
  lw_json_text_list_end (&json);
  return lw_json_text_end (&json);
}

gboolean
lw_calibration_file_save (const LwCalibrationFile *self, const char *path, GError **error)
{
  g_autofree char *text = lw_calibration_file_to_text (self);

  return lw_json_text_save (text, path, error);
}

void
lw_calibration_file_free (LwCalibrationFile *self)
{
  if (self == NULL)
    return;
  g_free (self->profile);
  g_free (self->serial);
  g_free (self->date);
  g_free (self);
}

/* The joint of @self that is the profile's joint @wanted: the same name on the same servo. */
static const LwCalibratedJoint *
find_joint (const LwCalibrationFile *self, const LwProfileJoint *wanted, const char *profile, GError **error)
{
  for (size_t j = 0; j < self->n_joints; j++)
    {
      const LwCalibratedJoint *joint = &self->joints[j];

      if (strcmp (joint->name, wanted->name) != 0)
        continue;
      if (joint->id == wanted->id)
        return joint;
      g_set_error (error, LW_PROFILE_ERROR, LW_PROFILE_ERROR_VALUE, "The calibration's joint “%s” is servo %u, in the profile %s it is servo %u", wanted->name, joint->id,
                   profile, wanted->id);
      return NULL;
    }
  g_set_error (error, LW_PROFILE_ERROR, LW_PROFILE_ERROR_VALUE, "The calibration has no joint “%s” of the profile %s", wanted->name, profile);
  return NULL;
}

gboolean
lw_calibration_file_apply (const LwCalibrationFile *self, const LwArmProfile *profile, LwCalibration *calibration, LwLimits *limits, GError **error)
{
  const LwCalibratedJoint *joints[LW_MAX_JOINTS];

  if (self->n_joints != profile->n_joints)
    {
      g_set_error (error, LW_PROFILE_ERROR, LW_PROFILE_ERROR_VALUE, "The calibration has %zu joints, the profile %s has %zu", self->n_joints, profile->id, profile->n_joints);
      return FALSE;
    }
  for (size_t j = 0; j < profile->n_joints; j++)
    if ((joints[j] = find_joint (self, &profile->joints[j], profile->id, error)) == NULL)
      return FALSE;
  for (size_t j = 0; limits != NULL && j < profile->n_joints; j++)
    if (!(fmin (limits->q_max[j], joints[j]->upper) > fmax (limits->q_min[j], joints[j]->lower)))
      {
        g_set_error (error, LW_PROFILE_ERROR, LW_PROFILE_ERROR_VALUE, "The travel of joint “%s” in the calibration lies outside its limits", joints[j]->name);
        return FALSE;
      }

  lw_calibration_identity (calibration);
  for (size_t j = 0; j < profile->n_joints; j++)
    {
      calibration->sign[j] = joints[j]->sign;
      calibration->zero[j] = joints[j]->zero;
      calibration->middle[j] = joints[j]->middle;
      if (limits != NULL)
        {
          limits->q_min[j] = fmax (limits->q_min[j], joints[j]->lower);
          limits->q_max[j] = fmin (limits->q_max[j], joints[j]->upper);
        }
    }
  return TRUE;
}
