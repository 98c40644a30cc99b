/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-sample-ring.h"

#include <stdatomic.h>
#include <stdlib.h>

#define CACHE_LINE 64

/* Indices only grow; a place is index & mask. What each side owns sits on a cache line of its own, with its last look at the other's index, so
 * that the lines move only when a side seems full or empty. */
struct LwSampleRing {
  size_t        mask;
  LwRingRecord *records;

  _Alignas (CACHE_LINE) _Atomic size_t head; /* written by the producer */
  size_t           tail_seen;
  uint32_t         dropped_since;            /* the last record that went in */
  _Atomic uint64_t dropped;

  _Alignas (CACHE_LINE) _Atomic size_t tail; /* written by the consumer */
  size_t           head_seen;
};

LwSampleRing *
lw_sample_ring_new (size_t capacity)
{
  size_t        size = 64;
  LwSampleRing *self;

  while (size < capacity && size <= SIZE_MAX / 4 / sizeof (LwRingRecord))
    size *= 2;
  if (size < capacity)
    return NULL;
  self = aligned_alloc (CACHE_LINE, sizeof *self);
  if (self == NULL)
    return NULL;
  *self = (LwSampleRing){ .mask = size - 1, .records = calloc (size, sizeof (LwRingRecord)) };
  if (self->records == NULL)
    {
      free (self);
      return NULL;
    }
  return self;
}

void
lw_sample_ring_free (LwSampleRing *self)
{
  if (self == NULL)
    return;
  free (self->records);
  free (self);
}

static size_t
room (LwSampleRing *self, size_t head, size_t needed)
{
  size_t free_places = self->mask + 1 - (head - self->tail_seen);

  if (free_places < needed)
    {
      self->tail_seen = atomic_load_explicit (&self->tail, memory_order_acquire);
      free_places = self->mask + 1 - (head - self->tail_seen);
    }
  return free_places;
}

bool
lw_sample_ring_push (LwSampleRing *self, const LwRingRecord *record)
{
  size_t        head = atomic_load_explicit (&self->head, memory_order_relaxed);
  size_t        needed = record->ends ? 1 : 1 + LW_SAMPLE_RING_RESERVE;
  LwRingRecord *place = &self->records[head & self->mask];

  if (room (self, head, needed) < needed)
    {
      if (!record->ends)
        {
          self->dropped_since++;
          atomic_fetch_add_explicit (&self->dropped, 1, memory_order_relaxed);
        }
      return false;
    }
  *place = *record;
  place->dropped_before = self->dropped_since;
  self->dropped_since = 0;
  atomic_store_explicit (&self->head, head + 1, memory_order_release);
  return true;
}

size_t
lw_sample_ring_pop (LwSampleRing *self, LwRingRecord *out, size_t max)
{
  size_t tail = atomic_load_explicit (&self->tail, memory_order_relaxed);
  size_t n = 0;

  if (self->head_seen - tail < max)
    self->head_seen = atomic_load_explicit (&self->head, memory_order_acquire);
  for (; n < max && tail != self->head_seen; n++, tail++)
    out[n] = self->records[tail & self->mask];
  atomic_store_explicit (&self->tail, tail, memory_order_release);
  return n;
}

uint64_t
lw_sample_ring_dropped (const LwSampleRing *self)
{
  return atomic_load_explicit (&((LwSampleRing *) self)->dropped, memory_order_relaxed);
}
