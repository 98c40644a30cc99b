/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EM on movements of real arms, guided by hand, each of its own length. */
#include <glib.h>
#include <math.h>

#include "lw-assert-close.h"
#include "lw-promp-em.h"
#include "lw-promp-likelihood.h"
#include "lw-test-paths.h"

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LwPrompModel, lw_promp_model_clear)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LwPrompEmReport, lw_promp_em_report_clear)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LwWeightGaussian, lw_weight_gaussian_clear)

enum { MOST = 40, LONGEST = 500, MOST_JOINTS = 7 };

typedef struct {
  size_t n, n_joints;
  LwTrajectory *path[MOST];
  double z[MOST][LONGEST];
  LwObservedMovement seen[MOST];
} Movements;

/* Columns: number of the movement, time or sample, then positions. */
static gboolean
movements_load (Movements *self, const char *name, size_t n_joints)
{
  g_autofree char *path = lw_test_shared_path (name), *text = NULL;
  if (path == NULL)
    return FALSE;
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  static double rows[MOST][LONGEST][1 + MOST_JOINTS];
  size_t n_rows[MOST] = { 0 };
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  *self = (Movements){ .n_joints = n_joints };
  for (size_t l = 1; lines[l] != NULL && lines[l][0] != '\0'; l++) {
    char *at;
    size_t i = (size_t) g_ascii_strtoull (lines[l], &at, 10);
    g_assert_cmpuint (i, <, MOST);
    g_assert_cmpuint (n_rows[i], <, LONGEST);
    for (size_t k = 0; k <= n_joints; k++)
      rows[i][n_rows[i]][k] = g_ascii_strtod (at + 1, &at);
    n_rows[i]++;
    self->n = MAX (self->n, i + 1);
  }
  for (size_t i = 0; i < self->n; i++) {
    self->path[i] = lw_trajectory_new (n_rows[i], n_joints);
    for (size_t t = 0; t < n_rows[i]; t++) {
      self->path[i]->t[t] = rows[i][t][0];
      for (size_t j = 0; j < n_joints; j++)
        lw_mat_set (&self->path[i]->q, t, j, rows[i][t][1 + j]);
    }
    g_assert_cmpint (lw_observed_movement_init (&self->seen[i], LW_BASIS_STROKE, self->path[i], 0, self->z[i]), ==, LW_OK);
  }
  return TRUE;
}

static void
movements_clear (Movements *self)
{
  for (size_t i = 0; i < self->n; i++)
    lw_trajectory_unref (self->path[i]);
}

/* Every fourth movement is kept back. */
static size_t
choose (const Movements *m, gboolean kept_back, LwObservedMovement *seen, LwTrajectory **path)
{
  size_t n = 0;
  for (size_t i = 0; i < m->n; i++)
    if ((i % 4 == 3) == kept_back) {
      seen[n] = m->seen[i];
      path[n++] = m->path[i];
    }
  return n;
}

/* log p a number observed, of @n movements. */
static double
mean_log_p (const LwPrompModel *model, const LwObservedMovement *seen, size_t n)
{
  double log_p[MOST], sum = 0, numbers = 0;
  g_assert_cmpint (lw_promp_log_likelihood (model, seen, n, log_p), ==, LW_OK);
  for (size_t i = 0; i < n; i++) {
    sum += log_p[i];
    numbers += (double) (seen[i].n_samples * model->n_joints);
  }
  return sum / numbers;
}

/* Moments of ridge weights, as fits had them before, with the residuals as noise. */
static void
ridge_model (const LwBasis *basis, LwTrajectory *const *path, size_t n, size_t n_joints, double shrinkage, LwPrompModel *out)
{
  size_t n_weights = basis->n * n_joints;
  g_autofree double *w = g_new (double, n * n_weights), *rms = g_new (double, n *n_joints),
                    *noise = g_new0 (double, n_joints *n_joints);
  LwMat w_mat = lw_mat_view (w, n, n_weights), rms_mat = lw_mat_view (rms, n, n_joints),
        noise_mat = lw_mat_view (noise, n_joints, n_joints);
  g_auto (LwWeightGaussian) g = { 0 };
  g_assert_cmpint (lw_promp_fit_weights_many (basis, path, n, 1e-6, &w_mat, &rms_mat, NULL), ==, LW_OK);
  g_assert_cmpint (lw_promp_fit_gaussian (&w_mat, shrinkage, &g), ==, LW_OK);
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < n_joints; j++)
      noise[j * n_joints + j] += rms[i * n_joints + j] * rms[i * n_joints + j] / (double) n;
  g_assert_cmpint (lw_promp_model_init (out, basis, n_joints, g.mu_w, &g.sigma_w, &noise_mat), ==, LW_OK);
}

/* The objective rises, the movements kept back are at least as well explained as by shrunk moments of ridge fits (@margin nats a
 * number), and better than by maximum likelihood, which has fewer movements than weights. A tenth of all samples missing costs
 * little. */
static void
check_set (const char *name, size_t n_joints, size_t n_basis, double margin)
{
  Movements *m = g_new (Movements, 1);
  LwObservedMovement train[MOST], test[MOST];
  LwTrajectory *train_path[MOST], *test_path[MOST];
  LwBasis basis;
  LwPrompEmSettings settings;

  if (!movements_load (m, name, n_joints)) {
    g_free (m);
    return;
  }
  size_t n_train = choose (m, FALSE, train, train_path), n_test = choose (m, TRUE, test, test_path);
  g_auto (LwPrompModel) ridge = { 0 }, em = { 0 }, likely = { 0 }, gappy = { 0 };
  g_auto (LwPrompEmReport) report = { 0 }, likely_report = { 0 };
  g_assert_cmpint (lw_basis_init_stroke (&basis, n_basis), ==, LW_OK);
  ridge_model (&basis, train_path, n_train, n_joints, 0.05, &ridge);

  lw_promp_em_settings_init (&settings);
  g_assert_cmpint (lw_promp_em_fit (&basis, n_joints, train, n_train, &settings, NULL, &em, &report), ==, LW_OK);
  g_assert_true (report.converged);
  g_assert_cmpfloat (report.largest_fall, ==, 0);
  g_assert_cmpuint (report.n_groups, >, n_train / 2);
  double numbers = 0;
  for (size_t i = 0; i < n_train; i++)
    numbers += (double) (train[i].n_samples * n_joints);
  lw_assert_close (report.log_likelihood / numbers, mean_log_p (&em, train, n_train), 1e-9, 0);

  settings.prior = LW_PROMP_PRIOR_NONE;
  settings.max_iterations = 30;
  g_assert_cmpint (lw_promp_em_fit (&basis, n_joints, train, n_train, &settings, NULL, &likely, &likely_report), ==, LW_OK);
  for (size_t i = 1; i <= likely_report.iterations; i++)
    g_assert_cmpfloat (likely_report.objective[i] - likely_report.objective[i - 1], >, -1e-9 * fabs (likely_report.objective[i]));
  g_assert_cmpfloat (likely_report.log_likelihood, >, report.log_likelihood);

  LwRng rng;
  lw_rng_init (&rng, 51, LW_RNG_TEST, 0, 0);
  for (size_t i = 0; i < n_train; i++)
    for (size_t k = 0; k < train_path[i]->n_samples * n_joints; k++)
      if (lw_rng_uniform (&rng) < 0.1)
        train_path[i]->q.data[k] = (double) NAN;
  lw_promp_em_settings_init (&settings);
  g_assert_cmpint (lw_promp_em_fit (&basis, n_joints, train, n_train, &settings, NULL, &gappy, NULL), ==, LW_OK);

  double of_ridge = mean_log_p (&ridge, test, n_test), of_em = mean_log_p (&em, test, n_test),
         of_gappy = mean_log_p (&gappy, test, n_test);
  double of_likely = mean_log_p (&likely, test, n_test);
  g_test_message (
      "%s: %zu movements kept back, nats a number: ridge %.4f, EM %.4f, a tenth missing %.4f, maximum likelihood %.4f", name,
      n_test, of_ridge, of_em, of_gappy, of_likely);
  g_assert_cmpfloat (of_em, >, of_ridge + margin);
  g_assert_cmpfloat (of_em, >, of_likely);
  lw_assert_close (of_gappy, of_em, 0, 0.02);
  movements_clear (m);
  g_free (m);
}

static void
test_barrett (void)
{
  check_set ("data/barrett_strikes.csv", 7, 20, 0.01);
}

static void
test_icub (void)
{
  check_set ("data/icub_dataAhead.csv", 3, 15, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/promp-em-real/barrett-strikes", test_barrett);
  g_test_add_func ("/promp-em-real/icub-reaching", test_icub);
  return g_test_run ();
}
