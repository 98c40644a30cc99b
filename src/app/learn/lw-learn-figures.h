/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-figure.h"
#include "lw-learn-run.h"
#include "lw-project.h"

/* The four pictures of a run. Drawn from its records alone, so that each series equals what is stored. Main thread. */
typedef struct {
  LwFigure *returns, *kl, *ess, *weights;
  LwSeries *live; /* rewards of the iteration in hand, as they come; a layer of returns */
  guint     live_iteration;
  LwRange   range; /* of y in returns */
} LwLearnFigures;

void lw_learn_figures_init  (LwLearnFigures *self);
void lw_learn_figures_clear (LwLearnFigures *self);
/* @iterations of LwIteration; @changes of LwSettingChange; @n_test: test episodes an iteration; @coming: iterations still wanted, for which some room is left.
 * The dots of the iteration in hand go when its record is there. */
void lw_learn_figures_draw  (LwLearnFigures *self, const GPtrArray *iterations, const GArray *changes, guint n_test, guint coming);
/* A training episode of the iteration in hand, before its record is there: @episode counts from 1 to @n_episodes. */
void lw_learn_figures_add_episode (LwLearnFigures *self, guint iteration, guint episode, guint n_episodes, double reward);
