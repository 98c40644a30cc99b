/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-decoupled.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lw-decoupled-private.h"

/* Values of `slopes`. */
enum { LW_DECOUPLED_SLOPES_NONE, LW_DECOUPLED_SLOPES_ALWAYS, LW_DECOUPLED_SLOPES_IF_FEW };
/* Where slopes are given up: SLSQP is cubic in the length of a policy. */
#define MOST_NUMBERS 200

static const LwLearnerSetting settings_table[LW_DECOUPLED_N_SETTINGS] = {
  [LW_DECOUPLED_KL_BOUND] = { "kl_bound", 0.2, 1e-4, 10, .logarithmic = true },
  [LW_DECOUPLED_KL_DIRECTION] = { "kl_direction", LW_LAMPO_KL_OLD_NEW, 0, 1, .integer = true },
  [LW_DECOUPLED_REGULARISATION] = { "regularisation", 1e-4, 0, 1, .logarithmic = true },
  [LW_DECOUPLED_CONTEXT_KL_DIRECTION] = { "context_kl_direction", LW_LAMPO_CONTEXT_KL_FIRST_NEW, 0, 1, .integer = true },
  [LW_DECOUPLED_CONTEXT_KL_BOUND] = { "context_kl_bound", 0, 0, 1000 },
  [LW_DECOUPLED_MIN_ESS] = { "min_ess", 0, 0, 1000 },
  [LW_DECOUPLED_CAUTION] = { "caution", 2, 0, 10 },
  [LW_DECOUPLED_EXPLORATION] = { "exploration", 1.5, 0.1, 10, .logarithmic = true, .structural = true },
  [LW_DECOUPLED_SLOPES] = { "slopes", LW_DECOUPLED_SLOPES_IF_FEW, 0, 2, .integer = true, .structural = true },
  [LW_DECOUPLED_MEAN] = { "mean", LW_DECOUPLED_MIXTURE, 0, 2, .integer = true, .structural = true },
  [LW_DECOUPLED_PRIOR_GATE] = { "prior_gate", 0.3, 0, 1000 },
  [LW_DECOUPLED_PRIOR_OFFSET] = { "prior_offset", 0, 0, 1000 },
  [LW_DECOUPLED_PRIOR_SLOPE] = { "prior_slope", 5, 0, 1000 },
  [LW_DECOUPLED_PRIOR_SCALE] = { "prior_scale", 3, 0, 1000 },
  [LW_DECOUPLED_MAX_ITERATIONS] = { "max_iterations", 200, 1, 10000, .logarithmic = true, .integer = true },
  [LW_DECOUPLED_DENOMINATOR] = { "denominator", 0, 0, 1, .integer = true },
  [LW_DECOUPLED_NORMALISED] = { "normalised", 1, 0, 1, .integer = true },
};

const LwLearnerSetting *
lw_decoupled_settings (size_t *n)
{
  *n = LW_DECOUPLED_N_SETTINGS;
  return settings_table;
}

static double
decoupled_get (const LwLearner *learner, const char *name)
{
  return lw_setting_table_get (lw_setting_table_of (learner), ((const LwDecoupled *) learner)->settings, name);
}

bool
lw_decoupled_can_have (const LwDecoupled *self, const double *settings)
{
  return settings[LW_DECOUPLED_MEAN] != LW_DECOUPLED_REGRESSION || self->mean.has_regression;
}

/* What a policy's form is of; the model, the mean and the episodes stay. */
static void
clear_policies (LwDecoupled *self)
{
  lw_decoupled_features_clear (&self->features);
  lw_decoupled_table_clear (&self->table);
  lw_policy_history_clear (&self->history);
  lw_decoupled_form_clear (&self->form);
  free (self->first);
  free (self->current);
  free (self->workspace);
}

static bool
has_slopes (const LwLampoModel *model, double setting)
{
  return setting == LW_DECOUPLED_SLOPES_ALWAYS
         || (setting == LW_DECOUPLED_SLOPES_IF_FEW && model->K * (1 + model->d * (2 + model->r)) <= MOST_NUMBERS);
}

LwStatus
lw_decoupled_begin (LwDecoupled *self, const double *settings)
{
  LwDecoupledForm form;

  LwStatus status = lw_decoupled_form_init (&form, self->model, has_slopes (self->model, settings[LW_DECOUPLED_SLOPES]));
  if (status != LW_OK)
    return status;
  size_t K = self->model->K, r = self->model->r;
  double *first = lw_doubles_new (form.n_x), *current = lw_doubles_new (form.n_x);
  double *workspace = lw_doubles_new (K + K * r + self->model->d + lw_decoupled_mean_scratch (&self->mean, &form));
  if (first == NULL || current == NULL || workspace == NULL) {
    lw_decoupled_form_clear (&form);
    free (first);
    free (current);
    free (workspace);
    return LW_ERR_MEMORY;
  }
  for (size_t i = lw_decoupled_log_s (&form, 0); i < form.n_x; i++)
    first[i] = log (settings[LW_DECOUPLED_EXPLORATION]);
  memcpy (current, first, form.n_x * sizeof *current);
  clear_policies (self);
  self->form = form;
  self->first = first;
  self->current = current;
  self->workspace = workspace;
  lw_decoupled_features_init (&self->features, &self->form);
  lw_policy_history_init (&self->history, form.n_x);
  memcpy (self->settings, settings, sizeof self->settings);
  self->regression = lw_decoupled_mean_is_regression (&self->mean, (LwDecoupledMeanChoice) settings[LW_DECOUPLED_MEAN]);
  return LW_OK;
}

static LwStatus
decoupled_set (LwLearner *learner, const char *name, double value)
{
  LwDecoupled *self = (LwDecoupled *) learner;
  double settings[LW_DECOUPLED_N_SETTINGS];
  size_t i;

  if (!lw_setting_table_allows (lw_setting_table_of (learner), self->settings, name, value, self->samples.n > 0, &i))
    return LW_ERR_RANGE;
  if (settings_table[i].structural && value != self->settings[i]) {
    memcpy (settings, self->settings, sizeof settings);
    settings[i] = value;
    return lw_decoupled_can_have (self, settings) ? lw_decoupled_begin (self, settings) : LW_ERR_RANGE;
  }
  self->settings[i] = value;
  return LW_OK;
}

static size_t
decoupled_latent_size (const LwLearner *learner)
{
  return 1 + ((const LwDecoupled *) learner)->model->d;
}

static LwStatus
decoupled_sample (LwLearner *learner, const double *context, LwRng *rng, double *movement, double *latent, double *log_q)
{
  LwDecoupled *self = (LwDecoupled *) learner;
  const LwLampoModel *model = self->model;
  double *y = self->workspace + model->K, *change = y + model->K * model->r, *scratch = change + model->d;
  size_t k;

  LwStatus status = lw_lampo_model_check_context (model, context);
  if (status != LW_OK)
    return status;
  double log_p = lw_decoupled_sample (&self->form, self->current, context, rng, self->workspace, &k, latent + 1);
  latent[0] = (double) k;
  memcpy (change, latent + 1, model->d * sizeof *change);
  lw_decoupled_scale_e (&self->form, k, change);
  lw_decoupled_mean_movement (&self->mean, &self->form, self->regression, context, k, y + k * model->r, change, scratch,
                              movement);
  if (log_q != NULL)
    *log_q = log_p;
  return LW_OK;
}

static LwStatus
decoupled_mean (const LwLearner *learner, const double *context, double *movement)
{
  const LwDecoupled *self = (const LwDecoupled *) learner;
  const LwLampoModel *model = self->model;
  size_t K = model->K, r = model->r, best = 0;

  LwStatus status = lw_lampo_model_check_context (model, context);
  if (status != LW_OK)
    return status;
  double *log_resp = lw_doubles_new (K + K * r + model->d + lw_decoupled_mean_scratch (&self->mean, &self->form));
  if (log_resp == NULL)
    return LW_ERR_MEMORY;
  double *y = log_resp + K, *change = y + K * r, *scratch = change + model->d;
  lw_decoupled_gate (&self->form, self->current, context, log_resp, y);
  for (size_t k = 1; k < K; k++)
    if (log_resp[k] > log_resp[best])
      best = k;
  lw_decoupled_mean_of_e (&self->form, self->current, best, y + best * r, change);
  lw_decoupled_scale_e (&self->form, best, change);
  lw_decoupled_mean_movement (&self->mean, &self->form, self->regression, context, best, y + best * r, change, scratch, movement);
  free (log_resp);
  return LW_OK;
}

/* ---- learning ---- */

static bool
densities (const double *x, size_t from, double *log_p, void *data)
{
  LwDecoupled *self = data;

  if (!lw_decoupled_is_policy (&self->form, x))
    return false;
  lw_decoupled_table_evaluate (&self->table, x, &self->features, &self->samples, from);
  memcpy (log_p + from, self->table.log_p + from, (self->samples.n - from) * sizeof *log_p);
  return true;
}

LwStatus
lw_decoupled_catch_up (LwDecoupled *self)
{
  LwDecoupledTable wider;

  LwStatus status = lw_decoupled_features_update (&self->features, &self->samples);
  if (status != LW_OK || self->table.stride == self->samples.stride)
    return status;
  status = lw_decoupled_table_init (&wider, &self->form, self->samples.stride);
  if (status == LW_OK) {
    lw_decoupled_table_clear (&self->table);
    self->table = wider;
  }
  return status;
}

static LwStatus
decoupled_add (LwLearner *learner, size_t n, const LwMat *contexts, const LwMat *latents, const double *rewards)
{
  LwDecoupled *self = (LwDecoupled *) learner;
  size_t before = self->samples.n;

  if (contexts->rows != n || contexts->cols != self->model->dc)
    return LW_ERR_SHAPE;
  if (n == 0)
    return LW_OK;
  LwStatus status = lw_lampo_samples_add_records (&self->samples, contexts, latents, rewards);
  if (status != LW_OK)
    return status;
  status = lw_decoupled_catch_up (self);
  if (status == LW_OK)
    status = lw_policy_history_extend (&self->history, self->samples.n, self->current, densities, self);
  if (status != LW_OK)
    self->samples.n = before;
  return status;
}

static LwStatus
decoupled_improve (LwLearner *learner, LwLearnerProgress progress, void *data, const atomic_bool *stop, LwLearnerReport *report)
{
  LwDecoupled *self = (LwDecoupled *) learner;
  const double *s = self->settings;
  const LwDecoupledImproveSettings settings = {
    .kl_bound = s[LW_DECOUPLED_KL_BOUND],
    .kl_direction = (LwLampoKlDirection) s[LW_DECOUPLED_KL_DIRECTION],
    .regularisation = s[LW_DECOUPLED_REGULARISATION],
    .context_kl_direction = (LwLampoContextKlDirection) s[LW_DECOUPLED_CONTEXT_KL_DIRECTION],
    .context_kl_bound = s[LW_DECOUPLED_CONTEXT_KL_BOUND],
    .min_ess = s[LW_DECOUPLED_MIN_ESS],
    .normalised = s[LW_DECOUPLED_NORMALISED] != 0,
    .caution = s[LW_DECOUPLED_CAUTION],
    .prior_gate = s[LW_DECOUPLED_PRIOR_GATE],
    .prior_offset = s[LW_DECOUPLED_PRIOR_OFFSET],
    .prior_slope = s[LW_DECOUPLED_PRIOR_SLOPE],
    .prior_scale = s[LW_DECOUPLED_PRIOR_SCALE],
    .max_iterations = (size_t) s[LW_DECOUPLED_MAX_ITERATIONS],
  };
  LwLearnerReport result;

  double *log_den = lw_doubles_new (self->samples.n), *x = lw_doubles_new (self->form.n_x);
  LwStatus status = log_den != NULL && x != NULL ? lw_decoupled_catch_up (self) : LW_ERR_MEMORY;
  if (status == LW_OK) {
    lw_policy_history_log_denominator (&self->history, s[LW_DECOUPLED_DENOMINATOR] != 0, log_den);
    status = lw_decoupled_improve (&self->features, &self->samples, log_den, self->first, self->current, &settings, progress,
                                   data, stop, x, &result);
  }
  if (status == LW_OK) {
    memcpy (self->current, x, self->form.n_x * sizeof *x);
    if (report != NULL)
      *report = result;
  }
  free (log_den);
  free (x);
  return status;
}

/* ---- life ---- */

void
lw_decoupled_clear (LwDecoupled *self)
{
  clear_policies (self);
  lw_lampo_samples_clear (&self->samples);
  lw_decoupled_mean_clear (&self->mean);
}

static void
decoupled_free (LwLearner *learner)
{
  LwDecoupled *self = (LwDecoupled *) learner;

  lw_decoupled_clear (self);
  lw_lampo_model_clear (self->model);
  free (self->model);
  free (self);
}

static const LwLearnerClass decoupled_class = {
  .latent_size = decoupled_latent_size,
  .sample = decoupled_sample,
  .mean = decoupled_mean,
  .add = decoupled_add,
  .improve = decoupled_improve,
  .settings = lw_decoupled_settings,
  .get = decoupled_get,
  .set = decoupled_set,
  .to_arrays = lw_decoupled_to_arrays,
  .from_arrays = lw_decoupled_from_arrays,
  .free = decoupled_free,
};

/* What @self needs of @imitation, in the form of the defaults. */
static LwStatus
set_up (LwDecoupled *self, const LwImitation *imitation)
{
  double settings[LW_DECOUPLED_N_SETTINGS];

  LwStatus status = lw_lampo_model_init (self->model, imitation->mppca, imitation->n_context);
  if (status != LW_OK)
    return status;
  lw_lampo_samples_init (&self->samples, self->model);
  lw_setting_table_defaults (lw_setting_table_of (&self->base), settings);
  status = lw_decoupled_mean_init (&self->mean, self->model, imitation);
  return status == LW_OK ? lw_decoupled_begin (self, settings) : status;
}

LwLearner *
lw_decoupled_new (const LwImitation *imitation)
{
  LwDecoupled *self = calloc (1, sizeof *self);
  LwLampoModel *model = calloc (1, sizeof *model);

  if (self == NULL || model == NULL) {
    free (self);
    free (model);
    return NULL;
  }
  self->model = model;
  self->base.klass = &decoupled_class;
  LwStatus status = set_up (self, imitation);
  self->base.n_context = model->dc;
  self->base.n_movement = model->m;
  if (status != LW_OK) {
    decoupled_free (&self->base);
    return NULL;
  }
  return &self->base;
}
