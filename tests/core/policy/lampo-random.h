/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-lampo-policy.h"

/* A small random model with policies and samples, for tests against dense transcriptions and finite differences. */
typedef struct {
  LwMppca        mppca;
  LwLampoModel   model;
  LwLampoSamples samples;
  double        *x_old, *x_new, *x_first; /* (n_x) policies, some way from each other; some s negative */
  double        *log_den;                 /* (N) */
} LampoRandom;

void   lampo_random_init  (LampoRandom *self, size_t K, size_t d, size_t dc, size_t m, size_t N, uint32_t stream);
void   lampo_random_clear (LampoRandom *self);

/* LwLogDensities of policies on samples, as LAMPO's learner has them. */
typedef struct {
  const LwLampoSamples *samples;
  LwLampoPolicy         policy;
  LwLampoTable          table;
} LampoDensities;

/* Room for @stride samples. */
void   lampo_densities_init  (LampoDensities *self, const LwLampoSamples *samples, const LwLampoModel *model, size_t stride);
void   lampo_densities_clear (LampoDensities *self);
bool   lampo_densities       (const double *x, size_t from, double *log_p, void *self);

/* A function of a policy and its gradient, for lampo_check_gradient(). */
typedef double (*LampoFunction) (const double *x, double *grad, void *data);
/* Gradient at @x against central differences, to @relative of its largest element. */
void   lampo_check_gradient (LampoFunction function, void *data, const double *x, size_t n_x, double relative);
