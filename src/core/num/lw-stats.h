/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stddef.h>

/* log sum_i exp(x_i), exact for any spread; -inf for n = 0 or all -inf. */
double lw_logsumexp (const double *x, size_t n);
/* x <- x - logsumexp(x), so that the exponentials of x sum to 1 however large its entries are; returns the log-sum-exp. Where
 * that is not finite (nothing but -inf; an infinity or NaN among them) x stays as it is. */
double lw_log_normalise (double *x, size_t n);
double lw_mean (const double *x, size_t n);
/* Half width of the 95 % confidence interval of the mean by Student's t; NaN for n < 2. */
double lw_ci95 (const double *x, size_t n);
/* Two-sided 95 % quantile of Student's t with @dof >= 1 degrees of freedom. */
double lw_student_t95 (size_t dof);
