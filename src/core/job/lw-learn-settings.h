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
  char     algorithm[16];   /* "lampo" */
  size_t   episodes;        /* an iteration */
  size_t   evaluate;        /* test episodes an iteration (kinematic) */
  size_t   iterations;
  uint64_t seed;
  gboolean published;       /* lw_learn_settings_set_published() was called */
  GArray  *settings;        /* of LwSettingValue: learner settings that differ from the defaults; nullable */
} LwLearnSettings;

void     lw_learn_settings_init  (LwLearnSettings *settings, const LwTask *task); /* the task's defaults */
void     lw_learn_settings_clear (LwLearnSettings *settings);
/* @out is not initialised before. */
void     lw_learn_settings_copy  (const LwLearnSettings *settings, LwLearnSettings *out);
/* Sets or replaces one learner setting. */
void     lw_learn_settings_set   (LwLearnSettings *settings, const char *name, double value);
/* As the published experiments: KL (new || old), regularisation 1e-4, 100 solver iterations, and none of what this program adds: no guard, no strata, no bound
 * on the gate. */
void     lw_learn_settings_set_published (LwLearnSettings *settings);

/* A learner as the settings want it, over @skill. NULL with LW_JOB_ERROR_INPUT that names algorithm or setting. */
LwLearner *lw_learn_settings_make_learner (const LwLearnSettings *settings, const LwSkill *skill, GError **error);

/* (transfer full) One JSON object with everything that is needed to repeat the run from the same model: every learner setting is spelt out. */
char    *lw_learn_settings_to_json   (const LwLearnSettings *settings, const LwLearner *learner, const char *runner);
/* The way back; @out is initialised on success. */
gboolean lw_learn_settings_from_json (const char *json, LwLearnSettings *out, GError **error);
