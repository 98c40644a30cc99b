/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-promp-posterior.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lw-linalg.h"

#define JITTER_FIRST 1e-12
#define JITTER_LAST 1e-6

LwStatus
lw_promp_posterior_init (LwPrompPosterior *self, const LwPrompStatistics *stats)
{
  size_t n = stats->basis.n, n_joints = stats->n_joints, n_weights = n * n_joints, largest = stats->largest;
  LwPrompPosterior made = { .n_joints = n_joints, .n = n, .n_weights = n_weights, .full = stats->full };

  made.mu = lw_doubles_new (n_weights);
  made.log_p = lw_doubles_new (largest);
  made.quadratic = lw_doubles_new (largest);
  made.pair = lw_doubles_new (largest);
  LwStatus status = made.mu != NULL && made.log_p != NULL && made.quadratic != NULL && made.pair != NULL ? LW_OK : LW_ERR_MEMORY;
  LwMat *const squares[] = { &made.l, &made.covariance, &made.precision, &made.product, &made.m, &made.v };
  for (size_t i = 0; status == LW_OK && i < sizeof squares / sizeof *squares; i++)
    status = lw_mat_alloc (squares[i], n_weights, n_weights);
  LwMat *const columns[] = { &made.deviation, &made.delta, &made.gradient };
  for (size_t i = 0; status == LW_OK && i < sizeof columns / sizeof *columns; i++)
    status = lw_mat_alloc (columns[i], n_weights, largest);
  if (status == LW_OK)
    status = lw_mat_alloc (&made.block, n, largest);
  LwMat *const small[] = { &made.noise, &made.noise_sum, &made.small[0], &made.small[1], &made.small[2] };
  for (size_t i = 0; status == LW_OK && i < sizeof small / sizeof *small; i++)
    status = lw_mat_alloc (small[i], n_joints, n_joints);
  if (status == LW_OK)
    *self = made;
  else
    lw_promp_posterior_clear (&made);
  return status;
}

void
lw_promp_posterior_clear (LwPrompPosterior *self)
{
  LwMat *const mats[] = { &self->l,     &self->covariance, &self->precision, &self->product,  &self->m,
                          &self->v,     &self->deviation,  &self->delta,     &self->gradient, &self->block,
                          &self->noise, &self->noise_sum,  &self->small[0],  &self->small[1], &self->small[2] };
  for (size_t i = 0; i < sizeof mats / sizeof *mats; i++)
    lw_mat_clear (mats[i]);
  free (self->mu);
  free (self->log_p);
  free (self->quadratic);
  free (self->pair);
  free (self->weights);
  free (self->log_det);
  *self = (LwPrompPosterior){ 0 };
}

static bool
is_zero (const LwMat *m)
{
  for (size_t i = 0; i < m->rows; i++)
    for (size_t j = 0; j < m->cols; j++)
      if (lw_mat_get (m, i, j) != 0)
        return false;
  return true;
}

LwStatus
lw_promp_posterior_set (LwPrompPosterior *self, const double *mu, const LwMat *sigma, const LwMat *noise)
{
  LwMat mean = lw_mat_view ((double *) mu, 1, self->n_weights); /* only read */
  double trace = 0;

  if (!lw_mat_is_finite (&mean) || !lw_mat_is_finite (sigma) || !lw_mat_is_finite (noise))
    return LW_ERR_NOT_FINITE;
  for (size_t i = 0; i < self->n_weights; i++)
    trace += lw_mat_get (sigma, i, i);
  memcpy (self->mu, mu, self->n_weights * sizeof *mu);
  lw_mat_copy (noise, &self->noise);
  self->jitter = 0;
  lw_mat_copy (sigma, &self->l);
  if (trace == 0 && is_zero (sigma))
    return LW_OK; /* weights that are certain are their own root */
  LwStatus status = lw_chol_factor (&self->l);
  for (double part = JITTER_FIRST; status != LW_OK && part <= JITTER_LAST * 1.5; part *= 10) {
    self->jitter = part * trace / (double) self->n_weights;
    lw_mat_copy (sigma, &self->l);
    for (size_t i = 0; i < self->n_weights; i++)
      lw_mat_row (&self->l, i)[i] += self->jitter;
    status = lw_chol_factor (&self->l);
  }
  return status;
}

/* ---- the noise of each cell ---- */

/* R, zero at joints that the cell lacks, and log |Sigma_y| of those that it has. */
static LwStatus
weigh_cell (LwPrompPosterior *self, const LwPrompCell *cell, LwMat *r, double *log_det)
{
  LwMat factor = lw_mat_block (&self->small[0], 0, 0, cell->n_joints, cell->n_joints);
  LwMat inverse = lw_mat_block (&self->small[1], 0, 0, cell->n_joints, cell->n_joints);

  lw_mat_fill (r, 0);
  lw_mat_fill (&inverse, 0);
  for (size_t a = 0; a < cell->n_joints; a++) {
    lw_mat_set (&inverse, a, a, 1);
    for (size_t b = 0; b < cell->n_joints; b++)
      lw_mat_set (&factor, a, b, self->full || a == b ? lw_mat_get (&self->noise, cell->joint[a], cell->joint[b]) : 0);
  }
  LwStatus status = lw_chol_factor (&factor);
  if (status != LW_OK)
    return status;
  lw_chol_solve_mat (&factor, &inverse);
  for (size_t a = 0; a < cell->n_joints; a++)
    for (size_t b = 0; b < cell->n_joints; b++)
      lw_mat_set (r, cell->joint[a], cell->joint[b], 0.5 * (lw_mat_get (&inverse, a, b) + lw_mat_get (&inverse, b, a)));
  *log_det = lw_chol_logdet (&factor);
  return LW_OK;
}

static LwMat
weights_of (const LwPrompPosterior *self, size_t cell)
{
  return lw_mat_view (self->weights + cell * self->n_joints * self->n_joints, self->n_joints, self->n_joints);
}

static LwStatus
weigh_cells (LwPrompPosterior *self, const LwPrompGroup *group)
{
  if (group->n_cells > self->cells_room) {
    double *weights = lw_doubles_new (group->n_cells * self->n_joints * self->n_joints),
           *log_det = lw_doubles_new (group->n_cells);
    if (weights == NULL || log_det == NULL) {
      free (weights);
      free (log_det);
      return LW_ERR_MEMORY;
    }
    free (self->weights);
    free (self->log_det);
    self->weights = weights;
    self->log_det = log_det;
    self->cells_room = group->n_cells;
  }
  for (size_t s = 0; s < group->n_cells; s++) {
    LwMat r = weights_of (self, s);
    LwStatus status = weigh_cell (self, &group->cells[s], &r, &self->log_det[s]);
    if (status != LW_OK)
      return status;
  }
  return LW_OK;
}

/* ---- posterior covariance ---- */

static void
add_precision (LwPrompPosterior *self, const LwPrompGroup *group)
{
  size_t n = self->n;

  lw_mat_fill (&self->precision, 0);
  for (size_t s = 0; s < group->n_cells; s++) {
    const LwPrompCell *cell = &group->cells[s];
    const LwMat r = weights_of (self, s);
    for (size_t a = 0; a < cell->n_joints; a++)
      for (size_t b = 0; b < cell->n_joints; b++) {
        double weight = lw_mat_get (&r, cell->joint[a], cell->joint[b]);
        if (weight == 0)
          continue;
        for (size_t k = 0; k < n; k++) {
          const double *from = lw_mat_row (&cell->gram, k);
          double *to = lw_mat_row (&self->precision, cell->joint[a] * n + k) + cell->joint[b] * n;
          for (size_t l = 0; l < n; l++)
            to[l] += weight * from[l];
        }
      }
  }
}

/* M M' = I + L' P L, a joint's rows at a time: those of L end at the joint's own columns, and of the result the lower half will
 * do. */
static LwStatus
factor_precision (LwPrompPosterior *self)
{
  size_t n = self->n;

  lw_mat_fill (&self->m, 0);
  for (size_t i = 0; i < self->n_weights; i++)
    lw_mat_set (&self->m, i, i, 1);
  for (size_t a = 0; a < self->n_joints; a++) {
    size_t width = (a + 1) * n;
    LwMat product = lw_mat_block (&self->product, a * n, 0, n, width), l_a = lw_mat_block (&self->l, a * n, 0, n, width);
    LwMat sum = lw_mat_block (&self->m, 0, 0, width, width);
    lw_mat_fill (&product, 0);
    for (size_t b = 0; b < self->n_joints; b++) {
      size_t width_b = b < a ? (b + 1) * n : width;
      LwMat p = lw_mat_block (&self->precision, a * n, b * n, n, n), l_b = lw_mat_block (&self->l, b * n, 0, n, width_b);
      LwMat to = lw_mat_block (&self->product, a * n, 0, n, width_b);
      if (a == b || self->full)
        lw_gemm (1, &p, false, &l_b, false, 1, &to);
    }
    lw_gemm (1, &l_a, true, &product, false, 1, &sum);
  }
  return lw_chol_factor (&self->m);
}

static void
find_covariance (LwPrompPosterior *self)
{
  for (size_t i = 0; i < self->n_weights; i++)
    for (size_t j = 0; j < self->n_weights; j++)
      lw_mat_set (&self->v, i, j, lw_mat_get (&self->l, j, i));
  lw_tri_solve_mat (&self->m, false, &self->v);
  lw_syrk (1, &self->v, true, 0, &self->covariance);
}

/* ---- posterior means ---- */

/* block (n x n_movements) receives Phi'(y - Phi w) of joint number @a of a cell, w = reference + delta. */
static void
cell_moments (LwPrompPosterior *self, const LwPrompCell *cell, size_t a)
{
  size_t n = self->n, n_movements = self->block.cols;
  LwMat cross = lw_mat_block (&cell->cross, a * n, 0, n, n_movements),
        delta = lw_mat_block (&self->delta, cell->joint[a] * n, 0, n, n_movements);

  lw_mat_copy (&cross, &self->block);
  lw_gemm (-1, &cell->gram, false, &delta, false, 1, &self->block);
}

static void
add_scaled (double scale, const LwMat *from, const LwMat *to)
{
  for (size_t i = 0; i < from->rows; i++) {
    const double *source = lw_mat_row (from, i);
    double *target = lw_mat_row (to, i);
    for (size_t j = 0; j < from->cols; j++)
      target[j] += scale * source[j];
  }
}

static void
find_means (LwPrompPosterior *self, const LwPrompGroup *group)
{
  size_t n = self->n, n_movements = group->n_movements;

  for (size_t i = 0; i < self->n_weights; i++) {
    const double *reference = lw_mat_row (&group->reference, i);
    double *row = lw_mat_row (&self->delta, i);
    for (size_t j = 0; j < n_movements; j++)
      row[j] = self->mu[i] - reference[j];
  }
  lw_mat_fill (&self->gradient, 0);
  for (size_t s = 0; s < group->n_cells; s++) {
    const LwPrompCell *cell = &group->cells[s];
    const LwMat r = weights_of (self, s);
    for (size_t a = 0; a < cell->n_joints; a++) {
      cell_moments (self, cell, a);
      for (size_t b = 0; b < cell->n_joints; b++) {
        double weight = lw_mat_get (&r, cell->joint[b], cell->joint[a]);
        LwMat to = lw_mat_block (&self->gradient, cell->joint[b] * n, 0, n, n_movements);
        if (weight != 0)
          add_scaled (weight, &self->block, &to);
      }
    }
  }
  lw_gemm (1, &self->v, false, &self->gradient, false, 0, &self->deviation);
  lw_mat_copy (&self->deviation, &self->gradient);
  lw_tri_solve_mat (&self->m, true, &self->gradient); /* h */
  lw_gemm (1, &self->l, false, &self->gradient, false, 0, &self->deviation);
  add_scaled (1, &self->deviation, &self->delta);
}

/* ---- residuals: what the likelihood and the noise want ---- */

static double
trace_product (const LwMat *gram, const LwMat *covariance)
{
  double sum = 0;
  for (size_t k = 0; k < gram->rows; k++) {
    const double *g = lw_mat_row (gram, k), *c = lw_mat_row (covariance, k);
    for (size_t l = 0; l < gram->cols; l++)
      sum += g[l] * c[l];
  }
  return sum;
}

/* pair (n_movements) receives sum_t (y_a - psi' m_a) (y_b - psi' m_b); block holds Phi'(y_a - Phi m_a). */
static void
residual_products (LwPrompPosterior *self, const LwPrompCell *cell, size_t a, size_t b)
{
  size_t n = self->n, n_movements = self->block.cols;
  double *pair = self->pair;

  for (size_t i = 0; i < n_movements; i++)
    pair[i] = lw_mat_get (&cell->power, i, a * cell->n_joints + b);
  for (size_t k = 0; k < n; k++) {
    const double *delta_a = lw_mat_row (&self->delta, cell->joint[a] * n + k), *cross_b = lw_mat_row (&cell->cross, b * n + k);
    const double *delta_b = lw_mat_row (&self->delta, cell->joint[b] * n + k), *moments_a = lw_mat_row (&self->block, k);
    for (size_t i = 0; i < n_movements; i++)
      pair[i] -= delta_a[i] * cross_b[i] + delta_b[i] * moments_a[i];
  }
}

/* E += P E_oo P' + n (Sigma_y - P Sigma_y), P = Sigma_y R: one for joints seen, the regression on them for others. */
static void
add_with_gaps (LwPrompPosterior *self, const LwMat *r, const LwMat *seen, double n_samples)
{
  LwMat *p = &self->small[0], *half = &self->small[1];

  lw_gemm (1, &self->noise, false, r, false, 0, p);
  lw_gemm (1, p, false, seen, false, 0, half);
  lw_gemm (1, half, false, p, true, 1, &self->noise_sum);
  lw_gemm (-n_samples, p, false, &self->noise, false, 1, &self->noise_sum);
  add_scaled (n_samples, &self->noise, &self->noise_sum);
}

static void
find_residuals (LwPrompPosterior *self, const LwPrompGroup *group)
{
  size_t n = self->n, n_movements = group->n_movements;
  LwMat *seen = &self->small[2];
  double count = (double) n_movements;
  size_t rows_with_any = 0;

  lw_mat_fill (&self->noise_sum, 0);
  memset (self->quadratic, 0, n_movements * sizeof *self->quadratic);
  for (size_t s = 0; s < group->n_cells; s++) {
    const LwPrompCell *cell = &group->cells[s];
    const LwMat r = weights_of (self, s);
    lw_mat_fill (seen, 0);
    for (size_t a = 0; a < cell->n_joints; a++) {
      size_t joint_a = cell->joint[a];
      cell_moments (self, cell, a);
      for (size_t b = self->full ? 0 : a; b <= a; b++) {
        size_t joint_b = cell->joint[b];
        LwMat covariance = lw_mat_block (&self->covariance, joint_a * n, joint_b * n, n, n);
        double weight = (a == b ? 1 : 2) * lw_mat_get (&r, joint_a, joint_b), sum = 0;
        residual_products (self, cell, a, b);
        for (size_t i = 0; i < n_movements; i++) {
          self->quadratic[i] += weight * self->pair[i];
          sum += self->pair[i];
        }
        sum += count * trace_product (&cell->gram, &covariance);
        lw_mat_set (seen, joint_a, joint_b, sum);
        lw_mat_set (seen, joint_b, joint_a, sum);
      }
    }
    rows_with_any += cell->n_rows;
    if (self->full && cell->n_joints < self->n_joints)
      add_with_gaps (self, &r, seen, count * (double) cell->n_rows);
    else
      add_scaled (1, seen, &self->noise_sum);
  }
  /* Samples without any joint, or, where joints do not mix, samples without this one, tell nothing new. */
  if (self->full)
    add_scaled (count * (double) (group->n_rows - rows_with_any), &self->noise, &self->noise_sum);
  else
    for (size_t j = 0; j < self->n_joints; j++)
      lw_mat_row (&self->noise_sum, j)[j] +=
          count * (double) (group->n_rows - group->n_seen[j]) * lw_mat_get (&self->noise, j, j);
}

LwStatus
lw_promp_posterior_visit (LwPrompPosterior *self, const LwPrompGroup *group)
{
  size_t n_movements = group->n_movements;
  LwMat *const columns[] = { &self->deviation, &self->delta, &self->gradient, &self->block };
  for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
    *columns[i] = lw_mat_view (columns[i]->data, columns[i]->rows, n_movements);

  LwStatus status = weigh_cells (self, group);

  if (status != LW_OK)
    return status;
  add_precision (self, group);
  status = factor_precision (self);
  if (status != LW_OK)
    return status;
  find_covariance (self);
  find_means (self, group);
  find_residuals (self, group);

  double common = (double) group->n_observed * log (2 * M_PI) + lw_chol_logdet (&self->m);
  for (size_t s = 0; s < group->n_cells; s++)
    common += (double) group->cells[s].n_rows * self->log_det[s];
  for (size_t k = 0; k < self->n_weights; k++) {
    const double *h = lw_mat_row (&self->gradient, k);
    for (size_t i = 0; i < n_movements; i++)
      self->quadratic[i] += h[i] * h[i];
  }
  for (size_t i = 0; i < n_movements; i++) {
    self->log_p[i] = -0.5 * (common + self->quadratic[i]);
    if (!isfinite (self->log_p[i]))
      return LW_ERR_NOT_FINITE;
  }
  return LW_OK;
}
