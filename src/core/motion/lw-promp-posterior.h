/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-promp-model.h"
#include "lw-promp-statistics.h"

/* p(w | samples) and p(samples) under w ~ N(mu, Sigma), y = Psi w + N(0, Sigma_y), a group of movements at a time [maths.md 2.1,
 * in another form]. With Sigma = L L', P = sum over cells of R (x) G and g = Psi' R (y - Psi mu):
 *   I + L' P L = M M',  V = M^-1 L',  C = V' V,  h = M'^-1 V g,  m = mu + L h
 *   log p = -1/2 [n_o log 2 pi + sum log |Sigma_y| + log |M M'| + (y - Psi m)' R (y - Psi m) + h' h]
 * Sigma is never inverted, so it may be as good as singular, and at m, where it is stationary, the quadratic form forgives
 * rounding. */
typedef struct {
  size_t n_joints, n, n_weights;
  bool   full;
  /* parameters */
  double *mu;     /* (W) */
  LwMat   l;      /* (W x W) */
  LwMat   noise;  /* (n_joints x n_joints) */
  double  jitter; /* rad^2, what the diagonal of Sigma was raised by to be factored */
  /* of the last group */
  LwMat   covariance;  /* (W x W) C */
  LwMat   deviation;   /* (W x n_movements) m - mu */
  double *log_p;       /* (n_movements) */
  LwMat   noise_sum;   /* (n_joints x n_joints) expected products of residuals, gaps filled in by regression on what was seen */
  /* scratch */
  LwMat   precision;   /* (W x W) P */
  LwMat   product;     /* (W x W) P L */
  LwMat   m;           /* (W x W) */
  LwMat   v;           /* (W x W) */
  LwMat   delta;       /* (W x n_movements) m - reference, and what is about to become it */
  LwMat   gradient;    /* (W x n_movements) g, then h */
  LwMat   block;       /* (n x n_movements) */
  double *quadratic;   /* (n_movements) */
  double *pair;        /* (n_movements) */
  size_t  cells_room;
  double *weights;     /* (cells_room x n_joints^2) R of each cell, zero at joints that it lacks */
  double *log_det;     /* (cells_room) log |Sigma_y| of its joints */
  LwMat   small[3];    /* (n_joints x n_joints) */
} LwPrompPosterior;

LwStatus lw_promp_posterior_init  (LwPrompPosterior *self, const LwPrompStatistics *stats) LW_MUST_USE;
void     lw_promp_posterior_clear (LwPrompPosterior *self); /* may run twice */
/* Copies mu (W), factors @sigma, copies @noise. A Sigma that cannot be factored is raised by 1e-12 of its mean diagonal, ten
 * times that, ... up to 1e-6, but for one that is all zeros; LW_ERR_NOT_SPD when that does not help or the noise is not
 * positive, LW_ERR_NOT_FINITE. */
LwStatus lw_promp_posterior_set   (LwPrompPosterior *self, const double *mu, const LwMat *sigma, const LwMat *noise) LW_MUST_USE;
/* @group with its cells there. Fills deviation, log_p, covariance and noise_sum. LW_ERR_NOT_SPD, LW_ERR_NOT_FINITE (numbers too
 * large), LW_ERR_MEMORY. */
LwStatus lw_promp_posterior_visit (LwPrompPosterior *self, const LwPrompGroup *group) LW_MUST_USE;
