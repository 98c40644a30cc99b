/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdatomic.h>
#include <stdint.h>

#include "lw-mat.h"
#include "lw-rng.h"

/* k-means with k-means++ seeding [Arthur & Vassilvitskii 2007] and Lloyd iterations over the rows of @x (N x p); an empty cluster
 * is seeded again at the sample farthest from its own centre.
 *
 * The @n_best best partitions of @restarts that differ in earnest (their inertias by more than 1/2000), best first:
 * @labels (n_best x N), @inertias (n_best); @n_found of them are filled. Restart i draws from the stream (seed, LW_RNG_INIT, i):
 * a result does not depend on how many others were asked for. LW_ERR_TOO_FEW when N < k; LW_ERR_RANGE for a k, @restarts or
 * @n_best of 0; LW_ERR_NOT_FINITE, also where squares overflow; LW_ERR_STOPPED when @stop (nullable) was raised: @labels and
 * @inertias are then clobbered. Any thread. */
LwStatus lw_kmeans_best (const LwMat *x, size_t k, size_t restarts, size_t max_iterations, uint64_t seed, const atomic_bool *stop,
                         size_t n_best, size_t *labels, double *inertias, size_t *n_found) LW_MUST_USE;
