/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-sim-feetech-registers.h"

#include <stdlib.h>
#include <string.h>

#include "lw-feetech-codec.h"

#define FIXED(name, initial)             { LW_FEETECH_##name, LW_FEETECH_##name##_SIZE, false, -1, 0, 0, initial }
#define PLAIN(name, min, max, initial)   { LW_FEETECH_##name, LW_FEETECH_##name##_SIZE, true, -1, min, max, initial }
#define SIGNED(name, sign, max, initial) { LW_FEETECH_##name, LW_FEETECH_##name##_SIZE, true, sign, 0, max, initial }

static const LwSimFeetechRegister registers[] = {
  FIXED (FIRMWARE_MAJOR, 3),
  FIXED (FIRMWARE_MINOR, 10),
  FIXED (BYTE_ORDER, 0),
  FIXED (MODEL, LW_FEETECH_MODEL_STS3215),
  PLAIN (ID, 0, LW_FEETECH_MAX_ID, 1),
  PLAIN (BAUD, 0, LW_FEETECH_N_BAUDS - 1, 0),
  PLAIN (RETURN_DELAY, 0, 254, 0),
  PLAIN (RESPONSE_LEVEL, 0, 1, 1),
  SIGNED (MIN_POSITION, LW_FEETECH_POSITION_SIGN, 32767, 0),
  SIGNED (MAX_POSITION, LW_FEETECH_POSITION_SIGN, 32767, 4095),
  PLAIN (MAX_TEMPERATURE, 0, 100, 70),
  PLAIN (MAX_VOLTAGE, 0, 254, 140),
  PLAIN (MIN_VOLTAGE, 0, 254, 40),
  PLAIN (MAX_TORQUE, 0, 1000, 1000),
  PLAIN (PHASE, 0, 254, 12),
  PLAIN (UNLOAD_CONDITION, 0, 254, 44),
  PLAIN (LED_CONDITION, 0, 254, 47),
  PLAIN (POSITION_P_GAIN, 0, 254, 32),
  PLAIN (POSITION_D_GAIN, 0, 254, 32),
  PLAIN (POSITION_I_GAIN, 0, 254, 0),
  PLAIN (MIN_START_FORCE, 0, 254, 16),
  PLAIN (INTEGRAL_LIMIT, 0, 254, 0),
  PLAIN (DEAD_ZONE_CW, 0, 32, 1),
  PLAIN (DEAD_ZONE_CCW, 0, 32, 1),
  PLAIN (PROTECTION_CURRENT, 0, 511, 500),
  PLAIN (ANGULAR_RESOLUTION, 1, 128, 1),
  SIGNED (OFFSET, LW_FEETECH_OFFSET_SIGN, LW_FEETECH_MAX_OFFSET, 0),
  PLAIN (MODE, 0, 3, 0),
  PLAIN (PROTECTIVE_TORQUE, 0, 100, 20),
  PLAIN (PROTECTION_TIME, 0, 254, 200),
  PLAIN (OVERLOAD_TORQUE, 0, 100, 80),
  PLAIN (VELOCITY_P_GAIN, 0, 254, 10),
  PLAIN (OVERCURRENT_TIME, 0, 254, 200),
  PLAIN (VELOCITY_I_GAIN, 0, 254, 10),
  PLAIN (TORQUE_ENABLE, 0, 128, 0),
  PLAIN (ACCELERATION, 0, 254, 0),
  SIGNED (GOAL_POSITION, LW_FEETECH_POSITION_SIGN, 32767, 0),
  PLAIN (GOAL_TIME, 0, 65535, 0),
  SIGNED (GOAL_SPEED, LW_FEETECH_SPEED_SIGN, 32767, 0),
  PLAIN (TORQUE_LIMIT, 0, 1000, 1000),
  PLAIN (LOCK, 0, 1, 1),
  FIXED (PRESENT_POSITION, 0),
  FIXED (PRESENT_SPEED, 0),
  FIXED (PRESENT_LOAD, 0),
  FIXED (PRESENT_VOLTAGE, 0),
  FIXED (PRESENT_TEMPERATURE, 0),
  FIXED (ASYNC_FLAG, 0),
  FIXED (STATUS, 0),
  FIXED (MOVING, 0),
  FIXED (GOAL_READBACK, 0),
  FIXED (PRESENT_CURRENT, 0),
  PLAIN (MOVING_THRESHOLD, 0, 254, 1),
  PLAIN (TIME_STEP, 0, 254, 4),
  PLAIN (SPEED_UNIT, 0, 254, 50),
  PLAIN (MAX_SPEED, 0, 254, 70),
  PLAIN (MAX_ACCELERATION, 0, 254, 50),
  PLAIN (ACCELERATION_UNIT, 0, 254, 1),
};

const LwSimFeetechRegister *
lw_sim_feetech_register (uint8_t address)
{
  for (size_t i = 0; i < sizeof registers / sizeof registers[0]; i++)
    if (address >= registers[i].address && address < registers[i].address + registers[i].size)
      return &registers[i];
  return NULL;
}

bool
lw_sim_feetech_is_stored (uint8_t address)
{
  return address < LW_FEETECH_EPROM_END || address >= LW_FEETECH_MOVING_THRESHOLD;
}

bool
lw_sim_feetech_accepts (const LwSimFeetechRegister *self, uint16_t word)
{
  int32_t magnitude = self->sign_bit < 0 ? word : abs (lw_feetech_signed (word, (unsigned) self->sign_bit));

  return self->writable && magnitude >= self->min && magnitude <= self->max;
}

void
lw_sim_feetech_fill (uint8_t *table)
{
  memset (table, 0, LW_SIM_FEETECH_TABLE_SIZE);
  for (size_t i = 0; i < sizeof registers / sizeof registers[0]; i++)
    for (size_t byte = 0; byte < registers[i].size; byte++)
      table[registers[i].address + byte] = (uint8_t) (registers[i].initial >> (8 * byte));
}
