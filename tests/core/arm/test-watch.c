/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib.h>
#include <math.h>
#include <string.h>

#include "lw-assert-close.h"
#include "lw-rng.h"
#include "lw-watch.h"

#define S G_GINT64_CONSTANT (1000000000)

static LwWatch
as_set_out (void)
{
  LwWatchSettings settings;
  LwWatch         watch;

  lw_watch_settings_init (&settings);
  lw_watch_init (&watch, &settings);
  return watch;
}

/* Up a ramp and down again: each level once each way, at its threshold going up, the hysteresis below it coming down. */
static void
test_ramp (void)
{
  LwWatch watch = as_set_out ();
  LwAlarm seen[8];
  size_t  n = 0;

  for (int i = 0; i <= 1000; i++)
    {
      double value = i <= 500 ? 30 + 0.1 * i : 80 - 0.1 * (i - 500);

      n += lw_watch_add (&watch, LW_ALARM_HOT, 3, value, S + i * S / 10, &seen[n]);
      g_assert_cmpuint (n, <, 8);
    }
  g_assert_cmpuint (n, ==, 4);
  const struct {
    LwAlarmLevel level;
    double       value;
  } expected[] = { { LW_ALARM_WARNING, 60 }, { LW_ALARM_STOP, 70 }, { LW_ALARM_WARNING, 65 }, { LW_ALARM_OVER, 55 } };
  for (size_t i = 0; i < n; i++)
    {
      g_assert_cmpint (seen[i].kind, ==, LW_ALARM_HOT);
      g_assert_cmpint (seen[i].level, ==, expected[i].level);
      g_assert_cmpuint (seen[i].number, ==, i + 1);
      g_assert_cmpuint (seen[i].joint, ==, 3);
      lw_assert_close (seen[i].value, expected[i].value, 0, 0.11);
    }
}

/* A leap past both thresholds is one change; the way back over both is one, too. */
static void
test_leap (void)
{
  LwWatch watch = as_set_out ();
  LwAlarm alarm;

  g_assert_true (lw_watch_add (&watch, LW_ALARM_HOT, 0, 90, S, &alarm));
  g_assert_cmpint (alarm.level, ==, LW_ALARM_STOP);
  g_assert_true (lw_watch_add (&watch, LW_ALARM_HOT, 0, 25, 2 * S, &alarm));
  g_assert_cmpint (alarm.level, ==, LW_ALARM_OVER);
  g_assert_cmpuint (alarm.number, ==, 2);
}

/* Back from a stop to where no warning would begin, but where one is not over either. */
static void
test_back_into_a_warning (void)
{
  LwWatch watch = as_set_out ();
  LwAlarm alarm;

  g_assert_true (lw_watch_add (&watch, LW_ALARM_HOT, 0, 90, S, &alarm));
  g_assert_true (lw_watch_add (&watch, LW_ALARM_HOT, 0, 57, 2 * S, &alarm));
  g_assert_cmpint (alarm.level, ==, LW_ALARM_WARNING);
  g_assert_true (lw_watch_add (&watch, LW_ALARM_HOT, 0, 54, 3 * S, &alarm));
  g_assert_cmpint (alarm.level, ==, LW_ALARM_OVER);
}

/* Without a threshold for warnings a stop is over once its own is passed. */
static void
test_no_warning (void)
{
  LwWatchSettings settings;
  LwWatch         watch;
  LwAlarm         alarm;

  lw_watch_settings_init (&settings);
  settings.thresholds[LW_ALARM_HOT].warning = NAN;
  lw_watch_init (&watch, &settings);
  g_assert_true (lw_watch_add (&watch, LW_ALARM_HOT, 0, 71, S, &alarm));
  g_assert_cmpint (alarm.level, ==, LW_ALARM_STOP);
  g_assert_false (lw_watch_add (&watch, LW_ALARM_HOT, 0, 66, 2 * S, &alarm));
  g_assert_true (lw_watch_add (&watch, LW_ALARM_HOT, 0, 64, 3 * S, &alarm));
  g_assert_cmpint (alarm.level, ==, LW_ALARM_OVER);
}

/* Noise about a threshold, less than the hysteresis, is one alarm. */
static void
test_noise (void)
{
  LwWatch watch = as_set_out ();
  LwAlarm alarm;
  LwRng   rng;
  size_t  n = 0;

  lw_rng_init (&rng, 5, LW_RNG_TEST, 0, 0);
  for (int i = 0; i < 10000; i++)
    n += lw_watch_add (&watch, LW_ALARM_HOT, 0, 60 + 4.9 * (2 * lw_rng_uniform (&rng) - 1), S + i * S / 10, &alarm);
  g_assert_cmpuint (n, ==, 1);
}

/* Held for a second, full load is a warning, for two a stop; a breath in between starts the count again. */
static void
test_hold (void)
{
  LwWatch watch = as_set_out ();
  LwAlarm alarm;
  int64_t t = S;

  for (int round = 0; round < 5; round++)
    {
      for (int i = 0; i < 99; i++)
        g_assert_false (lw_watch_add (&watch, LW_ALARM_LOAD, 1, 1.0, t += S / 100, &alarm));
      g_assert_false (lw_watch_add (&watch, LW_ALARM_LOAD, 1, 0.5, t += S / 100, &alarm));
    }
  for (int i = 0; i < 100; i++)
    g_assert_false (lw_watch_add (&watch, LW_ALARM_LOAD, 1, 1.0, t += S / 100, &alarm));
  g_assert_true (lw_watch_add (&watch, LW_ALARM_LOAD, 1, 1.0, t += S / 100, &alarm));
  g_assert_cmpint (alarm.level, ==, LW_ALARM_WARNING);
  for (int i = 0; i < 99; i++)
    g_assert_false (lw_watch_add (&watch, LW_ALARM_LOAD, 1, 1.0, t += S / 100, &alarm));
  g_assert_true (lw_watch_add (&watch, LW_ALARM_LOAD, 1, 1.0, t += S / 100, &alarm));
  g_assert_cmpint (alarm.level, ==, LW_ALARM_STOP);
}

/* Voltage: by what the servo is made for, both ways; another joint's supply is another. */
static void
test_supply (void)
{
  LwWatch watch = as_set_out ();
  LwAlarm alarm;

  g_assert_false (lw_watch_add (&watch, LW_ALARM_VOLTAGE_LOW, 0, 1, S, &alarm));
  g_assert_false (lw_watch_add (&watch, LW_ALARM_VOLTAGE_LOW, 0, 1, 9 * S, &alarm)); /* not known: not watched */
  lw_watch_set_supply (&watch, 0, 10, 14.8);
  lw_watch_set_supply (&watch, 1, 3.7, 6);
  lw_watch_set_supply (&watch, 2, 0, 0);
  for (int i = 0; i < 20; i++)
    {
      int64_t t = 10 * S + i * S / 10;

      g_assert_false (lw_watch_add (&watch, LW_ALARM_VOLTAGE_LOW, 0, 12, t, &alarm));
      g_assert_false (lw_watch_add (&watch, LW_ALARM_VOLTAGE_HIGH, 0, 12, t, &alarm));
      g_assert_false (lw_watch_add (&watch, LW_ALARM_VOLTAGE_LOW, 1, 5, t, &alarm));
      g_assert_false (lw_watch_add (&watch, LW_ALARM_VOLTAGE_HIGH, 2, 500, t, &alarm));
      g_assert_cmpint (lw_watch_add (&watch, LW_ALARM_VOLTAGE_HIGH, 1, 12, t, &alarm), ==, i == 5); /* half a second */
    }
  g_assert_cmpint (alarm.level, ==, LW_ALARM_STOP);
  for (int i = 0; i < 20; i++)
    g_assert_cmpint (lw_watch_add (&watch, LW_ALARM_VOLTAGE_LOW, 0, 9.8, 20 * S + i * S / 10, &alarm), ==, i == 5);
  g_assert_cmpint (alarm.level, ==, LW_ALARM_WARNING);
  for (int i = 0; i < 20; i++)
    g_assert_cmpint (lw_watch_add (&watch, LW_ALARM_VOLTAGE_LOW, 0, 9.3, 30 * S + i * S / 10, &alarm), ==, i == 5);
  g_assert_cmpint (alarm.level, ==, LW_ALARM_STOP);
  lw_assert_close (lw_watch_over_at (&watch, LW_ALARM_VOLTAGE_LOW, 0), 10.2, 1e-12, 0);
  g_assert_false (lw_watch_add (&watch, LW_ALARM_VOLTAGE_LOW, 0, NAN, 40 * S, &alarm));
  g_assert_true (lw_watch_add (&watch, LW_ALARM_VOLTAGE_LOW, 0, 12, 41 * S, &alarm));
  g_assert_cmpint (alarm.level, ==, LW_ALARM_OVER);
}

/* A person's own voltages are not replaced. */
static void
test_own_settings (void)
{
  LwWatchSettings settings;
  LwWatch         watch;
  LwAlarm         alarm;

  lw_watch_settings_init (&settings);
  settings.thresholds[LW_ALARM_VOLTAGE_LOW] = (LwThreshold){ 7, 6.5, 0.2, 0, 0 };
  lw_watch_init (&watch, &settings);
  lw_watch_set_supply (&watch, 0, 10, 14.8);
  g_assert_false (lw_watch_add (&watch, LW_ALARM_VOLTAGE_LOW, 0, 7.4, S, &alarm));
  g_assert_true (lw_watch_add (&watch, LW_ALARM_VOLTAGE_LOW, 0, 6.9, 2 * S, &alarm));
}

static void
test_hardware (void)
{
  LwWatch watch = as_set_out ();
  LwAlarm alarm;

  for (int bits = 1; bits < 256; bits++)
    {
      g_assert_true (lw_watch_add (&watch, LW_ALARM_HARDWARE, 0, bits, S, &alarm));
      g_assert_cmpint (alarm.level, ==, LW_ALARM_STOP);
      lw_assert_close (alarm.value, bits, 0, 0);
      g_assert_true (lw_watch_add (&watch, LW_ALARM_HARDWARE, 0, 0, S, &alarm));
      g_assert_cmpint (alarm.level, ==, LW_ALARM_OVER);
    }
}

static void
test_words (void)
{
  for (int a = 0; a < LW_N_ALARM_KINDS; a++)
    for (int b = 0; b < a; b++)
      g_assert_cmpstr (lw_alarm_name ((LwAlarmKind) a), !=, lw_alarm_name ((LwAlarmKind) b));
  g_assert_cmpstr (lw_alarm_name (LW_ALARM_HOT), ==, "Hot");
  g_assert_cmpstr (lw_alarm_unit (LW_ALARM_HOT), ==, "°C");
  g_assert_cmpstr (lw_alarm_unit (LW_ALARM_VOLTAGE_HIGH), ==, "V");
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/watch/ramp", test_ramp);
  g_test_add_func ("/watch/leap", test_leap);
  g_test_add_func ("/watch/back-into-a-warning", test_back_into_a_warning);
  g_test_add_func ("/watch/no-warning", test_no_warning);
  g_test_add_func ("/watch/noise", test_noise);
  g_test_add_func ("/watch/hold", test_hold);
  g_test_add_func ("/watch/supply", test_supply);
  g_test_add_func ("/watch/own-settings", test_own_settings);
  g_test_add_func ("/watch/hardware", test_hardware);
  g_test_add_func ("/watch/words", test_words);
  return g_test_run ();
}
