/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-spline.h"

#include <glib.h>
#include <math.h>

#include "lw-assert-close.h"
#include "lw-rng.h"

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LwTrajectory, lw_trajectory_unref)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LwSpline, lw_spline_clear)

/* @n samples at uneven times over 2 s from 1 s on; joint j is sin (pi (t - 1) (j + 1)). */
static LwTrajectory *
sines (size_t n, size_t n_joints)
{
  LwTrajectory *self = lw_trajectory_new (n, n_joints);
  for (size_t i = 0; i < n; i++) {
    double part = (double) i / (double) (n - 1);
    self->t[i] = 1 + 2 * (part + 0.1 * sin (2 * M_PI * part) / (2 * M_PI));
    for (size_t j = 0; j < n_joints; j++)
      lw_mat_set (&self->q, i, j, sin (M_PI * (self->t[i] - 1) * (double) (j + 1)));
  }
  return self;
}

/* Meets the samples; position, velocity and acceleration have no jump there; acceleration is constant in the end intervals. */
static void
test_continuity (void)
{
  enum { N = 40, J = 3 };
  g_autoptr (LwTrajectory) path = lw_trajectory_new (N, J);
  g_auto (LwSpline) spline = { 0 };
  LwRng rng;

  lw_rng_init (&rng, 1, LW_RNG_TEST, 0, 0);
  for (size_t i = 0; i < N; i++)
    path->t[i] = (i > 0 ? path->t[i - 1] : 3) + 0.01 + 0.1 * lw_rng_uniform (&rng);
  lw_rng_normals (&rng, path->q.data, N * J);
  g_assert_cmpint (lw_spline_init (&spline, path), ==, LW_OK);
  for (size_t i = 0; i < N; i++) {
    double q[2][J], v[2][J], a[2][J], here[J];
    double eps = 1e-9;
    lw_spline_at (&spline, path->t[i], here, NULL, NULL);
    lw_assert_close_array (here, lw_mat_row (&path->q, i), J, 1e-14, 1e-14);
    if (i == 0 || i == N - 1)
      continue;
    lw_spline_at (&spline, path->t[i] - eps, q[0], v[0], a[0]);
    lw_spline_at (&spline, path->t[i] + eps, q[1], v[1], a[1]);
    for (size_t j = 0; j < J; j++) { /* a change of 2 eps times the derivative above is no jump */
      lw_assert_close (q[1][j], q[0][j], 0, 1e-6);
      lw_assert_close (v[1][j], v[0][j], 0, 1e-4);
      lw_assert_close (a[1][j], a[0][j], 0, 3e-2);
    }
  }
  for (size_t j = 0; j < J; j++) {
    g_assert_cmpfloat (lw_mat_get (&spline.a, 0, j), ==, lw_mat_get (&spline.a, 1, j));
    g_assert_cmpfloat (lw_mat_get (&spline.a, N - 1, j), ==, lw_mat_get (&spline.a, N - 2, j));
  }
}

/* Against the curve it interpolates: inside, the error falls with the fourth power of the spacing h; next to the ends, where
 * the held acceleration is wrong by the third derivative (pi^3) times h, with the third. */
static void
test_order (void)
{
  double inside_before = 0, all_before = 0;
  for (size_t n = 21; n <= 161; n = 2 * n - 1) {
    g_autoptr (LwTrajectory) path = sines (n, 1);
    g_auto (LwSpline) spline = { 0 };
    double inside = 0, all = 0, h = 2.2 / (double) (n - 1);
    g_assert_cmpint (lw_spline_init (&spline, path), ==, LW_OK);
    for (double t = 1; t <= 3; t += 0.0007) {
      double q, v, a;
      lw_spline_at (&spline, t, &q, &v, &a);
      double error = fabs (q - sin (M_PI * (t - 1)));
      all = fmax (all, error);
      if (fabs (t - 2) < 0.5)
        inside = fmax (inside, error);
      lw_assert_close (v, M_PI * cos (M_PI * (t - 1)), 0, 0.5 * pow (M_PI, 3) * h * h);
      lw_assert_close (a, -M_PI * M_PI * sin (M_PI * (t - 1)), 0, pow (M_PI, 3) * h);
    }
    if (all_before > 0) {
      g_assert_cmpfloat (all, <, all_before / 7);
      g_assert_cmpfloat (inside, <, inside_before / 14);
    }
    all_before = all;
    inside_before = inside;
  }
  g_assert_cmpfloat (all_before, <, 1e-5);
  g_assert_cmpfloat (inside_before, <, 1e-8);
}

/* Velocity and acceleration are the derivatives of what is given as position. */
static void
test_derivatives (void)
{
  g_autoptr (LwTrajectory) path = sines (15, 2);
  g_auto (LwSpline) spline = { 0 };
  const double step = 1e-5;
  g_assert_cmpint (lw_spline_init (&spline, path), ==, LW_OK);
  for (double t = 1.01; t < 2.99; t += 0.0137) {
    double q[3][2], v[3][2], a[2];
    for (size_t i = 0; i < 3; i++)
      lw_spline_at (&spline, t + ((double) i - 1) * step, q[i], v[i], NULL);
    lw_spline_at (&spline, t, NULL, NULL, a);
    for (size_t j = 0; j < 2; j++) {
      lw_assert_close (v[1][j], (q[2][j] - q[0][j]) / (2 * step), 0, 1e-7);
      lw_assert_close (a[j], (v[2][j] - v[0][j]) / (2 * step), 0, 3e-3); /* a kink of the acceleration may lie inside the step */
    }
  }
}

static void
test_line_and_ends (void)
{
  g_autoptr (LwTrajectory) path = lw_trajectory_new (4, 1);
  g_auto (LwSpline) spline = { 0 };
  double q, v, a, v_peak, a_peak;

  for (size_t i = 0; i < 4; i++) {
    path->t[i] = (double) (i * i);
    path->q.data[i] = 2 + 5 * path->t[i];
  }
  g_assert_cmpint (lw_spline_init (&spline, path), ==, LW_OK);
  for (double t = 0; t <= 9; t += 0.5) {
    lw_spline_at (&spline, t, &q, &v, &a);
    lw_assert_close (q, 2 + 5 * t, 1e-14, 0);
    lw_assert_close (v, 5, 1e-14, 0);
    lw_assert_close (a, 0, 0, 1e-13);
  }
  lw_spline_peaks (&spline, &v_peak, &a_peak);
  lw_assert_close (v_peak, 5, 1e-14, 0);
  lw_assert_close (a_peak, 0, 0, 1e-13);
  for (int side = 0; side < 2; side++) { /* outside: held, at rest */
    lw_spline_at (&spline, side ? 100 : -100, &q, &v, &a);
    g_assert_cmpfloat (q, ==, side ? 47 : 2);
    g_assert_cmpfloat (v, ==, 0);
    g_assert_cmpfloat (a, ==, 0);
  }
}

/* The exact peaks are reached by a fine search and passed by none. */
static void
test_peaks (void)
{
  enum { N = 25, J = 4 };
  g_autoptr (LwTrajectory) path = lw_trajectory_new (N, J);
  g_auto (LwSpline) spline = { 0 };
  double v_peak[J], a_peak[J], v_found[J] = { 0 }, a_found[J] = { 0 };
  LwRng rng;

  lw_rng_init (&rng, 2, LW_RNG_TEST, 0, 0);
  for (size_t i = 0; i < N; i++)
    path->t[i] = (i > 0 ? path->t[i - 1] : 0) + 0.02 + 0.1 * lw_rng_uniform (&rng);
  lw_rng_normals (&rng, path->q.data, N * J);
  g_assert_cmpint (lw_spline_init (&spline, path), ==, LW_OK);
  lw_fill_nan (v_peak, J);
  lw_fill_nan (a_peak, J);
  lw_spline_peaks (&spline, v_peak, a_peak);
  double duration = lw_trajectory_duration (path);
  for (size_t i = 0; i <= 200000; i++) {
    double v[J], a[J];
    lw_spline_at (&spline, fmin (path->t[0] + duration * (double) i / 200000, path->t[N - 1]), NULL, v, a);
    for (size_t j = 0; j < J; j++) {
      v_found[j] = fmax (v_found[j], fabs (v[j]));
      a_found[j] = fmax (a_found[j], fabs (a[j]));
    }
  }
  for (size_t j = 0; j < J; j++) {
    g_assert_cmpfloat (v_found[j], <=, v_peak[j] * (1 + 1e-12));
    g_assert_cmpfloat (a_found[j], <=, a_peak[j] * (1 + 1e-12));
    lw_assert_close (v_peak[j], v_found[j], 1e-6, 0);
    lw_assert_close (a_peak[j], a_found[j], 1e-3, 0);
  }
}

static void
test_bad_input (void)
{
  LwSpline untouched = { .path = (const LwTrajectory *) &untouched };
  g_autoptr (LwTrajectory) one = lw_trajectory_new (1, 1), path = sines (5, 1);
  g_assert_cmpint (lw_spline_init (&untouched, one), ==, LW_ERR_TOO_FEW);
  path->t[3] = path->t[2];
  g_assert_cmpint (lw_spline_init (&untouched, path), ==, LW_ERR_RANGE);
  path->t[3] = (double) NAN;
  g_assert_cmpint (lw_spline_init (&untouched, path), ==, LW_ERR_NOT_FINITE);
  g_assert_true (untouched.path == (const LwTrajectory *) &untouched);
  g_assert_null (untouched.a.data);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/spline/continuity", test_continuity);
  g_test_add_func ("/spline/order", test_order);
  g_test_add_func ("/spline/derivatives", test_derivatives);
  g_test_add_func ("/spline/line-and-ends", test_line_and_ends);
  g_test_add_func ("/spline/peaks", test_peaks);
  g_test_add_func ("/spline/bad-input", test_bad_input);
  return g_test_run ();
}
