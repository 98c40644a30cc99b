/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-mat.h"
#include "lw-mppca.h"

#define LW_LAMPO_LOG_2PI 1.8378770664093454835606594728112
/* Numbers of a model, a policy and an episode stay below this, and variances above its inverse: then no square and no product of
 * two squares leaves the range of a double, and nothing that is derived from them is infinite or NaN. */
#define LW_LAMPO_LARGE 1e60

/* What LAMPO keeps of the imitation model, fixed for good: maths.md 1, symbols as there.
 *
 *   context   c = C_k z + c_k + N(0, sigma_k^2 I)      C_k = Q_k R_k, thin QR, r = min(dc, d)
 *   movement  w = Omega_k z + omega_k
 *
 * Everything later is d x d: the context enters only through u = Q_k'(c - c_k) and |(c - c_k) - Q_k u|^2. Contexts are in the
 * model's inner units (context_scale times those of the data, column by column); densities of contexts are too, and differ by a
 * constant only.
 * Owned storage; const use from any thread. */
typedef struct {
  size_t  K, d, dc, m;
  size_t  r;              /* min (dc, d) */
  size_t  n_x;            /* K + 2 K d: length of a policy x = [base (K) | mu (K x d) | s (K x d)] */
  double *context_scale;  /* (dc) */
  double *log_pi;         /* (K) of the imitation model, normalised */
  double *noise_var;      /* (K) sigma_k^2 */
  LwMat   context_mean;   /* c_k       (K x dc)    */
  LwMat   q;              /* Q_k       (K*dc x r)  */
  LwMat   R;              /* R_k       (K*r x d)   */
  LwMat   movement_mean;  /* omega_k   (K x m)     */
  LwMat   movement;       /* Omega_k   (K*m x d)   */
} LwLampoModel;

/* Copies what it needs of @mppca, whose first @n_context dimensions are the context. LW_ERR_SHAPE when that leaves no movement,
 * LW_ERR_NOT_FINITE, LW_ERR_RANGE for a variance that is not positive and for numbers beyond LW_LAMPO_LARGE. */
LwStatus lw_lampo_model_init  (LwLampoModel *self, const LwMppca *mppca, size_t n_context) LW_MUST_USE;
void     lw_lampo_model_clear (LwLampoModel *self);

/* What tells a state of this model from one of another: model_log_pi, model_sigma_sq. */
LwStatus lw_lampo_model_to_arrays    (const LwLampoModel *self, LwArrays *out) LW_MUST_USE;
/* LW_ERR_SHAPE when @in has none of this size, LW_ERR_RANGE when they are another model's. */
LwStatus lw_lampo_model_check_arrays (const LwLampoModel *self, const LwArrays *in) LW_MUST_USE;
/* Can @context (dc) be worked with? LW_ERR_NOT_FINITE, LW_ERR_RANGE from LW_LAMPO_LARGE on. */
LwStatus lw_lampo_model_check_context (const LwLampoModel *self, const double *context) LW_MUST_USE;
/* The imitation policy as @x (n_x): base = log pi, mu = 0, s = 1. */
void     lw_lampo_model_first_policy (const LwLampoModel *self, double *x);
/* @u (r) = Q_k'(c - c_k); returns |(c - c_k) - Q_k u|^2. @context (dc) in the data's units. */
double   lw_lampo_model_project (const LwLampoModel *self, size_t k, const double *context, double *u);

/* Parts of a policy vector. */
static inline size_t lw_lampo_model_mu (const LwLampoModel *self, size_t k) { return self->K + k * self->d; }
static inline size_t lw_lampo_model_s  (const LwLampoModel *self, size_t k) { return self->K + (self->K + k) * self->d; }
