/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-arm-model.h"

/* Gains for the joints of any arm, from what its joints weigh: the inertia is measured by nudging each joint of a weightless copy. */
typedef struct {
  double stiffness[LW_MAX_JOINTS]; /* N m/rad */
  double damping[LW_MAX_JOINTS];   /* N m s/rad */
  double loss[LW_MAX_JOINTS];      /* N m s/rad, viscous friction of the joint itself */
  double hand_stiffness;           /* N/m, of a hand that pulls at the arm */
  double hand_damping;             /* N s/m */
} LwSimTuning;

/* At @q, for control steps of @dt (s). LW_ERR_MEMORY, or LW_ERR_NOT_SPD when the arm's inertia makes no sense. */
LwStatus lw_sim_tune (LwArmModel *model, const double *q, double dt, LwSimTuning *out) LW_MUST_USE;
