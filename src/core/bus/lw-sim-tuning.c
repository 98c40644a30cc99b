/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-sim-tuning.h"

#include <math.h>

#include "lw-dynamics.h"
#include "lw-linalg.h"

#define NUDGE_TIME     1e-5 /* s */
#define FULL_TORQUE_AT 0.08 /* rad of error at which a joint's torque is all spent */
#define MIN_STIFFNESS_OF_INERTIA 400.0 /* 1/s^2: at least 20 rad/s of bandwidth */
#define DAMPING_RATIO  1.0
#define MAX_STEP_GAIN  0.5  /* largest eigenvalue of dt M^-1 Kd; beyond 2 an explicit step diverges */
#define DRAG_TIME      0.25 /* s in which unpowered gears bring a joint to rest */
#define HAND_RATE      12.0 /* rad/s: how briskly a hand moves what it pulls at */

/* M^-1 (n x n): the velocities that a short push at each joint gives. Friction and weight are out of the way. */
static LwStatus
measure_mobility (LwDynamics *dynamics, LwArmModel *model, const double *q, const LwMat *mobility)
{
  const LwJointInfo *joints = lw_arm_model_joints (model);
  size_t n = mobility->rows;

  for (size_t i = 0; i < n; i++)
    {
      lw_dynamics_balance (dynamics, i, true);
      lw_dynamics_friction (dynamics, i, 0);
    }
  for (size_t i = 0; i < n; i++)
    {
      double tau[LW_MAX_JOINTS] = { 0 }, dq[LW_MAX_JOINTS];
      LwStatus status;

      tau[i] = joints[i].tau_max;
      lw_dynamics_set (dynamics, q, NULL);
      lw_dynamics_torque (dynamics, tau);
      status = lw_dynamics_step (dynamics);
      if (status != LW_OK)
        return status;
      lw_dynamics_get (dynamics, NULL, dq);
      for (size_t j = 0; j < n; j++)
        lw_mat_set (mobility, j, i, dq[j] / (tau[i] * NUDGE_TIME));
    }
  return LW_OK;
}

/* Largest eigenvalue of M^-1 diag(k), by power iteration: how fast the stiffest combination of joints answers to damping k. */
static double
fastest_rate (const LwMat *mobility, const double *k)
{
  size_t n = mobility->rows;
  double v[LW_MAX_JOINTS], next[LW_MAX_JOINTS];
  double rate = 0;

  for (size_t i = 0; i < n; i++)
    v[i] = i % 2 == 0 ? 1 : -1; /* neighbours against each other: near the stiffest */
  for (int round = 0; round < 200; round++)
    {
      double norm = 0;

      for (size_t i = 0; i < n; i++)
        {
          next[i] = 0;
          for (size_t j = 0; j < n; j++)
            next[i] += lw_mat_get (mobility, i, j) * k[j] * v[j];
          norm = fmax (norm, fabs (next[i]));
        }
      if (norm <= 0)
        return 0;
      for (size_t i = 0; i < n; i++)
        v[i] = next[i] / norm;
      rate = norm;
    }
  return rate;
}

static LwStatus
inertia_diagonal (const LwMat *mobility, double *inertia)
{
  size_t n = mobility->rows;
  double factor_data[LW_MAX_JOINTS * LW_MAX_JOINTS];
  LwMat factor = lw_mat_view (factor_data, n, n);
  LwStatus status;

  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < n; j++)
      lw_mat_set (&factor, i, j, 0.5 * (lw_mat_get (mobility, i, j) + lw_mat_get (mobility, j, i)));
  status = lw_chol_factor (&factor);
  if (status != LW_OK)
    return status;
  for (size_t i = 0; i < n; i++)
    {
      double column[LW_MAX_JOINTS] = { 0 };

      column[i] = 1;
      lw_chol_solve (&factor, column);
      inertia[i] = column[i];
    }
  return LW_OK;
}

LwStatus
lw_sim_tune (LwArmModel *model, const double *q, double dt, LwSimTuning *out)
{
  const LwJointInfo *joints = lw_arm_model_joints (model);
  size_t n = lw_arm_model_n_joints (model);
  double mobility_data[LW_MAX_JOINTS * LW_MAX_JOINTS], inertia[LW_MAX_JOINTS];
  LwMat mobility = lw_mat_view (mobility_data, n, n);
  LwDynamics *dynamics = lw_dynamics_new (model, NUDGE_TIME);
  double slow_down, heaviest = 0;
  LwStatus status;

  if (dynamics == NULL)
    return LW_ERR_MEMORY;
  status = measure_mobility (dynamics, model, q, &mobility);
  lw_dynamics_free (dynamics);
  if (status == LW_OK)
    status = inertia_diagonal (&mobility, inertia);
  if (status != LW_OK)
    return status;

  for (size_t i = 0; i < n; i++)
    {
      out->stiffness[i] = fmax (joints[i].tau_max / FULL_TORQUE_AT, MIN_STIFFNESS_OF_INERTIA * inertia[i]);
      out->damping[i] = 2 * DAMPING_RATIO * sqrt (out->stiffness[i] * inertia[i]);
      out->drag[i] = inertia[i] / DRAG_TIME;
      heaviest = fmax (heaviest, inertia[i]);
    }
  /* Stiffness falls with the square, so that the damping ratio stays. */
  slow_down = fmin (1, MAX_STEP_GAIN / (dt * fastest_rate (&mobility, out->damping)));
  for (size_t i = 0; i < n; i++)
    {
      out->damping[i] *= slow_down;
      out->stiffness[i] *= slow_down * slow_down;
    }
  out->hand_stiffness = HAND_RATE * HAND_RATE * heaviest;
  out->hand_damping = 2 * HAND_RATE * heaviest;
  return LW_OK;
}
