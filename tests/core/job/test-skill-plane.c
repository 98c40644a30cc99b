/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-skill-plane.h"
#include "lw-test-job.h"

static LwSkill *
skill_of (size_t n, size_t K)
{
  LwFitSettings settings;
  LwMat weights;
  g_autoptr (LwDemonstrations) set = planted_set (n, 2, 8, &weights);
  LwSkill *skill;

  lw_fit_settings_init (&settings);
  settings.n_basis = 8;
  settings.K = K;
  settings.d = 1;
  settings.context_noise = 0.0;
  skill = lw_skill_fit (set, &settings, NULL, NULL, NULL, NULL);
  lw_mat_clear (&weights);
  return skill;
}

/* Principal components: centred, uncorrelated, in order of variance; with the share of all variance that they say. */
static void
test_points (void)
{
  g_autoptr (LwSkill) skill = skill_of (40, 2);
  LwSkillPlane plane;
  double mean[2] = { 0 }, within[2] = { 0 }, cross = 0.0, all = 0.0;

  g_assert_cmpint (lw_skill_plane_init (skill, &plane), ==, LW_OK);
  g_assert_cmpuint (plane.points.rows, ==, 40);
  for (size_t i = 0; i < 40; i++)
    {
      const double *p = lw_mat_row (&plane.points, i);

      cross += p[0] * p[1];
      for (int a = 0; a < 2; a++)
        {
          mean[a] += p[a] / 40.0;
          within[a] += p[a] * p[a];
        }
    }
  for (size_t j = 0; j < 2 + skill->params.cols; j++)
    {
      double m = 0.0, square = 0.0;

      for (size_t i = 0; i < 40; i++)
        {
          double v = j < 2 ? lw_mat_get (&skill->contexts, i, j) : lw_mat_get (&skill->params, i, j - 2);

          m += v / 40.0;
          square += v * v;
        }
      all += square - 40.0 * m * m;
    }
  lw_assert_close_array (mean, ((double[]){ 0.0, 0.0 }), 2, 0, 1e-12);
  lw_assert_close (cross, 0.0, 0, 1e-9);
  g_assert_cmpfloat (within[0], >, within[1]);
  lw_assert_close (plane.explained, (within[0] + within[1]) / all, 1e-10, 0);
  lw_skill_plane_clear (&plane);
}

/* Two kinds far apart: each component's mean is the mean of its points, its variance theirs. */
static void
test_components (void)
{
  g_autoptr (LwSkill) skill = skill_of (40, 2);
  LwSkillPlane plane;

  g_assert_cmpint (lw_skill_plane_init (skill, &plane), ==, LW_OK);
  for (size_t k = 0; k < 2; k++)
    {
      double mean[2] = { 0 }, var[2] = { 0 };
      const double *cov = lw_mat_row (&plane.covs, k);

      for (size_t i = 0; i < 40; i++)
        if (exp (lw_mat_get (&skill->log_resp, i, k)) > 0.5)
          for (size_t a = 0; a < 2; a++)
            mean[a] += lw_mat_get (&plane.points, i, a) / 20.0;
      for (size_t i = 0; i < 40; i++)
        if (exp (lw_mat_get (&skill->log_resp, i, k)) > 0.5)
          for (size_t a = 0; a < 2; a++)
            var[a] += pow (lw_mat_get (&plane.points, i, a) - mean[a], 2.0) / 20.0;
      lw_assert_close_array (lw_mat_row (&plane.means, k), mean, 2, 0, 1e-6);
      lw_assert_close (cov[0], var[0], 0.01, 1e-3);
      lw_assert_close (cov[3], var[1], 0.01, 1e-3);
      g_assert_true (cov[1] == cov[2]);
      g_assert_cmpfloat (cov[0] * cov[3] - cov[1] * cov[2], >, 0.0);
    }
  lw_skill_plane_clear (&plane);
}

static void
test_too_few (void)
{
  g_autoptr (LwSkill) one = skill_of (1, 1), two = skill_of (2, 1);
  LwSkillPlane plane;

  g_assert_cmpint (lw_skill_plane_init (one, &plane), ==, LW_ERR_TOO_FEW);
  g_assert_cmpint (lw_skill_plane_init (two, &plane), ==, LW_OK);
  lw_assert_close (plane.explained, 1.0, 1e-12, 0);
  lw_skill_plane_clear (&plane);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/skill-plane/points", test_points);
  g_test_add_func ("/skill-plane/components", test_components);
  g_test_add_func ("/skill-plane/too-few", test_too_few);
  return g_test_run ();
}
