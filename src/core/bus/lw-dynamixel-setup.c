/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-dynamixel-setup.h"

#include <string.h>

#include "lw-dynamixel-private.h"

#define MS          G_GINT64_CONSTANT (1000000)
#define N_PINGS     3
#define QUIET       (3 * MS) /* after a reply: a second one has begun by then */
#define N_MOVES     4
#define PING_LENGTH 3

/* The clock, the shaft and the warmth of any two servos differ: two of one model and one id answer a ping as one, but not this. */
static const LwDynamixelQuestion state_question = { 1, { { LW_DXL_REALTIME_TICK, 16 } } };
static const LwDynamixelQuestion delay_question = { 1, { { LW_DXL_RETURN_DELAY, 1 } } };
static const LwDynamixelQuestion health_question = { 1, { { LW_DXL_PRESENT_VOLTAGE, 3 } } };
static const LwDynamixelQuestion hardware_question = { 1, { { LW_DXL_HARDWARE_ERROR, 1 } } };

/* A bus of one servo, for as long as a call lasts. */
static void
one_servo_init (LwDynamixel *self, LwTransport *transport, uint8_t id)
{
  memset (self, 0, sizeof *self);
  self->base.transport = transport;
  self->base.n_servos = 1;
  self->base.ids[0] = id;
  lw_dynamixel_line_init (&self->line, &self->base);
}

/* Something more came to the same request. */
static bool
hears_more (LwDynamixel *self, int64_t deadline_ns)
{
  LwTransport *transport = self->base.transport;
  uint8_t scrap[64];
  size_t n = 0;
  int64_t until_ns = MIN (deadline_ns, lw_clock_now (transport->clock) + QUIET);

  return transport->klass->read (transport, scrap, sizeof scrap, &n, until_ns) == LW_IO_OK && n > 0;
}

static LwBusStatus
ping_plainly (LwDynamixel *self, int64_t deadline_ns)
{
  const uint8_t first = 0;
  LwBusStatus status;

  lw_dynamixel_line_begin (&self->line);
  status = lw_dynamixel_line_instruct (&self->line, first, LW_DYNAMIXEL_PING, NULL, 0, PING_LENGTH, deadline_ns);
  return status != LW_BUS_OK ? status : lw_dynamixel_judge (self, &first, 1);
}

static LwBusStatus
ask_plainly (LwDynamixel *self, const LwDynamixelQuestion *question, int64_t deadline_ns)
{
  const uint8_t first = 0;
  LwBusStatus status;

  lw_dynamixel_line_begin (&self->line);
  status = lw_dynamixel_line_ask (&self->line, &first, 1, question->variants[0].address, question->variants[0].length, deadline_ns);
  return status != LW_BUS_OK ? status : lw_dynamixel_judge (self, &first, 1);
}

/* Whether the servo of this id is one, or two that talk over each other. */
static bool
is_doubled (LwDynamixel *self, int64_t deadline_ns)
{
  unsigned n_damaged = 0;

  for (int i = 0; i < N_PINGS; i++)
    {
      LwBusStatus status = ask_plainly (self, &state_question, deadline_ns);

      if (status == LW_BUS_CORRUPT || (status == LW_BUS_OK && hears_more (self, deadline_ns)))
        n_damaged++;
      else if (status == LW_BUS_OK && n_damaged == 0)
        return false;
    }
  return n_damaged >= 2;
}

static LwBusStatus
look_closer (LwDynamixel *self, LwServoIdentity *out, unsigned *return_delay_us, int64_t deadline_ns)
{
  LwBusStatus status = lw_dynamixel_ask_one (self, 0, &delay_question, deadline_ns);

  if (status != LW_BUS_OK)
    return status;
  *return_delay_us = *lw_dynamixel_answer (self, 0, LW_DXL_RETURN_DELAY) * LW_DXL_DELAY_US;
  status = lw_dynamixel_ask_one (self, 0, &health_question, deadline_ns);
  if (status != LW_BUS_OK)
    return status;
  out->voltage = lw_dynamixel_get_u16 (lw_dynamixel_answer (self, 0, LW_DXL_PRESENT_VOLTAGE)) * 0.1;
  out->temperature = *lw_dynamixel_answer (self, 0, LW_DXL_PRESENT_TEMPERATURE);
  status = lw_dynamixel_ask_one (self, 0, &hardware_question, deadline_ns);
  if (status == LW_BUS_OK)
    out->hardware_error = *lw_dynamixel_answer (self, 0, LW_DXL_HARDWARE_ERROR);
  return status;
}

LwBusStatus
lw_dynamixel_ping (LwTransport *transport, uint8_t id, LwServoIdentity *out, unsigned *return_delay_us, bool *doubled, int64_t deadline_ns)
{
  LwServoIdentity found = { .id = id };
  LwBusStatus status = LW_BUS_TIMEOUT;
  unsigned n_damaged = 0;
  bool two;
  LwDynamixel one;

  one_servo_init (&one, transport, id);
  for (int i = 0; i < N_PINGS && (status == LW_BUS_TIMEOUT || status == LW_BUS_CORRUPT); i++)
    {
      status = ping_plainly (&one, deadline_ns);
      n_damaged += status == LW_BUS_CORRUPT ? 1 : 0;
    }
  if (status == LW_BUS_OK)
    lw_dynamixel_take_model (&one.servos[0], one.line.answers[0].data, &found);
  two = n_damaged >= 2 || (status == LW_BUS_OK && is_doubled (&one, deadline_ns));
  if (doubled != NULL)
    *doubled = two;
  if (status == LW_BUS_OK && !two)
    status = look_closer (&one, &found, return_delay_us, deadline_ns);
  if (status == LW_BUS_OK)
    *out = found;
  return status;
}

static bool
is_possible (uint8_t address, uint8_t size, uint32_t value)
{
  if ((size != 1 && size != 2 && size != 4) || address + size > LW_DXL_EEPROM_END)
    return false;
  if (address == LW_DXL_ID)
    return size == 1 && value <= LW_DYNAMIXEL_MAX_ID;
  return address != LW_DXL_BAUD_RATE || (size == 1 && value < LW_DXL_N_BAUDS);
}

/* Where a servo is spoken to. */
typedef struct {
  uint8_t  id;
  unsigned baud;
} Place;

static bool
go_to (LwDynamixel *self, Place place)
{
  LwTransport *transport = self->base.transport;

  self->base.ids[0] = place.id;
  if (transport->baud != place.baud && lw_transport_set_baud (transport, place.baud) != LW_IO_OK)
    return false;
  return transport->klass->flush (transport) == LW_IO_OK;
}

static LwBusStatus
confirm (LwDynamixel *self, uint8_t address, uint8_t value, int64_t deadline_ns)
{
  const LwDynamixelQuestion question = { 1, { { address, 1 } } };
  LwBusStatus status = LW_BUS_TIMEOUT;

  for (int i = 0; i < N_PINGS && (status == LW_BUS_TIMEOUT || status == LW_BUS_CORRUPT); i++)
    status = ask_plainly (self, &question, deadline_ns);
  if (status != LW_BUS_OK)
    return status;
  return *lw_dynamixel_answer (self, 0, address) == value ? LW_BUS_OK : lw_dynamixel_refuse (self, LW_DYNAMIXEL_ERROR_RESULT);
}

/* Writes what takes the servo from one place to another. It says under its old id and at its old speed that it heard, if that is not lost: it is looked for where it should
 * be, and where it was, and a write that got lost is repeated. Ends where the servo was found last. */
static LwBusStatus
move (LwDynamixel *self, Place from, Place to, uint8_t address, uint8_t value, int64_t deadline_ns)
{
  const uint8_t params[] = { address, 0, value };
  LwBusStatus status = LW_BUS_TIMEOUT;

  for (int i = 0; i < N_MOVES && status != LW_BUS_GONE; i++)
    {
      lw_dynamixel_line_begin (&self->line);
      status = lw_dynamixel_line_instruct (&self->line, 0, LW_DYNAMIXEL_WRITE, params, sizeof params, 0, deadline_ns);
      if (status != LW_BUS_OK)
        return status;
      if (self->line.answers[0].kind == LW_ANSWER_ERROR)
        return lw_dynamixel_refuse (self, self->line.answers[0].error & ~LW_DYNAMIXEL_ALERT);
      if (go_to (self, to) && confirm (self, address, value, deadline_ns) == LW_BUS_OK)
        return LW_BUS_OK;
      if (!go_to (self, from))
        return LW_BUS_GONE;
      status = confirm (self, address, value, deadline_ns);
    }
  return status == LW_BUS_OK ? lw_dynamixel_refuse (self, LW_DYNAMIXEL_ERROR_RESULT) : status; /* the value is there, and the servo goes on as before */
}

LwBusStatus
lw_dynamixel_write_setting (LwTransport *transport, uint8_t id, uint8_t address, uint8_t size, uint32_t value, int64_t deadline_ns)
{
  Place from = { id, transport->baud }, to = from;
  LwDynamixel one;
  LwBusStatus status;

  g_return_val_if_fail (is_possible (address, size, value), LW_BUS_DEVICE);

  one_servo_init (&one, transport, id);
  if (address == LW_DXL_ID)
    to.id = (uint8_t) value;
  if (address == LW_DXL_BAUD_RATE && transport->baud != 0)
    to.baud = lw_dynamixel_bauds[value];
  if (to.id == from.id && to.baud == from.baud)
    return lw_dynamixel_write_register (&one, 0, address, size, (int32_t) value, deadline_ns);
  if (to.baud != from.baud && (!go_to (&one, to) || !go_to (&one, from))) /* a speed this line cannot do would lose the servo */
    return LW_BUS_DEVICE;
  status = lw_dynamixel_need_limp (&one, deadline_ns);
  return status != LW_BUS_OK ? status : move (&one, from, to, address, (uint8_t) value, deadline_ns);
}
