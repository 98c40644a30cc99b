/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-sim-dxl.h"

#define GET(self, name)        lw_sim_dxl_get ((self)->table, LW_DXL_##name, LW_DXL_##name##_SIZE)
#define PUT(self, name, value) lw_sim_dxl_put ((self)->table, LW_DXL_##name, LW_DXL_##name##_SIZE, (int32_t) (value))

/* Items a driver has no use for. */
enum {
  LW_DXL_STARTUP   = 60, LW_DXL_STARTUP_SIZE   = 1,
  LW_DXL_PWM_SLOPE = 62, LW_DXL_PWM_SLOPE_SIZE = 1,
};

enum { LW_SIM_DXL_REVERSED = 1 << 0, LW_SIM_DXL_TIMED = 1 << 2, LW_SIM_DXL_GOAL_POWERS = 1 << 3 }; /* of the drive mode */
enum { LW_SIM_DXL_START_POWERED = 1 << 0, LW_SIM_DXL_START_RESTORED = 1 << 1 };                    /* of the startup configuration */

/* What is accepted where. */
typedef struct {
  uint16_t address;
  uint8_t  size;
  bool     writable;
  int32_t  min, max; /* of a write; what depends on other registers is checked by lw_sim_dxl_write() */
} LwSimDxlItem;

/* lw-sim-dxl-item.c */
/* The item that begins at @address; false where none does. */
bool    lw_sim_dxl_item (const LwSimDxl *self, uint16_t address, LwSimDxlItem *out);
int32_t lw_sim_dxl_get  (const uint8_t *table, uint16_t address, size_t size); /* two's complement of 2 and 4 bytes, else unsigned */
void    lw_sim_dxl_put  (uint8_t *table, uint16_t address, size_t size, int32_t value);

/* lw-sim-dxl-boot.c */
void    lw_sim_dxl_reset_gains (LwSimDxl *self);

/* lw-sim-dxl-motion.c */
int     lw_sim_dxl_mode        (const LwSimDxl *self);
bool    lw_sim_dxl_watchdog_triggered (const LwSimDxl *self);
/* The position reads within one turn from here on. */
void    lw_sim_dxl_wrap        (LwSimDxl *self);
/* Goal = present. */
void    lw_sim_dxl_stay        (LwSimDxl *self);
/* Sets out for what the goal position says. */
void    lw_sim_dxl_go          (LwSimDxl *self, int64_t t_ns);
/* Registers that follow the shaft, brought up to date. */
void    lw_sim_dxl_refresh     (LwSimDxl *self);
