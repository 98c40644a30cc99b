/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-mat.h"

/* Polynomial features phi (c) of a context: all monomials up to a degree, the constant first, of contexts mapped so that those
 * given fill [-1, 1]. Farther out than 1.25 they stop changing: a policy in these features stays bounded however far away a
 * context is. A context that never varied maps to 0. Owned storage; reading needs no lock. */
typedef struct {
  size_t  dc, degree;
  size_t  f;       /* (dc + degree)! / (dc! degree!) */
  double *centre;  /* (dc) middle of the range given */
  double *unit;    /* (dc) half the range; 0 for a constant */
} LwContextFeatures;

/* Number of features; SIZE_MAX when it does not fit. */
size_t   lw_context_features_count (size_t dc, size_t degree);
/* Range taken from @contexts (N x dc). LW_ERR_TOO_FEW without rows, LW_ERR_NOT_FINITE, LW_ERR_MEMORY. */
LwStatus lw_context_features_init  (LwContextFeatures *self, const LwMat *contexts, size_t degree) LW_MUST_USE;
/* The same range as @src, another degree. */
LwStatus lw_context_features_init_like (LwContextFeatures *self, const LwContextFeatures *src, size_t degree) LW_MUST_USE;
void     lw_context_features_clear (LwContextFeatures *self);
/* @phi (f) of a finite @context (dc). */
void     lw_context_features_evaluate (const LwContextFeatures *self, const double *context, double *phi);
/* Rows of @phi (N x f) from rows of @contexts (N x dc). */
void     lw_context_features_evaluate_all (const LwContextFeatures *self, const LwMat *contexts, const LwMat *phi);
