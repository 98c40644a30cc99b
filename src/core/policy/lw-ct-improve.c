/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One batch of CT and GMM+REPS: REPS weights, then EM of the mixture with them on top of what it knows. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lw-ct-private.h"
#include "lw-reps.h"

static double
now (void)
{
  struct timespec t;

  clock_gettime (CLOCK_MONOTONIC, &t);
  return (double) t.tv_sec + 1e-9 * (double) t.tv_nsec;
}

static void
report_weights (const LwCt *self, const double *weights, const LwRepsReport *reps, LwLearnerReport *out)
{
  size_t n = self->pending.rows;

  *out = (LwLearnerReport){ .context_kl = (double) NAN, .gate = (double) NAN };
  for (size_t i = 0; i < n; i++) {
    out->J_before += self->rewards[i] / (double) n;
    out->J += weights[i] * self->rewards[i];
  }
  out->kl = reps->kl;
  out->kl_bound = self->settings[LW_CT_KL_BOUND];
  out->ess = reps->ess;
  out->evaluations = reps->iterations;
}

/* @gmm, a copy of the policy's, learns from the pending episodes. */
static LwStatus
update (const LwCt *self, const double *weights, const atomic_bool *stop, LwGmm *gmm, LwGmmReport *report)
{
  LwGmmSettings settings;

  lw_gmm_settings_init (&settings);
  settings.max_iterations = (size_t) self->settings[LW_CT_MAX_ITERATIONS];
  settings.floor = self->settings[LW_CT_COVARIANCE_FLOOR];
  lw_gmm_forget (gmm, self->settings[LW_CT_FORGETTING]);
  return lw_gmm_update (gmm, &self->pending, weights, &settings, stop, report, NULL);
}

static void
say_how_it_ended (LwStatus status, const LwGmmReport *em, LwLearnerReport *out)
{
  out->accepted = status == LW_OK;
  if (status != LW_OK) {
    snprintf (out->solver, sizeof out->solver, "kept the old mixture: %s", lw_status_text (status));
    return;
  }
  out->iterations = em->iterations;
  int length = snprintf (out->solver, sizeof out->solver, "EM %s after %zu iterations", em->converged ? "settled" : "ended",
                         em->iterations);
  if (em->n_on_floor > 0 && length > 0 && (size_t) length < sizeof out->solver)
    snprintf (out->solver + length, sizeof out->solver - (size_t) length, ", %zu on the floor", em->n_on_floor);
}

LwStatus
lw_ct_improve (LwLearner *learner, LwLearnerProgress progress, void *data, const atomic_bool *stop, LwLearnerReport *report)
{
  LwCt *self = (LwCt *) learner;
  size_t n = self->pending.rows;
  double begun = now ();
  LwRepsReport reps;
  LwLearnerReport result;
  LwGmmReport em;
  LwGmm gmm = { 0 };

  if (n == 0)
    return LW_ERR_TOO_FEW;
  double *weights = lw_doubles_new (n);
  if (weights == NULL)
    return LW_ERR_MEMORY;
  LwStatus status = lw_reps_weights (self->rewards, n, NULL, self->settings[LW_CT_KL_BOUND], weights, &reps);
  if (status == LW_OK) {
    report_weights (self, weights, &reps, &result);
    if (progress != NULL)
      progress (0, result.J, data);
    for (size_t i = 0; i < n; i++)
      weights[i] *= (double) n;
    status = lw_gmm_copy (&self->model.gmm, &gmm);
  }
  if (status == LW_OK) {
    status = update (self, weights, stop, &gmm, &em);
    /* Numbers that no mixture comes out of end the batch, not the run. */
    if (status == LW_OK || lw_status_is_numerical (status)) {
      say_how_it_ended (status, &em, &result);
      if (status == LW_OK) {
        lw_gmm_clear (&self->model.gmm);
        self->model.gmm = gmm;
        gmm = (LwGmm){ 0 };
      }
      lw_learner_report_weights (&result, self->model.gmm.log_pi, self->model.gmm.K);
      self->pending.rows = 0;
      self->updates++;
      result.seconds = now () - begun;
      if (progress != NULL)
        progress (1, result.J, data);
      if (report != NULL)
        *report = result;
      status = LW_OK;
    }
  }
  lw_gmm_clear (&gmm);
  free (weights);
  return status;
}
