/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-lampo-history.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void
lw_lampo_history_init (LwLampoHistory *self, const LwLampoModel *model)
{
  *self = (LwLampoHistory){ .model = model };
}

void
lw_lampo_history_clear (LwLampoHistory *self)
{
  lw_mat_clear (&self->x);
  lw_mat_clear (&self->log_p);
  free (self->count);
  *self = (LwLampoHistory){ 0 };
}

static size_t
grown (size_t have, size_t wanted, size_t least)
{
  return wanted <= have ? have : wanted > 2 * have ? (wanted > least ? wanted : least) : 2 * have;
}

LwStatus
lw_lampo_history_reserve (LwLampoHistory *self, size_t T, size_t N)
{
  size_t rows = grown (self->x.rows, T, 16), columns = grown (self->log_p.cols, N, LW_LAMPO_BLOCK);
  LwMat x = { 0 }, log_p = { 0 };

  if (rows == self->x.rows && columns == self->log_p.cols)
    return LW_OK;
  size_t *count = calloc (rows, sizeof *count);
  LwStatus status = count != NULL ? lw_mat_alloc (&x, rows, self->model->n_x) : LW_ERR_MEMORY;
  if (status == LW_OK)
    status = lw_mat_alloc (&log_p, rows, columns);
  if (status != LW_OK) {
    lw_mat_clear (&x);
    free (count);
    return status;
  }
  for (size_t t = 0; t < self->T; t++) {
    memcpy (lw_mat_row (&x, t), lw_mat_row (&self->x, t), self->model->n_x * sizeof (double));
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

static void
fill_row (LwLampoHistory *self, size_t t, const LwLampoSamples *samples, const LwLampoPolicy *policy, size_t from,
          LwLampoTable *table)
{
  lw_lampo_table_evaluate (table, policy, samples, from);
  memcpy (lw_mat_row (&self->log_p, t) + from, table->log_p + from, (samples->n - from) * sizeof (double));
}

LwStatus
lw_lampo_history_extend (LwLampoHistory *self, const LwLampoSamples *samples, const LwLampoPolicy *current, LwLampoPolicy *policy,
                         LwLampoTable *table)
{
  size_t size = self->model->n_x * sizeof (double);
  bool is_new = self->T == 0 || memcmp (lw_mat_row (&self->x, self->T - 1), current->x, size) != 0;

  LwStatus status = lw_lampo_history_reserve (self, self->T + is_new, samples->n);
  if (status != LW_OK)
    return status;
  for (size_t t = 0; t < self->T; t++) {
    if (!lw_lampo_policy_set (policy, lw_mat_row (&self->x, t)))
      return LW_ERR_RANGE;
    fill_row (self, t, samples, policy, self->N, table);
  }
  if (is_new) {
    memcpy (lw_mat_row (&self->x, self->T), current->x, size);
    fill_row (self, self->T, samples, current, 0, table);
    self->count[self->T++] = 0;
  }
  self->count[self->T - 1] += samples->n - self->N;
  self->N = samples->n;
  return LW_OK;
}

void
lw_lampo_history_log_mixture (const LwLampoHistory *self, double *log_den)
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
lw_lampo_history_log_batch (const LwLampoHistory *self, double *log_den)
{
  size_t done = 0;

  for (size_t t = 0; t < self->T; t++) {
    memcpy (log_den + done, lw_mat_row (&self->log_p, t) + done, self->count[t] * sizeof *log_den);
    done += self->count[t];
  }
}
