/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-offset-model.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lw-linalg.h"

#define RIDGE 1e-6 /* of the mean squared feature: dependent features then share their coefficient */

/* ---- directions ---- */

/* Principal directions of the movements: all that count, each regressed by itself. */
typedef struct {
  size_t  r;
  LwMat   u;          /* (r x m) */
  LwMat   scores;     /* (N x r): movements in u, about their mean */
  double *mean;       /* (m) */
  double *deviation;  /* (r) */
} Directions;

static void
directions_clear (Directions *self)
{
  lw_mat_clear (&self->u);
  lw_mat_clear (&self->scores);
  free (self->mean);
  free (self->deviation);
}

/* @size: norm of the movements, beside which rounding in @centred is nothing. */
static LwStatus
take_directions (Directions *self, const LwMat *centred, double size, LwMat *vt, double *s)
{
  size_t N = centred->rows, m = centred->cols, r = vt->rows;
  LwMat leading;
  LwStatus status = lw_svd_thin (centred, NULL, s, vt);

  if (status != LW_OK)
    return status;
  while (self->r < r && s[self->r] > 1e-9 * s[0] && s[self->r] > 1e-12 * size)
    self->r++;
  if (self->r == 0)
    return LW_ERR_TOO_FEW;
  status = lw_mat_alloc (&self->u, self->r, m);
  if (status == LW_OK)
    status = lw_mat_alloc (&self->scores, N, self->r);
  if (status == LW_OK && (self->deviation = lw_doubles_new (self->r)) == NULL)
    status = LW_ERR_MEMORY;
  if (status != LW_OK)
    return status;
  leading = lw_mat_block (vt, 0, 0, self->r, m);
  lw_mat_copy (&leading, &self->u);
  for (size_t a = 0; a < self->r; a++)
    self->deviation[a] = s[a] / sqrt ((double) N);
  return LW_OK;
}

static LwStatus
directions_init (Directions *self, const LwMat *movements)
{
  size_t N = movements->rows, m = movements->cols, r = N < m ? N : m;
  LwMat centred = { 0 }, vt = { 0 };
  double *s = lw_doubles_new (r), size = 0.0;
  LwStatus status = s != NULL ? lw_mat_alloc (&centred, N, m) : LW_ERR_MEMORY;

  for (size_t i = 0; i < N; i++)
    for (size_t j = 0; j < m; j++)
      size += lw_mat_get (movements, i, j) * lw_mat_get (movements, i, j);
  *self = (Directions){ .mean = lw_doubles_new (m) };
  if (status == LW_OK && self->mean == NULL)
    status = LW_ERR_MEMORY;
  if (status == LW_OK)
    status = lw_mat_alloc (&vt, r, m);
  for (size_t pass = 0; pass < 2 && status == LW_OK; pass++)
    {
      for (size_t j = 0; j < m; j++)
        {
          double mean = 0.0;

          for (size_t i = 0; i < N; i++)
            mean += lw_mat_get (movements, i, j) / (double) N;
          self->mean[j] = mean;
          for (size_t i = 0; i < N; i++)
            lw_mat_set (&centred, i, j, lw_mat_get (movements, i, j) - mean);
        }
      /* The decomposition destroys its input; the scores want it once more. */
      if (pass == 0)
        status = take_directions (self, &centred, sqrt (size), &vt, s);
      else
        lw_gemm (1.0, &centred, false, &self->u, true, 0.0, &self->scores);
    }
  lw_mat_clear (&centred);
  lw_mat_clear (&vt);
  free (s);
  return status;
}

/* ---- regression ---- */

typedef struct {
  LwMat   phi;        /* (N x f) */
  LwMat   coefficient; /* (f x r) */
  LwMat   residual;   /* (N x r) */
  double *error;      /* (r) mean squared leave-one-out error */
} Fit;

static void
fit_clear (Fit *fit)
{
  lw_mat_clear (&fit->phi);
  lw_mat_clear (&fit->coefficient);
  lw_mat_clear (&fit->residual);
  free (fit->error);
  *fit = (Fit){ 0 };
}

static LwStatus
fit_alloc (Fit *fit, size_t N, size_t f, size_t r)
{
  *fit = (Fit){ .error = lw_doubles_new (r) };
  if (fit->error != NULL && lw_mat_alloc (&fit->phi, N, f) == LW_OK && lw_mat_alloc (&fit->coefficient, f, r) == LW_OK
      && lw_mat_alloc (&fit->residual, N, r) == LW_OK)
    return LW_OK;
  return LW_ERR_MEMORY;
}

/* Leave-one-out errors are e_i / (1 - h_i), with the leverage h_i = phi_i'(Phi'Phi + ridge)^-1 phi_i. */
static LwStatus
leave_out (Fit *fit, const LwMat *factor)
{
  size_t N = fit->phi.rows, f = fit->phi.cols;
  LwMat turned;
  LwStatus status = lw_mat_alloc (&turned, f, N);

  if (status != LW_OK)
    return status;
  for (size_t i = 0; i < N; i++)
    for (size_t a = 0; a < f; a++)
      lw_mat_set (&turned, a, i, lw_mat_get (&fit->phi, i, a));
  lw_tri_solve_mat (factor, false, &turned);
  for (size_t i = 0; i < N; i++)
    {
      double leverage = 0.0, left;

      for (size_t a = 0; a < f; a++)
        leverage += lw_mat_get (&turned, a, i) * lw_mat_get (&turned, a, i);
      left = fmax (1.0 - leverage, 1e-3);
      for (size_t j = 0; j < fit->residual.cols; j++)
        {
          double e = lw_mat_get (&fit->residual, i, j) / left;

          fit->error[j] += e * e / (double) N;
        }
    }
  lw_mat_clear (&turned);
  return LW_OK;
}

static LwStatus
regress (Fit *fit, const LwContextFeatures *features, const LwMat *contexts, const LwMat *scores)
{
  size_t f = features->f;
  double trace = 0.0;
  LwMat gram;
  LwStatus status = fit_alloc (fit, scores->rows, f, scores->cols);

  if (status == LW_OK)
    status = lw_mat_alloc (&gram, f, f);
  if (status != LW_OK)
    return status;
  lw_context_features_evaluate_all (features, contexts, &fit->phi);
  lw_syrk (1.0, &fit->phi, true, 0.0, &gram);
  for (size_t a = 0; a < f; a++)
    trace += lw_mat_get (&gram, a, a);
  for (size_t a = 0; a < f; a++)
    gram.data[a * f + a] += RIDGE * trace / (double) f;
  lw_gemm (1.0, &fit->phi, true, scores, false, 0.0, &fit->coefficient);
  status = lw_chol_factor (&gram);
  if (status == LW_OK)
    {
      lw_chol_solve_mat (&gram, &fit->coefficient);
      lw_mat_copy (scores, &fit->residual);
      lw_gemm (-1.0, &fit->phi, false, &fit->coefficient, false, 1.0, &fit->residual);
      status = leave_out (fit, &gram);
    }
  lw_mat_clear (&gram);
  return status;
}

/* What is chosen of the fits, direction by direction. Features of a degree begin with those of the one below it, so that a lower
 * degree is a column that ends in zeros. */
typedef struct {
  LwContextFeatures features;    /* of the highest degree tried */
  LwMat             coefficient; /* (f x r) */
  LwMat             residual;    /* (N x r) */
  double           *error;       /* (r) */
} Choice;

static void
choice_clear (Choice *self)
{
  lw_context_features_clear (&self->features);
  lw_mat_clear (&self->coefficient);
  lw_mat_clear (&self->residual);
  free (self->error);
}

static void
take_better (Choice *choice, const Fit *fit, bool any)
{
  for (size_t j = 0; j < fit->residual.cols; j++)
    {
      if (!any && !(fit->error[j] < choice->error[j]))
        continue;
      choice->error[j] = fit->error[j];
      for (size_t a = 0; a < fit->coefficient.rows; a++)
        lw_mat_set (&choice->coefficient, a, j, lw_mat_get (&fit->coefficient, a, j));
      for (size_t i = 0; i < fit->residual.rows; i++)
        lw_mat_set (&choice->residual, i, j, lw_mat_get (&fit->residual, i, j));
    }
}

static LwStatus
choose (Choice *choice, const LwMat *contexts, const LwMat *scores, size_t wanted)
{
  size_t N = scores->rows, r = scores->cols, highest = wanted != 0 ? wanted : LW_OFFSET_MAX_DEGREE;
  LwStatus status;

  while (highest > 0 && lw_context_features_count (contexts->cols, highest) > N / 3)
    highest--;
  *choice = (Choice){ .error = lw_doubles_new (r) };
  status = choice->error != NULL ? lw_context_features_init (&choice->features, contexts, highest) : LW_ERR_MEMORY;
  if (status == LW_OK)
    status = lw_mat_alloc (&choice->coefficient, choice->features.f, r);
  if (status == LW_OK)
    status = lw_mat_alloc (&choice->residual, N, r);
  for (size_t degree = wanted != 0 ? highest : 0; degree <= highest && status == LW_OK; degree++)
    {
      LwContextFeatures features;
      Fit fit = { 0 };

      status = lw_context_features_init_like (&features, &choice->features, degree);
      if (status != LW_OK)
        break;
      status = regress (&fit, &features, contexts, scores);
      if (status == LW_OK)
        take_better (choice, &fit, degree == 0 || wanted != 0);
      fit_clear (&fit);
      lw_context_features_clear (&features);
    }
  for (size_t j = 0; j < r && status == LW_OK; j++)
    if (!isfinite (choice->error[j]))
      status = LW_ERR_NOT_FINITE;
  return status;
}

/* ---- the model ---- */

/* A = coefficient U, and the mean in the constant's row. */
static LwStatus
take_regression (LwOffsetModel *self, const Choice *choice, const Directions *directions)
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
take_basis (LwOffsetModel *self, const Choice *choice, const Directions *directions, size_t d, double floor)
{
  size_t N = choice->residual.rows;
  double freedom = N > choice->features.f ? (double) (N - choice->features.f) : 1.0;
  LwMat residual = lw_mat_block (&choice->residual, 0, 0, N, d), u = lw_mat_block (&directions->u, 0, 0, d, directions->u.cols), cov;
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
  Directions directions = { 0 };
  Choice choice = { 0 };
  LwStatus status = check (imitation);

  if (status != LW_OK)
    return status;
  if (degree > LW_OFFSET_MAX_DEGREE || dimensions == 0)
    return LW_ERR_RANGE;
  status = directions_init (&directions, &imitation->movements);
  if (status == LW_OK)
    status = choose (&choice, &imitation->contexts, &directions.scores, degree);
  if (status == LW_OK)
    status = take_regression (&model, &choice, &directions);
  if (status == LW_OK)
    status = take_basis (&model, &choice, &directions, dimensions < directions.r ? dimensions : directions.r, floor);
  if (status == LW_OK)
    {
      double error = 0.0, whole = 0.0;

      for (size_t a = 0; a < directions.r; a++)
        {
          error += choice.error[a];
          whole += directions.deviation[a] * directions.deviation[a];
        }
      model.left_out = sqrt (error / whole);
      model.features = choice.features;
      choice.features = (LwContextFeatures){ 0 };
      *self = model;
    }
  else
    lw_offset_model_clear (&model);
  directions_clear (&directions);
  choice_clear (&choice);
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
  lw_gemv (1.0, &self->basis, true, z, 1.0, movement);
}

/* ---- state ---- */

LwStatus
lw_offset_model_to_arrays (const LwOffsetModel *self, LwArrays *out)
{
  LwMat centre = lw_mat_view (self->features.centre, 1, self->features.dc);
  LwMat unit = lw_mat_view (self->features.unit, 1, self->features.dc);
  LwStatus status = lw_arrays_put (out, "imitation_centre", &centre);

  if (status == LW_OK)
    status = lw_arrays_put (out, "imitation_unit", &unit);
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
      || unit->cols != n_context || unit->rows != 1 || regression->cols != n_movement || basis->cols != n_movement || basis->rows == 0)
    return LW_ERR_SHAPE;
  if (!(degree >= 0.0 && degree <= LW_OFFSET_MAX_DEGREE && degree == floor (degree)))
    return LW_ERR_RANGE;
  f = lw_context_features_count (n_context, (size_t) degree);
  if (regression->rows != f)
    return LW_ERR_SHAPE;
  if (!lw_mat_is_finite (centre) || !lw_mat_is_finite (unit) || !lw_mat_is_finite (regression) || !lw_mat_is_finite (basis))
    return LW_ERR_NOT_FINITE;
  status = lw_context_features_init (&model.features, centre, (size_t) degree);
  if (status == LW_OK)
    {
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
