/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "lw-dynamixel-private.h"

/* What is set rarely, one servo at a time, and read back: control mode, offset, range. All of it in the EEPROM, with torque off. */

static const LwDynamixelQuestion goal_current_question = { 1, { { LW_DXL_GOAL_CURRENT, 2 } } };
static const LwDynamixelQuestion setup_question = { 1, { { LW_DXL_BAUD_RATE, 4 } } };
static const LwDynamixelQuestion offset_question = { 1, { { LW_DXL_HOMING_OFFSET, 4 } } };
static const LwDynamixelQuestion range_question = { 1, { { LW_DXL_MAX_POSITION, 8 } } };

G_STATIC_ASSERT (LW_DXL_OPERATING_MODE - LW_DXL_BAUD_RATE == 3);
G_STATIC_ASSERT (LW_DXL_MIN_POSITION - LW_DXL_MAX_POSITION == 4);

/* A servo entering current mode takes its current limit for a goal: with torque on it would run away. Zero first, and certainly. */
static LwBusStatus
clear_currents (LwDynamixel *self, int64_t deadline_ns)
{
  LwBusStatus status = lw_dynamixel_sync_write_same (self, LW_DXL_GOAL_CURRENT, LW_DXL_GOAL_CURRENT_SIZE, 0, deadline_ns);

  if (status == LW_BUS_OK)
    status = lw_dynamixel_ask_all (self, &goal_current_question, deadline_ns);
  for (size_t i = 0; i < self->base.n_servos && status == LW_BUS_OK; i++)
    if (lw_dynamixel_get_u16 (lw_dynamixel_answer (self, i, LW_DXL_GOAL_CURRENT)) != 0)
      status = lw_dynamixel_write_register (self, (uint8_t) i, LW_DXL_GOAL_CURRENT, LW_DXL_GOAL_CURRENT_SIZE, 0, deadline_ns);
  return status;
}

LwBusStatus
lw_dynamixel_set_control (LwServoBus *bus, bool torque, int64_t deadline_ns)
{
  LwDynamixel *self = (LwDynamixel *) bus;
  LwBusStatus status;

  if ((bus->klass->abilities (bus) & LW_BUS_HAS_TORQUE) == 0)
    return lw_dynamixel_refuse (self, LW_DYNAMIXEL_ERROR_INSTRUCTION);
  status = lw_dynamixel_need_limp (self, deadline_ns);
  for (size_t i = 0; i < bus->n_servos && status == LW_BUS_OK; i++)
    {
      uint8_t mode = torque ? LW_DXL_MODE_CURRENT : self->servos[i].position_mode;

      if (mode == self->servos[i].mode)
        continue;
      self->servos[i].mode = LW_DYNAMIXEL_MODE_UNKNOWN;
      status = lw_dynamixel_write_register (self, (uint8_t) i, LW_DXL_OPERATING_MODE, LW_DXL_OPERATING_MODE_SIZE, mode, deadline_ns);
      if (status == LW_BUS_OK)
        self->servos[i].mode = mode;
    }
  return status == LW_BUS_OK && torque ? clear_currents (self, deadline_ns) : status;
}

/* One request only: a servo that heard it and whose status was lost is on its way, and hears nothing for a second. */
LwBusStatus
lw_dynamixel_reboot (LwServoBus *bus, size_t servo, int64_t deadline_ns)
{
  LwDynamixel *self = (LwDynamixel *) bus;
  uint8_t index = (uint8_t) servo;
  LwBusStatus status;

  g_return_val_if_fail (servo < bus->n_servos, LW_BUS_DEVICE);

  lw_dynamixel_line_begin (&self->line);
  lw_dynamixel_line_settle (&self->line, deadline_ns);
  status = lw_dynamixel_line_instruct (&self->line, index, LW_DYNAMIXEL_REBOOT, NULL, 0, 0, deadline_ns);
  lw_servo_chain_missed (&self->chain, servo);
  self->servos[servo].alert = false;
  return status != LW_BUS_OK ? status : lw_dynamixel_judge (self, &index, 1);
}

LwBusStatus
lw_dynamixel_read_stored (LwServoBus *bus, size_t servo, LwServoStored *out, int64_t deadline_ns)
{
  LwDynamixel *self = (LwDynamixel *) bus;
  uint8_t index = (uint8_t) servo;
  LwServoStored stored;
  const uint8_t *bytes;
  LwBusStatus status;

  g_return_val_if_fail (servo < bus->n_servos, LW_BUS_DEVICE);

  status = lw_dynamixel_ask_one (self, index, &setup_question, deadline_ns);
  if (status != LW_BUS_OK)
    return status;
  bytes = lw_dynamixel_answer (self, servo, LW_DXL_BAUD_RATE);
  stored.baud = bytes[0] < LW_DXL_N_BAUDS ? lw_dynamixel_bauds[bytes[0]] : 0;
  stored.return_delay = bytes[1] * LW_DXL_DELAY_US * 1e-6;
  stored.reversed = (bytes[2] & 1) != 0;
  stored.mode = bytes[3];

  status = lw_dynamixel_ask_one (self, index, &offset_question, deadline_ns);
  if (status != LW_BUS_OK)
    return status;
  stored.offset = lw_dynamixel_get_i32 (lw_dynamixel_answer (self, servo, LW_DXL_HOMING_OFFSET)) * LW_DXL_RAD_PER_TICK;

  status = lw_dynamixel_ask_one (self, index, &range_question, deadline_ns);
  if (status != LW_BUS_OK)
    return status;
  stored.min = lw_dynamixel_angle_of_ticks (lw_dynamixel_get_i32 (lw_dynamixel_answer (self, servo, LW_DXL_MIN_POSITION)));
  stored.max = lw_dynamixel_angle_of_ticks (lw_dynamixel_get_i32 (lw_dynamixel_answer (self, servo, LW_DXL_MAX_POSITION)));
  *out = stored;
  return LW_BUS_OK;
}

/* Position mode heeds a quarter turn of the offset and silently drops the rest: that is no offset anyone wanted. */
static bool
may_be_stored (const LwDynamixelServo *servo, double offset, double min, double max)
{
  int32_t most = servo->position_mode == LW_DXL_MODE_POSITION ? LW_DXL_MAX_ONE_TURN_OFFSET : LW_DXL_MAX_OFFSET;

  return fabs (offset) <= most && min >= 0 && min < max && max <= LW_DXL_TICKS - 1; /* false of NaN */
}

LwBusStatus
lw_dynamixel_write_stored (LwServoBus *bus, size_t servo, const LwServoStored *stored, int64_t deadline_ns)
{
  LwDynamixel *self = (LwDynamixel *) bus;
  double offset = round (stored->offset / LW_DXL_RAD_PER_TICK);
  double min = round (LW_DXL_CENTRE + stored->min / LW_DXL_RAD_PER_TICK);
  double max = round (LW_DXL_CENTRE + stored->max / LW_DXL_RAD_PER_TICK);
  uint8_t index = (uint8_t) servo;
  LwBusStatus status;

  g_return_val_if_fail (servo < bus->n_servos, LW_BUS_DEVICE);

  if (!may_be_stored (&self->servos[servo], offset, min, max))
    return lw_dynamixel_refuse (self, LW_DYNAMIXEL_ERROR_LIMIT);
  status = lw_dynamixel_write_register (self, index, LW_DXL_HOMING_OFFSET, LW_DXL_HOMING_OFFSET_SIZE, (int32_t) offset, deadline_ns);
  if (status == LW_BUS_OK)
    status = lw_dynamixel_write_register (self, index, LW_DXL_MAX_POSITION, LW_DXL_MAX_POSITION_SIZE, (int32_t) max, deadline_ns);
  if (status == LW_BUS_OK)
    status = lw_dynamixel_write_register (self, index, LW_DXL_MIN_POSITION, LW_DXL_MIN_POSITION_SIZE, (int32_t) min, deadline_ns);
  if (status != LW_BUS_OK)
    return status;
  self->servos[servo].min = (int32_t) min;
  self->servos[servo].max = (int32_t) max;
  return LW_BUS_OK;
}
