/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib.h>

#include "lw-latest.h"

static int n_freed;

static void
count_free (void *value)
{
  n_freed++;
  g_free (value);
}

static int *
number (int i)
{
  return g_memdup2 (&i, sizeof i);
}

static void
test_takes_what_was_put (void)
{
  LwLatest box;
  g_autofree int *taken = NULL;

  n_freed = 0;
  lw_latest_init (&box, count_free);
  g_assert_null (lw_latest_take (&box));
  g_assert_true (lw_latest_put (&box, number (1)));
  taken = lw_latest_take (&box);
  g_assert_cmpint (*taken, ==, 1);
  g_assert_null (lw_latest_take (&box));
  g_assert_cmpint (n_freed, ==, 0);
  lw_latest_clear (&box);
}

static void
test_newer_displaces_older (void)
{
  LwLatest box;
  g_autofree int *taken = NULL;

  n_freed = 0;
  lw_latest_init (&box, count_free);
  g_assert_true (lw_latest_put (&box, number (1)));
  g_assert_false (lw_latest_put (&box, number (2)));
  g_assert_false (lw_latest_put (&box, number (3)));
  g_assert_cmpint (n_freed, ==, 2);
  taken = lw_latest_take (&box);
  g_assert_cmpint (*taken, ==, 3);
  g_assert_true (lw_latest_put (&box, number (4)));
  lw_latest_clear (&box);
  g_assert_cmpint (n_freed, ==, 3);
  lw_latest_clear (&box);
  g_assert_cmpint (n_freed, ==, 3);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/latest/takes-what-was-put", test_takes_what_was_put);
  g_test_add_func ("/latest/newer-displaces-older", test_newer_displaces_older);
  return g_test_run ();
}
