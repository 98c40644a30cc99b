/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "lw-assert-close.h"
#include "lw-kinematics.h"
#include "lw-promp-task-space.h"
#include "lw-test-task.h"

/* Demonstrations of reach-target, and where else their primitive can be told to put the tip of the arm they were made on. */
enum { DEMOS = 60, J = 7, N = 15, W = J * N };

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LwWeightGaussian, lw_weight_gaussian_clear)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LwMat, lw_mat_clear)

typedef struct {
  LwArmModel      *model;
  LwKinematics    *kinematics;
  LwBasis          basis;
  LwWeightGaussian prior;
  LwMat            contexts;
} Fixture;

static LwStatus
tip_map (void *data, const double *q, double *x, const LwMat *jacobian)
{
  LwKinematics *kinematics = data;

  lw_kinematics_set (kinematics, q);
  lw_kinematics_tip (kinematics, x, NULL);
  lw_kinematics_jacobian (kinematics, jacobian);
  return LW_OK;
}

static void
set_up (Fixture *f, gconstpointer data)
{
  g_autofree char *path = lw_test_data_path ("arms/arm-7.xml");
  LwTask *task = make_task ("reach-target");
  LwTrajectory *demos[DEMOS];
  LwMat weights;
  LwSimError error = { "" };

  (void) data;
  f->model = lw_arm_model_load (path, NULL, &error);
  g_assert_cmpstr (error.text, ==, "");
  f->kinematics = lw_kinematics_new (f->model);
  g_assert_cmpuint (lw_kinematics_n_joints (f->kinematics), ==, J);
  g_assert_cmpint (lw_basis_init_stroke (&f->basis, N), ==, LW_OK);
  g_assert_cmpint (lw_mat_alloc (&f->contexts, DEMOS, 3), ==, LW_OK);
  g_assert_cmpint (lw_mat_alloc (&weights, DEMOS, W), ==, LW_OK);
  g_assert_true (lw_task_demonstrate_trajectories (task, DEMOS, 5, &f->contexts, demos, NULL));
  for (size_t i = 0; i < DEMOS; i++)
    {
      g_assert_cmpint (lw_promp_fit_weights (&f->basis, demos[i], 1e-8, lw_mat_row (&weights, i), NULL), ==, LW_OK);
      lw_trajectory_unref (demos[i]);
    }
  g_assert_cmpint (lw_promp_fit_gaussian (&weights, 0, &f->prior), ==, LW_OK);
  lw_mat_clear (&weights);
  lw_task_free (task);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  (void) data;
  lw_weight_gaussian_clear (&f->prior);
  lw_mat_clear (&f->contexts);
  lw_kinematics_free (f->kinematics);
  lw_arm_model_unref (f->model);
}

static void
tip_of (const Fixture *f, const double *w, double z, double tip[3])
{
  double q[J];

  lw_basis_movement (&f->basis, w, J, &(LwPhasePoint){ z, 1, 0 }, q, NULL, NULL);
  lw_kinematics_set (f->kinematics, q);
  lw_kinematics_tip (f->kinematics, tip, NULL);
}

static double
distance (const double a[3], const double b[3])
{
  return hypot (hypot (a[0] - b[0], a[1] - b[1]), a[2] - b[2]);
}

/* The mean movement of 60 demonstrations ends somewhere in the middle; told where to end, it ends there, and so do movements drawn from what is left. */
static void
test_reaches_targets (Fixture *f, gconstpointer data)
{
  const LwForwardMap map = { J, 3, tip_map, f->kinematics };
  LwTask *task = make_task ("reach-target");
  double noise[9] = { 1e-6, 0, 0, 0, 1e-6, 0, 0, 0, 1e-6 }, before = 0, start[3];
  const LwMat cov = lw_mat_view (noise, 3, 3);
  size_t most = 0;
  LwRng rng;

  (void) data;
  lw_rng_init (&rng, 9, LW_RNG_TEST, 0, 0);
  tip_of (f, f->prior.mu_w, 0, start);
  for (int trial = 0; trial < 20; trial++)
    {
      double target[3], tip[3], w[W];
      g_auto (LwWeightGaussian) adapted = { 0 };
      LwTaskSpaceReport report;

      task->klass->draw_context (task, &rng, target);
      const LwTaskSpaceObservation seen = { { 1, 1, 0 }, target, &cov };
      tip_of (f, f->prior.mu_w, 1, tip);
      before += distance (tip, target) / 20;
      g_assert_cmpint (lw_promp_condition_task_space (&f->basis, &f->prior, &map, &seen, 1, &adapted, &report), ==, LW_OK);
      g_assert_true (report.converged);
      most = MAX (most, report.iterations);
      tip_of (f, adapted.mu_w, 1, tip);
      g_assert_cmpfloat (distance (tip, target), <, 3e-4);
      tip_of (f, adapted.mu_w, 0, tip);
      g_assert_cmpfloat (distance (tip, start), <, 5e-3); /* where every demonstration starts */
      for (int draw = 0; draw < 10; draw++)
        {
          g_assert_cmpint (lw_promp_sample (&adapted, &rng, w), ==, LW_OK);
          tip_of (f, w, 1, tip);
          g_assert_cmpfloat (distance (tip, target), <, 0.1); /* the map is linear only nearby */
        }
    }
  g_test_message ("mean distance %.3f m before; at most %zu iterations", before, most);
  g_assert_cmpfloat (before, >, 0.1);
  lw_task_free (task);
}

/* Two points at once: half way and at the end. */
static void
test_two_phases (Fixture *f, gconstpointer data)
{
  const LwForwardMap map = { J, 3, tip_map, f->kinematics };
  double middle[3], end[3], tip[3];
  g_auto (LwWeightGaussian) adapted = { 0 };
  LwTaskSpaceReport report;

  (void) data;
  tip_of (f, f->prior.mu_w, 0.5, middle);
  tip_of (f, f->prior.mu_w, 1, end);
  middle[2] += 0.03;
  end[1] -= 0.08;
  const LwTaskSpaceObservation seen[2] = { { { 0.5, 1, 0 }, middle, NULL }, { { 1, 1, 0 }, end, NULL } };
  g_assert_cmpint (lw_promp_condition_task_space (&f->basis, &f->prior, &map, seen, 2, &adapted, &report), ==, LW_OK);
  g_test_message ("%zu iterations, residual %.3g m", report.iterations, report.residual);
  tip_of (f, adapted.mu_w, 0.5, tip);
  g_assert_cmpfloat (distance (tip, middle), <, 1e-5);
  tip_of (f, adapted.mu_w, 1, tip);
  g_assert_cmpfloat (distance (tip, end), <, 1e-5);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/task-space/reaches-targets", Fixture, NULL, set_up, test_reaches_targets, tear_down);
  g_test_add ("/task-space/two-phases", Fixture, NULL, set_up, test_two_phases, tear_down);
  return g_test_run ();
}
