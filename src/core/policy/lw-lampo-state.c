/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "lw-lampo-private.h"

/* What cannot be computed again bit for bit is stored (policies, episodes, the table of densities); what the fixed model gives of
 * an episode (its projections) is computed again when a state is read, by the same instructions. */

static LwStatus
put_vector (LwArrays *out, const char *name, const double *data, size_t n)
{
  LwMat view = lw_mat_view ((double *) data, 1, n); /* copied, not written to */
  return lw_arrays_put (out, name, &view);
}

LwStatus
lw_lampo_to_arrays (const LwLearner *learner, LwArrays *out)
{
  const LwLampo *self = (const LwLampo *) learner;

  LwStatus status = put_vector (out, "current", self->current.x, self->model.n_x);
  if (status == LW_OK)
    status = put_vector (out, "model_log_pi", self->model.log_pi, self->model.K);
  if (status == LW_OK)
    status = put_vector (out, "model_sigma_sq", self->model.noise_var, self->model.K);
  if (status == LW_OK)
    status = lw_setting_table_to_arrays (lw_setting_table_of (learner), self->settings, out);
  if (status == LW_OK)
    status = lw_lampo_samples_to_arrays (&self->samples, out);
  return status == LW_OK ? lw_policy_history_to_arrays (&self->history, out) : status;
}

static bool
is_vector (const LwMat *mat, size_t n)
{
  return mat != NULL && mat->rows == 1 && mat->cols == n;
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
  const LwMat *current = lw_arrays_get (in, "current"), *log_pi = lw_arrays_get (in, "model_log_pi");
  const LwMat *sigma_sq = lw_arrays_get (in, "model_sigma_sq");
  LwLampoSamples samples;
  LwPolicyHistory history;
  double settings[LW_LAMPO_N_SETTINGS];

  if (!is_vector (current, model->n_x) || !is_vector (log_pi, model->K) || !is_vector (sigma_sq, model->K))
    return LW_ERR_SHAPE;
  if (memcmp (log_pi->data, model->log_pi, model->K * sizeof (double)) != 0
      || memcmp (sigma_sq->data, model->noise_var, model->K * sizeof (double)) != 0)
    return LW_ERR_RANGE;
  lw_lampo_samples_init (&samples, model);
  lw_policy_history_init (&history, model->n_x);
  LwStatus status = lw_setting_table_from_arrays (lw_setting_table_of (learner), in, settings);
  if (status == LW_OK)
    status = lw_lampo_samples_from_arrays (&samples, in);
  if (status == LW_OK)
    status = lw_policy_history_from_arrays (&history, in, samples.n);
  if (status == LW_OK)
    status = check_policies (self, &history);
  if (status == LW_OK && !lw_lampo_policy_set (&self->other, current->data))
    status = LW_ERR_RANGE;
  if (status == LW_OK && !lw_lampo_policy_set (&self->current, current->data))
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
