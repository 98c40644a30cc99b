/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-subspace.h"

#include <glib.h>
#include <math.h>

#include "lw-assert-close.h"
#include "lw-linalg.h"
#include "lw-rng.h"

static LwMat
random_mat (size_t rows, size_t cols, uint32_t stream)
{
  LwMat m;
  LwRng rng;

  g_assert_cmpint (lw_mat_alloc (&m, rows, cols), ==, LW_OK);
  lw_rng_init (&rng, 11, LW_RNG_TEST, stream, 0);
  lw_rng_normals (&rng, m.data, rows * cols);
  return m;
}

/* Both ways of decomposing, against the eigenvalues of the p x p matrix. */
static void
check_leading (size_t n, size_t p, size_t d)
{
  LwMat x = random_mat (n, p, 3), cov, u, gram;
  double *values = g_new (double, p), *var = g_new (double, d), tail = (double) NAN, rest = 0;

  g_assert_cmpint (lw_mat_alloc (&cov, p, p), ==, LW_OK);
  g_assert_cmpint (lw_mat_alloc (&u, d, p), ==, LW_OK);
  g_assert_cmpint (lw_mat_alloc (&gram, d, d), ==, LW_OK);
  lw_fill_nan (var, d);
  lw_mat_fill (&u, (double) NAN);
  g_assert_cmpint (lw_subspace_find (&x, d, &u, var, &tail), ==, LW_OK);
  lw_syrk (1, &x, true, 0, &cov);
  g_assert_cmpint (lw_eig_sym (&cov, values), ==, LW_OK);
  for (size_t a = 0; a < d; a++) {
    double expected = a < p ? fmax (values[p - 1 - a], 0) : 0;
    lw_assert_close (var[a], expected, 1e-10, 1e-10);
  }
  for (size_t i = 0; i + d < p; i++)
    rest += values[i];
  lw_assert_close (tail, rest, 1e-9, 1e-10);
  lw_syrk (1, &u, false, 0, &gram);
  for (size_t a = 0; a < d; a++)
    for (size_t b = 0; b < d; b++)
      lw_assert_close (lw_mat_get (&gram, a, b), a == b ? 1 : 0, 0, 1e-13);
  g_free (values);
  g_free (var);
  lw_mat_clear (&x);
  lw_mat_clear (&cov);
  lw_mat_clear (&u);
  lw_mat_clear (&gram);
}

static void
test_leading (void)
{
  check_leading (40, 6, 2);
  check_leading (5, 30, 2);
  check_leading (6, 6, 6);
  check_leading (2, 9, 4); /* asks for more directions than there are */
}

/* A tail of 1e-16 of the trace is still known to many digits: sums of differences would have none. */
static void
test_small_tail (void)
{
  LwMat x = random_mat (50, 8, 4), u;
  double var[2], tail;

  for (size_t i = 0; i < 50; i++)
    for (size_t j = 0; j < 8; j++)
      if (j >= 2)
        lw_mat_row (&x, i)[j] *= 1e-8;
  double expected = 0;
  for (size_t i = 0; i < 50; i++) /* nearly: the two first columns hardly lean on the others */
    for (size_t j = 2; j < 8; j++)
      expected += pow (lw_mat_get (&x, i, j), 2);
  g_assert_cmpint (lw_mat_alloc (&u, 2, 8), ==, LW_OK);
  g_assert_cmpint (lw_subspace_find (&x, 2, &u, var, &tail), ==, LW_OK);
  g_assert_true (tail > 0.8 * expected && tail <= expected);
  lw_mat_clear (&x);
  lw_mat_clear (&u);
}

/* Samples with @d strong directions of strengths 3, 2.5, ... in noise of size @noise, turned by @stream. */
static LwMat
strong_directions (size_t n, size_t p, size_t d, double noise, uint32_t stream)
{
  LwMat x = random_mat (n, p, stream), w = random_mat (d, p, stream + 1), z = random_mat (n, d, stream + 2);

  for (size_t i = 0; i < n; i++)
    for (size_t a = 0; a < d; a++)
      lw_mat_row (&z, i)[a] *= 3 - 0.5 * (double) a;
  lw_gemm (1, &z, false, &w, false, noise, &x);
  lw_mat_clear (&w);
  lw_mat_clear (&z);
  return x;
}

/* What lw_subspace_follow() finds is what lw_subspace_find() does, and it allocates nothing to get there unless @decomposes. */
static void
check_follow (LwSubspace *self, LwSubspaceWorkspace *ws, const LwMat *x, double tolerance, gboolean decomposes)
{
  size_t d = ws->d, p = x->cols;
  LwMat u, expected;
  double var[4], tail = (double) NAN, expected_var[4], expected_tail;

  g_assert_cmpint (lw_mat_alloc (&u, d, p), ==, LW_OK);
  g_assert_cmpint (lw_mat_alloc (&expected, d, p), ==, LW_OK);
  lw_mat_fill (&u, (double) NAN);
  lw_fill_nan (var, 4);
  g_assert_cmpint (lw_subspace_find (x, d, &expected, expected_var, &expected_tail), ==, LW_OK);
  g_assert_cmpint (lw_subspace_follow (self, x, ws, &u, var, &tail), ==, LW_OK);
  g_assert_true ((self->failures > 0) == decomposes);
  lw_assert_close_array (var, expected_var, d, 1e-12, 0);
  lw_assert_close (tail, expected_tail, 1e-10, 0);
  for (size_t a = 0; a < d; a++) { /* up to the sign */
    double dot = lw_dot (lw_mat_row (&u, a), lw_mat_row (&expected, a), p);
    for (size_t j = 0; j < p; j++)
      lw_assert_close (lw_mat_get (&u, a, j), copysign (1, dot) * lw_mat_get (&expected, a, j), 0, tolerance);
  }
  lw_mat_clear (&u);
  lw_mat_clear (&expected);
}

static void
test_follow (void)
{
  static const struct {
    size_t n, p;
  } sizes[] = { { 300, 100 }, { 60, 120 }, { 100, 100 }, { 30, 90 }, { 500, 12 } };

  for (size_t s = 0; s < G_N_ELEMENTS (sizes); s++) {
    size_t n = sizes[s].n, p = sizes[s].p;
    LwMat x = strong_directions (n, p, 3, 0.1, 20), other = strong_directions (n, p, 3, 0.1, 30), fewer;
    LwSubspace subspace;
    LwSubspaceWorkspace ws;

    g_assert_cmpint (lw_subspace_init (&subspace, 3, p), ==, LW_OK);
    g_assert_cmpint (lw_subspace_workspace_init (&ws, n, p, 3), ==, LW_OK);
    check_follow (&subspace, &ws, &x, 1e-10, FALSE);
    check_follow (&subspace, &ws, &x, 1e-10, FALSE); /* from the solution */
    lw_mat_row (&x, 0)[1] += 0.3;
    check_follow (&subspace, &ws, &x, 1e-10, FALSE); /* from near it */
    check_follow (&subspace, &ws, &other, 1e-10, FALSE); /* from quite another one */
    fewer = lw_mat_block (&other, 0, 0, n - 5, p);
    check_follow (&subspace, &ws, &fewer, 1e-10, FALSE);
    lw_subspace_clear (&subspace);
    lw_subspace_workspace_clear (&ws);
    lw_mat_clear (&x);
    lw_mat_clear (&other);
  }
}

/* A tail of 1e-13 of the trace is summed from residuals: the difference would know three digits of it. */
static void
test_follow_small_tail (void)
{
  LwMat x = strong_directions (300, 100, 3, 1e-6, 50);
  LwSubspace subspace;
  LwSubspaceWorkspace ws;

  g_assert_cmpint (lw_subspace_init (&subspace, 3, 100), ==, LW_OK);
  g_assert_cmpint (lw_subspace_workspace_init (&ws, 300, 100, 3), ==, LW_OK);
  check_follow (&subspace, &ws, &x, 1e-10, FALSE);
  check_follow (&subspace, &ws, &x, 1e-10, FALSE);
  lw_subspace_clear (&subspace);
  lw_subspace_workspace_clear (&ws);
  lw_mat_clear (&x);
}

/* Directions that the start is exactly orthogonal to are found all the same. */
static void
test_follow_orthogonal_start (void)
{
  LwMat x = random_mat (200, 80, 40), first = random_mat (200, 80, 41);
  LwSubspace subspace;
  LwSubspaceWorkspace ws;

  for (size_t i = 0; i < 200; i++)
    for (size_t j = 0; j < 80; j++) {
      lw_mat_row (&first, i)[j] *= j < 2 ? 5 + (double) j : j < 40 ? 0.1 : 0;
      lw_mat_row (&x, i)[j] *= j >= 78 ? 5 + (double) j / 20 : j < 40 ? 0 : 0.1;
    }
  g_assert_cmpint (lw_subspace_init (&subspace, 2, 80), ==, LW_OK);
  g_assert_cmpint (lw_subspace_workspace_init (&ws, 200, 80, 2), ==, LW_OK);
  check_follow (&subspace, &ws, &first, 1e-10, FALSE);
  check_follow (&subspace, &ws, &x, 1e-10, FALSE);
  lw_subspace_clear (&subspace);
  lw_subspace_workspace_clear (&ws);
  lw_mat_clear (&x);
  lw_mat_clear (&first);
}

/* Eigenvalues that are all alike: no Krylov space tells them apart, so they are decomposed, and soon without trying. */
static void
test_follow_alike (void)
{
  size_t n = 240, p = 120, d = 2;
  LwMat x, u;
  LwSubspace subspace;
  LwSubspaceWorkspace ws;
  double var[2], tail;

  g_assert_cmpint (lw_mat_alloc (&x, n, p), ==, LW_OK);
  g_assert_cmpint (lw_mat_alloc (&u, d, p), ==, LW_OK);
  g_assert_cmpint (lw_subspace_init (&subspace, d, p), ==, LW_OK);
  g_assert_cmpint (lw_subspace_workspace_init (&ws, n, p, d), ==, LW_OK);
  for (size_t i = 0; i < 3; i++) {
    for (size_t j = 0; j < p; j++) { /* the strongest ones are elsewhere each time */
      size_t at = (j + 40 * i) % p;
      lw_mat_set (&x, at, at, 1 + 1e-5 * (double) j);
      lw_mat_set (&x, p + at, at, 1 + 1e-5 * (double) j);
    }
    g_assert_cmpint (lw_subspace_follow (&subspace, &x, &ws, &u, var, &tail), ==, LW_OK);
    g_assert_cmpuint (subspace.failures, ==, MIN (i + 1, 2));
    for (size_t a = 0; a < d; a++)
      lw_assert_close (var[a], 2 * pow (1 + 1e-5 * (double) (p - 1 - a), 2), 1e-12, 0);
  }
  lw_subspace_clear (&subspace);
  lw_subspace_workspace_clear (&ws);
  lw_mat_clear (&x);
  lw_mat_clear (&u);
}

/* Fewer directions than asked for, none at all, and squares that overflow. */
static void
test_follow_degenerate (void)
{
  LwMat x = strong_directions (120, 90, 2, 0, 50), u;
  LwSubspace subspace;
  LwSubspaceWorkspace ws;
  double var[3] = { 1, 2, 3 }, tail = (double) NAN, largest;

  g_assert_cmpint (lw_mat_alloc (&u, 3, 90), ==, LW_OK);
  g_assert_cmpint (lw_subspace_init (&subspace, 3, 90), ==, LW_OK);
  g_assert_cmpint (lw_subspace_workspace_init (&ws, 120, 90, 3), ==, LW_OK);
  for (size_t i = 0; i < 2; i++) {
    g_assert_cmpint (lw_subspace_follow (&subspace, &x, &ws, &u, var, &tail), ==, LW_OK);
    g_assert_true (var[0] >= var[1] && var[1] > 1 && lw_mat_is_finite (&u));
    lw_assert_close (var[2], 0, 0, 1e-12 * var[0]);
    lw_assert_close (tail, 0, 0, 1e-12 * var[0]);
  }
  largest = var[0];
  lw_mat_set (&x, 3, 3, 1e200);
  g_assert_cmpint (lw_subspace_follow (&subspace, &x, &ws, &u, var, &tail), ==, LW_ERR_NOT_FINITE);
  lw_assert_close (var[0], largest, 0, 0);
  lw_mat_fill (&x, 0);
  g_assert_cmpint (lw_subspace_follow (&subspace, &x, &ws, &u, var, &tail), ==, LW_OK);
  lw_assert_close (var[0] + tail, 0, 0, 0);
  lw_subspace_clear (&subspace);
  lw_subspace_workspace_clear (&ws);
  lw_mat_clear (&x);
  lw_mat_clear (&u);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/subspace/find", test_leading);
  g_test_add_func ("/subspace/find/small-tail", test_small_tail);
  g_test_add_func ("/subspace/follow", test_follow);
  g_test_add_func ("/subspace/follow-small-tail", test_follow_small_tail);
  g_test_add_func ("/subspace/follow/orthogonal-start", test_follow_orthogonal_start);
  g_test_add_func ("/subspace/follow/alike", test_follow_alike);
  g_test_add_func ("/subspace/follow/degenerate", test_follow_degenerate);
  return g_test_run ();
}
