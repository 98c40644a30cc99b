/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-promp-controller.h"

#include <math.h>

#include "lw-promp-marginal.h"
#include "promp-fixture.h"

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LwLinearSystem, lw_linear_system_clear)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LwDiscreteSystem, lw_discrete_system_clear)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LwFeedback, lw_feedback_clear)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LwPrompController, lw_promp_controller_free)

static LwFeedback
new_feedback (size_t n_joints)
{
  LwFeedback f;
  g_assert_cmpint (lw_feedback_init (&f, 2 * n_joints, n_joints), ==, LW_OK);
  return f;
}

static LwPrompController *
new_controller (const LwBasis *basis, const LwWeightGaussian *g, size_t n_joints, double jitter)
{
  LwPrompController *self = NULL;
  g_assert_cmpint (lw_promp_controller_new (basis, g, n_joints, jitter, &self), ==, LW_OK);
  return self;
}

static void
test_golden (void)
{
  g_auto (LwWeightGaussian) g = { 0 };
  g_auto (LwGolden) t = { 0 }, dt_T = { 0 }, cont_K = { 0 }, cont_k = { 0 }, cont_su = { 0 }, disc_K = { 0 }, disc_k = { 0 },
                    disc_su = { 0 };
  if (!load_gaussian (&g, SYN "ops_mu.npy", SYN "ops_Sw.npy") || !lw_golden_load (&t, SYN "ops_ctrl_t.npy")
      || !lw_golden_load (&dt_T, SYN "ops_ctrl_dt_T.npy"))
    return;
  g_assert_true (lw_golden_load (&cont_K, SYN "ops_ctrl_cont_K.npy") && lw_golden_load (&cont_k, SYN "ops_ctrl_cont_k.npy")
                 && lw_golden_load (&cont_su, SYN "ops_ctrl_cont_Su.npy"));
  g_assert_true (lw_golden_load (&disc_K, SYN "ops_ctrl_disc_K.npy") && lw_golden_load (&disc_k, SYN "ops_ctrl_disc_k.npy")
                 && lw_golden_load (&disc_su, SYN "ops_ctrl_disc_Su.npy"));
  const double dt = dt_T.data[0];
  LwPhase phase;
  g_auto (LwLinearSystem) system = { 0 };
  g_auto (LwDiscreteSystem) euler = { 0 };
  g_auto (LwFeedback) feedback = new_feedback (2);
  g_autoptr (LwPrompController) controller = new_controller (&golden_basis, &g, 2, 1e-8);

  g_assert_cmpint (lw_phase_init (&phase, LW_BASIS_STROKE, 0, dt_T.data[1]), ==, LW_OK);
  g_assert_cmpint (lw_linear_system_init_double_integrator (&system, 2), ==, LW_OK);
  g_assert_cmpint (lw_discrete_system_init_euler (&euler, &system, dt), ==, LW_OK);
  for (size_t i = 0; i < t.n; i++) {
    LwPhasePoint now = lw_phase_at (&phase, t.data[i]), next = lw_phase_at (&phase, t.data[i] + dt);
    g_assert_cmpint (lw_promp_controller_step (controller, &now, &next, &euler, &feedback), ==, LW_OK);
    lw_assert_close_to_largest (feedback.K.data, disc_K.data + i * 8, 8, 1e-9);
    lw_assert_close_to_largest (feedback.k, disc_k.data + i * 2, 2, 1e-9);
    lw_assert_close_to_largest (feedback.su.data, disc_su.data + i * 4, 4, 1e-5);
    g_assert_cmpint (lw_promp_controller_small_dt (controller, &now, &next, &system, dt, &feedback), ==, LW_OK);
    lw_assert_close_to_largest (feedback.K.data, cont_K.data + i * 8, 8, 1e-9);
    lw_assert_close_to_largest (feedback.k, cont_k.data + i * 2, 2, 1e-9);
    lw_assert_close_to_largest (feedback.su.data, cont_su.data + i * 4, 4, 1e-5);
  }
}

typedef struct {
  double mean, std;
} Error;

/* Mean and covariance of the state under the law, through the exact response of the plant to an input held over dt: how far they
 * get from the primitive's. */
static Error
closed_loop (const LwBasis *basis, const LwWeightGaussian *g, size_t n_joints, const LwPhase *phase, double duration, double dt,
             double jitter, const LwLinearSystem *plant, gboolean exact_step, gboolean small_dt)
{
  size_t n = 2 * n_joints;
  Error worst = { 0, 0 };
  g_auto (LwDiscreteSystem) exact = { 0 }, euler = { 0 };
  g_auto (LwFeedback) feedback = new_feedback (n_joints);
  g_autoptr (LwPrompController) controller = new_controller (basis, g, n_joints, jitter);
  g_auto (LwMat) s = new_mat (n, n), loop = new_mat (n, n), product = new_mat (n, n), noise = new_mat (n, n_joints),
                 wanted = new_mat (n, n);
  g_autofree double *m = g_new (double, n), *next_m = g_new (double, n), *wanted_m = g_new (double, n);

  g_assert_cmpint (lw_discrete_system_init_exact (&exact, plant, dt), ==, LW_OK);
  g_assert_cmpint (lw_discrete_system_init_euler (&euler, plant, dt), ==, LW_OK);
  LwPhasePoint now = lw_phase_at (phase, 0);
  g_assert_cmpint (lw_promp_marginal (basis, g, n_joints, &now, 2, m, &s), ==, LW_OK);
  for (size_t step = 0; ((double) step + 1) * dt <= duration + 1e-9; step++) {
    LwPhasePoint next = lw_phase_at (phase, ((double) step + 1) * dt);
    LwStatus status = small_dt ? lw_promp_controller_small_dt (controller, &now, &next, plant, dt, &feedback)
                               : lw_promp_controller_step (controller, &now, &next, exact_step ? &exact : &euler, &feedback);
    g_assert_cmpint (status, ==, LW_OK);
    for (size_t i = 0; i < n; i++)
      next_m[i] = exact.c[i];
    lw_mat_copy (&exact.a, &loop);
    lw_gemm (1, &exact.b, false, &feedback.K, false, 1, &loop);
    lw_gemv (1, &loop, false, m, 1, next_m);
    lw_gemv (1, &exact.b, false, feedback.k, 1, next_m);
    lw_gemm (1, &loop, false, &s, false, 0, &product);
    lw_gemm (1, &product, false, &loop, true, 0, &s);
    lw_gemm (1, &exact.b, false, &feedback.noise, false, 0, &noise);
    lw_gemm (1, &noise, false, &noise, true, 1, &s);
    g_assert_cmpint (lw_promp_marginal (basis, g, n_joints, &next, 2, wanted_m, &wanted), ==, LW_OK);
    for (size_t i = 0; i < n; i++) {
      m[i] = next_m[i];
      if (i < n_joints) {
        worst.mean = fmax (worst.mean, fabs (m[i] - wanted_m[i]));
        worst.std = fmax (worst.std, fabs (sqrt (lw_mat_get (&s, i, i)) - sqrt (lw_mat_get (&wanted, i, i))));
      }
    }
    now = next;
  }
  return worst;
}

/* The golden primitive at 1 ms: the tolerances are those of its own transcription. */
static void
test_closed_loop_golden (void)
{
  g_auto (LwWeightGaussian) g = { 0 };
  g_auto (LwLinearSystem) plant = { 0 };
  LwPhase phase;
  if (!load_gaussian (&g, SYN "ops_mu.npy", SYN "ops_Sw.npy"))
    return;
  g_assert_cmpint (lw_phase_init (&phase, LW_BASIS_STROKE, 0, 1.5), ==, LW_OK);
  g_assert_cmpint (lw_linear_system_init_double_integrator (&plant, 2), ==, LW_OK);
  Error euler = closed_loop (&golden_basis, &g, 2, &phase, 1.5, 1e-3, 0, &plant, FALSE, FALSE);
  Error exact = closed_loop (&golden_basis, &g, 2, &phase, 1.5, 1e-3, 0, &plant, TRUE, FALSE);
  Error small = closed_loop (&golden_basis, &g, 2, &phase, 1.5, 1e-3, 0, &plant, FALSE, TRUE);
  g_test_message ("mean, std off by %.3g, %.3g (Euler pair), %.3g, %.3g (exact pair), %.3g, %.3g (small dt)", euler.mean,
                  euler.std, exact.mean, exact.std, small.mean, small.std);
  lw_assert_close (euler.mean, 0, 0, 6.1e-5);
  lw_assert_close (euler.std, 0, 0, 1e-5);
  lw_assert_close (exact.mean, 0, 0, 6.1e-5);
  lw_assert_close (exact.std, 0, 0, 1e-5);
  lw_assert_close (small.mean, 0, 0, 4.3e-2);
  lw_assert_close (small.std, 0, 0, 6.1e-3);
}

/* A plant of its own dynamics (springs, damping, gravity, coupled inputs), through a change of tempo. */
static void
test_closed_loop_general (void)
{
  LwRng rng;
  LwBasis basis;
  LwPhase phase;
  g_auto (LwLinearSystem) plant = { 0 };

  lw_rng_init (&rng, 61, LW_RNG_TEST, 0, 0);
  g_assert_cmpint (lw_basis_init (&basis, LW_BASIS_STROKE, 6, 0, 0.2, 0.04), ==, LW_OK);
  g_auto (LwWeightGaussian) g = drawn_gaussian (12, 30, &rng);
  for (size_t i = 0; i < 144; i++)
    g.sigma_w.data[i] *= 0.01;
  g_assert_cmpint (lw_phase_init (&phase, LW_BASIS_STROKE, 0, 3), ==, LW_OK);
  g_assert_cmpint (lw_phase_change_tempo (&phase, 0.6, 0.5, 1.5), ==, LW_OK);
  g_assert_cmpint (lw_linear_system_init_double_integrator (&plant, 2), ==, LW_OK);
  const double spring[8] = { -30, 4, -2, 0.5, 3, -20, 0.2, -1 }, input[4] = { 2, 0.3, -0.4, 1.5 };
  for (size_t i = 0; i < 2; i++) {
    for (size_t j = 0; j < 4; j++)
      lw_mat_set (&plant.a, 2 + i, j, spring[4 * i + j]);
    for (size_t j = 0; j < 2; j++)
      lw_mat_set (&plant.b, 2 + i, j, input[2 * i + j]);
    plant.c[2 + i] = -9.81;
  }
  Error exact = closed_loop (&basis, &g, 2, &phase, 1.6, 1e-3, 0, &plant, TRUE, FALSE);
  Error coarse = closed_loop (&basis, &g, 2, &phase, 1.6, 2e-3, 0, &plant, TRUE, FALSE);
  g_test_message ("mean, std off by %.3g, %.3g at 1 ms, %.3g, %.3g at 2 ms", exact.mean, exact.std, coarse.mean, coarse.std);
  lw_assert_close (exact.mean, 0, 0, 2e-4);
  lw_assert_close (exact.std, 0, 0, 2e-4);
  g_assert_cmpfloat (exact.mean, <, 0.7 * coarse.mean); /* falls with dt */
}

/* A law drawn with noise: mean and covariance of u, and no noise without a generator. */
static void
test_apply (void)
{
  enum { DRAWS = 40000 };
  g_auto (LwFeedback) f = new_feedback (2);
  LwRng rng;
  double u[2], sum[2] = { 0 }, square[3] = { 0 };
  const double y[4] = { 1, -2, 0.5, 3 }, K[8] = { 1, 2, 3, 4, -1, 0.5, 0, 2 }, noise[4] = { 0.3, 0, -0.2, 0.1 };

  lw_rng_init (&rng, 62, LW_RNG_TEST, 0, 0);
  for (size_t i = 0; i < 8; i++)
    f.K.data[i] = K[i];
  for (size_t i = 0; i < 4; i++)
    f.noise.data[i] = noise[i];
  f.k[0] = 0.25;
  f.k[1] = -1;
  lw_feedback_apply (&f, y, NULL, u);
  lw_assert_close_array (u, ((double[]){ 10.75, 3 }), 2, 1e-15, 0);
  for (int i = 0; i < DRAWS; i++) {
    lw_feedback_apply (&f, y, &rng, u);
    u[0] -= 10.75;
    u[1] -= 3;
    sum[0] += u[0] / DRAWS;
    sum[1] += u[1] / DRAWS;
    square[0] += u[0] * u[0] / DRAWS;
    square[1] += u[0] * u[1] / DRAWS;
    square[2] += u[1] * u[1] / DRAWS;
  }
  lw_assert_close_array (sum, ((double[]){ 0, 0 }), 2, 0, 0.3 * 5 / sqrt (DRAWS));
  lw_assert_close_array (square, ((double[]){ 0.09, -0.06, 0.05 }), 3, 0, 0.09 * 7 / sqrt (DRAWS));
}

/* Two functions a joint: the state tells all weights, so the next one is certain, and what rounding leaves of the noise, half of
 * it negative, must not become large or no number. */
static void
test_certain (void)
{
  const LwBasis basis = { LW_BASIS_STROKE, 2, 0, 1, 0.5 };
  for (uint32_t trial = 0; trial < 40; trial++) {
    LwRng rng;
    g_auto (LwLinearSystem) plant = { 0 };
    g_auto (LwDiscreteSystem) step = { 0 };
    g_auto (LwFeedback) feedback = new_feedback (2);
    const LwPhasePoint now = { 0.3, 1, 0 }, next = { 0.31, 1, 0 };
    lw_rng_init (&rng, 64, LW_RNG_TEST, trial, 0);
    g_auto (LwWeightGaussian) g = drawn_gaussian (4, 6, &rng);
    g_autoptr (LwPrompController) controller = new_controller (&basis, &g, 2, 0);
    g_assert_cmpint (lw_linear_system_init_double_integrator (&plant, 2), ==, LW_OK);
    g_assert_cmpint (lw_discrete_system_init_exact (&step, &plant, 0.01), ==, LW_OK);
    lw_fill_nan (feedback.noise.data, 4);
    g_assert_cmpint (lw_promp_controller_step (controller, &now, &next, &step, &feedback), ==, LW_OK);
    lw_assert_close_array (feedback.noise.data, (const double[4]){ 0 }, 4, 0, 1e-3);
    g_assert_true (lw_mat_is_finite (&feedback.K));
  }
}

static void
test_bad_input (void)
{
  LwRng rng;
  g_auto (LwLinearSystem) plant = { 0 }, other = { 0 };
  g_auto (LwDiscreteSystem) step = { 0 }, wrong = { 0 };
  g_auto (LwFeedback) feedback = new_feedback (2);
  LwPrompController *none = NULL;
  LwPhasePoint now = { 0.5, 1, 0 }, next = { 0.501, 1, 0 }, outside = { 1.2, 1, 0 }, odd = { (double) NAN, 1, 0 };

  lw_rng_init (&rng, 63, LW_RNG_TEST, 0, 0);
  g_auto (LwWeightGaussian) g = drawn_gaussian (16, 20, &rng), poor = drawn_gaussian (16, 2, &rng);
  g_assert_cmpint (lw_promp_controller_new (&golden_basis, &g, 2, -1, &none), ==, LW_ERR_RANGE);
  g_assert_cmpint (lw_promp_controller_new (&golden_basis, &g, 2, (double) NAN, &none), ==, LW_ERR_NOT_FINITE);
  g_assert_cmpint (lw_promp_controller_new (&golden_basis, &g, 3, 0, &none), ==, LW_ERR_SHAPE);
  g_assert_null (none);
  g_assert_cmpint (lw_linear_system_init_double_integrator (&plant, 2), ==, LW_OK);
  g_assert_cmpint (lw_linear_system_init_double_integrator (&other, 3), ==, LW_OK);
  g_assert_cmpint (lw_discrete_system_init_exact (&step, &plant, 1e-3), ==, LW_OK);
  g_assert_cmpint (lw_discrete_system_init_exact (&wrong, &other, 1e-3), ==, LW_OK);
  g_autoptr (LwPrompController) controller = new_controller (&golden_basis, &g, 2, 0);
  g_autoptr (LwPrompController) singular = new_controller (&golden_basis, &poor, 2, 0);
  g_autoptr (LwPrompController) helped = new_controller (&golden_basis, &poor, 2, 1e-8);
  lw_fill_nan (feedback.K.data, 8);
  lw_fill_nan (feedback.k, 2);
  g_assert_cmpint (lw_promp_controller_step (controller, &now, &outside, &step, &feedback), ==, LW_ERR_RANGE);
  g_assert_cmpint (lw_promp_controller_step (controller, &odd, &next, &step, &feedback), ==, LW_ERR_NOT_FINITE);
  g_assert_cmpint (lw_promp_controller_step (controller, &now, &next, &wrong, &feedback), ==, LW_ERR_SHAPE);
  g_assert_cmpint (lw_promp_controller_small_dt (controller, &now, &next, &plant, 0, &feedback), ==, LW_ERR_RANGE);
  g_assert_cmpint (lw_promp_controller_step (singular, &now, &next, &step, &feedback), ==,
                   LW_ERR_NOT_SPD); /* two demonstrations, four numbers */
  lw_assert_untouched (feedback.K.data, 8);
  lw_assert_untouched (feedback.k, 2);
  g_assert_cmpint (lw_promp_controller_step (helped, &now, &next, &step, &feedback), ==, LW_OK);
  g_assert_true (lw_mat_is_finite (&feedback.K) && lw_mat_is_finite (&feedback.noise));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/promp-controller/golden", test_golden);
  g_test_add_func ("/promp-controller/closed-loop-golden", test_closed_loop_golden);
  g_test_add_func ("/promp-controller/closed-loop-general", test_closed_loop_general);
  g_test_add_func ("/promp-controller/apply", test_apply);
  g_test_add_func ("/promp-controller/certain", test_certain);
  g_test_add_func ("/promp-controller/bad-input", test_bad_input);
  return g_test_run ();
}
