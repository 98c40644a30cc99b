/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-offset-model.h"

/* The two halves of an offset model's fit. */

/* Principal directions of the movements: all that count, each regressed by itself. */
typedef struct {
  size_t  r;
  LwMat   u;          /* (r x m) */
  LwMat   scores;     /* (N x r): movements in u, about their mean */
  double *mean;       /* (m) */
  double *deviation;  /* (r) */
} LwOffsetDirections;

/* @self is zeroed or cleared before. LW_ERR_TOO_FEW when @movements do not differ. On error @self still wants clearing. */
LwStatus lw_offset_directions_init  (LwOffsetDirections *self, const LwMat *movements) LW_MUST_USE;
void     lw_offset_directions_clear (LwOffsetDirections *self);

/* What is chosen of the fits, direction by direction. Features of a degree begin with those of the one below it, so that a lower
 * degree is a column that ends in zeros. */
typedef struct {
  LwContextFeatures features;    /* of the highest degree tried */
  LwMat             coefficient; /* (f x r) */
  LwMat             residual;    /* (N x r) */
  double           *error;       /* (r) */
} LwOffsetRegression;

/* Regression of @scores (N x r) on features of @contexts (N x dc): of degree @wanted, or 0 for the best of each column. On error
 * @self still wants clearing. */
LwStatus lw_offset_regression_init (LwOffsetRegression *self, const LwMat *contexts, const LwMat *scores,
                                    size_t wanted) LW_MUST_USE;
void     lw_offset_regression_clear (LwOffsetRegression *self);
