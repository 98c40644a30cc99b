/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-mppca.h"

/* @n samples of a planted mixture: K components @gap apart, d <= 8 latent dimensions, p observed, noise of variance @noise_var;
 * what it draws is named by @stream. Sample i is of component i % K, noted in @labels (n, nullable). Released with
 * lw_mat_clear(). */
LwMat planted_mixture (size_t n, size_t K, size_t d, size_t p, double gap, double noise_var, uint32_t stream, size_t *labels);
/* Default settings with these sizes. */
LwMppcaSettings settings_for    (size_t K, size_t d);
