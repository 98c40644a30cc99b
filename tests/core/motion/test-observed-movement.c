/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-observed-movement.h"

#include <glib.h>
#include <math.h>

#include "lw-assert-close.h"

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LwTrajectory, lw_trajectory_unref)

/* @n samples 0.5 s apart from 7 s on, of two joints. */
static LwTrajectory *
path (size_t n)
{
  LwTrajectory *self = lw_trajectory_new (n, 2);
  for (size_t i = 0; i < n; i++)
    self->t[i] = 7 + 0.5 * (double) i;
  return self;
}

/* Phase counts from the first sample, whatever the clock: of the path's own duration, or of a longer or shorter one. */
static void
test_phases (void)
{
  g_autoptr (LwTrajectory) five = path (5), one = path (1);
  LwObservedMovement movement;
  double z[5];
  const struct {
    LwBasisKind kind;
    double duration, expected[5];
  } cases[] = {
    { LW_BASIS_STROKE, 0, { 0, 0.25, 0.5, 0.75, 1 } }, { LW_BASIS_STROKE, 4, { 0, 0.125, 0.25, 0.375, 0.5 } },
    { LW_BASIS_STROKE, 1, { 0, 0.5, 1, 1, 1 } }, /* held at its end */
    { LW_BASIS_RHYTHMIC, 1, { 0, 0.5, 1, 1.5, 2 } },   { LW_BASIS_RHYTHMIC, 0, { 0, 0.25, 0.5, 0.75, 1 } },
  };
  for (size_t c = 0; c < G_N_ELEMENTS (cases); c++) {
    lw_fill_nan (z, 5);
    g_assert_cmpint (lw_observed_movement_init (&movement, cases[c].kind, five, cases[c].duration, z), ==, LW_OK);
    lw_assert_close_array (z, cases[c].expected, 5, 1e-14, 0);
    g_assert_true (movement.z == z && movement.y.data == five->q.data && movement.n_samples == 5);
  }
  g_assert_cmpint (lw_observed_movement_init (&movement, LW_BASIS_STROKE, one, 0, z), ==, LW_OK);
  g_assert_cmpfloat (z[0], ==, 0);
}

static void
test_bad_times (void)
{
  g_autoptr (LwTrajectory) five = path (5);
  LwObservedMovement movement = { .n_samples = 77 };
  double z[5];

  lw_fill_nan (z, 5);
  g_assert_cmpint (lw_observed_movement_init (&movement, LW_BASIS_STROKE, five, -1, z), ==, LW_ERR_RANGE);
  g_assert_cmpint (lw_observed_movement_init (&movement, LW_BASIS_STROKE, five, (double) NAN, z), ==, LW_ERR_NOT_FINITE);
  g_assert_cmpint (lw_observed_movement_init (&movement, LW_BASIS_STROKE, five, HUGE_VAL, z), ==, LW_ERR_NOT_FINITE);
  five->t[3] = (double) NAN;
  g_assert_cmpint (lw_observed_movement_init (&movement, LW_BASIS_STROKE, five, 0, z), ==, LW_ERR_NOT_FINITE);
  lw_assert_untouched (z, 5);
  g_assert_cmpuint (movement.n_samples, ==, 77);
}

/* NaN is a gap; infinity is none, nor is a phase without a number. */
static void
test_check (void)
{
  double z[3] = { 0, 0.5, 1 }, y[6] = { 1, 2, (double) NAN, (double) NAN, 5, 6 };
  LwObservedMovement movement = { 3, z, lw_mat_view (y, 3, 2) };

  g_assert_cmpint (lw_observed_movement_check (&movement, 2), ==, LW_OK);
  g_assert_cmpint (lw_observed_movement_check (&movement, 3), ==, LW_ERR_SHAPE);
  movement.n_samples = 2;
  g_assert_cmpint (lw_observed_movement_check (&movement, 2), ==, LW_ERR_SHAPE);
  movement.n_samples = 3;
  y[3] = -HUGE_VAL;
  g_assert_cmpint (lw_observed_movement_check (&movement, 2), ==, LW_ERR_NOT_FINITE);
  y[3] = 0;
  z[2] = (double) NAN;
  g_assert_cmpint (lw_observed_movement_check (&movement, 2), ==, LW_ERR_NOT_FINITE);
  const LwObservedMovement empty = { 0, NULL, lw_mat_view (NULL, 0, 2) }, narrow = { 0, NULL, lw_mat_view (NULL, 0, 0) };
  const LwObservedMovement wide = { 0, NULL, lw_mat_view (NULL, 0, LW_PROMP_MAX_JOINTS + 1) };
  g_assert_cmpint (lw_observed_movement_check (&empty, 2), ==, LW_OK);
  g_assert_cmpint (lw_observed_movement_check (&narrow, 0), ==, LW_ERR_SHAPE);
  g_assert_cmpint (lw_observed_movement_check (&wide, LW_PROMP_MAX_JOINTS + 1), ==, LW_ERR_SHAPE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/observed-movement/phases", test_phases);
  g_test_add_func ("/observed-movement/bad-times", test_bad_times);
  g_test_add_func ("/observed-movement/check", test_check);
  return g_test_run ();
}
