/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <math.h>
#include <string.h>

#include "lw-assert-close.h"
#include "lw-dmp.h"

/* What the tests of dynamic movement primitives share: one of two joints. */

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LwTrajectory, lw_trajectory_unref)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LwDmp, lw_dmp_clear)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LwMat, lw_mat_clear)

enum { JOINTS = 2, N = 10 };

static inline void
init_dmp (LwDmp *dmp, LwDmpKind kind, size_t n)
{
  LwForcingBasis basis;
  g_assert_cmpint (lw_forcing_basis_init (&basis, n, 0, LW_FORCING_DECAY_HUNDREDTH, 0.8, LW_FORCING_LAST_REPEATED), ==, LW_OK);
  g_assert_cmpint (lw_dmp_init (dmp, kind, JOINTS, &basis, 25, 1), ==, LW_OK);
}
