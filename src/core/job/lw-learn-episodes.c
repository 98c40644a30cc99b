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
  double    reward;
  gboolean  success;
  gboolean  scores_success;
  gboolean  aborted;
  double    measures[LW_MAX_CONTEXT];
  size_t    n_measures;
} Outcome;

static void
outcome_init (LwLearnRun *self, Outcome *out)
{
  *out = (Outcome){ .reward = NAN, .scores_success = self->task->info.scores_success };
  for (size_t i = 0; i < G_N_ELEMENTS (out->measures); i++)
    out->measures[i] = NAN;
}

/* ---- instruments ---- */

/* What an instrument's @result means for the run: FALSE ends it; without a value the episode has no score, which is said. Takes @why. */
static gboolean
settle (LwLearnRun *self, LwInstrumentResult result, const LwTrial *trial, GError *why, Outcome *out, GError **error)
{
  switch (result)
    {
    case LW_INSTRUMENT_OK:
      return TRUE;
    case LW_INSTRUMENT_NONE:
      {
        g_autofree char *words = g_strdup_printf ("Episode %u of iteration %u has no score and is left out: %s", trial->episode + 1, trial->iteration, why->message);

        if (self->observer.note != NULL)
          self->observer.note (self, words, self->data);
        g_error_free (why);
        out->aborted = TRUE;
        return TRUE;
      }
    case LW_INSTRUMENT_STOPPED:
      return !lw_learn_run_stopped (self, error);
    case LW_INSTRUMENT_FAILED:
      break;
    }
  g_propagate_error (error, why);
  return FALSE;
}

static gint64
begin_waiting (LwLearnRun *self)
{
  self->progress.phase = LW_LEARN_WAITING;
  lw_learn_run_notify (self);
  return g_get_monotonic_time ();
}

static void
end_waiting (LwLearnRun *self, gint64 began)
{
  self->waited_us += g_get_monotonic_time () - began;
  self->progress.phase = LW_LEARN_SAMPLING;
}

static gboolean
prepare (LwLearnRun *self, LwInstrument *instrument, const LwTrial *trial, Outcome *out, GError **error)
{
  LwInstrumentResult result;
  GError *why = NULL;
  gint64 began;

  if (instrument == NULL || instrument->klass->prepare == NULL)
    return TRUE;
  began = begin_waiting (self);
  result = instrument->klass->prepare (instrument, trial, &self->stop, &why);
  end_waiting (self, began);
  return settle (self, result, trial, why, out, error);
}

static gboolean
observe (LwLearnRun *self, LwInstrument *instrument, const LwTrial *trial, LwRollout *rollout, Outcome *out, GError **error)
{
  LwObservation seen = { .reward = NAN, .success = -1, .measures = out->measures };
  LwInstrumentResult result;
  GError *why = NULL;
  LwStatus status;
  gint64 began;

  if (instrument == NULL)
    return TRUE;
  began = begin_waiting (self);
  result = instrument->klass->observe (instrument, trial, &seen, &self->stop, &why);
  end_waiting (self, began);
  if (!settle (self, result, trial, why, out, error))
    return FALSE;
  if (out->aborted)
    return TRUE;
  if (isfinite (seen.reward))
    {
      out->reward = seen.reward;
      out->success = seen.success == 1;
      out->scores_success = seen.success >= 0;
      return TRUE;
    }
  status = lw_rollout_set_measures (rollout, out->measures, self->task->info.n_measures);
  if (status != LW_OK)
    lw_job_set_error (error, status, "What was measured");
  return status == LW_OK;
}

/* By the task, unless somebody else has said it. */
static gboolean
score (LwLearnRun *self, const double *context, const LwRollout *rollout, Outcome *out, GError **error)
{
  out->n_measures = MIN (rollout->n_measures, G_N_ELEMENTS (out->measures));
  for (size_t i = 0; i < out->n_measures; i++)
    out->measures[i] = rollout->measures[i];
  return isfinite (out->reward) || self->task->klass->score (self->task, context, rollout, &out->reward, &out->success, error);
}

/* The context as it is drawn, unless an instrument knows better. */
static gboolean
ask_for_context (LwLearnRun *self, guint iteration, size_t episode, double *context, GError **error)
{
  const LwTrial trial = { .task = self->task, .iteration = iteration, .episode = (guint) episode };
  LwInstrumentResult result;
  gint64 began;

  if (self->contexts == NULL)
    return TRUE;
  began = begin_waiting (self);
  result = self->contexts->klass->context (self->contexts, &trial, context, &self->stop, error);
  end_waiting (self, began);
  if (result == LW_INSTRUMENT_STOPPED)
    lw_learn_run_stopped (self, error);
  return result == LW_INSTRUMENT_OK;
}

/* One movement executed and scored by the task; an aborted one has no score. @instrument (nullable) is asked instead. */
static gboolean
execute (LwLearnRun *self, LwRunner *runner, const double *context, const double *movement, LwInstrument *instrument, guint iteration, size_t episode,
         Outcome *out, GError **error)
{
  LwTrial trial = { .task = self->task, .iteration = iteration, .episode = (guint) episode, .context = context };
  LwTrajectory *path = NULL;
  LwRollout rollout;
  gboolean ok;
  LwStatus status = lw_task_movement (self->task, &self->skill->basis, movement, self->skill->params.cols - 1, &path);

  outcome_init (self, out);
  if (status != LW_OK)
    {
      lw_job_set_error (error, status, "Movement of an episode");
      return FALSE;
    }
  ok = prepare (self, instrument, &trial, out, error);
  if (ok && !out->aborted)
    ok = lw_runner_run (runner, path, context, &self->stop, &rollout, error);
  lw_trajectory_unref (path);
  if (!ok || out->aborted)
    return ok;
  out->aborted = rollout.aborted;
  trial.rollout = &rollout;
  if (!rollout.aborted)
    ok = observe (self, instrument, &trial, &rollout, out, error) && (out->aborted || score (self, context, &rollout, out, error));
  lw_rollout_clear (&rollout);
  return ok;
}

/* A context and a movement for it; both streams are named by @iteration and @episode. */
static gboolean
draw (LwLearnRun *self, gboolean ask, LwRngPurpose contexts, LwRngPurpose actions, guint iteration, size_t episode, double *context, double *movement,
      double *latent, GError **error)
{
  LwRng rng;
  double log_q;
  LwStatus status;

  lw_rng_init (&rng, self->settings.seed, contexts, iteration, (uint32_t) episode);
  self->task->klass->draw_context (self->task, &rng, context);
  if (ask && !ask_for_context (self, iteration, episode, context, error))
    return FALSE;
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
          !draw (self, FALSE, LW_RNG_EVALUATE, LW_RNG_EVALUATE_ACTION, 0, i, context, movement, latent, error) ||
          !execute (self, self->evaluator, context, movement, NULL, 0, i, &outcome, error))
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
store (LwLearnRun *self, guint iteration, size_t number, const Outcome *outcome, const double *context, const double *latent, const double *movement,
       GError **error)
{
  g_autofree LwMeasure *measures = g_new0 (LwMeasure, MAX (outcome->n_measures, 1));
  LwEpisode episode = {
    .iteration = iteration, .episode = (guint) number, .rollout = self->runner->recording, .aborted = outcome->aborted, .reward = outcome->reward,
    .success = outcome->scores_success && !outcome->aborted ? (outcome->success ? 1 : 0) : -1,
    .context = context, .n_context = self->learner->n_context,
    .latent = latent, .n_latent = lw_learner_latent_size (self->learner),
    .movement = movement, .n_movement = self->learner->n_movement,
    .measures = measures, .n_measures = outcome->n_measures,
    .once = self->contexts != NULL || self->scores != NULL,
  };

  for (size_t i = 0; i < outcome->n_measures; i++)
    measures[i] = (LwMeasure){ self->task->info.measures[i].name, self->task->info.measures[i].unit, outcome->measures[i] };
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
      outcome_init (self, out);
      out->reward = done->reward;
      out->success = done->success == 1;
      out->aborted = done->aborted;
      return TRUE;
    }
  return draw (self, TRUE, LW_RNG_CONTEXT, LW_RNG_ACTION, iteration, i, context, movement, latent, error) &&
         execute (self, self->runner, context, movement, self->scores, iteration, i, out, error) &&
         store (self, iteration, i, out, context, latent, movement, error);
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
