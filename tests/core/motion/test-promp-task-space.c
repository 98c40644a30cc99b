/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-promp-task-space.h"

#include <math.h>

#include "lw-promp-marginal.h"
#include "promp-fixture.h"

/* Planar chain of three unit links: angles add up. */
enum { J = 3 };

typedef struct {
  guint calls;
  double broken_beyond; /* first joint: no numbers there */
} Chain;

static LwStatus
chain (void *data, const double *q, double *x, const LwMat *jacobian)
{
  Chain *self = data;
  double angle = 0;

  self->calls++;
  x[0] = x[1] = 0;
  lw_mat_fill (jacobian, 0);
  for (size_t i = 0; i < J; i++) {
    angle += q[i];
    x[0] += cos (angle);
    x[1] += sin (angle);
    for (size_t j = 0; j <= i; j++) {
      lw_mat_row (jacobian, 0)[j] -= sin (angle);
      lw_mat_row (jacobian, 1)[j] += cos (angle);
    }
  }
  if (self->broken_beyond > 0 && q[0] > self->broken_beyond)
    x[0] = (double) NAN;
  return LW_OK;
}

static LwStatus
refuse (void *data, const double *q, double *x, const LwMat *jacobian)
{
  (void) data, (void) q, (void) x, (void) jacobian;
  return LW_ERR_STOPPED;
}

static LwForwardMap
chain_map (Chain *chain_data)
{
  return (LwForwardMap){ J, 2, chain, chain_data };
}

static double
cost_at (const double *q, const double *m, const LwMat *s, const double *x, const LwMat *sx)
{
  Chain c = { 0 };
  double reached[2], e[J], r[2], jac[2 * J];
  LwMat jacobian = lw_mat_view (jac, 2, J);
  g_auto (LwMat) l = new_mat (J, J), lx = new_mat (2, 2);

  chain (&c, q, reached, &jacobian);
  lw_mat_copy (s, &l);
  lw_mat_copy (sx, &lx);
  g_assert_cmpint (lw_chol_factor (&l), ==, LW_OK);
  g_assert_cmpint (lw_chol_factor (&lx), ==, LW_OK);
  for (size_t j = 0; j < J; j++)
    e[j] = q[j] - m[j];
  for (size_t i = 0; i < 2; i++)
    r[i] = x[i] - reached[i];
  lw_tri_solve (&l, false, e);
  lw_tri_solve (&lx, false, r);
  return (e[0] * e[0] + e[1] * e[1] + e[2] * e[2] + r[0] * r[0] + r[1] * r[1]) / 2;
}

static void
test_golden (void)
{
  g_auto (LwGolden) in = { 0 }, q_golden = { 0 }, cov_golden = { 0 };
  if (!lw_golden_load (&in, SYN "ops_task_in.npy") || !lw_golden_load (&q_golden, SYN "ops_task_map_q.npy")
      || !lw_golden_load (&cov_golden, SYN "ops_task_map_cov.npy"))
    return;
  Chain c = { 0 };
  LwForwardMap map = chain_map (&c);
  LwMat s = lw_mat_view (in.data + 3, J, J), sx = lw_mat_view (in.data + 14, 2, 2);
  g_auto (LwMat) cov = new_mat (J, J);
  double q[J];
  LwTaskSpaceReport report;

  lw_fill_nan (q, J);
  g_assert_cmpint (lw_task_space_posture (&map, in.data, &s, in.data + 12, &sx, q, &cov, &report), ==, LW_OK);
  g_test_message ("%zu iterations, %u evaluations, cost %.12g", report.iterations, c.calls, report.cost);
  g_assert_true (report.converged);
  g_assert_false (report.raised);
  lw_assert_close_to_largest (q, q_golden.data, J, 1e-9);
  lw_assert_close_to_largest (cov.data, cov_golden.data, J * J, 1e-9);
  lw_assert_close (report.cost, cost_at (q, in.data, &s, in.data + 12, &sx), 1e-9, 0);
  g_assert_cmpfloat (report.cost, <=, cost_at (q_golden.data, in.data, &s, in.data + 12, &sx) * (1 + 1e-12));
  assert_covariance (&cov, &s, 1e-13);
}

/* At the result the cost's gradient is zero: central differences of the cost itself. */
static void
test_stationary (void)
{
  LwRng rng;
  Chain c = { 0 };
  LwForwardMap map = chain_map (&c);

  lw_rng_init (&rng, 41, LW_RNG_TEST, 0, 0);
  for (int trial = 0; trial < 40; trial++) {
    g_auto (LwWeightGaussian) prior = drawn_gaussian (J, 5, &rng), noise = drawn_gaussian (2, 4, &rng);
    double q[J], x[2] = { 4 * lw_rng_uniform (&rng) - 2, 4 * lw_rng_uniform (&rng) - 2 },
                 scale = pow (10, -4 * lw_rng_uniform (&rng));
    LwTaskSpaceReport report;

    for (size_t i = 0; i < 4; i++)
      noise.sigma_w.data[i] *= scale;
    g_assert_cmpint (lw_task_space_posture (&map, prior.mu_w, &prior.sigma_w, x, &noise.sigma_w, q, NULL, &report), ==, LW_OK);
    for (size_t j = 0; j < J; j++) {
      const double h = 1e-6;
      double up[J] = { q[0], q[1], q[2] }, down[J] = { q[0], q[1], q[2] };
      up[j] += h;
      down[j] -= h;
      double gradient = (cost_at (up, prior.mu_w, &prior.sigma_w, x, &noise.sigma_w)
                         - cost_at (down, prior.mu_w, &prior.sigma_w, x, &noise.sigma_w))
                        / (2 * h);
      double curvature = (cost_at (up, prior.mu_w, &prior.sigma_w, x, &noise.sigma_w)
                          + cost_at (down, prior.mu_w, &prior.sigma_w, x, &noise.sigma_w) - 2 * report.cost)
                         / (h * h);
      lw_assert_close (gradient, 0, 0, 1e-6 * (1 + fabs (curvature))); /* within about 1e-6 rad of the minimum */
    }
    g_assert_cmpfloat (report.cost, <=, cost_at (prior.mu_w, prior.mu_w, &prior.sigma_w, x, &noise.sigma_w));
  }
}

static LwWeightGaussian
arm_prior (const LwBasis *basis, LwRng *rng)
{
  LwWeightGaussian g = drawn_gaussian (J * basis->n, 2 * J * basis->n, rng);
  for (size_t i = 0; i < g.n_weights * g.n_weights; i++)
    g.sigma_w.data[i] *= 0.1;
  for (size_t k = 0; k < g.n_weights; k++)
    g.mu_w[k] = 0.5 + 0.2 * g.mu_w[k];
  return g;
}

static void
tip_at (const LwBasis *basis, const LwWeightGaussian *g, const LwPhasePoint *at, double tip[2])
{
  Chain c = { 0 };
  double q[J], jac[2 * J];
  LwMat jacobian = lw_mat_view (jac, 2, J);
  lw_basis_movement (basis, g->mu_w, J, at, q, NULL, NULL);
  chain (&c, q, tip, &jacobian);
}

/* Statistical back-propagation of the posture N(@q, @cov) at one phase as it stands in maths.md 2.1:
 * L = Sigma Psi' S^-1, mu + L (q - m), Sigma + L (cov - S) L'. */
static LwWeightGaussian
back_propagated (const LwWeightGaussian *prior, LwPhasePoint at, const double *q, const LwMat *cov)
{
  size_t n_weights = prior->n_weights;
  LwWeightGaussian out = new_gaussian (n_weights);
  g_auto (LwMat) psi = dense_psi (&golden_basis, J, at, 1), s = slow_product (&psi, &prior->sigma_w, &psi),
                 l = new_mat (n_weights, J);
  g_auto (LwMat) factor = new_mat (J, J), difference = new_mat (J, J);

  lw_mat_copy (&s, &factor);
  g_assert_cmpint (lw_chol_factor (&factor), ==, LW_OK);
  lw_gemm (1, &prior->sigma_w, false, &psi, true, 0, &l);
  for (size_t k = 0; k < n_weights; k++)
    lw_chol_solve (&factor, lw_mat_row (&l, k));
  for (size_t i = 0; i < J * J; i++)
    difference.data[i] = cov->data[i] - s.data[i];
  g_auto (LwMat) change = slow_product (&l, &difference, &l);
  for (size_t k = 0; k < n_weights; k++) {
    out.mu_w[k] = prior->mu_w[k];
    for (size_t j = 0; j < J; j++) {
      double m = 0;
      for (size_t i = 0; i < n_weights; i++)
        m += lw_mat_get (&psi, j, i) * prior->mu_w[i];
      out.mu_w[k] += lw_mat_get (&l, k, j) * (q[j] - m);
    }
  }
  for (size_t i = 0; i < n_weights * n_weights; i++)
    out.sigma_w.data[i] = prior->sigma_w.data[i] + change.data[i];
  return out;
}

/* At one phase the posture's own Gaussian becomes the marginal, and reaches the weights by back-propagation. */
static void
test_back_propagation (void)
{
  LwRng rng;
  Chain c = { 0 };
  LwForwardMap map = chain_map (&c);
  lw_rng_init (&rng, 42, LW_RNG_TEST, 0, 0);
  g_auto (LwWeightGaussian) prior = arm_prior (&golden_basis, &rng), out = { 0 };
  double x[2] = { 1.4, 1.1 }, noise[4] = { 1e-4, 2e-5, 2e-5, 3e-4 }, m[J], q[J], reached[J];
  LwMat sx = lw_mat_view (noise, 2, 2);
  const LwTaskSpaceObservation seen = { { 0.7, 0.8, 0 }, x, &sx };
  g_auto (LwMat) s = new_mat (J, J), cov = new_mat (J, J), marginal = new_mat (J, J);

  g_assert_cmpint (lw_promp_marginal (&golden_basis, &prior, J, &seen.at, 1, m, &s), ==, LW_OK);
  g_assert_cmpint (lw_task_space_posture (&map, m, &s, x, &sx, q, &cov, NULL), ==, LW_OK);
  g_assert_cmpint (lw_promp_condition_task_space (&golden_basis, &prior, &map, &seen, 1, &out, NULL), ==, LW_OK);
  g_auto (LwWeightGaussian) slow = back_propagated (&prior, seen.at, q, &cov);
  assert_gaussian (&out, &slow, 1e-8);
  assert_covariance (&out.sigma_w, &prior.sigma_w, 1e-13);
  g_assert_cmpint (lw_promp_marginal (&golden_basis, &out, J, &seen.at, 1, reached, &marginal), ==, LW_OK);
  lw_assert_close_array (reached, q, J, 1e-8, 1e-8);
  lw_assert_close_to_largest (marginal.data, cov.data, J * J, 1e-8);
}

/* Several phases at once, exact: the mean movement passes through every point; the likeliest one does, not the one that took them
 * in turn. */
static void
test_several_phases (void)
{
  LwRng rng;
  Chain c = { 0 };
  LwForwardMap map = chain_map (&c);
  lw_rng_init (&rng, 43, LW_RNG_TEST, 0, 0);
  g_auto (LwWeightGaussian) prior = arm_prior (&golden_basis, &rng), out = { 0 };
  const double points[3][2] = { { 2.4, 0.9 }, { 1.2, 1.6 }, { 0.4, 2.3 } };
  const LwTaskSpaceObservation seen[3] = { { { 0, 1, 0 }, points[0], NULL },
                                           { { 0.5, 1, 0 }, points[1], NULL },
                                           { { 1, 1, 0 }, points[2], NULL } };
  LwTaskSpaceReport report;

  g_assert_cmpint (lw_promp_condition_task_space (&golden_basis, &prior, &map, seen, 3, &out, &report), ==, LW_OK);
  g_test_message ("%zu iterations, residual %g", report.iterations, report.residual);
  g_assert_true (report.converged && report.raised);
  g_assert_cmpfloat (report.residual, <, 1e-6);
  for (size_t i = 0; i < 3; i++) {
    double tip[2];
    tip_at (&golden_basis, &out, &seen[i].at, tip);
    lw_assert_close_array (tip, points[i], 2, 0, 1e-6);
  }
  assert_covariance (&out.sigma_w, &prior.sigma_w, 1e-13);

  /* No observation changes nothing. */
  g_auto (LwWeightGaussian) same = { 0 };
  g_assert_cmpint (lw_promp_condition_task_space (&golden_basis, &prior, &map, seen, 0, &same, &report), ==, LW_OK);
  g_assert_cmpmem (same.sigma_w.data, 576 * sizeof (double), prior.sigma_w.data, 576 * sizeof (double));
}

/* Two demonstrations leave one direction: the tip comes as near as that direction allows. */
static void
test_singular_prior (void)
{
  LwRng rng;
  Chain c = { 0 };
  LwForwardMap map = chain_map (&c);
  lw_rng_init (&rng, 44, LW_RNG_TEST, 0, 0);
  g_auto (LwWeightGaussian) prior = drawn_gaussian (24, 1, &rng), out = { 0 };
  double x[2] = { 1, 1 }, noise[4] = { 1e-2, 0, 0, 1e-2 }, before[2], after[2];
  LwMat sx = lw_mat_view (noise, 2, 2);
  const LwTaskSpaceObservation seen = { { 0.4, 1, 0 }, x, &sx };

  g_assert_cmpint (lw_promp_condition_task_space (&golden_basis, &prior, &map, &seen, 1, &out, NULL), ==, LW_OK);
  tip_at (&golden_basis, &prior, &seen.at, before);
  tip_at (&golden_basis, &out, &seen.at, after);
  g_assert_cmpfloat (hypot (after[0] - 1, after[1] - 1), <, hypot (before[0] - 1, before[1] - 1));
  assert_covariance (&out.sigma_w, &prior.sigma_w, 1e-13);
}

/* Out of reach: stretched towards it, and the residual says how far it is. */
static void
test_out_of_reach (void)
{
  Chain c = { 0 };
  LwForwardMap map = chain_map (&c);
  double m[J] = { 0.3, 0.4, -0.2 }, s[9] = { 1, 0, 0, 0, 1, 0, 0, 0, 1 }, noise[4] = { 1e-4, 0, 0, 1e-4 }, x[2] = { 4, 3 }, q[J];
  LwMat prior = lw_mat_view (s, J, J), sx = lw_mat_view (noise, 2, 2);
  LwTaskSpaceReport report;

  g_assert_cmpint (lw_task_space_posture (&map, m, &prior, x, &sx, q, NULL, &report), ==, LW_OK);
  lw_assert_close (q[0], atan2 (3, 4), 0, 1e-2);
  lw_assert_close (q[1], 0, 0, 1e-2);
  lw_assert_close (q[2], 0, 0, 1e-2);
  g_assert_cmpfloat (report.residual, >, 1);
}

static void
test_bad_input (void)
{
  Chain c = { 0 };
  LwForwardMap map = chain_map (&c), refusing = { J, 2, refuse, NULL };
  double m[J] = { 0.3, 0.4, -0.2 }, s[9] = { 1, 0, 0, 0, 1, 0, 0, 0, 1 }, noise[4] = { 1e-4, 0, 0, 1e-4 }, x[2] = { 1, 1 }, q[J];
  LwMat prior = lw_mat_view (s, J, J), sx = lw_mat_view (noise, 2, 2), wrong = lw_mat_view (noise, 1, 1);
  LwTaskSpaceReport report = { .iterations = 99 };

  lw_fill_nan (q, J);
  g_assert_cmpint (lw_task_space_posture (&map, m, &prior, x, &wrong, q, NULL, &report), ==, LW_ERR_SHAPE);
  g_assert_cmpint (lw_task_space_posture (&refusing, m, &prior, x, &sx, q, NULL, &report), ==, LW_ERR_STOPPED);
  x[0] = (double) NAN;
  g_assert_cmpint (lw_task_space_posture (&map, m, &prior, x, &sx, q, NULL, &report), ==, LW_ERR_NOT_FINITE);
  x[0] = 1;
  noise[0] = -1;
  g_assert_cmpint (lw_task_space_posture (&map, m, &prior, x, &sx, q, NULL, &report), ==, LW_ERR_NOT_SPD);
  noise[0] = 1e-4;
  noise[1] = noise[2] = 1;
  g_assert_cmpint (lw_task_space_posture (&map, m, &prior, x, &sx, q, NULL, &report), ==, LW_ERR_NOT_SPD);
  noise[1] = noise[2] = 0;
  lw_mat_fill (&prior, 0);
  g_assert_cmpint (lw_task_space_posture (&map, m, &prior, x, NULL, q, NULL, &report), ==,
                   LW_ERR_NOT_SPD); /* certain, and exactly elsewhere */
  lw_assert_untouched (q, J);
  g_assert_cmpuint (report.iterations, ==, 99);
  for (size_t j = 0; j < J; j++)
    lw_mat_set (&prior, j, j, 1);
  c.broken_beyond = 0.32; /* a map without numbers on the way there is gone round, or ends the search; never followed */
  LwStatus status = lw_task_space_posture (&map, m, &prior, x, &sx, q, NULL, &report);
  g_assert_true (status != LW_OK || (isfinite (q[0]) && q[0] <= 0.32));
  m[0] = 0.5;
  g_assert_cmpint (lw_task_space_posture (&map, m, &prior, x, &sx, q, NULL, &report), ==, LW_ERR_NOT_FINITE);

  LwRng rng;
  lw_rng_init (&rng, 45, LW_RNG_TEST, 0, 0);
  g_auto (LwWeightGaussian) g = arm_prior (&golden_basis, &rng);
  LwWeightGaussian out = { .n_weights = 7 };
  LwTaskSpaceObservation seen = { { 1.5, 1, 0 }, x, &sx };
  c.broken_beyond = 0;
  g_assert_cmpint (lw_promp_condition_task_space (&golden_basis, &g, &map, &seen, 1, &out, NULL), ==, LW_ERR_RANGE);
  seen = (LwTaskSpaceObservation){ { 0.5, 1, 0 }, x, &wrong };
  g_assert_cmpint (lw_promp_condition_task_space (&golden_basis, &g, &map, &seen, 1, &out, NULL), ==, LW_ERR_SHAPE);
  map.n_joints = 2;
  g_assert_cmpint (lw_promp_condition_task_space (&golden_basis, &g, &map, &seen, 1, &out, NULL), ==, LW_ERR_SHAPE);
  g_assert_cmpuint (out.n_weights, ==, 7);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/promp-task-space/golden", test_golden);
  g_test_add_func ("/promp-task-space/stationary", test_stationary);
  g_test_add_func ("/promp-task-space/back-propagation", test_back_propagation);
  g_test_add_func ("/promp-task-space/several-phases", test_several_phases);
  g_test_add_func ("/promp-task-space/singular-prior", test_singular_prior);
  g_test_add_func ("/promp-task-space/out-of-reach", test_out_of_reach);
  g_test_add_func ("/promp-task-space/bad-input", test_bad_input);
  return g_test_run ();
}
