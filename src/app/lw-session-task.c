/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The task in hand: its arm, and demonstrations of its own making for a project that has none. */
#include <glib/gi18n.h>
#include <string.h>

#include "lw-paths.h"
#include "lw-session-private.h"

#define N_MADE 100
#define SEED 1 /* of what a task makes: the same project everywhere */

LwTask *
lw_session_get_task (LwSession *self)
{
  return self->task;
}

/* Read when it is asked for: mostly the arm in hand is the task's. */
LwArmModel *
lw_session_get_task_model (LwSession *self)
{
  const char *wanted = self->task->info.arm;

  if (g_str_equal (lw_arm_model_id (self->arm_model), wanted))
    return self->arm_model;
  if (self->task_model == NULL || !g_str_equal (lw_arm_model_id (self->task_model), wanted))
    {
      g_autoptr (GError) error = NULL;
      LwArmModel *model = lw_session_read_arm_model (wanted, &error);

      if (model == NULL)
        g_error ("The program's data are incomplete: %s", error->message); /* the arm of a task that comes with them */
      g_clear_pointer (&self->task_model, lw_arm_model_unref);
      self->task_model = model;
    }
  return self->task_model;
}

void
lw_session_set_task (LwSession *self, const char *id)
{
  g_autoptr (GError) error = NULL;
  LwTask *task;

  if (g_str_equal (self->task->info.id, id))
    return;
  if (self->run_active || self->fitting || self->select_stop != NULL)
    {
      lw_session_emit_message (self, NULL, _("The task cannot change while a fit, a choice or a run is going. End it first."));
      lw_session_emit (self, "task-changed"); /* who asked shows the task as it is */
      return;
    }
  task = lw_task_new (id, lw_path_arms (), &error);
  if (task == NULL)
    {
      lw_session_emit_error (self, _("This task cannot be used; the one before stays"), error);
      lw_session_emit (self, "task-changed");
      return;
    }
  lw_session_learn_clear (self); /* the last run borrows the task */
  lw_task_free (self->task);
  self->task = task;
  lw_session_learn_init (self);
  lw_session_model_clear (self);
  if (!lw_session_is_connected (self) && !lw_session_is_connecting (self) && !lw_session_load_arm_model (self, task->info.arm, &error))
    lw_session_emit_error (self, _("The arm of this task cannot be shown"), error);
  lw_session_emit (self, "connection-changed");
  lw_session_emit (self, "task-changed");
  lw_session_emit (self, "skill-changed");
  lw_session_emit (self, "run-changed");
  lw_session_load_model (self);
  lw_session_load_run (self, FALSE);
}

guint
lw_session_count_for_task (LwSession *self)
{
  guint n = 0;

  for (guint i = 0; i < self->demonstrations->len; i++)
    {
      const LwDemonstrationInfo *info = g_ptr_array_index (self->demonstrations, i);

      n += info->used && info->complete && g_strcmp0 (info->arm, self->task->info.arm) == 0;
    }
  return n;
}

/* ---- demonstrations of the task's own making ---- */

typedef struct {
  LwTask *task; /* a copy: the session's may change meanwhile */
} Making;

static void
making_free (gpointer data)
{
  Making *self = data;

  lw_task_free (self->task);
  g_free (self);
}

static gpointer
make_work (LwProject *project, gpointer data, GError **error)
{
  const LwTask *task = ((Making *) data)->task;
  g_autoptr (LwDemonstrations) set = lw_demonstrations_new (N_MADE, task->info.n_joints, task->info.n_context);

  if (set == NULL)
    {
      lw_job_set_error (error, LW_ERR_MEMORY, "Demonstrations");
      return NULL;
    }
  for (size_t i = 0; i < task->info.n_context; i++)
    {
      set->context_names[i] = g_strdup (task->info.contexts[i].name);
      set->context_units[i] = g_strdup (task->info.contexts[i].unit);
    }
  set->trajectories = g_new0 (LwTrajectory *, set->n);
  return GINT_TO_POINTER (lw_task_demonstrate_trajectories (task, set->n, SEED, &set->contexts, set->trajectories, error) &&
                          lw_project_add_demonstrations (project, task->info.arm, set, error));
}

static void
make_done (LwSession *self, gpointer result, gpointer data)
{
  self->making = FALSE;
  if (GPOINTER_TO_INT (result))
    lw_session_emit_message (self, NULL, ngettext ("%d demonstration made", "%d demonstrations made", N_MADE), N_MADE);
  lw_session_emit (self, "demonstrations-changed");
}

gboolean
lw_session_can_make_demonstrations (LwSession *self)
{
  return self->project != NULL && !self->making && self->task->klass->demonstration != NULL && lw_session_count_for_task (self) == 0;
}

void
lw_session_make_demonstrations (LwSession *self)
{
  g_autoptr (GError) error = NULL;
  Making *making;

  if (!lw_session_can_make_demonstrations (self))
    return;
  making = g_new0 (Making, 1);
  making->task = lw_task_new (self->task->info.id, lw_path_arms (), &error);
  if (making->task == NULL)
    {
      lw_session_emit_error (self, _("No demonstrations were made"), error);
      making_free (making);
      return;
    }
  self->making = TRUE;
  lw_session_emit (self, "demonstrations-changed"); /* the offer goes */
  lw_session_call_project (self, _("No demonstrations were made"), make_work, making, making_free, NULL, make_done, NULL);
}
