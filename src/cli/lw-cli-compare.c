/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gi18n.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "lw-cli-plot.h"
#include "lw-cli.h"
#include "lw-compare.h"
#include "lw-learn-settings.h"
#include "lw-paths.h"

static const char description[] =
  "Every algorithm meets the same demonstrations, contexts and random numbers, seed by seed; the model of a\n"
  "task and seed is fitted once and shared. Runs use all processors; their number changes no bit.\n"
  "An algorithm is a name, or NAME:published (lampo as in the published experiments, with their model), or\n"
  "LABEL=NAME, so that one algorithm can be there with several settings.\n\n"
  "The table has one row a task, algorithm, seed and iteration (0 is imitation): episodes, return,\n"
  "return_ci95, success, J, kl, ess, entropy, seconds, error. A .csv has the rows, a .json also the settings\n"
  "and the summary over the seeds: mean, 95 % CI by Student's t, median, n. A run that fails is a row that\n"
  "says why; Ctrl+C writes what there is, and rows that say “stopped” for what there is not.\n\n"
  "Tables of --seed-range parts, from several machines, become the table of one run with --merge.\n\n"
  "Examples:\n"
  "  lampwork-cli compare --task reacher-1,reacher-4 --algorithms lampo,lampo:published --seeds 5\n"
  "  lampwork-cli compare --task reach-target --demonstrations reach.npy --generate 200 \\\n"
  "    --algorithms lampo,wide=lampo --set wide:kl_bound=0.5 --output table.json --plot curves.pdf\n"
  "  lampwork-cli compare --task reacher-4 --algorithms lampo --seed-range 6-10 --output part-2.json\n"
  "  lampwork-cli compare --merge part-1.json part-2.json --output table.csv --plot curves.svg";

typedef struct {
  char     *tasks, *algorithms, *seed_range, *plot;
  char    **demonstrations, **set, **outputs;
  int       seeds, episodes, evaluate, iterations, made, context_dim, basis, components, latent, jobs;
  double    rate, noise;
  gboolean  merge, no_times;
} Options;

static void
options_clear (Options *self)
{
  g_free (self->tasks);
  g_free (self->algorithms);
  g_free (self->seed_range);
  g_free (self->plot);
  g_strfreev (self->demonstrations);
  g_strfreev (self->set);
  g_strfreev (self->outputs);
}

/* ---- what is shown ---- */

/* The first few by name; the rest is in the table. */
static int
say_failed (const LwCompareTable *table)
{
  enum { MOST = 3 };
  guint failed = lw_compare_table_count_failed (table), said = 0;

  for (guint i = 0; i < table->rows->len && said < MOST; i++)
    {
      const LwCompareRow *row = &g_array_index (table->rows, LwCompareRow, i);

      if (row->error == NULL || strcmp (row->error, LW_COMPARE_STOPPED) == 0)
        continue;
      said++;
      lw_cli_fail (LW_CLI_FAILED, _("compare: %s, %s, seed %" G_GUINT64_FORMAT ", iteration %u: %s"), row->task, row->algorithm,
                   row->seed, row->iteration, row->error);
    }
  if (!lw_compare_table_is_complete (table))
    return lw_cli_fail (LW_CLI_FAILED, _("compare: stopped; the table is not complete, its rows say where"));
  return failed > 0
           ? lw_cli_fail (LW_CLI_FAILED, g_dngettext (NULL, "compare: %u run failed", "compare: %u runs failed", failed), failed)
           : LW_CLI_OK;
}

/* Everything asked for, of a whole or a partial table. */
static int
put_out (const Options *o, const LwCompareTable *table)
{
  g_autoptr (GArray) summary = lw_compare_table_summarise (table);
  g_autoptr (GError) error = NULL;

  for (gsize i = 0; o->outputs != NULL && o->outputs[i] != NULL; i++)
    if (!lw_compare_table_write (table, o->outputs[i], !o->no_times, &error))
      return lw_cli_fail_error (error);
  lw_cli_print_comparison (summary);
  if (o->plot != NULL && summary->len > 0 && !lw_cli_plot_comparison (summary, o->plot, &error))
    return lw_cli_fail_error (error);
  return say_failed (table);
}

static void
on_progress (const LwCompareProgress *p, gpointer data)
{
  g_autofree char *what = g_strdup_printf (_("%u of %u runs"), p->done, p->n);

  lw_cli_progress_show (data, p->fraction, what);
}

/* ---- what is asked for ---- */

/* FALSE after saying what is wrong. */
static gboolean
check (const Options *o)
{
  g_autoptr (GError) error = NULL;

  if (!lw_cli_is_number (o->seeds, 1) || !lw_cli_is_number (o->episodes, 1) || !lw_cli_is_number (o->evaluate, 1)
      || !lw_cli_is_number (o->made, 1) || !lw_cli_is_number (o->basis, 1) || !lw_cli_is_number (o->components, 1)
      || !lw_cli_is_number (o->latent, 1) || !lw_cli_is_number (o->jobs, 1))
    lw_cli_fail (LW_CLI_USAGE, _("compare: numbers are at least 1"));
  else if (o->iterations < 0)
    lw_cli_fail (LW_CLI_USAGE, _("compare: --iterations cannot be negative"));
  else if (!lw_cli_is_amount (o->noise))
    lw_cli_fail (LW_CLI_USAGE, _("compare: --context-noise is finite and not negative"));
  else if (o->seeds != LW_CLI_NO_NUMBER && o->seed_range != NULL)
    lw_cli_fail (LW_CLI_USAGE, _("compare: --seeds N is --seed-range 1-N; give one of them"));
  else if (o->plot != NULL && !lw_cli_plot_check (o->plot, &error))
    lw_cli_fail_error (error);
  else
    {
      for (gsize i = 0; o->outputs != NULL && o->outputs[i] != NULL; i++)
        if (!lw_compare_table_check_path (o->outputs[i], &error))
          {
            lw_cli_fail_error (error);
            return FALSE;
          }
      return TRUE;
    }
  return FALSE;
}

static gboolean
take_seeds (const Options *o, LwCompareSettings *settings, GError **error)
{
  g_auto (GStrv) ends = o->seed_range != NULL ? g_strsplit (o->seed_range, "-", 2) : NULL;
  guint64 first = 1, last = o->seeds != LW_CLI_NO_NUMBER ? (guint64) o->seeds : 10;

  if (ends != NULL &&
      (g_strv_length (ends) != 2 || !g_ascii_string_to_unsigned (ends[0], 10, 0, G_MAXINT64, &first, NULL) ||
       !g_ascii_string_to_unsigned (ends[1], 10, first, G_MAXINT64, &last, NULL)))
    {
      g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, _("--seed-range is FIRST-LAST, such as 6-10, not “%s”"),
                   o->seed_range);
      return FALSE;
    }
  settings->first_seed = first;
  settings->last_seed = last;
  return TRUE;
}

/* The file among "FILE" or "TASK=FILE" that is meant for @task; NULL: none. */
static const char *
file_for (const Options *o, const char *task, gboolean only)
{
  gsize length = strlen (task);

  for (gsize i = 0; o->demonstrations != NULL && o->demonstrations[i] != NULL; i++)
    {
      if (strncmp (o->demonstrations[i], task, length) == 0 && o->demonstrations[i][length] == '=')
        return o->demonstrations[i] + length + 1;
      if (only)
        return o->demonstrations[i];
    }
  return NULL;
}

/* FALSE, with @error, for a file that no task takes. */
static gboolean
check_files (const Options *o, char **tasks, GError **error)
{
  gboolean only = g_strv_length (tasks) == 1;

  for (gsize i = 0; o->demonstrations != NULL && o->demonstrations[i] != NULL; i++)
    {
      gboolean taken = FALSE;

      for (gsize t = 0; tasks[t] != NULL && !taken; t++)
        {
          const char *given = o->demonstrations[i], *file = file_for (o, tasks[t], only);

          /* The very file of this option, not one of the same name. */
          taken = file != NULL && (file == given || file == given + strlen (tasks[t]) + 1);
        }
      if (taken)
        continue;
      g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT,
                   only ? _("--demonstrations “%s”: one task starts from one file")
                        : _("--demonstrations “%s”: with several tasks it is TASK=FILE, once a task"),
                   o->demonstrations[i]);
      return FALSE;
    }
  return TRUE;
}

static gboolean
take_task (const Options *o, LwCompareSettings *settings, const char *id, gboolean only, GError **error)
{
  const char *file = file_for (o, id, only);
  g_autofree char *name = file != NULL ? g_path_get_basename (file) : NULL;
  LwTask *task = lw_task_new (id, lw_path_arms (), error);
  LwDemonstrations *set = NULL;

  if (task != NULL && file != NULL)
    {
      LwCliInput input = { .file = (char *) file, .rate = o->rate };

      input.context_dim = o->context_dim >= 0 ? o->context_dim : (int) task->info.n_context;
      input.basis = o->basis != LW_CLI_NO_NUMBER ? o->basis : (int) task->info.n_basis;
      set = lw_cli_read_demonstrations (&input, error);
    }
  if (task != NULL && (file == NULL || set != NULL))
    lw_compare_settings_add_task (settings, id, set, name);
  lw_task_free (task);
  return task != NULL && (file == NULL || set != NULL);
}

static gboolean
take_settings (const Options *o, LwCompareSettings *settings, GError **error)
{
  g_auto (GStrv) tasks = g_strsplit (o->tasks != NULL ? o->tasks : "", ",", -1),
                 algorithms = g_strsplit (o->algorithms != NULL ? o->algorithms : "lampo", ",", -1);

  if (tasks[0] == NULL)
    {
      g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, _("compare: --task says what is to be learned"));
      return FALSE;
    }
  if (!take_seeds (o, settings, error) || !check_files (o, tasks, error))
    return FALSE;
  for (gsize i = 0; algorithms[i] != NULL; i++)
    if (!lw_compare_settings_add_algorithm (settings, algorithms[i], error))
      return FALSE;
  for (gsize i = 0; o->set != NULL && o->set[i] != NULL; i++)
    if (!lw_compare_settings_set (settings, o->set[i], error))
      return FALSE;
  for (gsize i = 0; tasks[i] != NULL; i++)
    if (!take_task (o, settings, tasks[i], tasks[1] == NULL, error))
      return FALSE;
  settings->iterations = (size_t) o->iterations;
  settings->episodes = o->episodes != LW_CLI_NO_NUMBER ? (size_t) o->episodes : 0;
  settings->evaluate = o->evaluate != LW_CLI_NO_NUMBER ? (size_t) o->evaluate : 0;
  settings->demonstrations = o->made != LW_CLI_NO_NUMBER ? (size_t) o->made : 0;
  settings->n_basis = o->basis != LW_CLI_NO_NUMBER ? (size_t) o->basis : 0;
  settings->K = o->components != LW_CLI_NO_NUMBER ? (size_t) o->components : 0;
  settings->d = o->latent != LW_CLI_NO_NUMBER ? (size_t) o->latent : 0;
  settings->context_noise = o->noise != LW_CLI_NO_AMOUNT ? o->noise : NAN;
  settings->jobs = o->jobs != LW_CLI_NO_NUMBER ? (guint) o->jobs : 0;
  return TRUE;
}

static int
compare (const Options *o)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LwCompareTable) table = NULL;
  LwCompareSettings settings;
  LwCliProgress progress;

  lw_compare_settings_init (&settings);
  lw_cli_progress_begin (&progress, TRUE);
  if (take_settings (o, &settings, &error))
    table = lw_compare_run (&settings, lw_path_arms (), on_progress, &progress, &lw_cli_stop, &error);
  lw_cli_progress_end (&progress);
  lw_compare_settings_clear (&settings);
  return table != NULL ? put_out (o, table) : lw_cli_fail_error (error);
}

/* ---- tables that are there ---- */

static int
merge (const Options *o, char **files, int n)
{
  g_autoptr (GPtrArray) tables = g_ptr_array_new_with_free_func ((GDestroyNotify) lw_compare_table_free);
  g_autoptr (LwCompareTable) all = NULL;
  g_autoptr (GError) error = NULL;

  for (int i = 0; i < n; i++)
    {
      LwCompareTable *table = lw_compare_table_read (files[i], &error);

      if (table == NULL)
        return lw_cli_fail_error (error);
      g_ptr_array_add (tables, table);
    }
  all = lw_compare_table_merge ((LwCompareTable *const *) tables->pdata, (const char *const *) files, (guint) n, &error);
  return all != NULL ? put_out (o, all) : lw_cli_fail_error (error);
}

int
lw_cli_compare (int argc, char **argv)
{
  Options o = { .seeds = LW_CLI_NO_NUMBER,
                .episodes = LW_CLI_NO_NUMBER,
                .evaluate = LW_CLI_NO_NUMBER,
                .iterations = 10,
                .made = LW_CLI_NO_NUMBER,
                .context_dim = -1,
                .basis = LW_CLI_NO_NUMBER,
                .components = LW_CLI_NO_NUMBER,
                .latent = LW_CLI_NO_NUMBER,
                .jobs = LW_CLI_NO_NUMBER,
                .noise = LW_CLI_NO_AMOUNT };
  g_autofree char *known = lw_learn_settings_list_algorithms (), *algorithm_help = g_strdup_printf (_("Of %s (lampo)"), known);
  int code = LW_CLI_USAGE;
  const GOptionEntry options[] = {
    { "task", 0, 0, G_OPTION_ARG_STRING, &o.tasks, N_("What is to be learned"), "TASK[,TASK…]" },
    { "algorithms", 0, 0, G_OPTION_ARG_STRING, &o.algorithms, algorithm_help, "A[,B…]" },
    { "seeds", 0, 0, G_OPTION_ARG_INT, &o.seeds, N_("Seeds 1 to N (10)"), "N" },
    { "seed-range", 0, 0, G_OPTION_ARG_STRING, &o.seed_range, N_("These seeds, to split the work over machines"), "FIRST-LAST" },
    { "episodes", 0, 0, G_OPTION_ARG_INT, &o.episodes, N_("Episodes an iteration (the task's)"), "N" },
    { "evaluate", 0, 0, G_OPTION_ARG_INT, &o.evaluate, N_("Test episodes an iteration (the task's)"), "N" },
    { "iterations", 0, 0, G_OPTION_ARG_INT, &o.iterations, N_("Iterations (10)"), "N" },
    { "demonstrations", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &o.demonstrations, N_("Demonstrations; a task without makes its own"),
      "[TASK=]FILE" },
    { "generate", 0, 0, G_OPTION_ARG_INT, &o.made, N_("How many a seed draws from FILE (all) or the task makes (100)"), "N" },
    { "context-dim", 0, 0, G_OPTION_ARG_INT, &o.context_dim, N_("Context columns of a .npy matrix (the task's)"), "N" },
    { "basis", 0, 0, G_OPTION_ARG_INT, &o.basis, N_("Basis functions a joint (the task's)"), "N" },
    { "rate", 0, 0, G_OPTION_ARG_DOUBLE, &o.rate, N_("Samples a second of a .csv without t"), "HZ" },
    { "components", 0, 0, G_OPTION_ARG_INT, &o.components, N_("Components of the shared mixture, K (the task's)"), "K" },
    { "latent", 0, 0, G_OPTION_ARG_INT, &o.latent, N_("Latent dimensions, d (the task's)"), "D" },
    { "context-noise", 0, 0, G_OPTION_ARG_DOUBLE, &o.noise, N_("Noise added to contexts before the mixture (the task's)"),
      "SD" },
    { "set", 0, 0, G_OPTION_ARG_STRING_ARRAY, &o.set, N_("A setting of an algorithm; may be given several times"),
      "ALG:NAME=NUMBER" },
    { "jobs", 0, 0, G_OPTION_ARG_INT, &o.jobs, N_("Runs at a time (a processor each)"), "N" },
    { "output", 'o', 0, G_OPTION_ARG_FILENAME_ARRAY, &o.outputs,
      N_("Write the table: .csv or .json; may be given several times"), "FILE" },
    { "no-times", 0, 0, G_OPTION_ARG_NONE, &o.no_times, N_("Leave the seconds out: the same runs are the same bytes"), NULL },
    { "plot", 0, 0, G_OPTION_ARG_FILENAME, &o.plot, N_("Draw mean ± 95 % CI, a panel a task: .svg, .png or .pdf"), "FILE" },
    { "merge", 0, 0, G_OPTION_ARG_NONE, &o.merge, N_("Merge tables of different seeds instead of running"), NULL },
    { NULL },
  };

  if (lw_cli_parse ("compare", _("[TABLE…]"), description, options, &argc, &argv, &code))
    {
      if (!o.merge && argc != 1)
        code = lw_cli_fail (LW_CLI_USAGE, _("compare: “%s” is not an option; tables go with --merge"), argv[1]);
      else if (o.merge && (argc == 1 || o.tasks != NULL || o.algorithms != NULL))
        code = lw_cli_fail (LW_CLI_USAGE, _("compare: --merge goes with tables and --output, without --task and --algorithms"));
      else if (check (&o))
        {
          lw_cli_catch_interrupt ();
          code = o.merge ? merge (&o, argv + 1, argc - 1) : compare (&o);
        }
    }
  options_clear (&o);
  return code;
}
