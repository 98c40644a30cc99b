/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-learner.h"

/* GMM+REPS, the second baseline of the LAMPO paper: as CT (lw-ct.h), but over the movement itself, z = theta. The mixture has
 * p = dc + m dimensions and mostly fewer samples than that a component, so that its covariances rest on their floor in all
 * directions but those that the samples span. A latent record is [k, theta]. Settings and state as of CT, without dimensions and
 * pca_*. */
LwLearner *lw_gmm_reps_new (const LwImitation *imitation);
const LwLearnerSetting *lw_gmm_reps_settings (size_t *n);
