/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdlib.h>
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

static LwStatus
put_episodes (const LwLampo *self, LwArrays *out)
{
  const LwLampoSamples *samples = &self->samples;
  size_t n = samples->n, d = self->model.d;
  LwMat contexts = lw_mat_block (&samples->contexts, 0, 0, n, self->model.dc), latents;

  LwStatus status = lw_mat_alloc (&latents, n, 1 + d);
  if (status != LW_OK)
    return status;
  for (size_t i = 0; i < n; i++) {
    lw_mat_set (&latents, i, 0, (double) samples->k[i]);
    for (size_t j = 0; j < d; j++)
      lw_mat_set (&latents, i, 1 + j, samples->z[j * samples->stride + i]);
  }
  status = lw_arrays_put (out, "contexts", &contexts);
  if (status == LW_OK)
    status = lw_arrays_put (out, "latents", &latents);
  if (status == LW_OK)
    status = put_vector (out, "rewards", samples->reward, n);
  lw_mat_clear (&latents);
  return status;
}

static LwStatus
put_history (const LwLampo *self, LwArrays *out)
{
  const LwLampoHistory *history = &self->history;
  LwMat x = lw_mat_block (&history->x, 0, 0, history->T, self->model.n_x);
  LwMat log_p = lw_mat_block (&history->log_p, 0, 0, history->T, history->N), counts;

  LwStatus status = lw_mat_alloc (&counts, 1, history->T);
  if (status != LW_OK)
    return status;
  for (size_t t = 0; t < history->T; t++)
    counts.data[t] = (double) history->count[t];
  status = lw_arrays_put (out, "policies", &x);
  if (status == LW_OK)
    status = lw_arrays_put (out, "log_p", &log_p);
  if (status == LW_OK)
    status = lw_arrays_put (out, "counts", &counts);
  lw_mat_clear (&counts);
  return status;
}

LwStatus
lw_lampo_to_arrays (const LwLearner *learner, LwArrays *out)
{
  const LwLampo *self = (const LwLampo *) learner;
  size_t n_settings;
  const LwLearnerSetting *table = lw_lampo_settings (&n_settings);

  LwStatus status = put_vector (out, "current", self->current.x, self->model.n_x);
  if (status == LW_OK)
    status = put_vector (out, "model_log_pi", self->model.log_pi, self->model.K);
  if (status == LW_OK)
    status = put_vector (out, "model_sigma_sq", self->model.noise_var, self->model.K);
  for (size_t i = 0; i < n_settings && status == LW_OK; i++)
    status = lw_arrays_put_scalar (out, table[i].name, self->settings[i]);
  if (status == LW_OK && self->samples.n > 0)
    status = put_episodes (self, out);
  if (status == LW_OK && self->samples.n > 0)
    status = put_history (self, out);
  return status;
}

static bool
is_vector (const LwMat *mat, size_t n)
{
  return mat != NULL && mat->rows * mat->cols == n && (mat->rows == 1 || mat->stride == mat->cols);
}

/* The state's episodes into @samples and @history, which are empty. */
static LwStatus
read_episodes (const LwLampo *self, const LwArrays *in, LwLampoSamples *samples, LwLampoHistory *history)
{
  const LwMat *contexts = lw_arrays_get (in, "contexts"), *latents = lw_arrays_get (in, "latents"),
              *rewards = lw_arrays_get (in, "rewards");
  const LwMat *x = lw_arrays_get (in, "policies"), *log_p = lw_arrays_get (in, "log_p"), *counts = lw_arrays_get (in, "counts");

  if (latents == NULL)
    return LW_OK;
  size_t n = latents->rows;
  if (contexts == NULL || contexts->rows != n || contexts->cols != self->model.dc || !is_vector (rewards, n) || x == NULL
      || log_p == NULL)
    return LW_ERR_SHAPE;
  size_t T = x->rows;
  if (T == 0 || x->cols != self->model.n_x || log_p->rows != T || log_p->cols != n || !is_vector (counts, T))
    return LW_ERR_SHAPE;
  if (!lw_mat_is_finite (x) || !lw_mat_is_finite (log_p))
    return LW_ERR_NOT_FINITE;
  double total = 0;
  for (size_t t = 0; t < T; t++) {
    if (!(counts->data[t] > 0 && counts->data[t] <= (double) n && counts->data[t] == floor (counts->data[t])))
      return LW_ERR_RANGE;
    total += counts->data[t];
  }
  if (total != (double) n)
    return LW_ERR_RANGE;

  LwStatus status = lw_lampo_add_samples (self, samples, contexts, latents, rewards->data);
  if (status == LW_OK)
    status = lw_lampo_history_reserve (history, T, n);
  for (size_t t = 0; t < T && status == LW_OK; t++) {
    memcpy (lw_mat_row (&history->x, t), lw_mat_row (x, t), x->cols * sizeof (double));
    memcpy (lw_mat_row (&history->log_p, t), lw_mat_row (log_p, t), n * sizeof (double));
    history->count[t] = (size_t) counts->data[t];
  }
  history->T = T;
  history->N = n;
  return status;
}

static LwStatus
read_settings (const LwArrays *in, double *settings)
{
  size_t n_settings;
  const LwLearnerSetting *table = lw_lampo_settings (&n_settings);

  for (size_t i = 0; i < n_settings; i++) {
    settings[i] = lw_arrays_get_scalar (in, table[i].name, table[i].value);
    if (!lw_lampo_setting_is_valid (i, settings[i]))
      return LW_ERR_RANGE;
  }
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
  LwLampoHistory history;
  double settings[LW_LAMPO_N_SETTINGS];

  if (!is_vector (current, model->n_x) || !is_vector (log_pi, model->K) || !is_vector (sigma_sq, model->K))
    return LW_ERR_SHAPE;
  if (memcmp (log_pi->data, model->log_pi, model->K * sizeof (double)) != 0
      || memcmp (sigma_sq->data, model->noise_var, model->K * sizeof (double)) != 0)
    return LW_ERR_RANGE;
  lw_lampo_samples_init (&samples, model);
  lw_lampo_history_init (&history, model);
  LwStatus status = read_settings (in, settings);
  if (status == LW_OK)
    status = read_episodes (self, in, &samples, &history);
  if (status == LW_OK && !lw_lampo_policy_set (&self->other, current->data))
    status = LW_ERR_RANGE;
  if (status == LW_OK && !lw_lampo_policy_set (&self->current, current->data))
    status = LW_ERR_RANGE;
  if (status != LW_OK) {
    lw_lampo_samples_clear (&samples);
    lw_lampo_history_clear (&history);
    return status;
  }
  lw_lampo_samples_clear (&self->samples);
  lw_lampo_history_clear (&self->history);
  self->samples = samples;
  self->history = history;
  memcpy (self->settings, settings, sizeof settings);
  return LW_OK;
}
