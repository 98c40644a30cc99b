/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-prodmp-fit.h"

#include "lw-spline.h"
#include "prodmp-fixture.h"

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LwSpline, lw_spline_clear)

enum { DEMOS = 6 };

static void
init (LwProdmp *self, size_t n, double tau)
{
  LwProdmpSettings settings;
  g_assert_cmpint (lw_prodmp_settings_init (&settings, n, tau), ==, LW_OK);
  g_assert_cmpint (lw_prodmp_init (self, &settings), ==, LW_OK);
}

/* Number @k of a family of smooth movements that start and end at speed, on a clock of its own. */
static LwTrajectory *
curve (double k, double duration, size_t n)
{
  LwTrajectory *self = lw_trajectory_new (n, JOINTS);
  for (size_t i = 0; i < n; i++) {
    double z = (double) i / (double) (n - 1);
    self->t[i] = 3 + duration * z;
    lw_mat_set (&self->q, i, 0, (1 + 0.1 * k) * sin (2.5 * z) + 0.3 * z * z);
    lw_mat_set (&self->q, i, 1, 0.2 + 0.05 * k + z * z * (3 - 2 * z) + 0.1 * cos (k) * z);
  }
  return self;
}

/* ---- golden ---- */

static void
check_learning (const char *kind, bool relative)
{
  g_autofree char *w_name = g_strdup_printf ("golden/synthetic/pd_%s_learn_w.npy", kind);
  g_autofree char *pos_name = g_strdup_printf ("golden/synthetic/pd_%s_learn_pos0.npy", kind);
  g_autofree char *vel_name = g_strdup_printf ("golden/synthetic/pd_%s_learn_init_vel.npy", kind);
  g_autofree char *mean_name = g_strdup_printf ("golden/synthetic/pd_%s_params_mean.npy", kind);
  g_autofree char *cov_name = g_strdup_printf ("golden/synthetic/pd_%s_params_cov.npy", kind);
  g_auto (LwGolden) y = { 0 }, w = { 0 }, pos = { 0 }, vel = { 0 }, mean = { 0 }, cov = { 0 };
  g_auto (LwProdmp) prodmp = { 0 };
  g_auto (LwWeightGaussian) g = { 0 };
  g_auto (LwMat) params = { 0 }, q = { 0 };
  LwTrajectory *demos[DEMOS];
  if (!lw_golden_load (&y, "golden/synthetic/in_Y201.npy") || !lw_golden_load (&w, w_name) || !lw_golden_load (&pos, pos_name)
      || !lw_golden_load (&vel, vel_name) || !lw_golden_load (&mean, mean_name) || !lw_golden_load (&cov, cov_name))
    return;
  size_t n_t = y.dims[1];
  for (size_t i = 0; i < DEMOS; i++) {
    demos[i] = lw_trajectory_new (n_t, JOINTS);
    memcpy (demos[i]->q.data, y.data + i * n_t * JOINTS, n_t * JOINTS * sizeof (double));
    for (size_t k = 0; k < n_t; k++)
      demos[i]->t[k] = 0.01 * (double) k;
  }
  init_golden (&prodmp, LW_PRODMP_TRAPEZOID, relative, 1);
  g_assert_cmpint (lw_mat_alloc (&params, DEMOS, W), ==, LW_OK);
  lw_fill_nan (params.data, DEMOS * W);
  g_assert_cmpint (lw_prodmp_fit_gaussian (&prodmp, demos, DEMOS, 1e-9, 0, &params, &g), ==, LW_OK);
  lw_assert_close_array (params.data, w.data, w.n, 1e-9, 1e-9);
  lw_assert_close_array (g.mu_w, mean.data, mean.n, 1e-9, 1e-9);
  lw_assert_close_to_largest (g.sigma_w.data, cov.data, cov.n, 1e-9);

  g_assert_cmpint (lw_mat_alloc (&q, n_t, JOINTS), ==, LW_OK);
  const LwProdmpStart start = { 0, lw_mat_row (&demos[0]->q, 0), vel.data };
  g_assert_cmpint (lw_prodmp_move (&prodmp, params.data, JOINTS, &start, demos[0]->t, n_t, &q, NULL), ==, LW_OK);
  lw_assert_close_array (q.data, pos.data, pos.n, 1e-9, 1e-9);
  for (size_t i = 0; i < DEMOS; i++)
    lw_trajectory_unref (demos[i]);
}

static void
test_learning (void)
{
  check_learning ("abs", false);
  check_learning ("rel", true);
}

/* ---- closed forms and invariants ---- */

/* What a ProDMP made is found again, from samples at uneven times, on another clock, with the delay taken out. */
static void
test_recovers (void)
{
  enum { T = 150 };
  g_auto (LwProdmp) prodmp = { 0 };
  g_auto (LwMat) q = { 0 };
  g_autoptr (LwTrajectory) demo = lw_trajectory_new (T, JOINTS);
  double params[W], found[W], rms[JOINTS], t[T];
  const double q0[JOINTS] = { 0.3, -0.7 }, v0[JOINTS] = { 1, 0.5 };
  LwProdmpSettings settings;
  LwRng rng;

  g_assert_cmpint (lw_prodmp_settings_init (&settings, N, 1.7), ==, LW_OK);
  settings.delay = 0.4;
  settings.relative_goal = true;
  g_assert_cmpint (lw_prodmp_init (&prodmp, &settings), ==, LW_OK);
  lw_rng_init (&rng, 5, LW_RNG_TEST, 0, 0);
  for (size_t k = 0; k < W; k++)
    params[k] = k % M < N ? 100 * lw_rng_normal (&rng) : lw_rng_normal (&rng);
  for (size_t i = 0; i < T; i++) {
    double z = (double) i / (T - 1);
    z += 0.3 * z * (1 - z);
    t[i] = i + 1 < T ? 0.4 + 1.7 * z : 2.1;
    demo->t[i] = 10 + 3 * z;
  }
  q = lw_mat_view (demo->q.data, T, JOINTS);
  const LwProdmpStart start = { 0.4, q0, v0 };
  g_assert_cmpint (lw_prodmp_move (&prodmp, params, JOINTS, &start, t, T, &q, NULL), ==, LW_OK);
  q = (LwMat){ 0 };
  g_assert_cmpint (lw_prodmp_fit (&prodmp, demo, v0, 0, found, rms), ==, LW_OK);
  lw_assert_close_to_largest (found, params, W, 1e-6);
  lw_assert_close_array (rms, ((const double[]){ 0, 0 }), JOINTS, 0, 1e-10);
}

/* Enough functions: a smooth movement is met to a fraction of a milliradian. */
static void
test_approximates (void)
{
  g_autoptr (LwTrajectory) demo = curve (1, 1.3, 300);
  g_auto (LwProdmp) prodmp = { 0 };
  double params[JOINTS * 26], rms[JOINTS], coarse[JOINTS];

  init (&prodmp, 25, 1.3);
  g_assert_cmpint (lw_prodmp_fit (&prodmp, demo, NULL, 1e-12, params, rms), ==, LW_OK);
  for (size_t j = 0; j < JOINTS; j++)
    g_assert_cmpfloat (rms[j], <, 1e-3);
  lw_prodmp_clear (&prodmp);
  init (&prodmp, 5, 1.3);
  g_assert_cmpint (lw_prodmp_fit (&prodmp, demo, NULL, 1e-12, params, coarse), ==, LW_OK);
  g_assert_cmpfloat (coarse[0], >, rms[0]);
}

/* A skill from several demonstrations of different length, started where the arm is, moving: there exactly and with no doubt; at
 * the end, where the demonstrations end, with their spread. */
static void
test_skill_starts_where_the_arm_is (void)
{
  g_auto (LwProdmp) prodmp = { 0 };
  g_auto (LwWeightGaussian) g = { 0 };
  LwTrajectory *demos[DEMOS];
  double mean_end[JOINTS] = { 0 }, var_end[JOINTS] = { 0 };
  double rows[2][8 * JOINTS];
  const double t[2] = { 0, 2 };
  const double arm[JOINTS] = { -0.4, 0.9 }, v_arm[JOINTS] = { 0.6, -1.1 };

  init (&prodmp, 20, 2);
  for (size_t i = 0; i < DEMOS; i++) {
    demos[i] = curve ((double) i, 1 + 0.2 * (double) i, 150 + 20 * i);
    for (size_t j = 0; j < JOINTS; j++)
      mean_end[j] += lw_mat_get (&demos[i]->q, demos[i]->n_samples - 1, j) / DEMOS;
  }
  for (size_t i = 0; i < DEMOS; i++)
    for (size_t j = 0; j < JOINTS; j++) {
      double off = lw_mat_get (&demos[i]->q, demos[i]->n_samples - 1, j) - mean_end[j];
      var_end[j] += off * off / (DEMOS - 1);
    }
  g_assert_cmpint (lw_prodmp_fit_gaussian (&prodmp, demos, DEMOS, 1e-12, 0, NULL, &g), ==, LW_OK);

  LwMat q = lw_mat_view (rows[0], 2, JOINTS), q_std = lw_mat_view (rows[0] + 4, 2, JOINTS);
  LwMat v = lw_mat_view (rows[1], 2, JOINTS), v_std = lw_mat_view (rows[1] + 4, 2, JOINTS);
  const LwProdmpStart start = { 0, arm, v_arm };
  g_assert_cmpint (lw_prodmp_band (&prodmp, &g, JOINTS, &start, t, 2, &q, &q_std, &v, &v_std), ==, LW_OK);
  lw_assert_close_array (q.data, arm, JOINTS, 0, 1e-12);
  lw_assert_close_array (v.data, v_arm, JOINTS, 0, 1e-12);
  for (size_t j = 0; j < JOINTS; j++) {
    lw_assert_close (lw_mat_get (&q_std, 0, j), 0, 0, 1e-12);
    lw_assert_close (lw_mat_get (&v_std, 0, j), 0, 0, 1e-12);
    /* (1 + a / 2) exp(-a / 2) = 5e-5 of what it started off by */
    lw_assert_close (lw_mat_get (&q, 1, j), mean_end[j], 0, 1e-3);
    lw_assert_close (lw_mat_get (&q_std, 1, j), sqrt (var_end[j]), 0.02, 1e-3);
  }
  for (size_t i = 0; i < DEMOS; i++)
    lw_trajectory_unref (demos[i]);
}

/* A ProMP's mean, from elsewhere and at speed: it starts there exactly, ends as the ProMP does, exactly, and joins it on the way.
 */
static void
check_start_from (bool relative, double t_start)
{
  enum { BASIS = 20 };
  g_autoptr (LwTrajectory) demo = curve (2, 1.5, 300), mean = NULL, out = NULL;
  g_auto (LwMat) v = { 0 };
  g_auto (LwProdmp) prodmp = { 0 };
  g_auto (LwSpline) spline = { 0 };
  double w[JOINTS * BASIS], params[JOINTS * (BASIS + 1)], v_end[JOINTS];
  const double arm[JOINTS] = { 0.5, -0.3 }, v_arm[JOINTS] = { -0.8, 0.4 };
  LwBasis basis;
  LwProdmpSettings settings;

  g_assert_cmpint (lw_basis_init_stroke (&basis, BASIS), ==, LW_OK);
  g_assert_cmpint (lw_promp_fit_weights (&basis, demo, 1e-12, w, NULL), ==, LW_OK);
  g_assert_cmpint (lw_promp_rollout (&basis, w, JOINTS, 1.5, 200, &mean), ==, LW_OK);
  g_assert_cmpint (lw_spline_init (&spline, mean), ==, LW_OK);
  lw_spline_at (&spline, 1.5, NULL, v_end, NULL);

  g_assert_cmpint (lw_prodmp_settings_init (&settings, BASIS, 1.5), ==, LW_OK);
  settings.relative_goal = relative;
  g_assert_cmpint (lw_prodmp_init (&prodmp, &settings), ==, LW_OK);
  const LwProdmpStart start = { t_start, arm, v_arm };
  g_assert_cmpint (lw_prodmp_start_from (&prodmp, mean, &start, 1e-9, params), ==, LW_OK);
  g_assert_cmpint (lw_prodmp_rollout (&prodmp, params, JOINTS, &start, 1.5, 200, &out, &v), ==, LW_OK);

  size_t last = out->n_samples - 1;
  lw_assert_close_array (lw_mat_row (&out->q, 0), arm, JOINTS, 0, 1e-12);
  lw_assert_close_array (lw_mat_row (&v, 0), v_arm, JOINTS, 0, 1e-11);
  lw_assert_close_array (lw_mat_row (&out->q, last), lw_mat_row (&mean->q, mean->n_samples - 1), JOINTS, 0, 1e-9);
  lw_assert_close_array (lw_mat_row (&v, last), v_end, JOINTS, 0, 1e-8);
  for (size_t i = 0; i <= last; i++) {
    double q[JOINTS], v_at[JOINTS], first[JOINTS], v_first[JOINTS];
    double u = (out->t[i] - t_start) / 1.5, fade = exp (-12.5 * u);
    lw_spline_at (&spline, out->t[i], q, v_at, NULL);
    lw_spline_at (&spline, t_start, first, v_first, NULL);
    for (size_t j = 0; j < JOINTS; j++) {
      double off = ((1 + 12.5 * u) * (arm[j] - first[j]) + 1.5 * u * (v_arm[j] - v_first[j])) * fade;
      lw_assert_close (lw_mat_get (&out->q, i, j), q[j] + off, 0, 5e-3);
    }
  }
}

static void
test_start_from (void)
{
  check_start_from (false, 0);
  check_start_from (true, 0);
  check_start_from (false, 0.6);
}

/* ---- bad input ---- */

static void
test_bad_movement (void)
{
  g_auto (LwProdmp) prodmp = { 0 };
  double params[W] = { 0 }, row[W], offset = 7, data[4], t[2] = { 0.5, 1 };
  const double q[JOINTS] = { 1, 2 }, nan_point[JOINTS] = { 0, (double) NAN }, bad[] = { 0, -1, (double) NAN, (double) INFINITY };
  LwMat out = lw_mat_view (data, 2, JOINTS), wrong = lw_mat_view (data, 1, JOINTS);
  LwProdmpStart start = { 0, q, NULL };
  LwTrajectory *trajectory = NULL;

  init (&prodmp, N, 1);
  lw_fill_nan (data, 4);
  lw_fill_nan (row, W);
  g_assert_cmpint (lw_prodmp_move (&prodmp, params, JOINTS, &start, t, 2, &wrong, NULL), ==, LW_ERR_SHAPE);
  start.t = 0.6; /* after the first time */
  g_assert_cmpint (lw_prodmp_move (&prodmp, params, JOINTS, &start, t, 2, &out, NULL), ==, LW_ERR_RANGE);
  start.t = (double) NAN;
  g_assert_cmpint (lw_prodmp_move (&prodmp, params, JOINTS, &start, t, 2, &out, NULL), ==, LW_ERR_NOT_FINITE);
  start = (LwProdmpStart){ 0, nan_point, NULL };
  g_assert_cmpint (lw_prodmp_move (&prodmp, params, JOINTS, &start, t, 2, &out, NULL), ==, LW_ERR_NOT_FINITE);
  start = (LwProdmpStart){ 0, q, nan_point };
  g_assert_cmpint (lw_prodmp_move (&prodmp, params, JOINTS, &start, t, 2, &out, NULL), ==, LW_ERR_NOT_FINITE);
  g_assert_cmpint (lw_prodmp_observe (&prodmp, &start, JOINTS, 1, 0, 1, row, &offset), ==, LW_ERR_NOT_FINITE);
  start.v = NULL;
  t[1] = 2.001; /* beyond the length */
  g_assert_cmpint (lw_prodmp_move (&prodmp, params, JOINTS, &start, t, 2, &out, NULL), ==, LW_ERR_RANGE);
  t[1] = (double) NAN;
  g_assert_cmpint (lw_prodmp_move (&prodmp, params, JOINTS, &start, t, 2, &out, NULL), ==, LW_ERR_RANGE);
  g_assert_cmpint (lw_prodmp_observe (&prodmp, &start, JOINTS, JOINTS, 0, 1, row, &offset), ==, LW_ERR_RANGE);
  g_assert_cmpint (lw_prodmp_observe (&prodmp, &start, JOINTS, 0, 2, 1, row, &offset), ==, LW_ERR_RANGE);
  for (size_t i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_assert_cmpint (lw_prodmp_rollout (&prodmp, params, JOINTS, &start, bad[i], 100, &trajectory, NULL), ==, LW_ERR_RANGE);
    g_assert_cmpint (lw_prodmp_rollout (&prodmp, params, JOINTS, &start, 1, bad[i], &trajectory, NULL), ==, LW_ERR_RANGE);
  }
  g_assert_cmpint (lw_prodmp_rollout (&prodmp, params, JOINTS, &start, 3, 100, &trajectory, NULL), ==, LW_ERR_RANGE);
  params[4] = (double) NAN;
  g_assert_cmpint (lw_prodmp_rollout (&prodmp, params, JOINTS, &start, 1, 100, &trajectory, NULL), ==, LW_ERR_NOT_FINITE);
  const LwWeightGaussian wrong_size = { W - 1, params, { params, 1, 1, 1 } };
  t[1] = 1;
  g_assert_cmpint (lw_prodmp_band (&prodmp, &wrong_size, JOINTS, &start, t, 2, &out, NULL, NULL, NULL), ==, LW_ERR_SHAPE);
  g_assert_cmpint (lw_prodmp_covariance (&prodmp, &wrong_size, JOINTS, 0, t, 2, NULL, NULL), ==, LW_ERR_SHAPE);
  lw_assert_untouched (data, 4);
  lw_assert_untouched (row, W);
  g_assert_cmpfloat (offset, ==, 7);
  g_assert_null (trajectory);
}

static void
test_bad_fit (void)
{
  g_auto (LwProdmp) prodmp = { 0 };
  g_autoptr (LwTrajectory) demo = curve (0, 1, 40), one = lw_trajectory_new (1, JOINTS), wide = lw_trajectory_new (2, 3),
                           two = curve (0, 1, 2);
  double params[W], rms[JOINTS];
  const double nan_point[JOINTS] = { 0, (double) NAN }, q[JOINTS] = { 0, 1 }, bad[] = { -1, (double) NAN, (double) INFINITY };
  LwTrajectory *mixed[2] = { demo, wide };
  LwWeightGaussian g = { 0 };
  LwProdmpStart start = { 0, q, NULL };

  init (&prodmp, N, 1);
  lw_fill_nan (params, W);
  lw_fill_nan (rms, JOINTS);
  for (size_t i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_assert_cmpint (lw_prodmp_fit (&prodmp, demo, NULL, bad[i], params, rms), ==, LW_ERR_RANGE);
    g_assert_cmpint (lw_prodmp_start_from (&prodmp, demo, &start, bad[i], params), ==, LW_ERR_RANGE);
  }
  g_assert_cmpint (lw_prodmp_fit (&prodmp, one, NULL, 1e-9, params, rms), ==, LW_ERR_TOO_FEW);
  g_assert_cmpint (lw_prodmp_start_from (&prodmp, one, &start, 1e-9, params), ==, LW_ERR_TOO_FEW);
  g_assert_cmpint (lw_prodmp_fit (&prodmp, two, NULL, 0, params, rms), ==, LW_ERR_NOT_SPD);
  g_assert_cmpint (lw_prodmp_fit (&prodmp, demo, nan_point, 1e-9, params, rms), ==, LW_ERR_NOT_FINITE);
  g_assert_cmpint (lw_prodmp_fit_gaussian (&prodmp, mixed, 2, 1e-9, 0, NULL, &g), ==, LW_ERR_SHAPE);
  g_assert_cmpint (lw_prodmp_fit_gaussian (&prodmp, mixed, 0, 1e-9, 0, NULL, &g), ==, LW_ERR_TOO_FEW);
  start.q = nan_point;
  g_assert_cmpint (lw_prodmp_start_from (&prodmp, demo, &start, 1e-9, params), ==, LW_ERR_NOT_FINITE);
  start = (LwProdmpStart){ 1, q, NULL }; /* at the end */
  g_assert_cmpint (lw_prodmp_start_from (&prodmp, demo, &start, 1e-9, params), ==, LW_ERR_RANGE);
  start.t = (double) NAN;
  g_assert_cmpint (lw_prodmp_start_from (&prodmp, demo, &start, 1e-9, params), ==, LW_ERR_RANGE);
  start.t = 0;
  demo->q.data[5] = (double) NAN;
  g_assert_cmpint (lw_prodmp_fit (&prodmp, demo, NULL, 1e-9, params, rms), ==, LW_ERR_NOT_FINITE);
  g_assert_cmpint (lw_prodmp_start_from (&prodmp, demo, &start, 1e-9, params), ==, LW_ERR_NOT_FINITE);
  demo->q.data[5] = 0;
  demo->t[3] = demo->t[2];
  g_assert_cmpint (lw_prodmp_fit (&prodmp, demo, NULL, 1e-9, params, rms), ==, LW_ERR_RANGE);
  lw_assert_untouched (params, W);
  lw_assert_untouched (rms, JOINTS);
  g_assert_null (g.mu_w);

  /* Fewer samples than parameters and a movement that is none are sound with a ridge. */
  g_assert_cmpint (lw_prodmp_fit (&prodmp, two, NULL, 1e-6, params, rms), ==, LW_OK);
  for (size_t i = 0; i < 40; i++) {
    demo->t[i] = (double) i;
    lw_mat_set (&demo->q, i, 0, 0.75);
    lw_mat_set (&demo->q, i, 1, 0.75);
  }
  g_assert_cmpint (lw_prodmp_fit (&prodmp, demo, NULL, 1e-9, params, rms), ==, LW_OK);
  lw_assert_close (params[N], 0.75, 0, 1e-6);
  lw_assert_close_array (rms, ((const double[]){ 0, 0 }), JOINTS, 0, 1e-6);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/prodmp-fit/learning", test_learning);
  g_test_add_func ("/prodmp-fit/recovers", test_recovers);
  g_test_add_func ("/prodmp-fit/approximates", test_approximates);
  g_test_add_func ("/prodmp-fit/skill-starts-where-the-arm-is", test_skill_starts_where_the_arm_is);
  g_test_add_func ("/prodmp-fit/start-from", test_start_from);
  g_test_add_func ("/prodmp-fit/bad-movement", test_bad_movement);
  g_test_add_func ("/prodmp-fit/bad-fit", test_bad_fit);
  return g_test_run ();
}
