/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* What turns a joint, behind whatever registers: position control on a running reference, speed control, torque control; torque limits, heat, and the
 * voltage that sags under load. It knows neither ticks nor protocols: a device says each step what it wants, and gives its shaft's state. Owner thread (the
 * simulator's); no allocation.
 *
 * Position control is a spring-damper on a reference that runs from goal to goal in the time between goals (a time-based profile of the client's period),
 * gravity and friction of the load fed forward, as integral and feed-forward gains would after some tuning. */
typedef struct {
  double tau_max;   /* N m */
  double v_max;     /* rad/s */
  double stiffness; /* N m/rad */
  double damping;   /* N m s/rad */
  double loss;      /* N m s/rad: viscous friction of the joint, fed forward like the gravity */
} LwSimMotorSetup;

typedef enum {
  LW_SIM_MOTOR_OFF,
  LW_SIM_MOTOR_POSITION, /* follows the reference */
  LW_SIM_MOTOR_SPEED,
  LW_SIM_MOTOR_TORQUE,
  LW_SIM_MOTOR_VOLTAGE,  /* the faster it turns, the less of it becomes torque */
} LwSimMotorControl;

/* What a device wants of its motor in one step. */
typedef struct {
  LwSimMotorControl control;
  double stiffness; /* of position control: 1 = the motor's own */
  double goal;      /* of speed control, rad/s; of torque control, N m; of voltage control, as a fraction of all there is */
  double acceleration; /* of speed control: rad/s^2 by which it comes to its goal; 0 = at once */
  double limit;     /* N m, of all of them */
} LwSimDrive;

typedef struct {
  LwSimMotorSetup setup;
  double  angle, velocity; /* of the shaft, rad from its centre */
  double  torque;          /* last output, N m */
  double  reference;       /* where position control wants the shaft by now, rad */
  double  reference_rate;  /* rad/s */
  double  feedforward;     /* reference rate, smoothed: goals arrive with jitter */
  double  reference_left;  /* s until the reference reaches the goal; with a profile: not 0 before it has */
  double  goal;            /* of a profile, rad */
  double  goal_speed;      /* of a profile, rad/s; 0 = none */
  double  goal_acceleration; /* rad/s^2; 0: no profile is under way */
  double  heat;            /* degrees C */
  double  supply;          /* V without load; 0: the one it is made for */
  int64_t t_ns;            /* of the last step */
  int64_t t_goal_ns;       /* of the last goal */
  bool    ignores_goals;   /* injected: goals have no effect and the reference coasts on */
} LwSimMotor;

/* Off, at @angle, at the temperature of one that has been switched on for a while. */
void   lw_sim_motor_init    (LwSimMotor *self, const LwSimMotorSetup *setup, double angle, int64_t t_ns);
/* The reference stands where the shaft is. */
void   lw_sim_motor_hold    (LwSimMotor *self);
/* The reference runs to @angle in the time since the last goal, but no faster than @v_max (rad/s; 0 = no limit). */
void   lw_sim_motor_goal    (LwSimMotor *self, double angle, double v_max, int64_t t_ns);
/* The reference speeds up to @v_max (0 = no limit) and slows down to stand at @angle, with @acceleration (rad/s^2; 0: as lw_sim_motor_goal()). */
void   lw_sim_motor_profile (LwSimMotor *self, double angle, double v_max, double acceleration, int64_t t_ns);
/* The shaft is at @angle (rad), turning at @velocity, at @t_ns; @gravity is the torque that would hold the load still. Returns the motor's torque
 * for the step of @dt that begins here, within its limits. */
double lw_sim_motor_step    (LwSimMotor *self, const LwSimDrive *drive, double angle, double velocity, double gravity, double dt, int64_t t_ns);
/* Torque as a fraction of the motor's most, signed. */
double lw_sim_motor_effort  (const LwSimMotor *self);
/* At its terminals, sagging under load. @made_for: V without load, of a supply nobody changed. */
double lw_sim_motor_voltage (const LwSimMotor *self, double made_for);
