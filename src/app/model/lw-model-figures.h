/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-joint-plots.h"
#include "lw-skill-plane.h"

/* What the Model page draws of a skill. Main thread. */

#define LW_MODEL_PHASES 101 /* points of a movement over phase 0..1 */

/* Demonstrations, mean, ±2 sigma band a joint, over phase. Clears the figures; returns the layers that lw_model_draw_conditioned() moves
 * (element i: joint i's, borrowed from its figure). */
GPtrArray *lw_model_draw_bands       (LwJointPlots *plots, const LwSkill *skill, GError **error);
/* The movement expected for @context; what cannot be computed leaves the lines where they were. */
gboolean   lw_model_draw_conditioned (GPtrArray *layers, const LwSkill *skill, const double *context, GError **error);
/* Components as ellipses, demonstrations by component: colour and shape, faded where responsibility is shared. */
void       lw_model_draw_plane       (LwFigure *figure, const LwSkill *skill, const LwSkillPlane *plane);
void       lw_model_draw_weights     (LwFigure *figure, const LwSkill *skill);
