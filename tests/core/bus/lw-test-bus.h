/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

#include "lw-sim-bus.h"
#include "lw-test-arm.h"

#define MS G_GINT64_CONSTANT (1000000)

/* A simulated arm of the project on a bus, with the driver at the other end of whatever line a test chose. */
typedef struct {
  LwArmModel  *model;
  LwSimBus    *sim;
  LwServoBus  *servos;
  LwFakeClock  clock; /* of a direct line */
  size_t       n;
  double       middle[LW_MAX_JOINTS]; /* joint angle = shaft angle + middle */
} LwTestBus;

static inline void
test_bus_init (LwTestBus *self, const char *arm, LwSimBusConfig *config)
{
  self->model = load_arm (arm, NULL);
  self->n = lw_arm_model_n_joints (self->model);
  config->model = self->model;
  self->sim = lw_sim_bus_new (config);
  g_assert_nonnull (self->sim);
  lw_fake_clock_init (&self->clock);
  for (size_t i = 0; i < self->n; i++)
    self->middle[i] = 0.5 * (lw_arm_model_joints (self->model)[i].lower + lw_arm_model_joints (self->model)[i].upper);
}

static inline void
test_bus_attach (LwTestBus *self, LwTransport *transport, uint8_t first_id)
{
  uint8_t ids[LW_MAX_JOINTS];

  for (size_t i = 0; i < self->n; i++)
    ids[i] = (uint8_t) (first_id + i);
  self->servos = lw_dynamixel_new (transport, ids, self->n);
}

/* An arm with an injected clock. */
static inline void
test_bus_open (LwTestBus *self, const char *arm, LwSimBusConfig *config)
{
  test_bus_init (self, arm, config);
  test_bus_attach (self, lw_sim_bus_direct (self->sim, &self->clock), config->first_id);
}

static inline void
test_bus_close (LwTestBus *self)
{
  lw_servo_bus_free (self->servos);
  lw_sim_bus_free (self->sim);
  lw_arm_model_unref (self->model);
}

static inline int64_t
test_bus_now (const LwTestBus *self)
{
  return lw_clock_now (self->servos->transport->clock);
}

/* Waits until @t_ns on the injected clock. */
static inline void
test_bus_wait_until (LwTestBus *self, int64_t t_ns)
{
  lw_sim_bus_advance (self->sim, t_ns);
  self->clock.now_ns = MAX (self->clock.now_ns, t_ns);
}

static inline LwBusStatus
test_bus_read (LwTestBus *self, LwServoReading *out, int64_t within_ns)
{
  int64_t t_request_ns, t_reply_ns;

  return self->servos->klass->read (self->servos, out, &t_request_ns, &t_reply_ns, test_bus_now (self) + within_ns);
}

/* Goal = present, then torque: the safe order. */
static inline void
test_bus_power (LwTestBus *self, double *goal)
{
  LwServoReading reading[LW_MAX_JOINTS];

  g_assert_cmpint (test_bus_read (self, reading, 1000 * MS), ==, LW_BUS_OK);
  for (size_t i = 0; i < self->n; i++)
    goal[i] = reading[i].angle;
  g_assert_cmpint (self->servos->klass->write_goals (self->servos, goal, test_bus_now (self) + 1000 * MS), ==, LW_BUS_OK);
  g_assert_cmpint (self->servos->klass->set_torque (self->servos, true, test_bus_now (self) + 1000 * MS), ==, LW_BUS_OK);
}
