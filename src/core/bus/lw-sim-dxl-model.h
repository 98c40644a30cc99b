/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stddef.h>

#include "lw-dynamixel-table.h"

/* What a simulated servo is delivered with, model by model (ROBOTIS e-manual, "Control Table"): defaults and ranges beyond those all X servos share.
 * Constant data; any thread. */
typedef struct {
  uint16_t number;
  uint8_t  firmware;
  uint8_t  max_baud;                        /* code */
  double   supply;                          /* V, recommended */
  uint16_t max_voltage, min_voltage;        /* 0.1 V */
  uint16_t highest_voltage, lowest_voltage; /* what those may be set to */
  uint16_t current_limit;                   /* also the most it may be set to; 0: no such item */
  uint16_t velocity_limit, highest_velocity;
  uint8_t  pwm_slope;                       /* 0: no such item, and not of the X330 kind */
  uint8_t  shutdown;
  uint16_t velocity_i, velocity_p, position_d, position_i, position_p;
} LwSimDxlModel;

/* A run of indirect addresses, two bytes each, and of the data bytes that stand for what they name. */
typedef struct {
  uint16_t address, data, n;
} LwSimDxlIndirect;

#define LW_SIM_DXL_MAX_TABLE 662

/* NULL for a model number not simulated. */
const LwSimDxlModel    *lw_sim_dxl_model      (uint16_t number);
uint16_t                lw_sim_dxl_table_size (const LwSimDxlModel *model, uint8_t firmware);
/* @n: runs returned. */
const LwSimDxlIndirect *lw_sim_dxl_indirect   (const LwSimDxlModel *model, uint8_t firmware, size_t *n);
