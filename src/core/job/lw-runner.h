/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <stdatomic.h>

#include "lw-arm.h"
#include "lw-project.h"
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
  gint64               recording; /* in the project: the measured samples of the last run, 0 = none */
};

/* The movement happens exactly as planned, in no time: there is nothing to stop. What a task would measure is simulated. @task is borrowed. */
LwRunner *lw_runner_kinematic_new (const LwTask *task, const char *arms_dir, GError **error);
/* Through plan, limiter and bus of a connected, armed @arm (borrowed), whose sink must lead here (LwRunnerFeed). NULL when memory is short. */
LwRunner *lw_runner_arm_new       (LwArm *arm);
/* From now on every run of an arm runner is also a rollout recording of @project. @recorder, to which the arm's sink leads too,
 * is that project's. Both borrowed. */
void      lw_runner_arm_record    (LwRunner *self, LwProject *project, LwRecorder *recorder);
/* When the stop flag of a run is raised and *@leave (borrowed) too, the arm is not stopped: it brakes and holds, so that
 * disconnecting from it can lower it to rest. */
void      lw_runner_arm_set_leave (LwRunner *self, const atomic_bool *leave);
/* One measured sample. Arm thread, wait-free. */
void      lw_runner_arm_sink      (LwRunner *self, const LwSample *sample);
/* What would be emitted from where the arm is: shown as preview and then executed as it stands. */
LwPlan   *lw_runner_arm_plan      (LwArm *arm, const LwTrajectory *movement, GError **error);
void      lw_runner_free          (LwRunner *self); /* (nullable) */

static inline gboolean
lw_runner_run (LwRunner *self, LwTrajectory *movement, const double *context, const atomic_bool *stop, LwRollout *out, GError **error)
{
  return self->klass->run (self, movement, context, stop, out, error);
}
