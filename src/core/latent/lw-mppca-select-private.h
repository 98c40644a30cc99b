/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdatomic.h>

#include "lw-mppca-private.h"
#include "lw-mppca-select.h"

/* How one fit of one cell went. Fold @folds is the fit to all samples. */
typedef struct {
  LwStatus      status;
  LwMppcaReport report;
} LwMppcaOutcome;

/* A task is one K, scale, noise and fold: its partitions serve every d. Tasks write to places of their own, so that neither the
 * number of threads nor their order is seen in the table. */
typedef struct {
  const LwMat                 *x;
  const LwMppcaSelectSettings *settings;
  const double                *scale, *noise;
  size_t                       n_scale, n_noise;
  size_t                      *fold_of; /* (N) */
  size_t                      *in_fold; /* (folds) how many samples */
  LwMppcaOutcome              *outcomes; /* (n_tasks x n_d) */
  LwMat                        figures[LW_MPPCA_BIC]; /* (n_cells x N) of every criterion by samples left out */
  size_t                       n_tasks;
  const atomic_bool           *stop;
  atomic_size_t                next, done;
  atomic_bool                  give_up; /* memory is short, or stopped */
  LwMppcaSelectProgress        progress;
  void                        *data;
} LwMppcaGrid;

/* The table from what the tasks left in the grid; @sorted (N) is scratch. */
void lw_mppca_grid_fill (const LwMppcaGrid *grid, double *sorted, LwMppcaSelection *table);
