/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-kinematics.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lw-arm-model-private.h"
#include "lw-linalg.h"
#include "lw-mujoco-guard.h"

struct LwKinematics {
  LwArmModel *model;
  mjData     *d;
  double     *scratch; /* (3 nv) */
};

LwKinematics *
lw_kinematics_new (LwArmModel *model)
{
  LwKinematics *self = calloc (1, sizeof *self);

  if (!self)
    return NULL;
  self->model = lw_arm_model_ref (model);
  self->d = lw_arm_model_new_data (model, model->m);
  self->scratch = lw_doubles_new (3 * (size_t) model->m->nv);
  if (!self->d || !self->scratch)
    {
      lw_kinematics_free (self);
      return NULL;
    }
  mj_kinematics (model->m, self->d);
  return self;
}

void
lw_kinematics_free (LwKinematics *self)
{
  if (!self)
    return;
  if (self->d)
    mj_deleteData (self->d);
  free (self->scratch);
  lw_arm_model_unref (self->model);
  free (self);
}

size_t
lw_kinematics_n_joints (const LwKinematics *self)
{
  return self->model->n_joints;
}

/* Positions only: neither mj_kinematics() nor mj_comPos() takes scratch memory or raises errors. */
void
lw_kinematics_set (LwKinematics *self, const double *q)
{
  lw_arm_model_set_qpos (self->model, self->d, q);
  mj_kinematics (self->model->m, self->d);
}

void
lw_kinematics_tip (const LwKinematics *self, double pos[3], double rot[9])
{
  const int tip = self->model->tip_site;

  memcpy (pos, self->d->site_xpos + 3 * tip, 3 * sizeof *pos);
  if (rot)
    memcpy (rot, self->d->site_xmat + 9 * tip, 9 * sizeof *rot);
}

void
lw_kinematics_jacobian (LwKinematics *self, const LwMat *jac)
{
  const LwArmModel *model = self->model;
  const int nv = model->m->nv;

  mj_comPos (model->m, self->d);
  mj_jacSite (model->m, self->d, self->scratch, NULL, model->tip_site);
  for (size_t r = 0; r < 3; r++)
    for (size_t i = 0; i < model->n_joints; i++)
      lw_mat_set (jac, r, i, self->scratch[r * (size_t) nv + (size_t) model->dof_adr[i]]);
}

void
lw_kinematics_gravity (LwKinematics *self, double *tau)
{
  const LwArmModel *model = self->model;
  LwMujocoGuard guard;

  /* Recursive Newton-Euler at rest: velocities in the mjData stay zero. */
  if (lw_mujoco_guard_enter (&guard))
    {
      mj_comPos (model->m, self->d);
      mj_comVel (model->m, self->d);
      mj_rne (model->m, self->d, 0, self->scratch);
      lw_mujoco_guard_leave (&guard);
      for (size_t i = 0; i < model->n_joints; i++)
        tau[i] = self->scratch[model->dof_adr[i]];
    }
  else
    for (size_t i = 0; i < model->n_joints; i++)
      tau[i] = NAN;
}

/* Half the height of a geom with half sizes @size, turned so that its axes have the world z components @up. */
static double
half_height (int type, const mjtNum *size, const double up[3])
{
  const double across = sqrt (up[0] * up[0] + up[1] * up[1]);

  switch (type)
    {
    case mjGEOM_SPHERE: return size[0];
    case mjGEOM_CAPSULE: return fabs (up[2]) * size[1] + size[0];
    case mjGEOM_CYLINDER: return fabs (up[2]) * size[1] + across * size[0];
    case mjGEOM_MESH: /* its box */
    case mjGEOM_BOX: return fabs (up[0]) * size[0] + fabs (up[1]) * size[1] + fabs (up[2]) * size[2];
    case mjGEOM_ELLIPSOID:
      return sqrt (up[0] * up[0] * size[0] * size[0] + up[1] * up[1] * size[1] * size[1] + up[2] * up[2] * size[2] * size[2]);
    default: return 0;
    }
}

double
lw_kinematics_lowest (LwKinematics *self)
{
  const mjModel *m = self->model->m;
  double lowest = INFINITY;

  for (int geom = 0; geom < m->ngeom; geom++)
    {
      const mjtNum *up = self->d->geom_xmat + 9 * geom + 6;

      if (lw_arm_model_geom_is_arm (self->model, geom))
        lowest = fmin (lowest, self->d->geom_xpos[3 * geom + 2] - half_height (m->geom_type[geom], m->geom_size + 3 * geom, up));
    }
  return lowest;
}

static double
clamp (double x, double lower, double upper)
{
  return fmin (fmax (x, lower), upper);
}

static double
set_and_measure (LwKinematics *self, const double *q, const double target[3], double miss[3])
{
  double tip[3];

  lw_kinematics_set (self, q);
  lw_kinematics_tip (self, tip, NULL);
  for (size_t r = 0; r < 3; r++)
    miss[r] = target[r] - tip[r];
  return sqrt (miss[0] * miss[0] + miss[1] * miss[1] + miss[2] * miss[2]);
}

/* dq = J' (J J' + damping I)^-1 miss over the joints not in @held. */
static bool
damped_step (const LwMat *jac, const bool *held, const double miss[3], double damping, double *dq)
{
  double a_data[9], y[3] = { miss[0], miss[1], miss[2] };
  LwMat a = lw_mat_view (a_data, 3, 3);

  for (size_t r = 0; r < 3; r++)
    for (size_t c = 0; c < 3; c++)
      {
        double sum = r == c ? damping : 0;

        for (size_t i = 0; i < jac->cols; i++)
          if (!held[i])
            sum += lw_mat_get (jac, r, i) * lw_mat_get (jac, c, i);
        a_data[3 * r + c] = sum;
      }
  if (lw_chol_factor (&a) != LW_OK)
    return false;
  lw_chol_solve (&a, y);
  for (size_t i = 0; i < jac->cols; i++)
    dq[i] = held[i] ? 0 : lw_mat_get (jac, 0, i) * y[0] + lw_mat_get (jac, 1, i) * y[1] + lw_mat_get (jac, 2, i) * y[2];
  return true;
}

/* Levenberg-Marquardt from @q, in place, within the ranges: a joint that stands at its end and would go beyond is held for the step.
 * Returns the distance left. */
static double
descend (LwKinematics *self, const double target[3], double tolerance, double *q)
{
  const size_t n = self->model->n_joints;
  const LwJointInfo *joints = self->model->joints;
  double jac_data[3 * LW_MAX_JOINTS], dq[LW_MAX_JOINTS], trial[LW_MAX_JOINTS], miss[3], trial_miss[3];
  LwMat jac = lw_mat_view (jac_data, 3, n);
  double distance = set_and_measure (self, q, target, miss);
  double damping = 1e-3; /* m^2 */

  for (int iteration = 0; iteration < 200 && distance > tolerance && damping < 1e6; iteration++)
    {
      bool held[LW_MAX_JOINTS] = { false };
      bool again = true;
      double left, largest = 0;

      lw_kinematics_set (self, q);
      lw_kinematics_jacobian (self, &jac);
      while (again)
        {
          if (!damped_step (&jac, held, miss, damping, dq))
            return distance;
          again = false;
          for (size_t i = 0; i < n; i++)
            if (!held[i] && ((q[i] <= joints[i].lower && dq[i] < 0) || (q[i] >= joints[i].upper && dq[i] > 0)))
              again = held[i] = true;
        }
      for (size_t i = 0; i < n; i++)
        largest = fmax (largest, fabs (dq[i]));
      for (size_t i = 0; i < n; i++)
        trial[i] = clamp (q[i] + dq[i] * (largest > 0.3 ? 0.3 / largest : 1), joints[i].lower, joints[i].upper);
      left = set_and_measure (self, trial, target, trial_miss);
      if (left < distance)
        {
          memcpy (q, trial, n * sizeof *q);
          memcpy (miss, trial_miss, sizeof miss);
          distance = left;
          damping = fmax (damping / 5, 1e-12);
        }
      else
        damping *= 7;
    }
  return distance;
}

/* Element @index of the van der Corput sequence in @base: start postures spread evenly over the ranges, the same ones every time. */
static double
van_der_corput (unsigned index, unsigned base)
{
  double value = 0, digit = 1;

  for (; index; index /= base)
    value += (index % base) * (digit /= base);
  return value;
}

LwStatus
lw_kinematics_reach (LwKinematics *self, const double target[3], double tolerance, double *q)
{
  static const unsigned primes[LW_MAX_JOINTS] = { 2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53 };
  const size_t n = self->model->n_joints;
  const LwJointInfo *joints = self->model->joints;
  double start[LW_MAX_JOINTS], best[LW_MAX_JOINTS];
  double distance = INFINITY;

  if (!(tolerance > 0))
    return LW_ERR_RANGE;
  for (size_t r = 0; r < 3; r++)
    if (!isfinite (target[r]))
      return LW_ERR_NOT_FINITE;
  for (size_t i = 0; i < n; i++)
    if (!isfinite (q[i]))
      return LW_ERR_NOT_FINITE;

  for (unsigned attempt = 0; attempt < 32 && distance > tolerance; attempt++)
    {
      double left;

      for (size_t i = 0; i < n; i++)
        if (attempt == 0)
          start[i] = clamp (q[i], joints[i].lower, joints[i].upper);
        else if (attempt == 1)
          start[i] = joints[i].home;
        else
          start[i] = joints[i].lower + (joints[i].upper - joints[i].lower) * van_der_corput (attempt - 1, primes[i]);
      left = descend (self, target, tolerance, start);
      if (left < distance)
        {
          distance = left;
          memcpy (best, start, n * sizeof *best);
        }
    }
  memcpy (q, best, n * sizeof *q);
  return distance <= tolerance ? LW_OK : LW_ERR_SOLVER;
}
