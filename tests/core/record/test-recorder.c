/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib.h>

#include "lw-assert-close.h"
#include "lw-recorder.h"

static void
feed (LwRecorder *recorder, uint32_t cycle, LwMode mode)
{
  LwSample sample = { .t_ns = 1000000000 + (int64_t) cycle * 10000000, .cycle = cycle, .n_joints = 1, .mode = (uint8_t) mode, .q = { cycle } };

  lw_recorder_sink (&sample, recorder);
}

static LwRingRecord
take (LwRecorder *recorder)
{
  LwRingRecord record = { .recording = -1 };

  g_assert_cmpuint (lw_sample_ring_pop (lw_recorder_get_ring (recorder), &record, 1), ==, 1);
  return record;
}

static void
assert_empty (LwRecorder *recorder)
{
  LwRingRecord record;

  g_assert_cmpuint (lw_sample_ring_pop (lw_recorder_get_ring (recorder), &record, 1), ==, 0);
}

static void
test_only_while_recording (void)
{
  LwRecorder     *recorder = lw_recorder_new (100);
  LwRecorderState state;

  feed (recorder, 1, LW_MODE_GUIDE);
  assert_empty (recorder);
  lw_recorder_start (recorder, 42);
  lw_recorder_get_state (recorder, &state);
  g_assert_cmpint (state.recording, ==, 42);
  g_assert_cmpuint (state.n_samples, ==, 0);
  feed (recorder, 2, LW_MODE_GUIDE);
  feed (recorder, 3, LW_MODE_GUIDE);
  feed (recorder, 7, LW_MODE_GUIDE); /* 4, 5, 6 had no reading */
  lw_recorder_get_state (recorder, &state);
  g_assert_cmpuint (state.n_samples, ==, 3);
  g_assert_cmpuint (state.n_missed, ==, 3);
  g_assert_cmpuint (state.n_dropped, ==, 0);
  lw_assert_close (state.seconds, 0.05, 1e-12, 0);
  lw_recorder_stop (recorder);
  lw_recorder_stop (recorder); /* one mark only */
  feed (recorder, 8, LW_MODE_GUIDE);

  for (uint32_t i = 0; i < 3; i++)
    {
      LwRingRecord record = take (recorder);

      g_assert_cmpuint (record.sample.cycle, ==, i == 2 ? 7 : 2 + i);
      g_assert_cmpint (record.recording, ==, 42);
      g_assert_cmpuint (record.ends, ==, 0);
    }
  LwRingRecord mark = take (recorder);
  g_assert_cmpint (mark.recording, ==, 42);
  g_assert_cmpuint (mark.ends, !=, 0);
  assert_empty (recorder);
  lw_recorder_get_state (recorder, &state);
  g_assert_cmpint (state.recording, ==, 0);
  g_assert_cmpuint (state.n_samples, ==, 3);
  lw_recorder_free (recorder);
}

static void
test_start_ends_the_last (void)
{
  LwRecorder     *recorder = lw_recorder_new (100);
  LwRecorderState state;

  lw_recorder_start (recorder, 1);
  feed (recorder, 1, LW_MODE_GUIDE);
  lw_recorder_start (recorder, 2);
  feed (recorder, 2, LW_MODE_GUIDE);
  g_assert_cmpint (take (recorder).recording, ==, 1);
  g_assert_cmpuint (take (recorder).ends, ==, 1);
  LwRingRecord record = take (recorder);
  g_assert_cmpint (record.recording, ==, 2);
  g_assert_cmpuint (record.ends, ==, 0);
  lw_recorder_get_state (recorder, &state);
  g_assert_cmpuint (state.n_samples, ==, 1);
  g_assert_cmpuint (state.n_missed, ==, 0);
  lw_recorder_free (recorder);
}

/* A Stop or a fault ends the recording behind its last good sample. */
static void
test_stop_ends (void)
{
  const LwMode latched[] = { LW_MODE_STOPPED, LW_MODE_FAULT };

  for (size_t i = 0; i < G_N_ELEMENTS (latched); i++)
    {
      LwRecorder     *recorder = lw_recorder_new (100);
      LwRecorderState state;

      lw_recorder_start (recorder, 3);
      feed (recorder, 1, LW_MODE_RUNNING);
      feed (recorder, 2, latched[i]);
      feed (recorder, 3, latched[i]);
      lw_recorder_get_state (recorder, &state);
      g_assert_cmpint (state.recording, ==, 0);
      g_assert_cmpuint (state.n_samples, ==, 1);
      g_assert_cmpuint (take (recorder).sample.cycle, ==, 1);
      g_assert_cmpuint (take (recorder).ends, ==, 1);
      assert_empty (recorder);
      lw_recorder_free (recorder);
    }
}

/* A writer that does not come: samples are dropped and counted, the end mark is not lost, and what follows carries the count. */
static void
test_full (void)
{
  LwRecorder     *recorder = lw_recorder_new (64);
  LwRecorderState state;
  uint32_t        n = 0;

  lw_recorder_start (recorder, 9);
  for (uint32_t i = 0; i < 100; i++)
    feed (recorder, i, LW_MODE_GUIDE);
  lw_recorder_get_state (recorder, &state);
  g_assert_cmpuint (state.n_samples, ==, 64 - LW_SAMPLE_RING_RESERVE);
  g_assert_cmpuint (state.n_samples + state.n_dropped, ==, 100);
  lw_recorder_stop (recorder);
  while (!take (recorder).ends)
    n++;
  g_assert_cmpuint (n, ==, state.n_samples);
  assert_empty (recorder);
  lw_recorder_free (recorder);
}

/* Even when the ring has no place for marks left, the last one comes once there is room, before any later sample. */
static void
test_mark_waits (void)
{
  LwRecorder *recorder = lw_recorder_new (64);
  int64_t     last = 0, last_marked = 0;
  LwRingRecord record;

  for (int64_t i = 1; i <= 64; i++)
    {
      lw_recorder_start (recorder, i);
      lw_recorder_stop (recorder);
    }
  lw_recorder_start (recorder, 65);
  feed (recorder, 1, LW_MODE_GUIDE);
  lw_recorder_stop (recorder); /* no room for this one */
  while (lw_sample_ring_pop (lw_recorder_get_ring (recorder), &record, 1) == 1)
    last = record.recording;
  g_assert_cmpint (last, ==, 64);
  feed (recorder, 2, LW_MODE_GUIDE);
  while (lw_sample_ring_pop (lw_recorder_get_ring (recorder), &record, 1) == 1)
    last_marked = record.ends ? record.recording : -1;
  g_assert_cmpint (last_marked, ==, 65);
  lw_recorder_free (recorder);
  lw_recorder_free (NULL);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/recorder/only-while-recording", test_only_while_recording);
  g_test_add_func ("/recorder/start-ends-the-last", test_start_ends_the_last);
  g_test_add_func ("/recorder/stop-ends", test_stop_ends);
  g_test_add_func ("/recorder/full", test_full);
  g_test_add_func ("/recorder/mark-waits", test_mark_waits);
  return g_test_run ();
}
