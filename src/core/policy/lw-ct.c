/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-ct.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lw-ct-private.h"
#include "lw-gmm-conditional.h"

size_t
lw_ct_latent (const LwCt *self)
{
  return self->model.gmm.p - self->base.n_context;
}

void
lw_ct_movement (const LwCt *self, const double *z, double *movement)
{
  size_t m = self->base.n_movement;
  const LwPca *pca = &self->model.pca;

  if (!self->reduced) {
    memcpy (movement, z, m * sizeof *movement);
    return;
  }
  memcpy (movement, pca->mean, m * sizeof *movement);
  for (size_t a = 0; a < pca->q; a++) {
    const double *direction = lw_mat_row (&pca->directions, a);
    for (size_t j = 0; j < m; j++)
      movement[j] += z[a] * direction[j];
  }
}

size_t
lw_ct_latent_size (const LwLearner *learner)
{
  return 1 + lw_ct_latent ((const LwCt *) learner);
}

LwStatus
lw_ct_sample (LwLearner *learner, const double *context, LwRng *rng, double *movement, double *latent, double *log_q)
{
  LwCt *self = (LwCt *) learner;

  if (!lw_all_finite (context, learner->n_context))
    return LW_ERR_NOT_FINITE;
  latent[0] = (double) lw_gmm_sample (&self->model.gmm, learner->n_context, context, rng, latent + 1, log_q, self->scratch);
  lw_ct_movement (self, latent + 1, movement);
  return LW_OK;
}

LwStatus
lw_ct_mean (const LwLearner *learner, const double *context, double *movement)
{
  const LwCt *self = (const LwCt *) learner;
  const LwGmm *gmm = &self->model.gmm;
  size_t dc = learner->n_context, best = 0;

  if (!lw_all_finite (context, dc))
    return LW_ERR_NOT_FINITE;
  double *log_resp = lw_doubles_new (gmm->K + 2 * gmm->p);
  if (log_resp == NULL)
    return LW_ERR_MEMORY;
  double *scratch = log_resp + gmm->K, *z = scratch + gmm->p;
  lw_gmm_gate (gmm, dc, context, log_resp, scratch);
  for (size_t k = 1; k < gmm->K; k++)
    if (log_resp[k] > log_resp[best])
      best = k;
  lw_gmm_conditional_mean (gmm, best, dc, context, z, scratch);
  lw_ct_movement (self, z, movement);
  free (log_resp);
  return LW_OK;
}

LwStatus
lw_ct_reserve (LwCt *self, size_t n)
{
  size_t width = self->model.gmm.p, capacity = self->capacity * 2 > n ? self->capacity * 2 : n;
  LwMat pending;

  if (n <= self->capacity)
    return LW_OK;
  LwStatus status = lw_mat_alloc (&pending, capacity, width);
  double *rewards = lw_doubles_new (capacity);
  if (status == LW_OK && rewards == NULL)
    status = LW_ERR_MEMORY;
  if (status != LW_OK) {
    lw_mat_clear (&pending);
    free (rewards);
    return status;
  }
  pending.rows = self->pending.rows;
  if (pending.rows > 0) {
    lw_mat_copy (&self->pending, &pending);
    memcpy (rewards, self->rewards, pending.rows * sizeof *rewards);
  }
  lw_mat_clear (&self->pending);
  free (self->rewards);
  self->pending = pending;
  self->rewards = rewards;
  self->capacity = capacity;
  return LW_OK;
}

static LwStatus
check_episodes (const LwCt *self, size_t n, const LwMat *contexts, const LwMat *latents, const double *rewards)
{
  size_t dc = self->base.n_context;

  if (contexts->rows != n || contexts->cols != dc || latents->rows != n || latents->cols != 1 + lw_ct_latent (self))
    return LW_ERR_SHAPE;
  for (size_t i = 0; i < n; i++) {
    if (!lw_all_finite (lw_mat_row (contexts, i), dc) || !lw_all_finite (lw_mat_row (latents, i), latents->cols)
        || !isfinite (rewards[i]))
      return LW_ERR_NOT_FINITE;
    double k = lw_mat_get (latents, i, 0);
    if (!(k >= 0 && k < (double) self->model.gmm.K && k == floor (k)))
      return LW_ERR_RANGE;
  }
  return LW_OK;
}

LwStatus
lw_ct_add (LwLearner *learner, size_t n, const LwMat *contexts, const LwMat *latents, const double *rewards)
{
  LwCt *self = (LwCt *) learner;
  size_t before = self->pending.rows, dc = learner->n_context, q = lw_ct_latent (self);

  LwStatus status = check_episodes (self, n, contexts, latents, rewards);
  if (status == LW_OK)
    status = lw_ct_reserve (self, before + n);
  if (status != LW_OK || n == 0)
    return status;
  self->pending.rows = before + n;
  for (size_t i = 0; i < n; i++) {
    double *row = lw_mat_row (&self->pending, before + i);
    memcpy (row, lw_mat_row (contexts, i), dc * sizeof *row);
    memcpy (row + dc, lw_mat_row (latents, i) + 1, q * sizeof *row);
    self->rewards[before + i] = rewards[i];
  }
  return LW_OK;
}

void
lw_ct_free (LwLearner *learner)
{
  LwCt *self = (LwCt *) learner;

  lw_ct_model_clear (&self->model);
  lw_mat_clear (&self->start);
  lw_mat_clear (&self->pending);
  free (self->rewards);
  free (self->scratch);
  free (self);
}

/* The same numbers the skill's mixture was fitted to: row i has its own stream. */
static void
copy_start (const LwImitation *imitation, const LwMat *start)
{
  size_t dc = imitation->n_context, m = imitation->movements.cols;

  for (size_t i = 0; i < start->rows; i++) {
    double *row = lw_mat_row (start, i);
    LwRng rng;
    lw_rng_init (&rng, imitation->seed, LW_RNG_NOISE, 0, (uint32_t) i);
    for (size_t j = 0; j < dc; j++)
      row[j] = lw_mat_get (&imitation->contexts, i, j) + imitation->context_noise * lw_rng_normal (&rng);
    memcpy (row + dc, lw_mat_row (&imitation->movements, i), m * sizeof *row);
  }
}

LwLearner *
lw_ct_create (const LwLearnerClass *klass, bool reduced, const LwImitation *imitation)
{
  size_t n = imitation->movements.rows, dc = imitation->n_context, m = imitation->movements.cols;
  const LwMppca *mppca = imitation->mppca;

  if (n == 0 || m == 0 || imitation->contexts.rows != n || imitation->contexts.cols != dc)
    return NULL;
  LwCt *self = calloc (1, sizeof *self);
  if (self == NULL)
    return NULL;
  self->base = (LwLearner){ .klass = klass, .n_context = dc, .n_movement = m };
  self->reduced = reduced;
  self->K = mppca->K;
  self->d = mppca->d;
  self->seed = imitation->seed;
  lw_setting_table_defaults (lw_setting_table_of (&self->base), self->settings);
  LwStatus status = lw_mat_alloc (&self->start, n, dc + m);
  if (status == LW_OK) {
    copy_start (imitation, &self->start);
    status = lw_ct_start (self, &self->model);
  }
  self->scratch = lw_doubles_new (LW_MAX_COMPONENTS + mppca->K + dc + m);
  if (status != LW_OK || self->scratch == NULL) {
    lw_ct_free (&self->base);
    return NULL;
  }
  return &self->base;
}

static const LwLearnerClass ct_class = {
  .latent_size = lw_ct_latent_size,
  .sample = lw_ct_sample,
  .mean = lw_ct_mean,
  .add = lw_ct_add,
  .improve = lw_ct_improve,
  .settings = lw_ct_settings,
  .get = lw_ct_get,
  .set = lw_ct_set,
  .to_arrays = lw_ct_to_arrays,
  .from_arrays = lw_ct_from_arrays,
  .free = lw_ct_free,
};

LwLearner *
lw_ct_new (const LwImitation *imitation)
{
  return lw_ct_create (&ct_class, true, imitation);
}
