/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-promp-cells.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lw-design-matrix.h"
#include "lw-linalg.h"

/* Of the mean diagonal of Phi'Phi: enough for movements with fewer samples than weights, too little to matter to others. */
#define REFERENCE_RIDGE 1e-6

LwStatus
lw_promp_scratch_new (const LwPrompStatistics *stats, size_t longest, LwPrompScratch **out)
{
  size_t n = stats->basis.n, n_joints = stats->n_joints;
  LwPrompScratch *self = calloc (1, sizeof *self);
  if (self == NULL)
    return LW_ERR_MEMORY;

  LwStatus status = lw_mat_alloc (&self->phi, longest, n);
  if (status == LW_OK)
    status = lw_mat_alloc (&self->phi_rows, longest, n);
  if (status == LW_OK)
    status = lw_mat_alloc (&self->e, longest, n_joints);
  if (status == LW_OK)
    status = lw_mat_alloc (&self->e_rows, longest, n_joints);
  if (status == LW_OK)
    status = lw_mat_alloc (&self->moments, n, n_joints);
  if (status == LW_OK)
    status = lw_mat_alloc (&self->gram, n, n);
  if (status == LW_OK)
    status = lw_mat_alloc (&self->pooled, n_joints * n, n);
  if (status != LW_OK) {
    lw_promp_scratch_free (self);
    return status;
  }
  *out = self;
  return LW_OK;
}

void
lw_promp_scratch_free (LwPrompScratch *self)
{
  if (self == NULL)
    return;
  lw_mat_clear (&self->phi);
  lw_mat_clear (&self->phi_rows);
  lw_mat_clear (&self->e);
  lw_mat_clear (&self->e_rows);
  lw_mat_clear (&self->moments);
  lw_mat_clear (&self->gram);
  lw_mat_clear (&self->pooled);
  free (self);
}

/* ---- which samples and joints belong together ---- */

typedef struct {
  uint64_t joints;
  bool exact; /* samples that have these joints and no other; else at least these */
  size_t n_rows;
} Subset;

static inline bool
subset_has (const Subset *self, uint64_t seen)
{
  return self->exact ? seen == self->joints : (seen & self->joints) == self->joints;
}

static uint64_t
all_joints (size_t n_joints)
{
  return n_joints == 64 ? UINT64_MAX : ((uint64_t) 1 << n_joints) - 1;
}

static bool
same_gaps (const LwPrompGroup *group, size_t a, size_t b)
{
  for (size_t i = 0; i < group->n_rows; i++)
    if (((group->seen[i] >> a) & 1) != ((group->seen[i] >> b) & 1))
      return false;
  return true;
}

/* Joints seen at the same samples; those never seen are in none. At most n_joints. */
static size_t
subsets_of_joints (const LwPrompGroup *group, size_t n_joints, Subset *out)
{
  if (group->seen == NULL) {
    out[0] = (Subset){ all_joints (n_joints), false, group->n_rows };
    return group->n_rows > 0;
  }
  uint64_t taken = 0;
  size_t n = 0;
  for (size_t a = 0; a < n_joints; a++) {
    if (((taken >> a) & 1) != 0 || group->n_seen[a] == 0)
      continue;
    out[n] = (Subset){ 0, false, group->n_seen[a] };
    for (size_t b = a; b < n_joints; b++)
      if (((taken >> b) & 1) == 0 && group->n_seen[b] == group->n_seen[a] && same_gaps (group, a, b))
        out[n].joints |= (uint64_t) 1 << b;
    taken |= out[n++].joints;
  }
  return n;
}

/* Samples with the same joints; those without any are in none. At most n_rows. */
static size_t
subsets_of_rows (const LwPrompGroup *group, size_t n_joints, Subset *out)
{
  if (group->seen == NULL)
    return subsets_of_joints (group, n_joints, out);
  size_t n = 0;
  for (size_t i = 0; i < group->n_rows; i++) {
    size_t k = 0;
    if (group->seen[i] == 0)
      continue;
    while (k < n && out[k].joints != group->seen[i])
      k++;
    if (k == n)
      out[n++] = (Subset){ group->seen[i], true, 0 };
    out[k].n_rows++;
  }
  return n;
}

/* The rows of @all that @subset has; @storage is where they go when they are not all. */
static LwMat
subset_rows (const Subset *subset, const LwPrompGroup *group, const LwMat *all, const LwMat *storage)
{
  if (subset->n_rows == group->n_rows)
    return *all;
  LwMat rows = lw_mat_block (storage, 0, 0, subset->n_rows, all->cols);
  for (size_t i = 0, to = 0; i < group->n_rows; i++)
    if (subset_has (subset, group->seen[i]))
      memcpy (lw_mat_row (&rows, to++), lw_mat_row (all, i), all->cols * sizeof (double));
  return rows;
}

/* ---- sums ---- */

static LwMat
design (LwPrompStatistics *stats, const LwPrompGroup *group)
{
  LwMat phi = lw_mat_block (&stats->scratch->phi, 0, 0, group->n_rows, stats->basis.n);
  lw_design_matrix (&stats->basis, stats->movements[group->movement[0]].z, group->n_rows, &phi);
  return phi;
}

/* y - Phi w with zeros for what was not seen; @w (W x 1), NULL: y. */
static LwMat
residual (LwPrompStatistics *stats, const LwPrompGroup *group, const LwMat *phi, size_t movement, const LwMat *w)
{
  size_t n = stats->basis.n, n_joints = stats->n_joints;
  const LwMat *y = &stats->movements[movement].y;
  LwMat e = lw_mat_block (&stats->scratch->e, 0, 0, group->n_rows, n_joints);

  lw_mat_copy (y, &e);
  if (w != NULL) {
    LwMat *columns = &stats->scratch->moments; /* not in use when residuals are made */
    for (size_t j = 0; j < n_joints; j++)
      for (size_t k = 0; k < n; k++)
        lw_mat_set (columns, k, j, lw_mat_get (w, j * n + k, 0));
    lw_gemm (-1, phi, false, columns, false, 1, &e);
  }
  if (group->seen != NULL)
    for (size_t i = 0; i < group->n_rows; i++)
      for (size_t j = 0; j < n_joints; j++)
        if (((group->seen[i] >> j) & 1) == 0)
          lw_mat_set (&e, i, j, 0);
  return e;
}

static LwStatus
factor_with_ridge (const LwMat *gram)
{
  double trace = 0;
  for (size_t k = 0; k < gram->rows; k++)
    trace += lw_mat_get (gram, k, k);
  for (size_t k = 0; k < gram->rows; k++)
    lw_mat_row (gram, k)[k] += REFERENCE_RIDGE * trace / (double) gram->rows;
  return lw_chol_factor (gram);
}

LwStatus
lw_promp_cells_pool (LwPrompStatistics *stats, double *centre)
{
  size_t n = stats->basis.n;
  LwPrompScratch *scratch = stats->scratch;
  Subset subsets[LW_PROMP_MAX_JOINTS];

  memset (centre, 0, stats->n_joints * n * sizeof *centre);
  lw_mat_fill (&scratch->pooled, 0);
  for (size_t g = 0; g < stats->n_groups; g++) {
    const LwPrompGroup *group = &stats->groups[g];
    LwMat phi = design (stats, group);
    size_t n_subsets = subsets_of_joints (group, stats->n_joints, subsets);
    for (size_t s = 0; s < n_subsets; s++) {
      LwMat rows = subset_rows (&subsets[s], group, &phi, &scratch->phi_rows);
      lw_syrk ((double) group->n_movements, &rows, true, 0, &scratch->gram);
      for (size_t j = 0; j < stats->n_joints; j++)
        if (((subsets[s].joints >> j) & 1) != 0)
          for (size_t i = 0; i < n * n; i++)
            lw_mat_row (&scratch->pooled, j * n)[i] += scratch->gram.data[i];
    }
    for (size_t i = 0; i < group->n_movements; i++) {
      LwMat e = residual (stats, group, &phi, group->movement[i], NULL);
      lw_gemm (1, &phi, true, &e, false, 0, &scratch->moments);
      for (size_t j = 0; j < stats->n_joints; j++)
        for (size_t k = 0; k < n; k++)
          centre[j * n + k] += lw_mat_get (&scratch->moments, k, j);
    }
  }
  for (size_t j = 0; j < stats->n_joints; j++) {
    LwMat gram = lw_mat_block (&scratch->pooled, j * n, 0, n, n);
    if (stats->n_seen[j] == 0)
      continue;
    LwStatus status = factor_with_ridge (&gram);
    if (status != LW_OK)
      return status;
    lw_chol_solve (&gram, centre + j * n);
  }
  return LW_OK;
}

static bool
subset_has_joint (const Subset *self, size_t joint)
{
  return ((self->joints >> joint) & 1) != 0;
}

LwStatus
lw_promp_cells_reference (LwPrompStatistics *stats, LwPrompGroup *group, const double *centre)
{
  size_t n = stats->basis.n, n_joints = stats->n_joints;
  LwPrompScratch *scratch = stats->scratch;
  Subset subsets[LW_PROMP_MAX_JOINTS];
  size_t n_subsets = subsets_of_joints (group, n_joints, subsets);
  LwMat phi = design (stats, group);
  LwMat centre_column = lw_mat_view ((double *) centre, n_joints * n, 1); /* only read */

  for (size_t i = 0; i < group->n_movements; i++) {
    LwMat e = residual (stats, group, &phi, group->movement[i], &centre_column);
    LwMat moments = lw_mat_view (scratch->moments.data, n, n_joints);
    lw_gemm (1, &phi, true, &e, false, 0, &moments);
    for (size_t j = 0; j < n_joints; j++)
      for (size_t k = 0; k < n; k++)
        lw_mat_set (&group->reference, j * n + k, i, lw_mat_get (&moments, k, j));
  }
  for (size_t s = 0; s < n_subsets; s++) {
    LwMat rows = subset_rows (&subsets[s], group, &phi, &scratch->phi_rows);
    lw_syrk (1, &rows, true, 0, &scratch->gram);
    LwStatus status = factor_with_ridge (&scratch->gram);
    if (status != LW_OK)
      return status;
    for (size_t j = 0; j < n_joints; j++) {
      LwMat block = lw_mat_block (&group->reference, j * n, 0, n, group->n_movements);
      if (subset_has_joint (&subsets[s], j))
        lw_chol_solve_mat (&scratch->gram, &block);
    }
  }
  /* Joints without samples have Phi'e = 0: they stay at the centre. */
  for (size_t k = 0; k < n_joints * n; k++)
    for (size_t i = 0; i < group->n_movements; i++)
      lw_mat_row (&group->reference, k)[i] += centre[k];
  return LW_OK;
}

static LwStatus
cell_alloc (LwPrompCell *cell, const Subset *subset, size_t n, size_t n_joints, size_t n_movements)
{
  *cell = (LwPrompCell){ .n_rows = subset->n_rows };
  for (size_t j = 0; j < n_joints; j++)
    if (subset_has_joint (subset, j))
      cell->joint[cell->n_joints++] = (uint8_t) j;
  LwStatus status = lw_mat_alloc (&cell->gram, n, n);
  if (status == LW_OK)
    status = lw_mat_alloc (&cell->cross, cell->n_joints * n, n_movements);
  if (status == LW_OK)
    status = lw_mat_alloc (&cell->power, n_movements, cell->n_joints * cell->n_joints);
  return status;
}

/* Phi'e and e'e of movement @i, whose residual is @e. @phi holds the rows of the cell. */
static void
cell_add_movement (LwPrompStatistics *stats, const LwPrompGroup *group, LwPrompCell *cell, const Subset *subset, const LwMat *phi,
                   const LwMat *e, size_t i)
{
  size_t n = stats->basis.n;
  LwPrompScratch *scratch = stats->scratch;
  LwMat rows = subset_rows (subset, group, e, &scratch->e_rows);

  lw_gemm (1, phi, true, &rows, false, 0, &scratch->moments);
  double *power = lw_mat_row (&cell->power, i);
  for (size_t a = 0; a < cell->n_joints; a++) {
    for (size_t k = 0; k < n; k++)
      lw_mat_set (&cell->cross, a * n + k, i, lw_mat_get (&scratch->moments, k, cell->joint[a]));
    for (size_t b = 0; b < cell->n_joints; b++) {
      double sum = 0;
      if (b < a)
        sum = power[b * cell->n_joints + a];
      else if (b == a || stats->full)
        for (size_t t = 0; t < rows.rows; t++)
          sum += lw_mat_get (&rows, t, cell->joint[a]) * lw_mat_get (&rows, t, cell->joint[b]);
      power[a * cell->n_joints + b] = sum;
    }
  }
}

static LwStatus
fill_cells (LwPrompStatistics *stats, LwPrompGroup *group, const Subset *subsets)
{
  LwPrompScratch *scratch = stats->scratch;
  LwMat phi = design (stats, group);

  for (size_t s = 0; s < group->n_cells; s++) {
    LwStatus status = cell_alloc (&group->cells[s], &subsets[s], stats->basis.n, stats->n_joints, group->n_movements);
    if (status != LW_OK)
      return status;
    LwMat rows = subset_rows (&subsets[s], group, &phi, &scratch->phi_rows);
    lw_syrk (1, &rows, true, 0, &group->cells[s].gram);
  }
  for (size_t i = 0; i < group->n_movements; i++) {
    LwMat w = lw_mat_block (&group->reference, 0, i, stats->n_joints * stats->basis.n, 1);
    LwMat e = residual (stats, group, &phi, group->movement[i], &w);
    for (size_t s = 0; s < group->n_cells; s++) {
      LwMat rows = subset_rows (&subsets[s], group, &phi, &scratch->phi_rows);
      cell_add_movement (stats, group, &group->cells[s], &subsets[s], &rows, &e, i);
    }
  }
  return LW_OK;
}

LwStatus
lw_promp_cells_build (LwPrompStatistics *stats, LwPrompGroup *group)
{
  size_t most = stats->full && group->n_rows > stats->n_joints ? group->n_rows : stats->n_joints;
  Subset *subsets = calloc (most, sizeof *subsets);
  if (subsets == NULL)
    return LW_ERR_MEMORY;

  group->n_cells =
      stats->full ? subsets_of_rows (group, stats->n_joints, subsets) : subsets_of_joints (group, stats->n_joints, subsets);
  group->cells = calloc (group->n_cells > 0 ? group->n_cells : 1, sizeof *group->cells);
  LwStatus status = group->cells != NULL ? fill_cells (stats, group, subsets) : LW_ERR_MEMORY;
  if (status != LW_OK)
    lw_promp_cells_free (group);
  free (subsets);
  return status;
}

void
lw_promp_cells_free (LwPrompGroup *group)
{
  for (size_t s = 0; group->cells != NULL && s < group->n_cells; s++) {
    lw_mat_clear (&group->cells[s].gram);
    lw_mat_clear (&group->cells[s].cross);
    lw_mat_clear (&group->cells[s].power);
  }
  free (group->cells);
  group->cells = NULL;
}

size_t
lw_promp_cells_size (const LwPrompGroup *group)
{
  size_t sum = 0;
  for (size_t s = 0; s < group->n_cells; s++) {
    const LwPrompCell *cell = &group->cells[s];
    sum += cell->gram.rows * cell->gram.cols + cell->cross.rows * cell->cross.cols + cell->power.rows * cell->power.cols
           + sizeof *cell / sizeof (double);
  }
  return sum;
}
