/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "lw-feetech-private.h"

/* What a servo is and keeps lies in its first 34 bytes: one read. */
static const LwFeetechQuestion stored_question = { LW_FEETECH_FIRMWARE_MAJOR, LW_FEETECH_MODE + 1, LW_FEETECH_EPROM_END };
static const LwFeetechQuestion health_question = { LW_FEETECH_PRESENT_VOLTAGE, 4, 9 };

G_STATIC_ASSERT (LW_FEETECH_EPROM_END <= LW_FEETECH_LINE_DATA);

void
lw_feetech_servo_init (LwFeetechServo *self)
{
  *self = (LwFeetechServo){ .speed_unit = LW_FEETECH_RAD_PER_TICK, .max = LW_FEETECH_TICKS - 1, .mode = LW_FEETECH_MODE_POSITION };
}

static int32_t
word_at (const LwFeetech *self, size_t servo, uint8_t address)
{
  return lw_feetech_get_u16 (lw_feetech_answer_at (&self->line, servo, address));
}

/* Limits that leave no range are none. */
static void
take_limits (LwFeetech *self, size_t servo)
{
  int32_t min = word_at (self, servo, LW_FEETECH_MIN_POSITION), max = word_at (self, servo, LW_FEETECH_MAX_POSITION);
  bool sound = min < max && max < LW_FEETECH_TICKS;

  self->servos[servo].min = sound ? min : 0;
  self->servos[servo].max = sound ? max : LW_FEETECH_TICKS - 1;
}

static void
take_settings (LwFeetech *self, size_t servo)
{
  LwFeetechServo *out = &self->servos[servo];
  uint8_t phase = *lw_feetech_answer_at (&self->line, servo, LW_FEETECH_PHASE);
  int unit = (phase & LW_FEETECH_PHASE_FINE_SPEED) != 0 ? 1 : LW_FEETECH_COARSE_SPEED;

  take_limits (self, servo);
  out->mode = *lw_feetech_answer_at (&self->line, servo, LW_FEETECH_MODE);
  out->speed_unit = unit * LW_FEETECH_RAD_PER_TICK;
  out->goal_speed = (phase & LW_FEETECH_PHASE_ZERO_FAST) != 0 ? 0 : (uint16_t) (LW_FEETECH_TOP_SPEED / unit);
}

bool
lw_feetech_take_model (const uint8_t *table, LwServoIdentity *out)
{
  uint16_t number = lw_feetech_get_u16 (table + LW_FEETECH_MODEL);
  bool big_endian = table[LW_FEETECH_BYTE_ORDER] != 0;
  const LwFeetechModel *model;

  if (lw_feetech_model (number) == NULL && lw_feetech_model (GUINT16_SWAP_LE_BE (number)) != NULL)
    {
      number = GUINT16_SWAP_LE_BE (number);
      big_endian = true;
    }
  model = lw_feetech_model (number);
  out->model = number;
  out->firmware = table[LW_FEETECH_FIRMWARE_MAJOR];
  out->firmware_minor = table[LW_FEETECH_FIRMWARE_MINOR];
  if (model == NULL)
    g_snprintf (out->name, sizeof out->name, "Feetech model %u", number);
  else
    g_strlcpy (out->name, model->name, sizeof out->name);
  return !big_endian && (model == NULL || model->stall_torque > 0);
}

LwBusStatus
lw_feetech_read_health (LwServoBus *bus, size_t servo, LwServoIdentity *out, int64_t deadline_ns)
{
  LwFeetech *self = (LwFeetech *) bus;
  LwBusStatus status;

  g_return_val_if_fail (servo < bus->n_servos, LW_BUS_DEVICE);

  status = lw_feetech_ask_one (&self->line, (uint8_t) servo, &health_question, deadline_ns);
  if (status != LW_BUS_OK)
    return status;
  out->id = bus->ids[servo];
  out->voltage = *lw_feetech_answer_at (&self->line, servo, LW_FEETECH_PRESENT_VOLTAGE) * LW_FEETECH_VOLT_UNIT;
  out->temperature = *lw_feetech_answer_at (&self->line, servo, LW_FEETECH_PRESENT_TEMPERATURE);
  out->hardware_error = self->line.answers[servo].status | *lw_feetech_answer_at (&self->line, servo, LW_FEETECH_STATUS);
  return LW_BUS_OK;
}

/* The same servo is built for two supplies, and its own upper limit tells which. Its lower limit, 4 V, is where it fails, not what it is made for. */
static void
take_supply (const LwFeetech *self, size_t servo, LwServoIdentity *out)
{
  double most = *lw_feetech_answer_at (&self->line, servo, LW_FEETECH_MAX_VOLTAGE) * LW_FEETECH_VOLT_UNIT;
  double least = *lw_feetech_answer_at (&self->line, servo, LW_FEETECH_MIN_VOLTAGE) * LW_FEETECH_VOLT_UNIT;

  out->supply_min = fmax (least, most > 10 ? 9 : 6);
  out->supply_max = most;
}

LwBusStatus
lw_feetech_identify (LwServoBus *bus, size_t servo, LwServoIdentity *out, int64_t deadline_ns)
{
  LwFeetech *self = (LwFeetech *) bus;
  LwBusStatus status;

  g_return_val_if_fail (servo < bus->n_servos, LW_BUS_DEVICE);

  status = lw_feetech_ask_one (&self->line, (uint8_t) servo, &stored_question, deadline_ns);
  if (status != LW_BUS_OK)
    return status;
  out->id = bus->ids[servo];
  if (!lw_feetech_take_model (self->line.answers[servo].data, out))
    {
      bus->device_error = LW_FEETECH_REFUSED_SERIES;
      return LW_BUS_DEVICE;
    }
  take_settings (self, servo);
  take_supply (self, servo, out);
  return lw_feetech_read_health (bus, servo, out, deadline_ns);
}

LwBusStatus
lw_feetech_read_stored (LwServoBus *bus, size_t servo, LwServoStored *out, int64_t deadline_ns)
{
  LwFeetech *self = (LwFeetech *) bus;
  LwBusStatus status;
  uint8_t baud;

  g_return_val_if_fail (servo < bus->n_servos, LW_BUS_DEVICE);

  status = lw_feetech_ask_one (&self->line, (uint8_t) servo, &stored_question, deadline_ns);
  if (status != LW_BUS_OK)
    return status;
  baud = *lw_feetech_answer_at (&self->line, servo, LW_FEETECH_BAUD);
  *out = (LwServoStored){
    .offset = -lw_feetech_offset ((uint16_t) word_at (self, servo, LW_FEETECH_OFFSET)) * LW_FEETECH_RAD_PER_TICK,
    .min = lw_feetech_angle_of_ticks (word_at (self, servo, LW_FEETECH_MIN_POSITION)),
    .max = lw_feetech_angle_of_ticks (word_at (self, servo, LW_FEETECH_MAX_POSITION)),
    .reversed = (*lw_feetech_answer_at (&self->line, servo, LW_FEETECH_PHASE) & LW_FEETECH_PHASE_FEEDBACK) != 0,
    .mode = *lw_feetech_answer_at (&self->line, servo, LW_FEETECH_MODE),
    .return_delay = *lw_feetech_answer_at (&self->line, servo, LW_FEETECH_RETURN_DELAY) * LW_FEETECH_DELAY_UNIT_US * 1e-6,
    .baud = baud < LW_FEETECH_N_BAUDS ? lw_feetech_bauds[baud] : 0,
  };
  return LW_BUS_OK;
}

/* Into the words of offset, min and max; false when they cannot be stored. An offset counts modulo a turn: of the two ways
 * round the shorter is taken, and exactly half a turn is neither. */
static bool
encode_stored (const LwServoStored *stored, uint8_t offset[2], uint8_t limits[4])
{
  double ticks = -round (stored->offset / LW_FEETECH_RAD_PER_TICK);
  double min = round (LW_FEETECH_CENTRE + stored->min / LW_FEETECH_RAD_PER_TICK);
  double max = round (LW_FEETECH_CENTRE + stored->max / LW_FEETECH_RAD_PER_TICK);

  ticks = remainder (ticks, LW_FEETECH_TICKS);
  if (!(fabs (ticks) <= LW_FEETECH_MAX_OFFSET && min >= 0 && min < max && max < LW_FEETECH_TICKS))
    return false;
  lw_feetech_put_u16 (offset, lw_feetech_sign_magnitude ((int32_t) ticks, LW_FEETECH_OFFSET_SIGN));
  lw_feetech_put_u16 (limits, (uint16_t) min);
  lw_feetech_put_u16 (limits + 2, (uint16_t) max);
  return true;
}

/* Closed again whatever happened in between. */
LwBusStatus
lw_feetech_write_stored (LwServoBus *bus, size_t servo, const LwServoStored *stored, int64_t deadline_ns)
{
  LwFeetech *self = (LwFeetech *) bus;
  uint8_t index = (uint8_t) servo, offset[2], limits[4];
  LwBusStatus status, closed;

  g_return_val_if_fail (servo < bus->n_servos, LW_BUS_DEVICE);

  if (!encode_stored (stored, offset, limits))
    {
      bus->device_error = LW_FEETECH_REFUSED_RANGE;
      return LW_BUS_DEVICE;
    }
  status = lw_feetech_unlock (&self->line, index, deadline_ns);
  if (status != LW_BUS_OK)
    return status;
  status = lw_feetech_put (&self->line, index, LW_FEETECH_OFFSET, offset, sizeof offset, deadline_ns);
  if (status == LW_BUS_OK)
    status = lw_feetech_put (&self->line, index, LW_FEETECH_MIN_POSITION, limits, sizeof limits, deadline_ns);
  closed = lw_feetech_lock (&self->line, index, deadline_ns);
  if (status == LW_BUS_OK)
    {
      self->servos[servo].min = lw_feetech_get_u16 (limits);
      self->servos[servo].max = lw_feetech_get_u16 (limits + 2);
      status = closed;
    }
  return status;
}
