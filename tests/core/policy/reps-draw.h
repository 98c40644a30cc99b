/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdint.h>

#include "lw-mat.h"
#include "lw-npy-golden.h"

/* Shared by the tests of the duals of REPS. */
enum { REPS_N = 60 };

/* Array @what of the golden duals of @kind ("reps", "creps") at @epsilon. */
void   reps_golden (LwGolden *golden, const char *kind, const char *epsilon, const char *what);
/* Rewards, prior weights (nullable) and features (REPS_N x any, nullable), of whose first column the rewards take three times. */
void   reps_draw   (double *rewards, double *log_prior, LwMat *features, uint32_t stream);
/* KL of @p (n) from the prior, as the definition says. */
double reps_kl     (const double *p, const double *log_prior, size_t n);
double reps_sum    (const double *p, size_t n);
