/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "lw-dynamixel-line-private.h"

/* What came in although nobody waits for it any more: whose it was, and whether it came whole. */

/* --- heads of replies ------------------------------------------------------------------------------------------------------------ */

static void
put_head (uint8_t head[LW_DYNAMIXEL_AT_INSTRUCTION + 1], uint8_t id, size_t n)
{
  memcpy (head, "\xFF\xFF\xFD\x00", LW_DYNAMIXEL_AT_ID);
  head[LW_DYNAMIXEL_AT_ID] = id;
  lw_dynamixel_put (head + LW_DYNAMIXEL_AT_ID + 1, 2, (uint32_t) (n - LW_DYNAMIXEL_BEFORE_LENGTH));
  head[LW_DYNAMIXEL_AT_INSTRUCTION] = LW_DYNAMIXEL_STATUS;
}

/* Bits in which the first eight bytes differ from the head of a reply of @id with @n bytes. */
static int
head_errors (const uint8_t *bytes, uint8_t id, size_t n)
{
  uint8_t head[LW_DYNAMIXEL_AT_INSTRUCTION + 1];
  int     count = 0;

  put_head (head, id, n);
  for (size_t i = 0; i < sizeof head; i++)
    count += __builtin_popcount ((unsigned) (head[i] ^ bytes[i]));
  return count;
}

bool
lw_dynamixel_fits_head (const uint8_t *bytes, uint8_t id, size_t n)
{
  uint8_t  head[LW_DYNAMIXEL_AT_INSTRUCTION + 1];
  uint16_t crc;

  put_head (head, id, n);
  crc = lw_dynamixel_crc_update (lw_dynamixel_crc (head, sizeof head), bytes + sizeof head, n - sizeof head - 2);
  return crc == lw_dynamixel_get_u16 (bytes + n - 2);
}

/* --- what nobody waits for ------------------------------------------------------------------------------------------------------ */

/* Whether the combined reply of @n bytes at the front answers @pending: the lengths asked for change, but so may the number of those asked. */
static bool
take_late_blocks (LwDynamixelLine *self, LwDynamixelPending *pending, size_t n)
{
  uint16_t         sizes[LW_MAX_JOINTS];
  LwDynamixelBlock blocks[LW_MAX_JOINTS];

  if (!lw_dynamixel_may_come (self, pending) || n != lw_dynamixel_fast_bytes (pending->n, pending->length))
    return false;
  for (size_t i = 0; i < pending->n; i++)
    sizes[i] = pending->length;
  (void) lw_dynamixel_fast_parse (self->input, n, sizes, pending->n, blocks);
  for (size_t i = 0; i < pending->n; i++)
    if (blocks[i].id != self->bus->ids[pending->servos[i]])
      return false;
  for (size_t i = 0; i < pending->n; i++)
    if ((pending->open >> i & 1) != 0)
      lw_dynamixel_line_count_overdue (self, pending->servos[i]);
  pending->open = 0;
  return true;
}

/* The overdue blocks at the front, when they fit @pending but for a damage: those that pass their check were late, the others came and failed it. */
static bool
take_late_damaged_blocks (LwDynamixelLine *self, LwDynamixelPending *pending, size_t n)
{
  uint16_t         sizes[LW_MAX_JOINTS];
  LwDynamixelBlock blocks[LW_MAX_JOINTS];
  uint32_t         good = 0;

  for (size_t i = 0; i < pending->n; i++)
    sizes[i] = pending->length;
  (void) lw_dynamixel_fast_parse (self->input, n, sizes, pending->n, blocks);
  for (size_t i = 0; i < pending->n; i++)
    if (blocks[i].valid && blocks[i].id == self->bus->ids[pending->servos[i]])
      good |= 1u << i;
  if (good == 0)
    return false;
  for (size_t i = 0; i < pending->n; i++)
    if ((pending->open >> i & 1) != 0 && (good >> i & 1) != 0)
      lw_dynamixel_line_count_overdue (self, pending->servos[i]);
    else if ((pending->open >> i & 1) != 0)
      lw_dynamixel_line_count_late_damage (self, pending->servos[i]);
  pending->open = 0;
  return true;
}

/* The same for the reply of a single servo: its head is whole, or the bytes pass their check with the head it should have. */
static LwLateness
take_late_damaged_status (LwDynamixelLine *self, LwDynamixelPending *pending)
{
  size_t   n = LW_DYNAMIXEL_STATUS_OVERHEAD + (size_t) pending->length;
  LwLateness lateness = LW_NOT_LATE;

  for (size_t i = 0; i < pending->n; i++)
    {
      size_t servo = pending->servos[i];
      int    wrong = head_errors (self->input, self->bus->ids[servo], n);

      if ((pending->open >> i & 1) == 0 || wrong > 1)
        continue;
      if (self->n_input < n)
        lateness = LW_LATE_PERHAPS;
      else if (wrong == 0 || lw_dynamixel_fits_head (self->input, self->bus->ids[servo], n))
        {
          pending->open &= ~(1u << i);
          self->bus->counters.late += n;
          lw_dynamixel_line_count_late_damage (self, servo);
          lw_dynamixel_line_drop (self, n);
          return LW_LATE;
        }
    }
  return lateness;
}

static bool
is_asked_now (const LwExchange *exchange, const LwDynamixelPending *pending)
{
  return !exchange->fast && exchange->n > 0 && exchange->length == pending->length;
}

/* Whether what failed its check at the front is a reply that is overdue; it is taken then. */
LwLateness
lw_dynamixel_line_take_late_damaged (LwDynamixelLine *self, const LwExchange *exchange)
{
  LwLateness lateness = LW_NOT_LATE;

  for (size_t i = 0; i < LW_DYNAMIXEL_N_PENDING && self->n_input >= LW_DYNAMIXEL_FAST_PREFIX; i++)
    {
      LwDynamixelPending *pending = &self->pending[(self->next_pending + i) % LW_DYNAMIXEL_N_PENDING];
      size_t              n = lw_dynamixel_fast_bytes (pending->n, pending->length);
      LwLateness          this = LW_NOT_LATE;

      if (pending->open == 0 || lw_dynamixel_line_now (self) - pending->t_ns > LW_DYNAMIXEL_LATE_SPAN)
        continue;
      if (!pending->fast)
        this = is_asked_now (exchange, pending) ? LW_NOT_LATE : take_late_damaged_status (self, pending);
      else if (lw_dynamixel_fast_find (self->input, LW_DYNAMIXEL_FAST_PREFIX, n) == 0)
        this = self->n_input < n ? LW_LATE_PERHAPS : take_late_damaged_blocks (self, pending, n) ? LW_LATE : LW_NOT_LATE;
      if (this == LW_LATE && pending->fast)
        {
          self->bus->counters.late += n;
          lw_dynamixel_line_drop (self, n);
        }
      if (this == LW_LATE)
        return LW_LATE;
      lateness = MAX (lateness, this);
    }
  return lateness;
}

void
lw_dynamixel_line_take_late (LwDynamixelLine *self, size_t n)
{
  self->bus->counters.late += n;
  if (self->packet.id == LW_DYNAMIXEL_BROADCAST)
    {
      for (size_t i = 0; i < LW_DYNAMIXEL_N_PENDING; i++)
        if (take_late_blocks (self, &self->pending[(self->next_pending + i) % LW_DYNAMIXEL_N_PENDING], n))
          break;
      return;
    }
  for (size_t servo = 0; servo < self->bus->n_servos; servo++)
    if (self->bus->ids[servo] == self->packet.id)
      {
        self->bus->servo_counters[servo].late += n;
        lw_dynamixel_line_count_overdue (self, servo);
        return;
      }
}
