/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "lw-dynamixel-line-private.h"

/* What comes in: whose answer it is, or that it is nobody's. */

enum {
  LONGEST_ANSWER = (LW_DYNAMIXEL_LINE_DATA + 4) * 4 / 3, /* LEN; stuffing adds a third at most */
};

/* Bytes in front that belong to no packet. */
static void
drop_garbage (LwDynamixelLine *self, LwExchange *exchange, size_t n)
{
  size_t foreign = MIN (n, self->n_foreign);

  if (foreign > 0)
    self->cut = 0; /* what had begun came to nothing */
  self->bus->counters.late += foreign;
  exchange->n_garbage += n - foreign;
  lw_dynamixel_line_drop (self, n);
}

/* The longest LEN that makes sense at the front of the input: what cannot be meant is not waited for, or a damaged length would swallow the answers behind. */
static size_t
longest_length (const LwDynamixelLine *self, const LwExchange *exchange)
{
  bool   instruction_known = self->n_input > LW_DYNAMIXEL_AT_INSTRUCTION;
  bool   is_status = instruction_known && self->input[LW_DYNAMIXEL_AT_INSTRUCTION] == LW_DYNAMIXEL_STATUS;
  bool   is_combined = self->n_input > LW_DYNAMIXEL_AT_ID && self->input[LW_DYNAMIXEL_AT_ID] == LW_DYNAMIXEL_BROADCAST;
  size_t longest = LONGEST_ANSWER;

  if (!is_status)
    longest = MAX (longest, self->longest_request);
  if (is_combined && (is_status || !instruction_known))
    {
      for (size_t i = 0; i < LW_DYNAMIXEL_N_PENDING; i++)
        if (lw_dynamixel_may_come (self, &self->pending[i]))
          longest = MAX (longest, lw_dynamixel_fast_bytes (self->pending[i].n, self->pending[i].length) - LW_DYNAMIXEL_BEFORE_LENGTH);
      if (exchange->fast)
        longest = MAX (longest, lw_dynamixel_fast_bytes (exchange->n, exchange->length) - LW_DYNAMIXEL_BEFORE_LENGTH);
    }
  return longest;
}

/* --- answers ------------------------------------------------------------------------------------------------------------------ */

static void
note_fast_use (LwDynamixelLine *self, const LwExchange *exchange, size_t servo)
{
  LwDynamixelFastUse *fast = &self->fast;
  /* A reply can be lost twice in a row where fast reads have worked; where they never have, twice is no accident. */
  unsigned enough = fast->worked ? 8 : 2;

  if (exchange->fast)
    {
      *fast = (LwDynamixelFastUse){ .wanted = true, .worked = true };
    }
  else if (fast->suspect == servo + 1)
    {
      fast->suspect = 0;
      if (++fast->failures == enough)
        lw_dynamixel_line_give_up_fast (self);
    }
}

static void
accept (LwDynamixelLine *self, LwExchange *exchange, size_t i, LwAnswerKind kind, uint8_t error, const uint8_t *data, size_t n)
{
  size_t    servo = exchange->servos[i];
  LwAnswer *answer = &self->answers[servo];

  answer->kind = kind;
  answer->error = error;
  memcpy (answer->data, data, n);
  exchange->garbage_before[i] = exchange->n_garbage;
  exchange->n_garbage = 0;
  exchange->n_missing--;
  self->bus->counters.answered++;
  self->bus->servo_counters[servo].answered++;
  self->last_reply_ns = lw_dynamixel_line_now (self);
  note_fast_use (self, exchange, servo);
}

/* The place in line of who answers as @id and has not yet; n when nobody. */
static size_t
place_of (const LwDynamixelLine *self, const LwExchange *exchange, uint8_t id)
{
  size_t i = 0;

  while (i < exchange->n && !(self->bus->ids[exchange->servos[i]] == id && lw_exchange_is_open (self, exchange, i)))
    i++;
  return i;
}

/* Takes the status in self->packet as an answer when it can be one. */
static bool
accept_status (LwDynamixelLine *self, LwExchange *exchange)
{
  const LwDynamixelPacket *packet = &self->packet;
  uint8_t code = packet->error & ~LW_DYNAMIXEL_ALERT;
  bool    refused = code != 0 && packet->n_params == 0;
  size_t  i = place_of (self, exchange, packet->id);

  if (i == exchange->n)
    return false;
  if (exchange->fast)
    {
      if (!refused || code != LW_DYNAMIXEL_ERROR_INSTRUCTION)
        return false;
      exchange->over = exchange->refused = true;
      return true;
    }
  if (packet->n_params != exchange->length && !refused)
    return false;
  accept (self, exchange, i, refused ? LW_ANSWER_ERROR : LW_ANSWER_DATA, packet->error, packet->params, packet->n_params);
  return true;
}

/* The blocks of the combined reply at the front, as far as @n bytes reach. Returns the bytes of prefix and whole blocks, good or not. */
static size_t
accept_blocks (LwDynamixelLine *self, LwExchange *exchange, size_t n)
{
  uint16_t         sizes[LW_MAX_JOINTS];
  LwDynamixelBlock blocks[LW_MAX_JOINTS];
  size_t           n_blocks;

  for (size_t i = 0; i < exchange->n; i++)
    sizes[i] = exchange->length;
  n_blocks = lw_dynamixel_fast_parse (self->input, n, sizes, exchange->n, blocks);
  for (size_t i = 0; i < n_blocks; i++)
    {
      const LwDynamixelBlock *block = &blocks[i];
      bool                    refused = (block->error & ~LW_DYNAMIXEL_ALERT) != 0;

      if (block->valid && block->id == self->bus->ids[exchange->servos[i]])
        {
          accept (self, exchange, i, refused ? LW_ANSWER_ERROR : LW_ANSWER_DATA, block->error, block->data, block->size);
          continue;
        }
      exchange->damaged |= 1u << i;
      exchange->n_garbage += LW_DYNAMIXEL_FAST_OVERHEAD + (size_t) exchange->length;
    }
  return lw_dynamixel_fast_bytes (n_blocks, exchange->length);
}

/* --- the stream ----------------------------------------------------------------------------------------------------------------- */

/* Would the bytes at the front pass their check if only their head were that of a reply of @id? */
static bool
has_damaged_head (const LwDynamixelLine *self, const LwExchange *exchange, uint8_t id)
{
  size_t n = LW_DYNAMIXEL_STATUS_OVERHEAD + (size_t) exchange->length;

  return !exchange->fast && self->n_input >= n && lw_dynamixel_fits_head (self->input, id, n);
}

/* Whose the bytes were that failed their check: the one they fit but for their head, else the one their head names. */
static void
note_damage (const LwDynamixelLine *self, LwExchange *exchange)
{
  bool   has_head = self->n_input > LW_DYNAMIXEL_AT_ID && memcmp (self->input, "\xFF\xFF\xFD", 4) == 0;
  size_t named = has_head ? place_of (self, exchange, self->input[LW_DYNAMIXEL_AT_ID]) : exchange->n;

  if (self->n_foreign > 0)
    return;
  for (size_t i = 0; i < exchange->n; i++)
    if (lw_exchange_is_open (self, exchange, i) && has_damaged_head (self, exchange, self->bus->ids[exchange->servos[i]]))
      named = i;
  if (named < exchange->n)
    exchange->damaged |= 1u << named;
}

/* Whether the input begins with @pending's reply, as its first block shows: the check of that covers the head, whose length one flipped bit may have made of another's. */
static bool
begins_with (const LwDynamixelLine *self, const LwDynamixelPending *pending)
{
  LwDynamixelBlock first;

  return lw_dynamixel_fast_parse (self->input, self->n_input, &pending->length, 1, &first) == 1 && first.valid;
}

/* Another combined reply, one that is overdue: its length may be one bit from the length waited for. */
static bool
begins_overdue (const LwDynamixelLine *self, const LwExchange *exchange)
{
  size_t n = self->n_input > LW_DYNAMIXEL_AT_INSTRUCTION ? (size_t) lw_dynamixel_get_u16 (self->input + LW_DYNAMIXEL_AT_ID + 1) + LW_DYNAMIXEL_BEFORE_LENGTH : 0;

  if (n == 0 || n == lw_dynamixel_fast_bytes (exchange->n, exchange->length) || lw_dynamixel_fast_find (self->input, LW_DYNAMIXEL_FAST_PREFIX, n) != 0)
    return false;
  for (size_t i = 0; i < LW_DYNAMIXEL_N_PENDING; i++)
    {
      const LwDynamixelPending *pending = &self->pending[i];

      if (lw_dynamixel_may_come (self, pending) && n == lw_dynamixel_fast_bytes (pending->n, pending->length) && begins_with (self, pending))
        return true;
    }
  return false;
}

/* The first thing in the input; false when it is not whole. */
static bool
take_first (LwDynamixelLine *self, LwExchange *exchange)
{
  size_t combined = self->n_input;
  size_t used;
  LwLateness lateness;

  if (exchange->fast && !exchange->over && !begins_overdue (self, exchange))
    {
      size_t size = lw_dynamixel_fast_bytes (exchange->n, exchange->length);

      combined = lw_dynamixel_fast_find (self->input, self->n_input, size);
      if (combined == 0 && self->n_input < size)
        return false;
      if (combined == 0)
        {
          accept_blocks (self, exchange, size);
          exchange->over = true;
          lw_dynamixel_line_drop (self, size);
          return true;
        }
    }
  switch (lw_dynamixel_parse (self->input, self->n_input, longest_length (self, exchange), &self->packet, &used))
    {
    case LW_DYNAMIXEL_VALID:
      /* Anything but a status is the echo of a request on an adapter that hears itself. */
      if (self->packet.instruction != LW_DYNAMIXEL_STATUS)
        self->echoes = true;
      else if (!accept_status (self, exchange))
        lw_dynamixel_line_take_late (self, used);
      lw_dynamixel_line_drop (self, used);
      return true;
    case LW_DYNAMIXEL_INVALID:
      lateness = lw_dynamixel_line_take_late_damaged (self, exchange);
      if (lateness != LW_NOT_LATE)
        return lateness == LW_LATE;
      note_damage (self, exchange);
      drop_garbage (self, exchange, MIN (used, combined));
      return true;
    case LW_DYNAMIXEL_MORE:
    default:
      return false;
    }
}

void
lw_dynamixel_line_take (LwDynamixelLine *self, LwExchange *exchange)
{
  while (self->n_input > 0 && take_first (self, exchange))
    ;
}

static bool
begins_combined (const LwDynamixelLine *self, const LwExchange *exchange)
{
  return exchange->fast && !exchange->over && self->n_input >= LW_DYNAMIXEL_FAST_PREFIX
         && lw_dynamixel_fast_find (self->input, self->n_input, lw_dynamixel_fast_bytes (exchange->n, exchange->length)) == 0;
}

void
lw_dynamixel_line_take_rest (LwDynamixelLine *self, LwExchange *exchange)
{
  lw_dynamixel_line_take (self, exchange);
  while (self->n_input > 0)
    {
      if (begins_combined (self, exchange))
        {
          lw_dynamixel_line_drop (self, accept_blocks (self, exchange, self->n_input));
          exchange->over = true;
        }
      if (self->n_input > 0)
        {
          note_damage (self, exchange);
          drop_garbage (self, exchange, 1);
        }
      lw_dynamixel_line_take (self, exchange);
    }
}

size_t
lw_dynamixel_line_take_begun (LwDynamixelLine *self, LwExchange *exchange)
{
  size_t begun = self->n_input - MIN (self->n_input, self->n_foreign);

  return begins_combined (self, exchange) ? self->n_input - accept_blocks (self, exchange, self->n_input) : begun;
}
