/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-pull-back.h"

#include <glib.h>

#include "lw-assert-close.h"

/* Feasible up to @until, and from @again to @end. */
typedef struct {
  double until, again, end;
  size_t calls, stop_after;
  atomic_bool stop;
} Segment;

static bool
is_feasible (double fraction, void *data)
{
  Segment *segment = data;

  if (++segment->calls == segment->stop_after)
    atomic_store (&segment->stop, true);
  return fraction <= segment->until || (fraction >= segment->again && fraction <= segment->end);
}

static void
test_nearest (void)
{
  static const double until[] = { 0, 1e-9, 0.3, 0.5, 0.9999, 1 - 1e-7 };

  for (size_t i = 0; i < G_N_ELEMENTS (until); i++) {
    Segment segment = { .until = until[i], .again = 2 };
    double fraction = lw_pull_back (is_feasible, &segment, NULL);
    g_assert_true (fraction >= 0 && fraction <= until[i]);
    lw_assert_close (fraction, until[i], 0, 1e-11);
    g_assert_cmpuint (segment.calls, <, 80);
  }
}

/* What is feasible near the end is found, though there is an infeasible stretch before it. */
static void
test_near_end (void)
{
  Segment segment = { .until = 0.2, .again = 0.9, .end = 0.999 };

  lw_assert_close (lw_pull_back (is_feasible, &segment, NULL), 0.999, 0, 1e-11);
}

static void
test_stop (void)
{
  Segment segment = { .until = 0.3, .again = 2, .stop_after = 25 };
  double fraction = lw_pull_back (is_feasible, &segment, &segment.stop);

  g_assert_cmpuint (segment.calls, ==, 25);
  g_assert_true (fraction >= 0 && fraction <= 0.3); /* inside, if not at the bound */
  segment.calls = segment.stop_after = 0;
  g_assert_cmpfloat (lw_pull_back (is_feasible, &segment, &segment.stop), ==, 0);
  g_assert_cmpuint (segment.calls, ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/pull-back/nearest", test_nearest);
  g_test_add_func ("/pull-back/near-end", test_near_end);
  g_test_add_func ("/pull-back/stop", test_stop);
  return g_test_run ();
}
