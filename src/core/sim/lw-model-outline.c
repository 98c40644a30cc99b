/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-model-outline.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lw-arm-model-private.h"
#include "lw-mujoco-guard.h"

/* Torque of an actuator that is told a torque: its range of commands times its gear; else what its force is held to. */
static double
torque_of (const mjModel *m, int actuator)
{
  const double gear = fabs (m->actuator_gear[6 * actuator]);

  if (m->actuator_forcelimited[actuator])
    return gear * fmax (fabs (m->actuator_forcerange[2 * actuator]), fabs (m->actuator_forcerange[2 * actuator + 1]));
  if (m->actuator_ctrllimited[actuator] && m->actuator_biastype[actuator] == mjBIAS_NONE)
    return gear * fabs (m->actuator_gainprm[mjNGAIN * actuator])
           * fmax (fabs (m->actuator_ctrlrange[2 * actuator]), fabs (m->actuator_ctrlrange[2 * actuator + 1]));
  return NAN;
}

static void
take_joint (const mjModel *m, int id, LwOutlineJoint *to)
{
  static const LwOutlineKind kinds[] = {
    [mjJNT_FREE] = LW_OUTLINE_FREE, [mjJNT_BALL] = LW_OUTLINE_BALL, [mjJNT_SLIDE] = LW_OUTLINE_SLIDE, [mjJNT_HINGE] = LW_OUTLINE_HINGE,
  };
  const double *posture = m->nkey > 0 ? m->key_qpos : m->qpos0;

  *to = (LwOutlineJoint){ .kind = kinds[m->jnt_type[id]], .body = m->jnt_bodyid[id], .limited = m->jnt_limited[id], .lower = NAN, .upper = NAN, .torque = NAN };
  snprintf (to->name, sizeof to->name, "%s", m->names + m->name_jntadr[id]);
  if (to->limited)
    {
      to->lower = m->jnt_range[2 * id];
      to->upper = m->jnt_range[2 * id + 1];
    }
  to->home = posture[m->jnt_qposadr[id]];
  for (int i = 0; i < m->nu; i++)
    if (m->actuator_trntype[i] == mjTRN_JOINT && m->actuator_trnid[2 * i] == id)
      {
        to->driven = true;
        to->torque = torque_of (m, i);
      }
  for (int i = 0; i < m->neq; i++)
    if (m->eq_type[i] == mjEQ_JOINT && m->eq_obj1id[i] == id && m->eq_obj2id[i] >= 0)
      to->follows = true;
}

bool
lw_model_outline_read (LwModelOutline *self, const char *path, const char *out_path, LwSimError *error)
{
  char     text[400] = "";
  mjModel *m = lw_arm_model_compile (path, NULL, text, sizeof text);
  bool     written = false;

  *self = (LwModelOutline){ 0 };
  if (!m)
    {
      snprintf (error->text, sizeof error->text, "%s", text);
      return false;
    }
  self->n_joints = (size_t) m->njnt;
  self->n_bodies = (size_t) m->nbody;
  self->joints = calloc (self->n_joints + 1, sizeof *self->joints);
  self->body_parent = calloc (self->n_bodies, sizeof *self->body_parent);
  if (self->joints && self->body_parent)
    {
      LwMujocoGuard guard;

      for (int i = 0; i < m->njnt; i++)
        take_joint (m, i, &self->joints[i]);
      memcpy (self->body_parent, m->body_parentid, self->n_bodies * sizeof *self->body_parent);
      if (lw_mujoco_guard_enter (&guard))
        {
          written = mj_saveLastXML (out_path, m, text, (int) sizeof text) != 0;
          lw_mujoco_guard_leave (&guard);
        }
      else
        snprintf (text, sizeof text, "%s", guard.text);
    }
  else
    snprintf (text, sizeof text, "out of memory");
  mj_deleteModel (m);
  if (written)
    return true;
  snprintf (error->text, sizeof error->text, "%s", text);
  lw_model_outline_clear (self);
  return false;
}

void
lw_model_outline_clear (LwModelOutline *self)
{
  free (self->joints);
  free (self->body_parent);
  *self = (LwModelOutline){ 0 };
}

bool
lw_model_outline_below (const LwModelOutline *self, int body, int above)
{
  while (body != above && body != 0)
    body = self->body_parent[body];
  return body == above;
}
