/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What can be known of a comparison before its first run. */
#include <string.h>

#include "lw-compare-private.h"
#include "lw-compare.h"
#include "lw-runner.h"

#define MOST_SEEDS 1000000

static gboolean
check_task (const LwCompareSettings *s, const LwTask *task, guint index, GError **error)
{
  const LwCompareTask *told = g_ptr_array_index (s->tasks, index);
  const LwDemonstrations *set = told->set;
  size_t n = lw_compare_settings_count (s, index);

  if (set == NULL && task->klass->demonstrate == NULL)
    g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, "the task “%s” cannot make demonstrations by itself; it needs a file",
                 told->id);
  else if (set != NULL && set->n_context != task->info.n_context)
    g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, "%s: %zu context columns; the task “%s” has %zu", told->source,
                 set->n_context, told->id, task->info.n_context);
  else if (set != NULL && set->n_joints < task->info.n_joints)
    g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, "%s: %zu joints; the task “%s” moves %zu", told->source, set->n_joints,
                 told->id, task->info.n_joints);
  else if (set != NULL && n > set->n)
    g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, "%s: %zu demonstrations are asked for; there are %zu", told->source, n,
                 set->n);
  else if (s->K > n)
    g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, "%s: %zu components are asked for, of %zu demonstrations", told->id,
                 s->K, n);
  else
    return TRUE;
  return FALSE;
}

static gboolean
check_range (const LwCompareSettings *s, GError **error)
{
  if (s->tasks->len == 0 || s->algorithms->len == 0)
    g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, "a comparison needs a task and an algorithm");
  else if (s->last_seed < s->first_seed || s->last_seed - s->first_seed >= MOST_SEEDS || s->last_seed > G_MAXINT64)
    g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT,
                 "seeds %" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT " are no range of at most a million, below 2^63",
                 s->first_seed, s->last_seed);
  else
    return TRUE;
  return FALSE;
}

static void
task_free (gpointer task)
{
  lw_task_free (task);
}

static gboolean
is_twice (const LwCompareSettings *s, guint t)
{
  const char *id = ((const LwCompareTask *) g_ptr_array_index (s->tasks, t))->id;

  for (guint i = 0; i < t; i++)
    if (strcmp (((const LwCompareTask *) g_ptr_array_index (s->tasks, i))->id, id) == 0)
      return TRUE;
  return FALSE;
}

/* What is missing for every run is better said once, and before. */
static gboolean
can_run (const LwTask *task, const char *arms_dir, GError **error)
{
  LwRunner *runner = lw_runner_kinematic_new (task, arms_dir, error);

  lw_runner_free (runner);
  return runner != NULL;
}

GPtrArray *
lw_compare_open_tasks (const LwCompareSettings *s, const char *arms_dir, char **description, GError **error)
{
  g_autoptr (GPtrArray) tasks = g_ptr_array_new_with_free_func (task_free);

  if (!check_range (s, error))
    return NULL;
  for (guint t = 0; t < s->tasks->len; t++)
    {
      const char *id = ((const LwCompareTask *) g_ptr_array_index (s->tasks, t))->id;
      LwTask *task = lw_task_new (id, arms_dir, error);

      if (task == NULL)
        return NULL;
      g_ptr_array_add (tasks, task);
      if (is_twice (s, t))
        {
          g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, "the task “%s” is there twice", id);
          return NULL;
        }
      if (!check_task (s, task, t, error) || !can_run (task, arms_dir, error))
        return NULL;
    }
  *description = lw_compare_settings_describe (s, tasks, error);
  return *description != NULL ? g_steal_pointer (&tasks) : NULL;
}

gboolean
lw_compare_check (const LwCompareSettings *settings, const char *arms_dir, GError **error)
{
  g_autofree char *description = NULL;
  g_autoptr (GPtrArray) tasks = lw_compare_open_tasks (settings, arms_dir, &description, error);

  return tasks != NULL;
}
