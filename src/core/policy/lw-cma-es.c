/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-cma-es.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lw-advantage.h"
#include "lw-cma-batch.h"
#include "lw-cma.h"
#include "lw-offset-model.h"
#include "lw-setting-table.h"

enum { BASELINE, DIMENSIONS, DEGREE, EXPLORATION, N_SETTINGS };

static const LwLearnerSetting settings_table[N_SETTINGS] = {
  [BASELINE] = { "baseline", 2, 0, 2, .integer = true },
  [DIMENSIONS] = { "dimensions", 6, 1, 200, .integer = true, .structural = true },
  [DEGREE] = { "degree", 0, 0, LW_OFFSET_MAX_DEGREE, .integer = true, .structural = true },
  [EXPLORATION] = { "exploration", 1, 1e-3, 10, .logarithmic = true, .structural = true },
};
static const LwSettingTable table = { settings_table, N_SETTINGS };

#define FLOOR 0.02 /* of a direction's own spread, where demonstrations do not differ about their mean */

typedef struct {
  LwLearner     base;
  LwImitation   imitation; /* contexts and movements are copies; no mixture */
  LwOffsetModel model;
  LwCma         cma;
  LwCmaBatch    batch;     /* episodes since the last generation */
  double       *scratch;   /* for one draw: (f + d) */
  double        settings[N_SETTINGS];
} LwCmaEs;

const LwLearnerSetting *
lw_cma_es_settings (size_t *n)
{
  *n = N_SETTINGS;
  return settings_table;
}

/* ---- everything that depends on the structure ---- */

static void
clear_search (LwCmaEs *self)
{
  lw_cma_batch_clear (&self->batch);
  lw_offset_model_clear (&self->model);
  lw_cma_clear (&self->cma);
  free (self->scratch);
  self->scratch = NULL;
}

/* A search yet without model, settings and demonstrations those of @self. */
static LwCmaEs
empty_like (const LwCmaEs *self)
{
  LwCmaEs fresh = { .base = self->base, .imitation = self->imitation };

  memcpy (fresh.settings, self->settings, sizeof fresh.settings);
  return fresh;
}

static LwStatus
allocate_scratch (LwCmaEs *self)
{
  self->scratch = lw_doubles_new (self->model.features.f + self->model.basis.rows);
  return self->scratch != NULL ? LW_OK : LW_ERR_MEMORY;
}

/* Leaves @self as it was on error. */
static LwStatus
start (LwCmaEs *self)
{
  LwCmaEs fresh = empty_like (self);
  LwStatus status = lw_offset_model_init (&fresh.model, &self->imitation, (size_t) self->settings[DEGREE],
                                          (size_t) self->settings[DIMENSIONS], FLOOR);

  if (status == LW_OK)
    status = lw_cma_init (&fresh.cma, lw_offset_model_dimensions (&fresh.model), NULL, self->settings[EXPLORATION]);
  if (status == LW_OK)
    status = allocate_scratch (&fresh);
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
cma_es_get (const LwLearner *learner, const char *name)
{
  return lw_setting_table_get (table, ((const LwCmaEs *) learner)->settings, name);
}

static LwStatus
cma_es_set (LwLearner *learner, const char *name, double value)
{
  LwCmaEs *self = (LwCmaEs *) learner;
  bool begun = self->batch.n > 0 || self->cma.generation > 0;
  size_t i;

  if (!lw_setting_table_allows (table, self->settings, name, value, begun, &i))
    return LW_ERR_RANGE;
  double before = self->settings[i];
  self->settings[i] = value;
  if (value == before || !table.rows[i].structural)
    return LW_OK;
  LwStatus status = start (self);
  if (status != LW_OK)
    self->settings[i] = before;
  return status;
}

static size_t
cma_es_latent_size (const LwLearner *learner)
{
  return ((const LwCmaEs *) learner)->cma.n;
}

static LwStatus
cma_es_sample (LwLearner *learner, const double *context, LwRng *rng, double *movement, double *latent, double *log_q)
{
  LwCmaEs *self = (LwCmaEs *) learner;
  double *phi = self->scratch, *scratch = phi + self->model.features.f;

  if (!lw_all_finite (context, self->base.n_context))
    return LW_ERR_NOT_FINITE;
  lw_cma_sample (&self->cma, rng, scratch, latent);
  lw_offset_model_movement (&self->model, context, latent, phi, movement);
  if (log_q != NULL)
    *log_q = lw_cma_log_density (&self->cma, latent, scratch);
  return LW_OK;
}

static LwStatus
cma_es_mean (const LwLearner *learner, const double *context, double *movement)
{
  const LwCmaEs *self = (const LwCmaEs *) learner;
  double *phi;

  if (!lw_all_finite (context, self->base.n_context))
    return LW_ERR_NOT_FINITE;
  phi = lw_doubles_new (self->model.features.f);
  if (phi == NULL)
    return LW_ERR_MEMORY;
  lw_offset_model_movement (&self->model, context, self->cma.mean, phi, movement);
  free (phi);
  return LW_OK;
}

static LwStatus
cma_es_add (LwLearner *learner, size_t n, const LwMat *contexts, const LwMat *latents, const double *rewards)
{
  LwCmaEs *self = (LwCmaEs *) learner;

  if (contexts->rows != n || contexts->cols != self->base.n_context || latents->rows != n || latents->cols != self->cma.n)
    return LW_ERR_SHAPE;
  return lw_cma_batch_add (&self->batch, contexts, latents, rewards);
}

static bool
all_equal (const double *x, size_t n)
{
  for (size_t i = 1; i < n; i++)
    if (x[i] != x[0])
      return false;
  return true;
}

/* One generation from the episodes since the last; they are forgotten then. */
static LwStatus
generation (LwCmaEs *self, const double *costs, LwLearnerReport *report)
{
  LwCma next;
  LwStatus status = lw_cma_copy (&self->cma, &next);

  if (status != LW_OK)
    return status;
  report->evaluations = self->batch.n;
  status = lw_cma_update (&next, &self->batch.z, costs, &report->ess);
  if (status == LW_OK)
    status = lw_cma_kl (&next, &self->cma, &report->kl);
  if (lw_status_is_numerical (status)) {
    /* Numbers that no distribution comes out of end the generation, not the run. */
    snprintf (report->solver, sizeof report->solver, "kept the old distribution: %s", lw_status_text (status));
    lw_cma_batch_clear (&self->batch);
  }
  if (status != LW_OK) {
    lw_cma_clear (&next);
    return lw_status_is_numerical (status) ? LW_OK : status;
  }
  report->iterations = 1;
  report->accepted = true;
  snprintf (report->solver, sizeof report->solver, "generation %zu, step size %.3g", next.generation, next.sigma);
  lw_cma_clear (&self->cma);
  self->cma = next;
  lw_cma_batch_clear (&self->batch);
  return LW_OK;
}

static LwStatus
cma_es_improve (LwLearner *learner, LwLearnerProgress progress, void *data, const atomic_bool *stop, LwLearnerReport *report)
{
  LwCmaEs *self = (LwCmaEs *) learner;
  LwLearnerReport result = { .J_before = NAN, .J = NAN, .kl_bound = NAN, .context_kl = NAN, .gate = NAN, .ess = NAN,
                             .n_components = 1, .weights = { 1.0 } };
  double *costs = lw_doubles_new (self->batch.n), sum = 0.0;
  LwStatus status = costs != NULL ? LW_OK : LW_ERR_MEMORY;

  if (stop != NULL && atomic_load (stop))
    status = LW_ERR_STOPPED;
  for (size_t i = 0; i < self->batch.n; i++)
    sum += self->batch.rewards[i];
  if (self->batch.n > 0)
    result.J_before = sum / (double) self->batch.n;
  if (status == LW_OK && self->batch.n < 2)
    snprintf (result.solver, sizeof result.solver, "too few episodes");
  else if (status == LW_OK && all_equal (self->batch.rewards, self->batch.n)) {
    snprintf (result.solver, sizeof result.solver, "no episode is better than others");
    lw_cma_batch_clear (&self->batch);
  } else if (status == LW_OK) {
    status = lw_advantage (self->batch.rewards, &self->batch.contexts, &self->model.features, (size_t) self->settings[BASELINE],
                           costs);
    for (size_t i = 0; i < self->batch.n; i++)
      costs[i] = -costs[i];
    if (status == LW_OK)
      status = generation (self, costs, &result);
  }
  free (costs);
  if (status != LW_OK)
    return status;
  if (progress != NULL)
    progress (1.0, result.J_before, data);
  if (report != NULL)
    *report = result;
  return LW_OK;
}

/* ---- state ---- */

static LwStatus
cma_es_to_arrays (const LwLearner *learner, LwArrays *out)
{
  const LwCmaEs *self = (const LwCmaEs *) learner;
  LwStatus status = lw_cma_to_arrays (&self->cma, out);

  if (status == LW_OK)
    status = lw_offset_model_to_arrays (&self->model, out);
  if (status == LW_OK)
    status = lw_setting_table_to_arrays (table, self->settings, out);
  if (status == LW_OK)
    status = lw_cma_batch_to_arrays (&self->batch, out);
  return status;
}

static LwStatus
cma_es_from_arrays (LwLearner *learner, const LwArrays *in)
{
  LwCmaEs *self = (LwCmaEs *) learner;
  LwCmaEs fresh = empty_like (self);
  LwStatus status = lw_setting_table_from_arrays (table, in, fresh.settings);

  if (status == LW_OK)
    status = lw_offset_model_from_arrays (in, self->base.n_context, self->base.n_movement, &fresh.model);
  if (status == LW_OK)
    status = lw_cma_from_arrays (in, lw_offset_model_dimensions (&fresh.model), &fresh.cma);
  if (status == LW_OK)
    status = allocate_scratch (&fresh);
  if (status == LW_OK)
    status = lw_cma_batch_from_arrays (&fresh.batch, in, self->base.n_context, fresh.cma.n);
  if (status != LW_OK) {
    clear_search (&fresh);
    return status;
  }
  clear_search (self);
  *self = fresh;
  return LW_OK;
}

static void
cma_es_free (LwLearner *learner)
{
  LwCmaEs *self = (LwCmaEs *) learner;

  clear_search (self);
  lw_offset_demonstrations_clear (&self->imitation);
  free (self);
}

static const LwLearnerClass cma_es_class = {
  .latent_size = cma_es_latent_size,
  .sample = cma_es_sample,
  .mean = cma_es_mean,
  .add = cma_es_add,
  .improve = cma_es_improve,
  .settings = lw_cma_es_settings,
  .get = cma_es_get,
  .set = cma_es_set,
  .to_arrays = cma_es_to_arrays,
  .from_arrays = cma_es_from_arrays,
  .free = cma_es_free,
};

LwLearner *
lw_cma_es_new (const LwImitation *imitation)
{
  LwCmaEs *self = calloc (1, sizeof *self);
  LwStatus status;

  if (self == NULL)
    return NULL;
  self->base = (LwLearner){ .klass = &cma_es_class, .n_context = imitation->n_context, .n_movement = imitation->movements.cols };
  lw_setting_table_defaults (table, self->settings);
  status = lw_offset_demonstrations_copy (imitation, &self->imitation);
  if (status == LW_OK)
    status = start (self);
  if (status == LW_OK)
    return &self->base;
  cma_es_free (&self->base);
  return NULL;
}
