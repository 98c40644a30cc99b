/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>

#include "lw-sim-line-private.h"

/* How replies are spoken, one after the other, and what becomes of them on the way. */

#define TURNAROUND_NS 50000 /* a servo needs this long to answer even without return delay */
#define MAX_STAGGER   8     /* bytes */

/* When the first reply in the ring begins: after its request, after its predecessor. Decided once. */
void
lw_sim_line_schedule (LwSimLine *self)
{
  const LwSimReply *reply = &self->replies[self->first_reply];
  const LwSimDevice *device = self->plant->devices[reply->servo];
  int64_t delay_ns;

  if (self->n_replies == 0 || self->t_start_ns != LW_SIM_NEVER || self->t_end_ns != LW_SIM_NEVER)
    return;
  if (reply->chained)
    {
      self->t_start_ns = MAX (reply->t_after_ns, self->t_free_ns);
      return;
    }
  delay_ns = TURNAROUND_NS + device->klass->return_delay (device);
  if (self->jitter_ns > 0)
    delay_ns += (int64_t) (-self->jitter_ns * log (lw_rng_uniform (&self->jitter_rng)));
  self->t_start_ns = MAX (reply->t_after_ns, self->t_free_ns) + delay_ns;
}

static void
drop_first_reply (LwSimLine *self)
{
  self->first_reply = (self->first_reply + 1) % LW_SIM_MAX_REPLIES;
  self->n_replies--;
}

/* Two that speak at once, one of them later by a byte or so: the wire is low where either of them pulls it low. */
static void
collide (LwSimLine *self, const LwSimReply *reply, size_t shift)
{
  uint8_t bytes[LW_SIM_MAX_PACKET];
  size_t n = self->protocol->speak (self, reply, bytes, sizeof bytes);

  for (size_t i = 0; i < n && i + shift < sizeof self->speaking; i++)
    self->speaking[i + shift] = i + shift < self->n_speaking ? self->speaking[i + shift] & bytes[i] : bytes[i];
  if (n > 0)
    self->n_speaking = MAX (self->n_speaking, MIN (n + shift, sizeof self->speaking));
}

/* How far apart two servos begin that answer the same request, in bytes. */
static size_t
stagger (LwSimLine *self)
{
  double delay_ns = self->jitter_ns > 0 ? -self->jitter_ns * log (lw_rng_uniform (&self->jitter_rng)) : 0;

  return (size_t) MIN (delay_ns / self->byte_ns, MAX_STAGGER);
}

void
lw_sim_line_begin_reply (LwSimLine *self)
{
  lw_sim_plant_run (self->plant, self->t_start_ns);
  if (!lw_sim_line_reply (self, 0)->chained)
    self->n_said = self->n_parts = 0;
  self->n_speaking = self->protocol->speak (self, lw_sim_line_reply (self, 0), self->speaking, sizeof self->speaking);
  if (lw_sim_fault_is_marked (&self->faults->doubled, lw_sim_line_reply (self, 0)->servo))
    collide (self, lw_sim_line_reply (self, 0), 1 + stagger (self));
  while (self->n_replies > 1 && lw_sim_line_reply (self, 1)->together)
    {
      collide (self, lw_sim_line_reply (self, 1), stagger (self));
      *lw_sim_line_reply (self, 1) = *lw_sim_line_reply (self, 0);
      drop_first_reply (self);
    }
  self->t_end_ns = self->t_start_ns + (int64_t) ((double) self->n_speaking * self->byte_ns);
  self->t_start_ns = LW_SIM_NEVER;
}

static void
count (_Atomic uint64_t *counter)
{
  atomic_fetch_add_explicit (counter, 1, memory_order_relaxed);
}

/* How much later than it should the packet arrives; 0 for most. */
static int64_t
lateness (LwSimLine *self)
{
  double fraction = lw_sim_fault_value (&self->faults->late), least = lw_sim_fault_value (&self->faults->delay_min), most = lw_sim_fault_value (&self->faults->delay_max);

  if (fraction <= 0 || lw_rng_uniform (&self->late_rng) >= fraction)
    return 0;
  return MAX (1, (int64_t) ((least + (most - least) * lw_rng_uniform (&self->late_rng)) * 1e9));
}

/* The bytes of a packet go to the client's end, unless harm comes to them. What is lost on the way was still heard by the servos behind it. Each
 * part of a packet that suffers is counted for its servo: all of one that is lost or late; of a corrupt one the part with the flipped bit, since the
 * checks of the others can still be followed from the one that was sent. */
static void
deliver (LwSimLine *self)
{
  bool lost = lw_rng_uniform (&self->fault_rng) < lw_sim_fault_value (&self->faults->lost);
  bool corrupt = lw_rng_uniform (&self->fault_rng) < lw_sim_fault_value (&self->faults->corrupt) && !lost;
  size_t at = lw_rng_below (&self->fault_rng, self->n_said);
  size_t bit = lw_rng_below (&self->fault_rng, 8);
  int64_t late_ns = lost ? 0 : lateness (self);

  if (corrupt)
    self->said[at] ^= (uint8_t) (1u << bit);
  for (size_t i = 0; i < self->n_parts; i++)
    {
      size_t servo = self->parts[i].servo;

      count (&self->faults->harm[servo].replies);
      if (lost)
        count (&self->faults->harm[servo].lost);
      if (corrupt && at < self->parts[i].end && (i == 0 || at >= self->parts[i - 1].end))
        count (&self->faults->harm[servo].corrupt);
      if (late_ns > 0)
        count (&self->faults->harm[servo].late);
    }
  if (!lost)
    lw_sim_line_send (self, self->said, self->n_said, self->t_free_ns + late_ns);
}

void
lw_sim_line_end_reply (LwSimLine *self)
{
  size_t n = MIN (self->n_speaking, sizeof self->said - self->n_said);

  memcpy (self->said + self->n_said, self->speaking, n);
  self->n_said += n;
  if (n > 0 && self->n_parts < LW_SIM_MAX_PARTS)
    {
      self->parts[self->n_parts].servo = lw_sim_line_reply (self, 0)->servo;
      self->parts[self->n_parts].end = self->n_said;
      self->n_parts++;
    }
  self->t_free_ns = self->t_end_ns;
  self->t_end_ns = LW_SIM_NEVER;
  drop_first_reply (self);
  if (self->n_said > 0 && (self->n_replies == 0 || !lw_sim_line_reply (self, 0)->chained))
    deliver (self);
}
