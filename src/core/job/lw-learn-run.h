/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "lw-learner.h"
#include "lw-project.h"
#include "lw-runner.h"
#include "lw-skill.h"
#include "lw-task.h"

/**
 * LwLearnRun:
 *
 * One learning run on its own thread: evaluate imitation (iteration 0), then iterations of episodes → improve → evaluate. The window and the command line run
 * this same job. Every number of an iteration comes from its LwIteration record, and its JSON is what the project keeps and `learn --json` prints.
 * Random numbers are keyed by seed, purpose, iteration and episode, so pause, resume and threads do not change a bit.
 */
typedef struct LwLearnRun LwLearnRun;

typedef struct {
  char     task[32];
  char     algorithm[16];   /* "lampo" */
  size_t   episodes;        /* an iteration */
  size_t   evaluate;        /* test episodes an iteration (kinematic) */
  size_t   iterations;
  uint64_t seed;
  gboolean published;       /* maths.md 4: new-old, 100 solver iterations, no guard */
  GArray  *settings;        /* of LwSettingValue: learner settings that differ from the defaults; nullable */
} LwLearnSettings;

typedef struct { char name[32]; double value; } LwSettingValue;

/* One finished iteration; NaN = does not exist. */
typedef struct {
  guint   iteration;
  guint   episodes;     /* so far */
  double  success;      /* 0..1 over the test episodes, NaN when the task does not say */
  double  mean_return;  /* over the test episodes */
  double  return_ci95;  /* half width */
  double  training_return; /* mean reward of this iteration's own episodes; NaN at 0 */
  gboolean improved;    /* report is filled (iteration > 0) */
  LwLearnerReport report;
  double  seconds;      /* of this iteration */
  size_t  n_returns;    /* training episodes of this iteration */
  double *returns;      /* (n_returns) owned */
} LwIteration;

/* (transfer full) The JSON object of `learn --json`, one line, numbers with 17 digits, null for NaN. `seconds` is left out when @timing is FALSE (comparing bits). */
char *lw_iteration_to_json (const LwIteration *self, gboolean timing);

typedef enum { LW_LEARN_IDLE, LW_LEARN_EVALUATING, LW_LEARN_SAMPLING, LW_LEARN_IMPROVING, LW_LEARN_PAUSED, LW_LEARN_ENDED } LwLearnPhase;

/* A snapshot for progress displays; plain data. */
typedef struct {
  LwLearnPhase phase;
  guint        iteration;
  guint        episode, n_episodes; /* within the phase */
  double       improve_fraction;
  double       J;
  double       last_reward;
} LwLearnProgress;

typedef struct {
  /* All on the run's thread. iteration() gets a record that is valid during the call. */
  void (*iteration) (LwLearnRun *run, const LwIteration *iteration, gpointer data);
  void (*progress)  (LwLearnRun *run, const LwLearnProgress *progress, gpointer data);
  void (*ended)     (LwLearnRun *run, const GError *error, gboolean stopped, gpointer data); /* the last call */
} LwLearnObserver;

void        lw_learn_settings_init  (LwLearnSettings *settings, const LwTask *task); /* the task's defaults */
void        lw_learn_settings_clear (LwLearnSettings *settings);
/* Sets or replaces one learner setting. */
void        lw_learn_settings_set   (LwLearnSettings *settings, const char *name, double value);
/* @task and @runner are borrowed and must outlive the run; @skill is ref'd; @project (nullable) is ref'd and gets run, episodes, iterations and changes;
 * @model: id of the skill in the project (0: none). */
LwLearnRun *lw_learn_run_new        (const LwTask *task, LwSkill *skill, LwRunner *runner, const char *arms_dir, const LwLearnSettings *settings,
                                     LwProject *project, gint64 model, const LwLearnObserver *observer, gpointer data, GError **error);
void        lw_learn_run_start      (LwLearnRun *self);
/* Any thread. Pause holds before the next episode; end finishes after the episode in hand and keeps the last policy; stop raises the stop flag: the optimiser
 * answers within one evaluation, the rollout in hand is aborted and left out. */
void        lw_learn_run_pause      (LwLearnRun *self, gboolean pause);
void        lw_learn_run_end        (LwLearnRun *self);
void        lw_learn_run_stop       (LwLearnRun *self);
/* Acts at the next iteration, is stored with its number, and is marked on the curve. Any thread. */
void        lw_learn_run_set        (LwLearnRun *self, const char *setting, double value);
/* For the command line: runs on the calling thread instead of start(). FALSE with @error. */
gboolean    lw_learn_run_here       (LwLearnRun *self, GError **error);
gint64      lw_learn_run_get_id     (LwLearnRun *self); /* in the project, 0 without */
/* Joins the thread; call after ended() or stop(). */
void        lw_learn_run_free       (LwLearnRun *self); /* (nullable) */
/* The learner after the run has ended: for Perform. Owner: the run. */
LwLearner  *lw_learn_run_get_learner (LwLearnRun *self);
