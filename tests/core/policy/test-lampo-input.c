/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-lampo.h"

#include <glib.h>
#include <math.h>
#include <string.h>

#include "lampo-task.h"
#include "lw-assert-close.h"

/* What a learner is given that it should not be, through its own functions: a status with the state as it was, or numbers that
 * are sane. */

typedef struct {
  LwMppca model;
  LwLearner *learner;
  LwMat contexts, latents;
  double *rewards;
  size_t n;
} Fixture;

static void
fixture_init (Fixture *f, size_t n, uint32_t stream)
{
  f->n = n;
  f->model = lampo_task_model (stream);
  f->learner = lampo_task_learner (&f->model);
  f->rewards = g_new (double, n);
  lampo_task_draw (f->learner, n, 1, 0, &f->contexts, &f->latents, f->rewards);
}

static LwStatus
add (Fixture *f)
{
  return lw_learner_add (f->learner, f->n, &f->contexts, &f->latents, f->rewards);
}

static void
fixture_clear (Fixture *f)
{
  lw_mat_clear (&f->contexts);
  lw_mat_clear (&f->latents);
  g_free (f->rewards);
  lw_learner_free (f->learner);
  lw_mppca_clear (&f->model);
}

/* Nothing to tell good from bad: the policy stays in every bit, and the report says why. */
static void
test_equal_rewards (void)
{
  static const double values[] = { 0, 1, -1e200, 1e-200, 5e-324 };

  for (size_t c = 0; c < G_N_ELEMENTS (values); c++) {
    Fixture f;
    LwLearnerReport report;
    LwArrays before, after;
    fixture_init (&f, 40, 20);
    for (size_t i = 0; i < f.n; i++)
      f.rewards[i] = values[c];
    lw_arrays_init (&before);
    lw_arrays_init (&after);
    g_assert_cmpint (add (&f), ==, LW_OK);
    g_assert_cmpint (lw_learner_to_arrays (f.learner, &before), ==, LW_OK);
    g_assert_cmpint (lw_learner_improve (f.learner, NULL, NULL, NULL, &report), ==, LW_OK);
    g_assert_cmpint (lw_learner_to_arrays (f.learner, &after), ==, LW_OK);
    lampo_task_assert_same (&before, &after);
    g_assert_cmpstr (report.solver, ==, "all rewards are equal");
    g_assert_false (report.accepted);
    lw_assert_close (report.J, values[c], 1e-12, 0);
    lampo_task_assert_report (&report, f.n);
    lw_arrays_clear (&before);
    lw_arrays_clear (&after);
    fixture_clear (&f);
  }
}

/* Rewards in any unit: without a regulariser (whose weight is in units of the rewards) 1e200 and 1e-200 times as much is the same
 * policy. */
static void
test_units_of_rewards (void)
{
  static const double units[] = { 1, 0x1p664, 0x1p-664, 1e300 }; /* powers of two: the same bits */
  double first[18]; /* as long as a policy of either family */

  for (size_t c = 0; c < G_N_ELEMENTS (units); c++) {
    Fixture f;
    LwLearnerReport report;
    LwArrays state;
    fixture_init (&f, 60, 21);
    for (size_t i = 0; i < f.n; i++)
      f.rewards[i] *= units[c];
    g_assert_cmpint (lw_learner_set (f.learner, "regularisation", 0), ==, LW_OK);
    g_assert_cmpint (add (&f), ==, LW_OK);
    g_assert_cmpint (lw_learner_improve (f.learner, NULL, NULL, NULL, &report), ==, LW_OK);
    g_assert_true (report.accepted && report.J > report.J_before);
    lampo_task_assert_report (&report, f.n);
    lw_arrays_init (&state);
    g_assert_cmpint (lw_learner_to_arrays (f.learner, &state), ==, LW_OK);
    const LwMat *x = lw_arrays_get (&state, "current");
    g_assert_cmpuint (x->cols, <=, G_N_ELEMENTS (first));
    if (c == 0)
      memcpy (first, x->data, x->cols * sizeof *first);
    lw_assert_close_array (x->data, first, x->cols, 1e-4, 1e-4);
    lw_arrays_clear (&state);
    fixture_clear (&f);
  }
}

/* The regulariser and both kinds of weights with rewards at the ends of what a double holds: a status, a policy, no end of time.
 */
static void
test_extreme_rewards (void)
{
  static const double units[] = { 1e-320, 1e-200, 1e200, 1e307 };

  for (size_t c = 0; c < G_N_ELEMENTS (units); c++)
    for (int normalised = 0; normalised < 2; normalised++) {
      Fixture f;
      LwLearnerReport report;
      fixture_init (&f, 60, 22);
      for (size_t i = 0; i < f.n; i++)
        f.rewards[i] = fmax (f.rewards[i], -10) * units[c];
      g_assert_cmpint (lw_learner_set (f.learner, "normalised", normalised), ==, LW_OK);
      lampo_task_set_paper (f.learner, "strata", 0);
      g_assert_cmpint (add (&f), ==, LW_OK);
      g_assert_cmpint (lw_learner_improve (f.learner, NULL, NULL, NULL, &report), ==, LW_OK);
      g_assert_true (report.kl <= 0.2 * (1 + 1e-6) && report.solver[0] != '\0');
      lampo_task_assert_sane (f.learner);
      fixture_clear (&f);
    }
}

/* Episodes far from where the policy is: latent points 1e3 standard deviations off, log rho near -1e6 and less; contexts that
 * far, too. */
static void
test_underflowing_weights (void)
{
  for (int kind = 0; kind < 4; kind++) {
    Fixture f;
    LwLearnerReport report;
    fixture_init (&f, 50, 23);
    for (size_t i = 0; i < f.n; i++) {
      if (kind % 2 == 0 || i > 0) /* all of them, or all but one */
        lw_mat_set (&f.latents, i, 1, 5e3 + (double) i);
      if (kind >= 2)
        lw_mat_set (&f.contexts, i, 0, 1e5 * (double) i);
    }
    g_assert_cmpint (add (&f), ==, LW_OK);
    lampo_task_add (f.learner, 10, 2, 0); /* and some that are where they should be */
    g_assert_cmpint (lw_learner_set (f.learner, "denominator", kind % 2), ==, LW_OK);
    for (int iteration = 0; iteration < 2; iteration++) {
      g_assert_cmpint (lw_learner_improve (f.learner, NULL, NULL, NULL, &report), ==, LW_OK);
      lampo_task_assert_report (&report, 60);
      g_assert_cmpfloat (report.kl, <=, 0.2 * (1 + 1e-6));
    }
    lampo_task_assert_sane (f.learner);
    fixture_clear (&f);
  }
}

/* One episode, two, and the same one many times. */
static void
test_few_and_duplicates (void)
{
  static const size_t sizes[] = { 1, 2, 30 };

  for (size_t c = 0; c < G_N_ELEMENTS (sizes); c++) {
    Fixture f;
    LwLearnerReport report;
    fixture_init (&f, sizes[c], 24);
    for (size_t i = 1; i < f.n && c == 2; i++) {
      memcpy (lw_mat_row (&f.contexts, i), lw_mat_row (&f.contexts, 0), LAMPO_TASK_DC * sizeof (double));
      memcpy (lw_mat_row (&f.latents, i), lw_mat_row (&f.latents, 0), LAMPO_TASK_LATENT * sizeof (double));
      f.rewards[i] = f.rewards[0] + (i % 2 == 0 ? 0 : 1); /* where even the reward does not follow from the movement */
    }
    g_assert_cmpint (add (&f), ==, LW_OK);
    for (int iteration = 0; iteration < 3; iteration++) {
      g_assert_cmpint (lw_learner_improve (f.learner, NULL, NULL, NULL, &report), ==, LW_OK);
      lampo_task_assert_report (&report, f.n);
    }
    lampo_task_assert_sane (f.learner);
    fixture_clear (&f);
  }
}

/* Each is refused by its own status, and nothing of it is kept. */
static void
test_refused (void)
{
  static const double bad[] = { (double) NAN, (double) INFINITY, -(double) INFINITY, 1e60, -1e200 };
  Fixture f;
  LwArrays before, after;

  fixture_init (&f, 8, 25);
  g_assert_cmpint (add (&f), ==, LW_OK);
  lw_arrays_init (&before);
  g_assert_cmpint (lw_learner_to_arrays (f.learner, &before), ==, LW_OK);
  for (size_t c = 0; c < G_N_ELEMENTS (bad); c++) {
    LwStatus expected = isfinite (bad[c]) ? LW_ERR_RANGE : LW_ERR_NOT_FINITE;
    double *places[] = { &lw_mat_row (&f.contexts, 7)[1], &lw_mat_row (&f.latents, 7)[2], &lw_mat_row (&f.latents, 7)[0] };
    for (size_t p = 0; p < G_N_ELEMENTS (places); p++) {
      double keep = *places[p];
      *places[p] = bad[c];
      g_assert_cmpint (add (&f), ==, expected);
      *places[p] = keep;
    }
    if (!isfinite (bad[c])) {
      f.rewards[7] = bad[c];
      g_assert_cmpint (add (&f), ==, LW_ERR_NOT_FINITE);
      f.rewards[7] = 0;
    }
    double context[LAMPO_TASK_DC] = { 0, bad[c] }, movement[LAMPO_TASK_M], latent[LAMPO_TASK_LATENT], log_q = (double) NAN;
    LwRng rng;
    lw_rng_init (&rng, 1, LW_RNG_TEST, 0, 0);
    lw_fill_nan (movement, LAMPO_TASK_M);
    lw_fill_nan (latent, LAMPO_TASK_LATENT);
    g_assert_cmpint (lw_learner_sample (f.learner, context, &rng, movement, latent, &log_q), ==, expected);
    g_assert_cmpint (lw_learner_mean (f.learner, context, movement), ==, expected);
    lw_assert_untouched (movement, LAMPO_TASK_M);
    lw_assert_untouched (latent, LAMPO_TASK_LATENT);
    lw_assert_untouched (&log_q, 1);
  }
  lw_arrays_init (&after);
  g_assert_cmpint (lw_learner_to_arrays (f.learner, &after), ==, LW_OK);
  lampo_task_assert_same (&before, &after);
  lw_arrays_clear (&before);
  lw_arrays_clear (&after);
  fixture_clear (&f);
}

/* A random model of any shape, variances on the floor of 1e-8 if asked for; two iterations of everything. */
static void
run_shape (size_t K, size_t d, size_t dc, size_t m, double noise_var, size_t n)
{
  LwMppca model = { 0 };
  LwRng rng;

  g_assert_cmpint (lw_mppca_alloc (&model, K, d, dc + m), ==, LW_OK);
  lw_rng_init (&rng, 6, LW_RNG_TEST, (uint32_t) (1000 * K + 100 * d + 10 * dc + m), 0);
  lw_rng_normals (&rng, model.loading.data, K * (dc + m) * d);
  lw_rng_normals (&rng, model.mean.data, K * (dc + m));
  for (size_t k = 0; k < K; k++) {
    model.log_pi[k] = -log ((double) K);
    model.noise_var[k] = noise_var;
  }
  LwLearner *learner = lw_learner_new (lampo_task_algorithm (), &(LwImitation){ .mppca = &model, .n_context = dc });
  g_assert_nonnull (learner);
  if (K > 8) /* a step of the solver is cubic in the length of a policy */
    g_assert_cmpint (lw_learner_set (learner, "max_iterations", 10), ==, LW_OK);
  size_t n_latent = lw_learner_latent_size (learner);
  g_autofree double *movement = g_new (double, m), *rewards = g_new (double, n);
  double J = -INFINITY;
  for (int iteration = 0; iteration < 2; iteration++) {
    LwMat contexts, latents;
    LwLearnerReport report;
    g_assert_cmpint (lw_mat_alloc (&contexts, n, dc), ==, LW_OK);
    g_assert_cmpint (lw_mat_alloc (&latents, n, n_latent), ==, LW_OK);
    for (size_t i = 0; i < n; i++) {
      for (size_t j = 0; j < dc; j++)
        lw_mat_set (&contexts, i, j, lw_mat_get (&model.mean, i % K, j) + 0.1 * lw_rng_normal (&rng));
      g_assert_cmpint (lw_learner_sample (learner, lw_mat_row (&contexts, i), &rng, movement, lw_mat_row (&latents, i), NULL), ==,
                       LW_OK);
      rewards[i] = -fabs (movement[0]);
    }
    g_assert_cmpint (lw_learner_add (learner, n, &contexts, &latents, rewards), ==, LW_OK);
    g_assert_cmpint (lw_learner_improve (learner, NULL, NULL, NULL, &report), ==, LW_OK);
    lampo_task_assert_report (&report, 2 * n);
    g_assert_cmpfloat (report.kl, <=, 0.2 * (1 + 1e-6));
    g_assert_cmpfloat (report.J, >=, report.J_before - 1e-4 * (1 + report.context_kl));
    g_assert_cmpuint (report.n_components, ==, K);
    J = report.J;
    lw_mat_clear (&contexts);
    lw_mat_clear (&latents);
  }
  g_assert_true (isfinite (J));
  lampo_task_assert_sane (learner);

  LwLearner *resumed = lw_learner_new (lampo_task_algorithm (), &(LwImitation){ .mppca = &model, .n_context = dc });
  LwArrays state;
  lw_arrays_init (&state);
  g_assert_cmpint (lw_learner_to_arrays (learner, &state), ==, LW_OK);
  g_assert_cmpint (lw_learner_from_arrays (resumed, &state), ==, LW_OK);
  lampo_task_assert_same_state (learner, resumed);
  lw_arrays_clear (&state);
  lw_learner_free (resumed);
  lw_learner_free (learner);
  lw_mppca_clear (&model);
}

static void
test_shapes (void)
{
  static const struct {
    size_t K, d, dc, m;
    double noise_var;
    size_t n;
  } shapes[] = {
    { 64, 2, 2, 3, 0.1, 30 }, /* as many components as a report holds, more than episodes */
    { 2, 5, 2, 3, 0.1, 40 },  /* d = p */
    { 2, 4, 1, 6, 0.1, 40 },  /* d > dc */
    { 2, 2, 20, 4, 0.1, 40 }, /* dc > d */
    { 3, 2, 0, 4, 0.1, 40 },  /* no context: a mixture search */
    { 1, 1, 0, 1, 0.1, 40 },  /* and the least there can be */
    { 3, 3, 3, 5, 1e-8, 40 }, /* variances on the floor, C_k invertible: z all but follows from c */
    { 2, 2, 9, 4, 1e-8, 40 }, /* on the floor, contexts off the components' planes */
    { 2, 1, 3, 2, 1e6, 40 },  /* nothing but noise */
  };

  for (size_t c = 0; c < G_N_ELEMENTS (shapes); c++)
    run_shape (shapes[c].K, shapes[c].d, shapes[c].dc, shapes[c].m, shapes[c].noise_var, shapes[c].n);
}

/* No context: the gate is pi, and the search finds the better component. */
static void
test_no_context (void)
{
  LwMppca model = { 0 };
  LwRng rng;
  double movement[1];

  g_assert_cmpint (lw_mppca_alloc (&model, 2, 1, 1), ==, LW_OK);
  model.mean.data[1] = 5;
  model.loading.data[0] = model.loading.data[1] = 1;
  model.log_pi[0] = model.log_pi[1] = log (0.5);
  model.noise_var[0] = model.noise_var[1] = 0.1;
  LwLearner *learner = lw_learner_new (lampo_task_algorithm (), &(LwImitation){ .mppca = &model, .n_context = 0 });
  LwLearnerReport report = { 0 };
  g_assert_nonnull (learner);
  lampo_task_set_paper (learner, "gate_bound", 0);
  lampo_task_set_paper (learner, "strata", 0);
  lw_rng_init (&rng, 7, LW_RNG_TEST, 0, 0);
  for (int iteration = 0; iteration < 5; iteration++) {
    LwMat contexts, latents;
    double rewards[60];
    g_assert_cmpint (lw_mat_alloc (&contexts, 60, 0), ==, LW_OK);
    g_assert_cmpint (lw_mat_alloc (&latents, 60, 2), ==, LW_OK);
    for (size_t i = 0; i < 60; i++) {
      g_assert_cmpint (lw_learner_sample (learner, NULL, &rng, movement, lw_mat_row (&latents, i), NULL), ==, LW_OK);
      rewards[i] = -fabs (movement[0] - 6);
    }
    g_assert_cmpint (lw_learner_add (learner, 60, &contexts, &latents, rewards), ==, LW_OK);
    g_assert_cmpint (lw_learner_improve (learner, NULL, NULL, NULL, &report), ==, LW_OK);
    lw_mat_clear (&contexts);
    lw_mat_clear (&latents);
  }
  g_test_message ("pi %.3f %.3f, J %.3f", report.weights[0], report.weights[1], report.J);
  g_assert_cmpfloat (report.weights[1], >, 0.8);
  g_assert_cmpint (lw_learner_mean (learner, NULL, movement), ==, LW_OK);
  lw_assert_close (movement[0], 6, 0, 0.6);
  lw_learner_free (learner);
  lw_mppca_clear (&model);
}

/* Models that cannot be worked with make no learner. */
static void
test_bad_models (void)
{
  static const double bad[] = { (double) NAN, (double) INFINITY, 1e80 };

  for (size_t c = 0; c < G_N_ELEMENTS (bad); c++)
    for (int where = 0; where < 3; where++) {
      LwMppca model = lampo_task_model (26);
      double *place = where == 0 ? model.mean.data : where == 1 ? model.loading.data + 3 : model.noise_var;
      *place = bad[c];
      g_assert_null (lw_learner_new (lampo_task_algorithm (), &(LwImitation){ .mppca = &model, .n_context = LAMPO_TASK_DC }));
      lw_mppca_clear (&model);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  lampo_task_add_test ("/lampo-input/equal-rewards", test_equal_rewards);
  lampo_task_add_test ("/lampo-input/units-of-rewards", test_units_of_rewards);
  lampo_task_add_test ("/lampo-input/extreme-rewards", test_extreme_rewards);
  lampo_task_add_test ("/lampo-input/underflowing-weights", test_underflowing_weights);
  lampo_task_add_test ("/lampo-input/few-and-duplicates", test_few_and_duplicates);
  lampo_task_add_test ("/lampo-input/refused", test_refused);
  lampo_task_add_test ("/lampo-input/shapes", test_shapes);
  lampo_task_add_test ("/lampo-input/no-context", test_no_context);
  lampo_task_add_test ("/lampo-input/bad-models", test_bad_models);
  return g_test_run ();
}
