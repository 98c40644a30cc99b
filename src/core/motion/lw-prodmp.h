/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-forcing-basis.h"
#include "lw-promp.h"

/* Probabilistic dynamic movement primitives [Li et al., RA-L 2023; maths.md 2.3]: the differential equation of a DMP solved
 * once and for all. Over s = (t - delay) / tau, primes by s,
 *   y'' + a y' + a^2/4 y = a^2/4 g + x psi(x)' w
 * is linear in p = [w, g] and in where it starts, so everything ProMPs can do (Gaussians, conditioning) is done on p, and
 * every movement starts exactly at a given position and velocity. Parameters are joint-major: [joint 0: w (n), g; joint 1:
 * ...], W = n_joints (n + 1). Before the delay is over s is 0: the movement waits where it starts. */

typedef enum {
  LW_PRODMP_GAUSS = 0, /* five points an interval: exact to rounding */
  LW_PRODMP_TRAPEZOID, /* of the published implementation, 1e-6 off: to run its weights as it would */
} LwProdmpQuadrature;

typedef struct {
  LwForcingBasis     basis;
  double             a;
  double             tau;           /* s, duration */
  double             delay;         /* s, before it starts */
  bool               relative_goal; /* g counts from where the movement starts */
  double             length;        /* in s: the largest it can be asked for */
  double             step;          /* in s: one interval of the quadrature */
  LwProdmpQuadrature quadrature;
} LwProdmpSettings;

typedef struct {
  LwProdmpSettings settings;
  LwMat            table; /* at s = i step: Phi_w (n), Phi_w' (n), from rest at 0 */
} LwProdmp;

/* Where a movement starts, or is taken up again. */
typedef struct {
  double        t; /* s on the movement's clock */
  const double *q; /* (n_joints) rad */
  const double *v; /* (n_joints) rad/s; NULL: at rest */
} LwProdmpStart;

/* @n basis functions as MP_PyTorch places them, a = 25, no delay, absolute goal, length 2, steps of 1/200. */
LwStatus lw_prodmp_settings_init (LwProdmpSettings *self, size_t n, double tau) LW_MUST_USE;

/* Integrates the basis: O(length / step). Release with lw_prodmp_clear(); a const one may be used by any thread. LW_ERR_RANGE
 * unless a, tau, length and step are positive and finite, delay is not negative and length / step below a million. */
LwStatus lw_prodmp_init  (LwProdmp *self, const LwProdmpSettings *settings) LW_MUST_USE;
void     lw_prodmp_clear (LwProdmp *self);

/* Phi and (nullable) Phi' at @s, each (n + 1), the last for g: the movement from rest at 0. LW_ERR_RANGE outside [0, length]. */
LwStatus lw_prodmp_basis (const LwProdmp *self, double s, double *phi, double *dphi) LW_MUST_USE;

/* One joint that starts at @t_start in (q_b, v_b):
 *   q(t_i) = H_q[i] p + mix_q[i] [q_b, v_b]',   v(t_i) = H_v[i] p + mix_v[i] [q_b, v_b]'
 * in rad and rad/s; @h_q, @h_v (n_t x n + 1), @mix_q, @mix_v (n_t x 2), each nullable. LW_ERR_RANGE for a time before @t_start
 * or beyond the length, LW_ERR_SHAPE. */
LwStatus lw_prodmp_rows  (const LwProdmp *self, double t_start, const double *t, size_t n_t, const LwMat *h_q, const LwMat *mix_q,
                          const LwMat *h_v, const LwMat *mix_v) LW_MUST_USE;
/* Position (@derivative 0) or velocity (1) of @joint at @t as @row (W) of an observation of p, for
 * lw_weight_gaussian_condition() together with y - @offset. */
LwStatus lw_prodmp_observe (const LwProdmp *self, const LwProdmpStart *start, size_t n_joints, size_t joint, int derivative,
                            double t, double *row, double *offset) LW_MUST_USE;

/* The movement @params (W) at @n_t times from @start: @q, @v (n_t x n_joints, nullable). To replan, call it with a later
 * start, with the same parameters or others: position and velocity go on from there. */
LwStatus lw_prodmp_move    (const LwProdmp *self, const double *params, size_t n_joints, const LwProdmpStart *start,
                            const double *t, size_t n_t, const LwMat *q, const LwMat *v) LW_MUST_USE;
/* From start to @t_end: round((t_end - start t) rate_hz) + 1 samples on the movement's clock, the last at @t_end. *@out
 * (transfer full); @v (nullable) receives velocities in its own storage. */
LwStatus lw_prodmp_rollout (const LwProdmp *self, const double *params, size_t n_joints, const LwProdmpStart *start, double t_end,
                            double rate_hz, LwTrajectory **out, LwMat *v) LW_MUST_USE;

/* Mean and standard deviation of position and velocity (n_t x n_joints, each nullable) when p ~ @g and the start is certain. */
LwStatus lw_prodmp_band       (const LwProdmp *self, const LwWeightGaussian *g, size_t n_joints, const LwProdmpStart *start,
                               const double *t, size_t n_t, const LwMat *q, const LwMat *q_std, const LwMat *v,
                               const LwMat *v_std) LW_MUST_USE;
/* H Sigma H' over all times, joint-major: @q_cov, @v_cov (n_joints n_t squared, nullable). */
LwStatus lw_prodmp_covariance (const LwProdmp *self, const LwWeightGaussian *g, size_t n_joints, double t_start, const double *t,
                               size_t n_t, const LwMat *q_cov, const LwMat *v_cov) LW_MUST_USE;
