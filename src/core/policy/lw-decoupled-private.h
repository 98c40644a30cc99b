/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-decoupled-improve.h"
#include "lw-decoupled-mean.h"
#include "lw-decoupled.h"
#include "lw-lampo-records.h"
#include "lw-policy-history.h"
#include "lw-setting-table.h"

/* Shared by the files of LwDecoupled. */
enum {
  LW_DECOUPLED_KL_BOUND,
  LW_DECOUPLED_KL_DIRECTION,
  LW_DECOUPLED_REGULARISATION,
  LW_DECOUPLED_CONTEXT_KL_DIRECTION,
  LW_DECOUPLED_CONTEXT_KL_BOUND,
  LW_DECOUPLED_MIN_ESS,
  LW_DECOUPLED_CAUTION,
  LW_DECOUPLED_EXPLORATION,
  LW_DECOUPLED_SLOPES,
  LW_DECOUPLED_MEAN,
  LW_DECOUPLED_PRIOR_GATE,
  LW_DECOUPLED_PRIOR_OFFSET,
  LW_DECOUPLED_PRIOR_SLOPE,
  LW_DECOUPLED_PRIOR_SCALE,
  LW_DECOUPLED_MAX_ITERATIONS,
  LW_DECOUPLED_DENOMINATOR,
  LW_DECOUPLED_NORMALISED,
  LW_DECOUPLED_N_SETTINGS
};

typedef struct {
  LwLearner           base;       /* first: an LwLearner * is one of these */
  LwLampoModel       *model;      /* owned */
  LwDecoupledForm     form;
  LwDecoupledMean     mean;
  bool                regression; /* movements are corrections of it, else of the mixture's */
  LwLampoSamples      samples;    /* their z is e */
  LwDecoupledFeatures features;
  LwPolicyHistory     history;
  LwDecoupledTable    table;      /* scratch: new columns of the history */
  double             *first, *current; /* (n_x) */
  double             *workspace;  /* of a draw */
  double              settings[LW_DECOUPLED_N_SETTINGS];
} LwDecoupled;

/* Whether @self may have @settings: there has to be a regression where one is asked for. */
bool     lw_decoupled_can_have (const LwDecoupled *self, const double *settings);
/* The policy before the first episode, in the form that @settings ask for; takes them. @self is as it was on error. */
LwStatus lw_decoupled_begin    (LwDecoupled *self, const double *settings) LW_MUST_USE;
/* Features of all samples, and room for them in the table. */
LwStatus lw_decoupled_catch_up (LwDecoupled *self) LW_MUST_USE;
/* All but the model. */
void     lw_decoupled_clear    (LwDecoupled *self);
/* lw-decoupled-state.c */
LwStatus lw_decoupled_to_arrays   (const LwLearner *learner, LwArrays *out) LW_MUST_USE;
LwStatus lw_decoupled_from_arrays (LwLearner *learner, const LwArrays *in) LW_MUST_USE;
