/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-kmeans.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lw-linalg.h"

/* Partitions whose inertias differ by less than this share are taken for one. */
#define SAME_INERTIA 5e-4
/* Below this they are one partition, whose inertia was summed in another order: the earlier restart stands. */
#define INERTIA_ROUNDING 1e-10

/* Rounding of a distance from |x|^2 + |c|^2 - 2 x'c, as a share of |x| + |c|: the root of what rounding leaves of a square. */
#define DISTANCE_ROUNDING 1e-7
/* A squared distance below this share of |x|^2 + |c|^2 is summed from differences. */
#define LOST_DIGITS 1e-6

/* Lloyd's iterations with the bounds of Elkan [2003, "Using the triangle inequality to accelerate k-means"]: a centre is only
 * measured where the triangle inequality leaves it in question, so that labels are those of the plain algorithm. Samples are
 * centred first: distances come from products, and little is lost in |x|^2 + |c|^2 - 2 x'c. The inertia that ranks the restarts
 * is summed from true differences. */
typedef struct {
  LwMat   x;         /* centred data       (N x p) */
  LwMat   centres;   /*                    (k x p) */
  LwMat   sums;      /* of the members     (k x p) */
  LwMat   lower;     /* least distance     (N x k) */
  LwMat   between;   /* half the distance of two centres (k x k) */
  double *upper;     /* greatest distance to the own centre (N) */
  double *x_sq;      /* |x_i|^2            (N)     */
  double *c_sq;      /* |c_j|^2            (k)     */
  double *nearest;   /* squared distance to the own centre (N) */
  double *product;   /* x_i'c              (N)     */
  double *shift;     /* how far each centre moved (k) */
  double *count;     /* members            (k)     */
  double *e;         /* a difference       (p)     */
  size_t *labels;    /*                    (N)     */
} Workspace;

static void
workspace_clear (Workspace *ws)
{
  double *arrays[] = { ws->upper, ws->x_sq, ws->c_sq, ws->nearest, ws->product, ws->shift, ws->count, ws->e };

  lw_mat_clear (&ws->x);
  lw_mat_clear (&ws->centres);
  lw_mat_clear (&ws->sums);
  lw_mat_clear (&ws->lower);
  lw_mat_clear (&ws->between);
  for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
    free (arrays[i]);
  free (ws->labels);
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
    status = lw_mat_alloc (&ws->sums, k, p);
  if (status == LW_OK)
    status = lw_mat_alloc (&ws->lower, n, k);
  if (status == LW_OK)
    status = lw_mat_alloc (&ws->between, k, k);
  struct {
    double **array;
    size_t   n;
  } wanted[] = { { &ws->upper, n },   { &ws->x_sq, n },  { &ws->c_sq, k },  { &ws->nearest, n },
                 { &ws->product, n }, { &ws->shift, k }, { &ws->count, k }, { &ws->e, p } };
  for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
    if ((*wanted[i].array = lw_doubles_new (wanted[i].n)) == NULL)
      status = LW_ERR_MEMORY;
  ws->labels = calloc (n, sizeof *ws->labels);
  if (status != LW_OK || ws->labels == NULL) {
    workspace_clear (ws);
    return LW_ERR_MEMORY;
  }

  double *mean = ws->e, total = 0;
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < p; j++)
      mean[j] += lw_mat_get (x, i, j) / (double) n;
  for (size_t i = 0; i < n; i++) {
    const double *from = lw_mat_row (x, i);
    double *to = lw_mat_row (&ws->x, i);
    for (size_t j = 0; j < p; j++)
      to[j] = from[j] - mean[j];
    ws->x_sq[i] = lw_dot (to, to, p);
    total += ws->x_sq[i];
  }
  if (!isfinite (4 * (double) n * total)) { /* no sum of squared distances is larger */
    workspace_clear (ws);
    return LW_ERR_NOT_FINITE;
  }
  return LW_OK;
}

/* |a - b|^2 from differences. */
static double
true_square (Workspace *ws, const double *a, const double *b)
{
  size_t p = ws->x.cols;
  for (size_t j = 0; j < p; j++)
    ws->e[j] = a[j] - b[j];
  return lw_dot (ws->e, ws->e, p);
}

static double
square_from_product (Workspace *ws, size_t i, size_t c, double product)
{
  double scale = ws->x_sq[i] + ws->c_sq[c], square = scale - 2 * product;
  return square > LOST_DIGITS * scale ? square : true_square (ws, lw_mat_row (&ws->x, i), lw_mat_row (&ws->centres, c));
}

static double
squared_distance (Workspace *ws, size_t i, size_t c)
{
  return square_from_product (ws, i, c, lw_dot (lw_mat_row (&ws->x, i), lw_mat_row (&ws->centres, c), ws->x.cols));
}

/* k-means++: each further centre is a sample drawn with probability proportional to its squared distance from those chosen.
 * Labels every sample with its nearest centre (the lower index on a tie), and knows all distances by then. */
static void
seed_centres (Workspace *ws, LwRng *rng)
{
  size_t n = ws->x.rows, p = ws->x.cols, k = ws->centres.rows;

  for (size_t i = 0; i < n; i++) {
    ws->nearest[i] = INFINITY;
    ws->labels[i] = 0;
  }
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
    ws->c_sq[c] = ws->x_sq[chosen];
    lw_gemv (1, &ws->x, false, centre, 0, ws->product);
    for (size_t i = 0; i < n; i++) {
      double square = square_from_product (ws, i, c, ws->product[i]);
      lw_mat_set (&ws->lower, i, c, sqrt (square));
      if (square < ws->nearest[i]) {
        ws->nearest[i] = square;
        ws->labels[i] = c;
      }
    }
  }
  for (size_t i = 0; i < n; i++)
    ws->upper[i] = sqrt (ws->nearest[i]);
}

static void
sum_members (Workspace *ws)
{
  lw_mat_fill (&ws->sums, 0);
  memset (ws->count, 0, ws->sums.rows * sizeof *ws->count);
  for (size_t i = 0; i < ws->x.rows; i++) {
    double *sum = lw_mat_row (&ws->sums, ws->labels[i]);
    const double *row = lw_mat_row (&ws->x, i);
    for (size_t j = 0; j < ws->x.cols; j++)
      sum[j] += row[j];
    ws->count[ws->labels[i]]++;
  }
}

static void
move_sample (Workspace *ws, size_t i, size_t to)
{
  double *left = lw_mat_row (&ws->sums, ws->labels[i]), *joined = lw_mat_row (&ws->sums, to);
  const double *row = lw_mat_row (&ws->x, i);

  for (size_t j = 0; j < ws->x.cols; j++) {
    left[j] -= row[j];
    joined[j] += row[j];
  }
  ws->count[ws->labels[i]]--;
  ws->count[to]++;
  ws->labels[i] = to;
}

/* The sample farthest from its own centre. Each is given once only: two empty clusters take two samples. */
static size_t
take_farthest (Workspace *ws)
{
  size_t farthest = 0;

  for (size_t i = 1; i < ws->x.rows; i++)
    if (ws->nearest[i] > ws->nearest[farthest])
      farthest = i;
  ws->nearest[farthest] = 0;
  return farthest;
}

/* Every centre to the mean of its members, an empty one to the farthest sample; bounds give way by as much. */
static void
move_centres (Workspace *ws)
{
  size_t n = ws->x.rows, p = ws->x.cols, k = ws->centres.rows;
  bool empty = false;

  for (size_t c = 0; c < k; c++)
    empty = empty || ws->count[c] == 0;
  for (size_t i = 0; empty && i < n; i++)
    ws->nearest[i] = squared_distance (ws, i, ws->labels[i]);
  for (size_t c = 0; c < k; c++) {
    double *centre = lw_mat_row (&ws->centres, c), *to = lw_mat_row (&ws->sums, c);
    double count = ws->count[c];
    if (count == 0)
      memcpy (to, lw_mat_row (&ws->x, take_farthest (ws)), p * sizeof *to);
    double square = 0;
    for (size_t j = 0; j < p; j++) {
      double moved = count > 0 ? to[j] / count : to[j];
      ws->e[j] = moved - centre[j];
      centre[j] = moved;
    }
    square = lw_dot (ws->e, ws->e, p);
    ws->shift[c] = sqrt (square);
    ws->c_sq[c] = lw_dot (centre, centre, p);
    if (count == 0)
      memset (to, 0, p * sizeof *to);
  }
  for (size_t i = 0; i < n; i++) {
    double *lower = lw_mat_row (&ws->lower, i);
    ws->upper[i] += ws->shift[ws->labels[i]];
    for (size_t c = 0; c < k; c++)
      lower[c] -= ws->shift[c];
  }
  for (size_t a = 0; a < k; a++)
    for (size_t b = 0; b < a; b++) {
      double half = 0.5 * sqrt (true_square (ws, lw_mat_row (&ws->centres, a), lw_mat_row (&ws->centres, b)));
      lw_mat_set (&ws->between, a, b, half);
      lw_mat_set (&ws->between, b, a, half);
    }
}

/* Labels every sample with its nearest centre (the lower index on a tie). Returns whether a label changed. */
static bool
assign (Workspace *ws)
{
  size_t n = ws->x.rows, k = ws->centres.rows;
  double largest = 0;
  bool changed = false;

  for (size_t c = 0; c < k; c++)
    largest = fmax (largest, sqrt (ws->c_sq[c]));
  for (size_t i = 0; i < n; i++) {
    double *lower = lw_mat_row (&ws->lower, i), slack = DISTANCE_ROUNDING * (sqrt (ws->x_sq[i]) + largest);
    size_t own = ws->labels[i], best = own;
    double best_square = INFINITY;
    for (size_t c = 0; c < k; c++) {
      if (c == own || ws->upper[i] + slack < lower[c] || ws->upper[i] + slack < lw_mat_get (&ws->between, own, c))
        continue;
      if (isinf (best_square)) { /* the first in question: how far is the own centre in truth? */
        best_square = squared_distance (ws, i, own);
        ws->upper[i] = lower[own] = sqrt (best_square);
        if (ws->upper[i] + slack < lower[c] || ws->upper[i] + slack < lw_mat_get (&ws->between, own, c))
          continue;
      }
      double square = squared_distance (ws, i, c);
      lower[c] = sqrt (square);
      if (square < best_square || (square == best_square && c < best)) {
        best_square = square;
        best = c;
      }
    }
    if (best != own) {
      move_sample (ws, i, best);
      ws->upper[i] = lower[best];
      changed = true;
    }
  }
  return changed;
}

static double
run_restart (Workspace *ws, size_t max_iterations, uint64_t seed, size_t restart)
{
  LwRng rng;

  lw_rng_init (&rng, seed, LW_RNG_INIT, (uint32_t) restart, 0);
  seed_centres (ws, &rng);
  sum_members (ws);
  for (size_t iteration = 0; iteration < max_iterations; iteration++) {
    move_centres (ws);
    if (!assign (ws))
      break;
  }
  double inertia = 0;
  for (size_t i = 0; i < ws->x.rows; i++)
    inertia += true_square (ws, lw_mat_row (&ws->x, i), lw_mat_row (&ws->centres, ws->labels[i]));
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
    if (inertia < inertias[at] * (1 - INERTIA_ROUNDING)) {
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
