/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdlib.h>

#include "lw-sim-dxl-private.h"

#define ACCELERATION_UNIT (214.577 * 2 * M_PI / 3600) /* rad/s^2: 214.577 rev/min^2 */
#define TOP_SPEED         1.1  /* of what the joint needs: a motor has a tenth to spare */
#define IN_POSITION       0.01 /* rad */
#define FOLLOWING_ERROR   0.1  /* rad */
#define OVERLOAD_EFFORT   0.98
#define OVERLOAD_TIME     8.0  /* s */

static double
direction_of (const LwSimDxl *self)
{
  return (GET (self, DRIVE_MODE) & LW_SIM_DXL_REVERSED) != 0 ? -1.0 : 1.0;
}

int
lw_sim_dxl_mode (const LwSimDxl *self)
{
  return GET (self, OPERATING_MODE);
}

bool
lw_sim_dxl_watchdog_triggered (const LwSimDxl *self)
{
  return self->table[LW_DXL_BUS_WATCHDOG] == 0xFF;
}

/* --- where it is -------------------------------------------------------------------------------------------------------------- */

/* What is added to the encoder's ticks: in position mode only a quarter turn of the homing offset counts. */
static int32_t
offset_of (const LwSimDxl *self)
{
  int32_t homing = GET (self, HOMING_OFFSET);

  if (lw_sim_dxl_mode (self) == LW_DXL_MODE_POSITION)
    homing = homing < -LW_DXL_MAX_ONE_TURN_OFFSET ? -LW_DXL_MAX_ONE_TURN_OFFSET
             : homing > LW_DXL_MAX_ONE_TURN_OFFSET ? LW_DXL_MAX_ONE_TURN_OFFSET : homing;
  return homing - self->turns;
}

static int32_t
ticks_of (const LwSimDxl *self, double angle)
{
  return (int32_t) lrint (LW_DXL_CENTRE + direction_of (self) * angle / LW_DXL_RAD_PER_TICK) + offset_of (self);
}

static double
angle_of (const LwSimDxl *self, int32_t ticks)
{
  return direction_of (self) * (ticks - offset_of (self) - LW_DXL_CENTRE) * LW_DXL_RAD_PER_TICK;
}

void
lw_sim_dxl_wrap (LwSimDxl *self)
{
  int32_t ticks = ticks_of (self, self->base.motor.angle);
  int32_t turn = ticks >= 0 ? ticks / LW_DXL_TICKS : -((LW_DXL_TICKS - 1 - ticks) / LW_DXL_TICKS);

  self->turns += turn * LW_DXL_TICKS;
}

void
lw_sim_dxl_stay (LwSimDxl *self)
{
  lw_sim_motor_hold (&self->base.motor);
  PUT (self, GOAL_POSITION, ticks_of (self, self->base.motor.angle));
}

/* --- where it goes ------------------------------------------------------------------------------------------------------------ */

/* The profile's speed and acceleration for a way of @way rad; 0: none set. */
static void
profile_of (const LwSimDxl *self, double way, double *speed, double *acceleration)
{
  double velocity = GET (self, PROFILE_VELOCITY), accel = GET (self, PROFILE_ACCEL);

  *speed = velocity * LW_DXL_RAD_S_PER_LSB;
  *acceleration = accel * ACCELERATION_UNIT;
  if ((GET (self, DRIVE_MODE) & LW_SIM_DXL_TIMED) == 0)
    return;
  accel = fmin (accel, velocity / 2); /* of both, in ms */
  *speed = velocity > 0 ? way / ((velocity - accel) * 1e-3) : 0;
  *acceleration = accel > 0 ? *speed / (accel * 1e-3) : 0;
}

void
lw_sim_dxl_go (LwSimDxl *self, int64_t t_ns)
{
  LwSimMotor *motor = &self->base.motor;
  double angle = angle_of (self, GET (self, GOAL_POSITION));
  double top = fmin (GET (self, VELOCITY_LIMIT) * LW_DXL_RAD_S_PER_LSB, TOP_SPEED * motor->setup.v_max);
  double speed, acceleration;

  profile_of (self, fabs (angle - motor->reference), &speed, &acceleration);
  lw_sim_motor_profile (motor, angle, speed > 0 ? fmin (speed, top) : top, acceleration, t_ns);
}

static double
torque_limit (const LwSimDxl *self)
{
  double limit = self->base.motor.setup.tau_max * abs (GET (self, GOAL_PWM)) / LW_DXL_PWM_FULL;
  int32_t current = lw_sim_dxl_mode (self) == LW_DXL_MODE_CURRENT_POSITION ? abs (GET (self, GOAL_CURRENT)) : GET (self, CURRENT_LIMIT);

  if (self->model->current_limit == 0)
    return limit;
  return fmin (limit, current * self->traits->load_unit);
}

/* Stopped by its watchdog a servo holds still, or has no force, as its mode has it. One firmware only says so. */
static bool
is_stopped (const LwSimDxl *self)
{
  return lw_sim_dxl_watchdog_triggered (self) && GET (self, FIRMWARE) != self->traits->deaf_watchdog;
}

static LwSimDrive
drive_of (const LwSimDxl *self)
{
  LwSimDrive drive = { .control = LW_SIM_MOTOR_OFF, .limit = torque_limit (self) };
  double willing = is_stopped (self) ? 0 : direction_of (self);

  if (!lw_sim_dxl_powered (self))
    return drive;
  switch (lw_sim_dxl_mode (self))
    {
    case LW_DXL_MODE_CURRENT:
      drive.control = LW_SIM_MOTOR_TORQUE;
      drive.goal = willing * GET (self, GOAL_CURRENT) * self->traits->load_unit;
      break;
    case LW_DXL_MODE_VELOCITY:
      drive.control = LW_SIM_MOTOR_SPEED;
      drive.goal = willing * GET (self, GOAL_VELOCITY) * LW_DXL_RAD_S_PER_LSB;
      drive.acceleration = is_stopped (self) ? 0 : GET (self, PROFILE_ACCEL) * ACCELERATION_UNIT;
      break;
    case LW_DXL_MODE_PWM:
      drive.control = LW_SIM_MOTOR_VOLTAGE;
      drive.goal = willing * GET (self, GOAL_PWM) / LW_DXL_PWM_FULL;
      drive.limit = self->base.motor.setup.tau_max;
      break;
    default:
      drive.control = LW_SIM_MOTOR_POSITION;
      drive.stiffness = GET (self, POSITION_P_GAIN) / (double) self->model->position_p;
      break;
    }
  return drive;
}

/* --- what ails it ------------------------------------------------------------------------------------------------------------- */

void
lw_sim_dxl_fail (LwSimDxl *self, uint8_t bits)
{
  PUT (self, HARDWARE_ERROR, GET (self, HARDWARE_ERROR) | bits);
  if ((bits & GET (self, SHUTDOWN)) == 0)
    return;
  PUT (self, TORQUE_ENABLE, 0);
  self->shut_down = true;
}

static void
watch_bus (LwSimDxl *self, int64_t t_ns)
{
  int64_t units = self->table[LW_DXL_BUS_WATCHDOG];

  if (units < 1 || units > 127 || !lw_sim_dxl_powered (self))
    return;
  if (t_ns - self->t_heard_ns <= units * LW_DXL_WATCHDOG_MS * 1000000)
    return;
  self->table[LW_DXL_BUS_WATCHDOG] = 0xFF;
  if (is_stopped (self))
    lw_sim_motor_hold (&self->base.motor);
}

static void
watch_health (LwSimDxl *self, double dt)
{
  const LwSimMotor *motor = &self->base.motor;
  double volts = 10 * lw_sim_motor_voltage (motor, self->model->supply);

  if (motor->heat > GET (self, TEMPERATURE_LIMIT))
    lw_sim_dxl_fail (self, LW_DXL_HARDWARE_HEAT);
  if (volts > GET (self, MAX_VOLTAGE) || volts < GET (self, MIN_VOLTAGE))
    lw_sim_dxl_fail (self, LW_DXL_HARDWARE_VOLTAGE);
  self->overloaded = fabs (lw_sim_motor_effort (motor)) >= OVERLOAD_EFFORT ? self->overloaded + dt : 0;
  if (self->overloaded > OVERLOAD_TIME)
    lw_sim_dxl_fail (self, LW_DXL_HARDWARE_OVERLOAD);
}

double
lw_sim_dxl_step (LwSimDxl *self, double angle, double velocity, double gravity, double dt, int64_t t_ns)
{
  LwSimDrive drive;

  watch_bus (self, t_ns);
  watch_health (self, dt);
  drive = drive_of (self);
  return lw_sim_motor_step (&self->base.motor, &drive, angle, velocity, gravity, dt, t_ns);
}

/* --- what it says ------------------------------------------------------------------------------------------------------------- */

static uint8_t
moving_status (const LwSimDxl *self)
{
  const LwSimMotor *motor = &self->base.motor;
  bool powered = lw_sim_dxl_powered (self), under_way = motor->reference_left > 0;
  double error = fabs (motor->reference - motor->angle);
  uint8_t profile = GET (self, PROFILE_ACCEL) > 0 ? 3 : GET (self, PROFILE_VELOCITY) > 0 ? 1 : 0;
  uint8_t status = (uint8_t) (profile << 4);

  if (powered && !under_way && error < IN_POSITION)
    status |= 1 << 0;
  if (powered && under_way)
    status |= 1 << 1;
  if (powered && error > FOLLOWING_ERROR)
    status |= 1 << 3;
  return status;
}

void
lw_sim_dxl_refresh (LwSimDxl *self)
{
  const LwSimMotor *motor = &self->base.motor;
  double effort = lw_sim_motor_effort (motor) * direction_of (self);
  double load = self->model->current_limit != 0 ? motor->torque * direction_of (self) / self->traits->load_unit : 1000 * effort;
  int32_t velocity = (int32_t) lrint (direction_of (self) * motor->velocity / LW_DXL_RAD_S_PER_LSB);

  PUT (self, REALTIME_TICK, (motor->t_ns - self->t_boot_ns) / 1000000 % 32768);
  PUT (self, MOVING, abs (velocity) > GET (self, MOVING_THRESHOLD));
  PUT (self, MOVING_STATUS, moving_status (self));
  PUT (self, PRESENT_PWM, lrint (effort * LW_DXL_PWM_FULL));
  PUT (self, PRESENT_CURRENT, lrint (fmax (-32767, fmin (load, 32767))));
  PUT (self, PRESENT_VELOCITY, velocity);
  PUT (self, PRESENT_POSITION, ticks_of (self, motor->angle));
  PUT (self, VELOCITY_TRAJ, lrint (direction_of (self) * motor->reference_rate / LW_DXL_RAD_S_PER_LSB));
  PUT (self, POSITION_TRAJ, ticks_of (self, motor->reference));
  PUT (self, PRESENT_VOLTAGE, lrint (10 * lw_sim_motor_voltage (motor, self->model->supply)));
  PUT (self, PRESENT_TEMPERATURE, lrint (motor->heat));
}
