/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-dynamixel-codec.h"
#include "lw-sim-dxl-private.h"

#define READ_ONLY(name)          { LW_DXL_##name, LW_DXL_##name##_SIZE, false, 0, 0 }
#define WRITABLE(name, min, max) { LW_DXL_##name, LW_DXL_##name##_SIZE, true, min, max }

enum { INDIRECT_LOWEST = 64 };

/* Ranges all models share; the others are put in by lw_sim_dxl_item(). */
static const LwSimDxlItem items[] = {
  READ_ONLY (MODEL_NUMBER),
  READ_ONLY (MODEL_INFORMATION),
  READ_ONLY (FIRMWARE),
  WRITABLE (ID, 0, LW_DYNAMIXEL_MAX_ID),
  WRITABLE (BAUD_RATE, 0, 0),
  WRITABLE (RETURN_DELAY, 0, 254),
  WRITABLE (DRIVE_MODE, 0, 0),
  WRITABLE (OPERATING_MODE, 0, 16),
  WRITABLE (SECONDARY_ID, 0, 255),
  WRITABLE (PROTOCOL, 2, 2),
  WRITABLE (HOMING_OFFSET, -LW_DXL_MAX_OFFSET, LW_DXL_MAX_OFFSET),
  WRITABLE (MOVING_THRESHOLD, 0, 1023),
  WRITABLE (TEMPERATURE_LIMIT, 0, 100),
  WRITABLE (MAX_VOLTAGE, 0, 0),
  WRITABLE (MIN_VOLTAGE, 0, 0),
  WRITABLE (PWM_LIMIT, 0, LW_DXL_PWM_FULL),
  WRITABLE (CURRENT_LIMIT, 0, 0),
  WRITABLE (VELOCITY_LIMIT, 0, 0),
  WRITABLE (MAX_POSITION, 0, LW_DXL_TICKS - 1),
  WRITABLE (MIN_POSITION, 0, LW_DXL_TICKS - 1),
  WRITABLE (STARTUP, 0, 3),
  WRITABLE (PWM_SLOPE, 1, 255),
  WRITABLE (SHUTDOWN, 0, 255),
  WRITABLE (TORQUE_ENABLE, 0, 1),
  WRITABLE (LED, 0, 1),
  WRITABLE (STATUS_RETURN, 0, 2),
  READ_ONLY (REGISTERED),
  READ_ONLY (HARDWARE_ERROR),
  WRITABLE (VELOCITY_I_GAIN, 0, 16383),
  WRITABLE (VELOCITY_P_GAIN, 0, 16383),
  WRITABLE (POSITION_D_GAIN, 0, 16383),
  WRITABLE (POSITION_I_GAIN, 0, 16383),
  WRITABLE (POSITION_P_GAIN, 0, 16383),
  WRITABLE (FEEDFORWARD_2, 0, 16383),
  WRITABLE (FEEDFORWARD_1, 0, 16383),
  WRITABLE (BUS_WATCHDOG, 0, 127),
  WRITABLE (GOAL_PWM, -LW_DXL_PWM_FULL, LW_DXL_PWM_FULL),
  WRITABLE (GOAL_CURRENT, 0, 0),
  WRITABLE (GOAL_VELOCITY, 0, 0),
  WRITABLE (PROFILE_ACCEL, 0, 32767),
  WRITABLE (PROFILE_VELOCITY, 0, 32767),
  WRITABLE (GOAL_POSITION, -LW_DXL_MAX_EXTENDED, LW_DXL_MAX_EXTENDED),
  READ_ONLY (REALTIME_TICK),
  READ_ONLY (MOVING),
  READ_ONLY (MOVING_STATUS),
  READ_ONLY (PRESENT_PWM),
  READ_ONLY (PRESENT_CURRENT),
  READ_ONLY (PRESENT_VELOCITY),
  READ_ONLY (PRESENT_POSITION),
  READ_ONLY (VELOCITY_TRAJ),
  READ_ONLY (POSITION_TRAJ),
  READ_ONLY (PRESENT_VOLTAGE),
  READ_ONLY (PRESENT_TEMPERATURE),
  READ_ONLY (BACKUP_READY),
};

static bool
indirect_item (const LwSimDxl *self, uint16_t address, LwSimDxlItem *out)
{
  size_t n;
  const LwSimDxlIndirect *runs = lw_sim_dxl_indirect (self->model, GET (self, FIRMWARE), &n);

  for (size_t i = 0; i < n; i++)
    {
      if (address >= runs[i].address && address < runs[i].address + 2 * runs[i].n && (address - runs[i].address) % 2 == 0)
        {
          *out = (LwSimDxlItem){ address, 2, true, INDIRECT_LOWEST, self->size - 1 };
          return true;
        }
      if (address >= runs[i].data && address < runs[i].data + runs[i].n)
        {
          *out = (LwSimDxlItem){ address, 1, true, 0, 255 };
          return true;
        }
    }
  return false;
}

/* What of @item is this servo's own. Returns false when it has no such item. */
static bool
fit_to_model (const LwSimDxl *self, LwSimDxlItem *item)
{
  const LwSimDxlModel *model = self->model;
  bool is_new = GET (self, FIRMWARE) >= self->traits->fast_firmware;

  switch (item->address)
    {
    case LW_DXL_BAUD_RATE:
      item->max = model->max_baud;
      return true;
    case LW_DXL_DRIVE_MODE:
      item->max = is_new ? 13 : 5;
      return true;
    case LW_DXL_MAX_VOLTAGE:
    case LW_DXL_MIN_VOLTAGE:
      item->min = model->lowest_voltage;
      item->max = model->highest_voltage;
      return true;
    case LW_DXL_CURRENT_LIMIT:
      item->max = self->max_current;
      return model->current_limit != 0;
    case LW_DXL_GOAL_CURRENT:
      item->min = -self->max_current;
      item->max = self->max_current;
      return model->current_limit != 0;
    case LW_DXL_VELOCITY_LIMIT:
      item->max = model->highest_velocity;
      return true;
    case LW_DXL_GOAL_VELOCITY:
      item->min = -model->highest_velocity;
      item->max = model->highest_velocity;
      return true;
    case LW_DXL_PWM_SLOPE:
      return model->pwm_slope != 0;
    case LW_DXL_STARTUP:
      return is_new;
    default:
      return true;
    }
}

bool
lw_sim_dxl_item (const LwSimDxl *self, uint16_t address, LwSimDxlItem *out)
{
  for (size_t i = 0; i < sizeof items / sizeof items[0]; i++)
    if (items[i].address == address)
      {
        *out = items[i];
        return fit_to_model (self, out);
      }
  return indirect_item (self, address, out);
}

int32_t
lw_sim_dxl_get (const uint8_t *table, uint16_t address, size_t size)
{
  switch (size)
    {
    case 1:
      return table[address];
    case 2:
      return (int16_t) lw_dynamixel_get_u16 (table + address);
    default:
      return lw_dynamixel_get_i32 (table + address);
    }
}

void
lw_sim_dxl_put (uint8_t *table, uint16_t address, size_t size, int32_t value)
{
  lw_dynamixel_put (table + address, size, (uint32_t) value);
}
