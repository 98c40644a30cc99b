/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-reps.h"

/* Shared by the dual with and without features. */

/* Normalised log prior @log_q (n) from @log_prior (n, nullable = uniform), and @q (n) its exponential. Checks rewards and
 * prior. */
LwStatus lw_reps_prior (const double *rewards, size_t n, const double *log_prior, double *log_q, double *q) LW_MUST_USE;

/* x_i = (R_i - max) / range in [-1, 0] over the samples with prior weight, 0 elsewhere; returns the range: 0 for equal rewards,
 * and then x is 0. @best receives max. */
double   lw_reps_scale (const double *rewards, const double *log_q, size_t n, double *x, double *best);

/* p_i in proportion to q_i e^{t_i}, sum 1; returns KL(p || q). Exact to rounding also where t is tiny and KL of the order t^2.
 * @log_z receives log sum_i q_i e^{t_i}. One exponential a sample. */
double   lw_reps_tilt (const double *log_q, const double *q, const double *t, size_t n, double *p, double *log_z);

/* KL, ESS and mean reward of @p into @report. */
void     lw_reps_describe (const double *p, const double *rewards, size_t n, LwRepsReport *report);

/* One safeguarded Newton step for log KL = log epsilon over y = log beta: keeps @lo and @hi around the root (either may be
 * infinite) and moves at most @longest. @slope is d KL / d log beta. */
double   lw_reps_next (double y, double kl, double slope, double epsilon, double longest, double *lo, double *hi);
