/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-dynamics.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lw-arm-model-private.h"
#include "lw-mujoco-guard.h"

#define BLOCKING 1e6 /* kg m^2: what no motor of an arm sets in motion */

struct LwDynamics {
  LwArmModel *model;
  mjModel    *m;      /* a copy: time step and friction are this arm's own */
  mjData     *d;      /* NULL after MuJoCo's error handler, until set */
  LwStatus    status; /* of the last step */
  double      q[LW_MAX_JOINTS];
  double      dq[LW_MAX_JOINTS];
  double      tau[LW_MAX_JOINTS];
  bool        balanced[LW_MAX_JOINTS];
  int         hand_body; /* < 0: none */
  double      hand_point[3];
  double      hand_target[3];
  double      hand_stiffness;
  double      hand_damping;
};

static mjModel *
copy_model (const mjModel *m)
{
  LwMujocoGuard guard;
  mjModel *volatile copy = NULL;

  if (lw_mujoco_guard_enter (&guard))
    {
      copy = mj_copyModel (NULL, m);
      lw_mujoco_guard_leave (&guard);
    }
  return copy;
}

LwDynamics *
lw_dynamics_new (LwArmModel *model, double dt)
{
  LwDynamics *self;

  if (!(dt > 0) || !(self = calloc (1, sizeof *self)))
    return NULL;
  self->model = lw_arm_model_ref (model);
  self->hand_body = -1;
  self->m = copy_model (model->m);
  if (self->m)
    self->d = lw_arm_model_new_data (model, self->m);
  if (!self->d)
    {
      lw_dynamics_free (self);
      return NULL;
    }
  self->m->opt.timestep = dt;
  for (size_t i = 0; i < model->n_joints; i++)
    self->q[i] = model->joints[i].home;
  return self;
}

void
lw_dynamics_free (LwDynamics *self)
{
  if (!self)
    return;
  if (self->d)
    mj_deleteData (self->d);
  if (self->m)
    mj_deleteModel (self->m);
  lw_arm_model_unref (self->model);
  free (self);
}

double
lw_dynamics_dt (const LwDynamics *self)
{
  return self->m->opt.timestep;
}

void
lw_dynamics_set (LwDynamics *self, const double *q, const double *dq)
{
  const size_t n = self->model->n_joints;

  if (self->d)
    mj_resetData (self->m, self->d);
  else
    self->d = lw_arm_model_new_data (self->model, self->m);
  self->status = self->d ? LW_OK : LW_ERR_MEMORY;
  for (size_t i = 0; i < n; i++)
    {
      self->q[i] = q[i];
      self->dq[i] = dq ? dq[i] : 0;
      if (self->d)
        self->d->qvel[self->model->dof_adr[i]] = self->dq[i];
    }
  if (self->d)
    lw_arm_model_set_qpos (self->model, self->d, q);
}

void
lw_dynamics_get (const LwDynamics *self, double *q, double *dq)
{
  if (q)
    memcpy (q, self->q, self->model->n_joints * sizeof *q);
  if (dq)
    memcpy (dq, self->dq, self->model->n_joints * sizeof *dq);
}

void
lw_dynamics_torque (LwDynamics *self, const double *tau)
{
  for (size_t i = 0; i < self->model->n_joints; i++)
    {
      const double most = self->model->joints[i].tau_max;

      /* Written so that NaN passes and the step reports it, instead of becoming a full torque. */
      self->tau[i] = tau[i] > most ? most : tau[i] < -most ? -most : tau[i];
    }
}

void
lw_dynamics_balance (LwDynamics *self, size_t joint, bool on)
{
  if (joint < self->model->n_joints)
    self->balanced[joint] = on;
}

void
lw_dynamics_friction (LwDynamics *self, size_t joint, double torque)
{
  if (joint < self->model->n_joints && torque >= 0)
    self->m->dof_frictionloss[self->model->dof_adr[joint]] = torque;
}

void
lw_dynamics_block (LwDynamics *self, size_t joint, bool on)
{
  int dof;

  if (joint >= self->model->n_joints)
    return;
  dof = self->model->dof_adr[joint];
  self->m->dof_armature[dof] = on ? BLOCKING : self->model->m->dof_armature[dof];
  if (self->d != NULL)
    self->d->qvel[dof] = 0;
}

void
lw_dynamics_hand (LwDynamics *self, int body, const double point[3], const double target[3], double stiffness, double damping)
{
  self->hand_body = body > 0 && body < self->m->nbody ? body : -1;
  if (self->hand_body < 0)
    return;
  memcpy (self->hand_point, point, sizeof self->hand_point);
  memcpy (self->hand_target, target, sizeof self->hand_target);
  self->hand_stiffness = stiffness;
  self->hand_damping = damping;
}

/* f = stiffness (target - x) - damping dx/dt at the point held. */
static void
apply_hand (LwDynamics *self)
{
  const mjModel *m = self->m;
  mjData *d = self->d;
  const mjtNum no_torque[3] = { 0, 0, 0 };
  mjtNum x[3], velocity[6], force[3], from_centre[3], turned[3];

  mju_rotVecMat (x, self->hand_point, d->xmat + 9 * self->hand_body);
  mju_addTo3 (x, d->xpos + 3 * self->hand_body);
  /* Twist of the body's centre, rotation first, in world axes; the point's own velocity adds w x r. */
  mj_objectVelocity (m, d, mjOBJ_BODY, self->hand_body, velocity, 0);
  mju_sub3 (from_centre, x, d->xipos + 3 * self->hand_body);
  mju_cross (turned, velocity, from_centre);
  for (int r = 0; r < 3; r++)
    force[r] = self->hand_stiffness * (self->hand_target[r] - x[r]) - self->hand_damping * (velocity[3 + r] + turned[r]);
  mj_applyFT (m, d, force, no_torque, x, self->hand_body, d->qfrc_applied);
}

static void
advance (LwDynamics *self)
{
  mjData *d = self->d;

  mj_step1 (self->m, d);
  mju_zero (d->qfrc_applied, self->m->nv);
  for (size_t i = 0; i < self->model->n_joints; i++)
    {
      if (self->balanced[i])
        d->qfrc_applied[self->model->dof_adr[i]] = d->qfrc_bias[self->model->dof_adr[i]];
      d->ctrl[i] = self->tau[i];
    }
  /* After the balance, which is an assignment: the hand adds to it. */
  if (self->hand_body > 0)
    apply_hand (self);
  mj_step2 (self->m, d);
}

static bool
state_is_bad (const LwDynamics *self)
{
  static const int bad[] = { mjWARN_BADQPOS, mjWARN_BADQVEL, mjWARN_BADQACC, mjWARN_BADCTRL };
  const mjData *d = self->d;

  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
    if (d->warning[bad[i]].number > 0)
      return true;
  /* MuJoCo looks at the beginning of the next step; a caller reads after this one. */
  for (size_t i = 0; i < self->model->n_joints; i++)
    if (!isfinite (d->qpos[self->model->qpos_adr[i]]) || !isfinite (d->qvel[self->model->dof_adr[i]]))
      return true;
  return false;
}

LwStatus
lw_dynamics_step (LwDynamics *self)
{
  LwMujocoGuard guard;

  if (self->status != LW_OK)
    return self->status;
  if (!lw_mujoco_guard_enter (&guard))
    {
      mj_deleteData (self->d);
      self->d = NULL;
      return self->status = LW_ERR_SOLVER;
    }
  advance (self);
  lw_mujoco_guard_leave (&guard);

  if (state_is_bad (self))
    return self->status = LW_ERR_NOT_FINITE;
  for (size_t i = 0; i < self->model->n_joints; i++)
    {
      self->q[i] = self->d->qpos[self->model->qpos_adr[i]];
      self->dq[i] = self->d->qvel[self->model->dof_adr[i]];
    }
  return LW_OK;
}
