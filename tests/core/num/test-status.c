/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-status.h"

#include <glib.h>
#include <string.h>

/* Every status has words of its own, fit to stand in the middle of a sentence. */
static void
test_text (void)
{
  for (int i = LW_OK; i <= LW_ERR_SOLVER; i++) {
    const char *text = lw_status_text ((LwStatus) i);
    g_assert_cmpuint (strlen (text), >, 3);
    g_assert_true (g_ascii_islower (text[0]));
    g_assert_false (g_str_has_suffix (text, "."));
    for (int j = LW_OK; j < i; j++)
      g_assert_cmpstr (text, !=, lw_status_text ((LwStatus) j));
  }
  g_assert_cmpstr (lw_status_text (LW_ERR_NOT_SPD), ==, "not positive definite");
  g_assert_cmpstr (lw_status_text ((LwStatus) 1000), ==, "unknown status");
}

/* Of every status: was it the numbers? */
static void
test_numerical (void)
{
  for (int i = LW_OK; i <= LW_ERR_SOLVER; i++)
    g_assert_true (lw_status_is_numerical ((LwStatus) i)
                   == (i == LW_ERR_NOT_SPD || i == LW_ERR_NOT_FINITE || i == LW_ERR_SOLVER));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/status/text", test_text);
  g_test_add_func ("/status/numerical", test_numerical);
  return g_test_run ();
}
