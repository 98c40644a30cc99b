/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-learn-settings.h"

/* What a comparison is told: tasks × algorithms × seeds. Owner thread until it runs, then read by all. */

typedef struct {
  char             *id;     /* "reach-target" */
  LwDemonstrations *set;    /* (nullable): the task makes its own, others for each seed */
  char             *source; /* (nullable) name of the set's file */
} LwCompareTask;

typedef struct {
  char     label[48];       /* what rows and legends call it */
  char     name[16];        /* one of lw_learner_names() */
  gboolean published;       /* settings and model of the published experiments (lw-published.h) */
  GArray  *settings;        /* of LwSettingValue */
} LwCompareAlgorithm;

typedef struct {
  GPtrArray *tasks;          /* of LwCompareTask */
  GPtrArray *algorithms;     /* of LwCompareAlgorithm */
  uint64_t   first_seed, last_seed; /* both included; a million at most, and below 2^63, as integers of JSON are */
  size_t     iterations;
  size_t     episodes;       /* an iteration; 0 = the task's, for every algorithm the same */
  size_t     evaluate;       /* test episodes an iteration; 0 = the task's */
  size_t     demonstrations; /* drawn from a task's set by seed, or made; 0 = all of the set, 100 made */
  size_t     n_basis, K, d;  /* of the shared model; 0 = the task's. What is published keeps its own. */
  double     context_noise;  /* of the shared model; NaN = the task's */
  guint      jobs;           /* runs at a time; 0 = as many as there are processors */
} LwCompareSettings;

void     lw_compare_settings_init  (LwCompareSettings *self); /* no task, no algorithm, seeds 1 to 10, 10 iterations */
void     lw_compare_settings_clear (LwCompareSettings *self); /* may run twice */
/* Takes @set (nullable); @source (nullable) is copied. */
void     lw_compare_settings_add_task      (LwCompareSettings *self, const char *id, LwDemonstrations *set, const char *source);
/* "NAME", "NAME:published" or "LABEL=NAME[:published]". LW_JOB_ERROR_INPUT for an algorithm that is not there or a label that is
 * there already. */
gboolean lw_compare_settings_add_algorithm (LwCompareSettings *self, const char *text, GError **error);
/* "LABEL:SETTING=NUMBER" for an algorithm added before. */
gboolean lw_compare_settings_set           (LwCompareSettings *self, const char *text, GError **error);

/* Demonstrations a seed starts from, for task @index. */
size_t   lw_compare_settings_count (const LwCompareSettings *self, guint index);
/* The model of @task (@index in tasks) for @seed, shared or published. */
gboolean lw_compare_settings_fit (const LwCompareSettings *self, const LwTask *task, guint index, gboolean published,
                                  uint64_t seed, LwFitSettings *out, GError **error);
/* One run's settings, checked: LW_JOB_ERROR_INPUT names the setting that @algorithm has not or does not take. @out is initialised
 * on success. */
gboolean lw_compare_settings_learn (const LwCompareSettings *self, const LwTask *task, const LwCompareAlgorithm *algorithm,
                                    uint64_t seed, LwLearnSettings *out, GError **error);
/* (transfer full) Everything that rows depend on besides the seed, as one flat JSON object ("reacher-1/lampo/kl_bound": 0.05);
 * demonstrations of a file by their number and SHA-256. @tasks: of LwTask, as in self->tasks. */
char    *lw_compare_settings_describe (const LwCompareSettings *self, const GPtrArray *tasks, GError **error);
