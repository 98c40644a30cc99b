/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-dynamixel-table.h"

#include <stddef.h>

/* Torque a unit = current a unit times stall torque over stall current. X330 servos measure the supply's current, electronics included, so theirs is rough; the
 * XL430 and XC430 have no current sensor and report output in 0.1 %. */
static const LwDynamixelModel models[] = {
  { 1020, "XM430-W350", 353.5, LW_DXL_XM430_W350_NM_PER_LSB, 1, 80, 10, 14.8, 45, 0 },
  { 1030, "XM430-W210", 212.6, 2.69e-3 * 3.0 / 2.3, 1, 80, 10, 14.8, 45, 0 },
  { 1060, "XL430-W250", 258.5, 1e-3, 0, 72, 6.5, 12, 45, 0 },
  { 1070, "XC430-W150", 159.59, 1e-3, 0, 80, 6.5, 14.8, 45, 0 },
  { 1080, "XC430-W240", 245.22, 1e-3, 0, 80, 6.5, 14.8, 45, 0 },
  { 1120, "XM540-W270", 272.5, 2.69e-3 * 10.6 / 4.4, 1, 80, 10, 14.8, 45, 0 },
  { 1190, "XL330-M077", 77.5, 1e-3 * 0.215 / 1.47, 1, 70, 3.7, 6, 46, 51 },
  { 1200, "XL330-M288", 288.4, 1e-3 * 0.52 / 1.47, 1, 70, 3.7, 6, 46, 51 },
  { 1210, "XC330-T181", 180.62, 1e-3 * 0.76 / 0.80, 1, 70, 6.5, 12, 46, 51 },
  { 1220, "XC330-T288", 288.35, 1e-3 * 0.92 / 0.80, 1, 70, 6.5, 12, 46, 51 },
};

const unsigned lw_dynamixel_bauds[LW_DXL_N_BAUDS] = { 9600, 57600, 115200, 1000000, 2000000, 3000000, 4000000, 4500000 };

const LwDynamixelModel *
lw_dynamixel_model (uint16_t number)
{
  for (size_t i = 0; i < sizeof models / sizeof models[0]; i++)
    if (models[i].number == number)
      return &models[i];
  return NULL;
}
