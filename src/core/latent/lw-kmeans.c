/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-kmeans.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Partitions whose inertias differ by less than this share are taken for one. */
#define SAME_INERTIA 5e-4

/* Squared distances come from |x|^2 + |c|^2 - 2 x'c by one matrix product an iteration. The data are centred first, so that
 * little is lost in the difference; the inertia that ranks the restarts is summed from true differences. */
typedef struct {
  LwMat   x;         /* centred data   (N x p) */
  LwMat   centres;   /*                (k x p) */
  LwMat   cross;     /* x c'           (N x k) */
  double *x_sq;      /* |x_i|^2        (N)     */
  double *c_sq;      /* |c_j|^2        (k)     */
  double *nearest;   /* distance to the own centre, squared (N) */
  double *count;     /* members        (k)     */
  size_t *labels;    /*                (N)     */
} Workspace;

static void
workspace_clear (Workspace *ws)
{
  lw_mat_clear (&ws->x);
  lw_mat_clear (&ws->centres);
  lw_mat_clear (&ws->cross);
  free (ws->x_sq);
  free (ws->c_sq);
  free (ws->nearest);
  free (ws->count);
  free (ws->labels);
}

static double
squared_distance (const double *a, const double *b, size_t n)
{
  double sum = 0;
  for (size_t j = 0; j < n; j++)
    sum += (a[j] - b[j]) * (a[j] - b[j]);
  return sum;
}

static LwStatus
workspace_init (Workspace *ws, const LwMat *x, size_t k)
{
  size_t n = x->rows, p = x->cols;

  *ws = (Workspace){ 0 };
  LwStatus status = lw_mat_alloc (&ws->x, n, p);
  if (status == LW_OK)
    status = lw_mat_alloc (&ws->centres, k, p);
  if (status == LW_OK)
    status = lw_mat_alloc (&ws->cross, n, k);
  ws->x_sq = lw_doubles_new (n);
  ws->c_sq = lw_doubles_new (k);
  ws->nearest = lw_doubles_new (n);
  ws->count = lw_doubles_new (k);
  ws->labels = calloc (n, sizeof *ws->labels);
  if (status != LW_OK || !ws->x_sq || !ws->c_sq || !ws->nearest || !ws->count || !ws->labels) {
    workspace_clear (ws);
    return LW_ERR_MEMORY;
  }

  double *mean = lw_mat_row (&ws->centres, 0); /* free until the seeding */
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < p; j++)
      mean[j] += lw_mat_get (x, i, j) / (double) n;
  for (size_t i = 0; i < n; i++) {
    const double *from = lw_mat_row (x, i);
    double *to = lw_mat_row (&ws->x, i);
    for (size_t j = 0; j < p; j++) {
      to[j] = from[j] - mean[j];
      ws->x_sq[i] += to[j] * to[j];
    }
  }
  return LW_OK;
}

/* k-means++: each further centre is a sample drawn with probability proportional to its squared distance from those chosen. */
static void
seed_centres (Workspace *ws, LwRng *rng)
{
  size_t n = ws->x.rows, p = ws->x.cols, k = ws->centres.rows;

  for (size_t i = 0; i < n; i++)
    ws->nearest[i] = INFINITY;
  for (size_t c = 0; c < k; c++) {
    size_t chosen;
    double total = 0;
    for (size_t i = 0; c > 0 && i < n; i++)
      total += ws->nearest[i];
    if (total > 0) {
      double left = lw_rng_uniform (rng) * total;
      for (chosen = 0; chosen + 1 < n && (left -= ws->nearest[chosen]) > 0;)
        chosen++;
    } else { /* the first one, or nothing but duplicates is left */
      chosen = lw_rng_below (rng, n);
    }
    double *centre = lw_mat_row (&ws->centres, c);
    memcpy (centre, lw_mat_row (&ws->x, chosen), p * sizeof *centre);
    for (size_t i = 0; i < n; i++)
      ws->nearest[i] = fmin (ws->nearest[i], squared_distance (lw_mat_row (&ws->x, i), centre, p));
  }
}

/* Labels every sample with its nearest centre (the lower index on a tie). Returns whether a label changed. */
static bool
assign (Workspace *ws)
{
  size_t n = ws->x.rows, p = ws->x.cols, k = ws->centres.rows;
  bool changed = false;

  for (size_t c = 0; c < k; c++) {
    const double *centre = lw_mat_row (&ws->centres, c);
    ws->c_sq[c] = 0;
    for (size_t j = 0; j < p; j++)
      ws->c_sq[c] += centre[j] * centre[j];
  }
  lw_gemm (1, &ws->x, false, &ws->centres, true, 0, &ws->cross);
  for (size_t i = 0; i < n; i++) {
    const double *cross = lw_mat_row (&ws->cross, i);
    size_t best = 0;
    double best_distance = INFINITY;
    for (size_t c = 0; c < k; c++) {
      double distance = ws->c_sq[c] - 2 * cross[c];
      if (distance < best_distance) {
        best_distance = distance;
        best = c;
      }
    }
    changed |= ws->labels[i] != best;
    ws->labels[i] = best;
    ws->nearest[i] = fmax (best_distance + ws->x_sq[i], 0);
  }
  return changed;
}

static void
move_centres (Workspace *ws)
{
  size_t n = ws->x.rows, p = ws->x.cols, k = ws->centres.rows;

  lw_mat_fill (&ws->centres, 0);
  memset (ws->count, 0, k * sizeof *ws->count);
  for (size_t i = 0; i < n; i++) {
    double *centre = lw_mat_row (&ws->centres, ws->labels[i]);
    const double *row = lw_mat_row (&ws->x, i);
    for (size_t j = 0; j < p; j++)
      centre[j] += row[j];
    ws->count[ws->labels[i]]++;
  }
  for (size_t c = 0; c < k; c++) {
    double *centre = lw_mat_row (&ws->centres, c);
    if (ws->count[c] > 0) {
      for (size_t j = 0; j < p; j++)
        centre[j] /= ws->count[c];
      continue;
    }
    size_t farthest = 0;
    for (size_t i = 1; i < n; i++)
      if (ws->nearest[i] > ws->nearest[farthest])
        farthest = i;
    memcpy (centre, lw_mat_row (&ws->x, farthest), p * sizeof *centre);
    ws->nearest[farthest] = 0; /* two empty clusters take two samples */
  }
}

static double
run_restart (Workspace *ws, size_t max_iterations, uint64_t seed, size_t restart)
{
  size_t n = ws->x.rows, p = ws->x.cols;
  LwRng rng;

  lw_rng_init (&rng, seed, LW_RNG_INIT, (uint32_t) restart, 0);
  seed_centres (ws, &rng);
  assign (ws);
  for (size_t iteration = 0; iteration < max_iterations; iteration++) {
    move_centres (ws);
    if (!assign (ws))
      break;
  }
  double inertia = 0;
  for (size_t i = 0; i < n; i++)
    inertia += squared_distance (lw_mat_row (&ws->x, i), lw_mat_row (&ws->centres, ws->labels[i]), p);
  return inertia;
}

/* Keeps the list of the best sorted, with one partition for each inertia: the best of those that are almost the same. */
static void
keep_if_among_best (const Workspace *ws, double inertia, size_t n_best, size_t *labels, double *inertias, size_t *n_found)
{
  size_t n = ws->x.rows, at = 0;

  while (at < *n_found && inertia > inertias[at] * (1 + SAME_INERTIA))
    at++;
  if (at == n_best)
    return;
  if (at < *n_found && inertia >= inertias[at] * (1 - SAME_INERTIA)) {
    if (inertia < inertias[at]) {
      inertias[at] = inertia;
      memcpy (labels + at * n, ws->labels, n * sizeof *labels);
    }
    return;
  }
  size_t last = *n_found < n_best ? (*n_found)++ : n_best - 1;
  memmove (inertias + at + 1, inertias + at, (last - at) * sizeof *inertias);
  memmove (labels + (at + 1) * n, labels + at * n, (last - at) * n * sizeof *labels);
  inertias[at] = inertia;
  memcpy (labels + at * n, ws->labels, n * sizeof *labels);
}

LwStatus
lw_kmeans_best (const LwMat *x, size_t k, size_t restarts, size_t max_iterations, uint64_t seed, const atomic_bool *stop,
                size_t n_best, size_t *labels, double *inertias, size_t *n_found)
{
  Workspace ws;

  if (k == 0 || n_best == 0 || restarts == 0)
    return LW_ERR_RANGE;
  if (x->rows < k)
    return LW_ERR_TOO_FEW;
  if (!lw_mat_is_finite (x))
    return LW_ERR_NOT_FINITE;
  LwStatus status = workspace_init (&ws, x, k);
  if (status != LW_OK)
    return status;

  size_t found = 0;
  for (size_t restart = 0; restart < restarts && status == LW_OK; restart++) {
    if (stop != NULL && atomic_load_explicit (stop, memory_order_relaxed))
      status = LW_ERR_STOPPED;
    else
      keep_if_among_best (&ws, run_restart (&ws, max_iterations, seed, restart), n_best, labels, inertias, &found);
  }
  if (status == LW_OK)
    *n_found = found;
  workspace_clear (&ws);
  return status;
}

LwStatus
lw_kmeans (const LwMat *x, size_t k, size_t restarts, size_t max_iterations, uint64_t seed, const LwMat *centres, size_t *labels,
           double *inertia)
{
  size_t n = x->rows, p = x->cols, n_found = 0;
  double best;

  if (centres->rows != k || centres->cols != p)
    return LW_ERR_SHAPE;
  LwStatus status = lw_kmeans_best (x, k, restarts, max_iterations, seed, NULL, 1, labels, &best, &n_found);
  if (status != LW_OK)
    return status;

  lw_mat_fill (centres, 0);
  for (size_t c = 0; c < k; c++) {
    double *centre = lw_mat_row (centres, c);
    double count = 0;
    for (size_t i = 0; i < n; i++)
      count += labels[i] == c;
    if (count == 0) /* fewer distinct samples than k: it sits on the first one, with no member */
      memcpy (centre, lw_mat_row (x, 0), p * sizeof *centre);
    for (size_t i = 0; i < n; i++)
      for (size_t j = 0; labels[i] == c && j < p; j++)
        centre[j] += lw_mat_get (x, i, j) / count;
  }
  if (inertia != NULL)
    *inertia = best;
  return LW_OK;
}
