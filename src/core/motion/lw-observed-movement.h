/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-promp.h"

/* What was seen of one movement: positions at phases, in any order and number, with gaps. Borrowed memory, which outlives it. */
typedef struct {
  size_t        n_samples;
  const double *z; /* (n_samples) phase */
  LwMat         y; /* (n_samples x n_joints) rad; NaN: not observed (a sample of a joint, a whole row, a whole joint) */
} LwObservedMovement;

/* The samples of @path, whose positions may have gaps, from its first one on, as the beginning of a movement that takes @duration
 * s in all (a rhythm: a period; 0: as long as the path is): z = (t - t_0) / @duration, for a stroke held at 1 after its end. @z
 * (n_samples) is the caller's and receives the phases. LW_ERR_RANGE for a negative duration, LW_ERR_NOT_FINITE for one, and for
 * times, that are not finite. */
LwStatus lw_observed_movement_init  (LwObservedMovement *self, LwBasisKind kind, const LwTrajectory *path, double duration,
                                     double *z) LW_MUST_USE;
/* LW_ERR_SHAPE unless the sizes agree and there are 1 to LW_PROMP_MAX_JOINTS joints; LW_ERR_NOT_FINITE for a phase that is not
 * finite or an infinite position. */
LwStatus lw_observed_movement_check (const LwObservedMovement *self, size_t n_joints) LW_MUST_USE;
