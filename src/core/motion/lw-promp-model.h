/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-promp.h"

/* A movement primitive with the noise of what is observed of it: w ~ N(mu_w, Sigma_w), y(z) = Psi(z) w + N(0, Sigma_y). Owned
 * storage; owner thread. */
typedef struct {
  LwBasis          basis;
  size_t           n_joints;
  LwWeightGaussian weights;
  LwMat            noise; /* (n_joints x n_joints) Sigma_y, rad^2, symmetric */
} LwPrompModel;

/* Copies; @noise (n_joints x n_joints). Errors of lw_promp_model_check(), LW_ERR_MEMORY. */
LwStatus lw_promp_model_init  (LwPrompModel *self, const LwBasis *basis, size_t n_joints, const double *mu_w,
                               const LwMat *sigma_w, const LwMat *noise) LW_MUST_USE;
void     lw_promp_model_clear (LwPrompModel *self); /* may run twice */
/* LW_ERR_SHAPE when sizes disagree or are zero, LW_ERR_NOT_FINITE. That the covariances are positive is for their factors to
 * say. */
LwStatus lw_promp_model_check (const LwPrompModel *self) LW_MUST_USE;
