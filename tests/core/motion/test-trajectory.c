/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-trajectory.h"

#include <glib.h>
#include <math.h>
#include <stdint.h>

#include "lw-assert-close.h"

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LwTrajectory, lw_trajectory_unref)

/* Joint 0 is t^2, joint 1 is -3 t; uneven times from 0.5 s on. */
static LwTrajectory *
parabola (void)
{
  const double times[] = { 0.5, 0.75, 1.5, 2, 4 };
  LwTrajectory *self = lw_trajectory_new (5, 2);
  for (size_t i = 0; i < 5; i++) {
    self->t[i] = times[i];
    lw_mat_set (&self->q, i, 0, times[i] * times[i]);
    lw_mat_set (&self->q, i, 1, -3 * times[i]);
  }
  return self;
}

static void
test_new (void)
{
  g_autoptr (LwTrajectory) self = lw_trajectory_new (3, 2);
  g_assert_cmpuint (self->n_samples, ==, 3);
  g_assert_cmpuint (self->n_joints, ==, 2);
  g_assert_cmpuint (self->q.rows, ==, 3);
  g_assert_cmpuint (self->q.cols, ==, 2);
  for (size_t i = 0; i < 3; i++)
    g_assert_cmpfloat (self->t[i] + lw_mat_get (&self->q, i, 0) + lw_mat_get (&self->q, i, 1), ==, 0);
  g_assert_null (lw_trajectory_new (0, 2));
  g_assert_null (lw_trajectory_new (SIZE_MAX / 2, 3));
  g_assert_null (lw_trajectory_new (SIZE_MAX / 16, 8));
  lw_trajectory_unref (NULL);
}

static gpointer
ref_and_unref (gpointer data)
{
  LwTrajectory *self = data;
  for (int i = 0; i < 20000; i++)
    lw_trajectory_unref (lw_trajectory_ref (self));
  lw_trajectory_unref (self);
  return NULL;
}

/* References are taken and dropped by several threads; the last one frees (under a sanitizer: once). */
static void
test_references (void)
{
  LwTrajectory *self = parabola ();
  GThread *threads[3];
  for (size_t i = 0; i < 3; i++)
    threads[i] = g_thread_new ("reference", ref_and_unref, lw_trajectory_ref (self));
  for (size_t i = 0; i < 3; i++)
    g_thread_join (threads[i]);
  g_assert_cmpint (atomic_load (&self->ref_count), ==, 1);
  lw_trajectory_unref (self);
}

static void
test_at (void)
{
  g_autoptr (LwTrajectory) self = parabola ();
  double q[2];

  g_assert_cmpfloat (lw_trajectory_duration (self), ==, 3.5);
  for (size_t i = 0; i < 5; i++) { /* samples exactly */
    lw_trajectory_at (self, self->t[i], q);
    g_assert_cmpfloat (q[0], ==, self->t[i] * self->t[i]);
    g_assert_cmpfloat (q[1], ==, -3 * self->t[i]);
  }
  lw_trajectory_at (self, 3, q); /* halfway between 4 and 16 */
  lw_assert_close (q[0], 10, 1e-15, 0);
  lw_assert_close (q[1], -9, 1e-15, 0);
  lw_trajectory_at (self, -7, q);
  g_assert_cmpfloat (q[0], ==, 0.25);
  lw_trajectory_at (self, 99, q);
  g_assert_cmpfloat (q[0], ==, 16);

  g_autoptr (LwTrajectory) one = lw_trajectory_new (1, 1);
  one->t[0] = 2;
  one->q.data[0] = 5;
  for (double t = 1; t <= 3; t++) {
    lw_trajectory_at (one, t, q);
    g_assert_cmpfloat (q[0], ==, 5);
  }
  g_assert_cmpfloat (lw_trajectory_duration (one), ==, 0);
}

static void
test_segment (void)
{
  g_autoptr (LwTrajectory) self = parabola ();
  g_assert_cmpuint (lw_trajectory_segment (self, 0), ==, 0);
  g_assert_cmpuint (lw_trajectory_segment (self, 0.5), ==, 0);
  g_assert_cmpuint (lw_trajectory_segment (self, 0.75), ==, 1);
  g_assert_cmpuint (lw_trajectory_segment (self, 1.99), ==, 2);
  g_assert_cmpuint (lw_trajectory_segment (self, 2), ==, 3);
  g_assert_cmpuint (lw_trajectory_segment (self, 4), ==, 3);
  g_assert_cmpuint (lw_trajectory_segment (self, 9), ==, 3);
}

static void
test_peaks (void)
{
  g_autoptr (LwTrajectory) self = parabola ();
  double v[2], a[2];
  lw_fill_nan (v, 2);
  lw_fill_nan (a, 2);
  lw_trajectory_peaks (self, v, a);
  lw_assert_close (v[0], 6, 1e-14, 0); /* mean velocity of the last interval: 2 + 4 */
  lw_assert_close (a[0], 2, 1e-13, 0); /* second differences of a parabola are exact, however uneven the times */
  lw_assert_close (v[1], 3, 1e-14, 0);
  lw_assert_close (a[1], 0, 0, 1e-13);
  lw_trajectory_peaks (self, NULL, a);
  lw_trajectory_peaks (self, v, NULL);

  g_autoptr (LwTrajectory) one = lw_trajectory_new (1, 1);
  lw_trajectory_peaks (one, v, a);
  g_assert_cmpfloat (v[0], ==, 0);
  g_assert_cmpfloat (a[0], ==, 0);
}

static void
test_check (void)
{
  g_autoptr (LwTrajectory) self = parabola ();
  g_assert_cmpint (lw_trajectory_check (self), ==, LW_OK);
  self->t[2] = self->t[1];
  g_assert_cmpint (lw_trajectory_check (self), ==, LW_ERR_RANGE);
  self->t[2] = (double) NAN;
  g_assert_cmpint (lw_trajectory_check (self), ==, LW_ERR_NOT_FINITE);
  self->t[2] = 1.5;
  lw_mat_set (&self->q, 4, 1, HUGE_VAL);
  g_assert_cmpint (lw_trajectory_check (self), ==, LW_ERR_NOT_FINITE);
  lw_mat_set (&self->q, 4, 1, 0);
  self->n_joints = 3;
  g_assert_cmpint (lw_trajectory_check (self), ==, LW_ERR_SHAPE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/trajectory/new", test_new);
  g_test_add_func ("/trajectory/references", test_references);
  g_test_add_func ("/trajectory/at", test_at);
  g_test_add_func ("/trajectory/segment", test_segment);
  g_test_add_func ("/trajectory/peaks", test_peaks);
  g_test_add_func ("/trajectory/check", test_check);
  return g_test_run ();
}
