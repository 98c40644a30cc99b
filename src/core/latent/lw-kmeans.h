/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-mat.h"
#include "lw-rng.h"

/* k-means with k-means++ seeding [Arthur & Vassilvitskii 2007] and Lloyd iterations; best of @restarts by inertia.
 * @x (N x p); @centres (k x p); @labels (N). LW_ERR_TOO_FEW when N < k. Empty clusters are re-seeded at the farthest point. */
LwStatus lw_kmeans (const LwMat *x, size_t k, size_t restarts, size_t max_iterations, uint64_t seed,
                    const LwMat *centres, size_t *labels, double *inertia) LW_MUST_USE;
