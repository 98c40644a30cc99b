/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-mppca.h"

#include <glib.h>
#include <math.h>

#include "lw-assert-close.h"
#include "planted-mixture.h"

static void
test_arrays (void)
{
  LwMat x = planted_mixture (60, 2, 2, 5, 3, 0.1, 5, NULL), vector;
  LwMppcaSettings settings = settings_for (2, 2);
  LwMppca model, read = { .K = 77 };
  LwArrays arrays;
  double bad[2] = { 0.1, 0 };

  lw_arrays_init (&arrays);
  g_assert_cmpint (lw_mppca_from_arrays (&arrays, &read), ==, LW_ERR_SHAPE);
  g_assert_cmpint (lw_mppca_fit (&x, &settings, NULL, &model, NULL, NULL), ==, LW_OK);
  g_assert_cmpint (lw_mppca_to_arrays (&model, &arrays), ==, LW_OK);
  g_assert_null (lw_arrays_get (&arrays, "column_scale"));
  g_assert_cmpint (lw_mppca_from_arrays (&arrays, &read), ==, LW_OK);
  g_assert_cmpmem (read.loading.data, 2 * 5 * 2 * sizeof (double), model.loading.data, 2 * 5 * 2 * sizeof (double));
  g_assert_cmpmem (read.noise_var, 2 * sizeof (double), model.noise_var, 2 * sizeof (double));
  lw_mppca_clear (&read);
  read.K = 77;
  vector = lw_mat_view (bad, 1, 2);
  g_assert_cmpint (lw_arrays_put (&arrays, "sigma_sq", &vector), ==, LW_OK);
  g_assert_cmpint (lw_mppca_from_arrays (&arrays, &read), ==, LW_ERR_RANGE);
  bad[1] = (double) NAN;
  g_assert_cmpint (lw_arrays_put (&arrays, "sigma_sq", &vector), ==, LW_OK);
  g_assert_cmpint (lw_mppca_from_arrays (&arrays, &read), ==, LW_ERR_NOT_FINITE);
  vector.cols = 1;
  g_assert_cmpint (lw_arrays_put (&arrays, "sigma_sq", &vector), ==, LW_OK);
  g_assert_cmpint (lw_mppca_from_arrays (&arrays, &read), ==, LW_ERR_SHAPE);
  g_assert_cmpuint (read.K, ==, 77);
  lw_arrays_clear (&arrays);
  lw_mppca_clear (&model);
  lw_mat_clear (&x);
}

static void
test_older_arrays (void)
{
  double log_pi = 0, mean[3] = { 1, 2, 3 }, w[3] = { 1, 0, 1 }, noise_var = 0.5, scaling[2] = { 2, 10 };
  LwMat mats[] = { lw_mat_view (&log_pi, 1, 1), lw_mat_view (mean, 1, 3), lw_mat_view (w, 3, 1), lw_mat_view (&noise_var, 1, 1),
                   lw_mat_view (scaling, 1, 2) };
  const char *names[] = { "log_pi", "means", "W", "sigma_sq", "context_scaling" };
  LwArrays arrays;
  LwMppca model = { .K = 77 };

  lw_arrays_init (&arrays);
  for (size_t i = 0; i < G_N_ELEMENTS (mats); i++)
    g_assert_cmpint (lw_arrays_put (&arrays, names[i], &mats[i]), ==, LW_OK);
  g_assert_cmpint (lw_mppca_from_arrays (&arrays, &model), ==, LW_OK);
  lw_assert_close_array (model.column_scale, ((const double[]){ 10, 10, 1 }), 3, 0, 0);
  lw_assert_close (lw_mppca_noise (&model, 0, 1), 0.005, 1e-15, 0);
  lw_assert_close (lw_mppca_noise (&model, 0, 2), 0.5, 0, 0);
  lw_mppca_clear (&model);
  model.K = 77;
  scaling[0] = 4; /* of three columns */
  g_assert_cmpint (lw_arrays_put (&arrays, "context_scaling", &mats[4]), ==, LW_OK);
  g_assert_cmpint (lw_mppca_from_arrays (&arrays, &model), ==, LW_ERR_RANGE);
  mean[1] = -2; /* a scale by column that is not positive, and one of another size */
  g_assert_cmpint (lw_arrays_put (&arrays, "column_scale", &mats[1]), ==, LW_OK);
  g_assert_cmpint (lw_mppca_from_arrays (&arrays, &model), ==, LW_ERR_RANGE);
  g_assert_cmpint (lw_arrays_put (&arrays, "column_scale", &mats[4]), ==, LW_OK);
  g_assert_cmpint (lw_mppca_from_arrays (&arrays, &model), ==, LW_ERR_SHAPE);
  g_assert_cmpuint (model.K, ==, 77);
  lw_arrays_clear (&arrays);
}

static void
test_limit (void)
{
  static const struct {
    size_t n, p, K, d, K_after, d_after;
    bool   lowered;
  } cases[] = {
    { 600, 164, 6, 3, 6, 3, false }, { 3, 164, 6, 3, 1, 2, true },  { 1, 164, 6, 3, 1, 1, true }, { 10, 164, 6, 3, 2, 3, true },
    { 100, 3, 2, 5, 2, 2, true },    { 30, 164, 6, 3, 6, 3, false }, { 0, 5, 4, 2, 1, 1, true },   { 50, 1, 2, 1, 2, 1, false },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++) {
    size_t K = cases[i].K, d = cases[i].d;
    g_assert_true (lw_mppca_limit (cases[i].n, cases[i].p, &K, &d) == cases[i].lowered);
    g_assert_cmpuint (K, ==, cases[i].K_after);
    g_assert_cmpuint (d, ==, cases[i].d_after);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/mppca/arrays", test_arrays);
  g_test_add_func ("/mppca/arrays/older", test_older_arrays);
  g_test_add_func ("/mppca/limit", test_limit);
  return g_test_run ();
}
