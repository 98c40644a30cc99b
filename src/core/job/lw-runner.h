/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <stdatomic.h>

#include "lw-arm.h"
#include "lw-recorder.h"
#include "lw-rollout.h"
#include "lw-task.h"

/* Executes a movement and says what became of it. May take minutes; can be cancelled; owner thread (the learner's). Never scores. */
typedef struct LwRunner LwRunner;

typedef struct {
  const char *name; /* "kinematic", "arm" */
  /* Fills @out (initialised by the call). FALSE with @error when it could not be tried at all; an aborted execution is TRUE with out->aborted. */
  gboolean (*run)  (LwRunner *self, LwTrajectory *movement, const double *context, const atomic_bool *stop, LwRollout *out, GError **error);
  void     (*free) (LwRunner *self);
} LwRunnerClass;

struct LwRunner {
  const LwRunnerClass *klass;
};

/* The movement happens exactly as planned, in no time. */
LwRunner *lw_runner_kinematic_new (const LwTask *task, const char *arms_dir, GError **error);
/* Through plan, limiter and bus of a connected, armed @arm (borrowed). @collect receives every measured sample of the run through lw_runner_arm_sink(). */
LwRunner *lw_runner_arm_new       (LwArm *arm);
/* Where the arm's sink must lead while such a runner is in use: arm thread, wait-free. */
void      lw_runner_arm_sink      (LwRunner *self, const LwSample *sample);
/* What would be emitted from where the arm stands: shown as preview and then executed as it is. */
LwPlan   *lw_runner_arm_plan      (LwArm *arm, const LwTrajectory *movement, GError **error);
void      lw_runner_free          (LwRunner *self); /* (nullable) */

static inline gboolean
lw_runner_run (LwRunner *self, LwTrajectory *movement, const double *context, const atomic_bool *stop, LwRollout *out, GError **error)
{
  return self->klass->run (self, movement, context, stop, out, error);
}
