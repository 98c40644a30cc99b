/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>

#include "lw-task.h"

/* Writes the sample demonstrations, data/samples/reach-target.csv, to standard output:
 *
 *   make-reach-target data/arms > data/samples/reach-target.csv
 *
 * They are the task's own (lw_task_demonstrate_trajectories()), every second sample of them: 50 Hz, the last sample always. A test holds the
 * file to what this program writes. */

#define N_DEMONSTRATIONS 40
#define SEED 2026

static void
write_demonstration (size_t demo, const LwTrajectory *path, const double *target)
{
  for (size_t i = 0; i < path->n_samples; i++)
    {
      if (i % 2 != 0 && i + 1 < path->n_samples)
        continue;
      printf ("%zu,%.2f", demo, path->t[i]);
      for (size_t j = 0; j < path->n_joints; j++)
        printf (",%.6f", lw_mat_get (&path->q, i, j));
      printf (",%.6f,%.6f,%.6f\n", target[0], target[1], target[2]);
    }
}

int
main (int argc, char **argv)
{
  LwTrajectory *paths[N_DEMONSTRATIONS] = { NULL };
  double targets[3 * N_DEMONSTRATIONS];
  const LwMat contexts = lw_mat_view (targets, N_DEMONSTRATIONS, 3);
  g_autoptr (GError) error = NULL;
  LwTask *task;

  if (argc != 2)
    {
      fprintf (stderr, "usage: %s ARMS-FOLDER > reach-target.csv\n", argv[0]);
      return 2;
    }
  task = lw_task_new ("reach-target", argv[1], &error);
  if (!task || !lw_task_demonstrate_trajectories (task, N_DEMONSTRATIONS, SEED, &contexts, paths, &error))
    {
      fprintf (stderr, "%s\n", error->message);
      lw_task_free (task);
      return 1;
    }
  printf ("demo,t,q1,q2,q3,q4,q5,q6,q7,x,y,z\n");
  for (size_t i = 0; i < N_DEMONSTRATIONS; i++)
    {
      write_demonstration (i + 1, paths[i], lw_mat_row (&contexts, i));
      lw_trajectory_unref (paths[i]);
    }
  lw_task_free (task);
  return fflush (stdout) == 0 ? 0 : 1;
}
