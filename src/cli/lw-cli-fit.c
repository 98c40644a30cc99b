/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gi18n.h>
#include <math.h>
#include <stdio.h>

#include "lw-cli.h"
#include "lw-skill.h"

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
show (double fraction, const char *what, gpointer data)
{
  lw_cli_progress_show (data, fraction, what);
}

static void
report (const LwSkill *skill, gboolean json)
{
  size_t n = skill->params.rows;

  if (json)
    {
      g_autofree char *rms = isfinite (skill->largest_rms) ? g_strdup_printf ("%.17g", skill->largest_rms) : g_strdup ("null");

      printf ("{\"demonstrations\":%zu,\"joints\":%zu,\"contexts\":%zu,\"basis\":%zu,\"components\":%zu,\"latent\":%zu,\"lowered\":%s,"
              "\"log_likelihood\":%.17g,\"em_iterations\":%zu,\"converged\":%s,\"on_floor\":%zu,\"small\":%zu,\"mean_duration\":%.17g,\"largest_rms\":%s}\n",
              n, skill->n_joints, skill->n_context, skill->basis.n, skill->K, skill->d, skill->lowered ? "true" : "false",
              skill->report.log_likelihood, skill->report.iterations, skill->report.converged ? "true" : "false", skill->report.n_on_floor,
              skill->report.n_small, skill->mean_duration, rms);
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
  LwCliInput input = { .context_dim = -1 };
  LwFitSettings settings;
  int components = 0, latent = 0, code = 0;
  gint64 seed = 1;
  double ridge = -1.0, noise = -1.0;
  g_autofree char *project = NULL;
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
    { "ridge", 0, 0, G_OPTION_ARG_DOUBLE, &ridge, N_("Ridge of the weight fit (1e-6)"), "LAMBDA" },
    { "context-noise", 0, 0, G_OPTION_ARG_DOUBLE, &noise, N_("Noise added to contexts before the mixture, standard deviation (0.03)"), "SD" },
    { "seed", 0, 0, G_OPTION_ARG_INT64, &seed, N_("Seed; the same seed gives the same bits (1)"), "N" },
    { "project", 0, 0, G_OPTION_ARG_FILENAME, &project, N_("Keep the model in this project file"), "FILE" },
    { "json", 0, 0, G_OPTION_ARG_NONE, &json, N_("One JSON object instead of sentences"), NULL },
    { NULL },
  };

  if (!lw_cli_parse ("fit", "FILE", description, options, &argc, &argv, &code))
    return code;
  if (argc != 2)
    return lw_cli_fail (LW_CLI_USAGE, _("fit: name one file of demonstrations; see lampwork-cli fit --help"));
  input.file = argv[1];
  set = lw_cli_read_demonstrations (&input, &error);
  if (set == NULL)
    return lw_cli_fail_error (error);
  if (components > 0 && (size_t) components > set->n)
    return lw_cli_fail (LW_CLI_USAGE, _("%s: %d components asked for, but there are only %zu demonstrations"), input.file, components, set->n);

  lw_fit_settings_init (&settings);
  if (input.basis > 0)
    settings.n_basis = (size_t) input.basis;
  if (components > 0)
    settings.K = (size_t) components;
  if (latent > 0)
    settings.d = (size_t) latent;
  if (ridge >= 0.0)
    settings.ridge = ridge;
  if (noise >= 0.0)
    settings.context_noise = noise;
  settings.seed = (uint64_t) seed;

  lw_cli_catch_interrupt ();
  lw_cli_progress_begin (&progress, !json);
  skill = lw_skill_fit (set, &settings, show, &progress, &lw_cli_stop, &error);
  lw_cli_progress_end (&progress);
  if (skill == NULL)
    return lw_cli_fail_error (error);
  if (skill->lowered)
    g_printerr (_("lampwork-cli: note: %zu demonstrations allow %zu components with %zu latent dimensions; %zu and %zu were asked for\n"),
                set->n, skill->K, skill->d, settings.K, settings.d);
  report (skill, json);
  return project != NULL ? keep (skill, project) : LW_CLI_OK;
}
