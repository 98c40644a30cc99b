/* SPDX-License-Identifier: GPL-3.0-or-later */
/* 34. A servo grows hot while the arm moves: a warning, a controlled stop, both in the list of alarms; restarted only once the cause is gone. The clock is injected. */
#include <math.h>
#include <string.h>

#include "arm-fixture.h"
#include "on-both.h"

#define JOINT 1

/* Half a degree a second, faster than motors grow hot, while joint 0 goes to and fro. */
static void
grow_hot (ArmFixture *f)
{
  double celsius = 56;

  while (celsius < 80 && (fixture_state (f).mode == LW_MODE_ARMED || fixture_state (f).mode == LW_MODE_RUNNING))
    {
      if (fixture_state (f).mode == LW_MODE_ARMED)
        fixture_start (f, 0, 0.5, 2);
      lw_sim_bus_set_heat (f->sim, JOINT, celsius);
      celsius += 0.05;
      fixture_run (f, 0.1);
    }
}

/* The newest alarm of @level there is; NULL if none. */
static const LwAlarm *
find (const LwArmAlarms *alarms, LwAlarmLevel level)
{
  for (uint32_t back = 0; lw_arm_alarms_get (alarms, back) != NULL; back++)
    if (lw_arm_alarms_get (alarms, back)->kind == LW_ALARM_HOT && lw_arm_alarms_get (alarms, back)->level == level)
      return lw_arm_alarms_get (alarms, back);
  return NULL;
}

static void
test_ramp (gconstpointer data)
{
  ArmFixture     f;
  LwArmAlarms    alarms;
  const LwAlarm *warning, *stop;

  fixture_init_on (&f, "desk-6", protocol_of (data));
  fixture_connect (&f);
  fixture_arm (&f);
  fixture_cycle (&f);
  grow_hot (&f);
  fixture_run (&f, 0.6);
  lw_arm_get_alarms (f.arm, &alarms);
  warning = find (&alarms, LW_ALARM_WARNING);
  stop = find (&alarms, LW_ALARM_STOP);
  g_assert_nonnull (warning);
  g_assert_nonnull (stop);
  g_test_message ("a warning at %.0f °C, a stop at %.0f °C", warning->value, stop->value);
  g_assert_cmpfloat (fabs (warning->value - 60), <=, 1);
  g_assert_cmpfloat (fabs (stop->value - 70), <=, 1);
  g_assert_cmpint (warning->joint, ==, JOINT);
  g_assert_cmpuint (stop->number, >, warning->number);
  g_assert_cmpint (stop->t_ns, >, warning->t_ns);
  g_assert_cmpint (fixture_state (&f).reason, ==, LW_REASON_HOT);
  g_assert_cmpint (fixture_state (&f).mode, ==, LW_MODE_STOPPED);
  g_assert_true (fixture_state (&f).stop_confirmed); /* controlled: it holds, and was read back */
  g_assert_false (fixture_state (&f).limp);
  fixture_clear (&f);
}

/* Hotter at once than it can bear, the servo itself lets go. */
static void
test_restart (gconstpointer data)
{
  ArmFixture f;
  size_t     from;

  fixture_init_on (&f, "desk-6", protocol_of (data));
  fixture_connect (&f);
  fixture_arm (&f);
  fixture_cycle (&f);
  lw_sim_bus_set_heat (f.sim, JOINT, 95);
  for (int i = 0; i < 300 && fixture_state (&f).mode == LW_MODE_ARMED; i++)
    fixture_cycle (&f);
  g_assert_cmpint (fixture_state (&f).mode, ==, LW_MODE_FAULT);
  g_assert_cmpint (fixture_state (&f).reason, ==, LW_REASON_HARDWARE);
  fixture_run (&f, 3);
  for (int i = 0; i < 2; i++) /* 95 °C, and then what is still too much */
    {
      g_autoptr (GError) error = NULL;

      lw_sim_bus_set_heat (f.sim, JOINT, i == 0 ? 90 : 62);
      fixture_run (&f, 1.5);
      from = bus_tap_count (&f.tap);
      g_assert_false (lw_arm_reboot (f.arm, JOINT, &error));
      g_assert_nonnull (strstr (error->message, "°C"));
      fixture_run (&f, 0.2);
      for (size_t k = from; k < bus_tap_count (&f.tap); k++)
        g_assert_cmphex (f.tap.entries[k].instruction, !=, 0x08);
    }
  lw_sim_bus_set_heat (f.sim, JOINT, 35);
  fixture_run (&f, 2);
  from = bus_tap_count (&f.tap);
  g_assert_true (lw_arm_reboot (f.arm, JOINT, NULL));
  fixture_run (&f, 4);
  for (; from < bus_tap_count (&f.tap) && f.tap.entries[from].instruction != 0x08; from++)
    ;
  g_assert_cmpuint (from, <, bus_tap_count (&f.tap));
  g_assert_cmpint (fixture_state (&f).mode, ==, LW_MODE_FAULT); /* by itself it does not go on */
  fixture_request (&f, LW_REQUEST_RESET);
  fixture_until (&f, LW_MODE_CONNECTED, 0.5);
  fixture_run (&f, 0.5);
  fixture_arm (&f);
  fixture_clear (&f);
}

int
main (int argc, char *argv[])
{
  static const ProductTest tests[] = {
    { "/product/34-ramp", test_ramp },
    { "/product/34-restart-after-the-cause", test_restart },
  };

  g_test_init (&argc, &argv, NULL);
  add_on_both (tests, G_N_ELEMENTS (tests));
  return g_test_run ();
}
