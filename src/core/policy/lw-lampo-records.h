/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-lampo-samples.h"

/* Samples as the rest of the house has them: a latent record is [k, z]. */

/* @contexts (n x dc), @latents (n x (1 + d)), @rewards (n). As lw_lampo_samples_add(); LW_ERR_RANGE for a k that is no
 * component. */
LwStatus lw_lampo_samples_add_records  (LwLampoSamples *self, const LwMat *contexts, const LwMat *latents,
                                        const double *rewards) LW_MUST_USE;
/* To and from named arrays: contexts, latents, rewards; no samples, no arrays. @self is empty before reading. What the model
 * gives of a sample is computed again when it is read, by the same instructions. */
LwStatus lw_lampo_samples_to_arrays    (const LwLampoSamples *self, LwArrays *out) LW_MUST_USE;
LwStatus lw_lampo_samples_from_arrays  (LwLampoSamples *self, const LwArrays *in) LW_MUST_USE;
