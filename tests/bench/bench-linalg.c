/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "lw-assert-close.h"
#include "lw-bench.h"
#include "lw-linalg.h"
#include "lw-rng.h"

typedef struct {
  LwMat   input, work, u, vt, product;
  double *vector, *values;
} Case;

static Case
case_new (size_t rows, size_t cols)
{
  size_t r = MIN (rows, cols);
  Case c = { .vector = g_new0 (double, rows), .values = g_new0 (double, rows) };
  LwMat *mats[] = { &c.input, &c.work, &c.u, &c.vt, &c.product };
  const size_t sizes[][2] = { { rows, cols }, { rows, cols }, { rows, r }, { r, cols }, { rows, cols } };
  LwRng rng;

  for (size_t i = 0; i < G_N_ELEMENTS (mats); i++)
    if (lw_mat_alloc (mats[i], sizes[i][0], sizes[i][1]) != LW_OK)
      g_error ("out of memory");
  lw_rng_init (&rng, 1, LW_RNG_TEST, (uint32_t) rows, (uint32_t) cols);
  lw_rng_normals (&rng, c.input.data, rows * cols);
  lw_rng_normals (&rng, c.vector, rows);
  return c;
}

static void
case_clear (Case *c)
{
  lw_mat_clear (&c->input);
  lw_mat_clear (&c->work);
  lw_mat_clear (&c->u);
  lw_mat_clear (&c->vt);
  lw_mat_clear (&c->product);
  g_free (c->vector);
  g_free (c->values);
}

static void
restore_work (gpointer data)
{
  Case *c = data;
  lw_mat_copy (&c->input, &c->work);
}

static void
check (LwStatus status)
{
  if (status != LW_OK)
    g_error ("%s", lw_status_text (status));
}

static void
chol (gpointer data)
{
  check (lw_chol_factor (&((Case *) data)->work));
}

static void
solve (gpointer data)
{
  Case *c = data;
  lw_chol_solve (&c->work, c->vector);
}

static void
eig (gpointer data)
{
  Case *c = data;
  check (lw_eig_sym (&c->work, c->values));
}

static void
svd (gpointer data)
{
  Case *c = data;
  check (lw_svd_thin (&c->work, &c->u, c->values, &c->vt));
}

static void
qr (gpointer data)
{
  Case *c = data;
  check (lw_qr_thin (&c->work, &c->u, &c->vt));
}

static void
gemm (gpointer data)
{
  Case *c = data;
  lw_gemm (1, &c->u, false, &c->vt, false, 0, &c->product);
}

static void
bench_symmetric (size_t n)
{
  Case c = case_new (n, n);
  g_autofree char *sizes = g_strdup_printf ("n=%zu", n);
  LwMat b = lw_mat_view (g_memdup2 (c.input.data, n * n * sizeof (double)), n, n);
  lw_syrk (1.0 / (double) n, &b, false, 0, &c.input);
  for (size_t i = 0; i < n; i++)
    lw_mat_row (&c.input, i)[i] += 1;
  g_free (b.data);

  restore_work (&c);
  chol (&c);
  lw_gemm (1, &c.work, false, &c.work, true, 0, &c.product);
  lw_assert_close_array (c.product.data, c.input.data, n * n, 0, 1e-12);
  lw_bench_run ("num/chol-factor", sizes, restore_work, chol, &c);

  restore_work (&c);
  chol (&c);
  g_autofree double *x = g_memdup2 (c.vector, n * sizeof (double));
  g_autofree double *back = g_new (double, n);
  lw_chol_solve (&c.work, x);
  lw_gemv (1, &c.input, false, x, 0, back);
  lw_assert_close_array (back, c.vector, n, 0, 1e-11);
  lw_bench_run ("num/chol-solve", sizes, NULL, solve, &c);

  if (n >= 20) {
    restore_work (&c);
    eig (&c);
    double trace = 0, sum = 0;
    for (size_t i = 0; i < n; i++) {
      trace += lw_mat_get (&c.input, i, i);
      sum += c.values[i];
    }
    lw_assert_close (sum, trace, 1e-12, 0);
    lw_bench_run ("num/eig-sym", sizes, restore_work, eig, &c);
  }
  case_clear (&c);
}

static void
bench_rectangular (size_t m, size_t n)
{
  Case c = case_new (m, n);
  size_t r = MIN (m, n);
  g_autofree char *sizes = g_strdup_printf ("m=%zu n=%zu", m, n);

  restore_work (&c);
  svd (&c);
  for (size_t i = 0; i < r; i++)
    for (size_t j = 0; j < n; j++)
      lw_mat_row (&c.vt, i)[j] *= c.values[i];
  gemm (&c);
  lw_assert_close_array (c.product.data, c.input.data, m * n, 0, 1e-11);
  lw_bench_run ("num/svd-thin", sizes, restore_work, svd, &c);

  restore_work (&c);
  qr (&c);
  gemm (&c);
  lw_assert_close_array (c.product.data, c.input.data, m * n, 0, 1e-11);
  lw_bench_run ("num/qr-thin", sizes, restore_work, qr, &c);

  lw_bench_run ("num/gemm", sizes, NULL, gemm, &c); /* (m x r) (r x n), just checked */
  case_clear (&c);
}

int
main (void)
{
  const size_t n[] = { 3, 10, 16, 17, 60, 160 };
  for (size_t i = 0; i < G_N_ELEMENTS (n); i++)
    bench_symmetric (n[i]);
  bench_rectangular (94, 10);
  bench_rectangular (200, 164);
  return 0;
}
