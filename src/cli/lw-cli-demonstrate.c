/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gi18n.h>
#include <math.h>
#include <stdio.h>

#include "lw-cli.h"
#include "lw-paths.h"
#include "lw-skill.h"
#include "lw-task-set.h"

static const char description[] =
  "Writes demonstrations that a task makes by itself, without hand or arm: for trying out, for tests, and for\n"
  "the sample project, whose file was made by\n"
  "  lampwork-cli demonstrate --task reach-target --count 24 --seed 2 --rate 25 --output reach-target.csv\n"
  "Times, angles and contexts are rounded to six decimals. The same options give the same file.";

static double
rounded (double x)
{
  return round (x * 1e6) / 1e6 + 0.0; /* no -0 */
}

/* The same movement at about @rate, first and last point kept. */
static LwTrajectory *
resample (const LwTrajectory *in, double rate)
{
  double duration = lw_trajectory_duration (in);
  size_t n = MAX ((size_t) lround (duration * rate), 1) + 1;
  LwTrajectory *out = lw_trajectory_new (n, in->n_joints);

  for (size_t i = 0; out != NULL && i < n; i++)
    {
      double *q = lw_mat_row (&out->q, i);

      out->t[i] = rounded (duration * (double) i / (double) (n - 1));
      lw_trajectory_at (in, in->t[0] + out->t[i], q);
      for (size_t j = 0; j < in->n_joints; j++)
        q[j] = rounded (q[j]);
    }
  return out;
}

static LwDemonstrations *
make (const LwTask *task, size_t n, guint64 seed, double rate, GError **error)
{
  g_autoptr (LwDemonstrations) set = lw_demonstrations_new (n, task->info.n_joints, task->info.n_context);
  gboolean whole = TRUE;

  if (set != NULL)
    {
      set->trajectories = g_new0 (LwTrajectory *, n);
      set->ids = g_new (int64_t, n);
      for (size_t i = 0; i < n; i++)
        set->ids[i] = (int64_t) i + 1;
      lw_task_set_name_contexts (set, task);
      if (!lw_task_demonstrate_trajectories (task, n, seed, &set->contexts, set->trajectories, error))
        return NULL;
    }
  for (size_t i = 0; set != NULL && whole && i < n; i++)
    {
      LwTrajectory *fine = set->trajectories[i];

      set->trajectories[i] = resample (fine, rate);
      lw_trajectory_unref (fine);
      whole = set->trajectories[i] != NULL;
      for (size_t j = 0; j < set->n_context; j++)
        lw_mat_set (&set->contexts, i, j, rounded (lw_mat_get (&set->contexts, i, j)));
    }
  if (set == NULL || !whole)
    {
      lw_job_set_error (error, LW_ERR_MEMORY, "%zu demonstrations", n);
      return NULL;
    }
  return g_steal_pointer (&set);
}

int
lw_cli_demonstrate (int argc, char **argv)
{
  g_autofree char *task_id = NULL, *output = NULL;
  int count = 24, code = 0;
  gint64 seed = 1;
  double rate = 25.0;
  g_autoptr (GError) error = NULL;
  g_autoptr (LwDemonstrations) set = NULL;
  LwTask *task;
  gboolean ok;
  const GOptionEntry options[] = {
    { "task", 0, 0, G_OPTION_ARG_STRING, &task_id, N_("Whose demonstrations (reach-target)"), "TASK" },
    { "count", 'n', 0, G_OPTION_ARG_INT, &count, N_("How many (24)"), "N" },
    { "seed", 0, 0, G_OPTION_ARG_INT64, &seed, N_("Seed; the same seed gives the same file (1)"), "N" },
    { "rate", 0, 0, G_OPTION_ARG_DOUBLE, &rate, N_("Samples a second, above 0 to 1000 (25)"), "HZ" },
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &output, N_("The .csv file to write"), "FILE" },
    { NULL },
  };

  if (!lw_cli_parse ("demonstrate", "", description, options, &argc, &argv, &code))
    return code;
  if (argc != 1)
    return lw_cli_fail (LW_CLI_USAGE, _("demonstrate: “%s” is not an option; see lampwork-cli demonstrate --help"), argv[1]);
  if (output == NULL || !g_str_has_suffix (output, ".csv"))
    return lw_cli_fail (LW_CLI_USAGE, _("demonstrate: say where to with --output FILE.csv"));
  if (count < 1 || seed < 0 || !(rate > 0.0 && rate <= 1000.0))
    return lw_cli_fail (LW_CLI_USAGE, _("demonstrate: --count is at least 1, --seed not negative, --rate above 0 to 1000 Hz"));

  task = lw_task_new (task_id != NULL ? task_id : "reach-target", lw_path_arms (), &error);
  if (task == NULL)
    return lw_cli_fail_error (error);
  set = make (task, (size_t) count, (guint64) seed, rate, &error);
  ok = set != NULL && lw_csv_write (set, output, &error);
  lw_task_free (task);
  if (!ok)
    return lw_cli_fail_error (error);
  printf (_("%d demonstrations written to %s\n"), count, output);
  return LW_CLI_OK;
}
