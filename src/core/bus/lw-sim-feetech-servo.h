/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-rng.h"
#include "lw-sim-device.h"
#include "lw-sim-feetech-registers.h"

/* A simulated STS3215: the registers and habits of Feetech's servo on a motor as strong as its joint needs. It knows neither bytes on a wire nor the arm. Nothing is
 * refused: what a register does not take is passed over in silence, and what ails the servo stands in the status bits of every reply. Owner thread (the simulator's);
 * no allocation but in new().
 *
 * Where it differs from the real one, on purpose: position control is that of LwSimMotor, the P gain (21) scales its stiffness, 32 being the servo's own; goal time,
 * speed and acceleration together bound one speed for the whole way; the current is that of an STS3215 at the same share of its torque. */
typedef struct {
  LwSimDevice base;
  uint8_t  table[LW_SIM_FEETECH_TABLE_SIZE];  /* as it is read */
  uint8_t  stored[LW_SIM_FEETECH_TABLE_SIZE]; /* as it will be after the next start */
  uint8_t  backup[LW_SIM_FEETECH_TABLE_SIZE]; /* what a recovery brings back */
  LwRng    rng;          /* how long a start takes; under which id it answers when that changes */
  int64_t  t_back_ns;    /* it starts until then, deaf and dumb */
  int32_t  first_lap;    /* ticks: where the count of turns began; a multiple of a turn */
  int32_t  lap;          /* turn the position is in; a change of it is a jump */
  int32_t  goal;         /* as in use: held within the limits, ticks */
  uint8_t  injected;     /* status bits somebody wanted to see; until the next start */
  uint8_t  latched;      /* status bits that stay until torque is set again */
  int64_t  t_overload_ns, t_overcurrent_ns; /* since when; 0 = not */
  bool     registered;   /* a reg write waits for the action */
  uint8_t  registered_address, n_registered;
  uint8_t  registered_data[LW_SIM_FEETECH_TABLE_SIZE];
} LwSimFeetechServo;

/* NULL for a model not known here. */
LwSimDevice *lw_sim_feetech_servo_new (const LwSimDeviceSetup *setup, double angle, int64_t t_ns);
/* As from the factory, at @angle (rad from the centre), just started. */
void    lw_sim_feetech_servo_init      (LwSimFeetechServo *self, const LwSimDeviceSetup *setup, double angle, int64_t t_ns);

/* Status bits (LwFeetechStatus), as in the status byte of a reply. */
uint8_t lw_sim_feetech_servo_status    (const LwSimFeetechServo *self);
/* @n bytes from @address on; what reaches beyond the table is left out. Returns how many there were. */
size_t  lw_sim_feetech_servo_read      (LwSimFeetechServo *self, uint8_t address, size_t n, uint8_t *out);
void    lw_sim_feetech_servo_write     (LwSimFeetechServo *self, uint8_t address, size_t n, const uint8_t *data, int64_t t_ns);
/* Kept until lw_sim_feetech_servo_action(). */
void    lw_sim_feetech_servo_register  (LwSimFeetechServo *self, uint8_t address, size_t n, const uint8_t *data);
void    lw_sim_feetech_servo_action    (LwSimFeetechServo *self, int64_t t_ns);
/* Everything but the id as it was at the last backup, or in the factory. */
void    lw_sim_feetech_servo_recover   (LwSimFeetechServo *self);
void    lw_sim_feetech_servo_back_up   (LwSimFeetechServo *self);
/* Deaf and dumb for 0.8 to 1.8 s, then as after switching on: what was written with the lock closed is lost, torque is off. */
void    lw_sim_feetech_servo_restart   (LwSimFeetechServo *self, int64_t t_ns);
/* The count of turns begins again. */
void    lw_sim_feetech_servo_forget_turns (LwSimFeetechServo *self);
/* The offset such that the position reads @target here; kept without power, whatever the lock. */
void    lw_sim_feetech_servo_calibrate (LwSimFeetechServo *self, int32_t target);
