/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib.h>
#include <math.h>
#include <string.h>

#include "lw-sim-conditions.h"

/* A bounded number of seeded scripts of faults through the parser: good lines with words replaced, left out and doubled, bytes
 * flipped. It says what is wrong, naming the file, or gives conditions that make sense at every time. LW_LONG=1 runs a hundred
 * times as many. */
#define N_SCRIPTS 20000

static const char *const lines[] = {
  "seed 7", "lost 0.01", "at 2.5 s corrupt 0.05", "from 3 to 4 s missing 4",
  "delay 10 20 ms", "delay 100 us", "echo on", "from 1 ms to 2 s echo off", "silent", "at 9 hang-up",
  "load 12.5", "hand 0.1 -0.2 0.3", "voltage 11.1", "heat 3 75", "overload 2",
  "encoder 250", "ignore-goals", "at 1 ignore-goals 5", "stuck 6", "pings-collide", "sync-stops",
  "# a comment",
};

static const char *const words[] = {
  "seed", "lost", "at", "from", "to", "s", "ms", "us", "-1", "0", "1", "1e308", "1e-308", "nan",
  "inf", "255", "254", "18446744073709551616", "0x10", "on", "off", "#", "", "\xC3\xA4",
};

static int
n_scripts (void)
{
  return g_strcmp0 (g_getenv ("LW_LONG"), "1") == 0 ? 100 * N_SCRIPTS : N_SCRIPTS;
}

static void
append_line (GString *text, GRand *rand)
{
  g_auto (GStrv) parts = g_strsplit (lines[g_rand_int_range (rand, 0, G_N_ELEMENTS (lines))], " ", -1);

  for (unsigned i = 0; parts[i] != NULL; i++)
    {
      int what = g_rand_int_range (rand, 0, 40);

      g_string_append (text, what == 0 ? "" : what == 1 ? words[g_rand_int_range (rand, 0, G_N_ELEMENTS (words))] : parts[i]);
      g_string_append_c (text, ' ');
      if (what == 2)
        g_string_append_printf (text, "%s ", parts[i]);
    }
  g_string_append_c (text, '\n');
}

static void
assert_conditions (const LwSimScript *script, int64_t t_ns)
{
  LwSimConditions all;
  LwSimServoConditions one;

  lw_sim_conditions_at (script, t_ns, &all);
  g_assert_true (all.lost >= 0 && all.lost <= 1 && all.corrupt >= 0 && all.corrupt <= 1);
  g_assert_true (isfinite (all.load) && all.delay_min >= 0 && all.delay_max >= all.delay_min);
  g_assert_true (isnan (all.voltage) || all.voltage >= 0);
  for (unsigned i = 0; i < 3; i++)
    g_assert_true (!all.has_hand || isfinite (all.hand[i]));
  lw_sim_servo_conditions_at (script, t_ns, 4, &one);
  g_assert_true (isnan (one.heat) || isfinite (one.heat));
}

static bool
check (const char *text)
{
  g_autoptr (GError) error = NULL;
  LwSimScript *script = lw_sim_script_parse (text, "faults.txt", &error);
  int64_t t_ns = 0;

  if (script == NULL)
    {
      g_assert_error (error, LW_SIM_SCRIPT_ERROR, LW_SIM_SCRIPT_ERROR_SYNTAX);
      g_assert_true (g_str_has_prefix (error->message, "faults.txt"));
      g_assert_true (g_utf8_validate (error->message, -1, NULL));
      return false;
    }
  g_assert_no_error (error);
  for (int i = 0; i < 20 && t_ns != INT64_MAX; i++)
    {
      int64_t next_ns = lw_sim_conditions_next (script, t_ns);

      assert_conditions (script, t_ns);
      g_assert_cmpint (next_ns, >, t_ns);
      t_ns = next_ns;
    }
  lw_sim_script_free (script);
  return true;
}

static void
test_words (void)
{
  GRand *rand = g_rand_new_with_seed (70);
  int n_good = 0;

  for (int i = 0; i < n_scripts (); i++)
    {
      g_autoptr (GString) text = g_string_new (NULL);

      for (int n = g_rand_int_range (rand, 1, 6); n > 0; n--)
        append_line (text, rand);
      n_good += check (text->str) ? 1 : 0;
    }
  g_assert_cmpint (n_good, >, n_scripts () / 20);
  g_assert_cmpint (n_good, <, n_scripts ());
  g_rand_free (rand);
}

static void
test_bytes (void)
{
  GRand *rand = g_rand_new_with_seed (71);

  for (int i = 0; i < n_scripts (); i++)
    {
      g_autofree char *text = g_strdup_printf ("%s\n%s\n", lines[g_rand_int_range (rand, 0, G_N_ELEMENTS (lines))],
                                               lines[g_rand_int_range (rand, 0, G_N_ELEMENTS (lines))]);

      for (int k = g_rand_int_range (rand, 1, 4); k > 0; k--)
        text[g_rand_int_range (rand, 0, (gint32) strlen (text))] ^= (char) (1 << g_rand_int_range (rand, 0, 7));
      for (char *c = text; *c != '\0'; c++)
        if ((*c & 0x80) != 0)
          *c = '?';
      (void) check (text);
    }
  g_rand_free (rand);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/fuzz/sim-script/words", test_words);
  g_test_add_func ("/fuzz/sim-script/bytes", test_bytes);
  return g_test_run ();
}
