/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>

#include "lw-assert-close.h"
#include "lw-test-task.h"

/* data/samples/reach-target.csv against what its generator (argv[1]) writes today. Numbers, not bytes: another machine's sine may round otherwise. */

static const char *generator;

static void
test_is_what_the_generator_writes (void)
{
  g_autofree char *arms = lw_test_data_path ("arms");
  g_autofree char *path = lw_test_data_path ("samples/reach-target.csv");
  const char *argv[] = { generator, arms, NULL };
  g_autofree char *committed = NULL, *made = NULL, *complaint = NULL;
  g_auto (GStrv) lines = NULL, lines_made = NULL;
  g_autoptr (GError) error = NULL;
  int status;

  g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, &made, &complaint, &status, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (complaint, ==, "");
  g_assert_true (g_spawn_check_wait_status (status, NULL));
  g_assert_true (g_file_get_contents (path, &committed, NULL, NULL));
  lines = g_strsplit (committed, "\n", 0);
  lines_made = g_strsplit (made, "\n", 0);
  g_assert_cmpuint (g_strv_length (lines), ==, g_strv_length (lines_made));
  g_assert_cmpuint (g_strv_length (lines), >, 3000);
  g_assert_cmpstr (lines[0], ==, "demo,t,q1,q2,q3,q4,q5,q6,q7,x,y,z");
  g_assert_cmpstr (lines_made[0], ==, lines[0]);
  for (size_t i = 1; lines[i]; i++)
    {
      g_auto (GStrv) cells = g_strsplit (lines[i], ",", 0), cells_made = g_strsplit (lines_made[i], ",", 0);

      g_assert_cmpuint (g_strv_length (cells), ==, g_strv_length (cells_made));
      for (size_t c = 0; cells[c]; c++)
        lw_assert_close (g_ascii_strtod (cells[c], NULL), g_ascii_strtod (cells_made[c], NULL), 0, 2e-6);
    }
}

/* The file alone, fitted and replayed: each demonstration reaches the target it is labelled with. */
static void
test_demonstrations_reach_their_targets (void)
{
  g_autofree char *path = lw_test_data_path ("samples/reach-target.csv");
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;
  LwTask *task = make_task ("reach-target");
  LwBasis basis;
  size_t from = 1, demonstrations = 0;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  lines = g_strsplit (text, "\n", 0);
  g_assert_cmpint (lw_basis_init_stroke (&basis, 20), ==, LW_OK);
  while (lines[from] && lines[from][0])
    {
      const double demo = g_ascii_strtod (lines[from], NULL);
      double row[3 + 1 + 140], reward = NAN;
      gboolean success = FALSE;
      LwTrajectory *demonstration;
      size_t to = from;

      while (lines[to] && lines[to][0] && g_ascii_strtod (lines[to], NULL) == demo)
        to++;
      demonstration = lw_trajectory_new (to - from, 7);
      for (size_t i = from; i < to; i++)
        {
          g_auto (GStrv) cells = g_strsplit (lines[i], ",", 0);

          demonstration->t[i - from] = g_ascii_strtod (cells[1], NULL);
          for (size_t j = 0; j < 7; j++)
            lw_mat_set (&demonstration->q, i - from, j, g_ascii_strtod (cells[2 + j], NULL));
          for (size_t c = 0; c < 3; c++)
            row[c] = g_ascii_strtod (cells[9 + c], NULL);
        }
      row[3] = lw_trajectory_duration (demonstration);
      g_assert_cmpint (lw_promp_fit_weights (&basis, demonstration, 1e-8, row + 4, NULL), ==, LW_OK);
      replay_row (task, &basis, row, 140, NULL, &reward, &success);
      g_assert_true (success);
      lw_trajectory_unref (demonstration);
      demonstrations++;
      from = to;
    }
  g_assert_cmpuint (demonstrations, ==, 40);
  lw_task_free (task);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_assert_cmpint (argc, ==, 2);
  generator = argv[1];
  g_test_add_func ("/sample/is-what-the-generator-writes", test_is_what_the_generator_writes);
  g_test_add_func ("/sample/demonstrations-reach-their-targets", test_demonstrations_reach_their_targets);
  return g_test_run ();
}
