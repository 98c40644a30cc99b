/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>

#include "lw-lampo-samples.h"
#include "lw-rng.h"

/* One LAMPO policy theta = {pi, mu, Sigma = diag (s^2)} over (k, z), with what is derived from it, all d x d (maths.md 1.2):
 *
 *   S = sigma^2 I + R Sigma R' = L L'       G = L^-1 R          B = I + D R'R D / sigma^2 = L_B L_B',  D = diag (s)
 *   p(c|k):    y = L^-1 (u - R mu),  log N = fixed - 1/2 (|y|^2 + log|S|)
 *   p(z|c,k):  P = D B^-1 D,         mean = mu + Sigma G'y
 *
 * Both factors grow from a multiple of the unit matrix by rank-one updates, so they exist for every finite s and carry the
 * accuracy of a QR decomposition: forming S and factoring it would square a condition number that reaches 1e12. Only s^2 matters;
 * s = 0 has no density and is refused, as is what is beyond LW_LAMPO_LARGE. Owned storage; owner thread; const use from any
 * thread. */
typedef struct {
  const LwLampoModel *model;  /* borrowed */
  double *x;                  /* (n_x) [base (K) | mu (K x d) | s (K x d)] */
  double *log_pi;             /* (K) */
  double *chol_s;             /* (K x r x r) L, lower */
  double *log_det_s;          /* (K) */
  double *g;                  /* (K x r x d) G */
  double *offset;             /* (K x r) R mu */
  double *chol_b;             /* (K x d x d) L_B, lower */
  double *log_det_p;          /* (K) log|P| */
  double *log_scale;          /* (K) sum_j log|s_j| */
  double *scratch;            /* (2 d) */
} LwLampoPolicy;

LwStatus lw_lampo_policy_init  (LwLampoPolicy *self, const LwLampoModel *model) LW_MUST_USE;
void     lw_lampo_policy_clear (LwLampoPolicy *self);
/* Takes @x (n_x). False when it describes no policy (not finite or too large, an s of 0): @self is then only good for another
 * set. No allocation. */
bool     lw_lampo_policy_set   (LwLampoPolicy *self, const double *x);

static inline const double *
lw_lampo_policy_mu (const LwLampoPolicy *self, size_t k)
{
  return self->x + lw_lampo_model_mu (self->model, k);
}
static inline const double *
lw_lampo_policy_s (const LwLampoPolicy *self, size_t k)
{
  return self->x + lw_lampo_model_s (self->model, k);
}

/* log p(k | c): @log_resp (K) for @context (dc). @y (K x r) receives L_k^-1 (u - R mu). */
void lw_lampo_policy_gate      (const LwLampoPolicy *self, const double *context, double *log_resp, double *y);
/* Mean of p(z | c, k): @mean (d), from component @k's row of @y. */
void lw_lampo_policy_latent_mean (const LwLampoPolicy *self, size_t k, const double *y_k, double *mean);
/* Precision P^-1 of p(z | c, k), which no context changes: @precision (d x d). */
void lw_lampo_policy_precision (const LwLampoPolicy *self, size_t k, const LwMat *precision);
/* k ~ p(k | c), z ~ p(z | c, k). @workspace (K + K*r + d). Returns log p(z, k | c). */
double lw_lampo_policy_sample (const LwLampoPolicy *self, const double *context, LwRng *rng, double *workspace, size_t *k,
                               double *z);
/* Omega_k z + omega_k: @movement (m). */
void lw_lampo_model_movement   (const LwLampoModel *model, size_t k, const double *z, double *movement);

/* What a policy says of a set of samples; arrays by sample as in LwLampoSamples. */
typedef struct {
  size_t  stride;
  double *y;         /* (K*r x stride) L_k^-1 (u - R mu) */
  double *log_resp;  /* (K x stride) log p(k | c_i) */
  double *resp;      /* (K x stride) */
  double *log_p;     /* (stride) log p(z_i, k_i | c_i) */
} LwLampoTable;

/* Room for @stride samples. */
LwStatus lw_lampo_table_init     (LwLampoTable *self, const LwLampoModel *model, size_t stride) LW_MUST_USE;
void     lw_lampo_table_clear    (LwLampoTable *self);
/* Fills the columns of samples from @from on (rounded down to a block; a column does not depend on which others are computed with
 * it). O(N K r^2), no allocation. */
void     lw_lampo_table_evaluate (LwLampoTable *self, const LwLampoPolicy *policy, const LwLampoSamples *samples, size_t from);
/* Moments of y under weights @omega (padded, by sample; zero beyond n) for component @k: @m0, @m1 (r), @m2 (r x r). */
void lw_lampo_table_moments (const LwLampoTable *self, const LwLampoModel *model, size_t k, size_t n_padded, const double *omega,
                             double *m0, double *m1, double *m2);
/* Adds to @grad (n_x) the gradient of sum_i omega_i log [pi_k N(c_i | C_k mu_k + c_k, A_k)], without the normaliser of pi, which
 * cancels wherever the omega of all components sum to zero a sample. It is linear in @moments (1 + r + r^2: m0, m1, m2 of y under
 * omega). */
void     lw_lampo_policy_add_gate_gradient (const LwLampoPolicy *policy, size_t k, const double *moments, double *grad);
