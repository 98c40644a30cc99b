/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "lw-assert-close.h"
#include "lw-calibration-file.h"
#include "lw-test-paths.h"

#define TICK (2.0 * G_PI / 4096.0)

static LwArmProfile *
load_profile (const char *id)
{
  g_autofree char   *name = g_strdup_printf ("arms/%s.json", id);
  g_autofree char   *path = lw_test_data_path (name);
  g_autoptr (GError) error = NULL;
  LwArmProfile      *profile = lw_arm_profile_load (path, &error);

  g_assert_no_error (error);
  return profile;
}

static char *folder;

static char *
write_file (const char *text)
{
  char *path = g_build_filename (folder, "follower.json", NULL);

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  return path;
}

static void
test_round_trip (void)
{
  LwArmProfile      *profile = load_profile ("so-101");
  g_autofree char   *path = g_build_filename (folder, "mine.json", NULL);
  g_autofree char   *absent = g_build_filename (folder, "no", "such", "folder.json", NULL);
  g_autoptr (GError) error = NULL;
  LwServoIdentity    identities[LW_MAX_JOINTS] = { { .model = 777 } };
  LwServoStored      stored[LW_MAX_JOINTS] = { { .offset = 0.1, .min = -1.2, .max = 1.3, .reversed = true } };
  double             lower[LW_MAX_JOINTS], upper[LW_MAX_JOINTS];
  LwCalibration      calibration;
  LwCalibrationFile *self, *again;

  lw_arm_profile_calibration (profile, &calibration);
  calibration.zero[1] = 0.1 + 0.2;
  calibration.zero[4] = -1e-17; /* what is left of a sum */
  calibration.sign[2] = -1;
  calibration.middle[3] = NAN;
  for (size_t j = 0; j < profile->n_joints; j++)
    {
      lower[j] = -1.0 / (double) (j + 3);
      upper[j] = 1.0 / (double) (j + 7);
    }
  self = lw_calibration_file_new (profile, &calibration, lower, upper, "5A460824531", identities, stored);
  g_assert_true (lw_calibration_file_save (self, path, &error));
  g_assert_no_error (error);
  again = lw_calibration_file_load (path, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (again->profile, ==, "so-101");
  g_assert_cmpstr (again->serial, ==, "5A460824531");
  g_assert_cmpstr (again->date, ==, self->date);
  g_assert_cmpuint (again->n_joints, ==, 6);
  for (size_t j = 0; j < 6; j++)
    {
      const LwCalibratedJoint *a = &self->joints[j], *b = &again->joints[j];

      g_assert_cmpstr (b->name, ==, profile->joints[j].name);
      g_assert_cmpuint (b->id, ==, j + 1);
      g_assert_cmpuint (b->model, ==, j == 0 ? 777 : 0);
      g_assert_true (a->sign == b->sign && a->zero == b->zero && a->lower == b->lower && a->upper == b->upper); /* exactly */
      g_assert_true (a->middle == b->middle || (j == 3 && isnan (b->middle)));
      g_assert_true (b->has_stored && a->offset == b->offset && a->min == b->min && a->max == b->max && a->reversed == b->reversed);
    }

  /* A file that cannot be written leaves the one that is there. */
  g_assert_false (lw_calibration_file_save (self, absent, &error));
  g_assert_error (error, LW_PROFILE_ERROR, LW_PROFILE_ERROR_FILE);
  g_assert_nonnull (strstr (error->message, "folder.json"));
  lw_calibration_file_free (again);
  lw_calibration_file_free (self);
  lw_arm_profile_free (profile);
  g_unlink (path);
}

#define JOINT(name, rest) "{ \"name\": \"" name "\", \"id\": 1, \"sign\": 1, \"zero\": 0, " rest " }"
#define HEAD "\"profile\": \"a\", \"date\": \"2026-01-01T00:00:00Z\""

static void
test_refused (void)
{
  static const struct {
    const char *text, *message;
  } cases[] = {
    { "{ " HEAD ", \"joints\": [ " JOINT ("a", "\"lower\": 1, \"upper\": 0") " ] }", "follower.json: joint “a”: “upper” must be greater than “lower”" },
    { "{ " HEAD ", \"joints\": [ " JOINT ("a", "\"lower\": 0") " ] }", "follower.json: joint “a”: “upper” is missing" },
    { "{ " HEAD ", \"joints\": [ " JOINT ("a", "\"lower\": 0, \"upper\": 1, \"offset\": 1") " ] }", "follower.json: joint “a”: “min” is missing" },
    { "{ " HEAD ", \"joints\": [ " JOINT ("a", "\"lower\": 0, \"upper\": 1, \"mid\": 1") " ] }", "follower.json: joint “a”: “mid” is not a field that belongs here" },
    { "{ " HEAD ", \"joints\": [ " JOINT ("a", "\"lower\": 0, \"upper\": 1") ", " JOINT ("a", "\"lower\": 0, \"upper\": 1") " ] }",
      "follower.json: joint “a”: “name” stands there twice" },
    { "{ " HEAD ", \"joints\": {} }", "follower.json: “joints” must be a list" },
    { "{ \"profile\": \"a\", \"date\": 3, \"joints\": [] }", "follower.json: “date” must be a text that is not empty" },
    { "{ \"date\": \"2026\", \"joints\": [] }", "follower.json: “profile” is missing" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char   *path = write_file (cases[i].text);
      g_autoptr (GError) error = NULL;

      g_assert_null (lw_calibration_file_load (path, &error));
      g_assert_cmpstr (error->message, ==, cases[i].message);
    }
}

static void
test_apply (void)
{
  LwArmProfile      *profile = load_profile ("so-101"), *other = load_profile ("koch-v1.1");
  g_autoptr (GError) error = NULL;
  double             lower[LW_MAX_JOINTS], upper[LW_MAX_JOINTS];
  LwCalibration      calibration, got, untouched;
  LwCalibrationFile *self;
  LwLimits           limits = { .n_joints = 6 };

  lw_arm_profile_calibration (profile, &calibration);
  for (size_t j = 0; j < 6; j++)
    {
      calibration.zero[j] = 0.1 * (double) j;
      lower[j] = profile->joints[j].lower + (j == 2 ? 0.1 : -0.1);
      upper[j] = profile->joints[j].upper - 0.05;
      limits.q_min[j] = profile->joints[j].lower;
      limits.q_max[j] = profile->joints[j].upper;
    }
  self = lw_calibration_file_new (profile, &calibration, lower, upper, NULL, NULL, NULL);

  /* The file's order does not matter. */
  {
    LwCalibratedJoint swap = self->joints[0];

    self->joints[0] = self->joints[5];
    self->joints[5] = swap;
  }
  g_assert_true (lw_calibration_file_apply (self, profile, &got, &limits, &error));
  for (size_t j = 0; j < 6; j++)
    {
      g_assert_cmpfloat (got.zero[j], ==, calibration.zero[j]);
      g_assert_cmpfloat (got.middle[j], ==, calibration.middle[j]);
      g_assert_cmpfloat (limits.q_min[j], ==, j == 2 ? lower[j] : profile->joints[j].lower); /* never wider than before */
      g_assert_cmpfloat (limits.q_max[j], ==, upper[j]);
    }

  untouched = got;
  self->joints[3].id = 9;
  g_assert_false (lw_calibration_file_apply (self, profile, &got, NULL, &error));
  g_assert_cmpstr (error->message, ==, "The calibration's joint “wrist_flex” is servo 9, in the profile so-101 it is servo 4");
  g_clear_error (&error);
  self->joints[3].id = 4;
  g_strlcpy (self->joints[3].name, "else", sizeof self->joints[3].name);
  g_assert_false (lw_calibration_file_apply (self, profile, &got, NULL, &error));
  g_assert_cmpstr (error->message, ==, "The calibration has no joint “wrist_flex” of the profile so-101");
  g_clear_error (&error);
  self->n_joints = 5;
  g_assert_false (lw_calibration_file_apply (self, other, &got, NULL, &error));
  g_assert_nonnull (strstr (error->message, "5 joints"));
  g_assert_cmpmem (&got, sizeof got, &untouched, sizeof untouched);
  lw_calibration_file_free (self);
  lw_arm_profile_free (other);
  lw_arm_profile_free (profile);
}

#define LEROBOT(name, id, mode, offset, min, max) \
  "\"" name "\": { \"id\": " id ", \"drive_mode\": " mode ", \"homing_offset\": " offset ", \"range_min\": " min ", \"range_max\": " max " }"
#define SO101_BUT_ROLL \
  LEROBOT ("shoulder_pan", "1", "0", "-1470", "799", "3285") "," LEROBOT ("shoulder_lift", "2", "1", "1011", "912", "3186") "," \
  LEROBOT ("elbow_flex", "3", "0", "-2047", "947", "3149") "," LEROBOT ("wrist_flex", "4", "0", "0", "968", "3128") "," \
  LEROBOT ("gripper", "6", "0", "5", "1800", "3051")

static void
test_lerobot_feetech (void)
{
  LwArmProfile      *profile = load_profile ("so-101");
  g_autofree char   *path = write_file ("{" SO101_BUT_ROLL "," LEROBOT ("wrist_roll", "5", "0", "77", "0", "4095") "}");
  g_autoptr (GError) error = NULL;
  LwCalibrationFile *self = lw_calibration_file_import_lerobot (path, profile, &error);
  LwCalibration      calibration;

  g_assert_no_error (error);
  g_assert_cmpuint (self->n_joints, ==, 6);
  g_assert_true (lw_calibration_file_apply (self, profile, &calibration, NULL, &error));
  for (size_t j = 0; j < 6; j++)
    g_assert_cmpstr (self->joints[j].name, ==, profile->joints[j].name);
  /* zero = (min + max) / 2: (799 + 3285) / 2 = 2042, six ticks below the centre; travel 2486 ticks. */
  lw_assert_close (self->joints[0].zero, -6 * TICK, 0, 1e-12);
  lw_assert_close (self->joints[0].upper, 1243 * TICK, 0, 1e-12);
  lw_assert_close (self->joints[0].lower, -1243 * TICK, 0, 1e-12);
  lw_assert_close (lw_calibration_joint (&calibration, 0, (3285 - 2048) * TICK), 1243 * TICK, 0, 1e-12);
  /* Feetech: present = actual - offset, the bus turns a reversed joint. */
  lw_assert_close (self->joints[0].offset, 1470 * TICK, 0, 1e-12);
  lw_assert_close (self->joints[0].min, (799 - 2048) * TICK, 0, 1e-12);
  lw_assert_close (self->joints[0].max, (3285 - 2048) * TICK, 0, 1e-12);
  g_assert_cmpfloat (self->joints[1].sign, ==, -1);
  lw_assert_close (lw_calibration_joint (&calibration, 1, (3186 - 2048) * TICK), -1137 * TICK, 0, 1e-12);
  lw_assert_close (self->joints[2].offset, 2047 * TICK, 0, 1e-12);
  /* A full turn: (0 + 4095) / 2, half a tick below the centre. */
  lw_assert_close (self->joints[4].zero, -0.5 * TICK, 0, 1e-12);
  lw_assert_close (self->joints[4].lower, profile->joints[4].lower, 0, 0);
  lw_assert_close (self->joints[4].upper, profile->joints[4].upper, 0, 0);
  /* The gripper's range is not symmetric: its middle is the middle of what was swept. */
  lw_assert_close (lw_calibration_joint (&calibration, 5, (0.5 * (1800 + 3051) - 2048) * TICK), 0.5 * (-0.174533 + 1.74533), 0, 1e-12);
  lw_calibration_file_free (self);
  lw_arm_profile_free (profile);
}

static void
test_lerobot_dynamixel (void)
{
  LwArmProfile      *profile = load_profile ("koch-v1.1");
  g_autofree char   *path = write_file ("{" LEROBOT ("shoulder_pan", "1", "0", "-1024", "0", "4095") "," LEROBOT ("shoulder_lift", "2", "0", "3000", "1000", "3000") ","
                                        LEROBOT ("elbow", "3", "1", "0", "1100", "3100") "," LEROBOT ("wrist_flex", "4", "0", "0", "968", "3128") ","
                                        LEROBOT ("wrist_roll", "5", "0", "0", "0", "4095") "," LEROBOT ("gripper", "6", "0", "5", "1800", "3051") "}");
  g_autoptr (GError) error = NULL;
  LwCalibrationFile *self = lw_calibration_file_import_lerobot (path, profile, &error);

  g_assert_no_error (error);
  /* Dynamixel: present = actual + offset, the servo turns itself round; “elbow” is found by its id. */
  lw_assert_close (self->joints[0].offset, -1024 * TICK, 0, 1e-12);
  lw_assert_close (self->joints[1].offset, 3000 * TICK, 0, 1e-12);
  lw_assert_close (self->joints[1].zero, (2000 - 2048) * TICK, 0, 1e-12);
  g_assert_cmpstr (self->joints[2].name, ==, "elbow_flex");
  g_assert_cmpfloat (self->joints[2].sign, ==, 1);
  g_assert_true (self->joints[2].reversed);
  lw_calibration_file_free (self);
  lw_arm_profile_free (profile);
}

static void
test_lerobot_refused (void)
{
  static const struct {
    const char *text, *message;
  } cases[] = {
    { "{" SO101_BUT_ROLL "}", "follower.json: “wrist_roll” is missing" },
    { "{" SO101_BUT_ROLL "," LEROBOT ("wrist_roll", "4", "0", "0", "0", "4095") "}", "follower.json: joint “wrist_roll”: “id” is 4, but 5 in the profile so-101" },
    { "{" SO101_BUT_ROLL "," LEROBOT ("roll", "9", "0", "0", "0", "4095") "}", "follower.json: “roll” is not a joint of the profile so-101, nor is its id" },
    { "{" SO101_BUT_ROLL "," LEROBOT ("roll", "6", "0", "0", "0", "4095") "}", "follower.json: joint “roll”: “id” 6 stands there twice" },
    { "{" SO101_BUT_ROLL "," LEROBOT ("wrist_roll", "5", "2", "0", "0", "4095") "}", "follower.json: joint “wrist_roll”: “drive_mode” must be a whole number from 0 to 1" },
    { "{" SO101_BUT_ROLL "," LEROBOT ("wrist_roll", "5", "0", "4096", "0", "4095") "}",
      "follower.json: joint “wrist_roll”: “homing_offset” must be a whole number from -4095 to 4095" },
    { "{" SO101_BUT_ROLL "," LEROBOT ("wrist_roll", "5", "0", "0", "-1", "4095") "}", "follower.json: joint “wrist_roll”: “range_min” must be a whole number from 0 to 4095" },
    { "{" SO101_BUT_ROLL "," LEROBOT ("wrist_roll", "5", "0", "0", "7", "7") "}", "follower.json: joint “wrist_roll”: “range_max” must be greater than “range_min”" },
    { "{" SO101_BUT_ROLL "," LEROBOT ("wrist_roll", "5", "0", "0.5", "0", "4095") "}",
      "follower.json: joint “wrist_roll”: “homing_offset” must be a whole number from -4095 to 4095" },
    { "{" SO101_BUT_ROLL ", \"wrist_roll\": 3 }", "follower.json: “wrist_roll” is not the calibration of a joint" },
    { "{" SO101_BUT_ROLL ", \"wrist_roll\": { \"id\": 5, \"drive_mode\": 0, \"homing_offset\": 0, \"range_min\": 0 } }",
      "follower.json: joint “wrist_roll”: “range_max” is missing" },
    { "{" SO101_BUT_ROLL ", \"wrist_roll\": { \"id\": 5, \"extra\": 0 } }", "follower.json: joint “wrist_roll”: “extra” is not a field that belongs here" },
    { "[]", "follower.json: not a JSON object" },
  };
  LwArmProfile *profile = load_profile ("so-101");

  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char   *path = write_file (cases[i].text);
      g_autoptr (GError) error = NULL;

      g_assert_null (lw_calibration_file_import_lerobot (path, profile, &error));
      g_assert_cmpstr (error->message, ==, cases[i].message);
    }
  profile->protocol = LW_PROTOCOL_LINES;
  {
    g_autofree char   *path = write_file ("{}");
    g_autoptr (GError) error = NULL;

    g_assert_null (lw_calibration_file_import_lerobot (path, profile, &error));
    g_assert_error (error, LW_PROFILE_ERROR, LW_PROFILE_ERROR_VALUE);
  }
  lw_arm_profile_free (profile);
}

/* "calibration differs": another program set a servo up anew. */
static void
test_differs (void)
{
  LwArmProfile      *profile = load_profile ("so-101");
  double             lower[LW_MAX_JOINTS] = { 0 }, upper[LW_MAX_JOINTS] = { 1, 1, 1, 1, 1, 1 };
  LwServoStored      stored[LW_MAX_JOINTS], changed[LW_MAX_JOINTS];
  bool               differs[LW_MAX_JOINTS];
  LwCalibration      calibration;
  LwCalibrationFile *self, *silent;

  for (size_t j = 0; j < 6; j++)
    stored[j] = (LwServoStored){ .offset = 100 * TICK, .min = -1000 * TICK, .max = 900 * TICK };
  lw_arm_profile_calibration (profile, &calibration);
  self = lw_calibration_file_new (profile, &calibration, lower, upper, NULL, NULL, stored);
  silent = lw_calibration_file_new (profile, &calibration, lower, upper, NULL, NULL, NULL);
  g_assert_cmpuint (lw_calibration_file_differs (self, stored, differs), ==, 0);
  memcpy (changed, stored, sizeof changed);
  changed[0].offset += TICK;
  changed[1].min -= TICK;
  changed[2].max += TICK;
  changed[3].reversed = true;
  changed[4].offset -= 2 * G_PI; /* the same place */
  changed[5].offset += 0.1 * TICK; /* no servo can tell */
  g_assert_cmpuint (lw_calibration_file_differs (self, changed, differs), ==, 4);
  for (size_t j = 0; j < 6; j++)
    g_assert_true (differs[j] == (j < 4));
  g_assert_cmpuint (lw_calibration_file_differs (self, changed, NULL), ==, 4);
  g_assert_cmpuint (lw_calibration_file_differs (silent, changed, differs), ==, 0);
  lw_calibration_file_free (silent);
  lw_calibration_file_free (self);
  lw_arm_profile_free (profile);
}

/* A servo with an offset of its own: what it says of its shaft, in one turn. */
static double
present (double encoder, const LwServoStored *stored)
{
  double angle = remainder (encoder + stored->offset, 2 * G_PI);

  return angle >= G_PI ? angle - 2 * G_PI : angle;
}

/* After storing, the same shaft stands for the same joint angle, the jump lies outside the travel, and the servo's own range is the travel. */
static void
check_stored (LwProtocol protocol, uint8_t mode, double largest_ticks)
{
  LwArmProfile *profile = load_profile ("so-101");
  GRand        *rand = g_rand_new_with_seed (23);
  int           refused = 0, stored_count = 0;

  for (int round_ = 0; round_ < 500; round_++)
    {
      LwServoStored      held = { .offset = TICK * g_rand_int_range (rand, -1000, 1000), .min = -2048 * TICK, .max = 2047 * TICK, .mode = mode, .baud = 1000000 };
      double             shaft_zero = g_rand_double_range (rand, -G_PI, G_PI); /* encoder at the joint's zero */
      double             lower[LW_MAX_JOINTS] = { 0 }, upper[LW_MAX_JOINTS] = { 1, 1, 1, 1, 1, 1 };
      g_autoptr (GError) error = NULL;
      LwCalibratedJoint  after;
      LwServoStored      out;
      LwCalibration      calibration;
      LwCalibrationFile *self;
      const size_t       j = 1;

      lower[j] = g_rand_double_range (rand, -2, -0.5);
      upper[j] = lower[j] + g_rand_double_range (rand, 0.5, 5.5);
      lw_arm_profile_calibration (profile, &calibration);
      calibration.sign[j] = g_rand_boolean (rand) ? 1 : -1;
      calibration.zero[j] = shaft_zero + held.offset;
      calibration.middle[j] = 0.5 * (lower[j] + upper[j]);
      self = lw_calibration_file_new (profile, &calibration, lower, upper, NULL, NULL, NULL);
      if (lw_calibration_file_to_stored (self, j, protocol, &held, &out, &after, &error))
        {
          stored_count++;
          g_assert_no_error (error);
          g_assert_cmpfloat (fabs (out.offset), <=, largest_ticks * TICK + 1e-12);
          lw_assert_close (out.offset / TICK, round (out.offset / TICK), 0, 1e-9);
          g_assert_cmpuint (out.baud, ==, held.baud);
          g_assert_cmpuint (out.mode, ==, held.mode);
          g_assert_true (after.has_stored && after.offset == out.offset && after.min == out.min && after.max == out.max);
          calibration.zero[j] = after.zero;
          g_assert_false (lw_calibration_jumps (&calibration, j, lower[j] + 2 * TICK, upper[j] - 2 * TICK));
          for (double q = lower[j] + 2 * TICK; q < upper[j] - 2 * TICK; q += 0.05)
            {
              double encoder = calibration.sign[j] * q + shaft_zero, angle = present (encoder, &out);

              lw_assert_close (lw_calibration_joint (&calibration, j, angle), q, 0, 1e-9);
              g_assert_cmpfloat (angle, >=, out.min - 1e-9);
              g_assert_cmpfloat (angle, <=, out.max + 1e-9);
            }
          lw_assert_close (out.max - out.min, upper[j] - lower[j], 0, 2 * TICK);
        }
      else
        {
          refused++;
          g_assert_error (error, LW_PROFILE_ERROR, LW_PROFILE_ERROR_VALUE);
          g_assert_true (g_str_has_prefix (error->message, "Joint “shoulder_lift”: offset too large."));
        }
      lw_calibration_file_free (self);
    }
  g_test_message ("%d stored, %d refused", stored_count, refused);
  if (largest_ticks < 2047)
    g_assert_cmpint (refused, >, 200); /* half of all horns */
  else
    g_assert_cmpint (refused, ==, 0);
  g_assert_cmpint (stored_count, >, 200);
  g_rand_free (rand);
  lw_arm_profile_free (profile);
}

static void
test_stored (void)
{
  check_stored (LW_PROTOCOL_FEETECH, 0, 2047);
  check_stored (LW_PROTOCOL_DYNAMIXEL, 3, 1024);
  check_stored (LW_PROTOCOL_DYNAMIXEL, 4, 1044479);
}

/* The middle exactly half a turn from the centre: Feetech's offset ends one tick short of it. */
static void
test_half_turn (void)
{
  LwArmProfile      *profile = load_profile ("so-101");
  const LwServoStored held = { .offset = 0 };
  double             lower[LW_MAX_JOINTS] = { -1, -1, -1, -1, -1, -1 }, upper[LW_MAX_JOINTS] = { 1, 1, 1, 1, 1, 1 };
  g_autoptr (GError) error = NULL;
  LwCalibratedJoint  after;
  LwServoStored      out;
  LwCalibration      calibration;
  LwCalibrationFile *self;

  lw_arm_profile_calibration (profile, &calibration);
  calibration.zero[0] = G_PI;
  self = lw_calibration_file_new (profile, &calibration, lower, upper, NULL, NULL, NULL);
  g_assert_true (lw_calibration_file_to_stored (self, 0, LW_PROTOCOL_FEETECH, &held, &out, &after, &error));
  lw_assert_close (fabs (out.offset), 2047 * TICK, 0, 1e-12);
  lw_assert_close (fabs (after.zero), TICK, 0, 1e-12);
  g_assert_false (lw_calibration_file_to_stored (self, 0, LW_PROTOCOL_DYNAMIXEL, &(LwServoStored){ .mode = 3 }, &out, &after, &error));
  g_assert_nonnull (strstr (error->message, "180° away"));
  g_assert_nonnull (strstr (error->message, "no more than 90°"));
  g_clear_error (&error);
  g_assert_false (lw_calibration_file_to_stored (self, 0, LW_PROTOCOL_LINES, &held, &out, &after, &error));
  g_assert_error (error, LW_PROFILE_ERROR, LW_PROFILE_ERROR_VALUE);
  g_clear_error (&error);

  /* A whole turn: the range ends with the turn's last tick. */
  self->joints[0].lower = -G_PI;
  self->joints[0].upper = G_PI;
  self->joints[0].zero = 0;
  g_assert_true (lw_calibration_file_to_stored (self, 0, LW_PROTOCOL_FEETECH, &held, &out, &after, &error));
  lw_assert_close (out.min, -2048 * TICK, 0, 1e-12);
  lw_assert_close (out.max, 2047 * TICK, 0, 1e-12);
  lw_calibration_file_free (self);
  lw_arm_profile_free (profile);
}

int
main (int argc, char *argv[])
{
  g_autofree char *path = NULL;
  int              result;

  g_test_init (&argc, &argv, NULL);
  folder = g_dir_make_tmp ("lw-calibration-XXXXXX", NULL);
  g_test_add_func ("/calibration-file/round-trip", test_round_trip);
  g_test_add_func ("/calibration-file/refused", test_refused);
  g_test_add_func ("/calibration-file/apply", test_apply);
  g_test_add_func ("/calibration-file/lerobot-feetech", test_lerobot_feetech);
  g_test_add_func ("/calibration-file/lerobot-dynamixel", test_lerobot_dynamixel);
  g_test_add_func ("/calibration-file/lerobot-refused", test_lerobot_refused);
  g_test_add_func ("/calibration-file/differs", test_differs);
  g_test_add_func ("/calibration-file/stored", test_stored);
  g_test_add_func ("/calibration-file/half-turn", test_half_turn);
  result = g_test_run ();
  path = g_build_filename (folder, "follower.json", NULL);
  g_unlink (path);
  g_rmdir (folder);
  g_free (folder);
  return result;
}
