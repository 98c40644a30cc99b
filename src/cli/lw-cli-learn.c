/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gi18n.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "lw-cli.h"
#include "lw-learn-run.h"
#include "lw-paths.h"

static const char description[] =
  "Tasks: reach-target (arm-7; needs demonstrations or makes its own), reacher-1 … reacher-4\n"
  "(planar arm, 1 to 4 goal regions), reacher-obstacle. FILE is what \"fit\" takes.\n\n"
  "Iteration 0 is imitation. Every iteration draws episodes from the policy, improves it by LAMPO with\n"
  "all episodes so far under a bound on the KL divergence, and evaluates it on test contexts of its own,\n"
  "the same ones every iteration. With --json each iteration is one object on a line:\n"
  "iteration, episodes, success, return, return_ci95, J, kl, kl_bound, context_kl, ess, entropy,\n"
  "evaluations, solver, seconds and more; what does not exist yet is null.\n\n"
  "Examples:\n"
  "  lampwork-cli learn --task reacher-4\n"
  "  lampwork-cli learn --task reach-target --demonstrations reach.npy --context-dim 3 --basis 20 --json";

typedef struct {
  gboolean      json;
  LwCliProgress progress;
  size_t        iterations;
} Output;

static void
on_iteration (LwLearnRun *run, const LwIteration *it, gpointer data)
{
  Output *out = data;

  lw_cli_progress_end (&out->progress);
  if (out->json)
    {
      g_autofree char *line = lw_iteration_to_json (it, TRUE);

      puts (line);
    }
  else
    {
      printf ("%3u  %6u  %9.4f ± %.4f", it->iteration, it->episodes, it->mean_return, it->return_ci95);
      if (isfinite (it->success))
        printf ("   %5.1f %%", 100.0 * it->success);
      else
        printf ("        –");
      if (it->improved)
        printf ("   %7.4f  %7.1f  %s", it->report.kl, it->report.ess, it->report.solver);
      putchar ('\n');
    }
  fflush (stdout);
}

static const char *
phase_words (LwLearnPhase phase)
{
  switch (phase)
    {
    case LW_LEARN_EVALUATING: return _("evaluating");
    case LW_LEARN_SAMPLING: return _("trying");
    case LW_LEARN_IMPROVING: return _("improving");
    default: return "";
    }
}

static void
on_progress (LwLearnRun *run, const LwLearnProgress *p, gpointer data)
{
  Output *out = data;
  double part = p->n_episodes > 0 ? (double) p->episode / (double) p->n_episodes : 0.0;
  double within = p->phase == LW_LEARN_SAMPLING ? 0.3 * part : p->phase == LW_LEARN_IMPROVING ? 0.3 + 0.4 * p->improve_fraction : 0.7 + 0.3 * part;

  if (atomic_load (&lw_cli_stop))
    lw_learn_run_stop (run);
  if (p->iteration > 0)
    lw_cli_progress_show (&out->progress, ((double) p->iteration - 1.0 + within) / (double) out->iterations, phase_words (p->phase));
}

static LwSkill *
fit (const LwDemonstrations *set, const LwFitSettings *settings, gboolean json, GError **error)
{
  LwSkill *skill = lw_skill_fit (set, settings, NULL, NULL, &lw_cli_stop, error);

  if (skill != NULL && skill->lowered)
    g_printerr (_("lampwork-cli: note: %zu demonstrations allow %zu components with %zu latent dimensions; %zu and %zu were asked for\n"),
                set->n, skill->K, skill->d, settings->K, settings->d);
  return skill;
}

static int
run (const LwTask *task, LwSkill *skill, const LwLearnSettings *settings, LwProject *project, gint64 model, gboolean json)
{
  static const LwLearnObserver observer = { on_iteration, on_progress, NULL };
  g_autoptr (GError) error = NULL;
  Output out = { .json = json, .iterations = MAX (settings->iterations, 1) };
  LwRunner *runner = lw_runner_kinematic_new (task, lw_path_arms (), &error);
  LwLearnRun *learning = NULL;
  gboolean ok = FALSE;

  if (runner != NULL)
    learning = lw_learn_run_new (task, skill, runner, lw_path_arms (), settings, project, model, &observer, &out, &error);
  if (learning != NULL)
    {
      if (!json)
        printf ("%s\n", _("  i  episodes     return ± 95 %      success      KL      ESS  solver"));
      lw_cli_progress_begin (&out.progress, !json);
      ok = lw_learn_run_here (learning, &error);
      lw_cli_progress_end (&out.progress);
    }
  lw_learn_run_free (learning);
  lw_runner_free (runner);
  if (!ok)
    return lw_cli_fail_error (error);
  return LW_CLI_OK;
}

/* What the options ask for, checked; the code to exit with, or -1 to go on. */
static int
check (int components, int latent, int episodes, int evaluate, int iterations, double kl_bound, double regularisation, double noise,
       const char *direction)
{
  static const char *const names[] = { "--components", "--latent", "--episodes" };
  const int values[] = { components, latent, episodes };

  for (gsize i = 0; i < G_N_ELEMENTS (values); i++)
    if (values[i] < 0)
      return lw_cli_fail (LW_CLI_USAGE, _("learn: %s must be at least 1"), names[i]);
  if (evaluate < -1 || iterations < 0)
    return lw_cli_fail (LW_CLI_USAGE, _("learn: --evaluate and --iterations cannot be negative"));
  if (kl_bound < 0.0 || regularisation < 0.0 || noise < 0.0)
    return lw_cli_fail (LW_CLI_USAGE, _("learn: --kl-bound, --regularisation and --context-noise cannot be negative"));
  if (direction != NULL && strcmp (direction, "old-new") != 0 && strcmp (direction, "new-old") != 0)
    return lw_cli_fail (LW_CLI_USAGE, _("learn: --kl-direction is old-new or new-old, not “%s”"), direction);
  return -1;
}

int
lw_cli_learn (int argc, char **argv)
{
  LwCliInput input = { .context_dim = -1 };
  LwFitSettings fit_settings;
  LwLearnSettings settings;
  int components = 0, latent = 0, episodes = 0, evaluate = -1, iterations = 10, made = 0, code = 0;
  gint64 seed = 1, model = 0;
  double kl_bound = NAN, regularisation = NAN, noise = NAN;
  g_autofree char *task_id = NULL, *project_path = NULL, *direction = NULL, *algorithm = NULL;
  gboolean json = FALSE, published = FALSE;
  g_autoptr (GError) error = NULL;
  g_autoptr (LwDemonstrations) set = NULL;
  g_autoptr (LwSkill) skill = NULL;
  g_autoptr (LwProject) project = NULL;
  LwTask *task;
  const GOptionEntry options[] = {
    { "task", 0, 0, G_OPTION_ARG_STRING, &task_id, N_("What is to be learned (reach-target)"), "TASK" },
    { "demonstrations", 0, 0, G_OPTION_ARG_FILENAME, &input.file, N_("Demonstrations to start from; without it the task makes its own"), "FILE" },
    { "generate", 0, 0, G_OPTION_ARG_INT, &made, N_("How many demonstrations the task makes (100)"), "N" },
    { "context-dim", 0, 0, G_OPTION_ARG_INT, &input.context_dim, N_("Context columns of a .npy matrix"), "N" },
    { "basis", 0, 0, G_OPTION_ARG_INT, &input.basis, N_("Basis functions a joint"), "N" },
    { "rate", 0, 0, G_OPTION_ARG_DOUBLE, &input.rate, N_("Samples a second of a .csv without t"), "HZ" },
    { "components", 0, 0, G_OPTION_ARG_INT, &components, N_("Components of the mixture, K"), "K" },
    { "latent", 0, 0, G_OPTION_ARG_INT, &latent, N_("Latent dimensions, d"), "D" },
    { "context-noise", 0, 0, G_OPTION_ARG_DOUBLE, &noise, N_("Noise added to contexts before the mixture"), "SD" },
    { "algorithm", 0, 0, G_OPTION_ARG_STRING, &algorithm, N_("Policy search (lampo)"), "NAME" },
    { "episodes", 0, 0, G_OPTION_ARG_INT, &episodes, N_("Episodes an iteration"), "N" },
    { "evaluate", 0, 0, G_OPTION_ARG_INT, &evaluate, N_("Test episodes an iteration"), "N" },
    { "iterations", 0, 0, G_OPTION_ARG_INT, &iterations, N_("Iterations (10)"), "N" },
    { "kl-bound", 0, 0, G_OPTION_ARG_DOUBLE, &kl_bound, N_("How far the policy may move in an iteration"), "CHI" },
    { "kl-direction", 0, 0, G_OPTION_ARG_STRING, &direction, N_("old-new (the paper's, default) or new-old"), "DIR" },
    { "regularisation", 0, 0, G_OPTION_ARG_DOUBLE, &regularisation, N_("Weight of the context divergence (1e-4)"), "GAMMA" },
    { "seed", 0, 0, G_OPTION_ARG_INT64, &seed, N_("Seed; the same seed gives the same bits (1)"), "N" },
    { "published", 0, 0, G_OPTION_ARG_NONE, &published, N_("As the published experiments: new-old, 100 solver iterations, no guard"), NULL },
    { "project", 0, 0, G_OPTION_ARG_FILENAME, &project_path, N_("Keep model, episodes and iterations in this project file"), "FILE" },
    { "json", 0, 0, G_OPTION_ARG_NONE, &json, N_("One JSON object an iteration"), NULL },
    { NULL },
  };

  if (!lw_cli_parse ("learn", "", description, options, &argc, &argv, &code))
    return code;
  if (argc != 1)
    return lw_cli_fail (LW_CLI_USAGE, _("learn: “%s” is not an option; demonstrations are given with --demonstrations FILE"), argv[1]);
  code = check (components, latent, episodes, evaluate, iterations, kl_bound, regularisation, noise, direction);
  if (code >= 0)
    return code;
  task = lw_task_new (task_id != NULL ? task_id : "reach-target", lw_path_arms (), &error);
  if (task == NULL)
    return lw_cli_fail_error (error);

  lw_fit_settings_init (&fit_settings);
  fit_settings.n_basis = input.basis > 0 ? (size_t) input.basis : task->info.n_basis;
  fit_settings.K = components > 0 ? (size_t) components : task->info.K;
  fit_settings.d = latent > 0 ? (size_t) latent : task->info.d;
  fit_settings.context_noise = isnan (noise) ? task->info.context_noise : noise;
  fit_settings.seed = (uint64_t) seed;

  set = input.file != NULL ? lw_cli_read_demonstrations (&input, &error)
                           : lw_cli_make_demonstrations (task, made > 0 ? (size_t) made : 100, fit_settings.n_basis, (guint64) seed, &error);
  if (set != NULL && components > 0 && (size_t) components > set->n)
    code = lw_cli_fail (LW_CLI_USAGE, _("%d components asked for, but there are only %zu demonstrations"), components, set->n);
  else if (set != NULL && set->n_context != task->info.n_context)
    code = lw_cli_fail (LW_CLI_USAGE, _("%s: %zu context columns, but the task “%s” has %zu (%s, …)"), input.file, set->n_context, task->info.id,
                        task->info.n_context, task->info.contexts[0].name);
  else if (set != NULL)
    {
      lw_cli_catch_interrupt ();
      skill = fit (set, &fit_settings, json, &error);
      if (skill != NULL && project_path != NULL)
        {
          project = lw_project_open (project_path, &error);
          if (project != NULL)
            model = lw_skill_save (skill, project, &error);
        }
    }

  if (skill != NULL && error == NULL)
    {
      lw_learn_settings_init (&settings, task);
      if (algorithm != NULL)
        g_strlcpy (settings.algorithm, algorithm, sizeof settings.algorithm);
      if (episodes > 0)
        settings.episodes = (size_t) episodes;
      if (evaluate >= 0)
        settings.evaluate = (size_t) evaluate;
      settings.iterations = (size_t) iterations;
      settings.seed = (uint64_t) seed;
      if (published)
        lw_learn_settings_set_published (&settings);
      if (!isnan (kl_bound))
        lw_learn_settings_set (&settings, "kl_bound", kl_bound);
      if (!isnan (regularisation))
        lw_learn_settings_set (&settings, "regularisation", regularisation);
      if (direction != NULL)
        lw_learn_settings_set (&settings, "kl_direction", strcmp (direction, "new-old") == 0 ? 1.0 : 0.0);
      code = run (task, skill, &settings, project, model, json);
      lw_learn_settings_clear (&settings);
    }
  else if (error != NULL)
    code = lw_cli_fail_error (error);
  if (project != NULL)
    lw_project_close (project);
  lw_task_free (task);
  g_free (input.file);
  return code;
}
