/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-sim-tuning.h"

#include <math.h>

#include "lw-dynamics.h"
#include "lw-kinematics.h"
#include "lw-linalg.h"

#define NUDGE_TIME     1e-5 /* s */
#define FULL_TORQUE_AT 0.05 /* rad of error at which a joint's torque is all spent */
#define MIN_STIFFNESS_OF_INERTIA 400.0 /* 1/s^2: at least 20 rad/s of bandwidth */
#define DAMPING_RATIO  1.0
#define MAX_STEP_GAIN  0.5  /* largest eigenvalue of dt M^-1 Kd; beyond 2 an explicit step diverges */
#define HAND_LAG       0.05 /* s a hand is ahead of the arm it pulls along */
#define HAND_RATE      15.0 /* rad/s: how briskly it is followed at least */

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

/* Viscous friction of each joint: the torque that slows it when it is thrown at 1 rad/s. @factor: of the mobility. */
static LwStatus
measure_loss (LwDynamics *dynamics, const double *q, const LwMat *factor, double *loss)
{
  size_t n = factor->rows;

  for (size_t i = 0; i < n; i++)
    {
      const double none[LW_MAX_JOINTS] = { 0 };
      double thrown[LW_MAX_JOINTS] = { 0 }, dq[LW_MAX_JOINTS];
      LwStatus status;

      thrown[i] = 1;
      lw_dynamics_set (dynamics, q, thrown);
      lw_dynamics_torque (dynamics, none);
      status = lw_dynamics_step (dynamics);
      if (status != LW_OK)
        return status;
      lw_dynamics_get (dynamics, NULL, dq);
      for (size_t j = 0; j < n; j++)
        dq[j] = (thrown[j] - dq[j]) / NUDGE_TIME;
      lw_chol_solve (factor, dq);
      loss[i] = fmax (dq[i], 0);
    }
  return LW_OK;
}

static void
inertia_diagonal (const LwMat *factor, double *inertia)
{
  for (size_t i = 0; i < factor->rows; i++)
    {
      double column[LW_MAX_JOINTS] = { 0 };

      column[i] = 1;
      lw_chol_solve (factor, column);
      inertia[i] = column[i];
    }
}

/* L L' = M^-1, made symmetric. */
static LwStatus
factor_mobility (const LwMat *mobility, const LwMat *factor)
{
  for (size_t i = 0; i < mobility->rows; i++)
    for (size_t j = 0; j < mobility->rows; j++)
      lw_mat_set (factor, i, j, 0.5 * (lw_mat_get (mobility, i, j) + lw_mat_get (mobility, j, i)));
  return lw_chol_factor (factor);
}

/* trace (J A J') / 3: how easily the tip moves, averaged over directions, when joints answer to torques with @a (n x n). */
static double
ease_of_tip (const LwMat *jacobian, const LwMat *a)
{
  double sum = 0;

  for (size_t r = 0; r < 3; r++)
    for (size_t i = 0; i < a->rows; i++)
      for (size_t j = 0; j < a->rows; j++)
        sum += lw_mat_get (jacobian, r, i) * lw_mat_get (a, i, j) * lw_mat_get (jacobian, r, j);
  return sum / 3;
}

/* A hand as strong as the limp arm needs: mass and viscous resistance felt at the tip decide. */
static LwStatus
tune_hand (LwArmModel *model, const double *q, const LwMat *mobility, LwSimTuning *out)
{
  size_t n = mobility->rows;
  double jacobian_data[3 * LW_MAX_JOINTS], yield_data[LW_MAX_JOINTS * LW_MAX_JOINTS] = { 0 };
  LwMat jacobian = lw_mat_view (jacobian_data, 3, n);
  LwMat yield = lw_mat_view (yield_data, n, n);
  LwKinematics *kinematics = lw_kinematics_new (model);
  double mass, resistance = 0;
  bool viscous = true;

  if (kinematics == NULL)
    return LW_ERR_MEMORY;
  lw_kinematics_set (kinematics, q);
  lw_kinematics_jacobian (kinematics, &jacobian);
  lw_kinematics_free (kinematics);
  for (size_t i = 0; i < n; i++)
    {
      viscous = viscous && out->loss[i] > 0;
      lw_mat_set (&yield, i, i, out->loss[i] > 0 ? 1 / out->loss[i] : 0);
    }
  mass = 1 / ease_of_tip (&jacobian, mobility);
  if (viscous)
    resistance = 1 / ease_of_tip (&jacobian, &yield);
  out->hand_stiffness = fmax (resistance / HAND_LAG, HAND_RATE * HAND_RATE * mass);
  out->hand_damping = 2 * sqrt (out->hand_stiffness * mass);
  return LW_OK;
}

LwStatus
lw_sim_tune (LwArmModel *model, const double *q, double dt, LwSimTuning *out)
{
  const LwJointInfo *joints = lw_arm_model_joints (model);
  size_t n = lw_arm_model_n_joints (model);
  double mobility_data[LW_MAX_JOINTS * LW_MAX_JOINTS], factor_data[LW_MAX_JOINTS * LW_MAX_JOINTS], inertia[LW_MAX_JOINTS];
  LwMat mobility = lw_mat_view (mobility_data, n, n);
  LwMat factor = lw_mat_view (factor_data, n, n);
  LwDynamics *dynamics = lw_dynamics_new (model, NUDGE_TIME);
  double slow_down;
  LwStatus status;

  if (dynamics == NULL)
    return LW_ERR_MEMORY;
  status = measure_mobility (dynamics, model, q, &mobility);
  if (status == LW_OK)
    status = factor_mobility (&mobility, &factor);
  if (status == LW_OK)
    status = measure_loss (dynamics, q, &factor, out->loss);
  lw_dynamics_free (dynamics);
  if (status != LW_OK)
    return status;

  inertia_diagonal (&factor, inertia);
  for (size_t i = 0; i < n; i++)
    {
      out->stiffness[i] = fmax (joints[i].tau_max / FULL_TORQUE_AT, MIN_STIFFNESS_OF_INERTIA * inertia[i]);
      out->damping[i] = 2 * DAMPING_RATIO * sqrt (out->stiffness[i] * inertia[i]);
    }
  /* Stiffness falls with the square, so that the damping ratio stays. */
  slow_down = fmin (1, MAX_STEP_GAIN / (dt * fastest_rate (&mobility, out->damping)));
  for (size_t i = 0; i < n; i++)
    {
      out->damping[i] *= slow_down;
      out->stiffness[i] *= slow_down * slow_down;
    }
  return tune_hand (model, q, &mobility, out);
}
