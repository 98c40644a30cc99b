/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-feetech-ask.h"
#include "lw-feetech-table.h"
#include "lw-servo-chain.h"

/* Shared by lw-feetech.c (the cycle) and lw-feetech-store.c (what a servo is and keeps); nobody else's business. */
typedef struct {
  double   speed_unit; /* rad/s a unit */
  uint16_t goal_speed; /* the word that means as fast as it can */
  int32_t  min, max;   /* goals, ticks */
  uint8_t  mode;       /* LwFeetechMode */
} LwFeetechServo;

typedef struct {
  LwServoBus     base;
  LwFeetechLine  line;
  LwServoChain   chain;
  LwFeetechServo servos[LW_MAX_JOINTS];
} LwFeetech;

/* What a servo is before it was asked: an STS3215 from the factory. */
void        lw_feetech_servo_init   (LwFeetechServo *self);
LwBusStatus lw_feetech_identify     (LwServoBus *bus, size_t servo, LwServoIdentity *out, int64_t deadline_ns);
LwBusStatus lw_feetech_read_health  (LwServoBus *bus, size_t servo, LwServoIdentity *out, int64_t deadline_ns);
LwBusStatus lw_feetech_read_stored  (LwServoBus *bus, size_t servo, LwServoStored *out, int64_t deadline_ns);
LwBusStatus lw_feetech_write_stored (LwServoBus *bus, size_t servo, const LwServoStored *stored, int64_t deadline_ns);
/* Model and firmware from the first bytes of the table at @table; false when it is of a series that is not spoken here (its
 * name says so). */
bool        lw_feetech_take_model   (const uint8_t *table, LwServoIdentity *out);

static inline double
lw_feetech_angle_of_ticks (int32_t ticks)
{
  return (ticks - LW_FEETECH_CENTRE) * LW_FEETECH_RAD_PER_TICK;
}
