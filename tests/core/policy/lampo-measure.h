/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-lampo-improve.h"

/* Settings as published but for what the arguments say, with the guard. */
LwLampoImproveSettings lampo_settings (double kl_bound, LwLampoKlDirection direction, size_t max_iterations);

/* What a policy is worth, measured apart from the code that chose it. */
typedef struct {
  double value; /* J, normalised over all samples, less 1e-4 eta */
  double kl;    /* of @x from @x_old */
  double ess;
} LampoMeasure;

LampoMeasure lampo_measure (const LwLampoSamples *samples, const double *log_den, const double *x_first, const double *x_old,
                            const double *x, LwLampoKlDirection direction);
