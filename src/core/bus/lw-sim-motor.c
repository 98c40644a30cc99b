/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-sim-motor.h"

#include <math.h>
#include <string.h>

#define MIN_GOAL_INTERVAL 0.002 /* s: goals closer than this are one */
#define MAX_GOAL_INTERVAL 0.040 /* s: slower than this is no stream of goals */
#define FEEDFORWARD_TIME  0.006 /* s */
#define MAX_COAST_LEAD    0.2   /* rad: an arm that coasts against its stop does not wind up */
#define FREE_SPEED        1.3   /* without load, of what the joint needs */
#define AMBIENT           25.0  /* degrees C */
#define IDLE_HEAT         6.0   /* degrees C above ambient, electronics alone */
#define FULL_LOAD_HEAT    60.0  /* degrees C more at full torque */
#define HEAT_TIME         400.0 /* s */
#define SAG               0.04  /* of the supply, at full torque */

static double
clamp (double x, double low, double high)
{
  return x < low ? low : x > high ? high : x;
}

void
lw_sim_motor_init (LwSimMotor *self, const LwSimMotorSetup *setup, double angle, int64_t t_ns)
{
  memset (self, 0, sizeof *self);
  self->setup = *setup;
  self->angle = angle;
  self->t_ns = self->t_goal_ns = t_ns;
  self->heat = AMBIENT + IDLE_HEAT;
  lw_sim_motor_hold (self);
}

void
lw_sim_motor_hold (LwSimMotor *self)
{
  self->reference = self->angle;
  self->reference_rate = 0;
  self->reference_left = 0;
  self->feedforward = 0;
  self->goal_acceleration = 0;
}

void
lw_sim_motor_goal (LwSimMotor *self, double angle, double v_max, int64_t t_ns)
{
  double interval = clamp ((t_ns - self->t_goal_ns) * 1e-9, MIN_GOAL_INTERVAL, MAX_GOAL_INTERVAL);
  double way = angle - self->reference;

  self->t_goal_ns = t_ns;
  if (v_max > 0 && fabs (way) > v_max * interval)
    interval = fabs (way) / v_max;
  self->reference_rate = way / interval;
  self->reference_left = interval;
  self->goal_acceleration = 0;
}

void
lw_sim_motor_profile (LwSimMotor *self, double angle, double v_max, double acceleration, int64_t t_ns)
{
  if (acceleration <= 0)
    {
      lw_sim_motor_goal (self, angle, v_max, t_ns);
      return;
    }
  self->t_goal_ns = t_ns;
  self->goal = angle;
  self->goal_speed = v_max;
  self->goal_acceleration = acceleration;
  self->reference_left = MIN_GOAL_INTERVAL;
}

/* As fast as leaves room to stop at the goal. */
static void
run_profile (LwSimMotor *self, double dt)
{
  double way = self->goal - self->reference, most = self->goal_acceleration * dt;
  double speed = sqrt (2 * self->goal_acceleration * fabs (way));

  if (self->goal_speed > 0)
    speed = fmin (speed, self->goal_speed);
  if (fabs (way) <= most * dt && fabs (self->reference_rate) <= 2 * most)
    {
      self->reference = self->goal;
      self->reference_rate = self->reference_left = self->goal_acceleration = 0;
      return;
    }
  self->reference_rate += clamp (copysign (speed, way) - self->reference_rate, -most, most);
  self->reference += self->reference_rate * dt;
}

static void
run_reference (LwSimMotor *self, double dt)
{
  double rate = self->reference_rate;

  if (self->ignores_goals)
    {
      if (fabs (self->reference - self->angle) < MAX_COAST_LEAD)
        self->reference += self->feedforward * dt;
      return;
    }
  if (self->goal_acceleration > 0)
    {
      run_profile (self, dt);
      rate = self->reference_rate;
    }
  else
    {
      if (self->reference_left <= 0)
        rate = self->reference_rate = 0;
      else if (self->reference_left < dt)
        rate *= self->reference_left / dt; /* the last step ends on the goal */
      self->reference_left -= dt;
      self->reference += rate * dt;
    }
  self->feedforward += (rate - self->feedforward) * clamp (dt / FEEDFORWARD_TIME, 0, 1);
}

/* In speed control the reference goes along with the shaft, its rate to the goal. */
static void
run_speed (LwSimMotor *self, const LwSimDrive *drive, double dt)
{
  double rate = self->reference_rate, most = drive->acceleration * dt;

  lw_sim_motor_hold (self);
  self->reference_rate = most > 0 ? rate + clamp (drive->goal - rate, -most, most) : drive->goal;
}

static double
wanted_torque (const LwSimMotor *self, const LwSimDrive *drive, double gravity)
{
  const LwSimMotorSetup *setup = &self->setup;

  switch (drive->control)
    {
    case LW_SIM_MOTOR_POSITION:
      return gravity + setup->loss * self->feedforward + setup->stiffness * drive->stiffness * (self->reference - self->angle)
             + setup->damping * (self->feedforward - self->velocity);
    case LW_SIM_MOTOR_SPEED:
      return gravity + setup->loss * self->reference_rate + setup->damping * (self->reference_rate - self->velocity);
    case LW_SIM_MOTOR_TORQUE:
      return drive->goal;
    case LW_SIM_MOTOR_VOLTAGE:
      return setup->tau_max * (drive->goal - self->velocity / (FREE_SPEED * setup->v_max));
    case LW_SIM_MOTOR_OFF:
    default:
      return 0;
    }
}

static void
warm_up (LwSimMotor *self, double dt)
{
  double effort = lw_sim_motor_effort (self);

  self->heat += (AMBIENT + IDLE_HEAT + FULL_LOAD_HEAT * effort * effort - self->heat) * dt / HEAT_TIME;
}

double
lw_sim_motor_step (LwSimMotor *self, const LwSimDrive *drive, double angle, double velocity, double gravity, double dt, int64_t t_ns)
{
  double limit = drive->limit < self->setup.tau_max ? drive->limit : self->setup.tau_max;

  self->angle = angle;
  self->velocity = velocity;
  self->t_ns = t_ns;
  warm_up (self, dt);
  if (drive->control == LW_SIM_MOTOR_POSITION)
    run_reference (self, dt);
  else if (drive->control == LW_SIM_MOTOR_SPEED)
    run_speed (self, drive, dt);
  else
    lw_sim_motor_hold (self);
  self->torque = clamp (wanted_torque (self, drive, gravity), -limit, limit);
  return self->torque;
}

double
lw_sim_motor_effort (const LwSimMotor *self)
{
  return self->torque / self->setup.tau_max;
}

double
lw_sim_motor_voltage (const LwSimMotor *self, double made_for)
{
  return (self->supply > 0 ? self->supply : made_for) * (1 - SAG * fabs (lw_sim_motor_effort (self)));
}
