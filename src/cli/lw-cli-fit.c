/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gi18n.h>
#include <math.h>
#include <stdio.h>

#include "lw-cli-plot.h"
#include "lw-cli-select.h"
#include "lw-cli.h"
#include "lw-json-writer.h"

static const char description[] =
  "FILE is one of\n"
  "  .csv       a header and one row a sample: demo, t (s), q0 q1 … (rad); every other column is a\n"
  "             context, constant within a demonstration. Without t give --rate.\n"
  "  .npy       a matrix of parameters, one demonstration a row: [context | duration | weights];\n"
  "             give --context-dim and --basis.\n"
  "  .lampwork  a project: all demonstrations in use.\n\n"
  "Each demonstration becomes the weights of a probabilistic movement primitive; a mixture of\n"
  "probabilistic PCA over contexts and weights gives the latent space that \"learn\" searches.\n"
  "K is lowered to what N demonstrations allow, K <= N/(d+2), and a note says so.\n\n"
  "--select tries every K and d (and context scale, and context noise) of the lists, judges them by\n"
  "demonstrations left out, five folds, and by BIC, and reports; nothing is kept. --components auto and\n"
  "--latent auto fit what is suggested: the fewest parameters that lack no more than a standard error of\n"
  "the best. With contexts that is judged by the error of imitation, else by the likelihood; see --criterion.\n\n"
  "Examples:\n"
  "  lampwork-cli fit strikes.csv --basis 20 --components 1 --latent 3\n"
  "  lampwork-cli fit reach.npy --context-dim 3 --basis 20 --select --try-context-noise 0,0.01 --plot k.svg\n"
  "  lampwork-cli fit reach.npy --context-dim 3 --basis 20 --components auto --latent auto --project r.lampwork";

static void
report_json (const LwSkill *skill)
{
  LwJsonWriter json;
  g_autofree char *line = NULL;

  lw_json_begin (&json);
  lw_json_integer (&json, "demonstrations", (int64_t) skill->params.rows);
  lw_json_integer (&json, "joints", (int64_t) skill->n_joints);
  lw_json_integer (&json, "contexts", (int64_t) skill->n_context);
  lw_json_integer (&json, "basis", (int64_t) skill->basis.n);
  lw_json_integer (&json, "components", (int64_t) skill->K);
  lw_json_integer (&json, "latent", (int64_t) skill->d);
  lw_json_boolean (&json, "lowered", skill->lowered);
  lw_json_real (&json, "log_likelihood", skill->report.log_likelihood);
  lw_json_integer (&json, "em_iterations", (int64_t) skill->report.iterations);
  lw_json_boolean (&json, "converged", skill->report.converged);
  lw_json_integer (&json, "on_floor", (int64_t) skill->report.n_on_floor);
  lw_json_integer (&json, "small", (int64_t) skill->report.n_small);
  lw_json_real (&json, "mean_duration", skill->mean_duration);
  lw_json_real (&json, "largest_rms", skill->largest_rms);
  line = lw_json_end (&json);
  puts (line);
}

static void
report (const LwSkill *skill, gboolean json)
{
  size_t n = skill->params.rows;

  if (json)
    {
      report_json (skill);
      return;
    }
  printf (_("%zu demonstrations, %zu joints, %zu context numbers, mean duration %.2f s\n"), n, skill->n_joints, skill->n_context,
          skill->mean_duration);
  printf (_("%zu basis functions a joint"), skill->basis.n);
  if (isfinite (skill->largest_rms))
    printf (_("; worst fit %.4f rad (root mean square of a joint)"), skill->largest_rms);
  printf (_("\n%zu components with %zu latent dimensions, log-likelihood %.2f a demonstration after %zu EM iterations\n"),
          skill->K, skill->d, skill->report.log_likelihood, skill->report.iterations);
  for (size_t k = 0; k < skill->K; k++)
    printf (_("  component %zu: weight %.3f, noise %.3g\n"), k + 1, exp (skill->mppca.log_pi[k]),
            sqrt (skill->mppca.noise_var[k]));
  if (skill->report.n_on_floor > 0)
    printf (_("%zu of them rest on the noise floor\n"), skill->report.n_on_floor);
}

static int
keep (const LwSkill *skill, const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LwProject) project = lw_project_open (path, &error);
  gint64 id = project != NULL ? lw_skill_save (skill, project, &error) : 0;

  if (project != NULL)
    lw_project_close (project);
  return id != 0 ? LW_CLI_OK : lw_cli_fail_error (error);
}

/* A number from 1, "auto", or nothing. */
static gboolean
read_size (const char *option, const char *text, int *number, gboolean *automatic, GError **error)
{
  guint64 v;

  *number = LW_CLI_NO_NUMBER;
  *automatic = text != NULL && g_str_equal (text, "auto");
  if (text == NULL || *automatic)
    return TRUE;
  if (!g_ascii_string_to_unsigned (text, 10, 1, G_MAXINT, &v, NULL))
    {
      g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, _("fit: %s is a whole number from 1, or auto, not “%s”"), option,
                   text);
      return FALSE;
    }
  *number = (int) v;
  return TRUE;
}

static void
show (double fraction, const char *what, gpointer progress)
{
  lw_cli_progress_show (progress, fraction, what);
}

/* The table: on standard output with --select; its suggestion goes into @settings. */
static gboolean
choose (const LwCliSelect *select, const LwSkill *skill, LwFitSettings *settings, gboolean K, gboolean d, LwCliProgress *progress,
        gboolean report_it, const char *plot, gboolean json, GError **error)
{
  LwMppcaCriterion criterion = lw_cli_select_criterion (select, skill);
  LwMppcaSelection table = { 0 };
  gboolean ok = lw_cli_select_run (select, skill, show, progress, &table, error);

  lw_cli_progress_end (progress);
  if (!ok)
    return FALSE;
  if (report_it)
    lw_cli_select_report (&table, criterion, json);
  if (report_it && plot != NULL)
    ok = lw_cli_plot_selection (&table, criterion, plot, error);
  else if (!report_it && table.suggested[criterion] == G_MAXSIZE)
    {
      g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT,
                   _("None of the mixtures tried could be judged by “%s”: too few demonstrations, or no contexts; see --select"),
                   select->criterion != NULL ? select->criterion : "auto");
      ok = FALSE;
    }
  else if (!report_it)
    {
      const LwMppcaCell *cell = &table.cells[table.suggested[criterion]];

      settings->K = K ? cell->K : settings->K;
      settings->d = d ? cell->d : settings->d;
      settings->context_scale = cell->scale;
      settings->context_noise = cell->noise;
    }
  lw_mppca_selection_clear (&table);
  return ok;
}

/* What is given stays as given: the lists then hold that one value. */
static void
narrow (GArray *list, int number)
{
  if (number == LW_CLI_NO_NUMBER)
    return;
  g_array_set_size (list, 0);
  g_array_append_vals (list, &(gsize){ (gsize) number }, 1);
}

static int
fit (LwCliInput *input, LwCliSelect *select, LwFitSettings *settings, const char *components_text, const char *latent_text,
     gboolean select_only, const char *project, const char *plot, gboolean json)
{
  int components, latent;
  gboolean auto_K, auto_d;
  LwCliProgress progress;
  g_autoptr (GError) error = NULL;
  g_autoptr (LwDemonstrations) set = NULL;
  g_autoptr (LwSkill) skill = NULL;

  if (!read_size ("--components", components_text, &components, &auto_K, &error)
      || !read_size ("--latent", latent_text, &latent, &auto_d, &error) || !lw_cli_select_parse (select, &error)
      || (plot != NULL && !lw_cli_plot_check (plot, &error)))
    return lw_cli_fail_error (error);
  settings->K = components != LW_CLI_NO_NUMBER ? (size_t) components : settings->K;
  settings->d = latent != LW_CLI_NO_NUMBER ? (size_t) latent : settings->d;
  set = lw_cli_read_demonstrations (input, &error);
  if (set == NULL || !lw_cli_check_components (input->file, components, set->n, &error))
    return lw_cli_fail_error (error);

  lw_cli_catch_interrupt ();
  lw_cli_progress_begin (&progress, !json);
  if (select_only || auto_K || auto_d)
    {
      /* The choice starts from weights, so there is a fit before it, of the least. */
      LwFitSettings least = *settings;

      least.K = least.d = 1;
      least.restarts = 1;
      skill = lw_cli_fit_set (set, &least, NULL, &error);
      if (skill == NULL)
        return lw_cli_fail_error (error);
      if (!select_only)
        {
          narrow (select->K, components);
          narrow (select->d, latent);
        }
      if (!choose (select, skill, settings, auto_K, auto_d, &progress, select_only, plot, json, &error))
        return lw_cli_fail_error (error);
      if (select_only)
        return LW_CLI_OK;
      g_clear_pointer (&skill, lw_skill_unref);
    }
  skill = lw_cli_fit_set (set, settings, &progress, &error);
  if (skill == NULL || (plot != NULL && !lw_cli_plot_skill (skill, plot, &error)))
    return lw_cli_fail_error (error);
  report (skill, json);
  return project != NULL ? keep (skill, project) : LW_CLI_OK;
}

int
lw_cli_fit (int argc, char **argv)
{
  LwCliInput input = { .context_dim = -1, .basis = LW_CLI_NO_NUMBER };
  LwCliSelect select = { .threads = (int) g_get_num_processors () };
  LwFitSettings settings;
  int code = 0;
  gint64 seed = 1;
  g_autofree char *project = NULL, *plot = NULL, *components = NULL, *latent = NULL;
  gboolean json = FALSE, select_only = FALSE;
  const GOptionEntry options[] = {
    { "context-dim", 0, 0, G_OPTION_ARG_INT, &input.context_dim, N_("Context columns of a .npy matrix"), "N" },
    { "basis", 0, 0, G_OPTION_ARG_INT, &input.basis, N_("Basis functions a joint (20)"), "N" },
    { "rate", 0, 0, G_OPTION_ARG_DOUBLE, &input.rate, N_("Samples a second of a .csv without t"), "HZ" },
    { "components", 0, 0, G_OPTION_ARG_STRING, &components, N_("Components of the mixture, K, or auto (6)"), "K" },
    { "latent", 0, 0, G_OPTION_ARG_STRING, &latent, N_("Latent dimensions, d, or auto (3)"), "D" },
    { "ridge", 0, 0, G_OPTION_ARG_DOUBLE, &settings.ridge, N_("Ridge of the weight fit (1e-6)"), "LAMBDA" },
    { "context-noise", 0, 0, G_OPTION_ARG_DOUBLE, &settings.context_noise,
      N_("Noise added to contexts before the mixture, standard deviation (0.03)"), "SD" },
    { "context-scale", 0, 0, G_OPTION_ARG_DOUBLE, &settings.context_scale, N_("Factor on contexts inside the mixture (1)"),
      "S" },
    { "standardise", 0, 0, G_OPTION_ARG_NONE, &settings.standardise, N_("All columns of unit variance inside the mixture"),
      NULL },
    { "select", 0, 0, G_OPTION_ARG_NONE, &select_only, N_("Report which K and d demonstrations left out speak for, and end"),
      NULL },
    { "try-components", 0, 0, G_OPTION_ARG_STRING, &select.components, N_("K that are tried (1,2,3,4,6,8,12)"), "LIST" },
    { "try-latent", 0, 0, G_OPTION_ARG_STRING, &select.latent, N_("d that are tried (1,2,3,4,5,6)"), "LIST" },
    { "try-context-scale", 0, 0, G_OPTION_ARG_STRING, &select.scale, N_("Context scales that are tried (--context-scale)"),
      "LIST" },
    { "try-context-noise", 0, 0, G_OPTION_ARG_STRING, &select.noise, N_("Context noises that are tried (--context-noise)"),
      "LIST" },
    { "criterion", 0, 0, G_OPTION_ARG_STRING, &select.criterion,
      N_("What auto goes by: imitation, conditional, held-out or bic"), "NAME" },
    { "threads", 0, 0, G_OPTION_ARG_INT, &select.threads, N_("Threads for the choice (one a processor)"), "N" },
    { "seed", 0, 0, G_OPTION_ARG_INT64, &seed, N_("Seed; the same seed gives the same bits (1)"), "N" },
    { "project", 0, 0, G_OPTION_ARG_FILENAME, &project, N_("Keep the model in this project file"), "FILE" },
    { "plot", 0, 0, G_OPTION_ARG_FILENAME, &plot,
      N_("Draw every joint's mean and band, or the curves of --select: .svg, .png or .pdf"), "FILE" },
    { "json", 0, 0, G_OPTION_ARG_NONE, &json, N_("One JSON object instead of sentences; with --select one a line"), NULL },
    { NULL },
  };

  lw_fit_settings_init (&settings);
  if (!lw_cli_parse ("fit", "FILE", description, options, &argc, &argv, &code))
    return code;
  if (argc != 2)
    code = lw_cli_fail (LW_CLI_USAGE, _("fit: name one file of demonstrations; see lampwork-cli fit --help"));
  else if (!lw_cli_is_number (input.basis, 1) || seed < 0)
    code = lw_cli_fail (LW_CLI_USAGE, _("fit: --basis is at least 1, --seed is not negative"));
  else
    {
      if (input.basis != LW_CLI_NO_NUMBER)
        settings.n_basis = (size_t) input.basis;
      settings.seed = (uint64_t) seed;
      input.file = argv[1];
      code = fit (&input, &select, &settings, components, latent, select_only, project, plot, json);
    }
  lw_cli_select_clear (&select);
  return code;
}
