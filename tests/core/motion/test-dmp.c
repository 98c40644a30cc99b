/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dmp-fixture.h"
#include "lw-rng.h"

/* A smooth movement of two joints that starts at speed. */
static LwTrajectory *
curve (double duration, size_t n)
{
  LwTrajectory *self = lw_trajectory_new (n, JOINTS);
  for (size_t i = 0; i < n; i++) {
    double z = (double) i / (double) (n - 1);
    self->t[i] = 5 + duration * z;
    lw_mat_set (&self->q, i, 0, sin (2 * z) + 0.3 * z * z);
    lw_mat_set (&self->q, i, 1, 0.2 + z * z * (3 - 2 * z));
  }
  return self;
}

/* ---- closed forms and invariants ---- */

/* Without force: y = g + (y_0 - g)(1 + a s / 2) e^(-a s / 2) + v_0 tau s e^(-a s / 2). */
static void
test_spring (void)
{
  const double start[JOINTS] = { 1, -2 }, v0[JOINTS] = { 3, 0.5 }, goal[JOINTS] = { 0.2, -2 };
  const double taus[] = { 0.001, 0.3, 1, 60 };
  for (size_t k = 0; k < G_N_ELEMENTS (taus); k++) {
    g_auto (LwDmp) dmp = { 0 };
    g_autoptr (LwTrajectory) out = NULL;
    g_auto (LwMat) v = { 0 };
    double tau = taus[k];
    init_dmp (&dmp, LW_DMP_PLAIN, N);
    g_assert_cmpint (lw_dmp_set_duration (&dmp, tau), ==, LW_OK);
    g_assert_cmpint (lw_dmp_set_start (&dmp, start, v0), ==, LW_OK);
    g_assert_cmpint (lw_dmp_set_goal (&dmp, goal, NULL), ==, LW_OK);
    g_assert_cmpint (lw_dmp_rollout (&dmp, 1.7 * tau, 50 / tau, &out, &v), ==, LW_OK);
    g_assert_cmpuint (out->n_samples, ==, 86);
    for (size_t i = 0; i < out->n_samples; i++)
      for (size_t j = 0; j < JOINTS; j++) {
        double s = out->t[i] / tau, c = 12.5, e = exp (-c * s), d = start[j] - goal[j], u = v0[j] * tau;
        lw_assert_close (lw_mat_get (&out->q, i, j), goal[j] + (d * (1 + c * s) + u * s) * e, 0, 1e-9 * (1 + tau));
        lw_assert_close (tau * lw_mat_get (&v, i, j), (u * (1 - c * s) - c * c * d * s) * e, 0, 1e-7 * (1 + tau));
      }
  }
}

/* Fourth order: half the step, a sixteenth of the error. */
static void
test_order (void)
{
  double error[2];
  g_auto (LwDmp) dmp = { 0 };
  const double start[JOINTS] = { 1, 2 };
  LwRng rng;

  init_dmp (&dmp, LW_DMP_SMOOTH, N);
  lw_rng_init (&rng, 3, LW_RNG_TEST, 0, 0);
  lw_rng_normals (&rng, dmp.w.data, JOINTS * N);
  for (size_t i = 0; i < JOINTS * N; i++)
    dmp.w.data[i] *= 100;
  g_assert_cmpint (lw_dmp_set_start (&dmp, start, NULL), ==, LW_OK);
  double reference[JOINTS];
  for (int k = -1; k < 2; k++) {
    double s = 0, y[JOINTS] = { 1, 2 }, v[JOINTS] = { 0 };
    dmp.step = k < 0 ? 1e-4 : k == 0 ? 0.01 : 0.005;
    g_assert_cmpint (lw_dmp_advance (&dmp, 0.5, &s, y, v), ==, LW_OK);
    if (k < 0)
      memcpy (reference, y, sizeof y);
    else
      error[k] = fabs (y[0] - reference[0]);
  }
  g_assert_cmpfloat (error[0] / error[1], >, 12);
  g_assert_cmpfloat (error[0] / error[1], <, 20);
}

/* A demonstration comes back, start velocity and all, by every kind; at half the tempo it is the same path. */
static void
test_reproduces (void)
{
  g_autoptr (LwTrajectory) demo = curve (1.6, 801);
  for (int kind = LW_DMP_PLAIN; kind <= LW_DMP_FINAL_VELOCITY; kind++)
    for (int slow = 0; slow < 2; slow++) {
      g_auto (LwDmp) dmp = { 0 };
      g_autoptr (LwTrajectory) out = NULL;
      init_dmp (&dmp, (LwDmpKind) kind, 30);
      g_assert_cmpint (lw_dmp_fit (&dmp, demo, NULL, NULL, 1e-9), ==, LW_OK);
      lw_assert_close (dmp.tau, 1.6, 1e-12, 0);
      lw_assert_close (lw_mat_get (&dmp.start, LW_DMP_VELOCITY, 0), 2 / 1.6, 0.01, 0);
      if (slow)
        g_assert_cmpint (lw_dmp_set_duration (&dmp, 3.2), ==, LW_OK);
      g_assert_cmpint (lw_dmp_rollout (&dmp, dmp.tau, 800 / dmp.tau, &out, NULL), ==, LW_OK);
      lw_assert_close_array (out->q.data, demo->q.data, demo->n_samples * JOINTS, 0, 0.01);
    }
}

/* A goal with velocity is met with it, and held at rest afterwards. */
static void
test_final_velocity (void)
{
  g_autoptr (LwTrajectory) demo = curve (1, 501);
  g_auto (LwDmp) dmp = { 0 };
  const double goal[JOINTS] = { 2, -1 }, v_goal[JOINTS] = { 1.5, 0.7 };
  double s = 0, y[JOINTS], v[JOINTS];

  init_dmp (&dmp, LW_DMP_FINAL_VELOCITY, 20);
  g_assert_cmpint (lw_dmp_fit (&dmp, demo, NULL, NULL, 1e-9), ==, LW_OK);
  g_assert_cmpint (lw_dmp_set_goal (&dmp, goal, v_goal), ==, LW_OK);
  memcpy (y, lw_mat_row (&dmp.start, LW_DMP_POSITION), sizeof y);
  memcpy (v, lw_mat_row (&dmp.start, LW_DMP_VELOCITY), sizeof v);
  g_assert_cmpint (lw_dmp_advance (&dmp, 1, &s, y, v), ==, LW_OK);
  lw_assert_close_array (y, goal, JOINTS, 0, 0.01);
  lw_assert_close_array (v, v_goal, JOINTS, 0, 0.1);
  g_assert_cmpint (lw_dmp_advance (&dmp, 1.5, &s, y, v), ==, LW_OK);
  lw_assert_close_array (y, goal, JOINTS, 0, 1e-4);
  lw_assert_close_array (v, (const double[JOINTS]){ 0 }, JOINTS, 0, 1e-3);
}

/* During the movement: position and velocity go on, and the new goal is reached at the new tempo. */
static void
test_changes_under_way (void)
{
  g_autoptr (LwTrajectory) demo = curve (1, 201);
  for (int kind = LW_DMP_PLAIN; kind <= LW_DMP_SMOOTH; kind++) {
    g_auto (LwDmp) dmp = { 0 };
    const double goal[JOINTS] = { -1, 3 };
    double s = 0, y[JOINTS], v[JOINTS], y_before[JOINTS], v_before[JOINTS];
    init_dmp (&dmp, (LwDmpKind) kind, N);
    g_assert_cmpint (lw_dmp_fit (&dmp, demo, NULL, NULL, 1e-9), ==, LW_OK);
    memcpy (y, lw_mat_row (&dmp.start, LW_DMP_POSITION), sizeof y);
    memcpy (v, lw_mat_row (&dmp.start, LW_DMP_VELOCITY), sizeof v);
    g_assert_cmpint (lw_dmp_advance (&dmp, 0.4, &s, y, v), ==, LW_OK);
    lw_assert_close (s, 0.4, 1e-12, 0);
    memcpy (y_before, y, sizeof y);
    memcpy (v_before, v, sizeof v);
    g_assert_cmpint (lw_dmp_set_goal (&dmp, goal, NULL), ==, LW_OK);
    g_assert_cmpint (lw_dmp_set_duration (&dmp, 2), ==, LW_OK);
    g_assert_cmpint (lw_dmp_advance (&dmp, 1e-6, &s, y, v), ==, LW_OK);
    lw_assert_close_array (y, y_before, JOINTS, 0, 1e-5);
    lw_assert_close_array (v, v_before, JOINTS, 0, 2e-3);
    g_assert_cmpint (lw_dmp_advance (&dmp, 1.2 - 1e-6, &s, y, v), ==, LW_OK);
    lw_assert_close (s, 1, 1e-12, 0);
    g_assert_cmpint (lw_dmp_advance (&dmp, 4, &s, y, v), ==, LW_OK);
    lw_assert_close_array (y, goal, JOINTS, 0, 1e-4); /* what is left of the force: x = 1e-6 */
  }
}

/* In many steps or in one. */
static void
test_steps_add_up (void)
{
  g_autoptr (LwTrajectory) demo = curve (1, 201), out = NULL;
  g_auto (LwDmp) dmp = { 0 };
  init_dmp (&dmp, LW_DMP_FINAL_VELOCITY, N);
  g_assert_cmpint (lw_dmp_fit (&dmp, demo, NULL, NULL, 1e-9), ==, LW_OK);
  g_assert_cmpint (lw_dmp_rollout (&dmp, 1.5, 7, &out, NULL), ==, LW_OK);
  g_assert_cmpuint (out->n_samples, ==, 12); /* round (10.5) + 1 */
  lw_assert_close (out->t[11], 1.5, 1e-14, 0);
  double s = 0, y[JOINTS], v[JOINTS];
  memcpy (y, lw_mat_row (&dmp.start, LW_DMP_POSITION), sizeof y);
  memcpy (v, lw_mat_row (&dmp.start, LW_DMP_VELOCITY), sizeof v);
  for (size_t i = 0; i < 1500; i++)
    g_assert_cmpint (lw_dmp_advance (&dmp, 0.001, &s, y, v), ==, LW_OK);
  lw_assert_close_array (y, lw_mat_row (&out->q, 11), JOINTS, 0, 1e-8);
}

/* ---- bad input ---- */

static void
test_bad_init (void)
{
  LwForcingBasis basis;
  LwDmp dmp;
  const double bad[] = { 0, -1, (double) NAN, (double) INFINITY };
  memset (&dmp, 0xff, sizeof dmp);
  LwDmp before = dmp;

  g_assert_cmpint (lw_forcing_basis_init (&basis, N, 0, 3, 0.5, LW_FORCING_LAST_REPEATED), ==, LW_OK);
  for (size_t i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_assert_cmpint (lw_dmp_init (&dmp, LW_DMP_PLAIN, 2, &basis, bad[i], 1), ==, LW_ERR_RANGE);
    g_assert_cmpint (lw_dmp_init (&dmp, LW_DMP_PLAIN, 2, &basis, 25, bad[i]), ==, LW_ERR_RANGE);
  }
  g_assert_cmpint (lw_dmp_init (&dmp, LW_DMP_PLAIN, 0, &basis, 25, 1), ==, LW_ERR_RANGE);
  basis.centre[3] = (double) NAN;
  g_assert_cmpint (lw_dmp_init (&dmp, LW_DMP_PLAIN, 2, &basis, 25, 1), ==, LW_ERR_NOT_FINITE);
  basis.n = LW_FORCING_MAX + 1;
  g_assert_cmpint (lw_dmp_init (&dmp, LW_DMP_PLAIN, 2, &basis, 25, 1), ==, LW_ERR_RANGE);
  g_assert_cmpmem (&dmp, sizeof dmp, &before, sizeof before);
}

static void
test_bad_fit (void)
{
  g_autoptr (LwTrajectory) demo = curve (1, 50), one = lw_trajectory_new (1, JOINTS), wide = lw_trajectory_new (50, 3);
  g_auto (LwDmp) dmp = { 0 };
  g_auto (LwMat) v = { 0 };
  const double bad[] = { -1, (double) NAN, (double) INFINITY };

  init_dmp (&dmp, LW_DMP_PLAIN, N);
  g_assert_cmpint (lw_mat_alloc (&v, 50, JOINTS), ==, LW_OK);
  lw_fill_nan (dmp.w.data, JOINTS * N);
  for (size_t i = 0; i < G_N_ELEMENTS (bad); i++)
    g_assert_cmpint (lw_dmp_fit (&dmp, demo, NULL, NULL, bad[i]), ==, LW_ERR_RANGE);
  g_assert_cmpint (lw_dmp_fit (&dmp, one, NULL, NULL, 1e-9), ==, LW_ERR_TOO_FEW);
  g_assert_cmpint (lw_dmp_fit (&dmp, wide, NULL, NULL, 1e-9), ==, LW_ERR_SHAPE);
  v.rows = 49;
  g_assert_cmpint (lw_dmp_fit (&dmp, demo, &v, NULL, 1e-9), ==, LW_ERR_SHAPE);
  v.rows = 50;
  v.data[7] = (double) INFINITY;
  g_assert_cmpint (lw_dmp_fit (&dmp, demo, NULL, &v, 1e-9), ==, LW_ERR_NOT_FINITE);
  demo->q.data[9] = (double) NAN;
  g_assert_cmpint (lw_dmp_fit (&dmp, demo, NULL, NULL, 1e-9), ==, LW_ERR_NOT_FINITE);
  demo->q.data[9] = 0;
  demo->t[4] = demo->t[3];
  g_assert_cmpint (lw_dmp_fit (&dmp, demo, NULL, NULL, 1e-9), ==, LW_ERR_RANGE);
  lw_assert_untouched (dmp.w.data, JOINTS * N);
  lw_assert_close (dmp.tau, 1, 0, 0);
}

/* Fewer samples than weights: a status without ridge, a movement with one. Standing still is a movement, too. */
static void
test_poor_data (void)
{
  g_autoptr (LwTrajectory) two = curve (1, 2), still = lw_trajectory_new (30, JOINTS), out = NULL;
  g_auto (LwDmp) dmp = { 0 };
  init_dmp (&dmp, LW_DMP_SMOOTH, N);
  lw_fill_nan (dmp.w.data, JOINTS * N);
  g_assert_cmpint (lw_dmp_fit (&dmp, two, NULL, NULL, 0), ==, LW_ERR_NOT_SPD);
  lw_assert_untouched (dmp.w.data, JOINTS * N);
  g_assert_cmpint (lw_dmp_fit (&dmp, two, NULL, NULL, 1e-3), ==, LW_OK);
  g_assert_true (lw_mat_is_finite (&dmp.w));

  for (size_t i = 0; i < 30; i++) {
    still->t[i] = 0.1 * (double) i;
    lw_mat_set (&still->q, i, 0, 1.25);
  }
  g_assert_cmpint (lw_dmp_fit (&dmp, still, NULL, NULL, 1e-9), ==, LW_OK);
  g_assert_cmpint (lw_dmp_rollout (&dmp, 5, 20, &out, NULL), ==, LW_OK);
  for (size_t i = 0; i < out->n_samples; i++)
    lw_assert_close_array (lw_mat_row (&out->q, i), lw_mat_row (&still->q, 0), JOINTS, 0, 1e-12);
}

/* Finite weights and ends whose movement is not: a status, and nothing is handed out. */
static void
test_overflow (void)
{
  g_auto (LwDmp) dmp = { 0 };
  LwTrajectory *out = NULL;
  const double far[JOINTS] = { 1e308, 0 }, fast[JOINTS] = { 1, 1e10 };

  init_dmp (&dmp, LW_DMP_PLAIN, N);
  g_assert_cmpint (lw_dmp_set_goal (&dmp, far, NULL), ==, LW_OK);
  g_assert_cmpint (lw_dmp_rollout (&dmp, 1, 100, &out, NULL), ==, LW_ERR_NOT_FINITE);
  g_assert_null (out);
  dmp.goal.data[0] = (double) NAN; /* filled by hand */
  g_assert_cmpint (lw_dmp_rollout (&dmp, 1, 100, &out, NULL), ==, LW_ERR_NOT_FINITE);
  dmp.goal.data[0] = 0;
  g_assert_cmpint (lw_dmp_set_start (&dmp, far, fast), ==, LW_OK);
  g_assert_cmpint (lw_dmp_set_duration (&dmp, 1e-300), ==, LW_ERR_RANGE);
  lw_assert_close (dmp.tau, 1, 0, 0);
  lw_assert_close (lw_mat_get (&dmp.start, LW_DMP_VELOCITY, 1), 1e10, 0, 0);
}

static void
test_bad_rollout (void)
{
  g_auto (LwDmp) dmp = { 0 };
  LwTrajectory *out = NULL;
  const double bad[] = { 0, -1, (double) NAN, (double) INFINITY, 1e12 };
  double s = 0, y[JOINTS] = { 1, 2 }, v[JOINTS] = { 0 };
  const double nan_point[JOINTS] = { 0, (double) NAN };

  init_dmp (&dmp, LW_DMP_PLAIN, N);
  for (size_t i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_assert_cmpint (lw_dmp_rollout (&dmp, bad[i], 100, &out, NULL), ==, LW_ERR_RANGE);
    g_assert_cmpint (lw_dmp_rollout (&dmp, 1, bad[i], &out, NULL), ==, LW_ERR_RANGE);
    if (bad[i] != 1e12)
      g_assert_cmpint (lw_dmp_set_duration (&dmp, bad[i]), ==, LW_ERR_RANGE);
    if (bad[i] != 0)
      g_assert_cmpint (lw_dmp_advance (&dmp, bad[i], &s, y, v), ==, LW_ERR_RANGE);
  }
  g_assert_cmpint (lw_dmp_set_goal (&dmp, nan_point, NULL), ==, LW_ERR_NOT_FINITE);
  g_assert_cmpint (lw_dmp_set_goal (&dmp, y, nan_point), ==, LW_ERR_NOT_FINITE);
  g_assert_cmpint (lw_dmp_set_start (&dmp, nan_point, NULL), ==, LW_ERR_NOT_FINITE);
  s = -0.1;
  g_assert_cmpint (lw_dmp_advance (&dmp, 0.1, &s, y, v), ==, LW_ERR_RANGE);
  s = (double) NAN;
  g_assert_cmpint (lw_dmp_advance (&dmp, 0.1, &s, y, v), ==, LW_ERR_NOT_FINITE);
  s = 0;
  dmp.w.data[3] = (double) NAN;
  g_assert_cmpint (lw_dmp_rollout (&dmp, 1, 100, &out, NULL), ==, LW_ERR_NOT_FINITE);
  dmp.w.data[3] = 0;
  dmp.step = 0.5; /* twelve times what is stable */
  g_assert_cmpint (lw_dmp_advance (&dmp, 0.1, &s, y, v), ==, LW_ERR_RANGE);
  g_assert_null (out);
  lw_assert_close_array (y, ((const double[]){ 1, 2 }), JOINTS, 0, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/dmp/spring", test_spring);
  g_test_add_func ("/dmp/order", test_order);
  g_test_add_func ("/dmp/reproduces", test_reproduces);
  g_test_add_func ("/dmp/final-velocity", test_final_velocity);
  g_test_add_func ("/dmp/changes-under-way", test_changes_under_way);
  g_test_add_func ("/dmp/steps-add-up", test_steps_add_up);
  g_test_add_func ("/dmp/bad-init", test_bad_init);
  g_test_add_func ("/dmp/bad-fit", test_bad_fit);
  g_test_add_func ("/dmp/poor-data", test_poor_data);
  g_test_add_func ("/dmp/overflow", test_overflow);
  g_test_add_func ("/dmp/bad-rollout", test_bad_rollout);
  return g_test_run ();
}
