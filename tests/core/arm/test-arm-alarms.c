/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Heat, voltage, load and hardware errors on an arm: what is said, what stops it, and the way back. The line's own figures. */
#include <glib.h>
#include <math.h>
#include <string.h>

#include "fake-bus.h"
#include "lw-assert-close.h"

static LwArmAlarms
alarms_of (FakeArm *f)
{
  LwArmAlarms alarms;

  memset (&alarms, 0xff, sizeof alarms);
  lw_arm_get_alarms (f->arm, &alarms);
  return alarms;
}

static void
begin (FakeArm *f, unsigned abilities)
{
  fake_arm_init (f, "desk-6", abilities);
  fake_arm_connect (f);
  fake_arm_arm (f);
}

static void
move_slowly (FakeArm *f)
{
  double q[LW_MAX_JOINTS];

  lw_arm_set_speed (f->arm, 0.1);
  lw_arm_get_start (f->arm, q);
  q[0] += q[0] < 0 ? 1.5 : -1.5;
  g_assert_true (lw_arm_move_to (f->arm, q, NULL));
}

/* product.md 34: a servo grows hot. First a warning and no more; then a controlled stop that stays; arming is refused, lowering is not; cool again, it goes on. */
static void
test_temperature_ramp (void)
{
  FakeArm            f;
  g_autoptr (GError) error = NULL;
  LwArmAlarms        alarms;
  size_t             last;

  begin (&f, FAKE_ALL);
  move_slowly (&f);
  for (f.bus->temperature[2] = 40; f.bus->temperature[2] < 64; f.bus->temperature[2] += 0.5)
    fake_arm_run (&f, 0.2);
  alarms = alarms_of (&f);
  g_assert_cmpuint (alarms.n, ==, 1);
  g_assert_cmpint (lw_arm_alarms_get (&alarms, 0)->kind, ==, LW_ALARM_HOT);
  g_assert_cmpint (lw_arm_alarms_get (&alarms, 0)->level, ==, LW_ALARM_WARNING);
  g_assert_cmpuint (lw_arm_alarms_get (&alarms, 0)->joint, ==, 2);
  g_assert_null (lw_arm_alarms_get (&alarms, 1));
  g_assert_cmpint (alarms.levels[LW_ALARM_HOT][2], ==, LW_ALARM_WARNING);
  g_assert_cmpint (fake_arm_state (&f).mode, ==, LW_MODE_ARMED);

  move_slowly (&f);
  fake_arm_run (&f, 0.5);
  f.bus->temperature[2] = 71;
  fake_arm_until (&f, LW_MODE_STOPPED, 1);
  g_assert_cmpint (fake_arm_state (&f).reason, ==, LW_REASON_HOT);
  fake_arm_run (&f, 0.4);
  g_assert_true (fake_arm_state (&f).stop_confirmed);
  g_assert_false (fake_arm_state (&f).limp);
  last = f.bus->n_goals;
  fake_arm_run (&f, 2);
  g_assert_cmpuint (f.bus->n_goals, ==, last);
  g_assert_cmpint (fake_arm_state (&f).mode, ==, LW_MODE_STOPPED);

  fake_arm_request (&f, LW_REQUEST_RESET);
  fake_arm_until (&f, LW_MODE_CONNECTED, 0.2);
  fake_arm_request (&f, LW_REQUEST_HOLD);
  fake_arm_until (&f, LW_MODE_HOLD, 0.2);
  g_assert_false (lw_arm_request (f.arm, LW_REQUEST_ARM, &error));
  g_assert_error (error, LW_ARM_ERROR, LW_ARM_ERROR_FAILED);
  g_assert_nonnull (strstr (error->message, "servo 3 (elbow_flex)"));
  g_assert_nonnull (strstr (error->message, "Hot"));
  g_clear_error (&error);
  fake_arm_request (&f, LW_REQUEST_LOWER);
  fake_arm_until (&f, LW_MODE_CONNECTED, 20);
  g_assert_true (fake_arm_state (&f).limp);
  f.bus->temperature[2] = 40;
  fake_arm_run (&f, 1);
  g_assert_cmpint (alarms_of (&f).levels[LW_ALARM_HOT][2], ==, LW_ALARM_OVER);
  fake_arm_arm (&f);
  fake_arm_clear (&f);
}

/* Guided by hand, a hot or starved servo is told and nothing else: there is nothing to stop. */
static void
test_limp (void)
{
  FakeArm f;

  fake_arm_init (&f, "planar-2", FAKE_ALL);
  fake_arm_connect (&f);
  fake_arm_request (&f, LW_REQUEST_GUIDE);
  fake_arm_until (&f, LW_MODE_GUIDE, 0.1);
  f.bus->temperature[0] = 80;
  fake_arm_run (&f, 1);
  g_assert_cmpint (alarms_of (&f).levels[LW_ALARM_HOT][0], ==, LW_ALARM_STOP);
  g_assert_cmpint (fake_arm_state (&f).mode, ==, LW_MODE_GUIDE);
  g_assert_cmpuint (f.bus->n_writes, ==, 0);
  fake_arm_clear (&f);
}

static void
test_voltage (void)
{
  const struct {
    double   voltage;
    LwReason reason;
  } cases[] = { { 9.2, LW_REASON_VOLTAGE_LOW }, { 16.5, LW_REASON_VOLTAGE_HIGH } };

  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      FakeArm f;

      begin (&f, FAKE_ALL);
      f.bus->voltage[1] = cases[i].voltage;
      fake_arm_until (&f, LW_MODE_STOPPED, 3);
      g_assert_cmpint (fake_arm_state (&f).reason, ==, cases[i].reason);
      fake_arm_clear (&f);
    }
}

/* Full strength for two seconds: in motion and on the way down alike. */
static void
test_load (void)
{
  for (int lowering = 0; lowering < 2; lowering++)
    {
      FakeArm f;
      int64_t begun;

      begin (&f, FAKE_ALL);
      if (lowering)
        {
          double q[LW_MAX_JOINTS];

          lw_arm_get_start (f.arm, q);
          q[0] += 1.6;
          g_assert_true (lw_arm_move_to (f.arm, q, NULL));
          fake_arm_run (&f, 4);
        }
      begun = f.clock.now_ns;
      f.bus->load[3] = -lw_arm_model_joints (f.model)[3].tau_max;
      if (lowering)
        {
          fake_arm_run (&f, 1);
          fake_arm_request (&f, LW_REQUEST_RELEASE);
          fake_arm_until (&f, LW_MODE_RUNNING, 0.1);
        }
      fake_arm_until (&f, LW_MODE_STOPPED, 3);
      lw_assert_close (1e-9 * (double) (f.clock.now_ns - begun), 2, 0, 0.05);
      g_assert_cmpint (fake_arm_state (&f).reason, ==, LW_REASON_LOAD);
      g_assert_cmpuint (alarms_of (&f).n, ==, 2);
      fake_arm_clear (&f);
    }
}

/* More alarms than are kept: the last sixteen, with their numbers. */
static void
test_ring (void)
{
  FakeArm     f;
  LwArmAlarms alarms;

  fake_arm_init (&f, "planar-2", FAKE_ALL);
  fake_arm_connect (&f);
  for (int i = 0; i < 25; i++)
    {
      f.bus->temperature[i % 2] = f.bus->temperature[i % 2] > 50 ? 30 : 62;
      fake_arm_run (&f, 0.5);
    }
  alarms = alarms_of (&f);
  g_assert_cmpuint (alarms.n, ==, 25);
  for (uint32_t back = 0; back < 16; back++)
    {
      g_assert_cmpuint (lw_arm_alarms_get (&alarms, back)->number, ==, 25 - back);
      if (back > 0)
        g_assert_cmpint (lw_arm_alarms_get (&alarms, back)->t_ns, <, lw_arm_alarms_get (&alarms, back - 1)->t_ns);
    }
  g_assert_null (lw_arm_alarms_get (&alarms, 16));
  fake_arm_clear (&f);
}

/* product.md 34: restarted only after the cause is gone, then powered again without a reconnection. */
static void
test_reboot (void)
{
  FakeArm            f;
  g_autoptr (GError) error = NULL;
  double             before[LW_MAX_JOINTS];

  begin (&f, FAKE_ALL);
  g_assert_false (lw_arm_reboot (f.arm, 1, &error)); /* not in Armed */
  g_assert_error (error, LW_ARM_ERROR, LW_ARM_ERROR_MODE);
  g_clear_error (&error);
  f.bus->temperature[1] = 74;
  f.bus->error[1] = 4;
  f.bus->powered[1] = false;
  fake_arm_until (&f, LW_MODE_FAULT, 0.1);
  g_assert_cmpint (fake_arm_state (&f).reason, ==, LW_REASON_HARDWARE);
  fake_arm_run (&f, 0.5);
  g_assert_cmpint (alarms_of (&f).levels[LW_ALARM_HARDWARE][1], ==, LW_ALARM_STOP);

  g_assert_false (lw_arm_reboot (f.arm, 1, &error));
  g_assert_error (error, LW_ARM_ERROR, LW_ARM_ERROR_FAILED);
  g_assert_nonnull (strstr (error->message, "74 °C"));
  g_assert_nonnull (strstr (error->message, "below 55 °C"));
  g_clear_error (&error);
  f.bus->temperature[1] = 50;
  f.bus->voltage[1] = 8;
  fake_arm_run (&f, 2);
  g_assert_false (lw_arm_reboot (f.arm, 1, &error));
  g_assert_nonnull (strstr (error->message, "8.0 V"));
  g_clear_error (&error);
  g_assert_cmpuint (f.bus->n_reboots, ==, 0);
  f.bus->voltage[1] = 12;
  fake_arm_run (&f, 2);

  memcpy (before, f.bus->shaft, sizeof before);
  g_assert_true (lw_arm_reboot (f.arm, 1, NULL));
  fake_arm_run (&f, 3);
  g_assert_cmpuint (f.bus->n_reboots, ==, 1);
  g_assert_cmpint (fake_arm_state (&f).mode, ==, LW_MODE_FAULT); /* latched */
  g_assert_cmpint (alarms_of (&f).levels[LW_ALARM_HARDWARE][1], ==, LW_ALARM_OVER);
  fake_arm_request (&f, LW_REQUEST_RESET);
  fake_arm_until (&f, LW_MODE_CONNECTED, 0.2);
  fake_arm_run (&f, 0.5);
  g_assert_cmpint (fake_arm_state (&f).mode, ==, LW_MODE_CONNECTED);
  fake_arm_arm (&f);
  lw_assert_close_array (f.bus->shaft, before, 6, 0, 1e-6);
  fake_arm_clear (&f);

  begin (&f, LW_BUS_READS_BACK);
  f.bus->error[1] = 4;
  fake_arm_until (&f, LW_MODE_FAULT, 0.1);
  g_assert_false (lw_arm_reboot (f.arm, 1, &error));
  g_assert_error (error, LW_ARM_ERROR, LW_ARM_ERROR_FAILED);
  fake_arm_clear (&f);
}

/* product.md 23: a slow adapter is measured: what a question takes, and how many readings a second that leaves. */
static void
test_link (void)
{
  FakeArm   f;
  LwArmLink link;

  fake_arm_init (&f, "planar-2", FAKE_ALL);
  f.bus->slow_ns = 16200000;
  f.setup.rate_hz = 50;
  fake_arm_connect (&f);
  lw_arm_get_link (f.arm, &link);
  g_assert_true (isnan (link.round_trip_median));
  lw_assert_close (link.temperature[1], 30, 0, 0);
  fake_arm_run (&f, 4);
  f.bus->slow_ns = 18000000;
  fake_arm_run (&f, 0.12);
  g_assert_cmpuint (fake_arm_state (&f).cycle, >, 4);
  lw_arm_get_link (f.arm, &link);
  g_assert_cmpuint (link.n_servos, ==, 2);
  lw_assert_close (link.round_trip_median, 0.0162, 1e-9, 0);
  lw_assert_close (link.round_trip_p99, 0.018, 1e-9, 0);
  lw_assert_close (link.achievable_hz, 1 / 0.0162, 1e-6, 0);
  lw_assert_close (link.latency, 0.0162, 1e-9, 0); /* heat is read on such a line, too */
  fake_arm_clear (&f);

  fake_arm_init (&f, "planar-2", FAKE_ALL);
  f.bus->slow_ns = 700000;
  fake_arm_connect (&f);
  fake_arm_run (&f, 3);
  lw_arm_get_link (f.arm, &link);
  lw_assert_close (link.latency, 0.0007, 1e-9, 0);
  lw_assert_close (link.voltage[0], 12, 0, 0);
  fake_arm_clear (&f);
}

/* Servos that know no torque give their load as a fraction of what they can. */
static void
test_load_as_a_fraction (void)
{
  FakeArm f;

  fake_arm_init (&f, "desk-6", FAKE_ALL);
  f.bus->fraction = true;
  fake_arm_connect (&f);
  fake_arm_arm (&f);
  f.bus->load[1] = 0.99;
  fake_arm_until (&f, LW_MODE_STOPPED, 3);
  g_assert_cmpint (fake_arm_state (&f).reason, ==, LW_REASON_LOAD);
  fake_arm_clear (&f);
}

/* An error that no reading carries is found when the servo is asked for its health. */
static void
test_quiet_error (void)
{
  FakeArm f;

  begin (&f, FAKE_ALL);
  f.bus->quiet = true;
  f.bus->error[3] = 0x20;
  fake_arm_until (&f, LW_MODE_FAULT, 1);
  g_assert_cmpint (fake_arm_state (&f).reason, ==, LW_REASON_HARDWARE);
  fake_arm_clear (&f);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/product/34-temperature-ramp", test_temperature_ramp);
  g_test_add_func ("/product/34-reboot-after-the-cause", test_reboot);
  g_test_add_func ("/product/23-link-is-measured", test_link);
  g_test_add_func ("/arm/alarms/limp", test_limp);
  g_test_add_func ("/arm/alarms/voltage", test_voltage);
  g_test_add_func ("/arm/alarms/load", test_load);
  g_test_add_func ("/arm/alarms/ring", test_ring);
  g_test_add_func ("/arm/alarms/load-as-a-fraction", test_load_as_a_fraction);
  g_test_add_func ("/arm/alarms/quiet-error", test_quiet_error);
  return g_test_run ();
}
