/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "lw-dynamixel-codec.h"
#include "lw-sim-dxl.h"
#include "lw-sim-line.h"

/* Dynamixel protocol 2.0 as the servos of a simulated line understand it (ROBOTIS e-manual, "Protocol 2.0"). */

#define GAP_NS       1500000 /* a pause within a packet that ends it */
#define SLOT_NS      1000000 /* of a ping to all: how much later than its predecessor a servo answers, beside the length of a status */
#define PING_BYTES   (LW_DYNAMIXEL_STATUS_OVERHEAD + 3)
#define FAST_PREFIX  8       /* bytes of a combined reply before the first block */
#define BLOCK_EXTRA  4       /* of a block: error, id, CRC */
#define HEADER_BYTES 7       /* up to and including LEN */

typedef struct {
  LwDynamixelPacket packet;
  int64_t           t_ns; /* last byte */
} Request;

/* What one servo of many is asked for. */
typedef struct {
  uint8_t  id;
  uint16_t address, size;
} Share;

static LwSimDxl *
servo_at (const LwSimLine *line, size_t i)
{
  return (LwSimDxl *) line->plant->devices[i];
}

static uint8_t
return_level (const LwSimDxl *servo)
{
  return servo->table[LW_DXL_STATUS_RETURN];
}

/* Servos with the same id answer at the same time. */
static void
queue_for_all_of (LwSimLine *line, const LwSimReply *reply, uint8_t id, uint8_t level)
{
  LwSimReply one = *reply;

  one.id = id;
  for (size_t i = lw_sim_line_find (line, id, 0); i < line->plant->n_devices; i = lw_sim_line_find (line, id, i + 1))
    {
      if (return_level (servo_at (line, i)) < level)
        continue;
      one.servo = (uint8_t) i;
      lw_sim_line_queue (line, &one);
      one.together = true;
    }
}

/* --- reading ------------------------------------------------------------------------------------------------------------------ */

static void
answer_ping (LwSimLine *line, const Request *request)
{
  LwSimReply reply = { .t_after_ns = request->t_ns, .instruction = LW_DYNAMIXEL_PING };
  int64_t slot_ns = SLOT_NS + (int64_t) (PING_BYTES * line->byte_ns);

  if (request->packet.id != LW_DYNAMIXEL_BROADCAST)
    {
      queue_for_all_of (line, &reply, request->packet.id, 0);
      return;
    }
  for (unsigned id = 0; id <= LW_DYNAMIXEL_MAX_ID; id++)
    {
      reply.t_after_ns = request->t_ns + id * slot_ns;
      queue_for_all_of (line, &reply, (uint8_t) id, 0);
    }
}

static void
queue_read (LwSimLine *line, const Share *share, int64_t t_ns)
{
  LwSimReply reply = { .t_after_ns = t_ns, .instruction = LW_DYNAMIXEL_READ, .address = share->address, .size = share->size };

  queue_for_all_of (line, &reply, share->id, 1);
}

/* The @i-th share of a read from many; false behind the last. In a sync read all have the same address and size, in a bulk read each its own. */
static bool
share_at (const LwDynamixelPacket *packet, size_t i, Share *out)
{
  bool bulk = packet->instruction == LW_DYNAMIXEL_BULK_READ || packet->instruction == LW_DYNAMIXEL_FAST_BULK_READ;
  const uint8_t *params = packet->params;

  if (!bulk && 4 + i < packet->n_params)
    *out = (Share){ params[4 + i], lw_dynamixel_get_u16 (params), lw_dynamixel_get_u16 (params + 2) };
  else if (bulk && 5 * (i + 1) <= packet->n_params)
    *out = (Share){ params[5 * i], lw_dynamixel_get_u16 (params + 5 * i + 1), lw_dynamixel_get_u16 (params + 5 * i + 3) };
  else
    return false;
  return true;
}

static bool
is_repeated (const LwDynamixelPacket *packet, size_t i)
{
  Share share, earlier;

  (void) share_at (packet, i, &share);
  for (size_t k = 0; k < i; k++)
    if (share_at (packet, k, &earlier) && earlier.id == share.id)
      return true;
  return false;
}

/* Will somebody speak as @id? */
static bool
is_answered (const LwSimLine *line, uint8_t id)
{
  size_t n = line->plant->n_devices;

  for (size_t i = lw_sim_line_find (line, id, 0); i < n; i = lw_sim_line_find (line, id, i + 1))
    if (return_level (servo_at (line, i)) >= 1)
      return true;
  return false;
}

/* Each servo waits for the one before it: behind a dead one all are silent. Asked twice it answers once. */
static void
answer_one_by_one (LwSimLine *line, const Request *request)
{
  Share share;

  for (size_t i = 0; share_at (&request->packet, i, &share) && is_answered (line, share.id); i++)
    if (!is_repeated (&request->packet, i))
      queue_read (line, &share, request->t_ns);
}

/* One packet, to which each servo adds its block when the one before it has: behind one that is dead, or too old for this, it ends. */
static void
answer_combined (LwSimLine *line, const Request *request)
{
  LwSimReply reply = { .t_after_ns = request->t_ns, .instruction = LW_DYNAMIXEL_FAST_SYNC_READ };
  size_t total = 1;
  Share share;

  for (size_t i = 0; share_at (&request->packet, i, &share); i++)
    total += BLOCK_EXTRA + (size_t) share.size;
  if (total > LW_DYNAMIXEL_MAX_PACKET - HEADER_BYTES)
    return;
  reply.total = (uint16_t) total;
  for (size_t i = 0; share_at (&request->packet, i, &share) && is_answered (line, share.id); i++)
    {
      if (is_repeated (&request->packet, i) || !lw_sim_dxl_is_fast (servo_at (line, lw_sim_line_find (line, share.id, 0))))
        return;
      reply.address = share.address;
      reply.size = share.size;
      queue_for_all_of (line, &reply, share.id, 1);
      reply.chained = true;
    }
}

/* --- writing ------------------------------------------------------------------------------------------------------------------ */

static void
write_share (LwSimLine *line, const Share *share, const uint8_t *data, int64_t t_ns)
{
  for (size_t i = 0; i < line->plant->n_devices; i++)
    if (lw_sim_line_is_present (line, i) && lw_sim_dxl_obeys (servo_at (line, i), share->id))
      (void) lw_sim_dxl_write (servo_at (line, i), share->address, share->size, data, t_ns);
}

static void
do_sync_write (LwSimLine *line, const Request *request)
{
  const LwDynamixelPacket *packet = &request->packet;
  Share share = { .address = lw_dynamixel_get_u16 (packet->params), .size = lw_dynamixel_get_u16 (packet->params + 2) };

  for (size_t at = 4; at + 1 + share.size <= packet->n_params; at += 1 + (size_t) share.size)
    {
      share.id = packet->params[at];
      write_share (line, &share, packet->params + at + 1, request->t_ns);
    }
}

static void
do_bulk_write (LwSimLine *line, const Request *request)
{
  const LwDynamixelPacket *packet = &request->packet;
  size_t at = 0;

  while (at + 5 <= packet->n_params)
    {
      const uint8_t *head = packet->params + at;
      Share share = { head[0], lw_dynamixel_get_u16 (head + 1), lw_dynamixel_get_u16 (head + 3) };

      at += 5 + (size_t) share.size;
      if (at <= packet->n_params)
        write_share (line, &share, head + 5, request->t_ns);
    }
}

/* --- one servo, or all without an answer -------------------------------------------------------------------------------------- */

static uint8_t
do_single (LwSimDxl *servo, const Request *request)
{
  const LwDynamixelPacket *packet = &request->packet;
  const uint8_t *params = packet->params;
  bool to_all = packet->id == LW_DYNAMIXEL_BROADCAST;
  uint16_t address = packet->n_params >= 2 ? lw_dynamixel_get_u16 (params) : 0;
  uint16_t size = (uint16_t) (packet->n_params >= 2 ? packet->n_params - 2 : 0);

  switch (packet->instruction)
    {
    case LW_DYNAMIXEL_READ:
      return LW_DYNAMIXEL_ERROR_LENGTH; /* a proper one has been answered */
    case LW_DYNAMIXEL_WRITE:
      return size == 0 ? LW_DYNAMIXEL_ERROR_LENGTH : lw_sim_dxl_write (servo, address, size, params + 2, request->t_ns);
    case LW_DYNAMIXEL_REG_WRITE:
      return size == 0 ? LW_DYNAMIXEL_ERROR_LENGTH : lw_sim_dxl_register (servo, address, size, params + 2);
    case LW_DYNAMIXEL_ACTION:
      return lw_sim_dxl_action (servo, request->t_ns);
    case LW_DYNAMIXEL_RESET:
      return packet->n_params == 0 ? LW_DYNAMIXEL_ERROR_LENGTH : lw_sim_dxl_reset (servo, params[0], to_all);
    case LW_DYNAMIXEL_REBOOT:
      return lw_sim_dxl_reboot (servo);
    case LW_DYNAMIXEL_CLEAR:
      return lw_sim_dxl_clear (servo, params, packet->n_params);
    case LW_DYNAMIXEL_BACKUP:
      return lw_sim_dxl_back_up (servo, params, packet->n_params);
    default:
      return LW_DYNAMIXEL_ERROR_INSTRUCTION;
    }
}

static void
do_single_or_all (LwSimLine *line, const Request *request)
{
  const LwDynamixelPacket *packet = &request->packet;
  LwSimReply reply = { .t_after_ns = request->t_ns, .instruction = LW_DYNAMIXEL_STATUS, .id = packet->id };

  if (packet->instruction == LW_DYNAMIXEL_READ && packet->n_params == 4)
    {
      const Share share = { packet->id, lw_dynamixel_get_u16 (packet->params), lw_dynamixel_get_u16 (packet->params + 2) };

      queue_read (line, &share, request->t_ns);
      return;
    }
  for (size_t i = 0; i < line->plant->n_devices; i++)
    {
      LwSimDxl *servo = servo_at (line, i);
      bool answers = lw_sim_dxl_id (servo) == packet->id;

      if (!lw_sim_line_is_present (line, i) || (packet->id != LW_DYNAMIXEL_BROADCAST && !lw_sim_dxl_obeys (servo, packet->id)))
        continue;
      reply.servo = (uint8_t) i;
      reply.error = do_single (servo, request) | lw_sim_dxl_alert (servo);
      if (!answers || return_level (servo) < 2)
        continue;
      lw_sim_line_queue (line, &reply);
      reply.together = true;
    }
}

/* --- the protocol ------------------------------------------------------------------------------------------------------------- */

/* A packet whose CRC alone is wrong: all of it is there, and nothing but it up to where the next could begin. */
static bool
is_damaged_request (const uint8_t *bytes, size_t n_dropped)
{
  return n_dropped > HEADER_BYTES && memcmp (bytes, "\xFF\xFF\xFD\x00", 4) == 0 && bytes[4] <= LW_DYNAMIXEL_MAX_ID
         && (size_t) lw_dynamixel_get_u16 (bytes + 5) + HEADER_BYTES == n_dropped && bytes[7] != LW_DYNAMIXEL_STATUS;
}

static ptrdiff_t
find_request (const uint8_t *bytes, size_t n)
{
  LwDynamixelPacket packet;
  size_t used;

  switch (lw_dynamixel_parse (bytes, n, 0, &packet, &used))
    {
    case LW_DYNAMIXEL_VALID:
      return (ptrdiff_t) used;
    case LW_DYNAMIXEL_INVALID:
      return is_damaged_request (bytes, used) ? (ptrdiff_t) used : -(ptrdiff_t) used;
    case LW_DYNAMIXEL_MORE:
    default:
      return 0;
    }
}

static bool
describe (const uint8_t *bytes, size_t n, LwSimPacket *out)
{
  LwDynamixelPacket packet;
  size_t used;

  if (lw_dynamixel_parse (bytes, n, 0, &packet, &used) != LW_DYNAMIXEL_VALID || packet.instruction == LW_DYNAMIXEL_STATUS)
    return false;
  out->instruction = packet.instruction;
  out->id = packet.id;
  out->address = packet.instruction != LW_DYNAMIXEL_PING && packet.n_params >= 2 ? lw_dynamixel_get_u16 (packet.params) : 0;
  out->n_params = packet.n_params;
  memcpy (out->params, packet.params, packet.n_params < sizeof out->params ? packet.n_params : sizeof out->params);
  return true;
}

static void
complain (LwSimLine *line, uint8_t id, int64_t t_ns)
{
  const LwSimReply reply = { .t_after_ns = t_ns, .instruction = LW_DYNAMIXEL_STATUS, .error = LW_DYNAMIXEL_ERROR_CRC };

  queue_for_all_of (line, &reply, id, 2);
}

static void
act (LwSimLine *line, const uint8_t *bytes, size_t n, int64_t t_ns)
{
  Request request = { .t_ns = t_ns };
  const LwDynamixelPacket *packet = &request.packet;
  bool to_all;
  size_t used;

  if (lw_dynamixel_parse (bytes, n, 0, &request.packet, &used) != LW_DYNAMIXEL_VALID)
    {
      complain (line, bytes[4], t_ns);
      return;
    }
  to_all = packet->id == LW_DYNAMIXEL_BROADCAST;
  if (packet->instruction == LW_DYNAMIXEL_STATUS)
    return;
  if (packet->instruction == LW_DYNAMIXEL_PING)
    answer_ping (line, &request);
  else if (!to_all || packet->n_params < 4)
    do_single_or_all (line, &request);
  else if (packet->instruction == LW_DYNAMIXEL_SYNC_READ || packet->instruction == LW_DYNAMIXEL_BULK_READ)
    answer_one_by_one (line, &request);
  else if (packet->instruction == LW_DYNAMIXEL_FAST_SYNC_READ || packet->instruction == LW_DYNAMIXEL_FAST_BULK_READ)
    answer_combined (line, &request);
  else if (packet->instruction == LW_DYNAMIXEL_SYNC_WRITE)
    do_sync_write (line, &request);
  else if (packet->instruction == LW_DYNAMIXEL_BULK_WRITE)
    do_bulk_write (line, &request);
  else
    do_single_or_all (line, &request);
}

/* A servo's block of a combined reply; its check covers all that was said before. */
static size_t
speak_block (LwSimLine *line, const LwSimReply *reply, uint8_t *out, size_t capacity)
{
  LwSimDxl *servo = servo_at (line, reply->servo);
  uint8_t packet[LW_SIM_MAX_PACKET];
  size_t n_before = reply->chained ? line->n_said : 0, at = n_before;
  uint8_t error;

  if (n_before + FAST_PREFIX + BLOCK_EXTRA + reply->size > sizeof packet || capacity < FAST_PREFIX + BLOCK_EXTRA + (size_t) reply->size)
    return 0;
  memcpy (packet, line->said, n_before);
  if (!reply->chained)
    {
      memcpy (packet, "\xFF\xFF\xFD\x00\xFE\x00\x00\x55", FAST_PREFIX);
      lw_dynamixel_put (packet + 5, 2, reply->total);
      at = FAST_PREFIX;
    }
  error = lw_sim_dxl_read (servo, reply->address, reply->size, packet + at + 2);
  packet[at] = error | lw_sim_dxl_alert (servo);
  packet[at + 1] = reply->id;
  at += 2 + (size_t) reply->size;
  lw_dynamixel_put (packet + at, 2, lw_dynamixel_crc (packet, at));
  at += 2;
  memcpy (out, packet + n_before, at - n_before);
  return at - n_before;
}

static size_t
speak (LwSimLine *line, const LwSimReply *reply, uint8_t *out, size_t capacity)
{
  LwSimDxl *servo = servo_at (line, reply->servo);
  uint8_t data[LW_DYNAMIXEL_MAX_PARAMS];
  uint8_t error = reply->error;
  size_t n = 0;

  if (reply->instruction == LW_DYNAMIXEL_FAST_SYNC_READ)
    return speak_block (line, reply, out, capacity);
  if (reply->instruction == LW_DYNAMIXEL_PING)
    {
      memcpy (data, servo->table + LW_DXL_MODEL_NUMBER, LW_DXL_MODEL_NUMBER_SIZE);
      data[LW_DXL_MODEL_NUMBER_SIZE] = servo->table[LW_DXL_FIRMWARE];
      n = LW_DXL_MODEL_NUMBER_SIZE + 1;
    }
  else if (reply->instruction == LW_DYNAMIXEL_READ && reply->size > sizeof data)
    {
      error = LW_DYNAMIXEL_ERROR_ACCESS;
    }
  else if (reply->instruction == LW_DYNAMIXEL_READ)
    {
      error = lw_sim_dxl_read (servo, reply->address, reply->size, data);
      n = error == LW_DYNAMIXEL_ERROR_NONE ? reply->size : 0;
    }
  return lw_dynamixel_build_status (out, capacity, reply->id, (uint8_t) (error | lw_sim_dxl_alert (servo)), data, n);
}

const LwSimProtocol lw_sim_dynamixel = {
  .name = "Dynamixel 2.0",
  .overhead = LW_DYNAMIXEL_STATUS_OVERHEAD,
  .gap_ns = GAP_NS,
  .device = lw_sim_dxl_new,
  .find = find_request,
  .describe = describe,
  .act = act,
  .speak = speak,
};
