/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-sim-dxl-model.h"

#define X330_NEW_TABLE 52 /* firmware from which on X330 servos have fewer indirect addresses, their data elsewhere */

static const LwSimDxlModel models[] = {
  { 1020, 45, 7, 12.0, 160, 95, 160, 95, 1193, 200, 1023, 0, 52, 1920, 100, 0, 0, 800 },
  { 1030, 45, 7, 12.0, 160, 95, 160, 95, 1193, 330, 1023, 0, 52, 1920, 100, 0, 0, 800 },
  { 1060, 45, 7, 11.1, 140, 60, 140, 60, 0, 265, 1023, 0, 52, 1000, 100, 4000, 0, 640 },
  { 1120, 45, 7, 12.0, 160, 95, 160, 95, 2047, 128, 1023, 0, 52, 1920, 100, 0, 0, 800 },
  { 1190, 52, 6, 5.0, 70, 35, 70, 31, 1750, 1620, 2047, 140, 53, 400, 40, 0, 400, 400 },
  { 1200, 52, 6, 5.0, 70, 35, 70, 31, 1750, 445, 2047, 140, 53, 1600, 180, 0, 0, 400 },
  { 1210, 52, 6, 11.1, 140, 55, 140, 55, 910, 510, 2047, 255, 52, 1200, 40, 0, 0, 900 },
  { 1220, 52, 6, 11.1, 140, 55, 140, 55, 910, 320, 2047, 255, 52, 1200, 40, 0, 0, 900 },
};

static const LwSimDxlIndirect large[] = { { 168, 224, 28 }, { 578, 634, 28 } };
static const LwSimDxlIndirect small[] = { { 168, 208, 20 } };
static const LwSimDxlIndirect old_small[] = { { 168, 224, 28 } };

const LwSimDxlModel *
lw_sim_dxl_model (uint16_t number)
{
  for (size_t i = 0; i < sizeof models / sizeof models[0]; i++)
    if (models[i].number == number)
      return &models[i];
  return NULL;
}

uint16_t
lw_sim_dxl_table_size (const LwSimDxlModel *model, uint8_t firmware)
{
  size_t n;
  const LwSimDxlIndirect *runs = lw_sim_dxl_indirect (model, firmware, &n);

  return (uint16_t) (runs[n - 1].data + runs[n - 1].n);
}

const LwSimDxlIndirect *
lw_sim_dxl_indirect (const LwSimDxlModel *model, uint8_t firmware, size_t *n)
{
  *n = model->pwm_slope == 0 ? 2 : 1;
  if (model->pwm_slope == 0)
    return large;
  return firmware >= X330_NEW_TABLE ? small : old_small;
}
