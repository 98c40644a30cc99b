/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <gio/gio.h>
#include <glib/gstdio.h>

#include "lw-config.h"
#include "lw-paths.h"

/* The first answer stands for the life of a process: each question has a process of its own. */

static void
test_environment (void)
{
  if (g_test_subprocess ())
    {
      g_setenv ("LW_DATA_DIR", "/some/where", TRUE);
      g_assert_cmpstr (lw_path_data (), ==, "/some/where");
      g_assert_cmpstr (lw_path_arms (), ==, "/some/where/arms");
      g_assert_cmpstr (lw_path_samples (), ==, "/some/where/samples");
      g_setenv ("LW_DATA_DIR", "/else/where", TRUE);
      g_assert_true (lw_path_data () == lw_path_data ());
      g_assert_cmpstr (lw_path_data (), ==, "/some/where");
      return;
    }
  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_passed ();
}

static void
test_prefix (void)
{
  if (g_test_subprocess ())
    {
      g_setenv ("LW_DATA_DIR", "", TRUE);
      g_assert_cmpstr (lw_path_data (), ==, LW_PKGDATADIR);
      return;
    }
  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_passed ();
}

/* A program in TREE/bin finds TREE/share/lampwork: this one, copied there. */
static void
test_beside_the_program (void)
{
  g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL), *tree = g_dir_make_tmp ("lampwork-paths-XXXXXX", NULL);
  g_autofree char *bin = g_build_filename (tree, "bin", NULL), *program = g_build_filename (bin, "test-paths", NULL);
  g_autofree char *share = g_build_filename (tree, "share", NULL), *data = g_build_filename (share, "lampwork", NULL), *out = NULL;
  g_autoptr (GFile) from = g_file_new_for_path (self), to = g_file_new_for_path (program);
  g_auto (GStrv) environment = g_environ_unsetenv (g_get_environ (), "LW_DATA_DIR");
  char *argv[] = { program, (char *) "--where", NULL };
  GError *error = NULL;

  g_assert_cmpint (g_mkdir_with_parents (bin, 0700), ==, 0);
  g_assert_cmpint (g_mkdir_with_parents (data, 0700), ==, 0);
  g_file_copy (from, to, G_FILE_COPY_NONE, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  g_spawn_sync (NULL, argv, environment, G_SPAWN_DEFAULT, NULL, NULL, &out, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (out, ==, data);
  g_remove (program);
  g_rmdir (bin);
  g_rmdir (data);
  g_rmdir (share);
  g_rmdir (tree);
}

int
main (int argc, char **argv)
{
  if (argc == 2 && g_str_equal (argv[1], "--where"))
    {
      g_print ("%s", lw_path_data ());
      return 0;
    }
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/paths/environment", test_environment);
  g_test_add_func ("/paths/prefix", test_prefix);
  g_test_add_func ("/paths/beside-the-program", test_beside_the_program);
  return g_test_run ();
}
