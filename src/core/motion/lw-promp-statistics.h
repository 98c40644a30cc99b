/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdint.h>

#include "lw-observed-movement.h"

/* All that the likelihood of movements needs to know of their samples. With w = reference + delta and e = y - Psi reference,
 * residuals are quadratic in delta,
 *   sum_t (e_a - psi' delta_a) (e_b - psi' delta_b) = e_a'e_b - delta_a' Phi'e_b - delta_b' Phi'e_a + delta_a' Phi'Phi delta_b,
 * so once these sums are there, an iteration touches no sample. The reference is a ridge fit: small numbers are subtracted, not
 * large ones. Names: n basis functions, n_joints, W = n n_joints weights, joint-major. */

/* Samples and joints that are observed together: all of them, when nothing is missing. With diagonal noise joints do not mix and
 * a cell is a set of joints seen at the same samples; with full noise it is a set of samples with the same joints. */
typedef struct {
  uint8_t joint[LW_PROMP_MAX_JOINTS];
  size_t  n_joints; /* of @joint */
  size_t  n_rows;
  LwMat   gram;  /* (n x n) Phi'Phi */
  LwMat   cross; /* (n_joints n x n_movements) Phi'e */
  LwMat   power; /* (n_movements x n_joints^2) e_a'e_b; with diagonal noise only a = b */
} LwPrompCell;

/* Movements with the same phases and gaps: A and so the posterior covariance of their weights are common. */
typedef struct {
  size_t       n_movements;
  size_t      *movement;   /* (n_movements) */
  size_t       n_rows;     /* samples a movement, the unobserved ones too */
  size_t       n_observed; /* numbers a movement */
  size_t       n_seen[LW_PROMP_MAX_JOINTS]; /* of these, a joint */
  uint64_t    *seen;       /* (n_rows) bits; NULL: everything */
  LwMat        reference;  /* (W x n_movements) */
  size_t       n_cells;
  LwPrompCell *cells;      /* NULL between visits when they would take too much memory */
  bool         kept;
} LwPrompGroup;

typedef struct LwPrompScratch LwPrompScratch;

typedef struct {
  LwBasis                   basis;
  size_t                    n_joints;
  bool                      full;
  const LwObservedMovement *movements; /* borrowed */
  size_t                    n_movements;
  size_t                    n_rows;     /* of all */
  size_t                    n_observed;
  size_t                    n_seen[LW_PROMP_MAX_JOINTS];
  size_t                    largest;    /* movements in a group */
  size_t                    n_groups;
  LwPrompGroup             *groups;
  LwPrompScratch           *scratch;
} LwPrompStatistics;

/* @centre (W): what unobserved weights are taken to be in the references; NULL: a ridge fit to all movements together. @full: for
 * noise with correlations. Errors of lw_observed_movement_check(), LW_ERR_TOO_FEW for n = 0, LW_ERR_MEMORY; movements of which
 * nothing was seen are none. Sums beyond twice the size of the samples, as with full noise and scattered gaps (and beyond 4 MB),
 * are not kept but made anew at each visit. */
LwStatus lw_promp_statistics_init  (LwPrompStatistics *self, const LwBasis *basis, size_t n_joints,
                                    const LwObservedMovement *movements, size_t n, bool full, const double *centre) LW_MUST_USE;
void     lw_promp_statistics_clear (LwPrompStatistics *self); /* may run twice */
/* Between the two the cells of group @g are there. Owner thread. */
LwStatus lw_promp_statistics_visit (LwPrompStatistics *self, size_t g) LW_MUST_USE;
void     lw_promp_statistics_leave (LwPrompStatistics *self, size_t g);
