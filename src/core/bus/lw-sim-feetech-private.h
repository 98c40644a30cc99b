/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-feetech-codec.h"
#include "lw-sim-feetech-servo.h"

/* What the two halves of the simulated Feetech servo share: its memory (lw-sim-feetech-servo.c) and its motion (lw-sim-feetech-motion.c). */
#define WORD(self, name)        lw_feetech_get_u16 ((self)->table + LW_FEETECH_##name)
#define PUT_WORD(self, name, x) lw_feetech_put_u16 ((self)->table + LW_FEETECH_##name, (uint16_t) (x))
#define BYTE(self, name)        ((self)->table[LW_FEETECH_##name])

#define LW_SIM_FEETECH_SUPPLY        12.1 /* V */
#define LW_SIM_FEETECH_STALL_CURRENT 2.7  /* A, of an STS3215 at 12 V */

extern const LwSimDeviceClass lw_sim_feetech_servo_class;

static inline bool
lw_sim_feetech_has_phase (const LwSimFeetechServo *self, LwFeetechPhase bit)
{
  return (BYTE (self, PHASE) & bit) != 0;
}

static inline double
lw_sim_feetech_direction (const LwSimFeetechServo *self)
{
  return lw_sim_feetech_has_phase (self, LW_FEETECH_PHASE_FEEDBACK) ? -1 : 1;
}

/* A unit of speed in rad/s. */
static inline double
lw_sim_feetech_speed_unit (const LwSimFeetechServo *self)
{
  return (lw_sim_feetech_has_phase (self, LW_FEETECH_PHASE_FINE_SPEED) ? 1.0 : LW_FEETECH_COARSE_SPEED) * LW_FEETECH_RAD_PER_TICK;
}

/* Ticks of the shaft, counted on over the turns. */
int32_t lw_sim_feetech_encoder   (const LwSimFeetechServo *self);
/* The same with offset and start of counting taken off; and what is read as the position. */
int32_t lw_sim_feetech_unwrapped (const LwSimFeetechServo *self);
int32_t lw_sim_feetech_position  (const LwSimFeetechServo *self);
int32_t lw_sim_feetech_turn      (int32_t ticks);

/* The goal register has been written. */
void    lw_sim_feetech_take_goal     (LwSimFeetechServo *self, int64_t t_ns);
/* From where it is to the goal in use without leaving the turn, be it the long way round. */
void    lw_sim_feetech_head_for_goal (LwSimFeetechServo *self, int64_t t_ns);
