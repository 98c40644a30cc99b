/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-runner-feed.h"

#include <sched.h>

void
lw_runner_feed_init (LwRunnerFeed *self)
{
  atomic_init (&self->runner, NULL);
  atomic_init (&self->giving, false);
}

/* Each side writes its own word and then reads the other's, all in one order: either the setter sees the giver at work and
 * waits, or the giver sees the new runner. */
void
lw_runner_feed_set (LwRunnerFeed *self, LwRunner *runner)
{
  atomic_store (&self->runner, runner);
  while (atomic_load (&self->giving))
    sched_yield ();
}

void
lw_runner_feed_sink (const LwSample *sample, void *feed)
{
  LwRunnerFeed *self = feed;
  LwRunner *runner;

  atomic_store (&self->giving, true);
  runner = atomic_load (&self->runner);
  if (runner != NULL)
    lw_runner_arm_sink (runner, sample);
  atomic_store (&self->giving, false);
}
