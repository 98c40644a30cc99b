/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-cma-batch.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void
lw_cma_batch_clear (LwCmaBatch *self)
{
  lw_mat_clear (&self->contexts);
  lw_mat_clear (&self->z);
  free (self->rewards);
  *self = (LwCmaBatch){ 0 };
}

/* @first with the rows of @more behind it. */
static LwStatus
join (const LwMat *first, const LwMat *more, LwMat *out)
{
  LwStatus status = lw_mat_alloc (out, first->rows + more->rows, more->cols);
  LwMat above, below;

  if (status != LW_OK)
    return status;
  above = lw_mat_block (out, 0, 0, first->rows, more->cols);
  below = lw_mat_block (out, first->rows, 0, more->rows, more->cols);
  lw_mat_copy (first, &above);
  lw_mat_copy (more, &below);
  return LW_OK;
}

LwStatus
lw_cma_batch_add (LwCmaBatch *self, const LwMat *contexts, const LwMat *z, const double *rewards)
{
  LwCmaBatch whole = { .n = self->n + z->rows };
  LwStatus status;

  if (contexts->rows != z->rows || (self->n > 0 && (contexts->cols != self->contexts.cols || z->cols != self->z.cols)))
    return LW_ERR_SHAPE;
  if (!lw_all_finite (rewards, z->rows) || !lw_mat_is_finite (contexts) || !lw_mat_is_finite (z))
    return LW_ERR_NOT_FINITE;
  if (z->rows == 0)
    return LW_OK;
  whole.rewards = lw_doubles_new (whole.n);
  status = whole.rewards != NULL ? join (&self->contexts, contexts, &whole.contexts) : LW_ERR_MEMORY;
  if (status == LW_OK)
    status = join (&self->z, z, &whole.z);
  if (status != LW_OK) {
    lw_cma_batch_clear (&whole);
    return status;
  }
  if (self->n > 0)
    memcpy (whole.rewards, self->rewards, self->n * sizeof *rewards);
  memcpy (whole.rewards + self->n, rewards, z->rows * sizeof *rewards);
  lw_cma_batch_clear (self);
  *self = whole;
  return LW_OK;
}

LwStatus
lw_cma_batch_to_arrays (const LwCmaBatch *self, LwArrays *out)
{
  LwStatus status;

  if (self->n == 0)
    return LW_OK;
  status = lw_arrays_put (out, "contexts", &self->contexts);
  if (status == LW_OK)
    status = lw_arrays_put (out, "latents", &self->z);
  if (status == LW_OK)
    status = lw_arrays_put_vector (out, "rewards", self->rewards, self->n);
  return status;
}

LwStatus
lw_cma_batch_from_arrays (LwCmaBatch *self, const LwArrays *in, size_t dc, size_t d)
{
  const LwMat *contexts = lw_arrays_get (in, "contexts"), *z = lw_arrays_get (in, "latents");

  if (z == NULL)
    return LW_OK;
  const double *rewards = lw_arrays_get_vector (in, "rewards", z->rows);
  if (contexts == NULL || contexts->cols != dc || z->cols != d || rewards == NULL)
    return LW_ERR_SHAPE;
  return lw_cma_batch_add (self, contexts, z, rewards);
}
