/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

#include "lw-lampo.h"

/* A small task for LAMPO as a learner, in both its families of policies: the movement's last two numbers should equal the
 * context. A random model of two components has little to find there; what matters is that every run of a seed is the same. */
enum { LAMPO_TASK_DC = 2, LAMPO_TASK_M = 3, LAMPO_TASK_LATENT = 1 + 2 };

/* Registers @test twice, for either family of policies: each time lampo_task_learner() makes that one. */
void       lampo_task_add_test  (const char *path, void (*test) (void));
/* "lampo-paper" unless a test of the other is under way. */
const char *lampo_task_algorithm (void);
/* Sets what only the published family has; the other has nothing of the name. */
void       lampo_task_set_paper (LwLearner *learner, const char *setting, double value);

LwMppca    lampo_task_model   (uint32_t stream);
LwLearner *lampo_task_learner (const LwMppca *model);
/* Episodes @from to @from + @n of @iteration; allocates @contexts and @latents, fills @rewards (n). */
void       lampo_task_draw    (LwLearner *learner, size_t n, uint32_t iteration, size_t from, LwMat *contexts, LwMat *latents,
                               double *rewards);
void       lampo_task_add     (LwLearner *learner, size_t n, uint32_t iteration, size_t from);
/* One iteration: @n episodes in two unequal parts, then an improvement. */
LwLearnerReport lampo_task_iterate (LwLearner *learner, size_t n, uint32_t iteration);
/* Both states in every bit. */
void       lampo_task_assert_same (const LwArrays *a, const LwArrays *b);
void       lampo_task_assert_same_state (const LwLearner *a, const LwLearner *b);
/* @learner (of any model) draws and means finite movements, at ordinary contexts and far ones. */
void       lampo_task_assert_sane   (LwLearner *learner);
/* Every number of @report is one, for @n episodes. */
void       lampo_task_assert_report (const LwLearnerReport *report, size_t n);
