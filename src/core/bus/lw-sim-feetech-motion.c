/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib.h>
#include <math.h>
#include <stdlib.h>

#include "lw-sim-feetech-private.h"

#define COOL_AGAIN      5.0  /* degrees C below the limit at which a hot servo turns again */
#define SPARE_SPEED     1.1  /* of what the joint needs */
#define P_GAIN_DEFAULT  32
#define TORQUE_FULL     1000.0
#define PROTECTION_UNIT 10000000 /* ns */

/* --- ticks ------------------------------------------------------------------------------------------------------------------- */

int32_t
lw_sim_feetech_encoder (const LwSimFeetechServo *self)
{
  return (int32_t) lrint (LW_FEETECH_CENTRE + lw_sim_feetech_direction (self) * self->base.motor.angle / LW_FEETECH_RAD_PER_TICK);
}

int32_t
lw_sim_feetech_turn (int32_t ticks)
{
  return ticks >= 0 ? ticks / LW_FEETECH_TICKS : -((LW_FEETECH_TICKS - 1 - ticks) / LW_FEETECH_TICKS);
}

int32_t
lw_sim_feetech_unwrapped (const LwSimFeetechServo *self)
{
  return lw_sim_feetech_encoder (self) - self->first_lap - lw_feetech_signed (WORD (self, OFFSET), LW_FEETECH_OFFSET_SIGN);
}

int32_t
lw_sim_feetech_position (const LwSimFeetechServo *self)
{
  int32_t ticks = lw_sim_feetech_unwrapped (self);

  return lw_sim_feetech_has_phase (self, LW_FEETECH_PHASE_MANY_TURNS) ? ticks : ticks - lw_sim_feetech_turn (ticks) * LW_FEETECH_TICKS;
}

/* --- goals ------------------------------------------------------------------------------------------------------------------- */

static double
top_speed (const LwSimFeetechServo *self)
{
  return self->base.motor.setup.v_max * SPARE_SPEED;
}

/* rad/s a speed register stands for. */
static double
speed_of (const LwSimFeetechServo *self, uint16_t word)
{
  double speed = lw_sim_feetech_direction (self) * lw_feetech_signed (word, LW_FEETECH_SPEED_SIGN) * lw_sim_feetech_speed_unit (self);

  return fmax (-top_speed (self), fmin (top_speed (self), speed));
}

/* One speed for the whole @way (rad): what goal speed and goal time ask for, and what the acceleration allows on average from the speed it has. 0: none at all. */
static double
speed_for (const LwSimFeetechServo *self, double way)
{
  double acceleration = BYTE (self, ACCELERATION) * LW_FEETECH_ACCEL_UNIT * LW_FEETECH_RAD_PER_TICK;
  double speed = fabs (speed_of (self, WORD (self, GOAL_SPEED)));
  double time = WORD (self, GOAL_TIME) * 1e-3;

  if (WORD (self, GOAL_SPEED) == 0)
    speed = lw_sim_feetech_has_phase (self, LW_FEETECH_PHASE_ZERO_FAST) ? top_speed (self) : 0;
  if (time > 0)
    speed = fmin (speed, fabs (way) / time);
  if (acceleration > 0)
    speed = fmin (speed, hypot (self->base.motor.reference_rate, 0.5 * sqrt (acceleration * fabs (way))));
  return speed;
}

void
lw_sim_feetech_head_for_goal (LwSimFeetechServo *self, int64_t t_ns)
{
  LwSimMotor *motor = &self->base.motor;
  int32_t min = lw_feetech_signed (WORD (self, MIN_POSITION), LW_FEETECH_POSITION_SIGN);
  int32_t max = lw_feetech_signed (WORD (self, MAX_POSITION), LW_FEETECH_POSITION_SIGN);
  double target, speed;

  if (BYTE (self, MODE) == LW_FEETECH_MODE_POSITION && min < max)
    self->goal = self->goal < min ? min : self->goal > max ? max : self->goal;
  target = motor->angle + lw_sim_feetech_direction (self) * (self->goal - lw_sim_feetech_position (self)) * LW_FEETECH_RAD_PER_TICK;
  speed = speed_for (self, target - motor->reference);
  if (speed > 0)
    lw_sim_motor_goal (motor, target, speed, t_ns);
  else
    lw_sim_motor_hold (motor);
}

void
lw_sim_feetech_take_goal (LwSimFeetechServo *self, int64_t t_ns)
{
  int32_t goal = lw_feetech_signed (WORD (self, GOAL_POSITION), LW_FEETECH_POSITION_SIGN);

  /* The other way than the load presses: the protection lets go. */
  if ((goal - lw_sim_feetech_position (self)) * self->base.motor.torque * lw_sim_feetech_direction (self) < 0)
    self->latched &= (uint8_t) ~LW_FEETECH_STATUS_OVERLOAD;
  self->goal = BYTE (self, MODE) == LW_FEETECH_MODE_STEP ? lw_sim_feetech_position (self) + goal : goal;
  if (BYTE (self, TORQUE_ENABLE) == LW_FEETECH_TORQUE_ON)
    lw_sim_feetech_head_for_goal (self, t_ns);
}

/* --- protections ------------------------------------------------------------------------------------------------------------- */

uint8_t
lw_sim_feetech_servo_status (const LwSimFeetechServo *self)
{
  const LwSimMotor *motor = &self->base.motor;
  double voltage = lw_sim_motor_voltage (motor, LW_SIM_FEETECH_SUPPLY) / LW_FEETECH_VOLT_UNIT;
  uint8_t bits = self->injected | self->latched;

  if (voltage > BYTE (self, MAX_VOLTAGE) || voltage < BYTE (self, MIN_VOLTAGE))
    bits |= LW_FEETECH_STATUS_VOLTAGE;
  if (motor->heat > BYTE (self, MAX_TEMPERATURE))
    bits |= LW_FEETECH_STATUS_HEAT;
  return bits;
}

/* What has lasted for @units becomes a status bit. */
static void
watch (LwSimFeetechServo *self, bool over, uint8_t units, LwFeetechStatus bit, int64_t *t_since_ns)
{
  int64_t t_ns = self->base.motor.t_ns;

  if (!over)
    *t_since_ns = 0;
  else if (*t_since_ns == 0)
    *t_since_ns = t_ns;
  else if (t_ns - *t_since_ns >= units * (int64_t) PROTECTION_UNIT)
    self->latched |= (uint8_t) bit;
}

static void
protect (LwSimFeetechServo *self)
{
  double effort = fabs (lw_sim_motor_effort (&self->base.motor));

  if (self->base.motor.heat > BYTE (self, MAX_TEMPERATURE))
    self->latched |= LW_FEETECH_STATUS_HEAT;
  else if (self->base.motor.heat < BYTE (self, MAX_TEMPERATURE) - COOL_AGAIN)
    self->latched &= (uint8_t) ~LW_FEETECH_STATUS_HEAT;
  watch (self, effort * 100 > BYTE (self, OVERLOAD_TORQUE), BYTE (self, PROTECTION_TIME), LW_FEETECH_STATUS_OVERLOAD, &self->t_overload_ns);
  watch (self, effort * LW_SIM_FEETECH_STALL_CURRENT / LW_FEETECH_CURRENT_UNIT > WORD (self, PROTECTION_CURRENT), BYTE (self, OVERCURRENT_TIME), LW_FEETECH_STATUS_CURRENT,
         &self->t_overcurrent_ns);
}

/* Status bits that take the torque away; an overload leaves some of it. */
static uint8_t
unloading (const LwSimFeetechServo *self)
{
  return lw_sim_feetech_servo_status (self) & BYTE (self, UNLOAD_CONDITION);
}

static double
torque_limit (const LwSimFeetechServo *self)
{
  double limit = WORD (self, TORQUE_LIMIT) / TORQUE_FULL;

  if ((unloading (self) & LW_FEETECH_STATUS_OVERLOAD) != 0)
    limit = fmin (limit, BYTE (self, PROTECTIVE_TORQUE) / 100.0);
  return limit * self->base.motor.setup.tau_max;
}

/* --- as a device --------------------------------------------------------------------------------------------------------------- */

static bool
is_starting (const LwSimFeetechServo *self)
{
  return self->base.motor.t_ns < self->t_back_ns;
}

static bool
feetech_servo_powered (const LwSimDevice *device)
{
  const LwSimFeetechServo *self = (const LwSimFeetechServo *) device;

  return BYTE (self, TORQUE_ENABLE) == LW_FEETECH_TORQUE_ON && (unloading (self) & ~LW_FEETECH_STATUS_OVERLOAD) == 0 && !is_starting (self);
}

static LwSimDrive
drive_of (const LwSimFeetechServo *self)
{
  const LwSimMotor *motor = &self->base.motor;
  LwSimDrive drive = { .limit = torque_limit (self), .stiffness = BYTE (self, POSITION_P_GAIN) / (double) P_GAIN_DEFAULT };

  if (BYTE (self, TORQUE_ENABLE) == LW_FEETECH_TORQUE_DAMP)
    {
      drive.control = LW_SIM_MOTOR_TORQUE;
      drive.goal = -motor->setup.damping * motor->velocity;
    }
  if (!feetech_servo_powered (&self->base))
    return drive;
  switch (BYTE (self, MODE))
    {
    case LW_FEETECH_MODE_SPEED:
      drive.control = LW_SIM_MOTOR_SPEED;
      drive.goal = speed_of (self, WORD (self, GOAL_SPEED));
      break;
    case LW_FEETECH_MODE_PWM:
      drive.control = LW_SIM_MOTOR_TORQUE;
      drive.goal = lw_sim_feetech_direction (self) * lw_feetech_signed (WORD (self, GOAL_TIME), LW_FEETECH_LOAD_SIGN) / TORQUE_FULL * motor->setup.tau_max;
      break;
    default:
      drive.control = LW_SIM_MOTOR_POSITION;
      break;
    }
  return drive;
}

static double
feetech_servo_step (LwSimDevice *device, double angle, double velocity, double gravity, double dt, int64_t t_ns)
{
  LwSimFeetechServo *self = (LwSimFeetechServo *) device;
  LwSimDrive drive = drive_of (self);
  double torque = lw_sim_motor_step (&device->motor, &drive, angle, velocity, gravity, dt, t_ns);
  int32_t lap = lw_sim_feetech_turn (lw_sim_feetech_unwrapped (self));

  protect (self);
  /* Pushed over the end of the turn, the servo sees its goal a whole turn away. */
  if (lap != self->lap && !lw_sim_feetech_has_phase (self, LW_FEETECH_PHASE_MANY_TURNS) && drive.control == LW_SIM_MOTOR_POSITION)
    lw_sim_feetech_head_for_goal (self, t_ns);
  self->lap = lap;
  return torque;
}

static uint8_t
feetech_servo_id (const LwSimDevice *device)
{
  const LwSimFeetechServo *self = (const LwSimFeetechServo *) device;

  return BYTE (self, ID);
}

static unsigned
feetech_servo_baud (const LwSimDevice *device)
{
  const LwSimFeetechServo *self = (const LwSimFeetechServo *) device;

  return is_starting (self) ? 0 : lw_feetech_bauds[BYTE (self, BAUD)];
}

static int64_t
feetech_servo_return_delay (const LwSimDevice *device)
{
  return BYTE ((const LwSimFeetechServo *) device, RETURN_DELAY) * (int64_t) LW_FEETECH_DELAY_UNIT_US * 1000;
}

static void
feetech_servo_fail (LwSimDevice *device, uint8_t bits)
{
  ((LwSimFeetechServo *) device)->injected |= bits;
}

static void
feetech_servo_skip (LwSimDevice *device, int64_t skipped_ns)
{
  LwSimFeetechServo *self = (LwSimFeetechServo *) device;

  self->t_back_ns += skipped_ns;
  self->t_overload_ns += self->t_overload_ns != 0 ? skipped_ns : 0;
  self->t_overcurrent_ns += self->t_overcurrent_ns != 0 ? skipped_ns : 0;
}

static void
feetech_servo_free (LwSimDevice *device)
{
  g_free (device);
}

const LwSimDeviceClass lw_sim_feetech_servo_class = {
  .name = "STS3215",
  .overload = LW_FEETECH_STATUS_OVERLOAD,
  .encoder = LW_FEETECH_STATUS_ENCODER,
  .shock = LW_FEETECH_STATUS_ENCODER,
  .free = feetech_servo_free,
  .step = feetech_servo_step,
  .powered = feetech_servo_powered,
  .id = feetech_servo_id,
  .baud = feetech_servo_baud,
  .return_delay = feetech_servo_return_delay,
  .fail = feetech_servo_fail,
  .skip = feetech_servo_skip,
};
