/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A movement on a connected arm: planned once through the limiter, emitted as planned, measured by the samples of the run itself. */
#include <string.h>

#include "lw-runner.h"
#include "lw-skill.h"

#define RING_CAPACITY 4096
#define POLL_US 2000

typedef struct {
  LwRunner      base;
  LwArm        *arm;         /* borrowed */
  LwKinematics *kinematics;
  LwSampleRing *ring;        /* arm thread -> this runner's thread */
  atomic_bool   collecting;
} LwRunnerArm;

void
lw_runner_arm_sink (LwRunner *runner, const LwSample *sample)
{
  LwRunnerArm *self = (LwRunnerArm *) runner;
  LwRingRecord record = { .sample = *sample, .recording = 1 };

  if (sample->mode == LW_MODE_RUNNING && atomic_load_explicit (&self->collecting, memory_order_acquire))
    lw_sample_ring_push (self->ring, &record);
}

static void
drain (LwRunnerArm *self, GArray *samples)
{
  LwRingRecord records[64];
  size_t n;

  while ((n = lw_sample_ring_pop (self->ring, records, G_N_ELEMENTS (records))) > 0)
    for (size_t i = 0; samples != NULL && i < n; i++)
      g_array_append_val (samples, records[i].sample);
}

LwPlan *
lw_runner_arm_plan (LwArm *arm, const LwTrajectory *movement, GError **error)
{
  LwArmState state;
  LwPlan *plan = NULL;
  LwStatus status;

  lw_arm_get_state (arm, &state);
  if (state.mode == LW_MODE_DISCONNECTED || state.mode == LW_MODE_FAULT)
    {
      g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_ARM, "No arm is connected: where it stands is not known");
      return NULL;
    }
  status = lw_plan_new (lw_arm_get_limits (arm), lw_arm_get_model (arm), lw_arm_get_rate (arm), state.q, movement, state.speed, &plan);
  if (status != LW_OK)
    lw_job_set_error (error, status, "Plan of the movement");
  return plan;
}

/* The measured path of the movement itself: samples after the ramp. */
static LwTrajectory *
measured_path (const GArray *samples, size_t n_ramp, size_t n_joints)
{
  size_t skip = MIN (n_ramp, samples->len), n = samples->len - skip;
  LwTrajectory *path = lw_trajectory_new (MAX (n, 1), n_joints);

  for (size_t i = 0; path != NULL && i < n; i++)
    {
      const LwSample *s = &g_array_index (samples, LwSample, skip + i);

      path->t[i] = 1e-9 * (double) (s->t_ns - g_array_index (samples, LwSample, skip).t_ns);
      memcpy (lw_mat_row (&path->q, i), s->q, n_joints * sizeof (double));
    }
  return path;
}

/* The goals of the movement itself, after the ramp. */
static LwTrajectory *
planned_path (const LwPlan *plan)
{
  const LwTrajectory *goals = plan->goals;
  size_t skip = MIN (plan->n_ramp, goals->n_samples - 1), n = goals->n_samples - skip;
  LwTrajectory *path = lw_trajectory_new (n, goals->n_joints);

  for (size_t i = 0; path != NULL && i < n; i++)
    {
      path->t[i] = goals->t[skip + i] - goals->t[skip];
      memcpy (lw_mat_row (&path->q, i), lw_mat_row (&goals->q, skip + i), goals->n_joints * sizeof (double));
    }
  return path;
}

static gboolean
wait_for_run (LwRunnerArm *self, uint32_t run, const atomic_bool *stop, GArray *samples)
{
  for (;;)
    {
      LwArmState state;

      drain (self, samples);
      lw_arm_get_state (self->arm, &state);
      if (state.run != run || state.run_done)
        {
          drain (self, samples);
          return state.run == run && !state.run_aborted;
        }
      if (stop != NULL && atomic_load (stop))
        lw_arm_stop (self->arm);
      g_usleep (POLL_US);
    }
}

static gboolean
arm_run (LwRunner *runner, LwTrajectory *movement, const double *context, const atomic_bool *stop, LwRollout *out, GError **error)
{
  LwRunnerArm *self = (LwRunnerArm *) runner;
  g_autoptr (GArray) samples = g_array_new (FALSE, FALSE, sizeof (LwSample));
  size_t n_joints = lw_arm_model_n_joints (lw_arm_get_model (self->arm));
  LwPlan *plan = lw_runner_arm_plan (self->arm, movement, error);
  uint32_t run;
  gboolean whole;

  memset (out, 0, sizeof *out);
  if (plan == NULL)
    return FALSE;

  drain (self, NULL);
  atomic_store_explicit (&self->collecting, true, memory_order_release);
  if (!lw_arm_run (self->arm, plan, &run, error))
    {
      atomic_store (&self->collecting, false);
      lw_plan_unref (plan);
      return FALSE;
    }
  whole = wait_for_run (self, run, stop, samples);
  atomic_store (&self->collecting, false);

  out->planned = planned_path (plan);
  out->measured = measured_path (samples, plan->n_ramp, n_joints);
  out->planned_duration = out->planned == NULL ? 0.0 : lw_trajectory_duration (out->planned);
  out->aborted = !whole || samples->len <= plan->n_ramp + 1;
  lw_plan_unref (plan);
  if (out->planned == NULL || out->measured == NULL || lw_rollout_fill_tip (out, self->kinematics) != LW_OK)
    {
      lw_job_set_error (error, LW_ERR_MEMORY, "Execution on the arm");
      lw_rollout_clear (out);
      return FALSE;
    }
  return TRUE;
}

static void
arm_free (LwRunner *runner)
{
  LwRunnerArm *self = (LwRunnerArm *) runner;

  lw_kinematics_free (self->kinematics);
  lw_sample_ring_free (self->ring);
  g_free (self);
}

static const LwRunnerClass arm_class = { "arm", arm_run, arm_free };

LwRunner *
lw_runner_arm_new (LwArm *arm)
{
  LwRunnerArm *self = g_new0 (LwRunnerArm, 1);

  self->base.klass = &arm_class;
  self->arm = arm;
  self->kinematics = lw_kinematics_new (lw_arm_get_model (arm));
  self->ring = lw_sample_ring_new (RING_CAPACITY);
  atomic_init (&self->collecting, false);
  if (self->kinematics == NULL || self->ring == NULL)
    {
      arm_free (&self->base);
      return NULL;
    }
  return &self->base;
}
