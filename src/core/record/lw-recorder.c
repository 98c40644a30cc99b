/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-recorder.h"

#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

/* The ring's producer side belongs to whoever holds @busy. The arm thread only tries for it and, in the rare cycle in which start() or stop() is at
 * work, lets its sample go instead of waiting: it lies on the border of a recording. start() and stop() wait for the microsecond
 * the arm thread needs. */
struct LwRecorder {
  LwSampleRing *ring;
  atomic_flag   busy;

  /* under busy */
  int64_t  recording;
  int64_t  unmarked; /* a recording whose end mark did not find a place; 0 = none */
  bool     any;      /* a sample of @recording came */
  int64_t  t_first;
  uint32_t cycle_last;

  /* for get_state() */
  _Atomic int64_t  shown;
  _Atomic uint64_t n_samples, n_dropped, n_missed;
  _Atomic int64_t  span_ns;
};

LwRecorder *
lw_recorder_new (size_t capacity)
{
  LwRecorder *self = calloc (1, sizeof *self);

  if (self == NULL)
    return NULL;
  atomic_flag_clear (&self->busy);
  self->ring = lw_sample_ring_new (capacity);
  if (self->ring == NULL)
    {
      free (self);
      return NULL;
    }
  return self;
}

void
lw_recorder_free (LwRecorder *self)
{
  if (self == NULL)
    return;
  lw_sample_ring_free (self->ring);
  free (self);
}

static bool
try_lock (LwRecorder *self)
{
  return !atomic_flag_test_and_set_explicit (&self->busy, memory_order_acquire);
}

static void
lock (LwRecorder *self)
{
  while (!try_lock (self))
    sched_yield ();
}

static void
unlock (LwRecorder *self)
{
  atomic_flag_clear_explicit (&self->busy, memory_order_release);
}

static void
add (_Atomic uint64_t *count, uint64_t n)
{
  atomic_fetch_add_explicit (count, n, memory_order_relaxed);
}

static bool
push_mark (LwRecorder *self)
{
  LwRingRecord mark = { .recording = self->unmarked, .ends = 1 };

  if (self->unmarked == 0 || lw_sample_ring_push (self->ring, &mark))
    self->unmarked = 0;
  return self->unmarked == 0;
}

static void
end (LwRecorder *self)
{
  bool marked = push_mark (self);

  if (self->recording == 0)
    return;
  /* Behind a mark that still waits no sample went in: what ends here left nothing that a mark could close. */
  if (marked)
    self->unmarked = self->recording;
  self->recording = 0;
  atomic_store_explicit (&self->shown, 0, memory_order_relaxed);
  push_mark (self);
}

static void
record (LwRecorder *self, const LwSample *sample)
{
  LwRingRecord entry = { .sample = *sample, .recording = self->recording };

  if (!self->any)
    {
      self->any = true;
      self->t_first = sample->t_ns;
    }
  else
    add (&self->n_missed, sample->cycle - self->cycle_last - 1);
  self->cycle_last = sample->cycle;
  /* Behind a mark that still waits, nothing may overtake it. */
  if (push_mark (self) && lw_sample_ring_push (self->ring, &entry))
    {
      add (&self->n_samples, 1);
      atomic_store_explicit (&self->span_ns, sample->t_ns - self->t_first, memory_order_relaxed);
    }
  else
    add (&self->n_dropped, 1);
}

void
lw_recorder_sink (const LwSample *sample, void *data)
{
  LwRecorder *self = data;

  if (!try_lock (self))
    return;
  if (self->recording != 0 && (sample->mode == LW_MODE_STOPPED || sample->mode == LW_MODE_FAULT))
    end (self);
  else if (self->recording != 0)
    record (self, sample);
  else
    push_mark (self);
  unlock (self);
}

void
lw_recorder_start (LwRecorder *self, int64_t recording)
{
  lock (self);
  end (self);
  self->recording = recording;
  self->any = false;
  atomic_store_explicit (&self->n_samples, 0, memory_order_relaxed);
  atomic_store_explicit (&self->n_dropped, 0, memory_order_relaxed);
  atomic_store_explicit (&self->n_missed, 0, memory_order_relaxed);
  atomic_store_explicit (&self->span_ns, 0, memory_order_relaxed);
  atomic_store_explicit (&self->shown, recording, memory_order_relaxed);
  unlock (self);
}

void
lw_recorder_stop (LwRecorder *self)
{
  lock (self);
  end (self);
  unlock (self);
}

void
lw_recorder_get_state (LwRecorder *self, LwRecorderState *out)
{
  out->recording = atomic_load_explicit (&self->shown, memory_order_relaxed);
  out->n_samples = atomic_load_explicit (&self->n_samples, memory_order_relaxed);
  out->n_dropped = atomic_load_explicit (&self->n_dropped, memory_order_relaxed);
  out->n_missed = atomic_load_explicit (&self->n_missed, memory_order_relaxed);
  out->seconds = 1e-9 * (double) atomic_load_explicit (&self->span_ns, memory_order_relaxed);
}

LwSampleRing *
lw_recorder_get_ring (LwRecorder *self)
{
  return self->ring;
}
