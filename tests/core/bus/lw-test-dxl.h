/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <math.h>
#include <string.h>

#include "lw-dynamixel-codec.h"
#include "lw-sim-dxl.h"

/* One servo on a flywheel of 0.1 kg m^2 with nothing else on it. */
#define INERTIA 0.1
#define DT      0.00025
#define MS      G_GINT64_CONSTANT (1000000)

typedef struct {
  LwSimDxl servo;
  double   angle, velocity;
  int64_t  t_ns;
} Rig;

/* @model, @firmware: 0 as in LwSimDeviceSetup. */
static inline void
rig_init_model (Rig *rig, double angle, uint16_t model, uint8_t firmware)
{
  const LwSimDeviceSetup setup = {
    .motor = { .tau_max = 10, .v_max = 4, .stiffness = 200, .damping = 8, .loss = 0 },
    .id = 3, .model = model, .firmware = firmware, .baud = 1000000, .return_delay = 250e-6,
  };

  rig->angle = angle;
  rig->velocity = 0;
  rig->t_ns = 0;
  lw_sim_dxl_init (&rig->servo, &setup, angle, 0);
}

static inline void
rig_init (Rig *rig, double angle)
{
  rig_init_model (rig, angle, 0, 0);
}

static inline void
rig_run (Rig *rig, int64_t t_ns)
{
  for (; rig->t_ns < t_ns; rig->t_ns += (int64_t) (DT * 1e9))
    {
      rig->velocity += DT / INERTIA * lw_sim_dxl_step (&rig->servo, rig->angle, rig->velocity, 0, DT, rig->t_ns);
      rig->angle += DT * rig->velocity;
    }
}

static inline uint8_t
put (Rig *rig, uint16_t address, uint16_t size, int32_t value)
{
  uint8_t data[4];

  lw_dynamixel_put (data, 4, (uint32_t) value);
  return lw_sim_dxl_write (&rig->servo, address, size, data, rig->t_ns);
}

static inline int32_t
get (Rig *rig, uint16_t address, uint16_t size)
{
  uint8_t data[4] = { 0 };

  g_assert_cmpint (lw_sim_dxl_read (&rig->servo, address, size, data), ==, LW_DYNAMIXEL_ERROR_NONE);
  return size == 2 ? (int16_t) lw_dynamixel_get_u16 (data) : lw_dynamixel_get_i32 (data);
}
