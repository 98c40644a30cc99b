/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "lw-dynamixel-line-private.h"

/* What comes in: whose answer it is, or that it is nobody's. */

enum {
  AT_ID = 4,
  AT_INSTRUCTION = 7,
  BEFORE_LENGTH = 7, /* bytes LEN does not count */
  LONGEST_ANSWER = (LW_DYNAMIXEL_LINE_DATA + 4) * 4 / 3, /* LEN; stuffing adds a third at most */
};

static void
drop (LwDynamixelLine *self, size_t n)
{
  self->n_foreign -= MIN (self->n_foreign, n);
  self->n_input -= n;
  memmove (self->input, self->input + n, self->n_input);
}

/* Bytes in front that belong to no packet. */
static void
drop_garbage (LwDynamixelLine *self, LwExchange *exchange, size_t n)
{
  size_t foreign = MIN (n, self->n_foreign);

  if (foreign > 0)
    self->cut = 0; /* what had begun came to nothing */
  self->bus->counters.late += foreign;
  exchange->n_garbage += n - foreign;
  drop (self, n);
}

static size_t
fast_bytes (size_t n, uint16_t length)
{
  return LW_DYNAMIXEL_FAST_PREFIX + n * (LW_DYNAMIXEL_FAST_OVERHEAD + (size_t) length);
}

/* The combined reply may still come. */
static bool
may_come (const LwDynamixelLine *self, const LwDynamixelPending *pending)
{
  return pending->fast && pending->open != 0 && lw_dynamixel_line_now (self) - pending->t_ns <= LW_DYNAMIXEL_LATE_SPAN;
}

/* The longest LEN that makes sense at the front of the input: what cannot be meant is not waited for, or a damaged length would swallow the answers behind. */
static size_t
longest_length (const LwDynamixelLine *self, const LwExchange *exchange)
{
  bool   instruction_known = self->n_input > AT_INSTRUCTION;
  bool   is_status = instruction_known && self->input[AT_INSTRUCTION] == LW_DYNAMIXEL_STATUS;
  bool   is_combined = self->n_input > AT_ID && self->input[AT_ID] == LW_DYNAMIXEL_BROADCAST;
  size_t longest = LONGEST_ANSWER;

  if (!is_status)
    longest = MAX (longest, self->longest_request);
  if (is_combined && (is_status || !instruction_known))
    {
      for (size_t i = 0; i < LW_DYNAMIXEL_N_PENDING; i++)
        if (may_come (self, &self->pending[i]))
          longest = MAX (longest, fast_bytes (self->pending[i].n, self->pending[i].length) - BEFORE_LENGTH);
      if (exchange->fast)
        longest = MAX (longest, fast_bytes (exchange->n, exchange->length) - BEFORE_LENGTH);
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
  return fast_bytes (n_blocks, exchange->length);
}

/* --- heads of replies ------------------------------------------------------------------------------------------------------------ */

static void
put_head (uint8_t head[AT_INSTRUCTION + 1], uint8_t id, size_t n)
{
  memcpy (head, "\xFF\xFF\xFD\x00", AT_ID);
  head[AT_ID] = id;
  lw_dynamixel_put (head + AT_ID + 1, 2, (uint32_t) (n - BEFORE_LENGTH));
  head[AT_INSTRUCTION] = LW_DYNAMIXEL_STATUS;
}

/* Bits in which the first eight bytes differ from the head of a reply of @id with @n bytes. */
static int
head_errors (const uint8_t *bytes, uint8_t id, size_t n)
{
  uint8_t head[AT_INSTRUCTION + 1];
  int     count = 0;

  put_head (head, id, n);
  for (size_t i = 0; i < sizeof head; i++)
    count += __builtin_popcount ((unsigned) (head[i] ^ bytes[i]));
  return count;
}

static bool
fits_head (const uint8_t *bytes, uint8_t id, size_t n)
{
  uint8_t  head[AT_INSTRUCTION + 1];
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

  if (!may_come (self, pending) || n != fast_bytes (pending->n, pending->length))
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

typedef enum { NOT_LATE, LATE, LATE_PERHAPS } Lateness;

/* The same for the reply of a single servo: its head is whole, or the bytes pass their check with the head it should have. */
static Lateness
take_late_damaged_status (LwDynamixelLine *self, LwDynamixelPending *pending)
{
  size_t   n = LW_DYNAMIXEL_STATUS_OVERHEAD + (size_t) pending->length;
  Lateness lateness = NOT_LATE;

  for (size_t i = 0; i < pending->n; i++)
    {
      size_t servo = pending->servos[i];
      int    wrong = head_errors (self->input, self->bus->ids[servo], n);

      if ((pending->open >> i & 1) == 0 || wrong > 1)
        continue;
      if (self->n_input < n)
        lateness = LATE_PERHAPS;
      else if (wrong == 0 || fits_head (self->input, self->bus->ids[servo], n))
        {
          pending->open &= ~(1u << i);
          self->bus->counters.late += n;
          lw_dynamixel_line_count_late_damage (self, servo);
          drop (self, n);
          return LATE;
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
static Lateness
take_late_damaged (LwDynamixelLine *self, const LwExchange *exchange)
{
  Lateness lateness = NOT_LATE;

  for (size_t i = 0; i < LW_DYNAMIXEL_N_PENDING && self->n_input >= LW_DYNAMIXEL_FAST_PREFIX; i++)
    {
      LwDynamixelPending *pending = &self->pending[(self->next_pending + i) % LW_DYNAMIXEL_N_PENDING];
      size_t              n = fast_bytes (pending->n, pending->length);
      Lateness            this = NOT_LATE;

      if (pending->open == 0 || lw_dynamixel_line_now (self) - pending->t_ns > LW_DYNAMIXEL_LATE_SPAN)
        continue;
      if (!pending->fast)
        this = is_asked_now (exchange, pending) ? NOT_LATE : take_late_damaged_status (self, pending);
      else if (lw_dynamixel_fast_find (self->input, LW_DYNAMIXEL_FAST_PREFIX, n) == 0)
        this = self->n_input < n ? LATE_PERHAPS : take_late_damaged_blocks (self, pending, n) ? LATE : NOT_LATE;
      if (this == LATE && pending->fast)
        {
          self->bus->counters.late += n;
          drop (self, n);
        }
      if (this == LATE)
        return LATE;
      lateness = MAX (lateness, this);
    }
  return lateness;
}

static void
take_late (LwDynamixelLine *self, size_t n)
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

/* --- the stream ----------------------------------------------------------------------------------------------------------------- */

/* Would the bytes at the front pass their check if only their head were that of a reply of @id? */
static bool
has_damaged_head (const LwDynamixelLine *self, const LwExchange *exchange, uint8_t id)
{
  size_t n = LW_DYNAMIXEL_STATUS_OVERHEAD + (size_t) exchange->length;

  return !exchange->fast && self->n_input >= n && fits_head (self->input, id, n);
}

/* Whose the bytes were that failed their check: the one they fit but for their head, else the one their head names. */
static void
note_damage (const LwDynamixelLine *self, LwExchange *exchange)
{
  bool   has_head = self->n_input > AT_ID && memcmp (self->input, "\xFF\xFF\xFD", 4) == 0;
  size_t named = has_head ? place_of (self, exchange, self->input[AT_ID]) : exchange->n;

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
  size_t n = self->n_input > AT_INSTRUCTION ? (size_t) lw_dynamixel_get_u16 (self->input + AT_ID + 1) + BEFORE_LENGTH : 0;

  if (n == 0 || n == fast_bytes (exchange->n, exchange->length) || lw_dynamixel_fast_find (self->input, LW_DYNAMIXEL_FAST_PREFIX, n) != 0)
    return false;
  for (size_t i = 0; i < LW_DYNAMIXEL_N_PENDING; i++)
    {
      const LwDynamixelPending *pending = &self->pending[i];

      if (may_come (self, pending) && n == fast_bytes (pending->n, pending->length) && begins_with (self, pending))
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
  Lateness lateness;

  if (exchange->fast && !exchange->over && !begins_overdue (self, exchange))
    {
      size_t size = fast_bytes (exchange->n, exchange->length);

      combined = lw_dynamixel_fast_find (self->input, self->n_input, size);
      if (combined == 0 && self->n_input < size)
        return false;
      if (combined == 0)
        {
          accept_blocks (self, exchange, size);
          exchange->over = true;
          drop (self, size);
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
        take_late (self, used);
      drop (self, used);
      return true;
    case LW_DYNAMIXEL_INVALID:
      lateness = take_late_damaged (self, exchange);
      if (lateness != NOT_LATE)
        return lateness == LATE;
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
         && lw_dynamixel_fast_find (self->input, self->n_input, fast_bytes (exchange->n, exchange->length)) == 0;
}

void
lw_dynamixel_line_take_rest (LwDynamixelLine *self, LwExchange *exchange)
{
  lw_dynamixel_line_take (self, exchange);
  while (self->n_input > 0)
    {
      if (begins_combined (self, exchange))
        {
          drop (self, accept_blocks (self, exchange, self->n_input));
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
