/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lw-kmeans.h"
#include "lw-ledoit-wolf.h"
#include "lw-mppca-private.h"
#include "lw-rng.h"
#include "lw-stats.h"

#define KMEANS_ITERATIONS 100
/* Share of the lowest inertia within which partitions count as equally good. */
#define INERTIA_MARGIN 0.05
/* Of the streams of LW_RNG_INIT: k-means draws from episode 0, the folds of a choice of K from episode 1. */
#define JOINING_EPISODE 2

LwStatus
lw_mppca_starts_init (LwMppcaStarts *self, const LwMat *x, const LwMppcaSettings *settings, const atomic_bool *stop)
{
  size_t n_labels, n_found = 0;

  *self = (LwMppcaStarts){ 0 };
  if (__builtin_mul_overflow (x->rows, settings->candidates, &n_labels))
    return LW_ERR_MEMORY;
  self->labels = calloc (n_labels, sizeof *self->labels);
  self->inertias = lw_doubles_new (settings->candidates);
  LwStatus status = self->labels != NULL && self->inertias != NULL ? LW_OK : LW_ERR_MEMORY;
  if (status == LW_OK)
    status = lw_kmeans_best (x, settings->K, settings->restarts, KMEANS_ITERATIONS, settings->seed, stop, settings->candidates,
                             self->labels, self->inertias, &n_found);
  while (n_found > 1 && self->inertias[n_found - 1] > (1 + INERTIA_MARGIN) * self->inertias[0])
    n_found--;
  self->n = n_found;
  if (status != LW_OK)
    lw_mppca_starts_clear (self);
  return status;
}

void
lw_mppca_starts_clear (LwMppcaStarts *self)
{
  free (self->labels);
  free (self->inertias);
  *self = (LwMppcaStarts){ 0 };
}

/* Mean squared distance to the own centre, a dimension: the variance a cluster of one is given, which has none of its own. */
static double
pooled_variance (double inertia, const LwMat *x)
{
  return inertia / ((double) x->rows * (double) x->cols);
}

/* log N (x_i | cluster k), k's column of @resp, for the cluster of the samples labelled @k; -inf where there are none: fewer
 * distinct samples than components, and nobody is responsible to it. @joining: nullable. */
static LwStatus
cluster_log_density (const LwMat *x, const size_t *labels, size_t k, const size_t *joining, double inertia, double noise_floor,
                     const LwMat *resp)
{
  size_t n = x->rows, p = x->cols, count = 0, n_joining = joining != NULL ? LW_MPPCA_JOINING : 0;
  LwMat members;
  LwLedoitWolf cluster;

  for (size_t i = 0; i < n; i++) {
    lw_mat_set (resp, i, k, -INFINITY);
    count += labels[i] == k;
  }
  if (count == 0)
    return LW_OK;
  LwStatus status = lw_mat_alloc (&members, count + n_joining, p);
  if (status != LW_OK)
    return status;
  for (size_t i = 0, row = 0; i < n; i++)
    if (labels[i] == k)
      memcpy (lw_mat_row (&members, row++), lw_mat_row (x, i), p * sizeof (double));
  for (size_t j = 0; j < n_joining; j++)
    memcpy (lw_mat_row (&members, count + j), lw_mat_row (x, joining[j]), p * sizeof (double));
  double floor = count + n_joining == 1 ? fmax (pooled_variance (inertia, x), noise_floor) : noise_floor;
  status = lw_ledoit_wolf_init (&cluster, &members, floor);
  if (status == LW_OK && n_joining > 0) {
    LwMat own = lw_mat_block (&members, 0, 0, count, p);
    lw_ledoit_wolf_move (&cluster, &own);
  }
  lw_mat_clear (&members);
  if (status != LW_OK)
    return status;
  status = lw_ledoit_wolf_log_density (&cluster, x, resp->data + k, resp->stride);
  lw_ledoit_wolf_clear (&cluster);
  return status;
}

LwStatus
lw_mppca_start_responsibilities (const LwMat *x, const size_t *labels, const size_t *joining, double inertia, double noise_floor,
                                 const LwMat *resp)
{
  LwStatus status = LW_OK;

  for (size_t k = 0; k < resp->cols && status == LW_OK; k++)
    status = cluster_log_density (x, labels, k, joining != NULL ? joining + k * LW_MPPCA_JOINING : NULL, inertia, noise_floor,
                                  resp);
  for (size_t i = 0; i < x->rows && status == LW_OK; i++) {
    double *row = lw_mat_row (resp, i);
    lw_log_normalise (row, resp->cols);
    for (size_t k = 0; k < resp->cols; k++)
      row[k] = exp (row[k]);
  }
  return status;
}

/* For every cluster of start @start, drawn from all samples, with replacement: (K x LW_MPPCA_JOINING). NULL: no memory. */
static size_t *
draw_joining (const LwMat *x, const LwMppcaSettings *settings, size_t start)
{
  size_t *joining = calloc (settings->K, LW_MPPCA_JOINING * sizeof *joining);
  LwRng rng;

  lw_rng_init (&rng, settings->seed, LW_RNG_INIT, (uint32_t) start, JOINING_EPISODE);
  for (size_t i = 0; joining != NULL && i < settings->K * LW_MPPCA_JOINING; i++)
    joining[i] = lw_rng_below (&rng, x->rows);
  return joining;
}

LwStatus
lw_mppca_starts_responsibilities (const LwMppcaStarts *self, size_t start, const LwMat *x, const LwMppcaSettings *settings,
                                  const LwMat *resp)
{
  size_t *joining = NULL;

  if (settings->start == LW_MPPCA_START_PUBLISHED && (joining = draw_joining (x, settings, start)) == NULL)
    return LW_ERR_MEMORY;
  LwStatus status = lw_mppca_start_responsibilities (x, self->labels + start * x->rows, joining, self->inertias[start],
                                                     settings->noise_floor, resp);
  free (joining);
  return status;
}
