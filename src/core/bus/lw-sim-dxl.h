/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stddef.h>

#include "lw-sim-device.h"
#include "lw-sim-dxl-model.h"

/* A simulated servo of Dynamixel's X series: the control table and habits of one of the models in lw-sim-dxl-model.c, on a motor as strong as its joint needs. It
 * knows neither bytes on a wire nor the arm: reads and writes of its table come in, the shaft's state comes in, a torque comes out. Owner thread (the
 * simulator's); no allocation but in new().
 *
 * Where it differs from the real one, on purpose: current and velocity limits go beyond the model's where the joint needs more, with the model's N m a unit;
 * position control is that of LwSimMotor, whose stiffness the position P gain (84) scales, the model's default being the motor's own; the other gains are stored and
 * change nothing; the only protocol is 2. */
typedef struct {
  LwSimDevice base;
  const LwSimDxlModel    *model;
  const LwDynamixelModel *traits;
  uint16_t size;          /* of the table */
  uint8_t  table[LW_SIM_DXL_MAX_TABLE];
  uint8_t  backup[LW_SIM_DXL_MAX_TABLE];
  uint16_t max_current;   /* what the current limit may be */
  unsigned baud;          /* the speed it listens at */
  int32_t  turns;         /* ticks taken off when the position wrapped to one turn */
  double   overloaded;    /* s at full torque */
  int64_t  t_boot_ns;     /* switched on */
  int64_t  t_awake_ns;    /* deaf and dumb until then */
  int64_t  t_heard_ns;    /* of the last instruction on the bus */
  bool     shut_down;     /* after a hardware error: only a reboot allows torque again */
  bool     registered;    /* a Reg Write waits for Action */
  uint16_t registered_address, registered_size;
  uint8_t  registered_data[LW_SIM_DXL_MAX_TABLE];
} LwSimDxl;

/* NULL for a model not simulated; 0 is the XM430-W350. */
LwSimDevice *lw_sim_dxl_new (const LwSimDeviceSetup *setup, double angle, int64_t t_ns);
/* As from the factory but for id, speed and return delay; just switched on: torque off, goal = present. @setup names a model. */
void    lw_sim_dxl_init     (LwSimDxl *self, const LwSimDeviceSetup *setup, double angle, int64_t t_ns);

uint8_t lw_sim_dxl_id       (const LwSimDxl *self);
/* It does what is asked of @id: its own or, without answering, its secondary one. */
bool    lw_sim_dxl_obeys    (const LwSimDxl *self, uint8_t id);
bool    lw_sim_dxl_powered  (const LwSimDxl *self);
uint8_t lw_sim_dxl_alert    (const LwSimDxl *self); /* LW_DYNAMIXEL_ALERT or 0, for a status packet */
bool    lw_sim_dxl_is_fast  (const LwSimDxl *self); /* understands fast reads */

/* Instructions. Each returns a LwDynamixelError code; nothing is written or returned unless all of it is allowed. @out of a read is zeroed on an error. */
uint8_t lw_sim_dxl_read     (LwSimDxl *self, uint16_t address, uint16_t size, uint8_t *out);
uint8_t lw_sim_dxl_write    (LwSimDxl *self, uint16_t address, uint16_t size, const uint8_t *data, int64_t t_ns);
/* Checked like a write, done by lw_sim_dxl_action(). */
uint8_t lw_sim_dxl_register (LwSimDxl *self, uint16_t address, uint16_t size, const uint8_t *data);
uint8_t lw_sim_dxl_action   (LwSimDxl *self, int64_t t_ns);
/* RAM to defaults, errors and turns forgotten, torque off; deaf for half a second. */
uint8_t lw_sim_dxl_reboot   (LwSimDxl *self);
/* @option: a LwDynamixelReset. Reboots. */
uint8_t lw_sim_dxl_reset    (LwSimDxl *self, uint8_t option, bool to_all);
/* The count of turns begins again; fails while it moves. */
uint8_t lw_sim_dxl_clear    (LwSimDxl *self, const uint8_t *params, size_t n);
/* Saves the table, or brings it back and reboots; with torque off only. */
uint8_t lw_sim_dxl_back_up  (LwSimDxl *self, const uint8_t *params, size_t n);

/* Some instruction was on the bus: the watchdog is content. */
void    lw_sim_dxl_heard    (LwSimDxl *self, int64_t t_ns);
/* Hardware error bits appear; those in the shutdown mask switch the torque off. */
void    lw_sim_dxl_fail     (LwSimDxl *self, uint8_t bits);
/* See lw_sim_motor_step(). */
double  lw_sim_dxl_step     (LwSimDxl *self, double angle, double velocity, double gravity, double dt, int64_t t_ns);
