/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "lw-linalg.h"
#include "lw-rng.h"
#include "lw-subspace-private.h"

/* A matrix up to this size is decomposed sooner than a Krylov space is built. */
#define DIRECT_SIDE 40
/* Blocks in a Krylov space; past these a decomposition is cheaper. */
#define MOST_BLOCKS 12
/* Searches in a row that may fail before none is tried any more. */
#define MOST_FAILURES 2
/* The covariance is formed where samples are this many times the columns and as many products are expected: it costs about as
 * much as they do. */
#define FORM_SAMPLES 3
#define FORM_PRODUCTS 5
/* Error of a direction, as a share of what separates it from those left out; and what rounding leaves of a residual. */
#define DIRECTION_ERROR 1e-11
#define RESIDUAL_ROUNDING (64 * DBL_EPSILON)
/* A residual this many times what is allowed takes two more products at least; how many is then told by how it falls. */
#define FAR_OFF 1e4
/* It falls faster and faster: this share of the steps that its last fall would take. */
#define HASTE 0.75
/* Below this length, relative to what it was, a row has nothing left but rounding. */
#define SPENT 1e-13
/* A tail above this share of the trace is known to many digits from the difference; a smaller one is summed from residuals. */
#define TAIL_BY_DIFFERENCE 1e-3

LwStatus
lw_subspace_init (LwSubspace *self, size_t d, size_t p)
{
  *self = (LwSubspace){ .steps = 3 };
  return lw_mat_alloc (&self->start, d, p);
}

void
lw_subspace_clear (LwSubspace *self)
{
  lw_mat_clear (&self->start);
  *self = (LwSubspace){ 0 };
}

LwStatus
lw_subspace_workspace_init (LwSubspaceWorkspace *ws, size_t n_max, size_t p, size_t d)
{
  size_t width = d + 1, most = width * (MOST_BLOCKS + 1);
  struct {
    LwMat *mat;
    size_t rows, cols;
  } wanted[] = {
    { &ws->basis, most, p },      { &ws->image, width, p },     { &ws->projection, width, n_max }, { &ws->overlap, width, most },
    { &ws->reduced, most, most }, { &ws->ritz, width, most },   { &ws->gram, width, width },       { &ws->sign, width, n_max },
    { &ws->residual, LW_SUBSPACE_BLOCK, p }, { &ws->square, most, most },
  };
  LwStatus status = LW_OK;
  LwRng rng;

  *ws = (LwSubspaceWorkspace){ .d = d, .most = most };
  for (size_t i = 0; i < sizeof wanted / sizeof *wanted && status == LW_OK; i++)
    status = lw_mat_alloc (wanted[i].mat, wanted[i].rows, wanted[i].cols);
  if (status == LW_OK && n_max / FORM_SAMPLES >= p)
    status = lw_mat_alloc (&ws->covariance, p, p);
  ws->value = lw_doubles_new (width);
  if (status == LW_OK && ws->value == NULL)
    status = LW_ERR_MEMORY;
  if (status != LW_OK) {
    lw_subspace_workspace_clear (ws);
    return status;
  }
  lw_rng_init (&rng, 0, LW_RNG_INIT, 0, 0);
  for (size_t i = 0; i < width * n_max; i++)
    ws->sign.data[i] = (lw_rng_u32 (&rng) & 1) != 0 ? 1 : -1;
  return LW_OK;
}

void
lw_subspace_workspace_clear (LwSubspaceWorkspace *ws)
{
  LwMat *mats[] = { &ws->basis, &ws->image, &ws->projection, &ws->overlap, &ws->reduced,
                    &ws->ritz,  &ws->gram,  &ws->sign,       &ws->residual, &ws->covariance, &ws->square };
  for (size_t i = 0; i < sizeof mats / sizeof *mats; i++)
    lw_mat_clear (mats[i]);
  free (ws->value);
  ws->value = NULL;
}

static double
length (const double *x, size_t n)
{
  return sqrt (lw_dot (x, x, n));
}

/* Rows @block less their components along @basis. The overlaps are added to @overlap. */
static void
project_out (const LwMat *block, const LwMat *basis, const LwMat *scratch, const LwMat *overlap)
{
  LwMat part = lw_mat_block (scratch, 0, 0, block->rows, basis->rows);

  lw_gemm (1, block, false, basis, true, 0, &part);
  lw_gemm (-1, &part, false, basis, false, 1, block);
  for (size_t a = 0; overlap != NULL && a < block->rows; a++)
    for (size_t b = 0; b < basis->rows; b++)
      lw_mat_row (overlap, a)[b] += lw_mat_get (&part, a, b);
}

/* Appends the rows of @block, already orthogonal to the basis of @dim rows, as orthonormal ones. Rows with nothing of their own,
 * compared with @scale, are left out. Returns how many were added. */
static size_t
append_rows (LwSubspaceWorkspace *ws, size_t dim, const LwMat *block, double scale)
{
  size_t p = block->cols, added = 0;

  for (size_t a = 0; a < block->rows && dim + added < ws->most; a++) {
    double *row = lw_mat_row (&ws->basis, dim + added);
    double before = length (lw_mat_row (block, a), p);
    if (!(before > SPENT * scale))
      continue;
    for (size_t j = 0; j < p; j++)
      row[j] = lw_mat_get (block, a, j) / before;
    for (unsigned pass = 0; pass < 2; pass++) /* twice is enough: Kahan and Parlett */
      for (size_t b = 0; b < added; b++) {
        const double *other = lw_mat_row (&ws->basis, dim + b);
        double dot = lw_dot (row, other, p);
        for (size_t j = 0; j < p; j++)
          row[j] -= dot * other[j];
      }
    double after = length (row, p);
    if (!(after * before > SPENT * scale))
      continue;
    /* What a division by a small length has blown up of the rounding is taken out once more. */
    LwMat own = lw_mat_view (row, 1, p), all = lw_mat_block (&ws->basis, 0, 0, dim + added, p);
    if (dim + added > 0)
      project_out (&own, &all, &ws->overlap, NULL);
    after = length (row, p);
    for (size_t j = 0; j < p; j++)
      row[j] /= after;
    added++;
  }
  return added;
}

/* The first block: what was found last, then random combinations of samples up to d + 1 rows. */
static size_t
start_basis (const LwSubspace *self, const LwMat *x, LwSubspaceWorkspace *ws)
{
  size_t n = x->rows, p = x->cols, random = ws->d + 1 - self->held;
  LwMat held = lw_mat_block (&self->start, 0, 0, self->held, p), to = lw_mat_block (&ws->image, 0, 0, self->held, p);
  LwMat rest = lw_mat_block (&ws->image, self->held, 0, random, p), sign = lw_mat_block (&ws->sign, 0, 0, random, n);

  lw_mat_copy (&held, &to);
  lw_gemm (1, &sign, false, x, false, 0, &rest);
  for (size_t a = 0; a < random; a++) { /* of one length, so that one scale holds for all */
    double *row = lw_mat_row (&rest, a), size = length (row, p);
    for (size_t j = 0; size > 0 && j < p; j++)
      row[j] /= size;
  }
  return append_rows (ws, 0, &ws->image, 1);
}

/* Leading eigenvectors of the covariance in the basis: rows of ws->ritz (as many as the basis has, d + 1 at most). */
static LwStatus
rayleigh_ritz (LwSubspaceWorkspace *ws, size_t dim)
{
  size_t wanted = dim < ws->d + 1 ? dim : ws->d + 1;
  LwMat square = lw_mat_view (ws->square.data, dim, dim), leading = lw_mat_block (&ws->ritz, 0, 0, wanted, dim);

  for (size_t a = 0; a < dim; a++)
    for (size_t b = 0; b <= a; b++)
      square.data[a * dim + b] = square.data[b * dim + a] = lw_mat_get (&ws->reduced, a, b);
  return lw_eig_sym_leading (&square, wanted, ws->value, &leading);
}

/* The largest residual of a wanted Ritz pair as a share of what is allowed: up to 1 all of them are eigenpairs. The residual of
 * one is the part of the last image @outside the space, weighted by the pair's last coordinates. */
static double
largest_residual (const LwSubspaceWorkspace *ws, size_t dim, const LwMat *outside)
{
  size_t d = ws->d, last_rows = outside->rows;
  LwMat gram = lw_mat_view (ws->gram.data, last_rows, last_rows);
  double worst = 0;

  if (dim <= d)
    return INFINITY;
  lw_syrk (1, outside, false, 0, &gram);
  for (size_t a = 0; a < d; a++) {
    const double *last = lw_mat_row (&ws->ritz, a) + dim - last_rows;
    double square = 0, gap = ws->value[a] - fmax (ws->value[d], 0);
    for (size_t i = 0; i < last_rows; i++)
      for (size_t j = 0; j < last_rows; j++)
        square += last[i] * lw_mat_get (&gram, i, j) * last[j];
    worst = fmax (worst, sqrt (fmax (square, 0)) / fmax (DIRECTION_ERROR * gap, RESIDUAL_ROUNDING * ws->value[0]));
  }
  return worst;
}

/* Builds the space until the leading pairs stand; false when they do not within its limits. */
static bool
search (LwSubspace *self, const LwMat *x, LwSubspaceWorkspace *ws, double trace, size_t *dim_out)
{
  size_t n = x->rows, p = x->cols;
  size_t rows = start_basis (self, x, ws), dim = rows, check = self->steps > 2 ? self->steps - 1 : 1;
  size_t last_check = 0;
  double last_residual = INFINITY;
  bool form = n / FORM_SAMPLES >= p && (self->held == 0 || self->steps >= FORM_PRODUCTS);

  if (form)
    lw_syrk (1, x, true, 0, &ws->covariance);

  for (size_t step = 1; step <= MOST_BLOCKS && rows > 0 && 2 * dim < (n < p ? n : p); step++) {
    LwMat last = lw_mat_block (&ws->basis, dim - rows, 0, rows, p), basis = lw_mat_block (&ws->basis, 0, 0, dim, p);
    LwMat image = lw_mat_block (&ws->image, 0, 0, rows, p), seen = { ws->projection.data, rows, n, n };
    LwMat overlap = lw_mat_block (&ws->overlap, 0, 0, rows, dim), target = lw_mat_block (&ws->reduced, dim - rows, 0, rows, dim);

    if (form) {
      lw_gemm (1, &last, false, &ws->covariance, false, 0, &image);
    } else {
      lw_gemm (1, &last, false, x, true, 0, &seen);
      lw_gemm (1, &seen, false, x, false, 0, &image);
    }
    lw_mat_fill (&target, 0);
    project_out (&image, &basis, &overlap, &target);
    project_out (&image, &basis, &overlap, NULL);
    if (step >= check) {
      if (rayleigh_ritz (ws, dim) != LW_OK)
        return false;
      double residual = largest_residual (ws, dim, &image);
      if (residual <= 1) {
        self->steps = step;
        *dim_out = dim;
        return true;
      }
      double steps = residual > FAR_OFF ? 2 : 1;
      if (residual < last_residual && isfinite (last_residual))
        steps = fmax (steps, HASTE * (double) (step - last_check) * log (residual) / log (last_residual / residual));
      check = step + (size_t) fmin (steps, MOST_BLOCKS);
      last_check = step;
      last_residual = residual;
    }
    rows = append_rows (ws, dim, &image, trace);
    dim += rows;
  }
  return false;
}

/* The leading Ritz vectors as rows @u, the largest first, and their share of the variance. */
static void
read_out (const LwMat *x, LwSubspaceWorkspace *ws, size_t dim, double trace, const LwMat *u, double *var,
          double *tail)
{
  size_t d = ws->d;
  LwMat leading = lw_mat_block (&ws->ritz, 0, 0, d, dim), basis = lw_mat_block (&ws->basis, 0, 0, dim, x->cols);

  lw_gemm (1, &leading, false, &basis, false, 0, u);
  *tail = trace;
  for (size_t a = 0; a < d; a++) {
    var[a] = ws->value[a];
    *tail -= var[a];
  }
  if (!(*tail > TAIL_BY_DIFFERENCE * trace))
    lw_subspace_explain (x, u, &ws->residual, ws->projection.data, var, tail);
}

LwStatus
lw_subspace_follow (LwSubspace *self, const LwMat *x, LwSubspaceWorkspace *ws, const LwMat *u, double *var, double *tail)
{
  size_t n = x->rows, p = x->cols, side = n < p ? n : p, dim = 0;
  double trace = 0;
  bool found = false;

  for (size_t i = 0; i < n; i++)
    trace += lw_dot (lw_mat_row (x, i), lw_mat_row (x, i), p);
  if (!isfinite (trace))
    return LW_ERR_NOT_FINITE;
  if (side > DIRECT_SIDE && side > 6 * (ws->d + 1) && self->failures < MOST_FAILURES && trace > 0) {
    found = search (self, x, ws, trace, &dim);
    self->failures = found ? 0 : self->failures + 1;
  }
  if (found) {
    read_out (x, ws, dim, trace, u, var, tail);
  } else {
    LwStatus status = lw_subspace_find (x, ws->d, u, var, tail);
    if (status != LW_OK)
      return status;
  }
  lw_mat_copy (u, &self->start);
  self->held = ws->d;
  return LW_OK;
}
