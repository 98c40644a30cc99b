/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-arm-model.h"

/* What no emitted goal may break. Arrays are (n_joints). */
typedef struct {
  size_t n_joints;
  double q_min[LW_MAX_JOINTS], q_max[LW_MAX_JOINTS]; /* rad */
  double v_max[LW_MAX_JOINTS];                       /* rad/s */
  double a_max[LW_MAX_JOINTS];                       /* rad/s^2 */
  double box_min[3], box_max[3];                     /* workspace of the tip, m; infinite = off */
  double floor_z;                                    /* no arm geom below, m; -inf = off */
  double stop_time;                                  /* s: Stop decelerates at v_max / stop_time; default 0.08 */
} LwLimits;

/* The joints' own limits; box and floor off. */
void lw_limits_from_model    (const LwArmModel *model, LwLimits *out);
/* Four hexadecimal digits that name these limits: shown, and stored with every demonstration ("A3F9"). */
void lw_limits_code          (const LwLimits *limits, char code[5]);
/* Ranges in order, speeds, accelerations and stop time positive and finite. */
bool lw_limits_are_valid     (const LwLimits *limits);
/* Whether the box or the floor is on, so that kinematics are needed. */
bool lw_limits_has_workspace (const LwLimits *limits);
