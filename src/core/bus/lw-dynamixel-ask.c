/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "lw-dynamixel-private.h"

static const LwDynamixelQuestion torque_question = { 1, { { LW_DXL_TORQUE_ENABLE, 2 } } };

LwBusStatus
lw_dynamixel_refuse (LwDynamixel *self, uint8_t code)
{
  self->base.device_error = code;
  return LW_BUS_DEVICE;
}

LwBusStatus
lw_dynamixel_judge (LwDynamixel *self, const uint8_t *list, size_t n)
{
  LwBusStatus status = LW_BUS_OK;

  for (size_t i = 0; i < n; i++)
    {
      const LwAnswer *answer = &self->line.answers[list[i]];

      if (answer->kind == LW_ANSWER_ERROR)
        return lw_dynamixel_refuse (self, answer->error & ~LW_DYNAMIXEL_ALERT);
      if (answer->kind == LW_ANSWER_NONE)
        status = self->line.noisy ? LW_BUS_CORRUPT : LW_BUS_TIMEOUT;
    }
  return status;
}

static size_t
missing_of (const LwDynamixel *self, const uint8_t *list, size_t n, uint8_t *missing)
{
  size_t n_missing = 0;

  for (size_t i = 0; i < n; i++)
    if (self->line.answers[list[i]].kind == LW_ANSWER_NONE)
      missing[n_missing++] = list[i];
  return n_missing;
}

static LwBusStatus
ask_once (LwDynamixel *self, const uint8_t *list, size_t n, const LwDynamixelQuestion *question, int64_t deadline_ns)
{
  size_t variant = lw_dynamixel_line_salt (&self->line) % question->n;

  return lw_dynamixel_line_ask (&self->line, list, n, question->variants[variant].address, question->variants[variant].length, deadline_ns);
}

LwBusStatus
lw_dynamixel_ask_list (LwDynamixel *self, const uint8_t *list, size_t n, const LwDynamixelQuestion *question, int64_t deadline_ns)
{
  uint16_t length = question->variants[0].length;
  uint8_t missing[LW_MAX_JOINTS];
  LwBusStatus status;

  if (question->n == 1)
    lw_dynamixel_line_settle (&self->line, deadline_ns);
  status = ask_once (self, list, n, question, deadline_ns);
  for (int round = 0; round < LW_DYNAMIXEL_N_ROUNDS && status == LW_BUS_OK; round++)
    {
      size_t n_missing = missing_of (self, list, n, missing);

      self->line.attempt = (unsigned) round;
      for (size_t i = 1; i <= n_missing && status == LW_BUS_OK && lw_dynamixel_line_has_time (&self->line, length, deadline_ns); i++)
        status = ask_once (self, &missing[i % n_missing], 1, question, deadline_ns);
    }
  return status;
}

LwBusStatus
lw_dynamixel_ask_all (LwDynamixel *self, const LwDynamixelQuestion *question, int64_t deadline_ns)
{
  uint8_t list[LW_MAX_JOINTS];
  LwBusStatus status;

  for (size_t i = 0; i < self->base.n_servos; i++)
    list[i] = (uint8_t) i;
  lw_dynamixel_line_begin (&self->line);
  status = lw_dynamixel_ask_list (self, list, self->base.n_servos, question, deadline_ns);
  return status != LW_BUS_OK ? status : lw_dynamixel_judge (self, list, self->base.n_servos);
}

LwBusStatus
lw_dynamixel_ask_one (LwDynamixel *self, uint8_t servo, const LwDynamixelQuestion *question, int64_t deadline_ns)
{
  LwBusStatus status;

  lw_dynamixel_line_begin (&self->line);
  status = lw_dynamixel_ask_list (self, &servo, 1, question, deadline_ns);
  return status != LW_BUS_OK ? status : lw_dynamixel_judge (self, &servo, 1);
}

const uint8_t *
lw_dynamixel_answer (const LwDynamixel *self, size_t i, uint16_t address)
{
  const LwAnswer *answer = &self->line.answers[i];

  return answer->data + (address - answer->address);
}

LwBusStatus
lw_dynamixel_get_torque (LwServoBus *bus, bool *on, int64_t deadline_ns)
{
  LwDynamixel *self = (LwDynamixel *) bus;
  LwBusStatus status = lw_dynamixel_ask_all (self, &torque_question, deadline_ns);

  for (size_t i = 0; i < bus->n_servos && status == LW_BUS_OK; i++)
    on[i] = *lw_dynamixel_answer (self, i, LW_DXL_TORQUE_ENABLE) != 0;
  return status;
}

LwBusStatus
lw_dynamixel_need_limp (LwDynamixel *self, int64_t deadline_ns)
{
  bool on[LW_MAX_JOINTS];
  LwBusStatus status = lw_dynamixel_get_torque (&self->base, on, deadline_ns);

  for (size_t i = 0; i < self->base.n_servos && status == LW_BUS_OK; i++)
    if (on[i])
      status = lw_dynamixel_refuse (self, LW_DYNAMIXEL_ERROR_ACCESS);
  return status;
}

LwBusStatus
lw_dynamixel_sync_write (LwDynamixel *self, uint16_t address, uint16_t size, const int32_t *values, int64_t deadline_ns)
{
  uint8_t params[4 + LW_MAX_JOINTS * 5];
  size_t n = 4;

  lw_dynamixel_put (params, 2, address);
  lw_dynamixel_put (params + 2, 2, size);
  for (size_t i = 0; i < self->base.n_servos; i++)
    {
      params[n++] = self->base.ids[i];
      lw_dynamixel_put (params + n, size, (uint32_t) values[i]);
      n += size;
    }
  lw_dynamixel_line_begin (&self->line);
  return lw_dynamixel_line_tell (&self->line, LW_DYNAMIXEL_SYNC_WRITE, params, n, deadline_ns);
}

LwBusStatus
lw_dynamixel_sync_write_same (LwDynamixel *self, uint16_t address, uint16_t size, int32_t value, int64_t deadline_ns)
{
  int32_t values[LW_MAX_JOINTS];

  for (size_t i = 0; i < LW_MAX_JOINTS; i++)
    values[i] = value;
  return lw_dynamixel_sync_write (self, address, size, values, deadline_ns);
}

/* Says nothing about whether it was written when no status comes: the servo may not give one, or it was lost. Reading back decides. */
static LwBusStatus
write_once (LwDynamixel *self, uint8_t servo, uint8_t address, uint8_t size, int32_t value, unsigned attempt, int64_t deadline_ns)
{
  const LwAnswer *answer = &self->line.answers[servo];
  uint8_t params[2 + 4];
  LwBusStatus status;

  lw_dynamixel_put (params, 2, address);
  lw_dynamixel_put (params + 2, size, (uint32_t) value);
  lw_dynamixel_line_begin (&self->line);
  lw_dynamixel_line_settle (&self->line, deadline_ns);
  self->line.attempt = attempt;
  status = lw_dynamixel_line_instruct (&self->line, servo, LW_DYNAMIXEL_WRITE, params, 2 + (size_t) size, 0, deadline_ns);
  if (status == LW_BUS_OK && answer->kind == LW_ANSWER_ERROR)
    return lw_dynamixel_refuse (self, answer->error & ~LW_DYNAMIXEL_ALERT);
  return status;
}

LwBusStatus
lw_dynamixel_write_register (LwDynamixel *self, uint8_t servo, uint8_t address, uint8_t size, int32_t value, int64_t deadline_ns)
{
  const LwDynamixelQuestion question = { 1, { { address, size } } };
  uint8_t wanted[4];
  LwBusStatus status = LW_BUS_OK;

  if (address < LW_DXL_EEPROM_END)
    {
      status = lw_dynamixel_ask_one (self, servo, &torque_question, deadline_ns);
      if (status != LW_BUS_OK)
        return status;
      if (*lw_dynamixel_answer (self, servo, LW_DXL_TORQUE_ENABLE) != 0)
        return lw_dynamixel_refuse (self, LW_DYNAMIXEL_ERROR_ACCESS);
    }
  lw_dynamixel_put (wanted, size, (uint32_t) value);
  for (unsigned round = 0; round < LW_DYNAMIXEL_N_ROUNDS; round++)
    {
      status = write_once (self, servo, address, size, value, round, deadline_ns);
      if (status == LW_BUS_OK)
        status = lw_dynamixel_ask_one (self, servo, &question, deadline_ns);
      if (status == LW_BUS_OK && memcmp (lw_dynamixel_answer (self, servo, address), wanted, size) == 0)
        return LW_BUS_OK;
      if (status == LW_BUS_GONE || status == LW_BUS_DEVICE || !lw_dynamixel_line_has_time (&self->line, size, deadline_ns))
        break;
    }
  return status != LW_BUS_OK ? status : lw_dynamixel_refuse (self, LW_DYNAMIXEL_ERROR_RESULT);
}
