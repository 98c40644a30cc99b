/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-phase.h"
#include "lw-promp.h"

/* What is known of the posture at one phase, N(@q, @cov) (n_joints; n_joints x n_joints), reaches the weights [maths.md
 * 2.1]: with the marginal N(m, S) there,
 *   L = Sigma Psi' S^-1,  mu + L (q - m),  Sigma + L (cov - S) L'.
 * The marginal then is N(q, cov). @out receives its own storage; it may not be @prior. lw_promp_marginal()'s errors;
 * LW_ERR_NOT_SPD when S is singular. */
LwStatus lw_promp_back_propagate (const LwBasis *basis, const LwWeightGaussian *prior, size_t n_joints, const LwPhasePoint *at,
                                  const double *q, const LwMat *cov, LwWeightGaussian *out) LW_MUST_USE;
