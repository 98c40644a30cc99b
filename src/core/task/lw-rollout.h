/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>

#include "lw-kinematics.h"
#include "lw-trajectory.h"

/* What became of one movement: made by a runner, scored by a task. */
typedef struct {
  LwTrajectory *planned;   /* owned */
  LwTrajectory *measured;  /* owned; the same as planned (another reference) when run kinematically */
  LwMat         tip;       /* (n_samples of measured x 3) tip in the world, m */
  double        planned_duration; /* s, after retiming */
  double       *scene;     /* (n_scene) final positions of the task's own joints (qpos), nullable */
  size_t        n_scene;
  double       *measures;  /* (n_measures) owned, nullable: what the task's instruments measured; NaN = it could not be measured */
  size_t        n_measures;
  bool          aborted;   /* stopped, skipped or failed: never learned from */
} LwRollout;

void     lw_rollout_clear    (LwRollout *self); /* releases and zeroes; may run twice */
/* tip from measured, whose first joints are the arm's: replaces what was there. LW_ERR_SHAPE when measured is missing or has too few
 * joints, LW_ERR_MEMORY. */
LwStatus lw_rollout_fill_tip (LwRollout *self, LwKinematics *kinematics) LW_MUST_USE;
/* Replaces what was measured by a copy of @measures (n). LW_ERR_MEMORY. */
LwStatus lw_rollout_set_measures (LwRollout *self, const double *measures, size_t n) LW_MUST_USE;
