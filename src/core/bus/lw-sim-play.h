/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-sim-bus.h"
#include "lw-sim-conditions.h"

/* Does to a simulated bus what a script of faults says. Whoever owns it says what time it is: main thread or test. */
typedef struct {
  LwSimBus             *bus;    /* borrowed, as the script */
  const LwSimScript    *script;
  bool                  hung_up, held;
  double                load;    /* g, for a scale */
  LwSimServoConditions  servos[LW_MAX_JOINTS]; /* as last said */
} LwSimPlay;

void    lw_sim_play_init (LwSimPlay *self, LwSimBus *bus, const LwSimScript *script);
/* From now on what holds at @t_ns since the start of the script; a hang-up also shows in hung_up, and it is the caller who plugs in again. Overrides what else was
 * set on the bus. Returns when the next change is due; INT64_MAX: never. */
int64_t lw_sim_play_at   (LwSimPlay *self, int64_t t_ns);
