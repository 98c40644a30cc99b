/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "lw-instrument.h"
#include "lw-iteration.h"
#include "lw-learn-settings.h"
#include "lw-learner.h"
#include "lw-project.h"
#include "lw-runner.h"
#include "lw-skill.h"
#include "lw-task.h"

/**
 * LwLearnRun:
 *
 * One learning run on its own thread: evaluate imitation (iteration 0), then iterations of episodes → improve → evaluate. The
 * window and the command line run this same job. Every number of an iteration comes from its LwIteration record, and its JSON is
 * what the project keeps and `learn --json` prints.
 * Random numbers are keyed by seed, purpose, iteration and episode, so pause, resume and threads do not change a bit.
 */
typedef struct LwLearnRun LwLearnRun;

typedef enum {
  LW_LEARN_IDLE,
  LW_LEARN_EVALUATING,
  LW_LEARN_SAMPLING,
  LW_LEARN_IMPROVING,
  LW_LEARN_PAUSED,
  LW_LEARN_WAITING, /* for an instrument */
  LW_LEARN_ENDED,
} LwLearnPhase;

/* A snapshot for progress displays; plain data. */
typedef struct {
  LwLearnPhase phase;
  guint        iteration;
  guint        episode, n_episodes; /* done, and all, within the phase */
  double       improve_fraction;
  double       J;
  double       last_reward;         /* of episode number @episode, while sampling */
} LwLearnProgress;

/* All on the run's thread; each may be NULL. */
typedef struct {
  void (*iteration) (LwLearnRun *run, const LwIteration *iteration, gpointer data); /* @iteration is stored already; valid during the call */
  void (*progress)  (LwLearnRun *run, const LwLearnProgress *progress, gpointer data);
  void (*ended)     (LwLearnRun *run, const GError *error, gboolean stopped, gpointer data); /* the last call */
  void (*note)      (LwLearnRun *run, const char *words, gpointer data); /* an episode has no score: a sentence that says which and why */
} LwLearnObserver;

/* @task and @runner are borrowed and must outlive the run; @skill is ref'd; @project (nullable) is ref'd and gets run, episodes,
 * iterations and changes;
 * @model: id of the skill in the project (0: none). */
LwLearnRun *lw_learn_run_new        (const LwTask *task, LwSkill *skill, LwRunner *runner, const char *arms_dir, const LwLearnSettings *settings,
                                     LwProject *project, gint64 model, const LwLearnObserver *observer, gpointer data, GError **error);
/* Goes on with run @id of @project, whose settings, state and episodes are read back, until @iterations are done; @skill is the
 * model it began with. What it does from there is bit for bit what it would have done uninterrupted; episodes of an unfinished
 * iteration count and are not executed again.
 * Slow: not on the main thread. */
LwLearnRun *lw_learn_run_resume     (const LwTask *task, LwSkill *skill, LwRunner *runner, const char *arms_dir, LwProject *project, gint64 id,
                                     size_t iterations, const LwLearnObserver *observer, gpointer data, GError **error);
/* Before it starts: where the contexts and the scores of the episodes come from instead of the task (each nullable, borrowed;
 * may be one and the same). What they gave is stored with the episode, its reward and measures, and counts when the run goes on;
 * evaluation stays the task's own. An episode for which there is no score is stored as aborted and not learned from; without a
 * context the run ends. Their names belong into the settings (contexts_from, rewards_from). */
void        lw_learn_run_set_instruments (LwLearnRun *self, LwInstrument *contexts, LwInstrument *scores);
void        lw_learn_run_start      (LwLearnRun *self);
/* Any thread. Pause holds before the next episode; end finishes after the episode in hand and keeps the last policy; stop raises
 * the stop flag: the optimiser answers within one evaluation, the rollout in hand is aborted and left out. */
void        lw_learn_run_pause      (LwLearnRun *self, gboolean pause);
void        lw_learn_run_end        (LwLearnRun *self);
void        lw_learn_run_stop       (LwLearnRun *self);
/* Acts at the next iteration, is stored with its number, and is marked on the curve. Returns that number (past the last one: it
 * comes too late), or 0: the learner has no such setting or not with that value; nothing was asked. Any thread. */
guint       lw_learn_run_set        (LwLearnRun *self, const char *setting, double value);
/* For the command line: runs on the calling thread instead of start(). FALSE with @error. */
gboolean    lw_learn_run_here       (LwLearnRun *self, GError **error);
gint64      lw_learn_run_get_id     (LwLearnRun *self); /* in the project, 0 without and before it has begun; any thread */
/* Joins the thread; call after ended() or stop(). */
void        lw_learn_run_free       (LwLearnRun *self); /* (nullable) */
/* The run's own: read it on the run's thread, or after ended(). */
LwLearner  *lw_learn_run_get_learner (LwLearnRun *self);
