/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdatomic.h>

#include "lw-runner.h"

/* The way from an arm's sink to the runner of the moment: an arm outlives many runners, and a runner must not go while the arm
 * thread is giving it a sample. */
typedef struct {
  _Atomic (LwRunner *) runner;
  atomic_bool          giving;
} LwRunnerFeed;

void lw_runner_feed_init (LwRunnerFeed *self);
/* Samples go to @runner, an arm runner (borrowed; NULL: nowhere), from now on. When this returns the one before is out of use.
 * Any thread but the arm's. */
void lw_runner_feed_set  (LwRunnerFeed *self, LwRunner *runner);
/* An LwSampleSink, @feed its data: arm thread, wait-free. */
void lw_runner_feed_sink (const LwSample *sample, void *feed);
