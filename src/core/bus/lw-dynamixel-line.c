/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "lw-dynamixel-line-private.h"

#define READ_REQUEST_BYTES 14
#define BEFORE_LENGTH      7
#define MAX_DRAINS         16 /* reads of what is there already: a line that babbles without end shows as missing answers */

void
lw_dynamixel_line_init (LwDynamixelLine *self, LwServoBus *bus)
{
  memset (self, 0, sizeof *self);
  self->bus = bus;
  lw_reply_time_init (&self->time);
  self->incomplete_ns = INT64_MIN / 2;
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
  if (lw_dynamixel_line_now (self) - self->incomplete_ns > LW_DYNAMIXEL_LATE_SPAN)
    self->salt = 0;
  return self->salt;
}

bool
lw_dynamixel_line_has_time (LwDynamixelLine *self, uint16_t length, int64_t deadline_ns)
{
  size_t n_bytes = READ_REQUEST_BYTES + LW_DYNAMIXEL_STATUS_OVERHEAD + length;

  return lw_dynamixel_line_now (self) + lw_wire_time (self->bus->transport->baud, n_bytes) + lw_reply_time_expected (&self->time, 1) < deadline_ns;
}

static LwIo
read_more (LwDynamixelLine *self, int64_t deadline_ns)
{
  LwTransport *transport = self->bus->transport;
  size_t n = 0;
  LwIo io = transport->klass->read (transport, self->input + self->n_input, sizeof self->input - self->n_input, &n, deadline_ns);

  self->n_input += n;
  return io;
}

/* Reads what belongs to no exchange until @deadline_ns, one read at most. */
static LwIo
discard (LwDynamixelLine *self, int64_t deadline_ns)
{
  LwExchange nobody = { .n = 0 };
  LwIo io = read_more (self, deadline_ns);

  lw_dynamixel_line_take (self, &nobody);
  self->bus->counters.late += nobody.n_garbage;
  return io;
}

/* Replies of earlier requests that have arrived by now. */
static LwBusStatus
drain (LwDynamixelLine *self)
{
  LwIo io = LW_IO_OK;

  for (int i = 0; i < MAX_DRAINS && io == LW_IO_OK; i++)
    io = discard (self, 0);
  return io == LW_IO_OK || io == LW_IO_TIMEOUT ? LW_BUS_OK : LW_BUS_GONE;
}

void
lw_dynamixel_line_settle (LwDynamixelLine *self, int64_t deadline_ns)
{
  int64_t quiet_ns = lw_reply_time_patience (&self->time, self->bus->n_servos, self->attempt);
  LwIo io = LW_IO_OK;

  while (io == LW_IO_OK && lw_dynamixel_line_now (self) < deadline_ns && lw_dynamixel_line_now (self) - self->incomplete_ns < LW_DYNAMIXEL_LATE_SPAN)
    io = discard (self, MIN (deadline_ns, lw_dynamixel_line_now (self) + quiet_ns));
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
  g_return_val_if_fail (*n_sent > 0, LW_BUS_DEVICE);
  self->longest_request = MAX (self->longest_request, *n_sent - BEFORE_LENGTH);
  if (self->first_request_ns == 0)
    self->first_request_ns = lw_dynamixel_line_now (self);
  io = transport->klass->write (transport, request, *n_sent, deadline_ns);
  if (io == LW_IO_TIMEOUT)
    return LW_BUS_TIMEOUT;
  if (io != LW_IO_OK)
    return LW_BUS_GONE;
  self->n_foreign = MAX (self->n_foreign, self->n_input) + (self->echoes ? *n_sent : 0);
  self->bus->counters.sent++;
  return LW_BUS_OK;
}

LwBusStatus
lw_dynamixel_line_tell (LwDynamixelLine *self, uint8_t instruction, const uint8_t *params, size_t n_params, int64_t deadline_ns)
{
  size_t n_sent;

  return send_request (self, LW_DYNAMIXEL_BROADCAST, instruction, params, n_params, &n_sent, deadline_ns);
}

/* Reads until all have answered, the last in line has (nobody answers after it), or @limit_ns; then what is there already. */
static LwBusStatus
collect (LwDynamixelLine *self, LwExchange *exchange, int64_t limit_ns)
{
  int n_late = 0;

  while (exchange->n_missing > 0 && !exchange->over && lw_exchange_is_open (self, exchange, exchange->n - 1) && n_late < MAX_DRAINS)
    {
      LwIo io = read_more (self, limit_ns);

      if (io == LW_IO_TIMEOUT)
        break;
      if (io != LW_IO_OK)
        return LW_BUS_GONE;
      lw_dynamixel_line_take (self, exchange);
      n_late += lw_dynamixel_line_now (self) >= limit_ns ? 1 : 0;
    }
  return LW_BUS_OK;
}

static void
mark_silent (LwDynamixelLine *self, const LwExchange *exchange)
{
  for (size_t i = 0; i < exchange->n; i++)
    if (lw_exchange_is_open (self, exchange, i))
      {
        self->answers[exchange->servos[i]].silent = true;
        return;
      }
}

static size_t
n_bytes_due (const LwExchange *exchange)
{
  size_t overhead = exchange->fast ? LW_DYNAMIXEL_FAST_OVERHEAD : LW_DYNAMIXEL_STATUS_OVERHEAD;

  return (exchange->fast ? LW_DYNAMIXEL_FAST_PREFIX : 0) + exchange->n * (overhead + exchange->length);
}

/* Collects the answers to a request of @n_sent bytes written at @t_sent_ns. */
static LwBusStatus
finish (LwDynamixelLine *self, LwExchange *exchange, size_t n_sent, int64_t t_sent_ns, int64_t deadline_ns)
{
  int64_t due_ns = t_sent_ns + lw_wire_time (self->bus->transport->baud, n_sent + n_bytes_due (exchange));
  int64_t limit_ns = due_ns + lw_reply_time_patience (&self->time, exchange->n, self->attempt);
  size_t n_begun = 0;
  LwBusStatus status;

  exchange->n_missing = exchange->n;
  for (size_t i = 0; i < exchange->n; i++)
    self->bus->servo_counters[exchange->servos[i]].sent++;
  status = collect (self, exchange, MIN (deadline_ns, limit_ns));
  if (limit_ns <= deadline_ns || exchange->over || exchange->n_missing == 0) /* not cut off by the deadline: no rest of it will come */
    {
      lw_dynamixel_line_take_rest (self, exchange);
      if (exchange->fast && exchange->n_missing == exchange->n && exchange->n_garbage == 0)
        lw_dynamixel_line_suspect_fast (self, exchange);
    }
  else
    {
      n_begun = lw_dynamixel_line_take_begun (self, exchange);
    }
  if (status == LW_BUS_OK && limit_ns <= deadline_ns)
    mark_silent (self, exchange);
  lw_dynamixel_line_count_missing (self, exchange, n_begun);
  if (exchange->refused)
    lw_dynamixel_line_give_up_fast (self);
  if (!lw_exchange_is_open (self, exchange, exchange->n - 1)) /* the last in line has answered */
    lw_reply_time_learn (&self->time, exchange->n, self->last_reply_ns - due_ns);
  if (exchange->n_missing == 0)
    self->n_foreign = 0;
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
  LwExchange exchange = { .servos = servos, .n = n, .length = length, .fast = n > 1 && self->fast.wanted };
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
  t_sent_ns = lw_dynamixel_line_now (self);
  if (n == 1)
    status = send_request (self, self->bus->ids[servos[0]], LW_DYNAMIXEL_READ, params, 4, &n_sent, deadline_ns);
  else
    status = send_request (self, LW_DYNAMIXEL_BROADCAST, exchange.fast ? LW_DYNAMIXEL_FAST_SYNC_READ : LW_DYNAMIXEL_SYNC_READ, params, 4 + n, &n_sent,
                           deadline_ns);
  return status != LW_BUS_OK ? status : finish (self, &exchange, n_sent, t_sent_ns, deadline_ns);
}

LwBusStatus
lw_dynamixel_line_instruct (LwDynamixelLine *self, uint8_t servo, uint8_t instruction, const uint8_t *params, size_t n_params, uint16_t length,
                            int64_t deadline_ns)
{
  LwExchange exchange = { .servos = &servo, .n = 1, .length = length };
  int64_t t_sent_ns = lw_dynamixel_line_now (self);
  size_t n_sent;
  LwBusStatus status;

  expect_answers (self, &servo, 1, 0);
  status = send_request (self, self->bus->ids[servo], instruction, params, n_params, &n_sent, deadline_ns);
  return status != LW_BUS_OK ? status : finish (self, &exchange, n_sent, t_sent_ns, deadline_ns);
}
