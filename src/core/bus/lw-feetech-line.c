/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-feetech-line.h"

#include <string.h>

#define READ_REQUEST_BYTES 8
#define MAX_DRAINS         16 /* reads before a request: a line that babbles without end shows as missing answers */

void
lw_feetech_line_init (LwFeetechLine *self, LwServoBus *bus)
{
  memset (self, 0, sizeof *self);
  self->bus = bus;
  lw_reply_time_init (&self->time);
  lw_reply_ledger_init (&self->ledger, bus);
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
lw_feetech_line_may_ask (const LwFeetechLine *self, const uint8_t *servos, size_t n, uint16_t length)
{
  for (size_t i = 0; i < n; i++)
    if (lw_reply_ledger_owes (&self->ledger, servos[i], length, now_ns (self)))
      return false;
  return true;
}

bool
lw_feetech_line_has_time (const LwFeetechLine *self, uint16_t length, int64_t deadline_ns)
{
  size_t n_bytes = READ_REQUEST_BYTES + LW_FEETECH_OVERHEAD + length;

  return now_ns (self) + lw_wire_time (self->bus->transport->baud, n_bytes) + lw_reply_time_expected (&self->time, 1) < deadline_ns;
}

/* An exchange under way. */
typedef struct {
  const uint8_t *servos;
  size_t         n;
  uint8_t        length;    /* of each answer's data */
  size_t         n_missing;
  size_t         n_garbage; /* bytes that belonged to no packet */
  uint32_t       damaged;   /* bit i: a packet that began as one of servos[i] was none */
} Exchange;

G_STATIC_ASSERT (LW_MAX_JOINTS <= 32);

/* Position in the exchange of the servo with @id that has not answered yet; exchange->n without one. */
static size_t
find_open (const LwFeetechLine *self, const Exchange *exchange, uint8_t id)
{
  size_t i = 0;

  while (i < exchange->n && (self->bus->ids[exchange->servos[i]] != id || self->answers[exchange->servos[i]].answered))
    i++;
  return i;
}

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
is_plausible (const LwFeetechLine *self, const Exchange *exchange, const uint8_t *bytes, size_t n)
{
  uint8_t id, length;
  size_t servo;

  if (!lw_feetech_peek (bytes, n, &id, &length))
    return true;
  if (length == exchange->length + 2 && find_open (self, exchange, id) < exchange->n)
    return true;
  servo = servo_of_id (self, id);
  return servo < self->bus->n_servos && length >= 2 && lw_reply_ledger_owes (&self->ledger, servo, (uint16_t) (length - 2), now_ns (self));
}

/* Takes the packet in self->packet as an answer, or as a reply that was owed. An answer comes first: a length that is owed is not asked for, so both are not possible,
 * but for what a line that was never quiet leaves no choice about. */
static bool
accept (LwFeetechLine *self, Exchange *exchange)
{
  const LwFeetechPacket *packet = &self->packet;
  size_t i = packet->n_params == exchange->length ? find_open (self, exchange, packet->id) : exchange->n;
  LwFeetechAnswer *answer;

  if (i == exchange->n)
    return lw_reply_ledger_overdue (&self->ledger, servo_of_id (self, packet->id), packet->n_params,
                                    LW_FEETECH_OVERHEAD + (size_t) packet->n_params, now_ns (self));
  answer = &self->answers[exchange->servos[i]];
  answer->answered = true;
  answer->status = packet->code;
  memcpy (answer->data, packet->params, packet->n_params);
  exchange->n_missing--;
  lw_reply_ledger_answered (&self->ledger, exchange->servos[i]);
  self->last_reply_ns = now_ns (self);
  return true;
}

static bool
may_be_echo (const LwFeetechLine *self, const uint8_t *bytes, size_t n)
{
  return self->echo_due && memcmp (bytes, self->sent, MIN (n, self->n_sent)) == 0;
}

/* Whose damaged packet this may have been, if its head survived. */
static void
note_damage (LwFeetechLine *self, Exchange *exchange, const uint8_t *bytes, size_t n)
{
  uint8_t id, length;
  size_t i;

  if (!lw_feetech_peek (bytes, n, &id, &length) || bytes[0] != 0xFF || bytes[1] != 0xFF)
    return;
  i = find_open (self, exchange, id);
  if (i < exchange->n)
    exchange->damaged |= 1u << i;
}

/* One packet, one echo or one run of garbage at @bytes; returns how many bytes that was, 0 when more must come first. */
static size_t
take_one (LwFeetechLine *self, Exchange *exchange, const uint8_t *bytes, size_t n)
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
  if (result != LW_FEETECH_INVALID && is_plausible (self, exchange, bytes, n))
    {
      if (result == LW_FEETECH_MORE)
        return 0;
      if (accept (self, exchange))
        return used;
    }
  if (result != LW_FEETECH_INVALID)
    used = 1;
  note_damage (self, exchange, bytes, n);
  exchange->n_garbage += used;
  return used;
}

static void
take_packets (LwFeetechLine *self, Exchange *exchange)
{
  size_t at = 0, used;

  do
    {
      used = at < self->n_input ? take_one (self, exchange, self->input + at, self->n_input - at) : 0;
      at += used;
    }
  while (used > 0);
  self->n_input -= at;
  memmove (self->input, self->input + at, self->n_input);
}

static LwIo
read_some (LwFeetechLine *self, Exchange *exchange, int64_t deadline_ns)
{
  LwTransport *transport = self->bus->transport;
  size_t n = 0;
  LwIo io = transport->klass->read (transport, self->input + self->n_input, sizeof self->input - self->n_input, &n, deadline_ns);

  self->n_input += n;
  take_packets (self, exchange);
  return io;
}

/* Reads what belongs to no exchange. */
static LwIo
discard (LwFeetechLine *self, int64_t deadline_ns)
{
  Exchange nobody = { .n = 0 };
  LwIo io = read_some (self, &nobody, deadline_ns);

  self->bus->counters.late += nobody.n_garbage;
  return io;
}

static void
forget_rest (LwFeetechLine *self)
{
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
  int64_t quiet_at_ns = 0;

  while (io == LW_IO_OK && lw_reply_ledger_owes_any (&self->ledger, now_ns (self)))
    {
      quiet_at_ns = now_ns (self) + lw_reply_time_patience (&self->time, self->bus->n_servos, 0);
      io = discard (self, MIN (deadline_ns, quiet_at_ns));
    }
  if (io == LW_IO_TIMEOUT && quiet_at_ns <= deadline_ns)
    {
      forget_rest (self);
      lw_reply_ledger_forget (&self->ledger);
    }
}

size_t
lw_feetech_line_stray (LwFeetechLine *self, int64_t quiet_ns, int64_t deadline_ns)
{
  Exchange nobody = { .n_garbage = 0 };
  LwIo io = LW_IO_OK;

  while (io == LW_IO_OK)
    io = read_some (self, &nobody, MIN (deadline_ns, now_ns (self) + quiet_ns));
  nobody.n_garbage += self->n_input;
  self->n_input = 0;
  self->bus->counters.late += nobody.n_garbage;
  return nobody.n_garbage;
}

static LwBusStatus
send_request (LwFeetechLine *self, uint8_t id, uint8_t instruction, const uint8_t *params, size_t n_params, int64_t deadline_ns)
{
  LwTransport *transport = self->bus->transport;
  LwBusStatus status;
  LwIo io;

  self->echo_due = false;
  status = drain (self);
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

static bool
is_open (const LwFeetechLine *self, const Exchange *exchange, size_t i)
{
  return !self->answers[exchange->servos[i]].answered;
}

/* Reads until all have answered, the last in line has (nobody answers after it), or @limit_ns. */
static LwBusStatus
collect (LwFeetechLine *self, Exchange *exchange, int64_t limit_ns)
{
  LwIo io = LW_IO_OK;

  while (io == LW_IO_OK && is_open (self, exchange, exchange->n - 1))
    io = read_some (self, exchange, limit_ns);
  return io == LW_IO_OK || io == LW_IO_TIMEOUT ? LW_BUS_OK : LW_BUS_GONE;
}

/* Which @n of the missing were damaged: those whose head was seen first, then whoever is first in line. One bit each. */
static uint32_t
choose_damaged (const LwFeetechLine *self, const Exchange *exchange, size_t n)
{
  uint32_t chosen = 0;

  for (int pass = 0; pass < 2; pass++)
    for (size_t i = 0; i < exchange->n && n > 0; i++)
      {
        bool head_seen = (exchange->damaged >> i & 1) != 0;

        if (!is_open (self, exchange, i) || head_seen != (pass == 0))
          continue;
        chosen |= 1u << i;
        n--;
      }
  return chosen;
}

/* Missing replies whose bytes came and made no sense were corrupted, the others lost. */
static void
give_up_missing (LwFeetechLine *self, const Exchange *exchange)
{
  size_t reply = LW_FEETECH_OVERHEAD + (size_t) exchange->length;
  size_t n_bytes = exchange->n_garbage + self->n_input;
  size_t n_corrupt;
  uint32_t damaged;

  if (self->hears_itself && self->echo_due) /* the echo is among them, damaged */
    n_bytes -= MIN (n_bytes, self->n_sent);
  n_corrupt = MIN (exchange->n_missing, (n_bytes + reply / 2) / reply);
  damaged = choose_damaged (self, exchange, n_corrupt);
  for (size_t i = 0; i < exchange->n; i++)
    if (is_open (self, exchange, i))
      lw_reply_ledger_missing (&self->ledger, exchange->servos[i], exchange->length, (damaged >> i & 1) != 0, now_ns (self));
  self->noisy = n_corrupt > 0;
}

static void
mark_silent (LwFeetechLine *self, const Exchange *exchange)
{
  for (size_t i = 0; i < exchange->n; i++)
    if (is_open (self, exchange, i))
      {
        self->answers[exchange->servos[i]].silent = true;
        return;
      }
}

/* Sends the request and collects the answers. */
static LwBusStatus
run_exchange (LwFeetechLine *self, Exchange *exchange, uint8_t id, uint8_t instruction, const uint8_t *params, size_t n_params, int64_t deadline_ns)
{
  int64_t t_sent_ns = now_ns (self), due_ns, limit_ns;
  LwBusStatus status = send_request (self, id, instruction, params, n_params, deadline_ns);

  if (status != LW_BUS_OK)
    return status;
  for (size_t i = 0; i < exchange->n; i++)
    {
      self->answers[exchange->servos[i]].answered = false;
      lw_reply_ledger_asked (&self->ledger, exchange->servos[i]);
    }
  due_ns = t_sent_ns + lw_wire_time (self->bus->transport->baud, self->n_sent + exchange->n * (LW_FEETECH_OVERHEAD + (size_t) exchange->length));
  limit_ns = due_ns + lw_reply_time_patience (&self->time, exchange->n, self->attempt);
  exchange->n_missing = exchange->n;
  status = collect (self, exchange, MIN (deadline_ns, limit_ns));
  if (status == LW_BUS_OK && limit_ns <= deadline_ns)
    mark_silent (self, exchange);
  give_up_missing (self, exchange);
  if (!is_open (self, exchange, exchange->n - 1))
    lw_reply_time_learn (&self->time, exchange->n, self->last_reply_ns - due_ns);
  if (limit_ns <= deadline_ns) /* not cut off by the deadline: no rest of it will come */
    self->n_input = 0;
  return status;
}

LwBusStatus
lw_feetech_line_ask (LwFeetechLine *self, const uint8_t *servos, size_t n, uint8_t address, uint8_t length, int64_t deadline_ns)
{
  Exchange exchange = { .servos = servos, .n = n, .length = length };
  uint8_t params[2 + LW_MAX_JOINTS] = { address, length };

  g_return_val_if_fail (n > 0 && n <= LW_MAX_JOINTS && length <= LW_FEETECH_LINE_DATA && length != 2, LW_BUS_DEVICE);

  for (size_t i = 0; i < n; i++)
    {
      params[2 + i] = self->bus->ids[servos[i]];
      self->answers[servos[i]].address = address;
    }
  if (n == 1)
    return run_exchange (self, &exchange, self->bus->ids[servos[0]], LW_FEETECH_READ, params, 2, deadline_ns);
  return run_exchange (self, &exchange, LW_FEETECH_BROADCAST, LW_FEETECH_SYNC_READ, params, 2 + n, deadline_ns);
}

LwBusStatus
lw_feetech_line_write (LwFeetechLine *self, uint8_t servo, uint8_t address, const uint8_t *bytes, size_t n, int64_t deadline_ns)
{
  Exchange exchange = { .servos = &servo, .n = 1, .length = 0 };
  uint8_t params[1 + LW_FEETECH_LINE_DATA] = { address };

  g_return_val_if_fail (n > 0 && n <= LW_FEETECH_LINE_DATA, LW_BUS_DEVICE);

  memcpy (params + 1, bytes, n);
  return run_exchange (self, &exchange, self->bus->ids[servo], LW_FEETECH_WRITE, params, 1 + n, deadline_ns);
}
