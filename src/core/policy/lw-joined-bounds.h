/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* By how much of itself a bound may be exceeded: what the solver's own tolerance and rounding leave. */
#define LW_BOUND_SLACK 5e-7

/* Several divergences, each with a bound of its own, as the one constraint that the solver takes: the p-norm of the shares of
 * their bounds. With one bound in force this is that share; with more it is smooth where they meet and keeps each at most 6 %
 * (two), 11 % (four) inside. An infinite bound is off. Any thread. */

/* <= 1: inside. @slope (n, nullable) receives the derivative by each divergence. NaN when a divergence whose bound is in force is
 * not finite. */
double lw_joined_bounds (size_t n, const double *divergence, const double *bound, double *slope);
/* Whether each is inside its own bound, but for the slack. False for NaN. */
bool   lw_bounds_hold   (size_t n, const double *divergence, const double *bound);
