/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-arm-model.h"
#include "lw-model-convert.h"
#include "lw-xml-tree.h"

/* A joint of the arm to be, with what its file says of it; NaN: nothing. */
typedef struct {
  char   name[32];
  double lower, upper, velocity, acceleration, torque, home;
} LwForeignJoint;

typedef struct {
  LwXmlNode     *mujoco;   /* owned: the MJCF to be */
  char          *title;    /* (nullable) owned */
  gsize          n_joints;
  LwForeignJoint joints[LW_MAX_JOINTS];
} LwForeignArm;

/* Each fills @out, without motors and <custom>. */
gboolean lw_urdf_convert (const LwXmlNode *robot, const char *path, LwForeignArm *out, GPtrArray *notes, GError **error);
gboolean lw_mjcf_adapt   (const char *path, const char *scratch_path, LwForeignArm *out, GPtrArray *notes, GError **error);

void     lw_model_note   (GPtrArray *notes, const char *format, ...) G_GNUC_PRINTF (2, 3);
/* "arm.urdf, line 12: <joint> “elbow”: MESSAGE"; always FALSE. */
gboolean lw_model_refuse (const LwXmlNode *node, const char *path, GError **error, const char *format, ...) G_GNUC_PRINTF (4, 5);
/* A joint's name as profiles can hold it: @wanted, or "jointN" when that is too long or empty. */
void     lw_model_joint_name (const char *wanted, gsize number, GPtrArray *notes, char out[32]);
/* How much @name sounds like the place where an arm holds its tool: 0 not at all. */
int      lw_model_sounds_like_tip (const char *name);
gboolean lw_model_sounds_like_finger (const char *name);
