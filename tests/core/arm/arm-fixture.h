/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "bus-tap.h"
#include "lw-arm.h"

/* An arm on the simulated bus under an injected clock: no thread, no sleep, the same every time. */
#define FIXTURE_MAX_SAMPLES 20000

typedef struct {
  LwArmModel    *model;
  LwSimBusConfig config;
  LwArmSetup     setup;
  LwSimBus      *sim;
  LwFakeClock    clock;
  LwArm         *arm;
  BusTap         tap;
  int64_t        next_ns; /* the next cycle */
  LwSample      *samples;
  size_t         n_samples;
} ArmFixture;

/* Loads data/arms/@arm.xml, on a Dynamixel bus or another; config and setup may be changed before fixture_connect(). */
void     fixture_init    (ArmFixture *self, const char *arm);
void     fixture_init_on (ArmFixture *self, const char *arm, LwProtocol protocol);
void     fixture_connect (ArmFixture *self);
void     fixture_clear   (ArmFixture *self);
/* One control cycle at its time. */
void     fixture_cycle   (ArmFixture *self);
void     fixture_run     (ArmFixture *self, double seconds);
LwArmState fixture_state (ArmFixture *self);
/* Cycles until @mode is reached; fails after @seconds. */
void     fixture_until   (ArmFixture *self, LwMode mode, double seconds);
void     fixture_request (ArmFixture *self, LwArmRequest request);
/* Connected -> Hold -> Armed at full speed. */
void     fixture_arm     (ArmFixture *self);
/* A plan from the present goal over @seconds, joint @joint by @amount and back again (minimum jerk). (transfer full) */
LwPlan  *fixture_plan    (ArmFixture *self, size_t joint, double amount, double seconds);
/* Plans and starts that: Running after the next cycle. */
uint32_t fixture_start   (ArmFixture *self, size_t joint, double amount, double seconds);
