/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Episodes of a learning run: drawn from the policy, executed, scored, stored. */
#include <math.h>
#include <string.h>

#include "lw-learn-run-private.h"
#include "lw-stats.h"

void
lw_episode_batch_clear (LwEpisodeBatch *self)
{
  lw_mat_clear (&self->contexts);
  lw_mat_clear (&self->latents);
  free (self->rewards);
  *self = (LwEpisodeBatch){ 0 };
}

LwStatus
lw_episode_batch_init (LwEpisodeBatch *self, size_t n, size_t n_context, size_t n_latent)
{
  *self = (LwEpisodeBatch){ 0 };
  if (lw_mat_alloc (&self->contexts, n, n_context) == LW_OK && lw_mat_alloc (&self->latents, n, n_latent) == LW_OK &&
      (self->rewards = lw_doubles_new (n)) != NULL)
    return LW_OK;
  lw_episode_batch_clear (self);
  return LW_ERR_MEMORY;
}

/* What became of one movement. */
typedef struct {
  double   reward;
  gboolean success;
  gboolean aborted;
} Outcome;

/* One movement executed and scored; an aborted one has no score. */
static gboolean
execute (LwLearnRun *self, LwRunner *runner, const double *context, const double *movement, Outcome *out, GError **error)
{
  LwTrajectory *path = NULL;
  LwRollout rollout;
  gboolean ok;
  LwStatus status = lw_task_movement (self->task, &self->skill->basis, movement, self->skill->params.cols - 1, &path);

  *out = (Outcome){ .reward = NAN };
  if (status != LW_OK)
    {
      lw_job_set_error (error, status, "Movement of an episode");
      return FALSE;
    }
  ok = lw_runner_run (runner, path, context, &self->stop, &rollout, error);
  lw_trajectory_unref (path);
  if (!ok)
    return FALSE;
  out->aborted = rollout.aborted;
  if (!rollout.aborted)
    ok = self->task->klass->score (self->task, context, &rollout, &out->reward, &out->success, error);
  lw_rollout_clear (&rollout);
  return ok;
}

/* A context and a movement for it; both streams are named by @iteration and @episode. */
static gboolean
draw (LwLearnRun *self, LwRngPurpose contexts, LwRngPurpose actions, guint iteration, size_t episode, double *context, double *movement,
      double *latent, GError **error)
{
  LwRng rng;
  double log_q;
  LwStatus status;

  lw_rng_init (&rng, self->settings.seed, contexts, iteration, (uint32_t) episode);
  self->task->klass->draw_context (self->task, &rng, context);
  lw_rng_init (&rng, self->settings.seed, actions, iteration, (uint32_t) episode);
  status = lw_learner_sample (self->learner, context, &rng, movement, latent, &log_q);
  if (status != LW_OK)
    lw_job_set_error (error, status, "Sample of the policy");
  return status == LW_OK;
}

gboolean
lw_learn_run_evaluate (LwLearnRun *self, LwIteration *it, GError **error)
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
      Outcome outcome;

      if (i % 32 == 0)
        {
          self->progress.episode = (guint) i;
          lw_learn_run_notify (self);
        }
      if (lw_learn_run_stopped (self, error) ||
          !draw (self, LW_RNG_EVALUATE, LW_RNG_EVALUATE_ACTION, 0, i, context, movement, latent, error) ||
          !execute (self, self->evaluator, context, movement, &outcome, error))
        return FALSE;
      returns[i] = outcome.reward;
      wins += outcome.success ? 1 : 0;
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

/* ---- training ---- */

static gboolean
is_held (LwLearnRun *self)
{
  return self->paused && !atomic_load (&self->stop) && !atomic_load (&self->ending);
}

/* Holds here while paused. */
static void
wait_while_paused (LwLearnRun *self)
{
  gint64 began = g_get_monotonic_time ();
  gboolean held;

  g_mutex_lock (&self->lock);
  held = is_held (self);
  g_mutex_unlock (&self->lock);
  if (!held)
    return;
  self->progress.phase = LW_LEARN_PAUSED;
  lw_learn_run_notify (self);
  g_mutex_lock (&self->lock);
  while (is_held (self))
    g_cond_wait (&self->wake, &self->lock);
  g_mutex_unlock (&self->lock);
  self->waited_us += g_get_monotonic_time () - began;
  self->progress.phase = LW_LEARN_SAMPLING;
}

static gboolean
store (LwLearnRun *self, guint iteration, size_t i, const Outcome *outcome, const double *context, const double *latent, const double *movement,
       GError **error)
{
  LwEpisode episode = {
    .iteration = iteration, .episode = (guint) i, .rollout = self->runner->recording, .aborted = outcome->aborted, .reward = outcome->reward,
    .success = self->task->info.scores_success && !outcome->aborted ? (outcome->success ? 1 : 0) : -1,
    .context = context, .n_context = self->learner->n_context,
    .latent = latent, .n_latent = lw_learner_latent_size (self->learner),
    .movement = movement, .n_movement = self->learner->n_movement,
  };

  return self->project == NULL || lw_project_add_episodes (self->project, atomic_load (&self->id), &episode, 1, error);
}

/* Episode @i of the iteration a resumed run goes on with, when it is stored. */
static const LwEpisode *
find_done (LwLearnRun *self, guint iteration, size_t i)
{
  for (guint e = 0; self->done != NULL && e < self->done->len; e++)
    {
      const LwEpisode *episode = g_ptr_array_index (self->done, e);

      if (episode->iteration == iteration && episode->episode == i)
        return episode;
    }
  return NULL;
}

/* Episode @i: what is stored of it, or a new one. @context and @latent are rows of the batch. */
static gboolean
run_episode (LwLearnRun *self, guint iteration, size_t i, double *context, double *latent, double *movement, Outcome *out, GError **error)
{
  const LwEpisode *done = find_done (self, iteration, i);

  if (done != NULL)
    {
      memcpy (context, done->context, self->learner->n_context * sizeof *context);
      memcpy (latent, done->latent, lw_learner_latent_size (self->learner) * sizeof *latent);
      *out = (Outcome){ .reward = done->reward, .success = done->success == 1, .aborted = done->aborted };
      return TRUE;
    }
  return draw (self, LW_RNG_CONTEXT, LW_RNG_ACTION, iteration, i, context, movement, latent, error) &&
         execute (self, self->runner, context, movement, out, error) && store (self, iteration, i, out, context, latent, movement, error);
}

gboolean
lw_learn_run_sample (LwLearnRun *self, guint iteration, LwEpisodeBatch *batch, GError **error)
{
  g_autofree double *movement = g_new (double, self->learner->n_movement);

  self->progress.phase = LW_LEARN_SAMPLING;
  self->progress.n_episodes = (guint) self->settings.episodes;
  batch->n = 0;
  for (size_t i = 0; i < self->settings.episodes; i++)
    {
      Outcome outcome;

      self->progress.episode = (guint) i;
      wait_while_paused (self);
      if (lw_learn_run_stopped (self, error))
        return FALSE;
      if (atomic_load (&self->ending))
        break;
      if (!run_episode (self, iteration, i, lw_mat_row (&batch->contexts, batch->n), lw_mat_row (&batch->latents, batch->n), movement, &outcome, error) ||
          lw_learn_run_stopped (self, error))
        return FALSE;
      if (outcome.aborted)
        continue;
      batch->rewards[batch->n++] = outcome.reward;
      self->progress.last_reward = outcome.reward;
      self->progress.episode = (guint) i + 1;
      lw_learn_run_notify (self);
    }
  batch->contexts.rows = batch->latents.rows = batch->n;
  return TRUE;
}
