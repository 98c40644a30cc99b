/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-promp-recognise.h"

#include <glib.h>
#include <math.h>

#include "lw-assert-close.h"

enum { MODELS = 3, J = 2, N = 6, W = J * N };

typedef struct {
  LwPrompModel model[MODELS];
  const LwPrompModel *list[MODELS];
} Set;

/* Weights of spread 0.3 round a sine, a cosine and a rest. */
static void
set_init (Set *self)
{
  LwBasis basis;
  double sigma[W * W] = { 0 }, noise[J * J] = { 1e-3, 0, 0, 2e-3 };
  LwMat sigma_mat = lw_mat_view (sigma, W, W), noise_mat = lw_mat_view (noise, J, J);

  g_assert_cmpint (lw_basis_init_stroke (&basis, N), ==, LW_OK);
  for (size_t k = 0; k < W; k++)
    sigma[k * W + k] = 0.09;
  for (size_t m = 0; m < MODELS; m++) {
    double mu[W];
    for (size_t k = 0; k < W; k++) {
      double angle = 2 * M_PI * (double) (k % N) / (N - 1);
      mu[k] = m == 0 ? sin (angle) : m == 1 ? cos (angle) : 0;
    }
    self->model[m] = (LwPrompModel){ 0 };
    g_assert_cmpint (lw_promp_model_init (&self->model[m], &basis, J, mu, &sigma_mat, &noise_mat), ==, LW_OK);
    self->list[m] = &self->model[m];
  }
}

static void
set_clear (Set *self)
{
  for (size_t m = 0; m < MODELS; m++)
    lw_promp_model_clear (&self->model[m]);
}

/* A draw of @model at n_t times every 20 ms as it takes @duration s. */
static void
draw (const LwPrompModel *model, LwRng *rng, double duration, size_t n_t, double *t, double *y)
{
  double w[W];
  g_assert_cmpint (lw_promp_sample (&model->weights, rng, w), ==, LW_OK);
  for (size_t i = 0; i < n_t; i++) {
    double psi[N];
    t[i] = 0.02 * (double) i;
    lw_basis_eval (&model->basis, t[i] / duration, psi, NULL, NULL);
    for (size_t j = 0; j < J; j++) {
      y[i * J + j] = sqrt (lw_mat_get (&model->noise, j, j)) * lw_rng_normal (rng);
      for (size_t k = 0; k < N; k++)
        y[i * J + j] += psi[k] * w[j * N + k];
    }
  }
}

/* Bayes' rule, written out; equal priors as default; what is certain beforehand stays so. */
static void
test_bayes (void)
{
  Set set;
  LwRng rng;
  double t[20], y[20 * J], z[20], evidence[MODELS], found[MODELS], equal[MODELS], sum = 0;

  set_init (&set);
  lw_rng_init (&rng, 41, LW_RNG_TEST, 0, 0);
  draw (&set.model[1], &rng, 1, 4, t, y);
  for (size_t i = 0; i < 4; i++) {
    z[i] = t[i];
    y[i * J + 1] = (double) NAN;
    y[i * J] *= 0.5; /* not too sure */
  }
  const LwObservedMovement movement = { 4, z, lw_mat_view (y, 4, J) };
  const double prior[MODELS] = { log (2.0), log (3.0), log (15.0) }, certain[MODELS] = { -HUGE_VAL, -HUGE_VAL, -3 };
  for (size_t m = 0; m < MODELS; m++) {
    g_assert_cmpint (lw_promp_log_likelihood (&set.model[m], &movement, 1, &evidence[m]), ==, LW_OK);
    sum += exp (evidence[m] + prior[m]);
  }
  lw_fill_nan (found, MODELS);
  g_assert_cmpint (lw_promp_recognise (set.list, MODELS, prior, &movement, found), ==, LW_OK);
  for (size_t m = 0; m < MODELS; m++)
    lw_assert_close (exp (found[m]), exp (evidence[m] + prior[m]) / sum, 1e-10, 0);
  g_assert_cmpint (lw_promp_recognise (set.list, MODELS, NULL, &movement, equal), ==, LW_OK);
  for (size_t m = 1; m < MODELS; m++)
    lw_assert_close (equal[m] - equal[0], evidence[m] - evidence[0], 0, 1e-9);

  /* A model that is left out need not even be sound. */
  set.model[0].noise.data[0] = -1;
  g_assert_cmpint (lw_promp_recognise (set.list, MODELS, certain, &movement, found), ==, LW_OK);
  g_assert_cmpfloat (found[0], ==, -HUGE_VAL);
  g_assert_cmpfloat (found[1], ==, -HUGE_VAL);
  lw_assert_close (found[2], 0, 0, 1e-12);
  set_clear (&set);
}

/* How sure it is, is how often it is right: over many draws of each model, half a movement seen. */
static void
test_calibrated (void)
{
  enum { DRAWS = 100, SEEN = 8 };
  Set set;
  LwRng rng;
  double right = 0, sure = 0;

  set_init (&set);
  for (size_t m = 0; m < MODELS; m++)
    for (size_t k = 0; k < W; k++)
      set.model[m].weights.mu_w[k] *= 0.25; /* hard to tell apart */
  lw_rng_init (&rng, 42, LW_RNG_TEST, 0, 0);
  for (size_t i = 0; i < DRAWS * MODELS; i++) {
    double t[SEEN], y[SEEN * J], found[MODELS];
    size_t best = 0;
    draw (&set.model[i % MODELS], &rng, 0.5, SEEN, t, y);
    double z[SEEN];
    for (size_t k = 0; k < SEEN; k++)
      z[k] = t[k] / 0.5;
    const LwObservedMovement movement = { SEEN, z, lw_mat_view (y, SEEN, J) };
    g_assert_cmpint (lw_promp_recognise (set.list, MODELS, NULL, &movement, found), ==, LW_OK);
    for (size_t m = 1; m < MODELS; m++)
      if (found[m] > found[best])
        best = m;
    right += best == i % MODELS;
    sure += exp (found[best]);
  }
  lw_assert_close (right, sure, 0, 4 * sqrt (DRAWS * MODELS * 0.25));
  g_assert_cmpfloat (right, >, 0.45 * DRAWS * MODELS); /* a third by chance */
  set_clear (&set);
}

/* Model and duration at once, from the first 0.6 s. */
static void
test_tempo (void)
{
  enum { SEEN = 31, TEMPOS = 5 };
  const double duration[TEMPOS] = { 0.5, 0.8, 1, 1.3, 2 }, prior[TEMPOS] = { 0, log (2.0), 0, 0, 0 };
  Set set;
  LwRng rng;
  set_init (&set);
  for (size_t m = 0; m < MODELS; m++)
    for (size_t k = 0; k < W; k++)
      lw_mat_set (&set.model[m].weights.sigma_w, k, k, 0.001);
  lw_rng_init (&rng, 43, LW_RNG_TEST, 0, 0);
  for (size_t truth = 0; truth < 2; truth++)
    for (size_t r = 1; r < TEMPOS; r++) {
      double t[SEEN], y[SEEN * J], found[MODELS], best[MODELS], joint[MODELS * TEMPOS], z[SEEN];
      draw (&set.model[truth], &rng, duration[r], SEEN, t, y);
      LwMat y_mat = lw_mat_view (y, SEEN, J), joint_mat = lw_mat_view (joint, MODELS, TEMPOS);
      LwTempoGrid tempo = { TEMPOS, duration, prior, false };
      lw_fill_nan (joint, MODELS * TEMPOS);
      g_assert_cmpint (lw_promp_recognise_tempo (set.list, MODELS, NULL, t, &y_mat, &tempo, found, &joint_mat), ==, LW_OK);
      tempo.best = true;
      g_assert_cmpint (lw_promp_recognise_tempo (set.list, MODELS, NULL, t, &y_mat, &tempo, best, NULL), ==, LW_OK);

      size_t at = 0;
      double total = 0, largest[MODELS], norm = 0;
      for (size_t i = 0; i < MODELS * TEMPOS; i++) {
        at = joint[i] > joint[at] ? i : at;
        total += exp (joint[i]);
      }
      g_assert_cmpuint (at, ==, truth * TEMPOS + r);
      lw_assert_close (total, 1, 1e-12, 0);
      for (size_t m = 0; m < MODELS; m++) {
        double marginal = 0;
        largest[m] = -HUGE_VAL;
        for (size_t k = 0; k < TEMPOS; k++) {
          marginal += exp (joint[m * TEMPOS + k]);
          largest[m] = fmax (largest[m], joint[m * TEMPOS + k]);
        }
        lw_assert_close (exp (found[m]), marginal, 1e-12, 1e-300);
        norm += exp (largest[m]);
      }
      for (size_t m = 0; m < MODELS; m++)
        lw_assert_close (best[m], largest[m] - log (norm), 1e-12, 1e-12);

      /* One entry of the table by hand: the second tempo counts twice, the first one's movement is over and held. */
      double by_hand[2];
      for (size_t k = 0; k < 2; k++) {
        for (size_t i = 0; i < SEEN; i++)
          z[i] = fmin (t[i] / duration[k], 1);
        const LwObservedMovement movement = { SEEN, z, y_mat };
        g_assert_cmpint (lw_promp_log_likelihood (&set.model[2], &movement, 1, &by_hand[k]), ==, LW_OK);
      }
      lw_assert_close (joint[2 * TEMPOS + 1] - joint[2 * TEMPOS], by_hand[1] - by_hand[0] + log (2.0), 1e-9, 1e-9);
    }
  set_clear (&set);
}

static void
test_bad_input (void)
{
  Set set;
  double t[3] = { 0, 0.1, 0.2 }, y[3 * J] = { 0 }, out[MODELS], table[MODELS * 2], prior[MODELS] = { 0 };
  const double duration[2] = { 1, 2 }, wrong_duration[2] = { 1, 0 };
  LwMat y_mat = lw_mat_view (y, 3, J), table_mat = lw_mat_view (table, MODELS, 2), wrong = lw_mat_view (table, 2, MODELS);
  LwObservedMovement movement = { 3, t, y_mat };
  LwTempoGrid tempo = { 2, duration, NULL, false };

  set_init (&set);
  lw_fill_nan (out, MODELS);
  lw_fill_nan (table, MODELS * 2);
  g_assert_cmpint (lw_promp_recognise (set.list, 0, NULL, &movement, out), ==, LW_ERR_TOO_FEW);
  g_assert_cmpint (lw_promp_recognise_tempo (set.list, 0, NULL, t, &y_mat, &tempo, out, &table_mat), ==, LW_ERR_TOO_FEW);
  g_assert_cmpint (lw_promp_recognise_tempo (set.list, MODELS, NULL, t, &y_mat, &tempo, out, &wrong), ==, LW_ERR_SHAPE);
  tempo.duration = wrong_duration;
  g_assert_cmpint (lw_promp_recognise_tempo (set.list, MODELS, NULL, t, &y_mat, &tempo, out, &table_mat), ==, LW_ERR_RANGE);
  tempo.duration = duration;
  tempo.n = 0;
  g_assert_cmpint (lw_promp_recognise_tempo (set.list, MODELS, NULL, t, &y_mat, &tempo, out, NULL), ==, LW_ERR_TOO_FEW);
  tempo.n = 2;
  t[1] = HUGE_VAL;
  g_assert_cmpint (lw_promp_recognise_tempo (set.list, MODELS, NULL, t, &y_mat, &tempo, out, &table_mat), ==, LW_ERR_NOT_FINITE);
  t[1] = 0.1;
  for (size_t m = 0; m < MODELS; m++)
    prior[m] = -HUGE_VAL;
  g_assert_cmpint (lw_promp_recognise (set.list, MODELS, prior, &movement, out), ==, LW_ERR_RANGE);
  prior[1] = (double) NAN;
  g_assert_cmpint (lw_promp_recognise (set.list, MODELS, prior, &movement, out), ==, LW_ERR_RANGE);
  prior[1] = HUGE_VAL;
  g_assert_cmpint (lw_promp_recognise_tempo (set.list, MODELS, prior, t, &y_mat, &tempo, out, &table_mat), ==, LW_ERR_RANGE);
  set.model[2].noise.data[0] = 0;
  g_assert_cmpint (lw_promp_recognise (set.list, MODELS, NULL, &movement, out), ==, LW_ERR_NOT_SPD);
  lw_assert_untouched (out, MODELS);
  lw_assert_untouched (table, MODELS * 2);
  set_clear (&set);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/promp-recognise/bayes", test_bayes);
  g_test_add_func ("/promp-recognise/calibrated", test_calibrated);
  g_test_add_func ("/promp-recognise/tempo", test_tempo);
  g_test_add_func ("/promp-recognise/bad-input", test_bad_input);
  return g_test_run ();
}
