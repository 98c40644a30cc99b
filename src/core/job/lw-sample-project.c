/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-sample-project.h"

#include <errno.h>
#include <glib/gstdio.h>

#include "lw-project.h"

gboolean
lw_sample_project_create (const char *path, const char *samples_dir, GError **error)
{
  g_autofree char *source = g_build_filename (samples_dir, "reach-target.csv", NULL);
  g_autofree char *beside = g_strconcat (path, ".part", NULL);
  g_autoptr (LwDemonstrations) set = lw_csv_read (source, 0.0, error);
  LwProject *project;
  gboolean ok;

  if (set == NULL)
    return FALSE;
  g_unlink (beside);
  project = lw_project_open (beside, error);
  if (project == NULL)
    return FALSE;
  ok = lw_project_add_demonstrations (project, "arm-7", set, error);
  lw_project_close (project); /* folds the write-ahead log back into the file */
  g_object_unref (project);
  if (ok && g_rename (beside, path) != 0)
    {
      g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (errno), "%s: %s", path, g_strerror (errno));
      ok = FALSE;
    }
  if (!ok)
    g_unlink (beside);
  return ok;
}
