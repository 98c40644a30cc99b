/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-band.h"

#include <glib.h>
#include <math.h>

enum { N = 101 };

static void
test_limits (void)
{
  double mean[N], sd[N], lower[N], upper[N];

  for (int i = 0; i < N; i++)
    {
      mean[i] = sin (i * 0.1) * pow (10, i % 7 - 3);
      sd[i] = fabs (cos (i * 0.3));
      lower[i] = upper[i] = NAN;
    }
  g_assert_cmpint (lw_band_limits (mean, sd, N, 2, lower, upper), ==, LW_OK);
  for (int i = 0; i < N; i++)
    {
      g_assert_cmpfloat_with_epsilon (0.5 * (lower[i] + upper[i]), mean[i], 1e-12);
      g_assert_cmpfloat_with_epsilon ((upper[i] - lower[i]) / 4, sd[i], 1e-12);
    }

  sd[50] = -1e-9;
  lower[3] = NAN;
  g_assert_cmpint (lw_band_limits (mean, sd, N, 2, lower, upper), ==, LW_ERR_RANGE);
  g_assert_true (isnan (lower[3]));
  sd[50] = 0;
  g_assert_cmpint (lw_band_limits (mean, sd, N, -1, lower, upper), ==, LW_ERR_RANGE);
  g_assert_cmpint (lw_band_limits (mean, sd, N, NAN, lower, upper), ==, LW_ERR_RANGE);
}

/* The outline of mean ± 2 sd has the area of 4 sd over its length (shoelace formula). */
static void
test_outline (void)
{
  double x[N], lower[N], upper[N], px[2 * N], py[2 * N], area = 0;
  size_t n;

  for (int i = 0; i < N; i++)
    {
      x[i] = i * 0.01;
      lower[i] = x[i] - 0.5;
      upper[i] = x[i] + 0.5;
    }
  n = lw_band_outline (x, lower, upper, N, px, py);
  g_assert_cmpuint (n, ==, 2 * N);
  for (size_t i = 0; i < n; i++)
    area += 0.5 * (px[i] * py[(i + 1) % n] - px[(i + 1) % n] * py[i]);
  g_assert_cmpfloat_with_epsilon (fabs (area), 1.0, 1e-12);

  lower[7] = NAN;
  upper[9] = NAN;
  n = lw_band_outline (x, lower, upper, N, px, py);
  g_assert_cmpuint (n, ==, 2 * N - 4);
  for (size_t i = 0; i < n; i++)
    g_assert_true (isfinite (px[i]) && isfinite (py[i]) && px[i] != x[7] && px[i] != x[9]);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/band/limits", test_limits);
  g_test_add_func ("/band/outline", test_outline);
  return g_test_run ();
}
