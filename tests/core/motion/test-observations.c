/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-observations.h"

#include <math.h>

#include "lw-promp-marginal.h"
#include "promp-fixture.h"

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LwObservations, lw_observations_clear)

static const LwBasis mp_basis = { LW_BASIS_STROKE, 8, 0, 1.0 / 7, 0.005475924320424079 }; /* -1 / (8 8^2 ln 0.7) */

static LwObservations
empty (const LwBasis *basis, size_t n_joints)
{
  LwObservations stack;
  g_assert_cmpint (lw_observations_init (&stack, basis, n_joints), ==, LW_OK);
  return stack;
}

/* Position, velocity and acceleration of single joints at several phases, exact: the posterior's marginals say so. */
static void
test_any_joint_order_phase (void)
{
  enum { J = 3, N = 10 };
  LwBasis basis;
  LwRng rng;
  lw_rng_init (&rng, 31, LW_RNG_TEST, 0, 0);
  g_assert_cmpint (lw_basis_init_stroke (&basis, N), ==, LW_OK);
  g_auto (LwWeightGaussian) prior = drawn_gaussian (N * J, 40, &rng), out = { 0 };
  g_auto (LwObservations) stack = empty (&basis, J);
  const LwObservation seen[] = {
    { 0, { 0.1, 0.7, 0 }, LW_ORDER_POSITION, 0.5 },
    { 2, { 0.35, 0.9, 1.5 }, LW_ORDER_VELOCITY, -1.2 },
    { 1, { 0.6, 0.7, -2 }, LW_ORDER_ACCELERATION, 3.1 },
    { 2, { 1, 0.7, 0 }, LW_ORDER_POSITION, -0.4 },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (seen); i++)
    g_assert_cmpint (lw_observations_add (&stack, &seen[i], 0), ==, LW_OK);
  g_assert_cmpint (lw_observations_condition (&stack, &prior, &out, NULL), ==, LW_OK);
  for (size_t i = 0; i < G_N_ELEMENTS (seen); i++) {
    double y[LW_N_ORDERS * J];
    g_auto (LwMat) cov = new_mat (LW_N_ORDERS * J, LW_N_ORDERS * J);
    size_t row = (size_t) seen[i].order * J + seen[i].joint;
    g_assert_cmpint (lw_promp_marginal (&basis, &out, J, &seen[i].at, LW_N_ORDERS, y, &cov), ==, LW_OK);
    lw_assert_close (y[row], seen[i].value, 1e-10, 0);
    g_auto (LwMat) before = new_mat (LW_N_ORDERS * J, LW_N_ORDERS * J);
    g_assert_cmpint (lw_promp_marginal (&basis, &prior, J, &seen[i].at, LW_N_ORDERS, y, &before), ==, LW_OK);
    lw_assert_close (lw_mat_get (&cov, row, row), 0, 0, 1e-12 * lw_mat_get (&before, row, row));
  }
}

/* In any order, one by one or at once. */
static void
test_order_does_not_matter (void)
{
  enum { J = 2, N = 8, M = 6 };
  LwRng rng;
  lw_rng_init (&rng, 32, LW_RNG_TEST, 0, 0);
  g_auto (LwWeightGaussian) prior = drawn_gaussian (N * J, 30, &rng), batch = { 0 }, backwards = { 0 }, one = { 0 };
  g_auto (LwObservations) stack = empty (&golden_basis, J), turned = empty (&golden_basis, J);
  LwObservation seen[M];

  for (size_t i = 0; i < M; i++)
    seen[i] = (LwObservation){ i % J, { lw_rng_uniform (&rng), 0.8, 0.3 }, (LwOrder) (i % 3), lw_rng_normal (&rng) };
  for (size_t i = 0; i < M; i++) {
    g_assert_cmpint (lw_observations_add (&stack, &seen[i], 0.01), ==, LW_OK);
    g_assert_cmpint (lw_observations_add (&turned, &seen[M - 1 - i], 0.01), ==, LW_OK);
  }
  g_assert_cmpint (lw_observations_condition (&stack, &prior, &batch, NULL), ==, LW_OK);
  g_assert_cmpint (lw_observations_condition (&turned, &prior, &backwards, NULL), ==, LW_OK);
  assert_gaussian (&backwards, &batch, 1e-10);
  for (size_t i = 0; i < M; i++) {
    g_auto (LwObservations) single = empty (&golden_basis, J);
    LwWeightGaussian next;
    g_assert_cmpint (lw_observations_add (&single, &seen[i], 0.01), ==, LW_OK);
    g_assert_cmpint (lw_observations_condition (&single, i == 0 ? &prior : &one, &next, NULL), ==, LW_OK);
    lw_weight_gaussian_clear (&one);
    one = next;
  }
  assert_gaussian (&one, &batch, 1e-10);
}

static void
check_golden (const LwObservations *stack, const LwWeightGaussian *prior, const char *mu_name, const char *sigma_name)
{
  g_auto (LwWeightGaussian) out = { 0 }, expected = { 0 };
  g_assert_true (load_gaussian (&expected, mu_name, sigma_name));
  g_assert_cmpint (lw_observations_condition (stack, prior, &out, NULL), ==, LW_OK);
  assert_gaussian (&out, &expected, 1e-9);
  assert_covariance (&out.sigma_w, &prior->sigma_w, 1e-14);
}

static void
test_golden_operations (void)
{
  g_auto (LwWeightGaussian) prior = { 0 };
  g_auto (LwGolden) y = { 0 }, r = { 0 }, z_t = { 0 };
  if (!load_gaussian (&prior, SYN "ops_mu.npy", SYN "ops_Sw.npy") || !lw_golden_load (&y, SYN "ops_cond_y.npy")
      || !lw_golden_load (&r, SYN "ops_cond_R.npy") || !lw_golden_load (&z_t, SYN "ops_cond_z_T.npy"))
    return;
  const LwPhasePoint at = { z_t.data[0], 1 / z_t.data[1], 0 };
  const struct {
    const char *mu, *sigma;
    gboolean rows[4];
  } cases[] = {
    { SYN "ops_cond_pos_mu.npy", SYN "ops_cond_pos_Sw.npy", { TRUE, TRUE, FALSE, FALSE } },
    { SYN "ops_cond_vel_mu.npy", SYN "ops_cond_vel_Sw.npy", { FALSE, FALSE, TRUE, TRUE } },
    { SYN "ops_cond_posvel_mu.npy", SYN "ops_cond_posvel_Sw.npy", { TRUE, TRUE, TRUE, TRUE } },
    { SYN "ops_cond_dof0pos_dof1vel_mu.npy", SYN "ops_cond_dof0pos_dof1vel_Sw.npy", { TRUE, FALSE, FALSE, TRUE } },
  };
  for (size_t c = 0; c < G_N_ELEMENTS (cases); c++) {
    g_auto (LwObservations) stack = empty (&golden_basis, 2);
    for (size_t i = 0; i < 4; i++)
      if (cases[c].rows[i])
        g_assert_cmpint (lw_observations_add (&stack, &(LwObservation){ i % 2, at, (LwOrder) (i / 2), y.data[i] }, r.data[i]), ==,
                         LW_OK);
    check_golden (&stack, &prior, cases[c].mu, cases[c].sigma);
  }
}

static void
test_golden_peer (void)
{
  g_auto (LwWeightGaussian) prior = { 0 };
  g_auto (LwGolden) y = { 0 }, cov = { 0 }, via = { 0 };
  if (!load_gaussian (&prior, SYN "ml_mean.npy", SYN "ml_cov.npy") || !lw_golden_load (&y, SYN "in_cond_y.npy")
      || !lw_golden_load (&cov, SYN "in_cond_cov.npy") || !lw_golden_load (&via, SYN "in_via3.npy"))
    return;
  const LwMat noise = lw_golden_mat (&cov);
  const struct {
    double z;
    const LwMat *noise;
    const char *mu, *sigma;
  } cases[] = {
    { 0, &noise, SYN "mp_cond_t000_cov_mean.npy", SYN "mp_cond_t000_cov_cov.npy" },
    { 0.5, &noise, SYN "mp_cond_t050_cov_mean.npy", SYN "mp_cond_t050_cov_cov.npy" },
    { 1, &noise, SYN "mp_cond_t100_cov_mean.npy", SYN "mp_cond_t100_cov_cov.npy" },
    { 0.5, NULL, SYN "mp_cond_t050_exact_mean.npy", SYN "mp_cond_t050_exact_cov.npy" },
  };
  for (size_t c = 0; c < G_N_ELEMENTS (cases); c++) {
    g_auto (LwObservations) stack = empty (&mp_basis, 2);
    g_assert_cmpint (
        lw_observations_add_all (&stack, &(LwPhasePoint){ cases[c].z, 1, 0 }, LW_ORDER_POSITION, y.data, cases[c].noise), ==,
        LW_OK);
    check_golden (&stack, &prior, cases[c].mu, cases[c].sigma);
  }
  g_auto (LwObservations) stack = empty (&mp_basis, 2);
  for (size_t i = 0; i < 3; i++) {
    const double *row = via.data + 3 * i;
    g_assert_cmpint (lw_observations_add_all (&stack, &(LwPhasePoint){ row[0], 1, 0 }, LW_ORDER_POSITION, row + 1, &noise), ==,
                     LW_OK);
  }
  check_golden (&stack, &prior, SYN "mp_via3_mean.npy", SYN "mp_via3_cov.npy");
}

static void
test_bad_input (void)
{
  const double nan = (double) NAN;
  g_auto (LwObservations) stack = empty (&golden_basis, 2);
  const LwObservation good = { 1, { 0.5, 1, 0 }, LW_ORDER_POSITION, 1 };
  LwObservation bad = good;
  double indefinite[4] = { 1, 2, 2, 1 }, values[2] = { 1, nan };
  const LwObservation pair[2] = { good, good };
  LwMat cov = lw_mat_view (indefinite, 2, 2);
  LwWeightGaussian out = { .n_weights = 5 };
  LwRng rng;

  lw_rng_init (&rng, 33, LW_RNG_TEST, 0, 0);
  g_auto (LwWeightGaussian) prior = drawn_gaussian (16, 20, &rng), other = drawn_gaussian (17, 20, &rng);
  g_assert_cmpint (lw_observations_add (&stack, &good, 0.1), ==, LW_OK);
  bad.joint = 2;
  g_assert_cmpint (lw_observations_add (&stack, &bad, 0.1), ==, LW_ERR_RANGE);
  bad = good;
  bad.order = (LwOrder) 3;
  g_assert_cmpint (lw_observations_add (&stack, &bad, 0.1), ==, LW_ERR_RANGE);
  bad = good;
  bad.at.z = -0.01;
  g_assert_cmpint (lw_observations_add (&stack, &bad, 0.1), ==, LW_ERR_RANGE);
  bad.at.z = nan;
  g_assert_cmpint (lw_observations_add (&stack, &bad, 0.1), ==, LW_ERR_NOT_FINITE);
  bad = good;
  bad.value = nan;
  g_assert_cmpint (lw_observations_add (&stack, &bad, 0.1), ==, LW_ERR_NOT_FINITE);
  g_assert_cmpint (lw_observations_add (&stack, &good, -0.1), ==, LW_ERR_RANGE);
  g_assert_cmpint (lw_observations_add (&stack, &good, nan), ==, LW_ERR_NOT_FINITE);
  g_assert_cmpint (lw_observations_add_block (&stack, pair, 2, &cov), ==, LW_ERR_NOT_SPD);
  indefinite[1] = 0.5;
  g_assert_cmpint (lw_observations_add_block (&stack, pair, 2, &cov), ==, LW_ERR_NOT_SPD); /* not symmetric */
  g_assert_cmpint (lw_observations_add_block (&stack, pair, 1, &cov), ==, LW_ERR_SHAPE);
  cov.cols = 1;
  g_assert_cmpint (lw_observations_add_block (&stack, pair, 2, &cov), ==, LW_ERR_SHAPE);
  cov.cols = 2;
  g_assert_cmpint (lw_observations_add_all (&stack, &good.at, LW_ORDER_POSITION, values, NULL), ==, LW_ERR_NOT_FINITE);
  g_assert_cmpuint (stack.n, ==, 1);
  g_assert_cmpint (lw_observations_condition (&stack, &other, &out, NULL), ==, LW_ERR_SHAPE);
  g_assert_cmpuint (out.n_weights, ==, 5);
  g_assert_cmpint (lw_observations_condition (&stack, &prior, &out, NULL), ==, LW_OK);
  lw_weight_gaussian_clear (&out);

  double rounded[4] = { 1e-3, 1e-4, 1e-4 * (1 + 1e-15), 1.1e-5 }; /* as of a product of three matrices */
  LwMat nearly = lw_mat_view (rounded, 2, 2);
  g_assert_cmpint (lw_observations_add_block (&stack, pair, 2, &nearly), ==, LW_OK);
  g_assert_cmpuint (stack.n, ==, 3);

  g_auto (LwObservations) none = empty (&golden_basis, 2);
  g_assert_cmpint (lw_observations_condition (&none, &prior, &out, NULL), ==, LW_OK);
  g_assert_cmpfloat (out.sigma_w.data[3], ==, prior.sigma_w.data[3]);
  lw_weight_gaussian_clear (&out);
  LwObservations untouched = { .n = 42 };
  LwBasis broken = golden_basis;
  broken.h = -1;
  g_assert_cmpint (lw_observations_init (&untouched, &broken, 2), ==, LW_ERR_RANGE);
  g_assert_cmpint (lw_observations_init (&untouched, &golden_basis, 0), ==, LW_ERR_SHAPE);
  g_assert_cmpuint (untouched.n, ==, 42);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/observations/any-joint-order-phase", test_any_joint_order_phase);
  g_test_add_func ("/observations/order-does-not-matter", test_order_does_not_matter);
  g_test_add_func ("/observations/golden-operations", test_golden_operations);
  g_test_add_func ("/observations/golden-peer", test_golden_peer);
  g_test_add_func ("/observations/bad-input", test_bad_input);
  return g_test_run ();
}
