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
