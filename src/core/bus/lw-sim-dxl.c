/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-sim-dxl.h"

#include <stdlib.h>
#include <string.h>

#include "lw-dynamixel-codec.h"
#include "lw-sim-dxl-private.h"

uint8_t
lw_sim_dxl_id (const LwSimDxl *self)
{
  return self->table[LW_DXL_ID];
}

bool
lw_sim_dxl_obeys (const LwSimDxl *self, uint8_t id)
{
  return id <= LW_DYNAMIXEL_MAX_ID && (self->table[LW_DXL_ID] == id || self->table[LW_DXL_SECONDARY_ID] == id);
}

bool
lw_sim_dxl_powered (const LwSimDxl *self)
{
  return self->table[LW_DXL_TORQUE_ENABLE] != 0;
}

uint8_t
lw_sim_dxl_alert (const LwSimDxl *self)
{
  return self->table[LW_DXL_HARDWARE_ERROR] != 0 ? LW_DYNAMIXEL_ALERT : 0;
}

bool
lw_sim_dxl_is_fast (const LwSimDxl *self)
{
  return GET (self, FIRMWARE) >= self->traits->fast_firmware;
}

void
lw_sim_dxl_heard (LwSimDxl *self, int64_t t_ns)
{
  self->t_heard_ns = t_ns;
}

/* Where a byte of the table really is: an indirect one is somewhere else. */
static uint16_t
resolve (const LwSimDxl *self, uint16_t address)
{
  size_t n;
  const LwSimDxlIndirect *runs = lw_sim_dxl_indirect (self->model, GET (self, FIRMWARE), &n);

  for (size_t i = 0; i < n; i++)
    if (address >= runs[i].data && address < runs[i].data + runs[i].n)
      return lw_dynamixel_get_u16 (self->table + runs[i].address + 2 * (address - runs[i].data));
  return address;
}

uint8_t
lw_sim_dxl_read (LwSimDxl *self, uint16_t address, uint16_t size, uint8_t *out)
{
  if (size == 0 || address + size > self->size)
    {
      memset (out, 0, size);
      return LW_DYNAMIXEL_ERROR_ACCESS;
    }
  lw_sim_dxl_refresh (self);
  for (uint16_t i = 0; i < size; i++)
    out[i] = self->table[resolve (self, (uint16_t) (address + i))];
  return LW_DYNAMIXEL_ERROR_NONE;
}

/* --- what is allowed ---------------------------------------------------------------------------------------------------------- */

static bool
has_mode (const LwSimDxl *self, int32_t mode)
{
  switch (mode)
    {
    case LW_DXL_MODE_VELOCITY:
    case LW_DXL_MODE_POSITION:
    case LW_DXL_MODE_EXTENDED:
    case LW_DXL_MODE_PWM:
      return true;
    case LW_DXL_MODE_CURRENT:
    case LW_DXL_MODE_CURRENT_POSITION:
      return self->model->current_limit != 0;
    default:
      return false;
    }
}

static bool
is_goal (uint16_t address)
{
  return address == LW_DXL_GOAL_PWM || address == LW_DXL_GOAL_CURRENT || address == LW_DXL_GOAL_VELOCITY || address == LW_DXL_GOAL_POSITION;
}

/* What the limit registers allow beyond an item's fixed range. */
static bool
is_beyond_limit (const LwSimDxl *self, uint16_t address, int32_t value)
{
  switch (address)
    {
    case LW_DXL_GOAL_PWM:
      return abs (value) > GET (self, PWM_LIMIT);
    case LW_DXL_GOAL_CURRENT:
      return abs (value) > GET (self, CURRENT_LIMIT);
    case LW_DXL_GOAL_VELOCITY:
      return abs (value) > GET (self, VELOCITY_LIMIT);
    case LW_DXL_GOAL_POSITION:
      return lw_sim_dxl_mode (self) == LW_DXL_MODE_POSITION && (value < GET (self, MIN_POSITION) || value > GET (self, MAX_POSITION));
    default:
      return false;
    }
}

static uint8_t
check_value (const LwSimDxl *self, const LwSimDxlItem *item, int32_t value)
{
  if (value < item->min || value > item->max)
    return LW_DYNAMIXEL_ERROR_RANGE;
  if (item->address == LW_DXL_OPERATING_MODE && !has_mode (self, value))
    return LW_DYNAMIXEL_ERROR_RANGE;
  if (item->address == LW_DXL_SECONDARY_ID && value > LW_DYNAMIXEL_MAX_ID && value != 255)
    return LW_DYNAMIXEL_ERROR_RANGE;
  if (item->address == LW_DXL_TORQUE_ENABLE && value != 0 && self->shut_down)
    return LW_DYNAMIXEL_ERROR_RESULT;
  if (is_goal (item->address) && lw_sim_dxl_watchdog_triggered (self))
    return LW_DYNAMIXEL_ERROR_RANGE; /* goals are read-only until the watchdog is cleared */
  return is_beyond_limit (self, item->address, value) ? LW_DYNAMIXEL_ERROR_LIMIT : LW_DYNAMIXEL_ERROR_NONE;
}

/* With torque on neither EEPROM nor the meaning of indirect bytes changes. */
static bool
is_locked (const LwSimDxl *self, uint16_t address)
{
  size_t n;
  const LwSimDxlIndirect *runs = lw_sim_dxl_indirect (self->model, GET (self, FIRMWARE), &n);

  if (!lw_sim_dxl_powered (self))
    return false;
  for (size_t i = 0; i < n; i++)
    if (address >= runs[i].address && address < runs[i].address + 2 * runs[i].n)
      return true;
  return address < LW_DXL_EEPROM_END;
}

static uint8_t
check_run (const LwSimDxl *self, uint16_t address, uint16_t size, const uint8_t *data)
{
  uint16_t at = 0;

  while (at < size)
    {
      LwSimDxlItem item;
      uint8_t error;

      if (!lw_sim_dxl_item (self, (uint16_t) (address + at), &item) || !item.writable || is_locked (self, item.address))
        return LW_DYNAMIXEL_ERROR_ACCESS;
      if (size - at < item.size)
        return LW_DYNAMIXEL_ERROR_LENGTH;
      error = check_value (self, &item, lw_sim_dxl_get (data, at, item.size));
      if (error != LW_DYNAMIXEL_ERROR_NONE)
        return error;
      at = (uint16_t) (at + item.size);
    }
  return LW_DYNAMIXEL_ERROR_NONE;
}

/* --- what is done ------------------------------------------------------------------------------------------------------------- */

static void
power_up (LwSimDxl *self, int64_t t_ns)
{
  if (lw_sim_dxl_mode (self) == LW_DXL_MODE_POSITION)
    lw_sim_dxl_wrap (self);
  lw_sim_motor_hold (&self->base.motor);
  self->base.motor.t_goal_ns = self->t_heard_ns = t_ns;
  self->overloaded = 0;
  lw_sim_dxl_go (self, t_ns); /* the goal register as it stands, stale or not */
}

/* A goal can be what switches the torque on. */
static void
follow_goal (LwSimDxl *self, uint16_t address, int64_t t_ns)
{
  if (!lw_sim_dxl_powered (self) && (GET (self, DRIVE_MODE) & LW_SIM_DXL_GOAL_POWERS) != 0 && !self->shut_down)
    {
      PUT (self, TORQUE_ENABLE, 1);
      power_up (self, t_ns);
    }
  else if (lw_sim_dxl_powered (self) && address == LW_DXL_GOAL_POSITION)
    {
      lw_sim_dxl_go (self, t_ns);
    }
}

static void
apply_item (LwSimDxl *self, const LwSimDxlItem *item, const uint8_t *data, int64_t t_ns)
{
  bool was_powered = lw_sim_dxl_powered (self);

  /* A servo that ignores goals accepts them like any other: only the register shows that nothing came of it. */
  if (item->address == LW_DXL_GOAL_POSITION && self->base.motor.ignores_goals)
    return;
  memcpy (self->table + item->address, data, item->size);
  if (is_goal (item->address))
    follow_goal (self, item->address, t_ns);
  switch (item->address)
    {
    case LW_DXL_TORQUE_ENABLE:
      if (!was_powered && lw_sim_dxl_powered (self))
        power_up (self, t_ns);
      break;
    case LW_DXL_BAUD_RATE:
      self->baud = lw_dynamixel_bauds[self->table[LW_DXL_BAUD_RATE]];
      break;
    case LW_DXL_OPERATING_MODE:
      lw_sim_dxl_reset_gains (self);
      if (lw_sim_dxl_mode (self) == LW_DXL_MODE_POSITION)
        lw_sim_dxl_wrap (self);
      break;
    default:
      break;
    }
}

static void
apply_run (LwSimDxl *self, uint16_t address, uint16_t size, const uint8_t *data, int64_t t_ns)
{
  uint16_t at = 0;
  LwSimDxlItem item;

  while (at < size && lw_sim_dxl_item (self, (uint16_t) (address + at), &item))
    {
      apply_item (self, &item, data + at, t_ns);
      at = (uint16_t) (at + item.size);
    }
}

/* How many of the bytes from @address on lie side by side where they really are. */
static uint16_t
run_length (const LwSimDxl *self, uint16_t address, uint16_t size)
{
  uint16_t first = resolve (self, address), n = 1;

  while (n < size && resolve (self, (uint16_t) (address + n)) == first + n)
    n++;
  return n;
}

static uint8_t
check_write (const LwSimDxl *self, uint16_t address, uint16_t size, const uint8_t *data)
{
  if (size == 0)
    return LW_DYNAMIXEL_ERROR_LENGTH;
  if (address + size > self->size)
    return LW_DYNAMIXEL_ERROR_ACCESS;
  for (uint16_t at = 0, n; at < size; at = (uint16_t) (at + n))
    {
      uint8_t error;

      n = run_length (self, (uint16_t) (address + at), (uint16_t) (size - at));
      error = check_run (self, resolve (self, (uint16_t) (address + at)), n, data + at);
      if (error != LW_DYNAMIXEL_ERROR_NONE)
        return error;
    }
  return LW_DYNAMIXEL_ERROR_NONE;
}

uint8_t
lw_sim_dxl_write (LwSimDxl *self, uint16_t address, uint16_t size, const uint8_t *data, int64_t t_ns)
{
  uint8_t error = check_write (self, address, size, data);

  if (error != LW_DYNAMIXEL_ERROR_NONE)
    return error;
  for (uint16_t at = 0, n; at < size; at = (uint16_t) (at + n))
    {
      n = run_length (self, (uint16_t) (address + at), (uint16_t) (size - at));
      apply_run (self, resolve (self, (uint16_t) (address + at)), n, data + at, t_ns);
    }
  return LW_DYNAMIXEL_ERROR_NONE;
}

uint8_t
lw_sim_dxl_register (LwSimDxl *self, uint16_t address, uint16_t size, const uint8_t *data)
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
lw_sim_dxl_action (LwSimDxl *self, int64_t t_ns)
{
  if (!self->registered)
    return LW_DYNAMIXEL_ERROR_INSTRUCTION;
  self->registered = false;
  PUT (self, REGISTERED, 0);
  return lw_sim_dxl_write (self, self->registered_address, self->registered_size, self->registered_data, t_ns);
}
