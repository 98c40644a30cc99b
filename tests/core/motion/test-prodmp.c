/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "prodmp-fixture.h"

#include "lw-dmp.h"
#include "lw-promp-condition.h"

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LwDmp, lw_dmp_clear)

static const double q_start[JOINTS] = { 0.1, 0.2 }, v_start[JOINTS] = { 0.05, -0.1 };

static void
alloc (LwMat *mat, size_t rows, size_t cols)
{
  g_assert_cmpint (lw_mat_alloc (mat, rows, cols), ==, LW_OK);
  lw_fill_nan (mat->data, rows * cols);
}

static void
times (double *t, size_t n, double first, double last)
{
  for (size_t i = 0; i < n; i++)
    t[i] = first + (last - first) * (double) i / (double) (n - 1);
}

/* ---- golden ---- */

static void
check_movement (bool relative)
{
  const char *kind = relative ? "rel" : "abs";
  g_autofree char *pos_name = g_strdup_printf ("golden/synthetic/pd_%s_pos.npy", kind);
  g_autofree char *vel_name = g_strdup_printf ("golden/synthetic/pd_%s_vel.npy", kind);
  g_auto (LwGolden) pos = { 0 }, vel = { 0 }, wg = { 0 };
  g_auto (LwProdmp) prodmp = { 0 };
  g_auto (LwMat) q = { 0 }, v = { 0 };
  double t[TIMES];
  if (!lw_golden_load (&pos, pos_name) || !lw_golden_load (&vel, vel_name)
      || !lw_golden_load (&wg, "golden/synthetic/in_dmp_wg.npy"))
    return;
  alloc (&q, TIMES, JOINTS);
  alloc (&v, TIMES, JOINTS);
  times (t, TIMES, 0, 2);
  init_golden (&prodmp, LW_PRODMP_TRAPEZOID, relative, 1);
  const LwProdmpStart start = { 0, q_start, v_start };
  g_assert_cmpint (lw_prodmp_move (&prodmp, wg.data, JOINTS, &start, t, TIMES, &q, &v), ==, LW_OK);
  lw_assert_close_array (q.data, pos.data, pos.n, 1e-9, 1e-10);
  lw_assert_close_array (v.data, vel.data, vel.n, 1e-9, 1e-10);
}

static void
test_movement_absolute (void)
{
  check_movement (false);
}

static void
test_movement_relative (void)
{
  check_movement (true);
}

/* Taken up again at 0.8 s where it is then, with 0.7 of the weights and other goals. */
static void
check_replanned (bool relative)
{
  const char *kind = relative ? "rel" : "abs";
  g_autofree char *pos_name = g_strdup_printf ("golden/synthetic/pd_%s_replan_pos.npy", kind);
  g_autofree char *vel_name = g_strdup_printf ("golden/synthetic/pd_%s_replan_vel.npy", kind);
  g_auto (LwGolden) pos = { 0 }, vel = { 0 }, wg = { 0 };
  g_auto (LwProdmp) prodmp = { 0 };
  g_auto (LwMat) q = { 0 }, v = { 0 };
  const double t_change = 0.8, goals[JOINTS] = { 1.1, -0.1 };
  double q_change[JOINTS], v_change[JOINTS], params[W], t[121];
  LwMat q_row = lw_mat_view (q_change, 1, JOINTS), v_row = lw_mat_view (v_change, 1, JOINTS);
  if (!lw_golden_load (&pos, pos_name) || !lw_golden_load (&vel, vel_name)
      || !lw_golden_load (&wg, "golden/synthetic/in_dmp_wg.npy"))
    return;
  init_golden (&prodmp, LW_PRODMP_TRAPEZOID, relative, 1);
  const LwProdmpStart start = { 0, q_start, v_start }, change = { t_change, q_change, v_change };
  g_assert_cmpint (lw_prodmp_move (&prodmp, wg.data, JOINTS, &start, &t_change, 1, &q_row, &v_row), ==, LW_OK);
  for (size_t k = 0; k < W; k++)
    params[k] = k % M < N ? 0.7 * wg.data[k] : goals[k / M];
  alloc (&q, 121, JOINTS);
  alloc (&v, 121, JOINTS);
  times (t, 121, t_change, 2);
  g_assert_cmpint (lw_prodmp_move (&prodmp, params, JOINTS, &change, t, 121, &q, &v), ==, LW_OK);
  lw_assert_close_array (q.data, pos.data, pos.n, 1e-9, 1e-10);
  lw_assert_close_array (v.data, vel.data, vel.n, 1e-9, 1e-10);
  lw_assert_close_array (q.data, q_change, JOINTS, 1e-15, 1e-15);
  lw_assert_close_array (v.data, v_change, JOINTS, 1e-14, 1e-14);
}

static void
test_replanned (void)
{
  check_replanned (false);
  check_replanned (true);
}

static void
check_covariance (const char *kind, bool relative)
{
  g_autofree char *cov_name = g_strdup_printf ("golden/synthetic/pd_%s_params_cov.npy", kind);
  g_autofree char *pos_name = g_strdup_printf ("golden/synthetic/pd_%s_pos_cov.npy", kind);
  g_autofree char *vel_name = g_strdup_printf ("golden/synthetic/pd_%s_vel_cov.npy", kind);
  g_auto (LwGolden) cov = { 0 }, pos = { 0 }, vel = { 0 };
  g_auto (LwProdmp) prodmp = { 0 };
  g_auto (LwMat) q_cov = { 0 }, v_cov = { 0 }, q_std = { 0 }, v_std = { 0 };
  double t[26], mu[W] = { 0 };
  if (!lw_golden_load (&cov, cov_name) || !lw_golden_load (&pos, pos_name) || !lw_golden_load (&vel, vel_name))
    return;
  init_golden (&prodmp, LW_PRODMP_TRAPEZOID, relative, 1);
  LwWeightGaussian g = { W, mu, lw_golden_mat (&cov) };
  times (t, 26, 0, 2);
  alloc (&q_cov, 52, 52);
  alloc (&v_cov, 52, 52);
  g_assert_cmpint (lw_prodmp_covariance (&prodmp, &g, JOINTS, 0, t, 26, &q_cov, &v_cov), ==, LW_OK);
  lw_assert_close_to_largest (q_cov.data, pos.data, pos.n, 1e-9);
  lw_assert_close_to_largest (v_cov.data, vel.data, vel.n, 1e-9);

  /* The band is the diagonal's root. */
  const LwProdmpStart start = { 0, q_start, v_start };
  alloc (&q_std, 26, JOINTS);
  alloc (&v_std, 26, JOINTS);
  g_assert_cmpint (lw_prodmp_band (&prodmp, &g, JOINTS, &start, t, 26, NULL, &q_std, NULL, &v_std), ==, LW_OK);
  for (size_t i = 0; i < 26; i++)
    for (size_t j = 0; j < JOINTS; j++) {
      size_t at = j * 26 + i;
      lw_assert_close (lw_mat_get (&q_std, i, j), sqrt (lw_mat_get (&q_cov, at, at)), 1e-9, 1e-9);
      lw_assert_close (lw_mat_get (&v_std, i, j), sqrt (lw_mat_get (&v_cov, at, at)), 1e-9, 1e-9);
    }
}

static void
test_covariance (void)
{
  check_covariance ("abs", false);
  check_covariance ("rel", true);
}

/* ---- invariants ---- */

static void
random_params (double *params, uint32_t stream)
{
  LwRng rng;
  lw_rng_init (&rng, 11, LW_RNG_TEST, stream, 0);
  for (size_t k = 0; k < W; k++)
    params[k] = k % M < N ? 50 * lw_rng_normal (&rng) : lw_rng_normal (&rng);
}

/* The same equation integrated step by step. */
static void
test_is_a_dmp (void)
{
  g_auto (LwProdmp) prodmp = { 0 };
  g_auto (LwDmp) dmp = { 0 };
  g_autoptr (LwTrajectory) stepped = NULL, solved = NULL;
  g_auto (LwMat) v_stepped = { 0 }, v_solved = { 0 };
  double params[W], goal[JOINTS];
  const LwProdmpStart start = { 0, q_start, v_start };

  init_golden (&prodmp, LW_PRODMP_GAUSS, false, 2);
  random_params (params, 0);
  g_assert_cmpint (lw_dmp_init (&dmp, LW_DMP_PLAIN, JOINTS, &prodmp.settings.basis, 25, 2), ==, LW_OK);
  for (size_t j = 0; j < JOINTS; j++) {
    memcpy (lw_mat_row (&dmp.w, j), params + j * M, N * sizeof *params);
    goal[j] = params[j * M + N];
  }
  g_assert_cmpint (lw_dmp_set_start (&dmp, q_start, v_start), ==, LW_OK);
  g_assert_cmpint (lw_dmp_set_goal (&dmp, goal, NULL), ==, LW_OK);
  g_assert_cmpint (lw_dmp_rollout (&dmp, 3.3, 37, &stepped, &v_stepped), ==, LW_OK);
  g_assert_cmpint (lw_prodmp_rollout (&prodmp, params, JOINTS, &start, 3.3, 37, &solved, &v_solved), ==, LW_OK);
  g_assert_cmpuint (solved->n_samples, ==, stepped->n_samples);
  lw_assert_close_array (solved->q.data, stepped->q.data, solved->n_samples * JOINTS, 0, 1e-8);
  lw_assert_close_array (v_solved.data, v_stepped.data, solved->n_samples * JOINTS, 0, 1e-7);
}

/* Between the nodes of the table and on them, with any table; far beyond where exp(a s / 2) is still a double. */
static void
test_any_grid (void)
{
  g_auto (LwProdmp) fine = { 0 }, coarse = { 0 }, fast = { 0 };
  double a[M], da[M], b[M], db[M];

  init_golden (&fine, LW_PRODMP_GAUSS, false, 2);
  LwProdmpSettings settings = fine.settings;
  settings.step = 0.0071;
  g_assert_cmpint (lw_prodmp_init (&coarse, &settings), ==, LW_OK);
  for (double s = 0; s < 2; s += 0.0137) {
    g_assert_cmpint (lw_prodmp_basis (&fine, s, a, da), ==, LW_OK);
    g_assert_cmpint (lw_prodmp_basis (&coarse, s, b, db), ==, LW_OK);
    lw_assert_close_array (a, b, M, 0, 1e-13);
    lw_assert_close_array (da, db, M, 0, 1e-12);
  }
  settings.a = 200;
  settings.length = 50; /* exp(5000) */
  g_assert_cmpint (lw_prodmp_init (&fast, &settings), ==, LW_OK);
  g_assert_cmpint (lw_prodmp_basis (&fast, 50, a, da), ==, LW_OK);
  for (size_t k = 0; k < M; k++) {
    lw_assert_close (a[k], k == N, 0, 1e-12);
    lw_assert_close (da[k], 0, 0, 1e-12);
  }
}

/* Whatever it is asked, it starts exactly where it is told, also late, and forgets that by the known law. */
static void
test_starts_where_told (void)
{
  g_auto (LwProdmp) prodmp = { 0 };
  double params[W];
  const double starts[] = { 0, 0.313, 1.2, 1.999, 2, 3.7 }, elsewhere[JOINTS] = { -1, 2.5 }, v_elsewhere[JOINTS] = { 4, 0.2 };

  init_golden (&prodmp, LW_PRODMP_GAUSS, true, 2);
  random_params (params, 1);
  for (size_t i = 0; i < G_N_ELEMENTS (starts); i++) {
    double t[3] = { starts[i], starts[i] + 0.1, starts[i] + 0.3 };
    g_auto (LwMat) q = { 0 }, v = { 0 }, q_other = { 0 }, v_other = { 0 };
    const LwProdmpStart start = { starts[i], q_start, v_start }, other = { starts[i], elsewhere, v_elsewhere };
    alloc (&q, 3, JOINTS);
    alloc (&v, 3, JOINTS);
    alloc (&q_other, 3, JOINTS);
    alloc (&v_other, 3, JOINTS);
    g_assert_cmpint (lw_prodmp_move (&prodmp, params, JOINTS, &start, t, 3, &q, &v), ==, LW_OK);
    lw_assert_close_array (q.data, q_start, JOINTS, 0, 1e-13);
    lw_assert_close_array (v.data, v_start, JOINTS, 0, 1e-13);

    prodmp.settings.relative_goal = false;
    g_assert_cmpint (lw_prodmp_move (&prodmp, params, JOINTS, &start, t, 3, &q, &v), ==, LW_OK);
    g_assert_cmpint (lw_prodmp_move (&prodmp, params, JOINTS, &other, t, 3, &q_other, &v_other), ==, LW_OK);
    for (size_t k = 0; k < 3; k++)
      for (size_t j = 0; j < JOINTS; j++) {
        double u = (t[k] - starts[i]) / 2, c = 12.5, e = exp (-c * u);
        double dq = elsewhere[j] - q_start[j], dv = 2 * (v_elsewhere[j] - v_start[j]);
        lw_assert_close (lw_mat_get (&q_other, k, j) - lw_mat_get (&q, k, j), ((1 + c * u) * dq + u * dv) * e, 0, 1e-12);
        lw_assert_close (lw_mat_get (&v_other, k, j) - lw_mat_get (&v, k, j), (-c * c * u * dq + (1 - c * u) * dv) * e / 2, 0,
                         1e-12);
      }
    prodmp.settings.relative_goal = true;
  }
}

/* Taken up half way with the same parameters, it is the same movement; with others, position and velocity go on. */
static void
test_replanning (void)
{
  g_auto (LwProdmp) prodmp = { 0 };
  double params[W], others[W];
  g_autoptr (LwTrajectory) whole = NULL, rest = NULL, changed = NULL;
  g_auto (LwMat) v_whole = { 0 }, v_rest = { 0 }, v_changed = { 0 };
  const LwProdmpStart start = { 0, q_start, v_start };

  init_golden (&prodmp, LW_PRODMP_GAUSS, false, 1.5);
  random_params (params, 2);
  random_params (others, 3);
  g_assert_cmpint (lw_prodmp_rollout (&prodmp, params, JOINTS, &start, 2, 50, &whole, &v_whole), ==, LW_OK);
  const LwProdmpStart later = { whole->t[37], lw_mat_row (&whole->q, 37), lw_mat_row (&v_whole, 37) };
  g_assert_cmpint (lw_prodmp_rollout (&prodmp, params, JOINTS, &later, 2, 50, &rest, &v_rest), ==, LW_OK);
  g_assert_cmpuint (rest->n_samples, ==, 64);
  lw_assert_close_array (rest->t, whole->t + 37, 64, 1e-12, 0);
  lw_assert_close_array (rest->q.data, lw_mat_row (&whole->q, 37), 64 * JOINTS, 0, 1e-11);
  lw_assert_close_array (v_rest.data, lw_mat_row (&v_whole, 37), 64 * JOINTS, 0, 1e-10);

  g_assert_cmpint (lw_prodmp_rollout (&prodmp, others, JOINTS, &later, 3, 50, &changed, &v_changed), ==, LW_OK);
  lw_assert_close_array (changed->q.data, later.q, JOINTS, 0, 1e-13);
  lw_assert_close_array (v_changed.data, later.v, JOINTS, 0, 1e-12);
  for (size_t j = 0; j < JOINTS; j++)
    lw_assert_close (lw_mat_get (&changed->q, changed->n_samples - 1, j), others[j * M + N], 0,
                     0.02); /* the force is not quite gone */
}

static void
test_delay (void)
{
  g_auto (LwProdmp) prompt = { 0 }, late = { 0 };
  double params[W], t[40], t_late[40];
  g_auto (LwMat) q = { 0 }, q_late = { 0 };
  const LwProdmpStart start = { 0, q_start, NULL };

  init_golden (&prompt, LW_PRODMP_GAUSS, false, 1);
  LwProdmpSettings settings = prompt.settings;
  settings.delay = 0.7;
  g_assert_cmpint (lw_prodmp_init (&late, &settings), ==, LW_OK);
  random_params (params, 4);
  times (t, 40, 0, 2);
  times (t_late, 40, 0.7, 2.7);
  alloc (&q, 40, JOINTS);
  alloc (&q_late, 40, JOINTS);
  g_assert_cmpint (lw_prodmp_move (&prompt, params, JOINTS, &start, t, 40, &q, NULL), ==, LW_OK);
  g_assert_cmpint (lw_prodmp_move (&late, params, JOINTS, &start, t_late, 40, &q_late, NULL), ==, LW_OK);
  lw_assert_close_array (q_late.data, q.data, 40 * JOINTS, 0, 1e-12);
  times (t_late, 40, 0, 0.7);
  g_assert_cmpint (lw_prodmp_move (&late, params, JOINTS, &start, t_late, 40, &q_late, NULL), ==, LW_OK);
  for (size_t i = 0; i < 40; i++)
    lw_assert_close_array (lw_mat_row (&q_late, i), q_start, JOINTS, 0, 1e-12);
}

/* Through a position and a velocity of one joint on the way, exactly, from where the arm is; the other joint is left alone when
 * they are independent. */
static void
test_conditioning (void)
{
  g_auto (LwProdmp) prodmp = { 0 };
  double mu[W], rows[2 * W], offset[2], y[2] = { 0.9, -0.4 }, t = 1.1;
  g_auto (LwWeightGaussian) after = { 0 };
  g_auto (LwMat) sigma = { 0 }, q = { 0 }, q_std = { 0 }, v = { 0 }, v_std = { 0 };
  const LwProdmpStart start = { 0.2, q_start, v_start };

  init_golden (&prodmp, LW_PRODMP_GAUSS, true, 1);
  random_params (mu, 5);
  alloc (&sigma, W, W);
  lw_mat_fill (&sigma, 0);
  for (size_t k = 0; k < W; k++)
    lw_mat_set (&sigma, k, k, k % M < N ? 2500 : 1);
  const LwWeightGaussian prior = { W, mu, sigma };
  for (int derivative = 0; derivative < 2; derivative++)
    g_assert_cmpint (lw_prodmp_observe (&prodmp, &start, JOINTS, 1, derivative, t, rows + derivative * W, offset + derivative),
                     ==, LW_OK);
  const LwMat a = lw_mat_view (rows, 2, W);
  const double wanted[2] = { y[0] - offset[0], y[1] - offset[1] };
  g_assert_cmpint (lw_weight_gaussian_condition (&prior, &a, wanted, NULL, &after, NULL), ==, LW_OK);

  const double at[2] = { 0.2, t };
  alloc (&q, 2, JOINTS);
  alloc (&q_std, 2, JOINTS);
  alloc (&v, 2, JOINTS);
  alloc (&v_std, 2, JOINTS);
  g_assert_cmpint (lw_prodmp_band (&prodmp, &after, JOINTS, &start, at, 2, &q, &q_std, &v, &v_std), ==, LW_OK);
  lw_assert_close_array (q.data, q_start, JOINTS, 0, 1e-12);
  lw_assert_close_array (q_std.data, ((const double[]){ 0, 0 }), JOINTS, 0, 1e-12);
  lw_assert_close (lw_mat_get (&q, 1, 1), y[0], 0, 1e-9);
  lw_assert_close (lw_mat_get (&v, 1, 1), y[1], 0, 1e-9);
  lw_assert_close (lw_mat_get (&q_std, 1, 1), 0, 0, 1e-6);
  lw_assert_close (lw_mat_get (&v_std, 1, 1), 0, 0, 1e-6);
  g_assert_cmpfloat (lw_mat_get (&q_std, 1, 0), >, 0.1);
  lw_assert_close_array (after.mu_w, mu, M, 0, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/prodmp/movement-absolute", test_movement_absolute);
  g_test_add_func ("/prodmp/movement-relative", test_movement_relative);
  g_test_add_func ("/prodmp/replanned", test_replanned);
  g_test_add_func ("/prodmp/covariance", test_covariance);
  g_test_add_func ("/prodmp/is-a-dmp", test_is_a_dmp);
  g_test_add_func ("/prodmp/any-grid", test_any_grid);
  g_test_add_func ("/prodmp/starts-where-told", test_starts_where_told);
  g_test_add_func ("/prodmp/replanning", test_replanning);
  g_test_add_func ("/prodmp/delay", test_delay);
  g_test_add_func ("/prodmp/conditioning", test_conditioning);
  return g_test_run ();
}
