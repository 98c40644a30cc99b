/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib.h>

#include "lw-reply-time.h"

#define MS G_GINT64_CONSTANT (1000000)

static void
test_guess (void)
{
  LwReplyTime time;

  lw_reply_time_init (&time);
  g_assert_cmpint (lw_reply_time_expected (&time, 1), ==, 20 * MS);
  g_assert_cmpint (lw_reply_time_expected (&time, 6), ==, 20 * MS);
  g_assert_cmpint (lw_reply_time_patience (&time, 1, 0), ==, 31 * MS);
  g_assert_cmpint (lw_reply_time_patience (&time, 1, 3), ==, 248 * MS);
  g_assert_cmpint (lw_reply_time_patience (&time, 1, 1000), ==, 500 * MS);
}

/* The first measurement replaces the guess, of one alone too as long as it was not measured; a peak fades by a thirty-second each time; a stall is no habit. */
static void
test_learning (void)
{
  LwReplyTime time;

  lw_reply_time_init (&time);
  lw_reply_time_learn (&time, 6, 2 * MS);
  g_assert_cmpint (lw_reply_time_expected (&time, 6), ==, 2 * MS);
  g_assert_cmpint (lw_reply_time_expected (&time, 1), ==, 2 * MS);
  lw_reply_time_learn (&time, 1, 1 * MS);
  g_assert_cmpint (lw_reply_time_expected (&time, 1), ==, 1 * MS);
  g_assert_cmpint (lw_reply_time_expected (&time, 6), ==, 2 * MS);
  lw_reply_time_learn (&time, 6, MS / 10);
  g_assert_cmpint (lw_reply_time_expected (&time, 6), ==, 2 * MS - 2 * MS / 32);
  for (int i = 0; i < 200; i++)
    lw_reply_time_learn (&time, 6, MS / 10);
  g_assert_cmpint (lw_reply_time_expected (&time, 6), ==, MS / 10);
  lw_reply_time_learn (&time, 6, 1000 * MS);
  g_assert_cmpint (lw_reply_time_expected (&time, 6), ==, 25 * MS);
  lw_reply_time_init (&time);
  lw_reply_time_learn (&time, 1, -5 * MS); /* quicker than the wire: a speed that is none */
  g_assert_cmpint (lw_reply_time_expected (&time, 1), ==, 0);
}

static void
test_wire (void)
{
  g_assert_cmpint (lw_wire_time (1000000, 100), ==, 1 * MS);
  g_assert_cmpint (lw_wire_time (0, 100), ==, 1 * MS);
  g_assert_cmpint (lw_wire_time (115200, 1152), ==, 100 * MS);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/reply-time/guess", test_guess);
  g_test_add_func ("/reply-time/learning", test_learning);
  g_test_add_func ("/reply-time/wire", test_wire);
  return g_test_run ();
}
