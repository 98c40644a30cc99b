/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>

#include "lw-assert-close.h"
#include "lw-bench.h"
#include "lw-observations.h"
#include "lw-promp-controller.h"
#include "lw-promp-marginal.h"
#include "lw-promp-product.h"
#include "lw-promp-task-space.h"

/* Operations on the primitive of a seven-joint arm with 20 basis functions: W = 140. */
enum { N = 20, J = 7, W = N * J, ROWS = 2 * J, T = 100, DRAWS = 300 };

typedef struct {
  LwBasis basis;
  LwWeightGaussian g, out;
  LwObservations stack;
  LwMat a, r; /* the same as matrices */
  double tip[2];
  LwForwardMap map;
  LwLinearSystem plant;
  LwDiscreteSystem step;
  LwPrompController *controller;
  LwFeedback feedback;
  LwPhase phase;
  size_t tick;
  LwPhasePoint at[T];
  double half[T];
  LwMat mean, cov;
} Bench;

static void
check (LwStatus status)
{
  if (status != LW_OK)
    g_error ("%s", lw_status_text (status));
}

/* Planar chain of J links of 0.2 m. */
static LwStatus
chain (void *data, const double *q, double *x, const LwMat *jacobian)
{
  double angle = 0;

  (void) data;
  x[0] = x[1] = 0;
  lw_mat_fill (jacobian, 0);
  for (size_t i = 0; i < J; i++) {
    angle += q[i];
    double c = 0.2 * cos (angle), s = 0.2 * sin (angle);
    x[0] += c;
    x[1] += s;
    for (size_t j = 0; j <= i; j++) {
      lw_mat_row (jacobian, 0)[j] -= s;
      lw_mat_row (jacobian, 1)[j] += c;
    }
  }
  return LW_OK;
}

static void
set_up (Bench *b)
{
  LwRng rng;
  LwMat draws;

  lw_rng_init (&rng, 1, LW_RNG_TEST, 0, 0);
  check (lw_basis_init_stroke (&b->basis, N));
  check (lw_mat_alloc (&draws, DRAWS, W));
  lw_rng_normals (&rng, draws.data, DRAWS * W);
  for (size_t i = 0; i < DRAWS * W; i++)
    draws.data[i] *= 0.2;
  check (lw_promp_fit_gaussian (&draws, 0, &b->g));
  lw_mat_clear (&draws);

  check (lw_observations_init (&b->stack, &b->basis, J));
  for (size_t i = 0; i < ROWS; i++)
    check (lw_observations_add (&b->stack, &(LwObservation){ i % J, { 0.6, 0.8, 0 }, (LwOrder) (i / J), lw_rng_normal (&rng) },
                                1e-4));
  b->a = lw_mat_view (b->stack.a, ROWS, W);
  b->r = (LwMat){ b->stack.r, ROWS, ROWS, b->stack.n_allocated };
  b->map = (LwForwardMap){ J, 2, chain, NULL };
  b->tip[0] = 0.9;
  b->tip[1] = 0.6;

  check (lw_linear_system_init_double_integrator (&b->plant, J));
  check (lw_discrete_system_init_exact (&b->step, &b->plant, 1e-3));
  check (lw_promp_controller_new (&b->basis, &b->g, J, 0, &b->controller));
  check (lw_feedback_init (&b->feedback, 2 * J, J));
  check (lw_phase_init (&b->phase, LW_BASIS_STROKE, 0, 2));
  for (size_t i = 0; i < T; i++) {
    b->at[i] = (LwPhasePoint){ (double) i / (T - 1), 0.5, 0 };
    b->half[i] = 0.5;
  }
  check (lw_mat_alloc (&b->mean, T, 2 * J));
  check (lw_mat_alloc (&b->cov, T * 2 * J, 2 * J));
}

static void
condition (gpointer data)
{
  Bench *b = data;
  lw_weight_gaussian_clear (&b->out);
  check (lw_weight_gaussian_condition (&b->g, &b->a, b->stack.y, &b->r, &b->out, NULL));
}

static void
condition_joints (gpointer data)
{
  Bench *b = data;
  LwMat a = lw_mat_block (&b->a, 0, 0, J, W), r = lw_mat_block (&b->r, 0, 0, J, J);
  lw_weight_gaussian_clear (&b->out);
  check (lw_weight_gaussian_condition (&b->g, &a, b->stack.y, &r, &b->out, NULL));
}

static void
task_space (gpointer data)
{
  Bench *b = data;
  double noise[4] = { 1e-8, 0, 0, 1e-8 };
  LwMat cov = lw_mat_view (noise, 2, 2);
  const LwTaskSpaceObservation seen = { { 1, 0.5, 0 }, b->tip, &cov };
  lw_weight_gaussian_clear (&b->out);
  check (lw_promp_condition_task_space (&b->basis, &b->g, &b->map, &seen, 1, &b->out, NULL));
}

/* One control step after the other, 1 ms apart, as an executor asks for them. */
static void
control (gpointer data)
{
  Bench *b = data;
  LwPhasePoint now = lw_phase_at (&b->phase, 1e-3 * (double) b->tick),
               next = lw_phase_at (&b->phase, 1e-3 * (double) (b->tick + 1));
  check (lw_promp_controller_step (b->controller, &now, &next, &b->step, &b->feedback));
  b->tick = (b->tick + 1) % 1999;
}

static void
product (gpointer data)
{
  Bench *b = data;
  const LwPrompPart parts[2] = { { &b->basis, &b->g, b->at, b->half }, { &b->basis, &b->g, b->at, b->half } };
  check (lw_promp_product (parts, 2, J, T, 2, 1e-8, &b->mean, &b->cov));
}

/* Posterior of exact linear algebra done slowly: the posterior mean reproduces what (A Sigma A' + R) u = y - A mu says. */
static void
check_conditioned (const Bench *b, size_t n)
{
  for (size_t i = 0; i < n; i++) {
    double left = b->stack.y[i], variance = 0;
    for (size_t k = 0; k < W; k++) {
      left -= lw_mat_get (&b->a, i, k) * b->out.mu_w[k];
      for (size_t l = 0; l < W; l++)
        variance += lw_mat_get (&b->a, i, k) * lw_mat_get (&b->out.sigma_w, k, l) * lw_mat_get (&b->a, i, l);
    }
    lw_assert_close (left, 0, 0, 0.05);
    g_assert_cmpfloat (variance, >, 0);
    g_assert_cmpfloat (variance, <, 1e-4); /* no more than the observation's own noise */
  }
}

int
main (void)
{
  static Bench b;
  set_up (&b);

  /* What cannot be left out: A Sigma, 2 W^2 n operations, and a symmetric update of Sigma by rank 2 n, as many for one of its
   * halves. */
  condition (&b);
  check_conditioned (&b, ROWS);
  lw_bench_run_floor ("motion/promp-condition", "weights=140 rows=14", (LwBenchFloor){ LW_BENCH_DGEMM, 4.0 * W * W * ROWS }, NULL,
                      condition, &b);
  condition_joints (&b);
  check_conditioned (&b, J);
  lw_bench_run_floor ("motion/promp-condition", "weights=140 rows=7", (LwBenchFloor){ LW_BENCH_DGEMM, 4.0 * W * W * J }, NULL,
                      condition_joints, &b);

  task_space (&b);
  double q[J], x[2], jac[2 * J];
  LwMat jacobian = lw_mat_view (jac, 2, J);
  lw_basis_movement (&b.basis, b.out.mu_w, J, &(LwPhasePoint){ 1, 0.5, 0 }, q, NULL, NULL);
  check (chain (NULL, q, x, &jacobian));
  lw_assert_close_array (x, b.tip, 2, 0, 1e-3);
  lw_bench_run_floor ("motion/promp-task-space", "weights=140 joints=7 tip=2", (LwBenchFloor){ LW_BENCH_DGEMM, 4.0 * W * W * 2 },
                      NULL, task_space, &b);

  /* S K' and S k for the step: F S_t = Cov (y', y), so Bd (K S_t + Bd^+ Ad S_t) = what C' says in the inputs' space. */
  LwMat s, cross;
  double m[2 * J];
  check (lw_mat_alloc (&s, 2 * J, 2 * J));
  check (lw_mat_alloc (&cross, 2 * J, 2 * J));
  b.tick = 700;
  control (&b);
  LwPhasePoint now = lw_phase_at (&b.phase, 0.7), next = lw_phase_at (&b.phase, 0.701);
  check (lw_promp_marginal (&b.basis, &b.g, J, &now, 2, m, &s));
  check (lw_promp_cross (&b.basis, &b.g, J, &next, &now, 2, &cross));
  lw_gemm (-1, &b.step.a, false, &s, false, 1, &cross); /* C' - Ad S */
  for (size_t i = 0; i < J; i++)
    for (size_t k = 0; k < 2 * J; k++) {
      double gain = 0, wanted = 0;
      for (size_t l = 0; l < 2 * J; l++) {
        gain += lw_mat_get (&b.feedback.K, i, l) * lw_mat_get (&s, l, k);
        wanted += lw_mat_get (&b.step.b_left, i, l) * lw_mat_get (&cross, l, k);
      }
      lw_assert_close (gain, wanted, 1e-6, 1e-6);
    }
  lw_mat_clear (&s);
  lw_mat_clear (&cross);
  b.tick = 0;
  lw_bench_run_floor ("motion/promp-controller-step", "weights=140 joints=7", (LwBenchFloor){ LW_BENCH_DGEMM, 4.0 * W * W }, NULL,
                      control, &b);

  /* The same twice to the power of a half is itself. */
  product (&b);
  check (lw_promp_marginal (&b.basis, &b.g, J, &b.at[40], 2, m, NULL));
  lw_assert_close_array (lw_mat_row (&b.mean, 40), m, 2 * J, 1e-8, 1e-8);
  lw_bench_run_floor ("motion/promp-product", "parts=2 weights=140 joints=7 times=100",
                      (LwBenchFloor){ LW_BENCH_DGEMM, 2.0 * T * 4 * W * W }, NULL, product, &b);

  lw_weight_gaussian_clear (&b.g);
  lw_weight_gaussian_clear (&b.out);
  lw_observations_clear (&b.stack);
  lw_linear_system_clear (&b.plant);
  lw_discrete_system_clear (&b.step);
  lw_promp_controller_free (b.controller);
  lw_feedback_clear (&b.feedback);
  lw_mat_clear (&b.mean);
  lw_mat_clear (&b.cov);
  return 0;
}
