/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-arm-profile.h"

/* The calibration of one arm as it is kept: a JSON file beside the person's profiles. It holds for the servos as they were set
 * up then: @stored says how, so that a servo set up anew by another program is noticed. Services; any thread. Errors are
 * LW_PROFILE_ERROR and name file, joint and field. */
typedef struct {
  char     name[32];
  uint8_t  id;
  uint16_t model;         /* servo model number; 0 = not known */
  double   sign, zero;
  double   middle;        /* NaN: the angle is taken as it comes */
  double   lower, upper;  /* rad of the joint: its travel */
  bool     has_stored;    /* the three below are known */
  double   offset, min, max; /* rad, as in LwServoStored */
  bool     reversed;
} LwCalibratedJoint;

typedef struct {
  char             *profile; /* id of the arm's profile */
  char             *serial;  /* USB serial of its adapter (nullable) */
  char             *date;    /* ISO 8601, UTC (nullable) */
  size_t            n_joints;
  LwCalibratedJoint joints[LW_MAX_JOINTS];
} LwCalibrationFile;

/* @lower, @upper (n_joints) as from lw_calibration_sweep_finish(); @serial nullable; @identities (n_joints) for the model
 * numbers and @stored (n_joints) each nullable. Dated now. */
LwCalibrationFile *lw_calibration_file_new   (const LwArmProfile *profile, const LwCalibration *calibration, const double *lower, const double *upper, const char *serial,
                                              const LwServoIdentity *identities, const LwServoStored *stored);
LwCalibrationFile *lw_calibration_file_load  (const char *path, GError **error);
/* At once or not at all. */
gboolean           lw_calibration_file_save  (const LwCalibrationFile *self, const char *path, GError **error);
void               lw_calibration_file_free  (LwCalibrationFile *self); /* (nullable) */
/* What its file holds. (transfer full) */
char              *lw_calibration_file_to_text (const LwCalibrationFile *self);

/* Sets up @calibration and (nullable) narrows @limits to the travel, in the profile's order. Refuses a file that is not of this
 * profile's joints, by name and id. */
gboolean           lw_calibration_file_apply (const LwCalibrationFile *self, const LwArmProfile *profile, LwCalibration *calibration, LwLimits *limits, GError **error);

/* LeRobot's calibration, { joint: { id, drive_mode, homing_offset, range_min, range_max } }: each joint's middle tick is the
 * middle of the profile's range (where that is symmetric: zero = (min + max) / 2); a full turn joint's zero is (min + max) / 2.
 * Joints are found in the profile by name, then by id; all of them, and no others, must be there. */
LwCalibrationFile *lw_calibration_file_import_lerobot (const char *path, const LwArmProfile *profile, GError **error);

/* Which joints the servos hold otherwise than @self says: @differs (n_joints, nullable) and their number. @stored (n_joints) as
 * read from the servos; joints of which @self does not know what they held never differ. */
size_t             lw_calibration_file_differs (const LwCalibrationFile *self, const LwServoStored *stored, bool *differs);

/* What to store in the servo of joint @j so that the middle of its travel is its centre tick, with goals held to the travel:
 * @held is what it stores at present, @out what to write, @after the joint as it is then to be kept. FALSE and "offset too
 * large" when @protocol's servos have no such offset (Dynamixel in position mode: 1024 ticks); nothing is written anywhere by
 * this. */
gboolean           lw_calibration_file_to_stored (const LwCalibrationFile *self, size_t j, LwProtocol protocol, const LwServoStored *held, LwServoStored *out,
                                                  LwCalibratedJoint *after, GError **error);
