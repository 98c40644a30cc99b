/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-sim-servo.h"

#include <stdlib.h>
#include <string.h>

#include "lw-dynamixel-codec.h"
#include "lw-sim-registers.h"

#define GET(self, name)        lw_sim_get ((self)->table, LW_DXL_##name, LW_DXL_##name##_SIZE)
#define PUT(self, name, value) lw_sim_put ((self)->table, LW_DXL_##name, LW_DXL_##name##_SIZE, (int32_t) (value))

#define P_GAIN_DEFAULT      800
#define MAX_ONE_TURN_OFFSET 1024  /* of the homing offset, in position mode */
#define MIN_GOAL_INTERVAL   0.002 /* s: goals closer than this are one */
#define MAX_GOAL_INTERVAL   0.040 /* s: slower than this is no stream of goals */
#define FEEDFORWARD_TIME    0.006 /* s */
#define MAX_COAST_LEAD      0.2   /* rad: an arm that coasts against its stop does not wind up */
#define AMBIENT             25.0  /* degrees C */
#define IDLE_HEAT           6.0   /* degrees C above ambient, electronics alone */
#define FULL_LOAD_HEAT      60.0  /* degrees C more at full torque */
#define HEAT_TIME           400.0 /* s */
#define SUPPLY              12.1  /* V */
#define SAG                 0.5   /* V at full torque */

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
  int32_t ticks = ticks_of (self, self->angle);
  int32_t turn = ticks >= 0 ? ticks / LW_DXL_TICKS : -((LW_DXL_TICKS - 1 - ticks) / LW_DXL_TICKS);

  self->turns += turn * LW_DXL_TICKS;
}

static void
hold_here (LwSimServo *self)
{
  self->reference = self->angle;
  self->reference_rate = 0;
  self->reference_left = 0;
  self->feedforward = 0;
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
  PUT (self, GOAL_POSITION, ticks_of (self, self->angle));
  self->registered = false;
  self->shut_down = false;
  hold_here (self);
}

void
lw_sim_servo_init (LwSimServo *self, const LwSimServoSetup *setup, double angle, int64_t t_ns)
{
  memset (self, 0, sizeof *self);
  self->setup = *setup;
  self->angle = angle;
  self->t_ns = self->t_goal_ns = self->t_heard_ns = t_ns;
  self->heat = AMBIENT + IDLE_HEAT;
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
  PUT (self, CURRENT_LIMIT, clamp (ceil (setup->tau_max / LW_DXL_XM430_W350_NM_PER_LSB), 0, 32767));
  PUT (self, VELOCITY_LIMIT, clamp (ceil (1.1 * setup->v_max / LW_DXL_RAD_S_PER_LSB), 0, 1023));
  PUT (self, MAX_POSITION, LW_DXL_TICKS - 1);
  PUT (self, MIN_POSITION, 0);
  PUT (self, SHUTDOWN, 0x34);
  reset_ram (self);
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
  double load = self->torque / LW_DXL_XM430_W350_NM_PER_LSB * direction_of (self);
  double effort = fabs (self->torque) / self->setup.tau_max;
  int32_t ticks = ticks_of (self, self->angle);
  int32_t velocity = (int32_t) lrint (direction_of (self) * self->velocity / LW_DXL_RAD_S_PER_LSB);
  bool moving = abs (velocity) > GET (self, MOVING_THRESHOLD);
  bool arrived = lw_sim_servo_powered (self) && self->reference_left <= 0;

  PUT (self, REALTIME_TICK, self->t_ns / 1000000 % 32768);
  PUT (self, MOVING, moving);
  PUT (self, MOVING_STATUS, (arrived ? 1 : 0) | (self->reference_left > 0 ? 2 : 0));
  PUT (self, PRESENT_PWM, lrint (self->torque / self->setup.tau_max * LW_DXL_PWM_FULL * direction_of (self)));
  PUT (self, PRESENT_CURRENT, lrint (clamp (load, -32767, 32767)));
  PUT (self, PRESENT_VELOCITY, velocity);
  PUT (self, PRESENT_POSITION, ticks);
  PUT (self, VELOCITY_TRAJ, lrint (direction_of (self) * self->reference_rate / LW_DXL_RAD_S_PER_LSB));
  PUT (self, POSITION_TRAJ, ticks_of (self, self->reference));
  PUT (self, PRESENT_VOLTAGE, lrint ((SUPPLY - SAG * effort) * 10));
  PUT (self, PRESENT_TEMPERATURE, lrint (self->heat));
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

/* The reference runs to the new goal in the time the last one had, but no faster than the velocity limit. */
static void
start_towards_goal (LwSimServo *self, int64_t t_ns)
{
  double interval = clamp ((t_ns - self->t_goal_ns) * 1e-9, MIN_GOAL_INTERVAL, MAX_GOAL_INTERVAL);
  double way = angle_of (self, GET (self, GOAL_POSITION)) - self->reference;
  int32_t profile = GET (self, PROFILE_VELOCITY);
  int32_t limit = GET (self, VELOCITY_LIMIT);
  double v_max = (profile > 0 && profile < limit ? profile : limit) * LW_DXL_RAD_S_PER_LSB;

  self->t_goal_ns = t_ns;
  if (v_max > 0 && fabs (way) > v_max * interval)
    interval = fabs (way) / v_max;
  self->reference_rate = way / interval;
  self->reference_left = interval;
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
          hold_here (self);
          self->t_goal_ns = self->t_heard_ns = t_ns;
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
      if (was_powered && !self->ignores_goals)
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
      if (item->address != LW_DXL_GOAL_POSITION || !self->ignores_goals)
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
  hold_here (self);
}

static void
run_reference (LwSimServo *self, double dt)
{
  double rate = self->reference_rate;

  if (self->ignores_goals)
    {
      if (fabs (self->reference - self->angle) < MAX_COAST_LEAD)
        self->reference += self->feedforward * dt;
      return;
    }
  if (self->reference_left <= 0)
    rate = self->reference_rate = 0;
  else if (self->reference_left < dt)
    rate *= self->reference_left / dt; /* the last step ends on the goal */
  self->reference_left -= dt;
  self->reference += rate * dt;
  self->feedforward += (rate - self->feedforward) * clamp (dt / FEEDFORWARD_TIME, 0, 1);
}

static double
wanted_torque (const LwSimServo *self, double gravity)
{
  double stiffness = self->setup.stiffness * GET (self, POSITION_P_GAIN) / P_GAIN_DEFAULT;

  if (mode_of (self) == LW_DXL_MODE_CURRENT)
    return direction_of (self) * GET (self, GOAL_CURRENT) * LW_DXL_XM430_W350_NM_PER_LSB;
  return gravity + self->setup.loss * self->feedforward + stiffness * (self->reference - self->angle)
         + self->setup.damping * (self->feedforward - self->velocity);
}

static double
torque_limit (const LwSimServo *self)
{
  double limit = self->setup.tau_max * abs (GET (self, GOAL_PWM)) / LW_DXL_PWM_FULL;
  double current = (mode_of (self) == LW_DXL_MODE_CURRENT_POSITION ? abs (GET (self, GOAL_CURRENT)) : GET (self, CURRENT_LIMIT))
                   * LW_DXL_XM430_W350_NM_PER_LSB;

  return limit < current ? limit : current;
}

static void
warm_up (LwSimServo *self, double dt)
{
  double effort = self->torque / self->setup.tau_max;

  self->heat += (AMBIENT + IDLE_HEAT + FULL_LOAD_HEAT * effort * effort - self->heat) * dt / HEAT_TIME;
  if (self->heat > GET (self, TEMPERATURE_LIMIT))
    lw_sim_servo_fail (self, LW_DXL_HARDWARE_HEAT);
}

double
lw_sim_servo_step (LwSimServo *self, double angle, double velocity, double gravity, double dt, int64_t t_ns)
{
  double limit;

  self->angle = angle;
  self->velocity = velocity;
  self->t_ns = t_ns;
  watch_bus (self, t_ns);
  warm_up (self, dt);
  if (!lw_sim_servo_powered (self))
    {
      self->torque = 0;
      hold_here (self);
      return 0;
    }
  run_reference (self, dt);
  limit = torque_limit (self);
  self->torque = clamp (wanted_torque (self, gravity), -limit, limit);
  return self->torque;
}
