/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "lw-sim-dynamixel-private.h"

/* Dynamixel protocol 2.0 as the servos of a simulated line understand it (ROBOTIS e-manual, "Protocol 2.0"): where a request
 * begins and ends, and what it does. What is said to it is in lw-sim-dynamixel-answer.c. */

#define GAP_NS 1500000 /* a pause within a packet that ends it */

/* --- writing ------------------------------------------------------------------------------------------------------------------ */

static void
write_share (LwSimLine *line, const LwSimDynamixelShare *share, const uint8_t *data, int64_t t_ns)
{
  for (size_t i = 0; i < line->plant->n_devices; i++)
    if (lw_sim_line_is_present (line, i) && lw_sim_dxl_obeys (lw_sim_dxl_at (line, i), share->id))
      (void) lw_sim_dxl_write (lw_sim_dxl_at (line, i), share->address, share->size, data, t_ns);
}

static void
do_sync_write (LwSimLine *line, const LwSimDynamixelRequest *request)
{
  const LwDynamixelPacket *packet = &request->packet;
  LwSimDynamixelShare share = { .address = lw_dynamixel_get_u16 (packet->params), .size = lw_dynamixel_get_u16 (packet->params + 2) };

  for (size_t at = 4; at + 1 + share.size <= packet->n_params; at += 1 + (size_t) share.size)
    {
      share.id = packet->params[at];
      write_share (line, &share, packet->params + at + 1, request->t_ns);
    }
}

static void
do_bulk_write (LwSimLine *line, const LwSimDynamixelRequest *request)
{
  const LwDynamixelPacket *packet = &request->packet;
  size_t at = 0;

  while (at + 5 <= packet->n_params)
    {
      const uint8_t *head = packet->params + at;
      LwSimDynamixelShare share = { head[0], lw_dynamixel_get_u16 (head + 1), lw_dynamixel_get_u16 (head + 3) };

      at += 5 + (size_t) share.size;
      if (at <= packet->n_params)
        write_share (line, &share, head + 5, request->t_ns);
    }
}

/* --- one servo, or all without an answer -------------------------------------------------------------------------------------- */

static uint8_t
do_single (LwSimDxl *servo, const LwSimDynamixelRequest *request)
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
do_single_or_all (LwSimLine *line, const LwSimDynamixelRequest *request)
{
  const LwDynamixelPacket *packet = &request->packet;
  LwSimReply reply = { .t_after_ns = request->t_ns, .instruction = LW_DYNAMIXEL_STATUS, .id = packet->id };

  if (packet->instruction == LW_DYNAMIXEL_READ && packet->n_params == 4)
    {
      const LwSimDynamixelShare share = { packet->id, lw_dynamixel_get_u16 (packet->params), lw_dynamixel_get_u16 (packet->params + 2) };

      lw_sim_dynamixel_read (line, &share, request->t_ns);
      return;
    }
  for (size_t i = 0; i < line->plant->n_devices; i++)
    {
      LwSimDxl *servo = lw_sim_dxl_at (line, i);
      bool answers = lw_sim_dxl_id (servo) == packet->id;

      if (!lw_sim_line_is_present (line, i) || (packet->id != LW_DYNAMIXEL_BROADCAST && !lw_sim_dxl_obeys (servo, packet->id)))
        continue;
      reply.servo = (uint8_t) i;
      reply.error = do_single (servo, request) | lw_sim_dxl_alert (servo);
      if (!answers || lw_sim_dxl_return_level (servo) < 2)
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
  return n_dropped > LW_SIM_DYNAMIXEL_HEADER && memcmp (bytes, "\xFF\xFF\xFD\x00", 4) == 0 && bytes[4] <= LW_DYNAMIXEL_MAX_ID
         && (size_t) lw_dynamixel_get_u16 (bytes + 5) + LW_SIM_DYNAMIXEL_HEADER == n_dropped && bytes[7] != LW_DYNAMIXEL_STATUS;
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

  lw_sim_dynamixel_queue (line, &reply, id, 2);
}

static void
act (LwSimLine *line, const uint8_t *bytes, size_t n, int64_t t_ns)
{
  LwSimDynamixelRequest request = { .t_ns = t_ns };
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
    lw_sim_dynamixel_ping (line, &request);
  else if (!to_all || packet->n_params < 4)
    do_single_or_all (line, &request);
  else if (packet->instruction == LW_DYNAMIXEL_SYNC_READ || packet->instruction == LW_DYNAMIXEL_BULK_READ)
    lw_sim_dynamixel_read_each (line, &request);
  else if (packet->instruction == LW_DYNAMIXEL_FAST_SYNC_READ || packet->instruction == LW_DYNAMIXEL_FAST_BULK_READ)
    lw_sim_dynamixel_read_combined (line, &request);
  else if (packet->instruction == LW_DYNAMIXEL_SYNC_WRITE)
    do_sync_write (line, &request);
  else if (packet->instruction == LW_DYNAMIXEL_BULK_WRITE)
    do_bulk_write (line, &request);
  else
    do_single_or_all (line, &request);
}

const LwSimProtocol lw_sim_dynamixel = {
  .name = "Dynamixel 2.0",
  .overhead = LW_DYNAMIXEL_STATUS_OVERHEAD,
  .gap_ns = GAP_NS,
  .device = lw_sim_dxl_new,
  .find = find_request,
  .describe = describe,
  .act = act,
  .speak = lw_sim_dynamixel_speak,
};
