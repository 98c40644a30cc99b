/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib.h>
#include <math.h>
#include <string.h>
#include "lw-assert-close.h"
#include "promp-em-fixture.h"

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LwPrompModel, lw_promp_model_clear)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LwPrompEmReport, lw_promp_em_report_clear)

/* One iteration, written out: all samples of a movement are one Gaussian, nothing is summed beforehand. */

typedef struct {
  double mu[W], sigma[W][W], noise[J][J], likelihood;
} Naive;

/* x <- A^-1 x for columns of @x (n x m), Gauss-Jordan; returns log |A|. */
static double
solve (double *a, size_t n, double *x, size_t m)
{
  double log_det = 0;
  for (size_t p = 0; p < n; p++) {
    double pivot = a[p * n + p];
    g_assert_cmpfloat (pivot, >, 0);
    log_det += log (pivot);
    for (size_t c = 0; c < n; c++)
      a[p * n + c] /= pivot;
    for (size_t c = 0; c < m; c++)
      x[p * m + c] /= pivot;
    for (size_t r = 0; r < n; r++) {
      double factor = a[r * n + p];
      if (r == p)
        continue;
      for (size_t c = 0; c < n; c++)
        a[r * n + c] -= factor * a[p * n + c];
      for (size_t c = 0; c < m; c++)
        x[r * m + c] -= factor * x[p * m + c];
    }
  }
  return log_det;
}

/* Moments of [w; y], the whole y, given the seen part of y; sums of what the maximisation needs. */
static void
naive_expect (const LwPrompEmProblem *p, size_t i, const Naive *now, double *m, double *c, double *noise, double *likelihood)
{
  size_t n_samples = p->movement[i].n_samples, n_y = n_samples * J, n = W + n_y, seen[LONGEST * J], n_seen = 0;
  g_autofree double *mean = g_new0 (double, n), *cov = g_new0 (double, n *n), *psi = g_new0 (double, n_y *W);

  for (size_t t = 0; t < n_samples; t++)
    for (size_t j = 0; j < J; j++) {
      lw_basis_eval (&p->basis, p->z[i][t], psi + (t * J + j) * W + j * N_BASIS, NULL, NULL);
      if (!isnan (p->y[i][t * J + j]))
        seen[n_seen++] = t * J + j;
    }
  for (size_t a = 0; a < n; a++)
    for (size_t k = 0; k < W; k++) {
      double row_a = a < W ? a == k : psi[(a - W) * W + k];
      mean[a] += row_a * now->mu[k];
      for (size_t b = 0; b < n; b++)
        for (size_t l = 0; l < W && row_a != 0; l++)
          cov[a * n + b] += row_a * now->sigma[k][l] * (b < W ? b == l : psi[(b - W) * W + l]);
    }
  for (size_t a = 0; a < n_y; a++)
    for (size_t b = 0; b < n_y; b++)
      if (a / J == b / J)
        cov[(W + a) * n + W + b] += now->noise[a % J][b % J];

  /* Condition on the seen ones: columns of x are S_oo^-1 [S_o., y_o - mean_o]. */
  g_autofree double *s = g_new (double, n_seen * n_seen), *x = g_new (double, n_seen *(n + 1)), *after = g_new (double, n);
  for (size_t a = 0; a < n_seen; a++) {
    for (size_t b = 0; b < n_seen; b++)
      s[a * n_seen + b] = cov[(W + seen[a]) * n + W + seen[b]];
    for (size_t b = 0; b < n; b++)
      x[a * (n + 1) + b] = cov[(W + seen[a]) * n + b];
    x[a * (n + 1) + n] = p->y[i][seen[a]] - mean[W + seen[a]];
  }
  double log_det = solve (s, n_seen, x, n + 1), quadratic = 0;
  for (size_t a = 0; a < n_seen; a++)
    quadratic += (p->y[i][seen[a]] - mean[W + seen[a]]) * x[a * (n + 1) + n];
  *likelihood += -0.5 * ((double) n_seen * log (2 * M_PI) + log_det + quadratic);
  g_autofree double *posterior = g_memdup2 (cov, n * n * sizeof *cov);
  for (size_t a = 0; a < n; a++) {
    after[a] = mean[a];
    for (size_t o = 0; o < n_seen; o++) {
      after[a] += cov[a * n + W + seen[o]] * x[o * (n + 1) + n];
      for (size_t b = 0; b < n; b++)
        posterior[a * n + b] -= cov[a * n + W + seen[o]] * x[o * (n + 1) + b];
    }
  }
  memcpy (m, after, W * sizeof *m);
  for (size_t a = 0; a < W; a++)
    memcpy (c + a * W, posterior + a * n, W * sizeof *c);

  /* E (y_t - Psi_t w)(y_t - Psi_t w)' */
  for (size_t t = 0; t < n_samples; t++) {
    double e[J], map[J][W + LONGEST * J] = { 0 };
    for (size_t j = 0; j < J; j++) {
      map[j][W + t * J + j] = 1;
      for (size_t k = 0; k < W; k++)
        map[j][k] = -psi[(t * J + j) * W + k];
      e[j] = 0;
      for (size_t a = 0; a < n; a++)
        e[j] += map[j][a] * after[a];
    }
    for (size_t j = 0; j < J; j++)
      for (size_t l = 0; l < J; l++) {
        double sum = e[j] * e[l];
        for (size_t a = 0; a < n; a++)
          for (size_t b = 0; b < n && map[j][a] != 0; b++)
            sum += map[j][a] * posterior[a * n + b] * map[l][b];
        noise[j * J + l] += sum;
      }
  }
}

typedef struct {
  gboolean full;
  LwPrompPrior prior;
  double k0, v0;
} Variant;

static void
naive_iteration (const LwPrompEmProblem *p, const Variant *variant, const double *m0, const double *s0, Naive *now)
{
  double m[MOVEMENTS][W], c[MOVEMENTS][W * W], noise[J * J] = { 0 }, rows = 0;

  now->likelihood = 0;
  for (size_t i = 0; i < MOVEMENTS; i++) {
    naive_expect (p, i, now, m[i], c[i], noise, &now->likelihood);
    rows += (double) p->movement[i].n_samples;
  }
  for (size_t k = 0; k < W; k++) {
    double sum = variant->k0 * m0[k];
    for (size_t i = 0; i < MOVEMENTS; i++)
      sum += m[i][k];
    now->mu[k] = sum / (MOVEMENTS + variant->k0);
  }
  for (size_t k = 0; k < W; k++)
    for (size_t l = 0; l < W; l++) {
      double s = 0, prior = 0;
      for (size_t i = 0; i < MOVEMENTS; i++)
        s += c[i][k * W + l] + (m[i][k] - now->mu[k]) * (m[i][l] - now->mu[l]);
      if (variant->prior == LW_PROMP_PRIOR_NIW)
        prior = s0[k * W + l];
      else if (variant->prior == LW_PROMP_PRIOR_BLOCKS && k / N_BASIS == l / N_BASIS)
        prior = s / MOVEMENTS * (variant->v0 + W + 1);
      if (variant->prior == LW_PROMP_PRIOR_NONE)
        now->sigma[k][l] = s / MOVEMENTS;
      else if (variant->k0 > 0)
        now->sigma[k][l] =
            (s + prior + variant->k0 * (now->mu[k] - m0[k]) * (now->mu[l] - m0[l])) / (MOVEMENTS + variant->v0 + W + 2);
      else
        now->sigma[k][l] = (s + prior) / (MOVEMENTS + variant->v0 + W + 1);
    }
  for (size_t j = 0; j < J; j++)
    for (size_t l = 0; l < J; l++)
      now->noise[j][l] = variant->full || j == l ? noise[j * J + l] / rows : 0;
}

/* Two iterations of each kind, from unequal starts, against the written-out ones. */
static void
test_written_out (void)
{
  const Variant variants[] = { { FALSE, LW_PROMP_PRIOR_NONE, 0, 0 },
                               { TRUE, LW_PROMP_PRIOR_NONE, 0, 0 },
                               { FALSE, LW_PROMP_PRIOR_NIW, 2.5, 3 },
                               { TRUE, LW_PROMP_PRIOR_NIW, 0, 1 },
                               { TRUE, LW_PROMP_PRIOR_BLOCKS, 0, 2 } };
  for (size_t v = 0; v < G_N_ELEMENTS (variants); v++) {
    const Variant *variant = &variants[v];
    LwPrompEmProblem p;
    Naive now = { 0 };
    double m0[W], s0[W * W];
    LwRng rng;
    lw_promp_em_problem_init (&p, (uint32_t) v);
    lw_rng_init (&rng, 12, LW_RNG_TEST, (uint32_t) v, 0);
    lw_rng_normals (&rng, m0, W);
    for (size_t i = 0; i < W; i++) {
      now.mu[i] = lw_rng_normal (&rng);
      for (size_t k = 0; k < W; k++) {
        now.sigma[i][k] = i == k ? 1.5 : 0.2 * cos ((double) (i + k));
        s0[i * W + k] = i == k ? 2 : 0.3 * sin ((double) (i * k));
      }
    }
    for (size_t j = 0; j < J; j++)
      for (size_t l = 0; l < J; l++)
        now.noise[j][l] = j == l ? 0.1 + 0.05 * (double) j : variant->full ? 0.03 : 0;

    g_auto (LwPrompModel) given = { 0 }, model = { 0 };
    LwMat sigma = lw_mat_view (&now.sigma[0][0], W, W), noise = lw_mat_view (&now.noise[0][0], J, J),
          s0_mat = lw_mat_view (s0, W, W);
    g_assert_cmpint (lw_promp_model_init (&given, &p.basis, J, now.mu, &sigma, &noise), ==, LW_OK);
    LwPrompEmSettings settings;
    lw_promp_em_settings_init (&settings);
    settings.full_noise = variant->full;
    settings.prior = variant->prior;
    settings.k0 = variant->k0;
    settings.v0 = variant->v0;
    settings.m0 = m0;
    settings.s0 = &s0_mat;
    settings.start = LW_PROMP_START_GIVEN;
    settings.given = &given;
    settings.max_iterations = 2;
    settings.tolerance = 0;
    g_auto (LwPrompEmReport) report = { 0 };
    g_assert_cmpint (lw_promp_em_fit (&p.basis, J, p.movement, MOVEMENTS, &settings, NULL, &model, &report), ==, LW_OK);
    for (size_t i = 0; i < 2; i++) {
      naive_iteration (&p, variant, m0, s0, &now);
      if (variant->prior != LW_PROMP_PRIOR_NIW)
        lw_assert_close (report.objective[i], now.likelihood, 1e-11, 0); /* before this iteration */
    }
    lw_assert_close_array (model.weights.mu_w, now.mu, W, 1e-10, 1e-10);
    lw_assert_close_array (model.weights.sigma_w.data, &now.sigma[0][0], W * W, 1e-10, 1e-10);
    lw_assert_close_array (model.noise.data, &now.noise[0][0], J * J, 1e-10, 1e-10);
    Naive last = now;
    naive_iteration (&p, variant, m0, s0, &last);
    lw_assert_close (report.log_likelihood, last.likelihood, 1e-11, 0);
  }
}

static LwPrompEmReport
fit_report (const LwPrompEmProblem *p, const LwPrompEmSettings *settings)
{
  g_auto (LwPrompModel) model = { 0 };
  LwPrompEmReport report = { 0 };
  g_assert_cmpint (lw_promp_em_fit (&p->basis, J, p->movement, MOVEMENTS, settings, NULL, &model, &report), ==, LW_OK);
  return report;
}

/* The objective, with its prior, never falls, from any start; and all starts come to the same end where there is but one. */
static void
test_monotone (void)
{
  double s0[W * W] = { 0 }, m0[W];
  LwMat s0_mat = lw_mat_view (s0, W, W);
  for (size_t i = 0; i < W; i++) {
    s0[i * W + i] = 3;
    m0[i] = 1.5;
  }
  for (int full = 0; full < 2; full++)
    for (LwPrompPrior prior = LW_PROMP_PRIOR_NONE; prior <= LW_PROMP_PRIOR_NIW; prior++) {
      LwPrompEmProblem p;
      double end[2] = { 0 };
      lw_promp_em_problem_init (&p, 20);
      for (int start = 0; start < 2; start++) {
        LwPrompEmSettings settings;
        lw_promp_em_settings_init (&settings);
        settings.full_noise = full != 0;
        settings.prior = prior;
        settings.k0 = 2;
        settings.v0 = 4;
        settings.s0 = &s0_mat;
        settings.m0 = m0;
        settings.start = start == 0 ? LW_PROMP_START_RIDGE : LW_PROMP_START_UNIT;
        settings.tolerance = 1e-10;
        settings.max_iterations = prior == LW_PROMP_PRIOR_NONE ? 60 : 5000;
        g_auto (LwPrompEmReport) report = fit_report (&p, &settings);
        for (size_t i = 1; i <= report.iterations; i++)
          g_assert_cmpfloat (report.objective[i] - report.objective[i - 1], >, -1e-9 * fabs (report.objective[i]));
        g_assert_cmpfloat (report.largest_fall, <=, 1e-9 * fabs (report.objective[report.iterations]));
        g_assert_cmpfloat (report.objective[report.iterations], >, report.objective[0]);
        g_assert_cmpuint (report.n_groups, ==, MOVEMENTS);
        end[start] = report.objective[report.iterations];
        if (prior != LW_PROMP_PRIOR_NONE)
          g_assert_true (report.converged);
      }
      if (prior == LW_PROMP_PRIOR_NIW)
        lw_assert_close (end[0], end[1], 1e-4, 1e-3);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/promp-em-steps/written-out", test_written_out);
  g_test_add_func ("/promp-em-steps/monotone", test_monotone);
  return g_test_run ();
}
