/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gi18n.h>
#include <string.h>

#include "lw-cli.h"
#include "lw-skill.h"

LwProject *
lw_cli_open_project (const char *path, GError **error)
{
  if (g_file_test (path, G_FILE_TEST_EXISTS))
    return lw_project_open (path, error);
  g_set_error (error, LW_IMPORT_ERROR, LW_IMPORT_ERROR_OPEN, _("%s: there is no such file"), path);
  return NULL;
}

static LwDemonstrations *
read_project (const char *path, GError **error)
{
  g_autoptr (LwProject) project = lw_cli_open_project (path, error);
  LwDemonstrations *set;

  if (project == NULL)
    return NULL;
  set = lw_project_load_set (project, error);
  if (set == NULL)
    g_prefix_error (error, "%s: ", path);
  lw_project_close (project);
  return set;
}

gboolean
lw_cli_check_components (const char *file, int components, size_t n, GError **error)
{
  if (components == LW_CLI_NO_NUMBER || (size_t) components <= n)
    return TRUE;
  g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, _("%s: %d components asked for, but there are only %zu demonstrations"), file, components, n);
  return FALSE;
}

static void
show (double fraction, const char *what, gpointer progress)
{
  if (progress != NULL)
    lw_cli_progress_show (progress, fraction, what);
}

LwSkill *
lw_cli_fit_set (const LwDemonstrations *set, const LwFitSettings *settings, LwCliProgress *progress, GError **error)
{
  LwSkill *skill = lw_skill_fit (set, settings, show, progress, &lw_cli_stop, error);

  if (progress != NULL)
    lw_cli_progress_end (progress);
  if (skill != NULL && skill->lowered)
    g_printerr (_("lampwork-cli: note: %zu demonstrations allow %zu components with %zu latent dimensions; %zu and %zu were asked for\n"),
                set->n, skill->K, skill->d, settings->K, settings->d);
  return skill;
}

LwDemonstrations *
lw_cli_read_demonstrations (const LwCliInput *input, GError **error)
{
  if (g_str_has_suffix (input->file, ".npy"))
    {
      if (input->context_dim < 0 || input->basis <= 0)
        {
          g_set_error (error, LW_IMPORT_ERROR, LW_IMPORT_ERROR_SHAPE,
                       _("%s: a matrix of parameters needs --context-dim (columns before the duration) and --basis (weights a joint)"), input->file);
          return NULL;
        }
      return lw_npy_read_demonstrations (input->file, (size_t) input->context_dim, (size_t) input->basis, error);
    }
  if (g_str_has_suffix (input->file, ".lampwork"))
    return read_project (input->file, error);
  return lw_csv_read (input->file, input->rate, error);
}
