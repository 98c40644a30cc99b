/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "lw-arm-profile.h"
#include "lw-calibration-file.h"

/* A bounded number of seeded files, damaged, through the readers of arm profiles, calibrations and LeRobot's calibrations:
 * pieces left out, doubled, replaced by other values, bytes flipped, cut off. What is read makes sense, can be written and read
 * again; what is refused is refused with a sentence that names the file. LW_LONG=1 runs a hundred times as many. */
#define N_FILES 1500

static const char *const values[] = {
  "null", "true", "-1", "0", "1", "255", "256", "65536", "1e308", "-1e308", "1e999", "0.5",
  "\"\"", "\"x\"", "[]", "{}", "[1, 2]", "99999999999999999999", "\"\\u0000\"", "\"../..\"",
};

typedef struct {
  char *folder, *path;
  char *text;        /* undamaged */
  LwArmProfile *profile;
} Rig;

static int
n_files (void)
{
  return g_strcmp0 (g_getenv ("LW_LONG"), "1") == 0 ? 100 * N_FILES : N_FILES;
}

static char *
arm_path (const char *name)
{
  const char *data = g_getenv ("LW_DATA_DIR");

  g_assert_nonnull (data);
  return g_build_filename (data, "arms", name, NULL);
}

static void
rig_open (Rig *rig)
{
  g_autofree char *path = arm_path ("so-101.json");
  g_autoptr (GError) error = NULL;

  rig->folder = g_dir_make_tmp ("lw-fuzz-XXXXXX", NULL);
  g_assert_nonnull (rig->folder);
  rig->path = g_build_filename (rig->folder, "arm.json", NULL);
  rig->profile = lw_arm_profile_load (path, &error);
  g_assert_no_error (error);
  rig->text = NULL;
}

static void
rig_close (Rig *rig)
{
  (void) g_unlink (rig->path);
  (void) g_rmdir (rig->folder);
  lw_arm_profile_free (rig->profile);
  g_free (rig->folder);
  g_free (rig->path);
  g_free (rig->text);
}

/* A value ends where a comma, a bracket or a line does. */
static size_t
end_of_value (const char *text, size_t at)
{
  return at + strcspn (text + at, ",]}\n");
}

static void
damage_once (GString *text, GRand *rand)
{
  size_t at = (size_t) g_rand_int_range (rand, 0, (gint32) text->len), most = (size_t) g_rand_int_range (rand, 1, 40), n = MIN (most, text->len - at);
  const char *colon = strchr (text->str + at, ':');
  g_autofree char *piece = g_strndup (text->str + at, n);

  switch (g_rand_int_range (rand, 0, 8))
    {
    case 0:
      g_string_erase (text, (gssize) at, (gssize) n);
      break;
    case 1:
      g_string_insert (text, (gssize) at, piece);
      break;
    case 2:
      text->str[at] = (char) (text->str[at] ^ 1 << g_rand_int_range (rand, 0, 8));
      break;
    case 3:
      g_string_truncate (text, at);
      break;
    default: /* another value */
      if (colon == NULL)
        break;
      at = (size_t) (colon - text->str) + 1;
      g_string_erase (text, (gssize) at, (gssize) (end_of_value (text->str, at) - at));
      g_string_insert (text, (gssize) at, values[g_rand_int_range (rand, 0, G_N_ELEMENTS (values))]);
    }
}

/* The damaged text in the file. */
static void
write_damaged (Rig *rig, GRand *rand)
{
  g_autoptr (GString) text = g_string_new (rig->text);

  for (int k = g_rand_int_range (rand, 1, 3); k > 0 && text->len > 0; k--)
    damage_once (text, rand);
  (void) g_unlink (rig->path);
  /* Quickly, without waiting for the disk; a file that is there would keep its end. */
  g_assert_true (g_file_set_contents_full (rig->path, text->str, (gssize) text->len, G_FILE_SET_CONTENTS_NONE, 0600, NULL));
}

static void
assert_refusal (const Rig *rig, GError **error)
{
  g_assert_nonnull (*error);
  g_assert_true ((*error)->domain == LW_PROFILE_ERROR);
  g_assert_nonnull (strstr ((*error)->message, "arm"));
  g_assert_true (g_utf8_validate ((*error)->message, -1, NULL));
  g_clear_error (error);
}

static void
assert_profile (const LwArmProfile *profile)
{
  g_assert_true (g_utf8_validate (profile->title, -1, NULL));
  g_assert_cmpint (profile->protocol, <, LW_N_PROTOCOLS);
  g_assert_cmpuint (profile->n_joints, <=, LW_MAX_JOINTS);
  for (size_t i = 0; i < profile->n_joints; i++)
    {
      const LwProfileJoint *joint = &profile->joints[i];

      g_assert_true (memchr (joint->name, 0, sizeof joint->name) != NULL);
      g_assert_cmpuint (joint->n_models, <=, LW_PROFILE_MAX_MODELS);
      g_assert_true (fabs (joint->sign) == 1 && isfinite (joint->zero));
      g_assert_true (isfinite (joint->lower) && isfinite (joint->upper) && joint->lower < joint->upper);
      g_assert_true (joint->v_max > 0 && joint->a_max > 0);
    }
}

static void
test_profile (void)
{
  GRand *rand = g_rand_new_with_seed (80);
  int n_good = 0;
  Rig rig;

  rig_open (&rig);
  rig.text = lw_arm_profile_to_text (rig.profile, NULL);
  for (int i = 0; i < n_files (); i++)
    {
      g_autoptr (GError) error = NULL;
      LwArmProfile *profile, *again;

      write_damaged (&rig, rand);
      profile = lw_arm_profile_load (rig.path, &error);
      if (profile == NULL)
        {
          assert_refusal (&rig, &error);
          continue;
        }
      g_assert_no_error (error);
      n_good++;
      assert_profile (profile);
      g_assert_true (lw_arm_profile_save (profile, rig.path, NULL));
      again = lw_arm_profile_load (rig.path, &error);
      g_assert_no_error (error);
      g_assert_cmpmem (again->joints, sizeof again->joints, profile->joints, sizeof profile->joints);
      lw_arm_profile_free (again);
      lw_arm_profile_free (profile);
    }
  g_assert_cmpint (n_good, >, 0);
  g_assert_cmpint (n_good, <, n_files ());
  rig_close (&rig);
  g_rand_free (rand);
}

static void
read_calibrations (Rig *rig, guint32 seed, LwCalibrationFile *(*load) (const Rig *rig, GError **error))
{
  GRand *rand = g_rand_new_with_seed (seed);
  g_autoptr (GError) sound = NULL;
  int n_good = 0;

  g_assert_true (g_file_set_contents (rig->path, rig->text, -1, NULL));
  lw_calibration_file_free (load (rig, &sound));
  g_assert_no_error (sound);
  for (int i = 0; i < n_files (); i++)
    {
      g_autoptr (GError) error = NULL;
      LwCalibrationFile *file;
      LwCalibration calibration;

      write_damaged (rig, rand);
      file = load (rig, &error);
      if (file == NULL)
        {
          assert_refusal (rig, &error);
          continue;
        }
      g_assert_no_error (error);
      n_good++;
      g_assert_cmpuint (file->n_joints, <=, LW_MAX_JOINTS);
      for (size_t j = 0; j < file->n_joints; j++)
        {
          const LwCalibratedJoint *joint = &file->joints[j];

          g_assert_true (memchr (joint->name, 0, sizeof joint->name) != NULL);
          g_assert_true (fabs (joint->sign) == 1 && isfinite (joint->zero));
          g_assert_true (isfinite (joint->lower) && isfinite (joint->upper) && joint->lower < joint->upper);
        }
      if (!lw_calibration_file_apply (file, rig->profile, &calibration, NULL, &error))
        g_assert_nonnull (error);
      lw_calibration_file_free (file);
    }
  g_assert_cmpint (n_good, >, 0);
  g_assert_cmpint (n_good, <, n_files ());
  g_rand_free (rand);
}

static LwCalibrationFile *
load_own (const Rig *rig, GError **error)
{
  return lw_calibration_file_load (rig->path, error);
}

static LwCalibrationFile *
load_lerobot (const Rig *rig, GError **error)
{
  return lw_calibration_file_import_lerobot (rig->path, rig->profile, error);
}

static void
test_calibration (void)
{
  double lower[LW_MAX_JOINTS], upper[LW_MAX_JOINTS];
  LwServoStored stored[LW_MAX_JOINTS] = { 0 };
  LwCalibration calibration;
  LwCalibrationFile *file;
  Rig rig;

  rig_open (&rig);
  lw_arm_profile_calibration (rig.profile, &calibration);
  for (size_t j = 0; j < rig.profile->n_joints; j++)
    {
      lower[j] = rig.profile->joints[j].lower;
      upper[j] = rig.profile->joints[j].upper;
      stored[j].max = 1;
    }
  file = lw_calibration_file_new (rig.profile, &calibration, lower, upper, "5A46", NULL, stored);
  rig.text = lw_calibration_file_to_text (file);
  lw_calibration_file_free (file);
  read_calibrations (&rig, 81, load_own);
  rig_close (&rig);
}

static void
test_lerobot (void)
{
  g_autoptr (GString) text = g_string_new ("{\n");
  Rig rig;

  rig_open (&rig);
  for (size_t j = 0; j < rig.profile->n_joints; j++)
    {
      const LwProfileJoint *joint = &rig.profile->joints[j];

      g_string_append_printf (text, "  \"%s\": {\n    \"id\": %u,\n    \"drive_mode\": 0,\n    \"homing_offset\": %d,\n", joint->name, joint->id,
                              100 - 50 * (int) j);
      g_string_append_printf (text, "    \"range_min\": %d,\n    \"range_max\": %d\n  }%s\n", joint->full_turn ? 0 : 700,
                              joint->full_turn ? 4095 : 3300, j + 1 < rig.profile->n_joints ? "," : "");
    }
  g_string_append (text, "}\n");
  rig.text = g_strdup (text->str);
  read_calibrations (&rig, 82, load_lerobot);
  rig_close (&rig);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/fuzz/arm-files/profile", test_profile);
  g_test_add_func ("/fuzz/arm-files/calibration", test_calibration);
  g_test_add_func ("/fuzz/arm-files/lerobot", test_lerobot);
  return g_test_run ();
}
