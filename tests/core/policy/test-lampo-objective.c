/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-lampo-objective.h"

#include <glib.h>
#include <math.h>
#include <string.h>

#include "lampo-golden.h"
#include "lampo-random.h"
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
  result->q = (LwLampoQuantities){ .J = (double) NAN,
                                   .J_plain = (double) NAN,
                                   .g_new_old = (double) NAN,
                                   .g_old_new = (double) NAN,
                                   .h = (double) NAN,
                                   .h_new_first = (double) NAN,
                                   .ess = (double) NAN,
                                   .J_grad = result->grad[0],
                                   .J_plain_grad = result->grad[1],
                                   .g_new_old_grad = result->grad[2],
                                   .g_old_new_grad = result->grad[3],
                                   .h_grad = result->grad[4],
                                   .h_new_first_grad = result->grad[5] };
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

typedef struct {
  LampoRandom   random;
  LwLampoPolicy policy;
  LwLampoTable  table, first;
  LwLampoObjectiveWorkspace ws;
  gboolean strata, normalised;
  double   ess;
} Fixture;

static void
fixture_init (Fixture *f, size_t K, size_t d, size_t dc, uint32_t stream)
{
  lampo_random_init (&f->random, K, d, dc, 3, 90, stream);
  const LwLampoModel *model = &f->random.model;
  g_assert_cmpint (lw_lampo_policy_init (&f->policy, model), ==, LW_OK);
  g_assert_cmpint (lw_lampo_table_init (&f->table, model, f->random.samples.stride), ==, LW_OK);
  g_assert_cmpint (lw_lampo_table_init (&f->first, model, f->random.samples.stride), ==, LW_OK);
  g_assert_cmpint (lw_lampo_objective_workspace_init (&f->ws, model, f->random.samples.stride), ==, LW_OK);
  g_assert_true (lw_lampo_policy_set (&f->policy, f->random.x_first));
  lw_lampo_table_evaluate (&f->first, &f->policy, &f->random.samples, 0);
}

static void
fixture_clear (Fixture *f)
{
  lw_lampo_objective_workspace_clear (&f->ws);
  lw_lampo_table_clear (&f->table);
  lw_lampo_table_clear (&f->first);
  lw_lampo_policy_clear (&f->policy);
  lampo_random_clear (&f->random);
}

static double
objective_function (const double *x, double *grad, void *data)
{
  Fixture *f = data;
  g_assert_true (lw_lampo_policy_set (&f->policy, x));
  lw_lampo_table_evaluate (&f->table, &f->policy, &f->random.samples, 0);
  return lw_lampo_objective (&f->policy, &f->random.samples, &f->table, f->random.log_den, f->strata ? &f->first : NULL,
                             f->normalised, &f->ws, grad, &f->ess);
}

static void
test_gradients (void)
{
  static const size_t sizes[][3] = { { 3, 2, 2 }, { 2, 3, 5 }, { 3, 4, 1 }, { 1, 2, 2 }, { 2, 2, 0 } };
  for (size_t c = 0; c < G_N_ELEMENTS (sizes); c++)
    for (int kind = 0; kind < 3; kind++) {
      Fixture f = { .normalised = kind > 0, .strata = kind == 2 };
      fixture_init (&f, sizes[c][0], sizes[c][1], sizes[c][2], 60 + (uint32_t) c);
      lampo_check_gradient (objective_function, &f, f.random.x_new, f.random.model.n_x, 1e-7);
      fixture_clear (&f);
    }
}

/* J and ESS as their definitions read, from the table's densities; J of a stratum likewise. */
static void
test_by_definition (void)
{
  Fixture f = { 0 };
  fixture_init (&f, 3, 2, 2, 70);
  size_t N = f.random.samples.n;
  double total = 0, value = 0, square = 0, plain = 0, stratified = 0;

  f.normalised = FALSE;
  double J_plain = objective_function (f.random.x_new, NULL, &f);
  f.normalised = TRUE;
  double J = objective_function (f.random.x_new, NULL, &f), ess = f.ess;
  f.strata = TRUE;
  double J_strata = objective_function (f.random.x_new, NULL, &f);
  for (size_t i = 0; i < N; i++) {
    double ratio = exp (f.table.log_p[i] - f.random.log_den[i]), reward = f.random.samples.reward[i];
    total += ratio;
    square += ratio * ratio;
    value += ratio * reward;
    plain += ratio * reward / (double) N;
  }
  for (size_t k = 0; k < 3; k++) {
    double size = 0, sum = 0, mean = 0;
    for (size_t i = 0; i < N; i++) {
      double share = f.first.resp[k * f.first.stride + i], ratio = share * exp (f.table.log_p[i] - f.random.log_den[i]);
      size += share;
      sum += ratio;
      mean += ratio * f.random.samples.reward[i];
    }
    stratified += size / (double) N * mean / sum;
  }
  lw_assert_close (J, value / total, 1e-11, 0);
  lw_assert_close (J_plain, plain, 1e-11, 0);
  lw_assert_close (J_strata, stratified, 1e-11, 0);
  lw_assert_close (ess, total * total / square, 1e-11, 0);
  g_assert_true (fabs (J_strata - J) > 1e-4);
  fixture_clear (&f);

  Fixture one = { .normalised = TRUE };
  fixture_init (&one, 1, 2, 2, 71); /* one component: one stratum */
  J = objective_function (one.random.x_new, NULL, &one);
  one.strata = TRUE;
  lw_assert_close (objective_function (one.random.x_new, NULL, &one), J, 1e-13, 0);
  fixture_clear (&one);
}

/* Log densities 1e5 apart: one sample has all the weight, nothing overflows; the same shift of all changes nothing. */
static void
test_underflow (void)
{
  Fixture f = { .normalised = TRUE };
  fixture_init (&f, 2, 2, 2, 72);
  size_t N = f.random.samples.n;

  double J = objective_function (f.random.x_new, NULL, &f);
  for (size_t i = 0; i < N; i++)
    f.random.log_den[i] += 1e5;
  lw_assert_close (objective_function (f.random.x_new, NULL, &f), J, 1e-8, 0);
  f.random.log_den[7] -= 2e5;
  f.strata = FALSE;
  lw_assert_close (objective_function (f.random.x_new, NULL, &f), f.random.samples.reward[7], 1e-12, 0);
  lw_assert_close (f.ess, 1, 1e-12, 0);
  f.strata = TRUE;
  g_assert_true (isfinite (objective_function (f.random.x_new, NULL, &f)));
  f.random.log_den[3] = (double) NAN;
  g_assert_true (isnan (objective_function (f.random.x_new, NULL, &f)));
  fixture_clear (&f);
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
  g_test_add_func ("/lampo-objective/gradients", test_gradients);
  g_test_add_func ("/lampo-objective/by-definition", test_by_definition);
  g_test_add_func ("/lampo-objective/underflow", test_underflow);
  return g_test_run ();
}
