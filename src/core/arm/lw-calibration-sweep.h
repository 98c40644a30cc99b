/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-arm-profile.h"

/* Calibrating an arm: each joint is swept by hand from stop to stop first, then sign and zero follow from what was seen and from
 * what the profile expects. Pure state; nothing is written anywhere: giving it up changes nothing. Works on servo angles as they
 * come, across an encoder's jump. */
typedef struct {
  double   expected;   /* rad: the travel the profile says; 2 pi for a full turn */
  double   lower, upper; /* rad, unwrapped servo angle, as far as it went */
  double   last;       /* unwrapped */
  double   fraction;   /* of the expected travel, 0..1 */
  bool     any;
  bool     done;       /* 98 % of it, or no need to sweep */
  bool     jumped;     /* the encoder passed its jump */
} LwSweepJoint;

typedef struct {
  size_t       n_joints;
  LwSweepJoint joints[LW_MAX_JOINTS];
} LwCalibrationSweep;

void lw_calibration_sweep_init   (LwCalibrationSweep *self, const LwArmProfile *profile);
/* One reading of all servo angles (rad); a value that is not finite (no answer) is passed over. A reading more than half a turn
 * from the one before is the encoder's jump: the joint went the short way. */
void lw_calibration_sweep_add    (LwCalibrationSweep *self, const double *angles);
bool lw_calibration_sweep_done   (const LwCalibrationSweep *self);
/* The calibration: the middle of what was swept is the middle of the profile's range, with the profile's signs, or flipped where
 * @flip (n_joints, nullable: sign check failed). A full turn joint takes its zero from @pose (servo angles with the arm in its
 * zero pose). @lower, @upper (n_joints): what each joint may do, rad: what was swept, of a full turn
 * joint the profile's range as far as it lies within one turn of the encoder. Joints not swept to 98 % make it fail:
 * LW_ERR_TOO_FEW, as does a full turn joint without its pose; a joint with stops that was swept a whole turn: LW_ERR_RANGE.
 * @short_joint (nullable) says which; all else is left alone then. */
LwStatus lw_calibration_sweep_finish (const LwCalibrationSweep *self, const LwArmProfile *profile, const bool *flip, const double *pose, LwCalibration *out,
                                      double *lower, double *upper, size_t *short_joint) LW_MUST_USE;
