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

static char *
find_check_model (void)
{
  static const char *const places[] = { "../libexec/lampwork-check-model", "lampwork-check-model", "../cli/lampwork-check-model" };
  const char *wanted = g_getenv ("LW_CHECK_MODEL");
  g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *bin = self != NULL ? g_path_get_dirname (self) : NULL;

  if (wanted != NULL && *wanted != '\0')
    return g_strdup (wanted);
  for (gsize i = 0; bin != NULL && i < G_N_ELEMENTS (places); i++)
    {
      g_autofree char *path = g_build_filename (bin, places[i], NULL);

      if (g_file_test (path, G_FILE_TEST_IS_EXECUTABLE))
        return g_canonicalize_filename (path, NULL);
    }
  return g_build_filename (LW_LIBEXECDIR, "lampwork-check-model", NULL);
}

const char *
lw_path_check_model (void)
{
  static gsize once;
  static char *path;

  if (g_once_init_enter (&once))
    {
      path = find_check_model ();
      g_once_init_leave (&once, 1);
    }
  return path;
}
