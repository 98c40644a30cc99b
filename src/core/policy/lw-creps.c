/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-creps.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lw-creps-improve.h"
#include "lw-offset-model.h"
#include "lw-setting-table.h"

enum {
  KL_BOUND,
  STEP_BOUND,
  FEATURES,
  BASELINE,
  DIMENSIONS,
  DEGREE,
  EXPLORATION,
  REUSE,
  MEAN_PRIOR,
  COVARIANCE_PRIOR,
  N_SETTINGS
};

static const LwLearnerSetting settings_table[N_SETTINGS] = {
  [KL_BOUND] = { "kl_bound", 0.5, 1e-3, 10, .logarithmic = true },
  [STEP_BOUND] = { "step_bound", 3, 0.1, 100, .logarithmic = true },
  [FEATURES] = { "features", 2, 0, 2, .integer = true, .structural = true },
  [BASELINE] = { "baseline", 1, 0, 2, .integer = true },
  [DIMENSIONS] = { "dimensions", 6, 1, 64, .integer = true, .structural = true },
  [DEGREE] = { "degree", 0, 0, LW_OFFSET_MAX_DEGREE, .integer = true, .structural = true },
  [EXPLORATION] = { "exploration", 1, 1e-3, 10, .logarithmic = true, .structural = true },
  [REUSE] = { "reuse", 2, 0, 1000, .integer = true },
  [MEAN_PRIOR] = { "mean_prior", 1, 0, 1000 },
  [COVARIANCE_PRIOR] = { "covariance_prior", 1, 0, 1000 },
};
static const LwSettingTable table = { settings_table, N_SETTINGS };

#define FLOOR 0.02 /* of a direction's own spread, where demonstrations do not differ about their mean */

typedef struct {
  LwLearner         base;
  LwImitation       imitation; /* contexts and movements are copies; no mixture */
  LwOffsetModel     model;
  LwContextFeatures features, baseline;
  LwLinearGaussian  policy;
  LwCrepsHistory    history;
  double           *scratch; /* for one draw: (f of the model + f of the policy + d) */
  double            settings[N_SETTINGS];
} LwCreps;

const LwLearnerSetting *
lw_creps_settings (size_t *n)
{
  *n = N_SETTINGS;
  return settings_table;
}

/* ---- everything that depends on the structure ---- */

static void
clear_search (LwCreps *self)
{
  lw_offset_model_clear (&self->model);
  lw_context_features_clear (&self->features);
  lw_context_features_clear (&self->baseline);
  lw_linear_gaussian_clear (&self->policy);
  lw_creps_history_clear (&self->history);
  free (self->scratch);
  self->scratch = NULL;
}

/* Features, policy and an empty history round @self's model. */
static LwStatus
begin_search (LwCreps *self)
{
  size_t d = lw_offset_model_dimensions (&self->model);
  LwStatus status = lw_context_features_init_like (&self->features, &self->model.features, (size_t) self->settings[FEATURES]);

  if (status == LW_OK)
    status = lw_context_features_init_like (&self->baseline, &self->model.features, (size_t) self->settings[BASELINE]);
  if (status == LW_OK)
    status = lw_linear_gaussian_alloc (&self->policy, self->features.f, d);
  if (status == LW_OK)
    status = lw_creps_history_init (&self->history, self->base.n_context, self->features.f, d);
  if (status == LW_OK && (self->scratch = lw_doubles_new (self->model.features.f + self->features.f + d)) == NULL)
    status = LW_ERR_MEMORY;
  for (size_t a = 0; a < d && status == LW_OK; a++)
    lw_mat_set (&self->policy.chol, a, a, self->settings[EXPLORATION]);
  return status;
}

/* Leaves @self as it was on error. */
static LwStatus
start (LwCreps *self)
{
  LwCreps fresh = *self;
  LwStatus status;

  fresh.model = (LwOffsetModel){ 0 };
  fresh.features = fresh.baseline = (LwContextFeatures){ 0 };
  fresh.policy = (LwLinearGaussian){ 0 };
  fresh.history = (LwCrepsHistory){ 0 };
  fresh.scratch = NULL;
  status = lw_offset_model_init (&fresh.model, &self->imitation, (size_t) self->settings[DEGREE],
                                 (size_t) self->settings[DIMENSIONS], FLOOR);
  if (status == LW_OK)
    status = begin_search (&fresh);
  if (status != LW_OK) {
    clear_search (&fresh);
    return status;
  }
  clear_search (self);
  *self = fresh;
  return LW_OK;
}

/* ---- the learner ---- */

static double
creps_get (const LwLearner *learner, const char *name)
{
  return lw_setting_table_get (table, ((const LwCreps *) learner)->settings, name);
}

static LwStatus
take_baseline (LwCreps *self)
{
  LwContextFeatures features;
  LwStatus status = lw_context_features_init_like (&features, &self->model.features, (size_t) self->settings[BASELINE]);

  if (status != LW_OK)
    return status;
  lw_context_features_clear (&self->baseline);
  self->baseline = features;
  return LW_OK;
}

static LwStatus
creps_set (LwLearner *learner, const char *name, double value)
{
  LwCreps *self = (LwCreps *) learner;
  LwStatus status = LW_OK;
  size_t i;

  if (!lw_setting_table_allows (table, self->settings, name, value, self->history.n > 0, &i))
    return LW_ERR_RANGE;
  double before = self->settings[i];
  self->settings[i] = value;
  if (value != before && table.rows[i].structural)
    status = start (self);
  else if (value != before && i == BASELINE)
    status = take_baseline (self);
  if (status != LW_OK)
    self->settings[i] = before;
  return status;
}

static size_t
creps_latent_size (const LwLearner *learner)
{
  return ((const LwCreps *) learner)->policy.d;
}

static LwStatus
creps_sample (LwLearner *learner, const double *context, LwRng *rng, double *movement, double *latent, double *log_q)
{
  LwCreps *self = (LwCreps *) learner;
  double *phi = self->scratch, *psi = phi + self->model.features.f, *normal = psi + self->features.f;
  LwMat features = lw_mat_view (psi, 1, self->features.f), z = lw_mat_view (latent, 1, self->policy.d);
  LwMat column = lw_mat_view (normal, self->policy.d, 1);

  if (!lw_all_finite (context, self->base.n_context))
    return LW_ERR_NOT_FINITE;
  lw_context_features_evaluate (&self->features, context, psi);
  lw_linear_gaussian_sample (&self->policy, psi, rng, normal, latent);
  lw_offset_model_movement (&self->model, context, latent, phi, movement);
  if (log_q != NULL)
    lw_linear_gaussian_log_density (&self->policy, &features, &z, &column, log_q);
  return LW_OK;
}

static LwStatus
creps_mean (const LwLearner *learner, const double *context, double *movement)
{
  const LwCreps *self = (const LwCreps *) learner;
  double *phi, *psi;

  if (!lw_all_finite (context, self->base.n_context))
    return LW_ERR_NOT_FINITE;
  phi = lw_doubles_new (self->model.features.f + self->features.f + self->policy.d);
  if (phi == NULL)
    return LW_ERR_MEMORY;
  psi = phi + self->model.features.f;
  lw_context_features_evaluate (&self->features, context, psi);
  lw_linear_gaussian_mean (&self->policy, psi, psi + self->features.f);
  lw_offset_model_movement (&self->model, context, psi + self->features.f, phi, movement);
  free (phi);
  return LW_OK;
}

static LwStatus
creps_add (LwLearner *learner, size_t n, const LwMat *contexts, const LwMat *latents, const double *rewards)
{
  LwCreps *self = (LwCreps *) learner;
  LwMat phi;
  LwStatus status;

  if (contexts->rows != n || contexts->cols != self->base.n_context || latents->rows != n || latents->cols != self->policy.d)
    return LW_ERR_SHAPE;
  if (!lw_mat_is_finite (contexts))
    return LW_ERR_NOT_FINITE;
  status = lw_mat_alloc (&phi, n, self->features.f);
  if (status != LW_OK)
    return status;
  lw_context_features_evaluate_all (&self->features, contexts, &phi);
  status = lw_creps_history_add (&self->history, &self->policy, contexts, &phi, latents, rewards);
  lw_mat_clear (&phi);
  return status;
}

static LwStatus
creps_improve (LwLearner *learner, LwLearnerProgress progress, void *data, const atomic_bool *stop, LwLearnerReport *report)
{
  LwCreps *self = (LwCreps *) learner;
  const LwCrepsSettings settings = {
    .epsilon = self->settings[KL_BOUND],
    .mean_prior = self->settings[MEAN_PRIOR],
    .covariance_prior = self->settings[COVARIANCE_PRIOR],
    .step_bound = self->settings[STEP_BOUND] * self->settings[KL_BOUND],
    .reuse = (size_t) self->settings[REUSE],
  };
  LwLearnerReport result;
  LwStatus status = lw_creps_improve (&self->history, &self->policy, &self->baseline, &settings, stop, &self->policy, &result);

  if (status != LW_OK)
    return status;
  if (progress != NULL)
    progress (1.0, result.J, data);
  if (report != NULL)
    *report = result;
  return LW_OK;
}

/* ---- state ---- */

static LwStatus
creps_to_arrays (const LwLearner *learner, LwArrays *out)
{
  const LwCreps *self = (const LwCreps *) learner;
  LwStatus status = lw_arrays_put (out, "mean", &self->policy.mean);

  if (status == LW_OK)
    status = lw_arrays_put (out, "chol", &self->policy.chol);
  if (status == LW_OK)
    status = lw_offset_model_to_arrays (&self->model, out);
  if (status == LW_OK)
    status = lw_setting_table_to_arrays (table, self->settings, out);
  if (status == LW_OK)
    status = lw_creps_history_to_arrays (&self->history, out);
  return status;
}

static LwStatus
take_policy (LwLinearGaussian *policy, const LwArrays *in)
{
  const LwMat *mean = lw_arrays_get (in, "mean"), *chol = lw_arrays_get (in, "chol");

  if (mean == NULL || chol == NULL || mean->rows != policy->f || mean->cols != policy->d || chol->rows != policy->d
      || chol->cols != policy->d)
    return LW_ERR_SHAPE;
  if (!lw_mat_is_finite (mean) || !lw_mat_is_finite (chol))
    return LW_ERR_NOT_FINITE;
  for (size_t a = 0; a < policy->d; a++)
    if (!(lw_mat_get (chol, a, a) > 0.0))
      return LW_ERR_NOT_SPD;
  lw_mat_copy (mean, &policy->mean);
  lw_mat_copy (chol, &policy->chol);
  return LW_OK;
}

static LwStatus
creps_from_arrays (LwLearner *learner, const LwArrays *in)
{
  LwCreps *self = (LwCreps *) learner;
  LwCreps fresh = { .base = self->base, .imitation = self->imitation };
  LwStatus status = lw_setting_table_from_arrays (table, in, fresh.settings);

  if (status == LW_OK)
    status = lw_offset_model_from_arrays (in, self->base.n_context, self->base.n_movement, &fresh.model);
  if (status == LW_OK)
    status = begin_search (&fresh);
  if (status == LW_OK)
    status = take_policy (&fresh.policy, in);
  if (status == LW_OK)
    status = lw_creps_history_from_arrays (&fresh.history, in, &fresh.features);
  if (status != LW_OK) {
    clear_search (&fresh);
    return status;
  }
  clear_search (self);
  *self = fresh;
  return LW_OK;
}

static void
creps_free (LwLearner *learner)
{
  LwCreps *self = (LwCreps *) learner;

  clear_search (self);
  lw_offset_demonstrations_clear (&self->imitation);
  free (self);
}

static const LwLearnerClass creps_class = {
  .latent_size = creps_latent_size,
  .sample = creps_sample,
  .mean = creps_mean,
  .add = creps_add,
  .improve = creps_improve,
  .settings = lw_creps_settings,
  .get = creps_get,
  .set = creps_set,
  .to_arrays = creps_to_arrays,
  .from_arrays = creps_from_arrays,
  .free = creps_free,
};

LwLearner *
lw_creps_new (const LwImitation *imitation)
{
  LwCreps *self = calloc (1, sizeof *self);
  LwStatus status;

  if (self == NULL)
    return NULL;
  self->base = (LwLearner){ .klass = &creps_class, .n_context = imitation->n_context, .n_movement = imitation->movements.cols };
  lw_setting_table_defaults (table, self->settings);
  status = lw_offset_demonstrations_copy (imitation, &self->imitation);
  if (status == LW_OK)
    status = start (self);
  if (status == LW_OK)
    return &self->base;
  creps_free (&self->base);
  return NULL;
}
