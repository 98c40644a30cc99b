/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-arm-profile.h"
#include "lw-sim-bus.h"
#include "lw-sim-options.h"

/* The arm lampwork-sim simulates: a profile and its model. Main thread. */
typedef struct {
  LwArmProfile *profile;
  LwArmModel   *model;
  LwProtocol    protocol;
  uint8_t       ids[LW_MAX_JOINTS];
  uint16_t      models[LW_MAX_JOINTS];
} LwSimArm;

/* @options' arm: the id of a profile that came with the program, or the path of one. */
gboolean  lw_sim_arm_load  (LwSimArm *self, const LwSimOptions *options, GError **error);
/* A new bus for it; NULL with @error when a servo model is not known to the simulator. */
LwSimBus *lw_sim_arm_bus   (LwSimArm *self, const LwSimOptions *options, uint64_t seed, GError **error);
void      lw_sim_arm_clear (LwSimArm *self);
