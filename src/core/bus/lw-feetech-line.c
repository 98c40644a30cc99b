/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-feetech-line.h"

#include <string.h>

#define READ_REQUEST_BYTES 8
#define LISTEN             G_GINT64_CONSTANT (1000000)
#define MAX_DRAINS         16 /* reads of what is there already: a line that babbles without end shows as missing answers */

void
lw_feetech_line_init (LwFeetechLine *self, LwServoBus *bus)
{
  memset (self, 0, sizeof *self);
  self->bus = bus;
  lw_reply_time_init (&self->time);
  lw_reply_ledger_init (&self->ledger, bus, LW_FEETECH_OVERHEAD);
}

static int64_t
now_ns (const LwFeetechLine *self)
{
  return lw_clock_now (self->bus->transport->clock);
}

void
lw_feetech_line_begin (LwFeetechLine *self)
{
  for (size_t i = 0; i < self->bus->n_servos; i++)
    self->answers[i] = (LwFeetechAnswer){ .answered = false };
  self->first_request_ns = 0;
  self->last_reply_ns = 0;
  self->noisy = false;
  self->attempt = 0;
}

bool
lw_feetech_line_may_ask (const LwFeetechLine *self, uint8_t servo, uint8_t length)
{
  return !lw_reply_ledger_owes (&self->ledger, servo, length, now_ns (self));
}

bool
lw_feetech_line_has_time (const LwFeetechLine *self, uint16_t length, int64_t deadline_ns)
{
  size_t n_bytes = READ_REQUEST_BYTES + LW_FEETECH_OVERHEAD + length;

  return now_ns (self) + lw_wire_time (self->bus->transport->baud, n_bytes) + lw_reply_time_expected (&self->time, 1) < deadline_ns;
}

/* Index of who has @id; n_servos without one. */
static size_t
servo_of_id (const LwFeetechLine *self, uint8_t id)
{
  size_t servo = 0;

  while (servo < self->bus->n_servos && self->bus->ids[servo] != id)
    servo++;
  return servo;
}

/* Can what begins here be a packet somebody waits for, or owes? */
static bool
is_plausible (const LwFeetechLine *self, const uint8_t *bytes, size_t n)
{
  uint8_t id, length;

  if (!lw_feetech_peek (bytes, n, &id, &length))
    return true;
  return length >= 2 && lw_reply_ledger_expects (&self->ledger, servo_of_id (self, id), (uint16_t) (length - 2), now_ns (self));
}

/* An echo that has not come before the first reply came damaged. */
static void
miss_echo (LwFeetechLine *self)
{
  if (self->hears_itself && self->echo_due)
    lw_reply_ledger_waive (&self->ledger, self->n_sent);
  self->echo_due = false;
}

/* Takes the packet in self->packet as an answer, or for one that is overdue. */
static bool
accept (LwFeetechLine *self)
{
  const LwFeetechPacket *packet = &self->packet;
  size_t servo = servo_of_id (self, packet->id);
  LwFeetechAnswer *answer;
  LwReplyMatch match;

  miss_echo (self);
  match = lw_reply_ledger_take (&self->ledger, servo, packet->n_params, now_ns (self));
  if (match != LW_REPLY_ANSWER)
    return match == LW_REPLY_OVERDUE;
  answer = &self->answers[servo];
  answer->answered = true;
  answer->status = packet->code;
  memcpy (answer->data, packet->params, packet->n_params);
  self->last_reply_ns = now_ns (self);
  return true;
}

static bool
may_be_echo (const LwFeetechLine *self, const uint8_t *bytes, size_t n)
{
  return self->echo_due && memcmp (bytes, self->sent, MIN (n, self->n_sent)) == 0;
}

/* Bytes that belong to no packet: the first reply in line that they can be a damaged one of is noted, one whose head is whole,
 * or one that only its head was hit of. Returns how many bytes; 0 when more must come first. */
static size_t
take_garbage (LwFeetechLine *self, const uint8_t *bytes, size_t n, size_t n_run)
{
  uint8_t id = 0, length = 0;
  bool has_head = lw_feetech_peek (bytes, n, &id, &length) && bytes[0] == 0xFF && bytes[1] == 0xFF;

  for (size_t i = 0; i < self->ledger.n; i++)
    {
      LwExpectedReply *reply = &self->ledger.expected[i];
      uint8_t its_id = self->bus->ids[reply->servo];
      LwFeetechResult result;

      if (reply->settled)
        continue;
      if (has_head && id == its_id && length == reply->length + 2)
        {
          reply->head_seen = true;
          return n_run;
        }
      result = lw_feetech_match_damaged (bytes, n, its_id, reply->length);
      if (result == LW_FEETECH_MORE)
        return 0;
      if (result == LW_FEETECH_VALID)
        {
          reply->head_seen = true;
          return LW_FEETECH_OVERHEAD + (size_t) reply->length;
        }
    }
  return n_run;
}

/* One packet, one echo or one run of garbage at @bytes; returns how many bytes that was, 0 when more must come first. */
static size_t
take_one (LwFeetechLine *self, const uint8_t *bytes, size_t n)
{
  LwFeetechResult result;
  size_t used;

  if (may_be_echo (self, bytes, n))
    {
      if (n < self->n_sent)
        return 0;
      self->echo_due = false;
      self->hears_itself = true;
      return self->n_sent;
    }
  result = lw_feetech_parse (bytes, n, LW_FEETECH_LINE_DATA + 2, &self->packet, &used);
  if (result != LW_FEETECH_INVALID && is_plausible (self, bytes, n))
    {
      if (result == LW_FEETECH_MORE)
        return 0;
      if (accept (self))
        return used;
    }
  used = take_garbage (self, bytes, n, result == LW_FEETECH_INVALID ? used : 1);
  lw_reply_ledger_garbage (&self->ledger, used);
  self->n_garbage += used;
  return used;
}

static void
take_packets (LwFeetechLine *self)
{
  size_t at = 0, used;

  do
    {
      used = at < self->n_input ? take_one (self, self->input + at, self->n_input - at) : 0;
      at += used;
    }
  while (used > 0);
  self->n_input -= at;
  memmove (self->input, self->input + at, self->n_input);
}

static LwIo
read_some (LwFeetechLine *self, int64_t deadline_ns)
{
  LwTransport *transport = self->bus->transport;
  size_t n = 0;
  LwIo io = transport->klass->read (transport, self->input + self->n_input, sizeof self->input - self->n_input, &n, deadline_ns);

  self->n_input += n;
  take_packets (self);
  return io;
}

/* Reads what belongs to no exchange. */
static LwIo
discard (LwFeetechLine *self, int64_t deadline_ns)
{
  LwIo io;

  self->n_garbage = 0;
  io = read_some (self, deadline_ns);
  self->bus->counters.late += self->n_garbage;
  return io;
}

/* What is left incomplete will stay so. */
static void
forget_rest (LwFeetechLine *self)
{
  lw_reply_ledger_garbage (&self->ledger, self->n_input);
  self->bus->counters.late += self->n_input;
  self->n_input = 0;
}

/* What has arrived by now. The beginning of a reply that is still owed stays. */
static LwBusStatus
drain (LwFeetechLine *self)
{
  LwIo io = LW_IO_OK;

  for (int i = 0; i < MAX_DRAINS && io == LW_IO_OK; i++)
    io = discard (self, 0);
  if (!lw_reply_ledger_owes_any (&self->ledger, now_ns (self)))
    forget_rest (self);
  return io == LW_IO_OK || io == LW_IO_TIMEOUT ? LW_BUS_OK : LW_BUS_GONE;
}

void
lw_feetech_line_settle (LwFeetechLine *self, int64_t deadline_ns)
{
  LwIo io = LW_IO_OK;

  while (io != LW_IO_GONE && io != LW_IO_FAILED && now_ns (self) < deadline_ns && lw_reply_ledger_owes_any (&self->ledger, now_ns (self)))
    io = discard (self, MIN (deadline_ns, now_ns (self) + LISTEN));
}

size_t
lw_feetech_line_stray (LwFeetechLine *self, int64_t quiet_ns, int64_t deadline_ns)
{
  LwIo io = LW_IO_OK;

  self->n_garbage = 0;
  while (io == LW_IO_OK && now_ns (self) < deadline_ns)
    io = read_some (self, MIN (deadline_ns, now_ns (self) + quiet_ns));
  self->n_garbage += self->n_input;
  forget_rest (self);
  return self->n_garbage;
}

static LwBusStatus
send_request (LwFeetechLine *self, uint8_t id, uint8_t instruction, const uint8_t *params, size_t n_params, int64_t deadline_ns)
{
  LwTransport *transport = self->bus->transport;
  LwBusStatus status;
  LwIo io;

  status = drain (self);
  self->echo_due = false;
  if (status != LW_BUS_OK)
    return status;
  self->n_sent = lw_feetech_build (self->sent, sizeof self->sent, id, instruction, params, n_params);
  g_return_val_if_fail (self->n_sent > 0, LW_BUS_DEVICE);
  if (self->first_request_ns == 0)
    self->first_request_ns = now_ns (self);
  io = transport->klass->write (transport, self->sent, self->n_sent, deadline_ns);
  if (io == LW_IO_TIMEOUT)
    return LW_BUS_TIMEOUT;
  if (io != LW_IO_OK)
    return LW_BUS_GONE;
  self->echo_due = true;
  self->bus->counters.sent++;
  return LW_BUS_OK;
}

LwBusStatus
lw_feetech_line_tell (LwFeetechLine *self, uint8_t id, uint8_t instruction, const uint8_t *params, size_t n_params, int64_t deadline_ns)
{
  return send_request (self, id, instruction, params, n_params, deadline_ns);
}

/* Reads until the last in line has answered (nobody does after it), or @limit_ns; then what is there already. */
static LwBusStatus
collect (LwFeetechLine *self, size_t last, int64_t limit_ns)
{
  LwIo io = LW_IO_OK;
  int n_late = 0;

  while (io == LW_IO_OK && !self->answers[last].answered && n_late < MAX_DRAINS)
    {
      io = read_some (self, limit_ns);
      n_late += now_ns (self) >= limit_ns ? 1 : 0;
    }
  return io == LW_IO_OK || io == LW_IO_TIMEOUT ? LW_BUS_OK : LW_BUS_GONE;
}

static void
mark_silent (LwFeetechLine *self, const uint8_t *servos, size_t n)
{
  for (size_t i = 0; i < n; i++)
    if (!self->answers[servos[i]].answered)
      {
        self->answers[servos[i]].silent = true;
        return;
      }
}

/* An exchange: a request, and @length bytes of each of @servos. */
typedef struct {
  uint8_t        id, instruction;
  const uint8_t *params;
  size_t         n_params;
  const uint8_t *servos;
  size_t         n;
  uint8_t        length;
} Exchange;

static LwBusStatus
run_exchange (LwFeetechLine *self, const Exchange *exchange, int64_t deadline_ns)
{
  uint8_t last = exchange->servos[exchange->n - 1];
  int64_t t_sent_ns = now_ns (self), due_ns, limit_ns;
  LwBusStatus status = send_request (self, exchange->id, exchange->instruction, exchange->params, exchange->n_params, deadline_ns);

  if (status != LW_BUS_OK)
    return status;
  for (size_t i = 0; i < exchange->n; i++)
    {
      self->answers[exchange->servos[i]].answered = false;
      lw_reply_ledger_asked (&self->ledger, exchange->servos[i], exchange->length, t_sent_ns);
    }
  due_ns = t_sent_ns + lw_wire_time (self->bus->transport->baud, self->n_sent + exchange->n * (LW_FEETECH_OVERHEAD + (size_t) exchange->length));
  limit_ns = due_ns + lw_reply_time_patience (&self->time, exchange->n, self->attempt);
  status = collect (self, last, MIN (deadline_ns, limit_ns));
  if (status == LW_BUS_OK && limit_ns <= deadline_ns)
    mark_silent (self, exchange->servos, exchange->n);
  miss_echo (self);
  self->noisy = lw_reply_ledger_give_up (&self->ledger, self->n_input, now_ns (self)) > 0;
  if (self->answers[last].answered)
    lw_reply_time_learn (&self->time, exchange->n, self->last_reply_ns - due_ns);
  return status;
}

LwBusStatus
lw_feetech_line_ask (LwFeetechLine *self, const uint8_t *servos, size_t n, uint8_t address, uint8_t length, int64_t deadline_ns)
{
  uint8_t params[2 + LW_MAX_JOINTS] = { address, length };
  Exchange exchange = { LW_FEETECH_BROADCAST, LW_FEETECH_SYNC_READ, params, 2 + n, servos, n, length };

  g_return_val_if_fail (n > 0 && n <= LW_MAX_JOINTS && length <= LW_FEETECH_LINE_DATA && lw_feetech_is_safe_length (length), LW_BUS_DEVICE);

  for (size_t i = 0; i < n; i++)
    {
      params[2 + i] = self->bus->ids[servos[i]];
      self->answers[servos[i]].address = address;
    }
  if (n == 1)
    {
      exchange.id = params[2];
      exchange.instruction = LW_FEETECH_READ;
      exchange.n_params = 2;
    }
  return run_exchange (self, &exchange, deadline_ns);
}

LwBusStatus
lw_feetech_line_write (LwFeetechLine *self, uint8_t servo, uint8_t address, const uint8_t *bytes, size_t n, int64_t deadline_ns)
{
  uint8_t params[1 + LW_FEETECH_LINE_DATA] = { address };
  const Exchange exchange = { self->bus->ids[servo], LW_FEETECH_WRITE, params, 1 + n, &servo, 1, 0 };

  g_return_val_if_fail (n > 0 && n <= LW_FEETECH_LINE_DATA, LW_BUS_DEVICE);

  memcpy (params + 1, bytes, n);
  return run_exchange (self, &exchange, deadline_ns);
}
