/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-arrays.h"

/* log densities of the samples from @from on under policy @x: @log_p (N), of which only those are written. False when @x is no
 * policy. */
typedef bool (*LwLogDensities) (const double *x, size_t from, double *log_p, void *data);

/* Every policy that drew episodes, and what it says of every episode of the run: the T x N table of log p_t(sample i | context i)
 * that the mixture denominator is summed from. A new policy adds a row, new samples add columns; nothing is computed twice. Owned
 * storage; owner thread. */
typedef struct {
  size_t  n_x;      /* length of a policy */
  size_t  T, N;
  LwMat   x;        /* (>= T x n_x) policies, in the order they were used */
  size_t *count;    /* (T) episodes each of them drew; they stand in the same order */
  LwMat   log_p;    /* (>= T x >= N) */
} LwPolicyHistory;

void     lw_policy_history_init  (LwPolicyHistory *self, size_t n_x);
void     lw_policy_history_clear (LwPolicyHistory *self);
/* The samples from N to @n, all drawn by @current (n_x), become columns; @current a row, unless it is the last one already. On
 * error nothing has been added. */
LwStatus lw_policy_history_extend (LwPolicyHistory *self, size_t n, const double *current, LwLogDensities densities,
                                   void *data) LW_MUST_USE;
/* What the samples were drawn from, log q_i into @log_den (N): for each the one policy that drew it, or the mixture of all. */
void     lw_policy_history_log_denominator (const LwPolicyHistory *self, bool per_batch, double *log_den);
/* These two: log sum_t N_t/N p_t, and p_t of the sample's own batch. */
void     lw_policy_history_log_mixture (const LwPolicyHistory *self, double *log_den);
void     lw_policy_history_log_batch   (const LwPolicyHistory *self, double *log_den);

/* To and from named arrays: policies, log_p, counts; an empty history has none. @self is empty before reading, and after an
 * error. LW_ERR_SHAPE, LW_ERR_NOT_FINITE, LW_ERR_RANGE when the counts are not those of @n episodes. */
LwStatus lw_policy_history_to_arrays   (const LwPolicyHistory *self, LwArrays *out) LW_MUST_USE;
LwStatus lw_policy_history_from_arrays (LwPolicyHistory *self, const LwArrays *in, size_t n) LW_MUST_USE;
