/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "lw-sim-dynamixel-private.h"

/* What simulated Dynamixel servos say: who answers which question, in which order, and the bytes of each answer at the moment
 * it begins. */

#define SLOT_NS      1000000 /* of a ping to all: how much later than its predecessor a servo answers, beside the length of a status */
#define PING_BYTES   (LW_DYNAMIXEL_STATUS_OVERHEAD + 3)
#define FAST_PREFIX  8       /* bytes of a combined reply before the first block */
#define BLOCK_EXTRA  4       /* of a block: error, id, CRC */

void
lw_sim_dynamixel_queue (LwSimLine *line, const LwSimReply *reply, uint8_t id, uint8_t level)
{
  LwSimReply one = *reply;

  one.id = id;
  for (size_t i = lw_sim_line_find (line, id, 0); i < line->plant->n_devices; i = lw_sim_line_find (line, id, i + 1))
    {
      if (lw_sim_dxl_return_level (lw_sim_dxl_at (line, i)) < level)
        continue;
      one.servo = (uint8_t) i;
      lw_sim_line_queue (line, &one);
      one.together = true;
    }
}

void
lw_sim_dynamixel_ping (LwSimLine *line, const LwSimDynamixelRequest *request)
{
  LwSimReply reply = { .t_after_ns = request->t_ns, .instruction = LW_DYNAMIXEL_PING };
  int64_t slot_ns = SLOT_NS + (int64_t) (PING_BYTES * line->byte_ns);

  if (request->packet.id != LW_DYNAMIXEL_BROADCAST)
    {
      lw_sim_dynamixel_queue (line, &reply, request->packet.id, 0);
      return;
    }
  for (unsigned id = 0; id <= LW_DYNAMIXEL_MAX_ID; id++)
    {
      reply.t_after_ns = request->t_ns + id * slot_ns;
      lw_sim_dynamixel_queue (line, &reply, (uint8_t) id, 0);
    }
}

void
lw_sim_dynamixel_read (LwSimLine *line, const LwSimDynamixelShare *share, int64_t t_ns)
{
  LwSimReply reply = { .t_after_ns = t_ns, .instruction = LW_DYNAMIXEL_READ, .address = share->address, .size = share->size };

  lw_sim_dynamixel_queue (line, &reply, share->id, 1);
}

/* The @i-th share of a read from many; false behind the last. In a sync read all have the same address and size, in a bulk read
 * each its own. */
static bool
share_at (const LwDynamixelPacket *packet, size_t i, LwSimDynamixelShare *out)
{
  bool bulk = packet->instruction == LW_DYNAMIXEL_BULK_READ || packet->instruction == LW_DYNAMIXEL_FAST_BULK_READ;
  const uint8_t *params = packet->params;

  if (!bulk && 4 + i < packet->n_params)
    *out = (LwSimDynamixelShare){ params[4 + i], lw_dynamixel_get_u16 (params), lw_dynamixel_get_u16 (params + 2) };
  else if (bulk && 5 * (i + 1) <= packet->n_params)
    *out = (LwSimDynamixelShare){ params[5 * i], lw_dynamixel_get_u16 (params + 5 * i + 1), lw_dynamixel_get_u16 (params + 5 * i + 3) };
  else
    return false;
  return true;
}

static bool
is_repeated (const LwDynamixelPacket *packet, size_t i)
{
  LwSimDynamixelShare share, earlier;

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
    if (lw_sim_dxl_return_level (lw_sim_dxl_at (line, i)) >= 1)
      return true;
  return false;
}

/* Each servo waits for the one before it: behind a dead one all are silent. Asked twice it answers once. */
void
lw_sim_dynamixel_read_each (LwSimLine *line, const LwSimDynamixelRequest *request)
{
  LwSimDynamixelShare share;

  for (size_t i = 0; share_at (&request->packet, i, &share) && is_answered (line, share.id); i++)
    if (!is_repeated (&request->packet, i))
      lw_sim_dynamixel_read (line, &share, request->t_ns);
}

/* One packet, to which each servo adds its block when the one before it has: behind one that is dead, or too old for this, it ends. */
void
lw_sim_dynamixel_read_combined (LwSimLine *line, const LwSimDynamixelRequest *request)
{
  LwSimReply reply = { .t_after_ns = request->t_ns, .instruction = LW_DYNAMIXEL_FAST_SYNC_READ };
  size_t total = 1;
  LwSimDynamixelShare share;

  for (size_t i = 0; share_at (&request->packet, i, &share); i++)
    total += BLOCK_EXTRA + (size_t) share.size;
  if (total > LW_DYNAMIXEL_MAX_PACKET - LW_SIM_DYNAMIXEL_HEADER)
    return;
  reply.total = (uint16_t) total;
  for (size_t i = 0; share_at (&request->packet, i, &share) && is_answered (line, share.id); i++)
    {
      if (is_repeated (&request->packet, i) || !lw_sim_dxl_is_fast (lw_sim_dxl_at (line, lw_sim_line_find (line, share.id, 0))))
        return;
      reply.address = share.address;
      reply.size = share.size;
      lw_sim_dynamixel_queue (line, &reply, share.id, 1);
      reply.chained = true;
    }
}

/* A servo's block of a combined reply; its check covers all that was said before. */
static size_t
speak_block (LwSimLine *line, const LwSimReply *reply, uint8_t *out, size_t capacity)
{
  LwSimDxl *servo = lw_sim_dxl_at (line, reply->servo);
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

size_t
lw_sim_dynamixel_speak (LwSimLine *line, const LwSimReply *reply, uint8_t *out, size_t capacity)
{
  LwSimDxl *servo = lw_sim_dxl_at (line, reply->servo);
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
