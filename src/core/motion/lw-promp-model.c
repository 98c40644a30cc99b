/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-promp-model.h"

#include <math.h>
#include <string.h>

LwStatus
lw_promp_model_check (const LwPrompModel *self)
{
  size_t n_weights = self->weights.n_weights;
  const LwMat *sigma = &self->weights.sigma_w, *noise = &self->noise;
  LwStatus status = lw_basis_check (&self->basis);

  if (status != LW_OK)
    return status;
  if (self->n_joints == 0 || self->n_joints > LW_PROMP_MAX_JOINTS || n_weights != self->basis.n * self->n_joints
      || self->weights.mu_w == NULL)
    return LW_ERR_SHAPE;
  if (sigma->rows != n_weights || sigma->cols != n_weights || noise->rows != self->n_joints || noise->cols != self->n_joints)
    return LW_ERR_SHAPE;
  LwMat mu = lw_mat_view (self->weights.mu_w, 1, n_weights);
  return lw_mat_is_finite (&mu) && lw_mat_is_finite (sigma) && lw_mat_is_finite (noise) ? LW_OK : LW_ERR_NOT_FINITE;
}

LwStatus
lw_promp_model_init (LwPrompModel *self, const LwBasis *basis, size_t n_joints, const double *mu_w, const LwMat *sigma_w,
                     const LwMat *noise)
{
  size_t n_weights = basis->n * n_joints;
  /* Only read, to be checked; the fields have no const form. */
  const LwPrompModel given = { *basis, n_joints, { n_weights, (double *) mu_w, *sigma_w }, *noise };
  LwStatus status = lw_promp_model_check (&given);
  if (status != LW_OK)
    return status;

  LwPrompModel made = { .basis = *basis,
                        .n_joints = n_joints,
                        .weights = { .n_weights = n_weights, .mu_w = lw_doubles_new (n_weights) } };
  status = made.weights.mu_w != NULL ? lw_mat_alloc (&made.weights.sigma_w, n_weights, n_weights) : LW_ERR_MEMORY;
  if (status == LW_OK)
    status = lw_mat_alloc (&made.noise, n_joints, n_joints);
  if (status != LW_OK) {
    lw_promp_model_clear (&made);
    return status;
  }
  memcpy (made.weights.mu_w, mu_w, n_weights * sizeof *mu_w);
  lw_mat_copy (sigma_w, &made.weights.sigma_w);
  lw_mat_copy (noise, &made.noise);
  *self = made;
  return LW_OK;
}

void
lw_promp_model_clear (LwPrompModel *self)
{
  lw_weight_gaussian_clear (&self->weights);
  lw_mat_clear (&self->noise);
  *self = (LwPrompModel){ 0 };
}
