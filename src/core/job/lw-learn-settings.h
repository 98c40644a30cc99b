/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "lw-learner.h"
#include "lw-skill.h"
#include "lw-task.h"

/* A setting of the learner by name, as in lw_learner_settings(). */
typedef struct { char name[32]; double value; } LwSettingValue;

/* Everything a learning run is told, besides the model it starts from. */
typedef struct {
  char     task[32];
  char     algorithm[16];   /* one of lw_learner_names() */
  size_t   episodes;        /* an iteration */
  size_t   evaluate;        /* test episodes an iteration (kinematic) */
  size_t   iterations;
  uint64_t seed;
  gboolean published;       /* lw_learn_settings_set_published() was called */
  char     contexts_from[256]; /* name of the instrument that gives the contexts (lw_instrument_open(), "ask"); "": the task draws them */
  char     rewards_from[256];  /* ... the scores; "": the task */
  GArray  *settings;        /* of LwSettingValue: learner settings that differ from the defaults; nullable */
} LwLearnSettings;

void     lw_learn_settings_init  (LwLearnSettings *settings, const LwTask *task); /* LAMPO with the task's defaults */
void     lw_learn_settings_clear (LwLearnSettings *settings);
/* @out is not initialised before. */
void     lw_learn_settings_copy  (const LwLearnSettings *settings, LwLearnSettings *out);
/* Sets or replaces one learner setting. */
void     lw_learn_settings_set   (LwLearnSettings *settings, const char *name, double value);
/* Another algorithm: the learner settings so far are dropped. What a task says of trust region and regularisation is LAMPO's;
 * every other algorithm begins with its own defaults, even where a name is the same. FALSE, with LW_JOB_ERROR_INPUT that lists
 * the algorithms and @settings as they were, for an unknown name. */
gboolean lw_learn_settings_set_algorithm (LwLearnSettings *settings, const LwTask *task, const char *name, GError **error);
/* As the published experiments (lw-published.h): their bound, KL (new || old), regularisation 1e-4, 100 solver iterations, rewards as
 * they are, and none of what this program adds: no guard, no strata, no bound on the gate or the effective samples. Episodes and
 * test episodes are the published ones too. LW_JOB_ERROR_INPUT, and @settings as they were, when the
 * algorithm is not LAMPO or nothing was published of the task. */
gboolean lw_learn_settings_set_published (LwLearnSettings *settings, GError **error);
/* "NAME=NUMBER". LW_JOB_ERROR_INPUT when it is not that; whether there is such a setting is for check(). */
gboolean lw_learn_settings_set_text      (LwLearnSettings *settings, const char *text, GError **error);
/* Whether the algorithm exists and has every one of the settings, with a value it allows. LW_JOB_ERROR_INPUT names what is wrong. */
gboolean lw_learn_settings_check         (const LwLearnSettings *settings, GError **error);
/* What learner setting @name will be: as set, else the algorithm's default; NaN when there is no such setting. */
double   lw_learn_settings_get           (const LwLearnSettings *settings, const char *name);
/* (transfer full) "lampo, ct": the algorithms, for help and errors. */
char    *lw_learn_settings_list_algorithms (void);

/* A learner as the settings want it, over @skill. NULL with LW_JOB_ERROR_INPUT that names algorithm or setting. */
LwLearner *lw_learn_settings_make_learner (const LwLearnSettings *settings, const LwSkill *skill, GError **error);

/* (transfer full) One JSON object with everything that is needed to repeat the run from the same model: every learner setting is spelt out. */
char    *lw_learn_settings_to_json   (const LwLearnSettings *settings, const LwLearner *learner, const char *runner);
/* The way back; @out is initialised on success. */
gboolean lw_learn_settings_from_json (const char *json, LwLearnSettings *out, GError **error);
