/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lw-sim-feetech-private.h"

#define SHORTEST_START 0.8 /* s */
#define LONGEST_START  1.8 /* s */

enum { START_STREAM = 2 }; /* of the simulator's random numbers; the line has 0 and 1 */

/* The nearest there is. */
static uint8_t
code_of (unsigned baud)
{
  uint8_t best = 0;

  for (uint8_t i = 1; i < LW_FEETECH_N_BAUDS; i++)
    if (fabs (log ((double) lw_feetech_bauds[i] / baud)) < fabs (log ((double) lw_feetech_bauds[best] / baud)))
      best = i;
  return best;
}

static void
hold_position (LwSimFeetechServo *self)
{
  self->goal = lw_sim_feetech_position (self);
  PUT_WORD (self, GOAL_POSITION, lw_feetech_sign_magnitude (self->goal, LW_FEETECH_POSITION_SIGN));
  lw_sim_motor_hold (&self->base.motor);
}

static void
switch_on (LwSimFeetechServo *self)
{
  memcpy (self->table, self->stored, sizeof self->table);
  PUT_WORD (self, TORQUE_LIMIT, WORD (self, MAX_TORQUE));
  self->first_lap = 0;
  self->first_lap = lw_sim_feetech_turn (lw_sim_feetech_unwrapped (self)) * LW_FEETECH_TICKS;
  self->lap = 0;
  hold_position (self);
  self->injected = self->latched = 0;
  self->t_overload_ns = self->t_overcurrent_ns = 0;
  self->registered = false;
}

/* Registers that follow the shaft, brought up to date before a read. */
static void
refresh (LwSimFeetechServo *self)
{
  const LwSimMotor *motor = &self->base.motor;
  double effort = lw_sim_feetech_direction (self) * lw_sim_motor_effort (motor);
  int32_t speed = (int32_t) lrint (lw_sim_feetech_direction (self) * motor->velocity / lw_sim_feetech_speed_unit (self));

  PUT_WORD (self, PRESENT_POSITION, lw_feetech_sign_magnitude (lw_sim_feetech_position (self), LW_FEETECH_POSITION_SIGN));
  PUT_WORD (self, PRESENT_SPEED, lw_feetech_sign_magnitude (speed, LW_FEETECH_SPEED_SIGN));
  PUT_WORD (self, PRESENT_LOAD, lw_feetech_sign_magnitude ((int32_t) lrint (effort / LW_FEETECH_LOAD_UNIT), LW_FEETECH_LOAD_SIGN));
  PUT_WORD (self, PRESENT_CURRENT, lw_feetech_sign_magnitude ((int32_t) lrint (effort * LW_SIM_FEETECH_STALL_CURRENT / LW_FEETECH_CURRENT_UNIT), LW_FEETECH_CURRENT_SIGN));
  PUT_WORD (self, GOAL_READBACK, lw_feetech_sign_magnitude (self->goal, LW_FEETECH_POSITION_SIGN));
  BYTE (self, PRESENT_VOLTAGE) = (uint8_t) lrint (lw_sim_motor_voltage (motor, LW_SIM_FEETECH_SUPPLY) / LW_FEETECH_VOLT_UNIT);
  BYTE (self, PRESENT_TEMPERATURE) = (uint8_t) lrint (fmax (0, fmin (255, motor->heat)));
  BYTE (self, ASYNC_FLAG) = self->registered;
  BYTE (self, STATUS) = lw_sim_feetech_servo_status (self);
  BYTE (self, MOVING) = abs (speed) > BYTE (self, MOVING_THRESHOLD);
}

size_t
lw_sim_feetech_servo_read (LwSimFeetechServo *self, uint8_t address, size_t n, uint8_t *out)
{
  size_t left = sizeof self->table - address;

  refresh (self);
  n = n < left ? n : left;
  memcpy (out, self->table + address, n);
  return n;
}

static void
set_torque (LwSimFeetechServo *self, uint8_t wanted, int64_t t_ns)
{
  uint8_t before = BYTE (self, TORQUE_ENABLE);

  if (wanted == LW_FEETECH_TORQUE_CENTRE)
    {
      lw_sim_feetech_servo_calibrate (self, LW_FEETECH_CENTRE);
      return;
    }
  if (wanted > LW_FEETECH_TORQUE_DAMP)
    return;
  BYTE (self, TORQUE_ENABLE) = wanted;
  self->latched = 0;
  self->t_overload_ns = self->t_overcurrent_ns = 0;
  if (wanted != LW_FEETECH_TORQUE_ON || before == LW_FEETECH_TORQUE_ON)
    return;
  lw_sim_motor_hold (&self->base.motor);
  self->base.motor.t_goal_ns = t_ns;
  lw_sim_feetech_head_for_goal (self, t_ns); /* the goal as it stands, stale or not */
}

static void
store_register (LwSimFeetechServo *self, const LwSimFeetechRegister *reg, uint16_t word)
{
  for (size_t i = 0; i < reg->size; i++)
    {
      self->table[reg->address + i] = (uint8_t) (word >> (8 * i));
      if (lw_sim_feetech_is_stored (reg->address) && BYTE (self, LOCK) == 0)
        self->stored[reg->address + i] = (uint8_t) (word >> (8 * i));
    }
}

/* @n bytes at @address, of which some or all belong to @reg. Returns whether the register took them. */
static bool
write_register (LwSimFeetechServo *self, const LwSimFeetechRegister *reg, uint8_t address, size_t n, const uint8_t *data, int64_t t_ns)
{
  uint16_t word = 0;

  for (size_t i = 0; i < reg->size; i++)
    {
      size_t at = reg->address + i;
      uint8_t byte = at >= address && at < address + n ? data[at - address] : self->table[at];

      word = (uint16_t) (word | byte << (8 * i));
    }
  if (!lw_sim_feetech_accepts (reg, word) || (reg->address == LW_FEETECH_GOAL_POSITION && self->base.motor.ignores_goals))
    return false;
  if (reg->address == LW_FEETECH_TORQUE_ENABLE)
    set_torque (self, (uint8_t) word, t_ns);
  else
    store_register (self, reg, word);
  return true;
}

void
lw_sim_feetech_servo_write (LwSimFeetechServo *self, uint8_t address, size_t n, const uint8_t *data, int64_t t_ns)
{
  size_t end = address + n < sizeof self->table ? address + n : sizeof self->table;
  bool has_goal = false;

  for (size_t at = address; at < end;)
    {
      const LwSimFeetechRegister *reg = lw_sim_feetech_register ((uint8_t) at);

      if (reg != NULL && write_register (self, reg, address, n, data, t_ns) && reg->address == LW_FEETECH_GOAL_POSITION)
        has_goal = true;
      at = reg != NULL ? (size_t) reg->address + reg->size : at + 1;
    }
  if (has_goal) /* with the time and speed behind it */
    lw_sim_feetech_take_goal (self, t_ns);
}

void
lw_sim_feetech_servo_register (LwSimFeetechServo *self, uint8_t address, size_t n, const uint8_t *data)
{
  self->registered = true;
  self->registered_address = address;
  self->n_registered = (uint8_t) (n < sizeof self->registered_data ? n : sizeof self->registered_data - 1);
  memcpy (self->registered_data, data, self->n_registered);
}

void
lw_sim_feetech_servo_action (LwSimFeetechServo *self, int64_t t_ns)
{
  if (!self->registered)
    return;
  self->registered = false;
  lw_sim_feetech_servo_write (self, self->registered_address, self->n_registered, self->registered_data, t_ns);
}

void
lw_sim_feetech_servo_recover (LwSimFeetechServo *self)
{
  uint8_t id = BYTE (self, ID);

  for (size_t i = 0; i < sizeof self->table; i++)
    if (lw_sim_feetech_is_stored ((uint8_t) i))
      self->table[i] = self->stored[i] = self->backup[i];
  BYTE (self, ID) = self->stored[LW_FEETECH_ID] = id;
  self->lap = lw_sim_feetech_turn (lw_sim_feetech_unwrapped (self));
}

void
lw_sim_feetech_servo_back_up (LwSimFeetechServo *self)
{
  memcpy (self->backup, self->stored, sizeof self->backup);
}

void
lw_sim_feetech_servo_restart (LwSimFeetechServo *self, int64_t t_ns)
{
  switch_on (self);
  self->t_back_ns = t_ns + (int64_t) ((SHORTEST_START + (LONGEST_START - SHORTEST_START) * lw_rng_uniform (&self->rng)) * 1e9);
}

void
lw_sim_feetech_servo_forget_turns (LwSimFeetechServo *self)
{
  self->first_lap += lw_sim_feetech_turn (lw_sim_feetech_unwrapped (self)) * LW_FEETECH_TICKS;
  self->lap = 0;
}

void
lw_sim_feetech_servo_calibrate (LwSimFeetechServo *self, int32_t target)
{
  int32_t encoder = lw_sim_feetech_encoder (self) - lw_sim_feetech_turn (lw_sim_feetech_encoder (self)) * LW_FEETECH_TICKS;
  int32_t offset = encoder - target;
  uint16_t word;

  if (abs (offset) > LW_FEETECH_TICKS / 2)
    offset += offset > 0 ? -LW_FEETECH_TICKS : LW_FEETECH_TICKS;
  word = lw_feetech_sign_magnitude (offset, LW_FEETECH_OFFSET_SIGN);
  PUT_WORD (self, OFFSET, word);
  lw_feetech_put_u16 (self->stored + LW_FEETECH_OFFSET, word);
  lw_sim_feetech_servo_forget_turns (self);
  hold_position (self);
}

void
lw_sim_feetech_servo_init (LwSimFeetechServo *self, const LwSimDeviceSetup *setup, double angle, int64_t t_ns)
{
  memset (self, 0, sizeof *self);
  self->base.klass = &lw_sim_feetech_servo_class;
  lw_sim_motor_init (&self->base.motor, &setup->motor, angle, t_ns);
  lw_rng_init (&self->rng, setup->seed, LW_RNG_SIMULATOR, START_STREAM, setup->id);
  lw_sim_feetech_fill (self->stored);
  if (setup->model != 0)
    lw_feetech_put_u16 (self->stored + LW_FEETECH_MODEL, setup->model);
  if (setup->firmware != 0)
    self->stored[LW_FEETECH_FIRMWARE_MINOR] = setup->firmware;
  self->stored[LW_FEETECH_ID] = setup->id;
  self->stored[LW_FEETECH_BAUD] = code_of (setup->baud);
  self->stored[LW_FEETECH_RETURN_DELAY] = (uint8_t) fmax (0, fmin (254, round (setup->return_delay * 1e6 / LW_FEETECH_DELAY_UNIT_US)));
  memcpy (self->backup, self->stored, sizeof self->backup);
  switch_on (self);
  self->t_back_ns = t_ns;
}

LwSimDevice *
lw_sim_feetech_servo_new (const LwSimDeviceSetup *setup, double angle, int64_t t_ns)
{
  const LwFeetechModel *model = lw_feetech_model (setup->model != 0 ? setup->model : LW_FEETECH_MODEL_STS3215);
  LwSimFeetechServo *self;

  if (model == NULL || model->stall_torque <= 0)
    return NULL;
  self = g_new (LwSimFeetechServo, 1);
  lw_sim_feetech_servo_init (self, setup, angle, t_ns);
  return &self->base;
}
