/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the arm notices by itself, and what it then does. */
#include <glib.h>
#include <math.h>
#include <string.h>

#include "arm-fixture.h"
#include "lw-assert-close.h"
#include "lw-dynamixel-table.h"
#include "lw-test-paths.h"

#define MS G_GINT64_CONSTANT (1000000)

static void
in_motion (ArmFixture *f, const char *arm)
{
  fixture_init (f, arm);
  fixture_connect (f);
  fixture_arm (f);
  fixture_cycle (f);
  fixture_start (f, 0, 0.9, 1);
  fixture_run (f, 0.3);
  g_assert_cmpfloat (fabs (fixture_state (f).dq[0]), >, 0.3);
}

static int64_t
until_mode_left (ArmFixture *f, LwMode mode)
{
  int64_t begin = f->clock.now_ns;

  while (fixture_state (f).mode == mode)
    {
      fixture_cycle (f);
      g_assert_cmpint (f->clock.now_ns - begin, <, 2000 * MS);
    }
  return f->clock.now_ns - begin;
}

/* product.md 8: the cable is pulled; within 200 ms a latched fault, no word after it, and a new connection without a restart. */
static void
test_cable_pulled (void)
{
  const LwMode modes[] = { LW_MODE_GUIDE, LW_MODE_RUNNING };

  for (size_t i = 0; i < G_N_ELEMENTS (modes); i++)
    {
      ArmFixture         f;
      g_autoptr (GError) error = NULL;
      uint32_t           samples;

      if (modes[i] == LW_MODE_RUNNING)
        in_motion (&f, "planar-2");
      else
        {
          fixture_init (&f, "planar-2");
          fixture_connect (&f);
          fixture_request (&f, LW_REQUEST_GUIDE);
          fixture_until (&f, LW_MODE_GUIDE, 0.1);
        }
      lw_sim_bus_set_faults (f.sim, LW_SIM_FAULT_HANG_UP);
      g_assert_cmpint (until_mode_left (&f, modes[i]), <=, 200 * MS);
      g_assert_cmpint (fixture_state (&f).mode, ==, LW_MODE_FAULT);
      g_assert_cmpint (fixture_state (&f).reason, ==, LW_REASON_LINK_LOST);
      g_assert_false (fixture_state (&f).stop_confirmed);
      if (modes[i] == LW_MODE_RUNNING)
        g_assert_true (fixture_state (&f).run_aborted);
      samples = (uint32_t) f.n_samples;
      fixture_run (&f, 0.3);
      g_assert_cmpuint (f.n_samples, ==, samples); /* nothing is made up */
      g_assert_cmpint (fixture_state (&f).mode, ==, LW_MODE_FAULT);
      g_assert_false (lw_arm_request (f.arm, LW_REQUEST_RESET, &error));
      g_assert_error (error, LW_ARM_ERROR, LW_ARM_ERROR_FAILED);

      lw_arm_disconnect (f.arm);
      g_assert_cmpint (fixture_state (&f).mode, ==, LW_MODE_DISCONNECTED);
      lw_sim_bus_set_faults (f.sim, LW_SIM_FAULT_NONE);
      fixture_connect (&f);
      fixture_run (&f, 0.2);
      g_assert_cmpint (fixture_state (&f).mode, ==, LW_MODE_CONNECTED);
      g_assert_cmpint (fixture_state (&f).limp, ==, modes[i] == LW_MODE_GUIDE);
      fixture_clear (&f);
    }
}

/* Silence, of all or of one servo: a fault within 200 ms, goals cease, and a powered arm's servos stop by themselves. */
static void
test_silence (void)
{
  for (int one = 0; one < 2; one++)
    {
      ArmFixture f;
      size_t     from;
      double     dq[LW_MAX_JOINTS];

      in_motion (&f, "planar-2");
      if (one)
        lw_sim_bus_set_missing (f.sim, 1, true);
      else
        lw_sim_bus_set_faults (f.sim, LW_SIM_FAULT_SILENT);
      g_assert_cmpint (until_mode_left (&f, LW_MODE_RUNNING), <=, 200 * MS);
      g_assert_cmpint (fixture_state (&f).mode, ==, LW_MODE_FAULT);
      g_assert_cmpint (fixture_state (&f).reason, ==, LW_REASON_NO_ANSWER);
      fixture_run (&f, 0.15);
      from = bus_tap_count (&f.tap);
      fixture_run (&f, 0.5);
      g_assert_cmpint (bus_tap_last_new_goal (&f.tap, from), ==, 0);
      g_assert_cmpint (fixture_state (&f).reason, ==, LW_REASON_NO_ANSWER);
      g_assert_false (fixture_state (&f).stop_confirmed);
      lw_sim_bus_truth (f.sim, NULL, dq);
      lw_assert_close (dq[0], 0, 0, 0.02);
      /* The answers come back: still latched, until Reset. */
      lw_sim_bus_set_missing (f.sim, 1, false);
      lw_sim_bus_set_faults (f.sim, LW_SIM_FAULT_NONE);
      fixture_run (&f, 1);
      g_assert_cmpint (fixture_state (&f).mode, ==, LW_MODE_FAULT);
      fixture_request (&f, LW_REQUEST_RESET);
      fixture_until (&f, LW_MODE_CONNECTED, 0.2);
      fixture_clear (&f);
    }
}

/* A servo reports an error: the motion ends at once, the others hold. */
static void
test_alert (void)
{
  ArmFixture f;
  int64_t    begin;
  size_t     from;

  in_motion (&f, "desk-6");
  begin = f.clock.now_ns;
  from = bus_tap_count (&f.tap);
  lw_sim_bus_fail_servo (f.sim, 4, LW_DXL_HARDWARE_OVERLOAD);
  g_assert_cmpint (until_mode_left (&f, LW_MODE_RUNNING), <=, 50 * MS);
  g_assert_cmpint (fixture_state (&f).mode, ==, LW_MODE_FAULT);
  g_assert_cmpint (fixture_state (&f).reason, ==, LW_REASON_HARDWARE);
  fixture_run (&f, 0.3);
  g_assert_cmpint (bus_tap_last_new_goal (&f.tap, from) - begin, <=, 130 * MS);
  g_assert_true (f.samples[f.n_samples - 1].flags & LW_SAMPLE_ALERT);
  /* The cause is still there: a reset leads back into the fault. */
  fixture_request (&f, LW_REQUEST_RESET);
  fixture_run (&f, 0.1);
  g_assert_cmpint (fixture_state (&f).mode, ==, LW_MODE_FAULT);
  fixture_clear (&f);
}

/* The servos ignore the goals of a run: the arm is not where it is told to be, and the run ends. */
static void
test_tracking (void)
{
  ArmFixture f;

  in_motion (&f, "arm-7");
  lw_sim_bus_set_faults (f.sim, LW_SIM_FAULT_IGNORE_GOALS);
  g_assert_cmpint (until_mode_left (&f, LW_MODE_RUNNING), <=, 1000 * MS);
  g_assert_cmpint (fixture_state (&f).mode, ==, LW_MODE_STOPPED);
  g_assert_cmpint (fixture_state (&f).reason, ==, LW_REASON_TRACKING);
  g_assert_true (fixture_state (&f).run_aborted);
  lw_sim_bus_set_faults (f.sim, LW_SIM_FAULT_NONE);
  fixture_run (&f, 2);
  g_assert_true (fixture_state (&f).stop_confirmed);
  fixture_clear (&f);
}

/* The lag of a servo at full speed is no reason for alarm. */
static void
test_fast_motion_is_followed (void)
{
  const char *arms[] = { "planar-2", "planar-7", "desk-6", "arm-7" };

  for (size_t i = 0; i < G_N_ELEMENTS (arms); i++)
    {
      ArmFixture f;

      fixture_init (&f, arms[i]);
      fixture_connect (&f);
      fixture_arm (&f);
      fixture_cycle (&f);
      fixture_start (&f, 0, 1.2, 0.1); /* retimed to the joint's own limits */
      fixture_until (&f, LW_MODE_ARMED, 10);
      g_assert_false (fixture_state (&f).run_aborted);
      fixture_clear (&f);
    }
}

/* The window hangs while the arm runs: it stops by itself after 500 ms, and only then, and only while Running. */
static void
test_main_loop (void)
{
  for (int watch = 0; watch < 2; watch++)
    {
      ArmFixture f;

      fixture_init (&f, "planar-2");
      f.setup.watch_main_loop = watch;
      fixture_connect (&f);
      fixture_arm (&f);
      fixture_run (&f, 1); /* Armed: nobody is missed */
      fixture_start (&f, 0, 0.5, 3);
      for (int i = 0; i < 60; i++)
        {
          fixture_cycle (&f); /* the first one: the last sign of life is old, but was not missed */
          lw_arm_heartbeat (f.arm);
        }
      g_assert_cmpint (fixture_state (&f).mode, ==, LW_MODE_RUNNING);
      if (watch)
        {
          int64_t took = until_mode_left (&f, LW_MODE_RUNNING);

          g_assert_cmpint (took, >=, 480 * MS);
          g_assert_cmpint (took, <=, 540 * MS);
          g_assert_cmpint (fixture_state (&f).mode, ==, LW_MODE_STOPPED);
          g_assert_cmpint (fixture_state (&f).reason, ==, LW_REASON_MAIN_LOOP);
          fixture_run (&f, 0.45);
          g_assert_true (fixture_state (&f).stop_confirmed);
        }
      else
        fixture_until (&f, LW_MODE_ARMED, 5);
      fixture_clear (&f);
    }
}

/* product.md 9: whenever torque is on, the watchdog was armed before and has not been switched off since. */
static void
test_watchdog_is_armed (void)
{
  ArmFixture f;
  int        watchdog = 0, torque = 0;
  bool       was_on = false;

  in_motion (&f, "planar-2");
  fixture_until (&f, LW_MODE_ARMED, 5);
  fixture_request (&f, LW_REQUEST_GUIDE);
  fixture_until (&f, LW_MODE_GUIDE, 0.2);
  fixture_request (&f, LW_REQUEST_HOLD);
  fixture_until (&f, LW_MODE_HOLD, 0.2);
  fixture_request (&f, LW_REQUEST_RELEASE);
  fixture_until (&f, LW_MODE_CONNECTED, 5);
  fixture_cycle (&f);
  for (size_t i = 0; i < bus_tap_count (&f.tap); i++)
    {
      const BusTapEntry *entry = &f.tap.entries[i];

      if (entry->instruction != 0x83)
        continue;
      if (entry->address == ADDRESS_WATCHDOG)
        watchdog = entry->value[0];
      if (entry->address == ADDRESS_TORQUE)
        torque = entry->value[0];
      was_on = was_on || torque;
      if (torque)
        g_assert_cmpint (watchdog, >, 0);
    }
  g_assert_true (was_on);
  g_assert_cmpint (torque, ==, 0);
  fixture_clear (&f);
}

/* product.md 13: 2 % of the replies lost, 1 % broken: no fault, gaps marked and never filled, the counters say what was injected. */
static void
test_packet_loss (void)
{
  ArmFixture    f;
  double        seconds = lw_test_is_long () ? 180 : 20;
  LwBusCounters before, after;
  uint64_t      lost0, lost, corrupt0, corrupt;
  size_t        gaps = 0, stale = 0;

  fixture_init (&f, "planar-2");
  fixture_connect (&f);
  fixture_request (&f, LW_REQUEST_GUIDE);
  fixture_until (&f, LW_MODE_GUIDE, 0.2);
  before = fixture_state (&f).counters;
  lw_sim_bus_injected (f.sim, &lost0, &corrupt0);
  lw_sim_bus_set_loss (f.sim, 0.02, 0.01);
  f.n_samples = 0;
  fixture_run (&f, seconds);
  lw_sim_bus_set_loss (f.sim, 0, 0);
  fixture_run (&f, 0.1);
  lw_sim_bus_injected (f.sim, &lost, &corrupt);
  after = fixture_state (&f).counters;
  g_assert_cmpint (fixture_state (&f).mode, ==, LW_MODE_GUIDE);
  g_assert_cmpuint (lost - lost0, >, 30);
  for (size_t i = 1; i < f.n_samples; i++)
    {
      uint32_t step = f.samples[i].cycle - f.samples[i - 1].cycle;

      g_assert_cmpuint (step, >=, 1);
      gaps += step - 1;
      stale += (f.samples[i].flags & LW_SAMPLE_STALE) != 0;
    }
  /* Every cycle is either a sample or a gap. */
  g_assert_cmpuint (f.n_samples + gaps, ==, f.samples[f.n_samples - 1].cycle - f.samples[0].cycle + 1);
  g_test_message ("%zu samples, %zu gaps, %zu partly stale; injected %" G_GUINT64_FORMAT " + %" G_GUINT64_FORMAT ", counted %" G_GUINT64_FORMAT " + %" G_GUINT64_FORMAT, f.n_samples, gaps, stale,
                  lost - lost0, corrupt - corrupt0,
                  after.lost - before.lost, after.corrupt - before.corrupt);
  /* A reply (21 bytes) that came too late counts as lost and its bytes as late; nothing else may differ. */
  g_assert_cmpuint (after.lost - before.lost, ==, lost - lost0 + (after.late - before.late) / 21);
  g_assert_cmpuint (after.corrupt - before.corrupt, ==, corrupt - corrupt0);
  g_assert_cmpuint (f.n_samples, >, (size_t) (0.97 * 100 * seconds));
  fixture_clear (&f);
}

/* product.md 12: stamps are measured. Delays put in front of cycles come back in the stamps within 1 ms; jitter of the replies is in them too, so
 * equidistant stamps would be made up. */
static void
test_stamps_are_measured (void)
{
  ArmFixture f;
  int64_t    injected[400], delay = 0;
  size_t     different = 0;

  fixture_init (&f, "planar-2");
  f.config.jitter_us = 150;
  fixture_connect (&f);
  fixture_run (&f, 0.2);
  f.n_samples = 0;
  for (size_t i = 0; i < 400; i++)
    {
      int64_t begin = f.next_ns;

      delay = i % 50 == 20 ? 7 * MS : i % 37 == 5 ? 3 * MS : 0;
      f.clock.now_ns = MAX (f.clock.now_ns, begin + delay);
      injected[i] = begin + delay;
      fixture_cycle (&f);
      f.next_ns = begin + 10 * MS;
    }
  g_assert_cmpuint (f.n_samples, ==, 400);
  for (size_t i = 1; i < 400; i++)
    {
      int64_t period = f.samples[i].t_ns - f.samples[i - 1].t_ns;

      g_assert_cmpint (ABS (period - (injected[i] - injected[i - 1])), <, 1 * MS);
      g_assert_cmpint (ABS (f.samples[i].t_ns - injected[i]), <, 2 * MS);
      /* The request left and the answer came inside the stated uncertainty. */
      g_assert_cmpint (f.samples[i].round_trip_ns, >, 100000);
      g_assert_cmpint (f.samples[i].t_ns - f.samples[i].round_trip_ns / 2, >=, injected[i]);
      different += period != f.samples[1].t_ns - f.samples[0].t_ns && period != 10 * MS;
    }
  g_assert_cmpuint (different, >, 350); /* equidistant stamps fail here */
  fixture_clear (&f);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/arm/faults/cable-pulled", test_cable_pulled);
  g_test_add_func ("/arm/faults/silence", test_silence);
  g_test_add_func ("/arm/faults/alert", test_alert);
  g_test_add_func ("/arm/faults/tracking", test_tracking);
  g_test_add_func ("/arm/faults/fast-motion-is-followed", test_fast_motion_is_followed);
  g_test_add_func ("/arm/faults/main-loop", test_main_loop);
  g_test_add_func ("/arm/faults/watchdog-is-armed", test_watchdog_is_armed);
  g_test_add_func ("/arm/faults/packet-loss", test_packet_loss);
  g_test_add_func ("/arm/faults/stamps-are-measured", test_stamps_are_measured);
  return g_test_run ();
}
