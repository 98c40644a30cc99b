/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lw-dynamixel-table.h"
#include "lw-sim-device.h"

/* A simulated servo: the registers and habits of an XM430-W350 on a motor as strong as its joint needs. It knows neither bytes on a wire nor the arm:
 * reads and writes of its table come in, the shaft's state comes in, a torque comes out. Owner thread (the simulator's); no allocation.
 *
 * Where it differs from the real one, on purpose: the current (and its limit) goes beyond 3.2 A, with the XM430's N m a unit; position control is that of
 * LwSimMotor; the position P gain (84) scales the stiffness, 800 being the servo's own. */
typedef struct {
  LwSimDevice base;
  uint8_t  table[LW_DXL_TABLE_SIZE];
  unsigned baud;          /* the speed it listens at */
  int32_t  turns;         /* ticks taken off when the position wrapped to one turn */
  int64_t  t_heard_ns;    /* of the last instruction on the bus */
  bool     shut_down;     /* after a hardware error: only a reboot allows torque again */
  bool     registered;    /* a Reg Write waits for Action */
  uint16_t registered_address;
  uint16_t registered_size;
  uint8_t  registered_data[LW_DXL_TABLE_SIZE];
} LwSimServo;

/* NULL for a model not known here. */
LwSimDevice *lw_sim_servo_new (const LwSimDeviceSetup *setup, double angle, int64_t t_ns);
/* As from the factory, at @angle, just switched on: torque off, goal = present. */
void    lw_sim_servo_init   (LwSimServo *self, const LwSimDeviceSetup *setup, double angle, int64_t t_ns);
/* What a reboot does: RAM to defaults, errors forgotten, torque off. */
void    lw_sim_servo_reboot (LwSimServo *self);

uint8_t lw_sim_servo_id     (const LwSimServo *self);
bool    lw_sim_servo_powered (const LwSimServo *self);
uint8_t lw_sim_servo_alert  (const LwSimServo *self); /* LW_DYNAMIXEL_ALERT or 0, for a status packet */

/* Table access as by instruction packets. Returns a LwDynamixelError code; nothing is written or returned unless all of it is allowed. */
uint8_t lw_sim_servo_read   (LwSimServo *self, uint16_t address, uint16_t size, uint8_t *out);
uint8_t lw_sim_servo_write  (LwSimServo *self, uint16_t address, uint16_t size, const uint8_t *data, int64_t t_ns);
/* Reg Write: checked like a write, done by lw_sim_servo_action(). */
uint8_t lw_sim_servo_register (LwSimServo *self, uint16_t address, uint16_t size, const uint8_t *data);
uint8_t lw_sim_servo_action (LwSimServo *self, int64_t t_ns);
/* Some instruction was on the bus: the watchdog is content. */
void    lw_sim_servo_heard  (LwSimServo *self, int64_t t_ns);
/* Hardware error bits appear (an injected fault); those in the shutdown mask switch the torque off. */
void    lw_sim_servo_fail   (LwSimServo *self, uint8_t bits);

/* The shaft is at @angle (rad), turning at @velocity, at @t_ns; @gravity is the torque that would hold the load still. Returns the motor's torque
 * for the step of @dt that begins here, within its limits. */
double  lw_sim_servo_step   (LwSimServo *self, double angle, double velocity, double gravity, double dt, int64_t t_ns);
