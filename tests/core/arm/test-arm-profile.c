/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "lw-arm-profile.h"
#include "lw-assert-close.h"
#include "lw-test-paths.h"

static const char *const real_arms[] = { "koch-v1.1", "koch-v1.1-leader", "omx", "openmanipulator-x", "so-100", "so-101", "so-101-leader", "widowx-250", "widowx-250s" };
static const char *const simulated_arms[] = { "arm-7", "desk-6", "planar-2", "planar-7" };

static void
assert_same (const LwArmProfile *a, const LwArmProfile *b)
{
  g_assert_cmpstr (a->id, ==, b->id);
  g_assert_cmpstr (a->title, ==, b->title);
  g_assert_cmpint (a->protocol, ==, b->protocol);
  g_assert_cmpuint (a->baud, ==, b->baud);
  g_assert_cmpstr (a->model, ==, b->model);
  g_assert_cmpint (a->simulated_only, ==, b->simulated_only);
  g_assert_true (a->floor_z == b->floor_z);
  for (int i = 0; i < 3; i++)
    g_assert_true (a->box_min[i] == b->box_min[i] && a->box_max[i] == b->box_max[i]);
  g_assert_cmpuint (a->n_joints, ==, b->n_joints);
  for (size_t j = 0; j < a->n_joints; j++)
    {
      const LwProfileJoint *x = &a->joints[j], *y = &b->joints[j];

      g_assert_cmpstr (x->name, ==, y->name);
      g_assert_cmpuint (x->id, ==, y->id);
      g_assert_cmpuint (x->shadow, ==, y->shadow);
      g_assert_cmpmem (x->models, x->n_models * sizeof x->models[0], y->models, y->n_models * sizeof y->models[0]);
      g_assert_true (x->sign == y->sign && x->zero == y->zero && x->lower == y->lower && x->upper == y->upper); /* exactly */
      g_assert_true (x->v_max == y->v_max && x->a_max == y->a_max && x->full_turn == y->full_turn);
    }
}

static LwArmProfile *
load (const char *id)
{
  g_autofree char   *name = g_strdup_printf ("arms/%s.json", id);
  g_autofree char   *path = lw_test_data_path (name);
  g_autoptr (GError) error = NULL;
  LwArmProfile      *profile = lw_arm_profile_load (path, &error);

  g_assert_no_error (error);
  return profile;
}

/* Every installed profile loads, has a model, and says of it what the model says of itself. */
static void
check_installed (const char *id, gboolean simulated_only)
{
  LwArmProfile      *profile = load (id);
  LwSimError         problem = { "" };
  LwArmModel        *model = lw_arm_model_load (profile->model, NULL, &problem);
  g_autoptr (GError) error = NULL;
  LwArmSetup         setup;
  LwArm             *arm;

  g_assert_cmpstr (problem.text, ==, "");
  g_assert_cmpstr (profile->id, ==, id);
  g_assert_cmpint (profile->simulated_only, ==, simulated_only);
  g_assert_true (lw_arm_profile_check (profile, model, &error));
  g_assert_no_error (error);

  lw_arm_setup_init (&setup, model);
  lw_arm_profile_apply (profile, model, &setup);
  g_assert_true (setup.model == model);
  for (size_t j = 0; j < profile->n_joints; j++)
    {
      const LwProfileJoint *joint = &profile->joints[j];
      const LwJointInfo    *info = &lw_arm_model_joints (model)[j];
      double                a = lw_calibration_servo (&setup.calibration, j, joint->lower), b = lw_calibration_servo (&setup.calibration, j, joint->upper);

      lw_assert_close (joint->lower, info->lower, 1e-6, 1e-6);
      lw_assert_close (joint->upper, info->upper, 1e-6, 1e-6);
      g_assert_cmpfloat (setup.limits.q_min[j], ==, joint->lower);
      g_assert_cmpfloat (setup.limits.q_max[j], ==, joint->upper);
      g_assert_cmpfloat (setup.limits.v_max[j], ==, joint->v_max);
      g_assert_cmpfloat (setup.limits.a_max[j], ==, joint->a_max);
      g_assert_cmpfloat (info->home, >=, joint->lower);
      g_assert_cmpfloat (info->home, <=, joint->upper);
      /* As built, no joint's travel crosses its encoder's jump: the arm would refuse to power a one-turn servo. */
      g_assert_false (lw_calibration_jumps (&setup.calibration, j, joint->lower, joint->upper));
      lw_assert_close (lw_calibration_joint (&setup.calibration, j, a), joint->lower, 0, 1e-12);
      lw_assert_close (lw_calibration_joint (&setup.calibration, j, b), joint->upper, 0, 1e-12);
      if (!simulated_only)
        g_assert_cmpuint (joint->n_models, >, 0);
    }
  arm = lw_arm_new (&setup);
  g_assert_nonnull (arm);
  lw_arm_free (arm);
  lw_arm_model_unref (model);
  lw_arm_profile_free (profile);
}

static void
test_installed (void)
{
  g_autofree char      *folder = lw_test_data_path ("arms");
  const char *const     folders[] = { folder, NULL };
  g_autoptr (GPtrArray) problems = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) profiles = lw_arm_profile_list (folders, problems);

  g_assert_cmpuint (problems->len, ==, 0);
  g_assert_cmpuint (profiles->len, ==, G_N_ELEMENTS (real_arms) + G_N_ELEMENTS (simulated_arms));
  for (guint i = 1; i < profiles->len; i++)
    g_assert_cmpstr (((LwArmProfile *) profiles->pdata[i - 1])->id, <, ((LwArmProfile *) profiles->pdata[i])->id);
  for (size_t i = 0; i < G_N_ELEMENTS (real_arms); i++)
    check_installed (real_arms[i], FALSE);
  for (size_t i = 0; i < G_N_ELEMENTS (simulated_arms); i++)
    check_installed (simulated_arms[i], TRUE);
}

/* Ids and models from the makers' pages. */
static void
test_servos (void)
{
  LwArmProfile *koch = load ("koch-v1.1"), *leader = load ("koch-v1.1-leader"), *open = load ("openmanipulator-x");
  LwArmProfile *widowx = load ("widowx-250s"), *five = load ("widowx-250"), *so = load ("so-101"), *omx = load ("omx");

  for (size_t j = 0; j < 6; j++)
    {
      g_assert_cmpuint (koch->joints[j].id, ==, j + 1);
      g_assert_cmpuint (koch->joints[j].models[0], ==, j < 2 ? 1060 : 1200);
      g_assert_cmpuint (leader->joints[j].models[0], ==, 1190);
      g_assert_cmpuint (so->joints[j].id, ==, j + 1);
      g_assert_cmpuint (so->joints[j].models[0], ==, 777);
      g_assert_cmpuint (omx->joints[j].id, ==, j + 11);
      g_assert_cmpuint (omx->joints[j].models[0], ==, j < 3 ? 1060 : 1200);
    }
  for (size_t j = 0; j < 5; j++)
    {
      g_assert_cmpuint (open->joints[j].id, ==, j + 11);
      g_assert_cmpuint (open->joints[j].models[0], ==, 1020);
    }
  g_assert_cmpuint (widowx->joints[1].shadow, ==, 3);
  g_assert_cmpuint (widowx->joints[2].id, ==, 4);
  g_assert_cmpuint (widowx->joints[2].shadow, ==, 5);
  g_assert_cmpuint (widowx->joints[6].id, ==, 9);
  g_assert_cmpuint (five->joints[5].id, ==, 8);
  g_assert_true (so->joints[4].full_turn);
  g_assert_true (koch->joints[0].full_turn && koch->joints[4].full_turn);
  g_assert_cmpint (so->protocol, ==, LW_PROTOCOL_FEETECH);
  g_assert_cmpint (koch->protocol, ==, LW_PROTOCOL_DYNAMIXEL);
  for (size_t i = 0; i < 7; i++)
    lw_arm_profile_free ((LwArmProfile *[]){ koch, leader, open, widowx, five, so, omx }[i]);
}

static char *
new_folder (void)
{
  g_autoptr (GError) error = NULL;
  char              *folder = g_dir_make_tmp ("lw-profile-XXXXXX", &error);

  g_assert_no_error (error);
  return folder;
}

static void
remove_folder (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char      *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      g_unlink (path);
    }
  g_rmdir (folder);
}

static void
test_round_trip (void)
{
  g_autofree char *folder = new_folder ();

  for (size_t i = 0; i < G_N_ELEMENTS (real_arms); i++)
    {
      LwArmProfile      *profile = load (real_arms[i]), *again, *copy;
      g_autofree char   *name = g_strdup_printf ("%s.json", real_arms[i]);
      g_autofree char   *path = g_build_filename (folder, name, NULL);
      g_autoptr (GError) error = NULL;

      profile->joints[0].zero = 0.1; /* no binary fraction */
      profile->joints[0].lower = -G_PI / 3;
      profile->joints[1].zero = 1e-8; /* an exponent without a point */
      profile->joints[2].zero = -5e-324;
      profile->joints[3].zero = 2.0 / 3.0;
      profile->joints[4].v_max = 1e300;
      g_free (profile->title);
      profile->title = g_strdup ("A “title”, \"quoted\"\\ \n Käfer");
      if (i % 2 == 0)
        profile->floor_z = -0.01 * (double) (i + 1);
      for (int k = 0; k < 3 && i % 3 == 0; k++)
        {
          profile->box_min[k] = -0.1 * (k + 1);
          profile->box_max[k] = 0.3 * (k + 1);
        }
      g_assert_true (lw_arm_profile_save (profile, path, &error));
      g_assert_no_error (error);
      again = lw_arm_profile_load (path, &error);
      g_assert_no_error (error);
      assert_same (profile, again);
      copy = lw_arm_profile_copy (again);
      lw_arm_profile_free (again);
      assert_same (profile, copy);
      lw_arm_profile_free (copy);
      lw_arm_profile_free (profile);
    }
  remove_folder (folder);
}

/* A profile saved beside its model can be carried elsewhere together with it. */
static void
test_model_beside (void)
{
  LwArmProfile      *profile = load ("so-101"), *again;
  g_autofree char   *folder = new_folder ();
  g_autofree char   *path = g_build_filename (folder, "mine.json", NULL);
  g_autofree char   *model = g_build_filename (folder, "mine.xml", NULL);
  g_autofree char   *text = NULL;
  g_autoptr (GError) error = NULL;

  g_free (profile->model);
  profile->model = g_strdup (model);
  g_assert_true (lw_arm_profile_save (profile, path, &error));
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_nonnull (strstr (text, "\"mine.xml\""));
  again = lw_arm_profile_load (path, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (again->model, ==, model);
  g_assert_cmpstr (again->id, ==, "mine");
  lw_arm_profile_free (again);
  lw_arm_profile_free (profile);
  remove_folder (folder);
}

#define HEAD "\"title\": \"A\", \"protocol\": \"feetech\", \"baud\": 1000000, \"model\": \"a.xml\""
#define LIMITS "\"lower\": -1, \"upper\": 1, \"velocity\": 2, \"acceleration\": 3"

static void
test_refused (void)
{
  static const struct {
    const char *text, *message;
  } cases[] = {
    { "{ " HEAD ", \"joints\": [ { \"name\": \"elbow_flex\", \"id\": 3, \"lower\": 1, \"upper\": 1, \"velocity\": 2, \"acceleration\": 3 } ] }",
      "odd.json: joint “elbow_flex”: “upper” must be greater than “lower”" },
    { "{ " HEAD ", \"joints\": [ { \"name\": \"a\", \"id\": 3, " LIMITS ", \"limit\": 3 } ] }", "odd.json: joint “a”: “limit” is not a field that belongs here" },
    { "{ " HEAD ", \"colour\": 3, \"joints\": [] }", "odd.json: “colour” is not a field that belongs here" },
    { "{ " HEAD ", \"joints\": [] }", "odd.json: “joints” must hold 1 to 16 joints" },
    { "{ " HEAD " }", "odd.json: “joints” is missing" },
    { "{ " HEAD ", \"joints\": [ 3 ] }", "odd.json: “joints” must hold one object a joint" },
    { "{ " HEAD ", \"joints\": [ { \"id\": 3, " LIMITS " } ] }", "odd.json: joint “1”: “name” is missing" },
    { "{ " HEAD ", \"joints\": [ { \"name\": \"abcdefghijabcdefghijabcdefghij12\", \"id\": 3, " LIMITS " } ] }", "odd.json: joint “1”: “name” is longer than 31 bytes" },
    { "{ " HEAD ", \"joints\": [ { \"name\": \"a\", \"id\": 253, " LIMITS " } ] }", "odd.json: joint “a”: “id” must be a whole number from 0 to 252" },
    { "{ " HEAD ", \"joints\": [ { \"name\": \"a\", \"id\": 1.5, " LIMITS " } ] }", "odd.json: joint “a”: “id” must be a whole number from 0 to 252" },
    { "{ " HEAD ", \"joints\": [ { \"name\": \"a\", \"id\": \"1\", " LIMITS " } ] }", "odd.json: joint “a”: “id” must be a whole number from 0 to 252" },
    { "{ " HEAD ", \"joints\": [ { \"name\": \"a\", \"id\": 1, \"sign\": 2, " LIMITS " } ] }", "odd.json: joint “a”: “sign” must be 1 or -1" },
    { "{ " HEAD ", \"joints\": [ { \"name\": \"a\", \"id\": 1, \"zero\": 1e999, " LIMITS " } ] }", "odd.json: joint “a”: “zero” must be a number" },
    { "{ " HEAD ", \"joints\": [ { \"name\": \"a\", \"id\": 1, \"full_turn\": 1, " LIMITS " } ] }", "odd.json: joint “a”: “full_turn” must be true or false" },
    { "{ " HEAD ", \"joints\": [ { \"name\": \"a\", \"id\": 1, \"models\": 777, " LIMITS " } ] }", "odd.json: joint “a”: “models” must be a list" },
    { "{ " HEAD ", \"joints\": [ { \"name\": \"a\", \"id\": 1, \"models\": [1,2,3,4,5], " LIMITS " } ] }", "odd.json: joint “a”: “models” has more than 4 entries" },
    { "{ " HEAD ", \"joints\": [ { \"name\": \"a\", \"id\": 1, \"models\": [0], " LIMITS " } ] }",
      "odd.json: joint “a”: “models” must hold model numbers from 1 to 65535" },
    { "{ " HEAD ", \"joints\": [ { \"name\": \"a\", \"id\": 1, \"lower\": 0, \"upper\": 1, \"velocity\": 0, \"acceleration\": 3 } ] }",
      "odd.json: joint “a”: “velocity” must be greater than zero" },
    { "{ " HEAD ", \"joints\": [ { \"name\": \"a\", \"id\": 1, \"lower\": 0, \"upper\": 1, \"velocity\": 1, \"acceleration\": null } ] }",
      "odd.json: joint “a”: “acceleration” must be a number" },
    { "{ " HEAD ", \"joints\": [ { \"name\": \"a\", \"id\": 1, " LIMITS " }, { \"name\": \"a\", \"id\": 2, " LIMITS " } ] }", "odd.json: joint “a”: “name” stands there twice" },
    { "{ " HEAD ", \"joints\": [ { \"name\": \"a\", \"id\": 1, " LIMITS " }, { \"name\": \"b\", \"id\": 1, " LIMITS " } ] }",
      "odd.json: joint “b”: “id” 1 also belongs to joint “a”" },
    { "{ " HEAD ", \"joints\": [ { \"name\": \"a\", \"id\": 1, \"shadow\": 2, " LIMITS " }, { \"name\": \"b\", \"id\": 2, " LIMITS " } ] }",
      "odd.json: joint “b”: “id” 2 also belongs to joint “a”" },
    { "{ " HEAD ", \"joints\": [ { \"name\": \"a\", \"id\": 1, \"shadow\": 1, " LIMITS " } ] }", "odd.json: joint “a”: “shadow” must not be the joint's own id" },
    { "{ \"title\": \"\", \"protocol\": \"feetech\" }", "odd.json: “title” must be a text that is not empty" },
    { "{ \"title\": \"A\", \"protocol\": \"can\", \"baud\": 1, \"model\": \"a\", \"joints\": [] }", "odd.json: “protocol” must be “dynamixel”, “feetech” or “lines”" },
    { "{ \"title\": \"A\", \"protocol\": \"lines\", \"baud\": 0, \"model\": \"a\", \"joints\": [] }", "odd.json: “baud” must be a whole number from 1 to 12000000" },
    { "{ " HEAD ", \"floor\": \"0\", \"joints\": [ { \"name\": \"a\", \"id\": 1, " LIMITS " } ] }", "odd.json: “floor” must be a number" },
    { "{ " HEAD ", \"box\": [0, 0, 0, 1, 1], \"joints\": [ { \"name\": \"a\", \"id\": 1, " LIMITS " } ] }",
      "odd.json: “box” must hold six numbers: least x, y, z, then greatest x, y, z, in m" },
    { "{ " HEAD ", \"box\": [0, 0, 0, 1, 1, \"1\"], \"joints\": [ { \"name\": \"a\", \"id\": 1, " LIMITS " } ] }",
      "odd.json: “box” must hold six numbers: least x, y, z, then greatest x, y, z, in m" },
    { "{ " HEAD ", \"box\": [0, 0, 1, 1, 1, 1], \"joints\": [ { \"name\": \"a\", \"id\": 1, " LIMITS " } ] }",
      "odd.json: “box” must be greater at its end than at its beginning" },
    { "[ 1 ]", "odd.json: not a JSON object" },
    { "", "odd.json: not a JSON object" },
  };
  g_autofree char *folder = new_folder ();
  g_autofree char *path = g_build_filename (folder, "odd.json", NULL);

  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_true (g_file_set_contents (path, cases[i].text, -1, NULL));
      g_assert_null (lw_arm_profile_load (path, &error));
      g_assert_cmpstr (error->message, ==, cases[i].message);
      g_assert_true (error->domain == LW_PROFILE_ERROR);
    }
  {
    g_autoptr (GError) error = NULL;
    g_autofree char   *absent = g_build_filename (folder, "absent.json", NULL);

    g_assert_null (lw_arm_profile_load (absent, &error));
    g_assert_error (error, LW_PROFILE_ERROR, LW_PROFILE_ERROR_FILE);
    g_assert_nonnull (strstr (error->message, "absent.json"));
  }
  {
    g_autoptr (GError) error = NULL;

    g_assert_true (g_file_set_contents (path, "{ \"title\": ", -1, NULL));
    g_assert_null (lw_arm_profile_load (path, &error));
    g_assert_error (error, LW_PROFILE_ERROR, LW_PROFILE_ERROR_SYNTAX);
    g_assert_true (g_str_has_prefix (error->message, "odd.json: "));
  }
  remove_folder (folder);
}

/* A folder later in the list has the last word; a file that cannot be read is named and does no harm to the others. */
static void
test_list (void)
{
  g_autofree char      *installed = lw_test_data_path ("arms");
  g_autofree char      *mine = new_folder ();
  g_autofree char      *path = g_build_filename (mine, "so-101.json", NULL);
  g_autofree char      *odd = g_build_filename (mine, "odd.json", NULL);
  const char *const     folders[] = { installed, mine, "/nowhere/at/all", NULL };
  g_autoptr (GPtrArray) problems = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) profiles = NULL;
  LwArmProfile         *so = load ("so-101");
  guint                 found = 0;

  g_free (so->title);
  so->title = g_strdup ("My own");
  g_assert_true (lw_arm_profile_save (so, path, NULL));
  g_assert_true (g_file_set_contents (odd, "{", -1, NULL));
  profiles = lw_arm_profile_list (folders, problems);
  for (guint i = 0; i < profiles->len; i++)
    {
      LwArmProfile *profile = profiles->pdata[i];

      if (strcmp (profile->id, "so-101") == 0)
        {
          g_assert_cmpstr (profile->title, ==, "My own");
          found++;
        }
    }
  g_assert_cmpuint (found, ==, 1);
  g_assert_cmpuint (profiles->len, ==, G_N_ELEMENTS (real_arms) + G_N_ELEMENTS (simulated_arms));
  g_assert_cmpuint (problems->len, ==, 1);
  g_assert_true (g_str_has_prefix (problems->pdata[0], "odd.json: "));
  lw_arm_profile_free (so);
  remove_folder (mine);
}

static void
test_from_model (void)
{
  g_autofree char   *path = lw_test_data_path ("arms/arm-7.xml");
  LwSimError         problem = { "" };
  LwArmModel        *model = lw_arm_model_load (path, NULL, &problem), *other;
  LwArmProfile      *profile = lw_arm_profile_from_model (model, path, LW_PROTOCOL_LINES, 21);
  g_autofree char   *desk = lw_test_data_path ("arms/desk-6.xml");
  g_autoptr (GError) error = NULL;
  LwCalibration      centre, made;

  g_assert_true (lw_arm_profile_check (profile, model, &error));
  g_assert_cmpstr (profile->id, ==, "arm-7");
  g_assert_cmpint (profile->protocol, ==, LW_PROTOCOL_LINES);
  lw_calibration_centre (model, &centre);
  lw_arm_profile_calibration (profile, &made);
  for (size_t j = 0; j < 7; j++)
    {
      g_assert_cmpuint (profile->joints[j].id, ==, 21 + j);
      g_assert_cmpfloat (profile->joints[j].lower, ==, lw_arm_model_joints (model)[j].lower);
      g_assert_cmpfloat (made.zero[j], ==, centre.zero[j]);
      g_assert_cmpfloat (made.sign[j], ==, centre.sign[j]);
    }

  other = lw_arm_model_load (desk, NULL, &problem);
  g_assert_false (lw_arm_profile_check (profile, other, &error));
  g_assert_error (error, LW_PROFILE_ERROR, LW_PROFILE_ERROR_VALUE);
  g_assert_nonnull (strstr (error->message, "has 7 joints"));
  g_clear_error (&error);
  g_strlcpy (profile->joints[2].name, "else", sizeof profile->joints[2].name);
  g_assert_false (lw_arm_profile_check (profile, model, &error));
  g_assert_nonnull (strstr (error->message, "joint 3 is “else”"));
  lw_arm_profile_free (profile);
  lw_arm_model_unref (other);
  lw_arm_model_unref (model);
}

/* The simulated arms' profiles are what the simulated bus does. */
static void
test_simulated_calibration (void)
{
  for (size_t i = 0; i < G_N_ELEMENTS (simulated_arms); i++)
    {
      LwArmProfile *profile = load (simulated_arms[i]);
      LwSimError    problem = { "" };
      LwArmModel   *model = lw_arm_model_load (profile->model, NULL, &problem);
      LwCalibration centre, made;

      lw_calibration_centre (model, &centre);
      lw_arm_profile_calibration (profile, &made);
      for (size_t j = 0; j < profile->n_joints; j++)
        lw_assert_close (made.zero[j], centre.zero[j], 0, 1e-12);
      lw_arm_model_unref (model);
      lw_arm_profile_free (profile);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/arm-profile/installed", test_installed);
  g_test_add_func ("/arm-profile/servos", test_servos);
  g_test_add_func ("/arm-profile/round-trip", test_round_trip);
  g_test_add_func ("/arm-profile/model-beside", test_model_beside);
  g_test_add_func ("/arm-profile/refused", test_refused);
  g_test_add_func ("/arm-profile/list", test_list);
  g_test_add_func ("/arm-profile/from-model", test_from_model);
  g_test_add_func ("/arm-profile/simulated-calibration", test_simulated_calibration);
  return g_test_run ();
}
