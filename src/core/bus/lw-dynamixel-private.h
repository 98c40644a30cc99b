/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-dynamixel-line.h"
#include "lw-dynamixel-table.h"
#include "lw-servo-chain.h"

/* The driver: registers of the X series behind LwServoBus. Its questions are in lw-dynamixel-ask.c, the control cycle in
 * lw-dynamixel-cycle.c, what servos keep in lw-dynamixel-store.c, who they are and what they can do in lw-dynamixel.c. */

/* What is read, and the lengths that do as well: the answer to one question never has the length of another's, nor of an
 * earlier attempt's whose answer may still come (see lw-dynamixel-line.h). Only lengths without gaps in the control table.
 * Where there is one, the line must be quiet first. */
typedef struct {
  uint8_t n;
  struct {
    uint8_t address, length;
  } variants[13];
} LwDynamixelQuestion;

/* No mode a servo has: neither goals nor torques are sent. */
#define LW_DYNAMIXEL_MODE_UNKNOWN 0xFF

typedef struct {
  bool     identified;
  bool     fast;      /* its firmware knows fast reads */
  bool     watchdog;  /* its firmware has one that works */
  bool     torque;    /* it measures and controls current */
  double   load_unit; /* N m or fraction a unit */
  uint8_t  mode;      /* LwDynamixelMode; unknown while a change of it is not confirmed */
  uint8_t  position_mode; /* the one it was in, or goes back to, when not told torques */
  int32_t  min, max;  /* ticks its goals may have in position mode */
  int32_t  current_limit; /* units of GOAL_CURRENT */
  bool     alert;     /* of the last status packet */
} LwDynamixelServo;

typedef struct {
  LwServoBus       base;
  LwDynamixelLine  line;
  LwDynamixelServo servos[LW_MAX_JOINTS];
  LwServoChain     chain;
  bool             fast_decided; /* whether to try fast reads at all; what comes of it is the line's */
} LwDynamixel;

#define LW_DYNAMIXEL_N_ROUNDS 10 /* of asking the missing ones alone, if there is time */

/* --- lw-dynamixel-ask.c --- */

/* Asks @list (indices) together, then whoever is missing alone, as long as there is time. */
LwBusStatus    lw_dynamixel_ask_list (LwDynamixel *self, const uint8_t *list, size_t n, const LwDynamixelQuestion *question, int64_t deadline_ns);
/* The two below begin a new question, repeat it within the deadline, and say what the answers amount to. */
LwBusStatus    lw_dynamixel_ask_all  (LwDynamixel *self, const LwDynamixelQuestion *question, int64_t deadline_ns);
LwBusStatus    lw_dynamixel_ask_one  (LwDynamixel *self, uint8_t servo, const LwDynamixelQuestion *question, int64_t deadline_ns);
/* What the answers of all servos in @list amount to. */
LwBusStatus    lw_dynamixel_judge    (LwDynamixel *self, const uint8_t *list, size_t n);
/* What servo @i answered about the register at @address; only where its answer reaches that far. */
const uint8_t *lw_dynamixel_answer   (const LwDynamixel *self, size_t i, uint16_t address);
/* Refuses a call: LW_BUS_DEVICE with @code (LwDynamixelError). */
LwBusStatus    lw_dynamixel_refuse   (LwDynamixel *self, uint8_t code);
/* Nobody is powered: what EEPROM writes need. LW_BUS_DEVICE (access) when somebody is. */
LwBusStatus    lw_dynamixel_need_limp (LwDynamixel *self, int64_t deadline_ns);
/* One packet that writes @size bytes at @address to every servo; not acknowledged. */
LwBusStatus    lw_dynamixel_sync_write (LwDynamixel *self, uint16_t address, uint16_t size, const int32_t *values, int64_t deadline_ns);
LwBusStatus    lw_dynamixel_sync_write_same (LwDynamixel *self, uint16_t address, uint16_t size, int32_t value, int64_t deadline_ns);
/* One register of one servo, read back. In the EEPROM with its torque off only. */
LwBusStatus    lw_dynamixel_write_register (LwDynamixel *self, uint8_t servo, uint8_t address, uint8_t size, int32_t value, int64_t deadline_ns);

/* --- lw-dynamixel.c --- */

/* What a ping's answer (model number, firmware) says about a servo. */
void lw_dynamixel_take_model (LwDynamixelServo *servo, const uint8_t *answer, LwServoIdentity *out);

/* --- the parts of the class --- */

LwBusStatus lw_dynamixel_read         (LwServoBus *bus, LwServoReading *out, int64_t *t_request_ns, int64_t *t_reply_ns, int64_t deadline_ns);
LwBusStatus lw_dynamixel_write_goals  (LwServoBus *bus, const double *angle, int64_t deadline_ns);
LwBusStatus lw_dynamixel_read_goals   (LwServoBus *bus, double *angle, int64_t deadline_ns);
LwBusStatus lw_dynamixel_write_torques (LwServoBus *bus, const double *torque, int64_t deadline_ns);
LwBusStatus lw_dynamixel_set_torque   (LwServoBus *bus, bool on, int64_t deadline_ns);
LwBusStatus lw_dynamixel_get_torque   (LwServoBus *bus, bool *on, int64_t deadline_ns);
LwBusStatus lw_dynamixel_set_watchdog (LwServoBus *bus, unsigned timeout_ms, int64_t deadline_ns);
LwBusStatus lw_dynamixel_get_watchdog (LwServoBus *bus, bool *triggered, int64_t deadline_ns);
LwBusStatus lw_dynamixel_set_control  (LwServoBus *bus, bool torque, int64_t deadline_ns);
LwBusStatus lw_dynamixel_reboot       (LwServoBus *bus, size_t servo, int64_t deadline_ns);
LwBusStatus lw_dynamixel_read_stored  (LwServoBus *bus, size_t servo, LwServoStored *out, int64_t deadline_ns);
LwBusStatus lw_dynamixel_write_stored (LwServoBus *bus, size_t servo, const LwServoStored *stored, int64_t deadline_ns);

static inline double
lw_dynamixel_angle_of_ticks (int32_t ticks)
{
  return ((double) ticks - LW_DXL_CENTRE) * LW_DXL_RAD_PER_TICK;
}
