/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-promp-em.h"

#include <glib.h>
#include <math.h>
#include <string.h>

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
  double             z[GOLDEN_ROWS];
  LwGolden           y;
} GoldenData;

static gboolean
golden_data (GoldenData *self, const char *y_name)
{
  g_auto (LwGolden) length = { 0 }, duration = { 0 }, t = { 0 };
  if (!lw_golden_load (&length, SYN "in_len_var.npy") || !lw_golden_load (&duration, SYN "in_dur.npy") || !lw_golden_load (&t, SYN "in_tvar_concat.npy")
      || !lw_golden_load (&self->y, y_name))
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
check_golden (const char *name, const char *y_name, size_t iterations, gboolean full, double relative, gboolean with_sigma, gboolean with_likelihood)
{
  GoldenData data = { 0 };
  g_auto (LwGolden) mu = { 0 }, sigma = { 0 }, noise = { 0 }, likelihood = { 0 };
  g_autofree char *mu_name = g_strconcat (SYN, name, "_mu.npy", NULL), *sigma_name = g_strconcat (SYN, name, "_Sw.npy", NULL);
  g_autofree char *noise_name = g_strconcat (SYN, name, "_Sy.npy", NULL), *likelihood_name = g_strconcat (SYN, name, "_loglik.npy", NULL);
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

/* ---- one iteration, written out: all samples of a movement are one Gaussian, nothing is summed beforehand ---- */

enum { J = 3, N_BASIS = 4, W = J * N_BASIS, MOVEMENTS = 5, LONGEST = 11 };

typedef struct {
  LwBasis            basis;
  LwObservedMovement movement[MOVEMENTS];
  double             z[MOVEMENTS][LONGEST], y[MOVEMENTS][LONGEST * J];
} Problem;

/* Lengths 7 to 11; movements 0 and 1 complete, 2 with scattered gaps, 3 without joint 1 and without two whole rows, 4 with all. */
static void
problem_init (Problem *self, uint32_t stream)
{
  LwRng rng;

  lw_rng_init (&rng, 11, LW_RNG_TEST, stream, 0);
  g_assert_cmpint (lw_basis_init_stroke (&self->basis, N_BASIS), ==, LW_OK);
  for (size_t i = 0; i < MOVEMENTS; i++) {
    size_t n = 7 + i;
    double w[W];
    lw_rng_normals (&rng, w, W);
    for (size_t t = 0; t < n; t++) {
      double psi[N_BASIS];
      self->z[i][t] = ((double) t + 0.5 * lw_rng_uniform (&rng)) / (double) n;
      lw_basis_eval (&self->basis, self->z[i][t], psi, NULL, NULL);
      for (size_t j = 0; j < J; j++) {
        double *y = &self->y[i][t * J + j];
        *y = 0.1 * lw_rng_normal (&rng);
        for (size_t k = 0; k < N_BASIS; k++)
          *y += psi[k] * (2 + w[j * N_BASIS + k]);
        if ((i == 2 && lw_rng_uniform (&rng) < 0.4) || (i == 3 && (j == 1 || t < 2)))
          *y = (double) NAN;
      }
    }
    self->movement[i] = (LwObservedMovement){ n, self->z[i], lw_mat_view (self->y[i], n, J) };
  }
}

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
naive_expect (const Problem *p, size_t i, const Naive *now, double *m, double *c, double *noise, double *likelihood)
{
  size_t n_samples = p->movement[i].n_samples, n_y = n_samples * J, n = W + n_y, seen[LONGEST * J], n_seen = 0;
  g_autofree double *mean = g_new0 (double, n), *cov = g_new0 (double, n * n), *psi = g_new0 (double, n_y * W);

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
  g_autofree double *s = g_new (double, n_seen *n_seen), *x = g_new (double, n_seen * (n + 1)), *after = g_new (double, n);
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
  gboolean     full;
  LwPrompPrior prior;
  double       k0, v0;
} Variant;

static void
naive_iteration (const Problem *p, const Variant *variant, const double *m0, const double *s0, Naive *now)
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
        now->sigma[k][l] = (s + prior + variant->k0 * (now->mu[k] - m0[k]) * (now->mu[l] - m0[l])) / (MOVEMENTS + variant->v0 + W + 2);
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
  const Variant variants[] = { { FALSE, LW_PROMP_PRIOR_NONE, 0, 0 }, { TRUE, LW_PROMP_PRIOR_NONE, 0, 0 },  { FALSE, LW_PROMP_PRIOR_NIW, 2.5, 3 },
                               { TRUE, LW_PROMP_PRIOR_NIW, 0, 1 },   { TRUE, LW_PROMP_PRIOR_BLOCKS, 0, 2 } };
  for (size_t v = 0; v < G_N_ELEMENTS (variants); v++) {
    const Variant *variant = &variants[v];
    Problem p;
    Naive now = { 0 };
    double m0[W], s0[W * W];
    LwRng rng;
    problem_init (&p, (uint32_t) v);
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
    LwMat sigma = lw_mat_view (&now.sigma[0][0], W, W), noise = lw_mat_view (&now.noise[0][0], J, J), s0_mat = lw_mat_view (s0, W, W);
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

/* ---- invariants ---- */

static LwPrompEmReport
fit_report (const Problem *p, const LwPrompEmSettings *settings)
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
      Problem p;
      double end[2] = { 0 };
      problem_init (&p, 20);
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

/* Movements on one grid are worked on together. The same movements on grids that differ by next to nothing are not, and nothing else differs; nor does the order
 * matter. */
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

/* Movements drawn from a model, half of each unseen, give the model back: each parameter within what its number of movements allows. */
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
        y[(i * T + t) * 2 + j] = lw_rng_uniform (&rng) < 0.5 ? (double) NAN : psi[0] * w[2 * j] + psi[1] * w[2 * j + 1] + sqrt (noise[j]) * lw_rng_normal (&rng);
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

/* Sums of many gaps with correlated noise are not all kept between iterations: the likelihood is that of the movements one by one, which are. */
static void
test_sums_not_kept (void)
{
  enum { N = 260, T = 40, JOINTS = 6, BASIS = 8 };
  LwRng rng;
  LwBasis basis;
  g_autofree double *y = g_new (double, N * T * JOINTS), *z = g_new (double, T);
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
      y[i * T * JOINTS + k] = lw_rng_uniform (&rng) < 0.3 ? (double) NAN : sin (z[k / JOINTS] * 4 + (double) (k % JOINTS)) + 0.1 * lw_rng_normal (&rng);
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

/* ---- what goes wrong ---- */

static void
test_stop (void)
{
  Problem p;
  LwPrompModel model = { .n_joints = 77 };
  LwPrompEmReport report = { .iterations = 77 };
  LwPrompEmSettings settings;
  atomic_bool stop;

  problem_init (&p, 30);
  atomic_init (&stop, true);
  lw_promp_em_settings_init (&settings);
  g_assert_cmpint (lw_promp_em_fit (&p.basis, J, p.movement, MOVEMENTS, &settings, &stop, &model, &report), ==, LW_ERR_STOPPED);
  g_assert_cmpuint (model.n_joints, ==, 77);
  g_assert_cmpuint (report.iterations, ==, 77);

  LwPrompEm *em;
  atomic_store (&stop, false);
  g_assert_cmpint (lw_promp_em_new (&p.basis, J, p.movement, MOVEMENTS, &settings, &stop, &em), ==, LW_OK);
  g_assert_cmpint (lw_promp_em_iterate (em, &stop), ==, LW_OK);
  atomic_store (&stop, true);
  g_assert_cmpint (lw_promp_em_iterate (em, &stop), ==, LW_ERR_STOPPED);
  lw_promp_em_free (em);
  lw_promp_em_free (NULL);
}

static LwStatus
try_fit (const Problem *p, size_t n, const LwPrompEmSettings *settings)
{
  LwPrompModel model = { .n_joints = 77 };
  LwStatus status = lw_promp_em_fit (&p->basis, J, p->movement, n, settings, NULL, &model, NULL);
  if (status == LW_OK)
    lw_promp_model_clear (&model);
  else
    g_assert_cmpuint (model.n_joints, ==, 77);
  return status;
}

static void
test_bad_settings (void)
{
  Problem p;
  LwPrompEmSettings good, bad;
  double s0[W * W] = { 0 }, m0[W] = { 0 };
  LwMat s0_mat = lw_mat_view (s0, W, W), small = lw_mat_view (s0, 2, 2);

  problem_init (&p, 31);
  for (size_t i = 0; i < W; i++)
    s0[i * W + i] = 1;
  lw_promp_em_settings_init (&good);
  good.prior = LW_PROMP_PRIOR_NIW;
  good.k0 = 1;
  good.s0 = &s0_mat;
  good.m0 = m0;
  good.max_iterations = 2;
  g_assert_cmpint (try_fit (&p, MOVEMENTS, &good), ==, LW_OK);
#define EXPECT(change, status) \
  bad = good;                  \
  change;                      \
  g_assert_cmpint (try_fit (&p, MOVEMENTS, &bad), ==, status)
  EXPECT (bad.k0 = -1, LW_ERR_RANGE);
  EXPECT (bad.v0 = -1, LW_ERR_RANGE);
  EXPECT (bad.v0 = (double) NAN, LW_ERR_RANGE);
  EXPECT (bad.k0 = HUGE_VAL, LW_ERR_RANGE);
  EXPECT (bad.s0 = NULL, LW_ERR_SHAPE);
  EXPECT (bad.s0 = &small, LW_ERR_SHAPE);
  EXPECT (bad.m0 = NULL, LW_ERR_SHAPE);
  EXPECT (bad.tolerance = -1, LW_ERR_RANGE);
  EXPECT (bad.noise_floor = 0, LW_ERR_RANGE);
  EXPECT (bad.noise_floor = (double) NAN, LW_ERR_RANGE);
  EXPECT (bad.max_iterations = SIZE_MAX, LW_ERR_MEMORY);
  EXPECT ((bad.start = LW_PROMP_START_GIVEN, bad.given = NULL), LW_ERR_SHAPE);
  EXPECT ((bad.prior = LW_PROMP_PRIOR_INDEPENDENT, bad.prior_weight = 0), LW_ERR_RANGE);
  s0[0] = -1;
  EXPECT ((void) 0, LW_ERR_NOT_SPD);
  s0[0] = 0; /* semi-definite will do */
  g_assert_cmpint (try_fit (&p, MOVEMENTS, &good), ==, LW_OK);
  s0[0] = HUGE_VAL;
  EXPECT ((void) 0, LW_ERR_NOT_FINITE);
  s0[0] = 1;
  m0[3] = (double) NAN;
  EXPECT ((void) 0, LW_ERR_NOT_FINITE);
#undef EXPECT
}

static void
test_bad_data (void)
{
  Problem p;
  LwPrompEmSettings settings;

  problem_init (&p, 32);
  lw_promp_em_settings_init (&settings);
  g_assert_cmpint (try_fit (&p, 0, &settings), ==, LW_ERR_TOO_FEW);
  p.y[4][5] = HUGE_VAL;
  g_assert_cmpint (try_fit (&p, MOVEMENTS, &settings), ==, LW_ERR_NOT_FINITE);
  problem_init (&p, 32);
  p.z[0][1] = (double) NAN;
  g_assert_cmpint (try_fit (&p, MOVEMENTS, &settings), ==, LW_ERR_NOT_FINITE);
  problem_init (&p, 32);
  p.movement[2].y.cols = J - 1;
  g_assert_cmpint (try_fit (&p, MOVEMENTS, &settings), ==, LW_ERR_SHAPE);
  problem_init (&p, 32);
  p.movement[2].n_samples--;
  g_assert_cmpint (try_fit (&p, MOVEMENTS, &settings), ==, LW_ERR_SHAPE);
  problem_init (&p, 32);
  p.basis.h = -1;
  g_assert_cmpint (try_fit (&p, MOVEMENTS, &settings), ==, LW_ERR_RANGE);
  problem_init (&p, 32);
  for (size_t i = 0; i < MOVEMENTS; i++)
    for (size_t t = 0; t < LONGEST; t++)
      p.y[i][t * J + 2] = (double) NAN; /* a joint nobody ever saw */
  g_assert_cmpint (try_fit (&p, MOVEMENTS, &settings), ==, LW_ERR_TOO_FEW);
  problem_init (&p, 32);
  for (size_t i = 0; i < MOVEMENTS; i++)
    for (size_t t = 0; t < LONGEST * J; t++)
      p.y[i][t] *= 1e200; /* squares overflow */
  g_assert_cmpint (try_fit (&p, MOVEMENTS, &settings), ==, LW_ERR_NOT_FINITE);
}

static void
assert_sound (const LwPrompModel *model)
{
  g_assert_cmpint (lw_promp_model_check (model), ==, LW_OK);
  for (size_t i = 0; i < model->weights.n_weights; i++)
    g_assert_cmpfloat (lw_mat_get (&model->weights.sigma_w, i, i), >, 0);
  for (size_t j = 0; j < model->n_joints; j++)
    g_assert_cmpfloat (lw_mat_get (&model->noise, j, j), >, 0);
}

/* One movement, equal ones, single samples, fewer numbers than weights, joints that stand still, no noise: sound models, and noise no lower than its floor. */
static void
test_poor_data (void)
{
  for (int full = 0; full < 2; full++)
    for (LwPrompPrior prior = LW_PROMP_PRIOR_NONE; prior <= LW_PROMP_PRIOR_INDEPENDENT; prior++)
      for (int what = 0; what < 5; what++) {
        Problem p;
        LwPrompEmSettings settings;
        g_auto (LwPrompModel) model = { 0 };
        g_auto (LwPrompEmReport) report = { 0 };
        size_t n = MOVEMENTS;
        problem_init (&p, 33);
        switch (what) {
        case 0: n = 1; break;
        case 1:
          for (size_t i = 1; i < MOVEMENTS; i++)
            p.movement[i] = p.movement[0];
          break;
        case 2: /* single samples, of three joints */
          for (size_t i = 0; i < MOVEMENTS; i++)
            p.movement[i] = (LwObservedMovement){ 1, p.z[i] + 1, lw_mat_view (p.y[0] + i * J, 1, J) };
          n = 2;
          break;
        case 3:
          for (size_t i = 0; i < MOVEMENTS; i++)
            for (size_t t = 0; t < p.movement[i].n_samples; t++)
              p.y[i][t * J] = 0.7;
          break;
        default: /* on the basis exactly, one of them without samples */
          for (size_t i = 0; i < MOVEMENTS; i++)
            for (size_t t = 0; t < p.movement[i].n_samples; t++) {
              double psi[N_BASIS];
              lw_basis_eval (&p.basis, p.z[i][t], psi, NULL, NULL);
              for (size_t j = 0; j < J; j++)
                p.y[i][t * J + j] = (double) (i + 1) * psi[1] + (double) j * psi[2];
            }
          p.movement[1].n_samples = p.movement[1].y.rows = 0;
        }
        lw_promp_em_settings_init (&settings);
        settings.full_noise = full != 0;
        settings.prior = prior;
        settings.tolerance = 0;
        settings.max_iterations = 60;
        settings.noise_floor = 1e-8;
        g_assert_cmpint (lw_promp_em_fit (&p.basis, J, p.movement, n, &settings, NULL, &model, &report), ==, LW_OK);
        assert_sound (&model);
        g_assert_cmpfloat (report.largest_fall, <=, 1e-6 * fabs (report.objective[report.iterations]));
        if (what == 4)
          g_assert_cmpuint (report.n_on_floor, >, 0);
        for (size_t j = 0; j < J; j++)
          g_assert_cmpfloat (lw_mat_get (&model.noise, j, j), >=, 1e-8 * (1 - 1e-9));
      }
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
  g_test_add_func ("/promp-em/written-out", test_written_out);
  g_test_add_func ("/promp-em/monotone", test_monotone);
  g_test_add_func ("/promp-em/groups", test_groups);
  g_test_add_func ("/promp-em/recovers", test_recovers);
  g_test_add_func ("/promp-em/sums-not-kept", test_sums_not_kept);
  g_test_add_func ("/promp-em/stop", test_stop);
  g_test_add_func ("/promp-em/bad-settings", test_bad_settings);
  g_test_add_func ("/promp-em/bad-data", test_bad_data);
  g_test_add_func ("/promp-em/poor-data", test_poor_data);
  return g_test_run ();
}
