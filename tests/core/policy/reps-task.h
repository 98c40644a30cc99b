/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-learner.h"

/* A problem with a known best policy for searches that start from demonstrations: in a context c of two numbers a movement of
 * twelve scores minus the squared distance of two linear functions of it from where they should be, a quadratic function of c.
 * Demonstrations follow c but all miss by the same amount, and differ. The best return is 0. */
enum { REPS_TASK_DC = 2, REPS_TASK_M = 12 };

typedef struct {
  LwMat       contexts, movements; /* (n x 2), (n x 12) */
  LwImitation imitation;           /* views of these */
} RepsTask;

void   reps_task_init  (RepsTask *self, size_t n, uint32_t stream);
void   reps_task_clear (RepsTask *self);
double reps_task_reward (const double *context, const double *movement);
/* @n episodes of @learner; @contexts and @latents are allocated. Repeats for the same @iteration. */
void   reps_task_draw    (LwLearner *learner, size_t n, uint32_t iteration, LwMat *contexts, LwMat *latents, double *rewards);
/* Draws, adds, improves. */
LwLearnerReport reps_task_iterate (LwLearner *learner, size_t n, uint32_t iteration);
/* Mean reward of 300 draws. */
double reps_task_return  (LwLearner *learner);
/* Both learners' states are the same bits. */
void   reps_task_assert_same_state (const LwLearner *a, const LwLearner *b);
