/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-ellipse.h"

#include <glib.h>
#include <math.h>

enum { N = 64 };

/* (p - m)' cov^-1 (p - m) = n_sigma^2 for every point, with the inverse written out. */
static void
test_quadratic_form (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (3);

  for (int k = 0; k < 500; k++)
    {
      double l11 = exp (g_rand_double_range (rand, -4, 4)), l21 = g_rand_double_range (rand, -3, 3), l22 = exp (g_rand_double_range (rand, -4, 4));
      double cov[4] = { l11 * l11, l11 * l21, l11 * l21, l21 * l21 + l22 * l22 }, det = l11 * l11 * l22 * l22;
      double mean[2] = { g_rand_double_range (rand, -5, 5), g_rand_double_range (rand, -5, 5) }, n_sigma = 1 + k % 3;
      double x[N], y[N];
      LwEllipse e;

      g_assert_cmpint (lw_ellipse_init (&e, mean, cov, n_sigma), ==, LW_OK);
      lw_ellipse_points (&e, N, x, y);
      for (int i = 0; i < N; i++)
        {
          double u = x[i] - mean[0], v = y[i] - mean[1];
          double form = (cov[3] * u * u - 2 * cov[1] * u * v + cov[0] * v * v) / det;
          /* The form cancels by the covariance's condition. */
          double condition = (cov[0] + cov[3]) * (cov[0] + cov[3]) / det;

          g_assert_cmpfloat_with_epsilon (form, n_sigma * n_sigma, 1e-12 + 1e-13 * condition);
        }
    }
}

static void
test_closed_forms (void)
{
  const double mean[2] = { 1, 2 }, round[4] = { 4, 0, 0, 4 }, tall[4] = { 1, 0, 0, 9 }, tilted[4] = { 5, 3, 3, 5 };
  LwEllipse e;

  g_assert_cmpint (lw_ellipse_init (&e, mean, round, 1.5), ==, LW_OK);
  g_assert_cmpfloat_with_epsilon (e.radius[0], 3, 1e-15);
  g_assert_cmpfloat_with_epsilon (e.radius[1], 3, 1e-15);
  g_assert_cmpint (lw_ellipse_init (&e, mean, tall, 2), ==, LW_OK);
  g_assert_cmpfloat_with_epsilon (e.radius[0], 6, 1e-14);
  g_assert_cmpfloat_with_epsilon (e.radius[1], 2, 1e-14);
  g_assert_cmpfloat_with_epsilon (fabs (e.axis[0][1]), 1, 1e-15);
  g_assert_cmpint (lw_ellipse_init (&e, mean, tilted, 1), ==, LW_OK);
  g_assert_cmpfloat_with_epsilon (e.radius[0], sqrt (8), 1e-14);
  g_assert_cmpfloat_with_epsilon (e.radius[1], sqrt (2), 1e-14);
  g_assert_cmpfloat_with_epsilon (e.axis[0][0], e.axis[0][1], 1e-15);
}

static void
test_degenerate (void)
{
  const double mean[2] = { 0, 0 }, segment[4] = { 1, 2, 2, 4 }, point[4] = { 0, 0, 0, 0 }, saddle[4] = { 1, 2, 2, 1 }, negative[4] = { -1, 0, 0, -1 },
               unknown[4] = { NAN, 0, 0, 1 };
  LwEllipse e = { .radius = { 7, 7 } };

  g_assert_cmpint (lw_ellipse_init (&e, mean, saddle, 1), ==, LW_ERR_NOT_SPD);
  g_assert_cmpint (lw_ellipse_init (&e, mean, negative, 1), ==, LW_ERR_NOT_SPD);
  g_assert_cmpint (lw_ellipse_init (&e, mean, unknown, 1), ==, LW_ERR_NOT_FINITE);
  g_assert_cmpfloat (e.radius[0], ==, 7);
  g_assert_cmpint (lw_ellipse_init (&e, mean, segment, 1), ==, LW_OK);
  g_assert_cmpfloat_with_epsilon (e.radius[0], sqrt (5), 1e-14);
  g_assert_cmpfloat_with_epsilon (e.radius[1], 0, 1e-7);
  g_assert_cmpint (lw_ellipse_init (&e, mean, point, 1), ==, LW_OK);
  g_assert_cmpfloat (e.radius[0], ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ellipse/quadratic-form", test_quadratic_form);
  g_test_add_func ("/ellipse/closed-forms", test_closed_forms);
  g_test_add_func ("/ellipse/degenerate", test_degenerate);
  return g_test_run ();
}
