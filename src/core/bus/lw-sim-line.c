/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-sim-line.h"

#include <math.h>
#include <string.h>

#define TURNAROUND_NS 50000 /* a servo needs this long to answer even without return delay */
#define NEVER         INT64_MAX

enum { JITTER_STREAM, FAULT_STREAM };

void
lw_sim_line_init (LwSimLine *self, LwSimPlant *plant, LwSimFaults *faults, unsigned baud, double jitter_us, uint64_t seed)
{
  memset (self, 0, sizeof *self);
  self->plant = plant;
  self->faults = faults;
  self->byte_ns = 10e9 / baud; /* start, eight data, stop */
  self->jitter_ns = jitter_us * 1000;
  lw_rng_init (&self->jitter_rng, seed, LW_RNG_SIMULATOR, JITTER_STREAM, 0);
  lw_rng_init (&self->fault_rng, seed, LW_RNG_SIMULATOR, FAULT_STREAM, 0);
  lw_sim_line_reset (self);
}

void
lw_sim_line_reset (LwSimLine *self)
{
  self->n_input = 0;
  self->t_input_ns = 0;
  self->n_requests = 0;
  self->n_replies = 0;
  self->t_free_ns = 0;
  self->t_start_ns = NEVER;
  self->t_end_ns = NEVER;
  self->n_output = 0;
}

static double
fraction (_Atomic uint64_t *bits)
{
  uint64_t word = atomic_load_explicit (bits, memory_order_relaxed);
  double value;

  memcpy (&value, &word, sizeof value);
  return value;
}

static bool
has_fault (const LwSimLine *self, unsigned fault)
{
  return (atomic_load_explicit (&self->faults->faults, memory_order_relaxed) & fault) != 0;
}

static bool
is_missing (const LwSimLine *self, size_t servo)
{
  return (atomic_load_explicit (&self->faults->missing, memory_order_relaxed) >> servo & 1) != 0;
}

/* The servo present on the bus under @id; n_servos when there is none. */
static size_t
find_servo (const LwSimLine *self, uint8_t id)
{
  for (size_t i = 0; i < self->plant->n_servos; i++)
    if (lw_sim_servo_id (&self->plant->servos[i]) == id && !is_missing (self, i))
      return i;
  return self->plant->n_servos;
}

/* --- what requests do ------------------------------------------------------------------------------------------------------- */

static void
queue_reply (LwSimLine *self, const LwSimReply *reply)
{
  if (self->n_replies == LW_SIM_MAX_REPLIES)
    return;
  self->replies[(self->first_reply + self->n_replies) % LW_SIM_MAX_REPLIES] = *reply;
  self->n_replies++;
}

static void
answer_ping (LwSimLine *self, const LwSimRequest *request)
{
  for (size_t i = 0; i < self->plant->n_servos; i++)
    {
      LwSimReply reply = { .t_request_ns = request->t_ns, .servo = (uint8_t) i, .instruction = LW_DYNAMIXEL_PING };
      bool meant = request->packet.id == LW_DYNAMIXEL_BROADCAST || lw_sim_servo_id (&self->plant->servos[i]) == request->packet.id;

      if (meant && !is_missing (self, i))
        queue_reply (self, &reply);
    }
}

static void
queue_read (LwSimLine *self, const LwSimRequest *request, size_t servo)
{
  LwSimReply reply = {
    .t_request_ns = request->t_ns,
    .servo = (uint8_t) servo,
    .instruction = LW_DYNAMIXEL_READ,
    .address = lw_dynamixel_get_u16 (request->packet.params),
    .size = lw_dynamixel_get_u16 (request->packet.params + 2),
  };

  if (self->plant->servos[servo].table[LW_DXL_STATUS_RETURN] >= 1)
    queue_reply (self, &reply);
}

/* Each servo waits for the one before it: behind a dead one all are silent. */
static void
answer_sync_read (LwSimLine *self, const LwSimRequest *request)
{
  for (size_t i = 4; i < request->packet.n_params; i++)
    {
      size_t servo = find_servo (self, request->packet.params[i]);

      if (servo == self->plant->n_servos)
        return;
      queue_read (self, request, servo);
    }
}

static void
do_sync_write (LwSimLine *self, const LwSimRequest *request)
{
  const LwDynamixelPacket *packet = &request->packet;
  uint16_t address = lw_dynamixel_get_u16 (packet->params);
  size_t size = lw_dynamixel_get_u16 (packet->params + 2);

  for (size_t at = 4; at + 1 + size <= packet->n_params; at += 1 + size)
    {
      size_t servo = find_servo (self, packet->params[at]);

      if (servo < self->plant->n_servos)
        (void) lw_sim_servo_write (&self->plant->servos[servo], address, (uint16_t) size, packet->params + at + 1, request->t_ns);
    }
}

/* An instruction to one servo, or without answer to all. */
static uint8_t
do_single (LwSimServo *servo, const LwSimRequest *request)
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
do_single_or_all (LwSimLine *self, const LwSimRequest *request)
{
  LwSimPlant *plant = self->plant;
  size_t servo = find_servo (self, request->packet.id);
  LwSimReply reply = { .t_request_ns = request->t_ns, .servo = (uint8_t) servo, .instruction = LW_DYNAMIXEL_STATUS };

  if (request->packet.id == LW_DYNAMIXEL_BROADCAST)
    {
      for (size_t i = 0; i < plant->n_servos; i++)
        if (!is_missing (self, i))
          (void) do_single (&plant->servos[i], request);
      return;
    }
  if (servo == plant->n_servos)
    return;
  if (request->packet.instruction == LW_DYNAMIXEL_READ && request->packet.n_params == 4)
    {
      queue_read (self, request, servo);
      return;
    }
  reply.error = do_single (&plant->servos[servo], request);
  if (plant->servos[servo].table[LW_DXL_STATUS_RETURN] >= 2)
    queue_reply (self, &reply);
}

static void
report_to_tap (LwSimLine *self, const LwSimRequest *request)
{
  const LwDynamixelPacket *packet = &request->packet;
  LwSimPacket seen = { .t_ns = request->t_ns, .instruction = packet->instruction, .id = packet->id, .n_params = packet->n_params };
  bool has_address = packet->instruction != LW_DYNAMIXEL_PING && packet->n_params >= 2;

  if (self->tap == NULL)
    return;
  seen.address = has_address ? lw_dynamixel_get_u16 (packet->params) : 0;
  memcpy (seen.params, packet->params, MIN (packet->n_params, sizeof seen.params));
  self->tap (&seen, self->tap_data);
}

static void
execute (LwSimLine *self, const LwSimRequest *request)
{
  if (request->packet.instruction == LW_DYNAMIXEL_STATUS)
    return;
  report_to_tap (self, request);
  if (has_fault (self, LW_SIM_FAULT_SILENT)) /* the cable between adapter and servos is cut */
    return;
  for (size_t i = 0; i < self->plant->n_servos; i++)
    lw_sim_servo_heard (&self->plant->servos[i], request->t_ns);
  if (request->packet.instruction == LW_DYNAMIXEL_PING)
    answer_ping (self, request);
  else if (request->packet.instruction == LW_DYNAMIXEL_SYNC_READ && request->packet.n_params >= 4)
    answer_sync_read (self, request);
  else if (request->packet.instruction == LW_DYNAMIXEL_SYNC_WRITE && request->packet.n_params >= 4)
    do_sync_write (self, request);
  else
    do_single_or_all (self, request);
}

static void
execute_first_request (LwSimLine *self)
{
  LwSimRequest *request = &self->requests[0];

  lw_sim_plant_run (self->plant, request->t_ns);
  execute (self, request);
  self->n_requests--;
  memmove (self->requests, self->requests + 1, self->n_requests * sizeof self->requests[0]);
}

int64_t
lw_sim_line_receive (LwSimLine *self, const uint8_t *bytes, size_t n, int64_t t_ns)
{
  LwDynamixelResult result = LW_DYNAMIXEL_VALID;
  int64_t t_first_ns = MAX (t_ns, self->t_input_ns);
  size_t n_before = self->n_input;
  size_t n_taken = MIN (n, sizeof self->input - self->n_input);
  size_t at = 0;

  memcpy (self->input + self->n_input, bytes, n_taken);
  self->n_input += n_taken;
  while (result != LW_DYNAMIXEL_MORE && self->n_requests < LW_SIM_MAX_REQUESTS)
    {
      LwSimRequest *request = &self->requests[self->n_requests];
      size_t used;

      result = lw_dynamixel_parse (self->input + at, self->n_input - at, 0, &request->packet, &used);
      at += used;
      if (result != LW_DYNAMIXEL_VALID)
        continue;
      request->t_ns = t_first_ns + (int64_t) ((double) (at - MIN (at, n_before)) * self->byte_ns);
      self->n_requests++;
    }
  self->n_input -= at;
  memmove (self->input, self->input + at, self->n_input);
  self->t_input_ns = t_first_ns + (int64_t) ((double) n * self->byte_ns);
  return self->t_input_ns;
}

/* --- how replies are spoken ------------------------------------------------------------------------------------------------- */

/* When the first reply in the ring begins: after its request, after its predecessor. Decided once. */
static void
schedule (LwSimLine *self)
{
  const LwSimReply *reply = &self->replies[self->first_reply];
  int64_t delay_ns = self->plant->servos[reply->servo].table[LW_DXL_RETURN_DELAY] * 2000;

  if (self->n_replies == 0 || self->t_start_ns != NEVER || self->t_end_ns != NEVER)
    return;
  delay_ns += TURNAROUND_NS;
  if (self->jitter_ns > 0)
    delay_ns += (int64_t) (-self->jitter_ns * log (lw_rng_uniform (&self->jitter_rng)));
  self->t_start_ns = MAX (reply->t_request_ns, self->t_free_ns) + delay_ns;
}

static void
begin_reply (LwSimLine *self)
{
  const LwSimReply *reply = &self->replies[self->first_reply];
  LwSimServo *servo = &self->plant->servos[reply->servo];
  uint8_t data[LW_DXL_TABLE_SIZE];
  uint8_t error = reply->error;
  size_t n = 0;

  lw_sim_plant_run (self->plant, self->t_start_ns);
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
  self->n_speaking = lw_dynamixel_build_status (self->speaking, sizeof self->speaking, lw_sim_servo_id (servo),
                                                (uint8_t) (error | lw_sim_servo_alert (servo)), data, n);
  self->t_end_ns = self->t_start_ns + (int64_t) ((double) self->n_speaking * self->byte_ns);
  self->t_start_ns = NEVER;
}

/* A reply lost on the way was still heard by the servos behind it. */
static void
end_reply (LwSimLine *self)
{
  bool lost = lw_rng_uniform (&self->fault_rng) < fraction (&self->faults->lost);
  bool corrupt = lw_rng_uniform (&self->fault_rng) < fraction (&self->faults->corrupt);
  size_t at = lw_rng_below (&self->fault_rng, self->n_speaking);
  size_t bit = lw_rng_below (&self->fault_rng, 8);

  if (lost)
    {
      atomic_fetch_add_explicit (&self->faults->n_lost, 1, memory_order_relaxed);
    }
  else if (corrupt)
    {
      atomic_fetch_add_explicit (&self->faults->n_corrupt, 1, memory_order_relaxed);
      self->speaking[at] ^= (uint8_t) (1u << bit);
    }
  if (!lost && self->n_output + self->n_speaking <= sizeof self->output)
    {
      memcpy (self->output + self->n_output, self->speaking, self->n_speaking);
      self->n_output += self->n_speaking;
    }
  self->t_free_ns = self->t_end_ns;
  self->t_end_ns = NEVER;
  self->first_reply = (self->first_reply + 1) % LW_SIM_MAX_REPLIES;
  self->n_replies--;
}

static void
apply_faults (LwSimLine *self)
{
  bool ignores = has_fault (self, LW_SIM_FAULT_IGNORE_GOALS);

  for (size_t i = 0; i < self->plant->n_servos; i++)
    {
      uint8_t bits = atomic_exchange_explicit (&self->faults->failures[i], 0, memory_order_relaxed);

      self->plant->servos[i].ignores_goals = ignores;
      if (bits != 0)
        lw_sim_servo_fail (&self->plant->servos[i], bits);
    }
}

static int64_t
next_event (LwSimLine *self)
{
  int64_t t_ns;

  schedule (self);
  t_ns = MIN (self->t_start_ns, self->t_end_ns);
  return self->n_requests > 0 ? MIN (t_ns, self->requests[0].t_ns) : t_ns;
}

/* The beginning of a reply is nothing to wake up for: it is looked up in time order when its end has come. */
int64_t
lw_sim_line_next (LwSimLine *self)
{
  int64_t t_ns = next_event (self);
  size_t n_bytes;

  if (t_ns == NEVER || t_ns != self->t_start_ns)
    return t_ns;
  n_bytes = LW_DYNAMIXEL_STATUS_OVERHEAD + (size_t) self->replies[self->first_reply].size;
  return t_ns + (int64_t) ((double) n_bytes * self->byte_ns);
}

void
lw_sim_line_run (LwSimLine *self, int64_t t_ns)
{
  int64_t next_ns;

  apply_faults (self);
  while ((next_ns = next_event (self)) <= t_ns)
    {
      if (self->n_requests > 0 && self->requests[0].t_ns == next_ns)
        execute_first_request (self);
      else if (self->t_start_ns == next_ns)
        begin_reply (self);
      else
        end_reply (self);
    }
  lw_sim_plant_run (self->plant, t_ns);
}

size_t
lw_sim_line_take (LwSimLine *self, uint8_t *bytes, size_t max)
{
  size_t n = MIN (max, self->n_output);

  memcpy (bytes, self->output, n);
  self->n_output -= n;
  memmove (self->output, self->output + n, self->n_output);
  return n;
}
