/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What goes wrong in the moment torque comes on, goes off, or is thought to stay: a hand, a lost word, a tripped watchdog, a servo that gives up. */
#include <glib.h>
#include <math.h>
#include <string.h>

#include "fake-bus.h"
#include "lw-assert-close.h"

#define MS G_GINT64_CONSTANT (1000000)

/* A watchdog that has triggered takes no goal before it is cleared: then the one where the arm stands, and only then it may follow goals again. */
static void
test_triggered_watchdog (void)
{
  FakeArm f;
  double  before[LW_MAX_JOINTS];

  fake_arm_init (&f, "desk-6", FAKE_ALL);
  for (size_t j = 0; j < 6; j++)
    f.bus->powered[j] = true;
  f.bus->triggered = true;
  f.bus->goal[0] += 0.8;
  memcpy (before, f.bus->shaft, sizeof before);
  fake_arm_connect (&f);
  fake_arm_run (&f, 0.2);
  g_assert_true (f.bus->triggered); /* looking writes nothing */
  fake_arm_request (&f, LW_REQUEST_HOLD);
  fake_arm_until (&f, LW_MODE_HOLD, 0.1);
  fake_arm_run (&f, 0.3);
  g_assert_false (f.bus->triggered);
  g_assert_cmpuint (f.bus->wrong, ==, 0);
  g_assert_cmpuint (f.bus->watchdog_ms, ==, 200);
  lw_assert_close_array (f.bus->shaft, before, 6, 0, 1e-5);
  fake_arm_clear (&f);
}

/* A hand moves the arm in the moment its torque comes on: it is held where the hand has left it, and does not go back. So also when the reading that would have told at
 * once, or the goal behind it, is lost. */
static void
test_jolted (void)
{
  static const struct {
    double   jolt;
    unsigned lost_reads, lost_goals;
  } cases[] = { { 0.2, 0, 0 }, { 0.5, 0, 0 }, { 0.5, 1, 0 }, { 0.5, 0, 1 } };

  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    for (int watched = 0; watched < 2; watched++)
      {
        FakeArm f;
        double  before;

        fake_arm_init (&f, "desk-6", watched ? FAKE_ALL : LW_BUS_READS_BACK);
        fake_arm_connect (&f);
        f.bus->v_max = 1;
        f.bus->jolt = cases[i].jolt;
        f.bus->lost_reads = cases[i].lost_reads;
        f.bus->lost_goals = cases[i].lost_goals;
        before = f.bus->shaft[0];
        fake_arm_request (&f, LW_REQUEST_HOLD);
        fake_arm_until (&f, LW_MODE_HOLD, 0.3);
        fake_arm_run (&f, 1);
        g_assert_cmpuint (f.bus->lost_reads + f.bus->lost_goals, ==, 0);
        g_assert_cmpint (fake_arm_state (&f).mode, ==, LW_MODE_HOLD);
        lw_assert_close (f.bus->shaft[0] - before, cases[i].jolt, 0, cases[i].lost_reads + cases[i].lost_goals > 0 ? 0.2 : 0.02);
        lw_assert_close (fake_arm_state (&f).goal[0], fake_arm_state (&f).q[0], 0, 1e-3);
        fake_arm_clear (&f);
      }
}

/* What is held is where the arm is: of a reading that was lost nothing is known, and a hand may have gone on since. */
static void
test_lost_before_power (void)
{
  FakeArm f;
  double  before;

  fake_arm_init (&f, "desk-6", FAKE_ALL);
  fake_arm_connect (&f);
  fake_arm_run (&f, 0.1);
  f.bus->shaft[0] += 0.04;
  before = f.bus->shaft[0];
  f.bus->missed = true;
  fake_arm_request (&f, LW_REQUEST_HOLD);
  fake_arm_until (&f, LW_MODE_HOLD, 0.2);
  fake_arm_run (&f, 0.3);
  g_assert_false (f.bus->missed);
  lw_assert_close (f.bus->shaft[0], before, 0, 1e-9);
  fake_arm_clear (&f);
}

/* A servo that did not hear that its torque goes off: the arm is not in anybody's hands before all of them are limp. */
static void
test_lost_release (void)
{
  FakeArm f;

  fake_arm_init (&f, "desk-6", FAKE_ALL);
  fake_arm_connect (&f);
  fake_arm_request (&f, LW_REQUEST_HOLD);
  fake_arm_until (&f, LW_MODE_HOLD, 0.2);
  f.bus->lost_offs = 2;
  fake_arm_request (&f, LW_REQUEST_GUIDE);
  for (int i = 0; i < 30; i++)
    {
      fake_arm_cycle (&f);
      g_assert_true (fake_arm_state (&f).mode == LW_MODE_HOLD || !f.bus->powered[0]);
    }
  g_assert_cmpuint (f.bus->lost_offs, ==, 0);
  g_assert_cmpint (fake_arm_state (&f).mode, ==, LW_MODE_GUIDE);
  fake_arm_clear (&f);
}

/* Stop while torque goes off, which one servo did not hear: limp is what was asked for, and it is said until it holds, then confirmed. */
static void
test_stop_in_a_release (void)
{
  for (int found = 0; found < 2; found++)
    {
      FakeArm f;

      fake_arm_init (&f, "desk-6", FAKE_ALL);
      for (size_t j = 0; j < 6; j++)
        f.bus->powered[j] = found;
      fake_arm_connect (&f);
      if (!found)
        {
          fake_arm_request (&f, LW_REQUEST_HOLD);
          fake_arm_until (&f, LW_MODE_HOLD, 0.2);
        }
      f.bus->lost_offs = 3;
      fake_arm_request (&f, LW_REQUEST_GUIDE);
      fake_arm_cycle (&f);
      g_assert_true (fake_arm_state (&f).limp);
      g_assert_cmpuint (f.bus->lost_offs, ==, 2);
      lw_arm_stop (f.arm);
      fake_arm_run (&f, 0.3);
      g_assert_cmpint (fake_arm_state (&f).mode, ==, LW_MODE_STOPPED);
      g_assert_true (fake_arm_state (&f).stop_confirmed);
      for (size_t j = 0; j < 6; j++)
        g_assert_false (f.bus->powered[j]);
      fake_arm_clear (&f);
    }
}

/* A servo gives up as the arm is stopped, or after the Stop was confirmed: it stands, but the arm does not say that it is held. */
static void
test_gives_up_at_a_stop (void)
{
  for (int after = 0; after < 2; after++)
    {
      FakeArm f;

      fake_arm_init (&f, "desk-6", FAKE_ALL);
      fake_arm_connect (&f);
      fake_arm_request (&f, LW_REQUEST_HOLD);
      fake_arm_until (&f, LW_MODE_HOLD, 0.2);
      lw_arm_stop (f.arm);
      if (after)
        {
          fake_arm_run (&f, 0.3);
          g_assert_true (fake_arm_state (&f).stop_confirmed);
        }
      f.bus->error[0] = 0x20;
      f.bus->powered[0] = false;
      fake_arm_run (&f, 0.3);
      g_assert_cmpint (fake_arm_state (&f).mode, ==, LW_MODE_FAULT);
      g_assert_cmpint (fake_arm_state (&f).reason, ==, LW_REASON_HARDWARE);
      g_assert_false (fake_arm_state (&f).stop_confirmed);
      fake_arm_clear (&f);
    }
}

static void
begin_moving (FakeArm *f, double v_max)
{
  double q[LW_MAX_JOINTS];

  fake_arm_init (f, "desk-6", FAKE_ALL);
  fake_arm_connect (f);
  fake_arm_arm (f);
  f->bus->v_max = v_max;
  lw_arm_get_start (f->arm, q);
  q[0] += q[0] < 0 ? 1.5 : -1.5;
  g_assert_true (lw_arm_move_to (f->arm, q, NULL));
}

/* Stop between two cycles: as much of the deceleration as the time that has passed, and no more. */
static void
test_stop_between_cycles (void)
{
  FakeArm         f;
  const FakeGoal *goals;
  double          period, since;

  begin_moving (&f, 10);
  fake_arm_run (&f, 0.4);
  period = 1 / f.setup.rate_hz;
  goals = &f.bus->goals[f.bus->n_goals - 2];
  g_assert_cmpfloat (fabs (goals[1].angle[0] - goals[0].angle[0]), >, 0.001);
  f.clock.now_ns = f.next_ns - 7 * MS;
  lw_arm_stop (f.arm);
  lw_arm_cycle (f.arm);
  since = 1e-9 * (double) (goals[2].t_ns - goals[1].t_ns);
  g_assert_cmpfloat (since, <, 0.5 * period);
  g_assert_cmpfloat (fabs (goals[2].angle[0] - goals[1].angle[0]), >, 0);
  g_assert_cmpfloat (fabs (goals[2].angle[0] - goals[1].angle[0]), <=, fabs (goals[1].angle[0] - goals[0].angle[0]) * since / period);
  fake_arm_clear (&f);
}

/* Stop pressed again before the first was seen: what was promised counts from the first. */
static void
test_stop_twice (void)
{
  FakeArm f;
  int64_t call;

  begin_moving (&f, 10);
  fake_arm_run (&f, 0.4);
  f.bus->deaf = true;
  call = f.clock.now_ns;
  lw_arm_stop (f.arm);
  f.next_ns += 200 * MS; /* the thread was held up */
  f.clock.now_ns += 190 * MS;
  lw_arm_stop (f.arm);
  while (fake_arm_state (&f).reason != LW_REASON_NOT_CONFIRMED && f.clock.now_ns - call < 900 * MS)
    fake_arm_cycle (&f);
  g_assert_cmpint (f.clock.now_ns - call, <=, 500 * MS);
  g_assert_cmpint (fake_arm_state (&f).mode, ==, LW_MODE_FAULT);
  fake_arm_clear (&f);
}

/* An arm that is blocked stands, but a servo that did not hear the Stop still wants to go on: that is no Stop. Nor is a pose that is still while a joint has speed. */
static void
test_stands_but_not_stopped (void)
{
  for (int creeping = 0; creeping < 2; creeping++)
    {
      FakeArm f;

      begin_moving (&f, creeping ? 10 : 0);
      fake_arm_run (&f, 0.15);
      f.bus->lost_goals = creeping ? 0 : 1000;
      f.bus->creep = creeping ? 0.2 : 0;
      lw_arm_stop (f.arm);
      for (int i = 0; i < 60; i++)
        {
          fake_arm_cycle (&f);
          g_assert_false (fake_arm_state (&f).stop_confirmed);
        }
      g_assert_cmpint (fake_arm_state (&f).mode, ==, LW_MODE_FAULT);
      g_assert_cmpint (fake_arm_state (&f).reason, ==, LW_REASON_NOT_CONFIRMED);
      f.bus->lost_goals = 0;
      f.bus->creep = 0;
      fake_arm_run (&f, 0.3);
      g_assert_true (fake_arm_state (&f).stop_confirmed);
      fake_arm_clear (&f);
    }
}

/* A servo that restarts is silent for a while, and that is no fault; one that falls silent by itself is. Its last load does not count on. */
static void
test_one_falls_silent (void)
{
  for (int restarts = 0; restarts < 2; restarts++)
    {
      FakeArm     f;
      LwArmAlarms alarms;

      fake_arm_init (&f, "desk-6", FAKE_ALL);
      fake_arm_connect (&f);
      fake_arm_run (&f, 0.2);
      f.bus->load[1] = 1.05 * lw_arm_model_joints (f.model)[1].tau_max;
      if (restarts)
        g_assert_true (lw_arm_reboot (f.arm, 1, NULL));
      fake_arm_run (&f, 0.05);
      f.bus->mute = 1 << 1;
      fake_arm_run (&f, 0.5);
      g_assert_cmpint (fake_arm_state (&f).mode, ==, restarts ? LW_MODE_CONNECTED : LW_MODE_FAULT);
      if (!restarts)
        g_assert_cmpint (fake_arm_state (&f).reason, ==, LW_REASON_NO_ANSWER);
      fake_arm_run (&f, 3);
      lw_arm_get_alarms (f.arm, &alarms);
      g_assert_cmpint (alarms.levels[LW_ALARM_LOAD][1], ==, LW_ALARM_OVER);
      fake_arm_clear (&f);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/arm/mishaps/triggered-watchdog", test_triggered_watchdog);
  g_test_add_func ("/arm/mishaps/jolted", test_jolted);
  g_test_add_func ("/arm/mishaps/lost-before-power", test_lost_before_power);
  g_test_add_func ("/arm/mishaps/lost-release", test_lost_release);
  g_test_add_func ("/arm/mishaps/stop-in-a-release", test_stop_in_a_release);
  g_test_add_func ("/arm/mishaps/gives-up-at-a-stop", test_gives_up_at_a_stop);
  g_test_add_func ("/arm/mishaps/stop-between-cycles", test_stop_between_cycles);
  g_test_add_func ("/arm/mishaps/stop-twice", test_stop_twice);
  g_test_add_func ("/arm/mishaps/stands-but-not-stopped", test_stands_but_not_stopped);
  g_test_add_func ("/arm/mishaps/one-falls-silent", test_one_falls_silent);
  return g_test_run ();
}
