/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-promp-em.h"

#include <glib.h>
#include <math.h>

#include "lw-assert-close.h"
#include "lw-npy-golden.h"

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LwPrompModel, lw_promp_model_clear)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LwPrompEmReport, lw_promp_em_report_clear)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LwPrompEm, lw_promp_em_free)

#define SYN "golden/synthetic/"

static const LwBasis golden_basis = { LW_BASIS_STROKE, 8, 0, 1.0 / 7, 1.0 / 49 };

/* ---- golden ---- */

enum { GOLDEN_N = 6, GOLDEN_ROWS = 465, GOLDEN_W = 16 };

typedef struct {
  LwObservedMovement movement[GOLDEN_N];
  double z[GOLDEN_ROWS];
  LwGolden y;
} GoldenData;

static gboolean
golden_data (GoldenData *self, const char *y_name)
{
  g_auto (LwGolden) length = { 0 }, duration = { 0 }, t = { 0 };
  if (!lw_golden_load (&length, SYN "in_len_var.npy") || !lw_golden_load (&duration, SYN "in_dur.npy")
      || !lw_golden_load (&t, SYN "in_tvar_concat.npy") || !lw_golden_load (&self->y, y_name))
    return FALSE;
  size_t start = 0;
  for (size_t i = 0; i < GOLDEN_N; i++) {
    size_t n = (size_t) length.data[i];
    for (size_t k = 0; k < n; k++)
      self->z[start + k] = t.data[start + k] / duration.data[i];
    self->movement[i] = (LwObservedMovement){ n, self->z + start, lw_mat_view (self->y.data + 2 * start, n, 2) };
    start += n;
  }
  g_assert_cmpuint (start, ==, GOLDEN_ROWS);
  return TRUE;
}

/* @iterations from mu = 0, Sigma_w = I, Sigma_y = I against the arrays golden/synthetic/@name_*. */
static void
check_golden (const char *name, const char *y_name, size_t iterations, gboolean full, double relative, gboolean with_sigma,
              gboolean with_likelihood)
{
  GoldenData data = { 0 };
  g_auto (LwGolden) mu = { 0 }, sigma = { 0 }, noise = { 0 }, likelihood = { 0 };
  g_autofree char *mu_name = g_strconcat (SYN, name, "_mu.npy", NULL), *sigma_name = g_strconcat (SYN, name, "_Sw.npy", NULL);
  g_autofree char *noise_name = g_strconcat (SYN, name, "_Sy.npy", NULL),
                  *likelihood_name = g_strconcat (SYN, name, "_loglik.npy", NULL);
  if (!golden_data (&data, y_name) || !lw_golden_load (&mu, mu_name) || !lw_golden_load (&noise, noise_name))
    return;
  LwPrompEmSettings settings;
  g_auto (LwPrompModel) model = { 0 };
  g_auto (LwPrompEmReport) report = { 0 };

  lw_promp_em_settings_init (&settings);
  settings.start = LW_PROMP_START_UNIT;
  settings.prior = LW_PROMP_PRIOR_NONE;
  settings.max_iterations = iterations;
  settings.tolerance = 0;
  settings.full_noise = full;
  g_assert_cmpint (lw_promp_em_fit (&golden_basis, 2, data.movement, GOLDEN_N, &settings, NULL, &model, &report), ==, LW_OK);
  g_assert_cmpuint (report.iterations, ==, iterations);
  g_assert_cmpfloat (report.largest_fall, ==, 0);
  g_assert_cmpfloat (report.jitter, ==, 0);
  lw_assert_close_to_largest (model.weights.mu_w, mu.data, GOLDEN_W, relative);
  if (noise.n == 4)
    lw_assert_close_to_largest (model.noise.data, noise.data, 4, relative);
  else
    for (size_t j = 0; j < 2; j++) {
      lw_assert_close (lw_mat_get (&model.noise, j, j), noise.data[j], relative, 0);
      g_assert_cmpfloat (lw_mat_get (&model.noise, j, 1 - j), ==, 0);
    }
  if (with_sigma) {
    g_assert_true (lw_golden_load (&sigma, sigma_name));
    lw_assert_close_to_largest (model.weights.sigma_w.data, sigma.data, GOLDEN_W * GOLDEN_W, relative);
  }
  if (with_likelihood) {
    g_assert_true (lw_golden_load (&likelihood, likelihood_name));
    g_assert_cmpuint (likelihood.n, ==, iterations);
    lw_assert_close_array (report.objective + 1, likelihood.data, iterations, relative, 0);
    g_assert_cmpfloat (report.log_likelihood, ==, report.objective[iterations]);
  }
  lw_golden_clear (&data.y);
}

static void
test_golden_em3 (void)
{
  check_golden ("em3", SYN "in_Yvar_concat.npy", 3, FALSE, 1e-8, TRUE, FALSE);
}

static void
test_golden_em50 (void)
{
  check_golden ("em50", SYN "in_Yvar_concat.npy", 50, FALSE, 1e-6, TRUE, TRUE);
}

static void
test_golden_missing (void)
{
  check_golden ("em20miss", SYN "em_missing_Y.npy", 20, FALSE, 1e-6, TRUE, TRUE);
}

static void
test_golden_full (void)
{
  check_golden ("em5full", SYN "in_Yvar_concat.npy", 5, TRUE, 1e-6, TRUE, FALSE);
}

static void
test_golden_missing_full (void)
{
  check_golden ("em10missfull", SYN "em_missing_Y.npy", 10, TRUE, 1e-6, FALSE, TRUE);
}

/* Posterior means after three iterations, and the covariance of the first movement: those that the third one started from. */
static void
test_golden_posterior (void)
{
  GoldenData data = { 0 };
  g_auto (LwGolden) means = { 0 };
  if (!golden_data (&data, SYN "in_Yvar_concat.npy") || !lw_golden_load (&means, SYN "em3_post_means.npy"))
    return;
  LwPrompEmSettings settings;
  g_autoptr (LwPrompEm) em = NULL;
  double found[GOLDEN_N * GOLDEN_W];
  LwMat w = lw_mat_view (found, GOLDEN_N, GOLDEN_W), wrong = lw_mat_view (found, GOLDEN_N, GOLDEN_W - 1);

  lw_promp_em_settings_init (&settings);
  settings.start = LW_PROMP_START_UNIT;
  settings.prior = LW_PROMP_PRIOR_NONE;
  g_assert_cmpint (lw_promp_em_new (&golden_basis, 2, data.movement, GOLDEN_N, &settings, NULL, &em), ==, LW_OK);
  for (size_t i = 0; i < 2; i++)
    g_assert_cmpint (lw_promp_em_iterate (em, NULL), ==, LW_OK);
  lw_fill_nan (found, G_N_ELEMENTS (found));
  g_assert_cmpint (lw_promp_em_weights (em, &wrong), ==, LW_ERR_SHAPE);
  lw_assert_untouched (found, G_N_ELEMENTS (found));
  g_assert_cmpint (lw_promp_em_weights (em, &w), ==, LW_OK);
  lw_assert_close_to_largest (found, means.data, means.n, 1e-8);
  lw_golden_clear (&data.y);
}

/* ---- invariants ---- */

enum { J = 3, N_BASIS = 4, W = J * N_BASIS };

/* Movements on one grid are worked on together. The same movements on grids that differ by next to nothing are not, and nothing
 * else differs; nor does the order matter. */
static void
test_groups (void)
{
  enum { N = 9, T = 17 };
  LwRng rng;
  double z[T], own_z[N][T], y[N][T * J];
  LwObservedMovement shared[N], own[N], shuffled[N];
  LwBasis basis;
  g_auto (LwPrompModel) a = { 0 }, b = { 0 }, c = { 0 };
  g_auto (LwPrompEmReport) report_a = { 0 }, report_b = { 0 }, report_c = { 0 };
  LwPrompEmSettings settings;

  lw_rng_init (&rng, 13, LW_RNG_TEST, 0, 0);
  g_assert_cmpint (lw_basis_init_stroke (&basis, N_BASIS), ==, LW_OK);
  for (size_t t = 0; t < T; t++)
    z[t] = (double) t / (T - 1);
  for (size_t i = 0; i < N; i++) {
    for (size_t t = 0; t < T; t++) {
      own_z[i][t] = z[t] + 1e-11 * (double) i;
      for (size_t j = 0; j < J; j++)
        y[i][t * J + j] = sin (3 * z[t] + (double) j + 0.3 * lw_rng_normal (&rng)) + 0.05 * lw_rng_normal (&rng);
      if (i >= 6)
        y[i][t * J + 1] = (double) NAN;
    }
    shared[i] = (LwObservedMovement){ T, z, lw_mat_view (y[i], T, J) };
    own[i] = (LwObservedMovement){ T, own_z[i], lw_mat_view (y[i], T, J) };
    shuffled[(i * 5) % N] = shared[i];
  }
  lw_promp_em_settings_init (&settings);
  settings.max_iterations = 12;
  settings.tolerance = 0;
  g_assert_cmpint (lw_promp_em_fit (&basis, J, shared, N, &settings, NULL, &a, &report_a), ==, LW_OK);
  g_assert_cmpint (lw_promp_em_fit (&basis, J, own, N, &settings, NULL, &b, &report_b), ==, LW_OK);
  g_assert_cmpint (lw_promp_em_fit (&basis, J, shuffled, N, &settings, NULL, &c, &report_c), ==, LW_OK);
  g_assert_cmpuint (report_a.n_groups, ==, 2); /* with and without joint 1 */
  g_assert_cmpuint (report_b.n_groups, ==, N);
  g_assert_cmpuint (report_c.n_groups, ==, 2);
  lw_assert_close_array (report_b.objective, report_a.objective, 13, 1e-7, 0);
  lw_assert_close_array (report_c.objective, report_a.objective, 13, 1e-10, 0);
  lw_assert_close_to_largest (b.weights.mu_w, a.weights.mu_w, W, 1e-7);
  lw_assert_close_to_largest (b.weights.sigma_w.data, a.weights.sigma_w.data, W * W, 1e-7);
  lw_assert_close_to_largest (c.weights.sigma_w.data, a.weights.sigma_w.data, W * W, 1e-9);
}

/* Movements drawn from a model, half of each unseen, give the model back: each parameter within what its number of movements
 * allows. */
static void
test_recovers (void)
{
  enum { N = 600, T = 12 };
  LwRng rng;
  LwBasis basis;
  double z[T];
  g_autofree double *y = g_new (double, N * T * 2);
  g_autofree LwObservedMovement *movements = g_new (LwObservedMovement, N);
  g_auto (LwPrompModel) model = { 0 };
  g_auto (LwPrompEmReport) report = { 0 };
  LwPrompEmSettings settings;
  const double mu[4] = { 1, -1, 0.5, 2 }, noise[2] = { 0.01, 0.04 };
  /* w = mu + F e */
  const double f[4][4] = { { 1, 0, 0, 0 }, { 0.5, 0.8, 0, 0 }, { -0.6, 0.2, 0.7, 0 }, { 0.1, 0, 0.4, 0.9 } };

  lw_rng_init (&rng, 14, LW_RNG_TEST, 0, 0);
  g_assert_cmpint (lw_basis_init_stroke (&basis, 2), ==, LW_OK);
  for (size_t t = 0; t < T; t++)
    z[t] = (double) t / (T - 1);
  for (size_t i = 0; i < N; i++) {
    double e[4], w[4];
    lw_rng_normals (&rng, e, 4);
    for (size_t k = 0; k < 4; k++) {
      w[k] = mu[k];
      for (size_t l = 0; l < 4; l++)
        w[k] += f[k][l] * e[l];
    }
    for (size_t t = 0; t < T; t++) {
      double psi[2];
      lw_basis_eval (&basis, z[t], psi, NULL, NULL);
      for (size_t j = 0; j < 2; j++)
        y[(i * T + t) * 2 + j] = lw_rng_uniform (&rng) < 0.5
                                     ? (double) NAN
                                     : psi[0] * w[2 * j] + psi[1] * w[2 * j + 1] + sqrt (noise[j]) * lw_rng_normal (&rng);
    }
    movements[i] = (LwObservedMovement){ T, z, lw_mat_view (y + i * T * 2, T, 2) };
  }
  lw_promp_em_settings_init (&settings);
  settings.tolerance = 1e-8;
  settings.max_iterations = 400;
  g_assert_cmpint (lw_promp_em_fit (&basis, 2, movements, N, &settings, NULL, &model, &report), ==, LW_OK);
  g_assert_true (report.converged);
  for (size_t k = 0; k < 4; k++) {
    double s_k = 0;
    for (size_t l = 0; l < 4; l++)
      s_k += f[k][l] * f[k][l];
    lw_assert_close (model.weights.mu_w[k], mu[k], 0, 5 * sqrt (1.2 * s_k / N));
    for (size_t l = 0; l < 4; l++) {
      double s_kl = 0, s_l = 0;
      for (size_t i = 0; i < 4; i++) {
        s_kl += f[k][i] * f[l][i];
        s_l += f[l][i] * f[l][i];
      }
      lw_assert_close (lw_mat_get (&model.weights.sigma_w, k, l), s_kl, 0, 5 * sqrt (1.2 * (s_k * s_l + s_kl * s_kl) / N));
    }
  }
  for (size_t j = 0; j < 2; j++)
    lw_assert_close (lw_mat_get (&model.noise, j, j), noise[j], 5 * sqrt (2.0 / (N * (T / 2 - 2))), 0);
}

/* Sums of many gaps with correlated noise are not all kept between iterations: the likelihood is that of the movements one by
 * one, which are. */
static void
test_sums_not_kept (void)
{
  enum { N = 260, T = 40, JOINTS = 6, BASIS = 8 };
  LwRng rng;
  LwBasis basis;
  g_autofree double *y = g_new (double, N *T * JOINTS), *z = g_new (double, T);
  g_autofree LwObservedMovement *movements = g_new (LwObservedMovement, N);
  LwPrompEmSettings settings;
  g_auto (LwPrompModel) model = { 0 }, again = { 0 };
  g_auto (LwPrompEmReport) report = { 0 };

  lw_rng_init (&rng, 15, LW_RNG_TEST, 0, 0);
  g_assert_cmpint (lw_basis_init_stroke (&basis, BASIS), ==, LW_OK);
  for (size_t t = 0; t < T; t++)
    z[t] = (double) t / (T - 1);
  for (size_t i = 0; i < N; i++) {
    for (size_t k = 0; k < T * JOINTS; k++)
      y[i * T * JOINTS + k] = lw_rng_uniform (&rng) < 0.3
                                  ? (double) NAN
                                  : sin (z[k / JOINTS] * 4 + (double) (k % JOINTS)) + 0.1 * lw_rng_normal (&rng);
    movements[i] = (LwObservedMovement){ T, z, lw_mat_view (y + i * T * JOINTS, T, JOINTS) };
  }
  lw_promp_em_settings_init (&settings);
  settings.full_noise = TRUE;
  settings.max_iterations = 3;
  settings.tolerance = 0;
  g_assert_cmpint (lw_promp_em_fit (&basis, JOINTS, movements, N, &settings, NULL, &model, &report), ==, LW_OK);
  g_assert_cmpuint (report.n_groups, ==, N);
  g_assert_cmpfloat (report.largest_fall, ==, 0);

  LwPrompEmSettings one = settings;
  one.start = LW_PROMP_START_GIVEN;
  one.given = &model;
  one.max_iterations = 0;
  g_auto (LwPrompEmReport) whole = { 0 };
  double sum = 0;
  g_assert_cmpint (lw_promp_em_fit (&basis, JOINTS, movements, N, &one, NULL, &again, &whole), ==, LW_OK);
  for (size_t i = 0; i < N; i++) {
    g_auto (LwPrompModel) same = { 0 };
    g_auto (LwPrompEmReport) part = { 0 };
    g_assert_cmpint (lw_promp_em_fit (&basis, JOINTS, movements + i, 1, &one, NULL, &same, &part), ==, LW_OK);
    sum += part.log_likelihood;
  }
  lw_assert_close (whole.log_likelihood, sum, 1e-11, 0);
  lw_assert_close (whole.log_likelihood, report.log_likelihood, 1e-11, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/promp-em/golden/three-iterations", test_golden_em3);
  g_test_add_func ("/promp-em/golden/fifty-iterations", test_golden_em50);
  g_test_add_func ("/promp-em/golden/missing", test_golden_missing);
  g_test_add_func ("/promp-em/golden/full-noise", test_golden_full);
  g_test_add_func ("/promp-em/golden/missing-full-noise", test_golden_missing_full);
  g_test_add_func ("/promp-em/golden/posterior", test_golden_posterior);
  g_test_add_func ("/promp-em/groups", test_groups);
  g_test_add_func ("/promp-em/recovers", test_recovers);
  g_test_add_func ("/promp-em/sums-not-kept", test_sums_not_kept);
  return g_test_run ();
}
