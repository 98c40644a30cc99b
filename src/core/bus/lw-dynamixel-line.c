/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-dynamixel-line.h"

#include <string.h>

#define MS G_GINT64_CONSTANT (1000000)

/* An adapter may hold bytes back for 16 ms, a servo fresh from the factory for 0.5 ms: what to expect before the first measurement. */
#define FIRST_LATENCY   (20 * MS)
#define MAX_LATENCY     (25 * MS) /* of a working bus; a stall beyond is not a habit to learn */
#define SPARE_LATENCY   (1 * MS)
#define MAX_PATIENCE    (500 * MS)
/* A reply later than this after an incomplete exchange does not happen: adapters' buffers are emptied within their latency timer. */
#define LATE_REPLY_SPAN (50 * MS)
#define DEFAULT_BAUD    1000000
#define READ_REQUEST_BYTES 14
#define LONGEST_ANSWER     ((LW_DYNAMIXEL_LINE_DATA + 4) * 4 / 3) /* LEN; stuffing adds a third at most */

enum { ALONE, CHAIN };

void
lw_dynamixel_line_init (LwDynamixelLine *self, LwServoBus *bus)
{
  memset (self, 0, sizeof *self);
  self->bus = bus;
  self->latency_ns[ALONE] = self->latency_ns[CHAIN] = FIRST_LATENCY;
  self->incomplete_ns = INT64_MIN / 2;
}

static int64_t
now_ns (const LwDynamixelLine *self)
{
  return lw_clock_now (self->bus->transport->clock);
}

static int64_t
wire_time_ns (const LwDynamixelLine *self, size_t n_bytes)
{
  unsigned baud = self->bus->transport->baud != 0 ? self->bus->transport->baud : DEFAULT_BAUD;

  return (int64_t) n_bytes * 10 * 1000000000 / baud; /* start, eight data, stop */
}

/* How long an answer may take beyond its wire time before it counts as lost: what answers have taken, doubled with each attempt, so that a machine or an
 * adapter that has become slow is caught up with, and measured. */
static int64_t
patience_ns (const LwDynamixelLine *self, size_t n_servos)
{
  int64_t latency_ns = self->latency_ns[n_servos > 1 ? CHAIN : ALONE];

  return MIN ((latency_ns + latency_ns / 2 + SPARE_LATENCY) << self->attempt, MAX_PATIENCE);
}

void
lw_dynamixel_line_begin (LwDynamixelLine *self)
{
  for (size_t i = 0; i < LW_MAX_JOINTS; i++)
    self->answers[i] = (LwAnswer){ .kind = LW_ANSWER_NONE };
  self->first_request_ns = 0;
  self->last_reply_ns = 0;
  self->noisy = false;
  self->attempt = 0;
}

unsigned
lw_dynamixel_line_salt (LwDynamixelLine *self)
{
  if (now_ns (self) - self->incomplete_ns > LATE_REPLY_SPAN)
    self->salt = 0;
  return self->salt;
}

bool
lw_dynamixel_line_has_time (LwDynamixelLine *self, uint16_t length, int64_t deadline_ns)
{
  size_t n_bytes = READ_REQUEST_BYTES + LW_DYNAMIXEL_STATUS_OVERHEAD + length;

  return now_ns (self) + wire_time_ns (self, n_bytes) + self->latency_ns[ALONE] < deadline_ns;
}

/* An exchange under way. */
typedef struct {
  const uint8_t *servos;
  size_t         n;
  uint16_t       length;     /* of each answer's data */
  size_t         max_length; /* LEN of the longest packet that makes sense: an answer, late or not, or the adapter's echo of the request */
  size_t         n_missing;
  size_t         n_garbage;  /* bytes that belonged to no packet */
} Exchange;

static bool
is_open (const LwDynamixelLine *self, const Exchange *exchange, size_t i)
{
  return self->answers[exchange->servos[i]].kind == LW_ANSWER_NONE;
}

/* Takes the packet in self->packet as an answer when it can be one. */
static bool
accept (LwDynamixelLine *self, Exchange *exchange)
{
  const LwDynamixelPacket *packet = &self->packet;
  bool refused = (packet->error & ~LW_DYNAMIXEL_ALERT) != 0 && packet->n_params == 0;

  if (packet->n_params != exchange->length && !refused)
    return false;
  for (size_t i = 0; i < exchange->n; i++)
    {
      LwAnswer *answer = &self->answers[exchange->servos[i]];

      if (self->bus->ids[exchange->servos[i]] != packet->id || answer->kind != LW_ANSWER_NONE)
        continue;
      answer->kind = refused ? LW_ANSWER_ERROR : LW_ANSWER_DATA;
      answer->error = packet->error;
      memcpy (answer->data, packet->params, packet->n_params);
      exchange->n_missing--;
      self->bus->counters.answered++;
      self->last_reply_ns = now_ns (self);
      return true;
    }
  return false;
}

/* A good reply nobody waits for: counted as lost, or as corrupt when its exchange ended in the middle of it, before it was known to be only late. */
static void
take_overdue (LwDynamixelLine *self)
{
  LwBusCounters *counters = &self->bus->counters;
  uint64_t *mistaken = self->cut ? &counters->corrupt : &counters->lost;

  counters->overdue++;
  if (*mistaken > 0)
    (*mistaken)--;
}

static void
take_packets (LwDynamixelLine *self, Exchange *exchange)
{
  size_t at = 0;
  LwDynamixelResult result;

  do
    {
      size_t used;

      result = lw_dynamixel_parse (self->input + at, self->n_input - at, exchange->max_length, &self->packet, &used);
      at += used;
      if (result == LW_DYNAMIXEL_INVALID)
        exchange->n_garbage += used;
      /* Anything but a status is the echo of the request on an adapter that hears itself. */
      else if (result == LW_DYNAMIXEL_VALID && self->packet.instruction == LW_DYNAMIXEL_STATUS && !accept (self, exchange))
        {
          self->bus->counters.late += used;
          take_overdue (self);
        }
      if (result != LW_DYNAMIXEL_MORE)
        self->cut = false;
    }
  while (result != LW_DYNAMIXEL_MORE);
  self->n_input -= at;
  memmove (self->input, self->input + at, self->n_input);
}

/* Reads what belongs to no exchange until @deadline_ns, one read at most. */
static LwIo
discard (LwDynamixelLine *self, int64_t deadline_ns)
{
  LwTransport *transport = self->bus->transport;
  Exchange nobody = { .max_length = LONGEST_ANSWER };
  size_t n = 0;
  LwIo io = transport->klass->read (transport, self->input + self->n_input, sizeof self->input - self->n_input, &n, deadline_ns);

  self->n_input += n;
  take_packets (self, &nobody);
  self->bus->counters.late += nobody.n_garbage;
  return io;
}

/* Replies of earlier requests that have arrived by now. Bounded: a line that babbles without end shows as missing answers. */
static LwBusStatus
drain (LwDynamixelLine *self)
{
  LwIo io = LW_IO_OK;

  for (int i = 0; i < 16 && io == LW_IO_OK; i++)
    io = discard (self, 0);
  return io == LW_IO_OK || io == LW_IO_TIMEOUT ? LW_BUS_OK : LW_BUS_GONE;
}

void
lw_dynamixel_line_settle (LwDynamixelLine *self, int64_t deadline_ns)
{
  LwIo io = LW_IO_OK;

  while (io == LW_IO_OK && now_ns (self) - self->incomplete_ns < LATE_REPLY_SPAN)
    io = discard (self, MIN (deadline_ns, now_ns (self) + patience_ns (self, self->bus->n_servos)));
}

static LwBusStatus
send_request (LwDynamixelLine *self, uint8_t id, uint8_t instruction, const uint8_t *params, size_t n_params, size_t *n_sent, int64_t deadline_ns)
{
  LwTransport *transport = self->bus->transport;
  uint8_t request[LW_DYNAMIXEL_MAX_PACKET];
  LwBusStatus status = drain (self);
  LwIo io;

  if (status != LW_BUS_OK)
    return status;
  *n_sent = lw_dynamixel_build (request, sizeof request, id, instruction, params, n_params);
  if (self->first_request_ns == 0)
    self->first_request_ns = now_ns (self);
  io = transport->klass->write (transport, request, *n_sent, deadline_ns);
  if (io == LW_IO_TIMEOUT)
    return LW_BUS_TIMEOUT;
  if (io != LW_IO_OK)
    return LW_BUS_GONE;
  self->bus->counters.sent++;
  return LW_BUS_OK;
}

LwBusStatus
lw_dynamixel_line_tell (LwDynamixelLine *self, uint8_t instruction, const uint8_t *params, size_t n_params, int64_t deadline_ns)
{
  size_t n_sent;

  return send_request (self, LW_DYNAMIXEL_BROADCAST, instruction, params, n_params, &n_sent, deadline_ns);
}

/* Reads until all have answered, the last in line has (nobody answers after it), or @limit_ns. */
static LwBusStatus
collect (LwDynamixelLine *self, Exchange *exchange, int64_t limit_ns)
{
  LwTransport *transport = self->bus->transport;

  while (exchange->n_missing > 0 && is_open (self, exchange, exchange->n - 1))
    {
      size_t n = 0;
      LwIo io = transport->klass->read (transport, self->input + self->n_input, sizeof self->input - self->n_input, &n, limit_ns);

      if (io == LW_IO_TIMEOUT)
        break;
      if (io != LW_IO_OK)
        return LW_BUS_GONE;
      self->n_input += n;
      take_packets (self, exchange);
    }
  return LW_BUS_OK;
}

/* A peak that fades; the first measurement replaces the guess. One servo alone is no slower than a chain of them. */
static void
learn_latency (LwDynamixelLine *self, int which, int64_t excess_ns)
{
  int64_t *latency_ns = &self->latency_ns[which];

  *latency_ns = CLAMP (excess_ns, self->measured[which] ? *latency_ns - *latency_ns / 32 : 0, MAX_LATENCY);
  self->measured[which] = true;
  if (!self->measured[ALONE])
    self->latency_ns[ALONE] = *latency_ns;
}

/* Missing replies whose bytes came and made no sense were corrupted, the others lost. */
static void
account (LwDynamixelLine *self, const Exchange *exchange, int64_t excess_ns)
{
  size_t reply = LW_DYNAMIXEL_STATUS_OVERHEAD + exchange->length;
  size_t n_whole = MIN (exchange->n_missing, (exchange->n_garbage + reply / 2) / reply);
  size_t n_corrupt = MIN (exchange->n_missing, (exchange->n_garbage + self->n_input + reply / 2) / reply);

  self->bus->counters.corrupt += n_corrupt;
  self->bus->counters.lost += exchange->n_missing - n_corrupt;
  self->noisy = n_corrupt > 0;
  self->cut = n_corrupt > n_whole;
  if (exchange->n_missing > 0)
    {
      self->incomplete_ns = now_ns (self);
      self->salt++;
    }
  if (!is_open (self, exchange, exchange->n - 1)) /* the last in line has answered */
    learn_latency (self, exchange->n > 1 ? CHAIN : ALONE, excess_ns);
}

static void
mark_silent (LwDynamixelLine *self, const Exchange *exchange)
{
  for (size_t i = 0; i < exchange->n; i++)
    if (is_open (self, exchange, i))
      {
        self->answers[exchange->servos[i]].silent = true;
        return;
      }
}

/* Collects the answers to a request of @n_sent bytes written at @t_sent_ns. */
static LwBusStatus
finish (LwDynamixelLine *self, Exchange *exchange, size_t n_sent, int64_t t_sent_ns, int64_t deadline_ns)
{
  size_t n_bytes = n_sent + exchange->n * (LW_DYNAMIXEL_STATUS_OVERHEAD + (size_t) exchange->length);
  int64_t due_ns = t_sent_ns + wire_time_ns (self, n_bytes);
  int64_t limit_ns = due_ns + patience_ns (self, exchange->n);
  LwBusStatus status;

  exchange->max_length = MAX (LONGEST_ANSWER, n_sent - 7);
  exchange->n_missing = exchange->n;
  status = collect (self, exchange, MIN (deadline_ns, limit_ns));
  if (status == LW_BUS_OK && limit_ns <= deadline_ns)
    mark_silent (self, exchange);
  account (self, exchange, self->last_reply_ns - due_ns);
  if (limit_ns <= deadline_ns || exchange->n_missing == 0) /* not cut off by the deadline: no rest of it will come */
    {
      self->n_input = 0;
      self->cut = false;
    }
  return status;
}

static void
expect_answers (LwDynamixelLine *self, const uint8_t *servos, size_t n, uint16_t address)
{
  for (size_t i = 0; i < n; i++)
    {
      self->answers[servos[i]].kind = LW_ANSWER_NONE;
      self->answers[servos[i]].address = address;
    }
}

LwBusStatus
lw_dynamixel_line_ask (LwDynamixelLine *self, const uint8_t *servos, size_t n, uint16_t address, uint16_t length, int64_t deadline_ns)
{
  Exchange exchange = { .servos = servos, .n = n, .length = length };
  uint8_t params[4 + LW_MAX_JOINTS];
  int64_t t_sent_ns;
  size_t n_sent;
  LwBusStatus status;

  g_return_val_if_fail (n > 0 && n <= LW_MAX_JOINTS && length <= LW_DYNAMIXEL_LINE_DATA, LW_BUS_DEVICE);

  expect_answers (self, servos, n, address);
  lw_dynamixel_put (params, 2, address);
  lw_dynamixel_put (params + 2, 2, length);
  for (size_t i = 0; i < n; i++)
    params[4 + i] = self->bus->ids[servos[i]];
  t_sent_ns = now_ns (self);
  if (n == 1)
    status = send_request (self, self->bus->ids[servos[0]], LW_DYNAMIXEL_READ, params, 4, &n_sent, deadline_ns);
  else
    status = send_request (self, LW_DYNAMIXEL_BROADCAST, LW_DYNAMIXEL_SYNC_READ, params, 4 + n, &n_sent, deadline_ns);
  return status != LW_BUS_OK ? status : finish (self, &exchange, n_sent, t_sent_ns, deadline_ns);
}

LwBusStatus
lw_dynamixel_line_ping (LwDynamixelLine *self, uint8_t servo, int64_t deadline_ns)
{
  Exchange exchange = { .servos = &servo, .n = 1, .length = 3 };
  int64_t t_sent_ns = now_ns (self);
  size_t n_sent;
  LwBusStatus status;

  expect_answers (self, &servo, 1, 0);
  status = send_request (self, self->bus->ids[servo], LW_DYNAMIXEL_PING, NULL, 0, &n_sent, deadline_ns);
  return status != LW_BUS_OK ? status : finish (self, &exchange, n_sent, t_sent_ns, deadline_ns);
}
