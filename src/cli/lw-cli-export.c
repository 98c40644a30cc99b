/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>

#include "lw-cli.h"
#include "lw-npy.h"

static const char description[] =
  "Writes what a project holds into the folder DIR, which is made when it is missing:\n"
  "  demonstrations.csv   every demonstration in use: demo, t (s), joints (rad), contexts\n"
  "  model/NAME.npy       the newest model's arrays and model/settings.json\n"
  "  runs/ID.jsonl        one JSON object an iteration, as \"learn --json\" prints them\n"
  "  runs/ID-changes.csv  settings changed while a run was going\n\n"
  "Example: lampwork-cli export session.lampwork out";

static gboolean
make_folder (const char *path, GError **error)
{
  if (g_mkdir_with_parents (path, 0777) == 0)
    return TRUE;
  g_set_error (error, LW_IMPORT_ERROR, LW_IMPORT_ERROR_WRITE, _("%s: the folder cannot be made: %s"), path, g_strerror (errno));
  return FALSE;
}

static gboolean
write_text (const char *dir, const char *name, const char *text, GError **error)
{
  g_autofree char *path = g_build_filename (dir, name, NULL);

  return g_file_set_contents (path, text, -1, error); /* written beside and renamed */
}

static gboolean
export_demonstrations (LwProject *project, const char *dir, size_t *n, GError **error)
{
  g_autofree char *path = g_build_filename (dir, "demonstrations.csv", NULL);
  g_autoptr (GError) own = NULL;
  g_autoptr (LwDemonstrations) set = lw_project_load_set (project, &own);

  *n = 0;
  if (g_error_matches (own, LW_PROJECT_ERROR, LW_PROJECT_ERROR_NOT_FOUND)) /* none in use */
    return TRUE;
  if (set == NULL)
    {
      g_propagate_error (error, g_steal_pointer (&own));
      return FALSE;
    }
  *n = set->n;
  return lw_csv_write (set, path, error);
}

static gboolean
export_model (LwProject *project, const char *dir, gboolean *found, GError **error)
{
  g_autofree char *folder = g_build_filename (dir, "model", NULL);
  g_autoptr (GError) own = NULL;
  LwArrays arrays;
  g_autofree char *settings = lw_project_load_model (project, 0, NULL, &arrays, &own);
  gboolean ok = TRUE;

  *found = settings != NULL;
  if (settings == NULL)
    {
      if (g_error_matches (own, LW_PROJECT_ERROR, LW_PROJECT_ERROR_NOT_FOUND))
        return TRUE;
      g_propagate_error (error, g_steal_pointer (&own));
      return FALSE;
    }
  ok = make_folder (folder, error);
  for (size_t i = 0; ok && i < arrays.n_items; i++)
    {
      g_autofree char *file = g_strconcat (arrays.items[i].name, ".npy", NULL);
      g_autofree char *path = g_build_filename (folder, file, NULL);

      ok = lw_npy_write (path, &arrays.items[i].mat, error);
    }
  lw_arrays_clear (&arrays);
  return ok && write_text (folder, "settings.json", settings, error);
}

static gboolean
export_run (LwProject *project, const char *folder, const LwRunInfo *run, GError **error)
{
  g_autoptr (GPtrArray) reports = lw_project_load_reports (project, run->id, error);
  g_autoptr (GArray) changes = NULL;
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree char *name = g_strdup_printf ("%" G_GINT64_FORMAT ".jsonl", run->id);
  g_autofree char *changes_name = g_strdup_printf ("%" G_GINT64_FORMAT "-changes.csv", run->id);
  char number[G_ASCII_DTOSTR_BUF_SIZE];

  if (reports == NULL)
    return FALSE;
  for (guint i = 0; i < reports->len; i++)
    g_string_append_printf (text, "%s\n", (const char *) g_ptr_array_index (reports, i));
  if (!write_text (folder, name, text->str, error))
    return FALSE;
  changes = lw_project_load_setting_changes (project, run->id, error);
  if (changes == NULL)
    return FALSE;
  g_string_assign (text, "iteration,setting,value\n");
  for (guint i = 0; i < changes->len; i++)
    {
      const LwSettingChange *c = &g_array_index (changes, LwSettingChange, i);

      g_string_append_printf (text, "%u,%s,%s\n", c->iteration, c->name, g_ascii_dtostr (number, sizeof number, c->value));
    }
  return changes->len == 0 || write_text (folder, changes_name, text->str, error);
}

static gboolean
export_runs (LwProject *project, const char *dir, size_t *n, GError **error)
{
  g_autofree char *folder = g_build_filename (dir, "runs", NULL);
  g_autoptr (GPtrArray) runs = lw_project_list_runs (project, error);

  if (runs == NULL)
    return FALSE;
  *n = runs->len;
  if (runs->len > 0 && !make_folder (folder, error))
    return FALSE;
  for (guint i = 0; i < runs->len; i++)
    if (!export_run (project, folder, g_ptr_array_index (runs, i), error))
      return FALSE;
  return TRUE;
}

int
lw_cli_export (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LwProject) project = NULL;
  size_t n_demonstrations = 0, n_runs = 0;
  gboolean has_model = FALSE, ok;
  int code = 0;
  const GOptionEntry options[] = { { NULL } };

  if (!lw_cli_parse ("export", "PROJECT.lampwork DIR", description, options, &argc, &argv, &code))
    return code;
  if (argc != 3)
    return lw_cli_fail (LW_CLI_USAGE, _("export: name a project and a folder; see lampwork-cli export --help"));
  project = lw_cli_open_project (argv[1], &error);
  if (project == NULL)
    return lw_cli_fail_error (error);
  if (!make_folder (argv[2], &error))
    {
      lw_project_close (project);
      return lw_cli_fail_error (error);
    }
  ok = export_demonstrations (project, argv[2], &n_demonstrations, &error) && export_model (project, argv[2], &has_model, &error) &&
       export_runs (project, argv[2], &n_runs, &error);
  lw_project_close (project);
  if (!ok)
    return lw_cli_fail_error (error);
  printf (_("%zu demonstrations, %s, %zu runs written to %s\n"), n_demonstrations, has_model ? _("one model") : _("no model"), n_runs, argv[2]);
  return LW_CLI_OK;
}
