/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-decoupled.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lw-decoupled-improve.h"
#include "lw-decoupled-mean.h"
#include "lw-lampo-records.h"
#include "lw-policy-history.h"

enum {
  KL_BOUND,
  KL_DIRECTION,
  REGULARISATION,
  CONTEXT_KL_DIRECTION,
  CAUTION,
  EXPLORATION,
  SLOPES,
  MEAN,
  PRIOR_GATE,
  PRIOR_OFFSET,
  PRIOR_SLOPE,
  PRIOR_SCALE,
  MAX_ITERATIONS,
  DENOMINATOR,
  NORMALISED,
  N_SETTINGS
};

static const LwLearnerSetting settings_table[N_SETTINGS] = {
  [KL_BOUND] = { "kl_bound", 0.2, 1e-4, 10, .logarithmic = true },
  [KL_DIRECTION] = { "kl_direction", LW_LAMPO_KL_OLD_NEW, 0, 1, .integer = true },
  [REGULARISATION] = { "regularisation", 1e-4, 0, 1, .logarithmic = true },
  [CONTEXT_KL_DIRECTION] = { "context_kl_direction", LW_LAMPO_CONTEXT_KL_FIRST_NEW, 0, 1, .integer = true },
  [CAUTION] = { "caution", 2, 0, 10 },
  [EXPLORATION] = { "exploration", 2, 0.1, 10, .logarithmic = true, .structural = true },
  [SLOPES] = { "slopes", 1, 0, 1, .integer = true, .structural = true },
  [MEAN] = { "mean", LW_DECOUPLED_BETTER, 0, 2, .integer = true, .structural = true },
  [PRIOR_GATE] = { "prior_gate", 5, 0, 1000 },
  [PRIOR_OFFSET] = { "prior_offset", 0, 0, 1000 },
  [PRIOR_SLOPE] = { "prior_slope", 20, 0, 1000 },
  [PRIOR_SCALE] = { "prior_scale", 3, 0, 1000 },
  [MAX_ITERATIONS] = { "max_iterations", 200, 1, 10000, .logarithmic = true, .integer = true },
  [DENOMINATOR] = { "denominator", 0, 0, 1, .integer = true },
  [NORMALISED] = { "normalised", 1, 0, 1, .integer = true },
};

typedef struct {
  LwLearner           base; /* first: an LwLearner * is one of these */
  LwLampoModel       *model;     /* owned */
  LwDecoupledForm     form;
  LwDecoupledMean     mean;
  bool                regression; /* movements are corrections of it, else of the mixture's */
  LwLampoSamples      samples;
  LwDecoupledFeatures features;
  LwPolicyHistory     history;
  LwDecoupledTable    table;     /* scratch: new columns of the history */
  double             *first, *current; /* (n_x) */
  double             *workspace; /* (K + K*r + d) of a draw */
  double              settings[N_SETTINGS];
} LwDecoupled;

const LwLearnerSetting *
lw_decoupled_settings (size_t *n)
{
  *n = N_SETTINGS;
  return settings_table;
}

static size_t
find_setting (const char *name)
{
  size_t i = 0;
  while (i < N_SETTINGS && strcmp (settings_table[i].name, name) != 0)
    i++;
  return i;
}

static bool
is_valid (size_t i, double value)
{
  const LwLearnerSetting *setting = &settings_table[i];

  return value >= setting->lower && value <= setting->upper && (!setting->integer || value == floor (value));
}

static double
decoupled_get (const LwLearner *learner, const char *name)
{
  size_t i = find_setting (name);

  return i < N_SETTINGS ? ((const LwDecoupled *) learner)->settings[i] : (double) NAN;
}

/* The policy before the first episode, in the form that the settings ask for. Leaves @self as it was on error. */
static LwStatus
begin (LwDecoupled *self, const double *settings)
{
  LwDecoupledForm form;

  LwStatus status = lw_decoupled_form_init (&form, self->model, settings[SLOPES] != 0);
  double *first = lw_doubles_new (form.n_x), *current = lw_doubles_new (form.n_x);
  if (status == LW_OK && (first == NULL || current == NULL))
    status = LW_ERR_MEMORY;
  if (status != LW_OK) {
    lw_decoupled_form_clear (&form);
    free (first);
    free (current);
    return status;
  }
  for (size_t i = lw_decoupled_log_s (&form, 0); i < form.n_x; i++)
    first[i] = log (settings[EXPLORATION]);
  memcpy (current, first, form.n_x * sizeof *current);
  lw_decoupled_features_clear (&self->features);
  lw_decoupled_table_clear (&self->table);
  lw_policy_history_clear (&self->history);
  lw_decoupled_form_clear (&self->form);
  free (self->first);
  free (self->current);
  self->form = form;
  self->first = first;
  self->current = current;
  lw_decoupled_features_init (&self->features, &self->form);
  lw_policy_history_init (&self->history, form.n_x);
  self->regression = lw_decoupled_mean_is_regression (&self->mean, (LwDecoupledMeanChoice) settings[MEAN]);
  return LW_OK;
}

static LwStatus
decoupled_set (LwLearner *learner, const char *name, double value)
{
  LwDecoupled *self = (LwDecoupled *) learner;
  size_t i = find_setting (name);
  double settings[N_SETTINGS];
  LwStatus status = LW_OK;

  if (i == N_SETTINGS || !is_valid (i, value))
    return LW_ERR_RANGE;
  memcpy (settings, self->settings, sizeof settings);
  settings[i] = value;
  if (i == MEAN && value == LW_DECOUPLED_REGRESSION && !self->mean.has_regression)
    return LW_ERR_RANGE;
  if (settings_table[i].structural && value != self->settings[i])
    status = self->samples.n == 0 ? begin (self, settings) : LW_ERR_RANGE;
  if (status == LW_OK)
    self->settings[i] = value;
  return status;
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
  size_t k;

  LwStatus status = lw_lampo_model_check_context (self->model, context);
  if (status != LW_OK)
    return status;
  double log_p = lw_decoupled_sample (&self->form, self->current, context, rng, self->workspace, &k, latent + 1);
  latent[0] = (double) k;
  const double *y_k = self->workspace + self->model->K + k * self->model->r;
  lw_decoupled_mean_movement (&self->mean, self->regression, context, k, y_k, latent + 1, movement);
  if (log_q != NULL)
    *log_q = log_p;
  return LW_OK;
}

static LwStatus
decoupled_mean (const LwLearner *learner, const double *context, double *movement)
{
  const LwDecoupled *self = (const LwDecoupled *) learner;
  size_t K = self->model->K, r = self->model->r, d = self->model->d, best = 0;

  LwStatus status = lw_lampo_model_check_context (self->model, context);
  if (status != LW_OK)
    return status;
  double *scratch = lw_doubles_new (K + K * r + 2 * d);
  if (scratch == NULL)
    return LW_ERR_MEMORY;
  double *log_resp = scratch, *y = scratch + K, *z = y + K * r;
  lw_decoupled_gate (&self->form, self->current, context, log_resp, y);
  for (size_t k = 1; k < K; k++)
    if (log_resp[k] > log_resp[best])
      best = k;
  lw_decoupled_latent_mean (&self->form, self->current, best, y + best * r, z + d, z);
  lw_decoupled_mean_movement (&self->mean, self->regression, context, best, y + best * r, z, movement);
  free (scratch);
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

/* Features and table for all samples. */
static LwStatus
catch_up (LwDecoupled *self)
{
  LwStatus status = lw_decoupled_features_update (&self->features, &self->samples);

  if (status == LW_OK && self->table.stride != self->samples.stride) {
    lw_decoupled_table_clear (&self->table);
    status = lw_decoupled_table_init (&self->table, &self->form, self->samples.stride);
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
  status = catch_up (self);
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
    .kl_bound = s[KL_BOUND],
    .kl_direction = (LwLampoKlDirection) s[KL_DIRECTION],
    .regularisation = s[REGULARISATION],
    .context_kl_direction = (LwLampoContextKlDirection) s[CONTEXT_KL_DIRECTION],
    .normalised = s[NORMALISED] != 0,
    .caution = s[CAUTION],
    .prior_gate = s[PRIOR_GATE],
    .prior_offset = s[PRIOR_OFFSET],
    .prior_slope = s[PRIOR_SLOPE],
    .prior_scale = s[PRIOR_SCALE],
    .max_iterations = (size_t) s[MAX_ITERATIONS],
  };
  LwLearnerReport result;

  double *log_den = lw_doubles_new (self->samples.n), *x = lw_doubles_new (self->form.n_x);
  LwStatus status = log_den != NULL && x != NULL ? LW_OK : LW_ERR_MEMORY;
  if (status == LW_OK) {
    if (s[DENOMINATOR] != 0)
      lw_policy_history_log_batch (&self->history, log_den);
    else
      lw_policy_history_log_mixture (&self->history, log_den);
    status = lw_decoupled_improve (&self->features, &self->samples, log_den, self->first, self->current, &settings, progress, data, stop, x, &result);
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

/* ---- state ---- */

static LwStatus
decoupled_to_arrays (const LwLearner *learner, LwArrays *out)
{
  const LwDecoupled *self = (const LwDecoupled *) learner;
  LwMat current = lw_mat_view (self->current, 1, self->form.n_x), log_pi = lw_mat_view (self->model->log_pi, 1, self->model->K),
        noise_var = lw_mat_view (self->model->noise_var, 1, self->model->K);

  LwStatus status = lw_arrays_put (out, "current", &current);
  if (status == LW_OK)
    status = lw_arrays_put (out, "model_log_pi", &log_pi);
  if (status == LW_OK)
    status = lw_arrays_put (out, "model_sigma_sq", &noise_var);
  for (size_t i = 0; i < N_SETTINGS && status == LW_OK; i++)
    status = lw_arrays_put_scalar (out, settings_table[i].name, self->settings[i]);
  if (status == LW_OK)
    status = lw_decoupled_mean_to_arrays (&self->mean, out);
  if (status == LW_OK)
    status = lw_lampo_samples_to_arrays (&self->samples, out);
  if (status == LW_OK)
    status = lw_policy_history_to_arrays (&self->history, out);
  return status;
}

static bool
is_same (const LwMat *mat, const double *data, size_t n)
{
  return mat->rows == 1 && mat->cols == n && memcmp (mat->data, data, n * sizeof *data) == 0;
}

/* All that @in says into @self, which has its model alone. */
static LwStatus
read_state (LwDecoupled *self, const LwArrays *in)
{
  const LwMat *current = lw_arrays_get (in, "current");

  for (size_t i = 0; i < N_SETTINGS; i++) {
    self->settings[i] = lw_arrays_get_scalar (in, settings_table[i].name, settings_table[i].value);
    if (!is_valid (i, self->settings[i]))
      return LW_ERR_RANGE;
  }
  LwStatus status = begin (self, self->settings);
  if (status == LW_OK)
    status = lw_decoupled_mean_from_arrays (&self->mean, &self->form, in);
  if (status != LW_OK)
    return status;
  if (current->rows != 1 || current->cols != self->form.n_x)
    return LW_ERR_SHAPE;
  if (!lw_decoupled_is_policy (&self->form, current->data))
    return lw_mat_is_finite (current) ? LW_ERR_RANGE : LW_ERR_NOT_FINITE;
  memcpy (self->current, current->data, self->form.n_x * sizeof (double));
  self->regression = lw_decoupled_mean_is_regression (&self->mean, (LwDecoupledMeanChoice) self->settings[MEAN]);
  status = lw_lampo_samples_from_arrays (&self->samples, in);
  if (status == LW_OK && self->samples.n > 0)
    status = catch_up (self);
  if (status == LW_OK)
    status = lw_policy_history_from_arrays (&self->history, in, self->samples.n);
  return status;
}

static void
clear (LwDecoupled *self)
{
  lw_policy_history_clear (&self->history);
  lw_decoupled_features_clear (&self->features);
  lw_decoupled_table_clear (&self->table);
  lw_lampo_samples_clear (&self->samples);
  lw_decoupled_mean_clear (&self->mean);
  lw_decoupled_form_clear (&self->form);
  free (self->first);
  free (self->current);
}

static LwStatus
decoupled_from_arrays (LwLearner *learner, const LwArrays *in)
{
  LwDecoupled *self = (LwDecoupled *) learner;
  const LwLampoModel *model = self->model;
  const LwMat *log_pi = lw_arrays_get (in, "model_log_pi"), *noise_var = lw_arrays_get (in, "model_sigma_sq");
  LwDecoupled read = { .base = self->base, .model = self->model, .workspace = self->workspace };

  if (log_pi == NULL || noise_var == NULL || lw_arrays_get (in, "current") == NULL)
    return LW_ERR_SHAPE;
  if (!is_same (log_pi, model->log_pi, model->K) || !is_same (noise_var, model->noise_var, model->K))
    return LW_ERR_RANGE;
  lw_lampo_samples_init (&read.samples, model);
  LwStatus status = read_state (&read, in);
  if (status != LW_OK) {
    clear (&read);
    return status;
  }
  clear (self);
  *self = read;
  self->features.form = self->mean.form = &self->form;
  return LW_OK;
}

static void
decoupled_free (LwLearner *learner)
{
  LwDecoupled *self = (LwDecoupled *) learner;

  clear (self);
  lw_lampo_model_clear (self->model);
  free (self->model);
  free (self->workspace);
  free (self);
}

static const LwLearnerClass decoupled_class = {
  .name = "lampo",
  .latent_size = decoupled_latent_size,
  .sample = decoupled_sample,
  .mean = decoupled_mean,
  .add = decoupled_add,
  .improve = decoupled_improve,
  .settings = lw_decoupled_settings,
  .get = decoupled_get,
  .set = decoupled_set,
  .to_arrays = decoupled_to_arrays,
  .from_arrays = decoupled_from_arrays,
  .free = decoupled_free,
};

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
  for (size_t i = 0; i < N_SETTINGS; i++)
    self->settings[i] = settings_table[i].value;
  LwStatus status = lw_lampo_model_init (model, imitation->mppca, imitation->n_context);
  if (status == LW_OK) {
    lw_lampo_samples_init (&self->samples, model);
    self->workspace = lw_doubles_new (model->K + model->K * model->r + model->d);
    status = self->workspace != NULL ? begin (self, self->settings) : LW_ERR_MEMORY;
  }
  if (status == LW_OK)
    status = lw_decoupled_mean_init (&self->mean, &self->form, imitation);
  if (status == LW_OK) {
    self->regression = lw_decoupled_mean_is_regression (&self->mean, (LwDecoupledMeanChoice) self->settings[MEAN]);
  }
  self->base = (LwLearner){ .klass = &decoupled_class, .n_context = model->dc, .n_movement = model->m };
  if (status != LW_OK) {
    decoupled_free (&self->base);
    return NULL;
  }
  return &self->base;
}
