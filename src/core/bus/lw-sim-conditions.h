/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-sim-script.h"

/* What a script of faults says about one moment. Pure; any thread. */
typedef struct {
  double   lost, corrupt;
  double   delay_min, delay_max; /* s */
  double   load;                 /* g, on the scale */
  double   voltage;              /* NaN: as it is */
  double   hand[3];              /* m; where it pulls the tip */
  bool     echo, silent, hang_up, ignore_goals, pings_collide, sync_stops, has_hand;
} LwSimConditions;

typedef struct {
  bool   missing, doubled, overload, encoder, ignore_goals, stuck;
  double heat; /* NaN: as it is; else what it was at the beginning */
} LwSimServoConditions;

/* On the bus as a whole, and on the servo @id, at @t_ns from the start of the simulation. */
void    lw_sim_conditions_at       (const LwSimScript *script, int64_t t_ns, LwSimConditions *out);
void    lw_sim_servo_conditions_at (const LwSimScript *script, int64_t t_ns, uint8_t id, LwSimServoConditions *out);
/* When something next begins or ends after @t_ns; INT64_MAX: never. */
int64_t lw_sim_conditions_next     (const LwSimScript *script, int64_t t_ns);
