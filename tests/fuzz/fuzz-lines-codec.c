/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "lw-lines-codec.h"

/* A bounded number of seeded lines through the parser: good ones, damaged ones, noise rich in what numbers are made of. Nothing is read outside the bytes given (each parse is of an exact
 * copy, so that a sanitizer sees it); what comes out is finite, small enough, and what was written. LW_LONG=1 runs a hundred times as many. */
#define N_LINES 100000

static int
n_lines (void)
{
  return g_strcmp0 (g_getenv ("LW_LONG"), "1") == 0 ? 100 * N_LINES : N_LINES;
}

static LwLinesResult
parse_copy (const char *text, size_t n, LwLinesSample *out, size_t *used)
{
  g_autofree uint8_t *copy = g_memdup2 (text, n);
  LwLinesResult result = lw_lines_parse (copy, n, out, used);

  g_assert_cmpuint (*used, <=, n);
  g_assert_true ((*used == 0) == (result == LW_LINES_MORE));
  if (result == LW_LINES_VALID)
    {
      g_assert_cmpuint (out->n, >=, 1);
      g_assert_cmpuint (out->n, <=, LW_LINES_MAX_VALUES);
      for (size_t i = 0; i < out->n; i++)
        g_assert_true (isnan (out->values[i]) || fabs (out->values[i]) <= LW_LINES_LARGEST);
    }
  return result;
}

static size_t
random_line (GRand *rand, char *text, LwLinesSample *wanted)
{
  size_t at;

  wanted->t_us = g_rand_int (rand);
  wanted->n = (size_t) g_rand_int_range (rand, 1, 33);
  at = (size_t) sprintf (text, "%u", wanted->t_us);
  for (size_t i = 0; i < wanted->n; i++)
    {
      wanted->values[i] = g_rand_double_range (rand, -1000, 1000);
      at += (size_t) sprintf (text + at, " %.*g", g_rand_int_range (rand, 1, 18), wanted->values[i]);
      wanted->values[i] = g_ascii_strtod (strrchr (text, ' ') + 1, NULL);
    }
  text[at++] = '\n';
  return at;
}

static void
test_good (void)
{
  GRand *rand = g_rand_new_with_seed (60);

  for (int i = 0; i < n_lines () / 10; i++)
    {
      char text[2048];
      LwLinesSample wanted, found;
      size_t n = random_line (rand, text, &wanted), used;

      g_assert_cmpint (parse_copy (text, n, &found, &used), ==, LW_LINES_VALID);
      g_assert_cmpuint (found.t_us, ==, wanted.t_us);
      g_assert_cmpuint (found.n, ==, wanted.n);
      for (size_t k = 0; k < found.n; k++)
        g_assert_cmpfloat (fabs (found.values[k] - wanted.values[k]), <=, 4e-16 * fabs (wanted.values[k]));
    }
  g_rand_free (rand);
}

/* Any byte of a good line replaced, taken out or doubled. */
static void
test_damaged (void)
{
  GRand *rand = g_rand_new_with_seed (61);

  for (int i = 0; i < n_lines (); i++)
    {
      char text[2048];
      LwLinesSample sample;
      size_t n = random_line (rand, text, &sample), used, at = (size_t) g_rand_int_range (rand, 0, (gint32) n);

      switch (g_rand_int_range (rand, 0, 3))
        {
        case 0:
          text[at] = (char) g_rand_int (rand);
          break;
        case 1:
          memmove (text + at, text + at + 1, n - at - 1);
          n--;
          break;
        default:
          memmove (text + at + 1, text + at, n - at);
          n++;
          break;
        }
      (void) parse_copy (text, n, &sample, &used);
    }
  g_rand_free (rand);
}

static void
test_noise (void)
{
  static const char telling[] = "0123456789.+-eE nan\t,\n\rxXif";
  GRand *rand = g_rand_new_with_seed (62);

  for (int i = 0; i < n_lines (); i++)
    {
      char text[1200];
      LwLinesSample sample;
      size_t n = (size_t) g_rand_int_range (rand, 0, g_rand_int_range (rand, 0, 50) == 0 ? (gint32) sizeof text : 40), at = 0, used = 1;

      for (size_t k = 0; k < n; k++)
        text[k] = g_rand_int_range (rand, 0, 20) == 0 ? (char) g_rand_int (rand) : telling[g_rand_int_range (rand, 0, sizeof telling - 1)];
      for (int k = 0; at < n && used > 0; k++)
        {
          (void) parse_copy (text + at, n - at, &sample, &used);
          at += used;
          g_assert_cmpint (k, <=, (int) n);
        }
    }
  g_rand_free (rand);
}

static void
test_numbers (void)
{
  static const char telling[] = "0123456789.+-eE";
  GRand *rand = g_rand_new_with_seed (63);

  for (int i = 0; i < n_lines (); i++)
    {
      char text[48];
      size_t n = (size_t) g_rand_int_range (rand, 0, 42);
      double found = 77;

      for (size_t k = 0; k < n; k++)
        text[k] = telling[g_rand_int_range (rand, 0, sizeof telling - 1)];
      text[n] = '\0';
      {
        g_autofree char *copy = g_memdup2 (text, n);

        if (lw_lines_parse_number (copy, n, &found))
          {
            char *end;
            double wanted = g_ascii_strtod (text, &end);

            g_assert_true (*end == '\0' && n > 0); /* whatever is taken the C library takes too, and says the same */
            if (isfinite (wanted) && fabs (wanted) > 1e-290)
              g_assert_cmpfloat (fabs (found - wanted), <=, 1e-14 * fabs (wanted));
          }
        else
          g_assert_cmpfloat (found, ==, 77);
      }
    }
  g_rand_free (rand);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/fuzz/lines-codec/good", test_good);
  g_test_add_func ("/fuzz/lines-codec/damaged", test_damaged);
  g_test_add_func ("/fuzz/lines-codec/noise", test_noise);
  g_test_add_func ("/fuzz/lines-codec/numbers", test_numbers);
  return g_test_run ();
}
