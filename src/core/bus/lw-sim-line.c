/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-sim-line-private.h"

#include <math.h>
#include <string.h>

#define MAX_SPEED_ERROR 0.03 /* of a UART's speed: beyond, the ends do not understand one another */
#define ADAPTER_BUFFER 62   /* bytes an adapter does not wait with: its USB packet less two of status */

enum { JITTER_STREAM, FAULT_STREAM, LATE_STREAM };

void
lw_sim_line_init (LwSimLine *self, const LwSimProtocol *protocol, LwSimPlant *plant, LwSimFaults *faults, const LwSimLineSetup *setup)
{
  memset (self, 0, sizeof *self);
  self->protocol = protocol;
  self->plant = plant;
  self->faults = faults;
  self->jitter_ns = setup->jitter_us * 1000;
  self->rate = setup->rate;
  self->latency_ns = (int64_t) (setup->latency_us * 1000);
  lw_sim_line_set_speed (self, setup->baud);
  lw_rng_init (&self->jitter_rng, setup->seed, LW_RNG_SIMULATOR, JITTER_STREAM, 0);
  lw_rng_init (&self->fault_rng, setup->seed, LW_RNG_SIMULATOR, FAULT_STREAM, 0);
  lw_rng_init (&self->late_rng, setup->seed, LW_RNG_SIMULATOR, LATE_STREAM, 0);
  lw_sim_line_reset (self);
}

void
lw_sim_line_set_speed (LwSimLine *self, unsigned baud)
{
  self->baud = baud;
  self->byte_ns = 10e9 / baud; /* start, eight data, stop */
}

void
lw_sim_line_reset (LwSimLine *self)
{
  self->n_input = 0;
  self->t_input_ns = 0;
  self->first_request = 0;
  self->n_requests = 0;
  self->n_replies = 0;
  self->t_free_ns = 0;
  self->t_start_ns = LW_SIM_NEVER;
  self->t_end_ns = LW_SIM_NEVER;
  self->t_unasked_ns = self->plant->t_ns;
  self->n_said = self->n_parts = 0;
  self->n_output = self->n_ready = self->n_chunks = 0;
}

static bool
has_fault (const LwSimLine *self, unsigned fault)
{
  return (atomic_load_explicit (&self->faults->faults, memory_order_relaxed) & fault) != 0;
}

/* --- to the client ---------------------------------------------------------------------------------------------------------- */

/* @n more bytes that the client may have from @t_ns on, but not before those that came before them. */
static void
queue_chunk (LwSimLine *self, size_t n, int64_t t_ns)
{
  if (n == 0)
    return;
  if (self->n_chunks > 0)
    t_ns = MAX (t_ns, self->chunks[self->n_chunks - 1].t_ns);
  if (self->n_chunks == LW_SIM_MAX_CHUNKS)
    {
      self->chunks[self->n_chunks - 1].n += n;
      self->chunks[self->n_chunks - 1].t_ns = t_ns;
      return;
    }
  self->chunks[self->n_chunks].t_ns = t_ns;
  self->chunks[self->n_chunks].n = n;
  self->n_chunks++;
}

/* An adapter that waits hands over whole packets at once, and what does not fill one at the end of its period. */
static void
pass_adapter (LwSimLine *self, size_t n, int64_t t_ns)
{
  int64_t period_end_ns = (t_ns / self->latency_ns + 1) * self->latency_ns;
  size_t n_waiting = 0, n_full;

  for (size_t i = 0; i < self->n_chunks; i++)
    n_waiting += self->chunks[i].t_ns > t_ns ? self->chunks[i].n : 0;
  n_full = (n_waiting + n) / ADAPTER_BUFFER * ADAPTER_BUFFER;
  if (n_full <= n_waiting)
    {
      queue_chunk (self, n, period_end_ns);
      return;
    }
  for (size_t i = 0; i < self->n_chunks; i++)
    self->chunks[i].t_ns = MIN (self->chunks[i].t_ns, t_ns);
  queue_chunk (self, n_full - n_waiting, t_ns);
  queue_chunk (self, n_waiting + n - n_full, period_end_ns);
}

/* @n bytes pass the client's end of the wire at @t_ns. Those nobody fetches in time are lost, as in an UART. */
void
lw_sim_line_send (LwSimLine *self, const uint8_t *bytes, size_t n, int64_t t_ns)
{
  if (n == 0 || self->n_output + n > sizeof self->output)
    return;
  memcpy (self->output + self->n_output, bytes, n);
  self->n_output += n;
  if (self->latency_ns == 0)
    queue_chunk (self, n, t_ns);
  else
    pass_adapter (self, n, t_ns);
}

static void
hand_over (LwSimLine *self)
{
  self->n_ready += self->chunks[0].n;
  self->n_chunks--;
  memmove (self->chunks, self->chunks + 1, self->n_chunks * sizeof self->chunks[0]);
}

/* --- requests --------------------------------------------------------------------------------------------------------------- */

bool
lw_sim_line_is_present (const LwSimLine *self, size_t servo)
{
  const LwSimDevice *device = self->plant->devices[servo];
  return !lw_sim_fault_is_marked (&self->faults->missing, servo) && fabs ((double) device->klass->baud (device) / self->baud - 1) < MAX_SPEED_ERROR;
}

size_t
lw_sim_line_find (const LwSimLine *self, uint8_t id, size_t from)
{
  size_t i = from;

  while (i < self->plant->n_devices
         && (!lw_sim_line_is_present (self, i) || self->plant->devices[i]->klass->id (self->plant->devices[i]) != id))
    i++;
  return i;
}

void
lw_sim_line_queue (LwSimLine *self, const LwSimReply *reply)
{
  if (self->n_replies == LW_SIM_MAX_REPLIES || has_fault (self, LW_SIM_FAULT_SILENT))
    return;
  self->replies[(self->first_reply + self->n_replies) % LW_SIM_MAX_REPLIES] = *reply;
  self->n_replies++;
}

static void
execute (LwSimLine *self, const LwSimRequest *request)
{
  LwSimPacket seen = { .t_ns = request->t_ns };

  if (self->tap != NULL && self->protocol->describe (request->bytes, request->n, &seen))
    self->tap (&seen, self->tap_data);
  if (has_fault (self, LW_SIM_FAULT_SILENT)) /* the cable between adapter and servos is cut */
    return;
  for (size_t i = 0; i < self->plant->n_devices; i++)
    {
      LwSimDevice *device = self->plant->devices[i];

      if (device->klass->heard != NULL && lw_sim_line_is_present (self, i))
        device->klass->heard (device, request->t_ns);
    }
  self->protocol->act (self, request->bytes, request->n, request->t_ns);
}

static void
execute_first_request (LwSimLine *self)
{
  LwSimRequest *request = &self->requests[self->first_request];

  lw_sim_plant_run (self->plant, request->t_ns);
  execute (self, request);
  self->first_request = (self->first_request + 1) % LW_SIM_MAX_REQUESTS;
  self->n_requests--;
}

static void
queue_request (LwSimLine *self, const uint8_t *bytes, size_t n, int64_t t_ns)
{
  LwSimRequest *request = &self->requests[(self->first_request + self->n_requests) % LW_SIM_MAX_REQUESTS];

  request->t_ns = t_ns;
  request->n = n;
  memcpy (request->bytes, bytes, n);
  self->n_requests++;
}

int64_t
lw_sim_line_receive (LwSimLine *self, const uint8_t *bytes, size_t n, int64_t t_ns)
{
  int64_t t_first_ns = MAX (t_ns, self->t_input_ns);
  size_t n_before, n_taken;
  size_t at = 0;

  if (self->protocol->gap_ns != 0 && t_ns > self->t_input_ns + self->protocol->gap_ns)
    self->n_input = 0; /* a packet that paused is none */
  n_before = self->n_input;
  n_taken = MIN (n, sizeof self->input - self->n_input);
  memcpy (self->input + self->n_input, bytes, n_taken);
  self->n_input += n_taken;
  while (at < self->n_input && self->n_requests < LW_SIM_MAX_REQUESTS)
    {
      ptrdiff_t length = self->protocol->find (self->input + at, self->n_input - at);

      if (length == 0)
        break;
      at += (size_t) ABS (length);
      if (length > 0)
        queue_request (self, self->input + at - length, (size_t) length,
                       t_first_ns + (int64_t) ((double) (at - MIN (at, n_before)) * self->byte_ns));
    }
  self->n_input -= at;
  memmove (self->input, self->input + at, self->n_input);
  self->t_input_ns = t_first_ns + (int64_t) ((double) n * self->byte_ns);
  if (has_fault (self, LW_SIM_FAULT_ECHO))
    lw_sim_line_send (self, bytes, n, self->t_input_ns);
  return self->t_input_ns;
}

/* --- in time ---------------------------------------------------------------------------------------------------------------- */

static void
apply_faults (LwSimLine *self)
{
  unsigned speed = atomic_exchange_explicit (&self->faults->speed, 0, memory_order_relaxed);
  bool all_ignore = has_fault (self, LW_SIM_FAULT_IGNORE_GOALS);

  if (speed != 0)
    lw_sim_line_set_speed (self, speed);
  for (size_t i = 0; i < self->plant->n_devices; i++)
    {
      uint8_t bits = atomic_exchange_explicit (&self->faults->failures[i], 0, memory_order_relaxed);
      LwSimDevice *device = self->plant->devices[i];
      uint64_t heat = atomic_exchange_explicit (&self->faults->heat[i], 0, memory_order_relaxed);

      device->motor.ignores_goals = all_ignore || lw_sim_fault_is_marked (&self->faults->ignoring, i);
      device->motor.supply = lw_sim_fault_value (&self->faults->supply);
      lw_sim_plant_block (self->plant, i, lw_sim_fault_is_marked (&self->faults->stuck, i));
      if (heat != 0)
        memcpy (&device->motor.heat, &heat, sizeof heat);
      if (bits != 0)
        device->klass->fail (device, bits);
    }
}

static int64_t
next_event (LwSimLine *self)
{
  int64_t t_ns;

  lw_sim_line_schedule (self);
  t_ns = MIN (self->t_start_ns, self->t_end_ns);
  if (self->protocol->unasked != NULL)
    t_ns = MIN (t_ns, self->t_unasked_ns);
  if (self->n_chunks > 0)
    t_ns = MIN (t_ns, self->chunks[0].t_ns);
  return self->n_requests > 0 ? MIN (t_ns, self->requests[self->first_request].t_ns) : t_ns;
}

/* The beginning of a reply is nothing to wake up for: it is looked up in time order when its end has come. */
int64_t
lw_sim_line_next (LwSimLine *self)
{
  int64_t t_ns = next_event (self);
  size_t n_bytes;

  if (t_ns == LW_SIM_NEVER || t_ns != self->t_start_ns)
    return t_ns;
  n_bytes = self->protocol->overhead + lw_sim_line_reply (self, 0)->size;
  return t_ns + (int64_t) ((double) n_bytes * self->byte_ns);
}

static void
speak_unasked (LwSimLine *self, int64_t t_ns)
{
  lw_sim_plant_run (self->plant, t_ns);
  self->t_unasked_ns = self->protocol->unasked (self, t_ns);
}

void
lw_sim_line_run (LwSimLine *self, int64_t t_ns)
{
  int64_t next_ns;

  apply_faults (self);
  while ((next_ns = next_event (self)) <= t_ns)
    {
      if (self->n_requests > 0 && self->requests[self->first_request].t_ns == next_ns)
        execute_first_request (self);
      else if (self->t_start_ns == next_ns)
        lw_sim_line_begin_reply (self);
      else if (self->t_end_ns == next_ns)
        lw_sim_line_end_reply (self);
      else if (self->n_chunks > 0 && self->chunks[0].t_ns == next_ns)
        hand_over (self);
      else
        speak_unasked (self, next_ns);
    }
  lw_sim_plant_run (self->plant, t_ns);
}

size_t
lw_sim_line_take (LwSimLine *self, uint8_t *bytes, size_t max)
{
  size_t n = MIN (max, self->n_ready);

  memcpy (bytes, self->output, n);
  self->n_ready -= n;
  self->n_output -= n;
  memmove (self->output, self->output + n, self->n_output);
  return n;
}
