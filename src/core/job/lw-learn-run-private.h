/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdatomic.h>

#include "lw-learn-run.h"

/* For the files lw-learn-*.c only. */
struct LwLearnRun {
  /* borrowed */
  const LwTask    *task;
  LwRunner        *runner;
  LwInstrument    *contexts;  /* (nullable) */
  LwInstrument    *scores;    /* (nullable) */

  /* owned */
  LwSkill         *skill;
  LwProject       *project;   /* (nullable) */
  LwLearner       *learner;
  LwRunner        *evaluator; /* kinematic */
  LwLearnSettings  settings;
  GThread         *thread;

  /* of a run that goes on */
  guint            next;      /* the first iteration to do; 0 = from imitation */
  GPtrArray       *done;      /* of LwEpisode: what is stored of that iteration (nullable) */
  GArray          *again;     /* of LwSettingValue: changes stored for it (nullable) */

  LwLearnObserver  observer;
  gpointer         data;
  gint64           model;
  atomic_llong     id;
  guint            episodes_so_far;
  LwLearnProgress  progress;
  gint64           waited_us; /* in this iteration, paused or for an instrument */

  GMutex           lock;      /* of begun, pending and paused */
  GCond            wake;
  guint            begun;     /* the iteration whose settings are fixed */
  GArray          *pending;   /* of LwSettingValue */
  gboolean         paused;
  atomic_bool      ending;    /* finish after the episode in hand */
  atomic_bool      stop;      /* now */
};

/* What one iteration's episodes are gathered in. */
typedef struct {
  size_t  n;
  LwMat   contexts; /* (n x dc) */
  LwMat   latents;  /* (n x latent) */
  double *rewards;  /* (n) */
} LwEpisodeBatch;

LwStatus lw_episode_batch_init  (LwEpisodeBatch *self, size_t n, size_t n_context, size_t n_latent) LW_MUST_USE;
void     lw_episode_batch_clear (LwEpisodeBatch *self);

void     lw_learn_run_notify    (LwLearnRun *self);
/* TRUE, with LW_JOB_ERROR_STOPPED, when stop was raised. */
gboolean lw_learn_run_stopped   (LwLearnRun *self, GError **error);
/* The test episodes of @it: the same contexts and the same draws every iteration, so that iterations differ by the policy alone. */
gboolean lw_learn_run_evaluate  (LwLearnRun *self, LwIteration *it, GError **error);
/* Draws, executes, scores and stores the episodes of @iteration. What was aborted is stored as such and left out of @batch;
 * fewer than asked for when the run is ending. */
gboolean lw_learn_run_sample    (LwLearnRun *self, guint iteration, LwEpisodeBatch *batch, GError **error);
