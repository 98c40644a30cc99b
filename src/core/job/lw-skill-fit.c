/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From demonstrations to a skill: ridge fits, the weight Gaussian, the mixture over [context | duration | weights]. */
#include <math.h>
#include <string.h>

#include "lw-skill-private.h"

void
lw_fit_settings_init (LwFitSettings *settings)
{
  LwMppcaSettings mppca;

  lw_mppca_settings_init (&mppca);
  *settings = (LwFitSettings){
    .n_basis = 20, .ridge = 1e-6, .shrinkage = 0.05, .K = mppca.K, .d = mppca.d,
    .context_noise = 0.03, .context_scale = 1.0, .restarts = mppca.restarts, .candidates = mppca.candidates, .seed = 1,
  };
}

static gboolean
check_settings (const LwDemonstrations *set, const LwFitSettings *s, GError **error)
{
  if (s->n_basis < 2 || s->n_basis > LW_BASIS_MAX)
    g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, "Basis functions: %zu given, 2 to %d possible", s->n_basis, LW_BASIS_MAX);
  else if (s->K == 0 || s->d == 0)
    g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, "Components and latent dimensions must be at least 1");
  else if (!(s->ridge >= 0.0 && isfinite (s->ridge)) || !(s->context_noise >= 0.0 && isfinite (s->context_noise)))
    g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, "The ridge and the context noise must be finite and not negative");
  else if (!(s->shrinkage >= 0.0 && s->shrinkage <= 1.0) || !(s->context_scale > 0.0 && isfinite (s->context_scale)))
    g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, "The shrinkage must be 0 to 1, the context scale above 0");
  else if (set->trajectories == NULL && s->n_basis != set->n_basis)
    g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, "The demonstrations are given as weights of %zu basis functions; %zu cannot be fitted to them",
                 set->n_basis, s->n_basis);
  else
    return TRUE;
  return FALSE;
}

static gboolean
check_input (const LwDemonstrations *set, const LwFitSettings *settings, GError **error)
{
  if (set->n == 0)
    {
      g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, "There are no demonstrations to fit");
      return FALSE;
    }
  for (size_t i = 0; i < set->n; i++)
    for (size_t j = 0; j < set->n_context; j++)
      if (!isfinite (lw_mat_get (&set->contexts, i, j)))
        {
          g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, "Demonstration %zu: the context “%s” is missing", i + 1, set->context_names[j]);
          return FALSE;
        }
  return check_settings (set, settings, error);
}

/* Demonstrations between two looks at the stop flag: a few milliseconds of work. */
#define FIT_TOGETHER 50

/* [duration | weights] of every demonstration. */
static gboolean
fit_weights (LwSkill *self, const LwDemonstrations *set, LwFitProgress progress, gpointer data, const atomic_bool *stop, GError **error)
{
  size_t n_weights = self->params.cols - 1;
  g_autofree double *rms_data = g_new (double, FIT_TOGETHER * set->n_joints);

  self->largest_rms = NAN;
  if (set->trajectories == NULL)
    {
      lw_mat_copy (&set->params, &self->params);
      return TRUE;
    }
  for (size_t start = 0; start < set->n; start += FIT_TOGETHER)
    {
      size_t n = MIN (FIT_TOGETHER, set->n - start), failed;
      LwMat weights = lw_mat_block (&self->params, start, 1, n, n_weights), rms = lw_mat_view (rms_data, n, set->n_joints);
      LwStatus status;

      if (stop != NULL && atomic_load (stop))
        {
          lw_job_set_error (error, LW_ERR_STOPPED, "Fit");
          return FALSE;
        }
      status = lw_promp_fit_weights_many (&self->basis, set->trajectories + start, n, self->settings.ridge, &weights, &rms, &failed);
      if (status != LW_OK)
        {
          lw_job_set_error (error, status, "Weights of demonstration %zu", start + failed + 1);
          return FALSE;
        }
      for (size_t i = 0; i < n; i++)
        lw_mat_row (&self->params, start + i)[0] = lw_trajectory_duration (set->trajectories[start + i]);
      for (size_t i = 0; i < n * set->n_joints; i++)
        self->largest_rms = fmax (self->largest_rms, rms_data[i]); /* fmax drops the initial NaN */
      if (progress != NULL)
        progress (0.3 * (double) (start + n) / (double) set->n, "Movement primitives", data);
    }
  return TRUE;
}

/* What follows from contexts, weights and mixture: computed alike after a fit and after loading. */
LwStatus
lw_skill_derive (LwSkill *self)
{
  size_t n = self->params.rows, dc = self->n_context, m = self->params.cols;
  LwMat weights = lw_mat_block (&self->params, 0, 1, n, m - 1);
  LwMat x = { 0 };
  LwStatus status = lw_promp_fit_gaussian (&weights, self->settings.shrinkage, &self->gaussian);

  self->mean_duration = 0.0;
  for (size_t i = 0; i < n; i++)
    self->mean_duration += fabs (lw_mat_get (&self->params, i, 0)) / (double) n;
  if (status == LW_OK)
    status = lw_mat_alloc (&x, n, dc + m);
  if (status == LW_OK)
    status = lw_mat_alloc (&self->log_resp, n, self->mppca.K);
  if (status == LW_OK)
    {
      LwMat left = lw_mat_block (&x, 0, 0, n, dc), right = lw_mat_block (&x, 0, dc, n, m);

      lw_mat_copy (&self->contexts, &left);
      lw_mat_copy (&self->params, &right);
      status = lw_mppca_responsibilities (&self->mppca, &x, &self->log_resp, NULL);
    }
  lw_mat_clear (&x);
  return status;
}

static LwStatus
fit_mixture (LwSkill *self, const atomic_bool *stop)
{
  size_t n = self->params.rows, dc = self->n_context, m = self->params.cols;
  LwMppcaSettings settings;
  LwMat x, left, right;
  LwStatus status = lw_mat_alloc (&x, n, dc + m);

  if (status != LW_OK)
    return status;
  left = lw_mat_block (&x, 0, 0, n, dc);
  right = lw_mat_block (&x, 0, dc, n, m);
  lw_mat_copy (&self->contexts, &left);
  lw_mat_copy (&self->params, &right);
  for (size_t i = 0; i < n; i++)
    {
      LwRng rng;

      lw_rng_init (&rng, self->settings.seed, LW_RNG_NOISE, 0, (uint32_t) i);
      for (size_t j = 0; j < dc; j++)
        lw_mat_row (&x, i)[j] += self->settings.context_noise * lw_rng_normal (&rng);
    }

  lw_mppca_settings_init (&settings);
  settings.K = self->K;
  settings.d = self->d;
  settings.restarts = self->settings.restarts;
  settings.candidates = self->settings.candidates;
  settings.n_context = dc;
  settings.context_scale = self->settings.context_scale;
  settings.standardise = self->settings.standardise;
  settings.start = self->settings.published_start ? LW_MPPCA_START_PUBLISHED : LW_MPPCA_START_CLUSTERS;
  settings.seed = self->settings.seed;
  status = lw_mppca_fit (&x, &settings, stop, &self->mppca, &self->report, NULL);
  lw_mat_clear (&x);
  return status;
}

LwSkill *
lw_skill_alloc (size_t n, size_t n_joints, size_t n_context, const LwFitSettings *settings)
{
  LwSkill *self = g_new0 (LwSkill, 1);

  atomic_init (&self->ref_count, 1);
  self->settings = *settings;
  self->n_joints = n_joints;
  self->n_context = n_context;
  self->context_names = g_new0 (char *, n_context + 1);
  self->context_units = g_new0 (char *, n_context + 1);
  if (lw_basis_init_stroke (&self->basis, settings->n_basis) != LW_OK ||
      lw_mat_alloc (&self->contexts, n, n_context) != LW_OK ||
      lw_mat_alloc (&self->params, n, 1 + n_joints * settings->n_basis) != LW_OK)
    {
      lw_skill_unref (self);
      return NULL;
    }
  return self;
}

LwSkill *
lw_skill_fit (const LwDemonstrations *set, const LwFitSettings *settings, LwFitProgress progress, gpointer data,
              const atomic_bool *stop, GError **error)
{
  g_autoptr (LwSkill) self = NULL;
  LwStatus status;

  if (!check_input (set, settings, error))
    return NULL;
  self = lw_skill_alloc (set->n, set->n_joints, set->n_context, settings);
  if (self == NULL)
    {
      lw_job_set_error (error, LW_ERR_MEMORY, "Fit");
      return NULL;
    }
  for (size_t j = 0; j < set->n_context; j++)
    {
      self->context_names[j] = g_strdup (set->context_names[j]);
      self->context_units[j] = g_strdup (set->context_units != NULL && set->context_units[j] != NULL ? set->context_units[j] : "");
    }
  if (set->ids != NULL)
    self->ids = g_memdup2 (set->ids, set->n * sizeof *set->ids);
  if (set->n_context > 0)
    lw_mat_copy (&set->contexts, &self->contexts);

  if (!fit_weights (self, set, progress, data, stop, error))
    return NULL;

  self->K = settings->K;
  self->d = settings->d;
  self->lowered = lw_mppca_limit (set->n, set->n_context + self->params.cols, &self->K, &self->d);
  if (progress != NULL)
    progress (0.35, "Mixture of latent movements", data);
  status = fit_mixture (self, stop);
  if (status != LW_OK)
    {
      lw_job_set_error (error, status, "Mixture of %zu components with %zu latent dimensions over %zu demonstrations", self->K, self->d, set->n);
      return NULL;
    }
  status = lw_skill_derive (self);
  if (status != LW_OK)
    {
      lw_job_set_error (error, status, "Weight distribution");
      return NULL;
    }
  if (progress != NULL)
    progress (1.0, "Done", data);
  return g_steal_pointer (&self);
}
