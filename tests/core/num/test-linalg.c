/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-linalg.h"

#include <glib.h>
#include <math.h>

#include "lw-assert-close.h"
#include "lw-rng.h"

/* On both sides of the size where plain loops hand over to BLAS. */
static const size_t sizes[] = { 1, 2, 3, 10, 16, 17, 60 };

typedef struct {
  LwRng rng;
} Fixture;

static LwMat
mat_new (size_t rows, size_t cols)
{
  size_t stride = cols + 2;
  LwMat m = { g_new (double, rows *stride), rows, cols, stride };
  lw_fill_nan (m.data, rows * stride);
  return m;
}

static LwMat
random_mat (LwRng *rng, size_t rows, size_t cols)
{
  LwMat m = mat_new (rows, cols);
  for (size_t i = 0; i < rows; i++)
    lw_rng_normals (rng, lw_mat_row (&m, i), cols);
  return m;
}

static LwMat
copy_of (const LwMat *m)
{
  LwMat c = mat_new (m->rows, m->cols);
  lw_mat_copy (m, &c);
  return c;
}

/* B B' / n + I: condition numbers of a few tens. */
static LwMat
random_spd (LwRng *rng, size_t n)
{
  LwMat b = random_mat (rng, n, n), a = mat_new (n, n);
  lw_syrk (1.0 / (double) n, &b, false, 0, &a);
  for (size_t i = 0; i < n; i++)
    lw_mat_row (&a, i)[i] += 1;
  g_free (b.data);
  return a;
}

static void
assert_mat_close (const LwMat *actual, const LwMat *expected, double tolerance)
{
  for (size_t i = 0; i < expected->rows; i++)
    lw_assert_close_array (lw_mat_row (actual, i), lw_mat_row (expected, i), expected->cols, 0, tolerance);
}

static void
set_up (Fixture *f, gconstpointer data)
{
  lw_rng_init (&f->rng, 11, LW_RNG_TEST, 0, 0);
}

static void
test_chol (Fixture *f, gconstpointer data)
{
  for (size_t s = 0; s < G_N_ELEMENTS (sizes); s++) {
    size_t n = sizes[s];
    LwMat a = random_spd (&f->rng, n), l = copy_of (&a), back = mat_new (n, n);

    /* Only the lower half is read. */
    for (size_t i = 0; i < n; i++)
      for (size_t j = i + 1; j < n; j++)
        lw_mat_set (&l, i, j, (double) NAN);
    g_assert_cmpint (lw_chol_factor (&l), ==, LW_OK);
    for (size_t i = 0; i < n; i++)
      for (size_t j = i + 1; j < n; j++)
        g_assert_cmpfloat (lw_mat_get (&l, i, j), ==, 0);
    lw_gemm (1, &l, false, &l, true, 0, &back);
    assert_mat_close (&back, &a, 1e-13);

    /* A x = b and its matrix form, from a known x. */
    LwMat x = random_mat (&f->rng, n, 4), b = mat_new (n, 4);
    g_autofree double *column = g_new (double, n), *expected = g_new (double, n);
    lw_gemm (1, &a, false, &x, false, 0, &b);
    for (size_t i = 0; i < n; i++) {
      column[i] = lw_mat_get (&b, i, 2);
      expected[i] = lw_mat_get (&x, i, 2);
    }
    lw_chol_solve_mat (&l, &b);
    assert_mat_close (&b, &x, 1e-11);
    lw_chol_solve (&l, column);
    lw_assert_close_array (column, expected, n, 0, 1e-11);

    /* L y = b, L' y = b */
    for (int trans = 0; trans < 2; trans++) {
      lw_gemm (1, &l, trans, &x, false, 0, &b);
      for (size_t i = 0; i < n; i++)
        column[i] = lw_mat_get (&b, i, 2);
      lw_tri_solve_mat (&l, trans, &b);
      assert_mat_close (&b, &x, 1e-11);
      lw_tri_solve (&l, trans, column);
      lw_assert_close_array (column, expected, n, 0, 1e-11);
    }

    /* log |A| is the sum of the eigenvalues' logarithms. */
    g_autofree double *values = g_new (double, n);
    LwMat vectors = copy_of (&a);
    g_assert_cmpint (lw_eig_sym (&vectors, values), ==, LW_OK);
    double log_det = 0;
    for (size_t i = 0; i < n; i++)
      log_det += log (values[i]);
    lw_assert_close (lw_chol_logdet (&l), log_det, 1e-12, 1e-12);
    g_free (a.data);
    g_free (l.data);
    g_free (back.data);
    g_free (x.data);
    g_free (b.data);
    g_free (vectors.data);
  }
}

static void
test_chol_refuses (Fixture *f, gconstpointer data)
{
  for (size_t s = 0; s < G_N_ELEMENTS (sizes); s++) {
    size_t n = sizes[s];
    for (int fault = 0; fault < 4; fault++) {
      LwMat a = random_spd (&f->rng, n);
      double *last = &lw_mat_row (&a, n - 1)[fault == 3 ? 0 : n - 1];
      *last = fault == 0 ? -1e-3 : fault == 1 ? HUGE_VAL : (double) NAN;
      g_assert_cmpint (lw_chol_factor (&a), ==, LW_ERR_NOT_SPD);
      g_free (a.data);
    }
  }
  LwMat zero = mat_new (3, 3), wide = mat_new (2, 3);
  lw_mat_fill (&zero, 0);
  g_assert_cmpint (lw_chol_factor (&zero), ==, LW_ERR_NOT_SPD);
  g_assert_cmpint (lw_chol_factor (&wide), ==, LW_ERR_SHAPE);
  g_free (zero.data);
  g_free (wide.data);
}

/* Conditioning as bad as the published policies have it: the residual stays at rounding although the solution cannot. */
static void
test_chol_ill_conditioned (Fixture *f, gconstpointer data)
{
  enum { N = 12 };
  LwMat a = mat_new (N, N); /* Hilbert matrix + 1e-13 I: condition number 1e13 */
  for (size_t i = 0; i < N; i++)
    for (size_t j = 0; j < N; j++)
      lw_mat_set (&a, i, j, 1.0 / (double) (i + j + 1) + (i == j ? 1e-13 : 0));
  LwMat l = copy_of (&a);
  g_assert_cmpint (lw_chol_factor (&l), ==, LW_OK);
  double b[N], x[N], back[N];
  lw_rng_normals (&f->rng, b, N);
  for (size_t i = 0; i < N; i++)
    x[i] = b[i];
  lw_chol_solve (&l, x);
  lw_gemv (1, &a, false, x, 0, back);
  double size = lw_largest_magnitude (x, N);
  lw_assert_close_array (back, b, N, 0, 1e-14 * size); /* backward stable: |A x - b| <= c eps |A| |x| */
  g_free (a.data);
  g_free (l.data);
}

static void
test_eig (Fixture *f, gconstpointer data)
{
  for (size_t s = 0; s < G_N_ELEMENTS (sizes); s++) {
    size_t n = sizes[s];
    LwMat a = random_spd (&f->rng, n), v = copy_of (&a), product = mat_new (n, n), scaled = mat_new (n, n);
    g_autofree double *values = g_new (double, n);
    lw_fill_nan (values, n);
    g_assert_cmpint (lw_eig_sym (&v, values), ==, LW_OK);
    for (size_t i = 1; i < n; i++)
      g_assert_cmpfloat (values[i], >=, values[i - 1]);
    lw_gemm (1, &v, false, &v, true, 0, &product); /* rows are orthonormal */
    for (size_t i = 0; i < n; i++)
      for (size_t j = 0; j < n; j++)
        lw_assert_close (lw_mat_get (&product, i, j), i == j, 0, 1e-13);
    lw_mat_copy (&v, &scaled);
    for (size_t i = 0; i < n; i++)
      for (size_t j = 0; j < n; j++)
        lw_mat_row (&scaled, i)[j] *= values[i];
    lw_gemm (1, &v, true, &scaled, false, 0, &product); /* V' diag V */
    assert_mat_close (&product, &a, 1e-13 * (double) n);
    g_free (a.data);
    g_free (v.data);
    g_free (product.data);
    g_free (scaled.data);
  }

  double two[4] = { 2, (double) NAN, 1, 2 }; /* upper half is not read */
  LwMat m = lw_mat_view (two, 2, 2);
  double values[2];
  g_assert_cmpint (lw_eig_sym (&m, values), ==, LW_OK);
  lw_assert_close (values[0], 1, 1e-15, 0);
  lw_assert_close (values[1], 3, 1e-15, 0);

  double bad[4] = { 1, 0, HUGE_VAL, 1 };
  m = lw_mat_view (bad, 2, 2);
  lw_fill_nan (values, 2);
  g_assert_cmpint (lw_eig_sym (&m, values), ==, LW_ERR_NOT_FINITE);
  lw_assert_untouched (values, 2);
  m = lw_mat_view (bad, 1, 2);
  g_assert_cmpint (lw_eig_sym (&m, values), ==, LW_ERR_SHAPE);
  lw_assert_untouched (values, 2);
}

/* The leading ones alone are those of all, of positive definite matrices and of others. */
static void
test_eig_leading (Fixture *f, gconstpointer data)
{
  for (size_t s = 0; s < 2 * G_N_ELEMENTS (sizes); s++) {
    size_t n = sizes[s / 2];
    LwMat a = random_spd (&f->rng, n);
    for (size_t i = 0; s % 2 == 1 && i < n; i++)
      lw_mat_row (&a, i)[i] -= 2.5 * (double) n;
    LwMat all = copy_of (&a);
    g_autofree double *values = g_new (double, n), *leading = g_new (double, n);
    g_assert_cmpint (lw_eig_sym (&all, values), ==, LW_OK);
    for (size_t d = 0; d <= n; d += n > 3 ? n / 3 : 1) {
      LwMat copy = copy_of (&a), vectors = mat_new (d, n);
      lw_fill_nan (leading, n);
      g_assert_cmpint (lw_eig_sym_leading (&copy, d, leading, &vectors), ==, LW_OK);
      lw_assert_untouched (leading + d, n - d);
      for (size_t i = 0; i < d; i++) {
        const double *found = lw_mat_row (&vectors, i), *expected = lw_mat_row (&all, n - 1 - i);
        double sign = copysign (1, lw_dot (found, expected, n));
        lw_assert_close (leading[i], values[n - 1 - i], 1e-12, 1e-12);
        for (size_t j = 0; j < n; j++)
          lw_assert_close (found[j], sign * expected[j], 0, 1e-9); /* up to the sign */
      }
      g_free (copy.data);
      g_free (vectors.data);
    }
    g_free (a.data);
    g_free (all.data);
  }

  double bad[4] = { 1, 0, HUGE_VAL, 1 }, values[2], room[4];
  LwMat m = lw_mat_view (bad, 2, 2), vectors = lw_mat_view (room, 1, 2), more = lw_mat_view (room, 2, 2);
  lw_fill_nan (values, 2);
  g_assert_cmpint (lw_eig_sym_leading (&m, 1, values, &vectors), ==, LW_ERR_NOT_FINITE);
  g_assert_cmpint (lw_eig_sym_leading (&m, 2, values, &vectors), ==, LW_ERR_SHAPE);
  g_assert_cmpint (lw_eig_sym_leading (&m, 1, values, &more), ==, LW_ERR_SHAPE);
  m.rows = 1;
  g_assert_cmpint (lw_eig_sym_leading (&m, 1, values, &vectors), ==, LW_ERR_SHAPE);
  lw_assert_untouched (values, 2);
}

/* Row by row what lw_tri_solve() does. */
static void
test_tri_rows (Fixture *f, gconstpointer data)
{
  for (size_t s = 0; s < G_N_ELEMENTS (sizes); s++)
    for (int trans = 0; trans < 2; trans++) {
      size_t n = sizes[s];
      LwMat l = random_spd (&f->rng, n), rows = random_mat (&f->rng, 5, n), solved = copy_of (&rows);
      g_assert_cmpint (lw_chol_factor (&l), ==, LW_OK);
      lw_tri_solve_rows (&l, trans, &solved);
      for (size_t i = 0; i < 5; i++) {
        lw_tri_solve (&l, trans, lw_mat_row (&rows, i));
        lw_assert_close_to_largest (lw_mat_row (&solved, i), lw_mat_row (&rows, i), n, 1e-11);
      }
      g_free (l.data);
      g_free (rows.data);
      g_free (solved.data);
    }
}

static void
test_svd (Fixture *f, gconstpointer data)
{
  const size_t shapes[][2] = { { 1, 1 }, { 4, 9 }, { 9, 4 }, { 40, 7 }, { 7, 40 }, { 1, 6 }, { 6, 1 } };

  for (size_t s = 0; s < G_N_ELEMENTS (shapes); s++) {
    size_t m = shapes[s][0], n = shapes[s][1], r = MIN (m, n);
    LwMat a = random_mat (&f->rng, m, n), clobbered = copy_of (&a), u = mat_new (m, r), vt = mat_new (r, n),
          back = mat_new (m, n);
    g_autofree double *values = g_new (double, r);
    g_assert_cmpint (lw_svd_thin (&clobbered, &u, values, &vt), ==, LW_OK);
    for (size_t i = 1; i < r; i++)
      g_assert_cmpfloat (values[i], <=, values[i - 1]);
    LwMat gram = mat_new (r, r);
    for (int side = 0; side < 2; side++) {
      lw_syrk (1, side ? &vt : &u, !side, 0, &gram);
      for (size_t i = 0; i < r; i++)
        for (size_t j = 0; j < r; j++)
          lw_assert_close (lw_mat_get (&gram, i, j), i == j, 0, 1e-13);
    }
    LwMat scaled = copy_of (&vt);
    for (size_t i = 0; i < r; i++)
      for (size_t j = 0; j < n; j++)
        lw_mat_row (&scaled, i)[j] *= values[i];
    lw_gemm (1, &u, false, &scaled, false, 0, &back);
    assert_mat_close (&back, &a, 1e-13);

    /* Either side alone, or the values alone, are the same. */
    g_autofree double *again = g_new (double, r);
    for (int which = 0; which < 3; which++) {
      LwMat one = which == 0 ? mat_new (m, r) : mat_new (r, n);
      lw_mat_copy (&a, &clobbered);
      g_assert_cmpint (lw_svd_thin (&clobbered, which == 0 ? &one : NULL, again, which == 1 ? &one : NULL), ==, LW_OK);
      lw_assert_close_array (again, values, r, 1e-13, 1e-14);
      if (which < 2)
        assert_mat_close (&one, which == 0 ? &u : &vt, 1e-13);
      g_free (one.data);
    }
    g_free (a.data);
    g_free (clobbered.data);
    g_free (u.data);
    g_free (vt.data);
    g_free (back.data);
    g_free (gram.data);
    g_free (scaled.data);
  }

  double bad[4] = { 1, (double) NAN, 3, 4 }, s[2], out[4];
  LwMat a = lw_mat_view (bad, 2, 2), u = lw_mat_view (out, 2, 2), wrong = lw_mat_view (out, 1, 2);
  lw_fill_nan (s, 2);
  lw_fill_nan (out, 4);
  g_assert_cmpint (lw_svd_thin (&a, &u, s, NULL), ==, LW_ERR_NOT_FINITE);
  g_assert_cmpint (lw_svd_thin (&a, &wrong, s, NULL), ==, LW_ERR_SHAPE);
  g_assert_cmpint (lw_svd_thin (&a, NULL, s, &wrong), ==, LW_ERR_SHAPE);
  lw_assert_untouched (s, 2);
  lw_assert_untouched (out, 4);
}

static void
test_qr (Fixture *f, gconstpointer data)
{
  const size_t shapes[][2] = { { 1, 1 }, { 9, 4 }, { 4, 9 }, { 94, 10 }, { 3, 3 } };

  for (size_t s = 0; s < G_N_ELEMENTS (shapes); s++) {
    size_t m = shapes[s][0], n = shapes[s][1], rank = MIN (m, n);
    LwMat a = random_mat (&f->rng, m, n), clobbered = copy_of (&a);
    LwMat q = mat_new (m, rank), r = mat_new (rank, n), gram = mat_new (rank, rank), back = mat_new (m, n);
    g_assert_cmpint (lw_qr_thin (&clobbered, &q, &r), ==, LW_OK);
    for (size_t i = 0; i < rank; i++)
      for (size_t j = 0; j < i; j++)
        g_assert_cmpfloat (lw_mat_get (&r, i, j), ==, 0);
    lw_syrk (1, &q, true, 0, &gram);
    for (size_t i = 0; i < rank; i++)
      for (size_t j = 0; j < rank; j++)
        lw_assert_close (lw_mat_get (&gram, i, j), i == j, 0, 1e-13);
    lw_gemm (1, &q, false, &r, false, 0, &back);
    assert_mat_close (&back, &a, 1e-13);
    g_free (a.data);
    g_free (clobbered.data);
    g_free (q.data);
    g_free (r.data);
    g_free (gram.data);
    g_free (back.data);
  }

  double bad[4] = { 1, 2, HUGE_VAL, 4 }, out[8];
  LwMat a = lw_mat_view (bad, 2, 2), q = lw_mat_view (out, 2, 2), r = lw_mat_view (out + 4, 2, 2),
        wrong = lw_mat_view (out, 2, 1);
  lw_fill_nan (out, 8);
  g_assert_cmpint (lw_qr_thin (&a, &q, &r), ==, LW_ERR_NOT_FINITE);
  g_assert_cmpint (lw_qr_thin (&a, &wrong, &r), ==, LW_ERR_SHAPE);
  lw_assert_untouched (out, 8);
}

#define ADD(path, function) g_test_add ("/linalg/" path, Fixture, NULL, set_up, function, NULL)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("chol", test_chol);
  ADD ("chol-refuses", test_chol_refuses);
  ADD ("chol-ill-conditioned", test_chol_ill_conditioned);
  ADD ("eig", test_eig);
  ADD ("eig-leading", test_eig_leading);
  ADD ("tri-rows", test_tri_rows);
  ADD ("svd", test_svd);
  ADD ("qr", test_qr);
  return g_test_run ();
}
