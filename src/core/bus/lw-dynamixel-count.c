/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "lw-dynamixel-line-private.h"

/* Counters that add up: asked = answered + lost + corrupt + overdue, for each servo and for all. */

void
lw_dynamixel_line_count_overdue (LwDynamixelLine *self, size_t servo)
{
  LwBusCounters *all = &self->bus->counters, *one = &self->bus->servo_counters[servo];
  bool           cut = self->cut == servo + 1;
  uint64_t      *mistaken_all = cut ? &all->corrupt : &all->lost;
  uint64_t      *mistaken = cut ? &one->corrupt : &one->lost;

  if (*mistaken == 0) /* nobody missed it: somebody else on the line asked, or two servos have one id */
    return;
  (*mistaken)--;
  (*mistaken_all)--;
  one->overdue++;
  all->overdue++;
  if (cut)
    self->cut = 0;
}

void
lw_dynamixel_line_count_late_damage (LwDynamixelLine *self, size_t servo)
{
  LwBusCounters *all = &self->bus->counters, *one = &self->bus->servo_counters[servo];

  if (one->lost == 0 || self->cut == servo + 1) /* nobody missed it, or it was counted as damaged when its beginning came */
    return;
  one->lost--;
  all->lost--;
  one->corrupt++;
  all->corrupt++;
}

void
lw_dynamixel_line_give_up_fast (LwDynamixelLine *self)
{
  for (size_t servo = 0; servo < self->bus->n_servos; servo++)
    {
      LwBusCounters *one = &self->bus->servo_counters[servo];
      uint64_t       n = MIN (self->fast.unanswered[servo], one->lost);

      one->sent -= n;
      one->lost -= n;
      self->bus->counters.lost -= n;
    }
  self->fast = (LwDynamixelFastUse){ .wanted = false };
}

static size_t
reply_bytes (const LwExchange *exchange)
{
  return (exchange->fast ? LW_DYNAMIXEL_FAST_OVERHEAD : LW_DYNAMIXEL_STATUS_OVERHEAD) + (size_t) exchange->length;
}

/* Replies come in the order of the line: bytes that made no sense between two answers belong to those who stood between them. How many replies they were goes
 * by their number; whose, by the ids that could still be read (in @exchange->damaged), then by the order. */
static uint32_t
damaged_between (const LwExchange *exchange, size_t from, size_t to, size_t n_bytes)
{
  size_t   n = (n_bytes + reply_bytes (exchange) / 2) / reply_bytes (exchange);
  uint32_t damaged = 0;

  for (int readable = 1; readable >= 0; readable--)
    for (size_t i = from; i < to && n > 0; i++)
      if ((damaged >> i & 1) == 0 && (readable == 0 || (exchange->damaged >> i & 1) != 0))
        {
          damaged |= 1u << i;
          n--;
        }
  return damaged;
}

static uint32_t
damaged_places (const LwDynamixelLine *self, const LwExchange *exchange, size_t n_begun)
{
  uint32_t damaged = 0;
  size_t   from = 0;

  for (size_t i = 0; i < exchange->n; i++)
    if (!lw_exchange_is_open (self, exchange, i))
      {
        damaged |= damaged_between (exchange, from, i, exchange->garbage_before[i]);
        from = i + 1;
      }
  return damaged | damaged_between (exchange, from, exchange->n, exchange->n_garbage + n_begun);
}

static void
remember_pending (LwDynamixelLine *self, const LwExchange *exchange)
{
  LwDynamixelPending *pending = &self->pending[self->next_pending];

  self->next_pending = (self->next_pending + 1) % LW_DYNAMIXEL_N_PENDING;
  pending->t_ns = lw_dynamixel_line_now (self);
  pending->fast = exchange->fast;
  pending->n = exchange->n;
  pending->length = exchange->length;
  pending->open = 0;
  for (size_t i = 0; i < exchange->n; i++)
    {
      pending->servos[i] = exchange->servos[i];
      if (lw_exchange_is_open (self, exchange, i))
        pending->open |= 1u << i;
    }
}

void
lw_dynamixel_line_count_missing (LwDynamixelLine *self, LwExchange *exchange, size_t n_begun)
{
  LwBusCounters *all = &self->bus->counters;
  uint32_t       damaged = damaged_places (self, exchange, n_begun);
  uint32_t       whole = damaged_places (self, exchange, 0);

  self->noisy = damaged != 0;
  self->cut = 0;
  if (exchange->n_missing == 0)
    return;
  for (size_t i = 0; i < exchange->n; i++)
    {
      LwBusCounters *one = &self->bus->servo_counters[exchange->servos[i]];
      bool           corrupt = (damaged >> i & 1) != 0;

      if (!lw_exchange_is_open (self, exchange, i))
        continue;
      all->corrupt += corrupt ? 1 : 0;
      one->corrupt += corrupt ? 1 : 0;
      all->lost += corrupt ? 0 : 1;
      one->lost += corrupt ? 0 : 1;
      if (((damaged & ~whole) >> i & 1) != 0)
        self->cut = (uint8_t) (exchange->servos[i] + 1);
    }
  self->incomplete_ns = lw_dynamixel_line_now (self);
  self->salt++;
  remember_pending (self, exchange);
}

/* Nothing at all came to a fast read: it may be that nobody there knows it, which shows when the first in line answers to something else. */
void
lw_dynamixel_line_suspect_fast (LwDynamixelLine *self, const LwExchange *exchange)
{
  LwDynamixelFastUse *fast = &self->fast;

  if (fast->suspect != 0) /* it did not: the line was dead */
    memset (fast->unanswered, 0, sizeof fast->unanswered);
  for (size_t i = 0; i < exchange->n; i++)
    fast->unanswered[exchange->servos[i]]++;
  fast->suspect = (uint8_t) (exchange->servos[0] + 1);
}
