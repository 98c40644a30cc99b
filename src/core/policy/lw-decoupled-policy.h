/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-lampo-policy.h"

/* A second family of policies over the same (k, z) as LAMPO's own, in which what a context asks for and how much is tried are set apart.
 *
 * In the published family p(z | c, k) follows from a prior N(mu_k, Sigma_k) by conditioning on the context: a smaller Sigma_k, which should mean less exploration,
 * also pulls the movement of every context towards mu_k, and where the context determines z (d <= dc, a small sigma_k^2) no mu_k can correct it. Here the imitation
 * model's conditional stays as it is and the policy is what is added, in units of its spread:
 *
 *   z = mean_k(c) + L_k e,  L_k L_k' = P_k                             mean_k(c), P_k: maths.md 1.2 at mu = 0, Sigma = I
 *   e | k, c ~ N (O_k [1; y_k], diag (s_k^2))                          y_k: the context, whitened under p(c | k)
 *   p(k | c) prop. to exp (beta_k) p_0(k | c)                          p_0: the imitation policy's
 *
 *   x = [beta (K) | O (K x d x q) | log s (K x d)],  q = 1, or 1 + r with slopes
 *
 * Imitation is x = 0. Densities of e and of z differ by a factor that no x changes. Gaussians with linear means: every gradient and both KL are closed forms, and what
 * the context enters through (y, p_0) is computed once a sample. Owner thread. */
typedef struct {
  const LwLampoModel *model; /* borrowed */
  LwLampoPolicy       first; /* the imitation policy */
  bool                slopes;
  size_t              q;     /* columns of O_k */
  size_t              n_x;
} LwDecoupledForm;

LwStatus lw_decoupled_form_init  (LwDecoupledForm *self, const LwLampoModel *model, bool slopes) LW_MUST_USE;
void     lw_decoupled_form_clear (LwDecoupledForm *self);

static inline size_t lw_decoupled_offset (const LwDecoupledForm *f, size_t k, size_t j) { return f->model->K + (k * f->model->d + j) * f->q; }
static inline size_t lw_decoupled_log_s  (const LwDecoupledForm *f, size_t k) { return f->model->K * (1 + f->model->d * f->q) + k * f->model->d; }

/* Finite, and a scale that exp() can take. */
bool   lw_decoupled_is_policy   (const LwDecoupledForm *self, const double *x);
/* log p(k | c): @log_resp (K); @y (K x r) the whitened contexts. */
void   lw_decoupled_gate        (const LwDecoupledForm *self, const double *x, const double *context, double *log_resp, double *y);
/* Mean of p(z | c, k): @z (d), from component @k's row of @y; @e (d) receives that of e, times L_k. */
void   lw_decoupled_latent_mean (const LwDecoupledForm *self, const double *x, size_t k, const double *y_k, double *e, double *z);
/* k ~ p(k | c), z ~ p(z | c, k). @workspace (K + K*r + d). Returns log p(k, e | c). */
double lw_decoupled_sample      (const LwDecoupledForm *self, const double *x, const double *context, LwRng *rng, double *workspace, size_t *k, double *z);

/* What no policy changes of a set of samples; by sample, as in LwLampoSamples. */
typedef struct {
  const LwDecoupledForm *form;  /* borrowed */
  size_t                 n;
  LwLampoTable           first; /* y, log p_0(k | c_i), p_0 */
  double                *e;     /* (d x stride) L_k^-1 (z_i - mean_k(c_i)) at the sample's own k */
  double                *scratch; /* (r + d) */
} LwDecoupledFeatures;

void     lw_decoupled_features_init  (LwDecoupledFeatures *self, const LwDecoupledForm *form);
void     lw_decoupled_features_clear (LwDecoupledFeatures *self);
/* Catches up with @samples; also when some were taken back. A column does not depend on which others are computed with it. */
LwStatus lw_decoupled_features_update (LwDecoupledFeatures *self, const LwLampoSamples *samples) LW_MUST_USE;

/* What a policy says of them. */
typedef struct {
  size_t  stride;
  double *log_resp; /* (K x stride) log p(k | c_i) */
  double *resp;     /* (K x stride) */
  double *log_sum;  /* (stride) log sum_k exp (beta_k) p_0(k | c_i) */
  double *u;        /* (d x stride) (e - O [1; y]) / s at the sample's own k */
  double *log_p;    /* (stride) log p(k_i, e_i | c_i) */
  double *inv_s;    /* (K x d) 1 / s */
} LwDecoupledTable;

LwStatus lw_decoupled_table_init     (LwDecoupledTable *self, const LwDecoupledForm *form, size_t stride) LW_MUST_USE;
void     lw_decoupled_table_clear    (LwDecoupledTable *self);
/* Samples from @from on. O(N (K + d q)), no allocation. */
void     lw_decoupled_table_evaluate (LwDecoupledTable *self, const double *x, const LwDecoupledFeatures *features, const LwLampoSamples *samples, size_t from);
/* @grad (n_x) = sum_i factor_i grad log p_i at the policy that the table was evaluated for. */
void     lw_decoupled_table_gradient (const LwDecoupledTable *self, const LwDecoupledFeatures *features, const LwLampoSamples *samples, const double *factor,
                                      double *grad);
