/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Scripts of faults: what they say at which time, and that a mistake is named by line and word. */
#include <glib/gstdio.h>
#include <math.h>

#include "lw-sim-conditions.h"

static LwSimScript *
parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  LwSimScript *script = lw_sim_script_parse (text, "faults.txt", &error);

  g_assert_no_error (error);
  g_assert_nonnull (script);
  return script;
}

static int64_t
ns (double seconds)
{
  return llround (seconds * 1e9);
}

static LwSimConditions
at (const LwSimScript *script, double seconds)
{
  LwSimConditions out = { .lost = NAN, .corrupt = NAN };

  lw_sim_conditions_at (script, ns (seconds), &out);
  return out;
}

static LwSimServoConditions
servo_at (const LwSimScript *script, double seconds, uint8_t id)
{
  LwSimServoConditions out = { .missing = true, .stuck = true };

  lw_sim_servo_conditions_at (script, ns (seconds), id, &out);
  return out;
}

static void
test_nothing (void)
{
  LwSimScript *script = parse ("# nothing goes wrong\n\n   \t\r\n");
  LwSimConditions all = at (script, 5);
  LwSimServoConditions one = servo_at (script, 5, 0);

  g_assert_cmpuint (script->seed, ==, 1);
  g_assert_false (script->has_seed);
  g_assert_cmpfloat (all.lost, ==, 0);
  g_assert_cmpfloat (all.corrupt, ==, 0);
  g_assert_true (isnan (all.voltage));
  g_assert_false (all.echo || all.silent || all.hang_up || all.ignore_goals);
  g_assert_false (one.missing || one.doubled || one.overload || one.encoder || one.ignore_goals || one.stuck);
  g_assert_true (isnan (one.heat));
  g_assert_cmpint (lw_sim_conditions_next (script, 0), ==, INT64_MAX);
  lw_sim_script_free (script);
}

static void
test_times (void)
{
  LwSimScript *script = parse ("seed 18446744073709551615\nlost 0.01 # always\nat 2.5 s lost 0.05\nfrom 3 to 4 s missing 4\nfrom 500 to 700 ms corrupt 0.5\n"
                               "from 900 ms to 1 s silent\nat 6 hang-up\n");

  g_assert_cmpuint (script->seed, ==, G_MAXUINT64);
  g_assert_cmpfloat (at (script, 0).lost, ==, 0.01);
  g_assert_cmpfloat (at (script, 2.499999999).lost, ==, 0.01);
  g_assert_cmpfloat (at (script, 2.5).lost, ==, 0.05);
  g_assert_cmpfloat (at (script, 1e6).lost, ==, 0.05);
  g_assert_cmpfloat (at (script, 0.499).corrupt, ==, 0);
  g_assert_cmpfloat (at (script, 0.5).corrupt, ==, 0.5);
  g_assert_cmpfloat (at (script, 0.7).corrupt, ==, 0);
  g_assert_false (at (script, 0.899).silent);
  g_assert_true (at (script, 0.9).silent);
  g_assert_false (at (script, 1).silent);
  g_assert_false (servo_at (script, 2.9, 4).missing);
  g_assert_true (servo_at (script, 3, 4).missing);
  g_assert_false (servo_at (script, 3, 5).missing);
  g_assert_false (servo_at (script, 4, 4).missing);
  g_assert_false (at (script, 5.9).hang_up);
  g_assert_true (at (script, 6).hang_up);
  g_assert_cmpint (lw_sim_conditions_next (script, 0), ==, ns (0.5));
  g_assert_cmpint (lw_sim_conditions_next (script, ns (0.5)), ==, ns (0.7));
  g_assert_cmpint (lw_sim_conditions_next (script, ns (4)), ==, ns (6));
  g_assert_cmpint (lw_sim_conditions_next (script, ns (6)), ==, INT64_MAX);
  lw_sim_script_free (script);
}

static void
test_every_fault (void)
{
  LwSimScript *script = parse ("delay 0 20 ms\necho on\nvoltage 9.2\nheat 3 85\noverload 2\nencoder 1\nignore-goals 5\nat 1 s ignore-goals\nstuck 2\ndouble 3\n"
                               "at 1 s delay 300 us\nat 1 s echo off\nload 250\nfrom 1 to 2 s hand 0.1 -0.2 0.3\nat 1 s pings-collide\nat 1 s sync-stops\n");
  LwSimConditions start = at (script, 0), later = at (script, 1);

  g_assert_cmpfloat (start.delay_min, ==, 0);
  g_assert_cmpfloat_with_epsilon (start.delay_max, 0.02, 1e-15);
  g_assert_cmpfloat_with_epsilon (later.delay_min, 3e-4, 1e-15);
  g_assert_cmpfloat_with_epsilon (later.delay_max, 3e-4, 1e-15);
  g_assert_true (start.echo);
  g_assert_false (later.echo);
  g_assert_cmpfloat (start.voltage, ==, 9.2);
  g_assert_false (start.ignore_goals);
  g_assert_true (later.ignore_goals);
  g_assert_cmpfloat (start.load, ==, 250);
  g_assert_false (start.has_hand || start.pings_collide || start.sync_stops);
  g_assert_true (later.has_hand && later.pings_collide && later.sync_stops);
  g_assert_cmpfloat (later.hand[1], ==, -0.2);
  g_assert_cmpfloat (servo_at (script, 0, 3).heat, ==, 85);
  g_assert_true (servo_at (script, 0, 3).doubled);
  g_assert_true (servo_at (script, 0, 2).overload);
  g_assert_true (servo_at (script, 0, 2).stuck);
  g_assert_true (servo_at (script, 0, 1).encoder);
  g_assert_true (servo_at (script, 0, 5).ignore_goals);
  g_assert_false (servo_at (script, 0, 4).ignore_goals);
  lw_sim_script_free (script);
}

static void
test_mistakes (void)
{
  static const struct {
    const char *text, *said;
  } mistakes[] = {
    { "lost 0.1\nhevy 3\n", "faults.txt, line 2: “hevy” is not a fault" },
    { "lost", "faults.txt, line 1: a fraction is missing at the end" },
    { "lost 1.5", "faults.txt, line 1: “1.5” is out of range; a fraction is between 0 and 1" },
    { "lost nan", "faults.txt, line 1: “nan” is not a number; a fraction belongs here" },
    { "lost 0,5", "faults.txt, line 1: “0,5” is not a number; a fraction belongs here" },
    { "lost 0.1 now", "faults.txt, line 1: “now” is too much here" },
    { "at two s lost 0.1", "faults.txt, line 1: “two” is not a number; a time belongs here" },
    { "at 2 s", "faults.txt, line 1: a fault is missing at the end" },
    { "from 3 until 4 s lost 0.1", "faults.txt, line 1: “until” stands where “to” belongs" },
    { "from 3", "faults.txt, line 1: “to” and a time are missing at the end" },
    { "from 4 to 3 s lost 0.1", "faults.txt, line 1: “from 4 to 3” ends before it begins" },
    { "missing 2.5", "faults.txt, line 1: “2.5” is no id; ids are whole numbers" },
    { "missing 254", "faults.txt, line 1: “254” is out of range; the id of a servo is between 0 and 253" },
    { "heat 3", "faults.txt, line 1: a temperature is missing at the end" },
    { "echo yes", "faults.txt, line 1: “yes” stands where “on” or “off” belongs" },
    { "delay 20 0 ms", "faults.txt, line 1: “0” is out of range; a delay is between 20 and 1e+09" },
    { "seed -1", "faults.txt, line 1: “-1” is not a whole number; a seed belongs here" },
    { "seed 1\n\nseed 2", "faults.txt, line 3: “seed” stands here a second time" },
    { "at 2 s seed 2", "faults.txt, line 1: “seed” is not a fault" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (mistakes); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (lw_sim_script_parse (mistakes[i].text, "faults.txt", &error));
      g_assert_error (error, LW_SIM_SCRIPT_ERROR, LW_SIM_SCRIPT_ERROR_SYNTAX);
      g_assert_cmpstr (error->message, ==, mistakes[i].said);
    }
}

static void
test_files (void)
{
  g_autofree char *folder = g_dir_make_tmp ("lw-script-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "faults.txt", NULL);
  g_autoptr (GError) none = NULL, not_text = NULL;
  LwSimScript *script;

  g_assert_null (lw_sim_script_load (path, &none));
  g_assert_error (none, LW_SIM_SCRIPT_ERROR, LW_SIM_SCRIPT_ERROR_FILE);
  g_assert_true (g_file_set_contents (path, "lost 0.25\n", -1, NULL));
  script = lw_sim_script_load (path, NULL);
  g_assert_nonnull (script);
  g_assert_cmpfloat (at (script, 0).lost, ==, 0.25);
  lw_sim_script_free (script);
  g_assert_true (g_file_set_contents (path, "\xff\xfe", -1, NULL));
  g_assert_null (lw_sim_script_load (path, &not_text));
  g_assert_error (not_text, LW_SIM_SCRIPT_ERROR, LW_SIM_SCRIPT_ERROR_FILE);
  g_assert_cmpint (g_unlink (path), ==, 0);
  g_assert_cmpint (g_rmdir (folder), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sim-script/nothing", test_nothing);
  g_test_add_func ("/sim-script/times", test_times);
  g_test_add_func ("/sim-script/every-fault", test_every_fault);
  g_test_add_func ("/sim-script/mistakes", test_mistakes);
  g_test_add_func ("/sim-script/files", test_files);
  return g_test_run ();
}
