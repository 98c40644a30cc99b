/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-database.h"
#include "lw-project.h"
#include "lw-test-store.h"

static const char profile[] = "{ \"title\": \"SO-101\" }";
static const char calibration[] = "{ \"profile\": \"so-101\" }";

static gint64
begin (LwProject *project)
{
  g_autoptr (GError) error = NULL;
  gint64 id = lw_project_begin_demonstration (project, "so-101", 6, "A3F9", NULL, &error);

  g_assert_no_error (error);
  return id;
}

static void
check_arm (LwProject *project, gint64 id, const char *wanted_profile, const char *wanted_calibration)
{
  g_autofree char *got_profile = NULL, *got_calibration = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (lw_project_load_arm (project, id, &got_profile, &got_calibration, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (got_profile, ==, wanted_profile);
  g_assert_cmpstr (got_calibration, ==, wanted_calibration);
}

/* What was used is there after reopening; recordings that used the same share it. */
static void
test_kept (LwTestPlace *place, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  LwProject *project = lw_test_open (place->path);
  gint64 ids[4], n;

  for (int i = 0; i < 4; i++)
    ids[i] = begin (project);
  g_assert_true (lw_project_set_arm (project, ids[0], profile, calibration, &error));
  g_assert_true (lw_project_set_arm (project, ids[1], profile, calibration, &error));
  g_assert_true (lw_project_set_arm (project, ids[2], profile, NULL, &error));
  lw_test_close (project);

  project = lw_test_open (place->path);
  check_arm (project, ids[0], profile, calibration);
  check_arm (project, ids[1], profile, calibration);
  check_arm (project, ids[2], profile, NULL);
  check_arm (project, ids[3], NULL, NULL);
  {
    g_autoptr (LwDatabase) db = lw_database_open_reader (place->path, &error);

    g_assert_true (lw_database_integer (db, "SELECT count(*) FROM arm", &n, &error));
    g_assert_cmpint (n, ==, 2);
  }

  /* Once, of a recording that is there, and JSON. */
  g_assert_false (lw_project_set_arm (project, ids[0], profile, NULL, &error));
  g_assert_error (error, LW_PROJECT_ERROR, LW_PROJECT_ERROR_WRITE);
  g_clear_error (&error);
  g_assert_false (lw_project_set_arm (project, 999, profile, NULL, &error));
  g_assert_error (error, LW_PROJECT_ERROR, LW_PROJECT_ERROR_WRITE);
  g_clear_error (&error);
  g_assert_false (lw_project_set_arm (project, ids[3], "so-101", NULL, &error));
  g_assert_error (error, LW_PROJECT_ERROR, LW_PROJECT_ERROR_INVALID);
  g_clear_error (&error);
  g_assert_false (lw_project_set_arm (project, ids[3], profile, "{", &error));
  g_assert_error (error, LW_PROJECT_ERROR, LW_PROJECT_ERROR_INVALID);
  g_clear_error (&error);
  check_arm (project, ids[0], profile, calibration);
  check_arm (project, ids[3], NULL, NULL);
  lw_test_close (project);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/project-arms/kept", LwTestPlace, NULL, lw_test_place_init, test_kept, lw_test_place_clear);
  return g_test_run ();
}
