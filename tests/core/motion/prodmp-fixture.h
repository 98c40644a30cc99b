/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <math.h>
#include <string.h>

#include "lw-assert-close.h"
#include "lw-npy-golden.h"
#include "lw-prodmp.h"

/* What the tests of ProDMPs share: the one behind the golden numbers. */

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LwTrajectory, lw_trajectory_unref)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LwProdmp, lw_prodmp_clear)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LwMat, lw_mat_clear)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LwWeightGaussian, lw_weight_gaussian_clear)

enum { JOINTS = 2, N = 8, M = N + 1, W = JOINTS * M, TIMES = 201 };

/* MP_PyTorch's set-up of the golden numbers: bandwidth factor 2, tau 2 s, 1/200. */
static inline void
init_golden (LwProdmp *self, LwProdmpQuadrature quadrature, bool relative, double length)
{
  LwProdmpSettings settings = {
    .a = 25, .tau = 2, .relative_goal = relative, .length = length, .step = 1.0 / 200, .quadrature = quadrature
  };
  g_assert_cmpint (lw_forcing_basis_init (&settings.basis, N, 0, LW_FORCING_DECAY_SLOW, exp (-1), LW_FORCING_LAST_ONWARD), ==,
                   LW_OK);
  g_assert_cmpint (lw_prodmp_init (self, &settings), ==, LW_OK);
}
