/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-run-record.h"

#include <math.h>
#include <string.h>

void
lw_run_record_init (LwRunRecord *self)
{
  self->samples = g_array_new (FALSE, FALSE, sizeof (LwSample));
  self->plan = NULL;
}

void
lw_run_record_clear (LwRunRecord *self)
{
  g_clear_pointer (&self->samples, g_array_unref);
  g_clear_pointer (&self->plan, lw_plan_unref);
}

void
lw_run_record_begin (LwRunRecord *self, LwPlan *plan)
{
  g_array_set_size (self->samples, 0);
  g_clear_pointer (&self->plan, lw_plan_unref);
  self->plan = lw_plan_ref (plan);
}

void
lw_run_record_add (LwRunRecord *self, const LwSample *samples, guint n)
{
  for (guint i = 0; self->plan != NULL && i < n; i++)
    if (samples[i].mode == LW_MODE_RUNNING && self->samples->len < 2 * self->plan->goals->n_samples)
      g_array_append_val (self->samples, samples[i]);
}

double
lw_run_record_time (const LwRunRecord *self, guint sample)
{
  const LwSample *samples = &g_array_index (self->samples, LwSample, 0);

  return 1e-9 * (double) (samples[sample].t_ns - samples[0].t_ns);
}

static LwTrajectory *
measured (const LwRunRecord *self, guint skip)
{
  size_t n = self->samples->len - skip, n_joints = self->plan->goals->n_joints;
  const LwSample *samples = &g_array_index (self->samples, LwSample, skip);
  LwTrajectory *out = lw_trajectory_new (n, n_joints);

  for (size_t i = 0; out != NULL && i < n; i++)
    {
      out->t[i] = 1e-9 * (double) (samples[i].t_ns - samples[0].t_ns);
      memcpy (lw_mat_row (&out->q, i), samples[i].q, n_joints * sizeof (double));
    }
  return out;
}

/* By control cycle: a sample that the bus lost shifts nothing. */
static guint
first_after_ramp (const LwRunRecord *self)
{
  const LwSample *samples = &g_array_index (self->samples, LwSample, 0);
  guint i = 0;

  while (i < self->samples->len && samples[i].cycle - samples[0].cycle < self->plan->n_ramp)
    i++;
  return i;
}

gboolean
lw_run_record_rollout (const LwRunRecord *self, LwKinematics *kinematics, LwRollout *out)
{
  guint first = self->plan != NULL ? first_after_ramp (self) : 0;

  memset (out, 0, sizeof *out);
  if (self->plan == NULL || first + 2 > self->samples->len)
    return FALSE;
  out->measured = measured (self, first);
  out->planned = lw_trajectory_ref (self->plan->goals);
  out->planned_duration = self->plan->duration;
  if (out->measured == NULL || lw_rollout_fill_tip (out, kinematics) != LW_OK)
    {
      lw_rollout_clear (out);
      return FALSE;
    }
  return TRUE;
}

double
lw_run_record_rms (const LwRunRecord *self, size_t joint)
{
  size_t begin = joint == G_MAXSIZE ? 0 : joint, end;
  double sum = 0.0, q[LW_MAX_JOINTS];

  if (self->plan == NULL || self->samples->len == 0)
    return (double) NAN;
  end = joint == G_MAXSIZE ? self->plan->goals->n_joints : joint + 1;
  for (guint i = 0; i < self->samples->len; i++)
    {
      const LwSample *s = &g_array_index (self->samples, LwSample, i);

      lw_trajectory_at (self->plan->goals, lw_run_record_time (self, i), q);
      for (size_t j = begin; j < end; j++)
        sum += (s->q[j] - q[j]) * (s->q[j] - q[j]);
    }
  return sqrt (sum / (double) (self->samples->len * (end - begin)));
}
