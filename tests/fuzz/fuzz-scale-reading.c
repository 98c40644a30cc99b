/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib.h>
#include <math.h>
#include <string.h>

#include "lw-scale-reading.h"

/* A bounded number of seeded lines through the parser: lines of all formats, cut, flipped, spliced, and noise rich in what such lines are made of. Nothing is read
 * outside the bytes given (each line is copied to its exact size, so that a sanitizer sees it), and whatever comes out holds together. LW_LONG=1 runs a hundred times
 * as many. */
#define N_LINES 20000

static const char *const seeds[] = {
  "ST,+00123.45  g\r\n", "US,-00012.30  g\r\n", "OL,+9999999E+19\r\n", "QT,+00012345 PC\r\n", "ST,OK,+0001.234 kg\r\n", "S S     100.00 g\r\n", "S D     129.07 g\r\n",
  "S +\r\n", "T S      10.00 g\r\n", "I4 A \"12345\"\r\n", "    192.21 g    \r\n", "      0.01 g ?\r\n", "ST,GS,+  4.876kg\r\n", "US,NT,-  0.020kg\r\n", "+0192.21 G S\r\n",
  "+00010.00CTHU\r\n", "+   123.56 g  \r\n", "N     -  123.56    \r\n", "Stat        High    \r\n", "SI ? -    18.50  g  \r\n", "SI ^    2000.00  g  \r\n", "EC,E01\r\n",
};

static uint8_t
telling_byte (GRand *rand)
{
  static const char telling[] = "STUSOLQDI,+-.  0123456789gkGozlbct?^v\r\nNGEA\"%";

  return g_rand_int_range (rand, 0, 4) != 0 ? (uint8_t) telling[g_rand_int_range (rand, 0, sizeof telling - 1)] : (uint8_t) g_rand_int (rand);
}

static void
assert_sound (const LwScaleReading *r, LwScaleStatus status, LwScaleFormat asked)
{
  const bool value = status == LW_SCALE_VALUE;

  g_assert_cmpint (r->status, ==, status);
  g_assert_true (value == (bool) isfinite (r->grams));
  g_assert_true (value == (bool) (r->step > 0.0));
  g_assert_true (value || !r->stable);
  g_assert_true (status == LW_SCALE_NOT_A_READING || (r->format < LW_SCALE_N_FORMATS && (asked == LW_SCALE_ANY || r->format == asked)));
  g_assert_true (memchr (r->unit, 0, sizeof r->unit) && memchr (r->code, 0, sizeof r->code) && memchr (r->command, 0, sizeof r->command));
  if (status == LW_SCALE_NOT_A_READING)
    g_assert_true (r->unit[0] == '\0' && r->code[0] == '\0' && r->command[0] == '\0' && r->net == LW_SCALE_NET_UNKNOWN);
}

/* Every format is asked about the line; what the open question finds, the narrow one finds too. */
static void
ask_all (const uint8_t *bytes, size_t n)
{
  g_autofree uint8_t *line = g_memdup2 (bytes, n);
  LwScaleReading any, one;
  const LwScaleStatus status = lw_scale_reading_parse (line, n, LW_SCALE_ANY, &any);

  assert_sound (&any, status, LW_SCALE_ANY);
  for (int format = 0; format < LW_SCALE_N_FORMATS; format++)
    {
      const LwScaleStatus told = lw_scale_reading_parse (line, n, (LwScaleFormat) format, &one);

      assert_sound (&one, told, (LwScaleFormat) format);
      if (status == LW_SCALE_VALUE && any.format == (LwScaleFormat) format)
        g_assert_true (told == status && one.grams == any.grams && one.stable == any.stable);
      /* The open question refuses nothing that a format knows. */
      if (told != LW_SCALE_NOT_A_READING)
        g_assert_cmpint (status, !=, LW_SCALE_NOT_A_READING);
    }
}

static int
n_lines (void)
{
  return g_strcmp0 (g_getenv ("LW_LONG"), "1") == 0 ? 100 * N_LINES : N_LINES;
}

static void
test_damaged (void)
{
  GRand *rand = g_rand_new_with_seed (30);

  for (int i = 0; i < n_lines (); i++)
    {
      const char *seed = seeds[g_rand_int_range (rand, 0, G_N_ELEMENTS (seeds))], *other = seeds[g_rand_int_range (rand, 0, G_N_ELEMENTS (seeds))];
      const size_t length = strlen (seed), tail = strlen (other);
      uint8_t line[2 * LW_SCALE_MAX_LINE];
      size_t n = length;

      memcpy (line, seed, length);
      switch (g_rand_int_range (rand, 0, 4))
        {
        case 0: /* flipped bits */
          for (int k = g_rand_int_range (rand, 1, 4); k > 0; k--)
            line[g_rand_int_range (rand, 0, (gint32) n)] ^= (uint8_t) (1u << g_rand_int_range (rand, 0, 8));
          break;
        case 1: /* a byte lost */
          {
            const size_t at = (size_t) g_rand_int_range (rand, 0, (gint32) n);

            memmove (line + at, line + at + 1, --n - at);
          }
          break;
        case 2: /* two lines in one */
          {
            const size_t from = (size_t) g_rand_int_range (rand, 0, (gint32) tail);

            n = (size_t) g_rand_int_range (rand, 0, (gint32) length);
            memcpy (line + n, other + from, tail - from);
            n += tail - from;
          }
          break;
        default: /* other bytes */
          for (int k = g_rand_int_range (rand, 1, 4); k > 0; k--)
            line[g_rand_int_range (rand, 0, (gint32) n)] = telling_byte (rand);
          break;
        }
      ask_all (line, n);
    }
  g_rand_free (rand);
}

static void
test_noise (void)
{
  GRand *rand = g_rand_new_with_seed (31);

  for (int i = 0; i < n_lines (); i++)
    {
      uint8_t line[2 * LW_SCALE_MAX_LINE];
      const size_t n = (size_t) g_rand_int_range (rand, 0, sizeof line - 1);

      for (size_t b = 0; b < n; b++)
        line[b] = telling_byte (rand);
      line[n] = '\n';
      ask_all (line, n + 1);
    }
  g_rand_free (rand);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/fuzz/scale-reading/damaged", test_damaged);
  g_test_add_func ("/fuzz/scale-reading/noise", test_noise);
  return g_test_run ();
}
