/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "lw-dynamixel-private.h"

#define PING_LENGTH 3 /* bytes of an answer to a ping */

static const LwDynamixelQuestion health_question = { 3, { { LW_DXL_PRESENT_VOLTAGE, 3 }, { LW_DXL_POSITION_TRAJ, 7 }, { LW_DXL_POSITION_TRAJ, 8 } } };
static const LwDynamixelQuestion hardware_question = { 1, { { LW_DXL_HARDWARE_ERROR, 1 } } };
static const LwDynamixelQuestion mode_question = { 1, { { LW_DXL_OPERATING_MODE, 1 } } };
static const LwDynamixelQuestion range_question = { 1, { { LW_DXL_MAX_POSITION, 8 } } };
static const LwDynamixelQuestion current_limit_question = { 1, { { LW_DXL_CURRENT_LIMIT, 2 } } };

static unsigned
dynamixel_abilities (const LwServoBus *bus)
{
  const LwDynamixel *self = (const LwDynamixel *) bus;
  unsigned abilities = LW_BUS_HAS_WATCHDOG | LW_BUS_HAS_TORQUE | LW_BUS_MANY_TURNS | LW_BUS_HAS_REBOOT | LW_BUS_HAS_STORE | LW_BUS_READS_BACK;

  for (size_t i = 0; i < bus->n_servos; i++)
    {
      const LwDynamixelServo *servo = &self->servos[i];

      if (!servo->watchdog)
        abilities &= ~(unsigned) LW_BUS_HAS_WATCHDOG;
      if (!servo->torque)
        abilities &= ~(unsigned) LW_BUS_HAS_TORQUE;
      if (servo->mode != LW_DXL_MODE_EXTENDED && servo->mode != LW_DXL_MODE_CURRENT_POSITION)
        abilities &= ~(unsigned) LW_BUS_MANY_TURNS;
    }
  return abilities;
}

/* Voltage and temperature lie side by side. The error register lies elsewhere, but the alert bit of any answer tells whether it is worth a question. */
static LwBusStatus
dynamixel_read_health (LwServoBus *bus, size_t servo, LwServoIdentity *out, int64_t deadline_ns)
{
  LwDynamixel *self = (LwDynamixel *) bus;
  LwBusStatus status;

  g_return_val_if_fail (servo < bus->n_servos, LW_BUS_DEVICE);

  status = lw_dynamixel_ask_one (self, (uint8_t) servo, &health_question, deadline_ns);
  if (status != LW_BUS_OK)
    return status;
  out->id = bus->ids[servo];
  out->voltage = lw_dynamixel_get_u16 (lw_dynamixel_answer (self, servo, LW_DXL_PRESENT_VOLTAGE)) * 0.1;
  out->temperature = *lw_dynamixel_answer (self, servo, LW_DXL_PRESENT_TEMPERATURE);
  out->hardware_error = 0;
  if ((self->line.answers[servo].error & LW_DYNAMIXEL_ALERT) == 0)
    return LW_BUS_OK;
  status = lw_dynamixel_ask_one (self, (uint8_t) servo, &hardware_question, deadline_ns);
  if (status == LW_BUS_OK)
    out->hardware_error = *lw_dynamixel_answer (self, servo, LW_DXL_HARDWARE_ERROR);
  return status;
}

static LwBusStatus
ping (LwDynamixel *self, uint8_t servo, int64_t deadline_ns)
{
  const LwAnswer *answer = &self->line.answers[servo];
  LwBusStatus status = LW_BUS_OK;

  lw_dynamixel_line_begin (&self->line);
  lw_dynamixel_line_settle (&self->line, deadline_ns);
  for (unsigned round = 0; round < LW_DYNAMIXEL_N_ROUNDS && status == LW_BUS_OK && answer->kind == LW_ANSWER_NONE; round++)
    {
      self->line.attempt = round;
      if (round == 0 || lw_dynamixel_line_has_time (&self->line, PING_LENGTH, deadline_ns))
        status = lw_dynamixel_line_instruct (&self->line, servo, LW_DYNAMIXEL_PING, NULL, 0, PING_LENGTH, deadline_ns);
    }
  return status != LW_BUS_OK ? status : lw_dynamixel_judge (self, &servo, 1);
}

void
lw_dynamixel_take_model (LwDynamixelServo *servo, const uint8_t *answer, LwServoIdentity *out)
{
  const LwDynamixelModel *model;

  out->model = lw_dynamixel_get_u16 (answer);
  out->firmware = answer[2];
  model = lw_dynamixel_model (out->model);
  servo->watchdog = out->firmware >= LW_DXL_WATCHDOG_FIRMWARE && (model == NULL || out->firmware != model->deaf_watchdog);
  servo->fast = model != NULL && out->firmware >= model->fast_firmware;
  servo->torque = model != NULL && model->load_is_torque;
  out->watchdog_defect = model != NULL && model->deaf_watchdog != 0 && out->firmware == model->deaf_watchdog;
  out->measures_torque = servo->torque;
  out->supply_min = model != NULL ? model->supply_min : 0;
  out->supply_max = model != NULL ? model->supply_max : 0;
  if (model != NULL)
    {
      g_strlcpy (out->name, model->name, sizeof out->name);
      servo->load_unit = model->load_unit;
    }
  else
    {
      g_snprintf (out->name, sizeof out->name, "Dynamixel model %u", out->model);
    }
}

static LwBusStatus
learn_registers (LwDynamixel *self, uint8_t index, int64_t deadline_ns)
{
  LwDynamixelServo *servo = &self->servos[index];
  LwBusStatus status = lw_dynamixel_ask_one (self, index, &mode_question, deadline_ns);

  if (status != LW_BUS_OK)
    return status;
  servo->mode = *lw_dynamixel_answer (self, index, LW_DXL_OPERATING_MODE);
  if (servo->mode == LW_DXL_MODE_POSITION || servo->mode == LW_DXL_MODE_EXTENDED || servo->mode == LW_DXL_MODE_CURRENT_POSITION)
    servo->position_mode = servo->mode;

  status = lw_dynamixel_ask_one (self, index, &range_question, deadline_ns);
  if (status != LW_BUS_OK)
    return status;
  servo->min = lw_dynamixel_get_i32 (lw_dynamixel_answer (self, index, LW_DXL_MIN_POSITION));
  servo->max = lw_dynamixel_get_i32 (lw_dynamixel_answer (self, index, LW_DXL_MAX_POSITION));
  if (!servo->torque)
    return LW_BUS_OK;

  status = lw_dynamixel_ask_one (self, index, &current_limit_question, deadline_ns);
  if (status == LW_BUS_OK)
    servo->current_limit = (int16_t) lw_dynamixel_get_u16 (lw_dynamixel_answer (self, index, LW_DXL_CURRENT_LIMIT));
  return status;
}

/* Once all are known, and once only: what came of trying stays remembered when a servo is identified again. */
static void
decide_fast (LwDynamixel *self)
{
  bool all_fast = true;

  for (size_t i = 0; i < self->base.n_servos; i++)
    {
      if (!self->servos[i].identified)
        return;
      all_fast = all_fast && self->servos[i].fast;
    }
  if (!self->fast_decided)
    self->line.fast.wanted = all_fast;
  self->fast_decided = true;
}

static LwBusStatus
dynamixel_identify (LwServoBus *bus, size_t servo, LwServoIdentity *out, int64_t deadline_ns)
{
  LwDynamixel *self = (LwDynamixel *) bus;
  uint8_t index = (uint8_t) servo;
  LwBusStatus status;

  g_return_val_if_fail (servo < bus->n_servos, LW_BUS_DEVICE);

  status = ping (self, index, deadline_ns);
  if (status != LW_BUS_OK)
    return status;
  lw_dynamixel_take_model (&self->servos[servo], self->line.answers[servo].data, out);
  status = learn_registers (self, index, deadline_ns);
  if (status == LW_BUS_OK)
    status = dynamixel_read_health (bus, servo, out, deadline_ns);
  if (status != LW_BUS_OK)
    return status;
  self->servos[servo].identified = true;
  out->torque_control = self->servos[servo].mode == LW_DXL_MODE_CURRENT;
  decide_fast (self);
  return LW_BUS_OK;
}

static void
dynamixel_free (LwServoBus *bus)
{
  lw_transport_free (bus->transport);
  g_free (bus);
}

static const LwServoBusClass dynamixel_class = {
  .protocol = "Dynamixel 2.0",
  .abilities = dynamixel_abilities,
  .identify = dynamixel_identify,
  .read = lw_dynamixel_read,
  .write_goals = lw_dynamixel_write_goals,
  .read_goals = lw_dynamixel_read_goals,
  .set_torque = lw_dynamixel_set_torque,
  .get_torque = lw_dynamixel_get_torque,
  .set_watchdog = lw_dynamixel_set_watchdog,
  .get_watchdog = lw_dynamixel_get_watchdog,
  .read_health = dynamixel_read_health,
  .set_control = lw_dynamixel_set_control,
  .write_torques = lw_dynamixel_write_torques,
  .reboot = lw_dynamixel_reboot,
  .read_stored = lw_dynamixel_read_stored,
  .write_stored = lw_dynamixel_write_stored,
  .free = dynamixel_free,
};

LwServoBus *
lw_dynamixel_new (LwTransport *transport, const uint8_t *ids, size_t n_servos)
{
  LwDynamixel *self;

  g_return_val_if_fail (transport != NULL, NULL);
  g_return_val_if_fail (n_servos > 0 && n_servos <= LW_MAX_JOINTS, NULL);

  self = g_new0 (LwDynamixel, 1);
  self->base.klass = &dynamixel_class;
  self->base.transport = transport;
  self->base.n_servos = n_servos;
  memcpy (self->base.ids, ids, n_servos);
  for (size_t i = 0; i < n_servos; i++)
    {
      self->servos[i].load_unit = 1e-3; /* of an unknown model: the fraction of full output older servos report */
      self->servos[i].mode = self->servos[i].position_mode = LW_DXL_MODE_POSITION;
      self->servos[i].max = LW_DXL_TICKS - 1;
    }
  lw_servo_chain_init (&self->chain, n_servos);
  lw_dynamixel_line_init (&self->line, &self->base);
  return &self->base;
}
