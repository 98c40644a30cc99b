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

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/promp-em/golden/three-iterations", test_golden_em3);
  g_test_add_func ("/promp-em/golden/fifty-iterations", test_golden_em50);
  g_test_add_func ("/promp-em/golden/missing", test_golden_missing);
  g_test_add_func ("/promp-em/golden/full-noise", test_golden_full);
  g_test_add_func ("/promp-em/golden/missing-full-noise", test_golden_missing_full);
  return g_test_run ();
}
