/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib.h>
#include <locale.h>
#include <math.h>
#include <string.h>

#include "lw-lines-codec.h"

static LwLinesResult
parse (const char *text, LwLinesSample *out, size_t *used)
{
  return lw_lines_parse ((const uint8_t *) text, strlen (text), out, used);
}

static void
test_good_lines (void)
{
  static const struct { const char *text; uint32_t t_us; size_t n; double values[6]; } lines[] = {
    { "12 0.5 -1.25\n", 12, 2, { 0.5, -1.25 } },
    { "12 0.5 -1.25\r", 12, 2, { 0.5, -1.25 } },
    { "  12\t0.5 ,-1.25  \r", 12, 2, { 0.5, -1.25 } },
    { "12,0.5,-1.25\n", 12, 2, { 0.5, -1.25 } },
    { "0 1 2 3 4 5 6\n", 0, 6, { 1, 2, 3, 4, 5, 6 } },
    { "4294967295 .5 5. +5 -0 1e3 2.5E-2\n", 4294967295u, 6, { 0.5, 5, 5, 0, 1000, 0.025 } },
    { "4294967296 1\n", 0, 1, { 1 } },
    { "8589934599 1\n", 7, 1, { 1 } },
    { "007 000.500\n", 7, 1, { 0.5 } },
    { "1 1e6 -1e6 1000000.0\n", 1, 3, { 1e6, -1e6, 1e6 } },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (lines); i++)
    {
      LwLinesSample sample;
      size_t used;

      g_test_message ("%s", lines[i].text);
      g_assert_cmpint (parse (lines[i].text, &sample, &used), ==, LW_LINES_VALID);
      g_assert_cmpuint (used, ==, strlen (lines[i].text));
      g_assert_cmpuint (sample.t_us, ==, lines[i].t_us);
      g_assert_cmpuint (sample.n, ==, lines[i].n);
      for (size_t k = 0; k < sample.n; k++)
        g_assert_cmpfloat (sample.values[k], ==, lines[i].values[k]);
    }
}

static void
test_nan (void)
{
  LwLinesSample sample;
  size_t used;

  g_assert_cmpint (parse ("5 1 nan 2 NaN\n", &sample, &used), ==, LW_LINES_VALID);
  g_assert_true (sample.values[0] == 1 && isnan (sample.values[1]) && sample.values[2] == 2 && isnan (sample.values[3]));
}

/* What strtod would have taken, and what nobody should. */
static void
test_bad_lines (void)
{
  static const char *const lines[] = {
    "\x01\n", "hello\n", "12\n", " \n", "x12 1\n", "-12 1\n", "+12 1\n", "1.5 1\n", "12 x\n", "12 1x\n", "12 0x10\n", "12 inf\n", "12 -inf\n", "12 infinity\n", "12 -nan\n",
    "12 nan(1)\n", "12 1.2.3\n", "12 1e\n", "12 1e+\n", "12 1e1.5\n", "12 e5\n", "12 .\n", "12 -\n", "12 +-1\n", "12 --1\n", "12 1 2 ; 3\n", "12 1e7\n", "12 -1000001\n", "12 1e400\n",
    "123456789012345678901 1\n", "12 0.12345678901234567890123456789012345678901\n", "12 1_000\n", "12 1p3\n", "12 1f\n", "12 \302\2401\n",
    "1 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3\n",
  };

  for (size_t i = 0; i < G_N_ELEMENTS (lines); i++)
    {
      LwLinesSample sample = { .n = 77 };
      size_t used;

      g_test_message ("line %zu", i);
      g_assert_cmpint (parse (lines[i], &sample, &used), ==, LW_LINES_INVALID);
      g_assert_cmpuint (sample.n, ==, 77);
    }
}

/* Fifty languages write a comma: never looked at. */
static void
test_locale (void)
{
  LwLinesSample sample;
  const double q[] = { 0.5 };
  char line[32];
  size_t used, n;

  if (setlocale (LC_ALL, "de_DE.UTF-8") == NULL)
    g_test_message ("no German locale here: in the C locale");
  g_assert_cmpint (parse ("1 0.5\n", &sample, &used), ==, LW_LINES_VALID);
  g_assert_cmpfloat (sample.values[0], ==, 0.5);
  n = lw_lines_build_goals (line, sizeof line, q, 1);
  g_assert_cmpmem (line, n, "g 0.500000\n", 11);
  setlocale (LC_ALL, "C.UTF-8");
}

static void
test_incremental (void)
{
  static const char text[] = "12 0.5 -1.25\r\n";
  LwLinesSample sample;
  size_t used;

  for (size_t n = 0; n < 13; n++)
    g_assert_cmpint (lw_lines_parse ((const uint8_t *) text, n, &sample, &used), ==, n < 13 ? LW_LINES_MORE : LW_LINES_VALID);
  g_assert_cmpint (parse (text, &sample, &used), ==, LW_LINES_VALID);
  g_assert_cmpuint (used, ==, 13); /* up to the CR */
  g_assert_cmpint (parse (text + used, &sample, &used), ==, LW_LINES_EMPTY);
  g_assert_cmpuint (used, ==, 1);
}

/* A line too long is dropped, and says that its rest is still to come. */
static void
test_too_long (void)
{
  uint8_t bytes[2 * LW_LINES_MAX_LINE];
  LwLinesSample sample;
  size_t used, rest;
  bool found;

  memset (bytes, ' ', sizeof bytes);
  memcpy (bytes, "1 2", 3);
  g_assert_cmpint (lw_lines_parse (bytes, LW_LINES_MAX_LINE - 1, &sample, &used), ==, LW_LINES_MORE);
  g_assert_cmpint (lw_lines_parse (bytes, LW_LINES_MAX_LINE, &sample, &used), ==, LW_LINES_INVALID);
  g_assert_cmpuint (used, ==, LW_LINES_MAX_LINE);
  bytes[LW_LINES_MAX_LINE - 1] = '\n';
  g_assert_cmpint (lw_lines_parse (bytes, LW_LINES_MAX_LINE, &sample, &used), ==, LW_LINES_VALID);
  bytes[LW_LINES_MAX_LINE - 1] = ' ';
  bytes[LW_LINES_MAX_LINE + 10] = '\n';
  g_assert_cmpint (lw_lines_parse (bytes, sizeof bytes, &sample, &used), ==, LW_LINES_INVALID);
  g_assert_cmpuint (bytes[used - 1], ==, '\n');
  rest = lw_lines_skip (bytes, sizeof bytes, &found);
  g_assert_true (found);
  g_assert_cmpuint (rest, ==, LW_LINES_MAX_LINE + 11);
  rest = lw_lines_skip (bytes, 10, &found);
  g_assert_false (found);
  g_assert_cmpuint (rest, ==, 10);
}

/* Against the C library, on numbers of every form and size. */
static void
test_numbers (void)
{
  GRand *rand = g_rand_new_with_seed (40);

  for (int i = 0; i < 100000; i++)
    {
      double mantissa = g_rand_double_range (rand, -10, 10), wanted, found = NAN;
      char text[64];

      switch (g_rand_int_range (rand, 0, 4))
        {
        case 0:
          g_snprintf (text, sizeof text, "%.*f", g_rand_int_range (rand, 0, 17), mantissa);
          break;
        case 1:
          g_snprintf (text, sizeof text, "%.*e", g_rand_int_range (rand, 0, 17), mantissa * pow (10, g_rand_int_range (rand, -20, 20)));
          break;
        case 2:
          g_snprintf (text, sizeof text, "%.17g", mantissa * pow (10, g_rand_int_range (rand, -6, 6)));
          break;
        default:
          g_snprintf (text, sizeof text, "%d", (int) g_rand_int (rand));
          break;
        }
      wanted = g_ascii_strtod (text, NULL);
      g_assert_true (lw_lines_parse_number (text, strlen (text), &found));
      g_assert_cmpfloat (fabs (found - wanted), <=, 4e-16 * fabs (wanted));
    }
  g_rand_free (rand);
}

static void
test_build (void)
{
  static const double q[] = { 0, -0.0000004, 0.1234567, -3.14159265, 1e6, -1e6 };
  static const char wanted[] = "g 0.000000 0.000000 0.123457 -3.141593 1000000.000000 -1000000.000000\n";
  char line[128];
  size_t n = lw_lines_build_goals (line, sizeof line, q, G_N_ELEMENTS (q));
  double bad[] = { 1, NAN };

  g_assert_cmpmem (line, n, wanted, strlen (wanted));
  for (size_t capacity = 0; capacity < n; capacity++)
    {
      memset (line, 'x', sizeof line);
      g_assert_cmpuint (lw_lines_build_goals (line, capacity, q, G_N_ELEMENTS (q)), ==, 0);
      g_assert_cmpint (line[capacity], ==, 'x');
    }
  g_assert_cmpuint (lw_lines_build_goals (line, sizeof line, bad, 2), ==, 0);
  bad[1] = -INFINITY;
  g_assert_cmpuint (lw_lines_build_goals (line, sizeof line, bad, 2), ==, 0);
  bad[1] = 1.1e6;
  g_assert_cmpuint (lw_lines_build_goals (line, sizeof line, bad, 2), ==, 0);
  /* What was built is read back to half a millionth. */
  {
    GRand *rand = g_rand_new_with_seed (41);

    for (int i = 0; i < 10000; i++)
      {
        double value = g_rand_double_range (rand, -100, 100), back;

        n = lw_lines_build_goals (line, sizeof line, &value, 1);
        g_assert_true (lw_lines_parse_number (line + 2, n - 3, &back));
        g_assert_cmpfloat_with_epsilon (back, value, 0.5000001e-6);
      }
    g_rand_free (rand);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/lines-codec/good", test_good_lines);
  g_test_add_func ("/lines-codec/nan", test_nan);
  g_test_add_func ("/lines-codec/bad", test_bad_lines);
  g_test_add_func ("/lines-codec/locale", test_locale);
  g_test_add_func ("/lines-codec/incremental", test_incremental);
  g_test_add_func ("/lines-codec/too-long", test_too_long);
  g_test_add_func ("/lines-codec/numbers", test_numbers);
  g_test_add_func ("/lines-codec/build", test_build);
  return g_test_run ();
}
