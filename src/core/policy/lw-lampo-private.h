/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-lampo-improve.h"
#include "lw-lampo-records.h"
#include "lw-lampo.h"
#include "lw-policy-history.h"
#include "lw-setting-table.h"

/* Shared by the files of LwLampo. */
enum {
  LW_LAMPO_KL_BOUND,
  LW_LAMPO_KL_DIRECTION,
  LW_LAMPO_REGULARISATION,
  LW_LAMPO_CONTEXT_KL_DIRECTION,
  LW_LAMPO_CONTEXT_KL_BOUND,
  LW_LAMPO_MAX_ITERATIONS,
  LW_LAMPO_DENOMINATOR,
  LW_LAMPO_NORMALISED,
  LW_LAMPO_STRATA,
  LW_LAMPO_GATE_BOUND,
  LW_LAMPO_MIN_ESS,
  LW_LAMPO_REWARD_UNIT,
  LW_LAMPO_GUARD,
  LW_LAMPO_N_SETTINGS
};

typedef struct {
  LwLearner      base;       /* first: an LwLearner * is one of these */
  LwLampoModel   model;
  LwLampoSamples samples;
  LwPolicyHistory history;
  LwLampoPolicy  current;
  LwLampoPolicy  other;      /* scratch: policies of the past, one after the other */
  LwLampoTable   table;      /* scratch: new columns of the history */
  double        *first;      /* (n_x) imitation policy */
  double        *workspace;  /* (K + K*r + d) of a draw */
  double         settings[LW_LAMPO_N_SETTINGS];
} LwLampo;

/* lw-lampo-state.c */
LwStatus lw_lampo_to_arrays   (const LwLearner *learner, LwArrays *out) LW_MUST_USE;
LwStatus lw_lampo_from_arrays (LwLearner *learner, const LwArrays *in) LW_MUST_USE;
