/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-rrt.h"

#include <glib.h>
#include <math.h>
#include <string.h>

#include "lw-assert-close.h"

/* A wall at x in [0.4, 0.6] with its end at y = *data. */
static bool
beside_the_wall (const double q[2], const void *data)
{
  return q[0] < 0.4 || q[0] > 0.6 || q[1] > *(const double *) data;
}

static const double wall_end = 0.8;

static LwRrt
settings (void)
{
  return (LwRrt){ .lower = { 0, 0 }, .upper = { 1, 1 }, .step = 0.05, .rewire = 0.1, .goal_radius = 0.1, .goal_bias = 0.1, .check = 0.01,
                  .min_nodes = 800, .max_nodes = 4000, .is_free = beside_the_wall, .data = &wall_end };
}

static double
length_of (const LwMat *path)
{
  double length = 0;

  for (size_t i = 0; i + 1 < path->rows; i++)
    length += hypot (lw_mat_get (path, i + 1, 0) - lw_mat_get (path, i, 0), lw_mat_get (path, i + 1, 1) - lw_mat_get (path, i, 1));
  return length;
}

static void
assert_free (const LwMat *path)
{
  for (size_t i = 0; i + 1 < path->rows; i++)
    for (int k = 0; k <= 20; k++)
      {
        const double q[2] = { lw_mat_get (path, i, 0) + k / 20. * (lw_mat_get (path, i + 1, 0) - lw_mat_get (path, i, 0)),
                              lw_mat_get (path, i, 1) + k / 20. * (lw_mat_get (path, i + 1, 1) - lw_mat_get (path, i, 1)) };
        const double a_little_lower = wall_end - 0.01; /* edges are tested every 0.01 */

        g_assert_true (beside_the_wall (q, &a_little_lower));
      }
}

static void
test_around_a_wall (void)
{
  const LwRrt rrt = settings ();
  const double start[2] = { 0.2, 0.5 };
  double goal[2] = { 0.8, 0.5 };
  /* Round both corners: the taut string. */
  const double shortest = 2 * hypot (0.2, 0.3) + 0.2;
  const LwMat goals = lw_mat_view (goal, 1, 2);

  for (uint32_t seed = 0; seed < 10; seed++)
    {
      LwMat path, again;
      LwRng rng;
      double grown;

      lw_rng_init (&rng, seed, LW_RNG_TEST, 0, 0);
      g_assert_cmpint (lw_rrt_plan (&rrt, start, &goals, &rng, &path), ==, LW_OK);
      lw_rng_init (&rng, seed, LW_RNG_TEST, 0, 0);
      g_assert_cmpint (lw_rrt_plan (&rrt, start, &goals, &rng, &again), ==, LW_OK);
      g_assert_cmpuint (path.rows, ==, again.rows);
      g_assert_cmpmem (path.data, path.rows * 16, again.data, again.rows * 16);

      lw_assert_close_array (lw_mat_row (&path, 0), start, 2, 0, 0);
      lw_assert_close_array (lw_mat_row (&path, path.rows - 1), goal, 2, 0, 0);
      assert_free (&path);
      grown = length_of (&path);
      g_assert_cmpfloat (grown, >=, shortest - 0.02);
      g_assert_cmpfloat (grown, <, 1.5 * shortest);
      lw_rrt_shortcut (&rrt, &path, 300, &rng);
      assert_free (&path);
      lw_assert_close_array (lw_mat_row (&path, path.rows - 1), goal, 2, 0, 0);
      g_assert_cmpfloat (length_of (&path), <=, grown + 1e-12);
      g_assert_cmpfloat (length_of (&path), <, 1.25 * shortest);
      lw_mat_clear (&path);
      lw_mat_clear (&again);
    }
}

/* More nodes, shorter ways: what the star stands for. */
static void
test_improves (void)
{
  LwRrt rrt = settings ();
  const double start[2] = { 0.2, 0.5 };
  double goal[2] = { 0.8, 0.5 }, mean[2] = { 0, 0 };
  const LwMat goals = lw_mat_view (goal, 1, 2);

  for (int size = 0; size < 2; size++)
    for (uint32_t seed = 0; seed < 10; seed++)
      {
        LwMat path;
        LwRng rng;

        rrt.min_nodes = size ? 3500 : 100;
        lw_rng_init (&rng, seed, LW_RNG_TEST, 0, 0);
        g_assert_cmpint (lw_rrt_plan (&rrt, start, &goals, &rng, &path), ==, LW_OK);
        mean[size] += length_of (&path) / 10;
        lw_mat_clear (&path);
      }
  g_test_message ("mean length %.3f early, %.3f late", mean[0], mean[1]);
  g_assert_cmpfloat (mean[1], <, mean[0] - 0.02);
}

static void
test_no_way (void)
{
  LwRrt rrt = settings ();
  const double closed = 2, start[2] = { 0.2, 0.5 }, inside[2] = { 0.5, 0.5 };
  double goal[2] = { 0.8, 0.5 };
  const LwMat goals = lw_mat_view (goal, 1, 2);
  LwMat path;
  LwRng rng;

  lw_rng_init (&rng, 1, LW_RNG_TEST, 0, 0);
  g_assert_cmpint (lw_rrt_plan (&rrt, inside, &goals, &rng, &path), ==, LW_ERR_RANGE);
  rrt.data = &closed;
  g_assert_cmpint (lw_rrt_plan (&rrt, start, &goals, &rng, &path), ==, LW_ERR_SOLVER);
  goal[0] = 0.5;
  g_assert_cmpint (lw_rrt_plan (&rrt, start, &goals, &rng, &path), ==, LW_ERR_RANGE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/rrt/around-a-wall", test_around_a_wall);
  g_test_add_func ("/rrt/improves", test_improves);
  g_test_add_func ("/rrt/no-way", test_no_way);
  return g_test_run ();
}
