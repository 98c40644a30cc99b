/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-arrays.h"
#include "lw-context-features.h"
#include "lw-learner.h"

/* Imitation by regression, and the directions a search moves in: movement (c, z) = A'phi (c) + V'z.
 *
 * A (f x m) is the ridge regression of the demonstrations' movements on polynomial features of their contexts. Searching all of m
 * movement numbers by hundreds of episodes is hopeless, so z (d) are coordinates in the leading principal directions U (d x m) of
 * the movements themselves: these hold what movements do when the context changes, with which a systematic error is corrected
 * ("aim as if it were elsewhere"), before what demonstrations of one context differ in. V = L'U with L L' the covariance of the
 * regression's residuals in U (and a floor): z ~ N(0, I) is how far demonstrations stray from their own mean. What the residuals
 * have outside U is left out, so the movement of z = 0 is the imitation's mean. */
typedef struct {
  LwContextFeatures features;
  LwMat             regression; /* A (f x m) */
  LwMat             basis;      /* V (d x m) */
  double            left_out;   /* root mean square error of leave-one-out prediction, over root mean square about the mean */
} LwOffsetModel;

#define LW_OFFSET_MAX_DEGREE 6

/* @degree of the features; 0 = in each principal direction of the movements the one of 0 .. 6 that predicts demonstrations best
 * when each is left out (closed form). At most a third as many features as demonstrations. @dimensions is lowered to the rank of
 * the movements. @floor: least standard deviation in a direction of U over the movements' own there. LW_ERR_TOO_FEW when
 * demonstrations do not differ (one, or all the same); LW_ERR_SHAPE, LW_ERR_NOT_FINITE, LW_ERR_MEMORY, LW_ERR_SOLVER. */
LwStatus lw_offset_model_init (LwOffsetModel *self, const LwImitation *imitation, size_t degree, size_t dimensions,
                               double floor) LW_MUST_USE;
void     lw_offset_model_clear (LwOffsetModel *self);
size_t   lw_offset_model_dimensions (const LwOffsetModel *self);
/* @movement (m) for a finite @context (dc) and @z (d; NULL = 0); @phi (f) is scratch. */
void lw_offset_model_movement (const LwOffsetModel *self, const double *context, const double *z, double *phi, double *movement);

/* As arrays of a learner's state: bit for bit, whatever BLAS reads it. */
LwStatus lw_offset_model_to_arrays   (const LwOffsetModel *self, LwArrays *out) LW_MUST_USE;
LwStatus lw_offset_model_from_arrays (const LwArrays *in, size_t n_context, size_t n_movement, LwOffsetModel *out) LW_MUST_USE;

/* A copy of the demonstrations alone (no mixture), for learners that may have to start again. */
LwStatus lw_offset_demonstrations_copy  (const LwImitation *imitation, LwImitation *out) LW_MUST_USE;
void     lw_offset_demonstrations_clear (LwImitation *copy);
