/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-arm-model.h"

/* What MuJoCo makes of any MJCF file: the file written out whole (includes and defaults resolved), and what its joints are. For
 * adapting a foreign file to the conventions of lw-arm-model.h; MuJoCo may crash on a foreign file, so this runs in a process of
 * its own. Owner thread. */
typedef enum { LW_OUTLINE_FREE, LW_OUTLINE_BALL, LW_OUTLINE_SLIDE, LW_OUTLINE_HINGE } LwOutlineKind;

typedef struct {
  LwOutlineKind kind;
  char   name[64];      /* empty: it has none */
  int    body;
  bool   driven;        /* by an actuator */
  bool   follows;       /* tied to another joint by an equality */
  bool   limited;
  double lower, upper;  /* rad; NaN unless limited */
  double torque;        /* N m its actuator gives at most; NaN: not said */
  double home;          /* rad, of the first keyframe, else of the file's own posture */
} LwOutlineJoint;

typedef struct {
  size_t          n_joints, n_bodies;
  LwOutlineJoint *joints;       /* (n_joints) in the order of the file */
  int            *body_parent;  /* (n_bodies); 0 is the world */
} LwModelOutline;

/* Writes the whole of @path to @out_path. False with @error in MuJoCo's words. */
bool lw_model_outline_read  (LwModelOutline *self, const char *path, const char *out_path, LwSimError *error);
void lw_model_outline_clear (LwModelOutline *self);
/* Whether @body is @above or hangs from it. */
bool lw_model_outline_below (const LwModelOutline *self, int body, int above);
