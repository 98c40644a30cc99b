/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>

#include "lw-assert-close.h"
#include "lw-test-task.h"

/* The same seed gives the same bits, another seed others, and asking for more keeps the first ones. */
static void
test_seeded (void)
{
  LwBasis basis;

  g_assert_cmpint (lw_basis_init_stroke (&basis, 20), ==, LW_OK);
  for (size_t t = 0; lw_task_ids ()[t]; t++)
    {
      LwTask *task = make_task (lw_task_ids ()[t]);
      LwMat first, again, more, other;

      g_assert_true (task->klass->demonstrate (task, 5, &basis, 7, &first, NULL));
      g_assert_true (task->klass->demonstrate (task, 5, &basis, 7, &again, NULL));
      g_assert_true (task->klass->demonstrate (task, 8, &basis, 7, &more, NULL));
      g_assert_true (task->klass->demonstrate (task, 5, &basis, 8, &other, NULL));
      g_assert_true (lw_mat_is_finite (&first));
      g_assert_cmpmem (first.data, first.rows * first.cols * 8, again.data, again.rows * again.cols * 8);
      g_assert_cmpmem (first.data, first.rows * first.cols * 8, more.data, first.rows * more.cols * 8);
      g_assert_cmpint (memcmp (first.data, other.data, first.rows * first.cols * 8), !=, 0);
      lw_mat_clear (&first);
      lw_mat_clear (&again);
      lw_mat_clear (&more);
      lw_mat_clear (&other);
      lw_task_free (task);
    }
}

/* The rows are what the trajectories of the same seed are, fitted. */
static void
test_rows_are_the_trajectories (void)
{
  LwBasis basis;

  g_assert_cmpint (lw_basis_init_stroke (&basis, 25), ==, LW_OK);
  for (size_t t = 0; lw_task_ids ()[t]; t++)
    {
      enum { N = 4 };
      LwTask *task = make_task (lw_task_ids ()[t]);
      const size_t dc = task->info.n_context, n = task->info.n_joints;
      LwTrajectory *paths[N];
      LwMat rows, contexts;

      g_assert_cmpint (lw_mat_alloc (&contexts, N, dc), ==, LW_OK);
      g_assert_true (task->klass->demonstrate (task, N, &basis, 7, &rows, NULL));
      g_assert_true (lw_task_demonstrate_trajectories (task, N, 7, &contexts, paths, NULL));
      for (size_t i = 0; i < N; i++)
        {
          const double *row = lw_mat_row (&rows, i);
          double psi[25], worst = 0;

          lw_assert_close_array (row, lw_mat_row (&contexts, i), dc, 0, 0);
          lw_assert_close (row[dc], lw_trajectory_duration (paths[i]), 0, 0);
          for (size_t s = 0; s < paths[i]->n_samples; s++)
            {
              lw_basis_eval (&basis, paths[i]->t[s] / row[dc], psi, NULL, NULL);
              for (size_t j = 0; j < n; j++)
                {
                  double q = 0;

                  for (size_t k = 0; k < 25; k++)
                    q += psi[k] * row[dc + 1 + 25 * j + k];
                  worst = fmax (worst, fabs (q - lw_mat_get (&paths[i]->q, s, j)));
                }
            }
          g_assert_cmpfloat (worst, <, 0.1); /* rad: the planners' corners are rounded */
          lw_trajectory_unref (paths[i]);
        }
      lw_mat_clear (&rows);
      lw_mat_clear (&contexts);
      lw_task_free (task);
    }
}

/* What cannot be fitted is an error, and nothing is left behind. */
static void
test_cannot_fit (void)
{
  LwTask *task = make_task ("reacher-1");
  const LwBasis broken = { LW_BASIS_STROKE, 60, 0, 1. / 59, NAN };
  LwMat rows = { 0 };
  g_autoptr (GError) error = NULL;

  g_assert_false (task->klass->demonstrate (task, 3, &broken, 7, &rows, &error));
  g_assert_error (error, LW_TASK_ERROR, LW_TASK_ERROR_FAILED);
  g_assert_nonnull (strstr (error->message, "60 basis functions"));
  g_assert_null (rows.data);
  lw_task_free (task);
}

static gboolean
fails_at_the_third (const LwTask *self, LwRng *rng, double *context, LwTrajectory **out, GError **error)
{
  if (rng->counter[3] == 2) /* the episode's number */
    {
      g_set_error_literal (error, LW_TASK_ERROR, LW_TASK_ERROR_FAILED, "no more");
      return FALSE;
    }
  context[0] = context[1] = 0;
  *out = lw_trajectory_new (3, 2);
  return TRUE;
}

static void
test_failure_keeps_nothing (void)
{
  LwTask *task = make_task ("reacher-1");
  LwTaskClass klass = *task->klass;
  const LwTaskClass *own = task->klass;
  LwTrajectory *paths[5] = { NULL };
  double data[10];
  const LwMat contexts = lw_mat_view (data, 5, 2);
  g_autoptr (GError) error = NULL;

  klass.demonstration = fails_at_the_third;
  task->klass = &klass;
  g_assert_false (lw_task_demonstrate_trajectories (task, 5, 1, &contexts, paths, &error));
  g_assert_error (error, LW_TASK_ERROR, LW_TASK_ERROR_FAILED);
  for (int i = 0; i < 5; i++)
    g_assert_null (paths[i]);
  g_clear_error (&error);
  klass.demonstration = NULL;
  g_assert_false (lw_task_demonstrate_trajectories (task, 5, 1, &contexts, paths, &error));
  g_assert_error (error, LW_TASK_ERROR, LW_TASK_ERROR_FAILED);
  task->klass = own;
  lw_task_free (task);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/task-demonstrate/seeded", test_seeded);
  g_test_add_func ("/task-demonstrate/rows-are-the-trajectories", test_rows_are_the_trajectories);
  g_test_add_func ("/task-demonstrate/cannot-fit", test_cannot_fit);
  g_test_add_func ("/task-demonstrate/failure-keeps-nothing", test_failure_keeps_nothing);
  return g_test_run ();
}
