/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-sim-registers.h"

#include "lw-dynamixel-codec.h"
#include "lw-dynamixel-table.h"

#define READ_ONLY(name)          { LW_DXL_##name, LW_DXL_##name##_SIZE, false, 0, 0 }
#define WRITABLE(name, min, max) { LW_DXL_##name, LW_DXL_##name##_SIZE, true, min, max }

/* Ranges of the XM430-W350's e-manual, but for the current: the joints of a large arm are stronger than any XM430. */
static const LwSimItem items[] = {
  READ_ONLY (MODEL_NUMBER),
  READ_ONLY (MODEL_INFORMATION),
  READ_ONLY (FIRMWARE),
  WRITABLE (ID, 0, LW_DYNAMIXEL_MAX_ID),
  WRITABLE (BAUD_RATE, 0, 7),
  WRITABLE (RETURN_DELAY, 0, 254),
  WRITABLE (DRIVE_MODE, 0, 13),
  WRITABLE (OPERATING_MODE, 0, 16),
  WRITABLE (SECONDARY_ID, 0, 255),
  WRITABLE (PROTOCOL, 2, 2),
  WRITABLE (HOMING_OFFSET, -1044479, 1044479),
  WRITABLE (MOVING_THRESHOLD, 0, 1023),
  WRITABLE (TEMPERATURE_LIMIT, 0, 100),
  WRITABLE (MAX_VOLTAGE, 95, 160),
  WRITABLE (MIN_VOLTAGE, 95, 160),
  WRITABLE (PWM_LIMIT, 0, LW_DXL_PWM_FULL),
  WRITABLE (CURRENT_LIMIT, 0, 32767),
  WRITABLE (VELOCITY_LIMIT, 0, 1023),
  WRITABLE (MAX_POSITION, 0, LW_DXL_TICKS - 1),
  WRITABLE (MIN_POSITION, 0, LW_DXL_TICKS - 1),
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
  WRITABLE (GOAL_CURRENT, -32767, 32767),
  WRITABLE (GOAL_VELOCITY, -1023, 1023),
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

const LwSimItem *
lw_sim_item_at (uint16_t address)
{
  for (size_t i = 0; i < sizeof items / sizeof items[0]; i++)
    if (items[i].address == address)
      return &items[i];
  return NULL;
}

int32_t
lw_sim_get (const uint8_t *table, uint16_t address, size_t size)
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
lw_sim_put (uint8_t *table, uint16_t address, size_t size, int32_t value)
{
  lw_dynamixel_put (table + address, size, (uint32_t) value);
}
