/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-lampo-policy.h"

/* Every policy that drew episodes, and what it says of every episode of the run: the T x N table of log p_t(z_i, k_i | c_i) that
 * the mixture denominator is summed from. A new policy adds a row, new samples add columns; nothing is computed twice. Owned
 * storage; owner thread. */
typedef struct {
  const LwLampoModel *model; /* borrowed */
  size_t  T, N;
  LwMat   x;        /* (>= T x n_x) policies, in the order they were used */
  size_t *count;    /* (T) episodes each of them drew; they stand in the same order */
  LwMat   log_p;    /* (>= T x >= N) */
} LwLampoHistory;

void     lw_lampo_history_init  (LwLampoHistory *self, const LwLampoModel *model);
void     lw_lampo_history_clear (LwLampoHistory *self);
/* Room for @T policies and @N samples; what is there is kept. */
LwStatus lw_lampo_history_reserve (LwLampoHistory *self, size_t T, size_t N) LW_MUST_USE;
/* The samples beyond N, all drawn by @current, become columns; @current a row, unless it is the last one already. @policy and
 * @table (room for the samples) are scratch. On error nothing has been added. */
LwStatus lw_lampo_history_extend (LwLampoHistory *self, const LwLampoSamples *samples, const LwLampoPolicy *current,
                                  LwLampoPolicy *policy, LwLampoTable *table) LW_MUST_USE;
/* What the samples were drawn from, log q_i into @log_den (N): the mixture of all policies, log sum_t N_t/N p_t(z_i, k_i | c_i),
 * or for each sample the one policy that drew it. */
void     lw_lampo_history_log_mixture (const LwLampoHistory *self, double *log_den);
void     lw_lampo_history_log_batch   (const LwLampoHistory *self, double *log_den);
