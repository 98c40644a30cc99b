/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib.h>
#include <string.h>

#include "lw-sample-ring.h"

static LwRingRecord
numbered (uint32_t i)
{
  LwRingRecord record = { .sample = { .t_ns = 1000 + i, .cycle = i, .n_joints = 2, .q = { i, -(double) i } }, .recording = 5 };

  return record;
}

static void
test_order (void)
{
  LwSampleRing *ring = lw_sample_ring_new (100);
  LwRingRecord  out[40];
  uint32_t      in = 0, expected = 0;

  g_assert_cmpuint (lw_sample_ring_pop (ring, out, 40), ==, 0);
  for (int round = 0; round < 500; round++)
    {
      for (int i = 0; i < 1 + round % 37; i++)
        {
          LwRingRecord record = numbered (in++);

          g_assert_true (lw_sample_ring_push (ring, &record));
        }
      size_t n = lw_sample_ring_pop (ring, out, 40);
      g_assert_cmpuint (n, ==, 1 + round % 37);
      for (size_t i = 0; i < n; i++, expected++)
        {
          LwRingRecord want = numbered (expected);

          g_assert_cmpmem (&out[i], sizeof out[i], &want, sizeof want);
        }
    }
  g_assert_cmpuint (lw_sample_ring_dropped (ring), ==, 0);
  lw_sample_ring_free (ring);
}

/* Full: the newest are dropped and counted, the next one in carries the count, and an end mark still finds a place. */
static void
test_full (void)
{
  LwSampleRing *ring = lw_sample_ring_new (64);
  LwRingRecord  out[64], mark = { .recording = 5, .ends = 1 };
  uint32_t      in = 0;
  size_t        n;

  for (;; in++)
    {
      LwRingRecord record = numbered (in);

      if (!lw_sample_ring_push (ring, &record))
        break;
    }
  g_assert_cmpuint (in, ==, 64 - LW_SAMPLE_RING_RESERVE);
  for (uint32_t i = 1; i < 10; i++)
    {
      LwRingRecord record = numbered (in + i);

      g_assert_false (lw_sample_ring_push (ring, &record));
    }
  g_assert_cmpuint (lw_sample_ring_dropped (ring), ==, 10);
  g_assert_true (lw_sample_ring_push (ring, &mark));

  n = lw_sample_ring_pop (ring, out, 64);
  g_assert_cmpuint (n, ==, in + 1);
  g_assert_cmpuint (out[in - 1].sample.cycle, ==, in - 1);
  g_assert_cmpuint (out[in - 1].dropped_before, ==, 0);
  g_assert_cmpuint (out[in].ends, ==, 1);
  g_assert_cmpuint (out[in].dropped_before, ==, 10);

  LwRingRecord after = numbered (99);
  g_assert_true (lw_sample_ring_push (ring, &after));
  g_assert_cmpuint (lw_sample_ring_pop (ring, out, 64), ==, 1);
  g_assert_cmpuint (out[0].dropped_before, ==, 0);
  lw_sample_ring_free (ring);
}

/* The reserve is not endless either: marks are refused when every place is taken, and none is lost without a word. */
static void
test_full_of_marks (void)
{
  LwSampleRing *ring = lw_sample_ring_new (64);
  LwRingRecord  mark = { .recording = 1, .ends = 1 }, out[65];

  for (int i = 0; i < 64; i++)
    g_assert_true (lw_sample_ring_push (ring, &mark));
  g_assert_false (lw_sample_ring_push (ring, &mark));
  g_assert_cmpuint (lw_sample_ring_pop (ring, out, 65), ==, 64);
  lw_sample_ring_free (ring);
  lw_sample_ring_free (NULL);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sample-ring/order", test_order);
  g_test_add_func ("/sample-ring/full", test_full);
  g_test_add_func ("/sample-ring/full-of-marks", test_full_of_marks);
  return g_test_run ();
}
