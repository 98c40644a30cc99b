/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-sim-servo.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "lw-dynamixel-codec.h"
#include "lw-sim-registers.h"

#define GET(self, name)        lw_sim_get ((self)->table, LW_DXL_##name, LW_DXL_##name##_SIZE)
#define PUT(self, name, value) lw_sim_put ((self)->table, LW_DXL_##name, LW_DXL_##name##_SIZE, (int32_t) (value))

#define P_GAIN_DEFAULT      800
#define MAX_ONE_TURN_OFFSET 1024  /* of the homing offset, in position mode */
#define SUPPLY              12.1  /* V */

static const LwSimDeviceClass servo_class;

static double
clamp (double x, double low, double high)
{
  return x < low ? low : x > high ? high : x;
}

static int
mode_of (const LwSimServo *self)
{
  return GET (self, OPERATING_MODE);
}

static double
direction_of (const LwSimServo *self)
{
  return (GET (self, DRIVE_MODE) & 1) != 0 ? -1.0 : 1.0;
}

/* What is added to the encoder's ticks: in position mode only a quarter turn of the homing offset counts. */
static int32_t
offset_of (const LwSimServo *self)
{
  int32_t homing = GET (self, HOMING_OFFSET);

  if (mode_of (self) == LW_DXL_MODE_POSITION)
    homing = (int32_t) clamp (homing, -MAX_ONE_TURN_OFFSET, MAX_ONE_TURN_OFFSET);
  return homing - self->turns;
}

static int32_t
ticks_of (const LwSimServo *self, double angle)
{
  return (int32_t) lrint (LW_DXL_CENTRE + direction_of (self) * angle / LW_DXL_RAD_PER_TICK) + offset_of (self);
}

static double
angle_of (const LwSimServo *self, int32_t ticks)
{
  return direction_of (self) * (ticks - offset_of (self) - LW_DXL_CENTRE) * LW_DXL_RAD_PER_TICK;
}

/* A limp servo counts turns in any mode; in position mode it falls back to one turn when powered. */
static void
wrap_to_one_turn (LwSimServo *self)
{
  int32_t ticks = ticks_of (self, self->base.motor.angle);
  int32_t turn = ticks >= 0 ? ticks / LW_DXL_TICKS : -((LW_DXL_TICKS - 1 - ticks) / LW_DXL_TICKS);

  self->turns += turn * LW_DXL_TICKS;
}

static void
reset_ram (LwSimServo *self)
{
  memset (self->table + LW_DXL_EEPROM_END, 0, LW_DXL_TABLE_SIZE - LW_DXL_EEPROM_END);
  PUT (self, STATUS_RETURN, 2);
  PUT (self, VELOCITY_I_GAIN, 1920);
  PUT (self, VELOCITY_P_GAIN, 100);
  PUT (self, POSITION_P_GAIN, P_GAIN_DEFAULT);
  PUT (self, GOAL_PWM, GET (self, PWM_LIMIT));
  PUT (self, GOAL_CURRENT, GET (self, CURRENT_LIMIT));
  PUT (self, GOAL_VELOCITY, GET (self, VELOCITY_LIMIT));
  self->turns = 0;
  if (mode_of (self) == LW_DXL_MODE_POSITION)
    wrap_to_one_turn (self);
  PUT (self, GOAL_POSITION, ticks_of (self, self->base.motor.angle));
  self->registered = false;
  self->shut_down = false;
  lw_sim_motor_hold (&self->base.motor);
}

void
lw_sim_servo_init (LwSimServo *self, const LwSimDeviceSetup *setup, double angle, int64_t t_ns)
{
  const LwSimMotorSetup *motor = &setup->motor;

  memset (self, 0, sizeof *self);
  self->base.klass = &servo_class;
  lw_sim_motor_init (&self->base.motor, motor, angle, t_ns);
  self->t_heard_ns = t_ns;
  self->baud = setup->baud;
  PUT (self, MODEL_NUMBER, LW_DXL_MODEL_XM430_W350);
  PUT (self, FIRMWARE, 45);
  PUT (self, ID, setup->id);
  PUT (self, BAUD_RATE, 3);
  PUT (self, RETURN_DELAY, clamp (round (setup->return_delay * 1e6 / 2.0), 0, 254));
  PUT (self, OPERATING_MODE, LW_DXL_MODE_POSITION);
  PUT (self, SECONDARY_ID, 255);
  PUT (self, PROTOCOL, 2);
  PUT (self, MOVING_THRESHOLD, 10);
  PUT (self, TEMPERATURE_LIMIT, 80);
  PUT (self, MAX_VOLTAGE, 160);
  PUT (self, MIN_VOLTAGE, 95);
  PUT (self, PWM_LIMIT, LW_DXL_PWM_FULL);
  PUT (self, CURRENT_LIMIT, clamp (ceil (motor->tau_max / LW_DXL_XM430_W350_NM_PER_LSB), 0, 32767));
  PUT (self, VELOCITY_LIMIT, clamp (ceil (1.1 * motor->v_max / LW_DXL_RAD_S_PER_LSB), 0, 1023));
  PUT (self, MAX_POSITION, LW_DXL_TICKS - 1);
  PUT (self, MIN_POSITION, 0);
  PUT (self, SHUTDOWN, 0x34);
  reset_ram (self);
}

LwSimDevice *
lw_sim_servo_new (const LwSimDeviceSetup *setup, double angle, int64_t t_ns)
{
  LwSimServo *self;

  if (setup->model != 0 && setup->model != LW_DXL_MODEL_XM430_W350)
    return NULL;
  self = g_new (LwSimServo, 1);
  lw_sim_servo_init (self, setup, angle, t_ns);
  return &self->base;
}

void
lw_sim_servo_reboot (LwSimServo *self)
{
  reset_ram (self);
}

uint8_t
lw_sim_servo_id (const LwSimServo *self)
{
  return self->table[LW_DXL_ID];
}

bool
lw_sim_servo_powered (const LwSimServo *self)
{
  return self->table[LW_DXL_TORQUE_ENABLE] != 0;
}

uint8_t
lw_sim_servo_alert (const LwSimServo *self)
{
  return self->table[LW_DXL_HARDWARE_ERROR] != 0 ? LW_DYNAMIXEL_ALERT : 0;
}

static bool
watchdog_triggered (const LwSimServo *self)
{
  return self->table[LW_DXL_BUS_WATCHDOG] == 0xFF;
}

/* Registers that follow the shaft, brought up to date before a read. */
static void
refresh (LwSimServo *self)
{
  const LwSimMotor *motor = &self->base.motor;
  double effort = lw_sim_motor_effort (motor);
  double load = motor->torque / LW_DXL_XM430_W350_NM_PER_LSB * direction_of (self);
  int32_t velocity = (int32_t) lrint (direction_of (self) * motor->velocity / LW_DXL_RAD_S_PER_LSB);
  bool moving = abs (velocity) > GET (self, MOVING_THRESHOLD);
  bool arrived = lw_sim_servo_powered (self) && motor->reference_left <= 0;

  PUT (self, REALTIME_TICK, motor->t_ns / 1000000 % 32768);
  PUT (self, MOVING, moving);
  PUT (self, MOVING_STATUS, (arrived ? 1 : 0) | (motor->reference_left > 0 ? 2 : 0));
  PUT (self, PRESENT_PWM, lrint (effort * LW_DXL_PWM_FULL * direction_of (self)));
  PUT (self, PRESENT_CURRENT, lrint (clamp (load, -32767, 32767)));
  PUT (self, PRESENT_VELOCITY, velocity);
  PUT (self, PRESENT_POSITION, ticks_of (self, motor->angle));
  PUT (self, VELOCITY_TRAJ, lrint (direction_of (self) * motor->reference_rate / LW_DXL_RAD_S_PER_LSB));
  PUT (self, POSITION_TRAJ, ticks_of (self, motor->reference));
  PUT (self, PRESENT_VOLTAGE, lrint (lw_sim_motor_voltage (motor, SUPPLY) * 10));
  PUT (self, PRESENT_TEMPERATURE, lrint (motor->heat));
}

uint8_t
lw_sim_servo_read (LwSimServo *self, uint16_t address, uint16_t size, uint8_t *out)
{
  if (size == 0 || address + size > LW_DXL_TABLE_SIZE)
    return LW_DYNAMIXEL_ERROR_ACCESS;
  refresh (self);
  memcpy (out, self->table + address, size);
  return LW_DYNAMIXEL_ERROR_NONE;
}

/* What the limit registers and the mode allow beyond an item's fixed range. */
static uint8_t
check_limits (const LwSimServo *self, uint16_t address, int32_t value)
{
  bool over = false;

  switch (address)
    {
    case LW_DXL_OPERATING_MODE:
      return value == LW_DXL_MODE_CURRENT || value == LW_DXL_MODE_POSITION || value == LW_DXL_MODE_EXTENDED
             || value == LW_DXL_MODE_CURRENT_POSITION ? LW_DYNAMIXEL_ERROR_NONE : LW_DYNAMIXEL_ERROR_RANGE;
    case LW_DXL_TORQUE_ENABLE:
      return value != 0 && self->shut_down ? LW_DYNAMIXEL_ERROR_RESULT : LW_DYNAMIXEL_ERROR_NONE;
    case LW_DXL_GOAL_PWM:
      over = abs (value) > GET (self, PWM_LIMIT);
      break;
    case LW_DXL_GOAL_CURRENT:
      over = abs (value) > GET (self, CURRENT_LIMIT);
      break;
    case LW_DXL_GOAL_VELOCITY:
      over = abs (value) > GET (self, VELOCITY_LIMIT);
      break;
    case LW_DXL_GOAL_POSITION:
      over = mode_of (self) == LW_DXL_MODE_POSITION && (value < GET (self, MIN_POSITION) || value > GET (self, MAX_POSITION));
      break;
    default:
      return LW_DYNAMIXEL_ERROR_NONE;
    }
  if (watchdog_triggered (self))
    return LW_DYNAMIXEL_ERROR_RANGE; /* goals are read-only until the watchdog is cleared */
  return over ? LW_DYNAMIXEL_ERROR_LIMIT : LW_DYNAMIXEL_ERROR_NONE;
}

static uint8_t
check_write (const LwSimServo *self, uint16_t address, uint16_t size, const uint8_t *data)
{
  uint16_t at = 0;

  if (size == 0)
    return LW_DYNAMIXEL_ERROR_LENGTH;
  while (at < size)
    {
      const LwSimItem *item = lw_sim_item_at ((uint16_t) (address + at));
      int32_t value;
      uint8_t error;

      if (item == NULL || !item->writable)
        return LW_DYNAMIXEL_ERROR_ACCESS;
      if (item->address < LW_DXL_EEPROM_END && lw_sim_servo_powered (self))
        return LW_DYNAMIXEL_ERROR_ACCESS;
      if (size - at < item->size)
        return LW_DYNAMIXEL_ERROR_LENGTH;
      value = lw_sim_get (data, at, item->size);
      if (value < item->min || value > item->max)
        return LW_DYNAMIXEL_ERROR_RANGE;
      error = check_limits (self, item->address, value);
      if (error != LW_DYNAMIXEL_ERROR_NONE)
        return error;
      at = (uint16_t) (at + item->size);
    }
  return LW_DYNAMIXEL_ERROR_NONE;
}

static void
start_towards_goal (LwSimServo *self, int64_t t_ns)
{
  int32_t profile = GET (self, PROFILE_VELOCITY);
  int32_t limit = GET (self, VELOCITY_LIMIT);

  lw_sim_motor_goal (&self->base.motor, angle_of (self, GET (self, GOAL_POSITION)),
                     (profile > 0 && profile < limit ? profile : limit) * LW_DXL_RAD_S_PER_LSB, t_ns);
}

static void
apply_item (LwSimServo *self, const LwSimItem *item, const uint8_t *data, int64_t t_ns)
{
  bool was_powered = lw_sim_servo_powered (self);

  memcpy (self->table + item->address, data, item->size);
  switch (item->address)
    {
    case LW_DXL_TORQUE_ENABLE:
      if (!was_powered && lw_sim_servo_powered (self))
        {
          if (mode_of (self) == LW_DXL_MODE_POSITION)
            wrap_to_one_turn (self);
          lw_sim_motor_hold (&self->base.motor);
          self->base.motor.t_goal_ns = self->t_heard_ns = t_ns;
          start_towards_goal (self, t_ns); /* the goal register as it stands, stale or not */
        }
      break;
    case LW_DXL_OPERATING_MODE:
      PUT (self, POSITION_P_GAIN, P_GAIN_DEFAULT);
      PUT (self, PROFILE_VELOCITY, 0);
      PUT (self, PROFILE_ACCEL, 0);
      PUT (self, GOAL_PWM, GET (self, PWM_LIMIT));
      PUT (self, GOAL_CURRENT, GET (self, CURRENT_LIMIT));
      if (mode_of (self) == LW_DXL_MODE_POSITION)
        wrap_to_one_turn (self);
      break;
    case LW_DXL_GOAL_POSITION:
      if (was_powered && !self->base.motor.ignores_goals)
        start_towards_goal (self, t_ns);
      break;
    default:
      break;
    }
}

uint8_t
lw_sim_servo_write (LwSimServo *self, uint16_t address, uint16_t size, const uint8_t *data, int64_t t_ns)
{
  uint8_t error = check_write (self, address, size, data);
  uint16_t at = 0;

  while (error == LW_DYNAMIXEL_ERROR_NONE && at < size)
    {
      const LwSimItem *item = lw_sim_item_at ((uint16_t) (address + at));

      /* A servo that ignores goals accepts them like any other: only the register shows that nothing came of it. */
      if (item->address != LW_DXL_GOAL_POSITION || !self->base.motor.ignores_goals)
        apply_item (self, item, data + at, t_ns);
      at = (uint16_t) (at + item->size);
    }
  return error;
}

uint8_t
lw_sim_servo_register (LwSimServo *self, uint16_t address, uint16_t size, const uint8_t *data)
{
  uint8_t error = check_write (self, address, size, data);

  if (error != LW_DYNAMIXEL_ERROR_NONE)
    return error;
  self->registered = true;
  self->registered_address = address;
  self->registered_size = size;
  memcpy (self->registered_data, data, size);
  PUT (self, REGISTERED, 1);
  return LW_DYNAMIXEL_ERROR_NONE;
}

uint8_t
lw_sim_servo_action (LwSimServo *self, int64_t t_ns)
{
  if (!self->registered)
    return LW_DYNAMIXEL_ERROR_INSTRUCTION;
  self->registered = false;
  PUT (self, REGISTERED, 0);
  return lw_sim_servo_write (self, self->registered_address, self->registered_size, self->registered_data, t_ns);
}

void
lw_sim_servo_heard (LwSimServo *self, int64_t t_ns)
{
  self->t_heard_ns = t_ns;
}

void
lw_sim_servo_fail (LwSimServo *self, uint8_t bits)
{
  PUT (self, HARDWARE_ERROR, GET (self, HARDWARE_ERROR) | bits);
  if ((bits & GET (self, SHUTDOWN)) == 0)
    return;
  PUT (self, TORQUE_ENABLE, 0);
  self->shut_down = true;
}

static void
watch_bus (LwSimServo *self, int64_t t_ns)
{
  int64_t units = self->table[LW_DXL_BUS_WATCHDOG];

  if (units < 1 || units > 127 || !lw_sim_servo_powered (self))
    return;
  if (t_ns - self->t_heard_ns <= units * LW_DXL_WATCHDOG_MS * 1000000)
    return;
  self->table[LW_DXL_BUS_WATCHDOG] = 0xFF;
  lw_sim_motor_hold (&self->base.motor);
}

static double
torque_limit (const LwSimServo *self)
{
  double limit = self->base.motor.setup.tau_max * abs (GET (self, GOAL_PWM)) / LW_DXL_PWM_FULL;
  double current = (mode_of (self) == LW_DXL_MODE_CURRENT_POSITION ? abs (GET (self, GOAL_CURRENT)) : GET (self, CURRENT_LIMIT))
                   * LW_DXL_XM430_W350_NM_PER_LSB;

  return limit < current ? limit : current;
}

double
lw_sim_servo_step (LwSimServo *self, double angle, double velocity, double gravity, double dt, int64_t t_ns)
{
  LwSimDrive drive = { .control = LW_SIM_MOTOR_OFF, .limit = torque_limit (self) };

  watch_bus (self, t_ns);
  if (self->base.motor.heat > GET (self, TEMPERATURE_LIMIT))
    lw_sim_servo_fail (self, LW_DXL_HARDWARE_HEAT);
  if (lw_sim_servo_powered (self) && mode_of (self) == LW_DXL_MODE_CURRENT)
    {
      drive.control = LW_SIM_MOTOR_TORQUE;
      drive.goal = direction_of (self) * GET (self, GOAL_CURRENT) * LW_DXL_XM430_W350_NM_PER_LSB;
    }
  else if (lw_sim_servo_powered (self))
    {
      drive.control = LW_SIM_MOTOR_POSITION;
      drive.stiffness = GET (self, POSITION_P_GAIN) / (double) P_GAIN_DEFAULT;
    }
  return lw_sim_motor_step (&self->base.motor, &drive, angle, velocity, gravity, dt, t_ns);
}

/* --- as a device ------------------------------------------------------------------------------------------------------------ */

static LwSimServo *
servo_of (LwSimDevice *device)
{
  return (LwSimServo *) device;
}

static void
device_free (LwSimDevice *device)
{
  g_free (device);
}

static double
device_step (LwSimDevice *device, double angle, double velocity, double gravity, double dt, int64_t t_ns)
{
  return lw_sim_servo_step (servo_of (device), angle, velocity, gravity, dt, t_ns);
}

static bool
device_powered (const LwSimDevice *device)
{
  return lw_sim_servo_powered ((const LwSimServo *) device);
}

static uint8_t
device_id (const LwSimDevice *device)
{
  return lw_sim_servo_id ((const LwSimServo *) device);
}

static unsigned
device_baud (const LwSimDevice *device)
{
  return ((const LwSimServo *) device)->baud;
}

static int64_t
device_return_delay (const LwSimDevice *device)
{
  return ((const LwSimServo *) device)->table[LW_DXL_RETURN_DELAY] * 2000;
}

static void
device_heard (LwSimDevice *device, int64_t t_ns)
{
  lw_sim_servo_heard (servo_of (device), t_ns);
}

static void
device_fail (LwSimDevice *device, uint8_t bits)
{
  lw_sim_servo_fail (servo_of (device), bits);
}

static void
device_skip (LwSimDevice *device, int64_t skipped_ns)
{
  servo_of (device)->t_heard_ns += skipped_ns;
}

static const LwSimDeviceClass servo_class = {
  .name = "Dynamixel X",
  .overload = LW_DXL_HARDWARE_OVERLOAD,
  .encoder = LW_DXL_HARDWARE_ENCODER,
  .shock = LW_DXL_HARDWARE_SHOCK,
  .free = device_free,
  .step = device_step,
  .powered = device_powered,
  .id = device_id,
  .baud = device_baud,
  .return_delay = device_return_delay,
  .heard = device_heard,
  .fail = device_fail,
  .skip = device_skip,
};
