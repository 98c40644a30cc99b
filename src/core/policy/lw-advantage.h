/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-context-features.h"

/* What an episode scored more than its context lets expect: @rewards (n) minus their regression, with a small ridge, on
 * polynomial features of @contexts (n x dc) over the range of @like. @degree is lowered while there are fewer than three episodes
 * a coefficient; of degree 0 rewards are taken as they are. @advantage (n). LW_ERR_NOT_FINITE, LW_ERR_SHAPE, LW_ERR_MEMORY. */
LwStatus lw_advantage (const double *rewards, const LwMat *contexts, const LwContextFeatures *like, size_t degree,
                       double *advantage) LW_MUST_USE;
