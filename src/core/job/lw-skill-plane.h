/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-skill.h"

/* The plane a latent mixture is looked at in: the first two principal axes of [context | duration | weights], with the demonstrations and the
 * components' Gaussians projected into it. */
typedef struct {
  LwMat  points;     /* (N x 2) */
  LwMat  means;      /* (K x 2) */
  LwMat  covs;       /* (K x 4), row-major 2 x 2: P (W W' + D) P', D the noise by column */
  double explained;  /* share of the variance that lies in the plane, 0..1 */
} LwSkillPlane;

/* Any thread. LW_ERR_TOO_FEW below 2 demonstrations. */
LwStatus lw_skill_plane_init  (const LwSkill *skill, LwSkillPlane *out) LW_MUST_USE;
void     lw_skill_plane_clear (LwSkillPlane *self);
