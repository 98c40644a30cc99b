/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-mppca-identify.h"

#include <glib.h>
#include <math.h>
#include <string.h>

#include "lw-assert-close.h"
#include "lw-linalg.h"
#include "lw-rng.h"

enum { K = 3, D = 2, P = 7 };

static LwMppca
random_model (gboolean scaled, double noise_var)
{
  LwMppca model;
  LwRng rng;

  lw_rng_init (&rng, 3, LW_RNG_TEST, 1, 0);
  g_assert_cmpint (lw_mppca_alloc (&model, K, D, P), ==, LW_OK);
  lw_rng_normals (&rng, model.loading.data, K * P * D);
  lw_rng_normals (&rng, model.mean.data, K * P);
  for (size_t k = 0; k < K; k++) {
    model.log_pi[k] = log ((double) (k + 1) / 6);
    model.noise_var[k] = noise_var * (double) (k + 1);
  }
  if (scaled) {
    model.column_scale = lw_doubles_new (P);
    g_assert_nonnull (model.column_scale);
    for (size_t j = 0; j < P; j++)
      model.column_scale[j] = 0.5 + (double) j;
  }
  return model;
}

static LwMat
random_mat (size_t rows, size_t cols, uint32_t stream)
{
  LwMat m;
  LwRng rng;

  g_assert_cmpint (lw_mat_alloc (&m, rows, cols), ==, LW_OK);
  lw_rng_init (&rng, 3, LW_RNG_TEST, 2 + stream, 0);
  lw_rng_normals (&rng, m.data, rows * cols);
  return m;
}

/* Gauss' elimination with pivots: a is clobbered, b (n x m) becomes the solution. Returns log |a|. */
static double
solve (double *a, double *b, size_t n, size_t m)
{
  double log_det = 0;

  for (size_t c = 0; c < n; c++) {
    size_t pivot = c;
    for (size_t i = c + 1; i < n; i++)
      pivot = fabs (a[i * n + c]) > fabs (a[pivot * n + c]) ? i : pivot;
    for (size_t j = 0; j < n; j++) {
      double t = a[c * n + j];
      a[c * n + j] = a[pivot * n + j];
      a[pivot * n + j] = t;
    }
    for (size_t j = 0; j < m; j++) {
      double t = b[c * m + j];
      b[c * m + j] = b[pivot * m + j];
      b[pivot * m + j] = t;
    }
    log_det += log (fabs (a[c * n + c]));
    for (size_t i = 0; i < n; i++) {
      double f = i == c ? 0 : a[i * n + c] / a[c * n + c];
      for (size_t j = 0; j < n; j++)
        a[i * n + j] -= f * a[c * n + j];
      for (size_t j = 0; j < m; j++)
        b[i * m + j] -= f * b[c * m + j];
    }
  }
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < m; j++)
      b[i * m + j] /= a[i * n + i];
  return log_det;
}

/* Joint Gaussian of z and v = H y + noise, conditioned on v: covariances of v in full. */
static void
check_against_dense (const LwMppca *model, const LwMat *h, const double *v, const double *noise_var, const LwMppcaPosterior *got,
                     double tolerance)
{
  size_t n = h->rows;
  double joint[K], mean[K * D], cov[K * D * D], total = 0, highest = -INFINITY;
  LwMat hw = random_mat (n, D, 50);

  for (size_t k = 0; k < K; k++) {
    LwMat w = lw_mppca_loading (model, k);
    g_autofree double *A = g_new (double, n *n), *b = g_new (double, n * (D + 1)), *e = g_new (double, n);
    lw_gemm (1, h, false, &w, false, 0, &hw);
    for (size_t i = 0; i < n; i++) {
      e[i] = v[i];
      for (size_t j = 0; j < P; j++)
        e[i] -= lw_mat_get (h, i, j) * lw_mat_get (&model->mean, k, j);
      b[i * (D + 1) + D] = e[i];
      for (size_t a = 0; a < D; a++)
        b[i * (D + 1) + a] = lw_mat_get (&hw, i, a);
      for (size_t l = 0; l < n; l++) {
        double sum = i == l && noise_var != NULL ? noise_var[i] : 0;
        for (size_t a = 0; a < D; a++)
          sum += lw_mat_get (&hw, i, a) * lw_mat_get (&hw, l, a);
        for (size_t j = 0; j < P; j++) {
          double scale = model->column_scale != NULL ? model->column_scale[j] : 1;
          sum += lw_mat_get (h, i, j) * lw_mat_get (h, l, j) * model->noise_var[k] / (scale * scale);
        }
        A[i * n + l] = sum;
      }
    }
    double log_det = solve (A, b, n, D + 1), square = 0;
    for (size_t i = 0; i < n; i++)
      square += e[i] * b[i * (D + 1) + D];
    joint[k] = model->log_pi[k] - 0.5 * (square + log_det + (double) n * log (2 * G_PI));
    highest = fmax (highest, joint[k]);
    for (size_t a = 0; a < D; a++) {
      mean[k * D + a] = 0;
      for (size_t i = 0; i < n; i++)
        mean[k * D + a] += lw_mat_get (&hw, i, a) * b[i * (D + 1) + D];
      for (size_t c = 0; c < D; c++) {
        double sum = a == c;
        for (size_t i = 0; i < n; i++)
          sum -= lw_mat_get (&hw, i, a) * b[i * (D + 1) + c];
        cov[(k * D + a) * D + c] = sum;
      }
    }
  }
  for (size_t k = 0; k < K; k++)
    total += exp (joint[k] - highest);
  total = highest + log (total);
  lw_assert_close (got->log_p, total, tolerance, tolerance);
  for (size_t k = 0; k < K; k++)
    lw_assert_close (got->log_resp[k], joint[k] - total, tolerance, tolerance);
  lw_assert_close_array (got->mean.data, mean, K * D, tolerance, tolerance);
  lw_assert_close_array (got->cov.data, cov, K * D * D, tolerance, tolerance);
  lw_mat_clear (&hw);
}

static LwMppcaPosterior
posterior_of_nans (void)
{
  LwMppcaPosterior out;

  g_assert_cmpint (lw_mppca_posterior_init (&out, K, D), ==, LW_OK);
  lw_fill_nan (out.log_resp, K);
  lw_mat_fill (&out.mean, (double) NAN);
  lw_mat_fill (&out.cov, (double) NAN);
  out.log_p = (double) NAN;
  return out;
}

/* Observations fewer than d, some, as many as p, and more; with and without a scale by column. */
static void
test_linear (void)
{
  for (size_t scaled = 0; scaled < 2; scaled++) {
    LwMppca model = random_model (scaled == 1, 0.3);
    for (size_t n = 0; n <= 12; n++) {
      LwMat h = random_mat (n > 0 ? n : 1, P, (uint32_t) n), v = random_mat (1, n + 1, 20 + (uint32_t) n), before;
      double noise[12];
      LwMppcaPosterior out = posterior_of_nans ();
      h.rows = n;
      for (size_t i = 0; i < n; i++)
        noise[i] = n <= P && i % 3 == 0 ? 0 : 0.1 * (double) (i + 1);
      g_assert_cmpint (lw_mat_alloc (&before, n, P), ==, LW_OK);
      lw_mat_copy (&h, &before);
      g_assert_cmpint (lw_mppca_identify_linear (&model, &h, v.data, noise, &out), ==, LW_OK);
      check_against_dense (&model, &h, v.data, noise, &out, 1e-9);
      g_assert_cmpmem (h.data, n * P * sizeof (double), before.data, n * P * sizeof (double));
      lw_mppca_posterior_clear (&out);
      lw_mat_clear (&h);
      lw_mat_clear (&v);
      lw_mat_clear (&before);
    }
    lw_mppca_clear (&model);
  }
}

/* Entries seen are the linear observation whose rows are unit vectors. */
static void
test_entries (void)
{
  static const size_t columns[4] = { 5, 0, 6, 2 };
  double noise[4] = { 0, 0.2, 0.1, 0 };
  LwMppca model = random_model (TRUE, 0.2);
  LwMat y = random_mat (1, P, 30), h;

  for (size_t n = 0; n <= 4; n++)
    for (size_t chosen = 0; chosen < 2; chosen++) {
      LwMppcaPosterior out = posterior_of_nans ();
      g_assert_cmpint (lw_mat_alloc (&h, n, P), ==, LW_OK);
      for (size_t i = 0; i < n; i++)
        lw_mat_set (&h, i, chosen ? columns[i] : i, 1);
      g_assert_cmpint (lw_mppca_identify (&model, y.data, chosen ? columns : NULL, chosen ? noise : NULL, n, &out), ==, LW_OK);
      check_against_dense (&model, &h, y.data, chosen ? noise : NULL, &out, 1e-10);
      lw_mppca_posterior_clear (&out);
      lw_mat_clear (&h);
    }
  lw_mat_clear (&y);
  lw_mppca_clear (&model);
}

/* All of y: what responsibilities and projections say. Its first columns: what the mixture of contexts says. */
static void
test_agreement (void)
{
  LwMppca model = random_model (TRUE, 0.05), contexts;
  LwMat y = random_mat (1, P, 31), log_resp = random_mat (1, K, 32), z = random_mat (1, D, 33);
  LwMppcaPosterior out = posterior_of_nans ();
  double log_p, given, conditional;

  g_assert_cmpint (lw_mppca_identify (&model, y.data, NULL, NULL, P, &out), ==, LW_OK);
  g_assert_cmpint (lw_mppca_responsibilities (&model, &y, &log_resp, &log_p), ==, LW_OK);
  lw_assert_close (out.log_p, log_p, 1e-11, 0);
  lw_assert_close_array (out.log_resp, log_resp.data, K, 1e-10, 1e-10);
  for (size_t k = 0; k < K; k++) {
    g_assert_cmpint (lw_mppca_project (&model, &y, k, &z), ==, LW_OK);
    lw_assert_close_array (lw_mat_row (&out.mean, k), z.data, D, 1e-10, 1e-12);
  }
  for (size_t dc = 1; dc <= 4; dc++) { /* fewer columns than d, and more */
    LwMat c = lw_mat_block (&y, 0, 0, 1, dc);
    g_assert_cmpint (lw_mppca_identify (&model, y.data, NULL, NULL, dc, &out), ==, LW_OK);
    g_assert_cmpint (lw_mppca_marginal (&model, dc, &contexts), ==, LW_OK);
    g_assert_cmpint (lw_mppca_responsibilities (&contexts, &c, &log_resp, &given), ==, LW_OK);
    lw_assert_close (out.log_p, given, 1e-11, 1e-12);
    lw_assert_close_array (out.log_resp, log_resp.data, K, 1e-10, 1e-10);
    g_assert_cmpint (lw_mppca_conditional (&model, &y, dc, &conditional), ==, LW_OK);
    lw_assert_close (conditional, log_p - out.log_p, 1e-11, 1e-12);
    lw_mppca_clear (&contexts);
  }
  g_assert_cmpint (lw_mppca_conditional (&model, &y, 0, &conditional), ==, LW_OK);
  lw_assert_close (conditional, log_p, 0, 0);
  g_assert_cmpint (lw_mppca_conditional (&model, &y, P, &conditional), ==, LW_ERR_RANGE);
  g_assert_cmpint (lw_mppca_marginal (&model, 0, &contexts), ==, LW_ERR_RANGE);
  g_assert_cmpint (lw_mppca_marginal (&model, P + 1, &contexts), ==, LW_ERR_RANGE);
  lw_mppca_posterior_clear (&out);
  lw_mat_clear (&y);
  lw_mat_clear (&log_resp);
  lw_mat_clear (&z);
  lw_mppca_clear (&model);
}

/* Noise of 1e-8: the point that a movement was made from comes back to all digits that there are, with a tiny uncertainty; few
 * observations leave the prior where they say nothing. One component and orthogonal columns of W: closed form. */
static void
test_small_noise (void)
{
  const double z[2] = { 1.5, -0.7 }, l[2] = { 2, 0.5 }, noise_var = 1e-8;
  LwMppca model;
  LwMat h;
  double y[4];
  LwMppcaPosterior out;

  g_assert_cmpint (lw_mppca_alloc (&model, 1, 2, 4), ==, LW_OK);
  g_assert_cmpint (lw_mppca_posterior_init (&out, 1, 2), ==, LW_OK);
  model.noise_var[0] = noise_var;
  lw_mat_set (&model.loading, 0, 0, l[0]);
  lw_mat_set (&model.loading, 3, 1, l[1]);
  for (size_t j = 0; j < 4; j++)
    lw_mat_set (&model.mean, 0, j, 10 * (double) j);
  for (size_t j = 0; j < 4; j++)
    y[j] = lw_mat_get (&model.mean, 0, j) + (j == 0 ? l[0] * z[0] : j == 3 ? l[1] * z[1] : 0);
  g_assert_cmpint (lw_mat_alloc (&h, 4, 4), ==, LW_OK);
  for (size_t j = 0; j < 4; j++)
    lw_mat_set (&h, j, j, 1);

  for (size_t form = 0; form < 2; form++) {
    LwStatus status = form == 0 ? lw_mppca_identify (&model, y, NULL, NULL, 4, &out)
                                : lw_mppca_identify_linear (&model, &h, y, NULL, &out);
    double log_p = -2 * log (2 * G_PI) - log (noise_var);
    g_assert_cmpint (status, ==, LW_OK);
    for (size_t a = 0; a < 2; a++) {
      double total = l[a] * l[a] + noise_var;
      lw_assert_close (out.mean.data[a], z[a] * l[a] * l[a] / total, 1e-12, 0);
      lw_assert_close (out.cov.data[a * 2 + a], noise_var / total, 1e-9, 0);
      lw_assert_close (out.cov.data[a * 2 + 1 - a], 0, 0, 1e-20);
      log_p -= 0.5 * (log (total) + z[a] * z[a] * l[a] * l[a] / total);
    }
    lw_assert_close (out.log_p, log_p, 1e-9, 0);
  }
  h.rows = 2; /* only the first direction is seen */
  g_assert_cmpint (lw_mppca_identify_linear (&model, &h, y, NULL, &out), ==, LW_OK);
  lw_assert_close (out.mean.data[0], z[0], 1e-7, 0);
  lw_assert_close (out.mean.data[1], 0, 0, 1e-12);
  lw_assert_close (out.cov.data[3], 1, 1e-12, 0);
  lw_mppca_posterior_clear (&out);
  lw_mppca_clear (&model);
  lw_mat_clear (&h);
}

static void
test_refused (void)
{
  LwMppca model = random_model (FALSE, 0.1);
  LwMat h = random_mat (P + 1, P, 40);
  double v[P + 1] = { 0 }, noise[P + 1] = { 0 };
  size_t columns[2] = { 1, 1 };
  LwMppcaPosterior out = posterior_of_nans (), other;

  g_assert_cmpint (lw_mppca_posterior_init (&other, K + 1, D), ==, LW_OK);
  g_assert_cmpint (lw_mppca_identify (&model, v, NULL, NULL, 2, &other), ==, LW_ERR_SHAPE);
  g_assert_cmpint (lw_mppca_identify_linear (&model, &h, v, NULL, &other), ==, LW_ERR_SHAPE);
  g_assert_cmpint (lw_mppca_identify (&model, v, NULL, NULL, P + 1, &out), ==, LW_ERR_SHAPE);
  g_assert_cmpint (lw_mppca_identify (&model, v, columns, NULL, 2, &out), ==, LW_ERR_RANGE); /* twice */
  columns[1] = P;
  g_assert_cmpint (lw_mppca_identify (&model, v, columns, NULL, 2, &out), ==, LW_ERR_RANGE);
  noise[1] = -1;
  g_assert_cmpint (lw_mppca_identify (&model, v, NULL, noise, 2, &out), ==, LW_ERR_RANGE);
  g_assert_cmpint (lw_mppca_identify_linear (&model, &h, v, noise, &out), ==, LW_ERR_RANGE);
  noise[1] = 0;
  g_assert_cmpint (lw_mppca_identify_linear (&model, &h, v, NULL, &out), ==, LW_ERR_NOT_SPD);  /* more than p of them, exact */
  g_assert_cmpint (lw_mppca_identify_linear (&model, &h, v, noise, &out), ==, LW_ERR_NOT_SPD);
  h.rows = 2;
  memcpy (lw_mat_row (&h, 1), lw_mat_row (&h, 0), P * sizeof (double));
  v[1] = 1;
  g_assert_cmpint (lw_mppca_identify_linear (&model, &h, v, NULL, &out), ==, LW_ERR_NOT_SPD); /* they contradict each other */
  noise[0] = noise[1] = 0.1;
  g_assert_cmpint (lw_mppca_identify_linear (&model, &h, v, noise, &other), ==, LW_ERR_SHAPE);
  v[0] = (double) NAN;
  g_assert_cmpint (lw_mppca_identify (&model, v, NULL, NULL, 2, &out), ==, LW_ERR_NOT_FINITE);
  g_assert_cmpint (lw_mppca_identify_linear (&model, &h, v, noise, &out), ==, LW_ERR_NOT_FINITE);
  v[0] = 0;
  lw_mat_set (&h, 0, 0, INFINITY);
  g_assert_cmpint (lw_mppca_identify_linear (&model, &h, v, noise, &out), ==, LW_ERR_NOT_FINITE);
  lw_assert_untouched (out.log_resp, K);
  lw_assert_untouched (out.mean.data, K * D);
  lw_assert_untouched (out.cov.data, K * D * D);
  lw_assert_untouched (&out.log_p, 1);
  lw_mppca_posterior_clear (&out);
  lw_mppca_posterior_clear (&other);
  lw_mppca_clear (&model);
  lw_mat_clear (&h);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/mppca/identify/linear", test_linear);
  g_test_add_func ("/mppca/identify/entries", test_entries);
  g_test_add_func ("/mppca/identify/agreement", test_agreement);
  g_test_add_func ("/mppca/identify/small-noise", test_small_noise);
  g_test_add_func ("/mppca/identify/refused", test_refused);
  return g_test_run ();
}
