/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-policy-history.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Columns are added in such pieces at least. */
#define LEAST_COLUMNS 64
#define LEAST_ROWS 16

void
lw_policy_history_init (LwPolicyHistory *self, size_t n_x)
{
  *self = (LwPolicyHistory){ .n_x = n_x };
}

void
lw_policy_history_clear (LwPolicyHistory *self)
{
  lw_mat_clear (&self->x);
  lw_mat_clear (&self->log_p);
  free (self->count);
  *self = (LwPolicyHistory){ .n_x = self->n_x };
}

static size_t
grown (size_t have, size_t wanted, size_t least)
{
  return wanted <= have ? have : wanted > 2 * have ? (wanted > least ? wanted : least) : 2 * have;
}

/* Room for @T policies and @N samples; what is there is kept. */
static LwStatus
reserve (LwPolicyHistory *self, size_t T, size_t N)
{
  size_t rows = grown (self->x.rows, T, LEAST_ROWS), columns = grown (self->log_p.cols, N, LEAST_COLUMNS);
  LwMat x = { 0 }, log_p = { 0 };

  if (rows == self->x.rows && columns == self->log_p.cols)
    return LW_OK;
  size_t *count = calloc (rows, sizeof *count);
  LwStatus status = count != NULL ? lw_mat_alloc (&x, rows, self->n_x) : LW_ERR_MEMORY;
  if (status == LW_OK)
    status = lw_mat_alloc (&log_p, rows, columns);
  if (status != LW_OK) {
    lw_mat_clear (&x);
    free (count);
    return status;
  }
  for (size_t t = 0; t < self->T; t++) {
    memcpy (lw_mat_row (&x, t), lw_mat_row (&self->x, t), self->n_x * sizeof (double));
    memcpy (lw_mat_row (&log_p, t), lw_mat_row (&self->log_p, t), self->N * sizeof (double));
    count[t] = self->count[t];
  }
  lw_mat_clear (&self->x);
  lw_mat_clear (&self->log_p);
  free (self->count);
  self->x = x;
  self->log_p = log_p;
  self->count = count;
  return LW_OK;
}

LwStatus
lw_policy_history_extend (LwPolicyHistory *self, size_t n, const double *current, LwLogDensities densities, void *data)
{
  size_t size = self->n_x * sizeof (double);
  bool is_new = self->T == 0 || memcmp (lw_mat_row (&self->x, self->T - 1), current, size) != 0;

  LwStatus status = reserve (self, self->T + is_new, n);
  if (status != LW_OK)
    return status;
  for (size_t t = 0; t < self->T; t++)
    if (!densities (lw_mat_row (&self->x, t), self->N, lw_mat_row (&self->log_p, t), data))
      return LW_ERR_RANGE;
  if (is_new) {
    if (!densities (current, 0, lw_mat_row (&self->log_p, self->T), data))
      return LW_ERR_RANGE;
    memcpy (lw_mat_row (&self->x, self->T), current, size);
    self->count[self->T++] = 0;
  }
  self->count[self->T - 1] += n - self->N;
  self->N = n;
  return LW_OK;
}

void
lw_policy_history_log_denominator (const LwPolicyHistory *self, bool per_batch, double *log_den)
{
  if (per_batch)
    lw_policy_history_log_batch (self, log_den);
  else
    lw_policy_history_log_mixture (self, log_den);
}

void
lw_policy_history_log_mixture (const LwPolicyHistory *self, double *log_den)
{
  for (size_t i = 0; i < self->N; i++) {
    double highest = -INFINITY, sum = 0;
    for (size_t t = 0; t < self->T; t++)
      highest = fmax (highest, lw_mat_get (&self->log_p, t, i));
    for (size_t t = 0; t < self->T; t++)
      sum += (double) self->count[t] / (double) self->N * exp (lw_mat_get (&self->log_p, t, i) - highest);
    log_den[i] = highest + log (sum);
  }
}

void
lw_policy_history_log_batch (const LwPolicyHistory *self, double *log_den)
{
  size_t done = 0;

  for (size_t t = 0; t < self->T; t++) {
    memcpy (log_den + done, lw_mat_row (&self->log_p, t) + done, self->count[t] * sizeof *log_den);
    done += self->count[t];
  }
}

/* ---- as it is stored ---- */

LwStatus
lw_policy_history_to_arrays (const LwPolicyHistory *self, LwArrays *out)
{
  LwMat x = lw_mat_block (&self->x, 0, 0, self->T, self->n_x);
  LwMat log_p = lw_mat_block (&self->log_p, 0, 0, self->T, self->N), counts;

  if (self->T == 0)
    return LW_OK;
  LwStatus status = lw_mat_alloc (&counts, 1, self->T);
  if (status != LW_OK)
    return status;
  for (size_t t = 0; t < self->T; t++)
    counts.data[t] = (double) self->count[t];
  status = lw_arrays_put (out, "policies", &x);
  if (status == LW_OK)
    status = lw_arrays_put (out, "log_p", &log_p);
  if (status == LW_OK)
    status = lw_arrays_put (out, "counts", &counts);
  lw_mat_clear (&counts);
  return status;
}

static LwStatus
check_counts (const LwMat *counts, size_t n)
{
  double total = 0;

  for (size_t t = 0; t < counts->cols; t++) {
    double count = counts->data[t];
    if (!(count > 0 && count <= (double) n && count == floor (count)))
      return LW_ERR_RANGE;
    total += count;
  }
  return total == (double) n ? LW_OK : LW_ERR_RANGE;
}

LwStatus
lw_policy_history_from_arrays (LwPolicyHistory *self, const LwArrays *in, size_t n)
{
  const LwMat *x = lw_arrays_get (in, "policies"), *log_p = lw_arrays_get (in, "log_p"), *counts = lw_arrays_get (in, "counts");

  if (n == 0)
    return LW_OK;
  if (x == NULL || log_p == NULL || counts == NULL)
    return LW_ERR_SHAPE;
  size_t T = x->rows;
  if (T == 0 || x->cols != self->n_x || log_p->rows != T || log_p->cols != n || counts->rows != 1 || counts->cols != T)
    return LW_ERR_SHAPE;
  if (!lw_mat_is_finite (x) || !lw_mat_is_finite (log_p))
    return LW_ERR_NOT_FINITE;
  LwStatus status = check_counts (counts, n);
  if (status == LW_OK)
    status = reserve (self, T, n);
  if (status != LW_OK)
    return status;
  for (size_t t = 0; t < T; t++) {
    memcpy (lw_mat_row (&self->x, t), lw_mat_row (x, t), x->cols * sizeof (double));
    memcpy (lw_mat_row (&self->log_p, t), lw_mat_row (log_p, t), n * sizeof (double));
    self->count[t] = (size_t) counts->data[t];
  }
  self->T = T;
  self->N = n;
  return LW_OK;
}
