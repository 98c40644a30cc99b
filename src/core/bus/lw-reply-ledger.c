/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-reply-ledger.h"

#include <string.h>

void
lw_reply_ledger_init (LwReplyLedger *self, LwServoBus *bus)
{
  self->bus = bus;
  self->n_owed = 0;
}

void
lw_reply_ledger_asked (LwReplyLedger *self, size_t servo)
{
  self->bus->servo_counters[servo].sent++;
}

void
lw_reply_ledger_answered (LwReplyLedger *self, size_t servo)
{
  self->bus->counters.answered++;
  self->bus->servo_counters[servo].answered++;
}

static bool
is_past (const LwOwedReply *owed, int64_t now_ns)
{
  return now_ns - owed->t_ns > LW_LATE_REPLY_SPAN;
}

static void
strike_out (LwReplyLedger *self, size_t first, size_t n)
{
  self->n_owed -= n;
  memmove (self->owed + first, self->owed + first + n, (self->n_owed - first) * sizeof *self->owed);
}

void
lw_reply_ledger_missing (LwReplyLedger *self, size_t servo, uint16_t length, bool corrupt, int64_t now_ns)
{
  LwBusCounters *all = &self->bus->counters, *one = &self->bus->servo_counters[servo];
  size_t n_past = 0;

  (*(corrupt ? &all->corrupt : &all->lost))++;
  (*(corrupt ? &one->corrupt : &one->lost))++;
  while (n_past < self->n_owed && is_past (&self->owed[n_past], now_ns))
    n_past++;
  if (n_past == 0 && self->n_owed == LW_REPLY_LEDGER_OWED)
    n_past = 1;
  strike_out (self, 0, n_past);
  self->owed[self->n_owed++] = (LwOwedReply){ .t_ns = now_ns, .length = length, .servo = (uint8_t) servo, .corrupt = corrupt };
}

/* Index of the oldest that fits, n_owed without one. */
static size_t
find (const LwReplyLedger *self, size_t servo, uint16_t length, int64_t now_ns)
{
  size_t i = 0;

  while (i < self->n_owed
         && (is_past (&self->owed[i], now_ns) || self->owed[i].servo != servo || self->owed[i].length != length))
    i++;
  return i;
}

bool
lw_reply_ledger_overdue (LwReplyLedger *self, size_t servo, uint16_t length, size_t n_bytes, int64_t now_ns)
{
  LwBusCounters *all = &self->bus->counters, *one = &self->bus->servo_counters[servo];
  size_t i = find (self, servo, length, now_ns);
  bool corrupt;

  if (i == self->n_owed)
    return false;
  corrupt = self->owed[i].corrupt;
  (*(corrupt ? &all->corrupt : &all->lost))--;
  (*(corrupt ? &one->corrupt : &one->lost))--;
  all->overdue++;
  one->overdue++;
  all->late += n_bytes;
  one->late += n_bytes;
  strike_out (self, i, 1);
  return true;
}

bool
lw_reply_ledger_owes (const LwReplyLedger *self, size_t servo, uint16_t length, int64_t now_ns)
{
  return find (self, servo, length, now_ns) < self->n_owed;
}

bool
lw_reply_ledger_owes_any (const LwReplyLedger *self, int64_t now_ns)
{
  return self->n_owed > 0 && !is_past (&self->owed[self->n_owed - 1], now_ns);
}

void
lw_reply_ledger_forget (LwReplyLedger *self)
{
  self->n_owed = 0;
}
