/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib.h>
#include <math.h>

#include "lw-assert-close.h"
#include "lw-promp.h"

enum { N = 7, N_BASIS = 6, J = 2, W = J * N_BASIS };

typedef struct {
  LwBasis basis;
  LwTrajectory *demo[N];
} Set;

/* Three grids in turn: the same phases at another tempo count as one, other phases or another number of them do not. */
static void
set_init (Set *self)
{
  LwRng rng;

  lw_rng_init (&rng, 21, LW_RNG_TEST, 0, 0);
  g_assert_cmpint (lw_basis_init_stroke (&self->basis, N_BASIS), ==, LW_OK);
  for (size_t i = 0; i < N; i++) {
    size_t n_samples = i % 3 == 2 ? 31 : 30;
    LwTrajectory *demo = lw_trajectory_new (n_samples, J);
    for (size_t t = 0; t < n_samples; t++) {
      double z = (double) t / (double) (n_samples - 1);
      demo->t[t] = 3 + (1 + 0.3 * (double) i) * (i % 3 == 1 ? z * z : z);
      for (size_t j = 0; j < J; j++)
        lw_mat_set (&demo->q, t, j, sin (3 * z + (double) (i + j)) + 0.1 * lw_rng_normal (&rng));
    }
    self->demo[i] = demo;
  }
}

static void
set_clear (Set *self)
{
  for (size_t i = 0; i < N; i++)
    lw_trajectory_unref (self->demo[i]);
}

/* Row by row the single fit of that movement alone. */
static void
test_many (void)
{
  Set set;
  double w[N * W], rms[N * J], one_w[W], one_rms[J], without[N * W];
  LwMat w_mat = lw_mat_view (w, N, W), rms_mat = lw_mat_view (rms, N, J), without_mat = lw_mat_view (without, N, W);
  size_t failed = 99;

  set_init (&set);
  lw_fill_nan (w, N * W);
  lw_fill_nan (rms, N * J);
  lw_fill_nan (without, N * W);
  g_assert_cmpint (lw_promp_fit_weights_many (&set.basis, set.demo, N, 1e-3, &w_mat, &rms_mat, &failed), ==, LW_OK);
  g_assert_cmpint (lw_promp_fit_weights_many (&set.basis, set.demo, N, 1e-3, &without_mat, NULL, NULL), ==, LW_OK);
  for (size_t i = 0; i < N; i++) {
    g_assert_cmpint (lw_promp_fit_weights (&set.basis, set.demo[i], 1e-3, one_w, one_rms), ==, LW_OK);
    lw_assert_close_array (lw_mat_row (&w_mat, i), one_w, W, 1e-9, 1e-11);
    lw_assert_close_array (lw_mat_row (&rms_mat, i), one_rms, J, 1e-9, 0);
  }
  g_assert_cmpmem (without, sizeof without, w, sizeof w);
  g_assert_cmpint (lw_promp_fit_weights_many (&set.basis, NULL, 0, 1e-3, &w_mat, NULL, NULL), ==, LW_OK);
  set_clear (&set);
}

static void
test_bad_input (void)
{
  Set set;
  double w[N * W], rms[N * J];
  LwMat w_mat = lw_mat_view (w, N, W), rms_mat = lw_mat_view (rms, N, J), wrong = lw_mat_view (w, N - 1, W);
  size_t failed = 99;

  set_init (&set);
  lw_fill_nan (w, N * W);
  lw_fill_nan (rms, N * J);
  g_assert_cmpint (lw_promp_fit_weights_many (&set.basis, set.demo, N, 1e-3, &wrong, NULL, &failed), ==, LW_ERR_SHAPE);
  g_assert_cmpint (lw_promp_fit_weights_many (&set.basis, set.demo, N, -1, &w_mat, &rms_mat, &failed), ==, LW_ERR_RANGE);
  g_assert_cmpint (lw_promp_fit_weights_many (&set.basis, set.demo, N, (double) NAN, &w_mat, &rms_mat, &failed), ==,
                   LW_ERR_RANGE);

  lw_mat_set (&set.demo[4]->q, 7, 1, HUGE_VAL);
  g_assert_cmpint (lw_promp_fit_weights_many (&set.basis, set.demo, N, 1e-3, &w_mat, &rms_mat, &failed), ==, LW_ERR_NOT_FINITE);
  g_assert_cmpuint (failed, ==, 4);
  lw_mat_set (&set.demo[4]->q, 7, 1, 0);

  LwTrajectory *kept = set.demo[5];
  set.demo[5] = lw_trajectory_new (30, J + 1);
  g_assert_cmpint (lw_promp_fit_weights_many (&set.basis, set.demo, N, 1e-3, &w_mat, &rms_mat, &failed), ==, LW_ERR_SHAPE);
  g_assert_cmpuint (failed, ==, 5);
  lw_trajectory_unref (set.demo[5]);
  set.demo[5] = lw_trajectory_new (3, J); /* three samples, six weights, no ridge */
  for (size_t t = 0; t < 3; t++)
    set.demo[5]->t[t] = (double) t;
  g_assert_cmpint (lw_promp_fit_weights_many (&set.basis, set.demo, N, 0, &w_mat, &rms_mat, &failed), ==, LW_ERR_NOT_SPD);
  g_assert_cmpuint (failed, ==, 5);
  lw_assert_untouched (w, N * W);
  lw_assert_untouched (rms, N * J);
  lw_trajectory_unref (set.demo[5]);
  set.demo[5] = kept;
  set_clear (&set);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/promp-ridge/many", test_many);
  g_test_add_func ("/promp-ridge/bad-input", test_bad_input);
  return g_test_run ();
}
