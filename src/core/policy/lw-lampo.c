/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-lampo.h"

#include <stdlib.h>
#include <string.h>

#include "lw-lampo-private.h"

static const LwLearnerSetting settings_table[LW_LAMPO_N_SETTINGS] = {
  [LW_LAMPO_KL_BOUND] = { "kl_bound", 0.2, 1e-4, 10, true, false },
  [LW_LAMPO_KL_DIRECTION] = { "kl_direction", LW_LAMPO_KL_OLD_NEW, 0, 1, false, true },
  [LW_LAMPO_REGULARISATION] = { "regularisation", 1e-4, 0, 1, true, false },
  [LW_LAMPO_CONTEXT_KL_DIRECTION] = { "context_kl_direction", LW_LAMPO_CONTEXT_KL_FIRST_NEW, 0, 1, false, true },
  [LW_LAMPO_CONTEXT_KL_BOUND] = { "context_kl_bound", 0, 0, 1000, false, false },
  [LW_LAMPO_MAX_ITERATIONS] = { "max_iterations", 400, 1, 10000, true, true },
  [LW_LAMPO_DENOMINATOR] = { "denominator", 0, 0, 1, false, true },
  [LW_LAMPO_NORMALISED] = { "normalised", 1, 0, 1, false, true },
  [LW_LAMPO_STRATA] = { "strata", 1, 0, 1, false, true },
  [LW_LAMPO_GATE_BOUND] = { "gate_bound", 0.02, 0, 10, false, false },
  [LW_LAMPO_MIN_ESS] = { "min_ess", 0, 0, 1000, false, false },
  [LW_LAMPO_REWARD_UNIT] = { "reward_unit", 0, 0, 1, false, true },
  [LW_LAMPO_GUARD] = { "guard", 1, 0, 1, false, true },
};

const LwLearnerSetting *
lw_lampo_settings (size_t *n)
{
  *n = LW_LAMPO_N_SETTINGS;
  return settings_table;
}

static double
lampo_get (const LwLearner *learner, const char *name)
{
  return lw_setting_table_get (lw_setting_table_of (learner), ((const LwLampo *) learner)->settings, name);
}

static LwStatus
lampo_set (LwLearner *learner, const char *name, double value)
{
  LwLampo *self = (LwLampo *) learner;
  size_t i;

  if (!lw_setting_table_allows (lw_setting_table_of (learner), self->settings, name, value, self->samples.n > 0, &i))
    return LW_ERR_RANGE;
  self->settings[i] = value;
  return LW_OK;
}

static size_t
lampo_latent_size (const LwLearner *learner)
{
  return 1 + ((const LwLampo *) learner)->model.d;
}

static LwStatus
lampo_sample (LwLearner *learner, const double *context, LwRng *rng, double *movement, double *latent, double *log_q)
{
  LwLampo *self = (LwLampo *) learner;
  size_t k;

  LwStatus status = lw_lampo_model_check_context (&self->model, context);
  if (status != LW_OK)
    return status;
  double log_p = lw_lampo_policy_sample (&self->current, context, rng, self->workspace, &k, latent + 1);
  latent[0] = (double) k;
  lw_lampo_model_movement (&self->model, k, latent + 1, movement);
  if (log_q != NULL)
    *log_q = log_p;
  return LW_OK;
}

static LwStatus
lampo_mean (const LwLearner *learner, const double *context, double *movement)
{
  const LwLampo *self = (const LwLampo *) learner;
  const LwLampoModel *model = &self->model;

  LwStatus status = lw_lampo_model_check_context (model, context);
  if (status != LW_OK)
    return status;
  double *scratch = lw_doubles_new (model->K + model->K * model->r + model->d);
  if (scratch == NULL)
    return LW_ERR_MEMORY;
  double *log_resp = scratch, *y = scratch + model->K, *z = y + model->K * model->r;
  size_t best = 0;
  lw_lampo_policy_gate (&self->current, context, log_resp, y);
  for (size_t k = 1; k < model->K; k++)
    if (log_resp[k] > log_resp[best])
      best = k;
  lw_lampo_policy_latent_mean (&self->current, best, y + best * model->r, z);
  lw_lampo_model_movement (model, best, z, movement);
  free (scratch);
  return LW_OK;
}

static bool
densities (const double *x, size_t from, double *log_p, void *data)
{
  LwLampo *self = data;

  if (!lw_lampo_policy_set (&self->other, x))
    return false;
  lw_lampo_table_evaluate (&self->table, &self->other, &self->samples, from);
  memcpy (log_p + from, self->table.log_p + from, (self->samples.n - from) * sizeof *log_p);
  return true;
}

/* Room for the samples in the table that new columns of the history are computed in. */
static LwStatus
reserve_table (LwLampo *self)
{
  if (self->table.stride >= self->samples.stride)
    return LW_OK;
  lw_lampo_table_clear (&self->table);
  return lw_lampo_table_init (&self->table, &self->model, self->samples.stride);
}

static LwStatus
lampo_add (LwLearner *learner, size_t n, const LwMat *contexts, const LwMat *latents, const double *rewards)
{
  LwLampo *self = (LwLampo *) learner;
  size_t before = self->samples.n;

  if (contexts->rows != n || contexts->cols != self->model.dc)
    return LW_ERR_SHAPE;
  if (n == 0)
    return LW_OK;
  LwStatus status = lw_lampo_samples_add_records (&self->samples, contexts, latents, rewards);
  if (status != LW_OK)
    return status;
  status = reserve_table (self);
  if (status == LW_OK)
    status = lw_policy_history_extend (&self->history, self->samples.n, self->current.x, densities, self);
  if (status != LW_OK)
    self->samples.n = before;
  return status;
}

static LwStatus
lampo_improve (LwLearner *learner, LwLearnerProgress progress, void *data, const atomic_bool *stop, LwLearnerReport *report)
{
  LwLampo *self = (LwLampo *) learner;
  const LwLampoImproveSettings settings = {
    .kl_bound = self->settings[LW_LAMPO_KL_BOUND],
    .kl_direction = (LwLampoKlDirection) self->settings[LW_LAMPO_KL_DIRECTION],
    .regularisation = self->settings[LW_LAMPO_REGULARISATION],
    .context_kl_direction = (LwLampoContextKlDirection) self->settings[LW_LAMPO_CONTEXT_KL_DIRECTION],
    .context_kl_bound = self->settings[LW_LAMPO_CONTEXT_KL_BOUND],
    .max_iterations = (size_t) self->settings[LW_LAMPO_MAX_ITERATIONS],
    .normalised = self->settings[LW_LAMPO_NORMALISED] != 0,
    .strata = self->settings[LW_LAMPO_STRATA] != 0,
    .gate_bound = self->settings[LW_LAMPO_GATE_BOUND],
    .min_ess = self->settings[LW_LAMPO_MIN_ESS],
    .raw_rewards = self->settings[LW_LAMPO_REWARD_UNIT] != 0,
    .guard = self->settings[LW_LAMPO_GUARD] != 0,
  };
  LwLearnerReport result;

  double *log_den = lw_doubles_new (self->samples.n), *x = lw_doubles_new (self->model.n_x);
  LwStatus status = log_den != NULL && x != NULL ? LW_OK : LW_ERR_MEMORY;
  if (status == LW_OK) {
    lw_policy_history_log_denominator (&self->history, self->settings[LW_LAMPO_DENOMINATOR] != 0, log_den);
    status =
        lw_lampo_improve (&self->samples, log_den, self->first, self->current.x, &settings, progress, data, stop, x, &result);
  }
  if (status == LW_OK) {
    if (result.accepted && !lw_lampo_policy_set (&self->current, x))
      status = LW_ERR_NOT_FINITE;
    else if (report != NULL)
      *report = result;
  }
  free (log_den);
  free (x);
  return status;
}

static void
lampo_free (LwLearner *learner)
{
  LwLampo *self = (LwLampo *) learner;

  lw_policy_history_clear (&self->history);
  lw_lampo_samples_clear (&self->samples);
  lw_lampo_table_clear (&self->table);
  lw_lampo_policy_clear (&self->current);
  lw_lampo_policy_clear (&self->other);
  lw_lampo_model_clear (&self->model);
  free (self->first);
  free (self->workspace);
  free (self);
}

static const LwLearnerClass lampo_class = {
  .latent_size = lampo_latent_size,
  .sample = lampo_sample,
  .mean = lampo_mean,
  .add = lampo_add,
  .improve = lampo_improve,
  .settings = lw_lampo_settings,
  .get = lampo_get,
  .set = lampo_set,
  .to_arrays = lw_lampo_to_arrays,
  .from_arrays = lw_lampo_from_arrays,
  .free = lampo_free,
};

LwLearner *
lw_lampo_new (const LwImitation *imitation)
{
  LwLampo *self = calloc (1, sizeof *self);

  if (self == NULL)
    return NULL;
  LwStatus status = lw_lampo_model_init (&self->model, imitation->mppca, imitation->n_context);
  const LwLampoModel *model = &self->model;
  lw_lampo_samples_init (&self->samples, model);
  lw_policy_history_init (&self->history, model->n_x);
  if (status == LW_OK)
    status = lw_lampo_policy_init (&self->current, model);
  if (status == LW_OK)
    status = lw_lampo_policy_init (&self->other, model);
  if (status == LW_OK) {
    self->first = lw_doubles_new (model->n_x);
    self->workspace = lw_doubles_new (model->K + model->K * model->r + model->d);
    if (self->first == NULL || self->workspace == NULL)
      status = LW_ERR_MEMORY;
  }
  if (status == LW_OK) {
    lw_lampo_model_first_policy (model, self->first);
    if (!lw_lampo_policy_set (&self->current, self->first))
      status = LW_ERR_RANGE;
  }
  self->base = (LwLearner){ .klass = &lampo_class, .n_context = model->dc, .n_movement = model->m };
  if (status != LW_OK) {
    lampo_free (&self->base);
    return NULL;
  }
  lw_setting_table_defaults (lw_setting_table_of (&self->base), self->settings);
  return &self->base;
}
