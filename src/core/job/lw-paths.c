/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-paths.h"

#include <glib.h>

#include "lw-config.h"

static char *
find_data (void)
{
  const char *wanted = g_getenv ("LW_DATA_DIR");
  g_autofree char *self = NULL;

  if (wanted != NULL && *wanted != '\0')
    return g_strdup (wanted);

  self = g_file_read_link ("/proc/self/exe", NULL);
  if (self != NULL)
    {
      g_autofree char *bin = g_path_get_dirname (self);
      g_autofree char *beside = g_build_filename (bin, "..", "share", "lampwork", NULL);

      if (g_file_test (beside, G_FILE_TEST_IS_DIR))
        return g_canonicalize_filename (beside, NULL);
    }
  return g_strdup (LW_PKGDATADIR);
}

const char *
lw_path_data (void)
{
  static gsize once;
  static char *path;

  if (g_once_init_enter (&once))
    {
      path = find_data ();
      g_once_init_leave (&once, 1);
    }
  return path;
}

static const char *
below (gsize *once, char **path, const char *name)
{
  if (g_once_init_enter (once))
    {
      *path = g_build_filename (lw_path_data (), name, NULL);
      g_once_init_leave (once, 1);
    }
  return *path;
}

const char *
lw_path_arms (void)
{
  static gsize once;
  static char *path;

  return below (&once, &path, "arms");
}

const char *
lw_path_samples (void)
{
  static gsize once;
  static char *path;

  return below (&once, &path, "samples");
}
