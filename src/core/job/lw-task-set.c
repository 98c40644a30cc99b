/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-task-set.h"

#include "lw-skill.h"

void
lw_task_set_name_contexts (LwDemonstrations *set, const LwTask *task)
{
  for (size_t j = 0; j < task->info.n_context; j++)
    {
      set->context_names[j] = g_strdup (task->info.contexts[j].name);
      set->context_units[j] = g_strdup (task->info.contexts[j].unit);
    }
}

/* Rows [context | duration | weights] as a set of parameters. */
static LwDemonstrations *
set_of_rows (const LwTask *task, const LwMat *rows, size_t n_basis)
{
  size_t n = rows->rows, dc = task->info.n_context, m = rows->cols - dc;
  LwMat left = lw_mat_block (rows, 0, 0, n, dc), right = lw_mat_block (rows, 0, dc, n, m);
  LwDemonstrations *set = lw_demonstrations_new (n, task->info.n_joints, dc);

  if (set == NULL)
    return NULL;
  set->n_basis = n_basis;
  if (lw_mat_alloc (&set->params, n, m) != LW_OK)
    {
      lw_demonstrations_free (set);
      return NULL;
    }
  lw_mat_copy (&left, &set->contexts);
  lw_mat_copy (&right, &set->params);
  lw_task_set_name_contexts (set, task);
  return set;
}

LwDemonstrations *
lw_task_set_make (const LwTask *task, size_t n, size_t n_basis, uint64_t seed, GError **error)
{
  LwDemonstrations *set;
  LwBasis basis;
  LwMat rows = { 0 };

  if (task->klass->demonstrate == NULL)
    {
      g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, "the task “%s” cannot make demonstrations by itself; it needs a file", task->info.id);
      return NULL;
    }
  if (lw_basis_init_stroke (&basis, n_basis) != LW_OK)
    {
      g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, "%zu basis functions are not possible", n_basis);
      return NULL;
    }
  if (!task->klass->demonstrate (task, n, &basis, seed, &rows, error))
    return NULL;
  set = set_of_rows (task, &rows, n_basis);
  if (set == NULL)
    lw_job_set_error (error, LW_ERR_MEMORY, "%zu demonstrations", n);
  lw_mat_clear (&rows);
  return set;
}

/* Selection sampling (Knuth, TAOCP 2, 3.4.2 S): each row in turn is taken with the chance that makes every subset equally
 * likely. Demonstrations are made on iteration 0 of their purpose; this is its iteration 1. */
static void
choose (size_t *chosen, size_t n, size_t of, uint64_t seed)
{
  size_t taken = 0;
  LwRng rng;

  lw_rng_init (&rng, seed, LW_RNG_DEMONSTRATE, 1, 0);
  for (size_t i = 0; taken < n; i++)
    if (lw_rng_below (&rng, of - i) < n - taken)
      chosen[taken++] = i;
}

static LwDemonstrations *
pick (const LwDemonstrations *set, const size_t *chosen, size_t n)
{
  LwDemonstrations *out = lw_demonstrations_new (n, set->n_joints, set->n_context);

  if (out == NULL)
    return NULL;
  out->n_basis = set->n_basis;
  if (set->trajectories == NULL && lw_mat_alloc (&out->params, n, set->params.cols) != LW_OK)
    {
      lw_demonstrations_free (out);
      return NULL;
    }
  for (size_t j = 0; j < set->n_context; j++)
    {
      out->context_names[j] = g_strdup (set->context_names[j]);
      out->context_units[j] = g_strdup (set->context_units[j]);
    }
  out->trajectories = set->trajectories != NULL ? g_new0 (LwTrajectory *, n) : NULL;
  out->ids = set->ids != NULL ? g_new (int64_t, n) : NULL;
  for (size_t i = 0; i < n; i++)
    {
      for (size_t j = 0; j < set->n_context; j++)
        lw_mat_set (&out->contexts, i, j, lw_mat_get (&set->contexts, chosen[i], j));
      if (set->trajectories != NULL)
        out->trajectories[i] = lw_trajectory_ref (set->trajectories[chosen[i]]);
      else
        for (size_t j = 0; j < set->params.cols; j++)
          lw_mat_set (&out->params, i, j, lw_mat_get (&set->params, chosen[i], j));
      if (set->ids != NULL)
        out->ids[i] = set->ids[chosen[i]];
    }
  return out;
}

LwDemonstrations *
lw_task_set_draw (const LwDemonstrations *set, size_t n, uint64_t seed, GError **error)
{
  g_autofree size_t *chosen = NULL;
  LwDemonstrations *out;

  if (n == 0 || n > set->n)
    {
      g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, "%zu demonstrations are asked for; there are %zu", n, set->n);
      return NULL;
    }
  chosen = g_new (size_t, n);
  choose (chosen, n, set->n, seed);
  out = pick (set, chosen, n);
  if (out == NULL)
    lw_job_set_error (error, LW_ERR_MEMORY, "%zu demonstrations", n);
  return out;
}
