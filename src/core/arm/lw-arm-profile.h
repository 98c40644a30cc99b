/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

#include "lw-arm.h"

/* A kind of arm people own: which servo carries which joint, at what speed they talk, what the joints may do, and the model that
 * gives kinematics and picture. A JSON file (data/arms/ *.json, the person's own in their data folder); the schema is described
 * in data/arms/README.md. */
#define LW_PROFILE_MAX_MODELS 4

typedef struct {
  char     name[32];
  uint8_t  id;
  uint8_t  shadow;     /* a second servo on the same joint that follows by its secondary id; 0 = none */
  size_t   n_models;
  uint16_t models[LW_PROFILE_MAX_MODELS]; /* servo models that may carry it; none = any */
  double   sign, zero; /* of an arm built as its makers say: what holds before it is calibrated */
  double   lower, upper, v_max, a_max; /* rad, rad/s, rad/s^2 */
  bool     full_turn;  /* no mechanical stop: calibration does not sweep it */
} LwProfileJoint;

typedef struct {
  char          *id;      /* file name without ending */
  char          *title;   /* for people */
  LwProtocol     protocol;
  unsigned       baud;
  char          *model;   /* absolute path of the MJCF or URDF file */
  size_t         n_joints;/* those of the model, in its order */
  LwProfileJoint joints[LW_MAX_JOINTS];
  double         box_min[3], box_max[3]; /* where the tip may be, m; infinite = anywhere */
  double         floor_z; /* no part of the arm below, m; -infinity = no floor */
  gboolean       simulated_only; /* made for simulation: desk-6, arm-7 ... */
} LwArmProfile;

#define LW_PROFILE_ERROR (lw_profile_error_quark ())
typedef enum { LW_PROFILE_ERROR_FILE, LW_PROFILE_ERROR_SYNTAX, LW_PROFILE_ERROR_VALUE } LwProfileError;
GQuark        lw_profile_error_quark (void);

/* Errors name file, joint and field. */
LwArmProfile *lw_arm_profile_load    (const char *path, GError **error);
gboolean      lw_arm_profile_save    (const LwArmProfile *self, const char *path, GError **error);
/* No joints, anywhere, no floor: to be filled. */
LwArmProfile *lw_arm_profile_new     (void);
LwArmProfile *lw_arm_profile_copy    (const LwArmProfile *self);
void          lw_arm_profile_free    (LwArmProfile *self); /* (nullable) */
/* One for any model, without a wizard: ids count up from @first_id, limits are the model's. */
LwArmProfile *lw_arm_profile_from_model (LwArmModel *model, const char *model_path, LwProtocol protocol, uint8_t first_id);
/* (element-type LwArmProfile) (transfer full) all *.json of @folders (NULL-terminated), later folders over earlier ones of the
 * same id; files that cannot be read are left out and named in @problems (nullable, element-type utf8). */
GPtrArray    *lw_arm_profile_list    (const char *const *folders, GPtrArray *problems);
/* Whether @model has the profile's joints, by number and name. */
gboolean      lw_arm_profile_check   (const LwArmProfile *self, const LwArmModel *model, GError **error);
/* What holds before the arm is calibrated. */
void          lw_arm_profile_calibration (const LwArmProfile *self, LwCalibration *out);
/* What its file holds; the model's path is relative when it lies in @folder (nullable). (transfer full) */
char         *lw_arm_profile_to_text (const LwArmProfile *self, const char *folder);
/* Limits, calibration and model of the profile into @setup (initialised by lw_arm_setup_init() with @model). */
void          lw_arm_profile_apply   (const LwArmProfile *self, LwArmModel *model, LwArmSetup *setup);
