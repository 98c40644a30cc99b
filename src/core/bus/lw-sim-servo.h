/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lw-dynamixel-table.h"

/* A simulated servo: the registers and habits of an XM430-W350 on a motor as strong as its joint needs. It knows neither bytes on a wire nor the arm:
 * reads and writes of its table come in, the shaft's state comes in, a torque comes out. Owner thread (the simulator's); no allocation.
 *
 * Where it differs from the real one, on purpose: the current (and its limit) goes beyond 3.2 A, with the XM430's N m a unit; position control is a
 * spring-damper on a reference that runs from goal to goal in the time between goal writes (a time-based profile of the control period), gravity and
 * friction of the load fed forward, as integral and feed-forward gains would after some tuning; the position P gain (84) scales the stiffness, 800
 * being the servo's own. */
typedef struct {
  uint8_t id;
  double  tau_max;      /* N m */
  double  v_max;        /* rad/s: goes into the velocity limit, with a tenth to spare */
  double  stiffness;    /* N m/rad */
  double  damping;      /* N m s/rad */
  double  loss;         /* N m s/rad: viscous friction of the joint, fed forward like the gravity */
  double  return_delay; /* s */
} LwSimServoSetup;

typedef struct {
  uint8_t table[LW_DXL_TABLE_SIZE];
  LwSimServoSetup setup;
  double  angle, velocity;  /* of the shaft, rad from its centre */
  double  torque;           /* last output, N m */
  int32_t turns;            /* ticks taken off when the position wrapped to one turn */
  double  reference;        /* where position control wants the shaft by now, rad */
  double  reference_rate;   /* rad/s */
  double  feedforward;      /* reference rate, smoothed: goals arrive with jitter */
  double  reference_left;   /* s until the reference reaches the goal */
  double  heat;             /* degrees C */
  int64_t t_ns;             /* of the last step */
  int64_t t_goal_ns;        /* of the last goal write */
  int64_t t_heard_ns;       /* of the last instruction on the bus */
  bool    shut_down;        /* after a hardware error: only a reboot allows torque again */
  bool    ignores_goals;    /* injected: goals have no effect and the reference coasts on */
  bool    registered;       /* a Reg Write waits for Action */
  uint16_t registered_address;
  uint16_t registered_size;
  uint8_t registered_data[LW_DXL_TABLE_SIZE];
} LwSimServo;

/* As from the factory, at @angle, just switched on: torque off, goal = present. */
void    lw_sim_servo_init   (LwSimServo *self, const LwSimServoSetup *setup, double angle, int64_t t_ns);
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
