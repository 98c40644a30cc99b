/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-skill.h"

/* Sized but empty: contexts and params zero, mixture to be filled. NULL when out of memory. */
LwSkill *lw_skill_alloc  (size_t n, size_t n_joints, size_t n_context, const LwFitSettings *settings);
/* Fills gaussian, mean_duration and log_resp from contexts, params and mppca. */
LwStatus lw_skill_derive (LwSkill *self) LW_MUST_USE;
