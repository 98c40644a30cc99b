/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-offset-model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lw-linalg.h"
#include "lw-offset-private.h"

/* A = coefficient U, and the mean in the constant's row. */
static LwStatus
take_regression (LwOffsetModel *self, const LwOffsetRegression *choice, const LwOffsetDirections *directions)
{
  LwStatus status = lw_mat_alloc (&self->regression, choice->coefficient.rows, directions->u.cols);

  if (status != LW_OK)
    return status;
  lw_gemm (1.0, &choice->coefficient, false, &directions->u, false, 0.0, &self->regression);
  for (size_t j = 0; j < directions->u.cols; j++)
    self->regression.data[j] += directions->mean[j];
  return LW_OK;
}

/* V = L'U over the first @d directions. */
static LwStatus
take_basis (LwOffsetModel *self, const LwOffsetRegression *choice, const LwOffsetDirections *directions, size_t d, double floor)
{
  size_t N = choice->residual.rows;
  double freedom = N > choice->features.f ? (double) (N - choice->features.f) : 1.0;
  LwMat residual = lw_mat_block (&choice->residual, 0, 0, N, d), u = lw_mat_block (&directions->u, 0, 0, d, directions->u.cols),
        cov;
  LwStatus status = lw_mat_alloc (&cov, d, d);

  if (status != LW_OK)
    return status;
  lw_syrk (1.0 / freedom, &residual, true, 0.0, &cov);
  for (size_t a = 0; a < d; a++)
    cov.data[a * d + a] += floor * floor * directions->deviation[a] * directions->deviation[a];
  status = lw_chol_factor (&cov);
  if (status == LW_OK)
    status = lw_mat_alloc (&self->basis, d, u.cols);
  if (status == LW_OK)
    lw_gemm (1.0, &cov, true, &u, false, 0.0, &self->basis);
  lw_mat_clear (&cov);
  return status;
}

static LwStatus
check (const LwImitation *imitation)
{
  if (imitation->contexts.rows != imitation->movements.rows || imitation->contexts.cols != imitation->n_context)
    return LW_ERR_SHAPE;
  if (imitation->movements.rows < 2)
    return LW_ERR_TOO_FEW;
  if (!lw_mat_is_finite (&imitation->movements) || !lw_mat_is_finite (&imitation->contexts))
    return LW_ERR_NOT_FINITE;
  return LW_OK;
}

LwStatus
lw_offset_model_init (LwOffsetModel *self, const LwImitation *imitation, size_t degree, size_t dimensions, double floor)
{
  LwOffsetModel model = { 0 };
  LwOffsetDirections directions = { 0 };
  LwOffsetRegression choice = { 0 };
  LwStatus status = check (imitation);

  if (status != LW_OK)
    return status;
  if (degree > LW_OFFSET_MAX_DEGREE || dimensions == 0)
    return LW_ERR_RANGE;
  status = lw_offset_directions_init (&directions, &imitation->movements);
  if (status == LW_OK)
    status = lw_offset_regression_init (&choice, &imitation->contexts, &directions.scores, degree);
  if (status == LW_OK)
    status = take_regression (&model, &choice, &directions);
  if (status == LW_OK)
    status = take_basis (&model, &choice, &directions, dimensions < directions.r ? dimensions : directions.r, floor);
  if (status == LW_OK) {
    double error = 0.0, whole = 0.0;

    for (size_t a = 0; a < directions.r; a++) {
      error += choice.error[a];
      whole += directions.deviation[a] * directions.deviation[a];
    }
    model.left_out = sqrt (error / whole);
    model.features = choice.features;
    choice.features = (LwContextFeatures){ 0 };
    *self = model;
  } else
    lw_offset_model_clear (&model);
  lw_offset_directions_clear (&directions);
  lw_offset_regression_clear (&choice);
  return status;
}

void
lw_offset_model_clear (LwOffsetModel *self)
{
  lw_context_features_clear (&self->features);
  lw_mat_clear (&self->regression);
  lw_mat_clear (&self->basis);
  *self = (LwOffsetModel){ 0 };
}

size_t
lw_offset_model_dimensions (const LwOffsetModel *self)
{
  return self->basis.rows;
}

void
lw_offset_model_movement (const LwOffsetModel *self, const double *context, const double *z, double *phi, double *movement)
{
  lw_context_features_evaluate (&self->features, context, phi);
  lw_gemv (1.0, &self->regression, true, phi, 0.0, movement);
  if (z != NULL)
    lw_gemv (1.0, &self->basis, true, z, 1.0, movement);
}

/* ---- state ---- */

LwStatus
lw_offset_model_to_arrays (const LwOffsetModel *self, LwArrays *out)
{
  LwStatus status = lw_arrays_put_vector (out, "imitation_centre", self->features.centre, self->features.dc);

  if (status == LW_OK)
    status = lw_arrays_put_vector (out, "imitation_unit", self->features.unit, self->features.dc);
  if (status == LW_OK)
    status = lw_arrays_put_scalar (out, "imitation_degree", (double) self->features.degree);
  if (status == LW_OK)
    status = lw_arrays_put_scalar (out, "imitation_left_out", self->left_out);
  if (status == LW_OK)
    status = lw_arrays_put (out, "imitation_regression", &self->regression);
  if (status == LW_OK)
    status = lw_arrays_put (out, "imitation_basis", &self->basis);
  return status;
}

static LwStatus
copy_of (const LwMat *mat, LwMat *out)
{
  LwStatus status = lw_mat_alloc (out, mat->rows, mat->cols);

  if (status == LW_OK)
    lw_mat_copy (mat, out);
  return status;
}

LwStatus
lw_offset_model_from_arrays (const LwArrays *in, size_t n_context, size_t n_movement, LwOffsetModel *out)
{
  const LwMat *centre = lw_arrays_get (in, "imitation_centre"), *unit = lw_arrays_get (in, "imitation_unit");
  const LwMat *regression = lw_arrays_get (in, "imitation_regression"), *basis = lw_arrays_get (in, "imitation_basis");
  double degree = lw_arrays_get_scalar (in, "imitation_degree", -1.0);
  LwOffsetModel model = { .left_out = lw_arrays_get_scalar (in, "imitation_left_out", 0.0) };
  size_t f;
  LwStatus status;

  if (centre == NULL || unit == NULL || regression == NULL || basis == NULL || centre->cols != n_context || centre->rows != 1
      || unit->cols != n_context || unit->rows != 1 || regression->cols != n_movement || basis->cols != n_movement
      || basis->rows == 0)
    return LW_ERR_SHAPE;
  if (!(degree >= 0.0 && degree <= LW_OFFSET_MAX_DEGREE && degree == floor (degree)))
    return LW_ERR_RANGE;
  f = lw_context_features_count (n_context, (size_t) degree);
  if (regression->rows != f)
    return LW_ERR_SHAPE;
  if (!lw_mat_is_finite (centre) || !lw_mat_is_finite (unit) || !lw_mat_is_finite (regression) || !lw_mat_is_finite (basis))
    return LW_ERR_NOT_FINITE;
  status = lw_context_features_init (&model.features, centre, (size_t) degree);
  if (status == LW_OK) {
    memcpy (model.features.unit, unit->data, n_context * sizeof (double));
    status = copy_of (regression, &model.regression);
  }
  if (status == LW_OK)
    status = copy_of (basis, &model.basis);
  if (status != LW_OK)
    lw_offset_model_clear (&model);
  else
    *out = model;
  return status;
}

/* ---- demonstrations kept for another start ---- */

LwStatus
lw_offset_demonstrations_copy (const LwImitation *imitation, LwImitation *out)
{
  LwImitation copy = { .n_context = imitation->n_context, .context_noise = imitation->context_noise, .seed = imitation->seed };
  LwStatus status = copy_of (&imitation->contexts, &copy.contexts);

  if (status == LW_OK)
    status = copy_of (&imitation->movements, &copy.movements);
  if (status != LW_OK)
    lw_offset_demonstrations_clear (&copy);
  else
    *out = copy;
  return status;
}

void
lw_offset_demonstrations_clear (LwImitation *copy)
{
  lw_mat_clear (&copy->contexts);
  lw_mat_clear (&copy->movements);
}
