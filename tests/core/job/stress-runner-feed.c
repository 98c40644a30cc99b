/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An arm thread gives samples without a break while runners come and go: none is given a sample after it is out of use. The runners' own struct is what is
 * watched: a sample given to a freed one is a use after free. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lw-arm.h"
#include "lw-runner-feed.h"

#define N_RUNNERS 300

static LwRunnerFeed feed;
static atomic_bool  done;
static atomic_ulong n_given;

static void *
give (void *unused)
{
  LwSample sample;

  memset (&sample, 0, sizeof sample);
  sample.mode = LW_MODE_RUNNING;
  while (!atomic_load (&done))
    {
      lw_runner_feed_sink (&sample, &feed);
      atomic_fetch_add (&n_given, 1);
    }
  return unused;
}

int
main (void)
{
  const char *data = getenv ("LW_DATA_DIR");
  char path[4096];
  LwSimError error = { "" };
  LwArmSetup setup;
  LwArmModel *model;
  LwArm *arm;
  pthread_t thread;

  snprintf (path, sizeof path, "%s/arms/planar-2.xml", data != NULL ? data : ".");
  model = lw_arm_model_load (path, NULL, &error);
  if (model == NULL)
    {
      fprintf (stderr, "%s\n", error.text);
      return EXIT_FAILURE;
    }
  lw_arm_setup_init (&setup, model);
  arm = lw_arm_new (&setup);
  lw_runner_feed_init (&feed);
  pthread_create (&thread, NULL, give, NULL);
  for (int i = 0; i < N_RUNNERS; i++)
    {
      LwRunner *runner = lw_runner_arm_new (arm);
      unsigned long before = atomic_load (&n_given);

      lw_runner_feed_set (&feed, runner);
      while (atomic_load (&n_given) == before)
        continue; /* at least one sample a runner */
      lw_runner_feed_set (&feed, NULL);
      lw_runner_free (runner);
    }
  atomic_store (&done, true);
  pthread_join (thread, NULL);
  lw_arm_free (arm);
  lw_arm_model_unref (model);
  printf ("%d runners came and went among %lu samples\n", N_RUNNERS, atomic_load (&n_given));
  return EXIT_SUCCESS;
}
