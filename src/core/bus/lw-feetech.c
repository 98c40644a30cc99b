/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>

#include "lw-feetech-private.h"

/* The driver: registers of the STS and SMS series behind LwServoBus. Present position, speed and load lie side by side
 * (56..61), so one read serves a cycle. A goal is written with time 0 and the highest speed beside it, so that no speed
 * somebody else left in the servo slows the arm. */
static const LwFeetechQuestion cycle_question = { LW_FEETECH_PRESENT_POSITION, 6, 14 };
static const LwFeetechQuestion goal_question = { LW_FEETECH_GOAL_POSITION, 2, 14 };
static const LwFeetechQuestion torque_question = { LW_FEETECH_TORQUE_ENABLE, 1, 16 };

G_STATIC_ASSERT (LW_FEETECH_PRESENT_SPEED == LW_FEETECH_PRESENT_POSITION + 2 && LW_FEETECH_PRESENT_LOAD == LW_FEETECH_PRESENT_POSITION + 4);
G_STATIC_ASSERT (LW_FEETECH_GOAL_TIME == LW_FEETECH_GOAL_POSITION + 2 && LW_FEETECH_GOAL_SPEED == LW_FEETECH_GOAL_POSITION + 4);

static unsigned
feetech_abilities (const LwServoBus *bus)
{
  (void) bus;
  return LW_BUS_HAS_REBOOT | LW_BUS_HAS_STORE | LW_BUS_READS_BACK;
}

static size_t
everyone (const LwServoBus *bus, uint8_t *servos)
{
  for (size_t i = 0; i < bus->n_servos; i++)
    servos[i] = (uint8_t) i;
  return bus->n_servos;
}

static LwBusStatus
ask_everyone (LwFeetech *self, const LwFeetechQuestion *question, int64_t deadline_ns)
{
  uint8_t servos[LW_MAX_JOINTS];
  size_t n = everyone (&self->base, servos);
  LwBusStatus status;

  lw_feetech_line_begin (&self->line);
  status = lw_feetech_ask (&self->line, servos, n, question, deadline_ns);
  return status != LW_BUS_OK ? status : lw_feetech_judge (&self->line, servos, n);
}

static int32_t
signed_at (const LwFeetech *self, size_t servo, uint8_t address, unsigned sign_bit)
{
  return lw_feetech_signed (lw_feetech_get_u16 (lw_feetech_answer_at (&self->line, servo, address)), sign_bit);
}

static void
take_reading (LwFeetech *self, size_t i, LwServoReading *out)
{
  const LwFeetechAnswer *answer = &self->line.answers[i];

  out->valid = answer->answered;
  if (!out->valid)
    return;
  out->alert = answer->status != 0;
  out->angle = lw_feetech_angle_of_ticks (signed_at (self, i, LW_FEETECH_PRESENT_POSITION, LW_FEETECH_POSITION_SIGN));
  out->velocity = signed_at (self, i, LW_FEETECH_PRESENT_SPEED, LW_FEETECH_SPEED_SIGN) * self->servos[i].speed_unit;
  out->load = signed_at (self, i, LW_FEETECH_PRESENT_LOAD, LW_FEETECH_LOAD_SIGN) * LW_FEETECH_LOAD_UNIT;
}

static LwBusStatus
feetech_read (LwServoBus *bus, LwServoReading *out, int64_t *t_request_ns, int64_t *t_reply_ns, int64_t deadline_ns)
{
  LwFeetech *self = (LwFeetech *) bus;
  uint8_t chain[LW_MAX_JOINTS], all[LW_MAX_JOINTS];
  size_t n_chain = lw_servo_chain_next (&self->chain, chain);
  size_t n_all = everyone (bus, all);
  LwBusStatus status;

  lw_feetech_line_begin (&self->line);
  status = lw_feetech_ask (&self->line, chain, n_chain, &cycle_question, deadline_ns);
  for (size_t i = 0; i < n_all; i++)
    {
      take_reading (self, i, &out[i]);
      if (out[i].valid)
        lw_servo_chain_heard (&self->chain, i);
      else if (self->line.answers[i].silent)
        lw_servo_chain_missed (&self->chain, i);
    }
  *t_request_ns = self->line.first_request_ns;
  *t_reply_ns = self->line.last_reply_ns;
  if (status == LW_BUS_OK)
    status = lw_feetech_judge (&self->line, all, n_all);
  if (status == LW_BUS_OK)
    {
      bus->counters.round_trip_ns = *t_reply_ns - *t_request_ns;
      lw_round_trips_add (&bus->round_trips, bus->counters.round_trip_ns);
    }
  return status;
}

static LwBusStatus
tell_all (LwFeetech *self, const uint8_t *params, size_t n, int64_t deadline_ns)
{
  lw_feetech_line_begin (&self->line);
  return lw_feetech_line_tell (&self->line, LW_FEETECH_BROADCAST, LW_FEETECH_SYNC_WRITE, params, n, deadline_ns);
}

static LwBusStatus
refuse (LwServoBus *bus, uint8_t why)
{
  bus->device_error = why;
  return LW_BUS_DEVICE;
}

/* In another mode than position the goal means something else, in step mode a way to go on: nothing is sent then. */
static LwBusStatus
feetech_write_goals (LwServoBus *bus, const double *angle, int64_t deadline_ns)
{
  LwFeetech *self = (LwFeetech *) bus;
  uint8_t params[2 + 7 * LW_MAX_JOINTS] = { LW_FEETECH_GOAL_POSITION, 6 };
  size_t n = 2;

  for (size_t i = 0; i < bus->n_servos; i++)
    {
      const LwFeetechServo *servo = &self->servos[i];
      double ticks;

      if (!isfinite (angle[i]))
        return refuse (bus, LW_FEETECH_REFUSED_NUMBER);
      if (servo->mode != LW_FEETECH_MODE_POSITION)
        return refuse (bus, LW_FEETECH_REFUSED_MODE);
      ticks = CLAMP (round (LW_FEETECH_CENTRE + angle[i] / LW_FEETECH_RAD_PER_TICK), servo->min, servo->max);
      params[n] = bus->ids[i];
      lw_feetech_put_u16 (params + n + 1, lw_feetech_sign_magnitude ((int32_t) ticks, LW_FEETECH_POSITION_SIGN));
      lw_feetech_put_u16 (params + n + 3, 0);
      lw_feetech_put_u16 (params + n + 5, servo->goal_speed);
      n += 7;
    }
  return tell_all (self, params, n, deadline_ns);
}

static LwBusStatus
feetech_read_goals (LwServoBus *bus, double *angle, int64_t deadline_ns)
{
  LwFeetech *self = (LwFeetech *) bus;
  LwBusStatus status = ask_everyone (self, &goal_question, deadline_ns);

  for (size_t i = 0; i < bus->n_servos; i++)
    angle[i] = self->line.answers[i].answered
                 ? lw_feetech_angle_of_ticks (signed_at (self, i, LW_FEETECH_GOAL_POSITION, LW_FEETECH_POSITION_SIGN)) : NAN;
  return status;
}

/* 0 and 1 only: 128 in this register would make the present position the middle. */
static LwBusStatus
feetech_set_torque (LwServoBus *bus, bool on, int64_t deadline_ns)
{
  uint8_t params[2 + 2 * LW_MAX_JOINTS] = { LW_FEETECH_TORQUE_ENABLE, 1 };

  for (size_t i = 0; i < bus->n_servos; i++)
    {
      params[2 + 2 * i] = bus->ids[i];
      params[3 + 2 * i] = on ? LW_FEETECH_TORQUE_ON : LW_FEETECH_TORQUE_OFF;
    }
  return tell_all ((LwFeetech *) bus, params, 2 + 2 * bus->n_servos, deadline_ns);
}

static LwBusStatus
feetech_get_torque (LwServoBus *bus, bool *on, int64_t deadline_ns)
{
  LwFeetech *self = (LwFeetech *) bus;
  LwBusStatus status = ask_everyone (self, &torque_question, deadline_ns);

  for (size_t i = 0; i < bus->n_servos && status == LW_BUS_OK; i++)
    on[i] = *lw_feetech_answer_at (&self->line, i, LW_FEETECH_TORQUE_ENABLE) != LW_FEETECH_TORQUE_OFF;
  return status;
}

/* As if its power had been off and on: 0.8 to 1.8 s of silence. */
static LwBusStatus
feetech_reboot (LwServoBus *bus, size_t servo, int64_t deadline_ns)
{
  LwFeetech *self = (LwFeetech *) bus;

  g_return_val_if_fail (servo < bus->n_servos, LW_BUS_DEVICE);

  lw_feetech_line_begin (&self->line);
  return lw_feetech_line_tell (&self->line, bus->ids[servo], LW_FEETECH_RESTART, NULL, 0, deadline_ns);
}

static void
feetech_free (LwServoBus *bus)
{
  lw_transport_free (bus->transport);
  g_free (bus);
}

static const LwServoBusClass feetech_class = {
  .protocol = "Feetech STS",
  .abilities = feetech_abilities,
  .identify = lw_feetech_identify,
  .read = feetech_read,
  .write_goals = feetech_write_goals,
  .read_goals = feetech_read_goals,
  .set_torque = feetech_set_torque,
  .get_torque = feetech_get_torque,
  .read_health = lw_feetech_read_health,
  .reboot = feetech_reboot,
  .read_stored = lw_feetech_read_stored,
  .write_stored = lw_feetech_write_stored,
  .free = feetech_free,
};

LwServoBus *
lw_feetech_new (LwTransport *transport, const uint8_t *ids, size_t n_servos)
{
  LwFeetech *self;

  g_return_val_if_fail (transport != NULL, NULL);
  g_return_val_if_fail (n_servos > 0 && n_servos <= LW_MAX_JOINTS, NULL);

  self = g_new0 (LwFeetech, 1);
  self->base.klass = &feetech_class;
  self->base.transport = transport;
  self->base.n_servos = n_servos;
  memcpy (self->base.ids, ids, n_servos);
  for (size_t i = 0; i < n_servos; i++)
    lw_feetech_servo_init (&self->servos[i]);
  lw_feetech_line_init (&self->line, &self->base);
  lw_servo_chain_init (&self->chain, n_servos);
  return &self->base;
}
