/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A producer and a consumer at full speed, the consumer pausing at times so that the ring fills up: order, content and counts must come out
 * exact. Then a recorder with a third thread that starts and stops. No GLib, so that a thread sanitizer sees everything. */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "lw-recorder.h"

#define N_RECORDS 300000
#define N_RECORDINGS 400

#define CHECK(condition) \
  do \
    { \
      if (!(condition)) \
        { \
          fprintf (stderr, "%s:%d: %s does not hold\n", __FILE__, __LINE__, #condition); \
          exit (1); \
        } \
    } \
  while (0)

static LwSampleRing *ring;
static LwRecorder   *recorder;
static atomic_bool   finished;

static void *
produce (void *data)
{
  for (uint32_t i = 0; i < N_RECORDS; i++)
    {
      LwRingRecord record = { .sample = { .t_ns = (int64_t) i * 3, .cycle = i, .q = { i, 2.0 * i } }, .recording = i % 7 + 1 };

      lw_sample_ring_push (ring, &record);
      if (i % 64 == 0)
        sched_yield ();
    }
  atomic_store_explicit (&finished, true, memory_order_release);
  return NULL;
}

static void
stress_ring (void)
{
  LwRingRecord out[64];
  pthread_t    thread;
  uint64_t     got = 0, lost = 0;
  uint32_t     expected = 0;
  bool         last = false;

  ring = lw_sample_ring_new (1024);
  atomic_store (&finished, false);
  CHECK (pthread_create (&thread, NULL, produce, NULL) == 0);
  while (!last)
    {
      size_t n;

      last = atomic_load_explicit (&finished, memory_order_acquire);
      while ((n = lw_sample_ring_pop (ring, out, 64)) > 0)
        for (size_t i = 0; i < n; i++)
          {
            uint32_t cycle = out[i].sample.cycle;

            CHECK (cycle == expected + out[i].dropped_before);
            CHECK (out[i].sample.q[0] == (double) cycle && out[i].sample.q[1] == 2.0 * cycle && out[i].recording == cycle % 7 + 1);
            lost += out[i].dropped_before;
            expected = cycle + 1;
            got++;
          }
      if (got % 5 == 0)
        for (int i = 0; i < 200; i++)
          sched_yield ();
    }
  CHECK (pthread_join (thread, NULL) == 0);
  lost += N_RECORDS - expected;
  CHECK (got + lost == N_RECORDS);
  CHECK (lw_sample_ring_dropped (ring) == lost);
  printf ("# ring: %d records, %llu dropped while full\n", N_RECORDS, (unsigned long long) lost);
  lw_sample_ring_free (ring);
}

static void *
feed (void *data)
{
  for (uint32_t i = 0; !atomic_load_explicit (&finished, memory_order_acquire); i++)
    {
      LwSample sample = { .t_ns = (int64_t) i * 1000, .cycle = i, .n_joints = 1, .mode = LW_MODE_GUIDE, .q = { i } };

      lw_recorder_sink (&sample, recorder);
      if (i % 16 == 0)
        sched_yield ();
    }
  return NULL;
}

static void *
start_and_stop (void *data)
{
  for (int64_t i = 1; i <= N_RECORDINGS; i++)
    {
      LwRecorderState state;

      lw_recorder_start (recorder, i);
      do
        {
          sched_yield ();
          lw_recorder_get_state (recorder, &state);
        }
      while (state.n_samples == 0 || state.n_samples + state.n_dropped < 5); /* one without a sample may stay without a mark */
      if (i % 3 != 0) /* every third ends by the start of the next one */
        lw_recorder_stop (recorder);
    }
  lw_recorder_stop (recorder);
  atomic_store_explicit (&finished, true, memory_order_release);
  return NULL;
}

/* Each recording comes in one piece, in order, and ends with exactly one mark. */
static void
stress_recorder (void)
{
  LwRingRecord out[64];
  pthread_t    threads[2];
  int64_t      current = 1;
  uint64_t     samples = 0;
  bool         last = false;

  recorder = lw_recorder_new (4096);
  atomic_store (&finished, false);
  CHECK (pthread_create (&threads[0], NULL, feed, NULL) == 0);
  CHECK (pthread_create (&threads[1], NULL, start_and_stop, NULL) == 0);
  while (!last)
    {
      size_t n;

      last = atomic_load_explicit (&finished, memory_order_acquire);
      if (last)
        {
          CHECK (pthread_join (threads[0], NULL) == 0);
          CHECK (pthread_join (threads[1], NULL) == 0);
        }
      while ((n = lw_sample_ring_pop (lw_recorder_get_ring (recorder), out, 64)) > 0)
        for (size_t i = 0; i < n; i++)
          {
            CHECK (out[i].recording == current);
            if (out[i].ends)
              current++;
            else
              samples++;
          }
      sched_yield ();
    }
  CHECK (current == N_RECORDINGS + 1);
  CHECK (samples >= 1);
  printf ("# recorder: %d recordings, %llu samples\n", N_RECORDINGS, (unsigned long long) samples);
  lw_recorder_free (recorder);
}

int
main (void)
{
  stress_ring ();
  stress_recorder ();
  return 0;
}
