/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-feetech-setup.h"

#include "lw-feetech-private.h"
#include "lw-feetech-table.h"

#define MS          G_GINT64_CONSTANT (1000000)
#define N_PINGS     3        /* of a servo whose replies come damaged */
#define QUIET       (5 * MS) /* after a reply: a second one has begun by then, an adapter's latency timer apart */
#define N_MOVES     4
#define MOVE        (5 * MS)   /* writing the EPROM, and the reply */
#define CONFIRM     (150 * MS)

/* Firmware to return delay, and present position to status: the second differs between any two servos, so that two of one id do not answer as one. */
static const LwFeetechQuestion who_question = { LW_FEETECH_FIRMWARE_MAJOR, LW_FEETECH_RETURN_DELAY + 1, LW_FEETECH_RETURN_DELAY + 10 };
static const LwFeetechQuestion state_question = { LW_FEETECH_PRESENT_POSITION, LW_FEETECH_STATUS + 1 - LW_FEETECH_PRESENT_POSITION, 15 };

/* A bus of one servo, for as long as a call lasts. */
typedef struct {
  LwServoBus    bus;
  LwFeetechLine line;
} OneServo;

static void
one_servo_init (OneServo *self, LwTransport *transport, uint8_t id)
{
  self->bus = (LwServoBus){ .transport = transport, .n_servos = 1, .ids = { id } };
  lw_feetech_line_init (&self->line, &self->bus);
}

/* Asks once, without repeating; counts what did not come as it should. */
static LwBusStatus
ask_plainly (OneServo *self, const LwFeetechQuestion *question, unsigned *n_damaged, int64_t deadline_ns)
{
  uint8_t first = 0, length = lw_feetech_choose_length (&self->line, &first, 1, question);
  LwBusStatus status;

  lw_feetech_line_begin (&self->line);
  status = lw_feetech_line_ask (&self->line, &first, 1, question->address, length, deadline_ns);
  if (status == LW_BUS_OK
      && (self->line.noisy || (self->line.answers[0].answered && lw_feetech_line_stray (&self->line, QUIET, deadline_ns) > 0)))
    (*n_damaged)++;
  return status != LW_BUS_OK ? status : lw_feetech_judge (&self->line, &first, 1);
}

LwBusStatus
lw_feetech_ping (LwTransport *transport, uint8_t id, LwServoIdentity *out, unsigned *return_delay_us, bool *doubled, int64_t deadline_ns)
{
  OneServo one;
  unsigned n_damaged = 0;
  LwBusStatus status = LW_BUS_CORRUPT;

  one_servo_init (&one, transport, id);
  for (int i = 0; i < N_PINGS && status == LW_BUS_CORRUPT; i++)
    status = ask_plainly (&one, &who_question, &n_damaged, deadline_ns);
  if (status == LW_BUS_OK)
    {
      out->id = id;
      (void) lw_feetech_take_model (one.line.answers[0].data, out);
      *return_delay_us = one.line.answers[0].data[LW_FEETECH_RETURN_DELAY] * LW_FEETECH_DELAY_UNIT_US;
      status = LW_BUS_CORRUPT;
      for (int i = 0; i < N_PINGS && status == LW_BUS_CORRUPT; i++)
        status = ask_plainly (&one, &state_question, &n_damaged, deadline_ns);
    }
  if (status == LW_BUS_OK)
    {
      out->voltage = *lw_feetech_answer_at (&one.line, 0, LW_FEETECH_PRESENT_VOLTAGE) * LW_FEETECH_VOLT_UNIT;
      out->temperature = *lw_feetech_answer_at (&one.line, 0, LW_FEETECH_PRESENT_TEMPERATURE);
      out->hardware_error = one.line.answers[0].status | *lw_feetech_answer_at (&one.line, 0, LW_FEETECH_STATUS);
    }
  if (doubled != NULL)
    *doubled = n_damaged >= 2;
  return status;
}

static bool
is_possible (uint8_t address, uint8_t size, uint16_t value)
{
  if ((size != 1 && size != 2) || address + size > LW_FEETECH_EPROM_END || (size == 1 && value > 0xFF))
    return false;
  if (address == LW_FEETECH_ID)
    return size == 1 && value <= LW_FEETECH_MAX_ID;
  return address != LW_FEETECH_BAUD || (size == 1 && value < LW_FEETECH_N_BAUDS);
}

/* Where a servo is spoken to. */
typedef struct {
  uint8_t  id;
  unsigned baud;
} Place;

static bool
go_to (OneServo *self, Place place)
{
  LwTransport *transport = self->bus.transport;

  self->bus.ids[0] = place.id;
  if (transport->baud != place.baud && lw_transport_set_baud (transport, place.baud) != LW_IO_OK)
    return false;
  return transport->klass->flush (transport) == LW_IO_OK;
}

static LwBusStatus
confirm (OneServo *self, uint8_t address, uint8_t value, int64_t deadline_ns)
{
  LwFeetechQuestion question = { address, 1, 13 };
  int64_t patience_ns = lw_clock_now (self->bus.transport->clock) + CONFIRM;
  LwBusStatus status = lw_feetech_ask_one (&self->line, 0, &question, MIN (deadline_ns, patience_ns));

  if (status != LW_BUS_OK)
    return status;
  return self->line.answers[0].data[0] == value ? LW_BUS_OK : LW_BUS_DEVICE;
}

/* Writes what takes the servo from one place to another. Its word that it heard may come from either, so nobody waits for it: it is looked for where it should be, and where it was;
 * a write that got lost is repeated. Ends where the servo was found last. */
static LwBusStatus
move (OneServo *self, Place from, Place to, uint8_t address, uint8_t value, int64_t deadline_ns)
{
  const uint8_t params[] = { address, value };
  LwBusStatus status = LW_BUS_OK;

  for (int i = 0; i < N_MOVES && status != LW_BUS_GONE; i++)
    {
      lw_feetech_line_begin (&self->line);
      status = lw_feetech_line_tell (&self->line, from.id, LW_FEETECH_WRITE, params, sizeof params, deadline_ns);
      if (status != LW_BUS_OK)
        return status;
      (void) lw_feetech_line_stray (&self->line, MOVE, deadline_ns);
      if (go_to (self, to) && confirm (self, address, value, deadline_ns) == LW_BUS_OK)
        return LW_BUS_OK;
      if (!go_to (self, from))
        return LW_BUS_GONE;
      status = confirm (self, address, value, deadline_ns);
    }
  return status == LW_BUS_OK ? LW_BUS_DEVICE : status; /* the value is there, and the servo goes on as before */
}

LwBusStatus
lw_feetech_write_setting (LwTransport *transport, uint8_t id, uint8_t address, uint8_t size, uint16_t value, int64_t deadline_ns)
{
  Place from = { id, transport->baud }, to = from;
  uint8_t bytes[2];
  OneServo one;
  LwBusStatus status, closed;

  g_return_val_if_fail (is_possible (address, size, value), LW_BUS_DEVICE);

  one_servo_init (&one, transport, id);
  lw_feetech_put_u16 (bytes, value);
  if (address == LW_FEETECH_ID)
    to.id = (uint8_t) value;
  if (address == LW_FEETECH_BAUD && transport->baud != 0)
    to.baud = lw_feetech_bauds[value];
  if (to.baud != from.baud && (!go_to (&one, to) || !go_to (&one, from))) /* a speed this line cannot do would lose the servo */
    return LW_BUS_DEVICE;

  status = lw_feetech_unlock (&one.line, 0, deadline_ns);
  if (status != LW_BUS_OK)
    return status;
  if (to.id != from.id || to.baud != from.baud)
    status = move (&one, from, to, address, bytes[0], deadline_ns);
  else
    status = lw_feetech_put (&one.line, 0, address, bytes, size, deadline_ns);
  closed = lw_feetech_lock (&one.line, 0, deadline_ns);
  return status != LW_BUS_OK ? status : closed;
}
