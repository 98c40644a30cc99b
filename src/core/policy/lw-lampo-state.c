/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "lw-lampo-private.h"

/* What cannot be computed again bit for bit is stored (policies, episodes, the table of densities); what the fixed model gives of
 * an episode (its projections) is computed again when a state is read, by the same instructions. */

LwStatus
lw_lampo_to_arrays (const LwLearner *learner, LwArrays *out)
{
  const LwLampo *self = (const LwLampo *) learner;

  LwStatus status = lw_arrays_put_vector (out, "current", self->current.x, self->model.n_x);
  if (status == LW_OK)
    status = lw_lampo_model_to_arrays (&self->model, out);
  if (status == LW_OK)
    status = lw_setting_table_to_arrays (lw_setting_table_of (learner), self->settings, out);
  if (status == LW_OK)
    status = lw_lampo_samples_to_arrays (&self->samples, out);
  return status == LW_OK ? lw_policy_history_to_arrays (&self->history, out) : status;
}

/* The policies of a history are computed with when episodes are added: each has to be one. */
static LwStatus
check_policies (LwLampo *self, const LwPolicyHistory *history)
{
  for (size_t t = 0; t < history->T; t++)
    if (!lw_lampo_policy_set (&self->other, lw_mat_row (&history->x, t)))
      return LW_ERR_RANGE;
  return LW_OK;
}

LwStatus
lw_lampo_from_arrays (LwLearner *learner, const LwArrays *in)
{
  LwLampo *self = (LwLampo *) learner;
  const LwLampoModel *model = &self->model;
  const double *current = lw_arrays_get_vector (in, "current", model->n_x);
  LwLampoSamples samples;
  LwPolicyHistory history;
  double settings[LW_LAMPO_N_SETTINGS];

  if (current == NULL)
    return LW_ERR_SHAPE;
  LwStatus status = lw_lampo_model_check_arrays (model, in);
  if (status != LW_OK)
    return status;
  lw_lampo_samples_init (&samples, model);
  lw_policy_history_init (&history, model->n_x);
  status = lw_setting_table_from_arrays (lw_setting_table_of (learner), in, settings);
  if (status == LW_OK)
    status = lw_lampo_samples_from_arrays (&samples, in);
  if (status == LW_OK)
    status = lw_policy_history_from_arrays (&history, in, samples.n);
  if (status == LW_OK)
    status = check_policies (self, &history);
  if (status == LW_OK && !lw_lampo_policy_set (&self->other, current))
    status = LW_ERR_RANGE;
  if (status == LW_OK && !lw_lampo_policy_set (&self->current, current))
    status = LW_ERR_RANGE;
  if (status != LW_OK) {
    lw_lampo_samples_clear (&samples);
    lw_policy_history_clear (&history);
    return status;
  }
  lw_lampo_samples_clear (&self->samples);
  lw_policy_history_clear (&self->history);
  self->samples = samples;
  self->history = history;
  memcpy (self->settings, settings, sizeof settings);
  return LW_OK;
}
