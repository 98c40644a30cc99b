/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-arrays.h"
#include "lw-context-features.h"
#include "lw-linear-gaussian.h"

/* All episodes of a contextual REPS search and the policies that drew them. The mixture q = sum_t N_t p_t that an episode may
 * have come from is kept as one number an episode and extended: a batch of n costs one density of the old episodes and T of its
 * own. */
typedef struct {
  size_t            n, capacity;
  size_t            f, d;
  LwMat             contexts;   /* (capacity x dc) */
  LwMat             phi;        /* (capacity x f): the policy's features */
  LwMat             z;          /* (capacity x d) */
  double           *rewards;    /* (capacity) */
  double           *log_mix;    /* (capacity): log sum_t N_t p_t (z | c) */
  LwLinearGaussian *policies;   /* (T) */
  size_t           *counts;     /* (T) N_t */
  size_t            T;
} LwCrepsHistory;

LwStatus lw_creps_history_init  (LwCrepsHistory *self, size_t dc, size_t f, size_t d) LW_MUST_USE;
void     lw_creps_history_clear (LwCrepsHistory *self);
/* Adds rows of @contexts (n x dc), their features @phi (n x f), @z (n x d) and @rewards (n), drawn from @policy. Untouched on
 * error: LW_ERR_NOT_FINITE, LW_ERR_MEMORY, LW_ERR_RANGE for a z that @policy cannot have drawn. */
LwStatus lw_creps_history_add (LwCrepsHistory *self, const LwLinearGaussian *policy, const LwMat *contexts, const LwMat *phi,
                               const LwMat *z, const double *rewards) LW_MUST_USE;
/* State: contexts, latents, rewards, log_mix, policies (T x (f + d) d), counts. Features are computed again by the caller's
 * @features on reading; @self is then empty, and stays so on error. */
LwStatus lw_creps_history_to_arrays   (const LwCrepsHistory *self, LwArrays *out) LW_MUST_USE;
LwStatus lw_creps_history_from_arrays (LwCrepsHistory *self, const LwArrays *in, const LwContextFeatures *features) LW_MUST_USE;
