/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>

#include "lw-dmp.h"
#include "lw-ridge.h"

/* d/dt of the columns of @y: second order at uneven steps, one-sided first order at the ends. */
static void
differences (const double *t, const LwMat *y, const LwMat *dy)
{
  size_t last = y->rows - 1;

  for (size_t j = 0; j < y->cols; j++) {
    for (size_t i = 1; i < last; i++) {
      double before = t[i] - t[i - 1], after = t[i + 1] - t[i];
      double slope_before = (lw_mat_get (y, i, j) - lw_mat_get (y, i - 1, j)) / before;
      double slope_after = (lw_mat_get (y, i + 1, j) - lw_mat_get (y, i, j)) / after;
      lw_mat_set (dy, i, j, (slope_before * after + slope_after * before) / (before + after));
    }
    lw_mat_set (dy, 0, j, (lw_mat_get (y, 1, j) - lw_mat_get (y, 0, j)) / (t[1] - t[0]));
    lw_mat_set (dy, last, j, (lw_mat_get (y, last, j) - lw_mat_get (y, last - 1, j)) / (t[last] - t[last - 1]));
  }
}

static void
derivatives (const LwDmp *self, const LwTrajectory *demo, const LwMat *v_given, const LwMat *acc_given, const LwMat *v,
             const LwMat *acc)
{
  size_t row_bytes = demo->n_joints * sizeof (double), last = demo->n_samples - 1;
  bool rests = self->kind != LW_DMP_FINAL_VELOCITY;

  if (v_given != NULL)
    lw_mat_copy (v_given, v);
  else
    differences (demo->t, &demo->q, v);
  if (v_given == NULL && rests)
    memset (lw_mat_row (v, last), 0, row_bytes);
  if (acc_given != NULL)
    lw_mat_copy (acc_given, acc);
  else
    differences (demo->t, v, acc);
  if (acc_given == NULL && rests)
    memset (lw_mat_row (acc, last), 0, row_bytes);
}

static void
set_end (const LwMat *end, const LwTrajectory *demo, const LwMat *v, const LwMat *acc, size_t i)
{
  size_t row_bytes = demo->n_joints * sizeof (double);
  memcpy (lw_mat_row (end, LW_DMP_POSITION), lw_mat_row (&demo->q, i), row_bytes);
  memcpy (lw_mat_row (end, LW_DMP_VELOCITY), lw_mat_row (v, i), row_bytes);
  memcpy (lw_mat_row (end, LW_DMP_ACCELERATION), lw_mat_row (acc, i), row_bytes);
}

/* The force that would have made the demonstration, tau^2 times its acceleration less what the same primitive does without
 * force; @design: x psi at the samples. */
static void
targets (const LwDmp *forceless, const LwTrajectory *demo, const LwMat *v, const LwMat *acc, const LwMat *design,
         const LwMat *force)
{
  double tau = forceless->tau;

  for (size_t i = 0; i < demo->n_samples; i++) {
    double s = i + 1 < demo->n_samples ? (demo->t[i] - demo->t[0]) / tau : 1;
    double *row = lw_mat_row (design, i), *f = lw_mat_row (force, i);
    double x = lw_forcing_basis_eval (&forceless->basis, s, row);
    for (size_t k = 0; k < forceless->basis.n; k++)
      row[k] *= x;
    lw_dmp_acceleration (forceless, s, lw_mat_row (&demo->q, i), lw_mat_row (v, i), f);
    for (size_t j = 0; j < demo->n_joints; j++)
      f[j] = tau * tau * (lw_mat_get (acc, i, j) - f[j]);
  }
}

static LwStatus
check_input (const LwDmp *self, const LwTrajectory *demo, const LwMat *derivative)
{
  if (derivative == NULL)
    return LW_OK;
  if (derivative->rows != demo->n_samples || derivative->cols != self->n_joints)
    return LW_ERR_SHAPE;
  return lw_mat_is_finite (derivative) ? LW_OK : LW_ERR_NOT_FINITE;
}

LwStatus
lw_dmp_fit (LwDmp *self, const LwTrajectory *demo, const LwMat *v_given, const LwMat *acc_given, double ridge)
{
  if (demo->n_joints != self->n_joints)
    return LW_ERR_SHAPE;
  if (demo->n_samples < 2)
    return LW_ERR_TOO_FEW;
  if (!(ridge >= 0) || isinf (ridge))
    return LW_ERR_RANGE;
  LwStatus status = lw_trajectory_check (demo);
  if (status == LW_OK)
    status = check_input (self, demo, v_given);
  if (status == LW_OK)
    status = check_input (self, demo, acc_given);
  if (status != LW_OK)
    return status;

  size_t n_t = demo->n_samples, n_joints = self->n_joints, n = self->basis.n;
  LwMat v = { 0 }, acc = { 0 }, design = { 0 }, force = { 0 }, gram = { 0 }, columns = { 0 };
  LwDmp fitted = { 0 };
  status = lw_dmp_init (&fitted, self->kind, n_joints, &self->basis, self->a, lw_trajectory_duration (demo));
  const struct {
    LwMat *mat;
    size_t rows, cols;
  } scratch[] = { { &v, n_t, n_joints },     { &acc, n_t, n_joints }, { &design, n_t, n },
                  { &force, n_t, n_joints }, { &gram, n, n },         { &columns, n, n_joints } };
  for (size_t i = 0; status == LW_OK && i < sizeof scratch / sizeof *scratch; i++)
    status = lw_mat_alloc (scratch[i].mat, scratch[i].rows, scratch[i].cols);
  if (status == LW_OK) {
    fitted.b = self->b;
    derivatives (self, demo, v_given, acc_given, &v, &acc);
    set_end (&fitted.start, demo, &v, &acc, 0);
    set_end (&fitted.goal, demo, &v, &acc, n_t - 1);
    targets (&fitted, demo, &v, &acc, &design, &force);
    status = lw_ridge_solve (&design, &force, ridge, &gram, &columns);
  }
  if (status == LW_OK) {
    for (size_t j = 0; j < n_joints; j++)
      for (size_t k = 0; k < n; k++)
        lw_mat_set (&self->w, j, k, lw_mat_get (&columns, k, j));
    lw_mat_copy (&fitted.start, &self->start);
    lw_mat_copy (&fitted.goal, &self->goal);
    self->tau = fitted.tau;
  }
  lw_dmp_clear (&fitted);
  for (size_t i = 0; i < sizeof scratch / sizeof *scratch; i++)
    lw_mat_clear (scratch[i].mat);
  return status;
}
