/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-limits.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

void
lw_limits_from_model (const LwArmModel *model, LwLimits *out)
{
  const LwJointInfo *joints = lw_arm_model_joints (model);

  memset (out, 0, sizeof *out);
  out->n_joints = lw_arm_model_n_joints (model);
  for (size_t j = 0; j < out->n_joints; j++)
    {
      out->q_min[j] = joints[j].lower;
      out->q_max[j] = joints[j].upper;
      out->v_max[j] = joints[j].v_max;
      out->a_max[j] = joints[j].a_max;
    }
  for (int k = 0; k < 3; k++)
    {
      out->box_min[k] = -INFINITY;
      out->box_max[k] = INFINITY;
    }
  out->floor_z = -INFINITY;
  out->stop_time = 0.08;
}

/* FNV-1a over the bits of every number that counts, so that equal limits have equal codes on any machine. */
static uint32_t
hash_doubles (uint32_t hash, const double *x, size_t n)
{
  for (size_t i = 0; i < n; i++)
    {
      double   value = x[i] == 0.0 ? 0.0 : x[i]; /* -0 and 0 are one limit */
      uint64_t bits;

      memcpy (&bits, &value, sizeof bits);
      for (int k = 0; k < 8; k++)
        hash = (hash ^ (uint32_t) ((bits >> (8 * k)) & 0xff)) * 16777619u;
    }
  return hash;
}

void
lw_limits_code (const LwLimits *limits, char code[5])
{
  uint32_t hash = 2166136261u;

  hash = hash_doubles (hash, limits->q_min, limits->n_joints);
  hash = hash_doubles (hash, limits->q_max, limits->n_joints);
  hash = hash_doubles (hash, limits->v_max, limits->n_joints);
  hash = hash_doubles (hash, limits->a_max, limits->n_joints);
  hash = hash_doubles (hash, limits->box_min, 3);
  hash = hash_doubles (hash, limits->box_max, 3);
  hash = hash_doubles (hash, &limits->floor_z, 1);
  hash = hash_doubles (hash, &limits->stop_time, 1);
  snprintf (code, 5, "%04X", (unsigned) ((hash >> 16) ^ (hash & 0xffff)));
}

bool
lw_limits_are_valid (const LwLimits *limits)
{
  if (limits->n_joints == 0 || limits->n_joints > LW_MAX_JOINTS)
    return false;
  for (size_t j = 0; j < limits->n_joints; j++)
    if (!(limits->q_min[j] < limits->q_max[j]) || !isfinite (limits->q_min[j]) || !isfinite (limits->q_max[j])
        || !(limits->v_max[j] > 0) || !isfinite (limits->v_max[j]) || !(limits->a_max[j] > 0) || !isfinite (limits->a_max[j]))
      return false;
  for (int k = 0; k < 3; k++)
    if (!(limits->box_min[k] < limits->box_max[k]))
      return false;
  return !isnan (limits->floor_z) && limits->floor_z < HUGE_VAL && limits->stop_time > 0 && isfinite (limits->stop_time);
}

bool
lw_limits_has_workspace (const LwLimits *limits)
{
  if (isfinite (limits->floor_z))
    return true;
  for (int k = 0; k < 3; k++)
    if (isfinite (limits->box_min[k]) || isfinite (limits->box_max[k]))
      return true;
  return false;
}
