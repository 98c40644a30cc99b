/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-axis.h"

#include <glib.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static LwAxis
axis (double min, double max, LwUnit unit)
{
  return (LwAxis){ .range = { min, max }, .pixel_min = 0, .pixel_max = 400, .unit = unit };
}

static void
assert_labels (LwAxis a, size_t most, const char *expected)
{
  g_autoptr (GString) labels = g_string_new (NULL);
  LwTicks ticks;

  lw_axis_ticks (&a, most, &ticks);
  for (size_t i = 0; i < ticks.n; i++)
    if (*ticks.tick[i].label)
      g_string_append_printf (labels, "%s%s", labels->len ? " " : "", ticks.tick[i].label);
  g_assert_cmpstr (labels->str, ==, expected);
}

static void
test_closed_cases (void)
{
  assert_labels (axis (0, 10, LW_UNIT_SECOND), 6, "0 2 4 6 8 10");
  assert_labels (axis (0, 1, LW_UNIT_NONE), 6, "0.0 0.2 0.4 0.6 0.8 1.0");
  assert_labels (axis (-0.3, 0.3, LW_UNIT_NONE), 4, "−0.2 0.0 0.2");
  assert_labels (axis (-7, -3, LW_UNIT_NONE), 5, "−7 −6 −5 −4 −3");
  assert_labels (axis (0, 3, LW_UNIT_COUNT), 10, "0 1 2 3");
  assert_labels (axis (0.2, 0.7, LW_UNIT_COUNT), 10, "");
  assert_labels (axis (0, 1, LW_UNIT_PERCENT), 3, "0 50 100");
  assert_labels (axis (-G_PI, G_PI, LW_UNIT_DEGREE), 5, "−180 −90 0 90 180");
  assert_labels (axis (-G_PI / 2, G_PI / 2, LW_UNIT_DEGREE), 7, "−90 −60 −30 0 30 60 90");
  assert_labels (axis (0, 0.1, LW_UNIT_DEGREE), 4, "0 2 4");
  assert_labels (axis (0, 20 * G_PI, LW_UNIT_DEGREE), 3, "0 1440 2880");
  assert_labels (axis (0, 2.5e-12, LW_UNIT_NAT), 4, "0 1 2");
  assert_labels (axis (0, 1e12, LW_UNIT_NONE), 3, "0.0 0.5 1.0");
  assert_labels (axis (5, 5, LW_UNIT_NONE), 3, "4.5 5.0 5.5");
  assert_labels (axis (0, 0, LW_UNIT_COUNT), 6, "0");
}

static void
test_exponent (void)
{
  LwAxis a = axis (0, 2.5e-12, LW_UNIT_NAT), b = axis (-3e12, 1e12, LW_UNIT_NONE), c = axis (0, 99000, LW_UNIT_NONE);
  LwTicks ticks;
  char text[32];

  lw_axis_ticks (&a, 5, &ticks);
  g_assert_cmpint (ticks.exponent, ==, -12);
  lw_axis_ticks (&b, 5, &ticks);
  g_assert_cmpint (ticks.exponent, ==, 12);
  lw_axis_ticks (&c, 5, &ticks);
  g_assert_cmpint (ticks.exponent, ==, 0);
  lw_power_format (-12, text, sizeof text);
  g_assert_cmpstr (text, ==, "10⁻¹²");
}

/* Every magnitude, sign and count: ticks lie inside, ascend, are not too many nor too few, are multiples of the step, and
 * their labels read back as their values. */
static void
test_sweep (void)
{
  const double offsets[] = { 0, -0.37, 2.9, -411.3 };
  size_t cases = 0;

  for (int power = -12; power <= 12; power++)
    for (size_t o = 0; o < G_N_ELEMENTS (offsets); o++)
      for (double width = 1; width < 10; width *= 1.37)
        for (size_t most = 2; most <= 12; most++)
          {
            double unit = pow (10, power);
            LwAxis a = axis (offsets[o] * unit, (offsets[o] + width) * unit, LW_UNIT_NONE);
            LwTicks t;

            lw_axis_ticks (&a, most, &t);
            g_assert_cmpuint (t.n, <=, most);
            /* The next step is at most 2.5 times as long. */
            g_assert_cmpfloat ((double) t.n + 1, >=, ((double) most - 1) / 2.5);
            for (size_t i = 0; i < t.n; i++)
              {
                double v = t.tick[i].value, multiple = v / t.step;
                g_auto (GStrv) parts = g_strsplit (t.tick[i].label, "−", 2);
                double read = parts[1] ? -g_ascii_strtod (parts[1], NULL) : g_ascii_strtod (parts[0], NULL);

                g_assert_cmpfloat (v, >=, a.range.min);
                g_assert_cmpfloat (v, <=, a.range.max);
                g_assert_true (i == 0 || v > t.tick[i - 1].value);
                g_assert_cmpfloat_with_epsilon (multiple, round (multiple), 1e-6);
                g_assert_cmpfloat_with_epsilon (read * pow (10, t.exponent), v, 1e-9 * fabs (v) + 1e-9 * t.step);
                g_assert_false (v == 0 && signbit (v));
              }
            cases++;
          }
  g_test_message ("%zu axes", cases);
  g_assert_cmpuint (cases, >, 5000);
}

static void
test_degenerate (void)
{
  const LwAxis bad[] = { axis (NAN, NAN, 0), axis (INFINITY, -INFINITY, 0), axis (3, 2, 0), axis (0, INFINITY, 0), axis (1e12, 1e12, 0),
                         axis (-1e-12, -1e-12, 0), axis (1e9, 1e9 + 1e-9, LW_UNIT_DEGREE) };

  for (size_t i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      LwAxis a = lw_axis_drawable (bad[i]);
      LwTicks t;

      lw_axis_ticks (&bad[i], 6, &t);
      g_assert_cmpuint (t.n, >=, 2);
      for (size_t k = 0; k < t.n; k++)
        g_assert_true (isfinite (lw_axis_to_pixel (&a, t.tick[k].value)));
    }
}

static void
test_log (void)
{
  LwAxis a = axis (1e-6, 1e2, LW_UNIT_NONE), b = axis (1, 10, LW_UNIT_NONE), c = axis (2, 3, LW_UNIT_NONE), d = axis (-1, 100, LW_UNIT_NONE);

  a.scale = b.scale = c.scale = d.scale = LW_SCALE_LOG10;
  assert_labels (a, 9, "10⁻⁶ 10⁻⁵ 10⁻⁴ 0.001 0.01 0.1 1 10 100");
  assert_labels (a, 5, "10⁻⁶ 10⁻⁴ 0.01 1 100");
  assert_labels (b, 4, "1 2 5 10");
  assert_labels (c, 4, "2.0 2.5 3.0");
  assert_labels (d, 4, "0.1 1 10 100");
  g_assert_cmpfloat_with_epsilon (lw_axis_to_pixel (&a, 1e-2), 200, 1e-10);
  g_assert_true (isnan (lw_axis_to_pixel (&a, 0)));
  g_assert_true (isnan (lw_axis_to_pixel (&a, -1)));
}

static void
test_mapping (void)
{
  for (int scale = 0; scale < 2; scale++)
    {
      LwAxis a = { .range = { 0.5, 80 }, .pixel_min = 300, .pixel_max = 20, .scale = (LwScale) scale };
      LwRange zoomed, moved;

      g_assert_cmpfloat_with_epsilon (lw_axis_to_pixel (&a, 0.5), 300, 1e-10);
      g_assert_cmpfloat_with_epsilon (lw_axis_to_pixel (&a, 80), 20, 1e-10);
      for (double p = 0; p <= 320; p += 0.5)
        g_assert_cmpfloat_with_epsilon (lw_axis_to_pixel (&a, lw_axis_from_pixel (&a, p)), p, 1e-9);

      /* The value under the pointer stays under it; panning carries values along. */
      zoomed = lw_axis_zoom (&a, 100, 1.7, lw_range_empty ());
      moved = lw_axis_pan (&a, 30);
      double held = lw_axis_from_pixel (&a, 100);
      LwAxis z = a, m = a;

      z.range = zoomed;
      m.range = moved;
      g_assert_cmpfloat_with_epsilon (lw_axis_to_pixel (&z, held), 100, 1e-9);
      g_assert_cmpfloat_with_epsilon (lw_axis_to_pixel (&m, held), 130, 1e-9);
    }
}

static void
test_nice (void)
{
  LwAxis a = axis (0.13, 9.2, LW_UNIT_NONE), b = axis (-0.02, 0.31, LW_UNIT_NONE);
  LwRange r = lw_axis_nice (&a, 6), s = lw_axis_nice (&b, 6);

  g_assert_true (lw_range_equal (r, (LwRange){ 0, 10 }));
  g_assert_true (lw_range_equal (s, (LwRange){ -0.1, 0.4 }));
}

static void
test_format (void)
{
  LwAxis seconds = axis (0, 10, LW_UNIT_SECOND), degrees = axis (-G_PI, G_PI, LW_UNIT_DEGREE), count = axis (0, 10, LW_UNIT_COUNT);
  char text[64];

  lw_axis_format (&seconds, 3.14159, text, sizeof text);
  g_assert_cmpstr (text, ==, "3.14\u00a0s");
  lw_axis_format (&degrees, -G_PI / 4, text, sizeof text);
  g_assert_cmpstr (text, ==, "−45.0°");
  lw_axis_format (&count, 7, text, sizeof text);
  g_assert_cmpstr (text, ==, "7");
  lw_axis_format (&seconds, -1e-9, text, sizeof text);
  g_assert_cmpstr (text, ==, "0.00\u00a0s");
  lw_axis_format (&seconds, NAN, text, sizeof text);
  g_assert_cmpstr (text, ==, "–");

  /* A short buffer is terminated, and the length asked for is told. */
  g_assert_cmpint (lw_axis_format (&degrees, -G_PI / 4, text, 4), >, 4);
  g_assert_cmpuint (strlen (text), <, 4);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/axis/closed-cases", test_closed_cases);
  g_test_add_func ("/axis/exponent", test_exponent);
  g_test_add_func ("/axis/sweep", test_sweep);
  g_test_add_func ("/axis/degenerate", test_degenerate);
  g_test_add_func ("/axis/log", test_log);
  g_test_add_func ("/axis/mapping", test_mapping);
  g_test_add_func ("/axis/nice", test_nice);
  g_test_add_func ("/axis/format", test_format);
  return g_test_run ();
}
