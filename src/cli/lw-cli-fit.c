/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gi18n.h>
#include <math.h>
#include <stdio.h>

#include "lw-cli-plot.h"
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
  "Example: lampwork-cli fit strikes.csv --basis 20 --components 1 --latent 3";

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
  printf (_("%zu demonstrations, %zu joints, %zu context numbers, mean duration %.2f s\n"), n, skill->n_joints, skill->n_context, skill->mean_duration);
  printf (_("%zu basis functions a joint"), skill->basis.n);
  if (isfinite (skill->largest_rms))
    printf (_("; worst fit %.4f rad (root mean square of a joint)"), skill->largest_rms);
  printf (_("\n%zu components with %zu latent dimensions, log-likelihood %.2f a demonstration after %zu EM iterations\n"),
          skill->K, skill->d, skill->report.log_likelihood, skill->report.iterations);
  for (size_t k = 0; k < skill->K; k++)
    printf (_("  component %zu: weight %.3f, noise %.3g\n"), k + 1, exp (skill->mppca.log_pi[k]), sqrt (skill->mppca.noise_var[k]));
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

int
lw_cli_fit (int argc, char **argv)
{
  LwCliInput input = { .context_dim = -1, .basis = LW_CLI_NO_NUMBER };
  LwFitSettings settings;
  int components = LW_CLI_NO_NUMBER, latent = LW_CLI_NO_NUMBER, code = 0;
  gint64 seed = 1;
  g_autofree char *project = NULL, *plot = NULL;
  gboolean json = FALSE;
  LwCliProgress progress;
  g_autoptr (GError) error = NULL;
  g_autoptr (LwDemonstrations) set = NULL;
  g_autoptr (LwSkill) skill = NULL;
  const GOptionEntry options[] = {
    { "context-dim", 0, 0, G_OPTION_ARG_INT, &input.context_dim, N_("Context columns of a .npy matrix"), "N" },
    { "basis", 0, 0, G_OPTION_ARG_INT, &input.basis, N_("Basis functions a joint (20)"), "N" },
    { "rate", 0, 0, G_OPTION_ARG_DOUBLE, &input.rate, N_("Samples a second of a .csv without t"), "HZ" },
    { "components", 0, 0, G_OPTION_ARG_INT, &components, N_("Components of the mixture, K (6)"), "K" },
    { "latent", 0, 0, G_OPTION_ARG_INT, &latent, N_("Latent dimensions, d (3)"), "D" },
    { "ridge", 0, 0, G_OPTION_ARG_DOUBLE, &settings.ridge, N_("Ridge of the weight fit (1e-6)"), "LAMBDA" },
    { "context-noise", 0, 0, G_OPTION_ARG_DOUBLE, &settings.context_noise, N_("Noise added to contexts before the mixture, standard deviation (0.03)"), "SD" },
    { "seed", 0, 0, G_OPTION_ARG_INT64, &seed, N_("Seed; the same seed gives the same bits (1)"), "N" },
    { "project", 0, 0, G_OPTION_ARG_FILENAME, &project, N_("Keep the model in this project file"), "FILE" },
    { "plot", 0, 0, G_OPTION_ARG_FILENAME, &plot, N_("Draw every joint's mean and band: .svg, .png or .pdf"), "FILE" },
    { "json", 0, 0, G_OPTION_ARG_NONE, &json, N_("One JSON object instead of sentences"), NULL },
    { NULL },
  };

  lw_fit_settings_init (&settings);
  if (!lw_cli_parse ("fit", "FILE", description, options, &argc, &argv, &code))
    return code;
  if (argc != 2)
    return lw_cli_fail (LW_CLI_USAGE, _("fit: name one file of demonstrations; see lampwork-cli fit --help"));
  if (!lw_cli_is_number (input.basis, 1) || !lw_cli_is_number (components, 1) || !lw_cli_is_number (latent, 1) || seed < 0)
    return lw_cli_fail (LW_CLI_USAGE, _("fit: --basis, --components and --latent are at least 1, --seed is not negative"));
  if (plot != NULL && !lw_cli_plot_check (plot, &error))
    return lw_cli_fail_error (error);
  if (input.basis != LW_CLI_NO_NUMBER)
    settings.n_basis = (size_t) input.basis;
  if (components != LW_CLI_NO_NUMBER)
    settings.K = (size_t) components;
  if (latent != LW_CLI_NO_NUMBER)
    settings.d = (size_t) latent;
  settings.seed = (uint64_t) seed;
  input.file = argv[1];
  set = lw_cli_read_demonstrations (&input, &error);
  if (set == NULL || !lw_cli_check_components (input.file, components, set->n, &error))
    return lw_cli_fail_error (error);

  lw_cli_catch_interrupt ();
  lw_cli_progress_begin (&progress, !json);
  skill = lw_cli_fit_set (set, &settings, &progress, &error);
  if (skill == NULL || (plot != NULL && !lw_cli_plot_skill (skill, plot, &error)))
    return lw_cli_fail_error (error);
  report (skill, json);
  return project != NULL ? keep (skill, project) : LW_CLI_OK;
}
