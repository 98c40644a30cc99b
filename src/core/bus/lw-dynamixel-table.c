/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-dynamixel-table.h"

#include <stddef.h>

/* Torque a unit = current a unit times stall torque over stall current. X330 servos measure the supply's current, electronics
 * included, so theirs is rough; the XL430 has no current sensor and reports output in 0.1 %. */
static const LwDynamixelModel models[] = {
  { 1020, "XM430-W350", LW_DXL_XM430_W350_NM_PER_LSB, 1 },
  { 1030, "XM430-W210", 2.69e-3 * 3.0 / 2.3, 1 },
  { 1060, "XL430-W250", 1e-3, 0 },
  { 1190, "XL330-M077", 1e-3 * 0.215 / 1.47, 1 },
  { 1200, "XL330-M288", 1e-3 * 0.52 / 1.47, 1 },
};

const LwDynamixelModel *
lw_dynamixel_model (uint16_t number)
{
  for (size_t i = 0; i < sizeof models / sizeof models[0]; i++)
    if (models[i].number == number)
      return &models[i];
  return NULL;
}
