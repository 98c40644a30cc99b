/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib.h>

#include "lw-lines-clock.h"

#define MS G_GINT64_CONSTANT (1000000)
#define SECOND (1000 * MS)

/* Lines that take 1 ms to come, and up to 15 ms more: their stamps are what the arm's clock says plus that millisecond, on a clock that runs fast or slow by 50 ppm, through the wrap. */
static void
test_mapping (void)
{
  static const double drifts[] = { 0, 5e-5, -5e-5 };

  for (size_t d = 0; d < G_N_ELEMENTS (drifts); d++)
    {
      GRand *rand = g_rand_new_with_seed (50);
      LwLinesClock clock = { 0 };
      int64_t last_ns = 0, worst_ns = 0;

      for (int i = 0; i < 60000; i++) /* ten minutes */
        {
          int64_t said_ns = 1000 * SECOND + i * 10 * MS, stamp_ns;
          double arm_us = 4294000000.0 + (double) (said_ns - 1000 * SECOND) * 1e-3 * (1 + drifts[d]);
          int64_t heard_ns = said_ns + MS + (g_rand_int_range (rand, 0, 4) == 0 ? 0 : g_rand_int_range (rand, 0, 15000000));

          g_assert_true (lw_lines_clock_take (&clock, (uint32_t) (uint64_t) arm_us, heard_ns, &stamp_ns));
          g_assert_cmpint (stamp_ns, >, last_ns);
          g_assert_cmpint (stamp_ns, <=, MAX (heard_ns, last_ns + 1));
          last_ns = stamp_ns;
          if (i > 20)
            worst_ns = MAX (worst_ns, ABS (stamp_ns - (said_ns + MS)));
        }
      g_test_message ("drift %.0f ppm: at most %.3f ms off", drifts[d] * 1e6, (double) worst_ns * 1e-6);
      g_assert_cmpint (worst_ns, <, MS / 5);
      g_rand_free (rand);
    }
}

/* What is not newer is passed over, and changes nothing. */
static void
test_old_lines (void)
{
  LwLinesClock clock = { 0 }, before;
  int64_t stamp_ns = 77, first_ns;

  g_assert_true (lw_lines_clock_take (&clock, 1000000, 5 * SECOND, &first_ns));
  before = clock;
  g_assert_false (lw_lines_clock_take (&clock, 1000000, 5 * SECOND + MS, &stamp_ns));
  g_assert_false (lw_lines_clock_take (&clock, 990000, 5 * SECOND + MS, &stamp_ns));
  g_assert_cmpint (stamp_ns, ==, 77);
  g_assert_cmpint (clock.offset_ns, ==, before.offset_ns);
  g_assert_true (lw_lines_clock_take (&clock, 1010000, 5 * SECOND + 10 * MS, &stamp_ns));
  g_assert_cmpint (stamp_ns - first_ns, ==, 10 * MS);
}

/* One damaged time, forward or back, is passed over; the lines behind it fit. */
static void
test_damaged_time (void)
{
  static const uint32_t damaged[] = { 90000000, 12, 0x80000000u + 1000000u };

  for (size_t i = 0; i < G_N_ELEMENTS (damaged); i++)
    {
      LwLinesClock clock = { 0 };
      int64_t stamp_ns;

      for (uint32_t k = 0; k < 200; k++)
        {
          bool hit = k % 20 == 10;

          g_assert_cmpint (lw_lines_clock_take (&clock, hit ? damaged[i] + k : 1000000 + k * 10000, 5 * SECOND + k * 10 * MS, &stamp_ns), ==, !hit);
          if (!hit)
            g_assert_cmpint (stamp_ns, ==, 5 * SECOND + k * 10 * MS);
        }
    }
}

/* Switched off and on, or silent for longer than its counter can tell: a few lines later it is believed, and time goes on. */
static void
test_started_anew (void)
{
  static const struct { uint32_t t_us; int64_t after_ns; } cases[] = {
    { 5000, 3 * SECOND }, { 5000, 3000 * SECOND }, { 0xF0000000u, 3 * SECOND }, { 0x90000000u, 2500 * SECOND },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      LwLinesClock clock = { 0 };
      int64_t stamp_ns, last_ns = 0;
      int n_passed_over = 0;

      for (uint32_t k = 0; k < 10; k++)
        g_assert_true (lw_lines_clock_take (&clock, 50000000 + k * 10000, 5 * SECOND + k * 10 * MS, &last_ns));
      for (uint32_t k = 0; k < 10; k++)
        {
          int64_t heard_ns = 5 * SECOND + cases[i].after_ns + k * 10 * MS;

          if (!lw_lines_clock_take (&clock, cases[i].t_us + k * 10000, heard_ns, &stamp_ns))
            {
              n_passed_over++;
              continue;
            }
          g_assert_cmpint (stamp_ns, >, last_ns);
          g_assert_cmpint (stamp_ns, <=, heard_ns);
          last_ns = stamp_ns;
        }
      g_assert_cmpint (n_passed_over, <=, 4);
      g_assert_cmpint (last_ns, >=, 5 * SECOND + cases[i].after_ns);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/lines-clock/mapping", test_mapping);
  g_test_add_func ("/lines-clock/old-lines", test_old_lines);
  g_test_add_func ("/lines-clock/damaged-time", test_damaged_time);
  g_test_add_func ("/lines-clock/started-anew", test_started_anew);
  return g_test_run ();
}
