/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-test-paths.h"

char *
lw_test_shared_path (const char *name)
{
  const char *dir = g_getenv ("LW_SHARED_DIR");

  if (dir == NULL || !g_file_test (dir, G_FILE_TEST_IS_DIR)) {
    g_autofree char *reason = g_strdup_printf ("no shared data for %s: LW_SHARED_DIR is %s", name, dir != NULL ? dir : "not set");
    g_test_skip (reason);
    return NULL;
  }
  char *path = g_build_filename (dir, name, NULL);
  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    g_error ("%s is missing from the shared data", path);
  return path;
}

char *
lw_test_data_path (const char *name)
{
  const char *dir = g_getenv ("LW_DATA_DIR");

  if (dir == NULL)
    g_error ("LW_DATA_DIR is not set: run the test through meson");
  char *path = g_build_filename (dir, name, NULL);
  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    g_error ("%s is missing from the project's data", path);
  return path;
}

gboolean
lw_test_is_long (void)
{
  return g_strcmp0 (g_getenv ("LW_LONG"), "1") == 0;
}
