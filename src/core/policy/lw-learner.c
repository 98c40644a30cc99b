/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-learner.h"

#include <math.h>
#include <string.h>

#include "lw-cma-es.h"
#include "lw-creps.h"
#include "lw-ct.h"
#include "lw-decoupled.h"
#include "lw-gmm-reps.h"
#include "lw-lampo.h"

/* Every algorithm: its name, and the stem of its functions. */
#define ALGORITHMS(ROW)       \
  ROW ("lampo", decoupled)    \
  ROW ("lampo-paper", lampo)  \
  ROW ("ct", ct)              \
  ROW ("gmm-reps", gmm_reps)  \
  ROW ("creps", creps)        \
  ROW ("cma-es", cma_es)

typedef struct {
  LwLearner *(*create) (const LwImitation *imitation);
  const LwLearnerSetting *(*settings) (size_t *n);
} Algorithm;

#define NAME(name, stem) name,
#define FUNCTIONS(name, stem) { lw_##stem##_new, lw_##stem##_settings },

static const char *const names[] = { ALGORITHMS (NAME) NULL };
static const Algorithm algorithms[] = { ALGORITHMS (FUNCTIONS) };

static const Algorithm *
find (const char *name)
{
  for (size_t i = 0; names[i] != NULL; i++)
    if (strcmp (names[i], name) == 0)
      return &algorithms[i];
  return NULL;
}

const char *const *
lw_learner_names (void)
{
  return names;
}

LwLearner *
lw_learner_new (const char *name, const LwImitation *imitation)
{
  const Algorithm *algorithm = find (name);

  return algorithm != NULL ? algorithm->create (imitation) : NULL;
}

const LwLearnerSetting *
lw_learner_settings_of (const char *name, size_t *n)
{
  const Algorithm *algorithm = find (name);

  *n = 0;
  return algorithm != NULL ? algorithm->settings (n) : NULL;
}

void
lw_learner_report_weights (LwLearnerReport *report, const double *log_pi, size_t K)
{
  report->entropy = 0;
  report->n_components = K < LW_MAX_COMPONENTS ? K : LW_MAX_COMPONENTS;
  for (size_t k = 0; k < K; k++) {
    report->entropy -= exp (log_pi[k]) * log_pi[k];
    if (k < LW_MAX_COMPONENTS)
      report->weights[k] = exp (log_pi[k]);
  }
}

void
lw_learner_free (LwLearner *self)
{
  if (self != NULL)
    self->klass->free (self);
}
