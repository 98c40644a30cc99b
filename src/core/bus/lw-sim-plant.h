/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-dynamics.h"
#include "lw-kinematics.h"
#include "lw-mailbox.h"
#include "lw-sim-device.h"

/* The arm behind the simulated devices: each joint carries one, whose shaft angle is the joint's angle from the middle of its range (so that every range
 * of up to a turn fits it; the arm's calibration puts the middle back). Runs in steps of LW_SIM_STEP_NS up to a given time.
 * One owner thread; the hand and the truth go through mailboxes. */
#define LW_SIM_STEP_NS 250000

typedef struct {
  LwArmModel   *model;      /* owned reference */
  LwDynamics   *dynamics;   /* owned */
  LwKinematics *kinematics; /* owned */
  size_t        n_devices;
  double        middle[LW_MAX_JOINTS]; /* rad */
  LwSimDevice  *devices[LW_MAX_JOINTS]; /* owned */
  uint32_t      blocked;    /* bit i: joint i does not move */
  bool          balanced;   /* limp joints are counterbalanced */
  double        hand_stiffness, hand_damping;
  int64_t       t_ns;       /* the arm's state is of this time */
  LwMailbox     hand;       /* body, point, target */
  uint32_t      hand_seen;
  LwMailbox     truth;      /* q, dq */
} LwSimPlant;

typedef struct {
  LwArmModel     *model;
  const double   *q0;           /* (nullable) */
  LwSimDeviceNew  device;
  const uint8_t  *ids;          /* (n_joints) */
  const uint16_t *models;       /* (n_joints, nullable) model numbers */
  uint8_t         firmware;     /* 0: what each model has */
  unsigned        baud;
  double          return_delay; /* s */
  uint64_t        seed;
  bool            balanced;
} LwSimPlantSetup;

/* false when out of memory, the arm cannot be tuned (lw_sim_tune), or a model number is not known. */
bool lw_sim_plant_init    (LwSimPlant *self, const LwSimPlantSetup *setup);
void lw_sim_plant_clear   (LwSimPlant *self);
/* The arm's time becomes @t_ns without anything happening in between: at the start, and after the machine slept. */
void lw_sim_plant_skip_to (LwSimPlant *self, int64_t t_ns);
/* Steps up to @t_ns. */
void lw_sim_plant_run     (LwSimPlant *self, int64_t t_ns);
/* Something holds joint @joint where it is. */
void lw_sim_plant_block   (LwSimPlant *self, size_t joint, bool on);

/* Any thread. @body < 0 lets go. */
void lw_sim_plant_hand    (LwSimPlant *self, int body, const double point[3], const double target[3]);
void lw_sim_plant_truth   (LwSimPlant *self, double *q, double *dq); /* each nullable */
