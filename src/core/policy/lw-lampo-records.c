/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-lampo-records.h"

#include <math.h>
#include <stdlib.h>

/* The components of @latents, one a row. */
static LwStatus
read_components (const LwMat *latents, size_t K, size_t *k)
{
  for (size_t i = 0; i < latents->rows; i++) {
    double component = lw_mat_get (latents, i, 0);
    if (!isfinite (component))
      return LW_ERR_NOT_FINITE;
    if (!(component >= 0 && component < (double) K && component == floor (component)))
      return LW_ERR_RANGE;
    k[i] = (size_t) component;
  }
  return LW_OK;
}

LwStatus
lw_lampo_samples_add_records (LwLampoSamples *self, const LwMat *contexts, const LwMat *latents, const double *rewards)
{
  size_t n = latents->rows, d = self->model->d;

  if (contexts->rows != n || latents->cols != 1 + d)
    return LW_ERR_SHAPE;
  LwMat z = lw_mat_block (latents, 0, 1, n, d);
  size_t *k = calloc (n > 0 ? n : 1, sizeof *k);
  if (k == NULL)
    return LW_ERR_MEMORY;
  LwStatus status = read_components (latents, self->model->K, k);
  if (status == LW_OK)
    status = lw_lampo_samples_add (self, contexts, k, &z, rewards);
  free (k);
  return status;
}

LwStatus
lw_lampo_samples_to_arrays (const LwLampoSamples *self, LwArrays *out)
{
  size_t n = self->n, d = self->model->d;
  LwMat contexts = lw_mat_block (&self->contexts, 0, 0, n, self->model->dc), rewards = lw_mat_view (self->reward, 1, n), latents;

  if (n == 0)
    return LW_OK;
  LwStatus status = lw_mat_alloc (&latents, n, 1 + d);
  if (status != LW_OK)
    return status;
  for (size_t i = 0; i < n; i++) {
    lw_mat_set (&latents, i, 0, (double) self->k[i]);
    for (size_t j = 0; j < d; j++)
      lw_mat_set (&latents, i, 1 + j, self->z[j * self->stride + i]);
  }
  status = lw_arrays_put (out, "contexts", &contexts);
  if (status == LW_OK)
    status = lw_arrays_put (out, "latents", &latents);
  if (status == LW_OK)
    status = lw_arrays_put (out, "rewards", &rewards);
  lw_mat_clear (&latents);
  return status;
}

LwStatus
lw_lampo_samples_from_arrays (LwLampoSamples *self, const LwArrays *in)
{
  const LwMat *contexts = lw_arrays_get (in, "contexts"), *latents = lw_arrays_get (in, "latents"),
              *rewards = lw_arrays_get (in, "rewards");

  if (latents == NULL)
    return LW_OK;
  if (contexts == NULL || rewards == NULL || rewards->rows != 1 || rewards->cols != latents->rows)
    return LW_ERR_SHAPE;
  return lw_lampo_samples_add_records (self, contexts, latents, rewards->data);
}
