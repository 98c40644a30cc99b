/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-mppca-select.h"
#include "lw-skill.h"

/* lw_mppca_select() on what @skill was fitted to: grid, folds, threads, restarts and candidates are @grid's, seed and
 * standardisation the skill's own. A list of scales or noises that is not given is the skill's own value alone.
 * Worker thread. FALSE with @error: stopped, too few, grid out of range. */
gboolean lw_skill_select (const LwSkill *skill, const LwMppcaSelectSettings *grid, LwFitProgress progress, gpointer data,
                          const atomic_bool *stop, LwMppcaSelection *out, GError **error);

/* The criterion that suggestions are taken from when nobody says otherwise: the error of imitation, or without contexts the
 * held-out likelihood. */
LwMppcaCriterion lw_skill_select_criterion (const LwSkill *skill);
