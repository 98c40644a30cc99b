/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>

#include "lw-learn-run-private.h"
#include "lw-stats.h"

struct LwLearnRun {
  /* borrowed */
  const LwTask    *task;
  LwRunner        *runner;

  /* owned */
  LwSkill         *skill;
  LwProject       *project;   /* (nullable) */
  LwLearner       *learner;
  LwRunner        *evaluator; /* kinematic */
  LwLearnSettings  settings;
  GThread         *thread;
  GArray          *pending;   /* of LwSettingValue, under lock */

  LwLearnObserver  observer;
  gpointer         data;
  gint64           model, run;
  guint            episodes_so_far;
  LwLearnProgress  progress;

  GMutex           lock;      /* pending, paused */
  GCond            wake;
  gboolean         paused;
  atomic_bool      ending;    /* finish after the episode in hand */
  atomic_bool      stop;      /* now */
};

/* What one batch of episodes is kept in. */
typedef struct {
  size_t  n;
  LwMat   contexts; /* (n x dc) */
  LwMat   latents;  /* (n x latent) */
  double *rewards;  /* (n) */
} Batch;

static void
batch_clear (Batch *self)
{
  lw_mat_clear (&self->contexts);
  lw_mat_clear (&self->latents);
  free (self->rewards);
  *self = (Batch){ 0 };
}

static gboolean
batch_init (Batch *self, size_t n, size_t dc, size_t latent)
{
  *self = (Batch){ 0 };
  if (lw_mat_alloc (&self->contexts, n, dc) == LW_OK && lw_mat_alloc (&self->latents, n, latent) == LW_OK &&
      (self->rewards = lw_doubles_new (n)) != NULL)
    return TRUE;
  batch_clear (self);
  return FALSE;
}

static void
notify_progress (LwLearnRun *self)
{
  if (self->observer.progress != NULL)
    self->observer.progress (self, &self->progress, self->data);
}

static gboolean
is_stopped (LwLearnRun *self, GError **error)
{
  if (!atomic_load (&self->stop))
    return FALSE;
  g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_STOPPED, "Stopped");
  return TRUE;
}

/* Holds here while paused. */
static void
wait_while_paused (LwLearnRun *self)
{
  LwLearnPhase before = self->progress.phase;

  g_mutex_lock (&self->lock);
  while (self->paused && !atomic_load (&self->stop) && !atomic_load (&self->ending))
    {
      if (self->progress.phase != LW_LEARN_PAUSED)
        {
          self->progress.phase = LW_LEARN_PAUSED;
          g_mutex_unlock (&self->lock);
          notify_progress (self);
          g_mutex_lock (&self->lock);
          continue;
        }
      g_cond_wait (&self->wake, &self->lock);
    }
  g_mutex_unlock (&self->lock);
  self->progress.phase = before;
}

/* One movement executed and scored. FALSE with @error; an aborted one is TRUE with @aborted. */
static gboolean
execute (LwLearnRun *self, LwRunner *runner, const double *context, const double *movement, double *reward, gboolean *success,
         gboolean *aborted, GError **error)
{
  LwTrajectory *path = NULL;
  LwRollout rollout;
  gboolean ok;
  LwStatus status = lw_task_movement (self->task, &self->skill->basis, movement, self->skill->params.cols - 1, &path);

  if (status != LW_OK)
    {
      lw_job_set_error (error, status, "Movement of an episode");
      return FALSE;
    }
  ok = lw_runner_run (runner, path, context, &self->stop, &rollout, error);
  lw_trajectory_unref (path);
  if (!ok)
    return FALSE;
  *aborted = rollout.aborted;
  if (!rollout.aborted)
    ok = self->task->klass->score (self->task, context, &rollout, reward, success, error);
  lw_rollout_clear (&rollout);
  return ok;
}

static gboolean
draw (LwLearnRun *self, LwRng *rng, const double *context, double *movement, double *latent, GError **error)
{
  double log_q;
  LwStatus status = lw_learner_sample (self->learner, context, rng, movement, latent, &log_q);

  if (status != LW_OK)
    lw_job_set_error (error, status, "Sample of the policy");
  return status == LW_OK;
}

/* The same test contexts and the same draws every iteration: iterations differ by the policy alone. */
static gboolean
evaluate (LwLearnRun *self, LwIteration *it, GError **error)
{
  size_t n = self->settings.evaluate, wins = 0;
  g_autofree double *returns = g_new (double, MAX (n, 1));
  g_autofree double *context = g_new (double, self->learner->n_context + 1);
  g_autofree double *movement = g_new (double, self->learner->n_movement);
  g_autofree double *latent = g_new (double, lw_learner_latent_size (self->learner));

  it->success = it->mean_return = it->return_ci95 = NAN;
  self->progress.phase = LW_LEARN_EVALUATING;
  self->progress.n_episodes = (guint) n;
  for (size_t i = 0; i < n; i++)
    {
      LwRng contexts, actions;
      gboolean success = FALSE, aborted = FALSE;

      if (is_stopped (self, error))
        return FALSE;
      lw_rng_init (&contexts, self->settings.seed, LW_RNG_EVALUATE, 0, (uint32_t) i);
      lw_rng_init (&actions, self->settings.seed, LW_RNG_EVALUATE_ACTION, 0, (uint32_t) i);
      self->task->klass->draw_context (self->task, &contexts, context);
      if (!draw (self, &actions, context, movement, latent, error) ||
          !execute (self, self->evaluator, context, movement, &returns[i], &success, &aborted, error))
        return FALSE;
      if (aborted)
        return is_stopped (self, error), FALSE;
      wins += success ? 1 : 0;
      if (i % 32 == 0)
        {
          self->progress.episode = (guint) i;
          notify_progress (self);
        }
    }
  if (n > 0)
    {
      it->mean_return = lw_mean (returns, n);
      it->return_ci95 = lw_ci95 (returns, n);
      if (self->task->info.scores_success)
        it->success = (double) wins / (double) n;
    }
  return TRUE;
}

static gboolean
store_episode (LwLearnRun *self, guint iteration, size_t i, gboolean aborted, gboolean success, double reward, const double *context,
               const double *latent, const double *movement, GError **error)
{
  LwEpisode episode = {
    .iteration = iteration, .episode = (guint) i, .aborted = aborted, .reward = aborted ? NAN : reward,
    .success = self->task->info.scores_success && !aborted ? (success ? 1 : 0) : -1,
    .context = context, .n_context = self->learner->n_context,
    .latent = latent, .n_latent = lw_learner_latent_size (self->learner),
    .movement = movement, .n_movement = self->learner->n_movement,
  };

  return self->project == NULL || lw_project_add_episodes (self->project, self->run, &episode, 1, error);
}

/* Draws and executes the episodes of @iteration. What was aborted is stored as such and left out of @batch. */
static gboolean
sample_episodes (LwLearnRun *self, guint iteration, Batch *batch, GError **error)
{
  g_autofree double *movement = g_new (double, self->learner->n_movement);

  self->progress.n_episodes = (guint) self->settings.episodes;
  for (size_t i = 0; i < self->settings.episodes; i++)
    {
      LwRng contexts, actions;
      double *context = lw_mat_row (&batch->contexts, batch->n), *latent = lw_mat_row (&batch->latents, batch->n), reward = NAN;
      gboolean success = FALSE, aborted = FALSE;

      self->progress.phase = LW_LEARN_SAMPLING;
      self->progress.episode = (guint) i;
      wait_while_paused (self);
      if (is_stopped (self, error))
        return FALSE;
      if (atomic_load (&self->ending))
        break;
      lw_rng_init (&contexts, self->settings.seed, LW_RNG_CONTEXT, iteration, (uint32_t) i);
      lw_rng_init (&actions, self->settings.seed, LW_RNG_ACTION, iteration, (uint32_t) i);
      self->task->klass->draw_context (self->task, &contexts, context);
      if (!draw (self, &actions, context, movement, latent, error) ||
          !execute (self, self->runner, context, movement, &reward, &success, &aborted, error) ||
          !store_episode (self, iteration, i, aborted, success, reward, context, latent, movement, error))
        return FALSE;
      if (is_stopped (self, error))
        return FALSE;
      if (aborted)
        continue;
      batch->rewards[batch->n++] = reward;
      self->progress.last_reward = reward;
      notify_progress (self);
    }
  return TRUE;
}

static void
improve_progress (double fraction, double J, void *data)
{
  LwLearnRun *self = data;

  self->progress.improve_fraction = fraction;
  self->progress.J = J;
  notify_progress (self);
}

/* Settings asked for since the last iteration act now; each is a row of the project with this iteration's number. */
static gboolean
apply_settings (LwLearnRun *self, guint iteration, GError **error)
{
  g_autoptr (GArray) asked = NULL;

  g_mutex_lock (&self->lock);
  asked = g_steal_pointer (&self->pending);
  self->pending = g_array_new (FALSE, FALSE, sizeof (LwSettingValue));
  g_mutex_unlock (&self->lock);
  for (guint i = 0; i < asked->len; i++)
    {
      const LwSettingValue *s = &g_array_index (asked, LwSettingValue, i);

      if (lw_learner_set (self->learner, s->name, s->value) != LW_OK)
        {
          g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, "%g is outside the range of \"%s\"", s->value, s->name);
          return FALSE;
        }
      if (self->project != NULL && !lw_project_add_setting_change (self->project, self->run, iteration, s->name, s->value, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
keep_iteration (LwLearnRun *self, const LwIteration *it, GError **error)
{
  gboolean ok = TRUE;

  if (self->project != NULL)
    {
      g_autofree char *report = lw_iteration_to_json (it, TRUE);
      LwArrays state;

      lw_arrays_init (&state);
      ok = lw_learner_to_arrays (self->learner, &state) == LW_OK;
      if (!ok)
        lw_job_set_error (error, LW_ERR_MEMORY, "State of the learner");
      else
        ok = lw_project_add_iteration (self->project, self->run, it->iteration, report, &state, error);
      lw_arrays_clear (&state);
    }
  if (ok && self->observer.iteration != NULL)
    self->observer.iteration (self, it, self->data);
  return ok;
}

static gboolean
improve (LwLearnRun *self, Batch *batch, LwIteration *it, GError **error)
{
  LwStatus status;

  batch->contexts.rows = batch->latents.rows = batch->n;
  status = lw_learner_add (self->learner, batch->n, &batch->contexts, &batch->latents, batch->rewards);
  if (status != LW_OK)
    {
      lw_job_set_error (error, status, "Episodes of iteration %u", it->iteration);
      return FALSE;
    }
  self->progress.phase = LW_LEARN_IMPROVING;
  self->progress.improve_fraction = 0.0;
  notify_progress (self);
  status = lw_learner_improve (self->learner, improve_progress, self, &self->stop, &it->report);
  if (status == LW_ERR_STOPPED)
    return is_stopped (self, error), FALSE;
  if (status != LW_OK)
    {
      lw_job_set_error (error, status, "Improvement in iteration %u", it->iteration);
      return FALSE;
    }
  it->improved = TRUE;
  return TRUE;
}

static gboolean
iterate (LwLearnRun *self, guint iteration, GError **error)
{
  gint64 began = g_get_monotonic_time ();
  LwIteration it = { .iteration = iteration, .training_return = NAN };
  Batch batch;
  gboolean ok;

  self->progress.iteration = iteration;
  if (!batch_init (&batch, MAX (self->settings.episodes, 1), self->learner->n_context, lw_learner_latent_size (self->learner)))
    {
      lw_job_set_error (error, LW_ERR_MEMORY, "Episodes of iteration %u", iteration);
      return FALSE;
    }
  ok = apply_settings (self, iteration, error) && sample_episodes (self, iteration, &batch, error);
  /* End run: the episodes in hand are stored, but an iteration that was cut short improves nothing. */
  if (ok && !atomic_load (&self->ending) && batch.n > 0)
    {
      self->episodes_so_far += (guint) batch.n;
      it.episodes = self->episodes_so_far;
      it.n_returns = batch.n;
      it.returns = batch.rewards;
      it.training_return = lw_mean (batch.rewards, batch.n);
      ok = improve (self, &batch, &it, error) && evaluate (self, &it, error);
      it.seconds = 1e-6 * (double) (g_get_monotonic_time () - began);
      if (ok)
        ok = keep_iteration (self, &it, error);
    }
  batch_clear (&batch);
  return ok;
}

static gboolean
run_all (LwLearnRun *self, GError **error)
{
  LwIteration imitation = { .iteration = 0, .training_return = NAN };
  gint64 began = g_get_monotonic_time ();

  if (self->project != NULL)
    {
      g_autofree char *json = lw_learn_settings_to_json (&self->settings, self->learner, self->runner->klass->name);

      self->run = lw_project_begin_run (self->project, self->model, json, error);
      if (self->run == 0)
        return FALSE;
    }
  if (!evaluate (self, &imitation, error))
    return FALSE;
  imitation.seconds = 1e-6 * (double) (g_get_monotonic_time () - began);
  if (!keep_iteration (self, &imitation, error))
    return FALSE;
  for (guint i = 1; i <= self->settings.iterations && !atomic_load (&self->ending); i++)
    if (!iterate (self, i, error))
      return FALSE;
  return TRUE;
}

gboolean
lw_learn_run_here (LwLearnRun *self, GError **error)
{
  GError *own = NULL;
  gboolean ok = run_all (self, &own);
  gboolean stopped = g_error_matches (own, LW_JOB_ERROR, LW_JOB_ERROR_STOPPED);

  if (self->project != NULL && self->run != 0)
    {
      g_autoptr (GError) ignored = NULL; /* the run's own error says more than a failed end mark */

      lw_project_end_run (self->project, self->run, ok ? (atomic_load (&self->ending) ? "ended" : "complete") : stopped ? "stopped" : own->message, &ignored);
    }
  self->progress.phase = LW_LEARN_ENDED;
  if (self->observer.ended != NULL)
    self->observer.ended (self, stopped ? NULL : own, stopped, self->data);
  if (own != NULL)
    g_propagate_error (error, own);
  return ok;
}

static gpointer
run_thread (gpointer data)
{
  g_autoptr (GError) error = NULL;

  lw_learn_run_here (data, &error); /* told to the observer */
  return NULL;
}

/* What the published experiments ran with, maths.md 4. */
static LwStatus
apply_published (LwLearner *learner)
{
  LwStatus status = lw_learner_set (learner, "kl_direction", 1.0);

  if (status == LW_OK)
    status = lw_learner_set (learner, "max_iterations", 100.0);
  if (status == LW_OK)
    status = lw_learner_set (learner, "guard", 0.0);
  return status;
}

static gboolean
set_up_learner (LwLearnRun *self, GError **error)
{
  self->learner = lw_learner_new (self->settings.algorithm, &self->skill->mppca, self->skill->n_context);
  if (self->learner == NULL)
    {
      g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, "There is no algorithm \"%s\"", self->settings.algorithm);
      return FALSE;
    }
  if (self->settings.published && apply_published (self->learner) != LW_OK)
    {
      g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, "\"%s\" has no published settings", self->settings.algorithm);
      return FALSE;
    }
  for (guint i = 0; self->settings.settings != NULL && i < self->settings.settings->len; i++)
    {
      const LwSettingValue *s = &g_array_index (self->settings.settings, LwSettingValue, i);

      if (lw_learner_set (self->learner, s->name, s->value) != LW_OK)
        {
          g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, "%g is outside the range of \"%s\"", s->value, s->name);
          return FALSE;
        }
    }
  return TRUE;
}

LwLearnRun *
lw_learn_run_new (const LwTask *task, LwSkill *skill, LwRunner *runner, const char *arms_dir, const LwLearnSettings *settings,
                  LwProject *project, gint64 model, const LwLearnObserver *observer, gpointer data, GError **error)
{
  LwLearnRun *self;

  if (skill->n_context != task->info.n_context)
    {
      g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, "The task \"%s\" has a context of %zu numbers, the model one of %zu",
                   task->info.id, task->info.n_context, skill->n_context);
      return NULL;
    }
  if (skill->n_joints < task->info.n_joints)
    {
      g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, "The task \"%s\" moves %zu joints, the model has %zu",
                   task->info.id, task->info.n_joints, skill->n_joints);
      return NULL;
    }

  self = g_new0 (LwLearnRun, 1);
  self->task = task;
  self->runner = runner;
  self->skill = lw_skill_ref (skill);
  self->project = project != NULL ? g_object_ref (project) : NULL;
  self->model = model;
  self->settings = *settings;
  self->settings.settings = settings->settings != NULL ? g_array_copy (settings->settings) : NULL;
  self->pending = g_array_new (FALSE, FALSE, sizeof (LwSettingValue));
  self->observer = observer != NULL ? *observer : (LwLearnObserver){ 0 };
  self->data = data;
  g_mutex_init (&self->lock);
  g_cond_init (&self->wake);
  atomic_init (&self->ending, false);
  atomic_init (&self->stop, false);
  self->evaluator = lw_runner_kinematic_new (task, arms_dir, error);
  if (self->evaluator == NULL || !set_up_learner (self, error))
    {
      lw_learn_run_free (self);
      return NULL;
    }
  return self;
}

void
lw_learn_run_start (LwLearnRun *self)
{
  g_return_if_fail (self->thread == NULL);
  self->thread = g_thread_new ("learner", run_thread, self);
}

void
lw_learn_run_pause (LwLearnRun *self, gboolean pause)
{
  g_mutex_lock (&self->lock);
  self->paused = pause;
  g_cond_broadcast (&self->wake);
  g_mutex_unlock (&self->lock);
}

void
lw_learn_run_end (LwLearnRun *self)
{
  atomic_store (&self->ending, true);
  lw_learn_run_pause (self, FALSE);
}

void
lw_learn_run_stop (LwLearnRun *self)
{
  atomic_store (&self->stop, true);
  lw_learn_run_pause (self, FALSE);
}

void
lw_learn_run_set (LwLearnRun *self, const char *setting, double value)
{
  LwSettingValue asked = { "", value };

  g_strlcpy (asked.name, setting, sizeof asked.name);
  g_mutex_lock (&self->lock);
  /* A slider that travels asks many times; only where it stands when the iteration begins counts. */
  for (guint i = 0; i < self->pending->len; i++)
    if (strcmp (g_array_index (self->pending, LwSettingValue, i).name, setting) == 0)
      g_array_remove_index (self->pending, i--);
  g_array_append_val (self->pending, asked);
  g_mutex_unlock (&self->lock);
}

gint64
lw_learn_run_get_id (LwLearnRun *self)
{
  return self->run;
}

LwLearner *
lw_learn_run_get_learner (LwLearnRun *self)
{
  return self->learner;
}

void
lw_learn_run_free (LwLearnRun *self)
{
  if (self == NULL)
    return;
  g_clear_pointer (&self->thread, g_thread_join);
  lw_learner_free (self->learner);
  lw_runner_free (self->evaluator);
  lw_skill_unref (self->skill);
  g_clear_object (&self->project);
  lw_learn_settings_clear (&self->settings);
  g_array_unref (self->pending);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->wake);
  g_free (self);
}
