/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-task.h"

/* For this folder only: the built-in tasks and what they share. */
LwTask *lw_reacher_new          (const char *id, size_t n_regions);
LwTask *lw_reacher_obstacle_new (const char *id);
LwTask *lw_pour_new             (const char *id, const char *arms_dir, GError **error);
LwTask *lw_reach_target_new     (const char *id, const char *arms_dir, GError **error);

/* demonstrate() of every task that has a demonstration(). */
gboolean lw_task_demonstrate_rows (const LwTask *self, size_t n, const LwBasis *basis, uint64_t seed, LwMat *rows, GError **error);
/* Ridge of the published parameters (maths.md 3): lambda = (n_t / n) 1e-12 / n. */
LwStatus lw_task_fit_weights      (const LwBasis *basis, const LwTrajectory *path, double *w);
/* FALSE with @error unless @rollout is one that can be scored by a task of this many joints. */
gboolean lw_task_check_rollout    (const LwTask *self, const LwRollout *rollout, GError **error);
/* FALSE with @error unless @rollout holds the numbers the task is scored by. */
gboolean lw_task_check_measures   (const LwTask *self, const LwRollout *rollout, GError **error);
