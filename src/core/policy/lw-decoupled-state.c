/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "lw-decoupled-private.h"

/* As of the published family (lw-lampo-state.c), and the regression that movements are corrections of: it follows from
 * demonstrations that are not stored here. */

static LwStatus
put_vector (LwArrays *out, const char *name, const double *data, size_t n)
{
  LwMat view = lw_mat_view ((double *) data, 1, n); /* copied, not written to */
  return lw_arrays_put (out, name, &view);
}

LwStatus
lw_decoupled_to_arrays (const LwLearner *learner, LwArrays *out)
{
  const LwDecoupled *self = (const LwDecoupled *) learner;

  LwStatus status = put_vector (out, "current", self->current, self->form.n_x);
  if (status == LW_OK)
    status = put_vector (out, "model_log_pi", self->model->log_pi, self->model->K);
  if (status == LW_OK)
    status = put_vector (out, "model_sigma_sq", self->model->noise_var, self->model->K);
  if (status == LW_OK)
    status = lw_setting_table_to_arrays (lw_setting_table_of (learner), self->settings, out);
  if (status == LW_OK)
    status = lw_decoupled_mean_to_arrays (&self->mean, out);
  if (status == LW_OK)
    status = lw_lampo_samples_to_arrays (&self->samples, out);
  return status == LW_OK ? lw_policy_history_to_arrays (&self->history, out) : status;
}

static bool
is_vector (const LwMat *mat, size_t n)
{
  return mat != NULL && mat->rows == 1 && mat->cols == n;
}

/* Into a @self that has begun: the policy at hand and those of the history, each of which is computed with. */
static LwStatus
read_policies (LwDecoupled *self, const LwArrays *in)
{
  const LwMat *current = lw_arrays_get (in, "current");

  if (!is_vector (current, self->form.n_x))
    return LW_ERR_SHAPE;
  if (!lw_mat_is_finite (current))
    return LW_ERR_NOT_FINITE;
  LwStatus status = lw_policy_history_from_arrays (&self->history, in, self->samples.n);
  if (status != LW_OK)
    return status;
  for (size_t t = 0; t < self->history.T; t++)
    if (!lw_decoupled_is_policy (&self->form, lw_mat_row (&self->history.x, t)))
      return LW_ERR_RANGE;
  if (!lw_decoupled_is_policy (&self->form, current->data))
    return LW_ERR_RANGE;
  memcpy (self->current, current->data, self->form.n_x * sizeof (double));
  return LW_OK;
}

/* All that @in says into @self, which has its model alone. */
static LwStatus
read_state (LwDecoupled *self, const LwArrays *in)
{
  double settings[LW_DECOUPLED_N_SETTINGS];

  LwStatus status = lw_setting_table_from_arrays (lw_setting_table_of (&self->base), in, settings);
  if (status == LW_OK)
    status = lw_decoupled_mean_from_arrays (&self->mean, self->model, in);
  if (status == LW_OK && !lw_decoupled_can_have (self, settings))
    status = LW_ERR_RANGE;
  if (status == LW_OK)
    status = lw_decoupled_begin (self, settings);
  if (status == LW_OK)
    status = lw_lampo_samples_from_arrays (&self->samples, in);
  if (status == LW_OK)
    status = read_policies (self, in);
  if (status == LW_OK && self->samples.n > 0)
    status = lw_decoupled_catch_up (self);
  return status;
}

LwStatus
lw_decoupled_from_arrays (LwLearner *learner, const LwArrays *in)
{
  LwDecoupled *self = (LwDecoupled *) learner;
  const LwLampoModel *model = self->model;
  const LwMat *log_pi = lw_arrays_get (in, "model_log_pi"), *sigma_sq = lw_arrays_get (in, "model_sigma_sq");
  LwDecoupled read = { .base = self->base, .model = self->model };

  /* A state of the published family has most of these names, but not this one. */
  if (!is_vector (log_pi, model->K) || !is_vector (sigma_sq, model->K) || lw_arrays_get (in, "exploration") == NULL)
    return LW_ERR_SHAPE;
  if (memcmp (log_pi->data, model->log_pi, model->K * sizeof (double)) != 0
      || memcmp (sigma_sq->data, model->noise_var, model->K * sizeof (double)) != 0)
    return LW_ERR_RANGE;
  lw_lampo_samples_init (&read.samples, model);
  LwStatus status = read_state (&read, in);
  if (status != LW_OK) {
    lw_decoupled_clear (&read);
    return status;
  }
  lw_decoupled_clear (self);
  *self = read;
  self->features.form = &self->form;
  return LW_OK;
}
