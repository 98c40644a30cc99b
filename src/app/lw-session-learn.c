/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Learning runs as the window sees them: what the learner's thread says is carried into the main loop, iterations through a queue that loses none,
 * progress through a mailbox that keeps the latest. Also plans for Perform. */
#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "lw-paths.h"
#include "lw-session-private.h"

void
lw_session_iteration_free (gpointer data)
{
  LwIteration *it = data;

  g_free (it->returns);
  g_free (it);
}

void
lw_session_arrays_free (gpointer data)
{
  lw_arrays_clear (data);
  g_free (data);
}

static void
change_clear (gpointer data)
{
  g_free (((LwSettingChange *) data)->name);
}

void
lw_session_learn_init (LwSession *self)
{
  self->iterations = g_ptr_array_new_with_free_func (lw_session_iteration_free);
  self->policies = g_ptr_array_new_with_free_func (lw_session_arrays_free);
  self->changes = g_array_new (FALSE, FALSE, sizeof (LwSettingChange));
  g_array_set_clear_func (self->changes, change_clear);
  lw_latest_init (&self->progress_box, g_free);
  atomic_init (&self->progress_pending, false);
  memset (&self->progress, 0, sizeof self->progress);
}

static void
drop_run (LwSession *self)
{
  if (self->run != NULL && self->run_active)
    lw_learn_run_stop (self->run);
  g_clear_pointer (&self->run, lw_learn_run_free); /* joins */
  lw_runner_feed_set (&self->feed, NULL);
  g_clear_pointer (&self->runner, lw_runner_free);
  g_clear_pointer (&self->run_skill, lw_skill_unref);
  g_clear_pointer (&self->instrument, lw_instrument_free);
  g_clear_pointer (&self->instrument_task, lw_task_free);
  lw_session_forget_question (self);
  self->run_active = self->run_paused = self->run_on_arm = FALSE;
}

void
lw_session_learn_clear (LwSession *self)
{
  if (self->iterations == NULL)
    return;
  drop_run (self);
  lw_latest_clear (&self->progress_box);
  lw_learn_settings_clear (&self->told);
  memset (&self->told, 0, sizeof self->told);
  g_clear_pointer (&self->iterations, g_ptr_array_unref);
  g_clear_pointer (&self->policies, g_ptr_array_unref);
  g_clear_pointer (&self->changes, g_array_unref);
}

/* ---- from the learner's thread into the main loop ---- */

typedef struct {
  LwSession   *session;  /* owned */
  LwLearnRun  *run;      /* to know what it belongs to; not touched */
  LwIteration *iteration;
  LwArrays    *policy;
  GError      *error;
  gboolean     stopped;
} News;

static void
news_free (gpointer data)
{
  News *news = data;

  g_clear_pointer (&news->iteration, lw_session_iteration_free);
  g_clear_pointer (&news->policy, lw_session_arrays_free);
  g_clear_error (&news->error);
  g_object_unref (news->session);
  g_free (news);
}

static gboolean
show_iteration (gpointer data)
{
  News *news = data;
  LwSession *self = news->session;

  if (news->run != self->run)
    return G_SOURCE_REMOVE;
  g_ptr_array_add (self->iterations, g_steal_pointer (&news->iteration));
  g_ptr_array_add (self->policies, g_steal_pointer (&news->policy));
  lw_session_emit (self, "run-iteration");
  return G_SOURCE_REMOVE;
}

static void
on_iteration (LwLearnRun *run, const LwIteration *iteration, gpointer data)
{
  News *news = g_new0 (News, 1);

  news->session = g_object_ref (data);
  news->run = run;
  news->iteration = g_memdup2 (iteration, sizeof *iteration);
  news->iteration->returns = g_memdup2 (iteration->returns, iteration->n_returns * sizeof (double));
  news->policy = g_new0 (LwArrays, 1);
  lw_arrays_init (news->policy);
  if (lw_learner_to_arrays (lw_learn_run_get_learner (run), news->policy) != LW_OK)
    lw_arrays_clear (news->policy);
  g_idle_add_full (G_PRIORITY_DEFAULT, show_iteration, news, news_free);
}

void
lw_session_forget_late_changes (LwSession *self)
{
  for (guint i = self->changes->len; i-- > 0;)
    if (g_array_index (self->changes, LwSettingChange, i).iteration >= self->iterations->len)
      g_array_remove_index (self->changes, i);
}

static gboolean
show_ended (gpointer data)
{
  News *news = data;
  LwSession *self = news->session;

  if (news->run != self->run)
    return G_SOURCE_REMOVE;
  self->run_active = FALSE;
  self->run_paused = FALSE;
  self->progress.phase = LW_LEARN_ENDED;
  lw_session_forget_question (self);
  lw_session_forget_late_changes (self);
  if (news->error != NULL)
    lw_session_emit_error (self, _("The run ended early; every episode so far is stored"), news->error);
  else if (news->stopped)
    lw_session_emit_message (self, NULL, _("Run stopped; every episode so far is stored"));
  lw_session_emit (self, "run-changed");
  return G_SOURCE_REMOVE;
}

static void
on_ended (LwLearnRun *run, const GError *error, gboolean stopped, gpointer data)
{
  News *news = g_new0 (News, 1);

  news->session = g_object_ref (data);
  news->run = run;
  news->error = error != NULL ? g_error_copy (error) : NULL;
  news->stopped = stopped;
  g_idle_add_full (G_PRIORITY_DEFAULT, show_ended, news, news_free);
}

typedef struct {
  LwSession *session; /* owned */
  char      *words;
} Note;

static void
note_free (gpointer data)
{
  Note *note = data;

  g_object_unref (note->session);
  g_free (note->words);
  g_free (note);
}

static gboolean
show_note (gpointer data)
{
  Note *note = data;

  lw_session_emit_message (note->session, NULL, "%s", note->words);
  return G_SOURCE_REMOVE;
}

static void
on_note (LwLearnRun *run, const char *words, gpointer data)
{
  Note *note = g_new (Note, 1);

  *note = (Note){ .session = g_object_ref (data), .words = g_strdup (words) };
  g_idle_add_full (G_PRIORITY_DEFAULT, show_note, note, note_free);
}

static gboolean
show_progress (gpointer data)
{
  LwSession *self = data;
  g_autofree LwLearnProgress *progress = NULL;

  /* The flag goes first: what is put in from here on schedules the next idle. */
  atomic_store (&self->progress_pending, false);
  progress = lw_latest_take (&self->progress_box);
  if (progress != NULL && self->run_active)
    {
      self->progress = *progress;
      lw_session_emit (self, "run-progress");
    }
  return G_SOURCE_REMOVE;
}

static void
on_progress (LwLearnRun *run, const LwLearnProgress *progress, gpointer data)
{
  LwSession *self = data;

  lw_latest_put (&self->progress_box, g_memdup2 (progress, sizeof *progress));
  if (!atomic_exchange (&self->progress_pending, true))
    g_timeout_add_full (G_PRIORITY_DEFAULT, LW_UI_TICK_MS, show_progress, g_object_ref (self), g_object_unref); /* an idle would starve beside a moving arm */
}

/* ---- commands ---- */

static gboolean
ready_for_arm (LwSession *self)
{
  if (self->arm == NULL || !g_str_equal (lw_arm_model_id (self->arm_model), self->task->info.arm))
    lw_session_emit_message (self, NULL, _("This task needs the arm “%s”. Connect it on the Arm page, or learn kinematically."), self->task->info.arm);
  else if (self->state.mode != LW_MODE_ARMED)
    lw_session_emit_message (self, NULL, _("The arm is not armed. Press Hold, then Arm, on the Arm page."));
  else if (lw_session_is_recording (self) || self->recording_ends)
    lw_session_emit_message (self, NULL, _("A demonstration is being recorded. End it before the arm moves by itself."));
  else
    return TRUE;
  return FALSE;
}

gboolean
lw_session_start_run (LwSession *self, const LwLearnSettings *settings, gboolean on_arm)
{
  if (self->run_active || self->opening_stop != NULL || self->winding_down)
    return FALSE;
  if (self->skill == NULL)
    {
      lw_session_emit_message (self, NULL, _("There is no model to start from. Fit one on the Model page."));
      return FALSE;
    }
  if (on_arm && !ready_for_arm (self))
    return FALSE;
  if (*settings->rewards_from == '\0')
    return lw_session_begin_run (self, settings, on_arm, NULL, NULL);
  lw_session_open_rewards (self, settings, on_arm);
  return TRUE;
}

gboolean
lw_session_begin_run (LwSession *self, const LwLearnSettings *settings, gboolean on_arm, LwInstrument *instrument, LwTask *task)
{
  static const LwLearnObserver observer = { on_iteration, on_progress, on_ended, on_note };
  g_autoptr (GError) error = NULL;
  LwLearnSettings all;

  drop_run (self);
  self->instrument = instrument;
  self->instrument_task = task;
  /* What it was opened for may be gone meanwhile. */
  if (self->skill == NULL || !g_str_equal (settings->task, self->task->info.id) || (on_arm && !ready_for_arm (self)))
    {
      drop_run (self);
      return FALSE;
    }
  self->runner = on_arm ? lw_runner_arm_new (self->arm) : lw_runner_kinematic_new (self->task, lw_path_arms (), &error);
  if (self->runner == NULL)
    {
      lw_session_emit_error (self, _("The run cannot begin"), error);
      drop_run (self);
      return FALSE;
    }
  if (on_arm && self->project != NULL)
    lw_runner_arm_record (self->runner, self->project, self->recorder);
  lw_learn_settings_copy (settings, &all);
  self->run_skill = lw_skill_ref (self->skill);
  self->run = lw_learn_run_new (self->task, self->run_skill, self->runner, lw_path_arms (), &all, self->project, self->model_id,
                                &observer, self, &error);
  if (self->run == NULL)
    {
      lw_learn_settings_clear (&all);
      lw_session_emit_error (self, _("The run cannot begin"), error);
      drop_run (self);
      return FALSE;
    }
  if (instrument != NULL)
    lw_learn_run_set_instruments (self->run, NULL, instrument);
  g_ptr_array_set_size (self->iterations, 0);
  g_ptr_array_set_size (self->policies, 0);
  g_array_set_size (self->changes, 0);
  lw_learn_settings_clear (&self->told);
  self->told = all;
  self->run_on_arm = on_arm;
  if (on_arm)
    lw_runner_feed_set (&self->feed, self->runner);
  self->run_active = TRUE;
  memset (&self->progress, 0, sizeof self->progress);
  lw_learn_run_start (self->run);
  lw_session_emit (self, "run-changed");
  return TRUE;
}

void
lw_session_pause_run (LwSession *self, gboolean pause)
{
  if (!self->run_active)
    return;
  self->run_paused = pause;
  lw_learn_run_pause (self->run, pause);
  lw_session_emit (self, "run-changed");
}

void
lw_session_end_run (LwSession *self)
{
  if (!self->run_active)
    return;
  self->run_paused = FALSE;
  lw_learn_run_end (self->run);
  lw_session_emit (self, "run-changed");
}

gboolean
lw_session_is_running (LwSession *self)
{
  return self->run_active;
}

gboolean
lw_session_is_paused (LwSession *self)
{
  return self->run_paused;
}

void
lw_session_set_run_setting (LwSession *self, const char *name, double value)
{
  LwSettingChange change;

  if (!self->run_active)
    return;
  change = (LwSettingChange){ .iteration = lw_learn_run_set (self->run, name, value), .value = value };
  if (change.iteration == 0 || change.iteration > self->told.iterations)
    return; /* not possible, or too late for any iteration of this run */
  for (guint i = 0; i < self->changes->len; i++)
    {
      LwSettingChange *c = &g_array_index (self->changes, LwSettingChange, i);

      if (c->iteration == change.iteration && g_str_equal (c->name, name))
        {
          c->value = value;
          return;
        }
    }
  change.name = g_strdup (name);
  g_array_append_val (self->changes, change);
}

const LwLearnSettings *
lw_session_get_run_settings (LwSession *self)
{
  return *self->told.task != '\0' ? &self->told : NULL;
}

const LwLearnProgress *
lw_session_get_run_progress (LwSession *self)
{
  return &self->progress;
}

GPtrArray *
lw_session_get_iterations (LwSession *self)
{
  return self->iterations;
}

GArray *
lw_session_get_setting_changes (LwSession *self)
{
  return self->changes;
}

LwSkill *
lw_session_get_policy_skill (LwSession *self, guint iteration)
{
  return iteration > 0 && self->policies->len > 1 && self->run_skill != NULL ? self->run_skill : self->skill;
}

/* Of the algorithm that ran, as it was told: states of one algorithm say nothing to another. */
static LwLearner *
make_learner (LwSession *self, const LwSkill *skill, GError **error)
{
  LwLearnSettings defaults;
  LwLearner *learner;

  if (lw_session_get_run_settings (self) != NULL)
    return lw_learn_settings_make_learner (&self->told, skill, error);
  lw_learn_settings_init (&defaults, self->task);
  learner = lw_learn_settings_make_learner (&defaults, skill, error);
  lw_learn_settings_clear (&defaults);
  return learner;
}

gboolean
lw_session_policy_movement (LwSession *self, guint iteration, const double *context, double *movement)
{
  LwSkill *skill = lw_session_get_policy_skill (self, iteration);
  g_autoptr (GError) error = NULL;
  LwLearner *learner;
  LwStatus status = LW_OK;

  if (skill == NULL)
    {
      lw_session_emit_message (self, NULL, _("There is no model yet. Fit one on the Model page."));
      return FALSE;
    }
  learner = make_learner (self, skill, &error);
  if (learner == NULL)
    {
      lw_session_emit_error (self, _("This policy cannot be used; fit and learn again to replace it"), error);
      return FALSE;
    }
  if (self->policies->len > 1 && iteration > 0)
    status = lw_learner_from_arrays (learner, g_ptr_array_index (self->policies, MIN (iteration, self->policies->len - 1)));
  if (status == LW_OK)
    status = lw_learner_mean (learner, context, movement);
  lw_learner_free (learner);
  if (status != LW_OK)
    lw_session_emit_message (self, NULL, _("No movement for this context: %s"), lw_status_text (status));
  return status == LW_OK;
}

/* ---- perform ---- */

LwPlan *
lw_session_plan (LwSession *self, const LwTrajectory *movement)
{
  g_autoptr (GError) error = NULL;
  LwPlan *plan;

  if (self->arm == NULL)
    {
      lw_session_emit_message (self, NULL, _("No arm is connected: where it stands is not known. Connect one on the Arm page."));
      return NULL;
    }
  plan = lw_runner_arm_plan (self->arm, movement, &error);
  if (plan == NULL)
    lw_session_emit_error (self, _("This movement cannot be planned"), error);
  return plan;
}

gboolean
lw_session_run_plan (LwSession *self, LwPlan *plan)
{
  g_autoptr (GError) error = NULL;

  if (self->arm == NULL)
    return FALSE;
  if (lw_arm_run (self->arm, plan, NULL, &error))
    return TRUE;
  lw_session_emit_message (self, NULL, "%s", error->message);
  return FALSE;
}
