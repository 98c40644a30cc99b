/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-decoupled-mean.h"

#include <glib.h>
#include <math.h>
#include <string.h>

#include "lw-assert-close.h"

enum { M = 4 };

/* A mixture with given means and loadings over one context, and demonstrations: @kinds of movement, apart by @apart where the
 * same context asks for either. */
typedef struct {
  LwMppca mppca;
  LwLampoModel model;
  LwImitation imitation;
} Fixture;

static void
fixture_init (Fixture *f, size_t n, size_t K)
{
  g_assert_cmpint (lw_mppca_alloc (&f->mppca, K, 1, 1 + M), ==, LW_OK);
  f->imitation = (LwImitation){ .mppca = &f->mppca, .n_context = 1 };
  g_assert_cmpint (lw_mat_alloc (&f->imitation.contexts, n, 1), ==, LW_OK);
  g_assert_cmpint (lw_mat_alloc (&f->imitation.movements, n, M), ==, LW_OK);
}

static void
fixture_clear (Fixture *f)
{
  lw_mat_clear (&f->imitation.contexts);
  lw_mat_clear (&f->imitation.movements);
  lw_lampo_model_clear (&f->model);
  lw_mppca_clear (&f->mppca);
}

/* Component @k: context @at + e, movement @value + @slope e in every number. */
static void
set_component (Fixture *f, size_t k, double at, double spread, double value, double slope)
{
  lw_mat_set (&f->mppca.mean, k, 0, at);
  lw_mat_set (&f->mppca.loading, k * (1 + M), 0, spread);
  for (size_t j = 1; j <= M; j++) {
    lw_mat_set (&f->mppca.mean, k, j, value * (double) j);
    lw_mat_set (&f->mppca.loading, k * (1 + M) + j, 0, slope * spread * (double) j);
  }
  f->mppca.log_pi[k] = -log ((double) f->mppca.K);
  f->mppca.noise_var[k] = 1e-4;
}

/* Movements that jump where the context passes 0, which no polynomial does: two components, each of them right on its side. */
static void
make_jump (Fixture *f, size_t n)
{
  LwRng rng;

  lw_rng_init (&rng, 1, LW_RNG_TEST, 0, 0);
  fixture_init (f, n, 2);
  for (size_t i = 0; i < n; i++) {
    double side = i % 2 == 0 ? -1 : 1, c = side * (0.2 + 0.8 * lw_rng_uniform (&rng));
    lw_mat_set (&f->imitation.contexts, i, 0, c);
    for (size_t j = 0; j < M; j++)
      lw_mat_set (&f->imitation.movements, i, j, (5 * side + 0.3 * c) * (double) (j + 1) + 0.01 * lw_rng_normal (&rng));
  }
  set_component (f, 0, -0.6, 0.23, -5.18, 0.3);
  set_component (f, 1, 0.6, 0.23, 5.18, 0.3);
  g_assert_cmpint (lw_lampo_model_init (&f->model, &f->mppca, 1), ==, LW_OK);
}

/* A smooth curve, of which one component knows a line. */
static void
make_curve (Fixture *f, size_t n)
{
  LwRng rng;

  lw_rng_init (&rng, 2, LW_RNG_TEST, 0, 0);
  fixture_init (f, n, 1);
  for (size_t i = 0; i < n; i++) {
    double c = -1 + 2 * lw_rng_uniform (&rng);
    lw_mat_set (&f->imitation.contexts, i, 0, c);
    for (size_t j = 0; j < M; j++)
      lw_mat_set (&f->imitation.movements, i, j, (c + 2 * c * c) * (double) (j + 1) + 0.01 * lw_rng_normal (&rng));
  }
  set_component (f, 0, 0, 0.58, 0.67, 1);
  g_assert_cmpint (lw_lampo_model_init (&f->model, &f->mppca, 1), ==, LW_OK);
}

/* Each is chosen where it predicts demonstrations better; what is asked for otherwise is had. */
static void
test_choice (void)
{
  for (int curve = 0; curve < 2; curve++) {
    Fixture f;
    LwDecoupledMean mean;
    if (curve)
      make_curve (&f, 60);
    else
      make_jump (&f, 60);
    g_assert_cmpint (lw_decoupled_mean_init (&mean, &f.model, &f.imitation), ==, LW_OK);
    g_test_message ("%s: mixture misses %.3f, regression %.3f", curve ? "curve" : "jump", mean.mixture_error,
                    mean.regression_error);
    g_assert_true (mean.has_regression);
    g_assert_cmpfloat (curve ? mean.regression_error : mean.mixture_error, <, 0.07);
    g_assert_cmpfloat (curve ? mean.mixture_error : mean.regression_error, >, curve ? 0.3 : 0.09);
    g_assert_true (lw_decoupled_mean_is_regression (&mean, LW_DECOUPLED_BETTER) == (curve == 1));
    g_assert_false (lw_decoupled_mean_is_regression (&mean, LW_DECOUPLED_MIXTURE));
    g_assert_true (lw_decoupled_mean_is_regression (&mean, LW_DECOUPLED_REGRESSION));
    lw_decoupled_mean_clear (&mean);
    fixture_clear (&f);
  }
}

/* The mixture's error: the root mean square of what the responsible components leave, over the movements' own about their mean,
 * as if each demonstration had been left out of the 2 K numbers fitted in each direction. */
static void
test_mixture_error (void)
{
  enum { N = 60 };
  Fixture f;
  LwDecoupledMean mean;
  LwDecoupledForm form;
  double error = 0, spread = 0;

  make_jump (&f, N);
  g_assert_cmpint (lw_decoupled_mean_init (&mean, &f.model, &f.imitation), ==, LW_OK);
  g_assert_cmpint (lw_decoupled_form_init (&form, &f.model, false), ==, LW_OK);
  for (size_t j = 0; j < M; j++) {
    double centre = 0;
    for (size_t i = 0; i < N; i++)
      centre += lw_mat_get (&f.imitation.movements, i, j) / N;
    for (size_t i = 0; i < N; i++) {
      double c = lw_mat_get (&f.imitation.contexts, i, 0), w = lw_mat_get (&f.imitation.movements, i, j);
      spread += pow (w - centre, 2);
      for (size_t k = 0; k < 2; k++) { /* one context, one latent dimension: closed forms */
        double at = lw_mat_get (&f.mppca.mean, k, 0), l = 0.23, var = l * l + 1e-4, z = l / var * (c - at);
        double other = lw_mat_get (&f.mppca.mean, 1 - k, 0),
               p = 1 / (1 + exp ((pow (c - at, 2) - pow (c - other, 2)) / (2 * var)));
        error +=
            p * pow (w - lw_mat_get (&f.mppca.mean, k, 1 + j) - lw_mat_get (&f.mppca.loading, k * (1 + M) + 1 + j, 0) * z, 2);
      }
    }
  }
  lw_assert_close (mean.mixture_error, sqrt (error / spread) / (1 - 4.0 / N), 1e-9, 0);
  lw_decoupled_form_clear (&form);
  lw_decoupled_mean_clear (&mean);
  fixture_clear (&f);
}

/* Fewer demonstrations than the mixture has numbers: it says nothing about what it was not fitted to. */
static void
test_saturated (void)
{
  Fixture f;
  LwDecoupledMean mean;

  make_jump (&f, 4);
  g_assert_cmpint (lw_decoupled_mean_init (&mean, &f.model, &f.imitation), ==, LW_OK);
  g_assert_true (isinf (mean.mixture_error));
  g_assert_true (lw_decoupled_mean_is_regression (&mean, LW_DECOUPLED_BETTER));
  lw_decoupled_mean_clear (&mean);
  fixture_clear (&f);
}

/* Movements: either mean and Omega times the correction. */
static void
test_movement (void)
{
  Fixture f;
  LwDecoupledMean mean;
  LwDecoupledForm form;
  double log_resp[2], y[2], movement[M], plain[M];
  const double context[1] = { 0.7 }, change[1] = { 0.37 }, none[1] = { 0 };

  make_jump (&f, 60);
  g_assert_cmpint (lw_decoupled_mean_init (&mean, &f.model, &f.imitation), ==, LW_OK);
  g_assert_cmpint (lw_decoupled_form_init (&form, &f.model, false), ==, LW_OK);
  g_autofree double *scratch = g_new (double, lw_decoupled_mean_scratch (&mean, &form));
  lw_lampo_policy_gate (&form.first, context, log_resp, y);
  for (int regression = 0; regression < 2; regression++) {
    lw_fill_nan (movement, M);
    lw_fill_nan (plain, M);
    lw_decoupled_mean_movement (&mean, &form, regression, context, 1, y + 1, change, scratch, movement);
    lw_decoupled_mean_movement (&mean, &form, regression, context, 1, y + 1, none, scratch, plain);
    for (size_t j = 0; j < M; j++) {
      lw_assert_close (movement[j] - plain[j], 0.37 * lw_mat_get (&f.mppca.loading, 1 + M + 1 + j, 0), 1e-10, 1e-12);
      lw_assert_close (plain[j], (5 + 0.3 * 0.7) * (double) (j + 1), regression ? 0.5 : 0.01, 0);
    }
    if (regression) { /* what it is, whichever component */
      double other[M];
      lw_decoupled_mean_movement (&mean, &form, true, context, 0, y, none, scratch, other);
      lw_assert_close_array (other, plain, M, 1e-14, 0);
    }
  }
  lw_decoupled_form_clear (&form);
  lw_decoupled_mean_clear (&mean);
  fixture_clear (&f);
}

static void
test_arrays (void)
{
  Fixture f;
  LwDecoupledMean mean, read;
  LwDecoupledForm form;
  LwArrays state;
  double movement[M], again[M];
  const double context[1] = { -0.4 }, y[1] = { 0.1 }, change[1] = { 1 };

  make_curve (&f, 40);
  lw_arrays_init (&state);
  g_assert_cmpint (lw_decoupled_mean_from_arrays (&read, &f.model, &state), ==, LW_OK); /* none */
  g_assert_false (read.has_regression);
  g_assert_cmpint (lw_decoupled_mean_init (&mean, &f.model, &f.imitation), ==, LW_OK);
  g_assert_cmpint (lw_decoupled_mean_to_arrays (&mean, &state), ==, LW_OK);
  g_assert_cmpint (lw_decoupled_mean_from_arrays (&read, &f.model, &state), ==, LW_OK);
  g_assert_true (read.has_regression && read.mixture_error == mean.mixture_error
                 && read.regression_error == mean.regression_error);
  g_assert_cmpint (lw_decoupled_form_init (&form, &f.model, true), ==, LW_OK);
  g_autofree double *scratch = g_new (double, lw_decoupled_mean_scratch (&mean, &form));
  lw_decoupled_mean_movement (&mean, &form, true, context, 0, y, change, scratch, movement);
  lw_decoupled_mean_movement (&read, &form, true, context, 0, y, change, scratch, again);
  g_assert_cmpmem (movement, sizeof movement, again, sizeof again);
  lw_decoupled_mean_clear (&read);
  LwMat wrong = lw_mat_view (movement, 1, M);
  g_assert_cmpint (lw_arrays_put (&state, "imitation_regression", &wrong), ==, LW_OK);
  g_assert_cmpint (lw_decoupled_mean_from_arrays (&read, &f.model, &state), !=, LW_OK);
  g_assert_false (read.has_regression);
  lw_decoupled_mean_clear (&mean);
  lw_decoupled_form_clear (&form);
  lw_arrays_clear (&state);
  fixture_clear (&f);
}

/* One demonstration, all the same, of another shape, not finite: there is the mixture. */
static void
test_no_regression (void)
{
  for (int kind = 0; kind < 5; kind++) {
    Fixture f;
    LwDecoupledMean mean;
    make_curve (&f, 30);
    LwMat *contexts = &f.imitation.contexts, *movements = &f.imitation.movements;
    size_t rows = kind == 0 ? 0 : kind == 1 ? 1 : 30, movement_rows = kind == 3 ? 29 : rows;
    for (size_t i = 0; i < 30 && kind == 2; i++) {
      lw_mat_set (contexts, i, 0, 0.5);
      for (size_t j = 0; j < M; j++)
        lw_mat_set (movements, i, j, 1.25);
    }
    if (kind == 4)
      lw_mat_set (movements, 7, 2, (double) NAN);
    contexts->rows = rows;
    movements->rows = movement_rows;
    g_assert_cmpint (lw_decoupled_mean_init (&mean, &f.model, &f.imitation), ==, LW_OK);
    g_assert_false (mean.has_regression);
    g_assert_false (lw_decoupled_mean_is_regression (&mean, LW_DECOUPLED_BETTER)
                    || lw_decoupled_mean_is_regression (&mean, LW_DECOUPLED_REGRESSION));
    lw_decoupled_mean_clear (&mean);
    fixture_clear (&f);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/decoupled-mean/choice", test_choice);
  g_test_add_func ("/decoupled-mean/mixture-error", test_mixture_error);
  g_test_add_func ("/decoupled-mean/saturated", test_saturated);
  g_test_add_func ("/decoupled-mean/movement", test_movement);
  g_test_add_func ("/decoupled-mean/arrays", test_arrays);
  g_test_add_func ("/decoupled-mean/no-regression", test_no_regression);
  return g_test_run ();
}
