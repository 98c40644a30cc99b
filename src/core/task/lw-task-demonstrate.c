/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "lw-task-private.h"

LwStatus
lw_task_fit_weights (const LwBasis *basis, const LwTrajectory *path, double *w)
{
  const double n = (double) basis->n;

  return lw_promp_fit_weights (basis, path, (double) path->n_samples / n * 1e-12 / n, w, NULL);
}

/* Number @i of @seed has a stream of its own: asking for more later keeps the first ones. */
static gboolean
demonstrate_one (const LwTask *self, uint64_t seed, size_t i, double *context, LwTrajectory **out, GError **error)
{
  LwRng rng;

  if (!self->klass->demonstration)
    {
      g_set_error (error, LW_TASK_ERROR, LW_TASK_ERROR_FAILED, "%s cannot make its own demonstrations", self->info.title);
      return FALSE;
    }
  lw_rng_init (&rng, seed, LW_RNG_DEMONSTRATE, 0, (uint32_t) i);
  return self->klass->demonstration (self, &rng, context, out, error);
}

gboolean
lw_task_demonstrate_trajectories (const LwTask *self, size_t n, uint64_t seed, const LwMat *contexts, LwTrajectory **out, GError **error)
{
  g_return_val_if_fail (contexts->rows == n && contexts->cols == self->info.n_context, FALSE);

  for (size_t i = 0; i < n; i++)
    if (!demonstrate_one (self, seed, i, lw_mat_row (contexts, i), &out[i], error))
      {
        while (i > 0)
          {
            lw_trajectory_unref (out[--i]);
            out[i] = NULL;
          }
        return FALSE;
      }
  return TRUE;
}

gboolean
lw_task_demonstrate_rows (const LwTask *self, size_t n, const LwBasis *basis, uint64_t seed, LwMat *rows, GError **error)
{
  const size_t dc = self->info.n_context;
  LwMat made;
  LwStatus status = lw_mat_alloc (&made, n, dc + 1 + self->info.n_joints * basis->n);

  for (size_t i = 0; i < n && status == LW_OK; i++)
    {
      double *row = lw_mat_row (&made, i);
      LwTrajectory *path = NULL;

      if (!demonstrate_one (self, seed, i, row, &path, error))
        {
          lw_mat_clear (&made);
          return FALSE;
        }
      row[dc] = lw_trajectory_duration (path);
      status = lw_task_fit_weights (basis, path, row + dc + 1);
      lw_trajectory_unref (path);
    }
  if (status != LW_OK)
    {
      g_set_error (error, LW_TASK_ERROR, LW_TASK_ERROR_FAILED, "%zu basis functions do not fit the demonstrations of %s: %s", basis->n,
                   self->info.title, lw_status_text (status));
      lw_mat_clear (&made);
      return FALSE;
    }
  *rows = made;
  return TRUE;
}
