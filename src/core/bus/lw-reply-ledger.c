/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-reply-ledger.h"

#include <string.h>

void
lw_reply_ledger_init (LwReplyLedger *self, LwServoBus *bus, size_t overhead)
{
  self->bus = bus;
  self->overhead = overhead;
  self->n_garbage = 0;
  self->n = 0;
}

static bool
is_past (const LwExpectedReply *reply, int64_t now_ns)
{
  return !reply->open && now_ns - reply->t_ns > LW_LATE_REPLY_SPAN;
}

static size_t
size_of (const LwReplyLedger *self, const LwExpectedReply *reply)
{
  return self->overhead + reply->length;
}

static void
strike_out (LwReplyLedger *self, size_t at)
{
  self->n--;
  memmove (self->expected + at, self->expected + at + 1, (self->n - at) * sizeof *self->expected);
}

void
lw_reply_ledger_waive (LwReplyLedger *self, size_t n_bytes)
{
  self->n_garbage -= MIN (self->n_garbage, n_bytes);
}

/* What will not come any more takes the bytes it was blamed for along. */
static void
strike_out_past (LwReplyLedger *self, int64_t now_ns)
{
  while (self->n > 0 && (is_past (&self->expected[0], now_ns) || self->n == LW_REPLY_LEDGER_SIZE))
    {
      if (self->expected[0].corrupt && !self->expected[0].settled)
        lw_reply_ledger_waive (self, size_of (self, &self->expected[0]));
      strike_out (self, 0);
    }
  if (self->n == 0)
    self->n_garbage = 0;
}

void
lw_reply_ledger_asked (LwReplyLedger *self, size_t servo, uint16_t length, int64_t now_ns)
{
  strike_out_past (self, now_ns);
  self->expected[self->n++] = (LwExpectedReply){ .length = length, .servo = (uint8_t) servo, .open = true };
  self->bus->servo_counters[servo].sent++;
}

/* @by = 1 counts a missing reply as what it is taken for, -1 takes that back. */
static void
count_missing (LwReplyLedger *self, const LwExpectedReply *reply, int by)
{
  LwBusCounters *counters[] = { &self->bus->counters, &self->bus->servo_counters[reply->servo] };

  for (size_t i = 0; i < G_N_ELEMENTS (counters); i++)
    *(reply->corrupt ? &counters[i]->corrupt : &counters[i]->lost) += (uint64_t) (int64_t) by;
}

static void
take_for (LwReplyLedger *self, LwExpectedReply *reply, bool corrupt)
{
  if (!reply->open)
    count_missing (self, reply, -1);
  reply->corrupt = corrupt;
  if (!reply->open)
    count_missing (self, reply, 1);
}

/* Which of the undecided among the first @n the bytes in @budget were: those whose head was seen, then one they fit exactly, then whoever is first in line. */
static void
blame (LwReplyLedger *self, size_t n, size_t budget)
{
  enum { HEAD_SEEN, EXACT, FIRST, N_PASSES };

  for (size_t i = 0; i < n; i++)
    if (!self->expected[i].settled)
      take_for (self, &self->expected[i], false);
  for (int pass = HEAD_SEEN; pass < N_PASSES; pass++)
    for (size_t i = 0; i < n; i++)
      {
        LwExpectedReply *reply = &self->expected[i];
        size_t size = size_of (self, reply);
        bool fits = pass == HEAD_SEEN ? reply->head_seen : pass == EXACT ? size == budget : true;

        if (reply->settled || reply->corrupt || !fits || 2 * budget < size)
          continue;
        take_for (self, reply, true);
        budget -= MIN (budget, size);
      }
}

/* Index of the oldest that fits, n without one. */
static size_t
find (const LwReplyLedger *self, size_t servo, uint16_t length, int64_t now_ns)
{
  size_t i = 0;

  while (i < self->n
         && (is_past (&self->expected[i], now_ns) || self->expected[i].servo != servo || self->expected[i].length != length))
    i++;
  return i;
}

LwReplyMatch
lw_reply_ledger_take (LwReplyLedger *self, size_t servo, uint16_t length, int64_t now_ns)
{
  LwBusCounters *all = &self->bus->counters, *one = &self->bus->servo_counters[servo];
  size_t at = find (self, servo, length, now_ns);
  bool open;

  if (at == self->n)
    return LW_REPLY_UNKNOWN;
  blame (self, at, self->n_garbage);
  for (size_t i = 0; i < at; i++)
    self->expected[i].settled = true;
  self->n_garbage = 0;
  open = self->expected[at].open;
  if (open)
    {
      all->answered++;
      one->answered++;
    }
  else
    {
      count_missing (self, &self->expected[at], -1);
      all->overdue++;
      one->overdue++;
      all->late += size_of (self, &self->expected[at]);
      one->late += size_of (self, &self->expected[at]);
    }
  strike_out (self, at);
  return open ? LW_REPLY_ANSWER : LW_REPLY_OVERDUE;
}

bool
lw_reply_ledger_expects (const LwReplyLedger *self, size_t servo, uint16_t length, int64_t now_ns)
{
  return find (self, servo, length, now_ns) < self->n;
}

void
lw_reply_ledger_garbage (LwReplyLedger *self, size_t n_bytes)
{
  self->n_garbage += n_bytes;
}

size_t
lw_reply_ledger_give_up (LwReplyLedger *self, size_t n_pending, int64_t now_ns)
{
  size_t n_corrupt = 0;

  blame (self, self->n, self->n_garbage + n_pending);
  for (size_t i = 0; i < self->n; i++)
    {
      LwExpectedReply *reply = &self->expected[i];

      if (!reply->open)
        continue;
      reply->open = false;
      reply->t_ns = now_ns;
      count_missing (self, reply, 1);
      n_corrupt += reply->corrupt;
    }
  return n_corrupt;
}

bool
lw_reply_ledger_owes (const LwReplyLedger *self, size_t servo, uint16_t length, int64_t now_ns)
{
  size_t at = find (self, servo, length, now_ns);

  return at < self->n && !self->expected[at].open;
}

bool
lw_reply_ledger_owes_any (const LwReplyLedger *self, int64_t now_ns)
{
  for (size_t i = 0; i < self->n; i++)
    if (!self->expected[i].open && !is_past (&self->expected[i], now_ns))
      return true;
  return false;
}
