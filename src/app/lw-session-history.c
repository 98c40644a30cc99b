/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The last run of the project as it is stored, so that a reopened project shows its curves, marks and policies as they were. */
#include "lw-session-private.h"

#include <glib/gi18n.h>
#include <string.h>

typedef struct {
  char task[32]; /* wanted; "" = any */
} Asked;

typedef struct {
  LwLearnSettings settings;
  GPtrArray      *iterations; /* of LwIteration */
  GPtrArray      *policies;   /* of LwArrays, one an iteration */
  GArray         *changes;    /* of LwSettingChange */
  LwSkill        *skill;      /* (nullable) the run began with */
} Past;

static void
past_free (gpointer data)
{
  Past *self = data;

  lw_learn_settings_clear (&self->settings);
  g_clear_pointer (&self->iterations, g_ptr_array_unref);
  g_clear_pointer (&self->policies, g_ptr_array_unref);
  g_clear_pointer (&self->changes, g_array_unref);
  lw_skill_unref (self->skill);
  g_free (self);
}

/* ---- on the worker ---- */

static gboolean
read_iterations (Past *past, LwProject *project, gint64 run, GError **error)
{
  g_autoptr (GPtrArray) reports = lw_project_load_reports (project, run, error);

  for (guint i = 0; reports != NULL && i < reports->len; i++)
    {
      LwIteration *it = g_new0 (LwIteration, 1);
      LwArrays *policy = g_new0 (LwArrays, 1);

      g_ptr_array_add (past->iterations, it);
      g_ptr_array_add (past->policies, policy);
      lw_arrays_init (policy);
      if (!lw_iteration_from_json (g_ptr_array_index (reports, i), it, error) || !lw_project_load_state (project, run, i, policy, error))
        return FALSE;
    }
  return reports != NULL;
}

/* Rewards of the episodes that were learned from, under the iteration they fed. */
static gboolean
read_returns (Past *past, LwProject *project, gint64 run, GError **error)
{
  g_autoptr (GPtrArray) episodes = lw_project_load_episodes (project, run, error);

  for (guint i = 0; episodes != NULL && i < episodes->len; i++)
    {
      const LwEpisode *e = g_ptr_array_index (episodes, i);
      LwIteration *it = e->iteration < past->iterations->len ? g_ptr_array_index (past->iterations, e->iteration) : NULL;

      if (it == NULL || e->aborted)
        continue;
      it->returns = g_renew (double, it->returns, it->n_returns + 1);
      it->returns[it->n_returns++] = e->reward;
    }
  return episodes != NULL;
}

static gboolean
read_run (Past *past, LwProject *project, const LwRunInfo *info, GError **error)
{
  past->iterations = g_ptr_array_new_with_free_func (lw_session_iteration_free);
  past->policies = g_ptr_array_new_with_free_func (lw_session_arrays_free);
  past->changes = lw_project_load_setting_changes (project, info->id, error);
  if (past->changes == NULL || !read_iterations (past, project, info->id, error) || !read_returns (past, project, info->id, error))
    return FALSE;
  if (info->model != 0)
    past->skill = lw_session_read_skill (project, info->model, NULL, error);
  return info->model == 0 || past->skill != NULL;
}

static gpointer
history_work (LwProject *project, gpointer data, GError **error)
{
  const Asked *asked = data;
  g_autoptr (GPtrArray) runs = lw_project_list_runs (project, error);
  Past *past;

  for (guint i = runs != NULL ? runs->len : 0; i-- > 0;)
    {
      const LwRunInfo *info = g_ptr_array_index (runs, i);

      past = g_new0 (Past, 1);
      if (info->n_iterations == 0 || !lw_learn_settings_from_json (info->settings, &past->settings, NULL) ||
          (*asked->task != '\0' && strcmp (asked->task, past->settings.task) != 0))
        {
          past_free (past); /* of another task, or of a version with other settings */
          continue;
        }
      if (read_run (past, project, info, error))
        return past;
      past_free (past);
      return NULL;
    }
  return NULL;
}

/* ---- in the main loop ---- */

static void
history_done (LwSession *self, gpointer result, gpointer data)
{
  Past *past = result;

  if (past == NULL)
    return;
  if (GPOINTER_TO_UINT (data) != self->history_serial || self->run_active || self->iterations->len > 0)
    {
      past_free (past);
      return;
    }
  if (strcmp (past->settings.task, self->task->info.id) != 0)
    {
      lw_session_set_task (self, past->settings.task); /* asks for the run of that task */
      past_free (past);
      return;
    }
  g_ptr_array_unref (self->iterations);
  g_ptr_array_unref (self->policies);
  g_array_unref (self->changes);
  self->iterations = g_steal_pointer (&past->iterations);
  self->policies = g_steal_pointer (&past->policies);
  self->changes = g_steal_pointer (&past->changes);
  self->run_skill = g_steal_pointer (&past->skill);
  self->told = past->settings;
  memset (&past->settings, 0, sizeof past->settings);
  self->progress = (LwLearnProgress){ .phase = LW_LEARN_ENDED, .iteration = self->iterations->len - 1 };
  past_free (past);
  lw_session_forget_late_changes (self);
  lw_session_emit (self, "run-changed");
}

void
lw_session_load_run (LwSession *self, gboolean any)
{
  Asked *asked = g_new0 (Asked, 1);

  if (!any)
    g_strlcpy (asked->task, self->task->info.id, sizeof asked->task);
  lw_session_call_project (self, _("The last run cannot be shown; it is still in the project"), history_work, asked, g_free, past_free, history_done,
                           GUINT_TO_POINTER (++self->history_serial));
}
