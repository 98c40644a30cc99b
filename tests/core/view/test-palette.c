/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-palette.h"

#include <glib.h>
#include <math.h>

/* Linear RGB as seen by full dichromats (Machado, Oliveira, Fernandes 2009, severity 1.0). */
static const double vision[3][3][3] = {
  { { 1, 0, 0 }, { 0, 1, 0 }, { 0, 0, 1 } },
  { { 0.367322, 0.860646, -0.227968 }, { 0.280085, 0.672501, 0.047413 }, { -0.011820, 0.042940, 0.968881 } }, /* deuteranopia */
  { { 0.152286, 1.052583, -0.204868 }, { 0.114503, 0.786281, 0.099216 }, { -0.003882, -0.048116, 1.051998 } }, /* protanopia */
};

static double
linear (double c)
{
  return c <= 0.04045 ? c / 12.92 : pow ((c + 0.055) / 1.055, 2.4);
}

static double
lab_curve (double t)
{
  return t > 0.008856 ? cbrt (t) : 7.787 * t + 16.0 / 116;
}

static void
to_lab (LwRgb c, const double m[3][3], double lab[3])
{
  double in[3] = { linear (c.r), linear (c.g), linear (c.b) }, out[3], x, y, z;

  for (int i = 0; i < 3; i++)
    out[i] = CLAMP (m[i][0] * in[0] + m[i][1] * in[1] + m[i][2] * in[2], 0, 1);
  x = lab_curve ((0.4124 * out[0] + 0.3576 * out[1] + 0.1805 * out[2]) / 0.95047);
  y = lab_curve (0.2126 * out[0] + 0.7152 * out[1] + 0.0722 * out[2]);
  z = lab_curve ((0.0193 * out[0] + 0.1192 * out[1] + 0.9505 * out[2]) / 1.08883);
  lab[0] = 116 * y - 16;
  lab[1] = 500 * (x - y);
  lab[2] = 200 * (y - z);
}

static void
test_distance (void)
{
  for (int dark = 0; dark < 2; dark++)
    for (int v = 0; v < 3; v++)
      {
        double least = INFINITY;

        for (size_t i = 0; i < LW_PALETTE_SIZE; i++)
          for (size_t j = 0; j < i; j++)
            {
              double a[3], b[3];

              to_lab (lw_palette_colour (i, dark), vision[v], a);
              to_lab (lw_palette_colour (j, dark), vision[v], b);
              least = fmin (least, hypot (hypot (a[0] - b[0], a[1] - b[1]), a[2] - b[2]));
            }
        g_test_message ("%s, vision %d: least distance %.1f", dark ? "dark" : "light", v, least);
        /* 2.3 is just noticeable side by side; 20 is told apart across a plot. */
        g_assert_cmpfloat (least, >, 20);
      }
}

static void
test_contrast (void)
{
  const LwRgb white = { 1, 1, 1 }, black = { 0, 0, 0 }, light = { 0.98, 0.98, 0.98 }, dark = { 0.19, 0.19, 0.19 };

  g_assert_cmpfloat_with_epsilon (lw_rgb_contrast (white, black), 21, 1e-12);
  g_assert_cmpfloat_with_epsilon (lw_rgb_contrast (black, black), 1, 1e-12);
  for (size_t i = 0; i < LW_PALETTE_SIZE; i++)
    {
      g_assert_cmpfloat (lw_rgb_contrast (lw_palette_colour (i, false), light), >=, 3);
      g_assert_cmpfloat (lw_rgb_contrast (lw_palette_colour (i, true), dark), >=, 3);
    }
}

static void
test_shapes_and_dashes (void)
{
  for (size_t i = 0; i < LW_PALETTE_SIZE; i++)
    {
      g_assert_cmpint (lw_palette_shape (i), ==, lw_palette_shape (i + LW_PALETTE_SIZE));
      g_assert_cmpint (lw_palette_shape (i), !=, LW_SHAPE_NONE);
      for (size_t j = 0; j < i; j++)
        {
          g_assert_cmpint (lw_palette_shape (i), !=, lw_palette_shape (j));
          g_assert_cmpint (lw_palette_dash (i), !=, lw_palette_dash (j));
        }
    }
  for (LwDash dash = LW_DASH_AUTO; dash <= LW_DASH_LONG_SHORT; dash++)
    {
      size_t n;
      const double *pattern = lw_dash_pattern (dash, &n);

      g_assert_true ((n == 0) == (dash <= LW_DASH_SOLID));
      g_assert_cmpuint (n % 2, ==, 0);
      for (size_t i = 0; i < n; i++)
        g_assert_cmpfloat (pattern[i], >, 0);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/palette/distance", test_distance);
  g_test_add_func ("/palette/contrast", test_contrast);
  g_test_add_func ("/palette/shapes-and-dashes", test_shapes_and_dashes);
  return g_test_run ();
}
