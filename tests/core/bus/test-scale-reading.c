/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib.h>
#include <locale.h>
#include <math.h>
#include <string.h>

#include "lw-scale-reading.h"

#define NO_GRAMS NAN

typedef struct {
  const char   *line;
  LwScaleFormat format; /* as which it is read without being told */
  LwScaleStatus status;
  double        grams;
  bool          stable;
  double        step;
  LwScaleNet    net;
  const char   *word;   /* unit, or code */
} Example;

/* Every line of hardware.md 7, and its neighbours. */
static const Example examples[] = {
  /* A&D */
  { "ST,+00123.45  g", LW_SCALE_AND, LW_SCALE_VALUE, 123.45, true, 0.01, 0, "g" },
  { "US,-00012.30  g", LW_SCALE_AND, LW_SCALE_VALUE, -12.3, false, 0.01, 0, "g" },
  { "OL,+999999.9  g", LW_SCALE_AND, LW_SCALE_OVERLOAD, NO_GRAMS, false, NAN, 0, "" },
  { "OL,+9999999E+19", LW_SCALE_AND, LW_SCALE_OVERLOAD, NO_GRAMS, false, NAN, 0, "" },
  { "OL,-9999999E+19", LW_SCALE_AND, LW_SCALE_UNDERLOAD, NO_GRAMS, false, NAN, 0, "" },
  { "QT,+00012345 PC", LW_SCALE_AND, LW_SCALE_OTHER_UNIT, NO_GRAMS, false, NAN, 0, "PC" },
  { "ST,+0004775.7   g", LW_SCALE_AND, LW_SCALE_VALUE, 4775.7, true, 0.1, 0, "g" },
  { "ST,OK,+0001.234 kg", LW_SCALE_AND, LW_SCALE_VALUE, 1234.0, true, 1.0, 0, "kg" },
  { "ST,HI,+0001.234 kg", LW_SCALE_AND, LW_SCALE_VALUE, 1234.0, true, 1.0, 0, "kg" },
  { "US,--,+0001.234 kg", LW_SCALE_AND, LW_SCALE_VALUE, 1234.0, false, 1.0, 0, "kg" },
  { "ST,+00000.00  g", LW_SCALE_AND, LW_SCALE_VALUE, 0.0, true, 0.01, 0, "g" },
  { "ST,+0001.000ozt", LW_SCALE_AND, LW_SCALE_VALUE, 31.1034768, true, 0.0311034768, 0, "ozt" },
  { "ST,+0001.000 oz", LW_SCALE_AND, LW_SCALE_VALUE, 28.349523125, true, 0.028349523125, 0, "oz" },
  { "ST,+0001.000 lb", LW_SCALE_AND, LW_SCALE_VALUE, 453.59237, true, 0.45359237, 0, "lb" },
  { "ST,+00010.00 ct", LW_SCALE_AND, LW_SCALE_VALUE, 2.0, true, 0.002, 0, "ct" },
  { "ST,+00010.00  %", LW_SCALE_AND, LW_SCALE_OTHER_UNIT, NO_GRAMS, false, NAN, 0, "%" },
  { "EC,E01", LW_SCALE_AND, LW_SCALE_ERROR_CODE, NO_GRAMS, false, NAN, 0, "EC,E01" },
  { "\006", LW_SCALE_AND, LW_SCALE_ANSWER, NO_GRAMS, false, NAN, 0, "ACK" },
  /* MT-SICS */
  { "S S     100.00 g", LW_SCALE_SICS, LW_SCALE_VALUE, 100.0, true, 0.01, 0, "g" },
  { "S D     129.07 g", LW_SCALE_SICS, LW_SCALE_VALUE, 129.07, false, 0.01, 0, "g" },
  { "S S     -12.30 g", LW_SCALE_SICS, LW_SCALE_VALUE, -12.3, true, 0.01, 0, "g" },
  { "S S     1.2340 kg", LW_SCALE_SICS, LW_SCALE_VALUE, 1234.0, true, 0.1, 0, "kg" },
  { "S S     250.00 mg", LW_SCALE_SICS, LW_SCALE_VALUE, 0.25, true, 1e-5, 0, "mg" },
  { "S +", LW_SCALE_SICS, LW_SCALE_OVERLOAD, NO_GRAMS, false, NAN, 0, "" },
  { "S -", LW_SCALE_SICS, LW_SCALE_UNDERLOAD, NO_GRAMS, false, NAN, 0, "" },
  { "S I", LW_SCALE_SICS, LW_SCALE_BUSY, NO_GRAMS, false, NAN, 0, "" },
  { "S L", LW_SCALE_SICS, LW_SCALE_ERROR_CODE, NO_GRAMS, false, NAN, 0, "S L" },
  { "ES", LW_SCALE_SICS, LW_SCALE_ERROR_CODE, NO_GRAMS, false, NAN, 0, "ES" },
  { "ET", LW_SCALE_SICS, LW_SCALE_ERROR_CODE, NO_GRAMS, false, NAN, 0, "ET" },
  { "EL", LW_SCALE_SICS, LW_SCALE_ERROR_CODE, NO_GRAMS, false, NAN, 0, "EL" },
  { "S S Error 10b", LW_SCALE_SICS, LW_SCALE_ERROR_CODE, NO_GRAMS, false, NAN, 0, "Error 10b" },
  { "T S      10.00 g", LW_SCALE_SICS, LW_SCALE_ANSWER, NO_GRAMS, false, NAN, 0, "S" },
  { "T +", LW_SCALE_SICS, LW_SCALE_ANSWER, NO_GRAMS, false, NAN, 0, "+" },
  { "Z A", LW_SCALE_SICS, LW_SCALE_ANSWER, NO_GRAMS, false, NAN, 0, "A" },
  { "ZI S", LW_SCALE_SICS, LW_SCALE_ANSWER, NO_GRAMS, false, NAN, 0, "S" },
  { "ZI D", LW_SCALE_SICS, LW_SCALE_ANSWER, NO_GRAMS, false, NAN, 0, "D" },
  { "TAC A", LW_SCALE_SICS, LW_SCALE_ANSWER, NO_GRAMS, false, NAN, 0, "A" },
  { "I4 A \"B021002593\"", LW_SCALE_SICS, LW_SCALE_ANSWER, NO_GRAMS, false, NAN, 0, "A" },
  /* Ohaus */
  { "    192.21 g    ", LW_SCALE_OHAUS, LW_SCALE_VALUE, 192.21, true, 0.01, 0, "g" },
  { "      0.01 g ?", LW_SCALE_OHAUS, LW_SCALE_VALUE, 0.01, false, 0.01, 0, "g" },
  { "    192.21 g     NET", LW_SCALE_OHAUS, LW_SCALE_VALUE, 192.21, true, 0.01, LW_SCALE_NET, "g" },
  { "    192.21 kg    ? G", LW_SCALE_OHAUS, LW_SCALE_VALUE, 192210.0, false, 10.0, LW_SCALE_GROSS, "kg" },
  { "        12 PCS", LW_SCALE_OHAUS, LW_SCALE_OTHER_UNIT, NO_GRAMS, false, NAN, 0, "PCS" },
  /* ST,GS and ST,NT */
  { "ST,GS,+  4.876kg", LW_SCALE_STGS, LW_SCALE_VALUE, 4876.0, true, 1.0, LW_SCALE_GROSS, "kg" },
  { "ST,NT,+  4.876kg", LW_SCALE_STGS, LW_SCALE_VALUE, 4876.0, true, 1.0, LW_SCALE_NET, "kg" },
  { "US,NT,-  0.020kg", LW_SCALE_STGS, LW_SCALE_VALUE, -20.0, false, 1.0, LW_SCALE_NET, "kg" },
  { "ST,G,+   4.876 kg", LW_SCALE_STGS, LW_SCALE_VALUE, 4876.0, true, 1.0, LW_SCALE_GROSS, "kg" },
  { "ST,N,+   4.876 kg", LW_SCALE_STGS, LW_SCALE_VALUE, 4876.0, true, 1.0, LW_SCALE_NET, "kg" },
  { "OL,GS,+ 99.999kg", LW_SCALE_STGS, LW_SCALE_OVERLOAD, NO_GRAMS, false, NAN, LW_SCALE_GROSS, "" },
  /* KERN */
  { "      12.3", LW_SCALE_KERN, LW_SCALE_VALUE, 12.3, false, 0.1, 0, "" },
  { "+0192.21 G S", LW_SCALE_KERN_EW, LW_SCALE_VALUE, 192.21, true, 0.01, 0, "G" },
  { "-0192.21 G U", LW_SCALE_KERN_EW, LW_SCALE_VALUE, -192.21, false, 0.01, 0, "G" },
  { "+00010.00CTHS", LW_SCALE_KERN_EW, LW_SCALE_VALUE, 2.0, true, 0.002, 0, "CT" },
  { "+0192.21 GLE", LW_SCALE_KERN_EW, LW_SCALE_ERROR_CODE, NO_GRAMS, false, NAN, 0, "E" },
  { " 0000012PC S", LW_SCALE_KERN_EW, LW_SCALE_OTHER_UNIT, NO_GRAMS, false, NAN, 0, "PC" },
  /* Sartorius */
  { "+   123.56 g  ", LW_SCALE_SBI, LW_SCALE_VALUE, 123.56, true, 0.01, 0, "g" },
  { "+   123.56    ", LW_SCALE_SBI, LW_SCALE_VALUE, 123.56, false, 0.01, 0, "" },
  { "N     +  123.56 g  ", LW_SCALE_SBI, LW_SCALE_VALUE, 123.56, true, 0.01, LW_SCALE_NET, "g" },
  { "N     -  123.56    ", LW_SCALE_SBI, LW_SCALE_VALUE, -123.56, false, 0.01, LW_SCALE_NET, "" },
  { "G#    +  123.56 g  ", LW_SCALE_SBI, LW_SCALE_VALUE, 123.56, true, 0.01, LW_SCALE_GROSS, "g" },
  { "Stat        High    ", LW_SCALE_SBI, LW_SCALE_OVERLOAD, NO_GRAMS, false, NAN, 0, "" },
  { "      High      ", LW_SCALE_SBI, LW_SCALE_OVERLOAD, NO_GRAMS, false, NAN, 0, "" },
  { "      Low       ", LW_SCALE_SBI, LW_SCALE_UNDERLOAD, NO_GRAMS, false, NAN, 0, "" },
  { "      Err 54    ", LW_SCALE_SBI, LW_SCALE_ERROR_CODE, NO_GRAMS, false, NAN, 0, "Err 54" },
  { "      Cal.Int.  ", LW_SCALE_SBI, LW_SCALE_BUSY, NO_GRAMS, false, NAN, 0, "" },
  /* Radwag */
  { "SI ? -    18.50  g  ", LW_SCALE_RADWAG, LW_SCALE_VALUE, -18.5, false, 0.01, 0, "g" },
  { "SI        18.50  g  ", LW_SCALE_RADWAG, LW_SCALE_VALUE, 18.5, true, 0.01, 0, "g" },
  { "S     -       8.5 g  ", LW_SCALE_RADWAG, LW_SCALE_VALUE, -8.5, true, 0.1, 0, "g" },
  { "SI ^    2000.00  g  ", LW_SCALE_RADWAG, LW_SCALE_OVERLOAD, NO_GRAMS, false, NAN, 0, "" },
  { "SI v -    18.50  g  ", LW_SCALE_RADWAG, LW_SCALE_UNDERLOAD, NO_GRAMS, false, NAN, 0, "" },
};

/* Not lines of a scale: must not be taken for one, told or untold. */
static const char *const foreign[] = {
  "", " ", "g", "123", "ST", "ST,", "ST,+", "ST,+00123.45", "ST,+00123.45 ", "ST,+00123.45  gg", "ST,+123.45  g", "ST,00123.45  g", "ST,+00123,45  g",
  "ST,XX,+0001.234 kg", "XX,+00123.45  g", "QT,+00123.45  g", "ST,+001 3.45  g", "ST,+00123.4.  g", "S S", "S D", "S S g", "S S 100.00 g", "S S     100.00g", "S S     100.00", "T +   10.00 g",
  "S X     100.00 g", "12 34.5 g", "1.2.3 g", "123.4 g !", "123.4 g ? ?", "123.4 ?", "12e3 g", "0x12 g", "1234567890123456 g", "nan g", "inf g", "+0192.21 G X", "hello world",
  "T     +   10.00 g",
};

static size_t
line_of (const char *text, const char *end, uint8_t *line)
{
  const size_t n = strlen (text), m = strlen (end);

  memcpy (line, text, n);
  memcpy (line + n, end, m);
  return n + m;
}

static void
assert_is (const Example *e, const LwScaleReading *r)
{
  g_assert_cmpint (r->status, ==, e->status);
  g_assert_cmpint (r->stable, ==, e->stable);
  g_assert_cmpint (r->net, ==, e->net);
  g_assert_cmpstr (e->status == LW_SCALE_ERROR_CODE || e->status == LW_SCALE_ANSWER ? r->code : r->unit, ==, e->word);
  if (isnan (e->grams))
    {
      g_assert_true (isnan (r->grams) && isnan (r->step));
      return;
    }
  g_assert_cmpfloat_with_epsilon (r->grams, e->grams, 1e-12 * fabs (e->grams) + 1e-15);
  g_assert_cmpfloat_with_epsilon (r->step, e->step, 1e-12 * e->step);
}

/* Told or untold, with any end, with NULs between, seen through either parity. */
static void
test_examples (void)
{
  static const char *const ends[] = { "\r\n", "\r", "\n", "\n\rrest" };

  for (size_t i = 0; i < G_N_ELEMENTS (examples); i++)
    for (size_t e = 0; e < G_N_ELEMENTS (ends); e++)
      for (int told = 0; told < 2; told++)
        for (int parity = 0; parity < 3; parity++)
          {
            uint8_t line[2 * LW_SCALE_MAX_LINE], wire[4 * LW_SCALE_MAX_LINE];
            const size_t n = line_of (examples[i].line, ends[e], line);
            LwScaleReading reading;
            size_t m = 0;

            for (size_t b = 0; b < n; b++)
              {
                const bool odd = (__builtin_popcount (line[b]) & 1) != 0;

                wire[m++] = (uint8_t) (line[b] | (parity != 0 && odd == (parity == 1) ? 0x80 : 0));
                if (b == 1)
                  wire[m++] = parity == 2 ? 0x80 : 0;
              }
            lw_scale_reading_parse (wire, m, told ? examples[i].format : LW_SCALE_ANY, &reading);
            g_assert_cmpint (reading.format, ==, examples[i].format);
            assert_is (&examples[i], &reading);
          }
}

static void
test_foreign (void)
{
  for (size_t i = 0; i < G_N_ELEMENTS (foreign); i++)
    for (int format = 0; format <= LW_SCALE_ANY; format++)
      {
        uint8_t line[LW_SCALE_MAX_LINE];
        const size_t n = line_of (foreign[i], "\r\n", line);
        LwScaleReading reading;

        if (lw_scale_reading_parse (line, n, (LwScaleFormat) format, &reading) == LW_SCALE_VALUE)
          g_assert_false (reading.stable); /* "123" is a KERN that moves */
      }
}

/* A line of another format is not taken for the one that was asked for. Formats that begin with the number share lines. */
static void
test_told_format (void)
{
  for (size_t i = 0; i < G_N_ELEMENTS (examples); i++)
    for (int format = 0; format < LW_SCALE_N_FORMATS; format++)
      {
        const bool number_first = examples[i].format == LW_SCALE_OHAUS || examples[i].format == LW_SCALE_KERN || examples[i].format == LW_SCALE_SBI;
        uint8_t line[LW_SCALE_MAX_LINE];
        const size_t n = line_of (examples[i].line, "\r\n", line);
        LwScaleReading reading;

        if (format == (int) examples[i].format || examples[i].status != LW_SCALE_VALUE
            || (number_first && (format == LW_SCALE_OHAUS || format == LW_SCALE_KERN || format == LW_SCALE_SBI)))
          continue;
        g_assert_cmpint (lw_scale_reading_parse (line, n, (LwScaleFormat) format, &reading), ==, LW_SCALE_NOT_A_READING);
      }
}

/* Without its end no line counts, wherever it breaks off. */
static void
test_no_end (void)
{
  for (size_t i = 0; i < G_N_ELEMENTS (examples); i++)
    for (size_t n = 0; n <= strlen (examples[i].line); n++)
      {
        g_autofree uint8_t *line = g_memdup2 (examples[i].line, n); /* its exact size: a sanitizer sees a read beyond */
        LwScaleReading reading;

        g_assert_cmpint (lw_scale_reading_parse (line, n, LW_SCALE_ANY, &reading), ==, LW_SCALE_NOT_A_READING);
        g_assert_true (isnan (reading.grams) && !reading.stable);
      }
}

/* Bytes lost at either side of a line whose end did arrive. Where a format fixes widths nothing wrong is taken; in the others the beginning of the number can be
 * missing unseen, and of Ohaus' lines the "?" at their end: the header says so. The unit is never wrong. */
static void
test_lost_bytes (void)
{
  for (size_t i = 0; i < G_N_ELEMENTS (examples); i++)
    {
      const Example *e = &examples[i];
      const size_t length = strlen (e->line);
      const bool fixed = e->format == LW_SCALE_AND || e->format == LW_SCALE_SICS || e->format == LW_SCALE_KERN_EW || e->format == LW_SCALE_STGS;

      for (size_t lost = 1; lost < length; lost++)
        for (int side = 0; side < 2; side++)
          {
            g_autofree char *rest = side == 0 ? g_strdup (e->line + lost) : g_strndup (e->line, length - lost);
            uint8_t line[LW_SCALE_MAX_LINE];
            const size_t n = line_of (rest, "\r\n", line);
            LwScaleReading reading;

            lw_scale_reading_parse (line, n, e->format, &reading);
            if (reading.status != LW_SCALE_VALUE || !reading.stable)
              continue;
            g_assert_true (e->status == LW_SCALE_VALUE && (e->stable || (e->format == LW_SCALE_OHAUS && strchr (rest, '?') == NULL)));
            g_assert_cmpstr (reading.unit, ==, e->word);
            if (fixed || side == 1)
              g_assert_cmpfloat_with_epsilon (reading.grams, e->grams, 1e-9 * fabs (e->grams) + 1e-15);
          }
    }
}

/* What one flipped bit may do: change a digit, turn a leading blank into a digit, change the case of the unit, or make the line no reading. */
static void
test_flipped_bits (void)
{
  guint n_changed = 0, n_refused = 0;

  for (size_t i = 0; i < G_N_ELEMENTS (examples); i++)
    {
      const Example *e = &examples[i];
      uint8_t line[LW_SCALE_MAX_LINE];
      const size_t length = strlen (e->line), n = line_of (e->line, "\r\n", line);

      for (size_t bit = 0; bit < 8 * length; bit++)
        for (int told = 0; told < 2; told++)
          {
            const char was = (char) line[bit / 8];
            LwScaleReading reading;

            line[bit / 8] ^= (uint8_t) (1u << (bit % 8));
            lw_scale_reading_parse (line, n, told ? e->format : LW_SCALE_ANY, &reading);
            line[bit / 8] = (uint8_t) was;
            if (reading.status != LW_SCALE_VALUE)
              {
                g_assert_true (isnan (reading.grams) && !reading.stable);
                n_refused++;
                continue;
              }
            if (reading.stable)
              g_assert_true (e->status == LW_SCALE_VALUE && e->stable);
            if (e->status == LW_SCALE_VALUE && reading.stable && e->grams != 0.0 && reading.grams != 0.0)
              {
                g_assert_cmpint (g_ascii_strcasecmp (reading.unit, e->word), ==, 0);
                g_assert_cmpint (reading.grams > 0, ==, e->grams > 0);
              }
            if (reading.stable && reading.grams != e->grams)
              {
                g_assert_true (g_ascii_isdigit (was) || was == ' ');
                n_changed++;
              }
          }
    }
  g_test_message ("flipped bits: %u lines refused, %u with another digit", n_refused, n_changed);
  g_assert_cmpuint (n_refused, >, 4 * n_changed);
}

/* A 7-bit scale on a port that reads 8 brings its own check: no flipped bit passes. */
static void
test_flipped_bits_with_parity (void)
{
  for (size_t i = 0; i < G_N_ELEMENTS (examples); i++)
    {
      uint8_t line[LW_SCALE_MAX_LINE];
      const size_t n = line_of (examples[i].line, "\r", line);

      if (n < 4)
        continue;
      for (size_t b = 0; b < n; b++)
        line[b] = (uint8_t) (line[b] | (__builtin_parity (line[b]) ? 0x80 : 0));
      for (size_t bit = 0; bit < 8 * n; bit++)
        {
          LwScaleReading reading;

          line[bit / 8] ^= (uint8_t) (1u << (bit % 8));
          g_assert_cmpint (lw_scale_reading_parse (line, n, LW_SCALE_ANY, &reading), ==, LW_SCALE_NOT_A_READING);
          line[bit / 8] ^= (uint8_t) (1u << (bit % 8));
        }
    }
}

static void
test_too_long (void)
{
  uint8_t line[4 * LW_SCALE_MAX_LINE];
  LwScaleReading reading;

  memset (line, ' ', sizeof line);
  memcpy (line + sizeof line - 8, "1.00 g\r\n", 8);
  g_assert_cmpint (lw_scale_reading_parse (line, sizeof line, LW_SCALE_ANY, &reading), ==, LW_SCALE_NOT_A_READING);
  g_assert_cmpint (lw_scale_reading_parse (line + sizeof line - 8 - 40, 48, LW_SCALE_ANY, &reading), ==, LW_SCALE_VALUE);
}

/* The decimal sign is a point whatever the locale says. */
static void
test_locale (void)
{
  static const uint8_t line[] = "ST,+00123.45  g\r\n";
  g_autofree char *before = g_strdup (setlocale (LC_NUMERIC, NULL));
  LwScaleReading reading;

  if (setlocale (LC_NUMERIC, "de_DE.UTF-8") == NULL)
    {
      g_test_skip ("no locale de_DE.UTF-8 on this machine");
      return;
    }
  lw_scale_reading_parse (line, sizeof line - 1, LW_SCALE_ANY, &reading);
  setlocale (LC_NUMERIC, before);
  g_assert_cmpfloat (reading.grams, ==, 123.45);
}

static void
test_names (void)
{
  for (int i = 0; i < LW_SCALE_N_FORMATS; i++)
    {
      LwScaleFormat format = LW_SCALE_ANY;

      g_assert_true (lw_scale_format_from_name (lw_scale_format_name ((LwScaleFormat) i), &format));
      g_assert_cmpint (format, ==, i);
      g_assert_cmpstr (lw_scale_format_title (format), !=, lw_scale_format_title (LW_SCALE_ANY));
    }
  {
    LwScaleFormat format = LW_SCALE_SBI;

    g_assert_false (lw_scale_format_from_name ("no such", &format));
    g_assert_cmpint (format, ==, LW_SCALE_SBI);
    g_assert_null (lw_scale_format_name (LW_SCALE_ANY));
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/bus/scale-reading/examples", test_examples);
  g_test_add_func ("/bus/scale-reading/foreign", test_foreign);
  g_test_add_func ("/bus/scale-reading/told-format", test_told_format);
  g_test_add_func ("/bus/scale-reading/no-end", test_no_end);
  g_test_add_func ("/bus/scale-reading/lost-bytes", test_lost_bytes);
  g_test_add_func ("/bus/scale-reading/flipped-bits", test_flipped_bits);
  g_test_add_func ("/bus/scale-reading/flipped-bits-with-parity", test_flipped_bits_with_parity);
  g_test_add_func ("/bus/scale-reading/too-long", test_too_long);
  g_test_add_func ("/bus/scale-reading/locale", test_locale);
  g_test_add_func ("/bus/scale-reading/names", test_names);
  return g_test_run ();
}
