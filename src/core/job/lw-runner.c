/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-runner.h"

#include <string.h>

#include "lw-skill.h"

typedef struct {
  LwRunner      base;
  const LwTask *task;  /* borrowed */
  LwArmModel   *model;
  LwKinematics *kinematics;
} LwRunnerKinematic;

static gboolean
kinematic_run (LwRunner *runner, LwTrajectory *movement, const double *context, const atomic_bool *stop, LwRollout *out, GError **error)
{
  LwRunnerKinematic *self = (LwRunnerKinematic *) runner;
  LwStatus status;

  memset (out, 0, sizeof *out);
  out->planned = lw_trajectory_ref (movement);
  out->measured = lw_trajectory_ref (movement);
  out->planned_duration = lw_trajectory_duration (movement);
  status = lw_rollout_fill_tip (out, self->kinematics);
  if (status != LW_OK)
    {
      lw_job_set_error (error, status, "Kinematic execution");
      lw_rollout_clear (out);
      return FALSE;
    }
  if (lw_task_simulate_measures (self->task, context, out, error))
    return TRUE;
  lw_rollout_clear (out);
  return FALSE;
}

static void
kinematic_free (LwRunner *runner)
{
  LwRunnerKinematic *self = (LwRunnerKinematic *) runner;

  lw_kinematics_free (self->kinematics);
  lw_arm_model_unref (self->model);
  g_free (self);
}

static const LwRunnerClass kinematic_class = { "kinematic", kinematic_run, kinematic_free };

LwRunner *
lw_runner_kinematic_new (const LwTask *task, const char *arms_dir, GError **error)
{
  g_autofree char *file = g_strconcat (task->info.arm, ".xml", NULL);
  g_autofree char *path = g_build_filename (arms_dir, file, NULL);
  LwRunnerKinematic *self = g_new0 (LwRunnerKinematic, 1);
  LwSimError sim_error;

  self->base.klass = &kinematic_class;
  self->task = task;
  self->model = lw_arm_model_load (path, NULL, &sim_error);
  if (self->model == NULL)
    {
      g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_ARM, "%s", sim_error.text);
      g_free (self);
      return NULL;
    }
  self->kinematics = lw_kinematics_new (self->model);
  if (self->kinematics == NULL)
    {
      lw_job_set_error (error, LW_ERR_MEMORY, "Kinematics of %s", task->info.arm);
      kinematic_free (&self->base);
      return NULL;
    }
  return &self->base;
}

void
lw_runner_free (LwRunner *self)
{
  if (self != NULL)
    self->klass->free (self);
}
