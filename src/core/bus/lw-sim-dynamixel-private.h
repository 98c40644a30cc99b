/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-dynamixel-codec.h"
#include "lw-sim-dxl.h"
#include "lw-sim-line.h"

/* For the files lw-sim-dynamixel*.c only. */
#define LW_SIM_DYNAMIXEL_HEADER 7 /* bytes up to and including LEN */

typedef struct {
  LwDynamixelPacket packet;
  int64_t           t_ns; /* last byte */
} LwSimDynamixelRequest;

/* What one servo of many is asked for, or told. */
typedef struct {
  uint8_t  id;
  uint16_t address, size;
} LwSimDynamixelShare;

static inline LwSimDxl *
lw_sim_dxl_at (const LwSimLine *line, size_t i)
{
  return (LwSimDxl *) line->plant->devices[i];
}

static inline uint8_t
lw_sim_dxl_return_level (const LwSimDxl *servo)
{
  return servo->table[LW_DXL_STATUS_RETURN];
}

/* @reply of every servo of this id that answers at this level; those with the same id at the same time. */
void   lw_sim_dynamixel_queue         (LwSimLine *line, const LwSimReply *reply, uint8_t id, uint8_t level);
void   lw_sim_dynamixel_ping          (LwSimLine *line, const LwSimDynamixelRequest *request);
void   lw_sim_dynamixel_read          (LwSimLine *line, const LwSimDynamixelShare *share, int64_t t_ns);
/* Sync and bulk reads: each its own status, or all in one packet. */
void   lw_sim_dynamixel_read_each     (LwSimLine *line, const LwSimDynamixelRequest *request);
void   lw_sim_dynamixel_read_combined (LwSimLine *line, const LwSimDynamixelRequest *request);
/* As LwSimProtocol's. */
size_t lw_sim_dynamixel_speak         (LwSimLine *line, const LwSimReply *reply, uint8_t *out, size_t capacity);
