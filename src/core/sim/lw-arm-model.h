/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "lw-mat.h"

/* A robot arm with its scene, compiled by MuJoCo: immutable, reference-counted (atomic), any thread. No MuJoCo type leaves this folder.
 *
 * Arms are MJCF files with these conventions: actuated joints are hinges, in order from the base; a site named "tip"; <custom><numeric> rows
 * "velocity_limit", "acceleration_limit", "torque_limit" and "home" (one number a joint; rad/s, rad/s^2, N m, rad); <text name="title"> for people.
 * A <numeric name="view"> of six numbers (azimuth and elevation in degrees, distance and point looked at in m), where there is one,
 * says from where the arm is first seen. */
typedef struct LwArmModel LwArmModel;

#define LW_MAX_JOINTS 16

typedef struct {
  const char *name;
  double      lower, upper; /* rad */
  double      v_max;        /* rad/s */
  double      a_max;        /* rad/s^2 */
  double      tau_max;      /* N m */
  double      home;         /* rad */
} LwJointInfo;

/* What went wrong, for people: file and MuJoCo's own words. */
typedef struct {
  char text[512];
} LwSimError;

/* Loads @path; @scene_xml (nullable) is a run of MJCF worldbody elements (bodies, geoms, sites of a task) joined to the arm in memory.
 * Never ends the process: MuJoCo's error handler is replaced (architecture.md 9). NULL with @error filled. */
LwArmModel        *lw_arm_model_load     (const char *path, const char *scene_xml, LwSimError *error);
LwArmModel        *lw_arm_model_ref      (LwArmModel *self);
void               lw_arm_model_unref    (LwArmModel *self); /* (nullable) */
size_t             lw_arm_model_n_joints (const LwArmModel *self);
const LwJointInfo *lw_arm_model_joints   (const LwArmModel *self); /* (n_joints) */
const char        *lw_arm_model_id       (const LwArmModel *self); /* file name without ending: "arm-7" */
const char        *lw_arm_model_title    (const LwArmModel *self);
/* The body that carries the tip, and (nullable) where the tip is in that body's frame, m: what a hand holds on to. */
int                lw_arm_model_tip      (const LwArmModel *self, double local[3]);
