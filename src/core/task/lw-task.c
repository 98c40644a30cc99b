/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-task.h"

#include <math.h>
#include <string.h>

#include "lw-task-private.h"

G_DEFINE_QUARK (lw-task-error-quark, lw_task_error)

static const char *const ids[] = { "reach-target", "reacher-1", "reacher-2", "reacher-3", "reacher-4", "reacher-obstacle", "pour", NULL };

const char *const *
lw_task_ids (void)
{
  return ids;
}

LwTask *
lw_task_new (const char *id, const char *arms_dir, GError **error)
{
  g_return_val_if_fail (id != NULL, NULL);

  /* Ids live as long as the program, so that a task may point to its own. */
  for (size_t i = 0; ids[i]; i++)
    if (g_str_equal (ids[i], id))
      {
        if (g_str_equal (id, "reach-target"))
          return lw_reach_target_new (ids[i], arms_dir, error);
        if (g_str_equal (id, "pour"))
          return lw_pour_new (ids[i], arms_dir, error);
        if (g_str_equal (id, "reacher-obstacle"))
          return lw_reacher_obstacle_new (ids[i]);
        return lw_reacher_new (ids[i], (size_t) (id[strlen (id) - 1] - '0'));
      }
  {
    g_autofree char *known = g_strjoinv (", ", (char **) ids);

    g_set_error (error, LW_TASK_ERROR, LW_TASK_ERROR_UNKNOWN, "There is no task \"%s\"; there are %s", id, known);
  }
  return NULL;
}

void
lw_task_free (LwTask *self)
{
  if (self)
    self->klass->free (self);
}

LwStatus
lw_task_movement (const LwTask *self, const LwBasis *basis, const double *movement, size_t n_weights, LwTrajectory **out)
{
  const size_t used = self->info.n_joints * basis->n;
  double duration = movement[0];

  if (n_weights % basis->n != 0 || n_weights < used)
    return LW_ERR_SHAPE;
  for (size_t i = 0; i <= used; i++)
    if (!isfinite (movement[i]))
      return LW_ERR_NOT_FINITE;
  if (duration < 0)
    duration = 1;
  /* A movement has at least the two points of one step. */
  duration = fmin (fmax (duration, 1 / self->info.rate_hz), self->info.max_duration);
  return lw_promp_rollout (basis, movement + 1, self->info.n_joints, duration, self->info.rate_hz, out);
}

gboolean
lw_task_check_rollout (const LwTask *self, const LwRollout *rollout, GError **error)
{
  if (rollout->aborted)
    g_set_error (error, LW_TASK_ERROR, LW_TASK_ERROR_FAILED, "An aborted movement has no score");
  else if (!rollout->measured || rollout->measured->n_samples < 1 || rollout->measured->n_joints < self->info.n_joints)
    g_set_error (error, LW_TASK_ERROR, LW_TASK_ERROR_SHAPE, "%s is scored from a measured path of %zu joints", self->info.title,
                 self->info.n_joints);
  else if (rollout->tip.rows != 0 && (rollout->tip.rows != rollout->measured->n_samples || rollout->tip.cols != 3))
    g_set_error (error, LW_TASK_ERROR, LW_TASK_ERROR_SHAPE,
                 "The tip's path has %zu x %zu numbers for %zu samples; 3 for each were expected", rollout->tip.rows, rollout->tip.cols,
                 rollout->measured->n_samples);
  else if (!lw_mat_is_finite (&rollout->measured->q) || !lw_mat_is_finite (&rollout->tip))
    g_set_error (error, LW_TASK_ERROR, LW_TASK_ERROR_FAILED, "The measured path holds numbers that are not finite");
  else
    return TRUE;
  return FALSE;
}

gboolean
lw_task_check_measures (const LwTask *self, const LwRollout *rollout, GError **error)
{
  if (rollout->n_measures != self->info.n_measures)
    g_set_error (error, LW_TASK_ERROR, LW_TASK_ERROR_SHAPE, "%s is scored by %zu measured numbers; the movement has %zu", self->info.title,
                 self->info.n_measures, rollout->n_measures);
  else
    {
      for (size_t i = 0; i < rollout->n_measures; i++)
        if (!isfinite (rollout->measures[i]))
          {
            g_set_error (error, LW_TASK_ERROR, LW_TASK_ERROR_FAILED, "%s could not be measured: the movement has no score", self->info.measures[i].name);
            return FALSE;
          }
      return TRUE;
    }
  return FALSE;
}

gboolean
lw_task_simulate_measures (const LwTask *self, const double *context, LwRollout *rollout, GError **error)
{
  LwTrajectory *seen = NULL;
  LwStatus status;

  if (self->info.n_measures == 0)
    return TRUE;
  if (!self->klass->simulate (self, context, rollout, &seen, error))
    return FALSE;
  status = lw_rollout_set_measures (rollout, lw_mat_row (&seen->q, seen->n_samples - 1), self->info.n_measures);
  lw_trajectory_unref (seen);
  if (status != LW_OK)
    g_set_error (error, LW_TASK_ERROR, LW_TASK_ERROR_FAILED, "What is measured could not be simulated: %s", lw_status_text (status));
  return status == LW_OK;
}
