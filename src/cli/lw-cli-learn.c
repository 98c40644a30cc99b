/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gi18n.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "lw-cli-plot.h"
#include "lw-cli-source.h"
#include "lw-cli.h"
#include "lw-learn-run.h"
#include "lw-paths.h"
#include "lw-published.h"
#include "lw-task-set.h"

static const char description[] =
  "Tasks: reach-target (arm-7), reacher-1 … reacher-4 (planar arm, 1 to 4 goal regions), reacher-obstacle,\n"
  "pour (desk-6: a wanted mass onto a scale).\n"
  "FILE is what \"fit\" takes; without it the task makes its own demonstrations.\n\n"
  "Iteration 0 is imitation. Every iteration draws episodes from the policy, improves it (LAMPO: with\n"
  "all episodes so far under a bound on the KL divergence), and evaluates it on test contexts of its own,\n"
  "the same ones every iteration. With --json each iteration is one object on a line:\n"
  "iteration, episodes, success, return, return_ci95, J, kl, kl_bound, context_kl, ess, entropy,\n"
  "evaluations, solver, seconds and more; what does not exist yet is null.\n\n"
  "With --project everything is kept: model, settings, episodes, reports and states. A run that was cut off\n"
  "goes on with --project FILE --resume RUN, bit for bit as if it had not been.\n\n"
  "Rewards and contexts can come from outside: --reward scale:PORT weighs what the task is scored by (tare\n"
  "before, a stable value after each movement; PORT is a path, tcp:host:port, or sim for a simulated scale\n"
  "under the task's own simulated world); --reward command:PROGRAM asks a program, one JSON object a line in,\n"
  "one number or object a line out (see the manual page); --reward ask asks you. An episode for which there is\n"
  "no number is left out, and said. Without --evaluate such runs (but for sim) make no test episodes.\n\n"
  "Examples:\n"
  "  lampwork-cli learn --task reacher-4\n"
  "  lampwork-cli learn --task pour --reward scale:sim\n"
  "  lampwork-cli learn --task reach-target --demonstrations reach.npy --context-dim 3 --basis 20 --json";

typedef struct {
  LwCliInput input;
  int        components, latent, episodes, evaluate, iterations, made;
  gint64     seed, resume;
  double     kl_bound, regularisation, noise;
  char      *task, *project, *direction, *algorithm, *plot, *contexts_from, *rewards_from;
  char     **set;
  gboolean   json, published;
} Options;

static void
options_clear (Options *self)
{
  g_free (self->input.file);
  g_free (self->task);
  g_free (self->project);
  g_free (self->direction);
  g_free (self->algorithm);
  g_free (self->plot);
  g_free (self->contexts_from);
  g_free (self->rewards_from);
  g_strfreev (self->set);
}

/* ---- what is shown ---- */

typedef struct {
  const Options *options;
  LwCliProgress  progress;
  size_t         iterations, evaluate;
  GArray        *done; /* of LwIteration, for the plot */
} Output;

static void
on_iteration (LwLearnRun *run, const LwIteration *it, gpointer data)
{
  Output *out = data;
  LwIteration kept = *it;

  kept.returns = NULL;
  g_array_append_val (out->done, kept);
  lw_cli_progress_end (&out->progress);
  if (out->options->json)
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
    case LW_LEARN_WAITING: return _("measuring");
    default: return "";
    }
}

static void
on_progress (LwLearnRun *run, const LwLearnProgress *p, gpointer data)
{
  Output *out = data;
  double part = p->n_episodes > 0 ? (double) p->episode / (double) p->n_episodes : 0.0;
  double within = p->phase == LW_LEARN_SAMPLING || p->phase == LW_LEARN_WAITING ? 0.3 * part : p->phase == LW_LEARN_IMPROVING ? 0.3 + 0.4 * p->improve_fraction : 0.7 + 0.3 * part;

  if (atomic_load (&lw_cli_stop))
    lw_learn_run_stop (run);
  if (p->iteration > 0)
    lw_cli_progress_show (&out->progress, ((double) p->iteration - 1.0 + within) / (double) out->iterations, phase_words (p->phase));
}

static void
on_note (LwLearnRun *run, const char *words, gpointer data)
{
  Output *out = data;

  lw_cli_progress_end (&out->progress);
  g_printerr ("%s\n", words);
}

static const LwLearnObserver observer = { on_iteration, on_progress, NULL, on_note };

/* Runs @learning, which may be NULL with @error set, and frees it. */
static int
run_to_the_end (LwLearnRun *learning, LwCliSources *sources, Output *out, GError *error)
{
  gboolean ok = learning != NULL;

  if (ok)
    {
      if (!out->options->json)
        printf ("%s\n", _("  i  episodes     return ± 95 %      success      KL      ESS  solver"));
      lw_cli_progress_begin (&out->progress, !out->options->json);
      lw_cli_sources_begin (sources, learning);
      ok = lw_learn_run_here (learning, &error);
      lw_cli_sources_end (sources);
      lw_cli_progress_end (&out->progress);
    }
  lw_learn_run_free (learning);
  if (!ok)
    {
      g_autoptr (GError) why = error;

      return g_error_matches (why, LW_JOB_ERROR, LW_JOB_ERROR_STOPPED) ? lw_cli_fail (LW_CLI_FAILED, _("learn: stopped; the iterations above stand"))
                                                                        : lw_cli_fail_error (why);
    }
  return LW_CLI_OK;
}

/* ---- what is asked for ---- */

/* FALSE after saying what is wrong. */
static gboolean
check (const Options *o)
{
  g_autoptr (GError) error = NULL;

  if (!lw_cli_is_number (o->components, 1) || !lw_cli_is_number (o->latent, 1) || !lw_cli_is_number (o->episodes, 1) || !lw_cli_is_number (o->made, 1) ||
      !lw_cli_is_number (o->input.basis, 1))
    lw_cli_fail (LW_CLI_USAGE, _("learn: --components, --latent, --episodes, --generate and --basis are at least 1"));
  else if (!lw_cli_is_number (o->evaluate, 0) || o->iterations < 0 || o->seed < 0)
    lw_cli_fail (LW_CLI_USAGE, _("learn: --evaluate, --iterations and --seed cannot be negative"));
  else if (!lw_cli_is_amount (o->kl_bound) || !lw_cli_is_amount (o->regularisation) || !lw_cli_is_amount (o->noise))
    lw_cli_fail (LW_CLI_USAGE, _("learn: --kl-bound, --regularisation and --context-noise are finite and not negative"));
  else if (o->direction != NULL && strcmp (o->direction, "old-new") != 0 && strcmp (o->direction, "new-old") != 0)
    lw_cli_fail (LW_CLI_USAGE, _("learn: --kl-direction is old-new or new-old, not “%s”"), o->direction);
  else if (o->resume != 0 && (o->project == NULL || o->task != NULL || o->input.file != NULL || o->set != NULL || o->contexts_from != NULL || o->rewards_from != NULL))
    lw_cli_fail (LW_CLI_USAGE, _("learn: --resume goes with --project and --iterations alone; the rest is what the run began with"));
  else if (o->plot != NULL && !lw_cli_plot_check (o->plot, &error))
    lw_cli_fail_error (error);
  else
    return TRUE;
  return FALSE;
}

static gboolean
make_settings (const Options *o, const LwTask *task, LwLearnSettings *settings, GError **error)
{
  gboolean ok;

  lw_learn_settings_init (settings, task);
  ok = o->algorithm == NULL || lw_learn_settings_set_algorithm (settings, task, o->algorithm, error);
  if (ok && o->published)
    ok = lw_learn_settings_set_published (settings, error);
  if (o->episodes != LW_CLI_NO_NUMBER)
    settings->episodes = (size_t) o->episodes;
  if (o->evaluate != LW_CLI_NO_NUMBER)
    settings->evaluate = (size_t) o->evaluate;
  else if (o->rewards_from != NULL && !g_str_has_prefix (o->rewards_from, "scale:sim"))
    settings->evaluate = 0; /* the simulated task says nothing of what is measured outside */
  settings->iterations = (size_t) o->iterations;
  g_strlcpy (settings->contexts_from, o->contexts_from != NULL ? o->contexts_from : "", sizeof settings->contexts_from);
  g_strlcpy (settings->rewards_from, o->rewards_from != NULL ? o->rewards_from : "", sizeof settings->rewards_from);
  settings->seed = (uint64_t) o->seed;
  if (o->kl_bound != LW_CLI_NO_AMOUNT)
    lw_learn_settings_set (settings, "kl_bound", o->kl_bound);
  if (o->regularisation != LW_CLI_NO_AMOUNT)
    lw_learn_settings_set (settings, "regularisation", o->regularisation);
  if (o->direction != NULL)
    lw_learn_settings_set (settings, "kl_direction", strcmp (o->direction, "new-old") == 0 ? 1.0 : 0.0);
  for (gsize i = 0; ok && o->set != NULL && o->set[i] != NULL; i++)
    ok = lw_learn_settings_set_text (settings, o->set[i], error);
  return ok && lw_learn_settings_check (settings, error);
}

/* ---- a new run ---- */

static LwSkill *
make_skill (const Options *o, const LwTask *task, GError **error)
{
  LwFitSettings settings;
  g_autoptr (LwDemonstrations) set = NULL;

  lw_fit_settings_init (&settings);
  lw_fit_settings_set_task (&settings, task);
  settings.seed = (uint64_t) o->seed;
  if (o->published && !lw_fit_settings_set_published (&settings, task->info.id, error))
    return NULL;
  if (o->input.basis != LW_CLI_NO_NUMBER)
    settings.n_basis = (size_t) o->input.basis;
  if (o->components != LW_CLI_NO_NUMBER)
    settings.K = (size_t) o->components;
  if (o->latent != LW_CLI_NO_NUMBER)
    settings.d = (size_t) o->latent;
  if (o->noise != LW_CLI_NO_AMOUNT)
    settings.context_noise = o->noise;

  set = o->input.file != NULL ? lw_cli_read_demonstrations (&o->input, error)
                              : lw_task_set_make (task, o->made != LW_CLI_NO_NUMBER ? (size_t) o->made : 100, settings.n_basis, (uint64_t) o->seed, error);
  if (set == NULL)
    return NULL;
  if (set->n_context != task->info.n_context)
    {
      g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, _("%s: %zu context columns; the task “%s” has %zu"), o->input.file, set->n_context,
                   task->info.id, task->info.n_context);
      return NULL;
    }
  if (set->n_joints < task->info.n_joints)
    {
      g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, _("%s: %zu joints; the task “%s” moves %zu"), o->input.file, set->n_joints,
                   task->info.id, task->info.n_joints);
      return NULL;
    }
  if (!lw_cli_check_components (o->input.file != NULL ? o->input.file : task->info.id, o->components, set->n, error))
    return NULL;
  return lw_cli_fit_set (set, &settings, NULL, error);
}

/* Nothing is written before settings, model and task are known to fit together. */
static int
begin (const Options *o, Output *out)
{
  g_autoptr (GError) error = NULL;
  LwTask *task = lw_task_new (o->task != NULL ? o->task : "reach-target", lw_path_arms (), &error);
  g_autoptr (LwSkill) skill = NULL;
  g_autoptr (LwProject) project = NULL;
  LwLearnSettings settings = { .iterations = 0 };
  LwLearner *learner = NULL;
  LwRunner *runner = NULL;
  LwCliSources sources = { .contexts = NULL };
  gint64 model = 0;
  int code;

  if (task != NULL && make_settings (o, task, &settings, &error))
    skill = make_skill (o, task, &error);
  if (skill != NULL)
    learner = lw_learn_settings_make_learner (&settings, skill, &error);
  if (learner != NULL)
    runner = lw_runner_kinematic_new (task, lw_path_arms (), &error);
  if (runner != NULL && lw_cli_sources_open (&sources, settings.contexts_from, settings.rewards_from, task, &error) && o->project != NULL)
    {
      project = lw_project_open (o->project, &error);
      if (project != NULL)
        model = lw_skill_save (skill, project, &error);
    }
  if (error != NULL)
    code = lw_cli_fail_error (error);
  else
    {
      LwLearnRun *learning;

      out->iterations = MAX (settings.iterations, 1);
      out->evaluate = settings.evaluate;
      learning = lw_learn_run_new (task, skill, runner, lw_path_arms (), &settings, project, model, &observer, out, &error);

      code = run_to_the_end (learning, &sources, out, g_steal_pointer (&error));
    }
  lw_cli_sources_clear (&sources);
  if (project != NULL)
    lw_project_close (project);
  lw_learner_free (learner);
  lw_runner_free (runner);
  lw_learn_settings_clear (&settings);
  lw_task_free (task);
  return code;
}

/* ---- a run that goes on ---- */

static gboolean
find_run (LwProject *project, gint64 id, LwLearnSettings *settings, gint64 *model, GError **error)
{
  g_autoptr (GPtrArray) runs = lw_project_list_runs (project, error);

  for (guint i = 0; runs != NULL && i < runs->len; i++)
    {
      const LwRunInfo *info = g_ptr_array_index (runs, i);

      if (info->id == id)
        {
          *model = info->model;
          return lw_learn_settings_from_json (info->settings, settings, error);
        }
    }
  if (runs != NULL)
    g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, _("%s: there is no run %" G_GINT64_FORMAT), lw_project_get_path (project), id);
  return FALSE;
}

static LwSkill *
load_skill (LwProject *project, gint64 model, GError **error)
{
  LwArrays arrays;
  g_autofree char *settings = NULL;
  LwSkill *skill;

  if (model == 0)
    {
      g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, _("%s: the run's model is not in the project"), lw_project_get_path (project));
      return NULL;
    }
  settings = lw_project_load_model (project, model, NULL, &arrays, error);
  if (settings == NULL)
    return NULL;
  skill = lw_skill_from_store (settings, &arrays, error);
  lw_arrays_clear (&arrays);
  return skill;
}

static int
go_on (const Options *o, Output *out)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LwProject) project = lw_cli_open_project (o->project, &error);
  g_autoptr (LwSkill) skill = NULL;
  LwLearnSettings settings = { .iterations = 0 };
  LwTask *task = NULL;
  LwRunner *runner = NULL;
  LwLearnRun *learning = NULL;
  LwCliSources sources = { .contexts = NULL };
  gint64 model = 0;
  int code;

  if (project != NULL && find_run (project, o->resume, &settings, &model, &error))
    skill = load_skill (project, model, &error);
  if (skill != NULL)
    task = lw_task_new (settings.task, lw_path_arms (), &error);
  if (task != NULL)
    runner = lw_runner_kinematic_new (task, lw_path_arms (), &error);
  if (runner != NULL && lw_cli_sources_open (&sources, settings.contexts_from, settings.rewards_from, task, &error))
    {
      out->iterations = MAX ((size_t) o->iterations, 1);
      out->evaluate = settings.evaluate;
      learning = lw_learn_run_resume (task, skill, runner, lw_path_arms (), project, o->resume, (size_t) o->iterations, &observer, out, &error);
    }
  code = run_to_the_end (learning, &sources, out, g_steal_pointer (&error));
  lw_cli_sources_clear (&sources);
  if (project != NULL)
    lw_project_close (project);
  lw_runner_free (runner);
  lw_task_free (task);
  lw_learn_settings_clear (&settings);
  return code;
}

int
lw_cli_learn (int argc, char **argv)
{
  Options o = { .input = { .context_dim = -1, .basis = LW_CLI_NO_NUMBER }, .components = LW_CLI_NO_NUMBER, .latent = LW_CLI_NO_NUMBER, .episodes = LW_CLI_NO_NUMBER,
                .evaluate = LW_CLI_NO_NUMBER, .made = LW_CLI_NO_NUMBER, .iterations = 10, .seed = 1, .kl_bound = LW_CLI_NO_AMOUNT, .regularisation = LW_CLI_NO_AMOUNT,
                .noise = LW_CLI_NO_AMOUNT };
  g_autofree char *algorithms = lw_learn_settings_list_algorithms (), *algorithm_help = g_strdup_printf (_("Policy search: %s (lampo)"), algorithms);
  g_autoptr (GError) error = NULL;
  Output out = { .options = &o, .iterations = 1, .done = g_array_new (FALSE, FALSE, sizeof (LwIteration)) };
  int code = LW_CLI_USAGE;
  const GOptionEntry options[] = {
    { "task", 0, 0, G_OPTION_ARG_STRING, &o.task, N_("What is to be learned (reach-target)"), "TASK" },
    { "demonstrations", 0, 0, G_OPTION_ARG_FILENAME, &o.input.file, N_("Demonstrations to start from; without it the task makes its own"), "FILE" },
    { "generate", 0, 0, G_OPTION_ARG_INT, &o.made, N_("How many demonstrations the task makes (100)"), "N" },
    { "context-dim", 0, 0, G_OPTION_ARG_INT, &o.input.context_dim, N_("Context columns of a .npy matrix"), "N" },
    { "basis", 0, 0, G_OPTION_ARG_INT, &o.input.basis, N_("Basis functions a joint (20)"), "N" },
    { "rate", 0, 0, G_OPTION_ARG_DOUBLE, &o.input.rate, N_("Samples a second of a .csv without t"), "HZ" },
    { "components", 0, 0, G_OPTION_ARG_INT, &o.components, N_("Components of the mixture, K (the task's)"), "K" },
    { "latent", 0, 0, G_OPTION_ARG_INT, &o.latent, N_("Latent dimensions, d (the task's)"), "D" },
    { "context-noise", 0, 0, G_OPTION_ARG_DOUBLE, &o.noise, N_("Noise added to contexts before the mixture (the task's)"), "SD" },
    { "algorithm", 0, 0, G_OPTION_ARG_STRING, &o.algorithm, algorithm_help, "NAME" },
    { "episodes", 0, 0, G_OPTION_ARG_INT, &o.episodes, N_("Episodes an iteration (the task's)"), "N" },
    { "evaluate", 0, 0, G_OPTION_ARG_INT, &o.evaluate, N_("Test episodes an iteration (the task's)"), "N" },
    { "iterations", 0, 0, G_OPTION_ARG_INT, &o.iterations, N_("Iterations (10)"), "N" },
    { "kl-bound", 0, 0, G_OPTION_ARG_DOUBLE, &o.kl_bound, N_("How far the policy may move in an iteration (the task's)"), "CHI" },
    { "kl-direction", 0, 0, G_OPTION_ARG_STRING, &o.direction, N_("old-new (the paper's, default) or new-old"), "DIR" },
    { "regularisation", 0, 0, G_OPTION_ARG_DOUBLE, &o.regularisation, N_("Weight of the context divergence (the task's)"), "GAMMA" },
    { "set", 0, 0, G_OPTION_ARG_STRING_ARRAY, &o.set, N_("Any setting of the algorithm by name; may be given several times"), "NAME=NUMBER" },
    { "seed", 0, 0, G_OPTION_ARG_INT64, &o.seed, N_("Seed; the same seed gives the same bits (1)"), "N" },
    { "published", 0, 0, G_OPTION_ARG_NONE, &o.published, N_("As lampo was published: model, bound, new-old, 100 solver iterations, no guard"), NULL },
    { "reward", 0, 0, G_OPTION_ARG_STRING, &o.rewards_from, N_("Rewards from scale:PORT, scale:sim, command:PROGRAM or ask (the task's own)"), N_("SOURCE") },
    { "context-from", 0, 0, G_OPTION_ARG_STRING, &o.contexts_from, N_("Contexts from scale:PORT, command:PROGRAM or ask (drawn by the task)"), N_("SOURCE") },
    { "project", 0, 0, G_OPTION_ARG_FILENAME, &o.project, N_("Keep model, episodes and iterations in this project file"), "FILE" },
    { "resume", 0, 0, G_OPTION_ARG_INT64, &o.resume, N_("Go on with this run of the project until --iterations are done"), "RUN" },
    { "plot", 0, 0, G_OPTION_ARG_FILENAME, &o.plot, N_("Draw the learning curve: .svg, .png or .pdf"), "FILE" },
    { "json", 0, 0, G_OPTION_ARG_NONE, &o.json, N_("One JSON object an iteration"), NULL },
    { NULL },
  };

  if (lw_cli_parse ("learn", "", description, options, &argc, &argv, &code))
    {
      if (argc != 1)
        code = lw_cli_fail (LW_CLI_USAGE, _("learn: “%s” is not an option; demonstrations are given with --demonstrations FILE"), argv[1]);
      else if (!check (&o))
        code = LW_CLI_USAGE;
      else
        {
          lw_cli_catch_interrupt ();
          code = o.resume != 0 ? go_on (&o, &out) : begin (&o, &out);
          if (code == LW_CLI_OK && o.plot != NULL && !lw_cli_plot_learning (out.done, (guint) out.evaluate, o.plot, &error))
            code = lw_cli_fail_error (error);
        }
    }
  g_array_unref (out.done);
  options_clear (&o);
  return code;
}
