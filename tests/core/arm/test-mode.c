/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib.h>
#include <string.h>

#include "lw-mode.h"

/* Every transition there is, as architecture.md 5 tells it; every pair not in this list must be refused. */
static const struct {
  LwMode      from;
  LwModeEvent event;
  LwMode      to;
} allowed[] = {
  { LW_MODE_DISCONNECTED, LW_EVENT_CONNECT, LW_MODE_CONNECTED },

  { LW_MODE_CONNECTED, LW_EVENT_DISCONNECT, LW_MODE_DISCONNECTED },
  { LW_MODE_CONNECTED, LW_EVENT_GUIDE, LW_MODE_GUIDE },
  { LW_MODE_CONNECTED, LW_EVENT_HOLD, LW_MODE_HOLD },
  { LW_MODE_CONNECTED, LW_EVENT_LOWER, LW_MODE_RUNNING }, /* found powered */
  { LW_MODE_CONNECTED, LW_EVENT_RELEASED, LW_MODE_CONNECTED },
  { LW_MODE_CONNECTED, LW_EVENT_STOP, LW_MODE_STOPPED },
  { LW_MODE_CONNECTED, LW_EVENT_FAULT, LW_MODE_FAULT },

  { LW_MODE_GUIDE, LW_EVENT_DISCONNECT, LW_MODE_DISCONNECTED },
  { LW_MODE_GUIDE, LW_EVENT_HOLD, LW_MODE_HOLD },
  { LW_MODE_GUIDE, LW_EVENT_RELEASED, LW_MODE_CONNECTED },
  { LW_MODE_GUIDE, LW_EVENT_STOP, LW_MODE_STOPPED },
  { LW_MODE_GUIDE, LW_EVENT_FAULT, LW_MODE_FAULT },

  { LW_MODE_HOLD, LW_EVENT_DISCONNECT, LW_MODE_DISCONNECTED },
  { LW_MODE_HOLD, LW_EVENT_GUIDE, LW_MODE_GUIDE },
  { LW_MODE_HOLD, LW_EVENT_ARM, LW_MODE_ARMED },
  { LW_MODE_HOLD, LW_EVENT_LOWER, LW_MODE_RUNNING },
  { LW_MODE_HOLD, LW_EVENT_STOP, LW_MODE_STOPPED },
  { LW_MODE_HOLD, LW_EVENT_FAULT, LW_MODE_FAULT },

  { LW_MODE_ARMED, LW_EVENT_DISCONNECT, LW_MODE_DISCONNECTED },
  { LW_MODE_ARMED, LW_EVENT_GUIDE, LW_MODE_GUIDE },
  { LW_MODE_ARMED, LW_EVENT_HOLD, LW_MODE_HOLD },
  { LW_MODE_ARMED, LW_EVENT_MOVE, LW_MODE_ARMED },
  { LW_MODE_ARMED, LW_EVENT_RUN, LW_MODE_RUNNING },
  { LW_MODE_ARMED, LW_EVENT_LOWER, LW_MODE_RUNNING },
  { LW_MODE_ARMED, LW_EVENT_STOP, LW_MODE_STOPPED },
  { LW_MODE_ARMED, LW_EVENT_FAULT, LW_MODE_FAULT },

  { LW_MODE_RUNNING, LW_EVENT_DISCONNECT, LW_MODE_DISCONNECTED },
  { LW_MODE_RUNNING, LW_EVENT_HOLD, LW_MODE_HOLD },
  { LW_MODE_RUNNING, LW_EVENT_RUN_DONE, LW_MODE_ARMED },
  { LW_MODE_RUNNING, LW_EVENT_LOWER, LW_MODE_RUNNING },
  { LW_MODE_RUNNING, LW_EVENT_RELEASED, LW_MODE_CONNECTED },
  { LW_MODE_RUNNING, LW_EVENT_STOP, LW_MODE_STOPPED },
  { LW_MODE_RUNNING, LW_EVENT_FAULT, LW_MODE_FAULT },

  { LW_MODE_STOPPED, LW_EVENT_DISCONNECT, LW_MODE_DISCONNECTED },
  { LW_MODE_STOPPED, LW_EVENT_RESET, LW_MODE_CONNECTED },
  { LW_MODE_STOPPED, LW_EVENT_FAULT, LW_MODE_FAULT },

  { LW_MODE_FAULT, LW_EVENT_DISCONNECT, LW_MODE_DISCONNECTED },
  { LW_MODE_FAULT, LW_EVENT_RESET, LW_MODE_CONNECTED },
};

static void
test_every_pair (void)
{
  for (int from = 0; from < LW_N_MODES; from++)
    for (int event = 0; event < LW_N_MODE_EVENTS; event++)
      {
        LwMode to = (LwMode) 77;
        bool   done = lw_mode_next ((LwMode) from, (LwModeEvent) event, &to);
        bool   expected = false;

        for (size_t i = 0; i < G_N_ELEMENTS (allowed); i++)
          if (allowed[i].from == (LwMode) from && allowed[i].event == (LwModeEvent) event)
            {
              expected = true;
              g_assert_cmpint (to, ==, allowed[i].to);
            }
        g_assert_cmpint (done, ==, expected);
        if (!expected)
          g_assert_cmpint (to, ==, 77);
      }
}

/* Latched: by any sequence without Reset or disconnecting, Stopped and Fault lead to no other mode than themselves. */
static void
test_latch (void)
{
  for (int event = 0; event < LW_N_MODE_EVENTS; event++)
    {
      LwMode to = LW_MODE_STOPPED;

      if (event == LW_EVENT_RESET || event == LW_EVENT_DISCONNECT)
        continue;
      if (lw_mode_next (LW_MODE_STOPPED, (LwModeEvent) event, &to))
        g_assert_cmpint (to, ==, LW_MODE_FAULT);
      g_assert_false (lw_mode_next (LW_MODE_FAULT, (LwModeEvent) event, &to));
    }
}

/* Only Armed starts a run, and only Hold arms: a reset is two deliberate steps away from motion. */
static void
test_way_to_motion (void)
{
  LwMode mode = LW_MODE_STOPPED;

  g_assert_true (lw_mode_next (mode, LW_EVENT_RESET, &mode));
  g_assert_false (lw_mode_next (mode, LW_EVENT_RUN, &mode));
  g_assert_false (lw_mode_next (mode, LW_EVENT_ARM, &mode));
  g_assert_true (lw_mode_next (mode, LW_EVENT_HOLD, &mode));
  g_assert_false (lw_mode_next (mode, LW_EVENT_RUN, &mode));
  g_assert_false (lw_mode_next (mode, LW_EVENT_MOVE, &mode));
  g_assert_true (lw_mode_next (mode, LW_EVENT_ARM, &mode));
  g_assert_true (lw_mode_next (mode, LW_EVENT_RUN, &mode));
  g_assert_cmpint (mode, ==, LW_MODE_RUNNING);
}

/* A servo is restarted where nothing is commanded. */
static void
test_reboot (void)
{
  for (int mode = 0; mode < LW_N_MODES; mode++)
    g_assert_cmpint (lw_mode_may_reboot ((LwMode) mode), ==, mode == LW_MODE_CONNECTED || mode == LW_MODE_STOPPED || mode == LW_MODE_FAULT);
}

static void
test_out_of_range (void)
{
  LwMode to = LW_MODE_HOLD;

  g_assert_false (lw_mode_next ((LwMode) LW_N_MODES, LW_EVENT_RESET, &to));
  g_assert_false (lw_mode_next (LW_MODE_STOPPED, (LwModeEvent) LW_N_MODE_EVENTS, &to));
  g_assert_cmpint (to, ==, LW_MODE_HOLD);
}

static void
test_words (void)
{
  for (int a = 0; a < LW_N_MODES; a++)
    for (int b = 0; b < a; b++)
      g_assert_cmpstr (lw_mode_name ((LwMode) a), !=, lw_mode_name ((LwMode) b));
  g_assert_cmpstr (lw_mode_name (LW_MODE_GUIDE), ==, "Guide");
  g_assert_cmpstr (lw_reason_text (LW_REASON_NONE), ==, "");
  for (int a = 1; a < LW_N_REASONS; a++)
    {
      const char *text = lw_reason_text ((LwReason) a);

      g_assert_true (g_str_has_suffix (text, "."));
      g_assert_null (strstr (text, "mergency"));
      for (int b = 1; b < a; b++)
        g_assert_cmpstr (text, !=, lw_reason_text ((LwReason) b));
    }
  g_assert_nonnull (strstr (lw_reason_text (LW_REASON_NOT_CONFIRMED), "cut the power"));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/mode/every-pair", test_every_pair);
  g_test_add_func ("/mode/latch", test_latch);
  g_test_add_func ("/mode/way-to-motion", test_way_to_motion);
  g_test_add_func ("/mode/reboot", test_reboot);
  g_test_add_func ("/mode/out-of-range", test_out_of_range);
  g_test_add_func ("/mode/words", test_words);
  return g_test_run ();
}
