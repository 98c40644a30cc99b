/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From demonstrations to the first policy of CT and GMM+REPS. */
#include <stdlib.h>
#include <string.h>

#include "lw-ct-private.h"

void
lw_ct_model_clear (LwCtModel *self)
{
  lw_pca_clear (&self->pca);
  lw_gmm_clear (&self->gmm);
}

static size_t
least (size_t a, size_t b)
{
  return a < b ? a : b;
}

/* [context | z] of the start under @pca (nullable). */
static LwStatus
start_points (const LwCt *self, const LwPca *pca, LwMat *out)
{
  size_t n = self->start.rows, dc = self->base.n_context, m = self->base.n_movement, q = pca != NULL ? pca->q : m;
  LwMat contexts = lw_mat_block (&self->start, 0, 0, n, dc), movements = lw_mat_block (&self->start, 0, dc, n, m);

  LwStatus status = lw_mat_alloc (out, n, dc + q);
  if (status != LW_OK)
    return status;
  LwMat left = lw_mat_block (out, 0, 0, n, dc), right = lw_mat_block (out, 0, dc, n, q);
  lw_mat_copy (&contexts, &left);
  if (pca != NULL)
    status = lw_pca_project (pca, &movements, &right);
  else
    lw_mat_copy (&movements, &right);
  return status;
}

LwStatus
lw_ct_start (const LwCt *self, LwCtModel *out)
{
  size_t n = self->start.rows, dc = self->base.n_context, m = self->base.n_movement, rank = least (n, m);
  size_t q = self->reduced ? (size_t) self->settings[LW_CT_DIMENSIONS] : 0, K = (size_t) self->settings[LW_CT_COMPONENTS];
  LwMat x = { 0 }, movements = lw_mat_block (&self->start, 0, dc, n, m);
  LwCtModel model = { 0 };
  LwGmmSettings gmm;

  q = q == 0 ? least (self->d, rank) : q;
  K = K == 0 ? self->K : K;
  if (q > rank || K > n)
    return LW_ERR_RANGE;
  lw_gmm_settings_init (&gmm);
  gmm.K = K;
  gmm.floor = self->settings[LW_CT_COVARIANCE_FLOOR];
  gmm.seed = self->seed;
  LwStatus status = self->reduced ? lw_pca_fit (&movements, q, &model.pca) : LW_OK;
  if (status == LW_OK)
    status = start_points (self, self->reduced ? &model.pca : NULL, &x);
  if (status == LW_OK)
    status = lw_gmm_fit (&x, NULL, &gmm, NULL, &model.gmm, NULL, NULL);
  if (status == LW_OK)
    *out = model;
  else
    lw_ct_model_clear (&model);
  lw_mat_clear (&x);
  return status;
}
