/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-lampo-objective.h"

#include <glib.h>
#include <math.h>
#include <string.h>

#include "lampo-golden.h"
#include "lw-assert-close.h"

/* Golden: 1e-9 relative. Of a gradient, relative to its largest element: single elements are sums that cancel. */
#define GOLDEN 1e-9

typedef struct {
  LwLampoQuantities q;
  double *grad[6];
} Result;

static void
result_init (Result *result, size_t n_x)
{
  lw_fill_nan ((double *) &result->q.ess, 1);
  for (size_t i = 0; i < 6; i++) {
    result->grad[i] = g_new (double, n_x);
    lw_fill_nan (result->grad[i], n_x);
  }
  result->q = (LwLampoQuantities){ .J = (double) NAN, .J_plain = (double) NAN, .g_new_old = (double) NAN, .g_old_new = (double) NAN,
                                   .h = (double) NAN, .h_new_first = (double) NAN, .ess = (double) NAN,
                                   .J_grad = result->grad[0], .J_plain_grad = result->grad[1], .g_new_old_grad = result->grad[2],
                                   .g_old_new_grad = result->grad[3], .h_grad = result->grad[4], .h_new_first_grad = result->grad[5] };
}

static void
result_clear (Result *result)
{
  for (size_t i = 0; i < 6; i++)
    g_free (result->grad[i]);
}

static void
assert_golden (const char *prefix, const char *name, const double *actual, size_t n)
{
  g_auto (LwGolden) expected = { 0 };
  lampo_golden_array (&expected, prefix, name);
  g_assert_cmpuint (expected.n, ==, n);
  g_test_message ("%s%s", prefix, name);
  if (n == 1)
    lw_assert_close_array (actual, expected.data, n, GOLDEN, 0);
  else
    lw_assert_close_to_largest (actual, expected.data, n, GOLDEN);
}

static void
test_published (gconstpointer data)
{
  const char *prefix = data;
  LampoGolden golden;
  Result result;

  if (!lampo_golden_load (&golden, prefix, "log_den_batch"))
    return;
  result_init (&result, golden.n_x);
  g_assert_cmpint (lw_lampo_objective_from_arrays (&golden.arrays, &result.q), ==, LW_OK);
  assert_golden (prefix, "J", &result.q.J, 1);
  assert_golden (prefix, "J_grad", result.q.J_grad, golden.n_x);
  assert_golden (prefix, "J_unnorm", &result.q.J_plain, 1);
  assert_golden (prefix, "J_unnorm_grad", result.q.J_plain_grad, golden.n_x);
  assert_golden (prefix, "g_forward", &result.q.g_new_old, 1);
  assert_golden (prefix, "g_forward_grad", result.q.g_new_old_grad, golden.n_x);
  assert_golden (prefix, "g_reverse", &result.q.g_old_new, 1);
  assert_golden (prefix, "g_reverse_grad", result.q.g_old_new_grad, golden.n_x);
  assert_golden (prefix, "h", &result.q.h, 1);
  assert_golden (prefix, "h_grad", result.q.h_grad, golden.n_x);

  double with_regulariser = result.q.J - 1e-4 * result.q.h;
  assert_golden (prefix, "J_reg", &with_regulariser, 1);
  for (size_t i = 0; i < golden.n_x; i++)
    result.q.J_grad[i] -= 1e-4 * result.q.h_grad[i];
  assert_golden (prefix, "J_reg_grad", result.q.J_grad, golden.n_x);

  g_auto (LwGolden) weights = { 0 };
  double square = 0;
  lampo_golden_array (&weights, prefix, "weights");
  for (size_t i = 0; i < weights.n; i++)
    square += weights.data[i] * weights.data[i];
  lw_assert_close (result.q.ess, 1 / square, GOLDEN, 0);
  result_clear (&result);
  lampo_golden_clear (&golden);
}

static void
test_mixture (gconstpointer data)
{
  const char *prefix = data;
  double weight = g_str_equal (prefix, "syn_") ? 1e-2 : 1e-4;
  LampoGolden golden;
  Result result;

  if (!lampo_golden_load (&golden, prefix, "log_den_mix"))
    return;
  result_init (&result, golden.n_x);
  g_assert_cmpint (lw_lampo_objective_from_arrays (&golden.arrays, &result.q), ==, LW_OK);
  double J = result.q.J - weight * result.q.h;
  assert_golden (prefix, "J_mix_reg", &J, 1);
  for (size_t i = 0; i < golden.n_x; i++)
    result.q.J_grad[i] -= weight * result.q.h_grad[i];
  assert_golden (prefix, "J_mix_reg_grad", result.q.J_grad, golden.n_x);
  if (g_str_equal (prefix, "syn_")) {
    assert_golden (prefix, "J_unnorm", &result.q.J_plain, 1);
    assert_golden (prefix, "J_unnorm_grad", result.q.J_plain_grad, golden.n_x);
    assert_golden (prefix, "g_forward", &result.q.g_new_old, 1);
    assert_golden (prefix, "g_forward_grad", result.q.g_new_old_grad, golden.n_x);
    assert_golden (prefix, "g_reverse", &result.q.g_old_new, 1);
    assert_golden (prefix, "g_reverse_grad", result.q.g_old_new_grad, golden.n_x);
    assert_golden (prefix, "h", &result.q.h, 1);
    assert_golden (prefix, "h_grad", result.q.h_grad, golden.n_x);
  }
  result_clear (&result);
  lampo_golden_clear (&golden);
}

static void
test_bad_arrays (void)
{
  double W[4] = { 1, 0.5, 0.25, 2 }, means[4] = { 0 }, sigma_sq[2] = { 0.1, 0.1 }, x[6] = { 0, 0, 0, 0, 1, 1 };
  double z[2] = { 0.5, 1 }, c[2] = { 0.1, 0.2 }, r[2] = { 1, 2 }, log_den[2] = { -1, -2 };
  int64_t k[2] = { 0, 1 };
  LwLampoArrays arrays = { .W = lw_mat_view (W, 4, 1), .means = lw_mat_view (means, 2, 2), .sigma_sq = sigma_sq, .x_new = x,
                           .z = lw_mat_view (z, 2, 1), .k = k, .c = lw_mat_view (c, 2, 1), .r = r, .log_den = log_den };
  LwLampoQuantities q = { .J = (double) NAN };

  k[1] = 2;
  g_assert_cmpint (lw_lampo_objective_from_arrays (&arrays, &q), ==, LW_ERR_RANGE);
  k[1] = -1;
  g_assert_cmpint (lw_lampo_objective_from_arrays (&arrays, &q), ==, LW_ERR_RANGE);
  k[1] = 1;
  x[5] = 0;
  g_assert_cmpint (lw_lampo_objective_from_arrays (&arrays, &q), ==, LW_ERR_RANGE);
  x[5] = 1;
  log_den[0] = (double) NAN;
  g_assert_cmpint (lw_lampo_objective_from_arrays (&arrays, &q), ==, LW_ERR_NOT_FINITE);
  log_den[0] = -1;
  r[1] = (double) INFINITY;
  g_assert_cmpint (lw_lampo_objective_from_arrays (&arrays, &q), ==, LW_ERR_NOT_FINITE);
  r[1] = 2;
  sigma_sq[0] = 0;
  g_assert_cmpint (lw_lampo_objective_from_arrays (&arrays, &q), ==, LW_ERR_RANGE);
  sigma_sq[0] = 0.1;
  arrays.z.cols = 2;
  g_assert_cmpint (lw_lampo_objective_from_arrays (&arrays, &q), ==, LW_ERR_SHAPE);
  arrays.z.cols = 1;
  arrays.c.rows = arrays.z.rows = 0;
  g_assert_cmpint (lw_lampo_objective_from_arrays (&arrays, &q), ==, LW_ERR_TOO_FEW);
  arrays.c.rows = arrays.z.rows = 2;
  lw_assert_untouched (&q.J, 1);

  g_assert_cmpint (lw_lampo_objective_from_arrays (&arrays, &q), ==, LW_OK);
  g_assert_true (isfinite (q.J));
  g_assert_true (isnan (q.g_new_old) && isnan (q.h)); /* neither x_old nor x_first was given */
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/lampo-objective/golden/m0", "m0_", test_published);
  g_test_add_data_func ("/lampo-objective/golden/m1", "m1_", test_published);
  g_test_add_data_func ("/lampo-objective/golden/m0-mixture", "m0_", test_mixture);
  g_test_add_data_func ("/lampo-objective/golden/m1-mixture", "m1_", test_mixture);
  g_test_add_data_func ("/lampo-objective/golden/syn-mixture", "syn_", test_mixture);
  g_test_add_func ("/lampo-objective/bad-arrays", test_bad_arrays);
  return g_test_run ();
}
