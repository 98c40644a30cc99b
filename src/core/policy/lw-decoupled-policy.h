/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-lampo-policy.h"

/* A second family of policies over the same components as LAMPO's own, in which what a context asks for and how much is tried are
 * set apart.
 *
 * In the published family p(z | c, k) follows from a prior N(mu_k, Sigma_k) by conditioning on the context: a smaller Sigma_k,
 * which should mean less exploration, also pulls the movement of every context towards mu_k, and where the context determines z
 * (d <= dc, a small sigma_k^2) no mu_k can correct it. Here the imitation model's conditional stays as it is and the policy is
 * what is added, in units of its spread:
 *
 *   z = mean_k(c) + L_k e,  L_k L_k' = P_k                             mean_k(c), P_k: maths.md 1.2 at mu = 0, Sigma = I
 *   e | k, c ~ N (O_k [1; y_k], diag (s_k^2))                          y_k: the context, whitened under p(c | k)
 *   p(k | c) prop. to exp (beta_k) p_0(k | c)                          p_0: the imitation policy's
 *
 *   x = [beta (K) | O (K x d x q) | log s (K x d)],  q = 1, or 1 + r with slopes
 *
 * Imitation is x = 0. A sample is (k, e), for from z it could only be had back with the digits that a small sigma_k^2 leaves;
 * densities of the two differ by a factor that no x changes. Gaussians with linear means: every gradient and both KL are closed
 * forms, and what the context enters through (y, p_0) is computed once a sample. y is shortened to what demonstrations have, so
 * that no correction is extrapolated and no far context decides a mean of squares. Owner thread. */
typedef struct {
  const LwLampoModel *model; /* borrowed */
  LwLampoPolicy       first; /* the imitation policy */
  size_t              q;     /* columns of O_k */
  size_t              n_x;
} LwDecoupledForm;

LwStatus lw_decoupled_form_init  (LwDecoupledForm *self, const LwLampoModel *model, bool slopes) LW_MUST_USE;
void     lw_decoupled_form_clear (LwDecoupledForm *self);

/* Parts of a policy vector. */
static inline size_t
lw_decoupled_offset (const LwDecoupledForm *self, size_t k, size_t j)
{
  return self->model->K + (k * self->model->d + j) * self->q;
}
static inline size_t
lw_decoupled_log_s (const LwDecoupledForm *self, size_t k)
{
  return self->model->K * (1 + self->model->d * self->q) + k * self->model->d;
}

/* Finite, and small enough that no density under- or overflows. */
bool   lw_decoupled_is_policy   (const LwDecoupledForm *self, const double *x);
/* log pi_k exp (beta_k) / sum: the weights of the components when nothing is known of the context. @log_pi (K). */
void   lw_decoupled_log_weights (const LwDecoupledForm *self, const double *x, double *log_pi);
/* log p(k | c): @log_resp (K); @y (K x r) the whitened contexts, not shortened. */
void   lw_decoupled_gate        (const LwDecoupledForm *self, const double *x, const double *context, double *log_resp,
                                 double *y);
/* Mean of p(e | c, k): @e (d), from component @k's row of @y. */
void   lw_decoupled_mean_of_e   (const LwDecoupledForm *self, const double *x, size_t k, const double *y_k, double *e);
/* k ~ p(k | c), e ~ p(e | c, k): @e (d). Returns log p(k, e | c). @workspace (K + K*r) has log p(k | c) and y afterwards. */
double lw_decoupled_sample      (const LwDecoupledForm *self, const double *x, const double *context, LwRng *rng,
                                 double *workspace, size_t *k, double *e);
/* @e (d) becomes L_k e: what it adds to z. */
void   lw_decoupled_scale_e     (const LwDecoupledForm *self, size_t k, double *e);

/* What no policy changes of a set of samples (whose z is e); by sample, as in LwLampoSamples. */
typedef struct {
  const LwDecoupledForm *form;  /* borrowed */
  size_t                 n;
  LwLampoTable           first; /* y, shortened; log p_0(k | c_i); p_0 */
} LwDecoupledFeatures;

void     lw_decoupled_features_init  (LwDecoupledFeatures *self, const LwDecoupledForm *form);
void     lw_decoupled_features_clear (LwDecoupledFeatures *self);
/* Catches up with @samples; also when some were taken back. A column does not depend on which others are computed with it. On
 * error @self is as it was. */
LwStatus lw_decoupled_features_update (LwDecoupledFeatures *self, const LwLampoSamples *samples) LW_MUST_USE;
