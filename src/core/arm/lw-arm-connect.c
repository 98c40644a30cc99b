/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Coming and going: by reading only. */
#include <string.h>

#include "lw-arm-failure.h"
#include "lw-arm-private.h"

#define IDENTIFY_NS (200 * G_GINT64_CONSTANT (1000000))
#define TRIES 5

static gboolean
fail (GError **error, const char *what, LwBusStatus status)
{
  lw_arm_failure_set (error, &(LwArmFailure){ .status = status }, what);
  return FALSE;
}

static gboolean
identify (LwArm *self, GError **error)
{
  for (size_t j = 0; j < self->n; j++)
    {
      LwBusStatus status = LW_BUS_TIMEOUT;

      for (int i = 0; i < TRIES && status != LW_BUS_OK && status != LW_BUS_GONE; i++)
        status = self->bus->klass->identify (self->bus, j, &self->identities[j], lw_arm_now (self) + IDENTIFY_NS);
      if (status != LW_BUS_OK)
        {
          const LwArmFailure failure = { .status = status, .of_one = true, .joint = j, .id = self->bus->ids[j] };
          g_autofree char   *what = g_strdup_printf ("Servo %u (joint %zu) cannot be identified", failure.id, j + 1);

          lw_arm_failure_set (error, &failure, what);
          return FALSE;
        }
      lw_watch_set_supply (&self->watch, j, self->identities[j].supply_min, self->identities[j].supply_max);
      lw_arm_watch_health (self, j, &self->identities[j]);
      self->torque_control = self->torque_control || self->identities[j].torque_control;
    }
  self->abilities = self->bus->klass->abilities (self->bus);
  return TRUE;
}

/* One after the other, each waits as long as the adapter holds answers back. */
static void
time_questions (LwArm *self)
{
  for (size_t j = 0; j < self->n; j++)
    {
      LwServoIdentity health = { 0 };
      int64_t         begin = lw_arm_now (self);
      bool            answered = self->bus->klass->read_health (self->bus, j, &health, begin + IDENTIFY_NS) == LW_BUS_OK;

      lw_arm_time_question (self, lw_arm_now (self) - begin, answered, true);
    }
}

static gboolean
first_reading (LwArm *self, GError **error)
{
  LwServoReading readings[LW_MAX_JOINTS];
  LwBusStatus    status = LW_BUS_TIMEOUT;
  int64_t        t_request, t_reply;

  for (int i = 0; i < TRIES && status != LW_BUS_OK && status != LW_BUS_GONE; i++)
    status = self->bus->klass->read (self->bus, readings, &t_request, &t_reply, lw_arm_now (self) + LW_ARM_SLOW_NS);
  if (status != LW_BUS_OK)
    return fail (error, "The joints cannot be read", status);
  for (size_t j = 0; j < self->n; j++)
    {
      self->angle[j] = readings[j].angle;
      self->q[j] = lw_arm_joint_of (self, j, readings[j].angle);
      self->dq[j] = self->setup.calibration.sign[j] * readings[j].velocity;
      self->load[j] = self->setup.calibration.sign[j] * readings[j].load;
    }
  self->t_ns = t_request + (t_reply - t_request) / 2;
  for (int i = 0; i < TRIES; i++)
    if (lw_arm_look (self))
      {
        self->found_powered = !self->limp;
        return TRUE;
      }
  return fail (error, "Whether torque is on cannot be read", self->gone ? LW_BUS_GONE : LW_BUS_TIMEOUT);
}

static void
leave_bus (LwArm *self)
{
  lw_servo_bus_free (self->bus);
  self->bus = NULL;
}

static gboolean
begin (LwArm *self, LwServoBus *bus, GError **error)
{
  if (self->bus != NULL)
    {
      lw_servo_bus_free (bus);
      g_set_error (error, LW_ARM_ERROR, LW_ARM_ERROR_MODE, "An arm is connected already.");
      return FALSE;
    }
  if (bus->n_servos != self->n)
    {
      g_set_error (error, LW_ARM_ERROR, LW_ARM_ERROR_FAILED, "The arm has %zu joints, but %zu servos were given.", self->n, bus->n_servos);
      lw_servo_bus_free (bus);
      return FALSE;
    }
  lw_arm_reset_state (self);
  self->bus = bus;
  self->cycle_ns = lw_arm_now (self);
  memset (self->identities, 0, sizeof self->identities);
  if (!identify (self, error) || !first_reading (self, error))
    {
      leave_bus (self);
      lw_arm_reset_state (self);
      return FALSE;
    }
  time_questions (self);
  self->cycle_ns = lw_arm_now (self);
  lw_arm_set_mode (self, LW_MODE_CONNECTED);
  lw_arm_publish (self);
  lw_arm_publish_link (self);
  return TRUE;
}

gboolean
lw_arm_connect_stepped (LwArm *self, LwServoBus *bus, GError **error)
{
  if (!begin (self, bus, error))
    return FALSE;
  self->threaded = false;
  return TRUE;
}

gboolean
lw_arm_connect (LwArm *self, LwServoBus *bus, GError **error)
{
  if (!begin (self, bus, error))
    return FALSE;
  self->threaded = true;
  if (lw_arm_thread_start (self))
    return TRUE;
  g_set_error (error, LW_ARM_ERROR, LW_ARM_ERROR_FAILED, "The arm's thread cannot be started.");
  leave_bus (self);
  lw_arm_reset_state (self);
  lw_arm_publish (self);
  return FALSE;
}

void
lw_arm_disconnect (LwArm *self)
{
  bool limp;

  if (self->bus == NULL)
    return;
  if (self->threaded)
    {
      atomic_store_explicit (&self->leaving, true, memory_order_release);
      pthread_join (self->thread, NULL);
    }
  limp = self->limp;
  leave_bus (self);
  lw_arm_reset_state (self);
  self->limp = limp; /* what was left behind */
  lw_arm_publish (self);
}
