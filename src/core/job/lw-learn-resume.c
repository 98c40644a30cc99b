/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Going on with a run of the project: settings, state, and what is stored of the iteration it was cut off in. */
#include "lw-learn-run-private.h"

static LwRunInfo *
find_run (GPtrArray *runs, gint64 id)
{
  for (guint i = 0; i < runs->len; i++)
    if (((LwRunInfo *) g_ptr_array_index (runs, i))->id == id)
      return g_ptr_array_index (runs, i);
  return NULL;
}

/* The learner as it stood after the last finished iteration. */
static gboolean
restore_state (LwLearnRun *self, guint last, GError **error)
{
  LwArrays state;
  LwStatus status;

  if (!lw_project_load_state (self->project, atomic_load (&self->id), last, &state, error))
    return FALSE;
  status = lw_learner_from_arrays (self->learner, &state);
  lw_arrays_clear (&state);
  if (status != LW_OK)
    lw_job_set_error (error, status, "The stored state of iteration %u does not fit this model", last);
  return status == LW_OK;
}

static gboolean
restore_episodes (LwLearnRun *self, GError **error)
{
  size_t n_latent = lw_learner_latent_size (self->learner);

  self->done = lw_project_load_episodes (self->project, atomic_load (&self->id), error);
  if (self->done == NULL)
    return FALSE;
  for (guint i = self->done->len; i-- > 0;)
    {
      const LwEpisode *e = g_ptr_array_index (self->done, i);

      if (e->n_context != self->learner->n_context || e->n_latent != n_latent)
        {
          g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_STORE, "Episode %u of iteration %u does not fit this model", e->episode + 1, e->iteration);
          return FALSE;
        }
      if (e->iteration >= MAX (self->next, 1))
        continue;
      if (!e->aborted)
        self->episodes_so_far++;
      g_ptr_array_remove_index (self->done, i);
    }
  return TRUE;
}

static gboolean
restore_changes (LwLearnRun *self, GError **error)
{
  g_autoptr (GArray) changes = lw_project_load_setting_changes (self->project, atomic_load (&self->id), error);

  if (changes == NULL)
    return FALSE;
  self->again = g_array_new (FALSE, FALSE, sizeof (LwSettingValue));
  for (guint i = 0; i < changes->len; i++)
    {
      const LwSettingChange *c = &g_array_index (changes, LwSettingChange, i);
      LwSettingValue value = { "", c->value };

      if (c->iteration < MAX (self->next, 1))
        continue;
      g_strlcpy (value.name, c->name, sizeof value.name);
      g_array_append_val (self->again, value);
    }
  return TRUE;
}

LwLearnRun *
lw_learn_run_resume (const LwTask *task, LwSkill *skill, LwRunner *runner, const char *arms_dir, LwProject *project, gint64 id, size_t iterations,
                     const LwLearnObserver *observer, gpointer data, GError **error)
{
  g_autoptr (GPtrArray) runs = lw_project_list_runs (project, error);
  LwRunInfo *info = runs != NULL ? find_run (runs, id) : NULL;
  LwLearnSettings settings;
  LwLearnRun *self;

  if (runs == NULL)
    return NULL;
  if (info == NULL)
    {
      g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, "The project has no run %" G_GINT64_FORMAT, id);
      return NULL;
    }
  if (!lw_learn_settings_from_json (info->settings, &settings, error))
    return NULL;
  if (g_strcmp0 (settings.task, task->info.id) != 0)
    {
      g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, "Run %" G_GINT64_FORMAT " is of the task “%s”, not “%s”", id, settings.task, task->info.id);
      lw_learn_settings_clear (&settings);
      return NULL;
    }
  settings.iterations = iterations;
  self = lw_learn_run_new (task, skill, runner, arms_dir, &settings, project, info->model, observer, data, error);
  lw_learn_settings_clear (&settings);
  if (self == NULL)
    return NULL;
  atomic_store (&self->id, id);
  self->next = info->n_iterations; /* stored are 0 … n - 1 */
  self->begun = MAX (self->next, 1) - 1;
  if ((self->next > 0 && !restore_state (self, self->next - 1, error)) || !restore_episodes (self, error) || !restore_changes (self, error))
    g_clear_pointer (&self, lw_learn_run_free);
  return self;
}
