/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-test-job.h"

static LwFitSettings
settings_for (size_t K, size_t d)
{
  LwFitSettings settings;

  lw_fit_settings_init (&settings);
  settings.n_basis = 8;
  settings.ridge = 1e-12;
  settings.K = K;
  settings.d = d;
  settings.context_noise = 0.0;
  return settings;
}

static void
test_planted (void)
{
  LwFitSettings settings = settings_for (2, 1);
  LwMat weights;
  g_autoptr (LwDemonstrations) set = planted_set (40, 2, 8, &weights);
  GError *error = NULL;
  g_autoptr (LwSkill) skill = lw_skill_fit (set, &settings, NULL, NULL, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (skill->K, ==, 2);
  g_assert_cmpuint (skill->d, ==, 1);
  g_assert_false (skill->lowered);
  g_assert_cmpfloat (skill->largest_rms, <, 1e-7);
  for (size_t i = 0; i < 40; i++)
    {
      const double *row = lw_mat_row (&skill->params, i);
      size_t kind = i % 2, of_first = exp (lw_mat_get (&skill->log_resp, 0, 0)) > 0.5 ? 0 : 1;

      lw_assert_close (row[0], lw_trajectory_duration (set->trajectories[i]), 1e-12, 0);
      lw_assert_close_array (row + 1, lw_mat_row (&weights, i), 16, 1e-6, 1e-6);
      /* One component a kind, without doubt. */
      g_assert_cmpfloat (exp (lw_mat_get (&skill->log_resp, i, kind == 0 ? of_first : 1 - of_first)), >, 0.999);
    }
  g_assert_cmpstr (skill->context_names[1], ==, "height");
  g_assert_cmpstr (skill->context_units[0], ==, "");
  g_assert_cmpstr (skill->context_units[1], ==, "m");
  lw_mat_clear (&weights);
}

/* The imitation policy answers a context with the movement that was planted for it. */
static void
test_conditioned (void)
{
  LwFitSettings settings = settings_for (2, 1);
  LwMat weights;
  g_autoptr (LwDemonstrations) set = planted_set (40, 2, 8, &weights);
  g_autoptr (LwSkill) skill = lw_skill_fit (set, &settings, NULL, NULL, NULL, NULL);
  double movement[17], context[2], z = 0.4;

  for (int kind = 0; kind < 2; kind++)
    {
      GError *error = NULL;

      lw_fill_nan (movement, 17);
      context[0] = kind;
      context[1] = 0.3 * z;
      g_assert_true (lw_skill_conditioned (skill, context, movement, &error));
      g_assert_no_error (error);
      for (size_t j = 0; j < 16; j++)
        lw_assert_close (movement[1 + j], (1.0 + kind) * sin (0.3 * (double) j + 2.0 * kind) + 0.2 * z * cos (0.2 * (double) j + kind), 0, 0.05);
    }
  lw_mat_clear (&weights);
}

/* Band and positions against sums written out. */
static void
test_band_is_the_gaussian (void)
{
  enum { N_Z = 11 };
  LwFitSettings settings = settings_for (2, 1);
  LwMat weights, mean, std, q;
  g_autoptr (LwDemonstrations) set = planted_set (20, 2, 8, &weights);
  g_autoptr (LwSkill) skill = lw_skill_fit (set, &settings, NULL, NULL, NULL, NULL);
  double z[N_Z], psi[8];

  g_assert_cmpint (lw_mat_alloc (&mean, N_Z, 2), ==, LW_OK);
  g_assert_cmpint (lw_mat_alloc (&std, N_Z, 2), ==, LW_OK);
  g_assert_cmpint (lw_mat_alloc (&q, N_Z, 2), ==, LW_OK);
  lw_fill_nan (mean.data, 2 * N_Z);
  lw_fill_nan (std.data, 2 * N_Z);
  lw_fill_nan (q.data, 2 * N_Z);
  for (int i = 0; i < N_Z; i++)
    z[i] = i / (N_Z - 1.0);
  g_assert_true (lw_skill_band (skill, z, N_Z, &mean, &std, NULL));
  lw_skill_positions (skill, lw_mat_row (&skill->params, 3), z, N_Z, &q);
  for (size_t i = 0; i < N_Z; i++)
    {
      lw_basis_eval (&skill->basis, z[i], psi, NULL, NULL);
      for (size_t j = 0; j < 2; j++)
        {
          double m = 0.0, v = 0.0, at = 0.0;

          for (size_t a = 0; a < 8; a++)
            {
              m += psi[a] * skill->gaussian.mu_w[8 * j + a];
              at += psi[a] * lw_mat_get (&skill->params, 3, 1 + 8 * j + a);
              for (size_t b = 0; b < 8; b++)
                v += psi[a] * lw_mat_get (&skill->gaussian.sigma_w, 8 * j + a, 8 * j + b) * psi[b];
            }
          lw_assert_close (lw_mat_get (&mean, i, j), m, 1e-9, 1e-12);
          lw_assert_close (lw_mat_get (&std, i, j), sqrt (v), 1e-9, 1e-12);
          lw_assert_close (lw_mat_get (&q, i, j), at, 1e-12, 1e-14);
        }
    }
  lw_mat_clear (&mean);
  lw_mat_clear (&std);
  lw_mat_clear (&q);
  lw_mat_clear (&weights);
}

/* K <= N / (d + 2), at least 1, and it is said. */
static void
test_lowered (void)
{
  static const struct { size_t n, K, d, K_out, d_out; } cases[] = { { 3, 6, 3, 1, 2 }, { 1, 6, 3, 1, 1 }, { 12, 6, 3, 2, 3 }, { 40, 6, 3, 6, 3 } };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      LwFitSettings settings = settings_for (cases[i].K, cases[i].d);
      LwMat weights;
      g_autoptr (LwDemonstrations) set = planted_set (cases[i].n, 2, 8, &weights);
      GError *error = NULL;
      g_autoptr (LwSkill) skill = lw_skill_fit (set, &settings, NULL, NULL, NULL, &error);

      g_assert_no_error (error);
      g_assert_cmpuint (skill->K, ==, cases[i].K_out);
      g_assert_cmpuint (skill->d, ==, cases[i].d_out);
      g_assert_cmpint (skill->lowered, ==, cases[i].K_out != cases[i].K || cases[i].d_out != cases[i].d);
      g_assert_cmpuint (skill->settings.K, ==, cases[i].K);
      g_assert_cmpuint (skill->log_resp.rows, ==, cases[i].n);
      lw_mat_clear (&weights);
    }
}

static void
test_same_seed_same_bits (void)
{
  LwFitSettings settings = settings_for (2, 1);
  LwMat weights;
  g_autoptr (LwDemonstrations) set = planted_set (30, 2, 8, &weights);
  g_autoptr (LwSkill) a = NULL, b = NULL, c = NULL;

  settings.context_noise = 0.1;
  a = lw_skill_fit (set, &settings, NULL, NULL, NULL, NULL);
  b = lw_skill_fit (set, &settings, NULL, NULL, NULL, NULL);
  settings.seed = 2;
  c = lw_skill_fit (set, &settings, NULL, NULL, NULL, NULL);
  g_assert_cmpmem (a->mppca.mean.data, 2 * a->mppca.p * sizeof (double), b->mppca.mean.data, 2 * b->mppca.p * sizeof (double));
  g_assert_cmpmem (a->mppca.loading.data, 2 * a->mppca.p * sizeof (double), b->mppca.loading.data, 2 * b->mppca.p * sizeof (double));
  g_assert_true (memcmp (a->mppca.mean.data, c->mppca.mean.data, 2 * a->mppca.p * sizeof (double)) != 0);
  /* Noise goes into the mixture, never into what is kept. */
  g_assert_cmpmem (a->contexts.data, 60 * sizeof (double), set->contexts.data, 60 * sizeof (double));
  lw_mat_clear (&weights);
}

static void
assert_refused (const LwDemonstrations *set, const LwFitSettings *settings, LwJobError code, const char *pattern)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (lw_skill_fit (set, settings, NULL, NULL, NULL, &error));
  g_assert_error (error, LW_JOB_ERROR, (int) code);
  if (!g_pattern_match_simple (pattern, error->message))
    g_error ("“%s” does not match “%s”", error->message, pattern);
}

static void
test_refusals (void)
{
  LwFitSettings settings = settings_for (2, 1), wrong;
  LwMat weights;
  g_autoptr (LwDemonstrations) set = planted_set (10, 2, 8, &weights), empty = lw_demonstrations_new (0, 2, 2);

  assert_refused (empty, &settings, LW_JOB_ERROR_INPUT, "There are no demonstrations*");
  wrong = settings;
  wrong.n_basis = 1;
  assert_refused (set, &wrong, LW_JOB_ERROR_INPUT, "Basis functions: 1 given, 2 to 128 possible");
  wrong.n_basis = 129;
  assert_refused (set, &wrong, LW_JOB_ERROR_INPUT, "Basis functions: 129*");
  wrong = settings;
  wrong.d = 0;
  assert_refused (set, &wrong, LW_JOB_ERROR_INPUT, "*at least 1");
  wrong = settings;
  wrong.ridge = NAN;
  assert_refused (set, &wrong, LW_JOB_ERROR_INPUT, "*ridge*");
  wrong = settings;
  wrong.shrinkage = 1.5;
  assert_refused (set, &wrong, LW_JOB_ERROR_INPUT, "*shrinkage*");
  lw_mat_set (&set->contexts, 4, 1, NAN);
  assert_refused (set, &settings, LW_JOB_ERROR_INPUT, "Demonstration 5: the context “height” is missing");
  lw_mat_clear (&weights);
}

static void
count_progress (double fraction, const char *what, gpointer data)
{
  double *last = data;

  g_assert_cmpfloat (fraction, >=, *last);
  g_assert_cmpfloat (fraction, <=, 1.0);
  g_assert_nonnull (what);
  *last = fraction;
}

static void
test_progress_and_stop (void)
{
  LwFitSettings settings = settings_for (2, 1);
  LwMat weights;
  g_autoptr (LwDemonstrations) set = planted_set (10, 2, 8, &weights);
  g_autoptr (GError) error = NULL;
  atomic_bool stop = false;
  double last = 0.0;

  lw_skill_unref (lw_skill_fit (set, &settings, count_progress, &last, &stop, NULL));
  g_assert_cmpfloat (last, ==, 1.0);
  atomic_store (&stop, true);
  g_assert_null (lw_skill_fit (set, &settings, NULL, NULL, &stop, &error));
  g_assert_error (error, LW_JOB_ERROR, LW_JOB_ERROR_STOPPED);
  lw_mat_clear (&weights);
}

/* A matrix of parameters is taken as it is. */
static void
test_parameters (void)
{
  TestRun run;

  test_run_init (&run, "reacher-2");
  g_assert_true (isnan (run.skill->largest_rms));
  g_assert_cmpuint (run.skill->params.rows, ==, 40);
  lw_assert_close (run.skill->mean_duration, 3.0, 1e-15, 0);
  test_run_clear (&run);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/skill/fit/planted", test_planted);
  g_test_add_func ("/skill/fit/conditioned", test_conditioned);
  g_test_add_func ("/skill/fit/band-is-the-gaussian", test_band_is_the_gaussian);
  g_test_add_func ("/skill/fit/lowered", test_lowered);
  g_test_add_func ("/skill/fit/same-seed-same-bits", test_same_seed_same_bits);
  g_test_add_func ("/skill/fit/refusals", test_refusals);
  g_test_add_func ("/skill/fit/progress-and-stop", test_progress_and_stop);
  g_test_add_func ("/skill/fit/parameters", test_parameters);
  return g_test_run ();
}
