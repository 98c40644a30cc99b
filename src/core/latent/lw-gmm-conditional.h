/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-gmm.h"
#include "lw-rng.h"

/* The mixture given the first g of its p coordinates, s; the others are z (p - g). With the joint Cholesky factor of a component
 * in blocks, L = [L_ss 0; L_zs L_zz], nothing more has to be factored:
 *   N(s | m_s, L_ss L_ss'),   z | s, k ~ N (m_z + L_zs v, L_zz L_zz'),   v = L_ss^-1 (s - m_s).
 * g = 0 is the mixture itself: p(k) = pi_k, z = x. Const use from any thread with scratch each; nothing is allocated or
 * checked. */

/* log p(k | s) into @log_resp (K), returns log p(s). Finite contexts of any size: where all densities underflow even in
 * logarithms, the component of least Mahalanobis distance has it all and the rest -inf. @scratch (p). */
double lw_gmm_gate (const LwGmm *self, size_t g, const double *s, double *log_resp, double *scratch);
/* Conditional mean of component @k into @z (p - g). @scratch (p). */
void   lw_gmm_conditional_mean (const LwGmm *self, size_t k, size_t g, const double *s, double *z, double *scratch);
/* View of L_zz, the Cholesky factor of the conditional covariance, which does not depend on s. */
LwMat  lw_gmm_conditional_factor (const LwGmm *self, size_t k, size_t g);
/* log N(z | s, k). @scratch (p). */
double lw_gmm_conditional_log_density (const LwGmm *self, size_t k, size_t g, const double *s, const double *z, double *scratch);
/* One draw of k (returned) and @z (p - g); log p(k, z | s) into @log_q (nullable). @scratch (K + p). */
size_t lw_gmm_sample (const LwGmm *self, size_t g, const double *s, LwRng *rng, double *z, double *log_q, double *scratch);
