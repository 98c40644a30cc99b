/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <mujoco/mujoco.h>
#include <stdatomic.h>

#include "lw-arm-model.h"

/* A joint that no motor drives and that an <equality><joint> ties to one: the fingers of a gripper. In pictures and kinematics it follows at once. */
typedef struct {
  int    qpos_adr, leader_adr;
  double at, leader_at; /* both joints' positions in the file's own posture */
  double poly[5];       /* q - at = sum poly[k] (leader - leader_at)^k */
} LwFollower;

/* For this folder only. */
struct LwArmModel {
  atomic_int  ref_count;
  mjModel    *m;                       /* never written after loading */
  char       *id;
  const char *title;                   /* inside m, or id */
  size_t      n_joints;
  LwJointInfo joints[LW_MAX_JOINTS];
  int         qpos_adr[LW_MAX_JOINTS]; /* joint i's place in mjData.qpos */
  int         dof_adr[LW_MAX_JOINTS];  /* and in qvel, qfrc_... */
  size_t      n_followers;
  LwFollower *followers;
  int         tip_site;
  bool       *arm_body;                /* (nbody) moved by an actuated joint */
};

/* MuJoCo's compiler, in the C locale and one at a time. NULL with @text filled. */
mjModel *lw_arm_model_compile  (const char *file, const mjVFS *vfs /* nullable */, char *text, size_t text_size);
/* An mjData at the home position, NULL when MuJoCo refuses. */
mjData *lw_arm_model_new_data  (const LwArmModel *self, const mjModel *m);
void    lw_arm_model_set_qpos  (const LwArmModel *self, mjData *d, const double *q); /* (n_joints) */
bool    lw_arm_model_geom_is_arm (const LwArmModel *self, int geom);
