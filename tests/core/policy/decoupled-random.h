/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lampo-random.h"
#include "lw-decoupled-problem.h"

/* The model and the samples of a LampoRandom, whose z is e here, with decoupled policies some way from each other. */
typedef struct {
  LampoRandom         lampo;
  LwDecoupledForm     form;
  LwDecoupledFeatures features;
  double             *x_first, *x_old, *x_new; /* (n_x) */
} DecoupledRandom;

void   decoupled_random_init  (DecoupledRandom *self, size_t K, size_t d, size_t dc, size_t N, bool slopes, uint32_t stream);
void   decoupled_random_clear (DecoupledRandom *self);
/* p(k | c_i) of @x, and its mean of e, transcribed with plain sums: @mean (d). */
double decoupled_random_resp  (const DecoupledRandom *self, const double *x, size_t i, size_t k);
void   decoupled_random_mean  (const DecoupledRandom *self, const double *x, size_t i, size_t k, double *mean);
/* Mean over the contexts of KL (a || b), summed component by component. */
double decoupled_random_kl    (const DecoupledRandom *self, const double *a, const double *b);
