/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-creps-history.h"

#include <glib.h>
#include <math.h>

#include "lw-assert-close.h"

enum { F = 2, D = 2, DC = 1 };

static double
naive_density (const LwLinearGaussian *policy, const double *phi, const double *z)
{
  double e[D], square = 0, log_det = 0;

  for (size_t a = 0; a < D; a++) {
    e[a] = z[a];
    for (size_t j = 0; j < F; j++)
      e[a] -= lw_mat_get (&policy->mean, j, a) * phi[j];
    for (size_t b = 0; b < a; b++)
      e[a] -= lw_mat_get (&policy->chol, a, b) * e[b];
    e[a] /= lw_mat_get (&policy->chol, a, a);
    square += e[a] * e[a];
    log_det += log (lw_mat_get (&policy->chol, a, a));
  }
  return exp (-0.5 * square - log_det - 0.5 * D * log (2 * G_PI));
}

/* Batches of different sizes from different policies: log_mix is log sum_t N_t p_t of every episode, however it was extended. */
static void
test_mixture (void)
{
  static const size_t sizes[] = { 3, 7, 1 };
  LwLinearGaussian policies[3];
  LwCrepsHistory history;
  LwRng rng;

  lw_rng_init (&rng, 4, LW_RNG_TEST, 0, 0);
  g_assert_cmpint (lw_creps_history_init (&history, DC, F, D), ==, LW_OK);
  for (size_t t = 0; t < 3; t++) {
    double contexts[7], phi[7 * F], z[7 * D], rewards[7];
    LwMat c = lw_mat_view (contexts, sizes[t], DC), features = lw_mat_view (phi, sizes[t], F),
          latents = lw_mat_view (z, sizes[t], D);

    g_assert_cmpint (lw_linear_gaussian_alloc (&policies[t], F, D), ==, LW_OK);
    lw_rng_normals (&rng, policies[t].mean.data, F * D);
    lw_mat_set (&policies[t].chol, 1, 0, 0.3 * (double) t);
    lw_mat_set (&policies[t].chol, 0, 0, 1 + 0.5 * (double) t);
    lw_rng_normals (&rng, contexts, sizes[t]);
    lw_rng_normals (&rng, phi, sizes[t] * F);
    lw_rng_normals (&rng, z, sizes[t] * D);
    lw_rng_normals (&rng, rewards, sizes[t]);
    g_assert_cmpint (lw_creps_history_add (&history, &policies[t], &c, &features, &latents, rewards), ==, LW_OK);
    g_assert_cmpuint (history.T, ==, t + 1);
  }
  g_assert_cmpuint (history.n, ==, 11);
  for (size_t i = 0; i < 11; i++) {
    double sum = 0;
    for (size_t t = 0; t < 3; t++)
      sum += (double) sizes[t] * naive_density (&policies[t], lw_mat_row (&history.phi, i), lw_mat_row (&history.z, i));
    lw_assert_close (history.log_mix[i], log (sum), 1e-12, 1e-12);
  }

  /* Refused as a whole. */
  double far[2] = { 1e200, 0 }, one[2] = { 1, 1 }, reward = (double) NAN;
  LwMat c = lw_mat_view (one, 1, DC), features = lw_mat_view (one, 1, F), latents = lw_mat_view (far, 1, D);
  g_assert_cmpint (lw_creps_history_add (&history, &policies[0], &c, &features, &latents, &reward), ==, LW_ERR_NOT_FINITE);
  reward = 1;
  g_assert_cmpint (lw_creps_history_add (&history, &policies[0], &c, &features, &latents, &reward), ==, LW_ERR_RANGE);
  g_assert_true (history.n == 11 && history.T == 3);
  for (size_t t = 0; t < 3; t++)
    lw_linear_gaussian_clear (&policies[t]);
  lw_creps_history_clear (&history);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/creps/history/mixture", test_mixture);
  return g_test_run ();
}
