/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "lw-decoupled-private.h"

/* As of the published family (lw-lampo-state.c), and the regression that movements are corrections of: it follows from
 * demonstrations that are not stored here. */

LwStatus
lw_decoupled_to_arrays (const LwLearner *learner, LwArrays *out)
{
  const LwDecoupled *self = (const LwDecoupled *) learner;

  LwStatus status = lw_arrays_put_vector (out, "current", self->current, self->form.n_x);
  if (status == LW_OK)
    status = lw_lampo_model_to_arrays (self->model, out);
  if (status == LW_OK)
    status = lw_setting_table_to_arrays (lw_setting_table_of (learner), self->settings, out);
  if (status == LW_OK)
    status = lw_decoupled_mean_to_arrays (&self->mean, out);
  if (status == LW_OK)
    status = lw_lampo_samples_to_arrays (&self->samples, out);
  return status == LW_OK ? lw_policy_history_to_arrays (&self->history, out) : status;
}

/* Into a @self that has begun: the policy at hand and those of the history, each of which is computed with. */
static LwStatus
read_policies (LwDecoupled *self, const LwArrays *in)
{
  const double *current = lw_arrays_get_vector (in, "current", self->form.n_x);

  if (current == NULL)
    return LW_ERR_SHAPE;
  if (!lw_all_finite (current, self->form.n_x))
    return LW_ERR_NOT_FINITE;
  LwStatus status = lw_policy_history_from_arrays (&self->history, in, self->samples.n);
  if (status != LW_OK)
    return status;
  for (size_t t = 0; t < self->history.T; t++)
    if (!lw_decoupled_is_policy (&self->form, lw_mat_row (&self->history.x, t)))
      return LW_ERR_RANGE;
  if (!lw_decoupled_is_policy (&self->form, current))
    return LW_ERR_RANGE;
  memcpy (self->current, current, self->form.n_x * sizeof (double));
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
  LwDecoupled read = { .base = self->base, .model = self->model };

  /* A state of the published family has most of these names, but not this one. */
  if (lw_arrays_get (in, "exploration") == NULL)
    return LW_ERR_SHAPE;
  LwStatus status = lw_lampo_model_check_arrays (model, in);
  if (status != LW_OK)
    return status;
  lw_lampo_samples_init (&read.samples, model);
  status = read_state (&read, in);
  if (status != LW_OK) {
    lw_decoupled_clear (&read);
    return status;
  }
  lw_decoupled_clear (self);
  *self = read;
  self->features.form = &self->form;
  return LW_OK;
}
