/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A calibration and what the servos keep themselves: LeRobot's file, which says what it stored in them; comparing; storing. */
#include "lw-calibration-file.h"

#include <math.h>
#include <string.h>

#include "lw-json-fields.h"

#define TICKS  4096
#define CENTRE 2048
#define TICK   (2.0 * M_PI / TICKS)

/* Offsets that work, in ticks. */
#define MAX_OFFSET_FEETECH   2047
#define MAX_OFFSET_DYNAMIXEL 1024    /* in position mode */
#define MAX_OFFSET_EXTENDED  1044479
#define MODE_EXTENDED        4       /* Dynamixel: extended position */
#define MODE_CURRENT_BASED   5

typedef struct {
  gint64 id, drive_mode, offset, min, max;
} LeRobotJoint;

static gboolean
read_lerobot_joint (const LwJsonFields *fields, LwProtocol protocol, LeRobotJoint *out, GError **error)
{
  static const char *const names[] = { "id", "drive_mode", "homing_offset", "range_min", "range_max", NULL };
  const gint64 widest = protocol == LW_PROTOCOL_FEETECH ? TICKS - 1 : MAX_OFFSET_EXTENDED;

  if (!lw_json_fields_known (fields, names, error) || !lw_json_fields_integer (fields, "id", 0, 252, &out->id, error)
      || !lw_json_fields_integer (fields, "drive_mode", 0, 1, &out->drive_mode, error)
      || !lw_json_fields_integer (fields, "homing_offset", -widest, widest, &out->offset, error)
      || !lw_json_fields_integer (fields, "range_min", 0, TICKS - 1, &out->min, error)
      || !lw_json_fields_integer (fields, "range_max", 0, TICKS - 1, &out->max, error))
    return FALSE;
  if (out->max <= out->min)
    return lw_json_fields_refuse (fields, "range_max", error, "must be greater than “range_min”");
  return TRUE;
}

/* By name, else by id; the number of joints when there is none. */
static size_t
find_in_profile (const LwArmProfile *profile, const char *name, gint64 id)
{
  for (size_t j = 0; j < profile->n_joints; j++)
    if (strcmp (profile->joints[j].name, name) == 0)
      return j;
  for (size_t j = 0; j < profile->n_joints; j++)
    if (profile->joints[j].id == id)
      return j;
  return profile->n_joints;
}

static void
take_lerobot_joint (const LeRobotJoint *from, const LwArmProfile *profile, size_t j, LwCalibratedJoint *to)
{
  const LwProfileJoint *joint = &profile->joints[j];
  const double          range_middle = 0.5 * (joint->lower + joint->upper), middle = (0.5 * (double) (from->min + from->max) - CENTRE) * TICK;
  LwCalibration         calibration;

  lw_arm_profile_calibration (profile, &calibration);
  g_strlcpy (to->name, joint->name, sizeof to->name);
  to->id = joint->id;
  /* A Feetech bus turns the numbers of a reversed joint, a Dynamixel turns round itself. */
  to->sign = profile->protocol == LW_PROTOCOL_FEETECH && from->drive_mode == 1 ? -joint->sign : joint->sign;
  to->zero = joint->full_turn ? middle : middle - to->sign * range_middle;
  to->middle = calibration.middle[j];
  if (joint->full_turn)
    {
      calibration.sign[j] = to->sign;
      calibration.zero[j] = to->zero;
      to->lower = joint->lower;
      to->upper = joint->upper;
      lw_calibration_within_turn (&calibration, j, &to->lower, &to->upper);
    }
  else
    {
      to->lower = range_middle - 0.5 * TICK * (double) (from->max - from->min);
      to->upper = range_middle + 0.5 * TICK * (double) (from->max - from->min);
    }
  to->has_stored = true;
  to->offset = TICK * (double) (profile->protocol == LW_PROTOCOL_FEETECH ? -from->offset : from->offset);
  to->min = TICK * (double) (from->min - CENTRE);
  to->max = TICK * (double) (from->max - CENTRE);
  to->reversed = profile->protocol == LW_PROTOCOL_DYNAMIXEL && from->drive_mode == 1;
}

static gboolean
read_lerobot (LwCalibrationFile *self, const LwJsonFields *root, const LwArmProfile *profile, GError **error)
{
  bool           seen[LW_MAX_JOINTS] = { false };
  JsonObjectIter iter;
  const char    *name;
  JsonNode      *node;

  json_object_iter_init_ordered (&iter, root->object);
  while (json_object_iter_next_ordered (&iter, &name, &node))
    {
      LwJsonFields fields = { NULL, root->file, name };
      LeRobotJoint joint;
      size_t       j;

      if (!JSON_NODE_HOLDS_OBJECT (node))
        return lw_json_fields_refuse (root, name, error, "is not the calibration of a joint");
      fields.object = json_node_get_object (node);
      if (!read_lerobot_joint (&fields, profile->protocol, &joint, error))
        return FALSE;
      j = find_in_profile (profile, name, joint.id);
      if (j == profile->n_joints)
        return lw_json_fields_refuse (root, name, error, "is not a joint of the profile %s, nor is its id", profile->id);
      if (profile->joints[j].id != joint.id)
        return lw_json_fields_refuse (&fields, "id", error, "is %" G_GINT64_FORMAT ", but %u in the profile %s", joint.id, profile->joints[j].id, profile->id);
      if (seen[j])
        return lw_json_fields_refuse (&fields, "id", error, "%" G_GINT64_FORMAT " stands there twice", joint.id);
      seen[j] = true;
      take_lerobot_joint (&joint, profile, j, &self->joints[j]);
    }
  for (size_t j = 0; j < profile->n_joints; j++)
    if (!seen[j])
      return lw_json_fields_refuse (root, profile->joints[j].name, error, "is missing");
  self->n_joints = profile->n_joints;
  return TRUE;
}

LwCalibrationFile *
lw_calibration_file_import_lerobot (const char *path, const LwArmProfile *profile, GError **error)
{
  g_autofree char       *file = NULL;
  LwJsonFields           root;
  g_autoptr (JsonParser) parser = NULL;
  g_autoptr (GDateTime)  now = g_date_time_new_now_utc ();
  LwCalibrationFile     *self;

  if (profile->protocol == LW_PROTOCOL_LINES)
    {
      g_set_error (error, LW_PROFILE_ERROR, LW_PROFILE_ERROR_VALUE, "LeRobot calibrates Dynamixel and Feetech servos; the arm %s speaks lines of text", profile->id);
      return NULL;
    }
  parser = lw_json_fields_open (path, &root, &file, error);
  if (parser == NULL)
    return NULL;
  self = g_new0 (LwCalibrationFile, 1);
  self->profile = g_strdup (profile->id);
  self->date = g_date_time_format_iso8601 (now);
  if (read_lerobot (self, &root, profile, error))
    return self;
  lw_calibration_file_free (self);
  return NULL;
}

size_t
lw_calibration_file_differs (const LwCalibrationFile *self, const LwServoStored *stored, bool *differs)
{
  size_t n = 0;

  for (size_t j = 0; j < self->n_joints; j++)
    {
      const LwCalibratedJoint *joint = &self->joints[j];
      /* Whole turns of an offset change nothing that is measured. */
      bool differ = joint->has_stored
                    && (fabs (remainder (joint->offset - stored[j].offset, 2.0 * M_PI)) > 0.5 * TICK || fabs (joint->min - stored[j].min) > 0.5 * TICK
                        || fabs (joint->max - stored[j].max) > 0.5 * TICK || joint->reversed != stored[j].reversed);

      if (differs != NULL)
        differs[j] = differ;
      n += differ;
    }
  return n;
}

static double
largest_offset (LwProtocol protocol, const LwServoStored *held)
{
  if (protocol == LW_PROTOCOL_FEETECH)
    return MAX_OFFSET_FEETECH;
  return held->mode == MODE_EXTENDED || held->mode == MODE_CURRENT_BASED ? MAX_OFFSET_EXTENDED : MAX_OFFSET_DYNAMIXEL;
}

gboolean
lw_calibration_file_to_stored (const LwCalibrationFile *self, size_t j, LwProtocol protocol, const LwServoStored *held, LwServoStored *out, LwCalibratedJoint *after,
                               GError **error)
{
  const LwCalibratedJoint *joint = &self->joints[j];
  const double             middle = 0.5 * (joint->lower + joint->upper), largest = largest_offset (protocol, held);
  /* The servo's angle at the middle, and the offset that makes it the centre. */
  const double             angle = joint->sign * middle + joint->zero;
  double                   ticks = round (remainder (held->offset - angle, 2.0 * M_PI) / TICK), shift;

  if (protocol == LW_PROTOCOL_LINES)
    {
      g_set_error (error, LW_PROFILE_ERROR, LW_PROFILE_ERROR_VALUE, "Joint “%s”: an arm that speaks lines of text stores no offset", joint->name);
      return FALSE;
    }
  /* Half a turn, which Feetech's offset falls one tick short of, is then one tick off the centre. */
  if (protocol == LW_PROTOCOL_FEETECH)
    ticks = CLAMP (ticks, -largest, largest);
  if (fabs (ticks) > largest)
    {
      g_set_error (error, LW_PROFILE_ERROR, LW_PROFILE_ERROR_VALUE,
                   "Joint “%s”: offset too large. The middle of its travel is %.0f° away from the servo's centre, and in position mode a servo takes no more than %.0f°. Turn its horn, "
                   "or use the servo's extended position mode",
                   joint->name, fabs (ticks) * TICK * 180.0 / M_PI, largest * TICK * 180.0 / M_PI);
      return FALSE;
    }
  *out = *held;
  out->offset = ticks * TICK;
  shift = remainder (out->offset - (held->offset - angle), 2.0 * M_PI); /* where the middle comes to lie: less than two ticks from the centre */
  out->min = round ((shift - 0.5 * (joint->upper - joint->lower)) / TICK) * TICK;
  out->max = round ((shift + 0.5 * (joint->upper - joint->lower)) / TICK) * TICK;
  out->min = fmax (out->min, -CENTRE * TICK);
  out->max = fmin (out->max, (CENTRE - 1) * TICK);

  *after = *joint;
  after->zero = shift - joint->sign * middle;
  after->has_stored = true;
  after->offset = out->offset;
  after->min = out->min;
  after->max = out->max;
  after->reversed = out->reversed;
  return TRUE;
}
