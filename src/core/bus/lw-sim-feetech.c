/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "lw-feetech-codec.h"
#include "lw-sim-feetech-servo.h"
#include "lw-sim-line.h"

/* Feetech's protocol as the servos of a simulated line understand it. A packet that fails its check is nobody's: silence. */
#define SLOT_NS          50000  /* of a sync read: from one reply to the next, beside the return delay */
#define GAP_NS           200000 /* without a byte after which the next servo takes its turn */
#define ONLY_READS       0      /* response level: no reply but to ping and read */
#define TARGET_FIRMWARE  10     /* 3.10: calibrates to any position, not to the middle alone */

typedef struct {
  LwFeetechPacket packet;
  int64_t         t_ns; /* last byte */
} Request;

static LwSimFeetechServo *
servo_at (const LwSimLine *line, size_t i)
{
  return (LwSimFeetechServo *) line->plant->devices[i];
}

static bool
has_fault (const LwSimLine *line, unsigned fault)
{
  return (atomic_load_explicit (&line->faults->faults, memory_order_relaxed) & fault) != 0;
}

/* --- what requests do ------------------------------------------------------------------------------------------------------- */

static void
queue_ping (LwSimLine *line, const Request *request, size_t servo, bool together)
{
  LwSimReply reply = {
    .t_after_ns = request->t_ns,
    .servo = (uint8_t) servo,
    .instruction = LW_FEETECH_PING,
    .address = servo_at (line, servo)->table[LW_FEETECH_ID],
    .together = together,
  };

  lw_sim_line_queue (line, &reply);
}

/* There is no order among the servos that answer a ping to all: they speak one after the other only as long as nobody says otherwise. */
static void
ping_all (LwSimLine *line, const Request *request)
{
  bool collide = has_fault (line, LW_SIM_FAULT_PINGS_COLLIDE), together = false;
  size_t n = line->plant->n_devices;

  for (unsigned id = 0; id <= LW_FEETECH_MAX_ID; id++)
    for (size_t i = lw_sim_line_find (line, (uint8_t) id, 0); i < n; i = lw_sim_line_find (line, (uint8_t) id, i + 1))
      {
        bool twin = lw_sim_line_find (line, (uint8_t) id, 0) < i;

        queue_ping (line, request, i, together && (collide || twin));
        together = true;
      }
}

static void
queue_read (LwSimLine *line, size_t servo, uint8_t address, uint8_t size, int64_t t_ns, bool together)
{
  LwSimReply reply = {
    .t_after_ns = t_ns,
    .servo = (uint8_t) servo,
    .instruction = LW_FEETECH_READ,
    .address = address,
    .size = size,
    .together = together,
  };

  lw_sim_line_queue (line, &reply);
}

/* Every servo counts those before it; one that is gone leaves a gap, after which the next goes on. */
static void
answer_sync_read (LwSimLine *line, const Request *request)
{
  const uint8_t *params = request->packet.params;
  int64_t slot_ns = SLOT_NS + (int64_t) ((LW_FEETECH_OVERHEAD + params[1]) * line->byte_ns);
  int64_t t_ns = request->t_ns;
  size_t n = line->plant->n_devices;

  for (size_t at = 2; at < request->packet.n_params; at++)
    {
      size_t first = lw_sim_line_find (line, params[at], 0);

      for (size_t i = first; i < n; i = lw_sim_line_find (line, params[at], i + 1))
        queue_read (line, i, params[0], params[1], t_ns, i != first);
      if (first == n && has_fault (line, LW_SIM_FAULT_SYNC_STOPS))
        return;
      t_ns += slot_ns + (first == n ? GAP_NS : 0);
    }
}

static void
do_sync_write (LwSimLine *line, const Request *request)
{
  const uint8_t *params = request->packet.params;
  size_t size = params[1];

  for (size_t at = 2; at + 1 + size <= request->packet.n_params; at += 1 + size)
    for (size_t i = lw_sim_line_find (line, params[at], 0); i < line->plant->n_devices; i = lw_sim_line_find (line, params[at], i + 1))
      lw_sim_feetech_servo_write (servo_at (line, i), params[0], size, params + at + 1, request->t_ns);
}

static void
calibrate (LwSimFeetechServo *servo, const LwFeetechPacket *packet)
{
  bool any_target = servo->table[LW_FEETECH_FIRMWARE_MAJOR] > 3 || servo->table[LW_FEETECH_FIRMWARE_MINOR] >= TARGET_FIRMWARE;

  if (packet->n_params == 0)
    lw_sim_feetech_servo_calibrate (servo, LW_FEETECH_CENTRE);
  else if (packet->n_params == 2 && any_target)
    lw_sim_feetech_servo_calibrate (servo, lw_feetech_get_u16 (packet->params) % LW_FEETECH_TICKS);
}

/* An instruction to one servo, or to all. Returns whether it is one that gets an answer where the response level says so. */
static bool
do_single (LwSimFeetechServo *servo, const Request *request)
{
  const LwFeetechPacket *packet = &request->packet;

  switch (packet->code)
    {
    case LW_FEETECH_WRITE:
      if (packet->n_params < 2)
        return false;
      lw_sim_feetech_servo_write (servo, packet->params[0], packet->n_params - 1u, packet->params + 1, request->t_ns);
      return true;
    case LW_FEETECH_REG_WRITE:
      if (packet->n_params < 2)
        return false;
      lw_sim_feetech_servo_register (servo, packet->params[0], packet->n_params - 1u, packet->params + 1);
      return true;
    case LW_FEETECH_ACTION:
      lw_sim_feetech_servo_action (servo, request->t_ns);
      return true;
    case LW_FEETECH_RECOVERY:
      lw_sim_feetech_servo_recover (servo);
      return true;
    case LW_FEETECH_RESTART:
      lw_sim_feetech_servo_restart (servo, request->t_ns);
      return false;
    case LW_FEETECH_BACKUP:
      lw_sim_feetech_servo_back_up (servo);
      return true;
    case LW_FEETECH_RESET:
      lw_sim_feetech_servo_forget_turns (servo);
      return true;
    case LW_FEETECH_CALIBRATE:
      calibrate (servo, packet);
      return true;
    default:
      return false;
    }
}

/* A servo whose id has just changed answers under the old one or the new one: its makers did not say. */
static void
do_and_answer (LwSimLine *line, const Request *request, size_t i, bool together)
{
  LwSimFeetechServo *servo = servo_at (line, i);
  uint8_t old = servo->table[LW_FEETECH_ID];
  LwSimReply reply = { .t_after_ns = request->t_ns, .servo = (uint8_t) i, .instruction = request->packet.code, .together = together };
  bool answers = do_single (servo, request) && servo->table[LW_FEETECH_RESPONSE_LEVEL] != ONLY_READS;

  reply.address = servo->table[LW_FEETECH_ID];
  if (reply.address != old && lw_rng_below (&servo->rng, 2) == 0)
    reply.address = old;
  if (answers)
    lw_sim_line_queue (line, &reply);
}

static void
do_one_or_all (LwSimLine *line, const Request *request)
{
  const LwFeetechPacket *packet = &request->packet;
  size_t n = line->plant->n_devices;
  bool found[LW_MAX_JOINTS] = { false }, together = false;

  /* Looked up before anything is done: an instruction may give another id. */
  for (size_t i = lw_sim_line_find (line, packet->id, 0); i < n; i = lw_sim_line_find (line, packet->id, i + 1))
    found[i] = true;
  for (size_t i = 0; i < n; i++)
    {
      if (packet->id == LW_FEETECH_BROADCAST && lw_sim_line_is_present (line, i))
        (void) do_single (servo_at (line, i), request);
      if (!found[i])
        continue;
      if (packet->code == LW_FEETECH_PING)
        queue_ping (line, request, i, together);
      else if (packet->code == LW_FEETECH_READ && packet->n_params == 2)
        queue_read (line, i, packet->params[0], packet->params[1], request->t_ns, together);
      else
        do_and_answer (line, request, i, together);
      together = true;
    }
}

/* --- the protocol ----------------------------------------------------------------------------------------------------------- */

static ptrdiff_t
find_request (const uint8_t *bytes, size_t n)
{
  LwFeetechPacket packet;
  size_t used;

  switch (lw_feetech_parse (bytes, n, 0, &packet, &used))
    {
    case LW_FEETECH_VALID:
      return (ptrdiff_t) used;
    case LW_FEETECH_INVALID:
      return -(ptrdiff_t) used;
    case LW_FEETECH_MORE:
    default:
      return 0;
    }
}

static bool
describe (const uint8_t *bytes, size_t n, LwSimPacket *out)
{
  LwFeetechPacket packet;
  size_t used;

  if (lw_feetech_parse (bytes, n, 0, &packet, &used) != LW_FEETECH_VALID)
    return false;
  out->instruction = packet.code;
  out->id = packet.id;
  out->address = packet.n_params >= 1 ? packet.params[0] : 0;
  out->n_params = packet.n_params;
  memcpy (out->params, packet.params, packet.n_params);
  return true;
}

static void
act (LwSimLine *line, const uint8_t *bytes, size_t n, int64_t t_ns)
{
  Request request = { .t_ns = t_ns };
  size_t used;

  if (lw_feetech_parse (bytes, n, 0, &request.packet, &used) != LW_FEETECH_VALID)
    return;
  if (request.packet.code == LW_FEETECH_PING && request.packet.id == LW_FEETECH_BROADCAST)
    ping_all (line, &request);
  else if (request.packet.code == LW_FEETECH_SYNC_READ && request.packet.n_params > 2)
    answer_sync_read (line, &request);
  else if (request.packet.code == LW_FEETECH_SYNC_WRITE && request.packet.n_params > 2)
    do_sync_write (line, &request);
  else
    do_one_or_all (line, &request);
}

static size_t
speak (LwSimLine *line, const LwSimReply *reply, uint8_t *out, size_t capacity)
{
  LwSimFeetechServo *servo = servo_at (line, reply->servo);
  uint8_t data[LW_SIM_FEETECH_TABLE_SIZE];
  uint8_t id = reply->instruction == LW_FEETECH_READ ? servo->table[LW_FEETECH_ID] : (uint8_t) reply->address;
  size_t n = reply->instruction == LW_FEETECH_READ ? lw_sim_feetech_servo_read (servo, (uint8_t) reply->address, reply->size, data) : 0;

  return lw_feetech_build_status (out, capacity, id, lw_sim_feetech_servo_status (servo), data, n);
}

const LwSimProtocol lw_sim_feetech = {
  .name = "Feetech STS",
  .overhead = LW_FEETECH_OVERHEAD,
  .device = lw_sim_feetech_servo_new,
  .find = find_request,
  .describe = describe,
  .act = act,
  .speak = speak,
};
