/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-feetech-table.h"

#include "lw-feetech-codec.h"

/* Stall torque as the vendor sells them: 19.5, 50 and 85 kg cm. */
static const LwFeetechModel models[] = {
  { LW_FEETECH_MODEL_STS3215, "STS3215", 1.9, 7.4 },
  { LW_FEETECH_MODEL_STS3250, "STS3250", 4.9, 12.0 },
  { LW_FEETECH_MODEL_SM8512BL, "SM8512BL", 8.3, 12.0 },
  { LW_FEETECH_MODEL_SCS0009, "SCS0009", 0, 0 },
};

const unsigned lw_feetech_bauds[LW_FEETECH_N_BAUDS] = { 1000000, 500000, 250000, 128000, 115200, 76800, 57600, 38400 };

const LwFeetechModel *
lw_feetech_model (uint16_t number)
{
  for (size_t i = 0; i < sizeof models / sizeof models[0]; i++)
    if (models[i].number == number)
      return &models[i];
  return NULL;
}

int32_t
lw_feetech_offset (uint16_t word)
{
  int32_t magnitude = (word & LW_FEETECH_MAX_OFFSET) + ((word & 1 << (LW_FEETECH_OFFSET_SIGN + 1)) != 0 ? LW_FEETECH_MAX_OFFSET + 1 : 0);

  return (word & 1 << LW_FEETECH_OFFSET_SIGN) != 0 ? -magnitude : magnitude;
}

const char *
lw_feetech_error_text (uint8_t device_error)
{
  switch (device_error)
    {
    case 0:
      return "no error";
    case LW_FEETECH_REFUSED_NUMBER:
      return "a goal is not a number";
    case LW_FEETECH_REFUSED_MODE:
      return "the servo is not in position mode";
    case LW_FEETECH_REFUSED_SERIES:
      return "the servo is of the SCS series, which counts its bytes the other way round and is not supported";
    case LW_FEETECH_REFUSED_TORQUE:
      return "torque is on: nothing was written";
    case LW_FEETECH_REFUSED_RANGE:
      return "the servo cannot store this offset or these limits";
    case LW_FEETECH_REFUSED_VALUE:
      return "the servo kept another value";
    }
  if ((device_error & LW_FEETECH_STATUS_ENCODER) != 0)
    return "the servo's encoder does not work";
  if ((device_error & LW_FEETECH_STATUS_HEAT) != 0)
    return "the servo is too hot";
  if ((device_error & LW_FEETECH_STATUS_OVERLOAD) != 0)
    return "the servo is overloaded";
  if ((device_error & LW_FEETECH_STATUS_CURRENT) != 0)
    return "the servo draws too much current";
  if ((device_error & LW_FEETECH_STATUS_VOLTAGE) != 0)
    return "the supply is too low or too high";
  return "an error code this program does not know";
}
