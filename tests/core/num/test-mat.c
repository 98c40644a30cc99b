/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-mat.h"

#include <glib.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "lw-assert-close.h"
#include "lw-rng.h"

/* Normal numbers in the top left corner of wider storage, so that a forgotten stride shows. Free .data. */
static LwMat
random_mat (LwRng *rng, size_t rows, size_t cols)
{
  size_t stride = cols + 3;
  LwMat m = { g_new (double, rows *stride + 1), rows, cols, stride };
  lw_rng_normals (rng, m.data, rows * stride);
  return m;
}

/* op(A) op(B), transcribed. */
static double
naive_product (const LwMat *a, bool trans_a, const LwMat *b, bool trans_b, size_t i, size_t j)
{
  size_t inner = trans_a ? a->rows : a->cols;
  double sum = 0;
  for (size_t k = 0; k < inner; k++)
    sum += (trans_a ? lw_mat_get (a, k, i) : lw_mat_get (a, i, k)) * (trans_b ? lw_mat_get (b, j, k) : lw_mat_get (b, k, j));
  return sum;
}

static void
test_alloc (void)
{
  LwMat m;
  g_assert_cmpint (lw_mat_alloc (&m, 3, 4), ==, LW_OK);
  g_assert_cmpuint (m.rows, ==, 3);
  g_assert_cmpuint (m.cols, ==, 4);
  g_assert_cmpuint (m.stride, ==, 4);
  for (size_t i = 0; i < 12; i++)
    g_assert_cmpfloat (m.data[i], ==, 0);
  lw_mat_clear (&m);
  g_assert_null (m.data);
  lw_mat_clear (&m);

  /* Nothing is a size too. */
  g_assert_cmpint (lw_mat_alloc (&m, 0, 5), ==, LW_OK);
  g_assert_nonnull (m.data);
  lw_mat_clear (&m);

  LwMat untouched = { NULL, 7, 8, 9 };
  g_assert_cmpint (lw_mat_alloc (&untouched, SIZE_MAX / 2, 3), ==, LW_ERR_MEMORY);
  g_assert_cmpint (lw_mat_alloc (&untouched, SIZE_MAX / 4, 1), ==, LW_ERR_MEMORY);
  g_assert_cmpuint (untouched.rows, ==, 7);
  g_assert_cmpuint (untouched.stride, ==, 9);
  g_assert_null (lw_doubles_new (SIZE_MAX / 4));
}

static void
test_views (void)
{
  double data[20];
  for (size_t i = 0; i < 20; i++)
    data[i] = (double) i;
  LwMat m = lw_mat_view (data, 4, 5);
  LwMat block = lw_mat_block (&m, 1, 2, 2, 3);
  g_assert_cmpfloat (lw_mat_get (&block, 0, 0), ==, 7);
  g_assert_cmpfloat (lw_mat_get (&block, 1, 2), ==, 14);
  lw_mat_set (&block, 1, 1, -1);
  g_assert_cmpfloat (data[13], ==, -1);

  lw_mat_fill (&block, 9);
  double rim = 0; /* what lies around the block stays */
  for (size_t i = 0; i < 20; i++)
    rim += data[i] == 9 ? 0 : data[i];
  g_assert_cmpfloat (rim, ==, 190 - (7 + 8 + 9 + 12 + 13 + 14));

  double copy[6];
  LwMat target = lw_mat_view (copy, 2, 3);
  lw_mat_copy (&block, &target);
  for (size_t i = 0; i < 6; i++)
    g_assert_cmpfloat (copy[i], ==, 9);
}

/* One number that is none is found wherever it is; what lies between the rows does not count. */
static void
test_is_finite (void)
{
  const double odd[] = { HUGE_VAL, -HUGE_VAL, (double) NAN }, fine[] = { 0, -0.0, 5e-324, -1.7e308, 1 };
  for (size_t cols = 0; cols <= 21; cols++)
    for (size_t stride = cols; stride <= cols + 3; stride += 3) {
      double data[3 * 24];
      LwMat m = { data, 3, cols, stride };
      lw_fill_nan (data, G_N_ELEMENTS (data));
      for (size_t i = 0; i < 3; i++)
        for (size_t j = 0; j < cols; j++)
          lw_mat_set (&m, i, j, fine[(i + j) % G_N_ELEMENTS (fine)]);
      g_assert_true (lw_mat_is_finite (&m));
      for (size_t i = 0; i < 3 * cols; i++) {
        double *at = lw_mat_row (&m, i / cols) + i % cols, kept = *at;
        *at = odd[i % G_N_ELEMENTS (odd)];
        g_assert_false (lw_mat_is_finite (&m));
        *at = kept;
      }
    }
  LwMat none = { NULL, 0, 0, 0 };
  g_assert_true (lw_mat_is_finite (&none));
}

static void
test_gemm (void)
{
  const struct {
    size_t m, n, k;
  } sizes[] = { { 1, 1, 1 }, { 2, 3, 4 }, { 5, 1, 7 }, { 33, 17, 40 } };
  LwRng rng;
  lw_rng_init (&rng, 1, LW_RNG_TEST, 0, 0);

  for (size_t s = 0; s < G_N_ELEMENTS (sizes); s++)
    for (int flags = 0; flags < 4; flags++) {
      bool ta = flags & 1, tb = flags & 2;
      size_t m = sizes[s].m, n = sizes[s].n, k = sizes[s].k;
      LwMat a = ta ? random_mat (&rng, k, m) : random_mat (&rng, m, k);
      LwMat b = tb ? random_mat (&rng, n, k) : random_mat (&rng, k, n);
      LwMat c = random_mat (&rng, m, n), before = random_mat (&rng, m, n);
      lw_mat_copy (&c, &before);
      lw_gemm (0.5, &a, ta, &b, tb, -2, &c);
      for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++)
          lw_assert_close (lw_mat_get (&c, i, j), 0.5 * naive_product (&a, ta, &b, tb, i, j) - 2 * lw_mat_get (&before, i, j),
                           1e-13, 1e-13);
      /* beta = 0 writes, it does not multiply what was there. */
      lw_mat_fill (&c, (double) NAN);
      lw_gemm (1, &a, ta, &b, tb, 0, &c);
      for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++)
          lw_assert_close (lw_mat_get (&c, i, j), naive_product (&a, ta, &b, tb, i, j), 1e-13, 1e-13);
      g_free (a.data);
      g_free (b.data);
      g_free (c.data);
      g_free (before.data);
    }
}

static void
test_gemv (void)
{
  LwRng rng;
  lw_rng_init (&rng, 2, LW_RNG_TEST, 0, 0);
  LwMat a = random_mat (&rng, 6, 9);
  double x[9], y[9], y0[9];

  for (int trans = 0; trans < 2; trans++) {
    size_t n_in = trans ? 6 : 9, n_out = trans ? 9 : 6;
    lw_rng_normals (&rng, x, n_in);
    lw_rng_normals (&rng, y, n_out);
    for (size_t i = 0; i < n_out; i++)
      y0[i] = y[i];
    lw_gemv (3, &a, trans, x, 0.25, y);
    for (size_t i = 0; i < n_out; i++) {
      double sum = 0;
      for (size_t k = 0; k < n_in; k++)
        sum += (trans ? lw_mat_get (&a, k, i) : lw_mat_get (&a, i, k)) * x[k];
      lw_assert_close (y[i], 3 * sum + 0.25 * y0[i], 1e-13, 1e-13);
    }
    lw_fill_nan (y, n_out);
    lw_gemv (1, &a, trans, x, 0, y);
    for (size_t i = 0; i < n_out; i++)
      g_assert_true (isfinite (y[i]));
  }
  g_free (a.data);
}

static void
test_syrk (void)
{
  LwRng rng;
  lw_rng_init (&rng, 3, LW_RNG_TEST, 0, 0);
  LwMat a = random_mat (&rng, 5, 8);

  for (int trans = 0; trans < 2; trans++) {
    size_t n = trans ? 8 : 5;
    LwMat c = random_mat (&rng, n, n);
    lw_mat_fill (&c, (double) NAN);
    lw_syrk (2, &a, trans, 0, &c);
    for (size_t i = 0; i < n; i++)
      for (size_t j = 0; j < n; j++) {
        lw_assert_close (lw_mat_get (&c, i, j), 2 * naive_product (&a, trans, &a, !trans, i, j), 1e-13, 1e-13);
        g_assert_true (lw_mat_get (&c, i, j) == lw_mat_get (&c, j, i)); /* exactly symmetric */
      }
    lw_syrk (2, &a, trans, 1, &c);
    lw_assert_close (lw_mat_get (&c, 1, 3), 4 * naive_product (&a, trans, &a, !trans, 1, 3), 1e-13, 1e-13);
    g_free (c.data);
  }
  g_free (a.data);
}

/* Sums over nothing are zero; BLAS alone would refuse the leading dimensions. */
static void
test_empty_inner (void)
{
  double out[6], none[1];
  LwMat a = lw_mat_view (none, 2, 0), b = lw_mat_view (none, 0, 3), c = lw_mat_view (out, 2, 3);
  lw_fill_nan (out, 6);
  lw_gemm (1, &a, false, &b, false, 0, &c);
  for (size_t i = 0; i < 6; i++)
    g_assert_cmpfloat (out[i], ==, 0);

  lw_mat_fill (&c, 4);
  lw_gemm (1, &a, false, &b, false, 0.5, &c);
  for (size_t i = 0; i < 6; i++)
    g_assert_cmpfloat (out[i], ==, 2);

  lw_fill_nan (out, 6);
  lw_gemv (1, &a, false, none, 0, out);
  g_assert_cmpfloat (out[0], ==, 0);
  g_assert_cmpfloat (out[1], ==, 0);
  g_assert_true (isnan (out[2]));

  LwMat square = lw_mat_view (out, 2, 2);
  lw_fill_nan (out, 6);
  lw_syrk (1, &a, false, 0, &square);
  for (size_t i = 0; i < 4; i++)
    g_assert_cmpfloat (out[i], ==, 0);
  g_assert_true (isnan (out[4]));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/mat/alloc", test_alloc);
  g_test_add_func ("/mat/views", test_views);
  g_test_add_func ("/mat/is-finite", test_is_finite);
  g_test_add_func ("/mat/gemm", test_gemm);
  g_test_add_func ("/mat/gemv", test_gemv);
  g_test_add_func ("/mat/syrk", test_syrk);
  g_test_add_func ("/mat/empty-inner", test_empty_inner);
  return g_test_run ();
}
