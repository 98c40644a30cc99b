/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dmp-fixture.h"
#include "lw-npy-golden.h"

enum { SAMPLES = 101 };

/* The first of the golden demonstrations, or NULL after skipping. */
static LwTrajectory *
golden_demo (void)
{
  g_auto (LwGolden) t = { 0 }, y = { 0 };
  if (!lw_golden_load (&t, "golden/synthetic/dmp_T.npy") || !lw_golden_load (&y, "golden/synthetic/in_Y.npy"))
    return NULL;
  LwTrajectory *demo = lw_trajectory_new (t.n, y.dims[2]);
  memcpy (demo->t, t.data, t.n * sizeof (double));
  memcpy (demo->q.data, y.data, t.n * y.dims[2] * sizeof (double));
  return demo;
}

static void
check_against_exact (LwDmpKind kind, const char *name)
{
  g_autoptr (LwTrajectory) demo = golden_demo ();
  g_auto (LwGolden) weights = { 0 }, exact = { 0 }, exact_goal = { 0 };
  g_autofree char *prefix = g_strdup_printf ("golden/synthetic/dmp_%s_", name);
  g_autofree char *weights_name = g_strconcat (prefix, "weights.npy", NULL),
                  *exact_name = g_strconcat (prefix, "exact_Y.npy", NULL);
  g_autofree char *goal_name = g_strconcat (prefix, "newgoal_exact_Y.npy", NULL);
  g_auto (LwDmp) dmp = { 0 };

  if (demo == NULL || !lw_golden_load (&weights, weights_name) || !lw_golden_load (&exact, exact_name)
      || !lw_golden_load (&exact_goal, goal_name))
    return;
  init_dmp (&dmp, kind, N);
  g_assert_cmpint (lw_dmp_fit (&dmp, demo, NULL, NULL, 0), ==, LW_OK);
  lw_assert_close_array (dmp.w.data, weights.data, weights.n, 1e-9, 1e-10);
  lw_assert_close (dmp.tau, 1, 1e-14, 0);

  /* The reference starts at rest; its other goal is (+0.5, -0.4) off. */
  const double *first = lw_mat_row (&demo->q, 0), *last = lw_mat_row (&demo->q, SAMPLES - 1);
  const double moved[JOINTS] = { last[0] + 0.5, last[1] - 0.4 };
  g_assert_cmpint (lw_dmp_set_start (&dmp, first, NULL), ==, LW_OK);
  for (int other = 0; other < 2; other++) {
    const LwGolden *expected = other ? &exact_goal : &exact;
    g_autoptr (LwTrajectory) out = NULL;
    g_auto (LwMat) v = { 0 };
    g_assert_cmpint (lw_dmp_set_goal (&dmp, other ? moved : last, NULL), ==, LW_OK);
    g_assert_cmpint (lw_dmp_rollout (&dmp, 1, 1000, &out, &v), ==, LW_OK);
    g_assert_cmpuint (out->n_samples, ==, 10 * (SAMPLES - 1) + 1);
    for (size_t i = 0; i < SAMPLES; i++)
      lw_assert_close_array (lw_mat_row (&out->q, 10 * i), expected->data + i * JOINTS, JOINTS, 0, 1e-6);
    /* The velocity is that of the positions: a central difference is h^2 / 6 times the third derivative off. */
    for (size_t i = 1; i + 1 < out->n_samples; i++)
      for (size_t j = 0; j < JOINTS; j++)
        lw_assert_close (lw_mat_get (&v, i, j), 500 * (lw_mat_get (&out->q, i + 1, j) - lw_mat_get (&out->q, i - 1, j)), 0, 2e-3);
  }
}

static void
test_plain_exact (void)
{
  check_against_exact (LW_DMP_PLAIN, "plain");
}

static void
test_smooth_exact (void)
{
  check_against_exact (LW_DMP_SMOOTH, "smooth");
}

/* What the peers' integrators make of the right side: semi-implicit Euler from @s to @end in steps of @h at most, the phase at
 * the end of a step if @late. */
static void
euler (const LwDmp *dmp, double *s, double end, double *y, double *v, double h_max, bool late)
{
  double acc[JOINTS];
  while (*s < end) {
    double h = fmin (h_max, end - *s);
    double next = *s + h;
    lw_dmp_acceleration (dmp, late ? next : *s, y, v, acc);
    for (size_t j = 0; j < JOINTS; j++) {
      v[j] += dmp->tau * h * acc[j];
      y[j] += dmp->tau * h * v[j];
    }
    *s = next;
  }
}

/* The right side is theirs: with their integrator it makes their movements. */
static void
test_peers_euler (void)
{
  g_autoptr (LwTrajectory) demo = golden_demo ();
  const struct {
    LwDmpKind kind;
    const char *name;
  } cases[] = { { LW_DMP_PLAIN, "golden/synthetic/dmp_plain_euler_Y.npy" },
                { LW_DMP_SMOOTH, "golden/synthetic/dmp_smooth_euler_Y.npy" } };

  for (size_t c = 0; demo != NULL && c < G_N_ELEMENTS (cases); c++) {
    g_auto (LwGolden) expected = { 0 };
    g_auto (LwDmp) dmp = { 0 };
    if (!lw_golden_load (&expected, cases[c].name))
      return;
    init_dmp (&dmp, cases[c].kind, N);
    g_assert_cmpint (lw_dmp_fit (&dmp, demo, NULL, NULL, 0), ==, LW_OK);
    double s = 0, y[JOINTS], v[JOINTS] = { 0 };
    memcpy (y, lw_mat_row (&demo->q, 0), sizeof y);
    for (size_t i = 0; i < SAMPLES; i++) {
      lw_assert_close_array (y, expected.data + i * JOINTS, JOINTS, 0, 1e-9);
      euler (&dmp, &s, (double) (i + 1) / 100, y, v, 0.001, true);
    }
  }
}

static void
test_mp_pytorch (void)
{
  g_auto (LwGolden) pos = { 0 }, vel = { 0 }, wg = { 0 };
  if (!lw_golden_load (&pos, "golden/synthetic/pt_dmp_pos.npy") || !lw_golden_load (&vel, "golden/synthetic/pt_dmp_vel.npy")
      || !lw_golden_load (&wg, "golden/synthetic/in_dmp_wg.npy"))
    return;
  size_t n = wg.n / JOINTS - 1;
  LwForcingBasis basis;
  g_auto (LwDmp) dmp = { 0 };
  g_assert_cmpint (lw_forcing_basis_init (&basis, n, 0, LW_FORCING_DECAY_SLOW, exp (-1), LW_FORCING_LAST_ONWARD), ==, LW_OK);
  g_assert_cmpint (lw_dmp_init (&dmp, LW_DMP_PLAIN, JOINTS, &basis, 25, 2), ==, LW_OK);
  double goal[JOINTS], s = 0, y[JOINTS], v[JOINTS];
  for (size_t j = 0; j < JOINTS; j++) {
    memcpy (lw_mat_row (&dmp.w, j), wg.data + j * (n + 1), n * sizeof (double));
    goal[j] = wg.data[j * (n + 1) + n];
    y[j] = pos.data[j];
    v[j] = vel.data[j];
  }
  g_assert_cmpint (lw_dmp_set_goal (&dmp, goal, NULL), ==, LW_OK);
  for (size_t i = 0; i < pos.dims[0]; i++) {
    lw_assert_close_array (y, pos.data + i * JOINTS, JOINTS, 0, 1e-10);
    lw_assert_close_array (v, vel.data + i * JOINTS, JOINTS, 0, 1e-9);
    euler (&dmp, &s, (double) (i + 1) / 200, y, v, 1, false);
  }
}

/* Derivatives as that peer takes them: backward, 0 at the first sample. */
static void
backward (const LwTrajectory *demo, const LwMat *y, const LwMat *dy)
{
  for (size_t i = 0; i < y->rows; i++)
    for (size_t j = 0; j < y->cols; j++)
      lw_mat_set (dy, i, j, i == 0 ? 0 : (lw_mat_get (y, i, j) - lw_mat_get (y, i - 1, j)) / (demo->t[i] - demo->t[i - 1]));
}

static void
test_final_velocity_peer (void)
{
  g_autoptr (LwTrajectory) demo = golden_demo ();
  g_auto (LwGolden) weights = { 0 }, start = { 0 }, goal = { 0 }, expected = { 0 };
  g_auto (LwDmp) dmp = { 0 };
  g_auto (LwMat) dy = { 0 }, ddy = { 0 };
  if (demo == NULL || !lw_golden_load (&weights, "golden/synthetic/dmpfv_weights.npy")
      || !lw_golden_load (&start, "golden/synthetic/dmpfv_start.npy")
      || !lw_golden_load (&goal, "golden/synthetic/dmpfv_goal.npy")
      || !lw_golden_load (&expected, "golden/synthetic/dmpfv_euler_Y.npy"))
    return;
  g_assert_cmpint (lw_mat_alloc (&dy, SAMPLES, JOINTS), ==, LW_OK);
  g_assert_cmpint (lw_mat_alloc (&ddy, SAMPLES, JOINTS), ==, LW_OK);
  backward (demo, &demo->q, &dy);
  backward (demo, &dy, &ddy);
  init_dmp (&dmp, LW_DMP_FINAL_VELOCITY, N);
  g_assert_cmpint (lw_dmp_fit (&dmp, demo, &dy, &ddy, 0), ==, LW_OK);
  lw_assert_close_array (dmp.start.data, start.data, start.n, 1e-9, 1e-10);
  lw_assert_close_array (dmp.goal.data, goal.data, goal.n, 1e-9, 1e-10);
  lw_assert_close_array (dmp.w.data, weights.data, weights.n, 1e-9, 1e-8);

  double s = 0, y[JOINTS], v[JOINTS] = { 0 };
  memcpy (y, lw_mat_row (&demo->q, 0), sizeof y);
  for (size_t i = 0; i < SAMPLES; i++) {
    lw_assert_close_array (y, expected.data + i * JOINTS, JOINTS, 0, 1e-9);
    euler (&dmp, &s, (double) (i + 1) / 100, y, v, 0.001, true);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/dmp-golden/plain-exact", test_plain_exact);
  g_test_add_func ("/dmp-golden/smooth-exact", test_smooth_exact);
  g_test_add_func ("/dmp-golden/peers-euler", test_peers_euler);
  g_test_add_func ("/dmp-golden/mp-pytorch", test_mp_pytorch);
  g_test_add_func ("/dmp-golden/final-velocity-peer", test_final_velocity_peer);
  return g_test_run ();
}
