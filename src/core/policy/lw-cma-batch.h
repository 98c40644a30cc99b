/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-arrays.h"

/* Episodes that no generation has been made of yet. Owned storage. */
typedef struct {
  size_t  n;
  LwMat   contexts; /* (n x dc) */
  LwMat   z;        /* (n x d) */
  double *rewards;  /* (n) */
} LwCmaBatch;

void     lw_cma_batch_clear (LwCmaBatch *self);
/* Adds rows of @contexts and @z with @rewards (their count). Untouched on error: LW_ERR_SHAPE, LW_ERR_NOT_FINITE,
 * LW_ERR_MEMORY. */
LwStatus lw_cma_batch_add   (LwCmaBatch *self, const LwMat *contexts, const LwMat *z, const double *rewards) LW_MUST_USE;
/* contexts, latents, rewards; nothing when it is empty. @self is empty when it is read, and stays so on error. */
LwStatus lw_cma_batch_to_arrays   (const LwCmaBatch *self, LwArrays *out) LW_MUST_USE;
LwStatus lw_cma_batch_from_arrays (LwCmaBatch *self, const LwArrays *in, size_t dc, size_t d) LW_MUST_USE;
