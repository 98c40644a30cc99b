/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-creps-improve.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lw-linalg.h"
#include "lw-reps.h"
#include "lw-stats.h"

#define MAX_HALVINGS 40

/* Episodes in use and room for what is computed of them. */
typedef struct {
  size_t  n, f, d;
  LwMat   contexts, phi, z; /* views of the history */
  const double *rewards;
  double *storage;
  double *log_p, *prior, *p, *log_mix; /* (n) */
  LwMat   density;           /* (d x n): scratch of densities */
  LwMat   baseline;          /* (n x its f) */
  LwMat   weighted_phi;      /* (n x f) */
  LwMat   residual;          /* (n x d) */
  LwMat   gram, context_gram; /* (f x f) */
  LwMat   shift;             /* dB (f x d) */
  LwMat   cov;               /* (d x d) */
  double *kl_scratch;        /* (2 max (f, d) d) */
} Work;

static LwStatus
work_init (Work *w, const LwCrepsHistory *h, const LwContextFeatures *baseline, size_t n)
{
  size_t first = h->n - n, f = h->f, d = h->d, most = f > d ? f : d, fixed, size;
  double *at;

  *w = (Work){ .n = n, .f = f, .d = d, .rewards = h->rewards + first };
  w->contexts = lw_mat_block (&h->contexts, first, 0, n, h->contexts.cols);
  w->phi = lw_mat_block (&h->phi, first, 0, n, f);
  w->z = lw_mat_block (&h->z, first, 0, n, d);
  fixed = 2 * f * f + f * d + d * d + 2 * most * d;
  if (__builtin_mul_overflow (4 + baseline->f + f + 2 * d, n, &size) || __builtin_add_overflow (size, fixed, &size)
      || (w->storage = lw_doubles_new (size)) == NULL)
    return LW_ERR_MEMORY;
  at = w->storage;
  w->log_p = at, at += n;
  w->prior = at, at += n;
  w->p = at, at += n;
  w->log_mix = at, at += n;
  w->density = lw_mat_view (at, d, n), at += d * n;
  w->baseline = lw_mat_view (at, n, baseline->f), at += n * baseline->f;
  w->weighted_phi = lw_mat_view (at, n, f), at += n * f;
  w->residual = lw_mat_view (at, n, d), at += n * d;
  w->gram = lw_mat_view (at, f, f), at += f * f;
  w->context_gram = lw_mat_view (at, f, f), at += f * f;
  w->shift = lw_mat_view (at, f, d), at += f * d;
  w->cov = lw_mat_view (at, d, d), at += d * d;
  w->kl_scratch = at;
  lw_context_features_evaluate_all (baseline, &w->contexts, &w->baseline);
  lw_syrk (1.0 / (double) n, &w->phi, true, 0.0, &w->context_gram);
  return LW_OK;
}

/* How the episodes in use were drawn: by the mixture of the policies of their batches. For all of them it is at hand. */
static void
take_densities (Work *w, const LwCrepsHistory *h, size_t batches)
{
  if (w->n == h->n) {
    memcpy (w->log_mix, h->log_mix, w->n * sizeof *w->log_mix);
    return;
  }
  for (size_t i = 0; i < w->n; i++)
    w->log_mix[i] = -INFINITY;
  for (size_t t = h->T - batches; t < h->T; t++) {
    lw_linear_gaussian_log_density (&h->policies[t], &w->phi, &w->z, &w->density, w->log_p);
    for (size_t i = 0; i < w->n; i++) {
      double both[2] = { w->log_mix[i], w->log_p[i] + log ((double) h->counts[t]) };

      w->log_mix[i] = lw_logsumexp (both, 2);
    }
  }
}

/* Mean reward of @policy by self-normalised importance sampling; leaves log (p / q) in w->prior. */
static void
estimate (Work *w, const LwLinearGaussian *policy, double *J, double *ess)
{
  double log_z, mean = 0.0, squares = 0.0;

  lw_linear_gaussian_log_density (policy, &w->phi, &w->z, &w->density, w->log_p);
  for (size_t i = 0; i < w->n; i++)
    w->prior[i] = w->log_p[i] - w->log_mix[i];
  log_z = lw_logsumexp (w->prior, w->n);
  for (size_t i = 0; i < w->n; i++) {
    double weight = exp (w->prior[i] - log_z);

    mean += weight * w->rewards[i];
    squares += weight * weight;
  }
  *J = mean;
  *ess = 1.0 / squares;
}

/* dB and the new covariance from weights w->p. */
static LwStatus
fit (Work *w, const LwLinearGaussian *old, const LwCrepsSettings *settings, double n_eff)
{
  double prior = settings->mean_prior * (double) w->f, trace = 0.0, share, unbiased = 1.0 - 1.0 / n_eff;

  lw_mat_copy (&w->z, &w->residual);
  lw_gemm (-1.0, &w->phi, false, &old->mean, false, 1.0, &w->residual);
  for (size_t i = 0; i < w->n; i++)
    for (size_t a = 0; a < w->f; a++)
      lw_mat_set (&w->weighted_phi, i, a, n_eff * w->p[i] * lw_mat_get (&w->phi, i, a));
  lw_mat_copy (&w->context_gram, &w->gram);
  lw_gemm (1.0, &w->weighted_phi, true, &w->phi, false, prior, &w->gram);
  for (size_t a = 0; a < w->f; a++)
    trace += lw_mat_get (&w->gram, a, a);
  for (size_t a = 0; a < w->f; a++)
    w->gram.data[a * w->f + a] += 1e-10 * trace;
  lw_gemm (1.0, &w->weighted_phi, true, &w->residual, false, 0.0, &w->shift);
  if (lw_chol_factor (&w->gram) != LW_OK)
    return LW_ERR_SOLVER;
  lw_chol_solve_mat (&w->gram, &w->shift);

  lw_gemm (-1.0, &w->phi, false, &w->shift, false, 1.0, &w->residual);
  for (size_t i = 0; i < w->n; i++)
    for (size_t a = 0; a < w->d; a++)
      lw_mat_set (&w->residual, i, a, sqrt (w->p[i]) * lw_mat_get (&w->residual, i, a));
  share = unbiased > 1e-6 ? n_eff / (n_eff + settings->covariance_prior * (double) w->d) : 0.0;
  lw_syrk (1.0 - share, &old->chol, false, 0.0, &w->cov);
  if (share > 0.0)
    lw_syrk (share / unbiased, &w->residual, true, 1.0, &w->cov);
  return lw_mat_is_finite (&w->shift) && lw_mat_is_finite (&w->cov) ? LW_OK : LW_ERR_SOLVER;
}

/* @next = old + @fraction of the step; its KL, or infinity when its covariance is not positive definite. */
static double
step (Work *w, const LwLinearGaussian *old, double fraction, LwLinearGaussian *next)
{
  lw_linear_gaussian_copy (old, next);
  for (size_t a = 0; a < w->f; a++)
    for (size_t b = 0; b < w->d; b++)
      next->mean.data[a * next->mean.stride + b] += fraction * lw_mat_get (&w->shift, a, b);
  lw_syrk (1.0 - fraction, &old->chol, false, 0.0, &next->chol);
  for (size_t a = 0; a < w->d; a++)
    for (size_t b = 0; b < w->d; b++)
      next->chol.data[a * next->chol.stride + b] += fraction * lw_mat_get (&w->cov, a, b);
  if (lw_chol_factor (&next->chol) != LW_OK)
    return INFINITY;
  return lw_linear_gaussian_kl (next, old, &w->context_gram, w->kl_scratch);
}

static LwStatus
improve (Work *w, const LwLinearGaussian *old, const LwCrepsSettings *settings, const atomic_bool *stop, LwLinearGaussian *next,
         LwLearnerReport *report)
{
  LwRepsReport reps;
  double fraction = 1.0, kl;
  LwStatus status;

  estimate (w, old, &report->J_before, &report->ess);
  report->J = report->J_before;
  status = lw_reps_contextual_weights (w->rewards, w->n, &w->baseline, w->prior, settings->epsilon, w->p, NULL, &reps);
  if (status == LW_OK && stop != NULL && atomic_load (stop))
    status = LW_ERR_STOPPED;
  if (status != LW_OK)
    return status;
  report->iterations = report->evaluations = reps.iterations;
  if (!(reps.kl > 0.0)) {
    snprintf (report->solver, sizeof report->solver, "no episode is better than others");
    return LW_OK;
  }
  status = fit (w, old, settings, reps.ess);
  if (status != LW_OK)
    return status;
  for (int halvings = 0; (kl = step (w, old, fraction, next)) > settings->step_bound && halvings < MAX_HALVINGS; halvings++) {
    fraction *= 0.5;
    report->pulled_back = true;
  }
  if (!(kl <= settings->step_bound)) {
    lw_linear_gaussian_copy (old, next);
    snprintf (report->solver, sizeof report->solver, "no step stayed within the bound");
    return LW_OK;
  }
  report->accepted = true;
  report->kl = kl;
  snprintf (report->solver, sizeof report->solver, "eta %.3g, %.0f effective episodes%s%s", reps.eta, reps.ess,
            reps.converged ? "" : ", dual not solved", report->pulled_back ? ", step shortened" : "");
  estimate (w, next, &report->J, &report->ess);
  return LW_OK;
}

LwStatus
lw_creps_improve (const LwCrepsHistory *history, const LwLinearGaussian *old, const LwContextFeatures *baseline,
                  const LwCrepsSettings *settings, const atomic_bool *stop, LwLinearGaussian *next, LwLearnerReport *report)
{
  Work w;
  LwLinearGaussian trial;
  LwLearnerReport result = { .J_before = NAN, .J = NAN, .kl_bound = settings->step_bound, .context_kl = NAN, .gate = NAN,
                             .ess = NAN, .n_components = 1, .weights = { 1.0 } };
  LwStatus status;

  if (stop != NULL && atomic_load (stop))
    return LW_ERR_STOPPED;
  status = lw_linear_gaussian_alloc (&trial, old->f, old->d);
  if (status != LW_OK)
    return status;
  lw_linear_gaussian_copy (old, &trial);
  if (history->n < 2)
    snprintf (result.solver, sizeof result.solver, "too few episodes");
  else {
    size_t batches = 0, n = 0;

    while (batches < history->T && batches <= settings->reuse)
      n += history->counts[history->T - ++batches];
    status = work_init (&w, history, baseline, n);
    if (status == LW_OK) {
      take_densities (&w, history, batches);
      status = improve (&w, old, settings, stop, &trial, &result);
    }
    free (w.storage);
    /* Numbers that no policy comes out of end the step, not the run: no episode is one that this policy would draw, or no
     * baseline explains them. */
    if (lw_status_is_numerical (status) || status == LW_ERR_TOO_FEW) {
      snprintf (result.solver, sizeof result.solver, "kept the old policy: %s", lw_status_text (status));
      result.accepted = false;
      lw_linear_gaussian_copy (old, &trial);
      status = LW_OK;
    }
  }
  if (status == LW_OK) {
    lw_linear_gaussian_copy (&trial, next);
    *report = result;
  }
  lw_linear_gaussian_clear (&trial);
  return status;
}
