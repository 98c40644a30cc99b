/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib.h>

#include "lw-assert-close.h"
#include "lw-jitter.h"

#define MS G_GINT64_CONSTANT (1000000)

static void
test_regular (void)
{
  LwJitter jitter;

  lw_jitter_init (&jitter, 100);
  g_assert_cmpfloat (lw_jitter_rate_hz (&jitter), ==, 0);
  g_assert_cmpfloat (lw_jitter_p99_ms (&jitter), ==, 0);
  for (int64_t i = 1; i <= 250; i++)
    lw_jitter_add (&jitter, i * 10 * MS);
  lw_assert_close (lw_jitter_rate_hz (&jitter), 100, 1e-9, 0);
  g_assert_cmpfloat (lw_jitter_p99_ms (&jitter), <=, 0.02 + 1e-9);
}

/* Two late cycles in a hundred show in the 99th percentile, one does not; after a second they are forgotten. */
static void
test_percentile (void)
{
  for (int n_late = 1; n_late <= 2; n_late++)
    {
      LwJitter jitter;
      int64_t  t = 1000 * MS;

      lw_jitter_init (&jitter, 100);
      lw_jitter_add (&jitter, t);
      for (int i = 0; i < 100; i++)
        lw_jitter_add (&jitter, t += 10 * MS + (i == 30 || (i == 60 && n_late == 2) ? 3 * MS : 0));
      if (n_late == 1)
        g_assert_cmpfloat (lw_jitter_p99_ms (&jitter), <, 0.1);
      else
        lw_assert_close (lw_jitter_p99_ms (&jitter), 3, 0, 0.021);
      lw_assert_close (lw_jitter_rate_hz (&jitter), 100.0 / (1 + 0.003 * n_late), 1e-9, 0);
      for (int i = 0; i < 100; i++)
        lw_jitter_add (&jitter, t += 10 * MS);
      g_assert_cmpfloat (lw_jitter_p99_ms (&jitter), <, 0.1);
      lw_assert_close (lw_jitter_rate_hz (&jitter), 100, 1e-9, 0);
    }
}

static void
test_skip (void)
{
  LwJitter jitter;

  lw_jitter_init (&jitter, 400);
  for (int64_t i = 1; i < 1000; i++)
    {
      lw_jitter_add (&jitter, i * 5 * MS / 2 + (i >= 500 ? 40 * MS : 0));
      if (i == 499)
        lw_jitter_skip (&jitter);
    }
  g_assert_cmpfloat (lw_jitter_p99_ms (&jitter), <, 0.1);
  lw_assert_close (lw_jitter_rate_hz (&jitter), 400, 1e-9, 0);
  /* Anything beyond the last bucket is in the last bucket. */
  for (int64_t i = 1; i < 20; i++)
    lw_jitter_add (&jitter, (4000 + i * 500) * MS);
  lw_assert_close (lw_jitter_p99_ms (&jitter), LW_JITTER_BUCKETS * 0.02, 1e-9, 0);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/jitter/regular", test_regular);
  g_test_add_func ("/jitter/percentile", test_percentile);
  g_test_add_func ("/jitter/skip", test_skip);
  return g_test_run ();
}
