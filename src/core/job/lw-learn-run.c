/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>

#include "lw-learn-run-private.h"
#include "lw-setting-table.h"
#include "lw-stats.h"

void
lw_learn_run_notify (LwLearnRun *self)
{
  if (self->observer.progress != NULL)
    self->observer.progress (self, &self->progress, self->data);
}

gboolean
lw_learn_run_stopped (LwLearnRun *self, GError **error)
{
  if (!atomic_load (&self->stop))
    return FALSE;
  g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_STOPPED, "Stopped");
  return TRUE;
}

/* ---- an iteration ---- */

/* Changes that a resumed run had stored for the iteration it goes on with act first; they are rows already. */
static gboolean
apply_again (LwLearnRun *self, GError **error)
{
  for (guint i = 0; self->again != NULL && i < self->again->len; i++)
    {
      const LwSettingValue *s = &g_array_index (self->again, LwSettingValue, i);

      if (lw_learner_set (self->learner, s->name, s->value) != LW_OK)
        {
          g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, "the run's stored change of “%s” to %g is not possible", s->name, s->value);
          return FALSE;
        }
    }
  g_clear_pointer (&self->again, g_array_unref);
  return TRUE;
}

/* Settings asked for since the last iteration act now; each is a row of the project with this iteration's number. */
static gboolean
apply_settings (LwLearnRun *self, guint iteration, GError **error)
{
  g_autoptr (GArray) asked = NULL;

  if (!apply_again (self, error))
    return FALSE;
  g_mutex_lock (&self->lock);
  self->begun = iteration;
  asked = g_steal_pointer (&self->pending);
  self->pending = g_array_new (FALSE, FALSE, sizeof (LwSettingValue));
  g_mutex_unlock (&self->lock);
  for (guint i = 0; i < asked->len; i++)
    {
      const LwSettingValue *s = &g_array_index (asked, LwSettingValue, i);

      if (self->project != NULL && !lw_project_add_setting_change (self->project, atomic_load (&self->id), iteration, s->name, s->value, error))
        return FALSE;
      if (lw_learner_set (self->learner, s->name, s->value) != LW_OK)
        {
          g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, "“%s” cannot be %g", s->name, s->value);
          return FALSE;
        }
    }
  return TRUE;
}

static void
improve_progress (double fraction, double J, void *data)
{
  LwLearnRun *self = data;

  self->progress.improve_fraction = fraction;
  self->progress.J = J;
  lw_learn_run_notify (self);
}

static gboolean
improve (LwLearnRun *self, const LwEpisodeBatch *batch, LwIteration *it, GError **error)
{
  LwStatus status = lw_learner_add (self->learner, batch->n, &batch->contexts, &batch->latents, batch->rewards);

  if (status != LW_OK)
    {
      lw_job_set_error (error, status, "Episodes of iteration %u", it->iteration);
      return FALSE;
    }
  self->episodes_so_far += (guint) batch->n;
  it->episodes = self->episodes_so_far;
  it->n_returns = batch->n;
  it->returns = batch->rewards;
  it->training_return = lw_mean (batch->rewards, batch->n);

  self->progress.phase = LW_LEARN_IMPROVING;
  self->progress.improve_fraction = 0.0;
  lw_learn_run_notify (self);
  status = lw_learner_improve (self->learner, improve_progress, self, &self->stop, &it->report);
  if (status != LW_OK)
    {
      if (!lw_learn_run_stopped (self, error))
        lw_job_set_error (error, status, "Improvement in iteration %u", it->iteration);
      return FALSE;
    }
  it->improved = TRUE;
  return TRUE;
}

/* Stored first, then told: what is shown is on disk. */
static gboolean
keep_iteration (LwLearnRun *self, const LwIteration *it, GError **error)
{
  gboolean ok = TRUE;

  if (self->project != NULL)
    {
      g_autofree char *report = lw_iteration_to_json (it, TRUE);
      LwArrays state;
      LwStatus status;

      lw_arrays_init (&state);
      status = lw_learner_to_arrays (self->learner, &state);
      if (status != LW_OK)
        lw_job_set_error (error, status, "State of the learner");
      ok = status == LW_OK && lw_project_add_iteration (self->project, atomic_load (&self->id), it->iteration, report, &state, error);
      lw_arrays_clear (&state);
    }
  if (ok && self->observer.iteration != NULL)
    self->observer.iteration (self, it, self->data);
  return ok;
}

static double
seconds_since (const LwLearnRun *self, gint64 began)
{
  return 1e-6 * (double) (g_get_monotonic_time () - began - self->waited_us);
}

/* Iteration 0: the policy as it was fitted. */
static gboolean
imitate (LwLearnRun *self, GError **error)
{
  gint64 began = g_get_monotonic_time ();
  LwIteration it = { .training_return = NAN };

  self->waited_us = 0;
  if (!lw_learn_run_evaluate (self, &it, error))
    return FALSE;
  it.seconds = seconds_since (self, began);
  return keep_iteration (self, &it, error);
}

static gboolean
iterate (LwLearnRun *self, guint iteration, GError **error)
{
  gint64 began = g_get_monotonic_time ();
  LwIteration it = { .iteration = iteration, .training_return = NAN };
  LwEpisodeBatch batch;
  LwStatus status = lw_episode_batch_init (&batch, self->settings.episodes, self->learner->n_context, lw_learner_latent_size (self->learner));
  gboolean ok;

  if (status != LW_OK)
    {
      lw_job_set_error (error, status, "Episodes of iteration %u", iteration);
      return FALSE;
    }
  self->progress.iteration = iteration;
  self->waited_us = 0;
  ok = apply_settings (self, iteration, error) && lw_learn_run_sample (self, iteration, &batch, error);
  /* An iteration that End cut short improves nothing: its episodes are stored, and count when the run goes on. */
  if (ok && !atomic_load (&self->ending))
    {
      ok = batch.n > 0;
      if (!ok)
        g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_ARM, "All episodes of iteration %u were aborted or have no score; there is nothing to learn from", iteration);
      ok = ok && improve (self, &batch, &it, error) && lw_learn_run_evaluate (self, &it, error);
      it.seconds = seconds_since (self, began);
      ok = ok && keep_iteration (self, &it, error);
    }
  lw_episode_batch_clear (&batch);
  return ok;
}

/* ---- the run ---- */

static gboolean
begin (LwLearnRun *self, GError **error)
{
  g_autofree char *json = NULL;
  gint64 id = atomic_load (&self->id);

  if (self->project == NULL)
    return TRUE;
  if (id != 0)
    return lw_project_end_run (self->project, id, NULL, error); /* going on: not ended */
  json = lw_learn_settings_to_json (&self->settings, self->learner, self->runner->klass->name);
  id = lw_project_begin_run (self->project, self->model, json, error);
  atomic_store (&self->id, id);
  return id != 0;
}

/* A run whose numbers came from outside does not go on with numbers from elsewhere. */
static gboolean
has_instruments (LwLearnRun *self, GError **error)
{
  const char *wanted = self->settings.contexts_from[0] != '\0' && self->contexts == NULL ? self->settings.contexts_from
                       : self->settings.rewards_from[0] != '\0' && self->scores == NULL  ? self->settings.rewards_from
                                                                                         : NULL;

  if (wanted != NULL)
    g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, "This run needs its source “%s”, which is not there", wanted);
  else if (self->contexts != NULL && self->contexts->klass->context == NULL)
    g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, "%s gives no contexts", self->contexts->title);
  else if (self->scores != NULL && self->scores->klass->observe == NULL)
    g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, "%s gives no rewards", self->scores->title);
  else
    return TRUE;
  return FALSE;
}

static gboolean
run_all (LwLearnRun *self, GError **error)
{
  if (!has_instruments (self, error) || !begin (self, error) || (self->next == 0 && !imitate (self, error)))
    return FALSE;
  for (guint i = MAX (self->next, 1); i <= self->settings.iterations && !atomic_load (&self->ending); i++)
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

  if (self->project != NULL && atomic_load (&self->id) != 0)
    {
      const char *how = stopped ? "stopped" : own != NULL ? own->message : atomic_load (&self->ending) ? "ended" : "complete";
      g_autoptr (GError) unmarked = NULL;

      /* Without its mark a run reads as cut off, which is true then; the run's own error says more. */
      if (!lw_project_end_run (self->project, atomic_load (&self->id), how, &unmarked) && own == NULL)
        {
          own = g_steal_pointer (&unmarked);
          ok = FALSE;
        }
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
  lw_learn_run_here (data, NULL); /* the observer has heard of an error */
  return NULL;
}

static gboolean
check (const LwTask *task, const LwSkill *skill, const LwLearnSettings *settings, GError **error)
{
  if (skill->n_context != task->info.n_context)
    g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, "The task “%s” has a context of %zu numbers, the model one of %zu",
                 task->info.id, task->info.n_context, skill->n_context);
  else if (skill->n_joints < task->info.n_joints)
    g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, "The task “%s” moves %zu joints, the model has %zu",
                 task->info.id, task->info.n_joints, skill->n_joints);
  else if (settings->episodes == 0)
    g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, "An iteration needs one episode at least");
  else
    return TRUE;
  return FALSE;
}

LwLearnRun *
lw_learn_run_new (const LwTask *task, LwSkill *skill, LwRunner *runner, const char *arms_dir, const LwLearnSettings *settings,
                  LwProject *project, gint64 model, const LwLearnObserver *observer, gpointer data, GError **error)
{
  LwLearnRun *self;

  if (!check (task, skill, settings, error))
    return NULL;
  self = g_new0 (LwLearnRun, 1);
  self->task = task;
  self->runner = runner;
  self->skill = lw_skill_ref (skill);
  self->project = project != NULL ? g_object_ref (project) : NULL;
  self->model = model;
  lw_learn_settings_copy (settings, &self->settings);
  self->pending = g_array_new (FALSE, FALSE, sizeof (LwSettingValue));
  self->observer = observer != NULL ? *observer : (LwLearnObserver){ 0 };
  self->data = data;
  g_mutex_init (&self->lock);
  g_cond_init (&self->wake);
  atomic_init (&self->id, 0);
  atomic_init (&self->ending, false);
  atomic_init (&self->stop, false);
  self->evaluator = lw_runner_kinematic_new (task, arms_dir, error);
  if (self->evaluator != NULL)
    self->learner = lw_learn_settings_make_learner (settings, skill, error);
  if (self->learner == NULL)
    g_clear_pointer (&self, lw_learn_run_free);
  return self;
}

void
lw_learn_run_free (LwLearnRun *self)
{
  if (self == NULL)
    return;
  g_clear_pointer (&self->thread, g_thread_join);
  g_clear_pointer (&self->learner, lw_learner_free);
  lw_runner_free (self->evaluator);
  lw_skill_unref (self->skill);
  g_clear_object (&self->project);
  lw_learn_settings_clear (&self->settings);
  g_clear_pointer (&self->done, g_ptr_array_unref);
  g_clear_pointer (&self->again, g_array_unref);
  g_array_unref (self->pending);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->wake);
  g_free (self);
}

void
lw_learn_run_set_instruments (LwLearnRun *self, LwInstrument *contexts, LwInstrument *scores)
{
  g_return_if_fail (self->thread == NULL);
  self->contexts = contexts;
  self->scores = scores;
}

void
lw_learn_run_start (LwLearnRun *self)
{
  g_return_if_fail (self->thread == NULL);
  self->thread = g_thread_new ("learner", run_thread, self);
}

/* ---- from other threads ---- */

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

/* The table is the algorithm's and never changes: reading it needs no lock. A run is past settings of the model's size. */
static gboolean
is_possible (const LwLearner *learner, const char *name, double value)
{
  size_t n;
  const LwLearnerSetting *table = lw_learner_settings (learner, &n);

  for (size_t i = 0; i < n; i++)
    if (strcmp (table[i].name, name) == 0)
      return !table[i].structural && lw_setting_is_valid (&table[i], value);
  return FALSE;
}

guint
lw_learn_run_set (LwLearnRun *self, const char *setting, double value)
{
  LwSettingValue asked = { "", value };
  guint acts;

  if (!is_possible (self->learner, setting, value))
    return 0;
  g_strlcpy (asked.name, setting, sizeof asked.name);
  g_mutex_lock (&self->lock);
  /* A slider that travels asks many times; only where it stands when the iteration begins counts. */
  for (guint i = 0; i < self->pending->len; i++)
    if (strcmp (g_array_index (self->pending, LwSettingValue, i).name, setting) == 0)
      g_array_remove_index (self->pending, i--);
  g_array_append_val (self->pending, asked);
  acts = self->begun + 1;
  g_mutex_unlock (&self->lock);
  return acts;
}

gint64
lw_learn_run_get_id (LwLearnRun *self)
{
  return atomic_load (&self->id);
}

LwLearner *
lw_learn_run_get_learner (LwLearnRun *self)
{
  return self->learner;
}
