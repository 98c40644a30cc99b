/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lampo-task.h"

/* Imitation of the task's own movements, by a model that fits neither: what is learned from it has to come from rewards. */
typedef struct {
  LwMppca mppca;
  LwImitation imitation;
} Demonstrations;

void       demonstrations_init  (Demonstrations *self, uint32_t stream);
void       demonstrations_clear (Demonstrations *self);
/* "lampo" with the demonstrations. */
LwLearner *demonstrations_learner (const Demonstrations *self);
/* lw_learner_set(), which has to succeed. */
void       demonstrations_set   (LwLearner *learner, const char *name, double value);
