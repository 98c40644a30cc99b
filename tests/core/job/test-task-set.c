/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-test-job.h"

#include "lw-task-set.h"

/* Rows of task->demonstrate(), split into contexts and parameters. */
static void
test_make (void)
{
  g_autofree char *arms = lw_test_data_path ("arms");
  LwTask *task = lw_task_new ("reacher-3", arms, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (LwDemonstrations) set = lw_task_set_make (task, 7, 12, 5, &error);
  LwBasis basis;
  LwMat rows;

  g_assert_no_error (error);
  g_assert_cmpint (lw_basis_init_stroke (&basis, 12), ==, LW_OK);
  g_assert_true (task->klass->demonstrate (task, 7, &basis, 5, &rows, NULL));
  g_assert_cmpuint (set->n, ==, 7);
  g_assert_cmpuint (set->n_basis, ==, 12);
  g_assert_cmpuint (set->n_joints, ==, 2);
  g_assert_cmpuint (set->params.cols, ==, 1 + 2 * 12);
  g_assert_cmpstr (set->context_names[1], ==, "y");
  g_assert_cmpstr (set->context_units[0], ==, "m");
  for (size_t i = 0; i < 7; i++)
    for (size_t j = 0; j < rows.cols; j++)
      g_assert_true (lw_mat_get (&rows, i, j) == (j < 2 ? lw_mat_get (&set->contexts, i, j) : lw_mat_get (&set->params, i, j - 2)));
  lw_mat_clear (&rows);
  g_assert_null (lw_task_set_make (task, 7, 0, 5, &error));
  g_assert_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT);
  lw_task_free (task);
}

/* The first context tells which row it was. */
static LwDemonstrations *
numbered_set (size_t n)
{
  LwDemonstrations *set = lw_demonstrations_new (n, 1, 1);

  set->n_basis = 2;
  set->context_names[0] = g_strdup ("row");
  set->ids = g_new (int64_t, n);
  g_assert_cmpint (lw_mat_alloc (&set->params, n, 3), ==, LW_OK);
  for (size_t i = 0; i < n; i++)
    {
      lw_mat_set (&set->contexts, i, 0, (double) i);
      lw_mat_set (&set->params, i, 2, 10.0 * (double) i);
      set->ids[i] = 100 + (int64_t) i;
    }
  return set;
}

static void
test_draw (void)
{
  enum { N = 10, TAKEN = 4, SEEDS = 2000 };
  g_autoptr (LwDemonstrations) set = numbered_set (N);
  size_t count[N] = { 0 };

  for (uint64_t seed = 1; seed <= SEEDS; seed++)
    {
      g_autoptr (LwDemonstrations) some = lw_task_set_draw (set, TAKEN, seed, NULL), again = lw_task_set_draw (set, TAKEN, seed, NULL);
      double before = -1.0;

      g_assert_cmpuint (some->n, ==, TAKEN);
      for (size_t i = 0; i < TAKEN; i++)
        {
          double row = lw_mat_get (&some->contexts, i, 0);

          g_assert_true (row > before); /* in order, so none twice */
          g_assert_true (lw_mat_get (&again->contexts, i, 0) == row);
          g_assert_true (lw_mat_get (&some->params, i, 2) == 10.0 * row);
          g_assert_true (some->ids[i] == 100 + (int64_t) row);
          count[(size_t) row]++;
          before = row;
        }
    }
  /* 800 expected, standard deviation 22. */
  for (size_t i = 0; i < N; i++)
    g_assert_true (count[i] > 690 && count[i] < 910);
}

static void
test_draw_all (void)
{
  g_autoptr (LwDemonstrations) set = numbered_set (5), all = lw_task_set_draw (set, 5, 3, NULL);
  g_autoptr (GError) error = NULL;

  for (size_t i = 0; i < 5; i++)
    g_assert_true (lw_mat_get (&all->contexts, i, 0) == (double) i);
  g_assert_null (lw_task_set_draw (set, 6, 3, &error));
  g_assert_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT);
  g_assert_cmpstr (error->message, ==, "6 demonstrations are asked for; there are 5");
}

static void
test_draw_trajectories (void)
{
  LwMat weights;
  g_autoptr (LwDemonstrations) set = planted_set (6, 2, 5, &weights), some = lw_task_set_draw (set, 3, 1, NULL);

  g_assert_cmpuint (some->params.rows, ==, 0);
  for (size_t i = 0, from = 0; i < 3; i++, from++)
    {
      while (from < 6 && set->trajectories[from] != some->trajectories[i])
        from++;
      g_assert_cmpuint (from, <, 6);
      g_assert_true (lw_mat_get (&some->contexts, i, 1) == lw_mat_get (&set->contexts, from, 1));
    }
  lw_mat_clear (&weights);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/task-set/make", test_make);
  g_test_add_func ("/task-set/draw", test_draw);
  g_test_add_func ("/task-set/draw-all", test_draw_all);
  g_test_add_func ("/task-set/draw-trajectories", test_draw_trajectories);
  return g_test_run ();
}
