/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-promp-statistics.h"

/* The sums of one group; for lw-promp-statistics.c. */

struct LwPrompScratch {
  LwMat phi;      /* (longest x n) of the group at hand */
  LwMat phi_rows; /* (longest x n) those of a cell */
  LwMat e;        /* (longest x n_joints) */
  LwMat e_rows;   /* (longest x n_joints) */
  LwMat moments;  /* (n x n_joints) Phi'e */
  LwMat gram;     /* (n x n) */
  LwMat pooled;   /* (n_joints n x n) Phi'Phi of all movements, a joint */
};

LwStatus lw_promp_scratch_new  (const LwPrompStatistics *stats, size_t longest, LwPrompScratch **out) LW_MUST_USE;
void     lw_promp_scratch_free (LwPrompScratch *self);

/* Ridge fit (W) to all movements together; 0 for joints nobody saw. */
LwStatus lw_promp_cells_pool      (LwPrompStatistics *stats, double *centre) LW_MUST_USE;
/* Fills group->reference: @centre, and a ridge fit to what it leaves. */
LwStatus lw_promp_cells_reference (LwPrompStatistics *stats, LwPrompGroup *group, const double *centre) LW_MUST_USE;
LwStatus lw_promp_cells_build     (LwPrompStatistics *stats, LwPrompGroup *group) LW_MUST_USE;
void     lw_promp_cells_free      (LwPrompGroup *group);
/* Doubles that the cells hold. */
size_t   lw_promp_cells_size      (const LwPrompGroup *group);
