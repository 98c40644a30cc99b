/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "lw-dynamixel-private.h"

/* What happens every cycle. Present current, velocity and position lie side by side (126..135), so one read serves it.
 *
 * The replies of a sync read come as a chain, each servo waiting for the one before it: a dead servo silences all behind it. Whoever is missing is
 * therefore asked alone, the first of them (the suspect) last, and who was silent stands at the end of the next chain (lw-servo-chain.h). */

static const LwDynamixelQuestion cycle_question = { 13, {
  { 126, 10 }, { 126, 11 }, { 126, 12 }, { 126, 13 }, { 126, 14 }, { 126, 15 }, { 126, 16 },
  { 126, 17 }, { 126, 18 }, { 126, 19 }, { 126, 20 }, { 126, 21 }, { 126, 22 },
} };
static const LwDynamixelQuestion goal_question = { 4, { { 116, 4 }, { 116, 5 }, { 116, 6 }, { 116, 9 } } };
static const LwDynamixelQuestion watchdog_question = { 1, { { LW_DXL_BUS_WATCHDOG, 1 } } };

G_STATIC_ASSERT (LW_DXL_PRESENT_CURRENT == 126 && LW_DXL_PRESENT_POSITION + LW_DXL_PRESENT_POSITION_SIZE == 136);
G_STATIC_ASSERT (LW_DXL_GOAL_POSITION == 116);
G_STATIC_ASSERT (126 + 22 <= LW_DXL_TABLE_SIZE && 22 <= LW_DYNAMIXEL_LINE_DATA);

/* Outside what the mode accepts a servo ignores a sync-written goal without a word: the nearest acceptable one is sent instead. */
static int32_t
ticks_of_angle (const LwDynamixelServo *servo, double angle)
{
  double ticks = round (LW_DXL_CENTRE + angle / LW_DXL_RAD_PER_TICK);

  if (servo->mode == LW_DXL_MODE_POSITION)
    return (int32_t) CLAMP (ticks, servo->min, servo->max);
  return (int32_t) CLAMP (ticks, -LW_DXL_MAX_EXTENDED, LW_DXL_MAX_EXTENDED);
}

static void
take_reading (LwDynamixel *self, size_t i, LwServoReading *out)
{
  const LwAnswer *answer = &self->line.answers[i];
  LwDynamixelServo *servo = &self->servos[i];

  out->valid = answer->kind == LW_ANSWER_DATA;
  if (answer->kind != LW_ANSWER_NONE)
    servo->alert = (answer->error & LW_DYNAMIXEL_ALERT) != 0;
  out->alert = servo->alert;
  if (!out->valid)
    return;
  out->load = (int16_t) lw_dynamixel_get_u16 (lw_dynamixel_answer (self, i, LW_DXL_PRESENT_CURRENT)) * servo->load_unit;
  out->velocity = lw_dynamixel_get_i32 (lw_dynamixel_answer (self, i, LW_DXL_PRESENT_VELOCITY)) * LW_DXL_RAD_S_PER_LSB;
  out->angle = lw_dynamixel_angle_of_ticks (lw_dynamixel_get_i32 (lw_dynamixel_answer (self, i, LW_DXL_PRESENT_POSITION)));
}

LwBusStatus
lw_dynamixel_read (LwServoBus *bus, LwServoReading *out, int64_t *t_request_ns, int64_t *t_reply_ns, int64_t deadline_ns)
{
  LwDynamixel *self = (LwDynamixel *) bus;
  uint8_t chain[LW_MAX_JOINTS], all[LW_MAX_JOINTS];
  size_t n = lw_servo_chain_next (&self->chain, chain);
  LwBusStatus status;

  lw_dynamixel_line_begin (&self->line);
  status = lw_dynamixel_ask_list (self, chain, n, &cycle_question, deadline_ns);

  for (size_t i = 0; i < bus->n_servos; i++)
    {
      const LwAnswer *answer = &self->line.answers[i];

      all[i] = (uint8_t) i;
      take_reading (self, i, &out[i]);
      if (answer->kind != LW_ANSWER_NONE)
        lw_servo_chain_heard (&self->chain, i);
      else if (answer->silent)
        lw_servo_chain_missed (&self->chain, i);
    }
  *t_request_ns = self->line.first_request_ns;
  *t_reply_ns = self->line.last_reply_ns;
  if (status == LW_BUS_OK)
    status = lw_dynamixel_judge (self, all, bus->n_servos);
  if (status == LW_BUS_OK)
    {
      bus->counters.round_trip_ns = *t_reply_ns - *t_request_ns;
      lw_round_trips_add (&bus->round_trips, bus->counters.round_trip_ns);
    }
  return status;
}

LwBusStatus
lw_dynamixel_write_goals (LwServoBus *bus, const double *angle, int64_t deadline_ns)
{
  LwDynamixel *self = (LwDynamixel *) bus;
  int32_t ticks[LW_MAX_JOINTS];

  for (size_t i = 0; i < bus->n_servos; i++)
    {
      uint8_t mode = self->servos[i].mode;

      if (!isfinite (angle[i]))
        return lw_dynamixel_refuse (self, LW_DYNAMIXEL_ERROR_RANGE);
      /* In any other mode the servo would take the goal and do nothing about it. */
      if (mode != LW_DXL_MODE_POSITION && mode != LW_DXL_MODE_EXTENDED && mode != LW_DXL_MODE_CURRENT_POSITION)
        return lw_dynamixel_refuse (self, LW_DYNAMIXEL_ERROR_RESULT);
      ticks[i] = ticks_of_angle (&self->servos[i], angle[i]);
    }
  return lw_dynamixel_sync_write (self, LW_DXL_GOAL_POSITION, LW_DXL_GOAL_POSITION_SIZE, ticks, deadline_ns);
}

LwBusStatus
lw_dynamixel_read_goals (LwServoBus *bus, double *angle, int64_t deadline_ns)
{
  LwDynamixel *self = (LwDynamixel *) bus;
  LwBusStatus status = lw_dynamixel_ask_all (self, &goal_question, deadline_ns);

  for (size_t i = 0; i < bus->n_servos; i++)
    angle[i] = self->line.answers[i].kind == LW_ANSWER_DATA
                 ? lw_dynamixel_angle_of_ticks (lw_dynamixel_get_i32 (lw_dynamixel_answer (self, i, LW_DXL_GOAL_POSITION))) : NAN;
  return status;
}

LwBusStatus
lw_dynamixel_write_torques (LwServoBus *bus, const double *torque, int64_t deadline_ns)
{
  LwDynamixel *self = (LwDynamixel *) bus;
  int32_t current[LW_MAX_JOINTS];

  for (size_t i = 0; i < bus->n_servos; i++)
    {
      const LwDynamixelServo *servo = &self->servos[i];

      if (!isfinite (torque[i]))
        return lw_dynamixel_refuse (self, LW_DYNAMIXEL_ERROR_RANGE);
      if (servo->mode != LW_DXL_MODE_CURRENT)
        return lw_dynamixel_refuse (self, LW_DYNAMIXEL_ERROR_RESULT);
      current[i] = (int32_t) CLAMP (round (torque[i] / servo->load_unit), -servo->current_limit, servo->current_limit);
    }
  return lw_dynamixel_sync_write (self, LW_DXL_GOAL_CURRENT, LW_DXL_GOAL_CURRENT_SIZE, current, deadline_ns);
}

LwBusStatus
lw_dynamixel_set_torque (LwServoBus *bus, bool on, int64_t deadline_ns)
{
  return lw_dynamixel_sync_write_same ((LwDynamixel *) bus, LW_DXL_TORQUE_ENABLE, LW_DXL_TORQUE_ENABLE_SIZE, on ? 1 : 0, deadline_ns);
}

LwBusStatus
lw_dynamixel_set_watchdog (LwServoBus *bus, unsigned timeout_ms, int64_t deadline_ns)
{
  unsigned units = timeout_ms / LW_DXL_WATCHDOG_MS + (timeout_ms % LW_DXL_WATCHDOG_MS != 0 ? 1 : 0);

  return lw_dynamixel_sync_write_same ((LwDynamixel *) bus, LW_DXL_BUS_WATCHDOG, LW_DXL_BUS_WATCHDOG_SIZE, (int32_t) MIN (units, 127), deadline_ns);
}

LwBusStatus
lw_dynamixel_get_watchdog (LwServoBus *bus, bool *triggered, int64_t deadline_ns)
{
  LwDynamixel *self = (LwDynamixel *) bus;
  LwBusStatus status = lw_dynamixel_ask_all (self, &watchdog_question, deadline_ns);

  for (size_t i = 0; i < bus->n_servos && status == LW_BUS_OK; i++)
    triggered[i] = *lw_dynamixel_answer (self, i, LW_DXL_BUS_WATCHDOG) > 127; /* -1 */
  return status;
}
