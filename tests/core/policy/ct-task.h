/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

#include "lw-learner.h"

/* A contextual task with a known optimum for CT and GMM+REPS: the best movement for context c is a + B c on the left (c_1 < 0)
 * and a' + B' c on the right; reward is minus the squared distance to it. Demonstrations are off by a constant and by noise. */
enum { CT_TASK_DC = 2, CT_TASK_M = 5, CT_TASK_N = 120, CT_TASK_K = 2, CT_TASK_D = 4 };

typedef struct {
  LwMppca mppca; /* only its sizes matter here */
  LwMat   contexts, movements;
} CtTask;

void        ct_task_init       (CtTask *self);
void        ct_task_clear      (CtTask *self);
LwImitation ct_task_imitation  (const CtTask *self);
/* A learner of the algorithm @name; its settings are the defaults. */
LwLearner  *ct_task_learner    (const CtTask *self, const char *name);
void        ct_task_best       (const double *context, double *movement);
double      ct_task_reward     (const double *context, const double *movement);
/* @n episodes of @learner, those of @iteration. @contexts and @latents are allocated. */
void ct_task_draw (LwLearner *learner, size_t n, uint32_t iteration, LwMat *contexts, LwMat *latents, double *rewards);
/* Draws, adds, improves. */
LwLearnerReport ct_task_iterate (LwLearner *learner, size_t n, uint32_t iteration);
/* Mean reward of mean() over a grid of contexts. */
double      ct_task_mean_reward (const LwLearner *learner);
void        ct_task_assert_same (const LwArrays *a, const LwArrays *b);
