/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "lw-dynamixel-codec.h"
#include "lw-sim-line.h"
#include "lw-sim-servo.h"

/* Dynamixel protocol 2.0 as the servos of a simulated line understand it. */
typedef struct {
  LwDynamixelPacket packet;
  int64_t           t_ns; /* last byte */
} Request;

static LwSimServo *
servo_at (const LwSimLine *line, size_t i)
{
  return (LwSimServo *) line->plant->devices[i];
}

/* --- what requests do ------------------------------------------------------------------------------------------------------- */

/* To all servos present that answer as the request's id, who then speak at once. */
static void
queue_for_all_of (LwSimLine *line, const LwSimReply *reply, uint8_t id)
{
  LwSimReply one = *reply;

  for (size_t i = lw_sim_line_find (line, id, 0); i < line->plant->n_devices; i = lw_sim_line_find (line, id, i + 1))
    {
      one.servo = (uint8_t) i;
      lw_sim_line_queue (line, &one);
      one.together = true;
    }
}

static void
answer_ping (LwSimLine *line, const Request *request)
{
  LwSimReply reply = { .t_after_ns = request->t_ns, .instruction = LW_DYNAMIXEL_PING };

  if (request->packet.id != LW_DYNAMIXEL_BROADCAST)
    queue_for_all_of (line, &reply, request->packet.id);
  else
    for (unsigned id = 0; id <= LW_DYNAMIXEL_MAX_ID; id++)
      queue_for_all_of (line, &reply, (uint8_t) id);
}

static void
queue_read (LwSimLine *line, const Request *request, size_t servo, bool together)
{
  LwSimReply reply = {
    .t_after_ns = request->t_ns,
    .servo = (uint8_t) servo,
    .instruction = LW_DYNAMIXEL_READ,
    .address = lw_dynamixel_get_u16 (request->packet.params),
    .size = lw_dynamixel_get_u16 (request->packet.params + 2),
    .together = together,
  };

  if (servo_at (line, servo)->table[LW_DXL_STATUS_RETURN] >= 1)
    lw_sim_line_queue (line, &reply);
}

/* Each servo waits for the one before it: behind a dead one all are silent. */
static void
answer_sync_read (LwSimLine *line, const Request *request)
{
  for (size_t i = 4; i < request->packet.n_params; i++)
    {
      size_t servo = lw_sim_line_find (line, request->packet.params[i], 0);

      if (servo == line->plant->n_devices)
        return;
      queue_read (line, request, servo, false);
    }
}

static void
do_sync_write (LwSimLine *line, const Request *request)
{
  const LwDynamixelPacket *packet = &request->packet;
  uint16_t address = lw_dynamixel_get_u16 (packet->params);
  size_t size = lw_dynamixel_get_u16 (packet->params + 2);

  for (size_t at = 4; at + 1 + size <= packet->n_params; at += 1 + size)
    {
      size_t servo = lw_sim_line_find (line, packet->params[at], 0);

      if (servo < line->plant->n_devices)
        (void) lw_sim_servo_write (servo_at (line, servo), address, (uint16_t) size, packet->params + at + 1, request->t_ns);
    }
}

/* An instruction to one servo, or without answer to all. */
static uint8_t
do_single (LwSimServo *servo, const Request *request)
{
  const LwDynamixelPacket *packet = &request->packet;
  uint16_t address = packet->n_params >= 2 ? lw_dynamixel_get_u16 (packet->params) : 0;
  uint16_t size = (uint16_t) (packet->n_params >= 2 ? packet->n_params - 2 : 0);

  switch (packet->instruction)
    {
    case LW_DYNAMIXEL_WRITE:
      return packet->n_params < 2 ? LW_DYNAMIXEL_ERROR_LENGTH : lw_sim_servo_write (servo, address, size, packet->params + 2, request->t_ns);
    case LW_DYNAMIXEL_REG_WRITE:
      return packet->n_params < 2 ? LW_DYNAMIXEL_ERROR_LENGTH : lw_sim_servo_register (servo, address, size, packet->params + 2);
    case LW_DYNAMIXEL_ACTION:
      return lw_sim_servo_action (servo, request->t_ns);
    case LW_DYNAMIXEL_REBOOT:
      lw_sim_servo_reboot (servo);
      return LW_DYNAMIXEL_ERROR_NONE;
    default:
      return LW_DYNAMIXEL_ERROR_INSTRUCTION;
    }
}

static void
do_single_or_all (LwSimLine *line, const Request *request)
{
  LwSimReply reply = { .t_after_ns = request->t_ns, .instruction = LW_DYNAMIXEL_STATUS };
  size_t n = line->plant->n_devices;

  if (request->packet.id == LW_DYNAMIXEL_BROADCAST)
    {
      for (size_t i = 0; i < n; i++)
        if (lw_sim_line_is_present (line, i))
          (void) do_single (servo_at (line, i), request);
      return;
    }
  for (size_t i = lw_sim_line_find (line, request->packet.id, 0); i < n; i = lw_sim_line_find (line, request->packet.id, i + 1))
    {
      if (request->packet.instruction == LW_DYNAMIXEL_READ && request->packet.n_params == 4)
        {
          queue_read (line, request, i, reply.together);
        }
      else
        {
          reply.servo = (uint8_t) i;
          reply.error = do_single (servo_at (line, i), request);
          if (servo_at (line, i)->table[LW_DXL_STATUS_RETURN] >= 2)
            lw_sim_line_queue (line, &reply);
        }
      reply.together = true;
    }
}

/* --- the protocol ----------------------------------------------------------------------------------------------------------- */

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
      return -(ptrdiff_t) used;
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
act (LwSimLine *line, const uint8_t *bytes, size_t n, int64_t t_ns)
{
  Request request = { .t_ns = t_ns };
  size_t used;

  if (lw_dynamixel_parse (bytes, n, 0, &request.packet, &used) != LW_DYNAMIXEL_VALID)
    return;
  if (request.packet.instruction == LW_DYNAMIXEL_STATUS)
    return;
  if (request.packet.instruction == LW_DYNAMIXEL_PING)
    answer_ping (line, &request);
  else if (request.packet.instruction == LW_DYNAMIXEL_SYNC_READ && request.packet.n_params >= 4)
    answer_sync_read (line, &request);
  else if (request.packet.instruction == LW_DYNAMIXEL_SYNC_WRITE && request.packet.n_params >= 4)
    do_sync_write (line, &request);
  else
    do_single_or_all (line, &request);
}

static size_t
speak (LwSimLine *line, const LwSimReply *reply, uint8_t *out, size_t capacity)
{
  LwSimServo *servo = servo_at (line, reply->servo);
  uint8_t data[LW_DXL_TABLE_SIZE];
  uint8_t error = reply->error;
  size_t n = 0;

  if (reply->instruction == LW_DYNAMIXEL_PING)
    {
      memcpy (data, servo->table + LW_DXL_MODEL_NUMBER, LW_DXL_MODEL_NUMBER_SIZE);
      data[LW_DXL_MODEL_NUMBER_SIZE] = servo->table[LW_DXL_FIRMWARE];
      n = LW_DXL_MODEL_NUMBER_SIZE + 1;
    }
  else if (reply->instruction == LW_DYNAMIXEL_READ)
    {
      error = lw_sim_servo_read (servo, reply->address, reply->size, data);
      n = error == LW_DYNAMIXEL_ERROR_NONE ? reply->size : 0;
    }
  return lw_dynamixel_build_status (out, capacity, lw_sim_servo_id (servo), (uint8_t) (error | lw_sim_servo_alert (servo)), data, n);
}

const LwSimProtocol lw_sim_dynamixel = {
  .name = "Dynamixel 2.0",
  .overhead = LW_DYNAMIXEL_STATUS_OVERHEAD,
  .device = lw_sim_servo_new,
  .find = find_request,
  .describe = describe,
  .act = act,
  .speak = speak,
};
