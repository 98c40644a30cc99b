/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib.h>
#include <math.h>

#include "lw-assert-close.h"
#include "promp-em-fixture.h"

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LwPrompModel, lw_promp_model_clear)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LwPrompEmReport, lw_promp_em_report_clear)

static void
test_stop (void)
{
  LwPrompEmProblem p;
  LwPrompModel model = { .n_joints = 77 };
  LwPrompEmReport report = { .iterations = 77 };
  LwPrompEmSettings settings;
  atomic_bool stop;

  lw_promp_em_problem_init (&p, 30);
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
try_fit (const LwPrompEmProblem *p, size_t n, const LwPrompEmSettings *settings)
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
  LwPrompEmProblem p;
  LwPrompEmSettings good, bad;
  double s0[W * W] = { 0 }, m0[W] = { 0 };
  LwMat s0_mat = lw_mat_view (s0, W, W), small = lw_mat_view (s0, 2, 2);

  lw_promp_em_problem_init (&p, 31);
  for (size_t i = 0; i < W; i++)
    s0[i * W + i] = 1;
  lw_promp_em_settings_init (&good);
  good.prior = LW_PROMP_PRIOR_NIW;
  good.k0 = 1;
  good.s0 = &s0_mat;
  good.m0 = m0;
  good.max_iterations = 2;
  g_assert_cmpint (try_fit (&p, MOVEMENTS, &good), ==, LW_OK);
#define EXPECT(change, status)                                                                                                   \
  bad = good;                                                                                                                    \
  change;                                                                                                                        \
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
  LwPrompEmProblem p;
  LwPrompEmSettings settings;

  lw_promp_em_problem_init (&p, 32);
  lw_promp_em_settings_init (&settings);
  g_assert_cmpint (try_fit (&p, 0, &settings), ==, LW_ERR_TOO_FEW);
  p.y[4][5] = HUGE_VAL;
  g_assert_cmpint (try_fit (&p, MOVEMENTS, &settings), ==, LW_ERR_NOT_FINITE);
  lw_promp_em_problem_init (&p, 32);
  p.z[0][1] = (double) NAN;
  g_assert_cmpint (try_fit (&p, MOVEMENTS, &settings), ==, LW_ERR_NOT_FINITE);
  lw_promp_em_problem_init (&p, 32);
  p.movement[2].y.cols = J - 1;
  g_assert_cmpint (try_fit (&p, MOVEMENTS, &settings), ==, LW_ERR_SHAPE);
  lw_promp_em_problem_init (&p, 32);
  p.movement[2].n_samples--;
  g_assert_cmpint (try_fit (&p, MOVEMENTS, &settings), ==, LW_ERR_SHAPE);
  lw_promp_em_problem_init (&p, 32);
  p.basis.h = -1;
  g_assert_cmpint (try_fit (&p, MOVEMENTS, &settings), ==, LW_ERR_RANGE);
  lw_promp_em_problem_init (&p, 32);
  for (size_t i = 0; i < MOVEMENTS; i++)
    for (size_t t = 0; t < LONGEST; t++)
      p.y[i][t * J + 2] = (double) NAN; /* a joint nobody ever saw */
  g_assert_cmpint (try_fit (&p, MOVEMENTS, &settings), ==, LW_ERR_TOO_FEW);
  lw_promp_em_problem_init (&p, 32);
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

/* One movement, equal ones, single samples, fewer numbers than weights, joints that stand still, no noise: sound models, and
 * noise no lower than its floor. */
static void
test_poor_data (void)
{
  for (int full = 0; full < 2; full++)
    for (LwPrompPrior prior = LW_PROMP_PRIOR_NONE; prior <= LW_PROMP_PRIOR_INDEPENDENT; prior++)
      for (int what = 0; what < 5; what++) {
        LwPrompEmProblem p;
        LwPrompEmSettings settings;
        g_auto (LwPrompModel) model = { 0 };
        g_auto (LwPrompEmReport) report = { 0 };
        size_t n = MOVEMENTS;
        lw_promp_em_problem_init (&p, 33);
        switch (what) {
        case 0:
          n = 1;
          break;
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
  g_test_add_func ("/promp-em-input/stop", test_stop);
  g_test_add_func ("/promp-em-input/bad-settings", test_bad_settings);
  g_test_add_func ("/promp-em-input/bad-data", test_bad_data);
  g_test_add_func ("/promp-em-input/poor-data", test_poor_data);
  return g_test_run ();
}
