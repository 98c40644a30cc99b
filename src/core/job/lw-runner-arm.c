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
  LwProject    *project;     /* borrowed (nullable) */
  LwRecorder   *recorder;    /* borrowed (nullable) */
  LwKinematics *kinematics;
  LwSampleRing *ring;        /* arm thread -> this runner's thread */
  atomic_bool   collecting;
  const atomic_bool *leave;  /* borrowed (nullable) */
} LwRunnerArm;

void
lw_runner_arm_record (LwRunner *runner, LwProject *project, LwRecorder *recorder)
{
  LwRunnerArm *self = (LwRunnerArm *) runner;

  self->project = project;
  self->recorder = recorder;
}

void
lw_runner_arm_set_leave (LwRunner *runner, const atomic_bool *leave)
{
  LwRunnerArm *self = (LwRunnerArm *) runner;

  self->leave = leave;
}

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
  double start[LW_MAX_JOINTS];
  LwPlan *plan = NULL;
  LwStatus status;

  lw_arm_get_state (arm, &state);
  if (state.mode == LW_MODE_DISCONNECTED || state.mode == LW_MODE_FAULT)
    {
      g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_ARM, "No arm is connected: where it stands is not known");
      return NULL;
    }
  lw_arm_get_start (arm, start);
  status = lw_plan_new (lw_arm_get_limits (arm), lw_arm_get_model (arm), lw_arm_get_rate (arm), start, movement, state.speed, &plan);
  if (status != LW_OK)
    lw_job_set_error (error, status, "Plan of the movement");
  return plan;
}

/* Which samples belong to the movement: sample number c (by control cycle, so that one the bus lost shifts nothing) follows goal number c. */
static guint
first_after_ramp (const GArray *samples, size_t n_ramp)
{
  guint i = 0;

  while (i < samples->len && g_array_index (samples, LwSample, i).cycle - g_array_index (samples, LwSample, 0).cycle < n_ramp)
    i++;
  return i;
}

static LwTrajectory *
measured_path (const GArray *samples, guint first, size_t n_joints)
{
  LwTrajectory *path = lw_trajectory_new (samples->len - first, n_joints);

  for (guint i = first; path != NULL && i < samples->len; i++)
    {
      const LwSample *s = &g_array_index (samples, LwSample, i);

      path->t[i - first] = 1e-9 * (double) (s->t_ns - g_array_index (samples, LwSample, first).t_ns);
      memcpy (lw_mat_row (&path->q, i - first), s->q, n_joints * sizeof (double));
    }
  return path;
}

/* The goals of the movement itself. */
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

/* TRUE when it was executed to its end. */
static gboolean
wait_for_run (LwRunnerArm *self, uint32_t run, const atomic_bool *stop, GArray *samples)
{
  gboolean told = FALSE;

  for (;;)
    {
      LwArmState state;
      gboolean over;

      lw_arm_get_state (self->arm, &state);
      /* Numbers only grow: a smaller one means that the arm has not come to this command yet. */
      over = (state.run == run && state.run_done) || state.run > run || state.mode == LW_MODE_DISCONNECTED || state.mode == LW_MODE_FAULT;
      drain (self, samples);
      if (over)
        return state.run == run && state.run_done && !state.run_aborted;
      if (!told && stop != NULL && atomic_load (stop))
        {
          /* A hold that is refused finds the arm stopped or gone already. */
          if (self->leave != NULL && atomic_load (self->leave))
            lw_arm_request (self->arm, LW_REQUEST_HOLD, NULL);
          else
            lw_arm_stop (self->arm);
          told = TRUE;
        }
      g_usleep (POLL_US);
    }
}

/* Starts a recording of the run when one is wanted. */
static gboolean
begin_recording (LwRunnerArm *self, GError **error)
{
  const LwLimits *limits = lw_arm_get_limits (self->arm);
  char code[5];

  self->base.recording = 0;
  if (self->project == NULL)
    return TRUE;
  lw_limits_code (limits, code);
  self->base.recording = lw_project_begin_rollout (self->project, lw_arm_model_id (lw_arm_get_model (self->arm)), limits->n_joints, code, error);
  if (self->base.recording == 0)
    return FALSE;
  lw_recorder_start (self->recorder, self->base.recording);
  return TRUE;
}

static gboolean
end_recording (LwRunnerArm *self, GError **error)
{
  const LwLimits *limits = lw_arm_get_limits (self->arm);

  return self->base.recording == 0 || lw_project_end_demonstration (self->project, self->base.recording, limits->q_min, limits->q_max, error);
}

static gboolean
describe (LwRunnerArm *self, const LwPlan *plan, const GArray *samples, gboolean whole, LwRollout *out, GError **error)
{
  guint first = first_after_ramp (samples, plan->n_ramp);
  LwStatus status = LW_ERR_MEMORY;

  out->aborted = !whole || samples->len < first + 2;
  out->planned = planned_path (plan);
  if (samples->len > first)
    out->measured = measured_path (samples, first, plan->goals->n_joints);
  else if (out->planned != NULL) /* aborted before it began: nothing was measured of it */
    return TRUE;
  if (out->planned != NULL && out->measured != NULL)
    {
      out->planned_duration = lw_trajectory_duration (out->planned);
      status = lw_rollout_fill_tip (out, self->kinematics);
    }
  if (status == LW_OK)
    return TRUE;
  lw_job_set_error (error, status, "Execution on the arm");
  lw_rollout_clear (out);
  return FALSE;
}

static gboolean
arm_run (LwRunner *runner, LwTrajectory *movement, const double *context, const atomic_bool *stop, LwRollout *out, GError **error)
{
  LwRunnerArm *self = (LwRunnerArm *) runner;
  g_autoptr (GArray) samples = g_array_new (FALSE, FALSE, sizeof (LwSample));
  LwPlan *plan = lw_runner_arm_plan (self->arm, movement, error);
  uint32_t run;
  gboolean ok, whole = FALSE;

  memset (out, 0, sizeof *out);
  if (plan == NULL)
    return FALSE;
  drain (self, NULL);
  atomic_store_explicit (&self->collecting, true, memory_order_release);
  ok = begin_recording (self, error);
  if (ok)
    {
      ok = lw_arm_run (self->arm, plan, &run, error);
      whole = ok && wait_for_run (self, run, stop, samples);
      ok = end_recording (self, ok ? error : NULL) && ok;
    }
  atomic_store (&self->collecting, false);
  ok = ok && describe (self, plan, samples, whole, out, error);
  lw_plan_unref (plan);
  return ok;
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
