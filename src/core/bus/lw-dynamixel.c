/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>

#include "lw-dynamixel-line.h"
#include "lw-dynamixel-table.h"

/* The driver: registers of the X series behind LwServoBus. Present current, velocity and position lie side by side (126..135), so one read serves a cycle.
 *
 * The replies of a sync read come as a chain, each servo waiting for the one before it: a dead servo silences all behind it. Whoever is missing is
 * therefore asked alone, the first of them (the suspect) last. Who was silent in the cycle before stands at the end of the chain, where it
 * harms nobody; a servo silent in three cycles leaves it and is tried again now and then. */
#define MAX_SILENT    3
#define RETRY_PERIOD  16 /* cycles */
#define N_ROUNDS      10 /* of asking the missing ones alone, if there is time */
#define PING_LENGTH   3  /* bytes of an answer to a ping */

/* What is read, and the lengths that do as well: the answer to one question never has the length of another's, nor of an earlier attempt's whose answer
 * may still come (see lw-dynamixel-line.h). Only lengths without gaps in the control table. Where there is one, the line must be quiet first. */
typedef struct {
  uint8_t n;
  struct {
    uint8_t address, length;
  } variants[13];
} Question;

static const Question cycle_question = { 13, {
  { 126, 10 }, { 126, 11 }, { 126, 12 }, { 126, 13 }, { 126, 14 }, { 126, 15 }, { 126, 16 },
  { 126, 17 }, { 126, 18 }, { 126, 19 }, { 126, 20 }, { 126, 21 }, { 126, 22 },
} };
static const Question goal_question = { 4, { { 116, 4 }, { 116, 5 }, { 116, 6 }, { 116, 9 } } };
static const Question health_question = { 3, { { LW_DXL_PRESENT_VOLTAGE, 3 }, { LW_DXL_POSITION_TRAJ, 7 }, { LW_DXL_POSITION_TRAJ, 8 } } };
static const Question torque_question = { 1, { { LW_DXL_TORQUE_ENABLE, 2 } } };
static const Question watchdog_question = { 1, { { LW_DXL_BUS_WATCHDOG, 1 } } };
static const Question mode_question = { 1, { { LW_DXL_OPERATING_MODE, 1 } } };
static const Question hardware_question = { 1, { { LW_DXL_HARDWARE_ERROR, 1 } } };

G_STATIC_ASSERT (LW_DXL_PRESENT_CURRENT == 126 && LW_DXL_PRESENT_POSITION + LW_DXL_PRESENT_POSITION_SIZE == 136);
G_STATIC_ASSERT (LW_DXL_GOAL_POSITION == 116);
G_STATIC_ASSERT (126 + 22 <= LW_DXL_TABLE_SIZE && 22 <= LW_DYNAMIXEL_LINE_DATA);

typedef struct {
  double  load_unit; /* N m or fraction a unit */
  uint8_t mode;      /* LwDynamixelMode */
  uint8_t silent;    /* cycles in a row without an answer */
  bool    alert;     /* of the last status packet */
} Servo;

typedef struct {
  LwServoBus      base;
  LwDynamixelLine line;
  Servo           servos[LW_MAX_JOINTS];
  uint32_t        cycle;
} LwDynamixel;

static bool
answered (const LwDynamixel *self, size_t servo)
{
  return self->line.answers[servo].kind == LW_ANSWER_DATA;
}

/* What the answers of all servos in @list amount to. */
static LwBusStatus
judge (LwDynamixel *self, const uint8_t *list, size_t n)
{
  LwBusStatus status = LW_BUS_OK;

  for (size_t i = 0; i < n; i++)
    {
      const LwAnswer *answer = &self->line.answers[list[i]];

      if (answer->kind == LW_ANSWER_ERROR)
        {
          self->base.device_error = answer->error & ~LW_DYNAMIXEL_ALERT;
          return LW_BUS_DEVICE;
        }
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
ask_once (LwDynamixel *self, const uint8_t *list, size_t n, const Question *question, int64_t deadline_ns)
{
  size_t variant = lw_dynamixel_line_salt (&self->line) % question->n;

  return lw_dynamixel_line_ask (&self->line, list, n, question->variants[variant].address, question->variants[variant].length, deadline_ns);
}

/* Asks @list together, then whoever is missing alone, as long as there is time. */
static LwBusStatus
ask_all (LwDynamixel *self, const uint8_t *list, size_t n, const Question *question, int64_t deadline_ns)
{
  uint16_t length = question->variants[0].length;
  uint8_t missing[LW_MAX_JOINTS];
  LwBusStatus status;

  if (question->n == 1)
    lw_dynamixel_line_settle (&self->line, deadline_ns);
  status = ask_once (self, list, n, question, deadline_ns);
  for (int round = 0; round < N_ROUNDS && status == LW_BUS_OK; round++)
    {
      size_t n_missing = missing_of (self, list, n, missing);

      self->line.attempt = (unsigned) round;
      for (size_t i = 1; i <= n_missing && status == LW_BUS_OK && lw_dynamixel_line_has_time (&self->line, length, deadline_ns); i++)
        status = ask_once (self, &missing[i % n_missing], 1, question, deadline_ns);
    }
  return status;
}

/* What servo @i answered about the register at @address; only where its answer reaches that far. */
static const uint8_t *
answer_at (const LwDynamixel *self, size_t i, uint16_t address)
{
  const LwAnswer *answer = &self->line.answers[i];

  return answer->data + (address - answer->address);
}

static size_t
everyone (const LwDynamixel *self, uint8_t *list)
{
  for (size_t i = 0; i < self->base.n_servos; i++)
    list[i] = (uint8_t) i;
  return self->base.n_servos;
}

static LwBusStatus
ask_everyone (LwDynamixel *self, const Question *question, int64_t deadline_ns)
{
  uint8_t list[LW_MAX_JOINTS];
  size_t n = everyone (self, list);
  LwBusStatus status;

  lw_dynamixel_line_begin (&self->line);
  status = ask_all (self, list, n, question, deadline_ns);
  return status != LW_BUS_OK ? status : judge (self, list, n);
}

static double
angle_of_ticks (int32_t ticks)
{
  return ((double) ticks - LW_DXL_CENTRE) * LW_DXL_RAD_PER_TICK;
}

/* Outside what the mode accepts a servo ignores a sync-written goal without a word: the nearest acceptable one is sent instead. */
static int32_t
ticks_of_angle (const Servo *servo, double angle)
{
  double ticks = round (LW_DXL_CENTRE + angle / LW_DXL_RAD_PER_TICK);

  if (servo->mode == LW_DXL_MODE_POSITION)
    return (int32_t) CLAMP (ticks, 0, LW_DXL_TICKS - 1);
  return (int32_t) CLAMP (ticks, -LW_DXL_MAX_EXTENDED, LW_DXL_MAX_EXTENDED);
}

static void
take_reading (LwDynamixel *self, size_t i, LwServoReading *out)
{
  const LwAnswer *answer = &self->line.answers[i];
  Servo *servo = &self->servos[i];

  out->valid = answer->kind == LW_ANSWER_DATA;
  if (answer->kind != LW_ANSWER_NONE)
    servo->alert = (answer->error & LW_DYNAMIXEL_ALERT) != 0;
  out->alert = servo->alert;
  if (!out->valid)
    return;
  out->load = (int16_t) lw_dynamixel_get_u16 (answer_at (self, i, LW_DXL_PRESENT_CURRENT)) * servo->load_unit;
  out->velocity = lw_dynamixel_get_i32 (answer_at (self, i, LW_DXL_PRESENT_VELOCITY)) * LW_DXL_RAD_S_PER_LSB;
  out->angle = angle_of_ticks (lw_dynamixel_get_i32 (answer_at (self, i, LW_DXL_PRESENT_POSITION)));
}

/* Who is asked in this cycle: those that answered last time, then those that may. */
static size_t
make_chain (const LwDynamixel *self, uint8_t *chain)
{
  size_t n = 0;

  for (size_t i = 0; i < self->base.n_servos; i++)
    if (self->servos[i].silent == 0)
      chain[n++] = (uint8_t) i;
  for (size_t i = 0; i < self->base.n_servos; i++)
    if (self->servos[i].silent > 0 && (self->servos[i].silent < MAX_SILENT || (self->cycle + i) % RETRY_PERIOD == 0))
      chain[n++] = (uint8_t) i;
  return n > 0 ? n : everyone (self, chain);
}

static LwBusStatus
dynamixel_read (LwServoBus *bus, LwServoReading *out, int64_t *t_request_ns, int64_t *t_reply_ns, int64_t deadline_ns)
{
  LwDynamixel *self = (LwDynamixel *) bus;
  uint8_t chain[LW_MAX_JOINTS], all[LW_MAX_JOINTS];
  size_t n_chain, n_all = everyone (self, all);
  LwBusStatus status;

  lw_dynamixel_line_begin (&self->line);
  n_chain = make_chain (self, chain);
  status = ask_all (self, chain, n_chain, &cycle_question, deadline_ns);
  self->cycle++;

  for (size_t i = 0; i < n_all; i++)
    {
      const LwAnswer *answer = &self->line.answers[i];
      Servo *servo = &self->servos[i];

      take_reading (self, i, &out[i]);
      if (answer->kind != LW_ANSWER_NONE)
        servo->silent = 0;
      else if (answer->silent)
        servo->silent = (uint8_t) MIN (servo->silent + 1, MAX_SILENT);
    }
  *t_request_ns = self->line.first_request_ns;
  *t_reply_ns = self->line.last_reply_ns;
  if (status == LW_BUS_OK)
    status = judge (self, all, n_all);
  if (status == LW_BUS_OK)
    bus->counters.round_trip_ns = *t_reply_ns - *t_request_ns;
  return status;
}

/* One packet that writes @size bytes at @address to every servo. */
static LwBusStatus
sync_write (LwDynamixel *self, uint16_t address, uint16_t size, const int32_t *values, int64_t deadline_ns)
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

static LwBusStatus
sync_write_same (LwDynamixel *self, uint16_t address, int32_t value, int64_t deadline_ns)
{
  int32_t values[LW_MAX_JOINTS];

  for (size_t i = 0; i < LW_MAX_JOINTS; i++)
    values[i] = value;
  return sync_write (self, address, 1, values, deadline_ns);
}

static LwBusStatus
dynamixel_write_goals (LwServoBus *bus, const double *angle, int64_t deadline_ns)
{
  LwDynamixel *self = (LwDynamixel *) bus;
  int32_t ticks[LW_MAX_JOINTS];

  for (size_t i = 0; i < bus->n_servos; i++)
    {
      if (!isfinite (angle[i]))
        {
          bus->device_error = LW_DYNAMIXEL_ERROR_RANGE;
          return LW_BUS_DEVICE;
        }
      ticks[i] = ticks_of_angle (&self->servos[i], angle[i]);
    }
  return sync_write (self, LW_DXL_GOAL_POSITION, LW_DXL_GOAL_POSITION_SIZE, ticks, deadline_ns);
}

static LwBusStatus
dynamixel_read_goals (LwServoBus *bus, double *angle, int64_t deadline_ns)
{
  LwDynamixel *self = (LwDynamixel *) bus;
  LwBusStatus status = ask_everyone (self, &goal_question, deadline_ns);

  for (size_t i = 0; i < bus->n_servos; i++)
    angle[i] = answered (self, i) ? angle_of_ticks (lw_dynamixel_get_i32 (answer_at (self, i, LW_DXL_GOAL_POSITION))) : NAN;
  return status;
}

static LwBusStatus
dynamixel_set_torque (LwServoBus *bus, bool on, int64_t deadline_ns)
{
  return sync_write_same ((LwDynamixel *) bus, LW_DXL_TORQUE_ENABLE, on ? 1 : 0, deadline_ns);
}

static LwBusStatus
dynamixel_get_torque (LwServoBus *bus, bool *on, int64_t deadline_ns)
{
  LwDynamixel *self = (LwDynamixel *) bus;
  LwBusStatus status = ask_everyone (self, &torque_question, deadline_ns);

  for (size_t i = 0; i < bus->n_servos && status == LW_BUS_OK; i++)
    on[i] = *answer_at (self, i, LW_DXL_TORQUE_ENABLE) != 0;
  return status;
}

static LwBusStatus
dynamixel_set_watchdog (LwServoBus *bus, unsigned timeout_ms, int64_t deadline_ns)
{
  unsigned units = (timeout_ms + LW_DXL_WATCHDOG_MS - 1) / LW_DXL_WATCHDOG_MS;

  return sync_write_same ((LwDynamixel *) bus, LW_DXL_BUS_WATCHDOG, (int32_t) MIN (units, 127), deadline_ns);
}

static LwBusStatus
dynamixel_get_watchdog (LwServoBus *bus, bool *triggered, int64_t deadline_ns)
{
  LwDynamixel *self = (LwDynamixel *) bus;
  LwBusStatus status = ask_everyone (self, &watchdog_question, deadline_ns);

  for (size_t i = 0; i < bus->n_servos && status == LW_BUS_OK; i++)
    triggered[i] = *answer_at (self, i, LW_DXL_BUS_WATCHDOG) > 127; /* -1 */
  return status;
}

/* A question to one servo, repeated within the deadline. */
static LwBusStatus
ask_one (LwDynamixel *self, uint8_t servo, const Question *question, int64_t deadline_ns)
{
  LwBusStatus status;

  lw_dynamixel_line_begin (&self->line);
  status = ask_all (self, &servo, 1, question, deadline_ns);
  return status != LW_BUS_OK ? status : judge (self, &servo, 1);
}

/* Voltage and temperature lie side by side. The error register lies elsewhere, but the alert bit of any answer tells whether it is worth a question. */
static LwBusStatus
dynamixel_read_health (LwServoBus *bus, size_t servo, LwServoIdentity *out, int64_t deadline_ns)
{
  LwDynamixel *self = (LwDynamixel *) bus;
  LwBusStatus status;

  g_return_val_if_fail (servo < bus->n_servos, LW_BUS_DEVICE);

  status = ask_one (self, (uint8_t) servo, &health_question, deadline_ns);
  if (status != LW_BUS_OK)
    return status;
  out->id = bus->ids[servo];
  out->voltage = lw_dynamixel_get_u16 (answer_at (self, servo, LW_DXL_PRESENT_VOLTAGE)) * 0.1;
  out->temperature = *answer_at (self, servo, LW_DXL_PRESENT_TEMPERATURE);
  out->hardware_error = 0;
  if ((self->line.answers[servo].error & LW_DYNAMIXEL_ALERT) == 0)
    return LW_BUS_OK;
  status = ask_one (self, (uint8_t) servo, &hardware_question, deadline_ns);
  if (status == LW_BUS_OK)
    out->hardware_error = *answer_at (self, servo, LW_DXL_HARDWARE_ERROR);
  return status;
}

static void
take_model (Servo *servo, const uint8_t *ping, LwServoIdentity *out)
{
  const LwDynamixelModel *model;

  out->model = lw_dynamixel_get_u16 (ping);
  out->firmware = ping[2];
  model = lw_dynamixel_model (out->model);
  if (model != NULL)
    g_strlcpy (out->name, model->name, sizeof out->name);
  else
    g_snprintf (out->name, sizeof out->name, "Dynamixel model %u", out->model);
  if (model != NULL)
    servo->load_unit = model->load_unit;
}

static LwBusStatus
dynamixel_identify (LwServoBus *bus, size_t servo, LwServoIdentity *out, int64_t deadline_ns)
{
  LwDynamixel *self = (LwDynamixel *) bus;
  const LwAnswer *answer;
  uint8_t index = (uint8_t) servo;
  LwBusStatus status = LW_BUS_OK;

  g_return_val_if_fail (servo < bus->n_servos, LW_BUS_DEVICE);

  answer = &self->line.answers[servo];
  lw_dynamixel_line_begin (&self->line);
  lw_dynamixel_line_settle (&self->line, deadline_ns);
  for (int round = 0; round < N_ROUNDS && status == LW_BUS_OK && answer->kind == LW_ANSWER_NONE; round++)
    {
      self->line.attempt = (unsigned) round;
      if (round == 0 || lw_dynamixel_line_has_time (&self->line, PING_LENGTH, deadline_ns))
        status = lw_dynamixel_line_instruct (&self->line, index, LW_DYNAMIXEL_PING, NULL, 0, PING_LENGTH, deadline_ns);
    }
  if (status == LW_BUS_OK)
    status = judge (self, &index, 1);
  if (status != LW_BUS_OK)
    return status;
  take_model (&self->servos[servo], answer->data, out);

  status = ask_one (self, index, &mode_question, deadline_ns);
  if (status != LW_BUS_OK)
    return status;
  self->servos[servo].mode = *answer_at (self, servo, LW_DXL_OPERATING_MODE);
  return dynamixel_read_health (bus, servo, out, deadline_ns);
}

static void
dynamixel_free (LwServoBus *bus)
{
  lw_transport_free (bus->transport);
  g_free (bus);
}

static const LwServoBusClass dynamixel_class = {
  .protocol = "Dynamixel 2.0",
  .identify = dynamixel_identify,
  .read = dynamixel_read,
  .write_goals = dynamixel_write_goals,
  .read_goals = dynamixel_read_goals,
  .set_torque = dynamixel_set_torque,
  .get_torque = dynamixel_get_torque,
  .set_watchdog = dynamixel_set_watchdog,
  .get_watchdog = dynamixel_get_watchdog,
  .read_health = dynamixel_read_health,
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
      self->servos[i].mode = LW_DXL_MODE_POSITION;
    }
  lw_dynamixel_line_init (&self->line, &self->base);
  return &self->base;
}
