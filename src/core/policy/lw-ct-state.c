/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lw-ct-private.h"

/* Column means of the start (@out (dc + m)): by these a state knows the skill it belongs to. */
static void
start_means (const LwCt *self, double *out)
{
  memset (out, 0, self->start.cols * sizeof *out);
  for (size_t i = 0; i < self->start.rows; i++)
    for (size_t j = 0; j < self->start.cols; j++)
      out[j] += lw_mat_get (&self->start, i, j) / (double) self->start.rows;
}

static LwStatus
put_pending (const LwCt *self, LwArrays *out)
{
  LwStatus status = lw_arrays_put (out, "pending", &self->pending);
  return status == LW_OK ? lw_arrays_put_vector (out, "pending_rewards", self->rewards, self->pending.rows) : status;
}

LwStatus
lw_ct_to_arrays (const LwLearner *learner, LwArrays *out)
{
  const LwCt *self = (const LwCt *) learner;
  double *means = lw_doubles_new (self->start.cols);

  if (means == NULL)
    return LW_ERR_MEMORY;
  start_means (self, means);
  LwStatus status = lw_arrays_put_vector (out, "start", means, self->start.cols);
  free (means);
  if (status == LW_OK)
    status = lw_setting_table_to_arrays (lw_setting_table_of (learner), self->settings, out);
  if (status == LW_OK)
    status = lw_arrays_put_scalar (out, "updates", (double) self->updates);
  if (status == LW_OK && self->reduced)
    status = lw_pca_to_arrays (&self->model.pca, out);
  if (status == LW_OK)
    status = lw_gmm_to_arrays (&self->model.gmm, out);
  if (status == LW_OK && self->pending.rows > 0)
    status = put_pending (self, out);
  return status;
}

static LwStatus
check_start (const LwCt *self, const LwArrays *in)
{
  size_t p = self->start.cols;
  const double *start = lw_arrays_get_vector (in, "start", p);

  if (start == NULL)
    return LW_ERR_SHAPE;
  double *means = lw_doubles_new (p);
  if (means == NULL)
    return LW_ERR_MEMORY;
  start_means (self, means);
  bool same = memcmp (means, start, p * sizeof *means) == 0;
  free (means);
  return same ? LW_OK : LW_ERR_RANGE;
}

static LwStatus
read_model (const LwCt *self, const LwArrays *in, LwCtModel *out)
{
  size_t dc = self->base.n_context, m = self->base.n_movement;
  LwCtModel model = { 0 };

  LwStatus status = self->reduced ? lw_pca_from_arrays (in, &model.pca) : LW_OK;
  if (status == LW_OK)
    status = lw_gmm_from_arrays (in, &model.gmm);
  if (status == LW_OK && model.gmm.p != dc + (self->reduced ? model.pca.q : m))
    status = LW_ERR_SHAPE;
  if (status == LW_OK && self->reduced && model.pca.p != m)
    status = LW_ERR_SHAPE;
  if (status == LW_OK && model.gmm.K > (self->K > LW_MAX_COMPONENTS ? self->K : LW_MAX_COMPONENTS))
    status = LW_ERR_RANGE;
  if (status == LW_OK)
    *out = model;
  else
    lw_ct_model_clear (&model);
  return status;
}

static LwStatus
check_pending (const LwMat *pending, const LwMat *rewards, size_t width)
{
  if (pending == NULL)
    return rewards == NULL ? LW_OK : LW_ERR_SHAPE;
  if (rewards == NULL || pending->cols != width || rewards->rows != 1 || rewards->cols != pending->rows)
    return LW_ERR_SHAPE;
  return lw_mat_is_finite (pending) && lw_mat_is_finite (rewards) ? LW_OK : LW_ERR_NOT_FINITE;
}

LwStatus
lw_ct_from_arrays (LwLearner *learner, const LwArrays *in)
{
  LwCt *self = (LwCt *) learner;
  const LwMat *pending = lw_arrays_get (in, "pending"), *rewards = lw_arrays_get (in, "pending_rewards");
  double updates = lw_arrays_get_scalar (in, "updates", (double) NAN), settings[LW_CT_N_SETTINGS] = { 0 };
  LwCtModel model;

  if (!(updates >= 0 && updates <= 1e9 && updates == floor (updates)))
    return LW_ERR_RANGE;
  LwStatus status = check_start (self, in);
  if (status == LW_OK)
    status = lw_setting_table_from_arrays (lw_setting_table_of (learner), in, settings);
  if (status == LW_OK)
    status = read_model (self, in, &model);
  if (status != LW_OK)
    return status;

  size_t n = pending != NULL ? pending->rows : 0;
  LwCt read = { .base = self->base, .model = model };
  status = check_pending (pending, rewards, model.gmm.p);
  if (status == LW_OK)
    status = lw_ct_reserve (&read, n);
  if (status != LW_OK) {
    lw_ct_model_clear (&model);
    return status;
  }
  read.pending.rows = n;
  if (n > 0) {
    lw_mat_copy (pending, &read.pending);
    memcpy (read.rewards, rewards->data, n * sizeof *read.rewards);
  }
  lw_ct_model_clear (&self->model);
  lw_mat_clear (&self->pending);
  free (self->rewards);
  self->model = model;
  self->pending = read.pending;
  self->rewards = read.rewards;
  self->capacity = read.capacity;
  self->updates = (size_t) updates;
  memcpy (self->settings, settings, sizeof settings);
  return LW_OK;
}
