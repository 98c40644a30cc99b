/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where a run's rewards come from when not from the task: a scale or a program, opened on a worker before the run begins, or the person at the window. */
#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "lw-paths.h"
#include "lw-session-private.h"

#define BY_HAND "ask"

typedef struct {
  LwLearnSettings settings;
  gboolean        on_arm;
  LwTask         *task;       /* the instrument's own: the session's may be another one by then */
  LwInstrument   *instrument; /* (nullable) */
  atomic_bool    *stop;       /* shared */
} Opening;

static void
opening_free (gpointer data)
{
  Opening *self = data;

  lw_learn_settings_clear (&self->settings);
  lw_instrument_free (self->instrument);
  lw_task_free (self->task);
  g_atomic_rc_box_release (self->stop);
  g_free (self);
}

/* ---- the person ---- */

typedef struct {
  LwSession    *session; /* owned */
  LwInstrument *asker;   /* to know whose it is; not touched */
  char         *text;
} Question;

static void
question_free (gpointer data)
{
  Question *self = data;

  g_object_unref (self->session);
  g_free (self->text);
  g_free (self);
}

static gboolean
show_question (gpointer data)
{
  Question *question = data;
  LwSession *self = question->session;

  if (question->asker != self->instrument || !self->run_active)
    return G_SOURCE_REMOVE;
  g_free (self->question);
  self->question = g_steal_pointer (&question->text);
  lw_session_emit (self, "question-changed");
  return G_SOURCE_REMOVE;
}

static void
ask (LwInstrument *instrument, const LwTrial *trial, unsigned use, gpointer data)
{
  g_autoptr (GString) text = g_string_new (NULL);
  Question *question = g_new0 (Question, 1);

  g_string_printf (text, _("Iteration %u, episode %u: how good was it?"), trial->iteration, trial->episode + 1);
  for (size_t i = 0; i < MIN (trial->task->info.n_context, 3); i++)
    g_string_append_printf (text, "%s%s %.4g %s", i == 0 ? "\n" : ", ", trial->task->info.contexts[i].name, trial->context[i], trial->task->info.contexts[i].unit);
  question->session = g_object_ref (data);
  question->asker = instrument;
  question->text = g_string_free (g_steal_pointer (&text), FALSE);
  g_idle_add_full (G_PRIORITY_DEFAULT, show_question, question, question_free);
}

const char *
lw_session_get_question (LwSession *self)
{
  return self->question;
}

void
lw_session_answer (LwSession *self, double reward)
{
  if (self->question == NULL)
    return;
  lw_session_forget_question (self);
  if (isfinite (reward))
    lw_instrument_hand_reward (self->instrument, reward, -1);
  else
    lw_instrument_hand_skip (self->instrument);
}

void
lw_session_forget_question (LwSession *self)
{
  if (self->question == NULL)
    return;
  g_clear_pointer (&self->question, g_free);
  lw_session_emit (self, "question-changed");
}

/* ---- opening ---- */

static void
open_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Opening *self = data;
  g_autoptr (GError) error = NULL;

  self->task = lw_task_new (self->settings.task, lw_path_arms (), &error);
  if (self->task != NULL)
    self->instrument = g_str_equal (self->settings.rewards_from, BY_HAND) ? lw_instrument_hand_new (ask, source)
                       : lw_instrument_open (self->settings.rewards_from, self->task, LW_INSTRUMENT_SCORES, self->stop, &error);
  if (self->instrument == NULL)
    g_task_return_error (task, g_steal_pointer (&error));
  else
    g_task_return_boolean (task, TRUE);
}

static void
open_done (GObject *object, GAsyncResult *result, gpointer data)
{
  LwSession *self = LW_SESSION (object);
  Opening *opening = g_task_get_task_data (G_TASK (result));
  g_autoptr (GError) error = NULL;
  gboolean stopped = atomic_load (opening->stop) || self->winding_down;

  g_clear_pointer (&self->opening_stop, g_atomic_rc_box_release);
  if (!g_task_propagate_boolean (G_TASK (result), &error))
    {
      if (!stopped)
        lw_session_emit_error (self, _("The run cannot begin: its rewards cannot be had"), error);
    }
  else if (!stopped)
    {
      lw_session_begin_run (self, &opening->settings, opening->on_arm, opening->instrument, opening->task);
      opening->instrument = NULL; /* the session's, with its task */
      opening->task = NULL;
    }
  lw_session_emit (self, "run-changed");
}

void
lw_session_open_rewards (LwSession *self, const LwLearnSettings *settings, gboolean on_arm)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, open_done, NULL);
  Opening *opening = g_new0 (Opening, 1);

  lw_learn_settings_copy (settings, &opening->settings);
  opening->on_arm = on_arm;
  self->opening_stop = g_atomic_rc_box_new0 (atomic_bool);
  opening->stop = g_atomic_rc_box_acquire (self->opening_stop);
  g_task_set_source_tag (task, lw_session_open_rewards);
  g_task_set_task_data (task, opening, opening_free);
  g_task_run_in_thread (task, open_thread);
  lw_session_emit (self, "run-changed");
}

gboolean
lw_session_is_starting (LwSession *self)
{
  return self->opening_stop != NULL;
}

void
lw_session_cancel_start (LwSession *self)
{
  if (self->opening_stop != NULL)
    atomic_store (self->opening_stop, true);
}
